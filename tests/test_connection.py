"""Where a token goes: to the address it was set for, from a place that others cannot read, and nowhere else."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from mihakk.annotate.label_studio import connection
from mihakk.annotate.label_studio.address import clean_url, is_loopback, is_open, same_server
from mihakk.annotate.label_studio.connection import connect, read_token_file
from mihakk.configs.errors import InputError

HERE = "http://127.0.0.1:8080"
TEAM = "https://annotate.example.org"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person with tokens for two servers, the first of which is the default; nothing in the environment."""
    for name in ("LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    connection.remember(HERE, "token-of-here", as_default=True)
    connection.remember(TEAM, "token-of-team", as_default=False)
    return tmp_path


def sent(url: str | None = None, token_file: Path | None = None) -> tuple[str, str]:
    """The address, and the token that it would get."""
    with connect(url, token_file) as server:
        return server.url, server._token


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost", True),
        ("LOCALHOST", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("127.0.0.1.evil.invalid", False),
        ("127.evil.invalid", False),
        ("localhost.evil.invalid", False),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("::2", False),
        ("", False),
    ],
)
def test_only_loopback_addresses_are_this_machine(host: str, here: bool) -> None:
    assert is_loopback(host) is here
    if host:
        assert is_open(f"http://[{host}]" if ":" in host else f"http://{host}") is not here


def test_a_name_that_begins_like_an_address_is_warned_of(capsys: pytest.CaptureFixture[str]) -> None:
    connection.warn_if_open("http://127.0.0.1.evil.invalid")
    assert "is not encrypted: anybody on the way can read the token" in capsys.readouterr().err
    for url in (HERE, TEAM, "http://[::1]:8080"):
        connection.warn_if_open(url)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (TEAM, "https://Annotate.Example.org:443/", True),
        ("http://localhost", "http://LOCALHOST:80", True),
        (f"{TEAM}/team/", f"{TEAM}/team", True),
        (TEAM, "http://annotate.example.org", False),
        (TEAM, f"{TEAM}:8443", False),
        (TEAM, f"{TEAM}.evil.invalid", False),
        (TEAM, f"{TEAM}/team", False),
        ("http://localhost", "http://127.0.0.1", False),
    ],
)
def test_which_addresses_are_one(first: str, second: str, same: bool) -> None:
    assert same_server(first, second) is same
    assert same_server(second, first) is same


def test_the_environments_token_goes_to_the_environments_address_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "token-of-environment")
    monkeypatch.setenv("LABEL_STUDIO_URL", f"{TEAM}/")
    assert sent() == (TEAM, "token-of-environment")
    assert sent("https://ANNOTATE.example.org:443") == ("https://ANNOTATE.example.org:443", "token-of-environment")
    assert sent(HERE) == (HERE, "token-of-here")
    with pytest.raises(InputError, match=r"no token for it \(that of LABEL_STUDIO_API_KEY is for LABEL_STUDIO_URL\)"):
        sent("https://other.example.org")


def test_without_an_address_in_the_environment_its_token_is_for_the_one_that_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "token-of-environment")
    assert sent("https://other.example.org") == ("https://other.example.org", "token-of-environment")
    # The default has its own.
    assert sent() == (HERE, "token-of-here")


def test_the_servers_file_and_token_files(home: Path) -> None:
    assert sent() == (HERE, "token-of-here")
    assert sent("https://annotate.example.org:443/") == ("https://annotate.example.org:443", "token-of-team")
    file = home / "token"
    file.write_text("token-of-file\n")
    file.chmod(0o600)
    assert sent(TEAM, file) == (TEAM, "token-of-file")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620])
def test_a_token_file_that_others_can_read_is_refused(home: Path, mode: int) -> None:
    file = home / "token"
    file.write_text("token-of-file\n")
    file.chmod(mode)
    with pytest.raises(InputError, match=f"{file}: holds tokens, and other users can read it; run: chmod 600 {file}"):
        read_token_file(file)


def test_a_mounted_secret_of_another_owner_is_read(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a container gets it: owned by root, readable for the group of the job."""
    file = home / "token"
    file.write_text("token-of-file\n")
    file.chmod(0o644)
    monkeypatch.setattr(os, "getuid", lambda: file.stat().st_uid + 1)
    assert read_token_file(file) == "token-of-file"


def test_a_token_file_that_is_none(home: Path) -> None:
    with pytest.raises(InputError, match="missing: cannot be read"):
        read_token_file(home / "missing")


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        {"tokens": []},
        {"tokens": {"http://x": 1}},
        {"tokens": {}, "default": 5},
        {"tokens": {"http://x": None}, "default": "http://x"},
        None,
        5,
    ],
)
def test_a_servers_file_that_was_edited_is_refused(home: Path, content: object) -> None:
    connection.servers_file().write_text(json.dumps(content))
    with pytest.raises(InputError, match="was not written by `mihakk annotate login`"):
        connect(HERE)


@pytest.mark.parametrize(
    "url",
    [
        "example.org",
        "ftp://example.org",
        "http://",
        "http://x:0",
        "http://x:99999",
        "http://x/?a",
        "http://x/#a",
        "http://[::",
    ],
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(InputError, match="is not a server's address like"):
        clean_url(url)


@pytest.mark.parametrize(
    "url", ["http://me:secret-word@example.org", "http://me:secret-word@example.org:x", "http://me:secret-word@/"]
)
def test_a_password_in_an_address_is_not_repeated(url: str) -> None:
    with pytest.raises(InputError) as error:
        clean_url(url)
    assert "secret-word" not in str(error.value)


def test_a_token_that_is_no_word_is_not_repeated(home: Path) -> None:
    file = home / "token"
    file.write_text("secret word\n")
    file.chmod(0o600)
    with pytest.raises(InputError, match="is not one word") as error:
        connect(HERE, file)
    assert "secret" not in str(error.value)
