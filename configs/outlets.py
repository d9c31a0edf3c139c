"""Names of outlets and news agencies: one name for each, however pages write it (outlets.yaml)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from ..annotate.arabic import fold
from .files import InputError
from .located_yaml import LocatedYaml, Place

DEFAULT = Path(__file__).with_name("outlets.yaml")
_WORD = re.compile(r"[^\W_]+")

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Named(_Record):
    """An outlet or agency: its name in the dataset, and other ways to write it."""

    name: Text
    aliases: tuple[Text, ...] = ()


class Outlets(_Record):
    """The table of names. `hints` has, by outlet, lines of its pages that are chrome."""

    outlets: tuple[Named, ...] = ()
    agencies: tuple[Named, ...] = ()
    hints: dict[Text, tuple[Text, ...]] = {}


def words_key(text: str) -> str:
    """The folded words and numbers of `text`: equal for all spellings of it."""
    return " ".join(_WORD.findall(fold(text)))


def name_key(name: str) -> str:
    """Equal for all spellings of a name, with or without an article in front."""
    key = words_key(name)
    return key.removeprefix("ال") or key


def load_outlets(extra: Path | None = None) -> Outlets:
    """The table that ships with the package; entries of the file `extra` come first and so win.

    Raises InputError naming file, line and key of every problem: one name, in any spelling, under two entries of
    a list.
    """
    own = _load(DEFAULT)
    if extra is None:
        return own
    theirs = _load(extra)
    return Outlets(
        outlets=(*theirs.outlets, *own.outlets),
        agencies=(*theirs.agencies, *own.agencies),
        hints={**own.hints, **theirs.hints},
    )


def _load(path: Path) -> Outlets:
    file = LocatedYaml(path)
    table = file.parse(Outlets)
    problems: list[str] = []
    for kind, entries in (("outlets", table.outlets), ("agencies", table.agencies)):
        seen: dict[str, str] = {}
        for n, entry in enumerate(entries):
            place: Place = (kind, n, "name")
            for name in (entry.name, *entry.aliases):
                other = seen.setdefault(name_key(name), entry.name)
                if other != entry.name:
                    problems.append(file.problem(place, f"{name} already stands for {other}"))
    if problems:
        raise InputError(*problems)
    return table
