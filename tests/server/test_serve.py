"""`mihakk annotate serve` as a person runs it, and what it and the other commands keep to themselves."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from fault_proxy import FaultProxy
from live import Person, command, command_environment, some_tasks, write_tasks
from mihakk.annotate.label_studio.client import LabelStudio
from mihakk.annotate.label_studio.local import LocalServer, running
from mihakk.configs.errors import InputError

pytestmark = pytest.mark.server


@contextmanager
def serving(home: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command as a process, and what it said up to its last line on how to stop it."""
    with subprocess.Popen(
        [sys.executable, "-c", "from mihakk.cli import main; main()", "annotate", "serve", *arguments],
        env=command_environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        said = ""
        for line in process.stdout:
            said += line
            if line.startswith("Ctrl-C"):
                break
        try:
            yield process, said
        finally:
            process.kill()


def modes(path: Path) -> str:
    return oct(path.stat().st_mode & 0o777)


def test_serve_stop_and_serve_again(prepared: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(prepared, data)
    tasks = write_tasks(tmp_path / "tasks.json", some_tasks(3))
    arguments = (str(tasks), "--data", str(data), "--port", "0", "--annotators-per-task", "2")
    account = json.loads((data / "account.json").read_text())
    secrets = (account["token"], account["password"])
    outputs: list[str] = []
    with serving(tmp_path, *arguments) as (process, said):
        outputs.append(said)
        assert "3 tasks added, 0 were already there; it now has 3, each for 2 annotators" in said
        assert f"log in as  {account['email']}" in said
        url = re.search(r"Label Studio is at (http://127\.0\.0\.1:\d+)", said)
        assert url
        port = int(url[1].rpartition(":")[2])
        assert not reachable_from_outside(port)
        # A second server on the folder would ruin the database; one on the port would be another server.
        for more, message in (
            (("--data", str(data)), f"{data}: another server is using it"),
            (("--data", str(tmp_path / "other"), "--port", str(port)), f"port {port}: cannot be used"),
        ):
            second = command("annotate", "serve", *more, home=tmp_path)
            assert (second.returncode, message in second.stderr) == (2, True), second.stderr
        # Other commands find it without being told where it is.
        status = command("export", "status", home=tmp_path)
        outputs += [status.stdout, status.stderr]
        assert "0 of 3 tasks finished by 2" in status.stdout, status.stderr
        with Person(url[1], account["email"], account["password"]) as lead:
            [project] = lead.http.get("/api/projects").json()["results"]
            task = lead.http.get("/api/tasks", params={"project": project["id"]}).json()["tasks"][0]["id"]
            lead.submit(task, [])
        pulled = command("export", "pull", "-o", str(tmp_path / "export.json"), home=tmp_path)
        outputs += [pulled.stdout, pulled.stderr]
        assert pulled.returncode == 0, pulled.stderr
        # Nothing secret where others can look.
        outputs += [Path(f"/proc/{number}/cmdline").read_text() for number in family(process.pid)]
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read() if process.stdout else ""
        outputs.append(rest)
        assert process.wait(30) == 0
        assert f"Label Studio is stopped. Everything is kept in {data}" in rest
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    outputs.append((data / "server.log").read_text(errors="replace"))
    for secret in secrets:
        assert not any(secret in output for output in outputs)
    servers = tmp_path / ".config" / "mihakk" / "servers.json"
    assert [modes(p) for p in (data, data / "account.json", data / "server.log", servers, servers.parent)] == [
        "0o700",
        "0o600",
        "0o600",
        "0o600",
        "0o700",
    ]
    # Label Studio leaves exports on its disk; the server's folder does not.
    assert not [file for folder in ("media/export", "export") for file in (data / folder).rglob("*.json")]

    with serving(tmp_path, *arguments) as (process, said):
        assert "0 tasks added, 3 were already there; it now has 3" in said
        page = re.search(r"http://127\.0\.0\.1:\d+/projects/\d+", said)
        assert page
        status = command("export", "status", page[0], "--json", home=tmp_path)
        assert json.loads(status.stdout)["annotations"] == 1, status.stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_a_server_that_outlived_its_command_is_named(prepared: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(prepared, data)
    with serving(tmp_path, "--data", str(data), "--port", "0") as (process, said):
        url = re.search(r"Label Studio is at (\S+)", said)
        assert url
        process.kill()
        process.wait(30)
    second = command("annotate", "serve", "--data", str(data), home=tmp_path)
    assert second.returncode == 2
    named = re.search(r"it is process (\d+), at (\S+)\. Work there; or stop it with `kill (\d+)`", second.stderr)
    assert named, second.stderr
    assert (named[1], named[2]) == (named[3], url[1])
    # What it says works: there, and after the kill on the folder.
    with httpx.Client(trust_env=False) as http:
        assert http.get(f"{named[2]}/health").is_success
    number = int(named[1])
    os.kill(number, signal.SIGTERM)
    with (data / "serve.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # waits until it has ended
    with serving(tmp_path, "--data", str(data), "--port", "0") as (process, said):
        assert "Label Studio is at" in said
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_serve_says_when_the_server_dies(prepared: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(prepared, data)
    with serving(tmp_path, "--data", str(data), "--port", "0") as (process, _):
        [server] = [number for number in family(process.pid) if number != process.pid]
        subprocess.run(["kill", "-9", str(server)], check=True)
        assert process.stdout
        assert "Label Studio ended by itself (code -9)" in process.stdout.read()
        assert process.wait(30) == 75


def test_a_folder_of_other_files_is_not_taken(prepared: Path, tmp_path: Path) -> None:
    assert prepared
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match=r"has files, but no account\.json"), running(tmp_path, 0):
        pass


def test_login_keeps_the_token_for_the_user_alone(local: LocalServer, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", "from mihakk.cli import main; main()", "annotate", "login", local.url],
        env=command_environment(tmp_path),
        input=local.account.token + "\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert f"you are {local.account.email}" in run.stdout
    assert local.account.token not in run.stdout + run.stderr
    servers = tmp_path / ".config" / "mihakk" / "servers.json"
    assert modes(servers) == "0o600"
    assert command("export", "status", "9999", home=tmp_path).stderr.startswith(
        f"mihakk: {local.url}: has no /api/projects/9999"
    )
    servers.chmod(0o644)
    refused = command("export", "status", home=tmp_path)
    assert (refused.returncode, refused.stderr) == (
        2,
        f"mihakk: {servers}: holds tokens, and other users can read it; run: chmod 600 {servers}\n",
    )


def test_where_the_token_comes_from(local: LocalServer, tmp_path: Path) -> None:
    nowhere = command("export", "status", home=tmp_path)
    assert nowhere.returncode == 2
    assert "which Label Studio? Give --url, set LABEL_STUDIO_URL" in nowhere.stderr
    none = command("export", "status", "--url", local.url, home=tmp_path)
    assert "no token for it; run `mihakk annotate login" in none.stderr
    bad = command("export", "status", "--url", local.url, home=tmp_path, LABEL_STUDIO_API_KEY="0123456789abcdef")
    assert bad.returncode == 2
    assert "does not accept the token (HTTP 401: " in bad.stderr
    assert "0123456789abcdef" not in bad.stderr
    token_file = tmp_path / "token"
    token_file.write_text(local.account.token + "\n")
    token_file.chmod(0o600)
    good = command("export", "status", "9999", "--url", local.url, "--token-file", str(token_file), home=tmp_path)
    assert "has no /api/projects/9999" in good.stderr
    mistaken = command("export", "status", "--url", f"http://me:{local.account.token}@127.0.0.1:1", home=tmp_path)
    assert "give the address without a name or password in it" in mistaken.stderr
    assert local.account.token not in mistaken.stderr


def test_personal_access_tokens(local: LocalServer) -> None:
    with Person(local.url, local.account.email, local.account.password) as lead:
        made = lead.http.post("/api/token/")
        assert made.status_code == 201, made.text
        token = made.json()["token"]
        with FaultProxy(local.url) as proxy, LabelStudio(proxy.url, token, patience=()) as server:
            assert server.whoami() == local.account.email
            proxy.fault("GET", "/whoami", ("say", 401, {}))  # as after five minutes, by another clock
            assert server.whoami() == local.account.email
            assert proxy.faults == []
            assert proxy.count("POST", "/api/token/refresh/") == 2
        assert lead.http.post("/api/token/blacklist/", json={"refresh": token}).status_code == 204
    for refused in (token, token[:-4] + "AAAA"):
        with LabelStudio(local.url, refused, patience=()) as server:
            with pytest.raises(InputError, match="does not accept the token") as error:
                server.whoami()
            assert refused not in str(error.value)


def family(parent: int) -> list[int]:
    """The process and its children, by number."""
    found = [parent]
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.append(int(stat.parent.name))
    return found


def reachable_from_outside(port: int) -> bool:
    """Whether anything listens on that port on an address other than 127.0.0.1."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if Path(table).exists():
            for line in Path(table).read_text().splitlines()[1:]:
                address, state = line.split()[1], line.split()[3]
                if state == "0A" and int(address.rpartition(":")[2], 16) == port and not address.startswith("0100007F"):
                    return True
    return False
