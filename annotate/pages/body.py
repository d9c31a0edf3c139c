"""Which lines are the article's body, and for each other line why it is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...configs.chrome import load_chrome_words
from .evidence import CLOSER, LIST_LINE, OF_OTHERS_BOX, Markup, add_markup, worths
from .lexicon import is_site_section, takes_up
from .lines import SKIPPED_BLOCK, PageLine

_WIDEST_GAP = -80.0
_WIDEST_GAP_IN_MARKUP = -30.0  # other texts have boxes of their own, which count against them already
# What markup must say against a line inside the body for it to go.
_AGAINST = -16.0
_ALWAYS = ("hidden", "comments", "link to another article", OF_OTHERS_BOX)
# A second article has a headline of so many words, then a date, then paragraphs.
_HEADLINE = 4


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a page: its `first` and `last` line. `against` says what the markup has against lines of it.

    `second_article` is the line at which another article of the page begins, `weight` what the body's lines are worth.
    """

    first: int
    last: int
    weight: float
    against: dict[int, str]
    second_article: int | None = None


def find_body(lines: Sequence[PageLine], about: frozenset[str] = frozenset()) -> Body | None:
    """The run of lines whose worths have the highest sum; None if no line is worth anything.

    `about` are the words of the title that an HTML page has in its head: a run that has them, and stands near behind
    the heading, counts for more, so that the rules of a comment section or a notice may be longer than the article.
    """
    values = worths(lines)
    against: dict[int, str] = {}
    in_markup = bool(lines) and lines[0].hints is not None
    if in_markup:
        says = Markup(lines).says()
        values = add_markup(lines, values, says)
        against = {n: why for n, (value, why) in enumerate(says) if why and _goes(lines[n], value, why)}
    runs = _runs(values, _WIDEST_GAP_IN_MARKUP if in_markup else _WIDEST_GAP)
    if not runs:
        return None
    weight, first, last = _likeliest(runs, lines, about) if in_markup else runs[0]
    if last + 1 < len(lines) and lines[last + 1].is_label and lines[last + 1].goes_on and values[last + 1] > _AGAINST:
        last += 1  # a last paragraph without a full stop
    last = _behind_links(lines, last, values)
    while in_markup and last > first and _is_signature(lines[last]):
        last -= 1
    # Rows above the first paragraph of a page that is laid out in a table: name, headline and date.
    while in_markup and first < last and _is_row(lines[first]) and not lines[first].prose:
        first += 1
    second = _second_article(lines, first, last)
    if second is not None:
        last = max(n for n in range(first, second) if values[n] > 0)
    return Body(first, last, weight, against, second)


def _behind_links(lines: Sequence[PageLine], last: int, values: Sequence[float]) -> int:
    """The last line of the body, if it goes on behind a box of links as only a text does that has been interrupted."""
    chrome = load_chrome_words()
    n = last + 1
    while n < len(lines) and n <= last + _LONGEST_BOX:
        line = lines[n]
        if n == last + 1 and line.chrome != "related" and line.chrome not in chrome.sections:
            break
        if line.prose:
            if not takes_up(line.text) or values[n] <= 0:
                break
            while n + 1 < len(lines) and lines[n + 1].prose and values[n + 1] > 0:
                n += 1
            last = n
        elif line.chrome in chrome.closers:
            break
        n += 1
    return last


_LONGEST_BOX = 8  # lines


def _goes(line: PageLine, value: float, why: str) -> bool:
    """Whether what the markup says against a line takes it out; a few words in a box of chrome are its own."""
    return value < _AGAINST or why in _ALWAYS or (why.startswith("box") and not line.prose and len(line.words) <= 4)


def _runs(values: Sequence[float], widest_gap: float) -> list[tuple[float, int, int]]:
    """Sum, first and last line of every run that is worth something, the one worth most first."""
    runs: list[tuple[float, int, int]] = []
    best: tuple[float, int, int] | None = None
    total, first, gap = 0.0, 0, 0.0
    for n, worth in enumerate(values):
        if total <= 0:
            if best is not None:
                runs.append(best)
            total, first, gap, best = 0.0, n, 0.0, None
        if CLOSER < worth < 0:
            # A box of links inside an article may be long; it weighs no more than a paragraph or two.
            worth = max(worth, widest_gap - gap)
            gap += worth
        elif worth > LIST_LINE:
            gap = 0.0
        total += worth
        if worth > 0 and (best is None or total > best[0]):
            best = (total, first, n)
    if best is not None:
        runs.append(best)
    return sorted(runs, key=lambda run: -run[0])


