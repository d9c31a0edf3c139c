"""A command as an extractor: a process that reads a JSON line for each document, and writes one with its answer."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, TYPE_CHECKING, Any, cast

from ...configs.errors import InputError
from ...configs.visible import as_given
from ..running.extractor import CallError, Document, error_in

if TYPE_CHECKING:
    from .spec import Job

# So many characters of a process's standard error are shown when it fails.
_TAIL = 2000
# Limits: a longer line cannot be an answer about a document, and nobody asked for more lines than this.
_MOST_BYTES = 64 << 20
_MOST_LINES = 1000
# Seconds that a process has to end by itself once its input is closed.
_GRACE = 2.0


def command_extractor(rest: str, job: Job, *, timeout: float | None = None) -> CommandExtractor:
    """A command line, split as a shell does, but run without one. `timeout` is in seconds for one document."""
    try:
        words = shlex.split(rest)
    except ValueError as error:
        raise InputError(f"extractor command:{rest}: cannot be split into words ({error})") from None
    if not words:
        raise InputError("extractor command: needs a command line, such as command:node extract.mjs")
    if shutil.which(words[0]) is None:
        raise InputError(f"extractor command:{rest}: there is no program {words[0]}")
    return CommandExtractor(words, timeout)


class CommandExtractor:
    """Processes of one command: as many as documents are asked at the same time. A process that fails is replaced."""

    parallel = True
    secrets: Sequence[str] = ()

    def __init__(self, words: Sequence[str], timeout: float | None = None, first_line: str | None = None) -> None:
        self._words, self._timeout, self._first_line = words, timeout, first_line
        self._idle: SimpleQueue[_Process] = SimpleQueue()
        self._all: set[_Process] = set()

    def extract(self, documents: Sequence[Document]) -> Sequence[object]:
        return [self._answer(document) for document in documents]

    def _answer(self, document: Document) -> object:
        try:
            process = self._idle.get_nowait()
        except Empty:
            process = _Process(self._words, self._first_line)
            self._all.add(process)
        is_well = False
        try:
            answer = process.ask(document, self._timeout)
            is_well = True
        finally:
            if is_well:
                self._idle.put(process)
            else:  # what it writes next may belong to this document
                self._all.discard(process)
                process.end(0)
        if (error := error_in(answer)) is not None:
            raise CallError(" ".join(error.split()), "error")
        return answer

    def identity(self) -> Mapping[str, str]:
        """The hash of the files that the command line names."""
        hashed = hashlib.sha256()
        files = [Path(word) for word in self._words if Path(word).is_file()]
        for file in files:
            hashed.update(file.read_bytes() + b"\0")
        return {"code": hashed.hexdigest()[:16]} if files else {}

    def close(self) -> None:
        for process in list(self._all):
            process.end(_GRACE)


class _Process:
    """One process, in its own process group, so that everything it started ends with it."""

    def __init__(self, words: Sequence[str], first_line: str | None) -> None:
        try:
            self._process = subprocess.Popen(  # noqa: S603  no shell, and the user's own words
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise CallError(f"{words[0]} cannot be started ({error.strerror})", "not started") from None
        self._lines: SimpleQueue[bytes] = SimpleQueue()
        self._errors: deque[bytes] = deque(maxlen=40)
        self._readers = [
            threading.Thread(target=self._read_lines, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        self._first_line = first_line

    def _read_lines(self) -> None:
        stdout = cast("IO[bytes]", self._process.stdout)
        while line := stdout.readline(_MOST_BYTES):
            self._lines.put(line)
            if self._lines.qsize() > _MOST_LINES:
                self._kill()
                break
        self._lines.put(b"")

    def _read_errors(self) -> None:
        stderr = cast("IO[bytes]", self._process.stderr)
        while piece := stderr.readline(_TAIL):
            self._errors.append(piece)

    def ask(self, document: Document, timeout: float | None) -> object:
        """The answer to a document. Raises CallError if there is none, or it is not JSON or about another document."""
        first, self._first_line = self._first_line, None
        sent = (f"{first}\n" if first is not None else "") + json.dumps(document) + "\n"
        # A process that does not read may keep a writer waiting for ever.
        threading.Thread(target=self._write, args=(sent.encode(),), daemon=True).start()
        try:
            line = self._lines.get(timeout=timeout)
        except Empty:
            raise CallError(f"no answer within {timeout:g} seconds", "time-out") from None
        if not line:
            code = self._wait()
            raise CallError(f"the command ended with code {code}{self._tail()}", f"ended with code {code}")
        try:
            answer: Any = json.loads(line)
        except ValueError:
            line_text = line.decode("utf-8", "replace").strip()
            raise CallError(
                f"the command wrote something that is not JSON: {line_text:.80}{self._tail()}", "no JSON"
            ) from None
        named = cast("dict[str, Any]", answer).get("id") if isinstance(answer, dict) else None
        if named is not None and named != document["id"]:
            raise CallError(f"the command answered out of order, with document {as_given(named)}", "out of order")
        return answer

    def _write(self, sent: bytes) -> None:
        stdin = cast("IO[bytes]", self._process.stdin)
        with suppress(OSError, ValueError):  # the way the process ended tells more
            stdin.write(sent)
            stdin.flush()

    def _wait(self) -> int | None:
        try:
            code = self._process.wait(_GRACE)
            self._readers[1].join(_GRACE)
        except subprocess.TimeoutExpired:  # it closed its output, but still runs
            return None
        return code

    def _tail(self) -> str:
        errors = b"".join(self._errors).decode("utf-8", "replace").strip()
        return f"; it said: {' '.join(errors[-_TAIL:].split())}" if errors else ""

    def end(self, grace: float) -> None:
        """Ends the process and everything it started: by closing its input, and after `grace` seconds by force."""
        stdin = cast("IO[bytes]", self._process.stdin)
        if grace:
            with suppress(OSError):
                stdin.close()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(grace)
        self._kill()
        self._process.wait()
        with suppress(OSError):  # only after the kill, since a writer that still waits would block it
            stdin.close()
        for reader in self._readers:
            reader.join(_GRACE)
        for stream in (self._process.stdout, self._process.stderr):
            cast("IO[bytes]", stream).close()

    def _kill(self) -> None:
        if os.name == "posix":
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        else:  # without process groups, processes that it started do not end with it
            self._process.kill()
