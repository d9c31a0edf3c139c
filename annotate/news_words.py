"""Words that occur in the news of any day (news_words.yaml). Two articles that share them need not be related."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from pydantic import RootModel

from ..configs.located_yaml import LocatedYaml
from .arabic import fold
from .pages.headline import stems_of

# Endings of nouns and verbs. The list is rough on purpose: articles and list are cut in the same way, then compared.
_ENDING = re.compile("(?:تين|تان|تها|تهم|ات|ين|ون|ان|يه|ها|هم|وا|ه|ي|ا|ت)$")
_SHORTEST = 3
_WORD = re.compile(r"[^\W\d_]+")


class _NewsWords(RootModel[dict[str, tuple[str, ...]]]):
    """The words, by topic."""


@lru_cache(maxsize=1)
def _topics() -> dict[str, tuple[str, ...]]:
    return LocatedYaml(Path(__file__).parent.with_name("configs") / "news_words.yaml").parse(_NewsWords).root


@lru_cache(maxsize=1)
def _stems() -> frozenset[str]:
    return frozenset(_without_ending(stem) for words in _topics().values() for stem in stems_of(map(fold, words)))


@lru_cache(maxsize=1)
def before_places() -> frozenset[str]:
    """The stems behind which the name of a place stands; with a proclitic, the stem of «بلدة» is the whole word."""
    words = [fold(word) for word in _topics()["before_places"]]
    return frozenset((*words, *stems_of(words)))


@lru_cache(maxsize=1 << 16)
def is_news_word(word: str) -> bool:
    """Whether a folded word is such a word, with or without proclitics and endings."""
    return any(_without_ending(stem) in _stems() for stem in stems_of(_WORD.findall(word)[:1]))


def _without_ending(word: str) -> str:
    ending = _ENDING.search(word)
    return word[: ending.start()] if ending and ending.start() >= _SHORTEST else word
