"""The event registry gives each article its event and claims, and tells every mistake with its line."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from mihakk.annotate.document import EventClaim
from mihakk.annotate.events import NO_EVENT, Coverage, Registry
from mihakk.configs.errors import InputError

SAMPLE = Path(__file__).resolve().parents[1] / "annotate" / "sample"

ARTICLES = ("01_raid", "02_raid", "03_bridge", "04_bridge")
EVENTS = """\
events:
  - id: raid
    title: إنزال جوي في الدمير
    date: 2025-11-03
    articles: [01_raid, 02_raid]
    also:
      - 04_bridge
    claims:
      - id: c1
        text: نُفذ الإنزال بالتنسيق مع الحكومة
      - id: c2
        text: قُتل ثلاثة مدنيين
  - id: bridge
    title: قصف جسر الزمرد
    articles:
      - 03_bridge
      - 04_bridge
    claims:
      - id: c3
        text: خرج الجسر من الخدمة
"""

C1 = EventClaim("c1", "نُفذ الإنزال بالتنسيق مع الحكومة")
C2 = EventClaim("c2", "قُتل ثلاثة مدنيين")
C3 = EventClaim("c3", "خرج الجسر من الخدمة")


def load_events(path: Path, article_ids: Collection[str]) -> dict[str, Coverage]:
    """The coverage of every article listed, as the command gets it: the file checked, then held against the articles."""
    registry = Registry(path)
    registry.check_articles(article_ids)
    return {article: registry.coverage(article) for article in article_ids if registry.coverage(article) != NO_EVENT}


def changed(folder: Path, *changes: tuple[str, str]) -> Path:
    """events.yaml with pieces of its text replaced; each must stand there exactly once."""
    text = EVENTS
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = folder / "events.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def line_of(path: Path, piece: str, nth: int = 1) -> int:
    """The line, from 1, of the nth occurrence of `piece`."""
    before = piece.join(path.read_text(encoding="utf-8").split(piece)[:nth])
    return before.count("\n") + 1


def problems_of(path: Path, article_ids: tuple[str, ...] = ARTICLES) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        load_events(path, article_ids)
    return caught.value.problems


def problem_of(path: Path, article_ids: tuple[str, ...] = ARTICLES) -> str:
    (problem,) = problems_of(path, article_ids)
    return problem


# --- coverage ---------------------------------------------------------------------------------------


def test_an_article_has_its_event_and_the_claims_of_it_in_order(tmp_path: Path) -> None:
    coverage = load_events(changed(tmp_path), ARTICLES)
    assert coverage == {
        "01_raid": Coverage("raid", (C1, C2)),
        "02_raid": Coverage("raid", (C1, C2)),
        "03_bridge": Coverage("bridge", (C3,)),
        # It also speaks to the raid. Its own event comes first, though the raid stands first in the file.
        "04_bridge": Coverage("bridge", (C3, C1, C2)),
    }


def test_other_events_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    third = "  - {id: swap, title: تبادل, also: [04_bridge], claims: [{id: c4, text: دُفعت فدية}]}\n"
    path = changed(tmp_path, ("events:\n", "events:\n" + third))
    claims = load_events(path, ARTICLES)["04_bridge"].claims
    assert [claim.id for claim in claims] == ["c3", "c4", "c1", "c2"]


def test_an_article_that_no_event_lists_has_no_coverage(tmp_path: Path) -> None:
    assert set(load_events(changed(tmp_path), (*ARTICLES, "05_alone"))) == set(ARTICLES)
    assert Coverage(None, ()) == NO_EVENT


def test_an_event_may_lack_date_articles_and_claims(tmp_path: Path) -> None:
    path = tmp_path / "events.yaml"
    path.write_text("events:\n  - {id: e, title: حدث}\n", encoding="utf-8")
    assert load_events(path, ()) == {}


def test_the_sample_says_that_the_eighth_article_speaks_to_two_events() -> None:
    coverage = load_events(SAMPLE / "events.yaml", [page.stem for page in (SAMPLE / "pages").glob("*.txt")])
    assert len(coverage) == 14
    eighth = coverage["08_raseef_ambush"]
    assert eighth.event_id == "ambush-gharnuq-2025-12"
    assert [claim.id for claim in eighth.claims] == ["c7", "c8", "c1", "c2", "c3"]


ids = st.lists(st.text("abcنص-", min_size=1, max_size=4), min_size=1, max_size=4, unique=True)


@given(names=ids, data=st.data())
def test_what_is_written_is_what_is_covered(tmp_path_factory: pytest.TempPathFactory, names: list[str], data) -> None:
    """Any events with articles and claims of their own: every article gets its event's claims and no others."""
    events = [
        {
            "id": name,
            "title": "حدث",
            "articles": [f"{name}_{n}" for n in range(data.draw(st.integers(0, 3)))],
            "claims": [{"id": f"{name}_c{n}", "text": "ادعاء"} for n in range(data.draw(st.integers(0, 3)))],
        }
        for name in names
    ]
    path = tmp_path_factory.mktemp("events") / "events.yaml"
    path.write_text(yaml.safe_dump({"events": events}, allow_unicode=True), encoding="utf-8")
    articles = [article for event in events for article in event["articles"]]
    assert load_events(path, articles) == {
        article: Coverage(event["id"], tuple(EventClaim(claim["id"], claim["text"]) for claim in event["claims"]))
        for event in events
        for article in event["articles"]
    }


