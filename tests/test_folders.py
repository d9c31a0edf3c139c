"""Folders are written whole or not at all, and what Mihakk did not make is never deleted; kills are real."""

from __future__ import annotations

import json
import os
import random
import shlex
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import mihakk
import pytest
from mihakk.configs import folders
from mihakk.configs.errors import InputError
from mihakk.configs.files import dump_json
from mihakk.configs.folders import whole_folder
from mihakk.configs.outputs import check_outputs
from mihakk.eval.gold.records import GOLD_FOLDER
from mihakk.eval.gold.rows import read_gold

ROOT = Path(mihakk.__file__).parent
SAMPLE = ROOT / "annotate" / "sample"
OLD_GOLD = Path(__file__).parent / "old" / "0.1" / "gold"
MARKER = GOLD_FOLDER.marker
# What a new folder and a file in it get: 0o777 and 0o666 less the bits of the umask.
UMASKS = [(0o022, 0o644, 0o755), (0o027, 0o640, 0o750), (0o077, 0o600, 0o700), (0o002, 0o664, 0o775)]


def write(path: Path, word: str, force: bool = False) -> None:
    """A folder like a gold set: all its files say the same."""
    with whole_folder(path, GOLD_FOLDER, force) as made:
        (made / "documents").mkdir()
        (made / "documents" / "train-00000-of-00001.parquet").write_text(word, encoding="utf-8")
        (made / "README.md").write_text(word, encoding="utf-8")
        (made / MARKER).write_text(dump_json({"name": word, "نسخة": 1.5}), encoding="utf-8")


def words(path: Path) -> set[str]:
    """What the files of a folder that `write` made say; one word if it is whole."""
    said = {path / "README.md", path / "documents" / "train-00000-of-00001.parquet"}
    marker = json.loads((path / MARKER).read_text(encoding="utf-8"))
    return {*(file.read_text(encoding="utf-8") for file in said), marker["name"]}


