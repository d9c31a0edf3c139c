"""How far annotators agree before their work is merged, by the same ruler as scores."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from ..configs.scheme import CLAIM, Scheme
from ..eval.score import claim_rows, rows, score_spans
from .label_studio import FinishedTask


def pairwise_agreement(tasks: Sequence[FinishedTask], scheme: Scheme) -> dict[str, float | None]:
    """Strict micro F1 of entities and claims, and the share of equal article stances, over all pairs of annotators.

    F1 is the same whichever of the two is called gold. Pairs on all articles are pooled. None where no article
    has two annotators, or neither marked anything.
    """
    pairs = [pair for task in tasks for pair in combinations(task.annotations, 2)]
    entities = score_spans(
        [rows(a.entities) for a, _ in pairs], [rows(b.entities) for _, b in pairs], scheme.entity_labels
    )
    claims = score_spans([claim_rows(a.claims) for a, _ in pairs], [claim_rows(b.claims) for _, b in pairs], (CLAIM,))
    answers = [(a.stances[c], b.stances[c]) for a, b in pairs for c in a.stances.keys() & b.stances.keys()]
    return {
        "entities": entities.micro.f1,
        "claims": claims.micro.f1,
        "stance": sum(a == b for a, b in answers) / len(answers) if answers else None,
    }
