"""Whose language a corpus, a written file or a gold file has: it is said, found in the file, or told to be a guess."""

from __future__ import annotations

import json
from pathlib import Path

import mihakk
import pytest
from any_schemes import ENGLISH, HEALTH, PERSIAN, STANCE, URDU, Values
from mihakk.annotate.document import Annotation, Article, EventClaim, Span
from mihakk.annotate.placing.offsets import Evidence, Unit
from mihakk.configs.scheme import Scheme
from mihakk.eval import evaluate
from mihakk.eval.gazetteer import Gazetteer
from mihakk.eval.gold.records import Gold, GoldDocument
from mihakk.eval.gold.rows import read_gold
from mihakk.export.dataset import write_gold
from test_any_scheme import command, scheme_in

# وزیرستان is one word of Persian and Urdu, whose languages have no و before words.
TEXT = "احمد به وزیرستان رفت."
WAZIRISTAN = (8, 16)
assert TEXT[slice(*WAZIRISTAN)] == "وزیرستان"


def gold(scheme: Scheme, text: str = TEXT, **stances: str) -> Gold:
    entities = (Span(*WAZIRISTAN, "PLACE"),) if scheme.entity_labels else ()
    claims = (EventClaim("c1", "x"),) if scheme.article_stances else ()
    said = Annotation("a", "gold", entities, (), stances)
    return Gold("x", "1.0", scheme, {"test": (GoldDocument(Article("a", text, event_id="e"), claims, said),)})


def folder(path: Path, values: Values) -> Path:
    """A gold folder of the scheme with these values, and one document."""
    made = path / "gold"
    made.mkdir()
    write_gold(gold(scheme_in(path, values), **({} if values.get("entities") else {"c1": "agree"})), made)
    return made


@pytest.mark.parametrize("form", ["jsonl", "iob2", "brat"])
@pytest.mark.parametrize("values", [URDU, PERSIAN, ENGLISH], ids=lambda values: values["language"])
def test_what_is_written_says_its_language_and_is_read_with_it(tmp_path: Path, values: Values, form: str) -> None:
    command("export", "write", folder(tmp_path, values), "--as", form, "-o", tmp_path / "x")
    said = command("export", "read", tmp_path / "x", "--as", form, "--split", "test", "-o", tmp_path / "again")
    again = read_gold(tmp_path / "again")
    assert (again.labels.language, again.labels.proclitics) == (values["language"], False)
    assert "nothing says" not in said
    assert f"language: {values['language']}" in (tmp_path / "again" / "README.md").read_text(encoding="utf-8")
    # The same file once more, as it was.
    if form == "iob2":
        command("export", "write", tmp_path / "again", "--as", form, "--as-read", "-o", tmp_path / "y")
        assert (tmp_path / "x").read_bytes() == (tmp_path / "y").read_bytes()
        command("export", "write", tmp_path / "again", "--as", form, "-o", tmp_path / "x")  # over the first


def test_a_table_of_stances_says_its_language(tmp_path: Path) -> None:
    command("export", "write", folder(tmp_path, STANCE), "--as", "stance", "-o", tmp_path / "x.csv")
    command("export", "read", tmp_path / "x.csv", "--as", "stance", "-o", tmp_path / "again")
    assert read_gold(tmp_path / "again").labels.language == "en"
    # Other people's tables call it by its name.
    (tmp_path / "y.csv").write_text("text,claim,stance,language\nx,y,agree,English\n", encoding="utf-8")
    command("export", "read", tmp_path / "y.csv", "--as", "stance", "--split", "test", "-o", tmp_path / "again")
    assert read_gold(tmp_path / "again").labels.language == "en"


def test_a_corpus_whose_language_nobody_says_is_taken_for_arabic_and_that_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.iob2").write_text("London B-LOC\n", encoding="utf-8")
    read = ("export", "read", tmp_path / "x.iob2", "--as", "iob2", "--split", "test", "-o", tmp_path / "gold")
    told = "nothing names the language: taken for Arabic; --language or a scheme names another"
    assert told in " ".join(command(*read).split())
    for more in ((), ("--labels", "conll")):
        said = command(*read, "--language", "en", *more)
        assert "nothing says" not in said
        labels = read_gold(tmp_path / "gold").labels
        assert (labels.language, labels.proclitics) == ("en", False)
    # A mapping's labels are of no language.
    assert told in " ".join(command(*read, "--labels", "conll").split())
    command(*read, "--language", "klingon", code=1)
    scheme_in(tmp_path, ENGLISH)
    command(*read, "--language", "ar", "--scheme", tmp_path / "scheme.yaml", code=1)


