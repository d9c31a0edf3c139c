"""From counts to numbers: precision, recall and F1, their averages over labels, accuracy and kappa.

Arrays of counts are rows × COUNTS × …: the first row pools everything, the other rows are labels. Further axes, such as
events or resamples, stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
COUNTS = ("cor", "inc", "par", "gold", "predicted")
RATES = ("precision", "recall", "f1")
CHOICE = ("accuracy", "kappa")
# The rows of `every_rate` before the rows of labels.
POOLED = ("micro", "macro", "weighted")


def rates(counts: NDArray[Any]) -> Floats:
    """Precision, recall and F1 of each row: rows × RATES × …; 0/0 is NaN.

    Partial matches count half, as in SemEval-2013 task 9.1 (Segura-Bedmar et al. 2013, section 4).
    """
    cor, _, par, gold, predicted = np.moveaxis(counts.astype(np.float64), 1, 0)
    credit = cor + par / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.stack((credit / predicted, credit / gold, 2 * credit / (gold + predicted)), axis=1)


def every_rate(counts: NDArray[Any]) -> Floats:
    """The rates of micro (everything pooled), macro and weighted averages, and each label: (POOLED, labels) × RATES × …

    Averages are over labels that occur in gold or predictions; 0/0 counts as 0. In macro each label counts once, in
    weighted as often as it has gold spans.
    """
    each = rates(counts)
    labels = counts[1:]
    occur = (labels[:, 3:4] + labels[:, 4:5]) > 0
    defined = np.where(occur, np.nan_to_num(each[1:]), 0.0)
    gold = labels[:, 3:4]
    with np.errstate(divide="ignore", invalid="ignore"):
        macro = defined.sum(0) / occur.sum(0)
        weighted = (defined * gold).sum(0) / gold.sum(0)
    return np.concatenate((each[:1], macro[None], weighted[None], each[1:]))


def accuracy_and_kappa(confusion: NDArray[Any]) -> Floats:
    """Accuracy and Cohen's (1960) kappa, of confusion labels × (labels, none) × …; no answer is a wrong one."""
    chance = by_chance(confusion)
    observed = _share_equal(confusion)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.stack((observed, (observed - chance) / (1 - chance)))


def by_chance(confusion: NDArray[Any]) -> Floats:
    """The accuracy by chance alone, from both sides' shares of labels."""
    cells = confusion.astype(np.float64)
    chance = (cells.sum(1) * cells[:, : len(cells)].sum(0)).sum(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return chance / cells.sum((0, 1)) ** 2


def _share_equal(confusion: NDArray[Any]) -> Floats:
    cells = confusion.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.einsum("ii...->...", cells[:, : len(cells)]) / cells.sum((0, 1))


def number_paths(labels: Sequence[str], kind: str) -> dict[str, tuple[int, ...]]:
    """The position of each number in the array of its kind, by the end of its path in scores.json.

    `rates` are (POOLED, labels) × RATES, `choice` is CHOICE.
    """
    if kind == "choice":
        return {name: (n,) for n, name in enumerate(CHOICE)}
    rows = [*POOLED, *(f"labels.{label}" for label in labels)]
    return {f"{row}.{rate}": (r, n) for r, row in enumerate(rows) for n, rate in enumerate(RATES)}
