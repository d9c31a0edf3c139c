"""An HTTP proxy that does to chosen requests what networks and servers do on bad days."""

from __future__ import annotations

import re
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

# Before: the server never sees the request. After: it has carried it out.
CUT_BEFORE = "cut before"
CUT_AFTER = "cut after"
# The connection is cut at once, and the server gets the request all the same, after one like it that was answered.
LATE = "late"
# The answer is begun, and cut in the middle.
CUT_INSIDE = "cut inside"
# The server gets the request twice, as from a proxy that tries again; the answer comes, or the connection is reset.
TWICE = "twice"
TWICE_RESET = "twice, then reset"
HTML = [("content-type", "text/html")]


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):  # a client that was killed
            super().handle_error(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.close_request(request)  # without saying goodbye first, which would be no reset


class FaultProxy:
    """Forwards to `target`. `faults` are (method, pattern of the path, what to do), each used once, in order.

    What to do is one of the above, a number of seconds to hold the answer back, ("say", status, headers) without
    asking the server, ("say after", status), or a callable that runs before the request is forwarded.
    """

    def __init__(self, target: str) -> None:
        self.target = urlsplit(target).netloc
        self.faults: list[tuple[str, str, Any]] = []
        self.requests: list[tuple[str, str]] = []
        self.late: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._answered = threading.Condition()
        self._answers: list[tuple[str, str]] = []
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

            def handle_any(self) -> None:
                proxy.handle(self)

            do_GET = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> FaultProxy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        for thread in self.late:
            thread.join()

    def fault(self, method: str, path: str, what: Any, times: int = 1) -> None:
        self.faults += [(method, path, what)] * times

    def count(self, method: str, path: str) -> int:
        return sum(m == method and re.search(path, p) is not None for m, p in self.requests)

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("content-length") or 0))
        what = self._next_fault(request.command, request.path)
        if isinstance(what, Callable):  # type: ignore[arg-type]
            what()
            what = None
        if what == CUT_BEFORE:
            return self._cut(request)
        if what == LATE:
            thread = threading.Thread(target=self._forward_late, args=(request, body))
            self.late.append(thread)
            thread.start()
            return self._cut(request)
        if isinstance(what, tuple) and what[0] == "say":
            return self._answer(request, what[1], [*HTML, *what[2].items()], b"<html>busy</html>")
        if what in (TWICE, TWICE_RESET):
            self._forward(request, body)
        status, headers, content = self._forward(request, body)
        if isinstance(what, float):
            time.sleep(what)
        if what == CUT_AFTER:
            return self._cut(request)
        if what == TWICE_RESET:
            # The client gets a reset, not an end: the socket is closed when its handler ends, without lingering.
            request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            request.close_connection = True
            return None
        if isinstance(what, tuple):
            return self._answer(request, what[1], HTML, b"<html>error</html>")
        if what == CUT_INSIDE:
            return self._answer(request, status, headers, content, content[: len(content) // 2])
        self._answer(request, status, headers, content)
        with self._answered:
            self._answers.append((request.command, request.path))
            self._answered.notify_all()
        return None

    def _next_fault(self, method: str, path: str) -> Any:
        with self._lock:
            self.requests.append((method, path))
            for n, (wanted, pattern, what) in enumerate(self.faults):
                if wanted == method and re.search(pattern, path):
                    del self.faults[n]
                    return what
        return None

    def _forward(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        upstream = HTTPConnection(self.target, timeout=120)
        headers = {k: v for k, v in request.headers.items() if k.lower() not in ("host", "connection")}
        try:
            upstream.request(request.command, request.path, body or None, headers | {"Host": self.target})
            answer = upstream.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        except OSError:
            return 502, HTML, b"<html>bad gateway</html>"
        finally:
            upstream.close()

    def _forward_late(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        like = (request.command, request.path)
        with self._answered:
            before = self._answers.count(like)
            self._answered.wait_for(lambda: self._answers.count(like) > before, timeout=60)
        self._forward(request, body)

    def _answer(
        self,
        request: BaseHTTPRequestHandler,
        status: int,
        headers: list[tuple[str, str]],
        content: bytes,
        sent: bytes | None = None,
    ) -> None:
        try:
            request.send_response_only(status)
            for name, value in headers:
                if name.lower() not in ("connection", "content-length", "transfer-encoding", "date", "server"):
                    request.send_header(name, value)
            if status != 204:
                request.send_header("content-length", str(len(content)))
            request.end_headers()
            if status != 204:
                request.wfile.write(content if sent is None else sent)
            if sent is not None:
                self._cut(request)
        except OSError:
            request.close_connection = True  # the client has gone

    def _cut(self, request: BaseHTTPRequestHandler) -> None:
        request.close_connection = True
        request.wfile.flush()
        request.connection.shutdown(2)
