"""Opens what is served: an extractor without a run, and the labels that its answers may have."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from ...configs.scheme import DEFAULT, load_scheme
from ..adapters.settings import Settings
from ..adapters.spec import Opened, open_extractor
from ..gold.records import Gold
from ..gold.rows import read_gold
from ..gold.scheme import one_content, scheme_of
from ..running.failures import users_code


def labels_for(gold: Path | None, scheme: Path | None) -> Gold:
    """The gold set that an extractor learns from, with its own scheme. Without a gold set: an empty one, with `scheme`.

    Raises InputError if both are given and differ.
    """
    loaded = load_scheme(scheme) if scheme else None
    if gold is None:
        return Gold("none", "0.0", loaded or load_scheme(DEFAULT), {})
    if loaded:
        one_content(loaded, gold)
    read = read_gold(gold)
    own = loaded or scheme_of(read)
    return read if own is None else Gold(read.name, read.version, own, read.splits, path=read.path)


@contextmanager
def opened_for(extractor: str, settings: Settings, gold: Gold, concurrency: int = 1) -> Generator[tuple[Opened, str]]:
    """The extractor, and its name for annotators' tasks, which changes when the model or its settings do."""
    with users_code():
        opened = open_extractor(extractor, settings, gold, concurrency)
        try:
            known = json.dumps([sorted(settings.items()), sorted(opened.extractor.identity().items())])
            yield opened, f"{extractor}#{hashlib.sha256(known.encode()).hexdigest()[:8]}"
        finally:
            opened.extractor.close()
