"""Annotations of older scheme versions: read under newer ones, migrated by one rule, scored where labels were there."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mihakk.annotate.document import Annotation, Article, Claim, EventClaim, Span
from mihakk.annotate.predictions import Prediction, Predictions
from mihakk.annotate.task import make_task, scheme_in
from mihakk.cli import app
from mihakk.configs.errors import InputError
from mihakk.configs.labels import NamedMapping
from mihakk.configs.scheme import Mapping as Mapped
from mihakk.configs.scheme import Scheme, load_scheme, scheme_of_names
from mihakk.configs.versions import Replaced
from mihakk.eval.gold.records import Gold, GoldDocument, Older, Origin, Origins
from mihakk.eval.gold.rows import read_gold
from mihakk.eval.score import evaluate, score
from mihakk.export.adjudicate import adjudication_tasks
from mihakk.export.check.check import check_tasks
from mihakk.export.dataset import write_gold
from mihakk.export.finished import Export, read_tasks
from mihakk.export.make_gold import make_gold
from mihakk.export.migrate import Migration, Rule
from mihakk.export.migrate_gold import migrate_document, migrate_gold
from mihakk.export.pseudonyms import Pseudonyms
from raw_export import exported, finished, results
from versions import FROM, NEW_LABELS, NEW_STANCES, OLD_LABELS, OLD_STANCES, made, written

TEXT = "قالت وزارة الصحة إن اللقاح يسبب الحمى في القرى"
CLAIMS = (EventClaim("c1", "اللقاح آمن"), EventClaim("c2", "اللقاح إلزامي"))
CLAIM_IDS = [claim.id for claim in CLAIMS]


@pytest.fixture
def old(tmp_path: Path) -> Scheme:
    return made(tmp_path, "1.0", OLD_LABELS, *OLD_STANCES)


@pytest.fixture
def new(tmp_path: Path) -> Scheme:
    return made(tmp_path, "2.0", NEW_LABELS, *NEW_STANCES, **{"from": FROM})


def span(words: str, label: str) -> Span:
    start = TEXT.index(words)
    return Span(start, start + len(words), label)


def work(annotator: str, *entities: Span, claims: Iterable[Claim] = (), **stances: str) -> Annotation:
    return Annotation("مقال", annotator, tuple(sorted(entities)), tuple(claims), stances)


def raw(scheme: Scheme, *works: Annotation, name: str = "مقال", known: bool = True) -> dict[str, Any]:
    """A task of this scheme, with this finished work; not `known` is without the scheme's hash and content."""
    task = make_task(Article(name, TEXT, event_id="حدث"), CLAIMS, scheme)
    if not known:
        task["data"] = {key: value for key, value in task["data"].items() if not key.startswith("scheme_")}
    return exported(task, [finished(one.annotator, results(one, TEXT, CLAIM_IDS)) for one in works])


def read(scheme: Scheme, *tasks: Mapping[str, Any]) -> Export:
    return read_tasks(tasks, "export", scheme)


FEVER, SHAKES, VACCINE = span("الحمى", "SIGN"), span("الحمى", "SYMPTOM"), span("اللقاح", "DRUG")
MINISTRY, VILLAGES = span("وزارة الصحة", "ORG"), span("القرى", "PLACE")
SAYING = span("اللقاح يسبب الحمى", "CLAIM")
DOUBT = Claim(SAYING.start, SAYING.end, "doubt", (MINISTRY,), note="ملاحظة")


# --- what is read


def test_labels_are_renamed_merged_and_set_aside_before_annotators_are_held_against_each_other(
    old: Scheme, new: Scheme
) -> None:
    """One called it SYMPTOM, the other SIGN: 1.0 has a tie, and 2.0, where both are SIGN, has none."""
    task = raw(old, work("أمل", SHAKES, VACCINE, VILLAGES), work("بدر", FEVER, VACCINE))
    before = make_gold(read(old, task), old, "صحة", "1.0")
    assert [span.label for d in before.split("all") for span in d.annotation.entities] == ["DRUG"]
    gold = make_gold(read(new, task), new, "صحة", "2.0")
    (document,) = gold.split("all")
    assert document.annotation.entities == (VACCINE, FEVER)
    assert document.annotators == ("أمل", "بدر")
    assert document.older == Older(("health@1.0",))
    (aside,) = gold.set_aside
    assert (aside.annotators, aside.undecided) == (("أمل",), False)
    assert aside.what.startswith(f"PLACE {VILLAGES.start}–{VILLAGES.end} “القرى”")
    assert aside.reason == "health@2.0 has nothing for the label PLACE of health@1.0"


