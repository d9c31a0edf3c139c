"""From several annotators' Annotations of one article to its gold Annotation, by majority."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypedDict

from ..annotate.document import Annotation, Claim, Span, claim_order, show_span
from ..configs.scheme import CLAIM
from ..eval.gold import GoldDocument
from .label_studio import FinishedTask, SetAside

TIE = "tie"
MINORITY = "minority"
SURPLUS = "more claims on this span than most annotators marked"


@dataclass(frozen=True, slots=True)
class Merged:
    """A gold document, and everything that annotators said which is not in it."""

    document: GoldDocument
    set_aside: tuple[SetAside, ...]


def merge(task: FinishedTask) -> Merged:
    """The majority of the annotators' work: what more than half of those who finished the article said.

    What exactly half said is a tie, what fewer said a minority: neither enters the gold set, both are set
    aside with their annotators. A claim whose span has a majority but whose stance has none enters without
    stance. Sources must be gold entities. Needs at least one annotation.
    """
    asides: list[SetAside] = []
    text, article_id = task.article.text, task.article.id
    total = len(task.annotations)

    def aside(annotators: Iterable[str], what: str, reason: str) -> None:
        asides.append(SetAside(article_id, ", ".join(annotators), what, reason))

    marked: dict[Span, list[str]] = {}
    for annotation in task.annotations:
        for span in annotation.entities:
            marked.setdefault(span, []).append(annotation.annotator)
    entities: list[Span] = []
    for span, by in sorted(marked.items()):
        if len(by) * 2 > total:
            entities.append(span)
        else:
            aside(by, show_span(span.start, span.end, span.label, text), _shortfall(len(by), total))

    claims: list[Claim] = []
    for start, end in sorted({(c.start, c.end) for a in task.annotations for c in a.claims}):
        shown = show_span(start, end, CLAIM, text)
        won, rest = _vote_on_stances(task.annotations, start, end)
        own = [sum((c.start, c.end) == (start, end) for c in a.claims) for a in task.annotations]
        # What the annotators with a majority marked on this span: so many claims, whatever their stances.
        wanted = sorted(own, reverse=True)[total // 2]
        for voters in won:
            claims.append(Claim(start, end, voters[0][1].stance, **_details(voters, entities, shown, aside)))
        for voters in _layers(rest):
            by = [annotator for annotator, _ in voters]
            if len(voters) * 2 > total and sum((c.start, c.end) == (start, end) for c in claims) < wanted:
                claims.append(Claim(start, end, None, **_details(voters, entities, shown, aside)))
                said = ", ".join(f"{annotator}: {claim.stance}" for annotator, claim in voters)
                aside(by, f"stance of {shown}", f"no majority: {said}")
            else:
                for stance in sorted({claim.stance or "no stance" for _, claim in voters}):
                    of_stance = [annotator for annotator, claim in voters if (claim.stance or "no stance") == stance]
                    surplus = len(voters) * 2 > total
                    aside(of_stance, f"{shown}, {stance}", SURPLUS if surplus else _shortfall(len(voters), total))

    stances: dict[str, str] = {}
    for claim in task.claims:
        answers = [(a.annotator, a.stances[claim.id]) for a in task.annotations if claim.id in a.stances]
        for stance, votes in Counter(stance for _, stance in answers).items():
            if votes * 2 > total:
                stances[claim.id] = stance
            else:
                by = [annotator for annotator, said in answers if said == stance]
                aside(by, f"stance on {claim.id}: {stance}", _shortfall(votes, total))

    gold = Annotation(article_id, "gold", tuple(entities), tuple(sorted(claims, key=claim_order)), stances)
    annotators = tuple(a.annotator for a in task.annotations)
    return Merged(GoldDocument(task.article, task.claims, gold, annotators, task.preannotated_by), tuple(asides))


def _shortfall(votes: int, total: int) -> str:
    return f"{TIE if votes * 2 == total else MINORITY}: {votes} of {total} annotators"


Voters = list[tuple[str, Claim]]


def _vote_on_stances(
    annotations: Sequence[Annotation], start: int, end: int
) -> tuple[list[Voters], dict[str, list[Claim]]]:
    """The claims on one span whose stance has a majority, with their voters; and each annotator's other claims.

    One span may carry several claims (two sources, two stances), so the k-th claim of a stance by one
    annotator votes with the k-th of that stance by another.
    """
    rest = {
        a.annotator: sorted((c for c in a.claims if (c.start, c.end) == (start, end)), key=claim_order)
        for a in annotations
    }
    won: list[Voters] = []
    for stance in sorted({c.stance or "" for claims in rest.values() for c in claims}):
        same = {by: [c for c in claims if (c.stance or "") == stance] for by, claims in rest.items()}
        for voters in _layers(same):
            if len(voters) * 2 > len(annotations):
                won.append(voters)
                for annotator, claim in voters:
                    rest[annotator].remove(claim)
    return won, rest


def _layers(claims: dict[str, list[Claim]]) -> Iterator[Voters]:
    """First claims of all annotators, second claims of all who have one, and so on."""
    for k in range(max(map(len, claims.values()), default=0)):
        yield [(annotator, own[k]) for annotator, own in sorted(claims.items()) if k < len(own)]


class _Details(TypedDict):
    sources: tuple[Span, ...]
    about: str | None
    note: str | None


def _details(
    voters: Voters, entities: Sequence[Span], shown: str, aside: Callable[[Iterable[str], str, str], None]
) -> _Details:
    """What else those say who agree on a claim: sources and `about` by majority among them, all their notes."""
    sources: list[Span] = []
    for source, votes in sorted(Counter(s for _, claim in voters for s in claim.sources).items()):
        by = [annotator for annotator, claim in voters if source in claim.sources]
        what = f"source {source.label} {source.start}–{source.end} of {shown}"
        if votes * 2 <= len(voters):
            aside(by, what, _shortfall(votes, len(voters)))
        elif source not in entities:
            aside(by, what, "is no gold entity")
        else:
            sources.append(source)
    about: str | None = None
    for claim_id, votes in Counter(claim.about for _, claim in voters if claim.about).items():
        if votes * 2 > len(voters):
            about = claim_id
        else:
            by = [annotator for annotator, claim in voters if claim.about == claim_id]
            aside(by, f"{shown} about {claim_id}", _shortfall(votes, len(voters)))
    notes = sorted({claim.note for _, claim in voters if claim.note})
    return {"sources": tuple(sources), "about": about, "note": " | ".join(notes) or None}
