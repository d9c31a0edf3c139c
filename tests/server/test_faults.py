"""Bad days: connections cut, late answers, errors, a revoked token, a killed server. Each task is there once."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from fault_proxy import CUT_AFTER, CUT_BEFORE, CUT_INSIDE, LATE, TWICE, TWICE_RESET, FaultProxy
from live import Person, article_ids, client, command, command_environment, get, some_tasks, write_tasks
from mihakk.annotate.interface import interface_xml
from mihakk.annotate.label_studio.accounts import add_annotators
from mihakk.annotate.label_studio.client import LabelStudio, ServerTask
from mihakk.annotate.label_studio.local import LocalServer
from mihakk.annotate.label_studio.projects import prepare_project
from mihakk.annotate.label_studio.push import push, push_to
from mihakk.configs.errors import InputError, UnavailableError
from mihakk.configs.scheme import load_scheme
from mihakk.export.pull import fetch_export
from raw_export import region

pytestmark = pytest.mark.server
SCHEME = load_scheme()
IMPORT = r"/api/projects/\d+/import$"
BIG = 700  # three requests


def quiet(_done: int, _total: int) -> None:
    pass


@pytest.fixture
def proxy(local: LocalServer) -> Iterator[FaultProxy]:
    with FaultProxy(local.url) as proxy:
        yield proxy


@pytest.fixture
def through(local: LocalServer, proxy: FaultProxy) -> Iterator[LabelStudio]:
    """The server as one sees it through the proxy; answers later than five seconds are given up."""
    with client(local, proxy.url, timeout=5.0) as server:
        yield server


def push_all(server: LabelStudio, title: str, number: int = BIG) -> tuple[int, list[str]]:
    pushed = push(server, prepare_project(server, title, SCHEME, None), some_tasks(number), quiet)
    return pushed.project.id, [task["data"]["doc_id"] for task in some_tasks(number)]


@pytest.mark.parametrize(
    "fault",
    [
        CUT_BEFORE,
        CUT_AFTER,
        CUT_INSIDE,
        8.0,
        ("say", 429, {"retry-after": "0"}),
        ("say", 500, {}),
        ("say", 502, {}),
        ("say", 503, {"retry-after": "1"}),
        ("say after", 500),
        ("say after", 504),
    ],
    ids=str,
)
@pytest.mark.parametrize("times", [1, 2])
def test_import_survives(
    server: LabelStudio, through: LabelStudio, proxy: FaultProxy, title: str, fault: Any, times: int
) -> None:
    project = prepare_project(server, title, SCHEME, None)
    proxy.fault("POST", IMPORT, fault, times)
    found, wanted = push_all(through, title)
    assert proxy.faults == [], "the fault did not happen"
    assert found == project.id
    assert article_ids(server, project.id) == wanted


def test_a_request_that_arrives_after_it_was_given_up_leaves_no_doubles(
    server: LabelStudio, through: LabelStudio, proxy: FaultProxy, title: str
) -> None:
    """The client asks, does not see the tasks, sends them again; then the first request arrives as well."""
    proxy.fault("POST", IMPORT, LATE)
    found, wanted = push_all(through, title, 10)
    for thread in proxy.late:
        thread.join()
    assert proxy.count("POST", IMPORT) == 2
    if server.task_total(found) > 10:  # it came after the push had ended: the next one clears up
        _, wanted = push_all(server, title, 10)
    assert article_ids(server, found) == wanted


@pytest.mark.parametrize("fault", [TWICE, TWICE_RESET])
def test_an_import_that_the_network_doubles_leaves_each_task_once(
    server: LabelStudio, through: LabelStudio, proxy: FaultProxy, title: str, fault: str
) -> None:
    project = prepare_project(server, title, SCHEME, None)
    proxy.fault("POST", IMPORT, 0.0)
    proxy.fault("POST", IMPORT, fault)
    pushed = push(through, project, some_tasks(BIG), quiet)
    assert proxy.faults == []
    # The second request of three, with 250 tasks.
    assert (pushed.sent, pushed.doubles_removed, pushed.project.tasks) == (BIG, 250, BIG)
    assert article_ids(server, project.id) == [task["data"]["doc_id"] for task in some_tasks(BIG)]


@pytest.mark.parametrize("fault", [TWICE, TWICE_RESET, CUT_AFTER, ("say after", 502)], ids=str)
def test_a_creation_that_the_network_doubles_or_loses_makes_one_project(
    server: LabelStudio, through: LabelStudio, proxy: FaultProxy, title: str, fault: Any
) -> None:
    proxy.fault("POST", r"/api/projects/$", fault)
    number, wanted = push_all(through, title, 3)
    assert proxy.faults == []
    assert [project.id for project in server.projects(title)] == [number]
    assert article_ids(server, number) == wanted


def test_a_creation_that_arrives_late_blocks_nobody(
    local: LocalServer, server: LabelStudio, through: LabelStudio, proxy: FaultProxy, title: str, tmp_path: Path
) -> None:
    """The client sees no project and makes one; then the first request arrives, and there are two of one title."""
    proxy.fault("POST", r"/api/projects/$", LATE)
    number, wanted = push_all(through, title, 3)
    for thread in proxy.late:
        thread.join()
    again, _ = push_all(server, title, 3)
    assert again == number
    assert article_ids(server, number) == wanted
    login = {"LABEL_STUDIO_URL": local.url, "LABEL_STUDIO_API_KEY": local.account.token}
    status = command("export", "status", title, "--json", home=tmp_path, **login)
    assert (status.returncode, json.loads(status.stdout)["project"]) == (0, number), status.stderr


@pytest.mark.parametrize("run", [1, 2, 3])
def test_two_people_who_push_to_a_new_title_at_once_make_one_project(
    local: LocalServer, server: LabelStudio, title: str, tmp_path: Path, run: int
) -> None:
    number = 300
    tasks = write_tasks(tmp_path / "tasks.json", some_tasks(number))
    login = {"LABEL_STUDIO_URL": local.url, "LABEL_STUDIO_API_KEY": local.account.token}
    program = [sys.executable, "-c", "from mihakk.cli import main; main()"]
    pushing = [
        subprocess.Popen(
            [*program, "annotate", "push", str(tasks), "--project", title],
            env=command_environment(tmp_path, **login),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    ends = [(*process.communicate(timeout=300), process.returncode) for process in pushing]
    assert [code for *_, code in ends] == [0, 0], ends
    [project] = server.projects(title)
    assert sorted(article_ids(server, project.id)) == [task["data"]["doc_id"] for task in some_tasks(number)]


def test_a_push_whose_new_project_another_push_deletes_goes_on_in_the_other(
    server: LabelStudio, title: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other push made an older project that was not there yet when this one looked."""
    kept: list[int] = []
    look = server.tasks

    def deleted_before(project_id: int) -> list[ServerTask]:
        if not kept:
            server.delete_project(project_id)
            kept.append(server.create_project(title=title, label_config=interface_xml(SCHEME)).id)
        return look(project_id)

    monkeypatch.setattr(server, "tasks", deleted_before)
    pushed = push_to(server, title, SCHEME, None, some_tasks(3), quiet)
    assert [pushed.project.id] == kept == [project.id for project in server.projects(title)]
    assert (pushed.sent, pushed.project.tasks) == (3, 3)
    # A number names one project; if that is gone, no other will do.
    server.delete_project(kept[0])
    with pytest.raises(InputError):
        push_to(server, str(kept[0]), SCHEME, None, some_tasks(3), quiet)


