"""The careful reader of prediction rows. A row is one document's prediction; all its problems are reported.

Every other reader of such rows uses this file. `eval/arrow.py` reads whole files faster, and comes here if something
is wrong, or if mentions have no offsets.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, cast

from ..configs.errors import InputError, Problem, did_you_mean, numberless, within
from ..configs.labels import LabelSet
from .document import Claim, Span, text_sha256
from .prediction_rows import RowSource, one_line, prediction_rows

TASKS = ("entities", "claims", "stances")
# A file that serves as gold may also give a document's event, outlet and text.
KEYS = ("id", "model", *TASKS, "event_id", "outlet", "text")
# More keys of a gold set's documents. No score uses them.
TEXTS = ("title", "agency", "published", "url", "source", "preannotated_by", "text_sha256")
MORE = (*TEXTS, "event_claims", "annotators")
# The label of a source that has none and is not an entity of its row: only its place counts.
UNLABELLED = "?"


class Mention(NamedTuple):
    """Words with a label that an extractor gives without offsets."""

    text: str
    label: str


class Known(NamedTuple):
    """The text of a document, and the ids of its event's claims, as far as they are known. None means unknown."""

    text: str | None
    claims: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class Prediction:
    """An extractor's prediction for one document.

    `unplaced` are mentions whose words do not occur in the text (so often). `scores` has the entities' confidences.
    """

    id: str
    entities: tuple[Span, ...] = ()
    claims: tuple[Claim, ...] = ()
    stances: Mapping[str, str] = field(default_factory=dict[str, str])
    event_id: str | None = None
    outlet: str | None = None
    text: str | None = None
    model: str | None = None
    unplaced: tuple[Mention, ...] = ()
    scores: Mapping[Span, float] = field(default_factory=dict[Span, float])

    def unplaced_notes(self) -> Iterator[str]:
        """A note for each unplaced mention."""
        for mention in self.unplaced:
            yield f"“{_shown(mention.text)}” does not occur in the text (so often)"


@dataclass(frozen=True, slots=True)
class Predictions:
    """Predictions that were read. `tasks` are the keys that at least one document mentions. `models` are their makers.

    `path` is the file, None for rows in memory.
    """

    path: Path | None
    documents: tuple[Prediction, ...]
    tasks: frozenset[str]
    notes: tuple[str, ...] = ()
    models: frozenset[str] = frozenset()


def read_predictions(source: RowSource, known: Mapping[str, Known] | None, labels: LabelSet | None) -> Predictions:
    """Reads a predictions file or rows in memory. `known` has the allowed documents by id; None allows any.

    Raises InputError with every problem at once, each with its line or row: no JSON, an unknown document, a document
    given twice, and all problems that `parse_prediction` reports.
    """
    problems: list[str] = []
    notes: list[str] = []
    read: list[Prediction] = []
    tasks: set[str] = set()
    for where, name, row in prediction_rows(source, problems):
        if known is not None and name not in known:
            problem = f"the gold set has no document {one_line(name)}"
            problems.append(Problem(where, problem, "the gold set has no such document"))
            continue
        text, claims = known[name] if known is not None else Known(None)
        try:
            prediction = parse_prediction(row, text, claims, labels)
        except InputError as error:
            problems += within(f"{where}: document {one_line(name)}", error.problems)
            continue
        read.append(prediction)
        tasks.update(key for key in TASKS if row.get(key) is not None)
        notes += (f"document {name}: {note}; it counts as spurious" for note in prediction.unplaced_notes())
    if problems:
        raise InputError(*problems)
    models = frozenset(prediction.model for prediction in read if prediction.model)
    path = source if isinstance(source, Path) else None
    return Predictions(path, tuple(read), frozenset(tasks), tuple(notes), models)


def parse_prediction(
    row: Mapping[str, Any], text: str | None, claims: Collection[str] | None, labels: LabelSet | None
) -> Prediction:
    """One document's prediction, from a row in the form of JSON lines (docs/formats.md).

    `text` is the document's text, None if it is unknown; the row may then have it. `claims` are the ids of the event's
    claims, None if any are allowed. `labels` are the allowed labels and stances, None if any are allowed.

    Raises InputError with every problem: an unknown key, a value of the wrong type, an unknown label, stance or claim,
    offsets outside the text, or words that differ from those at the offsets.
    """
    known = (*KEYS, *MORE)
    problems: list[str] = [f"unknown key {key!r}; known are {', '.join(known)}" for key in row if key not in known]
    problems += _wrong_types(row, _ROW_TYPES, "")
    given = row.get("text") if isinstance(row.get("text"), str) else None
    if text is not None and given is not None and given != text:
        problems.append("its text differs from the gold set's, so its offsets do not fit: " + _difference(given, text))
        text = given  # check the offsets against the row's own text, else each would be an error too
    text = given if text is None else text
    digest = row.get("text_sha256")
    if text is not None and isinstance(digest, str) and digest != text_sha256(text):
        problems.append(f"text_sha256 is not that of the text ({digest[:8]}, and {text_sha256(text)[:8]} now)")
    reader = _Reader(text, labels, problems)
    entities = list(reader.entities(row.get("entities")))
    read_claims = tuple(reader.claims(row.get("claims"), entities))
    stances = reader.stances(row.get("stances"), claims)
    _check_event_claims(row.get("event_claims"), problems)
    if problems:
        raise InputError(*problems)
    more = {key: row.get(key) for key in ("event_id", "outlet", "text", "model")}
    return Prediction(
        str(row.get("id", "")),
        tuple(entities),
        read_claims,
        stances,
        **more,
        unplaced=tuple(reader.unplaced),
        scores=reader.scores,
    )


