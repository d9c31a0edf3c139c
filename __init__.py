"""Mihakk (محكّ, the touchstone): gold datasets for Arabic news, and the ruler to score extractors on them.

docs/python.md shows how to use it in Python. The names are those of `mihakk.api`, which is loaded when one is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import (
        Agreement as Agreement,
    )
    from .api import (
        Annotation as Annotation,
    )
    from .api import (
        Article as Article,
    )
    from .api import (
        Checked as Checked,
    )
    from .api import (
        Claim as Claim,
    )
    from .api import (
        Comparison as Comparison,
    )
    from .api import (
        EventClaim as EventClaim,
    )
    from .api import (
        Export as Export,
    )
    from .api import (
        Gold as Gold,
    )
    from .api import (
        GoldDocument as GoldDocument,
    )
    from .api import (
        InputError as InputError,
    )
    from .api import (
        MihakkError as MihakkError,
    )
    from .api import (
        OwnersWord as OwnersWord,
    )
    from .api import (
        Scheme as Scheme,
    )
    from .api import (
        Scores as Scores,
    )
    from .api import (
        Span as Span,
    )
    from .api import (
        Splitting as Splitting,
    )
    from .api import (
        agreement as agreement,
    )
    from .api import (
        check as check,
    )
    from .api import (
        compare as compare,
    )
    from .api import (
        compute_metrics as compute_metrics,
    )
    from .api import (
        evaluate as evaluate,
    )
    from .api import (
        load_scheme as load_scheme,
    )
    from .api import (
        make_gold as make_gold,
    )
    from .api import (
        make_tasks as make_tasks,
    )
    from .api import (
        predict as predict,
    )
    from .api import (
        read_articles as read_articles,
    )
    from .api import (
        read_export as read_export,
    )
    from .api import (
        read_gold as read_gold,
    )
    from .api import (
        write_gold as write_gold,
    )

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
