"""What one predictions file is worth against one gold set, as records: scores.json."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..configs.formats import FORMAT, FORMATS, SCORES
from .intervals import Interval
from .rates import rates
from .spans import Counts, Ints

if TYPE_CHECKING:
    from pandas import DataFrame


def counts_of(row: Ints) -> Counts:
    """Of counts in the order of `rates.COUNTS`."""
    cor, inc, par, gold, predicted = (int(count) for count in row)
    return Counts(cor, inc, par, gold - cor - inc - par, predicted - cor - inc - par)


def defined(value: float) -> float | None:
    """None for NaN, which is 0/0."""
    return None if value != value else value


@dataclass(frozen=True, slots=True)
class Leaf:
    """One printed row: precision, recall and F1 with the counts behind them, and 95 % intervals.

    0/0 is None: precision where nothing was predicted, recall where there is no gold, F1 where there is
    neither. F1 is 0 where only one side is empty. There are no intervals where fewer than three events have spans.
    """

    precision: float | None
    recall: float | None
    f1: float | None
    counts: Counts
    intervals: Mapping[str, Interval] | None = None

    @classmethod
    def of(cls, counts: Counts) -> Leaf:
        """From counts; `rates` says how."""
        c = counts
        return cls.each(np.array([(c.cor, c.inc, c.par, c.gold, c.predicted)]))[0]

    @classmethod
    def each(cls, rows: Ints) -> list[Leaf]:
        """From each row of counts, in the order of `rates.COUNTS`."""
        found: list[Leaf] = []
        for (precision, recall, f1), counts in zip(rates(rows).tolist(), rows, strict=True):
            found.append(cls(defined(precision), defined(recall), defined(f1), counts_of(counts)))
        return found

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
            node["intervals"] = {name: list(edges) for name, edges in self.intervals.items()}
        return node


@dataclass(frozen=True, slots=True)
class Choice:
    """What is told of a choice among labels besides their rows.

    Accuracy and Cohen's kappa count an item without answer as a wrong one. `confusion` has for each gold label
    how often each label was predicted for it, and under "" how often none was.
    """

    accuracy: float | None
    kappa: float | None
    confusion: Mapping[str, Mapping[str, int]]
    intervals: Mapping[str, Interval] | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """The scores of one task under one scheme of matching.

    `labels` has the labels that occur in gold or predictions, of the `known` ones that could. Micro pools their counts;
    macro is the mean over them, an undefined value counting as 0; weighted is the mean in which a label counts as
    often as it has gold spans. A label's own row compares the spans of that label only.
    """

    micro: Leaf
    macro: Leaf
    weighted: Leaf
    labels: Mapping[str, Leaf]
    known: int
    choice: Choice | None = None

    @property
    def averaged(self) -> str:
        """Over how many labels macro and weighted are, in words."""
        return f"{len(self.labels)} of {self.known} labels"

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
                node["intervals"] = {name: list(edges) for name, edges in self.choice.intervals.items()}
        return node


@dataclass(frozen=True, slots=True)
class Size:
    """What scores rest on: documents, the events they are about, and how many of them have no event."""

    documents: int
    events: int
    without_event: int

    def __str__(self) -> str:
        if not self.events:
            return f"{_some(self.documents, 'document')}, of no event"
        alone = f", {self.without_event} of them of no event" if self.without_event else ""
        return f"{_some(self.documents, 'document')} of {_some(self.events, 'event')}{alone}"


def _some(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


@dataclass(frozen=True, slots=True)
class Scores:
    """What one predictions file is worth against one gold set: Tables by task and scheme.

    `tasks["entities"]["strict"].micro.f1` is a number or None. `documents`, where asked for, has for each
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
        """A pandas table with a row for each task, scheme and label, micro and macro among these: see `score_frame`."""
        from .frames import score_frame

        return score_frame(self)

    def document_lines(self) -> Iterator[str]:
        """A JSON line for each document, with its scores by task and scheme."""
        for name, tasks in self.documents.items():
            leaves = {t: {s: leaf.as_json() for s, leaf in schemes.items()} for t, schemes in tasks.items()}
            yield json.dumps({"id": name, "tasks": leaves}, ensure_ascii=False) + "\n"
