"""Places where the gold may be wrong: votes, doubt, the same words elsewhere; tasks and page made of them."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isclose, log
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mihakk
import pytest
from browser import chromium
from hypothesis import given
from hypothesis import strategies as st
from mihakk.annotate.document import Annotation, Article, Span
from mihakk.annotate.label_studio.push import read_task_file
from mihakk.configs.errors import InputError
from mihakk.configs.labels import CorpusLabels
from mihakk.eval.gold.records import Gold, GoldDocument, Origin, Origins
from mihakk.eval.suspects.names import Elsewhere, Names, name_of
from mihakk.eval.suspects.places import NOTHING, Answer, Place, System, ranked_places, suspicion
from mihakk.eval.suspects.systems import read_systems
from mihakk.eval.suspects.words import reasons
from web_pages import can_be_used

if TYPE_CHECKING:
    from conftest import Here

LABELS = CorpusLabels("t", "t@1", ("GPE", "ORG", "PERS"), (), ())
GPE, ORG, PERS = Span(0, 2, "GPE"), Span(0, 2, "ORG"), Span(0, 2, "PERS")


def gold_of(texts: Mapping[str, str], spans: Mapping[str, Sequence[Span]], annotators: int = 0) -> Gold:
    who = tuple(f"a{n}" for n in range(annotators))
    documents = [
        GoldDocument(
            Article(name, text),
            (),
            Annotation(name, "gold", tuple(sorted(spans.get(name, ())))),
            who,
            origins=Origins(tuple(Origin(who) for _ in spans.get(name, ())) if who else ()),
        )
        for name, text in texts.items()
    ]
    return Gold("t", "1", LABELS, {"test": documents})


def systems(*answers: Mapping[str, Sequence[Span]]) -> list[System]:
    return [
        System(f"s{n}", {name: Answer(frozenset(spans)) for name, spans in said.items()})
        for n, said in enumerate(answers)
    ]


def only(places: Sequence[Place]) -> Place:
    (place,) = places
    return place


# --- ranking


@pytest.mark.parametrize(
    ("gold", "said", "annotators", "net"),
    [
        ([GPE], ([ORG], [ORG], [GPE]), 0, 1),  # two say ORG, one says GPE
        ([GPE], ([ORG], [ORG], [GPE]), 2, -1),  # two people as well
        ([], ([PERS], [PERS], []), 0, 1),  # nothing is a version too
        ([GPE], ([ORG], [PERS], []), 0, 1),  # three that differ from each other are no three votes
        ([GPE], ([GPE], [GPE], [GPE]), 0, -3),
    ],
)
def test_net_votes(gold: list[Span], said: Any, annotators: int, net: int) -> None:
    place = only(ranked_places(gold_of({"d": "حلب"}, {"d": gold}, annotators), systems(*({"d": s} for s in said))))
    assert isclose(place.suspicion, suspicion(net, None, place.elsewhere.odds))


def test_suspicion_adds_votes_doubt_and_surface() -> None:
    # 9 markings with another label, none with this: log(9.3 / .5) = 2.9232.
    assert isclose(Elsewhere(0, Counter(ORG=9), 0).odds, 2.9232, abs_tol=1e-4)
    # 1 + .3 · -log .01 + .3 · 2.9232 = 1 + 1.38155 + .87695.
    assert isclose(suspicion(1, 0.01, 2.9232), 3.2585, abs_tol=1e-4)


def test_the_same_words_elsewhere_are_counted_without_this_place() -> None:
    """حلب is GPE three times, ORG once, and stands bare twice: once with a proclitic, once with a kasra."""
    texts = {"a": "حلب حلب حلب", "b": "حلب", "c": "زار بحلب", "d": "حَلَب بعيدة"}
    spans = {"a": [Span(n, n + 3, "GPE") for n in (0, 4, 8)], "b": [Span(0, 3, "ORG")]}
    names = Names(gold_of(texts, spans).split("all"), (), proclitics=True)
    name = name_of("حلب", 0, 3)
    assert names.elsewhere(name, "ORG") == (0, {"GPE": 3}, 2)
    assert names.elsewhere(name, "GPE") == (2, {"ORG": 1}, 2)
    assert names.elsewhere(name, None) == (1, {"GPE": 3, "ORG": 1}, 0)
    without = Names(gold_of(texts, spans).split("all"), (), proclitics=False)
    assert without.elsewhere(name, "ORG").unmarked == 1


def test_doubt_is_what_the_scores_leave_to_the_gold() -> None:
    gold = gold_of({"d": "حلب"}, {"d": [GPE]})

    def place(said: Span, score: float) -> Place:
        return only(ranked_places(gold, [System("s", {"d": Answer(frozenset([said]), {said: score})})]))

    assert place(GPE, 0.2).confidence == 0.2
    assert isclose(place(ORG, 0.9).confidence or 0, 0.1)
    assert only(ranked_places(gold, systems({"d": []}))).confidence is None


def test_spans_that_overlap_are_one_place_and_touching_ones_are_two() -> None:
    spans = [Span(0, 3, "ORG"), Span(3, 6, "GPE")]
    said = [Span(2, 3, "GPE")]
    places = ranked_places(gold_of({"d": "abcdef"}, {"d": spans}), systems({"d": said}))
    assert sorted((p.start, p.end, p.other) for p in places) == [(0, 3, frozenset(said)), (3, 6, NOTHING)]


@st.composite
def drawn(draw: st.DrawFn) -> tuple[Gold, list[System]]:
    span = st.builds(
        lambda s, n, label: Span(s, s + n, label),
        st.integers(0, 12),
        st.integers(1, 5),
        st.sampled_from(LABELS.entity_labels),
    )
    some = st.lists(span, max_size=4, unique=True)
    names = ["a", "b", "c"]
    texts = dict.fromkeys(names, "بحلب حلب وحلب ابن حلب")
    gold = gold_of(texts, {name: draw(some) for name in names}, draw(st.integers(0, 2)))
    said = [{name: draw(some) for name in names if draw(st.booleans())} for _ in range(draw(st.integers(1, 3)))]
    return gold, systems(*said)


@given(drawn(), st.integers())
def test_the_order_of_systems_and_documents_changes_nothing(case: tuple[Gold, list[System]], seed: int) -> None:
    gold, heard = case
    rng = random.Random(seed)
    documents = list(gold.split("all"))
    rng.shuffle(documents)
    shuffled = Gold("t", "1", LABELS, {"test": documents})
    assert ranked_places(shuffled, rng.sample(heard, len(heard))) == ranked_places(gold, heard)


@given(drawn())
def test_every_span_of_both_sides_is_in_one_place(case: tuple[Gold, list[System]]) -> None:
    gold, heard = case
    places = ranked_places(gold, heard)
    for name, document in gold.documents().items():
        own = [place for place in places if place.document == name]
        if not any(name in system.answers for system in heard):
            assert own == []
            continue
        assert sorted(s for p in own for s in p.gold) == sorted(document.annotation.entities)
        for system in heard:
            if name in system.answers:
                found = [s for p in own for version, by in p.said_by.items() if system.name in by for s in version]
                assert sorted(found) == sorted(system.answers[name].entities)


# --- systems from files


def write(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def test_systems_that_agree_nearly_everywhere_have_one_vote(tmp_path: Path) -> None:
    texts = {f"d{n}": "حلب" for n in range(25)}
    gold = gold_of(texts, {name: [Span(0, 3, "GPE")] for name in texts})

    def rows(label: str, different: int) -> list[dict[str, Any]]:
        return [
            {"id": name, "entities": [{"start": 0, "end": 3, "label": "PERS" if n < different else label}]}
            for n, name in enumerate(texts)
        ]

    # b differs from a in 1 of 25 places (96 % are equal), c in 2 (92 %).
    files = [write(tmp_path / f"{name}.jsonl", rows("ORG", n)) for n, name in enumerate("abc")]
    found, notes = read_systems(gold, files[:2])
    assert [system.name for system in found] == ["a.jsonl"]
    assert "24 of 25 places" in notes[0]
    assert notes[0].endswith("they are too similar, and have one vote together")
    found, notes = read_systems(gold, [files[0], files[2]])
    assert (len(found), notes) == (2, [])


def test_other_gold_of_the_same_articles_is_a_system(tmp_path: Path) -> None:
    gold = gold_of({"d": "حلب"}, {"d": [Span(0, 3, "GPE")]})
    mihakk.write_gold(gold_of({"d": "حلب"}, {"d": [Span(0, 3, "ORG")]}), tmp_path / "other")
    (system,), notes = read_systems(gold, [tmp_path / "other"])
    assert (system.name, notes) == ("other", [])
    assert system.answers["d"].entities == frozenset([Span(0, 3, "ORG")])


def test_what_is_wrong_with_files_is_told_at_once(tmp_path: Path) -> None:
    gold = gold_of({"d": "حلب"}, {"d": [Span(0, 3, "GPE")]})
    stances = write(tmp_path / "stances.jsonl", [{"id": "d", "stances": {}}])
    wrong = write(tmp_path / "wrong.jsonl", [{"id": "x", "entities": []}])
    right = write(tmp_path / "right.jsonl", [{"id": "d", "entities": []}])
    with pytest.raises(InputError) as error:
        read_systems(gold, [stances, wrong, right, right])
    problems = "\n".join(map(str, error.value.problems))
    assert "stances.jsonl: has no entities" in problems
    assert "wrong.jsonl, line 1" in problems or "wrong.jsonl:1" in problems
    assert "right.jsonl: is given twice" in problems


def test_scores_that_are_no_probabilities_and_words_that_stand_nowhere_are_told(tmp_path: Path) -> None:
    gold = gold_of({"d": "حلب"}, {"d": [Span(0, 3, "GPE")]})
    entities = [{"start": 0, "end": 3, "label": "ORG", "score": 7.5}, {"text": "دمشق", "label": "GPE"}]
    found, notes = read_systems(gold, [write(tmp_path / "a.jsonl", [{"id": "d", "entities": entities}])])
    assert ["1 mention not found in the text" in notes[0], "scores outside 0 to 1" in notes[1]] == [True, True]
    assert only(ranked_places(gold, found)).confidence is None


# --- the command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The sample as gold; three files of predictions that know better at one span and at one gap."""
    sample = Path(mihakk.__file__).parent / "annotate" / "sample" / "export.json"
    gold = mihakk.make_gold(sample)
    mihakk.write_gold(gold, tmp_path / "gold")
    documents = sorted(gold.split("all"), key=lambda d: d.article.id)
    rows = []
    for n, document in enumerate(documents):
        spans = [{"start": s.start, "end": s.end, "label": s.label} for s in document.annotation.entities]
        if n == 0:
            spans[0]["label"] = "LOC" if spans[0]["label"] != "LOC" else "ORG"
        rows.append({"id": document.article.id, "entities": spans})
    for n, name in enumerate("abc"):
        # The systems are no kin: each leaves out other spans.
        own = [{**row, "entities": [s for k, s in enumerate(row["entities"]) if (k % 7 != n or not k)]} for row in rows]
        write(tmp_path / f"{name}.jsonl", own)
    return tmp_path


