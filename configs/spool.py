"""Records that wait on disk: a sequence of any length in little memory."""

from __future__ import annotations

import json
import os
import tempfile
import weakref
from abc import abstractmethod
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import IO, Any, Generic, Self, TypeVar, cast, overload

from .files import writing

T = TypeVar("T")

# The first records, up to this number, stay in memory: an input of usual size never touches the disk.
HELD = 1000
_AT_ONCE = 1 << 20  # bytes that are collected before they are written
_READ = 1 << 16  # bytes that are read at once when all records are read


class Records(Sequence[T], Generic[T]):
    """Records that are read one by one. Equal to a list or tuple of equal records."""

    @abstractmethod
    def _at(self, n: int) -> T: ...

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[T]: ...
    def __getitem__(self, at: int | slice) -> T | Sequence[T]:
        if isinstance(at, slice):
            return Picked(self, range(*at.indices(len(self))))
        n = at + len(self) if at < 0 else at
        if not 0 <= n < len(self):
            raise IndexError(at)
        return self._at(n)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Records | list | tuple):
            return NotImplemented
        others = cast("Sequence[object]", other)
        return len(self) == len(others) and all(mine == its for mine, its in zip(self, others, strict=True))

    __hash__ = None  # pyright: ignore[reportAssignmentType]


class Spool(Records[T], Generic[T]):
    """A sequence to which records are added.

    After the first HELD, records are kept as JSON in a file without a name, which disappears with the process. They
    are built anew at each access: `packed` turns a record into plain values, `unpacked` turns these into a record.
    """

    def __init__(self, packed: Callable[[T], Any], unpacked: Callable[[Any], T], records: Iterable[T] = ()) -> None:
        self._packed, self._unpacked = packed, unpacked
        self._held: list[T] = []
        self._ends = array("q", [0])
        self._waiting = bytearray()
        self._file: IO[bytes] | None = None
        self._lock = Lock()  # several threads may read
        self.extend(records)

    def append(self, record: T) -> None:
        """Adds a record. Raises WriteError if the disk is full."""
        if len(self._held) < HELD:
            self._held.append(record)
            return
        before = len(self._waiting)
        self._waiting += json.dumps(self._packed(record), ensure_ascii=False).encode("utf-8", "surrogatepass")
        self._ends.append(self._ends[-1] + len(self._waiting) - before)
        if len(self._waiting) >= _AT_ONCE:
            self._write()

    def extend(self, records: Iterable[T]) -> None:
        """Adds records."""
        for record in records:
            self.append(record)

    def __iadd__(self, records: Iterable[T]) -> Self:
        self.extend(records)
        return self

    def __len__(self) -> int:
        return len(self._held) + len(self._ends) - 1

    def __iter__(self) -> Iterator[T]:
        """Reads many records at once: reading them one by one would take twice as long."""
        yield from self._held
        first = 0
        while first < len(self._ends) - 1:  # records may be added meanwhile
            start = self._ends[first]
            last = max(first + 1, bisect_right(self._ends, start + _READ, first) - 1)
            read = self._read(start, self._ends[last])
            for n in range(first, last):
                yield self._made(read[self._ends[n] - start : self._ends[n + 1] - start])
            first = last

    def _at(self, n: int) -> T:
        if n < len(self._held):
            return self._held[n]
        n -= len(self._held)
        return self._made(self._read(self._ends[n], self._ends[n + 1]))

    def _made(self, record: bytes) -> T:
        return self._unpacked(json.loads(record.decode("utf-8", "surrogatepass")))

    def _write(self) -> None:
        with writing(Path(tempfile.gettempdir())):
            if self._file is None:
                self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed with the spool
                weakref.finalize(self, self._file.close)
            self._file.seek(0, os.SEEK_END)
            while self._waiting:
                del self._waiting[: self._file.write(self._waiting)]

    def _read(self, start: int, end: int) -> bytes:
        with self._lock:
            if self._waiting:
                self._write()
            read = b""
            if self._file is not None:
                self._file.seek(start)
                while len(read) < end - start:
                    read += self._file.read(end - start - len(read))
        return read


class Chained(Records[T], Generic[T]):
    """Several sequences, as if they were one."""

    def __init__(self, parts: Sequence[Sequence[T]]) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def __iter__(self) -> Iterator[T]:
        return chain.from_iterable(self._parts)

    def _at(self, n: int) -> T:
        for part in self._parts:
            if n < len(part):
                return part[n]
            n -= len(part)
        raise IndexError(n)


class Picked(Records[T], Generic[T]):
    """Some records of a sequence, in another order; each is read only when it is used."""

    def __init__(self, records: Sequence[T], places: Iterable[int]) -> None:
        if isinstance(records, Picked):
            records, places = records._records, map(records._places.__getitem__, places)
        self._records, self._places = records, array("q", places)

    def __len__(self) -> int:
        return len(self._places)

    def _at(self, n: int) -> T:
        return self._records[self._places[n]]
