"""Writes the gold dataset: typed Parquet for `datasets.load_dataset`, gold.json, and the list of work set aside."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..annotate.arabic import token_edges
from ..annotate.document import Span, columns_of_spans, span_order
from ..configs.files import dump_json
from ..configs.formats import FORMAT, FORMATS, GOLD
from ..configs.labels import CLAIMS, ENTITIES, STANCES, LabelSet, layers
from ..configs.scheme import CLAIM, SCHEME_FILE, scheme_yaml
from ..eval.gold.header import older_rows
from ..eval.gold.records import ALL, GOLD_FILE, SET_ASIDE_FILE, SPLITS, Gold, GoldDocument, Older
from ..eval.gold.rows import document_row
from ..eval.gold.rows import features as document_features
from ..eval.gold.scheme import scheme_of
from ..eval.gold.set_aside import set_aside_line
from .card import dataset_card
from .strata import Stratum, distribution_of, strata
from .windows import windows

CONFIGS = ("documents", "tokens", "stance")
# So many rows are in memory at a time, and form a row group in the file.
_ROWS = 250


def write_gold(gold: Gold, folder: Path, window: int | None = None) -> dict[str, Any]:
    """Writes the gold folder's files into the empty `folder`, and returns the content of gold.json.

    A split without documents is left out. Documents are read once, and not kept in memory.

    With a `window`, rows of the tokens config have at most that many tokens, see `windows`.
    """
    depth = tag_columns(gold)
    features = _features(gold.labels, depth, windowed=window is not None)
    files: dict[tuple[str, str], _File] = {}
    facts = _Facts()
    with ExitStack() as open_files:
        for split, document in gold.walk():
            facts.add(split, document)
            for config in features:
                for row in _rows(config, document, gold.labels, depth, window):
                    if (file := files.get((config, split))) is None:
                        (folder / config).mkdir(exist_ok=True)
                        path = folder / config / f"{split}-00000-of-00001.parquet"
                        file = files[config, split] = _File(path, features[config].arrow_schema, open_files)
                    file.add(row)
        for file in files.values():
            file.flush()
    filled = {config: [split for split in SPLITS if (config, split) in files] for config in features}
    filled = {config: splits for config, splits in filled.items() if splits}
    header, scheme = facts.header(gold) | ({"window": window} if window else {}), scheme_of(gold)
    (folder / GOLD_FILE).write_text(dump_json(header), encoding="utf-8", newline="\n")
    if scheme:
        (folder / SCHEME_FILE).write_text(scheme_yaml(scheme), encoding="utf-8", newline="\n")
    with (folder / SET_ASIDE_FILE).open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(map(set_aside_line, gold.set_aside))
    (folder / "README.md").write_text(dataset_card(header, filled, features), encoding="utf-8", newline="\n")
    return header


class _File:
    """A Parquet file to which rows are added; one row group is in memory."""

    def __init__(self, path: Path, schema: Any, open_files: ExitStack) -> None:
        import pyarrow.parquet as pq

        self._schema, self._rows = schema, list[dict[str, Any]]()
        self._writer = open_files.enter_context(pq.ParquetWriter(path, schema))

    def add(self, row: dict[str, Any]) -> None:
        self._rows.append(row)
        if len(self._rows) == _ROWS:
            self.flush()

    def flush(self) -> None:
        import pyarrow as pa

        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
        self._rows = []


def header_of(gold: Gold) -> dict[str, Any]:
    """The content of gold.json."""
    facts = _Facts()
    for split, document in gold.walk():
        facts.add(split, document)
    return facts.header(gold)


@dataclass(slots=True)
class _OfSplit:
    """The entries of gold.json about the documents of a split."""

    texts: dict[str, str] = field(default_factory=dict[str, str])
    older: list[tuple[str, Older]] = field(default_factory=list[tuple[str, Older]])
    strata: Counter[Stratum] = field(default_factory=Counter[Stratum])


class _Facts:
    """Collects the entries of gold.json about documents that come one by one."""

    def __init__(self) -> None:
        self._splits = {split: _OfSplit() for split in SPLITS}
        self._names: set[str] = set()
        self._annotators: Counter[int] = Counter()
        self._models: Counter[str] = Counter()

    def add(self, split: str, document: GoldDocument) -> None:
        own = self._splits[split]
        own.texts[document.article.id] = document.article.text_sha256
        own.strata += strata([document])
        if document.older is not None:
            own.older.append((document.article.id, document.older))
        self._names.update(document.annotators)
        self._annotators[len(document.annotators)] += 1
        if document.preannotated_by:
            self._models[document.preannotated_by] += 1

    def header(self, gold: Gold) -> dict[str, Any]:
        provenance, scheme = gold.provenance, scheme_of(gold)
        # In the order of the gold set's splits.
        in_order = [self._splits[split] for split in gold.splits]
        return {
            FORMAT: FORMATS[GOLD],
            "name": gold.name,
            "version": gold.version,
            "scheme": gold.labels.id,
            "scheme_hash": scheme.identity.hash if scheme else None,
            "layers": layers(gold.labels),
            "language": gold.labels.language,
            "proclitics": gold.labels.proclitics,
            "nesting": gold.labels.nesting,
            "older_documents": older_rows(pair for own in in_order for pair in own.older),
            "content_hash": gold.content_hash,
            "counts": gold.counts,
            "splits": {split: len(gold.splits.get(split, ())) for split in SPLITS},
            "split_rule": provenance.split_rule,
            "distribution": distribution_of({split: own.strata for split, own in self._splits.items()}, gold.labels),
            "near_duplicates": provenance.near_copies,
            "policy": provenance.policy,
            "corpus": provenance.corpus,
            "agreement_before_merging": provenance.agreement,
            "annotators": len(self._names),
            "annotators_per_document": _tally(self._annotators),
            "preannotated_by": _tally(self._models),
            "guidelines_sha256": provenance.guidelines,
            "owner": asdict(provenance.owner),
            "notes": provenance.notes,
            "text_sha256": {name: digest for own in in_order for name, digest in own.texts.items()},
        }


def tag_columns(gold: Gold) -> int:
    """The number of tag columns for entities: one if they are flat, otherwise the most that overlap at one place."""
    if gold.labels.nesting == "flat":
        return 1
    return max((len(columns_of_spans(d.annotation.entities)) for d in gold.split(ALL)), default=1) or 1


def _rows(
    config: str, document: GoldDocument, labels: LabelSet, depth: int, window: int | None
) -> list[dict[str, Any]]:
    match config:
        case "documents":
            return [document_row(document, labels)]
        case "tokens":
            row = token_row(document, labels, depth)
            return [row] if window is None else window_rows(row, document, window)
        case _:
            return stance_rows(document, labels)


def _tally(counts: Mapping[Any, int]) -> dict[str, int]:
    return {str(value): count for value, count in sorted(counts.items(), key=lambda item: str(item[0]))}


def token_row(document: GoldDocument, labels: LabelSet, depth: int = 1) -> dict[str, Any]:
    """A row of the `tokens` config: tokens with offsets and BIO tags.

    Tokens are cut at span boundaries, so every span begins and ends with a token; a proclitic before a name becomes a
    separate token. BIO has one span at each token, so there are `depth` columns of entity tags, and each span goes into
    the first free column, as in IOB2 files. With a single column, the longest of overlapping spans is tagged. Spans
    without room are listed under `untagged`.
    """
    text = document.article.text
    entities = list(document.annotation.entities)
    claims = [Span(claim.start, claim.end, CLAIM) for claim in document.annotation.claims]
    cuts = [boundary for span in (*entities, *claims) for boundary in (span.start, span.end)]
    starts, ends = token_edges(text, cuts)
    in_columns = columns_of_spans(entities) if depth > 1 else [entities]
    tags: dict[str, list[int]] = {}
    left: list[Span] = []
    for n, name in enumerate(_tag_names(labels, depth)):
        column = in_columns[n] if n < len(in_columns) else ()
        tags[name], without_room = _bio(column, starts, ends, list(labels.entity_labels))
        left += without_room
    claim_tags, claims_left = _bio(claims, starts, ends, [CLAIM])
    return {
        "id": document.article.id,
        "event_id": document.article.event_id,
        "tokens": [text[start:end] for start, end in zip(starts, ends, strict=True)],
        "starts": starts,
        "ends": ends,
        **tags,
        "claim_tags": claim_tags,
        "untagged": [{"start": s.start, "end": s.end, "label": s.label} for s in (*sorted(left), *claims_left)],
    }


def window_rows(row: Mapping[str, Any], document: GoldDocument, most: int) -> list[dict[str, Any]]:
    """Splits the row of an article into rows of at most `most` tokens, numbered by `window`. Offsets do not change."""
    annotation, starts, ends = document.annotation, row["starts"], row["ends"]
    spans = (*annotation.entities, *(Span(claim.start, claim.end, CLAIM) for claim in annotation.claims))
    found: list[dict[str, Any]] = []
    for number, (first, end) in enumerate(windows(document.article.text, starts, ends, spans, most)):
        low = starts[first] if number else 0
        high = starts[end] if end < len(starts) else len(document.article.text)
        tags = [name for name in row if name in ("tokens", "starts", "ends") or "_tags" in name]
        untagged = [span for span in row["untagged"] if low <= span["start"] < high]
        found.append({**row, **{name: row[name][first:end] for name in tags}, "untagged": untagged, "window": number})
    return found


def _tag_names(labels: LabelSet, depth: int) -> list[str]:
    """The names of the columns of entity tags: entity_tags, entity_tags_2 and so on; none without entities."""
    return ["entity_tags" + (f"_{n}" if n > 1 else "") for n in range(1, depth + 1)] if labels.entity_labels else []


def _bio(
    spans: Iterable[Span], starts: Sequence[int], ends: Sequence[int], labels: Sequence[str]
) -> tuple[list[int], list[Span]]:
    """Tags as indices of O, B-first, I-first, B-second, ...; and the spans without room."""
    tags = [0] * len(starts)
    left: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start - s.end, span_order(s))):
        begin, end = bisect_left(starts, span.start), bisect_left(ends, span.end)
        # Only annotations made by hand can have a boundary inside white space or a joined emoji.
        is_cut = starts[begin : begin + 1] == [span.start] and ends[end : end + 1] == [span.end]
        if not is_cut or any(tags[begin : end + 1]):
            left.append(span)
            continue
        tag = 1 + 2 * labels.index(span.label)
        tags[begin : end + 1] = [tag] + [tag + 1] * (end - begin)
    return tags, sorted(left)


def stance_rows(document: GoldDocument, labels: LabelSet) -> list[dict[str, Any]]:
    """Rows of the `stance` config: one for each claim of the article's event; an open stance is None."""
    names = list(labels.article_stances)
    given = document.annotation.stances
    return [
        {
            "id": document.article.id,
            "event_id": document.article.event_id,
            "outlet": document.article.outlet,
            "title": document.article.title,
            "text": document.article.text,
            "claim_id": claim.id,
            "claim": claim.text,
            "stance": names.index(given[claim.id]) if claim.id in given else None,
        }
        for claim in document.claims
    ]


