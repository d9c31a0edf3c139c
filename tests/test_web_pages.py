"""The web page of scores, as text and in a real chromium: its numbers, its letters, its safety, its accessibility."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mihakk
import pytest
from browser import keep_screenshot
from mihakk.configs.pages.look import arabic_words
from mihakk.eval.pages.score import score_page
from mihakk.eval.score import read_sides, score_sides
from web_pages import HOSTILE, Reader, at, can_be_used, hostile_gold, opened, predictions_of, unpacked

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("web pages")
    (folder / "p.jsonl").write_text(predictions_of(hostile_gold(folder / "gold"), 5), encoding="utf-8")
    return folder / "gold", folder / "p.jsonl"


def made(gold: Path, predictions: Path, *, text: bool = True) -> tuple[dict[str, Any], str]:
    sides = read_sides(gold, predictions)
    scores = score_sides(sides, sides.predictions)
    return scores.as_json(), score_page(scores, sides, text=text)


@pytest.fixture(scope="module")
def page(pair: tuple[Path, Path]) -> tuple[dict[str, Any], str]:
    return made(*pair)


def test_every_number_on_the_page_equals_scores_json(page: tuple[dict[str, Any], str]) -> None:
    scores, source = page
    numbers = Reader(source).numbers
    for path, value, shown in numbers:
        found = at(scores, path)
        assert float(value) == found, path
        assert shown == (str(found) if isinstance(found, int) else f"{found:.3f}"), path
    paths = {path for path, _, _ in numbers}
    assert {
        "size.documents",
        "tasks.entities.strict.micro.f1",
        "tasks.entities.strict+clitic.micro.f1",
        "tasks.claims.overlap.micro.f1",
        "tasks.stance.strict.accuracy",
    } <= paths
    # Of each label F1, precision, recall, gold and predicted, if they are defined.
    labels = scores["tasks"]["entities"]["strict"]["labels"]
    assert {f"tasks.entities.strict.labels.{name}.gold" for name in labels} <= paths


def test_kinds_and_confusions_count_every_span_once(page: tuple[dict[str, Any], str]) -> None:
    scores, source = page
    strict = scores["tasks"]["entities"]["strict"]["micro"]
    kinds = dict(re.findall(r'data-kind-name="([^"]+)">.*?</button></th><td>(\d+)', source))
    assert int(kinds["correct"]) == strict["cor"]
    cells = re.findall(r'class="pair" data-gold="([^"]*)" data-predicted="([^"]*)">(\d+)<', source)
    assert sum(int(n) for gold, _, n in cells if gold) == strict["gold"]
    assert sum(int(n) for _, predicted, n in cells if predicted) == strict["predicted"]


def test_nothing_on_the_page_can_run_or_ask_for_anything(page: tuple[dict[str, Any], str]) -> None:
    _, source = page
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', source)
    assert policy
    assert policy[1].startswith("default-src 'none';")
    assert "unsafe" not in policy[1]
    scripts = re.findall(r"<script>(.*?)</script>", source, re.DOTALL)
    assert len(scripts) == 1, "hostile words are no script"
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy[1]
    names = {name for name, _ in Reader(source).attributes}
    assert not {name for name in names if name.startswith("on") or name in ("src", "style", "action")}
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|eval\(|https?://", source)


def test_the_page_names_no_folder_of_this_machine(pair: tuple[Path, Path], page: tuple[dict[str, Any], str]) -> None:
    assert str(pair[0].parent) not in page[1]


def test_without_text_the_page_has_no_word_of_an_article(pair: tuple[Path, Path]) -> None:
    _, source = made(*pair, text=False)
    data = unpacked(source)
    documents = mihakk.read_gold(pair[0]).split("all")
    assert all("x" not in doc and "t" not in doc for doc in data["docs"])
    assert not [d.article.id for d in documents if d.article.title and d.article.title in json.dumps(data)]


def test_the_data_has_every_span_at_its_place(pair: tuple[Path, Path], page: tuple[dict[str, Any], str]) -> None:
    data = unpacked(page[1])
    gold = mihakk.read_gold(pair[0]).documents()
    predicted = {row["id"]: row for row in map(json.loads, pair[1].read_text(encoding="utf-8").splitlines())}
    for doc in data["docs"]:
        spans = {(s, e, data["labels"][label]) for s, e, label in doc["g"]}
        assert spans == {(s.start, s.end, s.label) for s in gold[doc["i"]].annotation.entities}
        rows = {(s, e, data["labels"][label]) for _, _, s, e, label in doc["p"][0] if s >= 0}
        assert rows == {(s["start"], s["end"], s["label"]) for s in predicted[doc["i"]]["entities"]}
        assert doc["x"] == gold[doc["i"]].article.text


def test_every_phrase_is_there_in_both_languages() -> None:
    sources = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "configs" / "pages").glob("*.html"))
    phrases = set(re.findall(r'\b(?:t|option)\("([^"]+)"\)', sources))
    assert phrases
    assert phrases <= arabic_words().keys()
    assert all(re.search(r"[\u0620-\u064a]", arabic) for arabic in arabic_words().values())


def test_the_command_writes_the_page_over_its_own_page_only(pair: tuple[Path, Path], tmp_path: Path) -> None:
    page = tmp_path / "page.html"

    def run() -> int:
        command = [sys.executable, "-m", "mihakk", "eval", "score", *map(str, pair), "--html", str(page)]
        return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode

    assert run() == 0
    first = page.read_bytes()
    assert run() == 0
    assert page.read_bytes() == first, "the same scores, the same page"
    page.write_text("mine", encoding="utf-8")
    assert run() == 2
    assert page.read_text(encoding="utf-8") == "mine"


# --- in a browser


@pytest.fixture(scope="module")
def tab(page: tuple[dict[str, Any], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with opened(page[1], tmp_path_factory.mktemp("browser")) as tab:
        yield tab


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize(("scheme", "width"), [("light", 1400), ("dark", 1400), ("light", 390), ("dark", 390)])
def test_everybody_can_use_the_page(tab: Any, scheme: str, width: int, language: str) -> None:
    can_be_used(tab, "scores", scheme, width, language)
    tab.evaluate("() => document.getElementById('articles').scrollIntoView()")
    keep_screenshot(tab, f"scores-articles-{scheme}-{width}-{language}")


@pytest.mark.browser
def test_hostile_words_are_shown_and_do_nothing(tab: Any) -> None:
    tab.evaluate("() => { clear(); show(data.docs.length - 1); one('event').value = data.docs.at(-1).e; drawEvent(); }")
    assert HOSTILE in tab.locator("#article").inner_text()
    assert HOSTILE in tab.locator("#cells").inner_text()
    assert tab.locator("#article img, #article script, #list img, #cells img").count() == 0
    assert tab.title() != "broken"


@pytest.mark.browser
def test_letters_of_marked_words_join_as_in_plain_text(tab: Any) -> None:
    """Each paragraph looks as its plain text does, once the marks' colours and the raised labels are gone."""
    tab.emulate_media(color_scheme="light")
    tab.set_viewport_size({"width": 1400, "height": 1000})
    # An article with the word that is looked at, and with marks that begin inside words.
    inside = """() => { data.docs.forEach(d => { d.cp = Array.from(d.x); });
        const cut = (d) => d.p[0].filter(([, , s]) => s > 0 && letter.test(d.cp[s]) && letter.test(d.cp[s - 1])).length;
        const n = data.docs.findIndex(d => d.x.includes('السندارية') && cut(d) > 3); clear(); show(n); return n; }"""
    assert tab.evaluate(inside) >= 0
    tab.evaluate("""() => { for (const p of document.querySelectorAll('#article .text p')) { for (const each of p.querySelectorAll('sup')) each.remove();
        for (const each of p.querySelectorAll('i')) { each.style.setProperty('background', 'none', 'important'); each.style.setProperty('text-decoration', 'none', 'important'); } } }""")
    box = tab.locator("#article .text")
    marked = box.screenshot()
    flat = "p.textContent = p.textContent"
    tab.evaluate(f"() => {{ for (const p of document.querySelectorAll('#article .text p')) {flat} }}")
    assert tab.locator("#article .text i").count() == 0
    # The edges of letters may lie a fraction of a pixel elsewhere; a letter of another form differs in whole pixels.
    assert greatest_difference(box.screenshot(), marked) < 100
    parted = "p.textContent = p.textContent.replace(/السندارية/, 'السنداري\u200cة')"
    tab.evaluate(f"() => {{ for (const p of document.querySelectorAll('#article .text p')) {parted} }}")
    assert greatest_difference(box.screenshot(), marked) > 150, "one letter that does not join would be seen"


