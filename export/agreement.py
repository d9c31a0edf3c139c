"""How far annotators agree before their work is merged."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from ..configs.scheme import Scheme
from ..eval.agreement import agreement
from .label_studio import FinishedTask


def pairwise_agreement(tasks: Sequence[FinishedTask], scheme: Scheme) -> dict[str, float | None]:
    """`agreement` over all pairs of annotators of each article."""
    return agreement([pair for task in tasks for pair in combinations(task.annotations, 2)], scheme.entity_labels)
