"""How much gold is enough: estimates from the events so far what more events would show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..configs.errors import InputError, did_you_mean
from .comparison import Systems, count_systems
from .difference import difference_spreads
from .intervals import FEW_EVENTS, THIN, enough, spreads
from .power import POWER, half_width, likely, needed, smallest_difference
from .rates import POOLED, Floats, number_paths
from .score import signature_of
from .tally import IOU, Tally

if TYPE_CHECKING:
    from .sides import AnyMapping
    from .source import Given

EVENTS = (10, 20, 50, 100, 200)
LIKELY = ("value", "low", "high")
# With this many events the estimates are good.
GOOD_PILOT = 20


@dataclass(frozen=True, slots=True)
class Likely:
    """An estimate and its 90 % range, since the events so far are only a sample."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Needed:
    """The number of events with which an estimate is at most `target`, and its 90 % range.

    None means more than MOST_EVENTS.
    """

    target: float
    events: int | None
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class PlanRow:
    """For a number of events: half the 95 % interval of a, and the difference that would be seen 4 times in 5."""

    events: int
    half_width: Likely
    difference: Likely | None


@dataclass(frozen=True, slots=True)
class Plan:
    """The precision of a number of scores.json with other numbers of events, estimated from `events` events.

    `effective_events` is the number of events of equal size with the same weight. `b` and differences are None unless
    two systems were given.
    """

    number: str
    a: float
    b: float | None
    unit: str
    events: int
    effective_events: float
    spans_per_event: float
    rows: tuple[PlanRow, ...]
    within: Needed | None
    difference: Needed | None
    notes: tuple[str, ...]
    signature: str

    def as_json(self) -> dict[str, Any]:
        """Plain objects, for JSON."""
        return asdict(self)


def plan(
    gold: Given,
    a: Given,
    b: Given | None = None,
    *,
    number: str = "entities.strict.micro.f1",
    events: Sequence[int] = EVENTS,
    within: float | None = None,
    difference: float | None = None,
    split: str = "test",
    mapping: AnyMapping | None = None,
    iou: float = IOU,
) -> Plan:
    """Estimates what other numbers of events would show about a number of `a`, and its difference from that of `b`.

    `number` is a path of scores.json. `within` asks for the number of events with which half the interval of `a` is at
    most this wide; `difference` for the number with which such a difference is seen 4 times in 5. Gold, predictions and
    `mapping` have the same forms as for `evaluate`. Raises InputError.
    """
    problems = [
        f"{name} must be a number above 0, not {value:g}"
        for name, value in (("within", within), ("difference", difference))
        if value is not None and not 0 < value < inf
    ]
    problems += [f"events must be {FEW_EVENTS} or more, not {count}" for count in events if count < FEW_EVENTS]
    if difference is not None and b is None:
        problems.append("a difference is between two systems: give a second predictions file, such as a baseline's")
    if problems:
        raise InputError(*problems)
    number = number.removeprefix("tasks.")
    given = [(None, system) for system in (a, b) if system is not None]
    systems = count_systems(gold, given, split=split, mapping=mapping, iou=iou)
    located = [_number(tallies, number, name) for tallies, name in zip(systems.tallies, systems.names, strict=True)]
    (tally, kind, at), count = located[0], systems.units.count
    row = at[0] if kind == "rates" else 0
    if not bool(enough(tally)[row]):
        raise InputError(
            f"{number} rests on fewer than {FEW_EVENTS} {systems.unit}s: too few to plan from; "
            "predict on more of them, as with --split all"
        )
    spread = spreads(tally)[kind]
    if np.isnan(spread.value[at]):
        raise InputError(f"{number} of {systems.names[0]} is not defined (0/0): there is nothing to plan from")

    @cache
    def width(n: float) -> _Spread:
        wide = spreads(tally, n / count)[kind]
        return _Spread(float(wide.variance_of_value()[at]), float(wide.df[at]))

    figure_a = _Figure(half_width, width, count)
    figure_b = value_b = None
    if b is not None:
        tally_b = located[1][0]
        spread_of_difference = difference_spreads(tally, tally_b)[kind]
        if np.isnan(spread_of_difference.value[at]):
            raise InputError(f"{number} of {systems.names[1]} is not defined (0/0): there is nothing to plan from")

        @cache
        def apart(n: float) -> _Spread:
            wide = difference_spreads(tally, tally_b, n / count)[kind]
            return _Spread(float(wide.variance[at]), float(wide.df[at]))

        figure_b = _Figure(smallest_difference, apart, count)
        value_b = float(spread.value[at] + spread_of_difference.value[at])
    rows = tuple(PlanRow(n, figure_a.at(n), figure_b.at(n) if figure_b else None) for n in events)
    sizes = tally.counts[max(row - len(POOLED) + 1, 0), 3]
    test = f"jackknife({systems.unit})|power:{POWER:g}"
    path = number.split(".")
    return Plan(
        number,
        float(spread.value[at]),
        value_b,
        systems.unit,
        count,
        float(spread.df[at]) + 1,
        float(sizes.mean()),
        rows,
        figure_a.needed(within) if within is not None else None,
        figure_b.needed(difference) if figure_b and difference is not None else None,
        (*systems.notes, *_notes(sizes, count, systems, figure_b is None)),
        signature_of(systems.side, {path[0]: {path[1]: None}}, test, systems.mapping, iou),
    )


