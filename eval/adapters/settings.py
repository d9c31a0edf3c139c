"""`--set KEY=VALUE`: settings of an extractor. The signature of the function that makes it gives their types."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias, Union, get_args, get_origin

from ...configs.errors import InputError, did_you_mean

# Settings as the user wrote them: texts by key.
Settings: TypeAlias = Mapping[str, str]

_BOOLEANS = {"true": True, "false": False}


def read_settings(given: Iterable[str]) -> dict[str, str]:
    """Settings from KEY=VALUE texts. Raises InputError for texts of another form, and for keys given twice."""
    settings: dict[str, str] = {}
    problems: list[str] = []
    for each in given:
        key, equals, value = each.partition("=")
        if not equals or not key:
            problems.append(f"--set {each}: must be KEY=VALUE")
        elif key in settings:
            problems.append(f"--set {key}: is given twice")
        settings[key] = value
    if problems:
        raise InputError(*problems)
    return settings


def for_function(
    settings: Settings, function: Callable[..., Any], who: str, *, skip: int = 0, more: Iterable[str] = ()
) -> dict[str, Any]:
    """The settings as arguments of a function; its first `skip` parameters are given otherwise.

    `a.b=c` is an entry of the mapping `a`. `more` are keys that another function takes; messages name them too. Raises
    InputError with every problem.
    """
    parameters = [
        each
        for each in list(inspect.signature(function).parameters.values())[skip:]
        if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)
    ]
    names = getattr(getattr(function, "__init__", None) if inspect.isclass(function) else function, "__globals__", {})
    kinds = {each.name: _kind(each.annotation, names) for each in parameters}
    problems: list[str] = []
    found: dict[str, Any] = {}
    for key, text in settings.items():
        name, dot, entry = key.partition(".")
        if name not in kinds or bool(dot) != _is_mapping(kinds[name]):
            own = sorted({*(f"{each}.NAME" if _is_mapping(kinds[each]) else each for each in kinds), *more})
            known = f"known are {', '.join(own)}" if own else "it has none"
            problems.append(f"{who}: --set {key}: there is no such setting; {known}{did_you_mean(key, own)}")
            continue
        try:
            value = _typed(text, str if dot else kinds[name])
        except ValueError as error:
            problems.append(f"{who}: --set {key}={text}: must be {error}")
            continue
        if dot:
            found.setdefault(name, {})[entry] = value
        else:
            found[name] = value
    missing = [each.name for each in parameters if each.default is each.empty and each.name not in found]
    if not problems:
        problems += [f"{who}: needs --set {name}=VALUE" for name in missing]
    if problems:
        raise InputError(*problems)
    return found


def _kind(annotation: Any, names: dict[str, Any]) -> Any:
    """The type of a parameter. It stays text if the module writes types as text, and only type checkers import it."""
    if isinstance(annotation, str):
        try:
            annotation = eval(annotation, names)  # noqa: S307  the annotation of code that runs anyway
        except Exception:
            return str
    if get_origin(annotation) in (types.UnionType, Union):
        return next(each for each in get_args(annotation) if each is not type(None))
    return annotation


def _is_mapping(kind: Any) -> bool:
    origin = get_origin(kind) or kind
    return inspect.isclass(origin) and issubclass(origin, Mapping)


def _typed(text: str, kind: Any) -> Any:
    if kind is bool:
        if text.lower() not in _BOOLEANS:
            raise ValueError("true or false")
        return _BOOLEANS[text.lower()]
    if kind in (int, float):
        try:
            value = kind(text)
        except ValueError:
            raise ValueError("a whole number" if kind is int else "a number") from None
        if value < 0 or value in (float("inf"),) or value != value:
            raise ValueError("a number that is not negative")
        return value
    return text
