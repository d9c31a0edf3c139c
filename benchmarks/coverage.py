"""How often 95 % intervals hold the truth, on made gold sets whose truth is known: see README.md beside this file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from mihakk.eval.comparison import ENOUGH_TO_TEST
from mihakk.eval.difference import DifferenceSpread, difference_spreads
from mihakk.eval.intervals import enough, spreads
from mihakk.eval.power import half_width, likely
from mihakk.eval.tally import Tally
from mihakk.eval.uncertainty import exchanges, numbers, p_value, percentiles, resamples

Floats = Any
MICRO, MACRO, WEIGHTED = 0, 1, 2
F1 = 2
SEED = 20261126


@dataclass(frozen=True)
class Family:
    """Events: sizes lognormal around `size` spans (1 is exactly 1), right by a share that differs by event.

    `recall` and `precision` are on the logit scale at the middle event; `effect` is the standard deviation of an event
    on that scale; `by_size` lowers recall in large events; a share `failing` of events has none of the label right.
    """

    size: float
    sigma: float
    recall: float
    precision: float
    effect: float
    by_size: float = 0.0
    failing: float = 0.0
    poisson: bool = False

    def draw(self, rng: np.random.Generator, events: int, gain: float = 0.0) -> tuple[Floats, Floats]:
        """Correct, gold and predicted spans of each event, for a system and for one that is better by `gain` (logit).

        Both find hard what is hard: they share three quarters of the effect of an event.
        """
        if self.size == 1 and not self.poisson:
            gold = np.ones(events, np.int64)
        elif self.poisson:
            gold = rng.poisson(rng.gamma(1.0, self.size, events))
        else:
            gold = np.maximum(np.rint(rng.lognormal(np.log(self.size), self.sigma, events)), 1).astype(np.int64)
        shared = rng.normal(size=events)
        failed = rng.random(events) < self.failing
        sides = []
        for more in (0.0, gain):
            effect = self.effect * (0.866 * shared + 0.5 * rng.normal(size=events))
            large = self.by_size * np.log(np.maximum(gold, 1) / self.size)
            right = rng.binomial(gold, np.where(failed, 0.0, share(self.recall + more + effect - large)))
            # As many spurious spans as precision wants of what was to be found; so P is a share of its own.
            wrong = 1 / share(self.precision + more + effect) - 1
            spurious = rng.poisson(gold * share(self.recall + more) * wrong)
            sides.append(np.stack((right, 0 * right, 0 * right, gold, right + spurious)))
        return sides[0], sides[1]


def share(logit: Floats) -> Floats:
    return 1 / (1 + np.exp(-logit))


def logit(share_: float) -> float:
    return float(np.log(share_ / (1 - share_)))


FAMILIES = {
    "usual": Family(60, 0.6, logit(0.8), logit(0.85), 0.4),
    "heavy sizes": Family(60, 1.0, logit(0.8), logit(0.85), 0.6),
    "high": Family(60, 0.6, logit(0.95), logit(0.97), 0.4),
    "low": Family(60, 0.6, logit(0.35), logit(0.5), 0.4),
    "large events are harder": Family(60, 0.6, logit(0.8), logit(0.85), 0.4, by_size=0.4),
    "one span an event": Family(1, 0, logit(0.9), logit(0.95), 0.0),
    "a rare label": Family(1, 0, logit(0.8), logit(0.85), 0.4, poisson=True),
    "a rare label, high": Family(1, 0, logit(0.97), logit(0.98), 0.4, poisson=True),
}
RARE = ("one span an event", "a rare label", "a rare label, high")
# Where intervals are known to fall short.
SHORT = {
    "strong event effects": Family(60, 1.0, logit(0.8), logit(0.85), 1.2),
    "one event in ten fails": Family(60, 0.6, logit(0.9), logit(0.9), 0.3, failing=0.1),
}


def tally(*labels: Floats) -> Tally:
    """Of COUNTS × events of each label."""
    return Tally(tuple(f"L{n}" for n in range(len(labels))), np.stack((sum(labels), *labels)))


@cache
def truth_of(family: Family, gain: float = 0.0) -> tuple[float, float]:
    """F1 of both systems on very many events."""
    found = family.draw(np.random.default_rng(1), 2_000_000, gain)
    return tuple(2 * c[0].sum() / (c[3].sum() + c[4].sum()) for c in found)  # type: ignore[return-value]


class Held:
    """How often an interval held the truth, how wide it was, and whether one was of zero width."""

    def __init__(self) -> None:
        self.held = self.number = self.zero = 0
        self.width = 0.0

    def add(self, low: float, high: float, truth: float) -> None:
        self.number += 1
        self.held += low <= truth <= high
        self.width += high - low
        self.zero += high - low < 1e-9

    @property
    def coverage(self) -> float:
        return self.held / max(self.number, 1)

    def __str__(self) -> str:
        zero = f" zero {self.zero / self.number:.2f}" if self.zero else ""
        return f"{self.coverage:.3f}/{self.width / max(self.number, 1):.3f}{zero}"


def single(events: int, family: Family, draws: int, seed: int, resampled: int) -> tuple[Held, Held]:
    """F1 of one row: the intervals in use, and of fewer draws the percentile bootstrap that was in use before."""
    truth, rng = truth_of(family)[0], np.random.default_rng(seed)
    jackknife, before = Held(), Held()
    for n in range(draws):
        counted = tally(family.draw(rng, events)[0])
        if not enough(counted)[0]:
            continue
        jackknife.add(*spreads(counted)["rates"].interval()[MICRO, F1], truth)
        if n < resampled:
            drawn = numbers(counted, resamples(events, 500, n))["rates"]
            before.add(*percentiles(drawn)[MICRO, F1], truth)
    return jackknife, before


@dataclass(frozen=True)
class Pool:
    """A fixed set of events from which gold sets are drawn; the truth is what the whole pool gives.

    Made in another way than the families above, and nothing was tuned on it: an event has 1 to 12 articles; articles
    are Pareto in length; labels come in Zipf's proportions that differ by event (Dirichlet); a system's share of right
    spans is beta by event and label, so that some events lack a label's names altogether.
    """

    counts: Floats  # labels × COUNTS × events

    @classmethod
    def make(cls, seed: int, events: int = 160, labels: int = 9) -> Pool:
        rng = np.random.default_rng(seed)
        zipf = 1 / np.arange(1, labels + 1)
        counts = np.zeros((labels, 5, events), np.int64)
        for n in range(events):
            articles = rng.integers(1, 13)
            spans = int((5 + 10 * rng.pareto(2.5, articles)).sum())
            gold = rng.multinomial(spans, rng.dirichlet(8 * zipf / zipf.sum() * labels / 2))
            found = rng.beta(5, 2) * rng.beta(8, 1.2, labels)
            right = rng.binomial(gold, found)
            partial = rng.binomial(gold - right, 0.25)
            spurious = rng.negative_binomial(1.5, 0.5, labels) * articles // 4
            counts[:, :, n] = np.stack((right, 0 * right, partial, gold, right + partial + spurious), 1)
        return cls(counts)

    def tally(self, chosen: Floats | slice = slice(None)) -> Tally:
        return tally(*self.counts[..., chosen])


def of_pool(pool: Pool, events: int, draws: int, seed: int) -> dict[str, Held]:
    """Micro P, R and F1, macro F1, and labels' F1 (all together)."""
    rng = np.random.default_rng(seed)
    truth = spreads(pool.tally())["rates"].value
    names = {"micro P": (MICRO, 0), "micro R": (MICRO, 1), "micro F1": (MICRO, 2)}
    names |= {"macro F1": (MACRO, 2), "weighted F1": (WEIGHTED, 2)}
    held = {name: Held() for name in (*names, "labels' F1")}
    for _ in range(draws):
        counted = pool.tally(rng.integers(pool.counts.shape[-1], size=events))
        bounds, said = spreads(counted)["rates"].interval(), enough(counted)
        for name, at in names.items():
            held[name].add(*bounds[at], truth[at])
        for row in range(3, len(truth)):
            if said[row]:
                held["labels' F1"].add(*bounds[row, F1], truth[row, F1])
    return held


