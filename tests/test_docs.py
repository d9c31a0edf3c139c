"""What README.md, CONTRIBUTING.md and docs/ show is tried: commands and Python run, YAML and JSON are read, links lead somewhere.

The blocks of one file are tried in order, in one folder that has the sample's files under the names that the docs use
(`prepared`). A block whose first line is a comment with a file's name (`# my_module.py`) is saved under that name.
What cannot run here is named below, with the test that tries it; what is named there without need fails too.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any

import mihakk
import pytest
import yaml
from json_service import running
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mihakk.annotate.events import Registry
from mihakk.cli import main
from mihakk.configs.errors import InputError
from mihakk.configs.scheme import DEFAULT, load_scheme
from test_help import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = Path(mihakk.__file__).parent / "annotate" / "sample"
DOCS = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
NAMES = [path.relative_to(ROOT).as_posix() for path in DOCS]

# How commands begin that cannot run here, and where they run.
ELSEWHERE = {
    "mihakk eval serve": "it runs until it is stopped: tests/test_backend.py and tests/server/test_suggestions.py",
    "mihakk annotate serve": "a server: tests/server/test_serve.py",
    "mihakk annotate push": "a server: tests/server/test_push.py, test_serve.py and test_adjudication.py",
    "mihakk annotate login": "a server: tests/server/test_serve.py",
    "mihakk annotate annotators add": "a server: tests/server/test_browser.py",
    "mihakk annotate annotators list": "a server: tests/server/test_accounts.py",
    "mihakk annotate annotators reset": "a server: tests/server/test_accounts.py",
    "mihakk annotate annotators remove": "a server: tests/server/test_accounts.py",
    "mihakk export status": "a server: tests/server/test_browser.py",
    "mihakk export pull": "a server: tests/server/test_faults.py and test_browser.py",
    "mihakk eval predict gold --extractor hf:": "torch, which is large: tests/test_models.py",
    "mkdir ../my-project": "the reader's own folder; here it is the one with the sample's files",
    "cd ../my-project": "as mkdir",
    "sudo apt-get": "the reader's own machine",
    "source .venv/bin/activate": "the reader's own shell; here the tests' Python is the one with Mihakk",
    "pip install": "the network; tests/test_wheel.py holds the wheel against the tree",
    "RAY_ADDRESS=": "a cluster; tests/test_ray.py starts one",
    "createuser": "a database of the reader's: tests/server/test_postgresql.py makes one of its own",
    "createdb": "as createuser",
    "export MIHAKK_DATABASE=": "as createuser",
    "export PGPASSWORD=": "as createuser",
    "git": "the reader's own repository",
    ".venv/bin/pytest": "the tests themselves",
    "pre-commit": "installed by the reader; its hooks are the commands of `make lint`",
    ".venv/bin/python -m pip wheel": "tests/test_wheel.py builds the wheel",
}
# Commands that end with another exit code than 0 on the sample, as the text beside them says.
EXIT_CODES = {"mihakk eval score gold predictions.jsonl --require": 1}
# Blocks of other languages that no reader of Mihakk's is for, by how they begin.
NOT_READ = {
    ("nginx", "server {"): "a configuration of nginx, which is not installed for the tests",
    ("yaml", "services:"): "Docker Compose: read as YAML; the text says that it is not run",
    ("perl", "# extract.pl"): "saved, and run by the command below it",
    ("text", ""): "a picture in letters",
}
# Services that the docs ask, and what one answers here to everything.
SERVICES: dict[str, Any] = {
    "http://127.0.0.1:8000/extract": [{"entity_group": "GPE", "start": 3, "end": 7}],
    "http://127.0.0.1:8000/v1": {
        "choices": [
            {"finish_reason": "stop", "message": {"content": '{"entities": [{"text": "دمشق", "label": "GPE"}]}'}}
        ]
    },
}


@dataclass(frozen=True)
class Block:
    """A fenced block, with the line it begins on."""

    place: str
    language: str
    text: str


def markdown(path: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))


def blocks(path: Path) -> list[Block]:
    """The fenced blocks of a file; one without a language has commands."""
    found: list[Block] = []
    for token in markdown(path):
        place = f"{path.relative_to(ROOT)}:{token.map[0] + 1 if token.map else 0}"
        assert token.type != "code_block", f"{place}: an indented block; put it between fences"
        if token.type == "fence":
            found.append(Block(place, token.info.strip() or "sh", token.content))
    return found


def commands(block: Block) -> list[str]:
    """One a line, without the comment behind it; a line that ends with a backslash goes on."""
    lines = block.text.replace("\\\n", " ").splitlines()
    words = [shlex.split(line, comments=True) for line in lines]
    return [shlex.join(command) for command in words if command]


def entry(text: str, table: dict[str, Any]) -> str | None:
    return next((start for start in table if text == start or text.startswith((start + " ", start))), None)


# --- trying ---


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's files, and what the docs have beside them."""
    folder = tmp_path_factory.mktemp("docs") / "prepared"
    shutil.copytree(SAMPLE, folder)
    with (folder / "articles.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", "headline", "body"])
        for page in sorted((folder / "pages").iterdir())[:3]:
            text = page.read_text(encoding="utf-8")
            table.writerow([page.stem, text.splitlines()[0], text])
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for command in (
            "export dataset export.json -o gold --name sample",
            "eval predict gold --extractor mihakk.eval.gazetteer:Gazetteer -o predictions.jsonl",
            "export write gold -o gold.jsonl --as jsonl",
            "export adjudicate export.json -o adjudication.json",
            "annotate interface -o config.xml",
            "export write gold -o known.jsonl --as jsonl --split test",
            "export read known.jsonl -o known --as jsonl --labels conflict_news",
        ):
            assert run_mihakk(shlex.split(command))[0] == 0, command
    shutil.rmtree(folder / "predictions.jsonl.run")  # a reader's own run goes to this place
    (folder / "new-pages").mkdir()
    (folder / "new-pages" / "new.txt").write_text("عنوان الخبر الجديد\n\nنص الخبر الجديد هنا.", encoding="utf-8")
    rows = [json.loads(line) for line in (folder / "predictions.jsonl").read_text(encoding="utf-8").splitlines()]
    for name, label in (("a", None), ("b", "PERS"), ("c", "GPE")):  # c and b lack a label that a has
        with (folder / f"{name}.jsonl").open("w", encoding="utf-8") as file:
            for row in rows:
                kept = [span for span in row["entities"] if span["label"] != label]
                file.write(json.dumps({**row, "entities": kept}) + "\n")
    wojood = [{"id": row["id"], "entities": [{"start": 0, "end": 1, "label": "PERS"}]} for row in rows]
    (folder / "wojood.jsonl").write_text("\n".join(map(json.dumps, wojood)), encoding="utf-8")
    (folder / "adjudicated.json").write_text(json.dumps(adjudicated(folder / "adjudication.json")), encoding="utf-8")
    for split, token in (("train", "دمشق"), ("val", "بغداد"), ("test", "بيروت")):
        # The last has an I- that begins a span, as --repair is for.
        (folder / f"{split}.txt").write_text(
            f"في O\n{token} {'I' if split == 'test' else 'B'}-GPE\n\n", encoding="utf-8"
        )
        stance_corpus = f"s1,s2,stance\nغارة,قصف {token},agree\n"
        (folder / f"{split.replace('val', 'dev')}.csv").write_text(stance_corpus, encoding="utf-8")
    (folder / "corpus.csv").write_text("title,body,stance\nغارة,قصف,agree\n", encoding="utf-8")
    return folder


