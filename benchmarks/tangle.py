"""Times one document with 5,000 spans that overlap each other, beside an assignment solver: see README.md."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from run import ENVIRONMENT, OURS, WORK
from scipy.optimize import linear_sum_assignment

LABELS = [f"LABEL_{n}" for n in range(10)]
STANCES = ("support", "deny", "query")
# The range of starts and the greatest length, both in multiples of the number of spans a side.
SHAPES = {"short": (4.0, 0.003), "long": (8.0, 1.6), "everywhere": (4.0, 4.0), "one place": (0.024, 0.012)}
Side = NDArray[np.int64]


def write(spans: Side, path: Path) -> None:
    """One document that has these spans (start, end, label) as entities and as claims."""
    rows = spans.tolist()
    entities = [{"start": start, "end": end, "label": LABELS[label]} for start, end, label in rows]
    claims = [{"start": start, "end": end, "stance": STANCES[label % 3]} for start, end, label in rows]
    path.write_text(json.dumps({"id": "a", "entities": entities, "claims": claims}) + "\n")


def draw(shape: str, size: int, rng: np.random.Generator) -> Side:
    spread, longest = SHAPES[shape]
    start = rng.integers(0, int(spread * size), size)
    length = rng.integers(1, int(longest * size) + 1, size)
    return np.stack((start, start + length, rng.integers(0, len(LABELS), size)), axis=1)


def type_by_solver(gold: Side, predicted: Side) -> tuple[int, int]:
    """Correct and incorrect of the scheme type, by scipy's assignment on all pairs at once."""
    meet = (gold[:, None, 0] < predicted[:, 1]) & (predicted[:, 0] < gold[:, None, 1])
    same = meet & (gold[:, None, 2] == predicted[:, 2])
    i, j = linear_sum_assignment(np.where(same, len(gold) + 1, meet), maximize=True)
    return int(same[i, j].sum()), int((meet & ~same)[i, j].sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=5000, help="of both sides together")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    files = [WORK / "tangle-gold.jsonl", WORK / "tangle-predictions.jsonl"]
    print(f"{options.spans} spans, as entities and as claims; best of {options.repeats}\n")
    print(f"{'':14}{'mihakk, all schemes and tasks':>32}{'one scheme by scipy':>24}{'ratio':>8}")
    for shape in SHAPES:
        rng = np.random.default_rng(3)
        sides = [draw(shape, options.spans // 2, rng) for _ in files]
        for side, path in zip(sides, files, strict=True):
            write(side, path)
        ours = theirs = float("inf")
        said: Any = None
        for _ in range(options.repeats):
            began = time.perf_counter()
            command = [sys.executable, "-c", OURS, "eval", "score", *map(str, files), "--json"]
            said = subprocess.run(command, check=True, capture_output=True, text=True, env=ENVIRONMENT).stdout
            ours = min(ours, time.perf_counter() - began)
        began = time.perf_counter()
        solved = type_by_solver(*sides)
        theirs = time.perf_counter() - began
        leaf = json.loads(said[: said.rindex("}") + 1])["tasks"]["entities"]["type"]["micro"]
        if (leaf["cor"], leaf["inc"]) != solved:
            sys.exit(f"{shape}: {leaf['cor']}, {leaf['inc']}; by the solver {solved}")
        print(f"{shape:14}{ours:30.2f} s{theirs:22.2f} s{theirs / ours:8.1f}", flush=True)


if __name__ == "__main__":
    main()
