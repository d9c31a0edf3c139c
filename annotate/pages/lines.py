"""The lines of a copied page, and what can be said of each alone: prose, a date, or which kind of chrome."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from ...configs.chrome import load_chrome_words
from ..arabic import INVISIBLE, fold
from .dates import DateLine, read_date_line

SUFFIX_BAR = re.compile(r"\s+[|｜–—-]\s+|\s*[|｜]\s*|\s+::\s+")
_BAR = re.compile(r"[|｜–—:-]")
SKIPPED_BLOCK = "skipped block"

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*|[+#©]")
# So many words are running text, whatever they end in; fewer on a site that sets no full stops.
_LONG = 20
_LONG_WITHOUT_STOPS = 14
_QUOTES = "\"'”’»"
# A sentence's end; sites of a lighter tone close with an emoji.
_STOP = re.compile(r"[\w\u064b-\u0652][.。][\"'”’»)\]\s]*$|\w\s*[\u2600-\u27bf\U0001f300-\U0001faff]\ufe0f?$")
_CLOSED = re.compile(r"[.!؟?…。][\"'”’»)\]\s]*$")
_HAS_YEAR = re.compile(r"\d{4}")
_ENDING = 12  # code points: room for a full stop with the quotation marks and brackets behind it
_CREDIT = re.compile(r"\((?:[^\W\d]|[ /-]){6,}\)$")
_BLOCK_OPENS = re.compile(r"تخطي .*القراءه|list of items?")
_BLOCK_CLOSES = re.compile(r"نهايه .*|.* نهايه|end of list")
# White space and marks that show nothing, in any mixture.
_EDGE = "".join(INVISIBLE) + "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
_FILLERS = frozenset(
    map(fold, ["في", "على", "من", "إلى", "عن", "هذا", "هذه", "أو", "و", "مع", "the", "on", "to", "via"])
)
# Kinds whose phrases are never how a reporter's sentence begins.
_SURE_STARTS = frozenset(("related", "comments", "legal", "cookies", "caption"))
_NOTICES = frozenset(("cookies", "legal"))
# Kinds whose lines carry somebody else's title, and so may be long.
_LONG_STARTS = frozenset(("related", "tags", "caption", "legal", "author"))


@dataclass(slots=True)
class PageLine:
    """One line of a page that is not blank.

    `text` is the line without its outer white space, `words` its folded words, `key` these joined.
    `chrome` is the kind of chrome its words say it is. `title` is the text without the outlet that a page
    title carries behind a bar, `outlet` that outlet.
    """

    number: int
    text: str
    words: tuple[str, ...]
    key: str
    chrome: str | None
    date: DateLine | None
    title: str
    title_key: str
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
        return _CLOSED.search(self.text[-_ENDING:]) is not None


def words_of(text: str) -> tuple[str, ...]:
    """The folded words of `text`, without numbers and punctuation."""
    return _words(fold(text))


def _words(folded: str) -> tuple[str, ...]:
    words: list[str] = []
    for piece in folded.split():
        # Most pieces are a word and nothing else, which is quickly seen.
        if piece.isalpha():
            words.append(piece)
        else:
            words += _WORD.findall(piece)
    return tuple(words)


def _ends_in_stop(text: str) -> bool:
    return _STOP.search(text[-_ENDING:]) is not None


def page_lines(text: str) -> list[PageLine]:
    """The lines of a page that are not blank, in order."""
    lines: list[PageLine] = []
    for number, raw in enumerate(text.splitlines(), 1):
        shown = raw.strip(_EDGE)
        if shown:
            # The short lines of a site come again on every page.
            words, key, chrome, date = _look_again(shown) if len(shown) <= 80 else _look(shown)
            lines.append(PageLine(number, shown, words, key, chrome, date, shown, key))
    _join_times(lines)
    _mark_skipped_blocks(lines)
    _mark_prose(lines)
    _mark_page_titles(lines)
    return lines


class _Look(NamedTuple):
    words: tuple[str, ...]
    key: str
    chrome: str | None
    date: DateLine | None


def _look(text: str) -> _Look:
    flat = fold(text)
    words = _words(flat)
    date = _date_line(text)
    return _Look(words, " ".join(words), None if date else _chrome_kind(flat, words), date)


_look_again = lru_cache(maxsize=1 << 12)(_look)


def _date_line(text: str) -> DateLine | None:
    date = read_date_line(text) if len(text) < 160 and _HAS_YEAR.search(text) else None
    if date is None:
        return None
    # What calls itself the publication time may say more (category, views); else it is a sentence or caption.
    limit = 10 if date.kind == "published" else 4
    return None if len(date.rest.split()) > limit or _CREDIT.search(text) else date


def _join_times(lines: list[PageLine]) -> None:
    """A clock time alone on the line under a date belongs to it."""
    for line, below in pairwise(lines):
        if line.date and not below.date and len(below.text) < 20 and ":" in below.text:
            both = read_date_line(f"{line.text} {below.text}")
            if both and both.published and both.rest == line.date.rest:
                line.date = both


def _mark_skipped_blocks(lines: list[PageLine]) -> None:
    """What sites bracket for screen readers: «تخطى … وواصل القراءة» to «… نهاية», «list of 3 items» to its end."""
    opened: int | None = None
    for n, line in enumerate(lines):
        if _BLOCK_OPENS.fullmatch(line.key):
            opened = n
        elif opened is not None and _BLOCK_CLOSES.fullmatch(line.key):
            for inside in lines[opened : n + 1]:
                inside.chrome = SKIPPED_BLOCK
            opened = None


def _mark_prose(lines: list[PageLine]) -> None:
    """Running text, as against titles, links and labels.

    A full stop tells a sentence; but some sites never set one at a paragraph's end, which their long lines
    show, and questions and exclamations are also how headlines end.
    """
    long = [line for line in lines if len(line.words) >= _LONG and not line.chrome]
    with_stops = sum(line.is_closed for line in long) >= len(long) / 2
    for line in lines:
        count = len(line.words)
        if count >= 3 and line.is_label:
            line.prose = count >= _LONG or _is_prose(line, _LONG if with_stops else _LONG_WITHOUT_STOPS)


def _is_prose(line: PageLine, long: int) -> bool:
    count = len(line.words)
    if line.has_credit:
        return False
    if count >= long or (count >= 6 and line.text.endswith(":")):
        return True
    if count >= 12 and line.is_closed:
        return True
    return _ends_in_stop(line.text) and not line.text.rstrip(_QUOTES).endswith(("؟", "!", "?", "…"))


def _mark_page_titles(lines: list[PageLine]) -> None:
    """Lines like «headline | outlet»: the part that stands elsewhere too, or is much longer, is the headline."""
    keys = Counter(line.key for line in lines)
    for line in lines:
        # Most lines have no bar of any kind, which is quickly seen.
        if line.prose or not line.is_label or not _BAR.search(line.text):
            continue
        bars = list(SUFFIX_BAR.finditer(line.text))
        barred = any("|" in bar.group() or "｜" in bar.group() or "::" in bar.group() for bar in bars)
        for bar in reversed(bars):
            left, right = line.text[: bar.start()].strip(), line.text[bar.end() :].strip()
            headline, outlet = sorted((left, right), key=lambda part: -len(words_of(part)))
            again = keys[" ".join(words_of(headline))] > 0
            if len(words_of(headline)) >= 4 and 0 < len(words_of(outlet)) <= 5 and (again or barred):
                line.title, line.title_key = headline, " ".join(words_of(headline))
                line.outlet = outlet if may_be_outlet(outlet) and not SUFFIX_BAR.search(outlet) else None
                break


# --- chrome, by its words ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """The words of page_chrome.yaml, folded and laid out for looking lines up.

    `words` has the kinds of each word; `starts`, by their first word, the phrases that open a line, and `holds`, by
    their last (the first may carry a proclitic), those that stand anywhere in it, with their kind.
    """

    words: dict[str, tuple[str, ...]]
    starts: dict[str, list[tuple[str, str]]]
    holds: dict[str, list[tuple[str, str]]]


@lru_cache(maxsize=1)
def _lexicon() -> _Lexicon:
    words: dict[str, tuple[str, ...]] = {}
    starts: dict[str, list[tuple[str, str]]] = {}
    holds: dict[str, list[tuple[str, str]]] = {}
    for kind, phrases in load_chrome_words().kinds.items():
        for word in dict.fromkeys(map(fold, phrases.words)):
            words[word] = (*words.get(word, ()), kind)
        for start in map(fold, phrases.starts):
            starts.setdefault(_first_word(start), []).append((start, kind))
        for hold in map(fold, phrases.holds):
            holds.setdefault(_WORD.findall(hold)[-1], []).append((hold, kind))
    return _Lexicon(words, starts, holds)


def chrome_kind(text: str) -> str | None:
    """The kind of chrome that a line's words say it is; None if they do not."""
    flat = fold(text)
    return _chrome_kind(flat, _words(flat))


