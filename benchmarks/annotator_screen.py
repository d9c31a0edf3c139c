"""What a mark costs on a long article, in our interface and in a plain one, in one run.

    python benchmarks/annotator_screen.py [--marks 12]

Runs a Label Studio of its own and chromium, without a network (the extras `server` and `test`). The article has some
15,000 characters and 435 regions, which both projects show from the same predictions. Both have the same labels and
choices; the plain one has no style and no box that sticks. The projects take turns, so that a slow moment of the
machine falls on both. Timed is from the mouse button's release until the region is there, seen from outside the page.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from mihakk.annotate.document import Annotation, Article, EventClaim, Span
from mihakk.annotate.interface import interface_xml
from mihakk.annotate.label_studio.client import LabelStudio
from mihakk.annotate.label_studio.local import running
from mihakk.annotate.result import to_result
from mihakk.annotate.task import make_task
from mihakk.configs.scheme import load_scheme

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from browser import REGIONS, Annotating, chromium

SCHEME = load_scheme()
CHARACTERS, MARKED = 15_000, 435
WORDS = "قال وأضاف في إلى على أمس اليوم المدينة القوات الجيش مصدر بيان خلال بعد قبل منطقة هجوم سكان شارع".split()
NAMES = ("دمشق", "حلب", "الفرات", "أحمد المسعود", "واشنطن", "تدمر")


def long_task(marks: int) -> dict[str, Any]:
    """An article with 435 names that are suggested, and `marks` words that nobody marked."""
    rng = random.Random(13)
    pieces, spans, at = [], [], 0
    left = [*[None] * MARKED, *(f"هدف{n}" for n in range(marks))]
    rng.shuffle(left)
    every = CHARACTERS // len(left)
    for n, target in enumerate(left):
        word = target or rng.choice(NAMES)
        if target is None:
            spans.append(Span(at, at + len(word), "GPE"))
        filler = " "
        while at + len(word) + len(filler) < (n + 1) * every:
            filler += rng.choice(WORDS) + " "
        piece = word + filler[:-1] + (".\n\n" if n % 20 == 19 else " ")
        pieces.append(piece)
        at += len(piece)
    article = Article("long", "".join(pieces).strip())
    claims = [EventClaim(f"c{n}", f"ادعاء {n} عن الحدث") for n in range(1, 7)]
    task = make_task(article, claims, SCHEME)
    said = Annotation(article.id, "names", tuple(spans))
    task["predictions"] = [{"model_version": "names", "result": to_result(said, article.text, [])}]
    return task


def plain_interface() -> str:
    """Ours without its style; the text's class stays, by which the browser's hands find it."""
    view = ET.fromstring(interface_xml(SCHEME))
    for style in view.findall("Style"):
        view.remove(style)
    for element in view.iter("View"):
        if element.get("className") != "mihakk-article":
            element.attrib.pop("className", None)
    return ET.tostring(view, encoding="unicode")


def project(server: LabelStudio, title: str, interface: str, task: dict[str, Any]) -> str:
    made = server.create_project(
        title=title, label_config=interface, expert_instruction="<p>…</p>", show_instruction=True
    )
    server.import_tasks(made.id, [task])
    return made.url


def seconds_of_mark(annotating: Annotating, words: str) -> float:
    page = annotating.page
    before = annotating.regions()
    page.keyboard.press("Escape")
    page.keyboard.press("6")
    first, last = annotating._places(words, 0)  # pyright: ignore[reportPrivateUsage]
    page.mouse.move(first["right"] - 0.5, first["middle"])
    page.mouse.down()
    page.mouse.move(last["left"] + 0.5, last["middle"], steps=6)
    start = time.perf_counter()
    page.mouse.up()
    page.wait_for_function(f"{REGIONS} === {before + 1}")
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--marks", type=int, default=12)
    marks = parser.parse_args().marks
    seconds: dict[str, list[float]] = {"ours": [], "plain": []}
    with tempfile.TemporaryDirectory() as folder, running(Path(folder, "data"), 0) as local:
        task = long_task(2 * marks)
        with LabelStudio(local.url, local.account.token) as server:
            urls = {
                "ours": project(server, "ours", interface_xml(SCHEME), task),
                "plain": project(server, "plain", plain_interface(), task),
            }
        with chromium(Path(folder, "profile")) as page:
            hands = {"ours": Annotating(page, local.url, local.account.email, local.account.password)}
            hands["plain"] = object.__new__(Annotating)
            hands["plain"].page = page.context.new_page()
            hands["plain"].page.set_default_timeout(60_000)
            for name, url in urls.items():
                hands[name].start(url)
                hands[name].page.wait_for_function(f"{REGIONS} === {MARKED}")
            for n in range(marks + 1):
                for name in ("ours", "plain") if n % 2 else ("plain", "ours"):
                    hands[name].page.bring_to_front()
                    taken = seconds_of_mark(hands[name], f"هدف{n}")
                    if n:  # the first warms both up
                        seconds[name].append(taken)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    print(json.dumps({"marks": marks, "regions": MARKED, "characters": len(task["data"]["text"]),
                      "seconds": {name: [round(v, 3) for v in values] for name, values in seconds.items()},
                      "median": {name: round(v, 3) for name, v in medians.items()},
                      "ratio": round(medians["ours"] / medians["plain"], 2)}, indent=1))  # fmt: skip


if __name__ == "__main__":
    main()
