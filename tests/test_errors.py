"""Error classes by hand; what a build may require; tags of a Trainer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mihakk.annotate.document import Span
from mihakk.annotate.predictions import Prediction
from mihakk.configs.errors import InputError
from mihakk.eval import compute_metrics, evaluate
from mihakk.eval.arrow import read_plain
from mihakk.eval.classes import CLASSES
from mihakk.eval.columns import columns_of
from mihakk.eval.errors import counts, error_lines, find_errors
from mihakk.eval.gate import failures
from mihakk.eval.gold_side import GoldSide, gold_side, read_predicted
from mihakk.eval.score import read_sides
from mihakk.eval.sides import bring_together
from mihakk.eval.trainer import spans_of_tags

ORACLE = Path(__file__).parents[2] / "shared" / "oracle" / "scoring_cases.json"
TEXT = "قال في وبدمشق إن حلب وإدلب والرقة مدن كبيرة جدا"


def found(gold: list[tuple[int, int, str]], said: list[tuple[int, int, str]], text: str = TEXT) -> list[dict[str, Any]]:
    """The rows of errors.jsonl, and one for each correct pair."""
    ours, theirs = (Prediction("d", tuple(Span(*span) for span in spans), text=text) for spans in (gold, said))
    side = GoldSide(Path("gold.jsonl"), "gold", "all", columns_of([ours], ["entities"]))
    errors = find_errors(bring_together(side, columns_of([theirs], ["entities"])))
    correct = int((errors.kind == CLASSES.index("correct")).sum())
    return [json.loads(line) for line in error_lines(errors)] + [{"class": "correct"}] * correct


@pytest.mark.parametrize(
    ("gold", "said", "kinds"),
    [
        ([(9, 13, "GPE")], [(9, 13, "GPE")], ["correct"]),
        ([(9, 13, "GPE")], [(7, 13, "GPE")], ["clitic-only"]),
        ([(9, 13, "GPE")], [(9, 12, "GPE")], ["boundary"]),
        ([(9, 13, "GPE")], [(9, 13, "LOC")], ["label"]),
        ([(9, 13, "GPE")], [(8, 12, "LOC")], ["label+boundary"]),
        ([(9, 13, "GPE")], [], ["missed"]),
        ([], [(9, 13, "GPE")], ["spurious"]),
        ([(17, 34, "GPE")], [(17, 20, "GPE"), (21, 34, "GPE")], ["split", "split"]),
        ([(17, 20, "GPE"), (22, 34, "GPE")], [(17, 34, "GPE")], ["merge", "merge"]),
        # A second span over one that is right is no split.
        ([(9, 13, "GPE")], [(9, 13, "GPE"), (10, 12, "GPE")], ["correct", "spurious"]),
        # Right ones pair first, whatever stands first.
        ([(9, 13, "GPE")], [(8, 13, "LOC"), (9, 13, "GPE")], ["correct", "spurious"]),
    ],
)
def test_classes_by_hand(gold: Any, said: Any, kinds: list[str]) -> None:
    assert sorted(row["class"] for row in found(gold, said)) == sorted(kinds)


def test_a_row_tells_where_and_what() -> None:
    (row,) = found([(9, 13, "GPE")], [(7, 13, "GPE")])
    assert row["document"] == "d"
    assert row["gold"] == {"start": 9, "end": 13, "label": "GPE", "text": "دمشق"}
    assert row["predicted"]["text"] == "وبدمشق"
    assert row["context"] == TEXT[:53]


_spans = st.lists(
    st.builds(lambda s, n, label: (s, s + n, label), st.integers(0, 30), st.integers(1, 9), st.sampled_from("AB")),
    max_size=8,
)


@given(_spans, _spans, st.randoms(use_true_random=False))
def test_every_span_is_in_one_row_and_order_does_not_matter(gold: list[Any], said: list[Any], random: Any) -> None:
    rows = found(gold, said)
    right = sum(row["class"] == "correct" for row in rows)
    assert right + sum(row.get("gold") is not None for row in rows) == len(gold)
    assert right + sum(row.get("predicted") is not None for row in rows) == len(said)
    again = found(random.sample(gold, len(gold)), random.sample(said, len(said)))
    key = lambda row: json.dumps(row, sort_keys=True)  # noqa: E731
    assert sorted(map(key, again)) == sorted(map(key, rows))


def rows_by(by: str) -> dict[str, dict[str, int]]:
    ours = Prediction("d", (Span(4, 6, "A"), Span(7, 16, "B")), text=TEXT, outlet="الجريدة")
    side = GoldSide(Path("gold.jsonl"), "gold", "all", columns_of([ours], ["entities"]))
    errors = find_errors(bring_together(side, columns_of([Prediction("d", (Span(4, 6, "A"),))], ["entities"])))
    training = columns_of([Prediction("t", (Span(0, 2, "A"),), text=TEXT[4:6] + " x")], ["entities"])
    return {value: {k: n for k, n in row.items() if n} for value, row in counts(errors, by, training).items()}


def test_breakdowns() -> None:
    assert rows_by("label") == {"A": {"correct": 1}, "B": {"missed": 1}}
    assert rows_by("outlet") == {"الجريدة": {"correct": 1, "missed": 1}}
    assert rows_by("event") == {"?": {"correct": 1, "missed": 1}}
    assert rows_by("length") == {"1 word": {"correct": 1}, "2 words": {"missed": 1}}
    assert rows_by("seen") == {"seen": {"correct": 1}, "unseen": {"missed": 1}}


# --- requirements ---


@pytest.fixture
def scores(tmp_path: Path) -> Any:
    gold = {"id": "a", "entities": [{"start": 0, "end": 2, "label": "A.B"}, {"start": 4, "end": 6, "label": "A"}]}
    said = {"id": "a", "entities": gold["entities"][:1]}
    for name, row in (("gold", gold), ("said", said)):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    return evaluate(tmp_path / "gold.jsonl", tmp_path / "said.jsonl")


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("entities.strict.micro.precision>=1", True),
        ("entities.strict.micro.recall>=0.51", False),
        ("entities.strict.micro.recall > 0.5", False),
        ("entities.strict.micro.recall<=.5", True),
        ("entities.strict.micro.mis==1", True),
        ("entities.strict.labels.A.B.f1==1", True),
        ("entities.strict.labels.A.precision>=0", False),  # not defined
    ],
)
def test_rules(scores: Any, rule: str, holds: bool) -> None:
    assert (failures(scores, [rule]) == []) is holds


@pytest.mark.parametrize(
    "rule", ["entities.strict.micro.f1", "entities.f1>=0.1", "claims.strict.micro.f1>=0", "x>=1.2.3"]
)
def test_what_is_no_rule_is_told(scores: Any, rule: str) -> None:
    with pytest.raises(InputError, match="--require"):
        failures(scores, [rule])


# --- tags ---


def bio_cases() -> list[Any]:
    cases = json.loads(ORACLE.read_text("utf-8"))["bio_cases"] if ORACLE.exists() else []
    return [pytest.param(case, id=case["name"]) for case in cases if isinstance(case["gold"], list)]


@pytest.mark.skipif(not ORACLE.exists(), reason="the shared oracle is not at hand")
@pytest.mark.parametrize("case", bio_cases())
def test_tags_are_read_as_conlleval_reads_them(case: dict[str, Any]) -> None:
    names = sorted({tag for side in ("gold", "pred") for tags in case[side] for tag in tags} | {"O"})
    width = max(map(len, case["gold"]))
    gold, said = (
        np.array([[names.index(tag) for tag in tags] + [-100] * (width - len(tags)) for tags in case[side]])
        for side in ("gold", "pred")
    )
    cor, predicted, total = case["expected"]["seqeval_default"]
    metrics = compute_metrics(names)((said, gold))
    assert metrics["precision"] == pytest.approx(cor / predicted)
    assert metrics["recall"] == pytest.approx(cor / total)


def test_an_i_without_its_b_begins_a_span_as_conlleval_has_it() -> None:
    names = ["O", "B-A", "I-A", "B-B", "I-B"]
    gold = [["B-A", "I-A", "O", "B-B"], ["B-A", "I-A", "I-A", "O"]]
    said = [["I-A", "I-A", "O", "I-B"], ["B-A", "I-B", "I-A", "O"]]
    ours, theirs = (np.array([[names.index(tag) for tag in tags] for tags in side]) for side in (gold, said))
    metrics = compute_metrics(names)((theirs, ours))
    # 3 gold spans; predicted are A 0-2 and B 3-4, both right, then A, B and A of one token each, all wrong.
    # seqeval's strict mode sees one predicted span, the A of one token, and nothing right.
    assert metrics["precision"] == pytest.approx(2 / 5)
    assert metrics["recall"] == pytest.approx(2 / 3)
    assert metrics["mended_tags"] == 4


def test_logits_are_read_and_ignored_tokens_left_out() -> None:
    names = ["O", "B-A", "I-A"]
    gold = np.array([[-100, 1, -100, 2, 0]])
    said = np.eye(3)[[[2, 1, 0, 2, 0]]]  # what stands at -100 does not count
    metrics = compute_metrics(names)((said, gold))
    assert metrics["f1"] == metrics["f1_A"] == 1.0
    assert metrics["mended_tags"] == 0


def test_spans_end_with_their_sequence_and_label() -> None:
    names = ["O", "B-A", "I-A", "B-B", "I-B"]
    tags, documents = np.array([1, 2, 2, 4, 3, 4]), np.array([0, 0, 1, 1, 1, 1])
    spans, mended = spans_of_tags(tags, documents, names, ("A", "B"))
    assert [spans.row(n) for n in range(len(spans))] == [(0, 0, 2, 0), (1, 2, 3, 0), (1, 3, 4, 1), (1, 4, 6, 1)]
    assert mended == 2


def test_tags_of_another_scheme_are_refused() -> None:
    with pytest.raises(ValueError, match="S-A"):
        compute_metrics(["O", "S-A"])


def test_predictions_against_a_gold_file_are_read_by_the_same_rules(tmp_path: Path) -> None:
    (tmp_path / "gold.jsonl").write_text('{"id": "a", "entities": []}\n', encoding="utf-8")
    (tmp_path / "said.jsonl").write_text('{"id": "a", "entitys": []}\n', encoding="utf-8")
    side = gold_side(tmp_path / "gold.jsonl", "test")
    with pytest.raises(InputError, match="unknown key 'entitys'"):
        read_predicted(tmp_path / "said.jsonl", side, read_plain(tmp_path / "said.jsonl"))


def test_a_mention_that_stands_nowhere_has_no_offsets_in_its_row(tmp_path: Path) -> None:
    gold = [{"id": "a", "text": "زار دمشق", "entities": []}]
    predicted = [{"id": "a", "entities": [{"text": "حلب", "label": "GPE"}]}]
    (row,) = map(json.loads, error_lines(find_errors(read_sides(gold, predicted))))
    assert row == {
        "document": "a",
        "class": "spurious",
        "gold": None,
        "predicted": {"start": None, "end": None, "label": "GPE"},
    }


# --- requirements: paths and thresholds ---


def test_the_path_may_begin_with_tasks_as_in_the_file(scores: Any) -> None:
    assert failures(scores, ["tasks.entities.strict.micro.f1>=0.5"]) == []
    (failed,) = failures(scores, ["tasks.entities.strict.micro.f1>=0.9"])
    assert failed.startswith("entities.strict.micro.f1 is ")


@pytest.mark.parametrize("rule", ["entities.strict.micro.f1>=80", "entities.strict.micro.recall>=-0.1"])
def test_a_threshold_that_no_rate_can_have_is_refused(scores: Any, rule: str) -> None:
    with pytest.raises(InputError, match=r"is between 0 and 1, so it cannot be (80|-0\.1)$"):
        failures(scores, [rule])


def test_counts_may_be_any_number(scores: Any) -> None:
    assert failures(scores, ["entities.strict.micro.mis<=80"]) == []


def test_an_unknown_path_names_the_nearest(scores: Any) -> None:
    with pytest.raises(InputError, match=r"did you mean entities\.strict\.micro\.f1\?$"):
        failures(scores, ["entities.strct.micro.f1>=0.5"])
