"""Windows of tokens for training: cut at sentence ends, through no span, with nothing lost."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mihakk
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mihakk.annotate.arabic import token_edges
from mihakk.annotate.document import Span
from mihakk.export.windows import windows

if TYPE_CHECKING:
    from conftest import Here


def cut(text: str, most: int, *spans: Span) -> list[str]:
    starts, ends = token_edges(text, [edge for span in spans for edge in (span.start, span.end)])
    return [text[starts[a] : ends[b - 1]] for a, b in windows(text, starts, ends, spans, most)]


@pytest.mark.parametrize(
    ("text", "most", "expected"),
    [
        ("زار دمشق.", 9, ["زار دمشق."]),
        ("زار دمشق. ثم عاد.", 4, ["زار دمشق.", "ثم عاد."]),
        ("زار دمشق. ثم عاد.", 5, ["زار دمشق.", "ثم عاد."]),  # 5 tokens would cut “ثم عاد.”
        ("قال: «زار دمشق.» ثم عاد", 7, ["قال: «زار دمشق.»", "ثم عاد"]),  # closing marks stay with their sentence
        ("قال: «زار دمشق.» ثم عاد", 6, ["قال: «زار دمشق.", "» ثم عاد"]),  # no sentence ends in six tokens
        ("عنوان الخبر\n\nزار دمشق", 3, ["عنوان الخبر", "زار دمشق"]),
        ("هل زار؟ نعم! زار…", 3, ["هل زار؟", "نعم!", "زار…"]),
        ("بلغ 3.5 مليون وعاد إلى بيته", 3, ["بلغ 3.5 مليون", "وعاد إلى بيته"]),  # no end in a number
        ("", 3, [""]),
    ],
)
def test_windows_end_where_sentences_do(text: str, most: int, expected: list[str]) -> None:
    if not text:
        assert list(windows("", [], [], (), most)) == [(0, 0)]
        return
    assert cut(text, most) == expected


def test_no_span_is_cut() -> None:
    text, name = "وصل د. سامي الدروبي إلى حلب", "د. سامي الدروبي"
    at = text.index(name)
    # Three tokens end in the name, whose four are more than three: it is a window of its own.
    assert cut(text, 3, Span(at, at + len(name), "PERS")) == ["وصل", name, "إلى حلب"]
    assert cut(text, 3) == ["وصل د.", "سامي الدروبي إلى", "حلب"]


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, list[Span], int]:
    words = draw(
        st.lists(st.sampled_from(["دمشق", "زار", ".", "؟", "»", "و", "3.5", "\n\n", "👩‍🚀"]), min_size=1, max_size=40)
    )
    text = " ".join(words).strip() or "زار"
    spans = []
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(0, len(text) - 1))
        end = draw(st.integers(start + 1, min(len(text), start + 25)))
        piece = text[start:end]
        if piece.strip():
            start += len(piece) - len(piece.lstrip())
            spans.append(Span(start, start + len(piece.strip()), "GPE"))
    return text, spans, draw(st.integers(1, 12))


@given(cases())
def test_windows_have_every_token_once_and_every_span_whole(case: tuple[str, list[Span], int]) -> None:
    text, spans, most = case
    starts, ends = token_edges(text, [edge for span in spans for edge in (span.start, span.end)])
    found = list(windows(text, starts, ends, spans, most))
    assert found[0][0] == 0
    assert found[-1][1] == len(starts)
    assert all(a[1] == b[0] for a, b in pairwise(found))
    for first, end in found:
        assert first < end
        own = [span for span in spans if starts[first] <= span.start < ends[end - 1]]
        assert all(span.end <= ends[end - 1] for span in own)
        if end - first > most:
            # No shorter window is possible: each cut would go through a span.
            assert all(
                any(span.start < starts[n] < span.end for span in spans) for n in range(first + 1, first + most + 1)
            )


# --- in a gold set


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    sample = Path(mihakk.__file__).parent / "annotate" / "sample" / "export.json"
    (tmp_path / "export.json").write_bytes(sample.read_bytes())
    return tmp_path


def rows(folder: Path) -> list[dict[str, Any]]:
    import pyarrow.parquet as pq

    return [row for file in sorted((folder / "tokens").glob("*.parquet")) for row in pq.read_table(file).to_pylist()]


def test_the_rows_of_windows_are_the_rows_of_articles_in_pieces(folder: Path, here: Here) -> None:
    assert here("export dataset export.json -o whole")[0] == 0
    assert here("export dataset export.json -o gold --window 60")[0] == 0
    whole = {row["id"]: row for row in rows(folder / "whole")}
    pieces: dict[str, list[dict[str, Any]]] = {}
    for row in rows(folder / "gold"):
        pieces.setdefault(row["id"], []).append(row)
    gold = mihakk.read_gold(folder / "gold").documents()
    longest = max(len(row["tokens"]) for row in whole.values())
    assert longest > 60
    for name, row in whole.items():
        own = pieces[name]
        assert [piece["window"] for piece in own] == list(range(len(own)))
        for column in ("tokens", "starts", "ends", "entity_tags", "claim_tags"):
            assert [each for piece in own for each in piece[column]] == row[column]
        assert sorted(map(str, (s for piece in own for s in piece["untagged"]))) == sorted(map(str, row["untagged"]))
        text = gold[name].article.text
        for piece in own:
            assert len(piece["tokens"]) <= 60
            assert [text[a:b] for a, b in zip(piece["starts"], piece["ends"], strict=True)] == piece["tokens"]
            # A window begins with no I tag: nothing is cut. Tags are O, B, I, B, I …
            assert piece["entity_tags"][0] == 0 or piece["entity_tags"][0] % 2 == 1
            assert piece["claim_tags"][0] in (0, 1)
    header = json.loads((folder / "gold" / "gold.json").read_text(encoding="utf-8"))
    assert header["window"] == 60
    assert "at most 60 tokens" in (folder / "gold" / "README.md").read_text(encoding="utf-8")
    # The gold is the same: the same hash, the same scores.
    assert header["content_hash"] == json.loads((folder / "whole" / "gold.json").read_text())["content_hash"]


def test_run_ner_finds_tokens_and_tags_without_options(folder: Path, here: Here) -> None:
    """run_ner.py takes the column `tokens`, and `ner_tags` or else the second column, whose feature must be ClassLabels."""
    from datasets import load_dataset

    assert here("export dataset export.json -o gold --window 128")[0] == 0
    loaded: Any = load_dataset(str(folder / "gold"), "tokens", cache_dir=str(folder / "cache"))
    names = loaded["train"].column_names
    text_column = "tokens" if "tokens" in names else names[0]
    label_column = "ner_tags" if "ner_tags" in names else names[1]
    features = loaded["train"].features
    assert (text_column, label_column) == ("tokens", "entity_tags")
    assert features[label_column].feature.names[0] == "O"
    for row in loaded["train"]:
        assert len(row[text_column]) == len(row[label_column])
