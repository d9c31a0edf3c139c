"""The words by which page chrome, sections of a site and names of outlets are known (page_chrome.yaml), looked up."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from ...configs.chrome import load_chrome_words
from ..arabic import fold

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*|[+#©]")
_BETWEEN_WORDS = '،.:()«»"'
# A sentence's end, in the scripts that newspapers of the region use; sites of a lighter tone close with an emoji.
STOP = re.compile(r"[\w\u064b-\u0652][.。۔।։።][\"'”’»)\]\s]*$|\w\s*[\u2600-\u27bf\U0001f300-\U0001faff]\ufe0f?$")
# Connectives with which an Arabic paragraph takes up the one before it; titles and labels begin otherwise.
_GOES_ON = re.compile(
    r"(?:و(?:ال|لل|لم|قد|لا|من|في|عن|علي|بحسب|حسب|كان|قال|اضاف|ختم|اكد|شدد|بين|اشار|اوضح|ذكر|تابع|[يتس]\w{3})\w*"
    r"|ف(?:ان|قد|في|لم|كان)\w*|لكن|كما|فيما|بينما|الي ذلك|يذكر|يشار|تجدر|غير ان|حيث)\W+\S+"
)
# Of these, what no title begins with.
_TAKES_UP = re.compile(
    r"(?:و(?:اضاف|قال|اوضح|اكد|اشار|ذكر|تابع|ختم|شدد|كانت? |لم |لن |قد |بحسب |حسب |وفق |افاد|لفت|نفي |نفت |اعتبر|طالب"
    r"|طلب|دعا |دعت |حذر|اعلن|نقل|اتهم|توقع|بلغ|تبلغ|يذكر)|كما |لكن |فيما |بينما |غير ان |يذكر ان "
    r"|في المقابل|من جانب|من جهت)"
)
_TAKES_UP_LETTERS = frozenset("وكلفبغيم")
_STOP_INSIDE = re.compile(r"[^\W\d_]{3}[\"”»)]?\.\s")
ENDING = 12  # code points: room for a full stop with the quotation marks and brackets behind it
CREDIT = re.compile(r"\((?:[^\W\d]|[ /-]){6,}\)$")  # «(رويترز)» behind a caption
LONGEST_AT_ONCE = 1 << 16  # code points whose words are looked for together
_FILLERS = frozenset(
    map(fold, ["في", "على", "من", "إلى", "عن", "هذا", "هذه", "أو", "و", "مع", "the", "on", "to", "via"])
)
_NUMBERED = re.compile(r"[^\W\d]\s?\d{1,3}$")
_FORMS = frozenset(
    map(
        fold,
        (
            *("اليوم", "الآن", "نت", "أونلاين", "لايف", "تي", "في", "بلس", "عربي", "عربية", "نيوز", "برس", "ميديا"),
            *("الإخباري", "الإخبارية"),
        ),
    )
)
_NEWS = "نيوز"
_RADIO = frozenset((("اف", "ام"), ("اف", "ايم")))
# How long ago something was put on the page.
_UNIT = "(?:ثانيه|ثواني|دقيقه|دقائق|دقيقتين|ساعه|ساعات|ساعتين|يوم|يوما|يومين|ايام|اسبوع|اسبوعين|اسابيع|شهر|شهرين|اشهر|شهور|سنه|سنتين|سنوات|عام|عامين|اعوام)"  # noqa: E501
_AGE = re.compile(
    rf"(?:قبل|منذ)\s+(?:\d+\s+)?(?:{_UNIT})(?:\s+واحده?)?|{_UNIT}\s+مضت|\d+ (?:sec|min|hour|hr|day|week|month|year)\w* ago"  # noqa: E501
)
_BEFORE_AGE, _BEHIND_AGE = frozenset(("قبل", "منذ")), frozenset(("مضت", "ago"))
# Kinds whose phrases are never how a reporter's sentence begins.
_SURE_STARTS = frozenset(("related", "comments", "legal", "cookies", "caption"))
_NOTICES = frozenset(("cookies", "legal"))
# Kinds whose lines carry somebody else's title, and so may be long.
_LONG_STARTS = frozenset(("related", "tags", "caption", "legal", "author"))


def words_of(text: str) -> tuple[str, ...]:
    """The folded words of `text`, without numbers and punctuation."""
    return split_words(fold(text))


def words_of_long(text: str) -> tuple[str, ...]:
    """The words of a line that is longer than any paragraph, cut at spaces; equal words are held once."""
    words: list[str] = []
    once: dict[str, str] = {}
    start = 0
    while start < len(text):
        end = start + LONGEST_AT_ONCE
        space = text.rfind(" ", start, end) if end < len(text) else -1
        end = space if space > start else end
        words += [once.setdefault(word, word) for word in words_of(text[start:end])]
        start = end
    return tuple(words)


def split_words(folded: str) -> tuple[str, ...]:
    """The words of a folded text."""
    # Most labels are nothing but words, which is quickly seen.
    if folded.replace(" ", "").isalpha():
        return tuple(folded.split())
    for sign in _BETWEEN_WORDS:
        if sign in folded:
            folded = folded.replace(sign, " ")
    pieces = folded.split()
    if "".join(pieces).isalpha():
        return tuple(pieces)
    words: list[str] = []
    for piece in pieces:
        if piece.isalpha():
            words.append(piece)
        elif not piece.isdecimal():
            words += _WORD.findall(piece)
    return tuple(words)


def ends_in_stop(text: str) -> bool:
    """Whether the text ends as a statement does."""
    return STOP.search(text[-ENDING:]) is not None


def has_stop_inside(text: str) -> bool:
    """Whether a statement ends amid the text, as in no title: «… خلال أسبوعين. (النهاية) ع ي»."""
    return _STOP_INSIDE.search(text) is not None


def goes_on(text: str) -> bool:
    """Whether the text begins as a paragraph does that takes up the one before it."""
    return _GOES_ON.match(fold(text[:120])) is not None


def takes_up(text: str) -> bool:
    """Whether it begins as such a paragraph does, and as no title does."""
    return text[0] in _TAKES_UP_LETTERS and _TAKES_UP.match(fold(text[:20])) is not None


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """The words of page_chrome.yaml, folded and laid out for looking lines up.

    `words` has the kinds of each word, which may stand behind a proclitic; `starts`, by their first word, the phrases
    that open a line, and `holds`, by their last (the first may carry a proclitic), those that stand anywhere in it:
    with their kind.
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
            starts.setdefault(_first_word(split_words(start)), []).append((start, kind))
        for hold in map(fold, phrases.holds):
            holds.setdefault(_WORD.findall(hold)[-1], []).append((hold, kind))
    for word, kinds in tuple(words.items()):
        for proclitic in "وبلف" if len(word) > 2 else "":
            words.setdefault(proclitic + word, kinds)
    return _Lexicon(words, starts, holds)


