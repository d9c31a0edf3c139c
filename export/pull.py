"""Fetches all work of annotators in a Label Studio project: the raw export, whole or not at all."""

from __future__ import annotations

import contextlib
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, cast

from ..annotate.label_studio.client import LabelStudio, Project
from ..annotate.task import has_claims
from ..configs.errors import InputError, MihakkError, UnavailableError
from ..configs.visible import as_given
from .raw import raw_items, raw_tasks

# The most bytes of an export: this number, and more for each task. A task that ten people annotated has fewer.
_MOST_BYTES = 64 << 20
_MOST_BYTES_OF_A_TASK = 4 << 20


def fetch_export(server: LabelStudio, project: Project, output: Path | None = None) -> list[dict[str, Any]]:
    """The tasks of the project's JSON export. If `output` is given, the export is written there as the server sent it.

    It is Label Studio's snapshot, with full predictions, drafts and the annotators' e-mail addresses. The snapshot is
    then deleted on the server. Raises UnavailableError if the export is incomplete or unreadable, InputError if it has
    no tasks.
    """
    where = f"the export of {project.url}"
    with output.open("w+b") if output else tempfile.TemporaryFile() as file:
        snapshot = server.snapshot(project.id, f"mihakk {uuid.uuid4()}")
        try:
            most = _MOST_BYTES + project.tasks * _MOST_BYTES_OF_A_TASK
            _write(server.download_snapshot(project.id, snapshot), cast(BinaryIO, file), most, where)
        finally:
            # The export is here, or another error was raised, which this error would hide.
            with contextlib.suppress(MihakkError):
                server.delete_snapshot(project.id, snapshot)
        file.seek(0)
        if file.read(3) == b"[]":
            raise InputError(f"{project.url}: has no tasks; put some in with `mihakk annotate push`")
        file.seek(0)
        try:
            tasks = list(raw_tasks(raw_items(cast(BinaryIO, file), where), where))
        except InputError as error:
            raise UnavailableError(f"{error.problems[0]}; it arrived incomplete, run the command again") from None
    if problem := next(filter(None, map(_problem, tasks)), None):
        raise UnavailableError(f"{where}: is not as Label Studio writes it: {problem}; run the command again")
    return tasks


def joined(projects: Iterable[tuple[Project, list[dict[str, Any]]]]) -> list[dict[str, Any]]:
    """The tasks of several projects as one export: an article in two of them has all its annotations in one task.

    If one list of claims only adds claims at the end of the other, the longer list counts. Raises InputError for
    articles with two texts, or with lists of claims that differ in another way.
    """
    tasks: dict[object, dict[str, Any]] = {}
    homes: dict[object, Project] = {}
    problems: list[str] = []
    for project, exported in projects:
        for number, task in enumerate(exported):
            data = cast(dict[str, Any], task["data"])
            key: object = data.get("doc_id") or (project.id, number)
            known = tasks.get(key)
            if known is None:
                tasks[key], homes[key] = task, project
                continue
            claims = sorted((known["data"], data), key=lambda version: len(_claims(version)))
            goes_on = _claims(claims[1])[: len(_claims(claims[0]))] == _claims(claims[0])
            for name, is_same in (("text", known["data"].get("text") == data.get("text")), ("claims", goes_on)):
                if not is_same:
                    place = f"article {key}: its {name} in {project.url} differs from that in {homes[key].url}"
                    problems.append(f"{place}; pull the projects alone")
            lists = ("annotations", "drafts", "predictions")
            work = {name: [*(known.get(name) or ()), *(task.get(name) or ())] for name in lists}
            grown = {"claims": claims[1]["claims"]} if "claims" in claims[1] else {}
            tasks[key] = known | work | {"data": known["data"] | grown}
    if problems:
        raise InputError(*problems)
    return list(tasks.values())


def _claims(data: Mapping[str, Any]) -> list[object]:
    """The claims of a task, by id and text: answers depend on nothing else."""
    rows = data.get("claims")
    if not has_claims(data):
        return [rows]
    return [(row["id"], row["text"]) for row in cast("list[dict[str, str]]", rows)]


def _write(pieces: Iterator[bytes], file: BinaryIO, most: int, where: str) -> None:
    size = 0
    for piece in pieces:
        if not size and piece and not piece.lstrip().startswith(b"["):
            raise UnavailableError(f"{where}: is not a list of tasks; run the command again")
        size += len(piece)
        if size > most:
            raise UnavailableError(f"{where}: is larger than possible ({most >> 20} MB for its tasks)")
        file.write(piece)


def _problem(task: dict[str, Any]) -> str | None:
    """The problem of a task of an export that is not in Label Studio's form; None if there is none."""
    where = f"task {as_given(task.get('id'), 40)}"
    if type(task.get("id")) is not int:
        return f"{where}: its id is not a number"
    for name in ("annotations", "drafts", "predictions"):
        work: object = task.get(name, [])
        if not isinstance(work, list):
            return f"{where}: its {name} are not a list"
        for each in cast(list[object], work):
            # The export may only contain the numbers of drafts and predictions.
            if not isinstance(each, dict):
                if name == "annotations" or not isinstance(each, int):
                    return f"{where}: one of its {name} is not an object"
                continue
            found = cast(dict[str, Any], each)
            if not isinstance(found.get("result"), list | None):
                return f"{where}: the result of one of its {name} is not a list"
            if not isinstance(found.get("completed_by"), int | dict | None):
                return f"{where}: one of its {name} has no annotator"
    return None
