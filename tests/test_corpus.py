"""Outside corpora become gold sets, and gold sets go out: labels, splits, the commands."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from marked import SCHEME, gold_document
from mihakk.annotate.document import Article, Span
from mihakk.cli import main
from mihakk.configs.errors import InputError
from mihakk.eval.gold.records import Gold
from mihakk.eval.gold.rows import read_gold
from mihakk.eval.score import evaluate
from mihakk.export.dataset import write_gold
from mihakk.export.formats import Written, brat, iob2
from mihakk.export.formats.corpus import labels_of
from mihakk.export.formats.iob2 import Layout
from mihakk.export.formats.report import written_summary
from test_iob2 import NESTED, SAMPLE
from test_jsonl import full

os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `mihakk ARGUMENTS` in the test's folder: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def run_here(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["mihakk", *arguments])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run_here


def files(folder: Path, **contents: str) -> None:
    for name, content in contents.items():
        (folder / f"{name}.txt").write_bytes(content.encode())


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    """A gold folder in which two documents say all that can be said, and a third is in the test split."""
    splits = {"train": [full("a"), full("b")], "validation": [], "test": [gold_document("c", "ب[دمشق|GPE]")]}
    (tmp_path / "gold").mkdir()
    write_gold(Gold("تجربة", "1.0", SCHEME, splits), tmp_path / "gold")
    return tmp_path / "gold"


# --- labels ---


def test_label_sets_are_the_scheme_and_what_it_maps_to() -> None:
    assert labels_of(SCHEME, None) is SCHEME
    assert labels_of(SCHEME, "conflict_news") is SCHEME
    conll = labels_of(SCHEME, "conll")
    assert (conll.id, conll.entity_labels) == ("conll", ("PER", "LOC", "ORG", "MISC"))
    assert conll.claim_stances == ("support", "deny", "query", "comment")
    assert conll.article_stances == ("agree", "disagree", "discuss", "unrelated")
    with pytest.raises(
        InputError, match=r"--labels x: conflict_news@1\.0 has no such label set; it has conflict_news, woj"
    ):
        labels_of(SCHEME, "x")


@pytest.mark.parametrize(
    ("options", "labels"),
    [
        ([], ("GPE", "ORG", "ship")),  # those found, in the order of the alphabet
        (["--scheme", "mine.yaml"], None),
        (["--labels", "conll"], None),
    ],
)
def test_labels_found_or_given(tmp_path: Path, run: Run, options: list[str], labels: tuple[str, ...] | None) -> None:
    files(tmp_path, corpus="سفينة B-ship\nمصر B-GPE\n\nجامعة B-ORG\n")
    scheme = (Path(iob2.__file__).parents[2] / "configs" / "conflict_news.yaml").read_text(encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(scheme, encoding="utf-8")
    code, out, err = run("export", "read", "corpus.txt", "-o", "gold", "--as", "iob2", "--name", "n", *options)
    if labels:
        assert (code, err) == (0, "")
        assert f"labels: {', '.join(labels)}" in out
        assert read_gold(tmp_path / "gold").labels.entity_labels == labels
        return
    assert code == 2
    lines = err.splitlines()
    assert lines[0].startswith("mihakk: corpus.txt:1: no label ship; there are PER")
    # CoNLL has no GPE, conflict_news has.
    assert [line.split(":")[2] for line in lines] == (["1", "2"] if "conll" in options else ["1"])
    assert not (tmp_path / "gold").exists()


# --- splits ---


def test_files_called_after_splits_are_these_splits(tmp_path: Path, run: Run) -> None:
    files(tmp_path, train="ا O\n\nب O\n", dev="ت O\n", test="ث O\n")
    code, out, _ = run("export", "read", "train.txt", "dev.txt", "test.txt", "-o", "gold", "--as", "iob2")
    assert code == 0
    assert "gold: 4 documents (train 2, validation 1, test 1): nothing marked" in out
    splits = read_gold(tmp_path / "gold").splits
    assert {name: [d.article.text for d in split] for name, split in splits.items()} == {
        "train": ["ا", "ب"],
        "validation": ["ت"],
        "test": ["ث"],
    }
    header = json.loads((tmp_path / "gold" / "gold.json").read_text(encoding="utf-8"))
    assert header["split_rule"] == "as the corpus has them"
    card = (tmp_path / "gold" / "README.md").read_text(encoding="utf-8")
    assert "read from train.txt, dev.txt, test.txt" in card
    assert "Label Studio" not in card


def test_all_into_one_split_or_by_the_rule(tmp_path: Path, run: Run) -> None:
    files(tmp_path, corpus="\n".join(f"{n} O\n" for n in range(10)), train="ا O\n")
    run("export", "read", "corpus.txt", "-o", "one", "--as", "iob2", "--split", "test")
    assert {name: len(split) for name, split in read_gold(tmp_path / "one").splits.items()} == {
        "train": 0,
        "validation": 0,
        "test": 10,
    }
    run("export", "read", "corpus.txt", "-o", "dealt", "--as", "iob2")
    # 60/20/20 of ten
    assert {name: len(split) for name, split in read_gold(tmp_path / "dealt").splits.items()} == {
        "train": 6,
        "validation": 2,
        "test": 2,
    }
    code, _, err = run("export", "read", "train.txt", "corpus.txt", "-o", "gold", "--as", "iob2")
    assert code == 2
    assert err.startswith(
        "mihakk: corpus.txt: the other files are named after splits (train, dev, test), this one is not"
    )
    code, _, err = run("export", "read", "train.txt", "-o", "gold", "--as", "iob2", "--split", "dev")
    said = (
        "Invalid value for '--split': 'dev' is not one of 'train', 'validation', 'test'; see mihakk export read --help"
    )
    assert (code, err) == (2, f"mihakk: {said}\n")


def test_a_document_given_twice_is_an_error(tmp_path: Path, run: Run) -> None:
    files(tmp_path, a="# id = x\nا O\n\n# id = y\nا O\n\n# id = x\nب O\n", b="# id = y\nا O\n")
    code, _, err = run("export", "read", "a.txt", "b.txt", "-o", "gold", "--as", "iob2")
    assert code == 2
    assert err.splitlines() == [
        "mihakk: a.txt: a document x was already read from a.txt",
        "mihakk: b.txt: a document y was already read from a.txt",
    ]


# --- out and in ---


@pytest.mark.parametrize("form", ["iob2", "brat", "jsonl"])
def test_a_gold_set_goes_out_and_in(tmp_path: Path, run: Run, gold: Path, form: str) -> None:
    assert run("export", "write", "gold", "-o", "train.out", "--as", form, "--split", "train")[0] == 0
    code, _, err = run("export", "read", "train.out", "-o", "back", "--as", form, "--labels", "conflict_news")
    assert (code, err) == (0, "")
    ours, back = read_gold(gold), read_gold(tmp_path / "back")
    assert back.labels.entity_labels == ours.labels.entity_labels
    assert [d.article.id for d in back.splits["train"]] == ["a", "b"]
    for one, other in zip(back.splits["train"], ours.splits["train"], strict=True):
        assert one.annotation.entities == other.annotation.entities
        if form == "jsonl":
            assert one == other
        else:
            assert one.article == Article(other.article.id, other.article.text)
            assert len(one.annotation.claims) == 2


def test_what_a_format_has_no_place_for_is_told(run: Run, gold: Path) -> None:
    """Counts of the two documents `full`, each with two claims, one of them with all that a claim can have."""
    _, out, _ = run("export", "write", "gold", "-o", "x", "--as", "iob2", "--split", "train", "--layer", "entities")
    assert out.splitlines() == [
        "x: 2 documents, 4 entities",
        "  not in it: 4 claims, 2 stances of claims, 2 sources of claims, 2 notes, 2 event claims that claims are about, "
        "2 article stances, 4 event claims, 2 events of articles, 12 titles, outlets, dates and other facts, 6 names of annotators; "
        "--as jsonl has more",
    ]
    _, out, _ = run("export", "write", "gold", "-o", "b", "--as", "brat")
    assert "not in it: 2 event claims that claims are about, 2 article stances, 4 event claims, 2 events of" in out
    _, out, _ = run("export", "write", "gold", "-o", "x", "--as", "iob2", "--split", "test", "--boundaries", "none")
    assert out.splitlines() == [
        "x: 1 document, 1 entity, 0 claims",
        "  not in it: 1 ids and texts as they were; --as jsonl has more",
    ]
    _, out, _ = run("export", "write", "gold", "-o", "y", "--as", "jsonl")
    assert out == "y: 3 documents, 5 entities, 4 claims, 2 article stances\n"


def test_words_for_what_is_left_out_are_those_of_the_report() -> None:
    everything = {*brat.LEFT_OUT, *iob2.left_out(Layout("none"), claims=False)}
    document = full("a")
    told = written_summary(Written([document], (), sorted(everything)), Path("x"))
    assert all(f" {what}" in told for what in everything)


def test_docbin_by_the_command(tmp_path: Path, run: Run, gold: Path) -> None:
    spacy = pytest.importorskip("spacy")
    assert run("export", "write", str(gold), "-o", "x.spacy", "--as", "docbin", "--split", "test")[0] == 0
    (doc,) = spacy.tokens.DocBin().from_disk(tmp_path / "x.spacy").get_docs(spacy.blank("ar").vocab)
    assert [(entity.text, entity.label_) for entity in doc.ents] == [("دمشق", "GPE")]


def test_a_brat_folder_that_is_not_ours_is_left_alone(tmp_path: Path, run: Run, gold: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "annotation.conf").write_text("[entities]\n")
    code, _, err = run("export", "write", str(gold), "-o", "own", "--as", "brat")
    assert code == 2
    assert "exists and was not made by this command" in err
    assert [path.name for path in (tmp_path / "own").iterdir()] == ["annotation.conf"]
    assert run("export", "write", str(gold), "-o", "new", "--as", "brat")[0] == 0
    assert run("export", "write", str(gold), "-o", "new", "--as", "brat", "--split", "test")[0] == 0
    assert sorted(path.name for path in (tmp_path / "new").glob("*.txt")) == ["c.txt"]


def goes_and_comes(tmp_path: Path, run: Run, corpus: Path, *options: str) -> None:
    """The corpus becomes gold, comes back byte for byte, and scores against itself under Wojood's labels."""
    code, _, err = run(
        "export", "read", str(corpus), "-o", "gold", "--as", "iob2", "--labels", "wojood", "--name", "w", *options
    )
    assert (code, err) == (0, "")
    assert run("export", "write", "gold", "-o", "back.txt", "--as", "iob2", "--as-read")[0] == 0
    assert (tmp_path / "back.txt").read_bytes() == corpus.read_bytes()
    assert run("export", "write", "gold", "-o", "predictions.jsonl", "--as", "jsonl")[0] == 0
    assert run("eval", "score", "gold", "predictions.jsonl", "--split", "train", "-o", "scores.json")[0] == 0
    micro = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))["tasks"]["entities"]["strict"]["micro"]
    spans = sum(len(d.annotation.entities) for d in read_gold(tmp_path / "gold").split("all"))
    assert (micro["cor"], micro["gold"], micro["predicted"], micro["f1"]) == (spans, spans, spans, 1.0)


