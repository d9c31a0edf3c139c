"""The lines of a page, copied or from its HTML, and what each says by itself: prose, a date, or a kind of chrome."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import repeat
from typing import Any

from ..arabic import INVISIBLE, fold
from .dates import DateLine, date_line_of_page, kind_of_label, may_be_label, read_date_line
from .dom import MUCH, Hints
from .lexicon import (
    CREDIT,
    ENDING,
    LONGEST_AT_ONCE,
    ends_in_stop,
    goes_on,
    has_stop_inside,
    kind_of,
    may_be_outlet,
    split_words,
    takes_up,
    words_of,
    words_of_long,
)

# A bar between headline and outlet. No run of white space is tried twice.
SUFFIX_BAR = re.compile(r"(?<!\s)\s+[|｜–—-]\s+|(?<!\s)\s*[|｜]\s*|(?<!\s)\s+::\s+")
# In the titles of a page's head others are in use.
OTHER_BAR = re.compile(r"\s[•·»]\s")
# Where one may stand: quickly seen, as most lines have none.
_BAR = re.compile(r"[|｜–—:-](?:(?<=[|｜])|(?<=\s[–—-])(?=\s)|(?<=\s:):\s)")
SKIPPED_BLOCK = "skipped block"
SOURCE = "names a source"
_LIST_OPENS, _LIST_CLOSES = (("list", "of", "items"), ("list", "of", "item")), ("end", "of", "list")

# So many words are running text, whatever they end in; fewer on a site that sets no full stops.
_LONG = 20
_LONG_WITHOUT_STOPS = 14
_CONNECTED = 8  # words of a sentence that takes up the one before it
_QUOTES = "\"'”’»"
# Behind a full stop may stand the number of a footnote: «… البلدة.[1]».
_CLOSED = re.compile(r"[.!؟?…。۔।։።][\"'”’»)\]\s]*(?:[(\[]\d{1,3}[)\]]|[¹²³⁰-⁹]+)?$")
_CREDIT_IN_ANY_FORM = re.compile(r"[.!؟]?\s*\([^()]{2,60}\)$")
_HEADING_MARK = re.compile(r"#{1,6}\s+")
# Bold letters in messages, and the sign that a channel sets before its news.
_BOLD = re.compile(r"^\*+\s*(?:[\u2600-\u27bf\U0001f300-\U0001faff]\ufe0f?\s*)*|\s*\*+$")
_RULE_MARKS = re.compile(r"\d|[():]")
# White space and marks that show nothing, in any mixture.
_EDGE = "".join(INVISIBLE) + "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
_JOINED = re.compile(r"[وف][\u0620-\u064a]{3,}|لكن |كما |فيما ")
_LONGEST_TITLE = 400  # code points
_COMES_AGAIN = 80  # code points
_LABEL, _CLOCK_LINE = 4, 40  # words of «تاريخ آخر تحديث», code points of «الساعة 02:30 مساءً بتوقيت مكة»
_CLOCK = re.compile(r"\d\s?:\s?\d")
_OF_A_LIVE_BLOG = 3  # clock times on lines of their own
_MAY_HEAD_ITEM = frozenset("-–—•●▪◦*·(0123456789٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹")
# A number with a fraction is none: «12.4K».
# Signs on both sides are no item's either: «--(بترا)», «- انتهى -», «*المكتب الإعلامي*».
_LIST_ITEM = re.compile(r"(?:([-–—•●▪◦*·])(?!\1)|\(?\d{1,2}[.)\-–](?!\d))\s*\S(?!.*[-–—*]$)")


@dataclass(slots=True)
class PageLine:
    """One line of a page that is not blank.

    `text` is the line without its outer white space; `hints` is what the markup says of it, for lines of an HTML page.
    The words alone give what follows: `words` are the folded words, `chrome` the kind of chrome that they say it
    is. `title` is the text without the outlet that a page title carries behind a bar, `title_words` its words, `outlet`
    that outlet. `is_item` says whether it begins as the items of a list do, `role` whether it names a source, or opens
    or closes a block for screen readers.
    """

    number: int
    hints: Hints | None
    text: str
    words: tuple[str, ...]
    chrome: str | None
    date: DateLine | None
    title: str
    title_words: tuple[str, ...]
    is_item: bool
    role: str | None
    outlet: str | None = None
    prose: bool = False

    @property
    def is_label(self) -> bool:
        """Says neither when nor what the page is: may be a headline, a name, a sub-head."""
        return self.chrome is None and self.date is None

    @property
    def has_bar(self) -> bool:
        """May be a title with an outlet behind a bar."""
        return _has_bar(self.text, self.chrome)

    @property
    def has_credit(self) -> bool:
        """Ends in a name in parentheses, as photo captions do."""
        return self.text.endswith(")") and CREDIT.search(self.text) is not None

    @property
    def is_closed(self) -> bool:
        """Ends as a sentence, a question or an exclamation does."""
        last = self.text[-1]
        return last == "." or (not last.isalnum() and _CLOSED.search(self.text[-ENDING:]) is not None)

    @property
    def goes_on(self) -> bool:
        """Begins as a paragraph does that takes up the one before it."""
        return goes_on(self.text)


class _Words:
    """The words of a long page, each once, and for each line the numbers of its words: tuples would take far more."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._words: list[str] = []
        self._numbers = array("I")
        self._starts = array("Q")

    def add(self, line: int, words: tuple[str, ...]) -> None:
        """The words of line number `line`; lines come in order."""
        self._starts.extend(repeat(len(self._numbers), line + 1 - len(self._starts)))
        for word in words:
            number = self._known.setdefault(word, len(self._words))
            if number == len(self._words):
                self._words.append(word)
            self._numbers.append(number)

    def of(self, line: int) -> tuple[str, ...]:
        """The words of that line."""
        end = self._starts[line + 1] if line + 1 < len(self._starts) else None
        return tuple(map(self._words.__getitem__, self._numbers[self._starts[line] : end]))


