"""Arrow tables of any types: the fast reader says what the careful one says, or leaves the table to it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mihakk.annotate.prediction_rows import ArrowRows
from mihakk.annotate.predictions import read_predictions
from mihakk.configs.errors import InputError
from mihakk.eval.arrow import read_plain
from mihakk.eval.columns import columns_of
from test_columns import plain

LABELS = ("GPE", "PERS", "شخص")


class Drawn:
    """A table with the columns of the predictions format, most of them of the usual types."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def _rarely(self, usual: Any, *others: Any) -> Any:
        return self._random.choice(others) if self._random.random() < 0.08 else usual

    def _often(self) -> bool:
        return self._random.random() < 0.7

    def text(self) -> Any:
        coded = pa.dictionary(pa.int32(), pa.string())
        return self._rarely(pa.string(), pa.large_string(), pa.string_view(), coded, pa.null(), pa.binary())

    def number(self) -> Any:
        numbers = (pa.int8(), pa.uint8(), pa.int32(), pa.uint64(), pa.float64(), pa.decimal128(9), pa.bool_())
        return self._rarely(pa.int64(), *numbers, pa.null(), pa.string())

    def list_of(self, kind: Any) -> Any:
        others = (pa.large_list(kind), pa.list_view(kind), pa.list_(kind, 1), pa.list_(pa.null()), pa.null())
        return self._rarely(pa.list_(kind), *others)

    def span(self, name: str) -> Any:
        fields = [pa.field("start", self.number()), pa.field("end", self.number()), pa.field(name, self.text())]
        more = (("text", self.text()), ("score", self._rarely(pa.float64(), pa.float32(), pa.string(), pa.int8())))
        fields += [pa.field(*field) for field in more if not self._often()]
        if name == "stance" and self._often():
            fields.append(pa.field("sources", self.list_of(self.span("label"))))
        return pa.struct(self._rarely(fields, fields[1:], [*fields, pa.field("about", pa.string())]))

    def schema(self) -> Any:
        claim_texts = [pa.field("id", pa.string()), pa.field("text", self.text())]
        pairs = pa.list_(pa.struct([pa.field("claim", pa.string()), pa.field("stance", self.text())]))
        columns = {
            "entities": self.list_of(self.span("label")),
            "claims": self.list_of(self.span("stance")),
            "stances": self._random.choice((pairs, pa.map_(pa.string(), pa.string()), pa.null())),
            "event_claims": self.list_of(pa.struct(self._rarely(claim_texts, claim_texts[:1]))),
            **{name: self.text() for name in ("event_id", "outlet", "model", "text")},
        }
        chosen = [pa.field(name, kind) for name, kind in columns.items() if self._often()]
        return pa.schema([pa.field("id", self._rarely(pa.string(), self.text())), *chosen])

    def value(self, kind: Any, name: str, number: int) -> Any:
        """A value of this type, for the row of this number."""
        t = pa.types
        kind = kind.value_type if t.is_dictionary(kind) else kind
        if t.is_null(kind) or self._random.random() < 0.01:
            return None
        if t.is_struct(kind):
            span = {field.name: self.value(field.type, field.name, number) for field in kind}
            return span | ({"text": "ن"} if span.get("text") else {})
        if t.is_map(kind):
            return [("c1", self.value(kind.item_type, "stance", number))]
        if hasattr(kind, "value_type"):
            size = kind.list_size if t.is_fixed_size_list(kind) else self._random.randrange(3)
            return [self.value(kind.value_type, name, number) for _ in range(size)]
        if t.is_boolean(kind):
            return True
        if name == "score" and t.is_floating(kind):
            return self._rarely(0.5, float("nan"))
        if not (t.is_string(kind) or t.is_large_string(kind) or t.is_string_view(kind) or t.is_binary(kind)):
            place = {"start": 3, "end": 4}.get(name, 1)
            return Decimal(place) if t.is_decimal(kind) else self._rarely(place, 0, 100)
        word = {"id": f"d{number}", "label": self._random.choice(LABELS), "text": "ن" * 9}.get(name)
        return self._rarely(word or self._random.choice(("a", "b", "")), "")

    def table(self) -> Any:
        rows = range(self._random.randrange(1, 5))
        fields = list(self.schema())
        made = pa.table({f.name: pa.array([self.value(f.type, f.name, n) for n in rows], f.type) for f in fields})
        return self._rarely(made, pa.concat_tables([made.slice(0, 1), made.slice(1)]))


def both(source: Path | ArrowRows) -> tuple[Any, Any]:
    """What the fast reader and the careful one say; None if the one leaves it, or the other refuses."""
    fast = read_plain(source)
    try:
        read = read_predictions(source, None, None)
    except InputError as error:
        assert not any(word in str(error) for word in ("None", "True", "pyarrow", "Decimal(", "object at"))
        return fast, None
    return fast and plain(fast), plain(columns_of(read.documents, read.tasks))


@given(st.randoms(use_true_random=False))
@settings(max_examples=300)
def test_both_readers_say_the_same_of_any_table(random: Random) -> None:
    fast, careful = both(ArrowRows(Drawn(random).table()))
    assert fast is None or fast == careful


NO_TYPE = {
    "sources that are all null": {"claims": [{"start": 0, "end": 3, "stance": "deny", "sources": None}]},
    "entities that are all null": {"entities": None},
    "lists that are all empty": {"entities": [], "claims": []},
    "events and outlets that say nothing": {"entities": [], "event_id": "", "outlet": ""},
    "stances that are all null": {"claims": [{"start": 0, "end": 3, "stance": None, "about": None}]},
}


@pytest.mark.parametrize("case", NO_TYPE)
def test_columns_whose_type_arrow_cannot_know_are_read_by_both(tmp_path: Path, case: str) -> None:
    """Where all values are null or empty, Arrow writes columns of the type null."""
    path = tmp_path / "a.parquet"
    pq.write_table(pa.Table.from_pylist([{"id": "a", **NO_TYPE[case]}]), path)
    fast, careful = both(path)
    assert fast is not None
    assert fast == careful


def test_empty_spans_may_have_a_start_without_a_type() -> None:
    span = pa.struct([("start", pa.null()), ("end", pa.int64()), ("label", pa.string())])
    fast, careful = both(ArrowRows(pa.table({"id": ["a"], "entities": pa.array([[]], pa.list_(span))})))
    assert fast is not None
    assert fast == careful


def test_claims_of_an_event_need_id_and_text_for_both() -> None:
    assert both(ArrowRows(pa.table({"id": ["a"], "event_claims": [[{"id": "c1"}]]}))) == (None, None)
