"""Printing to the terminal: text as it is, whatever it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def terminal(stderr: bool = False) -> Console:
    """A console that takes nothing in a text for markup: names and articles may hold [brackets] and :words:.

    Lines are not wrapped; a pipe gets one line for one line.
    """
    from rich.console import Console

    return Console(markup=False, emoji=False, highlight=False, soft_wrap=True, stderr=stderr)
