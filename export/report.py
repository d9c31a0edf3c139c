"""What `mihakk export` tells people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from ..configs.checks import load_checks
from .check import Checked
from .dataset import SET_ASIDE_FILE, GoldSet
from .findings import Finding
from .fix import Fix
from .label_studio import ADJUDICATION, Export
from .status import Status


def gold_summary(gold: GoldSet, output: Path) -> str:
    """What the gold set has, how far annotators agreed, and what was set aside, by reason."""
    counts = gold.counts
    splits = ", ".join(f"{split} {len(documents)}" for split, documents in gold.splits.items())
    lines = [
        f"{output!s}: {counts['documents']} documents ({splits}) of {counts['events']} events: "
        f"{counts['entities']} entities, {counts['claims']} claims, {counts['stances']} article stances"
    ]
    lines += [f"  the split {split} is empty: too few events" for split, rows in gold.splits.items() if not rows]
    if agreed := _agreement(gold.agreement):
        lines.append(f"  agreement before merging (strict F1; stance: share of equal answers): {agreed}")
    reasons = Counter(aside.reason.split(":")[0] for aside in gold.set_aside)
    if reasons:
        listed = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
        lines.append(f"  set aside, listed in {SET_ASIDE_FILE}: {listed}")
    if counts["undecided"]:
        articles = len({aside.article_id for aside in gold.set_aside if aside.undecided})
        lines.append(
            f"  {counts['undecided']} of these are undecided, in {articles} articles: `mihakk export adjudicate` makes "
            "tasks of them"
        )
    return "\n".join(lines)


def adjudication_summary(tasks: Sequence[Mapping[str, Any]], export: Export, output: Path) -> str:
    """How many articles and differences go to the adjudicator, and where to next."""
    differences = sum(task["data"][ADJUDICATION].count("\n") + 1 for task in tasks)
    lines = [
        f"{output}: {len(tasks)} of {len(export.tasks)} articles, with {differences} differences that are undecided"
    ]
    if tasks:
        lines += [
            f"  next: mihakk annotate push {output} --project adjudication, then, when they are done, mihakk export "
            "pull adjudication -o adjudicated.json, and export dataset … --adjudicated adjudicated.json"
        ]
    return "\n".join(lines)


def pull_summary(status: Status, output: Path) -> str:
    """What was pulled, and what in it is unfinished."""
    lines = [f"{output}: {status.tasks} tasks with {status.annotations} annotations"]
    if status.finished < status.tasks:
        lines.append(
            f"  unfinished: {status.begun} tasks begun, {status.untouched} untouched; "
            f"{status.annotations_missing} annotations to go"
        )
    if status.skipped or status.drafts:
        lines.append(f"  skipped {status.skipped} times; {status.drafts} drafts not submitted")
    return "\n".join(lines + _problems(status))


def status_table(title: str, url: str, status: Status) -> Iterator[Table | str]:
    """The status for people, in parts to print one after the other."""
    yield f"{title} {url}"
    yield (
        f"{status.finished} of {status.tasks} tasks finished by {status.annotators_per_task} "
        f"({status.begun} begun, {status.untouched} untouched); {status.annotations} annotations, "
        f"{status.annotations_missing} to go"
    )
    table = Table("annotator", box=None)
    for column in ("finished", "skipped", "drafts", "median minutes", "last work"):
        table.add_column(column, justify="right")
    for one in status.annotators:
        table.add_row(
            one.annotator,
            str(one.finished),
            str(one.skipped),
            str(one.drafts),
            "" if one.median_seconds is None else f"{one.median_seconds / 60:.1f}",
            (one.last_work or "")[:16].replace("T", " "),
        )
    if status.annotators:
        yield table
    if agreed := _agreement(status.agreement):
        yield f"agreement so far (strict F1; stance: share of equal answers): {agreed}"
    if status.hours_left is not None and status.median_seconds is not None:
        minutes = status.median_seconds / 60
        yield f"time left: {status.hours_left:.1f} hours of one person, at {minutes:.1f} minutes a task"
    yield from _problems(status)


def _problems(status: Status) -> list[str]:
    return [f"  cannot become gold yet: {problem}" for problem in status.problems]


def _agreement(agreement: Mapping[str, float | None]) -> str:
    return ", ".join(f"{task} {value:.3f}" for task, value in agreement.items() if value is not None)


def check_report(source: str, checked: Checked, server: str | None, limit: int | None) -> Iterator[Table | str]:
    """What a check found, in parts to print one after the other: counts, then findings, `limit` of each check."""
    counts = checked.counts()
    yield (
        f"{source}: {checked.tasks} tasks, {checked.annotations} finished annotations, {checked.regions} regions: "
        f"{_number(counts['error'], 'error')}, {_number(counts['warning'], 'warning')}"
    )
    grouped = checked.by_check()
    if not grouped:
        return
    table = Table("check", "severity", box=None)
    table.add_column("findings", justify="right")
    table.add_column("meaning")
    meanings = load_checks()
    for check, findings in grouped.items():
        table.add_row(check, findings[0].severity, str(len(findings)), meanings[check].meaning)
    yield table
    for check, findings in grouped.items():
        yield f"\n{check} ({findings[0].severity}, {len(findings)})"
        yield from (_finding(finding, server) for finding in findings[:limit])
        if limit is not None and len(findings) > limit:
            yield f"  … and {len(findings) - limit} more; --all lists them"


def fix_summary(fixes: Sequence[Fix], output: Path) -> str:
    """What was mended, and where it is now."""
    counts = Counter(str(fix.record["fix"]) for fix in fixes)
    return (
        f"{output}: {_number(counts['trimmed'], 'edge')} trimmed, {_number(counts['merged'], 'duplicate')} merged, "
        "each recorded in its region's meta; what is left:"
    )


def _finding(finding: Finding, server: str | None) -> str:
    """One finding on one line."""
    found, work = finding.found, finding.found.work
    place = [
        f"task {work.task}" if work.task is not None else "",
        work.article or "",
        work.annotator or "",
        f"region {found.region}" if found.region else "",
        f"{found.label} {found.start}–{found.end}" if found.label else "",
    ]
    words = f" “{_short(found.text)}”" if found.text is not None else ""
    link = work.link(server)
    return f"  {_plain(', '.join(filter(None, place)))}{words}: {_plain(found.message)}" + (f" {link}" if link else "")


def _short(words: str) -> str:
    return _plain(words if len(words) <= 60 else words[:59] + "…")


def _plain(words: str) -> str:
    """Words from the export on one line, without what would steer a terminal."""
    words = words.replace("\n", "⏎").replace("\r", "⏎")
    return "".join(char if char.isprintable() else " " if char.isspace() else "�" for char in words)


def _number(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
