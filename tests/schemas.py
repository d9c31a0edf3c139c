"""The JSON Schemas that are made of models in the code. Run this file after a change of those models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mihakk.annotate.events import EventsFile
from mihakk.configs.files import dump_json
from mihakk.configs.scheme import Scheme
from pydantic import BaseModel

ROOT = Path(__file__).resolve().parents[1]
SCHEMAS = ROOT / "configs" / "schemas"
DRAFT = "https://json-schema.org/draft/2020-12/schema"
MODELS: Mapping[str, type[BaseModel]] = {"events": EventsFile, "scheme": Scheme}


def made(name: str) -> str:
    """The text of a schema file."""
    schema = MODELS[name].model_json_schema()
    for part in _parts(schema):
        # pydantic does not say that keys which fit no pattern are refused.
        if "patternProperties" in part:
            part["additionalProperties"] = False
    return dump_json({"$schema": DRAFT, "$id": f"urn:mihakk:{name}"} | schema)


def files() -> Iterator[tuple[Path, str]]:
    """Each file with its text. The sample has its own copy, so that it can be copied with what its events.yaml names."""
    for name in MODELS:
        yield SCHEMAS / f"{name}.schema.json", made(name)
    yield ROOT / "annotate" / "sample" / "events.schema.json", made("events")


def _parts(node: object) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _parts(value)


if __name__ == "__main__":
    for path, text in files():
        path.write_text(text, encoding="utf-8")
