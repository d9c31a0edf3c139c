"""Reading raw Label Studio exports: what becomes annotations, what is set aside, what is refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import mihakk
import pytest
from marked import SCHEME
from mihakk.annotate.document import Annotation, Article, Claim, EventClaim, Span
from mihakk.annotate.task import make_task
from mihakk.configs.errors import InputError
from mihakk.export.finished import Export, read_export
from raw_export import answer, exported, finished, region, relation, stance

SAMPLE = Path(mihakk.__file__).parent / "annotate" / "sample"
# 0 أحمد الشرع 10, 16 دمشق 20, 26 الطريق مقطوع 38, 41 الجسر مفتوح 52; the emoji at 21 moves nothing by bytes or UTF-16.
TEXT = "أحمد الشرع زار بدمشق 👩\u200d🚀\u00a0إن\n\nالطريق مقطوع، الجسر مفتوح"
NAME, PLACE = (0, 10), (TEXT.index("دمشق"), TEXT.index("دمشق") + 4)
CLAIM = (TEXT.index("الطريق"), TEXT.index("مقطوع") + 5)
OTHER_CLAIM = (TEXT.index("الجسر"), len(TEXT))
CLAIMS = (EventClaim("c1", "ادعاء أول"), EventClaim("c2", "ادعاء ثان"), EventClaim("c0", "ادعاء ثالث"))


def task(article_id: str = "خبر", text: str = TEXT) -> dict[str, Any]:
    return make_task(Article(article_id, text), CLAIMS, SCHEME)


def read(folder: Path, *tasks: Any) -> Export:
    path = folder / "export.json"
    path.write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf-8")
    return read_export(path, SCHEME)


def read_one(folder: Path, *results: Any) -> Annotation:
    """The annotation that these results of one annotator make; nothing may be set aside."""
    export = read(folder, exported(task(), [finished("a@example.org", list(results))]))
    assert export.set_aside == ()
    ((said,),) = (task.annotations for task in export.tasks)
    return said


def asides(export: Export) -> list[tuple[str, str, str, str]]:
    return [(aside.article_id, ", ".join(aside.annotators), aside.what, aside.reason) for aside in export.set_aside]


def asides_of_one(folder: Path, *results: Any) -> list[tuple[str, str]]:
    export = read(folder, exported(task(), [finished("a@example.org", list(results))]))
    assert all((a.article_id, a.annotators) == ("خبر", ("a@example.org",)) for a in export.set_aside)
    return [(aside.what, aside.reason) for aside in export.set_aside]


def problems_of(folder: Path, *tasks: Any) -> tuple[str, ...]:
    with pytest.raises(InputError) as error:
        read(folder, *tasks)
    return error.value.problems


def problems_of_one(folder: Path, *results: Any) -> tuple[str, ...]:
    return problems_of(folder, exported(task(), [finished("a@example.org", list(results))]))


# --- what becomes an annotation ---


def test_the_task_comes_back_as_article_and_claims(tmp_path: Path) -> None:
    article = Article("خبر", TEXT, "عنوان", "وكالة", "2025-11-03", "https://example.org", "e1", "page.txt")
    export = read(tmp_path, exported(make_task(article, CLAIMS, SCHEME), []))
    assert [(t.article, t.claims, t.annotations) for t in export.tasks] == [(article, CLAIMS, ())]


def test_entities_are_their_offsets_and_labels_in_text_order(tmp_path: Path) -> None:
    said = read_one(tmp_path, region("e2", *PLACE, "GPE"), region("e1", *NAME, "PERS"))
    assert said.entities == (Span(*NAME, "PERS"), Span(*PLACE, "GPE"))
    assert (said.article_id, said.annotator) == ("خبر", "a@example.org")


def test_nested_entities_and_two_labels_on_one_span_by_two_regions_are_kept(tmp_path: Path) -> None:
    said = read_one(
        tmp_path,
        region("a", *NAME, "PERS"),
        region("b", 5, 10, "PERS"),
        region("c", *NAME, "OCC"),
        region("d", 0, 20, "ORG"),
    )
    assert said.entities == (Span(0, 10, "OCC"), Span(0, 10, "PERS"), Span(0, 20, "ORG"), Span(5, 10, "PERS"))


def test_a_claim_has_its_stance_source_and_note(tmp_path: Path) -> None:
    said = read_one(
        tmp_path,
        region("e", *NAME, "PERS"),
        region("c", *CLAIM, "CLAIM", note="عائلة المسعود"),
        stance("c", *CLAIM, "deny"),
        relation("c", "e"),
    )
    assert said.claims == (Claim(*CLAIM, "deny", (Span(*NAME, "PERS"),), None, "عائلة المسعود"),)


def test_a_claim_without_stance_source_and_note_is_one_too(tmp_path: Path) -> None:
    assert read_one(tmp_path, region("c", *CLAIM, "CLAIM")).claims == (Claim(*CLAIM),)


def test_each_claim_on_a_span_has_its_own_stance(tmp_path: Path) -> None:
    said = read_one(
        tmp_path,
        stance("two", *CLAIM, "support"),
        region("one", *CLAIM, "CLAIM"),
        region("two", *CLAIM, "CLAIM"),
        stance("one", *CLAIM, "deny"),
    )
    assert said.claims == (Claim(*CLAIM, "deny"), Claim(*CLAIM, "support"))


@pytest.mark.parametrize("labels", [("source",), None, ("غير ذلك",)])
@pytest.mark.parametrize("ends", [("c", "e"), ("e", "c")])
def test_an_arrow_between_claim_and_entity_is_its_source_whatever_its_label_and_direction(
    tmp_path: Path, ends: tuple[str, str], labels: Sequence[str] | None
) -> None:
    said = read_one(tmp_path, relation(*ends, labels=labels), region("c", *CLAIM, "CLAIM"), region("e", *NAME, "PERS"))
    assert said.claims == (Claim(*CLAIM, None, (Span(*NAME, "PERS"),)),)


def test_a_claim_may_have_several_sources_each_counted_once(tmp_path: Path) -> None:
    said = read_one(
        tmp_path,
        region("c", *CLAIM, "CLAIM"),
        region("e2", *PLACE, "GPE"),
        region("e1", *NAME, "PERS"),
        relation("c", "e2"),
        relation("c", "e1"),
        relation("e1", "c"),
    )
    assert said.claims[0].sources == (Span(*NAME, "PERS"), Span(*PLACE, "GPE"))


def test_one_entity_may_be_the_source_of_several_claims(tmp_path: Path) -> None:
    said = read_one(
        tmp_path,
        region("e", *NAME, "PERS"),
        region("c1", *CLAIM, "CLAIM"),
        region("c2", *OTHER_CLAIM, "CLAIM"),
        relation("c1", "e"),
        relation("c2", "e"),
    )
    assert [claim.sources for claim in said.claims] == [(Span(*NAME, "PERS"),)] * 2


def test_answers_go_to_the_claims_in_the_order_of_the_task(tmp_path: Path) -> None:
    # The task's claims are c1, c2, c0: position 2 is c0.
    said = read_one(tmp_path, answer(2, "discuss"), answer(0, "agree"))
    assert said.stances == {"c0": "discuss", "c1": "agree"}


@pytest.mark.parametrize("shown", ["شيء آخر", "الطريق\\nمقطوع", "", None])
def test_the_words_in_the_export_are_not_looked_at(tmp_path: Path, shown: Any) -> None:
    # 24–38 crosses two line breaks, which Label Studio writes as backslash and n.
    start = TEXT.index("إن")
    assert TEXT[start : start + 10] == "إن\n\nالطريق"
    said = read_one(tmp_path, region("e", start, start + 10, "ORG", text=shown))
    assert said.entities == (Span(start, start + 10, "ORG"),)


def test_an_annotation_without_results_is_finished_and_empty(tmp_path: Path) -> None:
    empty = finished("a@example.org", [])
    nothing = finished("b@example.org", []) | {"result": None}
    (task_read,) = read(tmp_path, exported(task(), [empty, nothing])).tasks
    assert [(a.annotator, a.entities, a.claims, a.stances) for a in task_read.annotations] == [
        ("a@example.org", (), (), {}),
        ("b@example.org", (), (), {}),
    ]


@pytest.mark.parametrize(
    ("completed_by", "name"),
    [
        ({"id": 4, "email": "محرر@example.org"}, "محرر@example.org"),
        ({"id": 4, "email": ""}, "4"),
        ({"id": 4}, "4"),
        (4, "account 4"),
        (None, "unknown"),
    ],
)
def test_the_annotator_is_named_as_far_as_the_export_goes(tmp_path: Path, completed_by: Any, name: str) -> None:
    (task_read,) = read(tmp_path, exported(task(), [finished("", [], completed_by=completed_by)])).tasks
    assert [a.annotator for a in task_read.annotations] == [name]


def test_annotators_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    (task_read,) = read(tmp_path, exported(task(), [finished(f"{name}@example.org", []) for name in "bca"])).tasks
    assert [a.annotator[0] for a in task_read.annotations] == ["a", "b", "c"]


def test_tasks_come_in_the_order_of_the_export(tmp_path: Path) -> None:
    export = read(tmp_path, *(exported(task(name), []) for name in ("ب", "ج", "أ")))
    assert [t.article.id for t in export.tasks] == ["ب", "ج", "أ"]


def test_a_byte_order_mark_is_no_part_of_the_export(tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    path.write_bytes(("\ufeff" + json.dumps([exported(task(), [])])).encode())
    assert len(read_export(path, SCHEME).tasks) == 1


# --- what is set aside ---


def test_skipped_annotations_are_set_aside_and_their_content_with_them(tmp_path: Path) -> None:
    skipped = finished("a@example.org", [region("e", *NAME, "PERS")], was_cancelled=True)
    export = read(tmp_path, exported(task(), [skipped, finished("b@example.org", [])]))
    assert [a.annotator for a in export.tasks[0].annotations] == ["b@example.org"]
    assert asides(export) == [("خبر", "a@example.org", "annotation", "skipped by the annotator")]


def test_what_is_wrong_with_skipped_work_does_not_matter(tmp_path: Path) -> None:
    skipped = finished("a@example.org", [region("e", 0, 9999, "NONE")], was_cancelled=True)
    assert read(tmp_path, exported(task(), [skipped])).tasks[0].annotations == ()


def test_drafts_are_set_aside(tmp_path: Path) -> None:
    draft = {"id": 1, "user": "b@example.org", "result": [region("e", *NAME, "PERS")], "annotation": None}
    export = read(tmp_path, exported(task(), [finished("a@example.org", [])], [draft]))
    assert [a.annotator for a in export.tasks[0].annotations] == ["a@example.org"]
    assert asides(export) == [("خبر", "b@example.org", "draft", "not submitted")]


def test_drafts_that_a_snapshot_gives_as_numbers_are_set_aside(tmp_path: Path) -> None:
    # The snapshot option drafts.only_id.
    export = read(tmp_path, exported(task(), [finished("a@example.org", [])]) | {"drafts": [17]})
    assert [(aside.what, aside.reason) for aside in export.set_aside] == [("draft", "not submitted")]


EARLY, LATE = {"updated_at": "2025-12-01T10:00:00.000000Z"}, {"updated_at": "2025-12-01T10:00:00.500000Z"}


@pytest.mark.parametrize("late_first", [False, True])
def test_of_two_annotations_by_one_annotator_the_newest_counts(tmp_path: Path, late_first: bool) -> None:
    both = [
        finished("a@example.org", [region("old", *NAME, "PERS")], **EARLY),
        finished("a@example.org", [region("new", *PLACE, "GPE")], **LATE),
    ]
    export = read(tmp_path, exported(task(), both[::-1] if late_first else both))
    assert [a.entities for a in export.tasks[0].annotations] == [(Span(*PLACE, "GPE"),)]
    assert asides(export) == [("خبر", "a@example.org", "annotation", "the same annotator has a newer one on this task")]


@pytest.mark.parametrize("late_first", [False, True])
def test_of_two_annotations_of_one_moment_the_one_with_the_higher_number_counts(
    tmp_path: Path, late_first: bool
) -> None:
    both = [
        finished("a@example.org", [region("old", *NAME, "PERS")], **EARLY) | {"id": 9},
        finished("a@example.org", [region("new", *PLACE, "GPE")], **EARLY) | {"id": 10},
    ]
    export = read(tmp_path, exported(task(), both[::-1] if late_first else both))
    assert [a.entities for a in export.tasks[0].annotations] == [(Span(*PLACE, "GPE"),)]


def test_of_three_annotations_by_one_annotator_two_are_set_aside(tmp_path: Path) -> None:
    export = read(tmp_path, exported(task(), [finished("a@example.org", []) for _ in range(3)]))
    assert len(export.tasks[0].annotations) == 1
    assert len(export.set_aside) == 2


def annotators_of(folder: Path, *annotations: dict[str, Any]) -> list[str]:
    return [a.annotator for a in read(folder, exported(task(), list(annotations))).tasks[0].annotations]


MARKED = [region("e", *NAME, "PERS")]


def test_annotations_without_an_account_are_of_different_people(tmp_path: Path) -> None:
    # Label Studio clears the account when it is deleted.
    several = [finished("", MARKED, completed_by=None) for _ in range(3)]
    assert annotators_of(tmp_path, *several) == ["unknown", "unknown (2)", "unknown (3)"]
    (note,) = read(tmp_path, exported(task(), several)).notes
    assert note.startswith("in 1 article, several annotations have no account")


@pytest.mark.parametrize(("account", "times", "notes"), [("هدى (2)", 1, 0), ("هدى (2)", 2, 1), ("هدى", 11, 1)])
def test_a_shared_account_is_known_by_its_annotations_and_not_by_its_name(
    tmp_path: Path, account: str, times: int, notes: int
) -> None:
    several = [finished(account, MARKED, lead_time=None) for _ in range(times)]
    found = read(tmp_path, exported(task(), several))
    assert len(found.tasks[0].annotations) == times
    assert len(found.notes) == notes


IMPORTED = [{"lead_time": None}, {"import_id": 41}]


@pytest.mark.parametrize("sign", IMPORTED)
@pytest.mark.parametrize("signed", [(0,), (1,), (0, 1)])
def test_imported_annotations_under_one_account_are_of_different_people(
    tmp_path: Path, sign: dict[str, Any], signed: tuple[int, ...]
) -> None:
    times = (EARLY, LATE)
    both = [finished("a@example.org", MARKED, **times[n], **(sign if n in signed else {})) for n in range(2)]
    assert annotators_of(tmp_path, *both) == ["a@example.org", "a@example.org (2)"]


# The second was submitted so many seconds after the first, having been on screen for 600.
@pytest.mark.parametrize(("after", "people"), [(1, 2), (599, 2), (600, 1), (86_400, 1)])
def test_nobody_works_on_two_annotations_at_once(tmp_path: Path, after: int, people: int) -> None:
    moments = [datetime(2025, 12, 1, 10, tzinfo=UTC) + timedelta(seconds=late) for late in (0, after)]
    both = [
        finished("a@example.org", MARKED, created_at=at.isoformat(), updated_at=at.isoformat(), lead_time=600.0)
        for at in moments
    ]
    assert len(annotators_of(tmp_path, *both)) == people
    assert len(annotators_of(tmp_path, *reversed(both))) == people


def test_a_model_is_known_by_the_prediction_that_an_annotator_took_over(tmp_path: Path) -> None:
    taken = finished("a@example.org", MARKED, parent_prediction=7, prediction={"id": 7, "model_version": "نموذج"})
    assert read(tmp_path, exported(task(), [taken])).tasks[0].preannotated_by == "نموذج"
    # The plain export has the prediction's number only.
    unnamed = finished("a@example.org", MARKED, parent_prediction=7, prediction={})
    assert read(tmp_path, exported(task(), [unnamed])).tasks[0].preannotated_by == "unknown"


@pytest.mark.parametrize("number", [[1], {"x": 1}, True, "7", 1.5])
def test_a_prediction_s_number_that_is_none_is_no_end(tmp_path: Path, number: Any) -> None:
    """Exports come from others' programs, too: what is no number names no prediction."""
    taken = finished("a@example.org", MARKED, parent_prediction=number)
    made = {**exported(task(), [taken]), "predictions": [{"id": [2], "model_version": "نموذج", "result": []}]}
    assert read(tmp_path, made).tasks[0].preannotated_by == "unknown"


