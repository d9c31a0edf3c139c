"""Spans that differ only by the proclitics in front of a word: the one leniency about edges that Arabic needs."""

from __future__ import annotations

from itertools import permutations

import pytest
from drawn import texts
from hypothesis import given
from hypothesis import strategies as st
from mihakk.annotate.arabic import INVISIBLE, differs_only_by_proclitic, fold

Edges = tuple[int, int]


def spans(text: str, *pieces: str) -> list[Edges]:
    """The last occurrence of each piece; all must end together."""
    found = [(text.rindex(piece), text.rindex(piece) + len(piece)) for piece in pieces]
    assert len({end for _, end in found}) == 1, pieces
    return found


def both_ways(a: Edges, b: Edges, text: str) -> bool:
    there, back = differs_only_by_proclitic(a, b, text), differs_only_by_proclitic(b, a, text)
    assert there == back
    return there


@pytest.mark.parametrize("one, other", list(permutations(["وبدمشق", "بدمشق", "دمشق"], 2)))
def test_all_spans_of_one_name_with_two_proclitics_or_one_or_none_agree(one: str, other: str) -> None:
    text = "في بغداد وبدمشق"
    assert both_ways(*spans(text, one, other), text)


@pytest.mark.parametrize("proclitic", ["و", "ف", "ب", "ل", "ك", "س", "وب", "ول", "وك", "وس", "فب", "فل", "فك", "فس"])
def test_a_conjunction_a_preposition_or_both_may_be_left_outside(proclitic: str) -> None:
    text = f"قال {proclitic}حلب"
    assert both_ways(*spans(text, proclitic + "حلب", "حلب"), text)


@pytest.mark.parametrize(
    ("proclitic", "why"),
    [
        ("ال", "the article is part of the name"),
        ("بال", "a preposition, but with the article"),
        ("أ", "a question particle"),
        ("م", "a letter of the word"),
        ("ت", "a letter of the word"),
        ("وف", "two conjunctions"),
        ("بل", "two prepositions"),
        ("لو", "the preposition before the conjunction"),
        ("بو", "the preposition before the conjunction"),
        ("وبل", "three letters"),
        ("وفب", "three letters"),
        ("وسب", "three letters"),
        ("وو", "one conjunction twice"),
        ("1", "a digit"),
        ("«", "a quotation mark"),
        ("و«", "a proclitic and a quotation mark"),
        ("b", "a Latin letter"),
    ],
)
def test_other_letters_in_front_of_a_name_are_no_proclitics(proclitic: str, why: str) -> None:
    text = f"قال {proclitic}حلب"
    assert not both_ways(*spans(text, proclitic + "حلب", "حلب"), text), why


def test_the_preposition_before_an_article_that_lost_its_alef_may_be_left_outside() -> None:
    """ل and التحالف are written للتحالف; the guidelines begin the name at the second ل."""
    text = "وفق بيان للتحالف"
    assert both_ways(*spans(text, "للتحالف", "لتحالف"), text)


def test_both_lams_together_are_no_proclitic() -> None:
    """للتحالف without both is تحالف, a name without its article: another boundary."""
    text = "وفق بيان للتحالف"
    assert not both_ways(*spans(text, "للتحالف", "تحالف"), text)


@pytest.mark.parametrize("pair", [("التحالف", "تحالف"), ("والتحالف", "تحالف"), ("بالتحالف", "تحالف")])
def test_a_name_without_its_article_is_another_span(pair: tuple[str, str]) -> None:
    text = f"قال {pair[0]}"
    assert not both_ways(*spans(text, *pair), text)


def test_the_article_stays_where_only_the_conjunction_in_front_of_it_goes() -> None:
    text = "قال والتحالف"
    assert both_ways(*spans(text, "والتحالف", "التحالف"), text)


@pytest.mark.parametrize(
    "written",
    ["وَبِ", "وَ", "بِ", "وـ", "ب\u0640\u0640", "ل\u200d", "وَ\u0640بِ\u0640"],
    ids=["both with harakat", "waw with fatha", "ba with kasra", "tatweel", "tatweel twice", "joiner", "all"],
)
def test_harakat_tatweel_and_joiners_on_a_proclitic_change_nothing(written: str) -> None:
    text = f"قال {written}دمشق"
    assert both_ways(*spans(text, written + "دمشق", "دمشق"), text)


@pytest.mark.parametrize("mark", ["\u200f", "\u200e", "\u061c", "\u2067"])
def test_a_mark_of_direction_between_proclitic_and_name_changes_nothing(mark: str) -> None:
    text = f"قالت و{mark}BBC"
    assert both_ways(*spans(text, f"و{mark}BBC", "BBC"), text)
    # The space without width parts words, though nobody sees it.
    assert not both_ways(*spans("قالت و\u200bBBC", "و\u200bBBC", "BBC"), "قالت و\u200bBBC")