def uneven(seed: int, tail: float = 1.6, concentration: float = 0.3, effect: float = 0.5) -> tuple[Pool, Pool]:
    """Two systems on 200 uneven events, made in a third way after everything was chosen; nothing was tuned on it.

    Sizes have a Pareto tail (`tail` 1.6: of infinite variance); an event has few of the labels (Dirichlet with a small
    `concentration`); both systems find the same spans hard, have the same event effects (`effect`, on the probit
    scale), and half of their spurious spans in common.
    """
    rng, labels, events = np.random.default_rng(seed), 8, 200
    zipf = 1 / np.arange(1, labels + 1)
    counts = np.zeros((2, labels, 5, events), np.int64)
    base = rng.normal(2.0, 0.8, labels)
    for n in range(events):
        size = 3 + int(8 * rng.pareto(tail))
        each = rng.multinomial(size, rng.dirichlet(concentration * labels * zipf / zipf.sum()))
        of_event = effect * rng.normal()
        for label, gold in enumerate(each):
            hard, both = 1.5 * rng.normal(size=gold), rng.poisson(0.08 * gold)
            for side in (0, 1):
                right = int((base[label] + of_event + hard + rng.normal(size=gold) > 0).sum())
                partial = int(rng.binomial(gold - right, 0.2))
                own = int(rng.poisson(0.08 * gold)) + int(rng.random() < 0.05)
                counts[side, label, :, n] = right, 0, partial, gold, right + partial + both + own
    return Pool(counts[0]), Pool(counts[1])


