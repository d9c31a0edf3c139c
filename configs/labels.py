"""Labels by name: what a gold set and whoever reads annotations need to know of a scheme."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol


class LabelSet(Protocol):
    """What a gold set needs to know of its labels, in their order: a Scheme is one, and so are CorpusLabels."""

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


@dataclass(frozen=True, slots=True)
class CorpusLabels:
    """Labels by name alone, without definitions: of somebody else's corpus, or of a gold set that was read."""

    name: str
    id: str
    entity_labels: tuple[str, ...]
    claim_stances: tuple[str, ...]
    article_stances: tuple[str, ...]
