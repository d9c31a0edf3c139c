"""One gold set, made or read: what is written is read again, can be scored in memory, and is read by later versions."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from drawn import annotated, ids, words
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from marked import SCHEME, gold, gold_document
from mihakk.annotate.document import Annotation, Article, Claim, EventClaim, Span
from mihakk.cli import main
from mihakk.configs.errors import InputError
from mihakk.eval import arrow, gold_side
from mihakk.eval.errors import BREAKDOWNS, breakdowns, error_lines, find_errors
from mihakk.eval.gold.records import Gold, GoldDocument, Origin, Origins, OwnersWord, Provenance, SetAside
from mihakk.eval.gold.rows import document_row, features, read_gold, read_row
from mihakk.eval.gold.set_aside import read_set_aside, set_aside_line
from mihakk.eval.score import evaluate, read_sides, score_sides
from mihakk.export.dataset import write_gold
from mihakk.export.finished import read_export
from mihakk.export.hub import whole_gold
from mihakk.export.make_gold import make_gold

OLD = Path(__file__).with_name("old") / "0.1"

names = st.lists(words.filter(lambda name: ", " not in name), max_size=3, unique=True).map(tuple)
origins = st.builds(Origin, names, st.booleans())


@st.composite
def gold_documents(draw: st.DrawFn) -> GoldDocument:
    """Any article with any gold, with origins for all of it or for nothing, and claims about the event's claims."""
    drawn = draw(annotated())
    known = st.none() | st.sampled_from([claim.id for claim in drawn.claims]) if drawn.claims else st.none()
    claims = tuple(replace(claim, about=draw(known)) for claim in drawn.annotation.claims)
    annotation = replace(drawn.annotation, annotator="gold", claims=claims)
    found = Origins(
        tuple(draw(origins) for _ in annotation.entities),
        tuple(draw(origins) for _ in claims),
        {claim: draw(origins) for claim in annotation.stances},
    )
    # That nobody is known for anything is written as the lack of origins.
    found = found if draw(st.booleans()) and any(origin != Origin() for origin in found.every) else Origins()
    article = replace(drawn.article, agency=draw(st.none() | words))
    return GoldDocument(article, drawn.claims, annotation, draw(names), draw(st.none() | words), found)


asides = st.builds(SetAside, ids, names, words, words, st.booleans())
shares = st.none() | st.floats(0, 1)
texts = st.lists(words, max_size=3).map(tuple)
provenances = st.builds(
    Provenance,
    policy=st.none() | words,
    agreement=st.dictionaries(st.sampled_from(["entities", "claims", "stance"]), shares),
    split_rule=words,
    near_copies=st.lists(st.lists(ids, min_size=2, max_size=3).map(tuple), max_size=2).map(tuple),
    notes=texts,
    guidelines=st.dictionaries(st.sampled_from(["ar", "en"]), st.just("ab" * 32)),
    owner=st.builds(OwnersWord, st.sampled_from([(), ("crowdsourced", "other")]), st.none() | words, st.none()),
    corpus=st.none() | words,
)

NESTED = GoldDocument(
    Article("خبر-١", "قال قائدٌ في الجيـــش السوري\r\nإنّ ٣٠٠ عادوا لـلبصرة", event_id=None),
    (EventClaim("c1", "ادعاء"), EventClaim("c2", "آخر")),
    Annotation(
        "خبر-١",
        "gold",
        # Repeated, nested, and on the very same place.
        (Span(13, 21, "ORG"), Span(13, 21, "ORG"), Span(13, 28, "ORG"), Span(22, 28, "GPE"), Span(22, 28, "NORP")),
        (
            Claim(30, 39, "support", (Span(13, 28, "ORG"), Span(22, 28, "GPE")), "c2", "قالها\nمرتين"),
            Claim(30, 39, None),
        ),
        {"c2": "discuss"},
    ),
    ("سلمى", "b@example.org"),
    "نموذج@1",
    Origins(
        (Origin(("سلمى",)), Origin(), Origin((), adjudicated=True), Origin(("سلمى", "b@example.org")), Origin()),
        (Origin(("b@example.org",), adjudicated=True), Origin()),
        {"c2": Origin(("سلمى",))},
    ),
)


