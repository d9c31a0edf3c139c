"""The visible lines of an HTML page as a browser sets them, each with what the markup says of it, and the page's head.

No character of the text is changed; only runs of space, tab and line breaks become one space, as in browsers.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ...configs.chrome import load_chrome_words
from ...configs.errors import InputError

# Elements that show nothing of the text, and controls.
_SKIPPED = frozenset((
    "script", "style", "noscript", "template", "svg", "iframe", "object", "embed", "canvas", "audio", "video",
    "map", "select", "datalist", "textarea", "math", "progress", "meter", "applet", "frameset",
))  # fmt: skip
_INLINE = frozenset((
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i",
    "img", "ins", "kbd", "label", "mark", "nobr", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike",
    "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "input", "source", "track", "param",
))  # fmt: skip
_REGIONS = frozenset(["nav", "header", "footer", "aside", "article", "main", "figure", "form"])
_NEVER_PROSE = frozenset(("h1", "figcaption", "button", "option", "legend", "dt", "th"))
_WHITE = re.compile(r"[\t\n\r\f][ \t\n\r\f]*| [ \t\n\r\f]+")  # all that is not a single space already
_HIDDEN_STYLE = re.compile(r"display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden", re.IGNORECASE)
_MARK_WORD = re.compile(r"[a-z]+|[A-Z][a-z]*")
_HIDDEN_MARKS = re.compile(
    r"(?:^|\s)(?:sr-only|visually-?hidden|screen-reader(?:-text)?|d-none)(?:$|\s)", re.IGNORECASE
)
_XML_HEAD = re.compile(r"^\s*<\?xml[^>]{0,400}\?>")
_ITEMPROPS = frozenset((
    "articlebody", "headline", "alternativeheadline", "description", "publisher", "datepublished", "datemodified",
    "name", "author", "comment",
))  # fmt: skip
_CELL = "\0"  # between the cells of a row, while a line is put together
_WIDEST_CELL = 60
_TIMES = 20  # that one line may give


@dataclass(slots=True, eq=False)
class Box:
    """An element that the page is laid out in: its tag, what it is called, and the sections it stands in.

    `marks` are the telling words of class, id and role of it and of all around it, `near` those of the nearest three.
    `prose` is how many words of prose stand in it, filled in by whoever judges the lines.
    """

    parent: Box | None
    tag: str
    regions: frozenset[str]
    own: frozenset[str]
    near: frozenset[str]
    marks: frozenset[str]
    itemprops: frozenset[str]
    hidden: bool
    is_inline: bool = False
    prose: float = 0.0


@dataclass(slots=True)
class Hints:
    """What the markup says of a line. `links` is the share of it that is a link.

    `times` are the values of time elements in it, `time` whether it is one, `broken` whether a line break and no new
    paragraph ended the line before it.
    """

    tag: str
    links: float
    box: Box
    times: tuple[str, ...] = ()
    time: bool = False
    broken: bool = False

    @property
    def may_be_prose(self) -> bool:
        """Whether running text may stand so."""
        return self.links <= 0.8 and self.tag not in _NEVER_PROSE


@dataclass(slots=True)
class HtmlPage:
    """An HTML page: its lines, and what its head and its marks say (see metadata.py)."""

    texts: list[str] = field(default_factory=list[str])
    hints: list[Hints] = field(default_factory=list[Hints])
    title: str | None = None
    metas: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    scripts: list[str] = field(default_factory=list[str])
    items: list[tuple[str, str, Box]] = field(default_factory=list[tuple[str, str, Box]])
    canonical: str | None = None

    def give_lines(self) -> Iterator[tuple[str, Hints]]:
        """The lines, which are not kept: those of a long page take much memory."""
        self.texts.reverse()
        self.hints.reverse()
        while self.texts:
            yield self.texts.pop(), self.hints.pop()


def read_html(text: str) -> HtmlPage:
    """The lines of the page, hidden ones with a hint. Raises InputError if it is no HTML.

    The parser calls for each element, so that no tree of the page stands in memory.
    """
    from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

    walker = _Walker(len(text) > MUCH)
    parser: Any = etree.HTMLParser(target=walker, huge_tree=True, remove_comments=True, remove_pis=True)
    text = _XML_HEAD.sub("", text).replace("\0", "")
    try:
        for start in range(0, len(text), _AT_ONCE):
            parser.feed(text[start : start + _AT_ONCE])
        parser.close()
    except (etree.LxmlError, ValueError) as error:
        raise InputError(f"cannot be read as HTML ({type(error).__name__})") from None
    return walker.page


_AT_ONCE = 1 << 20
MUCH = 1 << 20  # code points; of so long a page, what is alike in many lines is held once
_NO_WORDS: frozenset[str] = frozenset()


@lru_cache(maxsize=1 << 14)
def _telling(value: str) -> frozenset[str]:
    """The words of a class, id or role that say what an element is for."""
    marks = load_chrome_words().marks
    words: set[str] = set()
    for word in map(str.lower, _MARK_WORD.findall(value[:1000])):
        if word in marks.known:
            words.add(word)
        else:
            words.update(stem for stem in marks.stems if stem in word)
    return frozenset(words)


class _Walker:
    """Takes the parser's calls and puts lines together."""

    def __init__(self, is_much: bool) -> None:
        self.page = HtmlPage()
        self._is_much = is_much
        self._skipped = 0
        self._script: list[str] | None = None
        self._title: list[str] | None = None
        root = Box(None, "html", _NO_WORDS, _NO_WORDS, _NO_WORDS, _NO_WORDS, _NO_WORDS, False)
        self._open: list[tuple[str, Box, bool]] = [("", root, False)]
        self._links = self._pre = self._times = 0
        self._is_cell = False
        self._sets: dict[frozenset[str], frozenset[str]] = {}
        self._alike: Box | None = None  # the last paragraph of a long page, which others beside it share
        self._reset(False)

    def _reset(self, broken: bool) -> None:
        self._pieces: list[str] = []
        self._width = 0
        self._at: Box | None = None
        self._tag = ""
        self._linked = 0
        self._values: list[str] = []
        self._is_time = False
        self._broken = broken

    # what the parser calls

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if self._skipped:
            self._skipped += 1
            return
        if tag == "meta":
            self._meta(attributes)
        elif tag == "link":
            if attributes.get("rel", "").lower() == "canonical" and self.page.canonical is None:
                self.page.canonical = attributes.get("href")
        elif tag == "title":
            if self.page.title is None:
                self._title = []
        elif tag in _SKIPPED:
            self._skipped = 1
            kind = attributes.get("type", "").partition(";")[0].strip().lower()
            self._script = [] if tag == "script" and kind == "application/ld+json" else None
            return
        is_inline = tag in _INLINE
        if tag == "br":
            self._flush(broken=True)
        elif tag in ("td", "th") and self._is_row_of_cells():
            self._pieces.append(_CELL)
            self._width -= _WIDEST_CELL
        elif not is_inline:
            self._flush()
        if tag in ("tr", "td", "th"):
            self._is_cell = True
        # An anchor without an address is a place to jump to, not a link.
        is_link = (tag == "a" and "href" in attributes) or tag == "button"
        self._links += is_link
        if tag == "pre":
            self._pre += 1
        elif tag == "time":
            self._times += 1
        box = self._open[-1][1]
        if attributes or not is_inline:
            box = self._box(box, tag, attributes, is_inline)
        self._open.append((tag, box, is_link))
        if attributes:
            self._item(tag, attributes, box)

    def end(self, tag: str) -> None:
        if self._skipped:
            self._skipped -= 1
            if not self._skipped and self._script is not None:
                self.page.scripts.append("".join(self._script))
                self._script = None
            return
        if tag == "title" and self._title is not None:
            self.page.title = "".join(self._title)
            self._title = None
        if len(self._open) > 1:
            is_link = self._open.pop()[2]
            self._links -= is_link
        if tag == "pre":
            self._pre -= 1
        elif tag == "time":
            self._times -= 1
        if tag not in _INLINE and tag not in ("td", "th", "br", "meta", "link"):
            self._flush()

    def data(self, text: str) -> None:
        if self._skipped:
            if self._script is not None:
                self._script.append(text)
        elif self._title is not None:
            self._title.append(text)
        elif self._pre and "\n" in text:
            for n, line in enumerate(text.split("\n")):
                if n:
                    self._flush(broken=True)
                self._add(line)
        else:
            self._add(text)

    def close(self) -> HtmlPage:
        self._flush()
        return self.page

    # lines

    def _add(self, text: str) -> None:
        if self._at is None and not text.isspace():
            tag, self._at, _ = self._open[-1]
            # The block that it stands in counts, not the word that is bold in it.
            self._tag = tag if tag not in _INLINE else self._at.tag
            self._is_time = self._times > 0
        self._pieces.append(text)
        self._width += len(text)
        if self._links:
            self._linked += len(text.strip())

    def _flush(self, broken: bool = False) -> None:
        self._is_cell = False  # lines of its own make a cell a column of the layout
        if self._at is None:
            # Between two breaks stands nothing; times without words belong to the line that follows.
            self._pieces.clear()
            self._width = 0
            self._broken = self._broken or broken
            return
        text = _WHITE.sub(" ", "".join(self._pieces)).strip(" ")
        if _CELL in text:
            text = "\t".join(cell.strip(" ") for cell in text.split(_CELL))
        links = min(1.0, self._linked / max(1, len(text))) if self._linked else 0.0
        hints = Hints(self._tag, links, self._at, tuple(self._values), self._is_time, self._broken)
        if self._is_much and self.page.hints and hints == self.page.hints[-1]:
            hints = self.page.hints[-1]
        self.page.texts.append(text)
        self.page.hints.append(hints)
        self._reset(broken)

    def _is_row_of_cells(self) -> bool:
        """Whether what stands in the line so far is a cell of a table of data, not a column of the layout."""
        return self._at is not None and self._is_cell and self._width <= _WIDEST_CELL

    def _box(self, around: Box, tag: str, attributes: dict[str, str], is_inline: bool) -> Box:
        own = _NO_WORDS
        hidden, itemprops = around.hidden, around.itemprops
        if attributes:
            for name in ("class", "id", "role", "itemtype"):
                value = attributes.get(name)
                if value:
                    own |= _telling(value)
            value = attributes.get("itemprop")
            if value:
                itemprops |= _ITEMPROPS & set(value.lower().split())
            hidden = hidden or _is_hidden(tag, attributes, is_inline)
        if is_inline and not own and hidden == around.hidden and itemprops == around.itemprops:
            return around
        # Thousands of boxes are called alike.
        kept, parent = self._sets, around.parent
        own = kept.setdefault(own, own)
        itemprops = kept.setdefault(itemprops, itemprops)
        last = self._alike
        called = (tag, own, itemprops, hidden)
        if last and last.parent is around and (last.tag, last.own, last.itemprops, last.hidden) == called:
            return last
        near = own | around.own | (parent.own if parent is not None else _NO_WORDS)
        near = kept.setdefault(near, near)
        regions = around.regions | {tag} if tag in _REGIONS else around.regions
        regions = kept.setdefault(regions, regions)
        marks = around.marks | own if own else around.marks
        marks = kept.setdefault(marks, marks)
        box = Box(around, around.tag if is_inline else tag, regions, own, near, marks, itemprops, hidden, is_inline)
        if self._is_much and tag == "p":
            self._alike = box
        return box

    # what is marked for machines

    def _meta(self, attributes: dict[str, str]) -> None:
        name = attributes.get("property") or attributes.get("name") or attributes.get("itemprop")
        content = attributes.get("content")
        if name and content and content.strip():
            self.page.metas.append((name.lower(), content))

    def _item(self, tag: str, attributes: dict[str, str], box: Box) -> None:
        names = f"{attributes.get('itemprop', '')} {attributes.get('property', '')}".lower().split()
        value = attributes.get("datetime") or attributes.get("content")
        if tag == "time" and value and len(self._values) < _TIMES:
            self._values.append(value)
        for name in names:
            if value:
                self.page.items.append((name, value, box))


