"""Reading and writing files: whole and right, or one clear error."""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import re
import shutil
import signal
import stat
import sys
import tempfile
import unicodedata
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import locks
from .errors import OF_WRITING, InputError, WriteError, plain_reason
from .streams import STDOUT, descriptor, is_stream, pour

# In the name of every temporary folder.
_OF_MIHAKK = ".mihakk-"
# In a temporary folder: what is being made, and where the folder that it replaces waits under its own name.
MADE, MOVED = "new", "old"
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
# Where a text may hold what Python takes for a number, and JSON does not: NaN, Infinity, 1e999.
_MAYBE_NO_NUMBER = re.compile(r"NaN|Infinity|\d[eE]\+?\d{3}|(?<!\d)\d{309}")
# A device that has so much is no place for a text.
_OF_DEVICE = 1 << 20
# More digits than any offset, position or counter has.
_DIGITS = 18


def read_text(path: Path) -> str:
    """The file as text, without a byte order mark, line ends untouched.

    Raises InputError if it cannot be read, is empty, or is not UTF-8.
    """
    try:
        need_end(path)
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({plain_reason(error)})") from None
    if not data.removeprefix(codecs.BOM_UTF8).strip():
        raise InputError(f"{path}: is empty")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}:{line}: is not UTF-8 text; save or convert the file as UTF-8") from None


def need_end(path: Path) -> None:
    """Raises InputError if `path` is a device that never ends, such as /dev/zero; OSError if it cannot be read."""
    if stat.S_ISCHR(path.stat().st_mode):
        with path.open("rb") as file:
            if not file.isatty() and len(file.read(_OF_DEVICE)) == _OF_DEVICE:
                raise InputError(f"{path}: is a device that never ends; name a file")


def decode(data: bytes) -> tuple[str, str]:
    """The text of a file and the encoding it was found to be in; a byte order mark is dropped.

    Raises InputError if it is no text.
    """
    encoding, text = _decoded(data, whole=True)
    return text, encoding.removesuffix("-sig")


def encoding_of(data: bytes, whole: bool = True) -> str:
    """The encoding of a file, or (if not `whole`) of a file that begins so.

    UTF-8 and UTF-16 are recognised by their own form; other encodings are detected, among those in which Arabic was
    written before. Raises InputError if it is no text.
    """
    return _decoded(data, whole)[0]


def _decoded(data: bytes, whole: bool) -> tuple[str, str]:
    """The encoding, and the text."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        tried = ["utf-16"]
    else:
        # Zero bytes are no part of a text in UTF-8, but of one in UTF-16 that lacks its mark.
        tried = ["utf-16-le", "utf-16-be"] if b"\0" in data else ["utf-8-sig"]
    for encoding in tried:
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(data, final=whole)
        except UnicodeDecodeError:
            continue
        if encoding in ("utf-16", "utf-8-sig") or not _has_controls(text):
            return encoding, text
    from charset_normalizer import from_bytes

    best = from_bytes(data, cp_isolation=["cp1256", "iso8859_6"]).best()
    if best is None or _has_controls(str(best)):
        raise InputError("is no text in UTF-8, UTF-16, Windows-1256 or ISO 8859-6")
    return best.encoding, data.decode(best.encoding)


def _has_controls(text: str) -> bool:
    """Text has no control characters but white space; what is read in a wrong encoding mostly has."""
    return any(unicodedata.category(char) in ("Cc", "Cn") and not char.isspace() for char in set(text))


def parse_json(text: str, where: str) -> Any:
    """The JSON value in `text`; raises InputError naming `where` and the place."""
    with json_errors(where):
        value = json.loads(text)
        refuse_surrogates(value, text)
        if _MAYBE_NO_NUMBER.search(text) and not _is_json(value):
            raise _NoNumberError
    return value


def refuse_surrogates(value: Any, text: str, start: int = 0, end: int = sys.maxsize) -> None:
    """Raises UnicodeEncodeError if `value`, which is the JSON in this part of `text`, has half a character.

    JSON can name one (a lone surrogate), which no file and no database takes.
    """
    if _SURROGATE.search(text, start, end):
        json.dumps(value, ensure_ascii=False).encode("utf-8")


class _NoNumberError(ValueError):
    """What stands for a number is none that JSON has."""


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True


def counting_number(text: str) -> int | None:
    """The whole number that these decimal digits say; None for any other text, and for what is too long to be one.

    Python makes no number of thousands of digits.
    """
    return int(text) if len(text) <= _DIGITS and text.isdecimal() else None


@contextmanager
def json_errors(where: str, lines: int = 0) -> Generator[None]:
    """Turns what reading JSON raises into InputError naming `where` and the place, `lines` being those before it."""
    try:
        yield
    except json.JSONDecodeError as error:
        raise InputError(f"{where}: is not JSON: {error.msg} (line {lines + error.lineno})") from None
    except RecursionError:
        raise InputError(f"{where}: is not usable JSON: nested too deeply") from None
    except UnicodeEncodeError as error:
        half = error.object[error.start : error.end].encode("ascii", "backslashreplace").decode()
        raise InputError(f"{where}: holds half a character (the lone surrogate {half})") from None
    except _NoNumberError:
        raise InputError(f"{where}: is not JSON: it has NaN, Infinity or a number too large for any program") from None
    except ValueError:
        raise InputError(f"{where}: is not usable JSON: it has a number of thousands of digits") from None


def dump_json(value: Any) -> str:
    """`value` as JSON that people can read and diff: Arabic as Arabic, one space of indent."""
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


@contextmanager
def writing(path: Path, *beside: Path) -> Generator[None]:
    """Turns what the system raises while `path` is being written into WriteError.

    Where other files are read meanwhile, `beside` are the temporary file or folder that takes its place, and the place
    itself: then errors that name another file are let through. A closed pipe is no file, and is let through as well.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.filename is None:
            is_own = error.errno in OF_WRITING
        else:
            named = Path(os.fsdecode(error.filename))
            is_own = not beside or any(each == named or each in named.parents for each in (path, *beside))
        if not is_own:
            raise
        shown = "standard output" if descriptor(path) == STDOUT else path
        raise WriteError(f"{shown}: cannot be written ({plain_reason(error)})") from None


