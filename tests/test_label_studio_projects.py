"""Label Studio projects that were not made by Mihakk become gold: each form of an export, and each kind of control."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Here
from mihakk.annotate.document import Claim, EventClaim, Span
from mihakk.annotate.interface import interface_xml
from mihakk.configs.errors import InputError
from mihakk.configs.scheme import load_scheme
from mihakk.eval.gold.records import Gold
from mihakk.export.formats import reader_of
from mihakk.export.formats.corpus import Findings, read_corpus
from mihakk.export.formats.label_studio import labels_in
from mihakk.export.formats.labeling_config import read_interface

CONFIG = """<View>
  <Header value="الكيانات"/>
  <Labels name="ner" toName="body"><Label value="شخص" alias="PER"/><Label value="مكان"/><Label value="Claim"/></Labels>
  <Text name="body" value="$article.words"/>
  <Choices name="attitude" toName="body" perRegion="true" whenLabelValue="Claim">
    <Choice value="يؤكد" alias="affirms"/><Choice value="ينفي" alias="denies"/>
  </Choices>
  <Relations><Relation value="قال"/></Relations>
  <Choices name="topic" toName="body"><Choice value="حرب" alias="war"/><Choice value="سلم" alias="peace"/></Choices>
  <TextArea name="comment" toName="body"/>
  <Rating name="quality" toName="body"/>
  <Taxonomy name="kind" toName="body"><Choice value="خبر"/></Taxonomy>
