"""Arabic text as it stands: tokens with offsets, and match keys that map back to the untouched text."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from pyarabic import araby

# Characters that shape or order a text without being part of a word's spelling: bidi marks, joiners, BOM.
INVISIBLE = frozenset(
    "\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)

_DIRECTION = INVISIBLE - {"\u200b"}  # all but the space without width, which parts words

# Combining marks of Arabic: honorifics, harakat, dagger alef, Quranic signs, extensions.
_MARKS = (
    "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    "\u08ca-\u08e1\u08e3-\u08ff"
)
_WORD_CHARACTER = re.compile(rf"[^\W_]|[{_MARKS}\u200c\u200d]")
# A conjunction, a preposition, or both, in that order: what Arabic writing glues to the front of a name.
_CONJUNCTIONS, _PREPOSITIONS = ("و", "ف"), ("ب", "ل", "ك", "س")
_PROCLITICS = re.compile("[وف]?[بلكس]?")
_JOINERS = "\u200c\u200d"
# Between digits they are part of the number: 2,500 and ٣٫٥.
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
    """The tokens of `text` in order: words, numbers, punctuation marks; everything but white space is in one.

    A token is split at each offset in `cuts` that falls inside it: the edges of spans, where a
    proclitic stays outside a name (the ب of بدمشق).
    """
    return map(Token, *token_edges(text, cuts))


def token_edges(text: str, cuts: Iterable[int] = ()) -> tuple[list[int], list[int]]:
    """The starts and the ends of `tokens`."""
    edges = [match.span() for match in _TOKEN.finditer(text)]
    starts, ends = [start for start, _ in edges], [end for _, end in edges]
    # A cut ends one piece of a token and starts the next.
    inside = [cut for cut in set(cuts) if (n := bisect_right(starts, cut)) and starts[n - 1] < cut < ends[n - 1]]
    return (sorted(starts + inside), sorted(ends + inside)) if inside else (starts, ends)


@dataclass(frozen=True, slots=True)
class MatchKey:
    """A text in the form in which spellings are compared, with the way back.

    `offsets[i]` is where character i of `key` stands in the original; one more entry at the end
    holds the original's length.
    """

    key: str
    offsets: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The original's code points behind `key[start:end]`, with the marks that follow its last letter."""
        return self.offsets[start], self.offsets[end]


def match_key(text: str) -> MatchKey:
    """`text` without harakat, tatweel and invisible marks, hamza carriers, teh marbuta and alef maksura unified.

    White space, punctuation and digits keep their places (digits become 0-9), Latin letters become small.
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
    """The match key alone, where no way back is needed."""
    # What plain Arabic needs is a few replacements, ten times faster than a table; the rest takes the table.
    for variant, letter in _COMMON:
        text = text.replace(variant, letter)
    uncommon = set(_UNCOMMON.findall(text))
    if len(uncommon) > _FEW:
        return text.translate(_FOLDED)
    for char in uncommon:
        text = text.replace(char, _FOLDED[ord(char)])
    return text


class _Folded(dict[int, str]):
    """Each character's share of the key, found when first asked for. Going by character keeps the way back exact."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold(chr(code))
        return folded


def _fold(char: str) -> str:
    if char in INVISIBLE:
        return ""
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    char = araby.strip_tatweel(araby.strip_diacritics(char))
    char = araby.normalize_teh(araby.normalize_hamza(char, method="tasheel"))
    # PyArabic leaves alef maksura; Egyptian papers write every final yeh so. Wasla is Quranic spelling.
    return char.replace("ى", "ي").replace("ٱ", "ا").casefold()


_FOLDED = _Folded()
_COMMON = tuple((variant, _fold(variant)) for variant in "أإآةىؤئًّ")
# Anything but characters that are their own share of the key.
_FEW = 20
_UNCOMMON = re.compile("[^\n -@\\[-~«»،؛؟ءابةت-غف-وي٪–—‘’“”…]")


def word_start(text: str, start: int) -> int:
    """Where the word begins if nothing but proclitics (و ف ب ل ك س) stands before `start` in it; else `start`.

    In وبدمشق that is 0 for 0, 1 and 2; in للتحالف, where the article has lost its alef, for 0 and 1.
    """
    word = start
    # Editors set a mark of direction between a proclitic and a Latin name: و, U+200F, BBC.
    while word > 0 and (_WORD_CHARACTER.match(text, word - 1) or text[word - 1] in _DIRECTION):
        word -= 1
    return word if _are_proclitics(text[word:start]) else start


@lru_cache(maxsize=4096)
def _are_proclitics(letters: str) -> bool:
    return _PROCLITICS.fullmatch(fold(letters)) is not None


def inside_word(text: str, at: int) -> bool:
    """Whether `at` falls inside a word or a number: between two of its characters, or before a letter's harakat.

    Where letters and digits meet, or letters of two scripts, a word ends: 18ديسمبر is two, الـBBC as well.
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
        # A joiner that joins nothing is no part of the word.
        return text[at] not in _JOINERS or _KINDS[text[at + 1 : at + 2]] is not None
    letter = at - 1
    while before == _MARK and letter > 0:
        letter -= 1
        before = _KINDS[text[letter]]
    return before == after


def is_mark(char: str) -> bool:
    """Whether it belongs to the letter before it: harakat and the like, a joiner."""
    return _KINDS[char] == _MARK


def without_proclitics(key: str, outside: str = "") -> Iterator[tuple[int, str]]:
    """The ways to take proclitics off the front of a name's match key: how many letters go, and the key of the rest.

    `outside` are the letters of the same word before the name, as they are folded: behind و one more may follow.
    Behind لل stands a name with the article, written without its alef: of للتحالف both لتحالف and التحالف may be
    left. Letters alone cannot tell (زير is what is left of وزير): somebody has to know the rest as a name.
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
    """Whether two spans of `text` are the same words but for proclitics (و ف ب ل ك س) at their front.

    They end together, and the later one starts where proclitics at the front of a word end: وبدمشق, بدمشق and
    دمشق differ only so, as do للتحالف and لتحالف. Only edges are compared, so زير of وزير counts as well: no
    rule that looks at letters alone can tell, and a stemmer that guesses would break بنان of لبنان.
    """
    (start_a, end_a), (start_b, end_b) = a, b
    return end_a == end_b and start_a != start_b and word_start(text, start_a) == word_start(text, start_b)


class _Kinds(dict[str, str | None]):
    """What a character is within a word, found when first asked for: None for all that stands between words."""

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
