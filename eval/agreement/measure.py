"""How far annotators agree, by the same ruler as scores, before anybody's work becomes gold.

Each two annotators of an article are compared, and all pairs are pooled. Every number is a function of sums over
pairs, so that intervals leave out one event at a time, as those of scores do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np

from ...configs.scheme import Scheme
from ..intervals import FEW_EVENTS, THIN
from ..tally import IOU
from .disagreement import find_disagreements
from .pairs import Annotated, pair_up
from .records import Agreement, Measures
from .sums import Events, all_sums, cells_of


def agreement(work: Iterable[Annotated], scheme: Scheme) -> Agreement:
    """Measures how far annotators agree, and finds what they disagree on.

    Articles with fewer than two annotations say nothing and are only counted. From three events on all numbers of all
    annotators together have 95 % intervals; an article without event counts as one. Names of annotators, their order
    and that of articles change nothing but ties among examples.
    """
    listed = list(work)
    pairs = pair_up(listed, scheme)
    cells = cells_of(pairs)
    sums = all_sums(pairs, scheme, cells)
    notes: list[str] = []
    by_event: Events | None = None
    events = len({one.article.event_id for one in pairs.articles if one.article.event_id})
    unit = "events" if events else "articles"
    if not pairs.articles:
        notes.append("no article has two annotators: there is nothing to compare")
    elif cells.units < FEW_EVENTS:
        notes.append(f"{cells.units} {unit} are too few for intervals; they need {FEW_EVENTS}")
    else:
        by_event = Events(cells)
        if cells.units < THIN:
            notes.append(f"all numbers rest on {cells.units} {unit}: with fewer than {THIN}, intervals say little")
    alone = sorted({a.annotator for one in listed for a in one.annotations}.difference(pairs.annotators))
    if pairs.articles and alone:
        notes.append(f"nobody else annotated an article of {', '.join(alone)}")
    overall = sums.measures(events=by_event)
    if by_event:
        notes += _too_rare(overall)
    notes += _undefined(overall)
    models = Counter(one.preannotated_by for one in pairs.articles if one.preannotated_by)
    seen, blind = np.flatnonzero(cells.suggested), np.flatnonzero(~cells.suggested)
    split = len(seen) > 0 and len(blind) > 0
    if models:
        told = ", ".join(f"{n} by {model}" for model, n in sorted(models.items()))
        notes.append(
            f"{models.total()} of {len(pairs.articles)} articles were pre-annotated ({told}): suggestions sway "
            "annotators towards each other, so agreement may be higher than it would be without"
        )
    by_pair = {
        (pairs.annotators[a], pairs.annotators[b]): sums.measures(chosen, alphas=False)
        for (a, b), chosen in zip(cells.pairs, cells.of_pair, strict=True)
    }
    by_annotator = {
        name: sums.measures(
            np.concatenate([cells.of_pair[n] for n, two in enumerate(cells.pairs) if k in two]), alphas=False
        )
        for k, name in enumerate(pairs.annotators)
    }
    return Agreement(
        _signature(scheme, f"jackknife({'event' if events else 'article'})"),
        dict(sorted(Counter(len(one.annotations) for one in listed).items())),
        overall,
        by_annotator,
        by_pair,
        dict(sorted(models.items())),
        sums.measures(seen) if split else None,
        sums.measures(blind) if split else None,
        find_disagreements(pairs, scheme, sums.matched),
        tuple(notes),
    )


def strict_agreement(work: Iterable[Annotated], scheme: Scheme) -> dict[str, float | None]:
    """Strict micro F1 of entities and claims, and the share of equal article stances, of all pairs pooled.

    None where there is no pair, or neither marked anything.
    """
    pairs = pair_up(work, scheme)
    found = all_sums(pairs, scheme, cells_of(pairs)).measures()
    f1 = {task: schemes["strict"].micro.f1 for task, schemes in found.spans.items()}
    return f1 | {"stance": found.stances["stance"]["strict"].observed}


def _signature(scheme: Scheme, uncertainty: str) -> str:
    from ... import __version__

    return (
        f"mihakk:{__version__}|agreement|scheme:{scheme.id}|match:strict,exact,overlap({IOU:g})|"
        f"tolerance:none,clitic|avg:micro|pairs:pooled|ci:{uncertainty}"
    )


def _too_rare(found: Measures) -> list[str]:
    rare = [label for label, row in found.spans["entities"]["strict"].labels.items() if row.intervals is None]
    told = ", ".join(rare)
    return [f"entities: no intervals for labels that occur in fewer than {FEW_EVENTS} events: {told}"] if rare else []


def _undefined(found: Measures) -> list[str]:
    return [
        f"{task}, {scheme}: {name} is not defined: everybody gave one stance, so chance would agree as well"
        for task, matched in found.stances.items()
        for scheme, stances in matched.items()
        for name, value in (("kappa", stances.kappa), ("alpha", stances.alpha))
        if stances.pairs and value is None
    ]
