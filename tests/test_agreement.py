"""Agreement between annotators: by hand, against scikit-learn and krippendorff, and in any order."""

from __future__ import annotations

import json
import math
import random
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path
from typing import Any

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marked import SCHEME, annotation, marked
from mihakk.annotate.document import Annotation, Article, Claim, EventClaim, Span
from mihakk.configs.errors import InputError
from mihakk.configs.terminal import terminal
from mihakk.eval.agreement.chance import reading
from mihakk.eval.agreement.measure import agreement, strict_agreement
from mihakk.eval.agreement.records import Agreement, Measures, SpanRow
from mihakk.eval.gate import unmet
from mihakk.eval.intervals import ALIKE
from mihakk.eval.pages.agreement import agreement_page, shown_names
from mihakk.eval.report import agreement_tables
from mihakk.export.finished import FinishedTask, read_export
from scipy import stats
from sklearn.metrics import cohen_kappa_score
from test_cli import SAMPLE, Run, run  # noqa: F401 - a fixture

STANCES = tuple(SCHEME.article_stances)
CLAIM_STANCES = tuple(SCHEME.claim_stances)


def article(
    name: str,
    sources: Mapping[str, str],
    stances: Mapping[str, Mapping[str, str]] | None = None,
    event: str | None = None,
    model: str | None = None,
) -> FinishedTask:
    """An article with each annotator's marked text, and their stances on claims."""
    texts = {marked(source)[0] for source in sources.values()}
    assert len(texts) == 1, "all annotators have one text"
    given_stances = stances or {}
    claims = sorted({claim for answers in given_stances.values() for claim in answers})
    return FinishedTask(
        Article(name, texts.pop(), event_id=event),
        tuple(EventClaim(claim, f"ادعاء {claim}") for claim in claims),
        tuple(
            replace(annotation(source, who), article_id=name, stances=dict(given_stances.get(who, {})))
            for who, source in sources.items()
        ),
        model,
    )


def answers(ratings: Mapping[str, Sequence[str | None]], name: str = "a", event: str | None = None) -> FinishedTask:
    """An article on which each annotator takes these stances, on c0, c1, ...; None where one is left open."""
    return article(
        name,
        dict.fromkeys(ratings, "نص"),
        {who: {f"c{n}": given for n, given in enumerate(row) if given} for who, row in ratings.items()},
        event,
    )


def f1s(found: Measures, task: str) -> list[float | None]:
    return [found.spans[task][scheme].micro.f1 for scheme in ("strict", "strict+clitic", "exact")]


# --- F1, by hand ---

