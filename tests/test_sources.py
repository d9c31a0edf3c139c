"""Articles come from pages, HTML, tables, folders, globs and standard input; what cannot be read costs only itself."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mihakk.annotate.document import Article
from mihakk.annotate.pages.sources import Reading, read_articles
from mihakk.configs.errors import grouped
from mihakk.configs.files import decode

HEADLINE = "بلدية وادي النعناع تعيد فتح الجسر القديم أمام المشاة"
BODY = [
    "أعادت بلدية وادي النعناع، صباح الأحد، فتح الجسر القديم أمام المشاة والسيارات الصغيرة بعد أعمال ترميم دامت عامين.",
    "وقالت رئيسة البلدية سلمى الكرزي إن الترميم شمل الدعامات الأربع والأرصفة، وإن كلفته بلغت ثلاثة ملايين وأربعمئة ألف.",
    "وأضافت أن الشاحنات ستبقى على الطريق الدائري حتى ينتهي فحص الأساسات في مطلع الربيع المقبل.",
]
TEXT = "\n\n".join([HEADLINE, *BODY])
# A page as copied: menu, headline, date, paragraphs, a button.
PAGE = "\n".join(["الرئيسية", HEADLINE, "الأحد 7 كانون الأول 2025", *BODY, "شارك"]) + "\n"
HTML = (
    f'<!doctype html><html lang="ar" dir="rtl"><head><meta charset="utf-8"><title>{HEADLINE}</title></head><body>'
    f"<article><h1>{HEADLINE}</h1>{''.join(f'<p>{line}</p>' for line in BODY)}</article></body></html>"
)


def read(*sources: Path | str, **columns: str) -> list[Reading]:
    readings = list(read_articles([str(source) for source in sources], columns))
    for reading in readings:
        assert (reading.page is None) != (reading.problem is None)
        assert reading.problem is None or len(reading.problem.splitlines()) == 1
    return readings


def articles(*sources: Path | str, **columns: str) -> list[Article]:
    """All articles of the sources, where nothing may be wrong."""
    readings = read(*sources, **columns)
    assert [reading.problem for reading in readings if reading.problem] == []
    return [reading.page.article for reading in readings if reading.page]


def article(*sources: Path | str, **columns: str) -> Article:
    (one,) = articles(*sources, **columns)
    return one


def problem(*sources: Path | str, **columns: str) -> str:
    (reading,) = read(*sources, **columns)
    assert reading.problem is not None
    return reading.problem


def file(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def table(path: Path, *rows: dict[str, Any]) -> Path:
    """A table of these rows, of the kind that the file's ending says."""
    if path.suffix == ".jsonl":
        return file(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    if path.suffix == ".csv":
        lines = io.StringIO(newline="")
        writer = csv.DictWriter(lines, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        return file(path, lines.getvalue())
    pq.write_table(pa.Table.from_pylist(list(rows)), path)
    return path


def row(name: str, **fields: Any) -> dict[str, Any]:
    return {"id": name, "text": TEXT, **fields}


KINDS = ["rows.jsonl", "rows.csv", "rows.parquet"]


# --- where articles come from -----------------------------------------------------------------------


def test_a_page_file_is_one_article_named_after_the_file(tmp_path: Path) -> None:
    read_page = article(file(tmp_path / "جسر.txt", PAGE))
    assert (read_page.id, read_page.source) == ("جسر", "جسر.txt")
    assert (read_page.text, read_page.title, read_page.published) == (TEXT, HEADLINE, "2025-12-07")


@pytest.mark.parametrize("ending", ["html", "htm", "HTML"])
def test_an_html_file_is_one_article_named_after_the_file(tmp_path: Path, ending: str) -> None:
    read_page = article(file(tmp_path / f"جسر.{ending}", HTML))
    assert (read_page.id, read_page.source) == ("جسر", f"جسر.{ending}")
    assert (read_page.text, read_page.title) == (TEXT, HEADLINE)


@pytest.mark.parametrize("kind", KINDS)
def test_each_row_of_a_table_is_one_article_in_order(tmp_path: Path, kind: str) -> None:
    path = table(tmp_path / kind, *(row(name, outlet="المحارة", url="https://example.org/1") for name in "بتا"))
    read_rows = articles(path)
    assert [one.id for one in read_rows] == ["ب", "ت", "ا"]
    assert {(one.text, one.outlet, one.url, one.source) for one in read_rows} == {
        (TEXT, "المحارة", "https://example.org/1", kind)
    }


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_an_article_may_be_a_column(tmp_path: Path, kind: str) -> None:
    fields = {
        "id": "a", "text": "متن الخبر.", "title": "عنوان", "outlet": "المحارة", "agency": "رويترز",
        "published": "2025-12-05", "url": "https://example.org/1", "event_id": "جسر",
    }  # fmt: skip
    expected = Article(**fields | {"text": "عنوان\n\nمتن الخبر."}, source=kind)
    assert article(table(tmp_path / kind, fields)) == expected


def test_a_folder_gives_all_its_files_nested_ones_too_in_order_of_their_paths(tmp_path: Path) -> None:
    file(tmp_path / "b" / "2.txt", PAGE)
    file(tmp_path / "a" / "c" / "3.html", HTML)
    table(tmp_path / "c.jsonl", row("4"), row("5"))
    file(tmp_path / "a" / "1.txt", PAGE)
    file(tmp_path / "notes.md", "ملاحظات")
    assert [one.id for one in articles(tmp_path)] == ["1", "3", "2", "4", "5"]


def test_a_quoted_glob_is_expanded_here_and_sorted(tmp_path: Path) -> None:
    for name in ("3.txt", "1.txt", "2.txt", "other.html"):
        file(tmp_path / name, PAGE)
    assert [one.id for one in articles(f"{tmp_path}/*.txt")] == ["1", "2", "3"]
    file(tmp_path / "deep" / "er" / "4.txt", PAGE)
    assert [one.id for one in articles(f"{tmp_path}/**/[234].txt")] == ["2", "3", "4"]


@pytest.mark.parametrize("pattern", ["*", "**", "par*"])
def test_a_glob_may_match_folders(tmp_path: Path, pattern: str) -> None:
    """A folder is a source, so a folder that a glob finds gives its pages, each once."""
    file(tmp_path / "part1" / "1.txt", PAGE)
    file(tmp_path / "part2" / "2.txt", PAGE)
    assert [one.id for one in articles(f"{tmp_path}/{pattern}")] == ["1", "2"]


def test_a_file_whose_name_looks_like_a_glob_is_that_file(tmp_path: Path) -> None:
    assert article(file(tmp_path / "خبر[1].txt", PAGE)).id == "خبر[1]"


def test_sources_come_in_the_order_in_which_they_are_named(tmp_path: Path) -> None:
    first, second = file(tmp_path / "z.txt", PAGE), table(tmp_path / "a.jsonl", row("a1"), row("a2"))
    assert [one.id for one in articles(first, second)] == ["z", "a1", "a2"]
    assert [one.id for one in articles(second, first)] == ["a1", "a2", "z"]


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("gone.txt", "does not exist"),
        ("gone", "does not exist"),
        ("no*.txt", "does not exist"),
        ("empty", "has no articles"),
        ("notes.md", "unsupported file type"),
        ("ا" * 200 + ".txt", ""),  # 404 bytes: longer than a name in common file systems may be (255)
    ],
)
def test_a_source_without_articles_is_one_problem_that_names_it(tmp_path: Path, source: str, why: str) -> None:
    (tmp_path / "empty").mkdir()
    file(tmp_path / "notes.md", "ملاحظات")
    said = problem(tmp_path / source)
    assert said.startswith(str(tmp_path / source))
    assert why in said or "cannot be read" in said


