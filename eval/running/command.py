"""The work of `mihakk eval predict`: the journal beside the output, the calls, the finished file."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from ... import __version__
from ...annotate.placing.policy import Policy
from ...configs.errors import InputError
from ...configs.progress import progress
from ...configs.streams import is_stream
from ...configs.visible import counted, print_line
from ..adapters.baseline import BaselineExtractor
from ..adapters.settings import read_settings
from ..adapters.spec import open_extractor
from ..baselines.saved import write_baseline
from ..gold.records import Gold, GoldDocument
from ..gold.rows import read_gold
from ..gold_side import gold_side, label_set
from ..sides import AnyMapping, named_mapping
from .extractor import Extractor
from .failures import users_code
from .journal import Journal, answered_before, journal_of
from .run import Finished, Reading, call
from .written import write_rows

# Settings that change no answer: a stopped run may continue with other values.
_PATIENCE = frozenset(("timeout", "retries"))


@dataclass(frozen=True, slots=True)
class Command:
    """The options of the command."""

    gold: Path
    output: Path
    extractor: str | None
    split: str
    settings: Sequence[str]
    concurrency: int
    mapping: AnyMapping | None
    policy: Policy
    save: Path | None = None
    force: bool = False


class Done(NamedTuple):
    """The end of a run: a summary, notes, and a problem for each document without a prediction."""

    summary: str
    failures: Sequence[str]
    notes: Sequence[str]


@users_code()
def run(asked: Command, *, replay: Path | None, fresh: bool, dry_run: bool = False) -> Done:
    """Predicts, continues a run that was stopped, or places the answers of a finished run again (`replay`).

    A `dry_run` does not call the extractor and writes nothing; it reports what would be sent. Raises InputError if
    nothing can be predicted; then nothing is written.
    """
    asked = _in_its_place(asked)
    gold = read_gold(asked.gold)
    documents = gold.split(asked.split)
    side = gold_side(gold, asked.split)
    labels = label_set(side.under(named_mapping(asked.mapping, side.source)))
    if replay is not None:
        if dry_run:
            raise InputError("--dry-run: a replay calls no extractor; leave it out")
        if asked.save:
            raise InputError("--save: a replay trains nothing; leave it out")
        return _replayed(asked, gold, documents, Reading(labels, asked.policy), replay)
    if asked.extractor is None:
        raise InputError("--extractor: is missing; it names the program that predicts (or give --replay RUN)")
    settings = read_settings(asked.settings)
    extractor, batch, retries = open_extractor(
        asked.extractor, settings, gold, asked.concurrency, labels if asked.mapping else None
    )
    trained = extractor if isinstance(extractor, BaselineExtractor) and extractor.name else None
    if asked.save and not trained:
        raise InputError("--save: only a baseline that is trained here can be saved: --extractor baseline:NAME")
    reading = Reading(labels, asked.policy, asked.extractor)
    manifest = _manifest(asked, settings, gold, documents, extractor)
    try:
        if dry_run:
            return Done(_would_ask(asked, documents, manifest, fresh), (), ())
        with (
            _journal(asked.output, manifest, fresh, extractor) as journal,
            progress("predicting", len(documents)) as bar,
        ):

            def show(done: int, failed: int) -> None:
                bar.update(done, words=f"predicting, {failed} failed" if failed else None)

            try:
                called = call(
                    extractor,
                    documents,
                    journal,
                    reading,
                    batch=batch,
                    concurrency=asked.concurrency if extractor.parallel else 1,
                    retries=retries,
                    progress=show,
                )
            except (KeyboardInterrupt, SystemExit):
                if journal.answered and not is_stream(asked.output):
                    have = f"{len(journal.answered)} of {counted(len(documents), 'document')} have answers"
                    print_line(f"mihakk: {have}; the same command continues", err=True)
                raise
            finished = Finished(journal, documents, reading)
            write_rows(asked.output, finished)
            journal.write_record(finished.record())
        if asked.save and trained:
            write_baseline(trained.baseline, str(trained.name), gold.title, asked.save, asked.force)
    finally:
        extractor.close()
    kept = len(documents) - called
    notes = [f"{kept} documents have the answers of an earlier run; --fresh asks again"] if kept else []
    if trained:
        notes += _learnt_from(gold, documents)
    return Done(_said(asked, documents, finished), finished.failures, [*notes, *finished.notes()])


def _would_ask(asked: Command, documents: Sequence[GoldDocument], manifest: Mapping[str, Any], fresh: bool) -> str:
    """What a run would send to the extractor. It may be a service of other people that costs money."""
    known = set[str]() if fresh or is_stream(asked.output) else answered_before(journal_of(asked.output), manifest)
    texts = [document.article.text for document in documents if document.article.id not in known]
    have = len(documents) - len(texts)
    kept = f"; {have} {'has its answer' if have == 1 else 'have their answers'} from an earlier run" if have else ""
    return (
        f"would send {counted(len(texts), 'document')} of {asked.split}, with "
        f"{counted(sum(map(len, texts)), 'character')}{kept}. Nothing was sent."
    )


def _learnt_from(gold: Gold, documents: Sequence[GoldDocument]) -> list[str]:
    """A note if a baseline was trained on some of these documents."""
    training = {document.article.id for document in gold.splits.get("train", ())}
    seen = sum(document.article.id in training for document in documents)
    return [f"the baseline learnt from {seen} of these documents; scores on them are too high"] if seen else []


def _in_its_place(asked: Command) -> Command:
    """The command with absolute paths, since an extractor's code may change the working folder."""
    output = asked.output if is_stream(asked.output) else asked.output.absolute()
    return replace(asked, output=output, save=asked.save and asked.save.absolute())


