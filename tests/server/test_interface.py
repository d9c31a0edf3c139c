"""What annotators lose or overlook in the interface: drafts, keys pressed by mistake, a claim behind its own box."""

from __future__ import annotations

import hashlib
import re
import string
from pathlib import Path
from typing import Any

import pytest
from any_schemes import ENGLISH, choices
from browser import Annotating, chromium, keep_screenshot
from live import Person
from mihakk.annotate.label_studio.client import LabelStudio
from mihakk.annotate.label_studio.local import LocalServer
from mihakk.annotate.label_studio.projects import prepare_project
from mihakk.annotate.label_studio.push import push
from mihakk.configs.scheme import Scheme, load_scheme

pytestmark = [pytest.mark.server, pytest.mark.browser]
SCHEME = load_scheme()
CLAIM = "الغارة لم تستهدف مدنيين"
# Longer than the screen, with the claim in the middle.
TEXT = "\n\n".join(["بيان الجيش"] + ["قال شهود في تدمر إن القصف استمر ساعات طويلة."] * 20)
TEXT += f"\n\nوقال الناطق إن {CLAIM} في البادية.\n\n" + "\n\n".join(["وعادت الحياة إلى طبيعتها في المدينة."] * 20)
ANSWERS = "JSON.stringify(window.Htx.annotationStore.selected.serializeAnnotation())"


# As long as editors write them: six of them leave the selected claim in sight at 1280×720.
EVENT = (
    "استهدفت الغارة منزلاً كان فيه قياديون في الفصيل",
    "قُتل ثلاثة مدنيين على الأقل في الغارة",
    "نُفّذت الغارة بالتنسيق مع السلطات المحلية",
    "أُسقطت طائرة مسيّرة فوق البادية قبل الغارة بساعات",
    "انسحب المقاتلون من المدينة بعد الغارة مباشرة",
    "دُفعت تعويضات لعائلات الضحايا",
)


def a_task(name: str, body: str = TEXT, scheme: Scheme = SCHEME) -> dict[str, Any]:
    text = f"{name}\n\n{body}"
    return {
        "data": {
            "doc_id": name,
            "title": "بيان الجيش",
            "text": text,
            "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
            "scheme": scheme.id,
            "claims": [{"id": f"c{n}", "text": f"ادعاء {n}: {words}"} for n, words in enumerate(EVENT, 1)],
        }
    }


