"""A service as an extractor: each document is sent to its address as JSON, and the answer is JSON."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from ...annotate.label_studio.address import is_loopback
from ...configs.errors import InputError
from ..running.extractor import CallError, Document, error_in

if TYPE_CHECKING:
    import httpx

    from .spec import Job

# A longer answer is no answer about one document.
_MOST_BYTES = 64 << 20


def http_extractor(
    rest: str, job: Job, *, timeout: float = 60.0, header_env: Mapping[str, str] | None = None
) -> HttpExtractor:
    """The service at an address. `header_env` has headers whose values are in the environment, under these names."""
    address = urlsplit(rest)
    if not address.hostname:
        raise InputError(f"extractor {rest}: is no address such as http://127.0.0.1:8000/extract")
    if address.username is not None or address.password is not None:
        shown = f"{address.scheme}://{address.hostname}"
        raise InputError(
            f"extractor {shown}: has a password, which others could see; give --set header_env.Authorization=NAME, "
            "and the header's value in the environment variable NAME"
        )
    headers: dict[str, str] = {}
    for header, name in (header_env or {}).items():
        value = os.environ.get(name)
        if not value:
            raise InputError(f"extractor {rest}: --set header_env.{header}={name}: the environment has no {name}")
        headers[header] = value
    return HttpExtractor(rest, headers, timeout, job.batch)


class HttpExtractor:
    """POST of a document, or of `{"documents": [...]}` in batches, which is answered by a list."""

    parallel = True

    def __init__(self, url: str, headers: Mapping[str, str], timeout: float, batch: int) -> None:
        import httpx

        self._url, self._batch, self._timeout = url, batch, timeout
        # The words behind "Bearer" are a secret too, without it.
        self.secrets: Sequence[str] = sorted(
            {part for value in headers.values() for part in (value, value.rpartition(" ")[2])}, key=len, reverse=True
        )
        try:
            self._client = httpx.Client(
                headers=dict(headers),
                timeout=timeout,
                follow_redirects=False,
                trust_env=not is_loopback(urlsplit(url).hostname or ""),
            )
        except (ValueError, UnicodeError):
            raise InputError(f"extractor {url}: a header's value has characters that no header may have") from None

    def extract(self, documents: Sequence[Document]) -> Sequence[object]:
        if self._batch == 1:
            return [self._answer(document) for document in documents]
        answers = self._answer({"documents": list(documents)})
        return cast("list[object]", answers) if isinstance(answers, list) else [answers]

    def _answer(self, sent: object) -> object:
        import httpx

        try:
            with self._client.stream("POST", self._url, json=sent) as response:
                body = self._body(response)
        except httpx.TimeoutException:
            raise CallError(f"no answer within {self._timeout:g} seconds", "time-out", again=True) from None
        except httpx.HTTPError as error:
            raise CallError(self._clean(f"{error or type(error).__name__}"), type(error).__name__, again=True) from None
        except (httpx.InvalidURL, UnicodeError) as error:
            raise CallError(self._clean(str(error)), "address") from None
        status = response.status_code
        if not response.is_success:
            again = status in (408, 425, 429) or status >= 500
            said = self._clean(body.decode("utf-8", "replace"))
            wait = _seconds(response.headers.get("retry-after"))
            raise CallError(f"HTTP {status}: {said:.200}", f"HTTP {status}", again=again, wait=wait)
        try:
            answer: Any = httpx.Response(200, content=body).json()
        except ValueError:
            said = self._clean(body.decode("utf-8", "replace"))
            raise CallError(f"the service answered with what is no JSON: {said:.80}", "no JSON") from None
        if (said := error_in(answer)) is not None:
            raise CallError(self._clean(said), "error")
        return cast("object", answer)

    def _body(self, response: httpx.Response) -> bytes:
        body = bytearray()
        for part in response.iter_bytes():
            body += part
            if len(body) > _MOST_BYTES:
                raise CallError("the answer is longer than 64 MiB", "too long")
        return bytes(body)

    def _clean(self, words: str) -> str:
        """On one line, and without secrets: a service may repeat what it was sent."""
        for secret in self.secrets:
            words = words.replace(secret, "[secret]")
        return " ".join(words.split())

    def identity(self) -> Mapping[str, str]:
        return {}

    def close(self) -> None:
        self._client.close()


def _seconds(retry_after: str | None) -> float | None:
    """The seconds of a Retry-After header; a date is not looked at."""
    return float(retry_after) if retry_after and re.fullmatch(r"[0-9]{1,6}", retry_after) else None
