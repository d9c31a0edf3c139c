"""Agreement on a choice, corrected for chance: Cohen's kappa and Krippendorff's alpha.

Both are functions of sums over pairs of answers, so it is easy to leave out an event.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..rates import Floats
from ..spans import Ints, Two

# The reading of a coefficient of at least this number (Krippendorff 2004, Content Analysis, chapter 11).
READINGS = ((0.8, "reliable"), (0.667, "tentative"), (-np.inf, "not reliable"))


def reading(value: float | None) -> str | None:
    """The conventional reading of a kappa or alpha; None if it is not defined."""
    return None if value is None else next(words for least, words in READINGS if value >= least)


@dataclass(frozen=True, slots=True)
class AnswerPairs:
    """Pairs of answers by two annotators to one question, counted in cells (such as events).

    `first` and `second` are the numbers of the chosen labels, below `labels`. `item` has the answers' numbers: if
    three annotators answer a question, each answer is in two pairs.
    """

    first: Ints
    second: Ints
    item: Two
    cell: Ints
    cells: int
    labels: int

    def confusion(self) -> Ints:
        """How often each label was paired with each label: first × second × cells."""
        return np.bincount(self._places(self.first, self.second), minlength=self._size).reshape(self._shape)

    def coincidences(self) -> Floats:
        """Krippendorff's coincidence matrices: labels × labels × cells, symmetric.

        An answer's weight is divided among its partners, so each answer counts once. If all answers to a question
        are paired with each other, this is the matrix of Krippendorff (2011, "Computing Krippendorff's
        Alpha-Reliability", section C). An answer without a partner is left out.
        """
        items = np.concatenate(self.item)
        partners = np.bincount(items)
        weight = sum(0.5 / partners[side] for side in self.item)
        places = self._places(self.first, self.second), self._places(self.second, self.first)
        return sum(
            np.bincount(place, weights=weight, minlength=self._size).reshape(self._shape) for place in places
        ) + np.zeros(self._shape)

    def _places(self, first: Ints, second: Ints) -> Ints:
        return (first.astype(np.int64) * self.labels + second) * self.cells + self.cell

    @property
    def _shape(self) -> tuple[int, int, int]:
        return self.labels, self.labels, self.cells

    @property
    def _size(self) -> int:
        return self.labels**2 * self.cells


def joined_answers(parts: Sequence[AnswerPairs]) -> AnswerPairs:
    """The pairs of several parts, counted in the same cells."""
    first, second, cell = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("first", "second", "cell")
    )
    items = np.concatenate([part.item[0] for part in parts]), np.concatenate([part.item[1] for part in parts])
    return AnswerPairs(first, second, items, cell, parts[0].cells, parts[0].labels)


def alpha(coincidences: Floats) -> Floats:
    """Krippendorff's alpha for nominal data, of coincidence matrices … × labels × labels.

    1 - observed / expected disagreement. NaN if all answers have one label, or if there are none: then no
    disagreement is expected, and agreement shows nothing.
    """
    # Without the diagonal, so that a sum of zeros stays exactly zero.
    unequal = coincidences * (1 - np.eye(coincidences.shape[-1]))
    total, expected = _expected_unequal(coincidences)
    with np.errstate(divide="ignore", invalid="ignore"):
        return 1 - (total - 1) * unequal.sum((-1, -2)) / expected


def alpha_by_chance(coincidences: Floats) -> Floats:
    """The share of equal answers expected by chance, for which alpha corrects."""
    total, expected = _expected_unequal(coincidences)
    with np.errstate(divide="ignore", invalid="ignore"):
        return 1 - expected / (total * (total - 1))


def _expected_unequal(coincidences: Floats) -> tuple[Floats, Floats]:
    """The number of answers, and the products of the counts of all pairs of different labels."""
    of_label = coincidences.sum(-1)
    products = of_label[..., None, :] * of_label[..., :, None]
    return of_label.sum(-1), (products * (1 - np.eye(of_label.shape[-1]))).sum((-1, -2))


def pooled_kappa(confusions: Iterable[NDArray[Any]]) -> Floats:
    """Cohen's kappa of several pairs of annotators, of one confusion … × labels × labels for each pair.

    Observed agreement, and chance agreement by the two annotators' own shares of labels, are each summed over pairs
    (Davies and Fleiss 1982). A pair is weighted by its number of shared answers. For one pair this is
    Cohen's (1960) kappa. NaN if chance alone gives full agreement, as when both always choose one label.
    """
    equal, expected, total = _pooled(confusions)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (equal - expected) / (total - expected)


def kappa_by_chance(confusions: Iterable[NDArray[Any]]) -> Floats:
    """The share of equal answers expected by chance, for which `pooled_kappa` corrects."""
    _, expected, total = _pooled(confusions)
    with np.errstate(divide="ignore", invalid="ignore"):
        return expected / total


def _pooled(confusions: Iterable[NDArray[Any]]) -> tuple[Floats, Floats, Floats]:
    """Three sums over pairs of annotators: equal answers, equal answers expected by chance, and all answers."""
    equal, expected, total = np.zeros(()), np.zeros(()), np.zeros(())
    for confusion in confusions:
        cells = confusion.astype(np.float64)
        answers = cells.sum((-1, -2))
        by_chance = (cells.sum(-1) * cells.sum(-2)).sum(-1)
        equal = equal + np.trace(cells, axis1=-2, axis2=-1)
        expected = expected + np.divide(by_chance, answers, out=np.zeros_like(answers), where=answers > 0)
        total = total + answers
    return equal, expected, total
