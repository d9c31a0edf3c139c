"""The project that tasks go into: chosen by number or title, or made, with the scheme's interface."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from ...configs.errors import InputError, UnavailableError
from ...configs.scheme import Scheme
from ..instructions import instructions_html
from ..interface import ABOUT, MOST_KEYS, TEXT, interface_xml
from ..task import ADJUDICATION, SCHEME, is_adjudication
from .claims import complete, unreadable
from .client import LabelStudio, Project
from .inventory import Inventory, Task, take_inventory
from .transport import UnsureError

_ASKS_ABOUT = f"Choices {ABOUT} on {TEXT}"
# How often a request is sent before giving up.
_TRIES = 5


def prepare_project(
    server: LabelStudio,
    title_or_id: str,
    scheme: Scheme,
    annotators_per_task: int | None,
    tasks: Sequence[Task] = (),
    *,
    reworded: bool = False,
) -> Project:
    """The project with this number or title, made if there is none, with the scheme's interface and definitions.

    The new interface shows claims as choices, so older tasks get these before the interface is changed. If `reworded`,
    claims of `tasks` may have other words than in the project.

    Raises InputError, before anything is changed, if several projects have the title, if the new interface lacks
    labels that annotations may use, or if the project has one of `tasks` with another text, claims or scheme.
    """
    project = existing_project(server, title_or_id, scheme, tasks)
    if project is None:
        project = _create(server, title_or_id, scheme, _wanted(scheme, tasks)[0])
    changes, inventory = needed_changes(server, project, scheme, annotators_per_task, tasks, reworded=reworded)
    if changes:
        if "label_config" in changes and scheme.asks_about and inventory:
            complete(server, inventory.everything())
        server.update_project(project.id, **changes)
        project = server.project(project.id)
    return project


def existing_project(
    server: LabelStudio, title_or_id: str, scheme: Scheme, tasks: Sequence[Task] = ()
) -> Project | None:
    """The project with this number or title; None if a push would make it."""
    if title_or_id.isdecimal() and title_or_id.isascii():
        return server.project(int(title_or_id))
    title = title_or_id.strip()
    if not 3 <= len(title) <= 50:
        raise InputError(f"project “{title}”: Label Studio wants a title of 3 to 50 characters")
    existing = server.projects(title)
    return server.project(_chosen(server, existing, _wanted(scheme, tasks)[0]).id) if existing else None


def needed_changes(
    server: LabelStudio,
    project: Project,
    scheme: Scheme,
    annotators_per_task: int | None,
    tasks: Sequence[Task],
    *,
    reworded: bool = False,
) -> tuple[dict[str, Any], Inventory | None]:
    """The changes of a push to the project itself; and the project's tasks, if they had to be read for that.

    Nothing is changed here. Raises InputError as `prepare_project` does.
    """
    wanted, without_keys = _wanted(scheme, tasks)
    if same_interface(project.interface, without_keys):
        wanted = without_keys  # tasks on the server may have more claims than there are keys
    changes: dict[str, Any] = {}
    if not same_interface(project.interface, wanted):
        changes = {"label_config": wanted, "expert_instruction": instructions_html(scheme), "show_instruction": True}
    if annotators_per_task and project.annotators_per_task != annotators_per_task:
        changes["maximum_annotations"] = annotators_per_task
    inventory = None
    if changes:
        inventory = take_inventory(server, project)
        problems = inventory.conflicts(tasks, project, reworded=reworded)
        if "label_config" in changes:
            problems += _orphans(server, project, scheme, wanted)
            problems += unreadable(inventory.everything(), project) if scheme.asks_about else ()
        if problems:
            raise InputError(*problems)
    return changes, inventory


def _wanted(scheme: Scheme, tasks: Sequence[Task]) -> tuple[str, str]:
    """The interface for these tasks, and the one without keys for stances of articles."""
    kind = is_adjudication(tasks)
    wanted, without_keys = (interface_xml(scheme, adjudication=kind, stance_keys=keys) for keys in (True, False))
    has_many = any(len(task["data"].get("claims", ())) > MOST_KEYS for task in tasks)
    return without_keys if has_many else wanted, without_keys


def usual_project(server: LabelStudio, scheme: Scheme, tasks: Sequence[Task]) -> str:
    """The project for tasks if none is given: the only project for this scheme and kind of task; else a new title.

    The kinds are tasks for annotators and for adjudicators. Raises InputError with their titles if there are several
    such projects, or if a project of another kind has the title already.
    """
    wanted = interface_xml(scheme)
    for_adjudicators = is_adjudication(tasks)
    every = server.projects()
    fitting: list[Project] = []
    for project in every:
        # A project made before version 0.2 does not ask yet what claims are about.
        missing = [option for option in lost_options(wanted, project.interface) if option != _ASKS_ABOUT]
        if lost_options(project.interface, wanted) or missing:
            continue
        first = server.first_task(project.id)
        if first is None or (first.data.get(SCHEME) == scheme.id and (ADJUDICATION in first.data) == for_adjudicators):
            fitting.append(project)
    filled = [project for project in fitting if project.tasks]
    if len(fitting) > 1 and len(filled) != 1:
        listed = ", ".join(f"{project.id} “{project.title}”" for project in fitting)
        raise InputError(f"{server.url}: which project? Give one with --project: {listed}")
    if fitting:
        return str((filled or fitting)[0].id)
    title = f"{scheme.id} adjudication" if for_adjudicators else scheme.id
    if any(project.title == title for project in every):
        raise InputError(f"{server.url}: the project “{title}” is for other tasks; give a new title with --project")
    return title


def same_interface(first: str, second: str) -> bool:
    """Whether two labeling configs are equal, whatever their layout."""
    try:
        return ET.canonicalize(first, strip_text=True) == ET.canonicalize(second, strip_text=True)
    except ET.ParseError:
        return False


def lost_options(old: str, new: str) -> list[str]:
    """The controls, labels and choices of the interface `old` that `new` lacks. Annotations may use them."""
    remaining = set(_options(new))
    return sorted({option for option in _options(old) if option not in remaining})


def _orphans(server: LabelStudio, project: Project, scheme: Scheme, wanted: str) -> list[str]:
    lost = lost_options(project.interface, wanted)
    if not lost or not server.worked_on(project.id):
        return []
    return [
        f"{project.url}: has annotations made with an interface that has {', '.join(lost)}; "
        f"the interface of {scheme.id} lacks them, so this work would be orphaned. Push into a new project "
        "(--project TITLE), or keep these in the scheme"
    ]


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


def _create(server: LabelStudio, title: str, scheme: Scheme, wanted: str) -> Project:
    title = title.strip()
    why = ""
    for _ in range(_TRIES):
        made = None
        try:
            made = server.create_project(
                title=title,
                label_config=wanted,
                expert_instruction=instructions_html(scheme),
                show_instruction=True,
            )
            # Somebody else may be making the same project at this moment.
            waits = server.patience[:1]
        except UnsureError as unsure:
            why = str(unsure)
            waits = (0.0, *server.patience) if unsure.maybe_at_work else (0.0,)
        for wait in waits or (0.0,):
            time.sleep(wait)
            if server.projects(title):
                return _keep_one(server, title, wanted)
        if made:
            return made  # under a title that the server has changed
    raise UnavailableError(f"{server.url}: did not make the project “{title}” ({why}); run the command again")


def _keep_one(server: LabelStudio, title: str, wanted: str) -> Project:
    """The one of several new projects with this title that every push chooses.

    This account's other empty projects are deleted: they come from a doubled request, or from a quicker push.
    """
    candidates = server.projects(title)
    chosen = _chosen(server, candidates, wanted)
    account = server.account_id()
    for project in candidates:
        is_own = project.created_by == account and same_interface(project.interface, wanted)
        if project.id != chosen.id and is_own and server.task_total(project.id) == 0:
            server.delete_project(project.id)
    return server.project(chosen.id)


def _chosen(server: LabelStudio, candidates: Sequence[Project], wanted: str) -> Project:
    """The one of several projects with the same title to use: the project with tasks, else the oldest.

    One push can make several: a delayed request makes another project. Raises InputError if several have
    tasks, or if a push did not make them: then the user has to choose.
    """
    with_tasks = [project for project in candidates if project.tasks]
    empty = [project for project in candidates if not project.tasks]
    # A single project may have any interface: it is updated.
    if len(candidates) > 1 and (
        len(with_tasks) > 1 or not all(same_interface(project.interface, wanted) for project in empty)
    ):
        numbers = ", ".join(str(project.id) for project in candidates)
        raise InputError(
            f"{server.url}: several projects are called “{candidates[0].title}”; give one's number: {numbers}"
        )
    return (with_tasks or empty)[0]
