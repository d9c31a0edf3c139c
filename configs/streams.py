"""Outputs that are no plain file: standard output (`-`), pipes and devices."""

from __future__ import annotations

import codecs
import io
import os
import re
import shutil
import stat
import sys
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import Any, BinaryIO, TextIO, cast

from .errors import InputError

STDOUT = 1
# So many links are followed, as Linux does.
_LINKS = 40


class _Reserved:
    """Standard output while it is kept for the content of an output, and the handle that leads there."""

    stream: TextIO | None = None
    handle: int | None = None


def is_stream(path: Path) -> bool:
    """Whether this is written to as it is, not replaced: `-`, an open file such as /dev/stdout, a pipe, a device."""
    if descriptor(path) is not None:
        return True
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def descriptor(path: Path) -> int | None:
    """The number of the open file that `path` stands for, as /dev/stdout and /dev/fd/3 do; None for other paths."""
    if str(path) == "-":
        return STDOUT
    for _ in range(_LINKS):
        folder = os.path.realpath(path.parent)
        if folder in (f"/proc/{os.getpid()}/fd", "/dev/fd") and re.fullmatch(r"[0-9]{1,9}", path.name):
            return int(path.name)
        try:
            path = path.parent / path.readlink()
        except OSError:  # no link
            return None
    return None


def can_write(number: int) -> bool:
    """Whether the command was started with this file open for writing. Files that Python opens are not inherited."""
    if number == STDOUT:
        return True  # reserve_stdout says that it is closed
    try:
        import fcntl
    except ImportError:  # Windows, where no path stands for an open file
        return False
    try:
        return os.get_inheritable(number) and fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY
    except OSError:
        return False


def reserve_stdout() -> None:
    """From here on standard output is for the content of an output: all that is printed goes to standard error.

    Raises InputError if standard output is closed.
    """
    if _Reserved.stream is not None:
        return
    if sys.stdout is None:
        raise InputError("standard output: is closed")
    _Reserved.stream = sys.stdout
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    with suppress(OSError, ValueError):  # a stream without a number of its own, or no standard error
        if sys.stdout.fileno() == STDOUT:
            # User code and libraries may print past Python.
            _Reserved.handle = os.dup(STDOUT)
            os.dup2(2, STDOUT)
    sys.stdout = sys.stderr


def give_back_stdout() -> None:
    """Ends what reserve_stdout began."""
    if _Reserved.stream is None:
        return
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    sys.stdout, _Reserved.stream = _Reserved.stream, None
    if _Reserved.handle is not None:
        os.dup2(_Reserved.handle, STDOUT)
        os.close(_Reserved.handle)
        _Reserved.handle = None


def pour(content: Path, path: Path) -> None:
    """Writes all of the file `content` to the stream `path`."""
    try:
        with content.open("rb") as source, _opened(path) as goal:
            shutil.copyfileobj(source, goal)
            goal.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        error.filename = error.filename or str(path)
        raise


class _AsText(io.RawIOBase):
    """Takes UTF-8 for a stream that takes text only, such as those of notebooks and tests."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")

    def write(self, data: Any) -> int:
        self._stream.write(self._decoder.decode(bytes(data)))
        return len(data)


def _opened(path: Path) -> AbstractContextManager[BinaryIO]:
    number = descriptor(path)
    if number is None:
        return path.open("wb")
    if number == STDOUT:
        stream = _Reserved.stream or sys.stdout
        if stream is None:
            raise InputError("standard output: is closed")
        if _Reserved.handle is not None:
            number = _Reserved.handle
        else:
            stream.flush()
            try:
                number = stream.fileno()
            except (OSError, ValueError):  # it is in memory
                return nullcontext(cast(BinaryIO, getattr(stream, "buffer", None) or _AsText(stream)))
    # A copy of the open file, so that what is written to it comes after what was there.
    return os.fdopen(os.dup(number), "wb")
