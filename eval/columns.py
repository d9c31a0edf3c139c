"""The content of a file about many documents, in columns. Arrow reads it without a Python object for each span."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..annotate.document import Annotation
from ..annotate.placing.mentions import NOWHERE
from ..annotate.predictions import Prediction
from .spans import Ints, SpanTable


@dataclass(frozen=True, slots=True)
class Columns:
    """One file's documents. `tasks` are the tasks that it mentions: entities, claims, stances.

    `entities.document` and `claims.document` are positions in `ids`. `entities.label` is a position in
    `entity_labels`; `claims.label` is a position in `claim_stances`, or -1 for a claim without stance. `sources` are
    spans whose `document` is a position in `claims`. A mention without a place has start = end < 0. `stances` has for
    each document its stances by claim id. `events`, `outlets`, `texts` and `preannotated_by` are None if the file
    lacks them. `models` are the names of the extractors. `policy` has the parts of the signature that say how places
    were found, none for plain offsets. `mentions` has the tier and the words of entities that came without offsets, by
    document id, start, end and label. `surfaces` are the words that the file gives for spans, as Arrow columns, until
    they are checked against texts. `about` has for each claim a position in `event_claims`, or -1 if it is about none.
    """

    ids: Sequence[str]
    tasks: frozenset[str]
    entities: SpanTable
    entity_labels: tuple[str, ...]
    claims: SpanTable
    claim_stances: tuple[str, ...]
    sources: SpanTable
    stances: Sequence[Mapping[str, str]]
    events: Sequence[str | None] | None = None
    outlets: Sequence[str | None] | None = None
    texts: Sequence[str] | None = None
    notes: tuple[str, ...] = ()
    models: frozenset[str] = frozenset()
    preannotated_by: Sequence[str | None] | None = None
    policy: tuple[str, ...] = ()
    mentions: Mapping[tuple[str, int, int, str], tuple[str, str]] = field(
        default_factory=dict[tuple[str, int, int, str], tuple[str, str]]
    )
    surfaces: Mapping[str, Any] = field(default_factory=dict[str, Any])
    about: Ints = field(default_factory=lambda: np.empty(0, np.int32))  # if empty, no claim names an event's claim
    event_claims: tuple[str, ...] = ()

    @property
    def claims_about(self) -> SpanTable:
        """The claims, each with the event's claim that it is about as its label."""
        return replace(self.claims, label=self.about if len(self.about) else np.full_like(self.claims.label, -1))

    def abouts(self) -> Iterator[tuple[int, str]]:
        """For each claim that is about a claim of its event: the position of the document, and the event's claim."""
        for n in np.flatnonzero(self.about >= 0).tolist():
            yield int(self.claims.document[n]), self.event_claims[self.about[n]]

    def only(self, documents: Ints) -> Columns:
        """The columns of these documents (positions) only, in this order."""
        at = np.full(len(self.ids), -1)
        at[documents] = np.arange(len(documents))
        claim = np.flatnonzero(at[self.claims.document] >= 0)
        claim_at = np.full(len(self.claims), -1)
        claim_at[claim] = np.arange(len(claim))
        chosen = documents.tolist()

        def pick(values: Sequence[Any] | None) -> list[Any] | None:
            return None if values is None else [values[n] for n in chosen]

        return replace(
            self,
            ids=[self.ids[n] for n in chosen],
            entities=moved(self.entities, at),
            claims=moved(self.claims, at),
            about=moved(self.claims_about, at).label,
            sources=moved(self.sources, claim_at),
            stances=[self.stances[n] for n in chosen],
            events=pick(self.events),
            outlets=pick(self.outlets),
            texts=pick(self.texts),
            preannotated_by=pick(self.preannotated_by),
            surfaces={},
        )

    def digest(self) -> str:
        """Hex digest of everything that a score depends on. The numbering of labels does not matter."""
        facts = (list(self.ids), sorted(self.tasks), list(self.stances), self.events, self.texts)
        digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
        tables = [(self.entities, self.entity_labels), (self.claims, self.claim_stances), (self.sources, ("",))]
        if (self.about >= 0).any():
            tables.append((self.claims_about, self.event_claims))
        for table, names in tables:
            used = sorted((names[n], n) for n in np.unique(table.label).tolist() if n >= 0)
            number = np.full(len(names) + 1, -1)  # the last is for -1: no label
            number[[n for _, n in used]] = np.arange(len(used))
            digest.update(json.dumps([name for name, _ in used]).encode())
            for values in (table.document, table.start, table.end, number[table.label]):
                digest.update(values.astype("<i8").tobytes())
        return digest.hexdigest()

    def spans(self) -> Iterator[tuple[str, SpanTable]]:
        """Entities, claims and sources, each with document positions."""
        yield "entities", self.entities
        yield "claims", self.claims
        yield "sources", replace(self.sources, document=self.claims.document[self.sources.document])

    def fit(self, texts: Sequence[str]) -> bool:
        """Whether all spans are inside the documents' texts, and the words there equal the words in the file."""
        length = np.array([len(text) for text in texts])
        for name, spans in self.spans():
            if (spans.end > length[spans.document]).any():
                return False
            words = self.surfaces[name].to_pylist() if name in self.surfaces else ()
            where = zip(words, spans.document.tolist(), spans.start.tolist(), spans.end.tolist(), strict=False)
            if any(word is not None and texts[n][start:end] != word for word, n, start, end in where):
                return False
        return True


