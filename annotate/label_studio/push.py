"""Putting tasks into a Label Studio project, each exactly once, however often it is tried.

Label Studio does not know one task from another, so the client asks what the server has, by `doc_id` and
`text_sha256`, and sends the rest. Whenever it is unsure whether the server took something, it asks again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree as ET

from ...configs.errors import InputError, MihakkError, UnavailableError
from ...configs.files import parse_json, read_text
from ...configs.formats import FORMAT
from ...configs.scheme import Scheme
from ..instructions import instructions_html
from ..interface import interface_xml
from ..task import TaskCheck, read_task
from .client import LabelStudio, Project, ServerTask, UnsureError

# One request holds so many tasks, or bytes, at most: each takes a server a second or two.
_TASKS = 250
_BYTES = 4_000_000
# How often one request is sent before giving up.
_TRIES = 5

Task = Mapping[str, Any]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push did. `differing` are data fields, other than the text, in which the server's tasks differ."""

    project: Project
    sent: int
    already: int
    doubles_removed: int
    differing: tuple[str, ...]


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
            problems.append(f"item {number}: has no data; is this file an export, or a list of pages?")
            continue
        task = cast(dict[str, Any], task)
        try:
            article, _ = read_task(task["data"], scheme)
            check(task)
        except InputError as error:
            problems += error.problems
            continue
        if extra := task.keys() - {"data", "predictions"}:
            problems.append(f"task {article.id}: has {', '.join(sorted(extra))}; only data and predictions go in")
        if article.id in seen:
            problems.append(f"task {article.id}: is there twice; give one of the articles another id")
        seen.add(article.id)
    if problems:
        raise InputError(*(f"{path}: {problem}" for problem in problems))
    return cast(list[Task], content)


def prepare_project(server: LabelStudio, title_or_id: str, scheme: Scheme, annotators_per_task: int | None) -> Project:
    """The project with that number or title, made if there is none, showing the scheme's interface and definitions.

    Raises InputError if several have that title, or the interface would take away what finished work may use.
    """
    if title_or_id.isdecimal() and title_or_id.isascii():
        project = server.project(int(title_or_id))
    else:
        project = _find_or_create(server, title_or_id, scheme)
    changes: dict[str, Any] = {}
    wanted = interface_xml(scheme)
    if not same_interface(project.interface, wanted):
        lost = lost_options(project.interface, wanted)
        if lost and server.worked_on(project.id):
            raise InputError(
                f"{project.url}: has work by annotators, made with an interface that has {', '.join(lost)}; "
                f"the one of {scheme.id} has not, so that work would be orphaned. Push into a new project "
                "(--project TITLE), or keep these in the scheme"
            )
        changes = {"label_config": wanted, "expert_instruction": instructions_html(scheme), "show_instruction": True}
    if annotators_per_task and project.annotators_per_task != annotators_per_task:
        changes["maximum_annotations"] = annotators_per_task
    if changes:
        server.update_project(project.id, **changes)
        project = server.project(project.id)
    return project


def push(server: LabelStudio, project: Project, tasks: Sequence[Task], progress: Progress) -> Pushed:
    """Adds those of `tasks` that the project does not have. `progress` is told (in the project, of all).

    Raises InputError, before anything is sent, if the project has an article under the same id with another
    text, claims or scheme; UnavailableError if the server gives up on the way: the next push goes on there.
    """
    there = _Inventory(server.tasks(project.id))
    differing = _compare(tasks, there, project)
    missing = [task for task in tasks if task["data"]["doc_id"] not in there.by_doc]
    already = done = len(tasks) - len(missing)
    progress(done, len(tasks))
    total = there.total
    try:
        for chunk in _chunks(missing):
            total = _import(server, project, chunk, total)
            done += len(chunk)
            progress(done, len(tasks))
    except MihakkError as error:
        # The answer before this one is the last thing known; asking may fail the same way.
        note = f"{done} of {len(tasks)} tasks are in {project.url}; the same command goes on from there"
        raise type(error)(*error.problems, note) from None
    # Another push at the same time, or one that the server finished after we had stopped listening.
    removed = _remove_doubles(server, project, tasks) if _maybe_doubles(server, project, there, total) else 0
    return Pushed(server.project(project.id), len(missing), already, removed, differing)


def same_interface(one: str, other: str) -> bool:
    """Whether two labeling configs say the same, whatever their layout."""
    try:
        return ET.canonicalize(one, strip_text=True) == ET.canonicalize(other, strip_text=True)
    except ET.ParseError:
        return False


def lost_options(old: str, new: str) -> list[str]:
    """The controls, labels and choices of the interface `old` that `new` lacks: what work done in `old` may use."""
    kept = set(_options(new))
    return sorted({option for option in _options(old) if option not in kept})


def _options(xml: str) -> Iterator[str]:
    try:
        view = ET.fromstring(xml)  # noqa: S314 - Label Studio has parsed it before
    except ET.ParseError:
        return
    for control in view.iter():
        name = control.get("name")
        if not name or not control.get("toName"):
            continue
        yield f"{control.tag} {name} on {control.get('toName')}"
        for option in control.iter():
            if option.tag in ("Label", "Choice"):
                yield f"{name} {option.get('alias') or option.get('value')}"


