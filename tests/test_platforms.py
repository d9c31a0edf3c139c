"""What can be tried of Windows and macOS on another system; docs/platforms.md says what that is, and what was not."""

from __future__ import annotations

import ast
import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import mihakk
import platformdirs
import pytest
from marked import gold
from mihakk.annotate.document import Annotation, Article
from mihakk.annotate.label_studio import connection
from mihakk.configs import locks
from mihakk.configs.files import held, whole_file
from mihakk.eval.gold.records import GoldDocument
from mihakk.export.formats.brat import read_brat, write_brat
from mihakk.export.formats.corpus import Findings

ROOT = Path(mihakk.__file__).parent
SAMPLE = ROOT / "annotate" / "sample"
PACKAGE = [*ROOT.glob("*.py"), *(f for room in ("configs", "annotate", "eval", "export") for f in (ROOT / room).rglob("*.py"))]  # fmt: skip
MODULES = sorted(
    ".".join(("mihakk", *f.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
    for f in PACKAGE
    if f.name != "__main__.py"
)

# Python without what Windows lacks, as far as that can be taken away: first other people's libraries are loaded, which
# do what they have to do there, then our modules again.
WITHOUT = """
import importlib, json, os, signal, subprocess, sys
modules = json.loads(sys.argv[1])
for name in modules:
    importlib.import_module(name)
import filelock, platformdirs, rich.progress, datasets, spacy.util
for name in [name for name in sys.modules if name.split(".")[0] == "mihakk"]:
    del sys.modules[name]
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name in LACKING:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
LACKING = {"fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog"}
for name in LACKING:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Absent())
for owner, names in (
    (os, "fork forkpty getuid geteuid getgid getpgid killpg setsid chown lchown mkfifo pread pwrite O_NOFOLLOW "
         "O_NONBLOCK O_CLOEXEC getpgrp nice sysconf uname wait3"),
    (signal, "SIGHUP SIGKILL SIGALRM SIGPIPE SIGUSR1 pthread_sigmask alarm setitimer"),
):
    for name in names.split():
        if hasattr(owner, name):
            delattr(owner, name)
"""
THEN_IMPORT = """
for name in modules:
    importlib.import_module(name)
print(len(modules))
"""
THEN_RUN = """
from mihakk.configs import locks
locks.OPENS_FOLDERS = False
sys.platform = "win32"
from mihakk.cli import app
for command in json.loads(sys.argv[2]):
    app(command.split(), prog_name="mihakk", standalone_mode=False)
"""
ROAD = [
    "annotate tasks pages --events events.yaml -o tasks.json",
    "annotate interface -o interface.xml",
    "export check export.json --fix fixed.json",
    "export dataset export.json -o gold --name sample",
    "export dataset export.json -o gold --name sample",
    "eval predict gold --extractor baseline:gazetteer -o predictions.jsonl",
    "eval score gold predictions.jsonl -o scores.json --html scores.html",
    "export write gold -o gold.jsonl --as jsonl",
    "export write gold -o brat --as brat",
    "export read brat -o again --as brat",
]


def python(code: str, *arguments: str, folder: Path, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *options, "-c", code, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def written(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".run" not in str(path) and path.name != locks._LOCK_FILE
    }


def test_every_module_is_imported_without_what_windows_lacks(tmp_path: Path) -> None:
    assert len(MODULES) > 100
    done = python(WITHOUT + THEN_IMPORT, json.dumps(MODULES), folder=tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, str(len(MODULES))), done.stderr


def test_the_test_would_find_an_import(tmp_path: Path) -> None:
    (tmp_path / "culprit.py").write_text("import fcntl\n", encoding="utf-8")
    (tmp_path / "other.py").write_text("import signal\nsignal.SIGHUP\n", encoding="utf-8")
    for name, problem in (("culprit", "fcntl"), ("other", "SIGHUP")):
        code = WITHOUT + f"sys.path.insert(0, {str(tmp_path)!r}); import {name}"
        assert problem in python(code, "[]", folder=tmp_path).stderr


def test_the_road_without_what_windows_lacks_writes_the_same_bytes(tmp_path: Path) -> None:
    folders = [Path(shutil.copytree(SAMPLE, tmp_path / name)) for name in ("here", "there")]
    usual = "import json, sys; from mihakk.cli import app\nfor c in json.loads(sys.argv[2]): app(c.split(), standalone_mode=False)"
    for folder, code in zip(folders, (usual, WITHOUT + THEN_RUN), strict=True):
        done = python(code, json.dumps(MODULES), json.dumps(ROAD), folder=folder)
        assert done.returncode == 0, done.stderr
    here, there = map(written, folders)
    assert here.keys() == there.keys()
    assert [name for name in here if here[name] != there[name]] == []
    assert not [path for folder in folders for path in folder.rglob(".*.mihakk-*")]


# --- locks: a folder's own, and that of a file in it ---

KILLED = """
import os, signal, sys
from pathlib import Path
from mihakk.configs import locks
from mihakk.configs.files import whole_file
locks.OPENS_FOLDERS = {own}
with whole_file(Path("tasks.json")) as made:
    made.write_text("half", encoding="utf-8")
    print("ready", flush=True)
    {then}
"""


@pytest.fixture(params=[True, False], ids=["the folder's own lock", "a file's, as on Windows"])
def own(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(locks, "OPENS_FOLDERS", request.param)
    return request.param


def left_over(folder: Path) -> list[Path]:
    return list(folder.glob(".*.mihakk-????????"))


def test_what_a_killed_run_left_is_removed_and_what_a_living_one_needs_stays(tmp_path: Path, own: bool) -> None:
    killed = KILLED.format(own=own, then="os.kill(os.getpid(), signal.SIGKILL)")
    assert python(killed, folder=tmp_path).returncode == -signal.SIGKILL
    assert len(left_over(tmp_path)) == 1
    living = subprocess.Popen(
        [sys.executable, "-c", KILLED.format(own=own, then="sys.stdin.read()")],
        cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with living:
        assert living.stdout
        assert living.stdout.readline() == "ready\n"  # the living one has removed what the killed one left
        (its,) = left_over(tmp_path)
        with whole_file(tmp_path / "other.json") as made:
            made.write_text("{}", encoding="utf-8")
            assert its in left_over(tmp_path)
        assert left_over(tmp_path) == [its]
        living.communicate()
    assert living.returncode == 0
    assert (tmp_path / "tasks.json").read_text(encoding="utf-8") == "half"
    assert left_over(tmp_path) == []


def test_a_second_command_waits_for_the_first(tmp_path: Path, own: bool) -> None:
    asked = f"from mihakk.configs import locks; locks.OPENS_FOLDERS = {own}\n"
    asked += "from pathlib import Path; print(locks.lock(locks.open_folder(Path('.'))))"
    with held(tmp_path / "passwords.csv"):
        assert python(asked, folder=tmp_path).stdout == "False\n"
    assert python(asked, folder=tmp_path).stdout == "True\n"


# --- folders, names, line ends, encodings ---


def test_settings_and_data_are_where_the_system_has_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if sys.platform == "linux":
        monkeypatch.setenv("HOME", str(tmp_path))
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
            monkeypatch.delenv(name, raising=False)
        assert connection.servers_file() == tmp_path / ".config" / "mihakk" / "servers.json"
        assert connection.data_folder() == tmp_path / ".local" / "share" / "mihakk" / "label-studio"
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "own"))
        assert connection.servers_file() == tmp_path / "own" / "mihakk" / "servers.json"
    from platformdirs.macos import MacOS

    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr(platformdirs, "PlatformDirs", MacOS)
    assert connection.servers_file().parts[-4:] == ("Library", "Application Support", "mihakk", "servers.json")


IDS = ["CON", "con.x", "nul", "COM1", "console", "A", "a", "aB", "Ab", "خبر", "x:y", ".hidden", "lpt9.txt"]


def test_files_of_ids_have_names_that_every_system_takes(tmp_path: Path) -> None:
    """Windows keeps names for devices, with any ending; it takes A for a, as macOS does."""
    documents = [GoldDocument(Article(name, "نص"), (), Annotation(name, "gold")) for name in IDS]
    write_brat(gold(documents), documents, tmp_path)
    names = {path.name.removesuffix(".txt") for path in tmp_path.iterdir() if path.suffix == ".txt"}
    assert names == {
        *("%43ON", "%63on.x", "%6Eul", "%43OM1", "console", "A", "%61", "aB", "%41%62", "خبر", "x%3Ay"),
        *("%2Ehidden", "%6Cpt9.txt"),
    }
    assert len({name.casefold() for name in names}) == len(IDS)
    assert {document.article.id for document in read_brat(tmp_path, None, Findings())} == set(IDS)


def calls(path: Path) -> list[tuple[int, str, set[str | None], list[ast.expr]]]:
    """Line, name, keywords and arguments of all that may write text in a module."""
    found: list[tuple[int, str, set[str | None], list[ast.expr]]] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        # The function write_text, of configs/files.py, does all of that itself.
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name = node.func.attr
            if name in ("open", "write_text"):
                found.append((node.lineno, name, {keyword.arg for keyword in node.keywords}, node.args))
    return found


def test_text_is_written_with_an_encoding_and_line_ends_of_its_own() -> None:
    """Else Windows writes its own code page, and two characters for each line end."""
    wrong: list[str] = []
    seen = 0
    for path in PACKAGE:
        for line, name, keywords, arguments in calls(path):
            modes = [each.value for each in arguments if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            is_written = name == "write_text" or any(mode in ("w", "a", "x") for mode in modes)
            if not is_written:
                continue
            seen += 1
            if not {"encoding", "newline"} <= keywords:
                wrong.append(f"{path.relative_to(ROOT)}:{line}")
    assert seen > 10
    assert wrong == []


def test_no_text_is_read_in_the_encoding_of_the_machine(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SAMPLE, tmp_path / "work"))
    code = (
        "import json, sys, warnings\n"
        "warnings.filterwarnings('error', category=EncodingWarning, module=r'mihakk\\b')\n"
        "from mihakk.cli import app\n"
        "for c in json.loads(sys.argv[1]): app(c.split(), standalone_mode=False)"
    )
    done = python(code, json.dumps(ROAD), folder=folder, options=("-X", "warn_default_encoding"))
    assert done.returncode == 0, done.stderr
