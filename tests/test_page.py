"""Pages as copied off news sites become articles, and every line that is left out is accounted for."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mihakk.annotate.document import Article
from mihakk.annotate.pages.page import Page, parse_page
from mihakk.configs.errors import InputError

TESTS = Path(__file__).resolve().parent
SAMPLE = TESTS.parent / "annotate" / "sample" / "pages"
ARTICLES = TESTS.parents[1] / "shared" / "articles"
CLEAN = TESTS.parents[1] / "shared" / "annotations" / "text"

# What is still read wrong, and why. Of paragraphs: the lines left out (-) and the lines too many (+).
KNOWN_MISSES: dict[str, dict[str, tuple[Any, str]]] = {
    "h07_gulf_hijri": {
        "paragraphs": (
            ["- شروط الاستخدام"],
            "a sub-head in the words of a footer's link, right behind a box of links",
        )
    },
    "f02_gulf_news_channel": {
        "paragraphs": (
            [
                "+ حكومة الربوة تعلن إزالة 200 لغم من محيط طريق السد القديم",
                "+ أخبار الإقليم",
                "+ أخبار الإقليم حكومة الربوة تعلن إزالة 200 لغم من محيط طريق السد القديم",
            ],
            "a link to another article in the middle of the body, with no words above it that say so",
        )
    },
    "f03_gulf_state_agency": {
        "title": (
            "عام / محافظ واحة الغضا يدشن سوق التمور المركزي",
            "the agency's slug line stands above the headline, shares its words and comes right before the date",
        )
    },
    "f04_syrian_local_portal": {
        "paragraphs": (
            ["+ منشور للمكتب الإعلامي عبر فيسبوك - 19 حزيران 2025"],
            "the caption of a screenshot in the middle of the body reads like a sub-head",
        )
    },
}

PAGES = sorted((TESTS / "pages").glob("*/*.txt"))
SAMPLE_PAGES = sorted(SAMPLE.glob("*.txt"))
REAL_PAGES = sorted(ARTICLES.glob("*.txt"))


def page_in(path: Path) -> Page:
    """Read by itself: what is expected of it stands beside it, and would be taken for what is known of it."""
    return parse_page(path.read_text(encoding="utf-8"), path.stem, path.name)


def paragraphs_of(article: Article) -> list[str]:
    pieces = article.text.split("\n\n")
    return pieces[1:] if article.title else pieces


def differences(expected: Sequence[str], found: Sequence[str]) -> list[str]:
    return [f"- {line}" for line in expected if line not in found] + [
        f"+ {line}" for line in found if line not in expected
    ]


def clean(line: str) -> str:
    """The line without what shows nothing at its ends."""
    shown = [n for n, char in enumerate(line) if not char.isspace() and unicodedata.category(char) != "Cf"]
    return line[shown[0] : shown[-1] + 1] if shown else ""


def assert_accounted_for(text: str, page: Page) -> None:
    """Each line of the page is the headline, a paragraph, or left out with a reason; none is two of these."""
    lines = dict(enumerate(text.splitlines(), 1))
    numbers = [removed.number for removed in page.removed]
    assert numbers == sorted(set(numbers))
    for removed in page.removed:
        assert clean(removed.text) == clean(lines[removed.number])
        assert removed.reason
    rest = [clean(line) for number, line in lines.items() if number not in numbers and clean(line)]
    title = page.article.title
    if title is not None:
        assert title in rest[0], "the first line that is not left out is the headline"
        rest[0] = clean(title)
    assert [clean(piece) for piece in page.article.text.split("\n\n")] == rest


# --- whole pages ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_is_read_as_expected(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    article = page_in(path).article
    either_way = expected.get("optional", [])
    wanted = [line for line in expected["paragraphs"] if line not in either_way]
    found = [line for line in paragraphs_of(article) if line not in either_way]
    off: dict[str, object] = {
        field: getattr(article, field)
        for field in ("title", "outlet", "published")
        if getattr(article, field) != expected[field]
    }
    if found != wanted:
        off["paragraphs"] = differences(wanted, found)
    assert off == {field: read for field, (read, _) in KNOWN_MISSES.get(path.stem, {}).items()}


def test_the_known_misses_are_of_pages_that_there_are() -> None:
    assert set(KNOWN_MISSES) <= {path.stem for path in PAGES}
    assert len(PAGES) == 44


@pytest.mark.parametrize("path", SAMPLE_PAGES, ids=lambda path: path.stem)
def test_a_sample_page_is_read_as_expected(path: Path) -> None:
    expected = json.loads((TESTS / "sample_expected.json").read_text(encoding="utf-8"))
    article = page_in(path).article
    assert len(SAMPLE_PAGES) == len(expected) == 14
    assert {field: getattr(article, field) for field in expected[path.stem]} == expected[path.stem]


# Outlet and time, as a reader finds them on the page.
REAL = {
    "000": ("روسيا اليوم", "2025-12-05T19:29"),
    "001": ("القدس", None),
    "002": (None, "2025-12-06T09:24"),
    "003": ("الوطن", "2025-12-02T22:12"),
    "004": ("هاشتاغ", "2025-07-04"),
}


@pytest.mark.skipif(not ARTICLES.exists(), reason="the real pages are not beside the repository")
@pytest.mark.parametrize("number", REAL)
def test_a_real_page_is_read_as_expected(number: str) -> None:
    (path,) = ARTICLES.glob(f"{number}_*.txt")
    article = page_in(path).article
    assert (article.outlet, article.published) == REAL[number]
    assert article.text == (CLEAN / path.name).read_bytes().decode("utf-8")


@pytest.mark.parametrize("path", [*PAGES, *SAMPLE_PAGES, *REAL_PAGES], ids=lambda path: path.stem)
def test_every_line_of_a_page_is_accounted_for(path: Path) -> None:
    text = path.read_bytes().decode("utf-8-sig")
    assert_accounted_for(text, page_in(path))


def test_the_article_knows_the_file_it_came_from() -> None:
    article = page_in(SAMPLE / "01_sanunu_raid.txt").article
    assert (article.id, article.source) == ("01_sanunu_raid", "01_sanunu_raid.txt")


# --- any text at all --------------------------------------------------------------------------------

SENTENCES = [
    "أعادت بلدية وادي النعناع، صباح الأحد، فتح الجسر القديم أمام المشاة والسيارات بعد أعمال ترميم دامت عامين.",
    "وقالت رئيسة البلدية سلمى الكرزي إن الترميم شمل الدعامات الأربع والأرصفة، وإن كلفته بلغت ثلاثة ملايين.",
    "وأضافت أن الشاحنات ستبقى على الطريق الدائري حتى ينتهي فحص الأساسات في مطلع الربيع المقبل",
    "ولم يصب أحد.",
]
LABELS = [
    "بلدية وادي النعناع تعيد فتح الجسر القديم أمام المشاة",
    "بلدية وادي النعناع تعيد فتح الجسر القديم أمام المشاة | صحيفة المحارة",
    "الأحد 7 كانون الأول 2025", "آخر تحديث: 08/12/2025", "نشر في 07/12/2025 10:15", "10:15 م", "صحيفة المحارة",
    "المصدر: المحارة + وكالات", "المصدر:", "شارك", "سياسة", "اقرأ أيضاً", "اقرأ أيضاً: سباق القوارب", "الأكثر قراءة",
    "التعليقات", "تصوير: ليلى", "نستخدم ملفات تعريف الارتباط", "list of 2 items", "end of list",
    "جميع الحقوق محفوظة", "حقوق النشر محفوظة لصحيفة المحارة © 2025", "© ل", "ضم المشروع:", "- دعامة", "1. رصيف", "•",
    "المجلس المحلي (أرشيف)", "::", "|", "—", "123", "🙂", "…",
]  # fmt: skip
pieces = st.sampled_from([*SENTENCES, *LABELS])
lines = (
    pieces
    | st.sampled_from(SENTENCES)
    | st.lists(pieces.flatmap(lambda piece: st.sampled_from(piece.split())), max_size=6).map(" ".join)
    | st.tuples(pieces, st.sampled_from([" ", "", " | ", "\u200f", "\u00a0", ": "]), pieces).map("".join)
    | st.text(max_size=30)
)
ends = st.sampled_from(["\n", "\n\n", "\r\n", " \n", "\u2028"])
pages = st.lists(st.tuples(lines, ends).map("".join), max_size=14).map("".join)


@settings(max_examples=400)
@given(text=pages | st.text())
def test_any_text_gives_an_article_or_an_input_error(text: str) -> None:
    try:
        page = parse_page(text, "page")
    except InputError:
        return
    assert_accounted_for(text, page)


@given(text=pages)
def test_the_same_page_is_read_the_same_way_again(text: str) -> None:
    """Lines are remembered between pages; that must not show."""

    def read() -> Page | None:
        try:
            return parse_page(text, "page")
        except InputError:
            return None

    assert read() == read()


# --- single rules -----------------------------------------------------------------------------------

HEADLINE = "بلدية وادي النعناع تعيد فتح الجسر القديم أمام المشاة"
DATE = "الأحد 7 كانون الأول 2025"  # two days after Friday the 5th
FIRST = (
    "أعادت بلدية وادي النعناع، صباح الأحد، فتح الجسر القديم أمام المشاة والسيارات الصغيرة بعد أعمال ترميم دامت عامين."
)
SECOND = (
    "وقالت رئيسة البلدية سلمى الكرزي إن الترميم شمل الدعامات الأربع والأرصفة، وإن كلفته بلغت ثلاثة ملايين وأربعمئة ألف."
)
THIRD = (
    "وأضافت أن الشاحنات ستبقى على الطريق الدائري حتى ينتهي فحص الأساسات الذي بدأ الشهر الماضي في مطلع الربيع المقبل."
)
FOURTH = (
    "ويربط الجسر ضفتي النهر منذ أكثر من مئة عام، ويعبره كل يوم نحو ألفي شخص من سكان القرى المجاورة وطلاب المدارس فيها."
)
BODY = [FIRST, SECOND, THIRD, FOURTH]
BOX = [
    "سباق القوارب يعود إلى البحيرة بعد ثلاثة أعوام",
    "أسعار الزيتون تتراجع للشهر الثاني في الأسواق",
    "مدرسة جديدة في تل الياسمين للصفوف الأولى",
]


def read(
    above: Iterable[str] = (HEADLINE, DATE),
    inside: Iterable[str] = (),
    below: Iterable[str] = (),
    menu: str = "الرئيسية",
) -> Page:
    """The page with these lines above the body, between its second and third paragraph, and below it."""
    text = "\n".join([menu, *above, FIRST, SECOND, *inside, THIRD, FOURTH, *below])
    page = parse_page(text, "page")
    assert_accounted_for(text, page)
    return page


def reason_for(line: str, page: Page) -> str:
    (reason,) = {removed.reason for removed in page.removed if removed.text == line}
    return reason


def test_a_plain_page_gives_its_headline_paragraphs_and_date() -> None:
    article = read(below=["شارك"]).article
    assert article.text == "\n\n".join([HEADLINE, *BODY])
    assert (article.title, article.outlet, article.published) == (HEADLINE, None, "2025-12-07")


@pytest.mark.parametrize(
    "inside",
    [
        pytest.param(["أرصفة جديدة"], id="sub-head"),
        pytest.param(["تعليق رسمي"], id="sub-head with a word of comment sections"),
        pytest.param(["شروط الاستخدام"], id="sub-head in the words of a footer"),
        pytest.param(["وكالات الإغاثة"], id="sub-head with a media noun"),
        pytest.param(["- الدعامات الأربع", "- الأرصفة", "- الإنارة"], id="list with dashes"),
        pytest.param(["• الدعامات الأربع", "• الأرصفة"], id="list with bullets"),
        pytest.param(["1. الدعامات الأربع", "2. الأرصفة"], id="list with numbers"),
        pytest.param(["١- الدعامات الأربع", "٢- الأرصفة"], id="list with Arabic digits"),
        pytest.param(["وشمل المشروع بحسب البيان الأخير ما يلي:", "الدعامات", "الأرصفة"], id="list behind a colon"),
        pytest.param(["ولم يصب أحد."], id="short sentence"),
        pytest.param(["انضم إلى الحملة ثلاثة آلاف متطوع من القرى."], id="sentence that begins like an invitation"),
        pytest.param(["شارك في الافتتاح وزراء ونواب من محافظات المنطقة."], id="sentence that begins like a button"),
        pytest.param(["«كنا ننتظر هذا اليوم منذ عامين»، قالت بائعة عند الجسر."], id="sentence in quotes"),
        pytest.param(
            ["وذكر البيان أن النشرة البريدية التي كانت البلدية ترسلها إلى سكان الحي كل أسبوع طوال الأعوام الثلاثة "
             "الماضية ستعود في الصيف المقبل، وأن من يريدها من سكان القرى المجاورة يستطيع أن يطلبها من المجلس"],
            id="long paragraph that speaks of a newsletter",
        ),
    ],
)  # fmt: skip
def test_lines_of_the_article_are_kept(inside: list[str]) -> None:
    assert paragraphs_of(read(inside=inside).article) == [FIRST, SECOND, *inside, THIRD, FOURTH]


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        pytest.param(["شارك"], "share", id="share button"),
        pytest.param(["شـــارِك الــخــبــر"], "share", id="share button with tatweel and harakat"),
        pytest.param(["إعلان"], "advert", id="advertisement"),
        pytest.param(["اقرأ أيضاً: سباق القوارب يعود إلى البحيرة"], "related", id="read also, with its link"),
        pytest.param(["إقرأ أيضا: سباق القوارب يعود إلى البحيرة"], "related", id="read also, spelt otherwise"),
        pytest.param(["اشترك في قناتنا على تلغرام"], "subscribe", id="invitation"),
        pytest.param(["انضم إلى قناتنا على واتساب"], "subscribe", id="invitation to join"),
        pytest.param(["استمع للمقال"], "reading", id="listen"),
        pytest.param(["3 دقائق للقراءة"], "reading", id="reading time"),
        pytest.param(["الجسر بعد افتتاحه (رويترز)"], "caption", id="caption with an agency's credit"),
        pytest.param(["الجسر بعد افتتاحه (صحيفة المحارة)"], "caption", id="caption with another credit"),
        pytest.param(["صورة: ليلى العرجون"], "caption", id="photographer"),
        pytest.param(["https://example.org/a/1"], "address", id="address"),
        pytest.param(["1/3"], "counter", id="page number"),
        pytest.param(["★★★★"], "counter", id="stars"),
        pytest.param(["الأحد 7 كانون الأول 2025"], "date line", id="date"),
        pytest.param([HEADLINE], "headline repeated", id="headline once more"),
        pytest.param(["نستخدم ملفات تعريف الارتباط لتحسين تجربتك"], "cookies", id="cookie notice"),
    ],
)
def test_chrome_between_the_paragraphs_is_left_out_with_its_reason(inside: list[str], reason: str) -> None:
    page = read(inside=inside)
    assert paragraphs_of(page.article) == BODY
    assert [reason_for(line, page) for line in inside] == [reason]


@pytest.mark.parametrize(
    "below",
    [
        pytest.param(["التعليقات", "أحسنتم جميعا على هذا العمل الكبير الذي انتظرناه طويلا في بلدتنا."], id="comments"),
        pytest.param(["عن الكاتب", "يكتب في شؤون المياه والجسور منذ عشرين عاما، وله كتابان عن الأنهار."], id="author"),
        pytest.param(["الأكثر قراءة", *BOX], id="most read"),
        pytest.param(["كلمات مفتاحية", "الجسر", "النهر"], id="tags"),
        pytest.param(["اكتب ناتج 8 + 6"], id="captcha"),
        pytest.param(["* اكتب ناتج ٨ + ٦"], id="captcha with a star, in Arabic digits"),
        pytest.param(["أنا لست روبوت"], id="captcha in words"),
        pytest.param(["المصدر: صحيفة المحارة"], id="source line"),
        pytest.param(
            ["يستخدم موقعنا ملفات تعريف الارتباط لتحسين تجربتك على الموقع. هل توافق على استخدامنا للملفات؟", "موافق"],
            id="cookie notice",
        ),
        pytest.param(["سياسة الخصوصية", "شروط الاستخدام", "© 2025 المحارة"], id="footer"),
    ],
)
def test_what_stands_behind_the_article_is_left_out(below: list[str]) -> None:
    page = read(below=below)
    assert page.article.text == "\n\n".join([HEADLINE, *BODY])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("* اكتب ناتج 8 + 6", "captcha"),
        ("يستخدم موقعنا ملفات تعريف الارتباط لتحسين تجربتك على الموقع. هل توافق على استخدامنا للملفات؟", "cookies"),
        ("جميع الحقوق محفوظة", "legal"),
        ("المصدر: صحيفة المحارة", "source"),
        ("الوسوم: الجسر، النهر", "tags"),
    ],
)
def test_the_reason_says_what_a_line_behind_the_article_is(line: str, reason: str) -> None:
    assert reason_for(line, read(below=[line])) == reason


def test_lines_that_say_nothing_of_themselves_are_left_out_for_their_place() -> None:
    page = read(above=["البلدات", HEADLINE, DATE, "البلدات"], below=["سلمى الكرزي", "شارك", "محمد العرجون"])
    assert reason_for("البلدات", page) == "before the body"
    assert reason_for("سلمى الكرزي", page) == "after the body"
    assert reason_for("محمد العرجون", page) == "after the body"


@pytest.mark.parametrize(
    "listed",
    [
        pytest.param(["الدعامات الأربع", "الأرصفة", "الإنارة"], id="bare"),
        pytest.param(["- الدعامات الأربع", "- الأرصفة"], id="with dashes"),
    ],
)
def test_a_list_at_the_very_end_behind_a_colon_is_kept(listed: list[str]) -> None:
    colon = "وقالت البلدية في بيان إن المشروع شمل:"
    page = read(below=[colon, *listed, "شارك", "الأكثر قراءة", *BOX])
    assert paragraphs_of(page.article) == [*BODY, colon, *listed]


def test_a_last_paragraph_without_a_full_stop_is_kept_if_it_goes_on_as_paragraphs_do() -> None:
    last = "وختمت الكرزي بشكر العمال"
    assert paragraphs_of(read(below=[last, "شارك"]).article) == [*BODY, last]
    assert paragraphs_of(read(below=["سلمى الكرزي", "شارك"]).article) == BODY


@pytest.mark.parametrize(
    "last", ["ولم يصب أحد.", "وأصيب أربعون شخصا.", "وأُصيب أربعون شخصاً.", "وبقي الطريق مغلقًا.\u200f"]
)
def test_a_last_paragraph_of_one_short_sentence_is_kept(last: str) -> None:
    """Many Arabic sentences end in tanween: no letter, but a mark before the full stop."""
    assert paragraphs_of(read(below=[last, "شارك"]).article) == [*BODY, last.removesuffix("\u200f")]


def test_a_box_of_most_read_links_in_the_middle_goes_and_the_sub_head_behind_it_stays() -> None:
    page = read(inside=["الأكثر قراءة", *BOX, "أرصفة جديدة"])
    assert paragraphs_of(page.article) == [FIRST, SECOND, "أرصفة جديدة", THIRD, FOURTH]
    assert {reason_for(link, page) for link in BOX} == {"link to another article"}
    assert reason_for("الأكثر قراءة", page) == "section"


def test_a_long_box_of_links_does_not_cut_an_article_in_two() -> None:
    before = [f"{FIRST} {THIRD}", f"{SECOND} {FOURTH}", f"{THIRD} {SECOND}"]
    behind = [f"{FOURTH} {FIRST}", f"{FIRST} {SECOND}", f"{SECOND} {THIRD}"]
    box = ["الأكثر قراءة", *(f"{link} في العام {n}" for n in range(10) for link in BOX)]
    page = parse_page("\n".join(["الرئيسية", HEADLINE, DATE, *before, *box, *behind]), "page")
    assert paragraphs_of(page.article) == [*before, *behind]


def test_links_under_the_words_read_also_go() -> None:
    page = read(inside=["اقرأ أيضاً", *BOX[:2]])
    assert paragraphs_of(page.article) == BODY
    assert [reason_for(link, page) for link in BOX[:2]] == ["link to another article"] * 2


def test_a_short_link_right_under_the_words_read_also_goes() -> None:
    """Only behind a link may a short line be a sub-head."""
    page = read(inside=["اقرأ أيضاً", "سباق القوارب"])
    assert paragraphs_of(page.article) == BODY
    assert reason_for("سباق القوارب", page) == "link to another article"


def test_read_also_with_its_own_link_takes_no_line_behind_it_along() -> None:
    page = read(inside=["اقرأ أيضاً: سباق القوارب يعود إلى البحيرة", "أرصفة جديدة"])
    assert paragraphs_of(page.article) == [FIRST, SECOND, "أرصفة جديدة", THIRD, FOURTH]


def test_what_a_site_brackets_for_screen_readers_goes() -> None:
    inside = ["تخطى الأكثر قراءة وواصل القراءة", "الأكثر قراءة", *BOX, "الأكثر قراءة نهاية"]
    page = read(inside=inside)
    assert paragraphs_of(page.article) == BODY
    assert {reason_for(line, page) for line in inside} == {"skipped block"}


def test_a_caption_above_its_credit_goes_too() -> None:
    page = read(inside=["الجسر بعد افتتاحه يوم الأحد", "تصوير: ليلى العرجون"])
    assert paragraphs_of(page.article) == BODY
    assert reason_for("الجسر بعد افتتاحه يوم الأحد", page) == "caption"


# the headline


def test_a_headline_in_every_place_is_one_headline() -> None:
    page = read(above=[HEADLINE, "سياسة", HEADLINE, DATE, HEADLINE], below=["شارك", HEADLINE])
    assert page.article.text == "\n\n".join([HEADLINE, *BODY])
    # It stands on four lines; the article has one of them.
    assert sum(removed.reason == "headline repeated" for removed in page.removed) == 3


def test_a_repeated_headline_is_known_in_another_spelling() -> None:
    other = HEADLINE.replace("بلدية", "بلـديّة").replace("أمام", "امام")
    assert read(above=[HEADLINE, other, DATE]).article.text.count("تعيد فتح") == 1


@pytest.mark.parametrize("bar", [" | ", " - ", " – ", "|", " :: "])
def test_a_page_title_gives_headline_and_outlet(bar: str) -> None:
    article = read(above=[f"{HEADLINE}{bar}صحيفة المحارة", HEADLINE, DATE]).article
    assert (article.title, article.outlet) == (HEADLINE, "صحيفة المحارة")
    assert article.text == "\n\n".join([HEADLINE, *BODY])


def test_a_page_title_alone_gives_headline_and_outlet() -> None:
    article = read(above=[f"{HEADLINE} | صحيفة المحارة", DATE]).article
    assert (article.title, article.outlet) == (HEADLINE, "صحيفة المحارة")


def test_a_headline_as_long_as_a_paragraph_is_a_headline() -> None:
    long = (
        "بلدية وادي النعناع تعيد فتح الجسر القديم أمام المشاة والسيارات الصغيرة بعد عامين من الترميم "
        "وتعد سكان القرى بطريق جديد"
    )
    page = parse_page("\n".join(["الرئيسية", long, *BODY]), "page")
    assert (page.article.title, paragraphs_of(page.article)) == (long, BODY)


def test_a_page_without_headline_gives_an_article_without() -> None:
    page = parse_page("\n".join([DATE, *BODY]), "page")
    assert page.article.title is None
    assert page.article.text == "\n\n".join(BODY)


def test_prose_of_the_site_above_the_headline_is_not_the_article() -> None:
    notice = "يستخدم هذا الموقع تقنيات حديثة تجعل القراءة أسرع وأسهل على الهاتف وعلى الحاسوب في كل مكان وزمان."
    page = read(above=[notice, "الرئيسية", "سياسة", HEADLINE, DATE])
    assert page.article.text == "\n\n".join([HEADLINE, *BODY])


# the time


def test_a_clock_time_on_the_line_below_belongs_to_the_date() -> None:
    assert read(above=[HEADLINE, DATE, "5:32 م"]).article.published == "2025-12-07T17:32"


def test_the_clock_of_the_site_above_the_headline_is_not_the_time_of_publication() -> None:
    clock = "الاثنين 15 كانون الأول 2025"  # eight days after Sunday the 7th
    menu = [clock, "سياسة", "اقتصاد", "رياضة", "ثقافة"]
    assert read(above=[*menu, HEADLINE, DATE]).article.published == "2025-12-07"
    assert read(above=[*menu, HEADLINE]).article.published is None


def test_what_is_called_the_time_of_publication_counts_before_other_dates() -> None:
    above = [HEADLINE, "الاثنين 15 كانون الأول 2025", "تاريخ النشر: 07/12/2025 10:15"]
    assert read(above=above).article.published == "2025-12-07T10:15"


@pytest.mark.parametrize(
    "above",
    [
        pytest.param(["آخر تحديث: 07/12/2025 10:15"], id="updated only"),
        pytest.param(["منذ ساعتين"], id="relative"),
        pytest.param(["7 كانون الأول"], id="no year"),
        pytest.param(["الاثنين 7 كانون الأول 2025"], id="wrong weekday"),  # it was a Sunday
        pytest.param(["07/12/2025", "08/12/2025"], id="two dates"),
        pytest.param(["الأحد ١٦ جمادى الآخرة ١٤٤٧هـ"], id="Hijri"),
    ],
)
def test_a_time_in_doubt_is_left_empty(above: list[str]) -> None:
    assert read(above=[HEADLINE, *above]).article.published is None


def test_dates_of_other_articles_below_are_not_its_own() -> None:
    assert read(above=[HEADLINE], below=["مقالات ذات صلة", BOX[0], "08/12/2025"]).article.published is None


# the outlet


@pytest.mark.parametrize(
    ("above", "below", "outlet"),
    [
        pytest.param(["وكالة السفينة للأنباء"], [], "وكالة السفينة للأنباء", id="masthead with a media noun"),
        pytest.param([], ["المصدر: المحارة"], "المحارة", id="source line"),
        pytest.param([], ["المصدر: المحارة + وكالات"], "المحارة", id="first of several sources"),
        pytest.param([], ["المصدر: وكالات"], None, id="sources without a name"),
        pytest.param([], ["الأكثر قراءة", "جميع الحقوق محفوظة © المحارة 2025"], "المحارة", id="copyright line"),
        pytest.param(
            [], ["الأكثر قراءة", "جميع الحقوق محفوظة لصحيفة المحارة"], "صحيفة المحارة", id="copyright, with ل"
        ),
        pytest.param([], ["شارك", "جميع الحقوق محفوظة | سياسة الخصوصية"], None, id="copyright line with a link"),
        pytest.param([], ["المحارة", "شارك"], None, id="a name alone may be a tag"),
        pytest.param([], ["الجزيرة نت", "شارك"], "الجزيرة", id="signature known from the table"),
        pytest.param([], ["صحيفة المحارة", "شارك"], "صحيفة المحارة", id="signature with a media noun"),
        pytest.param(
            [], ["المحارة", "شارك", "جميع الحقوق محفوظة © المحارة 2025"], "المحارة", id="signature and rights"
        ),
        pytest.param([], ["صحيفة محارة الساحل", "شارك"], "صحيفة محارة الساحل", id="signature of three words"),
        pytest.param(
            [], ["صحيفة المحارة", "سباق القوارب يعود", "شارك"], "صحيفة المحارة", id="signature above other lines"
        ),
        pytest.param([], ["سلمى الكرزي", "شارك"], None, id="a person's signature"),
        pytest.param([], ["الصحفية سلمى نور الكرزي", "شارك"], None, id="a person's long signature"),
        pytest.param(["سياسة"], [], None, id="a section of the site is no outlet"),
        pytest.param([], [], None, id="none"),
    ],
)
def test_the_outlet_is_what_the_page_calls_itself(above: list[str], below: list[str], outlet: str | None) -> None:
    assert read(above=[*above, HEADLINE, DATE], below=below).article.outlet == outlet


def test_a_masthead_names_the_outlet_of_a_page_without_headline() -> None:
    assert (
        parse_page("\n".join(["وكالة السفينة للأنباء", DATE, *BODY]), "page").article.outlet == "وكالة السفينة للأنباء"
    )


def test_the_outlet_beside_the_date_keeps_its_spelling() -> None:
    article = read(above=[HEADLINE, f"{DATE} - 19:29 وكالة الـمحارة"]).article
    assert (article.outlet, article.published) == ("وكالة الـمحارة", "2025-12-07T19:29")


def test_what_is_left_of_a_date_line_is_no_outlet_without_a_second_sign() -> None:
    """A town, a section: only the form of an outlet's name tells."""
    assert read(above=[HEADLINE, f"{DATE} - 19:29 وادي النعناع"]).article.outlet is None


