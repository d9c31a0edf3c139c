"""The baselines: learnt on the training split, the same each time, kept as plain files."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mihakk
import pytest
from drawn import PIECES
from hypothesis import given
from hypothesis import strategies as st
from marked import gold, gold_document
from mihakk.annotate.document import span_problem
from mihakk.configs.errors import InputError
from mihakk.eval.baselines.crf import Crf
from mihakk.eval.baselines.linear import Linear
from mihakk.eval.baselines.majority import Majority
from mihakk.eval.baselines.saved import BASELINES, Baseline, learn, read_baseline, write_baseline
from mihakk.eval.gold.records import GoldDocument
from mihakk.eval.running.in_memory import predictions

if TYPE_CHECKING:
    from conftest import Here

OLD = Path(__file__).parent / "old" / "0.1"
CITIES = ("دمشق", "حلب", "بغداد", "بيروت", "عمان", "القاهرة", "الرياض", "تونس", "صنعاء", "الخرطوم")
PEOPLE = ("وائل سالم", "ليلى حسن", "كمال يوسف", "سعاد نجم", "فادي رشيد")
TRAINING = [
    *(gold_document(f"g{n}", f"وصل الوفد إلى مدينة [{name}|GPE] أمس.") for n, name in enumerate(CITIES)),
    *(gold_document(f"b{n}", f"وقع انفجار قرب مدينة ب[{name}|GPE] اليوم.") for n, name in enumerate(CITIES)),
    *(gold_document(f"p{n}", f"قال الوزير [{name}|PERS] إن الأمر انتهى.") for n, name in enumerate(PEOPLE)),
]
AGREES, DENIES = "أكد الجيش أن الغارة وقعت", "نفى الجيش أن الغارة وقعت"
STANCES = [
    gold_document(f"s{n}", f"{said} في {city}.", {"c1": stance})
    for n, (city, (said, stance)) in enumerate(
        (city, each) for city in CITIES for each in ((AGREES, "agree"), (DENIES, "disagree"))
    )
] + [gold_document("s", "أكد", {"c1": "agree"})]


def words(document: GoldDocument | str, baseline: Baseline) -> list[tuple[str, str]]:
    text = document if isinstance(document, str) else document.article.text
    found = baseline({"id": "x", "text": text, "claims": []})
    return [(text[e["start"] : e["end"]], e["label"]) for e in found["entities"]]


# --- entities by CRF ---


@pytest.fixture(scope="module")
def crf() -> Crf:
    return Crf.learn(TRAINING)


def test_the_crf_finds_names_it_never_saw_by_the_words_around_them(crf: Crf) -> None:
    assert words("وصل الوفد إلى مدينة طرابلس أمس.", crf) == [("طرابلس", "GPE")]
    assert words("قال الوزير هادي عامر إن الأمر انتهى.", crf) == [("هادي عامر", "PERS")]
    assert words("انتهى الأمر.", crf) == []


def test_the_crf_leaves_a_proclitic_outside_and_offsets_are_those_of_the_untouched_text(crf: Crf) -> None:
    assert words("👩\u200d🚀 وقع انفجار قرب مدينة بـطَرابُلس اليوم.", crf) == [("طَرابُلس", "GPE")]


def test_of_nested_names_the_outermost_is_learnt() -> None:
    nested = [gold_document(f"n{n}", f"أعلنت [جامعة [{city}|GPE]|ORG] نتائجها.") for n, city in enumerate(CITIES)]
    assert words("أعلنت جامعة طرابلس نتائجها.", Crf.learn(nested)) == [("جامعة طرابلس", "ORG")]


def test_a_name_does_not_go_over_the_end_of_a_line(crf: Crf) -> None:
    found = words("قال الوزير هادي\nعامر إن الأمر انتهى.", crf)
    assert all("\n" not in name for name, _ in found)


@pytest.mark.parametrize("name", BASELINES)
def test_the_same_documents_give_the_same_files(name: str) -> None:
    documents = [*TRAINING, *STANCES]
    assert learn(name, documents).files() == learn(name, documents).files()


_texts = st.lists(
    st.sampled_from(["مدينة", "الوزير", "قال", "ب", "ل", "دمشق", "وائل", "\n", " ", "ـ", "كَ", *PIECES])
    | st.text(max_size=3),
    max_size=25,
).map("".join)


@given(_texts)
def test_whatever_the_crf_finds_are_pieces_of_the_text_in_order_without_overlap(crf: Crf, text: str) -> None:
    found = crf({"text": text})["entities"]
    assert [span_problem(span["start"], span["end"], text) for span in found] == [None] * len(found)
    assert all(one["end"] <= other["start"] for one, other in pairwise(found))


def test_without_its_library_the_crf_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pycrfsuite", None)
    with pytest.raises(InputError, match=r"\.venv/bin/pip install -e '\.\[crf\]'"):
        Crf.learn(TRAINING)


# --- stances ---


def asked(text: str, claims: Sequence[str] = ("c1",)) -> dict[str, Any]:
    return {"id": "x", "text": text, "claims": [{"id": claim, "text": f"ادعاء {claim}"} for claim in claims]}


def test_the_linear_model_tells_stances_by_the_articles_words() -> None:
    linear = Linear.learn(STANCES)
    assert linear(asked(f"{AGREES} في طرابلس.", ["c1", "c2"]))["stances"] == {"c1": "agree", "c2": "agree"}
    assert linear(asked(f"{DENIES} في طرابلس."))["stances"] == {"c1": "disagree"}
    assert linear(asked("نص", []))["stances"] == {}
    assert "claims" not in linear(asked("نص")), "it learnt no stance of a claim, so it says none"


def test_the_linear_model_tells_stances_of_claims_by_what_stands_before_them() -> None:
    both = ("وأكد المتحدث أن", "support"), ("ونفى المتحدث أن", "deny")
    training = [
        gold_document(f"t{n}{m}", f"{before} [الطريق إلى {city} مقطوع|CLAIM:{stance}].")
        for n, city in enumerate(CITIES)
        for m, (before, stance) in enumerate(both)
    ]
    linear = Linear.learn(training)
    for before, stance in both:
        text = f"{before} الطريق إلى طرابلس مفتوح."
        claims = linear(asked(text))["claims"]
        assert [(text[c["start"] : c["end"]], c["stance"]) for c in claims] == [("الطريق إلى طرابلس مفتوح", stance)]


def test_one_stance_in_training_is_the_stance_of_all() -> None:
    linear = Linear.learn([document for document in STANCES if "agree" in document.annotation.stances.values()])
    assert linear(asked(DENIES))["stances"] == {"c1": "agree"}


def test_majority_says_the_most_frequent_stance_and_no_spans() -> None:
    # 11 agree, 10 disagree
    assert Majority.learn(STANCES)(asked("نص", ["c1", "c2"])) == {"stances": {"c1": "agree", "c2": "agree"}}


@pytest.mark.parametrize(
    ("name", "training", "said"),
    [
        ("crf", [gold_document("t", "نص")], "baseline:crf: the training split has no entities"),
        ("linear", TRAINING, "baseline:linear: the training split has no stances"),
        ("majority", TRAINING, "baseline:majority: the training split has no article stances"),
        ("gazetteer", [], "baseline:gazetteer: the gold set has no training split"),
        (
            "gazeteer",
            TRAINING,
            "there is no baseline 'gazeteer'; known are gazetteer, majority, crf, linear; did you mean",
        ),
    ],
)
def test_a_baseline_that_has_nothing_to_learn_from_is_refused(
    name: str, training: Sequence[GoldDocument], said: str
) -> None:
    with pytest.raises(InputError) as error:
        learn(name, training)
    assert said in str(error.value)


# --- saved ---


@pytest.mark.parametrize("name", BASELINES)
def test_a_saved_baseline_answers_as_before(tmp_path: Path, name: str) -> None:
    baseline = learn(name, [*TRAINING, *STANCES])
    write_baseline(baseline, name, "gold", tmp_path / "saved")
    again, _ = read_baseline(tmp_path / "saved")
    for text in (f"{AGREES} قرب مدينة بطرابلس.", "قال الوزير هادي عامر إن الأمر انتهى.", DENIES, ""):
        assert again(asked(text)) == baseline(asked(text))


def test_a_saved_baseline_has_no_file_that_runs_code(tmp_path: Path) -> None:
    for name in BASELINES:
        write_baseline(learn(name, [*TRAINING, *STANCES]), name, "gold", tmp_path / name)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".json", ".npz", ".crfsuite"}
    # A pickle of protocol 2 and later begins so; a NumPy file says in its head that it holds objects.
    assert not [path for path in files if b"\x80\x04" in path.read_bytes()[:2] or b"'|O'" in path.read_bytes()]


def test_a_saved_baseline_that_was_changed_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    write_baseline(Crf.learn(TRAINING), "crf", "gold", folder)
    model = folder / "model.crfsuite"
    model.write_bytes(model.read_bytes()[:-1] + b"x")
    with pytest.raises(InputError, match=r"model\.crfsuite was changed since it was written"):
        read_baseline(folder)
    model.unlink()
    with pytest.raises(InputError, match=r"model\.crfsuite is missing"):
        read_baseline(folder)
    with pytest.raises(InputError, match=r"is not a saved baseline \(no baseline\.json\)"):
        read_baseline(tmp_path)


def test_a_saved_baseline_whose_marker_is_strange_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    write_baseline(Majority.learn(STANCES), "majority", "gold", folder)
    said = json.loads((folder / "baseline.json").read_text())
    for changed, words_ in (
        ({"baseline": "svm"}, "there is no baseline 'svm'"),
        ({"files": {"../x": ""}}, "../x is missing"),
        ({"files": {}}, "majority.json cannot be read"),
        ({"format": 99}, "upgrade Mihakk"),
        ({"files": None}, "does not belong to a saved baseline"),
    ):
        (folder / "baseline.json").write_text(json.dumps(said | changed))
        with pytest.raises(InputError) as error:
            read_baseline(folder)
        assert words_ in str(error.value)


# --- as extractors ---


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(OLD / "gold", tmp_path / "gold")
    return tmp_path


def test_the_command_learns_saves_and_reads_again(here: Here, folder: Path) -> None:
    assert here("eval predict gold --extractor baseline:crf -o a.jsonl --save kept")[0] == 0
    assert here("eval predict gold --extractor saved:kept -o b.jsonl")[0] == 0
    a, b = ([json.loads(line) for line in (folder / name).read_text().splitlines()] for name in ("a.jsonl", "b.jsonl"))
    assert {row.pop("model") for row in a} == {"baseline:crf"}
    assert {row.pop("model") for row in b} == {"saved:kept"}
    assert a == b
    assert any(row["entities"] for row in a)
    assert here("eval predict gold --extractor baseline:crf -o a.jsonl --save kept")[0] == 0, "it writes its own again"


def test_a_baseline_that_is_asked_what_it_learnt_from_says_so(here: Here, folder: Path) -> None:
    """The sample's gold has 8 documents to learn from, and 14 in all."""
    for split, note in (("all", True), ("train", True), ("test", False)):
        said = here(f"eval predict gold --extractor baseline:majority --split {split} -o {split}.jsonl")
        assert (
            "the baseline learnt from 8 of these documents; scores on them are too high" in "".join(map(str, said))
        ) == note


