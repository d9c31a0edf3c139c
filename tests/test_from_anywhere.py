"""Small corpora as people have them, each with the reading that was written down before the reader was looked at."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from mihakk.annotate.placing.offsets import Unit
from mihakk.configs.errors import InputError
from mihakk.export.formats import reader_of
from mihakk.export.formats.corpus import Findings

# A text and its spans: words, label.
Read = list[tuple[str, list[tuple[str, str]]]]


def read(folder: Path, files: dict[str, str | bytes], form: str, **options: Any) -> tuple[Read, Findings]:
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    findings = Findings()
    path = folder / next(iter(files))
    documents = reader_of(form, **options)(path.parent if form == "brat" else path, None, findings)
    return [
        (d.article.text, [(d.article.text[s.start : s.end], s.label) for s in d.annotation.entities]) for d in documents
    ], findings


def lines(*rows: str) -> str:
    return "\n".join(rows) + "\n\n"


def conllu(*rows: tuple[str, str, str]) -> str:
    """Rows of id, form and MISC."""
    return "".join(f"{n}\t{form}\t_\tX\t_\t_\t0\troot\t_\t{misc}\n" for n, form, misc in rows) + "\n"


ARMY, PLACE = ("الجيش السوري", "ORG"), ("دمشق", "GPE")
DECOMPOSED = unicodedata.normalize("NFD", "أحمد")
IOB2: dict[str, tuple[str, Read]] = {
    "label with a hyphen": (
        lines("الجيش B-ORG-GOV", "السوري I-ORG-GOV", "في O"),
        [("الجيش السوري في", [("الجيش السوري", "ORG-GOV")])],
    ),
    "label that ends like a tag": (
        lines("الجيش B-VIT-B", "السوري I-VIT-B", "في O", "دمشق B-GPE"),
        [("الجيش السوري في دمشق", [("الجيش السوري", "VIT-B"), PLACE])],
    ),
    "tabs and spaces mixed": (
        lines("الجيش\tB-ORG", "السوري I-ORG", "دمشق\tB-GPE"),
        [("الجيش السوري دمشق", [ARMY, PLACE])],
    ),
    "a token with a space, behind it a tab": (
        lines("عبد الله\tB-PER", "في\tO", "دمشق\tB-GPE"),
        [("عبد الله في دمشق", [("عبد الله", "PER"), PLACE])],
    ),
    "numbers that count, with one column more only": (
        lines("1 O", "قتلى B-X") + lines("2 O", "جرحى B-X"),
        [("1 قتلى", [("قتلى", "X")]), ("2 جرحى", [("جرحى", "X")])],
    ),
    "an index from 0 under a heading": (
        lines("id\ttoken\ttag", "0\tالجيش\tB-ORG", "1\tالسوري\tI-ORG"),
        [("الجيش السوري", [ARMY])],
    ),
    "letters composed and not": (
        lines(f"{DECOMPOSED} B-PER", "أحمد B-PER"),
        [(f"{DECOMPOSED} أحمد", [(DECOMPOSED, "PER"), ("أحمد", "PER")])],
    ),
    "a separator of lines inside a token": (
        lines("كلمة\u2028أخرى O", "دمشق B-GPE"),
        [("كلمة\u2028أخرى دمشق", [PLACE])],
    ),
    "a space that does not break": (
        lines("10\u00a0000 B-NUM", "قتيل O"),
        [("10\u00a0000 قتيل", [("10\u00a0000", "NUM")])],
    ),
    "a hash is a token": (
        lines("# O", "دمشق B-GPE") + lines("#دمشق B-GPE", "الآن O"),
        [("# دمشق", [PLACE]), ("#دمشق الآن", [("#دمشق", "GPE")])],
    ),
    "blank lines, with spaces too": (
        "\n\nدمشق B-GPE\n\n   \n\n" + "حلب B-GPE",
        [("دمشق", [PLACE]), ("حلب", [("حلب", "GPE")])],
    ),
    "the sentence's own text": (
        lines("# text = الجيش السوري، في دمشق", "الجيش B-ORG", "السوري I-ORG", "، O", "في O", "دمشق B-GPE"),
        [("الجيش السوري، في دمشق", [ARMY, PLACE])],
    ),
    "texts of sentences under -DOCSTART-": (
        lines("-DOCSTART- O", "", "# text = دمشق.", "دمشق B-GPE", ". O")
        + lines("# text = حلب،", "حلب B-GPE", "، O")
        + lines("-DOCSTART- O", "", "حمص B-GPE"),
        [("دمشق.\nحلب،", [PLACE, ("حلب", "GPE")]), ("حمص", [("حمص", "GPE")])],
    ),
    "a text that has other words": (
        lines("# text = زار دمشق", "زار O", "حلب B-GPE"),
        [("زار حلب", [("حلب", "GPE")])],
    ),
    "CoNLL-U: a word in parts, in its own text": (
        "# text = سافر بدمشق.\n"
        + conllu(
            ("1", "سافر", "_"),
            ("2-3", "بدمشق", "SpaceAfter=No"),
            ("2", "ب", "_"),
            ("3", "دمشق", "NER=B-GPE"),
            ("4", ".", "_"),
        ),
        [("سافر بدمشق.", [PLACE])],
    ),
    "CoNLL-U: a node that is no word": (
        "# text = زار دمشق\n" + conllu(("1", "زار", "NER=O"), ("1.1", "هو", "_"), ("2", "دمشق", "NER=B-GPE")),
        [("زار دمشق", [PLACE])],
    ),
    "CoNLL-U: no text, no space after": (
        conllu(("1", "قال", "SpaceAfter=No"), ("2", ":", "_"), ("3", "دمشق", "NER=B-GPE|Gloss=x")),
        [("قال: دمشق", [PLACE])],
    ),
}


@pytest.mark.parametrize("name", IOB2)
def test_columns_are_read_as_they_are_meant(tmp_path: Path, name: str) -> None:
    content, right = IOB2[name]
    found, findings = read(tmp_path, {"x.txt": content}, "iob2")
    assert (found, findings.problems) == (right, [])


def test_words_in_parts_and_texts_that_do_not_fit_are_counted(tmp_path: Path) -> None:
    # «للبلد» is ل and ال and بلد in parts, which do not stand side by side in it; so the text is put together.
    parts = conllu(("1-2", "للبلد", "_"), ("1", "ل", "_"), ("2", "البلد", "NER=B-GPE"))
    found, findings = read(tmp_path, {"x.txt": "# text = للبلد\n" + parts}, "iob2")
    assert found == [("ل البلد", [("البلد", "GPE")])]
    said = "\n".join(findings.notes)
    assert "1 sentence has other words in `# text` than tokens" in said
    assert "1 word that CoNLL-U splits into parts: the text has the parts" in said


def test_lines_that_end_with_a_carriage_return_alone_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="its lines end with a carriage return alone"):
        read(tmp_path, {"x.txt": "الجيش B-ORG\rدمشق B-GPE\r"}, "iob2")


def test_brat_words_in_another_unicode_form(tmp_path: Path) -> None:
    # The .txt has أ as two characters, five in all; the .ann has the name in four.
    files: dict[str, str | bytes] = {"c/a.txt": f"{DECOMPOSED} هنا", "c/a.ann": "T1\tPER 0 5\tأحمد\n"}
    _, findings = read(tmp_path, files, "brat")
    assert "differ only in their Unicode form (NFC or NFD): give --repair to read it so" in findings.problems[0]
    found, findings = read(tmp_path, files, "brat", repair=True)
    assert (found, len(findings.repaired)) == ([(f"{DECOMPOSED} هنا", [(DECOMPOSED, "PER")])], 1)


def jsonl(text: str, spans: Sequence[tuple[int, int]], name: str = "a") -> str:
    entities = [{"start": start, "end": end, "label": "GPE"} for start, end in spans]
    return json.dumps({"id": name, "text": text, "entities": entities}) + "\n"


def test_offsets_in_bytes_are_noticed_and_can_be_read(tmp_path: Path) -> None:
    # Arabic letters have two bytes, an emoji four: «دمشق» stands at bytes 0-8, and behind space, emoji, space at 14-22.
    text = "دمشق 😀 دمشق في كلام طويل جدا"
    places = [(len(text[:at].encode()), len(text[: at + 4].encode())) for at in (0, 7)]
    assert places == [(0, 8), (14, 22)]
    _, findings = read(tmp_path, {"x.jsonl": jsonl(text, places)}, "jsonl")
    assert "WARNING: the offsets are bytes" in findings.notes[0]
    found, findings = read(tmp_path, {"x.jsonl": jsonl(text, places)}, "jsonl", offsets=Unit.BYTES)
    assert (found, findings.notes) == ([(text, [PLACE, PLACE])], [])
    # The other way round: code points that are said to be bytes, which a file of them shows.
    _, findings = read(tmp_path, {"x.jsonl": jsonl(text, [(0, 4), (7, 11)])}, "jsonl", offsets=Unit.BYTES)
    assert "code points" in "".join((*findings.problems, *findings.notes))


def test_offsets_in_utf16_over_the_lines_of_a_file(tmp_path: Path) -> None:
    # An emoji is two units: «دمشق» stands at 3 in code points, at 4 in units.
    text = "😀، دمشق اليوم"
    content = "".join(jsonl(text, [(4, 8)], f"a{n}") for n in range(3))
    _, findings = read(tmp_path, {"x.jsonl": content}, "jsonl")
    assert "WARNING: the offsets are UTF-16 units" in findings.notes[0]


def test_datasets_with_class_labels_are_read_by_name(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    strings, tags = datasets.Value("string"), datasets.ClassLabel(names=["O", "B-PER", "I-PER"])
    features = {"id": strings, "tokens": datasets.List(strings), "ner_tags": datasets.List(tags)}
    rows = {"id": ["a"], "tokens": [["زار", "محمد", "علي"]], "ner_tags": [[0, 1, 2]]}
    made = datasets.Dataset.from_dict(rows, features=datasets.Features(features))
    made.to_parquet(tmp_path / "ner.parquet")
    content = (tmp_path / "ner.parquet").read_bytes()
    found, findings = read(tmp_path, {"ner.parquet": content}, "jsonl")
    assert (found, findings.problems) == ([("زار محمد علي", [("محمد علي", "PER")])], [])
    made.save_to_disk(tmp_path / "disk")
    with pytest.raises(InputError, match="was written by `save_to_disk`"):
        list(reader_of("jsonl")(tmp_path / "disk", None, Findings()))
    stances = datasets.ClassLabel(names=["أيد", "عارض"])
    features = {"text": strings, "claim": strings, "stance": stances}
    rows = {"text": ["نص أول", "نص ثان"], "claim": ["ادعاء"] * 2, "stance": [0, 1]}
    datasets.Dataset.from_dict(rows, features=datasets.Features(features)).to_parquet(tmp_path / "st.parquet")
    documents = list(reader_of("stance")(tmp_path / "st.parquet", None, Findings()))
    assert [list(d.annotation.stances.values()) for d in documents] == [["أيد"], ["عارض"]]
