"""`push` without --project: the only fitting project is used, none is made anew, several are named."""

from __future__ import annotations

from typing import Any, cast

import pytest
from mihakk.annotate.interface import interface_xml
from mihakk.annotate.label_studio.client import LabelStudio, Project, ServerTask
from mihakk.annotate.label_studio.projects import usual_project
from mihakk.configs.errors import InputError
from mihakk.configs.scheme import load_scheme

SCHEME = load_scheme()
OURS, OTHER = interface_xml(SCHEME), '<View><Text name="t" value="$t"/></View>'
WORK: dict[str, Any] = {"scheme": SCHEME.id}
REVIEW = WORK | {"adjudication": ""}


class Server:
    """A server with projects of these interfaces, each with a task that has this data, or with none."""

    url = "http://127.0.0.1:8080"

    def __init__(self, *projects: tuple[str, str, dict[str, Any] | None]) -> None:
        self._projects = projects

    def projects(self) -> list[Project]:
        return [
            Project(n, title, f"{self.url}/projects/{n}", int(data is not None), 1, interface, None)
            for n, (title, interface, data) in enumerate(self._projects, 1)
        ]

    def first_task(self, number: int) -> ServerTask | None:
        data = self._projects[number - 1][2]
        return None if data is None else ServerTask(7, data)


def chosen(server: Server, data: dict[str, Any] = WORK) -> str:
    return usual_project(cast(LabelStudio, server), SCHEME, [{"data": data}])


def test_the_only_fitting_project_is_used() -> None:
    server = Server(("other", OTHER, WORK), ("raids", OURS, WORK), ("judged", OURS, REVIEW), ("empty", OURS, None))
    assert (chosen(server), chosen(server, REVIEW)) == ("2", "3")
    older = Server(("old scheme", OURS, {"scheme": "conflict_news@0.9"}), ("empty", OURS, None))
    assert chosen(older) == "2"


def test_without_one_a_project_is_made() -> None:
    server = Server(("other", OTHER, WORK))
    assert (chosen(server), chosen(server, REVIEW)) == (SCHEME.id, f"{SCHEME.id} adjudication")


def test_several_are_named() -> None:
    with pytest.raises(InputError, match=r"1 “raids”, 2 “talks”"):
        chosen(Server(("raids", OURS, WORK), ("talks", OURS, WORK)))


def test_a_title_of_other_tasks_is_not_taken() -> None:
    with pytest.raises(InputError, match="is for other tasks"):
        chosen(Server((SCHEME.id, OTHER, WORK)))
