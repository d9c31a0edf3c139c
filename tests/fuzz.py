"""Every command on files that are almost right: `make fuzz`, or `python tests/fuzz.py SEED` to run one case again.

A case is all of its seed: a command, its files with something wrong in them, hostile names. What must hold:
the command ends by an exit code of docs/exit-codes.md, without a traceback, in few lines that do not steer a terminal;
inputs stay as they are, an earlier output stays or is replaced by a whole one, and nothing else is left behind.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
import zlib
from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any
from unittest.mock import patch

import yaml
from mutations import HOSTILE, mutated

# How long a command may take, and how many lines it may say on standard error: 20 kinds of problems, 3 of each.
SECONDS = 60
MOST_LINES = 70
CODES = {0, 1, 2, 74, 75}
JOURNAL = "out.jsonl.run"
STEERING = {*range(0x0A), *range(0x0B, 0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}  # fmt: skip
# No server is there: some tokens are none, which is noticed after files are read and before anything is sent, others
# are sent to a port where nobody listens.
ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "COLUMNS": "100",
    "LABEL_STUDIO_URL": "",
    "LABEL_STUDIO_API_KEY": "",
}


@dataclass(frozen=True)
class Recipe:
    """A command, and what of it are inputs (the words that are names in the corpus) and outputs."""

    command: str
    outputs: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()  # inputs that no word of the command names
    hostile: tuple[str, ...] = ()  # options whose value may be anything
    stdin: str | None = None  # the input that standard input has


TEXTS = ("--name", "--version")
SERVERS = "config/mihakk/servers.json"
PASSWORDS = "email,password\nbob@example.org,a-word-of-old\n"
RECIPES = (
    Recipe("annotate inspect page.txt --html out.html --outlets outlets.yaml", ("out.html",)),
    Recipe("annotate inspect page.html page2.html table.csv table.jsonl table.parquet table.json"),
    Recipe("annotate events pages -o out.yaml", ("events.schema.json",)),
    Recipe("annotate tasks pages --events events.yaml -o out.json", ("out.json",)),
    Recipe("annotate tasks page.txt page.html --scheme scheme.yaml --outlets outlets.yaml --show-removed -o out.json", ("out.json",)),
    Recipe("annotate tasks table.jsonl table.csv --column text=body -o out.json --skip-bad", ("out.json",), hostile=("--column",)),
    Recipe("annotate tasks table.parquet table.json -o out.json", ("out.json",)),
    Recipe("annotate tasks pages --events events.yaml --predictions said.jsonl --model x --blind 0.3 -o out.json", ("out.json",), hostile=("--model",)),
    Recipe("annotate tasks pages --predictions said.parquet --model x -o out.json", ("out.json",)),
    Recipe("annotate tasks - -o out.json", ("out.json",), ("page.txt",), stdin="page.txt"),
    Recipe("annotate tasks - -o out.json", ("out.json",), ("table.jsonl",), stdin="table.jsonl"),
    Recipe("annotate interface --scheme scheme.yaml -o out.xml", ("out.xml",)),
    Recipe("annotate push tasks.json --scheme scheme.yaml --url http://127.0.0.1:9 --token-file token.txt", hostile=("--project",)),
    Recipe("annotate guidelines --scheme scheme.yaml -o out.html", ("out.html",)),
    Recipe("annotate tasks page.txt --known gold -o out.json", ("out.json",)),
    Recipe("annotate login http://127.0.0.1:9", (SERVERS,), ("word.txt", SERVERS), stdin="word.txt"),
    Recipe("annotate annotators add ann@example.org -o passwords.csv --url http://127.0.0.1:9 --token-file word.txt", ("passwords.csv",), hostile=("--",)),
    Recipe("annotate serve tasks.json --scheme scheme.yaml --data server --port 0", ("server",), ("server",), hostile=("--project", "--database")),
    Recipe("export status 3", extra=(SERVERS,)),
    Recipe("export pull 3 4 -o out.json", extra=(SERVERS,)),
    Recipe("export migrate export.json --scheme scheme2.yaml -o out.json", ("out.json",)),
    Recipe("export migrate gold --scheme scheme2.yaml -o out", ("out",), hostile=("--version",)),
    Recipe("export check export.json --all --scheme scheme.yaml"),
    Recipe("export check export.json --json"),
    Recipe("export check export.json --fix out.json", ("out.json",)),
    Recipe("export check export.json --by annotator -o out --url http://127.0.0.1:9", ("out",)),
    Recipe("export agreement export.json --known gold"),
    Recipe("export agreement export.json --html out.html -o out.json", ("out.html", "out.json")),
    Recipe("export agreement export.json --json", hostile=("--require",)),
    Recipe("export adjudicate export.json -o out.json", ("out.json",), hostile=("--policy",)),
    Recipe("export adjudicate export.json -o out.json --sample 0.5 --policy most", ("out.json",)),
    Recipe("export dataset export.json -o out", ("out",), hostile=(*TEXTS, "--licence", "--annotators-note", "--shares", "--policy")),
    Recipe("export suspects gold --predictions said.jsonl said2.jsonl -o out.json --html out.html", ("out.json", "out.html")),
    Recipe("export dataset export.json -o out --adjudicated judged.json --pseudonyms names.csv", ("out", "names.csv")),
    Recipe("export dataset export.json -o out --previous gold --scheme scheme.yaml", ("out",)),
    Recipe("export diff gold gold2 --predictions said.jsonl --split all"),
    Recipe("export diff gold gold2 --json"),
    Recipe("export hub gold me/gold --dry-run --public"),
    Recipe("export read corpus.iob2 --as iob2 -o out", ("out",), hostile=(*TEXTS, "--labels", "--tags")),
    Recipe("export read corpus.iob2 --as iob2 --repair -o out --per sentence", ("out",)),
    Recipe("export read marked --as brat -o out --repair", ("out",)),
    Recipe("export read gold.jsonl --as jsonl -o out --labels conflict_news", ("out",)),
    Recipe("export read stances.csv --as stance -o out", ("out",), hostile=("--column", "--labels")),
    Recipe("export read stances.parquet --as stance -o out --column text=text", ("out",)),
    Recipe("export read project.json --as label-studio --interface interface.xml -o out", ("out",)),
    Recipe("export write gold --as iob2 -o out.iob2", ("out.iob2",)),
    Recipe("export write gold --as stance -o out.csv", ("out.csv",)),
    Recipe("export write corpus --as iob2 --as-read -o out.iob2", ("out.iob2",)),
    Recipe("export write gold --as brat -o out", ("out",)),
    Recipe("export write gold --as jsonl -o out.jsonl --split test", ("out.jsonl",)),
    Recipe("export write gold --as documents -o out.jsonl", ("out.jsonl",)),
    Recipe("eval predict gold --extractor mihakk.eval.gazetteer:Gazetteer -o out.jsonl", ("out.jsonl", "out.jsonl.run")),
    Recipe("eval predict gold --extractor command:cat -o out.jsonl --map wojood", ("out.jsonl", "out.jsonl.run"), hostile=("--set",)),
    Recipe("eval predict gold --replay said2.jsonl.run --split all -o out.jsonl", ("out.jsonl",)),
    Recipe("eval predict gold --extractor baseline:crf -o out.jsonl --save out", ("out.jsonl", "out.jsonl.run", "out")),
    Recipe("eval predict gold --extractor saved:kept -o out.jsonl", ("out.jsonl", "out.jsonl.run"), ("kept",)),
    Recipe("eval score gold several"),
    Recipe("eval validate gold said.jsonl"),
    Recipe("eval validate gold.jsonl said.parquet"),
    Recipe("eval score gold said.jsonl --split all -o out.json --errors out.jsonl --by seen --by outlet", ("out.json", "out.jsonl")),
    Recipe("eval score gold.jsonl said.jsonl --ci --resamples 100 --per-document out.jsonl", ("out.jsonl",), hostile=("--require",)),
    Recipe("eval score gold.parquet said.parquet --csv"),
    Recipe("eval score gold mapped.jsonl --json --map wojood --scheme scheme.yaml", hostile=("--map",)),
    Recipe("eval score gold.jsonl said.jsonl --markdown --iou 0.9"),
    Recipe("eval score gold said.jsonl --split all --html out.html", ("out.html",)),
    Recipe("eval score gold mentions.jsonl --split all --mentions all", hostile=("--offsets",)),
    Recipe("eval plan gold said.jsonl said2.jsonl --split all --within 0.05", hostile=("--number", "--events")),
    Recipe("eval compare gold said.jsonl said2.jsonl --resamples 100 --split all -o out.json", ("out.json",)),
    Recipe("annotate inspect table.csv --to-look-at --skip-bad", hostile=("--column",)),
    Recipe("annotate serve tasks.json --data server --port 0 --backend http://127.0.0.1:9", ("server",), ("server",), hostile=("--backend",)),
    Recipe("annotate push tasks.json --order uncertainty --predictions said.jsonl --predictions said2.jsonl --url http://127.0.0.1:9 --token-file word.txt", hostile=("--order",)),
    Recipe("annotate push tasks.json --order order.txt --reworded --url http://127.0.0.1:9 --token-file word.txt"),
    Recipe("annotate annotators list --json", extra=(SERVERS,)),
    Recipe("annotate annotators reset ann@example.org -o passwords.csv --data server --url http://127.0.0.1:9 --token-file word.txt", ("passwords.csv",), hostile=("--", "--database")),
    Recipe("annotate annotators remove ann@example.org --url http://127.0.0.1:9 --token-file word.txt", hostile=("--",)),
    Recipe("export dataset export.json -o out --window 30 --html out.html --no-text", ("out", "out.html")),
    Recipe("export dataset export.json -o out --split-by time --html out.html", ("out", "out.html"), hostile=("--window", "--annotators")),
    Recipe("export suspects corpus --predictions entities.jsonl said -o out.json --most 3", ("out.json",), hostile=("--most",)),
    Recipe("export read corpus.iob2 --as iob2 -o out --html out.html", ("out", "out.html"), hostile=("--token", "--language")),
    Recipe("export write gold --as docbin -o out.spacy", ("out.spacy",)),
    Recipe("eval predict gold --extractor baseline:crf -o out.parquet --save out", ("out.parquet", "out.parquet.run", "out")),
    Recipe("eval predict gold --extractor baseline:linear -o out.jsonl --save out --fresh", ("out.jsonl", "out.jsonl.run", "out")),
    Recipe("eval predict gold --extractor baseline:majority -o out.jsonl", ("out.jsonl", "out.jsonl.run"), hostile=("--extractor",)),
    Recipe("eval predict gold --extractor saved:saved-crf -o out.jsonl", ("out.jsonl", "out.jsonl.run"), ("saved-crf",)),
    Recipe("eval predict gold --extractor saved:saved-linear -o out.jsonl", ("out.jsonl", "out.jsonl.run"), ("saved-linear",)),
    Recipe("eval predict gold --extractor saved:saved-names -o out.jsonl", ("out.jsonl", "out.jsonl.run"), ("saved-names",)),
    Recipe("eval predict gold --extractor spacy:pipeline -o out.jsonl", ("out.jsonl", "out.jsonl.run"), ("pipeline",)),
    Recipe("eval predict gold --extractor hf:pipeline -o out.jsonl", extra=("pipeline",)),
    Recipe("eval predict gold --extractor llm:x@http://127.0.0.1:9/v1 --set retries=0 --set prompt=prompt.jinja2 -o out.jsonl", extra=("prompt.jinja2",), hostile=("--set", "--extractor")),
    Recipe("eval predict gold --extractor ls-ml:http://127.0.0.1:9 --set retries=0 -o out.jsonl", hostile=("--set", "--extractor")),
    Recipe("eval predict gold --extractor http://127.0.0.1:9/ --set retries=0 -o out.jsonl", hostile=("--set", "--extractor")),
    Recipe("eval serve baseline:gazetteer --gold gold --scheme scheme.yaml --port 0 --blind 0.2", hostile=("--set",)),
    Recipe("eval serve saved:saved-names --port 0", extra=("saved-names",), hostile=("--blind", "--seed")),
    Recipe("eval score gold said --split all --latex"),
    Recipe("eval compare gold said.jsonl said2.jsonl mentions.jsonl --resamples 100 --split all --html out.html", ("out.html",), hostile=("--require", "--seed")),
    Recipe("eval compare gold.jsonl said.jsonl said2.jsonl --resamples 100 --csv"),
)  # fmt: skip


@dataclass
class Finding:
    """What went wrong with a case."""

    seed: int
    what: str
    command: str
    changes: list[str] = field(default_factory=list)
    err: str = ""

    def __str__(self) -> str:
        changes = "; ".join(self.changes)
        text = f"seed {self.seed}: {self.what}\n  mihakk {self.command}\n  {changes}\n{self.err[-1500:]}"
        return "".join(char if char.isprintable() or char == "\n" else repr(char)[1:-1] for char in text)


class TooSlow(BaseException):
    """Not an Exception: no command may take it for one of its own."""


# --- the corpus: a valid file of every kind ---


def grow(folder: Path) -> None:
    """Makes the corpus in the empty `folder`, out of the sample."""
    import mihakk
    import pyarrow.parquet as pq
    from mihakk.eval.source import read_gold

    root = Path(mihakk.__file__).parent
    shutil.copytree(root / "annotate" / "sample", folder, dirs_exist_ok=True)
    shutil.copy(root / "configs" / "conflict_news.yaml", folder / "scheme.yaml")
    shutil.copy(root / "configs" / "outlets.yaml", folder / "outlets.yaml")
    pages = sorted((folder / "pages").glob("*.txt"))
    texts = [page.read_text(encoding="utf-8") for page in pages[:4]]
    (folder / "page.txt").write_text(texts[0], encoding="utf-8")
    for name, text in (("page.html", texts[1]), ("page2.html", texts[2])):
        title, *rest = text.split("\n")
        body = "".join(f"<p>{line}</p>" for line in rest if line.strip())
        facts = json.dumps({"@type": "NewsArticle", "headline": title, "datePublished": "2024-02-03T10:00:00Z"})
        head = f'<title>{title} - الوكالة</title><meta property="og:title" content="{title}">'
        (folder / name).write_text(
            f'<html lang="ar"><head>{head}<script type="application/ld+json">{facts}</script></head>\n<body><article>'
            f'<h1>{title}</h1>\n<time datetime="2024-02-03">3 شباط</time>{body}</article></body></html>\n',
            encoding="utf-8",
        )
    write_tables(folder, texts)
    call("annotate tasks pages --events events.yaml -o tasks.json", folder)
    call("export dataset export.json -o gold --pseudonyms names.csv", folder)
    call("export dataset export.json -o gold2 --policy unanimous --version 1.1 --pseudonyms names.csv", folder)
    call("export adjudicate export.json -o judged.json", folder)
    export = json.loads((folder / "export.json").read_text(encoding="utf-8"))
    judged = [task | {"annotations": task["annotations"][:1]} for task in export[:3]]
    (folder / "judged.json").write_text(json.dumps(judged), encoding="utf-8")
    for extension in ("iob2", "jsonl"):
        call(f"export write gold --as {extension} -o gold.{extension}", folder)
    (folder / "gold.iob2").rename(folder / "corpus.iob2")
    call("export write gold --as brat -o marked --split test", folder)
    call("export read corpus.iob2 --as iob2 -o corpus", folder)
    call("export write corpus --as jsonl -o corpus.jsonl", folder)
    call("eval predict gold --extractor mihakk.eval.gazetteer:Gazetteer --split all -o said2.jsonl", folder)
    call("eval predict gold --extractor baseline:linear --split test -o said3.jsonl --save kept", folder)
    (folder / "several").mkdir()
    (folder / "said3.jsonl").rename(folder / "several" / "said.jsonl")
    shutil.copy(folder / "gold.jsonl", folder / "said.jsonl")
    import pyarrow as pa
    from pyarrow import csv

    rows = [json.loads(line) for line in (folder / "gold.jsonl").read_text(encoding="utf-8").splitlines()]
    rows = [{key: row.get(key) for key in ("id", "entities", "claims", "text", "event_id")} for row in rows]
    some = ("PERS", "ORG", "GPE")  # labels of the mapping, too
    spans = [{"id": row["id"], "entities": [span for span in row["entities"] if span["label"] in some]} for row in rows]
    lines = (json.dumps(row) + "\n" for row in spans)
    (folder / "mapped.jsonl").write_text("".join(lines), encoding="utf-8")
    for name in ("gold.parquet", "said.parquet"):
        pq.write_table(pa.Table.from_pylist(rows), folder / name)
    mentions = [{"id": row["id"], "entities": [{"text": row["text"][s["start"] : s["end"]], "label": s["label"]} for s in row["entities"]]} for row in rows]  # fmt: skip
    (folder / "mentions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in mentions), encoding="utf-8")
    call("export write gold --as stance -o stances.csv", folder)
    pq.write_table(csv.read_csv(folder / "stances.csv", parse_options=csv.ParseOptions(newlines_in_values=True)), folder / "stances.parquet")  # fmt: skip
    call("annotate interface -o interface.xml", folder)
    shutil.copy(folder / "export.json", folder / "project.json")
    scheme = yaml.safe_load((folder / "scheme.yaml").read_text(encoding="utf-8"))
    del scheme["entities"]["WEAPON"]
    scheme |= {"version": "2.0", "mappings": {}, "from": {"conflict_news@1.0": {"entities": {"WEAPON": None}}}}
    (folder / "scheme2.yaml").write_text(yaml.safe_dump(scheme, allow_unicode=True, sort_keys=False), encoding="utf-8")
    for name, text in (("token.txt", "no token\n"), ("word.txt", "0123456789abcdef\n"), ("passwords.csv", PASSWORDS)):
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o600)
    server = folder / "server"
    server.mkdir(0o700)
    account = {"email": "lead@mihakk.local", "password": "secret-word", "token": "0123456789abcdef"}
    for name, text in (("account.json", json.dumps(account)), ("serve.lock", ""), ("server.log", "")):
        (server / name).write_text(text, encoding="utf-8")
        (server / name).chmod(0o600)
    servers = folder / SERVERS
    servers.parent.mkdir(parents=True)
    address = "http://127.0.0.1:9"
    servers.write_text(json.dumps({"default": address, "tokens": {address: "no token"}}), encoding="utf-8")
    servers.chmod(0o600)
    order = [task["data"]["doc_id"] for task in json.loads((folder / "tasks.json").read_text(encoding="utf-8"))]
    (folder / "order.txt").write_text("".join(f"{each}\n" for each in reversed(order)), encoding="utf-8")
    (folder / "prompt.jinja2").write_text(
        "{% for label in labels %}{{ label }}{% endfor %} {{ text }}\n", encoding="utf-8"
    )
    for name, kept in (("crf", "saved-crf"), ("linear", "saved-linear"), ("gazetteer", "saved-names")):
        call(f"eval predict gold --extractor baseline:{name} --save {kept} -o said-{name}.jsonl", folder)
    (folder / "said").mkdir()
    for row in spans:
        (folder / "said" / f"{row['id']}.json").write_text(json.dumps(row), encoding="utf-8")
    entities = [{"id": row["id"], "entities": row["entities"]} for row in map(json.loads, (folder / "corpus.jsonl").read_text(encoding="utf-8").splitlines())]  # fmt: skip
    (folder / "entities.jsonl").write_text("".join(json.dumps(row) + "\n" for row in entities), encoding="utf-8")
    import spacy

    pipeline = spacy.blank("ar")
    pipeline.add_pipe("entity_ruler").add_patterns([{"label": "GPE", "pattern": "دمشق"}])  # pyright: ignore
    pipeline.to_disk(folder / "pipeline")
    assert read_gold(folder / "gold").documents()


def write_tables(folder: Path, texts: list[str]) -> None:
    import csv

    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [
        {"id": f"خبر-{n}", "title": text.split("\n")[0], "body": text, "date": "2024-02-03", "outlet": "السنونو"}
        for n, text in enumerate(texts)
    ]
    with (folder / "table.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    lines = "".join(json.dumps(row | {"id": f"ل{row['id']}"}, ensure_ascii=False) + "\n" for row in rows)
    (folder / "table.jsonl").write_text(lines, encoding="utf-8")
    (folder / "table.json").write_text(json.dumps([row | {"id": f"ج{row['id']}"} for row in rows]), encoding="utf-8")
    pq.write_table(pa.Table.from_pylist([row | {"id": f"ب{row['id']}"} for row in rows]), folder / "table.parquet")


# --- a command in this process ---


@dataclass
class Ended:
    code: int
    out: str
    err: str
    error: str = ""  # the traceback of what nobody caught, or that it took too long


@contextlib.contextmanager
def limited(seconds: int) -> Generator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def no_server() -> Generator[None]:
    """`login` finds its token right, each `serve` is stopped as by Ctrl-C when its server is up, nobody else is answered."""
    started = subprocess.Popen
    local = "mihakk.annotate.label_studio.local"
    client = "mihakk.annotate.label_studio.client.LabelStudio"

    def start(command: list[Any], *rest: Any, **more: Any) -> Any:
        mine = len(command) > 1 and command[1] == "start"
        return started(["true"] if mine else command, *rest, **more)

    with (
        patch("subprocess.Popen", start),
        patch(f"{local}._wait_until_ready", side_effect=KeyboardInterrupt),
        patch("mihakk.eval.serving.server.BackendServer.serve_forever", side_effect=KeyboardInterrupt),
        patch(f"{client}.whoami", lambda server: "lead@example.org"),
        patch(f"{client}.__init__.__defaults__", ((), 1.0)),
    ):
        yield


def run(words: list[str], folder: Path, stdin: bytes = b"") -> Ended:
    """A command line in `folder`, as a process of its own would run it."""
    from mihakk.cli import main

    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", errors=errors) for errors in ("strict", "backslashreplace"))
    code, error = 0, ""
    environment = ENVIRONMENT | {
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_DATA_HOME": str(folder / "data"),
        "HOME": str(folder),
    }
    with (
        contextlib.chdir(folder),
        patch.dict(os.environ, environment),
        patch("sys.argv", ["mihakk", *words]),
        patch("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8")),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            with limited(SECONDS), no_server():
                main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        except TooSlow:
            error = f"took more than {SECONDS} seconds"
        except BaseException:
            error = traceback.format_exc(limit=-4)
        for stream in (out, err):
            stream.flush()
    texts = [stream.buffer.getvalue().decode("utf-8", "replace") for stream in (out, err)]  # pyright: ignore
    return Ended(code, *texts, error)


def call(command: str, folder: Path, stdin: bytes = b"") -> None:
    """A command that must do its work."""
    ended = run(shlex.split(command), folder, stdin)
    if ended.code not in (0, 1) or ended.error:
        raise RuntimeError(f"mihakk {command}: {ended.code} {ended.err} {ended.error}")


# --- a case ---


def contents(folder: Path) -> dict[str, str]:
    """Every path in the folder with a digest of what it holds."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        for path in sorted(folder.rglob("*"))
    }


