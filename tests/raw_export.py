"""Builds raw Label Studio exports in the shape that a 1.23.2 server gives, for tests."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mihakk.annotate.document import Annotation

_ids = itertools.count(1)


def region(key: str, start: int, end: int, label: str, text: str = "", note: str | None = None) -> dict[str, Any]:
    """A labelled span. Label Studio's own `text` is not always text[start:end]; readers must not need it."""
    item: dict[str, Any] = {
        "value": {"start": start, "end": end, "text": text, "labels": [label]},
        "id": key,
        "from_name": "span",
        "to_name": "text",
        "type": "labels",
        "origin": "manual",
    }
    return item | ({"meta": {"text": [note]}} if note else {})


def stance(key: str, start: int, end: int, choice: str) -> dict[str, Any]:
    """A claim's stance: it has the id of its span."""
    return {
        "value": {"start": start, "end": end, "text": "", "choices": [choice]},
        "id": key,
        "from_name": "stance",
        "to_name": "text",
        "type": "choices",
        "origin": "manual",
    }


def about(key: str, start: int, end: int, claim: str, *more: str) -> dict[str, Any]:
    """Which of the event's claims a claim is about, as Label Studio 1.23 gives it: faults/desk/about-export.json."""
    return {**stance(key, start, end, ""), "from_name": "about"} | {
        "value": {"start": start, "end": end, "text": "", "choices": [claim, *more]}
    }


def relation(one: str, other: str, labels: Sequence[str] | None = ("source",)) -> dict[str, Any]:
    item: dict[str, Any] = {"from_id": one, "to_id": other, "type": "relation", "direction": "right"}
    return item | ({"labels": list(labels)} if labels else {})


def answer(position: int, choice: str) -> dict[str, Any]:
    """The article's stance on the claim at this position of the task's claims."""
    return {
        "value": {"choices": [choice]},
        "id": f"answer{position}",
        "from_name": f"claim_stance_{position}",
        "to_name": f"claim_text_{position}",
        "type": "choices",
        "origin": "manual",
    }


def results(annotation: Annotation, text: str, claim_ids: Sequence[str]) -> list[dict[str, Any]]:
    """What Label Studio would export for `annotation`."""
    made: list[dict[str, Any]] = []
    keys: dict[Any, str] = {}
    for n, span in enumerate(annotation.entities):
        keys[span] = f"e{n}"
        made.append(region(f"e{n}", span.start, span.end, span.label, text[span.start : span.end]))
    relations: list[dict[str, Any]] = []
    for n, claim in enumerate(annotation.claims):
        made.append(region(f"c{n}", claim.start, claim.end, "CLAIM", text[claim.start : claim.end], claim.note))
        if claim.stance:
            made.append(stance(f"c{n}", claim.start, claim.end, claim.stance))
        if claim.about:
            made.append(about(f"c{n}", claim.start, claim.end, claim.about))
        relations += [relation(f"c{n}", keys[source]) for source in claim.sources]
    made += [answer(claim_ids.index(claim), choice) for claim, choice in annotation.stances.items()]
    return made + relations


def finished(annotator: str, result: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    """An annotation as the snapshot export has it."""
    key = next(_ids)
    return {
        "id": key,
        "completed_by": {"id": key, "email": annotator, "first_name": "", "last_name": ""},
        "result": result,
        "was_cancelled": False,
        "ground_truth": False,
        "created_at": "2025-12-01T10:00:00.000000Z",
        "updated_at": "2025-12-01T10:00:00.000000Z",
        "draft_created_at": None,
        "lead_time": 60.0,
        "prediction": {},
        "result_count": len(result),
        "unique_id": f"00000000-0000-0000-0000-{key:012}",
        "import_id": None,
        "last_action": None,
        "bulk_created": False,
        "parent_prediction": None,
        "parent_annotation": None,
        "last_created_by": None,
        **fields,
    }


def exported(
    task: Mapping[str, Any], annotations: Iterable[dict[str, Any]], drafts: Sequence[dict[str, Any]] = ()
) -> dict[str, Any]:
    """A task of an export: `task` is what make_task gave."""
    key = next(_ids)
    made = list(annotations)
    return {
        "id": key,
        "annotations": [a | {"task": key, "project": 1} for a in made],
        "drafts": list(drafts),
        "predictions": [],
        "data": task["data"],
        "meta": {},
        "created_at": "2025-12-01T09:00:00.000000Z",
        "updated_at": "2025-12-01T10:00:00.000000Z",
        "allow_skip": True,
        "inner_id": 1,
        "total_annotations": len(made),
        "cancelled_annotations": 0,
        "total_predictions": 0,
        "comment_count": 0,
        "unresolved_comment_count": 0,
        "last_comment_updated_at": None,
        "project": 1,
        "updated_by": 1,
        "comment_authors": [],
    }
