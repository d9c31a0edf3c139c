"""Printing: text in which nothing can steer the terminal, and tables that never cut a number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.table import Column, Table
from rich.text import Text

from .visible import naming_stream, one_line, visible

# Words are never cut to fewer characters.
_LEAST = 8
# Outside a terminal nothing is cut: a table takes all the width it needs.
_ANY_WIDTH = 100_000


class _Terminal(Console):
    """A console whose text cannot steer the terminal, and whose write errors name standard output."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)

    def render_str(self, text: str, **options: Any) -> Text:
        # rich would remove some of these characters silently.
        return super().render_str(visible(text), **options)

    def print(self, *objects: Any, **options: Any) -> None:
        with naming_stream(self.stderr):
            super().print(*objects, **options)


def terminal(stderr: bool = False) -> Console:
    """A console without markup, since names and articles may contain [brackets] and :words:.

    Lines are not wrapped, so a pipe gets each line as one line.
    """
    return _Terminal(markup=False, emoji=False, highlight=False, soft_wrap=True, stderr=stderr)


def print_parts(parts: Iterable[NumberTable | str]) -> None:
    """Prints tables, and the texts between them: each on one line, whatever characters it contains."""
    console = terminal()
    for part in parts:
        console.print(one_line(part) if isinstance(part, str) else part)


class NumberTable(Table):
    """A table of words and numbers, with words on one line. In a narrow terminal words are cut, but never numbers.

    If even cut words leave too little room for the numbers, the table is wider than the terminal. Outside a terminal
    the table has its full width.
    """

    def __init__(self, title: str | None = None, gap: int = 2) -> None:
        super().__init__(
            title=title and one_line(title), title_justify="left", box=None, pad_edge=False, padding=(0, gap, 0, 0)
        )
        self._gap = gap

    def words(self, *names: str, whole: bool = False) -> None:
        """Adds columns of words. Without enough room they are cut or, if they must stay `whole`, take several lines."""
        for name in names:
            self.add_column(one_line(name) if whole else _cut(name), overflow="fold" if whole else "ellipsis")

    def numbers(self, *names: str) -> None:
        """Adds columns of numbers, or of dates."""
        for name in names:
            self.add_column(visible(name), justify="right", no_wrap=True)

    def row(self, cells: Iterable[str], style: str | None = None) -> None:
        """Adds a row: a cell for each column."""
        self.add_row(
            *(
                visible(cell) if column.no_wrap else _cut(cell) if column.overflow == "ellipsis" else one_line(cell)
                for cell, column in zip(cells, self.columns, strict=True)
            ),
            style=style,
        )

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = max(options.max_width, self._least_width()) if console.is_terminal else _ANY_WIDTH
        yield from super().__rich_console__(console, options.update(max_width=width))

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return super().__rich_measure__(console, options.update(max_width=_ANY_WIDTH))

    def _least_width(self) -> int:
        widths = [(column, max(map(_width, [column.header, *column.cells]))) for column in self.columns]
        return sum(_needed(column, width) + self._gap for column, width in widths)


def _cut(words: str) -> Text:
    # The column decides that it may become narrower; the cell decides that its text is then not wrapped.
    return Text(one_line(words), no_wrap=True, overflow="ellipsis")


def _needed(column: Column, width: int) -> int:
    return width if column.no_wrap else min(width, _LEAST)


def _width(cell: object) -> int:
    return max(map(cell_len, str(cell).split("\n")))
