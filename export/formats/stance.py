"""Reads and writes stance corpora: tables with a row for each text and claim, such as ANS and AraStance."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from ...annotate.document import Annotation, Article, EventClaim
from ...annotate.pages.rows import HeadingError, slug
from ...annotate.pages.tables import TABLES, line_of_heading, table_kind, table_rows
from ...configs.errors import InputError
from ...configs.visible import as_given
from ...eval.gold.records import Gold, GoldDocument
from .corpus import Findings, split_named

# The written columns, and other names by which each is recognised.
COLUMNS: Mapping[str, Sequence[str]] = {
    "id": (),
    "split": (),
    "event_id": ("event",),
    "claim": ("s1",),
    "stance": ("label",),
    "text": ("article", "s2"),
    "language": (),
}
_NEEDED = ("text", "claim", "stance")
LEFT_OUT = (
    "entities",
    "claims",
    "stances of claims",
    "sources of claims",
    "notes",
    "event claims that claims are about",
    "event claims without a stance",
    "titles, outlets, dates and other facts",
    "names of annotators",
)


@dataclass(slots=True)
class _Text:
    """A text with the values of its rows: the stance on each claim, in the order of the rows."""

    id: str
    event: str | None
    split: str | None
    language: str | None
    stances: dict[str, str] = field(default_factory=dict[str, str])


def read_stance(
    path: Path, known: Collection[str] | None, findings: Findings, *, columns: Mapping[str, str]
) -> Iterator[GoldDocument]:
    """The documents of a table (CSV, TSV, JSON, JSON lines, Parquet): one for each text, with all of its claims.

    `columns` names the column of a field; other columns are recognised by `COLUMNS`. In JSON, a row may have a list of
    texts and a list of stances of equal length. Texts and claims that rows connect are one event, unless the table
    names events, so a claim is never in two splits. `known` is not used: a table has no entities.
    """
    try:
        if table_kind(path) is None:
            raise InputError(f"must be a table, with a name like x{', x'.join(TABLES)}")
        encoding, rows = table_rows(path)
        if encoding:
            findings.notes.append(f"{path}: read as {encoding}")
        texts = _texts(path, rows, columns, findings)
    except InputError as error:
        findings.problems += (f"{path}: {problem}" for problem in error.problems)
        return
    spelt: dict[str, set[str]] = {}
    for stance in (stance for entry in texts.values() for stance in entry.stances.values()):
        spelt.setdefault(stance.casefold(), set()).add(stance)
    findings.notes += (
        f"{path}: {' and '.join(sorted(names))} differ only in capitals, and are read as different stances"
        for names in spelt.values()
        if len(names) > 1
    )
    events = _events(texts)
    for text, entry in texts.items():
        claims = tuple(EventClaim(_claim_id(claim), claim) for claim in entry.stances)
        stances = {_claim_id(claim): stance for claim, stance in entry.stances.items()}
        if entry.split:
            findings.splits[entry.id] = entry.split
        findings.note_language(entry.language)
        try:
            article = Article(entry.id, text, event_id=entry.event or events[text])
            yield GoldDocument(article, claims, Annotation(entry.id, "gold", (), (), stances))
        except InputError as error:
            findings.problems += (f"{path}: {problem}" for problem in error.problems)


def _texts(
    path: Path, rows: Iterator[tuple[int, object]], columns: Mapping[str, str], findings: Findings
) -> dict[str, _Text]:
    texts: dict[str, _Text] = {}
    ids: dict[str, str] = {}
    matched: dict[str, str] | None = None
    repeated = 0
    for number, row in rows:
        where = f"{path}:{number}"
        try:
            if isinstance(row, InputError):
                raise row
            if not isinstance(row, dict):
                raise InputError("must be an object")
            record = cast(dict[str, Any], row)
            if matched is None:
                matched = _matched(list(record), columns)
            for values in _single(record, matched):
                entry = _row(values, texts, ids, slug(path.name.split(".")[0]))
                claim, stance = values["claim"].strip(), values["stance"].strip()
                repeated += claim in entry.stances
                before = entry.stances.setdefault(claim, stance)
                if before != stance:
                    raise InputError(f"stance {stance}: an earlier row has {before} for the same text and claim")
        except InputError as error:
            if isinstance(error, HeadingError):
                where = f"{path}:{line_of_heading(path, number)}"
            findings.problems += (f"{where}: {problem}" for problem in error.problems)
            if matched is None:
                return {}
    if repeated:
        findings.notes.append(f"{path}: {repeated} rows repeat a text, claim and stance, and count once")
    return texts


def _matched(names: Sequence[str], columns: Mapping[str, str]) -> dict[str, str]:
    """The column of each field, in any case. Raises HeadingError if a column is missing, or a field needs one."""
    matched = dict(columns)
    problems = [f"has no column {name} for {field}" for field, name in columns.items() if name not in names]
    # A column with exactly the name comes first.
    free = {name.strip().casefold(): name for name in reversed(names) if name not in columns.values()}
    free |= {name: name for name in free if name in names and name not in columns.values()}
    for its_field, others in COLUMNS.items():
        found = next((free[name] for name in (its_field, *others) if name in free), None)
        if its_field not in columns and found:
            matched[its_field] = found
    lacking = [name for name in _NEEDED if name not in matched]
    problems += [f"has no column for {' and none for '.join(lacking)}"] if lacking else []
    if problems:
        wrong = [field for field, name in columns.items() if name not in names]
        mend = " ".join(f"--column {field}=NAME" for field in (*wrong, *lacking))
        raise HeadingError(f"{'; '.join(problems)}; name the right one: {mend} (its columns: {', '.join(names)})")
    return matched


def _single(record: Mapping[str, Any], matched: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The rows of a record, with fields as text: one row, or a row for each of its texts."""
    given = {name: record.get(column) for name, column in matched.items()}
    lists = {name: cast(list[Any], value) for name, value in given.items() if isinstance(value, list)}
    if lists and ({"text", "stance"} - lists.keys() or len(set(map(len, lists.values()))) > 1):
        raise InputError("lists: text and stance must both be lists, of one length")
    for n in range(len(lists["text"]) if lists else 1):
        values: dict[str, str] = {}
        for name, value in given.items():
            item: object = lists[name][n] if name in lists else value
            if isinstance(item, int) and not isinstance(item, bool):
                item = str(item)
            if not isinstance(item, str) and item is not None:
                raise InputError(f"{matched[name]} must be text, not {as_given(item, 40)}")
            values[name] = item or ""
        if lists:
            values["id"] = ""  # the record's id belongs to all its texts
        lacking = [matched[name] for name in _NEEDED if not values[name].strip()]
        if lacking:
            raise InputError(f"{', '.join(lacking)}: is empty")
        yield values


