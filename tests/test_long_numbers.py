"""Numbers of thousands of digits, of which Python makes none: in every place where a text has a number."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Here
from mihakk.configs.errors import InputError
from mihakk.configs.files import counting_number
from mihakk.eval.running.regions import row_of_regions
from mihakk.export.pseudonyms import Pseudonyms

LONG = "9" * 5000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_what_is_a_number_and_what_is_none() -> None:
    assert [counting_number(text) for text in ("0", "17", "٣", "9" * 18)] == [0, 17, 3, 10**18 - 1]
    assert [counting_number(text) for text in ("", "-1", "1.0", "x", "9" * 19, LONG)] == [None] * 6


def test_an_offset_of_brat(here: Here, folder: Path) -> None:
    (folder / "a.txt").write_text("وائل في دمشق\n", encoding="utf-8")
    (folder / "a.ann").write_text(f"T1\tPERS 0 {LONG}\tوائل\n", encoding="utf-8")
    code, _, err = here("export read . --as brat -o ../read")
    assert (code, err.startswith("mihakk: ")) == (2, True)
    assert "a.ann:1: must have a label and offsets" in err


def test_a_token_that_is_a_long_number(here: Here, folder: Path) -> None:
    """It stands where other corpora count their tokens."""
    (folder / "a.iob2").write_text(f"{LONG}\tO\tO\nوائل\tB-PERS\tO\n", encoding="utf-8")
    code, _, err = here("export read a.iob2 --as iob2 -o read --tags 2 --tags 3")
    assert (code, "Traceback" in err) == (0, False)


def test_a_pseudonym(folder: Path) -> None:
    names = folder / "names.csv"
    names.write_text(f"annotator,pseudonym\nهدى,annotator-{LONG}\n", encoding="utf-8")
    with pytest.raises(InputError, match="is not a file of pseudonyms"):
        Pseudonyms(names)


def test_an_answer_on_a_claim_by_its_number() -> None:
    region = {"from_name": f"claim_stance_{LONG}", "type": "choices", "value": {"choices": ["agree"]}}
    with pytest.raises(InputError, match="answers a claim that the document does not have") as refused:
        row_of_regions([region], ["c1"])
    assert len(json.dumps(refused.value.problems)) < 300
