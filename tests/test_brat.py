"""brat's standoff format, written and read."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from drawn import Annotated, annotated
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from marked import gold
from mihakk.annotate.document import Annotation, Article, Claim, Span
from mihakk.configs.errors import InputError
from mihakk.eval.gold.records import GoldDocument, SetAside
from mihakk.export.formats.brat import ann_lines, read_brat, write_brat
from mihakk.export.formats.corpus import Findings


def document(drawn: Annotated) -> GoldDocument:
    said = drawn.annotation
    return GoldDocument(drawn.article, drawn.claims, replace(said, annotator="gold"))


def written(documents: list[GoldDocument], folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    write_brat(gold(documents), documents, folder)
    return folder


def read(folder: Path, known: list[str] | None = None, *, repair: bool = False) -> tuple[list[GoldDocument], Findings]:
    findings = Findings()
    return list(read_brat(folder, known, findings, repair=repair)), findings


def corpus(folder: Path, text: str, ann: str, name: str = "خبر") -> Path:
    (folder / f"{name}.txt").write_bytes(text.encode())
    (folder / f"{name}.ann").write_bytes(ann.encode())
    return folder


TEXT = "\ufeffقال:\r\nوَبِدِمَشْق\u2028 و👩\u200d👩\u200d👧\n \nقُتِلَ\t٣\u00a0"
HARD = Annotated(
    Article("a/../.b:%41", TEXT),
    (),
    Annotation(
        "a/../.b:%41",
        "a",
        (Span(1, 4, "PERS"), Span(TEXT.index("دِ"), len(TEXT) - 1, "GPE")),
        (
            Claim(1, len(TEXT) - 1, "deny", (Span(1, 4, "PERS"),), None, "سطر\n\nثالث\tبعده\r \\n"),
            Claim(1, len(TEXT) - 1, None, (), None, ""),
        ),
    ),
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(annotated(), min_size=1, max_size=3, unique_by=lambda drawn: drawn.article.id))
@example([HARD])
def test_all_that_brat_has_a_place_for_comes_back(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[Annotated]
) -> None:
    documents = [document(one) for one in drawn]
    back, findings = read(written(documents, tmp_path_factory.mktemp("brat")))
    assert findings == Findings(languages={"ar"})
    assert {d.article.id for d in back} == {d.article.id for d in documents}
    for one in back:
        (other,) = (d for d in documents if d.article.id == one.article.id)
        # Not titles, outlets, dates, event claims and article stances: brat has no place for them.
        assert one.article == Article(other.article.id, other.article.text)
        assert one.annotation.entities == other.annotation.entities
        assert one.annotation.claims == tuple(replace(claim, about=None) for claim in other.annotation.claims)
        assert one.claims == ()
        assert one.annotation.stances == {}


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(annotated())
@example(HARD)
def test_lines_are_as_brat_checks_them(drawn: Annotated) -> None:
    """The rules of brat's own reader: ids once, pieces in order that do not touch, words that are those of the text."""
    text, ids = drawn.article.text, Counter[str]()
    found: list[tuple[str, str]] = []
    for line in ann_lines(document(drawn)):
        assert line.endswith("\n")
        identifier, data, *tail = line.removesuffix("\n").split("\t", 2)
        ids[identifier] += 1
        if identifier.startswith("T"):
            # No line break, however a program counts lines.
            assert len(line.splitlines()) == 1
            label, _, offsets = data.partition(" ")
            pieces = [tuple(map(int, piece.split(" "))) for piece in offsets.split(";")]
            assert all(one[1] < other[0] for one, other in pairwise(pieces))
            assert tail == [" ".join(text[start:end] for start, end in pieces)]
            found.append((label, "".join("".join(text[start:end] for start, end in pieces).split())))
    assert set(ids.values()) <= {1}
    said = drawn.annotation
    spans = [*said.entities, *(Span(c.start, c.end, "CLAIM") for c in said.claims)]
    assert found == [(s.label, "".join(text[s.start : s.end].split())) for s in spans]


