"""What two annotators of an article disagree on most: labels, edges, what one alone marked, stances."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...annotate.document import EventClaim
from ...configs import CLAIM
from ...configs.scheme import Scheme
from ..classes import CLASSES, classify
from ..clitics import with_equal_starts
from ..spans import SpanTable, Two, overlaps
from .pairs import AnnotatorPairs, Marked

# Where two spans that overlap differ; `split` is a further span where the other annotator has one for several.
EDGES = ("proclitic", "start", "end", "both", "split")
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Said:
    """What one annotator said: a label or stance, on these words. An article's stance has no offsets."""

    label: str
    text: str
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """One case: `said` is what each of the two annotators said, None for the one who marked nothing there."""

    article: str
    annotators: tuple[str, str]
    said: tuple[Said | None, Said | None]


@dataclass(slots=True)
class Disagreement:
    """How often it happened, over all pairs of annotators, and a few examples with different words."""

    count: int
    examples: list[Example]


@dataclass(frozen=True, slots=True)
class Disagreements:
    """Disagreements by task, kind and name, the most frequent first.

    entities: `labels` (`GPE/LOC`: same or overlapping spans), `edges` (EDGES), `one_only` by label (marked by one
    annotator, nothing there by the other); claims: `edges`, `one_only`; claim_stance, of claims that overlap, and
    stance: `stances` (`agree/discuss`).
    """

    tasks: Mapping[str, Mapping[str, Mapping[str, Disagreement]]]

    def as_json(self) -> dict[str, Any]:
        """The same as plain objects."""
        return {
            task: {kind: {name: _node(found) for name, found in by_name.items()} for kind, by_name in by_kind.items()}
            for task, by_kind in self.tasks.items()
        }


def _node(found: Disagreement) -> dict[str, Any]:
    def said(what: Said | None) -> dict[str, Any] | None:
        if what is None:
            return None
        place = {} if what.start is None else {"start": what.start, "end": what.end}
        return {"label": what.label, "text": what.text} | place

    return {
        "count": found.count,
        "examples": [
            {
                "article": example.article,
                "said": {who: said(what) for who, what in zip(example.annotators, example.said, strict=True)},
            }
            for example in found.examples
        ],
    }


def find_disagreements(
    pairs: AnnotatorPairs, scheme: Scheme, matched: Mapping[str, Mapping[str, Two]]
) -> Disagreements:
    """`matched` are the rows of claims (claim_stance) and of answers (stance) that pair, by task and scheme."""
    texts = pairs.texts
    stances, article_stances = tuple(scheme.claim_stances), tuple(scheme.article_stances)
    by_claim = [{claim.id: claim for claim in one.claims} for one in pairs.articles]

    def span(table: SpanTable, n: int, labels: Sequence[str]) -> Said:
        document, start, end, label = table.row(n)
        return Said(labels[label], texts[document][start:end], start, end)

    def claim_stance(table: SpanTable, n: int) -> Said:
        return span(table, n, stances)

    def answer(table: SpanTable, n: int) -> Said:
        document, number, _, label = table.row(n)
        claim = pairs.answered[number]
        asked = by_claim[pairs.article[document]].get(claim, EventClaim(claim, claim))
        return Said(article_stances[label], asked.text)

    found: dict[str, dict[str, dict[str, Disagreement]]] = {
        "entities": {"labels": {}, "edges": {}, "one_only": {}},
        "claims": {"edges": {}, "one_only": {}},
        "claim_stance": {"stances": {}},
        "stance": {"stances": {}},
    }

    def count(task: str, kind: str, name: str, pair: int, said: tuple[Said | None, Said | None]) -> None:
        entry = found[task][kind].setdefault(name, Disagreement(0, []))
        entry.count += 1
        words = _words(said)
        if len(entry.examples) < EXAMPLES and all(_words(example.said) != words for example in entry.examples):
            article = pairs.articles[pairs.article[pair]].article.id
            annotators = tuple(pairs.annotators[side[pair]] for side in pairs.annotator)
            entry.examples.append(Example(article, annotators, said))

    for task, marked, labels in (
        ("entities", pairs.entities, scheme.entity_labels),
        ("claims", pairs.claims.with_one_label(), (CLAIM,)),
    ):
        for pair, i, j, edges in _differing(marked, texts):
            said = (
                span(marked.one, i, labels) if i >= 0 else None,
                span(marked.other, j, labels) if j >= 0 else None,
            )
            one, other = said
            if edges:
                count(task, "edges", edges, pair, said)
            elif one is None or other is None:
                label = int(marked.one.label[i] if i >= 0 else marked.other.label[j])
                count(task, "one_only", labels[label], pair, said)
            if one and other and one.label != other.label and edges != "split":
                count(task, "labels", _both(one.label, other.label, labels), pair, said)
    for task, marked, names, show in (
        ("claim_stance", pairs.claims, stances, claim_stance),
        ("stance", pairs.answers, article_stances, answer),
    ):
        rows = matched[task].get("overlap", matched[task]["strict"])
        for i, j in _unequal(marked, rows):
            said = show(marked.one, i), show(marked.other, j)
            count(task, "stances", _both(said[0].label, said[1].label, names), int(marked.one.document[i]), said)
    return Disagreements(
        {
            task: {
                kind: dict(sorted(by_name.items(), key=lambda item: (-item[1].count, item[0])))
                for kind, by_name in by_kind.items()
            }
            for task, by_kind in found.items()
        }
    )


