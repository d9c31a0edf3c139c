"""Who published a page: scored candidates, none rather than a wrong one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from ..arabic import fold, match_key
from .agency import SEVERAL, agency_of_dateline, is_part
from .body import Body
from .lexicon import has_media_noun, is_formed, is_formed_of, is_site_section, may_be_outlet, words_of
from .lines import OTHER_BAR, SUFFIX_BAR, PageLine, first_bar
from .metadata import Metadata
from .outlet import OutletNames

_RIGHTS = re.compile(
    r"جميع|كافة|كل|الحقوق|حقوق|محفوظة|محفوظه|النشر|الطبع|لدى|لـ|کاپی رائٹ|جملہ|محفوظ ہیں|تمامی|©|\(c\)"
    r"|copyright|all rights reserved|rights reserved|\d{4}",
    re.IGNORECASE,
)
_NAMES_ITSELF = re.compile(r"موقع\s+(.{2,25}?)\s*[-–|]")
_DATELINE = re.compile(r"(\S{2,20}(?: \S{2,20})?)\s[_–-]\s(.{3,25})")
_LEAD = re.compile(r"([^–—:«\"]{2,24}?)\s[–—-]\s")
# Behind a date line's last slash or bar.
_BEHIND_BAR = re.compile(r"\s[/|]\s")
# At the top of a page «مدونة الرصيف» names it; elsewhere it may be a section.
_OPENS_NAME = frozenset(map(fold, ("مدونة", "مرصد")))
_WIRE = re.compile("وكالات|خاص")
_SPEAKS_TO = re.compile(
    r"(?<!\w)(?:ل ?|لصحيفه |لموقع |لقناه |لوكاله |مراسل |مراسله |مراسلنا |تلقت |حصلت )(\w{4,20}(?: \w{3,20})?)"
)

# A name is accepted if it has at least this weight, and so much more than the next.
_FLOOR, _MARGIN = 1.6, 0.15
_IN_TABLE = 0.8
_FORMED = 0.8
_LAST_RIGHTS = 3  # copyright lines that are looked at
_LONGEST_LOGO = 8  # words, with those of the links beside it
_LONGEST = 300  # code points of a line that may hold a name
_NOTICES = 40  # lines at the end of a page
_FOLLOW = "تابع"
_SIGN_BEHIND = re.compile(r"\s*[-–—/|:]")


def find_outlet(
    lines: Sequence[PageLine],
    headline: int | None,
    body: Body,
    names: OutletNames,
    credited: Sequence[str],
    metadata: Metadata | None = None,
) -> str | None:
    """The outlet; None where the page names none, or two alike.

    The outlet is the site that published the page. The names that its source lines credit (`credited`) count only where
    nobody else is named.
    """
    scores = _Scores(names)
    for weight, name in metadata.outlets if metadata is not None else ():
        scores.add(SUFFIX_BAR.split(name)[0], weight, is_sure=True)
    if metadata is not None:
        for _, text in metadata.headlines:
            scores.add(_beside_headline(text, lines, headline), 1.7 if "|" in text else 1.3, formed=0.5)
    at = headline if headline is not None else body.first
    if metadata is not None:
        # The page shows the name that its head gives: a second sign.
        logos = [line.words for line in lines[:at] if 0 < len(line.words) <= _LONGEST_LOGO]
        for name in scores.names():
            words = words_of(name)
            if any(logo[: len(words)] == words for logo in logos):
                scores.add(name, 0.5)
    rights = [line for line in lines[body.last + 1 :] if line.chrome == "legal" and len(line.text) <= _LONGEST]
    around = [*lines[: body.first], *lines[body.last + 1 :]] if rights else []
    labels = {line.words: line.text for line in around if line.chrome is None and 0 < len(line.words) <= 4}
    holders = dict.fromkeys(name for line in rights[-_LAST_RIGHTS:] for name in _rights_holder(line, labels))
    for name in holders:
        scores.add(name, 2.0)
    own = _speaks_of_itself(lines, body)
    if own is not None and own not in holders:
        holders[own] = None
        scores.add(own, 2.0, is_sure=True)
    # A site that says whose its pages are is their outlet; whom it names as its source is credited.
    not_its_own = {words_of(name) for name in credited if holders and name not in holders}
    for n, line in enumerate(lines[: body.first]):
        # Chrome names nobody, but for the first lines: some outlets are called as a button is.
        if (line.chrome is None or n <= 1) and len(line.text) <= _LONGEST and _may_name(line):
            for name, weight, is_credit in _above(lines, n, at, headline, names):
                if not not_its_own or words_of(name) not in not_its_own:
                    scores.add(name, weight, is_credit)
    lead = _LEAD.match(lines[body.first].text[:40])
    if lead and len(words_of(lead[1])) <= 3:
        scores.add(lead[1], 1.0, formed=_FORMED)
    if body.last + 1 < len(lines):
        for name in _signature(lines[body.last + 1], names):
            scores.add(name, 0.9, is_credit=True, formed=_FORMED)
    winner = scores.winner()
    if winner is None and scores.best() < _FLOOR and (top := _names_itself_again(lines, at, body)):
        scores.add(top, _FLOOR - scores.of(top))
        winner = scores.winner()
    if winner is None:
        _named_in_text(scores, lines, body)
    elif not credited or names.is_outlet(winner):
        return winner  # an aggregator that the table has is no less the outlet for the source that it names
    for name in credited:
        by_name = 2.4 if has_media_noun(words_of(name)) else 1.7
        may_be = names.agency(name) is None and words_of(name) not in not_its_own
        if may_be and (by_name > 2 or scores.best() < _FLOOR) and scores.add(name, by_name, is_credit=True):
            break
    if (winner := scores.winner()) is not None or scores.best() >= _FLOOR:
        return winner
    return agency_of_dateline(lines, at, body, names)


def _speaks_of_itself(lines: Sequence[PageLine], body: Body) -> str | None:
    """The page's first line, if a longer line behind the body begins with it: «NAME لا تتحمل مسؤولية …»."""
    top = lines[0]
    count = len(top.words)
    if not body.first or not 2 <= count <= 4 or len(top.text) > _LONGEST or top.date is not None:
        return None
    behind = (line.words for line in lines[body.last + 1 :] if len(line.words) > count + 2)
    return top.text if any(words[:count] == top.words for words in behind) else None


