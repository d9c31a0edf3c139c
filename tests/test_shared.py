"""Real articles and finished annotations from outside the repository, through export, gold and scores."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from marked import SCHEME
from mihakk.annotate.document import Article, EventClaim
from mihakk.annotate.task import make_task
from mihakk.eval.gold.records import Gold
from mihakk.eval.gold.rows import read_gold
from mihakk.eval.gold_side import predictions_on
from mihakk.eval.score import Leaf, Scores, score
from mihakk.export.dataset import write_gold
from mihakk.export.finished import read_export
from mihakk.export.make_gold import make_gold
from raw_export import answer, exported, finished, region, relation, stance

SHARED = Path(__file__).parents[2] / "shared" / "annotations"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared annotations are not at hand")

Work = dict[str, dict[str, Any]]


def read_pass(name: str) -> Work:
    """One pass over the five articles, by article id."""
    files = sorted((SHARED / name).glob("*.json"))
    assert len(files) == 5
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}


def event_claims() -> dict[str, list[EventClaim]]:
    """For each article the claims of all events that list it, in file order."""
    events = json.loads((SHARED / "events.json").read_text(encoding="utf-8"))
    claims: dict[str, list[EventClaim]] = {}
    for event in events.values():
        for article in event["articles"]:
            listed = claims.setdefault(Path(article).stem, [])
            listed += [EventClaim(name, text) for name, text in event["claims"].items()]
    return claims


def raw_results(work: Mapping[str, Any], claims: list[EventClaim]) -> list[dict[str, Any]]:
    """The pass's JSON as Label Studio would export it. Written without our own records."""
    made = [region(f"e{n}", e["start"], e["end"], e["label"], e["text"]) for n, e in enumerate(work["entities"])]
    at = {(e["start"], e["end"]): f"e{n}" for n, e in enumerate(work["entities"])}
    for n, claim in enumerate(work["claims"]):
        made.append(region(f"c{n}", claim["start"], claim["end"], "CLAIM", claim["text"], claim["source_text"]))
        made.append(stance(f"c{n}", claim["start"], claim["end"], claim["stance"]))
        if claim["source"]:
            made.append(relation(f"c{n}", at[claim["source"]["start"], claim["source"]["end"]]))
    names = [claim.id for claim in claims]
    return made + [answer(names.index(claim), said) for claim, said in work["stances"].items()]


def gold_of(folder: Path, **passes: Work) -> Gold:
    """The gold set of an export in which each pass is an annotator."""
    claims = event_claims()
    tasks = [
        exported(
            make_task(
                Article(article, (SHARED / "text" / f"{article}.txt").read_bytes().decode("utf-8")),
                claims[article],
                SCHEME,
            ),
            [finished(name, raw_results(work[article], claims[article])) for name, work in passes.items()],
        )
        for article in claims
    ]
    path = folder / "export.json"
    path.write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf-8")
    return make_gold(read_export(path, SCHEME), SCHEME, "shared", "1.0")


