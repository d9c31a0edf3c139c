"""What each line is worth to the body of its page, in words of prose: by its words, its neighbours and its markup.

No line is condemned alone. A line's worth is clipped, marks that cover the page's own prose say nothing, and a run of
short lines between two paragraphs costs no more than one gap.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Sequence

from ...configs.chrome import load_chrome_words
from .dom import Box
from .lines import SKIPPED_BLOCK, PageLine

CLOSER = -240.0  # a few paragraphs behind it win it back, a comment does not
_CLOSER_IN_MARKUP = -40.0  # the comments behind it have marks of their own
_SECTION = -20.0
LIST_LINE = 0.5
_LONGEST = 60
# A run of short lines between two paragraphs: verse, names, scores.
_RUN = -12.0
_SHORT = 6

_LEAST, _MOST = -64.0, 60.0
_TAGS = {
    "p": 7.0, "blockquote": 4.0, "li": -2.0, "td": -3.0, "th": -3.0, "dd": -8.0, "dt": -8.0, "h1": -16.0, "h2": -2.0,
    "h3": -2.0, "h4": -5.0, "h5": -8.0, "h6": -8.0, "address": -16.0, "label": -24.0, "legend": -24.0,
    "figcaption": -40.0, "button": -40.0, "option": -40.0,
}  # fmt: skip
_REGIONS = {"article": 4.0, "main": 2.0, "form": -6.0, "header": -12.0, "aside": -16.0, "figure": -24.0, "footer": -20.0, "nav": -24.0}  # fmt: skip  # noqa: E501
# What tables and lists are made of: where there is no prose in them, they stand where their table or list does.
_ROWS = frozenset(("td", "th", "tr", "tbody", "thead", "table", "li", "ul", "ol", "dl", "dt", "dd"))
_HIDDEN = -48.0
_CARD, _LITTLE = -20.0, 0.34
_COMMENT = -40.0
_CAPTION = -40.0
# A box about the author has sentences too.
_AUTHOR, _AUTHOR_MARKS = -36.0, frozenset(("author", "bio"))
_BESIDE_PICTURE = -6.0
_BODY = 16.0
_FOOT = -12.0
_ABOVE_LINKS = -12.0
# A mark on so much of the page's prose says nothing against a line; a section around so much of it neither.
_USUAL_MARK, _USUAL_REGION = 0.3, 0.6
# What these stand around is another article, and beside a short one a teaser is soon a third of the page's prose.
_OF_OTHERS = frozenset(
    ("related", "also", "recommended", "recommendations", "readmore", "readalso", "mostread", "latest")
)
_OFFERS = frozenset(("promo", "newsletter", "signup", "paywall", "twitter", "instagram", "tiktok"))
OF_OTHERS_BOX = "box of another text"
_FEW_WORDS_OF_PROSE = 80


def worths(lines: Sequence[PageLine]) -> array[float]:
    """What each line of a copied page is worth, and of an HTML page by its words alone."""
    chrome = load_chrome_words()
    result = array("d")
    in_markup = bool(lines) and lines[0].hints is not None
    body_begun = in_list = False
    since_prose = 0
    run = 0  # where the labels began that stand behind a paragraph
    for n, line in enumerate(lines):
        if line.prose:
            if 3 <= since_prose <= n and n - run == since_prose:
                _soften(result, lines, run, n)
            since_prose = 0
            run = n + 1
            worth = float(min(len(line.words), _LONGEST))
            body_begun = True
        else:
            since_prose += 1
            kind = line.chrome
            if kind is None:
                if line.date:
                    worth = -8.0
                elif in_list or line.is_item:
                    worth = LIST_LINE  # an article may end with a list
                else:
                    # One short line between paragraphs is a sub-head; many are a menu.
                    worth = -2.0 * since_prose
            else:
                run = n + 1
                if kind in chrome.closers and body_begun:
                    worth = _CLOSER_IN_MARKUP if in_markup else CLOSER
                elif kind == SKIPPED_BLOCK:
                    worth = 0.0
                elif kind in chrome.sections:
                    worth = _SECTION
                else:
                    worth = -4.0 - since_prose
        result.append(worth)
        in_list = (line.prose and line.text.endswith(":")) or (in_list and worth == LIST_LINE)
    return result


def _soften(result: array[float], lines: Sequence[PageLine], first: int, end: int) -> None:
    """Labels between two paragraphs, with no word of chrome among them, cost no more than a gap."""
    short = sum(len(line.words) <= _SHORT for line in lines[first:end])
    if first > 0 and lines[first - 1].prose and short >= 0.8 * (end - first):
        # The rows of a table end in numbers.
        numbers = sum(line.text[-1].isdecimal() for line in lines[first:end])
        each = 0.0 if numbers >= 0.6 * (end - first) else _RUN / (end - first)
        for n in range(first, end):
            result[n] = max(result[n], each)


def add_markup(
    lines: Sequence[PageLine], by_words: Sequence[float], says: Sequence[tuple[float, str | None]]
) -> array[float]:
    """The lines' worths by their words, with what the markup adds.

    A caption is no part of the body, but behind a picture the article goes on: it costs little to pass one.
    """
    result = array("d")
    for line, words, (value, why) in zip(lines, by_words, says, strict=True):
        worth = max(_LEAST, min(_MOST, words + value)) if words > CLOSER else words
        if why in ("figcaption", "caption", "figure") and line.chrome in (None, "caption"):
            worth = max(worth, _BESIDE_PICTURE) if worth < 0 else worth
        result.append(worth)
    return result


# --- markup -----------------------------------------------------------------------------------------


class Markup:
    """What the markup of an HTML page says of its lines, relative to where the page's prose stands."""

    def __init__(self, lines: Sequence[PageLine]) -> None:
        self._lines = lines
        self._marks = load_chrome_words().marks
        self._count = {"": 0}
        self._common: frozenset[str] = frozenset()
        self._usual: frozenset[str] = frozenset()
        self._hidden_counts = True
        self._has_center = False
        self._total = self._fill_boxes()
        self._cache: dict[
            tuple[frozenset[str], frozenset[str], bool, bool], tuple[float, tuple[float, str] | None]
        ] = {}

    def says(self) -> list[tuple[float, str | None]]:
        """What the markup adds to each line, and what speaks strongest against the line, if anything does."""
        # Most lines of a page get the same, which is kept once.
        shared: dict[tuple[float, str | None], tuple[float, str | None]] = {}
        return [shared.setdefault(says, says) for says in map(self._says, range(len(self._lines)))]

    def _says(self, n: int) -> tuple[float, str | None]:
        line = self._lines[n]
        hints = line.hints
        if hints is None:
            return 0.0, None
        box = hints.box
        add, against = self._of_marks(box)
        weights = [(_TAGS.get(hints.tag, 0.0), hints.tag)]
        if hints.links > 0.25:
            if hints.links > 0.8:
                weights.append((-26.0, "link to another article"))
            else:
                weights.append((-18.0 if hints.links > 0.5 else -5.0, "mostly links"))
        if hints.broken:
            weights.append((2.0, ""))
        below = self._lines[n + 1].hints if n + 1 < len(self._lines) else None
        if below is not None and below.links > 0.8 and len(line.words) <= 5 and not line.prose and hints.links <= 0.8:
            weights.append((_ABOVE_LINKS, "label of links"))
        worst = min(weights)
        if worst[0] < -10.0 and (against is None or worst[0] < against[0]):
            against = worst
        return add + sum(weight for weight, _ in weights) + self._place(box), against[1] if against else None

    def _of_marks(self, box: Box) -> tuple[float, tuple[float, str] | None]:
        in_article = "article" in box.regions
        regions = box.regions - self._usual if box.regions else box.regions
        if in_article and self._is_card(box):
            regions = regions - {"article"}
            weights: list[tuple[float, str]] = [(_CARD, "card of another article")]
        else:
            weights = []
        weights += [(_REGIONS[region], region) for region in regions]
        weights += [(_REGIONS[region], region) for region in box.regions & self._usual if _REGIONS[region] > 0]
        key = (box.near, box.marks, box.hidden, in_article)
        known = self._cache.get(key)
        if known is None:
            near, around = box.near - self._common, box.marks - self._common
            chrome = self._marks.chrome.union(self._marks.stems)
            good, bad, bad_around = len(near & self._marks.article), len(near & chrome), len(around & chrome)
            add = min(6.0, 3.0 * good) - min(19.0, 7.0 * bad) - min(8.0, 1.6 * bad_around)
            worst: tuple[float, str] | None = None
            if bad:
                worst = (-min(19.0, 7.0 * bad), "box called " + min(near & chrome))
            if "caption" in near:
                add += _CAPTION
                worst = (_CAPTION, "caption")
            if near & _AUTHOR_MARKS:
                add += _AUTHOR
            if around & self._marks.comments:
                add += _COMMENT
                worst = (_COMMENT, "comments")
            if box.hidden and self._hidden_counts:
                add += _HIDDEN
                worst = (_HIDDEN, "hidden")
            if around & {"footer", "copyright"} and not in_article:
                add += _FOOT
            self._cache[key] = known = (add, worst)
        add, against = known
        if self._is_of_another_text(box):
            weights.append((_CARD, OF_OTHERS_BOX))
        if "articlebody" in box.itemprops:
            weights.append((_BODY, ""))
        if "comment" in box.itemprops:
            weights.append((_COMMENT, "comments"))
        worst = min(weights, default=(0.0, ""))
        if worst[0] < -10.0 and (against is None or worst[0] < against[0]):
            against = worst
        return add + sum(weight for weight, _ in weights), against

    def _is_card(self, box: Box) -> bool:
        """Whether the article element around it holds little of the page's prose, and another place holds much."""
        around: Box | None = box
        while around is not None and (around.tag != "article" or around.is_inline):
            around = around.parent
        return around is not None and around.prose < _LITTLE * self._total and self._has_center

    def _is_of_another_text(self, box: Box) -> bool:
        """Whether it stands in a box that is called so, and holds little of the page's prose."""
        called = (box.marks & (_OF_OTHERS | _OFFERS)) - self._common
        around: Box | None = box if called else None
        while around is not None and not around.own & called:
            around = around.parent
        return around is not None and around.prose < _LITTLE * self._total

    def _place(self, box: Box) -> float:
        """How much of the page's prose stands in the block, the one around it, and the one around that."""
        if not self._total:
            return 0.0
        best, factor = 0.0, 1.0
        around: Box | None = box
        for level in range(3):
            while around is not None and (around.is_inline or (around.tag in _ROWS and not around.prose)):
                around = around.parent
            # All that a page has stands in its body; that is evidence only for what stands there directly.
            if around is None or (level == 2 and around.tag in ("body", "html")):
                break
            best = max(best, factor * around.prose / self._total)
            factor -= 0.1
            around = around.parent
        return -18.0 if best < 0.08 else -7.0 if best < 0.25 else 5.0 if best < 0.5 else 11.0

    def _fill_boxes(self) -> float:
        """Counts the prose in every box; then it is known which marks and sections stand around much of it."""
        marks: defaultdict[str, float] = defaultdict(float)
        regions: defaultdict[str, float] = defaultdict(float)
        total = hidden = 0.0
        boxes: list[Box] = []
        seen: set[int] = set()
        head: frozenset[str] = frozenset()
        for line in self._lines:
            hints = line.hints
            if hints is None:
                continue
            chain: list[Box] = []
            box: Box | None = hints.box
            while box is not None and id(box) not in seen:
                seen.add(id(box))
                chain.append(box)
                box = box.parent
            boxes += reversed(chain)
            if hints.tag == "h1" and not hints.box.hidden and len(line.words) >= 3:
                head |= hints.box.marks
            if line.prose and hints.links < 0.4:
                weight = float(min(len(line.words), _FEW_WORDS_OF_PROSE))
                hints.box.prose += weight
                total += weight
                hidden += weight * hints.box.hidden
                for mark in hints.box.marks:
                    marks[mark] += weight
                for region in hints.box.regions:
                    regions[region] += weight
        for box in reversed(boxes):  # those inside before those around
            if box.parent is not None:
                box.parent.prose += box.prose
        common = {
            mark
            for mark, weight in marks.items()
            if weight >= (_USUAL_REGION if mark in _OF_OTHERS else _USUAL_MARK) * total
        }
        self._common = (frozenset(common) - self._marks.comments) | head
        self._usual = frozenset(region for region, weight in regions.items() if weight >= _USUAL_REGION * total)
        self._has_center = any(0.5 * total <= box.prose < total for box in boxes if box.tag not in ("html", "body"))
        # Sites hide all of a long article behind a button.
        self._hidden_counts = hidden < 0.8 * total
        return total
