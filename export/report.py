"""What `mihakk export` tells people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from rich.table import Table

from ..eval.gold import GoldDocument
from .corpus import Findings
from .dataset import SET_ASIDE_FILE, GoldSet
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


def read_summary(gold: GoldSet, output: Path, findings: Findings) -> str:
    """What was read from a corpus, and what was read otherwise than it is written there."""
    counts = gold.counts
    splits = ", ".join(f"{split} {len(documents)}" for split, documents in gold.splits.items() if documents)
    lines = [
        f"{output}: {counts['documents']} documents ({splits}): {counts['entities']} entities, "
        f"{counts['claims']} claims, {counts['stances']} article stances",
        f"  splits: {gold.split_rule}",
        f"  labels: {', '.join(gold.scheme.entities)}",
    ]
    reasons = Counter(aside.reason for aside in gold.set_aside)
    lines += [f"  set aside, listed in {SET_ASIDE_FILE}: {n} × {reason}" for reason, n in reasons.most_common()]
    lines += [f"  repaired: {repaired}" for repaired in findings.repaired]
    return "\n".join([*lines, *(f"  {note}" for note in findings.notes)])


def written_summary(documents: Sequence[GoldDocument], output: Path, left_out: Collection[str]) -> str:
    """What was written, and how much of the gold set it has no place for; `left_out` are keys of `_counts`."""
    counts = _counts(documents)
    lines = [
        f"{output}: {len(documents)} documents"
        + "".join(f", {counts[key]} {key}" for key in ("entities", "claims") if key not in left_out)
    ]
    lost = [f"{counts[key]} {key}" for key in counts if key in left_out and counts[key]]
    if lost:
        lines.append(f"  not in it: {', '.join(lost)}; --as jsonl has everything")
    return "\n".join(lines)


def _counts(documents: Sequence[GoldDocument]) -> dict[str, int]:
    """How much of each kind there is that a format may have no place for."""
    said = [document.annotation for document in documents]
    claims = [claim for annotation in said for claim in annotation.claims]
    articles = [document.article for document in documents]
    facts = [(a.title, a.outlet, a.agency, a.published, a.url, a.event_id, a.source) for a in articles]
    return {
        "entities": sum(len(annotation.entities) for annotation in said),
        "claims": len(claims),
        "stances of claims": sum(claim.stance is not None for claim in claims),
        "sources of claims": sum(len(claim.sources) for claim in claims),
        "notes": sum(claim.note is not None for claim in claims),
        "event claims that claims are about": sum(claim.about is not None for claim in claims),
        "article stances": sum(len(annotation.stances) for annotation in said),
        "event claims": sum(len(document.claims) for document in documents),
        "titles, outlets, dates, events and other facts": sum(fact is not None for row in facts for fact in row),
        "names of annotators": sum(
            len(document.annotators) + (document.preannotated_by is not None) for document in documents
        ),
        "ids and texts as they were": len(documents),
    }
