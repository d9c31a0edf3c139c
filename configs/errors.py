"""The errors that users see: what is wrong, in one line each, and the exit code."""

from __future__ import annotations


class InputError(ValueError):
    """Something the user gave is wrong. Holds every problem found, one line each, ready for stderr."""

    exit_code = 2

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class UnavailableError(InputError):
    """The server did not do its part; the same command may succeed later (exit code 75, EX_TEMPFAIL)."""

    exit_code = 75
