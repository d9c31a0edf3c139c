"""The gold dataset on disk: typed Parquet that `datasets.load_dataset` opens, gold.json, and what was set aside."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

from ..annotate.arabic import token_edges
from ..annotate.document import Article, Span, span_order, text_sha256
from ..annotate.instructions import GUIDELINES
from ..configs.errors import InputError
from ..configs.files import dump_json
from ..configs.scheme import CLAIM, LabelSet, load_scheme
from ..eval.gold.rows import GOLD_FILE, Gold, GoldDocument, Origin, Origins
from .card import dataset_card
from .finished import SetAside
from .merge import MAJORITY
from .split import RULE
from .strata import distribution

CONFIGS = ("documents", "tokens", "stance")
SET_ASIDE_FILE = "set_aside.jsonl"
# So many rows are in memory at a time while they are written, and make a row group.
_ROWS = 250
# The Hub's words for who made annotations.
CREATORS = ("expert-generated", "crowdsourced", "machine-generated", "found", "other")


@dataclass(frozen=True, slots=True)
class OwnersWord:
    """What only the owner of the data can say: who annotated, and under what licence it may be used.

    `creators` are of the Hub's words: see CREATORS; `note` says in a sentence who they are. `licence` is one of
    the Hub's identifiers, such as cc-by-4.0.
    """

    creators: tuple[str, ...] = ()
    note: str | None = None
    licence: str | None = None

    def __post_init__(self) -> None:
        unknown = [creator for creator in self.creators if creator not in CREATORS]
        if unknown:
            raise InputError(f"--annotators {', '.join(unknown)}: must be of {', '.join(CREATORS)}")


@dataclass(frozen=True, slots=True)
class GoldSet:
    """All that goes into a gold folder. `agreement` is strict F1 between annotators before merging, by task.

    `policy` says what became gold, in words.
    `near_duplicates` are sets of ids of documents with one text, `notes` what people should know of the splits.
    `corpus` says what outside corpus the gold was read from; None where it was merged from annotators' work.
    """

    name: str
    version: str
    scheme: LabelSet
    splits: Mapping[str, Sequence[GoldDocument]]
    set_aside: Sequence[SetAside]
    agreement: Mapping[str, float | None]
    policy: str = MAJORITY.rule
    split_rule: str = RULE
    near_duplicates: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()
    owner: OwnersWord = field(default_factory=OwnersWord)
    corpus: str | None = None

    @property
    def documents(self) -> list[GoldDocument]:
        return [document for split in self.splits.values() for document in split]

    @property
    def counts(self) -> dict[str, int]:
        """How much gold there is: documents, events, and annotations by layer."""
        documents = self.documents
        return {
            "documents": len(documents),
            "events": len({d.article.event_id for d in documents if d.article.event_id}),
            "entities": sum(len(d.annotation.entities) for d in documents),
            "claims": sum(len(d.annotation.claims) for d in documents),
            "stances": sum(len(d.annotation.stances) for d in documents),
            "adjudicated": sum(_adjudicated(d.origins) for d in documents),
            "set_aside": len(self.set_aside),
            "undecided": sum(aside.undecided for aside in self.set_aside),
        }


def _adjudicated(origins: Origins) -> int:
    return sum(one.adjudicated for one in (*origins.entities, *origins.claims, *origins.stances.values()))


def write_gold(gold: GoldSet, folder: Path) -> None:
    """Writes the gold folder's files into the empty `folder`. A split without documents is left out."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    features = _features(gold.scheme)
    filled: dict[str, list[str]] = {}
    for config in CONFIGS:
        (folder / config).mkdir()
        schema = features[config].arrow_schema
        for split, documents in gold.splits.items():
            rows = (row for document in documents for row in _rows(config, document, gold.scheme))
            if not (batch := list(islice(rows, _ROWS))):
                continue
            filled.setdefault(config, []).append(split)
            with pq.ParquetWriter(folder / config / f"{split}-00000-of-00001.parquet", schema) as file:
                while batch:
                    file.write_table(pa.Table.from_pylist(batch, schema=schema))
                    batch = list(islice(rows, _ROWS))
    header = {
        "name": gold.name,
        "version": gold.version,
        "scheme": gold.scheme.id,
        "content_hash": content_hash(gold),
        "counts": gold.counts,
        "splits": {split: len(documents) for split, documents in gold.splits.items()},
        "split_rule": gold.split_rule,
        "distribution": distribution(gold.splits),
        "near_duplicates": gold.near_duplicates,
        "policy": gold.policy,
        "corpus": gold.corpus,
        "agreement_before_merging": gold.agreement,
        "annotators": len({name for d in gold.documents for name in d.annotators}),
        "annotators_per_document": _tally(len(d.annotators) for d in gold.documents),
        "preannotated_by": _tally(d.preannotated_by for d in gold.documents if d.preannotated_by),
        "guidelines_sha256": {} if gold.corpus else _guidelines(gold.scheme),
        "owner": asdict(gold.owner),
        "notes": gold.notes,
        "text_sha256": {d.article.id: d.article.text_sha256 for d in gold.documents},
    }
    (folder / GOLD_FILE).write_text(dump_json(header), encoding="utf-8")
    with (folder / SET_ASIDE_FILE).open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(_fields(aside), ensure_ascii=False) + "\n" for aside in gold.set_aside)
    (folder / "README.md").write_text(dataset_card(header, filled, features), encoding="utf-8")


