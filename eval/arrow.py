"""The fast reader: predictions and gold rows read by Arrow into Columns, without a Python object for each span."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..configs.errors import InputError
from .columns import Columns
from .gold.rows import class_labels
from .predictions import KEYS, MORE
from .spans import Ints, SpanTable

# So many names are coded faster in Python than Arrow loads the functions that would do it.
FEW = 200_000


class NotPlainError(Exception):
    """The file needs the careful reader: something is wrong, or mentions come without offsets."""


def read_jsonl(path: Path) -> Columns:
    """A file in the predictions format. Raises NotPlainError if the careful reader should have a look."""
    import pyarrow as pa

    span = [("start", pa.int32()), ("end", pa.int32()), ("label", pa.string())]
    claim = [("start", pa.int32()), ("end", pa.int32()), ("stance", pa.string())]
    # What no score looks at is listed too: Arrow would guess at its types, and fail where two guesses differ. Only
    # the mentions' texts are not, which are many: to be told where there are none costs a tenth of the time.
    fields = [(name, pa.string()) for name in ("id", "model", "event_id", "outlet", "text", *MORE[:-2])]
    fields.append(("event_claims", pa.list_(pa.struct([("id", pa.string()), ("text", pa.string())]))))
    fields.append(("annotators", pa.list_(pa.string())))
    fields.append(("entities", pa.list_(pa.struct(span))))
    fields.append(("claims", pa.list_(pa.struct([*claim, ("sources", pa.list_(pa.struct(span)))]))))
    # Arrow would make a column for each claim id of the whole file, so it only tells whether there are stances.
    fields.append(("stances", pa.null()))
    try:
        return _from_table(_read_json(path, fields), None, {})
    except pa.ArrowException:
        stances = _stances(path)
    fields[-1] = ("stances", pa.struct([]))
    try:
        table = _read_json(path, fields)
    except pa.ArrowException as error:
        raise NotPlainError from error
    return _from_table(table, stances, {})


def _read_json(path: Path, fields: Sequence[tuple[str, Any]]) -> Any:
    import pyarrow as pa
    import pyarrow.json as pj

    # Keys of stances are not listed, all other unknown keys show as columns.
    unknown = "infer" if fields[-1][1] == pa.null() else "ignore"
    table = pj.read_json(
        path,
        read_options=pj.ReadOptions(block_size=1 << 22),
        parse_options=pj.ParseOptions(explicit_schema=pa.schema(fields), unexpected_field_behavior=unknown),
    )
    if not set(table.column_names) <= {*KEYS, *MORE}:
        raise NotPlainError
    return table.drop_columns("stances")


def _stances(path: Path) -> list[Mapping[str, str]] | None:
    """Each line's stances, None if no line speaks of any.

    Raises NotPlainError if they are not what they should be, or there is an unknown key.
    """
    found: list[Mapping[str, str]] = []
    mentioned = False
    with path.open("rb") as file:
        for line in file:
            if line.isspace():
                continue
            try:
                row = json.loads(line.removeprefix(b"\xef\xbb\xbf"))
                found.append(row.get("stances") or {})
                mentioned |= row.get("stances") is not None
            except (ValueError, AttributeError, RecursionError) as error:
                raise NotPlainError from error
            if not row.keys() <= {*KEYS, *MORE} or not isinstance(found[-1], dict):
                raise NotPlainError
    return found if mentioned else None


def read_parquet(paths: Sequence[Path], what: str = "documents and their annotations") -> Columns:
    """Parquet with the columns of the predictions format or of a gold dataset, one after the other.

    Raises NotPlainError if something is wrong in it, InputError if a file is no such Parquet.
    """
    import pyarrow as pa

    tables: list[Any] = []
    names: Mapping[str, tuple[str, ...]] = {}
    for path in paths:
        try:
            tables.append(read_parquet_columns(path, *KEYS, "preannotated_by"))
            names = class_labels(tables[-1].schema)
        except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path}: is no Parquet file of {what} ({error})") from None
    table = pa.concat_tables(tables)
    stances: list[Mapping[str, str]] | None = None
    if "stances" in table.column_names:
        stances = [_stance_pairs(row, names.get("stances", ())) for row in table["stances"].to_pylist()]
        table = table.drop_columns("stances")
    return _from_table(table, stances, names)


def read_parquet_columns(path: Path, *columns: str) -> Any:
    """Those of the columns that the file has. `pyarrow.parquet.read_table` would load pandas first."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        return file.read([name for name in columns if name in file.schema_arrow.names])


def _stance_pairs(row: Any, names: Sequence[str]) -> dict[str, str]:
    """A document's stances, which Parquet may hold as a map, as a struct or as a list of pairs."""
    pairs = row.items() if isinstance(row, dict) else row or ()
    pairs = [(pair["claim"], pair["stance"]) if isinstance(pair, dict) else tuple(pair) for pair in pairs]
    return {
        claim: names[stance] if isinstance(stance, int) else stance for claim, stance in pairs if stance is not None
    }


