"""Which outlet a name stands for, and which agency a text is credited to (configs/outlets.yaml)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from ...configs.errors import InputError
from ...configs.located_yaml import LocatedYaml, Place
from ..arabic import fold

TABLE = Path(__file__).parents[2] / "configs" / "outlets.yaml"
_WORD = re.compile(r"[^\W_]+")

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Named(_Record):
    """An outlet or agency: its name in the dataset, and other ways to write it.

    An agency `publishes` if its texts are mostly read on its own pages, as those of a state's agency are.
    """

    name: Text
    aliases: tuple[Text, ...] = ()
    publishes: bool = False


class Outlets(_Record):
    """The table of names. `hints` has, by outlet, lines of its pages that are chrome."""

    outlets: tuple[Named, ...] = ()
    agencies: tuple[Named, ...] = ()
    hints: dict[Text, tuple[Text, ...]] = {}


def load_outlets(extra: Path | None = None) -> Outlets:
    """The table that ships with the package; entries of the file `extra` come first and so win.

    Raises InputError naming file, line and key of every problem: one name, in any spelling, under two entries of
    a list.
    """
    shipped = _load(TABLE)
    if extra is None:
        return shipped
    added = _load(extra)
    return Outlets(
        outlets=(*added.outlets, *shipped.outlets),
        agencies=(*added.agencies, *shipped.agencies),
        hints={**shipped.hints, **added.hints},
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
                outlet = seen.setdefault(_key(name), entry.name)
                if outlet != entry.name:
                    problems.append(file.problem(place, f"{name} already stands for {outlet}"))
    if problems:
        raise InputError(*problems)
    return table


@lru_cache(maxsize=1 << 12)
def _key(text: str) -> str:
    """The folded words and numbers of `text`: equal for all spellings of it."""
    return " ".join(_WORD.findall(fold(text)))


@dataclass(frozen=True, slots=True)
class OutletNames:
    """The table of names, laid out for looking up. Spelling variants of a name are one name."""

    _outlets: Mapping[str, str]
    _agencies: Mapping[str, str]
    _hints: Mapping[str, frozenset[str]]
    _publishing: frozenset[str]

    @classmethod
    def of(cls, table: Outlets) -> OutletNames:
        """From a checked table; the first entry wins."""
        hints = {outlet: frozenset(map(_key, lines)) for outlet, lines in table.hints.items()}
        publishing = frozenset(entry.name for entry in table.agencies if entry.publishes)
        return cls(_index(table.outlets), _index(table.agencies), hints, publishing)

    def outlet(self, name: str) -> str:
        """The table's name for it, be it an outlet's or that of an agency that publishes; else the name as it is."""
        key = _key(name)
        return self._outlets.get(key) or self._agencies.get(key) or name

    def is_outlet(self, name: str) -> bool:
        """Whether the table has an outlet of that name."""
        return _key(name) in self._outlets

    def agency(self, name: str) -> str | None:
        """The agency of that name; None if it is none."""
        return self._agencies.get(_key(name))

    def publishes(self, agency: str) -> bool:
        """Whether the agency's texts are mostly read on its own pages."""
        return agency in self._publishing

    def is_hinted(self, outlet: str, line: str) -> bool:
        """Whether the table says that this line of the outlet's pages is chrome."""
        hints = self._hints.get(outlet)
        return hints is not None and _key(line) in hints


@lru_cache(maxsize=1)
def default_names() -> OutletNames:
    """The names that ship with the package."""
    return OutletNames.of(load_outlets())


def _index(entries: Sequence[Named]) -> dict[str, str]:
    index: dict[str, str] = {}
    for entry in entries:
        for name in (entry.name, *entry.aliases):
            index.setdefault(_key(name), entry.name)
    return index
