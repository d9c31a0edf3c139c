"""The views of scores, comparisons, agreement and documents in a notebook: tables and a text, without scripts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ...configs.pages.look import fragment, without_addresses
from ..rates import RATES

if TYPE_CHECKING:
    from ..agreement.records import Agreement
    from ..comparison import Comparison
    from ..gold.records import GoldDocument
    from ..scores import Scores


def scores_html(scores: Scores) -> str:
    """The pooled numbers of each task and scheme, and strict F1 by label."""
    tables = [
        _table(
            "",
            ("", "P", "R", "F1", "gold", "predicted"),
            (
                (f"{task}, {scheme}", *_rates(table.micro), table.micro.counts.gold, table.micro.counts.predicted)
                for task, schemes in scores.tasks.items()
                for scheme, table in schemes.items()
            ),
        )
    ]
    for task, schemes in scores.tasks.items():
        table = next(iter(schemes.values()))
        if len(table.labels) > 1:
            rows = (
                (name, *_rates(leaf), leaf.counts.gold, leaf.counts.predicted) for name, leaf in table.labels.items()
            )
            tables.append(_table(f"{task}, {next(iter(schemes))}", ("", "P", "R", "F1", "gold", "predicted"), rows))
    head = f"{scores.predictions} on {scores.gold}: {scores.size}"
    return fragment("notebook.html", head=head, tables=tables, notes=scores.notes, signature=scores.signature)


def comparison_html(comparison: Comparison) -> str:
    """The difference of the pooled F1 of each task, and of strict F1 by label, for each system."""
    tables = [
        _table(
            f"a: {comparison.baseline}, b: {system}",
            ("", "a", "b", "b - a", "p"),
            (
                (path.removesuffix(".f1"), d.a, d.b, (f"{d.difference:+.3f}", d.interval), d.p_holm)
                for path, d in differences.items()
                if _is_main(path)
            ),
        )
        for system, differences in comparison.differences.items()
    ]
    return fragment(
        "notebook.html",
        head=f"{', '.join(comparison.systems)} against {comparison.baseline}",
        tables=tables,
        notes=comparison.notes,
        signature=comparison.signature,
    )


def agreement_html(agreement: Agreement) -> str:
    """F1 of spans and kappa of stances, by label and by annotator."""
    overall = agreement.overall
    rows: list[tuple[Any, ...]] = []
    for task, schemes in overall.spans.items():
        strict = schemes["strict"]
        for name, row in ((task, strict.micro), *((f"  {label}", row) for label, row in strict.labels.items())):
            rows.append((name, (row.f1, (row.intervals or {}).get("f1")), row.agreed, f"{row.marked / 2:g}"))
    stances = (
        (task, (found.kappa, (found.intervals or {}).get("kappa")), (found.alpha, None), found.pairs)
        for task, matched in overall.stances.items()
        for found in (matched.get("overlap") or matched["strict"],)
    )
    tables = [
        _table("spans, strict", ("", "F1", "agreed", "each marked"), rows),
        _table("stances", ("", "kappa", "alpha", "pairs"), stances),
    ]
    return fragment(
        "notebook.html",
        head=f"agreement on {overall.articles} articles, {overall.pairs} pairs of annotations",
        tables=[table for table in tables if table["rows"]],
        notes=[without_addresses(note) for note in agreement.notes],
        signature=agreement.signature,
    )


def document_html(document: GoldDocument) -> str:
    """The text with its entities underlined and their labels raised behind the word, its claims and stances."""
    text, annotation = document.article.text, document.annotation
    spans = [(span.start, span.end, span.label) for span in annotation.entities]
    claims = [(claim.start, claim.end) for claim in annotation.claims]
    asked = {claim.id: claim.text for claim in document.claims}
    facts = (document.article.id, document.article.outlet, document.article.published, document.article.event_id)
    return fragment(
        "notebook_text.html",
        title=document.article.title,
        facts=[fact for fact in facts if fact],
        paragraphs=list(_paragraphs(text, spans, claims)),
        stances=[(asked.get(claim, claim), stance) for claim, stance in annotation.stances.items()],
    )


def _is_main(path: str) -> bool:
    task, scheme, *row, rate = path.split(".")
    return rate in ("f1", "accuracy") and (
        (scheme == "strict" and row[:1] != ["macro"] and row[:1] != ["weighted"])
        or (task != "entities" and row[:1] in (["micro"], []))
    )


def _rates(leaf: Any) -> Iterator[tuple[float | None, Any]]:
    return ((getattr(leaf, rate), (leaf.intervals or {}).get(rate)) for rate in RATES)


def _table(caption: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> dict[str, Any]:
    return {"caption": caption, "head": head, "rows": [[_cell(cell) for cell in row] for row in rows]}


def _cell(cell: Any) -> tuple[str, str]:
    """A cell's words, and its interval."""
    value, interval = cell if isinstance(cell, tuple) else (cell, None)
    words = "–" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)
    return words, f"{interval[0]:.3f} … {interval[1]:.3f}" if interval else ""


def _paragraphs(
    text: str, spans: Sequence[tuple[int, int, str]], claims: Sequence[tuple[int, int]]
) -> Iterator[list[Mapping[str, Any]]]:
    """Each paragraph in pieces: words, the number of entities around them, whether in a claim, and the labels after."""
    raised: dict[int, list[str]] = {}
    for _, end, label in spans:
        raised.setdefault(_word_end(text, end), []).append(label)
    places = {0, len(text), *raised, *(place for start, end, *_ in (*spans, *claims) for place in (start, end))}
    places |= {at for at, letter in enumerate(text) if letter == "\n"}
    pieces: list[Mapping[str, Any]] = []
    for start, end in pairwise(sorted(places)):
        words = text[start:end]
        if words.startswith("\n"):
            if pieces:
                yield pieces
            pieces, words = [], words.lstrip("\n")
        depth = sum(first <= start and end <= last for first, last, _ in spans)
        claimed = any(first <= start and end <= last for first, last in claims)
        if words or end in raised:
            pieces.append({"words": words, "depth": depth, "claim": claimed, "raised": " ".join(raised.get(end, ()))})
    if pieces:
        yield pieces


def _word_end(text: str, at: int) -> int:
    """The end of the word in which a span ends: a label inside a word would separate joined letters."""
    while 0 < at < len(text) and _in_word(text[at - 1]) and _in_word(text[at]):
        at += 1
    return at


def _in_word(letter: str) -> bool:
    return letter.isalnum() or letter in "\u0640\u200c\u200d" or "\u064b" <= letter <= "\u0670"
