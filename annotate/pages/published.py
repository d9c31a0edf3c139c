"""When a page was published: scored candidates, and none rather than a wrong one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from operator import attrgetter

from .body import Body
from .dom import Box, Hints
from .lines import PageLine
from .metadata import Metadata, iso

# A day is accepted if it has at least the first weight, and no other day comes nearer to it than the second.
_FLOOR, _MARGIN = 1.2, 0.25
_SUPPORT = 0.25
_CALLED_SO = 1.5
_NEAR, _BESIDE, _ABOVE, _DECK, _FAR, _BEHIND, _SIGNED = 1.8, 1.5, 1.2, 1.3, 0.4, 1.0, 1.3
_ITEM, _TIME_ELEMENT = 2.4, 0.5
_ELSEWHERE = -1.2
_SUMMARY = 8  # lines of a deck that is a list
_MOST_TIMES = 200
_DATE = attrgetter("date")


def find_published(
    lines: Sequence[PageLine], headline: int | None, body: Body, metadata: Metadata | None = None
) -> str | None:
    """The publication time; None if the page gives none, only an updated time, or times that contradict each other.

    Candidates are what the page says for machines, what it calls its publication, and the date at the headline.
    """
    if metadata is None and not any(map(_DATE, lines)):
        return None
    candidates = list(_candidates(lines, headline, body, metadata))
    days: dict[str | None, float] = {}
    for weight, value, _ in candidates:
        if weight > 0:
            day = value[:10] if value else None
            days[day] = max(days.get(day, 0.0), weight) + (_SUPPORT if day in days and day else 0.0)
    _join_zones(days, candidates)
    doubt = days.pop(None, 0.0)
    ranked = sorted(days.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] < _FLOOR or doubt > ranked[0][1] - _MARGIN:
        return None
    if len(ranked) > 1 and ranked[0][1] - ranked[1][1] < _MARGIN:
        return None
    day = ranked[0][0]
    times = [(weight, value) for weight, value, _ in candidates if value and value[:10] == day and len(value) > 10]
    best = max((weight for weight, _ in times), default=0.0)
    clocks = {value[:16]: value for _, value in sorted(pair for pair in times if pair[0] > best - _MARGIN)}
    # One clock time, with its zone where it is known; of two that differ none.
    whole = [max((value for _, value in times if value.startswith(start)), key=len) for start in clocks]
    return whole[0] if len(whole) == 1 else day


def _join_zones(days: dict[str | None, float], candidates: Sequence[tuple[float, str | None, bool]]) -> None:
    """A machine's time in another zone and the day that the page shows may be a day apart: the shown one counts."""
    shown = {value[:10] for weight, value, is_shown in candidates if value and is_shown and weight > 0}
    machine = {value[:10] for _, value, is_shown in candidates if value and not is_shown and len(value) > 16}
    for zoned in machine - shown:
        for day in shown - machine:
            apart = abs((date.fromisoformat(zoned) - date.fromisoformat(day)).days)
            if apart == 1 and zoned in days and days.get(day, 0.0) >= _FLOOR:
                days[day] = max(days[day], days.pop(zoned)) + _SUPPORT


def _candidates(
    lines: Sequence[PageLine], headline: int | None, body: Body, metadata: Metadata | None
) -> Iterator[tuple[float, str | None, bool]]:
    """Weight, time (None where it is in doubt), and whether the page shows it."""
    homes = _homes(lines, headline, body)
    section = _section(lines[headline].hints) if headline is not None else None
    if metadata is not None:
        yield from ((weight, time, False) for weight, time in metadata.times)
        for time, box in metadata.items[:_MOST_TIMES]:
            yield _ITEM + (_ELSEWHERE - 1.0 if _is_elsewhere(box, homes) else 0.0), time, False
    end = next((n for n in range(body.last + 1, len(lines)) if lines[n].chrome), len(lines))
    top = _top(lines, headline)
    lone = sum(lines[n].date is not None for n in range(body.first, body.last + 1)) == 1
    times = 0
    for n, line in enumerate(lines[:end]):
        date_line, hints = line.date, line.hints
        if date_line is None and (hints is None or not (hints.times and times < _MOST_TIMES)):
            continue
        weight = _weight(lines, n, top, body, lone)
        if hints is not None and (
            _is_elsewhere(hints.box, homes, in_list=top is not None and top <= n < body.first)
            or (hints.links > 0.8 and not hints.time)
            or (section is not None and not hints.time and not _is_in(hints.box, section))
        ):
            weight += _ELSEWHERE
        kind = date_line.kind if date_line is not None else ""
        if kind == "updated" or (hints is not None and _is_called_updated(hints)):
            continue
        if hints is not None and hints.times and weight > 0:
            for value in hints.times:
                times += 1
                if (read := iso(value)) is not None:
                    yield weight + _TIME_ELEMENT, read, False
        if date_line is not None:
            called = _CALLED_SO if kind == "published" else 0.0
            yield weight + called + (0.1 if hints is not None and hints.time else 0.0), date_line.published, True


