"""Two JSONL files of the predictions format, always the same for the same number of documents."""

from __future__ import annotations

import json
import random
import sys
from itertools import pairwise
from pathlib import Path

LABELS = [f"LABEL_{n}" for n in range(10)]
SPANS = 25
TOKEN = 4  # code points; every offset is a multiple, so that tags can be made of them
Span = tuple[int, int, str]


def generate(documents: int, folder: Path, seed: int = 6, *, nested: bool = False) -> None:
    """Writes gold.jsonl and predictions.jsonl, spans in tokens times TOKEN.

    Spans of one side are flat, as most peers want them; with `nested`, each of seven has one around it and the next.
    """
    rng = random.Random(seed)
    with (folder / "gold.jsonl").open("w") as gold, (folder / "predictions.jsonl").open("w") as predicted:
        for n in range(documents):
            gold_spans, predicted_spans = _document(rng)
            if nested:
                gold_spans, predicted_spans = _nested(gold_spans, rng), _nested(predicted_spans, rng)
            for file, spans in ((gold, gold_spans), (predicted, predicted_spans)):
                entities = [{"start": s * TOKEN, "end": e * TOKEN, "label": label} for s, e, label in spans]
                file.write(json.dumps({"id": f"document-{n:06d}", "entities": entities}) + "\n")


def _document(rng: random.Random) -> tuple[list[Span], list[Span]]:
    gold: list[Span] = []
    predicted: list[Span] = []
    at = 0
    for _ in range(SPANS):
        start = at + rng.randint(3, 8)
        end = start + rng.randint(1, 5)
        label = rng.choice(LABELS)
        gold.append((start, end, label))
        fate = rng.random()
        if fate < 0.1:
            predicted.append((start, end + 1, label))
        elif fate < 0.2:
            predicted.append((start, end, rng.choice([other for other in LABELS if other != label])))
        elif fate >= 0.3:
            predicted.append((start, end, label))
        if rng.random() < 0.1:  # an addition, in the free tokens before the span, so that both sides stay flat
            predicted.append((start - 2, start - 1, rng.choice(LABELS)))
        at = end
    return gold, sorted(predicted)


def _nested(spans: list[Span], rng: random.Random) -> list[Span]:
    around = [(one[0], next_[1], rng.choice(LABELS)) for one, next_ in pairwise(spans) if rng.random() < 1 / 7]
    return sorted(spans + around)


if __name__ == "__main__":
    generate(int(sys.argv[1]), Path(sys.argv[2]))
