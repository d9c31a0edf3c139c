"""The lines of a page, copied or from its HTML, and what each says by itself: prose, a date, or a kind of chrome."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..arabic import INVISIBLE, fold
from .dates import DateLine, read_date_line
from .dom import Hints
from .lexicon import ENDING, ends_in_stop, kind_of, may_be_outlet, split_words, words_of

# A bar between headline and outlet. No run of white space is tried twice.
SUFFIX_BAR = re.compile(r"(?<!\s)\s+[|｜–—-]\s+|(?<!\s)\s*[|｜]\s*|(?<!\s)\s+::\s+")
# Where one may stand: quickly seen, as most lines have none.
_BAR = re.compile(r"[|｜–—:-](?:(?<=[|｜])|(?<=\s[–—-])(?=\s)|(?<=\s:):\s)")
SKIPPED_BLOCK = "skipped block"

# So many words are running text, whatever they end in; fewer on a site that sets no full stops.
_LONG = 20
_LONG_WITHOUT_STOPS = 14
_QUOTES = "\"'”’»"
_CLOSED = re.compile(r"[.!؟?…。۔।։።][\"'”’»)\]\s]*$")
_HAS_YEAR = re.compile(r"\d{4}")
_CREDIT = re.compile(r"\((?:[^\W\d]|[ /-]){6,}\)$")
_CREDIT_IN_ANY_FORM = re.compile(r"[.!؟]?\s*\([^()]{2,60}\)$")
_HEADING_MARK = re.compile(r"#{1,6}\s+")
_RULE_MARKS = re.compile(r"\d|[():]")
# White space and marks that show nothing, in any mixture.
_EDGE = "".join(INVISIBLE) + "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
# Connectives with which an Arabic paragraph takes up the one before it; titles and labels begin otherwise.
_GOES_ON = re.compile(
    r"(?:و(?:ال|لل|لم|قد|لا|من|في|عن|علي|بحسب|حسب|كان|قال|اضاف|ختم|اكد|شدد|بين|اشار|اوضح|ذكر|تابع|[يتس]\w{3})\w*"
    r"|ف(?:ان|قد|في|لم|كان)\w*|لكن|كما|فيما|بينما|الي ذلك|يذكر|يشار|تجدر|غير ان|حيث)\W+\S+"
)
_JOINED = re.compile(r"[وف][\u0620-\u064a]{3,}|لكن |كما |فيما ")
# Words that make up the lines of a page of megabytes are kept once.
_MUCH = 1 << 20
LONGEST_KEY = 40
_LONGEST_TITLE = 400  # code points
_COMES_AGAIN = 80  # code points
_MAY_HEAD_ITEM = frozenset("-–—•●▪◦*·(0123456789٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹")
_LIST_ITEM = re.compile(r"(?:[-–—•●▪◦*·]|\(?\d{1,2}[.)\-–])\s*\S")


@dataclass(slots=True)
class PageLine:
    """One line of a page that is not blank.

    `text` is the line without its outer white space; `hints` is what the markup says of it, for lines of an HTML page.
    What follows is said by its words alone: `words` are the folded words, `key` these joined (empty for long lines).
    `chrome` is the kind of chrome that they say it is. `title` is the text without the outlet that a page title carries
    behind a bar, `outlet` that outlet. `is_item` says whether it begins as the items of a list do, `has_bar` whether it
    may be such a title, `bracket` whether it opens or closes a block for screen readers.
    """

    number: int
    text: str
    hints: Hints | None
    words: tuple[str, ...]
    key: str
    chrome: str | None
    date: DateLine | None
    title: str
    title_key: str
    is_item: bool
    has_bar: bool
    bracket: str
    outlet: str | None = None
    prose: bool = False

    @property
    def is_label(self) -> bool:
        """Says neither when nor what the page is: may be a headline, a name, a sub-head."""
        return self.chrome is None and self.date is None

    @property
    def has_credit(self) -> bool:
        """Ends in a name in parentheses, as photo captions do."""
        return self.text.endswith(")") and _CREDIT.search(self.text) is not None

    @property
    def is_closed(self) -> bool:
        """Ends as a sentence, a question or an exclamation does."""
        last = self.text[-1]
        return last == "." or (not last.isalnum() and _CLOSED.search(self.text[-ENDING:]) is not None)

    @property
    def goes_on(self) -> bool:
        """Begins as a paragraph does that takes up the one before it."""
        return _GOES_ON.match(fold(self.text[:120])) is not None


def page_lines(text: str) -> list[PageLine]:
    """The lines of a copied page that are not blank, in order."""
    return judged_lines(((number, raw, None) for number, raw in enumerate(text.splitlines(), 1)), len(text) > _MUCH)


def judged_lines(raw_lines: Iterable[tuple[int, str, Hints | None]], is_much: bool = False) -> list[PageLine]:
    """Lines with their numbers and hints, without the blank ones, each judged by itself and by its neighbours."""
    lines: list[PageLine] = []
    dated: list[int] = []
    barred: list[PageLine] = []
    has_brackets = False
    seen: dict[str, str] = {}
    for number, raw, hints in raw_lines:
        text = raw.strip(_EDGE)
        if not text:
            continue
        # The short lines of a site come again on every page.
        line = PageLine(number, text, hints, *(_by_words_again(text) if len(text) <= _COMES_AGAIN else _by_words(text)))
        if is_much:
            line.words = tuple(map(seen.setdefault, line.words, line.words))
        if line.date is not None:
            dated.append(len(lines))
        elif line.has_bar:
            barred.append(line)
        if line.bracket:
            has_brackets = True
        lines.append(line)
    _join_times(lines, dated)
    if has_brackets:
        _mark_skipped_blocks(lines)
    _mark_prose(lines)
    _mark_neighbours(lines)
    if barred:
        _mark_page_titles(lines, barred)
    return lines


def _by_words(
    text: str,
) -> tuple[tuple[str, ...], str, str | None, DateLine | None, str, str, bool, bool, str]:
    """The fields of a PageLine from `words` to `bracket`."""
    flat = fold(text)
    words = split_words(flat)
    date = _date_line(text)
    title = _title(text)
    # Longer lines are no headlines, and their keys would be the page once more.
    key = " ".join(words) if len(words) <= LONGEST_KEY else ""
    title_key = key if title is text else " ".join(words_of(title))
    chrome = None if date else kind_of(flat, words)
    # A bar of any kind is quickly seen; only then it is looked for what stands around it.
    has_bar = chrome is None and len(text) <= _LONGEST_TITLE and _BAR.search(text) is not None
    is_item = text[0] in _MAY_HEAD_ITEM and _LIST_ITEM.match(text) is not None
    return words, key, chrome, date, title, title_key, is_item, has_bar, _bracket(words, key)


_by_words_again = lru_cache(maxsize=1 << 12)(_by_words)


def _bracket(words: tuple[str, ...], key: str) -> str:
    """What sites bracket for screen readers: «تخطى … وواصل القراءة» to «… نهاية», «list of 3 items» to its end."""
    if not key:
        return ""
    if (words[0] == "تخطي" and words[-1].endswith("القراءه")) or key in ("list of item", "list of items"):
        return "opens"
    if (len(words) > 1 and "نهايه" in (words[0], words[-1])) or key == "end of list":
        return "closes"
    return ""


def _title(text: str) -> str:
    """What would be the headline if the line is one: once where it is glued to itself, without Markdown's marks."""
    half = len(text) // 2
    if half >= 10 and text[0] == text[-half] and text[:half].rstrip() == text[-half:].lstrip():
        text = text[:half].rstrip()
    if text[0] == "#":
        text = _HEADING_MARK.sub("", text, count=1) or text
    return text