# --- standard input ---------------------------------------------------------------------------------


class Input:
    """Standard input that gives these bytes."""

    def __init__(self, content: bytes) -> None:
        self.buffer = io.BytesIO(content)


def read_input(monkeypatch: pytest.MonkeyPatch, content: str | bytes) -> list[Reading]:
    given_bytes = content if isinstance(content, bytes) else content.encode("utf-8")
    monkeypatch.setattr(sys, "stdin", Input(given_bytes))
    return read("-")


@pytest.mark.parametrize("before", ["", "\ufeff", "\n\n", "  \n"])
def test_json_lines_on_standard_input_are_rows(monkeypatch: pytest.MonkeyPatch, before: str) -> None:
    rows = "".join(json.dumps(row(name), ensure_ascii=False) + "\n" for name in "ab")
    readings = read_input(monkeypatch, before + rows)
    assert [(reading.page.article.id, reading.page.article.text) for reading in readings if reading.page] == [
        ("a", TEXT),
        ("b", TEXT),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1256"])
def test_anything_else_on_standard_input_is_one_page(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    (reading,) = read_input(monkeypatch, PAGE.encode(encoding))
    assert reading.page is not None
    assert (reading.page.article.text, reading.page.article.published) == (TEXT, "2025-12-07")


def test_a_bad_line_on_standard_input_costs_that_line(monkeypatch: pytest.MonkeyPatch) -> None:
    good = json.dumps(row("a")), json.dumps(row("b"))
    readings = read_input(monkeypatch, f"{good[0]}\nnot json\n{good[1]}\n")
    assert [reading.page.article.id if reading.page else None for reading in readings] == ["a", None, "b"]
    assert readings[1].problem is not None
    assert readings[1].problem.startswith("standard input:2: is not JSON")


def test_empty_standard_input_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    (reading,) = read_input(monkeypatch, b"")
    assert reading.problem == "standard input: is empty"


# --- columns ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_columns_may_have_other_names(tmp_path: Path, kind: str) -> None:
    path = table(tmp_path / kind, {"key": "a", "النص": TEXT, "title": "", "when": "2025-12-05", "text": "غير هذا"})
    read_row = article(path, id="key", text="النص", published="when")
    assert (read_row.id, read_row.text, read_row.title, read_row.published) == ("a", TEXT, None, "2025-12-05")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("columns", "missing"), [({}, "text"), ({"text": "raw", "id": "key"}, "key")])
def test_a_column_that_is_not_there_is_named_with_the_mend(
    tmp_path: Path, kind: str, columns: dict[str, str], missing: str
) -> None:
    path = table(tmp_path / kind, {"id": "a", "raw": TEXT})
    said = problem(path, **columns)
    assert said.startswith(str(path))
    assert f"has no column {missing}" in said
    assert "--column" in said
    assert "its columns: id, raw" in said


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("rows.csv", "id,raw\na,نص\nb,نص\n", 1),
        ("rows.tsv", "id\traw\na\tنص\nb\tنص\n", 1),
        ("rows.csv", "sep=;\nid;raw\na;نص\nb;نص\n", 2),  # Excel's own first line
        ("rows.jsonl", '\n{"id": "a", "raw": "نص"}\n{"id": "b", "raw": "نص"}\n', 2),  # each row has its own keys
    ],
)
def test_what_is_wrong_with_columns_is_where_they_are_named(tmp_path: Path, name: str, content: str, line: int) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    heading, rest = (reading.problem or "" for reading in read(path))
    assert heading.startswith(f"{path}:{line}: has no column text")
    assert rest == f"{path}: 1 more row has the same columns: left out"


@pytest.mark.parametrize("field", ["outlet", "published", "url"])
def test_a_column_that_was_named_must_be_there_even_for_an_optional_field(tmp_path: Path, field: str) -> None:
    assert "has no column site" in problem(table(tmp_path / "rows.jsonl", row("a")), **{field: "site"})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("changed", "lacks"), [({"id": ""}, "no id"), ({"text": ""}, "no text"), ({"text": None}, "no text")]
)
def test_a_row_without_id_or_text_costs_that_row(
    tmp_path: Path, kind: str, changed: dict[str, Any], lacks: str
) -> None:
    readings = read(table(tmp_path / kind, row("a"), row("b") | changed, row("c")))
    assert [reading.page.article.id if reading.page else None for reading in readings] == ["a", None, "c"]
    assert lacks in (readings[1].problem or "")


@pytest.mark.parametrize("value", [["فقرة", 5], [], {"ar": "نص"}, True])
def test_a_text_that_is_no_text_is_a_problem_not_an_article_in_python_notation(tmp_path: Path, value: Any) -> None:
    problem(table(tmp_path / "rows.jsonl", {"id": "a", "text": value}))


