"""The forms of an extractor's answer, as the tools named beside them give it, and the errors of what has none or two."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mihakk.annotate.document import Annotation, Article, Claim, Span
from mihakk.annotate.placing.policy import Policy
from mihakk.annotate.predictions import parse_prediction, placed_row
from mihakk.annotate.result import to_result
from mihakk.configs.errors import InputError
from mihakk.configs.scheme import load_scheme
from mihakk.eval.running.answers import row_of
from mihakk.eval.running.values import json_value

TEXT = "زار وائل بدمشق 👩\u200d🚀 ثم عاد"
PERS = {"start": 4, "end": 8, "label": "PERS"}
GPE = {"start": 10, "end": 14, "label": "GPE"}
WORDS = [{"text": "وائل", "label": "PERS"}, {"text": "دمشق", "label": "GPE"}]


def own(selector: Any, body: Any = "PERS") -> dict[str, Any]:
    return {"type": "Annotation", "body": body, "target": {"source": "a", "selector": selector}}


# What an answer looks like, and the entities that it stands for.
ENTITIES: dict[str, tuple[Any, Any]] = {
    "rows of predictions": ({"entities": [PERS, GPE]}, [PERS, GPE]),
    "a list of spans": ([PERS, GPE], [PERS, GPE]),
    "nothing found": ([], []),
    "Transformers, aggregated": (
        [{"entity_group": "PERS", "score": 0.5, "word": "وايل", "start": 4, "end": 8}],
        [{**PERS, "score": 0.5}],
    ),
    "Transformers.js, aggregated": (
        [{"entity_group": "PERS", "score": 0.5, "word": "وائل"}],
        [{**WORDS[0], "score": 0.5}],
    ),
    "GLiNER": ([{**PERS, "text": "وائل", "score": 0.5}], [{**PERS, "text": "وائل", "score": 0.5}]),
    "spaCy": (
        {"text": TEXT, "ents": [PERS], "tokens": [{"id": 0, "start": 0, "end": 3}], "sents": []},
        [PERS],
    ),
    "stanza": ([{"text": "وائل", "type": "PERS", "start_char": 4, "end_char": 8}], [{**PERS, "text": "وائل"}]),
    "flair": (
        {
            "entities": [
                {"text": "وائل", "start_pos": 4, "end_pos": 8, "labels": [{"value": "PERS", "confidence": 0.5}]}
            ]
        },
        [{**PERS, "text": "وائل"}],
    ),
    "offset and length": ([{"offset": 4, "length": 4, "type": "PERS"}], [PERS]),
    "langextract": (
        {
            "extractions": [
                {
                    "extraction_class": "PERS",
                    "extraction_text": "وائل",
                    "char_interval": {"start_pos": 4, "end_pos": 8},
                    "alignment_status": "match_exact",
                },
                {"extraction_class": "GPE", "extraction_text": "دمشق", "char_interval": None},
            ]
        },
        [PERS, WORDS[1]],
    ),
    "words": (WORDS, WORDS),
    "words by label": ({"PERS": ["وائل"], "GPE": ["دمشق"]}, WORDS),
    "words by label, GLiNER2": ({"entities": {"PERS": ["وائل"], "GPE": ["دمشق"], "ORG": []}}, WORDS),
    "web annotation with a position": (
        {
            "@context": "http://www.w3.org/ns/anno.jsonld",
            "items": [own({"type": "TextPositionSelector", "start": 4, "end": 8})],
        },
        [PERS],
    ),
    "web annotation with a quote": ([own({"type": "TextQuoteSelector", "exact": "وائل"})], WORDS[:1]),
    "web annotation with a quote and what is around": (
        [
            own(
                [{"type": "TextQuoteSelector", "exact": "دمشق", "prefix": "ب", "suffix": " 👩"}],
                [{"purpose": "classifying", "value": "GPE"}],
            )
        ],
        [{**GPE, "text": "دمشق"}],
    ),
    "another tool's Label Studio": (
        {
            "model_version": "m",
            "result": [
                {
                    "from_name": "label",
                    "to_name": "text",
                    "type": "labels",
                    "score": 0.5,
                    "value": {"start": 4, "end": 8, "text": "وائل", "labels": ["PERS", "OCC"]},
                }
            ],
        },
        [{**PERS, "text": "وائل", "score": 0.5}, {**PERS, "label": "OCC", "text": "وائل", "score": 0.5}],
    ),
}


@pytest.mark.parametrize("tool", ENTITIES)
def test_each_tools_form_is_read(tool: str) -> None:
    answer, entities = ENTITIES[tool]
    row = row_of(answer, TEXT, ["c1"])
    assert row["entities"] == entities
    parse_prediction({**row, "id": "a"}, TEXT, ["c1"], None)


@pytest.mark.parametrize(
    "answer",
    [
        [{"token": "زار", "tags": "O"}, {"token": "وائل", "tags": "B-PERS I-ORG"}],
        [{"word": "زار", "tag": "O"}, {"word": "وائل", "tag": ["B-PERS", "I-ORG"]}],
        {"tokens": ["زار", "وائل"], "tags": ["O", "B-PERS I-ORG"]},
    ],
)
def test_tokens_and_tags_are_read_from_pairs_or_two_lists(answer: Any) -> None:
    assert row_of(answer, TEXT, []) == {"tokens": ["زار", "وائل"], "tags": ["O", "B-PERS I-ORG"]}


def test_what_our_own_interface_writes_is_read_back() -> None:
    article = Article("a", TEXT)
    person = Span(4, 8, "PERS")
    annotation = Annotation.on(
        article,
        load_scheme(),
        "m",
        [person, Span(10, 14, "GPE")],
        [Claim(0, 14, "support", (person,)), Claim(19, len(TEXT))],
        {"c2": "agree"},
        ["c1", "c2"],
    )
    result = to_result(annotation, TEXT, ["c1", "c2"])
    for answer in (result, {"result": result}, {"results": [{"result": result, "score": 1}]}):
        read = parse_prediction({**row_of(answer, TEXT, ["c1", "c2"]), "id": "a"}, TEXT, ["c1", "c2"], load_scheme())
        assert read.entities == annotation.entities
        assert read.claims == annotation.claims
        assert read.stances == annotation.stances


WRONG: dict[str, tuple[Any, str]] = {
    "None": (None, "is nothing (None): the extractor returned no answer; if it finds nothing, it must return []"),
    "text": ("دمشق", "is str 'دمشق'"),
    "a list of texts": (["دمشق"], "is list"),
    "two forms": ({"entities": [PERS], "tags": ["O"], "tokens": ["a"]}, "has two forms: entities and tags"),
    "entities and result": ({"entities": [], "result": []}, "has two forms: entities and result"),
    "two forms in a list": (
        [PERS, {"token": "a", "tag": "O"}],
        "has two forms: spans (item 0) and tokens and tags (item 1)",
    ),
    "an error": ({"error": "quota"}, "says that it failed: str 'quota'"),
    "a result of something else": ({"result": "دمشق"}, "its result is str 'دمشق'"),
    "a region of something else": (
        [{"from_name": "box", "type": "rectanglelabels", "value": {}}],
        "is of type 'rectanglelabels'; known are labels, choices, relation",
    ),
    "a stance on a claim that is not there": (
        [
            {
                "from_name": "claim_stance_4",
                "to_name": "claim_text_4",
                "type": "choices",
                "value": {"choices": ["agree"]},
            }
        ],
        "answers a claim that the document does not have (1 claim)",
    ),
    "a web annotation without a selector": ([{"target": "a"}], "needs a TextPositionSelector or a TextQuoteSelector"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_has_no_form_is_told(case: str) -> None:
    answer, said = WRONG[case]
    with pytest.raises(InputError) as error:
        row_of(answer, TEXT, ["c1"])
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"entities": [{"start": 4, "end": 8, "lable": "PERS"}]}, "needs a label"),
        ({"entities": [{**PERS, "confidence": 1}]}, "unknown key 'confidence'"),
        ({"entities": [PERS], "labels": []}, "unknown key 'labels'"),
        ({"ents": [{"start": 4, "label": "PERS"}]}, "start and end must be whole numbers"),
    ],
)
def test_names_that_are_almost_right_are_told_by_the_reader(answer: Any, said: str) -> None:
    with pytest.raises(InputError) as error:
        parse_prediction({**row_of(answer, TEXT, []), "id": "a"}, TEXT, [], None)
    assert said in str(error.value)


class Label(Enum):
    PERS = "PERS"


@dataclass
class Found:
    start: Any
    end: Any
    label: Label


class Answer:
    def __init__(self, entities: Any) -> None:
        self.entities = entities


def test_objects_of_any_kind_become_json() -> None:
    import pydantic

    class Model(pydantic.BaseModel):
        entities: list[dict[str, int | str]]

    spans = [{"start": 4, "end": 8, "label": "PERS"}]
    found = Found(np.int64(4), np.int32(8), Label.PERS)
    for answer in (
        {"entities": [found]},
        {"entities": (each for each in [found])},
        Model(entities=spans),
        Answer([found]),
    ):
        assert json_value(answer) == {"entities": spans}
    assert json_value({"score": np.float32(0.5), "tags": np.array(["O"]), 1: True}) == {
        "score": 0.5,
        "tags": ["O"],
        "1": True,
    }
    assert type(json_value(np.float64(0.5))) is float
    for value in (object(), {"a"}, b"x"):
        with pytest.raises(TypeError):
            json_value([value])
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(TypeError, match="nested too deeply"):
        json_value(endless)


# --- rows with their places ---


def test_a_row_keeps_what_it_has_and_gets_places() -> None:
    row = {
        "entities": [
            {**PERS, "score": 0.5},
            {"text": "دِمشق", "label": "GPE", "note": "ملاحظة"},
            {"text": "حلب", "label": "GPE"},
        ],
        "claims": [{"text": "زار وائل بدمشق", "stance": "support", "sources": [{"text": "وائل"}, {"text": "حلب"}]}],
        "stances": {"c1": "agree"},
    }
    placed, account = placed_row({**row, "id": "a"}, TEXT, ["c1"], None)
    assert placed == {
        "entities": [
            {**PERS, "score": 0.5},
            {**GPE, "text": "دمشق", "note": "ملاحظة"},
            {"text": "حلب", "label": "GPE"},
        ],
        "claims": [
            {
                "start": 0,
                "end": 14,
                "text": TEXT[:14],
                "stance": "support",
                "sources": [{"start": 4, "end": 8, "text": "وائل"}, {"text": "حلب"}],
            }
        ],
        "stances": {"c1": "agree"},
        "id": "a",
    }
    assert account.tiers == {"spelling": 1, "nowhere": 2, "exact": 2}


def test_offsets_of_the_rows_own_text_become_those_of_the_document() -> None:
    own_text = TEXT.replace("ئ", "ي").replace("👩\u200d🚀 ", "")
    row = {"text": own_text, "entities": [{**PERS, "text": "وايل"}], "id": "a"}
    placed, _ = placed_row(row, TEXT, None, None, Policy.named("own-text", "order"))
    assert placed == {"entities": [{**PERS, "text": "وائل"}], "id": "a"}


LETTERS = st.text(alphabet="ابدمو 👩\u064e", min_size=4, max_size=40)


@given(LETTERS, st.data())
def test_a_placed_row_is_read_as_the_row_itself(text: str, data: st.DataObject) -> None:
    """Spans and words that stand somewhere: the placed row has the same entities, and none without a place moved."""
    count = data.draw(st.integers(0, 4))
    entities: list[dict[str, Any]] = []
    for _ in range(count):
        start = data.draw(st.integers(0, len(text) - 1))
        end = data.draw(st.integers(start + 1, len(text)))
        label = data.draw(st.sampled_from(["PERS", "GPE"]))
        spans = {"start": start, "end": end, "label": label}
        entities.append(data.draw(st.sampled_from([spans, {"text": text[start:end], "label": label}])))
    row = {"entities": entities, "id": "a"}
    placed, _ = placed_row(row, text, None, None)
    before = parse_prediction(row, text, None, None)
    has_place = [entity for entity in placed["entities"] if "start" in entity]
    assert [Span(e["start"], e["end"], e["label"]) for e in has_place] == list(before.entities)
    assert all("text" not in e or text[e["start"] : e["end"]] == e["text"] for e in has_place)
    assert len(placed["entities"]) == len(has_place) + len(before.unplaced)
