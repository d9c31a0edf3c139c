"""Reading a page takes time in proportion to its length, whatever the page is made of."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from html_pages import parse_html
from mihakk.annotate.pages.page import parse_page
from mihakk.annotate.pages.sources import read_articles
from mihakk.configs.errors import InputError

HEADLINE = "عنوان الخبر عن غارة في المدينة | صحيفة"
PROSE = "قال مسؤول في المدينة إن ثلاثة مدنيين قتلوا في غارة جوية استهدفت الحي الشرقي من المدينة صباح اليوم الاثنين."


def page(*inside: str, below: str = "") -> str:
    return "\n".join([HEADLINE, PROSE, PROSE, *inside, PROSE, below])


def html(around: str, head: str = "") -> str:
    article = f"<article><h1>{HEADLINE}</h1><p>{PROSE}</p><p>{PROSE}</p></article>"
    return f"<html><head><title>{HEADLINE}</title>{head}</head><body>{around.replace('ARTICLE', article)}</body></html>"


TEXTS: dict[str, Callable[[int], str]] = {
    "spaces in a source line": lambda n: page(below="المصدر: كلمة" + " " * n + "ب"),
    "spaces in a line of the body": lambda n: page("كلمة " + " " * n + "كلمة"),
    "spaces around a bar": lambda n: page("كلمة " + " " * n + "|" + " " * n + "كلمة"),
    "copyright lines": lambda n: page(below="\n".join(["جميع الحقوق محفوظة © صحيفة المحارة", "كلمة"] * n)),
    "labels": lambda n: page(*["كلمة"] * n),
    "dates": lambda n: page(*["3 نوفمبر 2025", PROSE] * n),
    "headlines and dates": lambda n: page(*["خبر آخر عن المدينة اليوم", "3 نوفمبر 2025"] * n),
    "sources": lambda n: page(below="المصدر: " + "كلمة + " * n),
    "one long paragraph": lambda n: page(f"{PROSE} " * n),
    "bars": lambda n: page("خبر | " * n),
    "notices": lambda n: page("محفوظة الحقوق " * n),
    "parentheses": lambda n: page("كلمة (" * n + ")"),
    "skipped blocks": lambda n: page(*["تخطى كلمة القراءة"] * n, *["كلمة نهاية"] * n),
    "digits and slashes": lambda n: page("1/" * n),
    "headline repeated": lambda n: "\n".join([HEADLINE] * n) + "\n" + PROSE + "\n" + PROSE,
}
MARKUP: dict[str, Callable[[int], str]] = {
    "time elements": lambda n: html('<time datetime="2025-11-03">3</time>' * n + "ARTICLE"),
    "elements of class date": lambda n: html('<div class="date">3 نوفمبر 2025</div>' * n + "ARTICLE"),
    "nested elements": lambda n: html('<div class="content">' * n + "ARTICLE" + "</div>" * n),
    "nested dates": lambda n: html('<div><div class="date">3 نوفمبر 2025</div>' * n + "ARTICLE"),
    "classes": lambda n: html('<div class="' + "share " * n + '">كلمة</div>ARTICLE'),
    "cells": lambda n: html("<table><tr>" + "<td>خ</td>" * n + "</tr></table>ARTICLE"),
    "breaks": lambda n: html("<br>" * n + "ARTICLE"),
    "links": lambda n: html("ARTICLE" + "<li><a href=x>خبر</a></li>" * n),
    "commas in linked data": lambda n: html("ARTICLE", '<script type="application/ld+json">[' + ", " * n + "</script>"),
    "spaces in linked data": lambda n: html(
        "ARTICLE", '<script type="application/ld+json">[,' + " " * n + "x</script>"
    ),
}


def seconds(read: Callable[[], object]) -> float:
    best = 60.0
    for _ in range(2):
        start = time.process_time()
        with suppress(InputError):
            read()
        best = min(best, time.process_time() - start)
    return best


def ratio(shape: str, count: int) -> tuple[float, float]:
    """Seconds for a page of the shape, and how many times as long one of twice the length takes."""
    make = TEXTS.get(shape) or MARKUP[shape]

    def read(text: str) -> object:
        return parse_page(text, "page") if shape in TEXTS else parse_html(text.encode("utf-8"), "page")

    once, twice = make(count), make(2 * count)
    took = seconds(lambda: read(once))
    return took, seconds(lambda: read(twice)) / max(took, 0.001)


@pytest.mark.parametrize("shape", [*TEXTS, *MARKUP])
def test_a_page_of_twice_the_length_takes_less_than_three_times_as_long(shape: str) -> None:
    count = 250
    # Below a twentieth of a second, the clock and the caches would be measured, not the reading.
    while ratio(shape, count)[0] < 0.05 and count < 256_000:
        count *= 4
    # Caches and other processes may disturb a measurement; what is quadratic fails at every size.
    assert any(ratio(shape, count * times)[1] < 3 for times in (1, 1, 2, 4))


def paragraphs(count: int) -> list[str]:
    """Of 40 words, about 450 bytes each; no two are alike."""
    words = PROSE.replace(".", "").split()
    return [" ".join(words[(n * k) % len(words)] for k in range(1, 41)) + f" {n}." for n in range(count)]


LONG_PAGES: dict[str, tuple[str, Callable[[list[str]], str]]] = {
    "copied": ("page.txt", lambda lines: "\n\n".join([HEADLINE, *lines])),
    "one line": ("page.txt", lambda lines: "\n".join([HEADLINE, " ".join(lines)])),
    "HTML": ("page.html", lambda lines: f"<h1>{HEADLINE}</h1>" + "\n".join(f"<p>{line}</p>" for line in lines)),
    "line breaks": ("page.html", lambda lines: f"<h1>{HEADLINE}</h1><div>" + "<br>".join(lines)),
    "one paragraph": ("page.html", lambda lines: f"<h1>{HEADLINE}</h1><p>" + " ".join(lines)),
}


@pytest.mark.parametrize("shape", LONG_PAGES)
def test_a_long_page_takes_no_more_memory_than_six_times_its_file(tmp_path: Path, shape: str) -> None:
    """What Python allocates; benchmarks/pages.py has all that the process takes, for 50 MB."""
    name, make = LONG_PAGES[shape]
    small, large = tmp_path / "small", tmp_path / "large"
    for folder, count in ((small, 20), (large, 8000)):
        folder.mkdir()
        (folder / name).write_text(make(paragraphs(count)), encoding="utf-8")
    size = (large / name).stat().st_size
    assert size > 3_000_000
    list(read_articles([str(small / name)]))  # what is loaded once
    tracemalloc.start()
    try:
        (reading,) = read_articles([str(large / name)])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert reading.page is not None
    assert reading.page.article.text.count("\n") > 0
    assert peak < 6 * size
