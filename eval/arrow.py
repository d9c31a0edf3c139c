"""The fast reader: Arrow reads predictions and gold rows into Columns, without a Python object for each span."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..annotate.document import text_sha256
from ..annotate.prediction_rows import PARQUET, ArrowRows, RowSource, class_labels, is_index, stances_object
from ..annotate.predictions import KEYS, MORE
from ..configs.errors import InputError
from .arrow_types import NotPlainError, has_nulls, is_category, of_rows
from .columns import Columns
from .json_lines import are_stances, count_objects, keys_of_first_line, stances_of_lines
from .spans import Ints, SpanTable

# Up to this many names, coding them in Python is faster than loading Arrow's functions for it.
FEW = 200_000
# Arrow reads one file on all cores. With one file at a time, Python looks into the first while Arrow reads the second.
_READING = Lock()
_FLOATS = {"float": np.float32, "double": np.float64}  # Arrow's names


def read_jsonl(path: Path) -> Columns:
    """A file in the predictions format. Raises NotPlainError if the careful reader has to read it."""
    import pyarrow as pa

    # All known fields of a row are listed, even those that no score uses: Arrow infers a type per block for the rest,
    # and fails when blocks disagree. Of spans, only these fields are listed: most files lack the rest, and listing
    # them makes reading 10 % slower.
    span = [("start", pa.int32()), ("end", pa.int32()), ("label", pa.string())]
    claim = [("start", pa.int32()), ("end", pa.int32()), ("stance", pa.string())]
    listed = {name for name, _ in claim} | {"sources"}
    lines = count_objects(path)
    # Most files have few of a row's fields, the same on each line. Listing only these makes reading 7 % faster. Where a
    # later line has another, Arrow stops, and the file is read again with all of them.
    for keys in dict.fromkeys((keys_of_first_line(path, listed | {"label"}), None)):
        with suppress(pa.ArrowException):
            return _from_table(_read_json(path, _fields(span, claim, pa.null()), lines, keys), None, {})
    stances, seen = stances_of_lines(path)
    # Arrow would make a column for each claim id of the whole file. So Python has read the stances, and checked that
    # there are no unknown keys. Fields that are not listed are ignored now, so every field in use must be listed.
    more = {"score": pa.float64(), "annotators": pa.list_(pa.string()), "votes": pa.int64(), "adjudicated": pa.bool_()}
    span += [(key, more.get(key, pa.string())) for key in sorted(seen - listed - {"label", "about"})]
    claim += [(key, more.get(key, pa.string())) for key in sorted(seen - listed)]
    try:
        table = _read_json(path, _fields(span, claim, pa.struct([])))
    except pa.ArrowException as error:
        raise NotPlainError from error
    return _from_table(table, stances, {})


def _fields(span: Sequence[tuple[str, Any]], claim: Sequence[tuple[str, Any]], stances: Any) -> Any:
    """The schema of a row."""
    import pyarrow as pa

    texts = [
        key for key in (*KEYS, *MORE) if key not in ("entities", "claims", "stances", "event_claims", "annotators")
    ]
    return pa.schema(
        [
            *((key, pa.string()) for key in texts),
            ("event_claims", pa.list_(pa.struct([("id", pa.string()), ("text", pa.string())]))),
            ("annotators", pa.list_(pa.string())),
            ("entities", pa.list_(pa.struct(span))),
            ("claims", pa.list_(pa.struct([*claim, ("sources", pa.list_(pa.struct(span)))]))),
            ("stances", stances),
        ]
    )


def _read_json(path: Path, schema: Any, lines: int | None = None, keys: Collection[str] | None = None) -> Any:
    """The rows of a file. With `keys` only these fields of the schema may be in it, else Arrow raises an exception.

    Raises NotPlainError if the types are not allowed, or the file has not that many `lines`.
    """
    import pyarrow as pa
    import pyarrow.json as pj

    unknown = "infer" if schema.field("stances").type == pa.null() else "ignore"
    if keys is not None:
        schema, unknown = pa.schema([field for field in schema if field.name in keys]), "error"
    with _READING:
        table = pj.read_json(
            path,
            read_options=pj.ReadOptions(block_size=1 << 22),
            parse_options=pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior=unknown),
        )
    if lines is not None and lines != len(table):
        raise NotPlainError  # Arrow accepts two objects on one line, and one object on two lines
    if not len(table):
        raise NotPlainError  # a byte order mark alone; the careful reader says that the file is empty
    table = of_rows(table)
    return table.drop_columns("stances") if "stances" in table.column_names else table


def read_parquet(path: Path) -> Columns:
    """Parquet with the columns of the predictions format. Raises NotPlainError as `read_jsonl` does."""
    import pyarrow as pa

    try:
        table = read_parquet_columns(path)
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise NotPlainError from error
    return read_table(table)


def read_table(table: Any) -> Columns:
    """An Arrow table with the columns of the predictions format. Raises NotPlainError as `read_jsonl` does."""
    import pyarrow as pa

    try:
        table = of_rows(table.select([name for name in table.column_names if not is_index(name)]))
        names = class_labels(table.schema)
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotPlainError from error
    if not len(table):
        raise NotPlainError
    return _from_parquet([table], names)


def read_gold_parquet(paths: Sequence[Path]) -> Columns:
    """The documents of a gold dataset, one file after another.

    Raises NotPlainError if a value is invalid, InputError if a file is not Parquet of a gold dataset.
    """
    import pyarrow as pa

    tables: list[Any] = []
    names: Mapping[str, tuple[str, ...]] = {}
    for path in paths:
        try:
            tables.append(read_parquet_columns(path, *KEYS, "preannotated_by"))
            names = class_labels(tables[-1].schema)
        except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path}: is not a Parquet file of a gold dataset ({error})") from None
    return _from_parquet(tables, names)


def _from_parquet(tables: Sequence[Any], names: Mapping[str, tuple[str, ...]]) -> Columns:
    import pyarrow as pa

    table = pa.concat_tables(tables)
    stances: list[Mapping[str, str]] | None = None
    if "stances" in table.column_names:
        if table["stances"].null_count < len(table):
            rows = table["stances"].to_pylist(maps_as_pydicts=None)
            objects = [{} if row is None else stances_object(row, names.get("stances", ())) for row in rows]
            if not all(map(are_stances, objects)):
                raise NotPlainError
            stances = cast("list[Mapping[str, str]]", objects)
        table = table.drop_columns("stances")
    return _from_table(table, stances, names)


def read_parquet_columns(path: Path, *columns: str) -> Any:
    """These columns, as far as the file has them; all columns if none are named. `read_table` would load pandas."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        return file.read([name for name in columns if name in file.schema_arrow.names] if columns else None)


