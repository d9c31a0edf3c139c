"""Files that several commands add to, such as passwords and tokens: none of them loses what another added."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from threading import Thread
from typing import Any, cast

import pytest
from conftest import Here
from mihakk.annotate.label_studio import accounts
from mihakk.annotate.label_studio.accounts import add_annotators, reset_passwords
from mihakk.annotate.label_studio.client import AccountThere, LabelStudio
from mihakk.annotate.label_studio.connection import TOKEN_VARIABLE, URL_VARIABLE, load_servers, remember, servers_file
from mihakk.configs.files import held, write_private


class Server:
    """No account is there yet. Before it says so, somebody else's command does all of its work."""

    url = "http://127.0.0.1:9"

    def __init__(self, meanwhile: Any = lambda: None, there: tuple[str, ...] = ()) -> None:
        self.meanwhile, self.there = meanwhile, there

    def emails(self) -> set[str]:
        self.meanwhile()
        return set(self.there)

    def accounts(self) -> list[AccountThere]:
        self.meanwhile()
        return [AccountThere(n, email, None) for n, email in enumerate(self.there)]


@pytest.fixture(autouse=True)
def signed_up(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    made: dict[str, str] = {}
    monkeypatch.setattr(accounts, "_sign_up", lambda server, email, password: made.update({email: password}))
    return made


def passwords(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8", newline="") as file:
        return dict(list(csv.reader(file))[1:])


def add(email: str, path: Path, server: Server) -> None:
    add_annotators(cast(LabelStudio, server), [email], path)


def test_two_commands_that_make_accounts_at_once_lose_no_password(tmp_path: Path, signed_up: dict[str, str]) -> None:
    path = tmp_path / "passwords.csv"
    add("ann@example.org", path, Server(lambda: add("bob@example.org", path, Server())))
    assert passwords(path) == signed_up
    assert signed_up.keys() == {"ann@example.org", "bob@example.org"}


def test_nor_do_new_passwords(tmp_path: Path, signed_up: dict[str, str]) -> None:
    path = tmp_path / "passwords.csv"
    add("ann@example.org", path, Server())
    server = Server(lambda: add("bob@example.org", path, Server()), ("ann@example.org",))
    new: dict[str, str] = {}
    reset_passwords(cast(LabelStudio, server), ["ann@example.org"], path, new.__setitem__)
    assert passwords(path) == {"bob@example.org": signed_up["bob@example.org"], **new}


def test_a_login_waits_for_another_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    remember("http://one.example", "token-one", as_default=True)
    with held(servers_file()):
        waiting = Thread(target=remember, args=("http://two.example", "token-two"), kwargs={"as_default": False})
        waiting.start()
        tokens = {**load_servers().tokens, "http://three.example": "token-three"}
        write_private(servers_file(), json.dumps({"default": None, "tokens": tokens}))
    waiting.join(30)
    assert load_servers().tokens == {
        "http://one.example": "token-one",
        "http://two.example": "token-two",
        "http://three.example": "token-three",
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_the_list_of_accounts_is_json(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL_VARIABLE, Server.url)
    monkeypatch.setenv(TOKEN_VARIABLE, "0123456789abcdef")
    monkeypatch.setattr(LabelStudio, "accounts", lambda _: Server(there=("ann\u202e@example.org",)).accounts())
    code, out, _ = here("annotate annotators list --json")
    assert (code, "\u202e" in out) == (0, False)
    assert json.loads(out) == [{"email": "ann\u202e@example.org", "last_active": None}]


def test_a_token_that_is_no_text_is_one_line(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe\n"), "utf-8"))
    code, _, err = here("annotate login http://127.0.0.1:9")
    assert (code, err.startswith("mihakk: the token is not one word")) == (2, True)
