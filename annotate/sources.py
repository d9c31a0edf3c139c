"""Finding article pages: files and folders into Pages, all problems at once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..configs.files import InputError
from .page import Page, read_page


def read_pages(paths: Iterable[Path]) -> list[Page]:
    """The pages of `paths` in order: files as given, a folder's `.txt` files by name.

    Raises InputError naming every file that gives no article, and every id that two files share.
    """
    problems: list[str] = []
    pages: list[Page] = []
    seen: dict[str, Path] = {}
    for path in _files(paths, problems):
        first = seen.setdefault(path.stem, path)
        if first is not path:
            problems.append(f"{path}: has the same article id as {first}; rename one of the files")
            continue
        try:
            pages.append(read_page(path))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(*problems)
    return pages


def _files(paths: Iterable[Path], problems: list[str]) -> Iterable[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        files = sorted(file for file in path.iterdir() if file.suffix == ".txt" and file.is_file())
        if not files:
            problems.append(f"{path}: has no .txt files")
        yield from files
