"""A newer scheme without entities, claims or stances of articles: what was marked of them is set aside, all of it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mihakk.annotate.document import Annotation, Article, Claim, EventClaim
from mihakk.annotate.task import make_task
from mihakk.configs.errors import InputError
from mihakk.configs.scheme import Scheme, load_scheme
from mihakk.eval import evaluate
from mihakk.eval.gold.records import Gold, GoldDocument, Older, SetAside
from mihakk.eval.gold.rows import read_gold
from mihakk.export.dataset import write_gold
from mihakk.export.finished import read_tasks
from mihakk.export.make_gold import make_gold
from mihakk.export.migrate import Migration
from mihakk.export.migrate_gold import migrate_gold
from raw_export import exported, finished, results
from test_migrate import CLAIM_IDS, CLAIMS, TEXT, VACCINE, run, works
from versions import OLD_LABELS, OLD_STANCES, made, scheme_values, written

# What `from` says of each layer that is gone.
GONE: dict[str, Any] = {
    "entities": {"entities": dict.fromkeys(OLD_LABELS)},
    "claims": {"claim": None},
    "stances": {"article_stances": dict.fromkeys(OLD_STANCES[1])},
}
# The keys of a scheme's file for each layer.
KEYS = {"entities": ("entities",), "claims": ("claim", "claim_stances"), "stances": ("article_stances",)}
LEAVING = [("entities",), ("claims",), ("stances",), ("entities", "stances"), ("claims", "stances")]


def without(folder: Path, leaving: tuple[str, ...], version: str = "2.0", **more: Any) -> Scheme:
    """Version 2.0 of the old scheme, without these layers."""
    values = scheme_values(version, OLD_LABELS, *OLD_STANCES, language="ar")
    gone: dict[str, Any] = {}
    for layer in leaving:
        gone |= GONE[layer]
        for key in KEYS[layer]:
            del values[key]
    return load_scheme(written(folder / f"without-{version}.yaml", values | {"from": {"health@1.0": gone}} | more))


def old_scheme(folder: Path) -> Scheme:
    return made(folder, "1.0", OLD_LABELS, *OLD_STANCES, language="ar")


def pieces(annotation: Annotation) -> Counter[str]:
    """How much an annotation says, by kind."""
    return Counter(
        entities=len(annotation.entities),
        claims=len(annotation.claims),
        claim_stances=sum(claim.stance is not None for claim in annotation.claims),
        sources=sum(len(claim.sources) for claim in annotation.claims),
        stances=len(annotation.stances),
    )


def aside(set_aside: list[SetAside]) -> Counter[str]:
    """The same of what was set aside, by its words."""
    found: Counter[str] = Counter()
    for one in set_aside:
        if one.what.startswith("claim of the event"):
            found["event_claims"] += 1
        elif one.what.startswith("stance on "):
            found["stances"] += 1
        elif one.what.startswith("stance "):
            found["claim_stances"] += 1
        elif one.what.startswith(("source ", "relation ")):
            found["sources"] += 1
        elif one.what.startswith("CLAIM "):
            found["claims"] += 1
            found["claim_stances"] += one.what.count("; stance ")
            found["sources"] += one.what.count("; source ")
        else:
            found["entities"] += 1
    return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(said=works(), leaving=st.sampled_from(LEAVING))
def test_all_is_in_the_new_gold_or_set_aside(tmp_path: Path, said: Annotation, leaving: tuple[str, ...]) -> None:
    old, new = old_scheme(tmp_path), without(tmp_path, leaving)
    there = pieces(said) + Counter(event_claims=len(CLAIMS))
    document = GoldDocument(Article("مقال", TEXT), CLAIMS, said)
    gold = migrate_gold(Gold("صحة", "1.0", old, {"test": (document,)}), new)
    task = exported(make_task(document.article, CLAIMS, old), [finished("أمل", results(said, TEXT, CLAIM_IDS))])
    export = read_tasks([task], "export", new)
    golds = [gold, make_gold(export, new, "صحة", "2.0")]
    for made_of, given_up in ((gold, list(gold.set_aside)), (golds[1], list(export.set_aside))):
        (found,) = made_of.split("all")
        left = pieces(found.annotation) + Counter(event_claims=len(found.claims))
        assert left + aside(given_up) == there
        for layer in leaving:
            assert not getattr(found.annotation, layer)
        assert found.older == Older(("health@1.0",))
        assert all(one.reason for one in given_up)
    assert golds[0].split("all")[0].annotation.entities == golds[1].split("all")[0].annotation.entities


@pytest.mark.parametrize("leaving", LEAVING, ids="+".join)
def test_the_folder_has_the_content_that_its_hash_is_of(tmp_path: Path, leaving: tuple[str, ...]) -> None:
    """Claims of events have no place where articles have no stances."""
    old, new = old_scheme(tmp_path), without(tmp_path, leaving)
    said = Annotation("مقال", "gold", (VACCINE,), (Claim(0, 4, "doubt", (VACCINE,), "c1", "ملاحظة"),), {"c1": "agree"})
    document = GoldDocument(Article("مقال", TEXT), CLAIMS, said)
    (tmp_path / "gold").mkdir()
    write_gold(Gold("صحة", "1.0", old, {"test": (document,)}), tmp_path / "gold")
    run("export", "migrate", tmp_path / "gold", "--scheme", tmp_path / "without-2.0.yaml", "-o", tmp_path / "new")
    again = read_gold(tmp_path / "new")
    header = json.loads((tmp_path / "new" / "gold.json").read_text(encoding="utf-8"))
    assert again.content_hash == header["content_hash"]
    assert again.labels.id == new.id
    # What a claim said is told with it.
    what = [one.what for one in again.set_aside if one.what.startswith("CLAIM")]
    if "claims" in leaving:
        place = f"{VACCINE.start}–{VACCINE.end}"
        assert what == [f"CLAIM 0–4 “قالت”; stance doubt; source DRUG {place}; about c1; note: ملاحظة"]
    elif "stances" in leaving:
        assert what == ["CLAIM 0–4 “قالت” is about c1"]


def test_a_chain_of_versions_keeps_what_an_earlier_one_set_aside(tmp_path: Path) -> None:
    old, new = old_scheme(tmp_path), without(tmp_path, ("stances",))
    newer = without(tmp_path, ("claims", "stances"), "3.0", **{"from": {"health@2.0": {"claim": None}}})
    said = Annotation("مقال", "أمل", (), (Claim(0, 4, "doubt"),), {"c1": "agree"})
    task = exported(make_task(Article("مقال", TEXT), CLAIMS, old), [finished("أمل", results(said, TEXT, CLAIM_IDS))])
    twice = Migration(newer).task(Migration(new).task(task))
    found = read_tasks([twice], "export", newer)
    assert aside(list(found.set_aside)) == Counter(stances=1, claims=1, claim_stances=1, event_claims=2)
    assert found.tasks[0].older == Older(("health@1.0", "health@2.0"))


@pytest.mark.parametrize(
    ("version", "from_", "problem"),
    [
        ("2.0", {}, "from.health@1.0: says nothing of the claims of health@1.0, and health@2.0 has none: add `claim:"),
        ("1.1", {"claim": None}, "from.health@1.0: removes, renames, merges or splits labels, so health@1.1 has to be"),
    ],
)
def test_claims_do_not_go_without_a_word(tmp_path: Path, version: str, from_: Any, problem: str) -> None:
    old = old_scheme(tmp_path)
    task = exported(make_task(Article("مقال", TEXT), (), old), [finished("أمل", [])])
    with pytest.raises(InputError) as error:
        read_tasks([task], "export", without(tmp_path, ("claims",), version, **{"from": {"health@1.0": from_}}))
    assert problem in error.value.problems[0]


def test_a_label_under_from_that_the_old_scheme_never_had_is_a_problem_with_its_key_and_line(tmp_path: Path) -> None:
    """PLACES is a slip: 1.0 has PLACE."""
    old = old_scheme(tmp_path)
    from_ = {"health@1.0": {"claim": None, "entities": {"PLACES": None}, "article_stances": {"agree": "agree"}}}
    new = without(tmp_path, ("claims",), **{"from": from_})
    file = tmp_path / "without-2.0.yaml"
    line = next(n for n, words in enumerate(file.read_text("utf-8").splitlines(), 1) if "PLACES:" in words)
    document = GoldDocument(Article("مقال", TEXT), (), Annotation("مقال", "gold", (VACCINE,)))
    (tmp_path / "gold").mkdir()
    write_gold(Gold("صحة", "1.0", old, {"test": (document,)}), tmp_path / "gold")
    task = exported(make_task(document.article, (), old), [finished("أمل", [])])
    for read in (lambda: read_tasks([task], "export", new), lambda: migrate_gold(read_gold(tmp_path / "gold"), new)):
        with pytest.raises(InputError) as error:
            read()
        (problem,) = error.value.problems
        assert f"{file}:{line}: from.health@1.0.entities.PLACES: health@1.0 has no label PLACES; it has " in problem
        assert problem.endswith("did you mean PLACE?")


def test_an_event_claim_of_a_corpus_without_stances_is_set_aside(tmp_path: Path) -> None:
    row = {"id": "a", "text": TEXT, "entities": [], "claims": [{"start": 0, "end": 4, "about": "c1"}]}
    row |= {"event_claims": [{"id": "c1", "text": "اللقاح آمن"}], "language": "ar"}
    (tmp_path / "x.jsonl").write_text(json.dumps(row), encoding="utf-8")
    run("export", "read", tmp_path / "x.jsonl", "--as", "jsonl", "--split", "test", "-o", tmp_path / "gold")
    gold = read_gold(tmp_path / "gold")
    assert [one.what for one in gold.set_aside] == ["claim of the event c1: اللقاح آمن", "CLAIM 0–4 “قالت” is about c1"]
    assert gold.content_hash == json.loads((tmp_path / "gold" / "gold.json").read_text())["content_hash"]
    assert EventClaim("c1", "اللقاح آمن") not in gold.documents()["a"].claims


@pytest.mark.parametrize("way", ["by itself", "migrated"])
def test_claims_that_came_later_count_only_where_they_were(tmp_path: Path, way: str) -> None:
    """Version 0.9 had no claims. A claim is predicted in a document of each; that of 0.9 is not spurious, and its
    source is no attribution: of one gold claim with one source, one is found, and nothing else."""
    values = scheme_values("0.9", OLD_LABELS, *OLD_STANCES, language="ar")
    del values["claim"], values["claim_stances"]
    old = load_scheme(written(tmp_path / "old.yaml", values))
    new = made(tmp_path, "1.0", OLD_LABELS, *OLD_STANCES, language="ar", **{"from": {"health@0.9": {}}})
    claim = Claim(0, 4, "deny", (VACCINE,))
    works_of = {
        "قديم": (old, Annotation("قديم", "أمل", (VACCINE,))),
        "جديد": (new, Annotation("جديد", "أمل", (VACCINE,), (claim,))),
    }
    tasks = [
        exported(make_task(Article(name, TEXT), (), scheme), [finished("أمل", results(said, TEXT, []))])
        for name, (scheme, said) in works_of.items()
    ]
    if way == "migrated":
        tasks[0] = dict(Migration(new).task(tasks[0]))
    gold = make_gold(read_tasks(tasks, "export", new), new, "صحة", "1.0")
    assert gold.documents()["قديم"].older == Older(("health@0.9",), ("CLAIM",), OLD_STANCES[0])
    (tmp_path / "gold").mkdir()
    write_gold(gold, tmp_path / "gold")
    said = {"start": 0, "end": 4, "stance": "deny"}
    source = {"start": VACCINE.start, "end": VACCINE.end, "label": "DRUG"}
    rows = [{"id": name, "entities": [source], "claims": [{**said, "sources": [source]}]} for name in works_of]
    found = evaluate(tmp_path / "gold", rows, split="all")
    for task in ("claims", "attribution"):
        counts = next(iter(found.tasks[task].values())).micro.counts
        assert (counts.cor, counts.gold, counts.predicted) == (1, 1, 1), task
    assert "CLAIM(health@0.9:1)" in found.signature
    assert any("claims that annotators of older versions" in note and "1 CLAIM" in note for note in found.notes)
    assert "It had no claims, support (stances of claims)" in (tmp_path / "gold" / "README.md").read_text("utf-8")
