"""What a language changes: direction, fonts, words on screen, ends of sentences, spellings, proclitics."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast

_FILE = Path(__file__).with_name("languages.yaml")
# Of files that do not say their language.
ARABIC = "ar"
# Letters of Persian, Urdu and Kurdish that are typed for an Arabic one as well: equal in match keys. Arabic has none
# of them, so they need not depend on the language.
LETTERS: Mapping[str, str] = {"ی": "ي", "ک": "ك", "ہ": "ه", "ۂ": "ه", "ۃ": "ه", "ە": "ه"}
# The language of headings and messages where a language has none.
ENGLISH = "en"

Direction = Literal["ltr", "rtl"]


@dataclass(frozen=True, slots=True)
class Language:
    """What languages.yaml has of a language; the comments there say what each part is."""

    code: str
    name: str
    direction: Direction
    proclitics: bool = False
    words: str = ENGLISH
    fonts: str = "Noto Sans, Arial, sans-serif"
    ends: str = ".?!…"


@lru_cache(maxsize=1)
def languages() -> Mapping[str, Language]:
    """All that are known, by code."""
    return {code: Language(code, **values) for code, values in _content()["languages"].items()}


def language_of(code: str) -> Language:
    """The language with this code. One that is not known is called by its code, and is like English."""
    return languages().get(code) or Language(code, code, "ltr")


def language_code(name: str) -> str | None:
    """The code of a language that is given by its code (two or three letters) or its English name; else None."""
    name = name.strip().lower()
    if re.fullmatch("[a-z]{2,3}", name):
        return name
    return next((code for code, language in languages().items() if language.name.lower() == name), None)


def words_of(language: str) -> Mapping[str, str]:
    """The headings and messages for annotators in this language, in English if it has none."""
    return _content()["words"][language_of(language).words]


@lru_cache(maxsize=1)
def _content() -> Mapping[str, Mapping[str, Any]]:
    import yaml  # scores need none of this

    return cast("Mapping[str, Mapping[str, Any]]", yaml.safe_load(_FILE.read_text(encoding="utf-8")))
