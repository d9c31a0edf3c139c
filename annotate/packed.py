"""Turns Articles and Annotations into plain values and back, to keep them on disk (`configs/spool.py`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .document import Annotation, Article, Claim, EventClaim, Span

Values = Sequence[Any]


def pack_article(article: Article) -> Values:
    """The values in the order of the record's fields; the hash is computed again when reading."""
    return (
        article.id,
        article.text,
        article.title,
        article.outlet,
        article.published,
        article.url,
        article.event_id,
        article.source,
        article.agency,
    )


def unpack_article(values: Values) -> Article:
    return Article(*values)


def pack_claims(claims: Iterable[EventClaim]) -> Values:
    return [(claim.id, claim.text) for claim in claims]


def unpack_claims(values: Iterable[Values]) -> tuple[EventClaim, ...]:
    return tuple(EventClaim(*fields) for fields in values)


def pack_spans(spans: Iterable[Span]) -> Values:
    return [(span.start, span.end, span.label) for span in spans]


def unpack_spans(values: Iterable[Values]) -> tuple[Span, ...]:
    return tuple([Span(*fields) for fields in values])


def pack_annotation(annotation: Annotation) -> Values:
    claims = [
        (claim.start, claim.end, claim.stance, pack_spans(claim.sources), claim.about, claim.note)
        for claim in annotation.claims
    ]
    spans = pack_spans(annotation.entities)
    return annotation.article_id, annotation.annotator, spans, claims, dict(annotation.stances)


def unpack_annotation(values: Values) -> Annotation:
    article_id, annotator, entities, claims, stances = values
    read = [
        Claim(start, end, stance, unpack_spans(sources), about, note)
        for start, end, stance, sources, about, note in claims
    ]
    return Annotation(article_id, annotator, unpack_spans(entities), tuple(read), stances)
