"""Mihakk's own files, changed by hand or broken on the way: one clear line, exit code 2, never a traceback."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mihakk
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from mihakk.annotate.label_studio.connection import load_servers
from mihakk.annotate.label_studio.local import _account
from mihakk.cli import main
from mihakk.configs.errors import InputError

if TYPE_CHECKING:
    from conftest import Here

ROOT = Path(mihakk.__file__).parent
OLD = Path(__file__).parent / "old" / "0.1"
DOCUMENTS = "documents/test-00000-of-00001.parquet"

# Every command that reads a gold set. No path in them changes a file.
READERS = [
    "eval score gold predictions.jsonl",
    "eval validate gold predictions.jsonl",
    "eval score old gold",
    "export diff gold old",
    "export write gold --as jsonl -o /dev/null",
    "export hub gold me/x --dry-run",
    "export dataset export.json -o new --previous gold",
]
BYTES = {
    "empty": b"",
    "blank": b" \n",
    "rubbish": bytes(range(256)) * 9,
    "zeros": b"\0" * 100,
    "not UTF-8": b"\xc7\xe1" * 50,
    "null": b"null",
    "list": b"[]",
    "text": '"نص"'.encode(),
    "number": b"1",
    "NaN": b"NaN",
    "no keys": b"{}",
    "deep": b"[" * 100_000,
    "half a character": b'{"name": "\\ud800"}',
    "Parquet in name only": b"PAR1" + b"x" * 100 + b"PAR1",
}
VALUES: list[Any] = [None, 1, -1.5, True, "x", [], {}, [1], [None], [[1]], {"a": 1}]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gold set of version 0.1 twice, and one that was read from a corpus."""
    folder = tmp_path_factory.mktemp("whole")
    for name in ("gold", "old"):
        shutil.copytree(OLD / "gold", folder / name)
    for name in ("export.json", "predictions.jsonl"):
        shutil.copy(OLD / name, folder)
    (folder / "train.iob2").write_text("في O\nدمشق B-LOC\n\nقال O\n", encoding="utf-8")
    (folder / "test.iob2").write_text("بيروت B-LOC\nهادئة I-PER\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr("sys.argv", shlex.split("mihakk export read train.iob2 test.iob2 -o corpus --as iob2 --repair"))
        with pytest.raises(SystemExit) as end:
            main()
        assert not end.value.code
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    shutil.copytree(whole, tmp_path / "here")
    return tmp_path / "here"


def check(here: Here, commands: list[str], named: str | None = None) -> int:
    """Runs them all; says how many refused. A refusal names the file (`named`) or what it is part of."""
    refused = 0
    for command in commands:
        code, _, err = here(command)
        if not code:
            shutil.rmtree("new", ignore_errors=True)
            continue
        lines = err.splitlines()
        assert code == 2, (command, err)
        # `hub` lists all that keeps a gold set from being whole.
        assert len(lines) == 1 or "hub" in command, (command, err)
        assert all(line.startswith("mihakk: ") and len(line) < 400 for line in lines), (command, err)
        assert named is None or named in lines[0], (command, err)
        refused += 1
    return refused


@pytest.mark.parametrize("what", [*BYTES, "half", "all but the end", "folder", "dangling link"])
@pytest.mark.parametrize("name", ["gold.json", "set_aside.jsonl", DOCUMENTS])
def test_a_file_of_a_gold_set_that_is_broken(here: Here, folder: Path, name: str, what: str) -> None:
    path = folder / "gold" / name
    data = path.read_bytes()
    path.unlink()
    if what == "folder":
        path.mkdir()
    elif what == "dangling link":
        path.symlink_to("nowhere")
    else:
        path.write_bytes(BYTES.get(what, data[: len(data) // 2] if what == "half" else data[:-3]))
    refused = check(here, READERS)
    # An empty list of what was set aside is one; a JSON line without its end may be whole.
    if name != "set_aside.jsonl":
        assert refused == len(READERS)


@pytest.mark.parametrize("key", ["format", "name", "version", "scheme", "content_hash", "splits", "owner", "notes"])
def test_a_value_of_gold_json_that_is_wrong(here: Here, folder: Path, key: str) -> None:
    path = folder / "gold" / "gold.json"
    header = json.loads(path.read_text(encoding="utf-8"))
    for value in VALUES:
        path.write_text(json.dumps({**header, key: value}), encoding="utf-8")
        check(here, READERS[:1] + READERS[3:4] + READERS[5:6])
    header.pop(key, None)
    path.write_text(json.dumps(header), encoding="utf-8")
    check(here, READERS)


@pytest.mark.parametrize("key", ["article_id", "annotators", "what", "reason", "undecided"])
def test_a_line_of_set_aside_that_is_wrong(here: Here, folder: Path, key: str) -> None:
    path = folder / "gold" / "set_aside.jsonl"
    good = {"article_id": "a", "annotators": ["سلمى"], "what": "x", "reason": "y", "undecided": False}
    for value in VALUES:
        path.write_text(json.dumps({**good, key: value}) + "\n", encoding="utf-8")
        check(here, READERS[3:6], "gold")
    del good[key]
    path.write_text("\n" + json.dumps(good) + "\n", encoding="utf-8")
    assert check(here, READERS[3:4], "gold/set_aside.jsonl:2: ") == 1


# --- the Parquet of documents ---


def table(folder: Path) -> Any:
    return pq.read_table(folder / "gold" / DOCUMENTS)


def put(folder: Path, changed: Any) -> None:
    pq.write_table(changed, folder / "gold" / DOCUMENTS)


COLUMNS = pq.read_schema(OLD / "gold" / DOCUMENTS).names


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_that_is_missing_or_of_another_type(here: Here, folder: Path, name: str) -> None:
    rows = table(folder)
    put(folder, rows.drop_columns([name]))
    assert check(here, READERS[:5], f"(the column {name} is missing)") == 5
    at, count = COLUMNS.index(name), len(rows)
    others: Mapping[str, Any] = {
        "numbers": pa.array([1] * count),
        "bytes": pa.array([b"\xff"] * count),
        "numbers in lists": pa.array([[1]] * count),
        "nothing in lists": pa.array([[None]] * count, pa.list_(pa.int32())),
        "objects": pa.array([{"a": 1}] * count),
        "objects in lists": pa.array([[{"a": 1}]] * count),
    }
    for kind, column in others.items():
        put(folder, rows.set_column(at, name, column))
        assert check(here, READERS[:2] + READERS[3:4], f"the column {name} is not of the type") == 3, kind
    for empty in (pa.nulls(count), pa.nulls(count, rows.schema.field(name).type)):
        put(folder, rows.set_column(at, name, empty))
        check(here, READERS[:4])


def null(row: dict[str, Any], *keys: str | int, value: object = None) -> None:
    """Sets a value deep in a row."""
    at: Any = row
    for key in keys[:-1]:
        at = at[key]
    at[keys[-1]] = value


@pytest.mark.parametrize(
    "keys",
    [
        ("id",),
        ("text",),
        ("entities",),
        ("entities", 0),
        ("entities", 0, "start"),
        ("entities", 0, "label"),
        ("claims",),
        ("claims", 0),
        ("claims", 0, "end"),
        ("claims", 0, "sources"),
        ("event_claims",),
        ("stances",),
        ("annotators",),
        ("annotators", 0),
    ],
    ids=str,
)
def test_a_value_that_is_missing(here: Here, folder: Path, keys: tuple[str | int, ...]) -> None:
    rows, schema = table(folder).to_pylist(), table(folder).schema
    null(rows[0], *keys)
    put(folder, pa.Table.from_pylist(rows, schema=schema))
    assert check(here, READERS[1:2] + READERS[3:5], "gold/documents/test-00000-of-00001.parquet: ") == 3
    check(here, READERS)


@pytest.mark.parametrize("column", ["event_claims", "stances"])
@pytest.mark.parametrize("item", [None, {}], ids=["nothing", "an empty object"])
def test_an_item_of_a_list_that_is_missing(here: Here, folder: Path, column: str, item: object) -> None:
    rows, schema = table(folder).to_pylist(), table(folder).schema
    null(rows[0], column, value=[item])
    put(folder, pa.Table.from_pylist(rows, schema=schema))
    assert check(here, READERS[1:2] + READERS[3:5], "gold/documents/test-00000-of-00001.parquet: ") == 3
    check(here, READERS)


@pytest.mark.parametrize(
    "metadata",
    [{}, {b"huggingface": b"{"}, {b"huggingface": b'{"info": []}'}, {b"huggingface": b'{"info": {"features": {}}}'}],
    ids=str,
)
def test_label_names_that_are_missing(here: Here, folder: Path, metadata: dict[bytes, bytes]) -> None:
    put(folder, table(folder).replace_schema_metadata(metadata))
    assert check(here, READERS[:5]) == 5


# --- corpus.json ---

AS_READ = ["export write corpus --as iob2 --as-read --split train -o /dev/null"]


@pytest.mark.parametrize("what", [*BYTES, "folder"])
def test_a_corpus_json_that_is_broken(here: Here, folder: Path, what: str) -> None:
    assert here(AS_READ[0])[0] == 0
    path = folder / "corpus" / "corpus.json"
    path.unlink()
    if what == "folder":
        path.mkdir()
    else:
        path.write_bytes(BYTES[what])
    assert check(here, AS_READ, "corpus/corpus.json:") == 1


@pytest.mark.parametrize("key", ["format", "files", "ids", "layout", "repaired", "file"])
def test_a_value_of_corpus_json_that_is_wrong(here: Here, folder: Path, key: str) -> None:
    path = folder / "corpus" / "corpus.json"
    good = json.loads(path.read_text(encoding="utf-8"))
    for value in [*VALUES, [{}], [{"id": 1}]]:
        record = json.loads(json.dumps(good))
        where = record if key in record else record["files"][0]
        where[key] = value
        path.write_text(json.dumps(record), encoding="utf-8")
        check(here, AS_READ, "corpus")


# --- servers.json and account.json ---


@pytest.mark.parametrize(
    "content", [b"\0\xff", b"", b"[]", b"null", b"{}", b'{"tokens": [1]}', b'{"tokens": {"a": 1}}']
)
def test_a_servers_json_that_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "mihakk").mkdir()
    path = tmp_path / "mihakk" / "servers.json"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(InputError) as caught:
        load_servers()
    assert [problem.startswith(f"{path}:") for problem in caught.value.problems] == [True]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\xff",
        b"[]",
        b"null",
        b"{}",
        b'{"email": "a@b", "password": "x"}',
        b'{"email": "a@b", "password": "x", "token": "t", "more": 1}',
        *(
            json.dumps({"email": "a@b", "password": "x", "token": value}).encode()
            for value in [*VALUES[:4], "", "a\nb"]
        ),
    ],
)
def test_an_account_json_that_is_broken(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "account.json").write_bytes(content)
    with pytest.raises(InputError) as caught:
        _account(tmp_path)
    assert [problem.startswith(f"{tmp_path / 'account.json'}:") for problem in caught.value.problems] == [True]


def test_a_folder_in_place_of_account_json(tmp_path: Path) -> None:
    (tmp_path / "account.json").mkdir()
    with pytest.raises(InputError, match="cannot be read"):
        _account(tmp_path)
