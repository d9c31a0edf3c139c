"""Policies, what they leave undecided, and what an adjudicator makes of it: every piece is accounted for."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marked import SCHEME
from mihakk.annotate.document import Annotation, Article, Claim, EventClaim, Span
from mihakk.annotate.label_studio.push import read_task_file
from mihakk.annotate.result import to_result
from mihakk.cli import app
from mihakk.configs.errors import InputError
from mihakk.eval.gold.records import Origin
from mihakk.eval.gold.rows import read_gold
from mihakk.export.adjudicate import adjudication_tasks
from mihakk.export.finished import Export, FinishedTask, read_tasks
from mihakk.export.make_gold import make_gold
from mihakk.export.merge import Merged, merge
from mihakk.export.policy import Policy, policy_named
from typer.testing import CliRunner

# أحمد 0–4, دمشق 9–13 (وبدمشق would be 7), قُتل اثنان 14–24.
TEXT = "أحمد زار دمشق قُتل اثنان 👩\u200d🚀"
ARTICLE = Article("خبر", TEXT)
EVENT_CLAIMS = (EventClaim("c1", "ادعاء"), EventClaim("c2", "ادعاء"))
PERS, GPE, LOC, ORG = Span(0, 4, "PERS"), Span(9, 13, "GPE"), Span(9, 13, "LOC"), Span(9, 13, "ORG")
DENY, SUPPORT = Claim(14, 24, "deny"), Claim(14, 24, "support")
UNANIMOUS, GROUND_TRUTH = Policy(unanimous=True), Policy(ground_truth=True)


def said(
    annotator: str,
    entities: Sequence[Span] = (),
    claims: Sequence[Claim] = (),
    stances: Mapping[str, str] | None = None,
) -> Annotation:
    return Annotation.on(ARTICLE, SCHEME, annotator, entities, claims, stances, [c.id for c in EVENT_CLAIMS])


def task(*annotations: Annotation, ground_truth: Sequence[str] = ()) -> FinishedTask:
    return FinishedTask(ARTICLE, EVENT_CLAIMS, annotations, None, frozenset(ground_truth))


def gold(result: Merged) -> Annotation:
    assert result.document is not None
    return result.document.annotation


def asides(result: Merged) -> list[tuple[str, str, str, bool]]:
    return [(", ".join(aside.annotators), aside.what, aside.reason, aside.undecided) for aside in result.set_aside]


# --- policies ---


def test_unanimity_needs_all() -> None:
    work = [said("a", [PERS, GPE]), said("b", [PERS, GPE]), said("c", [PERS])]
    assert gold(merge(task(*work))).entities == (PERS, GPE)
    result = merge(task(*work), UNANIMOUS)
    assert gold(result).entities == (PERS,)
    assert asides(result) == [("a, b", "GPE 9–13 “دمشق”", "not unanimous: 2 of 3 annotators", True)]


def test_a_trusted_annotators_work_is_gold_and_the_others_is_set_aside_as_decided() -> None:
    work = [
        said("a", [PERS, GPE], [DENY], {"c1": "agree"}),
        said("b", [PERS, LOC], [SUPPORT], {"c1": "discuss"}),
        said("c", [PERS, LOC], [SUPPORT], {"c1": "discuss"}),
    ]
    result = merge(task(*work), Policy(trusted="a"))
    assert (gold(result).entities, gold(result).claims) == (work[0].entities, work[0].claims)
    assert gold(result).stances == {"c1": "agree"}
    shown = "CLAIM 14–24 “قُتل اثنان”"
    assert asides(result) == [
        ("b, c", "LOC 9–13 “دمشق”", "not by a", False),
        ("b", f"{shown}, support", "not by a", False),
        ("c", f"{shown}, support", "not by a", False),
        ("b, c", "stance on c1: discuss", "not by a", False),
    ]


def test_an_article_that_the_trusted_annotator_did_not_finish_is_undecided() -> None:
    result = merge(task(said("b", [PERS])), Policy(trusted="a"))
    assert result.document is None
    assert asides(result) == [("b", "article", "not finished by a", True)]


def test_ground_truth_asks_only_what_is_starred() -> None:
    work = [said("a", [GPE]), said("b", [LOC]), said("c", [LOC])]
    assert gold(merge(task(*work, ground_truth=["a"]), GROUND_TRUTH)).entities == (GPE,)
    assert gold(merge(task(*work, ground_truth=["b", "c"]), GROUND_TRUTH)).entities == (LOC,)
    both = merge(task(*work, ground_truth=["a", "b"]), GROUND_TRUTH)
    # One of the two who are asked, and c says the same as b.
    assert asides(both) == [
        ("a", "GPE 9–13 “دمشق”", "tie: 1 of 2 annotators", True),
        ("b, c", "LOC 9–13 “دمشق”", "tie: 1 of 2 annotators", True),
    ]
    none = merge(task(*work), GROUND_TRUTH)
    assert asides(none) == [("a, b, c", "article", "no annotation is starred as ground truth", True)]


def test_policies_have_names_and_a_strangers_name_is_none() -> None:
    export = Export((task(said("هدى@example.org")),), ())
    assert policy_named("unanimous", export) == UNANIMOUS
    assert policy_named("ground-truth", export) == GROUND_TRUTH
    assert policy_named("هدى@example.org", export) == Policy(trusted="هدى@example.org")
    with pytest.raises(InputError, match=r"no annotator of the export .*هدى@example.org"):
        policy_named("سامي@example.org", export)


# --- what is undecided ---


@pytest.mark.parametrize(
    ("entities", "undecided"),
    [
        ([[GPE], []], True),  # one says a name, one says none
        ([[GPE], [LOC]], True),
        ([[GPE], [], []], False),  # two say that there is none
        ([[GPE], [GPE], [LOC]], False),  # two say what it is
        ([[GPE], [LOC], [ORG]], True),  # all say that there is a name, nobody agrees which
        ([[GPE], [LOC], []], True),  # two say that there is one
        ([[GPE], [GPE], [LOC], [LOC]], True),
        ([[GPE], [LOC], [], []], True),  # two of four say there is none: no majority
        ([[GPE], [], [], []], False),
        ([[GPE, PERS], [GPE]], True),  # of the two only PERS, which touches nothing
        ([[Span(9, 13, "GPE"), Span(5, 13, "EVENT")], [GPE]], True),  # nested: one for, one against
        ([[Span(10, 13, "GPE")], [GPE], [GPE]], False),  # another edge, outvoted
    ],
)
def test_what_enough_annotators_are_against_is_decided(entities: list[list[Span]], undecided: bool) -> None:
    result = merge(task(*(said(name, own) for name, own in zip("abcd", entities, strict=False))))
    assert result.set_aside
    assert {aside.undecided for aside in result.set_aside} == {undecided}
    assert result.undecided is undecided


def test_claims_stances_and_sources_are_undecided_in_the_same_way() -> None:
    from_pers = Claim(14, 24, "deny", (PERS,))
    two = merge(task(said("a", [PERS], [from_pers], {"c1": "agree"}), said("b", [PERS], [DENY], {"c1": "discuss"})))
    assert [aside.undecided for aside in two.set_aside] == [True, True, True]  # the source, and both stances
    three = merge(
        task(
            said("a", [PERS], [from_pers], {"c1": "agree"}),
            said("b", [PERS], [DENY], {"c1": "agree"}),
            said("c", [PERS], [DENY], {"c1": "discuss"}),
        )
    )
    # Two know no source; two agree that the article agrees.
    assert [(", ".join(aside.annotators), aside.undecided) for aside in three.set_aside] == [("a", False), ("c", False)]
    apart = merge(task(said("a", [], [DENY]), said("b", [], [SUPPORT])))
    assert [(", ".join(aside.annotators), aside.undecided) for aside in apart.set_aside] == [("a, b", True)]
    answers = [said(name, stances={"c1": s}) for name, s in zip("abc", ("agree", "discuss", "unrelated"), strict=True)]
    assert all(aside.undecided for aside in merge(task(*answers)).set_aside)


def test_another_edge_of_a_claim_that_two_have_is_decided_though_its_stance_is_not() -> None:
    result = merge(task(said("a", [], [DENY]), said("b", [], [SUPPORT]), said("c", [], [Claim(14, 18, "deny")])))
    assert gold(result).claims == (Claim(14, 24),)
    assert [(", ".join(aside.annotators), aside.undecided) for aside in result.set_aside] == [
        ("c", False),
        ("a, b", True),
    ]


def test_a_claim_that_somebody_has_once_too_often_is_listed() -> None:
    result = merge(task(said("a", [], [DENY]), said("b", [], [DENY, DENY])), Policy(trusted="a"))
    assert result.document is not None
    assert result.document.origins.claims == (Origin(("a", "b")),)
    assert asides(result) == [("b", "CLAIM 14–24 “قُتل اثنان”, deny", "not by a", False)]


# --- where gold comes from ---


def test_each_piece_of_gold_says_who_gave_it() -> None:
    result = merge(
        task(
            said("a", [PERS, GPE], [DENY], {"c1": "agree"}),
            said("b", [PERS], [DENY], {"c1": "agree"}),
            said("c", [GPE, PERS], [], {"c1": "agree"}),
        )
    )
    assert result.document is not None
    origins = result.document.origins
    assert origins.entities == (Origin(("a", "b", "c")), Origin(("a", "c")))
    assert origins.claims == (Origin(("a", "b")),)
    assert origins.stances == {"c1": Origin(("a", "b", "c"))}


def test_origins_reach_the_dataset_and_come_back(tmp_path: Path) -> None:
    export = Export((task(said("a", [PERS], [DENY], {"c1": "agree"}), said("b", [PERS], [SUPPORT])),), ())
    judged = Export((task(said("j", [PERS, GPE], [DENY], {"c1": "agree"})),), ())
    made = make_gold(export, SCHEME, "تجربة", "1.0", adjudicated=judged)
    from mihakk.export.dataset import write_gold

    write_gold(made, tmp_path)
    (document,) = read_gold(tmp_path).split("all")
    assert document.origins == made.split("all")[0].origins
    # PERS was gold by both; GPE nobody had; the claim had no stance, and c1 one answer of two.
    assert document.origins.entities == (Origin(("a", "b")), Origin((), adjudicated=True))
    assert document.origins.claims == (Origin(("a",), adjudicated=True),)
    assert document.origins.stances == {"c1": Origin(("a",), adjudicated=True)}
    assert made.counts["adjudicated"] == 3


# --- the adjudicator ---


def test_the_adjudicator_decides_and_what_was_not_kept_is_listed() -> None:
    work = task(said("a", [PERS, GPE], [DENY], {"c1": "agree"}), said("b", [PERS, LOC], [SUPPORT], {"c1": "discuss"}))
    # The adjudicator is one of the annotators, drops a name that both had, and takes LOC.
    judge = task(said("a", [LOC], [SUPPORT], {"c1": "discuss", "c2": "unrelated"}))
    result = merge(work, adjudicated=judge)
    assert gold(result).entities == (LOC,)
    assert gold(result).claims == (SUPPORT,)
    assert gold(result).stances == {"c1": "discuss", "c2": "unrelated"}
    assert not result.undecided
    shown = "CLAIM 14–24 “قُتل اثنان”"
    assert asides(result) == [
        ("a, b", "PERS 0–4 “أحمد”", "not by adjudicator a", False),
        ("a", "GPE 9–13 “دمشق”", "not by adjudicator a", False),
        ("a", f"{shown}, deny", "not by adjudicator a", False),
        ("a", "stance on c1: agree", "not by adjudicator a", False),
    ]
    assert result.document is not None
    assert result.document.annotators == ("a", "b")
    assert result.document.origins.entities == (Origin(("b",), adjudicated=True),)
    assert result.document.origins.stances["c2"] == Origin((), adjudicated=True)


def test_a_source_that_the_adjudicator_did_not_keep_is_listed() -> None:
    work = task(said("a", [PERS, GPE], [Claim(14, 24, "deny", (GPE,))]))
    judge = task(said("j", [PERS, GPE], [Claim(14, 24, "deny", (PERS,))]))
    result = merge(work, adjudicated=judge)
    assert gold(result).claims == (Claim(14, 24, "deny", (PERS,)),)
    assert asides(result) == [("a", "source GPE 9–13 of CLAIM 14–24 “قُتل اثنان”", "not by adjudicator j", False)]


def test_adjudicators_who_differ_leave_it_undecided() -> None:
    result = merge(task(said("a", [PERS])), adjudicated=task(said("j", [PERS, GPE]), said("k", [PERS])))
    assert gold(result).entities == (PERS,)
    assert asides(result) == [("adjudicator j", "GPE 9–13 “دمشق”", "tie: 1 of 2 annotators", True)]


def test_an_article_that_the_adjudicator_skipped_stays_as_the_policy_has_it() -> None:
    work = task(said("a", [PERS, GPE]), said("b", [PERS]))
    assert merge(work, adjudicated=task()) == merge(work)


def test_adjudication_of_another_projects_articles_is_an_error() -> None:
    export = Export((task(said("a", [PERS])),), ())
    other = FinishedTask(Article("آخر", TEXT), (), (said("j"),))
    changed = FinishedTask(Article("خبر", TEXT + "."), EVENT_CLAIMS, (said("j"),))
    claims = FinishedTask(ARTICLE, EVENT_CLAIMS[:1], (said("j"),))
    own = Export((task(said("a", [PERS]), said("b", [GPE])),), ())
    with pytest.raises(InputError, match="the same annotations as the export"):
        make_gold(own, SCHEME, "x", "1.0", adjudicated=own)
    # Of another project's article with two annotators, only that is said.
    stranger = FinishedTask(Article("آخر", TEXT), (), (said("j"), said("k")))
    with pytest.raises(InputError) as error:
        make_gold(own, SCHEME, "x", "1.0", adjudicated=Export((stranger,), ()))
    assert len(error.value.problems) == 1
    for judged, message in ((other, "article آخر: is adjudicated, but"), (changed, "another text"), (claims, "claims")):
        with pytest.raises(InputError, match=message):
            make_gold(export, SCHEME, "x", "1.0", adjudicated=Export((judged,), ()))


_entities = st.sets(st.sampled_from([PERS, GPE, LOC, Span(0, 8, "ORG"), Span(5, 13, "EVENT")]))
_claims = st.lists(st.sampled_from([DENY, SUPPORT, Claim(14, 24), Claim(0, 13, "query")]), max_size=3)
_work = st.tuples(_entities, _claims, st.dictionaries(st.sampled_from(["c1", "c2"]), st.sampled_from(["agree"])))
_teams = st.lists(_work, min_size=1, max_size=4).map(
    lambda drawn: [said(name, *work) for name, work in zip("abcd", drawn, strict=False)]
)
_policies = st.sampled_from([Policy(), UNANIMOUS, Policy(trusted="a")])


@given(_teams, _policies, st.none() | _work)
def test_every_span_is_gold_or_set_aside_with_a_reason_whoever_decides(
    team: list[Annotation], policy: Policy, judge: Any
) -> None:
    result = merge(task(*team), policy, task(said("j", *judge)) if judge else None)
    document = result.document
    assert document is not None
    entities = Counter(span for a in team for span in a.entities)
    kept = dict(zip(document.annotation.entities, document.origins.entities, strict=True))
    listed = Counter(
        name
        for aside in result.set_aside
        if "–" in aside.what and not aside.what.startswith(("CLAIM", "stance of"))
        for name in aside.annotators
    )
    in_gold = Counter(name for origin in kept.values() for name in origin.annotators)
    for annotation in team:
        name = annotation.annotator
        assert listed[name] + in_gold[name] == len(annotation.entities)
    assert sum(entities.values()) == sum(listed[a.annotator] + in_gold[a.annotator] for a in team)
    # Claims: each is a voice for a gold claim, or set aside; one without agreed stance is in gold and listed as such.
    for annotation in team:
        name = annotation.annotator
        voices = sum(name in origin.annotators for origin in document.origins.claims)
        aside = sum(name in one.annotators for one in result.set_aside if one.what.startswith("CLAIM"))
        assert voices + aside >= len({(c.start, c.end, c.stance) for c in annotation.claims})
        assert voices + aside <= len(annotation.claims)


@given(_teams, _policies)
def test_a_judge_who_confirms_the_policys_gold_adjudicates_nothing(team: list[Annotation], policy: Policy) -> None:
    by_policy = gold(merge(task(*team), policy))
    judge = Annotation("خبر", "j", by_policy.entities, by_policy.claims, by_policy.stances)
    result = merge(task(*team), policy, task(judge))
    assert gold(result) == by_policy
    assert result.document is not None
    origins = result.document.origins
    assert not any(o.adjudicated for o in (*origins.entities, *origins.claims, *origins.stances.values()))


# --- the tasks of an adjudication project ---


def test_only_undecided_articles_become_tasks_with_all_versions() -> None:
    other = Article("آخر", TEXT)
    agreed = FinishedTask(other, (), tuple(Annotation("آخر", name, (PERS,)) for name in "ab"))
    undecided = task(said("a", [PERS, GPE], [Claim(14, 24, "deny", (PERS,), note="لاحظ")]), said("b", [PERS]))
    (made,) = adjudication_tasks(Export((agreed, undecided), ()), SCHEME)
    assert made["data"]["doc_id"] == "خبر"
    assert made["data"]["adjudication"].splitlines() == [
        "GPE 9–13 “دمشق”: a (tie: 1 of 2 annotators)",
        "CLAIM 14–24 “قُتل اثنان”, deny: a (tie: 1 of 2 annotators)",
    ]
    versions = {p["model_version"]: p["result"] for p in made["predictions"]}
    assert list(versions) == ["a", "b", "all versions together"]
    # Marked are the regions that are not gold; the note stays in front of the mark.
    marks = {r["value"]["labels"][0]: r.get("meta") for r in versions["all versions together"] if r["type"] == "labels"}
    assert marks == {
        "PERS": None,
        "GPE": {"text": ["⚖ 1/2: a"]},
        "CLAIM": {"text": ["لاحظ ⚖ 1/2: a"]},
    }
    assert [r["value"]["labels"] for r in versions["b"]] == [["PERS"]]


def test_tasks_go_into_label_studio_and_an_adjudicators_work_comes_back_without_marks(tmp_path: Path) -> None:
    sources = Claim(14, 24, "deny", (PERS,), note="لاحظ")
    work = task(said("a", [PERS, GPE], [sources]), said("b", [PERS, LOC], [Claim(14, 24, "deny")]))
    made = list(adjudication_tasks(Export((work,), ()), SCHEME))
    file = tmp_path / "adjudication.json"
    file.write_text(json.dumps(made), encoding="utf-8")
    assert read_task_file(file, SCHEME) == made
    # The adjudicator takes all versions, but for LOC.
    result = [r for r in made[0]["predictions"][-1]["result"] if r.get("value", {}).get("labels") != ["LOC"]]
    annotated = {"id": 1, "completed_by": {"email": "j"}, "result": result}
    read = read_tasks([{"id": 7, "data": made[0]["data"], "annotations": [annotated]}], "export", SCHEME)
    assert read.set_aside == ()
    (back,) = read.tasks[0].annotations
    assert (back.entities, back.claims) == ((PERS, GPE), (sources,))
    # A sign of that kind in an annotator's own note stays where no adjudication is.
    own = to_result(said("a", [], [Claim(14, 24, note="ميزان ⚖ هنا")]), TEXT, ["c1", "c2"])
    data = {key: value for key, value in made[0]["data"].items() if key != "adjudication"}
    plain = read_tasks([{"id": 7, "data": data, "annotations": [annotated | {"result": own}]}], "export", SCHEME)
    assert plain.tasks[0].annotations[0].claims[0].note == "ميزان ⚖ هنا"


def test_all_versions_together_have_each_claim_once_with_all_its_sources() -> None:
    work = task(
        said("a", [PERS, GPE], [Claim(14, 24, "deny", (PERS,))]),
        said("b", [PERS, GPE], [Claim(14, 24, "support", (GPE,))]),
    )
    (made,) = adjudication_tasks(Export((work,), ()), SCHEME)
    together = made["predictions"][-1]["result"]
    assert sum(r.get("value", {}).get("labels") == ["CLAIM"] for r in together) == 1
    assert sum(r["type"] == "relation" for r in together) == 2
    # Its stance is for the adjudicator to give, so it is marked though both have it.
    assert [r["meta"]["text"] for r in together if r.get("value", {}).get("labels") == ["CLAIM"]] == [["⚖ 2/2: a, b"]]
    assert not any(r["type"] == "choices" for r in together)


def test_the_road_through_adjudication_on_the_command_line(tmp_path: Path) -> None:
    sample = Path(__file__).parents[1] / "annotate" / "sample" / "export.json"
    run = CliRunner()
    tasks = tmp_path / "adjudication.json"
    done = run.invoke(app, ["export", "adjudicate", str(sample), "-o", str(tasks)])
    assert done.exit_code == 0, done.output
    made = json.loads(tasks.read_text(encoding="utf-8"))
    assert f"{len(made)} of 14 articles" in done.output
    # The adjudicator follows the second version in everything.
    judged = [
        {
            "id": n,
            "data": one["data"],
            "annotations": [{"id": n, "completed_by": {"email": "judge"}, "result": one["predictions"][1]["result"]}],
        }
        for n, one in enumerate(made)
    ]
    export = tmp_path / "judged.json"
    export.write_text(json.dumps(judged), encoding="utf-8")
    gold_folder = tmp_path / "gold"
    arguments = ["export", "dataset", str(sample), "-o", str(gold_folder), "--adjudicated", str(export)]
    done = run.invoke(app, arguments)
    assert done.exit_code == 0, done.output
    header = json.loads((gold_folder / "gold.json").read_text(encoding="utf-8"))
    assert header["counts"]["undecided"] == 0
    assert header["counts"]["adjudicated"] > 0
    again = run.invoke(app, ["export", "dataset", str(sample), "-o", str(tmp_path / "x"), "--policy", "nobody"])
    assert isinstance(again.exception, InputError)


@pytest.mark.parametrize(("sample", "reviewed"), [(0.0, 0), (0.05, 1), (0.5, 2), (1.0, 4)])
def test_a_share_of_agreed_work_is_reviewed(sample: float, reviewed: int) -> None:
    # Four agreed articles: 0.05 × 4 = 0.2, rounded up to 1. One with a single annotator has nothing agreed.
    agreed = [
        FinishedTask(Article(f"a{n}", TEXT), (), tuple(Annotation(f"a{n}", who, (GPE,)) for who in ("x", "y")))
        for n in range(4)
    ]
    alone = FinishedTask(Article("alone", TEXT), (), (Annotation("alone", "x", (GPE,)),))
    undecided = FinishedTask(
        Article("undecided", TEXT), (), (Annotation("undecided", "x", (GPE,)), Annotation("undecided", "y", (LOC,)))
    )
    made = list(adjudication_tasks(Export((*agreed, alone, undecided), ()), SCHEME, sample=sample))
    assert made[0]["data"]["doc_id"] == "undecided"
    assert [task["data"]["adjudication"] for task in made[1:]] == [""] * reviewed
    # The same articles whatever their order.
    again = adjudication_tasks(Export((undecided, alone, *reversed(agreed)), ()), SCHEME, sample=sample)
    assert [task["data"]["doc_id"] for task in again] == [task["data"]["doc_id"] for task in made]
