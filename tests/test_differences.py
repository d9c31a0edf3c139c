"""The adjudicator's table: a row for each undecided piece with every annotator's version, and nothing agreed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

from marked import SCHEME
from mihakk.annotate.document import Annotation, Article, Claim, EventClaim, Span
from mihakk.annotate.task import completed
from mihakk.export.adjudicate import adjudication_tasks
from mihakk.export.differences import differences_html
from mihakk.export.finished import Export, FinishedTask
from mihakk.export.merge import merge

TEXT = "قال <b>نصر</b> إن الهدنة بدأت في دمشق وريفها أمس"
ARTICLE = Article("خبر", TEXT)
EVENT = (EventClaim("c1", "بدأت <i>الهدنة"), EventClaim("c2", "توقف القصف"))


def at(words: str) -> tuple[int, int]:
    return TEXT.index(words), TEXT.index(words) + len(words)


NASR, CITY = Span(*at("نصر"), "PERS"), Span(*at("دمشق"), "GPE")
REGION = Span(*at("دمشق وريفها"), "LOC")
TRUCE = Claim(*at("الهدنة بدأت في دمشق وريفها"), "support", (NASR,), "c1")


def said(name: str, entities: Sequence[Span], claim: Claim, stances: Mapping[str, str]) -> Annotation:
    return Annotation.on(ARTICLE, SCHEME, name, entities, [claim], stances, ["c1", "c2"])


def rows(*annotations: Annotation) -> list[list[str]]:
    """The cells of each row of the table, as a reader sees them."""
    task = FinishedTask(ARTICLE, EVENT, annotations)
    table: list[list[str]] = []

    class Cells(HTMLParser):
        def handle_starttag(self, tag: str, attrs: Any) -> None:
            assert tag in {"table", "tr", "th", "td", "b", "br", "mark", "p"}
            assert not attrs
            if tag == "tr":
                table.append([])
            if tag in {"td", "th"}:
                table[-1].append("")

        def handle_data(self, data: str) -> None:
            if table:
                table[-1][-1] += data

    Cells().feed(differences_html(task, merge(task), SCHEME).partition("<p>")[0])
    return table


def name(layer: str, key: str) -> str:
    return SCHEME.text(getattr(SCHEME, layer)[key])


def test_each_differing_piece_has_its_versions_side_by_side() -> None:
    huda = said("هدى", [NASR, CITY], TRUCE, {"c1": "agree", "c2": "discuss"})
    sami = said("سامي", [NASR, REGION], replace(TRUCE, stance="deny"), {"c1": "agree", "c2": "disagree"})
    head, claims, places, stances = rows(huda, sami)  # in text order
    assert head[1:] == ["هدى", "سامي"]
    # One row for both spans, widened to the longer; PERS and the stance on c1 are agreed, and not there.
    assert "دمشق وريفها" in places[0]
    assert places[1:] == [f"{name('entities', 'GPE')} دمشق", f"{name('entities', 'LOC')} دمشق وريفها"]
    words = "الهدنة بدأت في دمشق وريفها · نصر · «بدأت <i>الهدنة»"
    assert claims[1:] == [f"{name('claim_stances', which)} {words}" for which in ("support", "deny")]
    assert stances == ["توقف القصف", name("article_stances", "discuss"), name("article_stances", "disagree")]


def test_what_a_claim_is_about_is_a_difference_of_its_own() -> None:
    huda, sami = (said(who, [NASR], replace(TRUCE, about=of), {}) for who, of in (("هدى", "c1"), ("سامي", "c2")))
    (_, row) = rows(huda, sami)
    assert [cell.rpartition(" · ")[2] for cell in row[1:]] == ["«بدأت <i>الهدنة»", "«توقف القصف»"]
    # And its region is marked, though its stance is agreed.
    task = FinishedTask(ARTICLE, EVENT, (huda, sami))
    (made,) = adjudication_tasks(Export((task,), ()), SCHEME)
    regions = [one for one in made["predictions"][-1]["result"] if one["type"] == "labels"]
    assert {one["value"]["labels"][0]: "score" in one for one in regions} == {"PERS": False, "CLAIM": True}


def test_outvoted_pieces_need_no_look() -> None:
    work = [said(who, [NASR, CITY], TRUCE, {"c1": "agree"}) for who in ("أ", "ب")]
    assert rows(*work, said("ج", [NASR], TRUCE, {"c1": "discuss"})) == []


def test_the_text_of_an_article_stays_text() -> None:
    """Angle brackets of the article, of a claim and of a name are shown, and mean nothing."""
    huda = said("<script>", [NASR, CITY], TRUCE, {"c1": "agree"})
    table = rows(huda, said("ب", [CITY], replace(TRUCE, sources=()), {"c1": "discuss"}))
    assert table[0][1] == "<script>"
    assert "<b>نصر</b>" in table[1][0]
    assert table[-1][0] == "بدأت <i>الهدنة"


def test_a_task_of_an_earlier_version_gets_its_differences_as_text() -> None:
    made = completed({"adjudication": "GPE 9–13 “<b>”: a\nLOC: b", "claims": []})
    assert made["differences"] == "GPE 9–13 “&lt;b&gt;”: a<br>LOC: b"
