"""What stands around the body of a page: headline, publication time, outlet."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

from ..arabic import match_key
from .lines import SUFFIX_BAR, PageLine, is_media_noun, is_site_section, may_be_outlet, words_of
from .outlet import OutletNames

_PROCLITICS = ("وال", "بال", "فال", "كال", "لل", "ال", "و", "ب", "ل", "ف", "ك")
_SOURCE = re.compile(r"(?:المصدر|مصدر الخبر|نقلا عن|source)\s*[:：]\s*(.+)$", re.IGNORECASE)
_PARENTHESIS = re.compile(r"[(\[]([^()\[\]]{2,30})[)\]]")
_SEVERAL = re.compile(r"\s*[+،,/]\s*|\s[-–—]\s")
_RIGHTS = re.compile(
    r"جميع|كافة|كل|الحقوق|حقوق|محفوظة|محفوظه|النشر|الطبع|لدى|لـ|©|\(c\)|copyright|all rights reserved|rights reserved"
    r"|\d{4}",
    re.IGNORECASE,
)


def find_headline(lines: Sequence[PageLine], first: int, last: int) -> int | None:
    """Which line is the headline of the body `first` to `last`; None if the page has none.

    It is the line above the body that shares most words with it, or that stands there more than once.
    """
    words_of_body = frozenset[str]().union(*(line.words for line in lines[first : last + 1] if not line.chrome))
    body = set(map(_stem, words_of_body))
    keys = Counter(line.title_key for line in lines[: last + 1])
    best, at = 0.15, None
    for n, line in enumerate(lines[:first]):
        words = line.title_key.split()
        if not line.is_label or len(words) < 4 or is_site_section(line.key):
            continue
        stems = {_stem(word) for word in words}
        # Many words shared with the body tell more than all of few: a dateline is two words of it.
        score = len(stems & body) / len(stems) * min(len(stems), 8) / 8
        score += 0.6 if keys[line.title_key] > 1 else 0.0
        score += 0.2 if line.outlet else 0.0
        # A date or share button right behind is what pages set under a headline.
        score += 0.15 if not lines[n + 1].is_label else 0.0
        # Captions carry a credit, or stand above it; decks are sentences, or several.
        score -= 0.8 if line.has_credit else 0.0
        score -= 0.3 if lines[n + 1].chrome == "caption" else 0.0
        score -= 0.4 if re.search(r"\w\.(\s|$)", line.text) else 0.0
        # What comes later must be clearly better: a deck follows its headline.
        if score > best + (0.12 if at is not None else 0.0):
            best, at = score, n
    if at is not None:
        # Of repeated headlines the last counts; what stands between them is masthead.
        return max(n for n in range(first) if lines[n].title_key == lines[at].title_key)
    top = lines[first]
    # The run of body lines may begin with the headline itself, if that looked like prose.
    looks_like_title = len(top.words) <= 22 and not re.search(r"[.。]", top.text)
    return first if looks_like_title and last > first else None


def find_published(lines: Sequence[PageLine], headline: int | None, first: int, last: int) -> str | None:
    """The publication time: what the page calls so, else the date at the headline.

    None if the page gives none, only an updated time, or times that contradict each other.
    """
    dated = [(n, line.date) for n, line in enumerate(lines) if line.date]
    # Behind the body, only up to the next chrome: further down, dates are those of other articles.
    end = next((n for n in range(last + 1, len(lines)) if lines[n].chrome), len(lines))
    for called_so in (
        [date.published for n, date in dated if date.kind == "published" and n < first],
        [date.published for n, date in dated if date.kind == "published" and last < n < end],
    ):
        if called_so:
            return _agreed(called_so)
    above = [(n, date) for n, date in dated if n < first and date.kind == ""]
    if headline is None:
        return _agreed([date.published for _, date in above])
    top = next(n for n, line in enumerate(lines) if lines[headline].title_key in (line.key, line.title_key))
    # Under the headline, or right above it; a date far above it may be the site's clock.
    for from_line in (top, top - 3):
        near = [date.published for n, date in above if n >= from_line]
        if near:
            return _agreed(near)
    return None


def find_outlet(
    lines: Sequence[PageLine], headline: int | None, first: int, last: int, names: OutletNames
) -> str | None:
    """The outlet; None where the page names none. The strongest sign decides.

    An agency may publish a page of its own; but one that is credited is not the outlet.
    """
    for name, is_credit in _outlets(lines, headline if headline is not None else first, first, last):
        # «… + وكالات», «… - خاص»: the first of the names that is one.
        for part in _SEVERAL.split(name):
            is_agency = names.agency(part) is not None
            # The name of an agency alone looks like a photo's credit, so only where it stands tells.
            if (is_agency and not is_credit) or (not is_agency and may_be_outlet(part)):
                return names.outlet(part.strip())
    return None


def find_agency(lines: Sequence[PageLine], first: int, last: int, names: OutletNames) -> str | None:
    """The news agency the text is credited to: in a source line, under the article, or at the head of its lead."""
    around = [*lines[:first], *lines[last + 1 :]]
    credited = [source[1] for line in around if (source := _source(line))]
    credited += [line.text for line in lines[last + 1 : last + 2]]
    credited += [match[1] for line in lines[first : first + 1] for match in _PARENTHESIS.finditer(line.text[:60])]
    for credit in credited:
        for part in _SEVERAL.split(credit):
            agency = names.agency(part)
            if agency:
                return agency
    return None


def _source(line: PageLine) -> re.Match[str] | None:
    may_be = len(line.words) <= 8 and ("مصدر" in line.key or "نقلا" in line.key or "source" in line.key)
    return _SOURCE.search(line.text) if may_be else None


def _outlets(lines: Sequence[PageLine], headline: int, first: int, last: int) -> Iterator[tuple[str, bool]]:
    """Names that may be the outlet's, the surest first; and whether it is a credit, which may name an agency."""
    around = [*lines[:first], *lines[last + 1 :]]
    for line in around:
        source = _source(line)
        if source:
            yield source[1].strip(" .()[]-–—|،"), True
    for line in lines[last + 1 :]:
        if line.chrome == "legal":
            yield from ((name, False) for name in _rights_holder(line, around))
    for line in lines[:headline]:
        name = SUFFIX_BAR.split(line.text)[0]
        if len(words_of(name)) <= 4 and any(map(is_media_noun, words_of(name))) and may_be_outlet(name):
            yield name, False
    for line in lines[:first]:
        if line.title != line.text:
            yield _beside_title(line), False
    for line in lines[:first]:
        if line.date and line.date.rest:
            yield _as_written(line.date.rest, line.text), True
    if last + 1 < len(lines):
        yield from ((name, True) for name in _signature(lines[last + 1]))


