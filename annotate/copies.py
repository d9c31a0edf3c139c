"""Near-copies: one text in several outlets, found among all articles in linear time."""

from __future__ import annotations

import hashlib
import re
import tempfile
from array import array
from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from ..configs.files import writing
from .arabic import fold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]
    Ints = NDArray[np.int64]

# Two independent reports of one event share at most a seventh of their three-word sequences. Copies share more than
# half, even if an editor has cut or changed them.
SAME_TEXT = 0.5
# A short text, such as a phrase, may occur in a longer text by chance. So many shared sequences do not.
_NO_CHANCE = 20
_WORDS = 3
# Pairs are only compared if they share at least this part of their rare sequences.
_CANDIDATE = 0.1
_NEIGHBOURS = 4
_IN_MEMORY = 1 << 24  # bytes
_AT_ONCE = 1 << 19  # hashes in memory
_MOST_PARTS = 1024
# At most so many pairs come from one hash.
_PAIRS_OF_A_HASH = _NEIGHBOURS
_ROW = [("hash", "<u8"), ("owner", "<i4")]
_PAIR = [("key", "<i8"), ("shared", "<i4")]
_MOST_WORDS = 200_000  # codes of at most so many words are kept
_WORD = re.compile(r"\w+")
Key = TypeVar("Key", bound=Hashable)


def copy_sets(texts: Iterable[str]) -> list[list[int]]:
    """The sets of texts (positions) that `near_copies` joins. Each is sorted; the set with the first text comes first.

    A text without near-copies is in no set.
    """
    return copy_sets_of(shingles_of(texts))


def copy_sets_of(shingles: Iterable[Hashes]) -> list[list[int]]:
    """Like `copy_sets`, for texts whose shingles are known."""
    sets: dict[int, list[int]] = {}
    for place, root in sorted(roots(_near_copies(shingles)).items()):
        sets.setdefault(root, []).append(place)
    return list(sets.values())


def roots(links: Iterable[tuple[Key, Key]]) -> dict[Key, Key]:
    """For each linked key, the representative of its group: connected keys have the same representative."""
    parent: dict[Key, Key] = {}

    def root(key: Key) -> Key:
        parent.setdefault(key, key)
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for first, second in links:
        parent[root(first)] = root(second)
    return {key: root(key) for key in list(parent)}


def near_copies(texts: Iterable[str]) -> list[tuple[int, int]]:
    """Pairs of texts (positions) that are near-copies. For many copies of a text there are enough pairs to join them.

    Texts are compared by sequences of three words (shingles: Broder 1997), without harakat, tatweel and punctuation,
    with hamza and teh marbuta unified. Two texts are near-copies if they share at least half of the shorter text's
    sequences, and also either twenty sequences or half of the longer text's. Texts of fewer than three words are
    near-copies if they are equal. Whether two texts are near-copies does not depend on the rest of the corpus.

    For each sequence, only texts that stand near each other in the list of its texts are compared. So the time grows
    with the length of the texts, not with the number of pairs. A pair can be missed if nearly all its shared sequences
    occur in many more texts. The sequences wait on disk.
    """
    return _near_copies(shingles_of(texts))


def _near_copies(shingles: Iterable[Hashes]) -> list[tuple[int, int]]:
    import numpy as np

    with _Disk() as disk:
        ends = array("q", [0])
        for hashes in shingles:
            disk.add(hashes)
            ends.append(ends[-1] + len(hashes))

        def own(text: int) -> Hashes:
            return disk.read(8 * ends[text], ends[text + 1] - ends[text], np.uint64)

        pairs: list[tuple[int, int]] = []
        before, its = -1, np.zeros(0, np.uint64)
        for a, b in _candidates(disk, np.diff(np.array(ends))):
            before, its = a, its if a == before else own(a)
            others = own(b)
            shared = len(np.intersect1d(its, others, assume_unique=True))
            short, long = sorted((len(its), len(others)))
            if shared >= SAME_TEXT * short and (shared >= _NO_CHANCE or shared >= SAME_TEXT * long):
                pairs.append((a, b))
        return pairs


class _Disk:
    """Arrays, one after the other, in a file without a name that disappears at the end of the block."""

    def __enter__(self) -> Self:
        with writing(Path(tempfile.gettempdir())):
            # Small arrays never touch the disk.
            self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)
        self.size = 0
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def add(self, values: NDArray[Any]) -> int:
        """Adds an array, and returns its place. Raises WriteError if the disk is full."""
        place = self.size
        with writing(Path(tempfile.gettempdir())):
            self._file.seek(place)
            self._file.write(values.tobytes())
        self.size += values.nbytes
        return place

    def read(self, place: int, count: int, kind: Any) -> NDArray[Any]:
        """Reads `count` values of this type at a place."""
        import numpy as np

        with writing(Path(tempfile.gettempdir())):  # values that are not written yet are written first
            self._file.seek(place)
        return np.frombuffer(self._file.read(count * np.dtype(kind).itemsize), kind)


