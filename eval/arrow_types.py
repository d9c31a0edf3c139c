"""The allowed names and types of an Arrow table of predictions: of its columns, and of the fields of spans.

`annotate/predictions.py` has the same rules for one row; tests/test_columns.py checks that both agree.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from ..annotate.prediction_spans import CLAIM_KEYS, SPAN_KEYS
from ..annotate.predictions import KEYS, MORE

ROW_KEYS = frozenset((*KEYS, *MORE))
KEYS_OF = {"entities": frozenset(SPAN_KEYS), "claims": frozenset(CLAIM_KEYS), "sources": frozenset(SPAN_KEYS)}


class NotPlainError(Exception):
    """The file needs the careful reader: something is wrong, or mentions come without offsets."""


def of_rows(table: Any) -> Any:
    """The table, if the names and types of its columns and of its spans' fields are allowed.

    Raises NotPlainError if not, or if a text is not UTF-8.
    """
    import pyarrow as pa
    from pyarrow import types

    def is_text(kind: Any) -> bool:
        return types.is_string(kind) or types.is_large_string(kind) or is_category(kind)

    def is_list(kind: Any, of: Callable[[Any], bool]) -> bool:
        if not (types.is_list(kind) or types.is_large_list(kind)):
            return False
        return types.is_null(kind.value_type) or of(kind.value_type)

    def is_structs(kind: Any, keys: Collection[str], names: Collection[str] = (), numbered: bool = False) -> bool:
        """Whether it is a list of structs with these fields. Fields in `names` may be ClassLabels, ids numbers."""

        def is_field(field: Any) -> bool:
            if field.name in names or (field.name == "id" and numbered):
                return is_text(field.type) or types.is_integer(field.type) or types.is_null(field.type)
            return field.name in keys and is_right(field.name, field.type)

        return is_list(kind, lambda item: bool(types.is_struct(item)) and all(map(is_field, item)))

    def is_event_claims(kind: Any) -> bool:
        return is_structs(kind, ("id", "text")) and (types.is_null(kind.value_type) or kind.value_type.num_fields == 2)

    def is_right(key: str, kind: Any) -> bool:
        if types.is_null(kind):
            return True
        match key:
            case "entities" | "sources":
                return is_structs(kind, KEYS_OF[key], ("label",), numbered=True)
            case "claims":
                return is_structs(kind, KEYS_OF[key], ("stance",), numbered=True)
            case "event_claims":
                return is_event_claims(kind)
            case "annotators":
                return is_list(kind, is_text)
            case "start" | "end" | "votes":
                return types.is_integer(kind)
            case "score":
                return types.is_integer(kind) or types.is_float32(kind) or types.is_float64(kind)
            case "adjudicated":
                return types.is_boolean(kind)
            case "stances":
                return True  # checked separately
            case _:
                return is_text(kind)

    if not all(field.name in ROW_KEYS and is_right(field.name, field.type) for field in table.schema):
        raise NotPlainError
    try:
        table.validate(full=True)
    except pa.ArrowException as error:
        raise NotPlainError from error
    for key in ("annotators", "event_claims"):
        if key in table.column_names and table[key].null_count < len(table) and has_nulls(table[key]):
            raise NotPlainError
    return table


def is_category(kind: Any) -> bool:
    """Whether this is a pandas category of texts."""
    from pyarrow import types

    return types.is_dictionary(kind) and types.is_string(kind.value_type)


def has_nulls(column: Any) -> bool:
    """Whether lists contain nulls, or structs with nulls. Hidden values under null lists count too."""
    from pyarrow import types

    for chunk in column.chunks:
        # Not Arrow's flatten: loading its functions takes longer than scoring a small file.
        flat = chunk.values[chunk.offsets[0].as_py() : chunk.offsets[len(chunk)].as_py()]
        if flat.null_count or (types.is_struct(flat.type) and any(part.null_count for part in flat.flatten())):
            return True
    return False
