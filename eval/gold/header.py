"""Reads gold.json, the header of a gold set, from this version and all earlier ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from ...configs.errors import InputError
from ...configs.files import parse_json, read_text
from ...configs.formats import GOLD, check_format
from ...configs.labels import CLAIMS, ENTITIES, EVERY_LAYER, STANCES, CorpusLabels
from ...configs.languages import ARABIC
from .records import GOLD_FILE, LACKING, Older, OwnersWord, Provenance


def read_header(folder: Path) -> dict[str, Any]:
    """The content of gold.json, of this or an earlier version. Raises InputError if it is not a gold set's header."""
    path = folder / GOLD_FILE
    header = parse_json(read_text(path), str(path))
    if not isinstance(header, dict):
        raise InputError(f"{path}: must be an object")
    header = cast(dict[str, Any], header)
    check_format(header, GOLD, str(path))
    lacking = [key for key in ("name", "version", "scheme") if not isinstance(header.get(key), str)]
    if lacking:
        raise InputError(f"{path}: lacks {', '.join(lacking)}, as text; export the dataset anew")
    if not isinstance(header.get("content_hash", ""), str):
        raise InputError(f"{path}: its content_hash is not text; export the dataset anew")
    counts = header.get("splits", {})
    if not isinstance(counts, dict) or not all(type(n) is int for n in cast(dict[str, Any], counts).values()):
        raise InputError(f"{path}: its splits are not an object of whole numbers; export the dataset anew")
    return header


def title_in(folder: Path) -> str | None:
    """Name, version and content of the gold set in a folder, as `Gold.title`; None if no gold set is there."""
    if not (folder / GOLD_FILE).is_file():
        return None
    try:
        header = read_header(folder)
    except InputError:
        return None
    return f"{header['name']}@{header['version']}#{header.get('content_hash', '')[:8]}"


def layers_in(header: Mapping[str, Any], path: Path) -> tuple[str, ...]:
    """The layers of a gold set by its gold.json; older formats always have all layers. Raises InputError."""
    there = header.get("layers", EVERY_LAYER)
    if not isinstance(there, list | tuple) or not all(layer in EVERY_LAYER for layer in cast(Any, there)):
        raise InputError(f"{path}: its layers must be among {', '.join(EVERY_LAYER)}; export the dataset anew")
    return tuple(layer for layer in EVERY_LAYER if layer in there)


def labels_in(
    header: Mapping[str, Any], names: Mapping[str, tuple[str, ...]], there: Sequence[str] = EVERY_LAYER
) -> CorpusLabels:
    """The labels of a gold set with these layers, by its gold.json and the names of its ClassLabels."""
    if any(layer in there and layer not in names for layer in (ENTITIES, STANCES)):
        raise KeyError("names of labels")
    scheme: str = header["scheme"]
    return CorpusLabels(
        scheme.partition("@")[0],
        scheme,
        *(names.get(layer, ()) for layer in EVERY_LAYER),
        has_claims=CLAIMS in there,
        language=str(header.get("language", ARABIC)),
        proclitics=bool(header.get("proclitics", True)),
        nesting=str(header.get("nesting", "flat")),
    )


def older_rows(documents: Iterable[tuple[str, Older]]) -> list[dict[str, Any]]:
    """The entries of gold.json about documents (ids) from older schemes; equal ones are put together."""
    alike: dict[Older, list[str]] = {}
    for name, older in documents:
        alike.setdefault(older, []).append(name)
    return [
        {
            "schemes": list(older.schemes),
            "lacking": {layer: list(older.lacking(layer)) for layer in LACKING},
            "documents": ids,
        }
        for older, ids in alike.items()
    ]


def older_documents(header: Mapping[str, Any], path: Path) -> dict[str, Older]:
    """The documents that were annotated under older schemes, by id. Raises InputError if the entries are invalid."""
    try:
        return {
            str(name): Older(
                tuple(map(str, row["schemes"])), *(tuple(map(str, row["lacking"][layer])) for layer in LACKING)
            )
            for row in header.get("older_documents") or ()
            for name in row["documents"]
        }
    except (KeyError, TypeError, AttributeError):
        message = f"{path}: its older_documents are not as Mihakk writes them; export the dataset anew"
        raise InputError(message) from None


def provenance_in(header: Mapping[str, Any], path: Path) -> Provenance:
    """The provenance in gold.json. Earlier versions wrote less of it."""
    try:
        owner = header.get("owner") or {}
        return Provenance(
            header.get("policy"),
            dict(header.get("agreement_before_merging") or {}),
            header.get("split_rule") or "",
            tuple(map(tuple[str, ...], header.get("near_duplicates") or ())),
            tuple(header.get("notes") or ()),
            dict(header.get("guidelines_sha256") or {}),
            OwnersWord(tuple(owner.get("creators") or ()), owner.get("note"), owner.get("licence")),
            header.get("corpus"),
        )
    except (TypeError, ValueError, AttributeError):
        message = f"{path}: is not the {GOLD_FILE} of a gold dataset; export the dataset anew"
        raise InputError(message) from None
