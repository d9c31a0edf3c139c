"""From a row of a table to its article: which column holds what, ids, headlines, texts stored in other forms."""

from __future__ import annotations

import ast
import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from ...configs.errors import InputError
from ...configs.visible import as_given
from ..arabic import fold
from ..document import Article
from .dates import counted_time, published_in_cell
from .dom import stored_line, stored_text
from .lexicon import words_of
from .lines import SUFFIX_BAR
from .outlet import OutletNames

COLUMNS = ("id", "text", "title", "outlet", "agency", "published", "url", "event_id")
# Other headings that people give the same columns, without spaces, bars, hamza and article.
_HEADINGS = {
    "id": "docid articleid معرف رقممقال رقمخبر guid newsid",
    "text": "articletext body content articlebody articlecontent bodytext fulltext maintext story paragraphs newstext newsbody newscontent fullarticle plaintext cleantext textbody postcontent متن نص نصمقال نصخبر نصماده نصكامل متنخبر متنمقال محتوي محتويمقال فقرات",  # noqa: E501
    "title": "headline heading articletitle newstitle posttitle عنوان عنوانمقال عنوانخبر عنوانماده عنوانرييسي",
    "outlet": "source publisher site sitename newspaper mediaoutlet sourcename outletname publication newssource مصدر مصدرخبر وسيله وسيلهاعلاميه ناشر صحيفه اسمصحيفه جريده موقع اسمموقع منبع",  # noqa: E501
    "agency": "newsagency وكاله وكالهانباء خبركزاري",
    "published": "date publishedat publicationdate pubdate datepublished publishdate publishedtime timestamp datetime datepublish publisheddate publishtime articledate newsdate postdate تاريخ تاريخنشر تاريخخبر تاريخمقال وقتنشر تاريخانتشار",  # noqa: E501
    "url": "link href address permalink articleurl newsurl sourceurl رابط رابطمقال رابطخبر لينك",
    "event_id": "event eventid حدث",
}
_WHOLE_HEADLINE = 4  # words
_SEPARATORS = re.compile(r"[\s_\-.]+")
_ARTICLE = re.compile(r"(?<!\w)ال(?=\w{2})")
# What programs write into a cell that has nothing in it.
_NOTHING = frozenset(("nan", "nat", "none", "null", "n/a", "#n/a", "<na>", "\\n"))
_NO_UTF8 = re.compile("[\udc80-\udcff]")  # how bytes that are no text are kept while a table is read
_LONGEST_HEADING = 60  # code points


def inner_record(record: dict[str, Any]) -> dict[str, Any]:
    """The article in a row that wraps it in an object: `{"_id": …, "_source": {…}}` of Elasticsearch, and others.

    What stands around it and has another name belongs to it.
    """
    if dict not in map(type, record.values()):
        return record
    inner = [cast(dict[str, Any], value) for value in record.values() if isinstance(value, dict)]
    if "text" in match_columns(list(record), {})[0]:
        return record
    fitting = [each for each in inner if "text" in match_columns(list(each), {})[0]]
    if len(fitting) != 1:
        return record
    return {**{name: value for name, value in record.items() if value is not fitting[0]}, **fitting[0]}


