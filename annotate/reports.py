"""What `mihakk annotate` tells people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.table import Table

from .inspection import Finding
from .page import Page

# A terminal is no place for thousands of rows; the HTML report has them all.
_ROWS = 200


def removed_lines(page: Page) -> Iterator[str]:
    """Every line left out of the article: article, line number, reason, text."""
    for removed in page.removed:
        yield f"{page.article.id}  {removed.number}  {removed.reason}  {removed.text}"


class InspectionTable:
    """The report as a table, fed while findings pass by. Of a large corpus only what looks wrong is shown."""

    def __init__(self) -> None:
        self.articles = 0
        self._suspicious = 0
        self._rows: list[Finding] = []

    def watch(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """The findings as they are, counted."""
        for finding in findings:
            self.articles += finding.reading.page is not None
            self._suspicious += bool(finding.suspicions)
            self._rows.append(finding)
            if len(self._rows) > _ROWS:
                # Those without suspicion make room first, then the later ones.
                clean = next((n for n, row in enumerate(self._rows) if not row.suspicions), len(self._rows) - 1)
                del self._rows[clean]
            yield finding

    def render(self) -> Table:
        """The table, with the totals as its title."""
        left_out = f"; {len(self._rows)} shown" if len(self._rows) == _ROWS else ""
        title = f"{self.articles} articles, {self._suspicious} with something to look at{left_out}"
        table = Table(title=title, title_justify="left", box=None, pad_edge=False)
        for name, width in (("article", 16), ("outlet", 16), ("published", 16), ("headline", 24)):
            table.add_column(name, no_wrap=True, max_width=width)
        table.add_column("kept", justify="right")
        table.add_column("left out", justify="right")
        table.add_column("to look at", overflow="fold")
        for finding in self._rows:
            page = finding.reading.page
            if page is None:
                table.add_row(finding.reading.source, "", "", "", "", "", "could not be read")
                continue
            article = page.article
            table.add_row(
                article.id,
                article.outlet or "–",
                article.published or "–",
                article.title or "–",
                str(finding.paragraphs),
                str(len(page.removed)),
                "; ".join(finding.suspicions),
            )
        return table
