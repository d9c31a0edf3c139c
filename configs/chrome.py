"""The words that mark page chrome: share buttons, menus, link lists, notices (page_chrome.yaml)."""

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
    """One kind of chrome: words that are a whole line of it, begin such a line, or occur in it."""

    words: tuple[Phrase, ...] = ()
    starts: tuple[Phrase, ...] = ()
    holds: tuple[Phrase, ...] = ()


class Marks(_Record):
    """Words in the class, id or role of an HTML element that say what the element is for."""

    chrome: frozenset[str]
    comments: frozenset[str]
    article: frozenset[str]
    lead: frozenset[str]
    dates: frozenset[str]
    stems: tuple[Phrase, ...]

    @cached_property
    def known(self) -> frozenset[str]:
        """All these words, without the stems."""
        return self.chrome | self.comments | self.article | self.lead | self.dates


class ChromeWords(_Record):
    """All kinds, in the order in which they are tried. The top of page_chrome.yaml explains them."""

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
