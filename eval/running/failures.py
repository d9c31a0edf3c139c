"""Failures of an extractor's own code, in one line; and protection of the run against that code."""

from __future__ import annotations

import os
import signal
import threading
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from typing import NoReturn

from ...configs.errors import InputError
from ...configs.visible import print_line

_TERMINATED = 128 + signal.SIGTERM


def stops(error: BaseException) -> bool:
    """Whether the user stopped the program: by Ctrl-C, or by SIGTERM (an exit with this code).

    Any other exit is a failure of the extractor, and is reported as such.
    """
    return isinstance(error, KeyboardInterrupt) or (isinstance(error, SystemExit) and error.code == _TERMINATED)


def failure(error: BaseException) -> str:
    """The error in the user's code and its place, on one line."""
    frames = traceback.extract_tb(error.__traceback__)
    at = next((frame for frame in reversed(frames) if frame.filename != __file__), frames[-1])
    try:
        words = " ".join(str(error).split())
    except Exception:  # even making the message may fail in the user's code
        words = "without a message"
    return f"{': '.join(filter(None, (type(error).__name__, words)))} ({at.filename}:{at.lineno})"


class _Run:
    """The process in which an extractor was started."""

    process: int | None = None


def end_if_forked() -> None:
    """Ends this process if the user's code forked it from the run, and it came back as if it were the run."""
    if _Run.process not in (None, os.getpid()):
        os._exit(0)


class ExitError(Exception):
    """The user's code asked to end the process at once."""


@contextmanager
def users_code() -> Generator[None]:
    """Protects the run while an extractor works in this process.

    `os._exit` would end the run silently and with the exit code of success, so it raises an error. A failure in a
    thread that the extractor started belongs to no document, so it is a warning. A forked process that comes back here
    would write the results a second time, so `end_if_forked` ends it.
    """
    own, leave, hook = os.getpid(), os._exit, threading.excepthook

    def refuse(status: int) -> NoReturn:
        if os.getpid() != own:  # a forked process may end in this way
            leave(status)
        raise ExitError(f"os._exit({status}) would have ended the whole run")

    def warn(failed: threading.ExceptHookArgs) -> None:
        if failed.exc_value is not None and not isinstance(failed.exc_value, SystemExit):
            message = failure(failed.exc_value)
            print_line(f"mihakk: warning: a thread of the extractor failed: {message}", err=True)

    before = _Run.process
    os._exit, threading.excepthook, _Run.process = refuse, warn, own
    try:
        yield
    except SystemExit as error:  # from other code of the extractor: its attributes, or its end
        end_if_forked()
        if stops(error):
            raise
        raise InputError(f"the extractor: {failure(error)}") from error
    finally:
        os._exit, threading.excepthook, _Run.process = leave, hook, before