def greatest_difference(first: bytes, second: bytes) -> int:
    """Of two pictures of one size, in steps of grey from 0 to 255."""
    from PIL import Image, ImageChops

    one, other = (Image.open(io.BytesIO(picture)).convert("L") for picture in (first, second))
    assert one.size == other.size
    return int(ImageChops.difference(one, other).getextrema()[1])


@pytest.mark.browser
def test_no_raised_label_stands_inside_a_word(tab: Any) -> None:
    tab.evaluate("() => { speak('en'); clear(); show(1); document.getElementById('articles').scrollIntoView(); }")
    keep_screenshot(tab, "web-page-articles")
    around = tab.evaluate("""() => [...document.querySelectorAll('#article sup')].map(sup => {
        const range = document.createRange(), p = sup.closest('p');
        range.setStart(p, 0); range.setEndBefore(sup);
        const holder = document.createElement('p'); holder.append(range.cloneContents());
        for (const each of holder.querySelectorAll('sup')) each.remove();
        const before = holder.textContent, whole = p.cloneNode(true);
        for (const each of whole.querySelectorAll('sup')) each.remove();
        return [before.at(-1), whole.textContent[before.length] || '', sup.dir]; })""")
    assert len(around) > 10
    assert [(a, b) for a, b, _ in around if re.match(r"\w", a) and re.match(r"\w", b)] == []
    assert {direction for _, _, direction in around} == {"ltr"}