OTHER_CONTROLS: list[dict[str, Any]] = [
    # A comment on the article, one on the region e, a second set of labels, choices, and a control without a name.
    {"id": "t", "type": "textarea", "from_name": "comment", "to_name": "text", "value": {"text": ["صعب"]}},
    {"id": "e", "type": "textarea", "from_name": "why", "to_name": "text", "value": {"text": ["صعب"]}},
    {"id": "n", "type": "labels", "from_name": "ner", "to_name": "text", "value": {"labels": ["X"]}},
    {"id": "e", "type": "choices", "from_name": "sentiment", "to_name": "text", "value": {"choices": ["bad"]}},
    {"type": "rating", "value": {"rating": 4}},
]


@pytest.mark.parametrize("other", OTHER_CONTROLS)
def test_results_of_other_controls_are_set_aside(tmp_path: Path, other: dict[str, Any]) -> None:
    export = read(tmp_path, exported(task(), [finished("a@example.org", [*MARKED, other])]))
    assert export.tasks[0].annotations[0].entities == (Span(*NAME, "PERS"),)
    what = f"result of type {other['type']} from the control {other.get('from_name')}"
    assert asides(export) == [("خبر", "a@example.org", what, "Mihakk's interface has no such control")]


def test_an_export_of_another_interface_alone_is_refused(tmp_path: Path) -> None:
    foreign = region("e", *NAME, "PERS") | {"from_name": "ner"}
    with pytest.raises(InputError, match="all 2 results belong to another labeling interface"):
        read(tmp_path, exported(task(), [finished("a@example.org", [foreign, foreign])]))


