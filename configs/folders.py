"""Folders written whole or not at all. Mihakk replaces what it made itself, and deletes nothing else."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import stat
import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, cast

from .errors import InputError
from .files import MADE, MOVED, dump_json, parse_json, place_of, read_text, remove_leftovers, temporary_beside, writing
from .streams import is_stream
from .visible import print_note

# The key in a folder's marker that lists the folder's files, each with its SHA-256. For the marker itself it is the
# SHA-256 of the marker without this key.
FILES = "files"
# The markers of all kinds of folders, that of gold first.
MARKERS = (
    *("gold.json", ".mihakk", "baseline.json", "findings.json"),
    *("score.json", "compare.json", "agreement.json"),
)
_NAMED = 3
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2  # constants of Linux
_CANNOT_EXCHANGE = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP)


@dataclass(frozen=True, slots=True)
class FolderKind:
    """A kind of folder that commands write: its name for people, and its marker, the JSON file that identifies it.

    `known` are files and folders that earlier versions, which kept no list of files, wrote into such a folder.
    """

    name: str
    marker: str
    known: re.Pattern[str]


@contextmanager
def whole_folder(path: Path, kind: FolderKind, force: bool = False) -> Generator[Path]:
    """An empty temporary folder. It replaces `path` when the block ends well, and is removed otherwise.

    The block writes the kind's marker, a JSON object; the list of files is added to it. `folder_problems` says which
    earlier folders may be replaced. Where the system can, old and new folder change places in one step. Elsewhere
    there is a moment with neither; if the command is killed in it, the next run brings the old folder back. Raises
    InputError, or WriteError if the system refuses.
    """
    with writing(path):
        _need(path, kind, force)
        place = place_of(path)
        remove_leftovers(place.parent)
    with temporary_beside(path, place) as temporary, writing(path, place, temporary):
        made = temporary / MADE
        made.mkdir()
        yield made
        _list_files(made, kind.marker)
        _need(path, kind, force)  # as it is now
        _put(made, place, temporary)


def folder_problems(path: Path, kind: FolderKind, force: bool = False) -> list[str]:
    """The reasons why a command may not write such a folder at `path`; empty if it may.

    It may if there is nothing, an empty folder, or a folder that is still as Mihakk made it. With `force` it also may
    if a folder made by Mihakk was changed or has other files in it.
    """
    if is_stream(path):
        return [f"{path}: is no folder, and a {kind.name} is one; choose a folder for -o"]
    place = place_of(path)
    if not place.exists() or (place.is_dir() and not any(place.iterdir())):
        return []
    if not (place / kind.marker).is_file():
        return [f"{path}: exists and was not made by this command (no {kind.marker}); choose another -o"]
    return [] if force else [f"{path}: {problem}" for problem in _not_made(place, kind)]


def folder_around(path: Path) -> Path | None:
    """The folder made by Mihakk that `path` lies in, if any: what is put into one cannot stay there."""
    real = Path(os.path.realpath(place_of(path)))
    found = next((folder for folder in real.parents if _is_made(folder)), None)
    return next((each for each in path.parents if os.path.realpath(each) == str(found)), found)  # as it was given


def _is_made(folder: Path) -> bool:
    for marker in MARKERS:
        with suppress(OSError, ValueError, RecursionError):
            content: object = json.loads((folder / marker).read_bytes())
            # Gold folders of version 0.1 have no list of files.
            if isinstance(content, dict) and (FILES in content or marker == MARKERS[0]):
                return True
    return False


def _need(path: Path, kind: FolderKind, force: bool) -> None:
    if problems := folder_problems(path, kind, force):
        raise InputError(*problems)


# --- is the folder still as Mihakk made it?


def _list_files(folder: Path, marker: str) -> None:
    """Adds the list of files to the marker of a new folder."""
    content = parse_json(read_text(folder / marker), marker)
    files = {name: _digest(folder / name) for name in _names(folder, lambda _: True)}
    listed = {**content, FILES: {**files, marker: _digest_of(content)}}
    (folder / marker).write_text(dump_json(listed), encoding="utf-8", newline="\n")


def _not_made(folder: Path, kind: FolderKind) -> Iterator[str]:
    """Problems: files in the folder that Mihakk did not make, or that changed since."""
    try:
        content: object = json.loads((folder / kind.marker).read_bytes())
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        yield (
            f"its {kind.marker} cannot be read, so nobody knows what else in it is somebody's work; choose another -o, "
            "or give --force to delete the folder"
        )
        return
    content = cast(dict[str, Any], content)
    files: object = content.pop(FILES, None)
    if isinstance(files, dict):
        hashes = cast(dict[str, object], files)
        folders = {str(parent) for name in hashes for parent in PurePosixPath(name).parents}
        names = list(_names(folder, folders.__contains__))
        others = [name for name in names if name not in hashes]
        digests = {name: _digest(folder / name) for name in names if name in hashes and name != kind.marker}
        digests[kind.marker] = _digest_of(content)
        changed = [name for name, digest in digests.items() if digest != hashes.get(name)]
    else:
        known = _names(folder, lambda name: kind.known.fullmatch(name) is not None)
        others, changed = [name for name in known if not kind.known.fullmatch(name)], []
    if others:
        yield (
            f"has {_listed(others)}, which Mihakk did not make; move that elsewhere, choose another -o, or give "
            "--force to delete it"
        )
    if changed:
        yield (
            f"has {_listed(changed)}, which changed since Mihakk made it; keep a copy elsewhere, choose another -o, "
            "or give --force to lose the changes"
        )


def _names(folder: Path, is_known: Callable[[str], bool], above: str = "") -> Iterator[str]:
    """The names of the files in the folder, relative to it, sorted. An unknown folder in it counts as one name."""
    for path in sorted(folder.iterdir()):
        name, mode = above + path.name, path.lstat().st_mode
        if stat.S_ISDIR(mode):
            if is_known(name):
                yield from _names(path, is_known, f"{name}/")
            else:
                yield f"{name}/"
        else:
            yield name if stat.S_ISREG(mode) else f"{name} (a link)" if stat.S_ISLNK(mode) else f"{name} (no file)"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest_of(content: Mapping[str, Any]) -> str:
    """The SHA-256 of a marker's content, whatever its spaces and line breaks."""
    return hashlib.sha256(dump_json(content).encode("utf-8", "backslashreplace")).hexdigest()