def _is_hidden(tag: str, attributes: dict[str, str], is_inline: bool) -> bool:
    if "hidden" in attributes or (attributes.get("aria-hidden") == "true" and not is_inline):
        return True
    if tag == "dialog" and "open" not in attributes:
        return True
    style, marks = attributes.get("style"), attributes.get("class")
    return bool((style and _HIDDEN_STYLE.search(style[:2000])) or (marks and _HIDDEN_MARKS.search(marks[:2000])))


# --- texts that tables hold in the form of HTML, or of a string of code ----------------------------------

_BLOCK = re.compile(r"<(?:p|br|div|h[1-6]|li|span)\b[^<>]{0,400}>", re.IGNORECASE)
_OPENS = re.compile(r"\s*<(?:p|div|h[1-6]|article|section)\b[^<>]{0,400}>", re.IGNORECASE)
_PAIR = re.compile(r"</?(b|strong|em|i|u|a|font|mark|small|h[1-6]|p|div|span)\b[^<>]{0,400}>", re.IGNORECASE)
_REFERENCE = re.compile(
    r"&(?:quot|amp|apos|lt|gt|nbsp|[lr]aquo|[lr][sd]quo|hellip|[mn]dash|#\d{2,6}|#x[0-9a-f]{2,5});", re.IGNORECASE
)
_EXCEL_BREAK = re.compile(r"_x000[dD]_\r?\n?")  # half of Excel's line break, as it is stored


