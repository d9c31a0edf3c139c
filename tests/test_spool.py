"""Records that wait on disk are the records, and what is made of them is the same, byte for byte, as from memory."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marked import SCHEME
from mihakk.annotate.document import Span
from mihakk.cli import main
from mihakk.configs import spool
from mihakk.configs.spool import Chained, Picked, Spool
from mihakk.eval.agreement import compared, measure
from mihakk.eval.gold.records import GoldDocument, Older, SetAside
from mihakk.eval.gold.spooled import documents_on_disk, set_aside_on_disk
from mihakk.export.finished import FinishedTask, SplitLabel, read_export, tasks_on_disk
from test_gold import NESTED, asides, gold_documents

SAMPLE = Path(spool.__file__).parents[1] / "annotate" / "sample" / "export.json"


@pytest.fixture
def on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing stays in memory, and agreement is counted an article at a time."""
    monkeypatch.setattr(spool, "HELD", 0)
    for module in (compared, measure):
        monkeypatch.setattr(module, "AT_ONCE", 1)


@pytest.fixture(scope="module", autouse=True)
def _none_in_memory_for_examples() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool, "HELD", 1)
        yield


@given(st.lists(gold_documents(), max_size=4), st.lists(asides, max_size=4))
def test_what_waits_on_disk_comes_back_as_it_was(documents: list[GoldDocument], pieces: list[SetAside]) -> None:
    older = Older(("a@1.0",), ("GPE",), (), ("agree",))
    documents = [*documents, NESTED, replace(NESTED, older=older), replace(NESTED, older=Older(("a@1.0",)))]
    assert documents_on_disk(documents) == documents
    assert set_aside_on_disk(pieces) == pieces


def test_a_task_comes_back_as_it_was() -> None:
    piece = SetAside("خبر-١", ("سلمى",), "GPE 0–3", "split", undecided=True)
    task = FinishedTask(
        NESTED.article,
        NESTED.claims,
        (replace(NESTED.annotation, annotator="سلمى"), replace(NESTED.annotation, annotator="ب", entities=())),
        "نموذج",
        frozenset(("سلمى", "ب")),
        Older(("a@1.0",), ("GPE",)),
        (SplitLabel(piece, (Span(0, 3, "GPE"), Span(0, 3, "LOC"))), SplitLabel(piece)),
        {"سلمى": "2025-12-05T10:00:00Z"},
    )
    assert tasks_on_disk([task, task, replace(task, older=None, split=())])[1:] == [
        task,
        replace(task, older=None, split=()),
    ]


def test_a_spool_is_a_sequence_also_while_it_is_written(on_disk: None) -> None:
    records: Spool[int] = Spool(lambda one: one, lambda one: one, range(5))
    assert (len(records), records[0], records[-1], list(records)) == (5, 0, 4, [0, 1, 2, 3, 4])
    first = iter(records)
    assert next(first) == 0
    records.append(5)
    assert list(first) == [1, 2, 3, 4, 5]
    assert records == (0, 1, 2, 3, 4, 5)
    assert records != [0, 1, 2, 3, 4]
    with pytest.raises(IndexError):
        records[6]
    picked = Picked(Picked(records, [5, 3, 1]), [2, 0])  # places of places: 1 and 5
    assert (list(picked), picked[1:], list(Chained([picked, [7]])), Chained([picked, [7]])[-1]) == (
        [1, 5],
        [5],
        [1, 5, 7],
        7,
    )


def test_half_a_character_waits_as_any_other(on_disk: None) -> None:
    pieces = [SetAside("a", (), "\ud800", "\u2028 \r\n")]
    assert set_aside_on_disk(pieces) == pieces


def _export(tmp_path: Path) -> Path:
    """The sample twice, the second time by others under other ids, with four annotators on each of its articles."""
    tasks = json.loads(SAMPLE.read_text(encoding="utf-8"))
    more: list[dict[str, object]] = []
    for n, task in enumerate(json.loads(SAMPLE.read_text(encoding="utf-8"))):
        task["id"], task["data"]["doc_id"] = 1000 + n, f"more-{task['data']['doc_id']}"
        again = json.loads(json.dumps(task["annotations"]))
        for k, annotation in enumerate(again):
            annotation["completed_by"], annotation["id"] = {"email": f"more{k}@example.org"}, 5000 + 10 * n + k
            annotation["result"] = annotation["result"][: len(annotation["result"]) // (k + 1)]
        task["annotations"] += again
        more.append(task)
    path = tmp_path / "export.json"
    path.write_text(json.dumps([*more, *tasks], ensure_ascii=False), encoding="utf-8")
    return path


def _run(tmp_path: Path, export: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> object:
    """Everything that the commands write and print."""

    def command(*words: str) -> None:
        monkeypatch.setattr("sys.argv", ["mihakk", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code in (0, 1)

    folder = tmp_path / "out"
    folder.mkdir()
    monkeypatch.chdir(folder)
    command("export", "dataset", str(export), "-o", "gold")
    command("export", "dataset", str(export), "-o", "hidden", "--pseudonyms", "who.csv", "--policy", "most")
    command("export", "adjudicate", str(export), "-o", "tasks.json", "--sample", "0.5")
    command("export", "agreement", str(export), "-o", "agreement.json", "--html", "agreement.html", "--known", "gold")
    command("export", "check", str(export), "--json", "--all")
    for form, name in (("iob2", "gold.iob2"), ("jsonl", "gold.jsonl"), ("stance", "gold.csv"), ("brat", "brat")):
        command("export", "write", "gold", "--as", form, "-o", name)
        command("export", "read", name, "--as", form, "-o", f"read-{form}")
    printed = capsys.readouterr().out
    files = {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    shutil.rmtree(folder)
    return printed, files


def test_all_commands_write_the_same_from_disk_as_from_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    export = _export(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(spool, "HELD", 10**6)
        in_memory = _run(tmp_path, export, monkeypatch, capsys)
    with monkeypatch.context() as patch:
        patch.setattr(spool, "HELD", 0)
        for module in (compared, measure):
            patch.setattr(module, "AT_ONCE", 1)
        assert _run(tmp_path, export, monkeypatch, capsys) == in_memory


def test_only_the_first_records_stay_in_memory(on_disk: None) -> None:
    tasks: Sequence[FinishedTask] = read_export(SAMPLE, SCHEME).tasks
    assert tasks[0] is not tasks[0]
    assert tasks[0] == tasks[0]


def test_all_records_are_read_many_at_once_whatever_their_size(on_disk: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some fill what is read at once to the byte, some are longer; none is lost or cut."""
    monkeypatch.setattr(spool, "_READ", 8)
    # As JSON with quotes 2 to 22 bytes: «خ» has two bytes.
    records = ["", "abcdef", "خ" * 10, "ab", "cd", "x" * 6, "", "", "", "", "خبر"]
    waits = Spool[str](str, str, records)
    assert list(waits) == records
    assert [waits[n] for n in range(len(records))] == records
    assert list(Spool[str](str, str)) == []
