"""Compares systems with a baseline: paired, by event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ..annotate.placing.policy import DEFAULT, Policy
from ..configs.errors import InputError
from ..configs.visible import counted
from .difference import DifferenceSpread, difference_spreads
from .gold_side import GoldSide, gold_side, plain_predictions, read_predicted
from .intervals import FEW_EVENTS, THIN, Interval, enough
from .power import smallest_difference
from .rates import POOLED, RATES, Floats, number_paths
from .score import signature_of
from .scored import tallies
from .sides import Sides, bring_together, named_mapping
from .source import name_of, source_of
from .tally import IOU, Tally, Units
from .uncertainty import event_units, exchanges, holm, numbers, p_value, unit_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from .columns import Columns
    from .sides import AnyMapping
    from .source import Given, Source


# The levels of p for one, two and three stars.
LEVELS = (0.05, 0.01, 0.001)
# On fewer differing events no permutation test can reach p = 0.05: with k events the smallest p is 2 / 2^k.
ENOUGH_TO_TEST = 6
LEGEND = (
    "* p < 0.05, ** p < 0.01, *** p < 0.001: paired permutation test, Holm's method for several systems; "
    f"– where fewer than {ENOUGH_TO_TEST} events differ"
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One number of two systems: `b` minus `a`, its 95 % interval, and the p-value of a paired permutation test.

    `p_holm` is p adjusted for the number of systems compared with `a`. `events` is the number of events on which the
    systems differ; `least_p` is the smallest p that a permutation test can give with them. There is no test with fewer
    than six. Values are None if a number is not defined, or if there are too few events.
    """

    a: float
    b: float
    difference: float
    interval: Interval | None
    p: float | None
    p_holm: float | None
    events: int
    least_p: float

    @property
    def stars(self) -> str:
        """Up to three stars, see LEGEND."""
        return "" if self.p_holm is None else "*" * sum(self.p_holm < level for level in LEVELS)

    def as_json(self) -> dict[str, Any]:
        """The same as plain objects."""
        return asdict(self) | {"interval": list(self.interval) if self.interval else None}


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

    def _repr_html_(self) -> str:
        """The view in a notebook."""
        from .pages.notebook import comparison_html

        return comparison_html(self)

    def figure(self) -> Figure:
        """A figure for a paper, see `comparison_figure`. Raises InputError if matplotlib is not installed."""
        from .pages.figures import comparison_figure

        return comparison_figure(self)

    def as_json(self) -> dict[str, Any]:
        """The same as plain objects."""
        return {
            "signature": self.signature,
            "baseline": self.baseline,
            "differences": {
                system: {path: difference.as_json() for path, difference in differences.items()}
                for system, differences in self.differences.items()
            },
            "notes": list(self.notes),
        }

    def tree(self, system: str) -> dict[str, Any]:
        """The differences of a system in the structure of scores.json: by task, scheme, row and rate."""
        tree: dict[str, Any] = {}
        for path, difference in self.differences[system].items():
            task, scheme, rest = path.split(".", 2)
            row, _, rate = rest.rpartition(".")
            node = tree.setdefault(task, {}).setdefault(scheme, {})
            for key in ("labels", row.removeprefix("labels.")) if row.startswith("labels.") else (row,) if row else ():
                node = node.setdefault(key, {})
            # Ends of intervals have paths, as in scores.json.
            intervals = {"difference": list(difference.interval)} if difference.interval else {}
            node[rate] = difference.as_json() | {"intervals": intervals}
        return tree