def test_spans_of_one_annotator_made_equal_count_once_and_that_is_listed(old: Scheme, new: Scheme) -> None:
    export = read(new, raw(old, work("أمل", SHAKES, FEVER)))
    assert export.tasks[0].annotations[0].entities == (FEVER,)
    (aside,) = export.set_aside
    assert aside.reason == "marked twice; counts once"


def test_stances_are_migrated_and_what_has_no_counterpart_is_set_aside(old: Scheme, new: Scheme) -> None:
    export = read(new, raw(old, work("أمل", VACCINE, claims=[replace(DOUBT, sources=())], c1="discuss", c2="agree")))
    (said,) = export.tasks[0].annotations
    assert said.claims == (Claim(SAYING.start, SAYING.end, "deny", (), note="ملاحظة"),)
    assert said.stances == {"c2": "agree"}
    (aside,) = export.set_aside
    assert (aside.what, aside.reason) == (
        "stance on c1: discuss",
        "health@2.0 has nothing for the article stance discuss of health@1.0",
    )


def test_a_split_label_is_for_the_adjudicator_to_decide(old: Scheme, new: Scheme) -> None:
    task = raw(old, work("أمل", MINISTRY, VACCINE, claims=[DOUBT]), work("بدر", MINISTRY, VACCINE, claims=[DOUBT]))
    export = read(new, task)
    undecided = [aside for aside in export.set_aside if aside.undecided]
    assert [aside.annotators for aside in undecided] == [("أمل",), ("بدر",)]
    assert undecided[0].reason == "the label ORG of health@1.0 is ORG or COMPANY in health@2.0: a person decides"
    # The source is no entity as long as nobody decides.
    assert sum(aside.what.startswith("source ") for aside in export.set_aside) == 2
    (offered,) = adjudication_tasks(export, new)
    assert offered["data"]["scheme"] == "health@2.0"
    assert "ORG or COMPANY" in offered["data"]["adjudication"]
    together = offered["predictions"][-1]["result"]
    shown = {
        (item["value"]["start"], item["value"]["labels"][0], item.get("meta", {}).get("text", [""])[0])
        for item in together
        if item["type"] == "labels" and item["value"]["start"] == MINISTRY.start
    }
    assert shown == {(MINISTRY.start, label, "⚖ 2/2: أمل, بدر") for label in ("ORG", "COMPANY")}
    # The adjudicator's word is gold, and nothing is undecided any more.
    company = span("وزارة الصحة", "COMPANY")
    judged = read(
        new, raw(new, work("قاض", company, VACCINE, claims=[replace(DOUBT, stance="deny", sources=(company,))]))
    )
    gold = make_gold(export, new, "صحة", "2.0", adjudicated=judged)
    assert company in gold.split("all")[0].annotation.entities
    assert not any(aside.undecided for aside in gold.set_aside)
    assert make_gold(export, new, "صحة", "2.0").counts["undecided"] == 2


def test_pseudonyms_hide_who_used_a_label_that_was_split(tmp_path: Path, old: Scheme, new: Scheme) -> None:
    export = read(new, raw(old, work("huda@example.org", MINISTRY)))
    (hidden,) = Pseudonyms(tmp_path / "names.csv").hide([export])
    assert "huda" not in repr(hidden)
    (task,) = adjudication_tasks(hidden, new)
    labels = {item["value"]["labels"][0] for item in task["predictions"][0]["result"]}
    assert (task["predictions"][0]["model_version"], labels) == ("annotator-1", {"ORG", "COMPANY"})


def test_an_export_of_two_versions_is_read(old: Scheme, new: Scheme) -> None:
    export = read(new, raw(old, work("أمل", SHAKES)), raw(new, work("أمل", FEVER), name="مقال2"))
    assert [task.annotations[0].entities for task in export.tasks] == [(FEVER,)] * 2
    assert [task.older for task in export.tasks] == [Older(("health@1.0",)), None]


