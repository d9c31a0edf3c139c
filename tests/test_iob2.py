"""IOB2 in columns: what is written can be read by others and by us, and what others wrote comes back as it was."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from drawn import Annotated, annotated
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from marked import gold_document
from mihakk.annotate.document import Annotation, Article, Claim, Span
from mihakk.configs.errors import InputError
from mihakk.eval.gold.records import GoldDocument
from mihakk.export.formats.corpus import Findings
from mihakk.export.formats.iob2 import Layout, iob2_lines
from mihakk.export.formats.iob2_reading import read_iob2

SAMPLE = Path(__file__).parents[2] / "shared" / "corpora" / "wojood-sample" / "train.txt"

# Made up, in the form of Wojood: a line ends after its last tag, inner spans stand right of outer ones, a span
# may lie in one of the same label, $#$ is a token, and the last sentence has no blank line after it.
NESTED = """\
وصل O
وزير B-OCC
خارجية I-OCC
مصر I-OCC B-GPE
إلى O
جامعة B-ORG
مدينة I-ORG B-GPE
طنطا I-ORG I-GPE B-GPE
، O
$#$ O

# O
في O
٣/١١/٢٠٢٥ B-DATE
بِـدمشق B-GPE
بيروت B-GPE
كلية B-ORG B-ORG
الطب I-ORG I-ORG
بحلب I-ORG B-GPE
"""


def document(drawn: Annotated) -> GoldDocument:
    said = drawn.annotation
    return GoldDocument(drawn.article, drawn.claims, replace(said, annotator="gold"))


def written(documents: Sequence[GoldDocument], path: Path, layout: Layout | None = None, **options: Any) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(iob2_lines(documents, layout or Layout(), **options))
    return path


def read(path: Path, known: Iterable[str] | None = None, **options: Any) -> tuple[list[GoldDocument], Findings]:
    findings = Findings()
    return list(read_iob2(path, None if known is None else list(known), findings, **options)), findings


def file(folder: Path, content: str, name: str = "train.txt") -> Path:
    (folder / name).write_bytes(content.encode())
    return folder / name


def problems(path: Path, **options: Any) -> list[str]:
    """The problems of a file, without its name."""
    found = read(path, **options)[1].problems
    assert all(problem.startswith(f"{path}:") for problem in found)
    return [problem.removeprefix(f"{path}:") for problem in found]


def words(documents: Iterable[GoldDocument]) -> list[list[tuple[str, str]]]:
    return [[(d.article.text[s.start : s.end], s.label) for s in d.annotation.entities] for d in documents]


def independently_read(lines: str) -> list[list[tuple[tuple[str, ...], str]]]:
    """For each sentence the words and label of its spans, by column. An IOB2 reader that shares no code with ours."""
    sentences: list[list[tuple[tuple[str, ...], str]]] = []
    for block in lines.removeprefix("\ufeff").split("\n\n"):
        rows = [line.split(" ") for line in block.split("\n") if line and not line.startswith(("# id = ", "# text = "))]
        spans: list[tuple[list[str], str]] = []
        for column in range(1, max(map(len, rows), default=1)):
            going: tuple[list[str], str] | None = None
            for row in rows:
                tag = row[column] if column < len(row) else "O"
                if tag.startswith("B-"):
                    going = ([row[0]], tag[2:])
                    spans.append(going)
                elif tag.startswith("I-"):
                    assert going is not None and going[1] == tag[2:], "IOB2 lets no span begin with I"
                    going[0].append(row[0])
                else:
                    assert tag == "O"
                    going = None
        sentences.append([(tuple(tokens), label) for tokens, label in spans])
    return sentences


def solid(text: str) -> str:
    return "".join(char for char in text if not char.isspace())


# --- round trips ---

# A byte order mark, line breaks that are none to everybody, a hash at a line's begin, a span across a line break.
TEXT = "\ufeffوَبِدِمَشْق\u00a0👩\u200d👩\u200d👧\r\n# id = x\n\nقُتِلَ\u2028٣ # الـــجيش\u2029"
NAME = TEXT.index("دِ"), TEXT.index("\u00a0")
ACROSS = TEXT.index("👩"), TEXT.index("id") + 2
HARD = Annotated(
    Article("خبر-١", TEXT),
    (),
    Annotation(
        "خبر-١", "a", (Span(*NAME, "GPE"), Span(*NAME, "ORG"), Span(*ACROSS, "PERS")), (Claim(*ACROSS), Claim(*ACROSS))
    ),
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(annotated(), min_size=1, max_size=3, unique_by=lambda drawn: drawn.article.id))
@example([HARD])
def test_texts_and_spans_come_back_code_point_for_code_point(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[Annotated]
) -> None:
    documents = [document(one) for one in drawn]
    path = written(documents, tmp_path_factory.mktemp("iob2") / "x.txt")
    back, findings = read(path)
    assert (findings.problems, findings.notes, findings.files[0]["comes_back"]) == ([], [], True)
    assert [(d.article.id, d.article.text) for d in back] == [(d.article.id, d.article.text) for d in documents]
    for one, other in zip(back, documents, strict=True):
        assert Counter(one.annotation.entities) == Counter(other.annotation.entities)
        # Of claims the spans: IOB2 has no place for stances, sources and notes.
        assert one.annotation.claims == tuple(Claim(c.start, c.end) for c in other.annotation.claims)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(annotated(), min_size=1, max_size=3), st.sampled_from(["none", "comment"]))
@example([HARD], "none")
def test_another_reader_finds_the_same_spans(drawn: list[Annotated], boundaries: Any) -> None:
    documents = [document(one) for one in drawn]
    found = independently_read("".join(iob2_lines(documents, Layout(boundaries))))
    assert Counter(("".join(tokens), label) for spans in found for tokens, label in spans) == Counter(
        (solid(d.article.text[start:end]), label)
        for d in documents
        for start, end, label in (
            *((s.start, s.end, s.label) for s in d.annotation.entities),
            *((c.start, c.end, "CLAIM") for c in d.annotation.claims),
        )
    )


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(annotated(), min_size=1, max_size=3))
@example([HARD])
def test_with_docstart_the_words_come_back(tmp_path_factory: pytest.TempPathFactory, drawn: list[Annotated]) -> None:
    documents = [document(one) for one in drawn]
    path = written(documents, tmp_path_factory.mktemp("iob2") / "x.txt", Layout("docstart"))
    back, findings = read(path)
    assert findings.problems == []
    assert [d.article.id for d in back] == [f"x-{n}" for n in range(1, len(documents) + 1)]
    for one, other in zip(back, documents, strict=True):
        assert solid(one.article.text) == solid(other.article.text)
        assert Counter((solid(w), label) for w, label in words([one])[0]) == Counter(
            (solid(w), label) for w, label in words([other])[0]
        )


@given(
    st.lists(
        st.lists(st.sampled_from(["في", "الـقدس", "#", "$#$", "a.b", "١٩٤٨", "-"]), min_size=1, max_size=8),
        min_size=1,
        max_size=4,
    ),
    st.data(),
)
def test_a_file_of_nested_columns_comes_back_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory, sentences: list[list[str]], data: st.DataObject
) -> None:
    """Spans are drawn nested, outer before inner, and laid out here by recursion: our layers must find the same."""
    lines: list[str] = []
    for tokens in sentences:
        tags: list[list[str]] = [[] for _ in tokens]

        def mark(start: int, end: int, label: str, tags: list[list[str]] = tags) -> None:
            for n in range(start, end):
                tags[n].append(("B-" if n == start else "I-") + label)

        def draw(start: int, end: int, depth: int) -> None:
            while start < end and depth < 3:
                begin = data.draw(st.integers(start, end))
                stop = data.draw(st.integers(begin, end))
                # An inner span of the same extent would be drawn in an order of its own.
                if begin < stop and stop - begin < (end - start or 1) + (depth == 0):
                    mark(begin, stop, data.draw(st.sampled_from(["ORG", "GPE"])))
                    draw(begin, stop, depth + 1)
                start = stop + 1

        draw(0, len(tokens), 0)
        lines.append("\n".join(" ".join([t, *(own or ["O"])]) for t, own in zip(tokens, tags, strict=True)) + "\n")
    path = file(tmp_path_factory.mktemp("iob2"), "\n".join(lines))
    _, findings = read(path)
    assert (findings.problems, findings.notes) == ([], [])
    assert findings.files[0]["comes_back"]


def test_a_nested_corpus_is_read_by_its_columns(tmp_path: Path) -> None:
    documents, findings = read(file(tmp_path, NESTED))
    assert findings.problems == findings.repaired == findings.notes == []
    assert [d.article.id for d in documents] == ["train-1", "train-2"]
    assert documents[0].article.text == "وصل وزير خارجية مصر إلى جامعة مدينة طنطا ، $#$"
    assert [sorted(spans) for spans in words(documents)] == [
        sorted(
            [
                ("وزير خارجية مصر", "OCC"),
                ("مصر", "GPE"),
                ("جامعة مدينة طنطا", "ORG"),
                ("مدينة طنطا", "GPE"),
                ("طنطا", "GPE"),
            ]
        ),
        sorted(
            [
                ("٣/١١/٢٠٢٥", "DATE"),
                ("بِـدمشق", "GPE"),
                ("بيروت", "GPE"),
                ("كلية الطب بحلب", "ORG"),
                ("كلية الطب", "ORG"),
                ("بحلب", "GPE"),
            ]
        ),
    ]
    assert findings.files[0]["comes_back"]


@pytest.mark.parametrize("end", ["", "\n"])
@pytest.mark.parametrize("content", [NESTED, NESTED.replace(" ", "\t"), "-DOCSTART- O\n\nفي O\n\nمصر B-GPE\n"])
def test_files_come_back_as_they_were(tmp_path: Path, content: str, end: str) -> None:
    assert read(file(tmp_path, content + end))[1].files[0]["comes_back"]


@pytest.mark.skipif(not SAMPLE.is_file(), reason="the shared corpora are not at hand")
def test_the_sample_of_wojood_comes_back_byte_for_byte(tmp_path: Path) -> None:
    # It has one span that begins with I-, where a sentence was cut.
    assert [problem.partition(":")[0] for problem in problems(SAMPLE)] == ["12377"]
    documents, findings = read(SAMPLE, repair=True)
    assert len(findings.repaired) == 1
    assert findings.notes == []
    assert findings.files[0]["comes_back"]
    # Sentences are parted by blank lines; each B- begins a span, as does the one I- that was repaired.
    content = SAMPLE.read_text(encoding="utf-8")
    assert len(documents) == content.count("\n\n") + 1
    assert sum(len(d.annotation.entities) for d in documents) == content.count(" B-") + 1


# --- what is written ---


def test_lines_by_hand() -> None:
    """A proclitic is cut off, claims have a column of their own, a span joins lines, a line break ends a sentence."""
    one = gold_document("خبر-١", "قال [وزير [مصر|GPE]|OCC]\nإن [الغارة\nعلى ب[دمشق|GPE]|CLAIM]. ٣")
    other = gold_document("b", "لا")
    assert "".join(iob2_lines([one, other], Layout())) == (
        '# id = خبر-١\n# text = "قال وزير مصر\\nإن الغارة\\nعلى بدمشق. ٣"\n'
        "قال O O O\nوزير B-OCC O O\nمصر I-OCC B-GPE O\n\n"
        "إن O O O\nالغارة O O B-CLAIM\nعلى O O I-CLAIM\nب O O I-CLAIM\nدمشق B-GPE O I-CLAIM\n. O O O\n٣ O O O\n"
        '\n# id = b\n# text = "لا"\nلا O O O\n'
    )
    assert "".join(
        iob2_lines([one], Layout("docstart", "spaces", "\t", ragged=True, blank_end=True), claims=False)
    ) == (
        "-DOCSTART-\tO\n\n"
        "قال\tO\nوزير\tB-OCC\nمصر\tI-OCC\tB-GPE\n\nإن\tO\nالغارة\tO\n\nعلى\tO\nب\tO\nدمشق\tB-GPE\n.\tO\n٣\tO\n\n"
    )


def test_a_document_without_spans_still_has_a_column_of_tags() -> None:
    assert "".join(iob2_lines([gold_document("a", "لا خبر")], Layout("none"))) == "لا O\nخبر O\n"


def test_crossing_spans_take_as_many_columns_as_stand_on_one_token() -> None:
    # 0–2 and 2–4 do not touch one token, 1–3 crosses both.
    said = Annotation("a", "gold", (Span(0, 3, "ORG"), Span(2, 5, "GPE"), Span(4, 7, "ORG")))
    made = "".join(iob2_lines([GoldDocument(Article("a", "ا ب ت ث"), (), said)], Layout("none")))
    assert made == "ا B-ORG O\nب I-ORG B-GPE\nت B-ORG I-GPE\nث I-ORG O\n"


def test_a_span_that_no_token_can_hold_is_an_error() -> None:
    said = Annotation("a", "gold", (Span(0, 2, "GPE"),))  # ends with the space
    with pytest.raises(InputError, match=r"article a: GPE 0–2 .* begins or ends where no token can"):
        list(iob2_lines([GoldDocument(Article("a", "ا ب"), (), said)], Layout()))


@pytest.mark.parametrize("boundaries", ["comment", "docstart", "none"])
def test_a_text_that_begins_with_a_byte_order_mark_keeps_it(tmp_path: Path, boundaries: Any) -> None:
    documents = [gold_document("a", "\ufeff[دمشق|GPE]"), gold_document("b", "\ufeff[حلب|GPE]")]
    back, findings = read(written(documents, tmp_path / "x.txt", Layout(boundaries)))
    # The mark is a token of its own, as everything that is no white space is in one.
    texts = ["\ufeffدمشق", "\ufeffحلب"] if boundaries == "comment" else ["\ufeff دمشق", "\ufeff حلب"]
    assert [d.article.text for d in back] == texts
    assert words(back) == [[("دمشق", "GPE")], [("حلب", "GPE")]]
    assert findings.files[0]["comes_back"]


@pytest.mark.parametrize("char", "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
def test_no_line_break_of_a_text_breaks_a_line(char: str) -> None:
    made = "".join(iob2_lines([gold_document("a", f"لا{char}خبر")], Layout()))
    assert made.splitlines() == made.removesuffix("\n").split("\n")
    assert json.loads(made.splitlines()[1].removeprefix("# text = ")) == f"لا{char}خبر"
    assert made.splitlines()[2:] == ["لا O", "", "خبر O"]


# --- what is read ---


def test_tags_that_go_on_with_nothing_are_refused_by_line_or_repaired(tmp_path: Path) -> None:
    content = "في O\nمصر I-GPE\n\nوزير B-OCC\nمصر I-GPE B-GPE\nالآن I-GPE I-ORG\n"
    path = file(tmp_path, content)
    assert [(p.split(" ")[0], p.split(" ")[1]) for p in problems(path)] == [
        ("2:", "I-GPE"),  # after O
        ("5:", "I-GPE"),  # after OCC
        ("6:", "I-ORG"),  # after GPE in its column
    ]
    assert all("--repair" in problem for problem in problems(path))
    documents, findings = read(path, repair=True)
    assert words(documents) == [
        [("مصر", "GPE")],
        [("وزير", "OCC"), ("مصر", "GPE"), ("مصر الآن", "GPE"), ("الآن", "ORG")],
    ]
    assert [repaired.removeprefix(f"{path}:") for repaired in findings.repaired] == [
        "2: I-GPE of “مصر” was read as B-GPE",
        "5: I-GPE of “مصر” was read as B-GPE",
        "6: I-ORG of “الآن” was read as B-ORG",
    ]
    assert findings.files[0]["comes_back"]


@pytest.mark.parametrize(
    ("content", "entities"),
    [
        ("ا O I-GPE\nب B-ORG O\n", {("ا", "GPE"), ("ب", "ORG")}),  # we would use one column
        ("ا O I-GPE\nب B-CLAIM O\n", {("ا", "GPE")}),  # claims stand right of entities
    ],
)
def test_columns_in_another_order_are_told_to_come_back_otherwise(
    tmp_path: Path, content: str, entities: set[tuple[str, str]]
) -> None:
    documents, findings = read(file(tmp_path, content), repair=True)
    assert set(words(documents)[0]) == entities
    assert not findings.files[0]["comes_back"]
    assert "--as-read will not write exactly this file: line 1, “" in findings.notes[0]


def test_tags_of_one_token_come_back_in_their_order(tmp_path: Path) -> None:
    # The shorter span first; then two spans of the same words, not in the order of the alphabet.
    documents, findings = read(file(tmp_path, "ا B-GPE B-ORG\nب O I-ORG\nكيلو B-UNIT B-QUANTITY\n"))
    assert set(words(documents)[0]) == {("ا", "GPE"), ("ا ب", "ORG"), ("كيلو", "UNIT"), ("كيلو", "QUANTITY")}
    assert findings.files[0]["comes_back"]


def test_a_span_does_not_go_on_over_a_blank_line(tmp_path: Path) -> None:
    assert [p.partition(":")[0] for p in problems(file(tmp_path, "مصر B-GPE\n\nالعليا I-GPE\n"))] == ["3"]


def test_conll_2003_by_the_number_of_its_column(tmp_path: Path) -> None:
    content = (
        "-DOCSTART- -X- -X- O\n\nU.N. NNP I-NP I-ORG\nofficial NN I-NP O\n\nBaghdad NNP I-NP I-LOC\n. . O O\n\n"
        "-DOCSTART- -X- -X- O\n\nHe PRP I-NP O\n\n"
    )
    path = file(tmp_path, content, "eng.testa")
    with pytest.raises(InputError, match=r"columns 3 and 4 have tags; name those of entities, as in --tags 4"):
        read(path)
    documents, findings = read(path, tags=[4], repair=True)  # CoNLL-2003 begins spans with I-
    assert [(d.article.id, d.article.text) for d in documents] == [
        ("eng-1", "U.N. official\nBaghdad ."),
        ("eng-2", "He"),
    ]
    assert words(documents) == [[("U.N.", "ORG"), ("Baghdad", "LOC")], []]
    # The columns in between are not kept, which is told.
    told = f"{path}: --as-read will not write exactly this file: line 1, “-DOCSTART- -X- -X- O”, becomes “-DOCSTART- O”"
    assert told in findings.notes


def test_documents_are_sentences_or_what_markers_part(tmp_path: Path) -> None:
    path = file(tmp_path, "-DOCSTART- O\n\nا O\n\nب O\n\n-DOCSTART- O\n\nت O\n")
    assert [d.article.text for d in read(path)[0]] == ["ا\nب", "ت"]
    assert [d.article.text for d in read(path, per="sentence")[0]] == ["ا", "ب", "ت"]
    with pytest.raises(InputError, match=r"has neither .*--per sentence"):
        read(file(tmp_path, "ا O\n"), per="marker")


def test_ids_count_with_as_many_digits_as_there_are(tmp_path: Path) -> None:
    documents, _ = read(file(tmp_path, "\n".join(["ا O\n"] * 10), "My corpus.iob2.txt"))
    assert [d.article.id for d in documents][::9] == ["My_corpus.iob2-01", "My_corpus.iob2-10"]


def test_labels_that_are_not_known_are_told_by_line(tmp_path: Path) -> None:
    path = file(tmp_path, "مصر B-GPE\nالنيل B-RIVER\nطويل B-CLAIM\n")
    assert problems(path, known=["GPE", "LOC"]) == ["2: no label RIVER; there are GPE, LOC"]
    assert problems(path) == []


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("ا O\nب\n", "2: has 1 of the columns"),
        (
            "زار,O\n",
            "1: has 1 of the columns: a token needs a tag, such as O; columns are separated by tabs or spaces, not by",
        ),
        (
            "كلمة وسم\nزار O\nحلب B-GPE\n",
            "1: وسم is not a tag of IOB2 (O, B-LABEL or I-LABEL); if the line names the columns",
        ),
        ("ا O\nب X-GPE\nت B-GPE\n", "2: X-GPE is not a tag of IOB2"),
        ("ا B-\n", "1: B- is not a tag of IOB2"),
        ("ا O\n# id = x\nب O\n", "2: is a comment inside a sentence"),
        ("# id = x\n# text = ا\nا O\n", "2: the text is not a JSON string"),
        ('# id = x\n# text = "ا ب"\nا O\nت O\n', "4: ت is not the next word in the text"),
        ('# id = x\n# text = "ا ب"\nا O\n', "3: the document's text continues after its last token"),
        ("# id = x\n\n# id = y\nا O\n", "3: the document x before it has no tokens"),
        ("# id = x y\nا O\n", "2: article id 'x y'"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_by_line(tmp_path: Path, content: str, problem: str) -> None:
    (found,) = problems(file(tmp_path, content))
    assert found.startswith(problem)


def test_comments_that_are_not_kept_and_line_ends_are_told(tmp_path: Path) -> None:
    path = file(tmp_path, "# id = x\n# sent_id = 1\nا O\r\n")
    documents, findings = read(path)
    assert [d.article.text for d in documents] == ["ا"]
    assert findings.notes[0] == f"{path}: 1 comment line other than id and text not kept"
    assert "--as-read will not write exactly this file: line 2, “" in findings.notes[1]
    crlf = file(tmp_path, "ا O\r\n", "crlf.txt")
    assert read(crlf)[1].files[0]["comes_back"], "line ends that are all alike are kept"
    mixed = file(tmp_path, "ا O\r\nب O\n", "mixed.txt")
    assert read(mixed)[1].notes == [
        f"{mixed}: --as-read will not write exactly this file: its end, or its line ends, differ"
    ]
