"""Kinds of extractors from other packages: the entry points of the group `mihakk.extractors`.

An entry point names a function `make(rest, **settings)`: `rest` is the text after the colon, and the signature gives
the types of settings. It returns a callable, as for `python:`, or an object with `extract`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import metadata
from typing import TYPE_CHECKING, Any, cast

from ...configs.errors import InputError
from ..running.extractor import Extractor
from ..running.failures import failure, stops
from .python import PythonExtractor
from .settings import Settings, for_function

if TYPE_CHECKING:
    from .spec import Job

GROUP = "mihakk.extractors"


def entry_points() -> Mapping[str, metadata.EntryPoint]:
    """The entry points by name. Raises InputError if one has the name of a kind that Mihakk has."""
    from .spec import KINDS

    found: dict[str, metadata.EntryPoint] = {}
    problems: list[str] = []
    for point in metadata.entry_points(group=GROUP):
        if point.name in KINDS or (point.name in found and found[point.name] != point):
            taken = "Mihakk" if point.name in KINDS else _package(found[point.name])
            problems.append(f"extractors {point.name}: of {_package(point)}: {taken} has that name already; remove one")
        found[point.name] = point
    if problems:
        raise InputError(*problems)
    return found


def entry_point_extractor(kind: str, rest: str, job: Job, settings: Settings, common: Iterable[str]) -> Extractor:
    """The extractor that a package's entry point makes."""
    who = f"extractor {kind}:{rest}"
    try:
        make = cast("Callable[..., Any]", entry_points()[kind].load())
        made = make(rest, **for_function(settings, make, f"extractor {kind}", skip=1, more=common))
    except InputError:
        raise
    except BaseException as error:  # the package's code may fail in any way
        if stops(error):
            raise
        raise InputError(f"{who}: {failure(error)}") from error
    if callable(getattr(made, "extract", None)):
        return _whole(made)
    if not callable(made):
        raise InputError(f"{who}: its package returned an object that is not callable and has no `extract`")
    return PythonExtractor(made, batch=job.batch)


def _whole(made: Any) -> Extractor:
    """An object with `extract`, completed by the optional parts of an extractor."""
    for name, value in (("parallel", False), ("secrets", ()), ("identity", dict), ("close", lambda: None)):
        if not hasattr(made, name):
            setattr(made, name, value)
    return cast("Extractor", made)


def _package(point: metadata.EntryPoint) -> str:
    return point.dist.name if point.dist else "a package"
