"""Small pages, date lines and tables, each of a kind that was once read wrong (page_faults/)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from html_pages import parse_html
from mihakk.annotate.document import Article
from mihakk.annotate.pages.dates import read_date_line
from mihakk.annotate.pages.page import Page, parse_page
from mihakk.annotate.pages.sources import read_articles

FAULTS = Path(__file__).with_name("page_faults")
ROWS: list[dict[str, Any]] = [
    row
    for name in ("pages.json", "more_pages.json", "site_pages.json")
    for row in json.loads((FAULTS / name).read_text(encoding="utf-8"))
]
DATES = [
    line.split("\t")
    for name in ("dates.tsv", "more_dates.tsv")
    for line in (FAULTS / name).read_text(encoding="utf-8").split("\n")[1:-1]
]
PAGES = sorted((FAULTS / "pages").iterdir())
BODY = [
    "قُتل خمسة مدنيين على الأقل وأصيب آخرون في قصف استهدف سوقا شعبيا بمدينة الأبيض عاصمة ولاية شمال كردفان، بحسب مصدر طبي محلي تحدث يوم الاثنين.",
    "وقال المصدر إن القصف وقع عند الظهر حين كان السوق مزدحما، وإن الجرحى نقلوا إلى مستشفى المدينة لتلقي العلاج العاجل.",
    "ونددت وزارة الخارجية المصرية بالهجوم ودعت إلى هدنة إنسانية عاجلة تفتح الطريق أمام وصول المساعدات إلى المدنيين المحاصرين.",
    "كما دعا الاتحاد الأفريقي طرفي النزاع إلى ضبط النفس واحترام القانون الدولي الإنساني وحماية المنشآت المدنية.",
]  # fmt: skip


def read(row: dict[str, Any], folder: Path) -> list[Article]:
    """The articles of a row's input, written as the file or folder that it is."""
    if row["form"] == "folder":
        source = folder / "in"
        for name, text in row["input"].items():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_text(text, encoding="utf-8")
    else:
        source = folder / f"x.{row['form']}"
        source.write_bytes(row["input"].encode("utf-8"))
    return [reading.page.article for reading in read_articles([str(source)]) if reading.page]


def body_of(article: Article) -> list[str]:
    paragraphs = article.text.split("\n\n")
    return paragraphs[1:] if article.title else paragraphs


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['id']} {row['kind']}")
def test_an_input_that_was_read_wrong_is_read_as_wanted(row: dict[str, Any], tmp_path: Path) -> None:
    articles = read(row, tmp_path)
    first = articles[0]
    found = {
        "title": first.title,
        "outlet": first.outlet,
        "published": first.published,
        "day": (first.published or "")[:10],
        "body": body_of(first),
        "count": len(articles),
    }
    for field, wanted in row["want"].items():
        several = wanted if field == "published" and isinstance(wanted, list) else [wanted]
        assert found[field] in several, field


def test_paragraphs_that_a_box_of_links_cuts_off_are_to_be_looked_at() -> None:
    links = ["الأكثر قراءة", "مباريات كأس 2025", "أسعار 2024", "طقس الغد 35"]
    page = parse_page(
        "\n".join(["جريدة الميزان", "قصف سوق الأبيض", "2 يونيو 2025", *BODY[:2], *links, *BODY[2:3]]), "a"
    )
    seen = [*body_of(page.article), *page.doubts]
    assert all(any(paragraph[:40] in shown for shown in seen) for paragraph in BODY[:3])


@pytest.mark.parametrize(("line", "published"), DATES)
def test_a_date_line_gives_the_time_that_it_says_or_none(line: str, published: str) -> None:
    read_line = read_date_line(line)
    assert (read_line.published if read_line and read_line.kind != "updated" else None) == (published or None)