def test_annotations_of_different_annotators_are_all_kept(tmp_path: Path) -> None:
    export = read(tmp_path, exported(task(), [finished("a", [], completed_by=n) for n in (1, 2, {"id": 3})]))
    assert len(export.tasks[0].annotations) == 3
    assert export.set_aside == ()


def test_a_skipped_annotation_does_not_replace_a_finished_one(tmp_path: Path) -> None:
    both = [
        finished("a@example.org", [region("e", *NAME, "PERS")], **EARLY),
        finished("a@example.org", [], was_cancelled=True, **LATE),
    ]
    assert [len(a.entities) for a in read(tmp_path, exported(task(), both)).tasks[0].annotations] == [1]


def test_a_stance_without_its_claim_is_set_aside(tmp_path: Path) -> None:
    found = asides_of_one(
        tmp_path, region("e", *NAME, "PERS"), stance("e", *NAME, "deny"), stance("gone", *CLAIM, "support")
    )
    assert sorted(found) == [
        ("stance of region e", "its region is not a claim, or was deleted"),
        ("stance of region gone", "its region is not a claim, or was deleted"),
    ]


def test_relations_that_join_no_claim_and_entity_are_set_aside(tmp_path: Path) -> None:
    found = asides_of_one(
        tmp_path,
        region("e1", *NAME, "PERS"),
        region("e2", *PLACE, "GPE"),
        region("c1", *CLAIM, "CLAIM"),
        region("c2", *OTHER_CLAIM, "CLAIM"),
        relation("c1", "gone"),
        relation("gone", "e1"),
        relation("e1", "e2"),
        relation("c1", "c2"),
    )
    reason = "does not join a claim and an entity"
    assert [why for _, why in found] == [reason] * 4
    assert {what for what, _ in found} == {
        "relation c1 → gone",
        "relation gone → e1",
        "relation e1 → e2",
        "relation c1 → c2",
    }


