"""Limits on answers: on their unpacked size, and on the time that they take."""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx

# The most unpacked bytes of an answer. A page of tasks has a few megabytes.
MOST_BYTES = 128 << 20
# After GRACE seconds an answer must bring at least SLOWEST bytes a second on average.
GRACE = 30.0
SLOWEST = 1000
# Bytes are unpacked in pieces of at most this size.
_PIECE = 1 << 20


class UnusableAnswerError(Exception):
    """An answer cannot be used: it is too long, too slow, or badly packed."""


class PromptTransport(httpx.BaseTransport):
    """Sends requests through `inner`, one at a time, and waits for the headers of answers no longer than for silence.

    httpx would start its timeout again with each byte. `grace` is the time that headers may take beside the timeout.
    Raises UnusableAnswerError and the errors of httpx.
    """

    def __init__(self, inner: httpx.BaseTransport, grace: float = 0.0) -> None:
        self._inner = inner
        self._grace = grace
        self._streams: list[Any] = []
        self._late = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        timeout = request.extensions["timeout"]["read"] or 0.0
        request.extensions = {**request.extensions, "trace": self._trace}
        self._late = False
        watch = threading.Timer(timeout + self._grace, self._hang_up)
        watch.daemon = True
        watch.start()
        try:
            return self._inner.handle_request(request)
        except httpx.TransportError:
            if self._late:
                raise UnusableAnswerError("sends its answer too slowly") from None
            raise
        finally:
            watch.cancel()

    def close(self) -> None:
        self._inner.close()

    def _hang_up(self) -> None:
        self._late = True
        for stream in self._streams:
            with suppress(OSError):
                stream.get_extra_info("socket").shutdown(2)

    def _trace(self, event: str, info: dict[str, Any]) -> None:
        """Remembers the connections that httpx opens, so that they can be closed."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._streams = [*self._streams[-9:], info["return_value"]]
            if self._late:
                self._hang_up()


class BoundedTransport(httpx.BaseTransport):
    """Sends requests through `inner`, and reads their answers within limits.

    A downloaded file (`/download`) may have any size: its reader counts the bytes. Raises
    UnusableAnswerError and the errors of httpx.
    """

    def __init__(self, inner: httpx.BaseTransport, grace: float = GRACE, most: int = MOST_BYTES) -> None:
        self._inner = PromptTransport(inner, grace)
        self._grace = grace
        self._most = most

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(request)
        headers = [
            (name, value)
            for name, value in response.headers.raw
            if name.lower() not in (b"content-encoding", b"content-length", b"transfer-encoding")
        ]
        most = None if request.url.path.endswith("/download") else self._most
        # A gzip that grows a thousandfold is unpacked in pieces. Other packings were not asked for, and are refused.
        body = _Body(response, response.headers.get("content-encoding", ""), most, self._grace)
        return httpx.Response(response.status_code, headers=headers, stream=body, extensions=response.extensions)

    def close(self) -> None:
        self._inner.close()


class _Body(httpx.SyncByteStream):
    """The bytes of an answer, unpacked."""

    def __init__(self, response: httpx.Response, encoding: str, most: int | None, grace: float) -> None:
        self._response = response
        self._encoding = encoding.strip().lower()
        self._most = most
        self._grace = grace

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for piece in self._unpacked():
            size += len(piece)
            if self._most is not None and size > self._most:
                raise UnusableAnswerError(f"sends an answer of more than {self._most >> 20} MB")
            yield piece

    def close(self) -> None:
        self._response.close()

    def _unpacked(self) -> Iterator[bytes]:
        if self._encoding in ("", "identity"):
            yield from self._arriving()
            return
        if self._encoding not in ("gzip", "x-gzip", "deflate"):
            raise UnusableAnswerError("sends an answer that is packed in an unknown way")
        unpack = zlib.decompressobj(zlib.MAX_WBITS | 32)
        received = False
        try:
            for piece in self._arriving():
                received = True
                while piece:
                    yield unpack.decompress(piece, _PIECE)
                    piece = unpack.unconsumed_tail
            yield unpack.flush()
        except zlib.error:
            raise UnusableAnswerError("sends an answer that cannot be unpacked") from None
        if received and not unpack.eof:
            raise UnusableAnswerError("sends an answer that ends in the middle")

    def _arriving(self) -> Iterator[bytes]:
        begin, size = time.monotonic(), 0
        for piece in self._response.iter_raw():
            size += len(piece)
            seconds = time.monotonic() - begin
            if seconds > self._grace and size < SLOWEST * seconds:
                raise UnusableAnswerError("sends its answer too slowly")
            yield piece
