"""Requirements that a score must meet, for continuous integration: `entities.strict.micro.f1>=0.80`."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from ..configs.errors import InputError, did_you_mean
from .comparison import Comparison
from .rates import CHOICE, RATES
from .scores import Scores

_RULE = re.compile(r"\s*([^<>=\s][^<>=]*?)\s*(>=|<=|==|>|<)\s*([-+]?[0-9.]+(?:e[-+]?[0-9]+)?)\s*")
_SHARES = (*RATES, "accuracy", "observed")
# Agreement corrected for chance can be negative.
_CORRECTED = ("kappa", "alpha")
# Numbers with an interval, if there are enough events.
_WITH_INTERVAL = (*RATES, *CHOICE, "observed", "alpha", "difference")
_TESTS = {">=": operator.ge, "<=": operator.le, "==": operator.eq, ">": operator.gt, "<": operator.lt}


def failures(scores: Scores, rules: Iterable[str]) -> list[str]:
    """`unmet` for the numbers under `tasks` in scores.json."""
    return unmet(scores.as_json()["tasks"], rules)


def unmet_differences(comparison: Comparison, rules: Iterable[str]) -> list[str]:
    """`unmet` for the differences of each compared system.

    For example, `entities.strict.micro.f1.difference.low>=-0.02`: not worse than the baseline by more than 0.02.
    """
    listed = list(rules)
    return [
        f"{system}: {failure}" for system in comparison.systems for failure in unmet(comparison.tree(system), listed)
    ]


def unmet(numbers: Mapping[str, Any], rules: Iterable[str]) -> list[str]:
    """One line for each rule that does not hold. A number that is not defined (0/0) meets no rule.

    A rule is a path in `numbers`, a comparison and a threshold. The path may begin with `tasks.`, as in scores.json,
    and may end with `.low` or `.high`, for the ends of the interval. Raises InputError for an invalid rule, an unknown
    path, and a threshold outside the range of the number.
    """
    problems: list[str] = []
    failed: list[str] = []
    known = dict(_paths(numbers))
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
        if path not in known:
            hint = _nearest(path, known)
            problems.append(f"--require {rule}: the scores have no {path}; there {_instead(numbers, path)}{hint}")
            continue
        value = known[path]
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


def _nearest(path: str, known: Iterable[str]) -> str:
    """A similar path, in the same task or else in another task."""
    task, _, rest = path.partition(".")
    of_task = [path for path in known if path.startswith(f"{task}.")]
    return did_you_mean(path, of_task) or did_you_mean(path, known) or did_you_mean(rest, known)


def _range(path: str) -> tuple[float, float]:
    """The smallest and the largest value of a number with this name."""
    *before, name = path.removesuffix(".low").removesuffix(".high").split(".")
    if name == "difference":
        return (-2, 2) if before[-1] in _CORRECTED else (-1, 1)
    if name in ("a", "b") and before[-1:] and before[-1] in _WITH_INTERVAL:
        name = before[-1]
    if name in _CORRECTED:
        return -1, 1
    return (0, 1) if name in (*_SHARES, "p", "p_holm", "least_p") else (0, math.inf)


def _paths(node: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, float | None]]:
    """The paths and values of all numbers; each end of an interval has a path of its own."""
    intervals = cast(Mapping[str, Any], node.get("intervals", {}))
    for key, value in node.items():
        if isinstance(value, Mapping):
            if key != "intervals":
                yield from _paths(cast(Mapping[str, Any], value), f"{at}{key}.")
        elif not isinstance(value, list | str):
            yield f"{at}{key}", value
            if key in _WITH_INTERVAL:
                low, high = intervals.get(key, (None, None))
                yield f"{at}{key}.low", low
                yield f"{at}{key}.high", high


def _instead(node: Any, path: str) -> str:
    """For a message: the values that exist in place of a dotted path. A label may contain dots."""
    at = ""
    while path:
        if not isinstance(node, dict):
            return f"is nothing below {at}"
        step = max((key for key in node if path == key or path.startswith(f"{key}.")), key=len, default=None)
        if step is None:
            return f"is {', '.join(node) or 'nothing'}{f' below {at}' if at else ''}"
        node, path, at = node[step], path[len(step) + 1 :], f"{at}.{step}".lstrip(".")
    if isinstance(node, dict):
        return f"are numbers below it: {', '.join(node)}"
    return "is a list" if isinstance(node, list) else f"is a word: {node}"