def _date_line(text: str) -> DateLine | None:
    if len(text) >= 160 or not _HAS_YEAR.search(text) or _CREDIT.search(text):
        return None
    date = read_date_line(text)
    if date is None:
        return None
    # What calls itself the publication time may say more (category, views); else it is a sentence or caption.
    limit = 10 if date.kind == "published" else 4
    return None if len(date.rest.split()) > limit else date


def _join_times(lines: list[PageLine], dated: Iterable[int]) -> None:
    """A clock time alone on the line under a date belongs to it."""
    for n in dated:
        line, below = lines[n], lines[n + 1] if n + 1 < len(lines) else None
        if line.date and below and not below.date and len(below.text) < 20 and ":" in below.text:
            both = read_date_line(f"{line.text} {below.text}")
            if both and both.published and both.rest == line.date.rest:
                line.date = both


def _mark_skipped_blocks(lines: list[PageLine]) -> None:
    """The lines of a block in brackets, and these."""
    opened: int | None = None
    for n, line in enumerate(lines):
        if line.bracket == "opens":
            opened = n
        elif opened is not None and line.bracket == "closes":
            for inside in lines[opened : n + 1]:
                inside.chrome = SKIPPED_BLOCK
            opened = None


def _mark_prose(lines: list[PageLine]) -> None:
    """Running text, as against titles, links and labels.

    A full stop tells a sentence; but some sites never set one at a paragraph's end, which their long lines
    show, and questions and exclamations are also how headlines end.
    """
    closed = [line.is_closed for line in lines if len(line.words) >= _LONG and not line.chrome]
    long = _LONG if sum(closed) >= len(closed) / 2 else _LONG_WITHOUT_STOPS
    for line in lines:
        count = len(line.words)
        if count < 3 or line.chrome or line.date or not (line.hints is None or line.hints.may_be_prose):
            continue
        # What ends in a letter has no full stop and no credit, which is quickly seen.
        line.prose = count >= _LONG or (count >= long if line.text[-1].isalpha() else _is_prose(line, count, long))


