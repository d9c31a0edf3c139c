"""A long rough day: commands killed at any moment, and pushes over a bad network. `make soak` runs it.

Prints one line for each round that went wrong, with its seed, and the figures at the end as JSON; fails if anything
was lost, doubled or half-written, or if an exit code was wrong. The same seed does the same again, as far as the
machine is as fast as then.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from fault_proxy import CUT_AFTER, CUT_BEFORE, CUT_INSIDE, LATE, TWICE, TWICE_RESET, FaultProxy
from live import article_ids, client, command_environment, some_tasks, write_tasks
from mihakk.annotate.label_studio.local import LocalServer, running

SAMPLE = Path(__file__).parents[1] / "annotate" / "sample"
PROGRAM = [sys.executable, "-c", "from mihakk.cli import main; main()"]
GAZETTEER = "mihakk.eval.gazetteer:Gazetteer"
TASKS = 2000
IMPORT = r"/api/projects/\d+/import$"
CREATE = r"/api/projects/$"
# Drop, delay, duplicate, truncate, reset, as fault_proxy has them.
FAULTS = [CUT_BEFORE, CUT_AFTER, CUT_INSIDE, LATE, TWICE, TWICE_RESET, 2.0, ("say", 503, {}), ("say after", 502)]


@dataclass
class Record:
    """What happened: how often each outcome came, and what was wrong."""

    counts: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list[str])

    def blame(self, where: str, what: str) -> None:
        self.wrong.append(f"{where}: {what}")
        print(self.wrong[-1], flush=True)


# --- commands that write, killed at any moment ---


@dataclass(frozen=True)
class Writing:
    """A command, and the names of what it writes into the folder `out`."""

    name: str
    arguments: list[str]
    outputs: list[str]


WRITING = [
    Writing("tasks", ["annotate", "tasks", "pages", "-o", "out/tasks.json"], ["tasks.json"]),
    Writing("dataset", ["export", "dataset", "export.json", "-o", "out/gold", "--name", "g"], ["gold"]),
    Writing("check --fix", ["export", "check", "export.json", "--fix", "out/fixed.json"], ["fixed.json"]),
    Writing(
        "agreement", ["export", "agreement", "export.json", "--html", "out/a.html", "-o", "out/a.json"], ["a.html"]
    ),
    Writing(
        "adjudicate", ["export", "adjudicate", "export.json", "-o", "out/adjudication.json"], ["adjudication.json"]
    ),
    Writing("write", ["export", "write", "gold", "-o", "out/gold.jsonl", "--as", "jsonl"], ["gold.jsonl"]),
    Writing("predict", ["eval", "predict", "gold", "-o", "out/p.jsonl", "--extractor", GAZETTEER], ["p.jsonl"]),
    Writing(
        "score",
        ["eval", "score", "gold", "p.jsonl", "--split", "all", "-o", "out/s.json", "--errors", "out/e.jsonl"],
        ["s.json", "e.jsonl"],
    ),
]


def digest(path: Path) -> str | None:
    """A file's or folder's content as one number; None if there is nothing."""
    if not path.exists():
        return None
    content = hashlib.sha256()
    for file in [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file()):
        content.update(str(file.relative_to(path)).encode() + b"\0" + file.read_bytes() + b"\0")
    return content.hexdigest()


def start(folder: Path, arguments: list[str], **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*PROGRAM, *arguments],
        cwd=folder,
        env=command_environment(folder, **environment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def inputs(folder: Path, half: bool) -> None:
    """What the commands read: the sample, or half of it, so that the older output differs from the newer one."""
    shutil.rmtree(folder / "pages", ignore_errors=True)
    shutil.copytree(SAMPLE / "pages", folder / "pages")
    export = json.loads((SAMPLE / "export.json").read_text(encoding="utf-8"))
    if half:
        for page in sorted((folder / "pages").glob("*.txt"))[::2]:
            page.unlink()
        export = export[::2]
    (folder / "export.json").write_text(json.dumps(export), encoding="utf-8")


def kill_writers(record: Record, rounds: int, rng: random.Random, folder: Path) -> None:
    """Each round: the output of half the input is there, the command for all of it is killed, and then run again."""
    (folder / "out").mkdir(parents=True)
    before: dict[str, dict[str, str | None]] = {}
    after: dict[str, dict[str, str | None]] = {}
    seconds: dict[str, float] = {}
    for half, known in ((True, before), (False, after)):
        inputs(folder, half)
        for made in ("gold", "p.jsonl"):
            arguments = {
                "gold": ["export", "dataset", "export.json", "-o", "gold", "--name", "g"],
                "p.jsonl": ["eval", "predict", "gold", "-o", "p.jsonl", "--extractor", GAZETTEER],
            }[made]
            assert start(folder, arguments).wait() == 0, made
        for command in WRITING:
            begun = time.monotonic()
            assert start(folder, command.arguments).wait() in (0, 1), command.name
            seconds[command.name] = time.monotonic() - begun
            known[command.name] = {name: digest(folder / "out" / name) for name in command.outputs}
        if half:
            shutil.copytree(folder / "out", folder / "older")
    for n in range(rounds):
        command = WRITING[n % len(WRITING)]
        where = f"kill {n} ({command.name})"
        shutil.rmtree(folder / "out")
        shutil.copytree(folder / "older", folder / "out")
        process = start(folder, command.arguments)
        # Most of the time is start-up; what is written is written at the end.
        time.sleep(rng.uniform(0.4, 1.05) * seconds[command.name])
        process.send_signal(signal.SIGKILL)
        killed = process.wait() == -signal.SIGKILL
        record.counts["kills that hit" if killed else "ended before the kill"] += 1
        for name in command.outputs:
            found = digest(folder / "out" / name)
            if found not in (before[command.name][name], after[command.name][name]):
                record.blame(where, f"{name} is neither the older nor the newer output")
            record.counts["older output intact" if found == before[command.name][name] else "newer output"] += 1
        if start(folder, command.arguments).wait() not in (0, 1):
            record.blame(where, "the second run failed")
        for name in command.outputs:
            if digest(folder / "out" / name) != after[command.name][name]:
                record.blame(where, f"{name} is not right after the second run")
        if left := {path.name for path in (folder / "out").iterdir()} - {
            path.name for path in (folder / "older").iterdir()
        }:
            record.blame(where, f"left behind: {', '.join(sorted(left))}")


# --- pushes over a bad network ---


def faulty_pushes(record: Record, rounds: int, rng: random.Random, folder: Path, local: LocalServer) -> None:
    """Each round: 2,000 tasks into a new project with some faults and sometimes a kill, run until the code is 0."""
    tasks = write_tasks(folder / "tasks.json", some_tasks(TASKS))
    wanted = sorted(task["data"]["doc_id"] for task in some_tasks(TASKS))
    for n in range(rounds):
        title = f"soak {n}"
        arguments = ["annotate", "push", str(tasks), "--project", title]
        with FaultProxy(local.url) as proxy:
            drawn = rng.choices(FAULTS, k=rng.randint(1, 4))
            for fault in drawn:
                proxy.fault("POST", rng.choices([IMPORT, CREATE], [4, 1])[0], fault)
            login = {"LABEL_STUDIO_URL": proxy.url, "LABEL_STUDIO_API_KEY": local.account.token}
            codes: list[int] = []
            if rng.random() < 0.3:
                process = start(folder, arguments, **login)
                time.sleep(rng.uniform(0.5, 6.0))
                process.send_signal(signal.SIGKILL)
                record.counts["kills of a push"] += process.wait() == -signal.SIGKILL
            while len(codes) < 6 and (not codes or codes[-1] == 75):
                codes.append(start(folder, arguments, **login).wait())
            for thread in proxy.late:
                thread.join()
            # What came late, after the push had ended, the next push clears up.
            if proxy.late:
                codes.append(start(folder, arguments, **login).wait())
        where = f"push {n} ({', '.join(map(str, drawn))}), exit codes {codes}"
        record.counts["pushes"] += 1
        record.counts["pushes that took one run"] += len(codes) == 1
        record.counts.update(f"exit code {code}" for code in codes)
        if codes[-1] != 0 or not set(codes) <= {0, 75}:
            record.blame(where, "did not end with 0")
        with client(local) as server:
            projects = server.projects(title)
            found = sorted(name for project in projects for name in article_ids(server, project.id))
        if len(projects) != 1:
            record.blame(where, f"{len(projects)} projects of that title")
        if found != wanted:
            twice = sum(count > 1 for count in Counter(found).values())
            record.blame(where, f"{len(set(wanted) - set(found))} tasks lost, {twice} twice")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=100)
    options.add_argument("--pushes", type=int, default=30)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    record = Record()
    with tempfile.TemporaryDirectory(prefix="soak") as name:
        folder = Path(name)
        kill_writers(record, given.kills, random.Random(given.seed), folder / "writers")
        if given.pushes:
            with running(folder / "server", port=0) as local:
                faulty_pushes(record, given.pushes, random.Random(given.seed), folder, local)
    print(json.dumps({"seed": given.seed, **dict(sorted(record.counts.items())), "wrong": len(record.wrong)}, indent=1))
    sys.exit(bool(record.wrong))


if __name__ == "__main__":
    main()