@lru_cache(maxsize=1)
def schema() -> Any:
    return features(SCHEME).arrow_schema


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(gold_documents())
@example(NESTED)
@example(GoldDocument(Article("a", "لا شيء"), (), Annotation("a", "gold")))
def test_a_row_gives_its_document_back(document: GoldDocument) -> None:
    import pyarrow as pa

    row = document_row(document, SCHEME)
    assert read_row(row, SCHEME) == document
    (stored,) = pa.Table.from_pylist([row], schema=schema()).to_pylist()
    assert read_row(stored, SCHEME) == document


# Writing a folder takes a fifth of a second.
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(gold_documents(), min_size=1, max_size=4, unique_by=lambda document: document.article.id),
    st.lists(st.sampled_from(["train", "validation", "test"]), min_size=4, max_size=4),
    st.lists(asides, max_size=3).map(tuple),
    provenances,
    words,
)
@example(
    [NESTED], ["test"] * 4, (SetAside("a", ("هدى", "b"), "شيء\u2028آخر", "سبب", undecided=True),), Provenance(), "x"
)
def test_a_gold_folder_gives_the_gold_set_back_and_can_be_written_again(
    tmp_path_factory: pytest.TempPathFactory,
    documents: list[GoldDocument],
    where: list[str],
    set_aside: tuple[SetAside, ...],
    provenance: Provenance,
    name: str,
) -> None:
    splits: dict[str, list[GoldDocument]] = {"train": [], "validation": [], "test": []}
    for document, split in zip(documents, where, strict=False):
        splits[split].append(document)
    made = Gold(name, "1.0", SCHEME, splits, set_aside, provenance)
    folder = tmp_path_factory.mktemp("gold")
    first, again = folder / "first", folder / "again"
    for path in (first, again):
        path.mkdir()
    write_gold(made, first)
    read = read_gold(first)
    assert read.path == first
    assert {split: list(rows) for split, rows in read.splits.items()} == splits
    assert (read.name, read.version, read.set_aside, read.provenance) == (name, "1.0", set_aside, provenance)
    assert (read.labels.name, read.labels.id) == (SCHEME.name, SCHEME.id)
    assert read.labels.entity_labels == SCHEME.entity_labels
    assert list(read.labels.claim_stances) == list(SCHEME.claim_stances)
    assert list(read.labels.article_stances) == list(SCHEME.article_stances)
    assert (read.content_hash, read.counts) == (made.content_hash, made.counts)
    write_gold(read, again)
    assert content(again) == content(first)


