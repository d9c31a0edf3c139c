"""Scores of shards are those of one file, to the last bit, whatever is in which shard."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mihakk.configs.errors import InputError, numberless
from mihakk.eval import evaluate
from mihakk.eval.shards.score import score_shards
from news_rows import rows_of_news, said_on


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
@settings(max_examples=60)
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
    # What concerns one shard alone names it, and has its own numbers.
    notes = {re.sub(r"^part-\d+: ", "", note) for note in several.pop("notes") if "no predictions:" not in note}
    assert {numberless(note) for note in notes} == {numberless(note) for note in one.pop("notes")}
    assert json.dumps(several) == json.dumps(one)


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
