"""Proposing events: which articles report the same thing, and which are near-copies of one text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .arabic import fold
from .copies import copy_sets
from .document import Article

# Reports of one event share names, places and numbers, so character n-grams find them through proclitics and
# endings; but articles of one conflict all share some. Set on the sample corpus, measured on articles held out.
SAME_EVENT = 0.16
DAYS = 7
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

    Average-linkage clustering of TF-IDF character n-grams over headline and lead, by cosine; articles more than
    a week apart never join directly. Articles without a date may join any.
    """
    if not articles:
        return []
    # In order of time first, so that neither groups nor near-copies depend on the order in which articles come.
    articles = sorted(articles, key=lambda a: (a.published or "9", a.id))
    vectors = _vectors([fold(article.text[:_LEAD]) for article in articles])
    days = [date.fromisoformat(a.published[:10]) if a.published else None for a in articles]
    groups: list[list[int]] = []
    for component in _components(vectors, days):
        groups += _clusters(component, vectors, days)
    earliest = {n: first for first, *others in copy_sets([article.text for article in articles]) for n in others}
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


def _components(vectors: Any, days: Sequence[date | None]) -> list[list[int]]:
    """Articles that are linked by at least one pair similar enough: what clustering has to look at together."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    rows: list[NDArray[np.int64]] = []
    columns: list[NDArray[np.int64]] = []
    for start in range(0, vectors.shape[0], 512):  # bounds memory: similarities of all pairs would not fit
        similar = (vectors[start : start + 512] @ vectors.T).tocoo()
        near = similar.data >= SAME_EVENT
        rows.append(similar.row[near] + start)
        columns.append(similar.col[near])
    i, j = np.concatenate(rows), np.concatenate(columns)
    together = np.array([_may_join(days[a], days[b]) for a, b in zip(i, j, strict=True)], dtype=bool)
    graph = coo_array((np.ones(int(together.sum())), (i[together], j[together])), shape=(len(days), len(days)))
    _, labels = connected_components(graph, directed=False)
    components: dict[int, list[int]] = {}
    for n, label in enumerate(labels):
        components.setdefault(int(label), []).append(n)
    return list(components.values())


def _clusters(component: list[int], vectors: Any, days: Sequence[date | None]) -> list[list[int]]:
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if len(component) == 1:
        return [component]
    similar = cast(NDArray[np.float64], (vectors[component] @ vectors[component].T).toarray())
    distance = np.maximum(1.0 - similar, 0.0)  # the cosine of equal rows is 1 or, by rounding, a little more
    for a, first in enumerate(component):
        for b, second in enumerate(component):
            if not _may_join(days[first], days[second]):
                distance[a, b] = 1.0
    np.fill_diagonal(distance, 0.0)
    labels = fcluster(linkage(squareform(distance, checks=False), "average"), 1.0 - SAME_EVENT, "distance")
    clusters: dict[int, list[int]] = {}
    for n, label in zip(component, labels, strict=True):
        clusters.setdefault(int(label), []).append(n)
    return list(clusters.values())


def _may_join(a: date | None, b: date | None) -> bool:
    return a is None or b is None or abs(a - b) <= timedelta(days=DAYS)
