"""Reading a gold dataset: the folder that `mihakk export dataset` writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from ...annotate.document import Annotation, Article, Claim, EventClaim, Span
from ...configs.errors import InputError
from ...configs.files import parse_json, read_text

GOLD_FILE = "gold.json"
SPLITS = ("train", "validation", "test")
ALL = "all"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one piece of gold comes from: the annotators who said the same, and whether an adjudicator decided it."""

    annotators: tuple[str, ...] = ()
    adjudicated: bool = False


@dataclass(frozen=True, slots=True)
class Origins:
    """The Origin of every entity and claim of a gold Annotation, in its order, and of every stance by claim id.

    Empty where nobody knows, as in a corpus from elsewhere.
    """

    entities: tuple[Origin, ...] = ()
    claims: tuple[Origin, ...] = ()
    stances: Mapping[str, Origin] = field(default_factory=dict[str, Origin])


@dataclass(frozen=True, slots=True)
class GoldDocument:
    """One article of a gold set: its text, its event's claims, the gold annotation, and where it comes from.

    `preannotated_by` names the model whose suggestions the annotators saw, None if they saw none.
    """

    article: Article
    claims: tuple[EventClaim, ...]
    annotation: Annotation
    annotators: tuple[str, ...] = ()
    preannotated_by: str | None = None
    origins: Origins = Origins()


@dataclass(frozen=True, slots=True)
class Gold:
    """A gold set in memory. Labels are in scheme order."""

    path: Path
    name: str
    version: str
    content_hash: str
    entity_labels: tuple[str, ...]
    claim_stances: tuple[str, ...]
    article_stances: tuple[str, ...]
    splits: Mapping[str, tuple[GoldDocument, ...]]

    def split(self, name: str) -> tuple[GoldDocument, ...]:
        """The documents of one split, or of `all`. Raises InputError if the gold set has no such split."""
        if name == ALL:
            return tuple(document for split in self.splits.values() for document in split)
        if name not in self.splits:
            raise InputError(f"{self.path}: has no split {name}; it has {', '.join(self.splits)}, and {ALL}")
        return self.splits[name]

    def documents(self) -> dict[str, GoldDocument]:
        """Every document by its article's id."""
        return {document.article.id: document for document in self.split(ALL)}


def read_gold(path: Path) -> Gold:
    """Reads a gold folder. Raises InputError if it is none, or its texts are not those of its hashes."""
    import pyarrow.parquet as pq

    if not (path / GOLD_FILE).is_file():
        raise InputError(f"{path}: is no gold dataset (no {GOLD_FILE}); make one with `mihakk export dataset`")
    header = parse_json(read_text(path / GOLD_FILE), str(path / GOLD_FILE))
    if not isinstance(header, dict):
        raise InputError(f"{path / GOLD_FILE}: must be an object")
    header = cast(dict[str, Any], header)
    splits: dict[str, tuple[GoldDocument, ...]] = {}
    labels: _Labels | None = None
    for split in SPLITS:
        for file in sorted((path / "documents").glob(f"{split}-*.parquet")):
            try:
                table: Any = pq.read_table(file)
                labels = _labels(table.schema)
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise InputError(f"{file}: is no Parquet file of a gold dataset ({error})") from None
            rows = cast(list[dict[str, Any]], table.to_pylist())
            splits[split] = splits.get(split, ()) + tuple(_document(row, labels) for row in rows)
    if labels is None:
        raise InputError(f"{path}: has no documents")
    try:
        return Gold(
            path,
            header["name"],
            header["version"],
            header["content_hash"],
            labels.entities,
            labels.claim_stances,
            labels.article_stances,
            splits,
        )
    except KeyError as error:
        raise InputError(f"{path / GOLD_FILE}: lacks {error}") from None


@dataclass(frozen=True, slots=True)
class _Labels:
    entities: tuple[str, ...]
    claim_stances: tuple[str, ...]
    article_stances: tuple[str, ...]


def _labels(schema: Any) -> _Labels:
    """The ClassLabel names, which `datasets` keeps in the schema's metadata."""
    features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]

    def names(column: str, field: str) -> tuple[str, ...]:
        return tuple(features[column]["feature"][field]["names"])

    return _Labels(names("entities", "label"), names("claims", "stance"), names("stances", "stance"))


def _document(row: Mapping[str, Any], labels: _Labels) -> GoldDocument:
    article = Article(
        **{
            key: row[key]
            for key in ("id", "text", "title", "outlet", "agency", "published", "url", "event_id", "source")
        },
        text_sha256=row["text_sha256"],
    )
    claims = tuple(
        Claim(
            claim["start"],
            claim["end"],
            _name(claim["stance"], labels.claim_stances),
            tuple(_span(source, labels.entities) for source in claim["sources"]),
            claim["about"],
            claim["note"],
        )
        for claim in row["claims"]
    )
    annotation = Annotation(
        article.id,
        "gold",
        tuple(_span(entity, labels.entities) for entity in row["entities"]),
        claims,
        {
            pair["claim"]: labels.article_stances[pair["stance"]]
            for pair in cast(list[dict[str, Any]], row["stances"])
            if pair["stance"] is not None
        },
    )
    event_claims = tuple(EventClaim(c["id"], c["text"]) for c in row["event_claims"])
    origins = Origins(
        tuple(map(_origin, row["entities"])),
        tuple(map(_origin, row["claims"])),
        {pair["claim"]: _origin(pair) for pair in row["stances"]},
    )
    if not any(one != Origin() for one in (*origins.entities, *origins.claims, *origins.stances.values())):
        origins = Origins()
    return GoldDocument(article, event_claims, annotation, tuple(row["annotators"]), row["preannotated_by"], origins)


def _origin(row: Mapping[str, Any]) -> Origin:
    """Gold sets made before there were origins have none."""
    return Origin(tuple(row.get("annotators") or ()), bool(row.get("adjudicated")))


def _span(row: Mapping[str, Any], labels: tuple[str, ...]) -> Span:
    return Span(row["start"], row["end"], labels[row["label"]])


def _name(index: int | None, names: tuple[str, ...]) -> str | None:
    return None if index is None or index < 0 else names[index]
