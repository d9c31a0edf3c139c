"""Reads rows of predictions from JSON lines, Parquet, an Arrow table or objects, into the form of JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, cast

from ..configs.errors import InputError, Problem, numberless, plain_reason
from ..configs.files import read_text
from ..configs.languages import language_code
from ..configs.visible import one_line

PARQUET = ".parquet"


@dataclass(frozen=True, slots=True)
class ArrowRows:
    """Rows in an Arrow table, such as Parquet files and Datasets hold."""

    table: Any


# Rows come from a file, an Arrow table, or objects as JSON has them.
RowSource: TypeAlias = Path | ArrowRows | Sequence[object]


class Row(NamedTuple):
    """One document's row: its place (file and line or row, from 1), the document's id, and its values."""

    where: str
    id: str
    values: Mapping[str, Any]


def prediction_rows(source: RowSource, problems: list[str]) -> Iterator[Row]:
    """The rows that name a document. Problems of all other rows go into `problems`, each with its place.

    In a folder, all its files are read. A `.json` file there is one document; if it has no id, the file's name is the
    id. Raises InputError if there is no row, or if a file cannot be read or is neither text nor Parquet.
    """
    first: dict[str, str] = {}
    is_folder = isinstance(source, Path) and source.is_dir()
    for each in _files(source) if isinstance(source, Path) and is_folder else [source]:
        unit = "line" if isinstance(each, Path) and each.suffix != PARQUET else "row"
        for number, row in _numbered_rows(each):
            where = f"{each}:{number}" if isinstance(each, Path) else f"row {number}"
            if isinstance(row, Exception):
                message = f"is not JSON ({row}); each {unit} must be one JSON object"
                problems.append(Problem(where, message, numberless(message)))
                continue
            name = cast(dict[str, Any], row).get("id") if isinstance(row, dict) else None
            if not isinstance(name, str) or not name:
                problems.append(Problem(where, _no_row(row)))
            elif name in first:
                message = f"document {one_line(name)} was already given {first[name]}"
                problems.append(Problem(where, message, "already given"))
            else:
                first[name] = f"in {where}" if is_folder else f"on {unit} {number}"
                yield Row(where, name, cast(dict[str, Any], row))


def _no_row(row: object) -> str:
    """The message for a row without an id. Often it is a file of another command."""
    if isinstance(row, dict) and "data" in row:
        return "is a task of Label Studio, not a prediction; `mihakk eval predict` makes predictions"
    if isinstance(row, dict) and "signature" in row:
        return "has scores, as `mihakk eval score` writes them, not a prediction; give the file that was scored"
    return "must be an object with the document's id, as text, under `id`"


def _files(folder: Path) -> list[Path]:
    """The files of predictions in a folder, by name. Raises InputError if there are none."""
    forms = (".jsonl", ".json", PARQUET)
    files = sorted(path for path in folder.iterdir() if path.suffix in forms and not path.name.startswith("."))
    if any((folder / name).exists() for name in ("state.json", "dataset_dict.json")):
        raise InputError(f"{folder}: was written by `save_to_disk`; write each split as Parquet, with `to_parquet`")
    if not files:
        raise InputError(f"{folder}: is not a gold dataset, and has no predictions ({', '.join(forms)})")
    return files


def _numbered_rows(source: RowSource) -> Iterator[tuple[int, object]]:
    """Each row's number with its content, or with the error if it cannot be read."""
    if isinstance(source, Path):
        form = {PARQUET: _parquet_rows, ".json": _json_documents}.get(source.suffix, _json_lines)
        yield from form(source)
        return
    try:
        rows = _table_rows(source.table) if isinstance(source, ArrowRows) else source
    except _ARROW_ERRORS as error:
        raise InputError(f"the rows cannot be read ({plain_reason(error)})") from None
    if not rows:
        raise InputError("there are no rows; give at least one document")
    yield from enumerate(rows if isinstance(source, ArrowRows) else map(_through_json, rows), 1)


def _through_json(row: object) -> object:
    """The row as a JSON file would have it, or the error if JSON cannot hold it."""
    try:
        return json.loads(json.dumps(row))
    except (ValueError, TypeError, RecursionError) as error:
        return error


