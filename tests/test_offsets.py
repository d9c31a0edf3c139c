"""Offsets that count UTF-16 units, bytes, or the last character too: found out, named, and read on request.

What the shares of boundaries inside words were tuned on: with one emoji before each text, gold's own spans have in code
points 0.00 on the five shared articles, the 93 texts of the Wojood sample and the sample in the tree; in UTF-16 units
0.27 to 0.48, in bytes 0.55 to 0.97 of each document. The limit, 0.10, is well below the least of these, and above the
stray boundary of an extractor that cuts words. The made texts here were looked at only afterwards: 0.50 and more.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import mention_lists as lists
import pytest
from drawn import Annotated, annotated
from hypothesis import given
from hypothesis import strategies as st
from mention_lists import Text
from mihakk.annotate.placing.mentions import Rule
from mihakk.annotate.placing.offsets import DOUBTFUL, CodePoints, Evidence, Offsets, Unit
from mihakk.annotate.placing.policy import Policy
from mihakk.annotate.predictions import Known, parse_prediction, read_predictions
from mihakk.configs import command
from mihakk.configs.errors import InputError
from mihakk.eval import evaluate
from mihakk.eval.validate import validate

FILES = Path(__file__).with_name("extractors")
UNITS = (Unit.CODE_POINTS, Unit.UTF_16, Unit.BYTES)


def counted(text: str, offset: int, unit: Unit) -> int:
    """A code point's offset in another unit, by Python's own encoders."""
    before = text[:offset]
    if unit is Unit.UTF_16:
        return len(before.encode("utf-16-le")) // 2
    return len(before.encode("utf-8")) if unit is Unit.BYTES else offset


def row_of(drawn: Annotated, unit: Unit, words: bool) -> dict[str, Any]:
    text = drawn.article.text
    return {
        "id": drawn.article.id,
        "entities": [
            {"start": counted(text, s.start, unit), "end": counted(text, s.end, unit), "label": s.label}
            | ({"text": text[s.start : s.end]} if words else {})
            for s in drawn.annotation.entities
        ],
    }


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), st.sampled_from(UNITS))
def test_offsets_of_each_unit_are_those_of_pythons_encoders(text: str, unit: Unit) -> None:
    points = CodePoints(text, unit)
    starts = {counted(text, n, unit): n for n in range(len(text) + 1)}
    assert [points.of(offset) for offset in range(-1, max(starts) + 3)] == [
        starts.get(offset) for offset in range(-1, max(starts) + 3)
    ]


@given(annotated(), st.sampled_from(UNITS), st.booleans())
def test_spans_in_any_unit_are_read_as_they_were_meant(drawn: Annotated, unit: Unit, words: bool) -> None:
    said = parse_prediction(row_of(drawn, unit, words), drawn.article.text, None, None, Policy(unit))
    assert said.entities == drawn.annotation.entities


@given(annotated(), st.sampled_from(UNITS))
def test_words_beside_offsets_prove_the_unit(drawn: Annotated, unit: Unit) -> None:
    text = drawn.article.text
    row = row_of(drawn, unit, words=True)
    try:
        said = parse_prediction(row, text, None, None)
    except InputError as error:
        (problem,) = error.problems
        assert f"--offsets {unit}" in problem or any(
            len(e["text"]) == 1
            for e in row["entities"]  # by chance such words stand elsewhere too
        )
    else:
        # Where no unit makes a difference, or all words stand at the wrong place as well.
        assert [text[s.start : s.end] for s in said.entities] == [e["text"] for e in row["entities"]]


def test_inclusive_ends_in_utf_16_are_named_with_both() -> None:
    text = "🔴 زار محمد دمشق 🔴 ثم حلب"
    words = ("محمد", "دمشق", "حلب")
    entities = [
        {
            "start": counted(text, text.index(word), Unit.UTF_16),
            "end": counted(text, text.index(word) + len(word), Unit.UTF_16) - 1,
            "label": "X",
            "text": word,
        }
        for word in words
    ]
    with pytest.raises(InputError) as error:
        parse_prediction({"id": "a", "entities": entities}, text, None, None)
    (problem,) = error.value.problems
    assert "UTF-16 units with inclusive ends (3 of 3 texts beside them agree)" in problem
    assert problem.endswith("add 1 to each end, and give --offsets utf-16")


def test_one_text_that_agrees_nowhere_leaves_the_problems_as_they_are() -> None:
    text = "زار محمد دمشق"
    entities = [
        {"start": 4, "end": 8, "label": "X", "text": "محمد"},
        {"start": 9, "end": 13, "label": "X", "text": "حلب"},
    ]
    with pytest.raises(InputError) as error:
        parse_prediction({"id": "a", "entities": entities}, text, None, None)
    assert error.value.problems == ("entities[1]: its text is “حلب”, but the document has “دمشق” at 9–13",)


def test_the_whole_file_is_looked_at(tmp_path: Path) -> None:
    """Only one document of many has an emoji, and its words prove it for the file."""
    known = {f"d{n}": Known("زار محمد دمشق" if n else "🔴 زار محمد دمشق") for n in range(40)}
    rows = [
        {"id": name, "entities": [{"start": s, "end": s + 4, "label": "X", "text": "محمد"}]}
        for name, s in ((name, 7 if name == "d0" else 4) for name in known)
    ]
    with pytest.raises(InputError) as error:
        read_predictions(rows, known, None)
    (problem,) = error.value.problems
    assert "UTF-16 units (40 of 40 texts beside them agree); give --offsets utf-16" in problem
    assert len(read_predictions(rows, known, None, Policy(Unit.UTF_16)).documents) == 40


# --- boundaries alone ---


def evidence(texts: list[Text], unit: Unit, before: str = "🔴 ") -> Evidence:
    seen = Evidence()
    for text, spans in texts:
        whole = before + text
        for start, end, _ in spans:
            seen.add(whole, *(counted(whole, len(before) + at, unit) for at in (start, end)), None)
    return seen


def corpora() -> dict[str, Callable[[], list[Text]]]:
    shared = {"articles": lists.articles, "wojood": lists.wojood} if lists.SHARED.is_dir() else {}
    return {"sample": lists.sample, "made": lambda: lists.made(0), **shared}


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("name", corpora())
def test_boundaries_inside_words_tell_the_unit_of_each_document(name: str, unit: Unit) -> None:
    for text in corpora()[name]():
        seen = evidence([text], unit)
        share = seen.share_inside(Offsets(Unit.CODE_POINTS)) if text.spans else 0
        if unit is Unit.CODE_POINTS:
            assert share == 0
            assert seen.doubt(Unit.CODE_POINTS) is None
        elif text.spans:
            assert share >= 2 * DOUBTFUL
            verdict = seen.verdict(Unit.CODE_POINTS)
            assert verdict is not None
            assert (verdict.offsets, verdict.proven) == (Offsets(unit), False)


def test_few_documents_with_an_emoji_are_enough() -> None:
    seen = evidence(lists.made(1, count=1), Unit.UTF_16)
    # The other documents are plain: a unit makes no difference there.
    plain = [Text(text.replace("🔴", "*"), spans) for text, spans in lists.made(2, count=20)]
    seen.spans += evidence(plain, Unit.UTF_16, before="").spans
    assert seen.share_inside(Offsets(Unit.CODE_POINTS)) < DOUBTFUL
    assert "UTF-16" in str(seen.doubt(Unit.CODE_POINTS))


def test_spans_that_cut_words_are_noted_where_no_unit_explains_them() -> None:
    seen = Evidence()
    for _ in range(10):
        seen.add("زار دمشق", 5, 8, None)  # ten of twenty boundaries are inside a word
    assert seen.doubt(Unit.CODE_POINTS) == (
        "WARNING: 50% of the boundaries of spans are inside words; look at the offsets"
    )
    seen.spans.pop()
    assert seen.doubt(Unit.CODE_POINTS) is None


# --- the files of others, whose right values are known ---


@pytest.mark.parametrize(
    ("gold", "file", "names"),
    [
        ("gg", "incl", "code points with inclusive ends"),
        ("g", "pr_utf16", "UTF-16 units"),
        ("g", "pr_bytes", "are bytes"),
    ],
)
def test_a_file_whose_words_prove_its_offsets_is_one_error_that_names_them(gold: str, file: str, names: str) -> None:
    for read in (validate, evaluate):
        with pytest.raises(InputError) as error:
            read(FILES / f"{gold}.jsonl", FILES / f"{file}.jsonl")
        (problem,) = error.value.problems
        assert names in problem
        assert f"{FILES / file}.jsonl:1: document a: entities[0]: " in problem


def test_a_file_whose_boundaries_alone_say_so_is_a_warning_of_validate() -> None:
    found = validate(FILES / "gg.jsonl", FILES / "utf16.jsonl")
    assert found.doubt is not None
    assert "the offsets are UTF-16 units" in found.doubt
    with pytest.raises(InputError, match="give --offsets utf-16"):
        evaluate(FILES / "gg.jsonl", FILES / "utf16.jsonl")
    assert (
        evaluate(FILES / "gg.jsonl", FILES / "utf16.jsonl", offsets="utf-16").tasks["entities"]["strict"].micro.f1 == 1
    )


@pytest.mark.parametrize(
    ("gold", "file", "unit"),
    [("g", "pr_cp", "code-points"), ("g", "pr_utf16", "utf-16"), ("g", "pr_bytes", "bytes"), ("gg", "utf16", "utf-16")],
)
def test_a_file_is_right_with_its_own_unit(gold: str, file: str, unit: str) -> None:
    gold_path, path = FILES / f"{gold}.jsonl", FILES / f"{file}.jsonl"
    scores = evaluate(gold_path, path, offsets=unit)
    assert scores.tasks["entities"]["strict"].micro.f1 == 1
    assert (f"|offsets:{unit}|" in scores.signature) == (unit != "code-points")
    assert validate(gold_path, path, policy=Policy(Unit(unit))).doubt is None


@pytest.mark.parametrize("file", ["mentions_pred", "mentions_pred_notext"])
def test_mentions_of_a_gold_file_with_texts_are_placed(file: str) -> None:
    scores = evaluate(FILES / "mentions_gold.jsonl", FILES / f"{file}.jsonl")
    assert scores.tasks["entities"]["strict"].micro.f1 == 1
    assert "|mentions:order|" in scores.signature


def test_a_note_of_score_names_the_unit_where_all_offsets_fit(tmp_path: Path) -> None:
    (text,) = lists.made(3, count=1)
    whole = f"🔴 {text.text} نهاية"
    spans = [(start + 2, end + 2, label) for start, end, label in text.spans]
    for name, unit in (("gold", Unit.CODE_POINTS), ("said", Unit.UTF_16)):
        entities = [
            {"start": counted(whole, s, unit), "end": counted(whole, e, unit), "label": label} for s, e, label in spans
        ]
        row = {"id": "a", "entities": entities, **({"text": whole} if name == "gold" else {})}
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(row), encoding="utf-8")
    scores = evaluate(tmp_path / "gold.jsonl", tmp_path / "said.jsonl")
    (note,) = [note for note in scores.notes if "UTF-16" in note]
    assert note.startswith("WARNING: the offsets are UTF-16 units")
    assert validate(tmp_path / "gold.jsonl", tmp_path / "said.jsonl").doubt == note
    right = evaluate(tmp_path / "gold.jsonl", tmp_path / "said.jsonl", offsets="utf-16")
    assert right.tasks["entities"]["strict"].micro.f1 == 1
    assert not [note for note in right.notes if "WARNING" in note]


def test_options_have_the_names_of_the_policy() -> None:
    assert get_args(get_args(command.OffsetsOption)[0]) == tuple(Unit)
    assert get_args(get_args(command.MentionsOption)[0]) == tuple(Rule)
    with pytest.raises(InputError, match="offsets 'utf16': must be one of code-points, utf-16, bytes, own-text"):
        Policy.named("utf16", "order")
