"""Offsets into a text that an extractor normalised, brought back to the text that it was given."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import mention_lists as lists
import pytest
from drawn import Annotated, annotated
from hypothesis import given
from mihakk.annotate.arabic import fold, is_mark
from mihakk.annotate.placing.offsets import Unit
from mihakk.annotate.placing.policy import Policy
from mihakk.annotate.placing.realign import Realigned
from mihakk.annotate.predictions import parse_prediction
from mihakk.configs.errors import InputError
from mihakk.eval import evaluate

# How each character is changed. The own text's offset of a code point is the length of what stood before it.
CHANGES: dict[str, Callable[[str], str]] = {
    "harakat and tatweel removed": lambda c: "" if is_mark(c) or c == "ـ" else c,
    "hamza, ة and ى unified": lambda c: fold(c) if c.isalpha() and c != "ـ" else c,
    "spaces around punctuation": lambda c: f" {c} " if unicodedata.category(c).startswith("P") else c,
    "compatibility forms": lambda c: unicodedata.normalize("NFKC", c),
    "white space removed": lambda c: "" if c.isspace() else c,
    "punctuation removed": lambda c: "" if unicodedata.category(c).startswith("P") else c,
    "harakat added": lambda c: c + "\u064e" if lists.is_arabic(c) else c,
}
EXACT = [name for name in CHANGES if name != "punctuation removed"]


def changed(text: str, change: Callable[[str], str]) -> tuple[str, list[int]]:
    """The own text of an extractor, and for each code point of the real one where it begins there."""
    made, at = "", [0]
    for char in text:
        made += change(char)
        at.append(len(made))
    return made, at


def corpora(name: str) -> list[lists.Text]:
    if name in ("articles", "wojood") and not lists.SHARED.is_dir():
        pytest.skip("the shared annotations are not at hand")
    return lists.made(0) if name == "made" else getattr(lists, name)()


@pytest.mark.parametrize("where", ["sample", "made", "articles", "wojood"])
@pytest.mark.parametrize("name", CHANGES)
def test_spans_come_back_from_a_normalised_text(name: str, where: str) -> None:
    right = total = 0
    for text in corpora(where):
        own, at = changed(text.text, CHANGES[name])
        back = Realigned(own, text.text)
        for start, end, _ in text.spans:
            total += 1
            first, last = at[start], at[end]
            # An extractor's spans have no white space at their ends.
            piece = own[first:last]
            first += len(piece) - len(piece.lstrip())
            last -= len(piece) - len(piece.rstrip())
            right += back.span(first, last) == (start, end)
    # Where punctuation was removed, spans that ended in it are without it: 232 of the 2,883 of Wojood.
    assert right / total >= (1 if name in EXACT else 2651 / 2883)


def test_words_that_were_taken_out_or_put_in_do_not_move_the_others() -> None:
    text = "زار الوزير دمشق أمس (رويترز) ثم عاد إلى حلب"
    own = "زار الوزير دمشق ثم URL عاد الى حلب"
    back = Realigned(own, text)
    for word, there in (("دمشق", "دمشق"), ("حلب", "حلب"), ("الى حلب", "إلى حلب")):
        start = own.index(word)
        found = back.span(start, start + len(word))
        assert found is not None
        assert text[found[0] : found[1]] == there
    start = own.index("URL")
    assert back.span(start, start + 3) is None


def test_a_long_text_of_one_word_is_soon_done() -> None:
    text = "دمشق " * 20_000
    back = Realigned(f"حلب {text}", text)
    assert back.span(0, 3) is None


@given(annotated())
def test_an_own_text_that_is_the_same_changes_nothing(drawn: Annotated) -> None:
    text = drawn.article.text
    back = Realigned(text, text)
    for span in drawn.annotation.entities:
        found = back.span(span.start, span.end)
        # Marks of the last letter are taken in; a span without letters has no way of its own.
        if found is not None:
            assert found[0] <= span.end
            assert found[1] >= span.start


@given(annotated(), annotated())
def test_any_two_texts_give_pieces_of_the_real_one_or_nothing(one: Annotated, two: Annotated) -> None:
    back = Realigned(one.article.text, two.article.text)
    for span in one.annotation.entities:
        found = back.span(span.start, span.end)
        assert found is None or 0 <= found[0] < found[1] <= len(two.article.text)


def test_only_on_request_and_what_has_no_counterpart_is_placed_by_its_words() -> None:
    text, own = "زار الأردن أمس", "زار الاردن امس"
    row = {"id": "a", "text": own, "entities": [{"start": 4, "end": 10, "label": "GPE", "text": "الاردن"}]}
    with pytest.raises(InputError, match="its text differs from the gold set's"):
        parse_prediction(row, text, None, None)
    said = parse_prediction(row, text, None, None, Policy(Unit.OWN_TEXT))
    assert [(s.start, s.end) for s in said.entities] == [(4, 10)]
    row = {"id": "a", "text": "بغداد", "entities": [{"start": 0, "end": 5, "label": "GPE"}]}
    said = parse_prediction(row, text, None, None, Policy(Unit.OWN_TEXT))
    assert (said.entities, [m.text for m in said.unplaced]) == ((), ["بغداد"])


def test_scores_of_a_normalised_text_name_it() -> None:
    text = "زار الأردن أمس"
    gold = [{"id": "a", "text": text, "entities": [{"start": 4, "end": 10, "label": "GPE"}]}]
    said = [{"id": "a", "text": re.sub("أ", "ا", f"  {text}"), "entities": [{"start": 6, "end": 12, "label": "GPE"}]}]
    scores = evaluate(gold, said, offsets="own-text")
    assert scores.tasks["entities"]["strict"].micro.f1 == 1
    assert "|offsets:own-text|" in scores.signature
