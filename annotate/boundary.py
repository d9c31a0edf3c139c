"""The right boundaries of a span, by white space, punctuation and words."""

from __future__ import annotations

import unicodedata

from .arabic import INVISIBLE, inside_word, is_mark, word_start

# Paired marks, by family. In right-to-left text they are often typed the wrong way round.
_FAMILIES = ("()", "[]", "{}", "﴾﴿", "«»", "‹›", '"“”„‟', "'‘’‚‛")
_FAMILY = {mark: family for family in _FAMILIES for mark in family}
_SYMMETRIC = "\"'"
# Unicode calls these symbols, but writers use them as punctuation. All other symbols are part of a name: $, €, +, °.
_LINES = frozenset("|<>=~^`\u00ad")
_PERCENT = frozenset("%٪‰؉")
_BEFORE_NUMBERS = frozenset("-.")
_BEFORE_NAMES = frozenset("#@")
_SHORTENED = frozenset(("co", "corp", "dr", "inc", "jr", "ltd", "mr", "mrs", "no", "sr", "st", "vs"))


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without white space, punctuation and invisible characters that do not belong at its boundaries.

    These belong to a span: a bracket or quotation mark whose other half is inside, unless the two surround the whole
    span; a percent sign after its number; a sign or point before a number; # and @ before a word; the dot after a
    single letter (أ.ب., U.S.) or after some Latin abbreviations (Inc.). A span of punctuation alone becomes empty.
    Needs 0 <= start < end <= len(text). The span never grows, and never loses a letter.
    """
    if text[start].isalnum() and text[end - 1].isalnum():
        return start, end
    pairs = _pairs(text, start, end)
    while start < end:
        if start != end - 1 and pairs.get(start) == end - 1:
            start, end = start + 1, end - 1
        elif not (start in pairs or _may_begin(text, start, end)):
            start += 1
        elif not (end - 1 in pairs or _may_end(text, start, end)):
            end -= 1
        else:
            break
    return start, end


def without_white_space(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without white space at its boundaries; a span of white space alone becomes empty."""
    piece = text[start:end]
    left = start + len(piece) - len(piece.lstrip())
    return left, left + len(piece.strip())


def cuts_word_at_start(text: str, start: int, proclitics: bool = True) -> bool:
    """Whether a span that begins at `start` cuts a word.

    Where the language has `proclitics`, they may stay outside: داعش in لداعش cuts nothing.
    """
    if not inside_word(text, start):
        return False
    return is_mark(text[start]) or not proclitics or word_start(text, start) == start


def cuts_word_at_end(text: str, end: int) -> bool:
    """Whether a span that ends at `end` cuts a word (داعش in داعشي), or the harakat off its last letter."""
    return inside_word(text, end)


def _pairs(text: str, start: int, end: int) -> dict[int, int]:
    """Pairs of brackets and quotation marks inside the span: the offset of each half with that of its partner."""
    pairs: dict[int, int] = {}
    opened: list[tuple[str, int]] = []
    for at in range(start, end):
        mark = text[at]
        family = _FAMILY.get(mark)
        if family is None or (family[0] == "'" and _is_apostrophe(text, at)):
            continue
        opening = next(
            (n for n in range(len(opened) - 1, max(-1, len(opened) - _DEEPEST), -1) if opened[n][0] == family), None
        )
        if opening is not None and (text[opened[opening][1]] != mark or mark in _SYMMETRIC):
            pairs[opened[opening][1]], pairs[at] = at, opened[opening][1]
            del opened[opening:]
        else:
            opened.append((family, at))
    return pairs


# At most so many open marks are searched for the other half, so that hostile text cannot take long.
_DEEPEST = 20


def _is_apostrophe(text: str, at: int) -> bool:
    """Whether the mark at `at` stands between letters (Sana’a), so that it is not a quotation mark."""
    return 0 < at < len(text) - 1 and text[at - 1].isalnum() and text[at + 1].isalnum()


def _may_begin(text: str, start: int, end: int) -> bool:
    char = text[start]
    if not _is_punctuation(char):
        return True
    following = text[start + 1] if start + 1 < end else ""
    if char in _PERCENT:
        return following.isdecimal()
    if char in _BEFORE_NUMBERS:
        return following.isdecimal() and not (start and text[start - 1].isalnum())
    return char in _BEFORE_NAMES and following.isalnum()


def _may_end(text: str, start: int, end: int) -> bool:
    char = text[end - 1]
    if not _is_punctuation(char):
        return True
    if char in _PERCENT:
        return text[max(start, end - 3) : end - 1].rstrip()[-1:].isdecimal()
    return char == "." and _is_shortened(text, start, end - 1)


def _is_shortened(text: str, start: int, dot: int) -> bool:
    """Whether the word before the dot is one letter or a known abbreviation."""
    first = dot
    while first > start and dot - first < 8 and (text[first - 1].isalpha() or is_mark(text[first - 1])):
        first -= 1
    word = text[first:dot]
    return sum(char.isalpha() and char != "ـ" for char in word) == 1 or word.casefold() in _SHORTENED


def _is_punctuation(char: str) -> bool:
    """Whether the character is punctuation, white space or invisible."""
    if char.isalnum():
        return False
    return (
        char.isspace()
        or char in _LINES
        or (char in INVISIBLE)
        or unicodedata.category(char) == "Cc"
        or unicodedata.category(char).startswith("P")
    )