def test_the_same_baseline_of_other_training_is_another_run(here: Here, folder: Path) -> None:
    assert here("eval predict gold --extractor baseline:majority -o a.jsonl")[0] == 0
    manifest = json.loads((folder / "a.jsonl.run" / "manifest.json").read_text())
    assert manifest["training"]
    assert manifest["code"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            "--extractor mihakk.eval.gazetteer:Gazetteer --save kept",
            "only a baseline that is trained here can be saved",
        ),
        ("--extractor saved:nowhere", "saved:nowhere: is not a saved baseline"),
        ("--extractor baseline:crf --set c1=2", "extractor baseline: --set c1: there is no such setting"),
        ("--extractor baseline:crf --save gold", "gold: is read by this command"),
    ],
)
def test_what_a_baseline_does_not_have_is_refused(here: Here, options: str, said: str) -> None:
    code, _, err = here(f"eval predict gold {options} -o a.jsonl")
    assert (code, said in err) == (2, True), err


def test_python_has_the_baselines_by_name() -> None:
    documents = gold(TRAINING, test=[gold_document("x", "وصل الوفد إلى مدينة طرابلس أمس.")])
    (row,) = predictions(documents, documents.split("test"), "baseline:crf")
    assert [(e["start"], e["end"]) for e in row["entities"]] == [(20, 26)]
    assert mihakk.predict(documents, "baseline:crf") == [row]
