"""set_aside.jsonl: what did not enter a gold set, with the reason, a line each."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import cast

from ...configs.errors import InputError
from ...configs.files import parse_json
from .records import SetAside


def set_aside_line(aside: SetAside) -> str:
    """A line of set_aside.jsonl."""
    return json.dumps({column.name: getattr(aside, column.name) for column in fields(aside)}, ensure_ascii=False) + "\n"


def read_set_aside(path: Path) -> tuple[SetAside, ...]:
    """The pieces listed in set_aside.jsonl. Raises InputError with the line that cannot be read."""
    read: list[SetAside] = []
    # Not splitlines: texts may contain line ends that JSON does not escape.
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not UTF-8 text; export the dataset anew") from None
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        row = parse_json(line, f"{path}:{number}")
        try:
            # Version 0.1.0 wrote `annotator`, with all names in one text.
            names = row["annotators"] if "annotators" in row else filter(None, row["annotator"].split(", "))
            aside = SetAside(row["article_id"], tuple(names), row["what"], row["reason"], row["undecided"])
            texts = cast(tuple[object, ...], (aside.what, aside.reason, *aside.annotators))
            if not all(isinstance(text, str) for text in texts):
                raise TypeError
            read.append(aside)
        except (KeyError, TypeError, AttributeError):
            raise InputError(f"{path}:{number}: is not a line of set_aside.jsonl; export the dataset again") from None
    return tuple(read)