COMMAND = "export suspects gold --predictions a.jsonl b.jsonl c.jsonl -o suspects.json --html suspects.html"


def test_tasks_begin_with_the_most_suspect_place(folder: Path, here: Here) -> None:
    code, out, err = here(COMMAND)
    assert (code, err) == (0, "")
    assert "against" in out
    tasks = json.loads((folder / "suspects.json").read_text(encoding="utf-8"))
    assert read_task_file(folder / "suspects.json", mihakk.load_scheme()) == tasks, "a push takes them"
    ids = sorted(mihakk.read_gold(folder / "gold").documents())
    assert tasks[0]["data"]["doc_id"] == ids[0]
    lines = tasks[0]["data"]["adjudication"].splitlines()
    assert lines[0].startswith("1. ")
    assert "3 of 3 (a.jsonl, b.jsonl, c.jsonl)" in lines[0]
    names = [prediction["model_version"] for prediction in tasks[0]["predictions"]]
    assert names == ["gold", "a.jsonl", "b.jsonl", "c.jsonl", "all versions together"]
    # Both versions of the place are there to choose from, each marked.
    marked = [
        r for r in tasks[0]["predictions"][-1]["result"] if r.get("meta", {}).get("text", [""])[0].startswith("⚖ 1,")
    ]
    assert len(marked) == 2
    assert {region["value"]["start"] for region in marked} == {marked[0]["value"]["start"]}
    assert sorted(region["score"] for region in marked) == [0, 1]


