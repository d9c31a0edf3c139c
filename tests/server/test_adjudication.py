"""Two annotators differ; an adjudicator settles it in a browser; the gold says who decided what."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from browser import Annotating, chromium, keep_screenshot
from live import Person, client, command
from mihakk.annotate.document import Article, Claim, EventClaim, Span
from mihakk.annotate.label_studio.client import LabelStudio
from mihakk.annotate.label_studio.local import LocalServer
from mihakk.annotate.label_studio.projects import prepare_project
from mihakk.annotate.label_studio.push import push
from mihakk.annotate.task import make_task
from mihakk.configs.scheme import load_scheme
from mihakk.eval.gold.records import Origin
from mihakk.eval.gold.rows import read_gold
from raw_export import region, stance

pytestmark = [pytest.mark.server, pytest.mark.browser]
SCHEME = load_scheme()
NAMES = {key: choice.of("ar") for key, choice in {**SCHEME.entities, **SCHEME.claim_stances}.items()}
HUDA, SAMI = "huda@example.org", "sami@example.org"
TEXT = "🔴 نفى الجيش قصف تدمر، وقالت واشنطن إن لداعش خلايا في بادية حمص."
ARTICLE = Article("raid", TEXT)


def at(words: str) -> tuple[int, int]:
    start = TEXT.index(words)
    return start, start + len(words)


def test_an_adjudicator_settles_what_two_annotators_left_undecided(
    local: LocalServer, server: LabelStudio, people: list[Person], title: str, tmp_path: Path
) -> None:
    agreed = Article("agreed", "هدوء في حلب.")
    project = prepare_project(server, title, SCHEME, 2)
    tasks = [make_task(ARTICLE, (EventClaim("c1", "قُصفت تدمر"),), SCHEME), make_task(agreed, (), SCHEME)]
    push(server, project, tasks, lambda _done, _total: None)
    numbers = {task.data["doc_id"]: task.id for task in server.tasks(project.id)}
    huda, sami = people
    # They agree on two names; «بادية حمص» is one span for Huda, and for Sami only its last word; the stances differ.
    common = [region("1", *at("تدمر"), "GPE"), region("2", *at("داعش"), "GROUP"), region("3", *at("قصف تدمر"), "CLAIM")]
    huda.submit(numbers["raid"], [*common, stance("3", *at("قصف تدمر"), "deny"), region("4", *at("بادية حمص"), "LOC")])
    sami.submit(numbers["raid"], [*common, stance("3", *at("قصف تدمر"), "query"), region("4", *at("حمص"), "GPE")])
    for person in people:
        person.submit(numbers["agreed"], [region("1", 8, 11, "GPE")])

    login = {"LABEL_STUDIO_URL": local.url, "LABEL_STUDIO_API_KEY": local.account.token}
    export, undecided = tmp_path / "export.json", tmp_path / "adjudication.json"
    for arguments in (
        ("export", "pull", title, "-o", str(export)),
        ("export", "adjudicate", str(export), "-o", str(undecided)),
        ("annotate", "push", str(undecided), "--project", "التحكيم"),
    ):
        done = command(*arguments, home=tmp_path, **login)
        assert done.returncode == 0, done.stderr
    assert [task["data"]["doc_id"] for task in json.loads(undecided.read_text(encoding="utf-8"))] == ["raid"]

    with client(local) as lead:
        court = next(p for p in lead.projects() if p.title == "التحكيم")
    with chromium(tmp_path / "profile") as page:
        adjudicating = Annotating(page, local.url, local.account.email, local.account.password)
        adjudicating.start(court.url)
        # All versions together: two names and a claim that both have, and two spans of one each.
        page.wait_for_function("window.Htx.annotationStore.selected.regions.length === 5")
        # What differs is on screen, above the text, with both versions; what is agreed is not.
        table = page.locator(".mihakk-differences")
        table.get_by_text("بادية حمص").first.wait_for()
        shown = table.inner_text()
        assert all(name in shown for name in (HUDA, SAMI, NAMES["LOC"], NAMES["GPE"], NAMES["deny"], NAMES["query"]))
        assert NAMES["GROUP"] not in shown
        page.evaluate("window.scrollTo(0, 0)")
        keep_screenshot(page, "adjudication-table")
        adjudicating.choose("حمص")
        # The chosen region says whose it is.
        page.get_by_text(f"⚖ 1/2: {SAMI}").wait_for()
        keep_screenshot(page, "adjudication")
        page.keyboard.press("Backspace")
        adjudicating.choose("قصف تدمر")
        adjudicating.stance_of_claim("d", SCHEME.claim_stances["deny"].of("ar"))
        adjudicating.stance_of_article(0, SCHEME.article_stances["disagree"].of("ar"))
        adjudicating.submit()

    judged, gold = tmp_path / "judged.json", tmp_path / "gold"
    for arguments in (
        ("export", "pull", "التحكيم", "-o", str(judged)),
        ("export", "dataset", str(export), "--adjudicated", str(judged), "-o", str(gold)),
    ):
        done = command(*arguments, home=tmp_path, **login)
        assert done.returncode == 0, done.stderr
    document = read_gold(gold).documents()["raid"]
    assert document.annotators == (HUDA, SAMI)
    entities = dict(zip(document.annotation.entities, document.origins.entities, strict=True))
    assert entities == {
        Span(*at("تدمر"), "GPE"): Origin((HUDA, SAMI)),
        Span(*at("داعش"), "GROUP"): Origin((HUDA, SAMI)),
        Span(*at("بادية حمص"), "LOC"): Origin((HUDA,), adjudicated=True),
    }
    assert document.annotation.claims == (Claim(*at("قصف تدمر"), "deny"),)
    assert document.origins.claims == (Origin((HUDA,), adjudicated=True),)
    assert document.annotation.stances == {"c1": "disagree"}
    assert document.origins.stances == {"c1": Origin((), adjudicated=True)}
