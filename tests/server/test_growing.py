"""A day later the event has one claim more, and another in better words: what an annotator gave is still there."""

from __future__ import annotations

import json
import string
from pathlib import Path

import pytest
from browser import Annotating, chromium, keep_screenshot
from live import Person, client, command
from mihakk.annotate.document import Article, Claim, EventClaim
from mihakk.annotate.label_studio.client import LabelStudio
from mihakk.annotate.label_studio.local import LocalServer
from mihakk.annotate.task import make_task
from mihakk.configs.scheme import load_scheme
from mihakk.eval.gold.rows import read_gold
from raw_export import about, answer, region, stance

pytestmark = [pytest.mark.server, pytest.mark.browser]
SCHEME = load_scheme()
HUDA = "huda@example.org"
ARTICLE = Article("raid", "نفى الجيش قصف تدمر، وقال إن الغارة قتلت ٣ مسلحين.", event_id="e1")
DENIED = (ARTICLE.text.index("قصف تدمر"), ARTICLE.text.index("قصف تدمر") + len("قصف تدمر"))
BEFORE = (EventClaim("c1", "قُصفت تدمر"), EventClaim("c2", "قُتل مسلحون"))
AFTER = (EventClaim("c1", "قُصفت مدينة تدمر"), BEFORE[1], EventClaim("c3", "الغارة للتحالف"))


def test_one_key_never_answers_several_claims(
    local: LocalServer, server: LabelStudio, passwords: dict[str, str], title: str, tmp_path: Path
) -> None:
    """Of “1” and “10” Label Studio takes the same key. A push of few claims does not bring the keys back."""
    login = {"LABEL_STUDIO_URL": local.url, "LABEL_STUDIO_API_KEY": local.account.token}
    many = tuple(EventClaim(f"c{n}", f"ادعاء رقم {n}") for n in range(1, 13))
    few = Article("few", "هدوء في حلب.", event_id="e2")
    for task in (make_task(ARTICLE, many, SCHEME), make_task(few, BEFORE, SCHEME)):
        file = tmp_path / "tasks.json"
        file.write_text(json.dumps([task]), encoding="utf-8")
        done = command("annotate", "push", str(file), "--project", title, home=tmp_path, **login)
        assert done.returncode == 0, done.stderr
    project = next(project for project in server.projects() if project.title == title)
    number = next(task.id for task in server.tasks(project.id) if task.data["doc_id"] == "raid")
    with chromium(tmp_path / "profile") as page:
        huda = Annotating(page, local.url, HUDA, passwords[HUDA])
        page.goto(f"{project.url}/data?task={number}")
        huda.wait_for_task("نفى الجيش")
        claims = page.locator(".mihakk-claims")
        claims.get_by_text(many[-1].text).wait_for()
        answered = "document.querySelectorAll('.mihakk-claims input:checked').length"
        for held in ("Control+Alt", "Control+Shift", "Alt+Shift", "Control+Alt+Shift"):
            for digit in "0123456789":
                page.keyboard.press(f"{held}+{digit}")
        for key in string.ascii_lowercase + string.digits:
            page.keyboard.press(key)
        page.keyboard.press("Escape")
        assert page.evaluate(answered) == 0
        huda.stance_of_article(11, SCHEME.article_stances["agree"].of("ar"))
        page.wait_for_function(f"{answered} === 1")


def test_answers_stay_when_claims_grow_and_are_reworded(
    local: LocalServer, server: LabelStudio, people: list[Person], passwords: dict[str, str], title: str, tmp_path: Path
) -> None:
    login = {"LABEL_STUDIO_URL": local.url, "LABEL_STUDIO_API_KEY": local.account.token}

    def run(*arguments: str, code: int = 0) -> str:
        done = command(*arguments, home=tmp_path, **login)
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    def push(claims: tuple[EventClaim, ...], *more: str, code: int = 0) -> str:
        file = tmp_path / "tasks.json"
        file.write_text(json.dumps([make_task(ARTICLE, claims, SCHEME)]), encoding="utf-8")
        return run("annotate", "push", str(file), "--project", title, *more, code=code)

    push(BEFORE)
    project = next(project for project in server.projects() if project.title == title)
    (task,) = server.tasks(project.id)
    marked = [region("1", *DENIED, "CLAIM"), stance("1", *DENIED, "deny"), about("1", *DENIED, "c1")]
    people[0].submit(task.id, [*marked, answer(0, "disagree"), answer(1, "agree")])

    assert "--reworded" in push(AFTER, code=2)  # nothing is changed without the lead's word
    assert [claim["text"] for claim in server.tasks(project.id)[0].data["claims"]] == [c.text for c in BEFORE]
    assert "1 reworded claim in tasks with answers" in push(AFTER, "--reworded")
    export = tmp_path / "export.json"
    run("export", "pull", title, "-o", str(export))
    found = run("export", "check", str(export), code=1)  # the new claim has no answer yet
    assert "reworded-claim" in found and "c1 is “قُصفت مدينة تدمر” now" in found

    with client(local) as lead:
        url = next(project.url for project in lead.projects() if project.title == title)
    with chromium(tmp_path / "profile") as page:
        huda = Annotating(page, local.url, HUDA, passwords[HUDA])
        page.goto(f"{url}/data?task={task.id}")
        huda.wait_for_task("نفى الجيش")
        claims = page.locator(".mihakk-claims")
        for claim in AFTER:
            claims.get_by_text(claim.text).wait_for()
        given = [SCHEME.article_stances[name].of("ar") for name in ("disagree", "agree")]
        for position, name in enumerate(given):
            assert claims.get_by_label(name).nth(position).is_checked()
        assert not any(choice.is_checked() for choice in (claims.get_by_label(name).nth(2) for name in given))
        huda.choose("قصف تدمر")
        box = page.locator(".mihakk-about label", has_text="قُصفت مدينة تدمر")
        box.locator("input:checked").wait_for()
        # A box and its words stand on one line, also where three claims are in two columns.
        for claim in AFTER:
            choice = page.locator(".mihakk-about label", has_text=claim.text)
            assert choice.bounding_box()["height"] < 30
        keep_screenshot(page, "claims-that-grew")
        huda.stance_of_article(2, SCHEME.article_stances["discuss"].of("ar"))
        with page.expect_response(lambda r: r.request.method == "PATCH" and "/annotations" in r.url) as response:
            page.get_by_test_id("bottombar-update-button").click()
        assert response.value.status == 200, response.value.text()

    run("export", "pull", title, "-o", str(export))
    assert "reworded-claim" not in run("export", "check", str(export))
    run("export", "dataset", str(export), "-o", str(tmp_path / "gold"))
    annotation = read_gold(tmp_path / "gold").documents()["raid"].annotation
    assert annotation.stances == {"c1": "disagree", "c2": "agree", "c3": "discuss"}
    assert annotation.claims == (Claim(*DENIED, "deny", about="c1"),)
