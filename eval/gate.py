"""Requirements that a score must meet, for continuous integration: `entities.strict.micro.f1>=0.80`."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from ..configs.errors import InputError, did_you_mean
from .score import Scores
from .uncertainty import RATES

_RULE = re.compile(r"\s*([^<>=\s][^<>=]*?)\s*(>=|<=|==|>|<)\s*([-+]?[0-9.]+(?:e[-+]?[0-9]+)?)\s*")
_SHARES = (*RATES, "accuracy", "observed")
# Agreement corrected for chance can be negative.
_CORRECTED = ("kappa", "alpha")
_TESTS = {">=": operator.ge, "<=": operator.le, "==": operator.eq, ">": operator.gt, "<": operator.lt}


def failures(scores: Scores, rules: Iterable[str]) -> list[str]:
    """`unmet` for the numbers under `tasks` in scores.json."""
    return unmet(scores.as_json()["tasks"], rules)


def unmet(numbers: Mapping[str, Any], rules: Iterable[str]) -> list[str]:
    """One line for each rule that does not hold. A number that is not defined (0/0) meets no rule.

    A rule is a path in `numbers`, a comparison and a threshold. The path may begin with `tasks.`, as in
    scores.json. Raises InputError for an invalid rule, an unknown path, and a threshold outside the range of the
    number.
    """
    problems: list[str] = []
    failed: list[str] = []
    for rule in rules:
        match = _RULE.fullmatch(rule)
        if not match:
            problems.append(f"--require {rule}: must look like entities.strict.micro.f1>=0.80")
            continue
        path, sign, wanted = match.groups()
        try:
            bound = float(wanted)
        except ValueError:
            problems.append(f"--require {rule}: {wanted} is not a number")
            continue
        path = path if "tasks" in numbers else path.removeprefix("tasks.")
        value, keys = _at(numbers, path)
        if keys is not None:
            hint = did_you_mean(path, _paths(numbers))
            problems.append(f"--require {rule}: the scores have no {path}; there {keys}{hint}")
            continue
        low, high = _range(path)
        if not low <= bound <= high:
            problems.append(
                f"--require {rule}: {path.split('.')[-1]} is between {low:g} and {high:g}, so it cannot be {wanted}"
            )
        elif value is None or not _TESTS[sign](value, bound):
            failed.append(f"{path} is {'not defined' if value is None else f'{value:.4f}'}, required {sign} {wanted}")
    if problems:
        raise InputError(*problems)
    return failed


def _range(path: str) -> tuple[float, float]:
    """The smallest and the largest value of a number with this name."""
    name = path.rpartition(".")[2]
    if name in _CORRECTED:
        return -1, 1
    return (0, 1) if name in _SHARES else (0, math.inf)


def _paths(node: Mapping[str, Any], at: str = "") -> Iterator[str]:
    """The paths of all numbers."""
    for key, value in node.items():
        if isinstance(value, Mapping):
            yield from _paths(cast(Mapping[str, Any], value), f"{at}{key}.")
        elif not isinstance(value, list | str):
            yield f"{at}{key}"


def _at(node: Any, path: str) -> tuple[Any, str | None]:
    """The value at a dotted path; or, if there is none, a description of what is there. A label may contain dots."""
    at = ""
    while path:
        if not isinstance(node, dict):
            return None, f"is nothing below {at}"
        step = max((key for key in node if path == key or path.startswith(f"{key}.")), key=len, default=None)
        if step is None:
            return None, f"is {', '.join(node) or 'nothing'}{f' below {at}' if at else ''}"
        node, path, at = node[step], path[len(step) + 1 :], f"{at}.{step}".lstrip(".")
    if isinstance(node, dict | list):
        return None, f"are numbers below it: {', '.join(node)}" if isinstance(node, dict) else "is a list"
    if isinstance(node, str):
        return None, f"is a word: {node}"
    return node, None
