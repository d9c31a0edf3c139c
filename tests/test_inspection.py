"""Looking over a corpus: what was read off each page, what was left out, and what looks wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mihakk.annotate.document import Article
from mihakk.annotate.inspection import Finding, inspect, write_html
from mihakk.annotate.pages.evidence import _REGIONS, _TAGS
from mihakk.annotate.pages.page import Page, Removed
from mihakk.annotate.pages.sources import Reading, read_articles
from mihakk.annotate.report import InspectionTable, removed_lines
from mihakk.configs.chrome import load_chrome_words
from mihakk.configs.pages.look import arabic_words, in_arabic
from mihakk.configs.terminal import terminal
from rich.table import Table

TITLE = "بلدية وادي النعناع تعيد فتح الجسر القديم"
# Four paragraphs of 20 words: 80 words, more than a stub has.
PARAGRAPH = " ".join(["كلمة"] * 19 + ["أخيرة."])
TEXT = "\n\n".join([TITLE, *[PARAGRAPH] * 4])


def reading(text: str = TEXT, encoding: str | None = None, removed: Iterable[Removed] = (), **fields: Any) -> Reading:
    given_fields = {"title": TITLE, "outlet": "المحارة", "published": "2025-12-07", **fields}
    return Reading("صفحة.txt", Page(Article("صفحة", text, **given_fields), tuple(removed)), encoding=encoding)


def look(*args: Any, **kwargs: Any) -> Finding:
    (finding,) = inspect([reading(*args, **kwargs)])
    return finding


# --- suspicions -------------------------------------------------------------------------------------


def test_an_article_with_all_that_it_should_have_is_not_suspicious() -> None:
    assert look() == Finding(reading(), 4, 80, ())


@pytest.mark.parametrize(
    ("field", "said"), [("title", "no headline"), ("published", "no date"), ("outlet", "no outlet")]
)
def test_what_an_article_lacks_is_said(field: str, said: str) -> None:
    assert look(**{field: None}).suspicions == (said,)


def test_without_a_headline_the_first_paragraph_is_body() -> None:
    assert look("\n\n".join([PARAGRAPH] * 4), title=None).paragraphs == 4


@pytest.mark.parametrize(("paragraphs", "suspicious"), [(1, True), (2, True), (3, False), (4, False)])
def test_a_body_of_less_than_sixty_words_is_short(paragraphs: int, suspicious: bool) -> None:
    """Twenty words in each paragraph; the headline's do not count."""
    finding = look("\n\n".join([TITLE, *[PARAGRAPH] * paragraphs]))
    expected = (f"short body: {20 * paragraphs} words",) if suspicious else ()
    assert (finding.words, finding.suspicions) == (20 * paragraphs, expected)


def test_an_article_that_is_a_headline_alone_has_no_body() -> None:
    finding = look(TITLE)
    assert (finding.paragraphs, finding.words, finding.suspicions) == (0, 0, ("short body: 0 words",))


@pytest.mark.parametrize(("latin", "suspicious"), [(20, False), (26, True)])
def test_more_than_a_fifth_of_latin_letters_is_a_mixed_script(latin: int, suspicious: bool) -> None:
    """One hundred Arabic letters: 20 Latin ones are 20 of 120, 26 are 26 of 126, and a fifth is 25 of 125."""
    text = " ".join(["ب"] * 100) + " " + "x" * latin
    finding = look(text, title=None)
    found = [suspicion for suspicion in finding.suspicions if suspicion.startswith("mixed script")]
    assert found == ([f"mixed script: {latin} of {100 + latin} letters are Latin"] if suspicious else [])


def test_digits_marks_and_punctuation_are_of_no_script() -> None:
    text = "ب" + "\u064e" * 50 + " " + "1" * 50 + "؟،." * 50 + "ـ"
    assert not any("mixed" in suspicion for suspicion in look(text, title=None).suspicions)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("شارك الخبر", "share"),
        ("اقرأ أيضاً: سباق القوارب", "related"),
        ("جميع الحقوق محفوظة", "legal"),
        ("إعلان", "advert"),
    ],
)
def test_words_of_page_chrome_left_in_the_body_are_pointed_at(line: str, kind: str) -> None:
    finding = look("\n\n".join([TEXT, line]))
    assert finding.suspicions == (f"left-over {kind}? “{line}”",)


def test_a_headline_in_the_words_of_chrome_is_not_pointed_at() -> None:
    assert look(TEXT.replace(TITLE, "شارك الخبر"), title="شارك الخبر").suspicions == ()