def test_an_entity_marked_twice_counts_once_and_is_set_aside(tmp_path: Path) -> None:
    results = [region("e1", *PLACE, "GPE"), region("e2", *PLACE, "GPE")]
    export = read(tmp_path, exported(task(), [finished("a@example.org", results)]))
    assert export.tasks[0].annotations[0].entities == (Span(*PLACE, "GPE"),)
    assert asides(export) == [
        ("خبر", "a@example.org", f"GPE {PLACE[0]}–{PLACE[1]} “دمشق”", "marked twice; counts once")
    ]


def test_an_arrow_to_either_region_of_an_entity_marked_twice_is_a_source(tmp_path: Path) -> None:
    results = [
        region("e1", *PLACE, "GPE"),
        region("e2", *PLACE, "GPE"),
        region("c", *CLAIM, "CLAIM"),
        relation("c", "e2"),
    ]
    (task_read,) = read(tmp_path, exported(task(), [finished("a@example.org", results)])).tasks
    assert task_read.annotations[0].claims[0].sources == (Span(*PLACE, "GPE"),)


def test_a_note_on_an_entity_is_set_aside_with_its_words(tmp_path: Path) -> None:
    assert asides_of_one(tmp_path, region("e", *PLACE, "GPE", note="هل هي المدينة؟")) == [
        (f"note on GPE {PLACE[0]}–{PLACE[1]} “دمشق”: هل هي المدينة؟", "only claims carry notes")
    ]


