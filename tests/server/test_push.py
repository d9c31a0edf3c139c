"""Tasks go into a real Label Studio exactly once, and nothing of value is overwritten."""

from __future__ import annotations

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from fault_proxy import FaultProxy
from live import Person, article_ids, command, get, some_tasks, write_tasks
from mihakk.annotate.interface import interface_xml
from mihakk.annotate.label_studio.client import LabelStudio, Project
from mihakk.annotate.label_studio.local import LocalServer
from mihakk.annotate.label_studio.projects import lost_options, prepare_project, same_interface
from mihakk.annotate.label_studio.push import push, read_task_file
from mihakk.annotate.task import completed
from mihakk.configs.errors import InputError
from mihakk.configs.scheme import load_scheme
from raw_export import answer, region

pytestmark = pytest.mark.server
SCHEME = load_scheme()


def quiet(_done: int, _total: int) -> None:
    pass


def put(server: LabelStudio, title: str, tasks: list[dict[str, Any]]) -> Project:
    return push(server, prepare_project(server, title, SCHEME, None), tasks, quiet).project


def test_a_second_push_adds_nothing(server: LabelStudio, title: str) -> None:
    tasks = some_tasks(7)
    first = push(server, prepare_project(server, title, SCHEME, 2), tasks[:4], quiet)
    assert (first.sent, first.already, first.project.tasks, first.project.annotators_per_task) == (4, 0, 4, 2)
    second = push(server, prepare_project(server, title, SCHEME, None), tasks, quiet)
    assert (second.sent, second.already, second.project.id) == (3, 4, first.project.id)
    third = push(server, prepare_project(server, str(first.project.id), SCHEME, None), tasks, quiet)
    assert (third.sent, third.already, third.doubles_removed) == (0, 7, 0)
    assert article_ids(server, first.project.id) == [task["data"]["doc_id"] for task in tasks]
    # What was asked for once is not forgotten.
    assert third.project.annotators_per_task == 2


def test_large_files_go_in_chunks_that_are_told_of(server: LabelStudio, title: str) -> None:
    tasks = some_tasks(620)
    told: list[tuple[int, int]] = []
    push(server, prepare_project(server, title, SCHEME, None), tasks, lambda *so_far: told.append(so_far))
    assert told == [(0, 620), (250, 620), (500, 620), (620, 620)]


def test_the_project_shows_interface_and_definitions(server: LabelStudio, title: str) -> None:
    project = put(server, title, some_tasks(1))
    assert same_interface(project.interface, interface_xml(SCHEME))
    raw = get(server, f"/api/projects/{project.id}")
    assert raw["show_instruction"] is True
    assert 'dir="rtl"' in raw["expert_instruction"]
    assert SCHEME.entities["GPE"].definition.of("ar") in raw["expert_instruction"]


def test_another_text_under_the_same_id_is_refused_before_anything_is_sent(server: LabelStudio, title: str) -> None:
    tasks = some_tasks(4)
    project = put(server, title, tasks[:2])
    changed = copy.deepcopy(tasks)
    changed[1]["data"]["text"] += " تصحيح"
    changed[1]["data"]["text_sha256"] = hashlib.sha256(changed[1]["data"]["text"].encode()).hexdigest()
    with pytest.raises(InputError) as error:
        put(server, title, changed)
    assert "article doc00001: differs from task" in str(error.value)
    assert "give the new text a new id" in str(error.value)
    assert error.value.exit_code == 2
    assert server.task_total(project.id) == 2


def test_changed_claims_and_another_scheme_are_refused(server: LabelStudio, title: str) -> None:
    tasks = some_tasks(4)
    project = put(server, title, tasks[:2])
    changed = copy.deepcopy(tasks)
    changed[0]["data"]["claims"].insert(0, {"id": "c0", "text": "ادعاء آخر"})
    with pytest.raises(InputError, match="event's claims, and answers refer to claims by position"):
        put(server, title, changed)
    other = copy.deepcopy(tasks)
    for task in other:
        task["data"]["scheme"] = "conflict_news@2.0"
    with pytest.raises(
        InputError, match=r"has tasks of the scheme conflict_news@1\.0, but these tasks are of conflict_news@2\.0"
    ):
        push(server, project, other, quiet)
    assert server.task_total(project.id) == 2


def test_other_changed_fields_are_told_and_left(server: LabelStudio, title: str) -> None:
    tasks = some_tasks(2)
    put(server, title, tasks)
    changed = copy.deepcopy(tasks)
    changed[1]["data"]["published"] = "2025-11-04"
    pushed = push(server, prepare_project(server, title, SCHEME, None), changed, quiet)
    assert pushed.differing == ("published",)
    assert [t.data["published"] for t in server.tasks(pushed.project.id)] == ["2025-11-03", "2025-11-03"]


