"""Reading columns: the fast reader and the careful one say the same, and nothing wrong gets through."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mihakk.annotate.predictions import read_predictions
from mihakk.configs.errors import InputError
from mihakk.configs.scheme import load_scheme
from mihakk.eval import evaluate
from mihakk.eval.arrow import _Lists, read_jsonl, read_parquet
from mihakk.eval.columns import Columns, columns_of
from mihakk.eval.gold_side import gold_side
from mihakk.eval.score import Scores
from mihakk.eval.spans import Counts

EVERYTHING = [
    {"id": "a", "entities": [{"start": 0, "end": 2, "label": "PERSON"}, {"start": 3, "end": 4, "label": "شخص"}]},
    {"id": "b", "claims": [{"start": 0, "end": 9, "stance": "deny"}, {"start": 1, "end": 2}]},
    {"id": "c", "entities": [{"start": 5, "end": 6, "label": "PERSON"}], "claims": []},
    {"id": "d", "claims": [{"start": 0, "end": 3, "stance": "support"}, {"start": 4, "end": 5, "stance": "deny"}]},
]


def written(path: Path, *rows: Any) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def plain(columns: Columns) -> dict[str, Any]:
    """What columns say, whatever the numbers of their labels."""

    def rows(table: Any, names: Any) -> list[Any]:
        return [
            (document, start, end, names[label] if names and label >= 0 else None)
            for document, start, end, label in (table.row(n) for n in range(len(table)))
        ]

    return {
        "ids": list(columns.ids),
        "tasks": columns.tasks,
        "entities": rows(columns.entities, columns.entity_labels),
        "claims": rows(columns.claims, columns.claim_stances),
        "sources": rows(columns.sources, None),
        "stances": [dict(said) for said in columns.stances],
        "events": columns.events,
        "texts": columns.texts,
    }


_span = st.builds(
    lambda start, length, label: {"start": start, "end": start + length, "label": label},
    st.integers(0, 50),
    st.integers(1, 9),
    st.sampled_from(["GPE", "شخص", "X.Y"]),
)
_claim = st.builds(
    lambda span, stance, sources: (
        {"start": span["start"], "end": span["end"]}
        | ({"stance": stance} if stance else {})
        | ({"sources": sources} if sources is not None else {})
    ),
    _span,
    st.none() | st.sampled_from(["support", "deny"]),
    st.none() | st.lists(_span, max_size=2),
)
_row = st.fixed_dictionaries(
    {},
    optional={
        "entities": st.lists(_span, max_size=4),
        "claims": st.lists(_claim, max_size=3),
        "stances": st.dictionaries(st.sampled_from(["c1", "c2", "ادعاء"]), st.sampled_from(["agree", "discuss"])),
        "event_id": st.sampled_from(["e1", "e2"]),
    },
)


@given(st.lists(_row, min_size=1, max_size=6))
def test_both_readers_say_the_same(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]) -> None:
    path = tmp_path_factory.mktemp("read") / "said.jsonl"
    written(path, *({"id": f"d{n}", **row} for n, row in enumerate(rows)))
    said = read_predictions(path, None, None)
    assert plain(read_jsonl(path)) == plain(columns_of(said.documents, said.tasks))


def test_parquet_says_the_same_as_jsonl(tmp_path: Path) -> None:
    import pyarrow.json as pj
    import pyarrow.parquet as pq

    rows = [
        {"id": "a", "entities": [{"start": 1, "end": 3, "label": "GPE"}], "claims": [{"start": 0, "end": 9}]},
        {"id": "b", "entities": [], "claims": []},
    ]
    path = written(tmp_path / "said.jsonl", *rows)
    pq.write_table(pj.read_json(path), tmp_path / "said.parquet")
    assert plain(read_parquet(tmp_path / "said.parquet")) == plain(read_jsonl(path))


def scored(folder: Path, gold: list[Any], predicted: list[Any], **options: Any) -> Scores:
    return evaluate(written(folder / "gold.jsonl", *gold), written(folder / "said.jsonl", *predicted), **options)


def entity(start: int, end: int, label: str) -> dict[str, Any]:
    return {"start": start, "end": end, "label": label}


def test_labels_are_numbered_the_same_by_python_and_by_arrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few labels are numbered without Arrow's functions, which take a while to load; many with them."""
    path = written(tmp_path / "a.jsonl", *EVERYTHING)
    few = read_jsonl(path)
    monkeypatch.setattr("mihakk.eval.arrow.FEW", 0)
    many = read_jsonl(path)
    for side in ("entities", "claims"):
        assert getattr(few, side).label.tolist() == getattr(many, side).label.tolist()
    assert few.entity_labels == many.entity_labels == ("PERSON", "شخص")
    assert few.claim_stances == many.claim_stances == ("deny", "support")
    assert few.claims.label.tolist() == [0, -1, 1, 0]