class _Scores:
    """What speaks for each name, under the name that the table has for it."""

    def __init__(self, names: OutletNames) -> None:
        self._names = names
        self._scores: dict[str, float] = {}

    def add(
        self, name: str, weight: float, is_credit: bool = False, formed: float = 0.0, is_sure: bool = False
    ) -> bool:
        """Counts a sign for the name, if it can be one; `formed` is added if it has the form of an outlet's name."""
        name = " ".join(name.split()).strip(' .()[]-–—_|،:/»«"').removeprefix("موقع ")
        is_known = self._names.is_outlet(name)
        # The name of an agency alone looks like a photo's credit, so its place decides.
        is_agency = not is_known and self._names.agency(name) is not None
        if not name or len(name) > 60 or (is_credit and is_agency):
            return False
        if not (is_sure or is_known or is_agency or may_be_outlet(name)):
            return False
        weight += formed if is_formed(name) else 0.0
        named = self._names.outlet(name)
        is_first = named not in self._scores
        self._scores[named] = self._scores.get(named, 0.0) + weight + (_IN_TABLE if is_known and is_first else 0.0)
        return True

    def names(self) -> list[str]:
        """The candidates."""
        return list(self._scores)

    def best(self) -> float:
        """What the strongest candidate has."""
        return max(self._scores.values(), default=0.0)

    def of(self, name: str) -> float:
        """What speaks for the name so far."""
        return self._scores.get(self._names.outlet(name), 0.0)

    def winner(self) -> str | None:
        """The name that is ahead of all that are not part of it; None below the floor."""
        # A site may stand there in two scripts; an Arabic page is named by its Arabic name.
        ranked = sorted(self._scores.items(), key=lambda item: -item[1] - (0 if item[0].isascii() else _MARGIN))
        if not ranked:
            return None
        name, weight = ranked[0]
        if weight < _FLOOR:
            held = sum(its for rival, its in ranked[1:] if is_part(rival, name))
            if weight + 0.5 * held < _FLOOR:
                return None
        for rival, its in ranked[1:]:
            if its > weight - _MARGIN and not is_part(rival, name) and rival.isascii() == name.isascii():
                return None
        return name


