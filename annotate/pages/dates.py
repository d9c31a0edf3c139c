"""Publication times as Arabic news sites write them. A date that is not fully there is no date.

General date parsers fill in what a text leaves out (this year, today, month first); a gold set cannot
afford that, so this reads only complete dates and gives up on any doubt.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time

from ..arabic import fold

# Levantine; Egyptian and Gulf; Maghrebi; English. Folded when the table is built.
_MONTH_NAMES = {
    1: "كانون الثاني|يناير|جانفي|january|jan",
    2: "شباط|فبراير|فيفري|february|feb",
    3: "آذار|اذار|مارس|march|mar",
    4: "نيسان|أبريل|ابريل|إبريل|أفريل|april|apr",
    5: "أيار|ايار|مايو|ماي|may",
    6: "حزيران|يونيو|يونية|جوان|june|jun",
    7: "تموز|يوليو|يوليه|يولية|يوليوز|جويلية|july|jul",
    8: "آب|أغسطس|اغسطس|غشت|أوت|august|aug",
    9: "أيلول|ايلول|سبتمبر|شتنبر|september|sept|sep",
    10: "تشرين الأول|أكتوبر|اكتوبر|october|oct",
    11: "تشرين الثاني|نوفمبر|نونبر|november|nov",
    12: "كانون الأول|ديسمبر|دجنبر|december|dec",
}
_WEEKDAY_NAMES = (
    "الاثنين|الإثنين|اثنين|monday|mon",
    "الثلاثاء|الثلاثا|ثلاثاء|tuesday|tue",
    "الأربعاء|أربعاء|wednesday|wed",
    "الخميس|خميس|thursday|thu",
    "الجمعة|جمعة|friday|fri",
    "السبت|سبت|saturday|sat",
    "الأحد|أحد|sunday|sun",
)
_MONTHS = {fold(name): n for n, names in _MONTH_NAMES.items() for name in names.split("|")}
_WEEKDAYS = {fold(name): n for n, names in enumerate(_WEEKDAY_NAMES) for name in names.split("|")}


def _any_of(names: dict[str, int]) -> str:
    return "|".join(re.escape(name).replace(r"\ ", r"\s+") for name in sorted(names, key=len, reverse=True))


_MONTH = rf"(?:{_any_of(_MONTHS)})"
_DAY_FIRST = re.compile(
    rf"(?<!\d)(?P<d>\d{{1,2}})\s*(?:من\s+)?(?:شهر\s+)?[-/.,،]?\s*(?P<m>{_MONTH})\.?"
    rf"(?:\s*[/()|-]\s*(?P<m2>{_MONTH})\)?)?\s*[-/.,،]?\s*(?:عام\s+|سنه\s+)?(?P<y>\d{{4}})(?!\d)"
)
_MONTH_FIRST = re.compile(rf"(?<!\w)(?P<m>{_MONTH})\.?\s+(?P<d>\d{{1,2}})\s*[,،]?\s+(?P<y>\d{{4}})(?!\d)")
_NUMBERS = re.compile(r"(?<![\d/.:-])(?P<d>\d{1,2})\s?([-/.])\s?(?P<m>\d{1,2})\s?\2\s?(?P<y>\d{4})(?![\d/])")
_YEAR_FIRST = re.compile(r"(?<![\d/.:-])(?P<y>\d{4})([-/.])(?P<m>\d{1,2})\2(?P<d>\d{1,2})(?![\d/])")
_TIME = re.compile(
    r"(?<![\d:])t?(?P<h>\d{1,2})\s?:\s?(?P<min>\d{2})(?::\d{2})?(?![\d:])"
    r"\s*(?:(?P<half>صباحا|مساء|ظهرا|عصرا|ص|م|a\.?m\.?|p\.?m\.?)(?!\w))?"
)
_WEEKDAY = re.compile(rf"(?<!\w)(?:{_any_of(_WEEKDAYS)})(?!\w)")
_UPDATED = re.compile(
    r"(?<!\w)(?:اخر تحديث|اخر تعديل|(?:تم )?(?:ال)?تعديل|(?:تم )?(?:ال)?تحديث|(?:حدثت?|عدلت?) في"
    r"|(?:last )?updated?|modified)(?!\w)"
)
_PUBLISHED = re.compile(r"(?<!\w)(?:نشر(?:ت)?|تم النشر|تاريخ النشر|النشر|published|posted)(?!\w)")
# Words that stand beside a date and belong to it.
_AROUND = re.compile(
    r"(?<!\w)(?:(?:اخر )?(?:ال)?تحديث|(?:اخر )?(?:ال)?تعديل|(?:ال)?تاريخ|النشر|نشرت?|تم|في|يوم|بتاريخ|الساعه|الوقت"
    r"|(?:ب)?توقيت|غرينتش|جرينتش|مكه|المكرمه|القاهره|دمشق|بيروت|المحلي|ميلادي|gmt|utc|published|posted|updated?|last"
    r"|on|at|date|هـ|ه|م)(?!\w)"
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
    month name contradicts them, and lines with two different dates, give `published=None`.
    """
    folded = fold(line)
    parts = _split_updated(folded)
    found = [part for part in (_read(text, kind) for text, kind in parts) if part is not None]
    if not found:
        return None
    by_kind = {part.kind: part for part in reversed(found)}
    best = by_kind.get("published") or by_kind.get("") or by_kind["updated"]
    return DateLine(best.published, best.kind, " ".join(part.rest for part in found if part.rest))