def case(seed: int, corpus: Path, folder: Path) -> Finding | None:
    """Runs the case of this seed in the empty `folder`; what is wrong with how it ends, if anything."""
    random = Random(seed)
    recipe = RECIPES[seed % len(RECIPES)]
    words = shlex.split(recipe.command)
    named = inputs(recipe, corpus)
    for name in named:
        copied(name, corpus, folder)
    changes = list(spoil(named, corpus, folder, random))
    words = list(hostile_words(words, recipe, folder, random, changes))
    outputs = [name for name in recipe.outputs if name not in named]
    if outputs and random.random() < 0.7:
        for name in outputs:
            copied(name, earlier(recipe, corpus), folder)
    before = contents(folder)
    given = folder / recipe.stdin if recipe.stdin else None
    ended = run(words, folder, given.read_bytes() if given and given.is_file() else b"")
    what = wrong(ended, before, contents(folder), set(recipe.outputs) | words_after("-o", words), folder)
    command = shlex.join(words)
    return Finding(seed, what, command, changes, ended.error or ended.err) if what else None


def spoil(named: list[str], corpus: Path, folder: Path, random: Random) -> Iterator[str]:
    """Changes one of the inputs, now and then more."""
    everything = sorted(path for path in corpus.rglob("*") if path.is_file())
    files = [path for name in named for path in [folder / name, *sorted((folder / name).rglob("*"))] if path.is_file()]
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        path = random.choice(files)
        mode = path.stat().st_mode
        if random.random() < 0.02:
            path.unlink(missing_ok=True)
            if random.random() < 0.5:
                path.mkdir()
            yield f"{path.relative_to(folder)} is no file"
            return
        path.write_bytes(mutated(path, random, everything))
        path.chmod(mode)
        yield f"{path.relative_to(folder)} changed"


