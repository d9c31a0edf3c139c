"""The gold side of a comparison, and predictions read to fit it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..annotate.placing.offsets import DoubtfulOffsetsError, Evidence, Unit
from ..annotate.placing.policy import DEFAULT, Policy
from ..annotate.prediction_rows import PARQUET, ArrowRows, RowSource, class_labels, language_in
from ..annotate.predictions import Known, Predictions, read_predictions
from ..configs.errors import InputError, plain_reason
from ..configs.labels import CLAIMS, ENTITIES, STANCES, CorpusLabels, LabelSet, NamedMapping, layers
from ..configs.languages import language_of
from .arrow import read_gold_parquet, read_parquet_columns, read_parquet_schema, read_plain
from .arrow_types import NotPlainError
from .columns import Columns, columns_of, positions
from .gold.header import labels_in, layers_in, older_documents, read_header
from .gold.records import ALL, GOLD_FILE, SPLITS, Gold, GoldDocument, Older
from .gold.rows import check_columns, prediction_row, read_gold
from .gold.scheme import scheme_of
from .source import IN_MEMORY, Source, exchanged, name_of, on_exchange, predictions_source, source_of

if TYPE_CHECKING:
    from .source import Given

TRAINING = SPLITS[0]
_NO_LANGUAGE = "the gold does not name its language: taken for Arabic; `language` in its rows names another"


@dataclass(frozen=True, slots=True)
class GoldSide:
    """The documents of one split that predictions are compared with.

    `source` is its origin, and `title` is its part of the signature. `elsewhere` are the ids of
    the other splits. The label sets are None if any label is allowed: when gold is a file or rows that name no labels.
    The first `training` documents of the columns are in the training split.
    """

    source: Gold | Path | None  # None for rows in memory
    title: str
    split: str
    columns: Columns
    elsewhere: tuple[str, ...] = ()
    entity_labels: tuple[str, ...] | None = None
    claim_stances: tuple[str, ...] | None = None
    article_stances: tuple[str, ...] | None = None
    claims: Sequence[frozenset[str]] | None = None  # ids of the event's claims, for each document
    training: int = 0
    older: Mapping[str, Older] = field(default_factory=dict[str, Older])  # documents from an older scheme, by id
    proclitics: bool = True  # whether the language has proclitics, so that scores may be clitic-tolerant
    notes: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """The gold's path, or else its name and version, for messages."""
        return self.source.where if isinstance(self.source, Gold) else str(self.source or IN_MEMORY)

    @property
    def name(self) -> str:
        """The gold's name in results."""
        return name_of(self.source) if self.source else IN_MEMORY

    def under(self, mapping: NamedMapping | None) -> GoldSide:
        """The gold side for reading predictions that have the labels of a mapping."""
        if mapping is None or self.entity_labels is None:
            return self
        return replace(self, entity_labels=tuple(mapping.mapping.labels))

    def dataset(self) -> Gold | None:
        """The gold set with every document as a record; None if the gold is a file or rows."""
        if isinstance(self.source, Gold):
            return self.source
        return read_gold(self.source) if self.source and self.source.is_dir() else None

    def training_columns(self) -> Columns | None:
        """The training split, None if there is none. Documents already read are not read again."""
        if self.training:
            return self.columns.only(np.arange(self.training))
        if isinstance(self.source, Gold):
            documents = self.source.splits.get(TRAINING)
            return _columns(documents, layers(self.source.labels)) if documents else None
        files = _files(self.source, TRAINING.__eq__)
        return read_gold_parquet(files) if files else None


def gold_side(gold: Given | Source, split: str) -> GoldSide:
    """The gold side of a gold set, of its folder, or of a file, a Dataset or rows in the predictions format.

    Of a file, a Dataset or rows, all documents are scored. Raises InputError with every problem.
    """
    source = source_of(gold)
    if isinstance(source, Gold):
        return _in_memory(source, split)
    if isinstance(source, Path) and (source.suffix not in (".jsonl", PARQUET) or source.is_dir()):
        return _read_folder(source, split)
    return _read_rows(source)


