"""The words by which page chrome is known: share buttons, menus, link lists, notices (page_chrome.yaml)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from .located_yaml import LocatedYaml

Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ChromeKind(_Record):
    """One kind of chrome, by the words that make up its lines, begin them, or stand in them."""

    words: tuple[Phrase, ...] = ()
    starts: tuple[Phrase, ...] = ()
    holds: tuple[Phrase, ...] = ()


class ChromeWords(_Record):
    """All kinds, in the order in which they are tried. See the head of page_chrome.yaml."""

    closers: frozenset[str]
    sections: frozenset[str]
    kinds: dict[str, ChromeKind]
    sections_of_a_site: tuple[Phrase, ...]
    media_nouns: tuple[Phrase, ...]


@lru_cache(maxsize=1)
def load_chrome_words() -> ChromeWords:
    """The words that ship with the package."""
    return LocatedYaml(Path(__file__).with_name("page_chrome.yaml")).parse(ChromeWords)
