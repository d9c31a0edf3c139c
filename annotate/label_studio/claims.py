"""The claims of tasks that are on the server already: completed, added to at the end, or reworded.

Answers refer to claims by position, so no claim is ever removed or moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from ...configs.errors import Problem
from ...configs.formats import FORMAT, FORMATS, TASK
from ..task import REWORDED, completed, has_claims
from .client import LabelStudio, Project, ServerTask

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Reworded:
    """A claim of a task whose text was changed after the task was pushed."""

    article: str
    task: int
    claim: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class Change:
    """The claims that a task on the server should have: `added` are the ids of those that it lacks."""

    task: ServerTask
    claims: Rows
    added: tuple[str, ...]
    reworded: tuple[Reworded, ...]

    def make(self, server: LabelStudio, now: str) -> None:
        """Changes the task. Answers stay. `now` is noted beside each reworded claim, for `export check`."""
        anew = {change.claim for change in self.reworded}
        rows = [{**row, REWORDED: now} if row["id"] in anew else row for row in self.claims]
        server.update_task(self.task.id, {**self.task.data, "claims": rows, FORMAT: FORMATS[TASK]})


def problem(there: ServerTask, wanted: Mapping[str, Any], where: str, *, reworded: bool) -> Problem | None:
    """Why the claims of a task on the server cannot become the wanted ones; None if they can."""
    before, now = _rows(there.data), _rows(wanted)
    first = [row["id"] for row in now[: len(before)]]
    if not has_claims(there.data) or first != [row["id"] for row in before]:
        message = (
            "differs in the event's claims, and answers refer to claims by position, so claims can only be added at "
            "the end; restore the claims, push into a new project (--project TITLE), or delete that task there"
        )
        return Problem(where, message, "other claims")
    changed = [
        f"{old['id']} “{old['text']}”" for old, new in zip(before, now, strict=False) if old["text"] != new["text"]
    ]
    if changed and not reworded:
        message = (
            f"has {', '.join(changed)} in other words than the file; `annotate push --reworded` changes the words "
            "there, keeps the answers, and lists them for another look"
        )
        return Problem(where, message, "reworded claims")
    return None


def change(there: ServerTask, wanted: Mapping[str, Any]) -> Change | None:
    """The change that gives a task on the server the wanted claims; None if none is needed, or `problem` forbids it."""
    before, now = _rows(there.data), _rows(completed(wanted))
    kept = [{**old, **new} for old, new in zip(before, now, strict=False)]
    rows = [*kept, *now[len(before) :]]
    if rows == list(before):
        return None
    article = str(there.data.get("doc_id"))
    anew = tuple(
        Reworded(article, there.id, new["id"], old["text"], new["text"])
        for old, new in zip(before, now, strict=False)
        if old["text"] != new["text"]
    )
    return Change(there, rows, tuple(row["id"] for row in now[len(before) :]), anew)


def unreadable(tasks: Iterable[ServerTask], project: Project) -> Iterator[Problem]:
    """The tasks whose claims an interface cannot show as choices."""
    for task in tasks:
        if not has_claims(task.data):
            message = "its claims are not a list of id and text, so they cannot be shown; delete or mend the task"
            yield Problem(f"{project.url}: task {task.id}", message, "claims that cannot be shown")


def complete(server: LabelStudio, tasks: Iterable[ServerTask]) -> None:
    """Gives the claims of older tasks the fields that the interface shows as choices; without them they are blank."""
    for task in tasks:
        data = completed(task.data)
        if data is not task.data:
            server.update_task(task.id, data)


def _rows(data: Mapping[str, Any]) -> Rows:
    return cast(Rows, data["claims"]) if has_claims(data) else ()
