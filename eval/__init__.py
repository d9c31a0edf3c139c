"""Floor 3: compares annotations, reads gold datasets and predictions, runs extractors.

In Python: `from mihakk.eval import evaluate, compare, compute_metrics`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .comparison import compare as compare
    from .score import evaluate as evaluate
    from .trainer import compute_metrics as compute_metrics

_HOME = {"evaluate": "score", "compare": "comparison", "compute_metrics": "trainer"}
__all__ = ["compare", "compute_metrics", "evaluate"]


def __getattr__(name: str) -> Any:
    """Imports on first use, so that the command line starts fast."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_HOME[name]}", __name__), name)
