"""Measures how far annotators agree before their work becomes gold, by the same rules as scores.

All pairs of annotators of an article are compared and pooled. Every number is a function of sums over
pairs, so intervals leave out one event at a time, as for scores.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

import numpy as np

from ...configs.scheme import Scheme
from ...configs.visible import counted
from ..intervals import FEW_EVENTS, THIN
from ..tally import IOU
from .disagreement import find_disagreements
from .pairs import Annotated, AnnotatorPairs, pair_up
from .records import Agreement, Measures, Week
from .sums import Cells, Events, Sums, all_sums, cells_of


def agreement(work: Iterable[Annotated], scheme: Scheme) -> Agreement:
    """Measures how far annotators agree, and lists their disagreements.

    Articles with fewer than two annotations are counted only. From three events on, the numbers of all annotators
    together have 95 % intervals. An article without an event counts as an event. The names of annotators, their order
    and the order of articles do not change any number.
    """
    listed = list(work)
    pairs = pair_up(listed, scheme)
    cells = cells_of(pairs)
    sums = all_sums(pairs, scheme, cells)
    notes: list[str] = []
    by_event: Events | None = None
    events = len({annotated.article.event_id for annotated in pairs.articles if annotated.article.event_id})
    unit = "events" if events else "articles"
    if not pairs.articles:
        notes.append("no article has two annotators: there is nothing to compare")
    elif cells.units < FEW_EVENTS:
        are = counted(cells.units, f"{unit.removesuffix('s')} is", f"{unit} are")
        notes.append(f"{are} too few for intervals; at least {FEW_EVENTS} are needed")
    else:
        by_event = Events(cells)
        if cells.units < THIN:
            notes.append(f"all numbers rest on {cells.units} {unit}: with fewer than {THIN}, intervals say little")
    alone = sorted({a.annotator for annotated in listed for a in annotated.annotations}.difference(pairs.annotators))
    if pairs.articles and alone:
        notes.append(f"no article of {', '.join(alone)} has a second annotator")
    overall = sums.measures(events=by_event)
    if by_event:
        notes += _too_rare(overall)
    notes += _undefined(overall)
    models = Counter(annotated.preannotated_by for annotated in pairs.articles if annotated.preannotated_by)
    seen, blind = np.flatnonzero(cells.suggested), np.flatnonzero(~cells.suggested)
    split = len(seen) > 0 and len(blind) > 0
    if models:
        by_model = ", ".join(f"{n} by {model}" for model, n in sorted(models.items()))
        notes.append(
            f"{models.total()} of {len(pairs.articles)} articles were pre-annotated ({by_model}): "
            "suggestions influence annotators, so agreement may be inflated"
        )
    by_annotator = {
        name: sums.measures(
            np.concatenate([cells.of_pair[n] for n, two in enumerate(cells.pairs) if k in two]), alphas=False
        )
        for k, name in enumerate(pairs.annotators)
    }
    return Agreement(
        _signature(scheme, f"jackknife({'event' if events else 'article'})"),
        dict(sorted(Counter(len(annotated.annotations) for annotated in listed).items())),
        overall,
        by_annotator,
        _each_pair(pairs, cells, sums),
        dict(sorted(models.items())),
        sums.measures(seen) if split else None,
        sums.measures(blind) if split else None,
        find_disagreements(pairs, scheme, sums.matched),
        tuple(notes),
        _by_week(pairs.articles, scheme),
    )


def _by_week(articles: Iterable[Annotated], scheme: Scheme) -> dict[str, Week]:
    """The agreement in each week; nothing if all articles are of one."""
    weeks: dict[str, list[Annotated]] = {}
    for annotated in articles:
        if annotated.week:
            weeks.setdefault(annotated.week, []).append(annotated)
    if len(weeks) < 2:
        return {}
    found: dict[str, Week] = {}
    for week, own in sorted(weeks.items()):
        pairs = pair_up(own, scheme)
        cells = cells_of(pairs)
        sums = all_sums(pairs, scheme, cells)
        found[week] = Week(sums.measures(), _each_pair(pairs, cells, sums))
    return found


def _each_pair(pairs: AnnotatorPairs, cells: Cells, sums: Sums) -> dict[tuple[str, str], Measures]:
    return {
        (pairs.annotators[a], pairs.annotators[b]): sums.measures(chosen, alphas=False)
        for (a, b), chosen in zip(cells.pairs, cells.of_pair, strict=True)
    }


def strict_agreement(work: Iterable[Annotated], scheme: Scheme) -> dict[str, float | None]:
    """Strict micro F1 of entities and claims, and the share of equal stances, over all pairs.

    Stances of claims are compared on equal spans. None if there is no pair, or if nobody marked anything.
    """
    pairs = pair_up(work, scheme)
    measures = all_sums(pairs, scheme, cells_of(pairs)).measures()
    f1 = {task: schemes["strict"].micro.f1 for task, schemes in measures.spans.items()}
    return f1 | {task: matched["strict"].observed for task, matched in measures.stances.items()}


def measured(agreement: Collection[str]) -> str:
    """What the numbers of `strict_agreement` are, by the tasks that it has."""
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
