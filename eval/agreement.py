"""How far annotators agree, by the same ruler as scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..annotate.document import Annotation
from ..configs.scheme import CLAIM
from .columns import columns_of, positions
from .score import table_of

from .tally import span_tallies
from .uncertainty import one_unit


def agreement(pairs: Sequence[tuple[Annotation, Annotation]], entity_labels: Sequence[str]) -> dict[str, float | None]:
    """Strict micro F1 of entities and claims, and the share of equal article stances, over pairs of annotations.

    Each pair is of two annotators on one article. F1 is the same whichever of the two is called gold (Hripcsak
    and Rothschild 2005). All pairs are pooled. None where there is no pair, or neither marked anything.
    """
    one, other = (columns_of((pair[side] for pair in pairs), ("entities", "claims")) for side in (0, 1))
    units = one_unit(len(pairs))
    entities = [
        replace(side.entities, label=positions(side.entity_labels, entity_labels)[side.entities.label])
        for side in (one, other)
    ]
    claims = [replace(side.claims, label=np.zeros_like(side.claims.label)) for side in (one, other)]
    answers = [(a.stances[c], b.stances[c]) for a, b in pairs for c in a.stances.keys() & b.stances.keys()]
    return {
        "entities": table_of(span_tallies(*entities, entity_labels, units)["strict"]).micro.f1,
        "claims": table_of(span_tallies(*claims, (CLAIM,), units)["strict"]).micro.f1,
        "stance": sum(a == b for a, b in answers) / len(answers) if answers else None,
    }