def of_two(a: Pool, b: Pool, events: int, draws: int, seed: int) -> tuple[Held, Held, float]:
    """The difference in micro F1; the same where each event's systems are exchanged at random, so that it is 0, and how
    often the permutation test is then below .05."""
    rng = np.random.default_rng(seed)
    truth = difference_spreads(a.tally(), b.tally())["rates"].value[MICRO, F1]
    held, equal, rejected = Held(), Held(), 0
    for n in range(draws):
        chosen = rng.integers(a.counts.shape[-1], size=events)
        held.add(*difference_spreads(a.tally(chosen), b.tally(chosen))["rates"].interval()[MICRO, F1], truth)
        sides, swap = (a.counts[..., chosen], b.counts[..., chosen]), rng.random(events) < 0.5
        first, second = tally(*np.where(swap, *sides)), tally(*np.where(swap, *sides[::-1]))
        spread = difference_spreads(first, second)["rates"]
        equal.add(*spread.interval()[MICRO, F1], 0.0)
        rejected += is_rejected(first, second, spread, n)
    return held, equal, rejected / draws


def is_rejected(a: Tally, b: Tally, spread: DifferenceSpread, seed: int) -> bool:
    """Whether the permutation test of micro F1 is below .05."""
    if spread.differ[MICRO, F1] < ENOUGH_TO_TEST:
        return False
    swaps, every = exchanges((a.counts != b.counts).any((0, 1)), 500, seed)
    both = np.concatenate((a.counts, b.counts), axis=-1)
    ab, ba = np.concatenate((1 - swaps, swaps), 1), np.concatenate((swaps, 1 - swaps), 1)
    mixed = [numbers(Tally(a.labels, both), weights)["rates"][MICRO, F1] for weights in (ab, ba)]
    return bool(p_value(spread.value[MICRO, F1], mixed[1] - mixed[0], every) < 0.05)


def differences(events: int, family: Family, draws: int, seed: int, gain: float = 0.0) -> tuple[Held, float, float]:
    """The interval of the difference, how often the permutation test is below .05, how often the interval is off 0."""
    truth, rng = truth_of(family, gain), np.random.default_rng(seed)
    held, rejected, off = Held(), 0, 0
    for n in range(draws):
        a, b = (tally(side) for side in family.draw(rng, events, gain))
        if not enough(a)[0]:
            continue
        spread = difference_spreads(a, b)["rates"]
        low, high = spread.interval()[MICRO, F1]
        held.add(low, high, truth[1] - truth[0])
        off += not low <= 0 <= high
        rejected += is_rejected(a, b, spread, n)
    return held, rejected / draws, off / draws


