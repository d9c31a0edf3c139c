"""Addresses of servers: which machine they name, and whether two name the same server."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

from ...configs.errors import InputError

_PORTS = {"http": 80, "https": 443}


def is_loopback(host: str) -> bool:
    """Whether the host is this machine: `localhost`, or an address like 127.0.0.1 or ::1."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False  # a name: it may mean any machine


def clean_url(url: str) -> str:
    """The server's address without a final slash. Raises InputError if it is invalid, or has a password in it."""
    url = url.strip().rstrip("/")
    parts = _split(url)
    if "@" in parts.netloc:
        raise InputError(f"{parts.scheme}://…@{parts.hostname}: give the address without a name or password in it")
    return url


def is_open(url: str) -> bool:
    """Whether data sent to this address can be read on the way: it is not encrypted, and leaves this machine."""
    parts = _split(url)
    return parts.scheme == "http" and not is_loopback(parts.hostname or "")


def same_server(first: str, second: str) -> bool:
    """Whether two addresses mean the same server, however they are written."""
    return _key(first) == _key(second)


def _key(url: str) -> tuple[str, str, int | None, str]:
    parts = _split(url)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme), parts.path.rstrip("/")


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        known = parts.scheme in _PORTS and parts.hostname and parts.port != 0
    except ValueError:
        known, parts = False, urlsplit("")
    if not known or parts.query or parts.fragment:
        shown = "an address with @" if "@" in url else url  # which may hold a password
        raise InputError(f"{shown}: is not a server's address like https://label-studio.example.org")
    return parts
