"""Clock times as news sites write them, with the words for the half of the day and with the zone."""

from __future__ import annotations

import re

CLOCK = re.compile(
    r"(?<!\d)(?<!\d:)t?(?P<h>\d{1,2})(?:\s?:\s?|h(?=\d))(?P<min>\d{2})(?P<s>:\d{2}(?:[.,]\d{1,6})?)?(?![\d:])"
)
# The half of the day, folded. Behind midnight and at noon the same words mean other hours.
_HALVES = {
    "night after midnight": "بعد منتصف الليل|منتصف الليل|midnight",
    "morning": "قبل الظهر|صباحا?|الصباح|ص|فجرا?|الفجر|سحرا|ضحي|الضحي|a\\.?\\s?m\\.?|صبح|ق\\.?ظ\\.?",
    "noon": "ظهرا|الظهر|دوبهر|noon",
    "sunset": "مغربا|المغرب|عشاءا?|العشاء|عشايا",
    "evening": "بعد الظهر|بعد ظهر|بعدازظهر|بعد از ظهر|عصرا?|العصر|مساء?ا?|مسايا?|المساء|م|p\\.?\\s?m\\.?|شام|ب\\.?ظ\\.?",  # noqa: E501
    "night": "ليلا|الليل|شب|رات",
}
_WORDS = {half: re.compile(rf"(?:{words})(?!\w)") for half, words in _HALVES.items()}
_ALL = "|".join(sorted((word for words in _HALVES.values() for word in words.split("|")), key=len, reverse=True))
_BEHIND = re.compile(rf"[\s,،]*(?:(?:من|في)\s+)?(?P<half>{_ALL})(?!\w)(?:\s+(?:ال)?يوم(?!\w))?")
_BEFORE = re.compile(rf"(?<!\w)(?P<half>{_ALL})(?:\s+اليوم)?[\s,،:-]+$")
# «9.30 صباحا»: only with such a word is a point between two numbers a clock's.
POINT_CLOCK = re.compile(rf"(?<![\d.])(\d{{1,2}})\.(\d{{2}})(?=[\s,،]*(?:{_ALL})(?!\w))")
# An hour without minutes says when too roughly to count; it belongs to the date all the same.
HOUR_ALONE = re.compile(rf"(?<!\w)(?:الساعه\s+)?\d{{1,2}}\s+(?:{_ALL})(?!\w)")
# An adverb of time that nobody listed: it changes what the clock means, and nobody knows how.
_ADVERB = re.compile(r"[\s,،]+(?:(?!صباح|مساء|يوم)[\u0621-\u064a]{2,6}ا(?!\w)|(?:بعد|قبل|قبيل|عقب|بعيد)\s)")
# What a clock counts that says how long something takes, and not when it was.
_LENGTH = re.compile(r"\s*(?:دقيق[هت]|دقايق|د(?!\w)|ثاني[هت]|ثوان|min)")
_GREENWICH = r"(?:gmt|utc|z|(?:ب?(?:ال)?توقيت\s+)?(?:غرينتش|جرينتش|غرينيتش)|ت\.?\s?غ)"
_BY = r"(?:[+-]\s?\d{1,2}(?::?\d{2})?|\d{1,2}\+)"
# Places whose clocks never change, by hours before Greenwich; summer time elsewhere needs the day and a table of laws.
_PLACES = {
    "+03:00": "مكه(?: المكرمه)?|السعوديه|الرياض|الكويت|الدوحه|قطر|المنامه|البحرين|صنعاء|عدن|اليمن",
    "+04:00": "ابوظبي|ابو ظبي|دبي|الامارات|مسقط|سلطنه عمان",
}
_PLACE = re.compile(
    rf"[\s,،(-]*(?:ب?توقيت|ب?حسب توقيت)\s+(?:(?P<three>{_PLACES['+03:00']})|(?P<four>{_PLACES['+04:00']}))(?!\w)"
)
_ZONE = re.compile(
    rf"[\s,،(]*(?:(?:(?P<ahead>{_BY})\s?)?(?P<gmt>{_GREENWICH})(?![^\W\d])\s?(?P<by>{_BY})?"
    r"|(?P<off>[+-]\d{2}:?\d{2}|\+\d{2}))(?!\d)\)?"
)
_ZONE_BEFORE = re.compile(rf"(?<!\w){_GREENWICH}[\s,،:-]+$")


def read_clock(text: str, match: re.Match[str]) -> tuple[str | None, int, int]:
    """The time that a CLOCK match in folded text is (`14:30`, `14:30+03:00`), and from where to where it is written.

    None where it contradicts itself (19:29 in the morning), or a word beside it is not understood.
    """
    start, end = match.span()
    half = None
    behind = _BEHIND.match(text, end)
    if behind:
        half, end = behind["half"], behind.end()
    elif before := _BEFORE.search(text, max(0, start - 24), start):
        half, start = before["half"], before.start()
    hour, minute = _hour(int(match["h"]), half), int(match["min"])
    if half is None and ((int(match["h"]) <= 12 and _ADVERB.match(text, end)) or _LENGTH.match(text, end)):
        hour = None
    zone = _ZONE.match(text, end)
    # «09:00-10:30» is from half past to half past: behind a bare clock only a plus, or four digits, is a zone.
    if zone and zone["off"] and not (match["s"] or zone["off"][0] == "+" or ":" not in zone["off"]):
        zone = None
    offset = ""
    if zone:
        offset = _offset(zone["by"] or zone["ahead"] or zone["off"] or "+00:00")
        end = zone.end() if offset is not None else end
    elif place := _PLACE.match(text, end):
        offset, end = "+03:00" if place["three"] else "+04:00", place.end()
    elif before := _ZONE_BEFORE.search(text, max(0, start - 24), start):
        offset, start = "+00:00", before.start()
    clock = None if hour is None or minute > 59 else f"{hour:02}:{minute:02}{offset or ''}"
    return clock, start, end


def _hour(hour: int, half: str | None) -> int | None:
    """The hour of the day; None if hour and half of the day contradict each other."""
    if hour > 23:
        return None
    if half is None:
        return hour
    kind = next(kind for kind, words in _WORDS.items() if words.fullmatch(half))
    if kind == "morning":
        return hour % 12 if hour <= 12 else None
    if kind == "evening":
        return hour + 12 if hour < 12 else hour
    if kind == "sunset":
        # «9:30 المغرب» may be of the country: the prayers' own hours, and those that are clear without them.
        return hour + 12 if 5 <= hour <= 8 else hour if hour > 12 else None
    if kind == "noon":
        # 11:30 ظهرا is before noon in use, and so says nothing sure.
        return hour + 12 if hour < 4 else hour if hour == 12 else None
    if kind == "night":
        return 0 if hour == 12 else hour + 12 if 4 < hour < 12 else hour
    return 0 if hour == 12 else hour if hour <= 5 else None


def _offset(written: str) -> str | None:
    """`+3`, `+0300`, `+03:00` as `+03:00`; None if no place on earth is so far from Greenwich."""
    sign = "-" if "-" in written else "+"  # «3+» is how +3 looks where it is typed from right to left
    digits = re.sub(r"\D", "", written)
    hours, minutes = (digits, "00") if len(digits) <= 2 else (digits[:-2], digits[-2:])
    return f"{sign}{int(hours):02}:{minutes}" if int(hours) <= 14 and int(minutes) < 60 else None