def _words(said: tuple[Said | None, Said | None]) -> tuple[str, ...]:
    """What was marked, whoever marked which."""
    return tuple(sorted(what.text if what else "" for what in said))


def _both(one: str, other: str, order: Sequence[str]) -> str:
    """Two names as one, the same for either order."""
    return "/".join(sorted((one, other), key=order.index))


def _differing(marked: Marked, texts: Sequence[str]) -> Iterator[tuple[int, int, int, str | None]]:
    """All that is not equal, in text order: pair, both spans' rows (-1 for none), and which edges differ if any do.

    A further span of a split has the span beside it that its own other part is paired with.
    """
    one, other, kind = classify(marked.one, marked.other, texts)
    wrong = np.flatnonzero(kind != CLASSES.index("correct"))
    one, other, kind = one[wrong], other[wrong], kind[wrong]
    further = np.isin(kind, [CLASSES.index(name) for name in ("split", "merge")]) & ((one < 0) | (other < 0))
    for ours, theirs, tables in (
        (one, other, (marked.one, marked.other)),
        (other, one, (marked.other, marked.one)),
    ):
        rows = np.flatnonzero(further & (theirs < 0))
        i, j = overlaps(tables[0].take(ours[rows]), tables[1])
        theirs[rows[i]] = j
    both = np.flatnonzero((one >= 0) & (other >= 0))
    i, j = one[both], other[both]
    starts, ends = (getattr(marked.one, edge)[i] != getattr(marked.other, edge)[j] for edge in ("start", "end"))
    moved = with_equal_starts(marked.one, marked.other, texts)
    proclitic = starts & ~ends & (moved[0].start[i] == moved[1].start[j])
    edges = np.full(len(wrong), -1)
    edges[both] = np.select(
        [further[both], proclitic, starts & ends, starts, ends],
        [EDGES.index(name) for name in ("split", "proclitic", "both", "start", "end")],
        -1,
    )
    place = np.array(
        [(marked.one.row(n) if n >= 0 else marked.other.row(m))[:2] for n, m in zip(one, other, strict=True)], np.int64
    ).reshape(-1, 2)
    for n in np.lexsort((one, place[:, 1], place[:, 0])).tolist():
        yield int(place[n, 0]), int(one[n]), int(other[n]), EDGES[edges[n]] if edges[n] >= 0 else None


def _unequal(marked: Marked, rows: Two) -> Iterator[tuple[int, int]]:
    """Matched rows with two different answers, in order."""
    i, j = rows
    ours, theirs = marked.one.label[i], marked.other.label[j]
    differ = np.flatnonzero((ours >= 0) & (theirs >= 0) & (ours != theirs))
    i, j = i[differ], j[differ]
    order = np.lexsort((marked.one.start[i], marked.one.document[i]))
    yield from zip(i[order].tolist(), j[order].tolist(), strict=True)
