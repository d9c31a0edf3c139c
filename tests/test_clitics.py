"""Edges that differ only by proclitics."""

from __future__ import annotations

from mihakk.eval.clitics import with_equal_starts
from mihakk.eval.spans import SpanTable


def test_spans_start_together_only_where_they_end_together() -> None:
    # وبدمشق at 0-6; gold leaves both proclitics out, one prediction takes both in, another ends elsewhere.
    gold = SpanTable.of([(0, 2, 6, 0), (1, 2, 6, 0)])
    predicted = SpanTable.of([(0, 0, 6, 1), (1, 0, 5, 0)])
    ours, theirs = with_equal_starts(gold, predicted, ["وبدمشق", "وبدمشق"])
    assert (ours.start.tolist(), theirs.start.tolist()) == ([0, 2], [0, 0])
    assert gold.start.tolist() == [2, 2]  # the tables given are as they were


def test_no_word_is_stripped() -> None:
    # وزير is a word of its own. A prediction زير would be let pass, but gold وزير stays where it is.
    gold = SpanTable.of([(0, 0, 4, 0)])
    ours, _ = with_equal_starts(gold, SpanTable.of([(0, 5, 9, 0)]), ["وزير حلب"])
    assert ours.start.tolist() == [0]
