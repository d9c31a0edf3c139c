"""Times Mihakk and its peers on the same files, and checks that they agree: see README.md beside this file."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from generate import generate

HERE = Path(__file__).parent
WORK = HERE / ".work"
# What is installed has its bytecode; a checkout keeps it from the first run on, unless this is set.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
PEERS = {
    "seqeval": ("seqeval==1.2.2", "seqeval"),
    "seqeval-default": ("seqeval==1.2.2", "seqeval"),
    "nervaluate": ("nervaluate==1.2.1", "nervaluate"),
    "seqscore": ("seqscore==0.9.0", "seqscore"),
}
PEAK = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
OURS = f"import sys, atexit; atexit.register(lambda: exec({PEAK!r})); from mihakk.cli import main; main()"
# All documents as one event, of which there is no interval.
NO_INTERVALS = (
    "import mihakk.eval.score as s; from mihakk.eval.uncertainty import one_unit; "
    "s.event_units = lambda ids, events: one_unit(len(ids)); "
)
# Each reads both files into columns and does nothing with them.
READERS = {
    "pyarrow": """
import sys, pyarrow as pa, pyarrow.json as pj
span = pa.struct([("start", pa.int32()), ("end", pa.int32()), ("label", pa.string())])
schema = pa.schema([("id", pa.string()), ("entities", pa.list_(span))])
for path in sys.argv[1:]:
    pj.read_json(path, pj.ReadOptions(block_size=1 << 22), pj.ParseOptions(explicit_schema=schema))
""",
    "duckdb": """
import sys, duckdb
columns = {"id": "VARCHAR", "entities": 'STRUCT("start" INTEGER, "end" INTEGER, "label" VARCHAR)[]'}
for path in sys.argv[1:]:
    table = duckdb.read_json(path, format="newline_delimited", columns=columns)
    table.create(f"t{sys.argv.index(path)}")
""",
    "polars": """
import sys, polars as pl
span = pl.Struct({"start": pl.Int32, "end": pl.Int32, "label": pl.String})
for path in sys.argv[1:]:
    pl.read_ndjson(path, schema={"id": pl.String, "entities": pl.List(span)})
""",
}


def environment(folder: str, *packages: str) -> str:
    """The interpreter of an environment that has these packages, made if it is not there."""
    python = WORK / folder / "bin" / "python"
    if not python.exists():
        subprocess.run(["uv", "venv", "-q", "-p", sys.executable, WORK / folder], check=True)
        subprocess.run(["uv", "pip", "install", "-q", "--python", python, *packages], check=True)
    return str(python)


def peer_command(peer: str, files: list[str]) -> list[str]:
    package, folder = PEERS[peer]
    return [environment(folder, package, "orjson"), str(HERE / "peer.py"), peer, *files]


def timed(command: list[str]) -> tuple[float, str]:
    """The wall time, and what it printed."""
    began = time.perf_counter()
    said = subprocess.run(command, check=True, capture_output=True, text=True, env=ENVIRONMENT).stdout
    return time.perf_counter() - began, said


def speed(documents: int, repeats: int, peers: list[str]) -> dict[str, dict[str, float]]:
    """Wall seconds and peak megabytes of each."""
    flat, nested = WORK / str(documents), WORK / f"{documents}-nested"
    for folder in (flat, nested):
        folder.mkdir(parents=True, exist_ok=True)
        generate(documents, folder, nested=folder is nested)
    files, nested_files = (
        [str(folder / f"{name}.jsonl") for name in ("gold", "predictions")] for folder in (flat, nested)
    )
    size = sum(Path(file).stat().st_size for file in files) / 1e6
    print(f"{documents} documents, {size:.0f} MB, whole process, best of {repeats}\n")
    commands: dict[str, tuple[list[str], int]] = {
        "mihakk": ([sys.executable, "-c", OURS, "eval", "score", *files], repeats),
        "mihakk, no intervals": ([sys.executable, "-c", NO_INTERVALS + OURS, "eval", "score", *files], repeats),
        "mihakk, nested spans": ([sys.executable, "-c", OURS, "eval", "score", *nested_files], repeats),
    }
    for reader, code in READERS.items():
        python = environment("readers", "pyarrow==26.0.1", "duckdb==2.0.0", "polars==2.1.0")
        commands[f"reading, {reader}"] = ([python, "-c", code + PEAK, *files], repeats)
    for peer in peers:
        # A peer that runs for minutes is not timed again and again.
        commands[peer] = (peer_command(peer, files), repeats if documents <= 5000 else 1)
    found: dict[str, dict[str, float]] = {}
    for turn in range(repeats):  # turn by turn, as a machine is not equally fast all the time
        for name, (command, times) in commands.items():
            if turn < times:
                seconds, said = timed(command)
                last = said.strip().splitlines()[-1]
                peak = json.loads(last)["peak"] if name in PEERS else int(last)
                best = found.setdefault(name, {"seconds": seconds, "peak_mb": peak})
                best["seconds"] = min(best["seconds"], seconds)
    own = found["mihakk"]["seconds"]
    print(f"{'':24}{'s':>9}{'MB':>8}{'times Mihakk':>12}")
    for name, best in found.items():
        print(f"{name:24}{best['seconds']:9.2f}{best['peak_mb']:8}{best['seconds'] / own:12.2f}")
        best["seconds"] = round(best["seconds"], 2)
    return found


def agree(documents: int = 1000) -> list[str]:
    """What differs from seqeval and nervaluate on flat spans."""
    folder = WORK / "agree"
    folder.mkdir(parents=True, exist_ok=True)
    generate(documents, folder, seed=7)
    files = [str(folder / "gold.jsonl"), str(folder / "predictions.jsonl")]
    _, said = timed([sys.executable, "-c", OURS, "eval", "score", *files, "--json"])
    tasks: dict[str, Any] = json.loads(said[: said.rindex("}") + 1])["tasks"]["entities"]
    differences: list[str] = []
    _, said = timed(peer_command("seqeval", files))
    for name, of_peer in json.loads(said)["result"].items():
        strict = tasks["strict"]
        leaf = strict["labels"].get(name) or strict[name.removesuffix(" avg")]
        own = [leaf[key] for key in ("precision", "recall", "f1")]
        if any(abs(a - b) > 1e-9 for a, b in zip(own, of_peer, strict=True)):
            differences.append(f"seqeval {name}: {of_peer}, own {own}")
    _, said = timed(peer_command("nervaluate", files))
    for scheme, of_peer in json.loads(said)["result"].items():
        leaf = tasks["type" if scheme == "ent_type" else scheme]["micro"]
        own = [leaf[key] for key in ("cor", "inc", "par", "mis", "spu")]
        if own != of_peer:
            differences.append(f"nervaluate {scheme}: {of_peer}, own {own}")
    return differences


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS))
    parser.add_argument("--figures", type=Path, help="Write the figures here, as JSON.")
    options = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    figures = speed(options.documents, options.repeats, options.peers)
    if options.figures:
        figures = {"documents": options.documents, "repeats": options.repeats, "whole_process": figures}
        options.figures.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    found = agree() if {"seqeval", "nervaluate"} <= set(options.peers) else []
    print("\n1,000 documents: " + ("\n".join(found) or "the same as seqeval strict and nervaluate"))
    sys.exit(bool(found))
