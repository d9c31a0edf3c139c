"""Turns offsets into a text that an extractor changed into offsets into the original text."""

from __future__ import annotations

from bisect import bisect_left
from difflib import SequenceMatcher

from ..arabic import tokens
from .key import TextKey, letters


class Realigned:
    """Maps a changed text (with harakat, hamza, white space, punctuation or digits removed or unified) to the original.

    In one spelling, both texts mostly have the same letters and digits, one for one. Where they differ, whole words are
    compared, and a word without a counterpart has no place.
    """

    def __init__(self, changed: str, text: str) -> None:
        self._changed, self._text = TextKey(changed), TextKey(text)
        self._ways = _ways(self._changed, self._text)

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """The span of the original text for `changed[start:end]`; None if its first or last letter is missing there."""
        offsets = self._changed.offsets
        first, last = bisect_left(offsets, start), bisect_left(offsets, end) - 1
        if first > last:
            return None
        a, b = self._real(first), self._real(last)
        span = self._text.original(a, b + 1) if a is not None and b is not None and a <= b else None
        if span is None:
            return None
        back = self._changed.text[offsets[last] + 1 : end]
        return self._with_front(span[0], self._changed.text[start : offsets[first]]), self._with_back(span[1], back)

    def _real(self, at: int) -> int | None:
        """The position in the original text's key of a letter of the changed text's key."""
        n = bisect_left(self._ways, (at + 1,)) - 1
        if n < 0:
            return None
        changed, real, size = self._ways[n]
        return real + at - changed if at < changed + size else None

    def _with_front(self, start: int, marks: str) -> int:
        """The start, moved before marks that the original text has there too, with or without white space between."""
        text = self._text.text
        for mark in filter(str.strip, reversed(marks)):
            at = len(text[:start].rstrip())
            if text[at - 1 : at] == mark:
                start = at - 1
        return start

    def _with_back(self, end: int, marks: str) -> int:
        text = self._text.text
        for mark in filter(str.strip, marks):
            at = end
            while text[at : at + 1].isspace():
                at += 1
            if text[at : at + 1] == mark:
                end = at + 1
        return end


def _ways(changed: TextKey, text: TextKey) -> list[tuple[int, int, int]]:
    """Runs of letters that are equal in both keys: the start in each key, and the length."""
    if changed.key == text.key:
        return [(0, 0, len(text.key))]
    changed_words, real_words = _words(changed), _words(text)
    a_words, b_words = [word for word, _ in changed_words], [word for word, _ in real_words]
    first = next((n for n, pair in enumerate(zip(a_words, b_words, strict=False)) if pair[0] != pair[1]), 0)
    # Very frequent words are not used as anchors, so that a text which repeats one word does not take long.
    blocks = SequenceMatcher(None, a_words[first:], b_words[first:]).get_matching_blocks()
    pairs = [(n, n) for n in range(first)] + [
        (first + a + n, first + b + n) for a, b, size in blocks for n in range(size)
    ]
    return [(changed_words[a][1], real_words[b][1], len(b_words[b])) for a, b in pairs]


def _words(key: TextKey) -> list[tuple[str, int]]:
    """The letters of each word of a text, and their start in its key."""
    words: list[tuple[str, int]] = []
    at = 0
    for token in tokens(key.text):
        word = letters(key.text[token.start : token.end])
        if word:
            words.append((word, at))
            at += len(word)
    return words
