"""What changed between two versions of a gold set."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from drawn import Annotated, annotated
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marked import SCHEME, gold, gold_document
from mihakk.annotate.document import EventClaim, Span
from mihakk.configs.errors import InputError
from mihakk.configs.labels import CorpusLabels
from mihakk.eval.gold.records import Gold, GoldDocument
from mihakk.eval.gold.rows import read_gold
from mihakk.eval.score import evaluate
from mihakk.export.dataset import write_gold
from mihakk.export.diff import DocumentDiff, GoldDiff, diff, next_version, score_change
from mihakk.export.report import diff_report


def one(old: GoldDocument, new: GoldDocument) -> DocumentDiff:
    """What changed in the only document."""
    (found,) = diff(gold(test=[old]), gold(test=[new])).documents
    return found


def entities(old: str, new: str) -> list[tuple[str, Span | None, Span | None]]:
    return [(c.kind, c.old, c.new) for c in one(gold_document("x", old), gold_document("x", new)).entities]


def claims(old: str, new: str) -> list[tuple[str, tuple[str, ...], str | None, str | None]]:
    found = one(gold_document("x", old), gold_document("x", new)).claims
    return [(c.kind, c.fields, c.old and c.old.stance, c.new and c.new.stance) for c in found]


# --- spans ---


def test_an_entity_is_added_removed_relabelled_or_moved() -> None:
    # نصر 0-3, في 4-6, دمشق 7-11, وحلب 12-16
    assert entities("نصر في دمشق [وحلب|GPE]", "[نصر|PERS] في دمشق وحلب") == [
        ("removed", Span(12, 16, "GPE"), None),
        ("added", None, Span(0, 3, "PERS")),
    ]
    assert entities("نصر في [دمشق|GPE] وحلب", "نصر في [دمشق|LOC] وحلب") == [
        ("relabelled", Span(7, 11, "GPE"), Span(7, 11, "LOC"))
    ]
    # The proclitic that stood inside is out.
    assert entities("نصر في دمشق [وحلب|GPE]", "نصر في دمشق و[حلب|GPE]") == [
        ("moved", Span(12, 16, "GPE"), Span(13, 16, "GPE"))
    ]


def test_an_entity_of_another_label_on_other_edges_is_another_entity() -> None:
    assert entities("[وحلب|GPE]", "و[حلب|LOC]") == [
        ("removed", Span(0, 4, "GPE"), None),
        ("added", None, Span(1, 4, "LOC")),
    ]


def test_entities_that_only_touch_have_not_moved() -> None:
    assert [kind for kind, *_ in entities("[دم|GPE]شق", "دم[شق|GPE]")] == ["removed", "added"]


def test_of_two_that_could_have_moved_the_one_that_overlaps_most_has() -> None:
    # 0-9 could have become 0-4 (overlap 4) or 4-9 (overlap 5).
    assert entities("[دمشق وحلب|GPE]", "[دمشق|GPE][ وحلب|GPE]".replace("[ و", " [و")) == [
        ("moved", Span(0, 9, "GPE"), Span(0, 4, "GPE")),
        ("added", None, Span(5, 9, "GPE")),
    ]
    assert entities("[دمشق وحلبا|GPE]", "[دمشق|GPE] [وحلبا|GPE]") == [
        ("moved", Span(0, 10, "GPE"), Span(5, 10, "GPE")),
        ("added", None, Span(0, 4, "GPE")),
    ]


def test_relabelling_goes_before_moving() -> None:
    # GPE 0-4 became LOC 0-4, though a new GPE 0-3 overlaps it too.
    assert entities("[دمشق|GPE]", "[[دمش|GPE]ق|LOC]") == [
        ("relabelled", Span(0, 4, "GPE"), Span(0, 4, "LOC")),
        ("added", None, Span(0, 3, "GPE")),
    ]


def test_a_claim_that_changes_says_in_what() -> None:
    assert claims("قال [نصر عاد|CLAIM:support]", "قال [نصر عاد|CLAIM:deny]") == [
        ("changed", ("stance",), "support", "deny")
    ]
    assert claims("قال [نصر عاد|CLAIM:support]", "قال نصر [عاد|CLAIM]") == [("moved", ("stance",), "support", None)]
    assert claims("قال [نصر عاد|CLAIM:support]", "قال [نصر عا|CLAIM:support]د") == [("moved", (), "support", "support")]
    assert claims("[قال|CLAIM:deny] شيئا", "قال [شيئا|CLAIM:deny]") == [
        ("removed", (), "deny", None),
        ("added", (), None, "deny"),
    ]


def test_sources_about_and_note_of_a_claim_are_looked_at() -> None:
    old = gold_document("x", "[نصر|PERS] [عاد|CLAIM:deny]", {"c1": None})
    (claim,) = old.annotation.claims
    other = replace(claim, sources=(Span(0, 3, "PERS"),), about="c1", note="ملاحظة")
    new = replace(old, annotation=replace(old.annotation, claims=(other,)))
    (change,) = one(old, new).claims
    assert (change.kind, change.fields, change.old, change.new) == (
        "changed",
        ("sources", "about", "note"),
        claim,
        other,
    )


def test_a_second_claim_on_one_span_is_one_more_claim() -> None:
    old = gold_document("x", "[عاد|CLAIM:deny]")
    twice = replace(old, annotation=replace(old.annotation, claims=old.annotation.claims * 2))
    (change,) = one(old, twice).claims
    assert (change.kind, change.old) == ("added", None)
    (change,) = one(twice, old).claims
    assert (change.kind, change.new) == ("removed", None)


# --- texts ---


def test_after_a_changed_word_spans_are_held_against_their_new_places() -> None:
    # Two harakat more in the second word shift all that follows by two.
    old = gold_document("x", "زار [نصر|PERS] مدينة [دمشق|GPE] و[حلب|GPE]")
    new = gold_document("x", "زار [نصر|PERS] مَدِينة [دمشق|GPE] و[حلب|LOC]")
    found = one(old, new)
    assert found.text
    # حلب stands at 20-23 in the old text and two further on in the new one.
    assert [(c.kind, c.old, c.new) for c in found.entities] == [
        ("relabelled", Span(20, 23, "GPE"), Span(22, 25, "LOC"))
    ]


def test_a_span_in_what_changed_is_another_one() -> None:
    assert entities("زار [دمشق|GPE] أمس", "زار [حمص|GPE] أمس") == [
        ("removed", Span(4, 8, "GPE"), None),
        ("added", None, Span(4, 7, "GPE")),
    ]


def test_a_span_whose_last_or_first_letter_changed_is_another_one() -> None:
    assert [kind for kind, *_ in entities("زار [دمشق|GPE]", "زار [دمشك|GPE]")] == ["removed", "added"]
    assert [kind for kind, *_ in entities("زار [دمشق|GPE]", "زار [تمشق|GPE]")] == ["removed", "added"]


def test_an_insertion_inside_a_span_and_at_its_edges_leaves_it_the_same() -> None:
    assert entities("زار [دمشق|GPE]", "زار [دمـــشق|GPE]") == []
    assert entities("زار [دمشق|GPE]", "زار و[دمشق|GPE]") == []
    assert entities("[دمشق|GPE] زار", "[دمشق|GPE]. زار") == []


# --- documents ---


def test_documents_splits_facts_claims_of_events_and_stances_are_told() -> None:
    kept = gold_document("kept", "نص", {"c1": "agree", "c2": "discuss", "c3": None}, title="أول", event_id="e")
    new = gold_document("kept", "نص", {"c1": "disagree", "c2": None, "c3": "agree"}, outlet="وكالة", event_id="e")
    new = replace(new, claims=(EventClaim("c1", "غيره"), *new.claims[1:], EventClaim("c4", "جديد")))
    gone, come = gold_document("gone", "نص"), gold_document("come", "نص")
    found = diff(gold([kept], [gone]), gold([come], [], [new]))
    assert (found.added, found.removed) == ({"come": "train"}, {"gone": "validation"})
    (document,) = found.documents
    assert document == DocumentDiff(
        "kept",
        ("train", "test"),
        False,
        {"title": ("أول", None), "outlet": (None, "وكالة")},
        (),
        (),
        {"c1": ("ادعاء c1", "غيره"), "c4": (None, "جديد")},
        {"c1": ("agree", "disagree"), "c2": ("discuss", None), "c3": (None, "agree")},
    )
    counts = {name: count for name, count in found.counts.items() if count}
    assert counts == {
        "documents added": 1,
        "documents removed": 1,
        "documents moved to another split": 1,
        "article stances changed": 3,
        "claims of events changed": 2,
    }


# --- all is accounted for ---


def other_work(first: Annotated, second: Annotated) -> Annotated:
    """The second's work where it fits the first's text, so that both have something in common."""
    text = first.article.text
    spans = tuple(s for s in second.annotation.entities if s.end <= len(text))
    own = first.annotation
    kept = own.entities[: len(own.entities) // 2]
    said = tuple(replace(c, sources=(), stance="query") for c in own.claims[1:])
    return replace(first, annotation=replace(own, entities=tuple(sorted((*spans, *kept))), claims=said))


@st.composite
def versions(draw: st.DrawFn) -> tuple[GoldDocument, GoldDocument]:
    """Two versions of a document: other annotations, and sometimes another text."""
    first = draw(annotated(name="x"))
    second = draw(annotated(name="x"))
    if draw(st.booleans()):
        second = other_work(first, second)
    return tuple(GoldDocument(one.article, one.claims, one.annotation) for one in (first, second))  # type: ignore[return-value]


def everything(documents: Iterable[DocumentDiff], side: str, layer: str) -> Counter[Any]:
    return Counter(
        getattr(change, side)
        for document in documents
        for change in getattr(document, layer)
        if getattr(change, side) is not None
    )


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(versions(), st.randoms(use_true_random=False))
def test_every_annotation_of_either_side_is_common_or_in_one_change(
    drawn: tuple[GoldDocument, GoldDocument], shuffler: random.Random
) -> None:
    old, new = drawn
    found = diff(gold([old]), gold([new])).documents
    for layer in ("entities", "claims"):
        before, after = (Counter(getattr(d.annotation, layer)) for d in (old, new))
        listed = everything(found, "old", layer), everything(found, "new", layer)
        assert listed[0] <= before and listed[1] <= after
        # What is not listed is in both, as often.
        common = before - listed[0], after - listed[1]
        assert common[0].total() == common[1].total()
        if old.article.text == new.article.text:
            assert common[0] == common[1]
            if layer == "entities":
                # And what is in both is not listed: the rest is what the multisets lack of each other.
                assert listed == (before - after, after - before)
    # Order means nothing.
    mixed = replace(
        old,
        annotation=replace(
            old.annotation, entities=tuple(shuffler.sample(old.annotation.entities, len(old.annotation.entities)))
        ),
    )
    assert diff(gold([mixed]), gold([new])).documents == found


@given(versions())
def test_a_version_and_itself_do_not_differ(drawn: tuple[GoldDocument, GoldDocument]) -> None:
    for document in drawn:
        found = diff(gold([document]), gold([document]))
        assert not found
        assert (found.level, found.suggested) == (("same", "nothing changed"), "1.0")


# --- versions ---

BASE = gold_document("x", "قال [نصر|PERS]", {"c1": "agree"}, event_id="e")


@pytest.mark.parametrize(
    ("new", "level", "suggested", "reason"),
    [
        (gold([BASE]), "same", "1.0", "nothing changed"),
        (gold([replace(BASE, annotation=replace(BASE.annotation, entities=()))]), "patch", "1.0.1", "annotations"),
        (gold([gold_document("x", "قال [نصر|PERS]", {"c1": "discuss"}, event_id="e")]), "patch", "1.0.1", "annotations"),
        (gold([gold_document("x", "قال [نصر|PERS]", {"c1": "agree"}, event_id="f")]), "patch", "1.0.1", "facts"),
        (gold([BASE], [gold_document("y", "نص")]), "minor", "1.1", "documents were added"),
        (gold([replace(BASE, claims=(*BASE.claims, EventClaim("c2", "جديد")))]), "minor", "1.1", "claims of events were added"),
        (gold([replace(BASE, claims=(EventClaim("c1", "غيره"),))]), "major", "2.0", "claims of events were reworded"),
        (gold([], [BASE]), "major", "2.0", "documents changed splits"),
        (gold([gold_document("y", "نص")]), "major", "2.0", "documents were removed"),
        (gold([gold_document("x", "قال [نصر|PERS].", {"c1": "agree"}, event_id="e")]), "major", "2.0", "texts changed"),
        (replace(gold([BASE]), labels=CorpusLabels("x", "x@1.0", ("PERS",), (), ())), "major", "2.0", "the label sets differ"),
    ],
)  # fmt: skip
def test_the_version_grows_by_what_holders_of_predictions_have_to_do(
    new: Gold, level: str, suggested: str, reason: str
) -> None:
    found = diff(gold([BASE]), new)
    assert (found.level[0], found.suggested) == (level, suggested)
    assert reason in found.level[1]


@pytest.mark.parametrize(
    ("version", "major", "minor", "patch"),
    [("1.0", "2.0", "1.1", "1.0.1"), ("2", "3", "2.1", "2.0.1"), ("1.9.9", "2.0.0", "1.10.0", "1.9.10")],
)
def test_versions_grow_in_one_place_and_begin_anew_behind_it(version: str, major: str, minor: str, patch: str) -> None:
    assert [next_version(version, level) for level in ("major", "minor", "patch", "same")] == [
        major, minor, patch, version,
    ]  # fmt: skip


@pytest.mark.parametrize("version", ["beta", "1.0-rc1", "1.2.3.4", "", "١.٠"])
def test_a_version_that_is_not_made_of_numbers_has_no_next(version: str) -> None:
    assert next_version(version, "major") is None


# --- scores ---


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Two versions: in the second نصر is no longer an entity, حلب is one."""
    made = []
    for name, source in (("old", "[نصر|PERS] في [دمشق|GPE] وحلب"), ("new", "نصر في [دمشق|GPE] و[حلب|GPE]")):
        rows = {"train": [], "validation": [], "test": [gold_document("x", source)]}
        folder = tmp_path / name
        folder.mkdir()
        write_gold(Gold("تجربة", "1.0", SCHEME, rows), folder)
        made.append(folder)
    return made[0], made[1]


