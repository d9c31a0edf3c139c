"""A short line that stands inside several articles of one site is the site's, not the articles'."""

from __future__ import annotations

from pathlib import Path

import pytest
from mihakk.annotate.pages.page import Page, SiteLines, parse_page
from mihakk.annotate.pages.sources import read_articles

# Twelve stories, so that no two pages share a paragraph or a headline.
PLACES = [
    "النعناع", "الريحان", "الزعتر", "السماق", "الخروب", "الصنوبر", "الدفلى", "البطم", "العرعر", "الغار", "القندول",
    "الطيون",
]  # fmt: skip
LINE = "حكايات من المدينة"
BACKGROUND = (
    "ويربط الجسر ضفتي النهر منذ أكثر من مئة عام، ويعبره كل يوم نحو ألفي شخص من سكان القرى المجاورة وطلاب المدارس فيها."
)


def page(n: int, *inside: str, outlet: str = "صحيفة المحارة") -> str:
    place = PLACES[n % len(PLACES)]
    return "\n".join(
        [
            "الرئيسية",
            f"بلدية وادي {place} تعيد فتح الجسر القديم أمام المشاة",
            f"الأحد {n + 1} كانون الأول 2024" if n == 0 else "7/12/2025",
            f"أعادت بلدية وادي {place}، صباح الأحد، فتح الجسر القديم أمام المشاة والسيارات بعد أعمال ترميم دامت {n + 2} أعوام.",
            f"وقالت رئيسة بلدية {place} سلمى الكرزي إن الترميم شمل الدعامات الأربع، وإن كلفته بلغت {n + 3} ملايين دينار.",
            *inside,
            f"وأضافت أن الشاحنات ستبقى على طريق {place} الدائري حتى ينتهي فحص الأساسات في مطلع الربيع المقبل.",
            f"المصدر: {outlet}",
        ]
    )


def read_folder(folder: Path, *pages: str) -> list[Page]:
    for n, text in enumerate(pages):
        (folder / f"{n:02}.txt").write_text(text, encoding="utf-8")
    readings = list(read_articles([str(folder)]))
    assert [reading.problem for reading in readings if reading.problem] == []
    return [reading.page for reading in readings if reading.page]


def kept(pages: list[Page], line: str) -> list[bool]:
    return [line in one.article.text.split("\n\n") for one in pages]


def reasons(pages: list[Page], line: str) -> set[str]:
    return {removed.reason for one in pages for removed in one.removed if removed.text == line}


def test_a_short_line_inside_three_pages_of_an_outlet_is_left_out_with_the_reason(tmp_path: Path) -> None:
    pages = read_folder(tmp_path, *(page(n, LINE) for n in range(3)))
    assert kept(pages, LINE) == [False] * 3
    assert reasons(pages, LINE) == {"on other pages of the site too"}
    assert [len(one.article.text.split("\n\n")) for one in pages] == [4] * 3


def test_in_two_pages_it_is_kept(tmp_path: Path) -> None:
    pages = read_folder(tmp_path, page(0, LINE), page(1, LINE), page(2))
    assert kept(pages, LINE) == [True, True, False]


def test_in_pages_of_different_outlets_it_is_kept(tmp_path: Path) -> None:
    outlets = ["صحيفة المحارة", "صحيفة المد", "صحيفة الموج"]
    pages = read_folder(tmp_path, *(page(n, LINE, outlet=outlet) for n, outlet in enumerate(outlets)))
    assert {one.article.outlet for one in pages} == set(outlets)
    assert kept(pages, LINE) == [True] * 3


def test_where_pages_name_no_outlet_nothing_is_known_of_their_site(tmp_path: Path) -> None:
    pages = read_folder(tmp_path, *(page(n, LINE).rpartition("\n")[0] for n in range(4)))
    assert {one.article.outlet for one in pages} == {None}
    assert kept(pages, LINE) == [True] * 4


def test_a_background_paragraph_that_a_site_repeats_is_part_of_its_articles(tmp_path: Path) -> None:
    pages = read_folder(tmp_path, *(page(n, BACKGROUND) for n in range(5)))
    assert kept(pages, BACKGROUND) == [True] * 5


@pytest.mark.parametrize(("words", "is_kept"), [(12, False), (13, True)])
def test_a_line_of_more_than_a_dozen_words_is_too_long_to_be_the_sites(
    tmp_path: Path, words: int, is_kept: bool
) -> None:
    line = " ".join(
        [
            "حكايات",
            "من",
            "المدينة",
            "القديمة",
            "على",
            "ضفة",
            "النهر",
            "كما",
            "يرويها",
            "الباعة",
            "والصيادون",
            "والجيران",
        ][: words - 1]
    )
    line = f"قصص {line}"
    assert len(line.split()) == words
    pages = read_folder(tmp_path, *(page(n, line) for n in range(3)))
    assert kept(pages, line) == [is_kept] * 3


@pytest.mark.parametrize("sentence", ["ولم يصب أحد.", "وبقي الطريق مغلقا."])
def test_a_short_sentence_that_a_site_repeats_is_part_of_its_articles(tmp_path: Path, sentence: str) -> None:
    pages = read_folder(tmp_path, *(page(n, sentence) for n in range(5)))
    assert kept(pages, sentence) == [True] * 5


def test_in_a_small_share_of_many_pages_it_is_a_sub_head_that_came_up_again(tmp_path: Path) -> None:
    """Three of twelve pages are less than the three in ten that make a line the site's; four of twelve are more."""
    three, four = tmp_path / "three", tmp_path / "four"
    for folder, count in ((three, 3), (four, 4)):
        folder.mkdir()
        pages = read_folder(folder, *(page(n, *([LINE] if n < count else [])) for n in range(12)))
        assert kept(pages, LINE) == ([True] * 3 + [False] * 9 if count == 3 else [False] * 12)


def test_spellings_of_one_line_are_one_line(tmp_path: Path) -> None:
    spellings = ["حكايات من المدينة", "حكايات من المدينه", "«حِكايات من المدينة»"]
    pages = read_folder(tmp_path, *(page(n, spelling) for n, spelling in enumerate(spellings)))
    assert [kept(pages, spelling) for spelling in spellings] == [[False] * 3] * 3


def test_a_line_twice_in_one_page_counts_once(tmp_path: Path) -> None:
    pages = read_folder(tmp_path, page(0, LINE, BACKGROUND, LINE), page(1, LINE), page(2))
    assert kept(pages, LINE)[:2] == [True, True]


def test_files_of_one_run_are_compared_wherever_they_stand(tmp_path: Path) -> None:
    sources: list[str] = []
    for n in range(3):
        (tmp_path / str(n)).mkdir()
        path = tmp_path / str(n) / f"{n}.txt"
        path.write_text(page(n, LINE), encoding="utf-8")
        sources.append(str(path))
    pages = [reading.page for reading in read_articles(sources) if reading.page]
    assert kept(pages, LINE) == [False] * 3
    (alone,) = (reading.page for reading in read_articles(sources[:1]))
    assert alone is not None
    assert kept([alone], LINE) == [True]


def test_the_site_lines_of_no_pages_take_nothing_away() -> None:
    assert parse_page(page(0, LINE), "a", site_lines=SiteLines([])) == parse_page(page(0, LINE), "a")
