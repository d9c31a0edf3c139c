"""Mentions without offsets: where they are placed, by which tier, and never inside a word."""

from __future__ import annotations

from collections import Counter

import pytest
from drawn import texts
from hypothesis import example, given
from hypothesis import strategies as st
from mihakk.annotate.arabic import tokens
from mihakk.annotate.boundary import cuts_word_at_end, cuts_word_at_start
from mihakk.annotate.placing.finder import Tier
from mihakk.annotate.placing.mentions import NOWHERE, TIERS, Mention, Rule, place
from mihakk.annotate.placing.policy import Policy
from mihakk.annotate.predictions import parse_prediction


def placed(text: str, *words: str, rule: Rule = Rule.ORDER, label: str = "GPE") -> list[list[tuple[int, int]]]:
    """The offsets of each mention's places."""
    found = place([Mention(word, label) for word in words], text, rule)
    return [[(at.start, at.end) for at in places] for places in found]


def one(text: str, mention: str) -> tuple[str, str] | None:
    """The words at which one mention is placed, and their tier; None if nowhere."""
    (places,) = place([Mention(mention, "GPE")], text)
    return (text[places[0].start : places[0].end], places[0].tier.name.lower()) if places else None


@pytest.mark.parametrize(
    ("text", "mention", "want"),
    [
        # the mention as it is
        ("زار دمشق أمس", "دمشق", ("دمشق", "exact")),
        ("عاد من بدمشق", "دمشق", ("دمشق", "exact")),  # behind a proclitic
        ("عاد وبدمشق", "دمشق", ("دمشق", "exact")),
        ("قال «الجزيرة» أمس", "«الجزيرة»", ("«الجزيرة»", "exact")),
        ("نسبة 5% أمس", "5%", ("5%", "exact")),
        ("وصل 🇸🇾 أمس", "🇸🇾", ("🇸🇾", "exact")),
        # spelling
        ("زار دِمَشْقَ أمس", "دمشق", ("دِمَشْقَ", "spelling")),
        ("زار دمشق أمس", "دِمَشْقَ", ("دمشق", "spelling")),
        ("زار دمشـــق أمس", "دمشق", ("دمشـــق", "spelling")),
        ("زار الأردن أمس", "الاردن", ("الأردن", "spelling")),
        ("زار غزة أمس", "غزه", ("غزة", "spelling")),
        ("لقي موسى أمس", "موسي", ("موسى", "spelling")),
        ("في ٢٠٢٥ كان", "2025", ("٢٠٢٥", "spelling")),
        ("زار الأردن أمس", "الا\u0654ردن", ("الأردن", "spelling")),  # decomposed
        ("زار الا\u0654ردن أمس", "الأردن", ("الا\u0654ردن", "spelling")),
        ("café فتح", "cafe\u0301", ("café", "spelling")),
        ("زار الأمم\u00a0المتحدة أمس", "الأمم المتحدة", ("الأمم\u00a0المتحدة", "spelling")),
        ("زار الأمم\n المتحدة أمس", "الأمم المتحدة", ("الأمم\n المتحدة", "spelling")),
        ("قال عبد الله أمس", "عبدالله", ("عبد الله", "spelling")),
        ("قال أ. ب. ت. أمس", "أ.ب.ت.", ("أ. ب. ت.", "spelling")),
        ("زار ﻻذقية أمس", "لاذقية", ("ﻻذقية", "spelling")),  # one character of two letters
        ("زار دمشق أمس", '"دمشق"', ("دمشق", "spelling")),
        ("زار دمشق أمس", "\u200fدمشق", ("دمشق", "spelling")),
        ("لقي کريم أمس", "كريم", ("کريم", "spelling")),  # a Persian kaf
        # article and proclitics
        ("قال الجيش أمس", "جيش", ("الجيش", "article")),
        ("قال جيش أمس", "الجيش", ("جيش", "article")),
        ("قال للجيش أمس", "الجيش", ("لجيش", "article")),  # the article has lost its alef
        ("زار دمشق أمس", "ودمشق", ("دمشق", "article")),
        ("زار دمشق أمس", "وبدمشق", ("دمشق", "article")),
        ("قال الجيش أمس", "للجيش", ("الجيش", "article")),
        # nowhere
        ("قال وزير لبناني", "بنان", None),
        ("قال وزير لبناني", "لبنان", None),
        ("قال الداعشي", "داعش", None),
        ("نسبة 3.5 أمس", "5", None),
        ("رقم 1 3 أمس", "13", None),
        ("انتهى العنوان عبد\n\nالله أكبر", "عبد الله", None),  # two paragraphs
        ("زار دمشق أمس", "حلب", None),
        ("زار دمشق أمس", "فادي", None),
        ("زار دمشق أمس", "", None),
        ("زار دمشق أمس", "  ", None),
        ("زار دمشق أمس", "«»", None),
    ],
)
def test_a_mention_is_found_by_the_best_tier_and_whole(text: str, mention: str, want: tuple[str, str] | None) -> None:
    assert one(text, mention) == want


