"""Shards on Ray: on a cluster of two machines, which are two processes here, and on Ray as a command starts it.

Ray runs in processes of its own: its warnings are none of pytest's business.
"""

from __future__ import annotations

import json
import os
import random
import re
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Here
from mihakk.eval import evaluate
from news_rows import rows_of_news, said_on
from test_shards import (
    EXTRACTOR,
    PREDICT,
    asked,
    in_shards,
    predicted,
    run,
    shards_of,
    tasks_in,
    without_notes,
    written,
)

pytest.importorskip("ray", reason="Ray is not installed: make server")

TESTS = Path(__file__).parent
# The same as `mihakk eval score gold said --engine ray`, but each list of jobs has a process killed by -9.
DYING = """
import json, sys
from functools import partial
from pathlib import Path
from mihakk.configs.shards.engines import Engine
from mihakk.eval.shards.score import score_shards
from shard_jobs import over_dying

calls = partial(over_dying, Engine("ray"), Path.cwd())
print(json.dumps(score_shards("gold", "said", calls).as_json()))
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[dict[str, str]]:
    """The environment in which commands find a cluster of two, each with one processor and a token."""
    with socket.socket() as found, tempfile.TemporaryDirectory(prefix="r-", ignore_cleanup_errors=True) as folder:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
        found.close()
        token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32), "RAY_USAGE_STATS_ENABLED": "0"}
        environment = {**os.environ, **token, "PYTHONPATH": str(TESTS)}
        common = [sys.executable, "-m", "ray.scripts.scripts", "start", "--num-cpus=1", "--block"]
        common += ["--object-store-memory=80000000", "--node-ip-address=127.0.0.1", "--disable-usage-stats"]
        head = [*common, "--head", f"--port={port}", "--include-dashboard=false", f"--temp-dir={folder}"]
        started = [_started(head, environment), _started([*common, f"--address=127.0.0.1:{port}"], environment)]
        yield {**token, "RAY_ADDRESS": f"127.0.0.1:{port}"}
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.communicate(timeout=60)


def _started(command: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
    """A machine of the cluster, once it says that it runs."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout
    printed: list[str] = []
    for line in process.stdout:
        printed.append(line)
        if "Ray runtime started" in line:
            return process
    raise AssertionError("".join(printed))


def test_a_cluster_scores_as_one_process_does_though_it_loses_one(cluster: dict[str, str], tmp_path: Path) -> None:
    draw = random.Random(5)
    gold = rows_of_news(draw, 60)
    said = said_on(draw, gold)
    shards_of(tmp_path, gold, said, [3, 3, 40])
    one = evaluate(written(tmp_path / "gold.jsonl", gold), written(tmp_path / "said.jsonl", said))
    done = subprocess.run(
        [sys.executable, "-c", DYING],
        cwd=tmp_path,
        env={**os.environ, **cluster, "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "killed").exists()
    assert without_notes(json.loads(done.stdout)) == without_notes(one)


def test_a_cluster_predicts_with_actors_that_keep_the_extractor(cluster: dict[str, str], tmp_path: Path) -> None:
    """One is killed at a007: its shard is asked again, from the answers that it kept."""
    in_shards(tmp_path / "articles", rows_of_news(random.Random(8), 16), [4, 4, 12])
    # Each process that loads the extractor writes a line.
    loads = "with open('loads.txt', 'a') as file:\n    file.write(f'{os.getpid()}\\n')\n"
    (tmp_path / "words.py").write_text(
        EXTRACTOR.replace('"KILL" in os.environ', "Path('kill').exists()")
        .replace('os.environ["KILL"]', "'killed'")
        .replace('"COMMAND" in os.environ', "False")
        + loads,
        encoding="utf-8",
    )
    (tmp_path / "kill").touch()
    done = run(tmp_path, f"{PREDICT} --engine ray --set gpus=1", **cluster)
    assert done.returncode == 2
    assert "no machine of the cluster has 1 CPU, 1 GPU" in done.stderr
    done = run(tmp_path, f"{PREDICT} --engine ray --set cpus=1", **cluster)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "killed").exists()
    predicted(tmp_path)
    assert sorted(asked(tmp_path)) == [f"a{number:03}" for number in range(16)]
    loads_of = (tmp_path / "loads.txt").read_text(encoding="utf-8").split()
    assert len(set(loads_of)) <= 4, "one to know the extractor, two to predict, one instead of the killed one"


def test_a_cluster_makes_the_tasks_and_events_that_one_process_makes(
    cluster: dict[str, str], here: Here, folder: Path
) -> None:
    rows = [{"id": f"a{n}", "text": f"عنوان {n}\n\nنص الخبر عن بيروت ودمشق في شتاء بارد."} for n in range(9)]
    in_shards(folder / "articles", rows, [2, 7])
    assert here("annotate tasks articles -o one.json")[0] == 0
    done = run(folder, "annotate tasks articles -o tasks/ --engine ray", **cluster)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "tasks/: 9 tasks in 3 shards\n")
    made = [task for path in sorted((folder / "tasks").glob("part-*")) for task in tasks_in(path)]
    assert made == tasks_in(folder / "one.json")
    assert here("annotate events articles -o one.yaml")[0] == 0
    done = run(folder, "annotate events articles -o events.yaml --engine ray", **cluster)
    assert (done.returncode, "9 articles without a date" in done.stderr) == (0, True)
    assert "8 pairs of near-copies" in done.stdout, "of nine shingles only two have the number"
    assert (folder / "events.yaml").read_bytes() == (folder / "one.yaml").read_bytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


# `mihakk eval score gold said --engine ray --json`, and then what can be seen of Ray from outside, as the last line.
LOOKING = """
import os, sys, json
from mihakk.cli import main
from ray_seen import seen

sys.argv = "mihakk eval score gold said --engine ray --json".split()
try:
    main()
except SystemExit as end:
    print(json.dumps({"code": end.code, **seen(os.environ["RAY_AUTH_TOKEN"])}))
"""


def test_ray_that_the_command_starts_scores_as_one_process_does_and_is_seen_by_nobody_else(tmp_path: Path) -> None:
    draw = random.Random(6)
    gold = rows_of_news(draw, 12)
    said = said_on(draw, gold)
    shards_of(tmp_path, gold, said, [6])
    one = evaluate(written(tmp_path / "gold.jsonl", gold), written(tmp_path / "said.jsonl", said))
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    done = subprocess.run(
        [sys.executable, "-c", LOOKING],
        cwd=tmp_path,
        env={key: value for key, value in environment.items() if not key.startswith("RAY_")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    scores, last = done.stdout.rstrip("\n").rsplit("\n", 1)
    assert without_notes(json.loads(scores)) == without_notes(one)
    found = json.loads(last)
    assert found["code"] == 0
    assert found["processes"] >= 4, "the raylet, the store of names, and workers"
    assert set(found["addresses"]) == {"127.0.0.1"}
    assert found["dashboard"] is False
    assert found["usage"] == "0"
    # The token is new, and is where only the processes themselves see it.
    assert re.fullmatch("[0-9a-f]{64}", found["token"])
    assert found["token"] not in scores
    assert found["in_command_lines"] == found["in_files"] == []
    # Files and sockets are in a folder for the owner, which goes with the command.
    assert found["mode"] == "0o700"
    assert not Path(found["folder"]).exists()
