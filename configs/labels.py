"""Labels by name: what a gold set and whoever reads annotations need to know of a scheme."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol


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


class LabelMapping(Protocol):
    """How entity labels are called in another label set, None where that has none: a scheme's `Mapping` is one."""

    @property
    def labels(self) -> Sequence[str]: ...
    @property
    def to(self) -> Mapping[str, str | None]: ...


class NamedMapping(NamedTuple):
    """A mapping with its name, and the scheme that has it, by id and hash; None if nobody said which."""

    name: str
    mapping: LabelMapping
    scheme: str | None = None

    @property
    def title(self) -> str:
        """Name, content and scheme, as a signature has them: `wojood#1a2b3c4d(news@1.0#5e6f7a8b)`."""
        content = json.dumps([sorted(self.mapping.labels), sorted(self.mapping.to.items())], ensure_ascii=False)
        digest = hashlib.sha256(content.encode("utf-8")).hexdigest()[:8]
        return f"{self.name}#{digest}" + (f"({self.scheme})" if self.scheme else "")
