"""Reading and writing files: whole and right, or one clear error."""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import re
import shutil
import sys
import tempfile
import unicodedata
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .errors import OF_WRITING, InputError, WriteError, plain_reason

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
# Where a text may hold what Python takes for a number, and JSON does not: NaN, Infinity, 1e999.
_MAYBE_NO_NUMBER = re.compile(r"NaN|Infinity|\d[eE]\+?\d{3}|(?<!\d)\d{309}")


def read_text(path: Path) -> str:
    """The file as text, without a byte order mark, line ends untouched.

    Raises InputError if it cannot be read, is empty, or is not UTF-8.
    """
    try:
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


def decode(data: bytes) -> tuple[str, str]:
    """The text of a file and the encoding it was found to be in; a byte order mark is dropped.

    Raises InputError if it is no text.
    """
    encoding, text = _decoded(data, whole=True)
    return text, encoding.removesuffix("-sig")


def encoding_of(data: bytes, whole: bool = True) -> str:
    """The encoding of a file, or (if not `whole`) of a file that begins so.

    UTF-8 and UTF-16 are told by their own form; other encodings are detected, among those in which Arabic was
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
def writing(path: Path, beside: Path | None = None) -> Generator[None]:
    """Turns what the system raises while `path` is being written into WriteError.

    Where other files are read meanwhile, `beside` is the temporary file or folder that takes its place: then errors
    that name another file are let through. A closed pipe is no file, and is let through as well.
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
            is_own = beside is None or any(one == named or one in named.parents for one in (path, beside))
        if not is_own:
            raise
        raise WriteError(f"{path}: cannot be written ({plain_reason(error)})") from None


@contextmanager
def whole_file(path: Path) -> Generator[Path]:
    """A temporary path beside `path`, which takes its place when the block ends well, and vanishes otherwise.

    Raises InputError if there cannot be such a file, WriteError if the system refuses.
    """
    temporary = _new_file(path)
    try:
        with writing(path, temporary):
            yield temporary
            # mkstemp makes files for the owner only; a result gets the modes of any new file.
            mask = os.umask(0)
            os.umask(mask)
            temporary.chmod(0o666 & ~mask)
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path, marker: str) -> Generator[Path]:
    """Like whole_file, for a folder.

    An earlier folder at `path` is replaced only if it is empty or holds `marker`, so that no
    folder of the user's own is ever deleted. Raises InputError otherwise.
    """
    with writing(path):
        _need_folder(path)
        if path.exists() and not (path / marker).is_file() and not (path.is_dir() and not any(path.iterdir())):
            raise InputError(f"{path}: exists and was not made by this command (no {marker}); choose another -o")
        temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=_prefix(path)))
    try:
        with writing(path, temporary):
            made = temporary / "new"
            made.mkdir()
            yield made
            if path.exists():
                path.rename(temporary / "old")
            made.rename(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Writes `text` as UTF-8, all of it or nothing. Half a character (a lone surrogate) is written as JSON does."""
    with whole_file(path) as temporary:
        temporary.write_bytes(text.encode("utf-8", "backslashreplace"))


def write_private(path: Path, text: str) -> None:
    """Like write_text, for secrets: a file that its owner alone can read, from its first byte on."""
    temporary = _new_file(path)  # made with mode 600
    try:
        with writing(path, temporary):
            temporary.write_bytes(text.encode("utf-8"))
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _new_file(path: Path) -> Path:
    """An empty file beside `path`, for the owner only."""
    with writing(path):
        _need_folder(path)
        if path.is_dir():
            raise InputError(f"{path}: is a folder; choose a file for -o")
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=_prefix(path))
    os.close(handle)
    return Path(name)


def _prefix(path: Path) -> str:
    """The start of a temporary name: long names leave no room for what mkstemp adds, so it is not the whole name."""
    return f".{path.name[:20]}."


def _need_folder(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        path.lstat()  # a name that is too long, before any work is done
    if not path.parent.is_dir():
        raise InputError(
            f"{path}: {path.parent} is no folder"
            if path.parent.exists()
            else f"{path}: the folder {path.parent} does not exist"
        )