def test_bytes_in_a_text_column_of_parquet_are_no_article_in_python_notation(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": ["a"], "text": pa.array([TEXT.encode("utf-8")])}), tmp_path / "rows.parquet")
    (reading,) = read(tmp_path / "rows.parquet")
    assert reading.page is None or reading.page.article.text == TEXT


def test_a_number_may_be_an_id(tmp_path: Path) -> None:
    assert article(table(tmp_path / "rows.jsonl", {"id": 17, "text": TEXT})).id == "17"


EXACT = "\r\n متن\u00a0الخبر  بمسافتين،\r\nوسطر\tثان \u200f\n\n\n"


@pytest.mark.parametrize("kind", KINDS)
def test_the_text_column_is_taken_exactly_as_it_is(tmp_path: Path, kind: str) -> None:
    assert article(table(tmp_path / kind, {"id": "a", "text": EXACT})).text == EXACT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("متن الخبر.", "عنوان الخبر\n\nمتن الخبر."),
        ("عنوان الخبر\n\nمتن الخبر.", "عنوان الخبر\n\nمتن الخبر."),
        ("\nعنوان الخبر\r\nمتن الخبر.", "\nعنوان الخبر\r\nمتن الخبر."),
        # The words of the headline deep in the text do not head it.
        ("متن الخبر. عنوان الخبر", "عنوان الخبر\n\nمتن الخبر. عنوان الخبر"),
    ],
)
def test_a_headline_is_put_before_the_text_only_where_it_does_not_stand_there(
    tmp_path: Path, text: str, expected: str
) -> None:
    read_row = article(table(tmp_path / "rows.jsonl", {"id": "a", "text": text, "title": "عنوان الخبر"}))
    assert (read_row.text, read_row.title) == (expected, "عنوان الخبر")


def test_a_csv_field_may_be_as_long_as_an_article(tmp_path: Path) -> None:
    """Python's csv refuses fields of more than 131072 characters (csv.field_size_limit); an article may be longer."""
    long = "كلمة " * 30_000
    assert [one.text for one in articles(table(tmp_path / "rows.csv", row("a") | {"text": long}, row("b")))] == [
        long,
        TEXT,
    ]


def test_a_csv_record_that_spans_lines_is_one_article(tmp_path: Path) -> None:
    path = file(tmp_path / "rows.csv", 'id,text\na,"سطر أول\nسطر ""ثان"""\nb,خبر آخر\n')
    assert [(one.id, one.text) for one in articles(path)] == [("a", 'سطر أول\nسطر "ثان"'), ("b", "خبر آخر")]


# --- dates ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "published"),
    [
        ("2025-12-05", "2025-12-05"),
        ("2025-12-05T19:29", "2025-12-05T19:29"),
        ("2025-12-05T19:29:30", "2025-12-05T19:29:30"),
        ("2025-12-05T19:29:30+03:00", "2025-12-05T19:29:30+03:00"),
        ("الجمعة 5 كانون الأول 2025", "2025-12-05"),  # 5 December 2025 was a Friday
        ("٥ ديسمبر ٢٠٢٥ - ١٩:٢٩", "2025-12-05T19:29"),
        ("05/12/2025 19:29", "2025-12-05T19:29"),
        ("20251205", "2025-12-05"),  # a day, not its midnight
        ("قبل ساعتين", None),
        ("السبت 5 كانون الأول 2025", None),  # it was a Friday
        ("2025-13-05", None),
        ("2025", None),
        ("", None),
        (None, None),
        # 1764962940 s: 20427 days, 19 h and 29 min; 20427 days after 1 January 1970 was 5 December 2025
        (1764962940, "2025-12-05T19:29+00:00"),
        (1764962940000, "2025-12-05T19:29+00:00"),
        ("1764962940", "2025-12-05T19:29+00:00"),
        (1764962940.0, "2025-12-05T19:29+00:00"),
        # Excel counts days; its day 1 is 1 January 1900, and it has a 29 February 1900 that never was
        (45996, "2025-12-05"),
        ("45996.811805555556", "2025-12-05T19:29"),
        ({"$date": "2025-12-05T19:29:00Z"}, "2025-12-05T19:29+00:00"),
        ({"$date": {"$numberLong": "1764962940000"}}, "2025-12-05T19:29+00:00"),
        # years of other calendars, first days of a count that stand for no time, numbers that count nothing
        ("1447-06-14", None),
        ("1404-09-14", None),
        ("0001-01-01T00:00:00", None),
        ("1970-01-01T00:00:00Z", None),
        ("1900-01-01", None),
        (12345, None),
        (99999, None),
        (17649629, None),
    ],
)
def test_a_date_column_is_read_as_precisely_as_it_is_written(
    tmp_path: Path, written: Any, published: str | None
) -> None:
    assert article(table(tmp_path / "rows.jsonl", row("a", published=written))).published == published


def test_a_date_that_is_not_read_is_told(tmp_path: Path) -> None:
    (reading,) = read_articles([str(table(tmp_path / "rows.jsonl", row("a", published="قبل ساعتين")))])
    assert any("not understood" in note and "قبل ساعتين" in note for note in reading.notes)


@pytest.mark.parametrize(
    ("text", "title", "date"),
    [("النص", "العنوان", "التاريخ"), ("نص", "عنوان", "تاريخ"), ("متن الخبر", "عنوان_المادة", "تاريخ النشر"),
     ("paragraphs", "Heading", "pubDate")],
)  # fmt: skip
def test_headings_are_known_with_and_without_the_article(tmp_path: Path, text: str, title: str, date: str) -> None:
    body = ["أعادت البلدية فتح الجسر القديم أمام المشاة.", "وأضافت أن الشاحنات ستبقى على الطريق الدائري."]
    read = article(table(tmp_path / "t.jsonl", {text: body, title: "فتح الجسر القديم", date: "5/12/2025 8:00 ص"}))
    assert (read.title, read.published) == ("فتح الجسر القديم", "2025-12-05T08:00")
    assert read.text == "\n\n".join(["فتح الجسر القديم", *body])


def test_paragraphs_may_be_objects_with_a_text(tmp_path: Path) -> None:
    blocks = [{"type": "p", "text": "الفقرة الأولى."}, {"type": "p", "text": "الفقرة الثانية."}]
    assert article(table(tmp_path / "t.jsonl", row("a", text=blocks))).text == "الفقرة الأولى.\n\nالفقرة الثانية."
    (reading,) = read_articles([str(table(tmp_path / "u.jsonl", row("a", text=[*blocks, {"src": "x.jpg"}])))])
    assert reading.page is None


