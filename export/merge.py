"""Merges the Annotations of several annotators on one article into its gold, by a policy or an adjudicator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from ..annotate.document import Annotation, Claim, Span, claim_order, show_span, span_order
from ..configs.scheme import CLAIM
from ..configs.visible import counted
from ..eval.gold.records import GoldDocument, Origin, Origins, SetAside
from .finished import FinishedTask
from .policy import MAJORITY, Policy, most_by_place

TIE = "tie"
MINORITY = "minority"
SURPLUS = "more claims on this span than most annotators marked"


@dataclass(frozen=True, slots=True)
class Merged:
    """A gold document, and all work of annotators that is not in it.

    `document` is None if the policy needs an annotator who did not finish the article.
    """

    document: GoldDocument | None
    set_aside: tuple[SetAside, ...]

    @property
    def undecided(self) -> bool:
        """Whether the policy leaves something undecided, so that an adjudicator is needed."""
        return any(aside.undecided for aside in self.set_aside)


def merge(
    task: FinishedTask,
    policy: Policy = MAJORITY,
    adjudicated: FinishedTask | None = None,
    *,
    claim_stances: bool = True,
) -> Merged:
    """Merges the annotators' work on an article into gold, and lists the rest.

    Undecided and outvoted pieces are both set aside with their annotators; only undecided pieces are marked
    `undecided`. If a claim's span is decided but its stance is not, the claim enters without stance. Sources must be
    gold entities. If the article was `adjudicated`, only the majority of adjudicators decides, and pieces that the
    policy would not have made gold are marked as adjudicated. Needs at least one annotation. `claim_stances` says
    whether the scheme has stances of claims; then a claim without stance is reported.
    """
    if adjudicated is None or not adjudicated.annotations:
        asked = policy.asked(task)
        if not asked:
            who = f"not finished by {policy.trusted}" if policy.trusted else "no annotation is starred as ground truth"
            names = tuple(a.annotator for a in task.annotations)
            return Merged(None, (SetAside(task.article.id, names, "article", who, undecided=True),))
        decision = _Decision(task, asked, [a for a in task.annotations if a not in asked], policy, claim_stances)
        return Merged(decision.document(decision.origins), tuple(decision.set_aside))
    # An adjudicator may be one of the annotators.
    judges = [replace(a, annotator=f"adjudicator {a.annotator}") for a in adjudicated.annotations]
    decision = _Decision(task, judges, task.annotations, MAJORITY, claim_stances)
    by_policy = merge(task, policy, claim_stances=claim_stances).document
    origins = _adjudicated(decision, by_policy.annotation if by_policy else None, {j.annotator for j in judges})
    return Merged(decision.document(origins), tuple(decision.set_aside))


def _adjudicated(decision: _Decision, by_policy: Annotation | None, judges: Collection[str]) -> Origins:
    """The origins without the judges' names; pieces that the policy alone would not give are marked as adjudicated."""
    entities = set(by_policy.entities) if by_policy else set[Span]()
    claims = {_key(claim) for claim in by_policy.claims} if by_policy else set[tuple[int, int, str | None]]()
    stances = by_policy.stances if by_policy else {}

    def origin(by: Origin, known: bool) -> Origin:
        return Origin(tuple(name for name in by.annotators if name not in judges), not known)

    gold, found = decision.annotation, decision.origins
    return Origins(
        tuple(origin(by, span in entities) for span, by in zip(gold.entities, found.entities, strict=True)),
        tuple(origin(by, _key(claim) in claims) for claim, by in zip(gold.claims, found.claims, strict=True)),
        {key: origin(by, stances.get(key) == gold.stances[key]) for key, by in found.stances.items()},
    )


def _key(claim: Claim) -> tuple[int, int, str | None]:
    return claim.start, claim.end, claim.stance


Voters = list[tuple[str, Claim]]
Edges = tuple[int, int]


