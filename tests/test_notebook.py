"""The example notebook in docs/: its cells run in order on the sample, and show what is kept in it.

MIHAKK_SCREENSHOTS=docs writes what they show now into the notebook.
"""

from __future__ import annotations

import ast
import base64
import io
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import mihakk
import pytest

ROOT = Path(mihakk.__file__).parent
NOTEBOOK = ROOT / "docs" / "notebook.ipynb"


def shown_by(source: str, names: dict[str, Any]) -> dict[str, Any]:
    """Runs a cell as Jupyter does, and what its last expression shows."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)
    if last is None:
        return {}
    value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    if hasattr(value, "savefig"):
        picture = io.BytesIO()
        value.savefig(picture, dpi=100)
        return {"image/png": base64.b64encode(picture.getvalue()).decode("ascii")}
    html = getattr(value, "_repr_html_", None)
    return {"text/html": html()} if html else {"text/plain": repr(value)}


def without_version(shown: dict[str, Any]) -> dict[str, Any]:
    """The same for any version of Mihakk and of matplotlib."""
    return {
        kind: re.sub(r"mihakk:[^|]+", "mihakk", content) if kind != "image/png" else "picture"
        for kind, content in shown.items()
    }


def test_the_notebook_runs_and_shows_what_is_kept_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    shutil.copytree(ROOT / "annotate" / "sample", tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    names: dict[str, Any] = {}
    differ: list[int] = []
    for number, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] != "code":
            continue
        shown = shown_by("".join(cell["source"]), names)
        kept = cell["outputs"][0]["data"] if cell["outputs"] else {}
        kept = {kind: "".join(content) for kind, content in kept.items()}
        if without_version(shown) != without_version(kept):
            differ.append(number)
        made = {kind: content.splitlines(True) for kind, content in shown.items()}
        output = {"output_type": "execute_result", "execution_count": cell["execution_count"], "metadata": {}}
        cell["outputs"] = [{**output, "data": made}] if shown else []
    if os.environ.get("MIHAKK_SCREENSHOTS"):
        NOTEBOOK.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    else:
        assert differ == []
    kinds = {kind for cell in notebook["cells"] for output in cell.get("outputs", ()) for kind in output["data"]}
    assert kinds == {"text/html", "image/png"}
