"""What annotators lose or overlook in the interface: drafts, keys pressed by mistake, a claim behind its own box."""

from __future__ import annotations

import hashlib
import string
from pathlib import Path
from typing import Any

import pytest
from browser import Annotating, chromium, keep_screenshot
from live import Person
from mihakk.annotate.label_studio.client import LabelStudio
from mihakk.annotate.label_studio.local import LocalServer
from mihakk.annotate.label_studio.projects import prepare_project
from mihakk.annotate.label_studio.push import push
from mihakk.configs.scheme import load_scheme

pytestmark = [pytest.mark.server, pytest.mark.browser]
SCHEME = load_scheme()
CLAIM = "الغارة لم تستهدف مدنيين"
# Longer than the screen, with the claim in the middle.
TEXT = "\n\n".join(["بيان الجيش"] + ["قال شهود في تدمر إن القصف استمر ساعات طويلة."] * 20)
TEXT += f"\n\nوقال الناطق إن {CLAIM} في البادية.\n\n" + "\n\n".join(["وعادت الحياة إلى طبيعتها في المدينة."] * 20)
ANSWERS = "JSON.stringify(window.Htx.annotationStore.selected.serializeAnnotation())"


def a_task(name: str) -> dict[str, Any]:
    text = f"{name}\n\n{TEXT}"
    return {
        "data": {
            "doc_id": name,
            "title": "بيان الجيش",
            "text": text,
            "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
            "scheme": SCHEME.id,
            "claims": [{"id": f"c{n}", "text": f"ادعاء {n}"} for n in range(1, 7)],
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
