"""Events that look alike: articles put together from stock phrases, and how well `annotate events` tells them apart.

    python benchmarks/events.py [--draws 12]
    python benchmarks/events.py --growth 1000 10000 100000 [--a-day 40]

Each draw has strikes, talks and attacks in the same phrases: in each event three articles of its own place, names and
numbers, over some days; places come again. Precision, recall and F1 of pairs of articles in one event, as means over
the draws. This is harder than real news, whose reporters choose their words.

`--growth` runs the command on so many dated articles of 2 KB, and prints seconds of processor time and memory of the
whole process, and the exponents by which both grow: once of stock phrases, and once with names of their own and drawn
words behind the lead.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import accumulate, combinations
from pathlib import Path
from statistics import mean

import event_phrases
import event_reports
from mihakk.annotate.clustering import propose_events
from mihakk.annotate.document import Article

HEADLINES = {
    "strike": (
        "مقتل {n} مدنيين بقصف على {place}",
        "غارة جوية تستهدف {place} وتوقع قتلى",
        "قصف {place}: {n} قتلى وعشرات الجرحى",
        "ارتفاع حصيلة غارة {place} إلى {n} قتلى",
        "الجيش ينفي مسؤوليته عن قصف {place}",
        "{who} يتهم الحكومة بقصف {place}",
    ),
    "talks": (
        "جولة محادثات جديدة في {place} بين الحكومة والمعارضة",
        "مفاوضات {place}: تقدم في ملف {issue}",
        "الوسيط {who} متفائل بعد جلسة {place}",
        "تعثر محادثات {place} بسبب {issue}",
        "الحكومة والمعارضة تتفقان على {issue}",
        "وفد المعارضة يغادر {place}",
    ),
    "attack": (
        "مقتل {n} جنود في كمين قرب {place}",
        "هجوم على حاجز {place} يوقع {n} قتلى",
        "تنظيم الرقيم يتبنى هجوم {place}",
        "الجيش يعلن تمشيط محيط {place} بعد الكمين",
        "تشييع جنود قتلوا في {place}",
        "{who}: سنرد على هجوم {place}",
    ),
}
LEADS = {
    "strike": (
        "قتل {n} مدنيين على الأقل وأصيب {m} آخرون في غارة جوية استهدفت {place} {when}، بحسب ما أفاد الدفاع المدني.",
        "أفاد الدفاع المدني بسقوط {n} قتلى و{m} جريحا جراء قصف طال {place}.",
        "استهدفت طائرات حربية {place} {when}، ما أسفر عن سقوط قتلى وجرحى بين المدنيين.",
        "قال {who} إن القصف الذي تعرضت له {place} أدى إلى مقتل {n} أشخاص بينهم نساء وأطفال.",
        "نفى الجيش أن يكون قد نفذ غارة على {place}، وقال إنه استهدف موقعا لمسلحين.",
        "أعلن مشفى {place} ارتفاع حصيلة ضحايا الغارة إلى {n} قتلى بعد وفاة أحد الجرحى.",
    ),
    "talks": (
        "انطلقت في {place} {when} جولة جديدة من المحادثات بين الحكومة والمعارضة برعاية أممية، على أن تبحث {issue}.",
        "قال الوسيط {who} إن المحادثات الجارية في {place} أحرزت تقدما في ملف {issue}.",
        "تعثرت المفاوضات في {place} بعد خلاف بين الطرفين على {issue}، وفق مصادر مطلعة.",
        "غادر وفد المعارضة {place} احتجاجا على ما وصفه بمماطلة الحكومة في ملف {issue}.",
        "اتفق الطرفان في ختام جلسة {place} على تشكيل لجنة تتابع {issue}.",
        "أعرب {who} عن أمله في التوصل إلى اتفاق قريب بشأن {issue}.",
    ),
    "attack": (
        "قتل {n} جنود وأصيب {m} آخرون في كمين نصبه مسلحون قرب {place} {when}، بحسب مصدر عسكري.",
        "هاجم مسلحون حاجزا للجيش عند مدخل {place}، ما أدى إلى مقتل {n} من عناصره.",
        "تبنى تنظيم الرقيم الهجوم الذي استهدف قوة للجيش في {place} وأوقع {n} قتلى.",
        "بدأت وحدات الجيش تمشيط محيط {place} بحثا عن منفذي الهجوم.",
        "شُيع {when} الجنود الذين قتلوا في هجوم {place}.",
        "توعد {who} منفذي هجوم {place} برد قاس.",
    ),
}
REST = {
    "strike": (
        "وقالت مصادر محلية إن فرق الإسعاف واصلت انتشال الضحايا من تحت الأنقاض حتى ساعة متأخرة.",
        "ولم تعلن أي جهة مسؤوليتها عن القصف حتى الآن.",
        "وطالب {who} بتحقيق دولي مستقل.",
        "وتشهد المنطقة تصعيدا منذ أسابيع.",
        "ونقل الجرحى إلى المشافي القريبة، ووصفت حال {k} منهم بالخطرة.",
    ),
    "talks": (
        "ومن المقرر أن تستأنف الجلسات خلال الأيام المقبلة.",
        "وكانت جولات سابقة قد انتهت من دون نتائج.",
        "وقال مصدر دبلوماسي إن الأجواء إيجابية.",
        "ويصر وفد الحكومة على تأجيل البحث في ملفات أخرى.",
        "وشدد {who} على ضرورة تقديم تنازلات.",
    ),
    "attack": (
        "ولم تعلن أي جهة مسؤوليتها عن الهجوم حتى الآن.",
        "وتنشط في المنطقة خلايا لتنظيم الرقيم.",
        "وفرض الجيش طوقا أمنيا وأغلق الطرق المؤدية إلى المكان.",
        "وقال {who} إن التعزيزات وصلت إلى الموقع.",
        "ونقل الجرحى إلى المشفى العسكري.",
    ),
}
PLACES = (
    "تل السماق",
    "وادي الحصى",
    "كفر الزيتون",
    "عين الدفلى",
    "بلدة الجرداء",
    "قرية المرجة",
    "دير الشوك",
    "بيت النحاس",
    "سهل الكتان",
    "رأس التنور",
    "خان الوبر",
    "حي الفيروز",
)
CITIES = (
    "لورندا",
    "بيرغوس",
    "ميناء سالم",
    "أوستافا",
    "كارديف العليا",
    "نوفاريا",
)
ISSUES = (
    "وقف إطلاق النار",
    "تبادل الأسرى",
    "فتح المعابر",
    "إعادة المهجرين",
    "تقاسم النفط",
    "الدستور",
)
NAMES = (
    "عدنان الصيرفي",
    "ليلى المرزوق",
    "كريم البستاني",
    "نوال الشاطر",
    "يوهان فيرتس",
    "سامر الدرويش",
    "هدى العكاري",
    "باسل النجار",
    "ماريا كوستا",
    "طلال العابد",
)
WHEN = ("فجر اليوم", "مساء أمس", "صباح اليوم", "ليل أمس")


def draw(seed: int, events: int, each: int, days: int, kinds: tuple[str, ...]) -> list[tuple[Article, int]]:
    """Articles, each with the number of its event."""
    chance = random.Random(seed)
    articles: list[tuple[Article, int]] = []
    for event in range(events):
        kind = kinds[event % len(kinds)]
        day = date(2026, 1, 5) + timedelta(chance.randrange(days))
        facts = {
            "place": chance.choice(CITIES if kind == "talks" else PLACES),
            "n": chance.randrange(3, 19),
            "m": chance.randrange(5, 40),
            "k": chance.randrange(2, 5),
            "who": chance.choice(NAMES),
            "issue": chance.choice(ISSUES),
        }
        for form in chance.sample(range(6), each):
            published = day + timedelta(chance.choice((0, 0, 0, 1, 1, 2)))
            facts["when"] = chance.choice(WHEN)
            title = HEADLINES[kind][form].format(**facts)
            lead = chance.choice(LEADS[kind]) if chance.random() < 0.5 else LEADS[kind][form]
            text = "\n\n".join(part.format(**facts) for part in (title, lead, *chance.sample(REST[kind], 2)))
            articles.append((Article(f"a{len(articles)}", text, title=title, published=published.isoformat()), event))
    return articles


def scores(articles: list[tuple[Article, int]]) -> tuple[float, float, float]:
    """Precision, recall and F1 of pairs."""
    events = {article.id: event for article, event in articles}
    proposals = propose_events([article for article, _ in articles])
    found = {frozenset(pair) for group in proposals for pair in combinations([a.id for a in group.articles], 2)}
    wanted = {frozenset((a, b)) for a, b in combinations(events, 2) if events[a] == events[b]}
    both = len(found & wanted)
    return both / max(1, len(found)), both / len(wanted), 2 * both / (len(found) + len(wanted))


def means(found: Sequence[tuple[float, float, float]]) -> str:
    precision, recall, f1 = (mean(column) for column in zip(*found, strict=True))
    return f": precision {precision:.2f}, recall {recall:.2f}, F1 {f1:.2f}"


def rows(count: int, a_day: int, of_stock_phrases: bool) -> Iterator[dict[str, str]]:
    """Rows of a table of articles, in order of time: events of the three kinds, each with four articles."""
    chance = random.Random(5)
    vocabulary = [
        "".join(chance.choices("ابتثجحخدذرزسشصضطظعغفقكلمنهوي", k=chance.randint(3, 7))) for _ in range(60_000)
    ]
    weights = list(accumulate(1 / (rank + 10) for rank in range(len(vocabulary))))  # Zipf's
    for n in range(count):
        kind = tuple(HEADLINES)[n // 4 % 3]
        day = date(2000, 1, 1) + timedelta(n // a_day)
        if n % 4 == 0:
            names = [" ".join(chance.choices(vocabulary, k=2)) for _ in range(2)]
            if of_stock_phrases:
                names = [chance.choice(CITIES if kind == "talks" else PLACES), chance.choice(NAMES)]
            facts = {"place": names[0], "who": names[1], "issue": chance.choice(ISSUES), "when": chance.choice(WHEN)}
            facts |= {key: str(chance.randrange(3, 19)) for key in "nmk"}
            forms = chance.sample(range(6), 4)
        form = forms[n % 4]
        parts = [HEADLINES[kind][form], LEADS[kind][form], *chance.sample(REST[kind], 2)]
        parts = [part.format(**facts) for part in parts]
        if not of_stock_phrases:
            parts += [" ".join(chance.choices(vocabulary, cum_weights=weights, k=60)) for _ in range(4)]
        text = "\n\n".join(parts[1:])
        published = (day + timedelta(chance.choice((0, 0, 1)))).isoformat()
        yield {"id": f"a{n}", "title": parts[0], "text": text, "published": published}


def cost(count: int, a_day: int, of_stock_phrases: bool) -> tuple[float, float]:
    """Seconds of processor time and MB at the most of `mihakk annotate events` on so many articles."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "articles.jsonl"
        with table.open("w", encoding="utf-8") as file:
            for row in rows(count, a_day, of_stock_phrases):
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        command = [sys.executable, "-m", "mihakk", "annotate", "events", str(table), "-o", f"{folder}/events.yaml"]
        silent = [(os.POSIX_SPAWN_OPEN, end, os.devnull, os.O_WRONLY, 0) for end in (1, 2)]
        child = os.posix_spawn(sys.executable, command, os.environ, file_actions=silent)
        _, status, used = os.wait4(child, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def growth(counts: Sequence[int], a_day: int) -> None:
    for name, of_stock_phrases in (("stock phrases", True), ("names and words of their own", False)):
        earlier: tuple[int, float, float] | None = None
        for count in counts:
            seconds, megabytes = cost(count, a_day, of_stock_phrases)
            line = f"{name}, {count:,} articles: {seconds:.1f} s, {megabytes:.0f} MB"
            if earlier is not None:
                times = math.log(count / earlier[0])
                line += f"; exponents {math.log(seconds / earlier[1]) / times:.2f} and "
                line += f"{math.log(megabytes / earlier[2]) / times:.2f}"
            print(line, flush=True)
            earlier = count, seconds, megabytes


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=12)
    parser.add_argument("--growth", type=int, nargs="+", metavar="ARTICLES")
    parser.add_argument("--a-day", type=int, default=40)
    options = parser.parse_args()
    if options.growth:
        growth(options.growth, options.a_day)
        raise SystemExit
    kinds, others = tuple(HEADLINES), tuple(event_phrases.HEADLINES)
    for name, drawn, first, *sizes in (
        ("10 events of 3 kinds in 3 weeks", draw, 101, 10, 3, 21, kinds),
        ("10 strikes in 2 weeks", draw, 101, 10, 3, 14, ("strike",)),
        ("20 events of 3 kinds in a month", draw, 101, 20, 4, 30, kinds),
        ("6 events of 3 kinds in 3 days", draw, 101, 6, 4, 1, kinds),
        ("second phrases, 10 events of 3 kinds in 3 weeks", event_phrases.draw, 201, 10, 3, 21, others),
        ("second phrases, 10 blasts in 2 weeks", event_phrases.draw, 201, 10, 3, 14, ("blast",)),
        ("second phrases, 20 events of 3 kinds in a month", event_phrases.draw, 201, 20, 4, 30, others),
    ):
        print(name + means([scores(drawn(seed, *sizes)) for seed in range(first, first + options.draws)]))
    halves = (("looked at", event_reports.LOOKED_AT), ("kept back", event_reports.KEPT_BACK))
    for name, *sizes in (
        ("12 events of 2 kinds in 3 weeks", 12, 21),
        ("12 events of one kind in 2 weeks", 12, 14, 1),
        ("24 events of 2 kinds in a month", 24, 30),
        ("8 events of 2 kinds in 3 days", 8, 3),
        ("8 events of 2 kinds on one day", 8, 1),
    ):
        for half_name, half in halves:
            draws = [event_reports.draw(seed, half, *sizes) for seed in range(301, 301 + options.draws)]
            print(f"third phrases, {half_name}, {name}" + means([scores(drawn) for drawn in draws]))
