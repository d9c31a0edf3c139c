"""How the same words are marked in the rest of a gold set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from math import log
from typing import NamedTuple

from ...annotate.arabic import fold, tokens, without_proclitics
from ..gold.records import GoldDocument

# The words of a name in one spelling.
Name = tuple[str, ...]


class Elsewhere(NamedTuple):
    """How often the same words elsewhere have the same label, other labels (by label), or no mark."""

    same: int
    otherwise: Counter[str]
    unmarked: int

    @property
    def odds(self) -> float:
        """Log odds that these words have another label than the gold's label here.

        Words without a mark count half, since the words may have another meaning there. The constants keep words that
        occur only once near the middle.
        """
        return log((self.otherwise.total() + self.unmarked / 2 + 0.3) / (self.same + 0.5))


def name_of(text: str, start: int, end: int) -> Name:
    """The words at a place, compared without harakat, tatweel and hamza."""
    return _name(text[start:end])


@lru_cache(maxsize=1 << 16)
def _name(words: str) -> Name:
    return tuple(fold(words[token.start : token.end]) for token in tokens(words))


class Names:
    """The names of a gold set, with their labels, and how often they are not marked.

    `wanted` are more names to look for. The first word may begin with a proclitic.
    """

    def __init__(self, documents: Sequence[GoldDocument], wanted: Iterable[Name], *, proclitics: bool) -> None:
        self._marked: dict[Name, Counter[str]] = {name: Counter() for name in wanted}
        for document in documents:
            text = document.article.text
            for span in document.annotation.entities:
                self._marked.setdefault(name_of(text, span.start, span.end), Counter())[span.label] += 1
        self._unmarked = Counter[Name]()
        self._proclitics = proclitics
        lengths: dict[str, set[int]] = {}
        for name in self._marked:
            if name:
                lengths.setdefault(name[0], set()).add(len(name))
        for document in documents:
            self._unmarked.update(self._bare(document, lengths))

    def _bare(self, document: GoldDocument, lengths: dict[str, set[int]]) -> Iterator[Name]:
        """The names that occur in a document where nothing is marked."""
        text = document.article.text
        marked = bytearray(len(text))
        for span in document.annotation.entities:
            marked[span.start : span.end] = b"\1" * (span.end - span.start)
        places = list(tokens(text))
        words = [fold(text[start:end]) for start, end in places]
        for n, word in enumerate(words):
            rests = [rest for _, rest in without_proclitics(word)] if self._proclitics else []
            for first in dict.fromkeys((word, *rests)):
                for length in lengths.get(first, ()):
                    name = (first, *words[n + 1 : n + length])
                    # At the end of the text fewer words are left, and these may be another name.
                    if (
                        len(name) == length
                        and name in self._marked
                        and 1 not in marked[places[n].start : places[n + length - 1].end]
                    ):
                        yield name

    def elsewhere(self, name: Name, label: str | None) -> Elsewhere:
        """How these words are marked in all places but this one, where the gold has `label` (None: no mark)."""
        marked, unmarked = self._marked.get(name, Counter()), self._unmarked[name]
        if label is None:
            return Elsewhere(max(unmarked - 1, 0), marked, 0)
        return Elsewhere(marked[label] - 1, Counter({k: n for k, n in marked.items() if k != label}), unmarked)
