"""Puts tasks into a Label Studio project, each task once, however often the command runs.

Label Studio does not recognise equal tasks. So the client compares by `doc_id` and `text_sha256`, and sends only the
missing tasks. After an unclear answer it compares again, and removes duplicates.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from ...configs.errors import InputError, MihakkError, Problem, UnavailableError, within
from ...configs.files import parse_json, read_text
from ...configs.scheme import Scheme
from ...configs.visible import counted
from ..interface import interface_xml
from ..task import ADJUDICATION, TaskCheck, completed, read_task
from .claims import Reworded
from .client import LabelStudio, Project
from .inventory import Task, surplus, take_inventory
from .projects import existing_project, needed_changes, prepare_project
from .transport import NotFoundError, UnsureError

# The most tasks and bytes of one request. Such a request takes the server a second or two.
_TASKS = 250
_BYTES = 4_000_000
# How often a request is sent, or duplicates are removed, before giving up.
_TRIES = 5

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Pushed:
    """The outcome of a push. `differing` are data fields, other than the text, in which the server's tasks differ.

    `grown` is the number of tasks on the server that got new claims at the end; `reworded` are the claims whose text
    was changed in tasks that have answers. `maybe_on_its_way` says that a request got no answer and its tasks have not
    arrived. If they arrive later, they are duplicates until the next push.
    """

    project: Project
    sent: int
    already: int
    doubles_removed: int
    differing: tuple[str, ...]
    maybe_on_its_way: bool
    grown: int = 0
    reworded: tuple[Reworded, ...] = ()


def read_task_file(path: Path, scheme: Scheme) -> list[Task]:
    """The tasks of a file that `mihakk annotate tasks` wrote. Checks that Label Studio can show them.

    Raises InputError with every problem.
    """
    content = parse_json(read_text(path), str(path))
    if not isinstance(content, list) or not content:
        raise InputError(f"{path}: is not a list of tasks; make it with `mihakk annotate tasks`")
    # A file has tasks of one kind, so the first says which interface will show them.
    first = cast(list[Any], content)[0]
    data = first.get("data") if isinstance(first, dict) else None  # pyright: ignore[reportUnknownMemberType]
    check = TaskCheck(interface_xml(scheme, adjudication=isinstance(data, dict) and ADJUDICATION in data))
    identity = scheme.identity
    problems: list[str] = []
    read: list[Task] = []
    seen: set[str] = set()
    for number, task in enumerate(cast(list[Any], content), 1):
        if not isinstance(task, dict) or not isinstance(task.get("data"), dict):  # pyright: ignore[reportUnknownMemberType]
            problems.append(
                Problem(f"{path}: item {number}", "has no data; is this file an export, or a list of pages?")
            )
            continue
        task = cast(dict[str, Any], task)
        try:
            article, _ = read_task(task["data"], identity)
            task = {**task, "data": completed(task["data"])}
            check(task)
        except InputError as error:
            problems += within(str(path), error.problems)
            continue
        if extra := task.keys() - {"data", "predictions"}:
            message = f"has {', '.join(sorted(extra))}; a task may have only data and predictions"
            problems.append(Problem(f"{path}: task {article.id}", message))
        if article.id in seen:
            problems.append(Problem(f"{path}: task {article.id}", "occurs twice; give one of the articles another id"))
        seen.add(article.id)
        read.append(task)
    if problems:
        raise InputError(*problems)
    return read


def push_to(
    server: LabelStudio,
    title_or_id: str,
    scheme: Scheme,
    annotators_per_task: int | None,
    tasks: Sequence[Task],
    progress: Progress,
    *,
    reworded: bool = False,
) -> Pushed:
    """Adds the tasks that are missing in the project with this number or title; a new title makes a project.

    If two pushes make a project with the same title at the same moment, one push deletes the empty project of the
    other. The other push then goes on in the project that stays. Raises as `prepare_project` and `push` do.
    """
    is_title = not (title_or_id.isdecimal() and title_or_id.isascii())
    for again in range(_TRIES, 0, -1):
        try:
            project = prepare_project(server, title_or_id, scheme, annotators_per_task, tasks, reworded=reworded)
            return push(server, project, tasks, progress, reworded=reworded)
        except NotFoundError:
            if not is_title or again == 1:
                raise
    raise AssertionError


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a push would do. `project` is None if it would make one; `changes` are settings of an existing project."""

    project: Project | None
    missing: int
    already: int
    grown: int
    reworded: int
    changes: tuple[str, ...]


def rehearse(
    server: LabelStudio,
    title_or_id: str,
    scheme: Scheme,
    annotators_per_task: int | None,
    tasks: Sequence[Task],
    *,
    reworded: bool = False,
) -> Rehearsed:
    """What `push_to` would send. It only reads from the server. Raises InputError as `push_to` does."""
    project = existing_project(server, title_or_id, scheme, tasks)
    if project is None:
        return Rehearsed(None, len(tasks), 0, 0, 0, ())
    changes, _ = needed_changes(server, project, scheme, annotators_per_task, tasks, reworded=reworded)
    inventory = take_inventory(server, project)
    if problems := inventory.conflicts(tasks, project, reworded=reworded):
        raise InputError(*problems)
    missing = len(inventory.missing(tasks))
    claims = inventory.claim_changes(tasks)
    return Rehearsed(
        project,
        missing,
        len(tasks) - missing,
        sum(bool(each.added) for each in claims),
        sum(len(each.reworded) for each in claims),
        tuple(changes),
    )


