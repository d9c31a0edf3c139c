"""Scores, comparisons and agreement as pandas tables, with a row for each label and a column for each number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .intervals import Interval
from .rates import CHOICE, POOLED, RATES

if TYPE_CHECKING:
    from pandas import DataFrame

    from .agreement.records import Agreement, Measures
    from .comparison import Comparison
    from .scores import Leaf, Scores

COUNTS = ("gold", "predicted", "cor", "inc", "par", "mis", "spu")
MICRO = "micro"
COMPARISON_TEXTS = ("baseline", "system", "task", "scheme", "label", "measure")


def leaves_of(scores: Scores) -> Iterator[tuple[str, str, str, Leaf]]:
    """Task, scheme, row (micro, macro, weighted or a label) and leaf of all scores."""
    for task, schemes in scores.tasks.items():
        for scheme, table in schemes.items():
            for row in POOLED:
                yield task, scheme, row, getattr(table, row)
            for label, leaf in table.labels.items():
                yield task, scheme, label, leaf


def score_frame(scores: Scores) -> DataFrame:
    """A row for each task, scheme and label; the labels `micro`, `macro` and `weighted` stand for all labels.

    Columns: task, scheme, label, precision, recall, f1 (NaN if not defined), and the counts; with intervals also
    precision_low, precision_high and so on. If a task is a choice among labels, its micro row has accuracy and kappa.
    """
    rows: list[dict[str, Any]] = []
    for task, scheme, label, leaf in leaves_of(scores):
        row: dict[str, Any] = {"task": task, "scheme": scheme, "label": label}
        row |= {name: getattr(leaf, name) for name in RATES} | {name: getattr(leaf.counts, name) for name in COUNTS}
        row |= _interval_columns(leaf.intervals)
        choice = scores.tasks[task][scheme].choice
        if label == MICRO and choice:
            row |= {name: getattr(choice, name) for name in CHOICE} | _interval_columns(choice.intervals)
        rows.append(row)
    return _frame(rows, ("task", "scheme", "label"), RATES, COUNTS, CHOICE)


def comparison_frame(comparison: Comparison) -> DataFrame:
    """A row for each system and number.

    Columns: baseline, system, task, scheme, label (micro, macro, weighted or a label), measure (such as f1), a and b
    (the baseline's number and the system's), difference (b - a), low and high (its 95 % interval), p, p_holm, events
    (the number on which the systems differ) and least_p (the smallest p possible with that number).
    """
    numbers = ("a", "b", "difference", "low", "high", "p", "p_holm", "least_p")
    return _frame(comparison_rows(comparison), COMPARISON_TEXTS, numbers, ("events",))


def comparison_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """The rows of `comparison_frame`."""
    rows: list[dict[str, Any]] = []
    for system, differences in comparison.differences.items():
        for path, pair in differences.items():
            task, scheme, rest = path.split(".", 2)
            label, _, measure = rest.rpartition(".")  # a label may have dots in it
            row = {"baseline": comparison.baseline, "system": system, "task": task, "scheme": scheme}
            numbers = asdict(pair)
            low, high = numbers.pop("interval") or (None, None)
            # Accuracy and kappa cover all labels together.
            named = {"label": label.removeprefix("labels.") or MICRO, "measure": measure}
            rows.append({**row, **named, **numbers, "low": low, "high": high})
    return rows


def agreement_frame(agreement: Agreement) -> DataFrame:
    """A row for each group of annotators, task, scheme and label.

    `group` is overall, annotator (each with all others), pair (two annotators), a week (`2025-W49`; all annotators, and
    two), suggested or blind (articles with or without a model's suggestions); `annotators` names them. Columns of
    spans: f1, agreed, marked. Columns of stances: observed, kappa, alpha, pairs, answers. With intervals also f1_low,
    f1_high and so on.
    """
    groups: list[tuple[str, str, Measures | None]] = [("overall", "", agreement.overall)]
    groups += (("annotator", name, measures) for name, measures in agreement.annotators.items())
    groups += (("pair", " and ".join(names), measures) for names, measures in agreement.pairs.items())
    for name, week in agreement.weeks.items():
        groups.append((name, "", week.overall))
        groups += ((name, " and ".join(names), measures) for names, measures in week.pairs.items())
    groups += (("suggested", "", agreement.suggested), ("blind", "", agreement.blind))
    rows = [
        {"group": group, "annotators": names, **row}
        for group, names, measures in groups
        if measures
        for row in _agreement_rows(measures)
    ]
    texts = ("group", "annotators", "task", "scheme", "label")
    coefficients, counts = ("observed", "kappa", "alpha"), ("agreed", "marked", "pairs", "answers")
    return _frame(rows, texts, ("f1", *coefficients), counts)


def _agreement_rows(measures: Measures) -> Iterator[dict[str, Any]]:
    for task, schemes in measures.spans.items():
        for scheme, spans in schemes.items():
            for label, measured in ((MICRO, spans.micro), *spans.labels.items()):
                numbers = {"f1": measured.f1, "agreed": measured.agreed, "marked": measured.marked}
                yield {
                    "task": task,
                    "scheme": scheme,
                    "label": label,
                    **numbers,
                    **_interval_columns(measured.intervals),
                }
    for task, matched in measures.stances.items():
        for scheme, measured in matched.items():
            numbers = {name: getattr(measured, name) for name in ("observed", "kappa", "alpha", "pairs", "answers")}
            yield {"task": task, "scheme": scheme, "label": MICRO, **numbers, **_interval_columns(measured.intervals)}


def _interval_columns(intervals: Mapping[str, Interval] | None) -> dict[str, float]:
    columns: dict[str, float] = {}
    for name, (low, high) in (intervals or {}).items():
        columns |= {f"{name}_low": low, f"{name}_high": high}
    return columns


def _frame(
    rows: Sequence[Mapping[str, Any]],
    texts: Sequence[str],
    numbers: Sequence[str],
    counts: Sequence[str] = (),
    where_any: Iterable[str] = (),
) -> DataFrame:
    """The rows as a table: columns in this order, then intervals. Columns in `where_any` need a row that has them."""
    from pandas import DataFrame

    names = dict.fromkeys(name for row in rows for name in row)
    numbers = (*numbers, *(name for name in where_any if name in names))
    known = (*texts, *numbers, *counts)
    intervals = [name for name in names if name not in known]
    columns: Any = [*texts, *numbers, *counts, *intervals]
    made = DataFrame([dict(row) for row in rows], columns=columns)
    # pandas has a separate type for whole numbers with gaps.
    whole = {name: "int64" if all(name in row for row in rows) else "Int64" for name in counts}
    kinds = dict.fromkeys((*numbers, *intervals), "float64") | whole
    return made.astype(kinds)
