"""Tokens with tags, placed in the text: whole words, pieces of words, normalised ones, tags of several forms."""

from __future__ import annotations

import json
from pathlib import Path

import mention_lists as lists
import pytest
from drawn import texts
from hypothesis import given
from hypothesis import strategies as st
from mihakk.annotate.arabic import fold, tokens
from mihakk.annotate.document import Span
from mihakk.annotate.placing.tags import place_tokens, spans_of_tags
from mihakk.annotate.predictions import parse_prediction
from mihakk.configs.errors import InputError
from mihakk.eval import evaluate


def spans(*tags: str) -> list[tuple[int, int, str]]:
    problems: list[str] = []
    found = spans_of_tags(tags, problems)
    assert problems == []
    return [tuple(span) for span in found]


@pytest.mark.parametrize(
    ("tags", "want"),
    [
        (("O", "B-PERS", "I-PERS", "O", "B-GPE"), [(1, 3, "PERS"), (4, 5, "GPE")]),
        (("B-GPE", "B-GPE"), [(0, 1, "GPE"), (1, 2, "GPE")]),
        (("B-PERS", "E-PERS", "S-GPE", "O"), [(0, 2, "PERS"), (2, 3, "GPE")]),  # IOBES
        (("B-PERS", "I-PERS", "L-PERS", "U-GPE"), [(0, 3, "PERS"), (3, 4, "GPE")]),  # BILOU
        (("PERS", "PERS", "O", "GPE"), [(0, 2, "PERS"), (3, 4, "GPE")]),  # labels alone
        (("B-OCC", "I-OCC B-ORG", "I-ORG I-OCC", "O"), [(0, 3, "OCC"), (1, 3, "ORG")]),  # nested, in any order
        (("B-ORG", "I-ORG B-ORG", "I-ORG"), [(0, 3, "ORG"), (1, 2, "ORG")]),  # of one label, the outer goes on
        (("O", "O"), []),
        ((), []),
    ],
)
def test_tags_make_spans(tags: tuple[str, ...], want: list[tuple[int, int, str]]) -> None:
    assert spans(*tags) == want


@pytest.mark.parametrize(
    ("tags", "problem"),
    [
        (("O", "I-GPE"), "tags[1]: 'I-GPE' continues a GPE that has not begun; write B-GPE"),
        (("B-PERS", "I-GPE"), "tags[1]: 'I-GPE' continues a GPE that has not begun; write B-GPE"),
        (("B-", "O"), "tags[0]: 'B-' is not a tag; write O, or B- and I- before a label, or labels alone"),
        (("X-GPE", "O"), "tags[0]: 'X-GPE' is not a tag; write O, or B- and I- before a label, or labels alone"),
    ],
)
def test_tags_that_make_no_spans_are_named_with_their_token(tags: tuple[str, ...], problem: str) -> None:
    problems: list[str] = []
    spans_of_tags(tags, problems)
    assert problems == [problem]


@pytest.mark.parametrize(
    ("text", "pieces", "want"),
    [
        ("زار دمشق، أمس", ["زار", "دمشق", "،", "أمس"], ["زار", "دمشق", "،", "أمس"]),
        ("وبدمشق أمس", ["و", "ب", "دمشق", "أمس"], ["و", "ب", "دمشق", "أمس"]),
        ("وبدمشق أمس", ["وب", "##دم", "##شق", "امس"], ["وب", "دم", "شق", "أمس"]),
        ("زار دِمَشْقَ", ["▁زار", "▁دم", "شق"], ["زار", "دِمَ", "شْقَ"]),
        ("زار الأردن أمس", ["زار", "[UNK]", "امس"], ["زار", "الأردن", "أمس"]),
        ("زار حلب أمس", ["زار", "أمس"], ["زار", "أمس"]),  # a token was left out
        ("زار حلب أمس", ["زار", "بغداد", "أمس"], ["زار", None, "أمس"]),
        ("زار أمس", ["زار", "!", "أمس"], ["زار", None, "أمس"]),
        ("زار (دمشق)، أمس", ["زار", "(دمشق)،", "أمس"], ["زار", "(دمشق)،", "أمس"]),  # as the tagger has it
        ("زار «(دمشق)» أمس", ["زار", "«(دمشق)»", "أمس"], ["زار", "«(دمشق)»", "أمس"]),
        ("5.5% من", ["5.5", "%", "من"], ["5.5", "%", "من"]),
        ("زار", ["زار", "[UNK]", "ثم", "."], ["زار", None, None, None]),
    ],
)
def test_tokens_are_placed_in_order(text: str, pieces: list[str], want: list[str | None]) -> None:
    assert [text[at[0] : at[1]] if at else None for at in place_tokens(pieces, text)] == want


