"""Which files a command may replace: those that it can make again. It replaces others only with --force."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import InputError
from .files import place_of, writing
from .folders import FolderKind, folder_around, folder_problems
from .streams import STDOUT, can_write, descriptor, is_stream, reserve_stdout

# So many bytes of a file are read to recognise its kind.
_HEAD = 1 << 20


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file that a command writes: how to recognise it, and the message about other files."""

    otherwise: str
    is_made: Callable[[Path], bool]


def begins(otherwise: str, head: bytes) -> FileKind:
    """Files whose beginning fits a regular expression that no other files fit."""
    pattern = re.compile(head)
    return FileKind(otherwise, lambda path: pattern.match(_head(path)) is not None)


def exactly(otherwise: str, content: bytes) -> FileKind:
    """Files that people edit, or that look like files of other tools: replaced only if that changes nothing."""
    return FileKind(otherwise, lambda path: path.stat().st_size == len(content) and path.read_bytes() == content)


_SIGNED = rb'\{\n (?:"format": \d+,\n )?"signature": "mihakk:'
TASKS = begins("is no file of tasks", rb'\[\n\{"data": \{"doc_id": |\[\s*\]\s*\Z')
EXPORT = begins(
    "is not an export of Label Studio",
    rb'\s*\[\s*(?:\{\s*"[^\0]*"annotations"\s*:|\{\s*"id"\s*:\s*\d+\s*\}|\]\s*\Z)',
)
FIXED_EXPORT = begins("is no export that --fix mended", rb'\[\n\{"[^\n]*"annotations": |\[\s*\]\s*\Z')
EVENTS = FileKind("may be an editor's work", lambda _: False)


def page_of(command: str, older: str = r"\Z\A") -> FileKind:
    """Web pages of a command, which their first lines name. Earlier versions wrote the text `older` there."""
    named = rf'<meta name="generator" content="mihakk {command}">'
    return begins("is no page of this command", rf"<!doctype html>[^\0]{{,300}}(?:{named}|{older})".encode())


INSPECTION = page_of("annotate inspect", "<title>تدقيق المقالات</title>")
SCORE_PAGE = page_of("eval score")
COMPARISON_PAGE = page_of("eval compare")
SUSPECTS_PAGE = page_of("export suspects")
DATASET_PAGE = page_of("export dataset")
READ_PAGE = page_of("export read")
AGREEMENT = begins("has no numbers of agreement", _SIGNED + rb"[^|\n]*\|agreement\|")
AGREEMENT_PAGE = page_of("export agreement", "<title>Agreement between annotators</title>")
SCORES = begins(
    "is no file of scores",
    _SIGNED + rb'(?![^\n]*permutation)[^\n]*\|task:[^\n]*\n "gold": ',
)
COMPARISON = begins("is no comparison", _SIGNED + rb"[^\n]*\|task:[^\n]*permutation")
DOCUMENT_SCORES = begins("has no scores of documents", rb'\{"id": "[^\n]*"tasks": \{')
ERRORS = begins("is no list of errors", rb'\{"document": "[^\n]*"class": "')
# In the metadata of a Parquet file of predictions, at the file's end.
PARQUET_PREDICTIONS = b"mihakk.predictions"
_PREDICTIONS = begins("has no predictions of this command", rb'\{[^\n]*"model": "[^"\n]+:[^"\n]+"')
PREDICTIONS = FileKind(_PREDICTIONS.otherwise, lambda path: _PREDICTIONS.is_made(path) or _is_parquet(path))


def figures_of(command: str) -> FolderKind:
    """Folders of the figures of `score`, `compare` or `agreement`."""
    return FolderKind(f"folder of figures of {command}", f"{command}.json", re.compile(r"[a-z-]+\.(json|png|svg|pdf)"))