def hostile_words(words: list[str], recipe: Recipe, folder: Path, random: Random, changes: list[str]) -> Iterator[str]:
    """The command line, now and then with an input under a strange name, or with a strange option."""
    for word in words:
        if (folder / word).is_file() and random.random() < 0.06:
            strange = random.choice(["\x1b[31m", "أ\nب", "\u202eس", "-x", "٣ ٤", "a'\"b", "[red]"]) + Path(word).name
            (folder / word).rename(folder / strange)
            changes.append(f"{word} is {strange!r}")
            word = f"./{strange}"
        yield word
    for option in recipe.hostile:
        if random.random() < 0.3:
            yield option
            yield random.choice(
                [*(text for text in HOSTILE if "\0" not in text and "\ud800" not in text), "1/2/3", "١", "9" * 30]
            )


def words_after(option: str, words: list[str]) -> set[str]:
    return {words[n + 1] for n, word in enumerate(words[:-1]) if word == option}


def inputs(recipe: Recipe, corpus: Path) -> list[str]:
    """What of the corpus the command reads."""
    named = (word for word in shlex.split(recipe.command) if (corpus / word).exists())
    return list(dict.fromkeys([*named, *recipe.extra]))


def copied(name: str, corpus: Path, folder: Path) -> None:
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    if (corpus / name).is_dir():
        shutil.copytree(corpus / name, target)
    else:
        shutil.copy(corpus / name, target)