def _rows(config: str, document: GoldDocument, scheme: LabelSet) -> list[dict[str, Any]]:
    match config:
        case "documents":
            return [document_row(document, scheme)]
        case "tokens":
            return [token_row(document, scheme)]
        case _:
            return stance_rows(document, scheme)


def _fields(record: Article | SetAside) -> dict[str, Any]:
    """The record's fields, which are plain values: nothing to copy, as `asdict` would."""
    return {one.name: getattr(record, one.name) for one in fields(record)}


def _tally(values: Iterable[object]) -> dict[str, int]:
    return {str(value): count for value, count in sorted(Counter(values).items(), key=lambda one: str(one[0]))}


def _guidelines(scheme: LabelSet) -> dict[str, str]:
    """The guidelines that Mihakk has for the scheme, by language, as a digest: they have no version of their own."""
    if scheme.name != load_scheme().name:
        return {}
    return {language: text_sha256(path.read_text(encoding="utf-8")) for language, path in GUIDELINES.items()}


def content_hash(gold: GoldSet | Gold) -> str:
    """Hex digest of everything that can change a score, whatever the order of documents and annotations.

    That is: ids and splits of documents, texts, events (intervals are over events), entities, claims with stance
    and sources, events' claims, article stances, and the label sets. Not: name and version, counts, the card,
    titles, outlets, dates, notes, and who marked what.
    """
    if isinstance(gold, Gold):
        labels = [gold.entity_labels, gold.claim_stances, gold.article_stances]
    else:
        labels = [gold.scheme.entity_labels, gold.scheme.claim_stances, gold.scheme.article_stances]
    digest = hashlib.sha256(json.dumps([list(names) for names in labels], ensure_ascii=False).encode("utf-8"))
    for split, documents in sorted(gold.splits.items()):
        for document in sorted(documents, key=lambda d: d.article.id):
            article, said = document.article, document.annotation
            row = [
                [split, article.id, article.event_id, article.text_sha256],
                sorted([s.start, s.end, s.label] for s in said.entities),
                sorted(
                    [c.start, c.end, c.stance or "", sorted([s.start, s.end, s.label] for s in c.sources)]
                    for c in said.claims
                ),
                sorted([claim.id, claim.text] for claim in document.claims),
                sorted(said.stances.items()),
            ]
            digest.update(b"\n" + json.dumps(row, ensure_ascii=False).encode("utf-8"))
    return digest.hexdigest()


def document_row(document: GoldDocument, scheme: LabelSet) -> dict[str, Any]:
    """A row of the `documents` config. Labels are indices of their ClassLabels."""
    labels, claim_stances = list(scheme.entity_labels), list(scheme.claim_stances)
    article_stances = list(scheme.article_stances)

    def span(s: Span) -> dict[str, int]:
        return {"start": s.start, "end": s.end, "label": labels.index(s.label)}

    article, annotation, origins = document.article, document.annotation, document.origins
    return {
        **_fields(article),
        "entities": [span(s) | _origin(one) for s, one in zip_longest(annotation.entities, origins.entities)],
        "claims": [
            {
                "start": claim.start,
                "end": claim.end,
                "stance": claim_stances.index(claim.stance) if claim.stance else None,
                "sources": [span(source) for source in claim.sources],
                "about": claim.about,
                "note": claim.note,
                **_origin(one),
            }
            for claim, one in zip_longest(annotation.claims, origins.claims)
        ],
        "event_claims": [{"id": claim.id, "text": claim.text} for claim in document.claims],
        "stances": [
            {
                "claim": claim,
                "stance": article_stances.index(stance),
                **_origin(origins.stances.get(claim)),
            }
            for claim, stance in annotation.stances.items()
        ],
        "annotators": list(document.annotators),
        "preannotated_by": document.preannotated_by,
    }