# --- what is refused ---

BAD_RESULTS: dict[str, tuple[list[Any], list[str]]] = {
    "unknown label": ([region("r1", *PLACE, "CITY")], ["region r1", "“دمشق”", "no label CITY", "GPE", "CLAIM"]),
    "the label on screen instead of its alias": ([region("r1", *PLACE, "كيان سياسي")], ["no label كيان سياسي"]),
    "beyond the end": ([region("r1", 0, len(TEXT) + 1, "GPE")], ["region r1", f"{len(TEXT)} characters"]),
    "before the start": ([region("r1", -3, 4, "GPE")], ["region r1", "GPE -3–4", "at least 0"]),
    "reversed": ([region("r1", 20, 16, "GPE")], ["region r1", "GPE 20–16", "less than end"]),
    "nothing": ([region("r1", 16, 16, "GPE")], ["region r1", "GPE 16–16", "less than end"]),
    "a space before": (
        [region("r1", NAME[1], NAME[1] + 4, "GPE")],
        ["region r1", "“ زار”", "white space at a boundary", f"{NAME[1] + 1}–{NAME[1] + 4}"],
    ),
    "a space behind": ([region("r1", 0, 11, "PERS")], ["region r1", "“أحمد الشرع ”", "0–10"]),
    "a line break behind": (
        [region("r1", 0, TEXT.index("\n") + 1, "PERS")],
        ["region r1", "⏎”", f"0–{TEXT.index('إن') + 2}"],
    ),
    "an NBSP before": (
        [region("r1", TEXT.index("إن") - 1, TEXT.index("إن") + 2, "ORG")],
        ["region r1", f"{TEXT.index('إن')}–{TEXT.index('إن') + 2}"],
    ),
    "only white space": (
        [region("r1", TEXT.index("\n"), TEXT.index("\n") + 2, "GPE")],
        ["region r1", "only white space"],
    ),
    "a claim outside": ([region("r1", 0, 999, "CLAIM")], ["region r1", "CLAIM 0–999"]),
    "offsets as text": ([region("r1", "16", "20", "GPE")], ["region r1", "whole numbers", "'16' and '20'"]),
    "fractional offsets": ([region("r1", 16.0, 20.0, "GPE")], ["region r1", "whole numbers", "16.0 and 20.0"]),
    "no offsets": (
        [region("r1", 0, 4, "GPE") | {"value": {"labels": ["GPE"]}}],
        ["region r1: GPE null–null “”", "whole numbers", "null and null"],
    ),
    "two labels in a region": (
        [region("r1", *PLACE, "GPE") | {"value": {"start": 16, "end": 20, "labels": ["GPE", "LOC"]}}],
        ["region r1", "labels must hold one text", "['GPE', 'LOC']"],
    ),
    "no label in a region": (
        [region("r1", *PLACE, "GPE") | {"value": {"start": 16, "end": 20, "labels": []}}],
        ["region r1", "labels must hold one text"],
    ),
    "a region without value": (
        [region("r1", *PLACE, "GPE") | {"value": None}],
        ["region r1", "labels must hold one text"],
    ),
    "two labels on a region by two results": (
        [region("r1", *PLACE, "GPE"), region("r1", *PLACE, "LOC")],
        ["r1", "second label", "delete one"],
    ),
    "two stances on a claim": (
        [region("r1", *CLAIM, "CLAIM"), stance("r1", *CLAIM, "deny"), stance("r1", *CLAIM, "support")],
        ["r1", "second stance"],
    ),
    "a stance of two choices": (
        [region("r1", *CLAIM, "CLAIM"), stance("r1", *CLAIM, "deny") | {"value": {"choices": ["deny", "query"]}}],
        ["region r1", "choices must hold one text"],
    ),
    "unknown claim stance": (
        [region("r1", *CLAIM, "CLAIM"), stance("r1", *CLAIM, "agree")],
        ["“الطريق مقطوع”", "no claim stance agree", "support"],
    ),
    "unknown article stance": ([answer(0, "support")], ["c1", "no article stance support", "disagree"]),
    "an answer to a claim that is not there": ([answer(3, "agree")], ["claim_stance_3", "3 claims"]),
    "an answer to a claim without number": (
        [answer(0, "agree") | {"from_name": "claim_stance_x", "to_name": "claim_text_x"}],
        ["claim_stance_x", "does not have"],
    ),
    "an answer at the text of another claim": (
        [answer(0, "agree") | {"to_name": "claim_text_1"}],
        ["claim_stance_0", "does not have"],
    ),
    "two answers to a claim": ([answer(0, "agree"), answer(0, "discuss")], ["c1", "second answer"]),
    "an answer of no choice": ([answer(0, "agree") | {"value": {"choices": []}}], ["choices must hold one text"]),
    "a region on another text": (
        [region("r1", *PLACE, "GPE") | {"to_name": "claim_text_0"}],
        ["type labels from span to claim_text_0"],
    ),
    "an answer that is no choice": (
        [answer(0, "agree") | {"type": "rating"}],
        ["type rating from claim_stance_0"],
    ),
    "a result that is no object": (["GPE"], ["a result is not an object", "'GPE'"]),
}


