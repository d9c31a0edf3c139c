"""The correct part of a scheme file. So contradictions in it are reported together with wrong single values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from typing import Any, TypeVar, cast

from pydantic import ValidationError

from .located_yaml import LANGUAGE_CODE, Place, what_is_wrong
from .versions import CLAIM_LAYER, LABEL_WORDS, LAYERS

Scheme = TypeVar("Scheme")

# Takes the place of a text that is required. Problems that follow from it are not reported.
_FILLED: Mapping[str, str] = {"name": "x", "version": "0.1", "title": "x", "definition": "x"}
_ENTITY = "entity label"
# Wrong parts are taken out at most so many times, since each time may show further wrong parts.
_MOST = 5


class SoundPart:
    """The values of a scheme file without the wrong ones. `scheme` is None if too little is left.

    `validate` turns values into a scheme.
    """

    def __init__(self, values: object, wrong: Iterable[Place], validate: Callable[[Any], Scheme]) -> None:
        self.scheme: Any = None
        self._wrong: set[Place] = set()
        self._lost: set[str] = set()
        self._lost_words: set[str] = set()
        places = list(wrong)
        # A file without name, version and title is not a scheme.
        if not isinstance(values, dict) or {("name",), ("version",), ("title",)} <= set(places):
            return
        left: dict[str, Any] = deepcopy(cast("dict[str, Any]", values))
        for _ in range(_MOST):
            for place in places:
                self._take_out(left, place)
            try:
                self.scheme = validate(left)
                return
            except ValidationError as error:
                places = [place for place, _ in what_is_wrong(error)]

    def follows(self, place: Place, message: str) -> bool:
        """Whether a contradiction only follows from a removed part, and goes away when that part is mended."""
        if any(place[: len(wrong)] == wrong for wrong in self._wrong):
            return True
        if place[:1] == ("from",) and self._wrong & {("name",), ("version",)}:
            return True
        if ("language",) in self._wrong and message.startswith(("needs its text", "is missing")):
            return True
        if any(f"has no {word}" in message for word in self._lost_words):
            return True
        return not self._lost.isdisjoint(re.findall(r"\w+", message))

    def _take_out(self, values: dict[str, Any], place: Place) -> None:
        """Takes out the value at a place, or fills in a stand-in if a value is required there."""
        self._wrong.add(place)
        inner: Any = values
        at = 0
        while at < len(place) - 1 and isinstance(inner, dict) and isinstance(inner.get(place[at]), dict):  # pyright: ignore[reportUnknownMemberType]
            inner = cast("dict[Any, Any]", inner)[place[at]]
            at += 1
        key = place[at] if place else ""
        depth = _depth(place)
        if not place or not isinstance(inner, dict):
            return
        inner = cast("dict[Any, Any]", inner)
        if at == depth - 1 and key in inner and len(place) >= depth and not isinstance(inner[key], dict):
            inner[key] = {"name": str(key), "definition": "x"}  # a stand-in, not a label
        elif key in _FILLED and (at == 0 or at == depth or place[:1] == ("mappings",)):
            inner[key] = _FILLED[str(key)]
        else:
            gone = inner.pop(key, None)
            if depth and at < depth:  # a label, or a whole layer: nobody knows which names were meant
                self._lost_words |= {LABEL_WORDS.get(str(place[0]), "claims"), _ENTITY}
                is_layer = at == 0 and isinstance(gone, dict)
                self._lost |= set(map(str, cast("dict[Any, Any]", gone))) if is_layer else {str(key)}
            elif at == 3:  # a label in a mapping, or under `from`
                self._lost.add(str(key))


def _depth(place: Place) -> int:
    """The number of keys that lead to the label or stance around a place; 0 outside all layers."""
    return 1 if place[:1] == (CLAIM_LAYER,) else 2 if place and place[0] in LAYERS else 0


def as_written(values: object, place: Place) -> Place:
    """The place as the file has it, where plain texts were read as texts by language: `name` for a name by language."""
    inner: Any = values
    for part in place[:-1]:
        inner = cast("dict[Any, Any]", inner).get(part) if isinstance(inner, dict) else None
    if not place or not re.fullmatch(LANGUAGE_CODE, str(place[-1])) or inner is None:
        return place
    if not isinstance(inner, dict):
        return place[:-1]
    texts = cast("dict[Any, Any]", inner)
    is_choice = _depth(place) > 0 and len(place) == _depth(place) + 1
    if not is_choice or place[-1] in texts:
        return place
    by_language = any(re.fullmatch(LANGUAGE_CODE, str(key)) for key in texts)
    return (*place[:-1], "name") if "name" in texts or not by_language else place