def stances(rng: np.random.Generator, events: int, right: float, gain: float = 0.0) -> list[Tally]:
    """Two systems' answers about four stances: an event has about 12 pairs, its own mix of stances and difficulty."""
    cells = np.zeros((2, 4, 5, events), np.int64)
    for n in range(events):
        gold = rng.multinomial(max(1, int(rng.lognormal(np.log(12), 0.5))), rng.dirichlet((4, 3, 2, 1)))
        effect = 0.5 * rng.normal()
        for side, more in enumerate((0.0, gain)):
            chosen = share(logit(right) + more + effect)
            for stance, number in enumerate(gold.tolist()):
                wrong = np.full(5, (1 - chosen) / 4)
                wrong[stance] = chosen
                cells[side, stance, :, n] = rng.multinomial(number, wrong)
    return [of_choice(side) for side in cells]


def of_choice(cells: Floats) -> Tally:
    """As `choice_tally` makes it, of labels × (labels, none) × events."""
    right, asked, answered = np.einsum("iiu->iu", cells[:, :4]), cells.sum(1), cells[:, :4].sum(0)
    rows = np.stack((right, 0 * right, 0 * right, asked, answered), 1)
    return Tally(tuple("ABCD"), np.concatenate((rows.sum(0, keepdims=True), rows)), cells)


def choices(events: int, right: float, draws: int, seed: int) -> dict[str, Held]:
    """Accuracy and kappa, and the difference of two equal systems in both."""
    whole = stances(np.random.default_rng(1), 20_000, right)[0]
    truth, rng = spreads(whole)["choice"].value, np.random.default_rng(seed)
    held = {name: Held() for name in ("accuracy", "kappa", "difference of accuracy", "difference of kappa")}
    for _ in range(draws):
        a, b = stances(rng, events, right)
        bounds = (*spreads(a)["choice"].interval(), *difference_spreads(a, b)["choice"].interval())
        for name, (low, high), true in zip(held, bounds, (*truth, 0.0, 0.0), strict=True):
            if low == low:
                held[name].add(low, high, true)
    return held


def foretold(draw: Callable[[np.random.Generator, int], Tally], pilot: int, then: int, draws: int, seed: int) -> str:
    """The half-width at `then` events that pilots foretell (median, 10th and 90th percentile), and what it is."""
    rng = np.random.default_rng(seed)

    said, is_ = [], []
    for _ in range(draws):
        before = draw(rng, pilot)
        spread = spreads(before, then / pilot)["rates"]
        _, middle, _ = likely(float(spreads(before)["rates"].df[MICRO, F1]))
        said.append(middle * float(half_width(spread.variance[MICRO, F1], spread.df[MICRO, F1])))
        spread = spreads(draw(rng, then))["rates"]
        is_.append(float(half_width(spread.variance[MICRO, F1], spread.df[MICRO, F1])))
    low, middle, high = np.quantile(said, (0.1, 0.5, 0.9))
    actual = float(np.median(is_))
    return f"{middle:.4f} [{low:.4f}-{high:.4f}], is {actual:.4f}, ratio {middle / actual:.2f}"


UNEVEN = {
    "91": uneven(91),
    "92": uneven(92),
    "93, tail 1.2": uneven(93, tail=1.2),
    # One event has a quarter of all spans, and whoever does not draw it cannot know: known to fall short.
    "94, short": uneven(94, concentration=0.1, effect=1.0),
}


