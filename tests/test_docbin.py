"""spaCy's DocBin, read by spaCy itself."""

from __future__ import annotations

import builtins
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from drawn import PIECES, Annotated, annotated
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from marked import SCHEME, gold_document
from mihakk.annotate.document import Annotation, Article, Claim, EventClaim, Span
from mihakk.configs.errors import InputError
from mihakk.eval.gold.records import GoldDocument
from mihakk.export.formats.docbin import write_docbin


def docs(documents: list[GoldDocument], folder: Path) -> list[Any]:
    spacy = pytest.importorskip("spacy")
    write_docbin(documents, folder / "x.spacy", SCHEME)
    return list(spacy.tokens.DocBin().from_disk(folder / "x.spacy").get_docs(spacy.blank("ar").vocab))


def spans(group: Any) -> list[tuple[int, int, str]]:
    return [(span.start_char, span.end_char, span.label_) for span in group]


HARD = Annotated(
    Article("a", " \n" + "".join(PIECES) + "  "),
    (),
    Annotation("a", "a", (Span(3, 4, "GPE"), Span(3, 5, "ORG"), Span(4, 5, "ORG"))),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(annotated(), min_size=1, max_size=3))
@example([HARD])
def test_texts_and_spans_are_exact(tmp_path_factory: pytest.TempPathFactory, drawn: list[Annotated]) -> None:
    documents = [GoldDocument(one.article, one.claims, one.annotation, ("a",), "model") for one in drawn]
    made = docs(documents, tmp_path_factory.mktemp("docbin"))
    assert len(made) == len(documents)
    for doc, document in zip(made, documents, strict=True):
        article, said = document.article, document.annotation
        assert doc.text == article.text
        assert Counter(spans(doc.spans["entities"])) == Counter((s.start, s.end, s.label) for s in said.entities)
        assert spans(doc.spans["claims"]) == [(c.start, c.end, "CLAIM") for c in said.claims]
        # What is no entity in doc.ents shares a code point with a longer one, or one as long, that is.
        taken = spans(doc.ents)
        assert set(taken) <= set(spans(doc.spans["entities"]))
        for start, end, label in set(spans(doc.spans["entities"])) - set(taken):
            assert any(s < end and start < e and e - s >= end - start for s, e, _ in taken), label
        assert doc.user_data["id"] == article.id
        assert doc.user_data.get("title") == article.title
        assert doc.user_data["stances"] == said.stances
        assert [
            (c["start"], c["end"], c["stance"], [(s["start"], s["end"], s["label"]) for s in c["sources"]])
            for c in doc.user_data["claims"]
        ] == [(c.start, c.end, c.stance, [(s.start, s.end, s.label) for s in c.sources]) for c in said.claims]


def test_words_by_hand(tmp_path: Path) -> None:
    """A proclitic is a word of its own; the second of two spaces and a line break are words, as in spaCy."""
    (doc,) = docs([gold_document("a", "قصف  ب[دمشق|GPE]،\n[حي [بابا عمرو|LOC]|GPE]")], tmp_path)
    assert [token.text_with_ws for token in doc] == ["قصف ", " ", "ب", "دمشق", "،", "\n", "حي ", "بابا ", "عمرو"]
    assert [(entity.text, entity.label_) for entity in doc.ents] == [("دمشق", "GPE"), ("حي بابا عمرو", "GPE")]
    assert [token.ent_iob_ for token in doc] == ["O", "O", "O", "B", "O", "O", "B", "I", "I"]


def test_how_many_found_no_place_is_told(tmp_path: Path) -> None:
    pytest.importorskip("spacy")
    assert write_docbin([gold_document("a", "[حي [بابا عمرو|LOC]|GPE]")], tmp_path / "x", SCHEME) == 1
    assert write_docbin([gold_document("a", "[حي|LOC] [بابا|GPE]")], tmp_path / "x", SCHEME) == 0


def test_what_a_document_says_beside_spans(tmp_path: Path) -> None:
    source = Span(4, 7, "GPE")
    said = Annotation("a", "gold", (source,), (Claim(8, 10, "deny", (source,), "c1", "ملاحظة"),), {"c1": "agree"})
    document = GoldDocument(Article("a", "نفت مصر أن", outlet="صحيفة"), (EventClaim("c1", "ادعاء"),), said, ("x@y",))
    (doc,) = docs([document], tmp_path)
    entity = {"start": 4, "end": 7, "label": "GPE"}
    # What spaCy reads back has tuples for lists.
    assert json.loads(json.dumps(doc.user_data)) == {
        "made_by": "mihakk",
        "id": "a",
        "language": "ar",
        "outlet": "صحيفة",
        "entities": [entity],
        "claims": [{"start": 8, "end": 10, "stance": "deny", "sources": [entity], "about": "c1", "note": "ملاحظة"}],
        "event_claims": [{"id": "c1", "text": "ادعاء"}],
        "stances": {"c1": "agree"},
        "annotators": ["x@y"],
    }


def test_an_edge_in_white_space_is_an_error(tmp_path: Path) -> None:
    pytest.importorskip("spacy")
    document = replace(gold_document("a", "ا ب"), annotation=Annotation("a", "gold", (Span(0, 2, "GPE"),)))
    with pytest.raises(InputError, match="article a: GPE 0–2 “ا ”: begins or ends where no token can"):
        write_docbin([document], tmp_path / "x", SCHEME)


def test_without_spacy_it_is_told_how_to_have_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] == "spacy":
            raise ModuleNotFoundError(name)
        return known(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match=r"\.venv/bin/pip install -e '\.\[spacy\]'"):
        write_docbin([], tmp_path / "x", SCHEME)