def _json_documents(path: Path) -> Iterator[tuple[int, object]]:
    """The documents of one JSON value: an object (its id may be the file's name), or a list of objects."""
    text = read_text(path)
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        yield from _json_lines(path)  # objects on lines, or an error with its line
        return
    if isinstance(value, dict):
        document = cast(dict[str, Any], value)
        yield 1, document if "signature" in document else {"id": path.stem, **document}
    else:
        yield from enumerate(cast(list[object], value) if isinstance(value, list) else [value], 1)


def _json_lines(path: Path) -> Iterator[tuple[int, object]]:
    text = read_text(path)
    if _is_other_json(text):
        raise InputError(
            f"{path}: is one JSON value; write each document as one object on a line of its own (JSON lines)"
        )
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError) as error:  # a number with thousands of digits raises a plain ValueError
                yield number, error


def _is_other_json(text: str) -> bool:
    """Whether the text is an array, or an object over several lines."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    try:
        return isinstance(json.loads(first), list)
    except (ValueError, RecursionError):
        pass
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _parquet_rows(path: Path) -> Iterator[tuple[int, object]]:
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            table: Any = file.read()
        rows = _table_rows(table)
    except _ARROW_ERRORS as error:
        raise InputError(f"{path}: cannot be read as Parquet ({plain_reason(error)})") from None
    if not rows:
        raise InputError(f"{path}: is empty")
    yield from enumerate(rows, 1)


# The errors of Arrow, and errors that unusual metadata cause.
_ARROW_ERRORS = (OSError, ValueError, KeyError, TypeError, AttributeError)


def _table_rows(table: Any) -> list[dict[str, Any]]:
    names = class_labels(table.schema)
    rows = cast(list[dict[str, Any]], table.to_pylist(maps_as_pydicts="strict"))
    return [_as_json(row, names) for row in rows]


LANGUAGE = "language"


def language_in(source: RowSource) -> str | None:
    """The code of the language in the first row; None if it has none, or cannot be read."""
    row: object = None
    with suppress(LookupError, RecursionError, *_ARROW_ERRORS):
        if isinstance(source, Path) and source.suffix != PARQUET:
            with source.open(encoding="utf-8-sig") as file:
                row = json.loads(next(filter(str.strip, file), ""))
        elif isinstance(source, Path | ArrowRows):
            import pyarrow.parquet as pq

            names: Sequence[str] = (pq.read_schema(source) if isinstance(source, Path) else source.table.schema).names
            if LANGUAGE in names:
                table: Any = pq.read_table(source, columns=[LANGUAGE]) if isinstance(source, Path) else source.table
                row = {LANGUAGE: table[LANGUAGE][0].as_py()}
        elif source:
            row = source[0]
    language = cast(Mapping[str, object], row).get(LANGUAGE) if isinstance(row, Mapping) else None
    return language_code(language) if isinstance(language, str) else None


def is_index(column: str) -> bool:
    """Whether a Parquet column holds only the row numbers that pandas adds."""
    return column.startswith("__index_level_")


# The columns whose ClassLabels are a field of their objects.
_OF_FIELDS = {"entities": "label", "claims": "stance", "stances": "stance"}


def class_labels(schema: Any) -> dict[str, tuple[str, ...]]:
    """The label names of columns that are ClassLabels or lists of them, and of entities, claims and stances.

    `datasets` keeps them in an Arrow schema's metadata. Raises ValueError if the metadata is none that `datasets`
    writes.
    """
    metadata = schema.metadata or {}
    if b"huggingface" not in metadata:
        return {}
    with suppress(KeyError, TypeError, ValueError, AttributeError, RecursionError):
        found = _label_names(json.loads(metadata[b"huggingface"])["info"]["features"])
        if all(isinstance(name, str) for names in found.values() for name in names):
            return cast(dict[str, tuple[str, ...]], found)
    raise ValueError("the features that `datasets` keeps in it are broken; write the file again")


def with_names(value: object, names: Sequence[str]) -> object:
    """The value of a ClassLabel, or each of a list of them, by its name."""
    if isinstance(value, list):
        return [_name(item, names) for item in cast(list[object], value)]
    return None if value == -1 and names else _name(value, names)


def _label_names(features: Any) -> dict[str, tuple[object, ...]]:
    by_column: dict[str, tuple[object, ...]] = {}
    for column, feature in features.items():
        if column in _OF_FIELDS:
            continue
        inner = feature[0] if isinstance(feature, list) and feature else feature
        inner = inner.get("feature", inner) if isinstance(inner, dict) else {}  # pyright: ignore[reportUnknownMemberType]
        if isinstance(inner, dict) and inner.get("_type") == "ClassLabel":  # pyright: ignore[reportUnknownMemberType]
            by_column[column] = tuple(cast(dict[str, Any], inner)["names"])
    for column, field in _OF_FIELDS.items():
        feature = features.get(column)
        # A list of structs: {"feature": {…}, "_type": "List"}, or [{…}] in older versions.
        items = feature[0] if isinstance(feature, list) and feature else feature
        if isinstance(items, dict):
            items = cast(dict[str, Any], items)
            within: Any = items.get("feature", items)
            label: Any = within.get(field, {}) if isinstance(within, dict) else {}  # pyright: ignore[reportUnknownMemberType]
            names: Any = label.get("feature", label).get("names")  # a struct of lists has the names one level deeper
            if names is not None:
                by_column[column] = tuple(names)
    return by_column


def _as_json(row: dict[str, Any], names: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """A Parquet row as JSON lines have it: labels by name, stances as an object, no row numbers."""
    row = {
        key: with_names(value, names.get(key, ())) if key not in _OF_FIELDS else value
        for key, value in row.items()
        if not is_index(key)
    }
    for column in ("entities", "claims", "event_claims", "stances"):
        # A struct of stances has the claims' ids as fields.
        if column in row and (column != "stances" or _is_pair(row[column])):
            row[column] = _list_of_objects(row[column])
    labels = names.get("entities", ())
    for entity in _objects(row.get("entities")):
        _set_name(entity, "label", labels)
    for claim in _objects(row.get("claims")):
        _set_name(claim, "stance", names.get("claims", ()))
        if "sources" in claim:
            claim["sources"] = _list_of_objects(claim["sources"])
        for source in _objects(claim.get("sources")):
            _set_name(source, "label", labels)
    if row.get("stances") is not None:
        row["stances"] = stances_object(row["stances"], names.get("stances", ()))
    return row


def _is_pair(value: object) -> bool:
    return isinstance(value, dict) and cast(dict[str, Any], value).keys() == {"claim", "stance"}


def _list_of_objects(value: object) -> object:
    """A list of objects from an object of lists, as `datasets` before 4 stored a Sequence of objects.

    Any other value is returned unchanged, also lists of different lengths.
    """
    if not isinstance(value, dict) or not value:
        return cast(object, value)
    lists = cast(dict[str, Any], value)
    if not all(isinstance(items, list) for items in lists.values()) or len(set(map(len, lists.values()))) > 1:
        return cast(object, value)
    return [dict(zip(lists, items, strict=True)) for items in zip(*lists.values(), strict=True)]


def stances_object(value: object, names: Sequence[str]) -> object:
    """A document's stances as an object. Parquet holds them as a map, a struct, or a list of pairs.

    A claim without a stance is left out, since a struct has a field for each claim of the file. A value of any other
    form is returned unchanged.
    """
    pairs: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        pairs = list(cast(dict[Any, Any], value).items())
    elif isinstance(value, list):
        for pair in cast(list[Any], value):
            if isinstance(pair, dict) and {"claim", "stance"} <= pair.keys():  # pyright: ignore[reportUnknownMemberType]
                pairs.append((pair["claim"], pair["stance"]))
            elif isinstance(pair, tuple) and len(cast(tuple[Any, ...], pair)) == 2:
                pairs.append(cast(tuple[Any, Any], pair))
            else:
                return cast(object, value)
        if len({claim for claim, _ in pairs if isinstance(claim, str)}) < len(pairs):
            return cast(object, value)  # two stances on one claim, or no claim
    else:
        return value
    return {claim: _name(stance, names) for claim, stance in pairs if stance is not None and stance != -1}


def _set_name(item: dict[str, Any], field: str, names: Sequence[str]) -> None:
    if field in item:
        item[field] = None if item[field] == -1 and names else _name(item[field], names)


def _name(value: object, names: Sequence[str]) -> object:
    """The name that belongs to a ClassLabel's index. Any other value is returned unchanged."""
    return names[value] if type(value) is int and 0 <= value < len(names) else value


def _objects(value: object) -> list[dict[str, Any]]:
    return [item for item in cast(list[Any], value) if isinstance(item, dict)] if isinstance(value, list) else []
