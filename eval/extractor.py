"""Runs any Python callable on a gold set's documents."""

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
    """The extractor: a callable, or the callable named `package.module:name`. The working folder is searched too.

    A class is called first, with the training documents if it takes an argument, else without.
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
    except BaseException as error:  # the user's code may fail in any way
        _pass_on(error)
        raise InputError(f"extractor {name}: {_failure(error)}") from error
    if not callable(loaded):
        raise InputError(f"extractor {name}: is not callable")
    return cast(Extractor, loaded)


def _imported(name: str) -> Any:
    module_name, _, attribute = name.partition(":")
    if not module_name or not attribute:
        raise InputError(f"extractor {name}: must look like package.module:name")
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return getattr(importlib.import_module(module_name), attribute)


def predict(
    gold: Gold, documents: Iterable[GoldDocument], extractor: Extractor, model: str | None = None
) -> Iterator[str]:
    """A checked line of a predictions file for each document. `model` is the model's name in the lines.

    The extractor gets id, text, title, outlet, published, event_id and the event's claims, but no gold
    annotations. Raises InputError if it fails, or returns an invalid prediction.
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
            # A lone surrogate stays as JSON writes it: UTF-8 has no form for it.
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
    """Raises the error again if the user stops the program: by Ctrl-C, or by SIGTERM (an exit with this code).

    Any other exit is a failure of the extractor, and is reported as such.
    """
    if isinstance(error, KeyboardInterrupt) or (isinstance(error, SystemExit) and error.code == _TERMINATED):
        raise error


def _failure(error: BaseException) -> str:
    """The error in the user's code and its place, on one line."""
    at = traceback.extract_tb(error.__traceback__)[-1]
    try:
        words = " ".join(str(error).split())
    except Exception:  # the user's code may fail here too
        words = "without a message"
    return f"{': '.join(filter(None, (type(error).__name__, words)))} ({at.filename}:{at.lineno})"