def _row(values: Mapping[str, str], texts: dict[str, _Text], ids: dict[str, str], stem: str) -> _Text:
    """The text of a row; it is added if new."""
    text = values["text"]
    split, event = split_named(values.get("split", "")), values.get("event_id", "").strip() or None
    entry = texts.get(text)
    if entry is None:
        name = slug(values.get("id", "").strip()) or f"{stem}-{len(texts) + 1}"
        if ids.setdefault(name, text) != text:
            raise InputError(f"id {name}: an earlier row with another text has it")
        texts[text] = entry = _Text(name, event, split, values.get("language"))
    for name, before, now in (("split", entry.split, split), ("event_id", entry.event, event)):
        if before != now:
            raise InputError(f"{name} {now}: an earlier row of the same text has {before}")
    return entry


def _events(texts: Mapping[str, _Text]) -> dict[str, str]:
    """The event of each text. Texts with a common claim are in the same event, which has the id of its first claim."""
    of_claim: dict[str, list[str]] = {}
    for text, entry in texts.items():
        for claim in entry.stances:
            of_claim.setdefault(claim, []).append(text)
    events: dict[str, str] = {}
    for first in texts:
        if first in events:
            continue
        connected, claims, left = {first}, set[str](), [first]
        while left:
            for claim in texts[left.pop()].stances.keys() - claims:
                claims.add(claim)
                new = set(of_claim[claim]) - connected
                connected |= new
                left += new
        events |= dict.fromkeys(connected, f"event-{_claim_id(min(claims))}")
    return events


def _claim_id(claim: str) -> str:
    """The id of a claim; equal words give an equal id in every file."""
    return f"c-{hashlib.sha256(claim.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def stance_lines(gold: Gold, split: str) -> Iterator[str]:
    """A CSV table for `read_stance`, with a row for each text and each claim on which it has a stance."""
    written = {document.article.id for document in gold.split(split)}
    yield ",".join(COLUMNS) + "\r\n"
    for name, documents in gold.splits.items():
        for document in documents:
            if document.article.id not in written:
                continue
            article, words = document.article, {claim.id: claim.text for claim in document.claims}
            for claim, stance in document.annotation.stances.items():
                row = io.StringIO()
                fields = [article.id, name, article.event_id, words[claim], stance, article.text]
                csv.writer(row).writerow([*fields, gold.labels.language])
                yield row.getvalue()