def test_adjudication_needs_no_scheme_since_tasks_carry_the_names_of_its_labels(tmp_path: Path, old: Scheme) -> None:
    export = exported_file(tmp_path / "export.json", raw(old, work("أمل", VACCINE), work("بدر", FEVER)))
    run("export", "adjudicate", export, "-o", tmp_path / "open.json")
    (task,) = json.loads((tmp_path / "open.json").read_text(encoding="utf-8"))
    assert scheme_in(task["data"]) == old.identity
    # Of tasks that do not carry them nobody knows the labels.
    unknown = exported_file(tmp_path / "old.json", raw(old, work("أمل", VACCINE), known=False))
    with pytest.raises(
        InputError, match=r"was made with the scheme health@1.0, not conflict_news@1.0; give its scheme"
    ):
        run("export", "adjudicate", unknown, "-o", tmp_path / "open.json")


def test_names_alone_make_a_scheme_of_the_same_identity(tmp_path: Path, old: Scheme) -> None:
    nested = made(tmp_path, "1.3", OLD_LABELS, *OLD_STANCES, nesting="nested")
    for scheme in (old, nested, load_scheme()):
        assert scheme_of_names(scheme.identity).identity == scheme.identity


# --- what is refused


def test_a_label_that_from_forgets_is_a_problem_of_the_scheme_file(tmp_path: Path, old: Scheme) -> None:
    short = {"health@1.0": {"entities": {"SYMPTOM": "SIGN"}, "claim_stances": {"doubt": None}}}
    new = made(tmp_path, "2.0", NEW_LABELS, *NEW_STANCES, **{"from": short})
    file = tmp_path / "health-2.0.yaml"
    line = file.read_text(encoding="utf-8").splitlines().index("  health@1.0:") + 1
    with pytest.raises(InputError) as error:
        read(new, raw(old, work("أمل", SHAKES)))
    said = [problem.removeprefix(f"export: task {1}: ") for problem in error.value.problems]
    assert all(f"{file}:{line}: from.health@1.0: says nothing of the " in problem for problem in said)
    assert "label PLACE of health@1.0, which health@2.0 lacks" in said[0]
    assert "article stance discuss of" in said[1]
    # Of an older task nobody knows what else there was: what was used counts.
    read(new, raw(old, work("أمل", SHAKES), known=False))
    with pytest.raises(
        InputError, match=rf"{file}:{line}: from.health@1.0: says nothing of the label PLACE of"
    ) as error:
        read(new, raw(old, work("أمل", VILLAGES), known=False))
    assert "add `entities: {PLACE: …}` with what it is called now, or null" in str(error.value)


@pytest.mark.parametrize(
    ("version", "from_", "problem"),
    [
        ("2.0", {}, "from: says nothing of health@1.0: give that scheme with --scheme"),
        ("1.1", {}, "from.health@1.0: says nothing of the label SYMPTOM, PLACE of health@1.0, which health@1.1 lacks"),
        ("0.9", {}, "was made with the scheme health@1.0, not health@0.9"),
    ],
)
def test_other_versions_are_refused(tmp_path: Path, old: Scheme, version: str, from_: Any, problem: str) -> None:
    new = made(tmp_path, version, NEW_LABELS, *OLD_STANCES, **{"from": from_})
    with pytest.raises(InputError) as error:
        read(new, raw(old, work("أمل", VACCINE)))
    assert problem.replace("SYMPTOM, PLACE", "PLACE, SYMPTOM") in error.value.problems[0]


def test_a_scheme_of_another_name_is_followed_where_from_names_it(tmp_path: Path, old: Scheme) -> None:
    values = {"name": "rumours", "from": FROM}
    new = made(tmp_path, "1.0", NEW_LABELS, *NEW_STANCES, **values)
    assert read(new, raw(old, work("أمل", SHAKES))).tasks[0].annotations[0].entities == (FEVER,)


@pytest.mark.parametrize(
    "wrong", [3, ["x"], [{"what": "x"}], [{"what": "x", "reason": "y", "undecided": True, "labels": ["A"]}]]
)
def test_a_list_of_what_was_left_out_that_is_none_is_refused_and_found_by_check(old: Scheme, wrong: object) -> None:
    task = raw(old, work("أمل", FEVER, c1="agree", c2="agree"))
    task["annotations"][0]["migrated"] = wrong
    with pytest.raises(InputError, match="its list of what was left out"):
        read(old, task)
    (finding,) = (one for one in check_tasks([task], old).findings if one.severity == "error")
    assert finding.found.check == "unreadable-result"


@pytest.mark.parametrize("wrong", [3, {"schemes": ["health@0.9"]}, {"schemes": 3, "lacking": {}}])
def test_a_record_of_older_schemes_that_is_none_is_refused_and_found_by_check(old: Scheme, wrong: object) -> None:
    task = raw(old, work("أمل", FEVER, c1="agree", c2="agree"))
    task["data"]["migrated"] = wrong
    with pytest.raises(InputError, match="article مقال: its record of older schemes"):
        read(old, task)
    (finding,) = (one for one in check_tasks([task], old).findings if one.severity == "error")
    assert finding.found.check == "task-data"


