"""Files are written whole or not at all, and read as text or refused with one clear error."""

from __future__ import annotations

import json
import os
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mihakk.configs.errors import InputError
from mihakk.configs.files import dump_json, parse_json, read_text, whole_file, write_text

# What a new file gets: 0o666 less the bits of the umask.
UMASKS = [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600), (0o002, 0o664)]


@pytest.fixture
def umask():
    """Sets the umask for one test."""
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def snapshot(folder: Path) -> dict[str, bytes | None]:
    """Everything below `folder`, hidden files too: path and content, None for folders."""
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in folder.rglob("*")}


# --- whole_file -------------------------------------------------------------------------------------


def test_a_file_takes_its_place_only_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "tasks.json"
    path.write_text("old", encoding="utf-8")
    with whole_file(path) as temporary:
        temporary.write_text("new", encoding="utf-8")
        assert path.read_text(encoding="utf-8") == "old"
    assert snapshot(tmp_path) == {"tasks.json": b"new"}


def test_a_new_file_is_not_there_before_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "tasks.json"
    with whole_file(path) as temporary:
        temporary.write_text("new", encoding="utf-8")
        assert not path.exists()
    assert path.read_text(encoding="utf-8") == "new"


def test_the_temporary_file_is_on_the_same_file_system(tmp_path: Path) -> None:
    """Beside its goal, so that the last step is one rename and never a copy that may stop half-way."""
    with whole_file(tmp_path / "tasks.json") as temporary:
        assert temporary.parent.parent == tmp_path
        assert temporary.stat().st_dev == tmp_path.stat().st_dev


@pytest.mark.parametrize("error", [RuntimeError, InputError, KeyboardInterrupt])
@pytest.mark.parametrize("before", [{}, {"tasks.json": b"old"}])
def test_a_block_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, before: dict[str, bytes], error: type[BaseException]
) -> None:
    for name, content in before.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(error), whole_file(tmp_path / "tasks.json") as temporary:
        temporary.write_text("half", encoding="utf-8")
        raise error
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize(("mask", "file_mode"), UMASKS)
def test_a_new_file_has_the_modes_of_any_new_file(tmp_path: Path, umask, mask: int, file_mode: int) -> None:
    """A temporary file is for its owner only; the result must be readable by those who share the folder."""
    umask(mask)
    write_text(tmp_path / "scores.json", "{}")
    assert mode(tmp_path / "scores.json") == file_mode
    assert umask(mask) == mask, "the process' own umask stays"


def test_a_file_in_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught, whole_file(tmp_path / "none" / "tasks.json"):
        pytest.fail("the block must not begin")
    assert caught.value.problems == (f"{tmp_path}/none/tasks.json: the folder {tmp_path}/none does not exist",)
    assert snapshot(tmp_path) == {}


def test_a_file_where_a_folder_stands_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "a.txt").write_bytes(b"page")
    with pytest.raises(InputError, match="pages"):
        write_text(tmp_path / "pages", "text")
    assert snapshot(tmp_path) == {"pages": None, "pages/a.txt": b"page"}


# --- text -------------------------------------------------------------------------------------------


def test_a_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_text(tmp_path / "page.txt")
    assert caught.value.problems == (f"{tmp_path}/page.txt: cannot be read (No such file or directory)",)


@pytest.mark.skipif(not Path("/dev/zero").is_char_device(), reason="the system has no such device")
def test_a_device_that_never_ends_is_an_error() -> None:
    with pytest.raises(InputError, match=r"^/dev/zero: is a device that never ends; name a file$"):
        read_text(Path("/dev/zero"))
    with pytest.raises(InputError, match=r"^/dev/null: is empty$"):
        read_text(Path("/dev/null"))


