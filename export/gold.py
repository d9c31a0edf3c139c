"""From a read export to the gold set: merge each article's annotations, split by event."""

from __future__ import annotations

from ..configs.files import InputError
from ..configs.scheme import Scheme
from ..eval.agreement import strict_agreement
from .dataset import GoldSet
from .label_studio import Export, SetAside
from .merge import merge
from .split import split_by_event


def make_gold(export: Export, scheme: Scheme, name: str, version: str) -> GoldSet:
    """The gold set of an export. Raises InputError if no article in it is finished."""
    merged = [merge(task) for task in export.tasks if task.annotations]
    if not merged:
        raise InputError("the export has no finished annotation: nothing to make a gold dataset of")
    unfinished = [
        SetAside(task.article.id, "", "article", "nobody finished it") for task in export.tasks if not task.annotations
    ]
    return GoldSet(
        name,
        version,
        scheme,
        split_by_event([m.document for m in merged]),
        [*export.set_aside, *unfinished, *(aside for m in merged for aside in m.set_aside)],
        strict_agreement(export.tasks, scheme),
    )
