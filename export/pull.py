"""Fetching everything that annotators did in a Label Studio project: the raw export, whole or not at all."""

from __future__ import annotations

import contextlib
import io
import uuid
from typing import Any

from ..annotate.label_studio.client import LabelStudio, Project
from ..configs.errors import InputError, MihakkError, UnavailableError
from .raw import raw_items, raw_tasks


def fetch_export(server: LabelStudio, project: Project) -> tuple[bytes, list[dict[str, Any]]]:
    """The project's JSON export as the server wrote it, and the same read: a list of tasks.

    It is Label Studio's snapshot, with full predictions, drafts and the annotators' e-mails. The snapshot is
    deleted on the server again. Raises UnavailableError if not all of it came, InputError if it has no tasks.
    """
    snapshot = server.snapshot(project.id, f"mihakk {uuid.uuid4()}")
    try:
        content = b"".join(server.download_snapshot(project.id, snapshot))
    finally:
        # What we came for is here, or another error is on its way: this one would only hide it.
        with contextlib.suppress(MihakkError):
            server.delete_snapshot(project.id, snapshot)
    if content == b"[]":
        raise InputError(f"{project.url}: has no tasks; put some in with `mihakk annotate push`")
    where = f"the export of {project.url}"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        raise UnavailableError(f"{where}: did not come whole; run the command again") from None
    return content, list(raw_tasks(raw_items(io.BytesIO(content), where), where))
