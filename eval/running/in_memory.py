"""A run without files, for Python code."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ...annotate.placing.policy import DEFAULT, Policy
from ...configs.errors import InputError
from ..adapters.python import PythonExtractor, load_extractor
from ..adapters.spec import Opened, open_extractor
from ..gold.records import Gold, GoldDocument
from .failures import users_code
from .journal import Journal
from .run import Finished, Reading, call


@users_code()
def predictions(
    gold: Gold, documents: Sequence[GoldDocument], extractor: str | Callable[..., Any], policy: Policy = DEFAULT
) -> list[dict[str, Any]]:
    """A row for each document. Raises InputError if the extractor fails on any of them."""
    if isinstance(extractor, str):
        opened, model = open_extractor(extractor, {}, gold), extractor
    else:
        callee = load_extractor(extractor, gold.splits.get("train", ()), labels=gold.labels)
        opened = Opened(PythonExtractor(callee), 1, 0)
        model = None
    reading = Reading(gold.labels, policy, model)
    try:
        with tempfile.TemporaryDirectory(prefix="mihakk-") as folder:
            journal = Journal.start(Path(folder) / "run", {}, fresh=True)
            try:
                call(opened.extractor, documents, journal, reading, batch=opened.batch, retries=opened.retries)
                finished = Finished(journal, documents, reading)
                rows = list(finished.rows())
            finally:
                journal.close()
    finally:
        opened.extractor.close()
    if finished.failures:
        raise InputError(*finished.failures)
    return rows
