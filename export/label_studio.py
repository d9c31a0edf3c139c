"""Reading a raw Label Studio export, strictly: what it says becomes Annotations, or is listed with a reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from ..annotate.document import Annotation, Article, Claim, EventClaim, Span, show_span, span_problem
from ..annotate.interface import CLAIM_STANCE, CLAIM_TEXT, SPAN, STANCE, TEXT
from ..annotate.task import read_task
from ..configs.files import InputError, parse_json, read_text
from ..configs.scheme import CLAIM, Scheme

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
    return read_tasks(raw_tasks(parse_json(read_text(path), str(path)), str(path)), str(path), scheme)


def read_tasks(raw: Sequence[Mapping[str, Any]], source: str, scheme: Scheme) -> Export:
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
            problems += (f"{where}: {problem}" for problem in error.problems)
            continue
        if article.id in seen:
            problems.append(
                f"{where}: article {article.id} is already task {seen[article.id]}; delete one of the tasks"
            )
            continue
        seen[article.id] = task.get("id")
        annotations: list[Annotation] = []
        starred: list[str] = []
        for annotation in _finished(task, article.id, set_aside):
            judged = ADJUDICATION in task["data"]
            reader = _AnnotationReader(article, claims, scheme, annotator_of(annotation), judged)
            reader.read(annotation.get("result") or [])
            starred += [reader.annotator] if annotation.get("ground_truth") else []
            here = f"{where}, annotation {annotation.get('id')}"
            problems += (f"{here}, article {article.id}, {reader.annotator}: {p}" for p in reader.problems)
            try:
                annotations.append(reader.annotation())
            except InputError as error:
                problems += (f"{here}, {problem}" for problem in error.problems)
            set_aside += reader.set_aside
        annotations.sort(key=lambda a: a.annotator)
        model = task["data"].get("preannotated_by")
        tasks.append(FinishedTask(article, claims, tuple(annotations), model, frozenset(starred)))
    if problems:
        raise InputError(*problems)
    return Export(tuple(tasks), tuple(set_aside))


def raw_tasks(content: object, source: str) -> list[dict[str, Any]]:
    """The tasks in what should be Label Studio's JSON export. Raises InputError if it is something else."""
    wanted = f"{source}: is not Label Studio's JSON export"
    if not isinstance(content, list) or not content:
        raise InputError(f"{wanted}: it must be a list of tasks")
    tasks = cast(list[Any], content)
    for task in tasks:
        if not isinstance(task, dict) or not isinstance(task.get("data"), dict):  # pyright: ignore[reportUnknownMemberType]
            raise InputError(f"{wanted}: its items have no data; export again as JSON, not as JSON-MIN or CSV")
        annotations: Any = task.get("annotations")  # pyright: ignore[reportUnknownMemberType]
        if not isinstance(annotations, list) or not all(map(_is_object, cast(list[Any], annotations))):
            raise InputError(f"{wanted}: its items have no annotations; export again as JSON, not as JSON-MIN")
    return cast(list[dict[str, Any]], tasks)


def _finished(task: Mapping[str, Any], article_id: str, set_aside: list[SetAside]) -> Iterator[Mapping[str, Any]]:
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
    for draft in cast(list[Any], task.get("drafts") or []):
        # A snapshot export may give drafts by their numbers only.
        set_aside.append(SetAside(article_id, str(_object(draft).get("user", "unknown")), "draft", "not submitted"))
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
    return f"account {by}" if by is not None else "unknown"