def _weight(lines: Sequence[PageLine], n: int, top: int | None, body: Body, lone: bool) -> float:
    """By where line `n` stands: at the headline, far above, under a deck, behind the body."""
    if n > body.last:
        # Old papers sign with the day.
        is_only = n == body.last + 1 and sum(line.date is not None for line in lines) == 1
        return _SIGNED if is_only else _BEHIND
    if n >= body.first:
        # A deck may stand between headline and date; further down, dates are what the text speaks of.
        if not lone or n > body.first + _SUMMARY:
            return 0.0
        above = lines[body.first : n]
        is_near = n <= body.first + 2 or any(map(_is_point, above))
        return _DECK if is_near and sum(line.prose and not _is_point(line) for line in above) <= 1 else 0.0
    if top is None or n >= top:
        return _NEAR
    if n < top - 3:
        return _FAR
    # Above the headline, among the words of a menu, it is the site's clock.
    around = [*lines[max(0, n - 1) : n], *lines[n + 1 : top]]
    if any(line.chrome in ("navigation", "reading", "subscribe", "share") for line in around):
        return _FAR
    return _BESIDE if n + 1 == top else _ABOVE


def _is_point(line: PageLine) -> bool:
    """Whether it is an item of a list, as the points of a summary are."""
    return line.is_item or (line.hints is not None and line.hints.tag == "li")


def _top(lines: Sequence[PageLine], headline: int | None) -> int | None:
    if headline is None:
        return None
    title = lines[headline].title_words
    return next(n for n, line in enumerate(lines) if title in (line.words, line.title_words))


def _homes(lines: Sequence[PageLine], headline: int | None, body: Body) -> frozenset[int]:
    """The boxes around the headline and around the first paragraph."""
    boxes: set[int] = set()
    for n in (headline, body.first):
        hints = lines[n].hints if n is not None else None
        box = hints.box if hints is not None else None
        while box is not None and id(box) not in boxes:
            boxes.add(id(box))
            box = box.parent
    return frozenset(boxes)


def _section(hints: Hints | None) -> Box | None:
    """The article or main element that the headline stands in."""
    box = hints.box if hints is not None else None
    while box is not None and box.tag not in ("article", "main"):
        box = box.parent
    return box


def _is_in(box: Box, section: Box) -> bool:
    around: Box | None = box
    while around is not None and around is not section:
        around = around.parent
    return around is not None


def _is_elsewhere(box: Box, homes: frozenset[int], in_list: bool = False) -> bool:
    """Whether it stands beside the article: in the frame of the site, in a list of others, in another's card.

    Between headline and body a list may be the article's own (`in_list`).
    """
    if box.regions & {"aside", "nav"} or ("header" in box.regions and "article" not in box.regions):
        return True
    if "footer" in box.regions and not (in_list and "article" in box.regions):
        return True
    around: Box | None = box
    while around is not None and id(around) not in homes:
        if not around.is_inline and (around.tag == "article" or (around.tag == "li" and not in_list)):
            return True
        around = around.parent
    return False


def _is_called_updated(hints: Hints) -> bool:
    """Whether the marks of an element call its time an update, and not both, as themes mark a time never changed."""
    marks, itemprops = hints.box.near, hints.box.itemprops
    if "datepublished" in itemprops or marks & {"published", "publish"}:
        return False
    return "datemodified" in itemprops or bool(marks & {"updated", "update", "modified", "lastupdate"})
