"""Looking finished annotations over: every finding where it belongs and nowhere else, and what --fix mends."""

from __future__ import annotations

import copy
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import mihakk
import pytest
from drawn import annotated
from hypothesis import given
from hypothesis import strategies as st
from marked import SCHEME, marked
from mihakk.annotate.arabic import fold, word_start
from mihakk.annotate.boundary import trimmed
from mihakk.annotate.document import Article, EventClaim
from mihakk.annotate.task import make_task
from mihakk.cli import main
from mihakk.configs.checks import load_checks
from mihakk.configs.errors import InputError
from mihakk.configs.scheme import DEFAULT, Scheme, load_scheme
from mihakk.export.check.check import Checked, check_tasks
from mihakk.export.check.fix import Fix, fix_tasks
from mihakk.export.finished import read_tasks
from raw_export import answer, exported, finished, region, relation, results, stance

SAMPLE = Path(mihakk.__file__).parent / "annotate" / "sample" / "export.json"
SHARED = Path(__file__).resolve().parents[2] / "shared" / "label-studio"
CLAIMS = (EventClaim("c1", "ادعاء أول"), EventClaim("c2", "ادعاء ثان"))

Tasks = list[Any]


def said(source: str, annotator: str = "a@example.org", more: Sequence[Any] = (), **fields: Any) -> dict[str, Any]:
    """An annotation with the spans that `source` marks, as regions r0, r1, … in the order in which they close.

    [...|CLAIM:deny] is a claim with that stance.
    """
    text, spans = marked(source)
    made: list[Any] = []
    for n, span in enumerate(spans):
        label, _, choice = span.label.partition(":")
        made.append(region(f"r{n}", span.start, span.end, label, text[span.start : span.end]))
        if choice:
            made.append(stance(f"r{n}", span.start, span.end, choice))
    return finished(annotator, [*made, *more], **fields)


def task(
    text: str, /, *annotations: dict[str, Any], name: str = "خبر", claims: Sequence[EventClaim] = (), **data: Any
) -> dict[str, Any]:
    made = exported(make_task(Article(name, text), claims, SCHEME), annotations)
    return made | {"data": made["data"] | data}


def one(source: str, *more: Any, claims: Sequence[EventClaim] = (), **fields: Any) -> Tasks:
    """An export of one task with one annotation."""
    return [task(marked(source)[0], said(source, more=more, **fields), claims=claims)]


def reworded(when: str) -> Tasks:
    """An export of one task, whose first claim was answered at ten o'clock and reworded at `when`."""
    (made,) = one("نص", answer(0, "agree"), claims=CLAIMS)
    first, second = made["data"]["claims"]
    return [made | {"data": made["data"] | {"claims": [first | {"reworded": when}, second]}}]


def by_two(source: str, other: str) -> Tasks:
    """An export of one task that two annotators finished."""
    assert marked(source)[0] == marked(other)[0]
    return [task(marked(source)[0], said(source), said(other, "b@example.org"))]


def each(*sources: str, annotator: str = "a@example.org") -> Tasks:
    """An export of several tasks by one annotator."""
    return [task(marked(source)[0], said(source, annotator), name=f"خبر{n}") for n, source in enumerate(sources)]


def found(tasks: Iterable[object], check: str | None = None, scheme: Scheme = SCHEME) -> list[tuple[str, str | None]]:
    """Check and text of each finding, or of those of one check."""
    return [
        (finding.found.check, finding.found.text)
        for finding in check_tasks(tasks, scheme).findings
        if check in (None, finding.found.check)
    ]


def checks(tasks: Iterable[object]) -> set[str]:
    return {check for check, _ in found(tasks)}


def timed(*seconds: float | None, annotator: str = "a@example.org") -> Tasks:
    """Tasks of 1,000 characters each, that took so long."""
    return [
        task("دمشق " + "س" * 995, said("[دمشق|GPE] " + "س" * 995, annotator, lead_time=time), name=f"{annotator}{n}")
        for n, time in enumerate(seconds)
    ]


SOURCED = "قالت [الوكالة السورية|ORG] إن [الطريق مقطوع|CLAIM:support]"

