"""Clitic tolerance: edges that differ only by the letters و ف ب ل ك س before a word.

Public Arabic corpora disagree on whether these letters belong to a name; tolerant scores take both for one. No
word is ever stripped: only where a gold and a predicted span end together are their starts compared.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .matching import equal_pairs
from .spans import Ints, SpanTable, keys

PROCLITICS = frozenset("وفبلكس")
# Harakat, dagger alef and tatweel, which may stand behind a proclitic.
_MARKS = frozenset("\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0653\u0654\u0655\u0670ـ")


def word_start(text: str, start: int) -> int:
    """Where the word begins if only proclitics stand between its beginning and `start`; else `start` itself.

    All in code points. Two starts differ only by proclitics if and only if this gives the same for both: in
    وبدمشق for 0, 1 and 2. In للتحالف, where the article has lost its alef to the ل before it, for 0, 1 (where
    the scheme puts it) and 2. A `start` that no letter follows in the same word gives itself.
    """
    if not (0 <= start < len(text) and text[start].isalpha()):
        return start
    at = start
    while at > 0 and (text[at - 1] in PROCLITICS or text[at - 1] in _MARKS):
        at -= 1
    begins = at == 0 or not text[at - 1].isalnum()
    return at if begins and text[at] in PROCLITICS else start


def differs_only_by_proclitic(text: str, start_a: int, start_b: int) -> bool:
    """Whether two spans of `text` that end together differ, and only by proclitics, in where they start."""
    return start_a != start_b and word_start(text, start_a) == word_start(text, start_b)


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
    start = table.start.copy()
    documents: list[int] = table.document[candidates].tolist()
    starts: list[int] = start[candidates].tolist()
    start[candidates] = [word_start(texts[n], at) for n, at in zip(documents, starts, strict=True)]
    return SpanTable(table.document, start, table.end, table.label)
