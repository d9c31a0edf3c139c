"""The errors that users see: what is wrong, in one line each, and the exit codes (docs/exit-codes.md)."""

from __future__ import annotations

import difflib
import errno
import os
import re
from collections.abc import Iterable, Iterator
from enum import IntEnum
from pathlib import Path
from typing import Self

from .visible import one_line

# At most so many kinds of problems are printed. A file with more is better looked at as a whole.
_KINDS = 20
# Up to so many problems of one kind are all printed. If there are more, only the first is, with their number.
_EACH = 3
_OTHERS = 20  # so many files more are named


class ExitCode(IntEnum):
    """How a command can end. docs/exit-codes.md says after which codes a command is safe to repeat."""

    DONE = 0
    FAILED = 1  # a check, a requirement, or some of many files
    INPUT = 2
    CANNOT_WRITE = 74  # EX_IOERR
    TRY_AGAIN = 75  # EX_TEMPFAIL
    INTERRUPTED = 130  # 128 + SIGINT, as shells number it; the next two follow the same rule
    PIPE_CLOSED = 141
    TERMINATED = 143


class Problem(str):
    """One problem, in one line: its place, and what is wrong there.

    Many problems of one `kind` are printed once, with their number and the first place. The kind is the text without
    the place. Give another kind if the text itself contains a number or a name from the place.
    """

    place: str
    text: str
    kind: str

    def __new__(cls, place: str, text: str, kind: str | None = None) -> Self:
        self = super().__new__(cls, f"{place}: {text}" if place else text)
        self.place, self.text, self.kind = place, text, text if kind is None else kind
        return self

    def __reduce__(self) -> tuple[type[Self], tuple[str, str, str]]:  # for copies and pickles
        return type(self), (self.place, self.text, self.kind)


def within(place: str, problems: Iterable[str]) -> Iterator[Problem]:
    """The problems of a part; the place of the part is put before the place of each problem."""
    for problem in problems:
        if isinstance(problem, Problem):
            yield Problem(f"{place}: {problem.place}" if problem.place else place, problem.text, problem.kind)
        else:
            yield Problem(place, problem)


def grouped(problems: Iterable[str]) -> list[str]:
    """The problems for people, 20 kinds at most: of many of one kind only the first, with their number.

    Which the others are is said of whole files; of lines, the first shows what to look for.
    """
    by_kind: dict[str, list[str]] = {}
    for problem in problems:
        kind = problem.kind if isinstance(problem, Problem) else problem
        by_kind.setdefault(kind, []).append(problem)
    lines: list[str] = []
    for same in list(by_kind.values())[:_KINDS]:
        if len(same) <= _EACH:
            lines += map(str, same)
        else:
            lines.append(f"{same[0]} ({len(same)} times; this is the first{_other_files(same)})")
    if len(by_kind) > _KINDS:
        lines.append(f"and {len(by_kind) - _KINDS} more kinds of problems; mend these first")
    return lines


def _other_files(problems: list[str]) -> str:
    places = [Path(problem.place) for problem in problems if isinstance(problem, Problem) and problem.place]
    if len(places) < len(problems) or not all(place.suffix and ":" not in place.name for place in places):
        return ""
    names = [place.name for place in places[1 : _OTHERS + 1]]
    return f"; then {', '.join(names)}{', …' if len(places) > len(names) + 1 else ''}"


def numberless(text: str) -> str:
    """The kind of a problem whose text contains numbers from its place."""
    return re.sub(r"\d+", "N", text)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The most similar known name, as the end of a message; empty if no name is similar."""
    near = difflib.get_close_matches(name, list(known), 1)
    return f"; did you mean {near[0]}?" if near else ""


def lacks(owner: str, kind: str, name: str, known: Iterable[str]) -> str:
    """A message: `owner` has no such label or stance, but has these."""
    names = tuple(known)
    return f"{owner} has no {kind} {name}; it has {', '.join(names) or 'none'}{did_you_mean(name, names)}"


def _on_one_line(problem: str) -> str:
    if isinstance(problem, Problem):
        return Problem(*map(one_line, (problem.place, problem.text, problem.kind)))
    return one_line(problem)


class MihakkError(Exception):
    """An error that ends a command.

    `problems` has every problem, one full line each, for programs; `grouped` makes the lines that people read.
    Characters that would break a line or steer a terminal are written as escapes. `exit_code` is the command's exit
    code.
    """

    exit_code = ExitCode.FAILED

    def __init__(self, *problems: str) -> None:
        self.problems = tuple(map(_on_one_line, problems))
        super().__init__(*self.problems)

    def __str__(self) -> str:
        return "\n".join(self.problems)


class InputError(MihakkError, ValueError):
    """The input is wrong. The same command fails again until the input is mended."""

    exit_code = ExitCode.INPUT


class WriteError(MihakkError):
    """A result cannot be written: no room, no permission, or a name that is not allowed. No file is half-written."""

    exit_code = ExitCode.CANNOT_WRITE


class UnavailableError(MihakkError):
    """A server did not answer, or failed; the same command may succeed later."""

    exit_code = ExitCode.TRY_AGAIN


# These errors only come from writing.
OF_WRITING = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO})


def os_error(error: OSError) -> MihakkError:
    """An error of the system as an error for users: a file cannot be written or, in all other cases, cannot be read."""
    reason = plain_reason(error)
    if error.errno in OF_WRITING:
        return WriteError(f"{error.filename or 'standard output'}: cannot be written ({reason})")
    if error.errno == errno.EBADF and error.filename in (None, "standard output"):
        return WriteError("standard output: was closed by a library, or by an extractor")
    if error.errno == errno.ENOENT and not error.filename:  # from getcwd
        return InputError("the folder that you are in was deleted or replaced; change to another folder first")
    return InputError(f"{error.filename}: cannot be read ({reason})" if error.filename else reason)


def plain_reason(error: Exception) -> str:
    """The message of the system or a library about a failure, on one line; without a message, the error's name."""
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    return " ".join(str(error).split()) or type(error).__name__


def install_hint(extra: str) -> str:
    """The command that installs an extra of pyproject.toml: in a checkout, since no package index has Mihakk."""
    return f"run in Mihakk's folder: .venv/bin/pip install -e '.[{extra}]'"
