"""A table for the adjudicator of the differences in an article: all versions of each piece side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from ..annotate.document import Claim, Span, show_span
from ..configs.languages import words_of
from ..configs.scheme import CLAIM, Scheme
from ..eval.gold.records import SetAside
from .finished import FinishedTask
from .merge import Merged

_AROUND = 30  # code points of text shown on either side of a piece
Edges = tuple[int, int]


def undecided_of(task: FinishedTask, merged: Merged) -> list[SetAside]:
    """The pieces that the adjudicator must decide."""
    return [aside for aside in (*merged.set_aside, *(split.aside for split in task.split)) if aside.undecided]


def is_open(claim: Edges, text: str, undecided: Iterable[str]) -> bool:
    """Whether a claim is undecided: the claim itself, its stance, a source, or the event's claim that it is about."""
    shown = show_span(*claim, CLAIM, text)  # each of these texts contains the claim
    return any(shown in piece for piece in undecided)


def differences_html(task: FinishedTask, merged: Merged, scheme: Scheme) -> str:
    """A table with a row for each undecided piece: names and claims in text order, then stances of the article.

    Overlapping pieces form one row. A line below says that all other pieces are agreed. Every text is escaped.
    """
    undecided = [aside.what for aside in undecided_of(task, merged)]
    words = words_of(scheme.language)
    rows = [*_pieces(task, undecided, scheme), *_stances(task, undecided, scheme)]
    agreed = f"<p>{escape(words['agreed'] if rows else words['all_agreed'])}</p>"
    if not rows:
        return agreed
    head = "".join(f"<th>{escape(annotation.annotator)}</th>" for annotation in task.annotations)
    return f"<table><tr><th>{escape(words['differences'])}</th>{head}</tr>{''.join(rows)}</table>{agreed}"


def _pieces(task: FinishedTask, undecided: Sequence[str], scheme: Scheme) -> Iterator[str]:
    """The rows of entities and claims."""
    text = task.article.text
    shown = set(undecided)
    entities = {span for a in task.annotations for span in a.entities}
    claims = {(c.start, c.end) for a in task.annotations for c in a.claims}
    open_entities = {(s.start, s.end) for s in entities if show_span(s.start, s.end, s.label, text) in shown}
    open_entities |= {(s.start, s.end) for split in task.split for s in split.spans}
    open_claims = {at for at in claims if is_open(at, text, undecided)}
    rows = [(at, False) for at in _joined(open_entities, ((s.start, s.end) for s in entities))]
    rows += [(at, True) for at in _joined(open_claims, claims)]
    for (start, end), of_claims in sorted(rows):
        cells = [
            [_claim(c, task, scheme) for c in a.claims if c.start < end and start < c.end]
            if of_claims
            else [_entity(s, text, scheme) for s in a.entities if s.start < end and start < s.end]
            for a in task.annotations
        ]
        low, high = max(0, start - _AROUND), min(len(text), end + _AROUND)
        before = ("…" if low else "") + text[low:start]
        after = text[end:high] + ("…" if high < len(text) else "")
        yield _row(f"{escape(before)}<mark>{escape(text[start:end])}</mark>{escape(after)}", cells)


def _joined(open_: Iterable[Edges], every: Iterable[Edges]) -> list[Edges]:
    """The open pieces, each extended by all spans that overlap it; pieces that then overlap are joined."""
    found: list[Edges] = []
    around = sorted(every)
    for start, end in sorted(open_):
        touching = [at for at in around if at[0] < end and start < at[1]]
        low, high = min([start, *(at[0] for at in touching)]), max([end, *(at[1] for at in touching)])
        if found and low < found[-1][1]:
            low, high = min(low, found[-1][0]), max(high, found[-1][1])
            found.pop()
        found.append((low, high))
    return found


def _stances(task: FinishedTask, undecided: Sequence[str], scheme: Scheme) -> Iterator[str]:
    """The rows of the article's stances on the event's claims."""
    for claim in task.claims:
        if any(piece.startswith(f"stance on {claim.id}: ") for piece in undecided):
            given = [a.stances.get(claim.id) for a in task.annotations]
            cells = [[escape(scheme.text(scheme.article_stances[stance]))] if stance else [] for stance in given]
            yield _row(escape(claim.text), cells)


def _row(piece: str, cells: Sequence[Sequence[str]]) -> str:
    versions = "".join(f"<td>{'<br>'.join(cell) or '–'}</td>" for cell in cells)
    return f"<tr><td>{piece}</td>{versions}</tr>"


def _entity(span: Span, text: str, scheme: Scheme) -> str:
    return f"<b>{escape(scheme.text(scheme.entities[span.label]))}</b> {escape(text[span.start : span.end])}"


def _claim(claim: Claim, task: FinishedTask, scheme: Scheme) -> str:
    """A claim's words, its source's stance, its sources, and the event's claim that it is about."""
    text = task.article.text
    stance = scheme.text(scheme.claim_stances[claim.stance]) if claim.stance else "–"
    more = [escape(text[source.start : source.end]) for source in claim.sources]
    more += [f"«{escape(of.text)}»" for of in task.claims if of.id == claim.about]
    return f"<b>{escape(stance)}</b> {escape(text[claim.start : claim.end])}" + "".join(f" · {each}" for each in more)
