"""Figures that tests measure, kept in the folder that MIHAKK_FIGURES names, if it names one."""

from __future__ import annotations

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any


def keep(name: str, figures: dict[str, Any]) -> None:
    if folder := os.environ.get("MIHAKK_FIGURES"):
        machine = {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "label_studio": version("label-studio"),
        }
        text = json.dumps({"figures": figures, "machine": machine}, indent=1) + "\n"
        (Path(folder) / f"{name}.json").write_text(text)
