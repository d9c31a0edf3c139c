"""Only the letters and digits of a text, in one spelling, with offsets into the text. Words are looked up in it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import compress

from ..arabic import fold, is_mark
from ..boundary import cuts_word_at_end, cuts_word_at_start

_TATWEEL = "ـ"
_JOINERS = "\u200c\u200d"


class _Letters(dict[str, str]):
    """Each character's part of the key, computed on first use: no marks, white space or punctuation."""

    def __missing__(self, char: str) -> str:
        parts = unicodedata.normalize("NFKD", char)
        self[char] = share = "".join(c for part in parts for c in fold(part) if c.isalnum() and not is_mark(c))
        return share


_LETTERS = _Letters()


def letters(text: str) -> str:
    """The key alone: equal for two spellings that differ in harakat, tatweel, hamza, ة and ه, ى and ي, digits of
    another script, composed characters, white space or punctuation."""
    return "".join(map(_LETTERS.__getitem__, text))


class TextKey:
    """The key of a text; character n of `key` comes from the code point `offsets[n]` of the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        shares = list(map(_LETTERS.__getitem__, text))
        self.key = "".join(shares)
        self.offsets = list(compress(range(len(text)), shares))
        if len(self.key) > len(self.offsets):  # a character that is several letters, such as ﻻ
            self.offsets = [n for n, share in enumerate(shares) for _ in share]

    def original(self, start: int, end: int) -> tuple[int, int] | None:
        """The code points of `key[start:end]` in the text, with the marks and tatweel after its last letter.

        None if a boundary falls inside a character (ﻻ is two letters). Needs start < end.
        """
        offsets = self.offsets
        first, last = offsets[start], offsets[end - 1]
        if (start and offsets[start - 1] == first) or (end < len(offsets) and offsets[end] == last):
            return None
        return first, self.with_marks(last + 1)

    def with_marks(self, end: int) -> int:
        """The end, moved after the harakat and tatweel that follow. A joiner that joins nothing stays outside."""
        text, moved = self.text, end
        while moved < len(text) and (text[moved] == _TATWEEL or is_mark(text[moved])):
            moved += 1
        while moved > end and text[moved - 1] in _JOINERS:
            moved -= 1
        return moved

    def occurrences(self, letters: str) -> Iterator[tuple[int, int]]:
        """The places of these letters in the key as starts and ends; they may overlap."""
        at = self.key.find(letters)
        while at >= 0:
            yield at, at + len(letters)
            at = self.key.find(letters, at + 1)


def stands_alone(text: str, start: int, end: int, proclitics: bool = True) -> bool:
    """Whether a span neither begins nor ends inside a word. It may begin after proclitics (دمشق in بدمشق)."""
    return not (cuts_word_at_end(text, end) or cuts_word_at_start(text, start, proclitics))
