"""Label Studio's `result` (regions, stances, answers, relations): written from an Annotation, and read into one."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

from ..configs import CLAIM
from ..configs.errors import Problem, lacks, numberless
from ..configs.labels import LabelSet
from ..configs.visible import as_given, counted
from .document import Annotation, Article, Claim, Span, show_span, span_problem
from .interface import ABOUT, CLAIM_STANCE, CLAIM_TEXT, SOURCE, SPAN, STANCE, TEXT

_MARK = "⚖"  # stands before the text that an adjudication task adds to a region's note


def to_result(
    annotation: Annotation, text: str, claim_ids: Sequence[str], scores: Mapping[Span, float] | None = None
) -> list[dict[str, Any]]:
    """An Annotation as Label Studio's `result`: regions, stances under their regions' ids, answers, relations.

    Answers refer to claims by their position in `claim_ids`. `scores` has the confidence of entities.
    """
    result: list[dict[str, Any]] = []
    regions: dict[Span, str] = {}
    for n, span in enumerate(annotation.entities):
        regions[span] = f"entity{n}"
        region = _region(f"entity{n}", "labels", SPAN, text, span.start, span.end, "labels", span.label)
        score = (scores or {}).get(span)
        result.append(region if score is None else region | {"score": score})
    relations: list[dict[str, Any]] = []
    for n, claim in enumerate(annotation.claims):
        key = f"claim{n}"
        region = _region(key, "labels", SPAN, text, claim.start, claim.end, "labels", CLAIM)
        result.append(region | ({"meta": {"text": [claim.note]}} if claim.note else {}))
        for control, chosen in ((STANCE, claim.stance), (ABOUT, claim.about)):
            if chosen:
                result.append(_region(key, "choices", control, text, claim.start, claim.end, "choices", chosen))
        for source in claim.sources:
            joined = {"from_id": key, "to_id": regions[source], "type": "relation", "direction": "right"}
            relations.append({**joined, "labels": [SOURCE]})
    for claim_id, stance in annotation.stances.items():
        n = claim_ids.index(claim_id)
        answer = {"from_name": f"{CLAIM_STANCE}{n}", "to_name": f"{CLAIM_TEXT}{n}", "type": "choices"}
        result.append({"id": f"answer{n}", **answer, "value": {"choices": [stance]}})
    return result + relations


def _region(
    key: str, kind: str, control: str, text: str, start: int, end: int, field: str, choice: str
) -> dict[str, Any]:
    value = {"start": start, "end": end, "text": text[start:end], field: [choice]}
    return {"id": key, "from_name": control, "to_name": TEXT, "type": kind, "value": value}


def with_mark(note: str, says: str) -> str:
    """A region's note with a marked addition for the adjudicator. Reading removes the addition again."""
    return f"{note} {_MARK} {says}".lstrip()


RELATION = "relation"


def kind_of(item: Mapping[str, Any]) -> str | None:
    """A result's kind by its type and controls: RELATION, SPAN, STANCE, ABOUT or CLAIM_STANCE; None if foreign."""
    kind, name = item.get("type"), item.get("from_name")
    if kind == "labels":
        return SPAN if name == SPAN and item.get("to_name") == TEXT else None
    if kind == "choices" and isinstance(name, str):
        return name if name in (STANCE, ABOUT) else CLAIM_STANCE if name.startswith(CLAIM_STANCE) else None
    return RELATION if kind == RELATION else None


class Region(NamedTuple):
    """A labelled span on screen: `at` is the position of its result in the annotation."""

    start: int
    end: int
    label: str
    at: int


class ResultProblem(NamedTuple):
    """A problem in an annotation that makes the export unreadable: the check that fails, the place, the message.

    `region` is the result's id. `span` is its start, end and label. Both are None if unknown.
    """

    check: str
    where: str
    message: str
    region: str | None = None
    span: tuple[object, object, str] | None = None

    def shown(self) -> Problem:
        """The problem for people."""
        kind = self.message if self.check == "unknown-label" else numberless(self.message)
        return Problem(self.where, self.message, kind)