def test_a_folder_read_as_a_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_text(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b" \r\n\t\n", id="white space"),
        pytest.param(b"\xef\xbb\xbf", id="byte order mark"),
        pytest.param(b"\xef\xbb\xbf\r\n", id="byte order mark and line end"),
    ],
)
def test_a_file_without_text_is_empty(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "page.txt"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_text(path)
    assert caught.value.problems == (f"{path}: is empty",)


@pytest.mark.parametrize(
    ("before", "line"), [("", 1), ("سطر\n", 2), ("سطر\r\n\r\nسطر\n", 4), ("\n", 2), ("\n\nسطر\n", 4)]
)
def test_a_file_in_windows_1256_is_refused_with_the_line_of_its_first_bad_byte(
    tmp_path: Path, before: str, line: int
) -> None:
    path = tmp_path / "page.txt"
    # 0xC7 is alef in Windows-1256, and in UTF-8 the first byte of two.
    path.write_bytes(before.encode() + b"abc \xc7\xe1 def\n" + b"\xc7\n" * 3)
    with pytest.raises(InputError) as caught:
        read_text(path)
    assert caught.value.problems == (f"{path}:{line}: is not UTF-8 text; save or convert the file as UTF-8",)


def test_a_file_in_utf_16_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_bytes("خبر".encode("utf-16"))
    with pytest.raises(InputError, match=":1: is not UTF-8 text"):
        read_text(path)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    """It would shift every offset by one."""
    path = tmp_path / "page.txt"
    path.write_bytes(b"\xef\xbb\xbf" + "خبر".encode())
    assert read_text(path) == "خبر"


@pytest.mark.parametrize("text", ["سطر\r\nسطر\r\n", "سطر\rسطر", "سطر\nسطر", "\n\n سطر \n\n", "سطر\u2028سطر\u0085"])
def test_line_ends_and_outer_white_space_are_left_as_they_are(tmp_path: Path, text: str) -> None:
    path = tmp_path / "page.txt"
    path.write_bytes(text.encode())
    assert read_text(path) == text


@given(text=st.text(min_size=1).filter(lambda text: text.encode().strip() and not text.startswith("\ufeff")))
def test_text_written_is_read_back(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "text"
        write_text(path, text)
        assert read_text(path) == text


# --- JSON -------------------------------------------------------------------------------------------

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(value=json_values)
def test_json_written_is_read_back(value: object) -> None:
    assert parse_json(dump_json(value), "here") == value


def test_json_is_written_for_people() -> None:
    """Arabic as Arabic, a line per item, a line end at the end."""
    assert dump_json({"ا": ["ب", 1]}) == '{\n "ا": [\n  "ب",\n  1\n ]\n}\n'


@pytest.mark.parametrize(
    ("text", "line"),
    [("{", 1), ('{"a": 1,\n"b": }', 2), ("[\n\n1\n2]", 4), ("", 1), ("{'a': 1}", 1)],
)
def test_what_is_no_json_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(InputError) as caught:
        parse_json(text, "export.json")
    (problem,) = caught.value.problems
    assert problem.startswith("export.json: is not JSON: ")
    assert f"(line {line})" in problem


@pytest.mark.parametrize("text", ["NaN", "[-Infinity]", '{"a": 1e999}', "[1E+400]", "9" * 309 + ".5"])
def test_what_is_no_number_of_json_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"^x: is not JSON: it has NaN, Infinity or a number too large"):
        parse_json(text, "x")


@pytest.mark.parametrize("text", ['"NaN"', '["Infinity", "1e999"]', "1e-999", "1.5e300", "1" * 400, "1e0100"])
def test_numbers_and_texts_of_json_are_read(text: str) -> None:
    assert parse_json(text, "x") == json.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 200_000, id="nested too deeply"),
        pytest.param("9" * 5_000, id="a number of more digits than Python reads"),
    ],
)
def test_json_that_python_cannot_hold_is_refused(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_json(text, "export.json")
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith("export.json: is not")


def test_an_error_shows_each_problem_on_its_own_line() -> None:
    assert str(InputError("one", "two")) == "one\ntwo"
    assert InputError("one", "two").problems == ("one", "two")
