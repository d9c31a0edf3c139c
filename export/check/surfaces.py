"""Which words were marked with which labels, how often and by whom. These findings need the whole export."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from ...annotate.arabic import fold, inside_word, match_key, without_proclitics, word_start
from ...configs.spool import Spool
from .findings import Found, Use, Work

_PROCLITICS = frozenset("وفبلكس")


class _Mark(NamedTuple):
    work: Work
    region: str
    start: int
    end: int
    words: str


class _Uses(NamedTuple):
    times: int
    first: _Mark


_Code = int  # a number for a label and an annotator
_KNOWN_WORDS = 50_000  # match keys of so many words are kept


class Surfaces:
    """Collects entities by their match key.

    Keys and counts are in memory. First places, and all places of words that may begin with a proclitic, are on disk.
    """

    def __init__(self, proclitics: bool = True, nested: bool = False) -> None:
        # By key of the words: labels that the words have together in a span, if spans may nest.
        self._nested = nested
        self._together: dict[str, set[frozenset[str]]] = {}
        self._places: tuple[Work, dict[tuple[int, int], set[str]]] = (Work(), {})
        self._proclitics = _PROCLITICS if proclitics else frozenset[str]()
        self._keys: dict[str, str] = {}
        self._labels: dict[str, int] = {}
        self._annotators: dict[str, int] = {}
        # A use is a row of these: its code, its count, and the position of its first mark.
        self._codes, self._counts, self._first = array("q"), array("q"), array("q")
        # By key of the words, the row of their use; if there are several uses, their rows by code.
        self._uses: dict[str, int | dict[_Code, int]] = {}
        # Words that may begin with a proclitic: by key, label, and the proclitics already outside. Each has the last of
        # its suspects, and each suspect its mark and the one before.
        self._suspects: dict[tuple[str, str, str], int] = {}
        self._suspect_marks, self._before = array("q"), array("q")
        self._marks: Spool[_Mark] = Spool(_pack, _unpack)

    def add(self, work: Work, region: str, start: int, end: int, label: str, text: str) -> None:
        """Counts the entity at `start` to `end` of its article's `text`."""
        words = text[start:end]
        key = self._keys.get(words)
        if key is None:
            if len(self._keys) >= _KNOWN_WORDS:
                self._keys.clear()
            key = self._keys[words] = " ".join(fold(words).split())
        if self._nested:
            if self._places[0] != work:
                self._places = (work, {})
            beside = self._places[1].setdefault((start, end), set())
            if beside:
                self._together.setdefault(key, set()).update(frozenset((label, known)) for known in beside)
            beside.add(label)
        is_new = self._is_new_use(key, label, work.annotator or "")
        is_suspect = key[:1] in self._proclitics
        if is_new or is_suspect:
            self._marks.append(_Mark(work, region, start, end, words))
        if is_suspect:
            word = word_start(text, start) if inside_word(text, start) else start
            group = key, label, fold(text[word:start])
            self._before.append(self._suspects.get(group, -1))
            self._suspects[group] = len(self._suspect_marks)
            self._suspect_marks.append(len(self._marks) - 1)

    def _is_new_use(self, key: str, label: str, annotator: str) -> bool:
        """Counts the use. If it is new, its mark is added next."""
        by = self._annotators.setdefault(annotator, len(self._annotators))
        code = self._labels.setdefault(label, len(self._labels)) << 32 | by
        uses = self._uses.get(key)
        if isinstance(uses, int) and self._codes[uses] != code:
            uses = self._uses[key] = {self._codes[uses]: uses}
        row = uses.get(code) if isinstance(uses, dict) else uses
        if row is not None:
            self._counts[row] += 1
            return False
        row = len(self._codes)
        self._codes.append(code)
        self._counts.append(1)
        self._first.append(len(self._marks))
        if isinstance(uses, dict):
            uses[code] = row
        else:
            self._uses[key] = row
        return True

    def findings(self) -> Iterator[Found]:
        """Findings on proclitics inside spans, and on words with several labels."""
        for (key, label, outside), last in self._suspects.items():
            ways = without_proclitics(key, outside)
            without = max(((self._count(rest, label), letters) for letters, rest in ways), default=(0, 0))
            count = self._count(key, label)
            if without[0] and without[0] >= count:
                marks: list[int] = []
                while last >= 0:
                    marks.append(self._suspect_marks[last])
                    last = self._before[last]
                yield from (_with_proclitic(self._marks[n], label, count, *without) for n in reversed(marks))
        labels, annotators = list(self._labels), list(self._annotators)
        for key, rows in self._uses.items():
            if isinstance(rows, dict):
                uses = {
                    (labels[code >> 32], annotators[code & 0xFFFFFFFF]): _Uses(
                        self._counts[row], self._marks[self._first[row]]
                    )
                    for code, row in rows.items()
                }
                yield from _differing(uses, self._together.get(key, ()))

    def _count(self, key: str, label: str) -> int:
        uses = self._uses.get(key, {})
        rows = uses.values() if isinstance(uses, dict) else (uses,)
        number = self._labels.get(label)
        return sum(self._counts[row] for row in rows if self._codes[row] >> 32 == number)


