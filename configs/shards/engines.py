"""Engines call a function on every shard, in processes of this machine or on a Ray cluster.

The function must be at the top level of a module. Its job and its answer must be such that they can be sent between
processes. It may be called twice with the same job, since its process may be killed.
"""

from __future__ import annotations

import atexit
import functools
import os
import pickle
import secrets
import shutil
import signal
import sys
import tempfile
import threading
import traceback
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NoReturn, TypeVar, cast

from ..errors import ExitCode, InputError, MihakkError, UnavailableError, WriteError
from ..progress import progress

Name = Literal["local", "ray"]
Job = TypeVar("Job")
Answer = TypeVar("Answer")

# Calls a function on each job, and yields each answer with its job's number, in any order.
Calls = Callable[[Callable[[Any], Any], Sequence[Any]], Iterable[tuple[int, Any]]]

# A job is tried so often if its process is killed each time.
TRIES = 4
# After so many jobs with errors the rest is not tried: it would most likely fail in the same way.
_ENOUGH = 20
# Seconds that a process has for ending when it is asked to.
_PATIENCE = 30
_KILLED = (
    f"its process was killed {TRIES} times, most often for want of memory; make smaller shards, or free some memory"
)


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine, and the resources that each call needs from Ray: `cpus`, `gpus`, and others by their names there.

    `keeps` means that the function holds something that takes long to load, such as a model. Then Ray keeps its
    processes (actors) from call to call. Processes of this machine always stay.
    """

    name: Name = "local"
    needs: Mapping[str, float] = field(default_factory=dict[str, float])
    keeps: bool = False


def over(engine: Engine, function: Callable[[Job], Answer], jobs: Sequence[Job]) -> Generator[tuple[int, Answer]]:
    """Calls the function on each job, and yields each answer with its job's number as soon as it is there.

    An error of one job does not stop the others: all problems are raised at the end, together, or after 20 jobs with
    problems. UnavailableError stops at once.
    """
    calls = _on_ray if engine.name == "ray" else _local
    failed: list[MihakkError] = []
    with closing(calls(engine, function, jobs)) as answers, progress("working on shards", len(jobs)) as bar:
        for done, (number, answer) in enumerate(answers, 1):
            bar.update(done)
            if isinstance(answer, UnavailableError):
                raise answer
            if isinstance(answer, MihakkError):
                failed.append(answer)
                if len(failed) == _ENOUGH:
                    break
            else:
                yield number, answer
    if failed:
        kind = next((type(error) for error in failed if isinstance(error, WriteError)), InputError)
        raise kind(*(problem for error in failed for problem in error.problems))


def _called(function: Callable[[Any], Any], job: Any) -> Any:
    """The answer, or an error for users. The error is returned like an answer, so engines need not handle it."""
    try:
        return function(job)
    except MihakkError as error:
        kinds = (kind for kind in (UnavailableError, WriteError) if isinstance(error, kind))
        return next(kinds, InputError)(*error.problems)


# --- processes of this machine


def _local(engine: Engine, function: Callable[[Any], Any], jobs: Sequence[Any]) -> Generator[tuple[int, Any]]:
    """Each process has its own pipe. So if a process is killed, its job is known, even in the middle of an answer.

    The pools of the standard library share one pipe. They hang if a process is killed while others send long answers.
    """
    from multiprocessing.connection import wait

    left = deque(enumerate(jobs))
    tries = Counter[int]()
    at_work: dict[Any, tuple[Any, int]] = {}  # the process and the number of its job, by pipe
    idle: list[tuple[Any, Any]] = []
    try:
        while left or at_work:
            while left and len(at_work) < _processors():
                number, job = left.popleft()
                pipe, process = idle.pop() if idle else _started()
                at_work[pipe] = process, number
                with suppress(OSError):  # it was killed, and will not answer
                    pipe.send((function, job))
            for pipe in cast("list[Any]", wait(list(at_work))):
                process, number = at_work.pop(pipe)
                try:
                    answer = pipe.recv()
                except (EOFError, OSError):
                    pipe.close()
                    process.join()
                    tries[number] += 1
                    if tries[number] < TRIES:
                        left.append((number, jobs[number]))
                        continue
                    answer = InputError(f"{_shown(jobs[number])}: {_KILLED}")
                else:
                    idle.append((pipe, process))
                    if isinstance(answer, Exception) and not isinstance(answer, MihakkError):
                        raise answer
                yield number, answer
    except BaseException:
        for process, _ in at_work.values():
            process.terminate()
        raise
    finally:
        everyone = [*idle, *((pipe, process) for pipe, (process, _) in at_work.items())]
        for pipe, _ in everyone:
            pipe.close()  # which ends it, if it is idle
        for _, process in everyone:
            process.join(_PATIENCE)
            process.kill()
            process.join()


def _started() -> tuple[Any, Any]:
    """A pipe to a new process, and the process: spawned, not forked, so that it inherits no threads or open files."""
    from multiprocessing import get_context

    context = get_context("spawn")
    pipe, its = context.Pipe()
    process = context.Process(target=_work, args=(its,))
    process.start()
    its.close()  # now only the process has this end, so the pipe closes when the process ends
    return pipe, process


def _work(pipe: Any) -> None:
    """The main loop of a process: it answers jobs until the pipe is closed."""
    _begin()
    while True:
        try:
            sent = pipe.recv_bytes()
        except (EOFError, OSError):
            return
        try:
            function, job = pickle.loads(sent)  # noqa: S301 - from this command
            answer: Any = _called(function, job)
        except Exception as error:  # a fault in the program: it is raised again in the command
            error.add_note(traceback.format_exc())
            answer = error
        with suppress(OSError):
            pipe.send(answer)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _shown(job: object) -> str:
    return str(getattr(job, "name", job))


def _begin() -> None:
    """At the start of a process: it will end with the command, even a killed one, and leaves Ctrl-C to the command."""
    from multiprocessing import parent_process
    from multiprocessing.connection import wait

    parent = parent_process()

    def end_with_parent() -> None:
        if parent is not None:
            wait([parent.sentinel])
            leave(1)

    def stop(*_: object) -> NoReturn:
        sys.exit(ExitCode.TERMINATED)  # temporary files are removed on the way out

    leave = os._exit  # extractors must not call this function, see eval/running/failures.py
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with_parent, daemon=True).start()
    signal.signal(signal.SIGTERM, stop)


# --- Ray


def _on_ray(engine: Engine, function: Callable[[Any], Any], jobs: Sequence[Any]) -> Generator[tuple[int, Any]]:
    ray = _ray()
    function = functools.partial(_in_folder, str(Path.cwd()), function)
    needs: dict[str, Any] = {"num_cpus": engine.needs.get("cpus", 1), "num_gpus": engine.needs.get("gpus", 0)}
    needs["resources"] = {key: n for key, n in engine.needs.items() if key not in ("cpus", "gpus")}
    _need_room(ray, needs)
    calls = _actors(ray, needs, function, jobs) if engine.keeps else _tasks(ray, needs, function, jobs)
    for number, reference in calls:
        try:
            answer = ray.get(reference)
        except (ray.exceptions.WorkerCrashedError, ray.exceptions.RayActorError, ray.exceptions.OutOfMemoryError):
            answer = InputError(f"{_shown(jobs[number])}: {_KILLED}")
        yield number, answer


def _in_folder(folder: str, function: Callable[[Any], Any], job: Any) -> Any:
    """The answer of a process that Ray started elsewhere. Relative paths have the same meaning as in the command."""
    with suppress(OSError):  # the folder need not exist on every machine: jobs may only have addresses
        os.chdir(folder)
    return function(job)


def _tasks(
    ray: Any, needs: Mapping[str, Any], function: Callable[[Any], Any], jobs: Sequence[Any]
) -> Generator[tuple[int, Any]]:
    call = ray.remote(max_retries=TRIES - 1, **needs)(_called)
    waiting = {call.remote(function, job): number for number, job in enumerate(jobs)}
    while waiting:
        for done in ray.wait(list(waiting))[0]:
            yield waiting.pop(done), done


def _actors(
    ray: Any, needs: Mapping[str, Any], function: Callable[[Any], Any], jobs: Sequence[Any]
) -> Generator[tuple[int, Any]]:
    """One call at a time on each actor, so a faster actor does more of the work."""
    make = ray.remote(max_restarts=-1, max_task_retries=TRIES - 1, **needs)(_Caller)
    ready = [make.remote(function) for _ in range(min(_at_once(ray, needs), len(jobs)))]
    left = list(enumerate(jobs))[::-1]
    waiting: dict[Any, tuple[int, Any]] = {}
    while left or waiting:
        while ready and left:
            number, job = left.pop()
            actor = ready.pop()
            waiting[actor.call.remote(job)] = number, actor
        for done in ray.wait(list(waiting))[0]:
            number, actor = waiting.pop(done)
            ready.append(actor)
            yield number, done


class _Caller:
    """The actor: a process that stays, with everything that the function keeps in memory."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function

    def call(self, job: Any) -> Any:
        return _called(self._function, job)


