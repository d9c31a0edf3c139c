"""Several projects of one team become one export, and unfinished tasks can be left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from mihakk.annotate.document import Article, EventClaim
from mihakk.annotate.label_studio.client import Project
from mihakk.annotate.task import make_task
from mihakk.configs.errors import InputError
from mihakk.configs.scheme import load_scheme
from mihakk.export.finished import read_tasks
from mihakk.export.pull import joined
from mihakk.export.status import is_finished
from raw_export import exported, finished, region

SCHEME = load_scheme()


def project(number: int) -> Project:
    return Project(number, f"p{number}", f"http://127.0.0.1/projects/{number}", 1, 1, "<View/>", None)


def task(name: str, *annotators: str, text: str = "في دمشق", claims: Sequence[str] = ()) -> dict[str, Any]:
    made = make_task(Article(name, text), [EventClaim(f"c{n}", words) for n, words in enumerate(claims)], SCHEME)
    # دمشق is 3–7
    return exported(made, [finished(annotator, [region("r", 3, 7, "GPE")]) for annotator in annotators])


def test_an_article_of_two_projects_has_all_its_annotations() -> None:
    tasks = joined([(project(1), [task("a", "huda"), task("b", "huda")]), (project(2), [task("a", "sami")])])
    read = read_tasks(tasks, "export", SCHEME)
    assert {one.article.id: [by.annotator for by in one.annotations] for one in read.tasks} == {
        "a": ["huda", "sami"],
        "b": ["huda"],
    }


def test_two_texts_of_one_article_are_refused() -> None:
    with pytest.raises(InputError, match=r"article a: its text in .*/2 differs from that in .*/1"):
        joined([(project(1), [task("a", "huda")]), (project(2), [task("a", "sami", text="في دمشق!")])])


def test_claims_may_have_grown_in_one_project() -> None:
    """In the other they may also be of before version 0.2, without what the screen shows."""
    old = task("a", "huda", claims=["أول"])
    old["data"]["claims"] = [{"id": "c0", "text": "أول"}]
    new = task("a", "sami", claims=["أول", "ثان"])
    for work in ([(project(1), [old]), (project(2), [new])], [(project(2), [new]), (project(1), [old])]):
        (one,) = read_tasks(joined(work), "export", SCHEME).tasks
        assert [claim.text for claim in one.claims] == ["أول", "ثان"]
        assert len(one.annotations) == 2
    other = task("a", "sami", claims=["ثان", "أول"])
    with pytest.raises(InputError, match="article a: its claims in"):
        joined([(project(1), [new]), (project(2), [other])])


def test_a_task_is_finished_when_enough_people_submitted_it() -> None:
    both = task("a", "huda", "sami")
    assert is_finished(both, 2) and not is_finished(both, 3)
    both["annotations"][0]["was_cancelled"] = True
    assert is_finished(both, 1) and not is_finished(both, 2)
    # One person's old and new work is one person's.
    assert not is_finished(task("a", "huda", "huda"), 2)
