"""Pages of findings for the people who can mend them: one for each annotator, with a link to each task."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from ...configs.checks import Check, load_checks
from ...configs.files import dump_json
from ...configs.folders import FolderKind
from ...configs.scheme import Scheme
from .findings import Finding, Work

PAGES_FOLDER = FolderKind("folder of pages for annotators", "findings.json", re.compile(r"findings\.json|[^/]*\.html"))
_NO_OWNER = "team-lead"


def by_annotator(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    """The findings by annotator, incomplete work first. Those without one, as in a task's data, are under ""."""
    checks = load_checks()
    grouped: dict[str, list[Finding]] = {}
    for finding in sorted(findings, key=lambda finding: not checks[finding.found.check].incomplete):
        grouped.setdefault(finding.found.work.annotator or "", []).append(finding)
    return dict(sorted(grouped.items()))


def incomplete(findings: Sequence[Finding]) -> dict[str, set[Work]]:
    """The submitted annotations with a missing answer, by annotator."""
    checks = load_checks()
    found: dict[str, set[Work]] = {}
    for finding in findings:
        if checks[finding.found.check].incomplete and (work := finding.found.work).annotator:
            found.setdefault(work.annotator, set()).add(work)
    return found


def write_pages(findings: Sequence[Finding], server: str | None, folder: Path, scheme: Scheme) -> list[str]:
    """Writes a page for each annotator into `folder`, and a page for the team lead if findings have no annotator.

    Pages are in Arabic and English if the scheme is in Arabic, otherwise in English. Returns the names of the files.
    `server` is Label Studio's address, for links. Labels have the names on the annotators' screen. Text of articles is
    escaped.
    """
    from ...configs.pages.look import page, without_addresses

    checks = load_checks()
    names: dict[str, str] = {}
    for number, (annotator, own) in enumerate(by_annotator(findings).items(), 1):
        word = re.sub(r"[^\w@.+-]", "_", annotator)[:80] if annotator else _NO_OWNER
        names[annotator or _NO_OWNER] = f"{number}-{word}.html"
        made = page(
            "findings.html",
            "export check",
            who=without_addresses(annotator),
            parts=list(_parts(own, checks)),
            count=len(own),
            server=server,
            without_addresses=without_addresses,
            name_of=partial(_name, scheme),
            language=scheme.language,
            opens=scheme.language,
        )
        (folder / names[annotator or _NO_OWNER]).write_text(made, encoding="utf-8", newline="\n")
    (folder / PAGES_FOLDER.marker).write_text(dump_json({"pages": names}), encoding="utf-8", newline="\n")
    return list(names.values())


def _name(scheme: Scheme, label: str) -> str:
    """The label with its name on the annotators' screen, and its name in exports."""
    known = scheme.labels.get(label)
    return f"{scheme.text(known)} ({label})" if known else label


def _parts(own: Sequence[Finding], checks: Mapping[str, Check]) -> Iterator[tuple[bool, Check, list[Finding]]]:
    """Findings grouped by check: whether the work is incomplete, the check, the findings."""
    grouped: dict[str, list[Finding]] = {}
    for finding in own:
        grouped.setdefault(finding.found.check, []).append(finding)
    for check, findings in grouped.items():
        yield checks[check].incomplete, checks[check], findings
