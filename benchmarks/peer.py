"""One peer on two JSONL files, as whoever uses it would write it: `peer.py NAME gold.jsonl predictions.jsonl`.

Prints what it finds as JSON. Runs in the peer's own environment, without Mihakk.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

import orjson

TOKEN = 4


def read(path: str) -> dict[str, list[Any]]:
    with Path(path).open("rb") as file:
        return {row["id"]: row["entities"] for row in map(orjson.loads, file)}


def tags(spans: list[Any], length: int) -> list[str]:
    found = ["O"] * length
    for span in spans:
        start, end = span["start"] // TOKEN, span["end"] // TOKEN
        found[start] = f"B-{span['label']}"
        found[start + 1 : end] = [f"I-{span['label']}"] * (end - start - 1)
    return found


def both_tags(gold: dict[str, Any], said: dict[str, Any]) -> tuple[list[list[str]], list[list[str]]]:
    sides: tuple[list[list[str]], list[list[str]]] = [], []
    for name, spans in gold.items():
        length = max([span["end"] for span in (*spans, *said[name])], default=0) // TOKEN
        sides[0].append(tags(spans, length))
        sides[1].append(tags(said[name], length))
    return sides


def seqeval(gold: dict[str, Any], said: dict[str, Any], mode: str | None = "strict") -> Any:
    from seqeval.metrics import classification_report
    from seqeval.scheme import IOB2

    options = {"mode": "strict", "scheme": IOB2} if mode else {}
    report: Any = classification_report(*both_tags(gold, said), output_dict=True, zero_division=0, **options)
    return {name: [float(row[key]) for key in ("precision", "recall", "f1-score")] for name, row in report.items()}


def seqeval_default(gold: dict[str, Any], said: dict[str, Any]) -> Any:
    return seqeval(gold, said, None)


def nervaluate(gold: dict[str, Any], said: dict[str, Any]) -> Any:
    from nervaluate import Evaluator

    labels = sorted({span["label"] for side in (gold, said) for spans in side.values() for span in spans})
    # It takes ends as part of the span.
    closed = [
        [[{"label": s["label"], "start": s["start"], "end": s["end"] - 1} for s in side[name]] for name in gold]
        for side in (gold, said)
    ]
    overall = Evaluator(*closed, tags=labels, loader="dict").evaluate()["overall"]
    names = ("correct", "incorrect", "partial", "missed", "spurious")
    return {scheme: [int(getattr(result, name)) for name in names] for scheme, result in overall.items()}


def seqscore(gold: dict[str, Any], said: dict[str, Any]) -> Any:
    from seqscore.encoding import get_encoding
    from seqscore.model import AnnotatedSequence
    from seqscore.scoring import compute_scores

    bio = get_encoding("BIO")
    gold_sequences, predicted_sequences = (
        [[AnnotatedSequence.from_tokens_and_labels(["x"] * len(labels), labels, bio)] for labels in side]
        for side in both_tags(gold, said)
    )
    score, _ = compute_scores(predicted_sequences, gold_sequences)
    return {"micro": [float(score.precision), float(score.recall), float(score.f1)]}


PEERS = {
    "seqeval": seqeval,
    "seqeval-default": seqeval_default,
    "nervaluate": nervaluate,
    "seqscore": seqscore,
}

if __name__ == "__main__":
    name, gold_path, said_path = sys.argv[1:]
    result = PEERS[name](read(gold_path), read(said_path))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"result": result, "peak": peak}))
