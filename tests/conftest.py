"""What holds for all tests."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import is_hypothesis_test, settings
from mihakk.cli import main

# Runs a command in this process: exit code, stdout, stderr.
Here = Callable[[str], tuple[int, str, str]]

# A loaded machine may be slow at any single example; how fast the code is, benchmarks tell.
settings.register_profile("mihakk", deadline=None)
# `make quick` has a tenth of each test's examples: those of other days are tried first, and `make test` has all.
settings.register_profile("quick", settings.get_profile("mihakk"))
settings.load_profile("mihakk")
QUICK_SHARE = 10


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Hypothesis has no option for all tests; a profile is overruled by a test's own number."""
    if config.getoption("--hypothesis-profile") != "quick":
        return
    # A test with parameters is several items.
    for test in {getattr(item, "obj", None) for item in items}:
        if is_hypothesis_test(test):
            own = getattr(test, "_hypothesis_internal_use_settings", settings.default)
            fewer = settings(own, max_examples=max(5, own.max_examples // QUICK_SHARE))
            test._hypothesis_internal_use_settings = fewer


@pytest.fixture
def here(folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Here:
    """Runs commands in the folder of the test's own fixture `folder`. Most of a short command's time is Python's start."""
    monkeypatch.chdir(folder)

    def call(command: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["mihakk", *shlex.split(command)])
        with pytest.raises(SystemExit) as end:
            main()
        printed = capfd.readouterr()
        return int(end.value.code or 0), printed.out, printed.err

    return call


@pytest.fixture
def written_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working folder for modules of extractors, called `written…`, which Python forgets afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    known = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - known:
        if name.startswith("written"):
            del sys.modules[name]
