"""The findings of a check of finished annotations, with their places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ...configs.checks import Severity
from ...configs.spool import Spool


class Work(NamedTuple):
    """One annotator's annotation of one task. Unknown or meaningless values are None. Ids are those of Label Studio."""

    task: object = None
    project: object = None
    article: str | None = None
    annotation: object = None
    annotator: str | None = None

    def link(self, server: str | None) -> str | None:
        """The task's page in the browser, if the `server` address is known."""
        if server is None or type(self.task) is not int or type(self.project) is not int:
            return None
        return f"{server}/projects/{self.project}/data?task={self.task}"


class Use(NamedTuple):
    """How often words were marked with a label, by which annotators, and the first place."""

    label: str
    times: int
    annotators: tuple[str, ...]
    first: Work
    region: str
    start: int
    end: int


class Found(NamedTuple):
    """A result of a check, before its severity is known. Unknown values are None.

    `claim` has the words of the event's claim that it is about. `uses` are the uses of the same words. If `fixable`,
    `--fix` mends it. `names` are the values for the check's `arabic_detail`.
    """

    check: str
    message: str
    work: Work
    region: str | None = None
    label: str | None = None
    start: object = None
    end: object = None
    text: str | None = None
    uses: tuple[Use, ...] = ()
    fixable: bool = False
    claim: str | None = None
    names: tuple[str, ...] = ()


def findings_on_disk() -> Spool[Finding]:
    """A store for any number of findings."""
    return Spool(lambda finding: finding, _unpack)


def _unpack(values: Sequence[Any]) -> Finding:
    found, severity = Found(*values[0]), values[1]
    uses = (Use(*use) for use in found.uses)
    used = tuple(use._replace(annotators=tuple(use.annotators), first=Work(*use.first)) for use in uses)
    return Finding(found._replace(work=Work(*found.work), uses=used, names=tuple(found.names)), severity)


class Finding(NamedTuple):
    """A result of a check, with its severity."""

    found: Found
    severity: Severity

    def record(self, server: str | None) -> dict[str, Any]:
        """The finding for JSON; docs/checks.md has its keys. `server` is Label Studio's address, for links."""
        found, work = self.found, self.found.work
        return {
            "check": found.check,
            "severity": self.severity,
            "message": found.message,
            "task": work.task,
            "article": work.article,
            "annotation": work.annotation,
            "annotator": work.annotator,
            "region": found.region,
            "label": found.label,
            "start": found.start,
            "end": found.end,
            "text": found.text,
            "fixable": found.fixable,
            "link": work.link(server),
            "uses": [
                {
                    "label": use.label,
                    "count": use.times,
                    "annotators": list(use.annotators),
                    "task": use.first.task,
                    "annotation": use.first.annotation,
                    "region": use.region,
                    "start": use.start,
                    "end": use.end,
                    "link": use.first.link(server),
                }
                for use in found.uses
            ],
        }
