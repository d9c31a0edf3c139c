"""Running extractors, and the gazetteer baseline."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from drawn import PIECES
from hypothesis import given
from hypothesis import strategies as st
from marked import gold, gold_document
from mihakk.annotate.document import span_problem
from mihakk.configs.errors import InputError
from mihakk.eval.adapters.python import load_extractor
from mihakk.eval.gazetteer import Gazetteer
from mihakk.eval.gold.records import GoldDocument
from mihakk.eval.gold_side import predictions_on
from mihakk.eval.running.in_memory import predictions
from mihakk.eval.running.values import json_line

TRAINING = (gold_document("t1", "زار [دمشق|GPE]"), gold_document("t2", "نص"))
SAMPLE = gold(
    TRAINING,
    test=[
        gold_document(
            "خبر",
            "زار [أحمد الشرع|PERS] ب[دمشق|GPE] وقال إن [الطريق مقطوع|CLAIM:support]",
            {"c1": "agree"},
            title="عنوان",
            outlet="وكالة",
            published="2025-11-03",
            event_id="e1",
            url="https://example.org",
            source="page.txt",
        )
    ],
)


@pytest.fixture
def folder(written_modules: Path) -> Path:
    return written_modules


def module(folder: Path, name: str, code: str) -> None:
    (folder / f"{name}.py").write_text(code, encoding="utf-8")


def problems_of_loading(name: str) -> tuple[str, ...]:
    with pytest.raises(InputError) as error:
        load_extractor(name, TRAINING)
    return error.value.problems


def run(extractor: Any) -> list[dict[str, Any]]:
    return predictions(SAMPLE, SAMPLE.split("test"), extractor)


def problems_of_running(extractor: Any) -> tuple[str, ...]:
    with pytest.raises(InputError) as error:
        run(extractor)
    return error.value.problems


# --- finding the callable ---


def test_a_function_in_a_module_of_the_working_folder(folder: Path) -> None:
    module(folder, "written_function", "def extract(document): return {'stances': {'c1': document['id']}}")
    assert load_extractor("written_function:extract", TRAINING)({"id": "agree"}) == {"stances": {"c1": "agree"}}


def test_a_module_of_the_working_folder_goes_before_others_and_the_folder_is_added_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "elsewhere").mkdir()
    module(folder / "elsewhere", "written_twice", "def extract(document): return {'from': 'elsewhere'}")
    module(folder, "written_twice", "def extract(document): return {'from': 'here'}")
    monkeypatch.syspath_prepend(str(folder / "elsewhere"))
    for _ in range(2):
        assert load_extractor("written_twice:extract", TRAINING)({}) == {"from": "here"}
    assert sys.path.count(str(folder)) == 1


def test_a_class_without_arguments_is_made_once(folder: Path) -> None:
    code = "class Extractor:\n    def __call__(self, document): return {'made': id(self)}"
    module(folder, "written_plain", code)
    extractor = load_extractor("written_plain:Extractor", TRAINING)
    assert extractor({}) == extractor({})


def test_a_class_that_takes_an_argument_gets_the_training_documents(folder: Path) -> None:
    code = (
        "class Extractor:\n"
        "    def __init__(self, training): self.ids = [d.article.id for d in training]\n"
        "    def __call__(self, document): return {'ids': self.ids}"
    )
    module(folder, "written_learner", code)
    assert load_extractor("written_learner:Extractor", TRAINING)({}) == {"ids": ["t1", "t2"]}


def test_a_ready_made_object_is_taken_as_it_is(folder: Path) -> None:
    module(folder, "written_object", "class A:\n    def __call__(self, document): return {}\nready = A()")
    assert load_extractor("written_object:ready", TRAINING)({}) == {}


@pytest.mark.parametrize("name", ["json", "json:", ":loads", ""])
def test_a_name_without_module_and_attribute_is_told(name: str) -> None:
    (problem,) = problems_of_loading(name)
    assert problem == f"extractor {name}: must look like package.module:name"


def test_a_missing_module_is_named(folder: Path) -> None:
    (problem,) = problems_of_loading("written_nowhere:extract")
    assert problem.startswith("extractor written_nowhere:extract: ")
    assert problem.endswith("No module named 'written_nowhere', neither in this folder nor installed")


@pytest.mark.parametrize(
    ("name", "meant"), [("basline:crf", "baseline"), ("spcy:folder", "spacy"), ("comand:x", "command")]
)
def test_a_mistyped_kind_of_extractor_is_guessed(name: str, meant: str) -> None:
    (problem,) = problems_of_loading(name)
    assert problem.endswith(f"; did you mean {meant}?")


def test_a_module_that_the_extractor_imports_is_not_taken_for_its_own(folder: Path) -> None:
    (folder / "wants_more.py").write_text("import written_nowhere_else\n", encoding="utf-8")
    (problem,) = problems_of_loading("wants_more:extract")
    assert problem.endswith("No module named 'written_nowhere_else', which the extractor imports; install it")


def test_a_missing_attribute_is_named(folder: Path) -> None:
    module(folder, "written_empty", "x = 1")
    assert problems_of_loading("written_empty:extract") == (
        "extractor written_empty:extract: module 'written_empty' has no attribute 'extract'",
    )


def test_an_attribute_missing_inside_the_module_is_told_with_its_place(folder: Path) -> None:
    module(folder, "written_inner", "import json\njson.nothing")
    (problem,) = problems_of_loading("written_inner:extract")
    assert "has no attribute 'nothing'" in problem
    assert "written_inner.py:2" in problem


def test_what_cannot_be_called_is_no_extractor(folder: Path) -> None:
    module(folder, "written_number", "x = 1")
    assert problems_of_loading("written_number:x") == ("extractor written_number:x: is not callable",)


def test_an_object_of_a_class_without_call_is_no_extractor(folder: Path) -> None:
    module(folder, "written_uncallable", "class Extractor: pass")
    (problem,) = problems_of_loading("written_uncallable:Extractor")
    assert problem.endswith("is not callable")


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("written_broken", "def extract(document:\n", "written_broken"),
        ("written_raising", "raise RuntimeError('لا نموذج')", "لا نموذج"),
        (
            "written_untaught",
            "class extract:\n    def __init__(self, training): raise ValueError('لا تدريب')",
            "لا تدريب",
        ),
    ],
)
def test_a_module_or_class_that_fails_before_it_extracts_is_told_in_one_line(
    folder: Path, name: str, code: str, said: str
) -> None:
    module(folder, name, code)
    (problem,) = problems_of_loading(f"{name}:extract")
    assert problem.startswith(f"extractor {name}:extract: ")
    assert said in problem
    assert "\n" not in problem


EXITS = {
    "written_exit_on_import": "import sys\nsys.exit()",
    "written_exit_when_made": "import sys\nclass extract:\n    def __init__(self, training): sys.exit(0)",
    "written_exit_with_words": "raise SystemExit('لا نموذج')",
    "written_exit_of_its_own": "class Stop(BaseException): pass\nraise Stop",
    "written_exit_without_words": "class E(Exception):\n    def __str__(self): raise ValueError\nraise E",
}


@pytest.mark.parametrize("name", EXITS)
def test_an_extractor_that_ends_python_before_it_extracts_has_failed(folder: Path, name: str) -> None:
    module(folder, name, EXITS[name])
    (problem,) = problems_of_loading(f"{name}:extract")
    assert problem.startswith(f"extractor {name}:extract: ")
    assert f"{name}.py:" in problem


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), SystemExit(143)])
def test_people_can_stop_an_extractor(folder: Path, stop: BaseException) -> None:
    """Ctrl-C and SIGTERM reach it while it is imported, made and run."""
    module(folder, "written_slow", f"raise {stop!r}")
    with pytest.raises(type(stop)):
        load_extractor("written_slow:extract", TRAINING)

    def extractor(_document: Mapping[str, Any]) -> dict[str, Any]:
        raise stop

    with pytest.raises(type(stop)):
        run(extractor)


# --- running it ---


@pytest.mark.parametrize("code", [None, 0, 3, "لا نموذج"])
def test_an_extractor_that_exits_has_failed_on_its_document(code: object) -> None:
    (problem,) = problems_of_running(lambda _: sys.exit(code))  # pyright: ignore[reportArgumentType]
    assert problem.startswith("the extractor failed on document خبر: SystemExit")
    assert "test_extractor.py:" in problem


def test_the_extractor_is_given_the_article_and_claims_and_nothing_of_the_gold() -> None:
    seen: list[Mapping[str, Any]] = []

    def extractor(document: Mapping[str, Any]) -> dict[str, Any]:
        seen.append(document)
        return {}

    run(extractor)
    assert seen == [
        {
            "id": "خبر",
            "text": "زار أحمد الشرع بدمشق وقال إن الطريق مقطوع",
            "title": "عنوان",
            "outlet": "وكالة",
            "published": "2025-11-03",
            "event_id": "e1",
            "claims": [{"id": "c1", "text": "ادعاء c1"}],
        }
    ]


def test_an_extractor_that_writes_into_what_it_is_given_changes_nothing() -> None:
    def extractor(document: dict[str, Any]) -> dict[str, Any]:
        document["claims"].clear()
        document["text"] = ""
        return {"stances": {"c1": "agree"}}

    assert run(extractor) == run(extractor) == [{"id": "خبر", "stances": {"c1": "agree"}}]


def test_the_answer_carries_the_documents_id_whatever_the_extractor_says() -> None:
    (row,) = run(lambda document: {"id": "آخر", "entities": []})
    assert row == {"id": "خبر", "entities": []}


def test_lines_are_read_back_as_predictions(tmp_path: Path) -> None:
    path = tmp_path / "predictions.jsonl"
    rows = predictions(SAMPLE, SAMPLE.split("all"), lambda document: {"entities": [{"text": "زار", "label": "PERS"}]})
    path.write_text("".join(f"{json_line(row)}\n" for row in rows), encoding="utf-8")
    assert "زار" in path.read_text(encoding="utf-8")  # Arabic as Arabic
    assert [document.id for document in predictions_on(SAMPLE, path).documents] == ["t1", "t2", "خبر"]


def test_a_failing_extractor_is_told_with_document_error_and_place() -> None:
    def extractor(document: Mapping[str, Any]) -> dict[str, Any]:
        raise KeyError("مفتاح\nسطر")

    (problem,) = problems_of_running(extractor)
    assert problem.startswith("the extractor failed on document خبر: KeyError: ")
    assert f"{Path(__file__).name}:" in problem
    assert "\n" not in problem


@pytest.mark.parametrize("answer", [{"entities": {1, 2}}, {"entities": [{"start": object()}]}])
def test_an_answer_that_json_cannot_hold_is_told_with_the_document(answer: Any) -> None:
    (problem,) = problems_of_running(lambda document: answer)
    assert problem.startswith("the extractor failed on document خبر: its answer has a ")


@pytest.mark.parametrize("answer", [None, "entities", 3, [3]])
def test_an_answer_of_no_known_form_is_told_with_the_document(answer: Any) -> None:
    (problem,) = problems_of_running(lambda document: answer)
    assert problem.startswith("the extractor's answer on document خبر: is ")


def test_an_answer_that_is_no_prediction_is_told_with_all_that_is_wrong() -> None:
    answer = {"entities": [{"start": 0, "end": 999, "label": "GPE"}], "stances": {"c9": "agree"}, "labels": []}
    found = problems_of_running(lambda document: answer)
    assert len(found) == 3
    assert all(problem.startswith("the extractor's answer on document خبر: ") for problem in found)


# --- the gazetteer ---


def words_found(training: list[str], text: str) -> list[tuple[str, str]]:
    """The words and labels that a gazetteer learnt from marked texts finds in `text`."""
    learnt = Gazetteer([gold_document(f"t{n}", source) for n, source in enumerate(training)])
    return [(text[e["start"] : e["end"]], e["label"]) for e in learnt({"text": text, "claims": []})["entities"]]


def test_a_name_of_the_training_split_is_found_elsewhere() -> None:
    learnt = Gazetteer([gold_document("t", "زار [أحمد الشرع|PERS] [دمشق|GPE]")])
    # عاد 0–3, إلى 4–7, دمشق 8–12, a و of its own 13–14, أحمد الشرع 15–25.
    assert learnt({"text": "عاد إلى دمشق و أحمد الشرع", "claims": []}) == {
        "entities": [{"start": 8, "end": 12, "label": "GPE"}, {"start": 15, "end": 25, "label": "PERS"}],
        "claims": [],
    }


@pytest.mark.parametrize("proclitics", ["و", "ف", "ب", "ل", "ك", "وب", "ول", "فب", "فل", "وك"])
def test_proclitics_before_a_name_stay_outside(proclitics: str) -> None:
    text = f"مر 👩\u200d🚀 {proclitics}دمشق"
    assert words_found(["[دمشق|GPE]"], text) == [("دمشق", "GPE")]


@pytest.mark.parametrize("word", ["سدمشق", "دمشقي", "ودمشقا", "وفبدمشق", "الدمشق"])
def test_other_letters_at_a_name_make_another_word(word: str) -> None:
    assert words_found(["[دمشق|GPE]"], f"قال {word} كذا") == []


def test_proclitics_that_are_letters_of_the_name_stay_inside() -> None:
    assert words_found(["[بغداد|GPE]", "[لبنان|GPE]"], "بين بغداد ولبنان وبلبنان") == [
        ("بغداد", "GPE"),
        ("لبنان", "GPE"),
        ("لبنان", "GPE"),
    ]


@pytest.mark.parametrize(
    ("word", "name"),
    [("للتحالف", "لتحالف"), ("وللتحالف", "لتحالف"), ("بالتحالف", "التحالف"), ("لِلتّحالف", "لتّحالف")],
)
def test_the_article_behind_lam_has_lost_its_alef(word: str, name: str) -> None:
    assert words_found(["أعلن [التحالف|ORG]"], f"وقال {word} أمس") == [(name, "ORG")]


def test_only_behind_lam_has_the_article_lost_its_alef() -> None:
    assert words_found(["أعلن [التحالف|ORG]"], "وقال ولتحالف أو بلتحالف") == []


def test_a_name_learnt_behind_lam_is_found_with_its_alef() -> None:
    assert words_found(["قال ل[لتحالف|ORG]"], "أعلن التحالف") == [("التحالف", "ORG")]


def test_a_name_that_begins_with_lam_is_not_given_an_alef() -> None:
    # لبنان of ولبنان stands behind no ل.
    assert words_found(["في [لبنان|GPE]"], "البنان لبنان") == [("لبنان", "GPE")]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("زار أَحْمَد الشَّرْع حلب", "أَحْمَد الشَّرْع"),
        ("زار احمد الشـــرع حلب", "احمد الشـــرع"),
        ("زار إحمد\u00a0الشرع حلب", "إحمد\u00a0الشرع"),
        # The fatha belongs to the و and stays outside with it.
        ("زار وَأَحمد الشرع حلب", "أَحمد الشرع"),
        ("زار وَبِأحمد الشرعِ حلب", "أحمد الشرعِ"),
        # A tatweel that stretches the proclitic is not the name's.
        ("زار بـأحمد الشرع حلب", "أحمد الشرع"),
        ("🇸🇾 👨\u200d👩\u200d👧 أحمد الشرع", "أحمد الشرع"),
    ],
)
def test_other_spellings_are_found_at_the_offsets_of_the_untouched_text(text: str, name: str) -> None:
    assert words_found(["[أحمد الشرع|PERS]"], text) == [(name, "PERS")]


def test_a_name_learnt_with_harakat_is_found_without() -> None:
    assert words_found(["[دِمَشـق|GPE]"], "في دمشق") == [("دمشق", "GPE")]


def test_the_longest_name_at_a_place_wins() -> None:
    training = ["[التحالف|ORG]", "[التحالف الإقليمي|GROUP]", "[الإقليمي|LOC]"]
    assert words_found(training, "قال التحالف الإقليمي ثم التحالف") == [
        ("التحالف الإقليمي", "GROUP"),
        ("التحالف", "ORG"),
    ]


def test_the_label_a_name_had_most_often_wins() -> None:
    assert words_found(["[دمشق|ORG]", "[دمشق|GPE]", "[دمشق|GPE]"], "دمشق") == [("دمشق", "GPE")]


@pytest.mark.parametrize("training", [["[دمشق|ORG]", "[دمشق|GPE]"], ["[دمشق|GPE]", "[دمشق|ORG]"]])
def test_of_equally_frequent_labels_the_first_in_the_alphabet_wins(training: list[str]) -> None:
    assert words_found(training, "دمشق") == [("دمشق", "GPE")]


def test_nothing_is_found_where_nothing_was_learnt() -> None:
    document = {"text": "أعلن أن دمشق بعيدة", "claims": [{"id": "c1", "text": "ادعاء"}]}
    assert Gazetteer([])(document) == {"entities": [], "claims": []}


CLAIMED = "قال أن [الطريق مقطوع|CLAIM:support]."


def claims_found(training: list[str], text: str) -> list[tuple[str, str | None]]:
    learnt = Gazetteer([gold_document(f"t{n}", source) for n, source in enumerate(training)])
    return [(text[c["start"] : c["end"]], c.get("stance")) for c in learnt({"text": text, "claims": []})["claims"]]


def test_a_claim_runs_from_a_learnt_cue_to_the_end_of_the_clause() -> None:
    assert claims_found([CLAIMED] * 3, "ذكر أنّ  الجسر مفتوح ، وأضاف أن العدد 7؛ أنْ") == [
        ("الجسر مفتوح", "support"),
        ("العدد 7", "support"),
    ]


@pytest.mark.parametrize("end", [".", "،", "؛", "؟", "!", "…", "\n", "«", "”", '"'])
def test_a_clause_ends_at_punctuation_quotation_marks_and_line_breaks(end: str) -> None:
    assert claims_found([CLAIMED] * 3, f"ذكر أن الجسر مفتوح{end} والطريق") == [("الجسر مفتوح", "support")]


def test_only_the_last_word_or_mark_before_a_claim_is_its_cue() -> None:
    training = ["قال: [الطريق مقطوع|CLAIM:support]."] * 3
    assert claims_found(training, "ذكر: الجسر مفتوح، قال نصر كذا") == [("الجسر مفتوح", "support")]


@pytest.mark.parametrize("gap", ["", " ", "\u00a0", "  "])
def test_a_cue_is_learnt_with_up_to_two_characters_between_it_and_the_claim(gap: str) -> None:
    assert claims_found([f"قال:{gap}[الطريق مقطوع|CLAIM:support]."] * 3, "ذكر: كذا") == [("كذا", "support")]


def test_a_claim_at_the_end_of_the_text_ends_with_it() -> None:
    assert claims_found([CLAIMED] * 3, "ذكر أن الجسر مفتوح \u00a0") == [("الجسر مفتوح", "support")]


def test_a_cue_inside_a_claim_begins_no_second_one() -> None:
    assert claims_found([CLAIMED] * 3, "ذكر أن من قال أن الجسر مفتوح كذب") == [("من قال أن الجسر مفتوح كذب", "support")]


def test_two_claims_behind_a_word_are_too_few_for_a_cue() -> None:
    assert claims_found([CLAIMED] * 2, "ذكر أن الجسر مفتوح") == []


def test_a_word_that_precedes_claims_only_half_of_the_time_is_no_cue() -> None:
    # 3 of 6 is not more often than not, 3 of 5 is.
    assert claims_found([CLAIMED] * 3 + ["أن أن أن"], "ذكر أن الجسر مفتوح") == []
    assert claims_found([CLAIMED] * 3 + ["أن أن"], "ذكر أن الجسر مفتوح") == [("الجسر مفتوح", "support")]


def test_claims_take_the_most_frequent_stance() -> None:
    deny = CLAIMED.replace("support", "deny")
    assert claims_found([CLAIMED, deny, deny], "ذكر أن الجسر مفتوح") == [("الجسر مفتوح", "deny")]


def test_claims_without_stance_in_training_are_found_without_stance() -> None:
    assert claims_found([CLAIMED.replace(":support", "")] * 3, "ذكر أن الجسر مفتوح") == [("الجسر مفتوح", None)]


def test_the_most_frequent_article_stance_is_said_of_every_claim() -> None:
    learnt = Gazetteer(
        [gold_document("t1", "نص", {"a": "discuss", "b": "agree"}), gold_document("t2", "نص", {"c": "discuss"})]
    )
    claims = [{"id": "x", "text": "ادعاء"}, {"id": "y", "text": "ادعاء"}]
    assert learnt({"text": "نص", "claims": claims})["stances"] == {"x": "discuss", "y": "discuss"}


_sources = st.lists(
    st.sampled_from(
        [
            "[دمشق|GPE]",
            "ب[دمشق|LOC]",
            "[التحالف|ORG]",
            "ل[لتحالف|GROUP]",
            "[التحالف الدولي|ORG]",
            "[د|PERS]",
            "[👩\u200d🚀|PERS]",
            "[«الـدولي»|ORG]",
            CLAIMED,
            CLAIMED,
            CLAIMED,
        ]
    ),
    max_size=12,
)
_texts = st.lists(
    st.sampled_from(
        ["دمشق", "لل", "تحالف", "التحالف", "الدولي", "أن", "أنَّ", "و", "ب", "كَ", "ـ", "د", " ", " ", *PIECES]
    )
    | st.text(max_size=3),
    max_size=30,
).map("".join)


@given(_sources, _texts)
def test_whatever_the_gazetteer_finds_are_pieces_of_the_text_in_order_without_overlap(
    sources: list[str], text: str
) -> None:
    training: list[GoldDocument] = [gold_document(f"t{n}", source) for n, source in enumerate(sources)]
    found = Gazetteer(training)({"text": text, "claims": []})
    for spans in (found["entities"], found["claims"]):
        assert [span_problem(span["start"], span["end"], text) for span in spans] == [None] * len(spans)
        assert all(one["end"] <= other["start"] for one, other in pairwise(spans))
