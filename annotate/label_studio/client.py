"""A Label Studio server, used with one account, through the SDK's client.

The SDK makes the calls. `transport` makes them safer: it sends no POST twice, waits for a server that is away, limits
the size of answers, and puts refusals into plain words.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

import httpx

from ...configs.errors import InputError, UnavailableError
from .address import is_loopback
from .answers import AccountThere, a_number, a_text, an_account, an_object
from .bounds import UnusableAnswerError
from .transport import (
    PATIENCE,
    NotFoundError,
    PatientTransport,
    TokenRefusedError,
    UnsureError,
    network,
    reason,
    short_message,
)

if TYPE_CHECKING:
    # Importing it takes a second.
    from label_studio_sdk import LabelStudio as Sdk

Answer = TypeVar("Answer")

# On SQLite, Label Studio can take minutes for one write while other clients write too.
_TIMEOUT = httpx.Timeout(300.0, connect=10.0)
# Without this the SDK sends failed requests again, even a POST.
_ONCE: Any = {"max_retries": 0}
# Tasks or projects on one page, and the most pages of a list.
_PAGE = 1000
_PAGES = 1000
# How often a list is read again if it changes meanwhile.
_READS = 5
_WITH_DRAFTS = ("draft_exists", "equal", "Boolean", True)
# Filter by the annotations, skipped ones included: the server updates its counts a little later.
_WITH_ANNOTATIONS = ("annotations_ids", "empty", "String", False)
_WITHOUT_WORK = (
    ("annotations_ids", "empty", "String", True),
    ("total_annotations", "equal", "Number", 0),
    ("cancelled_annotations", "equal", "Number", 0),
    ("draft_exists", "equal", "Boolean", False),
)


@dataclass(frozen=True, slots=True)
class Project:
    """A Label Studio project. `url` is its page in the browser, `created_by` the number of an account."""

    id: int
    title: str
    url: str
    tasks: int
    annotators_per_task: int
    interface: str
    created_by: int | None


@dataclass(frozen=True, slots=True)
class ServerTask:
    """A task on the server."""

    id: int
    data: Mapping[str, Any]


class LabelStudio:
    """The calls that Mihakk makes. `token` is a personal access token (PAT) or a legacy token.

    Raises InputError if the server refuses (token, permission, project, content), UnavailableError if it does
    not answer after `patience` or answers wrongly, and UnsureError if a change may or may not have been made.
    """

    def __init__(
        self,
        url: str,
        token: str,
        patience: Sequence[float] = PATIENCE,
        timeout: httpx.Timeout | float = _TIMEOUT,
    ) -> None:
        self.url = url.rstrip("/")
        self.patience = tuple(patience)
        self._token = token
        self._timeout = timeout
        # A proxy of the environment must not see requests to this machine.
        self._trust_environment = not is_loopback(httpx.URL(self.url).host)
        transport = PatientTransport(self.url, network(self.url, self._trust_environment), self.patience)
        self._http = httpx.Client(transport=transport, timeout=timeout, trust_env=False)
        self._sdk = self._new_sdk()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    # The account, and other accounts.

    def whoami(self) -> str:
        """The e-mail of the account that the token belongs to."""
        return self.ask(lambda sdk: a_text(sdk.users.whoami(request_options=_ONCE).email))

    def account_id(self) -> int:
        """The number of the account that the token belongs to."""
        return self.ask(lambda sdk: a_number(sdk.users.whoami(request_options=_ONCE).id))

    def accounts(self) -> list[AccountThere]:
        """All accounts, by e-mail."""
        users = self.ask(lambda sdk: [an_account(user) for user in sdk.users.list(request_options=_ONCE)])
        return sorted(users, key=lambda account: account.email)

    def emails(self) -> set[str]:
        """The e-mails of all accounts, in lower case."""
        return {account.email for account in self.accounts()}

    def remove_member(self, account_id: int) -> None:
        """Takes an account out of the team. Its work stays, under its name. Twice does no harm."""
        team = self.ask(lambda sdk: a_number(sdk.users.whoami(request_options=_ONCE).active_organization))
        with contextlib.suppress(NotFoundError):
            self.ask(lambda sdk: sdk.organizations.members.delete(team, account_id, request_options=_ONCE))

    def invitation(self) -> str:
        """The secret token of the invitation page, on which accounts are made."""
        return self.ask(lambda sdk: a_text(sdk.organizations.invites.get_invite_link(request_options=_ONCE).token))

    def visitor(self) -> httpx.Client:
        """A client without an account, like a new user's browser."""
        return httpx.Client(
            transport=network(self.url, self._trust_environment), timeout=self._timeout, trust_env=False
        )

    # Projects.

    def projects(self, title: str | None = None) -> list[Project]:
        """The projects that the account sees, oldest first; with `title`, those with exactly this title."""
        by_id: dict[int, Project] = {}
        for number in range(1, _PAGES + 1):
            page, more = self.ask(lambda sdk, number=number: self._projects_page(sdk, number, title))
            if page.keys() <= by_id.keys():
                break
            by_id |= page
            if not more:
                break
        return [by_id[key] for key in sorted(by_id) if title is None or by_id[key].title == title]

    def _projects_page(self, sdk: Sdk, number: int, title: str | None) -> tuple[dict[int, Project], bool]:
        # Label Studio's filter matches words anywhere in the title.
        page = sdk.projects.list(page=number, page_size=_PAGE, title=title, request_options=_ONCE)
        projects = [self._project(raw) for raw in cast(list[Any], page.items)]
        return {project.id: project for project in projects}, bool(page.response.next)

    def project(self, project_id: int) -> Project:
        """The project with this number, as it is now."""
        return self.ask(lambda sdk: self._project(sdk.projects.get(project_id, request_options=_ONCE)))

    def create_project(self, **fields: Any) -> Project:
        """Makes a project. Raises UnsureError."""
        return self.post(lambda sdk: self._project(sdk.projects.create(**fields, request_options=_ONCE)))

    def update_project(self, project_id: int, **fields: Any) -> None:
        """Changes a project. To do so twice does no harm, so a failed request is retried."""
        self.ask(lambda sdk: sdk.projects.update(project_id, **fields, request_options=_ONCE))

    def delete_project(self, project_id: int) -> None:
        """Deletes a project and everything in it. It is no error if the project does not exist."""
        with contextlib.suppress(NotFoundError):
            self.ask(lambda sdk: sdk.projects.delete(project_id, request_options=_ONCE))

    def _project(self, raw: Any) -> Project:
        number = a_number(raw.id)
        created_by = raw.created_by
        return Project(
            id=number,
            title=a_text(raw.title),
            url=f"{self.url}/projects/{number}",
            tasks=a_number(getattr(raw, "task_number", None) or 0),
            annotators_per_task=a_number(getattr(raw, "maximum_annotations", None) or 1),
            interface=a_text(getattr(raw, "label_config", None) or ""),
            created_by=None if created_by is None else a_number(created_by.id),
        )

    # Tasks.

    def task_total(self, project_id: int) -> int:
        """How many tasks the project has."""
        return self.ask(lambda sdk: self._tasks_page(sdk, project_id, "id", "", 1, 1)[1])

    def tasks(self, project_id: int) -> list[ServerTask]:
        """All tasks of the project, sorted by number, without annotations."""
        return [ServerTask(key, an_object(raw.data)) for key, raw in self._listed(project_id, "id,data")]

    def first_task(self, project_id: int) -> ServerTask | None:
        """One task of the project, None if it has none."""
        page, _ = self.ask(lambda sdk: self._tasks_page(sdk, project_id, "id,data", "", 1, 1))
        return next((ServerTask(key, an_object(raw.data)) for key, raw in page.items()), None)

    def worked_on(self, project_id: int) -> set[int]:
        """The numbers of the tasks that have annotations, skips or drafts."""
        return {
            key
            for condition in (_WITH_ANNOTATIONS, _WITH_DRAFTS)
            for key, _ in self._listed(project_id, "id", json.dumps({"filters": _filters(condition)}))
        }

    def import_tasks(self, project_id: int, tasks: Sequence[Mapping[str, Any]]) -> None:
        """Adds tasks, all or none. Raises UnsureError."""
        request: Any = list(tasks)
        self.post(lambda sdk: sdk.projects.import_tasks(project_id, request=request, request_options=_ONCE))

    def update_task(self, task_id: int, data: Mapping[str, Any]) -> None:
        """Replaces the data of a task; annotations stay. Twice does no harm, so a failed request is retried."""
        changed: Any = dict(data)
        self.ask(lambda sdk: sdk.tasks.update(str(task_id), data=changed, request_options=_ONCE))

    def delete_untouched_tasks(self, project_id: int, task_ids: Sequence[int]) -> None:
        """Deletes those of the tasks that have no annotation, skip or draft at the time of deletion."""
        if not task_ids:
            return  # Label Studio takes an empty selection for all tasks
        selected: Any = {"all": False, "included": list(task_ids)}
        filters: Any = _filters(*_WITHOUT_WORK)
        self.ask(
            lambda sdk: sdk.actions.create(
                id="delete_tasks", project=project_id, filters=filters, selected_items=selected, request_options=_ONCE
            )
        )

    def _listed(self, project_id: int, fields: str, query: str = "") -> list[tuple[int, Any]]:
        """The number and these fields of all tasks, or of those that match the query, sorted by number."""
        by_id: dict[int, Any] = {}
        total = 0
        for _ in range(_READS):
            by_id = {}
            for number in range(1, _PAGES + 1):
                try:
                    page, total = self.ask(
                        lambda sdk, number=number: self._tasks_page(sdk, project_id, fields, query, number, _PAGE)
                    )
                except NotFoundError:
                    if number == 1:
                        raise
                    break  # tasks were deleted meanwhile, and this page is gone
                if page.keys() <= by_id.keys():
                    break
                by_id |= page
                if number * _PAGE >= total:
                    break
            # A deletion moves tasks to pages that were already read. Then the list must be read again.
            if len(by_id) >= total:
                return sorted(by_id.items())
        raise UnavailableError(
            f"{self.url}: its list of tasks stays incomplete ({len(by_id)} of {total}); run the command again"
        )

    def _tasks_page(
        self, sdk: Sdk, project_id: int, fields: str, query: str, number: int, size: int
    ) -> tuple[dict[int, Any], int]:
        page = sdk.tasks.list(
            project=project_id,
            fields="task_only",
            include=fields,
            query=query or None,
            page=number,
            page_size=size,
            request_options=_ONCE,
        )
        return {a_number(raw.id): raw for raw in cast(list[Any], page.items)}, a_number(page.response.total)

    # Exports.

    def snapshot(self, project_id: int, title: str) -> int:
        """Makes a snapshot of the project with everything in it, and returns its number."""
        options: dict[str, Any] = {
            "serialization_options": {
                "predictions": {"only_id": False},
                "drafts": {"only_id": False},
                "annotations__completed_by": {"only_id": False},
            },
            "annotation_filter_options": {"usual": True, "ground_truth": True, "skipped": True},
        }
        try:
            number, status = self.post(
                lambda sdk: _export(
                    sdk.projects.exports.create(project_id, title=title, request_options=_ONCE, **options)
                )
            )
        except UnsureError as unsure:
            named = self.ask(
                lambda sdk: [
                    _export(raw)
                    for raw in sdk.projects.exports.list(project_id, request_options=_ONCE)
                    if raw.title == title
                ]
            )
            if not named:
                raise UnavailableError(f"{self.url}: made no export: {unsure}; run the command again") from None
            number, status = named[0]
        for wait in (*self.patience, 0.0):
            if status == "completed":
                return number
            if status == "failed":
                break
            time.sleep(wait)
            _, status = self.ask(
                lambda sdk: _export(sdk.projects.exports.get(project_id, number, request_options=_ONCE))
            )
        raise UnavailableError(
            f"{self.url}: did not finish its export (its status is {short_message(status)}); run the command again"
        )

    def download_snapshot(self, project_id: int, snapshot_id: int) -> Iterator[bytes]:
        """The snapshot's JSON in pieces. Raises UnavailableError if the connection breaks in the middle."""
        self._sdk = self._new_sdk()  # gets a new access token
        try:
            with self._sdk.projects.exports.with_raw_response.download(
                project_id, snapshot_id, request_options=_ONCE
            ) as answer:
                yield from answer.data
        except (httpx.TransportError, UnusableAnswerError) as error:
            why = reason(error) if isinstance(error, httpx.TransportError) else f"the server {error}"
            raise UnavailableError(f"{self.url}: the download broke off ({why}); run the command again") from None

    def delete_snapshot(self, project_id: int, snapshot_id: int) -> None:
        """Deletes a snapshot. It is no error if the snapshot does not exist."""
        with contextlib.suppress(NotFoundError):
            self.ask(lambda sdk: sdk.projects.exports.delete(project_id, snapshot_id, request_options=_ONCE))

    # How calls are made.

    def ask(self, call: Callable[[Sdk], Answer]) -> Answer:
        """The result of `call`. Raises UnavailableError if the answer is not Label Studio's."""
        try:
            return self._with_new_token(call)
        except (InputError, UnavailableError):
            raise
        except Exception as error:  # models fail on other servers' answers in many ways
            raise UnavailableError(f"{self.url}: does not answer as Label Studio does; is that its address?") from error

    def post(self, call: Callable[[Sdk], Answer]) -> Answer:
        """Like ask, for calls that must not happen twice. Raises UnsureError if the call may have been carried out."""
        try:
            return self._with_new_token(call)
        except (InputError, UnavailableError, UnsureError):
            raise
        except Exception as error:
            raise UnsureError("its answer is not Label Studio's", maybe_at_work=False) from error

    def _with_new_token(self, call: Callable[[Sdk], Answer]) -> Answer:
        """Retries once with a new access token after a 401, which is safe. A PAT's access token lasts some minutes."""
        try:
            return call(self._sdk)
        except TokenRefusedError:
            if self._token.count(".") != 2:
                raise
        self._sdk = self._new_sdk()
        return call(self._sdk)

    def _new_sdk(self) -> Sdk:
        from label_studio_sdk import LabelStudio as Sdk
        from label_studio_sdk.core import ApiError

        try:
            # The final slash makes the SDK put its paths below this address.
            return Sdk(base_url=f"{self.url}/", api_key=self._token, httpx_client=self._http)
        except (ApiError, ValueError, OverflowError):
            raise TokenRefusedError(f"{self.url}: the token has expired, or is not a Label Studio token") from None


def _filters(*conditions: tuple[str, str, str, object]) -> dict[str, Any]:
    """A filter of tasks that meet all conditions. A condition is a field, an operator, a type and a value."""
    return {
        "conjunction": "and",
        "items": [
            {"filter": f"filter:tasks:{field}", "operator": operator, "type": type_, "value": value}
            for field, operator, type_, value in conditions
        ],
    }


def _export(raw: Any) -> tuple[int, str]:
    return a_number(raw.id), a_text(raw.status)
