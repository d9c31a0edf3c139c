"""What a language changes: direction, fonts, words on screen, ends of sentences, spellings, proclitics."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast

_FILE = Path(__file__).with_name("languages.yaml")
# The language of files that do not name theirs.
ARABIC = "ar"
# Letters of Persian, Urdu and Kurdish that people also type in place of an Arabic letter. Match keys treat both as
# equal. Arabic has no such letter, so this rule can hold for all languages.
LETTERS: Mapping[str, str] = {"ی": "ي", "ک": "ك", "ہ": "ه", "ۂ": "ه", "ۃ": "ه", "ە": "ه"}
# Headings and messages are in this language if a language has none of its own.
ENGLISH = "en"

Direction = Literal["ltr", "rtl"]


@dataclass(frozen=True, slots=True)
class Language:
    """The data of a language in languages.yaml; the comments there explain each part."""

    code: str
    name: str
    direction: Direction
    proclitics: bool = False
    words: str = ENGLISH
    fonts: str = "Noto Sans, Arial, sans-serif"
    ends: str = ".?!…"


@lru_cache(maxsize=1)
def languages() -> Mapping[str, Language]:
    """All known languages, by code."""
    return {code: Language(code, **values) for code, values in _content()["languages"].items()}


def language_of(code: str) -> Language:
    """The language with this code. An unknown language has its code as its name, and is treated like English."""
    return languages().get(code) or Language(code, code, "ltr")


def language_code(name: str) -> str | None:
    """The code of a language, from its code (two or three letters) or its English name; None for other texts."""
    name = name.strip().lower()
    if re.fullmatch("[a-z]{2,3}", name):
        return name
    return next((code for code, language in languages().items() if language.name.lower() == name), None)


def words_of(language: str) -> Mapping[str, str]:
    """The headings and messages for annotators in this language; in English if it has none."""
    return _content()["words"][language_of(language).words]


@lru_cache(maxsize=1)
def _content() -> Mapping[str, Mapping[str, Any]]:
    import yaml  # imported here, since scores do not need it

    return cast("Mapping[str, Mapping[str, Any]]", yaml.safe_load(_FILE.read_text(encoding="utf-8")))