def earlier(recipe: Recipe, corpus: Path) -> Path:
    """A folder with what the command makes of valid files; made when it is first asked for."""
    folder = corpus.with_name(f"{corpus.name}-earlier") / str(RECIPES.index(recipe))
    if not folder.exists():
        folder.mkdir(parents=True)
        for name in inputs(recipe, corpus):
            copied(name, corpus, folder)
        call(recipe.command, folder, (folder / recipe.stdin).read_bytes() if recipe.stdin else b"")
    return folder


def wrong(
    ended: Ended, before: Mapping[str, str], after: Mapping[str, str], outputs: set[str], folder: Path
) -> str | None:
    """What is wrong with how a command ended, and with what it left."""
    if ended.error:
        return "not caught: " + ended.error.strip().splitlines()[-1]
    if ended.code not in CODES:
        return f"exit code {ended.code}"
    if "Traceback (most recent" in ended.err + ended.out:
        return "a traceback"
    if len(ended.err.splitlines()) > MOST_LINES or len(ended.err) > 100_000:
        return f"{len(ended.err.splitlines())} lines on standard error, {len(ended.err)} characters"
    steering = sorted({f"U+{ord(char):04X}" for char in ended.out + ended.err if ord(char) in STEERING})
    if steering:
        return f"{', '.join(steering)} reach the terminal"
    if ended.code and not (ended.err or ended.out).strip():
        return f"exit code {ended.code} without a word"
    if ended.code not in (0, 1) and not ended.err.startswith("mihakk: ") and "\nmihakk: " not in ended.err:
        return f"exit code {ended.code} without an error"

    def made(name: str) -> bool:
        return any(name == output or name.startswith(f"{output}/") for output in outputs)

    differing = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    if ended.code:  # answers are kept as they come
        differing = {name for name in differing if name.partition("/")[0] != JOURNAL}
    if strange := sorted(name for name in differing if not made(name)):
        return f"changed or left behind: {strange[:5]}"
    if ended.code not in (0, 1) and differing:
        return f"exit code {ended.code}, and yet written: {sorted(differing)[:5]}"
    return next((f"{name} is not whole" for name in sorted(differing & after.keys()) if not whole(folder / name)), None)


