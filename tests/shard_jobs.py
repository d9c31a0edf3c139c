"""Work for engines that goes wrong on purpose. Engines import it by name in processes of their own."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from mihakk.configs.errors import InputError
from mihakk.configs.shards.engines import Engine, over


def dying_once(function: Callable[[Any], Any], folder: Path, job: Any) -> Any:
    """The function; but the first process that comes here is killed, as the system does for want of memory."""
    try:
        (folder / "killed").touch(exist_ok=False)
    except FileExistsError:
        return function(job)
    os.kill(os.getpid(), signal.SIGKILL)
    return None


def over_dying(
    engine: Engine, folder: Path, function: Callable[[Any], Any], jobs: Sequence[Any]
) -> Iterable[tuple[int, Any]]:
    """An engine whose processes are killed once in each list of jobs."""
    (folder / "killed").unlink(missing_ok=True)
    return over(engine, partial(dying_once, function, folder), jobs)


def dies(job: Any) -> Any:
    """Each time, on some jobs."""
    if "dies" in job:
        os.kill(os.getpid(), signal.SIGKILL)
    return job


def answers_at_length(job: int) -> bytes:
    """More than a pipe holds, so that it has to be read while it is written."""
    return bytes([job]) * (1 << 20)


def has_a_fault(job: int) -> int:
    return 1 // job


def refuses(job: int) -> int:
    if job % 2:
        raise InputError(f"job {job}: is odd")
    return job
