"""Accounts for annotators, made the way that works in Label Studio's Community edition: by invitation."""

from __future__ import annotations

import csv
import io
import re
import secrets
import stat
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from ...configs.errors import InputError, UnavailableError
from ...configs.files import read_text, write_private
from .bounds import UnusableAnswerError
from .client import LabelStudio
from .transport import UnsureError, reason, shown_answer

_HEADER = ["email", "password"]
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Added:
    """Accounts made now, and e-mails that had one already."""

    made: tuple[str, ...]
    there: tuple[str, ...]


def add_annotators(server: LabelStudio, emails: Sequence[str], passwords: Path) -> Added:
    """Makes an account for each e-mail that has none, with a password of its own in the file `passwords`.

    The file is written before the first account is made, and an existing one is added to, so that no
    password is lost whatever happens on the way. Raises InputError for what is no e-mail address.
    """
    wanted = list(dict.fromkeys(email.strip().lower() for email in emails))
    bad = [email for email in wanted if not re.fullmatch(r"[^@\s,;\"<>]+@[^@\s,;\"<>]+", email)]
    if bad:
        raise InputError(*(f"{email}: is no e-mail address" for email in bad))
    known = _read(passwords)
    there = server.emails()
    missing = [email for email in wanted if email not in there]
    if missing:
        known |= {email: secrets.token_urlsafe(12) for email in missing if email not in known}
        _write(passwords, known)
    for email in missing:
        _sign_up(server, email, known[email])
    return Added(tuple(missing), tuple(email for email in wanted if email in there))


def _sign_up(server: LabelStudio, email: str, password: str) -> None:
    why = ""
    for _ in range(_TRIES):
        refusal: InputError | None = None
        try:
            _fill_in(server, email, password)
            return
        except UnsureError as unsure:
            why, maybe_at_work = str(unsure), unsure.maybe_at_work
        except InputError as error:
            if not why:
                raise
            # Perhaps since an earlier request is being carried out.
            refusal, maybe_at_work = error, True
        for wait in (0.0, *server.patience) if maybe_at_work else (0.0,):
            time.sleep(wait)
            if email in server.emails():
                return
        if refusal:
            raise refusal
    raise UnavailableError(f"{server.url}: did not make an account for {email} ({why}); run the command again")


def _fill_in(server: LabelStudio, email: str, password: str) -> None:
    """Makes an account as its owner would, through the invitation page: the only way that gives it a password.

    Raises UnsureError, and InputError if Label Studio does not like the e-mail or the password.
    """
    invitation = {"token": server.invitation()}
    page = f"{server.url}/user/signup/"
    with server.visitor() as visitor:
        try:
            visitor.get(page, params=invitation)
            form = {
                "email": email,
                "password": password,
                "csrfmiddlewaretoken": visitor.cookies.get("csrftoken", ""),
            }
            response = visitor.post(page, params=invitation, data=form, headers={"Referer": page})
        except httpx.TransportError as error:
            raise UnsureError(reason(error), maybe_at_work=True) from None
        except UnusableAnswerError as error:
            raise UnsureError(str(error), maybe_at_work=True) from None
    if response.is_server_error:
        raise UnsureError(shown_answer(response), maybe_at_work=False)
    # A good form leads on to the first page; a bad one is shown again.
    if not response.is_redirect:
        raise InputError(
            f"{email}: {server.url} does not make an account of it (HTTP {response.status_code}); "
            "is it an e-mail address, and does the server allow sign-up by invitation?"
        )


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise InputError(f"{path}: others can read it, and it is for passwords; run: chmod 600 {path}")
    try:
        rows = list(csv.reader(io.StringIO(read_text(path))))
    except csv.Error:
        rows = []
    if rows[:1] != [_HEADER] or any(len(row) != 2 for row in rows):
        raise InputError(f"{path}: is no file of e-mails and passwords; choose another -o")
    return dict(rows[1:])


def _write(path: Path, passwords: dict[str, str]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_HEADER, *passwords.items()])
    write_private(path, text.getvalue())
