"""Which words were marked with which label, how often and by whom: what one can know only from the whole export."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

from ...annotate.arabic import fold, inside_word, match_key, without_proclitics, word_start
from .findings import Found, Use, Work

_PROCLITICS = frozenset("وفبلكس")


class _Mark(NamedTuple):
    work: Work
    region: str
    start: int
    end: int
    words: str


@dataclass(slots=True)
class _Uses:
    count: int
    first: _Mark


class Surfaces:
    """Collects entities by their match key.

    Keeps counts and first places, and every place only of words that may begin with a proclitic.
    """

    def __init__(self, proclitics: bool = True, nested: bool = False) -> None:
        # Labels that words bear together: in one span, where spans may nest. By the words' key.
        self._nested = nested
        self._together: dict[str, set[frozenset[str]]] = {}
        self._places: tuple[Work, dict[tuple[int, int], set[str]]] = (Work(), {})
        self._proclitics = _PROCLITICS if proclitics else frozenset[str]()
        self._keys: dict[str, str] = {}
        self._uses: dict[str, dict[tuple[str, str], _Uses]] = {}  # key of the words, then label and annotator
        # What may begin with a proclitic: by key, label, and the proclitics left outside already.
        self._suspects: dict[tuple[str, str, str], list[_Mark]] = defaultdict(list)

    def add(self, work: Work, region: str, start: int, end: int, label: str, text: str) -> None:
        """Counts the entity at `start` to `end` of its article's `text`."""
        words = text[start:end]
        key = self._keys.get(words)
        if key is None:
            key = self._keys[words] = " ".join(fold(words).split())
        if self._nested:
            if self._places[0] != work:
                self._places = (work, {})
            beside = self._places[1].setdefault((start, end), set())
            if beside:
                self._together.setdefault(key, set()).update(frozenset((label, other)) for other in beside)
            beside.add(label)
        uses = self._uses.setdefault(key, {})
        by = (label, work.annotator or "")
        known = uses.get(by)
        if known is not None:
            known.count += 1
        else:
            uses[by] = _Uses(1, _Mark(work, region, start, end, words))
        if key[:1] in self._proclitics:
            word = word_start(text, start) if inside_word(text, start) else start
            self._suspects[key, label, fold(text[word:start])].append(_Mark(work, region, start, end, words))

    def findings(self) -> Iterator[Found]:
        """Proclitics inside, and words with several labels."""
        for (key, label, outside), marks in self._suspects.items():
            ways = without_proclitics(key, outside)
            without = max(((self._count(rest, label), letters) for letters, rest in ways), default=(0, 0))
            count = self._count(key, label)
            if without[0] and without[0] >= count:
                yield from (_with_proclitic(mark, label, count, *without) for mark in marks)
        for key, uses in self._uses.items():
            if len(uses) > 1:
                yield from _differing(uses, self._together.get(key, ()))

    def _count(self, key: str, label: str) -> int:
        return sum(uses.count for (used, _), uses in self._uses.get(key, {}).items() if used == label)


def _with_proclitic(mark: _Mark, label: str, count: int, without: int, letters: int) -> Found:
    start = mark.start + match_key(mark.words).offsets[letters]
    proclitic, rest = mark.words[: start - mark.start], mark.words[start - mark.start :]
    message = (
        f"without {proclitic} it is marked {label} {_times(without)}, with it {_times(count)}; "
        f"if {proclitic} is a proclitic, it should be {start}–{mark.end} “{rest}”"
    )
    return Found("edge-proclitic", message, mark.work, mark.region, label, mark.start, mark.end, mark.words)


def _differing(uses: Mapping[tuple[str, str], _Uses], together: Collection[frozenset[str]]) -> Iterator[Found]:
    """The same words with two labels, once a pair of labels: by one annotator who uses both, and by different ones."""
    by_label: dict[str, dict[str, _Uses]] = {}
    for (label, annotator), used in uses.items():
        by_label.setdefault(label, {})[annotator] = used
    for one, other in combinations(by_label, 2):
        if frozenset((one, other)) in together:
            continue
        both = by_label[one].keys() & by_label[other].keys()
        for annotator in by_label[one]:
            if annotator in both:
                pair = (
                    _use(one, {annotator: by_label[one][annotator]}),
                    _use(other, {annotator: by_label[other][annotator]}),
                )
                yield _two_labels("labels-differ-within", pair, by_label)
        # Where all use both, it is no difference between annotators.
        if by_label[one].keys() != by_label[other].keys():
            pair = (_use(one, by_label[one]), _use(other, by_label[other]))
            yield _two_labels("labels-differ-across", pair, by_label)


def _use(label: str, by: Mapping[str, _Uses]) -> Use:
    first = next(iter(by.values())).first
    count = sum(uses.count for uses in by.values())
    return Use(label, count, tuple(by), first.work, first.region, first.start, first.end)


def _two_labels(check: str, uses: tuple[Use, Use], by_label: Mapping[str, Mapping[str, _Uses]]) -> Found:
    """Points at the first place of the rarer label, the one more likely to be wrong."""
    rarer = min(uses, key=lambda use: use.times)
    words = next(iter(by_label[rarer.label].values())).first.words
    across = check == "labels-differ-across"
    told = [
        f"{use.label} {_times(use.times)}{' by ' + ', '.join(use.annotators) if across else ''} "
        f"(first in task {use.first.task}, {use.start}–{use.end})"
        for use in uses
    ]
    work = rarer.first
    if across:
        work = work._replace(annotator=None)
    return Found(check, " and ".join(told), work, rarer.region, rarer.label, rarer.start, rarer.end, words, uses)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
