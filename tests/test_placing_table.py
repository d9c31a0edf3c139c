"""How much of the gold's own mentions comes back to its place without offsets, changed in the ways extractors do.

Strict F1 in percent, each held to its figure less half a point. Figures are what the first design measured on the
five shared articles and on the Wojood sample; those of `made` are of the made texts here. Rows that are drawn are
means over SEEDS. Where a row's own figure differs from the design's, a comment says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from statistics import fmean

import mention_lists as lists
import pytest
from mention_lists import SHARED, Lister, Text, changed, strict_f1
from mihakk.annotate.placing.mentions import Rule

SEEDS = range(4)
SLACK = 0.5
# Of all mentions of the five articles, so many stand elsewhere in their text too (200 of 357).
REPEATED = 0.56

# The lister; the figures on articles, Wojood and made texts; and whether more than one list is drawn.
ROWS: dict[str, tuple[Lister, tuple[float, float, float], bool]] = {
    "verbatim, in order": (lists.verbatim, (100 + SLACK, 100 + SLACK, 100 + SLACK), False),
    "hamza dropped": (changed(lists.without_hamza), (100, 100, 100), False),
    "ة as ه": (changed(lists.teh_as_heh), (100, 100, 100), False),
    "harakat added": (changed(lists.with_harakat), (100, 100, 100), True),
    "tatweel": (changed(lists.with_tatweel), (100, 100, 100), False),
    "digits of the other script": (changed(lists.other_digits), (100, 100, 100), False),
    "quotes around": (changed(lists.quoted), (100, 100, 100), False),
    "article dropped": (changed(lists.article_dropped), (99.4, 99.2, 99.4), False),
    "article added": (changed(lists.article_added), (96.6, 99.6, 96.6), False),
    "proclitic taken in": (lists.proclitic_taken_in, (89.1, 99.5, 89.1), False),
    "proclitic invented": (changed(lists.proclitic_invented), (93.3, 98.4, 93.3), True),
    # The design's 99.5 on articles was one draw. Of twelve draws, the prototype has a mean of 96.8 and this 96.9:
    # where a name stands twice between its neighbours and is listed once, nothing says which it is.
    "half of all": (lists.half, (96.8, 99.3, 96.8), True),
    "grouped by label": (lists.by_label, (93.0, 99.4, 93.0), False),
    "shuffled": (lists.shuffled, (89.9, 99.0, 89.9), True),
    "a fifth left out, two fifths changed": (lists.perturbed, (97.2, 98.2, 97.2), True),
    # Most of it is nowhere, as it should be: who changes a letter says another name. Figures go with the draw.
    "one letter wrong": (changed(lists.letter_wrong), (19.5, 21.8, 14.0), True),
}


@cache
def corpus(name: str) -> Sequence[Text]:
    if name == "made":
        return lists.made(0)
    if not SHARED.is_dir():
        pytest.skip("the shared annotations are not at hand")
    return lists.articles() if name == "articles" else lists.wojood()


CORPORA = ("articles", "wojood", "made")


@pytest.mark.parametrize("where", CORPORA)
@pytest.mark.parametrize("row", ROWS)
def test_mentions_come_back_to_their_places(row: str, where: str) -> None:
    lister, figures, drawn = ROWS[row]
    texts = corpus(where)
    found = fmean(strict_f1(texts, lister, seed) for seed in (SEEDS if drawn else SEEDS[:1]))
    assert found >= figures[CORPORA.index(where)] - SLACK


@pytest.mark.parametrize(("where", "figure"), [("articles", 96.6), ("wojood", 98.4), ("made", 96.6)])
def test_an_invented_proclitic_costs_little_under_clitic_tolerance(where: str, figure: float) -> None:
    lister = changed(lists.proclitic_invented)
    assert fmean(strict_f1(corpus(where), lister, s, clitic=True) for s in SEEDS) >= figure - SLACK
    assert strict_f1(corpus(where), lists.proclitic_taken_in, 0, clitic=True) == 100


@pytest.mark.parametrize(
    ("where", "order", "every"), [("articles", 77.3, 91.5), ("wojood", 95.8, 98.9), ("made", 73, 94)]
)
def test_a_list_of_names_stands_for_all_mentions_if_it_is_said_so(where: str, order: float, every: float) -> None:
    assert strict_f1(corpus(where), lists.names, 0) >= order - SLACK
    assert strict_f1(corpus(where), lists.names, 0, Rule.ALL) >= every - SLACK


def test_the_made_texts_repeat_as_much_as_the_articles() -> None:
    assert lists.repeated(corpus("made")) >= REPEATED


def test_the_articles_repeat_so_much() -> None:
    assert lists.repeated(corpus("articles")) == pytest.approx(200 / 357)


@pytest.mark.parametrize("seed", range(20))
def test_gold_given_back_in_order_is_right_to_the_last_span(seed: int) -> None:
    assert strict_f1(lists.made(seed, count=1), lists.verbatim, 0) == 100


def test_the_samples_own_mentions_come_back_to_their_places() -> None:
    assert strict_f1(lists.sample(), lists.verbatim, 0) == 100
    assert strict_f1(lists.sample(), changed(lists.without_hamza), 0) == 100
    assert strict_f1(lists.sample(), changed(lists.with_tatweel), 0) == 100
