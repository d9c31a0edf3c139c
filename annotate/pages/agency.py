"""Which agency or other source a page's text is credited to: in a source line, a dateline, at the head of its lead."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .body import Body
from .lexicon import is_site_section, may_be_outlet, words_of
from .lines import SOURCE, PageLine
from .outlet import OutletNames

_SOURCE = re.compile(r"(?:المصدر|مصدر الخبر|نقلا عن|source)\s*[:：](.+)$", re.IGNORECASE)
_PARENTHESIS = re.compile(r"[(\[]([^()\[\]]{2,30})[)\]]")
SEVERAL = re.compile(r"(?<!\s)\s*[+،,/]\s*|\s[-–—]\s")
# What an agency's name stands between in a dateline: «دمشق-سانا», «الواحة 29 أكتوبر 2025 م واس».
_DATELINE_SIGNS = re.compile(r"[-–—_/|:،,()]|\s(?:م|هـ|ه)\s|\d+")
# «دمشق-سانا:», «الدوحة - قنا -», «رفح 22-10-2025 وفا-», «المنامة في 3 نوفمبر / بنا /», «(سوسة - وات)».
_OPENING = re.compile(r"\([^()]{3,40}\)(?=\s)|[^:–—]{2,}?(?::|[-–—]\s(?=[^-–—:]{40})|/[^/]{2,30}/)")
# The first item of a site's menu stands below its name.
_OPENS_MENU = frozenset((("الرييسيه",), ("الصفحه", "الرييسيه")))
_LONGEST = 300  # code points of a line that may name a source
_LONGEST_DATELINE = 60


def source_names(lines: Sequence[PageLine], body: Body) -> list[str]:
    """Each name that a source line around the body gives: «المصدر: الجزيرة + وكالات»."""
    names: list[str] = []
    for line in (*lines[: body.first], *lines[body.last + 1 :]):
        if line.role == SOURCE:
            match = _SOURCE.search(" ".join(line.text.split()))
            names += (part.strip() for part in SEVERAL.split(match[1].strip(" .()[]-–—|،"))) if match else ()
    return names


def find_agency(
    lines: Sequence[PageLine], body: Body, names: OutletNames, credited: Sequence[str], outlet: str | None
) -> str | None:
    """The news agency the text is credited to: in a source line, under the article, or at the head of its lead.

    Where a page of `outlet` names another source, that is it.
    """
    first, last = body.first, body.last
    credit_lines = [*credited, *(line.text for line in lines[last + 1 : last + 2] if len(line.text) <= _LONGEST)]
    credit_lines += [match[1] for line in lines[first : first + 1] for match in _PARENTHESIS.finditer(line.text[:60])]
    for credit in credit_lines:
        for part in SEVERAL.split(credit):
            agency = names.agency(part)
            if agency:
                return agency
    for name in credited:
        if outlet and may_be_outlet(name) and not is_part(names.outlet(name), outlet):
            return names.outlet(name)
    return None


def agency_of_dateline(lines: Sequence[PageLine], at: int, body: Body, names: OutletNames) -> str | None:
    """The agency in the dateline, if it publishes pages itself and no other line may name the site."""
    for line in lines[:at]:
        if line.words in _OPENS_MENU:
            break  # what follows are its items
        if line.is_label and 0 < len(line.words) <= 4 and not is_site_section(line.words):
            return None
    datelines = [line.text for line in lines[at + 1 : body.first] if line.date is not None or len(line.words) <= 4]
    lead = lines[body.first].text[:_LONGEST_DATELINE]
    if opening := _OPENING.match(lead + " " * 40):
        datelines.append(opening[0])
    for dateline in datelines:
        for part in _DATELINE_SIGNS.split(dateline[:_LONGEST_DATELINE]):
            agency = names.agency(part)
            if agency is not None and names.publishes(agency):
                return agency
    return None


def is_part(a: str, b: str) -> bool:
    """Whether one of the two names is part of the other."""
    first, second = f" {' '.join(words_of(a))} ", f" {' '.join(words_of(b))} "
    return first in second or second in first
