"""Outputs that are not plain files: standard output (`-`), pipes and devices."""

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
# At most so many links are followed, as in Linux.
_LINKS = 40


class _Reserved:
    """Standard output while it is reserved for the content of an output, and the handle for writing there."""

    stream: TextIO | None = None
    handle: int | None = None


def is_stream(path: Path) -> bool:
    """Whether `path` is written to directly, not replaced: `-`, an open file such as /dev/stdout, a pipe, a device."""
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
        except OSError:  # not a link
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
    """From now on standard output is for the content of an output: everything printed goes to standard error.

    Raises InputError if standard output is closed.
    """
    if _Reserved.stream is not None:
        return
    if sys.stdout is None:
        raise InputError("standard output: is closed")
    _Reserved.stream = sys.stdout
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    with suppress(OSError, ValueError):  # a stream without a file number, or no standard error
        if sys.stdout.fileno() == STDOUT:
            # User code and libraries may print without Python's streams.
            _Reserved.handle = os.dup(STDOUT)
            os.dup2(2, STDOUT)
    sys.stdout = sys.stderr


def give_back_stdout() -> None:
    """Ends the reservation of reserve_stdout."""
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
    """Writes the whole file `content` to the stream `path`."""
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
    """Accepts UTF-8 bytes for a stream that accepts only text, such as those of notebooks and tests."""

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
            except (OSError, ValueError):  # the stream is in memory
                return nullcontext(cast(BinaryIO, getattr(stream, "buffer", None) or _AsText(stream)))
    # A copy of the open file, so new content comes after earlier content.
    return os.fdopen(os.dup(number), "wb")
