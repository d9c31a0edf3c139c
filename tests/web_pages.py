"""What the tests of web pages share: pages read as text and opened in a real chromium, and a gold set to show."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import mihakk
from browser import chromium, keep_screenshot
from mihakk.annotate.document import Annotation
from mihakk.eval.gold.records import GoldDocument

SAMPLE = Path(mihakk.__file__).parent / "annotate" / "sample" / "export.json"
HOSTILE = "<script>document.title='broken'</script><img src=x onerror=\"document.title='broken'\">"


def hostile_gold(folder: Path) -> list[GoldDocument]:
    """The sample as a gold set in `folder`, with hostile words in the last article."""
    gold = mihakk.make_gold(SAMPLE)
    documents = list(gold.split("all"))
    last = documents[-1]
    article = replace(
        last.article, text=f"{last.article.text}\n\n{HOSTILE}", title=HOSTILE, outlet=HOSTILE, text_sha256=""
    )
    documents[-1] = replace(last, article=article)
    # The sample links no claim to the event's claims; here the first of each article is linked.
    documents = [replace(d, annotation=with_link(d)) for d in documents]
    mihakk.write_gold(replace(gold, splits={"test": documents}), folder)
    return documents


def predictions_of(documents: list[GoldDocument], every: int) -> str:
    """Rows of predictions, with an error of each kind in every so many spans."""
    rows = []
    for document in documents:
        spans = []
        for n, span in enumerate(document.annotation.entities):
            start = span.start + 1 if n % every == 1 and span.end - span.start > 2 else span.start
            label = "LOC" if n % every == 2 else span.label
            if n % every != 3:
                spans.append({"start": start, "end": span.end, "label": label})
        claims = [{"start": c.start, "end": c.end, "stance": c.stance} for c in document.annotation.claims[::2]]
        stances = dict.fromkeys(document.annotation.stances, "agree")
        rows.append({"id": document.article.id, "entities": spans, "claims": claims, "stances": stances})
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def with_link(document: GoldDocument) -> Annotation:
    """The annotation, whose first claim is about the first claim of the event that the article has a stance on."""
    annotation = document.annotation
    if not annotation.claims or not annotation.stances:
        return annotation
    first, *rest = annotation.claims
    return replace(annotation, claims=(replace(first, about=min(annotation.stances)), *rest))


class Reader(HTMLParser):
    """The numbers that name their place in scores.json, as (place, value, as shown); and every attribute's value."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.numbers: list[tuple[str, str, str]] = []
        self.attributes: list[tuple[str, str | None]] = []
        self._open: dict[str, str | None] | None = None
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += attrs
        self._open = dict(attrs) if tag == "data" else None

    def handle_data(self, data: str) -> None:
        if self._open and self._open.get("data-path"):
            self.numbers.append((str(self._open["data-path"]), str(self._open["value"]), data))
        self._open = None


def at(node: Any, path: str) -> Any:
    """The value at a place in JSON: keys with dots between them, or a JSON Pointer."""
    keys = (
        [key.replace("~1", "/").replace("~0", "~") for key in path[1:].split("/")]
        if path[0] == "/"
        else path.split(".")
    )
    for key in keys:
        node = node[int(key)] if isinstance(node, list) else node[key]
    return node


def unpacked(source: str) -> dict[str, Any]:
    packed = re.search(r'id="data">([^<]+)<', source)
    assert packed
    return json.loads(gzip.decompress(base64.b64decode(packed[1])))


@contextmanager
def opened(source: str, folder: Path) -> Iterator[Any]:
    """The page in a browser, once it is ready. Leaving fails if the browser's console said anything."""
    (folder / "page.html").write_text(source, encoding="utf-8")
    with chromium(folder / "profile") as tab:
        said: list[str] = []
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.goto((folder / "page.html").as_uri())
        tab.wait_for_selector("html[data-ready]")
        yield tab
        assert said == []


def violations(tab: Any) -> list[str]:
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        from live import cannot

        cannot("axe-playwright-python is not installed")
    found = Axe().run(tab).response["violations"]
    return [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]]


def can_be_used(tab: Any, name: str, scheme: str, width: int, language: str) -> None:
    """In one look, axe finds nothing and nothing is wider than the screen."""
    tab.emulate_media(color_scheme=scheme)
    tab.set_viewport_size({"width": width, "height": 1000})
    tab.evaluate("language => speak(language)", language)
    assert violations(tab) == [], (scheme, width, language)
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), (scheme, width, language)
    tab.evaluate("scrollTo(0, 0)")
    keep_screenshot(tab, f"{name}-{scheme}-{width}-{language}")


def everybody_can_use(tab: Any, name: str) -> None:
    """In light and dark, on a wide screen and a phone, in both languages: axe finds nothing, nothing is too wide."""
    for scheme, width in (("light", 1400), ("dark", 1400), ("light", 390), ("dark", 390)):
        for language in ("en", "ar"):
            can_be_used(tab, name, scheme, width, language)
    tab.emulate_media(color_scheme="light")
    tab.set_viewport_size({"width": 1400, "height": 1000})
    tab.evaluate("speak('en')")