@pytest.mark.parametrize("written", ["2025-12-05T19:29:30.123Z", "2025-12-05 19:29:30.123456"])
def test_fractions_of_a_second_do_not_cost_the_article(tmp_path: Path, written: str) -> None:
    """2025-12-05T19:29:30.123Z is how JavaScript writes every time."""
    published = article(table(tmp_path / "rows.jsonl", row("a", published=written))).published
    assert published is not None
    assert published.startswith("2025-12-05T19:29")


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array([datetime(2025, 12, 5, 19, 29, 30, 5)], pa.timestamp("us")), "2025-12-05T19:29"),
        (pa.array([1764962940_123456789], pa.timestamp("ns")), "2025-12-05T19:29"),
        (pa.array([datetime(2025, 12, 5, 16, 29, tzinfo=UTC)], pa.timestamp("ms", "UTC")), "2025-12-05T16:29"),
        (pa.array([date(2025, 12, 5)], pa.date32()), "2025-12-05"),
        (pa.array(["2025-12-05"]), "2025-12-05"),
        (pa.array([None], pa.timestamp("us")), None),
    ],
    ids=["microseconds", "nanoseconds", "with a zone", "day", "text", "none"],
)  # 1764962940 is 2025-12-05T19:29:00 UTC: 20427 days of 86400 seconds and 70140 seconds
def test_a_parquet_date_or_time_is_the_publication_time(tmp_path: Path, column: Any, expected: str | None) -> None:
    pq.write_table(pa.table({"id": ["a"], "text": [TEXT], "published": column}), tmp_path / "rows.parquet")
    published = article(tmp_path / "rows.parquet").published
    # Seconds may be given or not, and so may the zone.
    assert published == expected if expected is None else (published or "").startswith(expected)


def test_a_parquet_time_keeps_its_zone(tmp_path: Path) -> None:
    column = pa.array([datetime(2025, 12, 5, 16, 29, tzinfo=UTC)], pa.timestamp("ms", "Asia/Damascus"))
    pq.write_table(pa.table({"id": ["a"], "text": [TEXT], "published": column}), tmp_path / "rows.parquet")
    published = datetime.fromisoformat(article(tmp_path / "rows.parquet").published or "")
    # Damascus is three hours ahead of UTC since 2022.
    assert (published.hour, published.utcoffset()) == (19, timedelta(hours=3))


@pytest.mark.parametrize(
    "column",
    [
        pa.array([10**8], pa.date32()),
        pa.array([1], pa.timestamp("us", tz="Foo/Bar")),
        pa.array([2**62], pa.timestamp("us")),
    ],
    ids=["year 275760", "zone that does not exist", "year 148000"],
)
def test_a_parquet_date_that_python_cannot_hold_is_a_problem_of_that_file(tmp_path: Path, column: Any) -> None:
    """10^8 days and 2^62 microseconds are beyond the year 9999."""
    pq.write_table(pa.table({"id": ["a"], "text": [TEXT], "published": column}), tmp_path / "rows.parquet")
    readings = read(tmp_path / "rows.parquet", file(tmp_path / "good.txt", PAGE))
    assert [reading.page is not None for reading in readings][-1]
    assert str(tmp_path / "rows.parquet") in readings[0].source


# --- ids --------------------------------------------------------------------------------------------


def test_an_id_that_came_before_is_one_problem_and_harms_nothing_else(tmp_path: Path) -> None:
    """Across files and inside one: each second coming is refused, the first and all others are there."""
    page = file(tmp_path / "a.txt", PAGE)
    rows = table(tmp_path / "rows.jsonl", row("b"), row("a"), row("c"), row("b"))
    readings = read(page, rows)
    assert [reading.page.article.id if reading.page else None for reading in readings] == ["a", "b", None, "c", None]
    assert readings[2].problem == f"{rows}:2: has the same article id as {page}: a"
    assert readings[4].problem == f"{rows}:4: has the same article id as {rows}:1: b"
    again = read(page, table(tmp_path / "many.jsonl", *(row(name) for name in "abcdefgh" * 2)))
    lines = grouped(reading.problem for reading in again if reading.problem)
    assert len(lines) == 1, "one kind, however many"
    assert lines[0].endswith(f"has the same article id as {page}: a (9 times; this is the first)")


@pytest.mark.parametrize("name", ["a.txt", "rows.jsonl"])
def test_a_file_named_twice_does_not_give_its_articles_twice(tmp_path: Path, name: str) -> None:
    """`mihakk annotate tasks pages pages/a.txt`."""
    path = file(tmp_path / name, PAGE) if name == "a.txt" else table(tmp_path / name, row("a"))
    assert [reading.page.article.id for reading in read(tmp_path, path) if reading.page] == ["a"]


def test_pages_of_one_name_in_two_folders_have_the_folder_in_their_ids(tmp_path: Path) -> None:
    file(tmp_path / "مرجان" / "1.txt", PAGE)
    file(tmp_path / "واحة" / "1.txt", PAGE)
    file(tmp_path / "واحة" / "2.txt", PAGE)
    readings = read(tmp_path)
    assert [reading.page.article.id for reading in readings if reading.page] == ["مرجان-1", "واحة-1", "2"]
    assert any("2 pages have names that repeat" in note for note in readings[0].notes)


def test_file_names_with_spaces_give_ids_of_one_word(tmp_path: Path) -> None:
    file(tmp_path / "خبر أول.txt", PAGE)
    (reading,) = read(tmp_path)
    assert reading.page is not None
    assert (reading.page.article.id, reading.page.article.source) == ("خبر_أول", "خبر أول.txt")
    assert any("خبر_أول" in note for note in reading.notes)


def test_files_that_are_not_read_are_listed_and_documents_say_how_to_save_them(tmp_path: Path) -> None:
    file(tmp_path / "1.txt", PAGE)
    file(tmp_path / "notes.md", "ملاحظات")
    file(tmp_path / "export.json", '[{"data": {"text": "متن"}}]')
    file(tmp_path / "تقرير.docx", "PK")
    readings = read(tmp_path)
    assert any("2 files are not read: export.json, notes.md" in note for note in readings[0].notes)
    (said,) = [reading.problem for reading in readings if reading.problem]
    assert said.startswith(str(tmp_path / "تقرير.docx"))
    assert "save it as plain text" in said


