"""Which files of folders and globs are read, and what their articles are called."""

from __future__ import annotations

import glob
import os
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path

from ...configs.visible import counted
from .rows import slug
from .tables import TABLES, has_articles, is_description, stem_of, table_kind

PAGES = (".txt",)
HTML = (".html", ".htm")
_AS_TEXT = "open it and save it as plain text (.txt, UTF-8), one article a file"
_AS_TABLE = "open it and save the sheet as CSV UTF-8 (.csv)"
# Documents that people have articles in, and how they become what is read.
DOCUMENTS = {
    **dict.fromkeys((".docx", ".doc", ".odt", ".rtf", ".pdf", ".epub", ".pages"), _AS_TEXT),
    **dict.fromkeys((".xlsx", ".xls", ".ods", ".numbers"), _AS_TABLE),
    **dict.fromkeys((".mhtml", ".mht", ".webarchive"), "open it in a browser and save it as HTML only (.html)"),
    **dict.fromkeys((".zip", ".tar", ".tgz", ".rar", ".7z"), "unpack it, and name the folder"),
}
_SHOWN = 10
# What people do not see: hidden files, Word's locks, macOS's shadows.
_UNSEEN = re.compile(r"\.|~\$|__MACOSX$")
# Where browsers put the pictures and frames of a page that was saved whole.
_SAVED_WITH = ("_files", ".files", "-Dateien", "_fichiers", "_ملفات")


def source_files(sources: Sequence[str]) -> list[Path | str]:
    """The files that `read_articles` reads, `-` for standard input."""
    return files_of(sources)[0]


def files_of(sources: Sequence[str]) -> tuple[list[Path | str], list[str]]:
    """The files of the sources, each once, and notes on those that are not read.

    A source that gives none is passed on and fails when read.
    """
    files: dict[Path | str, None] = {}
    notes: list[str] = []
    for source in sources:
        path = Path(source)
        if source == "-":
            matching: list[Path | str] = [source]
        elif glob.has_magic(source) and not exists(path):
            # The shell did not expand it, as with a quoted `**`.
            matches = sorted(map(Path, glob.glob(source, recursive=True)))  # noqa: PTH207
            matching = [file for match in matches for file in (_inside(match, notes) if match.is_dir() else [match])]
            matching = matching or [path]
        else:
            matching = [*(_inside(path, notes) if exists(path) and path.is_dir() else [])] or [path]
        files.update(dict.fromkeys(matching))
    return list(files), list(dict.fromkeys(notes))


def _inside(folder: Path, notes: list[str]) -> list[Path]:
    """What is read in a folder: pages, tables, and documents that have to be saved otherwise, which fail when read."""
    name = folder.name or str(folder)
    entries, unseen = _seen_and_unseen(folder)
    files = [entry for entry in entries if entry.is_file()]
    pages = {file.with_suffix("") for file in files if file.suffix.lower() in PAGES + HTML}
    saved_with = [entry for entry in entries if _belongs_to_page(entry, pages) and entry.is_dir()]
    files_read: list[Path] = []
    not_read: list[Path] = []
    beside = 0
    for file in files:
        if saved_with and not set(saved_with).isdisjoint(file.parents):
            continue
        kind = table_kind(file)
        if kind == ".json" and file.with_suffix("") in pages and is_description(file):
            beside += 1
        elif (
            file.suffix.lower() in PAGES + HTML
            or file.suffix.lower() in DOCUMENTS
            or kind not in (None, ".json")
            or (kind == ".json" and has_articles(file))
        ):
            files_read.append(file)
        else:
            not_read.append(file)
    if beside:
        notes.append(f"{name}: {beside} .json files are read as what is known of the pages beside them")
    # A link to a folder may lead round in circles; other entries are no files at all, or links to none.
    others = [entry for entry in entries if not entry.is_file() and (entry.is_symlink() or not entry.is_dir())]
    for found, one, many in (
        (not_read, "file is not read", "files are not read"),
        (others, "link or device is not read", "links or devices are not read"),
        (unseen, "hidden file is not read", "hidden files are not read"),
        (saved_with, "folder of parts of a saved page is not read", "folders of parts of saved pages are not read"),
    ):
        if found:
            shown = ", ".join(str(entry.relative_to(folder)) for entry in found[:_SHOWN])
            notes.append(f"{name}: {counted(len(found), one, many)}: {shown}{', …' if len(found) > _SHOWN else ''}")
    return files_read


def _seen_and_unseen(folder: Path) -> tuple[list[Path], list[Path]]:
    """What is in a folder, and the hidden files that are called like articles."""
    seen: list[Path] = []
    unseen: list[Path] = []
    for entry in sorted(folder.rglob("*")):
        if not any(_UNSEEN.match(part) for part in entry.relative_to(folder).parts):
            seen.append(entry)
        elif entry.suffix.lower() in PAGES + HTML + TABLES and not entry.name.startswith("._") and entry.is_file():
            unseen.append(entry)
    return seen, unseen


def _belongs_to_page(folder: Path, pages: Collection[Path]) -> bool:
    return any(
        folder.name.endswith(end) and folder.with_name(folder.name.removesuffix(end)) in pages for end in _SAVED_WITH
    )


def ids_of(files: Sequence[Path]) -> tuple[dict[Path, str], list[str]]:
    """The article id of every page: its name, with the folders in front of it where names repeat.

    Of a table it is what the ids of its rows begin with if they have none.
    """
    pages = [file for file in files if file.suffix.lower() in PAGES + HTML]
    ids, repeated = _apart(pages)
    notes: list[str] = []
    if repeated:
        notes.append(
            f"{counted(len(repeated), 'page has a name', 'pages have names')} that repeat; "
            f"their ids have the folder in front: {ids[repeated[0]]}"
        )
    spaced = next((file for file in pages if slug(stem_of(file)) != stem_of(file)), None)
    if spaced is not None:
        notes.append(f"file names with spaces give ids with _ instead: {ids[spaced]}")
    return _apart([file for file in files if table_kind(file)])[0] | ids, notes


def _apart(files: Sequence[Path]) -> tuple[dict[Path, str], list[Path]]:
    """The files' names as ids, and which of them have their folders in front since names repeat."""
    ids = {file: slug(stem_of(file)) for file in files}
    repeated = list(_of_one_id(ids))
    if len({file.parent for file in repeated}) < 2:
        repeated = []
    else:
        root = Path(os.path.commonpath([file.parent for file in repeated]))
        for file in repeated:
            ids[file] = slug("-".join((*file.parent.relative_to(root).parts, stem_of(file))))
    # Others may be called so already. One name with two endings stays one id: it is one article, saved twice.
    first: dict[str, Path] = {}
    for file in _of_one_id(ids):
        if first.setdefault(ids[file], file.with_name(stem_of(file))) != file.with_name(stem_of(file)):
            numbers = (f"{ids[file]}-{n}" for n in count(2))
            taken = set(ids.values())
            ids[file] = next(id_ for id_ in numbers if id_ not in taken)
    return ids, repeated


def _of_one_id(ids: Mapping[Path, str]) -> Iterator[Path]:
    counts = Counter(ids.values())
    yield from [file for file, id_ in ids.items() if counts[id_] > 1]


def exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name too long, or one with a NUL
        return False
