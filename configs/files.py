"""Reading and writing files: all of a file, or one clear error."""

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
# Inside a temporary folder: the new file or folder, and the place where the replaced folder waits, under its own name.
MADE, MOVED = "new", "old"
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
# Finds texts in which Python may see a number where JSON has none: NaN, Infinity, 1e999.
_MAYBE_NO_NUMBER = re.compile(r"NaN|Infinity|\d[eE]\+?\d{3}|(?<!\d)\d{309}")
# A device that has so much is no place for a text.
_OF_DEVICE = 1 << 20
# More digits than any offset, position or counter has.
_DIGITS = 18


def read_text(path: Path) -> str:
    """The file as text, without a byte order mark; line ends stay as they are.

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
    """The text of a file, without a byte order mark, and its encoding.

    Raises InputError if the file is not text.
    """
    encoding, text = _decoded(data, whole=True)
    return text, encoding.removesuffix("-sig")


def encoding_of(data: bytes, whole: bool = True) -> str:
    """The encoding of a file; if not `whole`, `content` is only the beginning of the file.

    UTF-8 and UTF-16 are recognised by their form. Otherwise it is the likeliest of the older encodings for Arabic.
    Raises InputError if the file is not text.
    """
    return _decoded(data, whole)[0]


def _decoded(data: bytes, whole: bool) -> tuple[str, str]:
    """The encoding, and the decoded text."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        tried = ["utf-16"]
    else:
        # A text in UTF-8 has no zero bytes. A text in UTF-16 has them, also without its byte order mark.
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
        raise InputError("is not text in UTF-8, UTF-16, Windows-1256 or ISO 8859-6")
    return best.encoding, data.decode(best.encoding)


def _has_controls(text: str) -> bool:
    """Whether there are control characters other than white space. Text has none, unless its encoding is wrong."""
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
    """Raises UnicodeEncodeError if `value`, read from this part of `text`, contains half a character.

    JSON can express half a character (a lone surrogate), but no file and no database accepts it.
    """
    if _SURROGATE.search(text, start, end):
        json.dumps(value, ensure_ascii=False).encode("utf-8")


class _NoNumberError(ValueError):
    """The text has a number that JSON does not allow."""


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True


def counting_number(text: str) -> int | None:
    """The whole number that these decimal digits mean; None for any other text, or if there are too many digits.

    Python refuses to read a number of thousands of digits.
    """
    return int(text) if len(text) <= _DIGITS and text.isdecimal() else None


@contextmanager
def json_errors(where: str, lines: int = 0) -> Generator[None]:
    """Turns errors of reading JSON into an InputError with `where` and the line; `lines` stand before this text."""
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
    """`value` as JSON that people can read and compare: Arabic letters unescaped, one space of indent."""
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


@contextmanager
def writing(path: Path, *beside: Path) -> Generator[None]:
    """Turns errors of the system while `path` is being written into WriteError.

    If other files are read meanwhile, `beside` names the temporary file or folder that will take the place of `path`,
    and the place itself: then errors about other files stay as they are. An error of a closed pipe stays too.
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
    """A temporary file beside `path`. It replaces `path` when the block ends well, and is removed otherwise.

    A link stays, and its target is replaced. A replaced file keeps its mode and, where the system allows it, its
    owner. A stream (`-`, a pipe, a device) gets the content when the block ends well. Only the owner can read a
    `private` file, from its first byte on; it cannot be a stream. configs/outputs.py decides what may be replaced.
    Raises InputError if no such file is possible, WriteError if the system refuses.
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
    """Writes `text` as UTF-8, all of it or nothing. Half a character (a lone surrogate) is escaped as in JSON."""
    with whole_file(path) as temporary:
        temporary.write_bytes(text.encode("utf-8", "backslashreplace"))


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Like write_text, for lines that come one by one, each with its line end."""
    with whole_file(path) as temporary, temporary.open("wb") as file:
        file.writelines(line.encode("utf-8", "backslashreplace") for line in lines)


def write_private(path: Path, text: str) -> None:
    """Like write_text, for secrets: a file that its owner alone can read, from its first byte on."""
    with whole_file(path, private=True) as temporary:
        temporary.write_bytes(text.encode("utf-8"))


@contextmanager
def held(path: Path) -> Generator[None]:
    """Holds a lock while a file is read and added to. Other commands that add to it wait, so no addition is lost.

    The folder is locked, since the file itself is replaced. On a system without locks, nothing is locked.
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
    """Whether other users of the machine can read or write the file, by its mode.

    On Windows files have no mode; there a user's own folders are closed to others.
    """
    return os.name == "posix" and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def need_plain(path: Path) -> None:
    """Raises InputError if `path` is a stream: content that later runs need, such as passwords, must go into a file."""
    if is_stream(path):
        raise InputError(f"{path}: is not a plain file, but its content is needed again; choose a file")


