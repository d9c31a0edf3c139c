"""Reads a raw Label Studio export strictly: everything becomes an Annotation, or is listed with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, cast

from ..annotate.document import Annotation, Article, EventClaim, Span
from ..annotate.packed import (
    pack_annotation,
    pack_article,
    pack_claims,
    pack_spans,
    unpack_annotation,
    unpack_article,
    unpack_claims,
    unpack_spans,
)
from ..annotate.result import ResultReader
from ..annotate.task import ADJUDICATION, read_task
from ..configs.errors import InputError, Problem, within
from ..configs.scheme import Scheme
from ..configs.spool import Spool
from ..eval.gold.records import Older, SetAside
from ..eval.gold.spooled import pack_aside, pack_older, set_aside_on_disk, unpack_aside, unpack_older
from .migrate import Migration, event_claims_left_out, left_out_of, older_in
from .raw import raw_tasks, read_raw

UNKNOWN = "unknown"  # the name of an annotator whom the export does not name


@dataclass(frozen=True, slots=True)
class SplitLabel:
    """An annotator's answer with a label or stance that was split since: an entity (one of `spans`), or a stance."""

    aside: SetAside
    spans: tuple[Span, ...] = ()

    def only(self, annotator: str) -> tuple[Span, ...]:
        """The spans, if the answer is by this annotator."""
        return self.spans if annotator in self.aside.annotators else ()


@dataclass(frozen=True, slots=True)
class FinishedTask:
    """An article with its finished Annotations, at most one by each annotator, sorted by annotator.

    `preannotated_by` names the model whose suggestions the annotators saw, None if they saw none. `ground_truth` are
    the annotators whose annotation is starred as ground truth in Label Studio. `older` is set if they worked under an
    older scheme; `split` has their answers with labels that were split since, which a person must decide. `times` has
    the time when each annotator last changed the work, in Label Studio's form.
    """

    article: Article
    claims: tuple[EventClaim, ...]
    annotations: tuple[Annotation, ...]
    preannotated_by: str | None = None
    ground_truth: frozenset[str] = frozenset()
    older: Older | None = None
    split: tuple[SplitLabel, ...] = ()
    times: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def week(self) -> str | None:
        """The ISO week in which the last annotator last changed the work (`2025-W49`); None if no time is known."""
        return max((week for time in self.times.values() if (week := iso_week(time))), default=None)


def iso_week(time: str | None) -> str | None:
    """The ISO week of a time in Label Studio's form; None if it is not a time."""
    try:
        year, week, _ = datetime.fromisoformat(time or "").isocalendar()
    except ValueError:
        return None
    return f"{year}-W{week:02}"


class Counting(NamedTuple):
    """An annotation that counts. `is_further` if an earlier one has the same account, but is by another person."""

    annotator: str
    annotation: Mapping[str, Any]
    is_further: bool


@dataclass(frozen=True, slots=True)
class Export:
    """The content of a raw export. `notes` are for people.

    The tasks of a large export are kept on disk, and built anew at each access.
    """

    tasks: Sequence[FinishedTask]
    set_aside: Sequence[SetAside]
    notes: tuple[str, ...] = ()


def read_export(path: Path, scheme: Scheme) -> Export:
    """Reads Label Studio's JSON export.

    Tasks of an older version of the scheme are migrated. Offsets are used as they are: code points into the task's
    text. `value.text` is ignored, since Label Studio writes line breaks in it as two characters. Skipped and superseded
    annotations, drafts, and stances and relations without their region are set aside. Raises InputError with every
    problem of the file.
    """
    return read_tasks(raw_tasks(read_raw(path), str(path)), str(path), scheme)