def predictions(folder: Path, **line: object) -> Path:
    path = folder / "predictions.jsonl"
    path.write_text(json.dumps({"id": "x", **line}) + "\n", encoding="utf-8")
    return path


def test_scores_are_those_of_the_scorer_on_either_version(tmp_path: Path, folders: tuple[Path, Path]) -> None:
    said = [{"start": 0, "end": 3, "label": "PERS"}, {"start": 7, "end": 11, "label": "GPE"}]
    path = predictions(tmp_path, entities=said)
    change = score_change(read_gold(folders[0]), read_gold(folders[1]), path, "test")
    # Both of two were right; now one of two, and one of two is found: F1 is 1/2.
    assert change.numbers == {"entities.strict.micro.f1": (1.0, 0.5)}
    assert change.problems == ()
    tasks = evaluate(folders[1], path).tasks
    assert tasks["entities"]["strict"].micro.f1 == 0.5


def test_every_task_has_a_number_that_the_scorer_gives(tmp_path: Path) -> None:
    document = gold_document("x", "قال [نصر|PERS] إن [دمشق بعيدة|CLAIM:deny]", {"c1": "agree"})
    (claim,) = document.annotation.claims
    sourced = replace(claim, sources=document.annotation.entities)
    document = replace(document, annotation=replace(document.annotation, claims=(sourced,)))
    folder = tmp_path / "gold"
    folder.mkdir()
    write_gold(Gold("x", "1.0", SCHEME, {"train": [], "validation": [], "test": [document]}), folder)
    source = {"start": 4, "end": 7, "label": "PERS"}
    path = predictions(
        tmp_path,
        entities=[source],
        claims=[{"start": claim.start, "end": claim.end, "stance": "deny", "sources": [source]}],
        stances={"c1": "agree"},
    )
    read = read_gold(folder)
    numbers = score_change(read, read, path, "test").numbers
    assert numbers == dict.fromkeys(
        (
            "entities.strict.micro.f1",
            "claims.strict.micro.f1",
            "claim_stance.end_to_end.micro.f1",
            "attribution.strict.micro.f1",
            "stance.strict.macro.f1",
        ),
        (1.0, 1.0),
    )
    assert set(numbers) == {
        next(p for p in numbers if p.startswith(f"{task}.")) for task in evaluate(folder, path).tasks
    }