def check_outputs(
    outputs: Iterable[tuple[Path | None, FileKind | FolderKind]],
    inputs: Iterable[Path | str | None] = (),
    force: bool = False,
) -> None:
    """Checks all outputs of a command before it does any work. An output that is None was not asked for.

    A command replaces a file of the kind it writes, and a folder that is still as Mihakk made it. With `force` it also
    replaces other files, and such a folder with changes or with other files in it. It never replaces its own `inputs`
    (paths; `-` is standard input, addresses are ignored), or folders that Mihakk did not make. If an output is standard
    output, everything else that is printed goes to standard error from now on.

    Raises InputError with all problems, or WriteError if the system refuses.
    """
    asked = [(path, kind) for path, kind in outputs if path is not None]
    files = [each for each in map(str, filter(None, inputs)) if "://" not in each]
    read = [Path("/dev/stdin" if each == "-" else each) for each in files]
    problems: list[str] = []
    for path, kind in asked:
        try:
            with writing(path):
                problems += list(_problems(path, kind, read, force)) or _in_made_folder(path)
        except InputError as error:
            problems += error.problems
    places = [descriptor(path) or os.path.realpath(path) for path, _ in asked]
    problems += [
        f"{path}: is given for two outputs; choose another path for one of them"
        for number, (path, _) in enumerate(asked)
        if places[number] in places[:number]
    ]
    problems += [
        f"{path}: lies in {folder}, which this command writes whole; choose another place"
        for folder, kind in asked
        for path, _ in asked
        if isinstance(kind, FolderKind) and path != folder and not is_stream(path) and _is_in(path, folder)
    ]
    if problems:
        raise InputError(*problems)
    if any(descriptor(path) == STDOUT for path, _ in asked):
        reserve_stdout()


def _in_made_folder(path: Path) -> list[str]:
    """That the output would be refused, or lost, when its folder is written again."""
    folder = None if is_stream(path) else folder_around(path)
    return [f"{path}: lies in {folder}, which Mihakk writes whole; choose another place"] if folder else []


def _problems(path: Path, kind: FileKind | FolderKind, inputs: list[Path], force: bool) -> Iterator[str]:
    if isinstance(kind, FolderKind):
        inside = [each for each in inputs if _is_in(each, path)]
        yield from (f"{each}: is read by this command and lies in {path}; choose another -o" for each in inside)
        if not inside:
            yield from folder_problems(path, kind, force)
        return
    if is_stream(path):
        if (number := descriptor(path)) is not None and not can_write(number):
            yield f"{path}: is not open for writing"
        return
    place = place_of(path)
    if place.is_dir():
        yield f"{path}: is a folder; choose a file for -o"
    elif place.exists():
        same = next((each for each in inputs if _is_same(each, place)), None)
        if same is not None:
            yield f"{path}: is read by this command ({same}); choose another file to write"
        elif place.stat().st_size and not kind.is_made(place):
            around = next((each for each in inputs if each.is_dir() and _is_in(path, each)), None)
            if around is not None:
                yield f"{path}: is part of {around}, which is read by this command; choose another file to write"
            elif not force:
                yield (f"{path}: exists and {kind.otherwise}; choose another file, or give --force to replace it")


def _is_parquet(path: Path) -> bool:
    """Whether this is a Parquet file of predictions from a command."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _HEAD))
        end = file.read()
    return end.endswith(b"PAR1") and PARQUET_PREDICTIONS in end


def _is_same(each: Path, place: Path) -> bool:
    """Whether both paths lead to the same file."""
    try:
        found = each.stat()
        return stat.S_ISREG(found.st_mode) and os.path.samestat(found, place.stat())
    except (OSError, ValueError):
        return False


def _is_in(each: Path, folder: Path) -> bool:
    """Whether a path is the folder, is inside it, or leads through it by a link; neither needs to exist."""
    links = [way for way in (each, *each.parents) if os.path.islink(way)]  # noqa: PTH114 - a name that is too long is no link
    places = [Path(os.path.realpath(each)), *(Path(os.path.realpath(link.parent), link.name) for link in links)]
    return any(place.is_relative_to(os.path.realpath(folder)) for place in places)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)
