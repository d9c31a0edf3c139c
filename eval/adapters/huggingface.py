"""A token classifier of Transformers as an extractor: from a folder, or from the Hugging Face Hub by its name.

Weights are read from safetensors alone, since other forms are pickles; no code of a model is run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ...configs.errors import InputError, install_hint
from ..running.extractor import Document

if TYPE_CHECKING:
    from .spec import Job

# Windows overlap by this part, so that no name is cut. Without a stride, only the first window would be read.
_SHARED = 4
_AGGREGATIONS = ("simple", "first", "average", "max")


def huggingface_extractor(
    rest: str,
    job: Job,
    *,
    aggregation: str = "simple",
    device: str = "cpu",
    revision: str | None = None,
    window: int | None = None,
) -> HuggingFaceExtractor:
    """The model. `aggregation` is the pipeline's aggregation_strategy: simple, first, average or max.

    `window` is the number of word pieces read at a time, for models that do not state it.
    """
    who = f"hf:{rest}"
    if aggregation not in _AGGREGATIONS:
        raise InputError(f"extractor {who}: --set aggregation={aggregation}: must be {', '.join(_AGGREGATIONS)}")
    try:
        import safetensors  # noqa: F401  # pyright: ignore[reportMissingImports, reportUnusedImport]
        import transformers  # pyright: ignore[reportMissingImports]
    except ModuleNotFoundError:
        raise InputError(f"extractor {who}: needs transformers and torch; {install_hint('hf')}") from None
    cast("Any", transformers).logging.set_verbosity_error()
    cast("Any", transformers).logging.disable_progress_bar()
    common = {"trust_remote_code": False, "revision": revision or "main"}
    try:
        tokenizer = cast("Any", transformers).AutoTokenizer.from_pretrained(rest, use_fast=True, **common)
        model = cast("Any", transformers).AutoModelForTokenClassification.from_pretrained(
            rest, use_safetensors=True, **common
        )
    except Exception as error:  # a damaged folder can fail in any way
        message = " ".join(str(error).split())
        raise InputError(f"extractor {who}: cannot be loaded ({message:.300})") from None
    if not tokenizer.is_fast:
        kind = type(tokenizer).__name__
        raise InputError(
            f"extractor {who}: its tokenizer ({kind}) has no offsets; it needs a fast one (tokenizer.json)"
        )
    window = window or _window(model, tokenizer)
    if window is None:
        raise InputError(
            f"extractor {who}: does not state how many word pieces it reads at a time; give --set window=512"
        )
    tokenizer.model_max_length = window
    try:
        pipeline = cast("Any", transformers).pipeline(
            "token-classification",
            model=model,
            tokenizer=tokenizer,
            aggregation_strategy=aggregation,
            stride=window // _SHARED,
            device=device,
        )
    except (ValueError, RuntimeError, AssertionError) as error:
        raise InputError(f"extractor {who}: {' '.join(str(error).split()):.300}") from None
    return HuggingFaceExtractor(pipeline, _fingerprint(rest, model, window))


class HuggingFaceExtractor:
    """Documents go through the pipeline in batches; long texts are read in windows that overlap."""

    parallel = False
    secrets: Sequence[str] = ()

    def __init__(self, pipeline: Any, fingerprint: Mapping[str, str]) -> None:
        self._pipeline, self._fingerprint = pipeline, fingerprint

    def extract(self, documents: Sequence[Document]) -> Sequence[object]:
        found = self._pipeline([document["text"] for document in documents], batch_size=len(documents))
        return [{"entities": [_entity(span) for span in spans]} for spans in found]

    def identity(self) -> Mapping[str, str]:
        return self._fingerprint

    def close(self) -> None:
        pass


def _entity(span: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "start": int(span["start"]),
        "end": int(span["end"]),
        "label": span["entity_group"],
        "score": float(span["score"]),
    }


def _window(model: Any, tokenizer: Any) -> int | None:
    """The number of word pieces that the model reads at a time. A tokenizer without a limit gives a huge number."""
    known = [tokenizer.model_max_length, getattr(model.config, "max_position_embeddings", None)]
    return min((n for n in known if isinstance(n, int) and 0 < n < 1 << 20), default=None)


def _fingerprint(name: str, model: Any, window: int) -> dict[str, str]:
    """The commit on the Hub, or the hash of a folder's files."""
    facts = {"window": str(window)}
    if commit := getattr(model.config, "_commit_hash", None):
        return facts | {"commit": str(commit)}
    hashed = hashlib.sha256(json.dumps(model.config.to_dict(), sort_keys=True, default=str).encode())
    for file in sorted(Path(name).glob("*.safetensors")):
        with file.open("rb") as opened:
            hashed.update(hashlib.file_digest(opened, "sha256").digest())
    return facts | {"model": hashed.hexdigest()[:16]}
