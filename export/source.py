"""Where finished annotations come from: a file, or a Label Studio project by its address in the browser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..annotate.task import scheme_in
from ..configs.progress import progress
from ..configs.scheme import DEFAULT, Scheme, load_scheme, scheme_of_names
from .finished import Export, read_export, read_tasks
from .raw import raw_tasks, read_raw

if TYPE_CHECKING:
    from ..annotate.label_studio.client import Project


def is_address(source: str) -> bool:
    """Whether this is a project's address, not a file."""
    return source.startswith(("http://", "https://"))


def name_of_source(source: str) -> str:
    """The source's name on pages that others see: the name of a file, or the address of a project."""
    return source if is_address(source) else Path(source).name


def read_source(source: str, scheme: Scheme, token_file: Path | None) -> Export:
    """The export in a file, or of the project with that address."""
    if is_address(source):
        _, tasks = fetch(source, None, token_file)
        return read_tasks(tasks, source, scheme)
    return read_export(Path(source), scheme)


def read_with_scheme(source: str, given: Path | None, token_file: Path | None) -> tuple[Export, Scheme]:
    """The export and scheme. Without a scheme file, the scheme comes from the first task, which has the label names."""
    tasks = iter(raw_tasks(raw_source(source, token_file), source))
    first = list(islice(tasks, 1))
    scheme = load_scheme(given or DEFAULT)
    if first and not given:
        made_with = scheme_in(first[0]["data"])
        if made_with.id != scheme.id and made_with.content is not None:
            scheme = scheme_of_names(made_with)
    return read_tasks(chain(first, tasks), source, scheme), scheme


def raw_source(source: str, token_file: Path | None) -> Iterable[Mapping[str, Any]]:
    """The tasks of a file or project in Label Studio's form."""
    return fetch(source, None, token_file)[1] if is_address(source) else read_raw(Path(source))


def server_of(source: str) -> str | None:
    """The server in a project's address; None for a file."""
    from ..annotate.label_studio.connection import split_project

    return split_project(source, None)[0] if is_address(source) else None


def fetch(
    project: str | None, url: str | None, token_file: Path | None, output: Path | None = None
) -> tuple[Project, list[dict[str, Any]]]:
    """The project and its raw export, written to `output` as well if given."""
    from ..annotate.label_studio.connection import connect, find_project, split_project
    from .pull import fetch_export

    url, project = split_project(project, url)
    with connect(url, token_file) as server, progress(f"waiting for the export of {server.url}"):
        found = find_project(server, project)
        return found, fetch_export(server, found, output)