def _wanted(needs: Mapping[str, Any]) -> dict[str, float]:
    return {"CPU": needs["num_cpus"], "GPU": needs["num_gpus"], **needs["resources"]}


def _need_room(ray: Any, needs: Mapping[str, Any]) -> None:
    """Raises InputError if no machine has the resources asked for: Ray would wait for ever."""
    have = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    wanted = {key: count for key, count in _wanted(needs).items() if count}
    if not any(all(node.get(key, 0) >= count for key, count in wanted.items()) for node in have):
        asked = ", ".join(f"{count:g} {key}" for key, count in wanted.items())
        raise InputError(f"--engine ray: no machine of the cluster has {asked}; see `ray status`, and --set")


def _at_once(ray: Any, needs: Mapping[str, Any]) -> int:
    """The number of actors for which the cluster has room."""
    have = ray.cluster_resources()
    rooms = [have.get(key, 0) // count for key, count in _wanted(needs).items() if count]
    return max(1, int(min(rooms, default=1)))


def _ray() -> Any:
    """Ray, on the cluster of RAY_ADDRESS, or else on this machine until this process ends.

    Whoever reaches Ray's ports can run code. So a secret token keeps other users of this machine out; Ray reads it
    once, when it starts. Ray listens on 127.0.0.1 alone only if it believes that this machine cannot be in a cluster,
    as on macOS. Otherwise it listens on all addresses, whatever address it is given.
    """
    cluster = os.environ.get("RAY_ADDRESS")
    settings = {"RAY_USAGE_STATS_ENABLED": "0"}
    if not cluster:
        settings |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": _token(), "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
    os.environ.update(settings)
    try:
        import ray
    except ImportError:
        raise InputError(
            "--engine ray: Ray is not installed; run in Mihakk's folder: pip install -e '.[ray]'"
        ) from None
    ray = cast(Any, ray)
    if ray.is_initialized():
        return ray
    own: dict[str, Any] = {}
    if not cluster:
        # Sockets in it need short names. Only its owner can open it, since Ray's folder inside it is open to everybody.
        folder = tempfile.mkdtemp(prefix="mihakk-ray-", dir="/tmp")
        atexit.register(_end_ray, ray, folder)
        own = {
            "num_cpus": _processors(),
            "include_dashboard": False,
            "object_store_memory": 256 << 20,
            "_node_ip_address": "127.0.0.1",
            "_temp_dir": f"{folder}/r",
        }
    try:
        ray.init(address=cluster, log_to_driver=False, logging_level="ERROR", **own)
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        raise UnavailableError(f"--engine ray: Ray does not start ({' '.join(str(error).split()):.300})") from None
    # A thread of Ray prints news of its processes to standard output, where JSON may be. No setting turns that off.
    printing = cast(Any, sys.modules.get("ray._private.worker"))
    if hasattr(printing, "print_to_stdstream"):
        printing.print_to_stdstream = _silent
    return ray


def _silent(*_: object, **__: object) -> None:
    return


@functools.cache
def _token() -> str:
    return secrets.token_hex(32)


def _end_ray(ray: Any, folder: str) -> None:
    ray.shutdown()
    shutil.rmtree(folder, ignore_errors=True)


def needs_of(settings: Iterable[str]) -> tuple[dict[str, float], list[str]]:
    """Splits `--set` settings into Ray's resources (cpus=2, gpus=1, resource.NAME=1) and all other settings.

    Raises InputError if a resource is not a number.
    """
    needs: dict[str, float] = {}
    rest: list[str] = []
    for setting in settings:
        key, _, value = setting.partition("=")
        if key not in ("cpus", "gpus") and not key.startswith("resource."):
            rest.append(setting)
            continue
        try:
            needs[key.removeprefix("resource.")] = float(value)
        except ValueError:
            raise InputError(f"--set {setting}: must be a number, as in {key}=1") from None
    return needs, rest
