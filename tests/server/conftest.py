"""A real Label Studio: made once per session, and copied for tests that need one of their own.

With MIHAKK_TEST_DATABASE=postgresql in the environment, the servers of `local` and `fragile` keep their data in a
PostgreSQL, as a team's does: `MIHAKK_TEST_DATABASE=postgresql pytest tests/server/test_faults.py`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from live import Person, cannot, client
from mihakk.annotate.label_studio.accounts import add_annotators
from mihakk.annotate.label_studio.client import LabelStudio
from mihakk.annotate.label_studio.local import LocalServer, running
from mihakk.configs.errors import InputError
from postgresql import cluster

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


@contextmanager
def data(prepared: Path, folder: Path) -> Iterator[str | None]:
    """A copy of the prepared server's data in `folder`, and the address of its database if that is PostgreSQL."""
    if os.environ.get("MIHAKK_TEST_DATABASE") != "postgresql":
        shutil.copytree(prepared, folder)
        yield None
        return
    with cluster() as database, pytest.MonkeyPatch.context() as environment:
        environment.setenv("PGPASSWORD", database.password)
        with running(folder, 0, database.address) as local, client(local) as server:
            add_annotators(server, [*ANNOTATORS, GUEST], prepared.parent / "passwords.csv")
        yield database.address


@pytest.fixture(scope="session")
def local(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    """The server that most tests share; each makes its own project."""
    folder = tmp_path_factory.mktemp("shared") / "data"
    with data(prepared, folder) as database, running(folder, 0, database) as local:
        yield local


class Fragile:
    """A server that tests kill and start again, on one folder and one port."""

    def __init__(self, folder: Path, database: str | None) -> None:
        self.folder = folder
        self.database = database
        self.port = 0
        self._stack = ExitStack()

    def start(self) -> LocalServer:
        self.local = self._stack.enter_context(running(self.folder, self.port, self.database))
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
    with data(prepared, folder) as database:
        fragile = Fragile(folder, database)
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
    """A project title of the test's own, which readers of the docs see in its pictures."""
    return f"Conflict news {hashlib.sha256(str(request.node.name).encode()).hexdigest()[:4]}"