def test_a_corpus_with_labels_of_wojood_goes_in_and_comes_out(tmp_path: Path, run: Run) -> None:
    (tmp_path / "in").mkdir()
    files(tmp_path / "in", train=NESTED)
    goes_and_comes(tmp_path, run, tmp_path / "in" / "train.txt")


@pytest.mark.skipif(not SAMPLE.is_file(), reason="the shared corpora are not at hand")
def test_the_sample_of_wojood_goes_in_and_comes_out(tmp_path: Path, run: Run) -> None:
    code, _, err = run("export", "read", str(SAMPLE), "-o", "gold", "--as", "iob2", "--labels", "wojood")
    assert code == 2
    assert err == (
        f"mihakk: {SAMPLE}:12377: I-FAC of “الفرنسي” continues a FAC that is not in its column on the line before; "
        "mend it, or give --repair to read it as B-FAC\n"
    )
    goes_and_comes(tmp_path, run, SAMPLE, "--repair")


def test_predictions_with_other_labels_score_less(tmp_path: Path, run: Run) -> None:
    files(tmp_path, test="مصر B-GPE\nالنيل B-LOC\n")
    run("export", "read", "test.txt", "-o", "gold", "--as", "iob2", "--labels", "wojood")
    row = {"id": "test-1", "entities": [{"start": 0, "end": 3, "label": "LAW"}, {"start": 4, "end": 9, "label": "LOC"}]}
    (tmp_path / "p.jsonl").write_text(json.dumps(row), encoding="utf-8")
    micro = evaluate(tmp_path / "gold", tmp_path / "p.jsonl").tasks["entities"]["strict"].micro
    assert (micro.counts.cor, micro.counts.inc, micro.f1) == (1, 1, 0.5)


