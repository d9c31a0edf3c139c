"""Requests to Label Studio. Each POST is carried out at most once; other requests are retried for a while.

The SDK's client sends through it. The SDK's own retries would import tasks twice.
"""

from __future__ import annotations

import email.utils
import json
import re
import time
import urllib.request
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any, cast

import httpx

from ...configs.errors import InputError, UnavailableError
from ...configs.visible import visible
from .bounds import BoundedTransport, UnusableAnswerError

# Waits between attempts, in seconds: half a minute in all. A restarted server is back by then.
PATIENCE = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
# A server that asks for more than this (Retry-After, seconds) is reported as busy instead.
_LONGEST_WAIT = 60.0
# A GET without an answer after so many seconds is sent again. A write may take minutes (client.py).
_QUESTION = 60.0
# After so many seconds nothing is retried.
_LONGEST_TRYING = 100.0
# These requests do no harm if they are carried out twice: a new access token, and deletion by number.
_HARMLESS = re.compile(r".*/api/(token/refresh|dm/actions)/?")
_LOG_IN_AGAIN = (
    "make a new one in Label Studio under Account & Settings, and give it to `mihakk annotate login`, "
    "or set LABEL_STUDIO_API_KEY"
)


class UnsureError(Exception):
    """A request may or may not have been carried out. Check on the server before you send it again."""

    def __init__(self, why: str, maybe_at_work: bool) -> None:
        super().__init__(why)
        # Whether the server may still be carrying it out, though the connection is closed.
        self.maybe_at_work = maybe_at_work


class NotFoundError(InputError):
    """The server has nothing at this path."""


class TokenRefusedError(InputError):
    """The server does not accept the token."""


class PatientTransport(httpx.BaseTransport):
    """Sends requests to the Label Studio at `url` through `inner`, and returns successful answers only.

    Raises InputError if the server refuses (token, permission, project, content), UnavailableError if it does
    not answer after `patience` or answers wrongly, and UnsureError if a POST may or may not have been carried out.
    """

    def __init__(self, url: str, inner: httpx.BaseTransport, patience: Sequence[float]) -> None:
        self._url = url
        self._inner = inner
        self._patience = tuple(patience)
        # Whether any server has answered yet, and whether it was a Label Studio.
        self._answers = False
        self._known = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        at_most_once = request.method == "POST" and not _HARMLESS.fullmatch(request.url.path)
        if request.method == "GET" and not request.url.path.endswith("/download"):
            _hurry(request)
        why = ""
        begin = time.monotonic()
        for wait in self._waits():
            try:
                response = self._send(request)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                why = reason(error)
            except httpx.TransportError as error:
                if at_most_once:
                    raise UnsureError(reason(error), maybe_at_work=True) from None
                why = reason(error)
            except UnusableAnswerError as error:
                if at_most_once:
                    raise UnsureError(str(error), maybe_at_work=True) from None
                raise UnavailableError(f"{self._url}: {error}; run the command again") from None
            else:
                if response.is_success:
                    self._refuse_page(response, at_most_once)
                    return response
                self._refuse(response)
                why = shown_answer(response)
                if at_most_once and response.status_code != HTTPStatus.TOO_MANY_REQUESTS:
                    # 502 and 504 come from a gateway: the server behind it may not have finished.
                    at_work = response.status_code in (HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT)
                    raise UnsureError(why, maybe_at_work=at_work)
                wait = self._asked_wait(response, wait)
            if time.monotonic() - begin > _LONGEST_TRYING:
                break
            time.sleep(wait)
        raise UnavailableError(f"{self._url}: does not answer ({why}); is Label Studio running there?")

    def close(self) -> None:
        self._inner.close()

    def _send(self, request: httpx.Request) -> httpx.Response:
        """The answer. Its body is read, unless it is a successful download."""
        response = self._inner.handle_request(request)
        response.request = request
        self._answers = True
        if not (response.is_success and request.url.path.endswith("/download")):
            try:
                response.read()
            finally:
                response.close()
        return response

    def _refuse_page(self, response: httpx.Response, at_most_once: bool) -> None:
        """Refuses a web page in place of data: it comes from a proxy's login, or from another server."""
        if response.headers.get("content-type", "").partition(";")[0].strip().lower() != "text/html":
            self._known = True
            return
        response.close()
        if at_most_once:
            raise UnsureError("it answers with a web page", maybe_at_work=False)
        problem = f"{self._url}: answers with a web page, not as Label Studio does"
        if self._known:
            raise UnavailableError(f"{problem}; run the command again")
        raise InputError(f"{problem}; is the address right, and does a proxy ask for a login first?")

    def _refuse(self, response: httpx.Response) -> None:
        """Raises InputError for an answer that a retry would not change."""
        request = response.request
        code, path = response.status_code, request.url.path
        if code == HTTPStatus.UNAUTHORIZED or (code == HTTPStatus.FORBIDDEN and "/api/token/refresh" in path):
            # Label Studio's message says so if legacy tokens are off.
            raise TokenRefusedError(
                f"{self._url}: does not accept the token ({shown_answer(response)}); {_LOG_IN_AGAIN}"
            )
        if code == HTTPStatus.NOT_FOUND:
            raise NotFoundError(
                f"{self._url}: has no {path}; is it the address of Label Studio, and does the project exist?"
            )
        if code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise InputError(
                f"{self._url}: refuses a request of {len(request.content):,} bytes; "
                "raise the limit of the proxy before it (nginx: client_max_body_size 50m)"
            )
        if 300 <= code < 400:
            where = short_message(response.headers.get("location", ""))
            raise InputError(f"{self._url}: redirects to {where}; give that address")
        if response.is_client_error and code not in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT):
            raise InputError(f"{self._url}: refuses {request.method} {path}: {shown_answer(response)}")

    def _waits(self) -> Iterator[float]:
        # If no answer has come yet, there may be no server: stop soon.
        return iter((*(self._patience if self._answers else self._patience[:2]), 0.0))

    def _asked_wait(self, response: httpx.Response, wait: float) -> float:
        """Seconds to wait, at least as many as the server asks for. Raises UnavailableError if it asks for too many."""
        seconds = _seconds(response.headers.get("retry-after", ""))
        if seconds > _LONGEST_WAIT:
            raise UnavailableError(f"{self._url}: is busy and asks to come back in {seconds:.0f} seconds")
        return max(wait, seconds)


