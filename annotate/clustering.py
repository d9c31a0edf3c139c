"""Proposing events: which articles report the same thing, and which are near-copies of one text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .arabic import fold
from .copies import copy_sets
from .document import Article
from .pages.headline import without_prefix

# Reports of one event share names, places and numbers, so character n-grams find them through proclitics and
# endings; but articles of one conflict share most of their words. So the rare words that articles share count as much.
SAME_EVENT = 0.08
# After so many days a report of the same event is a third as likely; one without a date is taken to be some days off.
DAYS = 12.0
DAYS_IF_UNDATED = 4.0
_RARE = 3  # further powers of a word's weight: what stands in few articles counts, what stands in many does not
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
    of their character n-grams and that of the rare words they share (names and numbers, above all), times what is
    left of it after the days between them.
    """
    if not articles:
        return []
    # In order of time first, so that neither groups nor near-copies depend on the order in which articles come.
    articles = sorted(articles, key=lambda a: (a.published or "9", a.id))
    leads = [fold(article.text[:_LEAD]) for article in articles]
    likeness = _Likeness(_vectors(leads), _rare_words(leads), _days(articles))
    groups: list[list[int]] = []
    for component in _components(likeness):
        groups += _clusters(component, likeness)
    earliest = {n: first for first, *later in copy_sets([article.text for article in articles]) for n in later}
    return [
        Proposal(
            tuple(articles[n] for n in group),
            tuple((articles[n].id, articles[earliest[n]].id) for n in group if n in earliest),
        )
        for group in sorted(groups)
    ]


def _vectors(texts: Sequence[str]) -> Any:
    from scipy.sparse import csr_array
    from sklearn.feature_extraction.text import TfidfVectorizer

    if not any(text.split() for text in texts):
        # Marks and tatweel alone fold to nothing, and the vectorizer refuses texts without a single n-gram.
        return csr_array((len(texts), 1))
    # Rows have length 1, so a dot product is a cosine.
    return TfidfVectorizer(analyzer="char_wb", ngram_range=_NGRAMS, sublinear_tf=True).fit_transform(texts)


def _rare_words(texts: Sequence[str]) -> Any:
    """A vector for each text of the words that other texts have too; the fewer have a word, the more it counts."""
    from scipy.sparse import csr_array, diags_array
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    words = [[without_prefix(word) for word in _WORD.findall(text)] for text in texts]
    shared = Counter(word for own in words for word in set(own))
    if not any(count > 1 for count in shared.values()):
        return csr_array((len(texts), 1))
    weights = TfidfVectorizer(analyzer=cast(Any, list), sublinear_tf=True, min_df=2)
    return normalize(weights.fit_transform(words) @ diags_array(weights.idf_**_RARE))


def _days(articles: Sequence[Article]) -> NDArray[np.float64]:
    """The day of each article as a number; not a number where it has none."""
    return np.array([date.fromisoformat(a.published[:10]).toordinal() if a.published else np.nan for a in articles])


@dataclass(frozen=True, slots=True)
class _Likeness:
    """How alike articles are: by the letters of their leads, by rare words, by days."""

    letters: Any
    words: Any
    days: NDArray[np.float64]

    def of(self, first: NDArray[np.int64], second: NDArray[np.int64], letters: Any, words: Any) -> NDArray[np.float64]:
        """For pairs of articles with these cosines."""
        apart = np.abs(self.days[first] - self.days[second])
        apart = np.where(np.isnan(apart), DAYS_IF_UNDATED, apart)
        return np.minimum(letters, np.sqrt(letters * np.maximum(words, 0.0))) * np.exp(-apart / DAYS)


def _components(likeness: _Likeness) -> list[list[int]]:
    """Articles that are linked by at least one pair similar enough: what clustering has to look at together."""
    from scipy.sparse import coo_array, csr_matrix
    from scipy.sparse.csgraph import connected_components

    count = len(likeness.days)
    rows: list[NDArray[np.int64]] = []
    columns: list[NDArray[np.int64]] = []
    for start in range(0, count, 512):  # bounds memory: similarities of all pairs would not fit
        letters = (likeness.letters[start : start + 512] @ likeness.letters.T).tocoo()
        words = csr_matrix(likeness.words[start : start + 512] @ likeness.words.T)
        near = letters.data >= SAME_EVENT
        row, column = letters.row[near], letters.col[near]
        by_words = np.asarray(words[row, column]).ravel() if len(row) else np.zeros(0)
        alike = likeness.of(row + start, column, letters.data[near], by_words)
        rows.append(row[alike >= SAME_EVENT] + start)
        columns.append(column[alike >= SAME_EVENT])
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
    letters, words = (
        cast(NDArray[np.float64], (vectors[component] @ vectors[component].T).toarray())
        for vectors in (likeness.letters, likeness.words)
    )
    first, second = np.meshgrid(component, component, indexing="ij")
    # The cosine of equal rows is 1 or, by rounding, a little more.
    distance = np.maximum(1.0 - likeness.of(first, second, letters, words), 0.0)
    np.fill_diagonal(distance, 0.0)
    labels = fcluster(linkage(squareform(distance, checks=False), "average"), 1.0 - SAME_EVENT, "distance")
    clusters: dict[int, list[int]] = {}
    for n, label in zip(component, labels, strict=True):
        clusters.setdefault(int(label), []).append(n)
    return list(clusters.values())
