"""The classes of errors: one class for each span, from one pairing of both sides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .clitics import with_equal_starts
from .matching import equal_pairs
from .spans import Ints, SpanTable, Two, overlaps

CLITIC_ONLY = "clitic-only"
CLASSES = ("correct", CLITIC_ONLY, "boundary", "label", "label+boundary", "split", "merge", "missed", "spurious")


def classify(gold: SpanTable, predicted: SpanTable, texts: Sequence[str] | None) -> tuple[Ints, Ints, Ints]:
    """Pairs spans, best matches first: equal; equal except for proclitics; equal boundaries; equal label; most overlap.

    A span without a partner may overlap a span whose partner has other boundaries. Then both have the class `split`
    (one gold span is several predicted spans) or `merge` (several are one). Any other span without a partner is
    missed or spurious. Returns for each row the positions of the gold and the predicted span, -1 for none, and the
    position of the class in CLASSES.
    """
    moved = with_equal_starts(gold, predicted, texts) if texts else (gold, predicted)
    left: Two = np.arange(len(gold)), np.arange(len(predicted))
    pairs: list[tuple[Ints, Ints, str]] = []

    def pair(i: Ints, j: Ints, kind: str) -> None:
        nonlocal left
        pairs.append((left[0][i], left[1][j], kind))
        left = np.delete(left[0], i), np.delete(left[1], j)

    for kind, tables, columns in (
        ("correct", (gold, predicted), ("document", "start", "end", "label")),
        (CLITIC_ONLY, moved, ("document", "start", "end", "label")),
        ("label", (gold, predicted), ("document", "start", "end")),
    ):
        pair(*equal_pairs(tables[0].take(left[0]), tables[1].take(left[1]), *columns), kind)
    for kind, same in (("boundary", True), ("label+boundary", False)):
        pair(*_most_shared(gold.take(left[0]), predicted.take(left[1]), same), kind)

    gold_at = np.concatenate([i for i, _, _ in pairs] + [left[0], np.full(len(left[1]), -1)])
    predicted_at = np.concatenate([j for _, j, _ in pairs] + [np.full(len(left[0]), -1), left[1]])
    kinds = [np.full(len(i), CLASSES.index(kind)) for i, _, kind in pairs]
    kinds += [np.full(len(side), CLASSES.index(kind)) for side, kind in zip(left, ("missed", "spurious"), strict=True)]
    kind = np.concatenate(kinds)
    # Which spans without a partner overlap a span that is paired with other boundaries?
    loose = np.isin(kind, [CLASSES.index(name) for name in ("boundary", "label+boundary")])
    for alone, partners, tables, name in (
        (predicted_at, gold_at, (predicted, gold), "split"),
        (gold_at, predicted_at, (gold, predicted), "merge"),
    ):
        rows = np.flatnonzero(kind == CLASSES.index("spurious" if name == "split" else "missed"))
        pair_rows = np.flatnonzero(loose)
        i, j = overlaps(tables[0].take(alone[rows]), tables[1].take(partners[pair_rows]))
        kind[rows[i]] = kind[pair_rows[j]] = CLASSES.index(name)
    return gold_at, predicted_at, kind


def _most_shared(gold: SpanTable, predicted: SpanTable, same_label: bool) -> Two:
    """Pairs of overlapping spans, taken by the number of shared code points, then by position."""
    i, j = overlaps(gold, predicted)
    if same_label:
        equal = gold.label[i] == predicted.label[j]
        i, j = i[equal], j[equal]
    shared = np.minimum(gold.end[i], predicted.end[j]) - np.maximum(gold.start[i], predicted.start[j])
    order = np.lexsort(
        (
            predicted.label[j],
            gold.label[i],
            predicted.end[j],
            predicted.start[j],
            gold.end[i],
            gold.start[i],
            gold.document[i],
            -shared,
        )
    )
    taken: tuple[set[int], set[int]] = set(), set()
    chosen: list[tuple[int, int]] = []
    for a, b in zip(i[order].tolist(), j[order].tolist(), strict=True):
        if a not in taken[0] and b not in taken[1]:
            taken[0].add(a)
            taken[1].add(b)
            chosen.append((a, b))
    pairs = np.array(chosen, dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]
