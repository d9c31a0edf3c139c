"""Builds docs/, README.md and the like into a site: `make docs` writes build/site.

Pages stay in docs/ as they are read on a host of repositories. Here they are copied, with links that hold in the site:
README.md is its first page; a file of the repository that is no page is copied too. A page NAME-ar.md is Arabic.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "benchmarks/README.md": "benchmarks.md",
    **{f"docs/{path.name}": path.name for path in sorted((ROOT / "docs").glob("*.md"))},
}


def build(folder: Path = BUILD) -> Path:
    """The folder of the finished site. `folder` is begun anew; a link that leads nowhere is an error."""
    for name in ("docs", "site", "theme", ".cache"):
        shutil.rmtree(folder / name, ignore_errors=True)
    pages = folder / "docs"
    pages.mkdir(parents=True)
    here = ROOT / "docs" / "site"
    shutil.copy(here / "zensical.toml", folder)
    shutil.copytree(here / "theme", folder / "theme")
    for name in ("site.css", "site.js"):
        shutil.copy(here / name, pages)
    for source, name in PAGES.items():
        text = linked(ROOT / source, pages)
        (pages / name).write_text(f"---\nlanguage: ar\n---\n\n{text}" if name.endswith("-ar.md") else text, "utf-8")
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--config-file", str(folder / "zensical.toml")]
    if subprocess.run(command, check=False).returncode:
        sys.exit("the site is not built")
    (folder / "site" / "404.html").unlink(missing_ok=True)  # its links are those of a server's root
    return folder / "site"


def linked(page: Path, pages: Path) -> str:
    """The text of a page of the repository, whose links hold in `pages`; the files that it links to are put there."""

    def moved(link: re.Match[str]) -> str:
        target, anchor = link[2], link[3] or ""
        file = Path(os.path.normpath(page.parent / target))
        if not target or ":" in target or not file.is_relative_to(ROOT) or not file.exists():
            return link[0]
        source = file.relative_to(ROOT).as_posix()
        if source in PAGES:
            return f"{link[1]}{PAGES[source]}{anchor})"
        name = file.name if file.parent == ROOT / "docs" else f"files/{source}"
        if file.is_dir():
            sys.exit(f"{page.relative_to(ROOT)}: {target}: a link to a folder; the site has only files")
        (pages / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, pages / name)
        return f"{link[1]}{name}{anchor})"

    return re.sub(r"(\]\()([^)#\s]*)(#[^)\s]*)?\)", moved, page.read_text("utf-8"))


if __name__ == "__main__":
    site = build().relative_to(ROOT)
    print(f"Open {site}/index.html. For the search: python3 -m http.server --bind 127.0.0.1 --directory {site}")