# --- tables as people have them ---------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp1256"])
def test_a_csv_is_read_in_its_delimiter_and_encoding(tmp_path: Path, delimiter: str, codec: str) -> None:
    """Spreadsheets write by their country's settings; a text's own commas and semicolons change nothing."""
    text = "قال؛ ثم، أضاف, أن; الجسر مغلق أمام الشاحنات حتى نهاية الشهر.\n\n\nوفقرة ثانية من الخبر نفسه."
    rows = [["id", "title", "text"], *([f"a{n}", "إغلاق الجسر أمام الشاحنات", f'"{text}"'] for n in range(3))]
    path = file(tmp_path / "rows.csv", "\r\n".join(delimiter.join(row) for row in rows).encode(codec))
    read_rows = articles(path)
    assert [one.id for one in read_rows] == ["a0", "a1", "a2"]
    assert {one.text for one in read_rows} == {f"إغلاق الجسر أمام الشاحنات\n\n{text}"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rows.tsv", f'id\ttext\na\t"{TEXT}"\n'),
        ("rows.json", json.dumps([{"id": "a", "text": TEXT}])),
        ("rows.json", json.dumps({"count": 1, "articles": [{"id": "a", "text": TEXT}]})),
        ("rows.jsonl.gz", gzip.compress(json.dumps({"id": "a", "text": TEXT}).encode("utf-8"))),
    ],
    ids=["tsv", "array", "object with an array", "gzip"],
)
def test_other_kinds_of_tables_are_read_alone_and_in_folders(tmp_path: Path, name: str, content: str | bytes) -> None:
    path = file(tmp_path / name, content)
    assert article(path).text == article(tmp_path).text == TEXT


@pytest.mark.parametrize(
    ("headings", "fields"),
    [
        (["المعرف", "العنوان", "النص", "التاريخ", "الرابط"], ["id", "title", "text", "published", "url"]),
        (["Article ID", "Headline", "Article_Text", "Date", "Link"], ["id", "title", "text", "published", "url"]),
        (["id", "عنوان المقال", "نص المقال", "تاريخ النشر", "url"], ["id", "title", "text", "published", "url"]),
    ],
)
def test_common_headings_are_known_in_any_spelling(tmp_path: Path, headings: list[str], fields: list[str]) -> None:
    values = {
        "id": "a",
        "title": "عنوان",
        "text": "متن الخبر.",
        "published": "2025-12-05",
        "url": "https://example.org",
    }
    (reading,) = read(table(tmp_path / "rows.csv", dict(zip(headings, map(values.get, fields), strict=True))))
    assert reading.page is not None
    read_row = reading.page.article
    assert (read_row.id, read_row.title, read_row.published, read_row.url) == (
        "a", "عنوان", "2025-12-05", "https://example.org",
    )  # fmt: skip
    assert any("columns taken" in note for note in reading.notes)


def test_two_headings_for_the_text_are_one_problem_that_names_both(tmp_path: Path) -> None:
    said = problem(table(tmp_path / "rows.jsonl", {"id": "a", "body": TEXT, "content": "غيره"}))
    assert "has body and content for text" in said
    assert (
        article(table(tmp_path / "rows.jsonl", {"id": "a", "body": TEXT, "content": "غيره"}), text="body").text == TEXT
    )


def test_wrong_columns_are_said_once_and_the_other_rows_counted(tmp_path: Path) -> None:
    readings = read(table(tmp_path / "rows.csv", *({"id": str(n), "raw": TEXT} for n in range(30))))
    assert [reading.page for reading in readings] == [None, None]
    assert "--column text=raw" in (readings[0].problem or "")
    assert "29 more rows" in (readings[1].problem or "")


def test_rows_without_an_id_column_are_called_by_their_places(tmp_path: Path) -> None:
    readings = read(table(tmp_path / "خبر عاجل.csv", {"text": TEXT}, {"text": TEXT}))
    assert [reading.page.article.id for reading in readings if reading.page] == ["خبر_عاجل-1", "خبر_عاجل-2"]
    assert sum("no column id" in note for reading in readings for note in reading.notes) == 1


def test_ids_with_spaces_become_one_word_and_stay_apart(tmp_path: Path) -> None:
    path = table(tmp_path / "rows.csv", row("بلدية 1"), row("بلدية  1"), row("c"))
    readings = read(path)
    assert [reading.page.article.id for reading in readings if reading.page] == ["بلدية_1", "بلدية_1-2", "c"]
    assert [reading.page.article.source for reading in readings if reading.page] == [
        "rows.csv: بلدية 1", "rows.csv: بلدية  1", "rows.csv",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["rows.jsonl", "rows.csv"])
def test_a_text_given_as_a_list_of_paragraphs_is_joined(tmp_path: Path, kind: str) -> None:
    paragraphs = ["فقرة أولى.", "فقرة «ثانية»."]
    value = paragraphs if kind == "rows.jsonl" else str(paragraphs)
    assert article(table(tmp_path / kind, {"id": "a", "text": value})).text == "فقرة أولى.\n\nفقرة «ثانية»."


def test_tags_in_a_text_are_read_as_a_browser_does(tmp_path: Path) -> None:
    text = "<p>فقرة أولى&nbsp;طويلة.</p><p>فقرة <b>ثانية</b>.<br>وسطر.</p>"
    assert article(table(tmp_path / "rows.jsonl", {"id": "a", "text": text})).text == (
        "فقرة أولى\u00a0طويلة.\n\nفقرة ثانية.\n\nوسطر."
    )


@pytest.mark.parametrize("title", [" عنوان الخبر ", "عنوانُ الخَبَر", "عنوان الخبر"])
def test_a_headline_in_another_spelling_is_not_doubled(tmp_path: Path, title: str) -> None:
    text = "عنوان الخبر\n\nمتن الخبر."
    assert article(table(tmp_path / "rows.jsonl", {"id": "a", "text": text, "title": title})).text == text


def test_a_headline_that_is_the_first_word_of_the_text_stands_before_it_all_the_same(tmp_path: Path) -> None:
    path = table(tmp_path / "rows.jsonl", {"id": "a", "title": "غارة", "text": "غارة على أطراف البلدة.\n\nمتن."})
    assert article(path).text == "غارة\n\nغارة على أطراف البلدة.\n\nمتن."


