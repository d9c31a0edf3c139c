"""The baseline: it only knows the names, claim cues and stances of the training split.

An extractor should beat it. Matching ignores spelling variants of the same word (harakat, tatweel, hamza).
Offsets are those of the unchanged text.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

from ..configs.labels import CLAIMS, ENTITIES, EVERY_LAYER, LabelSet, layers
from .baselines.saved import damaged
from .baselines.words import Word, words_of
from .gold.records import GoldDocument

_PROCLITICS = "وفبلك"
_CLAUSE_END = frozenset('.۔،؛؟!…\n«»”“"')
# A word is a cue if claims follow it at least this often, and in more than half of its uses.
_CUE_COUNT = 3
_FILE = "gazetteer.json"


class Gazetteer:
    """An extractor learnt from gold documents. Call it with a document to get a prediction.

    `gold_labels` has the layers, and says whether the language has proclitics; the defaults are all layers, and yes.

    Entities: at each place the longest name of the training split, with its most frequent label.
    Claims: the text from a cue, a word that mostly precedes claims in training (أنّ), to the end of the clause, with
    the most frequent stance. Article stances: the most frequent stance.
    """

    def __init__(self, training: Sequence[GoldDocument], gold_labels: LabelSet | None = None) -> None:
        self._layers = layers(gold_labels) if gold_labels else EVERY_LAYER
        self._proclitics = gold_labels is None or gold_labels.proclitics
        labels: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        before: Counter[str] = Counter()
        words: Counter[str] = Counter()
        claim_stances: Counter[str] = Counter()
        article_stances: Counter[str] = Counter()
        for document in training:
            text = document.article.text
            for span in document.annotation.entities:
                labels[self._name(text, span.start, span.end)][span.label] += 1
            words.update(word.key for word in words_of(text))
            for claim in document.annotation.claims:
                before.update([w.key for w in words_of(text) if claim.start - 2 <= w.end <= claim.start][-1:])
                claim_stances.update([claim.stance] if claim.stance else [])
            article_stances.update(document.annotation.stances.values())
        self._labels = {name: _most_common(counter) for name, counter in labels.items() if name}
        self._longest = max((len(name) for name in self._labels), default=0)
        self._cues = {word for word, n in before.items() if n >= _CUE_COUNT and n * 2 > words[word]}
        self._claim_stance = _most_common(claim_stances)
        self._article_stance = _most_common(article_stances)

    @classmethod
    def learn(cls, training: Sequence[GoldDocument], gold_labels: LabelSet | None = None) -> Self:
        return cls(training, gold_labels)

    def files(self) -> Mapping[str, bytes]:
        """The files from which `of_files` makes this extractor again."""
        content = {
            "layers": self._layers,
            "proclitics": self._proclitics,
            "labels": [[list(name), label] for name, label in sorted(self._labels.items())],
            "cues": sorted(self._cues),
            "claim_stance": self._claim_stance,
            "article_stance": self._article_stance,
        }
        return {_FILE: json.dumps(content, ensure_ascii=False).encode()}

    @classmethod
    def of_files(cls, files: Mapping[str, bytes]) -> Self:
        made = cls(())
        with damaged(_FILE):
            content = json.loads(files[_FILE])
            made._layers, made._proclitics = tuple(content["layers"]), bool(content["proclitics"])
            made._labels = {tuple(name): label for name, label in content["labels"]}
            made._longest = max(map(len, made._labels), default=0)
            made._cues = set(content["cues"])
            made._claim_stance, made._article_stance = content["claim_stance"], content["article_stance"]
        return made

    def __call__(self, document: Mapping[str, Any]) -> dict[str, Any]:
        text: str = document["text"]
        prediction: dict[str, Any] = {}
        if ENTITIES in self._layers:
            prediction["entities"] = list(self._entities(text))
        if CLAIMS in self._layers:
            prediction["claims"] = list(self._claims(text))
        if self._article_stance:
            prediction["stances"] = {claim["id"]: self._article_stance for claim in document["claims"]}
        return prediction

    def _entities(self, text: str) -> Iterator[dict[str, Any]]:
        words = list(words_of(text))
        n = 0
        while n < len(words):
            match = self._longest_at(words, n)
            if match:
                start, count, label = match
                yield {"start": start, "end": words[n + count - 1].end, "label": label}
                n += count
            else:
                n += 1

    def _longest_at(self, words: list[Word], n: int) -> tuple[int, int, str] | None:
        """The start of the longest name that begins in word `n`, its number of words, and its label."""
        for count in range(min(self._longest, len(words) - n), 0, -1):
            rest = tuple(word.key for word in words[n + 1 : n + count])
            for first, outside in _readings(words[n].key) if self._proclitics else ((words[n].key, 0),):
                label = self._labels.get((first, *rest))
                if label:
                    return words[n].start + words[n].match_key.offsets[outside], count, label
        return None

    def _name(self, text: str, start: int, end: int) -> tuple[str, ...]:
        """The match key of a gold name, word by word. From للتحالف the name is لتحالف, which becomes التحالف again."""
        name = [word.key for word in words_of(text[start:end])]
        if self._proclitics and name and name[0].startswith("ل") and text[max(start - 1, 0) : start] == "ل":
            name[0] = "ا" + name[0]
        return tuple(name)

    def _claims(self, text: str) -> Iterator[dict[str, Any]]:
        busy = 0
        for word in words_of(text):
            if word.key not in self._cues or word.start < busy:
                continue
            stop = next((n for n in range(word.end, len(text)) if text[n] in _CLAUSE_END), len(text))
            content = text[word.end : stop]
            begin, stop = stop - len(content.lstrip()), word.end + len(content.rstrip())
            if begin < stop:
                claim: dict[str, Any] = {"start": begin, "end": stop}
                yield claim | ({"stance": self._claim_stance} if self._claim_stance else {})
                busy = stop


def _readings(word: str) -> Iterator[tuple[str, int]]:
    """The possible names in a word, with and without proclitics; each with the number of letters left outside."""
    yield word, 0
    for count in (1, 2):
        if len(word) - count >= 2 and all(letter in _PROCLITICS for letter in word[:count]):
            yield word[count:], count
            if word[count - 1 : count + 1] == "لل":
                yield "ا" + word[count:], count


def _most_common(counter: Counter[str]) -> str:
    """The most common key. Ties go to the first in the alphabet, so that results can be repeated."""
    return min(counter, key=lambda key: (-counter[key], key), default="")
