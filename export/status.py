"""The status of a Label Studio project: finished work by annotator, speed, agreement, and remaining work."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from ..configs.errors import InputError
from ..configs.scheme import Scheme
from ..eval.agreement.measure import strict_agreement
from .check.check import check_tasks
from .check.pages import incomplete
from .finished import annotator_of, read_tasks

_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Annotator:
    """One annotator's work. `median_seconds` is the time on screen for a task, None if Label Studio has none.

    `incomplete` counts submitted annotations with a missing answer; they are also counted as finished.
    """

    annotator: str
    finished: int
    skipped: int
    drafts: int
    median_seconds: float | None
    last_work: str | None
    incomplete: int = 0


@dataclass(frozen=True, slots=True)
class Status:
    """The status. A task is finished if enough annotators submitted it; begun if fewer did, or with a skip or a draft.

    `hours_left` is the time that one person would need for the missing annotations, at the median speed so far; None
    without a median. `agreement` is measured as in `mihakk export dataset`; `problems` would make that command refuse
    the export; `notes` are for people.
    """

    tasks: int
    annotators_per_task: int
    finished: int
    begun: int
    untouched: int
    annotations: int
    annotations_missing: int
    skipped: int
    drafts: int
    annotators: tuple[Annotator, ...]
    agreement: Mapping[str, float | None]
    median_seconds: float | None
    hours_left: float | None
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    incomplete: int = 0


def is_finished(task: Mapping[str, Any], annotators_per_task: int) -> bool:
    """Whether that many people have submitted the task; skips and drafts do not count."""
    submitted = (item for item in cast(list[Mapping[str, Any]], task["annotations"]) if not item.get("was_cancelled"))
    return len(set(map(annotator_of, submitted))) >= annotators_per_task


def project_status(tasks: Sequence[Mapping[str, Any]], annotators_per_task: int, scheme: Scheme) -> Status:
    """The status of a project from its raw export."""
    finished = begun = missing = 0
    submitted: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    drafts: Counter[str] = Counter()
    seconds: dict[str, list[float]] = {}
    last: dict[str, str] = {}
    for task in tasks:
        done: set[str] = set()
        for annotation in cast(list[Mapping[str, Any]], task["annotations"]):
            who = annotator_of(annotation)
            last[who] = max(last.get(who, ""), str(annotation.get("updated_at") or ""))
            if annotation.get("was_cancelled"):
                skipped[who] += 1
                continue
            done.add(who)
            lead_time: object = annotation.get("lead_time")
            if isinstance(lead_time, int | float) and math.isfinite(lead_time):
                seconds.setdefault(who, []).append(float(lead_time))
        submitted.update(done)
        own_drafts = [draft for draft in _objects(task.get("drafts")) if not draft.get("annotation")]
        drafts.update(str(draft.get("user")) for draft in own_drafts)
        finished += len(done) >= annotators_per_task
        begun += len(done) < annotators_per_task and bool(task["annotations"] or own_drafts)
        missing += max(0, annotators_per_task - len(done))
    median = _median(second for some in seconds.values() for second in some)
    agreement, problems, notes = _agreement(tasks, scheme)
    lacking = {who: len(works) for who, works in incomplete(check_tasks(tasks, scheme).findings).items()}
    return Status(
        tasks=len(tasks),
        annotators_per_task=annotators_per_task,
        finished=finished,
        begun=begun,
        untouched=len(tasks) - finished - begun,
        annotations=submitted.total(),
        annotations_missing=missing,
        skipped=skipped.total(),
        drafts=drafts.total(),
        annotators=tuple(
            Annotator(
                who,
                submitted[who],
                skipped[who],
                drafts[who],
                _median(seconds.get(who, ())),
                last.get(who) or None,
                lacking.get(who, 0),
            )
            for who in sorted({*submitted, *skipped, *drafts})
        ),
        agreement=agreement,
        median_seconds=median,
        hours_left=None if median is None else round(missing * median / _HOUR, 2),
        problems=problems,
        notes=notes,
        incomplete=sum(lacking.values()),
    )


def _agreement(
    tasks: Sequence[Mapping[str, Any]], scheme: Scheme
) -> tuple[Mapping[str, float | None], tuple[str, ...], tuple[str, ...]]:
    try:
        read = read_tasks(tasks, "export", scheme)
        return strict_agreement(read.tasks, scheme), (), read.notes
    except InputError as error:
        return {}, error.problems, ()


def _objects(listed: object) -> list[Mapping[str, Any]]:
    """The objects in a list, which may also contain numbers."""
    items = cast(list[object], listed) if isinstance(listed, list) else []
    return [cast(dict[str, Any], item) for item in items if isinstance(item, dict)]


def _median(seconds: Iterable[float]) -> float | None:
    known = list(seconds)
    return round(statistics.median(known), 1) if known else None
