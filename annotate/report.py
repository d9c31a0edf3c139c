"""The reports that `mihakk annotate` prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ..configs.terminal import NumberTable
from ..configs.visible import counted, joined, one_line

if TYPE_CHECKING:
    # Slow to import, and each command needs only some of them.
    from .inspection import Finding
    from .label_studio.answers import AccountThere
    from .label_studio.local import LocalServer
    from .label_studio.push import Pushed, Rehearsed
    from .pages.page import Page

# The terminal shows at most this many rows; the HTML report has all of them.
_ROWS = 200


def removed_lines(page: Page) -> Iterator[str]:
    """Every line left out of the article: article, line number, reason, text."""
    for removed in page.removed:
        yield one_line(f"{page.article.id}  {removed.number}  {removed.reason}  {removed.text}")


class InspectionTable:
    """The report as a table, filled while findings pass through. For a large corpus it shows only suspicious articles.

    With `to_look_at` it always shows only these.
    """

    def __init__(self, to_look_at: bool = False) -> None:
        self._to_look_at = to_look_at
        self.articles = 0
        self._suspicious = 0
        self._rows: list[Finding] = []

    def watch(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Passes the findings on and counts them; with `to_look_at`, only the suspicious ones."""
        for finding in findings:
            self.articles += finding.reading.page is not None
            self._suspicious += bool(finding.suspicions)
            if self._to_look_at and not finding.suspicions:
                continue
            self._rows.append(finding)
            if len(self._rows) > _ROWS:
                # If the table is full, drop an article without suspicions, or else the last one.
                clean = next((n for n, row in enumerate(self._rows) if not row.suspicions), len(self._rows) - 1)
                del self._rows[clean]
            yield finding

    def render(self) -> NumberTable:
        """The table, with the totals as its title."""
        left_out = f"; {len(self._rows)} shown" if len(self._rows) == _ROWS else ""
        title = f"{counted(self.articles, 'article')}, {self._suspicious} with something to look at{left_out}"
        table = NumberTable(title)
        table.words("article", "outlet", "headline")
        table.numbers("published", "kept", "left out")
        table.words("to look at", whole=True)
        for finding in self._rows:
            page = finding.reading.page
            if page is None:
                table.row((finding.reading.source, "", "", "", "", "", "could not be read"))
                continue
            article = page.article
            table.row(
                (
                    article.id,
                    article.outlet or "–",
                    article.title or "–",
                    article.published or "–",
                    str(finding.paragraphs),
                    str(len(page.removed)),
                    "; ".join(finding.suspicions),
                )
            )
        return table


def push_summary(pushed: Pushed) -> str:
    """A summary of the push, and the project's number of tasks."""
    project = pushed.project
    lines = [
        f"{project.title}: {counted(pushed.sent, 'task')} added, {pushed.already} were already there; "
        f"it now has {project.tasks}, "
        f"each for {counted(project.annotators_per_task, 'annotator')}: {project.url}"
    ]
    if pushed.doubles_removed:
        lines.append(f"  {pushed.doubles_removed} duplicate tasks without annotations were removed")
    if pushed.grown:
        lines.append(f"  {counted(pushed.grown, 'task')} already there got the new claims at the end")
    if pushed.reworded:
        lines.append(
            f"  {counted(len(pushed.reworded), 'reworded claim')} in tasks with answers, which stay; "
            "look at them again (`mihakk export check` lists those that were not changed since):"
        )
        lines += (
            f"    {change.article}, {change.claim}: “{change.before}” is now “{change.now}”: "
            f"{project.url}/data?task={change.task}"
            for change in pushed.reworded
        )
    if pushed.maybe_on_its_way:
        lines.append(
            "  a request got no answer, and its tasks have not arrived; if they appear twice later, "
            "the same command removes the duplicates"
        )
    if pushed.differing:
        lines.append(
            f"  some tasks already there differ from the file in {', '.join(pushed.differing)}; they stay unchanged"
        )
    return joined(lines)


def rehearsal(found: Rehearsed, title: str, annotators_per_task: int | None, url: str) -> str:
    """What a push would do; nothing was done."""
    project = found.project
    if project is None:
        each = counted(annotators_per_task or 1, "annotator")
        lines = [
            f"would make the project “{title}” on {url}, each task for {each}, and add {counted(found.missing, 'task')}"
        ]
    else:
        lines = [
            f"{project.title}: would add {counted(found.missing, 'task')}, {found.already} are there: {project.url}"
        ]
        if found.changes:
            named = ", ".join(_SETTINGS[name] for name in found.changes if name in _SETTINGS)
            lines.append(f"  would change the project's {named}")
        if found.grown:
            lines.append(f"  would add new claims to {counted(found.grown, 'task')} there")
        if found.reworded:
            lines.append(f"  would change the words of {counted(found.reworded, 'claim')} there")
    return joined([*lines, "Nothing was sent."])


_SETTINGS = {
    "label_config": "interface",
    "expert_instruction": "instructions",
    "maximum_annotations": "annotators per task",
}


def accounts_table(accounts: Sequence[AccountThere]) -> NumberTable:
    """All accounts, with the day of their last activity."""
    table = NumberTable(f"{len(accounts)} accounts")
    table.words("account", "last active", whole=True)
    for account in accounts:
        table.row((account.email, account.last_seen or "–"))
    return table


def serving(local: LocalServer, *, show_password: bool) -> str:
    """The server's address, the login and the next steps. The password is shown on a terminal only, never in a log."""
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