class _Decision:
    """The votes on one article of the annotators who decide, and the work of all others."""

    def __init__(
        self,
        task: FinishedTask,
        asked: Sequence[Annotation],
        others: Sequence[Annotation],
        policy: Policy,
        claim_stances: bool,
    ) -> None:
        self._claim_stances = claim_stances
        self._task, self._text = task, task.article.text
        self._asked, self._others = asked, others
        self._total, self._policy = len(asked), policy
        self._needed = policy.needed(len(asked))
        self.set_aside: list[SetAside] = []
        entities = self._entities()
        claims = sorted(self._claims({span for span, _ in entities}), key=lambda pair: claim_order(pair[0]))
        stances = dict(self._stances())
        self.annotation = Annotation(
            task.article.id,
            "gold",
            tuple(span for span, _ in entities),
            tuple(claim for claim, _ in claims),
            {claim_id: stance for claim_id, (stance, _) in stances.items()},
        )
        self.origins = Origins(
            tuple(origin for _, origin in entities),
            tuple(origin for _, origin in claims),
            {claim_id: origin for claim_id, (_, origin) in stances.items()},
        )

    def document(self, origins: Origins) -> GoldDocument:
        """The gold document, with these origins."""
        task = self._task
        annotators = tuple(a.annotator for a in task.annotations)
        return GoldDocument(
            task.article, task.claims, self.annotation, annotators, task.preannotated_by, origins, task.older
        )

    # --- entities

    def _entities(self) -> list[tuple[Span, Origin]]:
        marked: dict[Span, list[str]] = {}
        votes: Counter[Span] = Counter()
        for annotation in self._asked:
            votes.update(annotation.entities)
        for annotation in (*self._asked, *self._others):
            for span in annotation.entities:
                marked.setdefault(span, []).append(annotation.annotator)
        in_order = sorted(marked, key=span_order)
        kept, tied = {span for span in in_order if votes[span] >= self._needed}, set[Span]()
        if self._policy.most:
            kept, tied = most_by_place([a.entities for a in self._asked], kept, _edges)
        gold = [(span, _origin(marked[span])) for span in in_order if span in kept]
        for span in in_order:
            if span not in kept:
                by = marked[span]
                against = sum(a.annotator not in by and _is_against(span, a.entities, kept) for a in self._asked)
                shown = show_span(span.start, span.end, span.label, self._text)
                self._aside(by, shown, votes[span], against, tied=span in tied)
        return gold

    # --- claims

    def _claims(self, entities: Collection[Span]) -> Iterator[tuple[Claim, Origin]]:
        """The gold claims. Claims that are set aside are listed in text order, then by stance."""
        spans = sorted({(c.start, c.end) for a in (*self._asked, *self._others) for c in a.claims})
        needed, tied = self._needed_on_claims(spans)
        ballots = {span: _Ballot.on(*span, self._asked, needed[span]) for span in spans}
        kept = {span for span, ballot in ballots.items() if ballot.won or ballot.undecided}
        for (start, end), ballot in ballots.items():
            shown = show_span(start, end, CLAIM, self._text)
            gold: list[tuple[Claim, list[str]]] = []
            for voters in ballot.won:
                claim = Claim(start, end, voters[0][1].stance)
                gold.append((self._with_details(claim, voters, entities, shown), [by for by, _ in voters]))
            for voters in ballot.undecided:
                by = [annotator for annotator, _ in voters]
                gold.append((self._with_details(Claim(start, end), voters, entities, shown), by))
                votes = ", ".join(f"{annotator}: {claim.stance}" for annotator, claim in voters)
                self._note(by, f"stance of {shown}", f"no majority: {votes}", undecided=True)
            for voters in ballot.lost:
                by_all = {annotator for annotator, _ in voters}
                against = sum(
                    a.annotator not in by_all and _is_against((start, end), [(c.start, c.end) for c in a.claims], kept)
                    for a in self._asked
                )
                surplus = len(voters) >= needed[start, end]
                for version in sorted({self._shown(shown, claim) for _, claim in voters}):
                    by = [annotator for annotator, claim in voters if self._shown(shown, claim) == version]
                    reason = SURPLUS if surplus else None
                    self._aside(by, version, len(voters), against, reason, tied=(start, end) in tied)
            self._claims_of_others(start, end, gold, shown)
            for claim, by in gold:
                yield claim, _origin(by)

    def _needed_on_claims(self, spans: Iterable[Edges]) -> tuple[dict[Edges, int], set[Edges]]:
        """The votes that a claim needs, by its span; and the spans with a tie.

        With `most`, it is the number of votes for its most frequent stance, or of all who marked it if there is none.
        """
        if not self._policy.most:
            return dict.fromkeys(spans, self._needed), set()
        own = [{(c.start, c.end) for c in a.claims} for a in self._asked]
        votes = Counter(span for marked in own for span in marked)
        sure = [span for span in spans if votes[span] >= self._needed]
        kept, tied = most_by_place(own, sure, _edges)
        needed = dict.fromkeys(spans, self._total + 1)
        for span in kept:
            stances = Counter(c.stance for a in self._asked for c in a.claims if (c.start, c.end) == span)
            needed[span] = next((n for _, n in _most_common(stances)), votes[span])
        return needed, tied

    def _shown(self, shown: str, claim: Claim) -> str:
        """A claim with its stance, if the scheme has stances of claims."""
        return f"{shown}, {claim.stance or 'no stance'}" if self._claim_stances else shown

    def _claims_of_others(self, start: int, end: int, gold: Sequence[tuple[Claim, list[str]]], shown: str) -> None:
        """Handles claims of annotators who do not decide: equal gold claims get their names; others are set aside."""
        for annotation in self._others:
            free = list(gold)
            for claim in annotation.claims:
                if (claim.start, claim.end) != (start, end):
                    continue
                same = next((pair for pair in free if pair[0].stance == claim.stance), None)
                if same is None:
                    self._aside([annotation.annotator], self._shown(shown, claim), 0, self._total)
                    continue
                free.remove(same)
                same[1].append(annotation.annotator)
                for source in sorted(set(claim.sources) - set(same[0].sources)):
                    self._aside([annotation.annotator], _source_of(source, shown), 0, self._total)
                if claim.about and claim.about != same[0].about:
                    self._aside([annotation.annotator], f"{shown} about {claim.about}", 0, self._total)

    def _with_details(self, claim: Claim, voters: Voters, entities: Collection[Span], shown: str) -> Claim:
        """The claim with the other values of the annotators who agree on it: sources and `about` by vote, all notes."""
        needed = self._policy.needed(len(voters))
        named = Counter(source for _, claim in voters for source in claim.sources)
        sources = [source for source, votes in sorted(named.items()) if votes >= needed]
        for source, votes in sorted(named.items()):
            by = [annotator for annotator, claim in voters if source in claim.sources]
            if votes < needed:
                # Annotators vote against it if they name no source, or a source that is already accepted.
                against = sum(
                    source not in claim.sources and (not claim.sources or not set(sources).isdisjoint(claim.sources))
                    for _, claim in voters
                )
                self._aside(by, _source_of(source, shown), votes, against, total=len(voters))
            elif source not in entities:
                self._note(by, _source_of(source, shown), "is not a gold entity")
        said_about = Counter(claim.about for _, claim in voters if claim.about)
        about = next((claim_id for claim_id, votes in said_about.items() if votes >= needed), None)
        for claim_id, votes in said_about.items():
            if claim_id != about:
                by = [annotator for annotator, claim in voters if claim.about == claim_id]
                against = sum(claim.about in (None, about) for _, claim in voters)
                self._aside(by, f"{shown} about {claim_id}", votes, against, total=len(voters))
        notes = sorted({claim.note for _, claim in voters if claim.note})
        gold_sources = tuple(source for source in sources if source in entities)
        return replace(claim, sources=gold_sources, about=about, note=" | ".join(notes) or None)

    # --- article stances

    def _stances(self) -> Iterator[tuple[str, tuple[str, Origin]]]:
        for claim in self._task.claims:
            answers = [(a.annotator, a.stances[claim.id]) for a in self._asked if claim.id in a.stances]
            also = [(a.annotator, a.stances[claim.id]) for a in self._others if claim.id in a.stances]
            votes = Counter(stance for _, stance in answers)
            won = next((stance for stance, count in votes.items() if count >= self._needed), None)
            tied = False
            if self._policy.most:
                silent = Counter({None: self._total - len(answers)})
                best = _most_common(Counter[str | None](votes) + silent)
                won, tied = (best[0][0], False) if best else (None, True)
            against = self._total - len(answers) + (votes[won] if won else 0)
            for stance in dict.fromkeys(stance for _, stance in (*answers, *also)):
                by = [annotator for annotator, answer in (*answers, *also) if answer == stance]
                if stance == won:
                    yield claim.id, (stance, _origin(by))
                else:
                    self._aside(by, f"stance on {claim.id}: {stance}", votes[stance], against, tied=tied)

    # --- setting aside

    def _aside(
        self,
        by: Iterable[str],
        what: str,
        votes: int,
        against: int,
        reason: str | None = None,
        total: int | None = None,
        tied: bool = False,
    ) -> None:
        """Sets a piece with too few votes aside. It is undecided unless enough deciding annotators are against it.

        Under the policy `most`, the piece is undecided if it is `tied`.
        """
        total = self._total if total is None else total
        needed = self._policy.needed(total)
        if reason is None and not votes:
            reason = f"not by {', '.join(a.annotator for a in self._asked)}"
        elif reason is None and needed == total > 2:
            reason = f"not unanimous: {votes} of {counted(total, 'annotator')}"
        elif reason is None:
            reason = f"{TIE if tied or votes * 2 == total else MINORITY}: {votes} of {counted(total, 'annotator')}"
        by_most = self._policy.most and total == self._total
        self._note(by, what, reason, undecided=tied if by_most else against < needed)

    def _note(self, by: Iterable[str], what: str, reason: str, *, undecided: bool = False) -> None:
        self.set_aside.append(SetAside(self._task.article.id, tuple(by), what, reason, undecided))


