"""Finds work that took far less time than usual."""

from __future__ import annotations

import statistics
from array import array
from collections.abc import Iterator, Sequence

from ...configs.spool import Spool
from .findings import Found, Work

# Less than this share of the median is suspicious; a median needs at least so many annotations.
FAST = 0.25
LEAST = 5


class Pace:
    """Collects the seconds of each annotation for 1,000 characters of text.

    A few pages left open overnight do not change medians much; they would distort means and deviations.
    """

    def __init__(self) -> None:
        # For each annotator, the rates, the seconds, and the places of the annotations, which are kept on disk.
        self._rates: dict[str, _Rates] = {}
        self._works: Spool[Work] = Spool(lambda work: work, lambda values: Work(*values))

    def add(self, work: Work, lead_time: object, characters: int) -> None:
        """Adds an annotation if its `lead_time` (seconds on screen) is known. Work through the API has none."""
        if isinstance(lead_time, int | float) and not isinstance(lead_time, bool) and 0 <= lead_time < 1e9:
            seconds = float(lead_time)
            rates, all_seconds, places = self._rates.setdefault(
                work.annotator or "", (array("d"), array("d"), array("q"))
            )
            rates.append(seconds * 1000 / max(characters, 1))
            all_seconds.append(seconds)
            places.append(len(self._works))
            self._works.append(work)

    def findings(self) -> Iterator[Found]:
        """Annotations that took less than a quarter of their annotator's median time and of everybody's median time.

        A median needs five annotations; an annotator with fewer is only compared with everybody's median. An annotator
        whose median is less than a quarter of the others' median is one finding, without a task.
        """
        everybody = _median([rate for rates, _, _ in self._rates.values() for rate in rates])
        if everybody is None:
            return
        for annotator, (rates, all_seconds, places) in self._rates.items():
            own = _median(rates)
            limit = FAST * (everybody if own is None else min(own, everybody))
            usual = f"usual are {everybody:.0f}" + ("" if own is None else f", and {own:.0f} for this annotator")
            for rate, seconds, place in zip(rates, all_seconds, places, strict=True):
                if rate < limit:
                    message = f"took {seconds:.0f} seconds: {rate:.0f} for 1,000 characters; {usual}"
                    names = (f"{rate:.0f}", f"{everybody:.0f}")
                    yield Found("fast-work", message, self._works[place], names=names)
            if own is None:
                continue
            others = _median([rate for by, (rates, _, _) in self._rates.items() if by != annotator for rate in rates])
            if others is not None and own < FAST * others:
                message = (
                    f"usually takes {own:.0f} seconds for 1,000 characters, the other annotators {others:.0f}; "
                    "look at this annotator's work"
                )
                names = (f"{own:.0f}", f"{others:.0f}")
                yield Found("fast-work", message, Work(annotator=annotator), names=names)


_Rates = tuple["array[float]", "array[float]", "array[int]"]


def _median(rates: Sequence[float]) -> float | None:
    return statistics.median(rates) if len(rates) >= LEAST else None