def test_a_headline_with_its_outlet_is_not_doubled(tmp_path: Path) -> None:
    text = "إغلاق جسر السنديان أمام الشاحنات\n\nمتن الخبر."
    path = table(
        tmp_path / "rows.jsonl", {"id": "a", "title": "إغلاق جسر السنديان أمام الشاحنات | المحارة", "text": text}
    )
    assert (article(path).title, article(path).text) == ("إغلاق جسر السنديان أمام الشاحنات", text)


@pytest.mark.parametrize(
    ("stored", "shown", "said"),
    [
        ("قال &quot;نعم&quot; &#8211; ثم&nbsp;مضى", 'قال "نعم" \u2013 ثم\u00a0مضى', "&quot;"),
        ("فقرة أولى.\\n\\nفقرة ثانية.", "فقرة أولى.\n\nفقرة ثانية.", "\\n"),
        ("<p>فقرة &amp; أخرى</p>", "فقرة & أخرى", "tags in texts"),
        ("\ufeffفقرة أولى.", "فقرة أولى.", None),
        ("شركة AT&T؛ و«C:\\new»\nسطر", "شركة AT&T؛ و«C:\\new»\nسطر", None),
    ],
)
def test_a_text_that_was_stored_in_another_form_is_read_as_readers_see_it(
    tmp_path: Path, stored: str, shown: str, said: str | None
) -> None:
    (reading,) = read(table(tmp_path / "rows.jsonl", {"id": "a", "text": stored}))
    assert reading.page is not None
    assert reading.page.article.text == shown
    assert [said in note for note in reading.notes] == ([True] if said else [])


@pytest.mark.parametrize(("value", "id_"), [(1.0, "1.0"), (7, "7"), (2.5, "2.5")])
def test_any_number_may_be_an_id(tmp_path: Path, value: float, id_: str) -> None:
    assert article(table(tmp_path / "rows.jsonl", {"id": value, "text": TEXT})).id == id_


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("before", ["", "\ufeff", "\n \n"])
@pytest.mark.parametrize("around", [False, True])
def test_a_json_array_on_standard_input_is_a_table(
    monkeypatch: pytest.MonkeyPatch, indent: int | None, before: str, around: bool
) -> None:
    rows: Any = [row("a"), row("b")]
    if around and indent is None:
        pytest.skip("on one line this is a row of JSON lines")
    value = {"articles": rows} if around else rows
    readings = read_input(monkeypatch, before + json.dumps(value, ensure_ascii=False, indent=indent))
    assert [reading.page.article.id for reading in readings if reading.page] == ["a", "b"]


def test_a_page_on_standard_input_may_begin_with_a_bracket(monkeypatch: pytest.MonkeyPatch) -> None:
    (reading,) = read_input(monkeypatch, "[صور] " + PAGE)
    assert reading.page is not None


@pytest.mark.parametrize("broken", ['[{"id": "a", "text": ', '[{"id": "a", "text": "\\ud800"}]'])
def test_a_broken_json_array_on_standard_input_is_one_problem(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    (reading,) = read_input(monkeypatch, broken)
    assert reading.page is None
    assert (reading.problem or "").startswith("standard input: ")


# --- what stands beside a page ----------------------------------------------------------------------


def test_a_json_file_beside_a_page_has_what_is_known_of_it(tmp_path: Path) -> None:
    file(tmp_path / "1.txt", PAGE)
    known = {
        "date": "2024-02-01",
        "source": "صحيفة المحارة",
        "link": "https://example.org/1",
        "views": 7,
        "title": "آخر",
    }
    file(tmp_path / "1.json", json.dumps(known, ensure_ascii=False))
    (reading,) = read(tmp_path)
    assert reading.page is not None
    found = reading.page.article
    assert (found.id, found.text, found.title) == ("1", TEXT, TEXT.split("\n")[0])
    assert (found.published, found.outlet, found.url) == ("2024-02-01", "صحيفة المحارة", "https://example.org/1")
    assert any("1 .json files are read as what is known of the pages beside them" in note for note in reading.notes)
    assert not any("not read" in note for note in reading.notes)


@pytest.mark.parametrize("other", ["[1, 2]", '{"paragraphs": []}', '"متن"'])
def test_a_json_file_about_something_else_is_listed_as_not_read(tmp_path: Path, other: str) -> None:
    file(tmp_path / "1.txt", PAGE)
    file(tmp_path / "1.json", other)
    (reading,) = read(tmp_path)
    assert reading.page is not None
    assert reading.page.article.published == "2025-12-07"
    assert any("1 file is not read: 1.json" in note for note in reading.notes)


@pytest.mark.parametrize("broken", ["{", '{"date": ["2024-02-01", "2024-02-02"]}', '{"source": "\\ud800"}'])
def test_a_json_file_that_cannot_be_used_costs_the_page_nothing_and_is_named(tmp_path: Path, broken: str) -> None:
    file(tmp_path / "1.txt", PAGE)
    file(tmp_path / "1.json", broken)
    (reading,) = read(tmp_path)
    assert reading.page is not None
    assert any(f"{tmp_path / '1.json'}: is not used" in note for note in reading.notes)


def test_what_cannot_be_read_has_the_id_that_it_would_have(tmp_path: Path) -> None:
    for folder in ("سياسة", "مال"):
        (tmp_path / folder).mkdir()
        file(tmp_path / folder / "خبر 1.txt", PAGE if folder == "مال" else "")
    table(tmp_path / "rows.jsonl", row("a b"), row("c d") | {"text": ""}, {"id": "e", "text": TEXT, "title": 5.5})
    readings = read(tmp_path)
    assert {(reading.article_id, reading.page is None) for reading in readings} == {
        ("سياسة-خبر_1", True), ("مال-خبر_1", False), ("a_b", False), ("c_d", True), ("e", True),
    }  # fmt: skip


# --- encodings --------------------------------------------------------------------------------------

ENCODED = {
    "utf-8": (PAGE.encode("utf-8"), None),
    "utf-8 with mark": (PAGE.encode("utf-8-sig"), None),
    "utf-16 le with mark": (b"\xff\xfe" + PAGE.encode("utf-16-le"), "utf-16"),
    "utf-16 be with mark": (b"\xfe\xff" + PAGE.encode("utf-16-be"), "utf-16"),
    "utf-16 le": (PAGE.encode("utf-16-le"), "utf-16-le"),
    "utf-16 be": (PAGE.encode("utf-16-be"), "utf-16-be"),
    "windows-1256": (PAGE.encode("cp1256"), "cp1256"),
    "iso 8859-6": (PAGE.encode("iso8859_6"), "iso8859_6"),
}


@pytest.mark.parametrize("name", ENCODED)
def test_a_page_in_any_encoding_is_the_same_article_and_the_encoding_is_said(tmp_path: Path, name: str) -> None:
    content, said = ENCODED[name]
    (reading,) = read(file(tmp_path / "a.txt", content))
    assert reading.page is not None
    assert (reading.page.article.text, reading.page.article.published) == (TEXT, "2025-12-07")
    assert reading.encoding == said


def encoded_table(folder: Path, name: str) -> Path:
    text = f"id,text\na,{BODY[0]}\nb,{BODY[1]}\n"
    marks = {"utf-8 with mark": b"\xef\xbb\xbf", "utf-16 le with mark": b"\xff\xfe", "utf-16 be with mark": b"\xfe\xff"}
    codec = {"utf-16 le": "utf-16-le", "utf-16 be": "utf-16-be", "windows-1256": "cp1256", "iso 8859-6": "iso8859_6"}
    content = text.encode(codec.get(name.removesuffix(" with mark"), "utf-8"))
    return file(folder / "rows.csv", marks.get(name, b"") + content)


@pytest.mark.parametrize("name", ENCODED)
def test_a_csv_table_in_any_encoding_is_the_same_articles(tmp_path: Path, name: str) -> None:
    """Excel writes CSV in Windows-1256 or UTF-16 on Arabic systems."""
    assert [one.text for one in articles(encoded_table(tmp_path, name))] == BODY[:2]


@pytest.mark.parametrize("name", ENCODED)
def test_the_encoding_of_a_table_is_said_with_each_article(tmp_path: Path, name: str) -> None:
    assert [reading.encoding for reading in read(encoded_table(tmp_path, name))] == [ENCODED[name][1]] * 2


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "utf-16-le", "cp1256"])
def test_a_long_table_is_read_in_its_encoding_to_the_end(tmp_path: Path, codec: str) -> None:
    """More than 64 KiB: the encoding is told from the beginning of a file, which must be cut between characters."""
    lines = "".join(json.dumps(row(f"a{n}"), ensure_ascii=False) + "\n" for n in range(400))
    assert len(lines.encode(codec)) > 1 << 17
    found = articles(file(tmp_path / "rows.jsonl", lines.encode(codec)))
    assert [one.id for one in found] == [f"a{n}" for n in range(400)]
    assert {one.text for one in found} == {TEXT}