def test_what_an_adjudicator_submits_becomes_gold(folder: Path, here: Here) -> None:
    assert here(COMMAND)[0] == 0
    task = json.loads((folder / "suspects.json").read_text(encoding="utf-8"))[0]
    result = task["predictions"][-1]["result"]
    notes = {r["id"]: r["meta"]["text"][0] for r in result if "meta" in r and r["type"] == "labels"}
    # The adjudicator deletes what is marked as the gold of place 1, and keeps what systems say; other gold stays.
    wrong = {key for key, note in notes.items() if note.startswith("⚖ 1, gold.")}
    more = {key for key, note in notes.items() if "not gold." in note and not note.startswith("⚖ 1,")}
    assert len(wrong) == 1
    kept = [r for r in result if not {r.get("id"), r.get("from_id"), r.get("to_id")} & (wrong | more)]
    annotation = {
        "id": 1,
        "completed_by": {"email": "judge@example.org"},
        "result": kept,
        "was_cancelled": False,
        "created_at": "2025-11-03T10:00:00Z",
        "updated_at": "2025-11-03T10:00:00Z",
    }
    done = [{"id": 1, "data": task["data"], "predictions": [], "annotations": [annotation]}]
    (folder / "done.json").write_text(json.dumps(done), encoding="utf-8")
    sample = Path(mihakk.__file__).parent / "annotate" / "sample" / "export.json"
    assert here(f"export dataset {sample} --adjudicated done.json -o new")[0] == 0
    name = task["data"]["doc_id"]
    before, after = (mihakk.read_gold(folder / each).documents()[name].annotation for each in ("gold", "new"))
    (lost,) = set(before.entities) - set(after.entities)
    (new,) = set(after.entities) - set(before.entities)
    assert (lost.start, lost.end) == (new.start, new.end)
    # The first claim's source is that span.
    assert any(lost in claim.sources for claim in before.claims)
    moved = [
        replace(claim, sources=tuple(new if source == lost else source for source in claim.sources))
        for claim in before.claims
    ]
    assert moved == list(after.claims)
    assert before.stances == after.stances