</View>"""
#       0123456789…: وزير 0–4, لدمشق 10–15 with the proclitic, دمشق 11–15
TEXT = "وزير قال: لدمشق حق"


def span(key: str, start: int, end: int, *labels: str) -> dict[str, Any]:
    value = {"start": start, "end": end, "text": "x", "labels": list(labels)}
    return {"id": key, "from_name": "ner", "to_name": "body", "type": "labels", "value": value}


def choice(control: str, *chosen: str, key: str = "z", **value: Any) -> dict[str, Any]:
    return {
        "id": key,
        "from_name": control,
        "to_name": "body",
        "type": "choices",
        "value": {"choices": list(chosen), **value},
    }


RESULT = [
    span("a", 0, 4, "PER"),
    span("b", 11, 15, "مكان"),
    span("c", 10, 18, "Claim"),
    choice("attitude", "denies", key="c", start=10, end=18),
    {"type": "relation", "from_id": "c", "to_id": "a", "direction": "right"},
    choice("topic", "war"),
    {"id": "d", "from_name": "comment", "to_name": "body", "type": "textarea", "value": {"text": ["راجع"]}},
    {"id": "e", "from_name": "quality", "to_name": "body", "type": "rating", "value": {"rating": 4}},
    {"id": "f", "from_name": "kind", "to_name": "body", "type": "taxonomy", "value": {"taxonomy": [["خبر"]]}},
]


def task(number: int = 1, result: Any = RESULT, **fields: Any) -> dict[str, Any]:
    annotation = {"id": number, "completed_by": 1, "was_cancelled": False, "result": result}
    return {"id": number, "data": {"article": {"words": TEXT}}, "annotations": [annotation], **fields}


def read(path: Path, content: Any, config: str = CONFIG) -> tuple[Gold, Findings]:
    file = path / "export.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False), encoding="utf-8")
    interface, scheme = read_interface(config, "config.xml"), load_scheme()
    labels = labels_in(interface, "other", "1.0", scheme)
    return read_corpus(
        [file], reader_of("label-studio", interface=interface), labels, scheme, "other", "1.0", split="test"
    )


def test_each_kind_of_control(tmp_path: Path) -> None:
    gold, findings = read(tmp_path, [task()])
    (document,) = gold.split("test")
    minister = Span(0, 4, "PER")
    assert document.article.id == "task-1"
    assert document.annotation.entities == (minister, Span(11, 15, "مكان"))
    assert document.annotation.claims == (Claim(10, 18, "denies", (minister,)),)
    assert (document.claims, document.annotation.stances) == ((EventClaim("topic", "topic"),), {"topic": "war"})
    assert document.annotators == ("account 1",)
    assert gold.labels.entity_labels == ("PER", "مكان")
    assert (gold.labels.claim_stances, gold.labels.article_stances) == (("affirms", "denies"), ("war", "peace"))
    assert [aside.what.split(":")[0] for aside in findings.set_aside] == [
        "result of type textarea from the control comment",
        "result of type rating from the control quality",
        "result of type taxonomy from the control kind",
    ]


OLD = {key: value for key, value in task().items() if key != "annotations"} | {"completions": task()["annotations"]}


@pytest.mark.parametrize(
    ("content", "documents"),
    [
        ([OLD], 1),
        (json.dumps(task()) + "\n" + json.dumps(task(2), ensure_ascii=False) + "\n", 2),
        (json.dumps(task(), indent=1), 1),
        ({"tasks": [task(), task(2)], "total": 2}, 2),
        (json.dumps({"tasks": [task()]}) + "\n" + json.dumps({"tasks": [task(2)]}), 2),
        ([{**task(), "id": None, "data": {"id": "خبر-1", "article": {"words": TEXT}}}], 1),
    ],
    ids=["completions", "a task a line", "one object", "a page of the API", "pages of the API", "an id in the data"],
)
def test_each_form_of_an_export(tmp_path: Path, content: Any, documents: int) -> None:
    gold, findings = read(tmp_path, content)
    assert gold.counts["documents"] == documents
    assert gold.counts["entities"] == 2 * documents
    assert len(findings.set_aside) == 3 * documents


def test_skipped_completions_are_no_work(tmp_path: Path) -> None:
    skipped = {**OLD, "id": 2, "completions": [{"id": 7, "result": [], "skipped": True}]}
    gold, findings = read(tmp_path, [OLD, skipped])
    assert list(gold.documents()) == ["task-1"]
    assert {aside.reason for aside in findings.set_aside if aside.article_id == "task-2"} == {
        "skipped by the annotator",
        "nobody finished it",
    }


def test_what_people_drew_badly_is_mended_or_set_aside(tmp_path: Path) -> None:
    result = [
        span("a", 0, 5, "PER", "مكان"),  # a space behind, and two labels
        span("b", 4, 5, "PER"),  # nothing but a space
        span("c", 0, 99, "PER"),
        span("d", 11, 15, "PER"),
        span("d", 11, 15, "مكان"),
    ]
    gold, findings = read(tmp_path, [task(result=result)])
    (document,) = gold.split("test")
    assert document.annotation.entities == (Span(0, 4, "PER"), Span(0, 4, "مكان"), Span(11, 15, "PER"))
    assert [aside.reason for aside in findings.set_aside] == [
        "holds only white space",
        "its offsets are not in the text",
        "there is another of its kind already",
    ]
    assert findings.repaired == [f"{tmp_path}/export.json: regions trimmed of white space at a boundary: 1"]


def test_labels_from_the_data_are_those_found(tmp_path: Path) -> None:
    config = '<View><Labels name="ner" toName="body" value="$labels"/><Text name="body" value="$article.words"/></View>'
    gold, _ = read(tmp_path, [task(result=RESULT[:2])], config)
    assert gold.labels.entity_labels == ("PER", "مكان")


def test_two_annotators_are_merged_by_majority(tmp_path: Path) -> None:
    both = task()
    # The second marks the first entity alone: nothing else has more than half of two.
    both["annotations"].append({"id": 9, "completed_by": 2, "result": RESULT[:1]})
    gold, _ = read(tmp_path, [both])
    (document,) = gold.split("test")
    assert document.annotation.entities == (Span(0, 4, "PER"),)
    assert document.annotators == ("account 1", "account 2")


def test_a_project_of_mihakk_with_one_more_control(tmp_path: Path) -> None:
    scheme = load_scheme()
    config = interface_xml(scheme).replace("</View>", '<Rating name="rate" toName="text"/></View>', 1)
    result = [
        {**span("a", 11, 15, "GPE"), "from_name": "span"},
        {**choice("claim_stance_1", "disagree"), "to_name": "claim_text_1"},
        {"id": "r", "from_name": "rate", "type": "rating", "value": {"rating": 1}},
    ]
    claims = [{"id": "c1", "text": "ادعاء"}, {"id": "c2", "text": "آخر"}]
    made = {"id": 1, "data": {"doc_id": "خبر", "text": TEXT, "claims": claims}, "annotations": [{"result": result}]}
    gold, findings = read(tmp_path, [made], config)
    (document,) = gold.split("test")
    assert document.article.id == "خبر"
    assert document.annotation.entities == (Span(11, 15, "GPE"),)
    assert document.annotation.stances == {"c2": "disagree"}
    assert gold.labels.entity_labels == scheme.entity_labels
    assert len(findings.set_aside) == 1


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("<View", "is not the XML of a labeling interface"),
        ('<View><Image name="i" value="$i"/></View>', "no Text with Labels.*images"),
        (CONFIG.replace('value="$article.words"', 'value="$u" valueType="url"'), "at an address"),
        ('<!DOCTYPE x [<!ENTITY a "b">]>' + CONFIG, "entities of its own"),
    ],
)
def test_what_no_gold_can_be_made_of(config: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_interface(config, "config.xml")


def test_a_text_that_is_not_where_the_interface_has_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"task 1: its data has no text under article\.words"):
        read(tmp_path, [{**task(), "data": {"text": TEXT}}])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.xml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "export.json").write_text(json.dumps([task()]), encoding="utf-8")
    return tmp_path


def test_the_command(here: Here) -> None:
    code, said, problems = here("export read export.json --as label-studio --interface config.xml -o gold")
    assert (code, problems) == (0, "")
    assert "1 document (" in said and "2 entities, 1 claim, 1 article stance" in said
    assert "3 × a gold set has no place for it" in said


def test_the_command_asks_for_the_interface(here: Here) -> None:
    code, _, problems = here("export read export.json --as label-studio -o gold")
    assert code == 2 and "needs --interface CONFIG.xml" in problems
    code, _, problems = here("export read export.json --as jsonl --interface config.xml -o gold")
    assert code == 2 and "--interface: is for label-studio only" in problems
