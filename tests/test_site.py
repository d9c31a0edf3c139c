"""The site of `make docs`: every page is in its navigation, links hold, nothing comes from outside, everybody can use it."""

from __future__ import annotations

import re
import runpy
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from browser import chromium, keep_screenshot
from web_pages import violations

ROOT = Path(__file__).resolve().parents[1]
MAKER = ROOT / "docs" / "site"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return runpy.run_path(str(MAKER / "build.py"))["build"](tmp_path_factory.mktemp("site"))


class Page(HTMLParser):
    """What a page links to, what it loads, and the places in it that a link may name."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.places: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.places |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif address := given.get("src") or given.get("href"):
            self.loaded.append(address)


def test_each_page_is_in_the_navigation_and_the_other_way_round(site: Path) -> None:
    def names(entries: list[Any]) -> Iterator[str]:
        for entry in entries:
            for inside in entry.values():
                yield from names(inside) if isinstance(inside, list) else [inside]

    listed = list(names(tomllib.loads((MAKER / "zensical.toml").read_text(encoding="utf-8"))["project"]["nav"]))
    assert sorted(listed) == sorted(runpy.run_path(str(MAKER / "build.py"))["PAGES"].values())
    assert {f"{Path(name).stem}.html" for name in listed} == {path.name for path in site.glob("*.html")}


def test_links_hold_and_nothing_comes_from_outside(site: Path) -> None:
    pages = {path: Page(path) for path in site.glob("*.html")}
    broken: list[str] = []
    for path, page in pages.items():
        for address in [*page.links, *page.loaded]:
            parts = urlsplit(urljoin(path.name, address))
            if parts.scheme or parts.netloc:
                if address in page.loaded:
                    broken.append(f"{path.name}: {address}: is loaded from outside")
                continue
            goal = site / unquote(parts.path) if parts.path else path
            if not goal.is_file():
                broken.append(f"{path.name}: {address}: there is no such file")
            elif parts.fragment and goal in pages and unquote(parts.fragment) not in pages[goal].places:
                broken.append(f"{path.name}: {address}: there is no such heading")
    assert broken == []


def test_an_arabic_page_is_arabic_and_runs_from_right_to_left(site: Path) -> None:
    for path in site.glob("*.html"):
        language, direction = ("ar", "rtl") if path.stem.endswith("-ar") else ("en", "ltr")
        source = path.read_text(encoding="utf-8")
        assert re.search(rf'<html lang="{language}"', source), path.name
        assert re.search(rf'<body dir="{direction}"', source), path.name


def test_each_column_of_a_table_has_a_heading(site: Path) -> None:
    """As axe wants it (empty-table-header): people who hear the page are told the column with each cell."""
    assert [path.name for path in site.glob("*.html") if re.search(r"<th[^>]*>\s*</th>", path.read_text())] == []


def test_the_list_of_commands_is_that_of_the_code() -> None:
    page = runpy.run_path(str(MAKER / "commands.py"))["page"]()
    assert (ROOT / "docs" / "commands.md").read_text(encoding="utf-8") == page, "run: make docs"


def test_what_is_to_be_installed_is_installed_from_a_checkout() -> None:
    """No package index has Mihakk: wherever an extra is named, it is one of pyproject.toml, of the folder that one is in."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    texts = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    texts += [path for room in ("annotate", "configs", "eval", "export") for path in (ROOT / room).rglob("*.py")]
    named: set[str] = set()
    for path in texts:
        text = path.read_text(encoding="utf-8")
        assert "mihakk[" not in text, path
        named |= set(re.findall(r"'\.\[(\w+)\]'|install_hint\(['\"](\w+)['\"]\)", text))
    assert {one or other for one, other in named} == set(extras)


# A page of each kind: text with blocks of commands, tables, a long table with code, pictures, an Arabic page.
KINDS = ("index", "annotators-ar", "numbers", "commands", "start-editor")

# The theme wraps tables and puts buttons on code after the page has come; docs/site/site.js makes both reachable.
READY = """() => document.querySelectorAll('pre').length === document.querySelectorAll('.md-code__nav[aria-label]').length
  && document.querySelectorAll('table').length === document.querySelectorAll('.md-typeset__scrollwrap[tabindex]').length"""


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a folder's files."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.browser
def test_everybody_can_use_the_site(site: Path, tmp_path: Path) -> None:
    """In light and dark, on a wide screen and a phone, axe finds nothing, nothing is too wide, and the search finds."""
    with served(site) as address, chromium(tmp_path / "profile") as tab:
        for scheme, width in (("light", 1400), ("dark", 1400), ("light", 390), ("dark", 390)):
            tab.emulate_media(color_scheme=scheme)
            tab.set_viewport_size({"width": width, "height": 1000})
            # Colours and widths do not depend on each other: the long pages are tried in two of the four looks.
            for kind in KINDS if (scheme == "light") == (width == 1400) else KINDS[:2]:
                tab.goto(f"{address}/{kind}.html")
                tab.wait_for_function(READY)
                assert violations(tab) == [], (kind, scheme, width)
                assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), (kind, scheme, width)
                keep_screenshot(tab, f"site-{kind}-{scheme}-{width}")
        tab.set_viewport_size({"width": 1400, "height": 1000})
        tab.goto(f"{address}/index.html")
        tab.wait_for_function(READY)
        tab.keyboard.press("Control+k")
        tab.get_by_role("combobox", name="Search").fill("tatweel")
        tab.get_by_text("Mentions: words without offsets").wait_for()
