"""The forms of gold and predictions: a gold set, a path, a Dataset of `datasets`, or rows."""

from __future__ import annotations

import sys
from collections.abc import Collection, Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from ..annotate.prediction_rows import ArrowRows
from ..configs.errors import InputError, within
from .gold.records import GOLD_FILE, Gold
from .gold.rows import read_gold

if TYPE_CHECKING:
    from datasets import Dataset

    # A path is a gold folder, or a file in the predictions format. Rows have that format too.
    Given: TypeAlias = Gold | str | Path | Dataset | ArrowRows | Iterable[Mapping[str, Any]]

# These inputs, ready to be read.
Source: TypeAlias = Gold | Path | ArrowRows | tuple[object, ...]

IN_MEMORY = "rows"


def source_of(given: Given | Source) -> Source:
    """The input, ready to be read. Raises InputError if it has none of these forms."""
    if isinstance(given, Gold | ArrowRows):
        return given
    if isinstance(given, str | Path):
        return Path(given)
    if _is_dataset(given):
        # `[:]` respects selections and shuffles. The names of ClassLabels are in the metadata.
        dataset = cast(Any, given)
        table = dataset.with_format("arrow")[:]
        return ArrowRows(table.replace_schema_metadata(dataset.features.arrow_schema.metadata))
    if isinstance(given, Mapping):
        raise InputError(f"{type(given).__name__}: has several parts; give one of them, such as the test split")
    try:
        return tuple(given)
    except TypeError:
        problem = f"{type(given).__name__}: must be a gold set, a path, a Dataset, or rows in the predictions format"
        raise InputError(problem) from None


def _is_dataset(given: object) -> bool:
    """Whether this is a Dataset. If so, `datasets` is imported already; the import takes seconds."""
    datasets = sys.modules.get("datasets")
    return datasets is not None and isinstance(given, datasets.Dataset)


def predictions_source(given: Given) -> Source:
    """Like `source_of`, for predictions. A gold set is read as predictions too; other folders have files of rows."""
    source = source_of(given)
    return read_gold(source) if isinstance(source, Path) and (source / GOLD_FILE).is_file() else source


@contextmanager
def on_exchange(gold: Gold | Path | None, predictions: Source) -> Generator[None]:
    """Adds to the problems of a gold set as predictions their place, and a hint if both inputs look exchanged."""
    try:
        yield
    except InputError as error:
        if not isinstance(predictions, Gold):
            raise
        if isinstance(gold, Path) and not gold.is_dir():
            raise InputError(exchanged(gold, predictions.where)) from None
        raise InputError(*within(predictions.where, error.problems)) from None


def exchanged(gold: object, predictions: object, models: Collection[str] = ()) -> str:
    """The message if a gold set is given as predictions, and a file of predictions as gold."""
    of = f" of {', '.join(sorted(models))}" if models else ""
    return (
        f"{predictions} is a gold set, and {gold} a file of predictions{of}: are they swapped? The gold set comes first"
    )


def name_of(source: Source) -> str:
    """The source's name in results, which other people see: the name of a file or folder, without its path."""
    path = source.path if isinstance(source, Gold) else source
    if isinstance(path, Path):
        return path.name if path.name not in ("", "..") else path.resolve().name
    return source.where if isinstance(source, Gold) else IN_MEMORY