# Lines under a headline, above a body: what the lines say of each other.
@pytest.mark.parametrize(
    ("lines", "published"),
    [
        (["آخر تحديث:", "3 نوفمبر 2025"], None),
        (["تاريخ آخر تحديث", "3 نوفمبر 2025 14:30"], None),
        (["نشر", "3 نوفمبر 2025", "تحديث", "4 نوفمبر 2025"], "2025-11-03"),
        (["تاريخ النشر:", "03/11/2025", "14:30"], "2025-11-03T14:30"),
        (["3 نوفمبر 2025", "2:30 مساءً بتوقيت غرينتش"], "2025-11-03T14:30+00:00"),
        (["3 نوفمبر 2025", "آخر تحديث 16:30"], "2025-11-03"),
        (["3 نوفمبر 2025 14:30 (بتوقيت مكة المكرمة)"], "2025-11-03T14:30+03:00"),
        (["3 نوفمبر 2025 (رويترز)"], "2025-11-03"),
        (["العدد 12 - 30 نوفمبر 2025"], "2025-11-30"),
    ],
)
def test_lines_around_a_date_say_what_it_is(lines: list[str], published: str | None) -> None:
    article = parse_page("\n\n".join(["إغلاق جسر السنديان أمام الشاحنات لثلاثة أسابيع", *lines, *BODY]), "a").article
    assert (article.published, article.outlet) == (published, None)
    assert body_of(article) == BODY


def test_a_caption_with_a_date_and_a_credit_is_no_date_line() -> None:
    caption = "دخان فوق الأبيض في 2 نوفمبر 2025 (رويترز)"
    page = parse_page("\n\n".join(["قصف سوق الأبيض", "3 نوفمبر 2025", caption, *BODY]), "a")
    assert page.article.published == "2025-11-03"


def page_in(path: Path) -> Page:
    data = path.read_bytes()
    return parse_html(data, path.stem) if path.suffix == ".html" else parse_page(data.decode("utf-8"), path.stem)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_paragraph_is_lost_or_doubled(path: Path) -> None:
    shown = path.read_text(encoding="utf-8")
    body = body_of(page_in(path).article)
    for paragraph in BODY:
        assert body.count(paragraph) == (paragraph in shown), paragraph


# What else these pages hold of their articles, as a reader finds it: (outlet, time, lines that must be there).
ALSO: dict[str, tuple[str | None, str | None, list[str]]] = {
    "allbold_dialog.txt": (None, "2025-11-03", ["– متى بدأ القصف؟", "– لا نعلم."]),
    "city_after_date_as_outlet.txt": ("صحيفة البيان", "2025-11-03", []),
    "clock_above.txt": (None, None, []),
    "date_under_standfirst.txt": (None, "2025-11-03T14:20", []),
    "date_under_standfirst2.txt": (None, "2025-11-03T14:20", []),
    "iso_time.txt": (None, "2025-11-03T14:22+00:00", []),
    "jsonld_ar_date.html": (None, "2025-11-03T14:30", []),
    "jsonld_entities.html": (None, "2025-11-03T14:22", []),
    "jsonld_rawnewline.html": (None, "2025-11-03T14:22+03:00", []),
    "jsonld_rfc.html": (None, "2025-11-03T14:22+00:00", []),
    "jsonld_trailing_newline_comment.html": (None, "2025-11-03T14:22+03:00", []),
    "jsonld_tz_nocolon.html": (None, "2025-11-03T14:22+03:00", []),
    "known_masthead.txt": ("الجزيرة", "2025-11-03", []),
    "known_masthead_tag.txt": ("العربية", "2025-11-03", []),
    "massaan.txt": (None, "2025-11-03T20:15", []),
    "meta_date_ymd_slash.html": (None, "2025-11-03T14:22", []),
    "qa.txt": (None, "2025-11-03", ["ماذا حدث في السوق؟", "من يقف وراء الهجوم؟", "لا أحد يعلم.", "متى تنتهي الحرب؟"]),
    "radood.txt": (None, "2025-11-03", ["ردود الفعل"]),
    "table.html": (None, None, ["المدينة\tالقتلى", "الأبيض\t5"]),
    "table.txt": (None, "2025-11-03", ["المدينة\tالقتلى\tالجرحى", "الأبيض\t5\t12", "بارا\t3\t7"]),
    "tag_after_body_as_outlet.txt": ("اليوم السابع", "2025-11-03", []),
    "tag_after_body_as_outlet2.txt": ("الشروق أونلاين", "2025-11-03", []),
    "time_text_only.html": (None, "2025-11-03T14:30", []),
    "timeline.txt": (None, "2025-11-03", ["15 أبريل 2023", "10 مايو 2024", "26 أكتوبر 2025: سقوط الفاشر."]),
    "title_outlet_first.html": ("المدينة نيوز", None, []),
    "us_date.txt": (None, None, []),
    "verse.txt": (None, "2025-11-03", ["يا سوق أين أهلك الكرام", "رحلوا ولم يبق سوى الحطام", "يا أبيض الجرح الذي لا ينام"]),
    "visible_date_class.html": (None, "2025-11-03T14:30", []),
    "visible_date_only.html": (None, "2020-04-24T21:22", []),
}  # fmt: skip


