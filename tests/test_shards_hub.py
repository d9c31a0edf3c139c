"""Shards on the Hugging Face Hub: huggingface_hub's own client reads them from a stand-in server on 127.0.0.1."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from test_shards import run, tasks_in

COMMIT = "c" * 40
HEADERS = {"X-Repo-Commit": COMMIT}
ROWS = [{"id": f"a{n}", "text": f"عنوان {n}\n\nنص الخبر رقم {n} في بيروت."} for n in range(3)]
FILES = {
    "README.md": b"# news",
    "data/part-000.jsonl": json.dumps(ROWS[0]).encode() + b"\n" + json.dumps(ROWS[1]).encode(),
    "data/part-001.jsonl": json.dumps(ROWS[2]).encode(),
}


class Hub(BaseHTTPRequestHandler):
    """The data set team/news as the Hub's API shows it: what it is, the files of a folder, and their content."""

    def do_GET(self) -> None:
        parts = self.path.partition("?")[0].strip("/").split("/")
        if parts[:4] == ["api", "datasets", "team", "news"] and parts[4:5] in ([], ["revision"]):
            self._send({"id": "team/news", "sha": COMMIT, "private": False, "siblings": []})
        elif parts[:5] == ["api", "datasets", "team", "news", "tree"]:
            self._tree("/".join(parts[6:]))
        elif parts[:4] == ["datasets", "team", "news", "resolve"] and "/".join(parts[5:]) in FILES:
            self._send(FILES["/".join(parts[5:])], ETag=f'"{_oid("/".join(parts[5:]))}"')
        else:
            self._send({"error": "not found"}, 404, **{"X-Error-Code": "RepoNotFound"})

    do_HEAD = do_GET  # noqa: N815 - the name that it is called by

    def _tree(self, folder: str) -> None:
        start = f"{folder}/" if folder else ""
        inside = [path for path in FILES if path.startswith(start)]
        files = [path for path in inside if "/" not in path.removeprefix(start)]
        folders = {start + path.removeprefix(start).partition("/")[0] for path in inside} - set(files)
        facts = [{"type": "file", "path": p, "size": len(FILES[p]), "oid": _oid(p)} for p in files]
        facts += [{"type": "directory", "path": path, "size": 0, "oid": "d" * 40} for path in sorted(folders)]
        if facts:
            self._send(facts)
        else:
            self._send({"error": "not found"}, 404, **{"X-Error-Code": "EntryNotFound"})

    def _send(self, content: Any, code: int = 200, **headers: str) -> None:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(code)
        for name, value in {**HEADERS, **headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:  # type: ignore[override]
        return


def _oid(path: str) -> str:
    return hashlib.sha1(FILES[path], usedforsecurity=False).hexdigest()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment in which commands find the stand-in."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        # Other tests of the same process keep the Hub's client away from the network.
        yield {"HF_ENDPOINT": address, "HF_HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "0"}
        server.shutdown()


def test_tasks_are_made_of_shards_on_the_hub(
    hub: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = "annotate tasks 'hf://datasets/team/news/data/part-*.jsonl' -o tasks/"
    done = run(tmp_path, command, **hub)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "tasks/: 3 tasks in 2 shards\n"
    made = [task for path in sorted((tmp_path / "tasks").glob("part-*")) for task in tasks_in(path)]
    assert [(task["data"]["doc_id"], task["data"]["text"]) for task in made] == [(r["id"], r["text"]) for r in ROWS]
    # A shard of the same size with other content is another one.
    monkeypatch.setitem(FILES, "data/part-001.jsonl", FILES["data/part-001.jsonl"].replace(b" 2", b" 7"))
    done = run(tmp_path, command.replace("/part-*.jsonl", ""), **hub)
    assert "1 shard was there already" in done.stderr
    assert "7" in tasks_in(tmp_path / "tasks" / "part-001.json")[0]["data"]["text"]
    done = run(tmp_path, "annotate tasks hf://datasets/team/none/data -o more/", **hub)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("mihakk: hf://datasets/team/none/data: ")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "more").exists()
