"""What docs/annotators-ar.md tells annotators is done here by hand, in a real Label Studio, with its pictures."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import REGIONS, Annotating, chromium, keep_screenshot
from live import Person
from mihakk.annotate.document import Article, EventClaim
from mihakk.annotate.label_studio.client import LabelStudio
from mihakk.annotate.label_studio.local import LocalServer
from mihakk.annotate.label_studio.projects import prepare_project
from mihakk.annotate.label_studio.push import push
from mihakk.annotate.task import make_task
from mihakk.configs.scheme import load_scheme

pytestmark = [pytest.mark.server, pytest.mark.browser]
SCHEME = load_scheme()
TITLE = "كمين في وادي الغرنوق"
TEXT = (
    f"{TITLE}\n\nقالت وزارة الدفاع السندارية إن 17 جندياً قُتلوا في الكمين، ونفى العقيد تيمور بلاسكا أسر أي جندي.\n\n"
    "وأعلنت كتائب الغسق مسؤوليتها عن الهجوم قرب الدمير."
)
CLAIMS = (EventClaim("c1", "قُتل 17 جندياً في الكمين"), EventClaim("c2", "أُسر جنود في الكمين"))
KILLED, CAPTURED = "17 جندياً قُتلوا في الكمين", "أسر أي جندي"
SAVED = "JSON.stringify(window.Htx.annotationStore.selected.serializeAnnotation())"
LABELS = "window.Htx.annotationStore.selected.regions.map(region => [region.text, region.labels].flat().join(' '))"


def test_an_annotators_first_hour(
    local: LocalServer, server: LabelStudio, people: list[Person], tmp_path: Path
) -> None:
    project = prepare_project(server, "كمين الوادي", SCHEME, 1)
    articles = [
        Article(f"a{n}", TEXT if n == 1 else f"خبر {n}\n\nهدوء في الدمير.", TITLE, event_id="e1") for n in (1, 2, 3)
    ]
    push(server, project, [make_task(each, CLAIMS, SCHEME) for each in articles], lambda _done, _total: None)
    huda = people[0]
    names = {key: choice.of("ar") for key, choice in {**SCHEME.labels, **SCHEME.claim_stances}.items()}
    with chromium(tmp_path / "profile") as page:
        page.set_viewport_size({"width": 1100, "height": 700})
        page.goto(f"{local.url}/user/login/")
        page.fill("input[name=email]", huda.email)
        keep_screenshot(page, "annotators-login", (600, 170, 450, 380))
        annotating = Annotating(page, local.url, huda.email, huda.password)
        page.goto(f"{project.url}/data")
        page.get_by_role("button", name="Label All Tasks").wait_for()
        page.get_by_text("a1").first.wait_for()
        keep_screenshot(page, "annotators-tasks", (0, 0, 1100, 260))
        assert names["CLAIM"] in annotating.start(project.url)
        # After a reload the instructions come once more, at one of the next tasks.
        page.add_locator_handler(
            page.locator(".lsf-modal-ls__content"), lambda: page.locator(".lsf-modal-ls__header button").click()
        )

        # A name: by key, and with the mouse.
        annotating.mark("كتائب الغسق", key="5")
        annotating.mark("الدمير", label=names["GPE"])
        keep_screenshot(page, "annotators-names")

        # A wrong boundary: chosen, deleted, marked anew. A wrong label: chosen, and another key.
        annotating.mark("العقيد تيمور بلاسكا", key="1")
        annotating.choose("العقيد تيمور بلاسكا")
        page.keyboard.press("Backspace")
        page.wait_for_function(f"{REGIONS} === 2")
        annotating.mark("تيمور بلاسكا", key="1")
        page.keyboard.press("Control+z")
        page.wait_for_function(f"{REGIONS} === 2")
        page.keyboard.press("Control+Shift+z")
        page.wait_for_function(f"{REGIONS} === 3")
        annotating.mark("وزارة الدفاع السندارية", key="5")
        annotating.choose("وزارة الدفاع السندارية")
        page.keyboard.press("4")
        page.wait_for_function(f"{LABELS}.some(said => said.includes('ORG') || said.includes('{names['ORG']}'))")
        # A doubt is a note at the region.
        page.keyboard.press("Alt+m")
        page.wait_for_function("document.activeElement.tagName === 'TEXTAREA'")
        page.keyboard.type("مؤسسة أم كيان سياسي؟")
        page.keyboard.press("Enter")
        page.wait_for_function(f"{SAVED}.includes('مؤسسة أم كيان سياسي؟')")
        keep_screenshot(page, "annotators-note", (780, 50, 320, 330))
        page.keyboard.press("Escape")

        # A claim: its stance, the event's claim that it is about, and the arrow to its source.
        annotating.mark(CAPTURED, key="c")
        annotating.choose(CAPTURED)
        annotating.stance_of_claim("d", names["deny"])
        annotating.claim_is_about("Shift+2", CLAIMS[1].text)
        annotating.link("تيمور بلاسكا")
        annotating.choose(CAPTURED)
        keep_screenshot(page, "annotators-claim")
        page.keyboard.press("Escape")

        # The article's stances: with the mouse, and by key. The draft is there when the page is opened again.
        annotating.stance_of_article(0, SCHEME.article_stances["agree"].of("ar"))
        with page.expect_response(lambda r: "/drafts" in r.url and "claim_stance_1" in (r.request.post_data or "")):
            page.keyboard.press("Alt+Shift+1")
            page.wait_for_function(f"{SAVED}.includes('claim_stance_1')")
            page.mouse.move(400, 400)
            page.mouse.wheel(0, 2000)
        keep_screenshot(page, "annotators-stances", (0, 390, 780, 310))
        before = page.evaluate(REGIONS)
        page.reload()
        annotating.wait_for_task(TITLE)
        page.wait_for_function(f"{REGIONS} === {before}")

        with page.expect_response(lambda r: r.request.method == "POST" and "/annotations" in r.url) as sent:
            page.keyboard.press("Control+Enter")
        assert sent.value.status == 201
        annotating.wait_for_task("خبر")
        annotating.skip()

        # What was sent is opened again, mended and sent again.
        number = next(task.id for task in server.tasks(project.id) if task.data["doc_id"] == "a1")
        page.goto(f"{project.url}/data?task={number}")
        annotating.wait_for_task(TITLE)
        page.wait_for_function(f"{REGIONS} === {before}")
        page.locator(".mihakk-palette").hover()
        annotating.mark("وادي الغرنوق", key="7")
        page.get_by_test_id("bottombar-update-button").wait_for()
        keep_screenshot(page, "annotators-update", (240, 440, 860, 260))
        with page.expect_response(lambda r: r.request.method == "PATCH" and "/annotations/" in r.url) as mended:
            page.get_by_test_id("bottombar-update-button").click()
        assert mended.value.status == 200