def adjudicated(tasks: Path) -> list[dict[str, Any]]:
    """The export of a project where the adjudicator submitted the first version of each task as it was."""
    return [
        {
            **task,
            "id": number,
            "predictions": [],
            "annotations": [
                {
                    "id": number,
                    "completed_by": {"email": "judge@example.org"},
                    "result": task["predictions"][0]["result"],
                    "was_cancelled": False,
                    "created_at": "2025-11-03T10:00:00Z",
                    "updated_at": "2025-11-03T10:00:00Z",
                }
            ],
        }
        for number, task in enumerate(json.loads(tasks.read_text(encoding="utf-8")), 1)
    ]


def run_mihakk(arguments: list[str]) -> tuple[int, str]:
    """The exit code of `mihakk ARGUMENTS`, and what it wrote to stderr; a service of the docs answers as in SERVICES."""
    errors = io.StringIO()
    for address, answer in SERVICES.items():
        if any(address in argument for argument in arguments):
            with running() as service:
                service.script = [(200, {}, answer)]
                here = service.url.removesuffix("/extract") + address.removeprefix("http://127.0.0.1:8000")
                return run_mihakk([argument.replace(address, here) for argument in arguments])
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stderr(errors):
        patch.setattr(sys, "argv", ["mihakk", *arguments])
        try:
            main()
        except SystemExit as end:
            return int(end.code or 0), errors.getvalue()
    return 0, errors.getvalue()


