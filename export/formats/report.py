"""The summary of `mihakk export write`: what was written, and what the format cannot hold."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ...configs.labels import LAYER_WORDS
from ...configs.visible import counted, joined
from ...eval.gold.records import GoldDocument
from ..report import of_layer
from . import Written

_ORIGINS = "records of who gave a span or stance"
# Kinds of content that some formats cannot hold.
_KINDS = (
    "entities",
    "claims",
    "stances of claims",
    "sources of claims",
    "notes",
    "event claims that claims are about",
    "article stances",
    "event claims",
    "event claims without a stance",
    "events of articles",
    "titles, outlets, dates and other facts",
    "names of annotators",
    "ids and texts as they were",
    _ORIGINS,
)


def written_summary(written: Written, output: Path) -> str:
    """The numbers of written pieces, and of pieces of the gold set that the format cannot hold."""
    counts = _counts(written.documents)
    held = (of_layer(counts[LAYER_WORDS[layer]], layer) for layer in written.layers)
    lines = [", ".join([f"{output}: {counted(len(written.documents), 'document')}", *held])]
    lost = [f"{counts[key]} {key}" for key in counts if key in written.left_out and counts[key]]
    more = "; --as jsonl has more" if lost else ""
    # No format holds these; the gold folder keeps them.
    if counts[_ORIGINS]:
        lost.append(f"{counts[_ORIGINS]} {_ORIGINS}")
    if lost:
        lines.append(f"  not in it: {', '.join(lost)}{more}")
    return joined([*lines, *(f"  {note}" for note in written.notes)])


def _counts(documents: Iterable[GoldDocument]) -> dict[str, int]:
    """The number of pieces of each kind that some formats cannot hold."""
    counts: dict[str, int] = dict.fromkeys(_KINDS, 0)
    for document in documents:
        article, annotation, origins = document.article, document.annotation, document.origins
        facts = (article.title, article.outlet, article.agency, article.published, article.url, article.source)
        of_document = (
            len(annotation.entities),
            len(annotation.claims),
            sum(claim.stance is not None for claim in annotation.claims),
            sum(len(claim.sources) for claim in annotation.claims),
            sum(claim.note is not None for claim in annotation.claims),
            sum(claim.about is not None for claim in annotation.claims),
            len(annotation.stances),
            len(document.claims),
            sum(claim.id not in annotation.stances for claim in document.claims),
            article.event_id is not None,
            sum(fact is not None for fact in facts),
            len(document.annotators) + (document.preannotated_by is not None),
            1,
            len(origins.every),
        )
        for kind, count in zip(_KINDS, of_document, strict=True):
            counts[kind] += count
    return counts
