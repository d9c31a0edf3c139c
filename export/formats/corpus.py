"""Makes a gold set from an existing corpus: its labels, its splits, and a record of its files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ...annotate.document import Annotation, Claim, columns_of_spans, show_span
from ...configs.errors import InputError, Problem
from ...configs.files import dump_json, parse_json, read_text
from ...configs.labels import CorpusLabels, LabelSet
from ...configs.languages import ARABIC, language_code, language_of, languages
from ...configs.scheme import CLAIM, Scheme
from ...configs.spool import Picked, Spool
from ...eval.gold.records import SPLITS, Gold, GoldDocument, Provenance, SetAside
from ...eval.gold.spooled import documents_on_disk, set_aside_on_disk
from ..migrate import event_claim_shown
from ..split import GIVEN, Splits, split_documents

# A file beside gold.json: the source files of a gold set, and how to write them again.
CORPUS_FILE = "corpus.json"
# Names of splits in corpora.
_SPLIT_NAMES = {
    **{name: name for name in SPLITS},
    "training": "train",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "devel": "validation",
    "development": "validation",
    "testing": "test",
}


@dataclass(slots=True)
class Findings:
    """The results of a reader, besides documents.

    With `problems`, the corpus cannot become gold. `repaired` has the places that --repair read differently,
    `set_aside` the pieces that do not enter the gold set; `notes` are for people. `files` are the entries for
    `CORPUS_FILE`. `splits` are the splits of documents, by id, if the corpus names them. `languages` are the languages
    that it names.
    """

    problems: list[str] = field(default_factory=list[str])
    repaired: list[str] = field(default_factory=list[str])
    set_aside: Spool[SetAside] = field(default_factory=set_aside_on_disk)
    notes: list[str] = field(default_factory=list[str])
    files: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    splits: dict[str, str] = field(default_factory=dict[str, str])
    languages: set[str] = field(default_factory=set[str])

    def note_language(self, language: object) -> None:
        """Records the language that a file or document names. Other values are ignored."""
        if code := language_code(language) if isinstance(language, str) else None:
            self.languages.add(code)


# Reads one file or folder; gets the allowed labels, None for any.
Reader = Callable[[Path, "Collection[str] | None", Findings], Iterator[GoldDocument]]


def labels_of(scheme: Scheme, name: str | None) -> LabelSet:
    """The scheme itself, or the scheme with the entity labels of one of its mappings.

    Raises InputError if there is no such mapping.
    """
    if name is None or name == scheme.name:
        return scheme
    if name not in scheme.mappings:
        known = ", ".join((scheme.name, *scheme.mappings))
        raise InputError(f"--labels {name}: {scheme.id} has no such label set; it has {known}")
    return CorpusLabels(
        name,
        name,
        scheme.mappings[name].labels,
        tuple(scheme.claim_stances),
        tuple(scheme.article_stances),
        scheme.has_claims,
        scheme.language,
        scheme.proclitics,
        scheme.nesting,
    )


def language_given(code: str | None, scheme: Scheme | None) -> str | None:
    """The language of a corpus, from the option or the given scheme. Raises InputError if both differ."""
    if scheme and code not in (None, scheme.language):
        raise InputError(f"--language {code}: {scheme.id} is in {scheme.language}; leave one of them out")
    if code is not None and code not in languages():
        raise InputError(f"--language {code}: must be one of {', '.join(languages())}; for another, give a scheme")
    return scheme.language if scheme else code


def read_corpus(
    paths: Sequence[Path],
    reader: Reader,
    labels: LabelSet | None,
    stances: LabelSet,
    name: str,
    version: str,
    split: str | None = None,
    language: str | None = None,
) -> tuple[Gold, Findings]:
    """The gold set of a corpus, and the findings of its reader.

    The language comes from the scheme, from `language`, or from the corpus. If none names it, Arabic is assumed, with a
    note.

    Without `labels`, the labels are all that occur, in alphabetical order. Stances are those of `stances` if these
    include all that occur. A layer without any annotation is left out. Files or folders named train, dev (val, valid,
    validation) or test are these splits; so are splits that the corpus names for each document. `split` puts all
    documents into one split. Otherwise splits are made by event, as for any gold set.

    Raises InputError with every problem of every file.
    """
    findings = Findings()
    read = documents_on_disk()
    split_of: list[str | None] = []
    found = _Found()
    seen: dict[str, Path] = {}
    for path, its_split in _with_splits(paths, split):
        known = None if labels is None else tuple(labels.entity_labels)
        for document in reader(path, known, findings):
            its_id = document.article.id
            if its_id in seen:
                again = f"a document {its_id} was already read from {seen[its_id]}"
                findings.problems.append(Problem(str(path), again, "already read"))
            seen[its_id] = path
            read.append(document)
            split_of.append(split or findings.splits.get(its_id) or its_split)
            found.add(document.annotation)
    if labels is None:
        labels = found.labels(stances, name, version)
    if isinstance(labels, CorpusLabels):
        language = language or _language_said(findings)
        if language != labels.language:
            labels = replace(labels, language=language, proclitics=language_of(language).proclitics)
    if strange := sorted(findings.languages - {labels.language}):
        findings.notes.append(f"the corpus is marked as {', '.join(strange)}, but is read as {labels.language}")
    documents = documents_on_disk()
    for document in read:
        try:
            documents.append(_checked(_without_event_claims(document, labels, findings), labels))
        except InputError as error:
            findings.problems += error.problems
    if findings.problems:
        raise InputError(*findings.problems)
    if not documents:
        aside = next((f"; {each.article_id} {each.reason}" for each in findings.set_aside), "")
        raise InputError(f"{', '.join(map(str, paths))}: has no documents{aside}")
    has_split = {its_split is not None for its_split in split_of}
    if len(has_split) > 1:
        name_ = documents[split_of.index(None)].article.id
        raise InputError(
            f"document {name_}: has no split, but others have one; give every document a split, or use --split"
        )
    if has_split == {True}:
        places = {name: [n for n, its in enumerate(split_of) if its == name] for name in SPLITS}
        splits = Splits({name: Picked(documents, own) for name, own in places.items()}, GIVEN)
    else:
        splits = split_documents(documents, claims=bool(labels.article_stances))
    gold = Gold(
        name,
        version,
        labels,
        splits.documents,
        findings.set_aside,
        Provenance(
            split_rule=splits.rule,
            near_copies=splits.near_copies,
            notes=splits.notes,
            corpus=", ".join(path.name for path in paths),
        ),
    )
    return gold, findings


@dataclass(slots=True)
class _Found:
    """The labels and layers of a corpus, as far as it was read."""

    entities: set[str] = field(default_factory=set[str])
    claim_stances: set[str] = field(default_factory=set[str])
    article_stances: set[str] = field(default_factory=set[str])
    has_claims: bool = False
    is_nested: bool = False

    def add(self, annotation: Annotation) -> None:
        self.entities.update(span.label for span in annotation.entities)
        self.claim_stances.update(claim.stance for claim in annotation.claims if claim.stance)
        self.article_stances.update(annotation.stances.values())
        self.has_claims = self.has_claims or bool(annotation.claims)
        self.is_nested = self.is_nested or len(columns_of_spans(annotation.entities)) > 1

    def labels(self, stances: LabelSet, name: str, version: str) -> CorpusLabels:
        """The labels of a corpus if none were given, with the layers that it has."""

        def known(found: set[str], known: Collection[str]) -> tuple[str, ...]:
            return () if not found else tuple(known) if found <= set(known) else tuple(sorted(found))

        return CorpusLabels(
            name,
            f"{name}@{version}",
            tuple(sorted(self.entities)),
            known(self.claim_stances, stances.claim_stances),
            known(self.article_stances, stances.article_stances),
            has_claims=self.has_claims,
            nesting="nested" if self.is_nested else "flat",
        )


def _language_said(findings: Findings) -> str:
    """The language that the corpus names; Arabic if it names none, with a note. Several languages are a problem."""
    languages = sorted(findings.languages)
    if len(languages) > 1:
        several = ", ".join(languages)
        problem = f"documents are in several languages: {several}; choose one with --language, or read them apart"
        findings.problems.append(problem)
    if not languages:
        note = f"nothing names the language: taken for {language_of(ARABIC).name}; --language or a scheme names another"
        findings.notes.append(note)
    return languages[0] if languages else ARABIC


def _without_event_claims(document: GoldDocument, labels: LabelSet, findings: Findings) -> GoldDocument:
    """The document without claims of its event if the labels have no stances on them; the claims are set aside."""
    if labels.article_stances or not document.claims:
        return document
    why = "there are no stances of articles"
    findings.set_aside += (
        SetAside(document.article.id, (), event_claim_shown(claim.id, claim.text), why) for claim in document.claims
    )
    annotation = document.annotation

    def shown(claim: Claim) -> str:
        return show_span(claim.start, claim.end, CLAIM, document.article.text)

    findings.set_aside += (
        SetAside(document.article.id, (), f"{shown(claim)} is about {claim.about}", why)
        for claim in annotation.claims
        if claim.about
    )
    without = tuple(replace(claim, about=None) for claim in annotation.claims)
    return replace(document, claims=(), annotation=replace(annotation, claims=without))


def _with_splits(paths: Sequence[Path], split: str | None) -> list[tuple[Path, str | None]]:
    if split is not None:
        if split not in SPLITS:
            raise InputError(f"--split {split}: must be one of {', '.join(SPLITS)}")
        return [(path, split) for path in paths]
    named = [_SPLIT_NAMES.get(path.resolve().name.split(".")[0].lower()) for path in paths]
    if None in named and any(named):
        strange = paths[named.index(None)]
        raise InputError(
            f"{strange}: the other files are named after splits (train, dev, test), this one is not; "
            "rename it, or read it alone with --split"
        )
    return list(zip(paths, named, strict=True))


def split_named(name: str) -> str | None:
    """The split with this name in a corpus; None for an empty name. Raises InputError if it is not a split's name."""
    if not (name := name.strip().lower()):
        return None
    if name not in _SPLIT_NAMES:
        raise InputError(f"split {name}: must be one of {', '.join(_SPLIT_NAMES)}")
    return _SPLIT_NAMES[name]


