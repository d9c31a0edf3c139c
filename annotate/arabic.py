"""Tokens of Arabic text with their offsets, and match keys that map back to the unchanged text."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from pyarabic import araby

from ..configs.languages import LETTERS

# Characters that affect shape or direction and are not part of a word's spelling: bidi marks, joiners, BOM.
INVISIBLE = frozenset(
    "\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)

_DIRECTION = INVISIBLE - {"\u200b"}  # all but the zero-width space, which separates words

# Combining marks of Arabic: honorifics, harakat, dagger alef, Quranic signs, extensions.
_MARKS = (
    "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    "\u08ca-\u08e1\u08e3-\u08ff"
)
_WORD_CHARACTER = re.compile(rf"[^\W_]|[{_MARKS}\u200c\u200d]")
# Proclitics: a conjunction, a preposition, or both in that order. Arabic writes them together with the next word.
_CONJUNCTIONS, _PREPOSITIONS = ("و", "ف"), ("ب", "ل", "ك", "س")
_PROCLITICS = re.compile("[وف]?[بلكس]?")
_JOINERS = "\u200c\u200d"
# Between digits these are part of the number: 2,500 and ٣٫٥.
_SEPARATORS = frozenset(".,\u066b\u066c")
_TOKEN = re.compile(
    r"\d+(?:[.,:/\u066b\u066c]\d+)+"  # 2,500  19:29  04/07/2025  ٣٫٥
    rf"|[^\W_](?:[^\W_]|[{_MARKS}\u200c\u200d])*"  # a word with its harakat, tatweel and joiners
    r"|[\U0001f1e6-\U0001f1ff]{2}"  # a flag
    r"|\S(?:[\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff]|\u200d\S)*"  # punctuation; an emoji with its modifiers
)


class Token(NamedTuple):
    """Code points `start` up to, not including, `end`; never empty, never with white space."""

    start: int
    end: int


def tokens(text: str, cuts: Iterable[int] = ()) -> Iterator[Token]:
    """The tokens of `text` in order: words, numbers, punctuation marks. They cover everything but white space.

    A token is split at each offset in `cuts` that falls inside it. Cuts are boundaries of spans: in بدمشق the
    proclitic ب stays outside the name.
    """
    return map(Token, *token_edges(text, cuts))


def token_edges(text: str, cuts: Iterable[int] = ()) -> tuple[list[int], list[int]]:
    """The starts and the ends of `tokens`."""
    bounds = [match.span() for match in _TOKEN.finditer(text)]
    starts, ends = [start for start, _ in bounds], [end for _, end in bounds]
    # A cut ends one piece of a token and starts the next.
    inside = [cut for cut in set(cuts) if (n := bisect_right(starts, cut)) and starts[n - 1] < cut < ends[n - 1]]
    return (sorted(starts + inside), sorted(ends + inside)) if inside else (starts, ends)


@dataclass(frozen=True, slots=True)
class MatchKey:
    """The form of a text in which spellings are compared, with offsets into the original.

    `offsets[i]` is the original's offset of character i of `key`. One more entry at the end
    holds the original's length.
    """

    key: str
    offsets: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The original's offsets of `key[start:end]`, including the marks that follow its last letter."""
        return self.offsets[start], self.offsets[end]


def match_key(text: str) -> MatchKey:
    """`text` without harakat, tatweel and invisible marks; hamza carriers, teh marbuta and alef maksura unified.

    White space and punctuation stay, digits become 0-9, and Latin letters become lower case. Letters of Persian and
    Urdu keyboards become the Arabic ones that they are typed for.
    """
    key: list[str] = []
    offsets: list[int] = []
    for offset, char in enumerate(text):
        folded = _FOLDED[ord(char)]
        key.append(folded)
        offsets += [offset] * len(folded)
    offsets.append(len(text))
    return MatchKey("".join(key), tuple(offsets))


def fold(text: str) -> str:
    """The match key without offsets."""
    # Plain Arabic needs only a few replacements, which are ten times faster than the table for rare characters.
    for variant, letter in _COMMON:
        if variant in text:
            text = text.replace(variant, letter)
    if found := _UNCOMMON.findall(text):
        uncommon = set(found)
        if len(uncommon) > _FEW:
            return text.translate(_FOLDED)
        for char in uncommon:
            text = text.replace(char, _FOLDED[ord(char)])
    return text


