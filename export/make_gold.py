"""Makes the gold set of an export: merges the annotations of each article, and splits by event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from ..annotate.document import text_sha256
from ..annotate.instructions import guideline_files
from ..configs.errors import InputError
from ..configs.files import read_text
from ..configs.scheme import Scheme
from ..eval.agreement.measure import strict_agreement
from ..eval.gold.records import Gold, OwnersWord, Provenance, SetAside
from ..eval.gold.scheme import one_content
from ..eval.gold.spooled import documents_on_disk, set_aside_on_disk
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

    Raises InputError if nothing becomes gold, the adjudication is about other articles, the split is impossible, the
    earlier version has another content of the scheme, or the Hub does not know the licence.
    """
    check_licence(owner.licence if owner else None)
    _check_version(version, splitting.previous if splitting else None)
    if splitting and splitting.previous:
        one_content(scheme, splitting.previous)
    judged = _judged(export, adjudicated) if adjudicated else {}
    # Everything that an adjudicator saw is decided.
    set_aside = set_aside_on_disk(
        replace(a, undecided=False) if a.article_id in judged else a for a in export.set_aside
    )
    set_aside += adjudicated.set_aside if adjudicated else ()
    documents, not_gold, empty = documents_on_disk(), set_aside_on_disk(), list[str]()

    def merged() -> Iterator[FinishedTask]:
        """The tasks, each merged while it is read: reading them from disk twice would take twice as long."""
        for task in export.tasks:
            yield task
            if not task.annotations:
                set_aside.append(SetAside(task.article.id, (), "article", "nobody finished it"))
                continue
            place = judged.get(task.article.id)
            its = None if place is None or adjudicated is None else adjudicated.tasks[place]
            outcome = merge(task, policy, its, claim_stances=bool(scheme.claim_stances))
            not_gold.extend(outcome.set_aside)
            if outcome.document:
                documents.append(outcome.document)
                gold = outcome.document.annotation
                empty.extend([] if gold.entities or gold.claims or gold.stances else [task.article.id])

    agreement = strict_agreement(merged(), scheme)
    if not len(documents):
        reasons = sorted({aside.reason for aside in not_gold}) or ["it has no finished annotation"]
        raise InputError(f"nothing in the export becomes gold: {'; '.join(reasons)}")
    set_aside += not_gold
    splits = split_documents(documents, splitting, claims=bool(scheme.article_stances))
    return Gold(
        name,
        version,
        scheme,
        splits.documents,
        set_aside,
        Provenance(
            policy.rule,
            agreement,
            splits.rule,
            splits.near_copies,
            (*splits.notes, *export.notes, *_empty(empty)),
            guidelines_sha256(scheme),
            owner or OwnersWord(),
        ),
    )


def _check_version(version: str, previous: Gold | None) -> None:
    """Raises InputError for an invalid version, or one before the version of an earlier gold set."""
    numbers = version_numbers(version)
    if numbers is None:
        raise InputError(f"version {version}: must be one to three numbers with dots, such as 1.0 or 1.0.1")
    earlier = version_numbers(previous.version) if previous else None
    if previous and earlier and numbers < earlier:
        raise InputError(f"version {version}: is before {previous.version} of the earlier gold set; give a later one")


def _empty(empty: Sequence[str]) -> Iterator[str]:
    """A note if articles have no gold annotation, which is rarely intended."""
    if empty:
        named = ", ".join(empty[:_MOST_NAMED]) + (" and more" if len(empty) > _MOST_NAMED else "")
        articles = "1 article has" if len(empty) == 1 else f"{len(empty)} articles have"
        yield f"{articles} no annotation in the gold, so extractors should find nothing there: {named}"


def guidelines_sha256(scheme: Scheme) -> dict[str, str]:
    """The hashes of the scheme's guidelines, by language, since guidelines have no version."""
    return {language: text_sha256(read_text(path)) for language, path in guideline_files(scheme).items()}


def _judged(export: Export, adjudicated: Export) -> Mapping[str, int]:
    """The positions of adjudicated tasks, by article."""
    there = {task.article.id: place for place, task in enumerate(export.tasks)}
    problems = list(_strangers(export, there, adjudicated))
    judged = (task for task in adjudicated.tasks if len(task.annotations) > 1)
    same = set() if problems else {export.tasks[there[t.article.id]].annotations == t.annotations for t in judged}
    if same == {True}:
        problems.append(
            "the adjudication has the same annotations as the export; give the export of the project "
            "with the tasks of `mihakk export adjudicate`"
        )
    if problems:
        raise InputError(*problems)
    return {task.article.id: place for place, task in enumerate(adjudicated.tasks)}


def _strangers(export: Export, there: Mapping[str, int], adjudicated: Export) -> Iterator[str]:
    for task in adjudicated.tasks:
        key = task.article.id
        first = export.tasks[there[key]] if key in there else None
        if first is None or not first.annotations:
            yield f"article {key}: is adjudicated, but the export has no annotation of it; is it from another project?"
        elif first.article.text_sha256 != task.article.text_sha256:
            yield f"article {key}: was adjudicated on another text than the export has"
        elif first.claims != task.claims:
            yield f"article {key}: was adjudicated with other event claims than the export has"
