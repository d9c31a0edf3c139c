"""Kills `mihakk eval predict` at random moments, and lets it go on: python kills.py FOLDER KILLS SEED ARGUMENTS...

FOLDER is the working folder, with a gold set; the extractor is a function of this file. Prints how many kills landed,
after how many of them there were answers to go on from, and how many different contents the finished files had. Each run
is a fork, so that a kill costs no start of Python. The kill is an alarm that nothing catches; it is set when the
extractor is imported, within the time that a run takes from there.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

OUTPUT, JOURNAL = Path("p.jsonl"), Path("p.jsonl.run")
IMPORTED = Path("imported")
if "KILL_AFTER" in os.environ:
    IMPORTED.touch()
    signal.setitimer(signal.ITIMER_REAL, float(os.environ["KILL_AFTER"]))


def extract(document: dict[str, Any]) -> dict[str, Any]:
    for _ in range(300):  # most of a run's time is to be here
        names = re.finditer("دمشق|بغداد|الدمير|قال", document["text"])
        words = [name.group() for name in names]
    return {"entities": [{"text": word, "label": "GPE"} for word in words]}


async def extract_aside(document: dict[str, Any]) -> dict[str, Any]:
    return extract(document)


def run(arguments: list[str], seconds: float) -> int:
    """The status of a run that is killed after so many seconds, if it still runs; 0 is never."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    from mihakk.cli import app

    os.dup2(2, 1)
    code = 1
    try:
        os.environ["KILL_AFTER"] = str(seconds)
        app(arguments, prog_name="mihakk", standalone_mode=False)
        signal.setitimer(signal.ITIMER_REAL, 0)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def main(folder: str, kills: int, seed: int, arguments: list[str]) -> None:
    # Loaded once, for all forks.
    import mihakk.cli
    import mihakk.eval.running.command
    import pandas
    import pyarrow.dataset
    import pyarrow.parquet

    assert all((mihakk.eval.running.command, pandas, pyarrow.dataset, pyarrow.parquet))
    os.chdir(folder)
    chance = random.Random(seed)
    command = ["eval", "predict", *arguments, "-o", str(OUTPUT)]
    assert run(command, 0) == 0
    whole = OUTPUT.read_bytes()
    seconds = OUTPUT.stat().st_mtime - IMPORTED.stat().st_mtime
    contents, landed, went_on = {whole}, 0, 0
    shutil.rmtree(JOURNAL)
    while landed < kills:
        status = run(command, max(1e-6, chance.uniform(0, seconds)))
        if os.WIFSIGNALED(status):
            landed += 1
            answers = JOURNAL / "answers.jsonl"
            went_on += answers.exists() and answers.stat().st_size > 0
            continue
        assert status == 0, f"ended with {os.waitstatus_to_exitcode(status)}"
        contents.add(OUTPUT.read_bytes())
        shutil.rmtree(JOURNAL)
        OUTPUT.unlink()
    assert run(command, 0) == 0
    contents.add(OUTPUT.read_bytes())
    sys.stdout.write(f"{landed} {went_on} {len(contents)}\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
