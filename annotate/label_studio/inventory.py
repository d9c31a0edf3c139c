"""What a project has of the tasks that are to be in it: which are there, which twice, and which differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from ...configs.errors import InputError
from ...configs.formats import FORMAT
from ...configs.versions import two_contents
from ..task import SCHEME_CONTENT, SCHEME_HASH, scheme_in
from .client import LabelStudio, Project, ServerTask

Task = Mapping[str, Any]


class Inventory:
    """The tasks that a project has, by article."""

    def __init__(self, tasks: Iterable[ServerTask]) -> None:
        self.total = 0
        self._of_article: dict[str, list[ServerTask]] = {}
        for task in tasks:
            self.total += 1
            self._of_article.setdefault(str(task.data.get("doc_id")), []).append(task)

    def same(self, task: Task) -> Sequence[ServerTask]:
        """The project's tasks of this task's article, oldest first."""
        return self._of_article.get(task["data"]["doc_id"], ())

    def missing(self, tasks: Iterable[Task]) -> list[Task]:
        """Those of `tasks` whose article the project does not have."""
        return [task for task in tasks if not self.same(task)]

    def repeats(self, tasks: Iterable[Task]) -> bool:
        """Whether the project has one of these articles more than once."""
        return any(len(self.same(task)) > 1 for task in tasks)

    def differing(self, tasks: Iterable[Task]) -> tuple[str, ...]:
        """The data fields, other than those of `conflicts`, in which the project's tasks differ from these."""
        return tuple(
            sorted(
                {
                    key
                    for task in tasks
                    for there in self.same(task)
                    for key, value in task["data"].items()
                    # Tasks of an older format say the same, and nothing of the scheme's content.
                    if key not in (FORMAT, SCHEME_HASH, SCHEME_CONTENT) and there.data.get(key) != value
                }
            )
        )

    def conflicts(self, tasks: Sequence[Task], project: Project) -> list[str]:
        """In what the project's tasks differ from `tasks` that people's work depends on: text, claims, scheme."""
        return [*self._other_content(tasks, project), *self._other_schemes(tasks, project)]

    def _other_content(self, tasks: Iterable[Task], project: Project) -> Iterator[str]:
        for task in tasks:
            data = cast(Mapping[str, Any], task["data"])
            for there in self.same(task):
                where = f"article {data['doc_id']}: differs from task {there.id} of {project.url}"
                if there.data.get("text_sha256") != data["text_sha256"]:
                    yield (
                        f"{where} in its text ({str(there.data.get('text_sha256'))[:8]} there, "
                        f"{data['text_sha256'][:8]} here), and people may have annotated that; "
                        "give the new text a new id, restore the old text, or delete that task in Label Studio"
                    )
                elif there.data.get("claims") != data["claims"]:
                    yield (
                        f"{where} in the event's claims, to which answers refer by position; restore the claims, "
                        "push into a new project (--project TITLE), or delete that task in Label Studio"
                    )

    def _other_schemes(self, tasks: Sequence[Task], project: Project) -> Iterator[str]:
        wanted = {str(task["data"]["scheme"]) for task in tasks}
        known = {
            str(there.data["scheme"])
            for same in self._of_article.values()
            for there in same
            if there.data.get("scheme")
        }
        if wanted and (others := known - wanted):
            yield (
                f"{project.url}: holds tasks of {', '.join(sorted(others))}, these are of "
                f"{', '.join(sorted(wanted))}; push into a new project (--project TITLE)"
            )
        here = {scheme_in(task["data"]).title: scheme_in(task["data"]) for task in tasks}
        held = {
            scheme_in(there.data).title: scheme_in(there.data) for same in self._of_article.values() for there in same
        }
        for own in here.values():
            for other in held.values():
                if two := two_contents(own, other, ("these tasks", "its tasks")):
                    yield f"{project.url}: {two}, or push into a new project (--project TITLE)"


def take_inventory(server: LabelStudio, project: Project) -> Inventory:
    """What the project has now."""
    return Inventory(server.tasks(project.id))


def surplus(inventory: Inventory, tasks: Iterable[Task], worked_on: set[int]) -> list[int]:
    """The numbers of the tasks to delete so that each article is there once.

    The task that stays is the one that somebody has worked on, else the oldest: two people who push at the same
    time choose the same. Raises InputError if two tasks of one article have been worked on: people have to choose.
    """
    problems: list[str] = []
    found: list[int] = []
    for task in tasks:
        same = [there.id for there in inventory.same(task)]
        busy = [number for number in same if number in worked_on]
        if len(busy) > 1:
            problems.append(
                f"article {task['data']['doc_id']}: is there as tasks {', '.join(map(str, busy))}, and people worked "
                "on each; delete all but one in Label Studio"
            )
        elif len(same) > 1:
            keep = (busy or same)[0]
            found += (number for number in same if number != keep)
    if problems:
        raise InputError(*problems)
    return found
