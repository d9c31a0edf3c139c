"""Known articles: scores annotators' work on articles with known gold, in the same way as predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..annotate.document import Annotation
from ..configs.errors import InputError
from ..configs.spool import Picked
from ..configs.terminal import NumberTable
from ..eval.gold.records import ALL, Gold, GoldDocument, SetAside
from ..eval.gold.spooled import set_aside_on_disk
from ..eval.report import ranged
from ..eval.score import evaluate
from ..eval.scores import Leaf, Scores
from .finished import Export, iso_week

# With fewer known articles, an annotator's interval tells almost nothing (docs/team.md).
ENOUGH = 5
# A known document, an annotator's work on it, and the week of that work.
Work = tuple[GoldDocument, Annotation, str | None]


@dataclass(frozen=True, slots=True)
class KnownWork:
    """An annotator's scores on known articles: all together, and by ISO week of the last change (`2025-W49`)."""

    annotator: str
    scores: Scores
    weeks: Mapping[str, Scores]

    @property
    def articles(self) -> int:
        """The number of known articles that the annotator finished."""
        return self.scores.size.documents

    @property
    def leaf(self) -> Leaf | None:
        """The main numbers; None if the gold has no spans."""
        return main_leaf(self.scores)

    def as_json(self) -> dict[str, Any]:
        """Plain objects, with the paths of scores.json."""
        weeks = {week: {"articles": its.size.documents, **_tasks(its)} for week, its in self.weeks.items()}
        return {"articles": self.articles, **_tasks(self.scores), "weeks": weeks}


def main_leaf(scores: Scores) -> Leaf | None:
    """Strict micro scores of entities, or of claims if there are no entities."""
    tables = (scores.tasks[task]["strict"] for task in ("entities", "claims") if task in scores.tasks)
    return next((table.micro for table in tables if table.micro.counts.gold + table.micro.counts.predicted), None)


def _tasks(scores: Scores) -> dict[str, Any]:
    return {task: {name: table.as_json() for name, table in by.items()} for task, by in scores.tasks.items()}


def known_work(export: Export, gold: Gold) -> list[KnownWork]:
    """The scores of each annotator on the articles of the export that are in the gold set, found by id.

    Raises InputError if an article's text differs from the gold set's, or no annotated article is in the gold set.
    """
    documents = gold.documents()
    by_annotator: dict[str, list[Work]] = {}
    problems: list[str] = []
    for task in export.tasks:
        document = documents.get(task.article.id)
        if document is None:
            continue
        if document.article.text_sha256 != task.article.text_sha256:
            problems.append(f"article {task.article.id}: its text is not that of {gold.where}; give it another id")
            continue
        for annotation in task.annotations:
            week = iso_week(task.times.get(annotation.annotator))
            by_annotator.setdefault(annotation.annotator, []).append((document, annotation, week))
    if problems:
        raise InputError(*problems)
    if not by_annotator:
        raise InputError(f"no finished article of the export is in {gold.where}; make tasks with --known, or wait")
    found: list[KnownWork] = []
    for annotator, work in sorted(by_annotator.items()):
        weeks: dict[str, list[Work]] = {}
        for article in work:
            if week := article[2]:
                weeks.setdefault(week, []).append(article)
        by_week = {week: _scores(gold, annotator, own) for week, own in sorted(weeks.items())}
        found.append(KnownWork(annotator, _scores(gold, annotator, work), by_week))
    return found


def _scores(gold: Gold, annotator: str, work: Sequence[Work]) -> Scores:
    known = [document for document, _, _ in work]
    marked = [replace(document, annotation=annotation) for document, annotation, _ in work]
    named = replace(gold, splits={"test": known}, set_aside=(), path=None)
    return evaluate(named, Gold(annotator, "work", gold.labels, {"test": marked}), split=ALL)


def without_known(export: Export, gold: Gold) -> Export:
    """The export without the articles of the gold set, which are set aside."""
    known = gold.documents()
    kept: list[int] = []
    aside = set_aside_on_disk(export.set_aside)
    for place, task in enumerate(export.tasks):
        if task.article.id in known:
            names = tuple(a.annotator for a in task.annotations)
            aside.append(SetAside(task.article.id, names, "article", f"known from {gold.title}"))
        else:
            kept.append(place)
    return replace(export, tasks=Picked(export.tasks, kept), set_aside=aside)


def known_json(work: Sequence[KnownWork], gold: Gold) -> dict[str, Any]:
    """Plain objects: the numbers of each annotator, and as `f1` those of the annotator whose interval begins lowest.

    `f1` leaves out annotators with fewer than ENOUGH articles; it is None if no annotator has enough.
    """
    leaves = [leaf for person in work if person.articles >= ENOUGH and (leaf := person.leaf) and leaf.intervals]
    lowest = min(leaves, key=lambda leaf: (leaf.intervals or {}).get("f1", (1.0, 1.0))[0], default=None)
    interval = {"f1": list(lowest.intervals["f1"])} if lowest and lowest.intervals and "f1" in lowest.intervals else {}
    return {
        "gold": gold.title,
        "f1": lowest.f1 if lowest else None,
        "intervals": interval,
        "annotators": {person.annotator: person.as_json() for person in work},
    }


def known_table(work: Sequence[KnownWork], gold: Gold) -> tuple[NumberTable, list[str]]:
    """F1 of each annotator with its interval, by week below; and notes."""
    table = NumberTable(f"known articles of {gold.title}, strict F1")
    table.words("annotator")
    table.numbers("articles", "entities", "claims", "stance: equal")
    for person in work:
        table.row((person.annotator, *_cells(person.scores)))
        if len(person.weeks) > 1:
            for week, scores in person.weeks.items():
                table.row((f"  {week}", *_cells(scores)))
    few = [f"{person.annotator} ({person.articles})" for person in work if person.articles < ENOUGH]
    notes = [f"fewer than {ENOUGH} known articles tell almost nothing about a person: {', '.join(few)}"] if few else []
    return table, notes


def _cells(scores: Scores) -> list[str]:
    cells = [str(scores.size.documents)]
    for task in ("entities", "claims"):
        leaf = scores.tasks[task]["strict"].micro if task in scores.tasks else None
        cells.append(ranged(leaf.f1, leaf.intervals, "f1") if leaf else "")
    stance = scores.tasks["stance"]["strict"].choice if "stance" in scores.tasks else None
    cells.append(ranged(stance.accuracy, stance.intervals, "accuracy") if stance else "")
    return cells
