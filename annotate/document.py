"""The central records. An Article is a text with its provenance. An Annotation is one person's or model's work."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING, TypeVar, cast

from ..configs import CLAIM
from ..configs.errors import InputError, Problem, lacks, numberless, within
from ..configs.visible import as_given, counted

Piece = TypeVar("Piece")

if TYPE_CHECKING:
    from ..configs.labels import LabelSet

_PUBLISHED = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?([+-]\d\d:\d\d|Z)?)?", re.ASCII)


_AT_ONCE = 1 << 20  # code points encoded at a time, so that there is no second copy of a long text


def text_sha256(text: str) -> str:
    """Hex digest of the text's UTF-8 bytes: two texts with equal digests have equal offsets."""
    digest = hashlib.sha256()
    for start in range(0, len(text), _AT_ONCE):
        digest.update(text[start : start + _AT_ONCE].encode("utf-8"))
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Article:
    """One outlet's report. `text` never changes: every offset counts its code points.

    `published` is ISO 8601: a date, or a date and time, as precise as on the page.
    `agency` is the news agency that the text is credited to, if the outlet did not write it.
    `source` names the file or service that the article came from. Give `text_sha256` to
    check that the text is still the annotated one.

    Raises InputError if the id or text is unusable, or if the text does not match the digest.
    """

    id: str
    text: str
    title: str | None = None
    outlet: str | None = None
    published: str | None = None
    url: str | None = None
    event_id: str | None = None
    source: str | None = None
    agency: str | None = None
    text_sha256: str = ""

    def __post_init__(self) -> None:
        if not self.id or not self.id.isprintable() or " " in self.id:
            raise InputError(f"article id {self.id!r}: must be one word, without spaces")
        if not self.text.strip():
            raise InputError(f"article {self.id}: has no text")
        if "\0" in self.text:
            raise InputError(f"article {self.id}: the text has a NUL character; remove it")
        for field_name in ("id", "text", "title", "outlet", "url", "event_id", "source", "agency"):
            value, start = getattr(self, field_name) or "", 0
            try:
                for start in range(0, len(value), _AT_ONCE):
                    value[start : start + _AT_ONCE].encode("utf-8")
            except UnicodeEncodeError as error:
                shown, at = self.id.encode("ascii", "backslashreplace").decode(), start + error.start
                raise InputError(
                    f"article {shown}: the {field_name} has half a character (a lone surrogate) at {at}"
                ) from None
        digest = text_sha256(self.text)
        if self.text_sha256 and self.text_sha256 != digest:
            raise InputError(
                f"article {self.id}: the text differs from the annotated text "
                f"(its hash was {self.text_sha256[:8]}, now {digest[:8]}); restore the text, or annotate anew"
            )
        object.__setattr__(self, "text_sha256", digest)
        if self.published is not None and not _is_iso(self.published):
            raise InputError(
                f"article {self.id}: published {self.published!r} is not a date like 2025-12-05 or 2025-12-05T19:29"
            )


