"""Proposing events: which articles report the same thing, and which are near-copies of one text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arabic import fold
from .copies import copy_sets
from .document import Article
from .pages.headline import without_prefix

# After so many days a report of the same event is a third as likely; one without a date is taken to be some days off.
DAYS = 4.0
DAYS_IF_UNDATED = 4.0
# Articles of one conflict share most of their words. How alike articles of other days are shows how much that is: as
# alike must those of one event be, times this. Where that cannot be measured, or is not within reason, the bounds hold.
_ABOVE_OTHERS = 2.0
_LEAST, _USUAL, _MOST = 0.06, 0.1, 0.4
_OTHER_DAYS = 5  # articles so far apart report different events, nearly always
_FEWEST_PAIRS = 45
_FEWEST_ARTICLES = 10  # of fewer nobody can tell which words are rare
_SAMPLE = 600  # articles on which it is measured
# Of all pairs, where there are too few of other days: those of one event are among them.
_SHARE_OF_ALL = 0.55
# What a word counts: the rarer the more, the less the more articles of other days have it, more in headline and lead.
_RARE, _ELSEWHERE = 2.0, 0.7
_HEADLINE, _FIRST = 3.0, 1.5
_WORD = re.compile(r"[^\W\d_]{2,}|\d+")
_NGRAMS = (3, 5)
_LEAD = 900  # code points: what an event is stands at the top; further down comes background


@dataclass(frozen=True, slots=True)
class Proposal:
    """A group of articles that seem to report one event, in order of time.

    `copies` has each article in it that is a near-copy of an earlier one: its id, and that of the earliest with
    this text, which may be in another group.
    """

    articles: tuple[Article, ...]
    copies: tuple[tuple[str, str], ...]


def propose_events(articles: Sequence[Article]) -> list[Proposal]:
    """Groups of two or more articles, and every other article alone, in order of time.

    Average-linkage clustering over headline and lead. How alike two articles are is the geometric mean of the cosine
    of their character n-grams (which find names through proclitics and endings) and that of the words they share,
    times what is left of it after the days between them. From where on they report one event depends on how alike
    articles of other days are.
    """
    if not articles:
        return []
    # In order of time first, so that neither groups nor near-copies depend on the order in which articles come.
    articles = sorted(articles, key=lambda a: (a.published or "9", a.id))
    leads = [fold(article.text[:_LEAD]) for article in articles]
    days = _days(articles)
    letters = _letters(leads)
    likeness = _Likeness(letters, _words(leads, days) if len(leads) >= _FEWEST_ARTICLES else letters, days)
    likeness.same_event = _same_event(likeness)
    groups: list[list[int]] = []
    for component in _components(likeness):
        groups += _clusters(component, likeness)
    earliest = {n: first for first, *others in copy_sets([article.text for article in articles]) for n in others}
    return [
        Proposal(
            tuple(articles[n] for n in group),
            tuple((articles[n].id, articles[earliest[n]].id) for n in group if n in earliest),
        )
        for group in sorted(groups)
    ]


def _letters(texts: Sequence[str]) -> Any:
    from scipy.sparse import csr_array
    from sklearn.feature_extraction.text import TfidfVectorizer

    if not any(text.split() for text in texts):
        # Marks and tatweel alone fold to nothing, and the vectorizer refuses texts without a single n-gram.
        return csr_array((len(texts), 1))
    # Rows have length 1, so a dot product is a cosine.
    return TfidfVectorizer(analyzer="char_wb", ngram_range=_NGRAMS, sublinear_tf=True).fit_transform(texts)


def _words(texts: Sequence[str], days: NDArray[np.float64]) -> Any:
    """A vector for each text of the words that other texts have too: names, places and numbers count most.

    What articles of one kind have in common («ولم تتبن أي جهة الهجوم») comes again on other days, and so counts little.
    """
    from scipy.sparse import csr_array
    from sklearn.preprocessing import normalize

    numbers: dict[str, int] = {}
    entries: list[tuple[int, int, float]] = []
    for n, text in enumerate(texts):
        own: dict[str, float] = {}
        for place, paragraph in enumerate(text.split("\n\n")):
            weight = (_HEADLINE, _FIRST)[place] if place < 2 else 1.0
            for word in map(without_prefix, _WORD.findall(paragraph)):
                own[word] = max(own.get(word, 0.0), weight)
        entries += ((n, numbers.setdefault(word, len(numbers)), weight) for word, weight in own.items())
    if not entries:
        return csr_array((len(texts), 1))
    rows, words, weights = (np.array(part) for part in zip(*entries, strict=True))
    count = np.bincount(words)[words]
    # By word and day, so that the days around one are a slice; words of undated articles are far from all days.
    day = np.nan_to_num(days, nan=-1e6)[rows]
    places = words * 1e8 + day
    ordered = np.sort(places)
    near = np.searchsorted(ordered, places + _OTHER_DAYS, "right") - np.searchsorted(ordered, places - _OTHER_DAYS)
    elsewhere = count - np.where(np.isnan(days)[rows], 1, near)
    idf = np.log((1 + len(texts)) / (1 + count)) + 1
    values = np.where(count > 1, weights * idf**_RARE / (1.0 + elsewhere) ** _ELSEWHERE, 0.0)
    return normalize(csr_array((values, (rows, words)), shape=(len(texts), len(numbers))))


def _days(articles: Sequence[Article]) -> NDArray[np.float64]:
    """The day of each article as a number; not a number where it has none."""
    return np.array([date.fromisoformat(a.published[:10]).toordinal() if a.published else np.nan for a in articles])


@dataclass(slots=True)
class _Likeness:
    """How alike articles are: by the letters of their leads, by words, by days. One event begins at `same_event`."""

    letters: Any
    words: Any
    days: NDArray[np.float64]
    same_event: float = _USUAL

    def without_days(self, rows: Any, columns: Any) -> Any:
        """Squares of the likeness of these articles to those, sparse; the days between them not counted."""
        letters = self.letters[rows] @ self.letters[columns].T
        return letters.multiply(self.words[rows] @ self.words[columns].T)

    def after_days(self, first: Any, second: Any) -> NDArray[np.float64]:
        """What is left of it after the days between the articles."""
        apart = np.abs(self.days[first] - self.days[second])
        return np.exp(-np.where(np.isnan(apart), DAYS_IF_UNDATED, apart) / DAYS)


def _same_event(likeness: _Likeness) -> float:
    """How alike articles must be to report one event."""
    some = np.unique(np.linspace(0, len(likeness.days) - 1, _SAMPLE).astype(int))
    squares = likeness.without_days(some, some).toarray()
    apart = np.abs(likeness.days[some][:, None] - likeness.days[some])
    pairs = np.triu(np.ones_like(squares, dtype=bool), 1)
    other_days = pairs & (apart > _OTHER_DAYS)
    if other_days.sum() >= _FEWEST_PAIRS:
        others = np.sqrt(squares[other_days].mean())
    elif pairs.sum() >= _FEWEST_PAIRS:
        others = _SHARE_OF_ALL * np.sqrt(squares[pairs].mean())
    else:
        return _USUAL
    return float(min(max(_ABOVE_OTHERS * others, _LEAST), _MOST))


def _components(likeness: _Likeness) -> list[list[int]]:
    """Articles that are linked by at least one pair similar enough: what clustering has to look at together.

    Articles are in order of time, so only those of the days around have to be compared, and undated ones with all.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    days, count = likeness.days, len(likeness.days)
    dated = int(np.sum(~np.isnan(days)))
    reach = -DAYS * np.log(likeness.same_event)  # days after which nothing is alike enough
    rows: list[NDArray[np.int64]] = []
    columns: list[NDArray[np.int64]] = []
    for start in range(0, count, 256):
        block = np.arange(start, min(start + 256, count))
        if block[-1] < dated:
            first = np.searchsorted(days[:dated], days[start] - reach)
            last = np.searchsorted(days[:dated], days[block[-1]] + reach, "right")
            others = np.concatenate([np.arange(first, last), np.arange(dated, count)])
        else:
            others = np.arange(count)
        squares = likeness.without_days(block, others).tocoo()
        row, column = block[squares.row], others[squares.col]
        alike = np.sqrt(squares.data) * likeness.after_days(row, column) >= likeness.same_event
        rows.append(row[alike])
        columns.append(column[alike])
    i, j = np.concatenate(rows), np.concatenate(columns)
    graph = coo_array((np.ones(len(i)), (i, j)), shape=(count, count))
    _, labels = connected_components(graph, directed=False)
    components: dict[int, list[int]] = {}
    for n, label in enumerate(labels):
        components.setdefault(int(label), []).append(n)
    return list(components.values())


def _clusters(component: list[int], likeness: _Likeness) -> list[list[int]]:
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if len(component) == 1:
        return [component]
    first, second = np.meshgrid(component, component, indexing="ij")
    alike = np.sqrt(likeness.without_days(component, component).toarray()) * likeness.after_days(first, second)
    # The cosine of equal rows is 1 or, by rounding, a little more.
    distance = np.maximum(1.0 - alike, 0.0)
    np.fill_diagonal(distance, 0.0)
    labels = fcluster(linkage(squareform(distance, checks=False), "average"), 1.0 - likeness.same_event, "distance")
    clusters: dict[int, list[int]] = {}
    for n, label in zip(component, labels, strict=True):
        clusters.setdefault(int(label), []).append(n)
    return list(clusters.values())