def stored_text(text: str) -> tuple[str, list[str]]:
    """A table's text as its readers see it, and what was decided for that."""
    notes: list[str] = []
    text = text.removeprefix("\ufeff")
    is_html = _is_html(text)
    if not is_html and "&" in text and _REFERENCE.search(text):
        notes.append("references such as &quot; are read as the characters that they stand for")
        text = _REFERENCE.sub(lambda match: html.unescape(match.group()), text)
        is_html = _is_html(text)
    if is_html:
        return "\n\n".join(read_html(text).texts) or text, [*notes, "tags in texts are read as a browser does"]
    if "</" in text and _PAIR.search(text):
        notes.append("tags of bold words and links in texts are left out")
        text = _PAIR.sub("", text)
    if "_x000" in text and _EXCEL_BREAK.search(text):
        notes.append("_x000D_ in texts is read as a line break")
        text = _EXCEL_BREAK.sub("\n", text)
    if "\n" not in text and "\\n" in text:
        notes.append("\\n in texts without line breaks is read as one")
        text = text.replace("\\r\\n", "\n").replace("\\n", "\n")
    return text, notes


def stored_line(text: str) -> str:
    """The same of a headline."""
    text = html.unescape(text) if "&" in text and _REFERENCE.search(text) else text
    return " ".join(_PAIR.sub(" ", text).split()) if "</" in text and _PAIR.search(text) else text


def _is_html(text: str) -> bool:
    return "<" in text and (len(_BLOCK.findall(text[:20_000])) >= 2 or _OPENS.match(text) is not None)
