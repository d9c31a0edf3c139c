"""Opens the extractor that a text names: `package.module:name`, `command:node extract.mjs`, and so on."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ...configs.errors import InputError
from ...configs.labels import LabelSet
from ..gold.records import Gold, GoldDocument
from ..running.calls import RETRIES
from ..running.extractor import Extractor
from .entry_points import entry_point_extractor, entry_points
from .settings import Settings, for_function

# The word before the first colon, and the function that makes the extractor from the rest. Entry points of other
# packages add more words; any other text is a Python name, as in versions before there were kinds.
KINDS: Mapping[str, str] = {
    "python": "python_process:python_extractor",
    "command": "command:command_extractor",
    "http": "http:http_extractor",
    "https": "http:http_extractor",
    "ls-ml": "label_studio:backend_extractor",
    "llm": "chat:chat_extractor",
    "spacy": "spacy_pipeline:spacy_extractor",
    "hf": "huggingface:huggingface_extractor",
    "baseline": "baseline:baseline_extractor",
    "saved": "baseline:saved_extractor",
}


@dataclass(frozen=True, slots=True)
class Job:
    """What an extractor will be used for: the gold set, how many documents at the same time, and how many in one call.

    `mapped` are the labels that answers must have, if these are not the labels of the gold set.
    """

    gold: Gold
    concurrency: int = 1
    batch: int = 1
    mapped: LabelSet | None = None

    @property
    def labels(self) -> LabelSet:
        return self.mapped or self.gold.labels

    @property
    def training(self) -> Sequence[GoldDocument]:
        return self.gold.splits.get("train", ())


class Opened(NamedTuple):
    """An extractor that is ready, with the settings for calling it."""

    extractor: Extractor
    batch: int
    retries: int


def open_extractor(
    spec: str, settings: Settings, gold: Gold, concurrency: int = 1, mapped: LabelSet | None = None
) -> Opened:
    """Makes the extractor that a text names, for a Job with its settings.

    Raises InputError if there is no such extractor, or if a setting is missing.
    """
    runs, own = _divided(settings)
    how = for_function(runs, _how, spec)
    batch, retries = how.get("batch", 1), how.get("retries", RETRIES)
    if batch < 1:
        raise InputError("--set batch=0: must be at least 1")
    kind, rest = kind_of(spec)
    job = Job(gold, concurrency, batch, mapped)
    if kind not in KINDS:
        return Opened(entry_point_extractor(kind, rest, job, own, _COMMON), batch, retries)
    module, _, name = KINDS[kind].partition(":")
    make: Callable[..., Extractor] = getattr(importlib.import_module(f".{module}", __package__), name)
    if kind == "python":  # the class takes settings of its own
        return Opened(make(rest, job, own), batch, retries)
    return Opened(make(rest, job, **for_function(own, make, f"extractor {kind}", skip=2, more=_COMMON)), batch, retries)


def kind_of(spec: str) -> tuple[str, str]:
    """The kind of an extractor, and the rest of the text, whose meaning depends on the kind."""
    kind, colon, rest = spec.partition(":")
    if colon and kind in ("http", "https"):
        return kind, spec
    if colon and (kind in KINDS or kind in entry_points()):
        return kind, rest
    return "python", spec


def _how(batch: int = 1, retries: int = RETRIES) -> None:
    """The settings that every extractor has."""


_COMMON = ("batch", "retries")


def _divided(settings: Settings) -> tuple[dict[str, str], dict[str, Any]]:
    runs = {key: value for key, value in settings.items() if key in _COMMON}
    return runs, {key: value for key, value in settings.items() if key not in _COMMON}
