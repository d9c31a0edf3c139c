"""Dialects of tags and layouts of columns: found by looking, read alike, and written back as they were."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mihakk.annotate.document import Annotation, Article, Span
from mihakk.configs.errors import InputError
from mihakk.eval.gold.records import GoldDocument
from mihakk.export.formats.corpus import Findings
from mihakk.export.formats.iob2 import Layout, iob2_lines
from mihakk.export.formats.iob2_dialect import Dialect, dialect_of
from mihakk.export.formats.iob2_reading import read_iob2

Words = list[tuple[str, str]]


def read(folder: Path, content: str, **options: bool | int) -> tuple[list[GoldDocument], Findings]:
    path = folder / "ملف.txt"
    path.write_bytes(content.encode())
    findings = Findings()
    return list(read_iob2(path, None, findings, **options)), findings  # type: ignore[arg-type]


def words(documents: Sequence[GoldDocument]) -> Words:
    return [(d.article.text[s.start : s.end], s.label) for d in documents for s in d.annotation.entities]


# «زار محمد علي دمشق» in every dialect: the name is of two tokens, the town of one.
ONE_SENTENCE: dict[str, list[str]] = {
    "IOB2": ["O", "B-PER", "I-PER", "B-LOC"],
    "IOB2 with _": ["O", "B_PER", "I_PER", "B_LOC"],
    "IOB2 as a suffix": ["O", "PER-B", "PER-I", "LOC-B"],
    "IOB2 as a suffix with _": ["O", "PER_B", "PER_I", "LOC_B"],
    "IOBES": ["O", "B-PER", "E-PER", "S-LOC"],
    "IOBES as a suffix": ["O", "PER-B", "PER-E", "LOC-S"],
    "BILOU": ["O", "B-PER", "L-PER", "U-LOC"],
    "BMES": ["O", "B-PER", "E-PER", "S-LOC"],
    "IO": ["O", "PER", "PER", "LOC"],
    "IO with I": ["O", "I-PER", "I-PER", "I-LOC"],
}
TOKENS = ["زار", "محمد", "علي", "دمشق"]
SPANS = [("محمد علي", "PER"), ("دمشق", "LOC")]


@pytest.mark.parametrize("separator", [" ", "\t"])
@pytest.mark.parametrize("dialect", ONE_SENTENCE)
def test_each_dialect_is_found_read_and_written_back(tmp_path: Path, dialect: str, separator: str) -> None:
    rows = zip(TOKENS, ONE_SENTENCE[dialect], strict=True)
    documents, findings = read(tmp_path, "".join(f"{token}{separator}{tag}\n" for token, tag in rows))
    assert (findings.problems, words(documents)) == ([], SPANS)
    assert findings.files[0]["comes_back"]


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("dialect", ONE_SENTENCE)
def test_a_column_that_counts_the_tokens_is_no_text(tmp_path: Path, dialect: str, first: int) -> None:
    rows = list(enumerate(zip(TOKENS, ONE_SENTENCE[dialect], strict=True), first))
    sentence = "".join(f"{n}\t{token}\t{tag}\n" for n, (token, tag) in rows)
    documents, findings = read(tmp_path, f"{sentence}\n{sentence}")
    assert (findings.problems, words(documents)) == ([], SPANS * 2)
    assert [document.article.text for document in documents] == [" ".join(TOKENS)] * 2
    assert findings.files[0]["comes_back"]


def test_numbers_with_two_columns_of_tags_are_tokens(tmp_path: Path) -> None:
    documents, _ = read(tmp_path, "1 B-CARDINAL O\n2 B-CARDINAL B-TIME\n")
    assert words(documents) == [("1", "CARDINAL"), ("2", "CARDINAL"), ("2", "TIME")]


def test_numbers_that_do_not_count_are_tokens(tmp_path: Path) -> None:
    documents, findings = read(tmp_path, "1 B-CARDINAL\n3 O\n")
    assert (words(documents), findings.problems) == ([("1", "CARDINAL")], [])


def test_the_tokens_column_can_be_named(tmp_path: Path) -> None:
    content = "x زار VERB O\ny دمشق PROPN B-GPE\n"
    documents, findings = read(tmp_path, content, token=2, tags=[4])  # type: ignore[arg-type]
    assert (words(documents), findings.problems) == ([("دمشق", "GPE")], [])
    assert "--as-read will not write exactly this file: line 1, “" in findings.notes[0]


@pytest.mark.parametrize("heading", ["", "id\ttoken\tpos\tner\n"])
def test_the_only_column_of_tags_is_found(tmp_path: Path, heading: str) -> None:
    content = f"{heading}0\tزار\tVERB\tO\n1\tدمشق\tPROPN\tB-GPE\n"
    documents, findings = read(tmp_path, content)
    assert (words(documents), documents[0].article.text, findings.problems) == ([("دمشق", "GPE")], "زار دمشق", [])
    assert any(note.endswith("only column 4 has tags; the others are not read") for note in findings.notes)
    named = [note for note in findings.notes if note.endswith(":1: names the columns, and is not a token")]
    assert len(named) == bool(heading)


def test_a_heading_over_tokens_and_tags(tmp_path: Path) -> None:
    documents, findings = read(tmp_path, "Word Tag\nزار O\nدمشق B-GPE\n\nعاد O\n")
    assert (words(documents), len(documents), findings.problems) == ([("دمشق", "GPE")], 2, [])


def test_a_first_line_that_names_nothing_is_a_line(tmp_path: Path) -> None:
    # “label” is the label of other tokens, too.
    documents, _ = read(tmp_path, "زار label\nدمشق label\nفي O\n")
    assert words(documents) == [("زار دمشق", "label")]
    _, findings = read(tmp_path, "زار B+PER\nدمشق B-GPE\n")
    assert len(findings.problems) == 1


def test_of_several_columns_of_tags_beside_others_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"columns 3 and 4 have tags; name those of entities, as in --tags 4"):
        read(tmp_path, "زار VERB B-VP O\nدمشق PROPN B-NP B-GPE\n")


def test_where_no_tag_begins_a_span_it_is_io(tmp_path: Path) -> None:
    documents, findings = read(tmp_path, "زار O\nمحمد I-PER\nعلي I-PER\nدمشق I-GPE\n")
    assert (words(documents), findings.problems) == ([("محمد علي", "PER"), ("دمشق", "GPE")], [])
    assert any("no tag begins a span" in note for note in findings.notes)


def test_parts_of_speech_are_no_labels(tmp_path: Path) -> None:
    # No O among them, so they are not IO; they are told by line, with the way out.
    _, findings = read(tmp_path, "زار VERB\nدمشق PROPN\n")
    assert [problem.partition(": ")[2] for problem in findings.problems] == [
        "VERB is not a tag of IOB2 (O, B-LABEL or I-LABEL); if the line names the columns, delete it",
        "PROPN is not a tag of IOB2 (O, B-LABEL or I-LABEL)",
    ]


CONLLU = """\
# newdoc id = x1
# sent_id = 1
# text = زار دمشق.
1\tزار\tزار\tVERB\t_\t_\t0\troot\t_\tNER=O
2\tدمشق\tدمشق\tPROPN\t_\t_\t1\tobj\t_\tSpaceAfter=No|NER=B-LOC
3\t.\t.\tPUNCT\t_\t_\t1\tpunct\t_\t_

