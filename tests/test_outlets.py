"""Who publishes a page and which agency its text comes from are two things, each under one name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from mihakk.annotate.document import Article
from mihakk.annotate.pages.outlet import OutletNames, default_names, load_outlets
from mihakk.annotate.pages.page import Page, parse_page
from mihakk.annotate.pages.sources import read_articles
from mihakk.configs.errors import InputError

HEADLINE = "بلدية وادي النعناع تعيد فتح الجسر القديم أمام المشاة"
FIRST = (
    "أعادت بلدية وادي النعناع، صباح الأحد، فتح الجسر القديم أمام المشاة والسيارات الصغيرة بعد أعمال ترميم دامت عامين."
)
SECOND = (
    "وقالت رئيسة البلدية سلمى الكرزي إن الترميم شمل الدعامات الأربع والأرصفة، وإن كلفته بلغت ثلاثة ملايين وأربعمئة ألف."
)
THIRD = (
    "وأضافت أن الشاحنات ستبقى على الطريق الدائري حتى ينتهي فحص الأساسات الذي بدأ الشهر الماضي في مطلع الربيع المقبل."
)


def read(
    lead: str = FIRST,
    inside: Iterable[str] = (),
    below: Iterable[str] = (),
    above: Iterable[str] = (),
    names: OutletNames | None = None,
) -> Page:
    lines = ["الرئيسية", HEADLINE, "الأحد 7 كانون الأول 2025", *above, lead, SECOND, *inside, THIRD, *below]
    return parse_page("\n".join(lines), "page", names=names)


def who(page: Page) -> tuple[str | None, str | None]:
    return page.article.outlet, page.article.agency


# --- one name for each ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("الجزيرة", "الجزيرة"),
        ("الجزيره", "الجزيرة"),
        ("الجـــزيرة", "الجزيرة"),
        ("الجَزِيرَة", "الجزيرة"),
        ("الجزيرة نت", "الجزيرة"),
        ("aljazeera.net", "الجزيرة"),
        ("AL JAZEERA", "الجزيرة"),
        ("«الجزيرة»", "الجزيرة"),
        ("صحيفة الشرق الاوسط", "الشرق الأوسط"),
        ("الشرق  الأوسط", "الشرق الأوسط"),
        ("\u200fالشرق الأوسط\u200f", "الشرق الأوسط"),
        ("ارم نيوز", "إرم نيوز"),
        ("فرانس ٢٤", "فرانس 24"),
        ("صحيفة المحارة", "صحيفة المحارة"),
    ],
)
def test_spellings_and_other_names_of_an_outlet_become_the_tables_name(written: str, name: str) -> None:
    assert default_names().outlet(written) == name


def test_an_article_in_front_makes_another_name() -> None:
    """الوطن and وطن are two papers."""
    assert default_names().outlet("الوطن") == "الوطن"
    assert default_names().outlet("وطن") == "وطن"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("رويترز", "رويترز"),
        ("Reuters", "رويترز"),
        ("أ ف ب", "فرانس برس"),
        ("أ.ف.ب.", "فرانس برس"),
        ("ا ف ب", "فرانس برس"),
        ("AFP", "فرانس برس"),
        ("وكالة الأناضول", "الأناضول"),
        ("أ ش أ", "أ ش أ"),
        ("الجزيرة", None),
        ("وكالات", None),
        ("", None),
    ],
)
def test_an_agency_is_known_by_any_of_its_names_and_an_outlet_is_none(written: str, name: str | None) -> None:
    assert default_names().agency(written) == name


def test_a_page_is_given_the_tables_name_of_its_outlet() -> None:
    assert who(read(below=["المصدر: الجزيره نت"])) == ("الجزيرة", None)


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_a_tables_outlet_column_is_given_the_name_too(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"rows.{ending}"
    rows = {"jsonl": '{"id": "a", "text": "نص", "outlet": "Al Jazeera"}\n', "csv": "id,text,outlet\na,نص,Al Jazeera\n"}
    path.write_text(rows[ending], encoding="utf-8")
    (reading,) = read_articles([str(path)])
    assert reading.page is not None
    assert reading.page.article.outlet == "الجزيرة"


# --- the agency is not the outlet -------------------------------------------------------------------


@pytest.mark.parametrize("name", ["رويترز", "Reuters", "وكالة رويترز"])
def test_a_source_line_with_an_agency_names_the_agency_and_no_outlet(name: str) -> None:
    assert who(read(below=[f"المصدر: {name}"])) == (None, "رويترز")


@pytest.mark.parametrize("credit", ["الجزيرة + وكالات", "وكالات + الجزيرة", "الجزيرة، وكالات"])
def test_a_source_line_with_agencies_in_general_names_the_outlet_alone(credit: str) -> None:
    assert who(read(below=[f"المصدر: {credit}"])) == ("الجزيرة", None)


@pytest.mark.parametrize("credit", ["الجزيرة + رويترز", "رويترز + الجزيرة", "الجزيرة - رويترز", "الجزيرة / رويترز"])
def test_a_source_line_may_name_both(credit: str) -> None:
    assert who(read(below=[f"المصدر: {credit}"])) == ("الجزيرة", "رويترز")


def test_of_two_agencies_the_first_is_credited() -> None:
    assert who(read(below=["المصدر: رويترز + الأناضول"])) == (None, "رويترز")


@pytest.mark.parametrize("credit", ["(رويترز)", "رويترز", "(أ ف ب)", "[د ب أ]"])
def test_an_agency_alone_under_the_article_is_its_credit_and_no_outlet(credit: str) -> None:
    agencies = {"(رويترز)": "رويترز", "رويترز": "رويترز", "(أ ف ب)": "فرانس برس", "[د ب أ]": "الألمانية"}
    page = read(below=[credit])
    assert who(page) == (None, agencies[credit])
    assert page.article.text.endswith(THIRD)


@pytest.mark.parametrize("lead", ["الدمير (أ ف ب) - ", "الدمير - (أ.ف.ب): ", "(أ ف ب) – ", "الدمير [AFP] — "])
def test_an_agency_at_the_head_of_the_lead_is_the_credit_and_stays_in_the_text(lead: str) -> None:
    page = read(lead=lead + FIRST)
    assert who(page) == (None, "فرانس برس")
    assert lead.strip() + " " + FIRST in page.article.text


def test_an_agency_that_the_text_only_quotes_is_no_credit() -> None:
    page = read(
        inside=["وكانت وكالة رويترز قالت قبل أسبوع إن الأعمال لن تنتهي قبل الصيف، وهو ما نفته البلدية أمس الأول."]
    )
    assert who(page) == (None, None)


def test_an_agency_deep_in_the_lead_is_no_credit() -> None:
    """A dateline stands at the front; in parentheses further on it says where a quotation is from."""
    lead = FIRST.removesuffix(".") + "، بحسب ما قالت البلدية للصحفيين (رويترز) في وقت متأخر من مساء السبت الماضي."
    assert who(read(lead=lead)) == (None, None)


def test_the_outlet_of_the_page_and_the_credit_of_its_text_stand_side_by_side() -> None:
    page = read(below=["المصدر: رويترز", "جميع الحقوق محفوظة لصحيفة المحارة © 2025"], above=["صحيفة المحارة"])
    assert who(page) == ("صحيفة المحارة", "رويترز")


def test_an_agency_may_publish_its_own_page() -> None:
    """The name in the head of a page is the publisher's, agency or not; only a credit names somebody else."""
    page = parse_page("\n".join([f"{HEADLINE} | الأناضول", "الرئيسية", HEADLINE, FIRST, SECOND, THIRD]), "page")
    assert page.article.outlet == "الأناضول"


