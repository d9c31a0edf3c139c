"""Reading a raw Label Studio export, strictly: what it says becomes Annotations, or is listed with a reason."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, cast

from ..annotate.document import Annotation, Article, Claim, EventClaim, Span, show_span, span_problem
from ..annotate.interface import CLAIM_STANCE, CLAIM_TEXT, SPAN, STANCE, TEXT
from ..annotate.task import read_task
from ..configs.errors import InputError, Problem, numberless, within
from ..configs.scheme import CLAIM, Scheme, label_hint
from .raw import raw_tasks, read_raw

UNKNOWN = "unknown"  # stands for an annotator whom the export does not name
# The field of an adjudication task's data that lists the differences; and what marks them on its regions.
ADJUDICATION = "adjudication"
_MARK = "⚖"


@dataclass(frozen=True, slots=True)
class SetAside:
    """Something in the export that does not enter the gold set as it stands, and why.

    `undecided` says that annotators differ and no policy settled it: an adjudicator can.
    """

    article_id: str
    annotator: str
    what: str
    reason: str
    undecided: bool = False


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
            set_aside += (SetAside(article.id, annotator, *aside) for aside in reader.set_aside)
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
            set_aside.append(SetAside(article_id, annotator, "annotation", "skipped by the annotator"))
            continue
        other = newest.get(annotator)
        if other is not None:
            set_aside.append(
                SetAside(article_id, annotator, "annotation", "the same annotator has a newer one on this task")
            )
        if other is None or _age(other) <= _age(annotation):
            newest[annotator] = annotation
    drafts = task.get("drafts")
    for draft in cast(list[Any], drafts) if isinstance(drafts, list) else ():
        # A snapshot export may give drafts by their numbers only.
        set_aside.append(SetAside(article_id, str(_object(draft).get("user", UNKNOWN)), "draft", "not submitted"))
    yield from newest.values()


def _age(annotation: Mapping[str, Any]) -> tuple[str, str]:
    return str(annotation.get("updated_at") or ""), str(annotation.get("id")).zfill(12)


def with_mark(note: str, says: str) -> str:
    """A region's note with the mark that annotators differ on it, which reading takes off again."""
    return f"{note} {_MARK} {says}".lstrip()


def annotator_of(annotation: Mapping[str, Any]) -> str:
    """The annotator's e-mail where the export has it, else the account's number."""
    by = annotation.get("completed_by")
    if isinstance(by, dict):
        account = cast(dict[str, Any], by)
        return str(account.get("email") or account.get("id"))
    return f"account {by}" if by is not None else UNKNOWN


class Region(NamedTuple):
    """A labelled span on screen: `at` is the position of its result in the annotation."""

    start: int
    end: int
    label: str
    at: int


class ResultProblem(NamedTuple):
    """Something in an annotation that keeps the export from being read: which check it fails, where, and what it is.

    `region` is the result's id, `span` start, end and label, as far as they are known.
    """

    check: str
    where: str
    what: str
    region: str | None = None
    span: tuple[object, object, str] | None = None

    def shown(self) -> Problem:
        """The problem for people."""
        return Problem(self.where, self.what, self.what if self.check == "unknown-label" else numberless(self.what))