def _chrome_kind(folded: str, words: tuple[str, ...]) -> str | None:
    lexicon = _lexicon()
    flat = folded if len(words) > 22 else " ".join(folded.split()).lstrip("* ")
    # Most lines hold none of these words, which is quickly seen.
    for word in () if lexicon.holds.keys().isdisjoint(words) else words:
        for hold, kind in lexicon.holds.get(word, ()):
            # Only notices run long; elsewhere a long line that holds such words is a paragraph that quotes them.
            if hold not in flat or (len(words) > 22 and kind not in _NOTICES):
                continue
            # A caption ends in its credit; an agency's lead begins with it: «دمشق (أ ف ب) - …».
            if kind != "caption" or len(flat) - flat.rindex(hold) - len(hold) <= 30:
                return kind
    if len(words) > 22:
        return None
    for start, kind in lexicon.starts.get(_first_word(flat), ()):
        if _starts_as_chrome(flat, words, start, kind):
            return kind
    if "://" in flat or flat.startswith("www."):
        return "address"
    if not words:
        return "counter"  # numbers and signs alone: page numbers, views, stars
    return _kind_by_share(words) if len(words) <= 10 else None


def _first_word(flat: str) -> str:
    match = _WORD.search(flat)
    return match.group() if match else ""


def _starts_as_chrome(flat: str, words: tuple[str, ...], start: str, kind: str) -> bool:
    follows = flat[len(start) : len(start) + 1]
    if not flat.startswith(start) or follows.isalpha():
        return False
    if kind not in _SURE_STARTS and len(words) >= 6 and _ends_in_stop(flat):
        return False  # a sentence: «انضم إلى الحملة ثلاثة آلاف مقاتل.»
    return follows == ":" or len(words) - len(words_of(start)) <= (20 if kind in _LONG_STARTS else 6)