# --- putting a new folder in the place of an old one


def _put(made: Path, place: Path, temporary: Path) -> None:
    """Moves the folder `made` to `place`; an earlier folder there moves into the folder `temporary`."""
    if not place.exists():
        made.rename(place)
        return
    made.chmod(stat.S_IMODE(place.stat().st_mode))
    inside = _where_in(place)
    if not _exchange(made, place):
        moved = temporary / MOVED / place.name
        moved.parent.mkdir()
        # Until the last step is done, `discard` would move it back: in this run, or in the next if this run is killed.
        place.rename(moved)
        made.rename(place)
    if inside is not None:
        os.chdir(place / inside if (place / inside).is_dir() else place)
        print_note(f"the folder that you are in was replaced; run `cd {place}` to see it")


def _where_in(place: Path) -> Path | None:
    """The working folder of this process, relative to the folder; None if it is elsewhere."""
    try:
        here = Path.cwd()
    except FileNotFoundError:
        return None
    return here.relative_to(place) if here.is_relative_to(place) else None


def _exchange(first: Path, second: Path) -> bool:
    """Exchanges two folders in one step. False if the system or the file system cannot do that."""
    import ctypes

    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if sys.platform == "linux" else None
    if renameat2 is None:
        return False
    if renameat2(_AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _CANNOT_EXCHANGE:
        return False
    raise OSError(number, os.strerror(number), str(second))