# --- an added label


def added(folder: Path) -> Scheme:
    return made(
        folder, "1.1", (*OLD_LABELS, "VACCINE"), ("support", "deny", "doubt", "mock"), (*OLD_STANCES[1], "unrelated")
    )


def test_an_older_export_is_read_under_a_scheme_with_more_and_gold_says_what_was_not_there(
    tmp_path: Path, old: Scheme
) -> None:
    newer = added(tmp_path)
    tasks = (raw(old, work("أمل", FEVER)), raw(newer, work("أمل", FEVER), name="مقال2"))
    gold = make_gold(read(newer, *tasks), newer, "صحة", "1.1")
    older = Older(("health@1.0",), ("VACCINE",), ("mock",), ("unrelated",))
    assert {d.article.id: d.older for d in gold.split("all")} == {"مقال": older, "مقال2": None}
    folder = tmp_path / "gold"
    folder.mkdir()
    write_gold(gold, folder)
    header = json.loads((folder / "gold.json").read_text(encoding="utf-8"))
    assert header["older_documents"] == [
        {
            "schemes": ["health@1.0"],
            "lacking": {"entities": ["VACCINE"], "claim_stances": ["mock"], "article_stances": ["unrelated"]},
            "documents": ["مقال"],
        }
    ]
    again = read_gold(folder)
    assert again.documents()["مقال"].older == older
    assert again.content_hash == gold.content_hash == header["content_hash"]
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert (
        "- 1 document was annotated under an older scheme (`health@1.0` → `health@1.1`): `مقال`. It had no VACCINE"
        in card
    )


def test_of_an_older_task_that_does_not_say_its_labels_all_are_taken_to_have_been_there(
    tmp_path: Path, old: Scheme
) -> None:
    newer = added(tmp_path)
    export = read(newer, raw(old, work("أمل", FEVER), known=False))
    assert export.tasks[0].older == Older(("health@1.0",))
    (note,) = export.notes
    assert note.startswith("1 task was made with health@1.0, whose labels are unknown")


def two_documents(scheme: Scheme, older: Older | None) -> Gold:
    """In each of two documents, a DRUG; the first was annotated when there was no VACCINE, no stance mock or unrelated."""
    said = work("gold", VACCINE, claims=[Claim(SAYING.start, SAYING.end, "deny")], c1="agree")
    documents = [
        GoldDocument(Article(name, TEXT, event_id=name), CLAIMS, replace(said, article_id=name), older=known)
        for name, known in (("a", older), ("b", None))
    ]
    return Gold("صحة", "1.1", scheme, {"test": tuple(documents)})


def predicted(*documents: Prediction) -> Predictions:
    return Predictions(Path("p.jsonl"), documents, frozenset(("entities", "claims", "stances")))


@pytest.mark.parametrize("in_folder", [False, True])
def test_a_label_counts_only_in_documents_where_it_existed(tmp_path: Path, in_folder: bool) -> None:
    newer = added(tmp_path)
    older = Older(("health@1.0",), ("VACCINE",), ("mock",), ("unrelated",))
    guess = [
        Prediction(
            name,
            (VACCINE, span("الصحة", "VACCINE")),
            (Claim(SAYING.start, SAYING.end, "mock"),),
            {"c1": "unrelated"},
        )
        for name in "ab"
    ]

    def tasks(known: Older | None) -> tuple[Any, str, tuple[str, ...]]:
        gold = two_documents(newer, known)
        if not in_folder:
            scores = score(gold, predicted(*guess), "test")
            return scores.tasks, scores.signature, scores.notes
        folder = tmp_path / f"gold-{known is None}"
        folder.mkdir()
        write_gold(gold, folder)
        rows = [
            {
                "id": one.id,
                "entities": [{"start": s.start, "end": s.end, "label": s.label} for s in one.entities],
                "claims": [{"start": c.start, "end": c.end, "stance": c.stance} for c in one.claims],
                "stances": dict(one.stances),
            }
            for one in guess
        ]
        scores = evaluate(folder, rows)
        return scores.tasks, scores.signature, scores.notes

    # Each document: 1 DRUG found, 1 VACCINE too many. Precision 2/4.
    found, signature, _ = tasks(None)
    assert found["entities"]["strict"].micro.precision == 2 / 4
    assert found["entities"]["strict"].labels["VACCINE"].counts.spu == 2
    assert "|without:" not in signature
    # In the first document nobody could mark VACCINE: there it is not counted. Precision 2/3.
    found, signature, notes = tasks(older)
    assert found["entities"]["strict"].micro.precision == 2 / 3
    assert found["entities"]["strict"].labels["VACCINE"].counts.spu == 1
    assert found["claims"]["strict"].micro.f1 == 1
    # Of the stances on claims 2 are gold; the one in the first document has no answer, the other a wrong one.
    assert found["claim_stance"]["end_to_end"].micro.counts.predicted == 1
    assert found["claim_stance"]["end_to_end"].micro.counts.gold == 2
    assert found["stance"]["strict"].micro.counts.predicted == 1
    assert "|without:VACCINE(health@1.0:1),mock(health@1.0:1),unrelated(health@1.0:1)|" in signature
    assert sum("did not have are not scored" in note for note in notes) == 3
    # What is lacking is content.
    assert two_documents(newer, older).content_hash != two_documents(newer, None).content_hash
    assert two_documents(newer, Older(("health@1.0",))).content_hash == two_documents(newer, None).content_hash


