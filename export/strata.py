"""Strata: how often labels, stances and outlets occur, and how far splits differ in that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ..configs.labels import LabelSet
from ..eval.gold.rows import SPLITS, GoldDocument

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Kinds of strata, as `strata` counts them. The first three are labels.
ENTITIES, CLAIMS, STANCES, OUTLETS = "entities", "claims", "article stances", "outlets"
NO_STANCE = "no stance"
# The only name for claims if the scheme has no stances of claims.
ALL_CLAIMS = "all"


Stratum = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Lot:
    """The facts about a document that splitting needs; nothing else of it is in memory."""

    id: str
    event_id: str | None
    claims: tuple[str, ...]
    published: str | None
    strata: Mapping[Stratum, int]

    @classmethod
    def of(cls, document: GoldDocument) -> Lot:
        article, claims = document.article, tuple(claim.id for claim in document.claims)
        counts = {_known(stratum): count for stratum, count in strata([document]).items()}
        return cls(article.id, article.event_id, claims, article.published, counts)


@lru_cache(maxsize=4096)
def _known(stratum: Stratum) -> Stratum:
    # The same tuple for all documents.
    return stratum


def strata(documents: Iterable[GoldDocument | Lot]) -> Counter[Stratum]:
    """How often each label and outlet occurs, by kind and name. Splits should be similar in these.

    A claim counts under its stance, or NO_STANCE; an article without outlet has no outlet stratum.
    """
    counts: Counter[Stratum] = Counter()
    for document in documents:
        if isinstance(document, Lot):
            for stratum, count in document.strata.items():
                counts[stratum] += count
            continue
        counts.update((ENTITIES, span.label) for span in document.annotation.entities)
        counts.update((CLAIMS, claim.stance or NO_STANCE) for claim in document.annotation.claims)
        counts.update((STANCES, stance) for stance in document.annotation.stances.values())
        if document.article.outlet:
            counts[OUTLETS, document.article.outlet] += 1
    return counts


def distribution(
    splits: Mapping[str, Sequence[GoldDocument]], labels: LabelSet | None = None
) -> dict[str, dict[str, dict[str, int]]]:
    """The strata of all splits: by kind and name, most frequent first, how often it occurs in each split."""
    return distribution_of({split: strata(rows) for split, rows in splits.items()}, labels)


def distribution_of(
    counts: Mapping[str, Counter[Stratum]], labels: LabelSet | None = None
) -> dict[str, dict[str, dict[str, int]]]:
    """The table, from the strata of each split."""
    total = sum(counts.values(), Counter[Stratum]())
    table: dict[str, dict[str, dict[str, int]]] = {kind: {} for kind in (ENTITIES, CLAIMS, STANCES, OUTLETS)}
    for (kind, name), _ in sorted(total.items(), key=lambda item: (-item[1], item[0])):
        shown = ALL_CLAIMS if kind == CLAIMS and labels and not labels.claim_stances else name
        table[kind][shown] = {split: found[kind, name] for split, found in counts.items()}
    return table


def divergence(splits: Mapping[str, Sequence[GoldDocument]], shares: Mapping[str, float]) -> float:
    """How far the strata of splits differ from the splits' shares; 0 if they do not.

    For each stratum, it is (p - s)² / s summed over the splits, where p is the part of the stratum in a split and s the
    split's share: chi-square divided by the stratum's count. The mean over the strata of each kind is summed over
    kinds, so many outlets weigh no more than a few stances. Documents are a kind with a single stratum.
    """
    whole = [document for rows in splits.values() for document in rows]
    if not whole:
        return 0.0
    strata_of = Strata([whole])
    held = strata_of.of(splits[split] for split in SPLITS)
    return divergence_of(held, strata_of, parts_of(shares))


class Strata:
    """Counts of strata as parts of the whole, weighted so that squared deviations add up to the divergence."""

    def __init__(self, groups: Sequence[Sequence[GoldDocument | Lot]]) -> None:
        import numpy as np

        total = strata(document for group in groups for document in group)
        kinds = Counter(kind for kind, _ in total)
        self.at = {stratum: n for n, stratum in enumerate(sorted(total), 1)}
        # Documents are the first stratum.
        totals = [sum(map(len, groups)), *(total[stratum] for stratum in self.at)]
        self.weight = np.sqrt([1.0, *(1 / kinds[kind] for kind, _ in self.at)])
        self._scale = self.weight / np.array(totals)

    def of(self, groups: Iterable[Sequence[GoldDocument | Lot]]) -> Floats:
        """Groups × strata."""
        import numpy as np

        rows: list[Floats] = []
        for group in groups:
            row = np.zeros(len(self._scale))
            row[0] = len(group)
            for stratum, count in strata(group).items():
                row[self.at[stratum]] = count
            rows.append(row * self._scale)
        return np.array(rows)


def parts_of(shares: Mapping[str, float]) -> Floats:
    import numpy as np

    return np.array([shares[split] for split in SPLITS])


def divergence_of(held: Floats, strata_of: Strata, parts: Floats) -> float:
    """The divergence of splits from their counts: splits × strata."""
    wanted = parts > 0
    deviation = held[wanted] - parts[wanted, None] * strata_of.weight
    # Rounded, so that the order of additions on a machine does not decide between equal assignments.
    return round(float(((deviation**2).sum(1) / parts[wanted]).sum()), 9)
