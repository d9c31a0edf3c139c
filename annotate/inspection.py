"""Looking over a corpus before it is annotated: what was read off each page, and what looks wrong with it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..configs.languages import ARABIC, Direction
from ..configs.visible import counted
from .pages.lexicon import chrome_kind
from .pages.page import Page
from .pages.sources import Reading

# A news report has a few hundred words; one of so few is a stub, or its body was not found.
_FEW_WORDS = 60
_FOREIGN_SHARE = 0.2
_LINE = re.compile(r"\bline (\d+)")
_BESIDE = 2  # lines shown on each side of a seam
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
_ARABIC = re.compile(r"[\u0620-\u064a\u066e-\u06d3\u0750-\u077f]")


@dataclass(frozen=True, slots=True)
class SeamLine:
    """A line at a place where the article begins, ends or was cut: `reason` is None if it was kept.

    A `number` of 0 stands for lines in between that are not shown. `in_doubt` are lines that something is said of.
    """

    number: int
    text: str
    reason: str | None
    in_doubt: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One article of the report: what was read, what was left out, and what to look at.

    `seams` are the lines on both sides of every place where kept lines meet lines that were left out, and those that
    a suspicion names.
    """

    reading: Reading
    paragraphs: int
    words: int
    suspicions: tuple[str, ...]
    seams: tuple[SeamLine, ...] = ()


def inspect(readings: Iterable[Reading], direction: Direction = "rtl") -> Iterator[Finding]:
    """A Finding for each reading, in order. `direction` is that of the articles' script."""
    for reading in readings:
        if reading.page is None:
            yield Finding(reading, 0, 0, ("could not be read",))
            continue
        article = reading.page.article
        paragraphs = article.text.split("\n\n")
        body = paragraphs[1:] if article.title else paragraphs
        words = sum(len(paragraph.split()) for paragraph in body)
        suspicions = tuple(_suspicions(reading.page, reading.encoding, body, words, direction))
        yield Finding(reading, len(body), words, suspicions, tuple(_seams(reading.page, body)))


def _seams(page: Page, body: list[str]) -> Iterator[SeamLine]:
    named = {int(number) for doubt in page.doubts for number in _LINE.findall(doubt.partition("“")[0])}
    kept = [SeamLine(number, text, None, number in named) for number, text in zip(page.kept, body, strict=False)]
    left_out = (SeamLine(r.number, r.text, r.reason, r.number in named) for r in page.removed)
    lines = sorted([*kept, *left_out], key=lambda line: line.number)
    changes = [n for n in range(1, len(lines)) if (lines[n].reason is None) != (lines[n - 1].reason is None)]
    at = {k for n in changes for k in range(n - _BESIDE, n + _BESIDE)}
    at |= {k for n, line in enumerate(lines) if line.in_doubt for k in range(n - 1, n + 2)}
    shown = sorted(k for k in at if 0 <= k < len(lines))
    for before, n in zip([-1, *shown], shown, strict=False):
        if n > before + 1:
            yield SeamLine(0, "", None)
        yield lines[n]


def _suspicions(page: Page, encoding: str | None, body: list[str], words: int, direction: Direction) -> Iterator[str]:
    article = page.article
    for field, name in (("title", "headline"), ("published", "date"), ("outlet", "outlet")):
        if getattr(article, field) is None:
            yield f"no {name}"
    if words < _FEW_WORDS:
        yield f"short body: {counted(words, 'word')}"
    latin, arabic = len(_LATIN.findall(article.text)), len(_ARABIC.findall(article.text))
    foreign, script = (latin, "Latin") if direction == "rtl" else (arabic, "Arabic")
    if foreign > _FOREIGN_SHARE * (latin + arabic):
        yield f"mixed script: {foreign} of {latin + arabic} letters are {script}"
    for line in body:
        kind = chrome_kind(line) if len(line) < 120 else None
        if kind not in (None, "terms", "section"):
            yield f"left-over {kind}? “{line[:40]}”"
    yield from page.doubts
    if encoding:
        yield f"was in {encoding}"


def write_html(findings: Iterable[Finding], path: Path, language: str = ARABIC) -> None:
    """Writes the report as a page, an article at a time. It opens in this language or in English. Texts are escaped."""
    from ..configs.pages.look import pieces

    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(
            pieces(
                "inspection.html",
                "annotate inspect",
                findings=findings,
                without_folders=_Folders().left_out,
                parts=_parts,
                language=language,
                opens=language,
                texts=language,
            )
        )


def _parts(suspicion: str) -> tuple[str, str]:
    """What is said, and the words of the page that it quotes, which may run the other way."""
    words, mark, quote = suspicion.partition("“")
    return words.rstrip(": "), mark + quote


class _Folders:
    """The folders of the machine that things were read from so far, which whoever sees the page need not know.

    A path below the folder where the command ran says nothing of the machine, and stays.
    """

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def left_out(self, text: str, source: str) -> str:
        """What was said of `source`, without its folders and those of sources before it."""
        path = Path(source)
        if path.is_absolute() or ".." in path.parts:
            self._seen |= {f"{folder}{os.sep}" for folder in path.parents if folder.name}
        for folder in sorted(self._seen, key=len, reverse=True):
            text = text.replace(folder, "")
        return text