def report(draws: int, resampled: int) -> Iterator[tuple[str, bool]]:
    """Lines, and whether what must hold does."""
    sizes = (3, 5, 10, 20, 30, 100)
    yield f"F1 of one row: coverage/mean width of {draws} draws | percentile bootstrap, {resampled} draws", True
    for name, family in (FAMILIES | SHORT).items():
        cells, good = [], True
        for n, events in enumerate(sizes):
            jackknife, before = single(events, family, draws, SEED + n, resampled if events in (5, 10) else 0)
            cells.append(f"{events}: {jackknife}" + (f" | {before}" if before.number else ""))
            least = 0.92 if name in RARE else 0.93
            must = name in FAMILIES and (events >= 10 if name in RARE else events >= 5)
            good &= jackknife.zero == 0 and (not must or jackknife.coverage >= least)
        yield f"{name:24}{'   '.join(cells)}", good
    for seed in (77, 78):
        pool = Pool.make(seed)
        yield f"pool {seed} ({pool.counts.shape[-1]} events, nothing tuned on it)", True
        for n, events in enumerate(sizes):
            found = of_pool(pool, events, draws, SEED + n)
            good = all(held.zero == 0 for held in found.values())
            good &= events < 5 or found["micro F1"].coverage >= 0.93
            yield f"  {events:4} events  " + "   ".join(f"{k} {v}" for k, v in found.items()), good
    for name, (a, b) in UNEVEN.items():
        gold = a.counts[:, 3].sum(0)
        yield f"uneven pool {name}: {gold.sum()} spans, median {np.median(gold):g}, largest {gold.max()}", True
        for n, events in enumerate((*sizes, 50)):
            found = of_pool(a, events, draws, SEED + n)
            held, equal, rejected = of_two(a, b, events, draws, SEED + 100 + n)
            good = all(each.zero == 0 for each in (*found.values(), held, equal)) and rejected <= 0.06
            good &= (
                "short" in name or events < 5 or min(each.coverage for each in (found["micro F1"], held, equal)) >= 0.93
            )
            line = "   ".join(f"{k} {v}" for k, v in found.items())
            yield f"  {events:4} events  {line}   difference {held}   of equals {equal}  p {rejected:.3f}", good
    yield "differences of equal systems: coverage/width, permutation below .05, interval off 0", True
    for name in ("usual", "heavy sizes", "high", "a rare label"):
        for n, events in enumerate((3, 5, 6, 8, 10, 20, 30)):
            held, rejected, off = differences(events, FAMILIES[name], draws, SEED + n)
            good = held.zero == 0 and (events < 5 or held.coverage >= 0.93) and rejected <= 0.06
            yield f"  {name:14}{events:4} events  {held}  permutation {rejected:.3f}  interval {off:.3f}", good
    yield "a difference of about .05: coverage/width, seen by the permutation test, by the interval", True
    for n, events in enumerate((5, 10, 20, 30)):
        held, rejected, off = differences(events, FAMILIES["usual"], draws, SEED + n, gain=0.35)
        yield f"  usual {events:4} events  {held}  {rejected:.3f}  {off:.3f}", events < 5 or held.coverage >= 0.93
    yield "four stances, about 12 pairs an event", True
    for right in (0.75, 0.95):
        for n, events in enumerate((3, 5, 10, 20, 100)):
            found = choices(events, right, min(draws, 600), SEED + n)
            good = all(held.zero == 0 and (events < 5 or held.coverage >= 0.93) for held in found.values())
            yield f"  right {right} {events:4} events  " + "   ".join(f"{k} {v}" for k, v in found.items()), good
    yield "half-width of F1 at 100 events foretold from 20: median [10-90 %]", True
    drawn: dict[str, Callable[[np.random.Generator, int], Tally]] = {}
    for seed in (77, 78):
        pool = Pool.make(seed)
        drawn[f"pool {seed}"] = lambda rng, events, pool=pool: pool.tally(
            rng.integers(pool.counts.shape[-1], size=events)
        )
    for name, family in (FAMILIES | SHORT).items():
        drawn[name] = lambda rng, events, family=family: tally(family.draw(rng, events)[0])
    for name, draw in drawn.items():
        line = foretold(draw, 20, 100, min(draws, 1600), SEED + 7)
        yield f"  {name:24}{line}", abs(float(line.split()[-1]) - 1) <= 0.2


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--resampled", type=int, default=300, help="Of how many draws the bootstrap is shown beside.")
    options = parser.parse_args()
    failed = 0
    for line, good in report(options.draws, options.resampled):
        failed += not good
        print(line if good else f"{line}   FALLS SHORT", flush=True)
    sys.exit(failed > 0)