# For each check, an export that fails it and one that is like it and does not.
EXAMPLES: dict[str, tuple[Tasks, Tasks]] = {
    "not-a-task": ([*one("زار [دمشق|GPE]"), {"id": 7, "text": "x"}], one("زار [دمشق|GPE]")),
    "task-data": ([task("نص", title=5)], [task("نص", title="عنوان")]),
    "text-changed": ([task("زار دمشق", text="زارت دمشق")], [task("زار دمشق")]),
    "repeated-article": ([task("نص"), task("نص")], [task("نص"), task("نص", name="غيره")]),
    "unreadable-result": (one("نص", "GPE"), one("نص")),
    "foreign-interface": (
        one("نص", region("x", 0, 2, "GPE") | {"from_name": "ner"}),
        [*one("نص", region("x", 0, 2, "GPE") | {"from_name": "ner"}), task("نص", said("[نص|GPE]"), name="غيره")],
    ),
    "foreign-result": (
        one("[نص|GPE]", region("x", 0, 2, "GPE") | {"from_name": "ner"}),
        one("نص", region("x", 0, 2, "GPE")),
    ),
    "double-result": (
        one("[دمشق|GPE]", region("r0", 0, 4, "LOC")),
        one("[دمشق|GPE] [حلب|GPE]"),
    ),
    "bad-offsets": (one("نص", region("x", 0, 3, "GPE")), one("نص", region("x", 0, 2, "GPE"))),
    "unknown-label": (one("[دمشق|CITY]"), one("[دمشق|GPE]")),
    "unknown-stance": (one("قال إن [الطريق مقطوع|CLAIM:agree]"), one("قال إن [الطريق مقطوع|CLAIM:deny]")),
    "unknown-claim": (one("نص", answer(2, "agree"), claims=CLAIMS), one("نص", answer(1, "agree"), claims=CLAIMS)),
    "only-white-space": (one("زار[ |GPE]دمشق"), one("زار [دمشق|GPE]")),
    "edge-white-space": (one("زار[ دمشق|GPE]"), one("زار [دمشق|GPE]")),
    "only-punctuation": (one("زار دمشق[؟!|GPE]"), one("زار [دمشق|GPE]؟!")),
    "edge-punctuation": (one("زار [دمشق،|GPE] أمس"), one("زار [دمشق|GPE]، أمس")),
    "edge-proclitic": (
        each("في [دمشق|GPE]", "زار [وبدمشق|GPE]"),
        each("في [دمشق|GPE]", "زار وب[دمشق|GPE]", "[وزير الدفاع|OCC]", "[فلسطين|GPE]", "[بنان|PERS]"),
    ),
    "cut-word": (one("زعيم [داعش|GROUP]ي"), one("هجوم ل[داعش|GROUP]")),
    "duplicate-span": (
        one("[دمشق|GPE]", region("x", 0, 4, "GPE")),
        one("[دمشق|GPE] و[دمشق|GPE]"),
    ),
    "overlap": (
        one("[قائد [القيادة الوسطى|ORG]|OCC]"),
        one("[قائد|OCC] [القيادة الوسطى|ORG]", region("c", 0, 18, "CLAIM")),
    ),
    "labels-differ-within": (
        each("في [البادية|LOC]", "في [البادية|GPE]"),
        by_two("في [البادية|LOC]", "في [البادية|GPE]"),
    ),
    "labels-differ-across": (
        by_two("في [البادية|LOC]", "في [البادية|GPE]"),
        each("في [البادية|LOC]", "في [البادية|GPE]"),
    ),
    "claim-without-stance": (one("قال إن [الطريق مقطوع|CLAIM]"), one("قال إن [الطريق مقطوع|CLAIM:deny]")),
    "claim-without-source": (one(SOURCED), one(SOURCED, relation("r1", "r0"))),
    "orphan-stance": (one("[دمشق|GPE]", stance("gone", 0, 4, "deny")), one(SOURCED)),
    "dangling-relation": (one(SOURCED, relation("r1", "gone")), one(SOURCED, relation("r0", "r1"))),
    "wrong-relation": (
        one("[دمشق|GPE] و[حلب|GPE]", relation("r0", "r1")),
        one(SOURCED, relation("r1", "r0")),
    ),
    "unanswered": (
        one("نص", answer(0, "agree"), claims=CLAIMS),
        one("نص", answer(0, "agree"), answer(1, "discuss"), claims=CLAIMS),
    ),
    "reworded-claim": (  # a second after the answer, and a second before
        reworded("2025-12-01T10:00:01+00:00"),
        reworded("2025-12-01T09:59:59+00:00"),
    ),
    "empty": (one("زار دمشق"), one("زار [دمشق|GPE]")),
    "empty-beside-marks": (by_two("زار [دمشق|GPE]", "زار دمشق"), by_two("زار دمشق", "زار دمشق")),
    "shared-account": (
        [task("زار دمشق", *(said("زار [دمشق|GPE]", completed_by=None) for _ in range(2)))],
        [task("زار دمشق", said("زار [دمشق|GPE]", completed_by=None))],
    ),
    "fast-work": (timed(100, 100, 100, 100, 100, 24), timed(100, 100, 100, 100, 100, 26, None)),
}


def test_each_further_annotation_under_one_account_is_found_whatever_the_account_is_called() -> None:
    # Eleven of one account: ten are further ones. An account whose own name ends in a number is one person's.
    several = [said("زار [دمشق|GPE]", "هدى", lead_time=None) for _ in range(11)]
    alone = said("زار [دمشق|GPE]", "منى (2)")
    assert [check for check, _ in found([task("زار دمشق", *several, alone)])].count("shared-account") == 10


@pytest.mark.parametrize("check", load_checks())
def test_each_check_finds_what_it_is_for(check: str) -> None:
    bad, _ = EXAMPLES[check]
    assert check in checks(bad)


@pytest.mark.parametrize("check", load_checks())
def test_no_check_finds_what_is_right(check: str) -> None:
    _, good = EXAMPLES[check]
    assert check not in checks(good)


@pytest.mark.parametrize("check", load_checks())
def test_what_a_check_calls_refused_export_dataset_refuses_and_nothing_else(check: str) -> None:
    refused = load_checks()[check].refused
    for tasks, is_bad in zip(EXAMPLES[check], (True, False), strict=True):
        try:
            read_tasks(tasks if check != "not-a-task" or not is_bad else [], "export", SCHEME)
            read = not (check == "not-a-task" and is_bad)
        except InputError:
            read = False
        assert read is not (refused and is_bad)


# --- empty submissions ---


def test_an_empty_submission_is_an_error_where_suggestions_were_shown() -> None:
    shown = task("زار دمشق", said("زار دمشق"), preannotated_by="نموذج")
    assert found([shown]) == [("empty-beside-marks", None)]
    taken_over = task("زار دمشق", said("زار دمشق", parent_prediction=7))
    assert found([taken_over]) == [("empty-beside-marks", None)]


def test_what_only_another_control_holds_is_an_empty_submission() -> None:
    comment = {"id": "t", "type": "textarea", "from_name": "comment", "to_name": "text", "value": {"text": ["صعب"]}}
    tasks = [*one("زار دمشق", comment), task("حلب", said("[حلب|GPE]"), name="غيره")]
    assert found(tasks) == [("foreign-result", None), ("empty", None)]


def test_an_answer_alone_is_no_empty_submission() -> None:
    assert checks(one("نص", answer(0, "agree"), answer(1, "agree"), claims=CLAIMS)) == set()


# --- where a finding is ---


def test_a_finding_names_its_place_and_words() -> None:
    made = task("زار دمشق، أمس", said("زار [دمشق،|GPE] أمس", "huda@example.org"))
    (finding,) = check_tasks([made], SCHEME).findings
    assert finding.record("https://label.example.org/studio") == {
        "check": "edge-punctuation",
        "severity": "error",
        "message": "it should be 4–8 “دمشق”",
        "task": made["id"],
        "article": "خبر",
        "annotation": made["annotations"][0]["id"],
        "annotator": "huda@example.org",
        "region": "r0",
        "label": "GPE",
        "start": 4,
        "end": 9,
        "text": "دمشق،",
        "fixable": True,
        # The project of an exported task is 1.
        "link": f"https://label.example.org/studio/projects/1/data?task={made['id']}",
        "uses": [],
    }
    assert finding.record(None)["link"] is None


def test_what_was_looked_at_is_counted_without_skips_drafts_and_older_work() -> None:
    old = said("زار [دمشق،|GPE]", updated_at="2025-12-01T09:00:00Z")
    new = said("زار [دمشق|GPE]،", updated_at="2025-12-01T10:00:00Z")
    skipped = said("[زار|CITY] دمشق،", "b@example.org", was_cancelled=True)
    made = task("زار دمشق،", old, new, skipped)
    made["drafts"] = [{"user": "c@example.org", "result": [region("x", 0, 99, "GPE")]}]
    checked = check_tasks([made], SCHEME)
    assert (checked.tasks, checked.annotations, checked.regions) == (1, 1, 1)
    assert checked.findings == []