def _above(
    lines: Sequence[PageLine], n: int, at: int, headline: int | None, names: OutletNames
) -> Iterator[tuple[str, float, bool]]:
    """Names in line `n`, which stands above the body: weight, and whether it is a credit."""
    line = lines[n]
    look = _masthead_of(line.text, line.words)
    if n < at and look.words <= 4 and line.date is None:
        if look.has_media_noun or (n <= 1 and line.is_label and look.words > 1 and line.words[0] == "موقع"):
            yield look.text, 2.0 if n == 0 else 1.8, False  # below the name may stand whose it is: «وزارة الإعلام»
            return
        if names.is_outlet(look.text):
            # The first line of a page is its name; further down the same word may be a language or a section.
            is_free = line.is_label and not is_site_section(line.words)
            yield look.text, 1.2 if n <= 1 else 0.8 if is_free else 0.0, False
            return
        if n == 0 and (agency := names.agency(look.text)) is not None and names.publishes(agency):
            yield look.text, 1.8, False
            return
    if line.title != line.text:
        yield _beside_title(line), 1.7, False
    if look.site:
        yield look.site, 1.9, False
    if line.date is not None:
        yield from _in_date_line(line)
    elif line.is_label and 0 < len(line.words) <= 4 and n != headline and not line.outlet:
        if n == 0 and len(line.words) > 1 and line.words[0] in _OPENS_NAME:
            yield line.text, 1.7, False
            return
        if look.is_formed and not is_site_section(line.words):
            near = (lines[k] for k in (n - 1, n + 1) if 0 <= k < len(lines))
            # At the top of the page, or beside headline or date.
            is_beside = n == 0 or n + 1 == headline or n - 1 == headline or any(line.date for line in near)
            # «صحيفة … - الدرة»: behind the bar stands where it was written.
            yield look.text if look.has_media_noun else line.text, 1.7 if is_beside else 0.8, False
        if n > at and (dateline := _DATELINE.fullmatch(line.text)):
            yield dateline[2], 1.3 + (0.5 if is_formed(dateline[2]) else 0.0), False
        if n > at and "/" in line.text and (name := _beside_agency(line, names)):
            yield name, 1.0 + (_FORMED if is_formed(name) else 0.0), True


class _Masthead(NamedTuple):
    text: str
    words: int
    has_media_noun: bool
    is_formed: bool
    site: str | None


@lru_cache(maxsize=1 << 12)
def _masthead_of(text: str, all_words: tuple[str, ...]) -> _Masthead:
    """What a line above a body may name by its words alone. The lines of a masthead come again on every page."""
    bar = first_bar(text)
    masthead = text[: bar.start()] if bar else text
    words = words_of(masthead) if bar else all_words
    site = _NAMES_ITSELF.match(text)
    is_named = len(words) <= 4 and has_media_noun(words)
    formed = len(words) <= 4 and is_formed_of(text, all_words)
    return _Masthead(masthead, len(words), is_named, formed, site[1] if site else None)


def _may_name(line: PageLine) -> bool:
    """Whether `_above` may find a name in the line: headlines and sentences have none, which is quickly seen."""
    return len(line.words) <= 4 or line.date is not None or line.has_bar or "موقع" in line.words[0]