def test_files_by_hand(tmp_path: Path) -> None:
    article = Article("خبر/١", "نفت مصر أن\nالغارة وقعت", title="عنوان")
    egypt = Span(4, 7, "GPE")
    said = Annotation("خبر/١", "gold", (egypt,), (Claim(8, 22, "deny", (egypt,), None, "ملاحظة\nثانية"),))
    folder = written([GoldDocument(article, (), said)], tmp_path / "brat")
    assert sorted(path.name for path in folder.iterdir()) == [
        ".mihakk",
        "annotation.conf",
        "خبر%2F١.ann",
        "خبر%2F١.txt",
    ]
    assert (folder / "خبر%2F١.txt").read_bytes().decode() == article.text
    assert (folder / "خبر%2F١.ann").read_bytes().decode() == (
        "T1\tGPE 4 7\tمصر\n"
        "T2\tCLAIM 8 10;11 22\tأن الغارة وقعت\n"  # 8–22 but for the line break at 10
        "A1\tstance T2 deny\n"
        "R1\tsource Arg1:T2 Arg2:T1\n"
        "#1\tAnnotatorNotes T2\tملاحظة\n"
        "#2\tAnnotatorNotes T2\tثانية\n"
    )
    config = (folder / "annotation.conf").read_text(encoding="utf-8")
    assert config.startswith("[entities]\nPERS\nOCC\n")
    assert "\nCLAIM\n\n[relations]\nsource\tArg1:CLAIM, Arg2:PERS|OCC|" in config
    assert config.endswith("[attributes]\nstance\tArg:CLAIM, Value:support|deny|query|comment\n")


def test_an_id_too_long_for_a_file_is_an_error(tmp_path: Path) -> None:
    documents = [GoldDocument(Article("خ" * 126, "نص"), (), Annotation("x", "gold"))]  # 252 bytes, and .txt
    with pytest.raises(InputError, match="the id is too long"):
        written(documents, tmp_path)


BY_HAND = (
    "R1\tsaid Arg1:T3 Arg2:T1\n"  # may stand before its spans; any relation from a claim is to its source
    "T1\tGPE 4 7\tمصر\n"
    "T2\tEvent 14 18\tغارة\n"
    "T3\tCLAIM 8 18\tأن ال غارة\n"
    "E1\tEvent:T2 Place:T1\n"
    "A1\tStance T3 deny\n"
    "A2\tNegated T2\n"
    "N1\tReference T1 Wikidata:Q79\tEgypt\n"
    "R2\tpart Arg1:T1 Arg2:T2\n"
    "*\tEquiv T1 T2\n"
    "#1\tAnnotatorNotes T1\tبلد\n"
    "#2\tAnnotatorNotes T3\tنفي\n"
)


def test_what_gold_has_no_place_for_is_set_aside(tmp_path: Path) -> None:
    folder = corpus(tmp_path, "نفت مصر أن ال غارة", BY_HAND)
    (folder / "sub").mkdir()
    (folder / "sub" / "لا أحد.txt").write_text("نص", encoding="utf-8")
    (one,), findings = read(folder)
    egypt = Span(4, 7, "GPE")
    assert one.article == Article("خبر", "نفت مصر أن ال غارة")
    assert one.annotation.entities == (egypt, Span(14, 18, "Event"))
    assert one.annotation.claims == (Claim(8, 18, "deny", (egypt,), None, "نفي"),)
    assert findings.problems == []
    assert findings.set_aside == [
        SetAside("sub/لا_أحد", (), "article", "has no .ann: nobody annotated it"),
        SetAside("خبر", (), "E1 Event:T2 Place:T1", "a gold set has no place for it"),
        SetAside("خبر", (), "A2 Negated T2", "only claims have an attribute, their stance"),
        SetAside("خبر", (), "N1 Reference T1 Wikidata:Q79 Egypt", "a gold set has no place for it"),
        SetAside("خبر", (), "R2 part Arg1:T1 Arg2:T2", "is not a relation from a claim to an entity"),
        SetAside("خبر", (), "* Equiv T1 T2", "a gold set has no place for it"),
        SetAside("خبر", (), "#1 AnnotatorNotes T1 بلد", "only claims have notes"),
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("T2\tGPE 4 7 مصر", "2: must have a label and offsets"),
        ("T2\tGPE 4 x\tمصر", "2: must have a label and offsets"),
        ("T1\tGPE 4 7\tمصر", "2: there is a T1 already"),
        ("T2\tGPE 4 19\tمصر", "2: GPE 4–19 “مصر أن الغارة”: is outside the text, which has 17 characters"),
        ("T2\tGPE 7 4\tمصر", "2: GPE 7–4 “”: is outside the text"),
        ("T2\tGPE 5 8\tمصر", "2: has the words “مصر”, but the text has “صر ” there; offsets must be code points"),
        ("T2\tRIVER 4 7\tمصر", "2: no label RIVER; there are GPE, ORG"),
        ("T2\tORG 0 3;11 17\tنفت الغارة", "2: ORG 0–17 “نفت مصر أن الغارة”: is in pieces"),
        ("T2\tORG 11 17;0 3\tالغارة نفت", "2: ORG 11–3 “”: is in pieces"),
        ("نفت", "2: is not a line of brat's standoff format"),
        ("R1\tsource Arg1:T1", "2: is not a line of brat's standoff format"),
        ("T2\tCLAIM 8 17\tأن الغارة\nA1\tstance T2 deny\nA2\tstance T2 deny", "4: T2 has the stance deny already"),
    ],
)
def test_what_is_wrong_is_told_by_line(tmp_path: Path, line: str, problem: str) -> None:
    folder = corpus(tmp_path, "نفت مصر أن الغارة", f"T1\tGPE 4 7\tمصر\n{line}\n")
    (found,) = read(folder, ["GPE", "ORG"])[1].problems
    assert found.startswith(f"{folder / 'خبر.ann'}:{problem}")