def test_a_row_without_a_list_takes_nothing_of_its_neighbours() -> None:
    """Arrow may hold spans beneath a list that is null, and a slice of a longer table."""
    import pyarrow as pa

    spans = pa.array([{"start": n, "end": n + 1, "label": "X"} for n in range(6)])
    lists = pa.ListArray.from_arrays(pa.array([0, 2, 4, 6]), spans, mask=pa.array([False, True, False]))
    for table in (_Lists(pa.chunked_array([lists])), _Lists(pa.chunked_array([lists[1:], lists[:1]]))):
        starts = table.offsets("start").tolist()
        assert (table.row.tolist(), starts) in (([0, 0, 2, 2], [0, 1, 4, 5]), ([1, 1, 2, 2], [4, 5, 0, 1]))


def test_any_two_files_can_be_compared(tmp_path: Path) -> None:
    scores = scored(
        tmp_path,
        [{"id": "a", "entities": [entity(0, 4, "GPE"), entity(5, 9, "ORG")]}, {"id": "b", "entities": []}],
        [{"id": "b", "entities": [entity(0, 2, "ZZZ")]}, {"id": "a", "entities": [entity(0, 4, "GPE")]}],
    )
    assert scores.tasks["entities"]["strict"].micro.counts == Counts(1, 0, 0, 1, 1)
    assert list(scores.tasks["entities"]["strict"].labels) == ["GPE", "ORG", "ZZZ"]
    assert "entities with labels that the gold does not have count as spurious: 1 ZZZ" in scores.notes
    assert "the gold has no texts, so there are no clitic-tolerant scores" in scores.notes
    assert "strict+clitic" not in scores.tasks["entities"]


def test_a_gold_file_with_texts_and_events_is_scored_with_tolerance(tmp_path: Path) -> None:
    gold = [{"id": "a", "text": "في وبدمشق", "event_id": "e", "entities": [entity(5, 9, "GPE")]}]
    scores = scored(tmp_path, gold, [{"id": "a", "entities": [entity(3, 9, "GPE")]}])
    assert scores.tasks["entities"]["strict"].micro.f1 == 0
    assert scores.tasks["entities"]["strict+clitic"].micro.f1 == 1
    # Another label, or another end, is not let pass.
    for wrong in (entity(3, 9, "ORG"), entity(3, 8, "GPE")):
        assert (
            scored(tmp_path, gold, [{"id": "a", "entities": [wrong]}]).tasks["entities"]["strict+clitic"].micro.f1 == 0
        )


def test_a_mapping_maps_gold_and_counts_what_has_no_counterpart(tmp_path: Path) -> None:
    mapping = load_scheme().mappings["ontonotes"]
    scores = scored(
        tmp_path,
        # GROUP is ORG there, PERS is PERSON, OCC has no counterpart.
        [{"id": "a", "entities": [entity(0, 4, "GROUP"), entity(5, 9, "OCC"), entity(10, 12, "PERS")]}],
        [{"id": "a", "entities": [entity(0, 4, "ORG"), entity(10, 12, "PERSON"), entity(20, 22, "MONEY")]}],
        mapping=("ontonotes", mapping),
    )
    assert scores.tasks["entities"]["strict"].micro.counts == Counts(2, 0, 0, 0, 0)
    assert scores.unmapped == {"gold": {"OCC": 1}, "predicted": {"MONEY": 1}}
    assert any("1 OCC" in note for note in scores.notes) and any("1 MONEY" in note for note in scores.notes)
    assert "|map:ontonotes|" in scores.signature


def test_a_label_that_the_mapping_does_not_know_is_told(tmp_path: Path) -> None:
    mapping = load_scheme().mappings["wojood"]
    gold = [{"id": "a", "entities": [entity(0, 4, "PERS")]}]
    with pytest.raises(InputError, match="PERSON"):
        scored(tmp_path, gold, [{"id": "a", "entities": [entity(0, 4, "PERSON")]}], mapping=("wojood", mapping))


def test_documents_that_gold_does_not_have_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        scored(tmp_path, [{"id": "a", "entities": []}], [{"id": "x", "entities": []}, {"id": "y", "entities": []}])
    assert len(error.value.problems) == 2


def test_a_wrong_gold_file_is_told_with_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text('{"id": "a", "entities": [{"start": 3, "end": 1, "label": "X"}]}\n{"id": 3}\n', encoding="utf-8")
    with pytest.raises(InputError) as error:
        gold_side(path, "test")
    assert [problem.removeprefix(f"{path}:")[:2] for problem in error.value.problems] == ["1:", "2:"]


