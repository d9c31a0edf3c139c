"""The gold set: its documents, the work that was set aside, and its provenance."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...annotate.document import Annotation, Article, Claim, EventClaim
from ...configs.errors import InputError
from ...configs.folders import FolderKind
from ...configs.labels import LabelSet
from ...configs.spool import Chained

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GOLD_FILE = "gold.json"
SET_ASIDE_FILE = "set_aside.jsonl"
SPLITS = ("train", "validation", "test")
# Versions before 0.2 kept no list of files.
GOLD_FOLDER = FolderKind(
    "gold dataset",
    GOLD_FILE,
    re.compile(
        r"README\.md|gold\.json|set_aside\.jsonl|corpus\.json|(documents|tokens|stance)"
        r"(/(train|validation|test)-\d{5}-of-\d{5}\.parquet)?"
    ),
)
ALL = "all"
# The layers in which an older scheme may lack labels.
LACKING = ("entities", "claim_stances", "article_stances")
# The Hub's words for the creators of annotations.
CREATORS = ("expert-generated", "crowdsourced", "machine-generated", "found", "other")


@dataclass(frozen=True, slots=True)
class Origin:
    """The origin of one piece of gold: the annotators who gave it, and whether an adjudicator decided it."""

    annotators: tuple[str, ...] = ()
    adjudicated: bool = False


@dataclass(frozen=True, slots=True)
class Origins:
    """The Origin of every entity and claim of a gold Annotation, in its order, and of every stance by claim id.

    Empty if unknown, as in a corpus that somebody else made.
    """

    entities: tuple[Origin, ...] = ()
    claims: tuple[Origin, ...] = ()
    stances: Mapping[str, Origin] = field(default_factory=dict[str, Origin])

    @property
    def every(self) -> tuple[Origin, ...]:
        """The origins of all entities, claims and stances."""
        return (*self.entities, *self.claims, *self.stances.values())


@dataclass(frozen=True, slots=True)
class Older:
    """Marks a document that was annotated under an older scheme than the scheme of its gold set.

    `schemes` are the ids of that scheme and of those that it was migrated to since, without the gold set's own. The
    other fields are labels and stances of the gold set's scheme that annotators did not have, or had only in part. If
    they had no claims, CLAIM is among the labels of entities.
    """

    schemes: tuple[str, ...]
    entities: tuple[str, ...] = ()
    claim_stances: tuple[str, ...] = ()
    article_stances: tuple[str, ...] = ()

    def lacking(self, layer: str) -> tuple[str, ...]:
        """The labels of a layer that annotators did not have."""
        return getattr(self, layer)

    def __bool__(self) -> bool:
        """Whether annotators lacked any label."""
        return bool(self.entities or self.claim_stances or self.article_stances)


@dataclass(frozen=True, slots=True)
class GoldDocument:
    """One article of a gold set: its text, its event's claims, the gold annotation and its origins.

    `preannotated_by` names the model whose suggestions the annotators saw, None if they saw none. `older` is set if
    they worked under an older scheme.
    """

    article: Article
    claims: tuple[EventClaim, ...]
    annotation: Annotation
    annotators: tuple[str, ...] = ()
    preannotated_by: str | None = None
    origins: Origins = Origins()
    older: Older | None = None

    def _repr_html_(self) -> str:
        """The view in a notebook."""
        from ..pages.notebook import document_html

        return document_html(self)

    def figure(self) -> Figure:
        """A figure for a paper, see `document_figure`. Raises InputError if matplotlib is not installed."""
        from ..pages.figures import document_figure

        return document_figure(self)


@dataclass(frozen=True, slots=True)
class SetAside:
    """A piece of the annotators' work that is not in the gold set, with the reason.

    `annotators` are its authors, if it has any. `undecided` means that annotators differ and the policy did not
    decide: an adjudicator can.
    """

    article_id: str
    annotators: tuple[str, ...]
    what: str
    reason: str
    undecided: bool = False


@dataclass(frozen=True, slots=True)
class OwnersWord:
    """Facts that only the owner of the data knows: who annotated, and the licence.

    `creators` are from CREATORS; `note` describes them in a sentence. `licence` is one of
    the Hub's identifiers, such as cc-by-4.0.
    """

    creators: tuple[str, ...] = ()
    note: str | None = None
    licence: str | None = None

    def __post_init__(self) -> None:
        unknown = [creator for creator in self.creators if creator not in CREATORS]
        if unknown:
            raise InputError(f"--annotators {', '.join(unknown)}: must be among {', '.join(CREATORS)}")


@dataclass(frozen=True, slots=True)
class Provenance:
    """The provenance of a gold set, for its card. No score depends on it.

    `policy` describes the policy in words, None if nothing was merged. `agreement` is strict F1 between
    annotators before merging, by task. `near_copies` are sets of ids of documents with one text. `notes` are
    warnings about the splits and the annotators' work. `guidelines` has the SHA-256 of the guidelines, by language.
    `corpus` names the corpus that the gold was read from, None if it was merged from annotators' work.
    """

    policy: str | None = None
    agreement: Mapping[str, float | None] = field(default_factory=dict[str, "float | None"])
    split_rule: str = ""
    near_copies: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()
    guidelines: Mapping[str, str] = field(default_factory=dict[str, str])
    owner: OwnersWord = OwnersWord()
    corpus: str | None = None


# Without slots: they would leave no place for the cached content hash.
@dataclass(frozen=True)
class Gold:
    """A gold set in memory, made or read. `labels` are in scheme order; `path` is the folder it was read from."""

    name: str
    version: str
    labels: LabelSet
    splits: Mapping[str, Sequence[GoldDocument]]
    set_aside: Sequence[SetAside] = ()
    provenance: Provenance = Provenance()
    path: Path | None = None

    def __post_init__(self) -> None:
        unknown = [split for split in self.splits if split not in SPLITS]
        if unknown:
            raise InputError(f"{self.where}: there is no split {', '.join(unknown)}; there are {', '.join(SPLITS)}")

    @property
    def where(self) -> str:
        """The gold set's name in a message: its folder, or else its name and version."""
        return f"{self.name}@{self.version}" if self.path is None else str(self.path)

    @property
    def title(self) -> str:
        """Name, version and content, in the form of a signature: `news@1.0#1a2b3c4d`."""
        return f"{self.name}@{self.version}#{self.content_hash[:8]}"

    def split(self, name: str) -> Sequence[GoldDocument]:
        """The documents of one split, or of `all`. Raises InputError if that has none."""
        filled = {split: documents for split, documents in self.splits.items() if documents}
        if name == ALL:
            return Chained([*filled.values()])
        if name not in filled:
            raise InputError(f"{self.where}: has no split {name}; it has {', '.join((*filled, ALL))}")
        return filled[name]

    def documents(self) -> dict[str, GoldDocument]:
        """Every document by its article's id."""
        return {document.article.id: document for document in self.split(ALL)}

    def walk(self) -> Iterator[tuple[str, GoldDocument]]:
        """Pairs of split and document, for every document. Afterwards counts and content hash are known."""
        sums = _Sums(self.labels)
        for split, documents in sorted(self.splits.items()):
            sums.begin(split)
            for document in documents:
                sums.add(document)
                yield split, document
        if not sums.in_order:
            sums.digest = _digest_of(self.labels)
            for split, documents in sorted(self.splits.items()):
                ids = [document.article.id for document in documents]
                for place in sorted(range(len(ids)), key=ids.__getitem__):
                    sums.digest.update(_line_of(split, documents[place], self.labels))
        self.__dict__["_sums"] = sums

    @cached_property
    def _sums(self) -> _Sums:
        for _ in self.walk():
            pass
        return self.__dict__["_sums"]

    @cached_property
    def counts(self) -> dict[str, int]:
        """The numbers of documents, events and annotations by layer."""
        sums = self._sums
        return {
            "documents": sums.numbers["documents"],
            "events": len(sums.events),
            "entities": sums.numbers["entities"],
            "claims": sums.numbers["claims"],
            **({"about": sums.numbers["about"]} if sums.numbers["about"] else {}),
            "stances": sums.numbers["stances"],
            "adjudicated": sums.numbers["adjudicated"],
            "set_aside": len(self.set_aside),
            "undecided": sum(aside.undecided for aside in self.set_aside),
        }

    @property
    def content_hash(self) -> str:
        """Hex digest of everything that can change a score. The order of documents and annotations does not matter.

        Included: ids and splits of documents, texts, events (intervals are over events), entities, claims with stance,
        sources and what they are about, events' claims, article stances, the label sets, and which labels annotators
        lacked. Not included: name, version, counts, the card, titles, outlets, dates, notes, and the annotators of each
        piece.
        """
        return self._sums.digest.hexdigest()


