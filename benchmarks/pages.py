"""Reading pages: time beside another reader in the same process, memory beside the size of the file.

    python benchmarks/pages.py speed [--before CHECKOUT] [--pages FOLDER] [--rounds 60]
    python benchmarks/pages.py memory [--megabytes 50]

`speed` reads the pages of tests/pages (and of FOLDER) again and again: copied pages in turn with the version in
CHECKOUT (`git worktree add CHECKOUT v0.1.0`), HTML pages in turn with trafilatura. It compares the sums of each page's
best time, once with what is remembered of the lines and words of earlier pages, and once with that emptied before every
page. `memory` (Linux only) gives the peak above the start as a multiple of the file, for a copied page and an HTML
page, each read in a fresh process. Seconds depend on the machine, the ratios hardly do.
"""

from __future__ import annotations

import argparse
import functools
import gc
import importlib.util
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from mihakk.annotate.pages.outlet import default_names
from mihakk.annotate.pages.page import html_lines, parse_page, read_lines

MADE = Path(__file__).parents[1] / "tests" / "pages"
Read = Callable[[Any], object]
WORDS = (
    "قال المتحدث باسم القوات إن الهجوم على المدينة وقع فجر اليوم وأسفر عن سقوط ضحايا بين المدنيين والعسكريين بينما نفت "
    "الجهة الأخرى مسؤوليتها عن القصف وأكدت مصادر محلية أن الطريق بين البلدتين ما زال مقطوعا أمام قوافل المساعدات"
).split()
# In a process of its own: what it holds after a small page, then the most it held.
PEAK = """
import re, sys
from pathlib import Path
from mihakk.annotate.pages.sources import read_articles
def peak(): return 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
for path in sys.argv[1:]:
    before = peak()
    assert all(reading.page for reading in read_articles([path]))
print(peak() - before)
"""


def this_version(text: str) -> object:
    return parse_page(text, "page")


def this_version_html(html: bytes) -> object:
    lines, metadata = html_lines(lambda: html)
    return read_lines(lines, "page", None, default_names(), metadata=metadata)


def with_trafilatura(html: bytes) -> object:
    import trafilatura

    return trafilatura.bare_extraction(html, with_metadata=True)


def earlier_version(checkout: Path) -> Read:
    """What reads a copied page in another checkout, loaded beside this one under a name of its own."""
    spec = importlib.util.spec_from_file_location(
        "mihakk_before", checkout / "__init__.py", submodule_search_locations=[str(checkout)]
    )
    if spec is None or spec.loader is None:
        raise SystemExit(f"{checkout}: holds no version of Mihakk")
    package = importlib.util.module_from_spec(spec)
    sys.modules["mihakk_before"] = package
    spec.loader.exec_module(package)
    name = "annotate.pages.page" if (checkout / "annotate" / "pages").exists() else "annotate.page"
    module = importlib.import_module(f"mihakk_before.{name}")
    return lambda text: module.parse_page(text, "page")


def caches_of_lines() -> list[Any]:
    """What the versions remember of lines and words; what they read from their own files once is not among it."""
    kind: Any = type(functools.lru_cache(maxsize=1)(len))
    found = [cache for cache in gc.get_objects() if isinstance(cache, kind)]
    found = [cache for cache in found if str(cache.__module__).startswith("mihakk")]
    return [cache for cache in found if (cache.cache_parameters()["maxsize"] or 0) > 1]


def compare(readers: Sequence[Read], pages: Sequence[Any], rounds: int, is_first: bool) -> tuple[float, float]:
    """Milliseconds a page of the first reader, and its time as a multiple of the second's."""
    for read in readers:
        for page in pages:
            read(page)
    caches = caches_of_lines() if is_first else []
    best = [[float("inf")] * len(pages) for _ in readers]
    for turn in range(rounds):
        for n, page in enumerate(pages):
            for k in (0, 1) if turn % 2 else (1, 0):
                for cache in caches:
                    cache.cache_clear()
                start = time.perf_counter()
                readers[k](page)
                best[k][n] = min(best[k][n], time.perf_counter() - start)
    return 1e3 * sum(best[0]) / len(pages), sum(best[0]) / sum(best[1])


def speed(before: Path | None, folders: Sequence[Path], rounds: int) -> None:
    copied = [file.read_text(encoding="utf-8") for folder in folders for file in sorted(folder.rglob("*.txt"))]
    html = [file.read_bytes() for folder in folders for file in sorted(folder.rglob("*.html"))]
    for is_first, state in ((False, "site known"), (True, "first page of its site")):
        if before is not None:
            took, ratio = compare([this_version, earlier_version(before)], copied, rounds, is_first)
            print(f"{len(copied)} copied pages, {state}: {took:.2f} ms a page, {ratio:.2f} × the time of {before}")
        with suppress(ModuleNotFoundError):
            took, ratio = compare([this_version_html, with_trafilatura], html, max(3, rounds // 5), is_first)
            print(f"{len(html)} HTML pages, {state}: {took:.2f} ms a page, {ratio:.2f} × trafilatura's time")


def large_page(size: int, is_html: bool) -> str:
    """A page of about so many bytes, of paragraphs with sub-heads between them."""
    chance = random.Random(7)
    paragraphs = ["ثلاثة قتلى في هجوم على المدينة فجر اليوم", "الاثنين 3 نوفمبر 2025"]
    written = 0
    while written < size:
        words = chance.choices(WORDS, k=5 if chance.random() < 0.1 else 40)
        paragraphs.append(" ".join(words) + ("" if len(words) == 5 else f" {chance.randrange(10**6)}."))
        written += len(paragraphs[-1].encode()) + (8 if is_html else 2)
    if not is_html:
        return "\n\n".join(paragraphs)
    blocks = "\n".join(f"<p>{paragraph}</p>" for paragraph in paragraphs[2:])
    return f"<html><body><h1>{paragraphs[0]}</h1><div>{paragraphs[1]}</div><div>{blocks}</div></body></html>"


def memory(size: int, is_html: bool) -> float:
    """The peak above the start as a multiple of the file."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{name}.{'html' if is_html else 'txt'}" for name in ("small", "large")]
        for file, length in zip(files, (10_000, size), strict=True):
            file.write_text(large_page(length, is_html), encoding="utf-8")
        command = [sys.executable, "-c", PEAK, *map(str, files)]
        return int(subprocess.run(command, capture_output=True, check=True, text=True).stdout) / files[1].stat().st_size


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    of_speed = commands.add_parser("speed")
    of_speed.add_argument("--before", type=Path)
    of_speed.add_argument("--pages", type=Path, nargs="*", default=[])
    of_speed.add_argument("--rounds", type=int, default=60)
    of_memory = commands.add_parser("memory")
    of_memory.add_argument("--megabytes", type=int, default=50)
    options = parser.parse_args()
    if options.command == "speed":
        speed(options.before, [MADE, *options.pages], options.rounds)
    else:
        for is_html in (False, True):
            ratio = memory(options.megabytes * 1_000_000, is_html)
            print(f"{'HTML' if is_html else 'copied'} page of {options.megabytes} MB: {ratio:.1f} × the file")
