"""Texts with their spans, and lists of mentions made of them as extractors give them: changed, halved, in any order."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from marked import SCHEME
from mihakk.annotate.arabic import word_start
from mihakk.annotate.placing.mentions import Mention, Rule, place
from mihakk.export.finished import read_export
from mihakk.export.formats.corpus import Findings
from mihakk.export.formats.iob2_reading import read_iob2
from mihakk.export.make_gold import make_gold

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
SENTENCES = 12  # of the Wojood sample, in one text

Spans = Sequence[tuple[int, int, str]]


class Text(NamedTuple):
    """A text with its gold spans, in text order."""

    text: str
    spans: Spans


class Listed(NamedTuple):
    """What an extractor lists of a text, and the spans that it means."""

    mentions: list[Mention]
    meant: Spans


Lister = Callable[[Text, random.Random], Listed]


def articles() -> list[Text]:
    """The five shared articles with the spans of pass a."""
    found: list[Text] = []
    for path in sorted((SHARED / "annotations" / "pass-a").glob("*.json")):
        text = (SHARED / "annotations" / "text" / f"{path.stem}.txt").read_bytes().decode("utf-8")
        spans = json.loads(path.read_text(encoding="utf-8"))["entities"]
        found.append(Text(text, sorted((e["start"], e["end"], e["label"]) for e in spans)))
    return found


def wojood() -> list[Text]:
    """The Wojood sample, a text for each twelve sentences, nested spans included."""
    path = SHARED / "corpora" / "wojood-sample" / "train.txt"
    sentences = list(read_iob2(path, None, Findings(), repair=True, per="sentence"))
    found: list[Text] = []
    for first in range(0, len(sentences), SENTENCES):
        text, spans = "", list[tuple[int, int, str]]()
        for sentence in sentences[first : first + SENTENCES]:
            text += "\n" if text else ""
            spans += [(len(text) + s.start, len(text) + s.end, s.label) for s in sentence.annotation.entities]
            text += sentence.article.text
        found.append(Text(text, sorted(spans)))
    return found


def sample() -> list[Text]:
    """The texts of the sample in the tree, with the gold spans that its annotators make."""
    gold = make_gold(read_export(ROOT / "annotate" / "sample" / "export.json", SCHEME), SCHEME, "sample", "1.0")
    return [
        Text(d.article.text, sorted((s.start, s.end, s.label) for s in d.annotation.entities))
        for d in gold.split("all")
    ]


# --- changes of one mention ---

_HAMZA = str.maketrans("أإآٱؤئ", "ااااوي")
_WESTERN, _EASTERN = "0123456789", "٠١٢٣٤٥٦٧٨٩"
_HARAKAT = "\u064e\u064f\u0650\u0652"
_JOINED_TO_NEXT = "ئبتثجحخسشصضطظعغفقكلمنهي"
_LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"

Change = Callable[[str, random.Random], str]


def is_arabic(char: str) -> bool:
    """Whether this is a letter of the Arabic alphabet."""
    return "ء" <= char <= "ي" and char != "ـ"


def without_hamza(words: str, _: random.Random) -> str:
    return words.translate(_HAMZA)


def teh_as_heh(words: str, _: random.Random) -> str:
    return words.replace("ة", "ه")


def with_harakat(words: str, random: random.Random) -> str:
    return "".join(char + (random.choice(_HARAKAT) if is_arabic(char) else "") for char in words)


def with_tatweel(words: str, _: random.Random) -> str:
    following = [*words[1:], ""]
    return "".join(
        char + ("ـ" if char in _JOINED_TO_NEXT and is_arabic(after) else "")
        for char, after in zip(words, following, strict=True)
    )


def other_digits(words: str, _: random.Random) -> str:
    western = any(char in _WESTERN for char in words)
    return words.translate(str.maketrans(*((_WESTERN, _EASTERN) if western else (_EASTERN, _WESTERN))))


def quoted(words: str, _: random.Random) -> str:
    return f'"{words}"'


def article_dropped(words: str, _: random.Random) -> str:
    return words[2:] if words.startswith("ال") and len(words) > 4 else words


def article_added(words: str, _: random.Random) -> str:
    return words if words.startswith("ال") or not is_arabic(words[0]) else "ال" + words


def proclitic_invented(words: str, random: random.Random) -> str:
    return random.choice("وبل") + words if is_arabic(words[0]) else words


def letter_wrong(words: str, random: random.Random) -> str:
    """One letter of a longer mention is another one."""
    at = [n for n, char in enumerate(words) if is_arabic(char)]
    if len(at) < 5:
        return words
    n = random.choice(at)
    return words[:n] + random.choice([letter for letter in _LETTERS if letter != words[n]]) + words[n + 1 :]


_CHANGES = (without_hamza, teh_as_heh, with_harakat, with_tatweel, quoted, article_dropped, article_added)


# --- lists of mentions ---


def _listed(text: Text, spans: Spans) -> list[Mention]:
    return [Mention(text.text[start:end], label) for start, end, label in spans]


def changed(change: Change) -> Lister:
    """All spans in order, each mention changed."""

    def listed(text: Text, random: random.Random) -> Listed:
        return Listed([Mention(change(m.text, random), m.label) for m in _listed(text, text.spans)], text.spans)

    return listed


def verbatim(text: Text, _: random.Random) -> Listed:
    return Listed(_listed(text, text.spans), text.spans)


def proclitic_taken_in(text: Text, _: random.Random) -> Listed:
    spans = [(word_start(text.text, start), end, label) for start, end, label in text.spans]
    return Listed(_listed(text, spans), text.spans)


def half(text: Text, random: random.Random) -> Listed:
    kept = [span for span in text.spans if random.random() < 0.5]
    return Listed(_listed(text, kept), kept)


def by_label(text: Text, _: random.Random) -> Listed:
    return Listed(_listed(text, sorted(text.spans, key=lambda span: span[2])), text.spans)


def shuffled(text: Text, random: random.Random) -> Listed:
    return Listed(_listed(text, random.sample(list(text.spans), len(text.spans))), text.spans)


def perturbed(text: Text, random: random.Random) -> Listed:
    """A fifth left out, two fifths of the rest changed."""
    kept = [span for span in text.spans if random.random() < 0.8]
    mentions = [
        Mention(random.choice(_CHANGES)(m.text, random) if random.random() < 0.4 else m.text, m.label)
        for m in _listed(text, kept)
    ]
    return Listed(mentions, kept)


def names(text: Text, _: random.Random) -> Listed:
    """Each name once, but meaning all mentions."""
    return Listed(list(dict.fromkeys(_listed(text, text.spans))), text.spans)


def strict_f1(texts: Sequence[Text], lister: Lister, seed: int, rule: Rule = Rule.ORDER, clitic: bool = False) -> float:
    """Strict F1 in percent of what was listed and placed, against the spans that were meant; by multisets."""
    drawn = random.Random(seed)
    gold, placed = Counter[tuple[object, ...]](), Counter[tuple[object, ...]]()
    for n, text in enumerate(texts):
        mentions, meant = lister(text, drawn)

        def key(start: int, end: int, label: str, n: int = n, text: str = text.text) -> tuple[object, ...]:
            return n, word_start(text, start) if clitic else start, end, label

        gold.update(key(*span) for span in meant)
        placed.update(_keys(mentions, text.text, rule, key))
    return 200 * (gold & placed).total() / (gold.total() + placed.total())


def _keys(
    mentions: Sequence[Mention], text: str, rule: Rule, key: Callable[[int, int, str], tuple[object, ...]]
) -> Iterator[tuple[object, ...]]:
    for mention, places in zip(mentions, place(mentions, text, rule), strict=True):
        yield from (key(found.start, found.end, mention.label) for found in places)
        if not places:
            yield (mention, "nowhere")


# --- made texts ---

# Names with their label. Some stand within others, or within words that are no names, as in real articles.
_NAMES = {
    "PERS": ("كريم الساري", "سناء المرّي", "وائل", "فادي نصر الله"),
    "GPE": ("زرقون", "الصافية", "بنان", "وادي المها", "كرمة"),
    "ORG": ("حكومة زرقون", "مجلس الصافية الأعلى", "وكالة سنونو"),
    "GROUP": ("قوات زرقون الحرة", "لواء الفهد", "المجلس العسكري"),
    "DATE": ("13 آذار 2025", "الخميس", "٢٠٢٤"),
}
# Of these, names that come once are put together.
_KINDS = ("بلدة", "الناطق", "لجنة", "كتيبة", "شارع", "المهندسة", "نهر", "القاضي")
_OWN = ("أنعام", "الدرعي", "ميسون", "هيثم", "رؤى", "الجبلي", "صفيّة", "مؤيد", "إسراء", "الأحمدي", "غازي", "بثينة")
_PROCLITICS = (*[""] * 20, "و", "ب", "ل", "ول")
_FILLING = ("قال مصدر", "أعلنت", "في بيان إن", "وصل وفد", "ثم عاد", "نفى", "لبناني", "زرقوني", "كرمتان", "🔴", "«عاجل»")


def made(seed: int, count: int = 5, sentences: int = 36) -> list[Text]:
    """Texts of names that mostly come again and again, with and without proclitics, within other names and words."""
    drawn = random.Random(seed)
    often = [(label, name) for label, names in _NAMES.items() for name in names]
    found: list[Text] = []
    for _ in range(count):
        once = [("MISC", f"{kind} {own}") for kind in _KINDS for own in _OWN]
        drawn.shuffle(once)
        text, spans = "", list[tuple[int, int, str]]()
        for n in range(sentences):
            text += drawn.choice(_FILLING)
            for label, name in (once.pop(), drawn.choice(often), drawn.choice(often) if n % 4 else once.pop()):
                proclitic = drawn.choice(_PROCLITICS) if is_arabic(name[0]) and not name.startswith("ال") else ""
                text += f" {proclitic}"
                spans.append((len(text), len(text) + len(name), label))
                text += f"{name} {drawn.choice(_FILLING)}"
            text += ".\n\n" if n % 7 == 0 else ". "
        found.append(Text(text, spans))
    return found


def repeated(texts: Sequence[Text]) -> float:
    """The share of mentions whose letters stand elsewhere in their text too."""
    words = [(text.text, text.text[start:end]) for text in texts for start, end, _ in text.spans]
    return sum(text.count(mention) > 1 for text, mention in words) / len(words)
