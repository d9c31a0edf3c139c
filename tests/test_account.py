"""Every region of a raw export is in gold, or listed with a reason: they are added up, from the file to the folder."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from mihakk.annotate.document import Article, EventClaim, show_span
from mihakk.annotate.task import make_task
from mihakk.configs.scheme import load_scheme
from mihakk.eval.gold.records import GoldDocument
from mihakk.eval.gold.rows import read_gold
from mihakk.export.dataset import write_gold
from mihakk.export.finished import read_export
from mihakk.export.make_gold import make_gold
from mihakk.export.policy import Policy
from raw_export import answer, exported, finished, region, relation, stance

SCHEME = load_scheme()
ANNOTATORS = ("هدى", "سامي", "ليلى")
JUDGES = ("منى", "زيد")
TEXT = "قال ٱلمتحدّث إنّ قوّات الجيش قصفت حلب ودمشـق في ٣ آب، ونفى التنظيم ذلك"
WORDS = [(at, at + len(word)) for at, word in ((TEXT.index(word), word) for word in TEXT.split())]
CLAIMS = (EventClaim("c1", "قُصفت حلب"), EventClaim("c2", "قُصفت دمشق"))
POLICIES = (Policy(), Policy(unanimous=True), Policy(ground_truth=True), *(Policy(trusted=name) for name in ANNOTATORS))

# First and last word of a span. There are few, so that annotators meet on them, and mark one twice.
Place = tuple[int, int]
places = st.tuples(st.integers(0, 3), st.integers(0, 1)).map(lambda one: (one[0], one[0] + one[1]))
entities = st.lists(st.tuples(places, st.sampled_from(("GPE", "ORG"))), max_size=4)
claims = st.lists(
    st.tuples(places, st.sampled_from((None, "support", "deny")), st.booleans(), st.sampled_from((None, "بلا مصدر"))),
    max_size=3,
)


@st.composite
def results(draw: st.DrawFn) -> list[dict[str, Any]]:
    """What one annotator did: entities, some twice; claims, some with a stance, a source, a note; answers."""
    made: list[dict[str, Any]] = []
    named = draw(entities)
    for n, (place, label) in enumerate(named):
        made.append(region(f"e{n}", *_edges(place), label))
    for n, (place, said, sourced, note) in enumerate(draw(claims)):
        made.append(region(f"c{n}", *_edges(place), "CLAIM", note=note))
        made += [stance(f"c{n}", *_edges(place), said)] if said else []
        made += [relation(f"c{n}", f"e{draw(st.integers(0, len(named) - 1))}")] if sourced and named else []
    return made + [answer(k, draw(st.sampled_from(("agree", "disagree")))) for k in range(draw(st.integers(0, 2)))]


@st.composite
def works(draw: st.DrawFn, names: Sequence[str], least: int = 0) -> list[dict[str, Any]]:
    """The annotations of a task: some skipped, some twice by one annotator, not in order of age."""
    return [
        finished(
            draw(st.sampled_from(names)),
            draw(results()),
            was_cancelled=draw(st.integers(0, 5)) == 0,
            ground_truth=draw(st.booleans()),
            updated_at=f"2025-12-0{draw(st.integers(1, 3))}T10:00:00.000000Z",
        )
        for _ in range(draw(st.integers(least, 4)))
    ]


@st.composite
def exports(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """An export, and that of an adjudication project for some of its articles."""
    tasks: list[dict[str, Any]] = []
    judged: list[dict[str, Any]] = []
    for n in range(draw(st.integers(1, 3))):
        task = make_task(Article(f"a{n}", TEXT, event_id=f"e{n}"), CLAIMS, SCHEME)
        work = draw(works(ANNOTATORS))
        drafts = [{"user": name, "result": draw(results())} for name in draw(st.lists(st.sampled_from(ANNOTATORS)))]
        tasks.append(exported(task, work, drafts[:2]))
        if any(not one["was_cancelled"] for one in work) and draw(st.booleans()):
            judged.append(exported(task, draw(works(JUDGES, 1))))
    return tasks, judged


def _edges(place: Place) -> tuple[int, int]:
    return WORDS[place[0]][0], WORDS[place[1]][1]


class Account:
    """What a gold folder says of each article: its gold, and the lines of set_aside.jsonl."""

    def __init__(self, folder: Path) -> None:
        self.gold: Mapping[str, GoldDocument] = read_gold(folder).documents()
        lines = (folder / "set_aside.jsonl").read_text(encoding="utf-8").splitlines()
        self.aside: Counter[tuple[str, str, str, bool]] = Counter()
        self.reasons: list[str] = []
        for line in lines:
            row = json.loads(line)
            self.reasons.append(row["reason"])
            again = row["reason"].startswith("marked twice")
            self.aside.update((row["article_id"], name, row["what"], again) for name in row["annotators"] or [""])

    def listed(self, article: str, name: str, what: str, again: bool = False) -> int:
        """How many lines list that of this annotator."""
        return self.aside[article, name, what, again]

    def entities(self, article: str, name: str | None, span: tuple[int, int, str]) -> int:
        """How many gold entities are that; with a name, those that come from this annotator."""
        document = self.gold[article]
        pairs = zip(document.annotation.entities, document.origins.entities, strict=True)
        return sum((s.start, s.end, s.label) == span and (not name or name in o.annotators) for s, o in pairs)

    def claims(self, article: str, name: str | None, edges: tuple[int, int]) -> int:
        document = self.gold[article]
        pairs = zip(document.annotation.claims, document.origins.claims, strict=True)
        return sum((c.start, c.end) == edges and (not name or name in o.annotators) for c, o in pairs)


def _counting(task: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Each annotator's annotation that counts, by the rule of the README: submitted, not skipped, the newest."""
    newest: dict[str, dict[str, Any]] = {}
    for work in sorted(task["annotations"], key=lambda one: (one["updated_at"], one["id"])):
        if not work["was_cancelled"]:
            newest[work["completed_by"]["email"]] = work
    return newest