def _in_memory(gold: Gold, split: str) -> GoldSide:
    documents = gold.split(split)
    scored_ids = {document.article.id for document in documents}
    return GoldSide(
        gold,
        gold.title,
        split,
        _columns(documents, layers(gold.labels)),
        tuple(name for name in gold.documents() if name not in scored_ids),
        tuple(gold.labels.entity_labels),
        tuple(gold.labels.claim_stances),
        tuple(gold.labels.article_stances),
        [frozenset(claim.id for claim in document.claims) for document in documents],
        len(gold.splits.get(TRAINING, ())) if split in (TRAINING, ALL) else 0,
        {document.article.id: document.older for document in documents if document.older},
        gold.labels.proclitics,
    )


def _columns(documents: Sequence[GoldDocument], there: Sequence[str]) -> Columns:
    columns = columns_of((document.annotation for document in documents), there)
    return replace(
        columns,
        events=[document.article.event_id for document in documents],
        outlets=[document.article.outlet for document in documents],
        texts=[document.article.text for document in documents],
        preannotated_by=[document.preannotated_by for document in documents],
    )


def _read_rows(source: RowSource) -> GoldSide:
    """The gold side of a file, of a Dataset or of rows in memory."""
    path = source if isinstance(source, Path) else None
    with ThreadPoolExecutor(1) as aside:
        hashing = aside.submit(_digest, path) if path else None
        columns = read_plain(source) or with_notes(read_predictions(source, None, None))
    digest = hashing.result() if hashing else columns.digest()
    title = f"{path.stem if path else IN_MEMORY}#{digest[:8]}"
    side = GoldSide(path, title, ALL, replace(columns, surfaces={}), (), *_labels_of(source))
    if language := language_in(source):
        return replace(side, proclitics=language_of(language).proclitics)
    is_tolerant = columns.texts is not None and bool({ENTITIES, CLAIMS} & columns.tasks)
    return replace(side, notes=(_NO_LANGUAGE,)) if is_tolerant else side


def _labels_of(source: RowSource) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None, tuple[str, ...] | None]:
    """The names of all entity labels, claim stances and article stances, if the rows are those of a gold dataset."""
    if isinstance(source, ArrowRows):
        names = class_labels(source.table.schema)
    elif isinstance(source, Path) and source.suffix == PARQUET:
        names = class_labels(read_parquet_schema(source))
    else:
        names = {}
    return names.get("entities"), names.get("claims"), names.get("stances")


def with_notes(read: Predictions, policy: Policy = DEFAULT) -> Columns:
    """Predictions in columns, with their notes and, for the signature, how their places were found."""
    columns = columns_of(read.documents, read.tasks)
    return replace(columns, notes=read.notes, policy=policy.in_signature(has_mentions=read.has_mentions))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_folder(path: Path, split: str) -> GoldSide:
    if not path.exists():
        raise InputError(f"{path}: there is no such file or folder")
    if not (path / GOLD_FILE).is_file():
        raise InputError(
            f"{path}: is not a gold dataset (no {GOLD_FILE}), nor a .jsonl or .parquet file of predictions; "
            "make a dataset with `mihakk export dataset`"
        )
    header = read_header(path)
    there = layers_in(header, path / GOLD_FILE)
    splits = [name for name in SPLITS if _files(path, name.__eq__)]
    if not splits:
        raise InputError(f"{path}: has no documents")
    if split != ALL and split not in splits:
        raise InputError(f"{path}: has no split {split}; it has {', '.join((*splits, ALL))}")
    wanted = _files(path, lambda name: split in (ALL, name))
    other_files = _files(path, lambda name: split not in (ALL, name))
    try:
        for file in (*wanted, *other_files):
            check_columns(read_parquet_schema(file), there)
        columns = read_gold_parquet(wanted)
        read_columns = ("text_sha256", "event_claims") if STANCES in there else ("text_sha256",)
        names: Mapping[str, tuple[str, ...]] = {}
        hashes, claims, training = [], [], 0
        for file in wanted:
            table = read_parquet_columns(file, *read_columns)
            training += len(table) if file.name.startswith(TRAINING) else 0
            names = class_labels(table.schema)
            hashes += table["text_sha256"].to_pylist()
            claims += _claim_ids(table)
        if len(columns.texts or ()) != len(hashes) or None in (columns.texts or ()):
            raise TypeError("a document without a text")
        elsewhere = [name for file in other_files for name in read_parquet_columns(file, "id")["id"].to_pylist()]
        title = f"{header['name']}@{header['version']}#{header['content_hash'][:8]}"
        labels = labels_in(header, names, there)
    except (NotPlainError, KeyError, TypeError, ValueError, AttributeError, OSError) as error:
        read_gold(path)  # reports the place and the problem
        reason = plain_reason(error)
        raise InputError(
            f"{path}: is not a gold dataset that this version can read ({reason:.200}); export it again"
        ) from None
    for name, text, digest in zip(columns.ids, columns.texts or (), hashes, strict=True):
        if hashlib.sha256(text.encode()).hexdigest() != digest:
            raise InputError(
                f"{path}: the text of document {name} differs from the annotated text; export the dataset again"
            )
    known = older_documents(header, path / GOLD_FILE)
    older = {name: known[name] for name in columns.ids if name in known}
    return GoldSide(
        path,
        title,
        split,
        columns,
        tuple(elsewhere),
        labels.entity_labels,
        labels.claim_stances,
        labels.article_stances,
        claims,
        training,
        older,
        labels.proclitics,
    )