@pytest.mark.parametrize("case", BAD_RESULTS)
def test_a_wrong_result_is_one_problem_with_task_annotation_annotator_and_article(tmp_path: Path, case: str) -> None:
    results, phrases = BAD_RESULTS[case]
    made = exported(task(), [finished("a@example.org", results)])
    (problem,) = problems_of(tmp_path, made)
    where = f"{tmp_path / 'export.json'}: task {made['id']}, annotation {made['annotations'][0]['id']}, "
    assert problem.startswith(f"{where}article خبر, a@example.org: ")
    assert "\n" not in problem
    for phrase in phrases:
        assert phrase in problem


def test_the_wrong_results_of_all_annotations_are_told_at_once(tmp_path: Path) -> None:
    tasks = [
        exported(task(f"a{n}"), [finished("a@example.org", results), finished("b@example.org", results)])
        for n, (results, _) in enumerate(BAD_RESULTS.values())
    ]
    found = problems_of(tmp_path, *tasks)
    assert len(found) == 2 * len(BAD_RESULTS)
    for n in range(len(BAD_RESULTS)):
        assert sum(f"article a{n}, " in problem for problem in found) == 2


def test_all_wrong_results_of_one_annotation_are_told_at_once(tmp_path: Path) -> None:
    # Three of the annotation's pieces, one of what they make together.
    found = problems_of_one(
        tmp_path,
        region("r1", *PLACE, "CITY"),
        region("r2", 0, 999, "GPE"),
        answer(7, "agree"),
        answer(0, "support"),
    )
    assert len(found) == 4


