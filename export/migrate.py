"""Brings annotations made under an older scheme to a newer one: the rule, and how it is applied to raw exports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from ..annotate.document import Span, show_span
from ..annotate.interface import CLAIM_STANCE, SPAN, STANCE
from ..annotate.result import RELATION, kind_of
from ..annotate.task import dump_tasks, scheme_fields, scheme_in
from ..configs.errors import InputError, Problem, within
from ..configs.files import counting_number, whole_file
from ..configs.scheme import CLAIM, Scheme, known_content
from ..configs.versions import (
    CLAIM_LAYER,
    LABEL_WORDS,
    LAYERS,
    Identity,
    Replaced,
    Version,
    has_claims,
    misfits,
    two_contents,
)
from ..configs.visible import counted
from ..eval.gold.records import Older
from .raw import raw_tasks

# Under this key, the data of a migrated task names the schemes it was annotated under, and an annotation lists the
# results that were taken out.
MIGRATED = "migrated"
ENTITIES, CLAIM_STANCES, ARTICLE_STANCES = LAYERS


@dataclass(frozen=True)
class Rule:
    """The rule for labels and stances of the scheme `old` in the scheme `new`."""

    old: Identity
    new: Scheme
    replaced: Replaced

    def successor(self, layer: str, label: str) -> str | tuple[str, ...] | None:
        """The label's new name; None if it is no longer marked, several if a person must decide.

        A label that neither scheme knows stays as it is. Raises InputError if `from` does not mention a lost label.
        """
        if layer in (CLAIM_LAYER, CLAIM_STANCES) and not self.new.has_claims:
            if self.replaced.drops_claims:
                return None
            if self.old.content is None:
                message = f"says nothing of the claims of {self.old.id}, and {self.new.id} has none: add `claim: null`"
                raise InputError(self.new.problem(("from", self.old.id), message))
        if layer == CLAIM_LAYER:
            return label
        named = self.replaced.of(layer)
        if label in named:
            return named[label]
        if label not in self._names[layer] and self.old.content is None:
            message = (
                f"says nothing of the {LABEL_WORDS[layer]} {label} of {self.old.id}, which {self.new.id} lacks: add "
                f"`{layer}: {{{label}: …}}` with what it is called now, or null"
            )
            raise InputError(self.new.problem(("from", self.old.id), message))
        return label

    def reason(self, layer: str, label: str) -> str:
        """The reason why a label without a single successor is set aside."""
        if layer == CLAIM_LAYER:
            return f"{self.new.id} has no claims"
        successor = self.successor(layer, label)
        word = f"the {LABEL_WORDS[layer]} {label} of {self.old.id}"
        if successor is None:
            return f"{self.new.id} has nothing for {word}"
        return f"{word} is {' or '.join(successor)} in {self.new.id}: a person decides"

    @property
    def event_claims(self) -> str | None:
        """The reason why claims of events are set aside; None if they stay, since articles have stances on them."""
        return None if self.new.article_stances else f"{self.new.id} has no stances of articles"

    def older(self, before: Older | None) -> Older:
        """The record of a document that is migrated; `before` is its record under the old scheme."""
        lacking: dict[str, tuple[str, ...]] = {}
        for layer in LAYERS:
            missing: set[str] = set()
            if self.old.content is not None:
                missing = set(self._names[layer]).difference(
                    *(self._successors(layer, label) for label in self.old.content.get(layer) or ())
                )
            # If a label includes a label that did not exist yet, that part could not be marked.
            missing.update(*(self._successors(layer, label) for label in (before.lacking(layer) if before else ())))
            lacking[layer] = tuple(name for name in self._names[layer] if name in missing)
        had_claims = self.old.content is None or has_claims(self.old.content)
        if self.new.has_claims and (not had_claims or (before and CLAIM in before.entities)):
            lacking[ENTITIES] += (CLAIM,)
        return Older((*(before.schemes if before is not None else ()), self.old.id), **lacking)

    def _successors(self, layer: str, label: str) -> tuple[str, ...]:
        found = self.successor(layer, label)
        return found if isinstance(found, tuple) else (found,) if found else ()

    @property
    def _names(self) -> Mapping[str, Iterable[str]]:
        new = self.new
        return {
            ENTITIES: tuple(new.entity_labels or ()),
            CLAIM_STANCES: tuple(new.claim_stances or ()),
            ARTICLE_STANCES: tuple(new.article_stances or ()),
        }


def rule_between(old: Identity, new: Scheme) -> Rule | None:
    """The rule for reading work of the old scheme under the new one; None if the new one is not a version of the old.

    If both versions have the same number before the dot, the newer one must have all labels of the older one. Otherwise
    its `from` must say what became of them. Raises InputError, with line and key of the scheme's file, if it does not.
    """
    if old.id == new.id:
        return None
    if old.content is None:
        old = old._replace(content=known_content(old.id))
    before, after = Version.of(old.id), Version.of(new.id)
    replaced = new.from_.get(old.id)
    if replaced is None:
        if before is None or after is None or before.name != after.name or before > after:
            return None
        if before.major != after.major:
            message = f"says nothing of {old.id}: give that scheme with --scheme, or say here what became of its labels"
            raise InputError(new.problem(("from",), message))
        replaced = Replaced()
    wrong = misfits(new, old.id, old.content) if old.content is not None else []
    if wrong:
        raise InputError(*(new.problem(place, message) for place, message in wrong))
    return Rule(old, new, replaced)


# --- raw exports


@dataclass
class Migration:
    """Brings the tasks of a raw export to one scheme. `changes` counts changes of labels, `tasks` the changed tasks."""

    scheme: Scheme
    changes: Counter[tuple[str, str, str]] = field(default_factory=Counter[tuple[str, str, str]])
    tasks: Counter[str] = field(default_factory=Counter[str])
    _rules: dict[tuple[str, str | None], Rule | None] = field(default_factory=dict[Any, Any])

    def task(self, task: Mapping[str, Any]) -> Mapping[str, Any]:
        """The task as if it had been made with the scheme. It stays if it was, or if the scheme is not a newer version.

        Results without a single successor are taken out, and listed in their annotation. Nothing else is changed.
        Raises InputError if `from` does not mention a lost label.
        """
        data = cast(Mapping[str, Any], task["data"])
        made_with = scheme_in(data)
        key = (made_with.id, made_with.hash)
        if key not in self._rules:
            self._rules[key] = rule_between(made_with, self.scheme)
        rule = self._rules[key]
        if rule is None:
            return task
        self.tasks[made_with.id] += 1
        older = rule.older(older_in(data))
        record: dict[str, Any] = {
            "schemes": list(older.schemes),
            "lacking": {layer: list(older.lacking(layer)) for layer in LAYERS},
        }
        annotations: list[Any] = []
        problems: list[str] = []
        for annotation in cast(list[Mapping[str, Any]], task["annotations"]):
            try:
                annotations.append(self._annotation(annotation, data, rule))
            except InputError as error:
                problems += error.problems
        if problems:
            raise InputError(*dict.fromkeys(problems))
        changed = {**data, **scheme_fields(self.scheme.identity), MIGRATED: record}
        if rule.event_claims and data.get("claims"):
            record |= {"claims": data["claims"], "reason": rule.event_claims}
            changed["claims"] = []
        elif event_claims_left_out(data):  # left out by an earlier migration
            record |= {key: data[MIGRATED][key] for key in ("claims", "reason")}
        return {**task, "data": changed, "annotations": annotations}

    def all(self, tasks: Iterable[Mapping[str, Any]], source: str) -> Iterator[Mapping[str, Any]]:
        """Each task, migrated. Raises InputError at the end, with every problem, or if no scheme was an older one."""
        problems: list[str] = []
        for task in tasks:
            where = f"{source}: task {task.get('id')}"
            try:
                migrated = self.task(task)
            except InputError as error:
                problems += within(where, error.problems)
                continue
            made_with = scheme_in(migrated["data"])
            if two := two_contents(made_with, self.scheme.identity, ("the task", "the scheme given")):
                problems.append(Problem(where, two))
            elif made_with.id != self.scheme.id:
                message = f"was made with the scheme {made_with.id}, of which {self.scheme.id} is no newer version"
                problems.append(Problem(where, message))
            yield migrated
        if not problems and not self.tasks:
            problems.append(f"{source}: is of {self.scheme.id}; there is nothing to migrate")
        if problems:
            raise InputError(*problems)

    def notes(self) -> Iterator[str]:
        """A note for each older scheme whose labels are unknown, so that missing labels are unknown too."""
        for id_, count in self.tasks.items():
            if any(rule and rule.old.id == id_ and rule.old.content is None for rule in self._rules.values()):
                yield (
                    f"{counted(count, 'task was', 'tasks were')} made with {id_}, whose labels are unknown: "
                    f"all labels of {self.scheme.id} "
                    "are taken to have existed"
                )

    def _annotation(self, annotation: Mapping[str, Any], data: Mapping[str, Any], rule: Rule) -> Mapping[str, Any]:
        result: object = annotation.get("result")
        if not isinstance(result, list):
            return annotation
        kept: list[Any] = []
        regions: dict[str, Mapping[str, Any]] = {}
        gone: set[str] = set()
        left_out = list(cast(list[Any], annotation.get(MIGRATED) or []))
        for item in cast(list[Any], result):
            labelled = _said(item)
            if labelled is None:
                kept.append(item)
                continue
            layer, key, label = labelled
            if layer in (ENTITIES, CLAIM_LAYER):
                regions[str(item.get("id"))] = item
            successor = rule.successor(layer, label)
            shown = successor if isinstance(successor, str) else " or ".join(successor or ("nothing",))
            self.changes[layer, label, shown] += 1
            if isinstance(successor, str):
                kept.append(item if successor == label else {**item, "value": {**item["value"], key: [successor]}})
            else:
                left_out.append(_left_out(item, layer, label, rule, data))
                gone |= {str(item.get("id"))} if layer in (ENTITIES, CLAIM_LAYER) else set()
        left_out += [_left_relation(item, regions, rule, data) for item in kept if _is_relation_to(gone, item)]
        kept = [item for item in kept if not _is_relation_to(gone, item)]
        return {**annotation, "result": kept, **({MIGRATED: left_out} if left_out else {})}


def write_migrated(tasks: Iterable[object], source: str, scheme: Scheme, output: Path) -> Migration:
    """Writes an export under a newer scheme, task by task; messages name the `source` of the tasks."""
    migration = Migration(scheme)
    with whole_file(output) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(dump_tasks(migration.all(raw_tasks(tasks, source), source)))
    return migration


def _said(item: object) -> tuple[str, str, str] | None:
    """A result's layer, the key of its value, and its label; None if it has no label of a scheme."""
    if not isinstance(item, dict):
        return None
    result = cast(dict[str, Any], item)
    layer = {SPAN: ENTITIES, STANCE: CLAIM_STANCES, CLAIM_STANCE: ARTICLE_STANCES}.get(kind_of(result) or "")
    key = "labels" if layer == ENTITIES else "choices"
    value: object = result.get("value")
    chosen: object = cast(dict[str, Any], value).get(key) if isinstance(value, dict) else None
    if layer is None or not isinstance(chosen, list) or len(cast(list[object], chosen)) != 1:
        return None
    label = cast(list[object], chosen)[0]
    if not isinstance(label, str):
        return None
    return CLAIM_LAYER if layer == ENTITIES and label == CLAIM else layer, key, label


