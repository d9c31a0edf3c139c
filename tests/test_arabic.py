"""Arabic text keeps its offsets: tokens cover it, and match keys lead back to it."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mihakk.annotate.arabic import INVISIBLE, MatchKey, fold, match_key, tokens

# What Arabic news is made of, and what goes wrong with it: letters in all their hamza forms, harakat,
# tatweel, digits of three kinds, punctuation, invisible marks, white space of several kinds, emoji.
CHARACTERS = (
    "ابتةدرسلمنهويىءأإآٱؤئپگ"
    "\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0654\u0670\u0640"
    "0123456789٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹"
    "،؛؟.,:/٫٬-–—«»“”\"'()[]_#@%…"
    " \u00a0\n\r\t\u2003\u3000\u2028"
    "\u200c\u200d\u200e\u200f\u061c\ufeff"
    "abXYéß"
    "🙂👨👩👧👍🏽🇸🇾🇱🇧❤\ufe0f\u20e3"
)
texts = st.text(st.sampled_from(CHARACTERS), max_size=40) | st.text(max_size=40)


def shown(text: str, cuts: tuple[int, ...] = ()) -> list[str]:
    return [text[token.start : token.end] for token in tokens(text, cuts)]


# --- tokens -----------------------------------------------------------------------------------------


@given(text=texts, cuts=st.lists(st.integers(-3, 45)))
def test_tokens_cover_all_but_white_space_each_character_once_and_in_order(text: str, cuts: list[int]) -> None:
    covered = [offset for token in tokens(text, cuts) for offset in range(token.start, token.end)]
    assert covered == [offset for offset, char in enumerate(text) if not char.isspace()]


@given(text=texts, cuts=st.lists(st.integers(-3, 45)))
def test_a_token_is_never_empty_and_never_holds_white_space(text: str, cuts: list[int]) -> None:
    for token in tokens(text, cuts):
        assert 0 <= token.start < token.end <= len(text)
        assert not any(char.isspace() for char in text[token.start : token.end])


@given(text=texts, cuts=st.lists(st.integers(-3, 45)))
def test_tokens_end_at_the_cuts_and_nowhere_else_than_without_them(text: str, cuts: list[int]) -> None:
    whole = list(tokens(text))
    edges = {edge for token in whole for edge in (token.start, token.end)}
    inside = {cut for cut in cuts if any(token.start < cut < token.end for token in whole)}
    cut_up = list(tokens(text, cuts))
    assert {edge for token in cut_up for edge in (token.start, token.end)} == edges | inside


@given(text=texts, data=st.data())
def test_a_span_of_any_characters_is_made_of_whole_tokens_when_its_edges_are_cuts(
    text: str, data: st.DataObject
) -> None:
    """So that BIO tags can say exactly what the spans said."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    inside = [token for token in tokens(text, [start, end]) if start <= token.start and token.end <= end]
    assert "".join(text[token.start : token.end] for token in inside) == "".join(text[start:end].split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # numbers, clock times and dates are one token, in all digits
        ("2,500", ["2,500"]),
        ("19:29", ["19:29"]),
        ("22:41:05", ["22:41:05"]),
        ("٣٫٥", ["٣٫٥"]),
        ("١٬٢٠٠", ["١٬٢٠٠"]),
        ("3.14", ["3.14"]),
        ("04/07/2025", ["04/07/2025"]),
        ("۰۴/۰۷/۲۰۲۵", ["۰۴/۰۷/۲۰۲۵"]),
        ("130 قذيفة", ["130", "قذيفة"]),
        # but not the punctuation behind them
        ("في 2025.", ["في", "2025", "."]),
        ("الساعة 19:29، أمس", ["الساعة", "19:29", "،", "أمس"]),
        ("٥٠٪", ["٥٠", "٪"]),
        ("24-27", ["24", "-", "27"]),
        # punctuation is glued to Arabic words in print, and is a token of its own here
        ("بغداد، دمشق؛ بيروت؟", ["بغداد", "،", "دمشق", "؛", "بيروت", "؟"]),
        ("«داعش»", ["«", "داعش", "»"]),
        ('لـ"قسد"،', ["لـ", '"', "قسد", '"', "،"]),
        ("سوريا…", ["سوريا", "…"]),
        ("الهجوم..", ["الهجوم", ".", "."]),
        ("(رويترز)", ["(", "رويترز", ")"]),
        ("كانون الأول/ديسمبر", ["كانون", "الأول", "/", "ديسمبر"]),
        ("#معبر_القنطرة", ["#", "معبر", "_", "القنطرة"]),
        # harakat and tatweel are part of the word they stand in, wherever in it
        ("مُحَمَّدٌ رسولٌ", ["مُحَمَّدٌ", "رسولٌ"]),
        ("المخدٔرات", ["المخدٔرات"]),
        ("هٰذا", ["هٰذا"]),
        ("الزمـرد الـــمــــزيـد", ["الزمـرد", "الـــمــــزيـد"]),
        # a joiner shapes the word and does not end it
        ("می\u200cروم", ["می\u200cروم"]),
        # no-break spaces are white space
        ("قرب\u00a0الضمير\u202f5", ["قرب", "الضمير", "5"]),
        # what is one sign on the screen is one token
        ("🇸🇾🇱🇧", ["🇸🇾", "🇱🇧"]),
        ("👨‍👩‍👧‍👦👍🏽", ["👨‍👩‍👧‍👦", "👍🏽"]),
        ("❤️!", ["❤️", "!"]),
        ("خبر🙂عاجل", ["خبر", "🙂", "عاجل"]),
        ("t4 و F-16", ["t4", "و", "F", "-", "16"]),
        ("", []),
        (" \n\u00a0", []),
    ],
)
def test_tokens_of(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


def test_a_proclitic_is_a_token_of_its_own_where_a_name_begins_behind_it() -> None:
    text = "وبدمشق، للتحالف"
    # The name دمشق begins behind two letters; التحالف was fused with ل, and begins behind the first.
    assert shown(text, (2, 6)) == ["وب", "دمشق", "،", "للتحالف"]
    assert shown(text, (2, 9)) == ["وب", "دمشق", "،", "ل", "لتحالف"]


def test_cuts_may_come_in_any_order_and_more_than_once() -> None:
    assert shown("وبدمشق", (2, 1, 2, 1)) == ["و", "ب", "دمشق"]


# --- match keys -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("أمريكا", "امريكا"),
        ("إدلب", "ادلب"),
        ("آذار", "اذار"),
        ("ٱلله", "الله"),
        ("القاعدة", "القاعده"),
        ("على", "علي"),
        ("مسؤول", "مسوول"),
        ("عائلة", "عايلة"),
        ("مسئول", "مسيول"),
        ("الزمـــرد", "الزمرد"),
        ("مُحَمَّدٌ", "محمد"),
        ("هٰذا", "هذا"),
        ("١٢٣٤٥٦٧٨٩٠", "1234567890"),
        ("۱۲۳۴۵۶۷۸۹۰", "1234567890"),
        ("\u200fخبر\u200e", "خبر"),
        ("می\u200cروم", "میروم"),
        ("NATO", "nato"),
        # the same letters composed and decomposed
        (unicodedata.normalize("NFD", "مسؤول أئمة إلى آب"), "مسؤول أئمة إلى آب"),
    ],
)
def test_spellings_of_one_word_have_one_key(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("سوريا", "سورية"),
        ("الضمير", "ضمير"),
        ("بدمشق", "دمشق"),
        ("زير", "وزير"),
        ("ماء", "ما"),
        ("2,500", "2500"),
        ("قرب الضمير", "قربالضمير"),
        ("ذهب", "دهب"),
    ],
)
def test_different_words_have_different_keys(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_a_key_keeps_white_space_and_punctuation_in_their_places() -> None:
    assert fold("«أهـلاً»،\u00a0في\n١٩:٢٩") == "«اهلا»،\u00a0في\n19:29"


def test_marks_behind_a_letter_belong_to_it_on_the_way_back() -> None:
    text = "في مُحَمَّدٌـ، أمس"
    key = match_key(text)
    start = key.key.index("محمد")
    # The tanween and the tatweel are behind the last letter, and go with it; the comma does not.
    assert text[slice(*key.original(start, start + 4))] == "مُحَمَّدٌـ"
    assert text[slice(*key.original(start, start + 1))] == "مُ"


def test_a_letter_that_becomes_two_leads_back_to_itself() -> None:
    assert match_key("aßb") == MatchKey("assb", (0, 1, 1, 2, 3))


@given(text=texts)
def test_a_key_leads_back_in_order_to_every_letter(text: str) -> None:
    key = match_key(text)
    assert len(key.offsets) == len(key.key) + 1
    assert key.offsets[-1] == len(text)
    assert all(one <= other for one, other in pairwise(key.offsets))
    for char, offset in zip(key.key, key.offsets[:-1], strict=True):
        assert char in fold(text[offset])


@given(text=texts, data=st.data())
def test_the_original_of_a_piece_of_the_key_has_that_piece_as_its_key(text: str, data: st.DataObject) -> None:
    key = match_key(text)
    # Between letters of the text: not inside the two s that one ß became.
    edges = [n for n in range(len(key.offsets)) if n == 0 or key.offsets[n - 1] != key.offsets[n]]
    start, end = sorted((data.draw(st.sampled_from(edges)), data.draw(st.sampled_from(edges))))
    piece = text[slice(*key.original(start, end))]
    assert fold(piece) == key.key[start:end]


@given(text=texts)
def test_fold_gives_the_key_alone(text: str) -> None:
    assert fold(text) == match_key(text).key


@given(text=texts)
def test_a_key_is_its_own_key(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(one=texts, other=texts)
def test_the_key_of_a_text_is_made_of_the_keys_of_its_parts(one: str, other: str) -> None:
    """A name has the same key wherever it stands."""
    assert fold(one + other) == fold(one) + fold(other)


@given(text=texts)
def test_no_key_has_marks_tatweel_or_foreign_digits(text: str) -> None:
    key = fold(text)
    assert not set(key) & INVISIBLE
    assert not set(key) & set("\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0654\u0670\u0640أإآٱؤئةى")
    assert all(char in "0123456789" for char in key if char.isdecimal())