def _split_updated(folded: str) -> list[tuple[str, str]]:
    """The line cut where it begins to speak of another time: «نشر: … آخر تحديث: …»."""
    marks = [(m.start(), "updated") for m in _UPDATED.finditer(folded)]
    marks += [(m.start(), "published") for m in _PUBLISHED.finditer(folded)]
    marks.sort()
    if not marks:
        return [(folded, "")]
    marks[0] = (0, marks[0][1])
    ends = [start for start, _ in marks[1:]] + [len(folded)]
    return [(folded[start:end], kind) for (start, kind), end in zip(marks, ends, strict=True)]


def _read(folded: str, kind: str) -> DateLine | None:
    rest = folded
    days: set[date | None] = set()
    for pattern in (_YEAR_FIRST, _NUMBERS, _DAY_FIRST, _MONTH_FIRST):
        found = list(pattern.finditer(rest))
        for match in found:
            # Hijri years are far from Gregorian ones; such a date is read over, not misread.
            if 1900 <= int(match["y"]) <= 2100:
                days.add(_date(match))
        if found:
            rest = pattern.sub(" ", rest)
    if not days:
        return None
    weekdays = {_WEEKDAYS[" ".join(m.group().split())] for m in _WEEKDAY.finditer(rest)}
    times = {_time(m) for m in _TIME.finditer(rest)}
    for pattern in (_TIME, _WEEKDAY, _AROUND):
        rest = pattern.sub(" ", rest)
    rest = " ".join(re.sub(r"[^\w\s]|_", " ", rest).split())
    day = days.pop() if len(days) == 1 else None
    if day is None or (weekdays and weekdays != {day.weekday()}):
        return DateLine(None, kind, rest)
    clock = times.pop() if len(times) == 1 else None
    return DateLine(f"{day.isoformat()}T{clock:%H:%M}" if clock else day.isoformat(), kind, rest)


def _date(match: re.Match[str]) -> date | None:
    groups = match.groupdict()
    month = _month(groups["m"])
    if groups.get("m2") and _month(groups["m2"]) != month:
        return None
    try:
        return date(int(groups["y"]), month, int(groups["d"]))
    except ValueError:
        return None


def _month(name: str) -> int:
    return int(name) if name.isdecimal() else _MONTHS[" ".join(name.split())]


def _time(match: re.Match[str]) -> time | None:
    hour, minute = int(match["h"]), int(match["min"])
    half = (match["half"] or "").replace(".", "")
    if hour > 23 or minute > 59:
        return None
    if half in ("صباحا", "ص", "am"):
        # 19:29 in the morning contradicts itself.
        return time(hour % 12, minute) if hour <= 12 else None
    if half and hour < 12:
        # 11:30 ظهرا is before noon in use, and so says nothing sure.
        return time(hour + 12, minute) if half != "ظهرا" or hour < 4 else None
    return time(hour, minute)
