"""Runs: the journal that a stopped run goes on from, failures of single documents, time-outs, retries, several at a time."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from marked import gold, gold_document
from mihakk.configs.errors import ExitCode, InputError
from mihakk.eval.running import calls
from mihakk.eval.running.calls import latencies, outcomes
from mihakk.eval.running.extractor import CallError, Document, Reply
from mihakk.eval.running.journal import Journal
from mihakk.export.dataset import write_gold

ROOT = Path(__file__).parents[1]
NAMES = [f"خبر{n}" for n in range(9)]


@pytest.fixture
def folder(written_modules: Path) -> Path:
    """A working folder with a gold set of nine documents."""
    documents = [gold_document(name, f"زار [وائل|PERS] ب[دمشق|GPE] 👩\u200d🚀 {n}") for n, name in enumerate(NAMES)]
    (written_modules / "gold").mkdir()
    write_gold(gold((), test=documents), written_modules / "gold")
    return written_modules


Predict = Callable[..., tuple[int, str, str]]


@pytest.fixture
def predict(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Predict:
    """Runs `mihakk eval predict gold ARGUMENTS` here; the exit code, and what it says."""
    from mihakk.cli import main

    def run(*arguments: str, output: str = "p.jsonl") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["mihakk", "eval", "predict", "gold", *arguments, "-o", output])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return run


def written(folder: Path, code: str, name: str = "written") -> str:
    """The name of an extractor with this code, which notes the documents that it is asked about."""
    noting = (
        "from pathlib import Path\n"
        "def note(document):\n"
        "    with Path('asked').open('a', encoding='utf-8') as file: file.write(document['id'] + '\\n')\n"
        "PERS = {'entities': [{'start': 4, 'end': 8, 'label': 'PERS'}]}\n"
    )
    (folder / f"{name}.py").write_text(noting + code, encoding="utf-8")
    sys.modules.pop(name, None)
    return f"{name}:extract"


def asked(folder: Path) -> list[str]:
    path = folder / "asked"
    found = path.read_text(encoding="utf-8").split() if path.exists() else []
    path.unlink(missing_ok=True)
    return found


def rows(folder: Path, name: str = "p.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]


# Fails on the fourth document, as long as there is a file `broken`.
FAILS = (
    "def extract(document):\n"
    "    note(document)\n"
    "    if document['id'] == 'خبر3' and Path('broken').exists(): {}['مفتاح']\n"
    "    return PERS\n"
)


# --- one document fails ---


def test_a_failing_document_costs_itself_only_and_is_asked_again(folder: Path, predict: Predict) -> None:
    (folder / "broken").touch()
    spec = written(folder, FAILS)
    code, out, err = predict("--extractor", spec)
    assert (code, out) == (1, "p.jsonl: predictions on 8 of 9 documents of test\n")
    assert err.startswith("mihakk: the extractor failed on document خبر3: KeyError: 'مفتاح' (")
    assert len(err.splitlines()) == 1
    assert [row["id"] for row in rows(folder)] == [name for name in NAMES if name != "خبر3"]
    assert asked(folder) == NAMES
    (folder / "broken").unlink()
    code, out, err = predict("--extractor", spec)
    assert (code, out) == (0, "p.jsonl: predictions on 9 documents of test\n")
    assert err == "mihakk: note: 8 documents have the answers of an earlier run; --fresh asks again\n"
    assert asked(folder) == ["خبر3"]
    assert [row["id"] for row in rows(folder)] == NAMES


def test_an_answer_that_is_no_prediction_costs_its_document_only(folder: Path, predict: Predict) -> None:
    spec = written(
        folder,
        "def extract(document):\n"
        "    label = 'CITY' if document['id'] == 'خبر5' else 'PERS'\n"
        "    return {'entities': [{'start': 4, 'end': 8, 'label': label}]}\n",
    )
    code, _, err = predict("--extractor", spec)
    assert code == 1
    assert err.startswith("mihakk: the extractor's answer on document خبر5: entities[0]: no label 'CITY'")
    assert len(rows(folder)) == 8
    code, out, _ = _score(folder, predict)
    assert "1 document without a prediction counts as missed" in out
    # Of 18 gold spans 8 were found.
    micro = json.loads((folder / "scores.json").read_text(encoding="utf-8"))["tasks"]["entities"]["strict"]["micro"]
    assert (code, micro["cor"], micro["mis"]) == (0, 8, 10)


def _score(folder: Path, predict: Predict, name: str = "p.jsonl") -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "mihakk", "eval", "score", "gold", name, "-o", "scores.json"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("concurrency", ["1", "3"])
def test_when_the_first_documents_fail_alike_the_set_up_is_wrong(
    folder: Path, predict: Predict, concurrency: str
) -> None:
    spec = written(folder, "async def extract(document):\n    note(document)\n    raise OSError('لا نموذج')\n")
    code, out, err = predict("--extractor", spec, "--concurrency", concurrency)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert "the extractor failed on document خبر0: OSError: لا نموذج" in err
    assert "so do the first 3 documents, so no more were tried" in err
    assert sorted(asked(folder)) == NAMES[:3]
    # Nothing is written, and nothing is kept to go on from.
    assert sorted(path.name for path in folder.iterdir()) == ["gold", "written.py"]


def test_first_documents_that_fail_in_different_ways_stop_nothing(folder: Path, predict: Predict) -> None:
    spec = written(
        folder,
        "def extract(document):\n"
        "    n = int(document['id'][-1])\n"
        "    if n < 3: raise (KeyError, ValueError, OSError)[n]('x')\n"
        "    return PERS\n",
    )
    code, out, err = predict("--extractor", spec)
    assert (code, out) == (1, "p.jsonl: predictions on 6 of 9 documents of test\n")
    assert len(err.splitlines()) == 3


# --- stopping and going on ---


@pytest.mark.parametrize(("extractor", "concurrency"), [("kills:extract", "1"), ("kills:extract_aside", "4")])
def test_twenty_kills_leave_the_bytes_of_an_undisturbed_run(tmp_path: Path, extractor: str, concurrency: str) -> None:
    (tmp_path / "gold").mkdir()
    text = "قال وائل في دمشق إن الطريق إلى بغداد مقطوع. " * 20
    write_gold(gold((), test=[gold_document(f"خبر{n}", f"{n} {text}") for n in range(40)]), tmp_path / "gold")
    done = subprocess.run(
        [
            sys.executable,
            "kills.py",
            tmp_path,
            "20",
            "7",
            "gold",
            "--extractor",
            extractor,
            "--concurrency",
            concurrency,
        ],
        cwd=ROOT / "tests",
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    landed, went_on, contents = map(int, done.stdout.split())
    assert landed >= 20
    assert went_on > 0, "no kill came between two answers"
    assert contents == 1


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_line_that_was_cut_off_is_asked_again(folder: Path, predict: Predict, cut: int) -> None:
    spec = written(folder, FAILS)
    predict("--extractor", spec)
    whole = (folder / "p.jsonl").read_bytes()
    asked(folder)
    journal = folder / "p.jsonl.run" / "answers.jsonl"
    journal.write_bytes(journal.read_bytes()[:-cut])
    assert predict("--extractor", spec)[0] == 0
    assert asked(folder) == NAMES[-1:]
    assert (folder / "p.jsonl").read_bytes() == whole
    lines = journal.read_text(encoding="utf-8").splitlines()
    assert sorted(json.loads(line)["id"] for line in lines) == NAMES


def test_ctrl_c_ends_with_130_and_the_same_command_goes_on(folder: Path, predict: Predict) -> None:
    spec = written(
        folder,
        "def extract(document):\n"
        "    note(document)\n"
        "    if document['id'] == 'خبر4' and Path('stop').exists(): raise KeyboardInterrupt\n"
        "    return PERS\n",
    )
    (folder / "stop").touch()
    code, out, err = predict("--extractor", spec)
    assert (code, out) == (ExitCode.INTERRUPTED, "")
    assert err == "mihakk: 4 of 9 documents have answers; the same command continues\n"
    assert not (folder / "p.jsonl").exists()
    assert asked(folder) == NAMES[:5]
    (folder / "stop").unlink()
    assert predict("--extractor", spec)[0] == 0
    assert asked(folder) == NAMES[4:]
    assert [row["id"] for row in rows(folder)] == NAMES


def test_a_run_of_something_else_is_named_and_kept_until_fresh(folder: Path, predict: Predict) -> None:
    predict("--extractor", written(folder, FAILS))
    before = (folder / "p.jsonl.run" / "answers.jsonl").read_bytes()
    spec = written(folder, FAILS + "# another code\n")
    code, _, err = predict("--extractor", spec)
    assert (code, len(err.splitlines())) == (2, 1)
    assert err.startswith("mihakk: p.jsonl.run: has answers of another run; different are code (")
    assert "--fresh" in err
    assert (folder / "p.jsonl.run" / "answers.jsonl").read_bytes() == before
    asked(folder)
    assert predict("--extractor", spec, "--fresh")[0] == 0
    assert asked(folder) == NAMES
    code, _, err = predict("--extractor", spec, "--set", "batch=2")
    assert "different are settings (none then, batch=2 now);" in err
    other = written(folder, FAILS, "written_other")
    code, _, err = predict("--extractor", other, "--set", "batch=2")
    mend = "give --fresh to discard them and start again, or choose another -o"
    assert (code, err) == (2, f"mihakk: p.jsonl.run: has answers of another extractor, {spec}; {mend}\n")


def test_patience_is_no_other_run(folder: Path, predict: Predict) -> None:
    spec = written(folder, FAILS)
    predict("--extractor", spec)
    assert predict("--extractor", spec, "--set", "retries=7")[0] == 0


def test_a_folder_that_is_no_run_is_left_alone(folder: Path, predict: Predict) -> None:
    (folder / "p.jsonl.run").mkdir()
    (folder / "p.jsonl.run" / "notes.txt").write_text("قديم", encoding="utf-8")
    code, _, err = predict("--extractor", written(folder, FAILS), "--fresh")
    assert (code, "is not a run of this command" in err) == (2, True)
    assert [path.name for path in (folder / "p.jsonl.run").iterdir()] == ["notes.txt"]


def test_two_runs_do_not_write_one_journal(folder: Path, predict: Predict) -> None:
    spec = written(folder, FAILS)
    predict("--extractor", spec)
    held = Journal.start(
        folder / "p.jsonl.run", json.loads((folder / "p.jsonl.run/manifest.json").read_text()), fresh=False
    )
    code, _, err = predict("--extractor", spec)
    held.close()
    assert (code, "another run is at work here" in err) == (ExitCode.TRY_AGAIN, True)


def test_the_journal_is_for_its_owner_alone(folder: Path, predict: Predict) -> None:
    predict("--extractor", written(folder, FAILS))
    made = folder / "p.jsonl.run"
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (made, *made.iterdir())}
    assert modes == {"p.jsonl.run": 0o700, "manifest.json": 0o600, "answers.jsonl": 0o600, "run.json": 0o600}


def test_a_newer_journal_is_refused(folder: Path, predict: Predict) -> None:
    spec = written(folder, FAILS)
    predict("--extractor", spec)
    path = folder / "p.jsonl.run" / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), "format": 2}), encoding="utf-8")
    code, _, err = predict("--extractor", spec)
    assert (code, "has format 2; this Mihakk" in err) == (2, True)


# --- replay ---

TWICE = "def extract(document):\n    note(document)\n    return {'entities': [{'text': 'دمشق', 'label': 'GPE'}]}\n"


def test_replay_places_again_without_a_call(folder: Path, predict: Predict) -> None:
    import shutil

    text = "دمشق ثم لبناني ثم دِمشق"
    shutil.rmtree(folder / "gold")
    (folder / "gold").mkdir()
    write_gold(gold((), test=[gold_document("خبر", text)]), folder / "gold")
    spec = written(folder, TWICE)
    assert predict("--extractor", spec)[0] == 0
    assert asked(folder) == ["خبر"]
    first, second = {"start": 0, "end": 4, "text": "دمشق"}, {"start": 18, "end": 23, "text": "دِمشق"}
    assert rows(folder) == [{"entities": [{**first, "label": "GPE"}], "model": spec, "id": "خبر"}]
    code, _, _ = predict("--replay", "p.jsonl.run", "--mentions", "all", output="all.jsonl")
    assert (code, asked(folder)) == (0, [])
    places = [{**first, "label": "GPE"}, {**second, "label": "GPE"}]
    assert rows(folder, "all.jsonl") == [{"entities": places, "model": spec, "id": "خبر"}]
    for wrong in (("--extractor", "other:extract"), ("--split", "all")):
        code, _, err = predict("--replay", "p.jsonl.run", *wrong, output="x.jsonl")
        assert (code, "p.jsonl.run: is a run of " in err) == (2, True)
    code, _, err = predict("--replay", "gold", output="x.jsonl")
    assert (code, "gold: is not a run (no manifest.json)" in err) == (2, True)
    code, _, err = predict(output="x.jsonl")
    assert (code, "--extractor: is missing" in err) == (2, True)


def test_refused_answers_are_taken_by_another_reading_without_a_call(folder: Path, predict: Predict) -> None:
    # The emoji's three code points are five UTF-16 units, so the digit at 19 is at 21.
    text = "زار وائل بدمشق 👩\u200d🚀 3"
    assert (text.index("3"), len(text[: text.index("3")].encode("utf-16-le")) // 2) == (19, 21)
    code, _, err = predict("--extractor", written(folder, UTF16))
    assert (code, "give --offsets utf-16" in err, asked(folder)) == (2, True, NAMES[:3])
    code, _, err = predict("--extractor", "written:extract", "--offsets", "utf-16")
    assert (code, asked(folder)) == (0, NAMES[3:])
    assert {(e["start"], e["end"]) for row in rows(folder) for e in row["entities"]} == {(19, 20)}


UTF16 = (
    "def extract(document):\n"
    "    note(document)\n"
    "    return {'entities': [{'start': 21, 'end': 22, 'label': 'GPE', 'text': document['text'][19]}]}\n"
)

# --- the finished file ---


@pytest.mark.parametrize("name", ["p.jsonl", "p.parquet"])
def test_lines_and_parquet_have_the_same_scores(folder: Path, predict: Predict, name: str) -> None:
    spec = written(
        folder,
        "def extract(document):\n"
        "    return {'entities': [{'text': 'وائل', 'label': 'PERS', 'score': 0.5}, {'text': 'حلب', 'label': 'GPE'}],\n"
        "            'claims': [{'text': 'زار وائل بدمشق', 'stance': 'support', 'sources': [{'text': 'وائل'}]}],\n"
        "            'stances': {}}\n",
    )
    for _ in range(2):  # what it made it may replace
        code, out, _ = predict("--extractor", spec, output=name)
        assert (code, out) == (0, f"{name}: predictions on 9 documents of test\n")
    assert _score(folder, predict, name)[0] == 0
    scores = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    micro = scores["tasks"]["entities"]["strict"]["micro"]
    # In each document وائل is right, and حلب is nowhere.
    assert (micro["cor"], micro["spu"], micro["mis"]) == (9, 9, 9)
    assert scores["tasks"]["claims"]["strict"]["micro"]["predicted"] == 9


def test_a_parquet_file_of_somebody_else_is_not_replaced(folder: Path, predict: Predict) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"id": ["a"]}), folder / "p.parquet")
    code, _, err = predict("--extractor", written(folder, FAILS), output="p.parquet")
    assert (code, "exists and has no predictions of this command" in err) == (2, True)


def test_the_answer_of_another_label_set_is_read_with_its_mapping(folder: Path, predict: Predict) -> None:
    spec = written(folder, "def extract(document):\n    return {'entities': [{'text': 'وائل', 'label': 'PER'}]}\n")
    assert predict("--extractor", spec)[0] == 2
    assert predict("--extractor", spec, "--map", "conll")[0] == 0
    assert [row["entities"][0]["label"] for row in rows(folder)] == ["PER"] * 9


# --- time-outs, retries, batches, several at a time ---


class Scripted:
    """An extractor that does what it is told for each document, in turn."""

    parallel = True
    secrets = ()

    def __init__(self, script: dict[str, list[Any]]) -> None:
        self.script, self.calls = script, list[tuple[str, ...]]()

    def extract(self, documents: list[Document]) -> list[object]:
        names = tuple(document["id"] for document in documents)
        self.calls.append(names)
        found: list[object] = []
        for name in names:
            said = self.script.get(name, [{}])
            told = said.pop(0) if len(said) > 1 else said[0]
            if isinstance(told, BaseException):
                raise told
            found.append(told)
        return found

    def identity(self) -> dict[str, str]:
        return {}

    def close(self) -> None:
        pass


def run_scripted(script: dict[str, list[Any]], size: int = 1, **how: int) -> tuple[Scripted, dict[str, Any]]:
    extractor = Scripted(script)
    names = NAMES[:4]
    batches = [lambda some=names[n : n + size]: [{"id": name} for name in some] for n in range(0, 4, size)]
    found = [outcome for some in outcomes(extractor, batches, **how) for outcome in some]
    assert sorted(outcome.id for outcome in found) == names
    return extractor, {outcome.id: outcome for outcome in found}


@pytest.fixture
def no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "FIRST_WAIT", 0.0)


def busy(wait: float | None = None) -> CallError:
    return CallError("busy", "HTTP 503", again=True, wait=wait)


@pytest.mark.parametrize("concurrency", [1, 3])
def test_what_may_succeed_later_is_tried_again(no_wait: None, concurrency: int) -> None:
    script = {NAMES[1]: [busy(), busy(0.0), {"entities": []}], NAMES[2]: [busy()], NAMES[3]: [KeyError("x"), {}]}
    extractor, found = run_scripted(script, retries=2, concurrency=concurrency)
    assert found[NAMES[1]][1:3] == ({"entities": []}, None)
    # The first try and two more; what fails in its own code is not tried again.
    assert [found[name].attempts for name in NAMES[:4]] == [1, 3, 3, 1]
    assert (found[NAMES[2]].kind, found[NAMES[3]].kind) == ("HTTP 503", "KeyError")
    assert len(extractor.calls) == 1 + 3 + 3 + 1


def test_a_batch_that_fails_is_tried_one_by_one_to_find_the_document(no_wait: None) -> None:
    extractor, found = run_scripted({NAMES[1]: [KeyError("x")]}, size=3)
    assert [found[name].error is None for name in NAMES[:4]] == [True, False, True, True]
    assert extractor.calls == [tuple(NAMES[:3]), *((name,) for name in NAMES[:3]), tuple(NAMES[3:4])]


def test_too_few_answers_to_a_batch_are_no_answers_of_others(no_wait: None) -> None:
    class Short(Scripted):
        def extract(self, documents: list[Document]) -> list[object]:
            return super().extract(documents)[: 1 if len(documents) > 1 else None]

    extractor = Short({})
    (found,) = outcomes(extractor, [lambda: [{"id": name} for name in NAMES[:2]]])
    assert [outcome.error for outcome in found] == [None, None]
    assert extractor.calls == [tuple(NAMES[:2]), (NAMES[0],), (NAMES[1],)]


def test_several_are_asked_at_the_same_time() -> None:
    """Each call waits until four are there: with fewer threads this would never end."""
    together = threading.Barrier(4, timeout=60)

    class Waiting(Scripted):
        def extract(self, documents: list[Document]) -> list[object]:
            together.wait()
            return super().extract(documents)

    batches = [lambda name=name: [{"id": name}] for name in NAMES[:4]]
    found = [outcome for some in outcomes(Waiting({}), batches, concurrency=4) for outcome in some]
    assert [outcome.error for outcome in found] == [None] * 4


def test_the_figures_of_a_run(folder: Path, predict: Predict) -> None:
    (folder / "broken").touch()
    predict("--extractor", written(folder, FAILS))
    record = json.loads((folder / "p.jsonl.run" / "run.json").read_text(encoding="utf-8"))
    assert (record["format"], record["documents"], record["answered"], record["attempts"]) == (1, 9, 8, 9)
    assert record["failed"] == {"KeyError": 1}
    seconds = record["seconds"]
    assert 0 < seconds["p50"] <= seconds["p90"] <= seconds["p99"] <= seconds["max"]


def test_percentiles_are_the_nearest_ranks() -> None:
    # Of 10 values the half is the 5th, nine tenths are 9, and 99 % are 10.
    assert latencies([0.9, 0.1, 0.5, 0.3, 0.7, 0.2, 0.4, 0.6, 0.8, 1.0]) == {
        "p50": 0.5,
        "p90": 0.9,
        "p99": 1.0,
        "max": 1.0,
    }
    assert latencies([]) == {}


def test_tokens_are_added_up() -> None:
    _, found = run_scripted({name: [Reply({}, 10, n)] for n, name in enumerate(NAMES[:4])})
    assert [found[name].row().get("tokens") for name in NAMES[:4]] == [[10, 0], [10, 1], [10, 2], [10, 3]]


# --- Python extractors in processes of their own ---


def test_a_python_extractor_that_hangs_is_ended_and_the_next_document_is_asked(folder: Path, predict: Predict) -> None:
    spec = written(
        folder,
        "import threading\n"
        "def extract(document):\n"
        "    print('said aloud')\n"
        "    if document['id'] == 'خبر4': threading.Event().wait()\n"
        "    return PERS\n",
    )
    code, out, err = predict("--extractor", spec, "--set", "timeout=3")
    assert (code, out) == (1, "p.jsonl: predictions on 8 of 9 documents of test\n")
    assert err == "mihakk: the extractor failed on document خبر4: no answer within 3 seconds\n"


def test_a_coroutine_that_hangs_is_cancelled(folder: Path, predict: Predict) -> None:
    spec = written(
        folder,
        "import asyncio\n"
        "async def extract(document):\n"
        "    if document['id'] == 'خبر4': await asyncio.Event().wait()\n"
        "    return PERS\n",
    )
    code, out, err = predict("--extractor", spec, "--set", "timeout=0.2", "--set", "retries=1", "--concurrency", "3")
    assert (code, out) == (1, "p.jsonl: predictions on 8 of 9 documents of test\n")
    assert "خبر4: no answer within 0.2 seconds" in err


def test_functions_run_in_several_processes_with_the_same_result(folder: Path, predict: Predict) -> None:
    spec = written(
        folder,
        "import os\n"
        "class extract:\n"
        "    def __init__(self, training, label: str = 'PERS'): self.label = label\n"
        "    def __call__(self, document):\n"
        "        if document['id'] == 'خبر2': os._exit(3)\n"
        "        return {'entities': [{'start': 4, 'end': 8, 'label': self.label}]}\n",
    )
    code, _, err = predict("--extractor", spec, "--concurrency", "2", "--set", "label=ORG")
    assert (code, len(err.splitlines())) == (1, 1)
    assert "خبر2: the command ended with code 3" in err
    assert [row["entities"][0]["label"] for row in rows(folder)] == ["ORG"] * 8


def test_a_list_is_given_to_what_takes_one(folder: Path, predict: Predict) -> None:
    spec = written(
        folder,
        "def extract(documents: list):\n"
        "    with Path('sizes').open('a') as file: file.write(f'{len(documents)} ')\n"
        "    for _ in documents: yield PERS\n",
    )
    assert predict("--extractor", spec, "--set", "batch=4")[0] == 0
    assert (folder / "sizes").read_text() == "4 4 1 "


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (["--set", "batch"], "--set batch: must be KEY=VALUE"),
        (["--set", "batch=x"], "--set batch=x: must be a whole number"),
        (["--set", "batch=0"], "--set batch=0: must be at least 1"),
        (["--set", "retries=-1"], "--set retries=-1: must be a number that is not negative"),
        (["--set", "retries=1", "--set", "retries=2"], "--set retries: is given twice"),
        (["--set", "tempo=1"], "only a class has settings of its own"),
    ],
)
def test_wrong_settings_are_named(folder: Path, predict: Predict, settings: list[str], said: str) -> None:
    code, _, err = predict("--extractor", written(folder, FAILS), *settings)
    assert (code, said in err, len(err.splitlines())) == (2, True, 1)


def test_a_secret_is_not_written(tmp_path: Path) -> None:
    secret = 'sk-"سر"\\x'
    journal = Journal.start(tmp_path / "run", {}, fresh=False, secrets=[secret])
    journal.add({"id": "a", "error": f"HTTP 401: no such key {secret}", "kind": "HTTP 401"})
    journal.add({"id": "b", "answer": {"echo": secret}})
    assert journal.row("b") == {"id": "b", "answer": {"echo": "[secret]"}}
    text = (tmp_path / "run" / "answers.jsonl").read_text(encoding="utf-8")
    assert (text.count("[secret]"), json.dumps(secret, ensure_ascii=False)[1:-1] in text) == (2, False)
    journal.close()


def test_half_a_character_comes_back_from_the_journal(tmp_path: Path) -> None:
    journal = Journal.start(tmp_path / "run", {}, fresh=False)
    journal.add({"id": "a", "answer": {"text": "\ud83d دمشق\u2028"}})
    journal.close()
    again = Journal.start(tmp_path / "run", {}, fresh=False)
    assert again.row("a") == {"id": "a", "answer": {"text": "\ud83d دمشق\u2028"}}
    again.close()


def test_python_says_what_failed(folder: Path) -> None:
    import mihakk

    def extract(document: dict[str, Any]) -> dict[str, Any]:
        return {} if document["id"] != "خبر7" else {}["x"]

    with pytest.raises(InputError) as error:
        mihakk.predict("gold", extract)
    (problem,) = error.value.problems
    assert problem.startswith("the extractor failed on document خبر7: KeyError: 'x' (")


def test_an_extractor_that_ends_the_process_has_failed_on_its_document(folder: Path, predict: Predict) -> None:
    spec = written(
        folder,
        "import os\ndef extract(document):\n    if document['id'] == 'خبر2': os._exit(0)\n    return PERS\n",
    )
    leave = os._exit
    code, out, err = predict("--extractor", spec)
    assert (code, out) == (1, "p.jsonl: predictions on 8 of 9 documents of test\n")
    (line,) = err.splitlines()
    assert "خبر2: ExitError: os._exit(0) would have ended the whole run (" in line
    assert f"{spec.partition(':')[0]}.py:" in line, "the place in the user's code"
    assert os._exit is leave


def test_a_module_that_ends_the_process_when_imported_is_refused(folder: Path, predict: Predict) -> None:
    spec = written(folder, "import os\nos._exit(0)\ndef extract(document): return PERS\n")
    code, _, err = predict("--extractor", spec)
    assert (code, len(err.splitlines())) == (2, 1)
    assert "os._exit(0) would have ended the whole run" in err


def test_a_process_that_the_extractor_forks_ends_as_it_likes(folder: Path, predict: Predict) -> None:
    spec = written(
        folder,
        "import os\ndef extract(document):\n    child = os.fork()\n    if not child: os._exit(7)\n"
        "    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7\n    return PERS\n",
    )
    assert predict("--extractor", spec)[0] == 0


def test_a_failure_in_a_thread_of_the_extractor_is_a_warning_of_one_line(folder: Path, predict: Predict) -> None:
    spec = written(
        folder,
        "import threading\n"
        "def fail(): raise KeyError('لا\\nنموذج')\n"
        "def extract(document):\n"
        "    if document['id'] == 'خبر2':\n"
        "        thread = threading.Thread(target=fail); thread.start(); thread.join()\n"
        "    return PERS\n",
    )
    hook = threading.excepthook
    code, _, err = predict("--extractor", spec)
    assert (code, len(err.splitlines())) == (0, 1), err
    assert err.startswith("mihakk: warning: a thread of the extractor failed: KeyError: ")
    assert threading.excepthook is hook


@pytest.mark.parametrize("code", ["def extract(document): pass\n", "def extract(documents: list): pass\n"])
def test_an_extractor_without_a_return_is_told_once(folder: Path, predict: Predict, code: str) -> None:
    status, _, err = predict("--extractor", written(folder, code))
    assert (status, len(err.splitlines())) == (2, 1)
    assert "nothing (None)" in err


# --- user code that does something else than answer


def run_here(folder: Path, code: str, *options: str) -> subprocess.CompletedProcess[str]:
    """`eval predict` with an extractor of this code, in a process of its own."""
    name = written(folder, code, "odd")
    command = [
        sys.executable,
        "-m",
        "mihakk",
        "eval",
        "predict",
        "gold",
        "--extractor",
        name,
        "-o",
        "p.jsonl",
        *options,
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("where", ["module", "call"])
def test_an_extractor_that_changes_the_folder_moves_no_output(folder: Path, where: str) -> None:
    (folder / "elsewhere").mkdir()
    moves = "import os\n{0}def extract(document):\n    {1}\n    return {{'entities': []}}\n"
    move = f"os.chdir({str(folder / 'elsewhere')!r})"
    done = run_here(folder, moves.format(*((f"{move}\n", "pass") if where == "module" else ("", move))))
    assert (done.returncode, done.stderr) == (0, "")
    assert (folder / "p.jsonl").exists()
    assert not list((folder / "elsewhere").iterdir())


@pytest.mark.parametrize("options", [(), ("--concurrency", "2")])
@pytest.mark.parametrize("child", ["return {'entities': []}", "sys.exit(3)", "raise ValueError"])
def test_a_process_that_an_extractor_forks_off_never_goes_on_as_the_run(
    folder: Path, child: str, options: tuple[str, ...]
) -> None:
    code = (
        "import os, sys\n"
        "def extract(document):\n"
        "    made = os.fork()\n"
        f"    if not made: {child}\n"
        "    os.waitpid(made, 0)\n"
        "    return {'entities': []}\n"
    )
    done = run_here(folder, code, *options)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "p.jsonl: predictions on 9 documents of test\n"
    assert len((folder / "p.jsonl").read_bytes().splitlines()) == 9
    assert len((folder / "p.jsonl.run" / "answers.jsonl").read_bytes().splitlines()) == 9


def test_a_module_that_exits_has_failed_also_where_it_is_to_run_in_processes(folder: Path) -> None:
    done = run_here(folder, "import sys\nsys.exit(0)\n", "--concurrency", "2")
    assert done.returncode == 2
    assert done.stderr.startswith("mihakk: extractor odd:extract: SystemExit: 0 (")


def test_an_extractor_that_exits_when_anything_else_is_asked_of_it_has_failed(folder: Path) -> None:
    code = (
        "import sys\n"
        "class Odd:\n"
        "    def __call__(self, document): return {'entities': []}\n"
        "    def __getattr__(self, name): sys.exit(0)\n"
        "extract = Odd()\n"
    )
    done = run_here(folder, code)
    assert done.returncode == 2
    assert "SystemExit: 0" in done.stderr
    assert not (folder / "p.jsonl").exists()


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_extractor_that_closes_standard_output_is_named_as_such(
    folder: Path, monkeypatch: pytest.MonkeyPatch, unbuffered: str
) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    closing = "import os\ndone = []\ndef extract(document):\n    done or os.close(1)\n    done.append(1)\n    return {'entities': []}\n"  # fmt: skip
    done = run_here(folder, closing)
    assert done.returncode == ExitCode.CANNOT_WRITE
    assert done.stderr == "mihakk: standard output: was closed by a library, or by an extractor\n"


@pytest.mark.parametrize(
    "line",
    [
        '{"id": NAME}',
        '{"id": NAME, "error": 3, "kind": "x"}',
        '{"id": NAME, "error": "x", "kind": ["x"]}',
        '{"id": NAME, "answer": {"entities": []}, "seconds": "1"}',
        '{"id": NAME, "answer": {"entities": []}, "seconds": 1e999}',
        '{"id": NAME, "answer": {"entities": []}, "attempts": null}',
        '{"id": NAME, "answer": {"entities": []}, "tokens": 7}',
        '{"id": NAME, "answer": {"entities": []}, "tokens": [1]}',
        '{"id": NAME, "answer": {"entities": []}, "tokens": ["1", "2"]}',
        '{"id": NAME, "answer": ' + "[" * 100_000 + "]" * 100_000 + "}",
    ],
    ids=range(10),
)
def test_a_line_of_the_journal_that_was_edited_is_passed_over(folder: Path, predict: Predict, line: str) -> None:
    name = written(folder, "def extract(document):\n    note(document)\n    return {'entities': []}")
    assert predict("--extractor", name)[0] == 0
    answers = folder / "p.jsonl.run" / "answers.jsonl"
    kept = answers.read_bytes().splitlines(keepends=True)[1:]
    answers.write_bytes(line.replace("NAME", json.dumps(NAMES[0])).encode() + b"\n" + b"".join(kept))
    (folder / "asked").unlink()
    assert predict("--extractor", name)[0] == 0
    assert (folder / "asked").read_text(encoding="utf-8").split() == [NAMES[0]]
