"""The majority baseline: the most frequent stance of the training split, on every claim of every article."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Self

from ...configs.errors import InputError
from ...configs.labels import LabelSet
from ..gold.records import GoldDocument
from .saved import damaged

_FILE = "majority.json"


class Majority:
    """Call it with a document to get a stance for each of its event's claims. It names no spans."""

    def __init__(self, stance: str) -> None:
        self._stance = stance

    @classmethod
    def learn(cls, training: Sequence[GoldDocument], gold_labels: LabelSet | None = None) -> Self:
        stances = Counter(stance for document in training for stance in document.annotation.stances.values())
        if not stances:
            raise InputError("baseline:majority: the training split has no article stances to learn from")
        return cls(min(stances, key=lambda stance: (-stances[stance], stance)))

    def __call__(self, document: Mapping[str, Any]) -> dict[str, Any]:
        return {"stances": {claim["id"]: self._stance for claim in document["claims"]}}

    def files(self) -> Mapping[str, bytes]:
        return {_FILE: json.dumps({"stance": self._stance}).encode()}

    @classmethod
    def of_files(cls, files: Mapping[str, bytes]) -> Self:
        with damaged(_FILE):
            return cls(str(json.loads(files[_FILE])["stance"]))