@dataclass(slots=True)
class _AnnotationReader:
    """Collects the pieces of one annotation's `result`: regions, their stances, relations, answers."""

    article: Article
    claims: Sequence[EventClaim]
    scheme: Scheme
    annotator: str
    is_adjudication: bool = False
    problems: list[str] = field(default_factory=list[str])
    set_aside: list[SetAside] = field(default_factory=list[SetAside])
    _regions: dict[str, Span] = field(default_factory=dict[str, Span])
    _notes: dict[str, str] = field(default_factory=dict[str, str])
    _region_stances: dict[str, str] = field(default_factory=dict[str, str])
    _stances: dict[str, str] = field(default_factory=dict[str, str])
    _relations: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def read(self, result: object) -> None:
        if not isinstance(result, list):
            self.problems.append(f"its result is no list: {result!r:.60}")
            return
        for item in cast(list[Any], result):
            if not isinstance(item, dict):
                self.problems.append(f"a result is no object: {item!r:.60}")
                continue
            item = cast(dict[str, Any], item)
            kind, name = item.get("type"), str(item.get("from_name"))
            if kind == "relation":
                self._relations.append((str(item.get("from_id")), str(item.get("to_id"))))
            elif kind == "labels" and name == SPAN and item.get("to_name") == TEXT:
                self._region(item)
            elif kind == "choices" and name == STANCE:
                stance = self._single(item, "choices")
                if stance is not None and self._is_new(self._region_stances, str(item.get("id")), "stance"):
                    self._region_stances[str(item.get("id"))] = stance
            elif kind == "choices" and name.startswith(CLAIM_STANCE):
                self._answer(item, name)
            else:
                self.problems.append(
                    f"a result of type {kind} from {name} is not of this interface; was the project made with "
                    "`mihakk annotate interface`?"
                )

    def annotation(self) -> Annotation:
        """The Annotation; raises InputError if it does not fit article and scheme."""
        entities = {key: span for key, span in self._regions.items() if span.label != CLAIM}
        claims = {key: span for key, span in self._regions.items() if span.label == CLAIM}
        for key in sorted(self._region_stances.keys() - claims.keys()):
            self._aside(f"stance of region {key}", "its region is no claim, or is gone")
        for key in sorted(self._notes.keys() - claims.keys()):
            self._aside(f"note on {self._show(self._regions[key])}: {self._notes[key]}", "only claims carry notes")
        sources: dict[str, set[Span]] = {}
        for one, other in self._relations:
            # An arrow between a claim and an entity names its source, whichever way it was drawn.
            claim, entity = (one, other) if one in claims else (other, one)
            if claim in claims and entity in entities:
                sources.setdefault(claim, set()).add(entities[entity])
            else:
                self._aside(f"relation {one} → {other}", "does not join a claim and an entity")
        seen: set[Span] = set()
        for span in entities.values():
            if span in seen:
                self._aside(self._show(span), "marked twice; counts once")
            seen.add(span)
        return Annotation.on(
            self.article,
            self.scheme,
            self.annotator,
            seen,
            (
                Claim(
                    span.start,
                    span.end,
                    self._region_stances.get(key),
                    tuple(sorted(sources.get(key, ()))),
                    note=self._notes.get(key),
                )
                for key, span in claims.items()
            ),
            self._stances,
            [claim.id for claim in self.claims],
        )

    def _region(self, item: Mapping[str, Any]) -> None:
        value = _object(item.get("value"))
        label = self._single(item, "labels")
        start, end, key = value.get("start"), value.get("end"), str(item.get("id"))
        if label is None or not self._is_new(self._regions, key, "label"):
            return
        problem = span_problem(start, end, self.article.text)
        if problem is None and label != CLAIM and label not in self.scheme.entities:
            known = ", ".join(self.scheme.entities)
            problem = f"{self.scheme.id} has no label {label}; it has {known} and {CLAIM}"
        if problem:
            self.problems.append(f"region {key}: {show_span(start, end, label, self.article.text)}: {problem}")
            return
        self._regions[key] = Span(cast(int, start), cast(int, end), label)
        notes = _object(item.get("meta")).get("text")
        if notes:
            note = " ".join(map(str, notes)) if isinstance(notes, list) else str(notes)  # pyright: ignore[reportUnknownArgumentType]
            note = note.partition(_MARK)[0].strip() if self.is_adjudication else note
            if note:
                self._notes[key] = note

    def _answer(self, item: Mapping[str, Any], name: str) -> None:
        index = name.removeprefix(CLAIM_STANCE)
        answer = self._single(item, "choices")
        if not index.isdecimal() or int(index) >= len(self.claims) or item.get("to_name") != CLAIM_TEXT + index:
            self.problems.append(f"{name} answers a claim that the task does not have ({len(self.claims)} claims)")
        elif answer is not None and self._is_new(self._stances, self.claims[int(index)].id, "answer"):
            self._stances[self.claims[int(index)].id] = answer

    def _single(self, item: Mapping[str, Any], key: str) -> str | None:
        chosen = _object(item.get("value")).get(key)
        if isinstance(chosen, list) and len(cast(list[Any], chosen)) == 1 and isinstance(chosen[0], str):
            return chosen[0]
        self.problems.append(f"region {item.get('id')}: {key} must hold one text, not {chosen!r:.60}")
        return None

    def _is_new(self, known: Mapping[str, object], key: str, what: str) -> bool:
        if key in known:
            self.problems.append(f"{key}: has a second {what}; delete one in Label Studio")
        return key not in known

    def _aside(self, what: str, reason: str) -> None:
        self.set_aside.append(SetAside(self.article.id, self.annotator, what, reason))

    def _show(self, span: Span) -> str:
        return show_span(span.start, span.end, span.label, self.article.text)


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _object(value: object) -> dict[str, Any]:
    """`value` if it is a JSON object, else an empty one: what is missing in it is told where it is needed."""
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}
