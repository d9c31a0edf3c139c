"""Clitic tolerance: starts that differ only by the letters و ف ب ل ك س before a word count as equal.

Public Arabic corpora disagree on whether these letters belong to a name; tolerant scores accept both. No word is
ever stripped: starts are compared only if a gold and a predicted span have the same end.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .matching import equal_pairs
from .spans import Ints, SpanTable, keys


def with_equal_starts(gold: SpanTable, predicted: SpanTable, texts: Sequence[str]) -> tuple[SpanTable, SpanTable]:
    """Both tables, with equal starts for spans that differ only by proclitics: the beginning of the word.

    `texts` has the text of each document. For speed, it only looks at spans that have no equal span on the other side,
    but one with the same end.
    """
    i, j = equal_pairs(gold, predicted, "document", "start", "end", "label")
    rest = (
        np.setdiff1d(np.arange(len(gold)), i, assume_unique=True),
        np.setdiff1d(np.arange(len(predicted)), j, assume_unique=True),
    )
    ends = keys(gold.take(rest[0]), predicted.take(rest[1]), "document", "end")
    return (
        _moved(gold, rest[0][np.isin(ends[0], ends[1])], texts),
        _moved(predicted, rest[1][np.isin(ends[1], ends[0])], texts),
    )


def _moved(table: SpanTable, candidates: Ints, texts: Sequence[str]) -> SpanTable:
    from ..annotate.arabic import word_start  # slow to import, and needed only with texts

    start = table.start.copy()
    documents: list[int] = table.document[candidates].tolist()
    starts: list[int] = start[candidates].tolist()
    start[candidates] = [word_start(texts[n], at) for n, at in zip(documents, starts, strict=True)]
    return SpanTable(table.document, start, table.end, table.label)
