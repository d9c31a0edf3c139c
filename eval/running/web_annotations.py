"""Web annotations as an answer: the W3C's data model, https://www.w3.org/TR/annotation-model/."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ...configs.errors import InputError
from ...configs.visible import as_given

_POSITION, _QUOTE = "TextPositionSelector", "TextQuoteSelector"


def item_of_annotation(annotation: Mapping[str, Any], text: str) -> dict[str, Any]:
    """An annotation with the names of a predictions row: a span if it has a position, else the words that it quotes.

    If a quote, with the words before and after it, occurs once in `text`, it is a span too. Raises InputError if there
    is neither a position nor a quote.
    """
    target: Any = annotation["target"]
    selectors: Any = target.get("selector") if isinstance(target, dict) else None  # pyright: ignore[reportUnknownMemberType]
    by_type: dict[str, Mapping[str, Any]] = {}
    for selector in cast("list[Any]", selectors) if isinstance(selectors, list) else [selectors]:
        if isinstance(selector, dict):
            selector = cast("dict[str, Any]", selector)
            by_type[str(selector.get("type"))] = selector
    position, quote = by_type.get(_POSITION), by_type.get(_QUOTE)
    item: dict[str, Any] = {"label": _label(annotation.get("body"))}
    if quote and isinstance(quote.get("exact"), str):
        item["text"] = quote["exact"]
    if position:
        return item | {"start": position.get("start"), "end": position.get("end")}
    if "text" not in item or quote is None:
        raise InputError(f"a web annotation needs a {_POSITION} or a {_QUOTE}, not {as_given(selectors)}")
    before, behind = (str(quote.get(key) or "") for key in ("prefix", "suffix"))
    around = before + item["text"] + behind
    if (before or behind) and text.count(around) == 1:
        start = text.index(around) + len(before)
        item |= {"start": start, "end": start + len(item["text"])}
    return item


def _label(body: Any) -> object:
    """The label in an annotation's body: its text, its value, or the first value of several bodies."""
    if isinstance(body, list):
        return next((label for label in map(_label, cast("list[Any]", body)) if label), None)
    if isinstance(body, dict):
        body = cast("dict[str, Any]", body)
        return body.get("value") or body.get("label") or body.get("source")
    return body
