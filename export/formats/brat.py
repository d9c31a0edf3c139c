"""brat's standoff format: a folder with a .txt and an .ann for each document; written and read.

Entities and claims are text-bound (T) annotations, a claim's stance is an attribute (A), its source a relation (R), its
note an AnnotatorNotes (#). Offsets are code points into the .txt, as in brat. brat has no spans across a line break:
such a span is written in pieces. Pieces with only white space between them are read as one span again.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from ...annotate.arabic import other_form
from ...annotate.document import Annotation, Article, Claim, Span, show_span
from ...configs.errors import InputError, Problem, within
from ...configs.files import counting_number, dump_json, parse_json, read_text
from ...configs.folders import FolderKind
from ...configs.scheme import CLAIM
from ...configs.visible import counted
from ...eval.gold.records import Gold, GoldDocument, SetAside
from .corpus import Findings

# Names the gold set that the folder was made from; brat does not show files that begin with a dot.
MARKER_FILE = ".mihakk"
# Without a list of files, nobody knows whether people annotated in brat.
BRAT_FOLDER = FolderKind("brat corpus", MARKER_FILE, re.compile("(?!)"))
# What a folder cannot hold, in the words of `report`.
LEFT_OUT = (
    "event claims that claims are about",
    "article stances",
    "event claims",
    "events of articles",
    "titles, outlets, dates and other facts",
    "names of annotators",
)
_STANCE, _SOURCE, _NOTE = "stance", "source", "AnnotatorNotes"
# File names cannot contain a slash, nor on every system the others; they are written as % and two digits.
_UNSAFE = re.compile(r'[%/\\:*?"<>|]|^\.')
# Windows reserves these names for devices, whatever follows after a full stop.
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)", re.IGNORECASE)
_LETTER = re.compile("(?<!%)(?<!%[0-9A-F])[A-Za-z]")
_ESCAPED = re.compile("%([0-9A-F]{2})")
_LONGEST_NAME = 255 - len(".txt")
_PIECE = re.compile("[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")


# --- writing ---


def write_brat(gold: Gold, documents: Iterable[GoldDocument], folder: Path) -> None:
    """Writes the documents into the empty `folder`, and annotation.conf.

    The names of files are the documents' ids, with % and two digits for characters that some system refuses.
    Raises InputError if an id is too long for that.
    """
    problems: list[str] = []
    taken: set[str] = set()
    for document in documents:
        name = _file_name(document.article.id, taken)
        if len(name.encode()) > _LONGEST_NAME:
            problems.append(f"article {document.article.id}: the id is too long for the name of a file")
            continue
        # Line ends stay, since offsets count them.
        (folder / f"{name}.txt").write_bytes(document.article.text.encode())
        (folder / f"{name}.ann").write_bytes("".join(ann_lines(document)).encode())
    if problems:
        raise InputError(*problems)
    (folder / "annotation.conf").write_text("".join(_config(gold)), encoding="utf-8", newline="\n")
    made_from = {"gold": gold.name, "version": gold.version, "content_hash": gold.content_hash}
    made_from["language"] = gold.labels.language
    (folder / MARKER_FILE).write_text(dump_json(made_from), encoding="utf-8", newline="\n")


def _file_name(article_id: str, taken: set[str]) -> str:
    """The id as a name that is valid on every system. `taken` are earlier names: some systems do not tell A from a."""
    name = _UNSAFE.sub(_escaped, article_id)
    if _DEVICE.match(name):
        name = f"%{ord(name[0]):02X}{name[1:]}"
    if name.casefold() in taken:
        name = _LETTER.sub(_escaped, name)
    taken.add(name.casefold())
    return name


def _escaped(char: re.Match[str]) -> str:
    return f"%{ord(char[0]):02X}"


def ann_lines(document: GoldDocument) -> Iterator[str]:
    """The lines of the document's .ann, each with its line end."""
    text = document.article.text
    entities = document.annotation.entities
    numbers: dict[Span, int] = {}
    for count, entity in enumerate(entities, 1):
        numbers.setdefault(entity, count)
        yield _text_bound(count, entity, text)
    attributes = relations = notes = 0
    for count, claim in enumerate(document.annotation.claims, len(entities) + 1):
        yield _text_bound(count, Span(claim.start, claim.end, CLAIM), text)
        if claim.stance is not None:
            attributes += 1
            yield f"A{attributes}\t{_STANCE} T{count} {claim.stance}\n"
        for source in claim.sources:
            relations += 1
            yield f"R{relations}\t{_SOURCE} Arg1:T{count} Arg2:T{numbers[source]}\n"
        # A note is one line; a note of several lines becomes several notes.
        for line in [] if claim.note is None else claim.note.split("\n"):
            notes += 1
            yield f"#{notes}\t{_NOTE} T{count}\t{line}\n"


