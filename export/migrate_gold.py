"""Brings a gold set made under an older scheme to a newer one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..annotate.document import Annotation, Claim, Span, claim_order, show_span, span_order
from ..configs.errors import InputError
from ..configs.folders import whole_folder
from ..configs.scheme import CLAIM, Scheme
from ..configs.versions import CLAIM_LAYER
from ..eval.gold.records import GOLD_FOLDER, Gold, GoldDocument, Origin, Origins, SetAside
from ..eval.gold.rows import read_gold
from ..eval.gold.scheme import identity_of, one_content
from .dataset import write_gold
from .diff import diff
from .migrate import ARTICLE_STANCES, CLAIM_STANCES, ENTITIES, Rule, event_claim_shown, rule_between


def migrate_gold(gold: Gold, scheme: Scheme, version: str | None = None) -> Gold:
    """The gold set under a newer scheme, with this version or the next one that fits.

    Splits, ids, annotators and origins stay. Entities that become equal are joined; pieces without a single successor
    are set aside. Raises InputError if the scheme does not say what became of the gold's labels.
    """
    one_content(scheme, gold)
    old = identity_of(gold)
    rule = rule_between(old, scheme)
    if rule is None:
        message = "is the scheme it has" if old.id == scheme.id else f"is no newer version of {old.id}, and its `from` "
        message += "" if old.id == scheme.id else "does not name that"
        raise InputError(f"{gold.where}: {scheme.id} {message}; there is nothing to migrate")
    set_aside: list[SetAside] = []
    splits = {
        split: tuple(migrate_document(document, rule, set_aside) for document in documents)
        for split, documents in gold.splits.items()
    }
    made = replace(gold, labels=scheme, splits=splits, set_aside=(*gold.set_aside, *set_aside), path=None)
    return replace(made, version=version or diff(gold, made).suggested or gold.version)


def migrate_document(document: GoldDocument, rule: Rule, set_aside: list[SetAside]) -> GoldDocument:
    """The document under the rule's new scheme. Pieces that do not enter it are added to `set_aside`."""
    annotation, origins, text = document.annotation, document.origins, document.article.text

    def aside(what: str, reason: str, by: Origin, undecided: bool = False) -> None:
        set_aside.append(SetAside(document.article.id, by.annotators, what, reason, undecided))

    def renamed(layer: str, label: str, what: str, by: Origin) -> str | None:
        successor = rule.successor(layer, label)
        if isinstance(successor, str):
            return successor
        aside(what, rule.reason(layer, label), by, successor is not None)
        return None

    entities: dict[Span, Origin] = {}
    first: dict[Span, Span] = {}
    became: dict[Span, Span] = {}
    known = origins.entities or (Origin(),) * len(annotation.entities)
    for span, origin in zip(annotation.entities, known, strict=True):
        shown = show_span(span.start, span.end, span.label, text)
        label = renamed(ENTITIES, span.label, shown, origin)
        if label is None:
            continue
        new = became[span] = Span(span.start, span.end, label)
        if new in entities:
            aside(shown, f"is {label} in {rule.new.id}, as {first[new].label} there is; counts once", origin)
            both = entities[new]
            names = tuple(sorted({*both.annotators, *origin.annotators}))
            origin = Origin(names, both.adjudicated or origin.adjudicated)
        first.setdefault(new, span)
        entities[new] = origin
    claims: list[tuple[Claim, Origin]] = []
    known = origins.claims or (Origin(),) * len(annotation.claims)
    for claim, origin in zip(annotation.claims, known, strict=True):
        shown = show_span(claim.start, claim.end, CLAIM, text)
        if rule.successor(CLAIM_LAYER, CLAIM) is None:
            aside("; ".join([shown, *_said(claim)]), rule.reason(CLAIM_LAYER, CLAIM), origin)
            continue
        stance, about = claim.stance, claim.about
        if stance is not None:
            stance = renamed(CLAIM_STANCES, stance, f"stance {stance} of {shown}", origin)
        sources: set[Span] = set()
        for source in claim.sources:
            if source in became:
                sources.add(became[source])
            else:
                message = f"source {source.label} {source.start}–{source.end} of {shown}"
                aside(message, f"is not an entity in {rule.new.id}", origin)
        if about is not None and rule.event_claims:
            aside(f"{shown} is about {about}", rule.event_claims, origin)
            about = None
        kept = replace(claim, stance=stance, sources=tuple(sorted(sources, key=span_order)), about=about)
        claims.append((kept, origin))
    stances: dict[str, str] = {}
    for claim_id, stance in annotation.stances.items():
        by = origins.stances.get(claim_id, Origin())
        now = renamed(ARTICLE_STANCES, stance, f"stance on {claim_id}: {stance}", by)
        if now is not None:
            stances[claim_id] = now
    if rule.event_claims:
        for event_claim in document.claims:
            aside(event_claim_shown(event_claim.id, event_claim.text), rule.event_claims, Origin())
    ordered = sorted(entities, key=span_order)
    claims.sort(key=lambda pair: claim_order(pair[0]))
    return replace(
        document,
        claims=() if rule.event_claims else document.claims,
        annotation=Annotation(
            annotation.article_id, annotation.annotator, tuple(ordered), tuple(claim for claim, _ in claims), stances
        ),
        origins=Origins(
            tuple(entities[span] for span in ordered) if origins.entities else (),
            tuple(origin for _, origin in claims) if origins.claims else (),
            {claim_id: origins.stances[claim_id] for claim_id in stances if claim_id in origins.stances},
        ),
        older=rule.older(document.older),
    )


def _said(claim: Claim) -> list[str]:
    """The values of a claim besides its place."""
    sources = [f"source {source.label} {source.start}–{source.end}" for source in claim.sources]
    parts = [claim.stance and f"stance {claim.stance}", *sources, claim.about and f"about {claim.about}"]
    return [part for part in (*parts, claim.note and f"note: {claim.note}") if part]


def write_migrated_gold(
    folder: Path, scheme: Scheme, output: Path, version: str | None = None, force: bool = False
) -> tuple[Gold, Gold]:
    """Writes a gold folder under a newer scheme: see `migrate_gold`. Returns the gold sets, old and new."""
    old = read_gold(folder)
    new = migrate_gold(old, scheme, version)
    with whole_folder(output, GOLD_FOLDER, force) as made:
        write_gold(new, made)
    return old, new
