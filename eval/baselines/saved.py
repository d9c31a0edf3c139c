"""Baselines by name, and trained baselines as folders of plain files: reading them never runs code."""

from __future__ import annotations

import hashlib
import importlib
import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, Self, cast

from ... import __version__
from ...configs.errors import InputError, did_you_mean
from ...configs.files import dump_json, parse_json, read_text
from ...configs.folders import FILES, FolderKind, whole_folder
from ...configs.formats import BASELINE, FORMAT, FORMATS, check_format
from ...configs.labels import LabelSet
from ..gold.records import GoldDocument

# By name: the module and the class.
BASELINES: Mapping[str, str] = {
    "gazetteer": "eval.gazetteer:Gazetteer",
    "majority": "eval.baselines.majority:Majority",
    "crf": "eval.baselines.crf:Crf",
    "linear": "eval.baselines.linear:Linear",
}
_MARKER = "baseline.json"
SAVED = FolderKind("saved baseline", _MARKER, re.compile(r"(?!)"))


class Baseline(Protocol):
    """An extractor that is trained on gold documents, and can be saved as files."""

    def __call__(self, document: Mapping[str, Any]) -> dict[str, Any]: ...
    def files(self) -> Mapping[str, bytes]: ...
    @classmethod
    def learn(cls, training: Sequence[GoldDocument], gold_labels: LabelSet | None = None) -> Self: ...
    @classmethod
    def of_files(cls, files: Mapping[str, bytes]) -> Self: ...


def learn(name: str, training: Sequence[GoldDocument], gold_labels: LabelSet | None = None) -> Baseline:
    """Trains the baseline with this name. Raises InputError if there is none, or nothing to learn from."""
    kind = _class(name, f"baseline:{name}")
    if not training:
        raise InputError(f"baseline:{name}: the gold set has no training split; it needs one to learn from")
    return kind.learn(training, gold_labels)


def write_baseline(baseline: Baseline, name: str, gold: str, path: Path, force: bool = False) -> None:
    """Writes a folder for `read_baseline`. `gold` is the title of the gold set that the baseline was trained on."""
    with whole_folder(path, SAVED, force) as folder:
        for file, content in baseline.files().items():
            (folder / file).write_bytes(content)
        manifest = {FORMAT: FORMATS[BASELINE], "baseline": name, "trained_on": gold, "mihakk": __version__}
        (folder / _MARKER).write_text(dump_json(manifest), encoding="utf-8", newline="\n")


def read_baseline(folder: Path) -> tuple[Baseline, str]:
    """A saved baseline, and the hash of its files.

    Raises InputError if the folder is not a saved baseline, or if a file was changed. CRFsuite reads its model in C
    code, so it must never get a changed file.
    """
    marker = folder / _MARKER
    if not marker.is_file():
        raise InputError(f"saved:{folder}: is not a saved baseline (no {_MARKER}); `eval predict --save` makes one")
    content: Any = parse_json(read_text(marker), str(marker))
    listed: Any = cast("dict[str, Any]", content).get(FILES) if isinstance(content, dict) else None
    if not isinstance(listed, dict):
        raise InputError(f"{marker}: does not belong to a saved baseline")
    content, listed = cast("dict[str, Any]", content), cast("dict[str, Any]", listed)
    check_format(content, BASELINE, str(marker))
    files: dict[str, bytes] = {}
    whole = hashlib.sha256()
    for name, digest in sorted(listed.items()):
        if name == _MARKER:
            continue
        if "/" in name or not (folder / name).is_file():
            raise InputError(f"{folder}: {name} is missing; save the baseline again")
        files[name] = (folder / name).read_bytes()
        if hashlib.sha256(files[name]).hexdigest() != digest:
            raise InputError(f"{folder}: {name} was changed since it was written; save the baseline again")
        whole.update(f"{name}\0{digest}\0".encode())
    try:
        return _class(str(content.get("baseline")), str(marker)).of_files(files), whole.hexdigest()[:16]
    except InputError as error:
        raise InputError(*(f"{folder}: {problem}" for problem in error.problems)) from None


@contextmanager
def damaged(name: str) -> Generator[None]:
    """Turns any error of reading a file of a saved baseline into InputError."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # depends on the library that reads it
        raise InputError(f"{name} cannot be read ({type(error).__name__}); save the baseline again") from None


def _class(name: str, where: str) -> type[Baseline]:
    if name not in BASELINES:
        known = f"known are {', '.join(BASELINES)}{did_you_mean(name, BASELINES)}"
        raise InputError(f"{where}: there is no baseline {name!r:.60}; {known}")
    module, _, attribute = BASELINES[name].partition(":")
    return getattr(importlib.import_module(f"...{module}", __package__), attribute)
