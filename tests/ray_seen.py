"""What can be seen of the Ray that this process started: its processes, where they listen, its files. Linux only."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

LISTENS = "0A"  # a state in /proc/net/tcp


def seen(token: str) -> dict[str, Any]:
    """`addresses` are those on which Ray's processes and this one listen; `in_files` are files with the token."""
    processes = {os.getpid(), *_below(os.getpid())}
    lines = {number: _read(Path(f"/proc/{number}/cmdline")) for number in processes}
    folder = next(
        Path(found[0].decode()) for line in lines.values() if (found := re.search(rb"/[\w./-]*?mihakk-ray-\w+", line))
    )
    home = Path.home() / ".ray"
    files = [path for top in (folder, home, Path("/dev/shm")) for path in top.rglob("*") if _is_file(path)]
    return {
        "token": token,
        "usage": os.environ["RAY_USAGE_STATS_ENABLED"],
        "processes": len(processes) - 1,
        "addresses": sorted({str(address) for address, _ in _listening(processes)}),
        "dashboard": 8265 in {port for _, port in _listening(processes)},
        "in_command_lines": [number for number, line in lines.items() if token.encode() in line],
        "in_files": [str(path) for path in files if token.encode() in _read(path)],
        "folder": str(folder),
        "mode": oct(stat.S_IMODE(folder.stat().st_mode)),
    }


def _below(parent: int) -> Iterator[int]:
    for path in Path("/proc").glob("[0-9]*/stat"):
        # The name stands in brackets, and may have brackets in it.
        fields = _read(path).rpartition(b")")[2].split()
        if fields and int(fields[1]) == parent:
            yield int(path.parent.name)
            yield from _below(int(path.parent.name))


def _listening(processes: set[int]) -> Iterator[tuple[Any, int]]:
    links = [link for number in processes for link in Path(f"/proc/{number}/fd").glob("*")]
    sockets = {found[1] for link in links if (found := re.fullmatch(r"socket:\[(\d+)\]", _target(link)))}
    for name in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{name}").read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENS and fields[9] in sockets:
                address, port = fields[1].split(":")
                # Words of four bytes, each with its last byte first.
                words = [bytes.fromhex(address[n : n + 8])[::-1] for n in range(0, len(address), 8)]
                found = ip_address(b"".join(words))
                yield getattr(found, "ipv4_mapped", None) or found, int(port, 16)


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:  # closed meanwhile
        return ""


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # gone meanwhile, or of somebody else
        return b""