def plain_predictions(given: Given) -> tuple[Source, Columns | None]:
    """Predictions from the fast reader, not yet checked against gold; None if they need the careful reader."""
    source = predictions_source(given)
    if isinstance(source, Gold):
        return source, _columns(source.split(ALL), layers(source.labels))
    return source, read_plain(source)


def read_predicted(source: Source, gold: GoldSide, plain: Columns | None, policy: Policy = DEFAULT) -> Columns:
    """Predictions on documents of `gold`. Raises InputError with every problem at once, with its line or row.

    `source` and `plain` come from `plain_predictions`. Many boundaries inside words are noted.
    """
    with on_exchange(gold.source, source):
        read = _read_predicted(source, gold, plain, policy._replace(proclitics=gold.proclitics))
    notes = [doubt] if (doubt := doubtful_offsets(read, gold, policy)) else []
    if (models := gold.columns.models) and isinstance(source, Gold):
        notes.append(f"WARNING: {exchanged(gold.where, source.where, models)}")
    return replace(read, notes=(*read.notes, *notes)) if notes else read


def _read_predicted(source: Source, gold: GoldSide, plain: Columns | None, policy: Policy) -> Columns:
    if plain is not None and policy.offsets in (Unit.CODE_POINTS, Unit.OWN_TEXT):
        # Documents of other splits are not scored, but are checked as in `validate`.
        known = gold if set(gold.elsewhere).isdisjoint(plain.ids) else _with_elsewhere(gold)
        if _fits(plain, known):
            return replace(plain, surfaces={})
    is_gold = isinstance(source, Gold)
    rows = tuple(prediction_row(each, layers(source.labels)) for each in source.split(ALL)) if is_gold else source
    dataset = gold.dataset()
    if dataset:
        return with_notes(predictions_on(dataset, rows, label_set(gold), policy), policy)
    return with_notes(read_rows_on(known_in_file(gold), rows, label_set(gold), policy), policy)


# So many spans, spread over the file, are examined: enough to see a share of a tenth, in little time.
_SAMPLE = 500


