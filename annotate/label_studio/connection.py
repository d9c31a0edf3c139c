"""Chooses server, account and project: from options, the environment, or the user's settings (~/.config/mihakk)."""

from __future__ import annotations

import json
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from ...configs.errors import InputError
from ...configs.files import held, is_open_to_others, parse_json, read_text, write_private, writing
from ...configs.visible import print_line
from .address import clean_url, is_open, same_server
from .client import LabelStudio, Project

# Label Studio's own SDK uses the same variables.
URL_VARIABLE = "LABEL_STUDIO_URL"
TOKEN_VARIABLE = "LABEL_STUDIO_API_KEY"  # noqa: S105 - a name, no secret

_PROJECT_PAGE = re.compile(r"(?P<server>https?://.+?)/projects/(?P<id>\d+)(/.*)?")


@dataclass(slots=True)
class Servers:
    """The content of servers.json (on Linux in ~/.config/mihakk): tokens by address, and the default address."""

    default: str | None = None
    tokens: dict[str, str] = field(default_factory=dict[str, str])


def connect(url: str | None = None, token_file: Path | None = None) -> LabelStudio:
    """The server to use. Its token comes from `token_file`, else from the environment, else from the servers file.

    The environment's token belongs to the environment's address; without that, to the address given by `url`.
    A token is never given on the command line: every user of the machine could read it there.
    Raises InputError if the address or the token is missing or unusable.
    """
    servers = load_servers()
    set_for = os.environ.get(URL_VARIABLE) or url
    url = url or os.environ.get(URL_VARIABLE) or servers.default
    if not url:
        raise InputError(
            f"which Label Studio? Give --url, set {URL_VARIABLE}, or run `mihakk annotate login ADDRESS` once "
            "(`mihakk annotate serve` starts one here)"
        )
    url = clean_url(url)
    in_environment = os.environ.get(TOKEN_VARIABLE, "").strip()
    if token_file is not None:
        token = read_token_file(token_file)
    elif in_environment and set_for and same_server(set_for, url):
        token = in_environment
    else:
        token = next((token for known, token in servers.tokens.items() if same_server(known, url)), "")
    if not token:
        hint = f" (that of {TOKEN_VARIABLE} is for {URL_VARIABLE})" if in_environment else ""
        raise InputError(
            f"{url}: no token for it{hint}; run `mihakk annotate login {url}`, or set {URL_VARIABLE} and "
            f"{TOKEN_VARIABLE}"
        )
    warn_if_open(url)
    return LabelStudio(url, check_token(token))


def warn_if_open(url: str) -> None:
    """Warns on stderr if a token sent to this address can be read on the way."""
    if is_open(url):
        print_line(f"mihakk: warning: {url} is not encrypted: anybody on the way can read the token", err=True)


def read_token_file(path: Path) -> str:
    """The token in a file. Raises InputError if the user owns the file and other users can read it.

    A file of another owner was mounted by a system, which decides who can read it.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    # Windows has no such owners.
    if stat.S_ISREG(status.st_mode) and hasattr(os, "getuid") and status.st_uid == os.getuid():
        _refuse_readable(path)
    return read_text(path).strip()


def _refuse_readable(path: Path) -> None:
    if is_open_to_others(path):
        raise InputError(f"{path}: holds tokens, and other users can read it; run: chmod 600 {path}")


def load_servers() -> Servers:
    """The content of the servers file; empty if there is none. Raises InputError if other users can read it."""
    path = servers_file()
    if not path.exists():
        return Servers()
    _refuse_readable(path)
    content = parse_json(read_text(path), str(path))
    if not (
        isinstance(content, dict)
        and isinstance(tokens := cast(dict[str, Any], content).get("tokens"), dict)
        and all(isinstance(token, str) for token in cast(dict[str, Any], tokens).values())
        and isinstance(default := cast(dict[str, Any], content).get("default"), str | None)
    ):
        raise InputError(f"{path}: was not written by `mihakk annotate login`; delete it, and log in again")
    return Servers(default, cast(dict[str, str], tokens))


def remember(url: str, token: str, *, as_default: bool) -> Path:
    """Stores the token of a server in the servers file, which only the user can read. Returns the file's path."""
    path = servers_file()
    with writing(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with held(path):
        servers = load_servers()
        servers.tokens[url] = token
        if as_default or servers.default is None:
            servers.default = url
        write_private(path, json.dumps({"default": servers.default, "tokens": servers.tokens}, indent=1) + "\n")
    return path


def servers_file() -> Path:
    """The file of addresses and tokens, in the folder that the system has for settings."""
    from platformdirs import user_config_path

    return user_config_path("mihakk", appauthor=False) / "servers.json"


def data_folder() -> Path:
    """The default data folder of `mihakk annotate serve`."""
    from platformdirs import user_data_path

    return user_data_path("mihakk", appauthor=False) / "label-studio"


def check_token(token: str) -> str:
    """The token, if it looks like a token. Raises InputError, whose message does not contain it."""
    if not re.fullmatch(r"[\w.~+/=-]{6,4096}", token, re.ASCII):
        raise InputError("the token is not one word of letters and digits; copy it again from Label Studio")
    return token


def split_project(project: str | None, url: str | None) -> tuple[str | None, str | None]:
    """Server and project as (url, project), where `project` may be the address of its page in the browser."""
    page = _PROJECT_PAGE.fullmatch(project) if project else None
    return (page["server"], page["id"]) if page else (url, project)


def find_project(server: LabelStudio, project: str | None) -> Project:
    """The project with this number or exact title. If `project` is None, the server's only project.

    Raises InputError that lists the projects, if there is none or more than one.
    """
    if project and project.isdecimal() and project.isascii():
        return server.project(int(project))
    matches = server.projects(project)
    # An empty project of the same title comes from a delayed request.
    with_tasks = [each for each in matches if each.tasks]
    if project and len(with_tasks) == 1:
        matches = with_tasks
    if len(matches) == 1:
        return server.project(matches[0].id)
    candidates = matches or server.projects()
    listed = ", ".join(f"{each.id} “{each.title}”" for each in candidates[:20]) or "none"
    if not matches and project:
        raise InputError(f"{server.url}: has no project called “{project}”; it has {listed}")
    raise InputError(f"{server.url}: which project? Give its number: {listed}")
