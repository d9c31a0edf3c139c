"""Stance corpora become gold sets by the names of their columns, and come back."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from mihakk.eval.gold.records import Gold
from mihakk.eval.gold.rows import read_gold
from mihakk.eval.score import evaluate
from test_corpus import Run, run  # noqa: F401  # pyright: ignore[reportUnusedImport]

# Claim, text, stance: as ANS has them, s1, s2 and stance.
ROWS = [
    ("غارة على دمشق", "قصفت الطائرات دمشق", "agree"),
    ("غارة على دمشق", "نفى الجيش، وقال: «لا غارة»", "disagree"),
    ("هدنة في حلب", "بدأت الهُدنة في حلب", "agree"),
    ("هدنة في حلب", "قصفت الطائرات دمشق", "other"),  # a text of two claims: one event
    ("زلزال", "أسعار النفط ١٢٣", "other"),
]


def table(path: Path, head: Sequence[str], rows: Sequence[Sequence[str]], delimiter: str = ",") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([head, *rows])
    return path


def stances(gold: Gold) -> set[tuple[str, str, str]]:
    """All that a stance corpus says: claim, text, stance."""
    return {
        (next(c.text for c in document.claims if c.id == claim), document.article.text, stance)
        for document in gold.split("all")
        for claim, stance in document.annotation.stances.items()
    }


def read(run: Run, *arguments: str) -> Gold:  # noqa: F811
    code, _, err = run("export", "read", *arguments, "-o", "gold", "--as", "stance", "--name", "n", "--force")
    assert (code, err) == (0, "")
    return read_gold(Path("gold"))


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_the_columns_of_ans_are_found(tmp_path: Path, run: Run, delimiter: str) -> None:  # noqa: F811
    table(tmp_path / "train.csv", ["s1", "s2", "stance"], ROWS[:2], delimiter)
    table(tmp_path / "dev.csv", ["s1", "s2", "stance"], ROWS[2:3], delimiter)
    table(tmp_path / "test.csv", ["s1", "s2", "stance"], ROWS[4:], delimiter)
    gold = read(run, "train.csv", "dev.csv", "test.csv")
    assert {name: len(documents) for name, documents in gold.splits.items()} == {"train": 2, "validation": 1, "test": 1}
    assert stances(gold) == {*ROWS[:3], ROWS[4]}
    assert tuple(gold.labels.article_stances) == ("agree", "disagree", "other")
    assert [d.article.id for d in gold.splits["train"]] == ["train-1", "train-2"]


def test_lists_of_texts_and_stances_as_in_arastance(tmp_path: Path, run: Run) -> None:  # noqa: F811
    rows = [
        {"id": 7, "claim": "زلزال", "article": ["نعم زلزال", "لا زلزال"], "stance": ["Agree", "Disagree"]},
        {"id": 8, "claim": "حريق", "article": ["الطقس"], "stance": ["Unrelated"]},
    ]
    content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (tmp_path / "test.jsonl").write_text(content, encoding="utf-8")
    gold = read(run, "test.jsonl")
    assert stances(gold) == {
        ("زلزال", "نعم زلزال", "Agree"),
        ("زلزال", "لا زلزال", "Disagree"),
        ("حريق", "الطقس", "Unrelated"),
    }
    # The two texts of one claim are one event.
    events = [document.article.event_id for document in gold.splits["test"]]
    assert (events[0] == events[1], events[1] == events[2]) == (True, False)


def test_texts_and_claims_that_rows_connect_stay_in_one_split(tmp_path: Path, run: Run) -> None:  # noqa: F811
    rows = [(f"ادعاء {n}", f"نص {n} {k}", "agree") for n in range(10) for k in range(2)] + [
        ("آخر", "نص 3 0", "discuss")
    ]
    random.Random(1).shuffle(rows)
    table(tmp_path / "corpus.csv", ["claim", "text", "stance"], rows)
    gold = read(run, "corpus.csv")
    splits = {
        claim: name for name, documents in gold.splits.items() for d in documents for claim in d.annotation.stances
    }
    of_claim: dict[str, set[str]] = {}
    for name, documents in gold.splits.items():
        for document in documents:
            for claim in document.annotation.stances:
                of_claim.setdefault(claim, set()).add(name)
    assert len(splits) == 11
    assert all(len(names) == 1 for names in of_claim.values())
    assert all(gold.splits.values()), "all three splits have documents"
    (two,) = [document for document in gold.split("all") if document.article.text == "نص 3 0"]
    assert sorted(two.annotation.stances.values()) == ["agree", "discuss"]


def test_columns_and_splits_by_name(tmp_path: Path, run: Run) -> None:  # noqa: F811
    head = ["الادعاء", "body", "رأي", "id", "split", "event"]
    rows = [("زلزال", "نعم", "مع", "a", "dev", "e"), ("حريق", "لا", "ضد", "b", "Train", "f")]
    table(tmp_path / "x.csv", head, rows)
    gold = read(run, "x.csv", "--column", "claim=الادعاء", "--column", "text=body", "--column", "stance=رأي")
    assert {n: [(d.article.id, d.article.event_id) for d in ds] for n, ds in gold.splits.items()} == {
        "train": [("b", "f")],
        "validation": [("a", "e")],
        "test": [],
    }
    assert tuple(gold.labels.article_stances) == ("ضد", "مع")


def test_what_was_read_is_scored_and_comes_back(tmp_path: Path, run: Run) -> None:  # noqa: F811
    table(tmp_path / "x.csv", ["claim", "text", "stance"], ROWS)
    gold = read(run, "x.csv")
    for form, name in (("stance", "back.csv"), ("jsonl", "back.jsonl")):
        code, out, _ = run("export", "write", "gold", "--as", form, "-o", name)
        assert (code, "not in it" in out) == (0, False), out
    code, _, err = run("export", "read", "back.csv", "-o", "again", "--as", "stance", "--name", "n")
    assert (code, err) == (0, "")
    assert read_gold(Path("again")).content_hash == gold.content_hash
    scores = evaluate(gold, Path("back.jsonl"), split="all")
    assert set(scores.tasks) == {"stance"}, "nothing is said of entities that there are none of"
    choice = scores.tasks["stance"]["strict"].choice
    assert choice
    assert (choice.accuracy, scores.tasks["stance"]["strict"].micro.counts.gold) == (1.0, len(ROWS))


PROBLEMS: Mapping[str, tuple[str, str]] = {
    "no claim": (
        "text,stance\nنص,agree\n",
        "x.csv:1: has no column for claim; name the right one: --column claim=NAME (its columns",
    ),
    "no column that is known": (
        "sep=;\nالخبر;الادعاء;الموقف\nنص;ا;agree\n",
        "x.csv:2: has no column for text and none for claim and none for stance; name the right one: "
        "--column text=NAME --column claim=NAME --column stance=NAME (its columns: الخبر, الادعاء, الموقف)",
    ),
    "empty": ("text,claim,stance\nنص,,agree\n", "x.csv:2: claim: is empty"),
    "a comma without quotes": (
        "text,claim,stance\nنص,ا,agree,x\n",
        "x.csv:2: has 1 more cell than columns; put quotation marks",
    ),
    "too few fields": ("text,claim,stance\nنص,ا\n", "x.csv:2: stance: is empty"),
    "two stances": (
        "text,claim,stance\nنص,ادعاء,agree\nنص,ادعاء,deny\n",
        "x.csv:3: stance deny: an earlier row has agree for the same text and claim",
    ),
    "two texts": (
        "id,text,claim,stance\n1,نص,ادعاء,agree\n1,آخر,ادعاء,agree\n",
        "x.csv:3: id 1: an earlier row with another text has it",
    ),
    "a name twice": (
        "text,text,claim,stance\nنص,آخر,ادعاء,agree\n",
        "x.csv: has several columns called text; rename all but one",
    ),
    "a line after Excel's": ("sep=;\ntext;claim;stance\nنص;;agree\n", "x.csv:3: claim: is empty"),
    "split": ("split,text,claim,stance\nhold,نص,ادعاء,agree\n", "x.csv:2: split hold: must be one of train"),
    "two splits": (
        "split,text,claim,stance\ntrain,نص,ادعاء,agree\ntest,نص,آخر,agree\n",
        "x.csv:3: split test: an earlier row of the same text has train",
    ),
}


EXCEL: Mapping[str, bytes] = {
    "the delimiter in a line before": "sep=;\r\ntext;claim;stance\r\nنص، هنا;ادعاء;agree\r\n".encode("utf-8-sig"),
    "capitals and spaces": 'Text , CLAIM,Stance\n"نص، هنا",ادعاء,agree\n'.encode(),
    "UTF-16 with tabs": "text\tclaim\tstance\r\nنص، هنا\tادعاء\tagree\r\n".encode("utf-16"),
    "one row in Windows-1256": 'text,claim,stance\r\n"نص، هنا",ادعاء,agree\r\n'.encode("cp1256"),
    "an index column": ',text,claim,stance\n0,"نص، هنا",ادعاء,agree\n'.encode(),
}


@pytest.mark.parametrize("name", EXCEL)
def test_tables_as_excel_and_pandas_write_them(tmp_path: Path, run: Run, name: str) -> None:  # noqa: F811
    (tmp_path / "x.csv").write_bytes(EXCEL[name])
    assert stances(read(run, "x.csv")) == {("ادعاء", "نص، هنا", "agree")}


def test_stances_that_differ_in_capitals_are_told(tmp_path: Path, run: Run) -> None:  # noqa: F811
    table(tmp_path / "x.csv", ["claim", "text", "stance"], [("ا", "نص", "Agree"), ("ا", "آخر", "agree")])
    code, out, _ = run("export", "read", "x.csv", "-o", "gold", "--as", "stance")
    assert code == 0
    assert "x.csv: Agree and agree differ only in capitals" in out


@pytest.mark.parametrize("name", PROBLEMS)
def test_what_is_wrong_is_named_by_line(tmp_path: Path, run: Run, name: str) -> None:  # noqa: F811
    content, problem = PROBLEMS[name]
    (tmp_path / "x.csv").write_text(content, encoding="utf-8")
    code, _, err = run("export", "read", "x.csv", "-o", "gold", "--as", "stance")
    assert code == 2
    assert err.startswith(f"mihakk: {problem}")
    assert not (tmp_path / "gold").exists()


def test_a_row_that_says_it_again_counts_once(tmp_path: Path, run: Run) -> None:  # noqa: F811
    table(tmp_path / "x.csv", ["claim", "text", "stance"], [ROWS[0], ROWS[0], ROWS[1]])
    code, out, _ = run("export", "read", "x.csv", "-o", "gold", "--as", "stance")
    assert code == 0
    assert "x.csv: 1 rows repeat a text, claim and stance, and count once" in out
    assert stances(read_gold(tmp_path / "gold")) == set(ROWS[:2])


def test_a_column_that_is_not_there_or_is_for_another_format(tmp_path: Path, run: Run) -> None:  # noqa: F811
    table(tmp_path / "x.csv", ["claim", "text", "stance"], ROWS)
    for options, problem in [
        (
            ["--as", "stance", "--column", "text=body"],
            "x.csv:1: has no column body for text; name the right one: --column text=NAME",
        ),
        (["--as", "stance", "--column", "words=text"], "--column words=text: must look like FIELD=NAME; FIELD is one"),
        (["--as", "jsonl", "--column", "text=text"], "--column: is for stance only"),
    ]:
        code, _, err = run("export", "read", "x.csv", "-o", "gold", *options)
        assert (code, problem in err) == (2, True), err
