"""Compares two versions of a gold set: the changes, their effect on scores, and the right version number."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from ..annotate.document import Claim, Span, claim_order
from ..configs.errors import InputError
from ..eval.gold.records import Gold, GoldDocument

T = TypeVar("T", Span, Claim)

# The kinds of changes to a span or claim.
ADDED, REMOVED, MOVED, CHANGED, RELABELLED = "added", "removed", "moved", "changed", "relabelled"
# The sizes of a change, for people with predictions or a trained model.
Level = Literal["major", "minor", "patch", "same"]
MAJOR: Level = "major"
MINOR: Level = "minor"
PATCH: Level = "patch"
SAME: Level = "same"
# The main number of each task, for a short summary.
_MAIN = {
    "entities": "entities.strict.micro.f1",
    "claims": "claims.strict.micro.f1",
    "claim_stance": "claim_stance.end_to_end.micro.f1",
    "claim_about": "claim_about.end_to_end.micro.f1",
    "attribution": "attribution.strict.micro.f1",
    "stance": "stance.strict.macro.f1",
}
_FIELDS = ("title", "outlet", "agency", "published", "url", "event_id")


@dataclass(frozen=True, slots=True)
class SpanChange:
    """An entity that was added, removed, moved (same label, other boundaries, overlapping), or relabelled.

    Offsets of `old` are into the old text, of `new` into the new one.
    """

    kind: str
    old: Span | None
    new: Span | None


@dataclass(frozen=True, slots=True)
class ClaimChange:
    """A claim that was added, removed, moved (other boundaries, overlapping) or changed in `fields`."""

    kind: str
    old: Claim | None
    new: Claim | None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentDiff:
    """The changes in a document that both versions have.

    `split` is the old and the new split, None if they are equal; `fields` has the old and new values of other facts
    about the article; `event_claims` and `stances` have, by claim id, old and new texts and answers, None if there is
    no such claim or answer.
    """

    id: str
    split: tuple[str, str] | None
    text: bool
    fields: Mapping[str, tuple[str | None, str | None]]
    entities: tuple[SpanChange, ...]
    claims: tuple[ClaimChange, ...]
    event_claims: Mapping[str, tuple[str | None, str | None]]
    stances: Mapping[str, tuple[str | None, str | None]]

    def __bool__(self) -> bool:
        return any((self.split, self.text, self.fields, self.annotations, self.event_claims))

    @property
    def annotations(self) -> int:
        """The number of changed annotations."""
        return len(self.entities) + len(self.claims) + len(self.stances)


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """The effect on the scores of a predictions file: the old and the new number by path of scores.json.

    `problems` has the reasons if the file cannot be scored on one of the versions.
    """

    predictions: str
    split: str
    numbers: Mapping[str, tuple[float | None, float | None]]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GoldDiff:
    """All changes. `added` and `removed` are documents with their splits; `labels` has added and removed labels."""

    old: Gold
    new: Gold
    added: Mapping[str, str]
    removed: Mapping[str, str]
    documents: tuple[DocumentDiff, ...]
    labels: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
    scores: ScoreChange | None = None

    def __bool__(self) -> bool:
        return any((self.added, self.removed, self.documents, self.labels))

    @property
    def counts(self) -> dict[str, int]:
        """The numbers of changed documents and annotations, by kind of change."""
        counts = {
            "documents added": len(self.added),
            "documents removed": len(self.removed),
            "documents moved to another split": sum(d.split is not None for d in self.documents),
            "texts changed": sum(d.text for d in self.documents),
        }
        for layer, kind_of_change in (("entities", RELABELLED), ("claims", CHANGED)):
            kinds = Counter(change.kind for d in self.documents for change in getattr(d, layer))
            counts |= {f"{layer} {kind}": kinds[kind] for kind in (ADDED, REMOVED, MOVED, kind_of_change)}
        counts["article stances changed"] = sum(len(d.stances) for d in self.documents)
        counts["claims of events changed"] = sum(len(d.event_claims) for d in self.documents)
        return counts

    @property
    def level(self) -> tuple[Level, str]:
        """The part of the version number that should grow, and the reason.

        Major: predictions and models made for the old version must not be scored on the new one as they are, since
        labels, texts, splits or contested claims changed, or documents are gone. Minor: documents or labels were added,
        which old predictions lack. Patch: only answers or facts about articles were corrected, so old predictions can
        be scored again at once. In all cases, scores on two versions are different numbers.
        """
        rewritten = [d for d in self.documents if any(old is not None for old, _ in d.event_claims.values())]
        asked = [d for d in self.documents if d.event_claims and d not in rewritten]
        major = {
            "the label sets differ": any(gone for gone, _ in self.labels.values()),
            "texts changed": any(d.text for d in self.documents),
            "documents changed splits": any(d.split for d in self.documents),
            "documents were removed": bool(self.removed),
            "claims of events were reworded or removed": bool(rewritten),
        }
        minor = {
            "documents were added": bool(self.added),
            "labels were added": bool(self.labels),
            "claims of events were added": bool(asked),
        }
        why = [[reason for reason, holds in reasons.items() if holds] for reasons in (major, minor)]
        if why[0]:
            return MAJOR, ", ".join(why[0])
        if why[1]:
            return MINOR, ", ".join(why[1])
        if self.documents:
            changed = any(d.annotations for d in self.documents)
            return PATCH, "only annotations were corrected" if changed else "only facts about articles were corrected"
        return SAME, "nothing changed"

    @property
    def suggested(self) -> str | None:
        """The version that the new set should have; None if the old version is not made of numbers."""
        return next_version(self.old.version, self.level[0])

    def as_json(self) -> dict[str, Any]:
        """Plain objects, for JSON."""
        level, reason = self.level
        return {
            "old": self.old.title,
            "new": self.new.title,
            "version": {"level": level, "reason": reason, "suggested": self.suggested},
            "counts": self.counts,
            "added": dict(self.added),
            "removed": dict(self.removed),
            "labels": {kind: {ADDED: list(new), REMOVED: list(old)} for kind, (old, new) in self.labels.items()},
            "documents": [asdict(document) for document in self.documents],
        } | ({"scores": asdict(self.scores)} if self.scores else {})


def version_numbers(version: str) -> tuple[int, ...] | None:
    """The one to three numbers of a version, which sort in the order of versions; None if it is not such a version."""
    return tuple(map(int, version.split("."))) if re.fullmatch(r"\d+(\.\d+){0,2}", version, re.ASCII) else None


def next_version(version: str, level: Level) -> str | None:
    """The next version, with as many numbers as needed: 1.0 → 2.0, 1.1 or 1.0.1."""
    numbers = version_numbers(version)
    if numbers is None or level == SAME:
        return version if numbers else None
    parts = list(numbers)
    at = (MAJOR, MINOR, PATCH).index(level)
    size = max(len(parts), at + 1)
    parts += [0] * (size - len(parts))
    return ".".join(map(str, [*parts[:at], parts[at] + 1, *[0] * (size - at - 1)]))


def diff(old: Gold, new: Gold) -> GoldDiff:
    """The changes from `old` to `new`. Order does not matter; equal annotations are counted, not merged."""
    splits = [{d.article.id: split for split, rows in gold.splits.items() for d in rows} for gold in (old, new)]
    before, after = old.documents(), new.documents()
    both = (
        _document_diff(before[name], after[name], (splits[0][name], splits[1][name]))
        for name in sorted(before.keys() & after.keys())
    )
    labels = {
        kind: (tuple(x for x in a if x not in b), tuple(x for x in b if x not in a))
        for kind, a, b in (
            ("entities", old.labels.entity_labels, new.labels.entity_labels),
            ("claim stances", old.labels.claim_stances, new.labels.claim_stances),
            ("article stances", old.labels.article_stances, new.labels.article_stances),
        )
        if set(a) != set(b)
    }
    return GoldDiff(
        old,
        new,
        {name: splits[1][name] for name in sorted(after.keys() - before.keys())},
        {name: splits[0][name] for name in sorted(before.keys() - after.keys())},
        tuple(document for document in both if document),
        labels,
    )


def score_change(old: Gold, new: Gold, predictions: Path, split: str) -> ScoreChange:
    """The main number of each task on both versions, computed as in `mihakk eval score`.

    Raises InputError if the file cannot be scored on either version.
    """
    from ..eval.score import evaluate

    found: list[dict[str, float | None]] = []
    problems: list[str] = []
    for gold in (old, new):
        try:
            tasks = evaluate(gold, predictions, split=split).as_json()["tasks"]
        except InputError as error:
            found.append({})
            problems += (f"on {gold.title}: {problem}" for problem in error.problems)
        else:
            found.append({path: _number(tasks, path) for path in _MAIN.values() if path.split(".")[0] in tasks})
    if not any(found) and problems:
        raise InputError(*problems)
    before, after = found
    paths = [path for path in _MAIN.values() if path in before or path in after]
    numbers = {path: (before.get(path), after.get(path)) for path in paths}
    return ScoreChange(predictions.name, split, numbers, tuple(problems))


def _number(tasks: Mapping[str, Any], path: str) -> float | None:
    node: Any = tasks
    for name in path.split("."):
        node = node[name]
    return node


def _document_diff(old: GoldDocument, new: GoldDocument, splits: tuple[str, str]) -> DocumentDiff:
    place = _places(old.article.text, new.article.text)
    claims = [{claim.id: claim.text for claim in document.claims} for document in (old, new)]
    fields = {name: (getattr(old.article, name), getattr(new.article, name)) for name in _FIELDS}
    return DocumentDiff(
        old.article.id,
        splits if splits[0] != splits[1] else None,
        old.article.text != new.article.text,
        {name: values for name, values in fields.items() if values[0] != values[1]},
        tuple(_entity_changes(old.annotation.entities, new.annotation.entities, place)),
        tuple(_claim_changes(old.annotation.claims, new.annotation.claims, place)),
        _changed(claims[0], claims[1]),
        _changed(old.annotation.stances, new.annotation.stances),
    )


def _changed(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, tuple[str | None, str | None]]:
    return {
        key: (old.get(key), new.get(key)) for key in sorted(old.keys() | new.keys()) if old.get(key) != new.get(key)
    }


# --- places and pairs ---

Edges = tuple[int, int]
Place = Callable[[int, int], Edges | None]


def _places(old: str, new: str) -> Place:
    """The place in the new text of a span of the old text; None if a boundary is in the changed part.

    The changed part is everything between the common beginning and the common end of both texts.
    """
    shortest = min(len(old), len(new))
    head = next((n for n in range(shortest) if old[n] != new[n]), shortest)
    tail = next((n for n in range(shortest - head) if old[-1 - n] != new[-1 - n]), shortest - head)
    shift, tail_start = len(new) - len(old), len(old) - tail

    def place(start: int, end: int) -> Edges | None:
        # A start belongs to the character after it, an end to the character before it.
        if head <= start < tail_start or head < end <= tail_start:
            return None
        return start if start < head else start + shift, end if end <= head else end + shift

    return place


@dataclass(frozen=True, slots=True)
class _Mark(Generic[T]):
    """A span or claim with its place in the new text (None if it has none), and its other values."""

    it: T
    place: Edges | None
    says: Mapping[str, object]

    @property
    def key(self) -> tuple[object, ...]:
        return (self.place, *self.says.values())


def _entity_changes(old: Iterable[Span], new: Iterable[Span], place: Place) -> Iterator[SpanChange]:
    left, right = _unequal(
        [_Mark(span, place(span.start, span.end), {"label": span.label}) for span in sorted(old)],
        [_Mark(span, (span.start, span.end), {"label": span.label}) for span in sorted(new)],
    )
    changed = _take(left, right, _same_place)
    moved = _take(left, right, lambda a, b: _overlap(a, b) if a.says == b.says else 0)
    yield from (SpanChange(RELABELLED, a.it, b.it) for a, b in changed)
    yield from (SpanChange(MOVED, a.it, b.it) for a, b in moved)
    yield from (SpanChange(REMOVED, a.it, None) for a in left)
    yield from (SpanChange(ADDED, None, b.it) for b in right)


def _claim_changes(old: Iterable[Claim], new: Iterable[Claim], place: Place) -> Iterator[ClaimChange]:
    left, right = _unequal(
        [_claim_mark(claim, place) for claim in sorted(old, key=claim_order)],
        [_claim_mark(claim, lambda start, end: (start, end)) for claim in sorted(new, key=claim_order)],
    )
    changed = _take(left, right, _same_place)
    moved = _take(left, right, _overlap)
    for kind, pairs in ((CHANGED, changed), (MOVED, moved)):
        for a, b in pairs:
            yield ClaimChange(kind, a.it, b.it, tuple(key for key in a.says if a.says[key] != b.says[key]))
    yield from (ClaimChange(REMOVED, a.it, None) for a in left)
    yield from (ClaimChange(ADDED, None, b.it) for b in right)


def _claim_mark(claim: Claim, place: Place) -> _Mark[Claim]:
    # A source without a place in the new text differs from all new sources.
    sources = tuple(sorted((place(source.start, source.end) or (-1, -1), source.label) for source in claim.sources))
    says = {"stance": claim.stance, "sources": sources, "about": claim.about, "note": claim.note}
    return _Mark(claim, place(claim.start, claim.end), says)


def _unequal(left: Sequence[_Mark[T]], right: Sequence[_Mark[T]]) -> tuple[list[_Mark[T]], list[_Mark[T]]]:
    """The rest of both sides after equal items are removed, one for one."""
    common = Counter(mark.key for mark in left) & Counter(mark.key for mark in right)

    def rest(marks: Sequence[_Mark[T]]) -> list[_Mark[T]]:
        out = common.copy()
        out.subtract(mark.key for mark in marks)
        kept: list[_Mark[T]] = []
        # Among equal items it does not matter which is removed.
        for mark in marks:
            if out[mark.key] < 0:
                out[mark.key] += 1
                kept.append(mark)
        return kept

    return rest(left), rest(right)


def _take(
    left: list[_Mark[T]], right: list[_Mark[T]], likeness: Callable[[_Mark[T], _Mark[T]], int]
) -> list[tuple[_Mark[T], _Mark[T]]]:
    """Removes pairs from both lists, the most similar pairs first; pairs with similarity 0 stay."""
    alike = [(-likeness(a, b), i, j) for i, a in enumerate(left) for j, b in enumerate(right)]
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for unlike, i, j in sorted(alike):
        if unlike < 0 and i not in pairs and j not in taken:
            pairs[i] = j
            taken.add(j)
    found = [(left[i], right[j]) for i, j in sorted(pairs.items())]
    left[:] = [a for i, a in enumerate(left) if i not in pairs]
    right[:] = [b for j, b in enumerate(right) if j not in taken]
    return found


def _same_place(a: _Mark[T], b: _Mark[T]) -> int:
    """The number of equal values of two marks at one place, plus 1."""
    return 1 + sum(a.says[key] == b.says[key] for key in a.says) if a.place == b.place else 0


def _overlap(a: _Mark[T], b: _Mark[T]) -> int:
    if a.place is None or b.place is None:
        return 0
    return max(0, min(a.place[1], b.place[1]) - max(a.place[0], b.place[0]))