def network(url: str, trust_environment: bool) -> BoundedTransport:
    """A transport to `url` whose answers have limits, through the environment's proxy if the environment is trusted."""
    return BoundedTransport(plain_network(url, trust_environment))


def plain_network(url: str, trust_environment: bool) -> httpx.HTTPTransport:
    """The same without limits."""
    address = httpx.URL(url)
    proxy = None
    if trust_environment and not urllib.request.proxy_bypass(address.host):
        proxies = urllib.request.getproxies()
        proxy = proxies.get(address.scheme) or proxies.get("all")
    return httpx.HTTPTransport(proxy=proxy, trust_env=trust_environment)


def reason(error: httpx.TransportError) -> str:
    """Why a request got no answer, on one line."""
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    return short_message(str(error)) or type(error).__name__


def shown_answer(response: httpx.Response) -> str:
    """The status of an answer and the server's message, on one line."""
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError):
        return f"HTTP {response.status_code}"
    if isinstance(answer, dict):
        words = cast(dict[str, Any], answer)
        answer = words.get("validation_errors") or words.get("detail") or words
    return f"HTTP {response.status_code}: {short_message(str(answer))}"


def short_message(text: str) -> str:
    """A server's message on one line of bounded length, in which nothing controls the terminal."""
    return visible(" ".join(text[:5000].split())[:500])


def _hurry(request: httpx.Request) -> None:
    timeout = request.extensions.get("timeout", {})
    read = timeout.get("read")
    request.extensions = {
        **request.extensions,
        "timeout": {**timeout, "read": _QUESTION if read is None else min(read, _QUESTION)},
    }


def _seconds(asked: str) -> float:
    """The seconds of a Retry-After header, 0 if it has none."""
    asked = asked.strip()
    if re.fullmatch(r"[0-9]+", asked):
        return float(asked[:9])  # thirty years will do
    try:
        return email.utils.parsedate_to_datetime(asked).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError):
        return 0.0
