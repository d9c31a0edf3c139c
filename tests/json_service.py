"""A real HTTP server on this machine that answers as a test's script says, and remembers what it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Service(ThreadingHTTPServer):
    """Answers as `script` says, in turn, the last for ever: a status, headers, and a body (None hangs up, hold and drip never end)."""

    script: list[tuple[int, dict[str, str], Any]]

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[dict[str, str], Any]] = []
        self.paths: list[str] = []
        self.hold = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/extract"


class Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.seen.append((dict(self.headers), body))
        self.server.paths.append(self.path)
        script = self.server.script
        status, headers, said = script.pop(0) if len(script) > 1 else script[0]
        if said is None:
            return
        if said == "hold":
            self.server.hold.wait()
            return
        if said == "drip":
            self._drip()
            return
        if said == "drip in headers":
            self._drip_in_headers()
            return
        content = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _drip(self) -> None:
        """An answer of a byte every twentieth of a second, until nobody listens."""
        self.send_response(200)
        self.send_header("content-length", "100000")
        self.end_headers()
        with suppress(OSError):
            while not self.server.hold.wait(0.05):
                self.wfile.write(b" ")

    def _drip_in_headers(self) -> None:
        """A header of a byte every twentieth of a second, until nobody listens."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        with suppress(OSError):
            while not self.server.hold.wait(0.05):
                self.wfile.write(b"a")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def running() -> Iterator[Service]:
    with Service() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.hold.set()
        server.shutdown()
        thread.join()
