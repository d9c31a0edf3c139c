"""Reading columns: the fast reader and the careful one say the same, and nothing wrong gets through."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mihakk.annotate.predictions import read_predictions
from mihakk.configs.errors import InputError
from mihakk.configs.scheme import load_scheme
from mihakk.eval import evaluate
from mihakk.eval.arrow import _Lists, _texts, read_jsonl, read_parquet, read_plain
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
        "about": rows(columns.claims_about, columns.event_claims),
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
    lambda span, stance, sources, about: (
        {"start": span["start"], "end": span["end"]}
        | ({"about": about} if about is not None else {})
        | ({"stance": stance} if stance else {})
        | ({"sources": sources} if sources is not None else {})
    ),
    _span,
    st.none() | st.sampled_from(["support", "deny"]),
    st.none() | st.lists(_span, max_size=2),
    st.sampled_from([None, "c1", "ادعاء"]),
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


def test_texts_are_those_that_were_put_in_wherever_a_chunk_begins_and_ends() -> None:
    import pyarrow as pa

    texts = ["وَبِالقاهرة", "", "١٢ كم", "x", "", "نهاية 😀"]
    whole = pa.array(texts)
    # The middle chunk begins and ends inside its buffers; the third has a null, and the fourth nothing at all.
    chunks = [whole, whole[1:4], pa.array(["ا", None]), whole[2:2], pa.array(["", ""])]
    assert _texts(pa.chunked_array(chunks)) == [*texts, *texts[1:4], "ا", None, "", ""]
    assert _texts(pa.chunked_array([pa.array(texts, pa.large_string())])) == texts
    assert _texts(pa.chunked_array([pa.array([None, None])])) == [None, None]
    assert _texts(pa.chunked_array([], pa.string())) == []


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
    assert "|map:ontonotes#" in scores.signature


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


def span_with(**fields: Any) -> dict[str, Any]:
    return {"id": "a", "entities": [entity(0, 3, "ORG") | fields]}


def claim_with(**fields: Any) -> dict[str, Any]:
    return {"id": "a", "claims": [{"start": 0, "end": 3} | fields]}


ROWS_THAT_ARE_TAKEN: list[dict[str, Any]] = [
    span_with(text="نفت", score=0.5, note="ملاحظة", id="e1"),
    span_with(text=None, score=None, note=None, id=7),
    span_with(score=12, annotators=["a", "b"], votes=2, adjudicated=True),
    {"id": "a", "text": "نفت مصر", **span_with(text="نفت")},
    span_with(note="2025-12-05", text="2025-12-05"),  # which Arrow takes for a date
    claim_with(stance=None, sources=[entity(0, 2, "ORG") | {"text": "نف", "score": 1}], about="c1", note=""),
    claim_with(label="CLAIM", text="نفت", score=0.1, id="k", annotators=[], votes=1, adjudicated=False),
    claim_with(sources=[{"start": 0, "end": 2}]),
    {"id": "a", "stances": {"c1": "agree"}, **claim_with(stance="deny", score=1)},
    {"id": "a", "title": "ع", "annotators": ["m"], "event_claims": [{"id": "c", "text": "ت"}], "stances": {}},
    {"id": "a", "entities": None, "claims": None, "stances": None, "text": None, "event_claims": None},
]
ROWS_THAT_ARE_REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "key of a row": ({"id": "a", "labels": []}, "unknown key 'labels'"),
    "key of a row, null": ({"id": "a", "labels": None}, "unknown key 'labels'"),
    "key of an entity": (span_with(type="ORG"), "entities[0]: unknown key 'type'; known are start, end, label"),
    "key of an entity, null": (span_with(confidence=None), "entities[0]: unknown key 'confidence'"),
    "stance of an entity": (span_with(stance="deny"), "entities[0]: unknown key 'stance'"),
    "key of a claim": (claim_with(source=[]), "claims[0]: unknown key 'source'"),
    "key of a source": (claim_with(sources=[{"start": 0, "end": 2, "name": "x"}]), "sources[0]: unknown key 'name'"),
    "key of an event claim": (
        {"id": "a", "event_claims": [{"id": "c", "text": "t", "more": 1}]},
        "event_claims must be a list",
    ),
    "text of a span": (span_with(text=5), "entities[0].text must be text, not 5"),
    "score as text": (span_with(score="0.5"), "entities[0].score must be a number, not '0.5'"),
    "score true": (span_with(score=True), "entities[0].score must be a number, not true"),
    "score not a number": (span_with(score=float("nan")), "entities[0].score must be a number, not NaN"),
    "score without end": (span_with(score=float("inf")), "entities[0].score must be a number, not Infinity"),
    "note": (span_with(note=["x"]), "entities[0].note must be text"),
    "id": (span_with(id=1.5), "entities[0].id must be text or a whole number, not 1.5"),
    "annotators of a span": (span_with(annotators="x"), "entities[0].annotators must be a list of texts"),
    "about": (claim_with(about=3), "claims[0].about must be text, not 3"),
    "label": (span_with(label=""), "entities[0]: needs a label, as text, not ''"),
    "label of a source": (claim_with(sources=[entity(0, 2, "ORG") | {"label": 3}]), "sources[0]: needs a label"),
    "stance of a claim": (claim_with(stance=""), "claims[0]: needs a claim stance, as text, not ''"),
    "stance of a claim, number": (claim_with(stance=2), "claims[0]: needs a claim stance, as text, not 2"),
    "stance null": ({"id": "a", "stances": {"c": None}}, "stances.c: needs a stance, as text, not null"),
    "stance number": ({"id": "a", "stances": {"c": 5}}, "stances.c: needs a stance, as text, not 5"),
    "stance list": ({"id": "a", "stances": {"c": ["agree"]}}, 'stances.c: needs a stance, as text, not ["agree"]'),
    "stance empty": ({"id": "a", "stances": {"c": ""}}, "stances.c: needs a stance"),
    "stances list": ({"id": "a", "stances": []}, "stances must be an object"),
    "stances false": ({"id": "a", "stances": False}, "stances must be an object"),
    "title": ({"id": "a", "title": 1}, "title must be text, not 1"),
    "annotators": ({"id": "a", "annotators": ["a", None]}, "annotators must be a list of texts"),
    "event claims": ({"id": "a", "event_claims": [{"id": "c", "text": None}]}, "event_claims must be a list"),
    "beyond its own text": ({"id": "a", "text": "نف", **span_with()}, "0–3 is not a piece of the text, which has 2"),
    "words that are not there": (
        {"id": "a", "text": "نفت مصر", **span_with(text="مصر")},
        "entities[0]: its text is “مصر”, but the document has “نفت” at 0–3",
    ),
    "words of a claim": ({"id": "a", "text": "نفت مصر", **claim_with(text="نف")}, "claims[0]: its text is “نف”, but the document has “نفت”"),
    "words of a source": (
        {"id": "a", "text": "نفت مصر", **claim_with(sources=[{"start": 0, "end": 3, "text": "مصر"}])},
        "claims[0].sources[0]: its text is “مصر”",
    ),
    "hash of the text": ({"id": "a", "text": "نفت", "text_sha256": "0" * 64}, "text_sha256 is not that of the text"),
}  # fmt: skip
STANCE = {"id": "z", "stances": {"c1": "agree"}}  # with which Arrow leaves unknown keys to Python


# What the first line has decides which fields the fast reader expects.
ABOVE = pytest.mark.parametrize(
    "above", [[{"id": "z"}], [STANCE], []], ids=["first line has less", "beside stances", "first line"]
)


@ABOVE
@pytest.mark.parametrize("row", ROWS_THAT_ARE_TAKEN)
def test_both_readers_take_what_a_row_may_say(tmp_path: Path, row: dict[str, Any], above: list[dict[str, Any]]) -> None:
    path = written(tmp_path / "a.jsonl", *above, row)
    said = read_predictions(path, None, None)
    fast = read_plain(path)
    if fast is None:
        # It may leave to the careful reader what Arrow takes for dates, numbers as ids where it is told that they are
        # text, and a file where only a part of the rows has texts.
        numbered = above == [STANCE] and any("id" in span for span in row.get("entities") or ())
        assert row.get("text") or "2025" in str(row) or numbered
    else:
        assert plain(fast) == plain(columns_of(said.documents, said.tasks))


@ABOVE
@pytest.mark.parametrize("case", ROWS_THAT_ARE_REFUSED)
def test_both_readers_refuse_what_a_row_may_not_say(tmp_path: Path, case: str, above: list[dict[str, Any]]) -> None:
    row, message = ROWS_THAT_ARE_REFUSED[case]
    path = written(tmp_path / "a.jsonl", *(line | ({"text": "نص"} if "text" in row else {}) for line in above), row)
    assert read_plain(path) is None
    with pytest.raises(InputError) as error:
        read_predictions(path, None, None)
    (problem,) = error.value.problems
    assert problem.startswith(f"{path}:{len(above) + 1}: document a: ")
    assert message in problem
    assert "\n" not in problem


@pytest.mark.parametrize("case", ROWS_THAT_ARE_REFUSED)
def test_both_readers_refuse_it_in_parquet_too(tmp_path: Path, case: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    row, message = ROWS_THAT_ARE_REFUSED[case]
    if case == "stance null":
        pytest.skip("in Parquet, a claim without a stance: its structs have a field for each claim of the file")
    if row.get("stances") == [] or isinstance(row.get("labels"), list):
        row = {key: ["x"] if value == [] else value for key, value in row.items()}  # lists of nothing have no type
    path = tmp_path / "a.parquet"
    pq.write_table(pa.Table.from_pylist([row]), path)
    assert read_plain(path) is None
    with pytest.raises(InputError) as error:
        read_predictions(path, None, None)
    (problem,) = error.value.problems
    assert problem.startswith(f"{path}:1: document a: ")
    assert message in problem


@pytest.mark.parametrize("row", ROWS_THAT_ARE_TAKEN)
def test_both_readers_take_it_in_parquet_too(tmp_path: Path, row: dict[str, Any]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "a.parquet"
    row = {key: value for key, value in row.items() if value != {}}  # Parquet has no struct without fields
    pq.write_table(pa.Table.from_pylist([row]), path)
    said = read_predictions(path, None, None)
    fast = read_plain(path)
    assert fast is not None
    assert plain(fast) == plain(columns_of(said.documents, said.tasks))


@pytest.mark.parametrize(
    "content",
    [
        '{"id": "a"} {"id": "b"}\n',
        '{"id":\n"a"}\n',
        '{"id": "a"}\n{"id": "b"} x\n',
        '{"id": "a", "entities": [{"start": 0, "end": 3, "label": "ORG", "type": 1}]}\n'
        + '{"id": "b", "entities": [{"start": 0, "end": 3, "label": "ORG", "type": "x"}]}\n',
    ],
    ids=["two on a line", "one on two lines", "more behind it", "an unknown key of two types"],
)
def test_both_readers_refuse_what_is_not_one_object_a_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(content, encoding="utf-8")
    assert read_plain(path) is None
    with pytest.raises(InputError):
        read_predictions(path, None, None)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("before", [0, 1, 200_000], ids=["first", "second", "behind a block of Arrow"])
def test_null_where_an_object_should_be_does_not_end_the_process(tmp_path: Path, before: int, mark: str) -> None:
    """Arrow 24 reads a block that begins with null with a segmentation fault: 200,000 lines of 27 are 5 MB, a block 4."""
    path = tmp_path / "a.jsonl"
    lines = (f'{{"id": "{n:06}", "entities": []}}\n' for n in range(before))
    path.write_text(mark + "".join(lines) + "null\n" * 3, encoding="utf-8")
    if before < 2:
        with pytest.raises(InputError, match=rf"a\.jsonl:{before + 1}: "):
            read_predictions(path, None, None)
    code = "import sys; from pathlib import Path; from mihakk.eval.arrow import read_plain; print(read_plain(Path(sys.argv[1])))"
    ended = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (0, "None\n")


def test_parquet_as_datasets_writes_it_is_read_by_both(tmp_path: Path) -> None:
    """ClassLabels are numbers with names in the metadata; stances a list of pairs; a gold set's own documents."""
    import pyarrow as pa

    old = Path(__file__).with_name("old") / "0.1"
    (path,) = (old / "gold" / "documents").glob("test-*.parquet")
    said = read_predictions(path, None, None)
    fast = read_plain(path)
    assert fast is not None
    careful = columns_of(said.documents, said.tasks)
    assert plain(fast) == plain(careful)
    assert set(careful.entity_labels) <= set(load_scheme().entity_labels)
    # The same, counted by Arrow alone.
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    assert len(careful.entities) == len(table["entities"].combine_chunks().flatten())
    stances = [pair["stance"] for row in table["stances"].to_pylist() for pair in row]
    assert sum(len(row) for row in careful.stances) == sum(stance is not None for stance in stances)
    # pandas' row numbers say nothing of a document.
    indexed = pa.table({"id": ["a"], "__index_level_0__": [3]})
    pq.write_table(indexed, tmp_path / "a.parquet")
    assert [document.id for document in read_predictions(tmp_path / "a.parquet", None, None).documents] == ["a"]
    assert read_plain(tmp_path / "a.parquet") is not None


