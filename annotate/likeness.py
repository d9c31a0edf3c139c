"""The similarity (likeness) of two articles by letters, words and days; and which pairs are worth comparing."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arabic import fold
from .news_words import before_places, is_news_word
from .pages.headline import stems_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_LEAD = 900  # code points: the top of an article names the event; background comes further down
# After so many days, a report of the same event is a third as likely. Without a date, some days are assumed between.
DAYS = 4.0
DAYS_IF_UNDATED = 4.0
OTHER_DAYS = 5  # articles with so many days between them nearly always report different events
_NO_DAY = 1e7
# What a word counts: the rarer the more, the less the more articles of other days have it, more in headline and lead,
# most in both, and more if it seems to name a place.
_RARE, _ELSEWHERE = 2.0, 0.5
_HEADLINE, _FIRST, _IN_BOTH = 3.0, 1.5, 3.0
_PLACE = 2.0
_WITH_IN = re.compile("[بل].{4}")  # «في» and «إلى» as they are written together with a word
_NEWS_WORD = 0.5  # a word of any day's news, and its letters
_STRONGEST = 0.5
# And the more, the more alike the articles are that have it: so many of them are looked at.
_ALIKE = 0.25
_LOOKED_AT = 5
_WORD = re.compile(r"[^\W\d_]{2,}|\d+")
_NGRAM = 4  # characters; adding n-grams of 3 and 5 is three times the work, and changes hardly anything
_BUCKETS = 1 << 22  # an n-gram is identified by its hash, so no table of n-grams is needed
_SAMPLE = 5000  # articles on which the rarity of n-grams is measured
_STRONGEST_NGRAMS = 384  # n-grams kept for each article; the others in a long lead are common
# An article is compared with the articles next in time that share one of its strongest words; the most similar are
# kept.
_STRONGEST_WORDS = 24
_NEXT = 64
CANDIDATES = 32
# Articles, pairs and entries are processed so many at a time, so that intermediate results take little memory.
_ARTICLES, _PAIRS, _ENTRIES = 512, 1 << 14, 1 << 20


@dataclass(frozen=True, slots=True)
class Likeness:
    """The vectors and the days of articles, which are in order of time, with undated articles last."""

    letters: Any
    words: Any
    days: Floats

    def of(self, first: Ints, second: Ints) -> Floats:
        """The similarity of the two articles of each pair.

        The geometric mean of the cosine of their character n-grams (which find names through proclitics and endings)
        and that of the words they share, times what is left of it after the days between them. Of the word that says
        most, a part does not count: one name in common may be the town of two events.
        """
        alike = self.after_days(first, second)
        for start in range(0, len(first), _PAIRS):
            some = slice(start, start + _PAIRS)
            letters = _products(self.letters, first[some], second[some]).sum(axis=1)
            products = _products(self.words, first[some], second[some])
            words = products.sum(axis=1) - _STRONGEST * products.max(axis=1).toarray().ravel()
            alike[some] *= np.sqrt(np.maximum(letters * words, 0.0))
        return alike

    def squares(self, some: Ints) -> Floats:
        """The squared similarities of some articles with each other, without the factor for days."""
        letters, words = self.letters[some], self.words[some]
        return (letters @ letters.T).multiply(words @ words.T).toarray().astype(float)

    def after_days(self, first: Ints, second: Ints) -> Floats:
        """The factor for the days between two articles."""
        return np.exp(-self._apart(first, second) / DAYS)

    def _apart(self, first: Ints, second: Ints) -> Floats:
        apart = np.abs(self.days[first] - self.days[second])
        return np.where(np.isnan(apart), DAYS_IF_UNDATED, apart)

    def pairs(self, least: float) -> tuple[Ints, Ints]:
        """The pairs of articles that are worth comparing: those whose similarity may reach `least`.

        Each article is paired with at most CANDIDATES later articles. So the number of pairs stays limited, even if
        many articles are of one day.
        """
        if self.words is self.letters:
            first, second = np.triu_indices(len(self.days), 1)
            return first.astype(np.int64), second.astype(np.int64)
        found = list(self._candidates(least))
        return np.concatenate([a for a, _ in found]), np.concatenate([b for _, b in found])

    def _candidates(self, least: float) -> Iterator[tuple[Ints, Ints]]:
        from scipy.sparse import csr_array

        count = len(self.days)
        strong = _by_blocks(self.words, lambda block: _strongest(block, _STRONGEST_WORDS))
        # For each word, its articles in order of time; and for each entry, its position in that order.
        numbered = csr_array((np.arange(1, strong.nnz + 1), strong.indices, strong.indptr), shape=strong.shape).tocsc()
        of_row, value = numbered.indices.astype(np.int64), strong.data[numbered.data - 1]
        of_word = np.repeat(np.arange(strong.shape[1], dtype=np.int32), np.diff(numbered.indptr))
        place = np.empty(strong.nnz, dtype=np.int64)
        place[numbered.data - 1] = np.arange(strong.nnz)
        longest = -DAYS * np.log(least)
        for start in range(0, count, _ARTICLES):
            at = place[strong.indptr[start] : strong.indptr[min(start + _ARTICLES, count)]]
            keys: list[Ints] = [np.zeros(0, np.int64)]
            products: list[Any] = [np.zeros(0, np.float32)]
            for step in range(1, _NEXT + 1):
                at = at[at + step < len(of_word)]
                at = at[of_word[at] == of_word[at + step]]
                a, b = of_row[at], of_row[at + step]
                near = self._apart(a, b) <= longest
                keys.append((a * count + b)[near])
                products.append((value[at] * value[at + step])[near])
            key, inverse = np.unique(np.concatenate(keys), return_inverse=True)
            a, b = np.divmod(key, count)
            alike = np.bincount(inverse, np.concatenate(products), len(key)) * self.after_days(a, b) ** 2
            likeliest = np.lexsort((-alike, a))
            keep = likeliest[(_rank(a) < CANDIDATES) & (alike[likeliest] >= least**2)]
            yield a[keep], b[keep]


def likeness(texts: Sequence[str], days: Floats, few: int) -> Likeness:
    """The vectors of headlines and leads. With fewer than `few` articles, nobody can tell which words are rare."""
    words = _words(texts, days) if len(texts) >= few else None
    letters = _letters(texts)
    if words is not None:
        words = _by_their_articles(Likeness(letters, words, days))
    return Likeness(letters, letters if words is None else words, days)


def _by_their_articles(alike: Likeness) -> Any:
    """The vectors of words, in which a word has more weight if the articles with it are similar.

    A name occurs together with the other names of its event; a stock phrase occurs with any event.
    """
    words = alike.words
    by_word = words.tocsc()
    count = np.diff(by_word.indptr)
    means = np.zeros(words.shape[1])
    # Some of a word's articles, evenly spread over time.
    for looked_at in range(2, _LOOKED_AT + 1):
        held_by = np.flatnonzero(np.minimum(count, _LOOKED_AT) == looked_at)
        a, b = np.triu_indices(looked_at, 1)
        for start in range(0, len(held_by), _ARTICLES):
            some = held_by[start : start + _ARTICLES]
            places = np.linspace(by_word.indptr[some], by_word.indptr[some + 1] - 1, looked_at).astype(np.int64)
            articles = by_word.indices[places].astype(np.int64)
            key, inverse = np.unique(articles[a] * words.shape[0] + articles[b], return_inverse=True)
            means[some] = alike.of(*np.divmod(key, words.shape[0]))[inverse].reshape(len(a), -1).mean(axis=0)
    words.data *= means[words.indices] ** _ALIKE
    words.eliminate_zeros()
    return _unit(words)


def _lead(text: str) -> str:
    return fold(text[:_LEAD])


def _products(vectors: Any, first: Ints, second: Ints) -> Any:
    """For each pair of rows what each entry adds to their cosine, as rows have length 1."""
    return vectors[first].multiply(vectors[second]).tocsr().astype(float)


def _by_blocks(vectors: Any, function: Callable[[Any], Any]) -> Any:
    """Applies the function to some rows at a time, which takes less memory than all rows at once."""
    from scipy.sparse import vstack

    starts = range(0, vectors.shape[0], _ARTICLES)
    return vstack([function(vectors[start : start + _ARTICLES]) for start in starts], format="csr")


def _rows(vectors: Any) -> Ints:
    return np.repeat(np.arange(vectors.shape[0]), np.diff(vectors.indptr))


def _rank(rows: Ints) -> Ints:
    """The position of each entry in its row; entries are sorted by row."""
    return np.arange(len(rows)) - np.searchsorted(rows, rows)


def _strongest(vectors: Any, count: int) -> Any:
    """The `count` largest entries of each row."""
    from scipy.sparse import csr_array

    rows = _rows(vectors)
    order = np.lexsort((vectors.indices, -vectors.data, rows))
    keep = np.sort(order[(_rank(rows) < count) & (vectors.data[order] > 0)])
    return csr_array((vectors.data[keep], (rows[keep], vectors.indices[keep])), shape=vectors.shape)


def _unit(vectors: Any) -> Any:
    """The rows scaled to length 1; empty rows stay empty."""
    lengths = np.sqrt(vectors.power(2).sum(axis=1)).astype(np.float32)
    vectors.data /= np.repeat(np.where(lengths > 0, lengths, 1), np.diff(vectors.indptr))
    return vectors


def _letters(texts: Sequence[str]) -> Any:
    """Character n-grams inside words by tf-idf: the strongest of each text, as a vector of length 1."""
    from scipy.sparse import csr_array

    some: list[int] = np.unique(np.linspace(0, len(texts) - 1, _SAMPLE).astype(int)).tolist()
    texts_with = np.zeros(_BUCKETS, np.int32)
    for start in range(0, len(some), _ARTICLES):
        _, ngrams, *_ = _ngrams([_lead(texts[n]) for n in some[start : start + _ARTICLES]])
        np.add.at(texts_with, ngrams, 1)
    rare = (np.log((1 + len(some)) / (1 + texts_with)) + 1).astype(np.float32)
    starts, columns, held = array("q", [0]), array("i"), array("f")
    for start in range(0, len(texts), _ARTICLES):
        block = [_lead(text) for text in texts[start : start + _ARTICLES]]
        rows, ngrams, counts, of_news = _ngrams(block)
        values = (1 + np.log(counts)).astype(np.float32) * rare[ngrams] * (1 - (1 - _NEWS_WORD) * of_news)
        vectors = csr_array((values, (rows, ngrams)), shape=(len(block), _BUCKETS))
        vectors = _unit(_strongest(vectors, _STRONGEST_NGRAMS))
        starts.extend((vectors.indptr[1:] + len(columns)).tolist())
        columns.frombytes(vectors.indices.astype(np.int32).tobytes())
        held.frombytes(vectors.data.tobytes())
    # In growing arrays, so that no value is in memory twice.
    parts = np.frombuffer(held, np.float32), np.frombuffer(columns, np.int32), np.array(starts)
    return csr_array(parts, shape=(len(texts), _BUCKETS))


def _ngrams(texts: Sequence[str]) -> tuple[Ints, NDArray[np.int32], Ints, NDArray[np.float32]]:
    """Row, hash and count of each n-gram of each text, and how much of it is in news words; sorted by row.

    A word begins and ends with a space.
    """
    split = [text.split() for text in texts]
    spaced = [f" {' '.join(words)} " for words in split]
    codes = np.frombuffer("".join(spaced).encode("utf-32-le"), np.uint32).astype(np.uint64)
    row = np.repeat(np.arange(len(texts), dtype=np.int64), [len(text) for text in spaced])
    letter = codes != ord(" ")
    windows = max(0, len(codes) - _NGRAM + 1)
    inside = np.ones(windows, dtype=bool)
    mixed = np.zeros(windows, dtype=np.uint64)
    for n in range(_NGRAM):
        if 0 < n < _NGRAM - 1:
            inside &= letter[n : n + windows]
        mixed = mixed * np.uint64(0x100000001B3) + codes[n : n + windows]
    mixed = (mixed * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(65 - _BUCKETS.bit_length())
    # Each word has a space after it, and each text one before it.
    of_news: list[bool] = []
    lengths: list[int] = []
    for words in split:
        of_news += [False, *map(is_news_word, words)]
        lengths += [1, *(len(word) + 1 for word in words)]
    in_news = np.repeat(np.array(of_news, np.int64), lengths)[1 : 1 + windows]
    both = (row[:windows] * _BUCKETS + mixed.astype(np.int64)) * 2 + in_news
    both, counts = np.unique(both[inside], return_counts=True)
    key, starts = np.unique(both >> 1, return_index=True)
    if not len(key):
        return key, key.astype(np.int32), counts, key.astype(np.float32)
    rows, ngrams = np.divmod(key, _BUCKETS)
    shares = np.add.reduceat(counts * (both & 1), starts)
    counts = np.add.reduceat(counts, starts)
    return rows, ngrams.astype(np.int32), counts, (shares / counts).astype(np.float32)


def word_weights(text: str) -> dict[str, float]:
    """What each word of a text counts by where it stands.

    What an article is about stands in both headline and lead; each reporter has other verbs. And names of places are
    known by what stands before them.
    """
    own: dict[str, float] = {}
    places: set[str] = set()
    for n, paragraph in enumerate(text.split("\n\n")):
        words = _WORD.findall(paragraph)
        stems = stems_of(words)
        if n > 1:
            for stem in stems:
                own.setdefault(stem, 1.0)
            continue
        for stem in dict.fromkeys(stems):
            own[stem] = own[stem] * _IN_BOTH if stem in own else (_HEADLINE, _FIRST)[n]
        places.update(stem for before, stem in pairwise(stems) if before in before_places())
        places.update(stem for word, stem in zip(words, stems, strict=True) if _WITH_IN.match(word))
    for stem in places:
        own[stem] *= _PLACE
    return own


def _words(texts: Sequence[str], days: Floats) -> Any:
    """A vector for each text, of the words that occur in other texts too: names, places and numbers have most weight.

    Phrases that all such articles share («ولم تتبن أي جهة الهجوم») also occur on other days, and so have little weight.
    """
    from scipy.sparse import csr_array

    numbers: dict[str, int] = {}
    starts, columns, placed = array("i", [0]), array("i"), array("f")
    for text in map(_lead, texts):
        own = word_weights(text)
        columns.extend(numbers.setdefault(word, len(numbers)) for word in own)
        placed.extend(own.values())
        starts.append(len(columns))
    shape = (len(texts), max(1, len(numbers)))
    vectors = csr_array((np.array(placed), np.array(columns), np.array(starts)), shape=shape).tocsc()
    of_news = np.flatnonzero(np.fromiter(map(is_news_word, numbers), bool, len(numbers)))
    del numbers, starts, columns, placed
    # Sorted by word and day, so that the days around a day are a slice; undated articles come last.
    count = np.diff(vectors.indptr)
    idf = (np.log((1 + shape[0]) / (1 + count)) + 1) ** _RARE
    idf[of_news] *= _NEWS_WORD
    day = np.nan_to_num(days, nan=_NO_DAY)[vectors.indices]
    day += 2 * _NO_DAY * np.repeat(np.arange(shape[1]), count)
    for start in range(0, len(day), _ENTRIES):
        some = slice(start, start + _ENTRIES)
        near = np.searchsorted(day, day[some] + OTHER_DAYS, "right") - np.searchsorted(day, day[some] - OTHER_DAYS)
        near = np.where(np.isnan(days)[vectors.indices[some]], 1, near)
        word = np.searchsorted(vectors.indptr, np.arange(start, start + len(near)), "right") - 1
        rare = idf[word] / (1.0 + count[word] - near) ** _ELSEWHERE
        vectors.data[some] *= np.where(count[word] > 1, rare, 0.0)
    vectors.eliminate_zeros()
    return _unit(vectors.tocsr())
