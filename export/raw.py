"""Reads a raw Label Studio export as a stream of items, so that even a huge file is never in memory as a whole."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from json import JSONDecodeError, JSONDecoder
from pathlib import Path
from typing import Any, BinaryIO, cast

from ..configs.errors import InputError
from ..configs.files import json_errors, need_end, parse_json, refuse_surrogates

_NO_EXPORT = "is not Label Studio's JSON export"
_NO_LIST = f"{_NO_EXPORT}: it must be a list of tasks"
_CHUNK = 1 << 20
_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = JSONDecoder()
# After a number: characters that may continue it (as after the 1 of 1.5e+3), or the end of the text read so far.
_GOES_ON = ("", ".", "e", "E")


def read_raw(path: Path) -> Iterator[Any]:
    """The items of the export in a file, one by one: see `raw_items`."""
    try:
        need_end(path)
        with path.open("rb") as file:
            yield from raw_items(file, str(path))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None


def raw_items(file: BinaryIO, source: str) -> Iterator[Any]:
    """The items of an export; messages name its `source`.

    An export is a list of tasks, one task, a task on each line, or pages of Label Studio's API: `{"tasks": []}`. Old
    versions called annotations `completions`; they get the newer name here.

    Raises InputError if it is none of these, or at the end if it had no task. An export with tasks may also have other
    items.
    """
    first: str | None = None
    for position, item in enumerate(map(_with_newer_names, _items(_Reader(file, source)))):
        reason = no_task(item)
        if position == 0:
            first = reason
        elif first and not reason:
            first = None
        yield item
    if first:
        raise InputError(f"{source}: {_NO_EXPORT}: its items have {first}")


def raw_tasks(items: Iterable[Any], source: str) -> Iterator[dict[str, Any]]:
    """The items, which must all be tasks. Raises InputError at the first item that is not."""
    for task in items:
        if reason := no_task(task):
            raise InputError(f"{source}: {_NO_EXPORT}: its items have {reason}")
        yield task


def no_task(item: object) -> str | None:
    """What an item of an export lacks to be a task of Label Studio, with advice; None if it is a task."""
    task = cast(dict[str, Any], item) if isinstance(item, dict) else {}
    if not isinstance(task.get("data"), dict):
        return "no data; export again as JSON, not as JSON-MIN or CSV"
    annotations = task.get("annotations")
    if not isinstance(annotations, list) or not all(isinstance(item, dict) for item in cast(list[Any], annotations)):
        return "no annotations; export again as JSON, not as JSON-MIN"
    return None


def _items(reader: _Reader) -> Iterator[Any]:
    if not (begin := reader.peek()):
        raise InputError(f"{reader.source}: is empty")
    if begin == "{":
        yield from _objects(reader)
        return
    if begin != "[":
        parse_json(reader.rest(), reader.source)
        raise InputError(f"{reader.source}: {_NO_LIST}")
    reader.skip()
    if reader.peek() == "]":
        raise InputError(f"{reader.source}: {_NO_LIST}")
    while True:
        yield reader.value()
        if reader.peek() not in (",", "]"):
            reader.fail("Expecting ',' delimiter")
        if reader.skip() == "]":
            break
    if reader.peek():
        reader.fail("Extra data")


def _objects(reader: _Reader) -> Iterator[Any]:
    """The tasks in objects that follow each other: each object is a task, or a page of tasks."""
    found = False
    while reader.peek():
        item = reader.value()
        fields = cast(dict[str, Any], item) if isinstance(item, dict) else {}
        page = fields.get("tasks")
        if "data" not in fields and not isinstance(page, list):
            raise InputError(f"{reader.source}: {_NO_LIST}")
        for task in cast(list[Any], page) if "data" not in fields else [item]:
            found = True
            yield task
    if not found:
        raise InputError(f"{reader.source}: {_NO_LIST}")


def _with_newer_names(item: Any) -> Any:
    """The task with the key that Label Studio uses for annotations since 1.0."""
    task = cast(dict[str, Any], item) if isinstance(item, dict) else {}
    completions = task.get("completions")
    if "annotations" in task or not isinstance(completions, list):
        return item
    annotations = [
        item | {"was_cancelled": True} if isinstance(item, dict) and item.get("skipped") else item  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        for item in cast(list[Any], completions)
    ]
    return {key: value for key, value in task.items() if key != "completions"} | {"annotations": annotations}


class _Reader:
    """The next characters of a file. It holds no more of them than a value needs."""

    def __init__(self, file: BinaryIO, source: str) -> None:
        self.source = source
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._text, self._at, self._ended = "", 0, False
        self._lines = 0  # line ends before the text that is held

    def peek(self) -> str:
        """The next character that is not white space, "" at the end."""
        while True:
            self._at = cast(re.Match[str], _SPACE.match(self._text, self._at)).end()
            if self._at < len(self._text) or not self._more():
                return self._text[self._at : self._at + 1]

    def skip(self) -> str:
        """Returns the peeked character, and moves past it."""
        self._at += 1
        return self._text[self._at - 1]

    def value(self) -> Any:
        """The next JSON value. Raises InputError with the line if there is none."""
        self.peek()
        while True:
            with json_errors(self.source, self._lines):
                try:
                    value, end = _DECODER.raw_decode(self._text, self._at)
                except JSONDecodeError:
                    if self._ended:
                        raise
                else:
                    if self._ended or self._text[end : end + 1] not in _GOES_ON:
                        refuse_surrogates(value, self._text, self._at, end)
                        self._at = end
                        return value
            self._more()

    def rest(self) -> str:
        """The rest of the text, with the number of its first line."""
        while self._more():
            pass
        return "\n" * self._lines + self._text[self._at :]

    def fail(self, message: str) -> None:
        with json_errors(self.source, self._lines):
            raise JSONDecodeError(message, self._text, self._at)

    def _more(self) -> bool:
        """Reads more: the more text is held, the more is read, so that no value is tried often. False at the end."""
        if self._ended:
            return False
        self._lines += self._text.count("\n", 0, self._at)
        self._text, self._at = self._text[self._at :], 0
        data = self._file.read(max(_CHUNK, len(self._text)))
        self._ended = not data
        try:
            self._text += self._decoder.decode(data, final=self._ended)
        except UnicodeDecodeError as error:
            line = self._lines + self._text.count("\n") + error.object.count(b"\n", 0, error.start) + 1
            message = f"{self.source}:{line}: is not UTF-8 text; save or convert the file as UTF-8"
            raise InputError(message) from None
        return True
