"""Reading what an extractor predicted with care: everything that is wrong with it, each with its line.

Slower than `columns`, which asks it only where something is wrong or mentions come without offsets.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from ..annotate.document import Claim, Span
from ..configs.errors import InputError
from ..configs.files import read_text
from .gold.records import Gold, GoldDocument

TASKS = ("entities", "claims", "stances")
# A file that serves as gold may say more of a document: its event, its outlet, its text.
KEYS = ("id", "model", *TASKS, "event_id", "outlet", "text")
# What else a gold set's documents say, which no score looks at.
MORE = ("title", "agency", "published", "url", "source", "preannotated_by", "event_claims", "annotators")


@dataclass(frozen=True, slots=True)
class Prediction:
    """What an extractor says about one document. A mention that is not in the text has start = end = -1 - n."""

    id: str
    entities: tuple[Span, ...] = ()
    claims: tuple[Claim, ...] = ()
    stances: Mapping[str, str] = field(default_factory=dict[str, str])
    event_id: str | None = None
    outlet: str | None = None
    text: str | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Predictions:
    """A predictions file. `tasks` are the keys that at least one document mentions, `models` who says it made them."""

    path: Path
    documents: tuple[Prediction, ...]
    tasks: frozenset[str]
    notes: tuple[str, ...] = ()
    models: frozenset[str] = frozenset()


def read_predictions(path: Path, gold: Gold | None) -> Predictions:
    """Reads a predictions file (JSON lines or Parquet) on documents of `gold`; None if the gold is no dataset.

    Raises InputError with every problem at once, each with its line: no JSON, a document that the gold set
    does not have, one given twice, offsets outside the text, a label or claim that does not exist.
    """
    documents = gold.documents() if gold else {}
    problems: list[str] = []
    notes: list[str] = []
    read: list[Prediction] = []
    tasks: set[str] = set()
    models: set[str] = set()
    seen: dict[str, int] = {}
    unit = "row" if path.suffix == PARQUET else "line"
    for number, row in _numbered_rows(path):
        where = f"{path}:{number}"
        if isinstance(row, Exception):
            problems.append(f"{where}: is not JSON ({row}); each line must be one JSON object")
            continue
        name = row.get("id") if isinstance(row, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        if not isinstance(name, str) or not name:
            problems.append(f"{where}: must be an object with the document's id, as text, under `id`")
        elif gold and name not in documents:
            problems.append(f"{where}: the gold set has no document {_one_line(name)}")
        elif name in seen:
            problems.append(f"{where}: document {_one_line(name)} was already given on {unit} {seen[name]}")
        else:
            seen[name] = number
            try:
                prediction, unplaced = parse_prediction(cast(dict[str, Any], row), documents.get(name), gold)
            except InputError as error:
                problems += (f"{where}: document {_one_line(name)}: {problem}" for problem in error.problems)
                continue
            read.append(prediction)
            tasks.update(key for key in TASKS if cast(dict[str, Any], row).get(key) is not None)
            models.update([prediction.model] if prediction.model else [])
            notes += (f"document {name}: {text}" for text in unplaced)
    if problems:
        raise InputError(*problems)
    return Predictions(path, tuple(read), frozenset(tasks), tuple(notes), frozenset(models))


PARQUET = ".parquet"


def _numbered_rows(path: Path) -> Iterator[tuple[int, object]]:
    """Each line's or row's number, from 1, with what it holds, or the error that says why it cannot be read."""
    if path.suffix == PARQUET:
        import pyarrow.parquet as pq

        yield from enumerate(cast(list[object], pq.read_table(path).to_pylist(maps_as_pydicts="strict")), 1)
        return
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError) as error:
                yield number, error


def _one_line(name: str) -> str:
    return name if name.isprintable() else repr(name)


def parse_prediction(
    row: Mapping[str, Any], document: GoldDocument | None, gold: Gold | None
) -> tuple[Prediction, tuple[str, ...]]:
    """One document's prediction, and notes on mentions that are not in its text.

    Without `gold`, any label and stance will do, and offsets are checked against the row's own text if it has
    one. Raises InputError with every problem.
    """
    known = (*KEYS, *MORE)
    problems: list[str] = [f"unknown key {key!r}; known are {', '.join(known)}" for key in row if key not in known]
    for key in ("model", "event_id", "outlet", "text"):
        if not isinstance(row.get(key), str | None):
            problems.append(f"{key} must be text, not {row[key]!r}")
    given = row.get("text") if isinstance(row.get("text"), str) else None
    text = document.article.text if document else given
    if document and given is not None and given != text:
        problems.append("its text is not that of the gold set, so its offsets mean something else")
    unplaced: list[str] = []
    entities = tuple(_entities(row.get("entities"), text, gold, problems, unplaced))
    claims = tuple(_claims(row.get("claims"), text, gold, problems))
    stances = _stances(row.get("stances"), document, gold, problems)
    if problems:
        raise InputError(*problems)
    more = {key: row.get(key) for key in ("event_id", "outlet", "text", "model")}
    name = document.article.id if document else str(row.get("id", ""))
    return Prediction(name, entities, claims, stances, **more), tuple(unplaced)


def _entities(
    value: object, text: str | None, gold: Gold | None, problems: list[str], unplaced: list[str]
) -> Iterator[Span]:
    found: dict[str, int] = {}  # where to look for the next mention of a surface
    for n, row in enumerate(_rows(value, "entities", problems)):
        where = f"entities[{n}]"
        label = row.get("label")
        if gold and label not in gold.labels.entity_labels:
            problems.append(f"{where}: no label {label!r}; known are {', '.join(gold.labels.entity_labels)}")
        elif not isinstance(label, str) or not label:
            problems.append(f"{where}: needs a label, as text, not {label!r}")
        if row.get("start") is not None or row.get("end") is not None:
            if _are_offsets(row, where, text, problems):
                yield Span(row["start"], row["end"], str(label))
            continue
        surface = row.get("text")
        if not isinstance(surface, str) or not surface:
            problems.append(f"{where}: needs start and end, or text")
            continue
        if text is None:
            problems.append(f"{where}: needs start and end, as the document's text is not known")
            continue
        # The k-th mention of the same words is their k-th occurrence.
        start = text.find(surface, found.get(surface, 0))
        if start < 0:
            shown = surface.encode("utf-8", "backslashreplace").decode("utf-8")
            unplaced.append(f"“{shown}” does not stand in the text (so often); it counts as spurious")
            start, end = -1 - n, -1 - n
        else:
            end = start + len(surface)
            found[surface] = end
        yield Span(start, end, str(label))


def _claims(value: object, text: str | None, gold: Gold | None, problems: list[str]) -> Iterator[Claim]:
    for n, row in enumerate(_rows(value, "claims", problems)):
        where = f"claims[{n}]"
        stance = row.get("stance")
        if gold and stance is not None and stance not in gold.labels.claim_stances:
            problems.append(
                f"{where}: no claim stance {stance!r}; the gold set has {', '.join(gold.labels.claim_stances)}"
            )
        elif not isinstance(stance, str | None):
            problems.append(f"{where}: stance must be text, not {stance!r}")
        sources: list[Span] = []
        for k, source in enumerate(_rows(row.get("sources"), f"{where}.sources", problems)):
            if _are_offsets(source, f"{where}.sources[{k}]", text, problems):
                sources.append(Span(source["start"], source["end"], str(source.get("label", ""))))
        if _are_offsets(row, where, text, problems):
            yield Claim(row["start"], row["end"], stance, tuple(sources))


def _stances(value: object, document: GoldDocument | None, gold: Gold | None, problems: list[str]) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        problems.append("stances must be an object of claim ids and stances")
        return {}
    stances = cast(dict[str, Any], value)
    for claim, stance in stances.items():
        if document and claim not in {claim.id for claim in document.claims}:
            known = ", ".join(claim.id for claim in document.claims) or "none"
            problems.append(f"stances: the document has no claim {claim}; it has {known}")
        if not gold:
            if not isinstance(stance, str):
                problems.append(f"stances.{claim}: must be text, not {stance!r}")
        elif stance not in gold.labels.article_stances:
            problems.append(
                f"stances.{claim}: no stance {stance!r}; the gold set has {', '.join(gold.labels.article_stances)}"
            )
    return stances


def _rows(value: object, where: str, problems: list[str]) -> Sequence[dict[str, Any]]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in cast(list[object], value)):
        problems.append(f"{where} must be a list of objects")
        return ()
    return cast(list[dict[str, Any]], value)


def _are_offsets(row: Mapping[str, Any], where: str, text: str | None, problems: list[str]) -> bool:
    start, end = row.get("start"), row.get("end")
    if type(start) is not int or type(end) is not int:
        problems.append(f"{where}: start and end must be whole numbers, not {start!r} and {end!r}")
        return False
    if not 0 <= start < end <= (2**31 - 1 if text is None else len(text)):
        length = "" if text is None else f", which has {len(text)} characters"
        problems.append(
            f"{where}: {start}–{end} is not a piece of the text{length} "
            "(code points; start counts from 0, end is not included)"
        )
        return False
    return True