def _features(labels: LabelSet, depth: int, *, windowed: bool = False) -> dict[str, Any]:
    """The Features of each config whose layers the labels have."""
    from datasets import ClassLabel, Features, List, Value

    text, number = Value("string"), Value("int32")
    tags = [f"{bio}-{label}" for label in labels.entity_labels for bio in "BI"]
    there = layers(labels)
    configs = {
        "documents": document_features(labels),
        "tokens": Features(
            {
                "id": text,
                # Scripts such as run_ner.py of transformers read `tokens`, and take the second column as tags.
                **{name: List(ClassLabel(names=["O", *tags])) for name in _tag_names(labels, depth)},
                "tokens": List(text),
                "starts": List(number),
                "ends": List(number),
                "event_id": text,
                **(
                    {"claim_tags": List(ClassLabel(names=["O", f"B-{CLAIM}", f"I-{CLAIM}"]))} if CLAIMS in there else {}
                ),
                "untagged": List({"start": number, "end": number, "label": text}),
                **({"window": number} if windowed else {}),
            }
        ),
        "stance": Features(
            {
                **dict.fromkeys(("id", "event_id", "outlet", "title", "text", "claim_id", "claim"), text),
                "stance": ClassLabel(names=list(labels.article_stances)),
            }
        ),
    }
    lacking = {"tokens": not {ENTITIES, CLAIMS} & set(there), "stance": STANCES not in there}
    return {config: made for config, made in configs.items() if not lacking.get(config)}
