"""The edges of a span: where they should be, going by white space, punctuation and words."""

from __future__ import annotations

import unicodedata

from .arabic import INVISIBLE, inside_word, is_mark, word_start

# Marks that come in pairs, by family. In right-to-left text they are often typed the wrong way round.
_FAMILIES = ("()", "[]", "{}", "﴾﴿", "«»", "‹›", '"“”„‟', "'‘’‚‛")
_FAMILY = {mark: family for family in _FAMILIES for mark in family}
_SYMMETRIC = "\"'"
# What Unicode calls symbols, and writers use as punctuation. Others are part of a name: $, €, +, °.
_LINES = frozenset("|<>=~^`\u00ad")
_PERCENT = frozenset("%٪‰؉")
_BEFORE_NUMBERS = frozenset("-.")
_BEFORE_NAMES = frozenset("#@")
_SHORTENED = frozenset(("co", "corp", "dr", "inc", "jr", "ltd", "mr", "mrs", "no", "sr", "st", "vs"))


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without white space, punctuation and invisible characters at its edges that are no part of it.

    Part of it are: a bracket or quotation mark whose other half is inside, unless the two surround the whole; a
    percent sign at its number, a sign or point before one; # and @ before a word; the dot of an abbreviation, which
    is one after a single letter (أ.ب., U.S.) or after one of a few Latin ones (Inc.). Of nothing but punctuation an
    empty span is left. Wants 0 <= start < end <= len(text). Never grows, never parts a letter from a word.
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
    """The span without white space at its edges; an empty one of nothing else."""
    piece = text[start:end]
    left = start + len(piece) - len(piece.lstrip())
    return left, left + len(piece.strip())


def cuts_word_at_start(text: str, start: int) -> bool:
    """Whether a span from `start` on begins inside a word, and not behind its proclitics (داعش in لداعش does not)."""
    return inside_word(text, start) and (is_mark(text[start]) or word_start(text, start) == start)


def cuts_word_at_end(text: str, end: int) -> bool:
    """Whether a span up to `end` ends inside a word (داعش in داعشي), or before the harakat of its last letter."""
    return inside_word(text, end)


def _pairs(text: str, start: int, end: int) -> dict[int, int]:
    """Each bracket and quotation mark of the span that has its other half in it, with that half."""
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


# How far back a mark's other half is looked for among those still open, so that hostile text costs no more.
_DEEPEST = 20


def _is_apostrophe(text: str, at: int) -> bool:
    """Whether the mark at `at` stands between letters (Sana’a), where it is no quotation mark."""
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
    """Whether the word before the dot is one letter, or known to be shortened."""
    first = dot
    while first > start and dot - first < 8 and (text[first - 1].isalpha() or is_mark(text[first - 1])):
        first -= 1
    word = text[first:dot]
    return sum(char.isalpha() and char != "ـ" for char in word) == 1 or word.casefold() in _SHORTENED


def _is_punctuation(char: str) -> bool:
    """Also white space and what cannot be seen."""
    if char.isalnum():
        return False
    return (
        char.isspace()
        or char in _LINES
        or (char in INVISIBLE)
        or unicodedata.category(char) == "Cc"
        or unicodedata.category(char).startswith("P")
    )