# --- mistakes ---------------------------------------------------------------------------------------


def test_an_event_id_used_twice_is_told(tmp_path: Path) -> None:
    path = changed(tmp_path, ("id: bridge", "id: raid"), ("    also:\n      - 04_bridge\n", ""))
    line = line_of(path, "id: raid", nth=2)
    assert problem_of(path) == f"{path}:{line}: events.1.id: raid is already the id of an event above"


def test_a_claim_id_used_twice_in_one_event_is_told(tmp_path: Path) -> None:
    path = changed(tmp_path, ("id: c2", "id: c1"))
    line = line_of(path, "id: c1", nth=2)
    assert problem_of(path) == (
        f"{path}:{line}: events.0.claims.1.id: c1 is already a claim of raid; claim ids are unique"
    )


def test_a_claim_id_used_in_two_events_is_told(tmp_path: Path) -> None:
    """An article may take a stance on claims of both."""
    path = changed(tmp_path, ("id: c3", "id: c2"))
    line = line_of(path, "id: c2", nth=2)
    assert problem_of(path) == (
        f"{path}:{line}: events.1.claims.0.id: c2 is already a claim of raid; claim ids are unique"
    )


def test_an_article_of_two_events_is_told(tmp_path: Path) -> None:
    path = changed(tmp_path, ("      - 03_bridge\n", "      - 02_raid\n"))
    line = line_of(path, "      - 02_raid")
    assert problem_of(path) == (
        f"{path}:{line}: events.1.articles.0: 02_raid already belongs to raid; list it here under `also`"
    )


def test_an_article_listed_twice_in_one_event_is_told(tmp_path: Path) -> None:
    path = changed(tmp_path, ("      - 03_bridge\n", "      - 04_bridge\n"))
    line = line_of(path, "      - 04_bridge\n", nth=3)  # the first stands under `also`
    assert problem_of(path).startswith(f"{path}:{line}: events.1.articles.1: 04_bridge already belongs to bridge")


def test_an_unknown_article_is_told_with_the_one_that_was_meant(tmp_path: Path) -> None:
    path = changed(tmp_path, ("      - 03_bridge\n", "      - 03_bridgo\n"))
    line = line_of(path, "03_bridgo")
    assert problem_of(path) == (
        f"{path}:{line}: events.1.articles.0: there is no article 03_bridgo; did you mean 03_bridge?"
    )


def test_an_unknown_article_unlike_all_others_is_told_without_a_guess(tmp_path: Path) -> None:
    path = changed(tmp_path, ("      - 03_bridge\n", "      - zzz\n"))
    assert problem_of(path) == f"{path}:{line_of(path, 'zzz')}: events.1.articles.0: there is no article zzz"


def test_an_article_under_also_must_have_an_event_of_its_own(tmp_path: Path) -> None:
    path = changed(tmp_path, ("    also:\n      - 04_bridge\n", "    also:\n      - 05_alone\n"))
    line = line_of(path, "05_alone")
    assert problem_of(path, (*ARTICLES, "05_alone")) == (
        f"{path}:{line}: events.0.also.0: "
        "05_alone must be among the `articles` of another event; `also` adds a second one"
    )


