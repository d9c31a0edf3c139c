"""Web pages of scores, a comparison and a dataset: size, time to make one, and what a reader waits for in chromium.

    .venv/bin/python benchmarks/web_pages.py 500 5000

The gold is the sample's articles again and again, each time as other events. The predictions are the gold with a tenth
of the spans moved, a tenth with another label, and a tenth left out.
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]

# From the change of a filter to the next picture on screen.
TIMED = """() => { const start = performance.now(); %s; filter(); one('list').getBoundingClientRect();
    return new Promise(done => requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)))); }"""


def corpus(documents: int) -> tuple[Any, list[dict[str, Any]]]:
    """A gold set of so many documents, and predictions on them."""
    import mihakk

    rng = random.Random(5)
    gold = mihakk.make_gold(ROOT / "annotate" / "sample" / "export.json", policy="majority")
    sample = gold.split("all")
    made, rows = [], []
    for n in range(documents):
        one = sample[n % len(sample)]
        turn = n // len(sample)
        article = replace(one.article, id=f"{one.article.id}-{turn}", event_id=f"{one.article.event_id}-{turn}")
        made.append(replace(one, article=article, annotation=replace(one.annotation, article_id=article.id)))
        entities = []
        for span in one.annotation.entities:
            fate = rng.random()
            label = rng.choice(list(gold.labels.entity_labels)) if fate < 0.1 else span.label
            start = span.start + 1 if 0.1 <= fate < 0.2 and span.end - span.start > 2 else span.start
            if fate < 0.9:
                entities.append({"start": start, "end": span.end, "label": label})
        stances = list(gold.labels.article_stances)
        claims = [{"start": c.start, "end": c.end, "stance": c.stance} for c in one.annotation.claims[::2]]
        answers = {k: v if rng.random() < 0.8 else rng.choice(stances) for k, v in one.annotation.stances.items()}
        rows.append({"id": article.id, "entities": entities, "claims": claims, "stances": answers})
    return replace(gold, splits={"test": made}), rows


def measured(documents: int, folder: Path) -> Iterator[tuple[str, dict[str, float]]]:
    """Megabytes and seconds of each page."""
    from mihakk.api import write_gold
    from mihakk.eval.comparison import compare_systems, count_systems
    from mihakk.eval.pages.comparison import comparison_page
    from mihakk.eval.pages.score import score_page
    from mihakk.eval.score import read_sides, score_sides
    from mihakk.export.page import dataset_page

    gold, rows = corpus(documents)
    write_gold(gold, folder / "gold", force=True)
    predictions, half = folder / "predictions.jsonl", folder / "half.jsonl"
    predictions.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    less = [{**row, "entities": row["entities"][::2]} for row in rows]
    half.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in less), encoding="utf-8")
    sides = read_sides(folder / "gold", predictions)
    scores = score_sides(sides, predictions.name)
    yield "scores", looked_at(lambda: score_page(scores, sides), folder)
    counted = count_systems(folder / "gold", [(None, predictions), (None, half)], split="test", mapping=None, iou=0.5)
    comparison = compare_systems(counted)
    yield "comparison", looked_at(lambda: comparison_page(comparison, counted), folder)
    yield "dataset", looked_at(lambda: dataset_page(gold, "export dataset"), folder)


def looked_at(make: Callable[[], str], folder: Path) -> dict[str, float]:
    """What it takes to make the page, beyond the numbers that it shows, and to look at it."""
    from playwright.sync_api import sync_playwright

    start = time.perf_counter(), time.process_time()
    page = make()
    # Where others work too, the processor's seconds say more.
    found = {"build": time.perf_counter() - start[0], "processor": time.process_time() - start[1]}
    path = folder / "page.html"
    path.write_text(page, encoding="utf-8")
    found["MB"] = path.stat().st_size / 1e6
    with sync_playwright() as playwright:
        program = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1400, "height": 1000})
        tab.goto(path.as_uri())
        tab.wait_for_selector("html[data-ready]")
        found["first article"] = int(tab.evaluate("document.documentElement.dataset.ready")) / 1000
        choose = "one('label').value = '0'" if 'data-kind-name="' not in page else "press(data.used[1])"
        found["filter"] = tab.evaluate(TIMED % choose) / 1000
        found["search"] = tab.evaluate(TIMED % "one('search').value = 'الدمير'") / 1000
        browser.close()
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for documents in map(int, sys.argv[1:]):
            Path(folder, str(documents)).mkdir()
            for name, found in measured(documents, Path(folder, str(documents))):
                print(documents, name, {what: round(value, 3) for what, value in found.items()}, flush=True)
    print(f"{os.cpu_count()} cores, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MB", file=sys.stderr)


if __name__ == "__main__":
    main()
