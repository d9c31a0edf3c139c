"""Events and near-copies of shards are those of one table, whatever is in which shard."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from conftest import Here
from mihakk.annotate.clustering import propose_events
from mihakk.annotate.document import Article
from mihakk.annotate.shards import propose_event_shards
from mihakk.configs.shards.engines import Engine
from shard_jobs import over_dying
from test_shards import in_shards, plain_map, written

ROWS: list[Any] = [
    {key: row[key] for key in ("id", "text", "published") if row.get(key)}
    for row in map(
        json.loads, Path(__file__).with_name("event_articles.jsonl").read_text(encoding="utf-8").splitlines()
    )
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Sixty articles of which eight are near-copies, in four shards, of which the second is empty; and in one table."""
    in_shards(tmp_path / "articles", ROWS, [7, 7, 41])
    written(tmp_path / "one.jsonl", ROWS)
    return tmp_path


def test_the_proposals_of_shards_are_those_of_all_articles(folder: Path) -> None:
    """Each shard read alone, the last first."""
    found = propose_event_shards(str(folder / "articles"), (), None, plain_map)
    articles = [Article(row["id"], row["text"], published=row.get("published")) for row in ROWS]
    facts = [([a.id for a in proposal.articles], proposal.copies) for proposal in found.proposals]
    assert facts == [([a.id for a in proposal.articles], proposal.copies) for proposal in propose_events(articles)]
    assert sum(len(copies) for _, copies in facts) == 8
    assert (found.notes, found.bad) == ([], [])


def test_the_command_writes_the_same_file_though_a_process_is_killed(
    here: Here, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert here("annotate events one.jsonl -o one.yaml")[0] == 0
    monkeypatch.setattr("mihakk.configs.shards.engines.over", partial(dying, folder))
    code, said, problems = here("annotate events 'articles/part-*.jsonl' -o several.yaml --engine local")
    assert (code, problems) == (0, "")
    assert said.startswith("several.yaml: ")
    assert (folder / "killed").exists()
    assert (folder / "several.yaml").read_bytes() == (folder / "one.yaml").read_bytes()


def dying(folder: Path, engine: Engine, function: Any, jobs: Any) -> Any:
    return over_dying(engine, folder, function, jobs)


def test_an_id_in_two_shards_and_a_row_that_is_no_article_are_named(here: Here, folder: Path) -> None:
    """As in a table, the first article of an id stays, and the others are proposed all the same."""
    written(
        folder / "articles" / "part-001.jsonl", [{"id": "bad", "text": ""}, {**ROWS[-1], "text": "غير ذلك"}, ROWS[0]]
    )
    code, said, problems = here("annotate events articles -o events.yaml --engine local")
    assert code == 1
    first, last = ROWS[0]["id"], ROWS[-1]["id"]
    assert f"part-001.jsonl:3: has the same article id as articles/part-000.jsonl:1: {first}" in problems
    assert f"part-003.jsonl:19: has the same article id as articles/part-001.jsonl:2: {last}" in problems
    assert "part-001.jsonl:1: " in problems
    assert "events.yaml: " in said


def test_what_is_no_set_of_shards_is_refused(here: Here, folder: Path) -> None:
    code, _, problem = here("annotate events articles one.jsonl -o events.yaml --engine local")
    assert (code, problem) == (
        2,
        "mihakk: with shards, give exactly one input: a folder, a glob (in quotes) or an address\n",
    )
    code, _, problem = here("annotate events 'none/*.jsonl' -o events.yaml --engine local")
    assert (code, problem) == (2, "mihakk: none/*.jsonl: has no shards (.jsonl, .parquet)\n")
    assert not (folder / "events.yaml").exists()