def snapshot(folder: Path) -> dict[str, object]:
    """Everything below `folder`, hidden files too: content, the target of a link, None for folders."""
    return {
        str(p.relative_to(folder)): str(p.readlink()) if p.is_symlink() else p.read_bytes() if p.is_file() else None
        for p in folder.rglob("*")
    }


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(params=["in one step", "in two steps"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Systems that can exchange two folders, and others."""
    if request.param == "in two steps":
        monkeypatch.setattr(folders, "_exchange", lambda one, other: False)
    return request.param


# --- written whole or not at all ---


def test_a_folder_takes_its_place_only_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "gold"
    with whole_folder(path, GOLD_FOLDER) as made:
        (made / MARKER).write_text("{}", encoding="utf-8")
        assert not path.exists()
    assert listing(tmp_path) == ["gold"]


@pytest.mark.usefixtures("system")
def test_a_folder_that_mihakk_made_is_replaced_as_a_whole(tmp_path: Path) -> None:
    write(tmp_path / "gold", "قديم")
    with whole_folder(tmp_path / "gold", GOLD_FOLDER) as made:
        (made / MARKER).write_text("{}", encoding="utf-8")
        assert words(tmp_path / "gold") == {"قديم"}, "the old folder stands until the new one is whole"
    assert listing(tmp_path) == ["gold"]
    assert listing(tmp_path / "gold") == [MARKER]


def test_here_two_folders_are_exchanged_in_one_step(tmp_path: Path) -> None:
    """Else the tests of kills would only try the other way."""
    if sys.platform != "linux":
        pytest.skip("renameat2 is of Linux")
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "x").touch()
    assert folders._exchange(tmp_path / "a", tmp_path / "b")
    assert listing(tmp_path / "b") == ["x"]
    with pytest.raises(FileNotFoundError):
        folders._exchange(tmp_path / "a", tmp_path / "none")


def test_an_empty_folder_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "gold").mkdir()
    write(tmp_path / "gold", "جديد")
    assert words(tmp_path / "gold") == {"جديد"}


@pytest.mark.usefixtures("system")
@pytest.mark.parametrize("error", [RuntimeError, InputError, KeyboardInterrupt])
@pytest.mark.parametrize("exists", [True, False])
def test_a_block_that_fails_leaves_the_old_folder_and_nothing_else(
    tmp_path: Path, exists: bool, error: type[BaseException]
) -> None:
    if exists:
        write(tmp_path / "gold", "قديم")
    before = snapshot(tmp_path)
    with pytest.raises(error), whole_folder(tmp_path / "gold", GOLD_FOLDER) as made:
        (made / MARKER).write_text("{", encoding="utf-8")
        raise error
    assert snapshot(tmp_path) == before


def test_where_the_second_rename_fails_the_old_folder_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "_exchange", lambda one, other: False)
    write(tmp_path / "gold", "قديم")
    before, rename = snapshot(tmp_path), Path.rename

    def failing(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise OSError(5, "Input/output error", str(target))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(Exception, match="cannot be written"):
        write(tmp_path / "gold", "جديد")
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize(("mask", "file_mode", "folder_mode"), UMASKS)
def test_a_new_folder_has_the_modes_of_any_new_folder(
    tmp_path: Path, mask: int, file_mode: int, folder_mode: int
) -> None:
    before = os.umask(mask)
    try:
        write(tmp_path / "gold", "جديد")
    finally:
        os.umask(before)
    found = [stat.S_IMODE((tmp_path / "gold" / name).stat().st_mode) for name in (".", "documents", MARKER)]
    assert found == [folder_mode, folder_mode, file_mode]


@pytest.mark.usefixtures("system")
def test_a_folder_keeps_its_mode(tmp_path: Path) -> None:
    write(tmp_path / "gold", "قديم")
    (tmp_path / "gold").chmod(0o2770)
    write(tmp_path / "gold", "جديد")
    assert stat.S_IMODE((tmp_path / "gold").stat().st_mode) == 0o2770


def test_a_folder_in_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        write(tmp_path / "none" / "gold", "جديد")
    assert snapshot(tmp_path) == {}


@pytest.mark.usefixtures("system")
def test_a_link_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    write(tmp_path / "disk" / "gold", "قديم")
    (tmp_path / "gold").symlink_to("disk/gold")
    write(tmp_path / "gold", "جديد")
    assert (tmp_path / "gold").is_symlink()
    assert words(tmp_path / "disk" / "gold") == {"جديد"}
    assert listing(tmp_path / "disk") == ["gold"]


# --- what is not Mihakk's, or not as Mihakk made it ---

FOREIGN: dict[str, tuple[Callable[[Path], object], str]] = {
    "a note": (lambda gold: (gold / "NOTES.md").write_text("ملاحظة"), "NOTES.md"),
    "a repository": (lambda gold: ((gold / ".git").mkdir(), (gold / ".git" / "HEAD").write_text("x")), ".git/"),
    "an empty folder": (lambda gold: (gold / "mine").mkdir(), "mine/"),
    "a file beside the Parquet": (lambda gold: (gold / "documents" / "x.csv").write_text("x"), "documents/x.csv"),
    "a link": (lambda gold: (gold / "raw").symlink_to("/nowhere"), "raw (a link)"),
    "a pipe": (lambda gold: os.mkfifo(gold / "pipe"), "pipe (no file)"),
    "an edited card": (lambda gold: (gold / "README.md").write_text("بقلمي"), "README.md, which changed"),
    "an edited marker": (lambda gold: edit(gold / MARKER), f"{MARKER}, which changed"),
    "a broken marker": (lambda gold: (gold / MARKER).write_text("{"), f"its {MARKER} cannot be read"),
    "a marker that is a list": (lambda gold: (gold / MARKER).write_text("[]"), f"its {MARKER} cannot be read"),
    "a card that is a link now": (
        lambda gold: ((gold / "README.md").rename(gold.parent / "card"), (gold / "README.md").symlink_to("../card")),
        "README.md (a link)",
    ),
}


def edit(marker: Path) -> None:
    content = json.loads(marker.read_text(encoding="utf-8"))
    marker.write_text(dump_json({**content, "name": "بقلمي"}), encoding="utf-8")


@pytest.mark.parametrize("what", FOREIGN)
def test_what_mihakk_did_not_make_is_named_and_stays_without_force(tmp_path: Path, what: str) -> None:
    write(tmp_path / "gold", "قديم")
    spoil, named = FOREIGN[what]
    spoil(tmp_path / "gold")
    if what != "a pipe":  # reading it would wait
        before = snapshot(tmp_path)
    with pytest.raises(InputError) as caught, whole_folder(tmp_path / "gold", GOLD_FOLDER):
        pytest.fail("the block must not begin")
    (problem,) = caught.value.problems
    assert problem.startswith(f"{tmp_path / 'gold'}: ")
    assert named in problem
    if what != "a pipe":
        assert snapshot(tmp_path) == before
    write(tmp_path / "gold", "جديد", force=True)
    assert words(tmp_path / "gold") == {"جديد"}


def test_a_marker_that_is_only_laid_out_otherwise_is_not_changed(tmp_path: Path) -> None:
    write(tmp_path / "gold", "قديم")
    marker = tmp_path / "gold" / MARKER
    marker.write_text(json.dumps(json.loads(marker.read_text(encoding="utf-8"))), encoding="utf-8")
    write(tmp_path / "gold", "جديد")
    assert words(tmp_path / "gold") == {"جديد"}


def test_a_file_that_somebody_deleted_is_no_loss(tmp_path: Path) -> None:
    write(tmp_path / "gold", "قديم")
    (tmp_path / "gold" / "README.md").unlink()
    write(tmp_path / "gold", "جديد")
    assert words(tmp_path / "gold") == {"جديد"}


def test_what_is_put_there_while_the_command_works_is_not_deleted(tmp_path: Path) -> None:
    write(tmp_path / "gold", "قديم")
    with pytest.raises(InputError, match=r"NOTES\.md"), whole_folder(tmp_path / "gold", GOLD_FOLDER) as made:
        (made / MARKER).write_text("{}", encoding="utf-8")
        (tmp_path / "gold" / "NOTES.md").write_text("ملاحظة", encoding="utf-8")
    assert words(tmp_path / "gold") == {"قديم"}
    assert (tmp_path / "gold" / "NOTES.md").exists()


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize(
    "make",
    [
        lambda path: (path.mkdir(), (path / "photo.jpg").write_bytes(b"mine")),
        lambda path: ((path / "inner").mkdir(parents=True), (path / "inner" / MARKER).write_bytes(b"{}")),
        lambda path: ((path / MARKER).mkdir(parents=True), (path / MARKER / "photo.jpg").write_bytes(b"mine")),
        lambda path: path.write_bytes(b"mine"),
    ],
    ids=["photos", "a marker deeper down", "a folder called like the marker", "a file"],
)
def test_a_folder_that_mihakk_did_not_make_is_never_replaced(tmp_path: Path, make, force: bool) -> None:
    make(tmp_path / "gold")
    before = snapshot(tmp_path)
    with pytest.raises(InputError, match="exists and was not made by this command"):
        write(tmp_path / "gold", "جديد", force)
    assert snapshot(tmp_path) == before


def test_a_gold_set_of_an_earlier_version_counts_by_the_names_of_its_files(tmp_path: Path) -> None:
    """Version 0.1 kept no list of its files."""
    shutil.copytree(OLD_GOLD, tmp_path / "gold")
    assert "files" not in json.loads((tmp_path / "gold" / MARKER).read_text(encoding="utf-8"))
    (tmp_path / "gold" / "documents" / "mine.txt").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match=r"has documents/mine\.txt, which Mihakk did not make"):
        write(tmp_path / "gold", "جديد")
    (tmp_path / "gold" / "documents" / "mine.txt").unlink()
    write(tmp_path / "gold", "جديد")
    assert words(tmp_path / "gold") == {"جديد"}


# --- killed ---

# Writes one word after the other at `gold`, and dies before the step of that number; 0 for never.
WRITER = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from mihakk.configs import folders
from test_folders import write
if {slow}:
    folders._exchange = lambda one, other: False
rename, count = Path.rename, 0
def counted(self, target):
    global count
    count += 1
    if count == {step}:
        os.kill(os.getpid(), signal.SIGKILL)
    return rename(self, target)
Path.rename = counted
print("ready", flush=True)
for word in {words!r}:
    write(Path("gold"), word)
"""


def writer(folder: Path, words: list[str], slow: bool, step: int = 0) -> subprocess.Popen[str]:
    code = WRITER.format(tests=str(Path(__file__).parent), slow=slow, step=step, words=words)
    return subprocess.Popen([sys.executable, "-c", code], cwd=folder, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("step", [1, 2])
def test_a_kill_between_the_two_steps_costs_nothing(tmp_path: Path, step: int) -> None:
    """Where folders cannot be exchanged: killed before the old one is moved away, and before the new one comes."""
    write(tmp_path / "gold", "قديم")
    with writer(tmp_path, ["جديد"], slow=True, step=step) as process:
        assert process.wait(60) == -signal.SIGKILL
    # The next run brings the old one back, whatever becomes of the run itself.
    with pytest.raises(RuntimeError), whole_folder(tmp_path / "gold", GOLD_FOLDER):
        raise RuntimeError
    assert words(tmp_path / "gold") == {"قديم"}
    assert listing(tmp_path) == ["gold"]


def test_kills_at_any_moment_leave_one_whole_folder_and_the_next_run_cleans_up(tmp_path: Path) -> None:
    chance = random.Random(5)
    write(tmp_path / "gold", "0")
    for _ in range(8):
        with writer(tmp_path, [str(number) for number in range(10_000)], slow=False) as process:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(chance.uniform(0, 0.1))
            process.kill()
        assert len(words(tmp_path / "gold")) == 1
        left = [name for name in listing(tmp_path) if name != "gold"]
        assert len(left) <= 1, "each run cleans up after the one before"
    write(tmp_path / "gold", "جديد")
    assert listing(tmp_path) == ["gold"]


def test_what_a_living_run_is_writing_is_no_left_over(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "one", GOLD_FOLDER) as made:
        write(tmp_path / "two", "جديد")
        (made / MARKER).write_text("{}", encoding="utf-8")
    assert listing(tmp_path) == ["one", "two"]


# --- with the commands ---


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's export, and the gold set of it."""
    folder = tmp_path_factory.mktemp("finished")
    shutil.copy(SAMPLE / "export.json", folder)
    assert run(folder, "export dataset export.json -o gold").returncode == 0
    return folder


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    return tmp_path


def run(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mihakk", *shlex.split(command)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("output", ["../gold", ".", "../gold/../gold"])
def test_a_command_that_is_run_in_the_folder_it_replaces(folder: Path, output: str) -> None:
    done = run(folder / "gold", f"export dataset ../export.json -o {output} --name gold --version 2.0")
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("mihakk: note: the folder that you are in was replaced")
    assert read_gold(folder / "gold").version == "2.0"
    assert listing(folder) == ["export.json", "gold"]


def test_an_address_is_no_file_in_the_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    check_outputs([(Path(), GOLD_FOLDER)], ["https://example.org/projects/1", None])
    with pytest.raises(InputError, match=r"e\.json: is read by this command and lies in \."):
        check_outputs([(Path(), GOLD_FOLDER)], ["e.json"])


@pytest.mark.parametrize("force", ["", " --force"])
@pytest.mark.parametrize(
    "command",
    [
        "export dataset gold/e.json -o gold",
        "export dataset export.json -o gold --pseudonyms gold/who.csv",
        "export dataset export.json -o new --pseudonyms new/who.csv",
        "export dataset export.json -o gold --previous gold",
        "export dataset export.json -o gold --adjudicated link/e.json",
        "export read gold/e.json --as jsonl -o gold",
        "export write gold --as brat -o gold",
    ],
)
def test_an_input_in_the_output_is_refused_always(folder: Path, command: str, force: str) -> None:
    shutil.copy(folder / "export.json", folder / "gold" / "e.json")
    (folder / "link").symlink_to("gold")
    before = snapshot(folder)
    done = run(folder, command + force)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert "is read by this command and lies in" in done.stderr
    assert snapshot(folder) == before


def test_the_card_edited_by_hand_stops_the_command_before_any_work(folder: Path) -> None:
    with (folder / "gold" / "README.md").open("a", encoding="utf-8") as file:
        file.write("بقلم المحرر\n")
    before = snapshot(folder)
    done = run(folder, "export dataset none.json -o gold")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "gold: has README.md, which changed since Mihakk made it" in done.stderr, "not that none.json is missing"
    assert snapshot(folder) == before
    assert run(folder, "export dataset export.json -o gold --force").returncode == 0


def test_work_done_in_brat_is_not_replaced(folder: Path) -> None:
    assert run(folder, "export write gold -o brat --as brat").returncode == 0
    assert run(folder, "export write gold -o brat --as brat --split test").returncode == 0, "nobody worked in it"
    first = sorted((folder / "brat").glob("*.ann"))[0]
    with first.open("a", encoding="utf-8") as file:
        file.write("T99\tPERS 0 4\tنص\n")
    before = snapshot(folder)
    done = run(folder, "export write gold -o brat --as brat")
    assert (done.returncode, f"has {first.name}, which changed" in done.stderr) == (2, True)
    assert snapshot(folder) == before
