"""The extractor that a text names: `package.module:name`, `command:node extract.mjs`, and so on."""

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

# The words before the first colon, and where the function is that makes the extractor of the rest. Further words come
# from entry points of other packages; anything else is a Python name, as it was before there were kinds.
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
    """What an extractor is made for: the gold set, how many documents are asked at the same time, and in one call.

    `mapped` are the labels that answers must have, if they are not those of the gold set.
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
    """An extractor that is ready, and how it is called."""

    extractor: Extractor
    batch: int
    retries: int


def open_extractor(
    spec: str, settings: Settings, gold: Gold, concurrency: int = 1, mapped: LabelSet | None = None
) -> Opened:
    """The extractor of a text, with its settings, as a Job has them.

    Raises InputError if there is none, or if it lacks a setting.
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
    if kind == "python":  # its class has further settings
        return Opened(make(rest, job, own), batch, retries)
    return Opened(make(rest, job, **for_function(own, make, f"extractor {kind}", skip=2, more=_COMMON)), batch, retries)


def kind_of(spec: str) -> tuple[str, str]:
    """The kind of an extractor, and the rest of the text, which that kind understands."""
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
