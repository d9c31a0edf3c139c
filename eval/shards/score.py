"""Scores shards: a survey of the gold, the counts of each shard, and their sum."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ...annotate.placing.policy import DEFAULT, Policy
from ...configs.errors import InputError, Problem
from ...configs.shards.engines import Calls, Engine, over
from ...configs.shards.places import find_shards, need_each_once, shown
from ...configs.visible import counted
from ..gold.records import ALL
from ..gold_side import GoldSide
from ..score import scores_of
from ..scores import Scores
from ..tally import IOU
from ..uncertainty import event_units
from .count import Asked, CountJob, Pair, count_shard, nothing, survey
from .total import Total

if TYPE_CHECKING:
    from ..sides import AnyMapping


def score_shards(
    gold: str,
    predictions: str,
    calls: Calls = partial(over, Engine()),  # noqa: B008 - an engine is a value
    *,
    mapping: AnyMapping | None = None,
    policy: Policy = DEFAULT,
    iou: float = IOU,
) -> Scores:
    """Scores shards of predictions (a folder or glob) against shards of gold. Shards with equal names belong together.

    `calls` calls a function on each of a list of jobs, and yields each answer with its job's number, in any order;
    docs/scale.md has examples. Raises InputError with the problems of all shards.
    """
    pairs, notes = _pairs(gold, predictions)
    surveys = dict(calls(survey, pairs))
    surveyed = [surveys[n] for n in range(len(pairs))]
    ids = [name for each in surveyed for name in each.ids]
    need_each_once(((pair.gold, each.ids) for pair, each in zip(pairs, surveyed, strict=True)), "document")
    events = [event for each in surveyed for event in each.events or [None] * len(each.ids)]
    events = events if any(events) else None
    filled = [each for each in surveyed if each.ids]
    if not filled:
        raise InputError(f"{gold}: has no documents in any shard")
    asked = Asked(
        mapping,
        policy,
        iou,
        frozenset().union(*(each.tasks for each in filled)),
        all(each.has_texts for each in filled),
        _one([each.proclitics for each in filled], f"{gold}: shards differ in their language"),
    )
    labels = _one([each.labels for each in filled], f"{gold}: shards name different labels in their columns")
    units = event_units(ids, events)
    jobs: list[CountJob] = []
    first = 0
    for pair, each in zip(pairs, surveyed, strict=True):
        if each.ids:
            jobs.append(CountJob(pair, asked, units.of[first : first + len(each.ids)]))
        first += len(each.ids)
    total = Total(units.count)
    for number, counts in calls(count_shard, jobs):
        total.add(number, jobs[number].name, counts)
    digest = hashlib.sha256("".join(each.digest for each in surveyed).encode()).hexdigest()
    name = _last(gold)
    columns = replace(nothing(), ids=ids, events=events, tasks=asked.gold, texts=() if asked.has_texts else None)
    title = f"{name}#{digest[:8]}"
    entities, claims, stances = cast(tuple[tuple[str, ...] | None, ...], labels)
    side = GoldSide(Path(name), title, ALL, columns, (), entities, claims, stances, proclitics=asked.proclitics)
    sides, tallied, more = total.all(side)
    sides = replace(sides, notes=(*notes, *sides.notes))
    return scores_of(sides, _last(predictions), tallied, units, more, iou=iou)


def _last(address: str) -> str:
    return address.rstrip("/").rsplit("/", 1)[-1]


def _pairs(gold: str, predictions: str) -> tuple[list[Pair], list[str]]:
    of_gold, of_predictions = find_shards(gold), find_shards(predictions)
    by_name = {shard.name: shard for shard in of_predictions.shards}
    names = {shard.name for shard in of_gold.shards}
    if unknown := [shard.address for shard in of_predictions.shards if shard.name not in names]:
        raise InputError(
            *(
                Problem(each, f"there is no shard of this name in {gold}; shards of one name belong together")
                for each in unknown
            )
        )
    pairs = [
        Pair(shard.name, shard.address, by_name[shard.name].address if shard.name in by_name else None)
        for shard in of_gold.shards
    ]
    lacking = [pair.name for pair in pairs if pair.predictions is None]
    notes = [f"{counted(len(lacking), 'shard has', 'shards have')} no predictions: {shown(lacking)}"] if lacking else []
    for given, found in ((gold, of_gold), (predictions, of_predictions)):
        notes += found.notes(given)
    return pairs, notes


def _one(values: Sequence[Any], problem: str) -> Any:
    """The value that all shards share. Raises InputError if they differ."""
    if any(value != values[0] for value in values):
        raise InputError(problem)
    return values[0]
