"""The interface that every extractor has for a run, whatever its kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias, cast

from ..gold.records import GoldDocument

# The input of an extractor: id, text, title, outlet, published, event_id, claims. It has no gold annotations.
Document: TypeAlias = dict[str, Any]


class Reply(NamedTuple):
    """An answer with its number of tokens, as language models give it."""

    answer: object
    tokens_in: int = 0
    tokens_out: int = 0


class Extractor(Protocol):
    """Answers documents. `extract` returns an answer for each document, in order; a Reply if tokens are counted.

    It raises CallError if a call fails, and any other error if its own code fails. If `parallel`, several threads may
    call it. `identity` has everything else that its answers depend on, besides name and settings, such as the hash of
    its code. `secrets` are texts that must not be written anywhere.
    """

    parallel: bool
    secrets: Sequence[str]

    def extract(self, documents: Sequence[Document]) -> Sequence[object]: ...
    def identity(self) -> Mapping[str, str]: ...
    def close(self) -> None: ...


class CallError(Exception):
    """A call that failed. `kind` is the same for similar failures; `again` says that another try may succeed.

    `wait` is the number of seconds that a server asked to wait.
    """

    def __init__(self, message: str, kind: str, *, again: bool = False, wait: float | None = None) -> None:
        super().__init__(message)
        self.kind, self.again, self.wait = kind, again, wait


def error_in(answer: object) -> str | None:
    """The error of a command or a service, from `{"error": ...}`; None if this is an answer."""
    if isinstance(answer, dict):
        fields = cast("dict[str, Any]", answer)
        if fields.keys() <= {"id", "error"} and "error" in fields:
            return str(fields["error"])
    return None


def given_document(document: GoldDocument) -> Document:
    """The document as input of an extractor. It is new for each call, since an extractor may change it."""
    article = document.article
    return {
        "id": article.id,
        "text": article.text,
        "title": article.title,
        "outlet": article.outlet,
        "published": article.published,
        "event_id": article.event_id,
        "claims": [{"id": claim.id, "text": claim.text} for claim in document.claims],
    }
