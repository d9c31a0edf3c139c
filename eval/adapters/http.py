"""A service as an extractor: each document is sent to its address as JSON, and the answer is JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from ..running.extractor import CallError, Document, error_in
from .service import Service, check_address, headers_of

if TYPE_CHECKING:
    from .spec import Job


def http_extractor(
    rest: str, job: Job, *, timeout: float = 60.0, header_env: Mapping[str, str] | None = None
) -> HttpExtractor:
    """The service at an address. `header_env` has for each header the environment variable with its value."""
    check_address(rest, rest)
    return HttpExtractor(rest, Service(rest, headers_of(header_env, rest), timeout), job.batch)


class HttpExtractor:
    """Sends a document by POST, or in batches `{"documents": [...]}`, to which the answer is a list."""

    parallel = True

    def __init__(self, url: str, service: Service, batch: int) -> None:
        self._url, self._service, self._batch = url, service, batch
        self.secrets = service.secrets

    def extract(self, documents: Sequence[Document]) -> Sequence[object]:
        if self._batch == 1:
            return [self._answer(document) for document in documents]
        answers = self._answer({"documents": list(documents)})
        return cast("list[object]", answers) if isinstance(answers, list) else [answers]

    def _answer(self, sent: object) -> object:
        answer: Any = self._service.post(self._url, sent)
        if (error := error_in(answer)) is not None:
            raise CallError(self._service.clean(error), "error")
        return answer

    def identity(self) -> Mapping[str, str]:
        return {}

    def close(self) -> None:
        self._service.close()
