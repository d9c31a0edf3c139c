"""Labels by name: the part of a scheme that a gold set and readers of annotations need."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from .languages import ARABIC


class LabelSet(Protocol):
    """What a gold set needs to know of its labels, in their order. A Scheme has it, and so do CorpusLabels."""

    @property
    def name(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def entity_labels(self) -> Collection[str]: ...
    @property
    def claim_stances(self) -> Collection[str]: ...
    @property
    def article_stances(self) -> Collection[str]: ...
    @property
    def has_claims(self) -> bool: ...
    @property
    def language(self) -> str: ...
    @property
    def proclitics(self) -> bool: ...
    @property
    def nesting(self) -> str: ...


# The layers that a scheme may have. The columns of a gold dataset have the same names.
EVERY_LAYER = ENTITIES, CLAIMS, STANCES = "entities", "claims", "stances"
# The layers' names in messages.
LAYER_WORD = {ENTITIES: "entity", CLAIMS: "claim", STANCES: "article stance"}
LAYER_WORDS = {ENTITIES: "entities", CLAIMS: "claims", STANCES: "article stances"}


def layers(labels: LabelSet) -> tuple[str, ...]:
    """The layers of a scheme, in this order: entities, claims, stances of articles."""
    there = {
        ENTITIES: bool(labels.entity_labels),
        CLAIMS: labels.has_claims,
        STANCES: bool(labels.article_stances),
    }
    return tuple(layer for layer, is_there in there.items() if is_there)


@dataclass(frozen=True, slots=True)
class CorpusLabels:
    """Labels by name alone, without definitions: of a corpus from elsewhere, or of a gold set that was read.

    The defaults are those of a file that does not name its language: Arabic, with claims.
    """

    name: str
    id: str
    entity_labels: tuple[str, ...]
    claim_stances: tuple[str, ...]
    article_stances: tuple[str, ...]
    has_claims: bool = True
    language: str = ARABIC
    proclitics: bool = True
    nesting: str = "flat"


class LabelMapping(Protocol):
    """The names of entity labels in another label set; None if it has no such label. A scheme's `Mapping` is one."""

    @property
    def labels(self) -> Sequence[str]: ...
    @property
    def to(self) -> Mapping[str, str | None]: ...


class NamedMapping(NamedTuple):
    """A mapping with its name, and its scheme by id and hash; the scheme is None if it is not known."""

    name: str
    mapping: LabelMapping
    scheme: str | None = None

    @property
    def title(self) -> str:
        """Name, content and scheme, in the form of a signature: `wojood#1a2b3c4d(news@1.0#5e6f7a8b)`."""
        content = json.dumps([sorted(self.mapping.labels), sorted(self.mapping.to.items())], ensure_ascii=False)
        digest = hashlib.sha256(content.encode("utf-8")).hexdigest()[:8]
        return f"{self.name}#{digest}" + (f"({self.scheme})" if self.scheme else "")
