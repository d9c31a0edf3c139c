"""Scores for people: a table that fits a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table as RichTable

from .score import Leaf, Scores, Table


def scores_table(scores: Scores) -> RenderableType:
    """One table for each task, with the notes and the signature line under them."""
    tables = [_task_table(task, table) for task, table in scores.tasks.items()]
    if not tables:
        tables = ["the predictions mention no task: nothing to score"]
    notes = [f"note: {note}" for note in scores.notes]
    return Group(*tables, *notes, scores.signature)


def _task_table(task: str, table: Table) -> RichTable:
    shown = RichTable(title=f"{task} (strict)", title_justify="left", box=None, pad_edge=False)
    shown.add_column("label", no_wrap=True)
    for name in ("P", "R", "F1", "gold", "pred", "cor", "inc", "mis", "spu"):
        shown.add_column(name, justify="right", no_wrap=True)
    for label, leaf in table.labels.items():
        shown.add_row(label, *_cells(leaf))
    shown.add_section()
    shown.add_row("micro", *_cells(table.micro), style="bold")
    shown.add_row("macro", *list(_cells(table.macro))[:3], style="bold")
    return shown


def _cells(leaf: Leaf) -> Iterator[str]:
    for value in (leaf.precision, leaf.recall, leaf.f1):
        yield "–" if value is None else f"{value:.3f}"
    c = leaf.counts
    for count in (c.gold, c.predicted, c.cor, c.inc, c.mis, c.spu):
        yield str(count)