def _pack(mark: _Mark) -> Sequence[Any]:
    return mark


def _unpack(values: Sequence[Any]) -> _Mark:
    work, *rest = values
    return _Mark(Work(*work), *rest)


def _with_proclitic(mark: _Mark, label: str, count: int, without: int, letters: int) -> Found:
    start = mark.start + match_key(mark.words).offsets[letters]
    proclitic, rest = mark.words[: start - mark.start], mark.words[start - mark.start :]
    message = (
        f"without {proclitic} it is marked {label} {_times(without)}, with it {_times(count)}; "
        f"if {proclitic} is a proclitic, it should be {start}–{mark.end} “{rest}”"
    )
    found = Found("edge-proclitic", message, mark.work, mark.region, label, mark.start, mark.end, mark.words)
    return found._replace(names=(proclitic, rest, str(without), str(count)))


def _differing(uses: Mapping[tuple[str, str], _Uses], together: Collection[frozenset[str]]) -> Iterator[Found]:
    """Equal words with two labels, once for each pair of labels: used by the same annotator, or by different ones."""
    by_label: dict[str, dict[str, _Uses]] = {}
    for (label, annotator), used in uses.items():
        by_label.setdefault(label, {})[annotator] = used
    for first, second in combinations(by_label, 2):
        if frozenset((first, second)) in together:
            continue
        both = by_label[first].keys() & by_label[second].keys()
        for annotator in by_label[first]:
            if annotator in both:
                pair = (
                    _use(first, {annotator: by_label[first][annotator]}),
                    _use(second, {annotator: by_label[second][annotator]}),
                )
                yield _two_labels("labels-differ-within", pair, by_label)
        # If all annotators use both labels, annotators do not differ.
        if by_label[first].keys() != by_label[second].keys():
            pair = (_use(first, by_label[first]), _use(second, by_label[second]))
            yield _two_labels("labels-differ-across", pair, by_label)


def _use(label: str, by: Mapping[str, _Uses]) -> Use:
    first = next(iter(by.values())).first
    count = sum(uses.times for uses in by.values())
    return Use(label, count, tuple(by), first.work, first.region, first.start, first.end)


def _two_labels(check: str, uses: tuple[Use, Use], by_label: Mapping[str, Mapping[str, _Uses]]) -> Found:
    """The finding, at the first place of the rarer label, which is more likely to be wrong."""
    rarer = min(uses, key=lambda use: use.times)
    words = next(iter(by_label[rarer.label].values())).first.words
    across = check == "labels-differ-across"
    shown = [
        f"{use.label} {_times(use.times)}{' by ' + ', '.join(use.annotators) if across else ''} "
        f"(first in task {use.first.task}, {use.start}–{use.end})"
        for use in uses
    ]
    work = rarer.first
    if across:
        work = work._replace(annotator=None)
    return Found(check, " and ".join(shown), work, rarer.region, rarer.label, rarer.start, rarer.end, words, uses)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
