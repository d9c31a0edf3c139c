"""The baselines as extractors: `baseline:NAME` is trained now, `saved:FOLDER` was trained before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..baselines.saved import Baseline, learn, read_baseline
from ..gold.rows import prediction_row
from .python import PythonExtractor, code_of

if TYPE_CHECKING:
    from .spec import Job


class BaselineExtractor(PythonExtractor):
    """A baseline with its name. `known_by` identifies its content, such as by a hash."""

    def __init__(self, baseline: Baseline, name: str | None, known_by: Mapping[str, str]) -> None:
        super().__init__(baseline)
        self.baseline, self.name = baseline, name
        self._known_by = known_by

    def identity(self) -> Mapping[str, str]:
        return {**code_of(self.baseline), **self._known_by}


def baseline_extractor(rest: str, job: Job) -> BaselineExtractor:
    """The baseline with this name, trained on the training split."""
    hashed = hashlib.sha256()
    for document in job.training:
        hashed.update(json.dumps(prediction_row(document)).encode() + b"\n")
    return BaselineExtractor(learn(rest, job.training, job.gold.labels), rest, {"training": hashed.hexdigest()[:16]})


def saved_extractor(rest: str, job: Job) -> BaselineExtractor:
    """A baseline that `eval predict --save` wrote."""
    baseline, digest = read_baseline(Path(rest))
    return BaselineExtractor(baseline, None, {"files": digest})