def _text_bound(number: int, span: Span, text: str) -> str:
    pieces = list(_pieces(span, text))
    offsets = ";".join(f"{start} {end}" for start, end in pieces)
    return f"T{number}\t{span.label} {offsets}\t{' '.join(text[start:end] for start, end in pieces)}\n"


def _pieces(span: Span, text: str) -> Iterator[tuple[int, int]]:
    """The pieces of a span, without line breaks and the white space around them."""
    for match in _PIECE.finditer(text, span.start, span.end):
        words = match[0].strip()
        if words:
            start = match.start() + match[0].index(words)
            yield start, start + len(words)


def _config(gold: Gold) -> Iterator[str]:
    yield "[entities]\n"
    yield from (f"{label}\n" for label in (*gold.labels.entity_labels, *([CLAIM] if gold.labels.has_claims else [])))
    yield "\n[relations]\n"
    if gold.labels.entity_labels and gold.labels.has_claims:
        yield f"{_SOURCE}\tArg1:{CLAIM}, Arg2:{'|'.join(gold.labels.entity_labels)}\n"
    # Spans may overlap in any way.
    yield "<OVERLAP>\tArg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>\n"
    yield "\n[events]\n\n[attributes]\n"
    if gold.labels.claim_stances:
        yield f"{_STANCE}\tArg:{CLAIM}, Value:{'|'.join(gold.labels.claim_stances)}\n"


# --- reading ---


