"""Clitic tolerance: edges that differ only by the letters و ف ب ل ك س before a word.

Public Arabic corpora disagree on whether these letters belong to a name; tolerant scores take both for one. No
word is ever stripped: only where a gold and a predicted span end together are their starts compared.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .matching import equal_pairs
from .spans import Ints, SpanTable, keys


def with_equal_starts(gold: SpanTable, predicted: SpanTable, texts: Sequence[str]) -> tuple[SpanTable, SpanTable]:
    """Both tables, where spans that differ only by proclitics start together: at the beginning of the word.

    `texts` has the text of each document. Looks only at spans that end where one of the other side ends and
    starts elsewhere, so that it is fast on many.
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
    from ..annotate.arabic import word_start  # which takes a while to load, and needs texts

    start = table.start.copy()
    documents: list[int] = table.document[candidates].tolist()
    starts: list[int] = start[candidates].tolist()
    start[candidates] = [word_start(texts[n], at) for n, at in zip(documents, starts, strict=True)]
    return SpanTable(table.document, start, table.end, table.label)