@dataclass(frozen=True, slots=True)
class EventClaim:
    """A contested statement about an event, written by an editor; articles take a stance on it."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The code points from `start` up to, not including, `end` of an article's text, with a label.

    Raises InputError if the offsets are invalid or the label is missing. `span_problem` checks a span against a text.
    """

    start: int
    end: int
    label: str

    def __post_init__(self) -> None:
        # There may be hundreds of thousands of spans: one expression checks them, and a message is built only on
        # failure.
        start, end, label = self.start, self.end, self.label
        if type(start) is type(end) is int and 0 <= start < end and label and isinstance(label, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            return
        raise InputError(_misplaced(start, end) or f"span {start}–{end}: needs a label, as text, not {label!r}")


@dataclass(frozen=True, slots=True)
class Claim:
    """A piece of text that asserts something and is attributed to somebody.

    `stance` is the source's stance on the content, None if there is none. `sources` are entities of
    the same annotation. `about` is the id of the event claim that it speaks to.
    """

    start: int
    end: int
    stance: str | None = None
    sources: tuple[Span, ...] = ()
    about: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        if problem := _misplaced(self.start, self.end):
            raise InputError(problem)
        where = f"claim {self.start}–{self.end}"
        if not _are(Span, self.sources):
            raise InputError(f"{where}: its sources must be Spans, in a tuple, not {self.sources!r}")
        for name in ("stance", "about"):
            value = getattr(self, name)
            if value is not None and not _is_name(value):
                raise InputError(f"{where}: its {name} must be text that is not empty, or None, not {value!r}")
        if self.note and not _is_name(self.note):
            raise InputError(f"{where}: its note must be text or None, not {self.note!r}")


@dataclass(frozen=True, slots=True)
class Annotation:
    """The entities, claims and stances that one annotator, adjudicator or extractor gives for one article.

    `stances` maps event claim ids to the article's stances. `Annotation.on` also checks the text and the scheme.

    Raises InputError, as Span and Claim do, if something is of the wrong type or empty.
    """

    article_id: str
    annotator: str
    entities: tuple[Span, ...] = ()
    claims: tuple[Claim, ...] = ()
    stances: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        for name in ("article_id", "annotator"):
            if not _is_name(getattr(self, name)):
                raise InputError(f"annotation: its {name} must be text that is not empty, not {getattr(self, name)!r}")
        where = f"annotation of {self.article_id} by {self.annotator}"
        for name, kind in (("entities", Span), ("claims", Claim)):
            if not _are(kind, getattr(self, name)):
                raise InputError(f"{where}: its {name} must be {kind.__name__}s, in a tuple")
        for claim, stance in self.stances.items():
            if not (_is_name(claim) and _is_name(stance)):
                raise InputError(f"{where}: the stance on {claim!r} must be text that is not empty, not {stance!r}")

    @classmethod
    def on(
        cls,
        article: Article,
        scheme: LabelSet,
        annotator: str,
        entities: Iterable[Span] = (),
        claims: Iterable[Claim] = (),
        stances: Mapping[str, str] | None = None,
        event_claims: Collection[str] = (),
    ) -> Annotation:
        """An Annotation that fits the article's text, `scheme` and `event_claims` (ids).

        Spans are sorted in text order. Raises InputError with every problem: article, span, text, and how to mend it.
        """
        made = cls(
            article.id,
            annotator,
            tuple(sorted(entities, key=span_order)),
            tuple(sorted(claims, key=claim_order)),
            dict(stances or {}),
        )
        problems = list(_problems(made, article, scheme, event_claims))
        if problems:
            raise InputError(*within(f"article {article.id}, {annotator}", problems))
        return made


def _misplaced(start: object, end: object) -> str | None:
    """The reason why these offsets fit no text; None if they are valid."""
    if type(start) is not int or type(end) is not int:
        return f"span {start!r}–{end!r}: offsets must be whole numbers"
    return None if 0 <= start < end else f"span {start}–{end}: start must be at least 0 and less than end"


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _are(kind: type, values: object) -> bool:
    return isinstance(values, tuple) and all(isinstance(value, kind) for value in cast("tuple[object, ...]", values))


# Sort key: text order. It gives the same order as comparing spans, five times faster.
span_order = attrgetter("start", "end", "label")


def outermost(spans: Iterable[Span]) -> list[Span]:
    """The spans that overlap no earlier or longer one, in text order."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end, span.label)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


def overlapping(pieces: Iterable[Piece], place_of: Callable[[Piece], tuple[int, int]]) -> list[list[Piece]]:
    """The pieces by place, in text order: what overlaps, one with the next, is one place. Touching is no overlap.

    `place_of` says where a piece starts and ends.
    """
    places: list[list[Piece]] = []
    last = 0
    for piece in sorted(pieces, key=place_of):
        start, end = place_of(piece)
        if places and start < last:
            places[-1].append(piece)
        else:
            places.append([piece])
        last = max(last, end)
    return places


def claim_order(claim: Claim) -> tuple[object, ...]:
    """Sort key: text order, then content. Equal sets of claims always get the same order."""
    return (claim.start, claim.end, claim.stance or "", claim.sources, claim.about or "", claim.note or "")


def columns_of_spans(spans: Iterable[Span]) -> list[list[Span]]:
    """Overlapping spans in columns of spans that do not overlap.

    Each is in the first column whose spans have all ended, by start, then the longer first.
    """
    columns: list[list[Span]] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end, s.label)):
        free = next((column for column in columns if column[-1].end <= span.start), None)
        if free is None:
            columns.append([span])
        else:
            free.append(span)
    return columns


def span_problem(start: object, end: object, text: str) -> str | None:
    """The reason why the span is not a valid piece of `text`, and how to mend it; None if it is valid."""
    if type(start) is not int or type(end) is not int:
        return f"offsets must be whole numbers, not {as_given(start)} and {as_given(end)}"
    if not 0 <= start < end:
        return "start must be at least 0 and less than end"
    if end > len(text):
        return f"ends outside the text, which has {counted(len(text), 'character')}; was another text annotated?"
    piece = text[start:end]
    if not piece.strip():
        return "holds only white space; remove it"
    if piece != piece.strip():
        left = start + len(piece) - len(piece.lstrip())
        return f"has white space at a boundary; it should be {left}–{left + len(piece.strip())}"
    return None


def show_span(start: object, end: object, label: str, text: str) -> str:
    """A span for a message: label, offsets, and its words on one line."""
    words = text[start:end] if isinstance(start, int) and isinstance(end, int) and start >= 0 else ""
    words = " ".join(words.split(" ")).replace("\n", "⏎").replace("\r", "⏎")
    return f"{label} {as_given(start)}–{as_given(end)} “{words if len(words) <= 60 else words[:59] + '…'}”"


def _problems(
    annotation: Annotation, article: Article, scheme: LabelSet, event_claims: Collection[str]
) -> Iterable[str]:
    text, labels = article.text, scheme.entity_labels
    for span in annotation.entities:
        problem = span_problem(span.start, span.end, text)
        if problem is None and span.label in labels:
            continue
        shown = show_span(span.start, span.end, span.label, text)
        if problem:
            yield Problem(shown, problem, numberless(problem))
        else:
            yield Problem(shown, lacks(scheme.id, "label", span.label, labels))
    entities = set(annotation.entities)
    for claim in annotation.claims:
        shown = show_span(claim.start, claim.end, CLAIM, text)
        problem = span_problem(claim.start, claim.end, text)
        if problem:
            yield Problem(shown, problem, numberless(problem))
        if not scheme.has_claims:
            yield Problem(shown, f"{scheme.id} has no claims")
        elif claim.stance is not None and claim.stance not in scheme.claim_stances:
            yield Problem(shown, lacks(scheme.id, "claim stance", claim.stance, scheme.claim_stances))
        if claim.about is not None and claim.about not in event_claims:
            yield f"{shown}: is about {claim.about}, which is not a claim of the article's event"
        for source in claim.sources:
            if source not in entities:
                yield f"{shown}: its source {show_span(source.start, source.end, source.label, text)} is not an entity"
    for claim_id, stance in annotation.stances.items():
        if claim_id not in event_claims:
            yield f"stance on {claim_id}: no such claim of the article's event"
        if stance not in scheme.article_stances:
            yield f"stance on {claim_id}: {lacks(scheme.id, 'article stance', stance, scheme.article_stances)}"


def _is_iso(published: str) -> bool:
    if not _PUBLISHED.fullmatch(published):
        return False
    try:
        datetime.fromisoformat(published)
    except ValueError:
        return False
    return True