# For each: what a, b, ... marked; then strict, strict+clitic and exact F1 = 2 · agreed / marked.
HALF = pytest.approx(0.5)
CASES = {
    "all the same": (["زار [دمشق|GPE]"] * 2, [1.0, 1.0, 1.0]),
    "another label: the edges are the same": (["زار [دمشق|GPE]", "زار [دمشق|LOC]"], [0.0, 0.0, 1.0]),
    "a proclitic more: و": (["زار [وبغداد|GPE]", "زار و[بغداد|GPE]"], [0.0, 1.0, 0.0]),
    "a proclitic of the article more: ل of لل": (["قال [للتحالف|ORG]", "قال ل[لتحالف|ORG]"], [0.0, 1.0, 0.0]),
    "a proclitic more and another label": (["زار [وبغداد|GPE]", "زار و[بغداد|LOC]"], [0.0, 0.0, 0.0]),
    "another end": (["[قائد الأركان|OCC]", "[قائد|OCC] الأركان"], [0.0, 0.0, 0.0]),
    "one marked nothing: 2 · 0 / 1": (["زار [دمشق|GPE]", "زار دمشق"], [0.0, 0.0, 0.0]),
    "nobody marked anything: 0 / 0": (["زار دمشق"] * 2, [None, None, None]),
    # One marked three, the other one of them: 2 · 1 / 4.
    "one missed two": (["[نصر|PERS] في [دمشق|GPE] [أمس|DATE]", "نصر في [دمشق|GPE] أمس"], [HALF] * 3),
    # Nested spans are spans: 2 · 1 / (2 + 2).
    "nested": (["[جيش [سوريا|GPE]|ORG]", "[جيش [سوريا|LOC]|ORG]"], [HALF, HALF, 1.0]),
    # a and b agree on their span, c with neither: three pairs, each with one span a side, 2 · 1 / 6.
    "three annotators": (["[نصر|PERS]", "[نصر|PERS]", "[نصر|ORG]"], [pytest.approx(1 / 3)] * 2 + [1.0]),
    # Six pairs; of four, a and b agree, and c and d: 2 · 2 / 12.
    "four annotators": (
        ["[نصر|PERS]", "[نصر|PERS]", "[نصر|ORG]", "[نصر|ORG]"],
        [pytest.approx(1 / 3)] * 2 + [1.0],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_f1_by_hand(case: str) -> None:
    sources, expected = CASES[case]
    found = agreement([article("a", dict(zip("abcd", sources, strict=False)))], SCHEME).overall
    assert f1s(found, "entities") == expected


def test_articles_are_pooled_and_not_averaged() -> None:
    # 1 of 1 and 1 agree in one article, 1 of 1 and 3 in the other: 2 · 2 / (2 + 4), where the mean is (1 + 1/2) / 2.
    found = agreement(
        [
            article("a", {"x": "[دمشق|GPE]", "y": "[دمشق|GPE]"}),
            article("b", {"x": "[نصر|PERS] [في|LOC] [حلب|GPE]", "y": "نصر في [حلب|GPE]"}),
        ],
        SCHEME,
    ).overall
    assert f1s(found, "entities") == [pytest.approx(2 / 3)] * 3
    micro = found.spans["entities"]["strict"].micro
    assert (micro.agreed, micro.marked) == (2, 6)
    assert (found.articles, found.pairs) == (2, 2)


def test_each_label_is_compared_as_if_there_were_no_other() -> None:
    found = agreement(
        [article("a", {"x": "[نصر|PERS] في [دمشق|GPE] [حلب|GPE]", "y": "[نصر|PERS] في [دمشق|LOC] [حلب|GPE]"})], SCHEME
    ).overall
    labels = found.spans["entities"]["strict"].labels
    # PERS 2·1/2; GPE: two against one, one of them the same, 2·1/3; LOC 2·0/1. In the scheme's order.
    assert {name: row.f1 for name, row in labels.items()} == {"PERS": 1.0, "GPE": pytest.approx(2 / 3), "LOC": 0.0}
    assert list(labels) == [name for name in SCHEME.entity_labels if name in labels]
    # Edges alone: GPE has the other's LOC for nothing.
    assert found.spans["entities"]["exact"].labels["GPE"].f1 == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("x", "y", "strict", "overlap"),
    [
        ("[أصيب أربعة|CLAIM:support]", "[أصيب أربعة|CLAIM:deny]", 1.0, 1.0),  # stances are another task
        ("[أصيب أربعة|CLAIM]", "[أصيب أربع|CLAIM]ة", 0.0, 1.0),  # 9 of 10 code points
        ("[أربعة جنود|CLAIM]", "[أربعة|CLAIM] جنود", 0.0, 1.0),  # 5 of 10
        ("[أصيب أربعة|CLAIM]", "[أصيب|CLAIM] أربعة", 0.0, 0.0),  # 4 of 10
        # قصف has 3 of the 7 of قصف جسر; the second is the same: 2 · 1 / 4.
        ("[قصف جسر|CLAIM] و[نهب سوق|CLAIM]", "[قصف|CLAIM] جسر و[نهب سوق|CLAIM]", 0.5, 0.5),
    ],
)
def test_claims_are_compared_as_spans_and_by_overlap(x: str, y: str, strict: float, overlap: float) -> None:
    found = agreement([article("a", {"x": x, "y": y})], SCHEME).overall.spans["claims"]
    assert (found["strict"].micro.f1, found["overlap"].micro.f1) == (strict, overlap)
    assert found["strict"].labels == {}  # claims have one label


# --- kappa and alpha, by hand ---


def stances(found: Agreement, task: str = "stance", scheme: str = "strict") -> Any:
    return found.overall.stances[task][scheme]


def test_kappa_and_alpha_of_two_annotators_by_hand() -> None:
    """The two by two table that is mostly used: 20 both agree, 15 both disagree, 5 and 10 differ."""
    both = [("agree", "agree")] * 20 + [("agree", "disagree")] * 5
    both += [("disagree", "agree")] * 10 + [("disagree", "disagree")] * 15
    found = stances(agreement([answers({"x": [a for a, _ in both], "y": [b for _, b in both]})], SCHEME))
    # Equal: 35 of 50. By chance 25·30/50² + 25·20/50² = 1/2, so kappa is (7/10 - 1/2) / (1 - 1/2).
    assert (found.observed, found.kappa) == (pytest.approx(0.7), pytest.approx(0.4))
    # 55 and 45 of 100 answers: expected disagreement 2·55·45 / (100·99) = 1/2; observed 15/50; 1 - 0.3/0.5.
    assert found.alpha == pytest.approx(0.4)
    assert (found.pairs, found.answers) == (50, 100)


# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", section C: four observers, twelve units, five
# values. The last unit has one answer, which pairs with none.
OBSERVERS = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")


def test_alpha_of_four_observers_with_missing_answers_is_the_published_one() -> None:
    five = dict(zip("abcde", (next(iter(SCHEME.article_stances.values())),) * 5, strict=True))
    scheme = SCHEME.model_copy(update={"article_stances": five})
    ratings = {
        f"observer{n}": [None if value == "." else "abcde"[int(value) - 1] for value in row]
        for n, row in enumerate(OBSERVERS)
    }
    found = stances(agreement([answers(ratings)], scheme))
    # Pairable answers: 9 of 1, 13 of 2, 10 of 3, 5 of 4, 3 of 5, together 40. Unequal pairs, shared out by
    # answers less one: unit 2 has 6/3, unit 6 12/3, unit 8 6/3, together 8.
    # alpha = 1 - 39 · 8 / (40² - 81 - 169 - 100 - 25 - 9) = 1 - 312/1216
    assert found.alpha == pytest.approx(1 - 312 / 1216)
    assert round(found.alpha, 3) == 0.743  # as published
    assert found.answers == 40


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        # Equal, kappa, alpha.
        (["agree", "disagree"], ["agree", "disagree"], (1.0, 1.0, 1.0)),
        # By chance 2 · (1/2 · 1/2): (0 - 1/2) / (1 - 1/2). 4 answers, 2 of each, unequal pairs 4 in both directions:
        # 1 - 3·4 / (4² - 2² - 2²).
        (["agree", "disagree"], ["disagree", "agree"], (0.0, -1.0, -0.5)),
        # All one stance: chance agrees as well, nothing is shown.
        (["agree", "agree"], ["agree", "agree"], (1.0, None, None)),
        # Each always gives one stance, not the same: chance 0, kappa 0; alpha as above, 2 of each of 4.
        (["agree", "agree"], ["disagree", "disagree"], (0.0, 0.0, -0.5)),
        # What one left open is no pair.
        (["agree", None, "discuss", None], ["agree", "agree", None, None], (1.0, None, None)),
        ([None], [None], (None, None, None)),
    ],
)
def test_coefficients_at_their_edges(one: list[Any], other: list[Any], expected: Any) -> None:
    found = agreement([answers({"x": one, "y": other})], SCHEME)
    chosen = stances(found)
    assert (chosen.observed, chosen.kappa, chosen.alpha) == expected
    undefined = [note for note in found.notes if "not defined" in note]
    assert len(undefined) == (2 if expected[:2] == (1.0, None) else 0)