@contextmanager
def whole_file(path: Path, *, private: bool = False) -> Generator[Path]:
    """A temporary file beside `path`, which takes its place when the block ends well, and vanishes otherwise.

    A link stays, and its target is replaced; a file that was there keeps its mode and, where the system allows it, its
    owner. A stream (`-`, a pipe, a device) gets the content when the block ends well. A `private` file is for its owner
    alone from its first byte on, and no stream. What may be replaced is asked by configs/outputs.py, not here.
    Raises InputError if there cannot be such a file, WriteError if the system refuses.
    """
    streamed = is_stream(path)
    if private:
        need_plain(path)
    with writing(path):
        target = Path(tempfile.gettempdir()) / "stream" if streamed else place_of(path)
        if target.is_dir():
            raise InputError(f"{path}: is a folder; choose a file for -o")
        remove_leftovers(target.parent)
    with temporary_beside(path, target) as folder, writing(path, target, folder):
        made = folder / MADE
        made.touch(mode=0o600)
        yield made
        if streamed:
            pour(made, path)
        else:
            _set_mode(made, target, private)
            made.replace(target)


def write_text(path: Path, text: str) -> None:
    """Writes `text` as UTF-8, all of it or nothing. Half a character (a lone surrogate) is written as JSON does."""
    with whole_file(path) as temporary:
        temporary.write_bytes(text.encode("utf-8", "backslashreplace"))


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Like write_text, of lines that come one by one, each with its end."""
    with whole_file(path) as temporary, temporary.open("wb") as file:
        file.writelines(line.encode("utf-8", "backslashreplace") for line in lines)


def write_private(path: Path, text: str) -> None:
    """Like write_text, for secrets: a file that its owner alone can read, from its first byte on."""
    with whole_file(path, private=True) as temporary:
        temporary.write_bytes(text.encode("utf-8"))


@contextmanager
def held(path: Path) -> Generator[None]:
    """While a file that is added to is read and written: other commands that add to it wait, so that none is lost.

    The lock is the folder's, since the file itself is replaced. Where the system has none, nothing is held.
    """
    with writing(path):
        folder = place_of(path).parent
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            handle = locks.open_folder(folder)
            stack.callback(os.close, handle)
            locks.wait_for_lock(handle)
        yield


def is_open_to_others(path: Path) -> bool:
    """Whether other users of the machine can read the file, or write it.

    The mode says so; on Windows no file has one, and a user's own folders are closed to others.
    """
    return os.name == "posix" and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def need_plain(path: Path) -> None:
    """Raises InputError if `path` is a stream: what is kept for later runs, such as passwords, needs a file."""
    if is_stream(path):
        raise InputError(f"{path}: is no plain file, and what is kept in it is read again; choose a file")


def place_of(path: Path) -> Path:
    """Where a file or folder `path` is or will be, with every link followed.

    The place does not depend on the folder that the process is in. Raises InputError if it cannot be there.
    """
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        path.lstat()  # a name that is too long, before any work is done
    place = Path(os.path.realpath(path))
    if place.is_symlink():
        raise InputError(f"{path}: is a link that leads nowhere; remove it, or choose another -o")
    parent = place.parent if path.is_symlink() else path.parent
    if not parent.is_dir():
        raise InputError(
            f"{path}: {parent} is no folder" if parent.exists() else f"{path}: the folder {parent} does not exist"
        )
    return place


def _set_mode(temporary: Path, target: Path, private: bool) -> None:
    """Gives a new file, which is for its owner only, the mode and owner that it has to have at `target`."""
    try:
        before = target.stat()
    except FileNotFoundError:
        if not private:
            temporary.chmod(0o666 & ~_umask())
        return
    for owner in (before.st_uid, -1) if hasattr(os, "chown") else ():  # the group at least may be given
        with contextlib.suppress(PermissionError):
            os.chown(temporary, owner, before.st_gid)
            break
    if not private:
        temporary.chmod(before.st_mode & 0o777)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


# --- temporary folders, and what killed runs left of them


@contextmanager
def temporary_beside(path: Path, target: Path) -> Generator[Path]:
    """A new folder beside `target`, for the owner only, which is gone when the block ends.

    A signal that ends the command (Ctrl-C, SIGTERM, SIGHUP) waits while it is made, so that it is never left behind.
    `path` is what users call the target. Raises WriteError if the system refuses.
    """
    held = _hold_stops()
    try:
        with writing(path):
            temporary, lock = _new_temporary(target)
        try:
            _release_stops(held)
            yield temporary
        finally:
            _discard_locked(temporary, lock)
    finally:
        _release_stops(held)


def _hold_stops() -> set[int] | None:
    if hasattr(signal, "pthread_sigmask"):
        return signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    return None


def _release_stops(held: set[int] | None) -> None:
    if held is not None:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def _new_temporary(target: Path) -> tuple[Path, int]:
    """A new folder, and a handle to close when it is gone.

    The handle holds a lock: by it others know that the run that made it is alive.
    """
    while True:
        # Long names leave no room for what is added, so it is not the whole name.
        prefix = f".{target.name[:20]}{_OF_MIHAKK}"
        temporary = Path(tempfile.mkdtemp(dir=target.parent, prefix=prefix))
        # Another run may take it for a left-over, in the moment before it is locked.
        with contextlib.suppress(FileNotFoundError):
            lock = locks.open_folder(temporary)
            if locks.lock(lock) is not False and locks.is_open(temporary, lock):
                return temporary, lock
            os.close(lock)


def remove_leftovers(folder: Path) -> None:
    """Removes from `folder` what runs that were killed left there. What belongs to a living run stays."""
    for path in folder.glob(f".*{_OF_MIHAKK}{'[a-z0-9_]' * 8}"):
        try:
            lock = locks.open_folder(path)
        except OSError:  # of somebody else, or gone
            continue
        if locks.lock(lock) and locks.is_open(path, lock):
            _discard_locked(path, lock)
        else:
            os.close(lock)


def _discard_locked(temporary: Path, lock: int) -> None:
    """Removes a temporary folder while it is locked; on Windows, which deletes no open file, right after."""
    if not locks.OPENS_FOLDERS:
        os.close(lock)
    try:
        discard(temporary)
    finally:
        if locks.OPENS_FOLDERS:
            os.close(lock)


def discard(temporary: Path) -> None:
    """Removes a temporary folder. A folder that was moved into it, and not replaced, is moved back first."""
    with contextlib.suppress(OSError):  # the next run tries again
        if not temporary.is_dir():  # versions before 0.2 made temporary files as well
            temporary.unlink()
            return
        moved = temporary / MOVED
        for old in moved.iterdir() if moved.exists() else ():
            if not os.path.lexists(temporary.parent / old.name):
                old.rename(temporary.parent / old.name)
        shutil.rmtree(temporary, ignore_errors=True)