@pytest.mark.parametrize(
    "tail", [b"A", b"\x00\xd8", b"\n\x00\x00\xd8A\x00"], ids=["odd byte", "half a pair", "lone surrogate"]
)
def test_a_table_in_utf16_that_ends_in_a_broken_character_raises_nothing(tmp_path: Path, tail: bytes) -> None:
    lines = "".join(json.dumps(row(f"a{n}"), ensure_ascii=False) + "\n" for n in range(300))
    read(file(tmp_path / "rows.jsonl", lines.encode("utf-16") + tail))


def test_a_broken_byte_in_a_table_costs_its_line_only(tmp_path: Path) -> None:
    lines = [json.dumps(row(f"a{n}"), ensure_ascii=False).encode("utf-8") for n in range(10)]
    lines[4] = lines[4].replace("الجسر".encode(), b"\xff\xfe")
    readings = read(file(tmp_path / "rows.jsonl", b"\n".join(lines)))
    assert [reading.page.article.text if reading.page else None for reading in readings] == [
        *[TEXT] * 4,
        None,
        *[TEXT] * 5,
    ]


@pytest.mark.parametrize("at", [150, 700, len(PAGE.encode("utf-8")) - 20])
@pytest.mark.parametrize("broken", [b"\xff", b"\xd8", b"\xd8\xd8"])
def test_a_broken_byte_in_a_utf8_page_never_turns_it_into_other_letters(tmp_path: Path, at: int, broken: bytes) -> None:
    """Every byte means something in Windows-1256: بلدية in UTF-8 would be read as ط¨ظ„ط¯."""
    content = PAGE.encode("utf-8")
    (reading,) = read(file(tmp_path / "a.txt", content[:at] + broken + content[at:]))
    assert reading.page is None or reading.page.article.title == HEADLINE


@pytest.mark.parametrize("ends", ["\r\n", "\r", "\n", "\u2028"])
def test_line_ends_of_all_systems_are_line_ends(tmp_path: Path, ends: str) -> None:
    assert article(file(tmp_path / "a.txt", PAGE.replace("\n", ends))).text == TEXT


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_a_text_that_tells_its_own_encoding_is_read_exactly(text: str, codec: str) -> None:
    if codec == "utf-8" and text.encode("utf-8").startswith(b"\xef\xbb\xbf"):
        return  # a mark at the very front is dropped
    assert decode(text.encode(codec))[0] == text


# --- streams ----------------------------------------------------------------------------------------


def huge(path: Path, count: int) -> Path:
    """A table of `count` rows of 1.5 KB, in row groups of 500 where it has such."""
    rows = (row(f"a{n}", outlet="المحارة") for n in range(count))
    if path.suffix == ".parquet":
        schema = pa.schema([("id", pa.string()), ("text", pa.string()), ("outlet", pa.string())])
        with pq.ParquetWriter(path, schema) as writer:
            for _ in range(0, count, 500):
                writer.write_table(pa.Table.from_pylist([next(rows) for _ in range(500)], schema))
        return path
    with path.open("w", encoding="utf-8", newline="") as out:
        if path.suffix == ".csv":
            writer = csv.writer(out)
            writer.writerow(["id", "text"])
            writer.writerows((item["id"], item["text"]) for item in rows)
        else:
            out.writelines(json.dumps(item, ensure_ascii=False) + "\n" for item in rows)
    return path


