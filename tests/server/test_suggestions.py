"""Suggestions from `mihakk eval serve` in a real Label Studio and a real browser, and what gold knows of them."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from browser import Annotating, chromium
from live import Person, command, command_environment, some_tasks, write_tasks
from mihakk.annotate.preannotation import is_blind

pytestmark = [pytest.mark.server, pytest.mark.browser]

# بغداد of each task's text, at its first place.
EXTRACTOR = """
def extract(document):
    start = document["text"].index("بغداد")
    return {"entities": [{"start": start, "end": start + 5, "label": "GPE"}]}
"""


@contextmanager
def process(home: Path, until: str, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A command that runs until it is stopped, and what it said up to a line that begins with `until`."""
    with subprocess.Popen(
        [sys.executable, "-c", "from mihakk.cli import main; main()", *arguments],
        cwd=home,
        env=command_environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as started:
        assert started.stdout
        said = ""
        for line in started.stdout:
            said += line
            if line.startswith(until):
                break
        try:
            yield started, said
        finally:
            started.send_signal(signal.SIGINT)
            rest = started.stdout.read()
            started.wait(60)
            assert "Traceback" not in said + rest


def test_suggestions_are_seen_taken_over_and_known_in_the_gold(prepared: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(prepared, data)
    (tmp_path / "own.py").write_text(EXTRACTOR, encoding="utf-8")
    made = some_tasks(6)
    blind = {task["data"]["doc_id"] for task in made if is_blind(task["data"]["doc_id"], 0.5, 13)}
    assert 0 < len(blind) < 6
    tasks = write_tasks(tmp_path / "tasks.json", made)
    account = json.loads((data / "account.json").read_text())
    with process(tmp_path, "Next", "eval", "serve", "own:extract", "--port", "0", "--blind", "0.5") as (_, backend):
        served = re.search(r"(own:extract#[0-9a-f]{8}) is at (http://127\.0\.0\.1:\d+)", backend)
        assert served, backend
        model, address = served.groups()
        serve = ("annotate", "serve", str(tasks), "--data", str(data), "--port", "0", "--backend", address)
        with process(tmp_path, "Ctrl-C", *serve) as (_, said):
            assert f"Suggestions come from {address}" in said, said
            url = re.search(r"Label Studio is at (http://127\.0\.0\.1:\d+)", said)
            assert url
            with Person(url[1], account["email"], account["password"]) as lead:
                [project] = lead.http.get("/api/projects").json()["results"]
            with chromium(tmp_path / "profile") as page:
                work = Annotating(page, url[1], account["email"], account["password"])
                work.start(f"{url[1]}/projects/{project['id']}")
                for n, task in enumerate(made):
                    work.wait_for_task(f"عنوان الخبر {n}")
                    is_shown = task["data"]["doc_id"] not in blind
                    page.wait_for_function("window.Htx.annotationStore.selected")
                    if is_shown:
                        page.wait_for_function("window.Htx.annotationStore.selected.regions.length === 1")
                    else:
                        assert work.regions() == 0
                        work.mark("المتحدث", key="2")
                    work.submit()
            pulled = command("export", "pull", "-o", str(tmp_path / "export.json"), home=tmp_path)
            assert pulled.returncode == 0, pulled.stderr
        log = (data / "server.log").read_text(errors="replace")
    dataset = command("export", "dataset", str(tmp_path / "export.json"), "-o", str(tmp_path / "gold"), home=tmp_path)
    assert dataset.returncode == 0, dataset.stderr
    assert json.loads((tmp_path / "gold" / "gold.json").read_text())["preannotated_by"] == {model: 6 - len(blind)}
    written = command("export", "write", str(tmp_path / "gold"), "-o", "-", "--as", "jsonl", home=tmp_path).stdout
    rows = {row["id"]: row for row in map(json.loads, written.splitlines())}
    assert {name for name, row in rows.items() if row.get("preannotated_by") == model} == rows.keys() - blind
    for name, row in rows.items():
        assert [e["label"] for e in row["entities"]] == (["OCC"] if name in blind else ["GPE"])
    # The backend was sent the owner's token, and kept and said nothing of it.
    assert account["token"] not in backend + said + log + written


def test_a_backend_at_another_address_takes_the_place_of_the_first(prepared: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(prepared, data)
    (tmp_path / "own.py").write_text(EXTRACTOR, encoding="utf-8")
    tasks = write_tasks(tmp_path / "tasks.json", some_tasks(1))
    account = json.loads((data / "account.json").read_text())
    addresses: list[str] = []
    for again in (False, False, True):
        with process(tmp_path, "Next", "eval", "serve", "own:extract", "--port", "0") as (_, backend):
            addresses.append(re.search(r"http://127\.0\.0\.1:\d+", backend)[0])  # type: ignore[index]
            serve = ("annotate", "serve", str(tasks), "--data", str(data), "--port", "0", "--backend", addresses[-1])
            for _ in range(2 if again else 1):  # the second time it is connected already
                with process(tmp_path, "Ctrl-C", *serve) as (_, said):
                    url = re.search(r"Label Studio is at (http://127\.0\.0\.1:\d+)", said)
                    assert url, said
                    with Person(url[1], account["email"], account["password"]) as lead:
                        [project] = lead.http.get("/api/projects").json()["results"]
                        backends = lead.http.get("/api/ml", params={"project": project["id"]}).json()
                assert [(each["title"], each["url"], each["state"]) for each in backends] == [
                    ("mihakk", addresses[-1], "CO")
                ]
    assert len(set(addresses)) > 1


def test_a_backend_elsewhere_or_one_that_does_not_answer_is_refused(prepared: Path, tmp_path: Path) -> None:
    tasks = write_tasks(tmp_path / "tasks.json", some_tasks(1))
    for address, more, code, said in (
        ("http://192.0.2.1:9090", (str(tasks),), 2, "must be on this machine"),
        ("http://127.0.0.1:9", (str(tasks),), 75, "does not answer; start it with `mihakk eval serve`"),
        ("http://127.0.0.1:9", (), 2, "needs the file of tasks, to know their project"),
    ):
        done = command(
            "annotate", "serve", *more, "--backend", address, "--data", str(tmp_path / "data"), home=tmp_path
        )
        assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert not (tmp_path / "data").exists()
