"""A server that answers as no Label Studio does: broken, endless, slow, huge, or somebody else's."""

from __future__ import annotations

import gzip
import json
import threading
import time
import zlib
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PROJECT = {
    "id": 1,
    "title": "conflict_news@1.0",
    "task_number": 0,
    "maximum_annotations": 1,
    "label_config": "<View/>",
    "created_by": {"id": 1, "email": "lead@example.org"},
}
DEEP = b"[" * 200_000


def bomb(size: int) -> bytes:
    """A gzip that unpacks to `size` zero bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    zeros = bytes(1 << 20)
    return b"".join([packer.compress(zeros) for _ in range(size >> 20)]) + packer.flush()


class HostileServer:
    """Answers as a Label Studio with one empty project would, but where `answer` says otherwise.

    `answer` gets the handler and the path, and says whether it has answered.
    """

    def __init__(self, answer: Callable[[Handler, str], bool], export: bytes = b"[]") -> None:
        server = self
        self.requests: list[tuple[str, str]] = []
        self.stopping = threading.Event()

        class Bound(Handler):
            def handle_any(self) -> None:
                self.rfile.read(int(self.headers.get("content-length") or 0))
                path = self.path.partition("?")[0]
                server.requests.append((self.command, path))
                self.stopping = server.stopping
                try:
                    if not answer(self, path):
                        self.say(good(path, export))
                except OSError:
                    self.close_connection = True  # the client has had enough

            do_GET = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Bound)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._server.handle_error = lambda request, client_address: None  # clients that have had enough
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> HostileServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stopping: threading.Event

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass

    def say(self, content: Any, code: int = 200, kind: str = "application/json", **headers: str) -> bool:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(code)
        self.send_header("content-type", kind)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if code != 204:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        if code != 204:
            self.wfile.write(body)
        return True

    def raw(self, content: bytes) -> bool:
        self.wfile.write(content)
        self.close_connection = True
        return True

    def drip(self, first: bytes) -> bool:
        """One byte every 20 ms: one a second, for those whose patience is fifty times shorter."""
        self.wfile.write(first)
        while not self.stopping.is_set():
            self.wfile.write(b" ")
            self.wfile.flush()
            time.sleep(0.02)
        return True


def good(path: str, export: bytes) -> Any:
    path = path.rstrip("/")
    if path == "/api/projects":
        return {"results": [PROJECT], "next": None, "count": 1}
    if path.startswith("/api/projects/1/exports"):
        return export if path.endswith("/download") else {"id": 5, "title": "x", "status": "completed"}
    if path == "/api/projects/1":
        return PROJECT
    if path == "/api/tasks":
        return {"total": 0, "total_annotations": 0, "total_predictions": 0, "tasks": []}
    if path.endswith("whoami"):
        return {"id": 1, "email": "lead@example.org"}
    return {}


def everywhere(content: Any, **more: Any) -> Callable[[Handler, str], bool]:
    return lambda handler, _: handler.say(content, **more)


def at(end: str, content: Any, **more: Any) -> Callable[[Handler, str], bool]:
    """Answers so where the path ends so."""
    return lambda handler, path: path.rstrip("/").endswith(end) and handler.say(content, **more)


def endless(handler: Handler, path: str) -> bool:
    """Projects and tasks on page after page, always the same."""
    if path.rstrip("/") == "/api/projects":
        return handler.say({"results": [{**PROJECT, "title": "x"}], "next": "more", "count": 10**9})
    if path.rstrip("/") == "/api/tasks":
        return handler.say({"total": 10**9, "tasks": [{"id": 1, "data": {}}]})
    return False


RIGHT_START = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n"
ANSWERS: dict[str, Callable[[Handler, str], bool]] = {
    "html": everywhere(b"<html>log in</html>", kind="text/html; charset=utf-8"),
    "empty": everywhere(b""),
    "nothing": everywhere(b"", code=204),
    "list": everywhere([]),
    "object": everywhere({}),
    "null": everywhere(None),
    "string": everywhere("x"),
    "nan": everywhere(b'{"results": NaN, "id": Infinity, "email": 1e999, "total": NaN, "tasks": NaN}'),
    "deep": everywhere(DEEP),
    "not utf-8": everywhere(b'{"email": "\xff"}'),
    "bad gzip": everywhere(b"not gzip", content_encoding="gzip"),
    "half gzip": everywhere(gzip.compress(b'{"email": "lead@example.org"}' * 99)[:-20], content_encoding="gzip"),
    "unknown packing": everywhere(b"x", content_encoding="zstd"),
    "busy": everywhere({}, code=503, retry_after="a, b"),
    "busy, negative": everywhere({}, code=503, retry_after="-5"),
    "busy, Arabic digits": everywhere({}, code=429, retry_after="٣٠".encode().decode("latin-1")),
    "busy for ever": everywhere({}, code=429, retry_after="9" * 400),
    "busy for a date": everywhere({}, code=503, retry_after="Thu, 99 Foo 2025 10:00:00 GMT"),
    "sent on": everywhere(b"", code=302, location="http://127.0.0.1:1/\x1b[2J"),
    "not modified": everywhere(b"", code=304),
    "escapes": everywhere({"detail": "\x1b]0;title\x07\x1b[2J\u202e"}, code=403),
    "garbage": lambda handler, _: handler.raw(b"\x00\x01\x02 garbage\r\n\r\n"),
    "bad status": lambda handler, _: handler.raw(b"HTTP/1.1 999 \x1b[2J\r\ncontent-length: 0\r\n\r\n"),
    "long header": everywhere({}, x="a" * 1_000_000),
    "continue": lambda handler, _: handler.raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000),
    "endless": endless,
    "silent": lambda handler, _: handler.stopping.wait(60) or True,
    "slow": lambda handler, _: handler.drip(RIGHT_START),
    "slow headers": lambda handler, _: handler.drip(b"HTTP/1.1 200 OK\r\nx: "),
    "project without number": at("/api/projects", {"results": [{"title": PROJECT["title"]}], "next": None}),
    "project of a strange number": at("/api/projects", {"results": [{**PROJECT, "id": "../../x"}], "next": None}),
}
# Only when an export is fetched, at its very end.
TASK = {"id": 1, "data": {"doc_id": "a"}, "annotations": []}
EXPORTS: dict[str, Callable[[Handler, str], bool]] = {
    "export: cut": lambda handler, path: (
        path.endswith("/download")
        and handler.raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n" + json.dumps([TASK]).encode()[:-9])
    ),
    "export: half": at("/download", json.dumps([TASK]).encode()[:-1]),
    "export: deep": at("/download", DEEP),
    "export: html": at("/download", b"<html>log in</html>", kind="text/html"),
    "export: not a list": at("/download", {"tasks": []}),
    "export: no tasks": at("/download", [1, 2, 3]),
    "export: number": at("/download", [{**TASK, "id": {"a": 1}}]),
    "export: result": at("/download", [{**TASK, "annotations": [{"result": {}, "completed_by": 1}]}]),
    "export: annotator": at("/download", [{**TASK, "annotations": [{"result": [], "completed_by": [1]}]}]),
    "export: drafts": at("/download", [{**TASK, "drafts": {"a": 1}}]),
    "export: status": lambda handler, path: (
        "/exports" in path and handler.say({"id": 5, "title": "x", "status": "\x1b[2J"})
    ),
    "export: not made": at("/exports", {"id": 5, "title": "x", "status": "failed"}),
    "export: slow": lambda handler, path: path.endswith("/download") and handler.drip(RIGHT_START + b"["),
}
