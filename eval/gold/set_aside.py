"""set_aside.jsonl: a line for each piece of work that did not enter the gold set, with the reason."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import cast

from ...configs.errors import InputError
from ...configs.files import parse_json
from .records import SetAside
from .spooled import set_aside_on_disk


def set_aside_line(aside: SetAside) -> str:
    """A line of set_aside.jsonl."""
    return json.dumps({column.name: getattr(aside, column.name) for column in fields(aside)}, ensure_ascii=False) + "\n"


def read_set_aside(path: Path, *, on_disk: bool = False) -> Sequence[SetAside]:
    """The pieces listed in set_aside.jsonl; with `on_disk` they stay on disk.

    Raises InputError with the line that cannot be read.
    """
    try:
        return set_aside_on_disk(_pieces(path)) if on_disk else tuple(_pieces(path))
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not UTF-8 text; export the dataset anew") from None


def _pieces(path: Path) -> Iterator[SetAside]:
    # Only \n ends a line: texts may contain other line ends, which JSON does not escape.
    with path.open(encoding="utf-8", newline="\n") as file:
        for number, line in enumerate(file, 1):
            if not (line := line.removesuffix("\n")):
                continue
            row = parse_json(line, f"{path}:{number}")
            try:
                # Version 0.1.0 wrote `annotator`, with all names in one text.
                names = row["annotators"] if "annotators" in row else filter(None, row["annotator"].split(", "))
                aside = SetAside(row["article_id"], tuple(names), row["what"], row["reason"], row["undecided"])
                texts = cast(tuple[object, ...], (aside.what, aside.reason, *aside.annotators))
                if not all(isinstance(text, str) for text in texts):
                    raise TypeError
            except (KeyError, TypeError, AttributeError):
                message = f"{path}:{number}: is not a line of set_aside.jsonl; export the dataset again"
                raise InputError(message) from None
            yield aside
