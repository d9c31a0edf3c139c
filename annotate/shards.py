"""Shards of articles: makes a file of tasks for each shard, and proposes events over all shards."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..configs.errors import InputError, Problem, within
from ..configs.files import whole_file
from ..configs.progress import progress
from ..configs.scheme import DEFAULT, load_scheme
from ..configs.shards.engines import Calls
from ..configs.shards.folder import shard_folder
from ..configs.shards.places import Shard, fetched, find_shards, is_empty, need_each_once, placed, under
from ..configs.visible import counted
from .copies import Shingles, shingles_of
from .document import Article
from .events import Registry
from .interface import interface_xml
from .pages.outlet import OutletNames, load_outlets
from .pages.sources import Reading, read_articles, unless_repeated
from .placing.policy import Policy
from .preannotation import Suggestions
from .task import dump_tasks
from .task_maker import TaskMaker

if TYPE_CHECKING:
    from .clustering import Proposal
    from .copies import Hashes

ENDING = ".json"


class Asked(NamedTuple):
    """The options of `annotate tasks` that hold for every shard."""

    scheme: Path | None = None
    events: Path | None = None
    predictions: Path | None = None
    model: str | None = None
    blind: float = 0.0
    seed: int = 13
    policy: Policy = Policy()
    columns: tuple[tuple[str, str], ...] = ()
    outlets: Path | None = None


class TaskJob(NamedTuple):
    """A shard of articles, and the address of its tasks."""

    shard: Shard
    output: str
    asked: Asked
    content: str  # the hash of all settings, which tells a process whether it has read them already

    @property
    def name(self) -> str:
        return self.shard.name


class Made(NamedTuple):
    """The ids of a shard's articles, the ids and problems of unreadable articles, and notes on reading."""

    ids: Sequence[str]
    unread: Sequence[str]
    bad: Sequence[Problem]
    notes: Sequence[str]


class AllMade(NamedTuple):
    """How it ended: in words, with notes, and with the articles that could not be read."""

    summary: str
    notes: Sequence[str]
    bad: Sequence[str]


def make_task_shards(given: str, output: str, asked: Asked, calls: Calls) -> AllMade:
    """Makes the tasks of shards that have none yet, or whose articles, events or settings have changed since.

    Raises InputError with the problems of all shards; those without problems are written.
    """
    found = find_shards(given)
    settings = _settings(asked)
    content = json.dumps(settings)
    _maker(asked, content)  # problems of the options are reported once, not for each shard
    bad: list[str] = []
    notes = list(found.notes(given))
    with shard_folder(output, "annotate tasks", settings, ENDING, found.shards) as folder:
        if folder.changed:
            notes.append(f"{', '.join(folder.changed)} changed: all tasks are made again")
        if gone := folder.keep_only(found.shards):
            notes.append(f"{counted(gone, 'shard was', 'shards were')} removed, since their articles are gone")
        jobs = [TaskJob(each, folder.place(each.name), asked, content) for each in folder.missing(found.shards)]
        if kept := len(found.shards) - len(jobs):
            notes.append(f"{counted(kept, 'shard was', 'shards were')} there already")
        for number, made in calls(make_task_shard, jobs):
            problems = [(each.place, each.text, each.kind) for each in made.bad]
            folder.add(jobs[number].shard, {"articles": list(made.ids), "unread": list(made.unread), "bad": problems})
            notes += within(jobs[number].name, made.notes)
        need_each_once(((shard, record["articles"]) for shard, record in sorted(folder.records.items())), "article")
        for _, record in sorted(folder.records.items()):
            bad += (Problem(*problem) for problem in record["bad"])
        everything = {
            each for record in folder.records.values() for key in ("articles", "unread") for each in record[key]
        }
        registry, suggestions = _inputs(asked, content)
        if registry:
            registry.check_articles(everything)
        if suggestions and (unknown := [key for key in suggestions.rows if key not in everything]):
            raise InputError(*(f"{suggestions.rows[key].where}: there is no article {key}" for key in unknown))
        count = sum(len(record["articles"]) for record in folder.records.values())
    if not count:
        raise InputError(*(bad or [f"{given}: has no articles"]))
    return AllMade(f"{output}: {counted(count, 'task')} in {counted(len(found.shards), 'shard')}", notes, bad)


def make_task_shard(job: TaskJob) -> Made:
    """Makes the tasks of one shard; their file is whole or absent."""
    asked = job.asked
    maker = _maker(asked, job.content)
    names = OutletNames.of(load_outlets(asked.outlets)) if asked.outlets else None
    ids: list[str] = []
    unread: list[str] = []
    bad: list[Problem] = []
    notes: list[str] = []
    with fetched(job.shard.address) as path, placed(job.output) as output, whole_file(output) as temporary:

        def tasks() -> Any:
            # An empty file is a shard without articles.
            for reading in read_articles([str(path)], dict(asked.columns), names) if not is_empty(path) else ():
                notes.extend(reading.notes)
                if reading.page is not None:
                    ids.append(reading.page.article.id)
                    yield maker.task(reading.page.article, reading.encoding)
                else:
                    bad.append(_problem(reading, path, job.shard))
                    unread.extend(filter(None, [reading.article_id]))

        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(dump_tasks(tasks()))
    return Made(ids, unread, bad, notes)


