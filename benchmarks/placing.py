"""Times the placing of mentions against str.find, and from 4,000 to 400,000 characters; README.md says more."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from mihakk.annotate.placing.mentions import Mention, place

NAMES = (
    *("زرقون", "الصافية", "وادي المها", "حكومة زرقون", "لواء الفهد", "كريم الساري", "وكالة سنونو", "الخميس"),
    *(f"{kind} {own}" for kind in ("بلدة", "لجنة", "كتيبة", "نهر") for own in ("أنعام", "الدرعي", "ميسون", "غازي")),
)
FILLING = ("قال مصدر إن الوفد وصل", "أعلنت في بيان", "نفى الخبر", "ثم عاد مساء", "وأضاف أن الأمر انتهى")
PROCLITICS = ("", "", "", "و", "ب")


def made(characters: int) -> tuple[str, list[Mention]]:
    """A text of about so many characters, and all its mentions in order."""
    drawn = random.Random(7)
    parts: list[str] = []
    mentions: list[Mention] = []
    length = 0
    while length < characters:
        name = drawn.choice(NAMES)
        proclitic = "" if name.startswith("ال") else drawn.choice(PROCLITICS)
        parts.append(f"{drawn.choice(FILLING)} {proclitic}{name} {drawn.choice(FILLING)}. ")
        mentions.append(Mention(name, "X"))
        length += len(parts[-1])
    return "".join(parts), mentions


def by_find(text: str, mentions: list[Mention]) -> int:
    """All occurrences of each mention's words: what str.find alone costs for one mention after the other."""
    found = 0
    for words, _ in mentions:
        at = text.find(words)
        while at >= 0:
            found += 1
            at = text.find(words, at + 1)
    return found


def fastest(run: Callable[[], object], times: int = 5) -> float:
    """The shortest of some runs, in seconds."""
    took: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        run()
        took.append(time.perf_counter() - began)
    return min(took)


def ratios() -> dict[str, float]:
    """Placing verbatim mentions of a text of 4,000 characters against str.find; and 100 times the text against once."""
    text, mentions = made(4_000)
    short = fastest(lambda: place(mentions, text))
    long_text, many = made(400_000)
    long = fastest(lambda: place(many, long_text), 2)
    spelled = [Mention(m.text.replace("ة", "ه"), m.label) for m in mentions]
    other = fastest(lambda: place(spelled, text))
    many_spelled = [Mention(m.text.replace("ة", "ه"), m.label) for m in many]
    long_other = fastest(lambda: place(many_spelled, long_text), 1)
    return {
        "verbatim / str.find": short / fastest(lambda: by_find(text, mentions)),
        "100 times the text / 100": long / short / 100,
        "spelled otherwise, microseconds a mention": 1e6 * other / len(mentions),
        "spelled otherwise, 100 times the text / 100": long_other / other / 100,
        "verbatim, microseconds a mention": 1e6 * short / len(mentions),
    }


if __name__ == "__main__":
    for name, value in ratios().items():
        print(f"{value:8.2f}  {name}")