def _in_date_line(line: PageLine) -> Iterator[tuple[str, float, bool]]:
    """What stands behind a slash or bar, or is left over: only with a form of its own, or beside «وكالات»."""
    if line.date is None or not line.date.rest:
        return
    parts = _BEHIND_BAR.split(line.text)
    written = re.split(r"\s?[-–+]\s?", parts[-1])[0] if len(parts) > 1 and not re.search(r"\d{4}", parts[-1]) else ""
    if not written:
        # Names of more words are not looked for here.
        rest = _as_written(line.date.rest, line.text) if line.date.rest.count(" ") < 3 else ""
        written = SEVERAL.split(rest)[0]
    if len(words_of(written)) <= 3:
        yield written, 1.7 if is_formed(written) or _WIRE.search(line.text) else 0.9, True


def _named_in_text(scores: _Scores, lines: Sequence[PageLine], body: Body) -> None:
    """The text may name its own: «قال لـ…», «مراسل …»."""
    if not scores.names():
        return
    candidates = {" ".join(words_of(name)): name for name in scores.names()}
    counted: set[str] = set()
    for line in lines[body.first : body.last + 1]:
        if not line.prose:
            continue
        for match in _SPEAKS_TO.finditer(" ".join(line.words)):
            for spoken in (match[1], match[1].split()[0], f"ال{match[1]}", f"ال{match[1].split()[0]}"):
                if spoken in candidates and spoken not in counted:
                    counted.add(spoken)
                    scores.add(candidates[spoken], 0.9)


def _beside_title(line: PageLine) -> str:
    """What a line like «headline | outlet» has beside the headline; empty if it is several things."""
    beside = [part for part in SUFFIX_BAR.split(line.text.replace(line.title, "", 1)) if part.strip()]
    return beside[0] if len(beside) == 1 else ""


def _beside_headline(text: str, lines: Sequence[PageLine], headline: int | None) -> str:
    """The same for a title from the page's head: what is neither the headline nor a part of it."""
    if headline is None or len(text) > _LONGEST:
        return ""
    key, title = " ".join(lines[headline].title_words), lines[headline].title
    words = words_of(text)
    if len(words) <= 4 and not set(words) & set(lines[headline].title_words):
        # The page's title is its site's name alone.
        return text if has_media_noun(words) or any(line.words == words for line in lines[:headline]) else ""
    if text.endswith(title) and text[: -len(title)].rstrip().endswith(":"):
        return text[: -len(title)].rstrip(" :")
    parts = [part.strip() for bar in SUFFIX_BAR.split(text) for part in OTHER_BAR.split(bar)]
    rest = [part for part in parts if part and " ".join(words_of(part)) not in key]
    return rest[0] if len(parts) > 1 and len(rest) == 1 and len(rest[0].split()) <= 5 else ""


def _rights_holder(line: PageLine, labels: dict[tuple[str, ...], str]) -> Iterator[str]:
    """The name in a copyright line: words of it that are a line of their own elsewhere, or all that is left of it."""
    words = line.words
    if not labels.keys().isdisjoint(_runs_of(words)):
        holders = [labels[part] for part in _runs_of(words) if part in labels and may_be_outlet(labels[part])]
        # Of lines that are part of one another the longest: a town's tag is a word of its paper's name.
        yield from sorted(holders, key=len)[-1:]
    name = _left_of_rights(line.text)
    if name:
        if name.startswith("لل") and (words_of(whole := f"ال{name[2:]}") in labels or is_formed(whole)):
            yield whole  # «محفوظة للجبل نيوز»: the article has lost its alef behind the preposition
            return
        bare = name.removeprefix("ل").strip()
        # «محفوظة لصحيفة …»: the ل is no part of a name that stands without it elsewhere, or is a media noun's.
        is_preposition = bare != name and (
            has_media_noun(words_of(bare)[:1]) or words_of(bare)[0] == "موقع" or words_of(bare) in labels
        )
        yield bare if is_preposition else name


