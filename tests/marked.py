"""Articles and gold sets for tests, written as texts in which the spans are marked: «زار [دمشق|GPE]»."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mihakk.annotate.document import Annotation, Article, Claim, EventClaim, Span
from mihakk.configs.scheme import load_scheme
from mihakk.eval.gold.records import Gold, GoldDocument

SCHEME = load_scheme()


def marked(source: str) -> tuple[str, list[Span]]:
    """The text without its marks, and the spans in the order in which they close. Spans may nest."""
    text = ""
    opened: list[int] = []
    spans: list[Span] = []
    for piece in re.split(r"(\[|\|[A-Za-z:]+\])", source):
        if piece == "[":
            opened.append(len(text))
        elif piece.startswith("|") and piece.endswith("]"):
            spans.append(Span(opened.pop(), len(text), piece[1:-1]))
        else:
            text += piece
    return text, spans


def annotation(source: str, annotator: str = "gold", stances: Mapping[str, str] | None = None) -> Annotation:
    """What `source` marks: [...|LABEL] is an entity, [...|CLAIM] and [...|CLAIM:stance] are claims."""
    _, spans = marked(source)
    entities = [span for span in spans if not span.label.startswith("CLAIM")]
    claims = [
        Claim(span.start, span.end, span.label.partition(":")[2] or None)
        for span in spans
        if span.label.startswith("CLAIM")
    ]
    given = dict(stances or {})
    return Annotation.on(Article("x", marked(source)[0]), SCHEME, annotator, entities, claims, given, tuple(given))


def gold_document(
    name: str, source: str, stances: Mapping[str, str | None] | None = None, /, **fields: Any
) -> GoldDocument:
    """A gold document; `stances` has every claim of its event, None where the stance is open."""
    claims = tuple(EventClaim(claim, f"ادعاء {claim}") for claim in stances or {})
    given = {claim: stance for claim, stance in (stances or {}).items() if stance}
    said = annotation(source, stances=given)
    return GoldDocument(
        Article(name, marked(source)[0], **fields),
        claims,
        Annotation(name, "gold", said.entities, said.claims, given),
    )


def gold(
    train: Iterable[GoldDocument] = (),
    validation: Iterable[GoldDocument] = (),
    test: Sequence[GoldDocument] = (),
    name: str = "تجربة",
    version: str = "1.0",
) -> Gold:
    """A gold set in memory."""
    return Gold(
        name,
        version,
        SCHEME,
        {"train": tuple(train), "validation": tuple(validation), "test": tuple(test)},
    )
