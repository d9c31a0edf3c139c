"""Failures of an extractor's own code, in one line."""

from __future__ import annotations

import signal
import traceback

_TERMINATED = 128 + signal.SIGTERM


def stops(error: BaseException) -> bool:
    """Whether the user stops the program: by Ctrl-C, or by SIGTERM (an exit with this code).

    Any other exit is a failure of the extractor, and is reported as such.
    """
    return isinstance(error, KeyboardInterrupt) or (isinstance(error, SystemExit) and error.code == _TERMINATED)


def failure(error: BaseException) -> str:
    """The error in the user's code and its place, on one line."""
    at = traceback.extract_tb(error.__traceback__)[-1]
    try:
        words = " ".join(str(error).split())
    except Exception:  # the user's code may fail here too
        words = "without a message"
    return f"{': '.join(filter(None, (type(error).__name__, words)))} ({at.filename}:{at.lineno})"
