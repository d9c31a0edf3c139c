"""Checks the content of Label Studio's answers, since the SDK does not check its models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast


@dataclass(frozen=True, slots=True)
class AccountThere:
    """An account of the team: its number, its e-mail in lower case, and the day of its last activity."""

    id: int
    email: str
    last_seen: str | None


def a_number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError("is no number")
    return value


def a_text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("is no text")
    return value


def an_object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("is no object")
    return cast(dict[str, Any], value)


def an_account(user: Any) -> AccountThere:
    seen = getattr(user, "last_activity", None)
    return AccountThere(a_number(user.id), a_text(user.email).lower(), str(seen)[:10] if seen else None)
