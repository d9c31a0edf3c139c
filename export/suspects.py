"""Makes tasks for an adjudicator, and a table, of the places where the gold may be wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..annotate.document import Claim, Span
from ..annotate.result import to_result, with_mark
from ..annotate.task import ADJUDICATION, completed, make_task
from ..configs.scheme import Scheme, scheme_of_names
from ..configs.terminal import NumberTable
from ..configs.visible import counted, joined
from ..eval.gold.records import Gold, GoldDocument
from ..eval.gold.scheme import identity_of, scheme_of
from ..eval.suspects.places import NOTHING, Place, System
from ..eval.suspects.words import reasons, say
from .adjudicate import ALL_VERSIONS

# So many rows are printed; the tasks and the page have all places.
_LISTED = 20
GOLD = "gold"


def most_suspect(places: Sequence[Place], most: int) -> list[Place]:
    """The first places of a ranking, at most `most`, that have any evidence against them."""
    return [place for place in places if place.against or place.elsewhere.odds > 0][:most]


def suspect_tasks(gold: Gold, places: Sequence[Place], systems: Sequence[System]) -> Iterator[dict[str, Any]]:
    """A task for each document with a suspect place; the document with the most suspect place comes first.

    Its data lists the places with rank and reasons. Its predictions are the gold, the version of each system, and all
    versions of the suspect places together with the rest of the gold; marks there have rank, label and reasons.
    """
    documents = gold.documents()
    scheme = scheme_of(gold) or scheme_of_names(identity_of(gold))
    of_document: dict[str, list[tuple[int, Place]]] = {}
    for rank, place in enumerate(places, 1):
        of_document.setdefault(place.document, []).append((rank, place))
    for name, ranked in of_document.items():
        yield _task(documents[name], ranked, systems, scheme)


def _task(
    document: GoldDocument, ranked: Sequence[tuple[int, Place]], systems: Sequence[System], scheme: Scheme
) -> dict[str, Any]:
    article, annotation = document.article, document.annotation
    made = make_task(article, document.claims, scheme, document.preannotated_by)
    made["data"][ADJUDICATION] = "\n".join(line(rank, place, article.text) for rank, place in ranked)
    made["data"] = dict(completed(made["data"]))  # adds the lines in the form that the adjudicator's screen shows
    marks: dict[Span, tuple[float, str]] = {}
    for rank, place in ranked:
        why = "; ".join(reasons(place, article.text))
        for version in (place.gold, *place.said_by):
            for span in version:
                voices = sum(len(by) for version, by in place.said_by.items() if span in version)
                whose = "gold" if span in place.gold else "not gold"
                marks[span] = (round(voices / place.systems, 2), f"{rank}, {whose}. {why}")
    answers = {s.name: s.answers[article.id].entities for s in systems if article.id in s.answers}
    versions = {GOLD: annotation.entities, **answers, ALL_VERSIONS: {*annotation.entities, *marks}}
    made["predictions"] = [
        {"model_version": version, "result": _result(spans, document, marks)} for version, spans in versions.items()
    ]
    return made


def _result(
    entities: Iterable[Span], document: GoldDocument, marks: Mapping[Span, tuple[float, str]]
) -> list[dict[str, Any]]:
    """A version in Label Studio's form, with the gold's claims and stances, and marks on suspect regions.

    If a claim's source is suspect, all its versions are sources, so the one that the adjudicator keeps is a source.
    """
    listed = set(entities)

    def sources(claim: Claim) -> tuple[Span, ...]:
        suspect = [source for source in claim.sources if source in marks]
        beside = {span for span in marks if any(span.start < s.end and s.start < span.end for s in suspect)}
        return tuple(sorted({*claim.sources, *beside} & listed))

    claims = tuple(replace(claim, sources=sources(claim)) for claim in document.annotation.claims)
    version = replace(document.annotation, entities=tuple(sorted(listed)), claims=claims)
    result = to_result(version, document.article.text, [claim.id for claim in document.claims])
    for region, span in zip(result, version.entities, strict=False):  # entities come first
        if span in marks:
            score, says = marks[span]
            region["score"], region["meta"] = score, {"text": [with_mark("", says)]}
    return result


def line(rank: int, place: Place, text: str) -> str:
    """A place on one line: rank, words, the gold's version and the reasons."""
    words = " ".join(text[place.start : place.end].split())
    return f"{rank}. “{words}” {place.start}–{place.end}, gold: {say(place.gold, place, text)}; " + "; ".join(
        reasons(place, text)
    )


def suspects_table(places: Sequence[Place], gold: Gold) -> NumberTable:
    """The first places with the versions and the number of systems on each side."""
    documents = gold.documents()
    table = NumberTable()
    table.numbers("rank")
    table.words("document", "words", "gold", "others say")
    table.numbers("for", "against")
    table.words("why")
    for rank, place in enumerate(places[:_LISTED], 1):
        text = documents[place.document].article.text
        why = [reason for reason in reasons(place, text) if reason.startswith(("elsewhere", "a system gives"))]
        other = say(place.other, place, text) if place.other != place.gold else ""
        table.row(
            (
                str(rank),
                place.document,
                " ".join(text[place.start : place.end].split()),
                say(place.gold, place, text),
                other,
                str(place.behind + place.annotators),
                str(place.against),
                "; ".join(why),
            )
        )
    return table


def suspects_summary(
    places: Sequence[Place], looked_at: Sequence[Place], gold: Gold, systems: Sequence[System], output: Path
) -> str:
    """The numbers of places and articles to look at, and of all places, and the next commands."""
    heard = {name for system in systems for name in system.answers}
    silent = len(gold.documents().keys() - heard)
    gaps = sum(place.gold == NOTHING for place in places)
    lines = [
        f"{output}: {len(places)} of {counted(len(looked_at), 'place')}, in "
        f"{counted(len({p.document for p in places}), 'article')}; "
        f"{gaps} with nothing in the gold"
    ]
    if silent:
        lines.append(
            f"  no system has an answer for {silent} of {counted(silent + len(heard), 'article')}, not examined"
        )
    if places:
        lines += [
            "  systems that were trained on this gold repeat its errors, so they find fewer of them: docs/suspects.md",
            f"  next: mihakk annotate push {output} --project suspects, look at the first, and stop when 20 in a row "
            "are no errors; then mihakk export pull suspects -o adjudicated.json, and export dataset … --adjudicated "
            "adjudicated.json",
        ]
    return joined(lines)