def _is_empty(record: dict[str, Any]) -> bool:
    return all(value is None or value == "" or str(value).isspace() for value in record.values())


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
        """The article of a row, the `number`th of its table, 0 if it is alone there and so called like the file.

        None if an earlier row had the same fault of columns, or nothing is in it.

        The text is taken as it is; a headline that it lacks is put before it. Raises InputError if there is none.
        """
        if isinstance(row, InputError):
            raise row
        if not isinstance(row, dict):
            raise InputError('must be an object, such as {"id": "…", "text": "…"}')
        record = inner_record(cast(dict[str, Any], row))
        key = tuple(map(str, record))
        matched = self._matched.get(key)
        if not record.get(matched["text"] if isinstance(matched, dict) else "") and _is_empty(record):
            self._note("rows with nothing in them are left out")
            return None
        if matched is None:
            self._matched[key] = matched = self._match(key, record, is_alone=not number)
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
        record = inner_record(cast(dict[str, Any], row))
        matched = self._matched.get(tuple(map(str, record)))
        if not isinstance(matched, dict):
            return None
        try:
            given = _as_text(record.get(matched["id"]), "", "id") if "id" in matched else None
        except InputError:
            return None
        return slug(given) if given else self._id_of_place(number)

    def _id_of_place(self, number: int) -> str:
        return f"{slug(self.stem)}-{number}" if number else slug(self.stem)

    def left_out(self) -> int:
        """How many rows were left out behind one whose columns were said to be wrong."""
        return self._left_out.total()

    def _match(self, key: tuple[str, ...], record: dict[str, Any], *, is_alone: bool) -> dict[str, str] | str:
        matched, problems = match_columns(key, self.columns)
        if "text" not in matched and "text" not in self.columns and not any(" for text;" in p for p in problems):
            rest = [name for name in key if name not in matched.values()]
            likely = max(rest or key, key=lambda name: len(str(record.get(name) or "")), default="NAME")
            if len(key) > 1 and sum(bool(name.strip()) for name in key) == 1:
                only = f"{''.join(key).strip():.{_LONGEST_HEADING}}"
                return f"the first row, “{only}”, names no columns; delete it if the next does"
            if len(likely) > _LONGEST_HEADING:
                return "has no row of column names above the articles; add one, such as id,title,text"
            problems.append(f"has no column text for text; name the right one, perhaps with --column text={likely}")
        if problems:
            shown = ", ".join(f"{name:.{_LONGEST_HEADING}}" for name in key[:20]) + (", …" if len(key) > 20 else "")
            if not any("--column" in problem for problem in problems):
                problems[-1] += "; name the right one with --column FIELD=NAME"
            return f"{'; '.join(problems)} (its columns: {shown})"
        renamed = [
            f"{column} as {name}" for name, column in matched.items() if column != name and name not in self.columns
        ]
        if renamed and not self._matched:
            self.notes.append(f"{self.source}: columns taken: {', '.join(renamed)}")
        self._note_others(key, matched)
        if "id" not in matched and not is_alone:
            others = any("id" in fields for fields in self._matched.values() if isinstance(fields, dict))
            lacking = "some rows have no id; theirs are" if others else "has no column id; ids are"
            self._note(f"{lacking} {slug(self.stem)}-1, -2, … by the rows' places (--column id=NAME names one)")
        return matched

    def _note_others(self, key: Sequence[str], matched: Mapping[str, str]) -> None:
        """Says of a text or headline under another common heading that it is not read."""
        for name in ("text", "title"):
            if name in matched and name not in self.columns:
                rest = [heading for heading in key if heading not in matched.values()]
                if (other := match_columns(rest, {})[0].get(name)) is not None:
                    self._note(f"column {other} is not read; {matched[name]} is the {name} (--column {name}={other})")

    def _article(self, record: dict[str, Any], matched: Mapping[str, str], number: int) -> Article:
        given = {name: _as_text(record.get(column), column, name) for name, column in matched.items()}
        text, title = given.get("text"), (given.get("title") or "").strip() or None
        article_id = given.get("id") or (None if "id" in matched and number else self._id_of_place(number))
        if not article_id or not text or text.isspace():
            lacks = [name for name, value in (("id", article_id), ("text", (text or "").strip())) if not value]
            raise InputError("has no " + " and no ".join(lacks))
        text, decided = stored_text(text)
        for note in decided:
            self._note(note)
        title = stored_line(title) if title else None
        if title and (shown := _shown_title(text, title)):
            title = shown
        source = self.source
        one_word = slug(article_id)
        if one_word != article_id or "_" in one_word:
            is_other = self._slugs.setdefault(one_word, article_id) != article_id
            if is_other:
                one_word = f"{one_word}-{number}"
            if one_word != article_id:
                source = f"{self.source}: {article_id}"
                said = ", and the row's number where two are then equal" if is_other else ""
                self._note(f"ids with spaces are written with _ instead{said}", f", as {one_word}")
        written = given.get("published")
        published = self._published(written)
        if written and written.strip() and not published:
            self._note("dates that are not whole, or are not understood, are left out", f", as {written:.40}")
        try:
            return self._made(one_word, text, title, published, source, given)
        except InputError:
            if any(_NO_UTF8.search(value) for value in (one_word, text, title or "")):
                words = f"article {one_word!a:.40} has bytes that are no UTF-8; save the table as UTF-8"
                raise InputError(words) from None
            raise

    def _made(
        self,
        one_word: str,
        text: str,
        title: str | None,
        published: str | None,
        source: str,
        given: Mapping[str, str | None],
    ) -> Article:
        outlet = given.get("outlet")
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

    def _published(self, written: str | None) -> str | None:
        if written is not None and (read := counted_time(written)) is not None:
            what = (
                "Excel's numbers of days are read as dates"
                if len(written.split(".")[0]) == 5
                else ("seconds since 1970 are read as times of Greenwich")
            )
            self._note(what, f", as {written:.20} as {read}")
            return read
        return published_in_cell(written)

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
    given["published"] = published_in_cell(given.get("published"))
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
    if isinstance(value, str) and name != "text":
        return None if len(value) < 6 and (not value or value.strip().casefold() in _NOTHING) else value
    if name in ("outlet", "agency") and isinstance(value, dict) and "name" in value:
        value = cast(dict[str, object], value)["name"]  # as interfaces for news give it: {"id": null, "name": "…"}
    if isinstance(value, dict) and len(cast(dict[str, object], value)) == 1:
        # {"$oid": "…"} and {"$date": {"$numberLong": "…"}}, as databases of documents write ids and times
        ((kind, held),) = cast(dict[str, object], value).items()
        if kind.startswith("$"):
            return _as_text(held, column, name)
    if name in ("title", "text") and isinstance(value, dict) and "rendered" in value:
        value = cast(dict[str, object], value)["rendered"]  # as WordPress gives it
    if name != "text" and isinstance(value, list) and len(cast(list[object], value)) == 1:
        return _as_text(cast(list[object], value)[0], column, name)
    if value is None or value == "" or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, str) and len(value) < 6 and value.strip().casefold() in _NOTHING:
        return None
    if name == "text":
        value = _paragraphs(value)
    if isinstance(value, str):
        return value
    if isinstance(value, date):  # also times
        return value.isoformat()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if name in ("id", "event_id", "published") and isinstance(value, float) and math.isfinite(value):
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
