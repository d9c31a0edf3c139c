"""Makes tasks for an adjudicator from undecided work: all versions side by side, with the differences marked."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, cast

from ..annotate.document import Annotation, Span, text_sha256
from ..annotate.result import to_result, with_mark
from ..annotate.task import ADJUDICATION, DIFFERENCES, make_task
from ..configs.scheme import CLAIM, Scheme
from .differences import differences_html, is_open, undecided_of
from .finished import Export, FinishedTask
from .merge import Merged, merge
from .policy import MAJORITY, Policy

# The version that an adjudicator starts from, since Label Studio shows the last one.
ALL_VERSIONS = "all versions together"


def adjudication_tasks(
    export: Export, scheme: Scheme, policy: Policy = MAJORITY, sample: float = 0.0
) -> Iterator[dict[str, Any]]:
    """A task for each article where the policy leaves something undecided, or a label was split by a newer scheme.

    Its predictions are the version of each annotator, and all versions together. A region that is not gold by the
    policy is marked with its annotators. The task's data has the differences as lines and as a table.

    `sample` is the share (rounded up) of all other articles with several annotators to add, for a review of agreed
    work. It depends on the ids only, so the same export gives the same sample.
    """
    agreed: list[tuple[str, int]] = []

    def merged_one(task: FinishedTask) -> Merged:
        return merge(task, policy, claim_stances=bool(scheme.claim_stances))

    for place, task in enumerate(export.tasks):
        if task.annotations:
            merged = merged_one(task)
            if merged.undecided or task.split:
                yield _task(task, merged, scheme)
            elif len(task.annotations) > 1:
                agreed.append((text_sha256(task.article.id), place))
    for _, place in sorted(agreed)[: math.ceil(sample * len(agreed))]:
        task = export.tasks[place]
        yield _task(task, merged_one(task), scheme)


def _task(task: FinishedTask, merged: Merged, scheme: Scheme) -> dict[str, Any]:
    made = make_task(task.article, task.claims, scheme, task.preannotated_by)
    made["data"][ADJUDICATION] = "\n".join(
        f"{aside.what}: {', '.join(aside.annotators)} ({aside.reason})" for aside in undecided_of(task, merged)
    )
    undecided = [aside.what for aside in undecided_of(task, merged)]
    task = replace(task, annotations=tuple(_with_all_labels(a, task) for a in task.annotations))
    made["data"][DIFFERENCES] = differences_html(task, merged, scheme)
    gold = merged.document.annotation if merged.document else Annotation(task.article.id, "gold")
    together = _together(task.annotations, gold)
    versions = [*((a.annotator, a) for a in task.annotations), (ALL_VERSIONS, together)]
    made["predictions"] = [
        {"model_version": name, "result": _result(version, task, gold, scheme, undecided)} for name, version in versions
    ]
    return made


def _with_all_labels(annotation: Annotation, task: FinishedTask) -> Annotation:
    """The annotation with every possible new label of each split label, for the adjudicator to choose."""
    spans = {span for split in task.split for span in split.only(annotation.annotator)}
    return replace(annotation, entities=tuple(sorted({*annotation.entities, *spans}))) if spans else annotation


def _together(annotations: Sequence[Annotation], gold: Annotation) -> Annotation:
    """Everything that any annotator marked, once each; article stances only if they are decided."""
    entities = {span for a in annotations for span in a.entities}
    marked = [claim for a in annotations for claim in a.claims]
    claims = list(gold.claims)
    spans = {(claim.start, claim.end) for claim in claims}
    # If annotators mark a claim with different stances, it is one claim, and the adjudicator gives the stance.
    for claim in marked:
        if (claim.start, claim.end) not in spans:
            spans.add((claim.start, claim.end))
            claims.append(claim)
    sources: dict[tuple[int, int], set[Span]] = {}
    for claim in marked:
        sources.setdefault((claim.start, claim.end), set()).update(claim.sources)
    claims = [replace(claim, sources=tuple(sorted(sources[claim.start, claim.end]))) for claim in claims]
    return Annotation(gold.article_id, ALL_VERSIONS, tuple(sorted(entities)), tuple(claims), gold.stances)


def _result(
    version: Annotation, task: FinishedTask, gold: Annotation, scheme: Scheme, undecided: Sequence[str]
) -> list[dict[str, Any]]:
    """The version in Label Studio's form, with marks on regions that are not gold by the policy."""
    decided = {(span.start, span.end, span.label) for span in gold.entities}
    decided |= {
        (claim.start, claim.end, CLAIM)
        for claim in gold.claims
        if (claim.stance or not scheme.claim_stances)
        and not is_open((claim.start, claim.end), task.article.text, undecided)
    }
    result = to_result(version, task.article.text, [claim.id for claim in task.claims])
    for region in result:
        if region["type"] != "labels":
            continue
        value = cast(dict[str, Any], region["value"])
        key = (value["start"], value["end"], value["labels"][0])
        if key not in decided:
            by = [a.annotator for a in task.annotations if key in _marked(a)]
            note = region.get("meta", {}).get("text", [""])[0]
            # Label Studio shows scores in its list of regions, and the note of the selected region.
            region["score"] = round(len(by) / len(task.annotations), 2)
            region["meta"] = {"text": [with_mark(note, f"{len(by)}/{len(task.annotations)}: {', '.join(by)}")]}
    return result


def _marked(annotation: Annotation) -> set[tuple[int, int, str]]:
    entities = {(span.start, span.end, span.label) for span in annotation.entities}
    return entities | {(claim.start, claim.end, CLAIM) for claim in annotation.claims}