class _Spread(NamedTuple):
    """A variance with its degrees of freedom."""

    variance: float
    df: float


@dataclass(frozen=True, slots=True)
class _Figure:
    """An estimate for any number of events. `spread` returns the spread for so many events like those of the pilot."""

    of: Callable[[float, float], Floats]
    spread: Callable[[float], _Spread]
    pilot: int

    def at(self, events: int) -> Likely:
        low, middle, high = likely(self.spread(self.pilot).df)
        there = self.spread(events)
        value = float(self.of(*there))
        # If the pilot has hardly any errors, there may be more: the upper end uses the variance of the pilot itself,
        # which counts half an error more for its few spans.
        most = float(self.of(max(there.variance, self.spread(self.pilot).variance * self.pilot / events), there.df))
        return Likely(value * middle, value * low, most * high)

    def needed(self, target: float) -> Needed:
        value, low, high = (needed(lambda n, end=end: getattr(self.at(n), end), target) for end in LIKELY)
        return Needed(target, value, low, high)


def _number(tallies: Any, number: str, system: str) -> tuple[Tally, str, tuple[int, ...]]:
    """The tally of the number, its kind, and its position in the array of this kind."""
    paths: dict[str, tuple[Tally, str, tuple[int, ...]]] = {
        f"{task}.{scheme}.{path}": (tally, kind, at)
        for task, schemes in tallies.items()
        for scheme, tally in schemes.items()
        for kind in ("rates", *(("choice",) if tally.confusion is not None else ()))
        for path, at in number_paths(tally.labels, kind).items()
    }
    if number not in paths:
        raise InputError(f"--number {number}: the scores of {system} have no such number{did_you_mean(number, paths)}")
    return paths[number]


def _notes(sizes: Any, count: int, systems: Systems, alone: bool) -> list[str]:
    unit = f"{systems.unit}s"
    notes: list[str] = []
    if count < THIN:
        notes.append(f"WARNING: {count} {unit} are too few to plan from; {THIN} are the least, {GOOD_PILOT} are better")
    else:
        notes.append(
            f"{count} {unit} are a pilot; the numbers in brackets show how far it may be off: plan with the larger"
        )
    share = sizes.max() / max(sizes.sum(), 1)
    if share >= 1 / 3:
        notes.append(
            f"one {systems.unit} has {share:.0%} of all spans: more such ones may come, so plan for more {unit}"
        )
    if alone:
        notes.append("differences between systems need a second predictions file, such as a baseline's")
    return notes
