"""Ranks places of a gold set by the evidence against it: systems, their confidence, and the same words elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import log

from ...annotate.document import Span, overlapping
from ..gold.records import Gold, GoldDocument
from .names import Elsewhere, Name, Names, name_of

# Weights relative to a vote, chosen by hand on simulated errors (docs/suspects.md).
CONFIDENCE = SURFACE = 0.3
# The smallest probability used, so that doubt is finite: at most 13.8, which counts like 4.1 votes.
_LEAST = 1e-6

Version = frozenset[Span]
NOTHING: Version = frozenset()


@dataclass(frozen=True, slots=True)
class Answer:
    """The spans that a system marked in a document, with its confidence if it gave any."""

    entities: Version
    scores: Mapping[Span, float] = field(default_factory=dict[Span, float])


@dataclass(frozen=True, slots=True)
class System:
    """A system's answers by document id; documents without an answer are absent."""

    name: str
    answers: Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a document where the gold or a system marked spans that overlap, directly or through other spans.

    `gold` is the gold's version, `other` the most frequent version of systems that differ; `NOTHING` is a version too.
    `said_by` has every version with its systems. `annotators` is the number of people behind the gold's version.
    `confidence` is the smallest probability that a system gives to the gold's version, None without scores. `elsewhere`
    tells how the words are marked in other places. `suspicion` ranks places; it has no unit.
    """

    document: str
    start: int
    end: int
    gold: Version
    other: Version
    said_by: Mapping[Version, tuple[str, ...]]
    annotators: int
    confidence: float | None
    elsewhere: Elsewhere
    suspicion: float

    @property
    def systems(self) -> int:
        """The number of systems with an answer for this document."""
        return sum(map(len, self.said_by.values()))

    @property
    def against(self) -> int:
        """The number of systems with the other version; 0 if all agree with the gold."""
        return len(self.said_by.get(self.other, ())) if self.other != self.gold else 0

    @property
    def behind(self) -> int:
        """The number of systems that agree with the gold."""
        return len(self.said_by.get(self.gold, ()))


def suspicion(net: float, confidence: float | None = None, surface: float = 0.0) -> float:
    """The evidence against the gold, in votes: net votes, doubt from a model's confidence, the same words elsewhere."""
    doubt = -log(max(confidence, _LEAST)) if confidence is not None else 0.0
    return net + CONFIDENCE * doubt + SURFACE * surface


def ranked_places(gold: Gold, systems: Sequence[System]) -> list[Place]:
    """All places of documents that have an answer of a system, the most suspect first.

    suspicion = systems with the most frequent other version - systems with the gold's version - annotators behind the
    gold + 0.3 doubt + 0.3 surface. Doubt is -log of the smallest probability that a system gives to the gold's version
    (`score` of its spans). Surface is the log odds of other markings of the same words in the rest of the gold. The
    order of systems and documents changes nothing.
    """
    documents = gold.split("all")
    heard = [document for document in documents if any(document.article.id in s.answers for s in systems)]
    wanted = {
        name_of(document.article.text, span.start, span.end)
        for document in heard
        for system in systems
        if document.article.id in system.answers
        for span in system.answers[document.article.id].entities
    }
    names = Names(documents, wanted, proclitics=gold.labels.proclitics)
    places = [place for document in heard for place in _places(document, systems, names)]
    return sorted(places, key=lambda place: (-place.suspicion, place.document, place.start))


def _places(document: GoldDocument, systems: Sequence[System], names: Names) -> Iterator[Place]:
    name, text = document.article.id, document.article.text
    answers = {system.name: system.answers[name] for system in systems if name in system.answers}
    gold = frozenset(document.annotation.entities)
    for start, end in joined(gold.union(*(answer.entities for answer in answers.values()))):
        own, *versions = (inside(spans, start, end) for spans in (gold, *(a.entities for a in answers.values())))
        said_by: dict[Version, tuple[str, ...]] = {}
        for system, version in sorted(zip(answers, versions, strict=True)):
            said_by[version] = (*said_by.get(version, ()), system)
        # If versions have equally many systems, the order of their spans decides.
        others = sorted((v for v in said_by if v != own), key=lambda v: (-len(said_by[v]), sorted(v)))
        other = others[0] if others else own
        annotators = _annotators(document, own)
        chances = (_chance(answer, version, own) for answer, version in zip(answers.values(), versions, strict=True))
        confidence = min((chance for chance in chances if chance is not None), default=None)
        found = (names.elsewhere(*key) for key in _keys(own or other, own, text))
        elsewhere = max(found, key=lambda name: name.odds)
        net = len(said_by.get(other, ())) * (other != own) - len(said_by.get(own, ())) - annotators
        ranked = suspicion(net, confidence, elsewhere.odds)
        yield Place(name, start, end, own, other, said_by, annotators, confidence, elsewhere, ranked)


def joined(spans: Iterable[Span]) -> list[tuple[int, int]]:
    """Starts and ends of groups of spans that overlap, directly or through other spans."""
    places = overlapping(spans, lambda span: (span.start, span.end))
    return [(place[0].start, max(span.end for span in place)) for place in places]


def inside(spans: Iterable[Span], start: int, end: int) -> Version:
    return frozenset(span for span in spans if start <= span.start < end)


def _keys(shown: Version, gold: Version, text: str) -> Iterator[tuple[Name, str | None]]:
    """The names to look up elsewhere, with the gold's label; in a gap, the names of the other versions."""
    for span in shown:
        yield name_of(text, span.start, span.end), span.label if span in gold else None


def _annotators(document: GoldDocument, version: Version) -> int:
    """The number of people behind the gold's version: those of its weakest span; in a gap, all annotators of the text.

    An adjudicator counts as one more person.
    """
    if not version or not document.origins.entities:
        return len(document.annotators)
    origins = zip(document.annotation.entities, document.origins.entities, strict=True)
    return min(len(origin.annotators) + origin.adjudicated for span, origin in origins if span in version)


def _chance(answer: Answer, version: Version, gold: Version) -> float | None:
    """The probability that a system gives to the gold's version, from the scores of its spans; None without scores.

    It is the smallest of these: the scores of spans that it shares with the gold, and 1 - the score of each span that
    the gold does not have.
    """
    scores = [(span in gold, answer.scores[span]) for span in version if span in answer.scores]
    return min((score if same else 1 - score for same, score in scores), default=None)