# --- types of values --------------------------------------------------------------------------------


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e308 <= value <= 1e308


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in cast(list[object], value))


_TEXT = (_is_text, "must be text")
_TEXT_LIST = (_are_texts, "must be a list of texts")
_Types = Mapping[str, tuple[Callable[[object], bool], str]]
_ROW_TYPES: _Types = {
    **dict.fromkeys(("model", "event_id", "outlet", "text", *TEXTS), _TEXT),
    "annotators": _TEXT_LIST,
}
# Further keys of a span. The last three say where a gold span comes from.
_SPAN_TYPES: _Types = {
    "text": _TEXT,
    "note": _TEXT,
    "score": (_is_number, "must be a number"),
    "id": (lambda value: type(value) in (str, int), "must be text or a whole number"),
    "annotators": _TEXT_LIST,
    "votes": (lambda value: type(value) is int, "must be a whole number"),
    "adjudicated": (lambda value: isinstance(value, bool), "must be true or false"),
}
SPAN_KEYS = ("start", "end", "label", *_SPAN_TYPES)
_CLAIM_TYPES: _Types = {**_SPAN_TYPES, "about": _TEXT}
CLAIM_KEYS = (*SPAN_KEYS, "stance", "sources", "about")


def _wrong_types(values: Mapping[str, Any], types: _Types, where: str) -> Iterator[str]:
    for key, (is_right, must) in types.items():
        value = values.get(key)
        if value is not None and not is_right(value):
            yield f"{where}{key} {must}, not {value!r}"


# --- spans, claims, stances -------------------------------------------------------------------------