@pytest.mark.parametrize("name", ALSO)
def test_outlet_time_and_short_lines_are_as_the_page_shows_them(name: str) -> None:
    outlet, published, lines = ALSO[name]
    article = page_in(FAULTS / "pages" / name).article
    assert (article.outlet, article.published) == (outlet, published)
    assert [line for line in lines if line not in body_of(article)] == []


@pytest.mark.parametrize("name", ["hash_tagline.txt", "md.txt"])
def test_a_headline_with_a_mark_in_front_is_a_headline(name: str) -> None:
    title = page_in(FAULTS / "pages" / name).article.title
    assert title is not None
    assert title.endswith("مقتل خمسة مدنيين في قصف على سوق شعبي بمدينة الأبيض")


def test_of_two_articles_on_a_page_the_second_is_said_and_not_merged() -> None:
    page = page_in(FAULTS / "pages" / "two_articles.txt")
    assert "another article begins at line 8" in page.doubts[0]
    assert "الفاشر" not in page.article.text


def test_a_page_that_only_teases_and_a_live_blog_are_said() -> None:
    head = ["الرئيسية", "إغلاق جسر السنديان أمام الشاحنات لثلاثة أسابيع", "12 مايو 2025"]
    teaser = parse_page(
        "\n".join([*head, "أعلنت بلدية السنديان، الاثنين، إغلاق الجسر الشرقي أمام الشاحنات بعد ظهور تشققات واسعة في…"]),
        "a",
    )
    assert any("teaser" in doubt for doubt in teaser.doubts)
    updates = [line for n, text in enumerate(BODY * 2) for line in (f"1{n}:30", text)]
    assert any("live blog" in doubt for doubt in parse_page("\n".join([*head, *updates]), "a").doubts)
    # With each clock time below what it belongs to, the last stands behind the body.
    swapped = [line for n in range(0, 8, 2) for line in (updates[n + 1], updates[n])]
    assert any("live blog" in doubt for doubt in parse_page("\n".join([*head, *swapped]), "a").doubts)


def test_a_sentence_that_is_left_out_beside_the_body_is_said() -> None:
    head = ["الرئيسية", "مقتل خمسة مدنيين في قصف على سوق شعبي بمدينة الأبيض", "3 نوفمبر 2025"]
    lost = "دخان يتصاعد من السوق بعد القصف الذي طال المدينة ظهر اليوم الاثنين (صحيفة المحارة)"
    page = parse_page("\n".join([*head, lost, *BODY]), "a")
    assert lost not in page.article.text
    assert [doubt for doubt in page.doubts if "دخان يتصاعد" in doubt]