def _origin(by: Iterable[str]) -> Origin:
    return _origin_of(tuple(by))


@lru_cache(maxsize=1024)
def _origin_of(by: tuple[str, ...]) -> Origin:
    # Most spans of a corpus come from the same few annotators, so equal lists of them are shared.
    return Origin(tuple(sorted(set(by))))


def _source_of(source: Span, shown: str) -> str:
    return f"source {source.label} {source.start}–{source.end} of {shown}"


def _is_against(span: Span | tuple[int, int], own: Iterable[Span | tuple[int, int]], kept: Collection[object]) -> bool:
    """Whether an annotator who marked `own` spans, but not this one, votes against it.

    That is so if none of the annotator's spans overlaps it, or if an overlapping one is gold.
    """
    start, end = _edges(span)
    overlapping = [piece for piece in own if _edges(piece)[0] < end and start < _edges(piece)[1]]
    return not overlapping or any(piece in kept for piece in overlapping)


def _most_common(counts: Counter[str | None]) -> list[tuple[str | None, int]]:
    """The most frequent value with its count; None if several are equally frequent."""
    first = counts.most_common(2)
    return first[:1] if len(first) < 2 or first[1][1] < first[0][1] else []


def _edges(span: Span | tuple[int, int]) -> tuple[int, int]:
    return (span.start, span.end) if isinstance(span, Span) else span


