"""Python extractors in separate processes, which can be stopped if they take too long, and can run in parallel."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

from ...configs.errors import InputError
from ..gold.rows import read_gold
from ..running.extractor import Extractor
from ..running.failures import failure, stops
from ..running.values import json_value
from .command import CommandExtractor
from .python import PythonExtractor, code_of, imported, load_extractor, setting_up
from .settings import Settings, for_function

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .spec import Job


def python_extractor(name: str, job: Job, settings: Settings) -> Extractor:
    """The extractor `package.module:name`. `timeout` in seconds, or several documents at a time, need processes.

    A coroutine function, or a callable with `thread_safe`, needs no processes.
    """
    given = dict(settings)
    timeout = _seconds(given.pop("timeout", None))
    alone = timeout is None and job.concurrency == 1
    if not alone:
        with setting_up(name):
            target = imported(name)
        extractor = None if isinstance(target, type) else PythonExtractor(target, batch=job.batch, timeout=timeout)
        if extractor is None or not (extractor.is_async or (extractor.parallel and timeout is None)):
            return _Processes(name, job, given, timeout, target)
    callee = load_extractor(name, job.training, given, job.gold.labels)
    return PythonExtractor(callee, batch=job.batch, timeout=timeout)


def _seconds(text: str | None) -> float | None:
    def settings(timeout: float | None = None) -> None: ...

    return for_function({} if text is None else {"timeout": text}, settings, "python:").get("timeout")


class _Processes(CommandExtractor):
    """The protocol of commands, with this file as the command."""

    def __init__(self, name: str, job: Job, settings: Mapping[str, str], timeout: float | None, target: Any) -> None:
        where = str(job.gold.path.resolve()) if job.gold.path else None
        first = {"extractor": name, "settings": dict(settings), "gold": where, "batch": job.batch}
        super().__init__([sys.executable, "-m", __name__], timeout, json.dumps(first))
        self._target = target

    def identity(self) -> Mapping[str, str]:
        return code_of(self._target)


def _serve() -> None:
    """Answers the documents on standard input. What the extractor prints goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    asked = os.fdopen(os.dup(0), encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    extractor: PythonExtractor | None = None
    own = os.getpid()
    made = json.loads(asked.readline() or "{}")
    for line in asked:
        try:
            if extractor is None:
                gold = read_gold(made["gold"]) if made["gold"] else None
                training = gold.splits.get("train", ()) if gold else ()
                callee = load_extractor(made["extractor"], training, made["settings"], gold and gold.labels)
                extractor = PythonExtractor(callee, batch=made["batch"])
            (answer,) = extractor.extract([json.loads(line)])
            written = json.dumps(json_value(answer))
        except InputError as error:
            written = json.dumps({"error": str(error)})
        except BaseException as error:  # the user's code may fail in any way
            if stops(error):
                raise
            written = json.dumps({"error": failure(error)})
        if os.getpid() != own:  # the user's code forked this process off
            os._exit(0)
        answers.write(written + "\n")
        answers.flush()


if __name__ == "__main__":
    _serve()