def _kind_by_share(words: tuple[str, ...]) -> str | None:
    content = [word for word in words if word not in _FILLERS] or list(words)
    kinds = list(map(_kinds_of, content))
    # Most links and titles hold hardly a word of chrome.
    if 2 * sum(map(bool, kinds)) < len(kinds):
        return None
    shares = Counter(kind for of_word in kinds for kind in of_word)
    # Of kinds with equal shares the first in the file; a Counter keeps no such order.
    best = min(shares, key=lambda kind: (-shares[kind], list(load_chrome_words().kinds).index(kind)))
    # Most of the line of one kind, or nothing but chrome of several kinds.
    return best if shares[best] / len(content) > 0.6 or (len(words) > 1 and all(kinds)) else None


@lru_cache(maxsize=1 << 14)
def _kinds_of(word: str) -> tuple[str, ...]:
    """The kinds of chrome that the word stands for, be it behind a proclitic."""
    words = _lexicon().words
    return words.get(word) or (words.get(word[1:], ()) if len(word) > 3 and word[0] in "وبلف" else ())


# --- names of outlets -------------------------------------------------------------------------------


@lru_cache(maxsize=1 << 12)
def may_be_outlet(name: str) -> bool:
    """Whether `name` could name an outlet: a few words that are neither chrome nor a section of the site."""
    words = words_of(name)
    return (
        0 < len(words) <= 5
        and sum(c.isdigit() for c in name) <= 2
        and not is_site_section(" ".join(words))
        and chrome_kind(name) is None
    )


def is_media_noun(word: str) -> bool:
    """Whether the folded `word` is one of those by which outlets call themselves: وكالة، صحيفة، نيوز."""
    return word in _media_nouns() or word.removeprefix("ال") in _media_nouns()


def is_site_section(key: str) -> bool:
    """Whether these folded words name a section of a site: سياسة، محليات."""
    return key in _site_sections()


@lru_cache(maxsize=1)
def _site_sections() -> frozenset[str]:
    return frozenset(" ".join(words_of(name)) for name in load_chrome_words().sections_of_a_site)


@lru_cache(maxsize=1)
def _media_nouns() -> frozenset[str]:
    return frozenset(map(fold, load_chrome_words().media_nouns))
