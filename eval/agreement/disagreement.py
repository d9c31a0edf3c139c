"""The disagreements of two annotators of an article: labels, boundaries, spans that only one marked, stances."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...annotate.document import EventClaim
from ...configs import CLAIM
from ...configs.scheme import Scheme
from ..classes import CLASSES, classify
from ..clitics import with_equal_starts
from ..spans import Ints, SpanTable, Two, overlaps
from .pairs import AnnotatorPairs, Marked

# The ways in which boundaries of overlapping spans differ. `split`: one annotator has several spans where the other
# has a single span.
BOUNDARIES = ("proclitic", "start", "end", "both", "split")
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Marking:
    """One annotator's label or stance, with its words. An article's stance has no offsets."""

    label: str
    text: str
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """One case: the `markings` of both annotators; None if an annotator marked nothing there."""

    article: str
    annotators: tuple[str, str]
    markings: tuple[Marking | None, Marking | None]


Markings = tuple[Marking | None, Marking | None]


@dataclass(slots=True)
class Disagreement:
    """The number of cases over all pairs of annotators, and a few examples with different words."""

    count: int
    examples: list[Example]


@dataclass(frozen=True, slots=True)
class Disagreements:
    """Disagreements by task, kind and name, the most frequent first.

    entities: `labels` (`GPE/LOC`: same or overlapping spans), `edges` (BOUNDARIES), `one_only` by label (only one
    annotator marked something there); claims: `edges`, `one_only`; claim_stance (of overlapping claims) and
    stance: `stances` (`agree/discuss`); claim_about (of overlapping claims): `about`, by the event's claims (`c1/c2`).
    """

    tasks: Mapping[str, Mapping[str, Mapping[str, Disagreement]]]

    def as_json(self) -> dict[str, Any]:
        """The same as plain objects."""
        return {
            task: {
                kind: {name: _node(disagreement) for name, disagreement in by_name.items()}
                for kind, by_name in by_kind.items()
            }
            for task, by_kind in self.tasks.items()
        }


def _node(disagreement: Disagreement) -> dict[str, Any]:
    def marking_node(marking: Marking | None) -> dict[str, Any] | None:
        if marking is None:
            return None
        place = {} if marking.start is None else {"start": marking.start, "end": marking.end}
        return {"label": marking.label, "text": marking.text} | place

    return {
        "count": disagreement.count,
        "examples": [
            {
                "article": example.article,
                "said": {
                    who: marking_node(marking)
                    for who, marking in zip(example.annotators, example.markings, strict=True)
                },
            }
            for example in disagreement.examples
        ],
    }


class Disagreeing:
    """Counts disagreements. Pairs of annotators are added some at a time, in any order."""

    def __init__(self, scheme: Scheme) -> None:
        self._scheme = scheme
        self._says_about = False
        self._kinds: dict[str, dict[str, dict[str, _Cases]]] = {
            "entities": {"labels": {}, "edges": {}, "one_only": {}},
            "claims": {"edges": {}, "one_only": {}},
            "claim_stance": {"stances": {}},
            "claim_about": {"about": {}},
            "stance": {"stances": {}},
        }

    def add(self, pairs: AnnotatorPairs, matched: Mapping[str, Mapping[str, Two]], at: Ints) -> None:
        """Counts the disagreements of some pairs; `at` has their positions among all pairs.

        `matched` has the rows of paired claims and answers, by task and scheme.
        """
        self._says_about |= pairs.says_about
        for task, kind, name, pair, markings in _disagreements(pairs, self._scheme, matched):
            cases = self._kinds[task][kind].setdefault(name, _Cases())
            cases.add(int(at[pair]), _words(markings), lambda: _example(pairs, pair, markings))  # noqa: B023

    def found(self) -> Disagreements:
        """The disagreements of all pairs that were added."""
        there = {
            "entities": bool(self._scheme.entity_labels),
            "claims": self._scheme.has_claims,
            "claim_stance": bool(self._scheme.claim_stances),
            "claim_about": self._says_about,
            "stance": bool(self._scheme.article_stances),
        }
        return Disagreements(
            {
                task: {
                    kind: {
                        name: Disagreement(cases.count, cases.examples)
                        for name, cases in sorted(by_name.items(), key=lambda item: (-item[1].count, item[0]))
                    }
                    for kind, by_name in by_kind.items()
                }
                for task, by_kind in self._kinds.items()
                if there[task]
            }
        )


class _Cases:
    """The cases of one name; and the first cases with different words, by the position of their pair."""

    def __init__(self) -> None:
        self.count = 0
        self._first: list[tuple[tuple[int, int], tuple[str, ...], Example]] = []

    @property
    def examples(self) -> list[Example]:
        return [example for _, _, example in self._first]

    def add(self, pair: int, words: tuple[str, ...], example: Callable[[], Example]) -> None:
        self.count += 1
        # The cases of a pair come in order.
        place = pair, self.count
        if len(self._first) == EXAMPLES and self._first[-1][0] < place:
            return
        same = next((known for known in self._first if known[1] == words), None)
        if same and same[0] < place:
            return
        kept = [known for known in self._first if known is not same]
        self._first = sorted([*kept, (place, words, example())], key=lambda known: known[0])[:EXAMPLES]


def _example(pairs: AnnotatorPairs, pair: int, markings: Markings) -> Example:
    annotators = tuple(pairs.annotators[side[pair]] for side in pairs.annotator)
    return Example(pairs.articles[pairs.article[pair]].article.id, (annotators[0], annotators[1]), markings)


def _disagreements(
    pairs: AnnotatorPairs, scheme: Scheme, matched: Mapping[str, Mapping[str, Two]]
) -> Iterator[tuple[str, str, str, int, Markings]]:
    """Each disagreement: task, kind, name, the pair, and both markings; in each task in the order of pairs."""
    texts = pairs.texts
    stances, article_stances = tuple(scheme.claim_stances), tuple(scheme.article_stances)
    by_claim = [{claim.id: claim for claim in annotated.claims} for annotated in pairs.articles]

    def span(table: SpanTable, n: int, labels: Sequence[str]) -> Marking:
        document, start, end, label = table.row(n)
        return Marking(labels[label], texts[document][start:end], start, end)

    def claim_stance(table: SpanTable, n: int) -> Marking:
        return span(table, n, stances)

    def about(table: SpanTable, n: int) -> Marking:
        document, start, end, label = table.row(n)
        claims = pairs.articles[pairs.article[document]].claims
        return Marking(claims[label].id, texts[document][start:end], start, end)

    def answer(table: SpanTable, n: int) -> Marking:
        document, number, _, label = table.row(n)
        claim = pairs.answered[number]
        asked = by_claim[pairs.article[document]].get(claim, EventClaim(claim, claim))
        return Marking(article_stances[label], asked.text)

    for task, marked, labels in (
        ("entities", pairs.entities, scheme.entity_labels),
        ("claims", pairs.claims.with_one_label(), (CLAIM,)),
    ):
        for pair, i, j, boundary in _differing(marked, texts if scheme.proclitics else None):
            markings = (
                span(marked.first, i, labels) if i >= 0 else None,
                span(marked.second, j, labels) if j >= 0 else None,
            )
            first, second = markings
            if boundary:
                yield task, "edges", boundary, pair, markings
            elif first is None or second is None:
                label = int(marked.first.label[i] if i >= 0 else marked.second.label[j])
                yield task, "one_only", labels[label], pair, markings
            if first and second and first.label != second.label and boundary != "split":
                yield task, "labels", _both(first.label, second.label, labels), pair, markings
    for task, kind, marked, names, show in (
        ("claim_stance", "stances", pairs.claims, stances, claim_stance),
        ("claim_about", "about", pairs.about, None, about),
        ("stance", "stances", pairs.answers, article_stances, answer),
    ):
        rows = matched[task].get("overlap", matched[task]["strict"])
        for i, j in _unequal(marked, rows):
            markings = show(marked.first, i), show(marked.second, j)
            both = markings[0].label, markings[1].label
            name = "/".join(sorted(both)) if names is None else _both(*both, names)
            yield task, kind, name, int(marked.first.document[i]), markings


def _words(markings: Markings) -> tuple[str, ...]:
    """The marked words, in an order that does not depend on the annotators."""
    return tuple(sorted(marking.text if marking else "" for marking in markings))


def _both(first: str, second: str, order: Sequence[str]) -> str:
    """Two names joined; the result is the same in either order."""
    return "/".join(sorted((first, second), key=order.index))


def _differing(marked: Marked, texts: Sequence[str] | None) -> Iterator[tuple[int, int, int, str | None]]:
    """All differences in text order: the pair, both spans' rows (-1 for none), and which boundaries differ, if any.

    If a span is split, each further part is listed with the span that the first part is paired with.
    """
    first, second, kind = classify(marked.first, marked.second, texts)
    wrong = np.flatnonzero(kind != CLASSES.index("correct"))
    first, second, kind = first[wrong], second[wrong], kind[wrong]
    further = np.isin(kind, [CLASSES.index(name) for name in ("split", "merge")]) & ((first < 0) | (second < 0))
    for own, partner, tables in (
        (first, second, (marked.first, marked.second)),
        (second, first, (marked.second, marked.first)),
    ):
        rows = np.flatnonzero(further & (partner < 0))
        i, j = overlaps(tables[0].take(own[rows]), tables[1])
        partner[rows[i]] = j
    both = np.flatnonzero((first >= 0) & (second >= 0))
    i, j = first[both], second[both]
    starts, ends = (
        getattr(marked.first, column)[i] != getattr(marked.second, column)[j] for column in ("start", "end")
    )
    moved = with_equal_starts(marked.first, marked.second, texts) if texts else (marked.first, marked.second)
    proclitic = starts & ~ends & (moved[0].start[i] == moved[1].start[j])
    boundary = np.full(len(wrong), -1)
    boundary[both] = np.select(
        [further[both], proclitic, starts & ends, starts, ends],
        [BOUNDARIES.index(name) for name in ("split", "proclitic", "both", "start", "end")],
        -1,
    )
    place = np.array(
        [(marked.first.row(n) if n >= 0 else marked.second.row(m))[:2] for n, m in zip(first, second, strict=True)],
        np.int64,
    ).reshape(-1, 2)
    for n in np.lexsort((first, place[:, 1], place[:, 0])).tolist():
        yield int(place[n, 0]), int(first[n]), int(second[n]), BOUNDARIES[boundary[n]] if boundary[n] >= 0 else None


def _unequal(marked: Marked, rows: Two) -> Iterator[tuple[int, int]]:
    """Matched rows whose answers differ, in order."""
    i, j = rows
    first, second = marked.first.label[i], marked.second.label[j]
    differ = np.flatnonzero((first >= 0) & (second >= 0) & (first != second))
    i, j = i[differ], j[differ]
    order = np.lexsort((marked.first.start[i], marked.first.document[i]))
    yield from zip(i[order].tolist(), j[order].tolist(), strict=True)
