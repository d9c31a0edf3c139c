"""Checks finished annotations before they become gold: reports everything that a person should see, with its place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple, cast

from ...annotate.boundary import cuts_word_at_end, cuts_word_at_start, trimmed, without_white_space
from ...annotate.document import EventClaim, text_sha256
from ...annotate.label_studio.connection import split_project
from ...annotate.result import Region, ResultReader
from ...annotate.task import read_task, reworded_since
from ...configs.checks import load_checks, severities
from ...configs.errors import InputError
from ...configs.scheme import CLAIM, Scheme
from ...configs.spool import Picked
from ...configs.versions import Identity
from ..finished import finished_annotations, model_shown, other_interface, repeated
from ..migrate import LeftOut, Migration, event_claims_left_out, left_out_of, older_in
from ..raw import no_task
from .findings import Finding, Found, Work, findings_on_disk
from .pace import Pace
from .surfaces import Surfaces

# The key of a region's `meta` under which `--fix` records its changes.
RECORD = "mihakk"


@dataclass(frozen=True, slots=True)
class Checked:
    """The numbers of checked items, and every finding: in the order of the export, then those that need all tasks.

    Words with two labels and fast work need all tasks.

    `annotations` counts annotations that `read_tasks` would use, `regions` the regions in them.
    """

    tasks: int
    annotations: int
    regions: int
    findings: Sequence[Finding]

    def counts(self) -> dict[str, int]:
        """The number of errors, and of warnings."""
        counted = Counter(finding.severity for finding in self.findings)
        return {"error": counted["error"], "warning": counted["warning"]}

    def failed(self, strict: bool = False) -> bool:
        """Whether there are errors; if `strict`, whether there are any findings."""
        return bool(self.findings) if strict else self.counts()["error"] > 0

    def by_check(self) -> dict[str, Sequence[Finding]]:
        """The findings by check, in the order of checks.yaml, without checks that found nothing."""
        places: dict[str, list[int]] = {check: [] for check in load_checks()}
        for place, finding in enumerate(self.findings):
            places[finding.found.check].append(place)
        return {check: Picked(self.findings, own) for check, own in places.items() if own}

    def record(self, server: str | None) -> dict[str, Any]:
        """Plain objects for JSON; docs/checks.md has the keys. `server` is Label Studio's address, for links."""
        meanings = load_checks()
        return {
            "tasks": self.tasks,
            "annotations": self.annotations,
            "regions": self.regions,
            "counts": self.counts(),
            "checks": [
                {
                    "check": check,
                    "severity": findings[0].severity,
                    "meaning": meanings[check].meaning,
                    "count": len(findings),
                }
                for check, findings in self.by_check().items()
            ],
            "findings": [finding.record(server) for finding in self.findings],
        }


def check_tasks(tasks: Iterable[object], scheme: Scheme) -> Checked:
    """Checks the items of a raw export one after the other; none is kept in memory.

    Everything that makes `read_tasks` refuse an export is an error here, marked `refused`; nothing else is. Severities
    come from the scheme; a check that is off reports nothing.
    """
    checker = _Checker(scheme)
    severity = severities(scheme.checks)
    findings = findings_on_disk()
    for found in checker.run(tasks):
        weight = severity[found.check]
        if weight != "off":
            findings.append(Finding(found, weight))
    return Checked(checker.tasks, checker.annotations, checker.regions, findings)


def page_address(url: str | None) -> str | None:
    """A server's address, for links. Raises InputError if it is not an address."""
    if url is None:
        return None
    server = split_project(url, None)[0] or url.strip().rstrip("/")
    if not re.fullmatch(r"https?://[^\s/?#@]+[^\s?#@]*", server):
        raise InputError(f"{url}: is not a server's address like https://label-studio.example.org")
    return server


class ReadableTask(NamedTuple):
    """The readable part of a task's data: `problems` are pairs of a check and a message.

    `text` is None if offsets would have no meaning in it. `claims` is None if the claims cannot be read.
    """

    article: str | None
    text: str | None
    claims: tuple[EventClaim, ...] | None
    problems: list[tuple[str, str]]


