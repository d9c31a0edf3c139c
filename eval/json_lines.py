"""Examines lines of JSON before Arrow reads them."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any, cast

import numpy as np

from .arrow_types import KEYS_OF, ROW_KEYS, NotPlainError

_LINE_BREAK, _OBJECT = b"\n{"
_LONGEST_FIRST = 1 << 20  # bytes of a first line that is looked at


def count_objects(path: Path) -> int:
    """The number of lines. The last line needs no line break.

    Raises NotPlainError if a line does not begin with an object: Arrow ends the process if a block begins with null.
    """
    buffer = bytearray(1 << 17)
    numbers = np.frombuffer(buffer, np.uint8)
    lines, last = 0, _LINE_BREAK
    with path.open("rb", buffering=0) as file:
        if file.read(len(BOM_UTF8)) != BOM_UTF8:
            file.seek(0)
        while n := file.readinto(buffer):
            begins = np.flatnonzero(numbers[:n] == _LINE_BREAK) + 1
            lines += len(begins)
            inside = begins[:-1] if len(begins) and begins[-1] == n else begins
            if (last == _LINE_BREAK and numbers[0] != _OBJECT) or (numbers[inside] != _OBJECT).any():
                raise NotPlainError
            last = buffer[n - 1]
    return lines + (last != _LINE_BREAK)


def keys_of_first_line(path: Path, of_spans: Set[str]) -> frozenset[str] | None:
    """The keys of the first row; None if it has stances, its spans have other keys than these, or it is faulty."""
    with path.open("rb") as file:
        line = file.readline(_LONGEST_FIRST)
    try:
        row: Any = json.loads(line.removeprefix(BOM_UTF8))
        is_plain = _span_keys(row) <= of_spans and row.get("stances") is None
    except (NotPlainError, ValueError, AttributeError, TypeError, RecursionError):
        return None
    return frozenset(row) if is_plain else None


def stances_of_lines(path: Path) -> tuple[list[Mapping[str, str]] | None, set[str]]:
    """The stances of each line (None if no line mentions any), and the keys of all spans of the file.

    Raises NotPlainError if stances are invalid, or a key is unknown.
    """
    by_line: list[Mapping[str, str]] = []
    seen: set[str] = set()
    mentioned = False
    with path.open("rb") as file:
        for line in file:
            try:
                row: Any = json.loads(line.removeprefix(BOM_UTF8))
                stances = row.get("stances")
                keys = _span_keys(row)
            except (ValueError, AttributeError, TypeError, RecursionError) as error:
                raise NotPlainError from error
            if not row.keys() <= ROW_KEYS or not are_stances({} if stances is None else stances):
                raise NotPlainError
            by_line.append(stances or {})
            mentioned |= stances is not None
            seen |= keys
    return by_line if mentioned else None, seen


def _span_keys(row: Mapping[str, Any]) -> set[str]:
    """The keys of the spans of a row.

    Raises NotPlainError if a key is unknown, TypeError or AttributeError if a value is not a list of objects.
    """
    claims = row.get("claims") or ()
    of_spans = set[str]().union(*(row.get("entities") or ()), *(s for c in claims for s in c.get("sources") or ()))
    of_claims = set[str]().union(*claims)
    known = of_spans <= KEYS_OF["entities"] and of_claims <= KEYS_OF["claims"]
    if not known or any(claim.keys() != {"id", "text"} for claim in row.get("event_claims") or ()):
        raise NotPlainError
    return of_spans | of_claims


def are_stances(value: object) -> bool:
    """Whether this is an object of claim ids and stances, none of them empty."""
    if not isinstance(value, dict):
        return False
    stances = cast(dict[object, object], value)
    return all(isinstance(key, str) and isinstance(stance, str) and key and stance for key, stance in stances.items())