def read_brat(
    folder: Path, known: Collection[str] | None, findings: Findings, *, repair: bool = False
) -> Iterator[GoldDocument]:
    """The documents of a folder and its subfolders: each .txt with its .ann.

    Any relation from a claim to an entity is its source. Parts that a gold set cannot hold (events, attributes other
    than a claim's stance, other relations, normalizations, notes on entities, a .txt without .ann) are set aside. A
    span in pieces with words between them is a problem; with `repair`, it is read as the whole stretch. `known` are the
    allowed entity labels, None for any.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: is not a folder; brat's format is a folder of .txt and .ann files")
    findings.note_language(_language(folder))
    files = sorted(folder.rglob("*.txt"))
    alone = sorted(path for path in folder.rglob("*.ann") if not path.with_suffix(".txt").is_file())
    findings.problems += (
        Problem(str(path), f"there is no {path.with_suffix('.txt').name} beside it", "no .txt") for path in alone
    )
    for path in files:
        name = path.relative_to(folder).with_suffix("").as_posix()
        name = re.sub(r"\s", "_", _ESCAPED.sub(lambda match: chr(int(match[1], 16)), name))
        if not path.with_suffix(".ann").is_file():
            findings.set_aside.append(SetAside(name, (), "article", "has no .ann: nobody annotated it"))
            continue
        try:
            # In brat's offsets, a byte order mark is a character of the text.
            text = path.read_bytes().decode("utf-8")
            lines = path.with_suffix(".ann").read_bytes().decode("utf-8-sig")
            if _counts_line_ends_once(text, lines):
                if not repair:
                    raise InputError(
                        "has Windows line ends, which the offsets of its .ann count as one character; write them as "
                        "\\n, or give --repair to read it so"
                    )
                text = text.replace("\r\n", "\n")
                findings.repaired.append(f"{path}: its Windows line ends were read as \\n")
            article = Article(name, text)
        except InputError as error:
            findings.problems += within(str(path), error.problems)
        except UnicodeDecodeError:
            findings.problems.append(Problem(str(path), "it or its .ann is not UTF-8 text; convert it"))
        else:
            yield _Reader(path.with_suffix(".ann"), article, known, findings, repair).document(lines)


_TEXT_BOUND = re.compile(r"T\S*\t\S+ (\d+) (\d+)\t([^\r\n]*)")


def _counts_line_ends_once(text: str, content: str) -> bool:
    """Whether more words of an .ann are found at their offsets if Windows line ends count as one character."""
    if "\r\n" not in text:
        return False
    marked = [(int(start), int(end), words) for start, end, words in _TEXT_BOUND.findall(content)]
    fitting = [sum(version[a:b] == words for a, b, words in marked) for version in (text, text.replace("\r\n", "\n"))]
    return fitting[1] > fitting[0]


def _language(folder: Path) -> str | None:
    """The language of a folder that Mihakk wrote."""
    if not (folder / MARKER_FILE).is_file():
        return None
    made_from = parse_json(read_text(folder / MARKER_FILE), str(folder / MARKER_FILE))
    return made_from.get("language") if isinstance(made_from, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


@dataclass(slots=True)
class _Claim:
    """A claim, completed while its lines are read."""

    span: Span
    stance: str | None = None
    sources: list[Span] = field(default_factory=list[Span])
    notes: list[str] = field(default_factory=list[str])


class _Reader:
    """One .ann file."""

    def __init__(
        self, path: Path, article: Article, known: Collection[str] | None, findings: Findings, repair: bool
    ) -> None:
        self.path = path
        self.article = article
        self.known = known
        self.findings = findings
        self.repair = repair
        self.entities: dict[str, Span] = {}
        self.claims: dict[str, _Claim] = {}

    def document(self, content: str) -> GoldDocument:
        """The annotation in the file."""
        if content.count("\r\n") == content.count("\n"):
            content = content.replace("\r\n", "\n")
        lines = [(number, line) for number, line in enumerate(content.split("\n"), 1) if line.strip()]
        # Other lines may come before their spans.
        for number, line in sorted(lines, key=lambda numbered: numbered[1][0] != "T"):
            identifier, _, rest = line.partition("\t")
            data, _, tail = rest.partition("\t")
            fields = data.split()
            try:
                if identifier[0] == "T":
                    self._text_bound(number, identifier, fields, tail)
                elif identifier[0] in "AM" and len(fields) in (2, 3):
                    self._attribute(line, fields)
                elif identifier[0] == "R" and len(fields) == 3:
                    self._relation(line, fields)
                elif identifier[0] == "#" and len(fields) == 2:
                    self._note(line, fields[1], tail)
                elif identifier[0] in "EN*":
                    self._aside(line, "a gold set has no place for it")
                else:
                    raise InputError("is not a line of brat's standoff format")
            except InputError as error:
                self.findings.problems += within(f"{self.path}:{number}", error.problems)
        claims = (
            Claim(
                claim.span.start,
                claim.span.end,
                claim.stance,
                tuple(claim.sources),
                None,
                "\n".join(claim.notes) if claim.notes else None,
            )
            for claim in self.claims.values()
        )
        annotation = Annotation(self.article.id, "gold", tuple(self.entities.values()), tuple(claims))
        return GoldDocument(self.article, (), annotation)

    def _aside(self, line: str, why: str) -> None:
        self.findings.set_aside.append(SetAside(self.article.id, (), line.replace("\t", " "), why))

    def _text_bound(self, number: int, identifier: str, fields: list[str], words: str) -> None:
        pieces = [piece.split(" ") for piece in " ".join(fields[1:]).split(";")]
        if not all(
            len(piece) == 2 and all(counting_number(number) is not None for number in piece) for piece in pieces
        ):
            raise InputError("must have a label and offsets, such as T1 <tab> GPE 0 5 <tab> the words")
        if identifier in self.entities or identifier in self.claims:
            raise InputError(f"there is a {identifier} already")
        text = self.article.text
        places = [(int(start), int(end)) for start, end in pieces]
        label = fields[0]
        shown = show_span(places[0][0], places[-1][1], label, text)
        if any(not start < end <= len(text) for start, end in places):
            raise InputError(f"{shown}: is outside the text, which has {counted(len(text), 'character')}")
        there = " ".join(text[start:end] for start, end in places)
        if words and words != there:
            # Some tools write a line break within a span as a space, or the words in another Unicode form.
            if why := other_form(words, there):
                if not self.repair:
                    raise InputError(f"{shown}: has other words in the .ann; {why}: give --repair to read it so")
                self.findings.repaired.append(f"{self.path}:{number}: {shown}: had other words in the .ann; {why}")
            elif words.split() != there.split() or " ".join(there.split()) == there:
                raise InputError(
                    f"has the words “{words}”, but the text has “{there}” there; offsets must be code points"
                )
            elif not self.repair:
                raise InputError(f"{shown}: has spaces where the text has line breaks; give --repair to read it so")
            else:
                self.findings.repaired.append(f"{self.path}:{number}: {shown}: its spaces were read as line breaks")
        if any(first[1] > second[0] or text[first[1] : second[0]].strip() for first, second in pairwise(places)):
            if not self.repair:
                raise InputError(f"{shown}: is in pieces; mend it, or give --repair to read all from first to last")
            self.findings.repaired.append(f"{self.path}:{number}: {shown}: its pieces were read as one")
        span = self._trimmed(number, Span(min(start for start, _ in places), max(end for _, end in places), label))
        if span.label == CLAIM:
            self.claims[identifier] = _Claim(span)
        elif self.known is not None and span.label not in self.known:
            raise InputError(f"no label {span.label}; there are {', '.join(self.known)}")
        else:
            self.entities[identifier] = span

    def _trimmed(self, number: int, span: Span) -> Span:
        """The span without white space at its boundaries, since gold spans have none."""
        text = self.article.text
        words = text[span.start : span.end]
        start, end = span.start + len(words) - len(words.lstrip()), span.end - len(words) + len(words.rstrip())
        if (start, end) == (span.start, span.end):
            return span
        shown = show_span(span.start, span.end, span.label, text)
        if start >= end:
            raise InputError(f"{shown}: holds only white space; remove it")
        if not self.repair:
            raise InputError(f"{shown}: begins or ends with white space; mend it, or give --repair to cut it off")
        self.findings.repaired.append(f"{self.path}:{number}: {shown}: white space was cut off")
        return Span(start, end, span.label)

    def _attribute(self, line: str, fields: list[str]) -> None:
        claim = self.claims.get(fields[1])
        if fields[0].lower() != _STANCE or claim is None or len(fields) != 3:
            self._aside(line, "only claims have an attribute, their stance")
        elif claim.stance is not None:
            raise InputError(f"{fields[1]} has the stance {claim.stance} already")
        else:
            claim.stance = fields[2]

    def _relation(self, line: str, fields: list[str]) -> None:
        ends = [end.partition(":")[2] for end in fields[1:]]
        claim, source = self.claims.get(ends[0]), self.entities.get(ends[1])
        if claim and source:
            claim.sources.append(source)
        else:
            self._aside(line, "is not a relation from a claim to an entity")

    def _note(self, line: str, target: str, words: str) -> None:
        if target in self.claims:
            self.claims[target].notes.append(words)
        else:
            self._aside(line, "only claims have notes")