def test_kappa_of_three_annotators_pools_what_is_observed_and_what_is_expected() -> None:
    found = stances(
        agreement(
            [
                answers(
                    {
                        "x": ["agree", "agree", "disagree", "disagree"],
                        "y": ["agree", "agree", "disagree", "agree"],
                        "z": ["agree", "discuss", None, None],
                    }
                )
            ],
            SCHEME,
        )
    )
    # x and y: 3 of 4 equal; by chance 4 · (2·3 + 2·1)/16 = 2. x and z: 1 of 2; by chance 2 · (2·1)/4 = 1.
    # y and z: the same. (5 - 4) / (8 - 4)
    assert found.kappa == pytest.approx(1 / 4)
    assert found.observed == pytest.approx(5 / 8)
    # Units: agree³; agree² discuss; disagree²; disagree agree. 10 answers: 6 agree, 3 disagree, 1 discuss.
    # Unequal: unit 2 has 4 ordered pairs / 2, unit 4 has 2 / 1: 4. 1 - 9·4 / (100 - 36 - 9 - 1)
    assert found.alpha == pytest.approx(1 - 36 / 54)
    assert (found.pairs, found.answers) == (8, 10)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1.0, "reliable"),
        (0.8, "reliable"),
        (0.7999, "tentative"),
        (0.667, "tentative"),
        (2 / 3, "not reliable"),
        (-1.0, "not reliable"),
        (None, None),
    ],
)
def test_the_conventional_reading(value: float | None, words: str | None) -> None:
    assert reading(value) == words


# --- stances of claims ---


def claim_stances(x: str, y: str) -> tuple[Any, Any]:
    found = agreement([article("a", {"x": x, "y": y})], SCHEME)
    return stances(found, "claim_stance"), stances(found, "claim_stance", "overlap")


def test_stances_are_compared_on_claims_of_one_span_and_on_those_that_overlap() -> None:
    strict, overlap = claim_stances(
        "[قُتل رجل|CLAIM:support] و[سقط جسر قديم|CLAIM:deny] و[نهب سوق|CLAIM:deny]",
        "[قُتل رجل|CLAIM:support] و[سقط جسر|CLAIM:query] قديم ونهب سوق",
    )
    # سقط جسر is 7 of 12 code points of سقط جسر قديم. The third claim was found by one alone.
    assert (strict.observed, strict.pairs) == (1.0, 1)
    assert (overlap.observed, overlap.pairs) == (0.5, 2)


def test_two_claims_on_one_span_pair_by_their_stance() -> None:
    # Two sources say the same thing differently; both annotators have both.
    strict, overlap = claim_stances("[[قُتل رجل|CLAIM:support]|CLAIM:deny]", "[[قُتل رجل|CLAIM:deny]|CLAIM:support]")
    assert (strict.observed, strict.pairs, strict.kappa, strict.alpha) == (1.0, 2, 1.0, 1.0)
    assert (overlap.observed, overlap.pairs) == (1.0, 2)


def test_a_claim_without_stance_is_a_claim_and_no_answer() -> None:
    found = agreement(
        [article("a", {"x": "[قُتل رجل|CLAIM:support]", "y": "[قُتل رجل|CLAIM]"})],
        SCHEME,
    )
    assert stances(found, "claim_stance").pairs == 0
    assert stances(found, "claim_stance").observed is None
    assert found.overall.spans["claims"]["strict"].micro.f1 == 1.0


# --- against others' implementations ---

ratings = st.lists(
    st.lists(st.sampled_from([*STANCES, None]), min_size=4, max_size=4), min_size=1, max_size=20
)  # by question, for four annotators


@given(ratings)
def test_alpha_is_that_of_krippendorff(questions: list[list[str | None]]) -> None:
    by_annotator = {f"n{k}": [row[k] for row in questions] for k in range(4)}
    found = stances(agreement([answers(by_annotator)], SCHEME))
    data = [[np.nan if a is None else float(STANCES.index(a)) for a in row] for row in by_annotator.values()]
    pairable = {a for row in questions if sum(a is not None for a in row) > 1 for a in row if a}
    if len(pairable) < 2:  # theirs has several answers to that; ours is None
        assert found.alpha is None
    else:
        theirs = krippendorff.alpha(reliability_data=data, level_of_measurement="nominal", value_domain=[0, 1, 2, 3])
        assert found.alpha == pytest.approx(theirs, abs=1e-9)


@given(ratings)
def test_kappa_of_two_is_that_of_scikit_learn(questions: list[list[str | None]]) -> None:
    found = agreement([answers({"x": [r[0] for r in questions], "y": [r[1] for r in questions]})], SCHEME)
    both = [(a, b) for a, b, *_ in questions if a and b]
    if len(set(both)) < 1 or ({a for a, _ in both} == {b for _, b in both} and len({a for a, _ in both}) == 1):
        assert stances(found).kappa is None
    else:
        one, other = zip(*both, strict=True)
        assert stances(found).kappa == pytest.approx(cohen_kappa_score(one, other), abs=1e-9)


@given(ratings)
def test_pooled_kappa_is_the_sum_over_pairs_in_plain_loops(questions: list[list[str | None]]) -> None:
    equal = chance = total = 0.0
    for x, y in combinations(range(4), 2):
        both = [(row[x], row[y]) for row in questions if row[x] and row[y]]
        if both:
            ours, theirs = Counter(a for a, _ in both), Counter(b for _, b in both)
            total += len(both)
            equal += sum(a == b for a, b in both)
            chance += sum(ours[s] * theirs[s] for s in STANCES) / len(both)
    found = stances(agreement([answers({f"n{k}": [row[k] for row in questions] for k in range(4)})], SCHEME))
    assert found.pairs == total
    if total > chance + 1e-9:
        assert found.kappa == pytest.approx((equal - chance) / (total - chance), abs=1e-9)
    else:
        assert found.kappa is None