def test_as_read_needs_one_whole_file(tmp_path: Path, run: Run, gold: Path) -> None:
    files(tmp_path, train="ا O\n", test="ب O\n", corpus="ا O\n\nب O\n\nت O\n")
    run("export", "read", "train.txt", "test.txt", "-o", "two", "--as", "iob2")
    run("export", "read", "corpus.txt", "-o", "dealt", "--as", "iob2")
    write = ("-o", "x.txt", "--as", "iob2", "--as-read")
    assert run("export", "write", "two", *write, "--split", "test")[0] == 0
    assert (tmp_path / "x.txt").read_bytes() == (tmp_path / "test.txt").read_bytes()
    code, _, err = run("export", "write", "dealt", *write)
    assert (code, "x.txt: exists and was not made by this command" in err) == (2, True), "it looks like anybody's"
    assert run("export", "write", "two", *write, "--split", "test")[0] == 0, "nothing changes"
    assert run("export", "write", "dealt", *write, "--force")[0] == 0
    assert (tmp_path / "x.txt").read_bytes() == (tmp_path / "corpus.txt").read_bytes()
    for arguments, problem in [
        (("two", *write), "two: all was read from 2 files; choose one split with --split"),
        (("dealt", *write, "--split", "train"), "dealt: train is only a part of corpus.txt"),
        ((str(gold), *write), "was not read from iob2, so it cannot be written as it was read"),
    ]:
        code, _, err = run("export", "write", *arguments)
        assert code == 2
        assert problem in err


