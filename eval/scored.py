"""The tasks that are scored, and their tallies."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from ..configs import CLAIM
from ..configs.errors import InputError
from ..configs.visible import counted
from .claim_tally import attribution_tallies, claim_about_tallies, claim_stance_tallies
from .columns import Columns
from .sides import Sides
from .spans import Ints
from .tally import IOU, Tally, Units, choice_tally, span_tallies

# The scored tasks, in the order of the report.
TASKS = ("entities", "claims", "claim_stance", "claim_about", "attribution", "stance")
# The tasks that are a layer of a file, with their names in messages. Answers on claims belong to the other tasks.
_LAYERS = {"entities": "entities", "claims": "claims", "stance": "stances"}


def tallies(sides: Sides, units: Units, *, iou: float = IOU) -> tuple[dict[str, dict[str, Tally]], tuple[str, ...]]:
    """Tallies by task and scheme, for the tasks that both sides have; and notes on everything not scored.

    Raises InputError if there is no such task, or if `iou` is not between 0 and 1.
    """
    gold, predicted = held(sides)
    tallied, open_pairs = tallies_of(sides, units, scored_tasks(gold, predicted), iou=iou)
    return tallied, not_scored(sides, gold, predicted, open_pairs)


def held(sides: Sides) -> tuple[frozenset[str], frozenset[str]]:
    """The tasks that the gold has, and the tasks that the predictions mention."""
    gold, predicted = sides.gold.columns, sides.predicted
    of_gold = {
        "claim_stance": sides.gold.claim_stances != (),
        "claim_about": bool((gold.about >= 0).any()),
        "attribution": sides.gold.entity_labels != (),
    }
    of_predicted = {
        "claim_stance": bool((predicted.claims.label >= 0).any()),
        "claim_about": bool((predicted.about >= 0).any()),
        "attribution": len(predicted.sources) > 0,
    }
    return _held(gold, of_gold), _held(predicted, of_predicted)


def _held(columns: Columns, of_claims: Mapping[str, bool]) -> frozenset[str]:
    layers = {task for task, layer in _LAYERS.items() if layer in columns.tasks}
    return frozenset(layers | {task for task, is_there in of_claims.items() if is_there})


def scored_tasks(gold: Collection[str], predicted: Collection[str]) -> tuple[str, ...]:
    """The tasks that both sides have, in the order of TASKS. Raises InputError if there are none."""
    layers = [{task for task in side if task in _LAYERS} for side in (gold, predicted)]
    both = layers[0] & layers[1]
    if not both:
        wanted, have = (", ".join(sorted(_LAYERS[task] for task in side)) or "nothing" for side in layers)
        raise InputError(f"there is nothing to score: the predictions have {have}, and the gold has {wanted}")
    rest = {task for task in gold if task in predicted and task not in _LAYERS} if "claims" in both else set[str]()
    return tuple(task for task in TASKS if task in both or task in rest)


def not_scored(sides: Sides, gold: Collection[str], predicted: Collection[str], open_pairs: int) -> tuple[str, ...]:
    """Notes on what is not scored: tasks that the gold lacks, stances on open pairs, clitic-tolerant scores."""
    notes = [
        f"the predictions have {_LAYERS[task]}, but the gold has none; they are not scored"
        for task in sorted(predicted)
        if task in _LAYERS and task not in gold
    ]
    if "claims" in gold and {"claims", "claim_about"} <= set(predicted) and "claim_about" not in gold:
        notes.append("the predictions have claim_about, but the gold has none; it is not scored")
    if open_pairs:
        were = counted(open_pairs, "stance was", "stances were")
        notes.append(f"{were} predicted where the gold stance is undecided, and not scored")
    of_spans = {"entities", "claims"}.intersection(gold, predicted)
    if sides.gold.columns.texts is None and sides.gold.proclitics and of_spans:
        notes.append("the gold has no texts, so there are no clitic-tolerant scores")
    return tuple(notes)


def tallies_of(
    sides: Sides, units: Units, tasks: Collection[str], *, iou: float = IOU
) -> tuple[dict[str, dict[str, Tally]], int]:
    """Tallies by task and scheme, for these tasks; and the number of stances on pairs without a gold stance.

    All counts are sums over documents, so the counts of parts of a corpus can be added. Raises InputError if `iou` is
    not between 0 and 1.
    """
    if not 0 < iou <= 1:
        raise InputError(f"iou: is {iou}; it must be above 0 and at most 1")
    gold, predicted, texts = sides.gold.columns, sides.predicted, sides.texts
    tallied: dict[str, dict[str, Tally]] = {}
    open_pairs = 0
    if "entities" in tasks:
        tallied["entities"] = span_tallies(
            gold.entities, predicted.entities, sides.entity_labels, units, texts, iou=iou
        )
    if "claims" in tasks:
        gold_claims, predicted_claims = (
            replace(side.claims, label=np.zeros_like(side.claims.label)) for side in (gold, predicted)
        )
        tallied["claims"] = span_tallies(gold_claims, predicted_claims, (CLAIM,), units, texts, iou=iou)
    if "claim_stance" in tasks:
        tallied["claim_stance"] = claim_stance_tallies(gold.claims, predicted.claims, sides.claim_stances, units, iou)
    if "claim_about" in tasks:
        tallied["claim_about"] = claim_about_tallies(gold.claims_about, predicted.claims_about, units, iou)
    if "attribution" in tasks:
        tallied["attribution"] = attribution_tallies(
            (gold.claims, gold.sources), (predicted.claims, predicted.sources), units, iou
        )
    if "stance" in tasks:
        tallied["stance"], open_pairs = _stance(sides, units)
    return tallied, open_pairs


def _stance(sides: Sides, units: Units) -> tuple[dict[str, Tally], int]:
    """The tally of article × claim pairs; and the number of predictions on pairs without a gold stance."""
    index = {stance: n for n, stance in enumerate(sides.article_stances)}
    rows = [
        (document, index[stance], index[predicted[claim]] if claim in predicted else -1)
        for document, (gold, predicted) in enumerate(
            zip(sides.gold.columns.stances, sides.predicted.stances, strict=True)
        )
        for claim, stance in gold.items()
    ]
    table: Ints = np.array(rows, dtype=np.int64).reshape(-1, 3)
    open_pairs = sum(
        len(predicted.keys() - gold.keys())
        for gold, predicted in zip(sides.gold.columns.stances, sides.predicted.stances, strict=True)
    )
    return {"strict": choice_tally(table[:, 1], table[:, 2], table[:, 0], sides.article_stances, units)}, open_pairs
