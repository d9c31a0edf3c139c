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

# So many kinds of problems are printed; a file with more is better looked at whole.
_KINDS = 20
# So many problems of one kind are printed each; of more only the first, with their number.
_EACH = 3
_OTHERS = 20  # so many files more are named


class ExitCode(IntEnum):
    """How a command can end. docs/exit-codes.md says what is safe to repeat after each."""

    DONE = 0
    FAILED = 1  # a check, a requirement, or some of many files
    INPUT = 2
    CANNOT_WRITE = 74  # EX_IOERR
    TRY_AGAIN = 75  # EX_TEMPFAIL
    INTERRUPTED = 130  # 128 + SIGINT, as the shell has it; so are the two below
    PIPE_CLOSED = 141
    TERMINATED = 143


class Problem(str):
    """One problem, in one line: where it is, and what it is.

    Problems of one `kind` are printed once, with their number and the first place. The kind is the text without its
    place, unless another is given: for a text that has a number or a name of the place in it.
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
    """The problems of a part, each with the place of that part before its own."""
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
    """The kind of a problem whose text has numbers of its place."""
    return re.sub(r"\d+", "N", text)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The known name that is nearest, as the end of a message; nothing if none is near."""
    near = difflib.get_close_matches(name, list(known), 1)
    return f"; did you mean {near[0]}?" if near else ""


def lacks(owner: str, kind: str, name: str, known: Iterable[str]) -> str:
    """That `owner` has no such label or stance, with those it has."""
    names = tuple(known)
    return f"{owner} has no {kind} {name}; it has {', '.join(names) or 'none'}{did_you_mean(name, names)}"


def _on_one_line(problem: str) -> str:
    if isinstance(problem, Problem):
        return Problem(*map(one_line, (problem.place, problem.text, problem.kind)))
    return one_line(problem)


class MihakkError(Exception):
    """What a command cannot go on from.

    `problems` has all that was found, one line each and complete, for programs; `grouped` makes of them what people
    read. What would break a line or steer a terminal, in a name or a text, is written out. `exit_code` is how the
    command ends.
    """

    exit_code = ExitCode.FAILED

    def __init__(self, *problems: str) -> None:
        self.problems = tuple(map(_on_one_line, problems))
        super().__init__(*self.problems)

    def __str__(self) -> str:
        return "\n".join(self.problems)


class InputError(MihakkError, ValueError):
    """Something the user gave is wrong. The same command fails again until that is mended."""

    exit_code = ExitCode.INPUT


class WriteError(MihakkError):
    """A result cannot be written: no room, no permission, no such name. Nothing half-written is left."""

    exit_code = ExitCode.CANNOT_WRITE


class UnavailableError(MihakkError):
    """A server did not do its part; the same command may succeed later."""

    exit_code = ExitCode.TRY_AGAIN


# These come of writing, wherever they are met.
OF_WRITING = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO})


def os_error(error: OSError) -> MihakkError:
    """What the system refused, as an error for users: of a file that cannot be written, or else cannot be read."""
    reason = plain_reason(error)
    if error.errno in OF_WRITING:
        return WriteError(f"{error.filename or 'standard output'}: cannot be written ({reason})")
    if error.errno == errno.EBADF and error.filename in (None, "standard output"):
        return WriteError("standard output: was closed by a library, or by an extractor")
    if error.errno == errno.ENOENT and not error.filename:  # of getcwd
        return InputError("the folder that you are in was deleted or replaced; change to another folder first")
    return InputError(f"{error.filename}: cannot be read ({reason})" if error.filename else reason)


def plain_reason(error: Exception) -> str:
    """What the system or a library says of a failure, on one line; its name if it says nothing."""
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    return " ".join(str(error).split()) or type(error).__name__


def install_hint(extra: str) -> str:
    """What installs the packages of an extra of pyproject.toml: from a checkout, since no package index has Mihakk."""
    return f"run in Mihakk's folder: .venv/bin/pip install -e '.[{extra}]'"
