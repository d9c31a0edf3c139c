"""Measures how far annotators agree before their work becomes gold, by the same rules as scores.

All pairs of annotators of an article are compared and pooled. Every number is a function of sums over
pairs, so intervals leave out one event at a time, as for scores.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np

from ...configs.labels import layers
from ...configs.scheme import Scheme
from ...configs.visible import counted
from ..intervals import FEW_EVENTS, THIN
from ..matching import equal_pairs
from ..spans import Ints
from ..tally import IOU
from .compared import AT_ONCE, Cells, Compared, cells_of
from .disagreement import Disagreeing
from .pairs import Annotated, AnnotatorPairs, pair_up
from .records import Agreement, Measures, Week
from .sums import Adding, Events, Sums, matched_rows


def agreement(work: Iterable[Annotated], scheme: Scheme) -> Agreement:
    """Measures how far annotators agree, and lists their disagreements.

    Articles with fewer than two annotations are counted only. From three events on, the numbers of all annotators
    together have 95 % intervals. An article without an event counts as an event. The names of annotators, their order
    and the order of articles do not change any number.
    """
    listed: Sequence[Annotated] = work if isinstance(work, Sequence) else list(work)
    compared, numbers, everybody = Compared.of(listed)
    cells = cells_of(compared)
    disagreeing = Disagreeing(scheme)
    sums = _added(listed, compared, cells, scheme, disagreeing)
    notes: list[str] = []
    by_event: Events | None = None
    events = any(compared.events)
    unit = "events" if events else "articles"
    if not compared.ids:
        notes.append("no article has two annotators: there is nothing to compare")
    elif cells.units < FEW_EVENTS:
        are = counted(cells.units, f"{unit.removesuffix('s')} is", f"{unit} are")
        notes.append(f"{are} too few for intervals; at least {FEW_EVENTS} are needed")
    else:
        by_event = Events(cells)
        if cells.units < THIN:
            notes.append(f"all numbers rest on {cells.units} {unit}: with fewer than {THIN}, intervals say little")
    alone = sorted(everybody.difference(compared.annotators))
    if compared.ids and alone:
        notes.append(f"no article of {', '.join(alone)} has a second annotator")
    overall = sums.measures(events=by_event)
    if by_event:
        notes += _too_rare(overall)
    notes += _undefined(overall)
    models = Counter(model for model in compared.models if model)
    seen, blind = np.flatnonzero(cells.suggested), np.flatnonzero(~cells.suggested)
    split = len(seen) > 0 and len(blind) > 0
    if models:
        by_model = ", ".join(f"{n} by {model}" for model, n in sorted(models.items()))
        notes.append(
            f"{models.total()} of {len(compared.ids)} articles were pre-annotated ({by_model}): "
            "suggestions influence annotators, so agreement may be inflated"
        )
    by_annotator = {
        name: sums.measures(
            np.concatenate([cells.of_pair[n] for n, two in enumerate(cells.pairs) if k in two]), alphas=False
        )
        for k, name in enumerate(compared.annotators)
    }
    return Agreement(
        _signature(scheme, f"jackknife({'event' if events else 'article'})"),
        dict(sorted(numbers.items())),
        overall,
        by_annotator,
        _each_pair(sums),
        dict(sorted(models.items())),
        sums.measures(seen) if split else None,
        sums.measures(blind) if split else None,
        disagreeing.found(),
        tuple(notes),
        _by_week(listed, compared, scheme),
    )


def _added(
    work: Sequence[Annotated], compared: Compared, cells: Cells, scheme: Scheme, found: Disagreeing | None = None
) -> Sums:
    """The counts of all pairs, with only some articles in memory at a time."""
    adding = Adding(compared, scheme, cells)
    nothing: list[int] = []
    # Without any pair, all counts are 0.
    for articles, at in compared.blocks(cells) if len(compared.ids) else [(nothing, np.empty(0, np.int64))]:
        pairs = pair_up((work[compared.places[n]] for n in articles), scheme)
        matched = adding.add(pairs, at)
        if found:
            found.add(pairs, matched, at)
    return adding.sums()


def _by_week(work: Sequence[Annotated], compared: Compared, scheme: Scheme) -> dict[str, Week]:
    """The agreement in each week; empty if all articles are of the same week."""
    weeks: dict[str, list[int]] = {}
    for n, week in enumerate(compared.weeks):
        if week:
            weeks.setdefault(week, []).append(n)
    if len(weeks) < 2:
        return {}
    found: dict[str, Week] = {}
    for week, own in sorted(weeks.items()):
        of_week = compared.only(own)
        sums = _added(work, of_week, cells_of(of_week), scheme)
        found[week] = Week(sums.measures(), _each_pair(sums))
    return found


def _each_pair(sums: Sums) -> dict[tuple[str, str], Measures]:
    names, cells = sums.compared.annotators, sums.cells
    return {
        (names[a], names[b]): sums.measures(chosen, alphas=False)
        for (a, b), chosen in zip(cells.pairs, cells.of_pair, strict=True)
    }


def strict_agreement(work: Iterable[Annotated], scheme: Scheme) -> dict[str, float | None]:
    """Strict micro F1 of entities and claims, and the share of equal stances, over all pairs.

    Stances of claims are compared on equal spans. None if there is no pair, or if nobody marked anything. Some articles
    are in memory at a time.
    """
    total = _Strict(scheme)
    several: list[Annotated] = []
    for each in work:
        if len(each.annotations) > 1:
            several.append(each)
        if len(several) == AT_ONCE:
            total.add(pair_up(several, scheme))
            several = []
    total.add(pair_up(several, scheme))
    return total.shares()


class _Strict:
    """The sums that strict agreement is computed from, over pairs of annotators; all are whole numbers."""

    def __init__(self, scheme: Scheme) -> None:
        self._scheme = scheme
        self._spans: dict[str, Ints] = {}
        self._stances: dict[str, Ints] = {}
        self._says_about = False

    def add(self, pairs: AnnotatorPairs) -> None:
        there = layers(self._scheme)
        for task, marked in (("entities", pairs.entities), ("claims", pairs.claims.with_one_label())):
            if task in there:
                both = len(equal_pairs(marked.first, marked.second, "document", "start", "end", "label")[0])
                counts = np.array([both, len(marked.first) + len(marked.second)])
                self._spans[task] = self._spans.get(task, 0) + counts
        self._says_about |= pairs.says_about
        matched = matched_rows(pairs)
        asked = {
            "claim_stance": (pairs.claims, bool(self._scheme.claim_stances)),
            "claim_about": (pairs.about, True),
            "stance": (pairs.answers, bool(self._scheme.article_stances)),
        }
        for task, (marked, is_there) in asked.items():
            if is_there:
                i, j = matched[task]["strict"]
                equal = np.count_nonzero(marked.first.label[i] == marked.second.label[j])
                self._stances[task] = self._stances.get(task, 0) + np.array([equal, len(i)])

    def shares(self) -> dict[str, float | None]:
        """F1 of spans and the share of equal stances, by task; None if not defined."""
        f1 = {task: _share(2 * agreed, marked) for task, (agreed, marked) in self._spans.items()}
        stances = {task: _share(equal, answers) for task, (equal, answers) in self._stances.items()}
        return f1 | {task: share for task, share in stances.items() if task != "claim_about" or self._says_about}


def _share(part: Any, whole: Any) -> float | None:
    return float(part / whole) if whole else None


def measured(agreement: Collection[str]) -> str:
    """The names of the measures in `strict_agreement`, for the tasks that it has."""
    spans = "strict F1" if {"entities", "claims"}.intersection(agreement) else ""
    stances = "share of equal answers" if {"claim_stance", "claim_about", "stance"}.intersection(agreement) else ""
    return f"{spans}; stances: {stances}" if spans and stances else spans or stances


def _signature(scheme: Scheme, uncertainty: str) -> str:
    from ... import __version__

    return (
        f"mihakk:{__version__}|agreement|scheme:{scheme.id}|match:strict,exact,overlap({IOU:g})|"
        f"tolerance:{'none,clitic' if scheme.proclitics else 'none'}|avg:micro|pairs:pooled|ci:{uncertainty}"
    )


def _too_rare(measures: Measures) -> list[str]:
    if "entities" not in measures.spans:
        return []
    rare = [label for label, row in measures.spans["entities"]["strict"].labels.items() if row.intervals is None]
    names = ", ".join(rare)
    return [f"entities: no intervals for labels that occur in fewer than {FEW_EVENTS} events: {names}"] if rare else []


def _undefined(measures: Measures) -> list[str]:
    return [
        f"{task}, {scheme}: {name} is not defined: everybody gave one answer, so chance would agree as well"
        for task, matched in measures.stances.items()
        for scheme, stances in matched.items()
        for name, value in (("kappa", stances.kappa), ("alpha", stances.alpha))
        if stances.pairs and value is None
    ]
