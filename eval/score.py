"""From spans and stances to precision, recall and F1."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..annotate.document import Claim, Span
from ..configs.scheme import CLAIM
from .gold import Gold, GoldDocument
from .predictions import Prediction, Predictions
from .spans import Counts, SpanTable, strict_counts


@dataclass(frozen=True, slots=True)
class Leaf:
    """One printed row: precision, recall and F1 with the counts behind them.

    0/0 is None: precision where nothing was predicted, recall where there is no gold, F1 where there is
    neither. F1 is 0 where only one side is empty.
    """

    precision: float | None
    recall: float | None
    f1: float | None
    counts: Counts

    @classmethod
    def of(cls, counts: Counts) -> Leaf:
        """Partial matches count half, as in SemEval-2013 task 9.1 (Segura-Bedmar et al. 2013, section 4)."""
        credit = counts.cor + counts.par / 2
        return cls(
            _ratio(credit, counts.predicted),
            _ratio(credit, counts.gold),
            _ratio(2 * credit, counts.gold + counts.predicted),
            counts,
        )

    def as_json(self) -> dict[str, float | int | None]:
        """The leaf of scores.json."""
        c = self.counts
        return {
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


@dataclass(frozen=True, slots=True)
class Table:
    """The scores of one task under one way of matching.

    `labels` has the labels that occur in gold or predictions. Micro pools their counts; macro is the mean over
    them, an undefined value counting as 0. A label's own row compares the spans of that label only.
    """

    micro: Leaf
    macro: Leaf
    labels: Mapping[str, Leaf]

    def as_json(self) -> dict[str, Any]:
        """The node of scores.json."""
        return {
            "micro": self.micro.as_json(),
            "macro": self.macro.as_json(),
            "labels": {label: leaf.as_json() for label, leaf in self.labels.items()},
        }


@dataclass(frozen=True, slots=True)
class Scores:
    """What one predictions file is worth against one gold set: a Table for each task it speaks to."""

    signature: str
    gold: str
    predictions: str
    tasks: Mapping[str, Table]
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The content of scores.json."""
        return {
            "signature": self.signature,
            "gold": self.gold,
            "predictions": self.predictions,
            "tasks": {task: {"strict": table.as_json()} for task, table in self.tasks.items()},
            "notes": list(self.notes),
        }


def score(gold: Gold, predictions: Predictions, split: str) -> Scores:
    """Scores `predictions` on the documents of one split of `gold`, or of `all`.

    A document of the split that the predictions lack counts as missed. A task that they never mention is not
    scored.
    """
    from .. import __version__

    documents = gold.split(split)
    by_id = {prediction.id: prediction for prediction in predictions.documents}
    sides = [(document, by_id.get(document.article.id)) for document in documents]
    notes: list[str] = list(predictions.notes)
    missing = [document.article.id for document, prediction in sides if prediction is None]
    if missing:
        notes.append(f"{len(missing)} documents have no prediction and count as missed: {', '.join(missing)}")
    elsewhere = len(by_id.keys() - {document.article.id for document in documents})
    if elsewhere:
        notes.append(f"{elsewhere} predicted documents are not in the split {split} and are not scored")
    shown = predictions.models & {d.preannotated_by for d, _ in sides}
    if shown:
        count = sum(document.preannotated_by in shown for document, _ in sides)
        notes.append(
            f"WARNING: annotators of {count} of these documents saw suggestions of {', '.join(sorted(shown))}, "
            "whose predictions these are: the scores are too high by what that swayed"
        )
    tasks: dict[str, Table] = {}
    if "entities" in predictions.tasks:
        tasks["entities"] = score_spans(
            [rows(d.annotation.entities) for d, _ in sides],
            [rows(p.entities) if p else () for _, p in sides],
            gold.entity_labels,
        )
    if "claims" in predictions.tasks:
        tasks["claims"] = score_spans(
            [claim_rows(d.annotation.claims) for d, _ in sides],
            [claim_rows(p.claims) if p else () for _, p in sides],
            (CLAIM,),
        )
    if "stances" in predictions.tasks:
        tasks["stance"], open_pairs = _score_stance(sides, gold.article_stances)
        if open_pairs:
            notes.append(f"{open_pairs} stances were predicted where the gold stance is open; they are not scored")
    tasks = {task: tasks[task] for task in ("entities", "claims", "stance") if task in tasks}
    signature = "|".join(
        (
            f"mihakk:{__version__}",
            f"gold:{gold.name}@{gold.version}#{gold.content_hash[:8]}",
            f"split:{split}",
            f"task:{','.join(tasks) or 'none'}",
            "match:strict",
            "tolerance:none",
            "avg:micro,macro(seen)",
            "ci:none",
        )
    )
    return Scores(signature, str(gold.path), str(predictions.path), tasks, tuple(notes))


