"""The headline of a page: the line above the body that speaks of what the body speaks of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from .body import Body
from .lexicon import is_site_section, words_of
from .lines import OTHER_BAR, SUFFIX_BAR, PageLine
from .metadata import Metadata

# Proclitics and article; no word is left with fewer than three letters.
_PREFIX = re.compile(r" (?:[وبفك]ال|لل|ال|[وبلفك])(?=[^ ][^ ][^ ])")
_MANY = 1 << 10  # words that are looked at together
_NEAR = 8  # lines above the body in which a deck may stand
_DECK = re.compile(r"\w\.(\s|$)")
_NAMES_ITS_SITE = re.compile(r"موقع\s")
_LONGEST = 400  # code points
_WITH_OUTLET = 40  # code points that a headline may have beside it in the page's head
_HEADINGS = {"h1": 2.0, "h2": 1.3, "h3": 0.6}
_FLOOR = 1.2


def find_headline(lines: Sequence[PageLine], body: Body) -> int | None:
    """Which line is the headline of the body; None if the page has none.

    It is the line above the body that shares most words with it, or that stands there more than once.
    """
    first, last = body.first, body.last
    candidates = [n for n in range(first) if _may_be_headline(lines[n])]
    stems_of_body = _stems_of_body(lines, body) if candidates else set[str]()
    at = _most_alike(lines, candidates, stems_of_body, last)
    decks = [n for n in range(max(0, first - _NEAR), first) if lines[n].prose] if at is None and candidates else []
    if decks:
        # Of a short text the deck may say what the headline says, above the date.
        stems_of_body.update(*(stems_of(lines[n].words) for n in decks))
        at = _most_alike(lines, [n for n in candidates if n < decks[0]], stems_of_body, last)
    if at is None and len(candidates) == 1:
        only = lines[candidates[0]]
        # A writer's title need not say what the text says.
        if not (_NAMES_ITS_SITE.match(only.text) or stems_of_body.isdisjoint(stems_of(only.title_words))):
            at = candidates[0]
    if at is not None:
        # Of repeated headlines the last counts; what stands between them is masthead.
        return max(n for n in range(first) if lines[n].title_words == lines[at].title_words)
    top = lines[first]
    # The run of body lines may begin with the headline itself, if that looked like prose.
    looks_like_title = len(top.words) <= 22 and not re.search(r"[.。۔]", top.text[:_LONGEST])
    return first if looks_like_title and last > first else None


def _most_alike(lines: Sequence[PageLine], candidates: Sequence[int], stems_of_body: set[str], last: int) -> int | None:
    """Which of the lines shares most with the body; None if none shares enough."""
    titles = {lines[n].title_words for n in candidates}
    lengths = set(map(len, titles))  # quickly compared: most lines are of another length
    above = (line.title_words for line in lines[: last + 1])
    counts = Counter(words for words in above if len(words) in lengths and words in titles)
    best, at = 0.15, None
    for n in candidates:
        line = lines[n]
        # Many words shared with the body tell more than all of few: a dateline is two words of it.
        stems = set(stems_of(line.title_words))
        score = len(stems & stems_of_body) / len(stems) * min(len(stems), 8) / 8
        score += 0.6 if counts[line.title_words] > 1 else 0.0
        score += 0.2 if line.outlet else 0.0
        # A date or share button right behind is what pages set under a headline.
        score += 0.15 if not lines[n + 1].is_label else 0.0
        # Captions carry a credit, or stand above it; decks are sentences, or several.
        score -= 0.8 if line.has_credit else 0.0
        score -= 0.3 if lines[n + 1].chrome == "caption" else 0.0
        score -= 0.4 if _DECK.search(line.text) else 0.0
        score -= 0.5 if _NAMES_ITS_SITE.match(line.text) else 0.0
        # What comes later must be clearly better: a deck follows its headline.
        if score > best + (0.12 if at is not None else 0.0):
            best, at = score, n
    return at


def _may_be_headline(line: PageLine) -> bool:
    """Whether it is a label of four words or more that names no section."""
    if line.chrome or line.date or len(line.title_words) < 4 or len(line.text) > _LONGEST:
        return False
    return not is_site_section(line.words)


def find_heading(lines: Sequence[PageLine], body: Body, metadata: Metadata) -> tuple[int | None, str | None]:
    """The line that is the headline of an HTML page, and the headline's text.

    The page's headings and what it tells other sites are candidates; each gains from others that are equal to it or
    hold it, and from words it shares with the body. The text is what the page shows, where it shows it.
    """
    shown: dict[str, int] = {}
    score: dict[str, float] = {}
    texts: dict[str, str] = {}
    bonus: dict[str, float] = {}
    headlines = [" ".join(words_of(text)) for _, text in metadata.headlines if len(text) <= _LONGEST]
    for n, line in enumerate(lines[: body.last + 1]):
        weight = _weight_of_heading(line, n, body)
        if weight is None and n < body.first and _may_be_headline(line):
            # Old layouts have no headings, but the page's head has the headline, perhaps with the outlet.
            key = " ".join(line.title_words)
            weight = 0.5 if any(key in text and len(text) - len(key) <= _WITH_OUTLET for text in headlines) else None
        if weight is not None and line.title_words:
            key = " ".join(line.title_words)
            if key not in shown or weight >= score[key]:
                shown[key] = n
            score[key] = max(score.get(key, 0.0), weight)
            texts[key] = line.title
            bonus[key] = 0.7
    for weight, text in metadata.headlines:
        key, text = _as_shown(text, shown, metadata)
        if key:
            score[key] = score.get(key, 0.0) + weight
            texts.setdefault(key, text)
    stems_of_body = _stems_of_body(lines, body)
    best: tuple[float, str] | None = None
    for key, weight in score.items():
        words = key.split()
        stems = set(stems_of(words))
        total = weight + 1.2 * len(stems & stems_of_body) / len(stems) + bonus.get(key, 0.0)
        total += 0.5 if 4 <= len(words) <= 25 else -1.0
        # What a site says of all its pages has no word of the article.
        total -= 2.0 if shown and len(stems & stems_of_body) < 0.2 * len(stems) else 0.0
        if best is None or total > best[0]:
            best = (total, key)
    if best is None or best[0] < _FLOOR:
        return None, None
    return shown.get(best[1]), texts[best[1]]


def _weight_of_heading(line: PageLine, n: int, body: Body) -> float | None:
    hints = line.hints
    if hints is None or not line.words or len(line.text) > _LONGEST:
        return None
    weight = _HEADINGS.get(hints.tag)
    if "headline" in hints.box.itemprops:
        weight = (weight or 0.0) + 1.0
    elif weight is None and n <= body.first and hints.box.near & {"title", "headline"} and len(line.words) >= 4:
        weight = 0.5
    if weight is None or (hints.links > 0.9 and hints.tag != "h1"):
        return None
    # Below the first paragraph stand sub-heads.
    weight -= 0.8 if n > body.first and hints.tag != "h1" else 0.0
    weight -= 1.0 if hints.box.regions & {"nav", "footer", "aside"} else 0.0
    weight -= 2.0 if hints.box.hidden else 0.0
    return weight


def _as_shown(text: str, shown: dict[str, int], metadata: Metadata) -> tuple[str, str]:
    """The key and text of a headline from the page's head: of the shown line that it holds, or without the outlet."""
    if len(text) > _LONGEST:
        return "", ""
    key = " ".join(words_of(text))
    if key in shown:
        return key, text
    parts = [part for bar in (SUFFIX_BAR, OTHER_BAR) for part in bar.split(text)]
    keys = {" ".join(words_of(part)): part for part in parts if part.strip()}
    for part in keys:
        if part in shown and len(part.split()) >= 2:
            return part, keys[part]
    # «outlet: headline», with whatever sign between them.
    for heading in shown:
        if heading.count(" ") >= 3 and heading in key and len(key.split()) - len(heading.split()) <= 5:
            return heading, text
    outlets = {" ".join(words_of(name)) for _, name in metadata.outlets}
    for bar in (SUFFIX_BAR, OTHER_BAR):
        for match in bar.finditer(text):
            left, right = text[: match.start()].strip(), text[match.end() :].strip()
            for headline, name in ((left, right), (right, left)):
                if " ".join(words_of(name)) in outlets - {""}:
                    return " ".join(words_of(headline)), headline
    return key, text


def _stems_of_body(lines: Sequence[PageLine], body: Body) -> set[str]:
    stems: set[str] = set()
    words: list[str] = []
    for line in lines[body.first : body.last + 1]:
        if not line.chrome:
            words += line.words
        if len(words) > _MANY:
            # A line may be a whole book, of which each word is looked at once.
            stems.update(stems_of(set(words)))
            words.clear()
    stems.update(stems_of(words))
    return stems


def stems_of(words: Iterable[str]) -> list[str]:
    """Each word without the proclitics and article at its front: rough on purpose, only to compare texts.

    The words hold no white space: joined, they are read in one go, which is faster than one by one.
    """
    return _PREFIX.sub(" ", " " + " ".join(words)).split()