def chrome_kind(text: str) -> str | None:
    """The kind of chrome that a line's words say it is; None if they do not."""
    flat = fold(text)
    return kind_of(flat, split_words(flat))


def kind_of(folded: str, words: tuple[str, ...]) -> str | None:
    """The same of a folded line and its words."""
    lexicon = _lexicon()
    is_long = len(words) > 22
    # Most lines hold none of these words, which is quickly seen.
    if not lexicon.holds.keys().isdisjoint(words):
        flat = folded if is_long else _flat(folded)
        for word in dict.fromkeys(words):
            for hold, kind in lexicon.holds.get(word, ()):
                # Only notices run long; elsewhere a long line that holds such words is a paragraph that quotes them.
                if hold not in flat or (is_long and kind not in _NOTICES):
                    continue
                # A caption ends in its credit; an agency's lead begins with it: «دمشق (أ ف ب) - …».
                if kind != "caption" or len(flat) - flat.rindex(hold) - len(hold) <= 30:
                    return kind
    if is_long:
        return None
    if not words:
        if "\t" in folded:
            return None  # a row of a table, with nothing but numbers in it
        return "address" if "://" in folded else "counter"  # numbers and signs alone: page numbers, views, stars
    for start, kind in lexicon.starts.get(_first_word(words), ()):
        if _starts_as_chrome(_flat(folded), words, start, kind):
            return kind
    if (words[0] in _BEFORE_AGE or words[-1] in _BEHIND_AGE) and _AGE.fullmatch(_flat(folded)):
        return "age"
    if "://" in folded or words[0] == "www":
        return "address"
    return _kind_by_share(words) if len(words) <= 10 else None


def _flat(folded: str) -> str:
    """On one line, without the marks of a list."""
    return " ".join(folded.split()).lstrip("* ")


