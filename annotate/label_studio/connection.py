"""Which Label Studio, which account, which project: from options, the environment, or ~/.config/mihakk."""

from __future__ import annotations

import json
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from ...configs.errors import InputError
from ...configs.files import parse_json, read_text, write_private, writing
from ...configs.visible import print_line
from .address import clean_url, is_open, same_server
from .client import LabelStudio, Project

# The names that Label Studio's own SDK reads the token from, and its sibling.
URL_VARIABLE = "LABEL_STUDIO_URL"
TOKEN_VARIABLE = "LABEL_STUDIO_API_KEY"  # noqa: S105 - a name, no secret

_PROJECT_PAGE = re.compile(r"(?P<server>https?://.+?)/projects/(?P<id>\d+)(/.*)?")


@dataclass(slots=True)
class Servers:
    """What ~/.config/mihakk/servers.json holds: a token by address, and the address to use when none is given."""

    default: str | None = None
    tokens: dict[str, str] = field(default_factory=dict[str, str])


def connect(url: str | None = None, token_file: Path | None = None) -> LabelStudio:
    """The server to talk to. A token is looked for in `token_file`, then the environment, then the servers file.

    The environment's token is for the address in the environment; without one, for the address given by `url`.
    There is no way to give a token on the command line: everybody on the machine could read it there.
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
        other = f" (that of {TOKEN_VARIABLE} is for {URL_VARIABLE})" if in_environment else ""
        raise InputError(
            f"{url}: no token for it{other}; run `mihakk annotate login {url}`, or set {URL_VARIABLE} and "
            f"{TOKEN_VARIABLE}"
        )
    warn_if_open(url)
    return LabelStudio(url, check_token(token))


def warn_if_open(url: str) -> None:
    """Says on stderr that a token sent there can be read on the way, if so."""
    if is_open(url):
        print_line(f"mihakk: warning: {url} is not encrypted: anybody on the way can read the token", err=True)


def read_token_file(path: Path) -> str:
    """The token in a file. Raises InputError if the file is the user's own and others can read it.

    A file of another owner is a secret that a system mounted; who can read it is that system's business.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    if stat.S_ISREG(found.st_mode) and found.st_uid == os.getuid():
        _refuse_readable(path, found.st_mode)
    return read_text(path).strip()


def _refuse_readable(path: Path, mode: int) -> None:
    if stat.S_IMODE(mode) & 0o077:
        raise InputError(f"{path}: holds tokens, and others can read it; run: chmod 600 {path}")


def load_servers() -> Servers:
    """The servers file, or nothing if there is none. Raises InputError if others can read it."""
    path = servers_file()
    if not path.exists():
        return Servers()
    _refuse_readable(path, path.stat().st_mode)
    content = parse_json(read_text(path), str(path))
    if not (
        isinstance(content, dict)
        and isinstance(tokens := cast(dict[str, Any], content).get("tokens"), dict)
        and all(isinstance(token, str) for token in cast(dict[str, Any], tokens).values())
        and isinstance(default := cast(dict[str, Any], content).get("default"), str | None)
    ):
        raise InputError(f"{path}: is not as `mihakk annotate login` writes it; delete it, and log in again")
    return Servers(default, cast(dict[str, str], tokens))


def remember(url: str, token: str, *, as_default: bool) -> Path:
    """Keeps the token of a server in the servers file, for the user alone; returns the file's path."""
    servers = load_servers()
    servers.tokens[url] = token
    if as_default or servers.default is None:
        servers.default = url
    path = servers_file()
    with writing(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(path, json.dumps({"default": servers.default, "tokens": servers.tokens}, indent=1) + "\n")
    return path


def servers_file() -> Path:
    """Where addresses and tokens are kept."""
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "mihakk" / "servers.json"


def data_folder() -> Path:
    """Where `mihakk annotate serve` keeps its server's data, unless told otherwise."""
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "mihakk" / "label-studio"


def check_token(token: str) -> str:
    """The token, if it can be one. Raises InputError without repeating it."""
    if not re.fullmatch(r"[\w.~+/=-]{6,4096}", token, re.ASCII):
        raise InputError("the token is not one word of letters and digits; copy it again from Label Studio")
    return token


def split_project(project: str | None, url: str | None) -> tuple[str | None, str | None]:
    """Server and project as (url, project), where `project` may be the address of its page in the browser."""
    page = _PROJECT_PAGE.fullmatch(project) if project else None
    return (page["server"], page["id"]) if page else (url, project)


def find_project(server: LabelStudio, project: str | None) -> Project:
    """The project with that number or exact title; the server's only one if `project` is None.

    Raises InputError naming the projects there are, if that does not say which.
    """
    if project and project.isdecimal() and project.isascii():
        return server.project(int(project))
    found = server.projects(project)
    # A project of the same title without tasks is what a creation left that the network delayed.
    with_tasks = [each for each in found if each.tasks]
    if project and len(with_tasks) == 1:
        found = with_tasks
    if len(found) == 1:
        return server.project(found[0].id)
    there = found or server.projects()
    listed = ", ".join(f"{each.id} “{each.title}”" for each in there[:20]) or "none"
    if not found and project:
        raise InputError(f"{server.url}: has no project called “{project}”; it has {listed}")
    raise InputError(f"{server.url}: which project? Give its number: {listed}")
