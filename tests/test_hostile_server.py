"""A server that answers wrongly: one line, an exit code that says what to do, bounded time and memory, old files kept."""

from __future__ import annotations

import io
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mihakk.annotate.label_studio.client as client_module
import mihakk.annotate.label_studio.transport as transport_module
import pytest
from hostile_server import ANSWERS, EXPORTS, HostileServer, at, bomb, endless
from live import command_environment, some_tasks, write_tasks
from mihakk.annotate.label_studio.bounds import BoundedTransport
from mihakk.annotate.label_studio.client import LabelStudio
from mihakk.annotate.label_studio.transport import UnsureError
from mihakk.cli import main
from mihakk.configs.errors import UnavailableError
from mihakk.export.pull import fetch_export

TOKEN = "0123456789abcdef"
OLD = '[{"id": 7}]'
# A second is a long time for all that a test does here; slow answers are given up sooner than in earnest.
GRACE = 0.5
ALLOWED = 60.0


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Runs a command against the server at `url`, impatiently, and gives its exit code and lines of stderr."""
    network = transport_module.plain_network
    monkeypatch.setattr(client_module, "network", lambda url, trust: BoundedTransport(network(url, trust), grace=GRACE))
    monkeypatch.setattr(client_module.LabelStudio.__init__, "__defaults__", ((0.01,) * 3, 1.0))
    monkeypatch.setattr(transport_module, "_LONGEST_TRYING", 3.0)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    write_tasks(tmp_path / "tasks.json", some_tasks(3))
    (tmp_path / "export.json").write_text(OLD)

    def run_here(url: str, *arguments: str) -> tuple[int, list[str]]:
        monkeypatch.setenv("LABEL_STUDIO_URL", url)
        monkeypatch.setenv("LABEL_STUDIO_API_KEY", TOKEN)
        monkeypatch.setattr(sys, "argv", ["mihakk", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(TOKEN + "\n"))
        code: Any = 0
        begin = time.monotonic()
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        assert time.monotonic() - begin < ALLOWED
        said = capsys.readouterr()
        assert TOKEN not in said.out + said.err
        assert "\x1b" not in said.out + said.err
        return code, said.err.splitlines()

    return run_here


def commands(url: str, folder: Path) -> dict[str, tuple[str, ...]]:
    return {
        "login": ("annotate", "login", url),
        "push": ("annotate", "push", str(folder / "tasks.json"), "--project", "conflict_news@1.0"),
        "pull": ("export", "pull", "-o", str(folder / "export.json")),
        "status": ("export", "status"),
    }


@pytest.mark.parametrize("name", ["login", "push", "pull", "status"])
@pytest.mark.parametrize("answer", ANSWERS)
def test_wrong_answers_end_in_one_line(run: Callable[..., Any], tmp_path: Path, answer: str, name: str) -> None:
    if name == "login" and answer.startswith(("endless", "project")):
        pytest.skip("login does not ask for projects")
    with HostileServer(ANSWERS[answer]) as server:
        code, said = run(server.url, *commands(server.url, tmp_path)[name])
    assert code == (2 if answer in ("html", "sent on", "not modified", "escapes") or (answer, name) in NONE else 75)
    assert len(said) == 1
    assert said[0].startswith(f"mihakk: {server.url}")
    assert (tmp_path / "export.json").read_text() == OLD
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".export")]


# An endless list of projects that all are the same one: that is the one.
NONE = {("endless", "pull"), ("endless", "status")}


@pytest.mark.parametrize("name", ["pull", "status"])
@pytest.mark.parametrize("answer", EXPORTS)
def test_wrong_exports_end_in_one_line(run: Callable[..., Any], tmp_path: Path, answer: str, name: str) -> None:
    with HostileServer(EXPORTS[answer]) as server:
        code, said = run(server.url, *commands(server.url, tmp_path)[name])
    assert (code, len(said)) == (75, 1), said
    assert (tmp_path / "export.json").read_text() == OLD
    assert sorted(file.name for file in tmp_path.iterdir()) == ["export.json", "tasks.json"]


def test_a_good_export_replaces_the_old_one(run: Callable[..., Any], tmp_path: Path) -> None:
    """Byte for byte as the server wrote it; the snapshot is deleted there."""
    export = b'[ {"id": 1, "data": {"doc_id": "\xd8\xa3"},\n "annotations": [], "x": 1.50}]'
    with HostileServer(lambda *_: False, export) as server:
        code, said = run(server.url, *commands(server.url, tmp_path)["pull"])
    assert (tmp_path / "export.json").read_bytes() == export, (code, said)
    assert ("DELETE", "/api/projects/1/exports/5") in server.requests


def test_an_answer_that_is_lost_makes_no_second_post(tmp_path: Path) -> None:
    """Whatever a server says to a POST, it gets it once, or after it said that it did nothing."""
    for answer in ("empty", "list", "null", "deep", "bad gzip", "html", "garbage", "slow"):
        with (
            HostileServer(lambda handler, path, answer=answer: ANSWERS[answer](handler, path)) as server,
            LabelStudio(server.url, TOKEN, patience=(0.01,), timeout=2.0) as connection,
        ):
            connection._http._transport._inner._grace = GRACE
            with pytest.raises(UnsureError):
                connection.create_project(title="xxx")
        assert server.requests.count(("POST", "/api/projects/")) == 1


def test_a_list_of_tasks_that_never_ends_is_given_up(tmp_path: Path) -> None:
    with HostileServer(endless) as server, LabelStudio(server.url, TOKEN, patience=()) as connection:
        with pytest.raises(UnavailableError, match=r"its list of tasks stays incomplete \(1 of 1000000000\)"):
            connection.tasks(1)
        assert [project.id for project in connection.projects()] == [1]
    # Two pages of five readings, the second of which brings nothing new; two of projects.
    assert len(server.requests) == 2 * 5 + 2


def test_an_export_larger_than_its_tasks_can_be_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mihakk.export.pull._MOST_BYTES", 1000)
    content = b"[" + b" " * 2000 + b"]"
    with (
        HostileServer(at("/download", content)) as server,
        LabelStudio(server.url, TOKEN, patience=()) as connection,
        pytest.raises(UnavailableError, match="is larger than possible"),
    ):
        fetch_export(connection, connection.project(1), tmp_path / "export.json")


BOMB = 800 << 20
MEASURED = """
import resource, sys
from mihakk.cli import main
try:
    main()
