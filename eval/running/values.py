"""Turns an extractor's answer, whatever Python object it is, into JSON values."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, cast

# Attributes in which objects of some libraries have their answer.
_ANSWERS = ("entities", "extractions", "ents")
_DEEPEST = 50


def json_line(row: Mapping[str, Any]) -> str:
    """A row as a line of a file in UTF-8, without its line break."""
    # A lone surrogate stays escaped, since UTF-8 cannot express it.
    return json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace").decode("utf-8")


def json_value(value: Any, depth: int = 0) -> Any:
    """Mappings, sequences, generators, dataclasses, pydantic models and NumPy's numbers become JSON values.

    Raises TypeError for anything else.
    """
    if value is None or isinstance(value, str | bool) or type(value) in (int, float):
        return value
    if depth > _DEEPEST:
        raise TypeError("is nested too deeply")
    if isinstance(value, Enum):
        return json_value(value.value, depth + 1)
    if isinstance(value, int | float):  # a subclass, such as an IntEnum or a NumPy float
        return int(value) if isinstance(value, int) else float(value)
    if isinstance(value, Mapping):
        items = cast(Mapping[Any, Any], value).items()
        return {str(json_value(key)): json_value(item, depth + 1) for key, item in items}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.name: json_value(getattr(value, field.name), depth + 1) for field in fields}
    for method in ("model_dump", "tolist"):  # methods of pydantic, and of NumPy and torch
        if callable(getattr(value, method, None)) and not isinstance(value, type):
            return json_value(getattr(value, method)(), depth + 1)
    if isinstance(value, bytes | bytearray | set | frozenset):
        raise TypeError(f"has a {type(value).__name__}, which JSON cannot express")
    if hasattr(value, "__iter__"):
        return [json_value(item, depth + 1) for item in cast("Iterable[Any]", value)]
    shown = {name: getattr(value, name) for name in _ANSWERS if hasattr(value, name)}
    if shown:
        return json_value(shown, depth + 1)
    raise TypeError(f"has a {type(value).__name__}, which JSON cannot express")
