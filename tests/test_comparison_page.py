"""The web page of a comparison: its numbers, who has which span right, and two systems in one text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mihakk
import pytest
from browser import keep_screenshot
from mihakk.eval.comparison import compare_systems, count_systems
from mihakk.eval.pages.comparison import comparison_page
from web_pages import HOSTILE, Reader, at, can_be_used, hostile_gold, opened, predictions_of, unpacked, violations


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Gold, a baseline with errors in every fifth span, a better system and one that gives a label of its own."""
    folder = tmp_path_factory.mktemp("comparison")
    documents = hostile_gold(folder / "gold")
    for name, every in (("a.jsonl", 5), ("b.v2.jsonl", 9), ("c.jsonl", 4)):
        (folder / name).write_text(predictions_of(documents, every), encoding="utf-8")
    rows = [json.loads(line) for line in (folder / "c.jsonl").read_text(encoding="utf-8").splitlines()]
    rows[0]["entities"][0]["label"] = "ZZZ"
    (folder / "own-label.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return [folder / "gold", *(folder / name for name in ("a.jsonl", "b.v2.jsonl", "c.jsonl"))]


def made(gold: Path, *systems: Path, text: bool = True) -> tuple[dict[str, Any], str]:
    counted = count_systems(gold, [(None, path) for path in systems], split="test", mapping=None, iou=0.5)
    comparison = compare_systems(counted, resampled=100)
    return comparison.as_json(), comparison_page(comparison, counted, text=text)


@pytest.fixture(scope="module")
def page(files: list[Path]) -> tuple[dict[str, Any], str]:
    return made(*files[:3])


def right(gold: Path, predictions: Path) -> list[list[bool]]:
    """Whether each gold span of each document is predicted as it is, by reading the files as any program would."""
    rows = {row["id"]: row for row in map(json.loads, predictions.read_text(encoding="utf-8").splitlines())}
    found = []
    for name, document in mihakk.read_gold(gold).documents().items():
        there = {(s["start"], s["end"], s["label"]) for s in rows[name]["entities"]}
        found.append([(s.start, s.end, s.label) in there for s in document.annotation.entities])
    return found


def test_every_number_equals_the_comparisons_json(page: tuple[dict[str, Any], str]) -> None:
    comparison, source = page
    numbers = Reader(source).numbers
    assert len(numbers) > 30
    for path, value, shown in numbers:
        found = at(comparison, path)
        assert float(value) == found, path
        signed = "/difference" in path[5:].removeprefix("rences") or "/interval/" in path
        assert shown == (f"{found:+.3f}" if signed else f"{found:.3f}"), path
    assert "/differences/b.v2.jsonl/entities.strict.micro.f1/difference" in {path for path, _, _ in numbers}


def test_spans_are_counted_by_who_has_them_right(files: list[Path], page: tuple[dict[str, Any], str]) -> None:
    a, b = (right(files[0], path) for path in files[1:3])
    pairs = [two for one, other in zip(a, b, strict=True) for two in zip(one, other, strict=True)]
    shown = dict(re.findall(r'data-asked="(\w+)"[^>]*>(?:<span[^>]*>[^<]*</span>)*(?:: )?(\d+)<', page[1]))
    assert {kind: int(shown[kind]) for kind in ("both", "first", "second", "neither")} == {
        "both": pairs.count((True, True)),
        "first": pairs.count((True, False)),
        "second": pairs.count((False, True)),
        "neither": pairs.count((False, False)),
    }
    assert sum(int(shown[kind]) for kind in ("better", "worse", "equal")) == len(a)
    # Each circle has its articles.
    circles = re.findall(r"<circle cx[^>]*><title>(\d+)</title>", page[1])
    assert sum(map(int, circles)) == len(a)


def test_labels_of_one_system_alone_do_not_change_those_of_another(files: list[Path]) -> None:
    gold = mihakk.read_gold(files[0])
    rows = [
        {
            "id": name,
            "text": d.article.text,
            "entities": [{"start": s.start, "end": s.end, "label": s.label} for s in d.annotation.entities],
        }
        for name, d in gold.documents().items()
    ]
    folder = files[0].parent
    (folder / "gold.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    # A gold file, unlike a gold folder, allows labels that it does not have.
    systems = folder / "own-label.jsonl", files[2]
    data = unpacked(made(folder / "gold.jsonl", *systems)[1])
    for n, path in enumerate(systems):
        predicted = {row["id"]: row for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())}
        for doc in data["docs"]:
            spans = {(s, e, data["labels"][label]) for _, _, s, e, label in doc["p"][n] if s >= 0}
            assert spans == {(s["start"], s["end"], s["label"]) for s in predicted[doc["i"]]["entities"]}
    assert "ZZZ" in data["labels"]


def test_without_text_there_is_no_word_of_an_article(files: list[Path]) -> None:
    data = unpacked(made(*files[:3], text=False)[1])
    assert all("x" not in doc and "t" not in doc for doc in data["docs"])


# --- in a browser


@pytest.fixture(scope="module")
def tab(page: tuple[dict[str, Any], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with opened(page[1], tmp_path_factory.mktemp("browser")) as tab:
        yield tab


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize(("scheme", "width"), [("light", 1400), ("dark", 1400), ("light", 390), ("dark", 390)])
def test_everybody_can_use_the_page(tab: Any, scheme: str, width: int, language: str) -> None:
    can_be_used(tab, "comparison", scheme, width, language)


@pytest.mark.browser
def test_a_click_shows_the_articles_where_one_is_right_and_the_other_wrong(tab: Any, files: list[Path]) -> None:
    a, b = (right(files[0], path) for path in files[1:3])
    tab.emulate_media(color_scheme="light")
    tab.set_viewport_size({"width": 1400, "height": 1000})
    tab.evaluate("() => { speak('en'); scrollTo(0, 0); }")
    keep_screenshot(tab, "web-page-comparison")
    tab.locator("[data-asked=first]").click()
    having = sum(any(x and not y for x, y in zip(one, other, strict=True)) for one, other in zip(a, b, strict=True))
    assert having > 0
    assert tab.locator("#list button").count() == having
    assert tab.locator("#article .of-a").count() > 0
    assert tab.locator("#article .of-ab").count() > 0
    keep_screenshot(tab, "web-page-comparison-articles")
    tab.locator("[data-asked=worse]").click()
    tab.locator("#clear").click()
    assert tab.locator("#list button").count() == len(a)


@pytest.mark.browser
def test_hostile_words_do_nothing(tab: Any) -> None:
    tab.evaluate("() => { clear(); show(data.docs.length - 1); }")
    assert HOSTILE in tab.locator("#article").inner_text()
    assert tab.locator("#article img, #article script, #list img").count() == 0
    assert tab.title() != "broken"


@pytest.mark.browser
def test_of_three_systems_two_are_drawn(tab: Any, files: list[Path], tmp_path: Path) -> None:
    (tmp_path / "three.html").write_text(made(*files)[1], encoding="utf-8")
    tab.goto((tmp_path / "three.html").as_uri())
    tab.wait_for_selector("html[data-ready]")
    assert tab.locator("#system option").all_inner_texts() == ["b.v2.jsonl", "c.jsonl"]
    tab.select_option("#system", "2")
    assert tab.evaluate("seen") == [0, 2]
    tab.locator("[data-asked=second][data-system='1']").click()
    assert tab.evaluate("seen") == [0, 1]
    assert violations(tab) == []
