"""Accounts for annotators, made by invitation: the only way that works in Label Studio's Community edition."""

from __future__ import annotations

import csv
import io
import re
import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from ...configs.errors import InputError, UnavailableError, did_you_mean
from ...configs.files import held, is_open_to_others, need_plain, read_text, write_private
from ...configs.progress import watched
from .bounds import UnusableAnswerError
from .client import LabelStudio
from .transport import UnsureError, reason, shown_answer

_HEADER = ["email", "password"]
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Added:
    """Accounts made now, and e-mails that already had an account."""

    made: tuple[str, ...]
    there: tuple[str, ...]


def add_annotators(server: LabelStudio, emails: Sequence[str], passwords: Path, *, dry_run: bool = False) -> Added:
    """Makes an account for each e-mail that has none. Its password goes into the file `passwords`.

    A `dry_run` only looks up who has an account. The file is written before the first account is made, and an existing
    file is extended. So no password is lost, whatever fails later. Raises InputError for an invalid e-mail address.
    """
    wanted = list(dict.fromkeys(email.strip().lower() for email in emails))
    bad = [email for email in wanted if not re.fullmatch(r"[^@\s,;\"<>]+@[^@\s,;\"<>]+", email)]
    if bad:
        raise InputError(*(f"{email}: is not an e-mail address" for email in bad))
    known = _read(passwords)  # problems of the file are reported before the server is asked
    existing = server.emails()
    missing = [email for email in wanted if email not in existing]
    if missing and not dry_run:
        known = _added(passwords, {email: secrets.token_urlsafe(12) for email in missing})
    for email in watched([] if dry_run else missing, "making accounts"):
        _sign_up(server, email, known[email])
    return Added(tuple(missing), tuple(email for email in wanted if email in existing))


def remove_annotators(server: LabelStudio, emails: Sequence[str], *, dry_run: bool = False) -> list[str]:
    """Takes these accounts out of the team, and returns them. Their work stays, under their names.

    A `dry_run` only looks the accounts up. Deleting an account would leave its annotations without an owner. Raises
    InputError, before anything is done, if an account is not in the team, or is the account in use.
    """
    there = {account.email: account for account in server.accounts()}
    wanted = _known(there, emails, server)
    if (own := server.whoami().lower()) in wanted:
        raise InputError(f"{own}: is the account that you use here; nobody can remove their own")
    for email in [] if dry_run else wanted:
        server.remove_member(there[email].id)
    return wanted


def reset_passwords(
    server: LabelStudio,
    emails: Sequence[str],
    passwords: Path,
    set_one: Callable[[str, str], None],
    *,
    dry_run: bool = False,
) -> list[str]:
    """Gives these accounts new passwords, which go into the file `passwords` before they are set. Returns the accounts.

    `set_one` sets a password, given the e-mail address. A `dry_run` only looks the accounts up. Raises InputError,
    before anything is done, if an account does not exist.
    """
    wanted = _known({account.email: account for account in server.accounts()}, emails, server)
    if dry_run:
        _read(passwords)  # a dry run reports the file's problems too
        return wanted
    new = {email: secrets.token_urlsafe(12) for email in wanted}
    _added(passwords, new, instead=True)
    for email, password in watched(new.items(), "setting passwords"):
        set_one(email, password)
    return wanted


def _known(there: Collection[str], emails: Sequence[str], server: LabelStudio) -> list[str]:
    wanted = list(dict.fromkeys(email.strip().lower() for email in emails))
    missing = [email for email in wanted if email not in there]
    if missing:
        raise InputError(
            *(f"{email}: has no account in the team at {server.url}{did_you_mean(email, there)}" for email in missing)
        )
    return wanted


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
            # Perhaps because the server is still at work on an earlier request.
            refusal, maybe_at_work = error, True
        for wait in (0.0, *server.patience) if maybe_at_work else (0.0,):
            time.sleep(wait)
            if email in server.emails():
                return
        if refusal:
            raise refusal
    raise UnavailableError(f"{server.url}: did not make an account for {email} ({why}); run the command again")


def _fill_in(server: LabelStudio, email: str, password: str) -> None:
    """Makes an account through the invitation page, as its owner would. No other way gives it a password.

    Raises UnsureError, or InputError if Label Studio refuses the e-mail or the password.
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
    # After a valid form the server redirects to the first page; an invalid form is shown again.
    if not response.is_redirect:
        raise InputError(
            f"{email}: {server.url} refuses to make the account (HTTP {response.status_code}); "
            "is it an e-mail address that was not removed before, and does the server allow sign-up by invitation?"
        )


def _read(path: Path) -> dict[str, str]:
    need_plain(path)
    if not path.exists():
        return {}
    if is_open_to_others(path):
        raise InputError(f"{path}: holds passwords, and other users can read it; run: chmod 600 {path}")
    try:
        rows = list(csv.reader(io.StringIO(read_text(path))))
    except csv.Error:
        rows = []
    if rows[:1] != [_HEADER] or any(len(row) != 2 for row in rows):
        raise InputError(f"{path}: is not a file of e-mails and passwords; choose another -o")
    return dict(rows[1:])


def _added(path: Path, new: Mapping[str, str], *, instead: bool = False) -> dict[str, str]:
    """All passwords of the file, with `new` ones added. With `instead`, a new password replaces the one in the file.

    Another command may have added to the file since it was read.
    """
    with held(path):
        there = _read(path)
        passwords = there | {email: word for email, word in new.items() if instead or email not in there}
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([_HEADER, *passwords.items()])
        write_private(path, text.getvalue())
    return passwords
