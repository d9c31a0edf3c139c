"""Fetching everything that annotators did in a Label Studio project: the raw export, whole or not at all."""

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

# An export of more bytes than this, and so many for each task, is none: a task that ten people annotated has fewer.
_MOST_BYTES = 64 << 20
_MOST_BYTES_OF_A_TASK = 4 << 20


def fetch_export(server: LabelStudio, project: Project, output: Path | None = None) -> list[dict[str, Any]]:
    """The tasks of the project's JSON export, which is written to `output` as the server wrote it, if that is given.

    It is Label Studio's snapshot, with full predictions, drafts and the annotators' e-mails. The snapshot is
    deleted on the server again. Raises UnavailableError if not all of it came or it cannot be read, InputError if it
    has no tasks.
    """
    where = f"the export of {project.url}"
    with output.open("w+b") if output else tempfile.TemporaryFile() as file:
        snapshot = server.snapshot(project.id, f"mihakk {uuid.uuid4()}")
        try:
            most = _MOST_BYTES + project.tasks * _MOST_BYTES_OF_A_TASK
            _write(server.download_snapshot(project.id, snapshot), cast(BinaryIO, file), most, where)
        finally:
            # What we came for is here, or another error is on its way: this one would only hide it.
            with contextlib.suppress(MihakkError):
                server.delete_snapshot(project.id, snapshot)
        file.seek(0)
        if file.read(3) == b"[]":
            raise InputError(f"{project.url}: has no tasks; put some in with `mihakk annotate push`")
        file.seek(0)
        try:
            tasks = list(raw_tasks(raw_items(cast(BinaryIO, file), where), where))
        except InputError as error:
            raise UnavailableError(f"{error.problems[0]}; it did not come whole, run the command again") from None
    if problem := next(filter(None, map(_problem, tasks)), None):
        raise UnavailableError(f"{where}: is not as Label Studio writes it: {problem}; run the command again")
    return tasks


def joined(projects: Iterable[tuple[Project, list[dict[str, Any]]]]) -> list[dict[str, Any]]:
    """The tasks of several projects as one export: an article in two of them has all its annotations in one task.

    Of two lists of claims of which one goes on where the other ends, the longer counts. Raises InputError for articles
    with two texts, or with two lists of claims that differ otherwise.
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
    """The claims of a task: id and text, which is all that answers depend on."""
    rows = data.get("claims")
    if not has_claims(data):
        return [rows]
    return [(row["id"], row["text"]) for row in cast("list[dict[str, str]]", rows)]


def _write(pieces: Iterator[bytes], file: BinaryIO, most: int, where: str) -> None:
    size = 0
    for piece in pieces:
        if not size and piece and not piece.lstrip().startswith(b"["):
            raise UnavailableError(f"{where}: is no list of tasks; run the command again")
        size += len(piece)
        if size > most:
            raise UnavailableError(f"{where}: is larger than it can be ({most >> 20} MB for its tasks)")
        file.write(piece)


def _problem(task: dict[str, Any]) -> str | None:
    """What a task of an export has that Label Studio does not write, if anything."""
    where = f"task {as_given(task.get('id'), 40)}"
    if type(task.get("id")) is not int:
        return f"{where}: its number is none"
    for name in ("annotations", "drafts", "predictions"):
        work: object = task.get(name, [])
        if not isinstance(work, list):
            return f"{where}: its {name} are no list"
        for each in cast(list[object], work):
            # Drafts and predictions may be given by their numbers only.
            if not isinstance(each, dict):
                if name == "annotations" or not isinstance(each, int):
                    return f"{where}: one of its {name} is no object"
                continue
            found = cast(dict[str, Any], each)
            if not isinstance(found.get("result"), list | None):
                return f"{where}: the result of one of its {name} is no list"
            if not isinstance(found.get("completed_by"), int | dict | None):
                return f"{where}: one of its {name} is by nobody"
    return None