def read_parquet_schema(path: Path) -> Any:
    """The columns' types, with the metadata of `datasets`."""
    import pyarrow.parquet as pq

    return pq.read_schema(path)


def _from_table(
    table: Any, stances: Sequence[Mapping[str, str]] | None, names: Mapping[str, tuple[str, ...]]
) -> Columns:
    import pyarrow as pa

    ids = _texts(table["id"]) if "id" in table.column_names else [None]
    if None in ids or "" in ids or len(set(ids)) != len(ids) or (stances and len(stances) != len(ids)):
        raise NotPlainError
    tasks = {"stances"} if stances is not None else set[str]()
    tasks |= {
        task for task in ("entities", "claims") if task in table.column_names and table[task].null_count < len(table)
    }
    entities = _Lists(table["entities"] if "entities" in tasks else None)
    claims = _Lists(table["claims"] if "claims" in tasks else None)
    sources = _Lists(claims.field("sources"))
    if (source_labels := sources.field("label")) is not None and pa.types.is_integer(source_labels.type):
        sources.coded("label", names.get("entities"), required=False)  # no score uses them, but they must be valid
    labels, label_names = entities.coded("label", names.get("entities"), required=True)
    stance_codes, stance_names = claims.coded("stance", names.get("claims"), required=False)
    about, event_claims = claims.coded("about", None, required=False)
    optional = {
        name: values
        for name in ("event_id", "outlet", "model", "preannotated_by")
        if name in table.column_names and table[name].null_count < len(table) and any(values := _texts(table[name]))
    }
    without_text = table["text"].null_count if "text" in table.column_names else len(ids)
    if 0 < without_text < len(ids):
        raise NotPlainError  # the careful reader checks each row's text against its own spans
    texts = cast("list[str]", _texts(table["text"])) if ids and not without_text else None
    columns = Columns(
        cast(list[str], ids),
        frozenset(tasks),
        SpanTable(entities.row, entities.offsets("start"), entities.offsets("end"), labels),
        label_names,
        SpanTable(claims.row, claims.offsets("start"), claims.offsets("end"), stance_codes),
        stance_names,
        SpanTable(sources.row, sources.offsets("start"), sources.offsets("end"), np.zeros(len(sources.row), np.int32)),
        stances if stances is not None else [{}] * len(ids),
        optional.get("event_id"),
        optional.get("outlet"),
        texts,
        models=frozenset(name for name in optional.get("model", ()) if name),
        preannotated_by=optional.get("preannotated_by"),
        surfaces={
            name: words
            for name, spans in (("entities", entities), ("claims", claims), ("sources", sources))
            if (words := spans.field("text")) is not None and words.null_count < len(words)
        },
        about=about,
        event_claims=event_claims,
    )
    if "" in (*label_names, *stance_names, *event_claims) or not all(
        part.has_sound_scores() for part in (entities, claims, sources)
    ):
        raise NotPlainError
    if texts and not columns.fit(texts):
        raise NotPlainError
    if "text_sha256" in table.column_names and table["text_sha256"].null_count < len(table):
        digests = table["text_sha256"].to_pylist()
        if not texts or any(
            digest is not None and text_sha256(text) != digest for digest, text in zip(digests, texts, strict=True)
        ):
            raise NotPlainError
    for spans in (columns.entities, columns.claims, columns.sources):
        if len(spans) and not ((spans.start >= 0) & (spans.start < spans.end)).all():
            raise NotPlainError
    return columns