def content(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@given(asides)
def test_a_line_of_what_was_set_aside_has_each_annotator_by_name(aside: SetAside) -> None:
    row = json.loads(set_aside_line(aside))
    assert row["annotators"] == list(aside.annotators)
    assert set(row) == {"article_id", "annotators", "what", "reason", "undecided"}


# --- what cannot be read


@pytest.mark.parametrize("number", [-1, 99])
def test_a_label_number_that_has_no_name_is_refused(number: int) -> None:
    row = document_row(gold_document("a", "في [حلب|GPE]"), SCHEME)
    row["entities"][0]["label"] = number
    with pytest.raises(InputError, match=f"a label has the number {number}; there are "):
        read_row(row, SCHEME)


@pytest.mark.parametrize("line", ["{", "[]", "3", '{"article_id": "a"}', '{"article_id": "a", "annotator": 3}'])
def test_a_line_that_says_nothing_that_was_set_aside_is_refused_with_its_number(tmp_path: Path, line: str) -> None:
    path = tmp_path / "set_aside.jsonl"
    path.write_text(set_aside_line(SetAside("a", (), "شيء", "سبب")) + line + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"set_aside\.jsonl:2:"):
        read_set_aside(path)


def test_a_gold_json_with_notes_of_the_wrong_kind_is_refused(tmp_path: Path) -> None:
    write_gold(gold(test=[gold_document("a", "نص")]), tmp_path)
    header = json.loads((tmp_path / "gold.json").read_text(encoding="utf-8"))
    (tmp_path / "gold.json").write_text(json.dumps(header | {"notes": 3}), encoding="utf-8")
    with pytest.raises(InputError, match=r"gold\.json: is not the gold\.json of a gold dataset"):
        read_gold(tmp_path)


def test_there_are_three_splits_and_an_empty_one_is_as_if_it_were_not_there() -> None:
    made = gold(test=[gold_document("a", "نص")])
    with pytest.raises(InputError, match=r"تجربة@1\.0: has no split train; it has test, all"):
        made.split("train")
    with pytest.raises(InputError, match="there is no split dev; there are train, validation, test"):
        replace(made, splits={"dev": made.split("test")})


# --- what version 0.1.0 wrote


def test_the_gold_of_version_0_1_0_is_read_and_scored_as_it_was_then() -> None:
    header = json.loads((OLD / "gold" / "gold.json").read_text(encoding="utf-8"))
    scores = json.loads((OLD / "scores.json").read_text(encoding="utf-8"))
    read = read_gold(OLD / "gold")
    assert (read.content_hash, read.counts) == (header["content_hash"], header["counts"])
    for source in (OLD / "gold", read):
        found = evaluate(source, OLD / "predictions.jsonl").as_json()["tasks"]
        assert missing(scores["tasks"], found) == []


def missing(old: Any, new: Any, at: str = "") -> list[str]:
    """Where `new` lacks or changes something that `old` has; it may have more."""
    if isinstance(old, dict):
        return [
            problem
            for key, value in old.items()
            for problem in (missing(value, new[key], f"{at}.{key}") if key in new else [f"{at}.{key}"])
        ]
    return [] if old == new else [at]


def test_the_export_of_version_0_1_0_makes_the_gold_that_it_made_then() -> None:
    owner = OwnersWord(("machine-generated",))
    made = make_gold(read_export(OLD / "export.json", SCHEME), SCHEME, "sample", "1.0", owner=owner)
    read = read_gold(OLD / "gold")
    assert {split: list(rows) for split, rows in made.splits.items()} == {
        split: list(rows) for split, rows in read.splits.items()
    }
    assert made.content_hash == read.content_hash
    # Then, one text held the names of all.
    assert made.set_aside == read.set_aside
    assert Counter(len(aside.annotators) for aside in read.set_aside).keys() == {1, 2}
    # The guidelines have been reworded since.
    assert read.provenance.guidelines.keys() == made.provenance.guidelines.keys() == {"ar", "en"}
    # Agreement on stances of claims was not in it.
    assert made.provenance.agreement.keys() - read.provenance.agreement.keys() == {"claim_stance"}
    agreed = {key: made.provenance.agreement[key] for key in read.provenance.agreement}
    made_then, made_now = (replace(gold.provenance, split_rule="", guidelines={}) for gold in (read, made))
    assert replace(made_now, agreement=agreed) == made_then


def test_the_folder_of_version_0_1_0_is_whole_and_its_annotators_are_known_one_by_one() -> None:
    assert whole_gold(OLD / "gold").annotators == ("annotator1@example.com", "annotator2@example.com")


def test_the_rows_are_those_of_version_0_1_0(tmp_path: Path) -> None:
    import pyarrow.parquet as pq
    from datasets import Features

    write_gold(make_gold(read_export(OLD / "export.json", SCHEME), SCHEME, "sample", "1.0"), tmp_path)
    files = sorted(file.relative_to(tmp_path) for file in tmp_path.glob("*/*.parquet"))
    assert files == sorted(file.relative_to(OLD / "gold") for file in (OLD / "gold").glob("*/*.parquet"))
    for file in files:
        ours, theirs = (pq.read_table(folder / file) for folder in (tmp_path, OLD / "gold"))
        if "language" in ours.column_names:  # since 0.2.0, in documents
            assert set(ours["language"].to_pylist()) == {"ar"}
            features = Features.from_arrow_schema(ours.schema)
            del features["language"]
            ours = ours.drop_columns("language").replace_schema_metadata(features.arrow_schema.metadata)
        assert ours.to_pylist() == theirs.to_pylist()
        # Columns are found by name: `entity_tags` has moved to the second place.
        assert ours.select(theirs.column_names).schema.equals(theirs.schema, check_metadata=False)
        assert Features.from_arrow_schema(ours.schema) == Features.from_arrow_schema(theirs.schema)


@pytest.mark.parametrize("key", ["notes", "near_duplicates", "older_documents", "owner", "agreement_before_merging"])
@pytest.mark.parametrize("value", [5, "2", [5], True, {"x": 5}])
def test_a_wrong_value_in_gold_json_is_one_line_without_python_s_words(tmp_path: Path, key: str, value: object) -> None:
    write_gold(gold((), test=[gold_document("a", "نص")]), tmp_path)
    header = json.loads((tmp_path / "gold.json").read_text(encoding="utf-8"))
    (tmp_path / "gold.json").write_text(json.dumps({**header, key: value}), encoding="utf-8")
    try:
        read_gold(tmp_path)
    except InputError as error:
        (problem,) = error.problems
        assert problem.startswith(f"{tmp_path / 'gold.json'}: ")
        assert problem.endswith("; export the dataset anew")
        assert not re.search(r"Error|object|int\b|str\b|None|iterable", problem.removeprefix(str(tmp_path)))


# --- in memory, and each file once


def predictions(folder: Path, documents: Mapping[str, Sequence[Span]], **more: Any) -> Path:
    rows = [
        {"id": name, "entities": [{"start": s.start, "end": s.end, "label": s.label} for s in spans], **more}
        for name, spans in documents.items()
    ]
    path = folder / "predictions.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def small() -> Gold:
    """دمشق stands in the training split, حلب does not."""
    return gold(
        train=[gold_document("a", "زار [دمشق|GPE]", event_id="e1")],
        validation=[gold_document("b", "لا شيء", event_id="e2")],
        test=[gold_document("c", "من [دمشق|GPE] إلى [حلب|GPE]", {"c1": "agree"}, event_id="e3", outlet="وكالة")],
    )


def test_a_gold_set_that_was_just_made_is_scored_as_its_folder_is(tmp_path: Path) -> None:
    made = small()
    folder = tmp_path / "gold"
    folder.mkdir()
    write_gold(made, folder)
    # Found: دمشق, 3–7. Missed: حلب.
    path = predictions(tmp_path, {"c": [Span(3, 7, "GPE")], "a": []}, stances=None)
    in_memory, on_disk = evaluate(made, path), evaluate(folder, path)
    assert (in_memory.gold, on_disk.gold) == ("تجربة@1.0", "gold")
    assert (
        replace(in_memory, gold="") == replace(on_disk, gold="") == replace(evaluate(read_gold(folder), path), gold="")
    )
    micro = in_memory.tasks["entities"]["strict"].micro
    assert (micro.precision, micro.recall) == (1.0, 0.5)
    assert "1 predicted documents are not in the split test and are not scored" in in_memory.notes
    # Mentions without offsets are for the careful reader, which takes the texts from the gold set.
    path.write_text('{"id": "c", "entities": [{"text": "حلب", "label": "GPE"}]}\n', encoding="utf-8")
    assert replace(evaluate(made, path), gold="") == replace(evaluate(folder, path), gold="")


@pytest.mark.parametrize("split", ["train", "validation", "test", "all"])
def test_errors_are_the_same_from_memory_and_from_a_folder(tmp_path: Path, split: str) -> None:
    made = small()
    folder = tmp_path / "gold"
    folder.mkdir()
    write_gold(made, folder)
    path = predictions(tmp_path, {"a": [], "b": [], "c": [Span(3, 7, "GPE")]})
    in_memory, on_disk = (find_errors(read_sides(source, path, split)) for source in (made, folder))
    assert list(error_lines(in_memory)) == list(error_lines(on_disk))
    counted = breakdowns(in_memory, BREAKDOWNS)
    assert counted == breakdowns(on_disk, BREAKDOWNS)
    seen = {value: {k: n for k, n in row.items() if n} for value, row in counted["seen"].items()}
    of_test = {"seen": {"correct": 1}, "unseen": {"missed": 1}}
    both = {"seen": {"correct": 1, "missed": 1}, "unseen": {"missed": 1}}
    assert seen == {"train": {"seen": {"missed": 1}}, "validation": {}, "test": of_test, "all": both}[split]


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each column of a Parquet file, and each JSON lines file, is read."""
    import pyarrow.json
    import pyarrow.parquet

    counted: Counter[str] = Counter()
    columns, read_json, read_table = arrow.read_parquet_columns, pyarrow.json.read_json, pyarrow.parquet.read_table

    def counting_columns(path: Path, *wanted: str) -> Any:
        counted.update(f"{path.parts[-2]}/{path.name} {column}" for column in wanted)
        return columns(path, *wanted)

    def counting_json(path: Path, *args: Any, **kwargs: Any) -> Any:
        counted[path.name] += 1
        return read_json(path, *args, **kwargs)

    def counting_table(path: Path, *args: Any, **kwargs: Any) -> Any:
        counted[f"{path.parts[-2]}/{path.name}"] += 1
        return read_table(path, *args, **kwargs)

    for module in (arrow, gold_side):
        monkeypatch.setattr(module, "read_parquet_columns", counting_columns)
    monkeypatch.setattr(pyarrow.json, "read_json", counting_json)
    monkeypatch.setattr(pyarrow.parquet, "read_table", counting_table)
    return counted


@pytest.mark.parametrize("split", ["train", "test", "all"])
def test_scores_and_errors_with_every_breakdown_read_each_file_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reads: Counter[str], split: str
) -> None:
    folder = tmp_path / "gold"
    folder.mkdir()
    write_gold(small(), folder)
    path = predictions(tmp_path, {"a": [], "b": [], "c": [Span(3, 7, "GPE")]})
    options = [option for name in BREAKDOWNS for option in ("--by", name)]
    command = ["mihakk", "eval", "score", folder, path, "--split", split, "--errors", tmp_path / "errors.jsonl"]
    monkeypatch.setattr(sys, "argv", [*map(str, command), *options])
    with pytest.raises(SystemExit) as end:
        main()
    assert not end.value.code
    assert (tmp_path / "errors.jsonl").read_text(encoding="utf-8").count("\n") == {"train": 1, "test": 1, "all": 2}[
        split
    ]
    # Of other splits the ids are read, to know them, and texts and claims where there are predictions on them; what the
    # training split says only for `seen`, and then its ids and texts again.
    train = "documents/train-00000-of-00001.parquet"
    assert {name: n for name, n in reads.items() if n > 1} == (
        {f"{train} id": 2, f"{train} text": 2} if split == "test" else {}
    )
    assert reads["predictions.jsonl"] == 1
    assert reads[f"{train} entities"] == 1


def test_scores_from_one_reading_are_those_of_evaluate(tmp_path: Path) -> None:
    path = predictions(tmp_path, {"c": [Span(3, 7, "GPE")]})
    sides = read_sides(small(), path)
    assert score_sides(sides, path.name) == evaluate(small(), path)
