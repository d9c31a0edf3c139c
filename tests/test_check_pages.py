"""Findings go back to their owners: a page for each annotator, incomplete submissions first, and counted by status."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import Here
from markupsafe import escape
from mihakk.annotate.document import Article, EventClaim
from mihakk.annotate.task import make_task
from mihakk.configs import spool
from mihakk.configs.checks import load_checks
from mihakk.configs.scheme import load_scheme
from mihakk.export.check.check import check_tasks
from mihakk.export.check.findings import Finding, Found, Use, Work, findings_on_disk
from mihakk.export.check.pages import write_pages
from mihakk.export.status import project_status
from raw_export import answer, exported, finished, region, stance
from test_check import EXAMPLES

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


# What annotators cannot mend: the page says so in Arabic, and has the message for the team lead.
FOR_THE_LEAD = {"not-a-task", "task-data", "text-changed", "repeated-article", "foreign-interface", "unknown-claim"}


@pytest.mark.parametrize("check", load_checks())
def test_what_annotators_mend_has_its_detail_in_arabic(check: str, tmp_path: Path) -> None:
    """With the words that the finding names; where there is nothing to add, the marked words or the claim are shown."""
    bad, _ = EXAMPLES[check]
    findings = [finding for finding in check_tasks(bad, SCHEME).findings if finding.found.check == check]
    detail = load_checks()[check].arabic_detail
    if detail is None:
        assert check in FOR_THE_LEAD | {"unreadable-result"}
        return
    write_pages(findings, None, tmp_path, SCHEME)
    said = "".join(page.read_text(encoding="utf-8") for page in tmp_path.glob("*.html"))
    for finding in findings:
        names = finding.found.names
        assert len(names) == len(set(re.findall(r"{\d}", detail)))
        assert str(escape(detail.format(*names))) in said
        about_work = check in ("empty", "empty-beside-marks", "shared-account", "fast-work", "foreign-result")
        assert (
            about_work or finding.found.text or finding.found.claim or check in ("orphan-stance", "dangling-relation")
        )


def test_details_in_arabic_say_what_the_message_says(folder: Path, here: Here) -> None:
    here("export check export.json --by annotator -o pages")
    huda = (folder / "pages" / "1-huda@example.org.html").read_text(encoding="utf-8")
    assert '<span class="w" lang="ar">الصواب: «وزير»</span>' in huda  # without the space behind it
    text = "زار وزير دمشق"
    made = make_task(Article("خبر-2", text), [], SCHEME)
    spans = [region("a", 5, 7, "PERS"), region("b", 9, 13, "GPE"), region("c", 4, 13, "OCC")]
    found = check_tasks([exported(made, [finished(HUDA, spans)])], SCHEME).findings
    # «زي» ends inside «وزير»: five characters before it and behind it are shown. Both lie in the third, which is first.
    assert {(one.found.check, one.found.text, one.found.names) for one in found if one.found.names} == {
        ("cut-word", "زي", ("زار و[زي]ر دمش",)),
        ("overlap", "زي", ("وزير دمشق",)),
        ("overlap", "دمشق", ("وزير دمشق",)),
    }


def test_findings_that_waited_on_disk_are_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    every = list(check_tasks(export(), SCHEME).findings)
    work = Work(7, 3, "خبر-1", 1, HUDA)
    uses = (Use("PERS", 2, (HUDA, SAMI), work, "a", 0, 4), Use("OCC", 1, (HUDA,), work, "b", 0, 4))
    full = Found("unanswered", "رسالة", work, "a", "PERS", 0, 4, "وزير", uses, True, "ادعاء", ("اسم",))
    assert None not in full, "each field is tried"
    every.append(Finding(full, "error"))
    assert any(finding.found.claim for finding in every)
    monkeypatch.setattr(spool, "HELD", 0)
    waited = findings_on_disk()
    waited.extend(every)
    assert list(waited) == every
