"""Entities by a conditional random field over words: CRFsuite, https://www.chokkan.org/software/crfsuite.

The tag of a word says whether a name begins or continues there, and how many proclitic letters of the word stay
outside the name: with `B1-GPE`, بدمشق has the name دمشق.
"""

from __future__ import annotations

import json
import re
import tempfile
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from ...annotate.arabic import without_proclitics
from ...annotate.document import Span, outermost
from ...configs.errors import InputError, install_hint
from ...configs.labels import LabelSet
from ..gold.records import GoldDocument
from .saved import damaged
from .words import Word, words_of

_MODEL, _NAMES = "model.crfsuite", "names.json"
_OUTSIDE = "O"
_TAG = re.compile(r"([BI])([012])-(.+)", re.DOTALL)
_TRAINING = {"c2": 0.1, "max_iterations": 100, "feature.possible_transitions": True}

# The words of a name as match keys, and its label in each training document that has it.
_Names = Mapping[tuple[str, ...], Mapping[int, str]]


class Crf:
    """Call it with a document to get its entities. It only learns and finds the outermost of nested names."""

    def __init__(self, model: bytes, names: _Names) -> None:
        self._model, self._names = model, names
        self._longest = _longest(names)
        self._tagger = _crfsuite().Tagger()
        self._tagger.open_inmemory(model)

    @classmethod
    def learn(cls, training: Sequence[GoldDocument], gold_labels: LabelSet | None = None) -> Self:
        """Trains on the entities of documents; the same documents give the same bytes."""
        spans = [outermost(document.annotation.entities) for document in training]
        if not any(spans):
            raise InputError("baseline:crf: the training split has no entities to learn from")
        names = _names(training, spans)
        longest = _longest(names)
        trainer = _crfsuite().Trainer(verbose=False)
        trainer.set_params(_TRAINING)
        for n, (document, own) in enumerate(zip(training, spans, strict=True)):
            for line in _lines(document.article.text):
                tags = _tags(line, own)
                trainer.append(_features(line, _hits(line, names, longest, n)), tags)
        with tempfile.TemporaryDirectory(prefix="mihakk-") as folder:
            path = Path(folder) / _MODEL
            trainer.train(str(path))
            return cls(path.read_bytes(), names)

    def __call__(self, document: Mapping[str, Any]) -> dict[str, Any]:
        entities: list[dict[str, Any]] = []
        for line in _lines(document["text"]):
            tags = self._tagger.tag(_features(line, _hits(line, self._names, self._longest)))
            entities += [{"start": s.start, "end": s.end, "label": s.label} for s in _spans(line, tags)]
        return {"entities": entities}

    def files(self) -> Mapping[str, bytes]:
        """The files from which `of_files` makes this extractor again."""
        names = [[list(name), list(labels.values())] for name, labels in sorted(self._names.items())]
        return {_MODEL: self._model, _NAMES: json.dumps(names, ensure_ascii=False).encode()}

    @classmethod
    def of_files(cls, files: Mapping[str, bytes]) -> Self:
        with damaged(_NAMES):
            names = {tuple(name): dict(enumerate(labels)) for name, labels in json.loads(files[_NAMES])}
        with damaged(_MODEL):
            return cls(files[_MODEL], names)


def _crfsuite() -> Any:
    try:
        import pycrfsuite
    except ModuleNotFoundError:
        raise InputError(f"baseline:crf: needs python-crfsuite; {install_hint('crf')}") from None
    return pycrfsuite


def _lines(text: str) -> Iterator[list[Word]]:
    """The words of each line that has words. No name continues over the end of a line."""
    at = 0
    for line in text.splitlines(keepends=True):
        if found := list(words_of(line, at)):
            yield found
        at += len(line)


def _tags(words: Sequence[Word], spans: Sequence[Span]) -> list[str]:
    """A tag for each word of a line. If a span begins or ends at another place in a word, the whole word is learnt."""
    tags = [_OUTSIDE] * len(words)
    first_span = bisect_right(spans, words[0].start, key=lambda span: span.end)
    behind = bisect_left(spans, words[-1].end, key=lambda span: span.start)
    at = 0
    for span in spans[first_span:behind]:
        while at < len(words) and words[at].end <= span.start:
            at += 1
        first = at
        while at < len(words) and words[at].start < span.end:
            word = words[at]
            outside = sum(offset < span.start - word.start for offset in word.match_key.offsets[:-1])
            count = outside if outside in _outside(word.key) else 0
            tags[at] = f"B{count}-{span.label}" if at == first else f"I0-{span.label}"
            at += 1
    return tags


