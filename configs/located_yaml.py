"""YAML that remembers on which line each key stands, so that an error can name it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import yaml
from pydantic import BaseModel, ValidationError

from .errors import InputError, Problem, did_you_mean, plain_reason
from .files import read_text
from .visible import as_given

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Place = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)

# The parser's own reason names tokens of the grammar, which people who only fill in a file do not know.
_MENDS = 'look at the spaces before this line, at [] or a tab above it, and put words that have : or , into quotes "…"'


class _AliasError(yaml.MarkedYAMLError):
    pass


class _Loader(yaml.SafeLoader):
    """Refuses aliases: with them, a file of a few lines can stand for millions."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.get_event()
            raise _AliasError(
                problem=f"*{event.anchor} refers to another place, which is not supported; write the value out here",
                problem_mark=event.start_mark,
            )
        return super().compose_node(parent, index)


class LocatedYaml:
    """A YAML file: its value, and the line (from 1) of every key and item in it.

    Raises InputError if the file is not YAML, or has an alias. `problems` lists keys that occur twice or are not text.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines: dict[Place, int] = {}
        self.problems: list[str] = []
        text = read_text(path)
        try:
            loader = _Loader(text)
            try:
                node = loader.get_single_node()
                self.value: Any = self._value(loader, node, ()) if node else None
            finally:
                loader.dispose()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            line = mark.line + 1 if mark else 1
            if isinstance(error, _AliasError):
                raise InputError(f"{path}:{line}: {error.problem}") from None
            raise InputError(f"{path}:{line}: is not YAML: {error.problem}; {_MENDS}") from None
        except yaml.YAMLError as error:
            raise InputError(f"{path}: is not YAML: {plain_reason(error)}") from None
        except RecursionError:
            raise InputError(f"{path}: is not usable YAML: it is nested too deeply") from None

    def problem(self, place: Place, message: str) -> Problem:
        """`message` with its file, line and key. The same problem of one key in several items of a list is one kind."""
        line = next((self._lines[place[:n]] for n in range(len(place), -1, -1) if place[:n] in self._lines), 1)
        key = ".".join(str(part) for part in place)
        kind = ".".join("N" if isinstance(part, int) else part for part in place)
        return Problem(f"{self.path}:{line}: {key}" if key else f"{self.path}:{line}", message, f"{kind}: {message}")

    def parse(self, model: type[Model]) -> Model:
        """The value as `model`; raises InputError with every problem, each with key and line."""
        made: Model | None = None
        problems = list(self.problems)
        try:
            made = model.model_validate(self.value)
        except ValidationError as error:
            problems += (self.problem(place, message) for place, message in what_is_wrong(error))
        if problems or made is None:
            raise InputError(*problems)
        return made

    def _value(self, loader: yaml.SafeLoader, node: yaml.Node, place: Place) -> Any:
        self._lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(loader, item, (*place, n)) for n, item in enumerate(node.value)]
        if not isinstance(node, yaml.MappingNode):
            return self._scalar(loader, node)
        mapping: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = self._scalar(loader, key_node)
            if not isinstance(key, str):
                # YAML reads an unquoted `no` as false and `1` as a number.
                self.problems.append(
                    f"{self.path}:{key_node.start_mark.line + 1}: the key {as_given(key)} is not text; put it in quotes"
                )
                continue
            here = (*place, key)
            if key in mapping:
                self.problems.append(
                    f"{self.path}:{key_node.start_mark.line + 1}: {'.'.join(map(str, here))}: "
                    f"occurs twice, first on line {self._lines[here]}"
                )
            self._lines[here] = key_node.start_mark.line + 1
            mapping[key] = self._value(loader, value_node, here)
        return mapping

    def _scalar(self, loader: yaml.SafeLoader, node: yaml.Node) -> Any:
        try:
            return cast(Any, loader.construct_object(node, deep=True))
        except (ValueError, KeyError, IndexError, OverflowError):
            # The library raises these for a date such as 31 November, or for a value that does not fit its tag.
            raise yaml.MarkedYAMLError(
                problem=f"{node.value!r} is no {node.tag.rpartition(':')[2]}", problem_mark=node.start_mark
            ) from None


# The pattern of language codes, which are the keys of texts in several languages.
LANGUAGE_CODE = r"^[a-z]{2,3}$"

# The pattern of ids.
ONE_WORD = r"^\S+$"

# Every pattern of the models, in words.
PATTERNS: Mapping[str, str] = {
    r"^[A-Z][A-Z0-9_]*$": "capital letters, digits and _, and begin with a letter",
    r"^[a-z][a-z0-9_]*$": "small letters, digits and _, and begin with a letter",
    r"^(shift\+)?[a-z0-9]$": "one small letter or digit, or shift+ and a small letter or digit",
    LANGUAGE_CODE: "a language's code, such as ar",
    r"^#[0-9a-fA-F]{6}$": "a colour such as #1f77b4",
    r"^\d+\.\d+$": 'two numbers with a dot between them, in quotes, such as "1.0"',
    ONE_WORD: "without spaces",
    r"^[a-z][a-z0-9_]*@\d+\.\d+$": "a scheme's name and version, such as conflict_news@1.0",
}
_KINDS = {
    "string": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "frozen_set": "a list",
    "dict": "keys with values",
    "model": "keys with values",
    "date": "a date",
}


def what_is_wrong(error: ValidationError) -> list[tuple[Place, str]]:
    """The problems that pydantic found, in words, each with its place."""
    found = error.errors(include_url=False)
    missing = {(*e["loc"][:-1], str(e["loc"][-1])) for e in found if e["type"] == "missing"}
    return [(_place(e["loc"]), _in_words(e, missing)) for e in found]


def _place(location: Place) -> Place:
    """The place of an error. Where pydantic means a key and not its value, it adds a step to the place."""
    return location[:-1] if location[-1:] == ("[key]",) else location


def _in_words(error: ErrorDetails, missing: Collection[Place]) -> str:
    """The message for people; `missing` are the places of missing keys."""
    kind, context, place = error["type"], error.get("ctx") or {}, error["loc"]
    is_key = place[-1:] == ("[key]",)
    shown = f"not {as_given(error['input'])}"
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        beside = [str(path[-1]) for path in missing if path[:-1] == place[:-1]]
        return "there is no such key" + did_you_mean(str(place[-1]), beside)
    if kind == "value_error":
        return str(context.get("error", ""))
    if kind == "string_pattern_mismatch" and context["pattern"] == LANGUAGE_CODE and error["input"] == place[-1]:
        return "there is no such key"
    if kind == "string_pattern_mismatch" and context["pattern"] == ONE_WORD and str(error["input"]).strip():
        # Ids are made of file names in this way if the names have spaces.
        return f"must be without spaces: {'_'.join(str(error['input']).split()):.60}, {shown}"
    if kind == "string_pattern_mismatch":
        words = PATTERNS.get(context["pattern"], f"like {context['pattern']}")
        return f"{'the key ' if is_key else ''}must be {words}, {shown}"
    if kind == "literal_error":
        return f"must be {context['expected']}, {shown}"
    if kind == "string_too_short":
        return "must not be empty"
    if kind == "too_short":
        return f"needs at least {context['min_length']}, has {context['actual_length']}"
    if kind == "string_type" and not isinstance(error["input"], dict | list | None):
        return f"must be text, {shown}; put it in quotes"  # YAML takes Yes for true, and 1.0 for a number
    base = kind.removesuffix("_type").removesuffix("_parsing").removesuffix("_attributes")
    return f"must be {_KINDS[base]}, {shown}" if base in _KINDS else f"cannot be {as_given(error['input'])}"
