"""The dataset card: what the Hub and `datasets` read of it, and what people do."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from marked import SCHEME, gold_document
from mihakk.annotate.document import Article
from mihakk.eval.gold.records import CREATORS, Gold, OwnersWord, Provenance
from mihakk.export.card import size_category
from mihakk.export.dataset import write_gold
from mihakk.export.report import gold_summary

# Read when `datasets` is first imported, which no test does before it runs.
os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}

FULL = gold_document(
    "full",
    "قال [نصر|PERS] إن [[دمشق|GPE] بعيدة|CLAIM:deny]",
    {"c1": "disagree"},
    event_id="e1",
    outlet="وكالة|أولى <b>",
)
EMPTY = gold_document("empty", "لا شيء")


def card(tmp_path: Path, **fields: Any) -> Any:
    """The card of a gold set of two documents, as huggingface_hub reads it."""
    from huggingface_hub import DatasetCard

    made = Gold("تجربة", "1.0", SCHEME, {"train": [FULL], "validation": [], "test": [EMPTY]})
    made = replace(made, **fields)
    (tmp_path / "gold").mkdir()
    write_gold(made, tmp_path / "gold")
    return DatasetCard.load(tmp_path / "gold" / "README.md")


def head(tmp_path: Path, **fields: Any) -> dict[str, Any]:
    return card(tmp_path, **fields).data.to_dict()


def test_the_head_is_what_the_hub_knows(tmp_path: Path) -> None:
    from huggingface_hub import DatasetCardData

    made = head(tmp_path, provenance=Provenance(owner=OwnersWord(("machine-generated",), None, "cc-by-4.0")))
    known = {key: made[key] for key in made.keys() - {"configs", "dataset_info"}}
    assert known == {
        "pretty_name": "تجربة",
        "language": "ar",
        "license": "cc-by-4.0",
        "annotations_creators": ["machine-generated"],
        "multilinguality": "monolingual",
        "size_categories": "n<1K",
        "task_categories": ["token-classification", "text-classification"],
        "task_ids": ["named-entity-recognition"],
        "tags": ["arabic", "news", "claims", "stance", "mihakk"],
    }
    # Each word is one of those that huggingface_hub documents.
    told = DatasetCardData.__doc__ or ""
    for word in ("machine-generated", "monolingual", "n<1K"):
        assert f"'{word}'" in told
    # Through the library's own classes and back, nothing is lost.
    assert DatasetCardData(**made).to_dict() == made


def test_what_only_the_owner_can_say_is_not_made_up(tmp_path: Path) -> None:
    made = card(tmp_path)
    assert made.data.to_dict()["license"] == "unknown"
    assert "annotations_creators" not in made.data.to_dict()
    assert "**To be filled in by the owner.**" in made.text
    assert "- No licence has been given.\n" in made.text
    assert "The owner has not said whether they are people." in made.text


def test_what_the_owner_says_is_in_it(tmp_path: Path) -> None:
    made = card(
        tmp_path,
        provenance=Provenance(owner=OwnersWord(("expert-generated",), "محررتان من الجريدة.", "cc-by-4.0")),
    )
    assert "## Licence\n\ncc-by-4.0\n" in made.text
    assert "- 0 annotators (expert-generated)." in made.text
    assert "- محررتان من الجريدة.\n" in made.text
    assert "filled in" not in made.text
    assert "The owner has not said" not in made.text


@pytest.mark.parametrize(
    ("documents", "category"),
    [
        (0, "n<1K"),
        (999, "n<1K"),
        (1000, "1K<n<10K"),
        (9999, "1K<n<10K"),
        (10_000, "10K<n<100K"),
        (250_000, "100K<n<1M"),
    ],
)
def test_size_categories_are_the_hubs(documents: int, category: str) -> None:
    assert size_category(documents) == category


def test_the_words_for_sizes_and_annotators_are_those_that_huggingface_hub_documents() -> None:
    from huggingface_hub import DatasetCardData

    told = DatasetCardData.__doc__ or ""
    for word in {size_category(10**n) for n in range(10)} | set(CREATORS):
        assert f"'{word}'" in told


def test_labels_are_counted_by_split_and_an_outlet_breaks_no_table(tmp_path: Path) -> None:
    lines = card(tmp_path).text.splitlines()
    for line in (
        "| entity | train | validation | test |",
        "| GPE | 1 | 0 | 0 |",
        "| PERS | 1 | 0 | 0 |",
        "| deny | 1 | 0 | 0 |",
        "| disagree | 1 | 0 | 0 |",
        "| وكالة\\|أولى &lt;b> | 1 | 0 | 0 |",
    ):
        assert line in lines


def test_of_many_outlets_the_most_frequent_are_shown_and_the_others_counted(tmp_path: Path) -> None:
    # 25 outlets with one document each; twenty are shown.
    rows = [gold_document(f"d{n}", f"نص {n}", outlet=f"وكالة{n:02}") for n in range(25)]
    text = card(tmp_path, splits={"train": rows, "validation": [], "test": []}).text
    assert text.count("| وكالة") == 20
    assert "| 5 more |" in text


def test_how_the_gold_came_about(tmp_path: Path) -> None:
    rows = [
        replace(FULL, annotators=("a", "b")),
        replace(FULL, article=Article("two", "نص ثان"), annotators=("a",), preannotated_by="نموذج@1"),
        replace(FULL, article=Article("three", "نص ثالث"), annotators=("b", "c")),
    ]
    text = card(
        tmp_path,
        splits={"train": rows, "validation": [], "test": []},
        provenance=Provenance(
            agreement={"entities": 0.875, "claims": None},
            near_copies=(("full", "two"), ("three", "x", "y")),
            notes=("test has no GPE (entities)",),
            guidelines={"ar": "0123456789abcdef", "en": "fedcba9876543210"},
        ),
    ).text
    assert "- 3 annotators. Documents by number of annotators: 1 by 1, 2 by 2.\n" in text
    assert "over all pairs of annotators (strict F1): entities 0.875.\n" in text
    assert "- Annotators saw a model's suggestions in 1 of 3 documents: نموذج@1 in 1.\n" in text
    assert "5 documents are near-copies of one another, in 2 sets" in text
    assert "- 1 document has only one annotator, so" in text
    assert "- test has no GPE (entities).\n" in text
    assert "Guidelines: the scheme's guidelines" in text
    assert "(SHA-256 ar `0123456789ab`, en `fedcba987654`)" in text


def test_no_suggestions_and_no_copies_are_said_as_well(tmp_path: Path) -> None:
    text = card(tmp_path).text
    assert "No two documents are near-copies" in text
    assert "- No model's suggestions were in the tasks.\n" in text


def test_datasets_opens_every_config_with_its_types(tmp_path: Path) -> None:
    import datasets

    made = head(tmp_path)
    folder = str(tmp_path / "gold")
    assert {info["config_name"] for info in made["dataset_info"]} == {"documents", "tokens", "stance"}
    for info in made["dataset_info"]:
        data = datasets.load_dataset(folder, info["config_name"], cache_dir=str(tmp_path / "cache"))
        assert [feature["name"] for feature in info["features"]] == list(data["train"].features)
    # Where a card lists features, `datasets` takes them; without the card they are those of the files.
    bare = datasets.load_dataset(
        "parquet", data_files=f"{folder}/documents/train-*.parquet", cache_dir=str(tmp_path / "cache")
    )
    documents = datasets.load_dataset(folder, cache_dir=str(tmp_path / "cache"))
    assert documents["train"].features == bare["train"].features
    assert documents["train"].features["entities"].feature["label"].names == list(SCHEME.entities)


# --- what the command says ---


def test_the_summary_names_ten_sets_of_near_copies_and_all_warnings() -> None:
    sets = tuple((f"a{n}", f"b{n}") for n in range(12))
    splits = {"train": [FULL], "validation": [], "test": [EMPTY]}
    made = Gold("x", "1.0", SCHEME, splits, (), Provenance(near_copies=sets, notes=("test has no GPE (entities)",)))
    lines = gold_summary(made, Path("gold")).splitlines()
    assert "  warning: test has no GPE (entities)" in lines
    assert [line for line in lines if "near-cop" in line] == [
        *(f"  near-copies, kept in one split: a{n}, b{n}" for n in range(10)),
        "  2 more sets of near-copies, listed in gold.json",
    ]
