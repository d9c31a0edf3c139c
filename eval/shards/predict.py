"""Predictions on shards of articles: an extractor that stays loaded in each process, and a file for each shard."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from ...annotate.placing.policy import Policy
from ...configs.errors import InputError, within
from ...configs.files import whole_file
from ...configs.labels import CorpusLabels, NamedMapping
from ...configs.scheme import DEFAULT, Scheme, load_scheme
from ...configs.shards.engines import Calls
from ...configs.shards.folder import shard_folder
from ...configs.shards.places import Shard, fetched, find_shards, is_remote, need_each_once, placed
from ...configs.visible import counted
from ..adapters.settings import read_settings
from ..adapters.spec import Opened, open_extractor
from ..gold.records import Gold
from ..running.command import Done
from ..running.failures import users_code
from ..running.journal import Journal, journal_of
from ..running.run import Finished, Reading, call
from ..running.written import write_rows
from .articles import documents_in

# Settings that change no answer, as in a run on a single file.
_PATIENCE = ("timeout", "retries")
ENDING = ".jsonl"


class Asked(NamedTuple):
    """The options for predicting on every shard."""

    extractor: str
    settings: tuple[str, ...] = ()
    concurrency: int = 1
    mapping: str | None = None
    policy: Policy = Policy()
    scheme: Path | None = None


class PredictJob(NamedTuple):
    """A shard of articles, and the address of its predictions. `fresh` drops the answers of an earlier run."""

    shard: Shard
    output: str
    asked: Asked
    fresh: bool = False

    @property
    def name(self) -> str:
        return self.shard.name


class Predicted(NamedTuple):
    """The ids of a shard's documents, how many have predictions, and messages about the others."""

    documents: Sequence[str]
    answered: int
    failures: Sequence[str]
    notes: Sequence[str]


def predict_shards(given: str, output: str, asked: Asked, calls: Calls, *, fresh: bool = False) -> Done:
    """Predicts on the shards that have no predictions yet, or have changed since.

    Raises InputError with the problems of all shards; those without problems are written.
    """
    if asked.extractor.startswith("baseline:"):
        kept = f"mihakk eval predict GOLD --extractor {asked.extractor} --save FOLDER -o FILE"
        raise InputError(f"--extractor {asked.extractor}: learns from a gold set; run `{kept}`, then give saved:FOLDER")
    found = find_shards(given)
    scheme = load_scheme(asked.scheme or DEFAULT)
    settings = read_settings(asked.settings)
    [(_, identity)] = list(calls(identity_of, [asked]))
    made_with: dict[str, Any] = {
        "extractor": asked.extractor,
        "settings": {key: value for key, value in sorted(settings.items()) if key not in _PATIENCE},
        **identity,
        "map": asked.mapping,
        "scheme": scheme.identity.title,
        "offsets": str(asked.policy.offsets),
        "mentions": str(asked.policy.mentions),
    }
    failures: list[str] = []
    of_no_use: list[Path] = []  # journals of finished shards; they can go when the list has these shards
    notes = list(found.notes(given))
    documents = answered = 0

    def redo(changed: Sequence[str]) -> bool:
        raise InputError(
            f"{output}: has predictions that were made in another way; different are {', '.join(changed)}; "
            "give --fresh to start again, or choose another -o"
        )

    with ExitStack() as stack:
        stack.callback(_remove, of_no_use)  # even if some shards had problems
        folder = stack.enter_context(
            shard_folder(output, "eval predict", made_with, ENDING, found.shards, fresh=fresh, redo=redo)
        )
        if gone := folder.keep_only(found.shards):
            notes.append(f"{counted(gone, 'shard was', 'shards were')} removed, since their articles are gone")
        missing = folder.missing(found.shards)
        if kept := len(found.shards) - len(missing):
            notes.append(f"{counted(kept, 'shard was', 'shards were')} there already; --fresh asks again")
        stale = {shard.name for shard in missing if folder.is_stale(shard)}
        jobs = [PredictJob(each, folder.place(each.name), asked, fresh or each.name in stale) for each in missing]
        for number, done in calls(predict_shard, jobs):
            count = len(done.documents)
            failed = {"failed": count - done.answered} if done.answered < count else {}
            record = {"documents": count, "ids": list(done.documents), **failed}
            is_listed = folder.add(jobs[number].shard, record)
            if not failed and not is_remote(output):  # otherwise the next run asks about these documents alone
                of_no_use.append(journal_of(Path(jobs[number].output)))
            if is_listed:
                _remove(of_no_use)
            failures += within(jobs[number].name, done.failures)
            notes += within(jobs[number].name, done.notes)
            documents, answered = documents + count, answered + done.answered
        # A list that an earlier version wrote has no ids.
        of_all = ((shard, record.get("ids", ())) for shard, record in sorted(folder.records.items()))
        need_each_once(of_all, "document")
    of = f"{answered} of " if answered < documents else ""
    summary = f"{of}{counted(documents, 'document')} in {counted(len(jobs), 'shard')}"
    return Done(summary, failures, notes)


