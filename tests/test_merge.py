"""Merging annotators by majority: votes counted by hand, and an account of everything that was said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marked import SCHEME
from mihakk.annotate.document import Annotation, Article, Claim, EventClaim, Span
from mihakk.export.finished import FinishedTask
from mihakk.export.merge import Merged, merge
from mihakk.export.policy import Policy

# أحمد 0–4, دمشق 9–13, قُتل اثنان 14–24.
TEXT = "أحمد زار دمشق قُتل اثنان 👩\u200d🚀"
ARTICLE = Article("خبر", TEXT)
EVENT_CLAIMS = (EventClaim("c1", "ادعاء"), EventClaim("c2", "ادعاء"))
PERS, GPE, LOC = Span(0, 4, "PERS"), Span(9, 13, "GPE"), Span(9, 13, "LOC")
ON_CLAIM = (14, 24)


def said(
    annotator: str,
    entities: Sequence[Span] = (),
    claims: Sequence[Claim] = (),
    stances: Mapping[str, str] | None = None,
) -> Annotation:
    ids = [claim.id for claim in EVENT_CLAIMS]
    return Annotation.on(ARTICLE, SCHEME, annotator, entities, claims, stances, ids)


def merged(*annotations: Annotation) -> Merged:
    return merge(FinishedTask(ARTICLE, EVENT_CLAIMS, annotations))


def by_entities(*entities: Sequence[Span]) -> Merged:
    return merged(*(said(name, spans) for name, spans in zip("abcde", entities, strict=False)))


def by_claims(*claims: Sequence[Claim], entities: Sequence[Span] = ()) -> Merged:
    return merged(*(said(name, entities, own) for name, own in zip("abcde", claims, strict=False)))


def asides(result: Merged) -> list[tuple[str, str, str]]:
    assert all(aside.article_id == "خبر" for aside in result.set_aside)
    return [(", ".join(aside.annotators), aside.what, aside.reason) for aside in result.set_aside]


def claim(stance: str | None = None, *sources: Span, note: str | None = None, about: str | None = None) -> Claim:
    return Claim(*ON_CLAIM, stance, sources, about, note)


SHOWN_CLAIM = "CLAIM 14–24 “قُتل اثنان”"


def test_one_annotators_work_is_gold_as_it_is() -> None:
    work = said("a", [PERS, GPE, LOC], [claim("deny", PERS, note="ملاحظة"), claim()], {"c1": "agree"})
    result = merged(work)
    assert result.set_aside == ()
    document = result.document
    assert (document.article, document.claims, document.annotators) == (ARTICLE, EVENT_CLAIMS, ("a",))
    gold = document.annotation
    assert (gold.article_id, gold.annotator) == ("خبر", "gold")
    assert (gold.entities, gold.claims, gold.stances) == (work.entities, work.claims, work.stances)


def test_annotators_are_those_who_finished_the_article() -> None:
    assert by_entities([], []).document.annotators == ("a", "b")


# --- entities ---


def test_of_two_annotators_what_both_marked_is_gold_and_what_one_marked_is_a_tie() -> None:
    result = by_entities([PERS, GPE], [PERS, LOC])
    assert result.document.annotation.entities == (PERS,)
    assert asides(result) == [
        ("a", "GPE 9–13 “دمشق”", "tie: 1 of 2 annotators"),
        ("b", "LOC 9–13 “دمشق”", "tie: 1 of 2 annotators"),
    ]


def test_of_three_annotators_two_are_a_majority_and_one_is_a_minority() -> None:
    result = by_entities([GPE, PERS], [GPE], [LOC, PERS])
    assert result.document.annotation.entities == (PERS, GPE)
    assert asides(result) == [("c", "LOC 9–13 “دمشق”", "minority: 1 of 3 annotators")]


def test_of_four_annotators_two_are_a_tie() -> None:
    result = by_entities([GPE], [GPE], [], [])
    assert result.document.annotation.entities == ()
    assert asides(result) == [("a, b", "GPE 9–13 “دمشق”", "tie: 2 of 4 annotators")]


def test_an_annotator_who_marked_nothing_counts_against() -> None:
    assert by_entities([GPE], [], []).document.annotation.entities == ()


def test_spans_that_differ_by_one_letter_are_different_spans() -> None:
    result = by_entities([GPE], [Span(10, 13, "GPE")])
    assert result.document.annotation.entities == ()
    assert len(result.set_aside) == 2


# --- claims ---


def test_a_claim_of_same_span_and_stance_is_gold() -> None:
    result = by_claims([claim("deny")], [claim("deny")])
    assert result.document.annotation.claims == (claim("deny"),)
    assert result.set_aside == ()


def test_a_claim_of_same_span_and_different_stance_is_gold_without_stance() -> None:
    result = by_claims([claim("deny")], [claim("support")])
    assert result.document.annotation.claims == (claim(None),)
    assert asides(result) == [("a, b", f"stance of {SHOWN_CLAIM}", "no majority: a: deny, b: support")]


def test_a_claim_without_stance_and_one_with_are_a_claim_without_stance() -> None:
    result = by_claims([claim()], [claim("support")])
    assert result.document.annotation.claims == (claim(None),)
    assert asides(result) == [("a, b", f"stance of {SHOWN_CLAIM}", "no majority: a: None, b: support")]


def test_a_claim_that_two_leave_without_stance_is_gold_and_nothing_is_set_aside() -> None:
    result = by_claims([claim()], [claim()])
    assert result.document.annotation.claims == (claim(),)
    assert result.set_aside == ()


def test_the_stance_of_two_of_three_wins_and_the_third_is_set_aside() -> None:
    result = by_claims([claim("deny")], [claim("support")], [claim("deny")])
    assert result.document.annotation.claims == (claim("deny"),)
    assert asides(result) == [("b", f"{SHOWN_CLAIM}, support", "minority: 1 of 3 annotators")]


def test_three_stances_on_one_span_are_a_claim_without_stance() -> None:
    result = by_claims([claim("deny")], [claim("support")], [claim("query")])
    assert result.document.annotation.claims == (claim(None),)
    assert asides(result) == [("a, b, c", f"stance of {SHOWN_CLAIM}", "no majority: a: deny, b: support, c: query")]


def test_a_claim_of_one_of_two_is_a_tie_and_of_one_of_three_a_minority() -> None:
    assert asides(by_claims([claim("deny")], [])) == [("a", f"{SHOWN_CLAIM}, deny", "tie: 1 of 2 annotators")]
    assert asides(by_claims([], [claim("deny")], [])) == [("b", f"{SHOWN_CLAIM}, deny", "minority: 1 of 3 annotators")]


def test_claims_whose_edges_differ_are_different_claims() -> None:
    result = by_claims([Claim(14, 18, "deny")], [claim("deny")])
    assert result.document.annotation.claims == ()
    assert len(result.set_aside) == 2


def test_two_claims_on_one_span_by_one_annotator_are_two_votes_for_two_claims() -> None:
    # Both heard a denial and a confirmation of the same words.
    result = by_claims([claim("deny"), claim("support")], [claim("support"), claim("deny")])
    assert result.document.annotation.claims == (claim("deny"), claim("support"))
    assert result.set_aside == ()


def test_an_annotators_second_claim_on_a_span_is_no_second_vote_for_the_first() -> None:
    result = by_claims([claim("deny"), claim("deny")], [], [])
    assert result.document.annotation.claims == ()
    assert asides(result) == [("a", f"{SHOWN_CLAIM}, deny", "minority: 1 of 3 annotators")] * 2


def test_a_second_claim_of_one_annotator_on_a_gold_span_is_set_aside() -> None:
    result = by_claims([claim("deny"), claim("support")], [claim("deny")])
    assert result.document.annotation.claims == (claim("deny"),)
    assert asides(result) == [("a", f"{SHOWN_CLAIM}, support", "tie: 1 of 2 annotators")]


def test_claims_left_over_on_one_span_by_both_are_one_more_claim_without_stance() -> None:
    result = by_claims([claim("deny"), claim("support")], [claim("deny"), claim("query")])
    assert result.document.annotation.claims == (claim(None), claim("deny"))
    assert asides(result) == [("a, b", f"stance of {SHOWN_CLAIM}", "no majority: a: support, b: query")]


def test_a_second_claim_on_a_span_that_only_one_of_three_has_is_not_gold() -> None:
    # a and b agree on a denial. What b has beyond it and what c has instead of it are one vote each.
    result = by_claims([claim("deny")], [claim("deny"), claim("support")], [claim("query")])
    assert result.document.annotation.claims == (claim("deny"),)
    surplus = "more claims on this span than most annotators marked"
    assert sorted(asides(result)) == [
        ("b", f"{SHOWN_CLAIM}, support", surplus),
        ("c", f"{SHOWN_CLAIM}, query", surplus),
    ]


def test_two_of_five_with_a_second_claim_on_a_span_make_no_second_gold_claim() -> None:
    # Three agree on a denial; what is left over are four claims of four annotators, but only two have a second one.
    deny = claim("deny")
    result = by_claims([deny, claim("query")], [deny, claim("support")], [deny], [claim("comment")], [claim("query")])
    assert result.document.annotation.claims == (deny,)
    assert sorted(by for by, _, _ in asides(result)) == ["a, e", "b", "d"]


def test_what_is_set_aside_comes_in_text_order_and_then_by_stance() -> None:
    spans = [(0, 4), (0, 8), (5, 8), (5, 13), (9, 13), (9, 18), (14, 18), (14, 24), (19, 24)]
    apart = by_claims([Claim(*span, "deny") for span in reversed(spans)], [])
    assert [what.split()[1] for _, what, _ in asides(apart)] == [f"{start}–{end}" for start, end in spans]
    # All four stances on one span by both, each with a source that only one names.
    stances = ["comment", "deny", "query", "support"]
    result = by_claims(
        [claim(stance, source) for stance, source in zip(stances, (LOC, PERS, GPE, LOC), strict=True)],
        [claim(stance) for stance in stances],
        entities=[PERS, GPE, LOC],
    )
    assert [what.split()[1] for _, what, _ in asides(result)] == ["LOC", "PERS", "GPE", "LOC"]


def test_what_is_said_of_a_claim_that_is_set_aside_is_each_annotators_own() -> None:
    # Half of four marked the span, with different stances.
    result = by_claims([claim("deny")], [claim("support")], [], [])
    assert result.document.annotation.claims == ()
    told = {name: what for names, what, _ in asides(result) for name in names.split(", ")}
    assert set(told) == {"a", "b"}
    assert "deny" in told["a"] and "support" in told["b"]


# --- what belongs to a claim ---


def test_sources_are_those_of_more_than_half_of_the_claims_voters() -> None:
    result = by_claims(
        [claim("deny", GPE, PERS)], [claim("deny", PERS)], [claim("deny", PERS, GPE)], entities=[PERS, GPE]
    )
    assert result.document.annotation.claims == (claim("deny", PERS, GPE),)
    assert result.set_aside == ()


def test_a_source_that_one_of_two_voters_names_is_set_aside() -> None:
    result = by_claims([claim("deny", PERS)], [claim("deny")], entities=[PERS])
    assert result.document.annotation.claims == (claim("deny"),)
    assert asides(result) == [("a", f"source PERS 0–4 of {SHOWN_CLAIM}", "tie: 1 of 2 annotators")]


def test_those_who_did_not_mark_the_claim_have_no_say_in_its_sources() -> None:
    # Two of three marked the claim, one and the other named the source: two of two voters.
    result = by_claims([claim("deny", PERS)], [claim("deny", PERS)], [], entities=[PERS])
    assert result.document.annotation.claims == (claim("deny", PERS),)


def test_a_source_that_is_no_gold_entity_is_set_aside() -> None:
    result = merged(
        said("a", [PERS], [claim("deny", PERS)]),
        said("b", [PERS], [claim("deny", PERS)]),
        said("c"),
        said("d"),
        # Of five, three marked the claim and only two the name.
        said("e", [GPE], [claim("deny", GPE)]),
    )
    assert result.document.annotation.claims == (claim("deny"),)
    assert ("a, b", f"source PERS 0–4 of {SHOWN_CLAIM}", "is not a gold entity") in asides(result)
    assert ("e", f"source GPE 9–13 of {SHOWN_CLAIM}", "minority: 1 of 3 annotators") in asides(result)


def test_a_claim_without_agreed_stance_keeps_its_agreed_source() -> None:
    result = by_claims([claim("deny", PERS)], [claim("support", PERS)], entities=[PERS])
    assert result.document.annotation.claims == (claim(None, PERS),)


def test_what_a_claim_is_about_is_gold_by_majority_of_its_voters() -> None:
    both = by_claims([claim("deny", about="c1")], [claim("deny", about="c1")])
    assert both.document.annotation.claims == (claim("deny", about="c1"),)
    apart = by_claims([claim("deny", about="c1")], [claim("deny", about="c2")])
    assert apart.document.annotation.claims == (claim("deny"),)
    assert asides(apart) == [
        ("a", f"{SHOWN_CLAIM} about c1", "tie: 1 of 2 annotators"),
        ("b", f"{SHOWN_CLAIM} about c2", "tie: 1 of 2 annotators"),
    ]
    silent = by_claims([claim("deny", about="c1")], [claim("deny")])
    assert asides(silent) == [("a", f"{SHOWN_CLAIM} about c1", "tie: 1 of 2 annotators")]


def test_all_notes_on_a_gold_claim_are_kept_each_once() -> None:
    result = by_claims(
        [claim("deny", note="د")],
        [claim("deny", note="ج")],
        [claim("deny", note="أ")],
        [claim("deny", note="ج")],
        [claim("deny")],
    )
    assert result.document.annotation.claims == (claim("deny", note="أ | ج | د"),)
    assert result.set_aside == ()


# --- article stances ---


@pytest.mark.parametrize(
    ("answers", "gold", "set_aside"),
    [
        (["agree"], "agree", []),
        (["agree", "agree"], "agree", []),
        (["agree", "discuss"], None, [("a", "agree", "tie: 1 of 2"), ("b", "discuss", "tie: 1 of 2")]),
        (["agree", None], None, [("a", "agree", "tie: 1 of 2")]),
        (["agree", "discuss", "agree"], "agree", [("b", "discuss", "minority: 1 of 3")]),
        (["agree", None, "agree"], "agree", []),
        (["agree", None, None], None, [("a", "agree", "minority: 1 of 3")]),
        (
            ["agree", "discuss", "disagree"],
            None,
            [
                ("a", "agree", "minority: 1 of 3"),
                ("b", "discuss", "minority: 1 of 3"),
                ("c", "disagree", "minority: 1 of 3"),
            ],
        ),
        (
            ["agree", "agree", "discuss", "discuss"],
            None,
            [("a, b", "agree", "tie: 2 of 4"), ("c, d", "discuss", "tie: 2 of 4")],
        ),
        ([None, None], None, []),
    ],
)
def test_article_stances_are_by_majority_of_those_who_finished(
    answers: list[str | None], gold: str | None, set_aside: list[tuple[str, str, str]]
) -> None:
    result = merged(
        *(said(name, stances={"c2": answer} if answer else {}) for name, answer in zip("abcd", answers, strict=False))
    )
    assert result.document.annotation.stances == ({"c2": gold} if gold else {})
    assert asides(result) == [
        (by, f"stance on c2: {stance}", f"{reason} annotators") for by, stance, reason in set_aside
    ]


# --- an account of everything ---

_entities = st.sets(
    st.builds(
        lambda start, n, label: Span(start, start + n, label),
        st.integers(0, 2),
        st.integers(1, 2),
        st.sampled_from(["PERS", "GPE"]),
    )
)
_claims = st.lists(
    st.builds(
        lambda start, n, stance, note: Claim(start, start + n, stance, note=note),
        st.integers(0, 1),
        st.integers(1, 2),
        st.sampled_from([None, "support", "deny", "query"]),
        st.sampled_from([None, "أ", "ب"]),
    ),
    max_size=4,
)
_annotations = st.lists(
    st.tuples(
        _entities, _claims, st.dictionaries(st.sampled_from(["c1", "c2"]), st.sampled_from(["agree", "discuss"]))
    ),
    min_size=1,
    max_size=5,
).map(lambda drawn: [said(name, *work) for name, work in zip("abcde", drawn, strict=False)])


def kind(what: str) -> str:
    """Entity, claim, stance of a claim, source, or article stance: what a set-aside line is about."""
    for prefix in ("stance on ", "stance of ", "source ", "CLAIM "):
        if what.startswith(prefix):
            return prefix.strip()
    return "entity"


@given(_annotations)
def test_every_entity_is_gold_or_set_aside_with_those_who_marked_it(annotations: list[Annotation]) -> None:
    result = merged(*annotations)
    marked = Counter(span for annotation in annotations for span in annotation.entities)
    gold = result.document.annotation.entities
    assert set(gold) == {span for span, votes in marked.items() if votes / len(annotations) > 0.5}
    assert list(gold) == sorted(gold)
    aside = {what: by for by, what, _ in asides(result) if kind(what) == "entity"}
    assert len(aside) == len(marked) - len(gold)
    mentions = sum(len(by.split(", ")) for by in aside.values()) + sum(marked[span] for span in gold)
    assert mentions == sum(len(annotation.entities) for annotation in annotations)


@given(_annotations)
def test_every_claim_is_a_vote_for_a_gold_claim_or_set_aside(annotations: list[Annotation]) -> None:
    result = merged(*annotations)
    total = len(annotations)
    spans = {(c.start, c.end) for annotation in annotations for c in annotation.claims}
    for start, end in spans:
        shown = f"CLAIM {start}–{end} "
        given_here = [sum((c.start, c.end) == (start, end) for c in a.claims) for a in annotations]
        gold = [c for c in result.document.annotation.claims if (c.start, c.end) == (start, end)]
        aside = [by.split(", ") for by, what, _ in asides(result) if what.startswith(shown)]
        # Each gold claim takes a vote of more than half; what is left is set aside, one line a layer.
        votes_for_gold = sum(given_here) - sum(map(len, aside))
        assert len(gold) * (total // 2 + 1) <= votes_for_gold <= len(gold) * total
        if sum(n > 0 for n in given_here) * 2 > total:
            assert gold
    assert {(c.start, c.end) for c in result.document.annotation.claims} <= spans


@given(_annotations)
def test_gold_has_no_more_claims_on_a_span_than_most_annotators_have(annotations: list[Annotation]) -> None:
    gold = Counter((c.start, c.end) for c in merged(*annotations).document.annotation.claims)
    for span, claims in gold.items():
        here = [[c for c in a.claims if (c.start, c.end) == span] for a in annotations]
        as_many = [own for own in here if len(own) >= claims]
        # Stances that each have a majority of their own may add up to more: a and b deny, a and c support.
        own_majorities = sum(
            sum(sum(c.stance == stance for c in own) > before for own in here) * 2 > len(annotations)
            for stance, before in {
                (c.stance, sum(d.stance == c.stance for d in own[:n])) for own in here for n, c in enumerate(own)
            }
        )
        assert len(as_many) * 2 > len(annotations) or claims <= own_majorities


@given(_annotations)
def test_a_stance_that_most_gave_a_span_is_the_stance_of_a_gold_claim(annotations: list[Annotation]) -> None:
    gold = {(c.start, c.end, c.stance) for c in merged(*annotations).document.annotation.claims}
    votes = Counter(key for a in annotations for key in {(c.start, c.end, c.stance) for c in a.claims})
    for key, count in votes.items():
        if count * 2 > len(annotations):
            assert key in gold
    # And no stance is made up: each is somebody's majority.
    assert all(votes[key] * 2 > len(annotations) for key in gold if key[2] is not None)


@given(_annotations, st.randoms(use_true_random=False))
def test_the_order_of_annotators_does_not_matter(annotations: list[Annotation], random: Any) -> None:
    shuffled = random.sample(annotations, len(annotations))
    assert merged(*shuffled).document.annotation == merged(*annotations).document.annotation


# --- most ---

MOST = Policy(most=True)


def by_most(*annotations: Annotation) -> Merged:
    return merge(FinishedTask(ARTICLE, EVENT_CLAIMS, annotations), MOST)


def most_entities(*entities: Sequence[Span]) -> Merged:
    return by_most(*(said(name, spans) for name, spans in zip("abcde", entities, strict=False)))


def test_the_version_that_most_gave_is_gold_where_there_is_no_majority() -> None:
    """Two of four mark GPE, one LOC, one nothing: no majority, but most gave GPE."""
    work = ([GPE], [GPE], [LOC], [])
    assert by_entities(*work).document.annotation.entities == ()
    result = most_entities(*work)
    assert result.document.annotation.entities == (GPE,)
    assert result.document.origins.entities[0].annotators == ("a", "b")
    assert asides(result) == [("c", "LOC 9–13 “دمشق”", "minority: 1 of 4 annotators")]
    assert not result.undecided


def test_two_versions_that_equally_many_gave_are_undecided() -> None:
    result = most_entities([GPE], [GPE], [LOC], [LOC])
    assert result.document.annotation.entities == ()
    assert [aside.undecided for aside in result.set_aside] == [True, True]
    assert {reason for _, _, reason in asides(result)} == {"tie: 2 of 4 annotators"}


def test_nothing_is_a_version_too() -> None:
    result = most_entities([], [], [GPE], [LOC])
    assert result.document.annotation.entities == ()
    assert not result.undecided


def test_a_place_is_decided_as_a_whole() -> None:
    """Two split what one marks as a whole: [أحمد][زار دمشق] by a and b, all of it by c, nothing by d."""
    first, rest, whole = Span(0, 4, "PERS"), Span(5, 13, "EVENT"), Span(0, 13, "EVENT")
    result = most_entities([first, rest], [first, rest], [whole], [])
    assert result.document.annotation.entities == (first, rest)
    # e and d mark the first only, so that more than half do: of the versions that have it, two of each are a tie.
    result = most_entities([first, rest], [first, rest], [whole], [first], [first])
    assert result.document.annotation.entities == (first,)
    assert [(aside.what, aside.undecided) for aside in result.set_aside] == [
        ("EVENT 0–13 “أحمد زار دمشق”", False),
        ("EVENT 5–13 “زار دمشق”", True),
    ]


def test_most_of_those_who_marked_a_claim_decide_its_stance() -> None:
    """Three of five mark the claim; of its stances deny has two."""
    work = [
        said(name, [], own)
        for name, own in zip("abcde", [[claim("deny")]] * 2 + [[claim("query")], [], []], strict=True)
    ]
    (gold,) = by_most(*work).document.annotation.claims
    assert gold.stance == "deny"
    # Two stances of two each: the claim is gold without one.
    work = [
        said(name, [], [claim(stance)]) for name, stance in zip("abcd", ["deny", "deny", "query", "query"], strict=True)
    ]
    result = by_most(*work)
    assert [c.stance for c in result.document.annotation.claims] == [None]
    assert result.undecided


def test_most_stances_on_the_event_and_silence() -> None:
    answers = [{"c1": "agree"}, {"c1": "agree"}, {"c1": "discuss"}, {}]
    result = by_most(*(said(name, stances=own) for name, own in zip("abcd", answers, strict=True)))
    assert (result.document.annotation.stances, result.undecided) == ({"c1": "agree"}, False)
    # As many are silent as agree.
    answers = [{"c1": "agree"}, {"c1": "agree"}, {}, {}]
    result = by_most(*(said(name, stances=own) for name, own in zip("abcd", answers, strict=True)))
    assert (result.document.annotation.stances, result.undecided) == ({}, True)


@given(st.lists(st.lists(st.sampled_from([PERS, GPE, LOC, Span(0, 13, "EVENT")]), unique=True), min_size=1, max_size=6))
def test_most_keeps_what_a_majority_marked_and_accounts_for_all(entities: list[list[Span]]) -> None:
    work = [said(name, spans) for name, spans in zip("abcdef", entities, strict=False)]
    most, majority = by_most(*work), merged(*work)
    assert set(majority.document.annotation.entities) <= set(most.document.annotation.entities)
    marked = {span for spans in entities for span in spans}
    assert len(most.document.annotation.entities) + len(most.set_aside) == len(marked)
    # The order of annotators does not matter.
    assert by_most(*work[::-1]).document.annotation.entities == most.document.annotation.entities
