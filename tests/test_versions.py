"""A scheme's identity is what its labels mean; `from` says what became of older labels, or the file is refused."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from marked import gold as gold_set
from marked import gold_document
from mihakk.annotate.document import Annotation, Article, Span
from mihakk.annotate.label_studio.client import Project, ServerTask
from mihakk.annotate.label_studio.inventory import Inventory
from mihakk.annotate.label_studio.push import read_task_file
from mihakk.annotate.task import make_task, read_task
from mihakk.cli import app
from mihakk.configs.errors import InputError
from mihakk.configs.scheme import DEFAULT, Scheme, load_scheme, scheme_yaml
from mihakk.configs.versions import Version
from mihakk.eval.gold.records import Gold, GoldDocument
from mihakk.eval.gold.rows import read_gold
from mihakk.eval.gold.scheme import one_content, scheme_of
from mihakk.eval.score import evaluate
from mihakk.export.dataset import write_gold
from mihakk.export.finished import Export, FinishedTask
from mihakk.export.make_gold import make_gold
from mihakk.export.split import Splitting
from versions import FROM, NEW_LABELS, NEW_STANCES, OLD_LABELS, OLD_STANCES, made, scheme_values, written

ARTICLE = Article("مقال", "قالت الوزارة إن اللقاح آمن")


def test_the_hash_is_that_of_all_names_in_the_order_of_the_alphabet(tmp_path: Path) -> None:
    scheme = made(tmp_path, "1.0", ("SIGN", "DRUG"))
    # As another program would make it: sorted names, JSON with ", " and ": ".
    text = (
        '{"article_stances": ["agree", "disagree"], "claim_stances": ["deny", "support"], "entities": ["DRUG", "SIGN"]}'
    )
    assert scheme.identity.hash == hashlib.sha256(text.encode()).hexdigest()
    assert scheme.identity.title == f"health@1.0#{scheme.identity.hash[:8]}"


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"title": {"ar": "غيره", "en": "Another"}}, True),
        ({"version": "1.7"}, True),
        ({"entities": dict(reversed(scheme_values("1.0", ("SIGN", "DRUG"))["entities"].items()))}, True),
        ({"nesting": "nested"}, False),
        ({"entities": scheme_values("1.0", ("SIGN",))["entities"]}, False),
        ({"claim_stances": scheme_values("1.0", ("SIGN",), ("support", "deny", "doubt"))["claim_stances"]}, False),
        ({"article_stances": scheme_values("1.0", (), (), ("agree", "reject"))["article_stances"]}, False),
    ],
)
def test_only_what_carries_meaning_counts(tmp_path: Path, change: dict[str, Any], same: bool) -> None:
    first = made(tmp_path, "1.0", ("SIGN", "DRUG"))
    other = load_scheme(written(tmp_path / "other.yaml", scheme_values("1.0", ("SIGN", "DRUG")) | change))
    assert (other.identity.hash == first.identity.hash) is same


def test_texts_colours_and_keys_do_not_count(tmp_path: Path) -> None:
    values = scheme_values("1.0", ("SIGN", "DRUG"))
    first = load_scheme(written(tmp_path / "a.yaml", values))
    values["entities"]["SIGN"] |= {"ar": "علامة أخرى", "color": "#000000", "hotkey": "1"}
    assert load_scheme(written(tmp_path / "a.yaml", values)).identity == first.identity


@pytest.mark.parametrize("path", [DEFAULT, None])
def test_a_scheme_written_anew_is_the_same_scheme(tmp_path: Path, path: Path | None) -> None:
    scheme = load_scheme(path) if path else made(tmp_path, "2.0", NEW_LABELS, *NEW_STANCES, **{"from": FROM})
    (tmp_path / "again.yaml").write_text(scheme_yaml(scheme), encoding="utf-8")
    again = load_scheme(tmp_path / "again.yaml")
    assert again == scheme
    assert list(again.entities) == list(scheme.entities)  # the order, too


def test_versions_compare_by_their_numbers() -> None:
    ids = ("health@2.0", "health@1.10", "health@1.9")
    assert tuple(sorted(ids, key=Version.of)) == ids[::-1]  # pyright: ignore[reportArgumentType]
    assert Version.of("conll") is Version.of("corpus@one") is None


# --- `from`


def problems(folder: Path, version: str, from_: dict[str, Any], labels: tuple[str, ...] = NEW_LABELS) -> list[str]:
    with pytest.raises(InputError) as error:
        made(folder, version, labels, *NEW_STANCES, **{"from": from_})
    return [problem.removeprefix(str(folder)) for problem in error.value.problems]


@pytest.mark.parametrize(
    ("version", "from_", "problem"),
    [
        ("2.0", {"health@1.0": {"entities": {"SYMPTOM": "SINGS"}}}, "health@2.0 has no label SINGS"),
        ("2.0", {"health@1.0": {"entities": {"ORG": ["ORG", "FIRM"]}}}, "health@2.0 has no label FIRM"),
        ("2.0", {"health@1.0": {"claim_stances": {"doubt": "SIGN"}}}, "health@2.0 has no claim stance SIGN"),
        ("2.0", {"health@1.0": {"article_stances": {"discuss": "deny"}}}, "health@2.0 has no article stance deny"),
        ("2.0", {"health@1.0": {"entities": {"ORG": ["ORG"]}}}, "a list is for two or more labels"),
        ("2.0", {"health@1.0": {"entities": {"ORG": 3}}}, "must be a label, null, or a list"),
        ("2.0", {"health@1.0": {"labels": {}}}, "there is no such key"),
        ("2.0", {"health": {}}, "the key must be a scheme's name and version"),
        ("2.0", {"health@2.0": {}}, "is not older than health@2.0"),
        ("1.10", {"health@1.11": {}}, "is not older than health@1.10"),
        ("1.1", {"health@1.0": {"entities": {"SYMPTOM": "SIGN"}}}, "so health@1.1 has to be 2.0"),
    ],
)
def test_a_wrong_from_is_a_problem_with_its_line_and_key(
    tmp_path: Path, version: str, from_: dict[str, Any], problem: str
) -> None:
    (said,) = problems(tmp_path, version, from_)
    line, key = said.split(": ")[:2]
    number = int(line.rpartition(":")[2])
    text = (tmp_path / f"health-{version}.yaml").read_text(encoding="utf-8").splitlines()
    assert key.startswith("from.")
    assert key.rsplit(".", 1)[-1].split("@")[0] in text[number - 1]
    assert problem in said


def test_from_is_total_over_what_vanished_of_a_scheme_that_is_known(tmp_path: Path) -> None:
    """conflict_news@1.0 has 13 labels, 4 claim stances and 4 article stances; of these ORG, support, deny, agree and
    disagree are here, so 12 + 2 + 2 are not accounted for but for those that `from` names."""
    said = problems(tmp_path, "1.0", {"conflict_news@1.0": {"entities": {"PERS": None, "VIRUS": None}}})
    assert len(said) == 4
    assert "says nothing of the label OCC, NORP, " not in said[0]  # in the order of the alphabet
    assert (
        "says nothing of the label CARDINAL, DATE, EVENT, FAC, GPE, GROUP, LOC, NORP, OCC, TIME, WEAPON of" in said[0]
    )
    assert "says nothing of the claim stance comment, query of conflict_news@1.0" in said[1]
    assert "says nothing of the article stance discuss, unrelated of conflict_news@1.0" in said[2]
    assert "entities.VIRUS: conflict_news@1.0 has no label VIRUS; it has CARDINAL, DATE" in said[3]


# --- one id, two contents


def other_content(folder: Path) -> tuple[Scheme, Scheme]:
    first = made(folder, "1.0", OLD_LABELS, *OLD_STANCES)
    again = made(folder, "1.0", ("SYMPTOM", "SIGN", "DRUG", "ORG", "VACCINE"), *OLD_STANCES, nesting="nested")
    return first, again


def test_a_task_of_another_content_is_refused_and_told_what_differs(tmp_path: Path) -> None:
    first, again = other_content(tmp_path)
    data = make_task(ARTICLE, (), first)["data"]
    read_task(data, first.identity)
    with pytest.raises(InputError) as error:
        read_task(data, again.identity)
    (said,) = error.value.problems
    assert "health@1.0 has two contents" in said
    assert "entities only in the task: PLACE" in said
    assert "entities only in the scheme given: VACCINE" in said
    assert "nesting flat in the task, nested in the scheme given" in said
    # Of an older task nobody knows what its scheme meant.
    read_task({key: value for key, value in data.items() if not key.startswith("scheme_")}, again.identity)


def test_a_task_file_and_a_project_of_two_contents_are_refused(tmp_path: Path) -> None:
    first, again = other_content(tmp_path)
    task = make_task(ARTICLE, (), first)
    path = tmp_path / "tasks.json"
    path.write_text(json.dumps([task]), encoding="utf-8")
    with pytest.raises(InputError, match="two contents"):
        read_task_file(path, again)
    project = Project(1, "صحة", "http://127.0.0.1/projects/1", 1, 1, "<View/>", None)
    there = Inventory([ServerTask(1, task["data"])])
    assert there.conflicts([make_task(ARTICLE, (), first)], project) == []
    (said,) = there.conflicts([make_task(ARTICLE, (), again)], project)
    assert said.startswith("http://127.0.0.1/projects/1: health@1.0 has two contents")
    assert "entities only in these tasks: VACCINE" in said
    old = {key: value for key, value in task["data"].items() if not key.startswith("scheme_")}
    older = Inventory([ServerTask(1, old)])
    assert older.conflicts([task], project) == []
    assert older.differing([task]) == ()


@pytest.mark.parametrize(
    "wrong", [3, [], {}, {"entities": ["A"]}, {"entities": "A", "claim_stances": [], "article_stances": []}]
)
def test_a_content_that_is_none_is_refused(wrong: object) -> None:
    scheme = load_scheme()
    data = make_task(ARTICLE, (), scheme)["data"] | {"scheme_content": wrong}
    with pytest.raises(InputError, match="scheme_content must have lists of entities, claim_stances, article_stances"):
        read_task(data, scheme.identity)


# --- the gold folder's own scheme


def folder_of(scheme: Scheme, folder: Path, text: str = "أعراض الحمى") -> Path:
    """A gold folder with one document, in which the first word is SYMPTOM."""
    article = Article("مقال", text)
    said = Annotation.on(article, scheme, "gold", [Span(0, 5, "SYMPTOM")])
    write_gold(Gold("صحة", "1.0", scheme, {"test": (GoldDocument(article, (), said),)}), folder)
    return folder


def test_the_gold_folder_has_the_scheme_that_made_it(tmp_path: Path) -> None:
    scheme = made(tmp_path, "1.0", OLD_LABELS, *OLD_STANCES)
    folder = folder_of(scheme, new(tmp_path / "gold"))
    header = json.loads((folder / "gold.json").read_text(encoding="utf-8"))
    assert (header["scheme"], header["scheme_hash"]) == ("health@1.0", scheme.identity.hash)
    assert load_scheme(folder) == scheme == scheme_of(folder) == scheme_of(read_gold(folder))
    # Read and written again, it is the same.
    write_gold(read_gold(folder), new(tmp_path / "again"))
    assert (tmp_path / "again" / "scheme.yaml").read_text(encoding="utf-8") == (folder / "scheme.yaml").read_text(
        "utf-8"
    )


def new(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_a_scheme_that_is_not_that_of_gold_json_is_refused(tmp_path: Path) -> None:
    folder = folder_of(made(tmp_path, "1.0", OLD_LABELS, *OLD_STANCES), new(tmp_path / "gold"))
    written(folder / "scheme.yaml", scheme_values("1.0", OLD_LABELS[:3], *OLD_STANCES))
    with pytest.raises(InputError, match=r"scheme.yaml: is not the scheme of gold.json \(health@1.0#"):
        scheme_of(folder)


def test_an_older_gold_folder_has_no_scheme_and_its_labels_are_held_against_those_of_the_scheme(tmp_path: Path) -> None:
    old = Path(__file__).with_name("old") / "0.1" / "gold"
    assert scheme_of(old) is None
    one_content(load_scheme(), old)
    other = load_scheme().model_dump(exclude_defaults=True)
    del other["entities"]["WEAPON"]
    other["mappings"] = {}
    with pytest.raises(InputError, match=r"entities only in .*gold: WEAPON"):
        one_content(Scheme.model_validate(other), old)


def test_the_documents_are_not_read_to_compare_schemes(tmp_path: Path) -> None:
    first, again = other_content(tmp_path)
    gold = folder_of(first, new(tmp_path / "gold"))
    shutil.rmtree(gold / "documents")
    one_content(first, gold)
    with pytest.raises(InputError, match=r"two contents.* only in the scheme given: VACCINE"):
        one_content(again, gold)


def test_mappings_are_those_of_the_gold_folder_and_two_of_one_name_have_two_signatures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    predictions = tmp_path / "p.jsonl"
    predictions.write_text('{"id": "مقال", "entities": [{"start": 0, "end": 5, "label": "S"}]}\n', encoding="utf-8")
    signatures: set[str] = set()
    for n, to in enumerate(("S", "T")):
        mappings = {"plain": {"title": "plain", "labels": ["S", "T"], "to": dict.fromkeys(OLD_LABELS, to)}}
        scheme = made(new(tmp_path / str(n)), "1.0", OLD_LABELS, *OLD_STANCES, mappings=mappings)
        gold = folder_of(scheme, new(tmp_path / f"gold{n}"))
        scores = evaluate(gold, predictions, mapping="plain")
        # S is right, T is not there.
        assert scores.tasks["entities"]["strict"].micro.counts.cor == (1 if to == "S" else 0)
        assert scores.signature == evaluate(read_gold(gold), predictions, mapping="plain").signature
        signatures.add(scores.signature)
        app(["eval", "score", str(gold), str(predictions), "--map", "plain"], standalone_mode=False)
        assert f"(health@1.0#{str(scheme.identity.hash)[:8]})" in capsys.readouterr().out.replace("\n", "")
        app(["eval", "compare", str(gold), *[str(predictions)] * 2, "--map", "plain"], standalone_mode=False)
    assert len(signatures) == 2


def test_a_scheme_of_the_gold_s_id_and_another_content_gives_no_mapping(tmp_path: Path) -> None:
    gold = folder_of(made(tmp_path, "1.0", OLD_LABELS, *OLD_STANCES), new(tmp_path / "gold"))
    other = written(tmp_path / "other.yaml", scheme_values("1.0", OLD_LABELS[:3], *OLD_STANCES, mappings={}))
    with pytest.raises(InputError, match=r"two contents.*entities only in .*gold: ORG, PLACE"):
        app(["eval", "score", str(gold), "p.jsonl", "--map", "plain", "--scheme", str(other)], standalone_mode=False)


@pytest.mark.parametrize("options", [{}, {"mapping": "conll"}])
def test_scoring_loads_schemes_for_mappings_alone(tmp_path: Path, options: dict[str, str]) -> None:
    gold = gold_set(test=[gold_document("a", "في [حلب|GPE]")])
    write_gold(gold, new(tmp_path / "gold"))
    (tmp_path / "p.jsonl").write_text('{"id": "a", "entities": []}\n', encoding="utf-8")
    code = f"import sys; from mihakk.eval import evaluate; evaluate('gold', 'p.jsonl', **{options!r}); "
    code += "print(sorted({'pydantic', 'yaml'} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert said.stdout == ("['pydantic', 'yaml']\n" if options else "[]\n")


def test_a_gold_set_after_an_earlier_one_of_another_content_is_refused(tmp_path: Path) -> None:
    first, again = other_content(tmp_path)
    previous = read_gold(folder_of(first, new(tmp_path / "gold")))
    article = Article("مقال", "أعراض الحمى")
    export = Export((FinishedTask(article, (), (Annotation("مقال", "هدى", (Span(0, 5, "SYMPTOM"),)),)),), ())
    make_gold(export, first, "صحة", "1.1", splitting=Splitting(previous=previous))
    with pytest.raises(InputError, match=r"two contents.* only in the scheme given: VACCINE"):
        make_gold(export, again, "صحة", "1.1", splitting=Splitting(previous=previous))