def test_a_text_that_was_changed_is_told_with_both_hashes(tmp_path: Path) -> None:
    made = exported(task(), [])
    before = made["data"]["text_sha256"]
    made["data"] = made["data"] | {"text": TEXT.replace("زار", "زاره")}
    (problem,) = problems_of(tmp_path, made)
    assert problem.startswith(f"{tmp_path / 'export.json'}: task {made['id']}: article خبر: ")
    assert "differs from the annotated text" in problem
    assert before[:8] in problem


@pytest.mark.parametrize(
    ("change", "phrase"),
    [
        ({"text": TEXT + " "}, "differs from the annotated text"),
        ({"scheme": "conflict_news@0.9"}, "from: says nothing of conflict_news@0.9: give that scheme with --scheme"),
        ({"scheme": "conflict_news@1.1"}, "made with the scheme conflict_news@1.1, not conflict_news@1.0"),
        ({"text": None}, "text is missing"),
        ({"doc_id": 7}, "doc_id is missing"),
        ({"text_sha256": None}, "text_sha256 is missing"),
        ({"claims": None}, "claims is not a list"),
        ({"claims": [{"id": "c1"}]}, "claims is not a list of {id, text}"),
        ({"title": ["عنوان"]}, "title is neither text nor null"),
        ({"published": "أمس"}, "published 'أمس' is not a date"),
        ({"doc_id": "a b"}, "must be one word"),
    ],
)
def test_task_data_that_was_tampered_with_is_told(tmp_path: Path, change: dict[str, Any], phrase: str) -> None:
    made = exported(task(), [])
    (problem,) = problems_of(tmp_path, exported(task("سليم"), []), made | {"data": made["data"] | change})
    assert f": task {made['id']}: " in problem
    assert phrase in problem


def test_one_article_in_two_tasks_is_told_with_the_first_task(tmp_path: Path) -> None:
    one, other = exported(task(), []), exported(task(), [])
    (problem,) = problems_of(tmp_path, one, exported(task("غيره"), []), other)
    assert problem.endswith(f": task {other['id']}: article خبر is already task {one['id']}; delete one of the tasks")


def test_a_task_that_stands_twice_in_the_file_is_told(tmp_path: Path) -> None:
    made = exported(task(), [])
    (problem,) = problems_of(tmp_path, made, made)
    assert "already task" in problem


@pytest.mark.parametrize(
    ("data", "results"),
    [
        ({"title": "\ud83d"}, []),
        ({"outlet": "\ud83d"}, []),
        ({"claims": [{"id": "c1", "text": "\ud83d"}]}, []),
        ({"claims": [{"id": "\ud83d", "text": "ادعاء"}]}, []),
        ({}, [region("c", *CLAIM, "CLAIM", note="\ud83d")]),
    ],
)
def test_half_a_character_outside_the_text_is_told_like_one_in_it(
    tmp_path: Path, data: dict[str, Any], results: list[Any]
) -> None:
    # JSON can hold lone surrogates, UTF-8 and Parquet cannot.
    made = exported(task(), [finished("a@example.org", results)])
    path = tmp_path / "export.json"
    path.write_text(json.dumps([made | {"data": made["data"] | data}]), encoding="ascii")
    with pytest.raises(InputError, match="surrogate"):
        read_export(path, SCHEME)


