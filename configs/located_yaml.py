"""YAML that remembers on which line each key stands, so that an error can name it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar, cast

import yaml
from pydantic import BaseModel, ValidationError

from .errors import InputError
from .files import read_text

Place = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)


class LocatedYaml:
    """A YAML file: its value, and the line (from 1) of every key and item in it.

    Raises InputError if the file is not YAML or repeats a key.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines: dict[Place, int] = {}
        self._problems: list[str] = []
        text = read_text(path)
        try:
            loader = yaml.SafeLoader(text)
            try:
                node = loader.get_single_node()
                self.value: Any = self._value(loader, node, ()) if node else None
            finally:
                loader.dispose()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            line = mark.line + 1 if mark else 1
            raise InputError(f"{path}:{line}: is not YAML: {error.problem}") from None
        except yaml.YAMLError as error:
            raise InputError(f"{path}: is not YAML: {' '.join(str(error).split())}") from None
        except RecursionError:
            raise InputError(f"{path}: is no usable YAML: it is nested too deeply, or holds itself") from None
        if self._problems:
            raise InputError(*self._problems)

    def problem(self, place: Place, message: str) -> str:
        """`message` with the file, line and key it is about."""
        line = next((self._lines[place[:n]] for n in range(len(place), -1, -1) if place[:n] in self._lines), 1)
        key = ".".join(str(part) for part in place)
        return f"{self.path}:{line}: {key}: {message}" if key else f"{self.path}:{line}: {message}"

    def parse(self, model: type[Model]) -> Model:
        """The value as `model`; raises InputError with every problem, each with key and line."""
        try:
            return model.model_validate(self.value)
        except ValidationError as error:
            raise InputError(
                *(self.problem(e["loc"], e["msg"].removeprefix("Value error, ")) for e in error.errors())
            ) from None

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
                self._problems.append(
                    f"{self.path}:{key_node.start_mark.line + 1}: the key {key!r} is not text; put it in quotes"
                )
                continue
            here = (*place, key)
            if key in mapping:
                self._problems.append(
                    f"{self.path}:{key_node.start_mark.line + 1}: {'.'.join(map(str, here))}: "
                    f"stands twice, first on line {self._lines[here]}"
                )
            self._lines[here] = key_node.start_mark.line + 1
            mapping[key] = self._value(loader, value_node, here)
        return mapping

    def _scalar(self, loader: yaml.SafeLoader, node: yaml.Node) -> Any:
        try:
            return cast(Any, loader.construct_object(node, deep=True))
        except (ValueError, KeyError, IndexError, OverflowError):
            # The library lets these through for a 31 November, or a tag that does not fit.
            raise yaml.MarkedYAMLError(
                problem=f"{node.value!r} is no {node.tag.rpartition(':')[2]}", problem_mark=node.start_mark
            ) from None
