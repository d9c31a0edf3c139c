"""Reading a raw Label Studio export, strictly: what it says becomes Annotations, or is listed with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from ..annotate.document import Annotation, Article, EventClaim
from ..annotate.result import ResultReader
from ..annotate.task import read_task
from ..configs.errors import InputError, Problem, within
from ..configs.scheme import Scheme
from ..eval.gold.records import SetAside
from .raw import raw_tasks, read_raw

UNKNOWN = "unknown"  # stands for an annotator whom the export does not name
ADJUDICATION = "adjudication"  # the field of an adjudication task's data that lists the differences


@dataclass(frozen=True, slots=True)
class FinishedTask:
    """One article with the finished Annotations on it, at most one by each annotator, in order of annotator.

    `preannotated_by` names the model whose suggestions the annotators saw, None if they saw none. `ground_truth`
    are the annotators whose annotation is starred as ground truth in Label Studio.
    """

    article: Article
    claims: tuple[EventClaim, ...]
    annotations: tuple[Annotation, ...]
    preannotated_by: str | None = None
    ground_truth: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Export:
    """A raw export, read."""

    tasks: tuple[FinishedTask, ...]
    set_aside: tuple[SetAside, ...]


def read_export(path: Path, scheme: Scheme) -> Export:
    """Reads Label Studio's JSON export.

    Offsets are taken as they are, code points into the task's text; `value.text` is not looked at, since Label
    Studio writes line breaks in it as two characters. Skipped and superseded annotations, drafts, and stances
    and relations without their region are set aside. Raises InputError with every problem of the file.
    """
    return read_tasks(raw_tasks(read_raw(path), str(path)), str(path), scheme)


def read_tasks(raw: Iterable[Mapping[str, Any]], source: str, scheme: Scheme) -> Export:
    """Reads the tasks of an export, as read_export does; `source` says in messages where they are from."""
    problems: list[str] = []
    set_aside: list[SetAside] = []
    tasks: list[FinishedTask] = []
    seen: dict[str, object] = {}
    for task in raw:
        where = f"{source}: task {task.get('id')}"
        try:
            article, claims = read_task(task["data"], scheme)
        except InputError as error:
            problems += within(where, error.problems)
            continue
        if article.id in seen:
            problems.append(Problem(where, repeated(article.id, seen[article.id]), "repeated"))
            continue
        seen[article.id] = task.get("id")
        annotations: list[Annotation] = []
        starred: list[str] = []
        for annotation in finished_annotations(task, article.id, set_aside):
            annotator = annotator_of(annotation)
            judged = ADJUDICATION in task["data"]
            reader = ResultReader(article.text, [claim.id for claim in claims], scheme, judged)
            reader.read(annotation.get("result") or [])
            starred += [annotator] if annotation.get("ground_truth") else []
            if reader.problems:
                here = f"{where}, annotation {annotation.get('id')}, article {article.id}, {annotator}"
                problems += within(here, (problem.shown() for problem in reader.problems))
                continue
            annotations.append(reader.annotation(article, annotator))
            set_aside += (SetAside(article.id, (annotator,), *aside) for aside in reader.set_aside)
        annotations.sort(key=lambda a: a.annotator)
        model = task["data"].get("preannotated_by")
        tasks.append(FinishedTask(article, claims, tuple(annotations), model, frozenset(starred)))
    if problems:
        raise InputError(*problems)
    return Export(tuple(tasks), tuple(set_aside))


def repeated(article_id: str, first: object) -> str:
    """What is said of a task whose article the task `first` has already."""
    return f"article {article_id} is already task {first}; delete one of the tasks"


def finished_annotations(
    task: Mapping[str, Any], article_id: str, set_aside: list[SetAside]
) -> Iterator[Mapping[str, Any]]:
    """The annotations that count: submitted, not skipped, the newest of each annotator."""
    newest: dict[str, Mapping[str, Any]] = {}
    for annotation in cast(list[Mapping[str, Any]], task["annotations"]):
        annotator = annotator_of(annotation)
        if annotation.get("was_cancelled"):
            set_aside.append(SetAside(article_id, (annotator,), "annotation", "skipped by the annotator"))
            continue
        other = newest.get(annotator)
        if other is not None:
            set_aside.append(
                SetAside(article_id, (annotator,), "annotation", "the same annotator has a newer one on this task")
            )
        if other is None or _age(other) <= _age(annotation):
            newest[annotator] = annotation
    drafts = task.get("drafts")
    for draft in cast(list[Any], drafts) if isinstance(drafts, list) else ():
        # A snapshot export may give drafts by their numbers only.
        set_aside.append(SetAside(article_id, (str(_object(draft).get("user", UNKNOWN)),), "draft", "not submitted"))
    yield from newest.values()


def _age(annotation: Mapping[str, Any]) -> tuple[str, str]:
    return str(annotation.get("updated_at") or ""), str(annotation.get("id")).zfill(12)


def annotator_of(annotation: Mapping[str, Any]) -> str:
    """The annotator's e-mail where the export has it, else the account's number."""
    by = annotation.get("completed_by")
    if isinstance(by, dict):
        account = cast(dict[str, Any], by)
        return str(account.get("email") or account.get("id"))
    return f"account {by}" if by is not None else UNKNOWN


def _object(value: object) -> dict[str, Any]:
    """`value` if it is a JSON object, else an empty one: what is missing in it is told where it is needed."""
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}
