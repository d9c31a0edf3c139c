"""Which Label Studio, which account, which project: from options, the environment, or ~/.config/mihakk."""

from __future__ import annotations

import json
import os
import re
import stat
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from ...configs.errors import InputError
from ...configs.files import parse_json, read_text, write_private, writing
from .client import LabelStudio, Project, is_loopback

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

    There is no way to give a token on the command line: everybody on the machine could read it there.
    Raises InputError if the address or the token is missing or unusable.
    """
    servers = load_servers()
    url = clean_url(url or os.environ.get(URL_VARIABLE) or servers.default or "")
    if not url:
        raise InputError(
            f"which Label Studio? Give --url, set {URL_VARIABLE}, or run `mihakk annotate login ADDRESS` once "
            "(`mihakk annotate serve` starts one here)"
        )
    if token_file is not None:
        token = read_text(token_file).strip()
    else:
        token = os.environ.get(TOKEN_VARIABLE, "").strip() or servers.tokens.get(url, "")
    if not token:
        raise InputError(f"{url}: no token for it; run `mihakk annotate login {url}`, or set {TOKEN_VARIABLE}")
    return LabelStudio(url, check_token(token))


def load_servers() -> Servers:
    """The servers file, or nothing if there is none. Raises InputError if others can read it."""
    path = servers_file()
    if not path.exists():
        return Servers()
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise InputError(f"{path}: holds tokens, and others can read it; run: chmod 600 {path}")
    content = parse_json(read_text(path), str(path))
    try:
        tokens = {str(url): str(token) for url, token in content["tokens"].items()}
        return Servers(content.get("default"), tokens)
    except (KeyError, TypeError, AttributeError):
        raise InputError(f"{path}: is not as `mihakk annotate login` writes it; delete it, and log in again") from None


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


def clean_url(url: str) -> str:
    """The server's address without a slash at its end. Raises InputError if it is none, or has a password in it."""
    if not url:
        return ""
    url = url.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        known, parts = False, urlsplit("")
    if not known or parts.query or parts.fragment:
        raise InputError(f"{url}: is not a server's address like https://label-studio.example.org")
    if "@" in parts.netloc:
        raise InputError(f"{parts.scheme}://…@{parts.hostname}: give the address without a name or password in it")
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        print(f"mihakk: warning: {url} is not encrypted: anybody on the way can read the token", file=sys.stderr)  # noqa: T201
    return url


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
    if len(found) == 1:
        return server.project(found[0].id)
    there = found or server.projects()
    listed = ", ".join(f"{p.id} “{p.title}”" for p in there[:20]) or "none"
    if not found and project:
        raise InputError(f"{server.url}: has no project called “{project}”; it has {listed}")
    raise InputError(f"{server.url}: which project? Give its number: {listed}")