def _left_out(item: Mapping[str, Any], layer: str, label: str, rule: Rule, data: Mapping[str, Any]) -> dict[str, Any]:
    """The entry in an annotation for a result that was taken out."""
    value = cast(Mapping[str, Any], item["value"])
    start, end, text = value.get("start"), value.get("end"), str(data.get("text"))
    successor = rule.successor(layer, label)
    if layer in (ENTITIES, CLAIM_LAYER):
        shown = show_span(start, end, label, text)
        notes = item.get("meta")
        if isinstance(notes, dict) and (note := cast(dict[str, Any], notes).get("text")):
            shown += f"; note: {' '.join(map(str, cast(list[Any], note))) if isinstance(note, list) else note}"
    elif layer == CLAIM_STANCES:
        shown = f"stance {label} of {show_span(start, end, CLAIM, text)}"
    else:
        shown = f"stance on {_claim_of(item, data)}: {label}"
    record: dict[str, Any] = {"what": shown, "reason": rule.reason(layer, label), "undecided": successor is not None}
    if layer == ENTITIES and isinstance(successor, tuple):
        record |= {"start": start, "end": end, "labels": list(successor)}
    return record | {"result": dict(item)}


def _is_relation_to(gone: Collection[str], item: object) -> bool:
    if not isinstance(item, dict):
        return False
    result = cast(dict[str, Any], item)
    return kind_of(result) == RELATION and not {str(result.get("from_id")), str(result.get("to_id"))}.isdisjoint(gone)


