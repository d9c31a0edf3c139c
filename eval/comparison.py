"""Compares systems with a baseline: paired, by event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ..annotate.placing.policy import Policy
from ..configs.errors import InputError
from .gold_side import gold_side, plain_predictions, read_predicted
from .score import signature_of
from .sides import bring_together, named_mapping, tallies
from .source import name_of, source_of
from .tally import IOU, Floats, Tally
from .uncertainty import (
    CHOICE,
    FEW_EVENTS,
    RATES,
    Interval,
    enough,
    event_units,
    exchanges,
    holm,
    interval,
    numbers,
    p_value,
    resamples,
)

if TYPE_CHECKING:
    from pandas import DataFrame

    from .columns import Columns
    from .sides import AnyMapping
    from .source import Given, Source


@dataclass(frozen=True, slots=True)
class Difference:
    """One number of two systems: `b` minus `a`, its 95 % interval, and the p-value of a paired permutation test.

    `p_holm` is p adjusted for the number of systems compared with `a`. Values are None if a number is not defined, or
    if there are too few events.
    """

    a: float
    b: float
    difference: float
    interval: Interval | None
    p: float | None
    p_holm: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The differences between `systems` and the `baseline`.

    `differences[system]["entities.strict.micro.f1"]` is a Difference; the keys are the paths of scores.json.
    """

    signature: str
    baseline: str
    systems: tuple[str, ...]
    differences: Mapping[str, Mapping[str, Difference]]
    notes: tuple[str, ...]

    def to_frame(self) -> DataFrame:
        """A pandas table with a row for each system and number: see `comparison_frame`."""
        from .frames import comparison_frame

        return comparison_frame(self)

    def as_json(self) -> dict[str, Any]:
        """The same as plain objects."""
        return {
            "signature": self.signature,
            "baseline": self.baseline,
            "differences": {
                system: {
                    path: {
                        "a": d.a,
                        "b": d.b,
                        "difference": d.difference,
                        "interval": list(d.interval) if d.interval else None,
                        "p": d.p,
                        "p_holm": d.p_holm,
                    }
                    for path, d in differences.items()
                }
                for system, differences in self.differences.items()
            },
            "notes": list(self.notes),
        }


def compare(
    gold: Given,
    *predictions: Given | Mapping[str, Given],
    split: str = "test",
    resampled: int = 1000,
    seed: int = 13,
    mapping: AnyMapping | None = None,
    iou: float = IOU,
    offsets: str = "code-points",
    mentions: str = "order",
) -> Comparison:
    """Compares each system with the first, number by number.

    Gold, predictions, `mapping`, `offsets` and `mentions` have the same forms as for `evaluate`. A dict of predictions
    names each system.

    Intervals come from the paired bootstrap over events (Berg-Kirkpatrick et al. 2012, percentile). p-values are
    two-sided, from the paired permutation test that exchanges both systems' answers on an event (Yeh 2000). Both use
    `resampled` draws. With several systems p is also adjusted by Holm's method. Raises InputError.
    """
    given = _by_name(predictions)
    if len(given) < 2:
        raise InputError("compare needs at least two systems' predictions")
    reference = source_of(gold)
    named = named_mapping(mapping, reference)
    policy = Policy.named(offsets, mentions)
    side = gold_side(reference, split)
    units = event_units(side.columns.ids, side.columns.events, seed)
    known = side.under(named)
    sources: list[Source] = []
    read: list[Columns] = []
    for _, system in given:
        source, plain = plain_predictions(system)
        sources.append(source)
        read.append(read_predicted(source, known, plain, policy))
    names = _names([name for name, _ in given], sources)
    if side.entity_labels is None and not named:
        # All systems need the same set of labels, so that rows mean the same.
        every = {label for columns in (side.columns, *read) for label in columns.entity_labels}
        side = replace(side, entity_labels=tuple(sorted(every)))
    notes: list[str] = []
    counted: list[dict[str, dict[str, Tally]]] = []
    for name, columns in zip(names, read, strict=True):
        sides = bring_together(side, columns, named)
        tallied, more = tallies(sides, units, iou=iou)
        counted.append(tallied)
        notes += (f"{name}: {note}" for note in (*sides.notes, *more))
    few = units.count < FEW_EVENTS
    if few:
        notes.append(f"{units.count} events are too few for intervals and tests; at least {FEW_EVENTS} are needed")
    both = {task: schemes for task, schemes in counted[0].items() if all(task in each for each in counted)}
    for name, tallied in zip(names, counted, strict=True):
        left = sorted(set(tallied) - set(both))
        if left:
            notes.append(f"{name}: {', '.join(left)} are not compared, as not all systems have them")
    weights = resamples(units.count, resampled, seed)
    swaps, every_swap = exchanges(units.count, resampled, seed)
    differences: dict[str, dict[str, Difference]] = {name: {} for name in names[1:]}
    for task, schemes in both.items():
        for scheme in schemes:
            if not all(scheme in tallied[task] for tallied in counted):
                continue
            first = counted[0][task][scheme]
            for name, tallied in zip(names[1:], counted[1:], strict=True):
                drawn = _differences(first, tallied[task][scheme], weights, swaps, every_swap, few)
                differences[name] |= {f"{task}.{scheme}.{path}": d for path, d in drawn.items()}
    policies = tuple(dict.fromkeys(part for columns in read for part in columns.policy))
    tests = f"bootstrap+permutation({'event' if side.columns.events else 'document'},{resampled},seed={seed})"
    signature = signature_of(side, both, tests, named.title if named else None, iou, policies)
    return Comparison(signature, names[0], tuple(names[1:]), _with_holm(differences), tuple(dict.fromkeys(notes)))


