"""The page of a gold dataset: its content, the work left out, which outlets report which events, and its articles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement
from typing import Any

from ..configs.pages.look import packed, page, without_addresses
from ..eval.gold.records import ALL, Gold, GoldDocument
from ..eval.gold.scheme import scheme_of
from ..eval.gold_side import gold_side
from ..eval.pages.articles import article_data
from .dataset import header_of
from .strata import ALL_CLAIMS

# The numbers of outlets (those with most events), of examples for each label, and of pieces for each reason.
_OUTLETS = 30
_EXAMPLES = 5
_PIECES = 50
_CONTEXT = 40  # code points to each side
_TITLES = {
    "entities": "Entities",
    "claims": "Claims, by the stance of their source",
    "article stances": "Stances of articles on claims",
    "outlets": "Articles, by outlet",
}
_COUNTS = ("documents", "events", "entities", "claims", "stances", "adjudicated", "set_aside", "undecided")


def dataset_page(gold: Gold, command: str, *, text: bool = True) -> str:
    """The page as HTML that needs no other file. Without `text` it contains no words of any article."""
    header = header_of(gold)
    data = article_data(gold_side(gold, ALL), {}, text=text)
    documents = gold.split(ALL)
    scheme = scheme_of(gold)
    names = {name: scheme.text(label) for name, label in scheme.entities.items()} if scheme else {}
    outlets, more = _together(documents)
    always = ("documents", "events", *header["layers"])
    return page(
        "dataset.html",
        command,
        language=data["language"],
        header=header,
        counts=[name for name in _COUNTS if name in always or header["counts"][name]],
        splits=[name for name, count in header["splits"].items() if count],
        distribution=[
            {
                "kind": kind,
                "title": "Claims" if kind == "claims" and ALL_CLAIMS in rows else _TITLES[kind],
                "rows": rows,
                "most": max(sum(row.values()) for row in rows.values()),
            }
            for kind, rows in header["distribution"].items()
            if rows
        ],
        names=names,
        agreement={task: value for task, value in header["agreement_before_merging"].items() if value is not None},
        notes=[without_addresses(note) for note in header["notes"]],
        left_out=list(_left_out(gold, text=text)),
        outlets=outlets,
        more_outlets=more,
        examples=list(_examples(documents, list(gold.labels.entity_labels))) if text else [],
        shown_language={"lang": data["language"], "dir": data["direction"]},
        policy=without_addresses(header["policy"] or ""),
        has_events=bool(data["events"]),
        data=packed(data),
    )


def _left_out(gold: Gold, *, text: bool) -> Iterator[dict[str, Any]]:
    """The work set aside, by reason: the number of pieces, of undecided ones, and the first pieces."""
    grouped: dict[str, list[Any]] = {}
    for aside in gold.set_aside:
        grouped.setdefault(without_addresses(aside.reason.split(":")[0]), []).append(aside)
    for reason, pieces in sorted(grouped.items(), key=lambda group: (-len(group[1]), group[0])):
        shown = [(piece.article_id, without_addresses(piece.what)) for piece in pieces[:_PIECES]] if text else []
        undecided = sum(piece.undecided for piece in pieces)
        yield {"reason": reason, "count": len(pieces), "undecided": undecided, "pieces": shown}


def _together(documents: Sequence[GoldDocument]) -> tuple[list[tuple[str, list[int]]], int]:
    """For each two outlets, the number of events that both report; and the number of outlets that are not shown."""
    of_event: dict[str, set[str]] = {}
    for article in (document.article for document in documents):
        if article.outlet and article.event_id:
            of_event.setdefault(article.event_id, set()).add(article.outlet)
    counts = Counter(outlet for outlets in of_event.values() for outlet in outlets)
    shown = sorted(counts, key=lambda outlet: (-counts[outlet], outlet))[:_OUTLETS]
    at = {outlet: n for n, outlet in enumerate(shown)}
    cells = [[0] * len(shown) for _ in shown]
    for outlets in of_event.values():
        for i, j in combinations_with_replacement(sorted(at[outlet] for outlet in outlets if outlet in at), 2):
            cells[i][j] += 1
            cells[j][i] = cells[i][j]
    return list(zip(shown, cells, strict=True)), len(counts) - len(shown)


def _examples(documents: Sequence[GoldDocument], labels: Sequence[str]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """For each label, the first spans with different words, and the words around them."""
    found: dict[str, dict[str, dict[str, Any]]] = {label: {} for label in labels}
    for document in documents:
        text = document.article.text
        for span in document.annotation.entities:
            own, words = found[span.label], text[span.start : span.end]
            if len(own) < _EXAMPLES and words not in own:
                before, after = text[max(0, span.start - _CONTEXT) : span.start], text[span.end : span.end + _CONTEXT]
                # An example stays within its paragraph.
                own[words] = {
                    "before": before.rpartition("\n")[2],
                    "words": words,
                    "after": after.partition("\n")[0],
                    "link": {"doc": document.article.id, "span": f"{span.start}-{span.end}"},
                }
    return ((label, list(own.values())) for label, own in found.items() if own)