def moved(table: SpanTable, at: Ints) -> SpanTable:
    """The spans with document numbers replaced by those in `at`. Spans with -1 there are left out."""
    if (at == np.arange(len(at))).all():  # true for most pairs of files
        return table
    document = at[table.document]
    table = SpanTable(document, table.start, table.end, table.label)
    return table if (document >= 0).all() else table.take(document >= 0)


def columns_of(documents: Iterable[Annotation | Prediction], tasks: Iterable[str]) -> Columns:
    """Columns from Annotations or Predictions, one by one."""
    listed = list(documents)
    labels = _Codes()
    stances = _Codes()
    event_claims = _Codes()
    about: list[int] = []
    entities: list[tuple[int, int, int, int]] = []
    claims: list[tuple[int, int, int, int]] = []
    sources: list[tuple[int, int, int, int]] = []
    mentions: dict[tuple[str, int, int, str], tuple[str, str]] = {}
    for n, document in enumerate(listed):
        entities += ((n, span.start, span.end, labels.code(span.label)) for span in document.entities)
        if isinstance(document, Prediction):
            # A mention without a place gets an offset before the text: it overlaps no span and no other such mention.
            entities += ((n, -1 - k, -1 - k, labels.code(word.label)) for k, word in enumerate(document.unplaced))
            mentions |= {
                (document.id, place.start, place.end, place.label): tier_and_words
                for place, tier_and_words in document.account.entities.items()
            }
            mentions |= {
                (document.id, -1 - k, -1 - k, m.label): (NOWHERE, m.text) for k, m in enumerate(document.unplaced)
            }
            sources += ((len(claims) + at, -1 - k, -1 - k, 0) for k, at in enumerate(document.unplaced_sources))
        for claim in document.claims:
            sources += ((len(claims), source.start, source.end, 0) for source in claim.sources)
            claims.append((n, claim.start, claim.end, stances.code(claim.stance)))
            about.append(event_claims.code(claim.about))
        for k, lost in enumerate(document.unplaced_claims if isinstance(document, Prediction) else ()):
            sources += ((len(claims), -1 - j, -1 - j, 0) for j in range(lost.sources))
            claims.append((n, -1 - k, -1 - k, stances.code(lost.stance)))
            about.append(event_claims.code(lost.about))
    predictions = [d for d in listed if isinstance(d, Prediction)]
    texts = [d.text for d in predictions if d.text is not None]
    return Columns(
        [d.id if isinstance(d, Prediction) else d.article_id for d in listed],
        frozenset(tasks),
        SpanTable.of(entities),
        tuple(labels),
        SpanTable.of(claims),
        tuple(stances),
        SpanTable.of(sources),
        [document.stances for document in listed],
        [d.event_id for d in predictions] if any(d.event_id for d in predictions) else None,
        [d.outlet for d in predictions] if any(d.outlet for d in predictions) else None,
        texts if listed and len(texts) == len(listed) else None,
        models=frozenset(d.model for d in predictions if d.model),
        mentions=mentions,
        about=np.array(about, np.int32),
        event_claims=tuple(event_claims),
    )


class _Codes(dict[str, int]):
    """Numbers names in the order of first use."""

    def code(self, name: str | None) -> int:
        return -1 if name is None else self.setdefault(name, len(self))


def positions(names: Iterable[str], among: Sequence[str]) -> Ints:
    """The position of each name in `among`, -1 if it is not there."""
    if names == among:  # true for most pairs of files on the same documents
        return np.arange(len(among), dtype=np.int32)
    at = {name: n for n, name in enumerate(among)}
    return np.array([at.get(name, -1) for name in names], dtype=np.int32)
