"""Progress of long work: a line on a terminal's standard error that disappears at the end. `mihakk -q` shows none."""

from __future__ import annotations

import sys
import threading
from collections.abc import Generator, Iterable, Iterator, Sized
from contextlib import contextmanager
from typing import Any, TypeVar

from .visible import is_quiet, one_line

Item = TypeVar("Item")

# Seconds. Shorter work shows no progress, and does not import the library that draws it.
DELAY = 0.5


class Bar:
    """The progress line of one piece of work: its words, and how much is done."""

    def __init__(self, words: str, total: int | None = None) -> None:
        self._words, self._done, self._total = words, 0, total
        self._drawn: Any = None
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def update(self, done: int, total: int | None = None, words: str | None = None) -> None:
        """Sets how much is done; also `total` and `words` if they changed."""
        with self._lock:
            self._done, self._total, self._words = done, total or self._total, words or self._words
            self._redraw()

    def _redraw(self) -> None:
        if self._drawn:
            # Without a known total, only the number that is done is shown.
            counted = f"{self._words} {self._done}" if self._done and self._total is None else self._words
            self._drawn.update(
                self._drawn.task_ids[0], description=one_line(counted), completed=self._done, total=self._total
            )

    def start(self) -> None:
        if DELAY <= 0:
            self._draw()
            return
        self._timer = threading.Timer(DELAY, self._draw)
        self._timer.daemon = True
        self._timer.start()

    def _draw(self) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        from .terminal import terminal

        with self._lock:
            self._drawn = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                *([MofNCompleteColumn()] if self._total else []),
                TimeElapsedColumn(),
                console=terminal(stderr=True),
                transient=True,
                # Output to a file or a pipe must not appear on the terminal meanwhile.
                redirect_stdout=sys.stdout is not None and sys.stdout.isatty(),
            )
            self._drawn.add_task("", total=self._total)
            self._redraw()
            self._drawn.start()

    def stop(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer.join()
        if self._drawn:
            self._drawn.stop()


def is_shown() -> bool:
    """Whether progress is shown at all: only on a terminal, and not with --quiet."""
    return not is_quiet() and sys.stderr is not None and sys.stderr.isatty()


@contextmanager
def progress(words: str, total: int | None = None) -> Generator[Bar]:
    """While the block runs, shows the words, the time so far, and how much of `total` is done."""
    bar = Bar(words, total)
    if not is_shown():
        yield bar
        return
    bar.start()
    try:
        yield bar
    finally:
        bar.stop()


def watched(items: Iterable[Item], words: str) -> Iterator[Item]:
    """The items; the progress line counts them as they are taken."""
    with progress(words, len(items) if isinstance(items, Sized) else None) as bar:
        for number, item in enumerate(items):
            bar.update(number)
            yield item