def _by_name(predictions: Sequence[Given | Mapping[str, Given]]) -> list[tuple[str | None, Given]]:
    """Each system's predictions, with its name if it has one."""
    listed: list[tuple[str | None, Given]] = []
    for system in predictions:
        if isinstance(system, Mapping):
            listed += cast("Mapping[str, Given]", system).items()
        else:
            listed.append((None, system))
    return listed


def _names(given: Sequence[str | None], sources: Sequence[Source]) -> list[str]:
    """The given names, else the files' names. If two are equal: with numbers."""
    names = [name or name_of(source) for name, source in zip(given, sources, strict=True)]
    return names if len(set(names)) == len(names) else [f"{n}:{name}" for n, name in enumerate(names, 1)]


def _differences(a: Tally, b: Tally, weights: Floats, swaps: Floats, every: bool, few: bool) -> dict[str, Difference]:
    """The differences of all numbers of two tallies, by the last part of their path."""
    once = np.ones((1, weights.shape[1]))
    differences: dict[str, Difference] = {}
    exchanged = [_mixed(a, b, swaps), _mixed(b, a, swaps)]
    enough_events = enough(a) | enough(b)
    for kind, numbers_a in numbers(a, once).items():
        numbers_b = numbers(b, once)[kind]
        with np.errstate(invalid="ignore"):
            limits = interval(numbers(b, weights)[kind] - numbers(a, weights)[kind])
            moved = exchanged[1][kind] - exchanged[0][kind]
            # A permutation in which a number is undefined shows no difference.
            p = p_value(numbers_b[0] - numbers_a[0], np.nan_to_num(moved), every)
        for path, at in _paths(a.labels, kind):
            x, y = float(numbers_a[0][at]), float(numbers_b[0][at])
            if x != x or y != y:
                continue
            sure = not few and bool(enough_events[at[0]] if kind == "rates" else enough_events[0])
            low, high = (float(limit) for limit in limits[at])
            differences[path] = Difference(
                x, y, y - x, (low, high) if sure else None, float(p[at]) if sure else None, None
            )
    return differences


def _mixed(a: Tally, b: Tally, swaps: Floats) -> dict[str, Floats]:
    """The numbers of `a` when, in each permutation, the units marked in `swaps` have the counts of `b`."""
    joined = Tally(
        a.labels,
        np.concatenate((a.counts, b.counts), axis=-1),
        None if a.confusion is None or b.confusion is None else np.concatenate((a.confusion, b.confusion), axis=-1),
    )
    return numbers(joined, np.concatenate((1 - swaps, swaps), axis=1))


def _paths(labels: Sequence[str], kind: str) -> list[tuple[str, tuple[int, ...]]]:
    if kind == "choice":
        return [(name, (n,)) for n, name in enumerate(CHOICE)]
    rows = ["micro", "macro", *(f"labels.{label}" for label in labels)]
    return [(f"{row}.{rate}", (r, n)) for r, row in enumerate(rows) for n, rate in enumerate(RATES)]


def _with_holm(differences: Mapping[str, Mapping[str, Difference]]) -> dict[str, dict[str, Difference]]:
    """Each path's p-values adjusted for the number of systems."""

    done = {system: dict(by_path) for system, by_path in differences.items()}
    for path in {path: None for by_path in done.values() for path in by_path}:
        systems = [system for system, by_path in done.items() if path in by_path and by_path[path].p is not None]
        adjusted = holm([done[system][path].p or 0.0 for system in systems])
        for system, p in zip(systems, adjusted, strict=True):
            done[system][path] = replace(done[system][path], p_holm=p)
    return done
