"""What a file says about many documents, in columns: read by Arrow, without a Python object for each span."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..annotate.document import Annotation
from ..configs.files import InputError, parse_json, read_text
from .gold.rows import ALL, GOLD_FILE, SPLITS, Gold, read_gold
from .predictions import KEYS, MORE, Prediction, read_predictions
from .spans import Ints, SpanTable


@dataclass(frozen=True, slots=True)
class Columns:
    """One file's documents. `tasks` are what it speaks of: entities, claims, stances.

    `entities.document` and `claims.document` are positions in `ids`; `entities.label` is one in `entity_labels`,
    `claims.label` one in `claim_stances`, or -1 for a claim without stance. `sources` are spans whose `document`
    is a position in `claims`. `stances` has for each document the stance on each claim's id. `events`, `outlets`,
    `texts` and `preannotated_by` are there where the file has them. `models` are the names of who made the file.
    """

    ids: Sequence[str]
    tasks: frozenset[str]
    entities: SpanTable
    entity_labels: tuple[str, ...]
    claims: SpanTable
    claim_stances: tuple[str, ...]
    sources: SpanTable
    stances: Sequence[Mapping[str, str]]
    events: Sequence[str | None] | None = None
    outlets: Sequence[str | None] | None = None
    texts: Sequence[str] | None = None
    notes: tuple[str, ...] = ()
    models: frozenset[str] = frozenset()
    preannotated_by: Sequence[str | None] | None = None

    def only(self, documents: Ints) -> Columns:
        """These documents (positions) alone, in this order."""
        at = np.full(len(self.ids), -1)
        at[documents] = np.arange(len(documents))
        claim = np.flatnonzero(at[self.claims.document] >= 0)
        claim_at = np.full(len(self.claims), -1)
        claim_at[claim] = np.arange(len(claim))
        chosen = documents.tolist()

        def some(values: Sequence[Any] | None) -> list[Any] | None:
            return None if values is None else [values[n] for n in chosen]

        return replace(
            self,
            ids=[self.ids[n] for n in chosen],
            entities=moved(self.entities, at),
            claims=moved(self.claims, at),
            sources=moved(self.sources, claim_at),
            stances=[self.stances[n] for n in chosen],
            events=some(self.events),
            outlets=some(self.outlets),
            texts=some(self.texts),
            preannotated_by=some(self.preannotated_by),
        )


def moved(table: SpanTable, at: Ints) -> SpanTable:
    """The spans with document numbers looked up in `at`; those where it has -1 are left out."""
    document = at[table.document]
    table = SpanTable(document, table.start, table.end, table.label)
    return table if (document >= 0).all() else table.take(document >= 0)


# So many names are coded faster in Python than Arrow loads the functions that would do it.
FEW = 200_000


class NotPlainError(Exception):
    """The file needs the careful reader: something is wrong, or mentions come without offsets."""


# --- from files ---


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
            tables.append(_read_parquet(path, *KEYS, "preannotated_by"))
            names = class_labels(tables[-1].schema)
        except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path}: is no Parquet file of {what} ({error})") from None
    table = pa.concat_tables(tables)
    stances: list[Mapping[str, str]] | None = None
    if "stances" in table.column_names:
        stances = [_stance_pairs(row, names.get("stances", ())) for row in table["stances"].to_pylist()]
        table = table.drop_columns("stances")
    return _from_table(table, stances, names)


def _read_parquet(path: Path, *columns: str) -> Any:
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


def class_labels(schema: Any) -> dict[str, tuple[str, ...]]:
    """Names of the ClassLabels of entities, claims and stances, which `datasets` keeps in the schema's metadata."""
    metadata = schema.metadata or {}
    if b"huggingface" not in metadata:
        return {}
    features = json.loads(metadata[b"huggingface"])["info"]["features"]
    fields = {"entities": "label", "claims": "stance", "stances": "stance"}
    return {
        column: tuple(features[column]["feature"][field]["names"])
        for column, field in fields.items()
        if column in features
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


# --- from records in memory ---


def columns_of(documents: Iterable[Annotation | Prediction], tasks: Iterable[str]) -> Columns:
    """The same from Annotations or Predictions, which it walks one by one."""
    listed = list(documents)
    labels = _Codes()
    stances = _Codes()
    entities: list[tuple[int, int, int, int]] = []
    claims: list[tuple[int, int, int, int]] = []
    sources: list[tuple[int, int, int, int]] = []
    for n, document in enumerate(listed):
        entities += ((n, span.start, span.end, labels.code(span.label)) for span in document.entities)
        for claim in document.claims:
            sources += ((len(claims), source.start, source.end, 0) for source in claim.sources)
            claims.append((n, claim.start, claim.end, stances.code(claim.stance)))
    said = [d for d in listed if isinstance(d, Prediction)]
    texts = [d.text for d in said if d.text is not None]
    return Columns(
        [d.id if isinstance(d, Prediction) else d.article_id for d in listed],
        frozenset(tasks),
        SpanTable.of(entities),
        tuple(labels),
        SpanTable.of(claims),
        tuple(stances),
        SpanTable.of(sources),
        [document.stances for document in listed],
        [d.event_id for d in said] if any(d.event_id for d in said) else None,
        [d.outlet for d in said] if any(d.outlet for d in said) else None,
        texts if listed and len(texts) == len(listed) else None,
        models=frozenset(d.model for d in said if d.model),
    )


class _Codes(dict[str, int]):
    """Names numbered as they come."""

    def code(self, name: str | None) -> int:
        return -1 if name is None else self.setdefault(name, len(self))


# --- the gold side of a comparison ---


@dataclass(frozen=True, slots=True)
class GoldSide:
    """What predictions are held against: the documents of one split.

    `title` is the part of the signature that pins the gold. `elsewhere` are the ids of the other splits. The
    label sets are None if any label will do, as it does where gold is a file and no dataset.
    """

    path: Path
    title: str
    split: str
    columns: Columns
    elsewhere: frozenset[str] = frozenset()
    entity_labels: tuple[str, ...] | None = None
    claim_stances: tuple[str, ...] | None = None
    article_stances: tuple[str, ...] | None = None
    claims: Sequence[frozenset[str]] | None = None  # ids of the event's claims, for each document


def gold_side(gold: Gold, split: str) -> GoldSide:
    """From a gold set in memory. Raises InputError if it has no such split."""
    documents = gold.split(split)
    columns = columns_of((document.annotation for document in documents), ("entities", "claims", "stances"))
    here = set(columns.ids)
    return GoldSide(
        gold.path,
        f"{gold.name}@{gold.version}#{gold.content_hash[:8]}",
        split,
        replace(
            columns,
            events=[document.article.event_id for document in documents],
            outlets=[document.article.outlet for document in documents],
            texts=[document.article.text for document in documents],
            preannotated_by=[document.preannotated_by for document in documents],
        ),
        frozenset(name for name in gold.documents() if name not in here),
        gold.entity_labels,
        gold.claim_stances,
        gold.article_stances,
        [frozenset(claim.id for claim in document.claims) for document in documents],
    )


def read_gold_side(path: Path, split: str) -> GoldSide:
    """From a gold folder, or a JSONL or Parquet file in the predictions format, of which all is scored.

    Raises InputError with all that is wrong with it.
    """
    if path.suffix not in (".jsonl", ".parquet") or path.is_dir():
        return _read_folder(path, split)
    with ThreadPoolExecutor(1) as aside:
        digest = aside.submit(_digest, path)
        columns = read_plain(path)
    if columns is None:
        said = read_predictions(path, None)
        columns = replace(columns_of(said.documents, said.tasks), notes=said.notes)
    return GoldSide(path, f"{path.stem}#{digest.result()[:8]}", ALL, columns)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_folder(path: Path, split: str) -> GoldSide:
    if not (path / GOLD_FILE).is_file():
        raise InputError(
            f"{path}: is no gold dataset (no {GOLD_FILE}), nor a .jsonl or .parquet file of predictions; "
            "make one with `mihakk export dataset`"
        )
    header = parse_json(read_text(path / GOLD_FILE), str(path / GOLD_FILE))
    files = {name: sorted((path / "documents").glob(f"{name}-*.parquet")) for name in SPLITS}
    files = {name: found for name, found in files.items() if found}
    if not files:
        raise InputError(f"{path}: has no documents")
    if split != ALL and split not in files:
        raise InputError(f"{path}: has no split {split}; it has {', '.join(files)}, and {ALL}")
    wanted = [file for name, found in files.items() if split in (ALL, name) for file in found]
    others = [file for name, found in files.items() if split not in (ALL, name) for file in found]
    try:
        columns = read_parquet(wanted, "a gold dataset")
        names: Mapping[str, tuple[str, ...]] = {}
        hashes, claims = [], []
        for file in wanted:
            table = _read_parquet(file, "text_sha256", "event_claims")
            names = class_labels(table.schema)
            hashes += table["text_sha256"].to_pylist()
            claims += [frozenset(claim["id"] for claim in row) for row in table["event_claims"].to_pylist()]
        elsewhere = [name for file in others for name in _read_parquet(file, "id")["id"].to_pylist()]
        title = f"{header['name']}@{header['version']}#{header['content_hash'][:8]}"
        labels = names["entities"], names["claims"], names["stances"]
    except (NotPlainError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path}: is no gold dataset that this version can read ({error!r}); export it anew") from None
    for name, text, digest in zip(columns.ids, columns.texts or (), hashes, strict=True):
        if hashlib.sha256(text.encode()).hexdigest() != digest:
            raise InputError(
                f"{path}: the text of document {name} is not the one that was annotated; export the dataset anew"
            )
    return GoldSide(path, title, split, columns, frozenset(elsewhere), *labels, claims)


def read_plain(path: Path) -> Columns | None:
    """The file's columns; None if it needs the careful reader."""
    import pyarrow as pa

    try:
        return read_parquet([path]) if path.suffix == ".parquet" else read_jsonl(path)
    except (NotPlainError, OSError, UnicodeDecodeError):
        return None
    finally:
        pa.default_memory_pool().release_unused()


def read_predicted(path: Path, gold: GoldSide, plain: Columns | None = None) -> Columns:
    """A predictions file on documents of `gold`. Raises InputError with every problem at once, with its line.

    `plain` is what `read_plain` made of it, if that has been done.
    """
    columns = plain or read_plain(path)
    if columns is None or not _fits(columns, gold):
        dataset = read_gold(gold.path) if gold.path.is_dir() else None
        if dataset and gold.entity_labels is not None:
            dataset = replace(dataset, entity_labels=gold.entity_labels)
        said = read_predictions(path, dataset)
        columns = replace(columns_of(said.documents, said.tasks), notes=said.notes)
    return columns


def read_training(path: Path) -> Columns | None:
    """The training split of a gold folder, None if it has none."""
    files = sorted((path / "documents").glob("train-*.parquet"))
    return read_parquet(files) if files else None


def check(gold: Path, predictions: Path) -> list[str]:
    """What a predictions file has, line by line, read with care. Raises InputError with all that is wrong with it."""
    dataset = read_gold(gold) if gold.is_dir() else None
    said = read_predictions(predictions, dataset)
    ids = {document.id for document in said.documents}
    if dataset:
        splits = {
            name: sum(document.article.id in ids for document in documents)
            for name, documents in dataset.splits.items()
        }
        where = ", ".join(f"{n} of {len(dataset.splits[name])} in {name}" for name, n in splits.items())
    else:
        known = set(read_gold_side(gold, ALL).columns.ids)
        strangers = sorted(ids - known)
        if strangers:
            raise InputError(*(f"{predictions}: the gold has no document {name}" for name in strangers))
        where = f"{len(ids)} of {len(known)} in {gold}"
    tasks = ", ".join(sorted(said.tasks)) or "none"
    return [*said.notes, f"{predictions}: {len(ids)} documents ({where}), with {tasks}: nothing wrong"]


def _fits(columns: Columns, gold: GoldSide) -> bool:
    """Whether there is nothing to complain of in what a dataset lets us check: ids, labels, offsets, stances."""
    if gold.entity_labels is None:
        return True
    at = {name: n for n, name in enumerate(gold.columns.ids)}
    if not all(name in at or name in gold.elsewhere for name in columns.ids):
        return False
    known = np.array([at.get(name, -1) for name in columns.ids])
    if not set(columns.entity_labels) <= set(gold.entity_labels):
        return False
    if not set(columns.claim_stances) <= set(gold.claim_stances or ()):
        return False
    texts = gold.columns.texts or ()
    if columns.texts and any(texts[n] != text for n, text in zip(known.tolist(), columns.texts, strict=True) if n >= 0):
        return False
    # A document of another split is not scored, and its text was not read.
    length = np.array([len(text) for text in texts] + [np.iinfo(np.int32).max])[known]
    by_claim = SpanTable(columns.claims.document[columns.sources.document], *_rest(columns.sources))
    if any((spans.end > length[spans.document]).any() for spans in (columns.entities, columns.claims, by_claim)):
        return False
    stances = set(gold.article_stances or ())
    return all(
        set(said.values()) <= stances and (n < 0 or gold.claims is None or said.keys() <= gold.claims[n])
        for n, said in zip(known.tolist(), columns.stances, strict=True)
    )


def _rest(table: SpanTable) -> tuple[Ints, Ints, Ints]:
    return table.start, table.end, table.label


def positions(names: Iterable[str], among: Sequence[str]) -> Ints:
    """Where each name stands in `among`, -1 if it does not."""
    if names == among:  # as two files of the same documents mostly are
        return np.arange(len(among), dtype=np.int32)
    at = {name: n for n, name in enumerate(among)}
    return np.array([at.get(name, -1) for name in names], dtype=np.int32)