def _first_word(words: tuple[str, ...]) -> str:
    first = words[0]
    # A button's Latin words are often glued to Arabic ones behind them.
    return first if first.isascii() or not first[:1].isascii() else re.split("[^a-z]", first, maxsplit=1)[0]


def _starts_as_chrome(flat: str, words: tuple[str, ...], start: str, kind: str) -> bool:
    follows = flat[len(start) : len(start) + 1]
    if not flat.startswith(start):
        return False
    if start == "#":
        pieces = flat.split()
        return 2 * sum(piece[0] == "#" for piece in pieces) >= len(pieces)  # a headline may open with one
    # Of glued lines only such are known as cannot be a longer word: «اقرأ أيضاتلوان: …», «Toggleتشققات …».
    is_glued = (kind == "related" and " " in start) or (start.isascii() and not follows.isascii())
    if follows.isalpha() and not is_glued:
        return False
    if kind not in _SURE_STARTS and len(words) >= 6 and ends_in_stop(flat):
        return False  # a sentence: «انضم إلى الحملة ثلاثة آلاف مقاتل.»
    return follows == ":" or len(words) - len(words_of(start)) <= (20 if kind in _LONG_STARTS else 6)


def _kind_by_share(words: tuple[str, ...]) -> str | None:
    of_chrome = _lexicon().words
    # Most links and titles hold hardly a word of chrome.
    if of_chrome.keys().isdisjoint(words):
        return None
    content = [word for word in words if word not in _FILLERS] or list(words)
    kinds = [of_chrome.get(word, ()) for word in content]
    if 2 * sum(map(bool, kinds)) < len(kinds):
        return None
    shares = Counter(kind for of_word in kinds for kind in of_word)
    # Of kinds with equal shares the first in the file; a Counter keeps no such order.
    best = min(shares, key=lambda kind: (-shares[kind], list(load_chrome_words().kinds).index(kind)))
    # Most of the line of one kind, or nothing but chrome of several kinds.
    return best if shares[best] / len(content) > 0.6 or (len(words) > 1 and all(kinds)) else None


# --- names of outlets -------------------------------------------------------------------------------


@lru_cache(maxsize=1 << 12)
def may_be_outlet(name: str) -> bool:
    """Whether `name` could name an outlet: a few words that are neither chrome nor a section of the site."""
    flat = fold(name)
    words = split_words(flat)
    return (
        0 < len(words) <= 5
        and sum(map(str.isdigit, name)) <= 3
        and not is_site_section(words)
        and kind_of(flat, words) is None
    )


@lru_cache(maxsize=1 << 12)
def is_formed(name: str) -> bool:
    """Whether it has the form of an outlet's name: a media noun, «… اليوم», «… نت», a number at its end."""
    return is_formed_of(name, words_of(name))


def is_formed_of(name: str, words: tuple[str, ...]) -> bool:
    """The same of a name and its folded words."""
    if not words:
        return False
    if has_media_noun(words) or (len(words) > 1 and (words[-1] in _FORMS or words[-2:] in _RADIO)):
        return True
    # «ایسکانیوز»: the noun is written together with the name.
    last = words[len(words) - 1]
    if len(last) > len(_NEWS) and last.endswith(_NEWS):
        return True
    return name[-1].isdecimal() and _NUMBERED.search(name) is not None


def has_media_noun(words: Iterable[str]) -> bool:
    """Whether one of the folded `words` is of those by which outlets call themselves: وكالة، صحيفة، نيوز."""
    return not _media_nouns().isdisjoint(words)


@lru_cache(maxsize=1 << 12)
def is_site_section(words: tuple[str, ...]) -> bool:
    """Whether these folded words name a section of a site: سياسة، محليات."""
    sections = _site_sections()
    return words in sections or (0 < len(words) <= 3 and tuple(word.removeprefix("ال") for word in words) in sections)


@lru_cache(maxsize=1)
def _site_sections() -> frozenset[tuple[str, ...]]:
    names = [words_of(name) for name in load_chrome_words().sections_of_a_site]
    return frozenset((*names, *(tuple(word.removeprefix("ال") for word in name) for name in names if len(name) > 1)))


@lru_cache(maxsize=1)
def _media_nouns() -> frozenset[str]:
    nouns = frozenset(map(fold, load_chrome_words().media_nouns))
    return nouns.union(f"ال{noun}" for noun in nouns)
