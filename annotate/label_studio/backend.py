"""Connects a machine learning backend on this machine to a project, so that annotators see its suggestions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import httpx

from ...configs.errors import InputError, UnavailableError
from .address import clean_url, is_loopback, same_server
from .transport import UnsureError

if TYPE_CHECKING:
    from .client import LabelStudio

# A project shows the suggestions of the backend whose title is its model version.
_TITLE = "mihakk"
_ONCE: Any = {"max_retries": 0}
_PATIENCE = 5.0


def check_backend(url: str) -> str:
    """The backend's address. Raises InputError if it is not on this machine, UnavailableError if it does not answer.

    Label Studio sends a backend the access token of the project's owner, which must not leave the machine.
    """
    url = clean_url(url)
    if not is_loopback(urlsplit(url).hostname or ""):
        raise InputError(
            f"--backend {url}: must be on this machine (127.0.0.1), since Label Studio sends it your access token"
        )
    try:
        with httpx.Client(trust_env=False, timeout=_PATIENCE) as http:
            http.get(f"{url}/health").raise_for_status()
    except httpx.HTTPError:
        raise UnavailableError(f"--backend {url}: does not answer; start it with `mihakk eval serve`") from None
    return url


def connect_backend(server: LabelStudio, project: int, url: str) -> None:
    """Connects the backend at `url`, in place of one that was connected before, and shows its suggestions."""
    known = server.ask(lambda sdk: cast("list[Any]", sdk.ml.list(project=project, request_options=_ONCE)))
    there = False
    for backend in known:
        if backend.title != _TITLE:
            continue
        if same_server(str(backend.url), url):
            there = True
        else:
            server.ask(lambda sdk, number=int(backend.id): sdk.ml.delete(number, request_options=_ONCE))
    if not there:
        try:
            server.post(lambda sdk: sdk.ml.create(project=project, url=url, title=_TITLE, request_options=_ONCE))
        except UnsureError as error:
            raise UnavailableError(f"{server.url}: the backend may not be connected: {error}; run it again") from None
    server.update_project(project, model_version=_TITLE, show_collab_predictions=True)