@given(texts)
def test_a_texts_own_tokens_are_all_at_their_places(text: str) -> None:
    own = [(at.start, at.end) for at in tokens(text)]
    found = place_tokens([text[start:end] for start, end in own], text)
    for (start, end), place in zip(own, found, strict=True):
        if any(c.isalnum() for c in fold(text[start:end])):
            assert place is not None
            assert place[0] <= start < place[1]
            assert place[1] == end or fold(text[end : place[1]]) == ""


@given(texts, st.lists(st.sampled_from(["[UNK]", "دمشق", "##ش", "،", "", " "]), max_size=6))
def test_any_tokens_have_places_that_go_forward(text: str, pieces: list[str]) -> None:
    places = [place for place in place_tokens(pieces, text) if place]
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert places == sorted(places)


def tagged(text: lists.Text, normalise: bool) -> dict[str, list[str]]:
    """A tagger's answer that says just the spans; no token of these texts is in two of one label."""
    cuts = [at for start, end, _ in text.spans for at in (start, end)]
    own = list(tokens(text.text, cuts))
    tags: list[list[str]] = [[] for _ in own]
    for start, end, label in text.spans:
        inside = [n for n, at in enumerate(own) if start <= at.start and at.end <= end]
        for n in inside:
            tags[n].append(f"{'B' if n == inside[0] else 'I'}-{label}")
    words = [text.text[at.start : at.end] for at in own]
    return {
        "tokens": [fold(word) or word for word in words] if normalise else words,
        "tags": [" ".join(t) or "O" for t in tags],
    }


@pytest.mark.parametrize("normalise", [False, True])
@pytest.mark.parametrize("where", ["sample", "made", "articles", "wojood"])
def test_a_perfect_tagger_scores_1(where: str, normalise: bool) -> None:
    if where in ("articles", "wojood") and not lists.SHARED.is_dir():
        pytest.skip("the shared annotations are not at hand")
    found = lists.made(0) if where == "made" else getattr(lists, where)()
    right = total = 0
    for text in found:
        said = parse_prediction({"id": "a", **tagged(text, normalise)}, text.text, None, None)
        right += len({(s.start, s.end, s.label) for s in said.entities} & set(text.spans))
        total += len(text.spans)
    # Two spans of one label that share a token cannot be said by tags; the Wojood sample has a few.
    assert right >= 0.995 * total


def test_tokens_and_tags_stand_in_for_entities(tmp_path: Path) -> None:
    text = "زار وزير دمشق أمس"
    gold = {"id": "a", "text": text, "entities": [{"start": 9, "end": 13, "label": "GPE"}]}
    row = {"id": "a", "tokens": text.split(), "tags": ["O", "O", "B-GPE", "O"]}
    for name, content in (("gold", gold), ("said", row)):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(content), encoding="utf-8")
    scores = evaluate(tmp_path / "gold.jsonl", tmp_path / "said.jsonl")
    assert scores.tasks["entities"]["strict"].micro.f1 == 1


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"tokens": ["زار"]}, "tokens and tags must be two lists of texts, of one length"),
        ({"tokens": ["زار"], "tags": []}, "tokens and tags must be two lists of texts, of one length"),
        ({"tokens": ["زار"], "tags": [5]}, "tokens and tags must be two lists of texts, of one length"),
        ({"tokens": [], "tags": [], "entities": []}, "has entities, and tokens with tags as well; give one of them"),
        ({"tokens": ["زار"], "tags": ["I-GPE"]}, "tags[0]: 'I-GPE' continues a GPE that has not begun; write B-GPE"),
    ],
)
def test_wrong_tokens_and_tags_are_one_problem(row: dict[str, object], problem: str) -> None:
    with pytest.raises(InputError) as error:
        parse_prediction(row, "زار", None, None)
    assert error.value.problems == (problem,)
    with pytest.raises(InputError, match="text is not known"):
        parse_prediction({"tokens": ["زار"], "tags": ["O"]}, None, None, None)


def test_a_span_of_tokens_that_are_not_in_the_text_is_nowhere() -> None:
    said = parse_prediction({"tokens": ["زار", "حلب"], "tags": ["O", "B-GPE"]}, "زار دمشق", None, None)
    assert said.entities == ()
    assert [(m.text, m.label) for m in said.unplaced] == [("حلب", "GPE")]
    assert Span(4, 8, "GPE") not in said.entities
