"""Messages for people: many problems of one kind are one line, and no library's words are in them."""

from __future__ import annotations

import copy
import json
import pickle
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mihakk.annotate.events import Registry
from mihakk.configs.checks import load_checks
from mihakk.configs.errors import InputError, Problem, did_you_mean, grouped, within
from mihakk.configs.located_yaml import PATTERNS, LocatedYaml
from mihakk.configs.scheme import DEFAULT, Scheme, load_scheme
from mihakk.export.finished import read_export
from raw_export import region

SAMPLE = Path(DEFAULT).parents[1] / "annotate" / "sample"

# --- grouping ---


def test_many_problems_of_one_kind_are_one_line_with_their_number_and_the_first_place() -> None:
    problems = [Problem(f"p.jsonl:{n}", "no label PER") for n in range(1, 709)]
    assert grouped(problems) == ["p.jsonl:1: no label PER (708 times; this is the first)"]


def test_few_problems_are_printed_each_and_kinds_keep_their_order() -> None:
    problems = [Problem("a:1", "x"), Problem("b:1", "y"), Problem("a:2", "x"), "without a place", Problem("a:3", "x")]
    assert grouped(problems) == ["a:1: x", "a:2: x", "a:3: x", "b:1: y", "without a place"]


def test_no_more_than_twenty_kinds_are_printed() -> None:
    lines = grouped(Problem(f"f:{n}", f"problem {n}") for n in range(55))
    assert len(lines) == 21
    assert lines[-1] == "and 35 more kinds of problems; mend these first"


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 5)), max_size=200))
def test_the_numbers_add_up(drawn: list[tuple[int, int]]) -> None:
    problems = [Problem(f"f:{n}", f"kind {kind}", str(kind)) for n, (kind, _) in enumerate(drawn)]
    counted = 0
    for line in grouped(problems):
        if match := re.search(r"\((\d+) times", line):
            counted += int(match[1])
        elif match := re.match(r"and (\d+) more kinds", line):
            left = list(dict.fromkeys(kind for kind, _ in drawn))[20:]
            assert int(match[1]) == len(left)
            counted += sum(kind in left for kind, _ in drawn)
        else:
            counted += 1
    assert counted == len(problems)


def test_a_part_s_problems_keep_their_kind_within_the_whole() -> None:
    inner = Problem("region r1", "ends at 17", "ends at N")
    (outer,) = within("task 1", [inner])
    assert (outer, outer.place, outer.kind) == ("task 1: region r1: ends at 17", "task 1: region r1", "ends at N")
    (plain,) = within("task 1", ["is empty"])
    assert (plain, plain.kind) == ("task 1: is empty", "is empty")


def test_a_problem_is_copied_and_pickled_whole() -> None:
    problem = Problem("a:1", "ends at 17", "ends at N")
    for again in (copy.deepcopy(problem), pickle.loads(pickle.dumps(problem))):
        assert (again, again.place, again.kind) == ("a:1: ends at 17", "a:1", "ends at N")


def test_a_hundred_thousand_bad_lines_are_few_lines_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mihakk.cli import main

    bad = [
        json.dumps({"id": f"d{n}", "text": "نص", "entities": [{"start": 0, "end": 9, "label": "X"}]})
        for n in range(50_000)
    ]
    (tmp_path / "c.jsonl").write_text("\n".join([*bad, *("{" for _ in bad)]), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["mihakk", "export", "read", "c.jsonl", "--as", "jsonl", "-o", "gold"])
    lines: list[str] = []
    monkeypatch.setattr("typer.echo", lambda line, err: lines.append(line))
    start = time.process_time()
    with pytest.raises(SystemExit) as end:
        main()
    assert time.process_time() - start < 60
    assert end.value.code == 2
    assert len(lines) <= 21


# --- of exports ---


def export_with(tmp_path: Path, *regions: dict[str, Any]) -> Path:
    tasks = json.loads((SAMPLE / "export.json").read_text(encoding="utf-8"))
    for task in tasks:
        for annotation in task["annotations"]:
            annotation["result"] += [dict(one) for one in regions]
    (tmp_path / "export.json").write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf-8")
    return tmp_path / "export.json"


