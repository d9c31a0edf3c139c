"""What `mihakk annotate` tells people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.table import Table

from .document import Article
from .events import Coverage
from .page import Page


def removed_lines(pages: Sequence[Page]) -> Table:
    """Every line left out of the articles, with its place and the reason."""
    table = Table("page", "line", "reason", "text", box=None, title="Left out")
    for page in pages:
        for removed in page.removed:
            table.add_row(page.article.id, str(removed.number), removed.reason, removed.text)
    return table


def tasks_summary(articles: Sequence[Article], coverage: Mapping[str, Coverage], output: Path) -> str:
    """What was made, and what the articles lack."""
    outlets = {a.outlet for a in articles if a.outlet}
    events = {a.event_id for a in articles if a.event_id}
    claims = {claim.id for c in coverage.values() for claim in c.claims}
    lacking = [
        f"{key}: {', '.join(a.id for a in articles if getattr(a, key) is None)}"
        for key in ("title", "outlet", "published")
        if any(getattr(a, key) is None for a in articles)
    ]
    lines = [
        f"{output!s}: {len(articles)} tasks from {len(outlets)} outlets, "
        f"on {len(events)} events with {len(claims)} claims",
        *(f"  not on the page, left empty: {line}" for line in lacking),
    ]
    return "\n".join(lines)