def test_under_a_mapping_a_label_of_which_a_part_was_not_there_is_left_out(tmp_path: Path) -> None:
    to = dict.fromkeys(OLD_LABELS, "OTHER") | {"DRUG": "MEDICINE", "VACCINE": "MEDICINE"}
    mapping = {"plain": {"title": "plain", "labels": ["OTHER", "MEDICINE"], "to": to}}
    newer = made(tmp_path, "1.1", (*OLD_LABELS, "VACCINE"), *OLD_STANCES, mappings=mapping)
    rows = [
        {"id": name, "entities": [{"start": VACCINE.start, "end": VACCINE.end, "label": "MEDICINE"}]} for name in "ab"
    ]
    scores = evaluate(two_documents(newer, Older(("health@1.0",), ("VACCINE",))), rows, mapping="plain")
    # In the first document MEDICINE was not there whole: neither gold nor prediction counts.
    counts = scores.tasks["entities"]["strict"].micro.counts
    assert (counts.cor, counts.gold, counts.predicted) == (1, 1, 1)


def test_what_was_lacking_goes_with_the_label_through_versions(tmp_path: Path, old: Scheme) -> None:
    """1.0 has no VACCINE, 1.1 has it, 2.0 makes VACCINE and DRUG one, which in 1.0 could be marked in part alone."""
    newer = added(tmp_path)
    first = Migration(newer).task(raw(old, work("أمل", FEVER)))
    names = {"SYMPTOM": "SIGN", "PLACE": None, "VACCINE": "DRUG", "ORG": None}
    stances = {
        "claim_stances": {"mock": "deny", "doubt": None},
        "article_stances": dict.fromkeys(("discuss", "unrelated")),
    }
    newest = made(
        tmp_path,
        "2.0",
        ("SIGN", "DRUG", "DEVICE"),
        *NEW_STANCES,
        **{"from": {"health@1.1": {"entities": names, **stances}}},
    )
    (task,) = read(newest, first).tasks
    assert task.older == Older(("health@1.0", "health@1.1"), ("DRUG", "DEVICE"), ("deny",), ())


# --- the command


def exported_file(path: Path, *tasks: Mapping[str, Any]) -> Path:
    path.write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf-8")
    return path


def run(*arguments: object) -> None:
    app([str(one) for one in arguments], standalone_mode=False)


