"""Runs a local Label Studio: on this machine only, without network access, in one data folder."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

import httpx

from ...configs.errors import InputError, UnavailableError, install_hint
from ...configs.files import parse_json, read_text, write_private, writing
from ...configs.locks import lock
from .client import LabelStudio

_EMAIL = "lead@mihakk.local"
_ACCOUNT_FILE = "account.json"
_LOG_FILE = "server.log"
# Seconds. The first start makes the database, which takes a minute or two on a slow machine.
_START = 300.0
_STOP = 20.0
_LOOK = 0.1
# These settings keep a server from calling its own machine; they cannot be switched off for a single address.
_BACKEND = {"LABEL_STUDIO_ML_BLOCK_LOCAL_IP": "false", "LABEL_STUDIO_SSRF_PROTECTION_ENABLED": "false"}


@dataclass(frozen=True, slots=True)
class Account:
    """The team lead's account on the server."""

    email: str
    password: str
    token: str


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A Label Studio that runs as a child of this process."""

    url: str
    account: Account
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def account_file(self) -> Path:
        return self.folder / _ACCOUNT_FILE

    def wait(self) -> None:
        """Waits until the server ends. Always raises UnavailableError: the server ends by itself only on failure."""
        code = self.process.wait()
        raise UnavailableError(f"Label Studio ended by itself (code {code}); its log is {self.folder / _LOG_FILE}")


@contextmanager
def running(
    folder: Path, port: int = 8080, database: str | None = None, *, backend: bool = False
) -> Generator[LocalServer]:
    """A Label Studio on 127.0.0.1 with all its data in `folder`. It runs until the block ends.

    `port` 0 takes a free port. `database` is the address of a PostgreSQL database, without a password
    (libpq reads it from PGPASSWORD or ~/.pgpass); None means SQLite in the folder. With `backend` the server may call
    addresses of this machine and of private networks, as a backend for suggestions needs. Raises InputError if Label
    Studio is not installed, if the folder is in use or has other files, or if the port is taken. Raises
    UnavailableError if the server ends early.
    """
    command = _label_studio()
    variables = _database_variables(database)
    with writing(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = folder.resolve()
    with _lock(folder) as held:
        account = _account(folder)
        folder.chmod(0o700)  # the database holds everybody's tokens
        _remove_exports(folder)
        port = _free_port(port)
        with _new_log(folder) as log:
            process = subprocess.Popen(  # noqa: S603 - installed beside Mihakk
                [command, "start", "--no-browser", "--internal-host", "127.0.0.1", "--port", str(port)],
                env=_environment(folder, account) | variables | (_BACKEND if backend else {}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                umask=0o077,
                # Ctrl-C reaches this process only, which then stops the server. The server holds the lock as
                # long as it runs, even if this process is killed.
                start_new_session=True,
                pass_fds=(held,) if os.name == "posix" else (),
            )
        try:
            _say_who_has(held, process.pid, port)
            local = LocalServer(f"http://127.0.0.1:{port}", account, folder, process)
            _wait_until_ready(local)
            yield local
        finally:
            _stop(process)
            _remove_exports(folder)


def set_password(folder: Path, database: str | None, email: str, password: str) -> None:
    """Sets the password of an account of the server in `folder`, whether it runs or not.

    Label Studio has no such request: only its own command on its own machine can. It asks for the password, as there is
    no terminal on its standard input, so that no other user can read it on a command line.
    """
    variables = _environment(folder, _account(folder)) | _database_variables(database)
    done = subprocess.run(  # noqa: S603 - installed beside Mihakk
        [_label_studio(), "reset_password", "--username", email],
        env=variables,
        input=f"{password}\n",
        capture_output=True,
        text=True,
        umask=0o077,
        start_new_session=True,  # else it would ask on the terminal
        check=False,
    )
    if done.returncode or "successfully changed" not in done.stdout:
        last = " ".join((done.stdout + done.stderr).strip().splitlines()[-1:])
        raise UnavailableError(f"{email}: Label Studio did not take the new password ({last:.200})")


def _label_studio() -> Path:
    command = shutil.which("label-studio", path=Path(sys.executable).parent)
    if command is None:
        raise InputError(f"Label Studio is not installed beside Mihakk; {install_hint('server')}")
    return Path(command)


def _environment(folder: Path, account: Account) -> dict[str, str]:
    """The server's environment. Nothing is inherited: Label Studio reads even HOST, PORT or USERNAME as settings."""
    nowhere = "http://127.0.0.1:9"
    windows = {"USERPROFILE": str(folder), "SYSTEMROOT": os.environ.get("SYSTEMROOT", "")} if os.name == "nt" else {}
    return windows | {
        "PATH": os.defpath,
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "LABEL_STUDIO_BASE_DATA_DIR": str(folder),
        "LABEL_STUDIO_USERNAME": account.email,
        "LABEL_STUDIO_PASSWORD": account.password,
        "LABEL_STUDIO_USER_TOKEN": account.token,
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
        "LABEL_STUDIO_COLLECT_ANALYTICS": "false",
        "LABEL_STUDIO_LATEST_VERSION_CHECK": "false",
        "LABEL_STUDIO_SENTRY_DSN": "",
        "LABEL_STUDIO_FRONTEND_SENTRY_DSN": "",
        # The tips on its first page cannot be switched off; a proxy that does not exist keeps the server from fetching
        # them.
        "HTTP_PROXY": nowhere,
        "HTTPS_PROXY": nowhere,
        "NO_PROXY": "127.0.0.1,localhost",
    }


