"""From a row of a table to its article: which column holds what, ids, headlines, texts stored in other forms."""

from __future__ import annotations

import ast
import html
import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, cast

from ...configs.errors import InputError
from ...configs.visible import as_given
from ..arabic import fold
from ..document import Article
from .dates import read_date_line
from .dom import read_html
from .lexicon import words_of
from .lines import SUFFIX_BAR
from .outlet import OutletNames

COLUMNS = ("id", "text", "title", "outlet", "agency", "published", "url", "event_id")
# Other headings that people give the same columns, without spaces, bars, hamza and article.
_HEADINGS = {
    "id": "docid articleid معرف رقممقال رقمخبر guid",
    "text": "articletext body content articlebody articlecontent bodytext fulltext maintext story paragraphs متن نص نصمقال نصخبر نصماده نصكامل متنخبر متنمقال محتوي محتويمقال فقرات",  # noqa: E501
    "title": "headline heading articletitle عنوان عنوانمقال عنوانخبر عنوانماده عنوانرئيسي",
    "outlet": "source publisher site sitename newspaper mediaoutlet مصدر وسيله وسيلهاعلاميه ناشر صحيفه موقع",
    "agency": "newsagency وكاله",
    "published": "date publishedat publicationdate pubdate datepublished publishdate publishedtime timestamp datetime تاريخ تاريخنشر وقتنشر",  # noqa: E501
    "url": "link href address permalink رابط رابطمقال رابطخبر",
    "event_id": "event eventid حدث",
}
_TAG = re.compile(r"<(?:p|br|div|h[1-6]|li|span)\b[^<>]{0,400}>", re.IGNORECASE)
_STARTS_AS_HTML = re.compile(r"\s*<(?:p|div|h[1-6]|article|section)\b[^<>]{0,400}>", re.IGNORECASE)
_WHOLE_HEADLINE = 4  # words
_SEPARATORS = re.compile(r"[\s_\-.]+")
_ARTICLE = re.compile(r"(?<!\w)ال(?=\w{2})")
_REFERENCE = re.compile(
    r"&(?:quot|amp|apos|lt|gt|nbsp|[lr]aquo|[lr][sd]quo|hellip|[mn]dash|#\d{2,6}|#x[0-9a-f]{2,5});", re.IGNORECASE
)