finally:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


@pytest.mark.parametrize("where", ["login", "pull"])
def test_a_bomb_takes_no_memory(tmp_path: Path, where: str) -> None:
    """800 MB of zeros in 0.8 MB of gzip: no more than the limit of 128 MB is unpacked, and held at most twice."""
    packed = bomb(BOMB)
    assert len(packed) < 1 << 20
    with HostileServer(at("whoami" if where == "login" else "/download", packed, content_encoding="gzip")) as server:
        (tmp_path / "export.json").write_text(OLD)
        environment = {"LABEL_STUDIO_URL": server.url, "LABEL_STUDIO_API_KEY": TOKEN}
        took: dict[str, int] = {}
        for label, arguments in ((where, commands(server.url, tmp_path)[where]), ("help", ("annotate", "login"))):
            begin = time.monotonic()
            done = subprocess.run(
                [sys.executable, "-c", MEASURED, *arguments],
                env=command_environment(tmp_path, **environment),
                input=TOKEN + "\n",
                capture_output=True,
                text=True,
                timeout=ALLOWED * 2,
                check=False,
            )
            took[label] = int(done.stdout.split()[-1])
            if label == where:
                assert done.returncode == 75
                assert len(done.stderr.splitlines()) == 1
                assert time.monotonic() - begin < ALLOWED
    assert (tmp_path / "export.json").read_text() == OLD
    # The SDK itself takes some 150 MB more than a command that talks to nobody.
    assert took[where] - took["help"] < (2 * 128 + 250) << 20, took
