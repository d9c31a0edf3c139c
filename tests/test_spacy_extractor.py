"""spaCy pipelines as extractors: a blank Arabic one with rules, written to a folder, as a team would keep its own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import spacy
from marked import gold, gold_document
from mihakk.configs.errors import InputError
from mihakk.eval.adapters.spec import open_extractor
from mihakk.eval.running.extractor import CallError

GOLD = gold((), test=[gold_document("a", "نص")])
TEXT = "زار وائل 👩\u200d🚀 دمشق"  # وائل 4–8, an emoji of three code points 9–12, دمشق 13–17


@pytest.fixture
def pipeline(tmp_path: Path) -> Path:
    made: Any = spacy.blank("ar")
    rules = [{"label": "PERS", "pattern": "وائل"}, {"label": "GPE", "pattern": "دمشق"}]
    made.add_pipe("entity_ruler").add_patterns(rules)
    made.add_pipe("span_ruler").add_patterns([{"label": "LOC", "pattern": "دمشق"}])
    made.to_disk(tmp_path / "pipeline")
    return tmp_path / "pipeline"


def entities(extractor: Any, *texts: str) -> list[list[tuple[int, int, str]]]:
    answers = extractor.extract([{"id": str(n), "text": text} for n, text in enumerate(texts)])
    return [[(e["start"], e["end"], e["label"]) for e in answer["entities"]] for answer in answers]


def test_the_entities_of_a_folder_are_code_points_of_the_text(pipeline: Path) -> None:
    extractor = open_extractor(f"spacy:{pipeline}", {"batch": "3"}, GOLD).extractor
    found = [(4, 8, "PERS"), (13, 17, "GPE")]
    assert entities(extractor, TEXT, "نص", TEXT) == [found, [], found]


def test_spans_under_a_key_are_taken_if_it_is_named(pipeline: Path) -> None:
    extractor = open_extractor(f"spacy:{pipeline}", {"spans_key": "ruler"}, GOLD).extractor
    assert entities(extractor, TEXT) == [[(13, 17, "LOC")]]
    wrong = open_extractor(f"spacy:{pipeline}", {"spans_key": "sc"}, GOLD).extractor
    with pytest.raises(CallError, match="the pipeline's spans are under ruler"):
        wrong.extract([{"id": "a", "text": TEXT}])


def test_another_pipeline_is_another_run(pipeline: Path) -> None:
    first = open_extractor(f"spacy:{pipeline}", {}, GOLD).extractor.identity()
    again: Any = spacy.load(pipeline)
    again.remove_pipe("span_ruler")
    again.to_disk(pipeline)
    assert open_extractor(f"spacy:{pipeline}", {}, GOLD).extractor.identity() != first


def test_code_in_a_folder_is_not_run(pipeline: Path) -> None:
    (pipeline / "__init__.py").write_text("raise SystemExit('ran')")
    (pipeline / "code.py").write_text("raise SystemExit('ran')")
    assert entities(open_extractor(f"spacy:{pipeline}", {}, GOLD).extractor, TEXT)


def test_a_pipeline_that_is_not_there_and_spacy_that_is_not_installed_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r"extractor spacy:ar_nowhere: cannot be loaded \(.*E050"):
        open_extractor("spacy:ar_nowhere", {}, GOLD)
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(InputError, match=r"\.venv/bin/pip install -e '\.\[spacy\]'"):
        open_extractor("spacy:ar_nowhere", {}, GOLD)


def test_a_folder_whose_patterns_were_edited_is_told(tmp_path: Path) -> None:
    pipeline = spacy.blank("ar")
    pipeline.add_pipe("entity_ruler").add_patterns([{"label": "GPE", "pattern": "دمشق"}])  # pyright: ignore
    pipeline.to_disk(tmp_path)
    (tmp_path / "entity_ruler" / "patterns.jsonl").write_text('{"label": [], "pattern": "دمشق"}\n', encoding="utf-8")
    with pytest.raises(InputError, match="cannot be loaded"):
        open_extractor(f"spacy:{tmp_path}", {}, gold((), test=[]))