@pytest.mark.parametrize("name", NAMES)
def test_what_the_docs_show_works(
    name: str,
    prepared: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "reader"
    shutil.copytree(prepared, folder)
    shown = blocks(ROOT / name)
    for made in made_by_the_docs(shown):
        shutil.rmtree(folder / made, ignore_errors=True)
        (folder / made).unlink(missing_ok=True)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder)])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    # Where `datasets` is loaded already, it has read that variable.
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("MY_KEY", "the reader's key")
    before = set(sys.modules)
    SESSION.clear()
    SESSION["__name__"] = "__docs__"
    problems: list[str] = []
    for block in shown:
        saved = re.match(r"# (\S+\.\w+)\n", block.text)
        if saved:
            Path(saved[1]).parent.mkdir(parents=True, exist_ok=True)
            Path(saved[1]).write_text(block.text, encoding="utf-8")
        problems += [f"{block.place}: {problem}" for problem in tried(block)]
    for module in set(sys.modules) - before:
        if getattr(sys.modules[module], "__file__", None) and str(folder) in str(sys.modules[module].__file__):
            del sys.modules[module]
    assert not problems, "\n".join(problems)


def made_by_the_docs(shown: list[Block]) -> set[str]:
    """What a file's commands write by `-o` before anything else names it."""
    seen: set[str] = set()
    made: set[str] = set()
    for command in (command for block in shown if block.language == "sh" for command in commands(block)):
        words = shlex.split(command)
        for before, word in zip(["", *words], words, strict=False):
            if before == "-o" and word not in seen and not entry(command, ELSEWHERE):
                made.add(word)
            seen.add(word)
    return made


def tried(block: Block) -> Iterator[str]:
    """What goes wrong with a block."""
    try_it = TRY.get(block.language)
    if any(block.language == language and block.text.startswith(start) for language, start in NOT_READ):
        if block.language == "yaml":
            yaml.safe_load(block.text)
    elif try_it is None:
        yield f"{block.language} is not tried by this test"
    else:
        yield from try_it(block.text)


