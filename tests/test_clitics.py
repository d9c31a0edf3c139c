"""Edges that differ only by proclitics."""

from __future__ import annotations

import pytest
from mihakk.eval.clitics import differs_only_by_proclitic, with_equal_starts
from mihakk.eval.spans import SpanTable


@pytest.mark.parametrize(
    ("text", "a", "b", "same"),
    [
        ("بدمشق", 0, 1, True),
        ("وبدمشق", 0, 2, True),
        ("وبدمشق", 1, 2, True),
        ("في وبدمشق", 3, 5, True),
        ("«وبدمشق", 1, 3, True),
        ("وَبِدمشق", 0, 4, True),  # harakat go with their letters
        ("وـدمشق", 0, 2, True),
        ("للتحالف", 0, 1, True),  # the fused لل: the scheme puts the start at 1
        ("وللتحالف", 0, 2, True),
        ("للتحالف", 1, 2, True),
        ("دمشق", 0, 1, False),
        ("الشام", 0, 2, False),  # the article is no proclitic of this kind
        ("بالشام", 0, 1, True),
        ("بالشام", 0, 3, False),
        ("دولة", 1, 2, False),  # و is inside the word
        ("و دمشق", 0, 2, False),  # not glued
        ("وب دمشق", 0, 3, False),
        ("دمشق", 2, 2, False),
        ("ودمشق", -1, 0, False),
        ("و", 0, 1, False),
    ],
)
def test_only_letters_before_the_word_make_no_difference(text: str, a: int, b: int, same: bool) -> None:
    assert differs_only_by_proclitic(text, a, b) is same
    assert differs_only_by_proclitic(text, b, a) is same


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
