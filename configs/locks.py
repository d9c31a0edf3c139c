"""Locks that end with their process, on every system. They tell a killed run from a running one."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

# Where the system can open folders, the folder itself is locked. On Windows a file in the folder is locked instead.
OPENS_FOLDERS = os.name == "posix"
_LOCK_FILE = ".mihakk-lock"


def open_folder(folder: Path) -> int:
    """A handle whose lock is the lock of the folder. Raises OSError if the system has no locks."""
    if OPENS_FOLDERS:
        return os.open(folder, os.O_RDONLY | os.O_NOFOLLOW)
    return os.open(folder / _LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)


def is_open(folder: Path, handle: int) -> bool:
    """Whether `folder` is still the same folder that `handle` has open."""
    try:
        return os.path.samestat((folder if OPENS_FOLDERS else folder / _LOCK_FILE).lstat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def lock(handle: int) -> bool | None:
    """Locks an open file or folder until it is closed. True if that was possible; None on a system without locks."""
    from filelock import lock_descriptor

    try:
        return lock_descriptor(handle, blocking=False)
    except OSError:
        return None


def wait_for_lock(handle: int) -> None:
    """Like `lock`, but waits until nobody else has the lock."""
    from filelock import lock_descriptor

    with suppress(OSError):
        lock_descriptor(handle)
