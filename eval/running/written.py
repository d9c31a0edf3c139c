"""Writes finished predictions: JSON lines, or Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from ...annotate.prediction_rows import PARQUET
from ...configs.errors import InputError
from ...configs.files import whole_file
from ...configs.outputs import PARQUET_PREDICTIONS
from .run import Finished
from .values import json_line

# Rows in memory at a time.
_ROWS = 1000


def write_rows(output: Path, finished: Finished) -> None:
    """Writes the rows of a run, all or none. Raises InputError if no document has a prediction."""
    rows = finished.rows()
    first = next(rows, None)
    if first is None:
        raise InputError(*(finished.failures or ["the split has no documents"]))
    with whole_file(output) as temporary:
        if output.suffix == PARQUET:
            _write_parquet(temporary, chain([first], rows))
        else:
            with temporary.open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(f"{json_line(row)}\n" for row in chain([first], rows))


def _write_parquet(path: Path, rows: Iterator[dict[str, Any]]) -> None:
    """The same schema for all files, whatever their rows have. Missing values are null, which mentions no task."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    text, number = pa.string(), pa.int64()
    span = {"start": number, "end": number, "label": text, "text": text, "note": text, "score": pa.float64()}
    source = pa.struct({**span, "id": text})
    claim = pa.struct({**span, "id": text, "stance": text, "about": text, "sources": pa.list_(source)})
    columns = {
        "id": text,
        "model": text,
        "entities": pa.list_(source),
        "claims": pa.list_(claim),
        "stances": pa.map_(text, text),
    }
    schema = pa.schema(columns, {PARQUET_PREDICTIONS: b"1"})
    with pq.ParquetWriter(path, schema) as file:
        held: list[dict[str, Any]] = []
        for row in rows:
            held.append({key: _cell(row.get(key)) for key in columns})
            if len(held) == _ROWS:
                file.write_table(pa.Table.from_pylist(held, schema))
                held.clear()
        if held:
            file.write_table(pa.Table.from_pylist(held, schema))


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()  # Parquet cannot store half a character
    if isinstance(value, dict):
        return [(key, _cell(stance)) for key, stance in value.items()]
    if isinstance(value, list):
        return [{key: _field(key, item) for key, item in each.items()} for each in value]
    return value


def _field(key: str, value: Any) -> Any:
    if value is not None and key in ("id", "score"):
        return str(value) if key == "id" else float(value)
    return _cell(value)
