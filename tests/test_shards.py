"""Scores of shards are those of one file, to the last bit, whatever is in which shard."""

from __future__ import annotations

import json
import os
import random
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shard_jobs
from conftest import Here
from hypothesis import given, settings
from hypothesis import strategies as st
from mihakk.configs.errors import InputError, numberless
from mihakk.configs.shards.engines import TRIES, Engine, over
from mihakk.eval import evaluate
from mihakk.eval.shards.score import score_shards
from news_rows import rows_of_news, said_on
from shard_jobs import over_dying


def plain_map(function: Callable[[Any], Any], jobs: Sequence[Any]) -> Iterable[tuple[int, Any]]:
    """What Dask, Spark or a loop do: each job alone, and here the last first."""
    return [(number, function(jobs[number])) for number in reversed(range(len(jobs)))]


def written(path: Path, rows: Iterable[Any]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def in_shards(folder: Path, rows: Sequence[Any], bounds: Sequence[int]) -> Path:
    """The rows in files `part-0.jsonl` and so on, cut at these places; of equal places comes an empty file."""
    folder.mkdir()
    for number, (first, last) in enumerate(zip((0, *bounds), (*bounds, len(rows)), strict=True)):
        written(folder / f"part-{number:03}.jsonl", rows[first:last])
    return folder


def numbers(scores: Any) -> Any:
    """All of scores.json but the names and hashes of the inputs."""
    content = scores.as_json() if hasattr(scores, "as_json") else scores
    signature = [part for part in content["signature"].split("|") if not part.startswith("gold:")]
    return {**content, "signature": signature, "gold": None, "predictions": None}


@given(seed=st.integers(0, 10**9), count=st.integers(1, 40), data=st.data())
@settings(max_examples=50)
def test_the_scores_of_shards_are_those_of_one_file(
    seed: int, count: int, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """All tasks, clitic-tolerant ones too, each number with its interval, and the notes: the JSON is the same text."""
    folder = tmp_path_factory.mktemp("shards")
    draw = random.Random(seed)
    gold = rows_of_news(draw, count)
    said = said_on(draw, gold)
    bounds = sorted(data.draw(st.lists(st.integers(0, count), max_size=5)))
    try:
        one = numbers(evaluate(written(folder / "gold.jsonl", gold), written(folder / "said.jsonl", said)))
    except InputError:  # nothing to score, or nothing predicted
        with pytest.raises(InputError):
            score_shards(*shards_of(folder, gold, said, bounds), plain_map)
        return
    several = numbers(score_shards(*shards_of(folder, gold, said, bounds), plain_map))
    # What concerns one shard alone names it, and has its own numbers. Offsets are doubted in each alone, if it has enough.
    notes = [re.sub(r"^part-\d+: ", "", note) for note in several.pop("notes")]
    assert said_of_all(notes) == said_of_all(one.pop("notes"))
    assert json.dumps(several) == json.dumps(one)


def said_of_all(notes: Iterable[str]) -> set[str]:
    return {numberless(note) for note in notes if "no predictions:" not in note and "inside words" not in note}


def shards_of(folder: Path, gold: Sequence[Any], said: Sequence[Any], bounds: Sequence[int]) -> tuple[str, str]:
    """Gold and predictions in shards. A shard of predictions has what is said on the documents of its gold."""
    by_id = {row["id"]: row for row in said}
    in_shards(folder / "gold", gold, bounds)
    (folder / "said").mkdir()
    for path in (folder / "gold").iterdir():
        ids = [json.loads(line)["id"] for line in path.read_text(encoding="utf-8").splitlines()]
        if rows := [by_id[name] for name in ids if name in by_id]:
            written(folder / "said" / path.name, rows)
    return str(folder / "gold"), str(folder / "said")


# --- engines


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A folder with `gold` and `said` in four unequal shards (one is empty), and the scores of one file."""
    folder = tmp_path_factory.mktemp("news")
    draw = random.Random(5)
    gold = rows_of_news(draw, 60)
    said = said_on(draw, gold)
    shards_of(folder, gold, said, [3, 3, 40])
    return folder, numbers(evaluate(written(folder / "gold.jsonl", gold), written(folder / "said.jsonl", said)))


def without_notes(scores: Any) -> str:
    return json.dumps({**numbers(scores), "notes": None})


def test_shards_are_scored_in_processes_of_this_machine(news: tuple[Path, Any], tmp_path: Path) -> None:
    """Each list of jobs loses a process to a kill -9: its shards are counted again, and once."""
    folder, one = news
    calls = partial(over_dying, Engine(), tmp_path)
    scores = score_shards(str(folder / "gold"), str(folder / "said"), calls)
    assert (tmp_path / "killed").exists()
    assert without_notes(scores) == json.dumps({**one, "notes": None})


def test_a_job_that_kills_its_process_each_time_is_named_and_costs_no_other() -> None:
    answers: list[Any] = []
    with pytest.raises(InputError, match=f"^shard-7 dies: its process was killed {TRIES} times") as found:
        answers.extend(over(Engine(), shard_jobs.dies, ["shard-6", "shard-7 dies", "shard-8"]))
    assert len(found.value.problems) == 1
    assert sorted(answers) == [(0, "shard-6"), (2, "shard-8")]


def test_a_process_that_is_killed_while_others_answer_at_length_stops_nothing(tmp_path: Path) -> None:
    answers = dict(over_dying(Engine(), tmp_path, shard_jobs.answers_at_length, range(8)))
    assert answers == {n: bytes([n]) * (1 << 20) for n in range(8)}


def test_a_fault_of_the_program_is_raised_where_it_can_be_seen() -> None:
    with pytest.raises(ZeroDivisionError) as found:
        list(over(Engine(), shard_jobs.has_a_fault, [0]))
    assert "in has_a_fault" in found.value.__notes__[0]


def test_problems_of_all_jobs_are_raised_at_the_end_and_answers_come_before() -> None:
    answers: list[int] = []
    with pytest.raises(InputError) as found:
        answers.extend(answer for _, answer in over(Engine(), shard_jobs.refuses, [0, 1, 2, 3]))
    assert sorted(answers) == [0, 2]
    assert sorted(found.value.problems) == ["job 1: is odd", "job 3: is odd"]


def test_ray_that_is_not_installed_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    for name in ("RAY_USAGE_STATS_ENABLED", "RAY_AUTH_MODE", "RAY_AUTH_TOKEN"):
        monkeypatch.setenv(name, "")
    with pytest.raises(InputError, match=r"pip install -e '\.\[ray\]'"):
        list(over(Engine("ray"), shard_jobs.refuses, [0]))


# --- what is no set of shards


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    draw = random.Random(3)
    gold = rows_of_news(draw, 12)
    shards_of(tmp_path, gold, said_on(draw, gold), [6])
    return tmp_path


def test_the_command_scores_a_folder_or_a_glob(here: Here, folder: Path) -> None:
    code, printed, _ = here("eval score gold said --json")
    again = here("eval score 'gold/*.jsonl' 'said/part-*' --engine local --json")
    assert (code, again[0]) == (0, 0)
    assert without_notes(json.loads(printed)) == without_notes(json.loads(again[1]))


def test_what_is_in_two_shards_or_in_no_gold_is_named(here: Here, folder: Path) -> None:
    first = (folder / "gold" / "part-000.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)[0]
    (folder / "gold" / "part-002.jsonl").write_text(first, encoding="utf-8")
    code, _, problem = here("eval score gold said")
    assert code == 2
    assert "gold/part-002.jsonl: document a000 is in gold/part-000.jsonl, too" in problem
    (folder / "gold" / "part-002.jsonl").unlink()
    (folder / "said" / "more.jsonl").write_text('{"id": "x", "entities": []}\n', encoding="utf-8")
    code, _, problem = here("eval score gold said")
    assert code == 2
    assert "said/more.jsonl: there is no shard of this name in gold" in problem


def test_options_of_one_file_are_refused(here: Here, folder: Path) -> None:
    code, _, problem = here("eval score gold said --errors errors.jsonl --split test")
    assert code == 2
    assert "--split, --errors: not for shards" in problem
    code, _, problem = here("eval score gold/part-000.jsonl said/part-000.jsonl --engine local")
    assert code == 2
    assert "--engine: is for a folder or glob of shards" in problem


# --- predictions on shards

EXTRACTOR = """
import os, signal
from pathlib import Path

def once(name):
    try:
        Path(name).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True

def extract(document):
    if document["id"] == "a007" and "KILL" in os.environ and once(os.environ["KILL"]):
        # This process, or the command that started it.
        os.kill(os.getppid() if "COMMAND" in os.environ else os.getpid(), signal.SIGKILL)
        if "COMMAND" in os.environ:
            signal.pause()
    word = document["text"].split()[0]
    with open("asked.txt", "a") as file:
        file.write(document["id"] + "\\n")
    return {"entities": [{"start": 0, "end": len(word), "label": "PERS"}]}
"""


def run(folder: Path, command: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mihakk", *shlex.split(command)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), **more},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """Four shards of articles (the second is empty), and an extractor."""
    in_shards(tmp_path / "articles", rows_of_news(random.Random(8), 16), [4, 4, 12])
    (tmp_path / "words.py").write_text(EXTRACTOR, encoding="utf-8")
    return tmp_path


PREDICT = "eval predict articles -o said --extractor words:extract"


def predicted(folder: Path) -> list[str]:
    """The lines of all shards, which have to be those that the extractor says, in the order of the articles."""
    rows = [
        json.loads(line)
        for path in sorted((folder / "articles").iterdir())
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    lines = [
        line
        for path in sorted((folder / "said").glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    said = [json.loads(line) for line in lines]
    assert [row["id"] for row in said] == [row["id"] for row in rows]
    assert [row["entities"][0]["end"] for row in said] == [len(row["text"].split()[0]) for row in rows]
    return lines


def asked(folder: Path) -> list[str]:
    return (folder / "asked.txt").read_text(encoding="utf-8").split()


def test_a_shard_whose_process_is_killed_is_predicted_again(articles: Path) -> None:
    done = run(articles, PREDICT, KILL="killed")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "said: predictions on 16 documents in 4 shards\n"
    assert (articles / "killed").exists()
    predicted(articles)
    assert sorted(path.name for path in (articles / "said").iterdir()) == [
        *(f"part-{number:03}.jsonl" for number in range(4)),
        "shards.json",
    ]


def test_a_command_that_is_killed_goes_on_and_a_change_is_noticed(articles: Path) -> None:
    """Killed at a007: the shards that were whole are not asked again, nor are the answers that were kept."""
    done = run(articles, PREDICT, KILL="killed", COMMAND="1")
    assert done.returncode == -signal.SIGKILL
    before = set(asked(articles))
    assert "a007" not in before
    done = run(articles, PREDICT)
    assert done.returncode == 0, done.stderr
    lines = predicted(articles)
    assert sorted(asked(articles)) == sorted(f"a{number:03}" for number in range(16)), "each once"
    # Nothing is missing: nobody is asked.
    done = run(articles, PREDICT)
    assert "4 shards were there already" in done.stderr
    assert len(asked(articles)) == 16
    # One shard has another article now, and one is gone.
    changed = articles / "articles" / "part-002.jsonl"
    changed.write_text(changed.read_text(encoding="utf-8").replace("a005", "b005"), encoding="utf-8")
    (articles / "articles" / "part-003.jsonl").unlink()
    done = run(articles, PREDICT)
    assert done.returncode == 0, done.stderr
    assert "1 shard was removed" in done.stderr
    assert len(asked(articles)) == 16 + 8
    assert predicted(articles)[:4] == lines[:4]
    # Other code is another extractor.
    with (articles / "words.py").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    done = run(articles, PREDICT)
    assert done.returncode == 2
    assert "different are code" in done.stderr
    done = run(articles, f"{PREDICT} --fresh")
    assert done.returncode == 0, done.stderr
    assert len(asked(articles)) == 16 + 8 + 12


def test_an_article_that_is_in_two_shards_is_refused(articles: Path) -> None:
    """As `eval score` refuses it. Also when the shard was added later, and each time until it is mended."""
    assert run(articles, PREDICT).returncode == 0
    first = (articles / "articles" / "part-000.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)[0]
    more = articles / "articles" / "part-009.jsonl"
    more.write_text(first, encoding="utf-8")
    for _ in range(2):
        done = run(articles, PREDICT)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == "mihakk: part-009: document a000 is in part-000, too; ids must be unique\n"
    more.write_text(first.replace("a000", "new"), encoding="utf-8")
    assert run(articles, PREDICT).returncode == 0


def test_one_answer_that_fails_costs_no_other(articles: Path) -> None:
    """The shard is written without it, and the next run asks about it alone."""
    module = articles / "words.py"
    right = module.read_text(encoding="utf-8")
    module.write_text(
        right.replace(
            "def extract(document):",
            "def extract(document):\n    assert not (document['id'] == 'a009' and Path('bad').exists())",
        ),
        encoding="utf-8",
    )
    (articles / "bad").touch()
    done = run(articles, PREDICT)
    assert done.returncode == 1
    assert "part-002: the extractor failed on document a009" in done.stderr
    assert "15 of 16 documents" in done.stdout
    (articles / "bad").unlink()
    done = run(articles, PREDICT)
    assert done.returncode == 0, done.stderr
    predicted(articles)
    assert len(asked(articles)) == 16


def test_shards_that_cannot_be_read_are_named_by_each_command(articles: Path) -> None:
    """The others are written, and nothing of the runs stays beside them."""
    (articles / "articles" / "x.parquet").write_bytes(b"PAR1")
    for command in (PREDICT, "annotate tasks articles -o tasks/", "annotate events articles -o e.yaml --engine local"):
        done = run(articles, command)
        assert (done.returncode, "mihakk: articles/x.parquet: " in done.stderr) == (
            2 if command == PREDICT else 1,
            True,
        )
        assert "Traceback" not in done.stderr
    assert sorted(path.name for path in (articles / "said").iterdir()) == [
        *(f"part-{number:03}.jsonl" for number in range(4)),
        "shards.json",
    ]
    assert (articles / "e.yaml").exists()
    (articles / "articles" / "x.parquet").unlink()
    (articles / "articles" / "x.jsonl").symlink_to("nowhere")
    done = run(articles, "annotate tasks articles -o more/")
    assert (done.returncode, done.stderr) == (
        2,
        "mihakk: articles/x.jsonl: is a link that leads nowhere; mend or remove it\n",
    )


def test_the_folder_of_the_input_is_not_written_into(articles: Path) -> None:
    """Not even one that the same command made: it would remove shards that are not asked for."""
    done = run(articles, PREDICT)
    assert done.returncode == 0, done.stderr
    before = {path.name: path.read_bytes() for path in (articles / "said").iterdir()}
    done = run(articles, "eval predict 'said/part-00[01].jsonl' -o said --extractor words:extract --fresh")
    assert (done.returncode, done.stderr) == (2, "mihakk: said: has the input; choose another -o\n")
    assert {path.name: path.read_bytes() for path in (articles / "said").iterdir()} == before


def test_a_shard_with_rows_that_are_no_articles_says_which(articles: Path) -> None:
    written(
        articles / "articles" / "part-001.jsonl",
        [{"id": "x", "text": 5}, {"id": "y", "text": "نص", "event_claims": [1]}],
    )
    done = run(articles, PREDICT)
    assert done.returncode == 2
    assert "part-001.jsonl:1: text must be text" in done.stderr
    assert "part-001.jsonl:2: event_claims must be a list of objects" in done.stderr
    assert (articles / "said" / "part-000.jsonl").exists(), "the other shards are written"
    assert not (articles / "said" / "part-001.jsonl").exists()


# --- tasks of shards

TASKS = "annotate tasks articles -o tasks/ --events events.yaml"
EVENTS = """
events:
  - id: e1
    title: قصف
    articles: [a001, a009]
    claims:
      - {id: c1, text: قُصفت المدينة}
"""


def tasks_in(path: Path) -> list[Any]:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("form", [".jsonl", ".parquet"])
def test_tasks_of_shards_are_those_of_one_command(here: Here, folder: Path, form: str) -> None:
    """One after another they are the tasks of one file; a change of one shard makes that alone, one of events all."""
    rows = [{"id": f"a{n:03}", "text": f"عنوان {n}\n\nنص الخبر رقم {n} في بيروت."} for n in range(10)]
    shards = in_shards(folder / "articles", rows, [2, 2, 7])
    if form == ".parquet":
        for path in list(shards.iterdir()):
            some = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
            table = pa.Table.from_pylist(some, pa.schema({"id": pa.string(), "text": pa.string()}))
            pq.write_table(table, path.with_suffix(form))
            path.unlink()
    (folder / "events.yaml").write_text(EVENTS, encoding="utf-8")
    assert here("annotate tasks articles -o one.json --events events.yaml")[0] in (0, 1)  # an empty table is a problem
    code, said, problems = here(TASKS)
    assert (code, problems) == (0, "")
    assert said == "tasks/: 10 tasks in 4 shards\n"
    made = [task for path in sorted((folder / "tasks").glob("part-*")) for task in tasks_in(path)]
    assert made == tasks_in(folder / "one.json")
    first = shards / f"part-000{form}"
    before = {path.name: path.stat().st_mtime_ns for path in (folder / "tasks").iterdir()}
    os.utime(first, ns=(1, 1))
    assert "3 shards were there already" in here(TASKS)[2]
    after = {path.name: path.stat().st_mtime_ns for path in (folder / "tasks").iterdir()}
    assert {name for name in before if before[name] != after[name]} == {"part-000.json", "shards.json"}
    (folder / "events.yaml").write_text(EVENTS.replace("a001", "a002"), encoding="utf-8")
    assert "events changed: all tasks are made again" in here(TASKS)[2]
    (folder / "events.yaml").write_text(EVENTS.replace("a001", "a099"), encoding="utf-8")
    code, _, problems = here(TASKS)
    assert code == 2
    assert "a099" in problems


def test_other_folders_are_not_written_into(here: Here, folder: Path) -> None:
    written(in_shards(folder / "articles", [], []) / "a.jsonl", [{"id": "a", "text": "عنوان\n\nنص"}])
    code, _, problem = here("annotate tasks articles -o gold")
    assert code == 2
    assert "gold: exists and was not made by this command" in problem
    assert here("annotate tasks articles -o tasks/")[0] == 0
    code, _, problem = here("eval predict articles -o tasks --extractor words:extract")
    assert code == 2
