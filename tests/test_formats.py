"""Files carry the number of their format: older ones are read, newer ones are refused by name."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mihakk
import pytest
from marked import SCHEME, gold, gold_document
from mihakk.annotate.document import Article
from mihakk.annotate.label_studio.client import Project, ServerTask
from mihakk.annotate.label_studio.push import push, read_task_file
from mihakk.annotate.task import make_task, read_task
from mihakk.configs.errors import InputError
from mihakk.configs.formats import FORMAT, FORMATS, GOLD, SCORES, TASK, check_format
from mihakk.eval.gold.rows import read_gold
from mihakk.eval.gold_side import gold_side
from mihakk.export.dataset import write_gold
from mihakk.export.finished import read_export
from mihakk.export.hub import whole_gold

OLD = Path(__file__).with_name("old") / "0.1"
WRONG = ["1", 1.0, True, None, -1, [1], {}]


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def save(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_up_to_the_newest_is_read_and_one_more_is_refused(kind: str) -> None:
    assert check_format({}, kind, "x") == 0, "version 0.1.0 wrote no number"
    newest = FORMATS[kind]
    for number in range(newest + 1):
        assert check_format({FORMAT: number}, kind, "x") == number
    with pytest.raises(InputError) as error:
        check_format({FORMAT: newest + 1}, kind, "gold/gold.json")
    assert str(error.value) == (
        f"gold/gold.json: has format {newest + 1}; this Mihakk ({mihakk.__version__}) reads up to {newest}: upgrade Mihakk"
    )


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("number", WRONG)
def test_what_is_no_number_is_refused(kind: str, number: object) -> None:
    with pytest.raises(InputError, match=r"^x: format must be a whole number that is not negative, not "):
        check_format({FORMAT: number}, kind, "x")


# --- gold.json


def from_hub(folder: Path) -> None:
    whole_gold(folder)


def from_scores(folder: Path) -> None:
    gold_side(folder, "test")


@pytest.mark.parametrize("read", [read_gold, from_scores, from_hub])
@pytest.mark.parametrize(
    ("number", "problem"), [(FORMATS[GOLD] + 1, "upgrade Mihakk"), ("1", "must be a whole number")]
)
def test_every_reader_of_gold_json_looks_at_its_format(
    tmp_path: Path, read: Callable[[Path], object], number: object, problem: str
) -> None:
    folder = tmp_path / "gold"
    shutil.copytree(OLD / "gold", folder)
    header = load(folder / "gold.json")
    assert FORMAT not in header
    read(folder)
    save(folder / "gold.json", {FORMAT: FORMATS[GOLD]} | header)
    read(folder)
    save(folder / "gold.json", {FORMAT: number} | header)
    with pytest.raises(InputError) as error:
        read(folder)
    (line,) = error.value.problems
    assert line.startswith(f"{folder / 'gold.json'}: ")
    assert problem in line


def test_a_newer_gold_json_is_refused_before_what_it_lacks(tmp_path: Path) -> None:
    """Of a newer format nobody knows what it must have."""
    save(tmp_path / "gold.json", {FORMAT: FORMATS[GOLD] + 1})
    with pytest.raises(InputError, match=r"upgrade Mihakk$"):
        read_gold(tmp_path)


def test_the_format_is_the_first_thing_that_gold_json_and_scores_json_say(tmp_path: Path) -> None:
    from mihakk.eval.score import evaluate

    made = gold(test=[gold_document("a", "في [حلب|GPE]")])
    write_gold(made, tmp_path)
    assert next(iter(load(tmp_path / "gold.json").items())) == (FORMAT, FORMATS[GOLD])
    predictions = save(tmp_path / "p.jsonl", {"id": "a", "entities": []})
    assert next(iter(evaluate(made, predictions).as_json().items())) == (FORMAT, FORMATS[SCORES])


# --- task data


def task(**more: object) -> dict[str, Any]:
    made = make_task(Article(id="01_غارة", text="غارة على حلب", title="غارة"), (), SCHEME)
    made["data"] |= more
    return made


def test_task_data_of_another_format_is_refused_with_nothing_else_said_of_it() -> None:
    read_task(task()["data"], SCHEME.identity)
    for number, problem in ((FORMATS[TASK] + 1, "upgrade Mihakk"), ("1", "must be a whole number")):
        with pytest.raises(InputError) as error:
            read_task(task(format=number, text=3, scheme="other@1.0")["data"], SCHEME.identity)
        (line,) = error.value.problems
        assert line.startswith("article 01_غارة: ")
        assert problem in line


def test_the_tasks_and_the_export_of_version_0_1_0_are_read_and_those_of_a_later_version_are_not(
    tmp_path: Path,
) -> None:
    def read_tasks(path: Path) -> int:
        return len(read_task_file(path, SCHEME))

    def read_exported(path: Path) -> int:
        return len(read_export(path, SCHEME).tasks)

    readers: tuple[tuple[str, Callable[[Path], int]], ...] = (
        ("tasks.json", read_tasks),
        ("export.json", read_exported),
    )
    for name, read in readers:
        old = load(OLD / name)
        assert not any(FORMAT in item["data"] for item in old)
        assert read(OLD / name) == len(old) == 14
        newer = [item | {"data": item["data"] | {FORMAT: FORMATS[TASK] + 1}} for item in old]
        with pytest.raises(InputError) as error:
            read(save(tmp_path / name, newer))
        assert len(error.value.problems) == 14
        assert all(line.endswith("upgrade Mihakk") for line in error.value.problems)


class Server:
    """A Label Studio that has some tasks, and takes no others."""

    def __init__(self, *tasks: dict[str, Any]) -> None:
        self.held = [ServerTask(number, one["data"]) for number, one in enumerate(tasks, 1)]

    def tasks(self, project_id: int) -> list[ServerTask]:
        return self.held

    def task_total(self, project_id: int) -> int:
        return len(self.held)

    def project(self, project_id: int) -> Project:
        return PROJECT


PROJECT = Project(1, "غارات", "http://127.0.0.1/projects/1", 1, 1, "<View/>", None)


def test_a_task_that_an_earlier_version_pushed_does_not_look_changed() -> None:
    old = task()
    del old["data"][FORMAT]
    for there, pushed in ((old, task()), (task(), old)):
        server: Any = Server(there)
        done = push(server, PROJECT, [pushed], lambda _done, _total: None)
        assert (done.sent, done.already, done.differing) == (0, 1, ())