def test_harakat_on_a_letter_that_is_no_proclitic_do_not_make_it_one() -> None:
    text = "قال مُدمشق"
    assert not both_ways(*spans(text, "مُدمشق", "دمشق"), text)


@pytest.mark.parametrize("end", [-1, 1])
def test_spans_that_end_elsewhere_are_different(end: int) -> None:
    text = "قال وبدمشق هذا"
    (start, stop), (later, _) = spans("قال وبدمشق", "وبدمشق", "دمشق")
    assert not both_ways((start, stop), (later, stop + end), text)


def test_a_span_does_not_differ_from_itself() -> None:
    text = "قال بدمشق"
    assert not both_ways((4, 9), (4, 9), text)


def test_letters_in_the_middle_of_a_word_are_not_at_its_front() -> None:
    """The ب of قبدمشق has a letter before it, even where a span begins with it."""
    text = "قال قبدمشق"
    assert not both_ways(*spans(text, "بدمشق", "دمشق"), text)


@pytest.mark.parametrize("before", ["ـ", "قُ", "٣", "3", "ق\u200d"])
def test_a_mark_or_digit_does_not_begin_a_new_word(before: str) -> None:
    """Not tatweel alone either way: folded, it is nothing, so that a word may begin with it."""
    text = f"قال {before}بدمشق"
    expected = before == "ـ"
    assert both_ways(*spans(text, "بدمشق", "دمشق"), text) is expected


@pytest.mark.parametrize("before", [" ", "«", "(", "\n", "\u00a0", "-", "،"])
def test_punctuation_and_white_space_end_the_word_before(before: str) -> None:
    text = f"قال{before}بدمشق"
    assert both_ways(*spans(text, "بدمشق", "دمشق"), text)


@pytest.mark.parametrize("space", [" ", "\u00a0", "\n"])
def test_a_proclitic_that_stands_alone_is_a_word(space: str) -> None:
    text = f"قال و{space}دمشق"
    assert not both_ways(*spans(text, f"و{space}دمشق", "دمشق"), text)


def test_a_whole_word_more_is_no_proclitic() -> None:
    text = "قال مدينة دمشق"
    assert not both_ways(*spans(text, "مدينة دمشق", "دمشق"), text)


def test_only_edges_count_not_the_label_or_length_of_the_span() -> None:
    text = "وصل إلى ووزارة الدفاع في حكومة الياقوتة"
    assert both_ways(*spans(text, "ووزارة الدفاع في حكومة الياقوتة", "وزارة الدفاع في حكومة الياقوتة"), text)


def independent_rule(a: Edges, b: Edges, text: str) -> bool:
    """The rule said without regular expressions: what may stand in front is written out, word fronts are looked for.

    A character belongs to a word if it is a letter, a digit, a combining mark or a joiner.
    """
    allowed = {f + s for f in ("", "و", "ف") for s in ("", "ب", "ل", "ك", "س")}
    if a[1] != b[1] or a[0] == b[0]:
        return False
    first, second = min(a[0], b[0]), max(a[0], b[0])
    front = second
    while front > 0 and (text[front - 1].isalnum() or is_mark_or_joiner(text[front - 1])):
        front -= 1
    return front <= first and fold(text[front:second]) in allowed


def is_mark_or_joiner(char: str) -> bool:
    return char in "\u200c\u200d" or "\u064b" <= char <= "\u065f" or "\u0300" <= char <= "\u036f" or char == "\u0670"


words = st.lists(
    st.text("وفبلكسالتحمدق", min_size=1, max_size=6)
    | st.sampled_from(["َ", "ِ", "ـ", "\u200d", " ", "  ", "\n", "«", "،", "3", "للتحالف", "وبدمشق"]),
    min_size=1,
    max_size=8,
).map("".join)


@given(text=words, data=st.data())
def test_two_spans_agree_exactly_where_the_rule_says_so(text: str, data: st.DataObject) -> None:
    offset = st.integers(0, len(text))
    end = data.draw(offset)
    a = (data.draw(st.integers(0, end)), end)
    b = (data.draw(st.integers(0, end)), data.draw(st.just(end) | offset))
    if b[0] > b[1]:
        return
    assert both_ways(a, b, text) is independent_rule(a, b, text)


@given(text=texts, data=st.data())
def test_whatever_the_text_agreeing_spans_end_together_and_differ_by_at_most_two_letters(
    text: str, data: st.DataObject
) -> None:
    end = data.draw(st.integers(0, len(text)))
    a, b = ((data.draw(st.integers(0, end)), end) for _ in range(2))
    if both_ways(a, b, text):
        between = text[min(a[0], b[0]) : max(a[0], b[0])]
        assert len(between) > 0
        assert not any(char.isspace() for char in between)
        assert len(fold(between)) <= 2
        assert set(fold(between)) <= set("وفبلكس")
        assert all(char in "وفبلكس" or char in INVISIBLE or fold(char) == "" for char in between)
