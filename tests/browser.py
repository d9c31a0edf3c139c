"""An annotator's hands in a real chromium: mouse and keys in Label Studio's own pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from live import cannot

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# The text on screen as one string, and where each of its characters is. Regions cut it into several nodes.
PLACES = """
([words, nth]) => {
  const box = document.querySelector('.mihakk-article .lsf-richtext__container');
  const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
  const places = []; let text = '';
  for (let node; node = walker.nextNode();) {
    if (node.parentElement.closest('[data-label], .lsf-label') && !box.contains(node.parentElement)) continue;
    for (let i = 0; i < node.length; i++) places.push([node, i]);
    text += node.data;
  }
  let at = -1;
  for (let n = 0; n <= nth; n++) at = text.indexOf(words, at + 1);
  if (at < 0) return null;
  const rect = ([node, i]) => {
    const range = document.createRange();
    range.setStart(node, i); range.setEnd(node, i + 1);
    const r = range.getBoundingClientRect();
    return {left: r.left, right: r.right, middle: r.top + r.height / 2};
  };
  places[at][0].parentElement.scrollIntoView({block: 'center'});
  return [rect(places[at]), rect(places[at + words.length - 1])];
}
"""


@contextmanager
def chromium(profile: Path) -> Iterator[Any]:
    """A page in a browser with an empty profile. Leaving fails if the page asked for anything off this machine."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        cannot("playwright is not installed")
    program = shutil.which("chromium")
    if program is None:
        cannot("chromium is not installed (Debian: apt-get install chromium fonts-noto-core)")
    outside: list[str] = []
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=program, args=list(FLAGS), viewport={"width": 1400, "height": 1000}
        )
        context.set_default_timeout(30_000)
        page = context.pages[0]
        page.on(
            "request",
            lambda r: (
                None if r.url.startswith(("http://127.0.0.1:", "file:", "data:", "blob:")) else outside.append(r.url)
            ),
        )
        yield page
        context.close()
    assert outside == []


def keep_screenshot(page: Any, name: str, part: tuple[int, int, int, int] | None = None) -> None:
    """Into the folder MIHAKK_SCREENSHOTS, for looking at and for the docs; otherwise tests do not need it.

    `part` is x, y, width and height of what is kept.
    """
    if folder := os.environ.get("MIHAKK_SCREENSHOTS"):
        page.mouse.move(5, 5)
        clip = dict(zip(("x", "y", "width", "height"), part, strict=True)) if part else None
        page.screenshot(path=Path(folder, f"{name}.png"), clip=clip)


class Annotating:
    """One person at one Label Studio. `keys` and `clicks` count what the hands did; a drag is a click."""

    def __init__(self, page: Any, url: str, email: str, password: str) -> None:
        self.page = page
        self.keys = self.clicks = 0
        page.goto(f"{url}/user/login/")
        page.fill("input[name=email]", email)
        page.fill("input[name=password]", password)
        page.click("button[type=submit]")
        page.wait_for_url(lambda now: "/user/login" not in now)

    def start(self, project_url: str) -> str:
        """Opens the labeling stream, and returns the instructions that are shown first."""
        self.page.goto(f"{project_url}/data")
        self.page.get_by_role("button", name="Label All Tasks").click()
        modal = self.page.locator(".lsf-modal-ls__content")
        modal.wait_for()
        shown = str(modal.inner_text())
        self.page.locator(".lsf-modal-ls__header button").click()
        modal.wait_for(state="detached")
        self.page.locator(".mihakk-article .lsf-richtext__container").wait_for()
        return shown

    def mark(self, words: str, *, key: str | None = None, label: str | None = None, nth: int = 0) -> None:
        """Chooses a label by its key or with the mouse, and drags over the words as they are read."""
        before = self.regions()
        if key:
            self._press(key)
        else:
            self.page.locator(".lsf-label", has_text=label).click()
            self.clicks += 1
        first, last = self._places(words, nth)
        mouse = self.page.mouse
        is_rtl = first["right"] >= last["right"]
        begin, end = (
            (first["right"] - 0.5, last["left"] + 0.5) if is_rtl else (first["left"] + 0.5, last["right"] - 0.5)
        )
        mouse.move(begin, first["middle"])
        mouse.down()
        mouse.move((begin + end) / 2, (first["middle"] + last["middle"]) / 2, steps=4)
        mouse.move(end, last["middle"], steps=4)
        mouse.up()
        self.clicks += 1
        self.page.wait_for_function(f"{REGIONS} === {before + 1}")

    def choose(self, words: str, nth: int = 0) -> None:
        """Clicks the region that these words are in."""
        first, last = self._places(words, nth)
        self.page.mouse.click((first["right"] + last["left"]) / 2, first["middle"])
        self.clicks += 1

    def link(self, words: str, nth: int = 0) -> None:
        """Draws a relation from the chosen region to another."""
        self._press("Alt+r")
        self.choose(words, nth)

    def stance_of_claim(self, key: str, name: str) -> None:
        self._press(key)
        self.page.locator(f"label:has-text('{name}') input:checked, .ant-radio-checked").first.wait_for()

    def claim_is_about(self, key: str, text: str) -> None:
        """Chooses one of the event's claims for the selected claim."""
        self._press(key)
        self.page.locator(".mihakk-about label", has_text=text).locator("input:checked").wait_for()

    def stance_of_article(self, position: int, name: str) -> None:
        choice = self.page.locator(".mihakk-claims").get_by_label(name).nth(position)
        choice.check()
        self.clicks += 1

    def _press(self, key: str) -> None:
        """Presses one key, or one with others held."""
        self.page.keyboard.press(key)
        self.keys += 1

    def submit(self) -> None:
        with self.page.expect_response(lambda r: r.request.method == "POST" and "/annotations" in r.url) as response:
            self.page.get_by_test_id("bottombar-submit-button").click()
        assert response.value.status == 201, response.value.text()

    def skip(self) -> None:
        with self.page.expect_response(lambda r: r.request.method == "POST" and "/annotations" in r.url) as response:
            self.page.get_by_test_id("bottombar-skip-button").click()
        assert response.value.status == 201, response.value.text()

    def wait_until_draft_is_saved(self) -> None:
        self.page.wait_for_function("window.Htx.annotationStore.selected.draftSaved")

    def wait_for_task(self, words: str) -> None:
        self.page.locator(".mihakk-article .lsf-richtext__container", has_text=words).wait_for()

    def regions(self) -> int:
        return int(self.page.evaluate(REGIONS))

    def _places(self, words: str, nth: int) -> tuple[dict[str, float], dict[str, float]]:
        found = self.page.evaluate(PLACES, [words, nth])
        assert found, f"not on screen: {words}"
        return found[0], found[1]


REGIONS = "(window.Htx?.annotationStore?.selected?.regions?.length ?? 0)"
