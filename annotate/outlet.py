"""Which outlet a name stands for, and which agency a text is credited to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..configs.outlets import Named, Outlets, load_outlets
from .arabic import fold

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class OutletNames:
    """The table of names, laid out for looking up. Spelling variants of a name are one name."""

    _outlets: Mapping[str, str]
    _agencies: Mapping[str, str]
    _hints: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, table: Outlets) -> OutletNames:
        """From a checked table; the first entry wins."""
        hints = {outlet: frozenset(map(_key, lines)) for outlet, lines in table.hints.items()}
        return cls(_index(table.outlets), _index(table.agencies), hints)

    def outlet(self, name: str) -> str:
        """The table's name for it, or the name as it is."""
        return self._outlets.get(_key(name), name)

    def agency(self, name: str) -> str | None:
        """The agency of that name; None if it is none."""
        return self._agencies.get(_key(name))

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


def _key(name: str) -> str:
    return " ".join(_WORD.findall(fold(name)))
