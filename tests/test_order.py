"""The order of tasks: shuffled by content, as a file lists them, the least certain first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from marked import SCHEME
from mihakk.annotate.document import Article
from mihakk.annotate.label_studio.order import in_order, uncertainty
from mihakk.annotate.task import make_task
from mihakk.configs.errors import InputError

TEXT = "زار دمشق وحلب"  # دمشق 4–8, حلب 10–13
DAMASCUS, ALEPPO = (4, 8, "GPE"), (10, 13, "GPE")


def tasks(names: Sequence[str]) -> list[dict[str, Any]]:
    return [make_task(Article(name, TEXT), (), SCHEME) for name in names]


def names(made: Sequence[dict[str, Any]]) -> str:
    return "".join(task["data"]["doc_id"] for task in made)


def answered(task: dict[str, Any], model: str, *spans: tuple[int, int, str], score: float | None = None) -> None:
    items = [{"value": {"start": s, "end": e, "labels": [label]}, "type": "labels"} for s, e, label in spans]
    prediction = {"model_version": model, "result": items} | ({} if score is None else {"score": score})
    task.setdefault("predictions", []).append(prediction)


def test_random_is_decided_by_ids_and_texts() -> None:
    letters = "abcdefghijklmnopqrst"
    shuffled = names(in_order(tasks(letters), "random", SCHEME))
    assert (sorted(shuffled), shuffled == letters) == (list(letters), False)
    assert names(in_order(tasks(letters[::-1]), "random", SCHEME)) == shuffled, "not by the order given"
    # Tasks that come later change nothing for the others.
    assert [c for c in names(in_order(tasks(f"{letters}uvw"), "random", SCHEME)) if c in letters] == list(shuffled)


def test_a_file_lists_ids_and_the_rest_follows(tmp_path: Path) -> None:
    file = tmp_path / "order.txt"
    file.write_text("c\n\na\nc\n", encoding="utf-8")
    assert names(in_order(tasks("abcd"), str(file), SCHEME)) == "cabd"
    file.write_text("x\na\ny\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        in_order(tasks("ab"), str(file), SCHEME)
    assert [str(p) for p in error.value.problems] == [f"{file}: there is no task {name}" for name in "xy"]


def test_systems_that_disagree_most_come_first() -> None:
    """F1 of two systems: a 1, b 2·1/(2+1) = 2/3, c 0, d both nothing, so they agree."""
    a, b, c, d = made = tasks("abcd")
    for model, of_a, of_b, of_c in (
        ("m", [DAMASCUS], [DAMASCUS], [DAMASCUS]),
        ("n", [DAMASCUS], [DAMASCUS, ALEPPO], []),
    ):
        for task, spans in ((a, of_a), (b, of_b), (c, of_c), (d, [])):
            answered(task, model, *spans)
    assert uncertainty(made, SCHEME) == {"a": 0, "b": pytest.approx(1 / 3), "c": 1, "d": 0}
    assert names(in_order(made, "uncertainty", SCHEME)) == "cbad"


def test_one_system_counts_by_its_score_and_no_answer_is_last() -> None:
    made = tasks("abc")
    answered(made[0], "m", DAMASCUS, score=0.9)
    answered(made[2], "m", DAMASCUS, score=0.2)
    assert names(in_order(made, "uncertainty", SCHEME)) == "cab"


def test_files_of_predictions_with_and_without_offsets(tmp_path: Path) -> None:
    one, other = tmp_path / "one.jsonl", tmp_path / "other.jsonl"
    span = {"start": 4, "end": 8, "label": "GPE", "score": 0.5}
    rows = [{"id": name, "entities": [span]} for name in "abx"]  # there is no task x
    one.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    rows = [{"id": "a", "entities": [{"text": "دمشق", "label": "GPE"}]}, {"id": "b", "entities": []}]
    other.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert uncertainty(tasks("abc"), SCHEME, [one, other]) == {"a": 0, "b": 1}
    assert uncertainty(tasks("abc"), SCHEME, [one]) == {"a": 0.5, "b": 0.5}
    needs = "needs predictions of two systems on the same articles, or of one with scores; give "
    with pytest.raises(InputError, match=needs):
        in_order(tasks("abc"), "uncertainty", SCHEME, [other])
    with pytest.raises(InputError, match="--predictions: is for --order uncertainty only"):
        in_order(tasks("abc"), "random", SCHEME, [other])
    one.write_text('{"id": "a", "entities": [{"start": 0, "end": 99, "label": "GPE"}]}\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"one\.jsonl:1: document a: entities\[0\]: 0–99"):
        in_order(tasks("abc"), "uncertainty", SCHEME, [one, other])