def test_an_event_is_not_also_its_own(tmp_path: Path) -> None:
    path = changed(tmp_path, ("    also:\n      - 04_bridge\n", "    also:\n      - 01_raid\n"))
    line = line_of(path, "      - 01_raid")
    assert problem_of(path).startswith(
        f"{path}:{line}: events.0.also.0: 01_raid must be among the `articles` of another"
    )


def test_an_article_twice_under_also_is_asked_about_its_claims_once(tmp_path: Path) -> None:
    path = changed(tmp_path, ("    also:\n", "    also:\n      - 04_bridge\n"))
    assert load_events(path, ARTICLES)["04_bridge"].claims == (C3, C1, C2)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("    date: 2025-11-03\n", "    dated: 2025-11-03\n", "events.0.dated"),
        ("        text: قُتل ثلاثة مدنيين\n", "        text: قُتل\n        source: x\n", "events.0.claims.1.source"),
        ("events:\n", "version: 1\nevents:\n", "version"),
    ],
)
def test_an_unknown_key_is_told(tmp_path: Path, old: str, new: str, place: str) -> None:
    path = changed(tmp_path, (old, new))
    line = line_of(path, place.rpartition(".")[2] + ":")
    assert problem_of(path).startswith(f"{path}:{line}: {place}: ")


@pytest.mark.parametrize(
    ("old", "new", "piece", "place"),
    [
        ("    title: قصف جسر الزمرد\n", "", "- id: bridge", "events.1.title"),
        ("date: 2025-11-03", "date: أمس", "date: أمس", "events.0.date"),
        ("id: bridge", "id: two words", "id: two words", "events.1.id"),
        ("id: c3", "id: ''", "id: ''", "events.1.claims.0.id"),
        ("text: خرج الجسر من الخدمة", "text: '  '", "text: '  '", "events.1.claims.0.text"),
        ("articles: [01_raid, 02_raid]", "articles: 01_raid", "articles: 01_raid", "events.0.articles"),
        ("articles: [01_raid, 02_raid]", "articles: [1, 02_raid]", "[1,", "events.0.articles.0"),
    ],
)
def test_a_value_of_the_wrong_kind_is_told(tmp_path: Path, old: str, new: str, piece: str, place: str) -> None:
    path = changed(tmp_path, (old, new))
    assert problem_of(path).startswith(f"{path}:{line_of(path, piece)}: {place}: ")


def test_a_files_name_with_spaces_is_told_with_the_id_that_it_has(tmp_path: Path) -> None:
    path = changed(tmp_path, ("[01_raid, 02_raid]", "[غارة  ليلية (1), 02_raid]"))
    wanted = "must be without spaces: غارة_ليلية_(1), not 'غارة  ليلية (1)'"
    assert problem_of(path) == f"{path}:{line_of(path, 'ليلية')}: events.0.articles.0: {wanted}"


def test_a_day_that_there_is_not_is_told_with_its_line(tmp_path: Path) -> None:
    path = changed(tmp_path, ("date: 2025-11-03", "date: 2025-11-31"))  # November has thirty days
    assert problem_of(path).startswith(f"{path}:{line_of(path, 'date:')}: ")


def test_a_file_without_events_is_told(tmp_path: Path) -> None:
    path = tmp_path / "events.yaml"
    path.write_text("# later\nevents: []\n", encoding="utf-8")
    assert problem_of(path).startswith(f"{path}:2: events: ")


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    path = changed(
        tmp_path,
        ("id: c3", "id: c1"),
        ("[01_raid, 02_raid]", "[01_raid, 02_riad]"),
        ("      - 03_bridge\n", "      - 01_raid\n"),
        ("    also:\n      - 04_bridge\n", "    also:\n      - 03_bridge\n"),
    )
    found = problems_of(path)
    told = ["c1 is already a claim", "01_raid already belongs", "03_bridge must be among"]
    assert len(found) == len(told)
    assert all(sum(part in problem for problem in found) == 1 for part in told)
