"""Findings go back to their owners: a page for each annotator, incomplete submissions first, and counted by status."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import Here
from mihakk.annotate.document import Article, EventClaim
from mihakk.annotate.task import make_task
from mihakk.configs.checks import load_checks
from mihakk.configs.scheme import load_scheme
from mihakk.export.status import project_status
from raw_export import answer, exported, finished, region, stance

SCHEME = load_scheme()
# «وزير» 0–4, the space 4–5, لدمشق 5–10 with its proclitic
TEXT = "وزير لدمشق <b>قال</b> الحق"
HUDA, SAMI = "huda@example.org", "sami@example.org"


def export() -> list[dict[str, Any]]:
    """Huda's claim has no stance and her edge a space; Sami answers nothing; both mark a name."""
    claims = [EventClaim("c1", "ادعاء <i>")]
    huda = [region("a", 0, 5, "PERS"), region("b", 11, 17, "CLAIM"), answer(0, "agree")]
    sami = [region("a", 0, 4, "PERS"), region("b", 11, 17, "CLAIM"), stance("b", 11, 17, "deny")]
    made = make_task(Article("خبر-1", TEXT), claims, SCHEME)
    return [exported(made, [finished(HUDA, huda), finished(SAMI, sami)]) | {"id": 7, "project": 3}]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "export.json").write_text(json.dumps(export()), encoding="utf-8")
    return tmp_path


def test_a_page_for_each_annotator(folder: Path, here: Here) -> None:
    code, said, problems = here("export check export.json --by annotator -o pages --url http://127.0.0.1:8080")
    assert (code, problems) == (1, "")  # there are errors
    assert "pages: 2 pages: 1-huda@example.org.html, 2-sami@example.org.html" in said
    huda = (folder / "pages" / "1-huda@example.org.html").read_text(encoding="utf-8")
    assert '<html lang="ar" dir="rtl">' in huda
    assert 'href="http://127.0.0.1:8080/projects/3/data?task=7"' in huda
    checks = load_checks()
    # The missing stance comes before the white space, which has its own words in both languages.
    first, then = huda.index(checks["claim-without-stance"].arabic), huda.index(checks["edge-white-space"].arabic)
    assert first < then and checks["edge-white-space"].meaning in huda
    assert huda.count('class="incomplete"') == 1
    assert "<b>" not in huda and SAMI not in huda
    # Labels and claims are in the words that she had on her screen, not in those of the English detail alone.
    assert f"<bdi>{SCHEME.labels['PERS'].of('ar')} (PERS)</bdi>" in huda
    sami = (folder / "pages" / "2-sami@example.org.html").read_text(encoding="utf-8")
    arabic_name = "ادعاء الحدث"
    assert arabic_name in sami and "<mark><bdi>ادعاء &lt;i&gt;</bdi></mark>" in sami
    assert checks["unanswered"].arabic in sami and "<i>" not in sami


def test_pages_are_replaced_and_nothing_else(folder: Path, here: Here) -> None:
    assert here("export check export.json --by annotator -o pages")[0] == 1
    assert here("export check export.json --by annotator -o pages")[0] == 1
    (folder / "pages" / "notes.txt").write_text("mine")
    code, _, problems = here("export check export.json --by annotator -o pages")
    assert code == 2 and "notes.txt" in problems


def test_pages_need_a_folder(here: Here) -> None:
    assert "give both" in here("export check export.json --by annotator")[2]
    assert "give both" in here("export check export.json -o pages")[2]


def test_json_has_the_links(here: Here) -> None:
    _, said, _ = here("export check export.json --json --url http://127.0.0.1:8080")
    links = {finding["link"] for finding in json.loads(said)["findings"]}
    assert links == {"http://127.0.0.1:8080/projects/3/data?task=7"}


def test_status_counts_what_was_submitted_incomplete() -> None:
    status = project_status(export(), 2, SCHEME)
    assert {one.annotator: one.incomplete for one in status.annotators} == {HUDA: 1, SAMI: 1}
    assert (status.annotations, status.incomplete) == (2, 2)


def test_each_check_is_told_in_arabic() -> None:
    assert [name for name, check in load_checks().items() if not re.search("[ء-ي]", check.arabic)] == []