def read_as_far_as_possible(data: Mapping[str, Any], scheme: Identity) -> ReadableTask:
    """The task's article and claims, with all their problems."""
    try:
        made, claims = read_task(data, scheme)
        return ReadableTask(made.id, made.text, claims, [])
    except InputError as error:
        problems = [("task-data", problem) for problem in error.problems]
    name, text, digest = data.get("doc_id"), data.get("text"), data.get("text_sha256")
    article = name if isinstance(name, str) else None
    if not isinstance(text, str):
        return ReadableTask(article, None, None, problems)
    now = _digest(text)
    changed = False
    if isinstance(digest, str) and digest != now:
        changed = True
        shown = f"its hash was {digest[:8]}, now {now[:8]}" if now else "it has half a character"
        problems = [("text-changed", f"the text is not the one that was annotated ({shown}); restore it")]
        try:
            read_task({**data, "text_sha256": now}, scheme)
        except InputError as error:
            problems += [("task-data", problem) for problem in error.problems]
    # Under another scheme than the task's, every label would seem wrong.
    meant = data.get("scheme") in (scheme.id, None)
    claims = None
    if isinstance(data.get("claims"), list):
        try:
            # Everything is in order except the claims.
            claims = read_task(
                {"doc_id": "x", "text": "x", "text_sha256": "", "scheme": scheme.id, "claims": data["claims"]}, scheme
            )[1]
        except InputError:
            claims = None
    return ReadableTask(article, text if meant and not changed else None, claims, problems)


def _digest(text: str) -> str:
    try:
        return text_sha256(text)
    except UnicodeEncodeError:
        return ""