def test_everything_that_is_wrong_is_told_at_once() -> None:
    wrong = [
        region("space", 3, 8, "GPE"),
        region("label", 4, 8, "CITY"),
        region("both", 3, 8, "TOWN"),
        region("beyond", 4, 99, "GPE"),
        answer(7, "agree"),
        "x",
    ]
    tasks = [
        task("زار دمشق", finished("a", wrong), title=5),
        "no task",
        task("نص", said("[نص|GPE]"), name="غيره", text="آخر"),
    ]
    assert [check for check, _ in found(tasks)] == [
        "task-data",
        "edge-white-space",
        "unknown-label",
        "edge-white-space",
        "unknown-label",
        "bad-offsets",
        "unknown-claim",
        "unreadable-result",
        "overlap",
        "overlap",
        "not-a-task",
        "text-changed",
        "labels-differ-within",
        "labels-differ-within",
        "labels-differ-within",
    ]


def test_an_item_that_is_no_task_is_told_with_what_it_lacks() -> None:
    messages = [f.found.message for f in check_tasks([7, {"id": 1, "data": {}}, *each("[نص|GPE]")], SCHEME).findings]
    assert messages == [
        "item 1 of the export has no data; export again as JSON, not as JSON-MIN or CSV",
        "item 2 of the export has no annotations; export again as JSON, not as JSON-MIN",
    ]


def test_a_task_of_another_scheme_is_one_problem_and_not_one_for_each_label() -> None:
    tasks = [task("زار دمشق", said("زار [دمشق|CITY]"), scheme="other@2.0")]
    assert [check for check, _ in found(tasks)] == ["task-data"]


def test_a_changed_text_is_told_with_all_else_that_is_wrong_with_its_task() -> None:
    assert [check for check, _ in found([task("نص", text="آخر", title=5, published="أمس")])] == [
        "text-changed",
        "task-data",
    ]


def test_answers_are_not_called_wrong_where_the_tasks_claims_are() -> None:
    made = task("نص", finished("a", [answer(0, "agree")]))
    made["data"]["claims"] = [{"id": 1}]
    assert checks([made]) == {"task-data"}


# --- edges ---

# What an annotator marked, and what of it stays. None: all of it.
EDGES: dict[str, tuple[str, str | None]] = {
    "Arabic comma": ("دمشق،", "دمشق"),
    "full stop": ("دمشق.", "دمشق"),
    "Arabic question mark and semicolon": ("؛دمشق؟", "دمشق"),
    "several, with spaces": (" .. دمشق ؟! ", "دمشق"),
    "ellipsis": ("دمشق…", "دمشق"),
    "guillemets around": ("«النصر»", "النصر"),
    "guillemets around, the wrong way round": ("»النصر«", "النصر"),
    "curly quotes around": ("“النصر”", "النصر"),
    "straight quotes around": ('"النصر"', "النصر"),
    "two pairs around and a stop": ("(«النصر»).", "النصر"),
    "guillemets inside": ("جبهة «النصر»", None),
    "guillemets inside, the wrong way round": ("جبهة »النصر«", None),
    "straight quotes inside": ('جبهة "النصر"', None),
    "quotes at the front": ("«النصر» الجديدة", None),
    "two pairs side by side": ("«أحرار» و«نصر»", None),
    "a quote that never closes": ("«النصر", "النصر"),
    "a quote that never opens": ("النصر”", "النصر"),
    "a bracket whose other half is outside": ("داعش)", "داعش"),
    "a bracket with its other half": ("تنظيم الدولة (داعش)", None),
    "a bracket around": ("(داعش)", "داعش"),
    "a stop behind the bracket": ("تنظيم الدولة (داعش).", "تنظيم الدولة (داعش)"),
    "percent": ("50%", None),
    "percent with a space": ("50 %", None),
    "Arabic percent before Arabic digits": ("٪٥٠", None),
    "percent of nothing": ("دمشق%", "دمشق"),
    "an abbreviation": ("أ.ف.ب.", None),
    "a title's letter": ("د.", None),
    "a Latin abbreviation": ("Apple Inc.", None),
    "a year of the hijra": ("1445هـ.", None),
    "a number and a stop": ("2015.", "2015"),
    "a minus": ("-5", None),
    "a dash": ("- دمشق", "دمشق"),
    "a hashtag": ("#دمشق", None),
    "an address": ("@sana", None),
    "a plus": ("18+", None),
    "an apostrophe inside": ("Sana’a", None),
    "harakat at the end": ("دمشقُ", None),
    "harakat and a comma": ("دِمَشْقُ،", "دِمَشْقُ"),
    "tatweel": ("الجيـــش", None),
    "tatweel and a stop": ("الجيـــش.", "الجيـــش"),
    "Arabic digits and a stop": ("١٩:٢٩.", "١٩:٢٩"),
    "a right-to-left mark": ("\u200fدمشق\u200f", "دمشق"),
    "an isolate": ("\u2068F-16\u2069", "F-16"),
    "a no-break space": ("\u00a0دمشق", "دمشق"),
    "a line break": ("دمشق\n", "دمشق"),
    "a bar": ("دمشق |", "دمشق"),
    "an emoji": ("دمشق 🇸🇾", None),
    "only punctuation": ("«»", ""),
    "only white space": (" \n", ""),
}


@pytest.mark.parametrize("case", EDGES)
def test_what_belongs_to_a_span_stays_and_the_rest_goes(case: str) -> None:
    words, wanted = EDGES[case]
    text = f"قال {words} أمس"
    start, end = trimmed(text, 4, 4 + len(words))
    assert text[start:end] == (words if wanted is None else wanted)


def test_a_sign_before_a_number_belongs_only_where_no_number_stands_before() -> None:
    assert trimmed("2011-2012", 4, 9) == (5, 9)
    assert trimmed("بين -5 و5", 4, 6) == (4, 6)


