"""Replaces annotators' names by numbers, for a dataset that others will see; a private file has the names."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from ..configs.errors import InputError, UnavailableError
from ..configs.files import held, need_plain, read_text, write_private
from ..eval.gold.records import SetAside
from ..eval.gold.spooled import set_aside_on_disk
from .finished import UNKNOWN, Export, FinishedTask, tasks_on_disk
from .policy import Policy

_HEADER = ["annotator", "pseudonym"]
_NUMBERED = re.compile(r"annotator-(\d{1,18})", re.ASCII)


def is_pseudonym(annotator: str) -> bool:
    """Whether this is a pseudonym, or otherwise names no person."""
    return annotator == UNKNOWN or _NUMBERED.fullmatch(annotator) is not None


class Pseudonyms:
    """annotator-1, annotator-2 and so on. The file keeps them, so they stay the same in later versions."""

    def __init__(self, path: Path) -> None:
        need_plain(path)
        self._path = path
        self._names: dict[str, str] = _read(path) if path.exists() else {}
        self._before = dict(self._names)

    def hide(self, exports: Iterable[Export]) -> list[Export]:
        """The exports with pseudonyms. Annotators without one get the next numbers, sorted by name."""
        exports = list(exports)
        found = {a.annotator for export in exports for task in export.tasks for a in task.annotations}
        found |= {name for export in exports for aside in export.set_aside for name in aside.annotators}
        number = max((int(name.removeprefix("annotator-")) for name in self._names.values()), default=0)
        for annotator in sorted(found - self._names.keys() - {UNKNOWN}):
            number += 1
            self._names[annotator] = f"annotator-{number}"
        return [
            Export(
                tasks_on_disk(map(self._task, export.tasks)),
                set_aside_on_disk(map(self._aside, export.set_aside)),
                export.notes,
            )
            for export in exports
        ]

    def disguise(
        self, export: Export, adjudicated: Export | None, policy: Policy
    ) -> tuple[Export, Export | None, Policy]:
        """The arguments of `make_gold` with pseudonyms: both exports, and a policy that names an annotator."""
        first, *rest = self.hide([export, *([adjudicated] if adjudicated else [])])
        policy = replace(policy, trusted=self.of(policy.trusted)) if policy.trusted else policy
        return first, rest[0] if rest else None, policy

    def of(self, annotator: str) -> str:
        return self._names.get(annotator, annotator)

    def write(self) -> None:
        """Writes the file, for its owner alone to read.

        Raises UnavailableError if another command gave out numbers meanwhile: a number could then mean two people.
        """
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([_HEADER, *self._names.items()])
        with held(self._path):
            if (_read(self._path) if self._path.exists() else {}) != self._before:
                raise UnavailableError(f"{self._path}: was changed by another command; run the command again")
            write_private(self._path, text.getvalue())
        self._before = dict(self._names)

    def _task(self, task: FinishedTask) -> FinishedTask:
        annotations = (replace(a, annotator=self.of(a.annotator)) for a in task.annotations)
        ordered = tuple(sorted(annotations, key=lambda a: a.annotator))
        split = tuple(replace(piece, aside=self._aside(piece.aside)) for piece in task.split)
        return replace(
            task,
            annotations=ordered,
            ground_truth=frozenset(map(self.of, task.ground_truth)),
            split=split,
            times={self.of(annotator): time for annotator, time in task.times.items()},
        )

    def _aside(self, aside: SetAside) -> SetAside:
        return replace(aside, annotators=tuple(map(self.of, aside.annotators)))


def _read(path: Path) -> dict[str, str]:
    try:
        rows = list(csv.reader(io.StringIO(read_text(path))))
    except csv.Error:
        rows = []
    names = dict(row for row in rows[1:] if len(row) == 2)
    whole = rows[:1] == [_HEADER] and len(names) == len(rows) - 1
    if not whole or len(set(names.values())) < len(names) or not all(map(_NUMBERED.fullmatch, names.values())):
        raise InputError(
            f"{path}: is not a file of pseudonyms, with columns {', '.join(_HEADER)} and a different annotator-N for "
            "each; mend it, or choose another file"
        )
    return names
