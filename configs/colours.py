"""Colours of labels: can everybody tell them apart, also colour-blind people? And colours for labels that have none."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import product

# WCAG 2.2, success criterion 1.4.11: a part that people must see needs this contrast with the colour beside it.
LEAST_CONTRAST = 3.0
# The least distance in CIELAB (Delta E 1976) of two labels. A distance of 2.3 is just noticeable side by side
# (Mahy, Van Eycken and Oosterlinck 1994); labels are compared across a page, so they need more.
LEAST_DIFFERENCE = 5.0

# How colours look to people who lack one kind of cone, in linear RGB (Machado, Oliveira and Fernandes 2009, severity
# 1.0).
_BLINDNESS = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
EYES = ("all cones", *_BLINDNESS)
# Linear sRGB to XYZ (IEC 61966-2-1), and its white, D65.
_TO_XYZ = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
_WHITE = tuple(sum(row) for row in _TO_XYZ)
# Generated colours are made of these levels of each channel. Above this contrast all colours look black.
_LEVELS = range(0, 256, 32)
_MOST_CONTRAST = 12.0

_Point = tuple[float, ...]


def contrast_with_white(color: str) -> float:
    """Contrast ratio of #rrggbb with white, by the relative luminance of WCAG 2.2."""
    red, green, blue = _linear(color)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def difference(first: str, second: str) -> tuple[float, str]:
    """The distance of two colours in CIELAB for the eyes (of EYES) to which they look most alike, and these eyes."""
    distances = zip(map(_distance, _seen(first), _seen(second)), EYES, strict=True)
    return min(distances)


@lru_cache(maxsize=64)
def palette(taken: tuple[str, ...], count: int) -> tuple[str, ...]:
    """More colours. Each differs as much as possible from all colours before it and from those `taken`.

    Each has enough contrast with white. A longer palette begins with the colours of a shorter one.
    """
    candidates = [
        color
        for rgb in product(_LEVELS, repeat=3)
        if LEAST_CONTRAST <= contrast_with_white(color := _hex(rgb)) <= _MOST_CONTRAST
    ]
    seen = [_seen(color) for color in candidates]
    nearest = [_least(points, [_seen(color) for color in taken]) for points in seen]
    chosen: list[str] = []
    for _ in range(count):
        best = max(range(len(candidates)), key=nearest.__getitem__)
        chosen.append(candidates[best])
        nearest = [min(least, _least(points, [seen[best]])) for least, points in zip(nearest, seen, strict=True)]
    return tuple(chosen)


def _least(points: Sequence[_Point], others: Sequence[Sequence[_Point]]) -> float:
    distances = (_distance(point, against) for colour in others for point, against in zip(points, colour, strict=True))
    return min(distances, default=float("inf"))


def _distance(first: _Point, second: _Point) -> float:
    return sum((a - b) ** 2 for a, b in zip(first, second, strict=True)) ** 0.5


@lru_cache(maxsize=4096)
def _seen(color: str) -> tuple[_Point, ...]:
    """The colour in CIELAB, for each of EYES."""
    linear = _linear(color)
    views = [linear, *(_times(matrix, linear) for matrix in _BLINDNESS.values())]
    return tuple(_lab([min(1.0, max(0.0, channel)) for channel in view]) for view in views)


def _linear(color: str) -> _Point:
    channels = (int(color[n : n + 2], 16) / 255 for n in (1, 3, 5))
    return tuple(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)


def _lab(linear: Sequence[float]) -> _Point:
    x, y, z = (_root(value / white) for value, white in zip(_times(_TO_XYZ, linear), _WHITE, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _root(share: float) -> float:
    return share ** (1 / 3) if share > (6 / 29) ** 3 else share / (3 * (6 / 29) ** 2) + 4 / 29


def _times(matrix: Sequence[Sequence[float]], vector: Sequence[float]) -> _Point:
    return tuple(sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)


def _hex(rgb: Sequence[int]) -> str:
    return "#" + "".join(f"{channel:02x}" for channel in rgb)