class _Lists:
    """A column of lists of structs, concatenated. `row` has for each struct the number of its list."""

    def __init__(self, column: Any) -> None:
        import pyarrow as pa

        self._chunks: list[Any] = []
        rows: list[Ints] = []
        first = 0
        for chunk in column.chunks if column is not None and not pa.types.is_null(column.type) else ():
            bounds = _numpy(chunk.offsets)
            length = np.diff(bounds)
            if chunk.null_count:
                length[_nulls(chunk)] = 0
            rows.append(np.repeat(np.arange(first, first + len(length), dtype=np.int32), length))
            first += len(length)
            flat = chunk.values[bounds[0] : bounds[-1]]
            if len(flat) > length.sum():  # values are hidden under null lists
                flat = chunk.flatten()
            if flat.null_count:
                raise NotPlainError
            self._chunks.append(flat)
        self.row: Ints = np.concatenate(rows) if rows else np.empty(0, np.int32)

    def field(self, name: str) -> Any:
        """One field of the structs as a chunked array; None if they lack it."""
        import pyarrow as pa

        structs = [
            chunk for chunk in self._chunks if pa.types.is_struct(chunk.type)
        ]  # lists that are all empty may have another type
        fields = [chunk.field(name) for chunk in structs if chunk.type.get_field_index(name) >= 0]
        return pa.chunked_array(fields) if fields else None

    def has_sound_scores(self) -> bool:
        """Whether all scores are finite numbers, and no list of annotators contains a null."""
        from pyarrow import types

        scores, annotators = self.field("score"), self.field("annotators")
        for chunk in scores.chunks if scores is not None and types.is_floating(scores.type) else ():
            numbers = np.frombuffer(chunk.buffers()[1] or b"", dtype=_FLOATS[str(chunk.type)])
            numbers = numbers[chunk.offset : chunk.offset + len(chunk)]
            if not (np.isfinite(numbers) | (_nulls(chunk) if chunk.null_count else False)).all():
                return False
        return annotators is None or types.is_null(annotators.type) or not has_nulls(annotators)

    def offsets(self, name: str) -> Ints:
        column = self.field(name)
        if not len(self.row):  # a field of empty lists may have no type
            return np.empty(0, np.int32)
        if column is None or column.null_count:
            raise NotPlainError  # mentions without a place
        return np.concatenate([_numpy(chunk) for chunk in column.chunks])

    def coded(self, name: str, names: tuple[str, ...] | None, *, required: bool) -> tuple[Ints, tuple[str, ...]]:
        """A field of names, or of indices into `names`, as indices with their names; -1 for a missing value."""
        import pyarrow as pa

        column = self.field(name)
        if column is None or not len(column):
            if required and len(self.row):
                raise NotPlainError
            return np.full(len(self.row), -1, np.int32), names or ()
        if required and column.null_count:
            raise NotPlainError
        if pa.types.is_null(column.type):
            return np.full(len(self.row), -1, np.int32), names or ()
        if pa.types.is_integer(column.type):
            codes = np.concatenate([_numpy(chunk) for chunk in column.chunks])
            if names is None or int(codes.max()) >= len(names) or int(codes.min()) < (0 if required else -1):
                raise NotPlainError
            return codes, names
        if len(column) <= FEW:
            listed = cast("list[str | None]", column.to_pylist())
            names = tuple(name for name in dict.fromkeys(listed) if name is not None)
            code = {None: -1} | {name: n for n, name in enumerate(names)}
            return np.array([code[name] for name in listed], np.int32), names
        encoded = (column if is_category(column.type) else column.dictionary_encode()).unify_dictionaries()
        codes = [_numpy(chunk.indices) for chunk in encoded.chunks]
        return np.concatenate(codes), tuple(encoded.chunk(0).dictionary.to_pylist())