def _origin(origin: Origin | None) -> dict[str, Any]:
    known = origin or Origin()
    return {"annotators": list(known.annotators), "votes": len(known.annotators), "adjudicated": known.adjudicated}


def token_row(document: GoldDocument, scheme: LabelSet) -> dict[str, Any]:
    """A row of the `tokens` config: tokens with offsets and BIO tags.

    Tokens are cut at span edges, so that every span begins and ends with one; a proclitic before a name becomes
    a token of its own. BIO has room for one span at each token: of overlapping spans of a layer the longest is
    tagged, the others are listed under `untagged`.
    """
    text = document.article.text
    entities = list(document.annotation.entities)
    claims = [Span(claim.start, claim.end, CLAIM) for claim in document.annotation.claims]
    cuts = [edge for span in (*entities, *claims) for edge in (span.start, span.end)]
    starts, ends = token_edges(text, cuts)
    entity_tags, entities_left = _bio(entities, starts, ends, list(scheme.entity_labels))
    claim_tags, claims_left = _bio(claims, starts, ends, [CLAIM])
    return {
        "id": document.article.id,
        "event_id": document.article.event_id,
        "tokens": [text[start:end] for start, end in zip(starts, ends, strict=True)],
        "starts": starts,
        "ends": ends,
        "entity_tags": entity_tags,
        "claim_tags": claim_tags,
        "untagged": [{"start": s.start, "end": s.end, "label": s.label} for s in (*entities_left, *claims_left)],
    }


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


def stance_rows(document: GoldDocument, scheme: LabelSet) -> list[dict[str, Any]]:
    """Rows of the `stance` config: one for each claim of the article's event; stance None where it is open."""
    names = list(scheme.article_stances)
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


def _features(scheme: LabelSet) -> dict[str, Any]:
    from datasets import ClassLabel, Features, List, Value

    text, number = Value("string"), Value("int32")
    span = {"start": number, "end": number, "label": ClassLabel(names=list(scheme.entity_labels))}
    claim_stance = ClassLabel(names=list(scheme.claim_stances))
    article_stance = ClassLabel(names=list(scheme.article_stances))
    origin = {"annotators": List(text), "votes": number, "adjudicated": Value("bool")}
    tags = [f"{bio}-{label}" for label in scheme.entity_labels for bio in "BI"]
    return {
        "documents": Features(
            {
                **dict.fromkeys(
                    (
                        "id",
                        "text",
                        "title",
                        "outlet",
                        "agency",
                        "published",
                        "url",
                        "event_id",
                        "source",
                        "text_sha256",
                    ),
                    text,
                ),
                "entities": List(span | origin),
                "claims": List(
                    {
                        "start": number,
                        "end": number,
                        "stance": claim_stance,
                        "sources": List(span),
                        "about": text,
                        "note": text,
                        **origin,
                    }
                ),
                "event_claims": List({"id": text, "text": text}),
                "stances": List({"claim": text, "stance": article_stance, **origin}),
                "annotators": List(text),
                "preannotated_by": text,
            }
        ),
        "tokens": Features(
            {
                "id": text,
                "event_id": text,
                "tokens": List(text),
                "starts": List(number),
                "ends": List(number),
                "entity_tags": List(ClassLabel(names=["O", *tags])),
                "claim_tags": List(ClassLabel(names=["O", f"B-{CLAIM}", f"I-{CLAIM}"])),
                "untagged": List({"start": number, "end": number, "label": text}),
            }
        ),
        "stance": Features(
            {
                **dict.fromkeys(("id", "event_id", "outlet", "title", "text", "claim_id", "claim"), text),
                "stance": article_stance,
            }
        ),
    }
