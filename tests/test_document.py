"""The central records refuse what does not fit: an unusable text, a span that is no piece of it, an unknown label."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from mihakk.annotate.document import Annotation, Article, Claim, Span, overlapping, show_span, span_problem, text_sha256
from mihakk.configs.errors import InputError
from mihakk.configs.scheme import load_scheme

SCHEME = load_scheme()

# Proclitics on names (بدمشق، للتحالف), harakat, tatweel, an emoji of several code points, NBSP, CRLF.
TEXT = (
    "غارة للتحالف بدمشق\n\n"
    "أعلن التحالف، أمس، مقتل القيادي سالم الزمـرد في غارةٍ قرب\u00a0الضمير 👨‍👩‍👧.\r\n"
    "ونفت وزارة الدفاع الخبر."
)
ARTICLE = Article(id="مقال_1", text=TEXT)


def span(words: str, label: str, left: int = 0, right: int = 0) -> Span:
    """The span of `words`, with its edges moved outwards by so many characters."""
    assert TEXT.count(words) == 1
    start = TEXT.index(words)
    return Span(start - left, start + len(words) + right, label)


COALITION = span("التحالف، أمس", "ORG", right=-len("، أمس"))
PERSON = span("سالم الزمـرد", "PERS")
MINISTRY = span("وزارة الدفاع", "ORG")
KILLED = span("مقتل القيادي سالم الزمـرد", "CLAIM")


def problems_of(
    entities: Sequence[Span] = (),
    claims: Sequence[Claim] = (),
    stances: dict[str, str] | None = None,
    event_claims: Sequence[str] = ("c1",),
) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        Annotation.on(ARTICLE, SCHEME, "rima", entities, claims, stances, event_claims)
    return caught.value.problems


# --- Article ----------------------------------------------------------------------------------------


def test_the_digest_of_a_text_is_that_of_its_utf_8_bytes() -> None:
    # The first is the example of FIPS 180-2, appendix B.1.
    assert text_sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert text_sha256("محكّ") == hashlib.sha256(b"\xd9\x85\xd8\xad\xd9\x83\xd9\x91").hexdigest()


@given(text=st.text(min_size=1))
def test_an_article_carries_the_digest_of_its_text(text: str) -> None:
    assume(text.strip() and "\0" not in text)
    assert Article(id="a", text=text).text_sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_the_right_digest_is_accepted_and_the_digest_of_another_text_refused() -> None:
    digest = hashlib.sha256(TEXT.encode()).hexdigest()
    assert Article(id="a", text=TEXT, text_sha256=digest) == Article(id="a", text=TEXT)
    changed = TEXT + " "
    with pytest.raises(InputError) as caught:
        Article(id="a", text=changed, text_sha256=digest)
    (problem,) = caught.value.problems
    assert problem.startswith("article a: the text differs from the annotated text")
    assert digest[:8] in problem
    assert hashlib.sha256(changed.encode()).hexdigest()[:8] in problem


def test_the_text_of_an_article_cannot_be_exchanged() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        ARTICLE.text = "آخر"  # type: ignore[misc]
    with pytest.raises(InputError, match="differs from the annotated text"):
        dataclasses.replace(ARTICLE, text="آخر")
    assert dataclasses.replace(ARTICLE, event_id="e1").text == TEXT


@pytest.mark.parametrize("article_id", ["a", "01_sanunu_raid", "مقال-٢", "x.y:z", "ـ"])
def test_any_word_may_be_an_article_id(article_id: str) -> None:
    assert Article(id=article_id, text="نص").id == article_id


@pytest.mark.parametrize(
    "article_id", ["", " ", "a b", "a\n", "\ta", "a\u00a0b", "a\u200fb", "a\u0000", "a\u2028b", "\ufeffa"]
)
def test_an_article_id_of_several_words_or_with_invisible_characters_is_refused(article_id: str) -> None:
    with pytest.raises(InputError) as caught:
        Article(id=article_id, text="نص")
    assert caught.value.problems == (f"article id {article_id!r}: must be one word, without spaces",)


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u00a0\t\r\n\u3000"])
def test_an_article_without_text_is_refused(text: str) -> None:
    with pytest.raises(InputError) as caught:
        Article(id="a", text=text)
    assert caught.value.problems == ("article a: has no text",)


def test_a_nul_in_the_text_is_refused() -> None:
    """PostgreSQL, and so Label Studio on it, cannot store one."""
    with pytest.raises(InputError, match="article a: the text has a NUL character"):
        Article(id="a", text="نص\0نص")


@pytest.mark.parametrize("half", ["\ud83d", "\ude00"])
def test_half_a_character_is_refused_with_its_offset(half: str) -> None:
    with pytest.raises(InputError, match=r"article a: .*lone surrogate.* at 3$"):
        Article(id="a", text=f"نص {half}")


@pytest.mark.parametrize(
    "published",
    [
        None,
        "2025-12-05",
        "2024-02-29",
        "2025-12-05T00:00",
        "2025-12-05T19:29",
        "2025-12-05T19:29:59",
        "2025-12-05T19:29+03:00",
        "2025-12-05T19:29:59-11:30",
        "2025-12-05T19:29Z",
    ],
)
def test_published_may_be_a_date_or_a_time_with_or_without_zone(published: str | None) -> None:
    assert Article(id="a", text="نص", published=published).published == published


@pytest.mark.parametrize(
    "published",
    [
        "",
        "2025",
        "2025-12",
        "2025-02-29",  # no leap year
        "2025-13-01",
        "2025-00-10",
        "2025-1-5",
        "20251205",
        "2025-W49-5",
        "05/12/2025",
        "2025-12-05 19:29",
        "2025-12-05T19",
        "2025-12-05T25:00",
        "2025-12-05T19:60",
        "2025-12-05T19:29:59.5",
        "2025-12-05\n",
        " 2025-12-05",
        "٢٠٢٥-١٢-٠٥",
        "أمس",
    ],
)
def test_published_must_be_an_iso_date(published: str) -> None:
    with pytest.raises(InputError) as caught:
        Article(id="a", text="نص", published=published)
    (problem,) = caught.value.problems
    assert problem.startswith(f"article a: published {published!r} is not a date")


# --- one span ---------------------------------------------------------------------------------------


@given(text=st.text(min_size=1), data=st.data())
def test_a_span_is_refused_exactly_when_it_is_no_trimmed_piece_and_the_mend_mends_it(
    text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(-2, len(text) + 2))
    end = data.draw(st.integers(-2, len(text) + 2))
    problem = span_problem(start, end, text)
    piece = text[start:end] if 0 <= start < end <= len(text) else ""
    assert (problem is None) == (piece != "" and piece == piece.strip())
    mend = re.search(r"it should be (\d+)–(\d+)", problem or "")
    if mend:
        mended = (int(mend[1]), int(mend[2]))
        assert span_problem(*mended, text) is None
        assert text[slice(*mended)] == piece.strip()


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        ("0", 3, "'0' and 3"),
        (0, 3.0, "0 and 3.0"),
        (None, 3, "null and 3"),
        (True, 3, "true and 3"),
        (0, [3], "0 and [3]"),
    ],
)
def test_offsets_that_are_no_whole_numbers_are_refused(start: object, end: object, shown: str) -> None:
    """They come from files, so they are shown as JSON has them."""
    assert span_problem(start, end, TEXT) == f"offsets must be whole numbers, not {shown}"


@pytest.mark.parametrize(("start", "end"), [(5, 5), (5, 4), (-1, 4), (0, 0), (-3, -1)])
def test_an_empty_reversed_or_negative_span_is_refused(start: int, end: int) -> None:
    with pytest.raises(InputError, match="start must be at least 0 and less than end"):
        Span(start, end, "ORG")
    assert span_problem(start, end, TEXT) == "start must be at least 0 and less than end"


def test_a_span_beyond_the_text_is_refused_with_the_length_of_the_text() -> None:
    (problem,) = problems_of([Span(len(TEXT) - 5, len(TEXT) + 1, "ORG")])
    assert f"{len(TEXT) - 5}–{len(TEXT) + 1} “{TEXT[-5:]}”" in problem
    assert f"ends outside the text, which has {len(TEXT)} characters" in problem


def test_a_span_may_reach_to_both_ends_of_the_text() -> None:
    whole = Span(0, len(TEXT), "EVENT")
    assert Annotation.on(ARTICLE, SCHEME, "rima", [whole]).entities == (whole,)


# Each: the span with white space at an edge, and the same words without it.
EDGES = {
    "space before": (span("سالم الزمـرد", "PERS", left=1), PERSON),
    "space after": (span("سالم الزمـرد", "PERS", right=1), PERSON),
    "NBSP before": (span("الضمير", "GPE", left=1), span("الضمير", "GPE")),
    "NBSP after": (span("قرب", "LOC", right=1), span("قرب", "LOC")),
    "two newlines after": (span("بدمشق", "GPE", right=2), span("بدمشق", "GPE")),
    "CRLF before": (span("ونفت", "EVENT", left=2), span("ونفت", "EVENT")),
    "both sides": (span("وزارة الدفاع", "ORG", left=1, right=1), MINISTRY),
}


@pytest.mark.parametrize(("given_span", "right"), EDGES.values(), ids=EDGES)
def test_white_space_at_an_edge_is_refused_with_the_right_offsets(given_span: Span, right: Span) -> None:
    (problem,) = problems_of([given_span])
    assert problem.endswith(f"has white space at a boundary; it should be {right.start}–{right.end}")
    assert Annotation.on(ARTICLE, SCHEME, "rima", [right]).entities == (right,)


@pytest.mark.parametrize("blank", [span("قرب\u00a0", "LOC", left=-3), span("بدمشق\n\n", "GPE", left=-5)])
def test_a_span_of_white_space_alone_is_refused(blank: Span) -> None:
    (problem,) = problems_of([blank])
    assert problem.endswith("holds only white space; remove it")


@pytest.mark.parametrize("words", ["دمشق", "لتحالف", "الزمـرد", "غارةٍ", "👨‍👩‍👧"])
def test_a_span_may_begin_and_end_inside_a_word(words: str) -> None:
    """Proclitics stay outside a name: the ب of بدمشق, the first ل of للتحالف."""
    start = TEXT.index(words)
    inside = Span(start, start + len(words), "GPE")
    assert Annotation.on(ARTICLE, SCHEME, "rima", [inside]).entities == (inside,)


def test_spans_may_nest_overlap_and_touch() -> None:
    """This scheme is flat, others are not; the records carry both."""
    nested = (span("القيادي سالم", "OCC"), span("القيادي", "OCC"), PERSON, span(" الزمـرد", "GPE", left=-1))
    assert set(Annotation.on(ARTICLE, SCHEME, "rima", nested).entities) == set(nested)


def test_a_message_shows_a_span_on_one_line_and_not_too_long() -> None:
    long = "كلمة " * 40 + "\r\nخاتمة"
    assert show_span(0, 5, "ORG", "أ\nب\rج") == "ORG 0–5 “أ⏎ب⏎ج”"
    # 60 characters fit; of more, 59 are shown and an ellipsis.
    assert show_span(0, 60, "ORG", long) == f"ORG 0–60 “{long[:60]}”"
    assert show_span(0, 61, "ORG", long) == f"ORG 0–61 “{long[:59]}…”"


@pytest.mark.parametrize(
    ("start", "end", "shown"), [("0", 5, "'0'–5"), (0, None, "0–null"), (2.5, 5, "2.5–5"), (-2, 5, "-2–5")]
)
def test_a_message_shows_impossible_offsets_without_words(start: object, end: object, shown: str) -> None:
    """As JSON has them."""
    assert show_span(start, end, "ORG", TEXT) == f"ORG {shown} “”"


# --- Annotation -------------------------------------------------------------------------------------


def test_an_annotation_that_fits_carries_all_it_was_given() -> None:
    claim = Claim(KILLED.start, KILLED.end, "support", (COALITION,), "c1", "القائل التحالف")
    made = Annotation.on(ARTICLE, SCHEME, "rima", [MINISTRY, PERSON, COALITION], [claim], {"c1": "discuss"}, ["c1"])
    assert made == Annotation("مقال_1", "rima", (COALITION, PERSON, MINISTRY), (claim,), {"c1": "discuss"}), (
        "entities come out in the order of the text"
    )


def test_a_claim_may_do_without_stance_source_and_event_claim() -> None:
    claim = Claim(KILLED.start, KILLED.end)
    assert Annotation.on(ARTICLE, SCHEME, "rima", claims=[claim]).claims == (claim,)


def test_an_unknown_label_is_refused_with_the_labels_there_are() -> None:
    (problem,) = problems_of([Span(PERSON.start, PERSON.end, "PERSON")])
    assert f"PERSON {PERSON.start}–{PERSON.end} “سالم الزمـرد”" in problem
    assert "conflict_news@1.0 has no label PERSON" in problem
    assert "PERS, OCC, NORP, ORG" in problem


def test_of_a_span_with_wrong_offsets_and_wrong_label_the_offsets_are_told() -> None:
    (problem,) = problems_of([Span(5, len(TEXT) + 1, "PERSON")])
    assert "ends outside the text" in problem


@pytest.mark.parametrize(
    ("start", "end", "label", "message"),
    [
        (5, 5, "GPE", "span 5–5: start must be at least 0 and less than end"),
        (8, 5, "GPE", "span 8–5: start must be"),
        (-3, -1, "GPE", "span -3–-1: start must be"),
        (-1, -1, "GPE", "span -1–-1: start must be"),
        ("4", 8, "GPE", "span '4'–8: offsets must be whole numbers"),
        (4.0, 8.0, "GPE", "whole numbers"),
        (False, True, "GPE", "span False–True: offsets must be whole numbers"),
        (4, None, "GPE", "whole numbers"),
        (4, 8, "", "span 4–8: needs a label, as text, not ''"),
        (4, 8, None, "not None"),
        (4, 8, 3, "not 3"),
        (4, 8, ["GPE"], "not ['GPE']"),
    ],
)
def test_a_span_checks_itself_when_it_is_made(start: Any, end: Any, label: Any, message: str) -> None:
    with pytest.raises(InputError) as error:
        Span(start, end, label)
    (problem,) = error.value.problems
    assert message in problem


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((5, 5), "span 5–5: start must be at least 0 and less than end"),
        ((None, 5), "span None–5: offsets must be whole numbers"),
        ((4, 8, ""), "claim 4–8: its stance must be text that is not empty"),
        ((4, 8, 5), "its stance must be text that is not empty, or None, not 5"),
        ((4, 8, None, [Span(1, 2, "ORG")]), "its sources must be Spans, in a tuple"),
        ((4, 8, None, ((1, 2, "ORG"),)), "its sources must be Spans"),
        ((4, 8, None, (), ""), "its about must be text"),
        ((4, 8, None, (), None, 7), "its note must be text or None, not 7"),
    ],
)
def test_a_claim_checks_itself_when_it_is_made(arguments: Any, message: str) -> None:
    with pytest.raises(InputError) as error:
        Claim(*arguments)
    (problem,) = error.value.problems
    assert message in problem


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"article_id": ""}, "its article_id must be text that is not empty, not ''"),
        ({"annotator": None}, "its annotator must be text that is not empty, not None"),
        ({"entities": [Span(1, 2, "ORG")]}, "annotation of مقال_1 by rima: its entities must be Spans, in a tuple"),
        ({"claims": (Span(1, 2, "ORG"),)}, "its claims must be Claims, in a tuple"),
        ({"stances": {"c1": None}}, "the stance on 'c1' must be text that is not empty, not None"),
        ({"stances": {"c1": ["agree"]}}, "not ['agree']"),
        ({"stances": {"": "agree"}}, "the stance on ''"),
    ],
)
def test_an_annotation_checks_itself_when_it_is_made(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as error:
        Annotation(**{"article_id": "مقال_1", "annotator": "rima", **fields})
    (problem,) = error.value.problems
    assert message in problem


def test_claim_is_no_label_of_an_entity() -> None:
    """Claims are records of their own; as an entity one would have neither stance nor source."""
    (problem,) = problems_of([KILLED])
    assert "CLAIM" in problem
    assert "مقتل القيادي سالم الزمـرد" in problem


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        (Claim(KILLED.start, KILLED.end, "agree"), "has no claim stance agree; it has support, deny, query, comment"),
        (Claim(KILLED.start, KILLED.end, about="c9"), "is about c9, which is not a claim of the article's event"),
        (
            Claim(KILLED.start, KILLED.end, sources=(MINISTRY,)),
            f"its source ORG {MINISTRY.start}–{MINISTRY.end} “وزارة الدفاع” is not an entity",
        ),
        (Claim(KILLED.start, KILLED.end, sources=(Span(PERSON.start, PERSON.end, "ORG"),)), "is not an entity"),
        (Claim(KILLED.start, KILLED.end + 1), f"it should be {KILLED.start}–{KILLED.end}"),
        (Claim(KILLED.start, len(TEXT) + 1), "ends outside the text"),
    ],
)
def test_a_claim_that_does_not_fit_is_refused(claim: Claim, message: str) -> None:
    (problem,) = problems_of([PERSON], [claim])
    assert problem.startswith(f"article مقال_1, rima: CLAIM {claim.start}–{claim.end} “")
    assert message in problem


def test_an_unknown_stance_of_the_article_is_refused_with_those_there_are() -> None:
    assert problems_of(stances={"c1": "support"}) == (
        "article مقال_1, rima: stance on c1: conflict_news@1.0 has no article stance support; "
        "it has agree, disagree, discuss, unrelated",
    )


def test_a_stance_on_an_unknown_claim_is_refused() -> None:
    assert problems_of(stances={"c2": "agree"}) == (
        "article مقال_1, rima: stance on c2: no such claim of the article's event",
    )


def test_all_problems_are_told_at_once() -> None:
    found = problems_of(
        entities=[PERSON, Span(3, 999, "ORG"), Span(PERSON.start, PERSON.end, "WHO"), span("قرب", "LOC", left=1)],
        claims=[Claim(KILLED.start, KILLED.end, "yes", (MINISTRY,), "c7")],
        stances={"c8": "maybe"},
    )
    # Outside, unknown label, white space; stance, event claim, source of the claim; claim and stance of the article.
    told = ["3–999", "no label WHO", "white space", "claim stance yes", "c7", "وزارة الدفاع", "c8: no such", "maybe"]
    assert len(found) == len(told)
    for part in told:
        assert sum(part in problem for problem in found) == 1, part
    assert all(problem.startswith("article مقال_1, rima: ") for problem in found)


words = [match.span() for match in re.finditer(r"\S+", TEXT)]
word_spans = st.builds(
    lambda at, label: Span(*at, label), st.sampled_from(words), st.sampled_from(SCHEME.entity_labels)
)


@st.composite
def annotations(draw: st.DrawFn) -> tuple[list[Span], list[Claim]]:
    entities = draw(st.lists(word_spans, min_size=1, max_size=6))
    claims = st.builds(
        lambda at, stance, sources, about, note: Claim(*at, stance, tuple(sources), about, note),
        st.sampled_from(words[:3]),
        st.sampled_from([None, *SCHEME.claim_stances]),
        st.lists(st.sampled_from(entities), max_size=2),
        st.sampled_from([None, "c1"]),
        st.sampled_from([None, "ملاحظة"]),
    )
    return entities, draw(st.lists(claims, max_size=5))


@given(made=annotations(), data=st.data())
def test_an_annotation_does_not_depend_on_the_order_in_which_its_parts_come(
    made: tuple[list[Span], list[Claim]], data: st.DataObject
) -> None:
    entities, claims = made
    one = Annotation.on(ARTICLE, SCHEME, "rima", entities, claims, event_claims=["c1"])
    shuffled = data.draw(st.permutations(entities)), data.draw(st.permutations(claims))
    assert Annotation.on(ARTICLE, SCHEME, "rima", *shuffled, event_claims=["c1"]) == one
    assert [(s.start, s.end) for s in one.entities] == sorted((s.start, s.end) for s in entities)
    assert [(c.start, c.end) for c in one.claims] == sorted((c.start, c.end) for c in claims)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 8)), max_size=9))
def test_pieces_are_one_place_if_a_chain_of_overlaps_connects_them(drawn: list[tuple[int, int]]) -> None:
    """By the definition: code points that pieces cover are connected where one piece covers both of two neighbours."""
    pieces = [(start, start + length) for start, length in drawn]
    covered = sorted({point for start, end in pieces for point in range(start, end)})
    starts = [
        point
        for point in covered
        if not any(start <= point - 1 and point < end for start, end in pieces)  # nothing joins it to the one before
    ]
    places = overlapping(pieces, lambda piece: piece)
    assert [min(place)[0] for place in places] == starts
    assert sorted(piece for place in places for piece in place) == sorted(pieces)
    assert all(max(end for _, end in before) <= min(behind)[0] for before, behind in pairwise(places))
