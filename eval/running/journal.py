"""The journal of a run: a folder beside the output that keeps each answer, so that a stopped run can continue.

`manifest.json` names the extractor and the documents, `answers.jsonl` has a line for each document that was tried, and
`run.json` has the figures at the end. Only its owner can read the folder: answers may contain words of articles that
are not public.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Self, cast

from ...configs.errors import InputError, UnavailableError
from ...configs.files import dump_json, parse_json, place_of, read_text, write_private, writing
from ...configs.formats import FORMAT, FORMATS, RUN, check_format
from ...configs.locks import OPENS_FOLDERS, lock
from .values import json_line

MANIFEST, ANSWERS, RECORD = "manifest.json", "answers.jsonl", "run.json"
# These values may change between two starts of a run, since they change no answer.
_FREE = frozenset(("versions", FORMAT))


def journal_of(output: Path) -> Path:
    """The journal's folder for a file of predictions."""
    place = place_of(output)
    return place.with_name(f"{place.name}.run")


class Journal:
    """Answers by document id. A later line about a document replaces an earlier one.

    `answered` and `failed` have the position of each document's line in the file. The answers of `refused` were not
    valid predictions.
    """

    def __init__(self, folder: Path, manifest: Mapping[str, Any], file: BinaryIO, secrets: Iterable[str] = ()) -> None:
        self.folder, self.manifest = folder, manifest
        self.answered: dict[str, int] = {}
        self.failed: dict[str, int] = {}
        self.refused: set[str] = set()
        self._file = file
        self._secrets = [secret for secret in secrets if secret]
        self._read()

    @classmethod
    def start(cls, folder: Path, manifest: Mapping[str, Any], *, fresh: bool, secrets: Iterable[str] = ()) -> Self:
        """Makes the journal, or continues an existing journal of the same run.

        Raises InputError if it belongs to another run and not `fresh`, or if the folder is something else;
        UnavailableError if another process is at work on it.
        """
        manifest = {FORMAT: FORMATS[RUN], **manifest}
        with writing(folder):
            folder.mkdir(mode=0o700, exist_ok=True)
            known = (folder / MANIFEST).exists()
            if not known and not all(map(_is_of_a_start, folder.iterdir())):
                raise InputError(f"{_shown(folder)}: is not a run of this command (no {MANIFEST}); choose another -o")
        if known and not fresh:
            _need_same(folder, manifest)
        with writing(folder):
            in_bytes = getattr(os, "O_BINARY", 0)  # Windows would change line ends
            handle = os.open(folder / ANSWERS, os.O_RDWR | os.O_CREAT | os.O_APPEND | in_bytes, 0o600)
            file = os.fdopen(handle, "r+b")
            try:
                _lock(file, folder)
                if not fresh and (folder / MANIFEST).exists():
                    _need_same(folder, manifest)  # another run may have started and ended before the lock
                if fresh:
                    file.truncate(0)
                    (folder / RECORD).unlink(missing_ok=True)
                write_private(folder / MANIFEST, dump_json(manifest))
                return cls(folder, manifest, file, secrets)
            except BaseException:
                file.close()
                raise

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The journal of an earlier run, for reading only. Raises InputError if there is none."""
        manifest = read_manifest(folder)
        try:
            return cls(folder, manifest, (folder / ANSWERS).open("rb"))
        except OSError:
            raise InputError(f"{_shown(folder)}: has no {ANSWERS}; it is not a run") from None

    def _read(self) -> None:
        """Finds the last line of each document. A line that was cut off by a kill or a power cut is ignored."""
        self._file.seek(0)
        at = 0
        for line in self._file:
            if not line.endswith(b"\n"):
                if self._file.writable():
                    self._file.truncate(at)
                break
            row = _row(line)
            if row is not None:
                self._note(row, at)
            at += len(line)

    def _note(self, row: Mapping[str, Any], at: int) -> None:
        name = row["id"]
        (self.answered if "answer" in row else self.failed)[name] = at
        (self.failed if "answer" in row else self.answered).pop(name, None)
        (self.refused.add if "refused" in row else self.refused.discard)(name)

    def add(self, row: Mapping[str, Any]) -> None:
        """Adds a line for a document: `id`, then `answer` or `error`, and figures. It is on disk when this returns."""
        text = json_line(row)
        for secret in self._secrets:
            text = text.replace(json.dumps(secret, ensure_ascii=False)[1:-1], "[secret]")
        with writing(self.folder / ANSWERS):
            at = self._file.seek(0, os.SEEK_END)
            self._file.write(text.encode() + b"\n")
            self._file.flush()
        self._note(row, at)

    def row(self, name: str) -> dict[str, Any] | None:
        """A document's line; None if it was not tried."""
        at = self.answered.get(name, self.failed.get(name))
        if at is None:
            return None
        self._file.seek(at)
        return _row(self._file.readline())

    def rows(self, names: Iterable[str]) -> Iterator[dict[str, Any]]:
        """The lines of those of these documents that were tried."""
        yield from filter(None, map(self.row, names))

    def write_record(self, record: Mapping[str, Any]) -> None:
        write_private(self.folder / RECORD, dump_json({FORMAT: FORMATS[RUN], **record}))

    def close(self) -> None:
        """Closes the file. A journal without an answer is of no use, and is removed."""
        is_useless = self._file.writable() and not self.answered
        if is_useless:  # still under the lock
            shutil.rmtree(self.folder, ignore_errors=True)
        self._file.close()
        if is_useless and not OPENS_FOLDERS:  # since Windows deletes no open file
            shutil.rmtree(self.folder, ignore_errors=True)


