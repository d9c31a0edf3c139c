"""Shards on S3: moto's server stands in for it, as a process of its own on 127.0.0.1."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mihakk.eval import evaluate
from news_rows import rows_of_news, said_on
from test_shards import EXTRACTOR, in_shards, run, shards_of, tasks_in, without_notes, written

pytest.importorskip("moto", reason="moto is not installed: make server")

# Copies a folder to an address, or lists one: in a process of its own, since pyarrow reads the variables once.
COPY = "import sys; from pyarrow import fs; fs.copy_files(sys.argv[1], sys.argv[2])"
MAKE = "from pyarrow import fs; fs.FileSystem.from_uri('s3://news?allow_bucket_creation=true')[0].create_dir('news')"
LIST = (
    "import sys; from pyarrow import fs; s, p = fs.FileSystem.from_uri(sys.argv[1]); "
    "print(*sorted(i.base_name for i in s.get_file_info(fs.FileSelector(p))))"
)


@pytest.fixture(scope="module")
def s3() -> Iterator[dict[str, str]]:
    """The environment in which commands find the server, which has an empty bucket `news`."""
    command = [sys.executable, "-u", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr
        found = next(filter(None, (re.search(r"http://127\.0\.0\.1:\d+", line) for line in server.stderr)))
        keys = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "test")
        environment = {**keys, "AWS_ENDPOINT_URL": found[0], "AWS_DEFAULT_REGION": "us-east-1"}
        try:
            python(environment, MAKE)
            yield environment
        finally:
            server.terminate()
            server.stderr.read()


def python(environment: dict[str, str], code: str, *arguments: Any) -> str:
    call = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(
        call, env={**os.environ, **environment}, check=True, capture_output=True, text=True, timeout=60
    ).stdout


def test_shards_on_s3_are_scored_as_one_file(s3: dict[str, str], tmp_path: Path) -> None:
    draw = random.Random(11)
    gold = rows_of_news(draw, 20)
    said = said_on(draw, gold)
    shards_of(tmp_path, gold, said, [5, 5])
    one = evaluate(written(tmp_path / "gold.jsonl", gold), written(tmp_path / "said.jsonl", said))
    for name in ("gold", "said"):
        python(s3, COPY, tmp_path / name, f"s3://news/{name}")
    done = run(tmp_path, "eval score 's3://news/gold/part-*.jsonl' s3://news/said --json", **s3)
    assert (done.returncode, done.stderr) == (0, "")
    assert without_notes(json.loads(done.stdout)) == without_notes(one)


def test_predictions_go_to_s3_and_only_what_is_missing_is_made(s3: dict[str, str], tmp_path: Path) -> None:
    in_shards(tmp_path / "articles", rows_of_news(random.Random(12), 6), [3])
    (tmp_path / "words.py").write_text(EXTRACTOR, encoding="utf-8")
    python(s3, COPY, tmp_path / "articles", "s3://news/articles")
    command = "eval predict s3://news/articles -o s3://news/predicted --extractor words:extract"
    done = run(tmp_path, command, **s3)
    assert (done.returncode, done.stderr) == (0, "")
    assert python(s3, LIST, "s3://news/predicted").split() == ["part-000.jsonl", "part-001.jsonl", "shards.json"]
    written(tmp_path / "articles" / "part-001.jsonl", [{"id": "new", "text": "خبر جديد"}, {"id": "bad", "text": 1}])
    python(s3, COPY, tmp_path / "articles" / "part-001.jsonl", "s3://news/articles/part-001.jsonl")
    done = run(tmp_path, command, **s3)
    assert done.returncode == 2
    assert "s3://news/articles/part-001.jsonl:2: text must be text" in done.stderr
    written(tmp_path / "articles" / "part-001.jsonl", [{"id": "new", "text": "خبر جديد"}])
    python(s3, COPY, tmp_path / "articles" / "part-001.jsonl", "s3://news/articles/part-001.jsonl")
    done = run(tmp_path, command, **s3)
    assert done.returncode == 0, done.stderr
    assert "1 shard was there already" in done.stderr
    asked = (tmp_path / "asked.txt").read_text(encoding="utf-8").split()
    assert sorted(asked) == [*(f"a{n:03}" for n in range(6)), "new"]


def test_tasks_and_events_of_shards_on_s3_are_those_of_a_folder(s3: dict[str, str], tmp_path: Path) -> None:
    """What cannot be read is named by its address, not by that of the copy that was read."""
    rows: list[Any] = [{"id": f"a{n}", "text": f"عنوان {n}\n\nنص الخبر رقم {n} في بيروت."} for n in range(6)]
    in_shards(tmp_path / "texts", [*rows[:4], {"id": "bad", "text": ""}, *rows[4:]], [3])
    python(s3, COPY, tmp_path / "texts", "s3://news/texts")
    bad = "s3://news/texts/part-001.jsonl:2: "
    done = run(tmp_path, "annotate tasks s3://news/texts -o s3://news/tasks", **s3)
    assert (done.returncode, done.stdout) == (1, "s3://news/tasks: 6 tasks in 2 shards\n")
    assert bad in done.stderr
    assert "mihakk-shard-" not in done.stderr
    (tmp_path / "tasks").mkdir()
    python(s3, COPY, "s3://news/tasks", tmp_path / "tasks")
    made = [task for path in sorted((tmp_path / "tasks").glob("part-*")) for task in tasks_in(path)]
    assert [(task["data"]["doc_id"], task["data"]["text"]) for task in made] == [(r["id"], r["text"]) for r in rows]
    done = run(tmp_path, "annotate events s3://news/texts -o events.yaml", **s3)
    assert done.returncode == 1
    assert bad in done.stderr
    assert "mihakk-shard-" not in done.stderr
    assert run(tmp_path, "annotate events texts -o one.yaml").returncode == 1
    assert (tmp_path / "events.yaml").read_bytes() == (tmp_path / "one.yaml").read_bytes()


def test_an_address_without_anything_is_named(s3: dict[str, str], tmp_path: Path) -> None:
    done = run(tmp_path, "eval score s3://news/nowhere s3://news/nowhere", **s3)
    assert (done.returncode, done.stderr) == (2, "mihakk: s3://news/nowhere: there is no such file or folder\n")