@dataclass(frozen=True, slots=True)
class Systems:
    """Systems counted on one gold set: `sides` and `tallies` (by task and scheme) are in the order of `names`."""

    side: GoldSide
    units: Units
    names: tuple[str, ...]
    sides: tuple[Sides, ...]
    tallies: tuple[Mapping[str, Mapping[str, Tally]], ...]
    notes: tuple[str, ...]
    mapping: str | None
    iou: float
    policy: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        return unit_of(self.side.columns.events)


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

    Intervals come from the jackknife over events, see `difference`. p-values are two-sided, from the paired permutation
    test that exchanges both systems' answers on an event (Yeh 2000). All permutations are tried if at most twelve
    events differ, otherwise `resampled` random ones. With several systems p is also adjusted by Holm's method. Raises
    InputError.
    """
    policy = Policy.named(offsets, mentions)
    systems = count_systems(gold, _by_name(predictions), split=split, mapping=mapping, iou=iou, policy=policy)
    return compare_systems(systems, resampled=resampled, seed=seed)


def compare_systems(systems: Systems, *, resampled: int = 1000, seed: int = 13) -> Comparison:
    """Compares systems that were counted; see `compare`."""
    if len(systems.names) < 2:
        raise InputError("compare needs at least two systems' predictions")
    notes = list(systems.notes)
    first, *others = systems.tallies
    both = {task: schemes for task, schemes in first.items() if all(task in tallied for tallied in others)}
    for name, tallied in zip(systems.names, systems.tallies, strict=True):
        left = sorted(set(tallied) - set(both))
        if left:
            notes.append(f"{name}: {', '.join(left)} are not compared, as not all systems have them")
    baseline, *named = systems.names
    differences: dict[str, dict[str, Difference]] = {}
    for name, tallied in zip(named, others, strict=True):
        differences[name] = {}
        for task, schemes in both.items():
            for n, scheme in enumerate(scheme for scheme in schemes if scheme in tallied[task]):
                pair = schemes[scheme], tallied[task][scheme]
                spreads = difference_spreads(*pair)
                drawn = _differences(*pair, spreads, resampled, seed)
                differences[name] |= {f"{task}.{scheme}.{path}": d for path, d in drawn.items()}
                if n == 0:
                    notes += _on_difference(task, baseline, name, spreads["rates"], systems)
    count = systems.units.count
    if count < FEW_EVENTS:
        are = counted(count, f"{systems.unit} is", f"{systems.unit}s are")
        notes.append(f"{are} too few for intervals and tests; at least {FEW_EVENTS} are needed")
    elif count < THIN:
        notes.append(f"all differences rest on {count} {systems.unit}s: with fewer than {THIN}, they say little")
    tests = f"jackknife({systems.unit})|p:permutation({systems.unit},{resampled},seed={seed})"
    signature = signature_of(systems.side, both, tests, systems.mapping, systems.iou, systems.policy)
    return Comparison(signature, baseline, tuple(named), _with_holm(differences), tuple(dict.fromkeys(notes)))


def count_systems(
    gold: Given,
    given: Sequence[tuple[str | None, Given]],
    *,
    split: str,
    mapping: AnyMapping | None,
    iou: float,
    policy: Policy = DEFAULT,
) -> Systems:
    """Reads gold once and each system's predictions, and counts them by event. Raises InputError."""
    reference = source_of(gold)
    named_map = named_mapping(mapping, reference)
    side = gold_side(reference, split)
    units = event_units(side.columns.ids, side.columns.events)
    known = side.under(named_map)
    sources: list[Source] = []
    read: list[Columns] = []
    for _, system in given:
        source, plain = plain_predictions(system)
        sources.append(source)
        read.append(read_predicted(source, known, plain, policy))
    names = _names([name for name, _ in given], sources)
    if side.entity_labels is None and not named_map:
        # All systems need the same set of labels, so that rows have the same meaning.
        every = {label for columns in (side.columns, *read) for label in columns.entity_labels}
        side = replace(side, entity_labels=tuple(sorted(every)))
    notes: list[str] = []
    every_tally: list[Mapping[str, Mapping[str, Tally]]] = []
    every_sides: list[Sides] = []
    for name, columns in zip(names, read, strict=True):
        sides = bring_together(side, columns, named_map)
        tallied, more = tallies(sides, units, iou=iou)
        every_tally.append(tallied)
        every_sides.append(sides)
        notes += (f"{name}: {note}" for note in (*sides.notes, *more))
    policies = tuple(dict.fromkeys(part for columns in read for part in columns.policy))
    title = named_map.title if named_map else None
    return Systems(
        side, units, tuple(names), tuple(every_sides), tuple(every_tally), tuple(notes), title, iou, policies
    )


