"""The summaries that `mihakk export` prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..annotate.document import Claim, show_span
from ..annotate.task import ADJUDICATION
from ..configs.checks import load_checks
from ..configs.errors import grouped
from ..configs.labels import LAYER_WORD, LAYER_WORDS, layers
from ..configs.scheme import CLAIM
from ..configs.terminal import NumberTable
from ..configs.visible import counted, joined, one_line
from ..eval.agreement.measure import measured
from ..eval.gold.records import GOLD_FILE, SET_ASIDE_FILE, Gold
from .check.check import Checked
from .check.findings import Finding
from .check.fix import Fix
from .diff import DocumentDiff, GoldDiff, ScoreChange
from .finished import Export
from .formats.corpus import Findings
from .hub import Upload, WholeGold
from .migrate import Migration
from .status import Status
from .strata import ALL_CLAIMS, CLAIMS

_MOST_OUTLETS = 12
_MOST_SETS = 10


def gold_summary(gold: Gold, output: Path, before: str | None = None) -> str:
    """The content of the gold set, the agreement of annotators, and the numbers of pieces set aside, by reason."""
    counts, provenance = gold.counts, gold.provenance
    splits = ", ".join(f"{split} {len(documents)}" for split, documents in gold.splits.items())
    documents, events = (counted(counts[f"{unit}s"], unit) for unit in ("document", "event"))
    lines = [f"{output!s}: {documents} ({splits}) of {events}: {_marked(gold)}", *_replaced(gold, before)]
    lines += [f"  the split {split} is empty: too few events" for split, rows in gold.splits.items() if not rows]
    lines += [f"  warning: {note}" for note in provenance.notes]
    lines += [f"  near-copies, kept in one split: {', '.join(names)}" for names in provenance.near_copies[:_MOST_SETS]]
    if len(provenance.near_copies) > _MOST_SETS:
        lines.append(f"  {len(provenance.near_copies) - _MOST_SETS} more sets of near-copies, listed in {GOLD_FILE}")
    if agreed := _agreement(provenance.agreement):
        lines.append(f"  agreement before merging ({measured(provenance.agreement)}): {agreed}")
    reasons, undecided = Counter[str](), set[str]()
    for aside in gold.set_aside:  # there may be many pieces, on disk
        reasons[aside.reason.split(":")[0]] += 1
        undecided.update([aside.article_id] if aside.undecided else [])
    if reasons:
        listed = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
        lines.append(f"  set aside, listed in {SET_ASIDE_FILE}: {listed}")
    if counts["undecided"]:
        lines.append(
            f"  {counts['undecided']} of these are undecided, in {counted(len(undecided), 'article')}: "
            "`mihakk export adjudicate` makes tasks of them"
        )
    return joined(lines)


def _marked(gold: Gold) -> str:
    """The number of marks in each layer of the scheme."""
    return ", ".join(of_layer(gold.counts[layer], layer) for layer in layers(gold.labels)) or "nothing marked"


def of_layer(number: int, layer: str) -> str:
    """The number of marks of a layer, in words."""
    return counted(number, LAYER_WORD[layer], LAYER_WORDS[layer])


def adjudication_summary(tasks: Sequence[Mapping[str, Any]], export: Export, output: Path) -> str:
    """The numbers of articles and differences for the adjudicator, and the next commands."""
    differences = sum(len(task["data"][ADJUDICATION].splitlines()) for task in tasks)
    agreed = sum(not task["data"][ADJUDICATION] for task in tasks)
    lines = [
        f"{output}: {len(tasks)} of {counted(len(export.tasks), 'article')}, "
        f"with {counted(differences, 'undecided difference')}"
        + (f"; {agreed} of them agreed, for review" if agreed else "")
    ]
    if tasks:
        lines += [
            f"  next: mihakk annotate push {output} --project adjudication, then, when they are done, mihakk export "
            "pull adjudication -o adjudicated.json, and export dataset … --adjudicated adjudicated.json"
        ]
    return joined(lines)


def distribution_table(header: Mapping[str, Any]) -> NumberTable:
    """How often each label and frequent outlet occurs in each split, by gold.json, with percentages."""
    table = NumberTable()
    table.words("in the splits")
    table.numbers(*header["splits"])
    rows: dict[str, dict[str, int]] = {"documents": header["splits"]}
    for kind, strata in header["distribution"].items():
        prefix = "" if kind == "entities" else f"{kind.removesuffix('s')} "
        shown = list(strata.items())[: _MOST_OUTLETS if kind == "outlets" else None]
        rows |= {"claims" if (kind, name) == (CLAIMS, ALL_CLAIMS) else prefix + name: counts for name, counts in shown}
    for name, counts in rows.items():
        total = sum(counts.values())
        table.row((name, *(f"{count} {count / total:4.0%}" for count in counts.values())))
    return table


def pull_summary(status: Status, output: Path) -> str:
    """The numbers of pulled tasks and annotations, and of unfinished ones."""
    lines = [f"{output}: {counted(status.tasks, 'task')} with {counted(status.annotations, 'annotation')}"]
    if status.finished < status.tasks:
        lines.append(
            f"  unfinished: {counted(status.begun, 'task')} begun, {status.untouched} untouched; "
            f"{counted(status.annotations_missing, 'annotation')} to go"
        )
    if status.skipped or status.drafts:
        lines.append(f"  skipped {counted(status.skipped, 'time')}; {counted(status.drafts, 'draft')} not submitted")
    return joined(lines + _problems(status))


def status_table(title: str, url: str, status: Status) -> Iterator[NumberTable | str]:
    """The status for people, in parts to print in order."""
    yield f"{title} {url}"
    yield (
        f"{status.finished} of {counted(status.tasks, 'task')} finished by {status.annotators_per_task} "
        f"({status.begun} begun, {status.untouched} untouched); {counted(status.annotations, 'annotation')}, "
        f"{status.annotations_missing} to go"
    )
    table = NumberTable()
    table.words("annotator")
    table.numbers("finished", "submitted, incomplete", "skipped", "drafts", "median minutes", "last work")
    for person in status.annotators:
        table.row(
            (
                person.annotator,
                str(person.finished),
                str(person.incomplete),
                str(person.skipped),
                str(person.drafts),
                "" if person.median_seconds is None else f"{person.median_seconds / 60:.1f}",
                (person.last_work or "")[:16].replace("T", " "),
            )
        )
    if status.annotators:
        yield table
    if status.incomplete:
        yield (
            f"{status.incomplete} submitted, incomplete: answers are missing; "
            "`mihakk export check --by annotator` gives them back to their owners"
        )
    if agreed := _agreement(status.agreement):
        yield f"agreement so far ({measured(status.agreement)}): {agreed}"
    if status.hours_left is not None and status.median_seconds is not None:
        minutes = status.median_seconds / 60
        yield f"time left: {status.hours_left:.1f} hours of one person, at {minutes:.1f} minutes a task"
    yield from _problems(status)


def _problems(status: Status) -> list[str]:
    notes = [f"  note: {note}" for note in status.notes]
    return notes + [f"  cannot become gold yet: {problem}" for problem in grouped(status.problems)]


def _agreement(agreement: Mapping[str, float | None]) -> str:
    return ", ".join(f"{task} {value:.3f}" for task, value in agreement.items() if value is not None)


def check_report(source: str, checked: Checked, server: str | None, limit: int | None) -> Iterator[NumberTable | str]:
    """The results of a check, in parts to print in order: counts, then at most `limit` findings of each check."""
    counts = checked.counts()
    yield (
        f"{source}: {counted(checked.tasks, 'task')}, {counted(checked.annotations, 'finished annotation')}, "
        f"{counted(checked.regions, 'region')}: "
        f"{counted(counts['error'], 'error')}, {counted(counts['warning'], 'warning')}"
    )
    grouped = checked.by_check()
    if not grouped:
        return
    table = NumberTable()
    table.words("check", "severity")
    table.numbers("findings")
    table.words("meaning", whole=True)
    meanings = load_checks()
    for check, findings in grouped.items():
        table.row((check, findings[0].severity, str(len(findings)), meanings[check].meaning))
    yield table
    for check, findings in grouped.items():
        yield ""
        yield f"{check} ({findings[0].severity}, {len(findings)})"
        yield from (_finding(finding, server) for finding in findings[:limit])
        if limit is not None and len(findings) > limit:
            yield f"  … and {len(findings) - limit} more; --all lists them"


def fix_summary(fixes: Sequence[Fix], output: Path) -> str:
    """The numbers of mended regions, and the path of the new export."""
    counts = Counter(str(fix.record["fix"]) for fix in fixes)
    return one_line(
        f"{output}: {counted(counts['trimmed'], 'boundary', 'boundaries')} trimmed, "
        f"{counted(counts['merged'], 'duplicate')} merged, each recorded in its region's meta; remaining findings:"
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
    """Words from the export on one line, without characters that would steer a terminal."""
    return one_line(words.replace("\n", "⏎").replace("\r", "⏎"))


def diff_report(found: GoldDiff) -> Iterator[NumberTable | str]:
    """The difference of two gold sets for people, in parts to print in order."""
    yield f"{_gold_title(found.old)} → {_gold_title(found.new)}"
    for kind, (gone, come) in found.labels.items():
        yield f"labels of {kind}: " + ", ".join([*(f"- {name}" for name in gone), *(f"+ {name}" for name in come)])
    yield from (f"+ {name} ({split})" for name, split in found.added.items())
    yield from (f"- {name} ({split})" for name, split in found.removed.items())
    before, after = found.old.documents(), found.new.documents()
    stances = bool(found.old.labels.claim_stances or found.new.labels.claim_stances)
    for document in found.documents:
        texts = before[document.id].article.text, after[document.id].article.text
        yield f"{document.id}"
        yield from (f"  {line}" for line in _document_lines(document, texts, stances))
    counts = {name: count for name, count in found.counts.items() if count}
    yield ", ".join(f"{name}: {count}" for name, count in counts.items()) or "nothing changed"
    if found.scores:
        yield from _score_lines(found.scores)
    level, reason = found.level
    message = f"version {found.suggested} ({level}: {reason})" if found.suggested else f"{level}: {reason}"
    yield f"suggested: {message}"
    if found.suggested and found.suggested != found.new.version:
        yield f"  the new one has the version {found.new.version}"


def _replaced(gold: Gold, before: str | None) -> Iterator[str]:
    """A line about the gold set that was in the folder before, since it is gone now."""
    if before:
        yield f"  replaces {before}" if before != gold.title else f"  the same as before: {before}"


def gold_migrated(old: Gold, new: Gold, output: Path, before: str | None = None) -> list[str]:
    """The path of the migrated gold set, and the numbers of pieces set aside by the migration."""
    lines = [f"{output}: {new.title} under {new.labels.id}, of {_gold_title(old)} under {old.labels.id}"]
    reasons = Counter(aside.reason for aside in new.set_aside[len(old.set_aside) :])
    return [*lines, *_replaced(new, before), *(f"  set aside: {count} × {reason}" for reason, count in reasons.items())]


def tasks_migrated(migration: Migration, output: Path) -> list[str]:
    """The path of the migrated export, and the numbers of changed labels."""
    of = ", ".join(f"{count} of {id_}" for id_, count in migration.tasks.items())
    lines = [f"{output}: tasks now of {migration.scheme.id}: {of}"]
    for (layer, label, now), count in sorted(migration.changes.items()):
        if label != now:
            lines.append(f"  {layer}: {label} → {now}: {count}")
    return [*lines, *(f"  note: {note}" for note in migration.notes())]


def _document_lines(document: DocumentDiff, texts: tuple[str, str], stances: bool) -> Iterator[str]:
    if document.split:
        yield f"split: {' → '.join(document.split)}"
    if document.text:
        yield "the text changed; annotations before and after the change are compared at their new places"
    for name, (old, new) in document.fields.items():
        yield f"{name}: {_value(old)} → {_value(new)}"
    for change in document.entities:
        sides = [
            span and show_span(span.start, span.end, span.label, text)
            for span, text in zip((change.old, change.new), texts, strict=True)
        ]
        yield f"entity {change.kind}: " + " → ".join(side for side in sides if side)
    for change in document.claims:
        sides = [
            claim and f"{show_span(claim.start, claim.end, CLAIM, text)} {_claim(claim, text, stances)}"
            for claim, text in zip((change.old, change.new), texts, strict=True)
        ]
        fields = f" ({', '.join(change.fields)})" if change.fields else ""
        yield f"claim {change.kind}{fields}: " + " → ".join(side for side in sides if side)
    for claim_id, (old, new) in document.event_claims.items():
        yield f"claim of the event {claim_id}: {_value(old)} → {_value(new)}"
    for claim_id, (old, new) in document.stances.items():
        yield f"stance on {claim_id}: {_value(old)} → {_value(new)}"


def _claim(claim: Claim, text: str, stances: bool) -> str:
    """The values of a claim besides its place; `stances` if claims may have stances."""
    sources = ", ".join(show_span(s.start, s.end, s.label, text) for s in claim.sources)
    parts = [
        claim.stance or ("no stance" if stances else ""),
        sources and f"by {sources}",
        claim.about and f"about {claim.about}",
        claim.note,
    ]
    return "; ".join(part for part in parts if part)


def _value(value: str | None) -> str:
    return "–" if value is None else " ".join(value.split())


def _score_lines(scores: ScoreChange) -> Iterator[NumberTable | str]:
    table = NumberTable()
    table.words(f"{scores.predictions} on {scores.split}")
    table.numbers("old", "new", "new - old")
    for path, (old, new) in scores.numbers.items():
        cells = ["–" if value is None else f"{value:.3f}" for value in (old, new)]
        table.row((path, *cells, "–" if old is None or new is None else f"{new - old:+.3f}"))
    yield table
    yield from (f"  cannot be scored {problem}" for problem in scores.problems)


def _gold_title(gold: Gold) -> str:
    return gold.title if gold.path is None else f"{gold.path} ({gold.title})"


def hub_summary(whole: WholeGold, name: str, public: bool, sent: Upload | None) -> str:
    """The files that were sent to the Hub or, if nothing was `sent`, would be sent."""
    gold, sizes = whole.gold, {file: (whole.folder / file).stat().st_size for file in whole.files}
    if sent:
        seen = "private" if sent.private else "public"
        lines = [f"{sent.url}: {gold.name} {gold.version}, {seen}, {counted(len(sizes), 'file')}, tag {gold.version}"]
        if public and sent.private:
            lines.append(
                "  it was private on the Hub before, and stays private: change that in its settings on the Hub"
            )
    else:
        seen = "public" if public else "private"
        lines = [f"{whole.folder} would go to {name} ({seen}), with the tag {gold.version}:"]
        lines += [f"  {file.as_posix()} ({-(-size // 1024)} KB)" for file, size in sizes.items()]
    mails = sum("@" in annotator for annotator in whole.annotators)
    if whole.annotators:
        lines.append(
            f"  {counted(len(whole.annotators), 'annotator is', 'annotators are')} named in it"
            + (f", {mails} by e-mail address; `export dataset --pseudonyms` hides them" if mails else "")
        )
    return joined(lines)


def read_summary(gold: Gold, output: Path, findings: Findings, before: str | None = None) -> str:
    """A summary of a corpus that was read, with the repairs."""
    counts = gold.counts
    splits = ", ".join(f"{split} {len(documents)}" for split, documents in gold.splits.items() if documents)
    lines = [
        f"{output}: {counted(counts['documents'], 'document')} ({splits}): {_marked(gold)}",
        *_replaced(gold, before),
        f"  splits: {gold.provenance.split_rule}",
    ]
    labels = {"labels": gold.labels.entity_labels, "stances": gold.labels.article_stances if counts["stances"] else ()}
    lines += [f"  {kind}: {', '.join(names)}" for kind, names in labels.items() if names]
    reasons = Counter(aside.reason for aside in gold.set_aside)
    lines += [f"  set aside, listed in {SET_ASIDE_FILE}: {n} × {reason}" for reason, n in reasons.most_common()]
    lines += [f"  repaired: {repaired}" for repaired in findings.repaired]
    return joined([*lines, *(f"  {note}" for note in findings.notes)])