@pytest.mark.parametrize("form", ["Sequence", "struct of List"])
def test_objects_in_parquet_may_be_stored_as_lists_of_their_fields(tmp_path: Path, form: str) -> None:
    """`datasets` before 4 stored a Sequence of objects so; later versions still do where the features say so."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    label = {"names": ["PERS", "GPE"], "_type": "ClassLabel"}
    fields = {"start": {"dtype": "int32", "_type": "Value"}, "label": label}
    feature = (
        {"feature": fields, "_type": "Sequence"}
        if form == "Sequence"
        else {name: {"feature": kind, "_type": "List"} for name, kind in fields.items()}
    )
    info = json.dumps({"info": {"features": {"entities": feature}}})
    entities = [{"start": [0, 8], "end": [6, 14], "label": [1, 0]}, {"start": [], "end": [], "label": []}]
    claims = [
        {"start": [0], "end": [6], "stance": ["support"], "sources": [{"start": [2], "end": [4], "label": ["PERS"]}]},
        None,
    ]
    stances = [{"claim": ["c1"], "stance": ["agree"]}, {"claim": [], "stance": []}]
    table = pa.table({"id": ["a", "b"], "entities": entities, "claims": claims, "stances": stances})
    path = tmp_path / "a.parquet"
    pq.write_table(table.replace_schema_metadata({"huggingface": info}), path)
    source = {"start": 2, "end": 4, "label": "PERS"}
    rows = [
        {
            "id": "a",
            "entities": [{"start": 0, "end": 6, "label": "GPE"}, {"start": 8, "end": 14, "label": "PERS"}],
            "claims": [{"start": 0, "end": 6, "stance": "support", "sources": [source]}],
            "stances": {"c1": "agree"},
        },
        {"id": "b", "entities": [], "stances": {}},
    ]
    assert read_predictions(path, None, None).documents == read_predictions(rows, None, None).documents


@pytest.mark.parametrize("names", [["PERS", 3], 7], ids=str)
def test_label_names_that_are_none_are_refused(tmp_path: Path, names: object) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    feature = [{"label": {"names": names, "_type": "ClassLabel"}}]
    info = json.dumps({"info": {"features": {"entities": feature}}})
    table = pa.table({"id": ["a"], "entities": [[{"start": 0, "end": 3, "label": 0}]]})
    path = tmp_path / "a.parquet"
    pq.write_table(table.replace_schema_metadata({"huggingface": info}), path)
    with pytest.raises(InputError) as error:
        read_predictions(path, None, None)
    assert len(error.value.problems) == 1


@pytest.mark.parametrize("form", ["struct", "map", "pairs"])
def test_stances_in_parquet_may_be_a_struct_a_map_or_pairs(tmp_path: Path, form: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    said = [{"c1": "agree"}, {"ادعاء": "discuss", "c1": "disagree"}]
    types = {
        "struct": (pa.struct([("c1", pa.string()), ("ادعاء", pa.string())]), said),
        "map": (pa.map_(pa.string(), pa.string()), [list(row.items()) for row in said]),
        "pairs": (
            pa.list_(pa.struct([("claim", pa.string()), ("stance", pa.string())])),
            [[{"claim": claim, "stance": stance} for claim, stance in row.items()] for row in said],
        ),
    }
    kind, values = types[form]
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"id": ["a", "b"], "stances": pa.array(values, kind)}), path)
    assert [dict(document.stances) for document in read_predictions(path, None, None).documents] == said
    fast = read_plain(path)
    assert fast is not None
    assert [dict(row) for row in fast.stances] == said


@pytest.mark.parametrize("kind", ["float64", "uint32", "int64"])
def test_offsets_in_parquet_are_whole_numbers_of_any_width(tmp_path: Path, kind: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    span = pa.struct([("start", kind), ("end", kind), ("label", pa.string())])
    path = tmp_path / "a.parquet"
    # 2 ** 32 + 1 would be 1 if it were cut to 32 bits.
    for end, is_right in ((3, kind != "float64"), (2**32 + 1 if kind == "int64" else 2**32 - 1, False)):
        rows = pa.array([[{"start": 0, "end": end, "label": "ORG"}]], pa.list_(span))
        pq.write_table(pa.table({"id": ["a"], "entities": rows}), path)
        assert (read_plain(path) is not None) == is_right
        try:
            read_predictions(path, None, None)
            assert is_right
        except InputError:
            assert not is_right


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
