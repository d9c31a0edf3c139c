"""A folder of shards that a command writes: each shard is whole or absent, and a list says how each was made.

The list (`shards.json`) names the settings and the inputs of each shard. The same command then makes only shards that
are missing, or whose input has changed since.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from ..errors import InputError, UnavailableError
from ..files import dump_json, parse_json, read_text, remove_leftovers, write_text, writing
from ..formats import FORMAT, FORMATS, SHARDS, check_format
from ..locks import lock, open_folder
from .places import Shard, fetched, file_system, is_remote, join, remote_errors, send

LIST = "shards.json"
# The list is written after each shard, but not more than this share of the time.
_SHARE = 0.05


class ShardFolder:
    """The folder while a command works on it. `records` has the entry of each existing shard, by name."""

    def __init__(self, address: str, command: str, settings: Mapping[str, Any], ending: str) -> None:
        self.address, self._ending = address, ending
        self._head = {FORMAT: FORMATS[SHARDS], "command": command, "settings": dict(settings)}
        self.records: dict[str, dict[str, Any]] = {}
        self.changed: list[str] = []  # settings that differ from those of the existing shards
        self._next = 0.0

    def place(self, name: str) -> str:
        """The address of a shard."""
        return join(self.address, name + self._ending)

    def missing(self, shards: Sequence[Shard]) -> list[Shard]:
        """Shards that are absent, were made from another content, or lack some documents (`failed`)."""
        return [
            shard
            for shard in shards
            if self.records.get(shard.name, {}).get("from") != shard.mark or self.records[shard.name].get("failed")
        ]

    def is_stale(self, shard: Shard) -> bool:
        """Whether the shard exists, but was made from another content."""
        return self.records.get(shard.name, {}).get("from", shard.mark) != shard.mark

    def add(self, shard: Shard, record: Mapping[str, Any]) -> bool:
        """Records a written shard. True if the list is on disk already; if not, it will be when the block ends."""
        self.records[shard.name] = {"from": shard.mark, **record}
        if is_time := time.monotonic() >= self._next:
            self.write()
        return is_time

    def write(self) -> None:
        """Writes the list."""
        began = time.monotonic()
        content = dump_json({**self._head, "shards": dict(sorted(self.records.items()))})
        place = join(self.address, LIST)
        if is_remote(place):
            send(content.encode(), place)
        else:
            write_text(Path(place), content)
        now = time.monotonic()
        self._next = now + (now - began) / _SHARE

    def look(self, fresh: bool) -> None:
        """Reads the existing list. Raises InputError if the folder is something else."""
        there = _names(self.address)
        if LIST in there:
            before = _read_list(join(self.address, LIST))
            if before.get("command") != self._head["command"]:
                raise InputError(f"{self.address}: has shards of `{before.get('command')}`; choose another -o")
            settings = cast("dict[str, Any]", before.get("settings") or {})
            now = cast("dict[str, Any]", self._head["settings"])
            self.changed = [key for key in {**now, **settings} if now.get(key) != settings.get(key)]
            records = cast("dict[str, dict[str, Any]]", before.get("shards") or {})
            # Shards of other settings are kept in the list too, which shows that they may be replaced.
            self.records = {name: record for name, record in records.items() if name + self._ending in there}
        elif there:
            raise InputError(f"{self.address}: exists and was not made by this command (no {LIST}); choose another -o")
        if fresh:
            self.changed = []
            self.records.clear()

    def keep_only(self, shards: Sequence[Shard]) -> int:
        """Removes shards whose inputs no longer exist; returns their number."""
        gone = self.records.keys() - {shard.name for shard in shards}
        for name in gone:
            _remove(self.place(name))
            del self.records[name]
        return len(gone)


@contextmanager
def shard_folder(
    address: str,
    command: str,
    settings: Mapping[str, Any],
    ending: str,
    inputs: Sequence[Shard],
    *,
    fresh: bool = False,
    redo: Callable[[Sequence[str]], bool] = lambda _: True,
) -> Generator[ShardFolder]:
    """The folder of shards that a command writes. It is made if absent; its list is written when the block ends.

    If the existing shards were made with other settings, `redo` gets the names of these settings and decides whether
    to make all shards again. Raises InputError if the folder is something else, or contains the inputs, which are never
    replaced or removed; UnavailableError if another command is at work on it.
    """
    if _parent(join(address, LIST)) in {_parent(shard.address) for shard in inputs}:
        raise InputError(f"{address}: has the input; choose another -o")
    folder = ShardFolder(address, command, settings, ending)
    if is_remote(address):
        if address.startswith("hf://"):
            raise InputError(f"{address}: can only be read; write to a folder here, and send it with `hf upload`")
        folder.look(fresh)
        with _settled(folder, redo):
            yield folder
        return
    path = Path(address)
    with writing(path):
        if path.exists() and not path.is_dir():
            raise InputError(f"{path}: is a file, and shards go into a folder; choose another -o")
        path.mkdir(exist_ok=True)
        remove_leftovers(path)
        handle = open_folder(path)
    try:
        if lock(handle) is False:
            raise UnavailableError(f"{path}: another run is at work here; wait for it, or choose another -o")
        folder.look(fresh)
        with _settled(folder, redo):
            yield folder
    finally:
        os.close(handle)


@contextmanager
def _settled(folder: ShardFolder, redo: Callable[[Sequence[str]], bool]) -> Generator[None]:
    if folder.changed and redo(folder.changed):
        folder.records.clear()
    folder.write()  # before any shard, so that the folder of a killed run is recognised
    try:
        yield
    finally:
        folder.write()


def _parent(place: str) -> str:
    return place.rpartition("/")[0] if is_remote(place) else os.path.realpath(Path(place).parent)


def _names(address: str) -> set[str]:
    """The names of the files in a folder; empty if there is no folder."""
    if not is_remote(address):
        return {path.name for path in Path(address).iterdir() if not path.name.startswith(".")}
    from pyarrow import fs

    system, path = file_system(address)
    with remote_errors(address):
        found = system.get_file_info(fs.FileSelector(path, allow_not_found=True))
    return {info.base_name for info in found if info.base_name}


def _read_list(place: str) -> dict[str, Any]:
    with fetched(place) as path:
        content = parse_json(read_text(path), place)
    if not isinstance(content, dict):
        raise InputError(f"{place}: is not a list of shards; choose another -o")
    content = cast("dict[str, Any]", content)
    check_format(content, SHARDS, place)
    return content


def _remove(place: str) -> None:
    if not is_remote(place):
        Path(place).unlink(missing_ok=True)
        return
    system, path = file_system(place)
    with remote_errors(place, writes=True):
        system.delete_file(path)
