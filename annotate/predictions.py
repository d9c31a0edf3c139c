"""The careful reader of predictions: it reads one row (a document's prediction) at a time, and reports every problem.

Every other reader of such rows uses this file. `eval/arrow.py` reads whole files faster, and comes here if something
is wrong, or if mentions have no offsets.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, cast

from ..configs.errors import InputError, Problem, within
from ..configs.labels import LabelSet
from ..configs.visible import one_line
from .arabic import other_form
from .document import Claim, Span, text_sha256
from .placing.mentions import Mention
from .placing.offsets import Evidence, Unit, input_error
from .placing.placer import Account, mention_notes
from .placing.policy import DEFAULT, Policy
from .prediction_rows import RowSource, prediction_rows
from .prediction_spans import (
    ROW_TYPES,
    TEXTS,
    TOKEN_KEYS,
    RowReader,
    UnplacedClaim,
    has_proclitics,
    shown,
    wrong_types,
)

TASKS = ("entities", "claims", "stances")
# A file that is used as gold may also have a document's event, outlet and text.
KEYS = ("id", "model", *TASKS, "event_id", "outlet", "text")
# More keys of a gold set's documents. No score uses them.
MORE = (*TEXTS, "event_claims", "annotators")


class Known(NamedTuple):
    """The text of a document, and the ids of its event's claims, as far as they are known. None means unknown."""

    text: str | None
    claims: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class Prediction:
    """An extractor's prediction for one document.

    `unplaced` are mentions whose words do not occur in the text (so often), and `unplaced_claims` such claims.
    `unplaced_sources` has for each such source the position of its claim. `scores` has the entities' confidences,
    `account` the tiers of all mentions.
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
    unplaced_claims: tuple[UnplacedClaim, ...] = ()
    unplaced_sources: tuple[int, ...] = ()
    account: Account = field(default_factory=Account)

    def unplaced_notes(self) -> Iterator[str]:
        """A note for each unplaced mention and claim."""
        for mention in (*self.unplaced, *self.unplaced_claims):
            yield f"“{shown(mention.text)}” does not occur in the text (so often)"


@dataclass(frozen=True, slots=True)
class Predictions:
    """Predictions that were read. `tasks` are the keys that at least one document mentions. `models` are their makers.

    `path` is the file; None for rows in memory.
    """

    path: Path | None
    documents: tuple[Prediction, ...]
    tasks: frozenset[str]
    notes: tuple[str, ...] = ()
    models: frozenset[str] = frozenset()
    has_mentions: bool = False  # without offsets


def read_predictions(
    source: RowSource, known: Mapping[str, Known] | None, labels: LabelSet | None, policy: Policy = DEFAULT
) -> Predictions:
    """Reads a predictions file or rows in memory. `known` has the allowed documents by id; None allows any.

    `policy` is the unit of offsets, and the meaning of mentions without offsets.

    Raises InputError with every problem at once, each with its line or row: not JSON, an unknown document, a document
    given twice, and all problems that `parse_prediction` reports.
    """
    problems: list[str] = []
    notes: list[str] = []
    read: list[Prediction] = []
    tasks: set[str] = set()
    evidence = Evidence(has_proclitics(labels, policy))
    for where, name, row in prediction_rows(source, problems):
        if known is not None and name not in known:
            problem = f"the gold set has no document {one_line(name)}"
            problems.append(Problem(where, problem, "the gold set has no such document"))
            continue
        text, claims = known[name] if known is not None else Known(None)
        try:
            prediction = parse_prediction(row, text, claims, labels, policy, evidence)
        except InputError as error:
            problems += within(f"{where}: document {one_line(name)}", error.problems)
            continue
        read.append(prediction)
        tasks.update(key for key in TASKS if row.get(key) is not None)
        tasks.update(("entities",) if row.get("tags") is not None else ())
        notes += (f"document {name}: {note}; it counts as spurious" for note in prediction.unplaced_notes())
    if problems:
        raise input_error(problems, evidence.verdict(policy.offsets))
    has_mentions = any(prediction.account.tiers for prediction in read)
    notes += mention_notes((prediction.account for prediction in read), policy.mentions)
    models = frozenset(prediction.model for prediction in read if prediction.model)
    path = source if isinstance(source, Path) else None
    return Predictions(path, tuple(read), frozenset(tasks), tuple(notes), models, has_mentions)


def parse_prediction(
    row: Mapping[str, Any],
    text: str | None,
    claims: Collection[str] | None,
    labels: LabelSet | None,
    policy: Policy = DEFAULT,
    evidence: Evidence | None = None,
) -> Prediction:
    """One document's prediction, from a row in the form of JSON lines (docs/formats.md).

    `text` is the document's text, None if it is unknown; the row may then have it. `claims` are the ids of the event's
    claims, None if any are allowed. `labels` are the allowed labels and stances, None if any are allowed. `evidence`
    gathers the offsets of a whole file; without it, the row's offsets are judged alone.

    Raises InputError with every problem: an unknown key, a value of the wrong type, an unknown label, stance or claim,
    offsets outside the text, or words that differ from those at the offsets.
    """
    return _parsed(row, text, claims, labels, policy, evidence)[0]


def placed_row(
    row: Mapping[str, Any], text: str, claims: Collection[str] | None, labels: LabelSet | None, policy: Policy = DEFAULT
) -> tuple[dict[str, Any], Account]:
    """The row with offsets (code points of `text`) for everything that has a place; and the results for its mentions.

    Words that are not in the text stay words, so that scores count them. Raises InputError like `parse_prediction`.
    """
    prediction, reader = _parsed(row, text, claims, labels, policy, None)
    own = row.get("text") or text

    def at_places(given: Mapping[str, Any], places: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
        item = {key: value for key, value in given.items() if key not in ("start", "end")}
        if not places:
            return [item | {"text": given.get("text") or own[given["start"] : given["end"]]}]
        has_words = given.get("text") is not None
        return [
            item | {"start": start, "end": end} | ({"text": text[start:end]} if has_words else {})
            for start, end in places
        ]

    placed = {key: value for key, value in row.items() if key not in (*TOKEN_KEYS, "text", "text_sha256")}
    if row.get("entities") is not None or row.get("tags") is not None:
        placed["entities"] = [
            item
            for given, spans in reader.placed_entities
            for item in at_places(given, [(span.start, span.end) for span in spans])
        ]
    if row.get("claims") is not None:
        placed["claims"] = []
        for given, place, sources in reader.placed_claims:
            (item,) = at_places(given, [place] if place else [])
            if given.get("sources") is not None:
                of_claim = zip(given["sources"], sources, strict=True)
                item["sources"] = [
                    placed for each, at in of_claim for placed in at_places(each, [(at.start, at.end)] if at else [])
                ]
            placed["claims"].append(item)
    return placed, prediction.account


def _parsed(
    row: Mapping[str, Any],
    text: str | None,
    claims: Collection[str] | None,
    labels: LabelSet | None,
    policy: Policy,
    evidence: Evidence | None,
) -> tuple[Prediction, RowReader]:
    known = (*KEYS, *MORE, *TOKEN_KEYS)
    problems: list[str] = [f"unknown key {key!r}; known are {', '.join(known)}" for key in row if key not in known]
    problems += wrong_types(row, ROW_TYPES, "")
    given = row.get("text") if isinstance(row.get("text"), str) else None
    own = given if policy.offsets is Unit.OWN_TEXT and text is not None and given != text else None
    if own is None and text is not None and given is not None and given != text:
        problems.append("its text differs from the gold set's, so its offsets do not fit: " + _difference(given, text))
        text = given  # check the offsets against the row's own text; otherwise each would be an error too
    text = given if text is None else text
    digest = row.get("text_sha256")
    if text is not None and isinstance(digest, str) and digest not in map(text_sha256, {text, own or text}):
        problems.append(f"text_sha256 is not that of the text ({digest[:8]}, and {text_sha256(text)[:8]} now)")
    offsets = Evidence(has_proclitics(labels, policy)) if evidence is None else evidence
    reader = RowReader(text, labels, problems, policy, offsets, own)
    entities = [*reader.entities(row.get("entities")), *reader.tagged(row)]
    read_claims = tuple(reader.claims(row.get("claims"), entities, claims))
    stances = reader.stances(row.get("stances"), claims)
    _check_event_claims(row.get("event_claims"), problems)
    if problems:
        raise input_error(problems, None if evidence is not None else offsets.verdict(policy.offsets))
    more = {key: row.get(key) for key in ("event_id", "outlet", "text", "model")}
    prediction = Prediction(
        str(row.get("id", "")),
        tuple(entities),
        read_claims,
        stances,
        **more,
        unplaced=tuple(reader.unplaced),
        scores=reader.scores,
        unplaced_claims=tuple(reader.unplaced_claims),
        unplaced_sources=tuple(reader.unplaced_sources),
        account=reader.account(),
    )
    return prediction, reader


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
    if why := other_form(given, text):
        return why
    at = next((n for n, (a, b) in enumerate(zip(given, text, strict=False)) if a != b), min(len(given), len(text)))
    given_words, gold_words = (shown(of[at : at + around]) for of in (given, text))
    return f"at character {at} it has “{given_words}”, the gold set “{gold_words}”"
