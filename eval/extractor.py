"""Running any Python callable over a gold set's documents."""

from __future__ import annotations

import importlib
import inspect
import json
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from ..annotate.predictions import parse_prediction
from ..configs.errors import InputError, within
from .gold.records import Gold, GoldDocument

_TERMINATED = 128 + signal.SIGTERM

Extractor = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def load_extractor(extractor: str | Callable[..., Any], training: Sequence[GoldDocument]) -> Extractor:
    """The callable, or the one called `package.module:name`; modules of the working folder are found too.

    A class is made into an extractor: with the training documents if it takes an argument, else without.
    Raises InputError if there is no such callable.
    """
    name = extractor if isinstance(extractor, str) else getattr(extractor, "__qualname__", type(extractor).__name__)
    attribute = name.partition(":")[2]
    try:
        loaded: Any = _imported(extractor) if isinstance(extractor, str) else extractor
        if inspect.isclass(loaded):
            make = cast(Callable[..., Any], loaded)
            loaded = make(training) if inspect.signature(make).parameters else make()
    except InputError:
        raise
    except ModuleNotFoundError as error:
        raise InputError(f"extractor {name}: {error}") from None
    except AttributeError as error:
        if error.name != attribute:
            raise InputError(f"extractor {name}: {_failure(error)}") from error
        raise InputError(f"extractor {name}: {error}") from None
    except BaseException as error:  # it is the user's code, and may fail in any way
        _pass_on(error)
        raise InputError(f"extractor {name}: {_failure(error)}") from error
    if not callable(loaded):
        raise InputError(f"extractor {name}: is not callable")
    return cast(Extractor, loaded)


def _imported(name: str) -> Any:
    module_name, _, attribute = name.partition(":")
    if not module_name or not attribute:
        raise InputError(f"extractor {name}: must look like package.module:name")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    return getattr(importlib.import_module(module_name), attribute)


def predict(
    gold: Gold, documents: Iterable[GoldDocument], extractor: Extractor, model: str | None = None
) -> Iterator[str]:
    """One line of a predictions file for each document, checked; `model` is the name that the lines carry.

    The extractor is given id, text, title, outlet, published, event_id and the event's claims, nothing of the
    gold. Raises InputError if it fails, or returns what is no prediction.
    """
    named = {"model": model} if model else {}
    for document in documents:
        article = document.article
        given = {
            "id": article.id,
            "text": article.text,
            "title": article.title,
            "outlet": article.outlet,
            "published": article.published,
            "event_id": article.event_id,
            "claims": [{"id": claim.id, "text": claim.text} for claim in document.claims],
        }
        try:
            answer = extractor(given)
            row = {**answer, **named, "id": article.id}
            # Half a character (a lone surrogate) stays as JSON writes it; UTF-8 has no other form for it.
            line = json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace").decode("utf-8")
        except BaseException as error:
            _pass_on(error)
            raise InputError(f"the extractor failed on document {article.id}: {_failure(error)}") from error
        try:
            parse_prediction(row, article.text, [claim.id for claim in document.claims], gold.labels)
        except InputError as error:
            raise InputError(*within(f"the extractor's answer on document {article.id}", error.problems)) from None
        yield line + "\n"


def _pass_on(error: BaseException) -> None:
    """Raises it again if the user wants to stop: by Ctrl-C, or by SIGTERM, which becomes an exit with this code.

    Any other exit is the extractor's failure: it ends neither this program nor in success.
    """
    if isinstance(error, KeyboardInterrupt) or (isinstance(error, SystemExit) and error.code == _TERMINATED):
        raise error


def _failure(error: BaseException) -> str:
    """What went wrong in the user's code, and where, on one line."""
    at = traceback.extract_tb(error.__traceback__)[-1]
    try:
        words = " ".join(str(error).split())
    except Exception:  # that is the user's code as well
        words = "without a message"
    return f"{': '.join(filter(None, (type(error).__name__, words)))} ({at.filename}:{at.lineno})"