def test_a_migrated_export_becomes_the_same_gold_as_the_export_itself(
    tmp_path: Path, old: Scheme, new: Scheme, capsys: pytest.CaptureFixture[str]
) -> None:
    works = [
        work(name, SHAKES, MINISTRY, VILLAGES, claims=[DOUBT], c1="discuss", c2="agree") for name in ("أمل", "بدر")
    ]
    export = exported_file(tmp_path / "export.json", raw(old, *works), raw(new, work("أمل", FEVER), name="مقال2"))
    scheme = tmp_path / "health-2.0.yaml"
    run("export", "migrate", export, "--scheme", scheme, "-o", tmp_path / "new.json")
    said = capsys.readouterr().out
    assert "tasks now of health@2.0: 1 of health@1.0" in said
    assert r"\n" not in said, "each line of the report is a line"
    for line in ("entities: SYMPTOM → SIGN: 2", "entities: PLACE → nothing: 2", "entities: ORG → ORG or COMPANY: 2"):
        assert line in said
    golds: list[Gold] = []
    for name in ("export.json", "new.json"):
        run("export", "dataset", tmp_path / name, "--scheme", scheme, "-o", tmp_path / "gold", "--name", "صحة")
        golds.append(read_gold(tmp_path / "gold"))
    first, second = golds
    assert first.splits == second.splits
    assert first.set_aside == second.set_aside
    assert first.content_hash == second.content_hash
    run("export", "adjudicate", tmp_path / "new.json", "--scheme", scheme, "-o", tmp_path / "open.json")
    (task,) = json.loads((tmp_path / "open.json").read_text(encoding="utf-8"))
    assert task["data"]["doc_id"] == "مقال"
    # Twice is once: there is nothing more to migrate.
    with pytest.raises(InputError, match="there is nothing to migrate"):
        run("export", "migrate", tmp_path / "new.json", "--scheme", scheme, "-o", tmp_path / "newer.json")
    assert not (tmp_path / "newer.json").exists()


def test_a_gold_folder_is_migrated_with_a_diff_and_the_chain_of_versions(
    tmp_path: Path, old: Scheme, new: Scheme, capsys: pytest.CaptureFixture[str]
) -> None:
    said = work("gold", SHAKES, FEVER, MINISTRY, VILLAGES, claims=[DOUBT], c1="discuss", c2="agree")
    by = [Origin((name,)) for name in ("هدى", "أمل", "بدر", "هدى")]
    origins = Origins(
        tuple(dict(zip((SHAKES, FEVER, MINISTRY, VILLAGES), by, strict=True))[one] for one in said.entities),
        (Origin(("أمل",), True),),
        {"c1": Origin(("بدر",)), "c2": Origin(("هدى",))},
    )
    document = GoldDocument(Article("مقال", TEXT), CLAIMS, said, ("أمل", "بدر", "هدى"), None, origins)
    (tmp_path / "gold").mkdir()
    write_gold(Gold("صحة", "1.2", old, {"validation": (document,)}), tmp_path / "gold")
    run("export", "migrate", tmp_path / "gold", "--scheme", tmp_path / "health-2.0.yaml", "-o", tmp_path / "gold2")
    shown = " ".join(capsys.readouterr().out.split())
    assert "SYMPTOM" in shown and "set aside: 1 × health@2.0 has nothing for the label PLACE" in shown
    gold = read_gold(tmp_path / "gold2")
    assert (gold.version, gold.labels.id) == ("2.0", "health@2.0")
    assert list(gold.splits["validation"]) == [gold.documents()["مقال"]]
    found = gold.documents()["مقال"]
    # Both are SIGN now: one span, of both annotators.
    assert found.annotation.entities == (FEVER,)
    assert found.origins.entities == (Origin(("أمل", "هدى")),)
    assert found.annotation.claims == (replace(DOUBT, stance="deny", sources=()),)
    assert found.origins.claims == (Origin(("أمل",), True),)
    assert (found.annotation.stances, found.origins.stances) == ({"c2": "agree"}, {"c2": Origin(("هدى",))})
    assert (found.annotators, found.older) == (("أمل", "بدر", "هدى"), Older(("health@1.0",)))
    reasons = Counter(aside.reason.split(" of health")[0] for aside in gold.set_aside)
    assert reasons == {
        "health@2.0 has nothing for the label PLACE": 1,
        "health@2.0 has nothing for the article stance discuss": 1,
        "the label ORG": 1,
        "is not an entity in health@2.0": 1,
        "is SIGN in health@2.0, as SIGN there is; counts once": 1,
    }
    header = json.loads((tmp_path / "gold2" / "gold.json").read_text(encoding="utf-8"))
    assert header["older_documents"][0]["schemes"] == ["health@1.0"]
    assert (header["scheme"], header["scheme_hash"]) == ("health@2.0", new.identity.hash)
    with pytest.raises(InputError, match="there is nothing to migrate"):
        run("export", "migrate", tmp_path / "gold2", "--scheme", tmp_path / "health-2.0.yaml", "-o", tmp_path / "gold3")