@pytest.mark.parametrize("encoding", ["cp1256", "utf-16"])
def test_an_encoding_other_than_utf8_is_said(encoding: str) -> None:
    assert look(encoding=encoding).suspicions == (f"was in {encoding}",)


def test_what_could_not_be_read_is_a_finding_too() -> None:
    bad = Reading("سيئة.txt", None, "سيئة.txt: is empty")
    assert list(inspect([bad, reading()])) == [
        Finding(bad, 0, 0, ("could not be read",)),
        Finding(reading(), 4, 80, ()),
    ]


def test_findings_come_one_at_a_time() -> None:
    def two() -> Iterable[Reading]:
        yield reading()
        raise AssertionError("read on too early")

    assert next(iter(inspect(two()))).paragraphs == 4


# --- the web page -----------------------------------------------------------------------------------


class Shown(HTMLParser):
    """The elements of a page and the text between them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def page_of(folder: Path, *readings: Reading) -> tuple[str, Shown]:
    path = folder / "report.html"
    write_html(inspect(readings), path)
    source = path.read_bytes().decode("utf-8")
    shown = Shown()
    shown.feed(source)
    shown.close()
    return source, shown


def test_the_report_reads_right_to_left_and_says_its_encoding(tmp_path: Path) -> None:
    source, _ = page_of(tmp_path, reading())
    assert re.search(r'<html[^>]* dir="rtl"', source)
    assert re.search(r'<html[^>]* lang="ar"', source)
    assert '<meta charset="utf-8">' in source


def test_the_report_shows_what_was_read_and_every_line_left_out_with_its_reason(tmp_path: Path) -> None:
    removed = [Removed(1, "الرئيسية", "navigation"), Removed(17, "شارك الخبر", "share")]
    _, shown = page_of(tmp_path, reading(removed=removed, agency="رويترز"))
    for words in (TITLE, "المحارة", "رويترز", "2025-12-07", "صفحة", PARAGRAPH):
        assert words in shown.text
    for line in removed:
        assert re.search(rf"{line.number}\s*{line.text}\s*{line.reason}", shown.text)


def test_the_report_shows_suspicions_and_what_could_not_be_read(tmp_path: Path) -> None:
    bad = Reading("سيئة.txt", None, "سيئة.txt: is not text in UTF-8")
    _, shown = page_of(tmp_path, bad, reading(published=None))
    assert "سيئة.txt: is not text in UTF-8" in shown.text
    assert "no date" in shown.text
    assert shown.tags.count("article") == 2


def test_a_report_on_nothing_is_a_page_all_the_same(tmp_path: Path) -> None:
    assert page_of(tmp_path)[1].tags.count("article") == 0


HOSTILE = "<script>alert('x')</script> \"'&amp; </article></p> {{ 7 * 7 }} {% raw %}"


def test_whatever_stands_on_pages_is_shown_and_never_run(tmp_path: Path) -> None:
    suspicious = reading(TITLE, removed=[Removed(1, "x", "y")], agency="a")
    harmless = page_of(tmp_path, suspicious, Reading("x", None, "x"))[1]
    hostile = reading(
        f"{HOSTILE}\n\nفقرة",
        title=HOSTILE,
        outlet=HOSTILE,
        agency=HOSTILE,
        removed=[Removed(1, HOSTILE, HOSTILE)],
    )
    source, shown = page_of(tmp_path, hostile, Reading("x", None, HOSTILE))
    assert source.count("<script") == 1, "the page's own"
    assert "49" not in shown.text
    # Headline, outlet, agency, headline in the text, line left out with its reason, problem.
    assert shown.text.count(HOSTILE) == 7
    assert set(shown.tags) == set(harmless.tags)


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30))
def test_no_words_on_a_page_add_an_element_or_attribute_to_the_report(tmp_path: Path, words: str) -> None:
    def shape(text: str) -> tuple[list[str], list[tuple[str, str | None]]]:
        made = reading(outlet=text or None, agency="a", removed=[Removed(1, text, text)])
        shown = page_of(tmp_path, made, Reading("x", None, text))[1]
        return shown.tags, shown.attributes

    assert shape(words) == shape("كلمة" if words else words)


def test_the_web_page_counts_articles_and_strikes_out_only_the_lines_that_were_left_out(tmp_path: Path) -> None:
    article = Article("صفحة", TEXT)
    seen = Page(article, (Removed(1, "شارك", "share"),), kept=(2, 3))
    source, _ = page_of(tmp_path, Reading("صفحة.txt", seen), reading(), Reading("سيئة.txt", None, "سيئة.txt: is empty"))
    count = re.sub(r"<[^>]+>", "", source[source.rindex('<p class="dim">') : source.rindex("</main>")])
    assert re.findall(r"\d+", count) == ["3", "2"]  # the second lacks nothing
    assert re.search(r'<td class="line" dir="auto">شارك</td><td class="why">(<[^>]+>)*share<', source)
    assert ".seams .out .line { text-decoration: line-through" in source


def test_a_line_that_something_is_said_of_stands_among_the_seams_and_is_marked(tmp_path: Path) -> None:
    removed = [Removed(n, f"سطر {n}", "after the body") for n in range(6, 30)]
    doubts = ("left out as after the body: line 20 “سطر 20 وقال line 25”",)
    page = Page(Article("صفحة", TEXT, title=TITLE), tuple(removed), kept=(2, 3, 4, 5), doubts=doubts)
    (finding,) = inspect([Reading("صفحة.txt", page)])
    assert [line.number for line in finding.seams if line.in_doubt] == [20]
    assert {19, 20, 21} <= {line.number for line in finding.seams}
    assert 25 not in {line.number for line in finding.seams}, "the quoted words name no line"
    source, shown = page_of(tmp_path, Reading("صفحة.txt", page))
    assert source.count('<tr class="out look">') == 1
    # What is said, in both languages; what the page says stands apart, since it may run the other way.
    assert "left out as after the body: line 20" in shown.text
    assert "جملة حُذفت (بعد المتن)، السطر 20" in shown.text
    assert "<bdi>“سطر 20 وقال line 25”</bdi>" in source


def test_all_that_is_said_of_articles_and_lines_has_its_arabic() -> None:
    tests = Path(__file__).parent
    sources = [str(tests / "pages"), str(tests / "page_faults" / "pages")]
    said = {
        line.reason
        for finding in inspect(read_articles(sources))
        for line in getattr(finding.reading.page, "removed", ())
    }
    said |= {
        suspicion.partition("“")[0].rstrip(": ")
        for finding in inspect(read_articles(sources))
        for suspicion in finding.suspicions
    }
    said |= (
        {name for name, weight in (_TAGS | _REGIONS).items() if weight < -10}
        | set(load_chrome_words().kinds)
        | {"was in cp1256", "short body: 1 word"}
    )
    assert len(said) > 40
    assert sorted(phrase for phrase in said if in_arabic(phrase) is None) == []
    assert in_arabic("share") != arabic_words()["share"], "the buttons, not a part of a whole"
    assert in_arabic("left out as share: line 7") == "جملة حُذفت (أزرار المشاركة)، السطر 7"


# --- the table in the terminal ----------------------------------------------------------------------


def printed(table: Table) -> str:
    console = terminal()
    console.width = 400
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def rendered(*readings: Reading) -> str:
    table = InspectionTable()
    assert len(list(table.watch(inspect(readings)))) == len(readings)
    return printed(table.render())


def test_the_table_counts_articles_and_what_is_to_be_looked_at() -> None:
    shown = rendered(reading(), reading(published=None), Reading("سيئة.txt", None, "سيئة.txt: is empty"))
    assert "2 articles, 2 with something to look at" in shown
    assert "no date" in shown
    assert "could not be read" in shown


def test_square_brackets_in_a_headline_are_shown_as_they_are() -> None:
    shown = rendered(reading(title="[bold]عاجل[/]", outlet="[red]"))
    assert "[bold]عاجل[/]" in shown
    assert "[red]" in shown


def test_of_many_articles_those_to_be_looked_at_are_shown_first() -> None:
    """The table has room for 200; the one that lacks a date comes last of 301 and is in it."""
    shown = rendered(*[reading()] * 300, reading(published=None))
    assert "301 articles, 1 with something to look at" in shown
    assert "no date" in shown
    # A title and a head of columns stand above the rows.
    assert len(shown.strip().splitlines()) == 202


def test_every_line_left_out_of_a_page_is_told_with_article_number_reason_and_text() -> None:
    page = Page(Article("صفحة", TEXT), (Removed(3, "[b]شارك[/b]", "share"), Removed(17, "وسوم", "tags")))
    assert [line.split() for line in removed_lines(page)] == [
        ["صفحة", "3", "share", "[b]شارك[/b]"],
        ["صفحة", "17", "tags", "وسوم"],
    ]