class _Sums:
    """Counts documents that come one by one, and computes the hash of their content if they come in order of id."""

    def __init__(self, labels: LabelSet) -> None:
        self.numbers: Counter[str] = Counter()
        self.events: set[str] = set()
        self.digest = _digest_of(labels)
        self.in_order = True
        self._labels, self._split, self._last = labels, "", ""

    def begin(self, split: str) -> None:
        self._split, self._last = split, ""

    def add(self, document: GoldDocument) -> None:
        article, annotation, numbers = document.article, document.annotation, self.numbers
        numbers["documents"] += 1
        numbers["entities"] += len(annotation.entities)
        numbers["claims"] += len(annotation.claims)
        numbers["about"] += sum(claim.about is not None for claim in annotation.claims)
        numbers["stances"] += len(annotation.stances)
        numbers["adjudicated"] += sum(origin.adjudicated for origin in document.origins.every)
        if article.event_id:
            self.events.add(article.event_id)
        self.in_order = self.in_order and self._last <= article.id
        self._last = article.id
        if self.in_order:
            self.digest.update(_line_of(self._split, document, self._labels))


def _digest_of(labels: LabelSet) -> Any:
    """The state of the hash before the first document."""
    names = [labels.entity_labels, labels.claim_stances, labels.article_stances]
    digest = hashlib.sha256(json.dumps([list(each) for each in names], ensure_ascii=False).encode("utf-8"))
    if not labels.proclitics:  # then there are no clitic-tolerant scores
        digest.update(b"\nno proclitics")
    return digest