def _outside(key: str) -> set[int]:
    """How many letters at the front of a word may be proclitics."""
    return {count for count, _ in without_proclitics(key)}


def _spans(words: Sequence[Word], tags: Sequence[str]) -> Iterator[Span]:
    start = end = 0
    label: str | None = None
    for word, tag in zip(words, tags, strict=True):
        read = _TAG.fullmatch(tag)
        if label is not None and not (read and read[1] == "I" and read[3] == label):
            yield Span(start, end, label)
            label = None
        if read:
            count = int(read[2]) if int(read[2]) in _outside(word.key) else 0
            start = start if label is not None else word.start + word.match_key.offsets[count]
            end, label = word.end, read[3]
    if label is not None:
        yield Span(start, end, label)


# --- the features of a word


def _features(words: Sequence[Word], hits: Sequence[str]) -> list[list[str]]:
    own = [_word_features(word.key) for word in words]
    found: list[list[str]] = []
    for n, hit in enumerate(hits):
        features = ["bias", f"hit={hit}", *own[n]]
        for step in (-2, -1, 1, 2):
            if not 0 <= n + step < len(words):
                features.append(f"{step}:none")
            else:
                features += [f"{step}:{each}" for each in own[n + step][: 3 if abs(step) == 1 else 1]]
                features.append(f"{step}:hit={hits[n + step]}")
        found.append(features)
    return found


def _word_features(key: str) -> list[str]:
    features = [f"w={key}", f"p2={key[:2]}", f"s2={key[-2:]}", f"p1={key[:1]}", f"s1={key[-1:]}"]
    features += [f"p3={key[:3]}", f"s3={key[-3:]}", f"p4={key[:4]}", f"length={min(len(key), 8)}"]
    features += [f"without={rest}" for _, rest in without_proclitics(key)]
    if any(letter.isdigit() for letter in key):
        features.append("digits" if key.isdigit() else "with digits")
    if not key[0].isalnum():
        features.append("mark")
    if key[0].isascii() and key[0].isalpha():
        features.append("latin")
    return features


def _names(training: Sequence[GoldDocument], spans: Sequence[Sequence[Span]]) -> _Names:
    found: defaultdict[tuple[str, ...], dict[int, str]] = defaultdict(dict)
    for n, (document, own) in enumerate(zip(training, spans, strict=True)):
        for span in own:
            words = [word.key for line in _lines(document.article.text[span.start : span.end]) for word in line]
            if words:
                found[tuple(words)].setdefault(n, span.label)
    return found


def _longest(names: _Names) -> Mapping[str, int]:
    """For each first word of a name, the number of words of the longest name that begins with it."""
    found: dict[str, int] = {}
    for name in names:
        found[name[0]] = max(found.get(name[0], 0), len(name))
    return found


def _hits(words: Sequence[Word], names: _Names, longest: Mapping[str, int], document: int | None = None) -> list[str]:
    """For each word, whether it begins (B) or continues (I) a known name, and the name's label; long names come first.

    In training, a name only counts if another document has it too. Otherwise every name would be known.
    """

    def label(name: tuple[str, ...]) -> str | None:
        labels = Counter(label for n, label in names.get(name, {}).items() if n != document)
        return min(labels, key=lambda label: (-labels[label], label), default=None)

    hits = [_OUTSIDE] * len(words)
    n = 0
    while n < len(words):
        firsts = [words[n].key, *(rest for _, rest in without_proclitics(words[n].key))]
        most = max(longest.get(first, 0) for first in firsts)
        for count in range(min(most, len(words) - n), 0, -1):
            rest = tuple(word.key for word in words[n + 1 : n + count])
            known = next(filter(None, (label((first, *rest)) for first in firsts)), None)
            if known:
                hits[n : n + count] = [f"B-{known}", *[f"I-{known}"] * (count - 1)]
                n += count
                break
        else:
            n += 1
    return hits
