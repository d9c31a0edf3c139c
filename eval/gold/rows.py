"""Writes a GoldDocument as a row of the gold folder, reads it back, and writes it as a row of predictions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from ...annotate.document import Annotation, Article, Claim, EventClaim, Span
from ...annotate.prediction_rows import LANGUAGE, class_labels
from ...configs.errors import InputError, plain_reason
from ...configs.labels import CLAIMS, ENTITIES, EVERY_LAYER, STANCES, LabelSet, layers
from ...configs.spool import Spool
from .header import labels_in, layers_in, older_documents, provenance_in, read_header
from .records import GOLD_FILE, SET_ASIDE_FILE, SPLITS, Gold, GoldDocument, Origin, Origins
from .set_aside import read_set_aside
from .spooled import documents_on_disk

FACTS = ("title", "outlet", "agency", "published", "url", "event_id", "source")
_ARTICLE = ("id", "text", "title", "outlet", "agency", "published", "url", "event_id", "source", "text_sha256")


# By layer, the fields of lists in a row that every version wrote.
_SPAN = {"start": int, "end": int, "label": int}
_LISTS: Mapping[str, Mapping[str, Any]] = {
    ENTITIES: {"entities": _SPAN},
    CLAIMS: {"claims": {"start": int, "end": int, "stance": int, "sources": _SPAN, "about": str, "note": str}},
    STANCES: {"event_claims": {"id": str, "text": str}, "stances": {"claim": str, "stance": int}},
}
_SHOWN = 3
_ROWS = 250  # read at a time


def _lists(there: Sequence[str]) -> dict[str, Any]:
    """The list columns of a row with these layers."""
    return {column: spec for layer in there for column, spec in _LISTS[layer].items()}


def features(labels: LabelSet) -> Any:
    """The `datasets` Features of a row. A layer that the labels lack has no column."""
    from datasets import ClassLabel, Features, List, Value

    text, number = Value("string"), Value("int32")
    span = {"start": number, "end": number, "label": ClassLabel(names=list(labels.entity_labels))}
    claim_stance = ClassLabel(names=list(labels.claim_stances))
    article_stance = ClassLabel(names=list(labels.article_stances))
    origin = {"annotators": List(text), "votes": number, "adjudicated": Value("bool")}
    claim = {
        "start": number,
        "end": number,
        **({"stance": claim_stance} if labels.claim_stances else {}),
        **({"sources": List(span)} if labels.entity_labels else {}),
        "about": text,
        "note": text,
    }
    lists = {
        "entities": List(span | origin),
        "claims": List(claim | origin),
        "event_claims": List({"id": text, "text": text}),
        "stances": List({"claim": text, "stance": article_stance, **origin}),
    }
    return Features(
        {
            **dict.fromkeys(_ARTICLE, text),
            **{column: lists[column] for column in _lists(layers(labels))},
            "annotators": List(text),
            "preannotated_by": text,
            LANGUAGE: text,  # since rows may be read without gold.json, as a Dataset
        }
    )


# --- writing a row


def document_row(document: GoldDocument, labels: LabelSet) -> dict[str, Any]:
    """A row of the `documents` config. Labels are indices of their ClassLabels; `features` says which columns count."""
    entity_labels, claim_stances = list(labels.entity_labels), list(labels.claim_stances)
    article_stances = list(labels.article_stances)

    def span(s: Span) -> dict[str, int]:
        return {"start": s.start, "end": s.end, "label": entity_labels.index(s.label)}

    article, annotation, origins = document.article, document.annotation, document.origins
    of_entities = origins.entities or (Origin(),) * len(annotation.entities)
    of_claims = origins.claims or (Origin(),) * len(annotation.claims)
    return {
        # Not `asdict`: it would copy plain values.
        **{name: getattr(article, name) for name in _ARTICLE},
        "entities": [span(s) | _origin_row(o) for s, o in zip(annotation.entities, of_entities, strict=True)],
        "claims": [
            {
                "start": claim.start,
                "end": claim.end,
                "stance": claim_stances.index(claim.stance) if claim.stance else None,
                "sources": [span(source) for source in claim.sources],
                "about": claim.about,
                "note": claim.note,
                **_origin_row(origin),
            }
            for claim, origin in zip(annotation.claims, of_claims, strict=True)
        ],
        "event_claims": [{"id": claim.id, "text": claim.text} for claim in document.claims],
        "stances": [
            {
                "claim": claim,
                "stance": article_stances.index(stance),
                **_origin_row(origins.stances.get(claim, Origin())),
            }
            for claim, stance in annotation.stances.items()
        ],
        "annotators": list(document.annotators),
        "preannotated_by": document.preannotated_by,
        LANGUAGE: labels.language,
    }


def _origin_row(origin: Origin) -> dict[str, Any]:
    return {"annotators": list(origin.annotators), "votes": len(origin.annotators), "adjudicated": origin.adjudicated}


def prediction_row(
    document: GoldDocument, there: Sequence[str] = EVERY_LAYER, language: str | None = None
) -> dict[str, Any]:
    """The document as an object of the predictions format. Missing values and layers have no key."""
    article, annotation = document.article, document.annotation
    row: dict[str, Any] = {"id": article.id, "text": article.text}
    if language is not None:
        row["language"] = language
    row |= {key: getattr(article, key) for key in FACTS if getattr(article, key) is not None}
    if ENTITIES in there:
        row["entities"] = [_named_span(entity) for entity in annotation.entities]
    if CLAIMS in there:
        row["claims"] = [
            {
                "start": claim.start,
                "end": claim.end,
                "stance": claim.stance,
                "sources": [_named_span(source) for source in claim.sources],
                **{key: value for key, value in (("about", claim.about), ("note", claim.note)) if value is not None},
            }
            for claim in annotation.claims
        ]
    if document.claims:
        row["event_claims"] = [{"id": claim.id, "text": claim.text} for claim in document.claims]
    if STANCES in there:
        row["stances"] = dict(annotation.stances)
    if document.annotators:
        row["annotators"] = list(document.annotators)
    if document.preannotated_by is not None:
        row["preannotated_by"] = document.preannotated_by
    return row


def _named_span(span: Span) -> dict[str, Any]:
    return {"start": span.start, "end": span.end, "label": span.label}


# --- reading a row


def read_row(row: Mapping[str, Any], labels: LabelSet) -> GoldDocument:
    """The document of a row. Raises InputError if the text does not match its hash, or a label has no name."""
    entity_labels, claim_stances = tuple(labels.entity_labels), tuple(labels.claim_stances)
    article_stances = tuple(labels.article_stances)

    def span(span_row: Mapping[str, Any]) -> Span:
        return Span(span_row["start"], span_row["end"], _name(span_row["label"], entity_labels))

    there = layers(labels)
    lists = _lists(there)
    row = {**dict.fromkeys(_lists(EVERY_LAYER), ()), **row}
    lacking = [name for name in ("id", "text", *lists, "annotators") if row[name] is None]
    lacking += [name for name in ("event_claims", "stances", "annotators") if not all(map(_is_whole, row[name] or ()))]
    if lacking:
        raise InputError(f"document {row['id']}: {', '.join(lacking)}: a value is missing")
    article = Article(**{name: row[name] for name in _ARTICLE})
    claims = tuple(
        Claim(
            claim["start"],
            claim["end"],
            # `datasets` writes -1 for a missing ClassLabel.
            None if claim.get("stance") in (None, -1) else _name(claim["stance"], claim_stances),
            tuple(map(span, claim["sources"] if ENTITIES in there else ())),
            claim["about"],
            claim["note"],
        )
        for claim in row["claims"]
    )
    stances = [pair for pair in cast(list[dict[str, Any]], row["stances"]) if pair["stance"] not in (None, -1)]
    annotation = Annotation(
        article.id,
        "gold",
        tuple(map(span, row["entities"])),
        claims,
        {pair["claim"]: _name(pair["stance"], article_stances) for pair in stances},
    )
    event_claims = tuple(EventClaim(claim["id"], claim["text"]) for claim in row["event_claims"])
    origins = Origins(
        tuple(map(_origin, row["entities"])),
        tuple(map(_origin, row["claims"])),
        {pair["claim"]: _origin(pair) for pair in stances},
    )
    if all(origin == Origin() for origin in origins.every):
        origins = Origins()
    return GoldDocument(article, event_claims, annotation, tuple(row["annotators"]), row["preannotated_by"], origins)


def _is_whole(item: object) -> bool:
    """Whether an item of a list and its texts are not null."""
    found = cast(Mapping[str, object], item) if isinstance(item, dict) else {"": item}
    return all(found[name] is not None for name in ("", "id", "text", "claim") if name in found)


def _origin(row: Mapping[str, Any]) -> Origin:
    """The origin of a row. Older gold sets have none."""
    return Origin(tuple(row.get("annotators") or ()), bool(row.get("adjudicated")))


def _name(index: int | None, names: Sequence[str]) -> str:
    if index is None or not 0 <= index < len(names):
        raise InputError(f"a label has the number {index}; there are {len(names)} labels, numbered from 0")
    return names[index]


# --- the folder


def check_columns(schema: Any, there: Sequence[str] = EVERY_LAYER) -> None:
    """Checks the types of a documents file (an Arrow schema) with these layers; no row has to be read for it.

    Columns of texts may also be empty as a whole. Raises InputError with every column that is missing or wrong.
    """
    from pyarrow import types

    def is_text(kind: Any) -> bool:
        kind = kind.value_type if types.is_dictionary(kind) else kind
        return types.is_string(kind) or types.is_large_string(kind)

    def is_list(kind: Any) -> bool:
        return types.is_list(kind) or types.is_large_list(kind)

    def lacks(kind: Any, spec: Mapping[str, Any]) -> bool:
        """Whether this type is something other than a list of structs with these fields."""
        if not is_list(kind) or not types.is_struct(kind.value_type):
            return True
        found = {field.name: field.type for field in kind.value_type}
        # A gold set without entities has no sources, and one without stances of claims has no stance.
        free = {"sources"} if ENTITIES not in there else set[str]()
        free |= {"stance"} if "sources" in spec else set[str]()
        spec = {name: wanted for name, wanted in spec.items() if name in found or name not in free}
        return any(name not in found or not is_right(found[name], wanted) for name, wanted in spec.items())

    def is_right(kind: Any, wanted: Any) -> bool:
        if isinstance(wanted, dict):
            return not lacks(kind, cast(dict[str, Any], wanted))
        if wanted is int:
            return types.is_integer(kind)
        return types.is_null(kind) or is_text(kind)

    columns: dict[str, Any] = {**dict.fromkeys((*_ARTICLE, "preannotated_by"), str), **_lists(there)}
    found = {field.name: field.type for field in schema}
    missing = [name for name in (*columns, "annotators") if name not in found]
    wrong = [name for name, wanted in columns.items() if name in found and not is_right(found[name], wanted)]
    if "annotators" in found and not (is_list(found["annotators"]) and is_text(found["annotators"].value_type)):
        wrong.append("annotators")
    problems = [f"the column {name} is missing" for name in missing]
    problems += [f"the column {name} is not of the type that gold datasets have" for name in wrong]
    if problems:
        shown = "; ".join(problems[:_SHOWN])
        raise InputError(f"is not a Parquet file of a gold dataset ({shown}); export the dataset again")


def read_gold(path: str | Path, *, on_disk: bool = False) -> Gold:
    """Reads a gold folder of this or an earlier version.

    With `on_disk`, the documents of a large gold set stay on disk, which suits code that reads them once or twice.
    Raises InputError if it is not a gold folder, or if a text does not match its hash.
    """
    import pyarrow.parquet as pq

    path = Path(path)
    if not path.exists():
        raise InputError(f"{path}: there is no such file or folder")
    if not (path / GOLD_FILE).is_file():
        raise InputError(f"{path}: is not a gold dataset (no {GOLD_FILE}); make it with `mihakk export dataset`")
    header = read_header(path)
    older, there = older_documents(header, path / GOLD_FILE), layers_in(header, path / GOLD_FILE)
    splits: dict[str, list[GoldDocument] | Spool[GoldDocument]] = {
        split: documents_on_disk() if on_disk else [] for split in SPLITS
    }
    labels: LabelSet | None = None
    for split in SPLITS:
        for file in sorted((path / "documents").glob(f"{split}-*.parquet")):
            try:
                with pq.ParquetFile(file) as parquet:
                    schema: Any = parquet.schema_arrow
                    check_columns(schema, there)
                    labels = labels_in(header, class_labels(schema), there)
                    for batch in cast(Iterable[Any], parquet.iter_batches(_ROWS)):
                        read = (read_row(row, labels) for row in batch.to_pylist())
                        splits[split] += (replace(document, older=older.get(document.article.id)) for document in read)
            except InputError as error:
                raise InputError(*(f"{file}: {problem}" for problem in error.problems)) from None
            except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
                reason = plain_reason(error)
                raise InputError(
                    f"{file}: is not a Parquet file of a gold dataset ({reason:.200}); export the dataset again"
                ) from None
    if labels is None:
        raise InputError(f"{path}: has no documents")
    aside = path / SET_ASIDE_FILE
    set_aside = read_set_aside(aside, on_disk=on_disk) if aside.exists() else ()
    provenance = provenance_in(header, path / GOLD_FILE)
    # A tuple, since a list could be changed.
    kept = {split: tuple(found) if isinstance(found, list) else found for split, found in splits.items()}
    return Gold(header["name"], header["version"], labels, kept, set_aside, provenance, path)