def _spans(work: Mapping[str, Any]) -> Counter[tuple[int, int, str]]:
    values = [item["value"] for item in work["result"] if item.get("type") == "labels"]
    return Counter((value["start"], value["end"], value["labels"][0]) for value in values)


def _check(account: Account, task: Mapping[str, Any], *, judges: bool, decided: bool) -> None:
    """Adds up what became of the regions of a task; `judges`: it is of the adjudication, `decided`: by one."""
    article, counting = task["data"]["doc_id"], _counting(task)
    # Whole annotations and drafts.
    names = [work["completed_by"]["email"] for work in task["annotations"]]
    for name in set(names):
        assert account.listed(article, name, "annotation") == names.count(name) - (name in counting)
    drafts = Counter(draft["user"] for draft in task["drafts"])
    for name, count in drafts.items():
        assert account.listed(article, name, "draft") == count
    if not judges and not counting:
        assert account.listed(article, "", "article") == 1
    if article not in account.gold:
        for name in () if judges else counting:
            assert account.listed(article, name, "article") == 1
        return
    # Single regions.
    for name, work in counting.items():
        # Adjudicators are no annotators: gold does not name them, and their lines say what they are.
        voter, in_gold = (f"adjudicator {name}", None) if judges else (name, name)
        spans = _spans(work)
        for (start, end, label), count in spans.items():
            shown = show_span(start, end, label, TEXT)
            if label != "CLAIM":
                assert account.listed(article, name, shown, again=True) == count - 1
                found = account.entities(article, in_gold, (start, end, label))
                assert found + account.listed(article, voter, shown) == 1
                continue
            # Where nobody gave a claim a stance, none is told.
            said = (shown, *(f"{shown}, {stance}" for stance in ("no stance", "support", "deny")))
            listed = sum(account.listed(article, voter, one) for one in said)
            found = account.claims(article, in_gold, (start, end))
            # Several adjudicators may have several claims on one span between them.
            assert found + listed == count or (judges and len(counting) > 1 and found + listed > count)
    if decided or judges:
        return
    for name in ANNOTATORS:
        if name not in counting:  # nobody is named who did not finish
            assert not any(name in origin.annotators for origin in account.gold[article].origins.entities)


@given(exports(), st.sampled_from(POLICIES))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
def test_every_region_of_an_export_is_in_gold_or_listed(
    drawn: tuple[list[dict[str, Any]], list[dict[str, Any]]], policy: Policy
) -> None:
    tasks, judged = drawn
    adjudicated = {task["data"]["doc_id"] for task in judged if _counting(task)}
    # Without any gold there is no folder to account in: the command says why, and writes nothing.
    assume(any(_asked(task, policy) or task["data"]["doc_id"] in adjudicated for task in tasks))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        exported_to = [folder / "export.json", folder / "judged.json"]
        for path, content in zip(exported_to, (tasks, judged), strict=True):
            path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        read = read_export(exported_to[0], SCHEME)
        of_judges = read_export(exported_to[1], SCHEME) if judged else None
        (folder / "gold").mkdir()
        write_gold(make_gold(read, SCHEME, "تجربة", "1.0", policy, of_judges), folder / "gold")
        account = Account(folder / "gold")
    assert all(account.reasons)
    for task in tasks:
        _check(account, task, judges=False, decided=task["data"]["doc_id"] in adjudicated)
    for task in judged:
        _check(account, task, judges=True, decided=True)


def _asked(task: Mapping[str, Any], policy: Policy) -> bool:
    """Whether anybody's work decides on the task."""
    return any(
        (not policy.trusted or name == policy.trusted) and (not policy.ground_truth or work["ground_truth"])
        for name, work in _counting(task).items()
    )
