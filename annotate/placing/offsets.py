"""Offsets in other units than code points: recognised, named, and converted."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from ...configs.errors import InputError, Problem, numberless
from ..boundary import cuts_word_at_end, cuts_word_at_start


class Unit(StrEnum):
    """What offsets count."""

    CODE_POINTS = "code-points"  # Python; what every file of Mihakk has
    UTF_16 = "utf-16"  # JavaScript, Java, C#
    BYTES = "bytes"  # Go, Rust, C; of UTF-8
    OWN_TEXT = "own-text"  # code points of the text that stands in the row, which may differ from the gold's


_NAMES = {Unit.CODE_POINTS: "code points", Unit.UTF_16: "UTF-16 units", Unit.BYTES: "bytes"}

# A file's spans are of a unit if so many of the words beside them stand there.
_AGREE = 0.99
# Where no words are beside them, they are doubtful if so many boundaries are inside words, and of another unit if
# under that so few are. tests/test_offsets.py has what these are tuned on.
DOUBTFUL, SOUND = 0.10, 0.02
# Of fewer boundaries nothing is said: where a unit explains them, and where none does.
_FEW_NAMED, _FEW = 4, 20


class CodePoints:
    """Offsets of one text, in a unit, as code points."""

    def __init__(self, text: str, unit: Unit) -> None:
        self._length = len(text)
        self._starts: list[int] | None = None
        if unit is Unit.UTF_16 and _is_wide(text):
            self._starts = _running(2 if char > "\uffff" else 1 for char in text)
        elif unit is Unit.BYTES and not text.isascii():
            self._starts = _running(len(char.encode("utf-8", "surrogatepass")) for char in text)

    def of(self, offset: int) -> int | None:
        """The code point that an offset stands before; None if it is inside one, or outside the text."""
        if self._starts is None:
            return offset if 0 <= offset <= self._length else None
        at = bisect_left(self._starts, offset)
        return at if at < len(self._starts) and self._starts[at] == offset else None


def _is_wide(text: str) -> bool:
    """Whether some character, such as an emoji, is two UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) > 2 * len(text)


def _running(widths: Iterable[int]) -> list[int]:
    total, starts = 0, [0]
    for width in widths:
        total += width
        starts.append(total)
    return starts


class Offsets(NamedTuple):
    """What a file's offsets may be: of a unit, with ends included or not."""

    unit: Unit
    inclusive: bool = False

    def __str__(self) -> str:
        return _NAMES[self.unit] + (" with inclusive ends" if self.inclusive else "")

    def mend(self) -> str:
        """What to do with such a file."""
        add, option = "add 1 to each end", f"--offsets {self.unit}"
        return (
            f"{add}, and give {option}"
            if self.inclusive and self.unit is not Unit.CODE_POINTS
            else (add if self.inclusive else f"give {option}")
        )


_READINGS = tuple(
    Offsets(unit, inclusive) for inclusive in (False, True) for unit in (Unit.CODE_POINTS, Unit.UTF_16, Unit.BYTES)
)


class Verdict(NamedTuple):
    """What offsets are seen to be, and how that was seen. `proven` if the words beside them say so."""

    offsets: Offsets
    why: str
    proven: bool

    def __str__(self) -> str:
        return f"the offsets are {self.offsets} ({self.why}); {self.offsets.mend()}"


_MISPLACED = "misplaced: "


def misplaced(text: str) -> str:
    """The kind of a problem of offsets that mean another piece of the text, or none."""
    return _MISPLACED + numberless(text)


def _is_misplaced(problem: str) -> bool:
    return isinstance(problem, Problem) and problem.kind.startswith(_MISPLACED)


class DoubtfulOffsetsError(InputError):
    """All that is wrong are offsets, and they seem to count something else, though no words beside them prove it."""


def input_error(problems: Sequence[str], verdict: Verdict | None) -> InputError:
    """The problems as an error, with what the offsets are where that is the cause."""
    left = with_verdict(problems, verdict)
    doubtful = verdict is not None and not verdict.proven and len(left) == 1 and _is_misplaced(left[0])
    return (DoubtfulOffsetsError if doubtful else InputError)(*left)


def with_verdict(problems: Sequence[str], verdict: Verdict | None) -> list[str]:
    """The problems, where all misplaced offsets are one problem: the first of them, with what the offsets are."""
    first = next((problem for problem in problems if _is_misplaced(problem)), None)
    if verdict is None or not isinstance(first, Problem):
        return list(problems)
    cause = Problem(first.place, f"{first.text}: {verdict}", _MISPLACED + str(verdict.offsets))
    return [
        cause if problem is first else problem for problem in problems if problem is first or not _is_misplaced(problem)
    ]


