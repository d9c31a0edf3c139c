"""A Label Studio server, spoken to as one account: each call at most once on the server, whatever the network does.

The SDK's client sends a POST again after a cut or an error, which imports tasks twice; and takes seconds to
import. The few calls that Mihakk needs are made here with httpx instead.
"""

from __future__ import annotations

import contextlib
import email.utils
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self, cast

import httpx

from ...configs.errors import InputError, UnavailableError

# Waits between attempts, in seconds. Half a minute in all: a server that was killed is back by then.
PATIENCE = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
# A server that asks for more than this (Retry-After, seconds) is said to be busy instead.
_LONGEST_WAIT = 60.0
# Label Studio on SQLite can take minutes over one write while others write too.
_TIMEOUT = httpx.Timeout(300.0, connect=10.0)
_PAGE = 2500
_WITH_DRAFTS = json.dumps(
    {
        "filters": {
            "conjunction": "and",
            "items": [{"filter": "filter:tasks:draft_exists", "operator": "equal", "type": "Boolean", "value": True}],
        }
    }
)
_LOG_IN_AGAIN = (
    "make a new one in Label Studio under Account & Settings, and give it to `mihakk annotate login`, "
    "or set LABEL_STUDIO_API_KEY"
)


class UnsureError(Exception):
    """A request may or may not have been carried out. Ask the server before sending it again."""

    def __init__(self, why: str, maybe_at_work: bool) -> None:
        super().__init__(why)
        # Whether the server may still be carrying it out, now that we no longer listen.
        self.maybe_at_work = maybe_at_work


@dataclass(frozen=True, slots=True)
class Project:
    """A Label Studio project. `url` is its page in the browser."""

    id: int
    title: str
    url: str
    tasks: int
    annotators_per_task: int
    interface: str


@dataclass(frozen=True, slots=True)
class ServerTask:
    """A task that the server has."""

    id: int
    data: Mapping[str, Any]