def doubtful_offsets(read: Columns, gold: GoldSide, policy: Policy) -> str | None:
    """The likely unit of the predictions' offsets, if many boundaries are inside words; None if they are not."""
    texts = gold.columns.texts
    if texts is None:
        return None
    at = positions(read.ids, gold.columns.ids)
    evidence = Evidence(gold.proclitics)
    for name, spans in read.spans():
        if name == "sources":
            continue
        in_gold = np.flatnonzero((at[spans.document] >= 0) & (spans.start >= 0))
        for n in in_gold[:: max(1, len(in_gold) // _SAMPLE)].tolist():
            document, start, end, _ = spans.row(n)
            evidence.add(texts[int(at[document])], start, end, None)
    return evidence.doubt(policy.offsets)


def _with_elsewhere(gold: GoldSide) -> GoldSide:
    """The gold side with the ids, texts and claims of all splits, to check documents of other splits."""
    if isinstance(gold.source, Gold):
        return replace(_in_memory(gold.source, ALL), entity_labels=gold.entity_labels)
    texts, claims = list(gold.columns.texts or ()), list(gold.claims or ())
    for file in _files(gold.source, lambda split: split != gold.split):
        table = read_parquet_columns(file, *(("text", "event_claims") if gold.article_stances else ("text",)))
        texts += table["text"].to_pylist()
        claims += _claim_ids(table)
    ids = [*gold.columns.ids, *gold.elsewhere]
    return replace(gold, columns=replace(gold.columns, ids=ids, texts=texts), claims=claims)


def _files(folder: Path | None, wanted: Callable[[str], bool]) -> list[Path]:
    """The files of the wanted splits; None for rows in memory."""
    if folder is None:
        return []
    return [
        file for name in SPLITS if wanted(name) for file in sorted((folder / "documents").glob(f"{name}-*.parquet"))
    ]


def _claim_ids(table: Any) -> list[frozenset[str]]:
    if "event_claims" not in table.column_names:
        return [frozenset()] * len(table)
    found = [frozenset(claim["id"] for claim in row) for row in table["event_claims"].to_pylist()]
    if any(None in ids for ids in found):
        raise TypeError("an event claim without an id")
    return found


def predictions_on(
    gold: Gold, source: RowSource, labels: LabelSet | None = None, policy: Policy = DEFAULT
) -> Predictions:
    """Predictions (a file or rows) on the documents of `gold`, with its labels or with `labels`. Raises InputError."""
    known = {
        name: Known(document.article.text, [claim.id for claim in document.claims])
        for name, document in gold.documents().items()
    }
    return read_rows_on(known, source, labels or gold.labels, policy, gold)


def read_rows_on(
    known: Mapping[str, Known], source: RowSource, labels: LabelSet | None, policy: Policy, gold: Gold | None = None
) -> Predictions:
    """The predictions of `source` on known documents. Raises InputError; it names a mapping that may be missing."""
    try:
        return read_predictions(source, known, labels, policy)
    except DoubtfulOffsetsError:
        raise
    except InputError as error:
        raise InputError(*_missing_mapping(source, labels, gold), *error.problems) from None


def _missing_mapping(source: RowSource, labels: LabelSet | None, gold: Gold | None) -> Iterator[str]:
    """A hint if the labels of `source` are those of a mapping of the gold's scheme, or of the default scheme."""
    plain = read_plain(source) if labels else None
    if not plain or not labels or set(plain.entity_labels) <= set(labels.entity_labels):
        return
    from ..configs.scheme import load_scheme  # a tenth of a second, and only errors need it

    scheme = (scheme_of(gold) if gold else None) or load_scheme()
    fitting = [
        name
        for name, mapping in scheme.mappings.items()
        if set(plain.entity_labels) <= set(mapping.labels) and set(labels.entity_labels) <= mapping.to.keys()
    ]
    if fitting:
        where = source if isinstance(source, Path) else "predictions"
        yield f"{where}: the labels are those of a mapping; is --map {' or '.join(fitting)} missing?"


def known_in_file(gold: GoldSide) -> dict[str, Known]:
    ids = gold.columns.ids
    return {name: Known(text) for name, text in zip(ids, gold.columns.texts or [None] * len(ids), strict=True)}


def label_set(gold: GoldSide) -> LabelSet | None:
    """The labels and stances that predictions may have; None if any are allowed."""
    if gold.entity_labels is None:
        return None
    stances = gold.claim_stances or (), gold.article_stances or ()
    return CorpusLabels("gold", "gold", gold.entity_labels, *stances, proclitics=gold.proclitics)


def _fits(columns: Columns, gold: GoldSide) -> bool:
    """Whether ids, labels, texts, offsets and stances fit the gold, as far as the gold has them."""
    known: list[int] = positions(columns.ids, gold.columns.ids).tolist()
    if -1 in known:
        return False
    if (every := gold.columns.texts) is not None:
        texts = [every[n] for n in known]
        if (columns.texts is not None and list(columns.texts) != texts) or not columns.fit(texts):
            return False
    if gold.entity_labels is None:
        return True
    # A layer that the gold lacks is not scored, so any value is allowed there.
    for names, allowed in ((columns.entity_labels, gold.entity_labels), (columns.claim_stances, gold.claim_stances)):
        if allowed and not set(names) <= set(allowed):
            return False
    stances = set(gold.article_stances or ())
    if stances and gold.claims and any(claim not in gold.claims[known[n]] for n, claim in columns.abouts()):
        return False
    return not stances or all(
        set(answers.values()) <= stances and (gold.claims is None or answers.keys() <= gold.claims[n])
        for n, answers in zip(known, columns.stances, strict=True)
    )