@dataclass(slots=True)
class _Ballot:
    """The votes on the claims of one span.

    `won` are claims with enough votes for a stance; `undecided` are claims by enough annotators whose stances differ;
    `lost` are all others.
    """

    won: list[Voters] = field(default_factory=list[Voters])
    undecided: list[Voters] = field(default_factory=list[Voters])
    lost: list[Voters] = field(default_factory=list[Voters])

    @classmethod
    def on(cls, start: int, end: int, annotations: Sequence[Annotation], needed: int) -> _Ballot:
        """One span may carry several claims (two sources, two stances), so the k-th claim of a stance by one
        annotator votes with the k-th of that stance by another."""
        ballot = cls()
        rest = {
            a.annotator: sorted((c for c in a.claims if (c.start, c.end) == (start, end)), key=claim_order)
            for a in annotations
        }
        # The number of claims that enough annotators marked on this span, whatever their stances.
        wanted = next(iter(sorted(map(len, rest.values()), reverse=True)[needed - 1 :]), 0)
        for stance in sorted({c.stance or "" for claims in rest.values() for c in claims}):
            same = {by: [c for c in claims if (c.stance or "") == stance] for by, claims in rest.items()}
            for voters in _layers(same):
                if len(voters) >= needed:
                    ballot.won.append(voters)
                    for annotator, claim in voters:
                        rest[annotator].remove(claim)
        for voters in _layers(rest):
            enough = len(voters) >= needed and len(ballot.won) + len(ballot.undecided) < wanted
            (ballot.undecided if enough else ballot.lost).append(voters)
        return ballot


def _layers(claims: dict[str, list[Claim]]) -> Iterator[Voters]:
    """The first claims of all annotators, then the second claims of those who have two, and so on."""
    for k in range(max(map(len, claims.values()), default=0)):
        yield [(annotator, own[k]) for annotator, own in sorted(claims.items()) if k < len(own)]
