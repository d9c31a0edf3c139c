"""Reading what an extractor predicted, and finding everything that is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from ..annotate.document import Claim, Span
from ..configs.files import InputError, read_text
from .gold import Gold, GoldDocument

TASKS = ("entities", "claims", "stances")


@dataclass(frozen=True, slots=True)
class Prediction:
    """What an extractor says about one document. A mention that is not in the text has start = end = -1 - n."""

    id: str
    entities: tuple[Span, ...] = ()
    claims: tuple[Claim, ...] = ()
    stances: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Predictions:
    """A predictions file. `tasks` are the keys that at least one document mentions, `models` who says it made them."""

    path: Path
    documents: tuple[Prediction, ...]
    tasks: frozenset[str]
    notes: tuple[str, ...] = ()
    models: frozenset[str] = frozenset()


def read_predictions(path: Path, gold: Gold) -> Predictions:
    """Reads a predictions file (JSON lines) on documents of `gold`.

    Raises InputError with every problem at once, each with its line: no JSON, a document that the gold set
    does not have, one given twice, offsets outside the text, a label or claim that does not exist.
    """
    documents = gold.documents()
    problems: list[str] = []
    notes: list[str] = []
    read: list[Prediction] = []
    tasks: set[str] = set()
    models: set[str] = set()
    seen: dict[str, int] = {}
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            problems.append(f"{where}: is not JSON ({error}); each line must be one JSON object")
            continue
        name = row.get("id") if isinstance(row, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        if not isinstance(name, str):
            problems.append(f"{where}: must be an object with the document's id, as text, under `id`")
        elif name not in documents:
            problems.append(f"{where}: the gold set has no document {name if name.isprintable() else repr(name)}")
        elif name in seen:
            problems.append(f"{where}: document {name} was already given on line {seen[name]}")
        else:
            seen[name] = number
            try:
                prediction, unplaced = parse_prediction(cast(dict[str, Any], row), documents[name], gold)
            except InputError as error:
                problems += (f"{where}: document {name}: {problem}" for problem in error.problems)
                continue
            read.append(prediction)
            tasks.update(key for key in TASKS if key in row)
            models.update([str(row["model"])] if row.get("model") else [])
            notes += (f"document {name}: {text}" for text in unplaced)
    if problems:
        raise InputError(*problems)
    return Predictions(path, tuple(read), frozenset(tasks), tuple(notes), frozenset(models))


def parse_prediction(row: Mapping[str, Any], document: GoldDocument, gold: Gold) -> tuple[Prediction, tuple[str, ...]]:
    """One document's prediction, and notes on mentions that are not in its text.

    Raises InputError with every problem.
    """
    problems: list[str] = [
        f"unknown key {key!r}; known are id, model, {', '.join(TASKS)}"
        for key in row
        if key not in ("id", "model", *TASKS)
    ]
    unplaced: list[str] = []
    text = document.article.text
    entities = tuple(_entities(row.get("entities"), text, gold, problems, unplaced))
    claims = tuple(_claims(row.get("claims"), text, gold, problems))
    stances = _stances(row.get("stances"), document, gold, problems)
    if problems:
        raise InputError(*problems)
    return Prediction(document.article.id, entities, claims, stances), tuple(unplaced)


def _entities(value: object, text: str, gold: Gold, problems: list[str], unplaced: list[str]) -> Iterator[Span]:
    found: dict[str, int] = {}  # where to look for the next mention of a surface
    for n, row in enumerate(_rows(value, "entities", problems)):
        where = f"entities[{n}]"
        label = row.get("label")
        if label not in gold.entity_labels:
            problems.append(f"{where}: no label {label!r} in the gold set; it has {', '.join(gold.entity_labels)}")
            continue
        if "start" in row or "end" in row:
            if _are_offsets(row, where, text, problems):
                yield Span(row["start"], row["end"], label)
            continue
        surface = row.get("text")
        if not isinstance(surface, str) or not surface:
            problems.append(f"{where}: needs start and end, or text")
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
        yield Span(start, end, label)


def _claims(value: object, text: str, gold: Gold, problems: list[str]) -> Iterator[Claim]:
    for n, row in enumerate(_rows(value, "claims", problems)):
        where = f"claims[{n}]"
        stance = row.get("stance")
        if stance is not None and stance not in gold.claim_stances:
            problems.append(f"{where}: no claim stance {stance!r}; the gold set has {', '.join(gold.claim_stances)}")
            continue
        sources: list[Span] = []
        for k, source in enumerate(_rows(row.get("sources"), f"{where}.sources", problems)):
            if _are_offsets(source, f"{where}.sources[{k}]", text, problems):
                sources.append(Span(source["start"], source["end"], str(source.get("label", ""))))
        if _are_offsets(row, where, text, problems):
            yield Claim(row["start"], row["end"], stance, tuple(sources))


def _stances(value: object, document: GoldDocument, gold: Gold, problems: list[str]) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        problems.append("stances must be an object of claim ids and stances")
        return {}
    claims = {claim.id for claim in document.claims}
    stances = cast(dict[str, Any], value)
    for claim, stance in stances.items():
        if claim not in claims:
            known = ", ".join(claim.id for claim in document.claims) or "none"
            problems.append(f"stances: the document has no claim {claim}; it has {known}")
        if stance not in gold.article_stances:
            problems.append(
                f"stances.{claim}: no stance {stance!r}; the gold set has {', '.join(gold.article_stances)}"
            )
    return stances


def _rows(value: object, where: str, problems: list[str]) -> Sequence[dict[str, Any]]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in cast(list[object], value)):
        problems.append(f"{where} must be a list of objects")
        return ()
    return cast(list[dict[str, Any]], value)


def _are_offsets(row: Mapping[str, Any], where: str, text: str, problems: list[str]) -> bool:
    start, end = row.get("start"), row.get("end")
    if type(start) is not int or type(end) is not int:
        problems.append(f"{where}: start and end must be whole numbers, not {start!r} and {end!r}")
        return False
    if not 0 <= start < end <= len(text):
        problems.append(
            f"{where}: {start}–{end} is not a piece of the text, which has {len(text)} characters "
            "(code points; start counts from 0, end is not included)"
        )
        return False
    return True