def place_of(path: Path) -> Path:
    """The absolute place of the file or folder `path`, which need not exist yet, with every link followed.

    Raises InputError if nothing can be written there.
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
    """Gives a new file, which only its owner can read so far, the mode and owner that it must have at `target`."""
    try:
        before = target.stat()
    except FileNotFoundError:
        if not private:
            temporary.chmod(0o666 & ~_umask())
        return
    for owner in (before.st_uid, -1) if hasattr(os, "chown") else ():  # if not the owner, at least the group
        with contextlib.suppress(PermissionError):
            os.chown(temporary, owner, before.st_gid)
            break
    if not private:
        temporary.chmod(before.st_mode & 0o777)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


# --- temporary folders, and those that killed runs left behind


@contextmanager
def temporary_beside(path: Path, target: Path) -> Generator[Path]:
    """A new folder beside `target`, for the owner only. It is removed when the block ends.

    A signal that ends the command (Ctrl-C, SIGTERM, SIGHUP) waits while the folder is made, so it is never left
    behind. `path` is the target as the user wrote it. Raises WriteError if the system refuses.
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
    """A new folder, and a handle to close when the folder is gone.

    The handle holds a lock. It shows other runs that the run which made the folder is still alive.
    """
    while True:
        # Only part of the name is used: a long name would leave no room for the rest.
        prefix = f".{target.name[:20]}{_OF_MIHAKK}"
        temporary = Path(tempfile.mkdtemp(dir=target.parent, prefix=prefix))
        # Until the folder is locked, another run may take it for a left-over.
        with contextlib.suppress(FileNotFoundError):
            lock = locks.open_folder(temporary)
            if locks.lock(lock) is not False and locks.is_open(temporary, lock):
                return temporary, lock
            os.close(lock)


def remove_leftovers(folder: Path) -> None:
    """Removes temporary folders of killed runs from `folder`. Those of running commands stay."""
    for path in folder.glob(f".*{_OF_MIHAKK}{'[a-z0-9_]' * 8}"):
        try:
            lock = locks.open_folder(path)
        except OSError:  # it belongs to somebody else, or is gone
            continue
        if locks.lock(lock) and locks.is_open(path, lock):
            _discard_locked(path, lock)
        else:
            os.close(lock)


def _discard_locked(temporary: Path, lock: int) -> None:
    """Removes a temporary folder while it is locked. Windows deletes no open file: there, directly after unlocking."""
    if not locks.OPENS_FOLDERS:
        os.close(lock)
    try:
        discard(temporary)
    finally:
        if locks.OPENS_FOLDERS:
            os.close(lock)


def discard(temporary: Path) -> None:
    """Removes a temporary folder. If a folder was moved into it and not replaced, that folder is moved back first."""
    with contextlib.suppress(OSError):  # the next run tries again
        if not temporary.is_dir():  # versions before 0.2 made temporary files as well
            temporary.unlink()
            return
        moved = temporary / MOVED
        for old in moved.iterdir() if moved.exists() else ():
            if not os.path.lexists(temporary.parent / old.name):
                old.rename(temporary.parent / old.name)
        shutil.rmtree(temporary, ignore_errors=True)
