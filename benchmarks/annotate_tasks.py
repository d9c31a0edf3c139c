"""Pages to tasks: articles a second and memory, beside merely reading the same files.

    python benchmarks/annotate_tasks.py [--pages 10000]

Makes pages of about 3 KB from a seeded vocabulary (ten sites with chrome of their own), reads them as bytes, then
turns them into tasks in a fresh process. The figure to watch is the ratio of the two times in one run; articles a
second depend on the machine. Peak memory is given for a tenth of the pages too: it must not grow with their number.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WORDS = (
    "قال المتحدث باسم القوات إن الهجوم على المدينة وقع فجر اليوم وأسفر عن سقوط ضحايا بين المدنيين والعسكريين بينما نفت "
    "الجهة الأخرى مسؤوليتها عن القصف وأكدت مصادر محلية أن الطريق بين البلدتين ما زال مقطوعا أمام قوافل المساعدات التي "
    "وصلت من المعبر الحدودي وطالبت منظمات دولية بوقف إطلاق النار وفتح ممرات آمنة للسكان وأضاف المسؤول أن لجنة تحقيق "
    "ستبدأ عملها خلال أيام للوقوف على ملابسات الحادث وتحديد المسؤولين عنه"
).split()
MONTHS = ("كانون الثاني", "شباط", "مارس", "نيسان", "مايو", "حزيران", "يوليو", "آب", "سبتمبر", "تشرين الأول")


def page(number: int) -> str:
    """One page: masthead, headline, date, buttons, eight paragraphs, link list, footer."""
    chance = random.Random(number)
    site = number % 10
    headline = " ".join(chance.choices(WORDS, k=9))
    paragraphs = [" ".join(chance.choices(WORDS, k=26)) + f" {chance.randrange(2, 900)}." for _ in range(8)]
    head = [f"شبكة الخبر {site}", "الرئيسية", "سياسة", "اقتصاد", headline]
    head += [f"{chance.randrange(1, 28)} {MONTHS[site]} 2025 - 1{site}:30", "شارك", "Facebook", "طباعة"]
    links = ["الأكثر قراءة", *(" ".join(chance.choices(WORDS, k=7)) for _ in range(4))]
    return "\n\n".join([*head, *paragraphs, "التعليقات", *links, f"جميع الحقوق محفوظة © شبكة الخبر {site} 2025"])


def tasks(folder: Path, output: Path) -> tuple[float, float]:
    """Seconds of processor time and peak megabytes of `mihakk annotate tasks` in a process of its own."""
    command = [sys.executable, "-c", "from mihakk.cli import main; main()", "annotate", "tasks", str(folder)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*command, "-o", str(output)], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, after.ru_maxrss / 1024


def read(folder: Path) -> float:
    """Seconds of processor time of reading the files as bytes."""
    start = time.process_time()
    for file in sorted(folder.iterdir()):
        file.read_bytes()
    return time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description="Pages to tasks, beside reading the same files.")
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=3, help="The best counts, of reading as of tasks.")
    options = parser.parse_args()
    pages: int = options.pages
    with tempfile.TemporaryDirectory() as name:
        few, many = Path(name, "few"), Path(name, "many")
        for folder, count in ((few, pages // 10), (many, pages)):
            folder.mkdir()
            for number in range(count):
                (folder / f"page{number:06}.txt").write_text(page(number), encoding="utf-8")
        size = sum(file.stat().st_size for file in many.iterdir())
        _, small_peak = tasks(few, Path(name, "few.json"))
        seconds = reading = float("inf")
        peak = 0.0
        for _ in range(options.repeats):
            reading = min(reading, read(many))
            took, now = tasks(many, Path(name, "many.json"))
            seconds, peak = min(seconds, took), max(peak, now)
    print(f"{pages} pages, {size / pages / 1000:.1f} KB each")
    print(f"reading the files     {reading:7.2f} s")
    print(
        f"pages to tasks        {seconds:7.2f} s   {pages / seconds:.0f} articles/s, {seconds / reading:.0f}x reading"
    )
    print(f"peak memory           {peak:7.0f} MB  ({small_peak:.0f} MB for a tenth of the pages)")


if __name__ == "__main__":
    main()
