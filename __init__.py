"""Mihakk (محكّ, the touchstone): gold datasets for Arabic news, and scores of extractors against them.

docs/python.md shows how to use it in Python. Its names come from `mihakk.api`, which is loaded on first use.
"""

# ruff: noqa: F403, F405 (type checkers follow the star, and the names below are held to those of api.py by a test)
from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import *

__version__ = "0.1.0"

__all__ = [
    "Agreement",
    "Annotation",
    "Article",
    "Checked",
    "Claim",
    "Comparison",
    "EventClaim",
    "Export",
    "Gold",
    "GoldDocument",
    "InputError",
    "MihakkError",
    "OwnersWord",
    "Plan",
    "Scheme",
    "Scores",
    "Span",
    "Splitting",
    "agreement",
    "check",
    "compare",
    "compute_metrics",
    "evaluate",
    "load_scheme",
    "make_gold",
    "make_tasks",
    "plan",
    "predict",
    "read_articles",
    "read_export",
    "read_gold",
    "write_gold",
]


def __getattr__(name: str) -> Any:
    """Imports on first use, so that the command line starts fast."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(".api", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
