"""Policies: which annotators decide, and how many of them must agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ..annotate.document import Annotation, overlapping
from ..configs.errors import InputError
from .finished import Export, FinishedTask

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Policy:
    """Which annotators decide, and how many of them must agree.

    `trusted` names the only annotator whose work is gold. With `ground_truth`, only annotations that are starred as
    ground truth in Label Studio decide. Otherwise all annotators decide: more than half must agree, or all if
    `unanimous`; with `most`, a version of a place needs more votes than any other version (`most_by_place`).
    """

    unanimous: bool = False
    trusted: str | None = None
    ground_truth: bool = False
    most: bool = False

    @property
    def rule(self) -> str:
        """The policy as a sentence."""
        if self.trusted:
            return f"What {self.trusted} marked is gold."
        if self.most:
            return "The version of each place that most of an article's annotators gave is gold."
        whose = "the annotations starred as ground truth" if self.ground_truth else "an article's annotators"
        return f"What {'all' if self.unanimous else 'more than half'} of {whose} marked is gold."

    def asked(self, task: FinishedTask) -> tuple[Annotation, ...]:
        """The annotations of the task that decide."""
        if self.trusted:
            return tuple(a for a in task.annotations if a.annotator == self.trusted)
        if self.ground_truth:
            return tuple(a for a in task.annotations if a.annotator in task.ground_truth)
        return task.annotations

    def needed(self, asked: int) -> int:
        """The number of annotators who must agree, out of `total`."""
        return asked if self.unanimous else asked // 2 + 1


MAJORITY = Policy()
_NAMED = {
    "majority": MAJORITY,
    "most": Policy(most=True),
    "unanimous": Policy(unanimous=True),
    "ground-truth": Policy(ground_truth=True),
}


def policy_named(name: str, export: Export) -> Policy:
    """The policy of that name, or the one that trusts the annotator of that name.

    Raises InputError if the export has no such annotator.
    """
    if name in _NAMED:
        return _NAMED[name]
    annotators = sorted({a.annotator for task in export.tasks for a in task.annotations})
    if name not in annotators:
        raise InputError(
            f"policy {name}: is none of {', '.join(_NAMED)}, and no annotator of the export ({', '.join(annotators)})"
        )
    return Policy(trusted=name)


def most_by_place(
    versions: Sequence[Iterable[T]], sure: Collection[T], place_of: Callable[[T], tuple[int, int]]
) -> tuple[set[T], set[T]]:
    """The gold pieces of those that annotators marked (`versions` has each annotator's pieces), and the tied pieces.

    Pieces that overlap, one with the next, form a place. An annotator's version of the place is everything that the
    annotator marked there; it may be nothing. Pieces that are `sure`, since more than half marked them, stay gold.
    Among the versions with all sure pieces, the most frequent version is gold. If several versions are equally
    frequent, their other pieces are tied.
    """
    kept, tied = set(sure), set[T]()
    own = [set(version) for version in versions]
    for place in map(set, overlapping(set[T]().union(*own), place_of)):
        needed = place.intersection(sure)
        given = Counter(frozenset(version & place) for version in own)
        counts = {version: count for version, count in given.items() if needed <= version}
        best = [version for version, count in counts.items() if count == max(counts.values())]
        if len(best) == 1:
            kept |= best[0]
        else:
            tied |= set[T]().union(*best) - kept
    return kept, tied
