"""Proposes events: groups the articles that report one event, and marks near-copies."""

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

# Reports of one event share names, places and numbers. Character n-grams match them despite proclitics and endings.
# But articles on one conflict share most of their words, so shared rare words count as much.
SAME_EVENT = 0.08
# Days after which a report of the same event is a third as likely; and the days assumed for an undated article.
DAYS = 12.0
DAYS_IF_UNDATED = 4.0
_RARE = 3  # further powers of a word's weight: words in few articles count, words in many articles do not
_WORD = re.compile(r"[^\W\d_]{2,}|\d+")
_NGRAMS = (3, 5)
_LEAD = 900  # code points: the event is reported at the top, background further down


@dataclass(frozen=True, slots=True)
class Proposal:
    """A group of articles that seem to report one event, in order of time.

    `copies` has each article of the group that is a near-copy of an earlier article: its id, and the id of the
    earliest article with this text, which may be in another group.
    """

    articles: tuple[Article, ...]
    copies: tuple[tuple[str, str], ...]


def propose_events(articles: Sequence[Article]) -> list[Proposal]:
    """Groups of two or more articles, and every other article alone, in order of time.

    Average-linkage clustering over headline and lead. The similarity of two articles is the geometric mean of two
    cosines, of their character n-grams and of their shared rare words (mostly names and numbers). It decays with the
    days between them.
    """
    if not articles:
        return []
    # Sorted by time first, so that the order of the input changes neither groups nor near-copies.
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
        # Marks and tatweel alone fold to empty texts, and the vectorizer refuses texts without any n-gram.
        return csr_array((len(texts), 1))
    # Rows have length 1, so a dot product is a cosine.
    return TfidfVectorizer(analyzer="char_wb", ngram_range=_NGRAMS, sublinear_tf=True).fit_transform(texts)


def _rare_words(texts: Sequence[str]) -> Any:
    """A vector for each text, of the words that it shares with other texts. Rarer words count more."""
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
    """The day of each article as a number; NaN if it has no date."""
    return np.array([date.fromisoformat(a.published[:10]).toordinal() if a.published else np.nan for a in articles])


@dataclass(frozen=True, slots=True)
class _Likeness:
    """The similarity of articles: by the letters of their leads, by rare words, by days."""

    letters: Any
    words: Any
    days: NDArray[np.float64]

    def of(self, first: NDArray[np.int64], second: NDArray[np.int64], letters: Any, words: Any) -> NDArray[np.float64]:
        """The similarity of pairs of articles with these cosines."""
        apart = np.abs(self.days[first] - self.days[second])
        apart = np.where(np.isnan(apart), DAYS_IF_UNDATED, apart)
        return np.minimum(letters, np.sqrt(letters * np.maximum(words, 0.0))) * np.exp(-apart / DAYS)


def _components(likeness: _Likeness) -> list[list[int]]:
    """Groups of articles that are linked by similar pairs. Each group can be clustered alone."""
    from scipy.sparse import coo_array, csr_matrix
    from scipy.sparse.csgraph import connected_components

    count = len(likeness.days)
    rows: list[NDArray[np.int64]] = []
    columns: list[NDArray[np.int64]] = []
    for start in range(0, count, 512):  # in blocks: the similarities of all pairs would not fit into memory
        letters = (likeness.letters[start : start + 512] @ likeness.letters.T).tocoo()
        words = csr_matrix(likeness.words[start : start + 512] @ likeness.words.T)
        near = letters.data >= SAME_EVENT
        row, column = letters.row[near], letters.col[near]
        by_words = np.asarray(words[row, column]).ravel() if len(row) else np.zeros(0)
        similarity = likeness.of(row + start, column, letters.data[near], by_words)
        rows.append(row[similarity >= SAME_EVENT] + start)
        columns.append(column[similarity >= SAME_EVENT])
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
