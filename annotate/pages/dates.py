"""Publication times as news sites write them. A date that is not fully there is no date.

General date parsers fill in what a text leaves out (this year, today, month first); a gold set cannot
afford that, so this reads only complete dates and gives up on any doubt.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from ..arabic import fold
from .clock import CLOCK, HOUR_ALONE, POINT_CLOCK, read_clock
from .lexicon import CREDIT, has_media_noun, words_of

# Levant; Egypt and the Gulf; the Maghreb, Mauritania; English, French; Persian, Urdu, Kurdish names of the same months.
_MONTH_NAMES = {
    1: "كانون الثاني|كانون ثاني|كانون ثان|كانون 2|ك2|يناير|جانفي|january|jan|janvier|ژانویه|جنوری|کانوونی دووەم",
    2: "شباط|فبراير|فيفري|february|feb|février|فوریه|فروری|فبروری|شوبات",
    3: "آذار|مارس|march|mar|mars|مارچ|ئازار",
    4: "نيسان|أبريل|أفريل|april|apr|avril|آوریل|اپریل|نیسان",
    5: "أيار|مايو|ماي|may|mai|مئی|مه|می|ئایار",
    6: "حزيران|يونيو|يونيه|جوان|june|jun|juin|ژوئن|جون|حوزەیران",
    7: "تموز|يوليو|يوليه|يوليوز|جويلية|july|jul|juillet|ژوئیه|جولای|جولائی|تەمموز",
    8: "آب|أغسطس|أوغسطس|غشت|أغشت|أوت|august|aug|août|آگوست|اگست|ئاب",
    9: "أيلول|سبتمبر|شتنبر|شتمبر|september|sept|sep|septembre|سپتامبر|ستمبر|سپتمبر|ئەیلوول",
    10: "تشرين الأول|تشرين أول|تشرين 1|ت1|أكتوبر|أوكتوبر|october|oct|octobre|اکتبر|اکتوبر|تشرینی یەکەم",
    11: "تشرين الثاني|تشرين ثاني|تشرين ثان|تشرين 2|ت2|نوفمبر|نونبر|november|nov|novembre|نوامبر|نومبر|تشرینی دووەم",
    12: "كانون الأول|كانون أول|كانون 1|ك1|ديسمبر|دسمبر|دجنبر|دجمبر|december|dec|décembre|دسامبر|کانوونی یەکەم",
}
_WEEKDAY_NAMES = (
    "الاثنين|اثنين|monday|mon|lundi|دوشنبه|پیر|دووشەممە",
    "الثلاثاء|الثلاثا|الثلثاء|ثلاثاء|tuesday|tue|mardi|سه شنبه|منگل|سێشەممە",
    "الأربعاء|أربعاء|wednesday|wed|mercredi|چهارشنبه|بدھ|چوارشەممە",
    "الخميس|خميس|thursday|thu|jeudi|پنجشنبه|پنج شنبه|جمعرات|پێنجشەممە",
    "الجمعة|جمعة|friday|fri|vendredi|هەینی",
    "السبت|سبت|saturday|sat|samedi|شنبه|ہفتہ|شەممە",
    "الأحد|أحد|sunday|sun|dimanche|یکشنبه|یک شنبه|اتوار|یەکشەممە",
)
# The months of the Iranian calendar; those before Mehr have 31 days, the others 30, the last 29 in most years.
_JALALI_NAMES = ["فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند"]
_JALALI_LEAP = frozenset((1, 5, 9, 13, 17, 22, 26, 30))  # years of its cycle of 33
_HIJRI = "محرم|صفر|ربيع|جمادي|رجب|شعبان|رمضان|شوال|ذو القعده|ذي القعده|ذو الحجه|ذي الحجه|الاول|الاخر|الاولي|الاخره|الثاني|الثانيه"  # noqa: E501

_LONGEST = 400  # code points; a line that says when is far shorter
# Letters that other keyboards and languages have for the same sounds, or the same shapes.
_OTHERS = "ڤپگچیکےہھەۀںێۆ–—−‐‑∶"
_LETTERS = str.maketrans(_OTHERS, "فبكجيكيههههنيو-----:")
_OTHER_LETTER = re.compile(f"[{_OTHERS}]")
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th)(?![a-z])")
_YEAR = re.compile(r"(?:19|20)\d\d")
_DIGIT = re.compile(r"\d")
_FOUR_DIGITS = re.compile(r"\d{4}")
_SIGN = re.compile(r"[^\w\s]|_")
_ARABIC_DIGIT = re.compile("[٠-٩۰-۹]")


def _plain(text: str) -> str:
    """In one spelling: no presentation forms, harakat or hamza, one letter for each sound."""
    if not text.isascii():
        text = fold(unicodedata.normalize("NFKC", text).replace("\u200c", " "))
        text = text.translate(_LETTERS) if _OTHER_LETTER.search(text) else text
    return _ORDINAL.sub("", text.lower())


def _table(names: dict[int, str]) -> dict[str, int]:
    return {_plain(name): n for n, several in names.items() for name in several.split("|")}


_MONTHS = _table(_MONTH_NAMES)
_WEEKDAYS = _table(dict(enumerate(_WEEKDAY_NAMES)))
_JALALI = _table(dict(enumerate(_JALALI_NAMES, 1)))


def _any_of(names: dict[str, int]) -> str:
    return "|".join(re.escape(name).replace(r"\ ", r"\s*") for name in sorted(names, key=len, reverse=True))


_MONTH = rf"(?:{_any_of(_MONTHS)})"
_WEEK = rf"(?:{_any_of(_WEEKDAYS)})"
_SECOND_NAME = rf"(?:(?:\s*[/()|-]\s*|\s+)(?P<m2>{_MONTH})(?!\w)\)?)?"
_DAY_FIRST = re.compile(
    rf"(?<!\d)(?P<d>\d{{1,2}})\s*(?:من\s+|of\s+|ي\s+)?(?:شهر\s+)?[-/.,،(]?\s*(?P<m>{_MONTH})ي?\.?{_SECOND_NAME}"
    r"\s*[-/.,،)]?\s*(?:ل?(?:عام|سنه)\s+)?(?P<y>\d{4})(?!\d)"
)
_MONTH_FIRST = re.compile(
    rf"(?<!\w)(?P<m>{_MONTH})\.?{_SECOND_NAME}[\s/-]+(?P<d>\d{{1,2}})\s*(?:[,،/-]\s*|\s)(?P<y>\d{{4}})(?!\d)"
)
_YEAR_MONTH_NAME = re.compile(
    rf"(?<![\d/.:-])(?P<y>\d{{4}})\s*[-/,،]?\s*(?P<m>{_MONTH}){_SECOND_NAME}\s*[-/,،]?\s*(?P<d>\d{{1,2}})(?![\d:])"
)
_YEAR_DAY_NAME = re.compile(
    rf"(?<![\d/.:-])(?P<y>\d{{4}})[\s،,-]+(?:{_WEEK}[\s،,]+)?(?P<d>\d{{1,2}})\s+(?P<m>{_MONTH})(?!\w)"
)
# «3-5», «من 3 إلى 5», «3 نوفمبر - 5» before a month: a time when something goes on. A number behind a name is none.
_RANGE = re.compile(
    rf"(?:^|(?:(?<!\d):|[،,|(]|\d\s*و)\s*|(?<!\w)(?:من|بين|(?:ال)?ايام|يومي|from|between|{_WEEK})[\s،,]+)(?P<d>\d{{1,2}})\s*(?P<m>{_MONTH})?\s*"
    rf"(?:[-/،,]|الي\s|و?حتي\s|لغايه\s|و|to\s|and\s)\s*(?:{_WEEK}[\s،,]+)?$"
)
_NUMBERS = re.compile(
    r"(?:(?<![\d/.:-])|(?<=[هم]/))(?P<d>\d{1,2})\s?(?P<bar>[-/.])\s?(?P<m>\d{1,2})\s?(?P=bar)\s?(?P<y>\d{4})(?![\d/])"
)
_YEAR_FIRST = re.compile(r"(?<![\d/.:-])(?P<y>\d{4})\s?([-/.])\s?(?P<m>\d{1,2})\s?\2\s?(?P<d>\d{1,2})(?![\d/])")
_SHAPES = (_YEAR_FIRST, _NUMBERS, _DAY_FIRST, _MONTH_FIRST, _YEAR_MONTH_NAME, _YEAR_DAY_NAME)
_JALALI_DATE = re.compile(
    rf"(?<!\d)(?P<d>\d{{1,2}})\s+(?P<m>{_any_of(_JALALI)})\s*(?:ماه\s+)?[,،]?\s*(?P<y>1[34]\d\d)(?!\d)"
)
_HIJRI_DATE = re.compile(rf"(?<!\d)\d{{1,2}}\s*[-/]?\s*(?:(?:{_HIJRI})[\s/-]*){{1,2}}1[345]\d\d(?!\d)")

# No date is without one of these: numbers with a bar between, or a month's name, of which the first word is enough.
_BARRED = re.compile(r"\d\s?[-/.]\s?\d")
_MONTH_WORDS = frozenset(
    part for name in (*_MONTHS, *_JALALI) for part in (*re.findall(r"[^\W\d_]+", name)[:1], name.replace(" ", ""))
)
_LETTERS_TOGETHER = re.compile(r"[^\W\d_]+")
_WEEKDAY = re.compile(rf"(?<!\w){_WEEK}(?!\w)")
_UPDATED = re.compile(
    r"(?<!\w)(?:اخر تحديث|اخر تعديل|(?:تم |جري )?(?:ال)?تعديله?|(?:تم |جري )?(?:ال)?تحديثه?|و?(?:حدث|عدل)ت?"
    rf"(?=\s*(?::|\d|(?:في|يوم|بتاريخ|{_WEEK})(?!\w)))|محدثه?|(?:last )?updated?|modified|edited|mis [aà] jour"
    r"|اخرين بروزرساني|(?:به\s?|ب)روز\s?رساني|ويرايش|اب ڈيٹ|ابڈيٹ)(?!\w)"
)
_PUBLISHED = re.compile(
    r"(?<!\w)(?:نشر(?:ت|ه)?|تم النشر|تاريخ النشر|النشر|اضيفت?|ادرجت?|published|posted|publi[eé]|تاريخ انتشار|انتشار|شايع)(?!\w)"  # noqa: E501
)
# Words that stand beside a date and belong to it.
_AROUND = re.compile(
    r"(?<!\w)(?:(?:اخر )?(?:ال)?تحديث|(?:اخر )?(?:ال)?تعديل|(?:ال)?تاريخ|النشر|نشرت?|نشره|اضيفت?|ادرجت?|حدثت?|عدلت?|تم|في|يوم|بتاريخ"  # noqa: E501
    r"|الساعه|الوقت|علي|الموافق|(?:ب|حسب\s)?توقيت(?:\s+[^\W\d]+(?:\s+(?:المحتله|المكرمه|المحلي|الصيفي|الشتوي))?)?"
    r"|(?:ال)?عدد\s*:?\s*\d+|السنه\s*:?\s*\d+|غرينتش|جرينتش|مكه|المكرمه|القاهره|دمشق|بيروت|المحلي|ميلادي|هجري|gmt|utc"
    r"|published|posted|updated?|last|edited|on|at|the|date|le|mis [aà] jour|publi[eé]|انتشار|شايع|هـ|ه|م)(?!\w)"
)


@dataclass(frozen=True, slots=True)
class DateLine:
    """A line that is there to say when: `published` (ISO 8601) and what else stands in the line.

    `published` is None where the line has a date but not one to rely on. `kind` is what the line calls it.
    """

    published: str | None
    kind: str  # "published", "updated" or "" where the line does not say
    rest: str


def read_date_line(line: str) -> DateLine | None:
    """The date line that `line` is; None if it has no date.

    A line with an updated time beside a published one gives the published one. Dates whose weekday or second
    month name contradicts them, lines with two different dates, and dates that may have the month first give
    `published=None`.
    """
    if len(line) > _LONGEST:
        return None
    plain = _plain(line)
    if _MONTH_WORDS.isdisjoint(_LETTERS_TOGETHER.findall(plain)) and not _BARRED.search(plain):
        return None
    of_arabic_digits = _ARABIC_DIGIT.search(line) is not None
    parts = _split_updated(plain)
    dates = [part for part in (_read(text, kind, of_arabic_digits) for text, kind in parts) if part is not None]
    if not dates:
        return None
    by_kind = {part.kind: part for part in reversed(dates)}
    best = by_kind.get("published") or by_kind.get("") or by_kind["updated"]
    return DateLine(best.published, best.kind, " ".join(part.rest for part in dates if part.rest))


_MOST_OF_DATE = 16  # words of a date with weekday, two names of the month, clock and zone


def date_line_of_page(text: str) -> DateLine | None:
    """The date line that a line of a page is; None for a caption or a sentence with a date in it."""
    if len(text) >= 160 or not _FOUR_DIGITS.search(text):
        return None
    credit = CREDIT.search(text)
    if credit is not None and text.count(" ") > _MOST_OF_DATE:
        return None  # a caption, which need not be read
    date = read_date_line(text)
    if date is None:
        return None
    # A caption has words before its credit; «(بتوقيت مكة)» belongs to the date, and a source may stand beside one.
    if credit is not None and date.rest and date.rest != " ".join(words_of(credit.group())):
        return None
    # What calls itself the publication time may say more (category, views); else it is a sentence or caption.
    # So may the name behind a bar or colon: «سوسة 3 نوفمبر 2025: راديو الساحل».
    rest = date.rest.split()
    is_dateline = 4 < len(rest) <= 7 and ":" in text and has_media_noun(rest)
    return None if len(rest) > (10 if date.kind == "published" or is_dateline else 4) else date


# Words of which a line has one that is only there to say what the date under it is.
_LABELS = "تحديث التحديث تعديل التعديل نشر النشر نشرت نشره اضيف اضيفت ادرج ادرجت محدث انتشار شايع بروزرساني updated update published posted"  # noqa: E501
_LABEL_WORDS = frozenset(_LABELS.split())


def may_be_label(words: Sequence[str]) -> bool:
    """Whether `kind_of_label` may find something: most short lines are quickly seen to be none."""
    return not _LABEL_WORDS.isdisjoint(words)


def kind_of_label(text: str) -> str:
    """What a line without a number, such as «آخر تحديث:», calls the date under it."""
    together = " ".join(words_of(text))
    mark = _UPDATED.search(together) or _PUBLISHED.search(together)
    if mark is None or _DIGIT.search(text):
        return ""
    left = _AROUND.sub(" ", _PUBLISHED.sub(" ", _UPDATED.sub(" ", together)))
    return "" if left.split() else "updated" if mark.re is _UPDATED else "published"


def _split_updated(plain: str) -> list[tuple[str, str]]:
    """The line cut where it begins to speak of another time: «نشر: … آخر تحديث: …»."""
    marks = [(m.start(), "updated") for m in _UPDATED.finditer(plain)]
    marks += [(m.start(), "published") for m in _PUBLISHED.finditer(plain)]
    marks.sort()
    if not marks:
        return [(plain, "")]
    # A whole date before the first such words and a time behind them are two; words alone name the date beside them.
    first = marks[0][0]
    if _YEAR.search(plain, 0, first) and _DIGIT.search(plain, first):
        marks.insert(0, (0, ""))
    else:
        marks[0] = (0, marks[0][1])
    ends = [start for start, _ in marks[1:]] + [len(plain)]
    return [(plain[start:end], kind) for (start, kind), end in zip(marks, ends, strict=True)]


def _read(plain: str, kind: str, of_arabic_digits: bool) -> DateLine | None:
    rest = plain
    weekdays = {_WEEKDAYS[_spaced(m.group(), _WEEKDAYS)] for m in _WEEKDAY.finditer(plain)}
    days: set[date | None] = set()
    ranges: list[str] = []
    for pattern in _SHAPES:
        # No date is without a year, and behind the one of most lines there is no other.
        if not _FOUR_DIGITS.search(rest):
            break
        matches = list(pattern.finditer(rest))
        for match in matches:
            # Years of other calendars are far from Gregorian ones; such a date is read over, not misread.
            if 1900 <= int(match["y"]) <= 2100:
                days.add(_date(match, plain, weekdays, of_arabic_digits))
                if pattern is _DAY_FIRST and (first := _days_before(match)):
                    days.add(None)
                    ranges.append(first)
        if matches:
            rest = pattern.sub(" ", rest)
    for match in _JALALI_DATE.finditer(rest):
        days.add(_from_jalali(int(match["y"]), _JALALI[_spaced(match["m"], _JALALI)], int(match["d"])))
    if not days:
        return None
    for first in ranges:
        rest = rest.replace(first, " ", 1)
    if _FOUR_DIGITS.search(rest):
        rest = _HIJRI_DATE.sub(" ", _JALALI_DATE.sub(" ", rest))
    if "." in rest:
        rest = POINT_CLOCK.sub(r"\1:\2", rest)
    times: set[str | None] = set()
    while (match := CLOCK.search(rest)) is not None:
        clock, start, end = read_clock(rest, match)
        times.add(clock)
        rest = f"{rest[:start]} {rest[end:]}"
    for pattern in (HOUR_ALONE, _WEEKDAY, _AROUND):
        rest = pattern.sub(" ", rest)
    rest = " ".join(_SIGN.sub(" ", rest).split())
    day = days.pop() if len(days) == 1 else None
    if day is None or (weekdays and weekdays != {day.weekday()}):
        return DateLine(None, kind, rest)
    clock = times.pop() if len(times) == 1 else None
    return DateLine(f"{day.isoformat()}T{clock}" if clock else day.isoformat(), kind, rest)


def _days_before(match: re.Match[str]) -> str:
    """The words of the days before this one, if it is the last of several."""
    first = _RANGE.search(match.string, max(0, match.start() - 60), match.start())
    if first is None:
        return ""
    is_other_month = bool(first["m"]) and _month(first["m"]) != _month(match["m"])
    return first.group() if int(first["d"]) < int(match["d"]) or is_other_month else ""


def _spaced(name: str, table: dict[str, int]) -> str:
    """The name as the table has it, whatever stands between its words."""
    return name if name in table else next(known for known in table if known.replace(" ", "") == "".join(name.split()))


def _date(match: re.Match[str], plain: str, weekdays: set[int], of_arabic_digits: bool) -> date | None:
    groups = match.groupdict()
    month = _month(groups["m"])
    if groups.get("m2") and _month(groups["m2"]) != month:
        return None
    day = _day_of(int(groups["y"]), month, int(groups["d"]))
    if match.re is not _NUMBERS or groups["bar"] != "/" or int(groups["d"]) > 12 or month > 12:
        return day
    # 3/5/2024 is in May for most, in March for those who write as Americans do; a weekday decides.
    swapped = _day_of(int(groups["y"]), int(groups["d"]), month)
    fitting = {d for d in (day, swapped) if d is not None and weekdays == {d.weekday()}}
    if weekdays:
        return fitting.pop() if len(fitting) == 1 else day
    if day == swapped or of_arabic_digits or _ARABIC_HALF.search(plain):
        return day
    is_padded = len(groups["d"]) == len(groups["m"]) == 2
    return day if is_padded and not _LATIN_HALF.search(plain) else None


_ARABIC_HALF = re.compile(
    r"\d\s*(?:صباح|مساء|ظهر|عصر|فجر|ليل|ضحي|(?:ص|م)(?!\w))|(?:بعد|قبل) الظهر"
    r"|(?<!\w)(?:(?:صباحا?|مساءا?|ظهرا|عصرا|فجرا|ليلا|ضحي)(?!\w)|[صم]\s?\d{1,2}:)"
)
_LATIN_HALF = re.compile(r"\d\s*[ap]\.?\s?m\.?(?!\w)|(?<!\w)[ap]\.?m\.?\s*\d")


def _day_of(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _month(name: str) -> int:
    return int(name) if name.isdecimal() else _MONTHS[_spaced(name, _MONTHS)]


def _from_jalali(year: int, month: int, day: int) -> date | None:
    """The Gregorian day of one in the Iranian calendar, counted from 1 Farvardin 1300, which was 21 March 1921."""
    longest = 31 if month < 7 else 30 if month < 12 or year % 33 in _JALALI_LEAP else 29
    if not (1300 <= year <= 1470 and 1 <= day <= longest):
        return None
    leaps = sum(y % 33 in _JALALI_LEAP for y in range(1300, year))
    before = 365 * (year - 1300) + leaps + 31 * min(month - 1, 6) + 30 * max(month - 7, 0)
    return date(1921, 3, 21) + timedelta(before + day - 1)


# --- what the cells of tables have --------------------------------------------------------------------------

# Excel's days are counted from here, others' seconds from 1970; the years of news bound both.
_EXCEL_DAYS, _EXCEL_FIRST, _EXCEL_LAST = date(1899, 12, 30), 32874, 54788  # 1990 to 2049
_SECONDS_FIRST, _SECONDS_LAST = 631_152_000, 2_524_608_000
_NUMBER = re.compile(r"\d{5,13}(?:\.\d+)?")
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


def counted_time(written: str) -> str | None:
    """The time that a number counts: seconds or thousandths since 1970, or Excel's days; None if it is none of them."""
    if not _NUMBER.fullmatch(written):
        return None
    number = float(written)
    if len(written.split(".")[0]) == 13:
        number /= 1000
    if _SECONDS_FIRST <= number <= _SECONDS_LAST:
        return datetime.fromtimestamp(number, UTC).isoformat("T", "minutes")
    if _EXCEL_FIRST <= number <= _EXCEL_LAST:
        seconds = round(number % 1 * 86400)
        moment = datetime.combine(_EXCEL_DAYS, time()) + timedelta(int(number), seconds)
        return moment.isoformat("T", "minutes") if seconds else moment.date().isoformat()
    return None


def published_in_cell(value: str | None) -> str | None:
    """A date column's value, to the second: ISO, or any other complete date as it reads, else None.

    Midnight without a zone is how tables write a day alone.
    """
    if value is None:
        return None
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        line = read_date_line(value)
        return line.published if line and line.kind != "updated" else None
    # A year of another calendar, and what stands for no time at all: the first day of a count.
    is_start = (read.month, read.day, read.time()) == (1, 1, time()) and read.year in (1900, 1970)
    if not _FIRST_YEAR <= read.year <= _LAST_YEAR or is_start:
        return None
    if len(value) == 10 or (read.time() == time() and read.tzinfo is None):
        return read.date().isoformat()
    return read.isoformat("T", "seconds" if read.second else "minutes")