def test_a_lost_answer_makes_no_second_project(
    server: LabelStudio, through: LabelStudio, proxy: FaultProxy, title: str
) -> None:
    proxy.fault("POST", r"/api/projects/$", CUT_AFTER)
    proxy.fault("GET", r"/api/projects/\?", ("say", 500, {}))
    proxy.fault("GET", r"/api/tasks", CUT_INSIDE)
    push_all(through, title, 3)
    assert proxy.faults == []
    assert len(server.projects(title)) == 1


def test_giving_up_says_where_it_stands_and_the_next_push_goes_on(
    local: LocalServer, server: LabelStudio, proxy: FaultProxy, title: str, tmp_path: Path
) -> None:
    """As a command: 75 says that trying again may help."""
    project = prepare_project(server, title, SCHEME, None)
    tasks = write_tasks(tmp_path / "tasks.json", some_tasks(BIG))
    login = {"LABEL_STUDIO_URL": proxy.url, "LABEL_STUDIO_API_KEY": local.account.token}
    proxy.fault("POST", IMPORT, 0.0)
    proxy.fault("POST", IMPORT, ("say", 429, {"retry-after": "3600"}))
    stopped = command("annotate", "push", str(tasks), "--project", title, home=tmp_path, **login)
    assert (stopped.returncode, stopped.stdout) == (75, "")
    assert stopped.stderr.splitlines() == [
        f"mihakk: {proxy.url}: is busy and asks to come back in 3600 seconds",
        f"mihakk: 250 of 700 tasks are in {proxy.url}/projects/{project.id}; the same command goes on from there",
    ]
    again = command("annotate", "push", str(tasks), "--project", title, home=tmp_path, **login)
    assert (again.returncode, again.stderr) == (0, "")
    assert "450 tasks added, 250 were already there; it now has 700" in again.stdout
    assert proxy.count("POST", IMPORT) == 4
    assert article_ids(server, project.id) == [task["data"]["doc_id"] for task in some_tasks(BIG)]