class LabelStudio:
    """The calls that Mihakk makes. `token` is a personal access token (PAT) or a legacy token.

    Raises InputError where the server refuses (token, permission, project, content), UnavailableError where it does
    not answer after `patience`, and UnsureError from `post` where only the server can say what happened.
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
        self._answers = False
        self._is_pat = token.count(".") == 2
        host = httpx.URL(self.url).host
        self._http = httpx.Client(
            timeout=timeout,
            # A proxy of the environment must not see what goes to this machine.
            trust_env=not is_loopback(host),
            headers={} if self._is_pat else {"Authorization": f"Token {token}"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    # What Mihakk asks and does, in Label Studio's words.

    def whoami(self) -> str:
        """The e-mail of the account that the token belongs to."""
        return str(self.get("/api/current-user/whoami")["email"])

    def projects(self, title: str | None = None) -> list[Project]:
        """The projects that the account sees, oldest first; with `title`, those called exactly that."""
        found: list[dict[str, Any]] = []
        for page in range(1, 1_000_000):
            # Label Studio's own filter looks for the words anywhere in the title.
            answer = self.get("/api/projects", page=page, page_size=1000, **({"title": title} if title else {}))
            found += answer["results"]
            if not answer.get("next"):
                break
        return sorted(
            (self._project(raw) for raw in found if title is None or raw["title"] == title), key=lambda p: p.id
        )

    def project(self, project_id: int) -> Project:
        """The project with this number, as it is now."""
        return self._project(self.get(f"/api/projects/{project_id}"))

    def create_project(self, **fields: Any) -> Project:
        """Makes a project. Raises UnsureError."""
        return self._project(self.post("/api/projects", fields))

    def update_project(self, project_id: int, **fields: Any) -> None:
        """Changes a project; doing so twice does no harm, so it is tried again like a question."""
        self._patiently("PATCH", f"/api/projects/{project_id}", json=fields)

    def task_total(self, project_id: int) -> int:
        """How many tasks the project has."""
        answer = self.get("/api/tasks", project=project_id, fields="task_only", include="id", page=1, page_size=1)
        return int(answer["total"])

    def tasks(self, project_id: int) -> list[ServerTask]:
        """All tasks of the project in order of their numbers, without the work done on them."""
        return [ServerTask(raw["id"], raw["data"]) for raw in self._listed(project_id, "id,data")]

    def _listed(self, project_id: int, fields: str, query: str | None = None) -> list[dict[str, Any]]:
        """These fields of all tasks, or of those that fit the query, in order of their numbers."""
        while True:
            found: dict[int, dict[str, Any]] = {}
            total, page = 1, 0
            while page * _PAGE < total:
                page += 1
                asked = {"project": project_id, "fields": "task_only", "include": fields, "page": page}
                try:
                    answer = self.get("/api/tasks", page_size=_PAGE, **asked, **({"query": query} if query else {}))
                except NotFoundError:
                    if page == 1:
                        raise
                    break  # tasks were deleted meanwhile, and this page is gone
                total = int(answer["total"])
                found |= {raw["id"]: raw for raw in answer["tasks"]}
            # Deleting a task moves others to pages already read; then the list has to be read again.
            if len(found) >= total:
                return [found[key] for key in sorted(found)]

    def worked_on(self, project_id: int) -> set[int]:
        """The numbers of the tasks that somebody has annotated, skipped or begun."""
        counts = ("total_annotations", "cancelled_annotations")
        done = self._listed(project_id, f"id,{','.join(counts)}")
        drafts = self._listed(project_id, "id", _WITH_DRAFTS)
        return {raw["id"] for raw in done if any(raw[count] for count in counts)} | {raw["id"] for raw in drafts}

    def import_tasks(self, project_id: int, tasks: Sequence[Mapping[str, Any]]) -> None:
        """Adds tasks, all or none. Raises UnsureError."""
        self.post(f"/api/projects/{project_id}/import", list(tasks))

    def delete_tasks(self, project_id: int, task_ids: Sequence[int]) -> None:
        """Deletes tasks with all work on them; those that are gone already are no error."""
        selected = {"selectedItems": {"all": False, "included": list(task_ids)}}
        self._patiently("POST", "/api/dm/actions", params={"id": "delete_tasks", "project": project_id}, json=selected)

    def snapshot(self, project_id: int, title: str) -> int:
        """Makes a snapshot of the project with everything in it, and returns its number."""
        fields = {
            "title": title,
            "serialization_options": {
                "predictions": {"only_id": False},
                "drafts": {"only_id": False},
                "annotations__completed_by": {"only_id": False},
            },
            "annotation_filter_options": {"usual": True, "ground_truth": True, "skipped": True},
        }
        path = f"/api/projects/{project_id}/exports/"
        try:
            made = self.post(path, fields)
        except UnsureError as unsure:
            made = next((raw for raw in self.get(path) if raw["title"] == title), None)
            if made is None:
                raise UnavailableError(f"{self.url}: made no export: {unsure}; run the command again") from None
        for wait in self._waits():
            if made["status"] == "completed":
                return int(made["id"])
            if made["status"] == "failed":
                break
            time.sleep(wait)
            made = self.get(f"{path}{made['id']}")
        raise UnavailableError(
            f"{self.url}: did not finish its export (its status is {made['status']}); run the command again"
        )

    def download_snapshot(self, project_id: int, snapshot_id: int) -> Iterator[bytes]:
        """The snapshot's JSON in pieces. Raises UnavailableError if the connection breaks in the middle."""
        self._access = None  # a fresh one, so that it does not end during the download
        try:
            with self._http.stream(
                "GET",
                f"{self.url}/api/projects/{project_id}/exports/{snapshot_id}/download",
                headers=self._authorization(),
            ) as response:
                if response.status_code != HTTPStatus.OK:
                    response.read()
                    self._refuse(response)
                    raise UnavailableError(f"{self.url}: gave no export ({_said(response)}); run the command again")
                yield from response.iter_bytes()
        except httpx.TransportError as error:
            raise UnavailableError(
                f"{self.url}: the download broke off ({_why(error)}); run the command again"
            ) from None

    def delete_snapshot(self, project_id: int, snapshot_id: int) -> None:
        """Deletes a snapshot; one that is gone already is no error."""
        with contextlib.suppress(NotFoundError):
            self._patiently("DELETE", f"/api/projects/{project_id}/exports/{snapshot_id}")

    def emails(self) -> set[str]:
        """The e-mails of all accounts, in small letters."""
        return {str(raw["email"]).lower() for raw in self.get("/api/users/")}

    def sign_up(self, email_address: str, password: str) -> None:
        """Makes an account as its owner would, through the invitation page: the only way that gives it a password.

        Raises UnsureError, and InputError if Label Studio does not like the e-mail or the password.
        """
        invitation = {"token": str(self.get("/api/invite")["token"])}
        page = f"{self.url}/user/signup/"
        with httpx.Client(timeout=self._http.timeout, trust_env=self._http.trust_env) as visitor:
            try:
                visitor.get(page, params=invitation)
                form = {
                    "email": email_address,
                    "password": password,
                    "csrfmiddlewaretoken": visitor.cookies.get("csrftoken", ""),
                }
                response = visitor.post(page, params=invitation, data=form, headers={"Referer": page})
            except httpx.TransportError as error:
                raise UnsureError(_why(error), maybe_at_work=True) from None
        if response.is_server_error:
            raise UnsureError(_said(response), maybe_at_work=False)
        # A good form leads on to the first page; a bad one is shown again.
        if not response.is_redirect:
            raise InputError(
                f"{email_address}: {self.url} does not make an account of it (HTTP {response.status_code}); "
                "is it an e-mail address, and does the server allow sign-up by invitation?"
            )

    # The ways of asking.

    def get(self, path: str, **query: Any) -> Any:
        """The JSON answer to a question, asked again for as long as `patience` lasts."""
        return self._patiently("GET", path, params=query).json()

    def post(self, path: str, content: Any) -> Any:
        """The JSON answer to a POST that must not happen twice. Raises UnsureError where it may have happened.

        It is sent again only where the server surely did not take it: no connection, or 429.
        """
        why = ""
        for wait in self._waits():
            try:
                response = self._send("POST", path, json=content)
            except httpx.ConnectError as error:
                why = _why(error)
            except httpx.TransportError as error:
                raise UnsureError(_why(error), maybe_at_work=True) from None
            else:
                if response.is_success:
                    return response.json()
                self._refuse(response)
                if response.status_code != HTTPStatus.TOO_MANY_REQUESTS:
                    # 502 and 504 are a gateway's: the server behind it may not have finished.
                    at_work = response.status_code in (HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT)
                    raise UnsureError(_said(response), maybe_at_work=at_work)
                why = _said(response)
                wait = self._asked_wait(response, wait)
            time.sleep(wait)
        raise self._gave_up(why)

    def _patiently(self, method: str, path: str, **content: Any) -> httpx.Response:
        why = ""
        for wait in self._waits():
            try:
                response = self._send(method, path, **content)
            except httpx.TransportError as error:
                why = _why(error)
            else:
                if response.is_success:
                    return response
                self._refuse(response)
                why = _said(response)
                wait = self._asked_wait(response, wait)
            time.sleep(wait)
        raise self._gave_up(why)

    def _send(self, method: str, path: str, **content: Any) -> httpx.Response:
        url = self.url + path
        response = self._http.request(method, url, headers=self._authorization(), **content)
        self._answers = True
        if response.status_code == HTTPStatus.UNAUTHORIZED and self._is_pat:
            # The access token made from a PAT lasts some minutes; a 401 did nothing, so it is safe to send again.
            self._access = None
            response = self._http.request(method, url, headers=self._authorization(), **content)
        return response

    _access: str | None = None

    def _authorization(self) -> dict[str, str]:
        if not self._is_pat:
            return {}
        if self._access is None:
            response = self._http.post(f"{self.url}/api/token/refresh/", json={"refresh": self._token})
            if response.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
                raise InputError(f"{self.url}: does not accept the token; {_LOG_IN_AGAIN}")
            if not response.is_success:
                raise httpx.ReadError(_said(response))
            self._access = str(response.json()["access"])
        return {"Authorization": f"Bearer {self._access}"}

    def _refuse(self, response: httpx.Response) -> None:
        """Raises InputError for an answer that asking again would not change."""
        code, path = response.status_code, response.request.url.path
        if code == HTTPStatus.UNAUTHORIZED:
            # Label Studio's own words say when legacy tokens are off.
            raise InputError(f"{self.url}: does not accept the token ({_said(response)}); {_LOG_IN_AGAIN}")
        if code == HTTPStatus.NOT_FOUND:
            raise NotFoundError(f"{self.url}: has no {path}; is the address Label Studio's, and the project there?")
        if code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise InputError(
                f"{self.url}: takes no request of {len(response.request.content):,} bytes; "
                "raise the limit of the proxy before it (nginx: client_max_body_size 50m)"
            )
        if response.is_redirect:
            raise InputError(f"{self.url}: sends us on to {response.headers.get('location')}; give that address")
        if response.is_client_error and code not in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT):
            raise InputError(f"{self.url}: refuses {response.request.method} {path}: {_said(response)}")

    def _waits(self) -> Iterator[float]:
        # Where nothing has answered yet, there may be no server: say so soon.
        return iter((*(self.patience if self._answers else self.patience[:2]), 0.0))

    def _asked_wait(self, response: httpx.Response, wait: float) -> float:
        """Seconds to wait, at least those that the server asks for. Raises UnavailableError if it asks for too many."""
        asked = response.headers.get("retry-after", "")
        if asked.isdecimal():
            seconds = float(asked)
        elif when := email.utils.parsedate_to_datetime(asked) if "," in asked else None:
            seconds = when.timestamp() - time.time()
        else:
            seconds = 0.0
        if seconds > _LONGEST_WAIT:
            raise UnavailableError(f"{self.url}: is busy and asks to come back in {seconds:.0f} seconds")
        return max(wait, seconds)

    def _gave_up(self, why: str) -> UnavailableError:
        return UnavailableError(f"{self.url}: does not answer ({why}); is Label Studio running there?")

    def _project(self, raw: Mapping[str, Any]) -> Project:
        return Project(
            id=int(raw["id"]),
            title=str(raw["title"]),
            url=f"{self.url}/projects/{raw['id']}",
            tasks=int(raw.get("task_number") or 0),
            annotators_per_task=int(raw.get("maximum_annotations") or 1),
            interface=str(raw.get("label_config") or ""),
        )


class NotFoundError(InputError):
    """The server has no such thing."""


def is_loopback(host: str) -> bool:
    """Whether the host is this machine and no other."""
    return host == "localhost" or host == "::1" or host.startswith("127.")


def _why(error: httpx.TransportError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    return str(error) or type(error).__name__


def _said(response: httpx.Response) -> str:
    """The status, and what the server says of it, on one line."""
    try:
        answer = response.json()
    except ValueError:
        return f"HTTP {response.status_code}"
    if isinstance(answer, dict):
        said = cast(dict[str, Any], answer)
        answer = said.get("validation_errors") or said.get("detail") or said
    return f"HTTP {response.status_code}: {' '.join(str(answer).split())[:500]}"