TEXT = "وزار دمشق وفدٌ من للتحالف أمس"
SOLID = [n for n, char in enumerate(TEXT) if not char.isspace()]
_edges = st.tuples(st.sampled_from(SOLID), st.sampled_from(SOLID)).map(lambda e: (min(e), max(e) + 1))
_entities = st.sets(
    st.builds(lambda e, label: Span(*e, label), _edges, st.sampled_from(("GPE", "LOC", "ORG"))), max_size=5
)
_claims = st.lists(
    st.builds(lambda e, stance: Claim(*e, stance), _edges, st.sampled_from((None, *CLAIM_STANCES))), max_size=4
)
_answers = st.dictionaries(st.sampled_from(("c1", "c2", "c3")), st.sampled_from(STANCES))
_said = st.tuples(_entities, _claims, _answers)


def work_of(drawn: Iterable[Sequence[Any]], names: Sequence[str] = "wxyz") -> list[FinishedTask]:
    """Articles with the work of two or more annotators, each (entities, claims, stances)."""
    claims = tuple(EventClaim(c, c) for c in ("c1", "c2", "c3"))
    return [
        FinishedTask(
            Article(f"a{n}", TEXT, event_id=f"e{n // 2}" if n % 3 else None),
            claims,
            tuple(
                Annotation.on(Article(f"a{n}", TEXT), SCHEME, names[k], *said[:2], said[2], ("c1", "c2", "c3"))
                for k, said in enumerate(by)
            ),
            "model" if n % 4 == 1 else None,
        )
        for n, by in enumerate(drawn)
    ]


drawn_work = st.lists(st.lists(_said, min_size=1, max_size=4), min_size=1, max_size=5)


@settings(max_examples=50)
@given(drawn_work)
def test_strict_and_exact_f1_are_those_of_a_loop_over_pairs(drawn: Any) -> None:
    work = work_of(drawn)
    agreed, marked_, bounded = Counter[str](), Counter[str](), 0
    claims = claims_marked = 0
    for task in work:
        for a, b in combinations(task.annotations, 2):
            same = set(a.entities) & set(b.entities)
            for label in ("GPE", "LOC", "ORG"):
                agreed[label] += sum(span.label == label for span in same)
                marked_[label] += sum(span.label == label for span in (*a.entities, *b.entities))
            edges = [Counter((s.start, s.end) for s in side.entities) for side in (a, b)]
            bounded += (edges[0] & edges[1]).total()
            own = [Counter((c.start, c.end) for c in side.claims) for side in (a, b)]
            claims += (own[0] & own[1]).total()
            claims_marked += own[0].total() + own[1].total()

    def f1(hits: int, total: int) -> Any:
        return pytest.approx(2 * hits / total) if total else None

    found = agreement(work, SCHEME).overall
    entities = found.spans["entities"]
    assert entities["strict"].micro.f1 == f1(agreed.total(), marked_.total())
    assert entities["exact"].micro.f1 == f1(bounded, marked_.total())
    for label in ("GPE", "LOC", "ORG"):
        row = entities["strict"].labels.get(label)
        assert (row.f1 if row else None) == f1(agreed[label], marked_[label])
    assert found.spans["claims"]["strict"].micro.f1 == f1(claims, claims_marked)
    quick = strict_agreement(work, SCHEME)
    assert (quick["entities"], quick["claims"]) == (
        entities["strict"].micro.f1,
        found.spans["claims"]["strict"].micro.f1,
    )
    assert quick["stance"] == found.stances["stance"]["strict"].observed


# --- order and symmetry ---


def plain(found: Agreement) -> dict[str, Any]:
    """All numbers of the whole, rounded to what does not depend on the order of sums."""

    def rounded(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: rounded(value) for key, value in node.items()}
        if isinstance(node, list):
            return [rounded(value) for value in node]
        return round(node, 9) + 0.0 if isinstance(node, float) else node

    return rounded(found.overall.as_json())


def test_which_of_several_claims_is_paired_does_not_depend_on_names() -> None:
    # Three claims overlap one enough and all differ in stance from it; one more has none and pairs with nothing.
    many_ = [Claim(0, 6, "support"), Claim(0, 7, "deny"), Claim(0, 8, "comment"), Claim(0, 9)]
    said = [(set(), [Claim(0, 9, "query")], {}), (set(), many_, {})]
    for names in ("wx", "xw"):
        found = stances(agreement(work_of([said], names), SCHEME), "claim_stance", "overlap")
        assert (found.pairs, found.observed) == (1, 0.0)
    one, other = (plain(agreement(work_of([said], names), SCHEME)) for names in ("wx", "xw"))
    assert one == other


@settings(max_examples=50)
@given(drawn_work, st.permutations("wxyz"), st.randoms(use_true_random=False))
def test_neither_names_nor_order_change_a_number(drawn: Any, names: Sequence[str], rng: random.Random) -> None:
    one = agreement(work_of(drawn), SCHEME)
    renamed = work_of(drawn, names)
    rng.shuffle(renamed)
    shuffled = [
        replace(task, annotations=tuple(rng.sample(task.annotations, len(task.annotations)))) for task in renamed
    ]
    other = agreement(shuffled, SCHEME)
    assert plain(other) == plain(one)
    to = dict(zip("wxyz", names, strict=True))
    for who, found in one.annotators.items():
        assert other.annotators[to[who]].spans == found.spans


