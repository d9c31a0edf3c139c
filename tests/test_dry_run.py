"""`--dry-run` says what a command would do to a server, and does nothing to it and writes nothing here."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import mihakk
import pytest
from conftest import Here
from json_service import running
from mihakk.annotate.label_studio.client import AccountThere, LabelStudio
from mihakk.annotate.label_studio.connection import TOKEN_VARIABLE, URL_VARIABLE
from mihakk.eval.gold.rows import read_gold
from test_help import COMMANDS

SAMPLE = Path(mihakk.__file__).parent / "annotate" / "sample"

TEAM = ("lead@example.org", "huda@example.org", "sami@example.org")
# What is sent to a server, or to the Hub. `serve` and `login` send nothing of the user's; `pull` and `status` ask.
SENDING = {
    "annotate push",
    "annotate annotators add",
    "annotate annotators reset",
    "annotate annotators remove",
    "export hub",
    "eval predict",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture(autouse=True)
def server(monkeypatch: pytest.MonkeyPatch) -> None:
    """A team of three. Whatever is asked of the server but who is there fails the test."""
    monkeypatch.setenv(URL_VARIABLE, "http://127.0.0.1:9")
    monkeypatch.setenv(TOKEN_VARIABLE, "0123456789abcdef")
    team = [AccountThere(number, email, None) for number, email in enumerate(TEAM)]

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("something was sent")

    for name, value in vars(LabelStudio).items():
        if callable(value) and not name.startswith("_"):
            monkeypatch.setattr(LabelStudio, name, refuse)
    monkeypatch.setattr(LabelStudio, "accounts", lambda _: team)
    monkeypatch.setattr(LabelStudio, "emails", lambda _: set(TEAM))
    monkeypatch.setattr(LabelStudio, "whoami", lambda _: TEAM[0])
    monkeypatch.setattr("mihakk.annotate.label_studio.local.set_password", refuse)


def test_each_command_that_sends_has_it() -> None:
    has_it = {" ".join(path) for path, command in COMMANDS.items() if any(p.name == "dry_run" for p in command.params)}
    assert has_it == SENDING


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (
            "add ann@example.org huda@example.org -o passwords.csv",
            [
                "would make 1 account on http://127.0.0.1:9: ann@example.org",
                "already have an account: huda@example.org",
            ],
        ),
        ("add huda@example.org -o passwords.csv", ["would make 0 accounts on http://127.0.0.1:9: none"]),
        (
            "reset huda@example.org sami@example.org huda@example.org -o passwords.csv",
            ["would change 2 passwords on http://127.0.0.1:9: huda@example.org, sami@example.org"],
        ),
        (
            "remove sami@example.org",
            ["would remove from the team on http://127.0.0.1:9: sami@example.org; their work stays"],
        ),
    ],
)
def test_accounts_are_named_and_stay_as_they_are(here: Here, folder: Path, command: str, said: list[str]) -> None:
    code, out, _ = here(f"annotate annotators {command} --dry-run")
    assert (code, out.splitlines()[: len(said)]) == (0, said)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("add nobody -o passwords.csv", "nobody: is not an e-mail address"),
        ("reset hudda@example.org -o passwords.csv", "has no account in the team"),
        ("remove lead@example.org", "nobody can remove their own"),
        ("reset huda@example.org -o notes.csv", "is not a file of e-mails and passwords"),
    ],
)
def test_what_would_be_refused_is_refused(here: Here, folder: Path, command: str, problem: str) -> None:
    (folder / "notes.csv").write_text("mine\n", encoding="utf-8")
    (folder / "notes.csv").chmod(0o600)
    code, _, err = here(f"annotate annotators {command} --dry-run")
    assert code == 2
    assert problem in err


def test_an_extractor_is_asked_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, here: Here) -> None:
    shutil.copytree(SAMPLE, tmp_path, dirs_exist_ok=True)
    assert here("export dataset export.json -o gold")[0] == 0
    texts = [document.article.text for document in read_gold(tmp_path / "gold").split("test")]
    assert len(texts) == 3
    before = {path.name for path in tmp_path.iterdir()}
    with running() as service:
        service.script = [(200, {}, {"entities": []}), (500, {}, {})]
        command = f"eval predict gold --extractor {service.url} -o p.jsonl --set retries=0"
        asked = f"would send 3 documents of test, with {sum(map(len, texts))} characters. Nothing was sent.\n"
        assert here(f"{command} --dry-run") == (0, asked, "")
        assert service.seen == []
        assert {path.name for path in tmp_path.iterdir()} == before
        assert here(command)[0] == 1  # one answer, then failures
        sent = len(service.seen)
        rest = sum(map(len, texts[1:]))
        asked = f"would send 2 documents of test, with {rest} characters; 1 has its answer from an earlier run. "
        assert here(f"{command} --dry-run") == (0, f"{asked}Nothing was sent.\n", "")
        assert "3 documents" in here(f"{command} --dry-run --fresh")[1]
        code, _, err = here(f"{command} --dry-run --split train")
        assert (code, "has answers of another run" in err) == (2, True)
        assert len(service.seen) == sent
    assert "a replay calls no extractor" in here("eval predict gold -o p.jsonl --replay p.jsonl.run --dry-run")[2]


def test_the_test_would_see_what_is_sent(here: Here) -> None:
    with pytest.raises(AssertionError, match="something was sent"):
        here("annotate annotators remove sami@example.org")
