"""All pairs of annotators of each article, in the form of the two sides of a comparison."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Protocol

import numpy as np

from ...annotate.document import Annotation, Article, EventClaim
from ...configs.scheme import Scheme
from ..columns import columns_of, positions
from ..matching import Flags
from ..spans import Ints, SpanTable, Two


class Annotated(Protocol):
    """An article with its annotations, at most one by each annotator.

    `preannotated_by` names the model whose suggestions the annotators saw, None if they saw none. `week` is the ISO
        week of the last annotation, None if unknown.
    """

    @property
    def article(self) -> Article: ...
    @property
    def claims(self) -> Sequence[EventClaim]: ...
    @property
    def annotations(self) -> Sequence[Annotation]: ...
    @property
    def preannotated_by(self) -> str | None: ...
    @property
    def week(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Marked:
    """The markings of both annotators of each pair: two tables whose `document` is the number of the pair.

    An annotation is in one pair with each other annotation of its article. `item` has for each row the number of
    its marking.
    """

    first: SpanTable
    second: SpanTable
    item: Two

    def with_one_label(self) -> Marked:
        """The tables with all labels 0. The label of a claim is its stance, so only its span is left."""
        first, second = (replace(side, label=np.zeros_like(side.label)) for side in (self.first, self.second))
        return Marked(first, second, self.item)


@dataclass(frozen=True, slots=True)
class AnnotatorPairs:
    """All pairs of annotations on the same article. Nothing in it depends on the order of the input.

    `articles` are those with at least two annotations, sorted by id. `annotators` are their annotators' names, sorted.
    `article` and `annotator` have each pair's positions in them; the annotator who is first in order comes first.
    Labels are positions in the scheme's labels, -1 for a claim without stance. `about` are the claims
    again, whose labels are positions among the claims of the article's event. Answers (an article's stances on
    claims) are spans as well: the start is the claim's number, the label is the stance. `claims_turned` marks the
    pairs in which the second annotator's claims come first, in an order that does not depend on names.
    """

    articles: tuple[Annotated, ...]
    annotators: tuple[str, ...]
    article: Ints
    annotator: Two
    entities: Marked
    claims: Marked
    about: Marked
    event_claims: int  # the largest number of claims of an event
    claims_turned: Flags
    answers: Marked
    answered: tuple[str, ...]  # ids of the claims that are numbered

    @property
    def says_about(self) -> bool:
        """Whether any claim names the event's claim that it is about."""
        return bool((self.about.first.label >= 0).any() or (self.about.second.label >= 0).any())

    @property
    def texts(self) -> list[str]:
        """The text of each pair's article."""
        texts = [annotated.article.text for annotated in self.articles]
        return [texts[n] for n in self.article.tolist()]


def pair_up(work: Iterable[Annotated], scheme: Scheme) -> AnnotatorPairs:
    """Pairs of all annotations of each article. Labels and stances must be the scheme's."""
    articles = tuple(sorted((each for each in work if len(each.annotations) > 1), key=lambda each: each.article.id))
    annotations: list[Annotation] = []
    about: list[int] = []
    pairs: list[tuple[int, int, int]] = []
    for n, annotated in enumerate(articles):
        begin = len(annotations)
        annotations += sorted(annotated.annotations, key=lambda a: a.annotator)
        place = {claim.id: k for k, claim in enumerate(annotated.claims)}
        about += (place.get(claim.about or "", -1) for a in annotations[begin:] for claim in a.claims)
        pairs += ((n, a, b) for a, b in combinations(range(begin, len(annotations)), 2))
    article, first, second = np.array(pairs, np.int64).reshape(-1, 3).T
    names = sorted({a.annotator for a in annotations})
    names_at = positions((a.annotator for a in annotations), names)
    columns = columns_of(annotations, ())
    answered = sorted({claim for a in annotations for claim in a.stances})
    tables = (
        _labelled(columns.entities, columns.entity_labels, scheme.entity_labels),
        _labelled(columns.claims, columns.claim_stances, tuple(scheme.claim_stances)),
        replace(columns.claims, label=np.array(about, np.int32)),
        _answers([a.stances for a in annotations], answered, tuple(scheme.article_stances)),
    )
    entities, claims, claims_about, answers = (Marked(*_sides(table, first, second)) for table in tables)
    content = [[(c.start, c.end, c.stance or "", c.about or "") for c in a.claims] for a in annotations]
    turned = np.array([content[b] < content[a] for _, a, b in pairs], np.bool_)
    return AnnotatorPairs(
        articles,
        tuple(names),
        article,
        (names_at[first], names_at[second]),
        entities,
        claims,
        claims_about,
        max((len(annotated.claims) for annotated in articles), default=0),
        turned,
        answers,
        tuple(answered),
    )


def joined(first: SpanTable, second: SpanTable) -> SpanTable:
    """The rows of both tables."""
    columns = ("document", "start", "end", "label")
    return SpanTable(*(np.concatenate((getattr(first, name), getattr(second, name))) for name in columns))


def _labelled(spans: SpanTable, names: Sequence[str], labels: Sequence[str]) -> SpanTable:
    to = np.append(positions(names, labels), np.int32(-1))  # -1 stays -1
    return replace(spans, label=to[spans.label])


def _answers(given: Sequence[Mapping[str, str]], claims: Sequence[str], stances: Sequence[str]) -> SpanTable:
    number = {claim: n for n, claim in enumerate(claims)}
    code = {stance: n for n, stance in enumerate(stances)}
    return SpanTable.of(
        (n, number[claim], number[claim] + 1, code[stance])
        for n, answers in enumerate(given)
        for claim, stance in sorted(answers.items())
    )


def _sides(table: SpanTable, first: Ints, second: Ints) -> tuple[SpanTable, SpanTable, Two]:
    (first_spans, i), (second_spans, j) = (_repeated(table, annotations) for annotations in (first, second))
    return first_spans, second_spans, (i, j)


def _repeated(table: SpanTable, documents: Ints) -> tuple[SpanTable, Ints]:
    """The spans of these documents one after another, with new document numbers, and their rows in the table."""
    low = np.searchsorted(table.document, documents)
    size = np.searchsorted(table.document, documents, side="right") - low
    row = np.arange(int(size.sum())) + np.repeat(low - (np.cumsum(size) - size), size)
    return replace(table.take(row), document=np.repeat(np.arange(len(documents)), size)), row
