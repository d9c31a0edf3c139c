"""Compares the tasks to push with those in the project: missing, repeated and differing tasks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from ...configs.errors import InputError
from ...configs.formats import FORMAT
from ...configs.versions import two_contents
from ..task import ADJUDICATION, SCHEME_CONTENT, SCHEME_HASH, is_adjudication, scheme_in
from .claims import Change, change, problem
from .client import LabelStudio, Project, ServerTask

Task = Mapping[str, Any]


class Inventory:
    """The tasks of a project, by article."""

    def __init__(self, tasks: Iterable[ServerTask]) -> None:
        self.total = 0
        self._of_article: dict[str, list[ServerTask]] = {}
        for task in tasks:
            self.total += 1
            self._of_article.setdefault(str(task.data.get("doc_id")), []).append(task)

    def same(self, task: Task) -> Sequence[ServerTask]:
        """The project's tasks of the same article, oldest first."""
        return self._of_article.get(task["data"]["doc_id"], ())

    def missing(self, tasks: Iterable[Task]) -> list[Task]:
        """The tasks whose article is not in the project."""
        return [task for task in tasks if not self.same(task)]

    def repeats(self, tasks: Iterable[Task]) -> bool:
        """Whether any of these articles is in the project more than once."""
        return any(len(self.same(task)) > 1 for task in tasks)

    def differing(self, tasks: Iterable[Task]) -> tuple[str, ...]:
        """The data fields, besides those that `conflicts` checks, in which the project's tasks differ from these."""
        return tuple(
            sorted(
                {
                    key
                    for task in tasks
                    for existing in self.same(task)
                    for key, value in task["data"].items()
                    # Tasks of an older format have the same content, but lack the scheme's content. Claims may change.
                    if key not in (FORMAT, SCHEME_HASH, SCHEME_CONTENT, "claims") and existing.data.get(key) != value
                }
            )
        )

    def everything(self) -> Iterator[ServerTask]:
        """All tasks of the project."""
        for same in self._of_article.values():
            yield from same

    def claim_changes(self, tasks: Iterable[Task]) -> list[Change]:
        """The changes that give the project's tasks the claims of these tasks."""
        both = ((existing, task["data"]) for task in tasks for existing in self.same(task))
        return [made for existing, data in both if (made := change(existing, data))]

    def conflicts(self, tasks: Sequence[Task], project: Project, *, reworded: bool = False) -> list[str]:
        """Differences in text, claims or scheme that would invalidate work; `reworded` allows other words of claims."""
        return [*self._other_content(tasks, project, reworded), *self._other_schemes(tasks, project)]

    def _other_content(self, tasks: Iterable[Task], project: Project, reworded: bool) -> Iterator[str]:
        for task in tasks:
            data = cast(Mapping[str, Any], task["data"])
            for existing in self.same(task):
                where = f"article {data['doc_id']}: differs from task {existing.id} of {project.url}"
                at = f"article {data['doc_id']}: task {existing.id} of {project.url}"
                if existing.data.get("text_sha256") != data["text_sha256"]:
                    yield (
                        f"{where} in its text ({str(existing.data.get('text_sha256'))[:8]} there, "
                        f"{data['text_sha256'][:8]} here), and people may have annotated it; "
                        "give the new text a new id, restore the old text, or delete that task in Label Studio"
                    )
                elif of_claims := problem(existing, data, at, reworded=reworded):
                    yield of_claims

    def _other_schemes(self, tasks: Sequence[Task], project: Project) -> Iterator[str]:
        if any((ADJUDICATION in there.data) != is_adjudication(tasks) for there in self.everything() if tasks):
            mine, its = ("an adjudicator", "annotators") if is_adjudication(tasks) else ("annotators", "an adjudicator")
            yield f"{project.url}: has tasks for {its}, but these are for {mine}; push into another (--project TITLE)"
        wanted = {str(task["data"]["scheme"]) for task in tasks}
        known = {
            str(existing.data["scheme"])
            for same in self._of_article.values()
            for existing in same
            if existing.data.get("scheme")
        }
        if wanted and (unwanted := known - wanted):
            yield (
                f"{project.url}: has tasks of the scheme {', '.join(sorted(unwanted))}, but these tasks are of "
                f"{', '.join(sorted(wanted))}; push into a new project (--project TITLE)"
            )
        here = {scheme_in(task["data"]).title: scheme_in(task["data"]) for task in tasks}
        held = {
            scheme_in(there.data).title: scheme_in(there.data) for same in self._of_article.values() for there in same
        }
        for own in here.values():
            for known in held.values():
                if two := two_contents(own, known, ("these tasks", "its tasks")):
                    yield f"{project.url}: {two}, or push into a new project (--project TITLE)"


def take_inventory(server: LabelStudio, project: Project) -> Inventory:
    """The project's tasks as they are now."""
    return Inventory(server.tasks(project.id))


def surplus(inventory: Inventory, tasks: Iterable[Task], worked_on: set[int]) -> list[int]:
    """The numbers of the tasks to delete, so that each article has one task.

    The task with annotations stays, else the oldest: two people who push at the same time choose the same task.
    Raises InputError if two tasks of one article have annotations: then people have to choose.
    """
    problems: list[str] = []
    to_delete: list[int] = []
    for task in tasks:
        same = [existing.id for existing in inventory.same(task)]
        busy = [number for number in same if number in worked_on]
        if len(busy) > 1:
            problems.append(
                f"article {task['data']['doc_id']}: has tasks {', '.join(map(str, busy))}, and people worked "
                "on each; delete all but one in Label Studio"
            )
        elif len(same) > 1:
            keep = (busy or same)[0]
            to_delete += (number for number in same if number != keep)
    if problems:
        raise InputError(*problems)
    return to_delete
