"""Where shards are: a folder, a glob, or an address (s3://, hf://). A shard is one file of rows."""

from __future__ import annotations

import glob
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import InputError, MihakkError, Problem, UnavailableError, WriteError, plain_reason
from ..visible import counted

ROWS = (".jsonl", ".parquet")
_REMOTE = ("s3://", "hf://")
_SHOWN = 5
# Messages of S3 after which trying again later would not help.
_REFUSED = re.compile(r"ACCESS_DENIED|HTTP status 403|INVALID_ACCESS_KEY_ID|SIGNATURE_DOES_NOT_MATCH|NO_SUCH_BUCKET")


@dataclass(frozen=True, slots=True)
class Shard:
    """One file: its address (a path, s3://… or hf://…), its name without ending, and a mark.

    The mark changes when the file changes: it is made of the size and the time of writing.
    """

    address: str
    name: str
    mark: str


class Found(NamedTuple):
    """The shards of an input by name, and the names of other files there, which are not read."""

    shards: Sequence[Shard]
    others: Sequence[str]

    def notes(self, given: str) -> Iterator[str]:
        """A note if there are other files."""
        if self.others:
            yield f"{given}: {counted(len(self.others), 'file is', 'files are')} not read: {shown(self.others)}"


def shown(names: Sequence[str]) -> str:
    """The first few names."""
    return ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")


def need_each_once(ids_of: Iterable[tuple[str, Iterable[str]]], kind: str) -> None:
    """Raises InputError with each id of one `kind` (article, document) that two shards have."""
    first: dict[str, str] = {}
    problems: list[str] = []
    for shard, ids in ids_of:
        for name in ids:
            if first.setdefault(name, shard) != shard:
                words = f"{kind} {name} is in {first[name]}, too; ids must be unique"
                problems.append(Problem(shard, words, f"a {kind} in two shards"))
    if problems:
        raise InputError(*problems)


class _File(NamedTuple):
    address: str
    mark: str


def is_remote(given: str) -> bool:
    return given.startswith(_REMOTE)


def is_folder(output: str) -> bool:
    """Whether an output is a folder of shards: it ends with / (FOLDER/), is a folder already, or is on a network."""
    try:
        return is_remote(output) or output.endswith("/") or Path(output).is_dir()
    except (OSError, ValueError):  # a name that is too long, or one with a NUL
        return False


def is_shards(given: str, marker: str | None = None) -> bool:
    """Whether an input is a folder or a glob of shards; a folder that has the file `marker` is something else."""
    if is_remote(given):
        return True
    path = Path(given)
    try:
        if not path.exists():
            return glob.has_magic(given)
        if not path.is_dir() or (marker and (path / marker).exists()):
            return False
        return any(_is_rows(each.name) for each in path.iterdir())
    except (OSError, ValueError):  # a name that is too long, or one with a NUL
        return False


def find_shards(given: str) -> Found:
    """The shards of a folder, a glob or an address, in the order of their names.

    Raises InputError if there are none, or if two have one name; UnavailableError if a server does not answer.
    """
    files = list(_remote_files(given) if is_remote(given) else _local_files(given))
    shards: list[Shard] = []
    others: list[str] = []
    for file in files:
        name = file.address.rsplit("/", 1)[-1]
        if _is_rows(name):
            shards.append(Shard(file.address, name.rsplit(".", 1)[0], file.mark))
        elif not name.startswith((".", "_", "shards.json", "README")):
            others.append(name)
    if not shards:
        raise InputError(f"{given}: has no shards ({', '.join(ROWS)})")
    shards.sort(key=lambda shard: (shard.name, shard.address))
    counts = Counter(shard.name for shard in shards)
    if twice := [shard for shard in shards if counts[shard.name] > 1]:
        raise InputError(
            *(Problem(shard.address, "another shard has the same name; each needs its own name") for shard in twice)
        )
    return Found(shards, sorted(others))


def _is_rows(name: str) -> bool:
    return name.endswith(ROWS) and not name.startswith((".", "_"))


def _local_files(given: str) -> Iterator[_File]:
    path = Path(given)
    if not path.exists():
        paths = [Path(found) for found in glob.glob(given, recursive=True)]  # noqa: PTH207 - the pattern may be absolute
    else:
        paths = list(path.iterdir()) if path.is_dir() else [path]
    for each in paths:
        if each.is_file():
            facts = each.stat()
            yield _File(str(each), f"{facts.st_size}-{facts.st_mtime_ns}")
        elif each.is_symlink() and not each.exists():
            raise InputError(f"{each}: is a link that leads nowhere; mend or remove it")