def _on_difference(task: str, a: str, b: str, spread: DifferenceSpread, systems: Systems) -> Iterator[str]:
    """Notes on the pooled F1 of two systems under the first scheme."""
    if systems.units.count < FEW_EVENTS:
        return
    at = POOLED.index("micro"), RATES.index("f1")
    differ = int(spread.differ[at])
    unit = f"{systems.unit}s"
    if differ == 0:
        yield f"{task}: {a} and {b} have equal counts on every {systems.unit}"
        return
    if differ < ENOUGH_TO_TEST:
        yield (
            f"{task}: {a} and {b} differ on only {differ} {unit}, so no permutation test can reach p = 0.05 (smallest "
            f"possible p: {least_p(differ):g}); go by the interval"
        )
    low, high = spread.interval()[at].tolist()
    if low <= 0 <= high:
        count = systems.units.count
        seen = float(smallest_difference(spread.variance[at], spread.df[at]))
        yield (
            f"{task}: no difference in F1 between {a} and {b} is shown, which does not mean that there is none: "
            f"{count} {unit} show a difference of {seen:.3f} four times in five"
        )


def least_p(differ: int) -> float:
    """The smallest two-sided p of a permutation test if systems differ on this many events."""
    return 2.0 ** (1 - differ) if differ else 1.0


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


def _differences(
    a: Tally, b: Tally, spreads: Mapping[str, DifferenceSpread], resampled: int, seed: int
) -> dict[str, Difference]:
    """The differences of all numbers of two tallies, by the last part of their path."""
    once = np.ones((1, a.counts.shape[-1]))
    reported = enough(a) | enough(b)
    differ = (a.counts != b.counts).any((0, 1))
    if a.confusion is not None and b.confusion is not None:
        differ |= (a.confusion != b.confusion).any((0, 1))
    tested = differ.sum() >= ENOUGH_TO_TEST
    swaps, every = exchanges(differ, resampled, seed) if tested else (once * 0, True)
    exchanged = [_mixed(a, b, swaps), _mixed(b, a, swaps)]
    values = [{kind: array[..., 0] for kind, array in numbers(tally, once).items()} for tally in (a, b)]
    differences: dict[str, Difference] = {}
    for kind, spread in spreads.items():
        bounds = spread.interval()
        # A permutation in which a number is undefined shows no difference.
        with np.errstate(invalid="ignore"):
            p = p_value(spread.value, np.nan_to_num(exchanged[1][kind] - exchanged[0][kind]), every)
        for path, at in number_paths(a.labels, kind).items():
            x, y = (float(side[kind][at]) for side in values)
            if x != x or y != y:
                continue
            sure = bool(reported[at[0]] if kind == "rates" else reported[0])
            low, high = bounds[at].tolist()
            most = 2.0 if path == "kappa" else 1.0
            events = int(spread.differ[at])
            differences[path] = Difference(
                x,
                y,
                y - x,
                (max(low, -most), min(high, most)) if sure and low == low else None,
                float(p[at]) if sure and events >= ENOUGH_TO_TEST else None,
                None,
                events,
                least_p(events),
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


def _with_holm(differences: Mapping[str, Mapping[str, Difference]]) -> dict[str, dict[str, Difference]]:
    """The p-values of each path, adjusted for the number of tested systems.

    A system without a test does not count: its p could not be below 0.05, so it cannot be a false alarm.
    """
    done = {system: dict(by_path) for system, by_path in differences.items()}
    for path in {path: None for by_path in done.values() for path in by_path}:
        systems = [system for system, by_path in done.items() if path in by_path and by_path[path].p is not None]
        adjusted = holm([done[system][path].p or 0.0 for system in systems])
        for system, p in zip(systems, adjusted, strict=True):
            done[system][path] = replace(done[system][path], p_holm=p)
    return done