def match_columns(headings: Sequence[str], given: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Which column holds which field, and what is wrong with the headings.

    A column that is called like the field is it; else one with another common heading, in any spelling.
    """
    matched: dict[str, str] = {}
    problems: list[str] = []
    folded: dict[str, list[str]] = {}
    for heading in headings:
        words = _SEPARATORS.sub(" ", fold(heading))
        folded.setdefault(_ARTICLE.sub("", words).replace(" ", ""), []).append(heading)
    for name in COLUMNS:
        if name in given:
            if given[name] in headings:
                matched[name] = given[name]
            else:
                problems.append(f"has no column {given[name]} for {name}")
        elif name in headings:
            matched[name] = name
        else:
            keys = [_SEPARATORS.sub("", name), *_HEADINGS[name].split()]
            fitting = [heading for key in keys for heading in folded.get(key, []) if heading not in given.values()]
            if len(fitting) > 1 and name in ("text", "title"):
                problems.append(f"has {' and '.join(fitting)} for {name}; choose one with --column {name}={fitting[0]}")
            elif fitting:
                matched[name] = fitting[0]
    return matched, problems


class HeadingError(InputError):
    """What is wrong with the columns of a table: it is so for all rows, and mended in the heading."""


@dataclass(slots=True)
class RowReader:
    """Makes articles of the rows of one table.

    `notes` says once what was decided for the whole table: ids that were made, rows that were left out.
    """

    source: str
    stem: str
    columns: Mapping[str, str]
    names: OutletNames
    notes: list[str] = field(default_factory=list[str])
    _matched: dict[tuple[str, ...], dict[str, str] | str] = field(
        default_factory=dict[tuple[str, ...], dict[str, str] | str]
    )
    _slugs: dict[str, str] = field(default_factory=dict[str, str])
    _left_out: Counter[str] = field(default_factory=Counter[str])
    _noted: set[str] = field(default_factory=set[str])

    def article(self, row: object, number: int) -> Article | None:
        """The article of a row, the `number`th of its table; None if an earlier row had the same fault of columns.

        The text is taken as it is; a headline that it lacks is put before it. Raises InputError if there is none.
        """
        if isinstance(row, InputError):
            raise row
        if not isinstance(row, dict):
            raise InputError("must be an object")
        record = cast(dict[str, Any], row)
        key = tuple(map(str, record))
        matched = self._matched.get(key)
        if matched is None:
            self._matched[key] = matched = self._match(key, record)
            if isinstance(matched, str):
                raise HeadingError(matched)
        if isinstance(matched, str):
            self._left_out[matched] += 1
            return None
        return self._article(record, matched, number)

    def id_of(self, row: object, number: int) -> str | None:
        """The id that the row's article has, or would have if it could be read."""
        if not isinstance(row, dict):
            return None
        record = cast(dict[str, Any], row)
        matched = self._matched.get(tuple(map(str, record)))
        if not isinstance(matched, dict):
            return None
        try:
            given = _as_text(record.get(matched["id"]), "", "id") if "id" in matched else None
        except InputError:
            return None
        return slug(given) if given else f"{slug(self.stem)}-{number}"

    def left_out(self) -> int:
        """How many rows were left out behind one whose columns were said to be wrong."""
        return self._left_out.total()

    def _match(self, key: tuple[str, ...], record: dict[str, Any]) -> dict[str, str] | str:
        matched, problems = match_columns(key, self.columns)
        if "text" not in matched and "text" not in self.columns and not any(" for text;" in p for p in problems):
            rest = [name for name in key if name not in matched.values()]
            likely = max(rest or key, key=lambda name: len(str(record.get(name) or "")), default="NAME")
            problems.append(f"has no column text for text; name the right one, perhaps with --column text={likely}")
        if problems:
            shown = ", ".join(key[:20]) + (", …" if len(key) > 20 else "")
            if not any("--column" in problem for problem in problems):
                problems[-1] += "; name the right one with --column FIELD=NAME"
            return f"{'; '.join(problems)} (its columns: {shown})"
        renamed = [
            f"{column} as {name}" for name, column in matched.items() if column != name and name not in self.columns
        ]
        if renamed and not self._matched:
            self.notes.append(f"{self.source}: columns taken: {', '.join(renamed)}")
        if "id" not in matched:
            self._note(
                f"has no column id; ids are {slug(self.stem)}-1, -2, … by the rows' places (--column id=NAME names one)"
            )
        return matched

    def _article(self, record: dict[str, Any], matched: Mapping[str, str], number: int) -> Article:
        given = {name: _as_text(record.get(column), column, name) for name, column in matched.items()}
        text, title = given.get("text"), (given.get("title") or "").strip() or None
        article_id = given.get("id") if "id" in matched else f"{slug(self.stem)}-{number}"
        if not article_id or not text:
            lacks = [name for name, value in (("id", article_id), ("text", text)) if not value]
            raise InputError("has no " + " and no ".join(lacks))
        text = self._unescaped(text)
        title = html.unescape(title) if title and _REFERENCE.search(title) else title
        if title and (shown := _shown_title(text, title)):
            title = shown
        source = self.source
        one_word = slug(article_id)
        if one_word != article_id:
            source = f"{self.source}: {article_id}"
            if self._slugs.setdefault(one_word, article_id) != article_id:
                one_word = f"{one_word}-{number}"
            self._note("ids with spaces are written with _ instead", f", as {one_word}")
        outlet, written = given.get("outlet"), given.get("published")
        published = _published(written)
        if written and written.strip() and not published:
            self._note("dates that are not whole, or are not understood, are left out", f", as {written:.40}")
        return Article(
            id=one_word,
            text=text if title is None or begins_with(text, title) else f"{title}\n\n{text}",
            title=title,
            outlet=self.names.outlet(outlet) if outlet else None,
            agency=given.get("agency"),
            published=published,
            url=given.get("url"),
            event_id=given.get("event_id"),
            source=source,
        )

    def _unescaped(self, text: str) -> str:
        """The text as its readers see it, where it was stored in the form of HTML or of a string of code."""
        text = text.removeprefix("\ufeff")
        if len(_TAG.findall(text[:20_000])) >= 2 or _STARTS_AS_HTML.match(text):
            return "\n\n".join(read_html(text).texts) or text
        if _REFERENCE.search(text):
            self._note("references such as &quot; are read as the characters that they stand for")
            text = _REFERENCE.sub(lambda match: html.unescape(match.group()), text)
        if "\n" not in text and "\\n" in text:
            self._note("\\n in texts without line breaks is read as one")
            text = text.replace("\\r\\n", "\n").replace("\\n", "\n")
        return text

    def _note(self, note: str, example: str = "") -> None:
        if note not in self._noted:
            self._noted.add(note)
            self.notes.append(f"{self.source}: {note}{example}")


def described(record: Mapping[str, Any]) -> dict[str, str]:
    """What a record says of an article whose text and id are known: the fields of its headings, as in a table.

    Raises InputError if a value is of a wrong type.
    """
    matched, _ = match_columns(list(record), {})
    fields = (name for name in matched if name not in ("id", "text"))
    given = {name: _as_text(record[matched[name]], matched[name], name) for name in fields}
    given["published"] = _published(given.get("published"))
    return {name: value for name, value in given.items() if value}


def slug(name: str) -> str:
    """The name as one printable word: white space as `_`, what cannot be printed as its code."""
    if name.isprintable() and " " not in name:
        return name
    return "".join(
        char if char.isprintable() and char != " " else "_" if char.isspace() else f"%{ord(char):02X}"
        for char in " ".join(name.split())
    )


def begins_with(text: str, title: str) -> bool:
    """Whether the headline stands at the head of the text already, in any spelling."""
    body = text.lstrip()
    first = body.split("\n", 1)[0]
    words = words_of(title)
    if body.startswith(title) and not body[len(title) : len(title) + 1].isalnum() and len(words) >= _WHOLE_HEADLINE:
        return True
    return len(first) < 2 * len(title) + 20 and words_of(first) == words


def _shown_title(text: str, title: str) -> str | None:
    """What a title like «headline | outlet» has before the bar, if the text begins with that."""
    bar = SUFFIX_BAR.search(title)
    headline = title[: bar.start()] if bar else ""
    return headline if len(words_of(headline)) >= _WHOLE_HEADLINE and begins_with(text, headline) else None


def _as_text(value: object, column: str, name: str) -> str | None:
    if name in ("outlet", "agency") and isinstance(value, dict) and "name" in value:
        value = cast(dict[str, object], value)["name"]  # as interfaces for news give it: {"id": null, "name": "…"}
    if value is None or value == "" or (isinstance(value, float) and value != value):
        return None
    if name == "text":
        value = _paragraphs(value)
    if isinstance(value, str):
        return value
    if isinstance(value, date):  # also times
        return value.isoformat()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if name in ("id", "event_id") and isinstance(value, float) and math.isfinite(value):
        return str(value)
    raise InputError(f"column {column} holds no text but {as_given(value, 40)}")


def _paragraphs(value: object) -> object:
    """Paragraphs in a list, or written as one, joined by blank lines."""
    if isinstance(value, str) and value[:2] in ("['", '["') and value.rstrip().endswith("]"):
        for parse in (json.loads, ast.literal_eval):
            try:
                read: object = parse(value)
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                continue
            value = read if isinstance(read, list) else value
            break
    if isinstance(value, list):
        paragraphs = [_in_block(paragraph) for paragraph in cast(list[object], value)]
        if paragraphs and all(isinstance(paragraph, str) for paragraph in paragraphs):
            return "\n\n".join(cast(list[str], paragraphs))
    return value


def _in_block(paragraph: object) -> object:
    """The text of a paragraph that is stored as an object: `{"type": "p", "text": "…"}`."""
    return cast(dict[str, object], paragraph).get("text", paragraph) if isinstance(paragraph, dict) else paragraph


def _published(value: str | None) -> str | None:
    """A date column's value, to the second: ISO, or any other complete date as it reads, else None.

    Midnight without a zone is how tables write a day alone.
    """
    if value is None:
        return None
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        line = read_date_line(value)
        return line.published if line else None
    if len(value) == 10 or (read.time() == time() and read.tzinfo is None):
        return read.date().isoformat()
    return read.isoformat("T", "seconds" if read.second else "minutes")
