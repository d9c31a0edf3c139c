"""Accounts on a real server: listed, given a new password, taken out of the team; and their work, which stays."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from live import Person, command, some_tasks, write_tasks
from mihakk.annotate.label_studio.local import LocalServer
from raw_export import region

pytestmark = pytest.mark.server


def database_of(local: LocalServer) -> dict[str, str]:
    """What a lead has in the environment for `serve`, of a server on PostgreSQL; nothing on SQLite."""
    pairs = Path(f"/proc/{local.process.pid}/environ").read_text().split("\0")
    its = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    if its["DJANGO_DB"] == "sqlite":
        return {}
    user, host, port, name = (its[f"POSTGRE_{key}"] for key in ("USER", "HOST", "PORT", "NAME"))
    return {"MIHAKK_DATABASE": f"postgresql://{user}@{host}:{port}/{name}", "PGPASSWORD": its["PGPASSWORD"]}


def test_an_annotator_comes_forgets_the_password_and_leaves(local: LocalServer, title: str, tmp_path: Path) -> None:
    login = {"LABEL_STUDIO_URL": local.url, "LABEL_STUDIO_API_KEY": local.account.token, **database_of(local)}

    def run(*arguments: str, code: int = 0) -> tuple[str, str]:
        done = command(*arguments, home=tmp_path, **login)
        assert done.returncode == code, done.stderr
        return done.stdout, done.stderr

    def accounts() -> dict[str, str | None]:
        listed = json.loads(run("annotate", "annotators", "list", "--json")[0])
        return {one["email"]: one["last_active"] for one in listed}

    passwords, email = tmp_path / "passwords.csv", "zayd@example.org"

    def password() -> str:
        return dict(csv.reader(passwords.read_text(encoding="utf-8").splitlines()))[email]

    run("annotate", "annotators", "add", email, "-o", str(passwords))
    first = password()
    assert email in accounts()
    tasks = write_tasks(tmp_path / "tasks.json", some_tasks(1))
    run("annotate", "push", str(tasks), "--project", title)
    with Person(local.url, email, first) as zayd:
        projects = {one["title"]: one["id"] for one in zayd.http.get("/api/projects").json()["results"]}
        listed = zayd.http.get("/api/tasks", params={"project": projects[title]}).json()["tasks"]
        zayd.submit(listed[0]["id"], [region("r", 0, 5, "GPE")])

    said, _ = run("annotate", "annotators", "reset", email, "-o", str(passwords), "--data", str(local.folder))
    assert password() not in (first, *said.split())
    with Person(local.url, email, password()), pytest.raises(AssertionError):
        Person(local.url, email, first)

    _, refused = run("annotate", "annotators", "remove", email, "nobody@example.org", code=2)
    assert "nobody@example.org: has no account in the team" in refused
    _, refused = run("annotate", "annotators", "remove", local.account.email, code=2)
    assert "nobody can remove their own" in refused
    assert email in run("annotate", "annotators", "list")[0]
    run("annotate", "annotators", "remove", email)
    assert email not in accounts()
    _, refused = run("annotate", "annotators", "add", email, "-o", str(passwords), code=2)
    assert "that was not removed before" in refused
    run("export", "pull", title, "-o", str(tmp_path / "export.json"))
    (task,) = json.loads((tmp_path / "export.json").read_text(encoding="utf-8"))
    assert [one["completed_by"]["email"] for one in task["annotations"]] == [email]