Row = tuple[int, int, str]


def score_spans(gold: Sequence[Iterable[Row]], predicted: Sequence[Iterable[Row]], labels: Sequence[str]) -> Table:
    """Strict scores of spans. Each side has, for each document in one order, its (start, end, label) spans."""
    index = {label: n for n, label in enumerate(labels)}
    gold_table, predicted_table = _span_table(gold, index), _span_table(predicted, index)
    leaves: dict[str, Leaf] = {}
    for label, n in index.items():
        ours, theirs = (
            gold_table.take(gold_table.label == n),
            predicted_table.take(predicted_table.label == n),
        )
        if len(ours) or len(theirs):
            leaves[label] = Leaf.of(strict_counts(ours, theirs))
    counts = strict_counts(gold_table, predicted_table)
    return Table(Leaf.of(counts), _macro(leaves, counts), leaves)


def _span_table(documents: Sequence[Iterable[Row]], index: Mapping[str, int]) -> SpanTable:
    return SpanTable.of(
        (n, start, end, index[label]) for n, spans in enumerate(documents) for start, end, label in spans
    )


def rows(spans: Iterable[Span]) -> list[Row]:
    """Spans as (start, end, label)."""
    return [(span.start, span.end, span.label) for span in spans]


def claim_rows(claims: Iterable[Claim]) -> list[Row]:
    """Claims as (start, end, CLAIM)."""
    return [(claim.start, claim.end, CLAIM) for claim in claims]


def _score_stance(sides: Sequence[tuple[GoldDocument, Prediction | None]], stances: Sequence[str]) -> tuple[Table, int]:
    """Stance as classification of article × claim pairs; and how many predictions fall on open pairs.

    A pair whose gold stance annotators left open has no right answer and is left out. A pair without a
    prediction is missing.
    """
    from sklearn.metrics import confusion_matrix

    none = "no prediction"
    pairs = [
        (stance, prediction.stances.get(claim, none) if prediction else none)
        for document, prediction in sides
        for claim, stance in document.annotation.stances.items()
    ]
    open_pairs = sum(
        claim not in document.annotation.stances
        for document, prediction in sides
        if prediction
        for claim in prediction.stances
    )
    names = [*stances, none]
    # Rows are gold, columns predicted. scikit-learn refuses an empty list.
    matrix = (
        confusion_matrix([g for g, _ in pairs], [p for _, p in pairs], labels=names)
        if pairs
        else np.zeros((len(names), len(names)), dtype=np.int64)
    )
    answered = matrix[:-1, :-1]
    leaves: dict[str, Leaf] = {}
    for n, stance in enumerate(stances):
        cor, ours, theirs = int(matrix[n, n]), int(matrix[n].sum()), int(matrix[:, n].sum())
        if ours or theirs:
            # Within one class a wrong answer misses one class and is spurious in another.
            leaves[stance] = Leaf.of(Counts(cor, 0, 0, ours - cor, theirs - cor))
    cor = int(answered.trace())
    counts = Counts(cor, int(answered.sum()) - cor, 0, int(matrix[:-1, -1].sum()), 0)
    return Table(Leaf.of(counts), _macro(leaves, counts), leaves), open_pairs


def _macro(leaves: Mapping[str, Leaf], counts: Counts) -> Leaf:
    def mean(values: list[float | None]) -> float | None:
        return sum(value or 0.0 for value in values) / len(values) if values else None

    return Leaf(
        mean([leaf.precision for leaf in leaves.values()]),
        mean([leaf.recall for leaf in leaves.values()]),
        mean([leaf.f1 for leaf in leaves.values()]),
        counts,
    )


def _ratio(part: float, whole: int) -> float | None:
    return part / whole if whole else None