NO_EXPORTS: dict[str, tuple[bytes, str]] = {
    "an empty file": (b"", "is empty"),
    "white space": (b" \n\t\n", "is empty"),
    "not UTF-8": ("[\n\nنص".encode("cp1256"), ":3: is not UTF-8 text"),
    "UTF-16": ("[]".encode("utf-16"), ":1: is not UTF-8 text"),
    "cut off": (b'[{"id": 1,\n"data": {', "is not JSON: "),
    "CSV": (b"id,span,text\n1,GPE,x\n", "is not JSON: "),
    "nested too deeply": (b"[" * 100_000, "nested too deeply"),
    "an object": (b'{"tasks": []}', "it must be a list of tasks"),
    "an empty list": (b"[]", "it must be a list of tasks"),
    "a list of numbers": (b"[1, 2]", "its items have no data"),
    "JSON-MIN": (b'[{"id": 1, "text": "x", "span": [{"start": 0, "end": 1, "labels": ["GPE"]}]}]', "not as JSON-MIN"),
    "tasks before import": (json.dumps([task()]).encode(), "its items have no annotations"),
    "annotations as numbers": (json.dumps([task() | {"id": 1, "annotations": [5, 6]}]).encode(), "annotations"),
    "a number of thousands of digits": (b'[{"id": ' + b"9" * 5000 + b"}]", "is not"),
}


@pytest.mark.parametrize("case", NO_EXPORTS)
def test_a_file_that_is_no_export_is_one_problem_with_its_name(tmp_path: Path, case: str) -> None:
    content, phrase = NO_EXPORTS[case]
    path = tmp_path / "export.json"
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        read_export(path, SCHEME)
    (problem,) = error.value.problems
    assert problem.startswith(f"{path}")
    assert phrase in problem
    assert "\n" not in problem


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"export\.json: cannot be read"):
        read_export(tmp_path / "export.json", SCHEME)


# --- an export of a server ---


def test_the_sample_has_the_figures_of_its_readme() -> None:
    figures = {"articles finished": (13, 10), "entities": (367, 280), "claims": (123, 91)}
    readme = (SAMPLE / "README.md").read_text(encoding="utf-8")
    for name, (one, other) in figures.items():
        assert f"| {name} | {one} | {other} |" in readme
    export = read_export(SAMPLE / "export.json", SCHEME)
    for n, annotator in enumerate(("annotator1@example.com", "annotator2@example.com")):
        work = [a for t in export.tasks for a in t.annotations if a.annotator == annotator]
        assert len(work) == figures["articles finished"][n]
        assert sum(len(a.entities) for a in work) == figures["entities"][n]
        assert sum(len(a.claims) for a in work) == figures["claims"][n]
    # Annotator 2 skipped 09 and left a draft on 12.
    assert asides(export) == [
        ("09_bawsala_swap", "annotator2@example.com", "annotation", "skipped by the annotator"),
        ("12_ghadran_bridge", "annotator2@example.com", "draft", "not submitted"),
    ]


def test_the_sample_has_the_cases_of_its_readme() -> None:
    export = read_export(SAMPLE / "export.json", SCHEME)
    by_number = {t.article.id[:2]: t for t in export.tasks}
    assert len(export.tasks) == 14
    assert sum(len(t.annotations) == 2 for t in export.tasks) == 9
    assert {n for n, t in by_number.items() if len(t.annotations) == 1} == {"05", "09", "11", "12", "13"}
    # One claim with a note, in 02.
    noted = [t.article.id[:2] for t in export.tasks for a in t.annotations for c in a.claims if c.note]
    assert set(noted) == {"02"}
    # The other event's claims come behind the article's own.
    assert [claim.id for claim in by_number["08"].claims] == ["c7", "c8", "c1", "c2", "c3"]
    # Claims without a source are there, and claims with one.
    sources = [bool(c.sources) for t in export.tasks for a in t.annotations for c in a.claims]
    assert True in sources and False in sources


def test_the_words_that_the_server_gives_are_the_text_at_the_offsets() -> None:
    # Regions of one line, so that the server's way with line breaks does not matter.
    tasks = json.loads((SAMPLE / "export.json").read_text(encoding="utf-8"))
    shown = {
        (t["data"]["doc_id"], value["start"], value["end"]): value["text"]
        for t in tasks
        for annotation in t["annotations"]
        for value in (item["value"] for item in annotation["result"] if item["type"] == "labels")
    }
    export = read_export(SAMPLE / "export.json", SCHEME)
    for t in export.tasks:
        for annotation in t.annotations:
            for span in annotation.entities:
                assert t.article.text[span.start : span.end] == shown[t.article.id, span.start, span.end]