def test_a_gold_folder_of_version_0_1_is_migrated(tmp_path: Path) -> None:
    """It has no scheme: what it had are the names of its labels."""
    gold = Path(__file__).with_name("old") / "0.1" / "gold"
    before = read_gold(gold)
    values = load_scheme().model_dump(mode="json", exclude_defaults=True)
    del values["entities"]["GROUP"], values["entities"]["WEAPON"]
    values |= {"version": "2.0", "mappings": {}}
    values["from"] = {"conflict_news@1.0": {"entities": {"GROUP": "ORG", "WEAPON": None}}}
    scheme = load_scheme(written(tmp_path / "newer.yaml", values))
    after = migrate_gold(before, scheme)
    count = Counter(span.label for d in before.split("all") for span in d.annotation.entities)
    found = Counter(span.label for d in after.split("all") for span in d.annotation.entities)
    assert found["ORG"] == count["ORG"] + count["GROUP"]
    assert sum(found.values()) + count["WEAPON"] == sum(count.values())
    assert {split: [d.article.id for d in rows] for split, rows in after.splits.items()} == {
        split: [d.article.id for d in rows] for split, rows in before.splits.items()
    }
    assert after.set_aside[: len(before.set_aside)] == before.set_aside


def test_an_export_and_a_gold_set_of_another_content_are_not_migrated(tmp_path: Path, old: Scheme) -> None:
    (tmp_path / "gold").mkdir()
    document = GoldDocument(Article("مقال", TEXT), CLAIMS, work("gold", FEVER))
    write_gold(Gold("صحة", "1.0", old, {"test": (document,)}), tmp_path / "gold")
    exported_file(tmp_path / "export.json", raw(old, work("أمل", FEVER)))
    made(tmp_path, "1.0", (*OLD_LABELS, "VACCINE"), *OLD_STANCES)
    for name in ("gold", "export.json"):
        with pytest.raises(InputError, match=r"health@1\.0 has two contents.*VACCINE"):
            run("export", "migrate", tmp_path / name, "--scheme", tmp_path / "health-1.0.yaml", "-o", tmp_path / "new")
        assert not (tmp_path / "new").exists()


def test_check_looks_at_older_tasks_as_dataset_reads_them(old: Scheme, new: Scheme) -> None:
    checked = check_tasks([raw(old, work("أمل", SHAKES, VILLAGES, c1="agree", c2="agree"))], new)
    assert [finding.found.check for finding in checked.findings if finding.severity == "error"] == []


# --- properties


# Few places, so that spans overlap, nest, and stand where others do.
PLACES = [(m.start(), n.end()) for m, n in combinations_with_replacement(list(re.finditer(r"\S+", TEXT))[:4], 2)]
edges = st.sampled_from(PLACES)


@st.composite
def works(draw: st.DrawFn) -> Annotation:
    entities = draw(
        st.sets(st.builds(lambda e, label: Span(*e, label), edges, st.sampled_from(OLD_LABELS)), max_size=8)
    )
    some = st.sets(st.sampled_from(sorted(entities))) if entities else st.just(set[Span]())
    claims = draw(
        st.lists(
            st.builds(
                lambda e, stance, sources: Claim(*e, stance, tuple(sorted(sources))),
                edges,
                st.none() | st.sampled_from(OLD_STANCES[0]),
                some,
            ),
            max_size=4,
        )
    )
    stances = draw(st.dictionaries(st.sampled_from(CLAIM_IDS), st.sampled_from(OLD_STANCES[1])))
    return work("gold", *entities, claims=claims, **stances)


# Whatever became of each label: one of the new ones, nothing, or a choice of two.
def successors(names: tuple[str, ...], new: tuple[str, ...]) -> Any:
    one = st.none() | st.sampled_from(new) | st.just(new[:2])
    return st.fixed_dictionaries(dict.fromkeys(names, one))