def test_nothing_is_lost_pressed_by_mistake_or_hidden(
    local: LocalServer, server: LabelStudio, people: list[Person], title: str, tmp_path: Path
) -> None:
    project = prepare_project(server, title, SCHEME, 1)
    push(server, project, [a_task("first"), a_task("second")], lambda _done, _total: None)
    huda = people[0]
    with chromium(tmp_path / "profile") as page:
        annotating = Annotating(page, local.url, huda.email, huda.password)
        annotating.start(project.url)
        page.set_viewport_size({"width": 1280, "height": 720})

        # The instructions keep their structure in Label Studio's window: lists, tables, headings.
        page.get_by_role("button", name="Instructions").click()
        window = page.locator(".lsf-modal-ls__content")
        window.wait_for()
        look = "(e, key) => getComputedStyle(e)[key]"
        assert window.locator("ol > li").first.evaluate(look, "listStyleType") == "decimal"
        assert window.locator("ul > li").first.evaluate(look, "listStyleType") == "disc"
        assert window.locator("td").first.evaluate(look, "borderTopWidth") == "1px"
        sizes = [float(window.locator(tag).first.evaluate(look, "fontSize").removesuffix("px")) for tag in ("h2", "p")]
        assert sizes[0] > sizes[1]
        window.locator("ol").first.scroll_into_view_if_needed()
        keep_screenshot(page, "instructions")
        page.locator(".lsf-modal-ls__header button").click()
        window.wait_for(state="detached")

        # The event's claims as choices, although the task came without them, as older ones do.
        rows = page.evaluate("window.Htx.task.dataObj.claims")
        assert [(row["value"], row["alias"], row["hotkey"]) for row in rows[:2]] == [
            (f"ادعاء 1: {EVENT[0]}", "c1", "shift+1"),
            (f"ادعاء 2: {EVENT[1]}", "c2", "shift+2"),
        ]
        # Every letter and digit: labels are chosen, but nothing is answered.
        before = page.evaluate(ANSWERS)
        for key in string.ascii_lowercase + string.digits:
            page.keyboard.press(key)
        page.keyboard.press("Escape")
        assert page.evaluate(ANSWERS) == before == "[]"
        # The keys that are meant do answer: the first stance on the first claim.
        page.keyboard.press("Control+Alt+0")
        page.wait_for_function(f"{ANSWERS}.includes('agree')")

        # A claim without its stance, and answers missing: the submission is not refused.
        annotating.mark(CLAIM, key="c")
        annotating.choose(CLAIM)
        box = page.locator(".mihakk-claimbox")
        box.wait_for()
        # Which of the event's claims: by key, changed, cleared by the same key, chosen again.
        annotating.claim_is_about("Shift+6", "ادعاء 6")
        annotating.claim_is_about("Shift+2", "ادعاء 2")
        said = "JSON.parse(" + ANSWERS + ").filter(one => one.from_name === 'about').flatMap(one => one.value.choices)"
        assert page.evaluate(said) == ["c2"]
        page.keyboard.press("Shift+2")
        page.wait_for_function(f"{said}.length === 0")
        annotating.claim_is_about("Shift+2", "ادعاء 2")
        keep_screenshot(page, "claim-box")
        shown = page.evaluate(
            """() => {
              const claim = document.querySelector('.mihakk-article .htx-highlight').getBoundingClientRect();
              const box = document.querySelector('.mihakk-claimbox').getBoundingClientRect();
              const palette = document.querySelector('.mihakk-palette').getBoundingClientRect();
              return [claim.top, claim.bottom, box.top, box.bottom, palette.bottom, innerHeight];
            }"""
        )
        top, bottom, box_top, box_bottom, palette_bottom, height = shown
        assert 0 < palette_bottom <= top < bottom <= box_top < box_bottom <= height
        # The label's name stands at the span.
        content = "getComputedStyle(document.querySelector('.mihakk-article .htx-highlight'), '::after').content"
        assert SCHEME.labels["CLAIM"].of("ar") in page.evaluate(content)
        annotating.submit()
        annotating.wait_for_task("second")

        # On the next task drafts are saved: marks are there after the page was left.
        annotating.mark("تدمر", key="6")
        annotating.mark("الناطق", key="2")
        annotating.wait_until_draft_is_saved()
        page.reload()
        annotating.wait_for_task("second")
        page.wait_for_function("window.Htx?.annotationStore?.selected?.regions?.length === 2")


def test_the_interface_of_an_english_scheme_is_english_and_reads_left_to_right(
    local: LocalServer, server: LabelStudio, people: list[Person], title: str, tmp_path: Path
) -> None:
    more = {
        "entities": {
            name: {"name": name.capitalize(), "definition": f"A {name.lower()}"} for name in ("PERSON", "PLACE")
        },
        "claim": {"name": "Claim", "definition": "What somebody is said to have said"},
        "claim_stances": choices("support deny"),
        "article_stances": choices("agree disagree"),
    }
    scheme = Scheme.model_validate(ENGLISH | more)
    project = prepare_project(server, title, scheme, 1)
    task = a_task("Report", "The minister Mary Smith said in London that the dam had not broken.", scheme)
    task["data"] |= {"title": "Report", "claims": [{"id": "c1", "text": "The dam broke."}]}
    push(server, project, [task], lambda _done, _total: None)
    huda = people[0]
    with chromium(tmp_path / "profile") as page:
        annotating = Annotating(page, local.url, huda.email, huda.password)
        instructions = annotating.start(project.url)
        annotating.mark("Mary Smith", label="Person")
        annotating.mark("the dam had not broken", label="Claim")
        annotating.choose("the dam had not broken")
        page.locator(".mihakk-claimbox").wait_for()
        keep_screenshot(page, "label-studio-english")
        style = "e => [getComputedStyle(e).direction, e.innerText]"
        for part in (".mihakk-article", ".mihakk-palette", ".mihakk-claimbox", ".mihakk-claims"):
            direction, shown = page.eval_on_selector(part, style)
            assert (part, direction) == (part, "ltr")
            assert not re.search("[\u0600-\u06ff]", shown)
        assert not re.search("[\u0600-\u06ff]", instructions)
        texts = "window.Htx.annotationStore.selected.regions.map(region => region.text)"
        assert page.evaluate(texts) == ["Mary Smith", "the dam had not broken"]