def test_pieces_with_words_between_are_read_as_one_where_asked(tmp_path: Path) -> None:
    folder = corpus(tmp_path, "نفت مصر أن الغارة", "T1\tORG 0 3;8 10\tنفت أن\nT2\tGPE 11 17;4 7\tالغارة مصر\n")
    (one,), findings = read(folder, repair=True)
    assert one.annotation.entities == (Span(0, 10, "ORG"), Span(4, 17, "GPE"))
    assert findings.problems == []
    assert [line.partition(":")[2][:2] for line in findings.repaired] == ["1:", "2:"]


def test_white_space_at_boundaries_and_spaces_for_line_breaks_are_read_where_asked(tmp_path: Path) -> None:
    text = "زار وزير\nالخارجية دمشق "
    lines = "T1\tOCC 4 17\tوزير الخارجية\nT2\tGPE 17 23\t دمشق \n"
    folder = corpus(tmp_path, text, lines)
    place = folder / "خبر.ann"
    assert read(folder)[1].problems == [
        f"{place}:1: OCC 4–17 “وزير⏎الخارجية”: has spaces where the text has line breaks; give --repair to read it so",
        f"{place}:2: GPE 17–23 “ دمشق ”: begins or ends with white space; mend it, or give --repair to cut it off",
    ]
    (one,), findings = read(folder, repair=True)
    assert one.annotation.entities == (Span(4, 17, "OCC"), Span(18, 22, "GPE"))
    assert findings.problems == []
    assert len(findings.repaired) == 2


def test_other_words_are_no_repair(tmp_path: Path) -> None:
    folder = corpus(tmp_path, "زار وزير\nالخارجية", "T1\tOCC 4 17\tوزير الداخلية\n")
    (problem,) = read(folder, repair=True)[1].problems
    assert "offsets must be code points" in problem
    folder = corpus(tmp_path, "زار  ", "T1\tOCC 3 5\t  \n")
    (problem,) = read(folder, repair=True)[1].problems
    assert "holds only white space" in problem


def test_files_of_windows_and_half_pairs(tmp_path: Path) -> None:
    """Line ends of the .ann are its own; those of the .txt are counted."""
    folder = corpus(tmp_path, "نفت\r\nمصر", "T1\tGPE 5 8\tمصر\r\nT2\tCLAIM 0 3\tنفت\r\n")
    (folder / "alone.ann").write_text("", encoding="utf-8")
    (folder / "old.txt").write_bytes("مصر".encode("cp1256"))
    (folder / "old.ann").write_text("", encoding="utf-8")
    (one,), findings = read(folder)
    assert one.annotation.entities == (Span(5, 8, "GPE"),)
    assert one.annotation.claims == (Claim(0, 3),)
    assert findings.problems == [
        f"{folder / 'alone.ann'}: there is no alone.txt beside it",
        f"{folder / 'old.txt'}: it or its .ann is not UTF-8 text; convert it",
    ]


def test_offsets_that_count_windows_line_ends_once(tmp_path: Path) -> None:
    """As git or an editor leaves a folder: مصر stands at 5 in the .txt, and was at 4."""
    folder = corpus(tmp_path, "نفت\r\nمصر", "T1\tGPE 4 7\tمصر\r\n")
    _, findings = read(folder)
    assert "has Windows line ends, which the offsets of its .ann count as one character" in findings.problems[0]
    (one,), findings = read(folder, repair=True)
    assert (findings.problems, one.article.text, one.annotation.entities) == ([], "نفت\nمصر", (Span(4, 7, "GPE"),))
    assert "line ends were read as" in findings.repaired[0]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x")
    with pytest.raises(InputError, match="is not a folder"):
        read(tmp_path / "x")
