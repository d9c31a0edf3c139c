"""A raw export read as a stream: the same items and the same errors as of the whole file, in little memory."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mihakk.configs.errors import InputError
from mihakk.configs.files import parse_json
from mihakk.export import raw
from mihakk.export.raw import raw_items, read_raw

TASK: dict[str, Any] = {"id": 1, "data": {"text": "قصفٌ على دمشـق ٢٠٢٥ 🕊"}, "annotations": []}
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text('دمشق٣ـٌ\n\\"[]{},:🕊', max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("نص ", max_size=3), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(params=[1, 7, 64], autouse=True)
def few_bytes_at_a_time(request: pytest.FixtureRequest) -> Iterator[None]:
    """Letters, numbers and white space are cut through wherever that can be."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(raw, "_CHUNK", request.param)
        yield


@given(st.lists(values, max_size=5), st.sampled_from((None, 1)), st.booleans(), st.sampled_from(("", "\ufeff")))
def test_the_items_are_those_of_the_json(items: list[Any], indent: int | None, ascii_only: bool, mark: str) -> None:
    text = mark + json.dumps([TASK, *items], ensure_ascii=ascii_only, indent=indent) + "\n"
    assert list(raw_items(io.BytesIO(text.encode()), "x")) == [TASK, *items]


@pytest.mark.parametrize("cut", range(1, 60))
def test_a_number_is_whole_wherever_it_is_cut(cut: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "_CHUNK", cut)
    text = json.dumps([TASK["id"], TASK, 1.0000000000000002e16, -0.5, 17])
    assert text.count("e+16") == 1
    assert list(raw_items(io.BytesIO(text.encode()), "x")) == json.loads(text)


@pytest.mark.parametrize("before", ["", "\n", "[1,\n {},\n "], ids=["first", "second line", "third item"])
@pytest.mark.parametrize(
    "broken", ["[1,]", "[1 2]", "[1] x", '["نص', "[1, tru]", '[{"a" 1}]', "[12", "[", "[[[", '["\\ud83d"]', "[1e]"]
)
def test_errors_are_those_of_the_whole_file(before: str, broken: str) -> None:
    text = before + (broken if not before.startswith("[") else broken.removeprefix("["))
    with pytest.raises(InputError) as whole:
        parse_json(text, "export.json")
    with pytest.raises(InputError) as caught:
        list(raw_items(io.BytesIO(text.encode()), "export.json"))
    assert caught.value.problems == whole.value.problems


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[1,\nد".encode()[:-1], "x:2: is not UTF-8 text"),
        (b"[1,\n2,\n\xff]", "x:3: is not UTF-8 text"),
        (b"[" * 100_000, "x: is not usable JSON: nested too deeply"),
        (b"[" + b"1" * 5000 + b"]", "x: is not usable JSON: it has a number of thousands of digits"),
    ],
)
def test_other_errors_have_their_place(content: bytes, told: str) -> None:
    with pytest.raises(InputError, match=told):
        list(raw_items(io.BytesIO(content), "x"))


def test_items_come_before_the_end_is_read() -> None:
    # What is wrong at the end is told at the end: no more than an item and a chunk is ahead.
    stream = raw_items(io.BytesIO(b"[" + json.dumps(TASK).encode() + b"," + b" " * 1000 + b"!"), "x")
    assert next(stream) == TASK
    with pytest.raises(InputError, match="is not JSON"):
        next(stream)


def test_memory_does_not_grow_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "_CHUNK", 1 << 14)
    path = tmp_path / "export.json"
    task = json.dumps(TASK | {"annotations": [{"result": ["نص" * 100] * 20}]}, ensure_ascii=False)
    path.write_text("[" + ",".join([task] * 500) + "]", encoding="utf-8")
    tracemalloc.start()
    count = sum(1 for _ in read_raw(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 500
    # 500 tasks of 8 KB are 4 MB; held are some chunks of 16 KB and a task or two.
    assert path.stat().st_size > 4_000_000
    assert peak < 400_000
