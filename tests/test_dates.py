"""Publication times as Arabic news sites write them: read where they are complete, left where they are not."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mihakk.annotate.pages.dates import DateLine, read_date_line

# Weekdays used below: 5 December 2025 was a Friday, so 2 December a Tuesday, 5 November (30 days before) a
# Wednesday, 19 June (169 days before) a Thursday and 21 September (75 days before) a Sunday; 17 December 2024
# (353 days before) was a Tuesday.


@pytest.mark.parametrize(
    ("line", "published"),
    [
        # Levantine month names
        ("الجمعة 05 كانون الأول 2025 - 19:29", "2025-12-05T19:29"),
        ("5 كانون الثاني 2025", "2025-01-05"),
        ("1 شباط 2024", "2024-02-01"),
        ("الخميس 19 من حزيران 2025", "2025-06-19"),
        ("8 تشرين الثاني 2025", "2025-11-08"),
        ("8 تشرين الأول 2025", "2025-10-08"),
        ("3 آذار، 2025", "2025-03-03"),
        ("3 اذار 2025", "2025-03-03"),
        ("٣ أيلول ٢٠٢٥", "2025-09-03"),
        # Egyptian and Gulf
        ("الثلاثاء, 2 ديسمبر 2025 10:12 PM", "2025-12-02T22:12"),
        ("الثلاثاء 17 ديسمبر 2024", "2024-12-17"),
        ("14 أكتوبر ,2025: 05:40 م", "2025-10-14T17:40"),
        ("9 أغسطس 2025", "2025-08-09"),
        ("9 يونية 2025", "2025-06-09"),
        ("9 يوليه 2025", "2025-07-09"),
        ("9 إبريل 2025", "2025-04-09"),
        ("5 ديسمبر سنة 2025", "2025-12-05"),
        ("5 من شهر ديسمبر عام 2025", "2025-12-05"),
        ("5 ديسمبر 2025م", "2025-12-05"),
        ("5 ديسمبر 2025 07:40 مسائاً", "2025-12-05T19:40"),  # a common slip for مساءً
        ("11 فبراير 2026 الساعة 9.30 صباحا", "2026-02-11T09:30"),
        ("11.2.2026 م", "2026-02-11"),  # م is the calendar here
        # Maghrebi: Morocco, and Algeria and Tunisia
        ("12 دجنبر 2025", "2025-12-12"),
        ("12 غشت 2025 - 09:05", "2025-08-12T09:05"),
        ("1 شتنبر 2025", "2025-09-01"),
        ("1 نونبر 2025", "2025-11-01"),
        ("1 يوليوز 2025", "2025-07-01"),
        ("1 ماي 2025", "2025-05-01"),
        ("1 جانفي 2025", "2025-01-01"),
        ("1 فيفري 2025", "2025-02-01"),
        ("1 أفريل 2025", "2025-04-01"),
        ("1 جوان 2025", "2025-06-01"),
        ("1 جويلية 2025", "2025-07-01"),
        ("1 أوت 2025", "2025-08-01"),
        # English
        ("December 5, 2025 7:29 PM", "2025-12-05T19:29"),
        ("Friday, December 5, 2025", "2025-12-05"),
        ("5 Dec. 2025", "2025-12-05"),
        ("Sept 5, 2025", "2025-09-05"),
        ("05 MAY 2025", "2025-05-05"),
        # both calendars of month names
        ("05 كانون الأول / ديسمبر 2025", "2025-12-05"),
        ("05 ديسمبر/كانون الأول 2025", "2025-12-05"),
        ("05 كانون الأول (ديسمبر) 2025", "2025-12-05"),
        ("05 ديسمبر (كانون الأول) 2025 19:29", "2025-12-05T19:29"),
        ("05 آذار - مارس 2025", "2025-03-05"),
        # numbers: the day comes first, or the year
        ("04/07/2025", "2025-07-04"),
        ("4-7-2025", "2025-07-04"),
        ("04.07.2025", "2025-07-04"),
        ("04 / 07 / 2025", "2025-07-04"),
        ("2025/7/4", "2025-07-04"),
        ("2025-07-04", "2025-07-04"),
        ("2025.12.06 - 09:24", "2025-12-06T09:24"),
        ("2025-12-05T19:29", "2025-12-05T19:29"),
        ("2025-12-05 19:29:41", "2025-12-05T19:29"),
        ("٠٤/٠٧/٢٠٢٥", "2025-07-04"),
        ("۲۰۲۵/۰۷/۰۴", "2025-07-04"),
        ("٥ ديسمبر ٢٠٢٥، ٧:٢٩ م", "2025-12-05T19:29"),
        ("29/2/2024", "2024-02-29"),
        # years that news may have; Hijri ones are far below
        ("1/1/1900", "1900-01-01"),
        ("31/12/2100", "2100-12-31"),
        # twelve hours: 12 in the morning is midnight's hour, 12 in the afternoon is noon's
        ("5/12/2025 12:15 ص", "2025-12-05T00:15"),
        ("5/12/2025 12:15 م", "2025-12-05T12:15"),
        ("15/12/2025 12:00 AM", "2025-12-15T00:00"),
        ("15/12/2025 12:00 pm", "2025-12-15T12:00"),
        ("15/12/2025 7:29 a.m.", "2025-12-15T07:29"),
        ("15/12/2025 7:29 P.M.", "2025-12-15T19:29"),
        ("5/12/2025 07:29 صباحًا", "2025-12-05T07:29"),
        ("5/12/2025 07:29 مساءً", "2025-12-05T19:29"),
        ("5/12/2025 4:10 عصراً", "2025-12-05T16:10"),
        ("5/12/2025 1:30 ظهراً", "2025-12-05T13:30"),
        ("5/12/2025 12:30 ظهراً", "2025-12-05T12:30"),
        ("5/12/2025 19:29 مساءً", "2025-12-05T19:29"),
        ("05/12/2025 0:05", "2025-12-05T00:05"),
        ("الساعة 23:59 من يوم 05/12/2025", "2025-12-05T23:59"),
        # weekdays in their spellings
        ("الأربعاء 5 نوفمبر 2025", "2025-11-05"),
        ("الاربعاء 5 نوفمبر 2025", "2025-11-05"),
        ("الأربعاء، ٥ نوفمبر ٢٠٢٥", "2025-11-05"),
        ("Wed 5 Nov 2025", "2025-11-05"),
        ("الجمعه 5 ديسمبر 2025", "2025-12-05"),
        # tatweel, harakat and marks that show nothing
        ("5 ديســمبر 2025", "2025-12-05"),
        ("\u200f5 كانونُ الأوّل 2025\u200f", "2025-12-05"),
        ("5\u00a0كانون\u00a0الأول\u00a02025", "2025-12-05"),
        # Hijri beside Gregorian
        ("الأحد 1447/03/29 هـ الموافق 2025/09/21 م 16:42", "2025-09-21T16:42"),
        ("الأربعاء - 14 جمادى الأولى 1447 هـ - 05 نوفمبر 2025 مـ - 02:14 ص", "2025-11-05T02:14"),
        ("29/03/1447 - 21/09/2025", "2025-09-21"),
        # the same day said twice
        ("05/12/2025 - 5 كانون الأول 2025", "2025-12-05"),
        # a clock time that contradicts itself, or is one of two, is left out; the day stands
        ("5/12/2025 19:29 ص", "2025-12-05"),
        ("5/12/2025 11:30 ظهراً", "2025-12-05"),
        ("5/12/2025 13:10 ص", "2025-12-05"),
        ("5/12/2025 4:30 ظهراً", "2025-12-05"),
        ("05/12/2025 24:10", "2025-12-05"),
        ("05/12/2025 19:75", "2025-12-05"),
        ("05/12/2025 19:29 - 20:30", "2025-12-05"),
    ],
)
def test_a_complete_date_is_read(line: str, published: str) -> None:
    read = read_date_line(line)
    assert read is not None
    assert read.published == published
    assert read.kind == ""


@pytest.mark.parametrize(
    ("line", "published"),
    [
        # a weekday decides: 5 December 2025 was a Friday, 12 May 2025 a Monday (207 days earlier: 29 weeks and 4 days)
        ("الجمعة 5/12/2025", "2025-12-05"),
        ("Monday 5/12/2025", "2025-05-12"),
        ("الأحد 5/12/2025", None),
        # Arabic digits, or an Arabic word for the half of the day, before or behind the clock
        ("٥/١٢/٢٠٢٥", "2025-12-05"),
        ("۵/۱۲/۲۰۲۵ ۱۹:۲۹", "2025-12-05T19:29"),
        ("5/12/2025 7:29 م", "2025-12-05T19:29"),
        ("مساءً 7:29 - 5/12/2025", "2025-12-05T19:29"),
        ("م 7:29 5/12/2025", "2025-12-05T19:29"),
        ("5/12/2025 2:30 بعد الظهر", "2025-12-05T14:30"),
        # two digits, and no Latin AM or PM
        ("05/12/2025", "2025-12-05"),
        ("05/12/2025 19:29", "2025-12-05T19:29"),
        ("10/12/2025", "2025-12-10"),
        ("11/03/2025 2:30 PM", None),
        ("PM 2:30 11/03/2025", None),
        # hyphens or full stops
        ("5-12-2025", "2025-12-05"),
        ("5.12.2025 7:29 PM", "2025-12-05T19:29"),
        # nothing that tells
        ("4/6/2023", None),
        ("5/6/2025 • 00:00", None),
        ("5/12/2025", None),
        ("12/5/2025 19:29", None),
        ("نشر في 5/12/2025", None),
        # no month has more than twelve, and the fifth of May is itself
        ("15/12/2025 7:29 PM", "2025-12-15T19:29"),
        ("5/5/2025", "2025-05-05"),
    ],
)
def test_the_day_comes_first_only_where_something_says_so(line: str, published: str | None) -> None:
    read = read_date_line(line)
    assert read is not None
    assert read.published == published


@pytest.mark.parametrize(
    "line",
    [
        "الخميس 05 كانون الأول 2025",  # it was a Friday
        "Monday, December 5, 2025",
        "الجمعة الثلاثاء 5 ديسمبر 2025",  # two weekdays, one of them right
        "05 ديسمبر/كانون الثاني 2025",  # December and January
        "05 كانون الأول (نوفمبر) 2025",
        "31 نيسان 2025",  # April has thirty days
        "29/2/2025",  # no leap year
        "30 فبراير 2024",
        "0 ديسمبر 2025",
        "12/25/2025",  # month first: not how Arabic sites write
        "2025/25/12",
        "13/13/2025",
        "05/12/2025 06/12/2025",  # two days
        "05 ديسمبر 2025 - 04/12/2025",
        "31/4/2025 - 5/12/2025",  # one day, and one that there is not
    ],
)
def test_a_date_in_doubt_is_a_date_line_without_a_date(line: str) -> None:
    read = read_date_line(line)
    assert read is not None
    assert read.published is None


@pytest.mark.parametrize(
    "line",
    [
        "",
        "05 ديسمبر",
        "الجمعة 5 كانون الأول",
        "5/12",
        "05/12/25",
        "2025",
        "© 2025",
        "ديسمبر 2025",
        "19:29",
        "الجمعة",
        "منذ ساعتين",
        "قبل 3 أيام",
        "أمس 19:29",
        "اليوم، 10:15 م",
        "2 hours ago",
        # Hijri alone
        "الأربعاء ١٤ جمادى الأولى ١٤٤٧هـ",
        "14/05/1447",
        "1447-05-14",
        "5 مارس 1447",
        # years that no news has
        "31/12/1899",
        "1/1/2101",
        # numbers that only look like dates
        "15 ديسمبر 20250",
        "12025/12/05",
        "5/12-2025",
        "192.168.1.2025",
        "هاتف: 011-5/12/20256",
    ],
)
def test_what_is_no_complete_date_is_no_date_line(line: str) -> None:
    assert read_date_line(line) is None


@pytest.mark.parametrize(
    ("line", "published", "kind"),
    [
        ("نشر في: 05 ديسمبر 2025 10:00", "2025-12-05T10:00", "published"),
        ("تاريخ النشر: 2025/12/05", "2025-12-05", "published"),
        ("نُشرت الجمعة 5 كانون الأول 2025", "2025-12-05", "published"),
        ("تم النشر 05/12/2025", "2025-12-05", "published"),
        ("Published: Dec 5, 2025", "2025-12-05", "published"),
        ("آخر تحديث: 06 ديسمبر 2025 12:30", "2025-12-06T12:30", "updated"),
        ("تم التحديث في 06/12/2025", "2025-12-06", "updated"),
        ("آخر تعديل 06/12/2025", "2025-12-06", "updated"),
        ("Last updated Dec 6, 2025", "2025-12-06", "updated"),
        # beside each other, in both orders
        ("نشر في 05 ديسمبر 2025 10:00 آخر تحديث 06 ديسمبر 2025 12:30", "2025-12-05T10:00", "published"),
        ("آخر تحديث 06 ديسمبر 2025 12:30 | نشر في 05 ديسمبر 2025 10:00", "2025-12-05T10:00", "published"),
        ("Published: Dec 5, 2025 Updated: Dec 6, 2025", "2025-12-05", "published"),
        # the published one in doubt: the updated one does not stand in for it
        ("نشر في 31 نيسان 2025 آخر تحديث 06 أيار 2025", None, "published"),
        # the published one is no full date: what is left is the updated one, called so
        ("نشر منذ ساعتين، آخر تحديث 06 ديسمبر 2025", "2025-12-06", "updated"),
    ],
)
def test_a_line_says_whether_the_time_is_that_of_publication(line: str, published: str | None, kind: str) -> None:
    read = read_date_line(line)
    assert read is not None
    assert (read.published, read.kind) == (published, kind)


@pytest.mark.parametrize(
    ("line", "rest"),
    [
        ("الجمعة 05 كانون الأول 2025 - 19:29 روسيا اليوم", "روسيا اليوم"),
        ("تاريخ النشر: الجمعة، 5 ديسمبر 2025 الساعة 7:29 مساءً", ""),
        ("5/12/2025 | 10:00 بتوقيت دمشق", ""),
        ("وكالة السنونو - 5/12/2025", "وكاله السنونو"),  # as a match key has it
        ("5 ديسمبر 2025 - 120 مشاهدة", "120 مشاهده"),
    ],
)
def test_the_rest_is_what_does_not_belong_to_the_date(line: str, rest: str) -> None:
    read = read_date_line(line)
    assert read is not None
    assert read.rest == rest


# --- every date, in every way of writing it ---------------------------------------------------------

# Written out here once more, so that a slip in the code's own table shows.
MONTHS = {
    "Levant": [
        "كانون الثاني", "شباط", "آذار", "نيسان", "أيار", "حزيران",
        "تموز", "آب", "أيلول", "تشرين الأول", "تشرين الثاني", "كانون الأول",
    ],
    "Egypt": [
        "يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو",
        "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر",
    ],
    "Morocco": [
        "يناير", "فبراير", "مارس", "أبريل", "ماي", "يونيو",
        "يوليوز", "غشت", "شتنبر", "أكتوبر", "نونبر", "دجنبر",
    ],
    "Algeria": [
        "جانفي", "فيفري", "مارس", "أفريل", "ماي", "جوان",
        "جويلية", "أوت", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر",
    ],
    "English": [
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ],
    "short English": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
}  # fmt: skip
WEEKDAYS = {
    "Arabic": ["الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد"],
    "English": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
}
DIGITS = {"Latin": "0123456789", "Arabic": "٠١٢٣٤٥٦٧٨٩", "Persian": "۰۱۲۳۴۵۶۷۸۹"}

days = st.dates(date(1990, 1, 1), date(2035, 12, 31))
month_names = st.sampled_from(list(MONTHS.values()))
weekday_names = st.sampled_from(list(WEEKDAYS.values()))
digits = st.sampled_from(list(DIGITS.values()))


def in_digits(text: str, ten: str) -> str:
    return text.translate(dict(zip(map(ord, "0123456789"), ten, strict=True)))


@given(day=days, months=month_names, ten=digits, two_digits=st.booleans())
def test_any_day_with_any_month_name_in_any_digits_is_read_back(
    day: date, months: list[str], ten: str, two_digits: bool
) -> None:
    number = f"{day.day:02}" if two_digits else str(day.day)
    line = in_digits(f"{number} {months[day.month - 1]} {day.year}", ten)
    assert read_date_line(line) == DateLine(day.isoformat(), "", "")


@given(day=days, months=month_names, ten=digits, weekdays=weekday_names)
def test_the_right_weekday_changes_nothing(day: date, months: list[str], ten: str, weekdays: list[str]) -> None:
    line = in_digits(f"{weekdays[day.weekday()]} {day.day} {months[day.month - 1]} {day.year}", ten)
    assert read_date_line(line) == DateLine(day.isoformat(), "", "")


@given(day=days, months=month_names, ten=digits, weekdays=weekday_names, off=st.integers(1, 6))
def test_a_wrong_weekday_leaves_no_date(day: date, months: list[str], ten: str, weekdays: list[str], off: int) -> None:
    wrong = weekdays[(day + timedelta(off)).weekday()]
    line = in_digits(f"{wrong} {day.day} {months[day.month - 1]} {day.year}", ten)
    assert read_date_line(line) == DateLine(None, "", "")


@given(day=days, one=month_names, other=month_names, ten=digits, shape=st.sampled_from(["{} / {}", "{}/{}", "{} ({})"]))
def test_two_names_of_one_month_are_read_and_names_of_two_months_are_not(
    day: date, one: list[str], other: list[str], ten: str, shape: str
) -> None:
    for n in range(12):
        names = shape.format(one[day.month - 1], other[n])
        read = read_date_line(in_digits(f"{day.day} {names} {day.year}", ten))
        assert read is not None
        assert read.published == (day.isoformat() if n == day.month - 1 else None)


@given(day=days, ten=digits, bar=st.sampled_from("/-."), year_first=st.booleans())
def test_any_day_in_numbers_is_read_back(day: date, ten: str, bar: str, year_first: bool) -> None:
    numbers = [f"{day.day:02}", f"{day.month:02}", str(day.year)]
    line = in_digits(bar.join(reversed(numbers) if year_first else numbers), ten)
    assert read_date_line(line) == DateLine(day.isoformat(), "", "")


@given(
    moment=st.datetimes(datetime(1990, 1, 1), datetime(2035, 12, 31)),
    ten=digits,
    halves=st.sampled_from([("ص", "م"), ("صباحا", "مساءً"), ("AM", "PM")]),
)
def test_any_clock_time_is_read_back_in_twelve_and_in_twenty_four_hours(
    moment: datetime, ten: str, halves: tuple[str, str]
) -> None:
    expected = f"{moment:%Y-%m-%dT%H:%M}"
    # In numbers, with Latin halves of the day, the month may come first where both are months.
    day_and_month = "%d %b %Y" if halves[0] == "AM" else "%d/%m/%Y"
    for clock in (f"{moment:%H:%M}", f"{moment.hour % 12 or 12}:{moment:%M} {halves[moment.hour >= 12]}"):
        read = read_date_line(in_digits(f"{moment:{day_and_month}} {clock}", ten))
        assert read is not None
        assert read.published == expected


pieces = st.sampled_from(
    ["5", "31", "٣", "12", "1447", "2025", "٢٠٢٥", "/", "-", ".", ":", "19:29", "ص", "م", "ظهرا", "ديسمبر", "كانون",
     "الأول", "الجمعة", "نشر", "آخر تحديث", "(", ")", "T", "AM", "\u200f", "²", "من"]
)  # fmt: skip


@given(line=st.lists(pieces, max_size=12).map(" ".join) | st.lists(pieces, max_size=12).map("".join) | st.text())
def test_any_line_gives_a_whole_date_or_none(line: str) -> None:
    read = read_date_line(line)
    if read is not None:
        assert read.kind in ("published", "updated", "")
        assert read.published is None or datetime.fromisoformat(read.published)
