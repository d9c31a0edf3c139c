"""People at work: one in a real browser, one over the API; what comes back is what they did, each for what it is."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from browser import Annotating, chromium, keep_screenshot
from live import Person, client, command, get
from mihakk.annotate.document import Claim, Span
from mihakk.annotate.label_studio.client import LabelStudio
from mihakk.annotate.label_studio.local import LocalServer
from mihakk.annotate.label_studio.projects import prepare_project
from mihakk.annotate.label_studio.push import push
from mihakk.configs.scheme import load_scheme
from mihakk.eval.gold.rows import read_gold
from raw_export import about, answer, region, relation, stance

pytestmark = [pytest.mark.server, pytest.mark.browser]
SCHEME = load_scheme()
HUDA, SAMI = "huda@example.org", "sami@example.org"
NAMES = {
    key: choice.of("ar")
    for key, choice in {**SCHEME.entities, **SCHEME.claim_stances, **SCHEME.article_stances}.items()
}

# Hostile on purpose, and with characters that count twice where text is counted in UTF-16.
SCRIPT = "<img src=x onerror=\"document.title='broken into'\">"
RAID = (
    "🔴 عاجل: الجيش ينفي استهداف مدنيين في الضمير\n\n"
    "قال الناطق باسم الجيش أحمد المسعود إن الغارة لم تستهدف مدنيين، وأضاف أن لداعش خلايا في البادية.\n\n"
    "وقالت واشنطن إن الضربة قتلت قيادياً في التنظيم كان يتنقل مع عائلته 👨‍👩‍👧 قرب تدمر."
)
TEXTS = {
    "raid": RAID,
    "talks": f"{SCRIPT} بدأت في جنيف محادثات جديدة.",
    "aid": "وصلت إلى حلب قافلة مساعدات.",
}
TITLES = {"raid": "الجيش ينفي استهداف مدنيين في الضمير", "talks": f"محادثات {SCRIPT}", "aid": "مساعدات"}
CLAIM = "الغارة لم تستهدف مدنيين"


def a_task(name: str) -> dict[str, Any]:
    text = TEXTS[name]
    claims = [{"id": "c1", "text": "قُتل مدنيون في الغارة"}, {"id": "c2", "text": "الغارة استهدفت قيادياً"}]
    return {
        "data": {
            "doc_id": name,
            "title": TITLES[name],
            "outlet": "وكالة",
            "published": "2025-11-03",
            "url": None,
            "event_id": name,
            "source": None,
            "text": text,
            "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
            "scheme": SCHEME.id,
            "claims": claims if name == "raid" else [],
        }
    }


def place(name: str, words: str, nth: int = 0) -> tuple[int, int]:
    """Code points, as Python counts them."""
    at = -1
    for _ in range(nth + 1):
        at = TEXTS[name].index(words, at + 1)
    return at, at + len(words)


def marked(name: str, words: str, label: str) -> dict[str, Any]:
    return region(words, *place(name, words), label)


def test_from_the_browser_to_gold(
    local: LocalServer, server: LabelStudio, people: list[Person], tmp_path: Path
) -> None:
    title = "غارة الضمير"
    project = prepare_project(server, title, SCHEME, 2)
    push(server, project, [a_task(name) for name in TEXTS], lambda _done, _total: None)
    numbers = {task.data["doc_id"]: task.id for task in server.tasks(project.id)}
    huda, sami = people
    assert (huda.email, sami.email) == (HUDA, SAMI)

    with chromium(tmp_path / "profile") as page:
        annotating = Annotating(page, local.url, huda.email, huda.password)
        instructions = annotating.start(project.url)
        assert SCHEME.title.of("ar") in instructions
        assert SCHEME.labels["CLAIM"].definition.of("ar") in instructions
        annotating.mark("الضمير", key="6")
        assert (annotating.keys, annotating.clicks) == (1, 1)  # a name: docs/team.md
        annotating.mark("داعش", label=NAMES["GROUP"])  # and not the ل before it
        annotating.mark("الناطق باسم الجيش", label=NAMES["OCC"])
        annotating.mark("أحمد المسعود", key="1")
        annotating.mark("واشنطن", key="6")
        annotating.mark("تدمر", key="6")
        annotating.keys = annotating.clicks = 0
        annotating.mark(CLAIM, key="c")
        annotating.choose(CLAIM)
        annotating.stance_of_claim("d", NAMES["deny"])
        annotating.claim_is_about("Shift+2", "الغارة استهدفت قيادياً")
        annotating.link("أحمد المسعود")
        assert (annotating.keys, annotating.clicks) == (4, 3)  # a claim with all that is asked of it: docs/team.md
        annotating.choose(CLAIM)
        annotating.claim_is_about("Shift+1", "قُتل مدنيون في الغارة")  # one claim: the last that was chosen
        annotating.stance_of_article(0, NAMES["disagree"])
        annotating.stance_of_article(1, NAMES["discuss"])
        keep_screenshot(page, "label-studio")
        annotating.submit()
        annotating.wait_for_task("جنيف")
        assert SCRIPT in page.locator("body").inner_text()
        assert page.title() != "broken into"
        annotating.skip()
        annotating.wait_for_task("حلب")
        annotating.mark("حلب", key="6")
        annotating.wait_until_draft_is_saved()

    regions = [
        marked("raid", "الضمير", "GPE"),
        marked("raid", "داعش", "GROUP"),
        marked("raid", "الناطق باسم الجيش", "OCC"),
        marked("raid", "أحمد المسعود", "PERS"),
        marked("raid", "واشنطن", "GPE"),
        marked("raid", "تدمر", "GPE"),
        marked("raid", "البادية", "LOC"),
        marked("raid", CLAIM, "CLAIM"),
        stance(CLAIM, *place("raid", CLAIM), "deny"),
        about(CLAIM, *place("raid", CLAIM), "c1"),
        answer(0, "disagree"),
        answer(1, "agree"),
        relation(CLAIM, "أحمد المسعود"),
    ]
    sami.submit(numbers["raid"], regions)
    sami.submit(numbers["talks"], [marked("talks", "جنيف", "GPE")], lead_time=20.0)
    sami.submit(numbers["aid"], [marked("aid", "حلب", "GPE")], lead_time=40.0)

    login = {"LABEL_STUDIO_URL": local.url, "LABEL_STUDIO_API_KEY": local.account.token}
    export, gold = tmp_path / "export.json", tmp_path / "gold"
    pulled = command("export", "pull", title, "-o", str(export), home=tmp_path, **login)
    assert pulled.returncode == 0, pulled.stderr
    assert pulled.stdout.splitlines() == [
        f"{export}: 3 tasks with 4 annotations",
        "  unfinished: 2 tasks begun, 0 untouched; 2 annotations to go",
        "  skipped 1 time; 1 draft not submitted",
    ]
    made = command("export", "dataset", str(export), "-o", str(gold), "--name", "live", home=tmp_path)
    assert made.returncode == 0, made.stderr
    rows = read_gold(gold).documents()

    # What was clicked is what is gold; what only Sami marked is not.
    raid = rows["raid"]
    source = Span(*place("raid", "أحمد المسعود"), "PERS")
    assert raid.article.text == RAID
    assert raid.annotators == (HUDA, SAMI)
    assert set(raid.annotation.entities) == {
        Span(*place("raid", "الضمير"), "GPE"),
        Span(*place("raid", "داعش"), "GROUP"),
        Span(*place("raid", "الناطق باسم الجيش"), "OCC"),
        source,
        Span(*place("raid", "واشنطن"), "GPE"),
        Span(*place("raid", "تدمر"), "GPE"),
    }
    assert raid.annotation.claims == (Claim(*place("raid", CLAIM), "deny", (source,), "c1"),)
    assert raid.annotation.stances == {"c1": "disagree"}
    assert rows["talks"].annotators == rows["aid"].annotators == (SAMI,)

    aside = [json.loads(line) for line in (gold / "set_aside.jsonl").read_text(encoding="utf-8").splitlines()]
    reasons = {(one["article_id"], ", ".join(one["annotators"]), one["reason"]) for one in aside}
    assert ("talks", HUDA, "skipped by the annotator") in reasons
    assert ("aid", HUDA, "not submitted") in reasons
    assert ("raid", SAMI, "tie") in {(article, by, reason.split(":")[0]) for article, by, reason in reasons}

    said = command("export", "status", title, "--json", home=tmp_path, **login)
    status = json.loads(said.stdout)
    assert [status[key] for key in ("tasks", "finished", "begun", "untouched")] == [3, 1, 2, 0]
    assert [status[key] for key in ("annotations", "annotations_missing", "skipped", "drafts")] == [4, 2, 1, 1]
    by = {one["annotator"]: one for one in status["annotators"]}
    assert [by[HUDA][key] for key in ("finished", "skipped", "drafts")] == [1, 1, 1]
    assert [by[SAMI][key] for key in ("finished", "skipped", "drafts")] == [3, 0, 0]
    assert by[HUDA]["median_seconds"] > 0
    assert by[SAMI]["median_seconds"] == 40.0
    # Seven spans against six of them, the same claim with all that was said of it, one of two stances.
    assert status["agreement"] == pytest.approx(
        {"entities": 12 / 13, "claims": 1.0, "claim_stance": 1.0, "claim_about": 1.0, "stance": 0.5}
    )
    assert status["hours_left"] == pytest.approx(2 * status["median_seconds"] / 3600, abs=0.01)
    assert json.loads((gold / "gold.json").read_text())["agreement_before_merging"] == pytest.approx(
        status["agreement"]
    )

    # From the server itself, and from a file as the browser downloads it, comes the same gold.
    direct = command(
        *("export", "dataset", f"{project.url}/data?tab=1", "-o", str(tmp_path / "direct"), "--name", "live"),
        home=tmp_path,
        **login,
    )
    assert direct.returncode == 0, direct.stderr
    assert read_gold(tmp_path / "direct").documents() == rows
    with client(local) as lead:
        downloaded = tmp_path / "downloaded.json"
        downloaded.write_text(json.dumps(get(lead, f"/api/projects/{project.id}/export?exportType=JSON")))
    from_download = command("export", "dataset", str(downloaded), "-o", str(tmp_path / "third"), home=tmp_path)
    assert from_download.returncode == 0, from_download.stderr
    assert read_gold(tmp_path / "third").documents()["raid"].annotation == raid.annotation
