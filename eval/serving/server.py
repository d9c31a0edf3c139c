"""Label Studio's protocol for machine learning backends, on this machine only.

No request's body is kept or logged: with /setup Label Studio sends the access token of the project's owner.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from ...configs.errors import InputError
from .backend import Backend

_HERE = "127.0.0.1"
_MOST_BYTES = 64 << 20
# Seconds in which a request must arrive.
_PATIENCE = 30.0


class _Refused(Exception):  # noqa: N818  not an error of Mihakk
    """A refused request: the HTTP status, and the reason."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class BackendServer(ThreadingHTTPServer):
    """A backend's server. `port` 0 takes a free port."""

    daemon_threads = True

    def __init__(self, backend: Backend, port: int) -> None:
        self.backend = backend
        super().__init__((_HERE, port), _Handler)

    @property
    def url(self) -> str:
        return f"http://{_HERE}:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Prints no traceback if a client hangs up, or sends something other than HTTP."""


@contextmanager
def serving(backend: Backend, port: int) -> Generator[BackendServer]:
    """The server, bound to its port. Raises InputError if the port is taken."""
    try:
        server = BackendServer(backend, port)
    except OSError as error:
        raise InputError(f"port {port}: cannot be used ({error.strerror}); choose another with --port") from None
    with server:
        yield server


class _Handler(BaseHTTPRequestHandler):
    server: BackendServer  # pyright: ignore[reportIncompatibleVariableOverride]
    timeout = _PATIENCE
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "mihakk", ""

    def do_GET(self) -> None:
        self._answer(lambda: self._status() if self.path in ("/", "/health") else self._nothing())

    def do_POST(self) -> None:
        self._answer(self._posted)

    def _answer(self, make: Any) -> None:
        try:
            self._check_host()
            status, reply = make()
        except _Refused as refused:
            self.close_connection = True  # the body may not have been read
            status, reply = refused.status, {"error": str(refused)}
        content = json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def _check_host(self) -> None:
        """Refuses other host names than this machine's: a web page may lead a browser here under another name."""
        port = self.server.server_port
        if self.headers.get("Host", "").lower() not in (f"{_HERE}:{port}", f"localhost:{port}"):
            raise _Refused(403, "this backend answers this machine only")

    def _posted(self) -> tuple[int, Any]:
        body = self._body()
        if self.path == "/predict":
            tasks: Any = body.get("tasks")
            if not isinstance(tasks, list):
                raise _Refused(400, "tasks must be a list")
            backend = self.server.backend
            return 200, {"results": backend.results(cast("list[object]", tasks)), "model_version": backend.version}
        if self.path == "/setup":
            return 200, {"model_version": self.server.backend.version}
        return (201, {}) if self.path == "/webhook" else self._nothing()

    def _body(self) -> dict[str, Any]:
        """The JSON object of the request. A web page in a browser cannot send this content type without permission."""
        if self.headers.get_content_type() != "application/json":
            raise _Refused(415, "the content must be application/json")
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdecimal():
            raise _Refused(411, "the content must have a length")
        if len(length) > 12 or int(length) > _MOST_BYTES:
            raise _Refused(413, "the content is longer than 64 MiB")
        try:
            body: Any = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            raise _Refused(400, "the content is no JSON") from None
        if not isinstance(body, dict):
            raise _Refused(400, "the content must be an object")
        return cast("dict[str, Any]", body)

    def _status(self) -> tuple[int, Any]:
        return 200, {"status": "UP", "model_class": self.server.backend.version}

    def _nothing(self) -> tuple[int, Any]:
        raise _Refused(404, "there is nothing here")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing is logged."""