def _database_variables(database: str | None) -> dict[str, str]:
    if not database:
        return {"DJANGO_DB": "sqlite"}
    try:
        parts = urlsplit(database)
        port = parts.port or 5432
    except ValueError:
        raise InputError("--database: is not like postgresql://user@host:5432/name") from None
    name = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in ("postgres", "postgresql") or not parts.hostname or not parts.username or not name:
        raise InputError("--database: is not like postgresql://user@host:5432/name")
    if parts.password:
        raise InputError(
            "--database: remove the password, since other users could read it; set PGPASSWORD or use ~/.pgpass"
        )
    variables = {
        "DJANGO_DB": "default",
        "POSTGRE_HOST": parts.hostname,
        "POSTGRE_PORT": str(port),
        "POSTGRE_USER": unquote(parts.username),
        "POSTGRE_NAME": name,
        "POSTGRE_PASSWORD": "",
        "PGPASSFILE": os.environ.get("PGPASSFILE") or str(Path.home() / ".pgpass"),
    }
    return variables | {key: value for key, value in _libpq(os.environ).items() if key not in variables}


def _libpq(environment: Mapping[str, str]) -> dict[str, str]:
    wanted = ("PGPASSWORD", "PGSSLMODE", "PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY")
    return {key: environment[key] for key in wanted if key in environment}


def _account(folder: Path) -> Account:
    path = folder / _ACCOUNT_FILE
    if path.exists():
        content = parse_json(read_text(path), str(path))
        names = {field.name for field in fields(Account)}
        if not isinstance(content, dict) or content.keys() != names or not all(_is_line(v) for v in content.values()):
            raise InputError(f"{path}: was changed and is no longer readable; restore it, or choose another folder")
        return Account(**content)
    if any(file.name != _LOCK_FILE for file in folder.iterdir()):
        raise InputError(
            f"{folder}: has files, but no {_ACCOUNT_FILE}; choose an empty folder. "
            "To use your own Label Studio, start it as before, and see `mihakk annotate push --help`"
        )
    account = Account(_EMAIL, secrets.token_urlsafe(12), secrets.token_hex(20))
    write_private(path, json.dumps(asdict(account), indent=1) + "\n")
    return account


def _is_line(value: object) -> bool:
    """Whether this can be an e-mail address, a password or a token."""
    return isinstance(value, str) and value != "" and value.isprintable()


_LOCK_FILE = "serve.lock"


@contextmanager
def _lock(folder: Path) -> Generator[int]:
    """Locks the folder: two servers on it would damage the database. The file says which process has the lock.

    The server has the lock too. If `mihakk annotate serve` is killed, the server goes on alone, and keeps the lock.
    """
    handle = os.open(folder / _LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if lock(handle) is False:
            raise InputError(f"{folder}: another server is using it; {_who_has(handle)}")
        os.ftruncate(handle, 0)  # the old content is about a server that has ended
        yield handle
    finally:
        os.close(handle)


def _say_who_has(held: int, process: int, port: int) -> None:
    os.lseek(held, 0, os.SEEK_SET)
    os.write(held, f"{process} {port}\n".encode())


def _who_has(held: int) -> str:
    """For a message: which server has the lock, and what to do."""
    content = b""
    with suppress(OSError):  # on Windows a locked file cannot be read
        content = os.read(held, 100)
    found = re.fullmatch(rb"(\d+) (\d+)\n", content)
    if not found:  # it is just starting, or was started by an earlier version
        return "stop that server first"
    process, port = (int(part) for part in found.groups())
    return (
        f"it is process {process}, at http://127.0.0.1:{port}. Work there; or stop it with `kill {process}`, "
        "then serve again"
    )


def _free_port(port: int) -> int:
    """The port, if it is free. Label Studio itself would silently take another port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise InputError(f"port {port}: cannot be used ({error.strerror}); choose another with --port") from None
        return int(probe.getsockname()[1])


def _new_log(folder: Path) -> IO[bytes]:
    return open(folder / _LOG_FILE, "wb", opener=lambda path, flags: os.open(path, flags, 0o600))


def _wait_until_ready(local: LocalServer) -> None:
    log = local.folder / _LOG_FILE
    end = time.monotonic() + _START
    with httpx.Client(trust_env=False, timeout=5.0) as http:
        while time.monotonic() < end:
            if local.process.poll() is not None:
                last = read_text(log).strip().splitlines()[-1:] if log.stat().st_size else []
                raise UnavailableError(f"Label Studio did not start: {' '.join(last)[:300]} (all of its log: {log})")
            try:
                if http.get(f"{local.url}/health").is_success:
                    break
            except httpx.TransportError:
                pass
            time.sleep(_LOOK)
        else:
            raise UnavailableError(f"Label Studio was not ready after {_START:.0f} seconds; its log is {log}")
    with LabelStudio(local.url, local.account.token) as server:
        try:
            known = server.whoami() == local.account.email
        except (InputError, UnavailableError):  # it refuses the token, or is not Label Studio
            known = False
    if not known:
        raise InputError(
            f"{local.url}: does not know the account in {local.account_file}; was this database made with another "
            "folder? Use that folder"
        )


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP)
    finally:
        process.kill()
        process.wait()


def _remove_exports(folder: Path) -> None:
    """Removes files of deleted exports. Label Studio (1.23) leaves them on the disk, and never reads them again."""
    for exports in (folder / "media" / "export", folder / "export"):
        if exports.is_dir():
            shutil.rmtree(exports)
            exports.mkdir()