class _Reader:
    """Reads the parts of one row. `text` is None if it is unknown. All problems go into `problems`."""

    def __init__(self, text: str | None, labels: LabelSet | None, problems: list[str]) -> None:
        self._text, self._labels, self._problems = text, labels, problems
        self.unplaced: list[Mention] = []
        self.scores: dict[Span, float] = {}

    def _report(self, where: str, message: str, kind: str | None = None) -> None:
        """Adds a problem. Problems that differ only in numbers have the same kind."""
        self._problems.append(Problem(where, message, numberless(message) if kind is None else kind))

    def entities(self, value: object) -> Iterator[Span]:
        search_from: dict[str, int] = {}
        for n, row in enumerate(self._rows(value, "entities")):
            where = f"entities[{n}]"
            self._keys(row, SPAN_KEYS, _SPAN_TYPES, where)
            label = self._name(row.get("label"), "label", self._labels.entity_labels if self._labels else None, where)
            surface = row.get("text")
            if row.get("start") is not None or row.get("end") is not None:
                span = self._span(row, label, where)
            elif not isinstance(surface, str) or not surface:
                span = None
                if surface is None or surface == "":
                    self._report(where, "needs start and end, or text")
            elif self._text is None:
                span = None
                self._report(where, "needs start and end, as the document's text is not known")
            elif label is None:
                span = None
            else:
                start = place(surface, self._text, search_from)
                span = None if start is None else Span(start, start + len(surface), label)
                if span is None:
                    self.unplaced.append(Mention(surface, label))
            if span is not None:
                if _is_number(row.get("score")):
                    self.scores[span] = float(row["score"])
                yield span

    def claims(self, value: object, entities: Sequence[Span]) -> Iterator[Claim]:
        for n, row in enumerate(self._rows(value, "claims")):
            where = f"claims[{n}]"
            self._keys(row, CLAIM_KEYS, _CLAIM_TYPES, where)
            stance = row.get("stance")
            if stance is not None:
                stance = self._name(stance, "claim stance", self._labels.claim_stances if self._labels else None, where)
            self._label_of(row, where)
            sources: list[Span] = []
            for k, source in enumerate(self._rows(row.get("sources"), f"{where}.sources")):
                source_where = f"{where}.sources[{k}]"
                self._keys(source, SPAN_KEYS, _SPAN_TYPES, source_where)
                label = self._label_of(source, source_where) or _label_at(source, entities)
                span = self._span(source, label, source_where)
                sources += [span] if span else []
            span = self._span(row, UNLABELLED, where)
            if span:
                about, note = (row.get(key) if isinstance(row.get(key), str) else None for key in ("about", "note"))
                yield Claim(span.start, span.end, stance, tuple(sources), about or None, note)

    def stances(self, value: object, claims: Collection[str] | None) -> dict[str, str]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            self._problems.append(f"stances must be an object of claim ids and stances, not {value!r:.60}")
            return {}
        stances: dict[str, str] = {}
        for claim, stance in cast(dict[object, object], value).items():
            if not isinstance(claim, str) or not claim:
                self._problems.append(f"stances: a claim's id must be text that is not empty, not {claim!r}")
                continue
            if claims is not None and claim not in claims:
                known = ", ".join(claims) or "none"
                self._problems.append(f"stances: the document has no claim {one_line(claim)}; it has {known}")
            known_stances = self._labels.article_stances if self._labels else None
            named = self._name(stance, "stance", known_stances, f"stances.{one_line(claim)}")
            if named is not None:
                stances[claim] = named
        return stances

    def _rows(self, value: object, where: str) -> Sequence[dict[str, Any]]:
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in cast(list[object], value)):
            self._problems.append(f"{where} must be a list of objects")
            return ()
        return cast(list[dict[str, Any]], value)

    def _keys(self, row: Mapping[str, Any], known: Collection[str], types: _Types, where: str) -> None:
        if not row.keys() <= set(known):
            for key in (key for key in row if key not in known):
                self._report(where, f"unknown key {key!r}; known are {', '.join(known)}", f"unknown key {key!r}")
        self._problems += (
            Problem("", message, numberless(message)) for message in _wrong_types(row, types, f"{where}.")
        )

    def _name(self, value: object, kind: str, known: Iterable[str] | None, where: str) -> str | None:
        """A label or stance; None if it is no text, or is unknown."""
        if not isinstance(value, str) or not value:
            choices = f"; known are {', '.join(known)}" if known is not None else ""
            self._report(where, f"needs a {kind}, as text, not {value!r}{choices}")
        elif known is not None and value not in known:
            names = tuple(known)
            message = f"no {kind} {value!r}; known are {', '.join(names)}{did_you_mean(value, names)}"
            self._report(where, message, message)
        else:
            return value
        return None

    def _label_of(self, row: Mapping[str, Any], where: str) -> str | None:
        """The label of a source or claim; it is optional."""
        label = row.get("label")
        return None if label is None or label == "" else self._name(label, "label", None, where)

    def _span(self, row: Mapping[str, Any], label: str | None, where: str) -> Span | None:
        """The span at a row's offsets. None, with a problem, if the text does not have its words there."""
        start, end, surface = row.get("start"), row.get("end"), row.get("text")
        if type(start) is not int or type(end) is not int:
            self._report(where, f"start and end must be whole numbers, not {start!r} and {end!r}")
            return None
        text = self._text
        if not 0 <= start < end <= (2**31 - 1 if text is None else len(text)):
            length = "" if text is None else f", which has {len(text)} characters"
            self._report(
                where,
                f"{start}–{end} is not a piece of the text{length} "
                "(code points; start counts from 0, end is not included)",
            )
            return None
        if text is not None and isinstance(surface, str) and surface != text[start:end]:
            self._report(
                where,
                f"its text is “{_shown(surface)}”, but the document has “{_shown(text[start:end])}” at {start}–{end}",
            )
            return None
        return None if label is None else Span(start, end, label)


def place(surface: str, text: str, search_from: dict[str, int]) -> int | None:
    """The start of a mention without offsets: the k-th mention of the same words is their k-th occurrence.

    `search_from` has for each surface the offset from which to search its next mention; it is updated.
    """
    start = text.find(surface, search_from.get(surface, 0))
    if start < 0:
        return None
    search_from[surface] = start + len(surface)
    return start


def _label_at(source: Mapping[str, Any], entities: Iterable[Span]) -> str:
    """The label of the entity with the source's offsets. Of several labels, the first in the alphabet."""
    labels = [span.label for span in entities if (span.start, span.end) == (source.get("start"), source.get("end"))]
    return min(labels, default=UNLABELLED)


def _check_event_claims(value: object, problems: list[str]) -> None:
    """Reports a problem unless the event's claims are objects with id and text."""
    if value is None:
        return
    for claim in cast(list[object], value) if isinstance(value, list) else [None]:
        fields = cast(dict[str, object], claim) if isinstance(claim, dict) else {}
        if fields.keys() != {"id", "text"} or not all(isinstance(text, str) for text in fields.values()):
            problems.append("event_claims must be a list of objects with id and text")
            return


def _difference(given: str, text: str, around: int = 20) -> str:
    """The first difference of two texts, with a few characters of each."""
    at = next((n for n, (a, b) in enumerate(zip(given, text, strict=False)) if a != b), min(len(given), len(text)))
    given_words, gold_words = (_shown(of[at : at + around]) for of in (given, text))
    return f"at character {at} it has “{given_words}”, the gold set “{gold_words}”"


def _shown(words: str, most: int = 60) -> str:
    """Words for a message: on one line, not too long, lone surrogates escaped."""
    words = words.replace("\n", "⏎").replace("\r", "⏎").encode("utf-8", "backslashreplace").decode("utf-8")
    return words if len(words) <= most else words[: most - 1] + "…"
