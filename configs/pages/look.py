"""Makes a web page from a template: one file that needs no other file and no network."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from ..languages import ARABIC, ENGLISH, language_of

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.runtime import Context

_HERE = Path(__file__).parent
_ADDRESS = re.compile(r"([\w.+-]+)@[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}")


def page(name: str, command: str, *, language: str = ARABIC, opens: str = ENGLISH, **facts: Any) -> str:
    """The page of the template `name`, as `command` (such as `eval score`) makes it. All text is escaped.

    The page's own words are in English, and in Arabic too if `language`, the scheme's language, has Arabic headings.
    If `opens` also has Arabic headings, the page opens in Arabic.
    """
    return "".join(pieces(name, command, language=language, opens=opens, **facts))


def pieces(name: str, command: str, *, language: str = ARABIC, opens: str = ENGLISH, **facts: Any) -> Iterator[str]:
    """The page in pieces, for pages that are too large to hold in memory."""
    bilingual, arabic_first = (language_of(each).words == ARABIC for each in (language, opens))
    return _template(name).generate(command=command, bilingual=bilingual, arabic_first=arabic_first, **facts)


def fragment(name: str, **facts: Any) -> str:
    """A part of a page, for a notebook: only the template's own style and script are in it. All text is escaped."""
    return _template(name).render(facts)


def packed(content: Any) -> str:
    """Data for the page's script: compressed JSON, in characters that have no meaning in HTML."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode("utf-8"), 6, mtime=0)).decode("ascii")


def without_addresses(text: str) -> str:
    """The text with e-mail addresses cut off at the @, since people pass pages on to others."""
    return _ADDRESS.sub(r"\1", text)


@cache
def arabic_words() -> dict[str, str]:
    """The Arabic translation of every English phrase on the pages."""
    return yaml.safe_load((_HERE / "words.yaml").read_text(encoding="utf-8"))


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    phrases = ((english, arabic) for english, arabic in arabic_words().items() if "{}" in english)
    return [(re.compile(re.escape(english).replace(r"\{\}", "(.*?)")), arabic) for english, arabic in phrases]


def in_arabic(phrase: str) -> str | None:
    """The Arabic of what is said of an article or a line, with its numbers and kinds; None if it is not known."""
    words = arabic_words()
    if (arabic := words.get(f"({phrase})", words.get(phrase))) is not None:
        return arabic
    found = ((pattern.fullmatch(phrase), arabic) for pattern, arabic in _patterns())
    return next((arabic.format(*(in_arabic(part) or part for part in m.groups())) for m, arabic in found if m), None)


@cache
def _template(name: str) -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
    from markupsafe import Markup

    style, script = ((_HERE / file).read_text(encoding="utf-8") for file in ("look.css", "look.js"))

    @pass_context
    def both(context: Context, english: str, arabic: str) -> Markup:
        """Words in both languages; the page shows one of them. In English alone if the page has only English."""
        if not context["bilingual"]:
            return Markup("{}").format(english)
        return Markup('<span class="w" lang="en">{}</span><span class="w" lang="ar">{}</span>').format(english, arabic)

    @pass_context
    def phrase_in_both(context: Context, phrase: str) -> Markup:
        return both(context, phrase, arabic_words()[phrase])

    @pass_context
    def said(context: Context, phrase: str) -> Markup:
        """What the program says of an article, in both languages where the Arabic is known."""
        arabic = in_arabic(phrase)
        return Markup("{}").format(phrase) if arabic is None else both(context, phrase, arabic)

    @pass_context
    def option(context: Context, phrase: str) -> Markup:
        """The phrase for a place where no elements are possible; the script changes its language."""
        if not context["bilingual"]:
            return Markup(">{}").format(phrase)
        return Markup('data-en="{0}" data-ar="{1}">{0}').format(phrase, arabic_words()[phrase])

    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    words: dict[str, Any] = {
        "t": phrase_in_both,
        "both": both,
        "said": said,
        "arabic": arabic_words(),
        "option": option,
        # Safe, since both are files of this package.
        "style": Markup(style),  # noqa: S704
        "script": Markup(script),  # noqa: S704
        "style_hash": _policy_hash(style),
        "script_hash": _policy_hash(script),
    }
    environment.globals.update(words)
    filters: dict[str, Any] = {"number": _number, "step": _step, "pointer": _pointer}
    environment.filters.update(filters)
    return environment.get_template(name)


def _policy_hash(content: str) -> str:
    """The hash that allows this content in the content security policy: no other style or script works in the page."""
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode("utf-8")).digest()).decode("ascii")


def _number(value: float | None, places: int = 3) -> str:
    return "–" if value is None else f"{value:.{places}f}"


def _pointer(keys: Sequence[str]) -> str:
    """The place of a number in JSON, as a JSON Pointer (RFC 6901), since keys may have dots in them."""
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in keys)


def _step(share: float | None) -> int:
    """The tint for a share from 0 to 1: one of ten in the stylesheet; 0 has no tint."""
    return 0 if not share or share < 0 else min(9, 1 + int(share * 9))