def test_an_unknown_label_of_an_export_is_one_line_with_the_nearest_label(tmp_path: Path) -> None:
    path = export_with(tmp_path, region("r1", 0, 4, "PERSS"), region("r2", 0, 99_999, "GPE"))
    with pytest.raises(InputError) as error:
        read_export(path, load_scheme())
    # The finished annotations have two problems each; all are there for programs.
    tasks = json.loads(path.read_text(encoding="utf-8"))
    finished = sum(not annotation["was_cancelled"] for task in tasks for annotation in task["annotations"])
    assert len(error.value.problems) == 2 * finished
    lines = grouped(error.value.problems)
    assert len(lines) == 2
    assert re.search(r"task 1, .*region r1: PERSS .*no label PERSS; .*; did you mean PERS\? \(\d+ times", lines[0])
    assert re.search(r"region r2: GPE 0–99999 .*ends outside the text", lines[1])


def test_the_nearest_name() -> None:
    assert did_you_mean("titel", ["id", "title"]) == "; did you mean title?"
    assert did_you_mean("xyz", ["id", "title"]) == ""


# --- of YAML ---

# What pydantic 2 says of wrong values, from its documentation of errors.
THEIRS = re.compile(
    r"Input should|Field required|Extra inputs|String should|at least \d+ items?|valid |pattern|\^|should"
)


def changed(value: Any) -> Iterator[Any]:
    """The value with each of its parts, one at a time, replaced by something else or left out."""
    yield from (None, 3, 1.5, True, "Ab c", "", [], {}, [1], {"x": 1})
    if isinstance(value, dict):
        for key, part in value.items():
            yield {k: v for k, v in value.items() if k != key}
            yield {(f"{k} X" if k == key else k): v for k, v in value.items()}
            yield from ({**value, key: other} for other in changed(part))
    if isinstance(value, list):
        for n, part in enumerate(value[:2]):
            yield from ([*value[:n], other, *value[n + 1 :]] for other in changed(part))


def problems_of(path: Path, value: Any, read: Any) -> tuple[str, ...]:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")  # JSON is YAML
    try:
        read(path)
    except InputError as error:
        return error.problems
    return ()


def small_scheme() -> dict[str, Any]:
    words = {"ar": "شخص", "en": "person"}
    label = {**words, "definition": words, "color": "#aa0000", "hotkey": "1"}
    two = {"deny": {**words, "definition": words}, "back": {"ar": "يؤيد", "en": "back", "definition": words}}
    return {
        "name": "small",
        "version": "1.0",
        "title": words,
        "nesting": "flat",
        "entities": {"PERS": label},
        "claim": {**label, "ar": "ادعاء", "hotkey": "2"},
        "claim_stances": two,
        "article_stances": two,
        "mappings": {"m": {"title": "M", "labels": ["P"], "to": {"PERS": "P"}}},
    }


def test_no_words_of_pydantic_are_in_what_is_said_of_a_scheme_or_an_event_list(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    assert problems_of(path, small_scheme(), load_scheme) == ()
    event = {"events": [{"id": "e", "title": "حدث", "articles": ["a"], "claims": [{"id": "c1", "text": "نص"}]}]}
    assert problems_of(path, event, Registry) == ()
    seen = 0
    for good, read in ((small_scheme(), load_scheme), (event, Registry)):
        for value in changed(good):
            for problem in problems_of(path, value, read):
                seen += 1
                assert not THEIRS.search(problem.split(": ", 2)[-1]), problem
                assert "cannot be" not in problem, f"no words of our own for it: {problem}"
    assert seen > 300


def test_each_pattern_of_the_models_is_said_in_words() -> None:
    source = "".join(
        path.read_text(encoding="utf-8")
        for room in ("configs", "annotate")
        for path in (Path(DEFAULT).parents[1] / room).rglob("*.py")
    )
    used = set(re.findall(r'StringConstraints\([^)]*pattern=r"([^"]+)"', source))
    assert len(used) >= 6
    assert used <= set(PATTERNS)


def test_a_wrong_label_is_said_in_words(tmp_path: Path) -> None:
    scheme = small_scheme()
    scheme["entities"]["per"] = scheme["entities"].pop("PERS")
    scheme["version"] = 1.0
    problems = problems_of(tmp_path / "s.yaml", scheme, load_scheme)
    assert [problem.split(": ", 1)[1] for problem in problems] == [
        "version: must be text, not 1.0; put it in quotes",
        "entities.per: the key must be capital letters, digits and _, and begin with a letter, not 'per'",
    ]


def test_the_packaged_files_are_right() -> None:
    assert LocatedYaml(DEFAULT).parse(Scheme).name == "conflict_news"
    assert load_checks()