def test_a_better_tier_leaves_no_place_to_a_worse_one() -> None:
    # Two spellings of one name; the mention is spelled as the second.
    assert placed("الأردن ثم الاردن", "الاردن") == [[(10, 16)]]
    # Both, where both are listed: the list goes in text order.
    assert placed("الأردن ثم الاردن", "الاردن", "الاردن") == [[(0, 6)], [(10, 16)]]


def test_a_list_is_placed_as_a_whole() -> None:
    text = "دمشق حلب دمشق حمص دمشق"
    # حلب 5–8, حمص 14–17; of دمشق (0, 9, 18) the one between them, then the one behind.
    assert placed(text, "حلب", "دمشق", "حمص", "دمشق") == [[(5, 8)], [(9, 13)], [(14, 17)], [(18, 22)]]
    assert placed(text, "حمص", "دمشق") == [[(14, 17)], [(18, 22)]]
    assert placed(text, "دمشق", "حلب") == [[(0, 4)], [(5, 8)]]


def test_a_name_within_another_is_placed_elsewhere_if_it_can() -> None:
    text = "قوات سوريا الديمقراطية دخلت. قال إن سوريا معنية"
    whole, inner, alone = "قوات سوريا الديمقراطية", text.index("سوريا"), text.rindex("سوريا")
    assert placed(text, whole, "سوريا") == [[(0, len(whole))], [(alone, alone + 5)]]
    # Both marked, as in nested annotation.
    assert placed(text, whole, "سوريا", "سوريا") == [[(0, len(whole))], [(inner, inner + 5)], [(alone, alone + 5)]]
    assert placed(text[: text.index(".")], whole, "سوريا") == [[(0, len(whole))], [(inner, inner + 5)]]


def test_what_stands_out_of_order_takes_what_is_free() -> None:
    text = "دمشق حلب دمشق"
    assert placed(text, "حلب", "دمشق", "دمشق") == [[(5, 8)], [(0, 4)], [(9, 13)]]
    assert placed(text, "دمشق", "دمشق", "دمشق") == [[(0, 4)], [(9, 13)], []]


def test_one_place_may_have_two_labels_but_none_twice() -> None:
    found = place([Mention("دمشق", "GPE"), Mention("دمشق", "ORG"), Mention("دمشق", "GPE")], "زار دمشق")
    assert [[at[:2] for at in places] for places in found] == [[(4, 8)], [(4, 8)], []]
    # Where there are two places, two labels have one each.
    found = place([Mention("دمشق", "GPE"), Mention("دمشق", "ORG")], "دمشق ثم دمشق")
    assert [at.start for places in found for at in places] == [0, 8]


def test_many_more_mentions_than_places_are_soon_done() -> None:
    # Pairs of mentions and places are 50 million here.
    found = placed("دمشق " * 5_000, *["دمشق"] * 10_000)
    assert found == [[(5 * n, 5 * n + 4)] for n in range(5_000)] + [[]] * 5_000


def test_quotation_marks_around_every_mention_are_not_of_the_text() -> None:
    text = 'قناة "الجزيرة" في دمشق'
    assert placed(text, '"الجزيرة"', '"دمشق"') == [[(6, 13)], [(18, 22)]]
    assert placed(text, '"الجزيرة"', "دمشق") == [[(5, 14)], [(18, 22)]]
    assert placed(text, '"الجزيرة"') == [[(5, 14)]]


def test_all_places_of_a_name() -> None:
    text = "دمشق ثم ودمشق ثم دِمشق"
    ends = [(0, 4), (9, 13), (17, 22)]
    assert placed(text, "دمشق", "دمشق", rule=Rule.ALL) == [ends, []]
    assert placed("قال الجيش والجيش", "جيش", rule=Rule.ALL) == [[(4, 9), (11, 16)]]


def test_the_kth_of_the_same_words() -> None:
    # The rule of version 0.1: letters, wherever they stand.
    assert placed("لبناني ثم بنان", "بنان", "بنان", "بنان", rule=Rule.NTH) == [[(1, 5)], [(10, 14)], []]


def test_each_place_has_the_tier_it_was_found_by() -> None:
    found = place([Mention(words, "X") for words in ("دمشق", "الاردن", "جيش")], "دمشق والأردن والجيش")
    assert [places[0].tier for places in found] == [Tier.EXACT, Tier.SPELLING, Tier.ARTICLE]


