"""Gold in the predictions format carries everything, and is read and scored by what reads predictions."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from drawn import Annotated, annotated
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mihakk.annotate.document import Annotation, Article, Claim, EventClaim, Span
from mihakk.eval.arrow import read_jsonl as read_columns
from mihakk.eval.gold.records import GoldDocument
from mihakk.eval.score import evaluate
from mihakk.export.formats.corpus import Findings
from mihakk.export.formats.jsonl import document_lines, jsonl_lines, read_jsonl


def document(drawn: Annotated) -> GoldDocument:
    return GoldDocument(drawn.article, drawn.claims, replace(drawn.annotation, annotator="gold"), ("a", "b"), "m")


def read(path: Path, known: list[str] | None = None) -> tuple[list[GoldDocument], list[str]]:
    findings = Findings()
    documents = list(read_jsonl(path, known, findings))
    # Drawn spans begin anywhere, which makes their offsets doubtful.
    findings.notes[:] = [note for note in findings.notes if "boundaries of spans are inside words" not in note]
    assert findings == Findings(findings.problems)
    return documents, findings.problems


def written(documents: list[GoldDocument], path: Path) -> Path:
    path.write_bytes("".join(jsonl_lines(documents)).encode())
    return path


def full(name: str, outlet: str = "صحيفة") -> GoldDocument:
    """A document that says all that one can."""
    egypt = Span(4, 7, "GPE")
    return GoldDocument(
        Article(name, "نفت مصر أن", "عنوان", outlet, "2025-11-03", "https://x.example/1", "e", "pages", "وكالة"),
        (EventClaim("c1", "ادعاء"), EventClaim("c2", "آخر")),
        Annotation(
            name,
            "gold",
            (egypt, Span(4, 10, "ORG")),
            (Claim(0, 10), Claim(8, 10, "deny", (egypt,), "c1", "ملاحظة")),
            {"c1": "agree"},
        ),
        ("a@example.org", "b@example.org"),
        "model",
    )


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(annotated(), min_size=1, max_size=3, unique_by=lambda drawn: drawn.article.id))
def test_everything_comes_back(tmp_path_factory: pytest.TempPathFactory, drawn: list[Annotated]) -> None:
    documents = [document(one) for one in drawn]
    folder = tmp_path_factory.mktemp("jsonl")
    assert read(written(documents, folder / "x.jsonl")) == (documents, [])
    # What reads predictions reads it too.
    assert evaluate(folder / "x.jsonl", folder / "x.jsonl").notes is not None


def test_what_can_be_said_comes_back_and_is_scored(tmp_path: Path) -> None:
    # A title that looks like a date must not be taken for one.
    documents = [full("a"), replace(full("b", "2025-11-03"), preannotated_by=None, annotators=())]
    path = written(documents, tmp_path / "x.jsonl")
    assert read(path) == (documents, [])
    assert read_columns(path).outlets == ["صحيفة", "2025-11-03"]
    scores = evaluate(path, path)
    assert set(scores.tasks) == {"entities", "claims", "claim_stance", "claim_about", "attribution", "stance"}
    assert scores.tasks["entities"]["strict"].micro.counts.cor == 4
    assert scores.tasks["attribution"]["strict"].micro.counts.cor == 2
    assert scores.tasks["stance"]["strict"].micro.counts.cor == 2


def test_predictions_of_any_kind_become_gold(tmp_path: Path) -> None:
    """Entities as words, sources without labels, a model for an annotator."""
    row = {
        "id": "a",
        "model": "gazetteer",
        "text": "مصر ومصر",
        "entities": [{"text": "مصر", "label": "GPE"}, {"text": "مصر", "label": "GPE"}],
        "claims": [{"start": 4, "end": 8, "sources": [{"start": 0, "end": 3}]}],
    }
    (tmp_path / "x.jsonl").write_text(f"\n{json.dumps(row)}\n\n", encoding="utf-8")
    ((one,), problems) = read(tmp_path / "x.jsonl")
    assert problems == []
    assert one.annotation.entities == (Span(0, 3, "GPE"), Span(5, 8, "GPE"))
    assert one.annotation.claims == (Claim(4, 8, None, (Span(0, 3, "GPE"),)),)
    assert one.annotators == ("gazetteer",)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "is not JSON"),
        ("[]", "must be an object with the document's id, as text, under `id`"),
        ('{"id": "a"}', "needs the document's text, as text, under `text`"),
        ('{"id": 1, "text": "x"}', "must be an object with the document's id, as text, under `id`"),
        ('{"id": "a b", "text": "x"}', "article id 'a b': must be one word"),
        ('{"id": "a", "text": "x", "title": 1}', "title must be text, not 1"),
        ('{"id": "a", "text": "x", "spans": []}', "unknown key 'spans'"),
        ('{"id": "a", "text": "x", "entities": [{"start": 0, "end": 2, "label": "GPE"}]}', "entities[0]: 0–2 is not"),
        ('{"id": "a", "text": "x", "entities": [{"text": "y", "label": "GPE"}]}', "“y” does not occur in the text"),
        (
            '{"id": "a", "text": "x", "entities": [{"start": 0, "end": 1, "label": "SEA"}]}',
            "no label SEA; there are GPE",
        ),
        ('{"id": "a", "text": "x", "stances": {"c": "agree"}}', "stances: the line has no claim c"),
        ('{"id": "a", "text": "x", "event_claims": [{"id": "c"}]}', "event_claims must be"),
        ('{"id": "a", "text": "x", "annotators": "me"}', "annotators must be a list of texts"),
        (
            '{"id": "a", "text": "x", "claims": [{"start": 0, "end": 1, "note": 1}]}',
            "claims[0].note must be text, not 1",
        ),
    ],
)
def test_what_is_wrong_is_told_by_line(tmp_path: Path, line: str, problem: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(f'{{"id": "first", "text": "x"}}\n{line}\n', encoding="utf-8")
    documents, (found,) = read(path, ["GPE"])
    assert [d.article.id for d in documents] == ["first"]
    assert found.startswith(f"{path}:2: {problem}")


def test_documents_are_what_an_extractor_is_given_and_have_nothing_of_the_gold(tmp_path: Path) -> None:
    lines = list(document_lines([full("a")]))
    assert [json.loads(line) for line in lines] == [
        {
            "id": "a",
            "text": "نفت مصر أن",
            "title": "عنوان",
            "outlet": "صحيفة",
            "published": "2025-11-03",
            "event_id": "e",
            "claims": [{"id": "c1", "text": "ادعاء"}, {"id": "c2", "text": "آخر"}],
        }
    ]
