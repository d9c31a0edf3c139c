"""Checks a predictions file before it is scored: reports every problem, and counts its content."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from ..annotate.placing.policy import DEFAULT, Policy
from ..configs.errors import InputError
from ..configs.visible import counted
from .gold.records import ALL, GOLD_FILE, Gold
from .gold.rows import read_gold
from .gold_side import (
    DoubtfulOffsetsError,
    doubtful_offsets,
    gold_side,
    known_in_file,
    label_set,
    predictions_on,
    read_rows_on,
    with_notes,
)
from .sides import AnyMapping, named_mapping
from .source import exchanged


class Validated(NamedTuple):
    """The content of a predictions file, in lines. `doubt` names the likely unit of its offsets, if not code points."""

    lines: list[str]
    doubt: str | None


def validate(
    gold: Gold | str | Path,
    predictions: Path,
    mapping: AnyMapping | None = None,
    policy: Policy = DEFAULT,
) -> Validated:
    """Reads a predictions file with care, and counts its content. Raises InputError with every problem.

    With a mapping, predictions have the labels that it maps to.
    """
    if (predictions / GOLD_FILE).is_file():
        is_set = isinstance(gold, Gold) or Path(gold).is_dir()
        raise InputError(f"{predictions}: is a gold set, not predictions" if is_set else exchanged(gold, predictions))
    dataset = gold if isinstance(gold, Gold) else read_gold(Path(gold)) if Path(gold).is_dir() else None
    side = gold_side(dataset or gold, ALL)
    policy = policy._replace(proclitics=side.proclitics)
    labels = label_set(side.under(named_mapping(mapping, side.source)))
    try:
        if dataset:
            read = predictions_on(dataset, predictions, labels, policy)
        else:
            read = read_rows_on(known_in_file(side), predictions, labels, policy)
    except DoubtfulOffsetsError as error:
        return Validated([f"{predictions}: the offsets do not fit"], str(error))
    ids = {document.id for document in read.documents}
    where = f"{len(ids)} of {len(side.columns.ids)} in {side.where}"
    if dataset:
        splits = {name: [d.article.id in ids for d in documents] for name, documents in dataset.splits.items()}
        where = ", ".join(
            f"{sum(predicted)} of {len(predicted)} in {name}" for name, predicted in splits.items() if predicted
        )
    tasks = ", ".join(sorted(read.tasks)) or "none"
    doubt = doubtful_offsets(with_notes(read), side, policy)
    verdict = "look at the offsets" if doubt else "nothing wrong"
    line = f"{predictions}: {counted(len(read.documents), 'document')} ({where}), with {tasks}: {verdict}"
    return Validated([*read.notes, line], doubt)
