"""Any Python callable as an extractor."""

from __future__ import annotations

import asyncio
import hashlib
import importlib
import inspect
import sys
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import Any, cast, get_origin

from ...configs.errors import InputError, did_you_mean
from ...configs.labels import LabelSet
from ..gold.records import GoldDocument
from ..running.extractor import CallError, Document
from ..running.failures import end_if_forked, failure, stops
from .settings import Settings, for_function

Callee = Callable[..., Any]
# The name of the argument of a class that gets the gold set's labels.
_LABELS = "gold_labels"
# Seconds that coroutines have to end when their answers are no longer needed.
_GRACE = 2.0


class PythonExtractor:
    """A callable that takes a document, or a list of documents if it is called `batch` or its parameter is a list.

    A coroutine function runs in one loop, in a thread of its own; several documents may wait there at the same time.
    """

    def __init__(self, callee: Callee, *, batch: int = 1, timeout: float | None = None) -> None:
        self._callee, self._timeout = callee, timeout
        self._takes_many = batch > 1 or _takes_many(callee)
        call = callee if inspect.isroutine(callee) else getattr(callee, "__call__", callee)  # noqa: B004
        self.is_async = inspect.iscoroutinefunction(call)
        self.parallel = self.is_async or bool(getattr(callee, "thread_safe", False))
        self.secrets: Sequence[str] = ()

    def extract(self, documents: Sequence[Document]) -> Sequence[object]:
        if self._takes_many:
            answers = self._answer(list(documents))
            if answers is None:
                raise CallError("returned nothing (None) for a list of documents; it must return a list", "nothing")
            return list(answers)
        return [self._answer(document) for document in documents]

    def _answer(self, given: object) -> Any:
        if not self.is_async:
            return self._callee(given)
        waiting = asyncio.run_coroutine_threadsafe(self._callee(given), self._loop)
        try:
            return waiting.result(self._timeout)
        except TimeoutError:
            if waiting.done() and not waiting.cancelled():
                raise  # raised by the extractor itself
            waiting.cancel()
            raise CallError(f"no answer within {self._timeout:g} seconds", "time-out", again=True) from None

    @cached_property
    def _loop(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=_run, args=(loop,), daemon=True)
        self._thread.start()
        return loop

    def identity(self) -> Mapping[str, str]:
        return code_of(self._callee)

    def close(self) -> None:
        if "_loop" in self.__dict__:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_GRACE)


def _run(loop: asyncio.AbstractEventLoop) -> None:
    """Runs the loop until it is stopped, and ends tasks that still wait there."""
    try:
        loop.run_forever()
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.wait(left))
    finally:
        loop.close()


def _takes_many(callee: Callee) -> bool:
    if getattr(callee, "__name__", "") == "batch":
        return True
    try:
        first = next(iter(inspect.signature(callee, eval_str=True).parameters.values()), None)
    except (TypeError, ValueError, NameError):
        return False
    kind = first and (get_origin(first.annotation) or first.annotation)
    return inspect.isclass(kind) and issubclass(kind, Sequence) and not issubclass(kind, str)


def code_of(callee: Callee) -> Mapping[str, str]:
    """The hash of the code: of the callable's module, and of the modules in its folder that it imports.

    Data files, and modules that are imported only while a function runs, are not included.
    """
    first = sys.modules.get(getattr(callee, "__module__", None) or type(callee).__module__)
    own = getattr(first, "__file__", None)
    if not own:
        return {}
    folder = Path(own).parent
    files: set[Path] = set()
    left: list[Any] = [first]
    while left:
        module = left.pop()
        file = Path(getattr(module, "__file__", None) or "")
        if file in files or folder not in file.parents or not file.is_file():
            continue
        files.add(file)
        for value in list(vars(module).values()):
            left.append(value if inspect.ismodule(value) else sys.modules.get(getattr(value, "__module__", None) or ""))
    hashed = hashlib.sha256()
    for file in sorted(files):
        hashed.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return {"code": hashed.hexdigest()[:16]}


def load_extractor(
    extractor: str | Callee,
    training: Sequence[GoldDocument],
    settings: Settings | None = None,
    labels: LabelSet | None = None,
) -> Callee:
    """The extractor: a callable, or the callable named `package.module:name`. The working folder is searched too.

    A class is called first, with the training documents if it takes an argument, with the gold set's labels if an
    argument is called `gold_labels`, and with `settings`, typed as its other arguments. Raises InputError if there is
    no such callable, or a setting that it does not have.
    """
    name = extractor if isinstance(extractor, str) else getattr(extractor, "__qualname__", type(extractor).__name__)
    with setting_up(name):
        loaded: Any = imported(extractor) if isinstance(extractor, str) else extractor
        if inspect.isclass(loaded):
            make = cast(Callee, loaded)
            takes = inspect.signature(make).parameters
            takes_training = bool(takes)
            if _LABELS in takes:
                make = partial(make, **{_LABELS: labels})
            given = for_function(settings or {}, make, f"extractor {name}", skip=int(takes_training))
            loaded = make(training, **given) if takes_training else make(**given)
        elif settings:
            raise InputError(f"extractor {name}: --set {next(iter(settings))}: only a class has settings of its own")
    if not callable(loaded):
        raise InputError(f"extractor {name}: is not callable")
    return cast(Callee, loaded)


@contextmanager
def setting_up(name: str) -> Generator[None]:
    """Turns any error of the user's code (also an exit), while it is imported or made, into InputError."""
    try:
        yield
        end_if_forked()
    except InputError:
        raise
    except ModuleNotFoundError as error:
        raise InputError(f"extractor {name}: {error}{_mended(error, name)}") from None
    except AttributeError as error:
        if error.name != name.partition(":")[2]:
            raise InputError(f"extractor {name}: {failure(error)}") from error
        raise InputError(f"extractor {name}: {error}") from None
    except BaseException as error:  # the user's code may fail in any way
        end_if_forked()
        if stops(error):
            raise
        raise InputError(f"extractor {name}: {failure(error)}") from error


def _mended(error: ModuleNotFoundError, name: str) -> str:
    """Advice on a missing module: the named module may be a mistyped kind of extractor; another must be installed."""
    from .spec import KINDS

    module = name.partition(":")[0]
    if error.name is None or not f"{module}.".startswith(f"{error.name}."):
        return ", which the extractor imports; install it"
    return f", neither in this folder nor installed{did_you_mean(module, KINDS)}"


def imported(name: str) -> Any:
    """The object that `package.module:name` names; the working folder is searched too."""
    module_name, _, attribute = name.partition(":")
    if not module_name or not attribute:
        raise InputError(f"extractor {name}: must look like package.module:name")
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return getattr(importlib.import_module(module_name), attribute)
