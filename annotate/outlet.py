"""Which outlet a name stands for, and which agency a text is credited to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..configs.outlets import Named, Outlets, load_outlets, name_key, words_key


@dataclass(frozen=True, slots=True)
class OutletNames:
    """The table of names, laid out for looking up. Spelling variants of a name are one name."""

    _outlets: Mapping[str, str]
    _agencies: Mapping[str, str]
    _hints: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, table: Outlets) -> OutletNames:
        """From a checked table; the first entry wins."""
        hints = {outlet: frozenset(map(words_key, lines)) for outlet, lines in table.hints.items()}
        return cls(_index(table.outlets), _index(table.agencies), hints)

    def outlet(self, name: str) -> str:
        """The table's name for it, be it an outlet's or that of an agency that publishes; else the name as it is."""
        key = name_key(name)
        return self._outlets.get(key) or self._agencies.get(key) or name

    def agency(self, name: str) -> str | None:
        """The agency of that name; None if it is none."""
        return self._agencies.get(name_key(name))

    def is_hinted(self, outlet: str, line: str) -> bool:
        """Whether the table says that this line of the outlet's pages is chrome."""
        hints = self._hints.get(outlet)
        return hints is not None and words_key(line) in hints


@lru_cache(maxsize=1)
def default_names() -> OutletNames:
    """The names that ship with the package."""
    return OutletNames.of(load_outlets())


def _index(entries: Sequence[Named]) -> dict[str, str]:
    index: dict[str, str] = {}
    for entry in entries:
        for name in (entry.name, *entry.aliases):
            index.setdefault(name_key(name), entry.name)
    return index