@given(st.text(st.sampled_from("دمشقب١٢5aU ُـ«»“”\"'()،.؟؛-%٪#|\u200f\u200d\n"), min_size=1), st.data())
def test_trimming_only_trims_leaves_letters_alone_and_is_done_at_once(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    first, last = trimmed(text, start, end)
    assert start <= first <= last <= end
    assert not any(char.isalnum() for char in text[start:first] + text[last:end])
    if first < last:
        assert trimmed(text, first, last) == (first, last)
        assert not text[first].isspace() and not text[last - 1].isspace()


@pytest.mark.parametrize(
    ("source", "cut"),
    [
        ("هجوم ل[داعش|GROUP]", False),
        ("هجوم [داعش|GROUP]ي", True),
        ("هجوم ل[داعش|GROUP]ي", True),
        ("وبِ[دِمَشْقَ|GPE]", False),
        ("وب[ِدِمَشْقَ|GPE]", True),  # begins with the kasra of the letter before
        ("قال [فلا|PERS]نٌ", True),
        ("زار [دمشق|GPE]ُ", True),  # ends before the damma of its last letter
        ("ل[لتحالف|ORG]", False),
        ("ولل[تحالف|ORG]", True),
        ("ال[ناطق|OCC]", True),
        ("الجـ[ـيش|ORG]", True),
        ("بـ[دمشق|GPE]", False),
        ("الـ[BBC|ORG]", False),
        ("يوم [18|DATE]ديسمبر", False),
        ("قتل 2,[500|CARDINAL]", True),
        ("قتل [٢|CARDINAL]٫٥", True),
        ("قتل [2,500|CARDINAL], وجرح", False),
        ("[أبو بكر|PERS]\u200c هنا", False),  # a joiner that joins nothing
    ],
)
def test_a_span_is_cut_where_it_begins_or_ends_inside_a_word(source: str, cut: bool) -> None:
    assert bool(found(one(source), "cut-word")) is cut


# --- proclitics ---


def proclitics(tasks: Tasks) -> list[tuple[str, str]]:
    """Words of each finding, and what its message says it should be."""
    return [
        (finding.found.text or "", finding.found.message.partition("“")[2].rstrip("”"))
        for finding in check_tasks(tasks, SCHEME).findings
        if finding.found.check == "edge-proclitic"
    ]


@pytest.mark.parametrize(
    ("known", "marked_so", "rest"),
    [
        ("[دمشق|GPE]", "[بدمشق|GPE]", "دمشق"),
        ("[دمشق|GPE]", "[وَبِدِمَشْق|GPE]", "دِمَشْق"),  # by the match key, and harakat go with their letters
        ("[دمشق|GPE]", "و[بدمشق|GPE]", "دمشق"),  # one outside, one inside
        ("[التحالف|ORG]", "[للتحالف|ORG]", "لتحالف"),  # written without its alef
        ("[التحالف|ORG]", "[وللتحالف|ORG]", "لتحالف"),
        ("[أنقرة|GPE]", "[لانقره|GPE]", "انقره"),  # hamza and teh marbuta
        ("[الجيش|ORG]", "[بـالجيـش|ORG]", "الجيـش"),  # tatweel
        ("[20|CARDINAL]", "[و٢٠|CARDINAL]", "٢٠"),  # Arabic digits
        ("[سالم الدلهومي|PERS]", "[لسالم الدلهومي|PERS]", "سالم الدلهومي"),
    ],
)
def test_a_proclitic_inside_is_found_where_the_rest_is_marked_elsewhere(known: str, marked_so: str, rest: str) -> None:
    words = marked_so.partition("[")[2].partition("|")[0]
    assert proclitics(each(f"في {known}", f"قال {marked_so}")) == [(words, rest)]


@pytest.mark.parametrize(
    "sources",
    [
        ("[وزير الدفاع|OCC]",),  # letters alone do not tell
        ("[فلسطين|GPE]", "[بنان|PERS]", "[لبنان|GPE]"),  # بنان is marked, but as a person
        ("[لبنان|GPE]", "[لبنان|GPE]", "[بنان|GPE]"),  # most leave it in
        ("ب[سام|PERS]", "[وسام|PERS]", "[وسام|PERS]"),
        ("[لندن|GPE]", "[ندن|LOC]"),
        ("[التحالف|ORG]", "ل[لتحالف|ORG]"),  # the first ل is outside, the second is the article
    ],
)
def test_a_letter_that_looks_like_a_proclitic_is_left_in_peace_without_evidence(sources: tuple[str, ...]) -> None:
    assert proclitics(each(*(f"هنا {source}" for source in sources))) == []


def test_of_two_annotators_who_differ_on_a_proclitic_the_one_who_left_it_in_is_told() -> None:
    (finding,) = check_tasks(by_two("هجوم [لداعش|GROUP]", "هجوم ل[داعش|GROUP]"), SCHEME).findings
    assert (finding.found.check, finding.found.work.annotator) == ("edge-proclitic", "a@example.org")
    assert finding.found.message == (
        "without ل it is marked GROUP once, with it once; if ل is a proclitic, it should be 6–10 “داعش”"
    )


# --- the same words with two labels ---


def test_words_with_two_labels_are_one_finding_however_often_they_stand() -> None:
    tasks = each(*["في [البادية|LOC]"] * 30, *["في [الباديه|GPE]"] * 20)
    (finding,) = check_tasks(tasks, SCHEME).findings
    assert finding.found.check == "labels-differ-within"
    # The place is the first of the rarer label.
    assert finding.found.work.task == tasks[30]["id"]
    assert [(use.label, use.times, use.annotators) for use in finding.found.uses] == [
        ("LOC", 30, ("a@example.org",)),
        ("GPE", 20, ("a@example.org",)),
    ]
    assert [use.first.task for use in finding.found.uses] == [tasks[0]["id"], tasks[30]["id"]]
    assert "LOC 30 times" in finding.found.message and "GPE 20 times" in finding.found.message


def test_three_labels_are_three_pairs() -> None:
    assert len(found(each("[البادية|LOC]", "[البادية|GPE]", "[البادية|FAC]"), "labels-differ-within")) == 3


def test_words_that_all_annotators_label_both_ways_are_no_difference_between_them() -> None:
    tasks = by_two("[البادية|LOC] و[البادية|GPE]", "[البادية|GPE] و[البادية|LOC]")
    assert [check for check, _ in found(tasks)] == ["labels-differ-within"] * 2


def test_two_claims_on_the_same_words_are_no_matter_of_labels() -> None:
    tasks = each("قال إن [الطريق مقطوع|CLAIM:deny]", "[الطريق مقطوع|EVENT]")
    assert not found(tasks, "labels-differ-within")


# --- spans beside each other, claims, stances ---


def test_overlaps_are_allowed_where_the_scheme_nests() -> None:
    nested = SCHEME.model_copy(update={"nesting": "nested", "version": "1.1"})
    assert found(EXAMPLES["overlap"][0], scheme=nested) == []


def test_each_span_that_overlaps_an_earlier_one_is_one_finding() -> None:
    # 0–4 and 5–8 touch nothing; 0–8 holds both.
    tasks = one("[[وزير|OCC] [حلب|GPE]|ORG]")
    assert found(tasks, "overlap") == [("overlap", "وزير"), ("overlap", "حلب")]


def test_two_claims_on_one_span_are_duplicates_only_if_all_that_hangs_on_them_is_equal() -> None:
    both = "قالت [الوكالة|ORG] إن [[الطريق مقطوع|CLAIM:deny]|CLAIM:deny]"
    assert found(one(both), "duplicate-span") == [("duplicate-span", "الطريق مقطوع")]
    assert not found(one(both.replace("deny]|", "support]|")), "duplicate-span")
    assert not found(one(both, relation("r1", "r0")), "duplicate-span")


def test_a_claim_whose_source_is_named_in_a_note_lacks_none() -> None:
    noted = region("c", 0, 12, "CLAIM", note="عائلة المسعود")
    tasks = [task("الطريق مقطوع", finished("a", [noted, stance("c", 0, 12, "deny")]))]
    assert found(tasks) == []


def test_what_hangs_on_a_region_that_cannot_be_read_is_not_told_as_well() -> None:
    tasks = one("قالت [الوكالة|ORG]", region("c", 0, 999, "CLAIM"), stance("c", 0, 999, "deny"), relation("c", "r0"))
    assert checks(tasks) == {"bad-offsets"}


# --- fast work ---


def test_work_is_measured_by_the_length_of_its_text() -> None:
    # 100 seconds for 1,000 characters; a short text of 100 characters takes 10.
    short = task("دمشق " + "س" * 95, said("[دمشق|GPE] " + "س" * 95, lead_time=10.0), name="قصير")
    assert found([*timed(*[100.0] * 9), short]) == []
    long = task("دمشق " + "س" * 9_995, said("[دمشق|GPE] " + "س" * 9_995, lead_time=100.0), name="طويل")
    assert [check for check, _ in found([*timed(*[100.0] * 9), long])] == ["fast-work"]


def test_a_slow_annotators_quick_page_is_not_quick_for_the_others() -> None:
    # Medians: slow 800, everybody (6 + 6 works) (100 + 150) / 2 = 125; 150 is below 200 and above 31.
    tasks = timed(*[800.0] * 5, 150, annotator="slow") + timed(*[100.0] * 6, annotator="quick")
    assert [(f.found.work.annotator, f.found.work.task) for f in check_tasks(tasks, SCHEME).findings] == [
        ("quick", None)  # 100 is less than a quarter of the slow one's 800
    ]


@pytest.mark.parametrize("times", [[100.0] * 3 + [1], [None] * 20, [0.0] * 9, [True] * 9, [-5, *[100.0] * 9]])
def test_too_few_or_no_times_tell_nothing(times: list[Any]) -> None:
    assert found(timed(*times)) == []


def test_one_page_left_open_overnight_moves_no_median() -> None:
    assert len(found(timed(*[100.0] * 8, 50_000, 20))) == 1


# --- severities ---


def with_checks(folder: Path, lines: str) -> Path:
    path = folder / "scheme.yaml"
    path.write_text(DEFAULT.read_text(encoding="utf-8") + f"\nchecks:\n{lines}", encoding="utf-8")
    return path


def test_a_scheme_changes_severities_and_nothing_else(tmp_path: Path) -> None:
    changed = load_scheme(with_checks(tmp_path, "  edge-punctuation: warning\n  claim-without-source: error\n"))
    assert changed.id == SCHEME.id
    assert changed.model_copy(update={"checks": {}}) == SCHEME
    bad = EXAMPLES["edge-punctuation"][0] + each(SOURCED)
    assert {f.found.check: f.severity for f in check_tasks(bad, SCHEME).findings} == {
        "edge-punctuation": "error",
        "claim-without-source": "warning",
    }
    assert {f.found.check: f.severity for f in check_tasks(bad, changed).findings} == {
        "edge-punctuation": "warning",
        "claim-without-source": "error",
    }


@pytest.mark.parametrize("off", ["off", '"off"'])  # YAML reads the first as false
def test_what_is_off_is_not_found(tmp_path: Path, off: str) -> None:
    scheme = load_scheme(with_checks(tmp_path, f"  edge-punctuation: {off}\n"))
    assert found(EXAMPLES["edge-punctuation"][0], scheme=scheme) == []


@pytest.mark.parametrize(
    ("line", "phrase"),
    [
        ("  edge-pnctuation: error", "there is no check of that name; there are not-a-task,"),
        ("  edge-punctuation: bad", "must be 'error', 'warning' or 'off', not 'bad'"),
        ("  bad-offsets: warning", "is always an error: `mihakk export dataset` refuses"),
    ],
)
def test_a_wrong_severity_is_told_with_its_line(tmp_path: Path, line: str, phrase: str) -> None:
    path = with_checks(tmp_path, f"  fast-work: off\n{line}\n")
    number = path.read_text(encoding="utf-8").splitlines().index(line) + 1
    with pytest.raises(InputError) as error:
        load_scheme(path)
    (problem,) = error.value.problems
    assert problem.startswith(f"{path}:{number}: checks.{line.split(':')[0].strip()}: ")
    assert phrase in problem


def test_what_export_dataset_refuses_is_always_an_error() -> None:
    assert {check.severity for check in load_checks().values() if check.refused} == {"error"}


# --- what --fix mends ---


def mended(tasks: Tasks) -> tuple[Tasks, list[Fix]]:
    """The fixed export; the one given must not change."""
    before = copy.deepcopy(tasks)
    fixes: list[Fix] = []
    fixed = list(fix_tasks(tasks, SCHEME, fixes))
    assert tasks == before
    return fixed, fixes


def test_an_edge_is_trimmed_with_its_stance_and_recorded() -> None:
    text = "قالت سانا: «الطريق\nمقطوع». انتهى"
    start, end = text.index("«"), text.index(" انتهى")
    claim = region("c", start, end, "CLAIM", text[start:end], note="سانا")
    made = task(text, finished("a", [claim, stance("c", start, end, "deny"), region("e", 5, 10, "ORG", "سانا:")]))
    (fixed,), fixes = mended([made])
    first, choice, entity = fixed["annotations"][0]["result"]
    # Label Studio writes a line break as a backslash and an n.
    assert first["value"] == {
        "start": start + 1,
        "end": end - 2,
        "text": "الطريق\\nمقطوع",
        "labels": ["CLAIM"],
    }
    record = {"fix": "trimmed", "was": {"start": start, "end": end, "text": "«الطريق\nمقطوع»."}}
    assert first["meta"] == {"text": ["سانا"], "mihakk": [record]}
    assert choice["value"] == {"start": start + 1, "end": end - 2, "text": "", "choices": ["deny"]} | {
        "text": "الطريق\\nمقطوع"
    }
    assert (entity["value"]["start"], entity["value"]["end"], entity["value"]["text"]) == (5, 9, "سانا")
    assert [(fix.region, fix.record["fix"]) for fix in fixes] == [("c", "trimmed"), ("e", "trimmed")]


def test_only_what_was_trimmed_differs_in_the_fixed_export() -> None:
    made = task("زار دمشق، أمس", said("زار [دمشق،|GPE] [أمس|DATE]"), said("زار [دمشق|GPE]، أمس", "b"))
    (fixed,), _ = mended([made])
    value = fixed["annotations"][0]["result"][0]["value"]
    assert value == {"start": 4, "end": 8, "text": "دمشق", "labels": ["GPE"]}
    back = copy.deepcopy(fixed)
    back["annotations"][0]["result"][0]["value"] = made["annotations"][0]["result"][0]["value"]
    del back["annotations"][0]["result"][0]["meta"]
    assert back == made


def test_duplicates_are_merged_and_their_relations_kept() -> None:
    source = "قالت [الوكالة|ORG] إن [الطريق مقطوع|CLAIM:deny]"
    again = [region("e2", 5, 12, "ORG"), region("c2", 16, 28, "CLAIM"), stance("c2", 16, 28, "deny")]
    made = one(source, *again, relation("r1", "e2"), relation("c2", "r0"), answer(0, "agree"), claims=CLAIMS)
    (fixed,), fixes = mended(made)
    left = fixed["annotations"][0]["result"]
    assert [item.get("id") for item in left if item["type"] != "relation"] == ["r0", "r1", "r1", "answer0"]
    assert [item for item in left if item["type"] == "relation"] == [relation("r1", "r0")]
    assert left[0]["meta"] == {"mihakk": [{"fix": "merged", "was": {"region": "e2"}}]}
    assert [(fix.region, fix.record["was"]) for fix in fixes] == [("r0", {"region": "e2"}), ("r1", {"region": "c2"})]
    (task_read,) = read_tasks([fixed], "export", SCHEME).tasks
    (claim,) = task_read.annotations[0].claims
    assert [(span.start, span.end) for span in claim.sources] == [(5, 12)]


def test_what_becomes_a_duplicate_by_trimming_is_merged() -> None:
    (fixed,), fixes = mended(one("زار [دمشق|GPE]،", region("x", 4, 9, "GPE")))
    assert [item["id"] for item in fixed["annotations"][0]["result"]] == ["r0"]
    assert [fix.record["fix"] for fix in fixes] == ["trimmed", "merged"]


@pytest.mark.parametrize(
    "tasks",
    [
        one("زار دمشق[؟!|GPE]"),  # nothing would be left
        one("زار [بدمشق|GPE]"),  # never a proclitic
        one("زار [دمش|GPE]ق"),  # never grows
        one("[دمشق،|GPE]", region("r0", 0, 4, "LOC")),  # two labels: which is meant?
        one("[دمشق،|GPE]", was_cancelled=True),
        one("x", region("r", 0, 9, "GPE")),
        [task("دمشق،", said("[دمشق،|GPE]"), text="حلب،،")],
        [task("دمشق،", finished("a", [region("r", 0, 5, "GPE") | {"meta": "x"}]))],  # no room for a record
        [7, {"id": 1}, task("نص", finished("a", [])), task("نص", finished("a", []) | {"result": None})],
    ],
)
def test_what_cannot_be_mended_safely_is_left_as_it_is(tasks: Tasks) -> None:
    fixed, fixes = mended(tasks)
    assert fixed == tasks
    assert fixes == []


# --- whatever an export holds ---

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
_keys = st.sampled_from(["r1", "r2", "r3", None, 4])
_offsets = st.integers(-2, 30) | _json
_item = st.fixed_dictionaries(
    {},
    optional={
        "id": _keys,
        "type": st.sampled_from(["labels", "choices", "relation", "textarea"]) | _json,
        "from_name": st.sampled_from(["span", "stance", "claim_stance_0", "claim_stance_" + "9" * 5000]) | _json,
        "to_name": st.sampled_from(["text", "claim_text_0"]) | _json,
        "from_id": _keys,
        "to_id": _keys,
        "meta": st.fixed_dictionaries({}, optional={"text": _json, "mihakk": _json}) | _json,
        "value": st.fixed_dictionaries(
            {},
            optional={
                "start": _offsets,
                "end": _offsets,
                "text": st.text(max_size=5),
                "labels": st.lists(st.sampled_from(["GPE", "CLAIM", "CITY"]), max_size=2) | _json,
                "choices": st.lists(st.sampled_from(["deny", "agree", "x"]), max_size=2) | _json,
            },
        )
        | _json,
    },
)
_region = st.builds(
    region,
    st.sampled_from(["r1", "r2", "r3", "r4"]),
    st.integers(0, 28),
    st.integers(1, 30),
    st.sampled_from(["GPE", "LOC", "CLAIM"]),
    note=st.none() | st.just("س"),
)
_stance = st.builds(stance, st.sampled_from(["r1", "r2"]), st.just(0), st.just(4), st.sampled_from(["deny", "support"]))
_relation = st.builds(relation, st.sampled_from(["r1", "r2"]), st.sampled_from(["r1", "r2", "r3", "gone"]))
_TEXT = "«دمشق»، و(حلب) . لداعش ١٢٪  ق"
_anything = st.lists(_region | _stance | _relation | _item | _json, max_size=8) | _json


@given(st.lists(_anything, min_size=1, max_size=2), _json, _json)
def test_whatever_a_result_is_there_is_no_traceback_and_errors_are_those_of_export_dataset(
    anything: list[Any], lead_time: Any, drafts: Any
) -> None:
    annotations = [
        finished(f"{n}@example.org", []) | {"result": result, "lead_time": lead_time}
        for n, result in enumerate(anything)
    ]
    tasks = [task(_TEXT, *annotations, claims=CLAIMS) | {"drafts": drafts}]
    refused = {check for check, about in load_checks().items() if about.refused} & checks(tasks)
    try:
        read_tasks(tasks, "export", SCHEME)
        read = True
    except InputError:
        read = False
    assert read is not bool(refused)
    fixed, _ = mended(tasks)
    check_tasks(fixed, SCHEME)


@given(st.lists(_json | st.fixed_dictionaries({"data": _json, "annotations": _json}), max_size=3), st.data())
def test_whatever_an_item_or_its_data_are_there_is_no_traceback(items: list[Any], data: st.DataObject) -> None:
    good = task("نص")
    key = data.draw(st.sampled_from(list(good["data"])))
    spoilt = good | {"data": good["data"] | {key: data.draw(_json)}}
    check_tasks([*items, spoilt], SCHEME)
    mended([*items, spoilt])


@given(st.lists(_region | _stance | _relation | _item, max_size=10))
def test_a_fix_touches_edges_and_duplicates_alone_is_done_at_once_and_leaves_nothing_to_fix(result: list[Any]) -> None:
    tasks = [task(_TEXT, finished("a@example.org", result))]
    fixed, fixes = mended(tasks)
    assert mended(fixed) == (fixed, [])
    assert not [f for f in check_tasks(fixed, SCHEME).findings if f.found.fixable]
    assert bool(fixes) is any(f.found.fixable for f in check_tasks(tasks, SCHEME).findings)
    old, new = tasks[0]["annotations"][0]["result"], fixed[0]["annotations"][0]["result"]
    assert tasks[0] | {"annotations": 0} == fixed[0] | {"annotations": 0}
    merged = [fix.record["was"]["region"] for fix in fixes if fix.record["fix"] == "merged"]
    relations = [item for item in old if item.get("type") == "relation"]
    if not merged:
        assert len(old) == len(new)
        for before, after in zip(old, new, strict=True):
            assert _bare(before) == _bare(after)
            if before != after:
                was, now = before["value"], after["value"]
                # A stance may carry anything for a place; it gets its region's.
                assert before["type"] == "choices" or was["start"] <= now["start"] < now["end"] <= was["end"]
    else:
        assert len(new) >= len(old) - 2 * len(merged) - len(relations)


def _bare(item: Any) -> Any:
    """A result without its place, and without a record of fixes."""
    value = item.get("value")
    meta = item.get("meta")
    bare = dict(item)
    if isinstance(value, dict):
        bare["value"] = {k: v for k, v in value.items() if k not in ("start", "end", "text")}
    bare.pop("meta", None)
    if isinstance(meta, dict) and set(meta) - {"mihakk"}:
        bare["meta"] = {k: v for k, v in meta.items() if k != "mihakk"}
    return bare


@given(annotated())
def test_any_annotation_that_fits_its_article_is_read_and_mended(made: Any) -> None:
    names = [claim.id for claim in made.claims]
    result = results(made.annotation, made.article.text, names)
    tasks = [exported(make_task(made.article, made.claims, SCHEME), [finished("a", result)])]
    assert not [f for f in check_tasks(tasks, SCHEME).findings if load_checks()[f.found.check].refused]
    fixed, _ = mended(tasks)
    assert len(read_tasks(fixed, "export", SCHEME).tasks) == 1


# --- real exports ---


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_in_the_sample_two_proclitics_were_left_in_and_nothing_is_an_error() -> None:
    checked = check_tasks(load(SAMPLE), SCHEME)
    # 14 tasks, of which annotator 1 finished 13 and annotator 2 ten; 367 + 280 entities, 123 + 91 claims.
    assert (checked.tasks, checked.annotations, checked.regions) == (14, 23, 861)
    assert checked.counts()["error"] == 0
    # Seen by eye: و and ل stand before a name that is marked without them elsewhere.
    assert proclitics(load(SAMPLE)) == [
        ("ووادي الغرنوق", "وادي الغرنوق"),
        ("لسالم الدلهومي", "سالم الدلهومي"),
    ]
    fixed, fixes = mended(load(SAMPLE))
    assert (fixed, fixes) == (load(SAMPLE), [])


def test_a_proclitic_put_into_a_name_of_the_sample_is_found_wherever_the_name_is_marked_once_more() -> None:
    tasks = load(SAMPLE)
    names: Counter[tuple[str, str]] = Counter()
    behind: list[tuple[Any, int, tuple[str, str]]] = []
    for made in tasks:
        text = made["data"]["text"]
        for item in (item for annotation in made["annotations"] for item in annotation["result"]):
            if item["type"] != "labels" or item["value"]["labels"] == ["CLAIM"]:
                continue
            start, end, (label,) = (item["value"][key] for key in ("start", "end", "labels"))
            name = (fold(text[start:end]), label)
            names[name] += 1
            if word_start(text, start) < start:
                behind.append((item["value"], word_start(text, start), name))
    known = [(value, start) for value, start, name in behind if names[name] > 1]
    assert len(known) > 20, "the sample has such names"
    for value, start in known:
        right, value["start"] = value["start"], start
        assert (start, value["end"]) in [(f.found.start, f.found.end) for f in check_tasks(tasks, SCHEME).findings]
        value["start"] = right


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared exports are not at hand")
@pytest.mark.parametrize("name", ["export-JSON.json", "export-final-browser.json", "export-snapshot-full.json"])
def test_exports_of_a_server_with_another_interface_go_through_with_their_errors(name: str) -> None:
    tasks = load(SHARED / name)
    before = checks(tasks)
    assert {"task-data"} <= before
    fixed, _ = mended(tasks)
    assert len(fixed) == len(tasks)


# --- the command ---

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `mihakk export check ARGUMENTS` in the test's folder, where export.json holds the given tasks."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def run_here(tasks: Any, *arguments: str) -> tuple[int, str, str]:
        (tmp_path / "export.json").write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf-8")
        monkeypatch.setattr(sys, "argv", ["mihakk", "export", "check", "export.json", *arguments])
        code: Any = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run_here


ERROR_TEXT = "زار [حلب،|GPE]"
DOCUMENT = Path(mihakk.__file__).parent / "docs" / "checks.md"
ERROR, WARNING, GOOD = EXAMPLES["edge-punctuation"][0], EXAMPLES["cut-word"][0], one("زار [دمشق|GPE]")


def test_the_exit_code_is_1_for_errors_and_if_strict_for_warnings(run: Run) -> None:
    assert [run(tasks)[0] for tasks in (GOOD, WARNING, ERROR)] == [0, 0, 1]
    assert [run(tasks, "--strict")[0] for tasks in (GOOD, WARNING, ERROR)] == [0, 1, 1]


@pytest.mark.parametrize(
    ("content", "arguments", "phrase"),
    [
        ([], (), "it must be a list of tasks"),
        ({"a": 1}, (), "it must be a list of tasks"),
        ([{"id": 1, "text": "x"}], (), "export again as JSON"),
        (GOOD, ("--url", "example.org"), "is not a server's address"),
        (GOOD, ("--fix", "none/fixed.json"), "the folder none does not exist"),
        (GOOD, ("--scheme", "none.yaml"), "none.yaml: cannot be read"),
        (
            [*GOOD, float("nan")],
            ("--fix", "fixed.json"),
            "item 2: has NaN or Infinity, which a file of tasks cannot contain",
        ),
        (
            [GOOD[0] | {"meta": float("nan")}],
            ("--fix", "fixed.json"),
            "has NaN or Infinity, which a file of tasks cannot contain",
        ),
    ],
)
def test_input_that_cannot_be_used_ends_with_code_2(
    run: Run, tmp_path: Path, content: Any, arguments: tuple[str, ...], phrase: str
) -> None:
    code, out, err = run(content, *arguments)
    assert (code, out) == (2, "")
    assert phrase in err and err.startswith("mihakk: ") and err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["export.json"]


def test_ten_thousand_findings_stay_readable_and_all_lists_them(run: Run) -> None:
    tasks = each(*["زار [دمشق،|GPE] و[حلب|GPE]ي"] * 12)
    _, out, _ = run(tasks)
    lines = out.splitlines()
    assert lines[0] == ("export.json: 12 tasks, 12 finished annotations, 24 regions: 12 errors, 12 warnings")
    assert sum("“دمشق،”" in line for line in lines) == 10
    assert sum("… and 2 more; --all lists them" in line for line in lines) == 2
    assert sum("“دمشق،”" in line for line in run(tasks, "--all")[1].splitlines()) == 12


def test_links_lead_to_the_task_with_a_server_or_a_projects_page(run: Run) -> None:
    number = ERROR[0]["id"]
    link = f"https://label.example.org/projects/1/data?task={number}"
    for address in ("https://label.example.org", "https://label.example.org/", "https://label.example.org/projects/9"):
        assert link in run(ERROR, "--url", address)[1]
    assert "http" not in run(ERROR)[1]


def test_a_projects_address_is_checked_as_its_export_is_and_its_server_is_linked(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = "https://label.example.org/studio/projects/1"
    asked: list[Any] = []

    def fetch(project: str, url: str | None, token_file: Path | None) -> tuple[object, Tasks]:
        asked.append((project, url, token_file))
        return object(), ERROR

    monkeypatch.setattr("mihakk.export.source.fetch", fetch)
    monkeypatch.setattr(sys, "argv", ["mihakk", "export", "check", page])
    with pytest.raises(SystemExit, match="1"):
        main()
    assert asked == [(page, None, None)]
    # `run` reads what was printed since.
    assert f"{page}/data?task={ERROR[0]['id']}" in run(GOOD)[1]


def test_json_has_every_finding_with_counts(run: Run) -> None:
    tasks = each(*["زار [دمشق،|GPE]"] * 15)
    code, out, _ = run(tasks, "--json")
    said_so = json.loads(out)
    assert code == 1
    assert {key: said_so[key] for key in ("source", "scheme", "fixed", "fixes", "tasks", "counts")} == {
        "source": "export.json",
        "scheme": "conflict_news@1.0",
        "fixed": None,
        "fixes": [],
        "tasks": 15,
        "counts": {"error": 15, "warning": 0},
    }
    assert [(c["check"], c["severity"], c["count"]) for c in said_so["checks"]] == [("edge-punctuation", "error", 15)]
    assert len(said_so["findings"]) == 15


def test_every_key_of_the_json_is_documented(run: Run) -> None:
    said_so = json.loads(
        run(EXAMPLES["labels-differ-across"][0] + each(ERROR_TEXT), "--fix", "fixed.json", "--json")[1]
    )
    finding = max(said_so["findings"], key=lambda finding: len(finding["uses"]))
    keys = {*said_so, *said_so["counts"], *said_so["checks"][0], *said_so["fixes"][0], *finding, *finding["uses"][0]}
    documented = set(re.findall(r"`([a-z]+)`", DOCUMENT.read_text(encoding="utf-8").partition("## --json")[2]))
    assert keys <= documented


def test_the_severities_in_the_document_are_a_scheme_that_loads(tmp_path: Path) -> None:
    block = DOCUMENT.read_text(encoding="utf-8").partition("```yaml\n")[2].partition("```")[0]
    assert load_scheme(with_checks(tmp_path, block.removeprefix("checks:\n"))).checks == {
        "claim-without-source": "off",
        "edge-proclitic": "error",
    }


def test_a_fixed_export_is_written_checked_and_read(run: Run, tmp_path: Path) -> None:
    tasks = each("زار [دمشق،|GPE]", "زار[ دمشق|GPE]", "زار [دمشق|GPE]ي")
    code, out, err = run(tasks, "--fix", "fixed.json")
    assert (code, err) == (0, "")
    assert out.startswith("fixed.json: 2 boundaries trimmed, 0 duplicates merged")
    assert "0 errors, 1 warning" in out
    fixed = load(tmp_path / "fixed.json")
    assert load(tmp_path / "export.json") == tasks
    assert fixed == mended(tasks)[0]
    assert len(read_tasks(fixed, "fixed.json", SCHEME).tasks) == 3
    said_so = json.loads(run(tasks, "--fix", "fixed.json", "--json")[1])
    assert said_so["fixed"] == "fixed.json"
    assert [(fix["task"], fix["region"], fix["fix"], fix["was"]["text"]) for fix in said_so["fixes"]] == [
        (tasks[0]["id"], "r0", "trimmed", "دمشق،"),
        (tasks[1]["id"], "r0", "trimmed", " دمشق"),
    ]


def test_what_would_steer_a_terminal_is_not_printed(run: Run) -> None:
    _, out, _ = run(one("زار [دمشق\x1bc،|GPE]"))
    assert "\x1b" not in out and "دمشق\\x1bc،" in out


def test_nothing_found_is_one_line(run: Run) -> None:
    assert run(GOOD)[1] == "export.json: 1 task, 1 finished annotation, 1 region: 0 errors, 0 warnings\n"


def test_checked_takes_any_iterable_and_keeps_no_task() -> None:
    checked: Checked = check_tasks(iter(ERROR), SCHEME)
    assert checked.tasks == 1