def read_tasks(raw: Iterable[Mapping[str, Any]], source: str, scheme: Scheme) -> Export:
    """Reads the tasks of an export like read_export; messages name their `source`."""
    problems: list[str] = []
    set_aside = set_aside_on_disk()
    tasks = tasks_on_disk()
    seen: dict[str, object] = {}
    own = foreign = shared = 0
    migration = Migration(scheme)
    identity = scheme.identity
    for task in raw:
        where = f"{source}: task {task.get('id')}"
        try:
            task = migration.task(task)
            article, claims = read_task(task["data"], identity)
            older = older_in(task["data"])
            set_aside += (SetAside(article.id, (), *claim) for claim in event_claims_left_out(task["data"]))
        except InputError as error:
            problems += within(where, error.problems)
            continue
        if article.id in seen:
            problems.append(Problem(where, repeated(article.id, seen[article.id]), "repeated"))
            continue
        seen[article.id] = task.get("id")
        annotations: list[Annotation] = []
        starred: list[str] = []
        split: list[SplitLabel] = []
        times: dict[str, str] = {}
        is_shared = False
        for annotator, annotation, is_further in finished_annotations(task, article.id, set_aside):
            is_shared |= is_further
            judged = ADJUDICATION in task["data"]
            reader = ResultReader(article.text, [claim.id for claim in claims], scheme, judged)
            reader.read(annotation.get("result") or [])
            own += not reader.is_empty
            foreign += len(reader.foreign)
            starred += [annotator] if annotation.get("ground_truth") else []
            if reader.problems:
                here = f"{where}, annotation {annotation.get('id')}, article {article.id}, {annotator}"
                problems += within(here, (problem.shown() for problem in reader.problems))
                continue
            try:
                left_out = left_out_of(annotation)
            except InputError as error:
                problems += within(f"{where}, annotation {annotation.get('id')}, {annotator}", error.problems)
                continue
            for left in left_out:
                aside = SetAside(article.id, (annotator,), left.what, left.reason, left.undecided)
                set_aside.append(aside)
                split += [SplitLabel(aside, left.spans)] if left.undecided else []
            annotations.append(reader.annotation(article, annotator))
            if changed := annotation.get("updated_at") or annotation.get("created_at"):
                times[annotator] = str(changed)
            set_aside += (SetAside(article.id, (annotator,), *aside) for aside in reader.set_aside)
        annotations.sort(key=lambda a: a.annotator)
        shared += is_shared
        tasks.append(
            FinishedTask(
                article,
                claims,
                tuple(annotations),
                model_shown(task),
                frozenset(starred),
                older,
                tuple(split),
                times,
            )
        )
    if foreign and not own:
        problems.append(f"{source}: {other_interface(foreign)}")
    if problems:
        raise InputError(*problems)
    notes = [_several_people(shared)] if shared else []
    return Export(tasks, set_aside, (*notes, *migration.notes()))


def other_interface(results: int) -> str:
    """The message for an export in which no result belongs to Mihakk's interface."""
    return (
        f"all {results} results belong to another labeling interface; "
        "was the project made with `mihakk annotate interface`?"
    )


def _several_people(articles: int) -> str:
    return (
        f"in {articles} {'article' if articles == 1 else 'articles'}, several annotations have no account, or one that "
        "several people share (after an import, or when an account was deleted): each counts as an annotator of its own"
    )


def repeated(article_id: str, first: object) -> str:
    """The message for a task whose article is already in the task `first`."""
    return f"article {article_id} is already task {first}; delete one of the tasks"


def finished_annotations(
    task: Mapping[str, Any], article_id: str, set_aside: list[SetAside] | Spool[SetAside]
) -> Iterator[Counting]:
    """The annotations that count, each with its annotator: submitted, not skipped, the newest of each person.

    Several annotations of one account are a person's old and new work, unless the account does not identify the person:
    it was deleted, or the annotations were imported. Then each annotation counts, under a separate name such as
    `unknown (2)`.
    """
    counting: dict[str, list[Mapping[str, Any]]] = {}
    for annotation in sorted(cast(list[Mapping[str, Any]], task["annotations"]), key=_age):
        account = annotator_of(annotation)
        if annotation.get("was_cancelled"):
            set_aside.append(SetAside(article_id, (account,), "annotation", "skipped by the annotator"))
            continue
        work = counting.setdefault(account, [])
        if work and _is_newer_work(work[-1], annotation):
            set_aside.append(
                SetAside(article_id, (account,), "annotation", "the same annotator has a newer one on this task")
            )
            work.pop()
        work.append(annotation)
    drafts = task.get("drafts")
    for draft in cast(list[Any], drafts) if isinstance(drafts, list) else ():
        # A snapshot export may only contain the numbers of drafts.
        set_aside.append(SetAside(article_id, (str(_object(draft).get("user", UNKNOWN)),), "draft", "not submitted"))
    for account, work in counting.items():
        for n, annotation in enumerate(work, 1):
            yield Counting(account if n == 1 else f"{account} ({n})", annotation, n > 1)


