"""Whole commands on inputs of growing size: how time and memory grow. README.md says more.

    python benchmarks/growth.py [--only check dataset] [--most 30000] [--figures growth.json]

Makes its inputs, runs each command as a process of its own, and prints for two sizes the processor time, the peak of
memory, the exponent of time (1: twice as much takes twice as long) and what a thousand items more take. The start of
the command, measured on ten items, is taken off the times, as it would make growth look better than it is.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from annotate_tasks import page
from generate import generate
from generate_export import write_export

START = 10
SIZES = {"export": (1_000, 30_000), "corpus": (1_000, 30_000), "pages": (1_000, 100_000), "documents": (1_000, 100_000)}
EXTRACTOR = """
def find(document):
    return {"entities": [{"start": 4, "end": 8, "label": "PERS"}]}
"""


class Took(NamedTuple):
    """Seconds of processor time, and megabytes at the peak."""

    seconds: float
    peak: float


def run(folder: Path, *words: str) -> Took:
    """What a command took. It must succeed, or find something (exit code 1)."""
    call = [sys.executable, "-c", "from mihakk.cli import main; main()", *words]
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        paths = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
        os.execve(call[0], call, {**os.environ, "PYTHONPATH": os.pathsep.join(paths)})
    _, status, used = os.wait4(child, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        sys.exit(f"mihakk {' '.join(words)} failed")
    scale = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return Took(used.ru_utime + used.ru_stime, used.ru_maxrss / scale)


def make_export(folder: Path, count: int) -> None:
    write_export(count, folder / "export.json")


def make_pages(folder: Path, count: int) -> None:
    (folder / "pages").mkdir()
    for number in range(count):
        (folder / "pages" / f"page{number:06}.txt").write_text(page(number), encoding="utf-8")


def make_documents(folder: Path, count: int) -> None:
    """A corpus of short texts, and the files to score."""
    (folder / "extractor.py").write_text(EXTRACTOR)
    text = "زار وائل دمشق ثم عاد مساء. " * 4
    with (folder / "corpus.jsonl").open("w", encoding="utf-8") as file:
        for n in range(count):
            row = {"id": f"d{n}", "text": f"{text}{n}", "entities": [{"start": 4, "end": 8, "label": "PERS"}]}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    generate(count, folder)


INPUTS: dict[str, Callable[[Path, int], None]] = {
    "export": make_export,
    "corpus": make_export,
    "pages": make_pages,
    "documents": make_documents,
}
# Of each command its input and words, and what must have run before it, which is not measured.
COMMANDS: dict[str, tuple[str, list[str], list[list[str]]]] = {
    "check": ("export", ["export", "check", "export.json"], []),
    "agreement": ("export", ["export", "agreement", "export.json"], []),
    "dataset": ("export", ["export", "dataset", "export.json", "-o", "gold", "--force"], []),
    "write": (
        "corpus",
        ["export", "write", "gold", "--as", "iob2", "-o", "gold.iob2", "--force"],
        [["export", "dataset", "export.json", "-o", "gold"]],
    ),
    "read": ("corpus", ["export", "read", "gold.iob2", "--as", "iob2", "-o", "read", "--force"], []),
    "tasks": ("pages", ["annotate", "tasks", "pages", "-o", "tasks.json", "--force"], []),
    "score": ("documents", ["eval", "score", "gold.jsonl", "predictions.jsonl"], []),
    "score --errors": (
        "documents",
        ["eval", "score", "gold.jsonl", "predictions.jsonl", "--errors", "errors.jsonl", "--force"],
        [],
    ),
    "predict": (
        "documents",
        ["eval", "predict", "made", "--split", "test", "--extractor", "extractor:find", "-o", "p.jsonl", "--fresh"],
        [["export", "read", "corpus.jsonl", "--as", "jsonl", "--split", "test", "-o", "made"]],
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description="How time and memory of whole commands grow.")
    parser.add_argument("--only", nargs="*", choices=COMMANDS, default=list(COMMANDS))
    parser.add_argument("--most", type=int, help="No more items than this.")
    parser.add_argument("--figures", type=Path, help="Write the figures here, as JSON.")
    given = parser.parse_args()
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as name:
        for kind in INPUTS:
            commands = [command for command in COMMANDS if COMMANDS[command][0] == kind and command in given.only]
            if kind == "corpus" and "read" in commands and "write" not in commands:
                commands = ["write", *commands]
            few, many = (min(size, given.most or size) for size in SIZES[kind])
            took: dict[str, list[Took]] = {command: [] for command in commands}
            for count in (START, few, many) if commands else ():
                folder = Path(name, f"{kind}-{count}")
                folder.mkdir()
                INPUTS[kind](folder, count)
                for command in commands:
                    _, words, before = COMMANDS[command]
                    for each in before:
                        run(folder, *each)
                    took[command].append(run(folder, *words))
            for command, (start, small, large) in took.items():
                seconds = [max(one.seconds - start.seconds, 0.01) for one in (small, large)]
                found[command] = {
                    "items": many,
                    "seconds": round(large.seconds, 1),
                    "megabytes": round(large.peak),
                    "megabytes at the start": round(start.peak),
                    "exponent": round(math.log(seconds[1] / seconds[0]) / math.log(many / few), 2),
                    "milliseconds an item": round(1000 * (seconds[1] - seconds[0]) / (many - few), 2),
                    "megabytes a thousand": round(1000 * (large.peak - small.peak) / (many - few), 2),
                }
                print(
                    f"{command:15}", ", ".join(f"{key} {value:g}" for key, value in found[command].items()), flush=True
                )
    if given.figures:
        given.figures.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