def whole(path: Path) -> bool:
    """Whether a new output can be read."""
    if not path.is_file():
        return True
    try:
        if path.suffix == ".json":
            json.loads(path.read_bytes(), parse_constant=refuse)
        elif path.suffix == ".jsonl":
            for line in path.read_bytes().decode("utf-8").split("\n"):
                if line:
                    json.loads(line, parse_constant=refuse)
        elif path.suffix == ".parquet":
            import pyarrow.parquet as pq

            pq.read_table(path)
        elif path.suffix == ".crfsuite":
            import pycrfsuite

            pycrfsuite.Tagger().open_inmemory(path.read_bytes())
        elif path.suffix == ".spacy":
            from spacy.tokens import DocBin

            DocBin().from_bytes(path.read_bytes())
        elif path.suffix == ".npz":
            import numpy as np

            with np.load(path) as arrays:
                assert all(arrays[name] is not None for name in arrays.files)
        else:
            path.read_bytes().decode("utf-8")
    except Exception:
        return False
    return True


def refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


@contextlib.contextmanager
def corpus_in(folder: Path) -> Generator[Path]:
    grow(folder)
    yield folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seeds", type=int, nargs="*", help="Cases to run again.")
    parser.add_argument("--first", type=int, default=0, help="The first seed of a long run.")
    parser.add_argument("--cases", type=int, default=5000, help="How many cases a long run has.")
    parser.add_argument("--keep", action="store_true", help="Keep the folders of findings.")
    options = parser.parse_args()
    seeds = options.seeds or range(options.first, options.first + options.cases)
    kinds: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as made:
        corpus = Path(made) / "corpus"
        corpus.mkdir()
        grow(corpus)
        for seed in seeds:
            folder = Path(tempfile.mkdtemp(prefix=f"seed-{seed}-"))
            found = case(seed, corpus, folder)
            if found:
                kinds[f"{zlib.crc32(found.what.encode()):08x}"] += 1
                print(f"{found}\n", *([f"  in {folder}\n"] if options.keep else []), flush=True)  # noqa: T201
            if not (found and options.keep):
                shutil.rmtree(folder)
    print(f"{len(seeds)} cases, {kinds.total()} findings of {len(kinds)} kinds")  # noqa: T201
    sys.exit(bool(kinds))


if __name__ == "__main__":
    main()
