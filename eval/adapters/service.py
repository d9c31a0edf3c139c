"""JSON services over HTTP: the common part of all adapters that call one."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlsplit

from ...annotate.label_studio.address import is_loopback
from ...configs.errors import InputError
from ..running.extractor import CallError

if TYPE_CHECKING:
    import httpx

# No answer about a few documents is longer.
_MOST_BYTES = 64 << 20
# Words in the name of a parameter whose value is a secret: api_key, X-Amz-Signature, accessToken.
_SECRET = {
    "key",
    "apikey",
    "token",
    "secret",
    "password",
    "pwd",
    "auth",
    "authorization",
    "credential",
    "signature",
    "sig",
}


def check_address(url: str, who: str) -> None:
    """Raises InputError if this is not an address, or contains a password."""
    try:
        address = urlsplit(url)
        known = address.hostname and address.port != 0
    except ValueError:
        known, address = False, urlsplit("")
    if not known:
        shown = "an address with @" if "@" in url else who  # which may hold a password
        raise InputError(f"extractor {shown}: is not an address such as http://127.0.0.1:8000/extract")
    if secret := next(filter(_is_secret, (name for name, _ in parse_qsl(address.query))), None):
        raise InputError(
            f"extractor {address.scheme}://{address.hostname}: has a secret ({secret}), which others could see, and "
            "which the run would keep; give --set header_env.HEADER=NAME (llm: key_env=NAME), and the value in the "
            "environment under NAME"
        )
    if address.username is not None or address.password is not None:
        raise InputError(
            f"extractor {address.scheme}://{address.hostname}: has a password, which others could see; give "
            "--set header_env.Authorization=NAME, and the header's value in the environment variable NAME"
        )


def _is_secret(name: str) -> bool:
    """Whether the value of a parameter of this name is a secret."""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)
    return not _SECRET.isdisjoint(word.lower() for word in words)


def _origin(url: str) -> str:
    """The address without its path, since the path may contain a key."""
    address = urlsplit(url)
    return f"{address.scheme}://{address.netloc}"


def headers_of(header_env: Mapping[str, str] | None, who: str) -> dict[str, str]:
    """Headers with values from these environment variables. Raises InputError for variables that do not exist."""
    return {header: value_of(name, who, f"header_env.{header}") for header, name in (header_env or {}).items()}


def value_of(name: str, who: str, key: str) -> str:
    """The value of this environment variable, which the setting `key` named."""
    value = os.environ.get(name)
    if not value:
        raise InputError(f"extractor {who}: --set {key}={name}: the environment has no {name}")
    return value


class Service:
    """Calls of one service. `secrets` are the values of its headers; they are taken out of all messages.

    Each thread has a client of its own, since a request that takes too long is ended by closing its connections.
    """

    def __init__(self, url: str, headers: Mapping[str, str], timeout: float) -> None:
        import httpx

        self._timeout = timeout
        # The part after "Bearer" alone is a secret too.
        self.secrets: Sequence[str] = sorted(
            {part for value in headers.values() for part in (value, value.rpartition(" ")[2])}, key=len, reverse=True
        )
        self._url = url
        try:
            self._headers = httpx.Headers(dict(headers))
        except (ValueError, UnicodeError):
            raise InputError(f"extractor {url}: a header's value has characters that no header may have") from None
        self._of_thread = threading.local()
        self._clients: list[httpx.Client] = []

    def _client(self) -> httpx.Client:
        client: httpx.Client | None = getattr(self._of_thread, "client", None)
        if client is None:
            import httpx

            from ...annotate.label_studio.bounds import PromptTransport
            from ...annotate.label_studio.transport import plain_network

            transport = PromptTransport(plain_network(self._url, not is_loopback(urlsplit(self._url).hostname or "")))
            client = httpx.Client(
                headers=self._headers,
                timeout=self._timeout,
                follow_redirects=False,
                trust_env=False,
                transport=transport,
            )
            self._of_thread.client = client
            self._clients.append(client)
        return client

    def post(self, url: str, sent: object) -> Any:
        """The JSON answer to a POST of JSON. Raises CallError if there is none."""
        import httpx

        from ...annotate.label_studio.bounds import UnusableAnswerError

        begin = time.monotonic()
        try:
            with self._client().stream("POST", url, json=sent) as response:
                body = self._body(response, begin + self._timeout)
        except (httpx.TimeoutException, UnusableAnswerError):
            raise CallError(f"no answer within {self._timeout:g} seconds", "time-out", again=True) from None
        except httpx.ConnectError as error:
            message = (
                f"{_origin(url)} cannot be reached ({error or type(error).__name__}); is the service running there?"
            )
            raise CallError(self.clean(message), type(error).__name__, again=True) from None
        except httpx.HTTPError as error:
            raise CallError(self.clean(f"{error or type(error).__name__}"), type(error).__name__, again=True) from None
        except (httpx.InvalidURL, UnicodeError) as error:
            raise CallError(self.clean(str(error)), "address") from None
        status = response.status_code
        if not response.is_success:
            again = status in (408, 425, 429) or status >= 500
            text = self.clean(body.decode("utf-8", "replace"))
            wait = _seconds(response.headers.get("retry-after"))
            raise CallError(f"HTTP {status}: {text:.200}", f"HTTP {status}", again=again, wait=wait)
        try:
            return cast("object", httpx.Response(200, content=body).json())
        except (ValueError, RecursionError):
            text = self.clean(body.decode("utf-8", "replace"))
            raise CallError(f"the service's answer is not JSON: {text:.80}", "no JSON") from None

    def _body(self, response: httpx.Response, end: float) -> bytes:
        """The answer's body. httpx would wait anew for each byte."""
        body = bytearray()
        for part in response.iter_bytes():
            body += part
            if time.monotonic() > end:
                raise CallError(f"no whole answer within {self._timeout:g} seconds", "time-out", again=True)
            if len(body) > _MOST_BYTES:
                raise CallError("the answer is longer than 64 MiB", "too long")
        return bytes(body)

    def clean(self, words: str) -> str:
        """The text on one line and without secrets, since a service may repeat what it was sent."""
        for secret in self.secrets:
            words = words.replace(secret, "[secret]")
        return " ".join(words.split())

    def close(self) -> None:
        for client in self._clients:
            client.close()


def _seconds(retry_after: str | None) -> float | None:
    """The seconds of a Retry-After header; dates in it are ignored."""
    return float(retry_after) if retry_after and re.fullmatch(r"[0-9]{1,6}", retry_after) else None