CLAIMED = {
    "id": "a",
    "entities": [entity(0, 3, "ORG"), entity(5, 8, "PERS")],
    "claims": [
        {"start": 10, "end": 30, "stance": "support", "sources": [entity(0, 3, "ORG")]},
        {"start": 40, "end": 60, "stance": "deny", "sources": [entity(5, 8, "PERS")]},
        {"start": 70, "end": 80, "stance": "support"},
    ],
}


@pytest.mark.parametrize("key", ["text", "score"])
def test_what_no_score_looks_at_may_be_of_any_type_and_makes_no_task_of_stances(tmp_path: Path, key: str) -> None:
    rows = [{"id": str(n), "entities": [entity(0, 3, "ORG") | {key: value}]} for n, value in enumerate((1, "ا", None))]
    path = written(tmp_path / "a.jsonl", *rows)
    assert read_jsonl(path).tasks == read_predictions(path, None, None).tasks == {"entities"}


def test_each_document_has_its_own_scores_however_many_are_counted_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mihakk.eval.score.AT_ONCE", 2)
    gold = [
        {"id": "a", "entities": [entity(0, 3, "ORG"), entity(5, 8, "PERS")], "claims": [{"start": 0, "end": 9}]},
        {"id": "b", "entities": [entity(0, 3, "ORG")], "claims": []},
        {"id": "c", "entities": [], "claims": [{"start": 4, "end": 9}]},
    ]
    predicted = [
        {"id": "c", "entities": [entity(0, 3, "ORG")], "claims": [{"start": 4, "end": 9}]},
        {"id": "a", "entities": [entity(0, 3, "ORG"), entity(5, 7, "PERS")], "claims": []},
    ]
    scores = scored(tmp_path, gold, predicted, per_document=True)
    counts = {
        name: [tasks[task]["strict"].counts for task in ("entities", "claims")]
        for name, tasks in scores.documents.items()
    }
    nothing = Counts(0, 0, 0, 0, 0)
    assert counts == {
        "a": [Counts(1, 1, 0, 0, 0), Counts(0, 0, 0, 1, 0)],  # 5-8 is found as 5-7; the claim is not
        "b": [Counts(0, 0, 0, 1, 0), nothing],  # nothing is predicted on it
        "c": [Counts(0, 0, 0, 0, 1), Counts(1, 0, 0, 0, 0)],
    }
    lines = [json.loads(line) for line in scores.document_lines()]
    assert [line["id"] for line in lines] == ["a", "b", "c"]
    a, c = (lines[n]["tasks"]["entities"]["strict"] for n in (0, 2))
    assert (a["precision"], a["recall"], a["f1"]) == (0.5, 0.5, 0.5)
    assert (c["precision"], c["recall"], c["f1"]) == (0, None, 0)


def test_claims_stances_and_sources_by_hand(tmp_path: Path) -> None:
    predicted = {
        "id": "a",
        "claims": [
            # Shares 18 of 20: found, stance and source right.
            {"start": 12, "end": 30, "stance": "support", "sources": [entity(0, 3, "ORG")]},
            # The same claim; stance wrong, one source right and one too many.
            {
                "start": 40,
                "end": 60,
                "stance": "support",
                "sources": [entity(5, 8, "PERS"), entity(0, 3, "ORG")],
            },
            # Shares 2 of 18 with 70-80: not found.
            {"start": 78, "end": 88, "stance": "support"},
        ],
    }
    tasks = scored(tmp_path, [CLAIMED], [predicted]).tasks
    assert tasks["claims"]["strict"].micro.counts == Counts(1, 2, 0, 0, 0)
    assert tasks["claims"]["overlap"].micro.counts == Counts(2, 1, 0, 0, 0)
    # Of the two found, one stance is right.
    conditional = tasks["claim_stance"]["conditional"]
    assert conditional.micro.counts == Counts(1, 1, 0, 0, 0)
    assert conditional.choice and conditional.choice.accuracy == 0.5
    assert conditional.choice.confusion["deny"]["support"] == 1
    # End to end: three gold, three predicted, one right; the other two gold ones: one found with another stance.
    assert tasks["claim_stance"]["end_to_end"].micro.counts == Counts(1, 1, 0, 1, 1)
    # Strict needs the claim's own offsets: one of two gold relations, of three predicted.
    assert tasks["attribution"]["strict"].micro.counts == Counts(1, 0, 0, 1, 2)
    assert tasks["attribution"]["overlap"].micro.counts == Counts(2, 0, 0, 0, 1)
