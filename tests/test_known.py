"""Known articles: mixed among the tasks, annotators scored on them, and kept out of the new gold set."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Here
from marked import SCHEME, annotation, gold_document, marked
from mihakk.annotate.document import Annotation, Article
from mihakk.annotate.events import Coverage
from mihakk.annotate.interface import interface_xml
from mihakk.annotate.known import known_articles, mixed
from mihakk.annotate.task import dump_tasks, make_task
from mihakk.annotate.task_maker import TaskMaker
from mihakk.configs.errors import InputError
from mihakk.eval.gate import unmet
from mihakk.eval.gold.records import Gold
from mihakk.export.dataset import write_gold
from mihakk.export.finished import Export, FinishedTask
from mihakk.export.known import known_json, known_table, known_work, without_known
from raw_export import exported, finished, results

FULL, HALF = "زار [دمشق|GPE] و[حلب|GPE]", "زار [دمشق|GPE] وحلب"


def known_gold(articles: int) -> Gold:
    documents = [gold_document(f"k{n}", FULL, {"c1": "agree"}, event_id=f"e{n}") for n in range(articles)]
    return Gold("known", "1.0", SCHEME, {"test": documents})


def work(gold: Gold, *sources: tuple[str, str], articles: Sequence[int] | None = None, time: str = "") -> Export:
    """What annotators marked in the known articles."""
    tasks = [
        FinishedTask(
            document.article,
            document.claims,
            tuple(replace(annotation(source, who), article_id=document.article.id) for who, source in sources),
            times={who: time for who, _ in sources},
        )
        for n, document in enumerate(gold.split("all"))
        if articles is None or n in articles
    ]
    return Export(tuple(tasks), ())


def test_each_annotator_is_scored_on_the_known_articles_alone() -> None:
    gold = known_gold(6)
    export = work(gold, ("a", FULL), ("b", HALF))
    other = FinishedTask(Article("new", "نص"), (), (Annotation("new", "c"),))
    a, b = known_work(replace(export, tasks=(*export.tasks, other)), gold)
    assert [(one.annotator, one.articles) for one in (a, b)] == [("a", 6), ("b", 6)]
    # b finds one of two in each article and nothing wrong: P 1, R 1/2, F1 2/3.
    assert (a.leaf.f1, b.leaf.f1) == (1.0, pytest.approx(2 / 3))
    assert (b.leaf.counts.cor, b.leaf.counts.mis) == (6, 6)
    low, high = b.leaf.intervals["f1"]
    assert low < 2 / 3 < high


def test_weeks_are_those_of_the_calendar() -> None:
    """30 November 2025 is a Sunday, and the next day begins week 49."""
    gold = known_gold(4)
    first = work(gold, ("a", FULL), articles=[0, 1], time="2025-11-30T23:59:00Z")
    then = work(gold, ("a", HALF), articles=[2, 3], time="2025-12-01T00:01:00.000000Z")
    (a,) = known_work(Export((*first.tasks, *then.tasks), ()), gold)
    assert {week: (s.size.documents, s.tasks["entities"]["strict"].micro.f1) for week, s in a.weeks.items()} == {
        "2025-W48": (2, 1.0),
        "2025-W49": (2, pytest.approx(2 / 3)),
    }


def test_below_five_articles_there_is_no_verdict() -> None:
    gold = known_gold(5)
    few = known_work(work(gold, ("a", FULL), articles=range(4)), gold)
    assert known_table(few, gold)[1] == ["fewer than 5 known articles tell almost nothing about a person: a (4)"]
    numbers = {"known": known_json(few, gold)}
    assert unmet(numbers, ["known.f1.low>=0"]) == ["known.f1.low is not defined, required >= 0"]
    # With five, the number that a gate takes is that of the annotator whose interval begins lowest.
    enough = known_work(work(gold, ("a", FULL), ("b", HALF)), gold)
    numbers = {"known": known_json(enough, gold)}
    assert numbers["known"]["f1"] == pytest.approx(2 / 3)
    assert unmet(numbers, ["known.f1<0.67", "known.f1.low>0.1"]) == []
    assert len(unmet(numbers, ["known.f1.low>=0.75"])) == 1


def test_another_text_under_a_known_id_and_no_known_article_are_errors() -> None:
    gold = known_gold(1)
    strange = FinishedTask(Article("k0", "نص آخر"), (), (Annotation("k0", "a"),))
    with pytest.raises(InputError, match="article k0: its text is not that of known@1"):
        known_work(Export((strange,), ()), gold)
    with pytest.raises(InputError, match="no finished article of the export is in known@1"):
        known_work(Export((), ()), gold)


def test_known_articles_do_not_become_gold_again() -> None:
    gold = known_gold(2)
    export = work(gold, ("a", FULL))
    new = FinishedTask(Article("new", "نص"), (), (Annotation("new", "a"),))
    kept = without_known(replace(export, tasks=(*export.tasks, new)), gold)
    assert [task.article.id for task in kept.tasks] == ["new"]
    assert [(s.article_id, s.annotators, s.undecided) for s in kept.set_aside] == [
        ("k0", ("a",), False),
        ("k1", ("a",), False),
    ]


def tasks(ids: Sequence[str]) -> list[dict[str, Any]]:
    return [make_task(Article(name, f"نص {name}"), (), SCHEME) for name in ids]


def names(made: Sequence[dict[str, Any]]) -> list[str]:
    return [task["data"]["doc_id"] for task in made]


def test_known_tasks_stand_among_the_others() -> None:
    others, known = tasks([f"n{n}" for n in range(40)]), tasks([f"k{n}" for n in range(10)])
    together = names(mixed(others, known))
    assert [name for name in together if name[0] == "n"] == names(others), "the others keep their order"
    assert sorted(name for name in together if name[0] == "k") == names(known)
    assert names(mixed(others, known)) == together, "the same each time"
    # Neither all at one end nor in a row: the ten are spread over all four quarters of the list.
    assert all("k" in "".join(together[n : n + 13]) for n in (0, 13, 26, 37))


def test_nothing_in_a_task_tells_a_known_article_from_another(tmp_path: Path) -> None:
    gold = known_gold(1)
    (tmp_path / "gold").mkdir()
    write_gold(gold, tmp_path / "gold")
    ((article, coverage),) = known_articles(tmp_path / "gold")
    document = gold.documents()["k0"]
    assert article == document.article
    assert coverage == Coverage("e0", document.claims)
    maker = TaskMaker(SCHEME, interface_xml(SCHEME))
    known, new = maker.task(article, None, coverage), maker.task(replace(document.article, id="n0"))
    same = {key: value for key, value in known["data"].items() if key not in ("doc_id", "claims")}
    assert same == {key: value for key, value in new["data"].items() if key not in ("doc_id", "claims")}
    assert "predictions" not in known
    # The annotations of the gold set are nowhere in it.
    assert "GPE" not in json.dumps({**known["data"], "scheme_content": None})


def test_known_articles_may_be_a_file_and_what_is_wrong_is_told(tmp_path: Path) -> None:
    file = tmp_path / "some.jsonl"
    file.write_text('{"id": "a", "text": "نص", "event_claims": [{"id": "c", "text": "ادعاء"}]}\n', encoding="utf-8")
    ((article, coverage),) = known_articles(file)
    assert (article.id, [claim.text for claim in coverage.claims]) == ("a", ["ادعاء"])
    file.write_text('{"id": "a"}\n{"id": "b", "text": "ن", "event_claims": [1]}\n', encoding="utf-8")
    with pytest.raises(InputError) as error:
        list(known_articles(file))
    assert [str(problem).partition(": ")[2] for problem in error.value.problems] == [
        "needs the document's text, as text, under `text`",
        "event_claims must be a list of objects with id and text",
    ]
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="has no documents; is it a gold dataset"):
        list(known_articles(tmp_path / "empty"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two new pages, a gold set of five known articles, and the export in which a and b annotated all."""
    gold = known_gold(5)
    (tmp_path / "gold").mkdir()
    write_gold(gold, tmp_path / "gold")
    made = [make_task(d.article, d.claims, SCHEME) for d in gold.split("all")]
    made += [make_task(Article(f"new{n}", marked(FULL)[0], event_id=f"new{n}"), (), SCHEME) for n in range(2)]

    def by(who: str, source: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
        said = annotation(source, who)
        return lambda task: finished(who, results(said, task["data"]["text"], []))

    a, b = by("a@x.example", FULL), by("b@x.example", HALF)
    export = [exported(task, [a(task), b(task)]) for task in made]
    (tmp_path / "export.json").write_text(json.dumps(export, ensure_ascii=False), encoding="utf-8")
    (tmp_path / "pages").mkdir()
    for n in range(2):
        (tmp_path / "pages" / f"new{n}.txt").write_text(f"عنوان الخبر رقم {n}\n\nنص الخبر {n} هنا.", encoding="utf-8")
    assert "".join(dump_tasks(made))
    return tmp_path


def test_the_commands_mix_score_and_leave_out(here: Here, folder: Path) -> None:
    code, _, err = here("annotate tasks pages --known gold -o tasks.json")
    assert (code, err) == (0, "")
    made = json.loads((folder / "tasks.json").read_text(encoding="utf-8"))
    assert sorted(names(made)) == ["k0", "k1", "k2", "k3", "k4", "new0", "new1"]
    code, out, err = here("export agreement export.json --known gold -o a.json --require known.f1<=0.67")
    assert (code, err) == (0, "")
    assert "known articles of known@1.0" in out
    known = json.loads((folder / "a.json").read_text(encoding="utf-8"))["known"]
    people = known["annotators"]
    assert {name: (one["articles"], one["entities"]["strict"]["micro"]["f1"]) for name, one in people.items()} == {
        "a@x.example": (5, 1.0),
        "b@x.example": (5, pytest.approx(2 / 3)),
    }
    code, out, _ = here("export dataset export.json --known gold -o new --policy a@x.example")
    assert (code, "new: 2 documents" in out) == (0, True)
    assert out.count("known from known@1.0") == 1
