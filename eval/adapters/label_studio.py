"""A machine learning backend for Label Studio as an extractor: any backend that pre-annotates texts can be scored.

Its protocol: https://labelstud.io/guide/ml_create. Nothing of Label Studio itself is needed, and no token is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast
from xml.etree import ElementTree as ET

from ...annotate.interface import SPAN, TEXT, interface_xml
from ...configs.errors import UnavailableError
from ...configs.labels import LabelSet
from ..gold.scheme import scheme_of
from ..running.extractor import CallError, Document
from .service import Service, check_address, headers_of

if TYPE_CHECKING:
    from .spec import Job

_PROJECT = "mihakk"


def backend_extractor(
    rest: str, job: Job, *, timeout: float = 100.0, header_env: Mapping[str, str] | None = None
) -> BackendExtractor:
    """The backend at an address. The time-out of 100 seconds is that of Label Studio."""
    check_address(rest, rest)
    scheme = None if job.mapped else scheme_of(job.gold)
    xml = interface_xml(scheme) if scheme else _plain_interface(job.labels)
    return BackendExtractor(rest.rstrip("/"), Service(rest, headers_of(header_env, rest), timeout), xml)


class BackendExtractor:
    """Sends documents as tasks of Mihakk's own interface, and takes the regions that come back."""

    parallel = True

    def __init__(self, url: str, service: Service, xml: str) -> None:
        self._url, self._service, self._xml = url, service, xml
        self.secrets = service.secrets

    def extract(self, documents: Sequence[Document]) -> Sequence[object]:
        tasks = [{"id": n, "data": _data(document)} for n, document in enumerate(documents, 1)]
        sent = {"tasks": tasks, "project": _PROJECT, "label_config": self._xml, "params": {}}
        answer = self._service.post(f"{self._url}/predict", sent)
        results: Any = cast("dict[str, Any]", answer).get("results") if isinstance(answer, dict) else None
        if not isinstance(results, list) or len(cast("list[Any]", results)) != len(documents):
            raise CallError(f"the backend gave no list of {len(documents)} results", "no results")
        return [_regions(result) for result in cast("list[Any]", results)]

    def identity(self) -> Mapping[str, str]:
        """The version of the backend's model, as it states it. Some backends load their model only after this call."""
        sent = {"project": _PROJECT, "schema": self._xml, "hostname": "", "access_token": ""}
        try:
            answer = self._service.post(f"{self._url}/setup", sent)
        except CallError as error:
            raise UnavailableError(f"{self._url}: does not answer as a Label Studio backend: {error}") from None
        version: Any = cast("dict[str, Any]", answer).get("model_version") if isinstance(answer, dict) else None
        return {"model_version": str(version)} if version else {}

    def close(self) -> None:
        self._service.close()


def _data(document: Document) -> dict[str, Any]:
    """The document as a task's data, without the fields that only annotators need."""
    rest = {key: value for key, value in document.items() if key != "id"}
    return {"doc_id": document["id"], **rest, "title": document.get("title") or ""}


def _regions(result: Any) -> object:
    """A prediction, or a list with one. If a backend gives none, it failed on the task."""
    if isinstance(result, list):
        listed = cast("list[Any]", result)
        result = listed[0] if len(listed) == 1 else None
    if not isinstance(result, dict) or "result" not in result:
        raise CallError("the backend gave no prediction for it", "no prediction")
    return {"result": cast("dict[str, Any]", result)["result"]}


def _plain_interface(labels: LabelSet) -> str:
    """An interface for the labels of a corpus without a scheme."""
    view = ET.Element("View")
    control = ET.SubElement(view, "Labels", name=SPAN, toName=TEXT)
    for label in labels.entity_labels:
        ET.SubElement(control, "Label", value=label)
    ET.SubElement(view, "Text", name=TEXT, value="$text", granularity="symbol")
    return ET.tostring(view, encoding="unicode")