@pytest.mark.parametrize(
    "rights",
    ["جميع الحقوق محفوظة ل", "© 2025 ل", "حقوق النشر محفوظة ل.", "© ل«»", "جميع الحقوق محفوظة ل)", "© 2025 ل@"],
)
def test_a_copyright_line_that_names_nobody_gives_no_outlet(rights: str) -> None:
    """A logo stood there on the page."""
    assert read(below=["شارك", rights]).article.outlet is None


# lines


SPACES = [chr(code) for code in range(0x10000) if chr(code).isspace() and len(f"a{chr(code)}b".splitlines()) == 1]


@pytest.mark.parametrize("space", SPACES, ids=lambda space: f"U+{ord(space):04X}")
def test_white_space_around_a_line_is_no_part_of_it(space: str) -> None:
    text = "\n".join(["الرئيسية", HEADLINE, DATE, *(f"{space}{line}{space}" for line in BODY), space, "شارك"])
    assert parse_page(text, "page").article.text == "\n\n".join([HEADLINE, *BODY])


def test_invisible_marks_and_spaces_around_a_line_are_no_part_of_it() -> None:
    text = "\n".join(["الرئيسية", HEADLINE, DATE, *(f"\u200f\u00a0{line} \u200e\ufeff" for line in BODY), "\u200f"])
    assert parse_page(text, "page").article.text == "\n\n".join([HEADLINE, *BODY])


def test_what_stands_inside_a_paragraph_is_left_as_it_is() -> None:
    odd = SECOND.replace("الكرزي", "الكـرزيّ\u00a0\u200f👨‍👩‍👧  ")
    page = parse_page("\r\n".join(["الرئيسية", HEADLINE, DATE, FIRST, odd, THIRD]), "page")
    assert paragraphs_of(page.article) == [FIRST, odd, THIRD]


# --- files ------------------------------------------------------------------------------------------
