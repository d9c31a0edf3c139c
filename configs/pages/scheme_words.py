"""The parts of a scheme that a page's script needs: the direction of texts, and the names of stances."""

from __future__ import annotations

from typing import Any

from ..languages import ENGLISH, language_of
from ..scheme import Choice, Scheme


def scheme_words(scheme: Scheme | None, language: str | None = None) -> dict[str, Any]:
    """Language and direction of the texts, and each stance's name in English and in the scheme's language.

    Without a scheme, texts are in `language`; if that is unknown too, the browser finds each text's direction.
    """
    if scheme is None:
        return {
            "language": language or "",
            "direction": language_of(language).direction if language else "auto",
            "stances": {},
        }
    choices: dict[str, Choice] = {**scheme.claim_stances, **scheme.article_stances}
    return {
        "language": scheme.language,
        "direction": scheme.direction,
        "stances": {name: [choice.of(ENGLISH), scheme.text(choice)] for name, choice in choices.items()},
    }