class _LongPageLine(PageLine):
    """A line of a long page. All its lines hold their words together."""

    __slots__ = ()
    # The places that other lines have for their words.
    _held: Any = PageLine.words
    _title_words: Any = PageLine.title_words

    @property
    def words(self) -> tuple[str, ...]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """As in any line."""
        return self._held.of(self.number)

    @words.setter
    def words(self, held: _Words) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
        self._held = held

    @property
    def title_words(self) -> tuple[str, ...]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """As in any line."""
        return self.words if self._title_words is None else self._title_words

    @title_words.setter
    def title_words(self, words: tuple[str, ...] | None) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
        self._title_words = words


def page_lines(text: str) -> list[PageLine]:
    """The lines of a copied page that are not blank, in order."""
    return judged_lines(shown_lines(text), len(text) > MUCH)


def shown_lines(text: str) -> Iterator[tuple[str, None]]:
    """The lines of a copied page, of which no markup says anything; the text itself is not held."""
    return zip(text.splitlines(), repeat(None))


def judged_lines(shown: Iterable[tuple[str, Hints | None]], is_much: bool = False) -> list[PageLine]:
    """Lines with what their markup says, without the blank ones, each judged by itself and by its neighbours.

    Their numbers begin at 1. `is_much` says that they are those of a long page.
    """
    lines: list[PageLine] = []
    held = _Words() if is_much else None
    dated: list[int] = []
    barred: list[PageLine] = []
    has_blocks = False
    for number, (raw, hints) in enumerate(shown, 1):
        text = raw.strip(_EDGE)
        if not text:
            continue
        # The short lines of a site come again on every page.
        by_words = _by_words_again if len(text) <= _COMES_AGAIN else _by_words
        fields, has_bar = by_words(text)
        if held is None:
            line = PageLine(number, hints, *fields)
        else:
            text, words, chrome, date, title, title_words, is_item, role = fields
            held.add(number, words)
            own: Any = None if title_words is words else title_words
            all_words: Any = held
            line = _LongPageLine(number, hints, text, all_words, chrome, date, title, own, is_item, role)
        if line.date is not None:
            dated.append(len(lines))
        elif has_bar:
            barred.append(line)
        if line.role is not None:
            has_blocks = True
        lines.append(line)
    _join_times(lines, dated)
    if has_blocks:
        _mark_skipped_blocks(lines)
    _mark_prose(lines)
    _mark_neighbours(lines)
    if barred:
        _mark_page_titles(lines, barred)
    return lines


_Fields = tuple[str, tuple[str, ...], str | None, DateLine | None, str, tuple[str, ...], bool, str | None]


def _by_words(text: str) -> tuple[_Fields, bool]:
    """The fields of a PageLine from `text` to `role`, and whether it may be a title with a bar."""
    if len(text) > LONGEST_AT_ONCE:
        words = words_of_long(text)
        return (text, words, None, None, text, words, False, None), False
    flat = fold(text)
    words = split_words(flat)
    date = date_line_of_page(text)
    title = _title(text)
    title_words = words if title is text else words_of(title)
    chrome = None if date else kind_of(flat, words)
    has_bar = _has_bar(text, chrome)
    is_item = text[0] in _MAY_HEAD_ITEM and _LIST_ITEM.match(text) is not None
    return (text, words, chrome, date, title, title_words, is_item, _role(words)), has_bar