@given(st.lists(_said, min_size=1, max_size=4), st.integers(2, 4))
def test_where_all_say_the_same_everything_is_one(said: list[Any], annotators: int) -> None:
    found = agreement(work_of([[one] * annotators for one in said]), SCHEME)
    for schemes in found.overall.spans.values():
        assert all(by.micro.f1 in (None, 1.0) for by in schemes.values())
        assert all(row.f1 == 1.0 for by in schemes.values() for row in by.labels.values())
    for matched in found.overall.stances.values():
        for by in matched.values():
            assert by.observed in (None, 1.0)
            assert by.kappa is None or by.kappa == pytest.approx(1.0)
            assert by.alpha is None or by.alpha == pytest.approx(1.0)
    kinds = found.disagreements.tasks.values()
    assert not any(by_name for by_kind in kinds for by_name in by_kind.values())


# --- annotators, pairs, suggestions ---


THREE = [
    # x and y agree, z differs in the label.
    article("a", {"x": "[دمشق|GPE]", "y": "[دمشق|GPE]", "z": "[دمشق|LOC]"}, event="e1"),
    # x and y alone; they differ.
    article("b", {"x": "[حلب|GPE] نصر", "y": "حلب [نصر|PERS]"}, event="e2"),
    article("c", {"only": "[حلب|GPE]"}, event="e3"),
]


def test_each_annotator_is_held_against_all_others_and_each_two_against_each_other() -> None:
    found = agreement(THREE, SCHEME)
    assert found.annotators_per_article == {1: 1, 2: 1, 3: 1}
    strict = {who: by.spans["entities"]["strict"].micro.f1 for who, by in found.annotators.items()}
    # x: with y 2·1/2 and 2·0/2, with z 2·0/2: 2·1/6. y the same. z: 0 of 4.
    assert strict == {"x": pytest.approx(1 / 3), "y": pytest.approx(1 / 3), "z": 0.0}
    assert {who: (by.articles, by.pairs) for who, by in found.annotators.items()} == {
        "x": (2, 3),
        "y": (2, 3),
        "z": (1, 2),
    }
    pairs = {two: (by.articles, by.spans["entities"]["strict"].micro.f1) for two, by in found.pairs.items()}
    assert pairs == {("x", "y"): (2, 0.5), ("x", "z"): (1, 0.0), ("y", "z"): (1, 0.0)}
    assert "no article of only has a second annotator" in found.notes


def test_articles_with_suggestions_are_told_apart_from_blind_ones() -> None:
    same, other = "[دمشق|GPE]", "[دمشق|LOC]"
    work = [
        article("a", {"x": same, "y": same}, {"x": {"c": "agree"}, "y": {"c": "agree"}}, model="camel@1"),
        article("b", {"x": same, "y": other}, {"x": {"c": "agree"}, "y": {"c": "discuss"}}),
    ]
    found = agreement(work, SCHEME)
    assert found.suggested and found.blind
    assert found.suggested.spans["entities"]["strict"].micro.f1 == 1.0
    assert found.blind.spans["entities"]["strict"].micro.f1 == 0.0
    # n = 2, one of each: 1 - 1·2/(4 - 1 - 1)
    assert found.blind.stances["stance"]["strict"].alpha == 0.0
    assert found.models == {"camel@1": 1}
    (note,) = [note for note in found.notes if "suggestions" in note]
    assert note.startswith("1 of 2 articles were pre-annotated (1 by camel@1)")
    everywhere = agreement([replace(task, preannotated_by="camel@1") for task in work], SCHEME)
    assert (everywhere.suggested, everywhere.blind, everywhere.models) == (None, None, {"camel@1": 2})


def test_with_one_annotator_there_is_nothing_to_compare() -> None:
    for work in ([], [article("c", {"only": "[حلب|GPE]"}, {"only": {"c": "agree"}})]):
        found = agreement(work, SCHEME)
        assert f1s(found.overall, "entities") == f1s(found.overall, "claims") == [None] * 3
        assert stances(found).kappa is None and stances(found).alpha is None
        assert found.notes == ("no article has two annotators: there is nothing to compare",)
        assert (found.annotators, found.pairs) == ({}, {})
        assert "nothing to compare" in shown(found)


# --- intervals ---


def many(events: int, seed: int = 1) -> list[FinishedTask]:
    """Two articles an event, of two or three annotators who differ at random."""
    rng = random.Random(seed)
    work = []
    for n in range(events * 2):
        who = ["x", "y", "z"][: 2 + n % 2]
        claims = {w: {f"c{k}": rng.choice(STANCES[:2]) for k in range(3)} for w in who}
        source = "[نصر|{}] في [دمشق|{}]: [قُتل رجل|CLAIM:{}]"
        marks = {
            w: source.format(rng.choice(("PERS", "ORG")), rng.choice(("GPE", "GPE", "LOC")), rng.choice(CLAIM_STANCES))
            for w in who
        }
        work.append(article(f"a{n}", marks, claims, f"e{n // 2}"))
    return work


def wilson(value: float, without: list[float], sizes: list[float], hits: list[float], chance: float, f1: bool) -> Any:
    """The interval of docs/numbers.md, step by step, with the t of scipy."""
    n, total, right = len(sizes), sum(sizes), sum(hits)
    v = (n - 1) / n * sum((w - value) ** 2 for w in without) * (1 - chance) ** 2
    near = (right + 0.5) / (total + 1)
    squares = sum(size**2 for size in sizes)
    least = near * (1 - near) / total * ((2 - near) / 2 if f1 else 1)
    alike = least * (1 + ALIKE * max(squares / total - 1, 0))
    k = min(sum(s - h > 1e-9 for s, h in zip(sizes, hits, strict=True)), sum(h > 0 for h in hits))
    variance = max((k * v + alike) / (k + 1), least)
    t2 = stats.t.ppf(0.975, max(total**2 / squares - 1, 1)) ** 2
    m, share = near * (1 - near) / variance, value * (1 - chance) + chance
    half = math.sqrt(t2 * share * (1 - share) / m + (t2 / (2 * m)) ** 2)
    ends = ((share + t2 / (2 * m) + sign * half) / (1 + t2 / m) for sign in (-1, 1))
    return pytest.approx(tuple((min(max(end, 0), 1) - chance) / (1 - chance) for end in ends))


