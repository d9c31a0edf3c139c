"""What `mihakk annotate` tells people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from rich.table import Table

from ..configs.terminal import terminal
from .document import Article
from .events import Coverage
from .page import Page
from .push import Pushed
from .server import LocalServer


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


def waiting(for_what: str) -> AbstractContextManager[object]:
    """Shows on a terminal's stderr, while the block runs, that something is being waited for."""
    console = terminal(stderr=True)
    return console.status(for_what) if console.is_terminal else nullcontext()


def push_summary(pushed: Pushed) -> str:
    """What a push did, and what the project has now."""
    project = pushed.project
    lines = [
        f"{project.title}: {pushed.sent} tasks put in, {pushed.already} were there; it has {project.tasks}, "
        f"each for {_count(project.annotators_per_task, 'annotator')}: {project.url}"
    ]
    if pushed.doubles_removed:
        lines.append(f"  {pushed.doubles_removed} tasks that were there twice, without work on them, were removed")
    if pushed.differing:
        lines.append(
            f"  some tasks that were there differ from the file in {', '.join(pushed.differing)}; they stay as they are"
        )
    return "\n".join(lines)


def serving(local: LocalServer, *, show_password: bool) -> str:
    """Where the server is, how to log in, and what to do next. The password goes to a terminal, and into no log."""
    password = local.account.password if show_password else f"in {local.account_file}"
    return (
        f"\nLabel Studio is at {local.url}\n"
        f"  log in as  {local.account.email}\n"
        f"  password   {password}\n"
        f"  kept in    {local.folder}\n"
        "\nNext, in another terminal:\n"
        "  mihakk annotate annotators add ann@example.org -o passwords.csv\n"
        "  mihakk export status\n"
        "  mihakk export pull -o export.json\n"
        "\nCtrl-C stops it; nothing is lost."
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")
