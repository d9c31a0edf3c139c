"""The rooms of the house stand on floors: each imports only from those below, and nothing heavy before it is used."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import mihakk
import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("configs", "annotate", "eval", "export")
FLOORS = {"configs": 1, "annotate": 2, "eval": 3, "export": 4, "cli": 5, "api": 5}

# A reader sees a file whole, and a folder at a glance.
MOST_LINES = 400
MOST_FILES = 18
# Still too long: to be split. Nothing new goes in here.
TOO_LONG: set[str] = set()


def imported(source: str, package: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Line and full name of all that a module of `package` imports, inside functions too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield node.lineno, name.name
        elif isinstance(node, ast.ImportFrom):
            # One dot is the module's own package, each more the one around it.
            above = package[: len(package) - node.level + 1] if node.level else ()
            for name in node.names:
                yield node.lineno, ".".join([*above, *filter(None, [node.module]), name.name])


def floor(name: str) -> int:
    """The floor of what `mihakk` has under this name; its names for users are those of api.py."""
    return FLOORS["api"] if name in mihakk.__all__ else FLOORS.get(name, 0)


def upward_imports(root: Path) -> list[str]:
    """What modules in the rooms below `root` import from a floor above their own."""
    found: list[str] = []
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            package = ("mihakk", *path.relative_to(root).parent.parts)
            for line, name in imported(path.read_text(encoding="utf-8"), package):
                parts = name.split(".")
                if parts[0] == "mihakk" and len(parts) > 1 and floor(parts[1]) > FLOORS[room]:
                    found.append(f"{path.relative_to(root)}:{line}: {name}")
    return found


def run(code: str, folder: Path) -> str:
    """What Python prints when it runs `code` in `folder`."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_no_room_imports_from_a_floor_above_it() -> None:
    assert upward_imports(ROOT) == []


def test_every_room_is_looked_at_and_has_a_floor() -> None:
    """A room that was added or renamed must not slip through."""
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages == set(ROOMS)
    assert set(FLOORS) == {*ROOMS, "cli", "api"}
    seen = {name.split(".")[1] for room in ROOMS for name in own_imports(ROOT / room)}
    assert seen >= {"configs", "annotate", "eval"}, "imports between rooms are seen at all"


def files_of_the_package() -> list[Path]:
    return [*ROOT.glob("*.py"), *(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))]


def test_no_file_of_the_package_is_too_long_to_be_read_at_once() -> None:
    """What stands in TOO_LONG without need fails as well, so that the list only shrinks."""
    lines = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in files_of_the_package()
    }
    assert len(lines) > 50, "the files are seen at all"
    assert {name for name, count in lines.items() if count > MOST_LINES} == TOO_LONG


def test_a_folder_of_many_files_has_folders_in_it() -> None:
    """More than MOST_FILES modules in one place are only allowed where the groups among them have been moved out."""
    counts = Counter(path.parent for path in files_of_the_package() if path.name != "__init__.py")
    flat = {
        folder.relative_to(ROOT).as_posix(): count
        for folder, count in counts.items()
        if count > MOST_FILES and not any(folder.glob("*/__init__.py"))
    }
    assert flat == {}


def own_imports(room: Path) -> Iterator[str]:
    for path in room.rglob("*.py"):
        package = ("mihakk", *path.relative_to(room.parent).parent.parts)
        for _, name in imported(path.read_text(encoding="utf-8"), package):
            if name.startswith("mihakk."):
                yield name


@pytest.mark.parametrize(
    ("room", "source", "expected"),
    [
        ("configs", "from ..annotate.document import Span", "mihakk.annotate.document.Span"),
        ("annotate", "from ..eval import score", "mihakk.eval.score"),
        ("annotate", "from .. import export", "mihakk.export"),
        ("annotate", "import mihakk.eval.score", "mihakk.eval.score"),
        ("eval", "from mihakk.export import gold", "mihakk.export.gold"),
        ("eval", "def f():\n    from ..export.gold import x", "mihakk.export.gold.x"),
        ("export", "from ..cli import main", "mihakk.cli.main"),
        ("export", "from ..api import predict", "mihakk.api.predict"),
        ("eval", "from .. import evaluate", "mihakk.evaluate"),
    ],
)
def test_an_import_from_above_is_found_in_all_its_forms(tmp_path: Path, room: str, source: str, expected: str) -> None:
    (tmp_path / room).mkdir()
    (tmp_path / room / "module.py").write_text(source, encoding="utf-8")
    line = source.count("\n") + 1
    assert upward_imports(tmp_path) == [f"{room}/module.py:{line}: {expected}"]


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("export", "from ..eval.score import score"),
        ("annotate", "from ..configs.scheme import Scheme"),
        ("annotate", "from .document import Span"),
        ("annotate", "from . import export"),  # a module of its own of that name
        ("eval", "from .. import __version__"),
        ("configs", "import eval, annotate.x"),
    ],
)
def test_an_import_from_below_or_from_elsewhere_is_allowed(tmp_path: Path, room: str, source: str) -> None:
    (tmp_path / room).mkdir()
    (tmp_path / room / "module.py").write_text(source, encoding="utf-8")
    assert upward_imports(tmp_path) == []


@pytest.mark.parametrize(
    ("room", "foreign"),
    [
        ("configs", {"label_studio_sdk", "datasets", "numpy", "sklearn", "pyarabic"}),
        ("annotate", {"datasets"}),
        ("eval", {"label_studio_sdk"}),
    ],
)
def test_a_room_does_not_know_what_is_none_of_its_business(room: str, foreign: set[str]) -> None:
    for path in (ROOT / room).rglob("*.py"):
        names = {name.split(".")[0] for _, name in imported(path.read_text(encoding="utf-8"), ("mihakk", room))}
        assert not names & foreign, path.name


def test_the_command_line_starts_without_the_heavy_libraries(tmp_path: Path) -> None:
    """They take seconds to import; `mihakk --help` answers at once."""
    heavy = {"datasets", "sklearn", "label_studio_sdk", "pyarrow", "scipy", "numpy", "pandas"}
    loaded = run("import sys, mihakk.cli; print(*(name.split('.')[0] for name in sys.modules))", tmp_path).split()
    assert "mihakk" in loaded
    assert not heavy & set(loaded)


def test_importing_the_package_is_fast(tmp_path: Path) -> None:
    """Its names are there, and nothing is loaded for them before one is used."""
    code = "import sys, mihakk; dir(mihakk); print(*(name for name in sys.modules if name.startswith('mihakk.')))"
    assert run(code, tmp_path).split() == []


def test_the_rooms_are_importable_as_part_of_the_package_only(tmp_path: Path) -> None:
    """A top-level package called `eval` or `configs` would stand in the way of everybody else's."""
    names = (*ROOMS, *(f"mihakk.{room}" for room in ROOMS), "mihakk.cli", "mihakk.api")
    code = f"import importlib.util; print(*(name for name in {names!r} if importlib.util.find_spec(name)))"
    assert run(code, tmp_path).split() == [*(f"mihakk.{room}" for room in ROOMS), "mihakk.cli", "mihakk.api"]
