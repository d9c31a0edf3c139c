"""Counts the answers on claims: the stance of the source, the event's claim that it is about, and the source."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .matching import best_pairs, equal_pairs
from .spans import Ints, SpanTable, Two, keys
from .tally import SpanCounter, Tally, Units, choice_tally, near_enough

ABOUT = "about"  # the only label of claim_about


def claim_pairs(gold: SpanTable, predicted: SpanTable, iou: float) -> Two:
    """Pairs claims whose intersection over union is at least `iou`: first the most with equal stance, then the most."""

    def value(i: Ints, j: Ints) -> Ints:
        near = _share(gold, predicted, i, j, iou)
        same = (gold.label[i] == predicted.label[j]) & (gold.label[i] >= 0)
        return near * (1 + same)

    return best_pairs(gold, predicted, value)


def claim_stance_tallies(
    gold: SpanTable, predicted: SpanTable, stances: Sequence[str], units: Units, iou: float
) -> dict[str, Tally]:
    """Stances of claims: `conditional`, on matched claims only; and `end_to_end`, where a missed claim is an error.

    A gold claim without a stance is left out of both. A predicted claim without a stance is left out of `end_to_end`.
    """
    asked, all_answers = _claims_with_answers(gold, predicted, iou)
    gold_labels, predicted_labels, document = asked
    conditional = choice_tally(gold_labels, predicted_labels, document, stances, units)
    gold, predicted, (i, j) = all_answers
    count = SpanCounter(tuple(stances), units)
    good = gold.label[i] == predicted.label[j]
    cor = count.rows(gold.take(i[good]))
    inc = count.pooled(gold.document[i[~good]], np.zeros_like(cor))
    end_to_end = count.tally(gold=count.rows(gold), predicted=count.rows(predicted), cor=cor, inc=inc)
    return {"conditional": conditional, "end_to_end": end_to_end}


def claim_about_tallies(gold: SpanTable, predicted: SpanTable, units: Units, iou: float) -> dict[str, Tally]:
    """Which of the event's claims a claim is about: `conditional` and `end_to_end`, as for stances of claims.

    All answers count under one label. Each event has its own claims, so there are no rows or confusions by claim.
    """
    (asked, answered, document), (gold, predicted, (i, j)) = _claims_with_answers(gold, predicted, iou)
    count = SpanCounter((ABOUT,), units)

    def tally(**documents: Ints) -> Tally:
        return count.tally(**{name: np.repeat(count.units(at)[None, :], 2, axis=0) for name, at in documents.items()})

    given, right = answered >= 0, asked == answered
    good = gold.label[i] == predicted.label[j]
    return {
        "conditional": tally(
            gold=document, predicted=document[given], cor=document[right], inc=document[given & ~right]
        ),
        "end_to_end": tally(
            gold=gold.document,
            predicted=predicted.document,
            cor=gold.document[i[good]],
            inc=gold.document[i[~good]],
        ),
    }


def _claims_with_answers(
    gold: SpanTable, predicted: SpanTable, iou: float
) -> tuple[tuple[Ints, Ints, Ints], tuple[SpanTable, SpanTable, Two]]:
    """The pairs of claims by which answers on claims are scored. Labels are answers, -1 for none.

    First, for matched claims with a gold answer: both answers and the document. Then the claims that have an answer,
    and the pairs of only these claims.
    """
    i, j = claim_pairs(gold, predicted, iou)
    chosen = gold.label[i] >= 0
    asked = gold.label[i[chosen]], predicted.label[j[chosen]], gold.document[i[chosen]]
    has_answer = gold.label >= 0, predicted.label >= 0
    if not (has_answer[0].all() and has_answer[1].all()):  # otherwise the pairs stay the same
        gold, predicted = gold.take(has_answer[0]), predicted.take(has_answer[1])
        i, j = claim_pairs(gold, predicted, iou)
    return asked, (gold, predicted, (i, j))


def attribution_tallies(
    gold: tuple[SpanTable, SpanTable], predicted: tuple[SpanTable, SpanTable], units: Units, iou: float
) -> dict[str, Tally]:
    """Relations from claims to sources. Each side is (claims, sources); a source's `document` is its claim's position.

    `strict`: claim and source have the gold's offsets. `overlap`: the claims are paired with an intersection over
    union of at least `iou`, first the most with equal sources, then the most; and the source has the gold's offsets.
    Labels of sources do not matter.
    """
    document = gold[0].document[gold[1].document], predicted[0].document[predicted[1].document]
    count = SpanCounter(("source",), units)
    sizes = {
        side: np.repeat(count.units(at)[None, :], 2, axis=0)
        for side, at in zip(("gold", "predicted"), document, strict=True)
    }

    def tally(claim_of: Two) -> Tally:
        gold_links, predicted_links = (
            SpanTable(claim, sources.start, sources.end, sources.label)
            for claim, (_, sources) in zip(claim_of, (gold, predicted), strict=True)
        )
        i, _ = equal_pairs(gold_links, predicted_links, "document", "start", "end")
        return count.tally(**sizes, cor=np.repeat(count.units(document[0][i])[None, :], 2, axis=0))

    same_place = keys(gold[0], predicted[0], "document", "start", "end")
    i, j = claim_pairs(_with_sources(*gold), _with_sources(*predicted), iou)
    partner = np.full(len(predicted[0]), -2)  # a value that no gold claim has
    partner[j] = i
    return {
        "strict": tally((same_place[0][gold[1].document], same_place[1][predicted[1].document])),
        "overlap": tally((gold[1].document, partner[predicted[1].document])),
    }


def _with_sources(claims: SpanTable, sources: SpanTable) -> SpanTable:
    """The claims with their sources as the label: a number that is equal for equal sources.

    So the pairs do not depend on the order of claims of one place that have different sources.
    """
    place = (sources.start.astype(np.uint64) << np.uint64(32)) ^ sources.end.astype(np.uint64)
    place = (place + _ODD) * _ODD  # mixed, so that sums of different places are hardly ever equal
    place = (place ^ (place >> np.uint64(29))) * _ODD
    label = np.zeros(len(claims), np.uint64)
    np.add.at(label, sources.document, place)
    return SpanTable(claims.document, claims.start, claims.end, (label >> np.uint64(1)).astype(np.int64))


_ODD = np.uint64(0x9E3779B97F4A7C15)


def _share(gold: SpanTable, predicted: SpanTable, i: Ints, j: Ints, iou: float) -> Ints:
    """1 where intersection over union is at least `iou`, for spans of one document."""
    return near_enough(gold.start[i], gold.end[i], predicted.start[j], predicted.end[j], iou).astype(np.int64)
