"""Versions of a made-up scheme about rumours on health, for tests: 1.0, 1.1 with more, 2.0 with other labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from mihakk.configs.scheme import Scheme, load_scheme

_COLORS = ("#c2185b", "#1565c0", "#2e7d32", "#7b1fa2", "#b71c1c", "#00695c", "#5d4037", "#37474f")
HEALTH = "health"


def scheme_values(
    version: str,
    entities: Sequence[str],
    claim_stances: Sequence[str] = ("support", "deny"),
    article_stances: Sequence[str] = ("agree", "disagree"),
    **more: Any,
) -> dict[str, Any]:
    """A scheme file's values with these labels and stances."""

    def choice(name: str) -> dict[str, Any]:
        return {"ar": f"اسم {name}", "en": name, "definition": {"ar": "تعريف", "en": "definition"}}

    return {
        "name": HEALTH,
        "version": version,
        "title": {"ar": "شائعات صحية", "en": "Health rumours"},
        "nesting": "flat",
        "entities": {name: choice(name) | {"color": _COLORS[n]} for n, name in enumerate(entities)},
        "claim": choice("claim") | {"color": "#c25e00"},
        "claim_stances": {name: choice(name) for name in claim_stances},
        "article_stances": {name: choice(name) for name in article_stances},
    } | more


def written(path: Path, values: Mapping[str, Any]) -> Path:
    path.write_text(yaml.safe_dump(dict(values), allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def made(folder: Path, version: str, entities: Sequence[str], *stances: Sequence[str], **more: Any) -> Scheme:
    """The scheme, from a file in the folder."""
    path = written(folder / f"health-{version}.yaml", scheme_values(version, entities, *stances, **more))
    return load_scheme(path)


# What became of the labels of 1.0 in 2.0: renamed and merged, gone, split; and of its stances.
OLD_LABELS = ("SYMPTOM", "SIGN", "DRUG", "ORG", "PLACE")
NEW_LABELS = ("SIGN", "DRUG", "ORG", "COMPANY")
OLD_STANCES = (("support", "deny", "doubt"), ("agree", "disagree", "discuss"))
NEW_STANCES = (("support", "deny"), ("agree", "disagree"))
FROM: dict[str, Any] = {
    "health@1.0": {
        "entities": {"SYMPTOM": "SIGN", "PLACE": None, "ORG": ["ORG", "COMPANY"]},
        "claim_stances": {"doubt": "deny"},
        "article_stances": {"discuss": None},
    }
}