def model_shown(task: Mapping[str, Any]) -> str | None:
    """The model whose suggestions annotators saw: named by the task, or by a prediction that an annotator took over."""
    if model := task["data"].get("preannotated_by"):
        return str(model)
    predictions = task.get("predictions")
    known = (
        {str(prediction.get("id")): prediction for prediction in map(_object, cast(list[Any], predictions))}
        if isinstance(predictions, list)
        else {}
    )
    for annotation in cast(list[Mapping[str, Any]], task["annotations"]):
        taken = _object(annotation.get("prediction")) or known.get(str(annotation.get("parent_prediction")), {})
        if taken or annotation.get("parent_prediction") is not None:
            return str(taken.get("model_version") or UNKNOWN)
    return None


def _is_newer_work(older: Mapping[str, Any], newer: Mapping[str, Any]) -> bool:
    """Whether two annotations of one account on one task are by one person, who made them one after the other.

    Label Studio clears the account of an annotation when the account is deleted. Annotations from an import or a script
    have no time on screen, or the number from where they came. If the time on screen is longer than the time since the
    older annotation was made, somebody else made the newer one.
    """
    if newer.get("completed_by") is None:
        return False
    seconds: list[float] = []
    for annotation in (older, newer):
        lead_time: object = annotation.get("lead_time", 0.0)
        if not isinstance(lead_time, int | float) or annotation.get("import_id") is not None:
            return False
        seconds.append(lead_time)
    first, second, changed = _time(older, "created_at"), _time(newer, "created_at"), _time(newer, "updated_at")
    if first is None or second is None or changed is None or second <= first:
        return True  # the times are not known
    return (max(second, changed) - first).total_seconds() >= seconds[1]


def _time(annotation: Mapping[str, Any], key: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(str(annotation.get(key)))
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _age(annotation: Mapping[str, Any]) -> tuple[str, str]:
    return str(annotation.get("updated_at") or ""), str(annotation.get("id")).zfill(12)


def annotator_of(annotation: Mapping[str, Any]) -> str:
    """The annotator's e-mail address if the export has it, otherwise the account's number."""
    by = annotation.get("completed_by")
    if isinstance(by, dict):
        account = cast(dict[str, Any], by)
        return str(account.get("email") or account.get("id"))
    return f"account {by}" if by is not None else UNKNOWN


def tasks_on_disk(tasks: Iterable[FinishedTask] = ()) -> Spool[FinishedTask]:
    """The tasks in a spool."""
    return Spool(_pack, _unpack, tasks)


def _pack(task: FinishedTask) -> Sequence[Any]:
    return (
        pack_article(task.article),
        pack_claims(task.claims),
        list(map(pack_annotation, task.annotations)),
        task.preannotated_by,
        sorted(task.ground_truth),
        pack_older(task.older),
        [(pack_aside(piece.aside), pack_spans(piece.spans)) for piece in task.split],
        dict(task.times),
    )


def _unpack(values: Sequence[Any]) -> FinishedTask:
    article, claims, annotations, model, starred, older, split, times = values
    return FinishedTask(
        unpack_article(article),
        unpack_claims(claims),
        tuple(map(unpack_annotation, annotations)),
        model,
        frozenset(starred),
        unpack_older(older),
        tuple(SplitLabel(unpack_aside(aside), unpack_spans(spans)) for aside, spans in split),
        times,
    )


def _object(value: object) -> dict[str, Any]:
    """`value` if it is a JSON object, otherwise an empty one; missing keys are reported where they are needed."""
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}