def _texts(column: Any) -> list[str | None]:
    """A column of texts. Arrow's `to_pylist` takes four times as long, as it makes an object of its own for each."""
    texts: list[str | None] = []
    for chunk in column.chunks:
        if str(chunk.type) != "string" or chunk.null_count:
            texts += chunk.to_pylist()
            continue
        _, bounds, buffer = chunk.buffers()
        at = np.frombuffer(bounds or b"", np.int32)[chunk.offset : chunk.offset + len(chunk) + 1].tolist()
        content = buffer.to_pybytes() if buffer else b""
        texts += [content[start:end].decode() for start, end in pairwise(at)]
    return texts


def _numpy(array: Any) -> Ints:
    """An Arrow array of whole numbers, nulls as -1. Arrow's own conversions import pandas."""
    numbers = np.frombuffer(array.buffers()[1] or b"", dtype=str(array.type))
    numbers = numbers[array.offset : array.offset + len(array)]
    is_narrow = np.can_cast(numbers.dtype, np.int32) or not len(numbers)
    if not is_narrow and (numbers.min() < -(2**31) or numbers.max() >= 2**31):
        raise NotPlainError
    numbers = numbers.astype(np.int32, copy=False)
    return np.where(_nulls(array), np.int32(-1), numbers) if array.null_count else numbers


def _nulls(array: Any) -> NDArray[np.bool_]:
    """Which elements of an array are null. The array has nulls, so it has a bit for each element, 0 for a null."""
    bits = np.unpackbits(np.frombuffer(array.buffers()[0], np.uint8), bitorder="little")
    return bits[array.offset : array.offset + len(array)] == 0


def read_plain(source: RowSource) -> Columns | None:
    """The columns of the rows; None if they need the careful reader, as objects in memory always do."""
    if not isinstance(source, Path | ArrowRows):
        return None
    import pyarrow as pa

    try:
        if isinstance(source, ArrowRows):
            return read_table(source.table)
        return read_parquet(source) if source.suffix == PARQUET else read_jsonl(source)
    except (NotPlainError, OSError, UnicodeDecodeError):
        return None
    finally:
        pa.default_memory_pool().release_unused()