@lru_cache(maxsize=1 << 10)
def _runs_of(words: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    """All runs of up to four of the words."""
    return frozenset(words[i : i + n] for n in range(1, 5) for i in range(len(words) - n + 1))


@lru_cache(maxsize=1 << 10)
def _left_of_rights(text: str) -> str | None:
    """The one name that a copyright line has beside its usual words."""
    pieces = [piece.strip(" .،-–—|:©") for piece in re.split(r"[|.،\-–—]", _RIGHTS.sub(" ", text))]
    names = [
        piece
        for piece in pieces
        if words_of(piece) not in ((), ("ل",)) and len(words_of(piece)) <= 4 and may_be_outlet(piece)
    ]
    return names[0] if len(names) == 1 else None


def _beside_agency(line: PageLine, names: OutletNames) -> str:
    """The name in «name/ agency», the line of a site that has its text from the agency, too; empty if it is none."""
    parts = SEVERAL.split(line.text) if len(line.words) <= 6 else []
    return parts[0] if len(parts) == 2 and names.agency(parts[1]) and not names.agency(parts[0]) else ""


def _names_itself_again(lines: Sequence[PageLine], at: int, body: Body) -> str | None:
    """A name at the top of the page that stands at the head of its lead or dateline, or in its notices, too.

    A town or a subject may stand there as well, so what the text speaks of is no name.
    """
    for line in lines[: min(2, at)]:
        name, count = line.words, len(line.words)
        if not (line.is_label and 2 <= count <= 4 and len(line.text) <= _LONGEST):
            continue
        below = [lines[n] for n in range(at + 1, body.first) if len(lines[n].words) <= 8]
        lead = lines[body.first]
        signed = lines[body.last + 1 : body.last + 3]
        behind = [
            other
            for other in (*signed, *lines[body.last + 3 :][-_NOTICES:])
            if other.chrome in ("subscribe", "share") or other in signed or _FOLLOW in other.text[:8]
        ]
        is_again = (
            any(_heads(line, other) for other in (*below, lead))
            or any(other.date is None and other.words[-count:] == name != other.words for other in below)
            or any(len(other.words) > count and name in _runs_of(other.words) for other in behind)
        )
        spoken = [lines[at].words if at < body.first else (), lead.words[count:]]
        spoken += [lines[n].words for n in range(body.first + 1, body.last + 1)]
        if is_again and not any(name in _runs_of(words) for words in spoken if name[0] in words):
            return line.text
    return None


def _heads(name: PageLine, line: PageLine) -> bool:
    """Whether `line` begins with the name and a sign behind it: «صوت الساحل – عدن», «صدى السلط/ قال …»."""
    count = len(name.words)
    if len(line.words) <= count or line.words[:count] != name.words:
        return False
    return _SIGN_BEHIND.match(line.text[len(name.text) : len(name.text) + 4]) is not None


def _signature(line: PageLine, names: OutletNames) -> Iterator[str]:
    """A name alone under the last paragraph. People and tags stand there too, so only an outlet's form counts."""
    if name := _beside_agency(line, names):
        yield name
    if not line.is_label or not line.words or len(line.text) > _LONGEST:
        return
    in_form = line.words[0].startswith("ال") or has_media_noun(line.words[:1])
    name = line.text.strip("()[]-–—/:. ")
    if (len(line.words) == 1 or (in_form and len(line.words) <= 3)) and may_be_outlet(name):
        yield name


def _as_written(folded_words: str, text: str) -> str:
    """The piece of `text` whose folded words these are; empty if they do not stand together."""
    key = match_key(text)
    pattern = r"[\W_]+".join(map(re.escape, folded_words.split()))
    match = re.search(rf"(?<!\w){pattern}(?!\w)", key.key)
    return text[slice(*key.original(*match.span()))].strip() if match else ""