def _remove(folders: list[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    folders.clear()


@users_code()
def identity_of(asked: Asked) -> dict[str, str]:
    """What answers depend on besides the extractor's name and settings. It runs in a worker, which can hold a model."""
    scheme = load_scheme(asked.scheme or DEFAULT)
    return dict(_opened(asked, _labels_of(scheme)).extractor.identity())


@users_code()
def predict_shard(job: PredictJob) -> Predicted:
    """Predicts on one shard; its file is whole or absent. Raises InputError if nothing can be predicted."""
    asked = job.asked
    scheme = load_scheme(asked.scheme or DEFAULT)
    with ExitStack() as stack:
        own, documents = documents_in(stack.enter_context(fetched(job.shard.address)))
        output = stack.enter_context(placed(job.output))
        if not documents:
            with whole_file(output):
                return Predicted((), 0, (), ())
        labels = own or _labels_of(scheme)
        mapping: NamedMapping | None = scheme.mapping(asked.mapping) if asked.mapping else None
        if mapping:
            labels = CorpusLabels(
                labels.name, labels.id, tuple(mapping.mapping.labels), labels.claim_stances, labels.article_stances
            )
        opened = _opened(asked, labels)
        reading = Reading(labels, asked.policy._replace(proclitics=scheme.proclitics), asked.extractor)
        if is_remote(job.output):  # a journal cannot be kept there
            place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mihakk-"))) / "run"
        else:
            place = journal_of(output)
        manifest = {"extractor": asked.extractor, "shard": job.name, "from": job.shard.mark}
        journal = Journal.start(place, manifest, fresh=job.fresh, secrets=opened.extractor.secrets)
        try:
            call(
                opened.extractor,
                documents,
                journal,
                reading,
                batch=opened.batch,
                concurrency=asked.concurrency if opened.extractor.parallel else 1,
                retries=opened.retries,
            )
            finished = Finished(journal, documents, reading)
            write_rows(output, finished)
        finally:
            journal.close()
        names = tuple(document.article.id for document in documents)
        return Predicted(names, finished.answered, finished.failures, finished.notes())


@functools.cache
def _opened(asked: Asked, labels: CorpusLabels) -> Opened:
    """The extractor, opened once in each process."""
    gold = Gold("shards", "0", labels, {})
    opened = open_extractor(
        asked.extractor, read_settings(asked.settings), gold, asked.concurrency, labels if asked.mapping else None
    )
    atexit.register(opened.extractor.close)
    return opened


def _labels_of(scheme: Scheme) -> CorpusLabels:
    """The labels of a scheme by name, in a form that can be compared."""
    return CorpusLabels(
        scheme.name,
        scheme.id,
        tuple(scheme.entity_labels),
        tuple(scheme.claim_stances),
        tuple(scheme.article_stances),
        scheme.has_claims,
        scheme.language,
        scheme.proclitics,
        scheme.nesting,
    )
