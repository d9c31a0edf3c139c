"""The gold dataset on disk: typed Parquet that `datasets.load_dataset` opens, gold.json, and what was set aside."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

from ..annotate.arabic import token_edges
from ..annotate.document import Span, columns_of_spans, span_order
from ..configs.files import dump_json
from ..configs.formats import FORMAT, FORMATS, GOLD
from ..configs.labels import CLAIMS, ENTITIES, STANCES, LabelSet, layers
from ..configs.scheme import CLAIM, SCHEME_FILE, scheme_yaml
from ..eval.gold.header import older_rows
from ..eval.gold.records import ALL, GOLD_FILE, SET_ASIDE_FILE, SPLITS, Gold, GoldDocument
from ..eval.gold.rows import document_row
from ..eval.gold.rows import features as document_features
from ..eval.gold.scheme import scheme_of
from ..eval.gold.set_aside import set_aside_line
from .card import dataset_card
from .strata import distribution
from .windows import windows

CONFIGS = ("documents", "tokens", "stance")
# So many rows are in memory at a time while they are written, and make a row group.
_ROWS = 250


def write_gold(gold: Gold, folder: Path, window: int | None = None) -> None:
    """Writes the gold folder's files into the empty `folder`. A split without documents is left out.

    With a `window`, rows of the tokens config have at most so many tokens, see `windows`.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    depth = tag_columns(gold)
    features = _features(gold.labels, depth, windowed=window is not None)
    splits = {split: gold.splits.get(split, ()) for split in SPLITS}
    filled: dict[str, list[str]] = {}
    for config in features:
        schema = features[config].arrow_schema
        for split, documents in splits.items():
            rows = (row for document in documents for row in _rows(config, document, gold.labels, depth, window))
            if not (batch := list(islice(rows, _ROWS))):
                continue
            filled.setdefault(config, []).append(split)
            (folder / config).mkdir(exist_ok=True)
            with pq.ParquetWriter(folder / config / f"{split}-00000-of-00001.parquet", schema) as file:
                while batch:
                    file.write_table(pa.Table.from_pylist(batch, schema=schema))
                    batch = list(islice(rows, _ROWS))
    header, scheme = header_of(gold) | ({"window": window} if window else {}), scheme_of(gold)
    (folder / GOLD_FILE).write_text(dump_json(header), encoding="utf-8", newline="\n")
    if scheme:
        (folder / SCHEME_FILE).write_text(scheme_yaml(scheme), encoding="utf-8", newline="\n")
    with (folder / SET_ASIDE_FILE).open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(map(set_aside_line, gold.set_aside))
    (folder / "README.md").write_text(dataset_card(header, filled, features), encoding="utf-8", newline="\n")


def header_of(gold: Gold) -> dict[str, Any]:
    """The content of gold.json."""
    provenance, documents, scheme = gold.provenance, gold.split(ALL), scheme_of(gold)
    splits = {split: gold.splits.get(split, ()) for split in SPLITS}
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
        "older_documents": older_rows(documents),
        "content_hash": gold.content_hash,
        "counts": gold.counts,
        "splits": {split: len(documents) for split, documents in splits.items()},
        "split_rule": provenance.split_rule,
        "distribution": distribution(splits, gold.labels),
        "near_duplicates": provenance.near_copies,
        "policy": provenance.policy,
        "corpus": provenance.corpus,
        "agreement_before_merging": provenance.agreement,
        "annotators": len({name for d in documents for name in d.annotators}),
        "annotators_per_document": _tally(len(d.annotators) for d in documents),
        "preannotated_by": _tally(d.preannotated_by for d in documents if d.preannotated_by),
        "guidelines_sha256": provenance.guidelines,
        "owner": asdict(provenance.owner),
        "notes": provenance.notes,
        "text_sha256": {d.article.id: d.article.text_sha256 for d in documents},
    }


def tag_columns(gold: Gold) -> int:
    """How many columns of tags the entities need: one if they are flat, else as many as overlap in one place."""
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


def _tally(values: Iterable[object]) -> dict[str, int]:
    return {str(value): count for value, count in sorted(Counter(values).items(), key=lambda one: str(one[0]))}


def token_row(document: GoldDocument, labels: LabelSet, depth: int = 1) -> dict[str, Any]:
    """A row of the `tokens` config: tokens with offsets and BIO tags.

    Tokens are cut at span edges, so that every span begins and ends with one; a proclitic before a name becomes
    a token of its own. BIO has room for one span at each token, so there are `depth` columns of entity tags, each span
    in the first that has room, as IOB2 is written. In one column the longest of overlapping spans is tagged. What has
    no room is listed under `untagged`.
    """
    text = document.article.text
    entities = list(document.annotation.entities)
    claims = [Span(claim.start, claim.end, CLAIM) for claim in document.annotation.claims]
    cuts = [edge for span in (*entities, *claims) for edge in (span.start, span.end)]
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
    """The row of an article's tokens as rows of at most `most`, numbered by `window`. Offsets stay the article's."""
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
    """Tags as indices of O, B-first, I-first, B-second, ...; and the spans for which there was no room."""
    tags = [0] * len(starts)
    left: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start - s.end, span_order(s))):
        begin, end = bisect_left(starts, span.start), bisect_left(ends, span.end)
        # A span may end inside white space or a joined emoji only by way of hand-made annotations.
        is_cut = starts[begin : begin + 1] == [span.start] and ends[end : end + 1] == [span.end]
        if not is_cut or any(tags[begin : end + 1]):
            left.append(span)
            continue
        tag = 1 + 2 * labels.index(span.label)
        tags[begin : end + 1] = [tag] + [tag + 1] * (end - begin)
    return tags, sorted(left)


def stance_rows(document: GoldDocument, labels: LabelSet) -> list[dict[str, Any]]:
    """Rows of the `stance` config: one for each claim of the article's event; stance None where it is open."""
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
    """The Features of each config that the labels have layers for."""
    from datasets import ClassLabel, Features, List, Value

    text, number = Value("string"), Value("int32")
    tags = [f"{bio}-{label}" for label in labels.entity_labels for bio in "BI"]
    there = layers(labels)
    configs = {
        "documents": document_features(labels),
        "tokens": Features(
            {
                "id": text,
                # Scripts such as run_ner.py of transformers take `tokens`, and the second column for the tags.
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
