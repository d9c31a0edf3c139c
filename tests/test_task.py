"""Articles go to Label Studio as tasks and come back the same; the interface is what annotators work in."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mihakk.annotate.document import Article, EventClaim
from mihakk.annotate.interface import expand_repeater, interface_xml
from mihakk.annotate.task import TaskCheck, claim_rows, completed, make_task, read_task
from mihakk.configs.errors import InputError
from mihakk.configs.files import dump_json
from mihakk.configs.scheme import Scheme, load_scheme

SAMPLE = Path(__file__).resolve().parents[1] / "annotate" / "sample"
SCHEME = load_scheme()
XML = interface_xml(SCHEME)

ARTICLE = Article(
    id="01_raid",
    text="غارة على الزمـرد\n\nقُتل ثلاثة 👨‍👩‍👧 قرب\u00a0الضمير.\r\nانتهى",
    title="غارة على الزمـرد",
    outlet="المحارة",
    published="2025-11-03T19:29",
    url="https://example.org/1",
    event_id="raid",
    source="01_raid.txt",
)
CLAIMS = (EventClaim("c2", "قُتل ثلاثة مدنيين"), EventClaim("c1", "نُفذ الإنزال بالتنسيق"))


def data() -> dict[str, Any]:
    return make_task(ARTICLE, CLAIMS, SCHEME)["data"]


def problems_of(broken: dict[str, Any], scheme: Scheme = SCHEME) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        read_task(broken, scheme.identity)
    return caught.value.problems


# --- tasks ------------------------------------------------------------------------------------------


def test_a_task_carries_the_article_its_claims_in_order_and_the_scheme() -> None:
    assert make_task(ARTICLE, CLAIMS, SCHEME) == {
        "data": {
            "doc_id": "01_raid",
            "title": ARTICLE.title,
            "outlet": "المحارة",
            "published": "2025-11-03T19:29",
            "url": "https://example.org/1",
            "event_id": "raid",
            "source": "01_raid.txt",
            "agency": None,
            "preannotated_by": None,
            "text": ARTICLE.text,
            "text_sha256": ARTICLE.text_sha256,
            "scheme": "conflict_news@1.0",
            "scheme_hash": SCHEME.identity.hash,
            "scheme_content": {
                "entities": sorted(SCHEME.entities),
                "claim_stances": ["comment", "deny", "query", "support"],
                "article_stances": ["agree", "disagree", "discuss", "unrelated"],
            },
            "format": 2,
            # Each is also a choice on screen: its words, its name in exports, its keys by position.
            "claims": [
                {"id": "c2", "text": (c2 := "قُتل ثلاثة مدنيين"), "value": c2, "alias": "c2", "hotkey": "shift+1"},
                {"id": "c1", "text": (c1 := "نُفذ الإنزال بالتنسيق"), "value": c1, "alias": "c1", "hotkey": "shift+2"},
            ],
        }
    }


def test_the_title_of_a_task_is_text_even_where_the_article_has_none() -> None:
    """Label Studio shows it in a header, and a header of null is no header."""
    assert make_task(Article(id="a", text="نص"), (), SCHEME)["data"]["title"] == ""


words = st.text(min_size=1)
pieces = st.sampled_from(
    ["غارة", "الزمـرد", "مُحمّد", "\n\n", "\r\n", "\r", " ", "\u00a0", "👨‍👩‍👧", "🇸🇾", "\u200f", "<b>", "&amp;", '"']
)
texts = st.lists(pieces | words).map("".join)
articles = st.builds(
    lambda text, **fields: Article(id="a", text=text, **fields),
    texts.filter(lambda text: text.strip() and "\0" not in text),
    title=st.none() | words,
    outlet=st.none() | st.text(),
    published=st.none() | st.dates().map(str),
    url=st.none() | st.text(),
    event_id=st.none() | st.text(),
    source=st.none() | st.text(),
)
claim_lists = st.lists(st.builds(EventClaim, words, words), max_size=4).map(tuple)


@given(article=articles, claims=claim_lists)
def test_a_task_read_back_is_the_same_article_with_the_same_claims(
    article: Article, claims: tuple[EventClaim, ...]
) -> None:
    """Also after the way through a file."""
    task = json.loads(dump_json(make_task(article, claims, SCHEME)))
    assert read_task(task["data"], SCHEME.identity) == (article, claims)


@pytest.mark.parametrize("key", ["doc_id", "text", "text_sha256", "scheme"])
@pytest.mark.parametrize("value", ["gone", None, 7, ["a"]])
def test_a_task_without_one_of_its_fields_is_refused(key: str, value: object) -> None:
    broken = data() | {key: value}
    if value == "gone":
        del broken[key]
    (problem,) = problems_of(broken)
    name = "01_raid" if key != "doc_id" else broken.get("doc_id")
    assert problem.startswith(f"article {name}: {key} is missing or not text")


@pytest.mark.parametrize("key", ["title", "outlet", "agency", "published", "url", "event_id", "source"])
def test_a_field_that_may_be_empty_is_text_or_null(key: str) -> None:
    assert problems_of(data() | {key: 7}) == (f"article 01_raid: {key} is neither text nor null",)
    without = data()
    del without[key]
    for empty in (data() | {key: None}, without):
        article, _ = read_task(empty, SCHEME.identity)
        assert getattr(article, key) is None


@pytest.mark.parametrize(
    "claims", [None, {}, "c1", ["c1"], [{"id": "c1"}], [{"text": "نص"}], [{"id": 1, "text": "نص"}], [[]]]
)
def test_claims_that_are_no_list_of_claims_are_refused(claims: object) -> None:
    assert problems_of(data() | {"claims": claims}) == ("article 01_raid: claims is not a list of {id, text}",)


def test_a_task_of_another_scheme_is_refused_with_both_names() -> None:
    (problem,) = problems_of(data() | {"scheme": "conflict_news@0.9"})
    assert problem == (
        "article 01_raid: was made with the scheme conflict_news@0.9, not conflict_news@1.0; give its scheme with --scheme"
    )


@given(at=st.integers(0, len(ARTICLE.text)), piece=st.sampled_from(["\n", " ", "ا", "\u200f", "ـ"]))
def test_a_task_whose_text_was_changed_is_refused(at: int, piece: str) -> None:
    """Even by what nobody sees: every offset behind it would be off."""
    changed = ARTICLE.text[:at] + piece + ARTICLE.text[at:]
    (problem,) = problems_of(data() | {"text": changed})
    assert problem.startswith("article 01_raid: the text differs from the annotated text")


def test_all_problems_of_a_task_are_told_at_once() -> None:
    found = problems_of(data() | {"text": None, "outlet": 7, "claims": None})
    assert [problem.split(": ")[1].split()[0] for problem in found] == ["text", "outlet", "claims"]


# --- tasks in the interface -------------------------------------------------------------------------


def test_a_task_fits_the_interface_of_its_scheme() -> None:
    TaskCheck(XML)(make_task(ARTICLE, CLAIMS, SCHEME))
    TaskCheck(XML)(make_task(Article(id="a", text="نص"), (), SCHEME))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"text": None}, "$text, so the task needs it as text"),
        ({"text": 7}, "$text, so the task needs it as text"),
        ({"title": None}, "$title, so the task needs it as text"),
        ({"claims": [{"id": "c1"}]}, "$claims[{{idx}}].text, so the task needs it as a list of items with"),
        ({"claims": [{"text": "نص"}, {"text": 7}]}, "$claims[{{idx}}].text, so the task needs it as a list"),
        ({"claims": ["نص"]}, "$claims[{{idx}}].text, so the task needs it as a list of items with that text"),
        # Without words of its own a choice on screen is a blank box.
        (
            {"claims": [{"id": "c1", "text": "نص", "alias": "c1"}]},
            "$claims[{{idx}}].value, so the task needs it as a list of items with that text",
        ),
    ],
)
def test_a_task_that_label_studio_could_not_show_is_refused(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(InputError) as caught:
        TaskCheck(XML)({"data": data() | change})
    assert any(found.startswith(f"article 01_raid: the interface shows {problem}") for found in caught.value.problems)


@pytest.mark.parametrize("claims", [None, "c1", {"c1": "نص"}])
def test_claims_that_are_no_list_cannot_be_shown(claims: object) -> None:
    with pytest.raises(InputError) as caught:
        TaskCheck(XML)({"data": data() | {"claims": claims}})
    assert any("$claims, so the task needs it as a list" in problem for problem in caught.value.problems)


def test_everything_that_cannot_be_shown_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        TaskCheck(XML)({"data": {"doc_id": "a", "claims": [{}]}})
    shown = [problem.split("$")[1].split(",")[0] for problem in caught.value.problems]
    assert sorted(shown) == [*(f"claims[{{{{idx}}}}].{key}" for key in ("alias", "text", "value")), "text", "title"]


# --- the interface ----------------------------------------------------------------------------------


@cache
def label_interface(xml: str) -> Any:
    from label_studio_sdk.label_interface import LabelInterface

    return LabelInterface(xml)


def control(name: str, xml: str = XML) -> ET.Element:
    (found,) = (element for element in ET.fromstring(xml).iter() if element.get("name") == name)
    return found


def options(name: str, key: str, xml: str = XML) -> list[str | None]:
    return [option.get(key) for option in control(name, xml)]


def test_label_studio_accepts_the_interface() -> None:
    label_interface(XML).validate()
    label_interface(expand_repeater(XML, 3)).validate()


def test_exports_name_labels_and_stances_by_the_ids_of_the_scheme_in_its_order() -> None:
    assert options("span", "alias") == [*SCHEME.entities, "CLAIM"]
    assert options("stance", "alias") == list(SCHEME.claim_stances)
    assert options("claim_stance_{{idx}}", "alias") == list(SCHEME.article_stances)


def test_annotators_see_the_arabic_names_the_colours_and_the_keys_of_the_scheme() -> None:
    labels = [*SCHEME.labels.values()]
    assert options("span", "value") == [label.of("ar") for label in labels]
    assert options("span", "background") == [label.color for label in labels]
    assert options("span", "hotkey") == [label.hotkey for label in labels]
    assert options("stance", "hotkey") == [stance.hotkey for stance in SCHEME.claim_stances.values()]
    assert options("claim_stance_{{idx}}", "value") == [stance.of("ar") for stance in SCHEME.article_stances.values()]
    # Without keys of their own, Label Studio gives them single letters. Each needs two held keys and the claim's number.
    keys = [str(key) for key in options("claim_stance_{{idx}}", "hotkey")]
    assert keys == ["ctrl+alt+{{idx}}", "ctrl+shift+{{idx}}", "alt+shift+{{idx}}", "ctrl+alt+shift+{{idx}}"]


def test_nothing_is_required_and_what_sticks_to_the_screen_is_a_child_of_the_root() -> None:
    view = ET.fromstring(XML)
    assert [element for element in view.iter() if element.get("required")] == []
    sticking = [
        child for child in view if {"mihakk-palette", "mihakk-claimbox"} & set(child.get("className", "").split())
    ]
    assert len(sticking) == 2


def test_text_is_selected_by_symbol() -> None:
    """Selection by word would take the proclitic along: لداعش for داعش."""
    assert control("text").get("granularity") == "symbol"
    assert control("text").get("value") == "$text"


def test_one_control_marks_entities_and_claims() -> None:
    """Two controls would let one region carry both."""
    labels = [element for element in ET.fromstring(XML).iter() if element.tag == "Labels"]
    assert [element.get("toName") for element in labels] == ["text"]
    assert labels[0].get("choice") == "single"


def test_the_stance_of_a_claim_is_asked_of_each_claim_and_of_nothing_else() -> None:
    stance = control("stance")
    asked = {key: stance.get(key) for key in ("toName", "perRegion", "whenLabelValue", "choice")}
    assert asked == {
        "toName": "text",
        "perRegion": "true",
        "whenLabelValue": "CLAIM",
        "choice": "single-radio",
    }


def test_what_a_claim_is_about_is_asked_of_each_claim_where_articles_take_stances() -> None:
    """The choices are the event's claims in the task's data, of which one is chosen."""
    about = control("about")
    asked = {key: about.get(key) for key in ("toName", "perRegion", "whenLabelValue", "value", "choice")}
    assert asked == {
        "toName": "text",
        "perRegion": "true",
        "whenLabelValue": "CLAIM",
        "value": "$claims",
        "choice": "single",
    }
    assert list(about) == []
    without = SCHEME.model_copy(update={"article_stances": {}})
    assert "about" not in {element.get("name") for element in ET.fromstring(interface_xml(without)).iter()}


@pytest.mark.parametrize("count", [0, 1, 12, 40])
def test_claims_are_choices_with_keys_of_their_own(count: int) -> None:
    claims = [EventClaim(f"c{n}", f"ادعاء {n}") for n in range(count)]
    rows = claim_rows(claims)
    assert [(row["value"], row["alias"]) for row in rows] == [(claim.text, claim.id) for claim in claims]
    # Ten digits, then letters, each once and none without a held key; who has more claims clicks.
    keys = [row["hotkey"] for row in rows if "hotkey" in row]
    assert len(set(keys)) == len(keys) == min(count, 36)
    assert keys[:10] == [f"shift+{digit}" for digit in "1234567890"][:count]
    assert all("+" in key for key in keys)


def test_claims_of_an_older_task_become_choices_once() -> None:
    old = data() | {"format": 1, "claims": [{"id": "c1", "text": "نص", "by": "lead"}]}
    made = completed(old)
    assert made["claims"] == [
        {"id": "c1", "text": "نص", "by": "lead", "value": "نص", "alias": "c1", "hotkey": "shift+1"}
    ]
    assert made["format"] == 2
    assert completed(made) is made
    assert read_task(made, SCHEME.identity) == read_task(old, SCHEME.identity)
    unreadable = data() | {"claims": ["c1"]}
    assert completed(unreadable) is unreadable


def test_a_claim_can_be_joined_to_its_source() -> None:
    relations = [element.get("value") for element in ET.fromstring(XML).iter("Relation")]
    assert relations == ["source"]


@pytest.mark.parametrize("count", [0, 1, 3, 11])
def test_the_interface_of_a_task_asks_once_about_each_claim(count: int) -> None:
    expanded = ET.fromstring(expand_repeater(XML, count))
    assert list(expanded.iter("Repeater")) == []
    assert "{{idx}}" not in ET.tostring(expanded, encoding="unicode")
    asked = [
        (e.get("name"), e.get("toName")) for e in expanded.iter("Choices") if e.get("name") not in ("stance", "about")
    ]
    assert asked == [(f"claim_stance_{n}", f"claim_text_{n}") for n in range(count)]
    shown = [(e.get("name"), e.get("value")) for e in expanded.iter("Text") if e.get("name") != "text"]
    assert shown == [(f"claim_text_{n}", f"$claims[{n}].text") for n in range(count)]


def hostile() -> Scheme:
    """Names that mean something in XML, and in Label Studio."""
    written = SCHEME.model_dump()
    written["entities"]["PERS"]["ar"] = '</Label><Text name="x" value="$y"/> & "\' ]]>'
    written["entities"]["ORG"]["ar"] = "سطر\nثان\tوثالث"
    written["claim_stances"]["deny"]["ar"] = "<!-- &lt; -->"
    written["article_stances"]["agree"]["ar"] = "$text & <b>"
    return Scheme.model_validate(written)


def test_names_with_xml_in_them_stay_names() -> None:
    scheme = hostile()
    xml = interface_xml(scheme)
    assert options("span", "value", xml) == [label.of("ar") for label in scheme.labels.values()]
    assert options("stance", "value", xml) == [stance.of("ar") for stance in scheme.claim_stances.values()]
    assert [e.tag for e in ET.fromstring(xml).iter()] == [e.tag for e in ET.fromstring(XML).iter()]
    label_interface(xml).validate()
    expanded = expand_repeater(xml, 2)
    assert options("span", "value", expanded) == options("span", "value", xml)
    label_interface(expanded).validate()


def test_a_name_that_looks_like_a_variable_needs_no_data() -> None:
    TaskCheck(interface_xml(hostile()))(make_task(ARTICLE, CLAIMS, hostile()))


# --- finished annotations in the interface ----------------------------------------------------------

EXPORT = json.loads((SAMPLE / "export.json").read_text(encoding="utf-8"))
FINISHED = [(task, annotation) for task in EXPORT for annotation in task["annotations"] if annotation["result"]]


def accepts(task: dict[str, Any], annotation: dict[str, Any]) -> bool:
    # The library does not know the Repeater: it wants the interface as it is for this task.
    return label_interface(expand_repeater(XML, len(task["data"]["claims"]))).validate_annotation(annotation)


def test_label_studio_accepts_every_annotation_of_the_sample() -> None:
    assert len(FINISHED) == 23  # 13 of annotator 1 and 10 of annotator 2
    for task, annotation in FINISHED:
        assert accepts(task, annotation)


def of_kind(kind: str, name: str, annotation: dict[str, Any]) -> dict[str, Any]:
    return next(item for item in annotation["result"] if item["type"] == kind and item["from_name"].startswith(name))


@pytest.mark.parametrize(
    ("kind", "name", "key"),
    [("labels", "span", "labels"), ("choices", "stance", "choices"), ("choices", "claim_stance_0", "choices")],
)
@pytest.mark.parametrize("value", ["NONE", "شخص"])
def test_label_studio_rejects_what_the_interface_does_not_offer(kind: str, name: str, key: str, value: str) -> None:
    """So that the acceptance above says something. The name on screen is none either: the alias is."""
    task, annotation = FINISHED[0]
    broken = copy.deepcopy(annotation)
    of_kind(kind, name, broken)["value"][key] = [value]
    assert accepts(task, annotation)
    assert not accepts(task, broken)


def test_label_studio_rejects_an_answer_about_a_claim_that_the_task_does_not_have() -> None:
    task, annotation = FINISHED[0]
    broken = copy.deepcopy(annotation)
    of_kind("choices", "claim_stance_0", broken)["from_name"] = f"claim_stance_{len(task['data']['claims'])}"
    assert not accepts(task, broken)


@pytest.mark.parametrize("task", EXPORT, ids=lambda task: task["data"]["doc_id"])
def test_the_tasks_of_the_sample_are_those_of_its_pages(task: dict[str, Any]) -> None:
    expected = json.loads((Path(__file__).parent / "sample_expected.json").read_text(encoding="utf-8"))
    article, claims = read_task(task["data"], SCHEME.identity)
    TaskCheck(XML)({"data": completed(task["data"])})
    assert {key: getattr(article, key) for key in expected[article.id]} == expected[article.id]
    assert [claim.id for claim in claims] == [claim["id"] for claim in task["data"]["claims"]]
