"""A dataset with pseudonyms says nothing of names, and the same number stands for the same person in every version."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from mihakk.annotate.document import Annotation, Article, Span
from mihakk.cli import app
from mihakk.configs.errors import InputError, UnavailableError
from mihakk.eval.gold.records import SetAside
from mihakk.eval.gold.rows import read_gold
from mihakk.export.finished import Export, FinishedTask
from mihakk.export.pseudonyms import Pseudonyms
from typer.testing import CliRunner

SAMPLE = Path(__file__).parents[1] / "annotate" / "sample" / "export.json"


def export(*names: str, starred: str = "", aside: str = "unknown") -> Export:
    annotations = tuple(Annotation("خبر", name, (Span(0, 4, "PERS"),)) for name in names)
    task = FinishedTask(Article("خبر", "أحمد زار دمشق"), (), annotations, None, frozenset({starred} - {""}))
    return Export((task,), (SetAside("خبر", (aside,), "draft", "not submitted"),))


def names(made: Export) -> list[str]:
    return [a.annotator for a in made.tasks[0].annotations]


def test_numbers_go_by_name_and_stay_when_others_come(tmp_path: Path) -> None:
    file = tmp_path / "names.csv"
    first = Pseudonyms(file)
    (made,) = first.hide([export("هدى@example.org", "sami@example.org", starred="هدى@example.org")])
    assert names(made) == ["annotator-1", "annotator-2"]
    assert made.tasks[0].ground_truth == {"annotator-2"}
    # Nobody is known by no name.
    assert made.set_aside[0].annotators == ("unknown",)
    first.write()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = Pseudonyms(file)
    later, judged = again.hide([export("anna@example.org", "هدى@example.org"), export("judge@example.org")])
    # Annotations are in order of pseudonym; Anna and the judge are new.
    assert names(later) == ["annotator-2", "annotator-3"]
    assert names(judged) == ["annotator-4"]
    assert [again.of(name) for name in ("anna@example.org", "judge@example.org")] == ["annotator-3", "annotator-4"]


def test_who_only_has_a_draft_gets_a_pseudonym_too(tmp_path: Path) -> None:
    (made,) = Pseudonyms(tmp_path / "names.csv").hide([export("a", aside="draft@example.org")])
    assert made.set_aside[0].annotators == ("annotator-2",)


@pytest.mark.parametrize(
    "content",
    [
        "email,password\na,b\n",
        "annotator,pseudonym\na,annotator-1\nb,annotator-1\n",
        "annotator,pseudonym\na,b\n",
        "annotator,pseudonym\na\n",
        "annotator,pseudonym\na,annotator-1\na,annotator-2\n",
        "annotator,pseudonym\na\rb,annotator-1\n",  # what Python's csv does not read
    ],
)
def test_a_file_of_something_else_is_left_as_it_is(tmp_path: Path, content: str) -> None:
    file = tmp_path / "names.csv"
    file.write_text(content, newline="")
    with pytest.raises(InputError, match="is not a file of pseudonyms"):
        Pseudonyms(file)
    assert file.read_bytes() == content.encode()


def test_no_name_is_anywhere_in_the_folder(tmp_path: Path) -> None:
    file, gold = tmp_path / "names.csv", tmp_path / "gold"
    done = CliRunner().invoke(
        app,
        [
            *("export", "dataset", str(SAMPLE), "-o", str(gold), "--pseudonyms", str(file)),
            *("--policy", "annotator2@example.com"),
        ],
    )
    assert done.exit_code == 0, done.output
    assert file.read_text().splitlines() == [
        "annotator,pseudonym",
        "annotator1@example.com,annotator-1",
        "annotator2@example.com,annotator-2",
    ]
    documents = read_gold(gold).documents().values()
    assert {name for d in documents for name in d.annotators} == {"annotator-1", "annotator-2"}
    assert {name for d in documents for o in d.origins.entities for name in o.annotators} == {
        "annotator-1",
        "annotator-2",
    }
    for path in gold.rglob("*"):
        if path.is_file():
            assert b"example.com" not in path.read_bytes(), path
    assert "What annotator-2 marked is gold." in (gold / "README.md").read_text(encoding="utf-8")


def test_a_number_that_another_command_gave_meanwhile_is_not_given_twice(tmp_path: Path) -> None:
    file = tmp_path / "names.csv"
    mine, others = Pseudonyms(file), Pseudonyms(file)
    mine.hide([export("huda@example.org")])
    others.hide([export("sami@example.org")])
    others.write()
    with pytest.raises(UnavailableError, match="was changed by another command"):
        mine.write()
    assert file.read_text(encoding="utf-8").splitlines()[1:] == ["sami@example.org,annotator-1"]
    again = Pseudonyms(file)
    (made,) = again.hide([export("huda@example.org")])
    again.write()
    assert names(made) == ["annotator-2"]