class Shingles(_Disk):
    """The shingles of texts, on disk, by the name of each text."""

    def __init__(self) -> None:
        self._places: dict[str, tuple[int, int]] = {}

    def keep(self, name: str, hashes: Hashes) -> None:
        self._places[name] = self.add(hashes), len(hashes)

    def of(self, name: str) -> Hashes:
        import numpy as np

        return self.read(*self._places[name], np.uint64)


class _Parts:
    """Rows on disk, in numbered parts; rows are added to each part in pieces."""

    def __init__(self, disk: _Disk, kind: Any) -> None:
        self._disk, self._kind = disk, kind
        self._pieces: dict[int, list[tuple[int, int]]] = {}

    def add(self, rows: NDArray[Any], bounds: Sequence[int]) -> None:
        """Adds rows that are sorted by part: part n is between bounds n and n + 1."""
        place, size = self._disk.add(rows), rows.itemsize
        for part, (low, high) in enumerate(pairwise(bounds)):
            if low < high:
                self._pieces.setdefault(part, []).append((place + low * size, high - low))

    def of(self, part: int) -> NDArray[Any]:
        import numpy as np

        pieces = [self._disk.read(place, count, self._kind) for place, count in self._pieces.get(part, ())]
        return np.concatenate(pieces) if pieces else np.zeros(0, self._kind)


def shingles_of(texts: Iterable[str]) -> Iterator[Hashes]:
    """For each text, the sorted hashes of its word sequences, each once. Every process computes the same."""
    import numpy as np

    codes = _Codes()
    for text in texts:
        if len(codes) > _MOST_WORDS:
            codes.clear()
        words = [codes[word] for word in _WORD.findall(fold(text))] or [codes[text]]
        if len(words) < _WORDS:
            # A text shorter than a sequence is padded to the length of a sequence.
            words += [0] * (_WORDS - len(words))
        coded = np.array(words, dtype=np.uint64)
        mixed = coded[: len(coded) - _WORDS + 1].copy()
        for n in range(1, _WORDS):
            # A polynomial of the codes modulo 2^64; an odd multiplier loses no bit.
            mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + coded[n : len(coded) - _WORDS + 1 + n]
        yield np.unique(mixed)


class _Codes(dict[str, int]):
    """A 64-bit code for each word, the same in every run."""

    def __missing__(self, word: str) -> int:
        self[word] = code = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big")
        return code


def _candidates(hashes: _Disk, sizes: Ints) -> Iterator[tuple[int, int]]:
    """Pairs of near neighbours that share enough sequences to be worth comparing, sorted.

    `hashes` has the hashes of all texts one after the other, `sizes` their number for each text. They are divided into
    parts by hash, so all texts with one hash are in one part. The pairs found there are divided by their first text, so
    all counts of a pair are in one part. Each part fits into memory, and each row is read once.
    """
    import numpy as np

    count, total = len(sizes), int(sizes.sum())
    if count < 2:
        return
    parts = min(total // _AT_ONCE + 1, _MOST_PARTS)
    firsts = -(-count // (_PAIRS_OF_A_HASH * parts))  # number of first texts in each part
    bounds = np.arange(0, count + firsts, firsts, dtype=np.int64) * count
    ends = np.append(0, np.cumsum(sizes))
    by_hash, pairs = _Parts(hashes, _ROW), _Parts(hashes, _PAIR)
    low = 0
    while low < count:
        high = max(low + 1, int(np.searchsorted(ends, ends[low] + _AT_ONCE, "right")) - 1)
        rows = np.empty(int(ends[high] - ends[low]), _ROW)
        rows["hash"] = hashes.read(8 * int(ends[low]), len(rows), np.uint64)
        rows["owner"] = np.repeat(np.arange(low, high), sizes[low:high])
        part = (rows["hash"] >> np.uint64(32)) * np.uint64(parts) >> np.uint64(32)
        rows = rows[np.argsort(part, kind="stable")]
        part_ends = np.cumsum(np.bincount(part.astype(np.int64), minlength=parts))
        by_hash.add(rows, [0, *part_ends.tolist()])
        low = high
    for part in range(parts):
        rows = by_hash.of(part)
        rows = rows[np.argsort(rows["hash"], kind="stable")]  # texts with the same hash stay sorted
        values, owners = rows["hash"].copy(), rows["owner"].astype(np.int64)
        keys: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
        for step in range(1, _NEIGHBOURS + 1):
            same = np.flatnonzero(values[step:] == values[:-step])
            keys.append(owners[same] * count + owners[same + step])
        found, times = np.unique(np.concatenate(keys), return_counts=True)
        rows = np.empty(len(found), _PAIR)
        rows["key"], rows["shared"] = found, times
        pairs.add(rows, np.searchsorted(found, bounds).tolist())
    for part in range(len(bounds) - 1):
        rows = pairs.of(part)
        both, at = np.unique(rows["key"], return_inverse=True)
        shared = np.bincount(at, weights=rows["shared"], minlength=len(both))
        first, second = np.divmod(both, count)
        enough = shared >= _CANDIDATE * np.minimum(sizes[first], sizes[second])
        yield from zip(first[enough].tolist(), second[enough].tolist(), strict=True)
