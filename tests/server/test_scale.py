"""Ten thousand tasks there and back: what Mihakk adds to the server's own time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import figures
import httpx
import pytest
from live import article_ids, client, some_tasks, write_tasks
from mihakk.annotate.interface import interface_xml
from mihakk.annotate.label_studio.client import LabelStudio
from mihakk.annotate.label_studio.local import LocalServer
from mihakk.annotate.label_studio.projects import prepare_project
from mihakk.annotate.label_studio.push import push, read_task_file
from mihakk.configs.scheme import load_scheme
from mihakk.export.pull import fetch_export

pytestmark = pytest.mark.server
SCHEME = load_scheme()
NUMBER = 10_000
WORDS = 250
# The figure is kept in benchmarks/. The test fails only at a ratio that no other process on the machine explains.
ALLOWED = 2.0
EXPORT = {
    "serialization_options": {
        "predictions": {"only_id": False},
        "drafts": {"only_id": False},
        "annotations__completed_by": {"only_id": False},
    },
    "annotation_filter_options": {"usual": True, "ground_truth": True, "skipped": True},
}


def seconds(do: Callable[[], Any]) -> float:
    start = time.perf_counter()
    do()
    return time.perf_counter() - start


def test_push_and_pull_cost_little_more_than_the_bare_calls(local: LocalServer, tmp_path: Path) -> None:
    """Bare and ours by turns, the best of each: other work on the machine hits both."""
    tasks = some_tasks(NUMBER, words=WORDS)
    file = write_tasks(tmp_path / "tasks.json", tasks)
    took: dict[str, list[float]] = {"bare push": [], "push": [], "push again": [], "bare pull": [], "pull": []}
    headers = {"Authorization": f"Token {local.account.token}"}
    with (
        client(local, timeout=300.0) as server,
        httpx.Client(base_url=local.url, headers=headers, timeout=300.0, trust_env=False) as bare,
    ):
        for turn in range(3):
            plain = server.create_project(title=f"bare {turn}", label_config=interface_xml(SCHEME)).id
            took["bare push"].append(seconds(lambda plain=plain: bare_push(bare, plain, file)))
            took["push"].append(seconds(lambda turn=turn: our_push(server, f"ours {turn}", file)))
            ours = server.projects(f"ours {turn}")[0]
            took["bare pull"].append(seconds(lambda plain=plain: bare_pull(bare, plain)))
            took["pull"].append(seconds(lambda ours=ours: our_pull(server, ours.id)))
        took["push again"].append(seconds(lambda: our_push(server, "ours 0", file)))
        assert article_ids(server, ours.id) == [task["data"]["doc_id"] for task in tasks]
    best = {what: min(all_of) for what, all_of in took.items()}
    figures.keep(
        "ten-thousand-tasks",
        {
            "tasks": NUMBER,
            "megabytes": round(file.stat().st_size / 1e6, 1),
            "seconds": {what: round(value, 2) for what, value in best.items()},
            "push_ratio": round(best["push"] / best["bare push"], 2),
            "pull_ratio": round(best["pull"] / best["bare pull"], 2),
        },
    )
    assert best["push"] < ALLOWED * best["bare push"], took
    assert best["pull"] < ALLOWED * best["bare pull"], took


def bare_push(bare: httpx.Client, project: int, file: Path) -> None:
    tasks = json.loads(file.read_text(encoding="utf-8"))
    for start in range(0, NUMBER, 250):
        bare.post(f"/api/projects/{project}/import", json=tasks[start : start + 250]).raise_for_status()


def our_push(server: LabelStudio, title: str, file: Path) -> None:
    push(server, prepare_project(server, title, SCHEME, None), read_task_file(file, SCHEME), lambda _d, _t: None)


def bare_pull(bare: httpx.Client, project: int) -> None:
    made = bare.post(f"/api/projects/{project}/exports/", json=EXPORT).raise_for_status().json()
    answer = bare.get(f"/api/projects/{project}/exports/{made['id']}/download").raise_for_status()
    assert len(answer.json()) == NUMBER
    bare.delete(f"/api/projects/{project}/exports/{made['id']}").raise_for_status()


def our_pull(server: LabelStudio, project: int) -> None:
    tasks = fetch_export(server, server.project(project))
    assert len(tasks) == NUMBER