def scored(folder: Path, gold: Gold, predicted: Work) -> Scores:
    """The pass's JSON, as a predictions file, against the gold set on disk."""
    (folder / "gold").mkdir()
    write_gold(gold, folder / "gold")
    read: Gold = read_gold(folder / "gold")
    lines = [
        json.dumps(
            {
                "id": article,
                "entities": [{key: e[key] for key in ("start", "end", "label")} for e in work["entities"]],
                "claims": [{key: c[key] for key in ("start", "end", "stance")} for c in work["claims"]],
                "stances": work["stances"],
            }
        )
        for article, work in predicted.items()
    ]
    (folder / "predictions.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return score(read, predictions_on(read, folder / "predictions.jsonl"), "all")


def spans(work: Work, layer: str) -> Counter[tuple[Any, ...]]:
    return Counter((a, x["start"], x["end"], x.get("label")) for a, w in work.items() for x in w[layer])


def f1(one: Counter[Any], other: Counter[Any]) -> float:
    return 2 * (one & other).total() / (one.total() + other.total())


def equal_stances(one: Work, other: Work) -> float:
    """Share of equal stances on the claims that both passes marked; a span may have several claims."""
    ours, theirs = (
        Counter((a, claim["start"], claim["end"], claim["stance"]) for a, w in work.items() for claim in w["claims"])
        for work in (one, other)
    )
    return (ours & theirs).total() / (spans(one, "claims") & spans(other, "claims")).total()


def answers(work: Work) -> dict[tuple[str, str], str]:
    return {(a, claim): said for a, w in work.items() for claim, said in w["stances"].items()}


def equal_answers(one: Work, other: Work) -> float:
    """Share of equal answers; both passes answered everything."""
    ours, theirs = answers(one), answers(other)
    assert ours.keys() == theirs.keys()
    return sum(ours[key] == theirs[key] for key in ours) / len(ours)


def test_a_pass_is_gold_as_it_is_where_it_stands_alone(tmp_path: Path) -> None:
    work = read_pass("pass-a")
    gold = gold_of(tmp_path, a=work)
    assert gold.set_aside == ()
    assert gold.counts == {
        "documents": 5,
        "events": 0,  # these tasks carry no event
        "entities": spans(work, "entities").total(),
        "claims": spans(work, "claims").total(),
        "stances": len(answers(work)),
        "adjudicated": 0,
        "set_aside": 0,
        "undecided": 0,
    }
    for document in gold.split("all"):
        own = work[document.article.id]
        words = [document.article.text[e.start : e.end] for e in document.annotation.entities]
        assert words == [e["text"] for e in sorted(own["entities"], key=lambda e: (e["start"], e["end"], e["label"]))]
        found = Counter(
            (c.start, c.end, c.stance, tuple((s.start, s.end) for s in c.sources), c.note)
            for c in document.annotation.claims
        )
        assert found == Counter(
            (
                c["start"],
                c["end"],
                c["stance"],
                ((c["source"]["start"], c["source"]["end"]),) if c["source"] else (),
                c["source_text"],
            )
            for c in own["claims"]
        )


def test_a_pass_scored_against_itself_is_right_everywhere(tmp_path: Path) -> None:
    work = read_pass("pass-a")
    scores = scored(tmp_path, gold_of(tmp_path, a=work), work)
    assert list(scores.tasks) == ["entities", "claims", "claim_stance", "stance"]
    # Of five events.
    assert not [note for note in scores.notes if "few" not in note]
    for table in (table for schemes in scores.tasks.values() for table in schemes.values()):
        leaves: list[Leaf] = [table.micro, table.macro, *table.labels.values()]
        assert all((leaf.precision, leaf.recall, leaf.f1) == (1.0, 1.0, 1.0) for leaf in leaves)
    assert set(scores.tasks["entities"]["strict"].labels) == {e["label"] for w in work.values() for e in w["entities"]}


def test_the_other_pass_scores_what_the_intersection_of_both_gives(tmp_path: Path) -> None:
    one, other = read_pass("pass-a"), read_pass("pass-b")
    tasks = scored(tmp_path, gold_of(tmp_path, a=one), other).tasks
    for layer in ("entities", "claims"):
        ours, theirs = spans(one, layer), spans(other, layer)
        micro = tasks[layer]["strict"].micro
        assert micro.counts.cor == (ours & theirs).total() > 0
        assert micro.precision == pytest.approx((ours & theirs).total() / theirs.total())
        assert micro.recall == pytest.approx((ours & theirs).total() / ours.total())
        assert micro.f1 == pytest.approx(f1(ours, theirs))
    for label, leaf in tasks["entities"]["strict"].labels.items():
        ours, theirs = (
            Counter({key: n for key, n in spans(work, "entities").items() if key[3] == label}) for work in (one, other)
        )
        assert leaf.f1 == pytest.approx(f1(ours, theirs))
    # Both answered every pair, so precision, recall and accuracy are one number.
    micro = tasks["stance"]["strict"].micro
    assert micro.precision == micro.recall == micro.f1 == pytest.approx(equal_answers(one, other))


def test_agreement_of_both_passes_is_their_intersection(tmp_path: Path) -> None:
    one, other = read_pass("pass-a"), read_pass("pass-b")
    gold = gold_of(tmp_path, a=one, b=other)
    assert gold.provenance.agreement == {
        "entities": pytest.approx(f1(spans(one, "entities"), spans(other, "entities"))),
        "claims": pytest.approx(f1(spans(one, "claims"), spans(other, "claims"))),
        "claim_stance": pytest.approx(equal_stances(one, other)),
        "stance": pytest.approx(equal_answers(one, other)),
    }
    # Of two annotators, what both marked is gold.
    both = spans(one, "entities") & spans(other, "entities")
    assert gold.counts["entities"] == both.total()
    assert gold.counts["claims"] == (spans(one, "claims") & spans(other, "claims")).total()