_by_words_again = lru_cache(maxsize=1 << 12)(_by_words)


def first_bar(text: str) -> re.Match[str] | None:
    """The first bar between headline and outlet."""
    return SUFFIX_BAR.search(text) if _BAR.search(text) is not None else None


def _has_bar(text: str, chrome: str | None) -> bool:
    # That no sign of a bar is there is quickly seen; only else it is looked for what stands around it.
    if chrome is not None or len(text) > _LONGEST_TITLE:
        return False
    has_sign = "-" in text or "|" in text or "–" in text or "—" in text or "｜" in text or "::" in text
    return has_sign and _BAR.search(text) is not None


def _role(words: tuple[str, ...]) -> str | None:
    """What the line does among others.

    Sites bracket for screen readers: «تخطى … وواصل القراءة» to «… نهاية», «list of 3 items» to its end.
    """
    if not words or len(words) > _LONG:
        return None
    first, last = words[0], words[-1]
    if (first == "تخطي" and last.endswith("القراءه")) or (first == "list" and words in _LIST_OPENS):
        return "opens a block"
    if ((first == "نهايه" or last == "نهايه") and len(words) > 1) or words == _LIST_CLOSES:
        return "closes a block"
    together = " ".join(words) if len(words) <= 8 else ""
    return SOURCE if "مصدر" in together or "نقلا" in together or "source" in together else None


def _title(text: str) -> str:
    """What would be the headline if the line is one: once where it is glued to itself, without Markdown's marks."""
    half = len(text) // 2
    if half >= 10 and text[0] == text[-half] and text[:half].rstrip() == text[-half:].lstrip():
        text = text[:half].rstrip()
    if text[0] == "#":
        text = _HEADING_MARK.sub("", text, count=1) or text
    elif text[0] == "*" == text[-1] and len(text) > 2:
        text = _BOLD.sub("", text) or text
    return text


def _join_times(lines: list[PageLine], dated: Iterable[int]) -> None:
    """A clock time alone on the line under a date belongs to it, unless there are several: those of a live blog.

    «آخر تحديث» alone on the line above says what the date is.
    """
    for n in dated:
        line, below = lines[n], lines[n + 1] if n + 1 < len(lines) else None
        above = lines[n - 1] if n else None
        if above and 0 < len(above.words) <= _LABEL and line.date and not line.date.kind and may_be_label(above.words):
            line.date = replace(line.date, kind=kind_of_label(above.text))
        if line.date and below and not below.date and len(below.text) < _CLOCK_LINE and _CLOCK.search(below.text):
            both = read_date_line(f"{line.text} {below.text}")
            if both and both.published and both.rest == line.date.rest and _lone_clocks(lines) < _OF_A_LIVE_BLOG:
                line.date = replace(both, kind=line.date.kind)


def _lone_clocks(lines: Sequence[PageLine]) -> int:
    return sum(len(line.text) <= 8 and ":" in line.text and not line.words for line in lines)


def _mark_skipped_blocks(lines: list[PageLine]) -> None:
    """The lines of a block in brackets, and these."""
    opened: int | None = None
    for n, line in enumerate(lines):
        if line.role == "opens a block":
            opened = n
        elif opened is not None and line.role == "closes a block":
            for inside in lines[opened : n + 1]:
                inside.chrome = SKIPPED_BLOCK
            opened = None


def _mark_prose(lines: list[PageLine]) -> None:
    """Running text, as against titles, links and labels.

    A full stop shows a sentence; but some sites never set one at a paragraph's end, which their long lines
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
        if not line.prose and count >= _CONNECTED:
            line.prose = takes_up(line.text) or (count >= 12 and "." in line.text and has_stop_inside(line.text))


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
    all_words: set[tuple[str, ...]] | None = None
    for line in barred:
        if line.prose or not line.is_label:
            continue
        bars = list(SUFFIX_BAR.finditer(line.title))
        has_sure_bar = any("|" in bar.group() or "｜" in bar.group() or "::" in bar.group() for bar in bars)
        for bar in reversed(bars):
            left, right = line.title[: bar.start()].strip(), line.title[bar.end() :].strip()
            of_left, of_right = words_of(left), words_of(right)
            headline, words, outlet, beside = left, of_left, right, of_right
            if len(of_right) > len(of_left):
                headline, words, outlet, beside = right, of_right, left, of_left
            if len(words) < 4 or not 0 < len(beside) <= 5:
                continue
            if not has_sure_bar and all_words is None:
                all_words = {line.words for line in lines}
            if has_sure_bar or words in (all_words or ()):
                line.title, line.title_words = headline, words
                line.outlet = outlet if may_be_outlet(outlet) and not SUFFIX_BAR.search(outlet) else None
                break
