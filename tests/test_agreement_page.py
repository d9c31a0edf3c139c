"""The web page of agreement: its numbers, who agrees with whom, and both works in one text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from browser import keep_screenshot
from conftest import Here
from mihakk.configs.scheme import load_scheme
from mihakk.eval.agreement.measure import agreement
from mihakk.eval.agreement.records import Agreement
from mihakk.eval.pages.agreement import agreement_page
from mihakk.export.finished import FinishedTask, read_export
from web_pages import HOSTILE, SAMPLE, Reader, at, everybody_can_use, opened, unpacked

SCHEME = load_scheme()


@pytest.fixture(scope="module")
def work() -> list[FinishedTask]:
    """The sample, with a third annotator who marks every second name of the first; and hostile words."""
    tasks = []
    for task in read_export(SAMPLE, SCHEME).tasks:
        first = task.annotations[0]
        entities = tuple(span for span in first.entities[::2] if not any(span in c.sources for c in first.claims))
        third = replace(first, annotator="sami@example.org", entities=entities, claims=())
        tasks.append(replace(task, annotations=(*task.annotations, third)))
    last = tasks[-1]
    article = replace(
        last.article, text=f"{last.article.text}\n\n{HOSTILE}", title=HOSTILE, outlet=HOSTILE, text_sha256=""
    )
    return [*tasks[:-1], replace(last, article=article)]


@pytest.fixture(scope="module")
def found(work: list[FinishedTask]) -> Agreement:
    return agreement(work, SCHEME)


@pytest.fixture(scope="module")
def page(work: list[FinishedTask], found: Agreement) -> str:
    return agreement_page(found, work, SCHEME, "export.json")


def test_every_number_equals_the_commands_json(found: Agreement, page: str) -> None:
    written = json.dumps(found.as_json())
    for host in ("@example.com", "@example.org"):  # the page names nobody in full
        written = written.replace(host, "")
    numbers = Reader(page).numbers
    for path, value, shown in numbers:
        there = at(json.loads(written), path)
        assert float(value) == there, path
        assert shown == (str(there) if isinstance(there, int) else f"{there:.3f}"), path
    paths = {path for path, _, _ in numbers}
    assert "/entities/strict/micro/f1" in paths
    assert "/by_annotator/sami/entities/strict/micro/f1" in paths
    assert "/by_pair/annotator1 and sami/entities/strict/micro/f1" in paths
    assert "/stance/strict/kappa" in paths


def test_of_each_two_annotators_there_is_an_article_with_both_works(work: list[FinishedTask], page: str) -> None:
    data = unpacked(page)
    assert len(data["docs"]) == sum(len(t.annotations) * (len(t.annotations) - 1) // 2 for t in work)
    tasks = {task.article.id: task for task in work}
    for doc in data["docs"]:
        by_name = {a.annotator.split("@")[0]: a for a in tasks[doc["i"]].annotations}
        first, second = (by_name[name] for name in doc["w"])
        spans = {(s, e, data["labels"][label]) for s, e, label in doc["g"]}
        assert spans == {(s.start, s.end, s.label) for s in first.entities}
        there = {(s, e, data["labels"][label]) for _, _, s, e, label in doc["p"][0] if s >= 0}
        assert there == {(s.start, s.end, s.label) for s in second.entities}


def test_without_text_there_is_no_word_of_an_article(work: list[FinishedTask], found: Agreement) -> None:
    source = agreement_page(found, work, SCHEME, "export.json", text=False)
    assert all("x" not in doc and "t" not in doc for doc in unpacked(source)["docs"])
    assert "جبال القطا" not in source


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_pseudonyms_stand_in_the_page_and_in_the_numbers(here: Here, tmp_path: Path) -> None:
    assert here(f"export agreement {SAMPLE} --html a.html -o a.json --pseudonyms who.csv")[0] == 0
    page, numbers = ((tmp_path / name).read_text(encoding="utf-8") for name in ("a.html", "a.json"))
    assert "annotator-1" in page
    assert "annotator-1" in json.loads(numbers)["by_annotator"]
    assert "annotator1" not in page + numbers
    assert "annotator1@example.com,annotator-1" in (tmp_path / "who.csv").read_text(encoding="utf-8")
    assert here(f"export agreement {SAMPLE} --html a.html -o a.json --pseudonyms who.csv")[0] == 0


# --- in a browser


@pytest.fixture(scope="module")
def tab(page: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with opened(page, tmp_path_factory.mktemp("browser")) as tab:
        yield tab


@pytest.mark.browser
def test_everybody_can_use_the_page(tab: Any) -> None:
    everybody_can_use(tab, "agreement")


@pytest.mark.browser
def test_both_works_stand_in_one_text_and_hostile_words_do_nothing(tab: Any) -> None:
    tab.evaluate("() => { speak('en'); scrollTo(0, 0); }")
    keep_screenshot(tab, "web-page-agreement")
    tab.evaluate("() => document.getElementById('who').scrollIntoView()")
    keep_screenshot(tab, "web-page-annotators")
    names = tab.evaluate("data.docs[0].w")
    article = tab.locator("#article").inner_text()
    assert all(name in article for name in names)
    tab.evaluate("() => document.getElementById('articles').scrollIntoView()")
    tab.evaluate("() => { clear(); show(data.docs.length - 1); }")
    assert HOSTILE in tab.locator("#article").inner_text()
    assert tab.locator("main img, main script").count() == 0
    assert tab.title() != "broken"
