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

# Reports of one event by two desks share a seventh of their three-word sequences at most, copies that an editor has
# cut or touched up more than half.
SAME_TEXT = 0.5
# A short text may stand in a longer one by chance, as a phrase; so many sequences do not.
_NO_CHANCE = 20
_WORDS = 3
# Pairs that share less than this of what is rare are not looked at any further.
_CANDIDATE = 0.1
_NEIGHBOURS = 4
_AT_A_TIME = 1000
_WORD = re.compile(r"\w+")
Key = TypeVar("Key", bound=Hashable)


def copy_sets(texts: Sequence[str]) -> list[list[int]]:
    """The sets of texts, by their places, that `near_copies` joins: each in order, the one with the first text first.

    A text that is a near-copy of no other is in none.
    """
    sets: dict[int, list[int]] = {}
    for place, root in sorted(roots(near_copies(texts)).items()):
        sets.setdefault(root, []).append(place)
    return list(sets.values())


def roots(links: Iterable[tuple[Key, Key]]) -> dict[Key, Key]:
    """For each linked key one of those that it is connected with, the same for all of them."""
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


def near_copies(texts: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of texts, by their places, that are copies of one another; of many copies enough pairs to join them.

    Compared are sequences of three words (shingles: Broder 1997), without harakat, tatweel and punctuation, hamza
    and teh marbuta unified. Two texts are copies if they share at least half of the shorter one's sequences, and
    either twenty of them or half of the longer one's as well; texts of fewer words if they are the same. Whether
    two texts are copies does not depend on what other texts there are.

    Looked at are pairs that stand near each other among the texts that have a sequence, so that the work grows
    with the length of the texts, not with the number of pairs. A pair can be missed where nearly all that it
    shares stands in many other texts as well.
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


def _shingles(texts: Sequence[str]) -> Iterator[Hashes]:
    """Of each text the hashes of its sequences of words, each once, in order of size."""
    import numpy as np

    codes = _Codes()
    for text in texts:
        words = [codes[word] for word in _WORD.findall(fold(text))] or [codes[text]]
        if len(words) < _WORDS:
            # Shorter than one sequence: filled up, the words are a sequence of their own.
            words += [0] * (_WORDS - len(words))
        coded = np.array(words, dtype=np.uint64)
        mixed = coded[: len(coded) - _WORDS + 1].copy()
        for n in range(1, _WORDS):
            # A polynomial of the codes modulo 2 to the 64; an odd multiplier loses no bit.
            mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + coded[n : len(coded) - _WORDS + 1 + n]
        yield np.unique(mixed)


class _Codes(dict[str, int]):
    """A 64-bit code for each word, the same in every run."""

    def __missing__(self, word: str) -> int:
        self[word] = code = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big")
        return code


def _candidates(shingles: Sequence[Hashes]) -> list[tuple[int, int]]:
    """Pairs that share enough sequences among near neighbours to be worth a comparison."""
    import numpy as np

    if len(shingles) < 2:
        return []
    sizes = np.array([len(own) for own in shingles])
    hashes = np.concatenate(shingles)
    order = np.argsort(hashes, kind="stable")  # of one hash, the owners stay in order
    hashes = hashes[order]
    owners = np.repeat(np.arange(len(shingles), dtype=np.int32), sizes)[order]
    pairs: list[tuple[int, int]] = []
    # Texts that have much in common make many pairs: those of some first texts at a time, to have memory for them.
    for low in range(0, len(shingles), _AT_A_TIME):
        here = (owners >= low) & (owners < low + _AT_A_TIME)
        pair_keys: list[NDArray[np.int64]] = [np.zeros(0, dtype=np.int64)]
        for step in range(1, _NEIGHBOURS + 1):
            same = np.flatnonzero(here[:-step] & (hashes[step:] == hashes[:-step]))
            pair_keys.append(owners[same].astype(np.int64) * len(shingles) + owners[same + step])
        keys, shared = np.unique(np.concatenate(pair_keys), return_counts=True)
        first, second = np.divmod(keys, len(shingles))
        enough = shared >= _CANDIDATE * np.minimum(sizes[first], sizes[second])
        pairs += zip(first[enough].tolist(), second[enough].tolist(), strict=True)
    return pairs
