"""The wheel has every file of the rooms: a new folder or data file that pyproject.toml does not name must not get lost."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import mihakk

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("configs", "annotate", "eval", "export")


def files_of_the_package(root: Path) -> set[str]:
    """What has to be installed: the Python files beside pyproject.toml, and all that stands in the rooms."""
    found = {*root.glob("*.py"), root / "py.typed"}
    for room in ROOMS:
        found |= {path for path in (root / room).rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    return {path.relative_to(root).as_posix() for path in found}


def test_the_wheel_has_the_files_of_the_tree_and_no_others(tmp_path: Path) -> None:
    source = tmp_path / "source"  # setuptools leaves a build folder where it builds
    wanted = files_of_the_package(ROOT)
    for name in (*wanted, "pyproject.toml", "README.md", "LICENSE"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    build = f"import setuptools.build_meta as backend; backend.build_wheel({str(tmp_path)!r})"
    done = subprocess.run([sys.executable, "-c", build], cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    # The one place of the version is mihakk.__version__.
    assert wheel.name.split("-")[:2] == ["mihakk", mihakk.__version__]
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.removeprefix("mihakk/") for name in names if name.startswith("mihakk/")} == wanted
    assert all(name.startswith(("mihakk/", "mihakk-")) for name in names), "nothing else is installed at top level"