def _remote_files(given: str) -> Iterator[_File]:
    from pyarrow import fs

    system, path = file_system(given)
    scheme = given.partition("://")[0]
    pattern = None
    if glob.has_magic(path):
        parts = path.split("/")
        first = next(n for n, part in enumerate(parts) if glob.has_magic(part))
        pattern, path = path, "/".join(parts[:first])
    with remote_errors(given):
        there = system.get_file_info(path)
        if there.type == fs.FileType.NotFound:
            raise InputError(f"{given}: there is no such file or folder")
        listed = [there]
        if there.type == fs.FileType.Directory:
            listed = system.get_file_info(fs.FileSelector(path, recursive=pattern is not None))
    for info in listed:
        if info.type == fs.FileType.File and (pattern is None or fnmatchcase(info.path, pattern)):
            # The Hub does not tell when a file was written, but it tells the file's hash.
            changed = info.mtime_ns if scheme == "s3" else system.handler.fs.info(info.path).get("blob_id")
            yield _File(f"{scheme}://{info.path}", f"{info.size}-{changed}")


def file_system(address: str) -> tuple[Any, str]:
    """The file system of an address, and the path in it. Keys and servers for S3 come from AWS_… variables."""
    from pyarrow import fs

    with remote_errors(address):
        if address.startswith("hf://"):
            from huggingface_hub import HfFileSystem

            return fs.PyFileSystem(fs.FSSpecHandler(HfFileSystem())), address.removeprefix("hf://").rstrip("/")
        system, path = fs.FileSystem.from_uri(address)
        return system, path.rstrip("/")


@contextmanager
def remote_errors(address: str, writes: bool = False) -> Generator[None]:
    """Turns errors of network storage into errors for users."""
    try:
        yield
    except MihakkError:
        raise
    except FileNotFoundError:
        raise InputError(f"{address}: there is no such file or folder") from None
    except (PermissionError, ValueError) as error:
        raise InputError(f"{address}: {' '.join(str(error).split()):.300}") from None
    except Exception as error:  # each client library raises other classes
        if _REFUSED.search(str(error)):
            raise InputError(f"{address}: no access ({' '.join(str(error).split()):.300})") from None
        kind = WriteError if writes else UnavailableError
        state = "cannot be written" if writes else "cannot be read"
        raise kind(f"{address}: {state} ({' '.join(str(error).split()) or plain_reason(error):.300})") from None


@contextmanager
def fetched(address: str) -> Generator[Path]:
    """The shard as a file on this machine: the file itself, or a copy that is removed when the block ends.

    Problems in the copy are reported with the shard's address.
    """
    if not is_remote(address):
        yield Path(address)
        return
    with tempfile.TemporaryDirectory(prefix="mihakk-shard-") as folder:
        copy = Path(folder) / address.rsplit("/", 1)[-1]
        system, path = file_system(address)
        with remote_errors(address), system.open_input_stream(path) as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 22)
        try:
            yield copy
        except MihakkError as error:
            problems = (each if isinstance(each, Problem) else Problem("", each) for each in error.problems)
            raise type(error)(*(under(each, copy, address) for each in problems)) from None


def is_empty(path: Path) -> bool:
    """Whether a shard has no rows, as the last shard of a program may have. An unreadable shard is not empty."""
    try:
        if path.suffix == ".parquet":
            import pyarrow.parquet as pq

            return pq.read_metadata(path).num_rows == 0
        with path.open("rb") as file:
            return not any(map(bytes.strip, file))
    except (OSError, ValueError):  # its reader will report the reason
        return False


def under(problem: Problem, path: Path, address: str) -> Problem:
    """A problem in the copy of a shard, with the shard's address as its place."""
    return Problem(*(part.replace(str(path), address) for part in (problem.place, problem.text, problem.kind)))


@contextmanager
def placed(address: str) -> Generator[Path]:
    """A path for writing a shard, which is whole and at its address when the block ends well.

    For an address on a network it is a temporary file, which is sent at the end: there too a file is whole or absent.
    """
    if not is_remote(address):
        yield Path(address)
        return
    with tempfile.TemporaryDirectory(prefix="mihakk-shard-") as folder:
        made = Path(folder) / address.rsplit("/", 1)[-1]
        yield made
        send(made.read_bytes(), address)


def send(data: bytes, address: str) -> None:
    """Writes a file over a network, all of it or nothing."""
    system, path = file_system(address)
    with remote_errors(address, writes=True), system.open_output_stream(path) as stream:
        stream.write(data)


def join(folder: str, name: str) -> str:
    """The address of a file in a folder."""
    return f"{folder.rstrip('/')}/{name}" if is_remote(folder) else os.path.join(folder, name)  # noqa: PTH118 - an address
