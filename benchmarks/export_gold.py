"""Check, agreement and dataset of one export, beside Label Studio's own CoNLL conversion of it.

    python benchmarks/export_gold.py [--tasks 10000] [--label-studio-python .../bin/python]

Ours are the functions of the three commands in one process, which read the export once to check it and once more for
the others; and the commands themselves, one after the other, which read it three times. Label Studio's converter is
that of label-studio-sdk, which is installed with Mihakk; another Python may be given. Each is a process of its own on
the same file. Processor time counts, the best of the repeats, since a machine is busy with other things as well. Peak
memory is given for a tenth of the tasks too.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from generate_export import write_export

OURS = """
import gc
from pathlib import Path
from mihakk.configs.scheme import load_scheme
from mihakk.eval.agreement.measure import agreement
from mihakk.export.check.check import check_tasks
from mihakk.export.dataset import write_gold
from mihakk.export.make_gold import make_gold
from mihakk.export.finished import read_export
from mihakk.export.raw import read_raw
gc.set_threshold(50_000, 20, 50)  # as the command line does
scheme, path, before = load_scheme(), Path(source), time.process_time()
def lap(name):
    steps[name] = time.process_time() - sum(steps.values()) - before
check_tasks(read_raw(path), scheme)
lap("check")
export = read_export(path, scheme)
lap("reading")
agreement(export.tasks, scheme)
lap("agreement")
write_gold(make_gold(export, scheme, "gold", "1.0"), Path(output))
lap("dataset")
"""
COMMANDS = """
from mihakk.cli import main
def run(*words):
    began = time.process_time()
    sys.argv = ["mihakk", "export", *words]
    try:
        main()
    except SystemExit as done:
        if done.code not in (0, 1):  # 1: check has found something
            raise
    steps[words[0]] = time.process_time() - began
run("check", source)
run("agreement", source)
run("dataset", source, "-o", output + "/gold")
"""
THEIRS = """
from label_studio_sdk.converter import Converter
converter = Converter(config, output, download_resources=False)
# Of an interface that shows several texts it converts one or another, as a set of strings happens to be ordered.
converter._data_keys = ["text"]
converter.convert_to_conll2003(source, output, is_dir=False)
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


class Took(NamedTuple):
    """Seconds of processor time and by the clock, peak megabytes, and the seconds of each command."""

    cpu: float
    wall: float
    peak: float
    steps: str


def measured(python: str, script: str, config: Path, source: Path) -> Took:
    """What a run took, which must succeed."""
    with tempfile.TemporaryDirectory(dir=source.parent) as output:
        command = [python, "-c", MEASURED % script, str(config), str(source), output]
        run = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if run.returncode:
        sys.exit(run.stderr)
    told = json.loads(run.stderr.splitlines()[-1])
    steps = ", ".join(f"{step} {seconds:.1f}" for step, seconds in told.pop("steps").items())
    return Took(**told, steps=steps)


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
            runs = {
                "mihakk": (sys.executable, OURS),
                "mihakk, commands": (sys.executable, COMMANDS),
                "Label Studio's CoNLL": (given.label_studio_python, THEIRS),
            }
            if given.only_ours:
                del runs["Label Studio's CoNLL"]
            for who, (python, script) in runs.items():
                took = min(measured(python, script, config, source) for _ in range(given.repeats))
                print(
                    f"  {who:22}{took.cpu:7.1f} s processor {took.wall:7.1f} s wall {took.peak:7.0f} MB   {took.steps}"
                )


if __name__ == "__main__":
    main()