def test_a_token_revoked_on_the_way(
    server: LabelStudio, proxy: FaultProxy, passwords: dict[str, str], title: str, tmp_path: Path
) -> None:
    tasks = write_tasks(tmp_path / "tasks.json", some_tasks(BIG))
    arguments = ("annotate", "push", str(tasks), "--project", title, "--url", proxy.url)
    project = prepare_project(server, title, SCHEME, None)
    guest = ("guest@example.org", passwords["guest@example.org"])
    with Person(server.url, *guest) as person:

        def revoke() -> None:
            assert person.http.post("/api/current-user/reset-token").status_code == 201

        proxy.fault("POST", IMPORT, 0.0)
        proxy.fault("POST", IMPORT, revoke)
        token = person.token
        stopped = command(*arguments, home=tmp_path, LABEL_STUDIO_API_KEY=token)
        assert stopped.returncode == 2
        assert "does not accept the token (HTTP 401: " in stopped.stderr
        assert "`mihakk annotate login`" in stopped.stderr
        assert "250 of 700 tasks are in" in stopped.stderr
        assert token not in stopped.stdout + stopped.stderr
    with Person(server.url, *guest) as person:
        again = command(*arguments, home=tmp_path, LABEL_STUDIO_API_KEY=person.token)
        assert again.returncode == 0, again.stderr
    assert article_ids(server, project.id) == [task["data"]["doc_id"] for task in some_tasks(BIG)]


def test_pull_survives_and_leaves_nothing_behind(
    server: LabelStudio, through: LabelStudio, proxy: FaultProxy, title: str
) -> None:
    number, wanted = push_all(server, title, 20)
    project = server.project(number)
    exports = f"/api/projects/{number}/exports/"
    proxy.fault("POST", exports, CUT_AFTER)
    proxy.fault("DELETE", exports, ("say", 500, {}))
    tasks = fetch_export(through, project)
    # PostgreSQL exports in no order.
    assert sorted(task["data"]["doc_id"] for task in tasks) == wanted
    assert get(server, exports) == []
    proxy.fault("GET", r"/download$", CUT_INSIDE)
    with pytest.raises(UnavailableError, match="the download broke off"):
        fetch_export(through, project)
    proxy.fault("POST", exports, ("say", 500, {}))
    with pytest.raises(UnavailableError, match="made no export: HTTP 500; run the command again"):
        fetch_export(through, project)
    assert proxy.faults == []
    assert get(server, exports) == []


