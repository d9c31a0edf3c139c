"""A real Label Studio: made once per session, and copied for tests that need one of their own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from live import Person, cannot, client
from mihakk.annotate.label_studio.accounts import add_annotators
from mihakk.annotate.label_studio.client import LabelStudio
from mihakk.annotate.label_studio.local import LocalServer, running
from mihakk.configs.errors import InputError

ANNOTATORS = ("huda@example.org", "sami@example.org")
GUEST = "guest@example.org"


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stopped server's data folder: the database is made, nothing is in it yet but the annotators' accounts."""
    folder = tmp_path_factory.mktemp("prepared") / "data"
    try:
        with running(folder, port=0) as local, client(local) as server:
            add_annotators(server, [*ANNOTATORS, GUEST], folder.parent / "passwords.csv")
    except InputError as error:
        if "not installed" in str(error):
            cannot("Label Studio is not installed (the extra `server`)")
        raise
    return folder


@pytest.fixture(scope="session")
def passwords(prepared: Path) -> dict[str, str]:
    """Of the annotators, and of a guest whose token may be taken away."""
    lines = (prepared.parent / "passwords.csv").read_text().splitlines()[1:]
    return dict(line.split(",") for line in lines)


@pytest.fixture(scope="session")
def local(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    """The server that most tests share; each makes its own project."""
    folder = tmp_path_factory.mktemp("shared") / "data"
    shutil.copytree(prepared, folder)
    with running(folder, port=0) as local:
        yield local


class Fragile:
    """A server that tests kill and start again, on one folder and one port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self._stack = ExitStack()

    def start(self) -> LocalServer:
        self.local = self._stack.enter_context(running(self.folder, self.port))
        self.port = int(self.local.url.rpartition(":")[2])
        return self.local

    def kill(self) -> None:
        self.local.process.kill()
        self.local.process.wait()

    def start_again(self) -> LocalServer:
        self.stop()
        return self.start()

    def stop(self) -> None:
        self._stack.close()


@pytest.fixture(scope="module")
def fragile(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fragile]:
    folder = tmp_path_factory.mktemp("fragile") / "data"
    shutil.copytree(prepared, folder)
    fragile = Fragile(folder)
    fragile.start()
    yield fragile
    fragile.stop()


@pytest.fixture
def server(local: LocalServer) -> Iterator[LabelStudio]:
    with client(local) as server:
        yield server


@pytest.fixture(scope="session")
def people(local: LocalServer, passwords: dict[str, str]) -> Iterator[list[Person]]:
    with ExitStack() as stack:
        yield [stack.enter_context(Person(local.url, email, passwords[email])) for email in ANNOTATORS]


@pytest.fixture
def title(request: pytest.FixtureRequest) -> str:
    """A project title of the test's own."""
    return str(request.node.name)[:50]
