"""Cuts long articles into windows of tokens, for models with a limit: at sentence ends, and never inside a span."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from ..annotate.document import Span

_ENDS = frozenset(".!?؟…۔") | {"..", "..."}
# Characters that may follow the mark at the end of a sentence.
_CLOSING = frozenset("»”\"')]›’")


def windows(
    text: str, starts: Sequence[int], ends: Sequence[int], spans: Iterable[Span], most: int
) -> Iterator[tuple[int, int]]:
    """First and end positions of windows of at most `most` tokens. Together they have each token once, in order.

    `starts` and `ends` are the tokens' offsets in the text, and every boundary of `spans` is a boundary of a token. A
    window ends at its last sentence end or line break outside spans; if there is none, after the last token where no
    span continues. Only a window that is inside one span, or inside overlapping spans, is longer than `most`.
    """
    if not starts:
        yield 0, 0
        return
    inside = _inside(starts, spans)
    first = 0
    while first < len(starts):
        if len(starts) - first <= most:
            yield first, len(starts)
            return
        free = [n for n in range(first + 1, first + most + 1) if not inside[n]]
        sentences = [n for n in free if _ends_sentence(n, text, starts, ends)]
        if free:
            end = (sentences or free)[-1]
        else:
            end = next((n for n in range(first + most + 1, len(starts)) if not inside[n]), len(starts))
        yield first, end
        first = end


def _inside(starts: Sequence[int], spans: Iterable[Span]) -> list[bool]:
    """For each token, whether a cut before it would be inside a span."""
    inside = [False] * (len(starts) + 1)
    for span in spans:
        for n in range(bisect_left(starts, span.start) + 1, bisect_left(starts, span.end)):
            inside[n] = True
    return inside


def _ends_sentence(n: int, text: str, starts: Sequence[int], ends: Sequence[int]) -> bool:
    """Whether a sentence ends before token `n`: there is a line end, or a mark that ends sentences."""
    if "\n" in text[ends[n - 1] : starts[n]]:
        return True
    last = n - 1
    while last > 0 and text[starts[last] : ends[last]] in _CLOSING:
        last -= 1
    mark = text[starts[last] : ends[last]]
    # A closing mark after it belongs to this sentence.
    return mark in _ENDS and text[starts[n] : ends[n]] not in _CLOSING | _ENDS