def _from_table(
    table: Any, stances: Sequence[Mapping[str, str]] | None, names: Mapping[str, tuple[str, ...]]
) -> Columns:
    ids = cast("list[str | None]", table["id"].to_pylist()) if "id" in table.column_names else [None]
    if None in ids or "" in ids or len(set(ids)) != len(ids) or (stances and len(stances) != len(ids)):
        raise NotPlainError
    tasks = {"stances"} if stances is not None else set[str]()
    tasks |= {
        task for task in ("entities", "claims") if task in table.column_names and table[task].null_count < len(table)
    }
    entities = _Lists(table["entities"] if "entities" in tasks else None)
    claims = _Lists(table["claims"] if "claims" in tasks else None)
    sources = _Lists(claims.field("sources"))
    labels, label_names = entities.coded("label", names.get("entities"), required=True)
    said, stance_names = claims.coded("stance", names.get("claims"), required=False)
    optional = {
        name: cast("list[str | None]", table[name].to_pylist())
        for name in ("event_id", "outlet", "model", "preannotated_by")
        if name in table.column_names and table[name].null_count < len(table)
    }
    has_texts = "text" in table.column_names and not table["text"].null_count
    columns = Columns(
        cast(list[str], ids),
        frozenset(tasks),
        SpanTable(entities.row, entities.offsets("start"), entities.offsets("end"), labels),
        label_names,
        SpanTable(claims.row, claims.offsets("start"), claims.offsets("end"), said),
        stance_names,
        SpanTable(sources.row, sources.offsets("start"), sources.offsets("end"), np.zeros(len(sources.row), np.int32)),
        stances if stances is not None else [{}] * len(ids),
        optional.get("event_id"),
        optional.get("outlet"),
        cast("list[str]", table["text"].to_pylist()) if has_texts else None,
        models=frozenset(name for name in optional.get("model", ()) if name),
        preannotated_by=optional.get("preannotated_by"),
    )
    for spans in (columns.entities, columns.claims, columns.sources):
        if len(spans) and not ((spans.start >= 0) & (spans.start < spans.end)).all():
            raise NotPlainError
    return columns


class _Lists:
    """A column of lists of structs, laid end to end: `row` says for each struct which list it is of."""

    def __init__(self, column: Any) -> None:
        self._chunks: list[Any] = []
        rows: list[Ints] = []
        first = 0
        for chunk in column.chunks if column is not None else ():
            edges = _numpy(chunk.offsets)
            length = np.diff(edges)
            if chunk.null_count:
                length[_nulls(chunk)] = 0
            rows.append(np.repeat(np.arange(first, first + len(length), dtype=np.int32), length))
            first += len(length)
            flat = chunk.values[edges[0] : edges[-1]]
            if len(flat) > length.sum():  # something lies where lists are null
                flat = chunk.flatten()
            if flat.null_count:
                raise NotPlainError
            self._chunks.append(flat)
        self.row: Ints = np.concatenate(rows) if rows else np.empty(0, np.int32)

    def field(self, name: str) -> Any:
        """One field of the structs, as a chunked array; None if they have none such."""
        import pyarrow as pa

        found = [chunk.field(name) for chunk in self._chunks if chunk.type.get_field_index(name) >= 0]
        return pa.chunked_array(found) if found else None

    def offsets(self, name: str) -> Ints:
        column = self.field(name)
        if column is None:
            return np.empty(0, np.int32)
        if column.null_count:
            raise NotPlainError
        return np.concatenate([_numpy(chunk) for chunk in column.chunks])

    def coded(self, name: str, names: tuple[str, ...] | None, *, required: bool) -> tuple[Ints, tuple[str, ...]]:
        """A field of names, or of indices into `names`, as indices with their names; -1 where there is none."""
        import pyarrow as pa

        column = self.field(name)
        if column is None or not len(column):
            if required and len(self.row):
                raise NotPlainError
            return np.full(len(self.row), -1, np.int32), names or ()
        if required and column.null_count:
            raise NotPlainError
        if pa.types.is_integer(column.type):
            codes = np.concatenate([_numpy(chunk) for chunk in column.chunks])
            if names is None or int(codes.max()) >= len(names) or (required and int(codes.min()) < 0):
                raise NotPlainError
            return codes, names
        if len(column) <= FEW:
            listed = cast("list[str | None]", column.to_pylist())
            names = tuple(name for name in dict.fromkeys(listed) if name is not None)
            code = {None: -1} | {name: n for n, name in enumerate(names)}
            return np.array([code[name] for name in listed], np.int32), names
        encoded = column.dictionary_encode().unify_dictionaries()
        codes = [_numpy(chunk.indices) for chunk in encoded.chunks]
        return np.concatenate(codes), tuple(encoded.chunk(0).dictionary.to_pylist())


def _numpy(array: Any) -> Ints:
    """An Arrow array of whole numbers, nulls as -1. Arrow's own ways to do this import pandas."""
    numbers = np.frombuffer(array.buffers()[1] or b"", dtype=str(array.type))
    numbers = numbers[array.offset : array.offset + len(array)].astype(np.int32, copy=False)
    return np.where(_nulls(array), np.int32(-1), numbers) if array.null_count else numbers


def _nulls(array: Any) -> NDArray[np.bool_]:
    """Which elements of an array that has nulls are null; it keeps a bit for each, 0 for a null."""
    bits = np.unpackbits(np.frombuffer(array.buffers()[0], np.uint8), bitorder="little")
    return bits[array.offset : array.offset + len(array)] == 0


def read_plain(path: Path) -> Columns | None:
    """The file's columns; None if it needs the careful reader."""
    import pyarrow as pa

    try:
        return read_parquet([path]) if path.suffix == ".parquet" else read_jsonl(path)
    except (NotPlainError, OSError, UnicodeDecodeError):
        return None
    finally:
        pa.default_memory_pool().release_unused()
