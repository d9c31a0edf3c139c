"""From a read export to the gold set: merge each article's annotations, split by event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from ..annotate.document import text_sha256
from ..annotate.instructions import guideline_files
from ..configs.errors import InputError
from ..configs.files import read_text
from ..configs.scheme import Scheme
from ..eval.agreement.measure import strict_agreement
from ..eval.gold.records import Gold, GoldDocument, OwnersWord, Provenance, SetAside
from ..eval.gold.scheme import one_content
from .diff import version_numbers
from .finished import Export, FinishedTask
from .licences import check_licence
from .merge import merge
from .policy import MAJORITY, Policy
from .split import Splitting, split_documents

_MOST_NAMED = 5


def make_gold(
    export: Export,
    scheme: Scheme,
    name: str,
    version: str,
    policy: Policy = MAJORITY,
    adjudicated: Export | None = None,
    splitting: Splitting | None = None,
    owner: OwnersWord | None = None,
) -> Gold:
    """The gold set of an export, and of the export of its adjudication project if there is one.

    Raises InputError if nothing becomes gold, the adjudication is of other articles, it cannot be split so, the
    earlier version has another content of the scheme, or the Hub does not know the licence.
    """
    check_licence(owner.licence if owner else None)
    _check_version(version, splitting.previous if splitting else None)
    if splitting and splitting.previous:
        one_content(scheme, splitting.previous)
    judged = _judged(export, adjudicated) if adjudicated else {}
    merged = [merge(task, policy, judged.get(task.article.id)) for task in export.tasks if task.annotations]
    documents = [m.document for m in merged if m.document]
    if not documents:
        reasons = sorted({aside.reason for m in merged for aside in m.set_aside}) or ["it has no finished annotation"]
        raise InputError(f"nothing in the export becomes gold: {'; '.join(reasons)}")
    unfinished = [
        SetAside(task.article.id, (), "article", "nobody finished it") for task in export.tasks if not task.annotations
    ]
    splits = split_documents(documents, splitting)
    return Gold(
        name,
        version,
        scheme,
        splits.documents,
        (
            # What an adjudicator saw is decided.
            *(replace(a, undecided=False) if a.article_id in judged else a for a in export.set_aside),
            *(adjudicated.set_aside if adjudicated else ()),
            *unfinished,
            *(aside for m in merged for aside in m.set_aside),
        ),
        Provenance(
            policy.rule,
            strict_agreement(export.tasks, scheme),
            splits.rule,
            splits.near_copies,
            (*splits.notes, *export.notes, *_empty(documents)),
            guidelines_sha256(scheme),
            owner or OwnersWord(),
        ),
    )


def _check_version(version: str, previous: Gold | None) -> None:
    """Raises InputError for what is no version, and for a version before that of an earlier gold set."""
    numbers = version_numbers(version)
    if numbers is None:
        raise InputError(f"version {version}: must be one to three numbers with dots, such as 1.0 or 1.0.1")
    earlier = version_numbers(previous.version) if previous else None
    if previous and earlier and numbers < earlier:
        raise InputError(f"version {version}: is before {previous.version} of the earlier gold set; give a later one")


def _empty(documents: Sequence[GoldDocument]) -> Iterator[str]:
    """A note where articles have no gold annotation, which is seldom meant."""
    gold = ((document.article.id, document.annotation) for document in documents)
    empty = [name for name, found in gold if not (found.entities or found.claims or found.stances)]
    if empty:
        named = ", ".join(empty[:_MOST_NAMED]) + (" and more" if len(empty) > _MOST_NAMED else "")
        articles = "1 article has" if len(empty) == 1 else f"{len(empty)} articles have"
        yield f"{articles} no annotation in the gold, so extractors should find nothing there: {named}"


def guidelines_sha256(scheme: Scheme) -> dict[str, str]:
    """The scheme's guidelines, by language, as a digest: they have no version of their own."""
    return {language: text_sha256(read_text(path)) for language, path in guideline_files(scheme).items()}


def _judged(export: Export, adjudicated: Export) -> Mapping[str, FinishedTask]:
    """The adjudicated tasks by article."""
    there = {task.article.id: task for task in export.tasks}
    problems = list(_strangers(there, adjudicated))
    judged = [task for task in adjudicated.tasks if len(task.annotations) > 1]
    if not problems and judged and all(there[task.article.id].annotations == task.annotations for task in judged):
        problems.append(
            "the adjudication has the very annotations of the export; give the export of the project "
            "with the tasks of `mihakk export adjudicate`"
        )
    if problems:
        raise InputError(*problems)
    return {task.article.id: task for task in adjudicated.tasks}


def _strangers(there: Mapping[str, FinishedTask], adjudicated: Export) -> Iterator[str]:
    for task in adjudicated.tasks:
        key = task.article.id
        first = there.get(key)
        if first is None or not first.annotations:
            yield f"article {key}: is adjudicated, but the export has no annotation of it; is it of another project?"
        elif first.article.text_sha256 != task.article.text_sha256:
            yield f"article {key}: was adjudicated on another text than the export has"
        elif first.claims != task.claims:
            yield f"article {key}: was adjudicated with other event claims than the export has"
