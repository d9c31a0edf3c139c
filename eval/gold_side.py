"""The gold side of a comparison, and predictions read to fit it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from ..annotate.prediction_rows import class_labels
from ..annotate.predictions import Known, Predictions, read_predictions
from ..configs.errors import InputError
from ..configs.files import parse_json, read_text
from ..configs.scheme import CorpusLabels, LabelSet
from .arrow import read_gold_parquet, read_parquet_columns, read_plain
from .arrow_types import NotPlainError
from .columns import Columns, columns_of
from .gold.rows import ALL, GOLD_FILE, SPLITS, Gold, read_gold


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
        said = read_predictions(path, None, None)
        columns = replace(columns_of(said.documents, said.tasks), notes=said.notes)
    return GoldSide(path, f"{path.stem}#{digest.result()[:8]}", ALL, replace(columns, surfaces={}))


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
        columns = read_gold_parquet(wanted)
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
    if columns is not None:
        held = gold
        if not gold.elsewhere.isdisjoint(columns.ids):
            # Documents of other splits are not scored, but they are checked as `validate` checks them.
            held = replace(_read_folder(gold.path, ALL), entity_labels=gold.entity_labels)
        if _fits(columns, held):
            return replace(columns, surfaces={})
    if gold.path.is_dir():
        said = predictions_on(read_gold(gold.path), path, label_set(gold))
    else:
        said = read_predictions(path, _known_in_file(gold), label_set(gold))
    return replace(columns_of(said.documents, said.tasks), notes=said.notes)


def predictions_on(gold: Gold, path: Path, labels: LabelSet | None = None) -> Predictions:
    """A predictions file on the documents of `gold`, with its labels or these. Raises InputError as the reader does."""
    known = {
        name: Known(document.article.text, [claim.id for claim in document.claims])
        for name, document in gold.documents().items()
    }
    return read_predictions(path, known, labels or label_set(gold))


def _known_in_file(gold: GoldSide) -> dict[str, Known]:
    ids = gold.columns.ids
    return {name: Known(text) for name, text in zip(ids, gold.columns.texts or [None] * len(ids), strict=True)}


def label_set(gold: Gold | GoldSide) -> LabelSet | None:
    """The labels and stances that predictions may have; None if any will do."""
    if gold.entity_labels is None:
        return None
    stances = gold.claim_stances or (), gold.article_stances or ()
    return CorpusLabels("gold", "gold", tuple(gold.entity_labels), *map(tuple, stances))


def read_training(path: Path) -> Columns | None:
    """The training split of a gold folder, None if it has none."""
    files = sorted((path / "documents").glob("train-*.parquet"))
    return read_gold_parquet(files) if files else None


def validate(gold: Path, predictions: Path) -> list[str]:
    """What a predictions file has, line by line, read with care. Raises InputError with all that is wrong with it."""
    if gold.is_dir():
        dataset = read_gold(gold)
        said = predictions_on(dataset, predictions)
        ids = {document.id for document in said.documents}
        splits = {
            name: sum(document.article.id in ids for document in documents)
            for name, documents in dataset.splits.items()
        }
        where = ", ".join(f"{n} of {len(dataset.splits[name])} in {name}" for name, n in splits.items())
    else:
        side = read_gold_side(gold, ALL)
        said = read_predictions(predictions, _known_in_file(side), label_set(side))
        where = f"{len(said.documents)} of {len(side.columns.ids)} in {gold}"
    tasks = ", ".join(sorted(said.tasks)) or "none"
    return [*said.notes, f"{predictions}: {len(said.documents)} documents ({where}), with {tasks}: nothing wrong"]


def _fits(columns: Columns, gold: GoldSide) -> bool:
    """Whether there is nothing to complain of in what the gold lets us check: ids, labels, texts, offsets, stances."""
    at = {name: n for n, name in enumerate(gold.columns.ids)}
    if not at.keys() >= set(columns.ids):
        return False
    known = [at[name] for name in columns.ids]
    if gold.columns.texts is not None:
        texts = [gold.columns.texts[n] for n in known]
        if (columns.texts is not None and list(columns.texts) != texts) or not columns.fit(texts):
            return False
    if gold.entity_labels is None:
        return True
    if not set(columns.entity_labels) <= set(gold.entity_labels):
        return False
    if not set(columns.claim_stances) <= set(gold.claim_stances or ()):
        return False
    stances = set(gold.article_stances or ())
    return all(
        set(said.values()) <= stances and (gold.claims is None or said.keys() <= gold.claims[n])
        for n, said in zip(known, columns.stances, strict=True)
    )