def test_doubles_go_unless_people_worked_on_them(server: LabelStudio, people: list[Person], title: str) -> None:
    tasks = some_tasks(3)
    project = put(server, title, tasks)
    server.import_tasks(project.id, tasks)
    server.import_tasks(project.id, tasks[:1])
    numbers = [task.id for task in server.tasks(project.id)]
    people[0].submit(numbers[4], [])  # the second of the second article
    people[1].draft(numbers[2], [])
    pushed = push(server, project, tasks, quiet)
    assert (pushed.sent, pushed.doubles_removed) == (0, 4)
    assert {task.id for task in server.tasks(project.id)} == {numbers[0], numbers[4], numbers[2]}
    # Work on two tasks of one article: people decide.
    server.import_tasks(project.id, tasks[1:2])
    people[1].skip(server.tasks(project.id)[-1].id)
    with pytest.raises(InputError, match=r"article doc00001: has tasks .* people worked on each"):
        push(server, project, tasks, quiet)
    assert server.task_total(project.id) == 4


def test_an_interface_that_would_orphan_work_is_refused(server: LabelStudio, people: list[Person], title: str) -> None:
    tasks = some_tasks(1)
    old = interface_xml(SCHEME).replace("</Labels>", '<Label value="قديم" alias="OLD"/></Labels>')
    project = server.create_project(title=title, label_config=old)
    server.import_tasks(project.id, tasks)
    number = server.tasks(project.id)[0].id
    # A draft is work as well.
    people[0].draft(number, [region("r1", 0, 5, "OLD")])
    with pytest.raises(InputError, match="annotations made with an interface that has span OLD"):
        prepare_project(server, title, SCHEME, None)
    people[0].submit(number, [region("r1", 0, 5, "OLD"), answer(0, "agree")])
    with pytest.raises(InputError, match="span OLD"):
        prepare_project(server, title, SCHEME, None)
    assert "OLD" in server.project(project.id).interface


def test_a_refused_push_changes_nothing(server: LabelStudio, title: str) -> None:
    """Tasks of another version of the scheme: its interface, instructions and number of annotators stay away too."""
    project = put(server, title, some_tasks(2))
    before = get(server, f"/api/projects/{project.id}")
    newer = SCHEME.model_copy(
        update={"version": "2.0", "entities": {**SCHEME.entities, "SHIP": SCHEME.entities["ORG"]}}
    )
    tasks = some_tasks(4)
    for task in tasks:
        task["data"]["scheme"] = newer.id
    assert not same_interface(interface_xml(newer), before["label_config"])
    with pytest.raises(InputError, match=rf"has tasks of the scheme {SCHEME.id}, but these tasks are of {newer.id}"):
        prepare_project(server, title, newer, 3, tasks)
    # The same with a text that has changed, and the number of annotators only.
    tasks = some_tasks(2)
    tasks[0]["data"]["text_sha256"] = hashlib.sha256(b"x").hexdigest()
    with pytest.raises(InputError, match="differs from task"):
        prepare_project(server, title, SCHEME, 3, tasks)
    after = get(server, f"/api/projects/{project.id}")
    assert after == before
    assert server.task_total(project.id) == 2


def test_tasks_that_somebody_has_begun_are_not_deleted(server: LabelStudio, people: list[Person], title: str) -> None:
    """Not even if the work came after we had looked: the server itself looks when it deletes."""
    project = put(server, title, some_tasks(5))
    numbers = [task.id for task in server.tasks(project.id)]
    people[0].submit(numbers[0], [])
    people[0].skip(numbers[1])
    people[0].draft(numbers[2], [])
    server.delete_untouched_tasks(project.id, numbers[:4])
    assert [task.id for task in server.tasks(project.id)] == [*numbers[:3], numbers[4]]
    server.delete_untouched_tasks(project.id, [])
    assert server.task_total(project.id) == 4


def test_an_interface_that_only_adds_is_taken_over(server: LabelStudio, people: list[Person], title: str) -> None:
    poorer = interface_xml(SCHEME)
    start = poorer.index('<Label value="عدد"')
    poorer = poorer[:start] + poorer[poorer.index("/>", start) + 2 :]
    project = server.create_project(title=title, label_config=poorer)
    server.import_tasks(project.id, some_tasks(1))
    people[0].submit(server.tasks(project.id)[0].id, [region("r1", 0, 5, "GPE")])
    prepared = prepare_project(server, title, SCHEME, None)
    assert prepared.id == project.id
    assert same_interface(prepared.interface, interface_xml(SCHEME))


def test_lost_options_names_controls_labels_and_choices() -> None:
    xml = interface_xml(SCHEME)
    assert lost_options(xml, xml) == []
    assert lost_options(xml, xml.replace('alias="ORG"', 'alias="ORGANISATION"')) == ["span ORG"]
    assert lost_options(xml, xml.replace('name="stance"', 'name="stand"')) == [
        "Choices stance on text",
        "stance comment",
        "stance deny",
        "stance query",
        "stance support",
    ]