def answered_before(folder: Path, manifest: Mapping[str, Any]) -> set[str]:
    """The documents that `start` would find answered. It changes nothing. Raises InputError as `start` does."""
    if not (folder / MANIFEST).exists():
        return set()
    _need_same(folder, {FORMAT: FORMATS[RUN], **manifest})
    journal = Journal.open(folder)
    journal.close()
    return set(journal.answered)


def _need_same(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Raises InputError if the answers in the folder belong to another run."""
    before = read_manifest(folder)
    different = [key for key in {**manifest, **before} if key not in _FREE and manifest.get(key) != before.get(key)]
    if not different:
        return
    if "extractor" in different:  # all other differences follow from it
        run = f"another extractor, {_of(before, 'extractor')}"
    else:
        changes = (f"{key} ({_of(before, key)} then, {_of(manifest, key)} now)" for key in different)
        run = f"another run; different are {', '.join(changes)}"
    raise InputError(
        f"{_shown(folder)}: has answers of {run}; give --fresh to discard them and start again, or choose another -o"
    )


def _of(manifest: Mapping[str, Any], key: str) -> str:
    """A value of a manifest in the form that the user gave."""
    value = manifest.get(key)
    if isinstance(value, dict):
        value = ", ".join(f"{name}={given}" for name, given in cast("dict[str, Any]", value).items())
    return "none" if value in (None, "") else str(value)


def _shown(folder: Path) -> str:
    """The folder as the user sees it: relative to the folder where the command was started, if it is inside."""
    here = Path.cwd()
    return str(folder.relative_to(here) if folder.is_relative_to(here) else folder)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run. Raises InputError if the folder is not a run, or is from a newer Mihakk."""
    if not (folder / MANIFEST).is_file():
        raise InputError(f"{folder}: is not a run (no {MANIFEST}); it is the folder beside the predictions, NAME.run")
    manifest = parse_json(read_text(folder / MANIFEST), str(folder / MANIFEST))
    if not isinstance(manifest, dict):
        raise InputError(f"{folder / MANIFEST}: is not the manifest of a run")
    manifest = cast("dict[str, Any]", manifest)
    check_format(manifest, RUN, str(folder / MANIFEST))
    return manifest


def _row(line: bytes) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", row) if _is_row(row) else None


def _is_row(row: Any) -> bool:
    """Whether this is a valid line, as `Outcome.row` makes it. Lines that somebody changed by hand are ignored."""
    if not isinstance(row, dict):
        return False
    row = cast("dict[str, Any]", row)
    tokens: Any = row.get("tokens", [0, 0])
    return (
        isinstance(row.get("id"), str)
        and ("answer" in row or isinstance(row.get("error"), str))
        and isinstance(row.get("kind", ""), str)
        and all(_is_number(row.get(key, 0)) for key in ("seconds", "attempts"))
        and isinstance(tokens, list)
        and len(cast("list[Any]", tokens)) == 2
        and all(map(_is_number, cast("list[Any]", tokens)))
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15


def _is_of_a_start(path: Path) -> bool:
    """Whether this folder was left by a run that was killed before it wrote its manifest."""
    return path.name.startswith(".") or (path.name == ANSWERS and path.stat().st_size == 0)


def _lock(file: BinaryIO, folder: Path) -> None:
    """Locks the journal for this process. Without locks in the file system, it does nothing."""
    if lock(file.fileno()) is False:
        raise UnavailableError(f"{_shown(folder)}: another run is at work here; wait for it, or choose another -o")