# --- a table of one's own ---------------------------------------------------------------------------


def own(folder: Path, content: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(content, encoding="utf-8")
    return path


def test_a_file_of_ones_own_adds_names_and_its_entries_win(tmp_path: Path) -> None:
    table = load_outlets(
        own(
            tmp_path,
            "outlets:\n  - {name: المحارة, aliases: [صحيفة المحارة]}\n  - {name: Al Jazeera Arabic, aliases: [الجزيره]}\n"
            "agencies:\n  - {name: AFP, aliases: [فرانس برس]}\n",
        )
    )
    names = OutletNames.of(table)
    assert names.outlet("صحيفة المحارة") == "المحارة"
    # In another spelling than theirs too: it is one name.
    assert names.outlet("الجزيرة") == "Al Jazeera Arabic"
    assert names.agency("فرانس برس") == "AFP"
    # What their file does not speak of stays.
    assert names.outlet("الجزيرة نت") == "الجزيرة"
    assert names.agency("أ ف ب") == "فرانس برس"


def test_pages_are_read_with_the_names_of_ones_own(tmp_path: Path) -> None:
    names = OutletNames.of(load_outlets(own(tmp_path, "agencies:\n  - {name: وكالة السنونو, aliases: [السنونو]}\n")))
    assert who(read(below=["المصدر: السنونو"], names=names)) == (None, "وكالة السنونو")
    assert who(read(below=["المصدر: السنونو"])) == ("السنونو", None)


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ("{name: المد, aliases: [صحيفة المحارة]}", "صحيفة المحارة"),
        ("{name: صحيفة المحارة}", "صحيفة المحارة"),
        ("{name: المد, aliases: [المحارة]}", "المحارة"),
        ("{name: المد, aliases: [صحيفة المحاره]}", "صحيفة المحاره"),
    ],
    ids=["alias twice", "an alias above", "a name above", "in another spelling"],
)
def test_a_name_under_two_entries_is_an_error_with_file_and_line(tmp_path: Path, second: str, said: str) -> None:
    path = own(tmp_path, f"outlets:\n  - {{name: المحارة, aliases: [صحيفة المحارة]}}\n  - {second}\n")
    with pytest.raises(InputError) as error:
        load_outlets(path)
    (problem,) = error.value.problems
    assert problem.startswith(f"{path}:3: ")
    assert said in problem
    assert problem.endswith("already stands for المحارة")


