"""spaCy's DocBin: documents for training spaCy, with texts and spans exactly as in the gold."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ...annotate.arabic import tokens
from ...annotate.document import Span, show_span
from ...configs import CLAIM
from ...configs.errors import InputError, install_hint
from ...configs.labels import CLAIMS, ENTITIES, LabelSet, layers
from ...eval.gold.records import GoldDocument
from ...eval.gold.rows import prediction_row

# Every file from here has this in `doc.user_data`, in packed form; training data made by spaCy never has it.
_MADE_BY = ("made_by", "mihakk")
_MARK = (b"\xa7made_by\xa6mihakk",)
# Version 0.1.0 wrote no such mark, but all of these keys.
_KEYS = (b"\xa8entities", b"\xa6claims", b"\xa7stances")
_PIECE = 1 << 20


def write_docbin(documents: Iterable[GoldDocument], path: Path, labels: LabelSet) -> int:
    """Writes a .spacy file. Returns the number of entities left out of `doc.ents`, which cannot have overlaps.

    `doc.text` is the article's text. `doc.spans` has all `entities` and `claims`, if the gold set has these layers;
    `doc.ents` has the entities, of overlapping ones the longest. `doc.user_data` has all other values under the keys of
    the predictions format: `id`, claims with stance and sources, stances, title, outlet, event. Tokens are cut where
    spans begin and end, so a proclitic before a name is a separate token. White space other than a single space is a
    token, as in spaCy.

    Raises InputError if spaCy is not installed, or for a span whose boundary is in white space.
    """
    try:
        import spacy
        from spacy.tokens import Doc, DocBin
    except ImportError:
        raise InputError(f"spaCy is not installed; {install_hint('spacy')}") from None
    there = layers(labels)
    try:
        vocab = spacy.blank(labels.language).vocab
    except ImportError:  # spaCy's code for an unknown language
        vocab = spacy.blank("xx").vocab
    made = DocBin(store_user_data=True)
    without_place = 0
    for document in documents:
        annotation = document.annotation
        claims = [Span(claim.start, claim.end, CLAIM) for claim in annotation.claims]
        text = document.article.text
        cuts = {boundary for span in (*annotation.entities, *claims) for boundary in (span.start, span.end)}
        words, spaces = _words(text, cuts)
        doc = Doc(vocab, words=words, spaces=spaces)
        for layer, spans in ((ENTITIES, annotation.entities), (CLAIMS, claims)):
            if layer in there:
                doc.spans[layer] = [_span(doc, span, document) for span in spans]
        flat = _flat(annotation.entities)
        doc.ents = [_span(doc, span, document) for span in flat]
        without_place += len(annotation.entities) - len(flat)
        row = prediction_row(document, there, labels.language)
        doc.user_data.update(dict([_MADE_BY]) | {key: value for key, value in row.items() if key != "text"})
        made.add(doc)
    made.to_disk(path)
    return without_place


def is_docbin(path: Path) -> bool:
    """Whether Mihakk wrote this DocBin. It is read in pieces, since it may unpack to any size."""
    unpack = zlib.decompressobj()
    missing, last = [set(_MARK), set(_KEYS)], b""
    try:
        with path.open("rb") as file:
            while all(missing) and not unpack.eof:
                packed = unpack.unconsumed_tail or file.read(_PIECE)
                piece = unpack.decompress(packed, _PIECE)
                if not packed and not piece:
                    return False
                missing = [{key for key in keys if key not in last + piece} for keys in missing]
                last = piece[-max(map(len, (*_MARK, *_KEYS))) :]
    except zlib.error:
        return False
    return not all(missing)


def _flat(spans: Iterable[Span]) -> list[Span]:
    """The longest of overlapping spans (in code points), as in the tags of a gold set's tokens."""
    taken: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start - s.end, s)):
        if all(span.end <= kept.start or kept.end <= span.start for kept in taken):
            taken.append(span)
    return sorted(taken)


def _words(text: str, cuts: Iterable[int]) -> tuple[list[str], list[bool]]:
    """Words, and whether a space follows each; together they give exactly the text."""
    words: list[str] = []
    spaces: list[bool] = []
    at = 0
    for start, end in (*_edges(text, cuts), (len(text), len(text))):
        gap = text[at:start]
        if gap.startswith(" ") and words:
            spaces[-1] = True
            gap = gap[1:]
        for word in (gap, text[start:end]):
            if word:
                words.append(word)
                spaces.append(False)
        at = end
    return words, spaces


def _edges(text: str, cuts: Iterable[int]) -> Iterator[tuple[int, int]]:
    yield from ((token.start, token.end) for token in tokens(text, cuts))


def _span(doc: Any, span: Span, document: GoldDocument) -> Any:
    made = doc.char_span(span.start, span.end, span.label)
    if made is None:
        shown = show_span(span.start, span.end, span.label, document.article.text)
        raise InputError(f"article {document.article.id}: {shown}: begins or ends where no token can")
    return made
