"""The number of each format that Mihakk writes. It tells a later version how an earlier version wrote a file.

A number grows when an older Mihakk would misread the file. Every version reads all older ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .errors import InputError, Problem
from .visible import as_given

# The key that holds the number, in a file or in a task's data.
FORMAT = "format"
GOLD, SCORES, TASK, RUN, BASELINE, SHARDS = "gold", "scores", "task", "run", "baseline", "shards"
FORMATS: Mapping[str, int] = {GOLD: 2, SCORES: 1, TASK: 2, RUN: 1, BASELINE: 1, SHARDS: 1}

# The JSON Schema of events.yaml. docs/formats.md lists those of other files, in the same folder.
EVENTS_SCHEMA = Path(__file__).with_name("schemas") / "events.schema.json"


def check_format(content: Mapping[str, object], kind: str, where: str) -> int:
    """The format number of `content`, which is of one of the kinds above; messages name `where` it is from.

    Version 0.1.0 wrote no number: that is format 0. Raises InputError if the value is not a number, or newer than this
    Mihakk knows.
    """
    number = content.get(FORMAT, 0)
    if type(number) is not int or number < 0:
        message = f"{FORMAT} must be a whole number that is not negative, not {as_given(number)}"
        raise InputError(Problem(where, message))
    if number > FORMATS[kind]:
        from .. import __version__

        raise InputError(
            Problem(
                where, f"has format {number}; this Mihakk ({__version__}) reads up to {FORMATS[kind]}: upgrade Mihakk"
            )
        )
    return number
