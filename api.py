"""The names for use in Python. Each function does the work of a command; `mihakk` exports them all."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from .annotate.document import Annotation, Article, Claim, EventClaim, Span
from .annotate.events import Registry
from .configs.errors import InputError, MihakkError
from .configs.scheme import DEFAULT, Scheme, load_scheme
from .eval.agreement.records import Agreement
from .eval.comparison import Comparison, compare
from .eval.gold.records import GOLD_FOLDER, Gold, GoldDocument, OwnersWord
from .eval.gold.rows import read_gold
from .eval.plan import Plan, plan
from .eval.score import CI_IS_OVER, evaluate
from .eval.scores import Scores
from .eval.trainer import compute_metrics
from .export.check.check import Checked
from .export.finished import Export
from .export.split import Splitting

__all__ = [
    "Agreement",
    "Annotation",
    "Article",
    "Checked",
    "Claim",
    "Comparison",
    "EventClaim",
    "Export",
    "Gold",
    "GoldDocument",
    "InputError",
    "MihakkError",
    "OwnersWord",
    "Plan",
    "Scheme",
    "Scores",
    "Span",
    "Splitting",
    "agreement",
    "check",
    "compare",
    "compute_metrics",
    "evaluate",
    "load_scheme",
    "make_gold",
    "make_tasks",
    "plan",
    "predict",
    "read_articles",
    "read_export",
    "read_gold",
    "write_gold",
]

# A scheme, or the path of a scheme file; None stands for the default scheme.
AnyScheme: TypeAlias = Scheme | str | Path | None
# Label Studio's JSON export: a file, a project's address, or the tasks as `json.load` gives them.
RawExport: TypeAlias = str | Path | Sequence[Mapping[str, Any]]


def read_articles(
    *sources: str | Path, columns: Mapping[str, str] | None = None, outlets: str | Path | None = None
) -> list[Article]:
    """The articles of pages (.txt), HTML, tables (.jsonl, .csv, .parquet), folders and globs of these.

    `columns` names the column of a table for each field: `{"text": "body"}`. `outlets` is a file with more names
    of outlets, in the form of outlets.yaml. Raises InputError with every article that cannot be read.
    """
    from .annotate.pages.outlet import OutletNames, load_outlets
    from .annotate.pages.sources import read_articles as read

    names = OutletNames.of(load_outlets(Path(outlets))) if outlets else None
    readings = list(read([str(source) for source in sources], columns, names))
    problems = [reading.problem for reading in readings if reading.problem is not None]
    if problems or not readings:
        raise InputError(*(problems or ["the input has no articles"]))
    return [reading.page.article for reading in readings if reading.page]


def make_tasks(
    articles: Iterable[Article],
    events: str | Path | Registry | None = None,
    scheme: AnyScheme = None,
    predictions: str | Path | Iterable[Mapping[str, Any]] | None = None,
    *,
    model: str | None = None,
    blind: float = 0.0,
    seed: int = 13,
    offsets: str = "code-points",
    mentions: str = "order",
) -> list[dict[str, Any]]:
    """A Label Studio task for each article, ready for `json.dump`.

    `events` is events.yaml, with the event of each article. `predictions` (a file, or rows) are put into
    the tasks for annotators to correct; `model` is the extractor's name, if the rows lack it. A share `blind` of the
    tasks, chosen by `seed`, gets no predictions. `offsets` and `mentions` are those of `evaluate`. Raises InputError if
    a prediction or event does not fit the articles.
    """
    from .annotate.interface import interface_xml
    from .annotate.placing.policy import Policy
    from .annotate.preannotation import Suggestions
    from .annotate.task_maker import TaskMaker

    if isinstance(articles, str | Path):
        raise InputError(f"make_tasks takes articles; read them with read_articles({str(articles)!r})")
    if blind and predictions is None:
        raise InputError("blind: is for tasks that get predictions; give predictions too, or leave it out")
    loaded = _scheme(scheme)
    registry = Registry(Path(events)) if isinstance(events, str | Path) else events
    suggestions = None
    if predictions is not None:
        rows = Path(predictions) if isinstance(predictions, str | Path) else tuple(predictions)
        suggestions = Suggestions.read(rows, model, Policy.named(offsets, mentions))
    maker = TaskMaker(loaded, interface_xml(loaded), registry, suggestions, blind, seed)
    tasks = [maker.task(article) for article in articles]
    maker.check()
    return tasks


def read_export(export: RawExport, scheme: AnyScheme = None) -> Export:
    """The finished annotations of a Label Studio export, and the work that was set aside.

    Raises InputError with every problem that makes it unreadable; `check` reports more.
    """
    from .export.finished import read_tasks
    from .export.raw import raw_tasks
    from .export.source import read_source

    if isinstance(export, str | Path):
        return read_source(str(export), _scheme(scheme), None)
    return read_tasks(raw_tasks(export, "the export"), "the export", _scheme(scheme))


def check(export: RawExport, scheme: AnyScheme = None) -> Checked:
    """The errors and doubtful places in finished annotations, before they become gold."""
    from .export.check.check import check_tasks
    from .export.source import raw_source

    items = raw_source(str(export), None) if isinstance(export, str | Path) else export
    return check_tasks(items, _scheme(scheme))


def agreement(export: Export | RawExport, scheme: AnyScheme = None, *, ci: int | None = None) -> Agreement:
    """How far annotators agree, with 95 % intervals, and their disagreements. `ci` has no effect any more."""
    from .eval.agreement.measure import agreement as measure

    if ci is not None:
        warnings.warn(f"agreement: {CI_IS_OVER}", DeprecationWarning, stacklevel=2)
    return measure(_export(export, scheme).tasks, _scheme(scheme))


def make_gold(
    export: Export | RawExport,
    name: str = "gold",
    version: str = "1.0",
    policy: str = "majority",
    adjudicated: Export | RawExport | None = None,
    scheme: AnyScheme = None,
    *,
    splitting: Splitting | None = None,
    owner: OwnersWord | None = None,
) -> Gold:
    """The gold set of finished annotations, split by event.

    The `policy` decides which markings become gold: those of a `majority` of an article's annotators, those that
    `most` of them gave (docs/footguns.md), those of all annotators (`unanimous`), those starred in Label Studio
    (`ground-truth`), or those of one annotator (by name).
    `adjudicated` is the export of the adjudication project. `owner` names the kinds of annotators and the licence.
    Raises InputError if nothing becomes gold.
    """
    from .export.make_gold import make_gold as make
    from .export.policy import policy_named

    read = _export(export, scheme)
    judged = None if adjudicated is None else _export(adjudicated, scheme)
    return make(read, _scheme(scheme), name, version, policy_named(policy, read), judged, splitting, owner)


def write_gold(gold: Gold, folder: str | Path, *, window: int | None = None, force: bool = False) -> None:
    """Writes the gold set's folder, all of it or nothing; `datasets.load_dataset` opens it.

    With a `window`, rows of the tokens config have at most that many tokens, cut at sentence ends and outside spans.

    An earlier gold set there is replaced. Raises InputError if the folder has other content or was changed by hand;
    `force` replaces such a gold set too.
    """
    from .configs.folders import whole_folder
    from .export.dataset import write_gold as write

    with whole_folder(Path(folder), GOLD_FOLDER, force) as made:
        write(gold, made, window)


def predict(gold: Gold | str | Path, extractor: str | Callable[..., Any], split: str = "test") -> list[dict[str, Any]]:
    """An extractor's predictions for the documents of one split, or of `all`: rows in the predictions format.

    The extractor is a callable that takes a document and returns a prediction, or the name of such a callable
    (`package.module:name`). A class is called first, with the training documents if it takes an argument.
    Raises InputError if it fails, or returns an invalid prediction.
    """
    from .eval.running.in_memory import predictions

    read = gold if isinstance(gold, Gold) else read_gold(gold)
    return predictions(read, read.split(split), extractor)


def _scheme(scheme: AnyScheme) -> Scheme:
    return scheme if isinstance(scheme, Scheme) else load_scheme(scheme or DEFAULT)


def _export(export: Export | RawExport, scheme: AnyScheme) -> Export:
    return export if isinstance(export, Export) else read_export(export, scheme)
