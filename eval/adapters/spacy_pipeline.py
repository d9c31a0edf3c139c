"""A spaCy pipeline as an extractor: an installed pipeline by name, or a folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...configs.errors import InputError, install_hint
from ..running.extractor import CallError, Document

if TYPE_CHECKING:
    from .spec import Job


def spacy_extractor(rest: str, job: Job, *, spans_key: str | None = None) -> SpacyExtractor:
    """The pipeline. Its entities are taken; with `spans_key`, the spans of this key, which may overlap.

    No code of a folder is run: components that it needs must be installed.
    """
    try:
        import spacy
    except ModuleNotFoundError:
        raise InputError(f"extractor spacy:{rest}: needs spaCy; {install_hint('spacy')}") from None
    try:
        pipeline = spacy.load(Path(rest) if Path(rest).is_dir() else rest)
    except Exception as error:  # components of a damaged folder can fail in any way
        message = " ".join(str(error).split())
        raise InputError(f"extractor spacy:{rest}: cannot be loaded ({message:.300})") from None
    return SpacyExtractor(pipeline, spans_key, spacy.__version__)


class SpacyExtractor:
    """Runs documents through the pipeline in batches. Offsets of spaCy are code points."""

    parallel = False
    secrets: Sequence[str] = ()

    def __init__(self, pipeline: Any, spans_key: str | None, version: str) -> None:
        self._pipeline, self._spans_key, self._version = pipeline, spans_key, version

    def extract(self, documents: Sequence[Document]) -> Sequence[object]:
        return [
            {"entities": [self._entity(span) for span in self._spans(doc)]}
            for doc in self._pipeline.pipe([document["text"] for document in documents])
        ]

    def _spans(self, doc: Any) -> Sequence[Any]:
        if self._spans_key is None:
            return doc.ents
        if self._spans_key not in doc.spans:
            known = ", ".join(doc.spans) or "none"
            raise CallError(f"--set spans_key={self._spans_key}: the pipeline's spans are under {known}", "spans_key")
        return doc.spans[self._spans_key]

    def _entity(self, span: Any) -> dict[str, Any]:
        return {"start": span.start_char, "end": span.end_char, "label": span.label_}

    def identity(self) -> Mapping[str, str]:
        settings = json.dumps([self._pipeline.meta, dict(self._pipeline.config)], sort_keys=True, default=str)
        return {"pipeline": hashlib.sha256(settings.encode()).hexdigest()[:16], "spacy": self._version}

    def close(self) -> None:
        pass