def _likeliest(
    runs: Sequence[tuple[float, int, int]], lines: Sequence[PageLine], about: frozenset[str]
) -> tuple[float, int, int]:
    heading = max(
        (n for n, line in enumerate(lines) if _is_heading(line)),
        key=lambda n: (len(about & set(lines[n].words)), -n),
        default=None,
    )

    def weight(run: tuple[float, int, int]) -> float:
        total, first, last = run
        near = 0.0
        if heading is not None and first - 15 <= heading <= last:
            near = 0.6
        words: set[str] = set()
        for n in range(first, last + 1 if about else first):
            words.update(lines[n].words)
        return total * (1 + near + (1.5 * len(about & words) / len(about) if about else 0.0))

    return max(runs[:_RUNS], key=weight)


_RUNS = 20  # of the strongest one is the article's


def _is_signature(line: PageLine) -> bool:
    """A few words under the last paragraph are a name or a tag, unless a table or list ends the article."""
    in_list = line.hints is not None and line.hints.tag == "li"
    return not line.prose and len(line.words) <= 4 and not line.is_closed and not in_list and not _is_row(line)


def _is_row(line: PageLine) -> bool:
    return line.hints is not None and line.hints.tag in ("td", "th")


def _is_heading(line: PageLine) -> bool:
    return line.hints is not None and line.hints.tag == "h1" and not line.hints.box.hidden and len(line.words) >= 3


def _second_article(lines: Sequence[PageLine], first: int, last: int) -> int | None:
    """The headline of another article below the first: a label, then a date, then at least two paragraphs."""
    begun = 0
    for n in range(first, last - 2):
        line = lines[n]
        begun += line.prose
        if begun < 2 or line.prose or not line.is_label or len(line.words) < _HEADLINE or line.text.endswith(":"):
            continue
        date = next((k for k in (n + 1, n + 2) if lines[k].date), None)
        # A post that the text quotes ends in its author's handle and the day.
        if date is not None and "@" in lines[date].text:
            continue
        if date is not None and date + 2 <= last and lines[date + 1].prose and lines[date + 2].prose:
            return n
    return None


def reasons(lines: Sequence[PageLine], headline: int | None, body: Body, title: tuple[str, ...]) -> list[str | None]:
    """For each line why it is left out; None for the article's own lines. `title` are the headline's words."""
    sections = load_chrome_words().sections
    first, last = body.first, body.last
    is_timeline = _is_timeline(lines, body)
    result: list[str | None] = []
    in_links = False
    links = 0  # since the words that head them
    for n, line in enumerate(lines):
        inside = first <= n <= last
        reason: str | None = None
        if n == headline:
            reason = "headline"
        elif title and (line.title_words == title or line.words == title):
            reason = "headline repeated"
        elif line.chrome:
            reason = line.chrome
        elif line.date and not (inside and is_timeline):
            reason = "date line"
        elif not inside:
            reason = "before the body" if n < first else "after the body"
            if body.second_article is not None and n >= body.second_article:
                reason = "another article"
        elif n in body.against:
            reason = body.against[n]
        elif line.hints is not None and _is_pull_quote(lines, n, body):
            reason = "repeated in the text"
        elif line.prose or line.date:
            pass
        elif line.has_credit or (n < last and lines[n + 1].chrome == "caption"):
            reason = "caption"  # with its credit, or above it
        elif in_links and not _is_subhead_after_links(lines, n, links):
            reason = "link to another article"
            links += 1
        if reason in (None, SKIPPED_BLOCK):
            in_links = False
        elif line.chrome and (line.chrome == "related" or line.chrome in sections):
            # «اقرأ أيضاً: …» carries its link itself; the words alone head the lines that follow.
            in_links, links = len(line.words) <= 4 or line.chrome in sections, 0
        result.append(reason)
    return result


_PULLED = 4  # words


