"""Rows of invented news, with all that can be scored, and a system's predictions on them: for tests of shards."""

from __future__ import annotations

import random
from typing import Any

_WORDS = [
    "وقال",
    "الرئيس",
    "أحمد",
    "في",
    "بيروت",
    "إنّ",
    "والقوات",
    "وبالمدينة",
    "كتــاب",
    "إلى",
    "١٢",
    "القدس",
    "للأمم",
    "مؤسسة",
    "آخر",
    "وقف",
    "إطلاق",
    "النار",
]
_LABELS = ("PERSON", "GPE", "ORG")
_STANCES = ("agree", "disagree", "discuss")
_OF_CLAIMS = ("support", "deny")


def rows_of_news(draw: random.Random, count: int, texts: bool = True) -> list[dict[str, Any]]:
    """Gold rows. Some have no claims, no stances, or no event; stretches of them lack a layer, as shards then do."""
    rows: list[dict[str, Any]] = []
    lacks: set[str] = set()
    for number in range(count):
        if draw.random() < 0.3:
            lacks = {layer for layer in ("entities", "claims", "stances") if draw.random() < 0.3}
        words = [draw.choice(_WORDS) for _ in range(draw.randint(5, 30))]
        row: dict[str, Any] = {"id": f"a{number:03}", **({"text": " ".join(words)} if texts else {})}
        if draw.random() < 0.8:
            row["event_id"] = f"e{draw.randint(0, 8)}"
        row |= {
            "entities": [_entity(draw, words) for _ in range(draw.randint(0, 4))],
            "claims": [_claim(draw, words) for _ in range(draw.randint(0, 2))],
            "stances": {f"c{n}": draw.choice(_STANCES) for n in range(draw.randint(0, 2))},
        }
        rows.append({key: value for key, value in row.items() if key not in lacks})
    return rows


def said_on(draw: random.Random, gold: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a system says: much of the gold, moved by a proclitic or relabelled, some more, and nothing on a few."""
    never = {layer for layer in ("entities", "claims", "stances") if draw.random() < 0.15}
    rows: list[dict[str, Any]] = []
    for row in gold:
        if draw.random() < 0.1:
            continue
        words = row["text"].split()
        entities = [_changed(draw, span) for span in row.get("entities", ()) if draw.random() < 0.8]
        entities += [_entity(draw, words) for _ in range(draw.randint(0, 1))]
        claims = [_changed(draw, claim) for claim in row.get("claims", ()) if draw.random() < 0.8]
        stances = {key: draw.choice(_STANCES) for key in row.get("stances", {}) if draw.random() < 0.9}
        said = {"entities": entities, "claims": claims, "stances": stances}
        said = {key: value for key, value in said.items() if key not in never and (value or draw.random() < 0.8)}
        rows.append({"id": row["id"], **said})
    draw.shuffle(rows)
    return rows


def _place(draw: random.Random, words: list[str], most: int) -> dict[str, Any]:
    first = draw.randrange(len(words))
    last = min(len(words), first + draw.randint(1, most))
    start = len(" ".join(words[:first])) + (1 if first else 0)
    return {"start": start, "end": start + len(" ".join(words[first:last]))}


def _entity(draw: random.Random, words: list[str]) -> dict[str, Any]:
    return {**_place(draw, words, 2), "label": draw.choice(_LABELS)}


def _claim(draw: random.Random, words: list[str]) -> dict[str, Any]:
    claim = _place(draw, words, 8)
    if draw.random() < 0.7:
        claim["stance"] = draw.choice(_OF_CLAIMS)
    if draw.random() < 0.4:
        claim["about"] = draw.choice(("c0", "c1"))
    if draw.random() < 0.5:
        claim["sources"] = [_entity(draw, words)]
    return claim


def _changed(draw: random.Random, span: dict[str, Any]) -> dict[str, Any]:
    """The span as it was, without its first letter (as a proclitic is left out), or with another label or stance."""
    span = dict(span)
    if draw.random() < 0.3 and span["end"] - span["start"] > 2:
        span["start"] += 1
    if draw.random() < 0.2 and "label" in span:
        span["label"] = draw.choice((*_LABELS, "DATE"))
    if draw.random() < 0.2 and "stance" in span:
        span["stance"] = draw.choice(_OF_CLAIMS)
    return span
