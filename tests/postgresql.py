"""A real PostgreSQL of the test's own: a new cluster in a temporary folder, on 127.0.0.1, thrown away afterwards."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from live import cannot


@dataclass(frozen=True)
class Cluster:
    address: str
    password: str


@contextmanager
def cluster() -> Iterator[Cluster]:
    initdb = shutil.which("initdb") or next(map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))), None)
    if initdb is None:
        cannot("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    # PostgreSQL refuses to run as root.
    user = (
        next(u for u in ("postgres", "nobody") if u in {p.pw_name for p in pwd.getpwall()})
        if os.getuid() == 0
        else None
    )
    folder = Path(tempfile.mkdtemp(prefix="mihakk-postgresql-"))
    if user:
        shutil.chown(folder, user)
    password = secrets.token_hex(8)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data, secret = folder / "data", folder / "password"

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [Path(initdb).with_name(program), "-D", data, *arguments],
            user=user,
            cwd=folder,
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            check=True,
            stdout=subprocess.DEVNULL,
        )

    secret.write_text(password)
    secret.chmod(0o644)
    run("initdb", "--username=mihakk", f"--pwfile={secret}", "--auth=scram-sha-256", "--encoding=UTF8", "--no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    run("pg_ctl", "start", "--wait", f"--log={folder}/log", f"--options={options}")
    try:
        yield Cluster(f"postgresql://mihakk@127.0.0.1:{port}/postgres", password)
    finally:
        run("pg_ctl", "stop", "--wait", "--mode=immediate")
        shutil.rmtree(folder)
