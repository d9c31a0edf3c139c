"""The records of scores: one row, a task under a scheme, and all of scores.json."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..configs.formats import FORMAT, FORMATS, SCORES
from ..configs.visible import counted
from .intervals import Interval
from .rates import rates
from .spans import Counts, Ints

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


def counts_of(row: Ints) -> Counts:
    """Makes it from counts in the order of `rates.COUNTS`."""
    cor, inc, par, gold, predicted = (int(count) for count in row)
    return Counts(cor, inc, par, gold - cor - inc - par, predicted - cor - inc - par)


def defined(value: float) -> float | None:
    """None for NaN, which is 0/0."""
    return None if value != value else value


@dataclass(frozen=True, slots=True)
class Leaf:
    """One printed row: precision, recall and F1 with their counts and 95 % intervals.

    0/0 is None: precision if nothing was predicted, recall if there is no gold, F1 if there is
    neither. F1 is 0 if only one side is empty. There are no intervals if fewer than three events have spans.
    """

    precision: float | None
    recall: float | None
    f1: float | None
    counts: Counts
    intervals: Mapping[str, Interval] | None = None

    @classmethod
    def of(cls, counts: Counts) -> Leaf:
        """Computes it from counts with `rates`."""
        c = counts
        return cls.each(np.array([(c.cor, c.inc, c.par, c.gold, c.predicted)]))[0]

    @classmethod
    def each(cls, rows: Ints) -> list[Leaf]:
        """Computes a leaf from each row of counts, in the order of `rates.COUNTS`."""
        leaves: list[Leaf] = []
        for (precision, recall, f1), counts in zip(rates(rows).tolist(), rows, strict=True):
            leaves.append(cls(defined(precision), defined(recall), defined(f1), counts_of(counts)))
        return leaves

    def as_json(self) -> dict[str, Any]:
        """The leaf of scores.json."""
        c = self.counts
        node: dict[str, Any] = {
            "precision": self.precision,
            "recall": self.recall,
            "f1": self.f1,
            "cor": c.cor,
            "inc": c.inc,
            "par": c.par,
            "mis": c.mis,
            "spu": c.spu,
            "gold": c.gold,
            "predicted": c.predicted,
        }
        if self.intervals is not None:
            node["intervals"] = {name: list(bounds) for name, bounds in self.intervals.items()}
        return node


@dataclass(frozen=True, slots=True)
class Choice:
    """Further numbers of a task that is a choice among labels.

    Accuracy and Cohen's kappa count a missing answer as wrong. `confusion` has, for each gold label, how often each
    label was predicted for it; under "", how often no label was predicted.
    """

    accuracy: float | None
    kappa: float | None
    confusion: Mapping[str, Mapping[str, int]]
    intervals: Mapping[str, Interval] | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """The scores of one task under one scheme of matching.

    `labels` has the labels that occur in gold or predictions; `known` is the number of labels that could occur. Micro
    pools the counts of `labels`. Macro is their mean; an undefined value counts as 0. In the weighted mean, each label
    counts as often as it has gold spans. A label's own row only compares spans of that label.
    """

    micro: Leaf
    macro: Leaf
    weighted: Leaf
    labels: Mapping[str, Leaf]
    known: int
    choice: Choice | None = None

    @property
    def averaged(self) -> str:
        """The number of labels in the macro and weighted averages, in words."""
        return f"{len(self.labels)} of {counted(self.known, 'label')}"

    def as_json(self) -> dict[str, Any]:
        """The node of scores.json."""
        node: dict[str, Any] = {
            "micro": self.micro.as_json(),
            "macro": self.macro.as_json(),
            "weighted": self.weighted.as_json(),
            "averaged": {"labels": len(self.labels), "of": self.known},
            "labels": {label: leaf.as_json() for label, leaf in self.labels.items()},
        }
        if self.choice:
            node |= {"accuracy": self.choice.accuracy, "kappa": self.choice.kappa, "confusion": self.choice.confusion}
            if self.choice.intervals is not None:
                node["intervals"] = {name: list(bounds) for name, bounds in self.choice.intervals.items()}
        return node


@dataclass(frozen=True, slots=True)
class Size:
    """The numbers of scored documents, of their events, and of documents without an event."""

    documents: int
    events: int
    without_event: int

    def __str__(self) -> str:
        if not self.events:
            return f"{counted(self.documents, 'document')} without events"
        alone = f", {self.without_event} of them without an event" if self.without_event else ""
        return f"{counted(self.documents, 'document')} of {counted(self.events, 'event')}{alone}"


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of predictions against a gold set: Tables by task and scheme.

    `tasks["entities"]["strict"].micro.f1` is a number or None. `documents`, if requested, has for each
    document its pooled Leaf by task and scheme.
    """

    signature: str
    gold: str
    predictions: str
    size: Size
    tasks: Mapping[str, Mapping[str, Table]]
    notes: tuple[str, ...] = ()
    unmapped: Mapping[str, Mapping[str, int]] | None = None
    documents: Mapping[str, Mapping[str, Mapping[str, Leaf]]] = field(default_factory=dict[str, Any])

    def as_json(self) -> dict[str, Any]:
        """The content of scores.json."""
        return {
            FORMAT: FORMATS[SCORES],
            "signature": self.signature,
            "gold": self.gold,
            "predictions": self.predictions,
            "size": asdict(self.size),
            "tasks": {
                task: {scheme: table.as_json() for scheme, table in schemes.items()}
                for task, schemes in self.tasks.items()
            },
            "notes": list(self.notes),
        } | ({"unmapped": self.unmapped} if self.unmapped is not None else {})

    def to_frame(self) -> DataFrame:
        """A pandas table with a row for each task, scheme and label, also micro and macro: see `score_frame`."""
        from .frames import score_frame

        return score_frame(self)

    def _repr_html_(self) -> str:
        """The view in a notebook."""
        from .pages.notebook import scores_html

        return scores_html(self)

    def figure(self) -> Figure:
        """A figure for a paper, see `score_figure`. Raises InputError if matplotlib is not installed."""
        from .pages.figures import score_figure

        return score_figure(self)

    def document_lines(self) -> Iterator[str]:
        """A JSON line for each document, with its scores by task and scheme."""
        for name, tasks in self.documents.items():
            leaves = {t: {s: leaf.as_json() for s, leaf in schemes.items()} for t, schemes in tasks.items()}
            yield json.dumps({"id": name, "tasks": leaves}, ensure_ascii=False) + "\n"
