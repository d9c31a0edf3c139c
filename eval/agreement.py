"""How far annotators agree, by the same ruler as scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..annotate.document import Annotation
from ..configs import CLAIM
from .columns import columns_of, positions
from .score import table_of
from .spans import Ints, SpanTable
from .tally import span_tallies
from .uncertainty import one_unit


def agreement(pairs: Sequence[tuple[Annotation, Annotation]], entity_labels: Sequence[str]) -> dict[str, float | None]:
    """Strict micro F1 of entities and claims, and the share of equal article stances, over pairs of annotations.

    Each pair is of two annotators on one article. F1 is the same whichever of the two is called gold (Hripcsak
    and Rothschild 2005). All pairs are pooled. None where there is no pair, or neither marked anything.
    """
    one, other = (columns_of((pair[side] for pair in pairs), ("entities", "claims")) for side in (0, 1))
    units = one_unit(len(pairs))
    entities = span_tallies(
        _labelled(one.entities, positions(one.entity_labels, entity_labels)[one.entities.label]),
        _labelled(other.entities, positions(other.entity_labels, entity_labels)[other.entities.label]),
        entity_labels,
        units,
    )
    claims = span_tallies(
        _labelled(one.claims, np.zeros_like(one.claims.label)),
        _labelled(other.claims, np.zeros_like(other.claims.label)),
        (CLAIM,),
        units,
    )
    answers = [(a.stances[c], b.stances[c]) for a, b in pairs for c in a.stances.keys() & b.stances.keys()]
    return {
        "entities": table_of(entities["strict"]).micro.f1,
        "claims": table_of(claims["strict"]).micro.f1,
        "stance": sum(a == b for a, b in answers) / len(answers) if answers else None,
    }


def _labelled(spans: SpanTable, label: Ints) -> SpanTable:
    return replace(spans, label=label)
