"""The words of a text as baselines compare them: by match keys, with offsets of the unchanged text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ...annotate.arabic import MatchKey, match_key, tokens


class Word(NamedTuple):
    """A token, and the form used to compare it."""

    start: int
    end: int
    match_key: MatchKey

    @property
    def key(self) -> str:
        return self.match_key.key


def words_of(text: str, at: int = 0) -> Iterator[Word]:
    """The tokens of `text` that have a match key. If it is part of a longer text, `at` is its start there."""
    for token in tokens(text):
        key = match_key(text[token.start : token.end])
        if key.key:
            yield Word(at + token.start, at + token.end, key)
