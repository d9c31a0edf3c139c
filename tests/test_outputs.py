"""What a command writes over, and outputs that are no plain file: every command that writes, one rule."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import mihakk
import pytest
from mihakk.configs.errors import InputError
from mihakk.configs.files import whole_file, write_private, write_text
from mihakk.configs.outputs import TASKS

if TYPE_CHECKING:
    from conftest import Here

ROOT = Path(mihakk.__file__).parent
SAMPLE = ROOT / "annotate" / "sample"
OLD = Path(__file__).parent / "old" / "0.1"

# Every command that writes files, by its output options: {} is the file.
WRITERS = {
    ("annotate tasks", "output"): "annotate tasks pages -o {}",
    ("annotate inspect", "html"): "annotate inspect pages --html {}",
    ("annotate events", "output"): "annotate events pages -o {}",
    ("annotate interface", "output"): "annotate interface -o {}",
    ("annotate guidelines", "output"): "annotate guidelines -o {}",
    ("export check", "fix"): "export check export.json --fix {}",
    ("export agreement", "output"): "export agreement export.json -o {}",
    ("export agreement", "html"): "export agreement export.json --html {}",
    ("export adjudicate", "output"): "export adjudicate export.json -o {}",
    ("export suspects", "output"): "export suspects gold --predictions predictions.jsonl -o {}",
    ("export suspects", "html"): "export suspects gold --predictions predictions.jsonl -o suspects.json --html {}",
    ("export write", "output"): "export write gold --as jsonl -o {}",
    ("export dataset", "html"): "export dataset export.json -o made --html {}",
    ("export read", "html"): "export read corpus.jsonl --as jsonl -o made --html {}",
    ("eval predict", "output"): "eval predict gold --extractor mihakk.eval.gazetteer:Gazetteer -o {}",
    ("eval score", "output"): "eval score gold predictions.jsonl -o {}",
    ("eval score", "errors"): "eval score gold predictions.jsonl --errors {}",
    ("eval score", "per_document"): "eval score gold predictions.jsonl --per-document {}",
    ("eval score", "html"): "eval score gold predictions.jsonl --html {}",
    ("eval compare", "output"): "eval compare gold predictions.jsonl predictions.jsonl --resamples 100 -o {}",
    ("eval compare", "html"): "eval compare gold predictions.jsonl predictions.jsonl --resamples 100 --html {}",
}
# These are tested elsewhere: folders in test_folders.py and test_check_pages.py, migration in test_migrate.py, the server's in tests/server and test_account.py.
ELSEWHERE = {
    ("export dataset", "output"),
    ("export read", "output"),
    ("export check", "output"),
    ("export pull", "output"),
    ("export migrate", "output"),
    ("annotators add", "output"),
    ("annotators reset", "output"),
}
# `annotate events` never writes over an editor's work.
AGAIN = {key: command for key, command in WRITERS.items() if key[0] != "annotate events"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    shutil.copytree(SAMPLE, folder, dirs_exist_ok=True)
    for name in ("gold", "predictions.jsonl"):
        (shutil.copytree if (OLD / name).is_dir() else shutil.copy)(OLD / name, folder / name)
    (folder / "corpus.jsonl").write_text('{"id": "a", "text": "نص المقال"}\n', encoding="utf-8")
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "here")
    return tmp_path / "here"


def process(folder: Path, command: str, **more: Any) -> subprocess.CompletedProcess[bytes]:
    call = [sys.executable, "-m", "mihakk", *shlex.split(command)]
    return subprocess.run(call, cwd=folder, timeout=120, check=False, **{"capture_output": True, **more})


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# --- what a command may write over ---


def options(group: Any, name: str = "") -> Iterator[tuple[str, str]]:
    for word, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from options(command, word)
        else:
            for parameter in command.params:
                # An output that may be an address over a network is text.
                takes_path = "path" in type(parameter.type).__name__.lower() or parameter.name == "output"
                if takes_path and parameter.name in ("output", "html", "fix", "errors", "per_document"):
                    yield f"{name} {word}".strip(), parameter.name
            written = [p.name for p in command.params if p.name in ("output", "fix", "html")]
            if written and (name, word) not in {("annotators", "add"), ("annotators", "reset")}:
                assert "force" in [p.name for p in command.params], f"{name} {word}"


def test_no_command_that_writes_is_forgotten() -> None:
    from importlib import import_module

    from typer.main import get_group

    found: set[tuple[str, str]] = set()
    for room in ("annotate", "export", "eval"):
        found |= set(options(get_group(import_module(f"mihakk.{room}.cli").app), room))
    assert found == WRITERS.keys() | ELSEWHERE


@pytest.mark.parametrize("key", WRITERS, ids=" ".join)
def test_a_file_that_the_command_did_not_make_is_refused_without_force(
    here: Here, folder: Path, key: tuple[str, str]
) -> None:
    (folder / "مقال.txt").write_text("نص المقال الوحيد", encoding="utf-8")
    before = contents(folder)
    code, out, err = here(WRITERS[key].format("مقال.txt"))
    assert (code, out, len(err.splitlines())) == (2, "", 1), err
    assert err.startswith("mihakk: مقال.txt: exists and ")
    assert "--force" in err
    assert contents(folder) == before
    assert here(WRITERS[key].format("مقال.txt") + " --force")[0] in (0, 1)
    assert (folder / "مقال.txt").read_bytes() != before["مقال.txt"]


@pytest.mark.parametrize("key", AGAIN, ids=" ".join)
def test_what_a_command_made_it_makes_again(here: Here, folder: Path, key: tuple[str, str]) -> None:
    codes = {here(AGAIN[key].format("out"))[0] for _ in range(2)}
    assert codes in ({0}, {1}), "1 where an export has errors"


def test_each_format_is_written_over_each(here: Here) -> None:
    for form in ("iob2", "docbin", "documents", "jsonl", "iob2"):
        assert here(f"export write gold --as {form} -o out.spacy")[0] == 0


def kinds() -> dict[tuple[str, str], Any]:
    from mihakk.configs import outputs
    from mihakk.export import formats

    return {
        ("annotate tasks", "output"): outputs.TASKS,
        ("annotate inspect", "html"): outputs.INSPECTION,
        ("annotate events", "output"): outputs.EVENTS,
        ("export check", "fix"): outputs.FIXED_EXPORT,
        ("export agreement", "output"): outputs.AGREEMENT,
        ("export agreement", "html"): outputs.AGREEMENT_PAGE,
        ("export adjudicate", "output"): outputs.TASKS,
        ("export suspects", "output"): outputs.TASKS,
        ("export suspects", "html"): outputs.SUSPECTS_PAGE,
        ("export write", "output"): formats._WRITTEN,
        ("export dataset", "html"): outputs.DATASET_PAGE,
        ("export read", "html"): outputs.READ_PAGE,
        ("eval predict", "output"): outputs.PREDICTIONS,
        ("eval score", "output"): outputs.SCORES,
        ("eval score", "errors"): outputs.ERRORS,
        ("eval score", "per_document"): outputs.DOCUMENT_SCORES,
        ("eval score", "html"): outputs.SCORE_PAGE,
        ("eval compare", "output"): outputs.COMPARISON,
        ("eval compare", "html"): outputs.COMPARISON_PAGE,
    }


KINDS = kinds()


@pytest.fixture(scope="module")
def outputs(made: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], bytes]:
    """What every command writes."""
    folder = tmp_path_factory.mktemp("outputs") / "all"
    shutil.copytree(made, folder)
    found: dict[tuple[str, str], bytes] = {}
    code = "import sys; from mihakk.cli import main; sys.argv = ['mihakk', *sys.argv[1:]]; main()"
    for number, (key, command) in enumerate(WRITERS.items()):
        call = [sys.executable, "-c", code, *shlex.split(command.format(f"out{number}"))]
        subprocess.run(call, cwd=folder, capture_output=True, check=False, timeout=120)
        found[key] = (folder / f"out{number}").read_bytes()
    return found


@pytest.mark.parametrize("key", KINDS, ids=" ".join)
def test_no_command_takes_what_another_made_for_its_own(
    key: tuple[str, str], tmp_path: Path, outputs: dict[tuple[str, str], bytes]
) -> None:
    """Only tasks are alike, for annotators and for adjudicators."""
    path = tmp_path / "out"
    alike = {("annotate tasks", "output"), ("export adjudicate", "output"), ("export suspects", "output")}
    for other, content in outputs.items():
        path.write_bytes(content)
        own = other == key != ("annotate events", "output") or {key, other} <= alike
        assert KINDS[key].is_made(path) == own, other


@pytest.mark.parametrize("name", ["tasks.json", "scores.json", "predictions.jsonl"])
def test_files_of_version_0_1_are_known(name: str) -> None:
    kind = {"tasks.json": TASKS, "scores.json": KINDS["eval score", "output"]}
    assert kind.get(name, KINDS["eval predict", "output"]).is_made(OLD / name)


@pytest.mark.parametrize(
    ("key", "content"),
    [
        (("annotate tasks", "output"), '[{"data": {"text": "مهام من برنامج آخر"}}]'),
        (("annotate tasks", "output"), '{"data": 1}'),
        (("eval predict", "output"), '{"id": "a", "entities": []}\n'),
        (("eval predict", "output"), '{"id": "a", "model": "gpt", "entities": []}\n'),
        (("export write", "output"), "# id = a\nنص O\n"),
        (("export write", "output"), '{"id": "a", "text": "نص"}\n'),
        (("export check", "fix"), '[{"id": 1, "annotations": []}]'),
        (("eval score", "output"), "{}"),
        (("export agreement", "html"), "<!doctype html>\n<title>صفحتي</title>"),
    ],
)
def test_what_only_looks_alike_is_somebody_elses(tmp_path: Path, key: tuple[str, str], content: str) -> None:
    (tmp_path / "out").write_text(content, encoding="utf-8")
    assert not KINDS[key].is_made(tmp_path / "out")


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.html", "a.xml", "a.txt"])
def test_notes_are_nobodys_result_whatever_the_file_is_called(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"my notes\n")
    assert not any(kind.is_made(tmp_path / name) for kind in KINDS.values())


def test_an_empty_file_holds_nothing_to_lose(here: Here, folder: Path) -> None:
    (folder / "tasks.json").touch()
    assert here("annotate tasks pages -o tasks.json")[0] == 0


def test_an_interface_or_guidelines_that_somebody_edited_stay(here: Here, folder: Path) -> None:
    for name in ("interface", "guidelines"):
        assert here(f"annotate {name} -o out.{name}")[0] == 0
        with (folder / f"out.{name}").open("a", encoding="utf-8") as file:
            file.write("<!-- تعديل -->")
        before = contents(folder)
        code, _, err = here(f"annotate {name} -o out.{name}")
        assert (code, "may have been edited" in err) == (2, True)
        assert contents(folder) == before


@pytest.mark.parametrize("force", ["", " --force"])
@pytest.mark.parametrize("name", ["export.json", "hard.json", "soft.json", "../here/export.json"])
def test_an_input_is_never_written_over(here: Here, folder: Path, name: str, force: str) -> None:
    os.link(folder / "export.json", folder / "hard.json")
    (folder / "soft.json").symlink_to("export.json")
    before = contents(folder)
    for command in ("export check export.json --fix {}", "export adjudicate export.json -o {}"):
        code, out, err = here(command.format(name) + force)
        assert (code, out) == (2, "")
        assert err == f"mihakk: {name}: is read by this command (export.json); choose another file to write\n"
    assert contents(folder) == before


@pytest.mark.parametrize(
    "command",
    [
        "annotate tasks pages -o pages/01_sanunu_raid.txt",
        "annotate tasks 'pages/*' -o pages/01_sanunu_raid.txt",
        "annotate tasks pages --events events.yaml -o events.yaml",
        "annotate inspect pages --html pages/01_sanunu_raid.txt",
        "eval score gold predictions.jsonl -o predictions.jsonl",
        "eval score gold predictions.jsonl --errors gold/gold.json",
        "eval predict gold --extractor mihakk.eval.gazetteer:Gazetteer -o gold/set_aside.jsonl",
        "export write gold --as jsonl -o gold/README.md",
    ],
)
def test_no_input_is_lost_with_force(here: Here, folder: Path, command: str) -> None:
    before = contents(folder)
    code, _, err = here(f"{command} --force")
    assert (code, len(err.splitlines())) == (2, 1), err
    assert "is read by this command" in err
    assert contents(folder) == before


@pytest.mark.parametrize("force", ["", " --force"])
@pytest.mark.parametrize("key", WRITERS, ids=" ".join)
def test_nothing_is_put_into_a_gold_folder(here: Here, folder: Path, key: tuple[str, str], force: str) -> None:
    """The next `export dataset` would refuse the folder, or delete what was put there."""
    before = contents(folder)
    code, out, err = here(WRITERS[key].format("gold/new.jsonl") + force)
    assert (code, out) == (2, "")
    assert err == "mihakk: gold/new.jsonl: lies in gold, which Mihakk writes whole; choose another place\n"
    assert contents(folder) == before


def test_nothing_is_put_into_other_folders_that_are_written_whole(here: Here, folder: Path) -> None:
    from mihakk.configs.folders import MARKERS
    from mihakk.configs.outputs import figures_of
    from mihakk.eval.baselines.saved import SAVED
    from mihakk.eval.gold.records import GOLD_FOLDER
    from mihakk.export.check.pages import PAGES_FOLDER
    from mihakk.export.formats.brat import BRAT_FOLDER

    figures = {figures_of(command) for command in ("score", "compare", "agreement")}
    assert {kind.marker for kind in {GOLD_FOLDER, BRAT_FOLDER, SAVED, PAGES_FOLDER} | figures} == set(MARKERS)
    assert here("export write gold --as brat -o brat")[0] == 0
    shutil.copytree(OLD / "gold", folder / "old")
    for place in ("brat/scores.json", "gold/documents/scores.json", "old/scores.json", "./brat/../brat/scores.json"):
        code, _, err = here(f"eval score gold predictions.jsonl -o {place}")
        assert (code, "which Mihakk writes whole" in err) == (2, True), err
    (folder / "gold.json").write_text("[1]", encoding="utf-8")  # somebody's file makes no gold folder
    assert here("eval score gold predictions.jsonl -o scores.json --force")[0] == 0


def test_an_input_that_is_reached_by_a_link_in_the_output_folder(here: Here, folder: Path, tmp_path: Path) -> None:
    """The file itself lies elsewhere, but the way to it would be gone."""
    assert here("export dataset export.json -o made")[0] == 0
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (folder / "export.json").rename(elsewhere / "export.json")
    (folder / "made" / "link").symlink_to(elsewhere)
    code, _, err = here("export dataset made/link/export.json -o made --force")
    assert (code, "is read by this command and lies in made" in err) == (2, True), err
    assert (folder / "made" / "link" / "export.json").is_file()


@pytest.mark.parametrize("name", ["/dev/stdin", "/dev/fd/0", "/dev/fd/77"])
def test_a_stream_that_is_not_open_for_writing_is_refused(folder: Path, name: str) -> None:
    with Path(os.devnull).open("rb") as nothing:
        done = process(folder, f"annotate interface -o {name}", stdin=nothing)
    assert (done.returncode, done.stderr.decode()) == (2, f"mihakk: {name}: is not open for writing\n")


def test_an_extractor_that_closes_standard_output(here: Here, folder: Path) -> None:
    code = "import sys\ndef extract(document):\n    sys.stdout.close()\n    return {'entities': []}\n"
    (folder / "closes.py").write_text(code, encoding="utf-8")
    done = process(folder, "eval predict gold --extractor closes:extract -o closed.jsonl")
    assert (done.returncode, len(done.stderr.decode().splitlines())) == (74, 1), done.stderr.decode()


def test_standard_input_that_is_the_output(folder: Path) -> None:
    page = folder / "pages" / "01_sanunu_raid.txt"
    before = page.read_bytes()
    with page.open("rb") as stdin:
        done = process(folder, f"annotate tasks - -o {page} --force", stdin=stdin)
    assert (done.returncode, b"is read by this command" in done.stderr) == (2, True)
    assert page.read_bytes() == before


def test_two_outputs_of_one_command_in_one_place(here: Here, folder: Path) -> None:
    (folder / "link").symlink_to("a")
    for second in ("a", "./a", "link"):
        code, _, err = here(f"eval score gold predictions.jsonl -o a --errors {second}")
        assert (code, err) == (
            2,
            f"mihakk: {Path(second)}: is given for two outputs; choose another path for one of them\n",
        )
    assert not (folder / "a").exists()


def test_problems_of_all_outputs_are_reported_at_once(here: Here) -> None:
    code, _, err = here("eval score gold predictions.jsonl -o none/a --errors pages --per-document export.json")
    assert code == 2
    assert [line.split(": ")[1] for line in err.splitlines()] == ["none/a", "pages", "export.json"]


# --- links, modes, owners ---


def test_a_link_stays_and_its_target_is_written(here: Here, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (folder / "tasks.json").symlink_to(tmp_path / "disk" / "t.json")  # is not there yet
    for _ in range(2):
        assert here("annotate tasks pages -o tasks.json")[0] == 0
        assert (folder / "tasks.json").is_symlink()
        assert len(json.loads((tmp_path / "disk" / "t.json").read_text(encoding="utf-8"))) == 14
    assert [path.name for path in (tmp_path / "disk").iterdir()] == ["t.json"]


def test_a_link_in_a_circle_and_one_into_nowhere(here: Here, folder: Path) -> None:
    (folder / "a").symlink_to("b")
    (folder / "b").symlink_to("a")
    (folder / "c").symlink_to("none/t.json")
    for name, problem in (("a", "is a link that leads nowhere"), ("c", "none does not exist")):
        code, _, err = here(f"annotate tasks pages -o {name}")
        assert (code, problem in err, len(err.splitlines())) == (2, True, 1), err
    assert all((folder / name).is_symlink() for name in "abc")


@pytest.mark.parametrize("kept", [0o600, 0o640, 0o664, 0o755])
def test_a_file_keeps_its_mode(tmp_path: Path, kept: int) -> None:
    write_text(tmp_path / "a", "قديم")
    (tmp_path / "a").chmod(kept)
    write_text(tmp_path / "a", "جديد")
    assert (mode(tmp_path / "a"), (tmp_path / "a").read_text(encoding="utf-8")) == (kept, "جديد")


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give a file to somebody else")
def test_a_file_keeps_its_owner(tmp_path: Path) -> None:
    write_text(tmp_path / "a", "قديم")
    os.chown(tmp_path / "a", 1234, 4321)
    write_text(tmp_path / "a", "جديد")
    assert ((tmp_path / "a").stat().st_uid, (tmp_path / "a").stat().st_gid) == (1234, 4321)


def test_secrets_are_for_their_owner_alone_whatever_was_there(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("قديم", encoding="utf-8")
    (tmp_path / "real").chmod(0o644)
    (tmp_path / "link").symlink_to("real")
    write_private(tmp_path / "link", "سر")
    assert ((tmp_path / "link").is_symlink(), mode(tmp_path / "real")) == (True, 0o600)
    assert (tmp_path / "real").read_text(encoding="utf-8") == "سر"
    with pytest.raises(InputError, match="is not a plain file"):
        write_private(Path("/dev/null"), "سر")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_pseudonyms_are_for_their_owner_alone(here: Here, folder: Path) -> None:
    assert here("export dataset export.json -o new --pseudonyms who.csv")[0] == 0
    assert mode(folder / "who.csv") == 0o600
    code, _, err = here("export dataset export.json -o other --pseudonyms -")
    assert (code, "is not a plain file" in err, (folder / "other").exists()) == (2, True, False)


# --- streams ---


@pytest.mark.parametrize("key", [key for key in WRITERS if key != ("export check", "fix")], ids=" ".join)
def test_standard_output_holds_the_content_only(
    here: Here, key: tuple[str, str], outputs: dict[tuple[str, str], bytes]
) -> None:
    code, out, err = here(WRITERS[key].format("-"))
    assert code == 0
    assert out == outputs[key].decode()
    assert err, "what else there is to say"
    assert here("--version")[1].startswith("mihakk "), "standard output is given back"


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"])
def test_every_name_of_standard_output(folder: Path, name: str, outputs: dict[tuple[str, str], bytes]) -> None:
    if not Path("/proc/self/fd").exists() and name.startswith("/proc"):
        pytest.skip("no /proc here")
    (folder / "link").symlink_to("/dev/stdout")
    done = process(folder, f"annotate tasks pages -o {name} --show-removed")
    assert (done.returncode, done.stdout) == (0, outputs["annotate tasks", "output"])
    assert b"navigation" in done.stderr
    # In a file that is open for more, it comes after what is there.
    with (folder / "more").open("ab") as file:
        file.write(b"first\n")
        file.flush()
        process(folder, f"annotate tasks pages -o {name}", capture_output=False, stdout=file, stderr=subprocess.DEVNULL)
    assert (folder / "more").read_bytes() == b"first\n" + outputs["annotate tasks", "output"]
    assert (folder / "link").is_symlink()


def test_what_user_code_prints_is_not_in_the_content(folder: Path) -> None:
    (folder / "mine.py").write_text(
        "import os\ndef extract(document):\n    print('طباعة')\n    os.system('echo loud')\n    return {'entities': []}\n",
        encoding="utf-8",
    )
    done = process(folder, "eval predict gold --extractor mine:extract -o -", env={**os.environ, "PYTHONPATH": "."})
    assert done.returncode == 0, done.stderr
    assert len([json.loads(line) for line in done.stdout.splitlines()]) == 3
    assert done.stderr.count(b"loud") == 3


def test_a_pipe_gets_the_content_and_stays(here: Here, folder: Path, outputs: dict[tuple[str, str], bytes]) -> None:
    os.mkfifo(folder / "pipe")
    got: list[bytes] = []
    reader = Thread(target=lambda: got.append((folder / "pipe").read_bytes()))
    reader.start()
    code, out, _ = here("annotate tasks pages -o pipe")
    reader.join()
    assert (code, got) == (0, [outputs["annotate tasks", "output"]])
    assert out.startswith("pipe: 14 tasks")
    assert stat.S_ISFIFO((folder / "pipe").stat().st_mode)


def test_devices(here: Here) -> None:
    assert here("annotate tasks pages -o /dev/null")[0] == 0
    code, _, err = here("annotate tasks pages -o /dev/full")
    assert (code, err) == (74, "mihakk: /dev/full: cannot be written (No space left on device)\n")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@pytest.mark.parametrize("output", ["-", "/dev/null", "/dev/stdout"])
@pytest.mark.parametrize("command", ["export dataset export.json -o", "export write gold --as brat -o"])
def test_a_folder_is_no_stream(here: Here, command: str, output: str) -> None:
    code, out, err = here(f"{command} {output}")
    assert (code, out) == (2, "")
    assert err.startswith(f"mihakk: {output}: is no folder, and a ")


def test_a_failed_run_writes_nothing_to_a_stream(here: Here) -> None:
    code, out, err = here("annotate tasks none.txt -o -")
    assert (code, out, err) == (2, "", "mihakk: none.txt: does not exist\n")


def test_a_full_and_a_closed_standard_output(folder: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = process(folder, "annotate tasks pages -o -", capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        74,
        b"mihakk: standard output: cannot be written (No space left on device)",
    )
    read, write = os.pipe()
    os.close(read)
    done = process(folder, "annotate tasks pages -o -", capture_output=False, stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


# --- left-overs ---


def test_the_next_run_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    code = "from pathlib import Path; from mihakk.configs.files import whole_file\n"
    code += "with whole_file(Path('a')) as t: print('at work', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as running:
        assert running.stdout
        running.stdout.readline()
        write_text(tmp_path / "b", "ب")
        assert len(list(tmp_path.iterdir())) == 2, "what a living run is writing stays"
        running.kill()
    (tmp_path / ".mine.mihakk-notes").touch()
    write_text(tmp_path / "c", "ج")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".mine.mihakk-notes", "b", "c"]


def test_two_runs_at_once_do_not_take_each_others_files(tmp_path: Path) -> None:
    def work(name: str) -> None:
        for _ in range(100):
            with whole_file(tmp_path / name) as temporary:
                temporary.write_text(name, encoding="utf-8")

    threads = [Thread(target=work, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == {"a": "a", "b": "b"}
