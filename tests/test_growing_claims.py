"""Claims of tasks on a server: added at the end, reworded, completed; never removed or moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest
from mihakk.annotate.document import Article, EventClaim
from mihakk.annotate.interface import interface_xml
from mihakk.annotate.label_studio.client import LabelStudio, Project, ServerTask
from mihakk.annotate.label_studio.projects import prepare_project, usual_project
from mihakk.annotate.label_studio.push import Pushed, push
from mihakk.annotate.report import push_summary
from mihakk.annotate.task import completed, make_task
from mihakk.configs.errors import InputError
from mihakk.configs.scheme import load_scheme

SCHEME = load_scheme()
TEXTS = {"c1": "قُتل مدنيون", "c2": "استُهدف قيادي", "c3": "دُمر الجسر"}


def data(*claims: str, old: bool = False, **texts: str) -> dict[str, Any]:
    made = make_task(Article("خبر", "نص الخبر"), [EventClaim(c, texts.get(c, TEXTS[c])) for c in claims], SCHEME)[
        "data"
    ]
    if old:
        made |= {"format": 1, "claims": [{"id": row["id"], "text": row["text"]} for row in made["claims"]]}
    return made


class Server:
    """A server with one project of one task, which notes what is done to it, in order."""

    url, patience = "http://127.0.0.1:8080", ()

    def __init__(self, there: Mapping[str, Any], interface: str | None = None, worked_on: Sequence[int] = (7,)) -> None:
        self.data, self.interface, self._worked_on = dict(there), interface or interface_xml(SCHEME), set(worked_on)
        self.done: list[str] = []

    def project(self, number: int) -> Project:
        return Project(number, "raids", f"{self.url}/projects/{number}", 1, 1, self.interface, None)

    def projects(self) -> list[Project]:
        return [self.project(1)]

    def tasks(self, _: int) -> list[ServerTask]:
        return [ServerTask(7, self.data)]

    def first_task(self, _: int) -> ServerTask:
        return ServerTask(7, self.data)

    def task_total(self, _: int) -> int:
        return 1

    def worked_on(self, _: int) -> set[int]:
        return self._worked_on

    def update_task(self, number: int, data: Mapping[str, Any]) -> None:
        self.data = dict(data)
        self.done.append(f"task {number}")

    def update_project(self, _: int, **fields: Any) -> None:
        self.interface = fields["label_config"]
        self.done.append("interface")


def pushed(server: Server, wanted: Mapping[str, Any], *, reworded: bool = False) -> Pushed:
    fake = cast(LabelStudio, server)
    return push(fake, server.project(1), [{"data": wanted}], lambda _done, _all: None, reworded=reworded)


def claims(server: Server) -> list[tuple[str, str]]:
    return [(row["id"], row["text"]) for row in server.data["claims"]]


def test_a_claim_at_the_end_is_added_and_those_before_it_keep_their_place() -> None:
    server = Server(data("c1", "c2"))
    done = pushed(server, data("c1", "c2", "c3"))
    assert claims(server) == list(TEXTS.items())
    assert server.data["claims"][2]["hotkey"] == "shift+3"
    assert (done.grown, done.reworded, done.differing) == (1, (), ())
    assert "1 task already there got the new claims at the end" in push_summary(done)
    # Once.
    assert pushed(server, data("c1", "c2", "c3")).grown == 0
    assert server.done == ["task 7"]


@pytest.mark.parametrize("wanted", [("c2", "c1"), ("c1",), (), ("c3", "c1", "c2"), ("c1", "c3", "c2")])
def test_removed_and_moved_claims_are_refused_and_nothing_changes(wanted: tuple[str, ...]) -> None:
    server = Server(data("c1", "c2"))
    for reworded in (False, True):
        with pytest.raises(InputError, match="claims can only be added at the end"):
            pushed(server, data(*wanted), reworded=reworded)
    assert server.done == []


def test_a_reworded_claim_needs_a_word_from_the_lead_and_is_listed_with_its_answers() -> None:
    server = Server(data("c1", "c2"))
    new = data("c1", "c2", "c3", c2="استهدفت الغارة قيادياً")
    with pytest.raises(InputError, match=r"c2 “استُهدف قيادي” in other words than the file; `annotate push --reworded`"):
        pushed(server, new)
    assert server.done == []
    done = pushed(server, new, reworded=True)
    assert claims(server) == [("c1", TEXTS["c1"]), ("c2", "استهدفت الغارة قيادياً"), ("c3", TEXTS["c3"])]
    assert [row["value"] for row in server.data["claims"]] == [text for _, text in claims(server)]
    assert [row.get("reworded") is None for row in server.data["claims"]] == [True, False, True]
    (one,) = done.reworded
    assert (one.article, one.task, one.claim, one.before) == ("خبر", 7, "c2", TEXTS["c2"])
    assert f"{server.url}/projects/1/data?task=7" in push_summary(done)
    # The time of rewording stays when another claim comes.
    noted = server.data["claims"][1]["reworded"]
    pushed(server, new, reworded=True)
    assert server.data["claims"][1]["reworded"] == noted
    assert server.done == ["task 7"]


def test_where_nobody_answered_no_look_is_asked_for() -> None:
    server = Server(data("c1"), worked_on=())
    assert pushed(server, data("c1", c1="قُتل ثلاثة"), reworded=True).reworded == ()


def without_about() -> str:
    return "\n".join(line for line in interface_xml(SCHEME).splitlines() if 'name="about"' not in line)


def test_older_tasks_get_their_choices_before_the_interface_shows_them() -> None:
    server = Server(data("c1", "c2", old=True), without_about())
    prepare_project(cast(LabelStudio, server), "1", SCHEME, None)
    assert server.done == ["task 7", "interface"]
    assert server.data == completed(data("c1", "c2", old=True)) == data("c1", "c2")


def test_claims_that_cannot_be_choices_keep_the_interface_from_changing() -> None:
    server = Server({"claims": ["c1"], "text": "x"}, without_about())
    with pytest.raises(InputError, match="task 7: its claims are not a list of id and text"):
        prepare_project(cast(LabelStudio, server), "1", SCHEME, None)
    assert server.done == []


def test_a_project_that_does_not_ask_it_yet_is_still_the_usual_one() -> None:
    server = Server(data("c1", old=True), without_about())
    assert usual_project(cast(LabelStudio, server), SCHEME, [{"data": data("c1")}]) == "1"
