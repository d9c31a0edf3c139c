"""Locks that end with the process that holds them, on every system: by them a killed run is known from a living one."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

# A folder is locked itself where the system opens folders; on Windows, which does not, a file in it is.
OPENS_FOLDERS = os.name == "posix"
_LOCK_FILE = ".mihakk-lock"


def open_folder(folder: Path) -> int:
    """A handle whose lock is that of the folder. Raises OSError if the system has none."""
    if OPENS_FOLDERS:
        return os.open(folder, os.O_RDONLY | os.O_NOFOLLOW)
    return os.open(folder / _LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)


def is_open(folder: Path, handle: int) -> bool:
    """Whether what stands at `folder` is what `handle` has open."""
    try:
        return os.path.samestat((folder if OPENS_FOLDERS else folder / _LOCK_FILE).lstat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def lock(handle: int) -> bool | None:
    """Locks an open file or folder until it is closed: whether that was possible, None where there are no locks."""
    from filelock import lock_descriptor

    try:
        return lock_descriptor(handle, blocking=False)
    except OSError:
        return None


def wait_for_lock(handle: int) -> None:
    """Like `lock`, once nobody else has it."""
    from filelock import lock_descriptor

    with suppress(OSError):
        lock_descriptor(handle)
