"""The recipe of docs/training.md, as it stands there: each word's tag on its first piece, and nothing cut off unseen."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import mihakk
import pytest

ROOT = Path(__file__).resolve().parents[1]


class Pieces(dict[str, Any]):
    """What a fast tokenizer of Transformers returns."""

    def __init__(self, words: list[list[int | None]]) -> None:
        super().__init__(input_ids=[[0 if word is None else word + 1 for word in own] for own in words])
        self._words = words

    def word_ids(self, n: int) -> list[int | None]:
        return self._words[n]


def tokenizer(rows: list[list[str]], *, is_split_into_words: bool, truncation: bool, max_length: int) -> Pieces:
    """Pieces of three letters, between two special ones; cut off at `max_length`."""
    assert is_split_into_words
    assert truncation
    found: list[list[int | None]] = []
    for row in rows:
        pieces = [n for n, word in enumerate(row) for _ in range(0, len(word), 3)]
        found.append([None, *pieces[: max_length - 2], None])
    return Pieces(found)


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """What the recipe defines, run on the sample."""
    folder = tmp_path_factory.mktemp("training")
    gold = mihakk.make_gold(ROOT / "annotate" / "sample" / "export.json")
    mihakk.write_gold(gold, folder / "gold", window=200)
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "training.md").read_text(encoding="utf-8"), re.DOTALL)
    defined: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for block in blocks:
            exec(block, defined)
    return defined


def test_it_is_ten_lines() -> None:
    first = (ROOT / "docs" / "training.md").read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    code = [line for line in first.splitlines() if line.strip() and not line.startswith(("from", "import"))]
    assert len(code) <= 10


def test_the_first_piece_of_each_word_has_its_tag(recipe: Mapping[str, Any]) -> None:
    coded: Callable[..., Any] = recipe["coded"]
    # ذهب 1 piece, بسيارته 3, إلى 1, دمشق 2: with the special ones nine.
    batch = {"tokens": [["ذهب", "بسيارته", "إلى", "دمشق"]], "entity_tags": [[0, 0, 0, 7]]}
    assert coded(batch, tokenizer)["labels"] == [[-100, 0, 0, -100, -100, 0, 7, -100, -100]]


def test_words_that_were_cut_off_are_told(recipe: Mapping[str, Any]) -> None:
    batch = {"tokens": [["كلمة"] * 300], "entity_tags": [[0] * 300]}  # 600 pieces
    with pytest.raises(AssertionError, match="smaller --window"):
        recipe["coded"](batch, tokenizer)


def test_all_rows_of_the_sample_fit_into_512_pieces(recipe: Mapping[str, Any]) -> None:
    for split in recipe["rows"].values():
        coded = split.map(recipe["coded"], batched=True, fn_kwargs={"tokenizer": tokenizer}, load_from_cache_file=False)
        for row in coded:
            tagged = [label for label in row["labels"] if label != -100]
            assert tagged == row["entity_tags"]
            assert len(row["labels"]) == len(row["input_ids"]) <= 512


def test_windows_put_together_are_scored_as_the_article(recipe: Mapping[str, Any]) -> None:
    """The gold's own tags score 1; one tag changed in the second window of an article costs one span."""
    micro = recipe["scores"].tasks["entities"]["strict"].micro
    assert (micro.f1, micro.counts.mis, micro.counts.spu) == (1.0, 0, 0)
    assert micro.counts.gold > 20
