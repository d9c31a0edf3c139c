"""The web page of a gold dataset: its numbers are those of gold.json, and it shows who reports on what."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import mihakk
import pytest
from browser import keep_screenshot
from conftest import Here
from mihakk.eval.gold.records import Gold, SetAside
from mihakk.export.dataset import header_of
from mihakk.export.page import dataset_page
from web_pages import HOSTILE, SAMPLE, Reader, at, can_be_used, hostile_gold, opened, unpacked


@pytest.fixture(scope="module")
def gold(tmp_path_factory: pytest.TempPathFactory) -> Gold:
    """The sample in its splits, with hostile words in an article and in what was left out."""
    sample = mihakk.make_gold(SAMPLE)
    changed = {d.article.id: d for d in hostile_gold(tmp_path_factory.mktemp("dataset") / "gold")}
    splits = {split: [changed[d.article.id] for d in documents] for split, documents in sample.splits.items()}
    aside = SetAside("x", ("huda@example.org",), HOSTILE, "not by huda@example.org", undecided=True)
    return replace(sample, splits=splits, set_aside=(*sample.set_aside, aside))


@pytest.fixture(scope="module")
def page(gold: Gold) -> str:
    return dataset_page(gold, "export dataset")


def test_every_number_equals_gold_json(gold: Gold, page: str) -> None:
    header = json.loads(json.dumps(header_of(gold)))
    numbers = Reader(page).numbers
    for path, value, shown in numbers:
        found = at(header, path)
        assert float(value) == found, path
        assert shown == (str(found) if isinstance(found, int) else f"{found:.3f}"), path
    paths = {path for path, _, _ in numbers}
    assert {"/counts/documents", "/counts/entities", "/counts/set_aside", "/splits/train"} <= paths
    assert "/agreement_before_merging/entities" in paths
    for name in header["distribution"]["entities"]:
        assert f"/distribution/entities/{name}/test" in paths


def test_events_that_two_outlets_report_are_counted(gold: Gold, page: str) -> None:
    events: dict[str, set[str]] = {}
    for document in gold.split("all"):
        if document.article.outlet:
            events.setdefault(document.article.event_id or "", set()).add(document.article.outlet)
    table = page[page.index('id="together"') : page.index('id="matrix"')]
    names = re.findall(r'<th scope="row"><bdi>(.*?)</bdi>', table)
    rows = [re.findall(r"<td class=\"t\d.*?\">(?:<span[^>]*>)?(\d+|·)", row) for row in table.split("<tr>")[2:]]
    assert len(names) == len(rows) == len({o for outlets in events.values() for o in outlets})
    for name, row in zip(names, rows, strict=True):
        for other, shown in zip(names, row, strict=True):
            # Hostile names are escaped in the page; they are on no list of a plain outlet.
            if "<" in HOSTILE and "&lt;" not in name + other:
                both = sum({name, other} <= outlets for outlets in events.values())
                assert shown == (str(both) if both else "·"), (name, other)


def test_reasons_of_what_was_left_out_are_counted_and_name_nobody(gold: Gold, page: str) -> None:
    counts = dict(re.findall(r'<summary><span lang="en" dir="ltr">([^<]+)</span>: (\d+)', page))
    assert sum(map(int, counts.values())) == len(gold.set_aside)
    assert "not by huda" in counts
    assert not re.search(r"[\w.]+@[\w-]+\.[a-z]", page), "no e-mail address"


def test_without_text_there_is_no_word_of_an_article(gold: Gold) -> None:
    source = dataset_page(gold, "export dataset", text=False)
    assert all("x" not in doc and "t" not in doc for doc in unpacked(source)["docs"])
    assert 'id="examples"' not in source
    assert 'class="quoted"' not in source


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_the_commands_write_it(here: Here, tmp_path: Path) -> None:
    assert here(f"export dataset {SAMPLE} -o gold --html gold.html")[0] == 0
    first = (tmp_path / "gold.html").read_text(encoding="utf-8")
    assert 'content="mihakk export dataset"' in first
    assert str(tmp_path) not in first
    assert here(f"export dataset {SAMPLE} -o gold --html gold.html")[0] == 0
    assert here("export write gold --as iob2 -o all.iob2")[0] == 0
    assert here("export read all.iob2 --as iob2 -o read --html read.html --no-text")[0] == 0
    read = (tmp_path / "read.html").read_text(encoding="utf-8")
    assert "all.iob2" in read
    assert all("x" not in doc for doc in unpacked(read)["docs"])


def test_a_page_in_the_datasets_own_folder_is_refused(here: Here, tmp_path: Path) -> None:
    code, _, problem = here(f"export dataset {SAMPLE} -o gold --html gold/page.html")
    assert code == 2
    assert "gold/page.html: lies in gold, which this command writes whole" in problem
    assert not (tmp_path / "gold").exists()


# --- in a browser


@pytest.fixture(scope="module")
def tab(page: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with opened(page, tmp_path_factory.mktemp("browser")) as tab:
        yield tab


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize(("scheme", "width"), [("light", 1400), ("dark", 1400), ("light", 390), ("dark", 390)])
def test_everybody_can_use_the_page(tab: Any, scheme: str, width: int, language: str) -> None:
    can_be_used(tab, "dataset", scheme, width, language)


@pytest.mark.browser
def test_an_example_opens_its_article_and_hostile_words_do_nothing(tab: Any) -> None:
    tab.emulate_media(color_scheme="light")
    tab.set_viewport_size({"width": 1400, "height": 1000})
    tab.evaluate("() => { speak('en'); scrollTo(0, 0); }")
    keep_screenshot(tab, "web-page-dataset")
    link = tab.locator("#examples a").nth(1)
    words = link.locator("mark").inner_text()
    link.click()
    tab.wait_for_selector("#article .here")
    assert "".join(tab.locator("#article .here").all_inner_texts()) == words
    tab.evaluate("hostile => { clear(); show(data.docs.findIndex(doc => doc.o === hostile)); }", HOSTILE)
    assert HOSTILE in tab.locator("#article").inner_text()
    assert HOSTILE in tab.locator("#together").inner_text()
    assert tab.locator("main img, main script").count() == 0
    assert tab.title() != "broken"