class _Checker:
    def __init__(self, scheme: Scheme) -> None:
        self.tasks = self.annotations = self.regions = 0
        self._own = self._foreign = 0
        self._scheme = scheme
        self._identity = scheme.identity
        self._migration = Migration(scheme)
        self._surfaces = Surfaces(scheme.proclitics, scheme.nesting == "nested")
        self._pace = Pace()

    def run(self, tasks: Iterable[object]) -> Iterator[Found]:
        first: dict[str, object] = {}
        for position, item in enumerate(tasks, 1):
            self.tasks += 1
            if reason := no_task(item):
                task_id = cast(dict[str, object], item).get("id") if isinstance(item, dict) else None
                yield Found("not-a-task", f"item {position} of the export has {reason}", Work(task_id))
                continue
            task: Mapping[str, Any] = cast(dict[str, Any], item)
            problems: tuple[str, ...] = ()
            try:
                task = self._migration.task(task)
                older_in(task["data"])
                event_claims_left_out(task["data"])
            except InputError as error:
                problems = error.problems
            read = read_as_far_as_possible(task["data"], self._identity)
            here = Work(task.get("id"), task.get("project"), read.article)
            yield from (Found("task-data", problem, here) for problem in problems)
            yield from (Found(check, message, here) for check, message in read.problems)
            if read.article is not None:
                if read.article in first:
                    yield Found("repeated-article", repeated(read.article, first[read.article]), here)
                first.setdefault(read.article, here.task)
            if read.text is not None:
                yield from self._task(task, here, read.text, read.claims)
        if self._foreign and not self._own:
            yield Found("foreign-interface", other_interface(self._foreign), Work())
        yield from self._surfaces.findings()
        yield from self._pace.findings()

    def _task(
        self, task: Mapping[str, Any], here: Work, text: str, claims: tuple[EventClaim, ...] | None
    ) -> Iterator[Found]:
        empty: list[Work] = []
        marked = model_shown(task) is not None or bool(task.get("predictions"))
        for annotator, annotation, is_further in finished_annotations(task, here.article or "", []):
            self.annotations += 1
            work = here._replace(annotation=annotation.get("id"), annotator=annotator)
            if is_further:
                message = "another annotation with that account, or without an account; it counts as another person's"
                yield Found("shared-account", message, work)
            self._pace.add(work, annotation.get("lead_time"), len(text))
            result: Any = annotation.get("result") or []
            left_out: list[LeftOut] = []
            try:
                left_out = left_out_of(annotation)
            except InputError as error:
                yield from (Found("unreadable-result", problem, work) for problem in error.problems)
            reader = ResultReader(text, [claim.id for claim in claims or ()], self._scheme)
            reader.read(result)
            self.regions += len(reader.regions)
            if reader.is_empty:
                empty.append(work)
            marked = marked or bool(reader.regions)
            self._own += not reader.is_empty
            self._foreign += len(reader.foreign)
            for foreign, times in Counter(reader.foreign).items():
                message = f"{foreign}, {times} times" if times > 1 else str(foreign)
                yield Found("foreign-result", message, work, names=(foreign.control,))
            if reader.problems:
                yield from self._problems(reader, work, claims, result)
            yield from self._spans(reader, work, result)
            yield from self._pairs_of_spans(reader, work, result)
            yield from self._claims(reader, work)
            for claim in (claims or ()) if self._scheme.article_stances else ():
                given_up = f"stance on {claim.id}: "  # an answer for which the newer scheme has no stance
                if claim.id not in reader.answered and not any(left.what.startswith(given_up) for left in left_out):
                    message = f"no stance of the article on {claim.id} “{claim.text}”"
                    yield Found("unanswered", message, work, claim=claim.text)
            given = {*reader.answered, *reader.region_claims.values()}
            for key in reworded_since(task["data"], annotation.get("updated_at")):
                if key in given:
                    now = next((claim.text for claim in claims or () if claim.id == key), "")
                    message = f"{key} is “{now}” now; does the answer still hold?"
                    yield Found("reworded-claim", message, work, claim=now)
        for work in empty:
            if marked:
                message = "marks nothing, but the task had suggestions or somebody else marked spans"
                yield Found("empty-beside-marks", message, work)
            else:
                yield Found("empty", "marks nothing and answers nothing", work)

    def _problems(
        self, reader: ResultReader, work: Work, claims: tuple[EventClaim, ...] | None, result: list[Any]
    ) -> Iterator[Found]:
        """The problems that make an annotation unreadable."""
        for problem in reader.problems:
            if problem.check == "unknown-claim" and claims is None:
                continue  # the problem is in the task's claims
            region = reader.regions.get(problem.region or "")
            if problem.span is None and region is None:
                asked = problem.where.rpartition(" ")[2]
                claim = next((claim.text for claim in claims or () if claim.id == asked), None)
                yield Found(problem.check, problem.shown(), work, problem.region, claim=claim)
                continue
            start, end, label = problem.span or cast("Region", region)[:3]
            words = reader.text[start:end] if type(start) is int and type(end) is int and start >= 0 else None
            at_boundary = problem.check == "edge-white-space"
            fixable = at_boundary and region is not None and is_fixable(reader, problem.region or "", result[region.at])
            found = Found(
                problem.check, problem.message, work, problem.region, label, start, end, words, fixable=fixable
            )
            yield found._replace(names=(words.strip(),)) if at_boundary and words else found

    def _spans(self, reader: ResultReader, work: Work, result: list[Any]) -> Iterator[Found]:
        """Findings on single spans."""
        text = reader.text
        for key, region in reader.regions.items():
            start, end, label, at = region
            place = trimmed(text, start, end)
            if place != (start, end):
                if place[0] == place[1]:
                    if not text[start:end].isspace():
                        yield _found("only-punctuation", "holds only punctuation; remove it", work, key, region, text)
                    continue
                if place != without_white_space(text, start, end):
                    right = text[place[0] : place[1]]
                    shown = f"it should be {place[0]}–{place[1]} “{right}”"
                    yield _found("edge-punctuation", shown, work, key, region, text)._replace(
                        fixable=is_fixable(reader, key, result[at]), names=(right,)
                    )
            at_start, at_end = cuts_word_at_start(text, start, self._scheme.proclitics), cuts_word_at_end(text, end)
            if at_start or at_end:
                sides = " and ".join(side for side, cut in (("begins", at_start), ("ends", at_end)) if cut)
                around = text[max(0, start - 5) : start] + "[" + text[start:end] + "]" + text[end : end + 5]
                message = f"{sides} inside a word: …{around}…"
                yield _found("cut-word", message, work, key, region, text)._replace(names=(around,))
            elif label != CLAIM:
                self._surfaces.add(work, key, *place, label, text)

    def _pairs_of_spans(self, reader: ResultReader, work: Work, result: list[Any]) -> Iterator[Found]:
        """Spans that are marked twice, or overlap although they must not."""
        again = reader.duplicates()
        for key, first in again.items():
            region = reader.regions[key]
            mend = all(is_fixable(reader, region, result[reader.regions[region].at]) for region in (key, first))
            mend = mend and reader.notes.get(key) in (None, reader.notes.get(first))
            yield _found("duplicate-span", f"says the same as region {first}", work, key, region, reader.text)._replace(
                fixable=mend
            )
        if self._scheme.nesting != "flat":
            return
        entities = sorted(
            (region, key) for key, region in reader.regions.items() if region.label != CLAIM and key not in again
        )
        if all(first.end <= second.start for (first, _), (second, _) in pairwise(entities)):
            return
        longest: Region | None = None
        for region, key in sorted(entities, key=lambda pair: (pair[0].start, -pair[0].end)):
            if longest is not None and region.start < longest.end:
                found = _found("overlap", f"overlaps {reader.show(longest)}", work, key, region, reader.text)
                yield found._replace(names=(reader.text[longest.start : longest.end],))
            if longest is None or region.end > longest.end:
                longest = region

    def _claims(self, reader: ResultReader, work: Work) -> Iterator[Found]:
        """Missing stances and sources of claims; stances and relations without a region."""
        text = reader.text
        sourced: set[str] = set()
        for first, second in reader.relations:
            joined = reader.source(first, second)
            if joined:
                sourced.add(joined[0])
                continue
            there = [key for key in (first, second) if key in reader.regions]
            gone = [key for key in (first, second) if key not in reader.regions and key not in reader.unreadable]
            if gone:
                check, message = "dangling-relation", f"there is no region {' or '.join(dict.fromkeys(gone))}"
            elif len(there) == 2:
                check, message = "wrong-relation", "does not join a claim and an entity"
            else:
                continue  # one of its regions cannot be read
            message = f"relation {first} → {second}: {message}"
            if there:
                ends = [reader.regions[key] for key in there]
                names = () if gone else tuple(text[end.start : end.end] for end in ends)
                yield _found(check, message, work, there[0], ends[0], text)._replace(names=names)
            else:
                yield Found(check, message, work)
        for key, region in reader.regions.items():
            if region.label != CLAIM:
                continue
            if self._scheme.claim_stances and key not in reader.region_stances and key not in reader.unreadable:
                yield _found("claim-without-stance", "has no stance of its source", work, key, region, text)
            if self._scheme.entities and key not in sourced and key not in reader.notes:
                message = "draw an arrow to who says it, or name them in a note"
                yield _found("claim-without-source", message, work, key, region, text)
        for key in reader.region_stances:
            region = reader.regions.get(key)
            message = f"stance {reader.region_stances[key]} of region {key}"
            if region is None and key not in reader.unreadable:
                yield Found("orphan-stance", f"{message}, which is gone", work, key)
            elif region is not None and region.label != CLAIM:
                yield _found("orphan-stance", f"{message}, which is not a claim", work, key, region, text)
        for key, claim in reader.region_claims.items():
            region = reader.regions.get(key)
            if region is None and key not in reader.unreadable:
                yield Found("orphan-stance", f"region {key} is about {claim}, but it is gone", work, key)
            elif region is not None and region.label != CLAIM:
                message = f"region {key} is about {claim}, but is not a claim"
                yield _found("orphan-stance", message, work, key, region, text)


def is_fixable(reader: ResultReader, key: str, item: Mapping[str, Any]) -> bool:
    """Whether a region can be changed: it has one label, at most one stance, and meta that can record the change."""
    meta = item.get("meta")
    if meta is not None and not isinstance(meta, dict):
        return False
    records = cast(dict[str, object], meta or {}).get(RECORD, [])
    return isinstance(records, list) and key not in reader.doubled and key not in reader.unreadable


def _found(check: str, message: str, work: Work, key: str, region: Region, text: str) -> Found:
    start, end, label, _ = region
    return Found(check, message, work, key, label, start, end, text[start:end])
