"""A team's server: PostgreSQL behind it, ten people at once."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import figures
import pytest
from live import Person, client, some_tasks
from mihakk.annotate.label_studio.accounts import add_annotators
from mihakk.annotate.label_studio.client import LabelStudio
from mihakk.annotate.label_studio.local import LocalServer, running
from mihakk.annotate.label_studio.projects import prepare_project
from mihakk.annotate.label_studio.push import push
from mihakk.configs.errors import InputError
from mihakk.configs.scheme import load_scheme
from mihakk.export.pull import fetch_export
from postgresql import Cluster, cluster
from raw_export import region

pytestmark = [pytest.mark.server, pytest.mark.postgresql]
SCHEME = load_scheme()
CLIENTS = 10
TASKS_EACH = 50
ANNOTATIONS_EACH = 24
DRAFTS_EACH = 3


@pytest.fixture(scope="module")
def database() -> Iterator[Cluster]:
    with cluster() as made:
        yield made


@pytest.fixture(scope="module")
def team(prepared: Path, database: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    assert prepared  # says that Label Studio is missing, where it is
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PGPASSWORD", database.password)
        with running(tmp_path_factory.mktemp("team") / "data", 0, database.address) as local:
            yield local


def quiet(_done: int, _total: int) -> None:
    pass


def test_ten_clients_at_once_lose_nothing_and_double_nothing(team: LocalServer, tmp_path: Path) -> None:
    emails = [f"annotator{n}@example.org" for n in range(CLIENTS)]
    seconds: dict[str, list[float]] = {"push": [], "annotation": [], "draft": [], "pull": []}

    def timed(what: str, do: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        result = do()
        seconds[what].append(time.perf_counter() - start)
        return result

    with client(team) as lead, ExitStack() as stack:
        add_annotators(lead, emails, tmp_path / "passwords.csv")
        rows = [line.split(",") for line in (tmp_path / "passwords.csv").read_text().splitlines()[1:]]
        people = [stack.enter_context(Person(team.url, *row)) for row in rows]
        project = prepare_project(lead, "ten at once", SCHEME, 2)
        shared = some_tasks(TASKS_EACH)
        push(lead, project, shared, quiet)
        numbers = [task.id for task in lead.tasks(project.id)]

        def work(n: int) -> list[tuple[int, int, int]]:
            """Pushes tasks of one's own, annotates some of the shared ones, keeps drafts on others, pulls."""
            own = some_tasks(TASKS_EACH, start=TASKS_EACH * (n + 1))
            with LabelStudio(team.url, people[n].token) as server:
                timed("push", lambda: push(server, project, own, quiet))
                mine = [numbers[(n * 5 + k) % TASKS_EACH] for k in range(ANNOTATIONS_EACH + DRAFTS_EACH)]
                result = [region("r", 0, 5, "GPE")]
                made = [
                    (n, task, timed("annotation", lambda task=task: people[n].submit(task, result)))
                    for task in mine[:ANNOTATIONS_EACH]
                ]
                for task in mine[ANNOTATIONS_EACH:]:
                    timed("draft", lambda task=task: people[n].draft(task, result))
                timed("pull", lambda: fetch_export(server, project))
            return made

        start = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            said = [one for made in pool.map(work, range(CLIENTS)) for one in made]
        wall = time.perf_counter() - start
        exported = fetch_export(lead, lead.project(project.id))

    assert [task["data"]["doc_id"] for task in sorted(exported, key=lambda t: t["data"]["doc_id"])] == [
        task["data"]["doc_id"] for task in some_tasks(TASKS_EACH * (CLIENTS + 1))
    ]
    kept = Counter((a["completed_by"]["email"], t["id"], a["id"]) for t in exported for a in t["annotations"])
    assert kept == Counter((emails[n], task, key) for n, task, key in said)
    assert sum(len(task["drafts"]) for task in exported) == CLIENTS * DRAFTS_EACH
    figures.keep(
        "ten-clients-postgresql",
        {
            "clients": CLIENTS,
            "tasks": len(exported),
            "annotations": len(said),
            "wall_seconds": round(wall, 1),
            "seconds": {
                what: {"median": round(statistics.median(all_of), 2), "max": round(max(all_of), 2)}
                for what, all_of in seconds.items()
            },
        },
    )


def test_ten_pushes_of_one_file_at_once_leave_each_task_once(team: LocalServer) -> None:
    tasks = some_tasks(20)
    with client(team) as lead:
        project = prepare_project(lead, "one file ten times", SCHEME, None)

        def one(_: int) -> None:
            with LabelStudio(team.url, team.account.token) as server:
                push(server, project, tasks, quiet)

        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(one, range(CLIENTS)))
        there = sorted(str(task.data["doc_id"]) for task in lead.tasks(project.id))
    assert there == [task["data"]["doc_id"] for task in tasks]


def test_the_database_stays_with_its_folder(team: LocalServer, database: Cluster, tmp_path: Path) -> None:
    """Another folder means another account file, which the database does not know."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PGPASSWORD", database.password)
        other = running(tmp_path / "other", 0, database.address)
        with pytest.raises(InputError, match="was this database made with another folder"), other:
            pass


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("postgresql://mihakk:secret@127.0.0.1/db", "remove the password"),
        ("postgresql://127.0.0.1/db", "is not like postgresql://user@host:5432/name"),
        ("mysql://me@127.0.0.1/db", "is not like"),
        ("postgresql://me@127.0.0.1:port/db", "is not like"),
    ],
)
def test_bad_database_addresses(prepared: Path, tmp_path: Path, address: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as error, running(tmp_path / "data", 0, address):
        pass
    assert "secret" not in str(error.value)
    assert not (tmp_path / "data").exists()