def push(
    server: LabelStudio, project: Project, tasks: Sequence[Task], progress: Progress, *, reworded: bool = False
) -> Pushed:
    """Adds the tasks that are missing in the project, and new claims to the end of existing tasks.

    `progress` gets the number of tasks added, and of all tasks. If `reworded`, claims may have other words on the
    server. Raises InputError, before anything is sent, if the project has the same article id with another text or
    scheme, or with claims that these tasks lack or have in another order. Raises UnavailableError if the server fails
    on the way: the next push goes on from there.
    """
    inventory = take_inventory(server, project)
    if problems := inventory.conflicts(tasks, project, reworded=reworded):
        raise InputError(*problems)
    missing = [{**task, "data": completed(task["data"])} for task in inventory.missing(tasks)]
    already = done = len(tasks) - len(missing)
    progress(done, len(tasks))
    sending = _Sending(server, project, inventory.total)
    changes = inventory.claim_changes(tasks)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        for each in changes:
            each.make(server, now)
        for chunk in _chunks(missing):
            sending.send(chunk)
            done += len(chunk)
            progress(done, len(tasks))
        removed = 0
        # After an unclear answer or another push at the same time, compare with the server again.
        if sending.unsure or inventory.repeats(tasks) or server.task_total(project.id) != sending.total:
            sending.look()
            removed = _each_once(server, project, tasks)
    except MihakkError as error:
        # Report the last known state: a new request may fail the same way.
        note = f"{done} of {counted(len(tasks), 'task')} are in {project.url}; the same command goes on from there"
        raise type(error)(*error.problems, note) from None
    anew = [change for each in changes for change in each.reworded]
    answered = server.worked_on(project.id) if anew else set[int]()
    return Pushed(
        server.project(project.id),
        len(missing),
        already,
        removed,
        inventory.differing(tasks),
        sending.on_their_way > 0,
        sum(bool(each.added) for each in changes),
        tuple(change for change in anew if change.task in answered),
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
    """Sends tasks to the server. `total` is the last known number of tasks in the project."""

    def __init__(self, server: LabelStudio, project: Project, total: int) -> None:
        self.total = total
        # Whether a request got no clear answer; and how many tasks of such requests have not arrived.
        self.unsure = False
        self.on_their_way = 0
        self._server = server
        self._project = project

    def send(self, chunk: Sequence[Task]) -> None:
        """Sends some tasks. The server adds all or none. Another push may have added some of them meanwhile."""
        why = ""
        for _ in range(_TRIES):
            try:
                self._server.import_tasks(self._project.id, chunk)
                self.total += len(chunk)
                return
            except UnsureError as unsure:
                self.unsure = True
                why, maybe_at_work = str(unsure), unsure.maybe_at_work
            # The server may still be at work on the broken request. Give it time before sending again.
            for wait in (0.0, *self._server.patience) if maybe_at_work else (0.0,):
                time.sleep(wait)
                if self._server.task_total(self._project.id) != self.total:
                    break
            inventory = take_inventory(self._server, self._project)
            missing = inventory.missing(chunk)
            if maybe_at_work and len(missing) == len(chunk):
                self.on_their_way += len(chunk)
            self.total, chunk = inventory.total, missing
            if not chunk:
                return
        raise UnavailableError(f"{self._server.url}: did not take {counted(len(chunk), 'task')} ({why})")

    def look(self) -> None:
        """Checks whether missing requests have arrived after all."""
        if self._server.task_total(self._project.id) >= self.total + self.on_their_way:
            self.on_their_way = 0


def _each_once(server: LabelStudio, project: Project, tasks: Sequence[Task]) -> int:
    """Deletes duplicate tasks without annotations. Returns how many were deleted.

    Raises InputError if somebody has added other texts under these ids meanwhile, or if two tasks of one article have
    annotations. Raises UnavailableError if tasks have disappeared, or if duplicates remain.
    """
    removed: set[int] = set()
    for _ in range(_TRIES):
        inventory = take_inventory(server, project)
        if problems := inventory.conflicts(tasks, project):
            raise InputError(*problems)
        if missing := inventory.missing(tasks):
            raise UnavailableError(
                f"{project.url}: {len(missing)} added tasks have disappeared, such as article "
                f"{missing[0]['data']['doc_id']}; run the command again"
            )
        if not inventory.repeats(tasks):
            return len(removed)
        twice = surplus(inventory, tasks, server.worked_on(project.id))
        server.delete_untouched_tasks(project.id, twice)
        removed |= set(twice)
    raise UnavailableError(f"{project.url}: has duplicate tasks, and new ones keep coming; run the command again")
