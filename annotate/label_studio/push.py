"""Putting tasks into a Label Studio project, each once, however often it is tried.

Label Studio does not know one task from another, so the client asks what the server has, by `doc_id` and
`text_sha256`, and sends the rest. After any doubt it asks again, and takes back what went in twice.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from ...configs.errors import InputError, MihakkError, Problem, UnavailableError, within
from ...configs.files import parse_json, read_text
from ...configs.scheme import Scheme
from ..interface import interface_xml
from ..task import TaskCheck, read_task
from .client import LabelStudio, Project
from .inventory import Task, surplus, take_inventory
from .transport import UnsureError

# One request holds so many tasks, or bytes, at most: each takes a server a second or two.
_TASKS = 250
_BYTES = 4_000_000
# How often one request is sent, or repeats are removed, before giving up.
_TRIES = 5

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push did. `differing` are data fields, other than the text, in which the server's tasks differ.

    `maybe_on_its_way` says that a request got no answer and was not seen to arrive: if it does so now, its tasks
    are there twice until the next push.
    """

    project: Project
    sent: int
    already: int
    doubles_removed: int
    differing: tuple[str, ...]
    maybe_on_its_way: bool


def read_task_file(path: Path, scheme: Scheme) -> list[Task]:
    """The tasks of a file that `mihakk annotate tasks` wrote, checked as if the server were to show them now.

    Raises InputError with every problem.
    """
    content = parse_json(read_text(path), str(path))
    if not isinstance(content, list) or not content:
        raise InputError(f"{path}: is no list of tasks; make it with `mihakk annotate tasks`")
    check = TaskCheck(interface_xml(scheme))
    problems: list[str] = []
    seen: set[str] = set()
    for number, task in enumerate(cast(list[Any], content), 1):
        if not isinstance(task, dict) or not isinstance(task.get("data"), dict):  # pyright: ignore[reportUnknownMemberType]
            problems.append(
                Problem(f"{path}: item {number}", "has no data; is this file an export, or a list of pages?")
            )
            continue
        task = cast(dict[str, Any], task)
        try:
            article, _ = read_task(task["data"], scheme)
            check(task)
        except InputError as error:
            problems += within(str(path), error.problems)
            continue
        if extra := task.keys() - {"data", "predictions"}:
            what = f"has {', '.join(sorted(extra))}; only data and predictions go in"
            problems.append(Problem(f"{path}: task {article.id}", what))
        if article.id in seen:
            problems.append(
                Problem(f"{path}: task {article.id}", "is there twice; give one of the articles another id")
            )
        seen.add(article.id)
    if problems:
        raise InputError(*problems)
    return cast(list[Task], content)


def push(server: LabelStudio, project: Project, tasks: Sequence[Task], progress: Progress) -> Pushed:
    """Adds those of `tasks` that the project does not have. `progress` gets how many are in the project, and all.

    Raises InputError, before anything is sent, if the project has an article under the same id with another
    text, claims or scheme; UnavailableError if the server gives up on the way: the next push goes on there.
    """
    there = take_inventory(server, project)
    if problems := there.conflicts(tasks, project):
        raise InputError(*problems)
    missing = there.missing(tasks)
    already = done = len(tasks) - len(missing)
    progress(done, len(tasks))
    sending = _Sending(server, project, there.total)
    try:
        for chunk in _chunks(missing):
            sending.send(chunk)
            done += len(chunk)
            progress(done, len(tasks))
        removed = 0
        # In doubt, or another push was at work at the same time: then nothing is known but what the server has.
        if sending.unsure or there.repeats(tasks) or server.task_total(project.id) != sending.total:
            sending.look()
            removed = _each_once(server, project, tasks)
    except MihakkError as error:
        # The answer before this one is the last thing known; asking may fail the same way.
        note = f"{done} of {len(tasks)} tasks are in {project.url}; the same command goes on from there"
        raise type(error)(*error.problems, note) from None
    return Pushed(
        server.project(project.id), len(missing), already, removed, there.differing(tasks), sending.on_their_way > 0
    )


def _chunks(tasks: Iterable[Task]) -> Iterator[list[Task]]:
    chunk: list[Task] = []
    size = 0
    for task in tasks:
        length = len(json.dumps(task, ensure_ascii=False).encode())
        if chunk and (len(chunk) == _TASKS or size + length > _BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(task)
        size += length
    if chunk:
        yield chunk


class _Sending:
    """Gets tasks onto the server, which has `total` in the project as far as is known."""

    def __init__(self, server: LabelStudio, project: Project, total: int) -> None:
        self.total = total
        # Whether a request got no answer that says what became of it; and how many tasks of such requests were not
        # seen to arrive.
        self.unsure = False
        self.on_their_way = 0
        self._server = server
        self._project = project

    def send(self, chunk: Sequence[Task]) -> None:
        """Sends some tasks. They go in whole or not at all; parts may have come from another push at the same time."""
        why = ""
        for _ in range(_TRIES):
            try:
                self._server.import_tasks(self._project.id, chunk)
                self.total += len(chunk)
                return
            except UnsureError as unsure:
                self.unsure = True
                why, maybe_at_work = str(unsure), unsure.maybe_at_work
            # The server may still be at work on what we no longer listen to; give it time before sending again.
            for wait in (0.0, *self._server.patience) if maybe_at_work else (0.0,):
                time.sleep(wait)
                if self._server.task_total(self._project.id) != self.total:
                    break
            there = take_inventory(self._server, self._project)
            missing = there.missing(chunk)
            if maybe_at_work and len(missing) == len(chunk):
                self.on_their_way += len(chunk)
            self.total, chunk = there.total, missing
            if not chunk:
                return
        raise UnavailableError(f"{self._server.url}: did not take {len(chunk)} tasks ({why})")

    def look(self) -> None:
        """Sees whether requests have arrived after all."""
        if self._server.task_total(self._project.id) >= self.total + self.on_their_way:
            self.on_their_way = 0


def _each_once(server: LabelStudio, project: Project, tasks: Sequence[Task]) -> int:
    """Takes a fresh inventory, and deletes what is there twice and nobody has worked on. Returns how many went.

    Raises InputError if somebody has put other texts under these ids meanwhile, or two tasks of one article have
    been worked on; UnavailableError if tasks have gone, or repeats stay.
    """
    removed: set[int] = set()
    for _ in range(_TRIES):
        there = take_inventory(server, project)
        if problems := there.conflicts(tasks, project):
            raise InputError(*problems)
        if missing := there.missing(tasks):
            raise UnavailableError(
                f"{project.url}: {len(missing)} tasks that were put in are gone, such as article "
                f"{missing[0]['data']['doc_id']}; run the command again"
            )
        if not there.repeats(tasks):
            return len(removed)
        twice = surplus(there, tasks, server.worked_on(project.id))
        server.delete_untouched_tasks(project.id, twice)
        removed |= set(twice)
    raise UnavailableError(f"{project.url}: has some articles twice, and new ones keep coming; run the command again")
