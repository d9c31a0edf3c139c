"""How far long work is: a line on a terminal's standard error that vanishes again. `mihakk -q` shows none."""

from __future__ import annotations

import sys
import threading
from collections.abc import Generator, Iterable, Iterator, Sized
from contextlib import contextmanager
from typing import Any, TypeVar

from .visible import is_quiet, one_line

Item = TypeVar("Item")

# Seconds. Work that is done sooner shows nothing, and does not import what draws.
DELAY = 0.5


class Bar:
    """What is shown of one piece of work: its words, and how much of it is done."""

    def __init__(self, words: str, total: int | None = None) -> None:
        self._words, self._done, self._total = words, 0, total
        self._drawn: Any = None
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def update(self, done: int, total: int | None = None, words: str | None = None) -> None:
        """So much is done; `total` and `words` where they change."""
        with self._lock:
            self._done, self._total, self._words = done, total or self._total, words or self._words
            self._redraw()

    def _redraw(self) -> None:
        if self._drawn:
            # Where nobody knows how much there is, the number of what is done stands alone.
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
                # What is printed into a file or a pipe meanwhile must not land on the terminal.
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
    """Whether progress is shown at all: to somebody at a terminal who did not ask for quiet."""
    return not is_quiet() and sys.stderr is not None and sys.stderr.isatty()


@contextmanager
def progress(words: str, total: int | None = None) -> Generator[Bar]:
    """Shows, while the block runs, what is at work, for how long, and how much of `total` is done."""
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
    """The items, while what is shown counts them."""
    with progress(words, len(items) if isinstance(items, Sized) else None) as bar:
        for number, item in enumerate(items):
            bar.update(number)
            yield item