def test_a_file_that_one_version_cannot_be_scored_with_is_told_and_with_neither_refused(
    tmp_path: Path, folders: tuple[Path, Path]
) -> None:
    old, new = map(read_gold, folders)
    missing = replace(new, splits={"train": new.split("all")})
    path = predictions(tmp_path, entities=[])
    change = score_change(old, missing, path, "test")
    assert change.numbers == {"entities.strict.micro.f1": (0.0, None)}
    (problem,) = change.problems
    assert problem == f"on تجربة@1.0#{missing.content_hash[:8]}: {folders[1]}: has no split test; it has train, all"
    with pytest.raises(InputError):
        score_change(missing, missing, path, "test")


# --- for people ---


def told(found: GoldDiff) -> list[str]:
    return [part for part in diff_report(found) if isinstance(part, str)]


def test_the_report_shows_the_words_and_what_to_call_the_new_version() -> None:
    old = gold_document("خبر", "قال [نصر|PERS] إن [دمشق بعيدة|CLAIM:deny]", {"c1": "agree"})
    new = gold_document("خبر", "قال [نصر|ORG] إن [دمشق|CLAIM:deny] بعيدة", {"c1": "discuss"})
    gone = gold_document("gone", "نص")
    earlier, later = gold([old], [gone]), gold([new], version="1.1")
    assert told(diff(earlier, later)) == [
        f"تجربة@1.0#{earlier.content_hash[:8]} → تجربة@1.1#{later.content_hash[:8]}",
        "- gone (validation)",
        "خبر",
        "  entity relabelled: PERS 4–7 “نصر” → ORG 4–7 “نصر”",
        "  claim moved: CLAIM 11–21 “دمشق بعيدة” deny → CLAIM 11–15 “دمشق” deny",
        "  stance on c1: agree → discuss",
        "documents removed: 1, entities relabelled: 1, claims moved: 1, article stances changed: 1",
        "suggested: version 2.0 (major: documents were removed)",
        "  the new one has the version 1.1",
    ]
    assert told(diff(gold([old]), gold([old])))[1:] == [
        "nothing changed",
        "suggested: version 1.0 (same: nothing changed)",
    ]


def test_json_has_all_of_it() -> None:
    old = gold_document("خبر", "قال [نصر|PERS]")
    new = gold_document("خبر", "قال [نصر|ORG]")
    found = json.loads(json.dumps(diff(gold([old]), gold([new])).as_json()))
    assert found["version"] == {"level": "patch", "reason": "only annotations were corrected", "suggested": "1.0.1"}
    assert found["documents"][0]["entities"] == [
        {
            "kind": "relabelled",
            "old": {"start": 4, "end": 7, "label": "PERS"},
            "new": {"start": 4, "end": 7, "label": "ORG"},
        }
    ]
    assert found["counts"]["entities relabelled"] == 1
    assert "scores" not in found