def _left_relation(
    item: Mapping[str, Any], regions: Mapping[str, Mapping[str, Any]], rule: Rule, data: Mapping[str, Any]
) -> dict[str, Any]:
    """The entry in an annotation for a relation that was taken out together with one of its regions."""
    ends = [str(item.get("from_id")), str(item.get("to_id"))]
    shown = [_shown(regions[end], data) if end in regions else f"region {end}" for end in ends]
    # From a claim to its source, in whichever direction it was drawn.
    claim, source = reversed(shown) if shown[1].startswith(f"{CLAIM} ") else shown
    reason = f"is not an entity in {rule.new.id}" if rule.new.has_claims else rule.reason(CLAIM_LAYER, CLAIM)
    return {"what": f"source {source} of {claim}", "reason": reason, "undecided": False, "result": dict(item)}


def _shown(region: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    value = cast(Mapping[str, Any], region.get("value") or {})
    label = " ".join(map(str, cast(list[Any], value.get("labels") or ())))
    return show_span(value.get("start"), value.get("end"), label, str(data.get("text")))


def _claim_of(item: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    """The id of the claim that an answer is about; its position if the task has no such claim."""
    position = str(item.get("from_name")).removeprefix(CLAIM_STANCE)
    claims = cast(list[Any], data.get("claims") or [])
    number = counting_number(position)
    if number is not None and number < len(claims) and isinstance(claims[number], dict):
        return str(claims[number].get("id"))
    return position


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An answer without a single successor in the newer scheme; it is one of `spans`."""

    what: str
    reason: str
    undecided: bool
    spans: tuple[Span, ...] = ()


def left_out_of(annotation: Mapping[str, Any]) -> list[LeftOut]:
    """The list of taken-out results in a migrated annotation. Raises InputError if it is not in Mihakk's form."""
    try:
        return [
            LeftOut(
                str(item["what"]),
                str(item["reason"]),
                bool(item["undecided"]),
                tuple(Span(item["start"], item["end"], label) for label in item.get("labels") or ()),
            )
            for item in cast(list[dict[str, Any]], annotation.get(MIGRATED) or [])
        ]
    except (KeyError, TypeError, AttributeError, InputError):
        message = f"its list of what was left out ({MIGRATED}) is not as Mihakk writes it; migrate the export anew"
        raise InputError(Problem("", message)) from None


def event_claims_left_out(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The event's claims that a migrated task lists as left out, with the reason. Raises InputError."""
    record = data.get(MIGRATED)
    if record is None:
        return []
    with _as_written(data):
        return [
            (event_claim_shown(str(claim["id"]), str(claim["text"])), str(record["reason"]))
            for claim in record.get("claims") or ()
        ]


def event_claim_shown(name: str, text: str) -> str:
    """The description of an event's claim in the list of work set aside."""
    return f"claim of the event {name}: {' '.join(text.split())}"


@contextmanager
def _as_written(data: Mapping[str, Any]) -> Generator[None]:
    """Turns any error of a record that was changed by hand into InputError."""
    try:
        yield
    except (KeyError, TypeError, AttributeError):
        message = f"its record of older schemes ({MIGRATED}) is not as Mihakk writes it; migrate the export anew"
        raise InputError(Problem(f"article {data.get('doc_id')}", message)) from None


def older_in(data: Mapping[str, Any]) -> Older | None:
    """The older schemes that a task's article was annotated under; None if there are none. Raises InputError."""
    record = data.get(MIGRATED)
    if record is None:
        return None
    with _as_written(data):
        lacking = {layer: tuple(map(str, record["lacking"][layer])) for layer in LAYERS}
        return Older(tuple(map(str, record["schemes"])), **lacking)