# newpar
1-2\tوقال\t_\t_\t_\t_\t_\t_\t_\t_
1\tو\tو\tCCONJ\t_\t_\t2\tcc\t_\tNER=O
2\tقال\tقال\tVERB\t_\t_\t0\troot\t_\tNER=O
2.1\tهو\tهو\tPRON\t_\t_\t_\t_\t_\t_
3\tعلي\tعلي\tPROPN\t_\t_\t2\tnsubj\t_\tNER=B-PER
4\tحسن\tحسن\tPROPN\t_\t_\t3\tflat\t_\tNER=I-PER

# newdoc id = x2
1\tحلب\tحلب\tPROPN\t_\t_\t0\troot\t_\tNER=B-LOC
"""


def test_conllu_is_read_by_its_last_column(tmp_path: Path) -> None:
    documents, findings = read(tmp_path, CONLLU)
    assert findings.problems == []
    assert [(d.article.id, d.article.text) for d in documents] == [("x1", "زار دمشق.\nو قال علي حسن"), ("x2", "حلب")]
    assert words(documents) == [("دمشق", "LOC"), ("علي حسن", "PER"), ("حلب", "LOC")]
    assert any("1 word that CoNLL-U splits into parts" in note for note in findings.notes)
    assert not findings.files[0]["comes_back"]


def test_conllu_without_entities_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ملف\.txt: is CoNLL-U, but no token has NER=TAG"):
        read(tmp_path, "1\tزار\tزار\tVERB\t_\t_\t0\troot\t_\t_\n")


def test_lines_without_a_token_are_left_out_where_asked(tmp_path: Path) -> None:
    content = " O\nدمشق B-GPE\n\n\tB-PER\nعلي\tI-PER\n\nفي O\n O\nحلب B-GPE\n"
    assert [problem.partition("ملف.txt:")[2][:1] for problem in sorted(read(tmp_path, content)[1].problems)] == list(
        "1458"
    )
    documents, findings = read(tmp_path, content, repair=True)
    assert words(documents) == [("دمشق", "GPE"), ("علي", "PER"), ("حلب", "GPE")]
    assert documents[-1].article.text == "في حلب"
    assert sorted(line.partition("ملف.txt:")[2] for line in findings.repaired) == [
        "1: has no token, and was left out",
        "4: has no token, and was left out",
        "5: I-PER of “علي” was read as B-PER",
        "8: has no token, and was left out",
    ]


# Content, problems by line, spans with --repair.
BROKEN: dict[str, tuple[str, list[str], Words]] = {
    "an end after nothing": (
        "ا O\nب E-PER\nت S-LOC\nث B-LOC\nج E-LOC\n",
        ["2: E-PER of “ب” continues a PER that"],
        [("ب", "PER"), ("ت", "LOC"), ("ث ج", "LOC")],
    ),
    "a span that never ends": (
        "ا B-PER\nب O\nت B-LOC\nث I-LOC\n\nج B-LOC\nح E-LOC\n",
        ["1: no E-PER ends the span of B-PER", "4: no E-LOC ends the span of I-LOC"],
        [("ا", "PER"), ("ت ث", "LOC"), ("ج ح", "LOC")],
    ),
    "going on after the end": (
        "ا B-PER\nب E-PER\nت I-PER\nث E-PER\n",
        ["3: I-PER of “ت” continues a PER that"],
        [("ا ب", "PER"), ("ت ث", "PER")],
    ),
    "going on after one that stands alone": (
        "ا S-PER\nب E-PER\n",
        ["2: E-PER of “ب” continues a PER that"],
        [("ا", "PER"), ("ب", "PER")],
    ),
    "another label in the middle": (
        "ا B-PER\nب E-LOC\n",
        ["1: no E-PER ends the span of B-PER", "2: E-LOC of “ب” continues a LOC that"],
        [("ا", "PER"), ("ب", "LOC")],
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_in_a_dialect_with_ends_spans_end_where_they_say(tmp_path: Path, case: str) -> None:
    content, problems, spans = BROKEN[case]
    found = [problem.partition("ملف.txt:")[2] for problem in read(tmp_path, content)[1].problems]
    assert len(found) == len(problems)
    assert all(line.startswith(start) for line, start in zip(found, problems, strict=True)), found
    documents, findings = read(tmp_path, content, repair=True)
    assert (words(documents), len(findings.repaired)) == (spans, len(problems))


LABELS = ["PER", "GPE", "WORK_OF_ART", "جهة"]


@st.composite
def flat(draw: st.DrawFn) -> GoldDocument:
    """A document of words with spans side by side."""
    count = draw(st.integers(1, 12))
    text = " ".join(
        draw(st.lists(st.sampled_from(["دمشق", "الـجيش", "قُتِلَ", "١٢", "S", "#"]), min_size=count, max_size=count))
    )
    starts = [0, *(n + 1 for n, char in enumerate(text) if char == " ")]
    ends = [*(n for n, char in enumerate(text) if char == " "), len(text)]
    spans: list[Span] = []
    n = 0
    while n < count:
        length = draw(st.integers(0, 3))
        if length and n + length <= count:
            spans.append(Span(starts[n], ends[n + length - 1], draw(st.sampled_from(LABELS))))
        n += max(length, 1)
    return GoldDocument(Article("خبر", text), (), Annotation("خبر", "gold", tuple(spans), ()))


DIALECTS = [
    Dialect(name, separator, is_suffix)
    for name in ("IOB2", "IOBES", "BILOU", "BMES")
    for separator in "-_"
    for is_suffix in (False, True)
]


@given(flat(), st.sampled_from(DIALECTS), st.sampled_from([None, 0, 1]))
def test_spans_come_back_from_every_dialect(
    tmp_path_factory: pytest.TempPathFactory, document: GoldDocument, dialect: Dialect, first: int | None
) -> None:
    lines = "".join(iob2_lines([document], Layout("none", "spaces", " ", dialect=dialect, first_index=first)))
    documents, findings = read(tmp_path_factory.mktemp("read"), lines)
    assert findings.problems == []
    # One tag alone may fit several dialects; what it says is the same in all.
    assert words(documents) == words([document])


def test_io_cannot_part_equal_labels_side_by_side() -> None:
    assert Dialect("IO").of_iob2(["B-PER", "I-PER", "B-PER", "O", "B-LOC"]) == ["PER", "PER", "PER", "O", "LOC"]


@pytest.mark.parametrize(
    ("tags", "name"),
    [
        ({"O"}, "IOB2"),
        ({"O", "S-PER"}, "IOBES"),
        ({"O", "U-PER"}, "BILOU"),
        ({"B-PER", "L-PER", "I-PER"}, "BILOU"),
        ({"B-PER", "M-PER", "E-PER"}, "BMES"),
        ({"O", "PER", "LOC"}, "IO"),
        # One wrong tag among right ones is named, and changes nothing for the others.
        ({"O", "B-PER", "I-PER", "PER"}, "IOB2"),
    ],
)
def test_the_dialect_is_told_by_its_letters(tags: set[str], name: str) -> None:
    assert dialect_of(tags).name == name


@pytest.mark.parametrize(
    ("content", "options"),
    [
        ("1 زار O\n2 دمشق B-GPE\n\n3 زار O\n4 حلب B-GPE\n", {}),  # counted on over sentences
        ("١\tزار\tO\n٢\tدمشق\tB-GPE\n\n١\tزار\tO\n٢\tحلب\tB-GPE\n", {}),
        ("1 زار V O\n2 دمشق N B-GPE\n\n1 زار V O\n2 حلب N B-GPE\n", {"tags": [4]}),
        ("1 O زار\n2 B-GPE دمشق\n\n1 O زار\n2 B-GPE حلب\n", {"tags": [2]}),
        ("7 زار O\n8 دمشق B-GPE\n\n9 زار O\n10 حلب B-GPE\n", {"tags": [3]}),
    ],
)
def test_numbers_that_count_tokens_are_never_text(tmp_path: Path, content: str, options: dict[str, list[int]]) -> None:
    documents, findings = read(tmp_path, content, **options)  # type: ignore[arg-type]
    assert findings.problems == []
    assert [document.article.text for document in documents] == ["زار دمشق", "زار حلب"]
    assert words(documents) == [("دمشق", "GPE"), ("حلب", "GPE")]


@pytest.mark.parametrize("tags", [("B", "I"), ("B:PER", "I:PER"), ("B", "B")])
def test_letters_without_a_known_separator_are_no_labels(tmp_path: Path, tags: tuple[str, str]) -> None:
    _, findings = read(tmp_path, f"زار O\nمحمد {tags[0]}\nعلي {tags[1]}\n")
    assert str(findings.problems[0]).endswith(f":2: {tags[0]} is not a tag of IOB2 (O, B-LABEL or I-LABEL)")


def test_white_space_behind_the_last_tag_is_no_column(tmp_path: Path) -> None:
    documents, findings = read(tmp_path, "زار O  \nدمشق B-GPE\t\nحلب B-GPE \t\n")
    assert (findings.problems, words(documents)) == ([], [("دمشق", "GPE"), ("حلب", "GPE")])