def _line_of(split: str, document: GoldDocument, labels: LabelSet) -> bytes:
    content = _content(split, document, bool(labels.article_stances))
    return b"\n" + json.dumps(content, ensure_ascii=False).encode("utf-8")


def _of_claim(claim: Claim) -> list[object]:
    sources = sorted([s.start, s.end, s.label] for s in claim.sources)
    # Only added if present, so that gold without such answers keeps its earlier hash.
    return [claim.start, claim.end, claim.stance or "", sources, *filter(None, [claim.about])]


def _content(split: str, document: GoldDocument, with_stances: bool) -> Sequence[object]:
    """The parts of a document that can change a score, sorted. Claims of events count if claims may be about them."""
    article, annotation, older = document.article, document.annotation, document.older
    speaks = with_stances or any(claim.about for claim in annotation.claims)
    content: list[object] = [
        [split, article.id, article.event_id, article.text_sha256],
        sorted([s.start, s.end, s.label] for s in annotation.entities),
        sorted(map(_of_claim, annotation.claims)),
        sorted([claim.id, claim.text] for claim in document.claims if speaks),
        sorted(annotation.stances.items()),
    ]
    # Only added if present, so that documents that were never under an older scheme keep their earlier hash.
    return [*content, [sorted(older.lacking(layer)) for layer in LACKING]] if older else content
