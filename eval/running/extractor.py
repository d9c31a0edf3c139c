"""What every extractor is to a run, however it is reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias, cast

from ..gold.records import GoldDocument

# What an extractor is given: id, text, title, outlet, published, event_id, claims. Nothing of the gold annotations.
Document: TypeAlias = dict[str, Any]


class Reply(NamedTuple):
    """An answer that counts its tokens, as language models do."""

    answer: object
    tokens_in: int = 0
    tokens_out: int = 0


class Extractor(Protocol):
    """Answers documents. `extract` gives one answer for each, in their order; a Reply if tokens are counted.

    It raises CallError if a call fails, and any other error if its own code does. `parallel` says that several threads
    may call it. `identity` is what its answers depend on besides its name and settings: the hash of its code, say.
    `secrets` are texts that must not be written anywhere.
    """

    parallel: bool
    secrets: Sequence[str]

    def extract(self, documents: Sequence[Document]) -> Sequence[object]: ...
    def identity(self) -> Mapping[str, str]: ...
    def close(self) -> None: ...


class CallError(Exception):
    """A call that failed. `kind` is the same for failures alike; `again` says that another try may succeed.

    `wait` is how many seconds a server asked to wait.
    """

    def __init__(self, message: str, kind: str, *, again: bool = False, wait: float | None = None) -> None:
        super().__init__(message)
        self.kind, self.again, self.wait = kind, again, wait


def error_in(answer: object) -> str | None:
    """What a command or a service says of its failure, `{"error": ...}`; None if this is an answer."""
    if isinstance(answer, dict):
        fields = cast("dict[str, Any]", answer)
        if fields.keys() <= {"id", "error"} and "error" in fields:
            return str(fields["error"])
    return None


def given_document(document: GoldDocument) -> Document:
    """The document as an extractor is given it; a new one for each call, since an extractor may write into it."""
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