def _is_prose(line: PageLine, count: int, long: int) -> bool:
    if line.has_credit:
        return False
    if count >= long or (count >= 6 and line.text.endswith(":")):
        return True
    if count >= 12 and line.is_closed:
        return True
    return ends_in_stop(line.text) and not line.text.rstrip(_QUOTES).endswith(("؟", "!", "?", "…"))


def _mark_neighbours(lines: Sequence[PageLine]) -> None:
    """What a line is by its words may be something else between its neighbours."""
    for n, line in enumerate(lines):
        if line.prose or line.date or n == 0 or not lines[n - 1].prose:
            continue
        if line.chrome in (None, "caption") and line.text.endswith(")"):
            line.prose = _is_sentence_with_parenthesis(line, n + 1 < len(lines) and lines[n + 1].prose)
            line.chrome = None if line.prose else line.chrome
        elif line.chrome and n + 1 < len(lines) and lines[n + 1].prose and _is_subhead(lines, n):
            line.chrome = None


def _is_sentence_with_parenthesis(line: PageLine, above_prose: bool) -> bool:
    """A sentence behind a paragraph may end in a parenthesis; captions begin otherwise, and credit an agency."""
    if len(line.words) < 5:
        return False
    if line.chrome == "caption":
        return len(line.words) >= 8 and line.goes_on
    has_stop = (match := _CREDIT_IN_ANY_FORM.search(line.text[-70:])) is not None and match.group()[0] in ".!؟"
    return has_stop or _JOINED.match(fold(line.text[:20])) is not None or (above_prose and len(line.words) >= _LONG)


def _is_subhead(lines: Sequence[PageLine], n: int) -> bool:
    """Words of a comment section's or an author's box, between two paragraphs, may head the second."""
    line = lines[n]
    if line.chrome == "terms":
        return True
    if line.chrome not in ("comments", "author") or len(line.words) > 4 or _RULE_MARKS.search(line.text):
        return False
    return lines[n + 1].goes_on


def _mark_page_titles(lines: Sequence[PageLine], barred: Iterable[PageLine]) -> None:
    """Lines like «headline | outlet»: the part that stands elsewhere too, or is much longer, is the headline."""
    keys: Counter[str] | None = None
    for line in barred:
        if line.prose or not line.is_label:
            continue
        bars = list(SUFFIX_BAR.finditer(line.text))
        has_sure_bar = any("|" in bar.group() or "｜" in bar.group() or "::" in bar.group() for bar in bars)
        for bar in reversed(bars):
            keys = Counter(other.key for other in lines) if keys is None else keys
            left, right = line.text[: bar.start()].strip(), line.text[bar.end() :].strip()
            headline, outlet = sorted((left, right), key=lambda part: -len(words_of(part)))
            again = keys[" ".join(words_of(headline))] > 0
            if len(words_of(headline)) >= 4 and 0 < len(words_of(outlet)) <= 5 and (again or has_sure_bar):
                line.title, line.title_key = headline, " ".join(words_of(headline))
                line.outlet = outlet if may_be_outlet(outlet) and not SUFFIX_BAR.search(outlet) else None
                break
