"""Recognises, names and converts offsets in units other than code points."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from ...configs.errors import InputError, Problem, numberless
from ..boundary import cuts_word_at_end, cuts_word_at_start


class Unit(StrEnum):
    """The unit of offsets."""

    CODE_POINTS = "code-points"  # Python; also in every file of Mihakk
    UTF_16 = "utf-16"  # JavaScript, Java, C#
    BYTES = "bytes"  # Go, Rust, C; of UTF-8
    OWN_TEXT = "own-text"  # code points of the row's own text, which may differ from the gold's text


_NAMES = {Unit.CODE_POINTS: "code points", Unit.UTF_16: "UTF-16 units", Unit.BYTES: "bytes"}

# A file's offsets are in a unit if at least this share of the words beside them then stand at their place.
_AGREE = 0.99
# Without such words, offsets are doubtful if at least the first share of boundaries is inside words. They are in
# another unit if at most the second share is inside words under that unit. tests/test_offsets.py has the data for these
# values.
DOUBTFUL, SOUND = 0.10, 0.02
# With fewer boundaries there is no verdict: the first number if a unit explains them, the second if none does.
_FEW_NAMED, _FEW = 4, 20


class CodePoints:
    """Converts offsets of one text from a unit to code points."""

    def __init__(self, text: str, unit: Unit) -> None:
        self._length = len(text)
        self._starts: list[int] | None = None
        if unit is Unit.UTF_16 and _is_wide(text):
            self._starts = _running(2 if char > "\uffff" else 1 for char in text)
        elif unit is Unit.BYTES and not text.isascii():
            self._starts = _running(len(char.encode("utf-8", "surrogatepass")) for char in text)

    def of(self, offset: int) -> int | None:
        """The code point at an offset; None if the offset is inside a code point, or outside the text."""
        if self._starts is None:
            return offset if 0 <= offset <= self._length else None
        at = bisect_left(self._starts, offset)
        return at if at < len(self._starts) and self._starts[at] == offset else None


def _is_wide(text: str) -> bool:
    """Whether some character, such as an emoji, has two UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) > 2 * len(text)


def _running(widths: Iterable[int]) -> list[int]:
    total, starts = 0, [0]
    for width in widths:
        total += width
        starts.append(total)
    return starts


class Offsets(NamedTuple):
    """A way to read a file's offsets: in a unit, with ends included or not."""

    unit: Unit
    inclusive: bool = False

    def __str__(self) -> str:
        return _NAMES[self.unit] + (" with inclusive ends" if self.inclusive else "")

    def mend(self) -> str:
        """Advice for the user of such a file."""
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
    """The likely way to read offsets, and the reason. It is `proven` if the words beside them show it."""

    offsets: Offsets
    why: str
    proven: bool

    def __str__(self) -> str:
        return f"the offsets are {self.offsets} ({self.why}); {self.offsets.mend()}"


_MISPLACED = "misplaced: "


def misplaced(text: str) -> str:
    """The kind of a problem of offsets that point to another piece of the text, or outside it."""
    return _MISPLACED + numberless(text)


def _is_misplaced(problem: str) -> bool:
    return isinstance(problem, Problem) and problem.kind.startswith(_MISPLACED)


class DoubtfulOffsetsError(InputError):
    """Only offsets are wrong, and they seem to be in another unit, but no words beside them prove it."""


def input_error(problems: Sequence[str], verdict: Verdict | None) -> InputError:
    """The problems as an error; it names the unit of the offsets if that is the cause."""
    left = with_verdict(problems, verdict)
    doubtful = verdict is not None and not verdict.proven and len(left) == 1 and _is_misplaced(left[0])
    return (DoubtfulOffsetsError if doubtful else InputError)(*left)


def with_verdict(problems: Sequence[str], verdict: Verdict | None) -> list[str]:
    """The problems, with all misplaced offsets as one problem: the first of them, with the unit of the offsets."""
    first = next((problem for problem in problems if _is_misplaced(problem)), None)
    if verdict is None or not isinstance(first, Problem):
        return list(problems)
    cause = Problem(first.place, f"{first.text}: {verdict}", _MISPLACED + str(verdict.offsets))
    return [
        cause if problem is first else problem for problem in problems if problem is first or not _is_misplaced(problem)
    ]


class Seen(NamedTuple):
    """A span as it is in a file, its text, and the words beside it (None if there are none)."""

    text: str
    start: int
    end: int
    words: str | None = None


@dataclass(slots=True)
class Evidence:
    """The spans of a whole file, collected to find the unit of its offsets.

    If the language has `proclitics`, a span that begins after them cuts no word.
    """

    proclitics: bool = True
    spans: list[Seen] = field(default_factory=list[Seen])
    _maps: dict[tuple[str, Unit], CodePoints] = field(default_factory=dict[tuple[str, Unit], CodePoints])

    def add(self, text: str, start: int, end: int, words: str | None) -> None:
        """Adds a span."""
        self.spans.append(Seen(text, start, end, words))

    def verdict(self, given: Unit) -> Verdict | None:
        """The likely unit of the offsets if it is not the given one; None if it is, or if the data do not show it."""
        if given is Unit.OWN_TEXT or not self.spans:
            return None
        with_words = [span for span in self.spans if span.words]
        if with_words:
            return self._by_words(with_words, Offsets(given))
        return self._by_boundaries(Offsets(given))

    def doubt(self, given: Unit) -> str | None:
        """A warning that many boundaries of spans are inside words, with the likely cause; None if they are not.

        The spans are in code points, whatever unit was given.
        """
        plain = Offsets(Unit.CODE_POINTS)
        share = self.share_inside(plain)
        # Other units are only tried if they may explain something, since that needs all tokens of each text.
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
                why = f"{share:.0%} of the boundaries are inside words or outside the text, only {after:.0%} if read so"
                return Verdict(reading, why, proven=False)
        return None

    def _apart(self, spans: Sequence[Seen], given: Offsets, reading: Offsets) -> list[Seen]:
        """The spans that the two readings place differently: few, if few texts have an emoji."""
        return [span for span in spans if self._span(span, given) != self._span(span, reading)]

    def share_inside(self, reading: Offsets, spans: Sequence[Seen] | None = None) -> float:
        """How many boundaries of these spans (or of all) are inside words or characters, or outside the text."""
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