def _replayed(asked: Command, gold: Gold, documents: Sequence[GoldDocument], reading: Reading, folder: Path) -> Done:
    journal = Journal.open(folder)
    try:
        there = journal.manifest
        for key, value in (("gold", gold.title), ("split", asked.split), ("extractor", asked.extractor)):
            if value is not None and there.get(key) != value:
                raise InputError(f"{folder}: is a run of {key} {there.get(key)}, not {value}")
        finished = Finished(journal, documents, Reading(reading.labels, reading.policy, str(there.get("extractor"))))
        write_rows(asked.output, finished)
    finally:
        journal.close()
    return Done(_said(asked, documents, finished), finished.failures, finished.notes())


def _said(asked: Command, documents: Sequence[GoldDocument], finished: Finished) -> str:
    of = f"{finished.answered} of " if finished.answered < len(documents) else ""
    return f"{of}{counted(len(documents), 'document')} of {asked.split}"


def _manifest(
    asked: Command,
    settings: Mapping[str, str],
    gold: Gold,
    documents: Sequence[GoldDocument],
    extractor: Extractor,
) -> dict[str, Any]:
    """Everything that the answers depend on. It has names of settings and files, but no secrets."""
    texts = hashlib.sha256()
    for document in documents:
        texts.update(f"{document.article.id}\0{document.article.text}\0".encode("utf-8", "surrogatepass"))
    return {
        "extractor": asked.extractor,
        "settings": {key: value for key, value in sorted(settings.items()) if key not in _PATIENCE},
        **extractor.identity(),
        "gold": gold.title,
        "split": asked.split,
        "documents": len(documents),
        "texts": texts.hexdigest()[:16],
        "versions": {"mihakk": __version__},
    }


@contextmanager
def _journal(output: Path, manifest: Mapping[str, Any], fresh: bool, extractor: Extractor) -> Generator[Journal]:
    """The journal beside the output. If the output is a stream, the journal is temporary, and removed at the end."""
    with tempfile.TemporaryDirectory(prefix="mihakk-") as elsewhere:
        folder = Path(elsewhere) / "run" if is_stream(output) else journal_of(output)
        journal = Journal.start(folder, manifest, fresh=fresh, secrets=extractor.secrets)
        try:
            yield journal
        finally:
            journal.close()
