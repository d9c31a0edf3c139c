"""Label Studio's regions as an answer: from Mihakk's interface, or from any other that labels a text.

`annotate/result.py` reads the work of annotators, and checks it by the scheme. Here labels are checked later, as in all
answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...annotate.interface import ABOUT, CLAIM_STANCE
from ...annotate.result import RELATION, STANCE, kind_of
from ...configs.errors import InputError
from ...configs.files import counting_number
from ...configs.scheme import CLAIM
from ...configs.visible import as_given, counted


def row_of_regions(regions: Sequence[Mapping[str, Any]], claims: Sequence[str]) -> dict[str, Any]:
    """A predictions row. `claims` are the ids of the event's claims; names of answers contain their positions.

    A region with several labels gives several entities. A region labelled as a claim gives a claim, with the stance,
    the event's claim and the sources that are linked to its id. Raises InputError for a region of another type than
    labels, choices and relation.
    """
    entities: dict[str, list[dict[str, Any]]] = {}
    found: dict[str, dict[str, Any]] = {}
    stances: dict[str, str] = {}
    relations: list[tuple[str, str]] = []
    for n, region in enumerate(regions):
        value = region.get("value") or {}
        key = str(region.get("id", f"region {n}"))
        kind = kind_of(region)
        if kind == RELATION:
            relations.append((str(region.get("from_id")), str(region.get("to_id"))))
        elif kind in (STANCE, ABOUT):
            found.setdefault(key, {})[kind] = _only(value, "choices", key)
        elif kind == CLAIM_STANCE:
            number = counting_number(str(region["from_name"]).removeprefix(CLAIM_STANCE))
            if number is None or number >= len(claims):
                raise InputError(
                    f"{region['from_name']!s:.60} answers a claim that the document does not have "
                    f"({counted(len(claims), 'claim')})"
                )
            stances[claims[number]] = _only(value, "choices", key)
        elif region.get("type") == "labels":
            span = {"start": value.get("start"), "end": value.get("end")}
            more = {name: at[name] for name, at in (("text", value), ("score", region)) if at.get(name) is not None}
            for label in value.get("labels") or [None]:
                if label == CLAIM:
                    found.setdefault(key, {}).update(span | more)
                else:
                    entities.setdefault(key, []).append(span | {"label": label} | more)
        else:
            raise InputError(
                f"region {key}: is of type {as_given(region.get('type'))}; known are labels, choices, relation"
            )
    claims_of = {key: claim for key, claim in found.items() if "start" in claim}
    for first, second in relations:
        claim, source = (first, second) if first in claims_of else (second, first)
        if claim in claims_of and source in entities:
            of_claim = claims_of[claim].setdefault("sources", [])
            of_claim.append({name: entities[source][0][name] for name in ("start", "end", "label")})
    row: dict[str, Any] = {"entities": [entity for group in entities.values() for entity in group]}
    if claims_of:
        row["claims"] = list(claims_of.values())
    return row | ({"stances": stances} if stances else {})


def _only(value: Mapping[str, Any], name: str, key: str) -> str:
    chosen = value.get(name)
    if isinstance(chosen, list) and len(chosen) == 1 and isinstance(chosen[0], str):  # pyright: ignore[reportUnknownArgumentType]
        return chosen[0]
    raise InputError(f"region {key}: {name} must hold one text, not {as_given(chosen)}")