def _beside_title(line: PageLine) -> str:
    """What a line like «headline | outlet» has beside the headline; empty if it is several things."""
    beside = [part for part in SUFFIX_BAR.split(line.text.replace(line.title, "", 1)) if part.strip()]
    return beside[0] if len(beside) == 1 else ""


def _rights_holder(line: PageLine, around: Sequence[PageLine]) -> Iterator[str]:
    """The name in a copyright line: words of it that are a line of their own elsewhere, or all that is left of it."""
    for other in around:
        if other.is_label and len(other.words) <= 4 and _stand_in(other.words, line) and may_be_outlet(other.text):
            yield other.text
    pieces = [piece.strip(" .،-–—|:©") for piece in re.split(r"[|.،\-–—]", _RIGHTS.sub(" ", line.text))]
    names = [
        piece
        for piece in pieces
        if words_of(piece) not in ((), ("ل",)) and len(words_of(piece)) <= 4 and may_be_outlet(piece)
    ]
    if len(names) == 1:
        bare = names[0].removeprefix("ل").strip()
        # «محفوظة لصحيفة …»: the ل is no part of a name that stands without it elsewhere, or is a media noun's.
        is_preposition = bare != names[0] and (
            is_media_noun(words_of(bare)[0]) or any(_stand_in(words_of(bare), other) for other in around)
        )
        yield bare if is_preposition else names[0]


def _stand_in(words: tuple[str, ...], line: PageLine) -> bool:
    n = len(words)
    return n > 0 and any(line.words[i : i + n] == words for i in range(len(line.words) - n + 1))


def _signature(line: PageLine) -> Iterator[str]:
    """A name alone under the last paragraph. People sign with two names, so only an outlet's form counts."""
    if not line.is_label or not line.words:
        return
    in_form = line.words[0].startswith("ال") or is_media_noun(line.words[0])
    name = line.text.strip("()[]-–—/:. ")
    if (len(line.words) == 1 or (in_form and len(line.words) <= 3)) and may_be_outlet(name):
        yield name


def _agreed(published: Sequence[str | None]) -> str | None:
    """The most precise of times that say the same; None if they do not, or one is in doubt."""
    known = [value for value in published if value is not None]
    if not known or len(known) < len(published):
        return None
    longest = max(known, key=len)
    return longest if all(longest.startswith(value) for value in known) else None


def _as_written(folded_words: str, text: str) -> str:
    """The piece of `text` whose folded words these are; empty if they do not stand together."""
    key = match_key(text)
    pattern = r"[\W_]+".join(map(re.escape, folded_words.split()))
    match = re.search(rf"(?<!\w){pattern}(?!\w)", key.key)
    return text[slice(*key.original(*match.span()))].strip() if match else ""


@lru_cache(maxsize=1 << 16)
def _stem(word: str) -> str:
    """Rough on purpose: proclitics and article off the front, only to compare headline and body."""
    for prefix in _PROCLITICS:
        if word.startswith(prefix) and len(word) - len(prefix) >= 3:
            return word[len(prefix) :]
    return word