def _maker(asked: Asked, content: str) -> TaskMaker:
    scheme = load_scheme(asked.scheme or DEFAULT)
    registry, suggestions = _inputs(asked, content)
    return TaskMaker(scheme, interface_xml(scheme), registry, suggestions, asked.blind, asked.seed)


@functools.cache
def _inputs(asked: Asked, content: str) -> tuple[Registry | None, Suggestions | None]:
    """The maker of tasks with its events and predictions, which are read once in each process."""
    suggestions = Suggestions.read(asked.predictions, asked.model, asked.policy) if asked.predictions else None
    return Registry(asked.events) if asked.events else None, suggestions


def _settings(asked: Asked) -> dict[str, Any]:
    """The settings that tasks depend on; files are represented by the hash of their content."""
    return {
        "scheme": load_scheme(asked.scheme or DEFAULT).identity.title,
        "events": _hash(asked.events),
        "predictions": _hash(asked.predictions),
        "outlets": _hash(asked.outlets),
        "model": asked.model,
        "blind": asked.blind,
        "seed": asked.seed,
        "columns": dict(asked.columns),
        "offsets": str(asked.policy.offsets),
        "mentions": str(asked.policy.mentions),
    }


def _hash(path: Path | None) -> str | None:
    if path is None:
        return None
    digest = hashlib.sha256()
    try:
        for file in sorted(path.iterdir()) if path.is_dir() else [path]:
            digest.update(file.read_bytes() if file.is_file() else b"")
    except OSError:
        raise InputError(f"{path}: cannot be read") from None
    return digest.hexdigest()[:16]


def _problem(reading: Reading, path: Path, shard: Shard) -> Problem:
    """A problem of a row, with the address of its shard as its place."""
    problem = reading.problem or ""
    problem = problem if isinstance(problem, Problem) else Problem("", problem)
    return under(problem, path, shard.address)


# --- events


class ReadJob(NamedTuple):
    """A shard of articles, and the settings for reading it."""

    shard: Shard
    columns: tuple[tuple[str, str], ...]
    outlets: Path | None

    @property
    def name(self) -> str:
        return self.shard.name


class Read(NamedTuple):
    """The result for each row of a shard, and the shingles of its articles."""

    readings: Sequence[Reading]
    shingles: Sequence[Hashes]


class Proposed(NamedTuple):
    """The articles of all shards, the events proposed, notes, and the articles that could not be read."""

    articles: Sequence[Article]
    proposals: Sequence[Proposal]
    notes: Sequence[str]
    bad: Sequence[str]


def propose_event_shards(
    given: str, columns: tuple[tuple[str, str], ...], outlets: Path | None, calls: Calls
) -> Proposed:
    """The events of all shards together, as `propose_events` finds them among articles that were read one by one.

    Shards are read, and their shingles made, by `calls`. Grouping needs all articles, and is done here.
    """
    from .clustering import propose_events

    found = find_shards(given)
    notes = list(found.notes(given))
    bad: list[str] = []
    articles: list[Article] = []
    source_of: dict[str, str] = {}
    with Shingles() as kept:
        read: dict[int, Sequence[Reading]] = {}
        for number, (readings, shingles) in calls(read_shard, [ReadJob(s, columns, outlets) for s in found.shards]):
            read[number] = readings
            for reading, each in zip((r for r in readings if r.page), shingles, strict=True):
                kept.keep(reading.source, each)
        for number in sorted(read):
            for reading in read[number]:
                notes += reading.notes
                reading = unless_repeated(reading, source_of)
                if reading.page is None:
                    bad.append(reading.problem or "")
                else:
                    articles.append(reading.page.article)
        if not articles:
            raise InputError(*(bad or [f"{given}: has no articles"]))
        with progress("finding articles of one event"):
            proposals = propose_events(articles, lambda name: kept.of(source_of[name]))
    return Proposed(articles, proposals, notes, bad)


def read_shard(job: ReadJob) -> Read:
    """Reads one shard."""
    names = OutletNames.of(load_outlets(job.outlets)) if job.outlets else None
    with fetched(job.shard.address) as path:
        # An empty file is a shard without articles.
        found = [] if is_empty(path) else list(read_articles([str(path)], dict(job.columns), names))
        readings = [
            replace(
                reading,
                source=reading.source.replace(str(path), job.shard.address),
                problem=_problem(reading, path, job.shard) if reading.problem else None,
            )
            for reading in found
        ]
    return Read(readings, list(shingles_of(r.page.article.text for r in readings if r.page)))
