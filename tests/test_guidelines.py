"""The guidelines speak of everything in the scheme, and reach annotators as HTML that holds nothing of its own."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from mihakk.annotate import instructions
from mihakk.annotate.instructions import GUIDELINES, guidelines_html, guidelines_page
from mihakk.configs.checks import load_checks
from mihakk.configs.scheme import Choice, load_scheme

ROOT = Path(__file__).resolve().parents[1]
SCHEME = load_scheme()
CHOICES: dict[str, Choice] = {
    **SCHEME.labels, **SCHEME.claim_stances, **SCHEME.article_stances,
}  # fmt: skip
LANGUAGES = ["ar", "en"]


def text_of(language: str) -> str:
    return GUIDELINES[language].read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_guidelines_in_both_languages(language: str) -> None:
    assert text_of(language).startswith("# ")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CHOICES)
def test_every_label_and_stance_is_named_as_annotators_see_it_and_as_the_dataset_has_it(
    language: str, name: str
) -> None:
    assert f"{CHOICES[name].of('ar')} ({name})" in text_of(language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [name for name, choice in CHOICES.items() if choice.hotkey and name != "CLAIM"])
def test_the_key_of_every_label_and_stance_stands_beside_it(language: str, name: str) -> None:
    key = str(CHOICES[name].hotkey).upper()
    assert re.search(rf"^\| {key} \| [^|]*\({name}\) \|", text_of(language), re.MULTILINE)


@pytest.mark.parametrize(("language", "told"), [("ar", "اضغط C"), ("en", "press C")])
def test_the_key_of_claims_is_told_in_the_order_of_work(language: str, told: str) -> None:
    assert SCHEME.labels["CLAIM"].hotkey == "c"
    assert told in text_of(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_label_is_spoken_of_that_the_scheme_does_not_have(language: str) -> None:
    assert set(re.findall(r"\(([A-Z]{3,}|[a-z]{4,})\)", text_of(language))) <= set(CHOICES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_row_of_a_label_has_an_example_of_what_is_marked(language: str) -> None:
    for name in SCHEME.entities:
        (row,) = re.findall(rf"^\|.*\({name}\).*$", text_of(language), re.MULTILINE)
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert len(cells) == 5
        assert re.search(r"\[[^\]]+\]", cells[3])
        assert cells[4]


def test_both_languages_have_the_same_examples_of_what_is_marked() -> None:
    """Brackets show the extent of a mark; what is in them is Arabic in both files."""
    arabic, english = (set(re.findall(r"\[([^\]\[]+)\]", text_of(language))) for language in LANGUAGES)
    assert arabic == english


# --- as HTML ----------------------------------------------------------------------------------------


class Outline(HTMLParser):
    """Elements, and the directions in which each piece of text stands."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.open: list[tuple[str, str | None]] = []
        self.pieces: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in ("hr", "br"):
            self.open.append((tag, dict(attrs).get("dir")))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        directions = [direction for _, direction in self.open if direction]
        self.pieces.append((data, directions[-1] if directions else None))


def outline(html: str) -> Outline:
    made = Outline()
    made.feed(html)
    made.close()
    assert made.open == []
    return made


def direction_of(words: str, made: Outline) -> str | None:
    (direction,) = {direction for text, direction in made.pieces if words in text}
    return direction


def test_arabic_comes_first_right_to_left_and_english_behind_it_left_to_right() -> None:
    html = guidelines_html(SCHEME)
    made = outline(html)
    assert html.lstrip().startswith('<div dir="rtl"')
    assert html.index("دليل الوسم") < html.index("Annotation guidelines")
    assert direction_of("دليل الوسم: أخبار النزاعات", made) == "rtl"
    assert direction_of("Annotation guidelines: conflict news", made) == "ltr"
    assert {direction for text, direction in made.pieces if text.strip()} == {"rtl", "ltr"}


def test_headings_tables_and_emphasis_become_elements() -> None:
    assert {"h1", "h2", "table", "th", "td", "strong", "ol", "ul", "li", "blockquote"} <= outline(
        guidelines_html(SCHEME)
    ).tags


def test_nothing_in_the_html_runs_or_is_fetched() -> None:
    assert not outline(guidelines_html(SCHEME)).tags & {
        "script",
        "style",
        "iframe",
        "img",
        "link",
        "a",
        "form",
        "object",
    }


@pytest.mark.parametrize(
    "raw",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<b>غليظ</b>",
        "<div dir='ltr'>",
        "</div>",
        "<!-- x -->",
    ],
)
def test_html_in_the_markdown_is_shown_and_not_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raw: str
) -> None:
    files = {language: tmp_path / f"guidelines.{language}.md" for language in LANGUAGES}
    files["ar"].write_text(f"# دليل\n\n{raw}\n\nنص {raw} في سطر\n", encoding="utf-8")
    files["en"].write_text("# Guide\n", encoding="utf-8")
    monkeypatch.setattr(instructions, "GUIDELINES", files)
    html = guidelines_html(SCHEME)
    made = outline(html)
    assert made.tags == {"div", "h1", "p", "hr"}
    assert sum(text.count(raw.split("alert")[0]) for text, _ in made.pieces) == 2


def test_a_link_that_would_run_a_script_is_no_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "guidelines.md"
    path.write_text("[انقر](javascript:alert(1))\n", encoding="utf-8")
    monkeypatch.setattr(instructions, "GUIDELINES", dict.fromkeys(LANGUAGES, path))
    assert "a" not in outline(guidelines_html(SCHEME)).tags


def test_the_page_alone_has_its_language_and_direction() -> None:
    page = guidelines_page(SCHEME)
    assert page.startswith('<!doctype html>\n<html lang="ar" dir="rtl">')
    for part in guidelines_html(SCHEME).split("<hr>\n"):
        assert part.strip() in page
    assert "@media print" in page


def test_the_quick_start_has_the_keys_of_the_scheme_and_pictures_that_a_test_makes() -> None:
    """docs/annotators-ar.md; tests/server/test_annotators_page.py does what it tells."""
    page = (ROOT / "docs" / "annotators-ar.md").read_text(encoding="utf-8")
    rows = {row.split("|")[1].strip(): row for row in page.splitlines() if row.startswith("| ")}
    keys = {choice.hotkey.upper() for choice in SCHEME.labels.values() if choice.hotkey} - set("2345678")
    (names,) = (row for first, row in rows.items() if first.startswith("<kbd>1</kbd> … <kbd>9</kbd>"))
    assert {key for key in keys if f"<kbd>{key}</kbd>" in names} == keys - {"C"}
    for stance in SCHEME.claim_stances.values():
        assert stance.hotkey and f"<kbd>{stance.hotkey.upper()}</kbd> {stance.of('ar')}" in page
    assert all(stance.of("ar") in page for stance in SCHEME.article_stances.values())
    made = (ROOT / "tests" / "server" / "test_annotators_page.py").read_text(encoding="utf-8")
    shown = set(re.findall(r"\((annotators-\w+)\.png\)", page))
    assert shown == set(re.findall(r'"(annotators-\w+)"', made))
    assert all((ROOT / "docs" / f"{name}.png").is_file() for name in shown)


def test_annotators_are_spoken_to_in_arabic_and_english_alike() -> None:
    words = yaml.safe_load((ROOT / "configs" / "languages.yaml").read_text(encoding="utf-8"))["words"]
    assert words["ar"].keys() == words["en"].keys()
    assert set(GUIDELINES) == {"ar", "en"}
    for check in load_checks().values():
        assert re.search("[\u0620-\u064a]", check.arabic)
        assert not re.search("[\u0620-\u064a]{2}", check.meaning)
