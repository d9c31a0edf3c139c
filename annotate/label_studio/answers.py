"""What an answer of Label Studio holds, checked: the SDK does not check its models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast


def a_number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError("is no number")
    return value


def a_text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("is no text")
    return value


def an_object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("is no object")
    return cast(dict[str, Any], value)