# --- any text, any spans ---


@st.composite
def texts_with_spans(draw: st.DrawFn) -> tuple[str, list[tuple[int, int]]]:
    """A text, and spans of whole tokens, in text order."""
    text = draw(texts)
    every = [(at.start, at.end) for at in tokens(text)]
    pairs = draw(st.lists(st.tuples(*[st.integers(0, len(every) - 1)] * 2), max_size=8))
    spans = sorted({(every[min(pair)][0], every[max(pair)][1]) for pair in pairs})
    return text, [
        (start, end)
        for start, end in spans
        if not cuts_word_at_start(text, start)
        and not cuts_word_at_end(text, end)
        and text[start:end] == text[start:end].strip()
    ]


@given(texts_with_spans())
def test_spans_in_order_are_all_placed_with_their_own_words(drawn: tuple[str, list[tuple[int, int]]]) -> None:
    text, spans = drawn
    found = place([Mention(text[start:end], "X") for start, end in spans], text)
    for (start, end), places in zip(spans, found, strict=True):
        (at,) = places
        assert (text[at.start : at.end], at.tier) == (text[start:end], Tier.EXACT)
    assert len({at[:2] for places in found for at in places}) == len(spans)


@given(texts_with_spans())
def test_where_every_occurrence_is_listed_each_is_at_its_own(drawn: tuple[str, list[tuple[int, int]]]) -> None:
    """Occurrences are pinned by their neighbours where no words are left out of the list."""
    text, spans = drawn
    listed: set[tuple[int, int]] = set()
    for start, end in spans:
        at = text.find(text[start:end])
        while at >= 0:
            if not cuts_word_at_start(text, at) and not cuts_word_at_end(text, at + end - start):
                listed.add((at, at + end - start))
            at = text.find(text[start:end], at + 1)
    every = sorted(listed)
    assert placed(text, *(text[start:end] for start, end in every)) == [[span] for span in every]


mentions = st.lists(
    st.builds(
        Mention, st.sampled_from(["دمشق", "بدمشق", "للتحالف", "التحالف", "تحالف", "123", "«"]) | texts, st.just("X")
    ),
    max_size=8,
)


@given(texts, mentions, st.sampled_from([Rule.ORDER, Rule.ALL]))
@example("لبنان", [Mention("بنان", "X")], Rule.ORDER)
def test_no_place_is_inside_a_word_and_none_is_taken_twice(text: str, listed: list[Mention], rule: Rule) -> None:
    found = place(listed, text, rule)
    assert len(found) == len(listed)
    spans = [at[:2] for places in found for at in places]
    for start, end in spans:
        assert 0 <= start < end <= len(text)
        assert not cuts_word_at_start(text, start)
        assert not cuts_word_at_end(text, end)
    assert max(Counter(spans).values(), default=1) == 1
    if rule is Rule.ORDER:
        assert all(len(places) <= 1 for places in found)


@given(texts, mentions, st.sampled_from(Rule))
def test_every_mention_is_in_exactly_one_tier(text: str, listed: list[Mention], rule: Rule) -> None:
    rows = [{"text": mention.text, "label": mention.label} for mention in listed if mention.text]
    said = parse_prediction({"entities": rows}, text, None, None, Policy(mentions=rule))
    tiers = said.account.tiers
    assert sum(tiers.values()) == len(rows)
    assert set(tiers) <= set(TIERS)
    assert tiers.get(NOWHERE, 0) == len(said.unplaced)
    if rule is not Rule.ALL:
        assert len(said.entities) + len(said.unplaced) == len(rows)


@given(texts)
def test_words_that_are_not_in_the_text_are_nowhere(text: str) -> None:
    # Letters that no drawn piece has, long enough to be no article.
    stranger = "ضظغضظغ"
    assert placed(text.replace("ض", ""), stranger, f"ال{stranger}", f"و{stranger}") == [[], [], []]


def test_of_two_places_as_good_the_one_amid_its_neighbours_is_taken() -> None:
    # دمشق at 0, حلب at 5, 9 and 16, حمص at 23. Between 4 and 23, the middle is 13.5; حلب at 9 has 10.5, at 16 has 17.5.
    text = "دمشق حلب حلب ثم حلب ثم حمص"
    assert [text.index("حمص"), text.index("حلب", 13)] == [23, 16]
    assert placed(text, "دمشق", "حلب", "حمص") == [[(0, 4)], [(9, 12)], [(23, 26)]]
    assert placed(text, "حلب", "حمص") == [[(5, 8)], [(23, 26)]]
    assert placed(text, "دمشق", "حلب") == [[(0, 4)], [(5, 8)]]