@pytest.mark.browser
def test_filters_keys_and_links(tab: Any, page: tuple[dict[str, Any], str]) -> None:
    data = unpacked(page[1])
    tab.evaluate("() => { speak('en'); clear(); show(0); }")
    total = len(data["docs"])
    assert tab.locator("#list button").count() == total
    # A kind of error: the articles that have it.
    missed = data["kinds"].index("missed")
    having = sum(any(row[0] == missed for row in doc["p"][0]) for doc in data["docs"])
    tab.locator("[data-kind-name=missed]").click()
    assert tab.locator("#list button").count() == having
    tab.locator("#clear").click()
    # Search without hamza and with harakat finds the same words.
    words = "الإقليمي"
    fits = sum(words in doc["x"] for doc in data["docs"])
    assert 0 < fits < total
    tab.fill("#search", "الاقلِيمي")
    assert tab.locator("#list button").count() == fits
    tab.locator("#clear").click()
    tab.locator("#list button").first.focus()
    tab.keyboard.press("ArrowDown")
    assert tab.locator("#list [aria-current]").get_attribute("data-n") == "1"
    doc = data["docs"][2]
    start, end, _ = doc["g"][0]
    tab.evaluate("hash => { location.hash = hash }", f"doc={doc['i']}&span={start}-{end}")
    tab.wait_for_selector("#article .here")
    marked = "".join(tab.locator("#article .here").all_inner_texts())
    assert marked.replace("\n", "") == "".join(doc["x"][start:end].split("\n"))
    tab.evaluate("() => { location.hash = '' }")


@pytest.mark.browser
def test_a_stance_opens_its_article_at_the_claim(tab: Any, page: tuple[dict[str, Any], str]) -> None:
    data = unpacked(page[1])
    doc, claim = next(
        (d, c) for d in data["docs"] for c in d["c"] if c[4] and not c[6] and d["e"] != data["docs"][-1]["e"]
    )
    tab.evaluate("() => { clear(); document.getElementById('contested').checked = false; }")
    tab.select_option("#event", doc["e"])
    row = [each[0] for each in data["events"][doc["e"]]].index(claim[4])
    names = tab.locator("#cells thead th").all_inner_texts()
    column = next(n for n, name in enumerate(names) if doc["o"] in name)
    tab.locator(f"#cells tbody tr:nth-child({row + 1}) > :nth-child({column + 1}) button").first.click()
    assert doc["i"] in tab.locator("#article").inner_text()
    shown = "".join(tab.locator("#article .here").all_inner_texts())
    assert "".join(shown.split()) == "".join(doc["x"][claim[0] : claim[1]].split())
    tab.evaluate("() => document.getElementById('matrix').scrollIntoView()")
    keep_screenshot(tab, "web-page-claims")


@pytest.mark.browser
def test_all_articles_and_events_are_printed(tab: Any, page: tuple[dict[str, Any], str], tmp_path: Path) -> None:
    data = unpacked(page[1])
    tab.evaluate("""() => { clear(); window.printedWords = ''; addEventListener('afterprint', () => 0);
        addEventListener('beforeprint', () => { window.printedWords = document.getElementById('printed').textContent; }); }""")
    tab.pdf(path=tmp_path / "page.pdf")
    printed = tab.evaluate("window.printedWords")
    assert printed, "chromium said that it prints"
    for doc in data["docs"]:
        # Words between the first mark and the title may have labels between them; a paragraph's first word has none.
        assert doc["i"] in printed
        assert doc["x"].split("\n\n")[-1].split()[0] in printed
    assert all(event in printed for event in data["events"])
    assert tab.locator("#printed").inner_text() == "", "the screen is as before"
