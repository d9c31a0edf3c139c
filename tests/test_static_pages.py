"""The pages of inspect, of findings and of guidelines in a browser: they have the look of all pages, and ask nobody."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import keep_screenshot
from conftest import Here
from mihakk.annotate.inspection import inspect, write_html
from mihakk.annotate.instructions import guidelines_page
from mihakk.annotate.pages.sources import read_articles
from mihakk.configs.scheme import load_scheme
from test_check_pages import export
from web_pages import HOSTILE, SAMPLE, everybody_can_use, opened

SCHEME = load_scheme()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Each page by its name; the sample's articles, and one with hostile words."""
    from mihakk.configs.checks import load_checks
    from mihakk.export.check.check import check_tasks
    from mihakk.export.check.pages import write_pages

    assert load_checks()
    folder = tmp_path_factory.mktemp("static")
    line = "أعلنت البلدية أن الجسر القديم سيفتح أمام المشاة والسيارات الصغيرة في مطلع الأسبوع المقبل بعد الترميم."
    (folder / "hostile.txt").write_text(f"{HOSTILE}\n\n{line}\n\n{HOSTILE}\n\n{line} ثانية\n", encoding="utf-8")
    sources = [str(SAMPLE.parent / "pages"), str(folder / "hostile.txt")]
    write_html(inspect(read_articles(sources)), folder / "inspection.html")
    names = write_pages(check_tasks(export(), SCHEME).findings, "http://127.0.0.1:8080", folder, SCHEME)
    return {
        "inspection": (folder / "inspection.html").read_text(encoding="utf-8"),
        "findings": (folder / names[0]).read_text(encoding="utf-8"),
        "guidelines": guidelines_page(SCHEME),
    }


@pytest.mark.parametrize("name", ["inspection", "findings", "guidelines"])
def test_nothing_on_the_page_can_run_or_ask_for_anything(pages: dict[str, str], name: str) -> None:
    source = pages[name]
    assert "default-src 'none'" in source
    assert len(re.findall("<script", source)) == 1
    assert not re.search(r"<[^>]+\s(?:style|on\w+|src)=", source)
    assert source.startswith('<!doctype html>\n<html lang="ar" dir="rtl">')


def test_the_page_of_findings_has_no_address_of_anybody(pages: dict[str, str]) -> None:
    assert "example.org" not in pages["findings"]
    assert "<bdi>huda</bdi>" in pages["findings"]


# --- in a browser


@pytest.fixture(scope="module")
def tab(pages: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("browser")
    for name, source in pages.items():
        (folder / f"{name}.html").write_text(source, encoding="utf-8")
    with opened(pages["inspection"], folder) as tab:
        tab.folder = folder
        yield tab


@pytest.mark.browser
@pytest.mark.parametrize("name", ["inspection", "findings", "guidelines"])
def test_everybody_can_use_the_page(tab: Any, name: str) -> None:
    tab.goto((tab.folder / f"{name}.html").as_uri())
    tab.wait_for_selector("html[data-ready]")
    assert tab.evaluate("document.documentElement.lang") == "ar"
    everybody_can_use(tab, name)


@pytest.mark.browser
@pytest.mark.parametrize("name", ["inspection", "findings", "guidelines"])
def test_hostile_words_do_nothing(tab: Any, name: str) -> None:
    tab.goto((tab.folder / f"{name}.html").as_uri())
    tab.wait_for_selector("html[data-ready]")
    tab.evaluate("speak('en')")
    assert tab.locator("main script, main img").count() == 0
    assert tab.title() != "broken"
    if name != "findings":
        keep_screenshot(tab, f"web-page-{name}")


@pytest.mark.browser
def test_an_annotator_reads_findings_in_arabic(tab: Any) -> None:
    """On the page of the sample's second annotator: no English, but for what is written in the export."""
    from mihakk.export.check.check import check_tasks
    from mihakk.export.check.pages import write_pages

    tasks = json.loads((SAMPLE.parent / "export.json").read_text(encoding="utf-8"))
    names = write_pages(check_tasks(tasks, SCHEME).findings, "http://127.0.0.1:8080", tab.folder, SCHEME)
    tab.goto((tab.folder / next(name for name in names if "annotator2" in name)).as_uri())
    tab.wait_for_selector("html[data-ready]")
    words = set(re.findall("[a-z]{3,}", re.sub(r"annotator2|\d\d_\w+", "", tab.inner_text("main"))))
    assert words == set()
    assert "إن كان «و» حرفاً متصلاً فالصواب: «وادي الغرنوق»" in tab.inner_text("main")
    keep_screenshot(tab, "web-page-findings")


@pytest.mark.browser
def test_only_what_needs_a_look_is_shown_when_asked(tab: Any) -> None:
    tab.goto((tab.folder / "inspection.html").as_uri())
    tab.wait_for_selector("html[data-ready]")
    every = tab.locator("main > article")
    marked = tab.locator("main > article:has(.suspicion, .bad)").count()
    assert 0 < marked < every.count()
    tab.check("#only")
    assert tab.locator("main > article:visible").count() == marked
    assert f"{marked} / {every.count()}" in tab.inner_text("header")


@pytest.mark.browser
def test_the_report_is_read_in_arabic_on_a_phone(tab: Any) -> None:
    """Reasons are not in English, numbers of lines are whole, and nothing stands outside the screen."""
    tab.goto((tab.folder / "inspection.html").as_uri())
    tab.wait_for_selector("html[data-ready]")
    before = tab.viewport_size
    tab.set_viewport_size({"width": 400, "height": 900})
    assert tab.evaluate("document.documentElement.scrollWidth") <= 400
    heights = "e => { const r = document.createRange(); r.selectNodeContents(e); return r.getClientRects().length }"
    numbers = tab.locator(".seams:visible td:first-child:not(:empty)")
    assert numbers.count()
    assert {numbers.nth(n).evaluate(heights) for n in range(min(40, numbers.count()))} == {1}
    assert re.findall("[a-z]{3,}", " ".join(tab.locator(".why:visible").all_inner_texts())) == []
    tab.set_viewport_size(before)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_a_scheme_in_another_language_has_pages_in_english_alone(here: Here, tmp_path: Path) -> None:
    (tmp_path / "scheme.yaml").write_text(
        "name: law\nversion: '1.0'\nlanguage: de\ntitle: Recht\nnesting: flat\n"
        "entities: {COURT: {name: Gericht, hotkey: g, definition: Ein Gericht}}\n",
        encoding="utf-8",
    )
    assert here("annotate guidelines --scheme scheme.yaml -o guide.html")[0] == 0
    source = (tmp_path / "guide.html").read_text(encoding="utf-8")
    assert '<div dir="ltr" lang="de">' in source
    assert '<button type="button" id="language"' not in source
    shown = re.sub(r"<(style|script).*?</\1>", "", source, flags=re.DOTALL)
    assert not re.search(r"[\u0620-\u064a]", shown)
