"""Reading predictions: what is taken, and every way in which a line can be wrong."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import mihakk
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marked import gold, gold_document
from mihakk.annotate.document import Claim, Span
from mihakk.annotate.placing.mentions import Mention, Rule
from mihakk.annotate.placing.policy import Policy
from mihakk.annotate.predictions import Predictions, parse_prediction
from mihakk.configs.errors import InputError, grouped
from mihakk.eval.arrow import read_jsonl
from mihakk.eval.columns import columns_of
from mihakk.eval.gold_side import predictions_on
from mihakk.eval.score import score

# 21 code points: 18 and the astronaut, who is three. دمشق stands at 4–8 and 13–17.
TEXT = "زار دمشق، ثم [دمشق|GPE] 👩\u200d🚀"
GOLD = gold(
    train=[gold_document("بعيد", "نص", {"c9": "agree"})],
    test=[gold_document(name, TEXT, {"c1": "agree", "c2": None}) for name in ("قريب", "d2", "d3")],
)


def written(folder: Path, *lines: Any) -> Path:
    """A predictions file; what is not text yet is written as JSON."""
    path = folder / "predictions.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
    path.write_bytes("".join(text + "\n" for text in texts).encode())
    return path


def read(folder: Path, *lines: Any) -> Predictions:
    return predictions_on(GOLD, written(folder, *lines))


def problems_of(folder: Path, *lines: Any) -> tuple[str, ...]:
    with pytest.raises(InputError) as error:
        read(folder, *lines)
    return error.value.problems


def test_everything_a_line_says_is_taken(tmp_path: Path) -> None:
    row = {
        "id": "قريب",
        "entities": [{"start": 4, "end": 8, "label": "GPE"}],
        "claims": [
            {"start": 0, "end": 8, "stance": "deny", "sources": [{"start": 4, "end": 8, "label": "GPE"}]},
            {"start": 10, "end": 21},
        ],
        "stances": {"c1": "agree", "c2": "unrelated"},
    }
    said = read(tmp_path, row)
    assert said.tasks == {"entities", "claims", "stances"}
    (document,) = said.documents
    assert document.id == "قريب"
    assert document.entities == (Span(4, 8, "GPE"),)
    assert document.claims == (Claim(0, 8, "deny", (Span(4, 8, "GPE"),)), Claim(10, 21))
    assert document.stances == {"c1": "agree", "c2": "unrelated"}
    assert said.notes == ()


def test_documents_of_any_split_are_known(tmp_path: Path) -> None:
    assert [document.id for document in read(tmp_path, {"id": "بعيد"}, {"id": "d2"}).documents] == ["بعيد", "d2"]


def test_tasks_are_what_at_least_one_line_mentions(tmp_path: Path) -> None:
    assert read(tmp_path, {"id": "d2"}, {"id": "d3", "claims": []}).tasks == {"claims"}


def test_blank_lines_a_byte_order_mark_and_crlf_are_accepted(tmp_path: Path) -> None:
    path = tmp_path / "predictions.jsonl"
    path.write_bytes('\ufeff\r\n{"id": "قريب"}\r\n   \r\n\r\n{"id": "d2"}'.encode())
    assert [document.id for document in predictions_on(GOLD, path).documents] == ["قريب", "d2"]


def test_a_line_separator_inside_a_text_ends_no_line(tmp_path: Path) -> None:
    # U+2028 and U+0085 may stand in JSON texts as they are.
    said = read(tmp_path, {"id": "d2", "entities": [{"text": "\u2028\u0085", "label": "GPE"}]}, {"id": "d3"})
    assert len(said.documents) == 2


# Each wrong line, and what its message must say.
BAD_LINES: dict[str, tuple[Any, list[str]]] = {
    "not JSON": ('{"id": "d2", "entities": [', ["is not JSON"]),
    "JSON that never ends": ("[" * 100_000, ["is not JSON"]),
    "a list": (["d2"], ["must be an object with the document's id"]),
    "a text": ('"d2"', ["must be an object with the document's id"]),
    "a task": ({"data": {"text": "x"}}, ["is a task of Label Studio, not a prediction"]),
    "null": ("null", ["must be an object with the document's id"]),
    "no id": ({"entities": []}, ["must be an object with the document's id"]),
    "an id that is a number": ({"id": 7}, ["must be an object with the document's id"]),
    "unknown document": ({"id": "غريب"}, ["the gold set has no document غريب"]),
    "unknown label": ({"id": "d2", "entities": [{"start": 4, "end": 8, "label": "CITY"}]}, ["entities[0]", "'CITY'"]),
    "no label": ({"id": "d2", "entities": [{"start": 4, "end": 8}]}, ["entities[0]", "null", "GPE"]),
    "a label that is a list": (
        {"id": "d2", "entities": [{"start": 4, "end": 8, "label": ["GPE"]}]},
        ["entities[0]", '["GPE"]'],
    ),
    "CLAIM as an entity": ({"id": "d2", "entities": [{"start": 4, "end": 8, "label": "CLAIM"}]}, ["'CLAIM'"]),
    "beyond the end": (
        {"id": "d2", "entities": [{"start": 4, "end": 22, "label": "GPE"}]},
        ["entities[0]", "4–22", "21 characters"],
    ),
    "before the start": ({"id": "d2", "entities": [{"start": -1, "end": 3, "label": "GPE"}]}, ["entities[0]", "-1–3"]),
    "reversed": ({"id": "d2", "entities": [{"start": 8, "end": 4, "label": "GPE"}]}, ["entities[0]", "8–4"]),
    "nothing": ({"id": "d2", "entities": [{"start": 4, "end": 4, "label": "GPE"}]}, ["entities[0]", "4–4"]),
    "floats": ({"id": "d2", "entities": [{"start": 4.0, "end": 8.0, "label": "GPE"}]}, ["entities[0]", "4.0 and 8.0"]),
    "booleans": (
        {"id": "d2", "entities": [{"start": False, "end": True, "label": "GPE"}]},
        ["entities[0]", "false and true"],
    ),
    "offsets as text": (
        {"id": "d2", "entities": [{"start": "4", "end": "8", "label": "GPE"}]},
        ["entities[0]", "'4' and '8'"],
    ),
    "start without end": ({"id": "d2", "entities": [{"start": 4, "label": "GPE"}]}, ["entities[0]", "4 and null"]),
    "end without start": ({"id": "d2", "entities": [{"end": 4, "label": "GPE"}]}, ["entities[0]", "null and 4"]),
    "neither offsets nor text": (
        {"id": "d2", "entities": [{"label": "GPE"}]},
        ["entities[0]", "start and end, or text"],
    ),
    "an empty mention": (
        {"id": "d2", "entities": [{"text": "", "label": "GPE"}]},
        ["entities[0]", "start and end, or text"],
    ),
    "entities no list": ({"id": "d2", "entities": {"start": 4}}, ["entities must be a list of objects"]),
    "an entity that is no object": ({"id": "d2", "entities": ["دمشق"]}, ["entities must be a list of objects"]),
    "claims no list": ({"id": "d2", "claims": "c1"}, ["claims must be a list of objects"]),
    "unknown claim stance": (
        {"id": "d2", "claims": [{"start": 0, "end": 8, "stance": "agree"}]},
        ["claims[0]", "'agree'", "support"],
    ),
    "a claim outside": ({"id": "d2", "claims": [{"start": 0, "end": 99}]}, ["claims[0]", "0–99"]),
    "a source outside": (
        {"id": "d2", "claims": [{"start": 0, "end": 8, "sources": [{"start": 0, "end": 99}]}]},
        ["claims[0].sources[0]", "0–99"],
    ),
    "sources no list": (
        {"id": "d2", "claims": [{"start": 0, "end": 8, "sources": 3}]},
        ["claims[0].sources must be a list of objects"],
    ),
    "unknown claim id": ({"id": "d2", "stances": {"c9": "agree"}}, ["no claim c9", "c1, c2"]),
    "unknown article stance": ({"id": "d2", "stances": {"c1": "support"}}, ["stances.c1", "'support'", "disagree"]),
    "a stance of null": ({"id": "d2", "stances": {"c1": None}}, ["stances.c1", "null"]),
    "stances no object": ({"id": "d2", "stances": ["agree"]}, ["stances must be an object"]),
    "unknown key": ({"id": "d2", "entitys": []}, ["unknown key 'entitys'", "entities, claims, stances"]),
}


@pytest.mark.parametrize("case", BAD_LINES)
def test_a_wrong_line_is_one_problem_with_its_line_number(tmp_path: Path, case: str) -> None:
    line, phrases = BAD_LINES[case]
    (problem,) = problems_of(tmp_path, {"id": "قريب"}, "", line)
    assert problem.startswith(f"{tmp_path / 'predictions.jsonl'}:3: ")
    assert "\n" not in problem
    for phrase in phrases:
        assert phrase in problem


def test_all_wrong_lines_are_told_at_once(tmp_path: Path) -> None:
    lines = [line for line, _ in BAD_LINES.values()]
    found = problems_of(tmp_path, *lines)
    numbers = [problem.removeprefix(f"{tmp_path / 'predictions.jsonl'}:").partition(":")[0] for problem in found]
    # From the first line that names d2 on, each further one also repeats a document that was already given.
    assert numbers == [str(n) for n in range(1, len(lines) + 1)]


def test_many_rows_that_are_wrong_alike_are_one_line_for_people(tmp_path: Path) -> None:
    problems = problems_of(tmp_path, *[{"data": {}}] * 9)
    assert len(problems) == 9
    (line,) = grouped(problems)
    assert line.endswith("(9 times; this is the first)")


def test_a_byte_order_mark_alone_is_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_bytes(b"\xef\xbb\xbf")
    with pytest.raises(InputError, match=r"is empty$"):
        mihakk.evaluate([{"id": "d1", "text": "x", "entities": []}], path)


def test_a_document_given_twice_is_told_with_the_line_of_the_first(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, {"id": "d3"}, {"id": "d2"}, {"id": "d3"})
    assert problem.endswith(":3: document d3 was already given on line 1")


def test_all_problems_of_one_line_are_told_with_the_document(tmp_path: Path) -> None:
    row = {
        "id": "قريب",
        "entities": [{"start": 0, "end": 99, "label": "GPE"}, {"start": 0, "end": 3, "label": "X"}],
        "claims": [{"start": 5, "end": 2}, {"start": 0, "end": 3, "stance": "no"}],
        "stances": {"c9": "no"},
        "more": 1,
    }
    found = problems_of(tmp_path, row)
    # Two entities, two claims, a claim id, a stance, a key.
    assert len(found) == 7
    assert all(":1: document قريب: " in problem for problem in found)


def test_all_problems_of_one_entity_and_of_one_claim_are_told(tmp_path: Path) -> None:
    row = {
        "id": "d2",
        "entities": [{"start": 8, "end": 4, "label": "CITY"}, {"label": "CITY"}],
        "claims": [{"start": 0, "end": 99, "stance": "agree", "sources": [{"start": 3, "end": 3}]}],
    }
    told = [problem.partition("document d2: ")[2] for problem in problems_of(tmp_path, row)]
    begins = [
        "entities[0]: no label 'CITY'",
        "entities[0]: 8–4",
        "entities[1]: no label 'CITY'",
        "entities[1]: needs start and end, or text",
        "claims[0]: no claim stance 'agree'",
        "claims[0].sources[0]: 3–3",
        "claims[0]: 0–99",
    ]
    assert len(told) == len(begins)
    assert all(problem.startswith(begin) for problem, begin in zip(told, begins, strict=True))


def test_null_mentions_no_task_and_an_empty_list_does(tmp_path: Path) -> None:
    assert read(tmp_path, {"id": "d2", "entities": None, "claims": []}, {"id": "d3"}).tasks == {"claims"}
    assert read_jsonl(tmp_path / "predictions.jsonl").tasks == {"claims"}


def test_a_number_of_thousands_of_digits_is_a_problem_of_its_line(tmp_path: Path) -> None:
    # Python refuses to read integers of more than 4300 digits.
    (problem,) = problems_of(tmp_path, '{"id": "d2", "entities": [{"start": 0, "end": ' + "9" * 5000 + "}]}")
    assert ":1: " in problem


def test_every_problem_is_one_line_even_with_a_line_break_in_the_id(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, {"id": "سطر\nآخر"})
    assert "\n" not in problem


@pytest.mark.parametrize(
    ("content", "message"), [(b"", "is empty"), (b"\n \n", "is empty"), ("{}\nنص".encode("cp1256"), ":2: is not UTF-8")]
)
def test_a_file_that_is_no_text_is_told(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "predictions.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        predictions_on(GOLD, path)


# --- mentions without offsets ---


def mention(text: str, label: str = "GPE") -> dict[str, str]:
    return {"text": text, "label": label}


def entities(folder: Path, *mentions: dict[str, str]) -> tuple[Span, ...]:
    return read(folder, {"id": "قريب", "entities": list(mentions)}).documents[0].entities


def test_the_kth_mention_of_the_same_words_is_their_kth_occurrence(tmp_path: Path) -> None:
    # زار دمشق، ثم دمشق: the first at 4, the second at 4 + len("دمشق، ثم ") = 13.
    assert entities(tmp_path, mention("دمشق"), mention("زار"), mention("دمشق", "LOC")) == (
        Span(4, 8, "GPE"),
        Span(0, 3, "GPE"),
        Span(13, 17, "LOC"),
    )


def test_a_mention_behind_and_with_joined_emoji_has_code_point_offsets(tmp_path: Path) -> None:
    # The astronaut is three code points, the last of the text.
    (span,) = entities(tmp_path, mention("👩\u200d🚀"))
    assert (span.start, span.end) == (len("زار دمشق، ثم دمشق "), len("زار دمشق، ثم دمشق ") + 3)


def test_one_mention_too_many_is_noted_and_counts_as_spurious(tmp_path: Path) -> None:
    said = read(tmp_path, {"id": "قريب", "entities": [mention("دمشق")] * 4})
    assert said.notes == (
        *("document قريب: “دمشق” does not occur in the text (so often); it counts as spurious",) * 2,
        "4 mentions without offsets, placed by the rule order: 2 exact, 0 spelling, 0 article, 2 nowhere",
    )
    sample = gold(test=[GOLD.documents()["قريب"]])
    counts = score(sample, said, "test").tasks["entities"]["strict"].micro.counts
    # Gold has the second of the two occurrences only.
    assert (counts.cor, counts.mis, counts.spu) == (1, 0, 3)


def test_mentions_that_stand_nowhere_do_not_equal_each_other_or_meet_gold(tmp_path: Path) -> None:
    said = read(tmp_path, {"id": "قريب", "entities": [mention("بغداد"), mention("حلب"), mention("دمشق")]})
    (document,) = said.documents
    assert document.entities == (Span(4, 8, "GPE"),)
    assert document.unplaced == (Mention("بغداد", "GPE"), Mention("حلب", "GPE"))
    table = columns_of(said.documents, said.tasks).entities
    places = {(start, end) for _, start, end, _ in (table.row(n) for n in range(3))}
    # Only in columns do they have offsets: before every text, each others than the other's.
    assert len(places) == 3
    assert sorted(end <= start < 0 for start, end in places) == [False, True, True]


def test_a_mention_is_looked_up_in_other_spellings(tmp_path: Path) -> None:
    (document,) = read(tmp_path, {"id": "قريب", "entities": [mention("دمـشق")]}).documents
    assert (document.entities, document.unplaced) == ((Span(4, 8, "GPE"),), ())
    assert dict(document.account.tiers) == {"spelling": 1}


@given(st.text("اب", min_size=1, max_size=12), st.text("اب", min_size=1, max_size=2), st.integers(1, 8))
def test_by_the_rule_nth_mentions_are_placed_as_by_counting_occurrences(text: str, surface: str, times: int) -> None:
    said = parse_prediction({"entities": [mention(surface)] * times}, text, None, None, Policy(mentions=Rule.NTH))
    # str.count counts occurrences that do not overlap, from the left.
    stand = min(times, text.count(surface))
    assert len(said.entities) == stand
    assert said.unplaced == (Mention(surface, "GPE"),) * (times - stand)
    assert all(text[span.start : span.end] == surface for span in said.entities)
    assert all(one.end <= other.start for one, other in pairwise(said.entities))
