"""The words by which page chrome is known: share buttons, menus, link lists, notices (page_chrome.yaml)."""

from __future__ import annotations

from functools import cached_property, lru_cache
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


class Marks(_Record):
    """The words of class, id and role in a page's markup that say what an element is for."""

    chrome: frozenset[str]
    comments: frozenset[str]
    article: frozenset[str]
    lead: frozenset[str]
    dates: frozenset[str]
    stems: tuple[Phrase, ...]

    @cached_property
    def known(self) -> frozenset[str]:
        """All of them, but for the stems."""
        return self.chrome | self.comments | self.article | self.lead | self.dates


class ChromeWords(_Record):
    """All kinds, in the order in which they are tried. See the head of page_chrome.yaml."""

    closers: frozenset[str]
    sections: frozenset[str]
    marks: Marks
    kinds: dict[str, ChromeKind]
    sections_of_a_site: tuple[Phrase, ...]
    media_nouns: tuple[Phrase, ...]


@lru_cache(maxsize=1)
def load_chrome_words() -> ChromeWords:
    """The words that ship with the package."""
    return LocatedYaml(Path(__file__).with_name("page_chrome.yaml")).parse(ChromeWords)