def test_intervals_are_those_of_measuring_without_each_event_anew() -> None:
    """The sums from which an event is left out give what the other events' articles give."""
    work = many(12)
    found = agreement(work, SCHEME).overall
    events = sorted({task.article.event_id for task in work})
    without = [agreement([t for t in work if t.article.event_id != event], SCHEME).overall for event in events]
    alone = [agreement([t for t in work if t.article.event_id == event], SCHEME).overall for event in events]

    def micro(measured: Any, label: str | None = None) -> Any:
        spans = measured.spans["entities"]["strict"]
        return spans.labels.get(label, SpanRow(None, 0, 0)) if label else spans.micro

    for label in (None, "GPE"):
        own = [micro(one, label) for one in alone]
        expected = wilson(
            micro(found, label).f1,
            [micro(one, label).f1 for one in without],
            [row.marked / 2 for row in own],
            [row.agreed for row in own],
            0,
            True,
        )
        assert micro(found, label).intervals == {"f1": expected}
    for task, scheme in (("stance", "strict"), ("claim_stance", "overlap")):
        whole = found.stances[task][scheme]
        own = [one.stances[task][scheme] for one in alone]
        sizes = [one.pairs for one in own]
        hits = [one.pairs * (one.observed or 0) for one in own]
        for name in ("observed", "kappa"):
            value = getattr(whole, name)
            # kappa = (observed - c) / (1 - c)
            chance = (whole.observed - whole.kappa) / (1 - whole.kappa) if name == "kappa" else 0
            left = [getattr(one.stances[task][scheme], name) for one in without]
            assert whole.intervals[name] == wilson(value, left, sizes, hits, chance, False)
        assert whole.intervals["alpha"][0] < whole.alpha < whole.intervals["alpha"][1]


def test_with_fewer_than_three_events_there_are_no_intervals_and_that_is_said() -> None:
    found = agreement(many(2), SCHEME)
    assert found.overall.spans["entities"]["strict"].micro.intervals is None
    assert "2 events are too few for intervals; at least 3 are needed" in found.notes
    assert "ci:jackknife(event)" in found.signature
    some = agreement(many(3), SCHEME)
    assert some.overall.spans["entities"]["strict"].micro.intervals
    assert "all numbers rest on 3 events: with fewer than 10, intervals say little" in some.notes
    assert not any("few" in note for note in agreement(many(10), SCHEME).notes)


def test_a_label_in_few_events_has_no_interval_and_that_is_said() -> None:
    work = [*many(40), article("z", {"x": "[أمس|DATE]", "y": "[أمس|DATE]"}, event="e0")]
    found = agreement(work, SCHEME)
    assert found.overall.spans["entities"]["strict"].labels["DATE"].intervals is None
    assert "entities: no intervals for labels that occur in fewer than 3 events: DATE" in found.notes


def test_articles_without_event_count_as_one_each() -> None:
    work = [replace(task, article=replace(task.article, event_id=None)) for task in many(5)]
    found = agreement(work, SCHEME)
    assert "ci:jackknife(article)" in found.signature
    assert found.overall.spans["entities"]["strict"].micro.intervals
    assert not any("few" in note for note in found.notes)  # 10 articles


# --- disagreements ---


def counts(found: Agreement, task: str, kind: str) -> dict[str, int]:
    return {name: entry.count for name, entry in found.disagreements.tasks[task][kind].items()}


@pytest.mark.parametrize(
    ("x", "y", "edges"),
    [
        ("زار [وبغداد|GPE]", "زار و[بغداد|GPE]", {"proclitic": 1}),
        ("زار و[بغداد|GPE]", "زار [وبغداد|GPE]", {"proclitic": 1}),
        ("[مدينة دمشق|GPE]", "مدينة [دمشق|GPE]", {"start": 1}),
        ("[دمشق القديمة|GPE]", "[دمشق|GPE] القديمة", {"end": 1}),
        ("[مدينة دمشق|GPE] القديمة", "مدينة [دمشق القديمة|GPE]", {"both": 1}),
        # One annotator's span is two of the other's: the first ends elsewhere, the second is a further one.
        ("[قائد القيادة الوسطى|OCC]", "[قائد|OCC] [القيادة الوسطى|ORG]", {"end": 1, "split": 1}),
        ("[قائد|OCC] [القيادة الوسطى|ORG]", "[قائد القيادة الوسطى|OCC]", {"end": 1, "split": 1}),
        ("[دمشق|GPE]", "[دمشق|LOC]", {}),
        ("[دمشق|GPE]", "دمشق", {}),
    ],
)
def test_how_edges_differ(x: str, y: str, edges: dict[str, int]) -> None:
    found = agreement([article("a", {"x": x, "y": y})], SCHEME)
    assert counts(found, "entities", "edges") == edges
    assert counts(found, "entities", "one_only") == ({"GPE": 1} if y == "دمشق" else {})
    assert counts(found, "entities", "labels") == ({"GPE/LOC": 1} if "LOC" in y else {})


def test_labels_are_confused_on_equal_and_on_overlapping_spans() -> None:
    work = [
        article("b", {"x": "[الشمال|LOC] [حلب|GPE]", "y": "[الشمال|GPE] [حلب|GPE]"}),
        article("a", {"y": "جنوب [البلاد|GPE]", "x": "[جنوب البلاد|LOC]"}),
        article("c", {"x": "[الشمال|GPE]", "y": "[الشمال|ORG]"}),
    ]
    found = agreement(work, SCHEME)
    # Names in the scheme's order; the most frequent first.
    assert list(counts(found, "entities", "labels").items()) == [("GPE/LOC", 2), ("ORG/GPE", 1)]
    both = found.disagreements.tasks["entities"]["labels"]["GPE/LOC"]
    shown_ = [
        (e.article, e.annotators, *(said and (said.label, said.text) for said in e.markings)) for e in both.examples
    ]
    assert shown_ == [
        ("a", ("x", "y"), ("LOC", "جنوب البلاد"), ("GPE", "البلاد")),
        ("b", ("x", "y"), ("LOC", "الشمال"), ("GPE", "الشمال")),
    ]
    assert counts(found, "entities", "edges") == {"start": 1}