@dataclass(slots=True)
class ResultReader:
    """Collects the pieces of one annotation's `result`: regions, their stances, relations, answers.

    Regions are those with one label and offsets inside the text, whatever else is wrong with them; all that is
    wrong is in `problems`. Regions are named by their ids; `unreadable` has the ids of those that are left out,
    `doubled` of those that have a second label or stance. `answered` has the claims with an answer, right or wrong.
    """

    text: str
    claim_ids: Sequence[str]
    scheme: Scheme
    is_adjudication: bool = False
    regions: dict[str, Region] = field(default_factory=dict[str, Region])
    notes: dict[str, str] = field(default_factory=dict[str, str])
    region_stances: dict[str, str] = field(default_factory=dict[str, str])
    stances: dict[str, str] = field(default_factory=dict[str, str])
    relations: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    problems: list[ResultProblem] = field(default_factory=list[ResultProblem])
    set_aside: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    unreadable: set[str] = field(default_factory=set[str])
    doubled: set[str] = field(default_factory=set[str])
    answered: set[str] = field(default_factory=set[str])

    def read(self, result: object) -> None:
        if not isinstance(result, list):
            self._refuse("unreadable-result", "", f"its result is no list: {result!r:.60}")
            return
        for at, item in enumerate(cast(list[Any], result)):
            if not isinstance(item, dict):
                self._refuse("unreadable-result", "", f"a result is no object: {item!r:.60}")
                continue
            item = cast("dict[str, Any]", item)
            kind = kind_of(item)
            if kind == RELATION:
                self.relations.append((str(item.get("from_id")), str(item.get("to_id"))))
            elif kind == SPAN:
                self._region(item, at)
            elif kind == STANCE:
                self._region_stance(item)
            elif kind == CLAIM_STANCE:
                self._answer(item)
            else:
                key = str(item["id"]) if "id" in item else None
                if key is not None:
                    self.unreadable.add(key)
                self._refuse(
                    "foreign-result",
                    "",
                    f"a result of type {item.get('type')} from {item.get('from_name')} is not of this interface; "
                    "was the project made with `mihakk annotate interface`?",
                    key,
                )
        for key, stance in self.region_stances.items():
            region = self.regions.get(key)
            if region and region.label == CLAIM and stance not in self.scheme.claim_stances:
                known = ", ".join(self.scheme.claim_stances)
                what = f"{self.scheme.id} has no claim stance {stance}; it has {known}"
                self._refuse("unknown-stance", self.show(region), what, key, region[:3])

    def annotation(self, article: Article, annotator: str) -> Annotation:
        """The Annotation, if there were no problems. What does not enter it is in `set_aside` then."""
        entities = {key: Span(*region[:3]) for key, region in self.regions.items() if region.label != CLAIM}
        claims = {key: region for key, region in self.regions.items() if region.label == CLAIM}
        for key in sorted(self.region_stances.keys() - claims.keys()):
            self.set_aside.append((f"stance of region {key}", "its region is no claim, or is gone"))
        for key in sorted(self.notes.keys() - claims.keys()):
            self.set_aside.append(
                (f"note on {self.show(self.regions[key])}: {self.notes[key]}", "only claims carry notes")
            )
        sources: dict[str, set[Span]] = {}
        for one, other in self.relations:
            joined = self.source(one, other)
            if joined:
                sources.setdefault(joined[0], set()).add(entities[joined[1]])
            else:
                self.set_aside.append((f"relation {one} → {other}", "does not join a claim and an entity"))
        seen: set[Span] = set()
        for key, span in entities.items():
            if span in seen:
                self.set_aside.append((self.show(self.regions[key]), "marked twice; counts once"))
            seen.add(span)
        return Annotation.on(
            article,
            self.scheme,
            annotator,
            seen,
            (
                Claim(
                    region.start,
                    region.end,
                    self.region_stances.get(key),
                    tuple(sorted(sources.get(key, ()))),
                    note=self.notes.get(key),
                )
                for key, region in claims.items()
            ),
            self.stances,
            self.claim_ids,
        )

    def source(self, one: str, other: str) -> tuple[str, str] | None:
        """A relation's claim and the entity that is its source, whichever way it was drawn; None if it is no source."""
        first, second = self.regions.get(one), self.regions.get(other)
        if first is None or second is None or (first.label == CLAIM) == (second.label == CLAIM):
            return None
        return (one, other) if first.label == CLAIM else (other, one)

    def duplicates(self) -> dict[str, str]:
        """The ids of regions that say again what an earlier one says, with the id of that one.

        An entity does with the same span and label. A span may carry several claims, so a claim has to have the same
        stance, sources and note as well.
        """
        if len({region[:3] for region in self.regions.values()}) == len(self.regions):
            return {}
        sources: dict[str, set[Region]] = {}
        for one, other in self.relations:
            if joined := self.source(one, other):
                sources.setdefault(joined[0], set()).add(self.regions[joined[1]])
        first: dict[object, str] = {}
        again: dict[str, str] = {}
        for key, region in self.regions.items():
            said: object = region[:3]
            if region.label == CLAIM:
                of_it = frozenset(source[:3] for source in sources.get(key, ()))
                said = (region[:3], self.region_stances.get(key), of_it, self.notes.get(key))
            known = first.setdefault(said, key)
            if known != key:
                again[key] = known
        return again

    def show(self, region: Region) -> str:
        return show_span(region.start, region.end, region.label, self.text)

    def _region(self, item: Mapping[str, Any], at: int) -> None:
        key = str(item.get("id"))
        label = self._single(item, "labels")
        if label is None:
            self.unreadable.add(key)
            return
        if key in self.regions or key in self.unreadable:
            self._double(key, "label")
            return
        start, end = item["value"].get("start"), item["value"].get("end")
        problem = span_problem(start, end, self.text)
        is_known = label in self.scheme.entities or label == CLAIM
        if problem or not is_known:
            where, span = f"region {key}: {show_span(start, end, label, self.text)}", (start, end, label)
            check = _span_check(start, end, self.text) if problem else ""
            if problem:
                self._refuse(check, where, problem, key, span)
            if not is_known:
                known = ", ".join(self.scheme.entities)
                hint = label_hint(label, (*self.scheme.entities, CLAIM))
                what = f"{self.scheme.id} has no label {label}; it has {known} and {CLAIM}{hint}"
                self._refuse("unknown-label", where, what, key, span)
            if check == "bad-offsets":
                self.unreadable.add(key)
                return
        self.regions[key] = Region(cast("int", start), cast("int", end), label, at)
        notes = _object(item["meta"]).get("text") if item.get("meta") else None
        if notes:
            note = " ".join(map(str, notes)) if isinstance(notes, list) else str(notes)  # pyright: ignore[reportUnknownArgumentType]
            note = note.partition(_MARK)[0].strip() if self.is_adjudication else note
            if note:
                self.notes[key] = note

    def _region_stance(self, item: Mapping[str, Any]) -> None:
        key = str(item.get("id"))
        stance = self._single(item, "choices")
        if key in self.region_stances:
            self._double(key, "stance")
        elif stance is not None:
            self.region_stances[key] = stance

    def _answer(self, item: Mapping[str, Any]) -> None:
        name = str(item.get("from_name"))
        index = name.removeprefix(CLAIM_STANCE)
        answer = self._single(item, "choices")
        position = int(index) if index.isdecimal() and len(index) < 10 else len(self.claim_ids)
        if position >= len(self.claim_ids) or item.get("to_name") != CLAIM_TEXT + index:
            what = f"{name} answers a claim that the task does not have ({len(self.claim_ids)} claims)"
            self._refuse("unknown-claim", "", what)
            return
        claim = self.claim_ids[position]
        if answer is None:
            return
        if claim in self.answered:
            self._refuse("double-result", claim, "has a second answer; delete one in Label Studio")
        elif answer not in self.scheme.article_stances:
            known = ", ".join(self.scheme.article_stances)
            what = f"{self.scheme.id} has no article stance {answer}; it has {known}"
            self._refuse("unknown-stance", f"stance on {claim}", what)
        else:
            self.stances[claim] = answer
        self.answered.add(claim)

    def _single(self, item: Mapping[str, Any], key: str) -> str | None:
        value: Any = item.get("value")
        chosen: Any = value.get(key) if isinstance(value, dict) else None  # pyright: ignore[reportUnknownMemberType]
        if isinstance(chosen, list) and len(chosen) == 1 and isinstance(chosen[0], str):  # pyright: ignore[reportUnknownArgumentType]
            return sys.intern(chosen[0])  # there are few different ones, and one for each region
        region = str(item.get("id"))
        self._refuse("unreadable-result", f"region {region}", f"{key} must hold one text, not {chosen!r:.60}", region)
        return None

    def _double(self, key: str, what: str) -> None:
        self.doubled.add(key)
        self._refuse("double-result", key, f"has a second {what}; delete one in Label Studio", key)

    def _refuse(
        self,
        check: str,
        where: str,
        what: str,
        region: str | None = None,
        span: tuple[object, object, str] | None = None,
    ) -> None:
        self.problems.append(ResultProblem(check, where, what, region, span))


RELATION = "relation"


def kind_of(item: Mapping[str, Any]) -> str | None:
    """What a result is, going by its type and controls: RELATION, SPAN, STANCE or CLAIM_STANCE; None if foreign."""
    kind, name = item.get("type"), item.get("from_name")
    if kind == "labels":
        return SPAN if name == SPAN and item.get("to_name") == TEXT else None
    if kind == "choices" and isinstance(name, str):
        return STANCE if name == STANCE else CLAIM_STANCE if name.startswith(CLAIM_STANCE) else None
    return RELATION if kind == RELATION else None


def _span_check(start: object, end: object, text: str) -> str:
    """The check that a span with a problem fails."""
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(text):
        return "bad-offsets"
    return "edge-white-space" if text[start:end].strip() else "only-white-space"


def _object(value: object) -> dict[str, Any]:
    """`value` if it is a JSON object, else an empty one: what is missing in it is told where it is needed."""
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}