def test_documents_of_several_languages_are_a_problem(tmp_path: Path) -> None:
    rows = [{"id": code, "text": "x", "entities": [], "language": code} for code in ("ur", "fa")]
    (tmp_path / "x.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    read = ("export", "read", tmp_path / "x.jsonl", "--as", "jsonl", "--split", "test", "-o", tmp_path / "gold")
    command(*read, code=1)
    said = command(*read, "--language", "fa")
    assert "the corpus is marked as ur, but is read as fa" in said


@pytest.mark.parametrize("language", [None, "fa", "ar"])
def test_a_file_that_serves_as_gold_is_of_the_language_that_it_says(tmp_path: Path, language: str | None) -> None:
    """زیرستان is right but for a proclitic only where the language has some."""
    row = {"id": "a", "text": TEXT, "entities": [{"start": 8, "end": 16, "label": "PLACE"}]}
    row |= {"language": language} if language else {}
    path = tmp_path / "gold.jsonl"
    path.write_text(json.dumps(row), encoding="utf-8")
    guess = [{"id": "a", "entities": [{"start": 9, "end": 16, "label": "PLACE"}]}]
    for given in (path, [row]):
        found = evaluate(given, guess)
        assert ("strict+clitic" in found.tasks["entities"]) == (language != "fa")
        told = [note for note in found.notes if "does not name its language: taken for Arabic" in note]
        assert len(told) == (language is None)
        # Words without offsets, too, are not looked for behind letters of the word.
        lost = evaluate(given, [{"id": "a", "entities": [{"text": "زیرستان", "label": "PLACE"}]}])
        assert lost.tasks["entities"]["strict"].micro.counts.predicted == 1
        tolerant = lost.tasks["entities"].get("strict+clitic")
        assert (tolerant is not None and tolerant.micro.counts.cor == 1) == (language != "fa")


def test_the_gazetteer_knows_the_language_and_the_layers(tmp_path: Path) -> None:
    """Of لندن nothing is cut off in Persian; in Arabic ل may stand before a name, و before another."""
    training = [GoldDocument(Article("t", "زیرستان"), (), Annotation("t", "gold", (Span(0, 7, "PLACE"),)))]
    persian = scheme_in(tmp_path, PERSIAN)
    assert Gazetteer(training, persian)({"text": TEXT, "claims": []}) == {"entities": []}
    found = Gazetteer(training)({"text": TEXT, "claims": []})
    assert found == {"entities": [{"start": 9, "end": 16, "label": "PLACE"}], "claims": []}
    stance = scheme_in(tmp_path, STANCE)
    learnt = [
        GoldDocument(Article("t", "x"), (EventClaim("c1", "x"),), Annotation("t", "gold", stances={"c1": "agree"}))
    ]
    assert Gazetteer(learnt, stance)({"text": "y", "claims": [{"id": "c2"}]}) == {"stances": {"c2": "agree"}}


def test_a_baseline_writes_no_layer_that_the_gold_has_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    scheme = scheme_in(tmp_path, ENGLISH)
    text = "Omar flew to Oslo in June."
    documents = [
        GoldDocument(Article(name, text, event_id=name), (), Annotation(name, "gold", (Span(13, 17, "PLACE"),)))
        for name in ("a", "b")
    ]
    Path("gold").mkdir()
    write_gold(Gold("x", "1.0", scheme, {"train": documents[:1], "test": documents[1:]}), Path("gold"))
    command("eval", "predict", "gold", "--extractor", "mihakk.eval.gazetteer:Gazetteer", "-o", "p.jsonl")
    row = json.loads(Path("p.jsonl").read_text(encoding="utf-8"))
    assert {"claims", "stances"}.isdisjoint(row)
    assert row["entities"] == [{"start": 13, "end": 17, "label": "PLACE"}]
    said = command("eval", "score", "gold", "p.jsonl", "-o", "s.json")
    assert "claim" not in said
    assert "stance" not in said


def test_spans_behind_letters_of_proclitics_are_doubted_where_the_language_has_none() -> None:
    """Ten spans that begin behind و: ten of twenty boundaries are inside words, unless و stands for itself."""
    for proclitics in (True, False):
        seen = Evidence(proclitics)
        for _ in range(10):
            seen.add(TEXT, 9, 16, None)
        doubt = seen.doubt(Unit.CODE_POINTS)
        assert (doubt is None) == proclitics
        assert proclitics or "50% of the boundaries of spans are inside words" in str(doubt)


def test_proclitics_that_differ_from_the_language_are_told_when_written(tmp_path: Path) -> None:
    gold = folder(tmp_path, PERSIAN | {"proclitics": True})
    said = " ".join(command("export", "write", gold, "--as", "jsonl", "-o", tmp_path / "x.jsonl").split())
    assert "its scheme differs from Persian in `proclitics`: give the scheme when the file is read" in said
    command("export", "read", tmp_path / "x.jsonl", "--as", "jsonl", "--scheme", tmp_path / "scheme.yaml",
            "--split", "test", "-o", tmp_path / "again")  # fmt: skip
    assert read_gold(tmp_path / "again").labels.proclitics


@pytest.mark.parametrize("values", [URDU, ENGLISH, HEALTH], ids=lambda values: values["language"])
def test_a_dataset_as_gold_is_of_the_language_of_its_gold_set(tmp_path: Path, values: Values) -> None:
    """Its rows come without gold.json. Scores are clitic-tolerant only where the language has proclitics."""
    from datasets import load_dataset

    path = folder(tmp_path, {**values, "entities": URDU["entities"]})
    documents = load_dataset(str(path), "documents", split="test")
    rows = [{"id": name, "entities": []} for name in documents["id"]]
    of_folder, of_dataset = mihakk.evaluate(path, rows), mihakk.evaluate(documents, rows)
    assert of_dataset.tasks == of_folder.tasks
    assert ("strict+clitic" in of_dataset.tasks["entities"]) == (values["language"] == "ar")
    assert of_dataset.notes == of_folder.notes
