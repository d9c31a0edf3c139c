"""Stances by a linear model over TF-IDF of letters: of articles on claims, and of the claims in an article.

The claims themselves are those that the gazetteer finds.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any, Self, cast

import numpy as np

from ...annotate.arabic import fold
from ...configs.errors import InputError
from ...configs.labels import LabelSet
from ..gazetteer import Gazetteer
from ..gold.records import GoldDocument
from .saved import damaged

_ARTICLES, _CLAIMS = "articles", "claims"
# So many characters before a claim are read too: they tell who says it, and how.
_BEFORE = 60


class Linear:
    """Call it with a document to get its claims with their stances, and its stance on each of its event's claims."""

    def __init__(self, articles: Model | None, claims: Model | None, gazetteer: Gazetteer | None) -> None:
        self._articles, self._claims, self._gazetteer = articles, claims, gazetteer

    @classmethod
    def learn(cls, training: Sequence[GoldDocument], gold_labels: LabelSet | None = None) -> Self:
        """Trains on the stances of documents; on one machine, the same documents give the same model."""
        articles = [
            ((document.article.text, claim.text), document.annotation.stances[claim.id])
            for document in training
            for claim in document.claims
            if claim.id in document.annotation.stances
        ]
        claims = [
            (_in_context(document.article.text, claim.start, claim.end), claim.stance)
            for document in training
            for claim in document.annotation.claims
            if claim.stance
        ]
        if not articles and not claims:
            raise InputError("baseline:linear: the training split has no stances to learn from")
        return cls(
            Model.learn(*zip(*articles, strict=True)) if articles else None,
            Model.learn(*zip(*claims, strict=True)) if claims else None,
            Gazetteer(training) if claims else None,
        )

    def __call__(self, document: Mapping[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        text: str = document["text"]
        if self._claims and self._gazetteer:
            claims = [{"start": c["start"], "end": c["end"]} for c in self._gazetteer(document)["claims"]]
            stances = self._claims.stances([_in_context(text, claim["start"], claim["end"]) for claim in claims])
            answer["claims"] = [claim | {"stance": stance} for claim, stance in zip(claims, stances, strict=True)]
        if self._articles:
            event_claims = document["claims"]
            stances = self._articles.stances([(text, claim["text"]) for claim in event_claims])
            answer["stances"] = {claim["id"]: stance for claim, stance in zip(event_claims, stances, strict=True)}
        return answer

    def files(self) -> Mapping[str, bytes]:
        files: dict[str, bytes] = {}
        for name, model in ((_ARTICLES, self._articles), (_CLAIMS, self._claims)):
            if model:
                files |= model.files(name)
        return {**files, **(self._gazetteer.files() if self._gazetteer else {})}

    @classmethod
    def of_files(cls, files: Mapping[str, bytes]) -> Self:
        articles, claims = (
            Model.of_files(files, name) if f"{name}.json" in files else None for name in (_ARTICLES, _CLAIMS)
        )
        return cls(articles, claims, Gazetteer.of_files(files) if claims else None)


def _in_context(text: str, start: int, end: int) -> tuple[str, str]:
    return text[start:end], text[max(0, start - _BEFORE) : start]


class Model:
    """Predicts the classes of pairs of texts by logistic regression."""

    def __init__(self, classes: Sequence[str], terms: Any, idf: Any, weights: Any, bias: Any) -> None:
        self._classes, self._terms, self._idf, self._weights, self._bias = classes, terms, idf, weights, bias
        self._vectors = _vectorizer(vocabulary=terms)
        self._vectors.idf_ = idf

    @classmethod
    def learn(cls, pairs: Sequence[tuple[str, str]], classes: Sequence[str]) -> Self:
        from sklearn.linear_model import LogisticRegression

        vectors = _vectorizer()
        vectors.fit([text for pair in pairs for text in pair])
        model = LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000, random_state=13)
        named: list[str] = sorted(set(classes))
        terms = vectors.get_feature_names_out().tolist()
        made = cls(named, terms, vectors.idf_, np.zeros((1, 2 * len(terms) + 1)), np.zeros(1))
        if len(named) > 1:
            model.fit(made._numbers(pairs), classes)
            made._weights, made._bias = model.coef_, model.intercept_
        return made

    def stances(self, pairs: Sequence[tuple[str, str]]) -> list[str]:
        if not pairs:
            return []
        sums = np.asarray(self._numbers(pairs) @ self._weights.T + self._bias)
        best: Any = sums.argmax(axis=1) if len(self._classes) > 2 else (sums[:, 0] > 0).astype(int)
        return [self._classes[int(n)] for n in best]

    def _numbers(self, pairs: Sequence[tuple[str, str]]) -> Any:
        """A row for each pair: the terms of the first text, those of the second, and the similarity of the two."""
        from scipy.sparse import csr_array, hstack

        first, second = (self._vectors.transform([pair[n] for pair in pairs]) for n in (0, 1))
        alike = csr_array(first.multiply(second).sum(axis=1).reshape(-1, 1))
        return hstack([first, second, alike], format="csr")

    def files(self, name: str) -> Mapping[str, bytes]:
        numbers = io.BytesIO()
        np.savez(numbers, idf=self._idf, weights=self._weights, bias=self._bias)
        content = {"classes": list(self._classes), "terms": self._terms}
        return {f"{name}.json": json.dumps(content, ensure_ascii=False).encode(), f"{name}.npz": numbers.getvalue()}

    @classmethod
    def of_files(cls, files: Mapping[str, bytes], name: str) -> Self:
        with damaged(f"{name}.npz"):
            content = cast("dict[str, Any]", json.loads(files[f"{name}.json"]))
            numbers = np.load(io.BytesIO(files[f"{name}.npz"]), allow_pickle=False)
            return cls(content["classes"], content["terms"], numbers["idf"], numbers["weights"], numbers["bias"])


def _vectorizer(vocabulary: Sequence[str] | None = None) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(
        analyzer="char_wb",
        ngram_range=(2, 4),
        max_features=50_000,
        sublinear_tf=True,
        preprocessor=fold,
        vocabulary=vocabulary,
    )