def test_the_first_article_comes_before_the_rest_of_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand lines of 2.5 KB are 25 MB; the first needs no more than a buffer full."""

    class Lines(io.RawIOBase):
        given = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            line = (json.dumps(row(f"a{Lines.given}")) + "\n").encode()
            Lines.given += 1
            assert Lines.given <= 10_000
            buffer[: len(line)] = line
            return len(line)

    monkeypatch.setattr(sys, "stdin", type("Input", (), {"buffer": io.BufferedReader(Lines(), 1 << 16)}))
    readings: Iterator[Reading] = read_articles(["-"])
    first = next(readings)
    assert first.page is not None
    assert first.page.article.id == "a0"
    assert Lines.given < 200


def peak(path: Path) -> int:
    """The most memory that Python held while all of `path` was read, in bytes."""
    for _ in read_articles([str(path)]):  # whatever is loaded once, is loaded now
        break
    tracemalloc.start()
    try:
        count = sum(reading.page is not None for reading in read_articles([str(path)]))
        assert count >= 1000
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", KINDS)
def test_ten_times_the_rows_need_nearly_the_same_memory(tmp_path: Path, kind: str) -> None:
    """What grows is the ids seen, some 250 bytes each: 2 MB more for 9,000 rows, whose texts are 6 MB."""
    small, large = peak(huge(tmp_path / f"small-{kind}", 1_000)), peak(huge(tmp_path / f"large-{kind}", 10_000))
    assert large - small < 4_000_000


def test_a_table_is_not_opened_before_its_turn(tmp_path: Path) -> None:
    first = table(tmp_path / "1.jsonl", row("a"))
    readings = read_articles([str(first), str(tmp_path / "2.jsonl")])
    assert next(readings).page is not None
    table(tmp_path / "2.jsonl", row("b"))
    assert [reading.page.article.id for reading in readings if reading.page] == ["b"]


# --- what is broken ---------------------------------------------------------------------------------


def test_one_bad_file_among_thirty_costs_that_file_only(tmp_path: Path) -> None:
    for n in range(30):
        file(tmp_path / f"{n:02}.txt", PAGE)
    file(tmp_path / "17.txt", bytes(range(256)) * 20)
    readings = read(tmp_path)
    assert [reading.source for reading in readings if reading.page is None] == [str(tmp_path / "17.txt")]
    assert len(readings) == 30
    assert (readings[17].problem or "").startswith(f"{tmp_path / '17.txt'}: ")


@pytest.mark.parametrize("kind", [".txt", ".html", *KINDS])
def test_an_empty_file_is_a_problem(tmp_path: Path, kind: str) -> None:
    assert problem(file(tmp_path / f"empty{kind}", b"")).startswith(str(tmp_path / f"empty{kind}"))


@pytest.mark.parametrize(
    "line", ["[", "5", '"نص"', "[" * 100_000, "1" * 5_000, '{"id": "b"}', "null", "NaN"], ids=lambda x: x[:12]
)
def test_a_bad_line_of_json_costs_that_line_only(tmp_path: Path, line: str) -> None:
    good = json.dumps(row("a")), json.dumps(row("c"))
    readings = read(file(tmp_path / "rows.jsonl", f"{good[0]}\n{line}\n{good[1]}\n"))
    assert [reading.page.article.id if reading.page else None for reading in readings] == ["a", None, "c"]
    assert (readings[1].problem or "").startswith(f"{tmp_path / 'rows.jsonl'}:2: ")


def test_a_file_that_may_not_be_read_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = file(tmp_path / "a.txt", PAGE)

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert problem(path) == f"{path}: cannot be read (Permission denied)"


@pytest.mark.parametrize("field", ["id", "text", "title", "outlet", "agency", "url", "event_id", "published"])
def test_half_a_character_in_a_row_is_a_problem_or_left_out_never_passed_on(tmp_path: Path, field: str) -> None:
    r"""JSON may say \ud800, which no UTF-8 file can hold; tasks are written as UTF-8."""
    (reading,) = read(file(tmp_path / "rows.jsonl", json.dumps(row("a") | {field: "ا\ud800"})))
    if reading.page is not None:
        values = (getattr(reading.page.article, name) for name in Article.__slots__)
        "".join(value for value in values if value).encode("utf-8")


some_bytes = st.binary(max_size=400)
pieces = st.sampled_from(
    [
        b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\0", b"\n", b"\r\n", b'"', b"{", b"}", b"[", b",", b"PAR1",
        b'{"id": "a", "text": "b"}', b"id,text\n", b"<html>", b"<p>", b"</p>", b"<!--", b"<article>", b"&#0;", b"&#xd800;",
        b'<script type="application/ld+json">', b"</script>", b'<meta charset="', b"<?xml encoding='x'?>", b"\xd8",
        BODY[0].encode("utf-8"), BODY[1].encode("cp1256"), b"<p>" + BODY[0].encode("utf-8"), b"\xed\xa0\x80", b"9" * 30,
    ]
)  # fmt: skip
mixed = st.lists(pieces | st.binary(max_size=8), max_size=25).map(b"".join)


def assert_told(folder: Path, name: str, content: bytes) -> None:
    """Whatever the file holds, every Reading is a page or one line that names the file; the next file is unharmed."""
    path, good = file(folder / name, content), file(folder / "good.txt", PAGE)
    readings = read(path, good)
    assert readings[-1].page is not None
    assert readings[-1].page.article.text == TEXT
    for reading in readings[:-1]:
        assert reading.problem is None or reading.problem.startswith(str(path))


FUZZED = settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("kind", [".txt", ".html", ".jsonl", ".csv", ".parquet"])
@FUZZED
@given(content=some_bytes | mixed)
def test_arbitrary_bytes_are_articles_or_problems_of_one_line(tmp_path: Path, kind: str, content: bytes) -> None:
    assert_told(tmp_path, f"any{kind}", content)


@FUZZED
@given(data=st.data())
def test_a_parquet_file_with_bytes_changed_is_articles_or_problems_of_one_line(
    tmp_path: Path, data: st.DataObject
) -> None:
    table(tmp_path / "rows.parquet", *(row(f"a{n}", published="2025-12-05") for n in range(3)))
    content = bytearray((tmp_path / "rows.parquet").read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.just(len(content)) | st.integers(0, len(content)))
    assert_told(tmp_path, "any.parquet", bytes(content[:end]))


values = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.text(max_size=8)
    | st.just(TEXT)
    | st.just("2025-12-05"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
fields = st.sampled_from(["id", "text", "title", "outlet", "agency", "published", "url", "event_id"])


@FUZZED
@given(rows=st.lists(st.dictionaries(fields, values) | values, max_size=4))
def test_arbitrary_json_in_rows_is_articles_or_problems_of_one_line(tmp_path: Path, rows: list[Any]) -> None:
    assert_told(tmp_path, "any.jsonl", "\n".join(map(json.dumps, rows)).encode())