def test_a_broken_pull_leaves_the_earlier_file(
    local: LocalServer, server: LabelStudio, proxy: FaultProxy, title: str, tmp_path: Path
) -> None:
    number, _ = push_all(server, title, 5)
    output = tmp_path / "export.json"
    output.write_text("[]")
    proxy.fault("GET", r"/download$", CUT_INSIDE)
    login = {"LABEL_STUDIO_URL": proxy.url, "LABEL_STUDIO_API_KEY": local.account.token}
    broken = command("export", "pull", str(number), "-o", str(output), home=tmp_path, **login)
    assert broken.returncode == 75
    assert "the download broke off" in broken.stderr
    assert output.read_text() == "[]"
    assert [path.name for path in tmp_path.iterdir()] == ["export.json"]
    whole = command(
        "export", "pull", f"{proxy.url}/projects/{number}/data?tab=3", "-o", str(output), home=tmp_path, **login
    )
    assert whole.returncode == 0, whole.stderr
    assert len(json.loads(output.read_text())) == 5


def test_lost_sign_up_answers_make_no_second_account(
    through: LabelStudio, proxy: FaultProxy, local: LocalServer, tmp_path: Path
) -> None:
    file = tmp_path / "passwords.csv"
    proxy.fault("POST", "/user/signup/", CUT_AFTER)
    proxy.fault("POST", "/user/signup/", ("say", 500, {}))
    added = add_annotators(through, ["One@example.org", "two@example.org"], file)
    assert added.made == ("one@example.org", "two@example.org")
    again = add_annotators(through, ["two@example.org", "three@example.org"], file)
    assert (again.made, again.there) == (("three@example.org",), ("two@example.org",))
    assert file.stat().st_mode & 0o777 == 0o600
    rows = [line.split(",") for line in file.read_text().splitlines()[1:]]
    assert [email for email, _ in rows] == ["one@example.org", "two@example.org", "three@example.org"]
    for row in rows:
        with Person(local.url, *row) as person:
            assert person.http.get("/api/current-user/whoami").json()["email"] == person.email


def test_no_server_at_all(tmp_path: Path) -> None:
    tasks = write_tasks(tmp_path / "tasks.json", some_tasks(1))
    login = {"LABEL_STUDIO_URL": "http://127.0.0.1:9", "LABEL_STUDIO_API_KEY": "0123456789abcdef"}
    result = command("annotate", "push", str(tasks), home=tmp_path, **login)
    assert result.returncode == 75
    assert result.stderr.startswith("mihakk: http://127.0.0.1:9: does not answer (")
    assert result.stderr.endswith("is Label Studio running there?\n")


def test_server_killed_in_the_middle_of_a_push(fragile: Any, title: str, tmp_path: Path) -> None:
    """The command gives up after half a minute, and goes on where it stopped when it is run again."""
    number = 3000
    tasks = write_tasks(tmp_path / "tasks.json", some_tasks(number))
    arguments = ["annotate", "push", str(tasks), "--project", title]
    with FaultProxy(fragile.local.url) as proxy:
        imports = 0

        def on_import() -> None:
            nonlocal imports
            imports += 1
            if imports == 6:
                threading.Timer(0.02, fragile.kill).start()  # while the server is at work on it, as like as not

        proxy.fault("POST", IMPORT, on_import, times=6)
        login = {"LABEL_STUDIO_URL": proxy.url, "LABEL_STUDIO_API_KEY": fragile.local.account.token}
        stopped = command(*arguments, home=tmp_path, **login)
        assert stopped.returncode == 75, stopped.stderr
        assert "the same command goes on from there" in stopped.stderr
        local = fragile.start_again()
        again = command(*arguments, home=tmp_path, **login)
        assert again.returncode == 0, again.stderr
    with client(local) as server:
        assert article_ids(server, server.projects(title)[0].id) == [t["data"]["doc_id"] for t in some_tasks(number)]


