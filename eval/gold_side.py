"""The gold side of a comparison, and predictions read to fit it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..configs.errors import InputError
from ..configs.files import parse_json, read_text
from .arrow import NotPlainError, class_labels, read_parquet, read_parquet_columns, read_plain
from .columns import Columns, columns_of
from .gold.rows import ALL, GOLD_FILE, SPLITS, Gold, read_gold
from .predictions import read_predictions
from .spans import Ints, SpanTable


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
            table = read_parquet_columns(file, "text_sha256", "event_claims")
            names = class_labels(table.schema)
            hashes += table["text_sha256"].to_pylist()
            claims += [frozenset(claim["id"] for claim in row) for row in table["event_claims"].to_pylist()]
        elsewhere = [name for file in others for name in read_parquet_columns(file, "id")["id"].to_pylist()]
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


def validate(gold: Path, predictions: Path) -> list[str]:
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
