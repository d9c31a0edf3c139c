"""Tables and folders as newsrooms and programs leave them: each article is read, or it is said why not."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from mihakk.annotate.document import Article
from mihakk.annotate.pages.rows import _HEADINGS, _SEPARATORS
from mihakk.annotate.pages.sources import Reading, read_articles
from mihakk.configs.errors import Problem, grouped

TITLES = ["إغلاق جسر السنديان أمام الشاحنات لثلاثة أسابيع", "بلدية الصنوبرة تفتتح سوقا جديدة للخضار"]
PARAGRAPHS = [
    ["أعلنت بلدية السنديان، الاثنين، إغلاق الجسر الشرقي أمام الشاحنات بعد ظهور تشققات واسعة في دعاماته.",
     "وقال مدير الطرق نجيب الصافي إن أعمال الترميم ستستمر ثلاثة أسابيع على الأقل."],
    ["افتتحت بلدية الصنوبرة سوقا جديدة للخضار قرب ساحة الحي القديم بحضور عدد من التجار.",
     "وأوضح رئيس البلدية أن السوق الجديدة تضم أربعين محلا ومرآبا للسيارات."],
]  # fmt: skip
BODIES = ["\n\n".join(paragraphs) for paragraphs in PARAGRAPHS]
ROWS = [{"id": f"a{n}", "title": TITLES[n], "text": BODIES[n]} for n in range(2)]
WHOLE = [(f"a{n}", f"{TITLES[n]}\n\n{BODIES[n]}") for n in range(2)]


def as_csv(*rows: list[str], by: str = ",") -> str:
    return "".join(by.join('"' + cell.replace('"', '""') + '"' for cell in row) + "\r\n" for row in rows)


HEADING = ["id", "title", "text"]
CELLS = [[row[name] for name in HEADING] for row in ROWS]
CSV = as_csv(HEADING, *CELLS)
UNQUOTED = "id,title,text\r\n" + as_csv(*CELLS)


def read(folder: Path, **files: str | bytes) -> list[Reading]:
    """The readings of files with these contents; `__` in a name stands for a full stop."""
    return read_files(folder, {name.replace("__", "."): content for name, content in files.items()})


def read_files(folder: Path, files: dict[str, str | bytes], whole: bool = False) -> list[Reading]:
    """The readings of a table, or, with `whole`, of the folder that the files are in."""
    place = folder / "in"
    for name, content in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return list(read_articles([str(place if whole or len(files) > 1 else place / next(iter(files)))]))


def articles(readings: list[Reading]) -> list[Article]:
    return [reading.page.article for reading in readings if reading.page]


def said(readings: list[Reading]) -> str:
    return "\n".join(line for r in readings for line in (*r.notes, *([r.problem] if r.problem else [])))


def as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


LINES = "".join(as_json(row) + "\n" for row in ROWS)
WRAPPED = [{"_id": row["id"], "_score": 1.0, "_source": {"title": row["title"], "text": row["text"]}} for row in ROWS]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.csv", UNQUOTED),
        ("x.csv", "\r\n \r\n" + UNQUOTED),
        ("x.csv", ",,\r\n" + UNQUOTED),
        ("x.csv", "\ufeff;;\r\nid;title;text\r\n" + as_csv(*CELLS, by=";")),
        ("x.csv", UNQUOTED + ",,\r\n ,,\r\n"),
        ("x.csv", "id,title,text,,\r\n" + "".join(line + ",,\r\n" for line in as_csv(*CELLS).split("\r\n")[:-1])),
        ("x.csv", UNQUOTED.rstrip("\r\n") + ",\r\n"),  # one more bar, and nothing behind it
        ("x.csv.gz", gzip.compress(CSV.encode("utf-8"))),
        ("x.TSV.GZ", gzip.compress(as_csv(HEADING, *CELLS, by="\t").encode("cp1256"))),
        ("x.json.gz", gzip.compress(as_json(ROWS).encode("utf-8"))),
        ("x.ndjson", LINES),
        ("x.ndjson.gz", gzip.compress(LINES.encode("utf-8"))),
        ("x.json", LINES),
        ("x.json", "\n\n" + LINES),
        ("x.json", as_json({"response": {"numFound": 2, "tags": ["أ", "ب"], "docs": ROWS}})),
        ("x.json", as_json({"took": 1, "hits": {"total": {"value": 2}, "hits": WRAPPED}})),
        ("x.json", as_json({"data": {"posts": {"edges": [{"node": row} for row in ROWS]}}})),
        ("x.jsonl", "".join(as_json(row) + "\n" for row in WRAPPED)),
        ("x.jsonl", "".join(as_json(row | {"id": {"$oid": row["id"]}}) + "\n" for row in ROWS)),
        ("x.json", as_json({row["id"]: {"title": row["title"], "text": row["text"]} for row in ROWS})),
        ("x.json", as_json({name: {str(n): row[name] for n, row in enumerate(ROWS)} for name in HEADING})),
        ("x.json", as_json({str(n): row for n, row in enumerate(ROWS)})),
        ("x.csv", CSV.replace("\n\n", "_x000D_\n_x000D_\n")),
    ],
)  # fmt: skip
def test_a_table_is_read_whatever_made_it(tmp_path: Path, name: str, content: str | bytes) -> None:
    readings = read_files(tmp_path, {name: content})
    assert [(article.id, article.text) for article in articles(readings)] == WHOLE
    assert [reading.problem for reading in readings if reading.problem] == []


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (as_json({"a": ROWS, "b": ROWS}), "is no table"),
        (as_json("نص"), "is no table"),
        ("{broken", "is not JSON"),
        (as_json(ROWS)[:-1] + ",]", "is not JSON"),
        (as_json({"name": "x", "version": {"a": 1}}), "is no table"),
    ],
)
def test_what_is_no_table_is_one_problem_of_its_file(tmp_path: Path, content: str, why: str) -> None:
    (reading,) = read(tmp_path, x__json=content)
    assert reading.problem is not None
    assert reading.problem.startswith(f"{tmp_path / 'in' / 'x.json'}: {why}")


def test_a_row_with_a_comma_too_many_is_a_problem_and_not_half_a_text(tmp_path: Path) -> None:
    readings = read(tmp_path, x__csv=UNQUOTED + "a2,عنوان,نص أول, نص ثان\r\n")
    assert [article.id for article in articles(readings)] == ["a0", "a1"]
    assert "1 more cell than columns; put quotation marks" in said(readings)


def test_rows_with_nothing_in_them_are_said_even_at_the_end(tmp_path: Path) -> None:
    readings = read(tmp_path, x__csv=UNQUOTED + ",,\r\n,,\r\n")
    assert said(readings).count("rows with nothing in them are left out") == 1
    assert "has no rows" in said(read(tmp_path / "empty", x__csv="id,title,text\r\n,,\r\n"))


@pytest.mark.parametrize("nothing", ["nan", "NaN", "NaT", "None", "null", "NULL", "N/A", "#N/A", "<NA>", "\\N"])
def test_what_programs_write_for_nothing_is_nothing(tmp_path: Path, nothing: str) -> None:
    cells = ["id", "title", "text", "outlet", "date"]
    readings = read(
        tmp_path, x__csv=as_csv(cells, ["a", nothing, BODIES[0], nothing, nothing], ["b", "ع", nothing, "", ""])
    )
    (article,) = articles(readings)
    assert (article.title, article.text, article.outlet, article.published) == (None, BODIES[0], None, None)
    assert "has no text" in said(readings)


def test_a_text_of_spaces_is_no_article(tmp_path: Path) -> None:
    readings = read(tmp_path, x__csv=as_csv(HEADING, ["a", "عنوان", " \n "]))
    assert articles(readings) == []
    assert "has no text" in said(readings)


@pytest.mark.parametrize("first_is_spaced", [True, False])
def test_an_id_with_a_space_and_one_with_a_bar_stay_apart(tmp_path: Path, first_is_spaced: bool) -> None:
    ids = ["خبر 1", "خبر_1"] if first_is_spaced else ["خبر_1", "خبر 1"]
    readings = read(tmp_path, x__csv=as_csv(HEADING, *([i, t, b] for i, t, b in zip(ids, TITLES, BODIES, strict=True))))
    assert [article.id for article in articles(readings)] == ["خبر_1", "خبر_1-2"]
    assert "ids with spaces" in said(readings)


def test_counted_times_are_said(tmp_path: Path) -> None:
    readings = read(tmp_path, x__csv=as_csv([*HEADING, "date"], [*CELLS[0], "45996"], [*CELLS[1], "1764962940"]))
    assert [article.published for article in articles(readings)] == ["2025-12-05", "2025-12-05T19:29+00:00"]
    assert "Excel's numbers of days are read as dates, as 45996 as 2025-12-05" in said(readings)
    assert "seconds since 1970 are read as times of Greenwich, as 1764962940" in said(readings)


@pytest.mark.parametrize(
    ("headings", "fields"),
    [
        ({"عنوان الخبر": "t", "نص الخبر": BODIES[0], "الجريدة": "o", "تاريخ الخبر": "2025-11-03"}, ("t", "o", "2025-11-03")),
        ({"العنوان الرئيسي": "t", "المحتوى": BODIES[0], "الموقع": "o", "التاريخ": "2025-11-03"}, ("t", "o", "2025-11-03")),
        ({"newsTitle": "t", "newsText": BODIES[0], "Source Name": "o", "date_publish": "2025-11-03"}, ("t", "o", "2025-11-03")),
        ({"title": "t", "متن": BODIES[0], "منبع": "o", "تاریخ انتشار": "2025-11-03"}, ("t", "o", "2025-11-03")),
    ],
)  # fmt: skip
def test_more_headings_are_known(tmp_path: Path, headings: dict[str, str], fields: tuple[str, str, str]) -> None:
    (article,) = articles(read(tmp_path, x__jsonl=as_json(headings)))
    assert (article.title, article.outlet, article.published) == fields


def test_known_headings_stand_as_they_are_looked_up() -> None:
    from mihakk.annotate.arabic import fold

    words = [word for several in _HEADINGS.values() for word in several.split()]
    assert [word for word in words if _SEPARATORS.sub("", fold(word)) != word] == []
    assert len(words) == len(set(words)), "a heading is of one field"


def test_a_second_column_of_texts_is_said(tmp_path: Path) -> None:
    (reading,) = read(tmp_path, x__csv=as_csv(["id", "text", "body"], ["a", BODIES[0], BODIES[1]]))
    assert articles([reading])[0].text == BODIES[0]
    assert "column body is not read; text is the text (--column text=body)" in said([reading])


def test_a_table_without_a_heading_says_so_in_short(tmp_path: Path) -> None:
    readings = read(tmp_path, x__csv=as_csv(*CELLS))
    assert "has no row of column names above the articles; add one, such as id,title,text" in said(readings)
    assert len(said(readings).splitlines()[0]) < 200 + len(str(tmp_path))


def test_rows_that_lack_the_id_that_others_have_are_said(tmp_path: Path) -> None:
    readings = read(tmp_path, x__jsonl=as_json(ROWS[0]) + "\n" + as_json({"text": BODIES[1]}))
    assert [article.id for article in articles(readings)] == ["a0", "x-2"]
    assert "some rows have no id; theirs are x-1" in said(readings)


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        (f"&lt;p&gt;{PARAGRAPHS[0][0]}&lt;/p&gt;&lt;p&gt;{PARAGRAPHS[0][1]}&lt;/p&gt;", BODIES[0]),
        (f"<p>{PARAGRAPHS[0][0]}</p><script>x()</script><p>{PARAGRAPHS[0][1]}</p>", BODIES[0]),
        (BODIES[0].replace("الجسر", "<b>الجسر</b>"), BODIES[0]),
        (BODIES[0].replace("الجسر", '<a href="/x">الجسر</a>', 1), BODIES[0]),
        ("إذا كان س < ص فإن ص > س، كما قال.", "إذا كان س < ص فإن ص > س، كما قال."),
    ],
)
def test_tags_in_a_text_are_no_part_of_it(tmp_path: Path, stored: str, shown: str) -> None:
    readings = read(tmp_path, x__jsonl=as_json({"id": "a", "text": stored, "title": "<h1>قال &quot;نعم&quot;</h1>"}))
    (article,) = articles(readings)
    assert (article.title, article.text) == ('قال "نعم"', f'قال "نعم"\n\n{shown}')
    assert stored == shown or "tags" in said(readings)


def test_rows_of_interfaces_and_crawlers_are_read(tmp_path: Path) -> None:
    wordpress = {"id": 5, "title": {"rendered": TITLES[0]}, "content": {"rendered": f"<p>{PARAGRAPHS[0][0]}</p>"}}
    crawled = {"id": ["6"], "title": [TITLES[1]], "date": ["2025-11-03"], "text": PARAGRAPHS[1]}
    found = articles(read(tmp_path, x__json=as_json({"meta": [{"page": 1}], "data": [wordpress, crawled]})))
    assert [(article.id, article.title, article.published) for article in found] == [
        ("5", TITLES[0], None),
        ("6", TITLES[1], "2025-11-03"),
    ]


def test_an_updated_time_in_a_date_column_is_no_time_of_publication(tmp_path: Path) -> None:
    readings = read(tmp_path, x__csv=as_csv([*HEADING, "date"], [*CELLS[0], "آخر تحديث 3 نوفمبر 2025"]))
    assert articles(readings)[0].published is None
    assert "as آخر تحديث 3 نوفمبر 2025" in said(readings)


def test_bytes_that_are_no_utf8_are_said_with_what_mends_them(tmp_path: Path) -> None:
    broken = CSV.encode("utf-8") + as_csv(["a9", TITLES[0], BODIES[0]]).encode("cp1256")
    readings = read(tmp_path, x__csv=broken)
    assert len(articles(readings)) == 2
    assert "article 'a9' has bytes that are no UTF-8; save the table as UTF-8" in said(readings)


def test_a_title_above_the_heading_is_said(tmp_path: Path) -> None:
    assert "the first row, “تقرير”, names no columns" in said(read(tmp_path, x__csv="تقرير,,\r\n" + UNQUOTED))


# --- folders ----------------------------------------------------------------------------------------


PAGES = [f"{title}\n\n{body}\n" for title, body in zip(TITLES, BODIES, strict=True)]
HTML = f"<h1>{TITLES[1]}</h1>" + "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS[1])


@pytest.mark.parametrize(
    ("files", "ids", "words"),
    [
        ({"0.json": as_json(ROWS[0] | {"id": None}), "1.json": as_json({"body": PARAGRAPHS[1], "title": "ع"})},
         ["0", "1"], ["columns taken"]),
        ({"a/1.json": as_json({"text": BODIES[0]}), "b/1.json": as_json({"text": BODIES[1]})}, ["a-1", "b-1"], []),
        ({"a/n.csv": as_csv(["text"], [BODIES[0]]), "b/n.csv": as_csv(["text"], [BODIES[1]])}, ["a-n-1", "b-n-1"], []),
        ({"a/1.txt": PAGES[0], "b/1.txt": PAGES[1], "a-1.txt": PAGES[0] + "وأضاف أن العمل بدأ صباح الاثنين."},
         ["a-1", "b-1", "a-1-2"], ["folder in front"]),
        ({"خبر 1.txt": PAGES[0], "خبر_1.txt": PAGES[1]}, ["خبر_1", "خبر_1-2"], ["file names with spaces"]),
        ({"1.txt": PAGES[0], ".2.txt": PAGES[1], "._1.txt": b"\0\5\26\7", "~$1.docx": "x", "__MACOSX/._1.txt": b"\0\5"},
         ["1"], ["1 hidden file is not read: .2.txt"]),
        ({"1.txt": PAGES[0], "خبر.html": HTML, "خبر_files/frame.html": "<p>x</p>", "خبر_files/a.js": "x"},
         ["1", "خبر"], ["1 folder of parts of a saved page is not read: خبر_files"]),
        ({"1.txt": PAGES[0], "Thumbs.db": "x", "2.xhtml": HTML}, ["1"], ["2 files are not read: 2.xhtml, Thumbs.db"]),
        ({"1.txt": PAGES[0], "x.csv.gz": "no gzip"}, ["1"], ["x.csv.gz: cannot be read (Not a gzipped file"]),
        ({"1.txt": PAGES[0], "2.mhtml": "x"}, ["1"], ["2.mhtml: is not read; open it in a browser and save it as HTML"]),
    ],
)  # fmt: skip
def test_every_file_of_a_folder_is_read_or_said(
    tmp_path: Path, files: dict[str, str | bytes], ids: list[str], words: list[str]
) -> None:
    readings = read_files(tmp_path, files, whole=True)
    assert sorted(article.id for article in articles(readings)) == sorted(ids)
    assert [word for word in words if word not in said(readings)] == []


def test_what_is_decided_for_files_of_one_article_is_said_once(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {f"{n}.json": as_json({"body": BODIES[n % 2]}) for n in range(20)}
    readings = read_files(tmp_path, files)
    assert len(articles(readings)) == 20
    assert said(readings).count("columns taken") == 1


def test_links_that_lead_to_no_file_are_said(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "gone.txt").symlink_to(tmp_path / "nothing.txt")
    (tmp_path / "in" / "round").symlink_to(tmp_path / "in")
    readings = read_files(tmp_path, {"1.txt": PAGES[0]}, whole=True)
    assert len(articles(readings)) == 1
    assert "2 links or devices are not read: gone.txt, round" in said(readings)


def test_of_many_files_with_one_fault_all_are_named() -> None:
    names = ["a.docx", "b.pdf", "c.doc", "d.rtf"]
    (line,) = grouped(Problem(f"/x/{name}", "is not read") for name in names)
    assert line == "/x/a.docx: is not read (4 times; this is the first; then b.pdf, c.doc, d.rtf)"
    (many,) = grouped(Problem(f"/x/{n}.doc", "is not read") for n in range(40))
    assert many.endswith("20.doc, …)")
    (rows,) = grouped(Problem(f"/x/a.csv:{n}", "has no text") for n in range(9))
    assert rows == "/x/a.csv:0: has no text (9 times; this is the first)"