@given(
    gold_work=works(),
    guess=works(),
    entities=successors(OLD_LABELS, NEW_LABELS),
    claim_stances=successors(OLD_STANCES[0], NEW_STANCES[0]),
    article_stances=successors(OLD_STANCES[1], NEW_STANCES[1]),
)
def test_scores_after_migrating_both_sides_are_those_of_mapped_ones_and_no_span_is_lost(
    tmp_path_factory: pytest.TempPathFactory,
    gold_work: Annotation,
    guess: Annotation,
    **became: Any,
) -> None:
    old, new = schemes(tmp_path_factory)
    rule = Rule(old.identity, new, Replaced.model_validate(became))
    document = GoldDocument(Article("مقال", TEXT), CLAIMS, gold_work)
    asides: list[Any] = []
    migrated = migrate_document(document, rule, asides)

    def mapped(one: Annotation) -> Annotation:
        """By hand: sets of spans with their labels looked up; what has none, or two, is out."""

        def now(layer: str, name: str | None) -> str | None:
            found = became[layer].get(name)
            return found if isinstance(found, str) else None

        spans = {s: Span(s.start, s.end, label) for s in one.entities if (label := now("entities", s.label))}
        return Annotation(
            one.article_id,
            one.annotator,
            tuple(sorted(set(spans.values()))),
            tuple(
                replace(
                    c,
                    stance=now("claim_stances", c.stance),
                    sources=tuple(sorted({spans[s] for s in c.sources if s in spans})),
                )
                for c in one.claims
            ),
            {key: stance for key, given in one.stances.items() if (stance := now("article_stances", given))},
        )

    # Every span is there, or set aside; so is every stance.
    shown = [aside.what for aside in asides]
    assert len(migrated.annotation.entities) + sum(
        not what.startswith(("stance ", "source ")) for what in shown
    ) == len(gold_work.entities)
    assert len(migrated.annotation.claims) == len(gold_work.claims)
    stances = sum(claim.stance is not None for claim in gold_work.claims)
    kept = sum(claim.stance is not None for claim in migrated.annotation.claims)
    assert kept + sum(what.startswith("stance ") and " of CLAIM " in what for what in shown) == stances
    assert len(migrated.annotation.stances) + sum(what.startswith("stance on ") for what in shown) == len(
        gold_work.stances
    )
    # The raw export by the same rule.
    task = Migration(new, _rules={(old.id, old.identity.hash): rule}).task(
        raw(old, replace(gold_work, annotator="أمل"))
    )
    (finished_task,) = read(new, task).tasks
    assert finished_task.annotations[0].entities == migrated.annotation.entities
    assert finished_task.annotations[0].stances == migrated.annotation.stances
    assert Counter(c.stance for c in finished_task.annotations[0].claims) == Counter(
        c.stance for c in migrated.annotation.claims
    )

    def scores(gold_said: Annotation, said: Annotation) -> Any:
        gold = Gold("صحة", "2.0", new, {"test": (replace(document, annotation=gold_said),)})
        return score(gold, predicted(Prediction("مقال", said.entities, said.claims, said.stances)), "test").tasks

    guessed = migrate_document(replace(document, annotation=guess), rule, []).annotation
    assert scores(migrated.annotation, guessed) == scores(mapped(gold_work), mapped(guess))


@given(
    gold_work=works(),
    guess=works(),
    to=st.fixed_dictionaries(dict.fromkeys(OLD_LABELS, st.none() | st.sampled_from(NEW_LABELS))),
)
def test_scores_of_migrated_gold_are_those_of_the_gold_under_a_mapping_of_the_same_labels(
    tmp_path_factory: pytest.TempPathFactory, gold_work: Annotation, guess: Annotation, to: dict[str, str | None]
) -> None:
    """Predictions have the new labels. Equal spans of one label are one, in both."""
    old, new = schemes(tmp_path_factory)
    rule = Rule(old.identity, new, Replaced(entities=to))
    document = GoldDocument(Article("مقال", TEXT), CLAIMS, replace(gold_work, claims=(), stances={}))
    became = {(s.start, s.end, label) for s in guess.entities if (label := to[s.label])}
    # A label that nothing became was not there: it is not scored in either.
    rows = [{"id": "مقال", "entities": [{"start": s, "end": e, "label": label} for s, e, label in sorted(became)]}]
    migrated = Gold("صحة", "2.0", new, {"test": (migrate_document(document, rule, []),)})
    mapped = Gold("صحة", "1.0", old, {"test": (document,)})
    mapping = NamedMapping("new", Mapped(title="new", labels=NEW_LABELS, to=to))
    found = [evaluate(migrated, rows).tasks["entities"], evaluate(mapped, rows, mapping=mapping).tasks["entities"]]
    # Not the number of labels that could occur: a mapping knows only those that something maps to.
    counted = [{scheme: replace(table, known=0) for scheme, table in tables.items()} for tables in found]
    assert counted[0] == counted[1]


_SCHEMES: list[tuple[Scheme, Scheme]] = []


def schemes(factory: pytest.TempPathFactory) -> tuple[Scheme, Scheme]:
    if not _SCHEMES:
        folder = factory.mktemp("schemes")
        _SCHEMES.append((made(folder, "1.0", OLD_LABELS, *OLD_STANCES), made(folder, "2.0", NEW_LABELS, *NEW_STANCES)))
    return _SCHEMES[0]