class _Folded(dict[int, str]):
    """Each character's part of the key, computed on first use. Folding one by one keeps offsets exact."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold(chr(code))
        return folded


def _fold(char: str) -> str:
    if char in INVISIBLE:
        return ""
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    char = LETTERS.get(char, char)
    char = araby.strip_tatweel(araby.strip_diacritics(char))
    char = araby.normalize_teh(araby.normalize_hamza(char, method="tasheel"))
    # PyArabic keeps alef maksura, but Egyptian papers write every final yeh that way. Alef with wasla is Quranic
    # spelling.
    return char.replace("ى", "ي").replace("ٱ", "ا").casefold()


_FOLDED = _Folded()
_COMMON = tuple((variant, _fold(variant)) for variant in "أإآةىؤئًّ")
# If a text has at most so many different rare characters, they are replaced one by one.
_FEW = 20
# Any character that may change in the key.
_UNCOMMON = re.compile("[^\n -@\\[-~«»،؛؟ءابةت-غف-وي٪–—‘’“”…]")


def other_form(a: str, b: str) -> str:
    """For messages: says that two texts which look the same differ in their Unicode form; empty if they do not."""
    is_other = a != b and unicodedata.normalize("NFC", a) == unicodedata.normalize("NFC", b)
    return "they differ only in their Unicode form (NFC or NFD)" if is_other else ""


def word_start(text: str, start: int) -> int:
    """The beginning of the word, if only proclitics (و ف ب ل ك س) stand before `start` in it; else `start`.

    In وبدمشق the answer is 0 for 0, 1 and 2. In للتحالف, where the article has lost its alef, it is 0 for 0 and 1.
    """
    word = start
    # Editors put a direction mark between a proclitic and a Latin name: و, U+200F, BBC.
    while word > 0 and (_WORD_CHARACTER.match(text, word - 1) or text[word - 1] in _DIRECTION):
        word -= 1
    return word if _are_proclitics(text[word:start]) else start


@lru_cache(maxsize=4096)
def _are_proclitics(letters: str) -> bool:
    return _PROCLITICS.fullmatch(fold(letters)) is not None


def inside_word(text: str, at: int) -> bool:
    """Whether `at` is inside a word or a number: between two of its characters, or before a letter's harakat.

    A word ends where letters meet digits, or letters of another script: 18ديسمبر is two words, and so is الـBBC.
    """
    if not 0 < at < len(text):
        return False
    before, after = _KINDS[text[at - 1]], _KINDS[text[at]]
    if before is None or after is None:
        return False
    if before == _SEPARATOR:
        return after == _DIGIT and at > 1 and _KINDS[text[at - 2]] == _DIGIT
    if after == _SEPARATOR:
        return before == _DIGIT and at + 1 < len(text) and _KINDS[text[at + 1]] == _DIGIT
    if after == _MARK:
        # A joiner at the end of a word is not part of it.
        return text[at] not in _JOINERS or _KINDS[text[at + 1 : at + 2]] is not None
    letter = at - 1
    while before == _MARK and letter > 0:
        letter -= 1
        before = _KINDS[text[letter]]
    return before == after


def is_mark(char: str) -> bool:
    """Whether the character belongs to the letter before it: harakat, other combining marks, a joiner."""
    return _KINDS[char] == _MARK


def without_proclitics(key: str, outside: str = "") -> Iterator[tuple[int, str]]:
    """The ways to remove proclitics from the front of a name's match key: the number of letters, and the remaining key.

    `outside` are the folded letters of the same word before the name: after و one more proclitic may follow.
    A name after لل has the article, written without its alef: للتحالف may leave لتحالف or التحالف. Letters alone
        do not decide (وزير would leave زير): the caller must know that the remaining key is a name.
    """
    if outside not in ("", "و", "ف"):
        return
    lengths = [1] if key[:1] in _PREPOSITIONS or (not outside and key[:1] in _CONJUNCTIONS) else []
    if not outside and key[:1] in _CONJUNCTIONS and key[1:2] in _PREPOSITIONS:
        lengths.append(2)
    for length in lengths:
        rest = key[length:]
        if len(rest) > 1 or rest.isdecimal():
            yield length, rest
            if key[length - 1] == rest[0] == "ل":
                yield length, "ا" + rest


def differs_only_by_proclitic(a: tuple[int, int], b: tuple[int, int], text: str) -> bool:
    """Whether two spans of `text` differ only by proclitics (و ف ب ل ك س) at their front.

    Both end at the same offset, and only proclitics of one word stand between their starts: وبدمشق, بدمشق and
    دمشق are such spans, and so are للتحالف and لتحالف. Only boundaries are compared, so زير and وزير count as well:
    no rule on letters alone can exclude them, and a stemmer would guess wrong on لبنان and بنان.
    """
    (start_a, end_a), (start_b, end_b) = a, b
    return end_a == end_b and start_a != start_b and word_start(text, start_a) == word_start(text, start_b)


class _Kinds(dict[str, str | None]):
    """A character's kind within a word, computed on first use; None for characters between words."""

    def __missing__(self, char: str) -> str | None:
        self[char] = kind = _kind(char)
        return kind


_DIGIT, _MARK, _SEPARATOR = "digit", "mark", "separator"


def _kind(char: str) -> str | None:
    if char in _SEPARATORS:
        return _SEPARATOR
    if not _WORD_CHARACTER.match(char):
        return None
    if not char.isalnum():
        return _MARK
    if char.isdecimal():
        return _DIGIT
    return "arabic" if "\u0600" <= char <= "\u08ff" or "\ufb50" <= char <= "\ufefc" else "other"


_KINDS = _Kinds()