def _find_or_create(server: LabelStudio, title: str, scheme: Scheme) -> Project:
    if not 3 <= len(title) <= 50:
        raise InputError(f"project “{title}”: Label Studio wants a title of 3 to 50 characters")
    why = ""
    for _ in range(_TRIES):
        found = server.projects(title)
        if len(found) > 1:
            numbers = ", ".join(str(project.id) for project in found)
            raise InputError(f"{server.url}: several projects are called “{title}”; give one's number: {numbers}")
        if found:
            return server.project(found[0].id)
        try:
            return server.create_project(
                title=title,
                label_config=interface_xml(scheme),
                expert_instruction=instructions_html(scheme),
                show_instruction=True,
            )
        except UnsureError as unsure:
            why = str(unsure)
    raise UnavailableError(f"{server.url}: did not make the project “{title}” ({why}); run the command again")


class _Inventory:
    """What a project has, by article."""

    def __init__(self, tasks: Iterable[ServerTask]) -> None:
        self.total = 0
        self.by_doc: dict[str, list[ServerTask]] = {}
        for task in tasks:
            self.total += 1
            self.by_doc.setdefault(str(task.data.get("doc_id")), []).append(task)


def _compare(tasks: Sequence[Task], there: _Inventory, project: Project) -> tuple[str, ...]:
    """The fields in which the server's tasks differ harmlessly. Raises InputError where they differ in substance."""
    problems: list[str] = []
    differing: set[str] = set()
    for task in tasks:
        data = cast(Mapping[str, Any], task["data"])
        for other in there.by_doc.get(data["doc_id"], ()):
            where = f"article {data['doc_id']}: differs from task {other.id} of {project.url}"
            if other.data.get("text_sha256") != data["text_sha256"]:
                problems.append(
                    f"{where} in its text ({str(other.data.get('text_sha256'))[:8]} there, "
                    f"{data['text_sha256'][:8]} here), and people may have annotated that; "
                    "give the new text a new id, restore the old text, or delete that task in Label Studio"
                )
            elif other.data.get("claims") != data["claims"]:
                problems.append(
                    f"{where} in the event's claims, to which answers refer by position; restore the claims, "
                    "push into a new project (--project TITLE), or delete that task in Label Studio"
                )
            # Tasks of an older format say the same.
            differing |= {key for key in data if key != FORMAT and other.data.get(key) != data[key]}
    wanted = {str(task["data"]["scheme"]) for task in tasks}
    schemes = {str(t.data["scheme"]) for ts in there.by_doc.values() for t in ts if t.data.get("scheme")}
    if other_schemes := schemes - wanted:
        problems.append(
            f"{project.url}: holds tasks of {', '.join(sorted(other_schemes))}, these are of {', '.join(wanted)}; "
            "push into a new project (--project TITLE)"
        )
    if problems:
        raise InputError(*problems)
    return tuple(sorted(differing))


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


def _import(server: LabelStudio, project: Project, chunk: Sequence[Task], total: int) -> int:
    """Gets one chunk onto the server, which had `total` tasks; returns how many it has then.

    A chunk goes in whole or not at all; parts of it may have come from another push at the same time.
    """
    why = ""
    for _ in range(_TRIES):
        try:
            server.import_tasks(project.id, chunk)
            return total + len(chunk)
        except UnsureError as unsure:
            why = str(unsure)
            # The server may still be at work on what we no longer listen to; give it time before sending again.
            waits = (0.0, *server.patience) if unsure.maybe_at_work else (0.0,)
        for wait in waits:
            time.sleep(wait)
            now = server.task_total(project.id)
            if now != total:
                there = _Inventory(server.tasks(project.id))
                total = there.total
                chunk = [task for task in chunk if task["data"]["doc_id"] not in there.by_doc]
                if not chunk:
                    return total
    raise UnavailableError(f"{server.url}: did not take {len(chunk)} tasks ({why})")


def _maybe_doubles(server: LabelStudio, project: Project, there: _Inventory, total: int) -> bool:
    return any(len(same) > 1 for same in there.by_doc.values()) or server.task_total(project.id) != total


def _remove_doubles(server: LabelStudio, project: Project, tasks: Sequence[Task]) -> int:
    """Leaves one task of each of our articles: the one that was worked on, else the oldest. Returns how many went.

    Raises InputError if two tasks of one article have been worked on: people have to choose.
    """
    there = _Inventory(server.tasks(project.id))
    worked_on = server.worked_on(project.id)
    problems: list[str] = []
    surplus: list[int] = []
    for task in tasks:
        same = [other.id for other in there.by_doc.get(task["data"]["doc_id"], ())]
        busy = [number for number in same if number in worked_on]
        if len(busy) > 1:
            problems.append(
                f"article {task['data']['doc_id']}: is there as tasks {', '.join(map(str, busy))}, and people worked "
                "on each; delete all but one in Label Studio"
            )
        elif len(same) > 1:
            keep = (busy or same)[0]
            surplus += (number for number in same if number != keep)
    if problems:
        raise InputError(*problems)
    if surplus:
        server.delete_tasks(project.id, surplus)
    return len(surplus)