def test_as_read_says_when_it_is_not_the_very_file(tmp_path: Path, run: Run) -> None:
    files(tmp_path, columns="دمشق NN B-GPE\n", crlf="\ufeffدمشق B-GPE\r\nحلب B-GPE\r\n")
    write = ("-o", "back.txt", "--as", "iob2", "--as-read", "--force")
    run("export", "read", "columns.txt", "-o", "columns", "--as", "iob2", "--tags", "3")
    code, out, _ = run("export", "write", "columns", *write)
    assert code == 0
    assert "this is not exactly the source file columns.txt: line 1, “دمشق NN B-GPE”, becomes “دمشق B-GPE”" in out
    run("export", "read", "crlf.txt", "-o", "crlf", "--as", "iob2")
    code, out, _ = run("export", "write", "crlf", *write)
    assert (code, "not exactly the source file" in out) == (0, False)
    assert (tmp_path / "back.txt").read_bytes() == (tmp_path / "crlf.txt").read_bytes()


def test_what_is_set_aside_and_repaired_is_told(tmp_path: Path, run: Run) -> None:
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "a.txt").write_text("نفت مصر أن الغارة", encoding="utf-8")
    (tmp_path / "test" / "a.ann").write_text("T1\tORG 0 3;8 10\tنفت أن\n* Equiv T1 T1\n", encoding="utf-8")
    code, out, err = run("export", "read", "test", "-o", "gold", "--as", "brat", "--repair")
    assert (code, err) == (0, "")
    assert "  set aside, listed in set_aside.jsonl: 1 × a gold set has no place for it\n" in out
    assert "  repaired: test/a.ann:1: ORG 0–10 “نفت مصر أن”: its pieces were read as one\n" in out
    (line,) = (tmp_path / "gold" / "set_aside.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["what"] == "* Equiv T1 T1"
    assert read_gold(tmp_path / "gold").split("test")[0].annotation.entities == (Span(0, 10, "ORG"),)


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (["write", "gold", "--as", "jsonl", "--layer", "entities", "--tokens", "spaces"], ["--layer", "--tokens"]),
        (["write", "gold", "--as", "brat", "--as-read", "--boundaries", "none"], ["--boundaries", "--as-read"]),
        (["write", "gold", "--as", "iob2", "--as-read", "--tokens", "spaces"], ["--tokens"]),
        (["read", "x", "--as", "brat", "--tags", "2", "--per", "sentence"], ["--tags", "--per"]),
        (["read", "x", "--as", "jsonl", "--repair"], ["--repair"]),
        (["read", "x", "--as", "stance", "--repair"], ["--repair"]),
    ],
)
def test_an_option_that_would_do_nothing_is_an_error(
    run: Run, gold: Path, arguments: list[str], options: list[str]
) -> None:
    code, _, err = run("export", *arguments, "-o", "out")
    assert code == 2
    assert [line.split(": ")[1] for line in err.splitlines()] == options
    assert gold.is_dir()


def test_the_column_of_tokens_is_none_of_tags(tmp_path: Path, run: Run) -> None:
    files(tmp_path, a="O B-GPE\n")
    code, _, err = run("export", "read", "a.txt", "-o", "gold", "--as", "iob2", "--tags", "1")
    assert code == 2
    assert "--tags" in err


def test_every_problem_of_every_file_is_told(tmp_path: Path, run: Run) -> None:
    files(tmp_path, a="ا X\n", b="ب Y\n")
    (tmp_path / "c.txt").write_text("\u00a0ت B-GPE\n", encoding="utf-8")
    code, _, err = run("export", "read", "a.txt", "b.txt", "c.txt", "-o", "gold", "--as", "iob2")
    assert code == 2
    assert [line[:16] for line in err.splitlines()] == ["mihakk: a.txt:1:", "mihakk: b.txt:1:", "mihakk: article "]
    assert "c-1, gold: GPE 0–2" in err and "white space at a boundary" in err
    assert not (tmp_path / "gold").exists()
