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
from .arrow import NotPlainError, read_parquet, read_parquet_columns, read_plain
from .columns import Columns, columns_of
from .gold.records import ALL, GOLD_FILE, SPLITS, Gold, GoldDocument
from .gold.rows import class_labels, read_gold
from .predictions import read_predictions
from .spans import Ints, SpanTable

TRAINING = SPLITS[0]


@dataclass(frozen=True, slots=True)
class GoldSide:
    """What predictions are held against: the documents of one split.

    `source` is where it comes from, and `title` the part of the signature that pins it. `elsewhere` are the ids of
    the other splits. The label sets are None if any label will do, as it does where gold is a file and no dataset.
    The first `training` documents of the columns are those of the training split, as far as it is in them.
    """

    source: Gold | Path
    title: str
    split: str
    columns: Columns
    elsewhere: frozenset[str] = frozenset()
    entity_labels: tuple[str, ...] | None = None
    claim_stances: tuple[str, ...] | None = None
    article_stances: tuple[str, ...] | None = None
    claims: Sequence[frozenset[str]] | None = None  # ids of the event's claims, for each document
    training: int = 0

    @property
    def where(self) -> str:
        """The gold's path, or else its name and version."""
        return self.source.where if isinstance(self.source, Gold) else str(self.source)

    def dataset(self) -> Gold | None:
        """The gold set with every document as a record; None where the gold is a file and no dataset."""
        if isinstance(self.source, Gold):
            return self.source
        return read_gold(self.source) if self.source.is_dir() else None

    def training_columns(self) -> Columns | None:
        """The training split, None if there is none. What was read already is not read again."""
        if self.training:
            return self.columns.only(np.arange(self.training))
        if isinstance(self.source, Gold):
            documents = self.source.splits.get(TRAINING)
            return _columns(documents) if documents else None
        files = sorted((self.source / "documents").glob(f"{TRAINING}-*.parquet"))
        return read_parquet(files) if files else None


def gold_side(gold: Gold | str | Path, split: str) -> GoldSide:
    """The gold side of a gold set in memory, of its folder, or of a JSONL or Parquet file in the predictions format.

    Of such a file all is scored. Raises InputError with all that is wrong with it, or if it has no such split.
    """
    if isinstance(gold, Gold):
        return _in_memory(gold, split)
    path = Path(gold)
    return _read_folder(path, split) if path.suffix not in (".jsonl", ".parquet") or path.is_dir() else _read_file(path)


def _in_memory(gold: Gold, split: str) -> GoldSide:
    documents = gold.split(split)
    here = {document.article.id for document in documents}
    return GoldSide(
        gold,
        gold.title,
        split,
        _columns(documents),
        frozenset(name for name in gold.documents() if name not in here),
        tuple(gold.labels.entity_labels),
        tuple(gold.labels.claim_stances),
        tuple(gold.labels.article_stances),
        [frozenset(claim.id for claim in document.claims) for document in documents],
        len(gold.splits.get(TRAINING, ())) if split in (TRAINING, ALL) else 0,
    )


def _columns(documents: Sequence[GoldDocument]) -> Columns:
    columns = columns_of((document.annotation for document in documents), ("entities", "claims", "stances"))
    return replace(
        columns,
        events=[document.article.event_id for document in documents],
        outlets=[document.article.outlet for document in documents],
        texts=[document.article.text for document in documents],
        preannotated_by=[document.preannotated_by for document in documents],
    )


def _read_file(path: Path) -> GoldSide:
    with ThreadPoolExecutor(1) as aside:
        digest = aside.submit(_digest, path)
        columns = read_plain(path)
    if columns is None:
        columns = _read_with_care(path, None)
    return GoldSide(path, f"{path.stem}#{digest.result()[:8]}", ALL, columns)


def _read_with_care(path: Path, gold: Gold | None) -> Columns:
    read = read_predictions(path, gold)
    return replace(columns_of(read.documents, read.tasks), notes=read.notes)


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
        hashes, claims, training = [], [], 0
        for file in wanted:
            table = read_parquet_columns(file, "text_sha256", "event_claims")
            training += len(table) if file in files.get(TRAINING, ()) else 0
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
    return GoldSide(path, title, split, columns, frozenset(elsewhere), *labels, claims, training)


def read_predicted(path: Path, gold: GoldSide, plain: Columns | None) -> Columns:
    """A predictions file on documents of `gold`. Raises InputError with every problem at once, with its line.

    `plain` is what `read_plain` made of it.
    """
    if plain is not None and _fits(plain, gold):
        return plain
    dataset = gold.dataset()
    if dataset and gold.entity_labels is not None:
        from ..configs.scheme import CorpusLabels

        labels = dataset.labels
        known = CorpusLabels(
            labels.name, labels.id, gold.entity_labels, tuple(labels.claim_stances), tuple(labels.article_stances)
        )
        dataset = replace(dataset, labels=known)
    return _read_with_care(path, dataset)


def validate(gold: Gold | str | Path, predictions: Path) -> list[str]:
    """What a predictions file has, line by line, read with care. Raises InputError with all that is wrong with it."""
    dataset = gold if isinstance(gold, Gold) else read_gold(Path(gold)) if Path(gold).is_dir() else None
    said = read_predictions(predictions, dataset)
    ids = {document.id for document in said.documents}
    if dataset:
        splits = {
            name: sum(document.article.id in ids for document in documents)
            for name, documents in dataset.splits.items()
            if documents
        }
        where = ", ".join(f"{n} of {len(dataset.splits[name])} in {name}" for name, n in splits.items())
    else:
        side = gold_side(gold, ALL)
        known = set(side.columns.ids)
        strangers = sorted(ids - known)
        if strangers:
            raise InputError(*(f"{predictions}: the gold has no document {name}" for name in strangers))
        where = f"{len(ids)} of {len(known)} in {side.where}"
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