def test_two_projects_of_one_title_must_be_told_apart(server: LabelStudio, title: str) -> None:
    made = [server.create_project(title=title).id for _ in range(2)]
    with pytest.raises(InputError, match=f"give one's number: {made[0]}, {made[1]}"):
        prepare_project(server, title, SCHEME, None)
    # A title that holds this one is another title.
    server.create_project(title=f"{title}x")
    assert [project.id for project in server.projects(title)] == made


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda t: t[1]["data"].update(doc_id="doc00000"), "doc00000: occurs twice"),
        (lambda t: t[1]["data"].update(text="قصير"), "the text differs from the annotated text"),
        (lambda t: t[1]["data"].update(title=None), r"shows \$title, so the task needs it as text"),
        (lambda t: t[1].update(annotations=[]), "has annotations; a task may have only data and predictions"),
        (lambda t: t[1].pop("data"), "item 2: has no data"),
    ],
)
def test_bad_task_files_are_refused(tmp_path: Path, spoil: Any, message: str) -> None:
    tasks = some_tasks(2)
    spoil(tasks)
    with pytest.raises(InputError, match=message):
        read_task_file(write_tasks(tmp_path / "tasks.json", tasks), SCHEME)


def test_two_projects_are_pulled_as_one_and_only_what_is_finished(
    local: LocalServer, server: LabelStudio, people: list[Person], title: str, tmp_path: Path
) -> None:
    tasks = some_tasks(3)
    projects = [put(server, f"{title[:40]} {n}", some) for n, some in enumerate((tasks[:2], tasks[1:]))]
    first = server.first_task(projects[0].id)
    assert first and first.data == completed(tasks[0]["data"])  # claims became choices
    at = tasks[1]["data"]["text"].index("بغداد")
    for project, person in zip(projects, people, strict=False):
        numbers = {task.data["doc_id"]: task.id for task in server.tasks(project.id)}
        person.submit(numbers["doc00001"], [region("r", at, at + len("بغداد"), "GPE")])
    login = {"LABEL_STUDIO_URL": local.url, "LABEL_STUDIO_API_KEY": local.account.token}
    output = tmp_path / "export.json"
    addresses = [project.url for project in projects]
    said = command("export", "pull", *addresses, "-o", str(output), home=tmp_path, **login)
    assert said.returncode == 0, said.stderr
    exported = {task["data"]["doc_id"]: len(task["annotations"]) for task in json.loads(output.read_text())}
    assert exported == {"doc00000": 0, "doc00001": 2, "doc00002": 0}
    said = command("export", "pull", *addresses, "-o", str(output), "--finished", home=tmp_path, **login)
    assert said.returncode == 0, said.stderr
    assert [task["data"]["doc_id"] for task in json.loads(output.read_text())] == ["doc00001"]
    assert "left out: 2 tasks not finished" in said.stdout


def test_a_dry_run_asks_only_and_says_what_the_push_then_does(
    local: LocalServer, server: LabelStudio, title: str, tmp_path: Path
) -> None:
    first, more = some_tasks(2), some_tasks(5)
    more[0]["data"]["claims"].append({"id": "c2", "text": "ادعاء جديد"})
    with FaultProxy(local.url) as proxy:
        login = {"LABEL_STUDIO_URL": proxy.url, "LABEL_STUDIO_API_KEY": local.account.token}

        def run(tasks: list[dict[str, Any]], *arguments: str) -> list[str]:
            file = write_tasks(tmp_path / "tasks.json", tasks)
            done = command("annotate", "push", str(file), "--project", title, *arguments, home=tmp_path, **login)
            assert done.returncode == 0, done.stderr
            return done.stdout.splitlines()

        before = {project.id for project in server.projects()}
        assert run(first, "--dry-run", "--annotators-per-task", "2") == [
            f"would make the project “{title}” on {proxy.url}, each task for 2 annotators, and add 2 tasks",
            "Nothing was sent.",
        ]
        assert {project.id for project in server.projects()} == before
        run(first)
        (project,) = server.projects(title)
        proxy.requests.clear()
        said = run(more, "--dry-run", "--annotators-per-task", "2")
        assert said == [
            f"{title}: would add 3 tasks, 2 are there: {proxy.url}/projects/{project.id}",
            "  would change the project's annotators per task",
            "  would add new claims to 1 task there",
            "Nothing was sent.",
        ]
        assert {method for method, _ in proxy.requests} == {"GET"}
        assert len(article_ids(server, project.id)) == 2
        assert (
            "3 tasks added, 2 were already there; it now has 5, each for 2 annotators"
            in run(more, "--annotators-per-task", "2")[0]
        )