def _checked(document: GoldDocument, labels: LabelSet) -> GoldDocument:
    given = document.annotation
    claims = [claim.id for claim in document.claims]
    checked = Annotation.on(
        document.article, labels, given.annotator, given.entities, given.claims, given.stances, claims
    )
    return replace(document, annotation=checked)


def write_record(findings: Findings, form: str, folder: Path) -> None:
    """Writes the record of the source files of the gold set in `folder`."""
    record = dump_json({"format": form, "files": findings.files})
    (folder / CORPUS_FILE).write_text(record, encoding="utf-8", newline="\n")


def read_record(gold: Gold, form: str) -> list[dict[str, Any]]:
    """The source files of the gold set, for `as_record`.

    Raises InputError if it was not read from this format, or if corpus.json was changed.
    """
    path = gold.path / CORPUS_FILE if gold.path else None
    if path is None or not path.exists():
        raise InputError(f"{gold.where}: was not read from {form}, so it cannot be written as it was read")
    record = parse_json(read_text(path), str(path))
    with as_record(gold):
        if record["format"] != form:
            raise InputError(f"{gold.where}: was not read from {form}, so it cannot be written as it was read")
        return list(record["files"])


@contextmanager
def as_record(gold: Gold) -> Generator[None]:
    """Turns any error of a corpus.json that was changed by hand into InputError."""
    try:
        yield
    except InputError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        where = gold.path / CORPUS_FILE if gold.path else gold.where
        raise InputError(
            f"{where}: is not as `mihakk export read` wrote it ({type(error).__name__}); read the corpus anew"
        ) from None