def test_a_push_goes_on_by_itself_when_the_server_comes_back(fragile: Any, title: str, tmp_path: Path) -> None:
    number = 1500
    tasks = write_tasks(tmp_path / "tasks.json", some_tasks(number))
    local = fragile.local
    login = {"LABEL_STUDIO_URL": local.url, "LABEL_STUDIO_API_KEY": local.account.token}
    program = [sys.executable, "-c", "from mihakk.cli import main; main()"]
    with client(local) as server:
        project = prepare_project(server, title, SCHEME, None)
        with subprocess.Popen(
            [*program, "annotate", "push", str(tasks), "--project", title],
            env=command_environment(tmp_path, **login),
            stderr=subprocess.PIPE,
            text=True,
        ) as pushing:
            while server.task_total(project.id) == 0:
                assert pushing.poll() is None
            fragile.kill()
            fragile.start_again()
            _, said = pushing.communicate(timeout=120)
            assert (pushing.returncode, said) == (0, "")
        assert article_ids(server, project.id) == [task["data"]["doc_id"] for task in some_tasks(number)]


def test_server_killed_in_the_middle_of_annotation(fragile: Any, passwords: dict[str, str], title: str) -> None:
    """What Label Studio said it has is there after the kill, once; the rest can be sent again."""
    number = 40
    emails = ["huda@example.org", "sami@example.org"]
    said: dict[str, list[tuple[int, int]]] = {email: [] for email in emails}
    local = fragile.local
    with client(local) as server:
        project = push(server, prepare_project(server, title, SCHEME, 2), some_tasks(number), quiet).project
        tasks = [task.id for task in server.tasks(project.id)]
    enough = threading.Event()

    def annotate(person: Person) -> None:
        for task in tasks:
            try:
                said[person.email].append((task, person.submit(task, [region("r1", 0, 5, "GPE")])))
            except httpx.TransportError:
                return
            if len(said[person.email]) == 10:
                enough.set()

    with ExitStack() as stack:
        people = [stack.enter_context(Person(local.url, email, passwords[email])) for email in emails]
        threads = [threading.Thread(target=annotate, args=(person,)) for person in people]
        for thread in threads:
            thread.start()
        assert enough.wait(120)
        fragile.kill()
        for thread in threads:
            thread.join()
        assert len(said[people[0].email]) < number, "the kill came too late"
        with client(fragile.start_again()) as server:
            exported = fetch_export(server, server.project(project.id))
            kept = {(a["completed_by"]["email"], t["id"], a["id"]) for t in exported for a in t["annotations"]}
            assert kept >= {(email, task, key) for email, all_said in said.items() for task, key in all_said}
            for person in people:
                done = {task for who, task, _ in kept if who == person.email}
                for task in tasks:
                    if task not in done:
                        person.submit(task, [region("r1", 0, 5, "GPE")])
            exported = fetch_export(server, server.project(project.id))
    by_task = [sorted(a["completed_by"]["email"] for a in task["annotations"]) for task in exported]
    assert by_task == [emails] * number


def test_asking_too_much_of_a_proxy_is_explained(through: LabelStudio, proxy: FaultProxy, title: str) -> None:
    proxy.fault("POST", IMPORT, ("say", 413, {}))
    with pytest.raises(InputError, match="nginx: client_max_body_size"):
        push_all(through, title, 3)
    proxy.fault("GET", "/api/projects", ("say", 301, {"location": "https://elsewhere.example.org/"}))
    with pytest.raises(InputError, match=r"redirects to https://elsewhere\.example\.org/"):
        through.projects()
