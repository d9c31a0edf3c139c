"""Near-copies: one text in several outlets, found among all articles in linear time."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from .arabic import fold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]

# Two independent reports of one event share at most a seventh of their three-word sequences. Copies that an editor
# has cut or changed share more than half.
SAME_TEXT = 0.5
# A short text may occur in a longer one by chance, as a phrase. This many shared sequences are no chance.
_NO_CHANCE = 20
_WORDS = 3
# Pairs that share less than this part of their rare sequences are not compared.
_CANDIDATE = 0.1
_NEIGHBOURS = 4
_AT_A_TIME = 1000
_WORD = re.compile(r"\w+")
Key = TypeVar("Key", bound=Hashable)


def copy_sets(texts: Iterable[str]) -> list[list[int]]:
    """The sets of texts (positions) that `near_copies` joins. Each is sorted; the set with the first text comes first.

    A text without near-copies is in no set.
    """
    sets: dict[int, list[int]] = {}
    for place, root in sorted(roots(near_copies(texts)).items()):
        sets.setdefault(root, []).append(place)
    return list(sets.values())


def roots(links: Iterable[tuple[Key, Key]]) -> dict[Key, Key]:
    """For each linked key the representative of its group: all connected keys have the same."""
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
    """Pairs of texts (positions) that are near-copies. Of many copies there are enough pairs to join them all.

    Texts are compared by sequences of three words (shingles: Broder 1997), without harakat, tatweel and punctuation,
    with hamza and teh marbuta unified. Two texts are near-copies if they share at least half of the shorter text's
    sequences, and also either twenty sequences or half of the longer text's. Texts of fewer than three words are
    near-copies if they are equal. Whether two texts are near-copies does not depend on the rest of the corpus.

    For each sequence, only texts that stand near each other in the list of its texts are compared. So the time grows
    with the length of the texts, not with the number of pairs. A pair can be missed if nearly all its shared
    sequences occur in many more texts.
    """
    import numpy as np

    shingles = list(_shingles(texts))
    pairs: list[tuple[int, int]] = []
    for a, b in _candidates(shingles):
        shared = len(np.intersect1d(shingles[a], shingles[b], assume_unique=True))
        short, long = sorted((len(shingles[a]), len(shingles[b])))
        if shared >= SAME_TEXT * short and (shared >= _NO_CHANCE or shared >= SAME_TEXT * long):
            pairs.append((a, b))
    return pairs


def _shingles(texts: Iterable[str]) -> Iterator[Hashes]:
    """For each text the hashes of its word sequences, each once, sorted."""
    import numpy as np

    codes = _Codes()
    for text in texts:
        words = [codes[word] for word in _WORD.findall(fold(text))] or [codes[text]]
        if len(words) < _WORDS:
            # A text shorter than one sequence is padded to be one.
            words += [0] * (_WORDS - len(words))
        coded = np.array(words, dtype=np.uint64)
        mixed = coded[: len(coded) - _WORDS + 1].copy()
        for n in range(1, _WORDS):
            # A polynomial of the codes modulo 2^64; with an odd multiplier no bit is lost.
            mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + coded[n : len(coded) - _WORDS + 1 + n]
        yield np.unique(mixed)


class _Codes(dict[str, int]):
    """A 64-bit code for each word, the same in every run."""

    def __missing__(self, word: str) -> int:
        self[word] = code = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big")
        return code


def _candidates(shingles: Sequence[Hashes]) -> list[tuple[int, int]]:
    """Pairs that share enough sequences with a near neighbour to be worth comparing."""
    import numpy as np

    if len(shingles) < 2:
        return []
    sizes = np.array([len(own) for own in shingles])
    hashes = np.concatenate(shingles)
    order = np.argsort(hashes, kind="stable")  # owners of one hash stay in order
    hashes = hashes[order]
    owners = np.repeat(np.arange(len(shingles), dtype=np.int32), sizes)[order]
    pairs: list[tuple[int, int]] = []
    # Texts with much in common make many pairs. Take some first texts at a time, so that the pairs fit into memory.
    for low in range(0, len(shingles), _AT_A_TIME):
        in_block = (owners >= low) & (owners < low + _AT_A_TIME)
        pair_keys: list[NDArray[np.int64]] = [np.zeros(0, dtype=np.int64)]
        for step in range(1, _NEIGHBOURS + 1):
            same = np.flatnonzero(in_block[:-step] & (hashes[step:] == hashes[:-step]))
            pair_keys.append(owners[same].astype(np.int64) * len(shingles) + owners[same + step])
        keys, shared = np.unique(np.concatenate(pair_keys), return_counts=True)
        first, second = np.divmod(keys, len(shingles))
        enough = shared >= _CANDIDATE * np.minimum(sizes[first], sizes[second])
        pairs += zip(first[enough].tolist(), second[enough].tolist(), strict=True)
    return pairs