def test_one_name_may_be_an_outlet_and_an_agency(tmp_path: Path) -> None:
    table = load_outlets(own(tmp_path, "outlets: [{name: السنونو}]\nagencies: [{name: السنونو}]\n"))
    names = OutletNames.of(table)
    assert (names.outlet("السنونو"), names.agency("السنونو")) == ("السنونو", "السنونو")


@pytest.mark.parametrize(
    "content", ["outlets: [{nam: المحارة}]", "outlets: [{name: ''}]", "hints: [سطر]", "outlet: []", "outlets: [", "5"]
)
def test_a_file_of_another_shape_is_an_error_that_names_it(tmp_path: Path, content: str) -> None:
    path = own(tmp_path, content)
    with pytest.raises(InputError) as error:
        load_outlets(path)
    assert all(problem.startswith(f"{path}:1: ") for problem in error.value.problems)


@pytest.mark.parametrize("char", ["\x07", "\x7f", "\x9f", "\ufffe"], ids=ascii)
def test_a_character_that_yaml_does_not_know_is_an_error_that_names_the_file(tmp_path: Path, char: str) -> None:
    path = own(tmp_path, f"outlets: [{{name: 'المحارة{char}'}}]\n")
    with pytest.raises(InputError) as error:
        load_outlets(path)
    assert error.value.problems[0].startswith(str(path))


def test_the_shipped_table_has_no_name_twice_in_any_spelling() -> None:
    table = load_outlets()
    names = OutletNames.of(table)
    for entry in table.outlets:
        assert {names.outlet(name) for name in (entry.name, *entry.aliases)} == {entry.name}
    for entry in table.agencies:
        assert {names.agency(name) for name in (entry.name, *entry.aliases)} == {entry.name}


# --- hints ------------------------------------------------------------------------------------------

LINE = "قصص تستحق المتابعة"
HINTS = f"hints:\n  صحيفة المحارة: [{LINE}]\n"


def with_hints(folder: Path, outlet: str, line: str) -> tuple[Article, list[str]]:
    names = OutletNames.of(load_outlets(own(folder, HINTS)))
    page = read(inside=[line], below=[f"المصدر: {outlet}"], names=names)
    return page.article, [removed.reason for removed in page.removed if removed.text == line]


@pytest.mark.parametrize("line", [LINE, "قِصص تستحقّ المتابعه", f"« {LINE} »"])
def test_a_hint_takes_a_line_out_of_the_body_and_says_so(tmp_path: Path, line: str) -> None:
    article, reasons = with_hints(tmp_path, "صحيفة المحارة", line)
    assert article.outlet == "صحيفة المحارة"
    assert article.text == "\n\n".join([HEADLINE, FIRST, SECOND, THIRD])
    assert reasons == ["hint for the outlet"]


@pytest.mark.parametrize(
    ("outlet", "line"),
    [("صحيفة المد", LINE), ("صحيفة المحارة", "قصص لا تستحق المتابعة"), ("صحيفة المحارة", LINE + " اليوم")],
)
def test_a_hint_holds_for_its_outlet_and_its_line_only(tmp_path: Path, outlet: str, line: str) -> None:
    article, reasons = with_hints(tmp_path, outlet, line)
    assert line in article.text.split("\n\n")
    assert reasons == []


def test_without_a_hint_the_line_is_the_articles() -> None:
    assert LINE in read(inside=[LINE], below=["المصدر: صحيفة المحارة"]).article.text


def test_the_first_line_of_a_page_is_its_name_if_it_has_the_form_of_one() -> None:
    body = ["رحل الشاعر عوض البيدر عن اثنين وثمانين عاما تاركا سبع مجموعات شعرية وعشرات القصائد المغناة."] * 2
    rest = ["ثقافة وفنون", "رحيل الشاعر عوض البيدر صاحب «النهر»", "5 آذار 2026", *body]
    for first, outlet in (("منتدى الأدب العربي اليوم", "منتدى الأدب العربي اليوم"), ("بيت القصيد والحكاية", None)):
        assert parse_page("\n".join([first, *rest]), "a").article.outlet == outlet