def test_examples_are_a_few_with_different_words() -> None:
    work = [
        article(f"a{n}", {"x": f"[{word}|GPE]", "y": word})
        for n, word in enumerate(["دمشق", "دمشق", "حلب", "حمص", "حماة"])
    ]
    entry = agreement(work, SCHEME).disagreements.tasks["entities"]["one_only"]["GPE"]
    assert entry.count == 5
    assert [e.markings[0].text for e in entry.examples if e.markings[0]] == ["دمشق", "حلب", "حمص"]
    assert all(e.markings[1] is None for e in entry.examples)


def test_the_same_words_the_other_way_round_are_no_new_example() -> None:
    one, other = "[جنوب البلاد|LOC]", "جنوب [البلاد|GPE]"
    work = [article("a", {"x": one, "y": other}), article("b", {"x": other, "y": one})]
    entry = agreement(work, SCHEME).disagreements.tasks["entities"]["labels"]["GPE/LOC"]
    assert (entry.count, [example.article for example in entry.examples]) == (2, ["a"])


def test_stances_that_are_confused() -> None:
    work = [
        article(
            "a",
            {"x": "[قُتل رجل|CLAIM:support]", "y": "[قُتل رجل|CLAIM:comment]"},
            {"x": {"c1": "discuss", "c2": "agree"}, "y": {"c1": "agree", "c2": "agree"}},
        ),
        article("b", {"x": "نص", "y": "نص"}, {"x": {"c1": "agree"}, "y": {"c1": "discuss"}}),
    ]
    found = agreement(work, SCHEME)
    assert counts(found, "claim_stance", "stances") == {"support/comment": 1}
    assert counts(found, "stance", "stances") == {"agree/discuss": 2}
    (first,) = found.disagreements.tasks["stance"]["stances"]["agree/discuss"].examples
    assert [said and (said.label, said.text) for said in first.markings] == [
        ("discuss", "ادعاء c1"),
        ("agree", "ادعاء c1"),
    ]


@settings(max_examples=50)
@given(drawn_work)
def test_every_span_that_is_not_equal_is_told_once(drawn: Any) -> None:
    """Spans of pairs = 2 · equal + those of differing pairs + further ones + those of one alone."""
    work = work_of(drawn)
    found = agreement(work, SCHEME)
    marked_ = found.overall.spans["entities"]["strict"].micro
    edges, alone = counts(found, "entities", "edges"), counts(found, "entities", "one_only")
    labels = counts(found, "entities", "labels")
    told = edges.get("split", 0) + sum(alone.values())
    paired = sum(count for name, count in edges.items() if name != "split")
    # Of pairs with other labels some have equal edges too, and are not among edges.
    least = 2 * (marked_.agreed + paired) + told
    assert least <= marked_.marked <= least + 2 * sum(labels.values())


# --- numbers by path, tables, page, command ---


def shown(found: Agreement) -> str:
    console = terminal()
    console.width = 200
    with console.capture() as captured:
        console.print(agreement_tables(found))
    return captured.get()


def test_each_number_has_a_path() -> None:
    numbers = json.loads(json.dumps(agreement(THREE, SCHEME).as_json()))
    held = [
        "entities.strict.micro.f1 <= 0.26",  # x and y 2·(1 + 0), others 0, of 8 spans: 1/4
        "entities.strict.micro.f1 >= 0.25",
        "entities.strict.labels.GPE.f1 >= 0.3",
        "by_annotator.z.entities.strict.micro.f1 == 0",
        "by_pair.x and y.entities.strict.micro.f1 >= 0.5",
        "articles == 2",
    ]
    assert unmet(numbers, held) == []
    assert unmet(numbers, ["stance.strict.alpha>=0.8"]) == ["stance.strict.alpha is not defined, required >= 0.8"]
    for wrong in ("entities.f1>=0", "signature>=1", "nothing>=1"):
        with pytest.raises(InputError, match="--require"):
            unmet(numbers, [wrong])


def sample_numbers() -> Agreement:
    return agreement(read_export(SAMPLE / "export.json", SCHEME).tasks, SCHEME)


def test_the_sample_has_the_agreement_of_its_readme() -> None:
    found = sample_numbers()
    assert round(found.overall.spans["entities"]["strict"].micro.f1 or 0, 3) == 0.896
    assert round(found.overall.spans["claims"]["strict"].micro.f1 or 0, 3) == 0.854
    assert stances(found).observed == pytest.approx(22 / 28)
    assert found.annotators_per_article == {1: 5, 2: 9}
    # The names that have a proclitic wrongly are in 07 and 08.
    proclitic = found.disagreements.tasks["entities"]["edges"]["proclitic"]
    assert {example.article[:2] for example in proclitic.examples} == {"07", "08"}
    differing = counts(found, "stance", "stances")
    assert sum(differing.values()) == 28 - 22


def test_the_table_has_numbers_readings_and_examples() -> None:
    lines = shown(sample_numbers())
    assert "14 articles, by number of annotators: 5 by 1, 9 by 2" in lines
    # 236 / 263.5 = .896
    assert re.search(r"^entities +0\.896 +0\.903 .* 236 +263\.5", lines, re.MULTILINE)
    # Within one label exact is strict: there is no number under it.
    assert re.search(r"^  PERS +0\.960 +0\.987 +36 +37\.5", lines, re.MULTILINE)
    assert re.search(r"^stance +0\.786 +tentative 0\.682 +tentative 0\.686 +28", lines, re.MULTILINE)
    assert re.search(r"^GPE/LOC +3 +06_mishkat_depot: جبال القطا", lines, re.MULTILINE)