class Foreign(NamedTuple):
    """A result of a control that Mihakk's interface does not have, such as a box for comments that a team added."""

    type: str
    control: str

    def __str__(self) -> str:
        return f"result of type {self.type} from the control {self.control}"


@dataclass(slots=True)
class ResultReader:
    """Collects the pieces of one annotation's `result`: regions, their stances and claims, relations, answers.

    `regions` has, by id, every region with one label and offsets inside the text, even if it has other problems. All
    problems are in `problems`. `unreadable` has the ids of regions left out, `doubled` those with a second label or
    stance. `answered` has the claims with an answer, valid or not. `foreign` results are of other controls and ignored.
    """

    text: str
    claim_ids: Sequence[str]
    scheme: LabelSet
    is_adjudication: bool = False
    regions: dict[str, Region] = field(default_factory=dict[str, Region])
    notes: dict[str, str] = field(default_factory=dict[str, str])
    region_stances: dict[str, str] = field(default_factory=dict[str, str])
    region_claims: dict[str, str] = field(default_factory=dict[str, str])
    stances: dict[str, str] = field(default_factory=dict[str, str])
    relations: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    foreign: list[Foreign] = field(default_factory=list[Foreign])
    problems: list[ResultProblem] = field(default_factory=list[ResultProblem])
    set_aside: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    unreadable: set[str] = field(default_factory=set[str])
    doubled: set[str] = field(default_factory=set[str])
    answered: set[str] = field(default_factory=set[str])
    _labels: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self._labels = (*self.scheme.entity_labels, *((CLAIM,) if self.scheme.has_claims else ()))

    @property
    def is_empty(self) -> bool:
        """Whether nothing is marked or answered, not even invalidly."""
        return not (self.regions or self.unreadable or self.region_stances or self.answered or self.problems)

    def read(self, result: object) -> None:
        if not isinstance(result, list):
            self._refuse("unreadable-result", "", f"its result is not a list: {result!r:.60}")
            return
        for at, item in enumerate(cast(list[Any], result)):
            if not isinstance(item, dict):
                self._refuse("unreadable-result", "", f"a result is not an object: {as_given(item)}")
                continue
            item = cast("dict[str, Any]", item)
            kind = kind_of(item)
            if kind == RELATION:
                self.relations.append((str(item.get("from_id")), str(item.get("to_id"))))
            elif kind == SPAN:
                self._region(item, at)
            elif kind == STANCE:
                self._region_stance(item)
            elif kind == ABOUT:
                self._region_claim(item)
            elif kind == CLAIM_STANCE:
                self._answer(item)
            elif (control := str(item.get("from_name"))) in (SPAN, STANCE, ABOUT) or control.startswith(CLAIM_STANCE):
                key = str(item["id"]) if "id" in item else None
                if key is not None:
                    self.unreadable.add(key)
                given = f"a result of type {item.get('type')} from {control} to {item.get('to_name')}"
                message = f"{given} is not what this control gives"
                self._refuse("unreadable-result", "", message, key)
            else:
                self.foreign.append(Foreign(str(item.get("type")), control))
        for key, stance in self.region_stances.items():
            region = self.regions.get(key)
            if region and region.label == CLAIM and stance not in self.scheme.claim_stances:
                message = lacks(self.scheme.id, "claim stance", stance, self.scheme.claim_stances)
                self._refuse("unknown-stance", self.show(region), message, key, region[:3])
        for key, claim in self.region_claims.items():
            region = self.regions.get(key)
            if region and region.label == CLAIM and claim not in self.claim_ids:
                known = ", ".join(self.claim_ids) or "none"
                message = f"is about {claim}, a claim that the task does not have; it has {known}"
                self._refuse("unknown-claim", self.show(region), message, key, region[:3])

    def annotation(self, article: Article, annotator: str) -> Annotation:
        """The Annotation, if there were no problems. Pieces that do not fit into it go into `set_aside`."""
        entities = {key: Span(*region[:3]) for key, region in self.regions.items() if region.label != CLAIM}
        claims = {key: region for key, region in self.regions.items() if region.label == CLAIM}
        self.set_aside += ((str(foreign), "Mihakk's interface has no such control") for foreign in self.foreign)
        for key in sorted(self.region_stances.keys() - claims.keys()):
            self.set_aside.append((f"stance of region {key}", "its region is not a claim, or was deleted"))
        for key in sorted(self.region_claims.keys() - claims.keys()):
            self.set_aside.append(
                (f"region {key} about {self.region_claims[key]}", "its region is not a claim, or gone")
            )
        for key in sorted(self.notes.keys() - claims.keys()):
            self.set_aside.append(
                (f"note on {self.show(self.regions[key])}: {self.notes[key]}", "only claims carry notes")
            )
        sources: dict[str, set[Span]] = {}
        for from_id, to_id in self.relations:
            joined = self.source(from_id, to_id)
            if joined:
                sources.setdefault(joined[0], set()).add(entities[joined[1]])
            else:
                self.set_aside.append((f"relation {from_id} → {to_id}", "does not join a claim and an entity"))
        seen: set[Span] = set()
        for key, span in entities.items():
            if span in seen:
                self.set_aside.append((self.show(self.regions[key]), "marked twice; counts once"))
            seen.add(span)
        return Annotation.on(
            article,
            self.scheme,
            annotator,
            seen,
            (
                Claim(
                    region.start,
                    region.end,
                    self.region_stances.get(key),
                    tuple(sorted(sources.get(key, ()))),
                    self.region_claims.get(key),
                    self.notes.get(key),
                )
                for key, region in claims.items()
            ),
            self.stances,
            self.claim_ids,
        )

    def source(self, from_id: str, to_id: str) -> tuple[str, str] | None:
        """The claim and the source entity of a relation, whichever way it was drawn; None for other relations."""
        first, second = self.regions.get(from_id), self.regions.get(to_id)
        if first is None or second is None or (first.label == CLAIM) == (second.label == CLAIM):
            return None
        return (from_id, to_id) if first.label == CLAIM else (to_id, from_id)

    def duplicates(self) -> dict[str, str]:
        """The ids of regions that repeat an earlier region, with the earlier region's id.

        An entity repeats another with the same span and label. One span may have several claims, so claims must also
        have the same stance, sources, note and claim that they are about.
        """
        if len({region[:3] for region in self.regions.values()}) == len(self.regions):
            return {}
        sources: dict[str, set[Region]] = {}
        for from_id, to_id in self.relations:
            if joined := self.source(from_id, to_id):
                sources.setdefault(joined[0], set()).add(self.regions[joined[1]])
        first: dict[object, str] = {}
        again: dict[str, str] = {}
        for key, region in self.regions.items():
            content: object = region[:3]
            if region.label == CLAIM:
                of_it = frozenset(source[:3] for source in sources.get(key, ()))
                chosen = self.region_stances.get(key), self.region_claims.get(key)
                content = (region[:3], chosen, of_it, self.notes.get(key))
            known = first.setdefault(content, key)
            if known != key:
                again[key] = known
        return again

    def show(self, region: Region) -> str:
        return show_span(region.start, region.end, region.label, self.text)

    def _region(self, item: Mapping[str, Any], at: int) -> None:
        key = str(item.get("id"))
        label = self._single(item, "labels")
        if label is None:
            self.unreadable.add(key)
            return
        if key in self.regions or key in self.unreadable:
            self._double(key, "label")
            return
        start, end = item["value"].get("start"), item["value"].get("end")
        problem = span_problem(start, end, self.text)
        is_known = label in self._labels
        if problem or not is_known:
            where, span = f"region {key}: {show_span(start, end, label, self.text)}", (start, end, label)
            check = _span_check(start, end, self.text) if problem else ""
            if problem:
                self._refuse(check, where, problem, key, span)
            if not is_known:
                message = lacks(self.scheme.id, "label", label, self._labels)
                self._refuse("unknown-label", where, message, key, span)
            if check == "bad-offsets":
                self.unreadable.add(key)
                return
        self.regions[key] = Region(cast("int", start), cast("int", end), label, at)
        meta = item.get("meta")
        notes = cast("dict[str, Any]", meta).get("text") if isinstance(meta, dict) else None
        if notes:
            note = " ".join(map(str, notes)) if isinstance(notes, list) else str(notes)  # pyright: ignore[reportUnknownArgumentType]
            note = note.partition(_MARK)[0].strip() if self.is_adjudication else note
            if note:
                self.notes[key] = note

    def _region_stance(self, item: Mapping[str, Any]) -> None:
        key = str(item.get("id"))
        stance = self._single(item, "choices")
        if key in self.region_stances:
            self._double(key, "stance")
        elif stance is not None:
            self.region_stances[key] = stance

    def _region_claim(self, item: Mapping[str, Any]) -> None:
        """Reads which of the event's claims a region is about. The first counts; others are set aside."""
        key = str(item.get("id"))
        value: Any = item.get("value")
        chosen: Any = value.get("choices") if isinstance(value, dict) else None  # pyright: ignore[reportUnknownMemberType]
        if not isinstance(chosen, list) or not chosen or not all(isinstance(choice, str) for choice in chosen):  # pyright: ignore[reportUnknownVariableType]
            message = f"choices must be a list of texts, not {chosen!r:.60}"
            self._refuse("unreadable-result", f"region {key}", message, key)
            return
        for claim in cast("list[str]", chosen):
            first = self.region_claims.setdefault(key, sys.intern(claim))
            if first != claim:
                self.set_aside.append((f"region {key} about {claim}", f"it is about {first} already; one claim counts"))

    def _answer(self, item: Mapping[str, Any]) -> None:
        name = str(item.get("from_name"))
        index = name.removeprefix(CLAIM_STANCE)
        answer = self._single(item, "choices")
        position = int(index) if index.isdecimal() and len(index) < 10 else len(self.claim_ids)
        if position >= len(self.claim_ids) or item.get("to_name") != CLAIM_TEXT + index:
            message = f"{name} answers a claim that the task does not have ({counted(len(self.claim_ids), 'claim')})"
            self._refuse("unknown-claim", "", message)
            return
        claim = self.claim_ids[position]
        if answer is None:
            return
        if claim in self.answered:
            self._refuse("double-result", claim, "has a second answer; delete one in Label Studio")
        elif answer not in self.scheme.article_stances:
            message = lacks(self.scheme.id, "article stance", answer, self.scheme.article_stances)
            self._refuse("unknown-stance", f"stance on {claim}", message)
        else:
            self.stances[claim] = answer
        self.answered.add(claim)

    def _single(self, item: Mapping[str, Any], key: str) -> str | None:
        value: Any = item.get("value")
        chosen: Any = value.get(key) if isinstance(value, dict) else None  # pyright: ignore[reportUnknownMemberType]
        if isinstance(chosen, list) and len(chosen) == 1 and isinstance(chosen[0], str):  # pyright: ignore[reportUnknownArgumentType]
            return sys.intern(chosen[0])  # there are few different strings, but one in each region
        region = str(item.get("id"))
        self._refuse("unreadable-result", f"region {region}", f"{key} must hold one text, not {chosen!r:.60}", region)
        return None

    def _double(self, key: str, kind: str) -> None:
        self.doubled.add(key)
        self._refuse("double-result", key, f"has a second {kind}; delete one in Label Studio", key)

    def _refuse(
        self,
        check: str,
        where: str,
        message: str,
        region: str | None = None,
        span: tuple[object, object, str] | None = None,
    ) -> None:
        self.problems.append(ResultProblem(check, where, message, region, span))


def _span_check(start: object, end: object, text: str) -> str:
    """The check that a span with a problem fails."""
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(text):
        return "bad-offsets"
    return "edge-white-space" if text[start:end].strip() else "only-white-space"
