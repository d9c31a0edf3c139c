"""Turns the tokens and tags of a tagger into spans of the text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..arabic import inside_word, tokens
from .key import TextKey, letters

# Marks of word pieces, and the tokens for a word that a tagger does not know.
_PIECES = ("##", "▁", "Ġ")
_UNKNOWN = frozenset(("[UNK]", "<unk>"))
# If tokens are missing, the next token is searched at most so many letters further on.
_REACH = 200
_BEGIN, _ON, _END, _SINGLE, _OUT = frozenset("B"), frozenset("I"), frozenset("EL"), frozenset("SU"), "O"


class Tagged(NamedTuple):
    """A span of tokens: `first` up to, not including, `end`, with its label."""

    first: int
    end: int
    label: str


def spans_of_tags(tags: Sequence[str], problems: list[str]) -> list[Tagged]:
    """The spans of tags in BIO, IOBES, BILOU, or labels alone (IO). Several tags of one token are separated by spaces.

    A tag continues a span with the same label. A tag that should continue a span, but finds none, goes into `problems`.
    """
    spans: list[Tagged] = []
    opened: dict[str, list[int]] = {}
    prefixed = all(part == _OUT or part[1:2] == "-" for tag in tags for part in tag.split())
    for n, tag in enumerate(tags):
        going: dict[str, list[int]] = {}
        parts = [(part[:1], part[2:]) if prefixed else ("", part) for part in tag.split() if part != _OUT]
        # Continuing tags come first: a token may continue one span and begin another with the same label.
        for prefix, label in sorted(parts, key=lambda part: part[0] in _BEGIN | _SINGLE):
            before = opened.get(label, [])
            if not label or (prefix and prefix not in _BEGIN | _ON | _END | _SINGLE):
                problems.append(
                    f"tags[{n}]: {tag!r} is not a tag; write O, or B- and I- before a label, or labels alone"
                )
            elif prefix in _SINGLE:
                spans.append(Tagged(n, n + 1, label))
            elif prefix in _BEGIN or (not prefix and not before):
                going.setdefault(label, []).append(n)
            elif not before:
                problems.append(f"tags[{n}]: {tag!r} continues a {label} that has not begun; write B-{label}")
            elif prefix in _END:
                spans.append(Tagged(before.pop(0), n + 1, label))
            else:
                going.setdefault(label, []).append(before.pop(0))
        spans += (Tagged(first, n, label) for label, firsts in opened.items() for first in firsts)
        opened = going
    spans += (Tagged(first, len(tags), label) for label, firsts in opened.items() for first in firsts)
    return sorted(spans)


def place_tokens(pieces: Sequence[str], text: str) -> list[tuple[int, int] | None]:
    """The place of each token in the text, in order; None for a token that does not occur.

    Letters are compared in one spelling, so a tagger may have normalised its tokens. Marks of word pieces (##, ▁, Ġ)
    are ignored; a token for an unknown word ([UNK]) is the next whole word.
    """
    walk = _Walk(text)
    return [walk.next(piece) for piece in pieces]


class _Walk:
    """Goes through a text token by token. `_at` is its position in the key, `_end` its position in the text."""

    def __init__(self, text: str) -> None:
        self._text, self._key = text, TextKey(text)
        self._words = [at for at in tokens(text) if letters(text[at.start : at.end])]
        self._word = 0
        self._at = self._end = 0

    def next(self, piece: str) -> tuple[int, int] | None:
        if piece in _UNKNOWN:
            return self._unknown()
        bare = piece
        for mark in _PIECES:
            bare = bare.removeprefix(mark)
        form = letters(bare)
        place = self._letters(form) if form else self._mark(bare.strip())
        return self._with_ends(*place, bare) if place and form else place

    def _letters(self, form: str) -> tuple[int, int] | None:
        key = self._key.key
        at = self._at
        if not key.startswith(form, at):
            # Tokens are missing here: take the next place where this token begins a word.
            at = key.find(form, at, at + _REACH + len(form))
            while at >= 0 and inside_word(self._text, self._key.offsets[at]):
                at = key.find(form, at + 1, self._at + _REACH + len(form))
            if at < 0:
                return None
        span = self._key.original(at, at + len(form))
        if span is None:
            return None
        self._at, self._end = at + len(form), span[1]
        return span

    def _with_ends(self, start: int, end: int, piece: str) -> tuple[int, int]:
        """The place, with the punctuation at the token's ends if the text has it too."""
        text = self._text
        solid = [n for n, char in enumerate(piece) if letters(char)]
        for mark in reversed(piece[: solid[0]]):
            if text[start - 1 : start] != mark:
                break
            start -= 1
        for mark in piece[solid[-1] + 1 :]:
            if text[end : end + 1] == mark:
                end += 1
        self._end = end
        return start, end

    def _mark(self, mark: str) -> tuple[int, int] | None:
        """The place of a token without letters: before the next letter."""
        before = self._key.offsets[self._at] if self._at < len(self._key.offsets) else len(self._text)
        start = self._text.find(mark, self._end, before) if mark else -1
        if start < 0:
            return None
        self._end = start + len(mark)
        return start, self._end

    def _unknown(self) -> tuple[int, int] | None:
        start = self._key.offsets[self._at] if self._at < len(self._key.offsets) else len(self._text)
        while self._word < len(self._words) and self._words[self._word].start < start:
            self._word += 1
        if self._word == len(self._words):
            return None
        word = self._words[self._word]
        self._end = word.end
        while self._at < len(self._key.offsets) and self._key.offsets[self._at] < word.end:
            self._at += 1
        return word.start, word.end


def words_of(pieces: Sequence[str], tagged: Tagged) -> str:
    """The tokens of a span, for a message."""
    return " ".join(pieces[tagged.first : tagged.end])


def place_tagged(
    pieces: Sequence[str], spans: Sequence[Tagged], text: str
) -> Iterator[tuple[Tagged, tuple[int, int] | None]]:
    """Each span of tokens with its place in the text; None if its first or last token has no place."""
    where = place_tokens(pieces, text)
    for span in spans:
        first, last = where[span.first], where[span.end - 1]
        yield span, (first[0], last[1]) if first and last and first[0] < last[1] else None
