"""What stands on a terminal: text of others without the characters that would steer it, and lines that stay lines.

Everything that Mihakk prints goes through here, or through `configs/terminal.py`, which uses it; tests/test_visible.py
sees to that. What is written to files is not changed.
"""

from __future__ import annotations

import json
import re
import sys
import warnings
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from types import TracebackType
from typing import Any

# Controls (C0, DEL, C1), the separators of lines and paragraphs that are not line feeds, overrides and isolates of
# the direction of writing, and halves of characters, which no stream takes. Joiners and the marks of direction
# (ZWNJ, ZWJ, LRM, RLM, ALM) are a part of Arabic text and steer nothing: they stay.
_STEERING = r"\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff"
_IN_TEXT = re.compile(f"[{_STEERING}]")
_IN_LINE = re.compile(f"[\n{_STEERING}]")
_formatted = warnings.formatwarning
_NAMED = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}


def visible(text: str) -> str:
    r"""The text with what would steer a terminal written out, as \x1b or \u202e. Line feeds stay."""
    return _IN_TEXT.sub(_written_out, text)


def one_line(text: str) -> str:
    """Like `visible`, on one line whatever the text holds."""
    return _IN_LINE.sub(_written_out, text)


def joined(lines: Iterable[str]) -> str:
    """The lines as one text, in which each of them is one line."""
    return "\n".join(map(one_line, lines))


def as_given(value: object, most: int = 60) -> str:
    """A value of a file in a message: a text in quotes, anything else as JSON and YAML write it, such as null."""
    if isinstance(value, str):
        return f"{value!r:.{most}}"
    if isinstance(value, bytes):
        return "bytes that are no text"
    try:
        return f"{json.dumps(value, ensure_ascii=False, default=str):.{most}}"
    except (ValueError, TypeError, RecursionError):  # what JSON cannot hold
        return f"{value!s:.{most}}" if not isinstance(value, dict | list | tuple) else "what holds too much"


def counted(number: int, one: str, many: str | None = None) -> str:
    """The number with its word, such as “1 document” and “2 documents”; `many` is `one` with an s if left out."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def print_line(line: str, err: bool = False) -> None:
    """Prints one line on standard output, or on standard error."""
    import typer

    with naming_stream(err):
        typer.echo(one_line(line), err=err)


@contextmanager
def naming_stream(err: bool = False) -> Generator[None]:
    """An OSError in the block names the stream: else it would be taken for one of the file that is being written."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = "standard error" if err else "standard output"
        raise


class _Asked:
    """What the user asked for on the command line."""

    quiet = False


def be_quiet(quiet: bool) -> None:
    """From here on notes and progress are printed, or not (`mihakk -q`)."""
    _Asked.quiet = quiet


def is_quiet() -> bool:
    """Whether only results and errors are wanted."""
    return _Asked.quiet


def print_note(note: str, prefix: str = "mihakk: note: ") -> None:
    """Prints a note on standard error: worth knowing, and nothing to mend. `mihakk -q` prints none."""
    if not is_quiet():
        print_line(f"{prefix}{note}", err=True)


def print_data(text: str) -> None:
    """Prints text for another program, such as a table of CSV: as it is into a pipe or file, visibly on a terminal."""
    _echo(visible(text) if sys.stdout is not None and sys.stdout.isatty() else text)


def print_json(value: Any) -> None:
    """Prints `value` as JSON, in which what would steer a terminal is escaped: for a program it is the same value."""
    from .files import dump_json

    # All that is not escaped yet is in strings, and in the Basic Multilingual Plane.
    _echo(_IN_TEXT.sub(lambda found: f"\\u{ord(found[0]):04x}", dump_json(value)))


def _echo(text: str) -> None:
    import typer

    with naming_stream():
        typer.echo(text, nl=False, color=True)  # else it takes out what looks like a colour


def visible_libraries() -> None:
    """From now on, warnings of libraries, what they log, and the traceback of a mistake in the code are visible too."""
    import logging

    class VisibleRecord(logging.LogRecord):
        def getMessage(self) -> str:  # noqa: N802 - the library's name
            return visible(super().getMessage())

    logging.setLogRecordFactory(VisibleRecord)
    warnings.formatwarning = _visible_warning
    sys.excepthook = _visible_traceback


def _visible_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    import traceback

    sys.stderr.write(visible("".join(traceback.format_exception(kind, error, trace))))


def _visible_warning(*arguments: Any, **named: Any) -> str:
    return visible(_formatted(*arguments, **named))


def _written_out(found: re.Match[str]) -> str:
    char = found[0]
    return _NAMED.get(char) or (f"\\x{ord(char):02x}" if char < "\u0100" else f"\\u{ord(char):04x}")