def try_commands(text: str) -> Iterator[str]:
    for command in commands(Block("", "sh", text)):
        words = shlex.split(command)
        if words[:2] == ["git", "clone"]:
            Path(words[3]).mkdir()  # stands for the checkout, whose commands are `make`
        if entry(command, ELSEWHERE):
            continue
        if words[0] == "cd":
            os.chdir(words[1])
            continue
        if words[0] == "make":
            done = subprocess.run([*words, "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False)
            if done.returncode:
                yield f"{command}: {done.stderr}"
            if words == ["make", "demo"]:  # its last line is `mihakk demo`, in the checkout
                code, errors = run_mihakk(["demo"])
                if code:
                    yield f"{command}: {errors}"
        elif words[0] == "mihakk":
            code, errors = run_mihakk(words[1:])
            wanted = EXIT_CODES.get(entry(command, EXIT_CODES) or "", 0)
            if code != wanted:
                yield f"{command}: exit code {code}, not {wanted}\n{errors}"
        else:
            yield f"{command}: is not tried by this test"


def try_console(text: str) -> Iterator[str]:
    """A command after `$`, then lines of its output: each is printed, in this order. Lines between them may be left out."""
    command, *shown = text.splitlines()
    words = shlex.split(command.removeprefix("$ mihakk "))
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        code, errors = run_mihakk(words)
    if code:
        yield f"{command}: exit code {code}\n{errors}"
    printed = iter([line.rstrip() for line in output.getvalue().splitlines()])
    missing = next((line for line in shown if line not in printed), None)
    if missing is not None:
        yield f"{command} does not print, after the lines before it: {missing!r}\n{output.getvalue()}"


# What the Python blocks of the file have defined so far: a reader types them into one session.
SESSION: dict[str, Any] = {}


def try_python(text: str) -> Iterator[str]:
    try:
        exec(compile(text, "<docs>", "exec"), SESSION)
    except Exception as error:
        yield f"{type(error).__name__}: {error}"


def try_yaml(text: str) -> Iterator[str]:
    """By its reader: events.yaml, a scheme, or keys of a scheme, which are put in place of the default scheme's."""
    keys = yaml.safe_load(text)
    named = re.match(r"# (\S+\.yaml)\n", text)
    path = Path(named[1] if named else "block.yaml")
    try:
        if "jobs" in keys:  # of a CI
            for step in (step for job in keys["jobs"].values() for step in job["steps"]):
                yield from try_commands(step.get("run", ""))
        elif "events" in keys:
            path.write_text(text, encoding="utf-8")
            articles = [
                name for event in keys["events"] for name in (*event.get("articles", ()), *event.get("also", ()))
            ]
            Registry(path).check_articles(articles)
        elif "language" in keys:  # a whole scheme
            path.write_text(text, encoding="utf-8")
            load_scheme(path)
        elif keys.keys() <= yaml.safe_load(DEFAULT.read_text(encoding="utf-8")).keys() | {"checks", "from"}:
            scheme = yaml.safe_load(DEFAULT.read_text(encoding="utf-8")) | keys
            path.write_text(yaml.safe_dump(scheme, allow_unicode=True, sort_keys=False), encoding="utf-8")
            load_scheme(path)
        else:
            yield f"no reader takes a file with {', '.join(keys)}"
    except InputError as error:
        yield from error.problems


def try_json(text: str) -> Iterator[str]:
    try:
        json.loads(text)
    except ValueError as error:
        yield str(error)


def try_json_lines(text: str) -> Iterator[str]:
    """Lines of predictions, as `mihakk eval validate` reads them; their documents are those of the gold set."""
    Path("block.jsonl").write_text(text, encoding="utf-8")
    code, errors = run_mihakk(["eval", "validate", "gold", "block.jsonl"])
    if code == 2:
        yield errors


TRY: dict[str, Callable[[str], Iterator[str]]] = {
    "sh": try_commands,
    "console": try_console,
    "python": try_python,
    "yaml": try_yaml,
    "json": try_json,
    "jsonl": try_json_lines,
}


def test_what_is_said_to_be_tried_elsewhere_is_in_the_docs_and_the_tests_are_there() -> None:
    shown = [block for path in DOCS for block in blocks(path)]
    typed = [command for block in shown if block.language == "sh" for command in commands(block)]
    for table in (ELSEWHERE, EXIT_CODES):
        assert [start for start in table if not any(entry(command, {start: 0}) for command in typed)] == []
    for language, start in NOT_READ:
        assert any(block.language == language and block.text.startswith(start) for block in shown), (language, start)
    for reason in ELSEWHERE.values():
        for name in re.findall(r"tests/[\w/]+\.py", reason):
            assert (ROOT / name).is_file(), name


# --- links and paths ---


def slugs(path: Path) -> set[str]:
    """The anchors that GitHub gives a file's headings: small letters, no punctuation, a hyphen for each space."""
    tokens = markdown(path)
    names = [after.content for token, after in pairwise(tokens) if token.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", name.lower()).replace(" ", "-") for name in names}


def inline(path: Path) -> Iterator[tuple[int, Token]]:
    for token in markdown(path):
        for child in token.children or ():
            yield (token.map[0] + 1 if token.map else 0), child


def test_the_list_of_pages_has_each_page() -> None:
    page = ROOT / "docs" / "all-pages.md"
    linked = {(page.parent / str(token.attrs.get("href"))).resolve() for _, token in inline(page)}
    assert [path.name for path in DOCS if path != page and path.resolve() not in linked] == []


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name: str) -> None:
    path = ROOT / name
    broken: list[str] = []
    for line, token in inline(path):
        target = token.attrs.get("href") or token.attrs.get("src")
        if not target or re.match(r"[a-z]+:", str(target)):
            continue
        file, _, anchor = str(target).partition("#")
        goal = Path(os.path.normpath(path.parent / file)) if file else path
        if not goal.exists():
            broken.append(f"{name}:{line}: {target}: there is no such file")
        elif anchor and anchor not in slugs(goal):
            broken.append(f"{name}:{line}: {target}: there is no such heading")
    assert broken == []


def stale(words: list[str]) -> str | None:
    """What is wrong with the names of a command and its options, without running it; None if all are there."""
    path = tuple(
        takewhile(re.compile(r"[a-z]+").fullmatch, (word for word in words[1:] if word not in ("-q", "--quiet")))
    )
    known = next((path[:n] for n in range(len(path), -1, -1) if path[:n] in COMMANDS), ())
    command = COMMANDS[known]
    if hasattr(command, "commands") and len(path) > len(known):
        return f"there is no command {' '.join(path[: len(known) + 1])}"
    names = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    names |= {"-h", "--help", "-q", "--quiet", "--version"}
    given = [word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)]
    return next((f"{' '.join(known)} has no option {option}" for option in given if option not in names), None)


@pytest.mark.parametrize("name", NAMES)
def test_commands_that_are_only_named_are_as_the_code_has_them(name: str) -> None:
    """Commands in the text, and those in blocks that cannot run here: each word and option is looked up."""
    shown = [(token.content, line) for line, token in inline(ROOT / name) if token.type == "code_inline"]
    shown += [(command, 0) for block in blocks(ROOT / name) if block.language == "sh" for command in commands(block)]
    wrong: list[str] = []
    for text, line in shown:
        # What stands for any number of things is none of them.
        words = shlex.split(text.replace("…", "").replace("...", "")) if text.startswith("mihakk ") else []
        if words and "COMMAND" not in words and (problem := stale(words)):
            wrong.append(f"{name}:{line}: {text}: {problem}")
    assert wrong == []


def test_output_that_is_not_printed_would_be_found() -> None:
    assert list(try_console("$ mihakk annotate tasks --help\nOptions:\n")) == []
    assert list(try_console("$ mihakk annotate tasks --help\nOptions:\nUsage: mihakk annotate tasks\n")) != []
    assert list(try_console("$ mihakk annotate tasks --help\nOption\n")) != []


def test_a_stale_command_would_be_found() -> None:
    assert stale(["mihakk", "eval", "scores", "gold"]) == "there is no command eval scores"
    assert (
        stale(["mihakk", "annotate", "serve", "tasks.json", "--annotators=2"])
        == "annotate serve has no option --annotators"
    )
    assert stale(["mihakk", "-q", "annotate", "annotators", "add", "a@example.org", "-o", "x"]) is None


def test_the_servers_image_and_settings_are_those_of_the_server_on_this_machine() -> None:
    """Docker Compose in docs/team.md, which is not run, against what `mihakk annotate serve` starts."""
    text = next(block.text for block in blocks(ROOT / "docs" / "team.md") if block.text.startswith("services:"))
    service = yaml.safe_load(text)["services"]["label-studio"]
    pinned = re.search(r"^label-studio==(\S+)", (ROOT / "requirements-server.txt").read_text(), re.MULTILINE)
    assert pinned and service["image"] == f"heartexlabs/label-studio:{pinned[1]}"
    source = (ROOT / "annotate" / "label_studio" / "local.py").read_text(encoding="utf-8")
    for name in (
        "DISABLE_SIGNUP_WITHOUT_LINK",
        "COLLECT_ANALYTICS",
        "LATEST_VERSION_CHECK",
        "SENTRY_DSN",
        "FRONTEND_SENTRY_DSN",
    ):
        assert f'"LABEL_STUDIO_{name}": "{service["environment"][f"LABEL_STUDIO_{name}"]}"' in source


@pytest.mark.parametrize("name", NAMES)
def test_paths_of_the_tree_that_are_named_exist(name: str) -> None:
    """`annotate/task.py`, `eval/gold/` and the like, and tests by name; NAME stands for any name."""
    wrong: list[str] = []
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))
    for line, token in inline(ROOT / name):
        if token.type != "code_inline" or "NAME" in token.content:
            continue
        if re.fullmatch(r"(annotate|benchmarks|configs|docs|eval|export|tests)/[\w./-]*", token.content):
            if not (ROOT / token.content).exists():
                wrong.append(f"{name}:{line}: {token.content}: does not exist")
        elif re.fullmatch(r"test_\w+", token.content) and f"def {token.content}(" not in tests:
            wrong.append(f"{name}:{line}: {token.content}: there is no such test")
    assert wrong == []