class Seen(NamedTuple):
    """A span as a file has it, on a text; and the words beside it, None if there are none."""

    text: str
    start: int
    end: int
    words: str | None = None


@dataclass(slots=True)
class Evidence:
    """The spans of a whole file as it has them, to see what its offsets count.

    Where the language has `proclitics`, a span that begins behind them cuts no word.
    """

    proclitics: bool = True
    spans: list[Seen] = field(default_factory=list[Seen])
    _maps: dict[tuple[str, Unit], CodePoints] = field(default_factory=dict[tuple[str, Unit], CodePoints])

    def add(self, text: str, start: int, end: int, words: str | None) -> None:
        """One more span."""
        self.spans.append(Seen(text, start, end, words))

    def verdict(self, given: Unit) -> Verdict | None:
        """What the offsets are, if they are not the unit given; None if they are, or nothing can be said."""
        if given is Unit.OWN_TEXT or not self.spans:
            return None
        with_words = [span for span in self.spans if span.words]
        if with_words:
            return self._by_words(with_words, Offsets(given))
        return self._by_boundaries(Offsets(given))

    def doubt(self, given: Unit) -> str | None:
        """That many boundaries of spans are inside words, and what may be the cause; None if it is not so.

        The spans are in code points, whatever unit was given.
        """
        plain = Offsets(Unit.CODE_POINTS)
        share = self.share_inside(plain)
        # Units are only tried where they may explain something: that takes each text to pieces.
        wide = [span for span in self.spans if _is_wide(span.text[: span.end])]
        may_be = given is Unit.CODE_POINTS and max(share, self.share_inside(plain, wide)) >= DOUBTFUL
        if may_be and (verdict := self._by_boundaries(plain)):
            return f"WARNING: {verdict}"
        if 2 * len(self.spans) < _FEW or share < DOUBTFUL:
            return None
        return f"WARNING: {share:.0%} of the boundaries of spans are inside words; look at the offsets"

    def _by_words(self, spans: Sequence[Seen], given: Offsets) -> Verdict | None:
        for reading in _READINGS:
            count = self._agreeing(spans, reading)
            if reading != given and count >= _AGREE * len(spans):
                apart = self._apart(spans, given, reading)
                if self._agreeing(apart, given) < _AGREE * len(apart):
                    return Verdict(reading, f"{count} of {len(spans)} texts beside them agree", proven=True)
        return None

    def _agreeing(self, spans: Sequence[Seen], reading: Offsets) -> int:
        pieces = ((span, self._span(span, reading)) for span in spans)
        return sum(at is not None and span.text[at[0] : at[1]] == span.words for span, at in pieces)

    def _by_boundaries(self, given: Offsets) -> Verdict | None:
        for reading in _READINGS:
            apart = self._apart(self.spans, given, reading)
            if reading.inclusive or 2 * len(apart) < _FEW_NAMED:
                continue
            share, after = self.share_inside(given, apart), self.share_inside(reading, apart)
            if share >= DOUBTFUL and after <= SOUND:
                why = f"{share:.0%} of the boundaries are inside words or outside the text, and {after:.0%} so read"
                return Verdict(reading, why, proven=False)
        return None

    def _apart(self, spans: Sequence[Seen], given: Offsets, reading: Offsets) -> list[Seen]:
        """The spans that the two readings do not put at one place: few, where few texts have an emoji."""
        return [span for span in spans if self._span(span, given) != self._span(span, reading)]

    def share_inside(self, reading: Offsets, spans: Sequence[Seen] | None = None) -> float:
        """Of the boundaries of these spans, or all, how many are inside words or characters, or outside the text."""
        spans = self.spans if spans is None else spans
        inside = 0
        for span in spans:
            at = self._span(span, reading)
            if at is None:
                inside += 2
            else:
                inside += cuts_word_at_start(span.text, at[0], self.proclitics) + cuts_word_at_end(span.text, at[1])
        return inside / (2 * len(spans)) if spans else 0.0

    def _span(self, span: Seen, reading: Offsets) -> tuple[int, int] | None:
        key = span.text, reading.unit
        if (points := self._maps.get(key)) is None:
            points = self._maps[key] = CodePoints(span.text, reading.unit)
        start = points.of(span.start)
        end = points.of(span.end + 1) if reading.inclusive else points.of(span.end)
        return None if start is None or end is None or start >= end else (start, end)
