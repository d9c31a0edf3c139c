"""From a read export to the gold set: merge each article's annotations, split by event."""

from __future__ import annotations

from ..configs.files import InputError
from ..configs.scheme import Scheme
from .agreement import pairwise_agreement
from .dataset import GoldSet, OwnersWord
from .label_studio import Export, SetAside
from .merge import merge
from .split import Splitting, split_documents


def make_gold(
    export: Export,
    scheme: Scheme,
    name: str,
    version: str,
    splitting: Splitting | None = None,
    owner: OwnersWord | None = None,
) -> GoldSet:
    """The gold set of an export. Raises InputError if no article in it is finished, or it cannot be split so."""
    merged = [merge(task) for task in export.tasks if task.annotations]
    if not merged:
        raise InputError("the export has no finished annotation: nothing to make a gold dataset of")
    unfinished = [
        SetAside(task.article.id, "", "article", "nobody finished it") for task in export.tasks if not task.annotations
    ]
    splits = split_documents([m.document for m in merged], splitting)
    return GoldSet(
        name,
        version,
        scheme,
        splits.documents,
        [*export.set_aside, *unfinished, *(aside for m in merged for aside in m.set_aside)],
        pairwise_agreement(export.tasks, scheme),
        splits.rule,
        splits.near_duplicates,
        splits.notes,
        owner or OwnersWord(),
    )
