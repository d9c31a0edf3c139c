"""Check, agreement and dataset of one export, beside Label Studio's own CoNLL conversion of it: see README.md.

    python benchmarks/export_gold.py [--tasks 10000] [--label-studio-python .../bin/python]

Ours are the three commands, one after the other in one process. Label Studio's converter is that of label-studio-sdk,
which Mihakk is installed with; another Python may be given. Both are processes of their own, and read the same file with
the same labeling config. Processor time counts, the best of the repeats, since a machine is busy with other things as
well. Peak memory is given for a tenth of the tasks too.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from generate_export import write_export

OURS = """
from mihakk.cli import app
def run(*words):
    began = time.process_time()
    try:
        app(["export", *words], standalone_mode=False)
    except SystemExit:
        pass
    steps[words[0]] = time.process_time() - began
run("check", source)
run("agreement", source)
run("dataset", source, "-o", output + "/gold")
"""
THEIRS = """
from label_studio_sdk.converter import Converter
Converter(config, output, download_resources=False).convert_to_conll2003(source, output, is_dir=False)
"""
# Each in a process of its own, which says on stderr what it took.
MEASURED = """
import json, resource, sys, time
config, source, output = sys.argv[1:]
steps, began = {}, time.perf_counter()
%s
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
told = {"steps": steps, "cpu": time.process_time(), "wall": time.perf_counter() - began, "peak": peak}
print("\\n" + json.dumps(told), file=sys.stderr)
"""


def measured(python: str, script: str, config: Path, source: Path) -> dict[str, float]:
    """Seconds of processor and wall time, and peak megabytes, of a run that must succeed."""
    with tempfile.TemporaryDirectory(dir=source.parent) as output:
        command = [python, "-c", MEASURED % script, str(config), str(source), output]
        run = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if run.returncode:
        sys.exit(run.stderr)
    told = json.loads(run.stderr.splitlines()[-1])
    return {**told.pop("steps"), **told}


def best(runs: list[dict[str, float]]) -> dict[str, float]:
    """The run that took the least processor time."""
    return min(runs, key=lambda run: run["cpu"])


def main() -> None:
    parser = argparse.ArgumentParser(description="An export to gold, beside Label Studio's CoNLL conversion.")
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--label-studio-python", default=sys.executable)
    parser.add_argument("--only-ours", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        config = Path(name, "interface.xml")
        command = [sys.executable, "-c", "from mihakk.cli import main; main()", "annotate", "interface"]
        subprocess.run([*command, "-o", str(config)], check=True, stdout=subprocess.DEVNULL)
        for tasks in (given.tasks // 10, given.tasks):
            source = Path(name, f"export{tasks}.json")
            write_export(tasks, source)
            print(f"{tasks} tasks, {source.stat().st_size / 1e6:.0f} MB")
            runs = {"mihakk": (sys.executable, OURS), "Label Studio's CoNLL": (given.label_studio_python, THEIRS)}
            if given.only_ours:
                del runs["Label Studio's CoNLL"]
            for who, (python, script) in runs.items():
                took = best([measured(python, script, config, source) for _ in range(given.repeats)])
                parts = ", ".join(f"{step} {took[step]:.1f}" for step in ("check", "agreement", "dataset") if step in took)
                print(
                    f"  {who:22}{took['cpu']:7.1f} s processor {took['wall']:7.1f} s wall {took['peak']:7.0f} MB"
                    + (f"   {parts}" if parts else "")
                )


if __name__ == "__main__":
    main()
