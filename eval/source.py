"""What gold and predictions can be given as: a gold set, a path, a Dataset of `datasets`, or rows."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from ..annotate.prediction_rows import ArrowRows
from ..configs.errors import InputError
from .gold.records import Gold
from .gold.rows import read_gold

if TYPE_CHECKING:
    from datasets import Dataset

    # A path is that of a gold folder, or of a file in the predictions format. Rows are in that format too.
    Given: TypeAlias = Gold | str | Path | Dataset | ArrowRows | Iterable[Mapping[str, Any]]

# The same, ready to be read.
Source: TypeAlias = Gold | Path | ArrowRows | tuple[object, ...]

IN_MEMORY = "rows"


def source_of(given: Given | Source) -> Source:
    """What was given, ready to be read; what is so already stays. Raises InputError if it is nothing that can be."""
    if isinstance(given, Gold | ArrowRows):
        return given
    if isinstance(given, str | Path):
        return Path(given)
    if _is_dataset(given):
        # `[:]` takes the rows that a selection or a shuffle left; the names of ClassLabels are in the metadata.
        dataset = cast(Any, given)
        table = dataset.with_format("arrow")[:]
        return ArrowRows(table.replace_schema_metadata(dataset.features.arrow_schema.metadata))
    if isinstance(given, Mapping):
        raise InputError(f"{type(given).__name__}: has several parts; give one of them, such as the test split")
    try:
        return tuple(given)
    except TypeError:
        what = f"{type(given).__name__}: must be a gold set, a path, a Dataset, or rows in the predictions format"
        raise InputError(what) from None


def _is_dataset(given: object) -> bool:
    """Whether this is a Dataset. Whoever has one has imported `datasets`, which takes seconds."""
    datasets = sys.modules.get("datasets")
    return datasets is not None and isinstance(given, datasets.Dataset)


def predictions_source(given: Given) -> Source:
    """The same for predictions: a folder is a gold set, whose annotations are what is predicted."""
    source = source_of(given)
    return read_gold(source) if isinstance(source, Path) and source.is_dir() else source


def name_of(source: Source) -> str:
    """What the source is called in results."""
    if isinstance(source, Gold):
        return source.where
    return str(source) if isinstance(source, Path) else IN_MEMORY