def _is_pull_quote(lines: Sequence[PageLine], n: int, body: Body) -> bool:
    """Whether it stands beside the text and says again what a longer paragraph says."""
    line = lines[n]
    box = line.hints.box if line.hints is not None else None
    if box is None or len(line.words) < _PULLED:
        return False
    is_quoted = box.tag == "blockquote" or (box.parent is not None and box.parent.tag == "blockquote")
    if not (is_quoted or {"aside", "figure"} & box.regions or "pullquote" in box.marks):
        return False
    said = f" {' '.join(line.words)} "
    around = (lines[k] for k in range(body.first, body.last + 1) if k != n and len(lines[k].words) > len(line.words))
    return any(said in f" {' '.join(paragraph.words)} " for paragraph in around)


def _is_timeline(lines: Sequence[PageLine], body: Body) -> bool:
    """Whether dates inside the body head its paragraphs: two or more, each with nothing beside it, above a sentence."""
    heads = 0
    for n in range(body.first + 1, body.last):
        date = lines[n].date
        if date is not None and not date.rest and not date.kind and lines[n + 1].prose:
            heads += 1
    return heads >= 2


def _is_subhead_after_links(lines: Sequence[PageLine], n: int, links: int) -> bool:
    """A short line right before prose, behind at least one link, heads the prose; «name: words» is a headline."""
    if links == 0 or n + 1 == len(lines) or ":" in lines[n].text[:-1]:
        return False
    return len(lines[n].words) <= 5 and lines[n + 1].prose


def doubts(
    lines: Sequence[PageLine],
    body: Body,
    kept: Sequence[int],
    left_out: Sequence[tuple[int, str]],
    is_live: bool = False,
) -> list[str]:
    """What an editor should look at: sentences that were left out, and pages that are no single, whole article.

    `is_live` says whether the page's metadata calls it a live blog.
    """
    remarks: list[str] = []
    if body.second_article is not None:
        top = lines[body.second_article]
        remarks.append(f"another article begins at line {top.number}: “{_start(top)}”")
    # A box of links may stand between the body and what was taken for the end of the page.
    closers = load_chrome_words().closers
    further = range(body.last + 1, min(body.last + 1 + _FURTHER, len(lines)))
    end = next((n for n in further if lines[n].chrome in closers), body.last + 1 + _FURTHER)
    for n, reason in left_out:
        line = lines[n]
        if body.first - 3 <= n < end and reason not in _SURE and _reads_like_the_article(line):
            remarks.append(f"left out as {reason}: line {line.number} “{_start(line)}”")
    clocks = teasers = prose = 0
    # Clock times stand above or below what they belong to.
    for line in lines[max(0, body.first - 1) : body.last + 2]:
        if line.chrome is not None and (line.chrome == "age" or _is_clock(line)):
            clocks += 1
    for n in kept:
        prose += lines[n].prose
        teasers += lines[n].text[-1] in _BREAKS_OFF and lines[n].text.endswith(_TEASERS)
    if is_live:
        remarks.append("is a live blog by its own account: several reports on one page")
    elif clocks >= 4:
        remarks.append(f"reads like a live blog: {clocks} clock times between the paragraphs")
    if kept and prose <= 3:
        after = lines[kept[-1] + 1 : kept[-1] + 3]
        if lines[kept[-1]].text.endswith(_TEASERS[:3]) or any(
            _READ_ON & set(line.words) and line.chrome for line in after
        ):
            remarks.append("may only be a teaser: the text breaks off")
    if teasers >= 3 and 2 * teasers >= len(kept):
        remarks.append(f"may be a list of teasers: {teasers} paragraphs break off")
    return remarks


_FURTHER = 8  # lines behind the body
_SURE = frozenset(
    ("headline", "headline repeated", "cookies", "legal", "hidden", "comments", "another article", "date line")
)
_TEASERS = ("…", "...", "[…]", "[...]")
_BREAKS_OFF = frozenset("….]")
_READ_ON = frozenset(("المزيد", "للمزيد", "التفاصيل", "تتمه", "more"))


def _start(line: PageLine) -> str:
    return line.text if len(line.text) <= 50 else f"{line.text[:50]}…"


def _reads_like_the_article(line: PageLine) -> bool:
    if len(line.words) < 8:
        return False
    is_sentence = line.prose or line.is_closed or line.goes_on or (line.chrome is None and line.has_credit)
    return is_sentence and not is_site_section(line.words)


def _is_clock(line: PageLine) -> bool:
    return len(line.text) <= 8 and ":" in line.text and not line.words
