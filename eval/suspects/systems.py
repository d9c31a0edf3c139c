"""The systems that vote on a gold set, read from files of predictions. Similar systems have one vote together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

from ...annotate.copies import roots
from ...configs.errors import InputError
from ...configs.labels import layers
from ...configs.visible import counted
from ..gold.records import ALL, Gold
from ..gold.rows import prediction_row
from ..gold_side import predictions_on
from ..source import name_of, predictions_source
from .places import Answer, System, inside, joined

# Systems that agree in more than this share of places have one vote together. With fewer places nothing is known.
KIN = 0.95
_ENOUGH = 20


def read_systems(gold: Gold, given: Sequence[Path]) -> tuple[list[System], list[str]]:
    """The systems of these predictions, and notes. If systems agree nearly everywhere, only the first is kept.

    Raises InputError with every problem of the predictions, for a file without entities, and for a repeated file.
    """
    twice = [path for n, path in enumerate(given) if path in given[:n]]
    problems: list[str] = [f"{path}: is given twice; a system has one vote" for path in dict.fromkeys(twice)]
    notes: list[str] = []
    systems: list[System] = []
    for path in given:
        try:
            source = predictions_source(path)
            if isinstance(source, Gold):  # another gold set of the same articles
                source = tuple(prediction_row(document, layers(source.labels)) for document in source.split(ALL))
            read = predictions_on(gold, source)
        except InputError as error:
            problems += error.problems
            continue
        if "entities" not in read.tasks:
            problems.append(f"{path}: has no entities; suspects are places where systems marked something")
        if lost := sum(len(document.unplaced) for document in read.documents):
            notes.append(f"{path}: {counted(lost, 'mention')} not found in the text, so there is no place to look at")
        are_chances = all(0 <= score <= 1 for document in read.documents for score in document.scores.values())
        if not are_chances:
            notes.append(f"{path}: has scores outside 0 to 1; they are not probabilities, so its scores do not count")
        answers = {
            document.id: Answer(frozenset(document.entities), document.scores if are_chances else {})
            for document in read.documents
        }
        systems.append(System(_new_name(path, systems), answers))
    if problems:
        raise InputError(*problems)
    return _without_kin(gold, systems, notes), notes


def _new_name(path: Path, systems: Sequence[System]) -> str:
    """A file's name, or its path if another system has the same name."""
    name = name_of(path)
    return str(path) if name in {system.name for system in systems} else name


def _without_kin(gold: Gold, systems: Sequence[System], notes: list[str]) -> list[System]:
    """The systems; of similar ones only the first by name."""
    links: list[tuple[str, str]] = []
    for first, second in combinations(sorted(systems, key=lambda system: system.name), 2):
        same, total = _agreement(gold, first, second)
        if total >= _ENOUGH and same > KIN * total:
            links.append((second.name, first.name))
            notes.append(
                f"{first.name} and {second.name} agree in {same} of {total} places: "
                "they are too similar, and have one vote together"
            )
    groups: dict[str, list[str]] = {}
    for name, root in roots(links).items():
        groups.setdefault(root, []).append(name)
    silent = {name for names in groups.values() for name in sorted(names)[1:]}
    return [system for system in systems if system.name not in silent]


def _agreement(gold: Gold, first: System, second: System) -> tuple[int, int]:
    """The number of places where both systems agree, and the number of all places."""
    same = total = 0
    for name, document in gold.documents().items():
        if name in first.answers and name in second.answers:
            answers = first.answers[name].entities, second.answers[name].entities
            for start, end in joined({*document.annotation.entities, *answers[0], *answers[1]}):
                versions = [inside(spans, start, end) for spans in answers]
                same += versions[0] == versions[1]
                total += 1
    return same, total