class Page(HTMLParser):
    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_names_nobody_in_full_and_shows_arabic_from_right_to_left() -> None:
    work = read_export(SAMPLE / "export.json", SCHEME).tasks
    source = agreement_page(agreement(work, SCHEME), work, SCHEME, "export.json")
    page = Page(source)
    assert not {"link", "img", "iframe"} & set(page.tags)
    assert not re.search("https?:", source)
    assert re.search(r'<span dir="rtl" lang="ar"[^>]*>جبال القطا</span>', source)
    for words in ("0.896", "0.854", "tentative", "annotator1", "06_mishkat_depot", "كيان سياسي"):
        assert words in page.text
    assert "example.com" not in source


def test_two_people_with_one_name_are_told_apart() -> None:
    assert shown_names(["huda@b.org", "huda@a.org", "sami"]) == {
        "huda@a.org": "huda",
        "huda@b.org": "huda (2)",
        "sami": "sami",
    }


HOSTILE = "<script>alert('x')</script>\"'&amp;</td></p>{{7*7}}{%raw%}"


def test_whatever_stands_in_articles_and_names_is_shown_and_never_run() -> None:
    def page(words: str) -> Page:
        text = f"{words} نص"
        one = Annotation("a", words, (Span(0, len(words), "GPE"),), (), {"c": "agree"})
        other = Annotation("a", f"{words}2", (Span(0, len(words), "LOC"),), (), {"c": "discuss"})
        task = FinishedTask(Article("a", text, event_id=words), (EventClaim("c", words),), (one, other), words)
        return Page(agreement_page(agreement([task], SCHEME), [task], SCHEME, words))

    hostile, harmless = page(HOSTILE), page("كلمة")
    assert hostile.tags == harmless.tags
    assert [name for name, _ in hostile.attributes] == [name for name, _ in harmless.attributes]
    assert hostile.tags.count("script") == 2, "the page's own script and its data"
    assert "49" not in hostile.text
    # Source, note on suggestions, two annotators of two examples each in a row, two texts each.
    assert hostile.text.count(HOSTILE) == harmless.text.count("كلمة") > 6


def test_the_command_prints_writes_and_requires(run: Run, tmp_path: Path) -> None:  # noqa: F811
    export = str(SAMPLE / "export.json")
    said = run("export", "agreement", export, "-o", "agreement.json", "--html", "agreement.html", "--ci")
    assert said.code == 0
    assert said.err.startswith("mihakk: note: --ci: no effect any more")
    assert "note: all numbers rest on 5 events" in said.out
    numbers = json.loads((tmp_path / "agreement.json").read_text(encoding="utf-8"))
    assert numbers["entities"]["strict"]["micro"]["agreed"] == 236
    assert numbers["stance"]["strict"]["reading"] == {"kappa": "tentative", "alpha": "tentative"}
    assert "0.896" in (tmp_path / "agreement.html").read_text(encoding="utf-8")
    printed = run("export", "agreement", export, "--json")
    assert json.loads(printed.out)["entities"] == numbers["entities"]
    failed = run("export", "agreement", export, "--require", "stance.strict.alpha>=0.8")
    assert failed.code == 1
    assert failed.err == "mihakk: stance.strict.alpha is 0.6863, required >= 0.8\n"
    assert run("export", "agreement", export, "--require", "entities.strict.micro.f1>=0.8").code == 0
    low = numbers["entities"]["strict"]["micro"]["intervals"]["f1"][0]
    assert run("export", "agreement", export, "--require", f"entities.strict.micro.f1.low>={low - 1e-6}").code == 0
    assert run("export", "agreement", export, "--require", f"entities.strict.micro.f1.low>={low + 1e-6}").code == 1
    unknown = run("export", "agreement", export, "--require", "entities.f1>=0.8")
    assert unknown.code == 2


# --- over time


def test_by_week_and_pair_by_hand() -> None:
    """An article counts in the week of its last annotator: Sunday the 7th ends week 49, Monday the 8th begins week 50."""
    same, other = "زار [دمشق|GPE]", "زار [دمشق|LOC]"
    sunday, monday = "2025-12-07T23:59:59Z", "2025-12-08T00:00:01Z"
    work = [
        replace(article("أ", {"a": same, "b": same}), times={"a": sunday, "b": sunday}),
        replace(article("ب", {"a": same, "b": other}), times={"a": sunday, "b": monday}),
        replace(article("ج", {"a": same, "c": same}), times={"a": monday, "c": sunday}),
        article("د", {"a": same, "b": other}),  # nobody knows when
    ]
    found = agreement(work, SCHEME)
    numbers = {week: its.overall.spans["entities"]["strict"].micro.f1 for week, its in found.weeks.items()}
    # Week 49: one article, agreed. Week 50: two articles, of which one agrees: 2 · 1 of 4 marked.
    assert numbers == {"2025-W49": 1.0, "2025-W50": 0.5}
    pairs = {names: m.spans["entities"]["strict"].micro.f1 for names, m in found.weeks["2025-W50"].pairs.items()}
    assert pairs == {("a", "b"): 0.0, ("a", "c"): 1.0}
    node = found.as_json()["by_week"]["2025-W50"]
    assert (node["articles"], node["by_pair"]["a and c"]["articles"]) == (2, 1)
    page = agreement_page(found, work, SCHEME, "x")
    console = terminal()
    with console.capture() as shown:
        console.print(agreement_tables(found))
    assert all("2025-W49" in place and "2025-W50" in place for place in (page, shown.get()))
    assert agreement(work[:1], SCHEME).weeks == {}
