"""All possible places of a mention in a text, by tier: exact, in another spelling, with or without the article."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple

from ..arabic import INVISIBLE, inside_word, without_proclitics
from .key import TextKey, letters, stands_alone


class Tier(IntEnum):
    """How a mention was found in the text, best first."""

    EXACT = 0  # as it is written
    SPELLING = 1  # except for harakat, tatweel, hamza, ة ى, digits, white space, punctuation
    ARTICLE = 2  # except for an article or proclitics at its front


class Place(NamedTuple):
    """Code points `start` up to, not including, `end` of the text, and how they were found.

    `behind` says that the word begins earlier, with proclitics.
    """

    start: int
    end: int
    tier: Tier
    behind: bool = False


_QUOTES = ("«»", "“”", "„“", "‘’", "‹›", '""', "''", "``", "»«", "”“")
_UNSEEN = "".join(INVISIBLE)
_ARTICLE, _LAM = "ال", "ل"
# If the rest is shorter, removing proclitics would find other words: ادي is not فادي without ف.
_SHORTEST_REST = 3


class Finder:
    """Finds mentions in one text. It remembers results, and makes the text's key when it is first needed.

    Languages other than Arabic have no `proclitics` and no such article: there words are only searched as they are.
    """

    def __init__(self, text: str, proclitics: bool = True) -> None:
        self.text, self._proclitics = text, proclitics
        self._exact: dict[str, list[Place]] = {}
        self._spelled: dict[str, list[Place]] = {}
        self._changed: dict[str, list[Place]] = {}

    @cached_property
    def _key(self) -> TextKey:
        return TextKey(self.text)

    def exact(self, surface: str) -> list[Place]:
        """The places, in text order, with exactly these words; never inside a word."""
        places = self._exact.get(surface)
        if places is None:
            words = surface.strip()
            places = self._exact[surface] = [
                Place(start, end, Tier.EXACT, inside_word(self.text, start))
                for start, end in (_occurrences(self.text, words) if words else ())
                if stands_alone(self.text, start, end, self._proclitics)
            ]
        return places

    def spelled(self, surface: str) -> list[Place]:
        """The places, in text order, with these words as they are or in another spelling."""
        places = self._spelled.get(surface)
        if places is None:
            exact = self.exact(surface)
            starts, ends = {place.start for place in exact}, {place.end for place in exact}
            words = _Words(surface)
            spellings = (self._place(words, a, b, Tier.SPELLING) for a, b in self._occurrences(words.letters))
            # An exact place may include marks at its ends that the place found by letters leaves out.
            new = [place for place in spellings if place and place.start not in starts and place.end not in ends]
            places = self._spelled[surface] = sorted([*exact, *new])
        return places

    def changed(self, surface: str) -> list[Place]:
        """The places, in text order, with these words after an article or proclitics are added or removed in front."""
        places = self._changed.get(surface)
        if places is None:
            words = _Words(surface)
            by_end: dict[int, Place] = {}
            for form, behind_lam in _forms(words.letters) if self._proclitics else ():
                for a, b in self._occurrences(form):
                    if behind_lam and not (a and self._key.key[a - 1] == _LAM):
                        continue
                    place = self._place(words, a, b, Tier.ARTICLE)
                    if place and (place.behind or not behind_lam):
                        by_end.setdefault(place.end, place)
            places = self._changed[surface] = sorted(by_end.values())
        return places

    def _occurrences(self, form: str) -> Iterator[tuple[int, int]]:
        return self._key.occurrences(form) if form else iter(())

    def _place(self, words: _Words, a: int, b: int, tier: Tier) -> Place | None:
        """The place of `key[a:b]`, if valid: whole words in one paragraph, and no two numbers read as one."""
        span = self._key.original(a, b)
        if span is None or not stands_alone(self.text, *span, self._proclitics):
            return None
        piece = self.text[span[0] : span[1]]
        if "\n\n" in piece and "\n\n" not in words.given:
            return None
        if words.letters.isdecimal() and not words.has_gaps and any(map(str.isspace, piece)):
            return None
        return Place(*self._with_ends(words, *span), tier, inside_word(self.text, span[0]))

    def _with_ends(self, words: _Words, start: int, end: int) -> tuple[int, int]:
        """The span, extended by the punctuation at the mention's ends as far as the text has it too."""
        text = self.text
        for mark in reversed(words.front):
            at = start - 1
            while at > 0 and text[at].isspace():
                at -= 1
            if at < 0 or text[at] != mark:
                break
            start = at
        for mark in words.back:
            at = end
            while at < len(text) - 1 and text[at].isspace():
                at += 1
            if at >= len(text) or text[at] != mark:
                break
            end = at + 1
        return start, end


class _Words:
    """A mention in parts: its letters, and the punctuation before and after them, without quotation marks around it."""

    def __init__(self, surface: str) -> None:
        words = without_quotes(surface)
        self.given = words
        self.letters = letters(words)
        self.has_gaps = any(map(str.isspace, words))
        self.front, self.back = (_punctuation(runs[0]) for runs in (_FRONT.findall(words), _BACK.findall(words)))


def is_quoted(surface: str) -> bool:
    """Whether there are quotation marks around the words."""
    words = surface.strip()
    return len(words) > 2 and words[0] + words[-1] in _QUOTES


def without_quotes(surface: str) -> str:
    """The words without quotation marks around them, and without white space and invisible characters at the ends."""
    words = surface.strip().strip(_UNSEEN).strip()
    while len(words) > 2 and words[0] + words[-1] in _QUOTES:
        words = words[1:-1].strip()
    return words


_FRONT, _BACK = re.compile(r"\A[\W_]*"), re.compile(r"[\W_]*\Z")


def _punctuation(run: str) -> str:
    """Only the visible punctuation of these characters, without marks that belong to a letter."""
    return "".join(c for c in run if not c.isspace() and c not in INVISIBLE and not unicodedata.combining(c))


def _occurrences(text: str, words: str) -> Iterator[tuple[int, int]]:
    at = text.find(words)
    while at >= 0:
        yield at, at + len(words)
        at = text.find(words, at + 1)


def _forms(key: str) -> Iterator[tuple[str, bool]]:
    """A mention's letters with the article added or removed, and without proclitics.

    True marks forms that are only valid after another ل of the same word, where the article loses its alef (للتحالف).
    """
    yield from _article_forms(key)
    for _, rest in without_proclitics(key):
        if len(rest) >= _SHORTEST_REST:
            yield rest, False
            yield from _article_forms(rest)


def _article_forms(key: str) -> Iterator[tuple[str, bool]]:
    bare = key.removeprefix(_ARTICLE)
    if len(bare) >= 2:
        if bare == key:
            yield _ARTICLE + key, False
        else:
            yield bare, False
        yield _LAM + bare, True