def test_the_page_has_the_places_with_reasons_and_links(folder: Path, here: Here) -> None:
    assert here(COMMAND)[0] == 0
    page = (folder / "suspects.html").read_text(encoding="utf-8")
    assert '<meta name="generator" content="mihakk export suspects">' in page
    links = re.findall(r'href="#doc=([^&"]+)&amp;span=(\d+)-(\d+)"', page)
    lines = [
        line
        for task in json.loads((folder / "suspects.json").read_text(encoding="utf-8"))
        for line in task["data"]["adjudication"].splitlines()
    ]
    assert len(links) == len(lines)
    for line in lines:
        rank = int(line.split(".")[0])
        assert f"” {links[rank - 1][1]}–{links[rank - 1][2]}, " in line
    assert str(folder) not in page
    assert here(COMMAND)[0] == 0, "its own files are replaced"


def test_hostile_words_are_escaped(tmp_path: Path) -> None:
    from mihakk.eval.pages.suspects import suspects_page

    hostile = "<script>alert(1)</script>"
    gold = gold_of({"d&<b>": hostile}, {"d&<b>": [Span(0, 8, "GPE")]})
    heard = systems({"d&<b>": [Span(0, 8, "ORG")]})
    page = suspects_page(gold, ranked_places(gold, heard), heard)
    assert hostile[:8] not in page.replace('<script>"use strict"', "").split("<main>")[1].split("</main>")[0]
    assert "d%26%3Cb%3E" in page


@pytest.mark.browser
def test_everybody_can_use_the_page(folder: Path, here: Here) -> None:
    assert here(COMMAND)[0] == 0
    with chromium(folder / "profile") as tab:
        said: list[str] = []
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.goto((folder / "suspects.html").as_uri())
        tab.wait_for_selector("html[data-ready]")
        for scheme in ("light", "dark"):
            for language in ("en", "ar"):
                can_be_used(tab, "suspects", scheme, 390, language)
        link = tab.locator("#suspects tbody a").first
        words = link.inner_text()
        link.click()
        tab.wait_for_selector("#article .here")
        assert "".join(tab.locator("#article .here").all_inner_texts()) == words
        assert said == []


def test_reasons_are_in_words() -> None:
    texts = {"a": "حلب", **{f"b{n}": "حلب" for n in range(3)}}
    spans = {name: [Span(0, 3, "GPE" if name == "a" else "ORG")] for name in texts}
    gold = gold_of(texts, spans, annotators=1)
    said = Span(0, 3, "ORG")
    heard = [System("s", {"a": Answer(frozenset([said]), {said: 0.9})})]
    place = only(ranked_places(gold, heard))
    assert list(reasons(place, "حلب")) == [
        "ORG: 1 of 1 (s)",
        "a system gives the gold a probability of 0.10",
        "elsewhere ORG 3 times, as here never",
        "behind the gold: 1 person",
    ]
    # 1 vote against, 1 person for it: 0 + .3 · -log .1 + .3 · log(3.3 / .5)
    assert isclose(place.suspicion, 0.3 * -log(0.1) + 0.3 * log(3.3 / 0.5))


def test_no_predictions_are_an_error_that_says_how(folder: Path, here: Here) -> None:
    code, _, err = here("export suspects gold -o suspects.json")
    assert code == 2
    assert "--predictions" in err
