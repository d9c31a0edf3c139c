"""The errors that users see: what is wrong, in one line each, and the exit codes (docs/exit-codes.md)."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import Self

# So many kinds of problems are printed, each with its first place; a file with more is better looked at whole.
_KINDS = 20


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


def within(place: str, problems: Iterable[str]) -> Iterator[Problem]:
    """The problems of a part, each with the place of that part before its own."""
    for problem in problems:
        if isinstance(problem, Problem):
            yield Problem(f"{place}: {problem.place}" if problem.place else place, problem.text, problem.kind)
        else:
            yield Problem(place, problem)


def grouped(problems: Iterable[str]) -> list[str]:
    """The problems for people: those of one kind once, with the first place and their number; 20 kinds at most."""
    first: dict[str, str] = {}
    counts: dict[str, int] = {}
    for problem in problems:
        kind = problem.kind if isinstance(problem, Problem) else problem
        first.setdefault(kind, problem)
        counts[kind] = counts.get(kind, 0) + 1
    lines = [
        f"{problem} ({counts[kind]} times; this is the first)" if counts[kind] > 1 else str(problem)
        for kind, problem in list(first.items())[:_KINDS]
    ]
    if len(first) > _KINDS:
        lines.append(f"and {len(first) - _KINDS} more kinds of problems; mend these first")
    return lines


class MihakkError(Exception):
    """What a command cannot go on from.

    `problems` has all that was found, one line each and complete, for programs; `grouped` makes of them what people
    read. `exit_code` is how the command ends.
    """

    exit_code = ExitCode.FAILED

    def __init__(self, *problems: str) -> None:
        super().__init__(*problems)
        self.problems = problems

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
    return InputError(f"{error.filename}: cannot be read ({reason})" if error.filename else reason)


def plain_reason(error: OSError) -> str:
    """Why the system refused, in its words and on one line."""
    return os.strerror(error.errno) if error.errno else " ".join(str(error).split()) or type(error).__name__
