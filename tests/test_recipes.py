"""The recipes of docs/extractors.md, with stand-ins for the libraries that answer in the forms that these document."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from json_service import running
from marked import gold, gold_document
from mihakk.eval.running.in_memory import predictions

DOCS = Path(__file__).parents[1] / "docs" / "extractors.md"
RECIPES = dict(re.findall(r"```python\n# (recipe_\w+)\.py\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL))
TEXT = "زار وائل 👩\u200d🚀 دمشق"  # وائل 4–8, دمشق 13–17
GOLD = gold([gold_document("t", "[دمشق|GPE] [وائل|PERS]")], test=[gold_document("a", TEXT)])
FOUND = [(4, 8, "PERS"), (13, 17, "GPE")]


class Gliner:
    @classmethod
    def from_pretrained(cls, name: str) -> Gliner:
        assert name == "urchade/gliner_multi-v2.1"
        return cls()

    def predict_entities(self, text: str, labels: list[str], threshold: float) -> list[dict[str, Any]]:
        assert (labels, threshold) == (["GPE", "PERS"], 0.5)
        return [{"start": s, "end": e, "text": text[s:e], "label": label, "score": 0.9} for s, e, label in FOUND]


def stanza_pipeline(language: str, processors: str) -> Any:
    assert language == "ar"

    def entity(start: int, end: int, label: str) -> Any:
        said = {"text": TEXT[start:end], "type": label, "start_char": start, "end_char": end}
        return SimpleNamespace(to_dict=lambda: said)

    return lambda text: SimpleNamespace(ents=[entity(*span) for span in FOUND])


class Recognizer:
    @classmethod
    def pretrained(cls) -> Recognizer:
        return cls()

    def predict_sentence(self, tokens: list[str]) -> list[str]:
        return [{"وائل": "B-PERS", "دمشق": "B-GPE"}.get(token, "O") for token in tokens]


class Tagger:
    @classmethod
    def load(cls, name: str) -> Tagger:
        return cls()

    def predict(self, sentence: Any) -> None:
        sentence.is_predicted = True


class Sentence:
    def __init__(self, text: str) -> None:
        self.text = text

    def to_dict(self, tag_type: str) -> dict[str, Any]:
        assert self.is_predicted
        entities = [
            {"text": self.text[s:e], "start_pos": s, "end_pos": e, "labels": [{"value": label, "confidence": 0.9}]}
            for s, e, label in FOUND
        ]
        return {"text": self.text, "entities": entities}


def sina(text: str, ner_method: str) -> list[dict[str, str]]:
    assert ner_method == "nested"
    return [{"token": token, "tags": {"وائل": "B-PERS", "دمشق": "B-GPE"}.get(token, "O")} for token in text.split()]


@dataclass
class Interval:
    start_pos: int
    end_pos: int


@dataclass
class Extraction:
    extraction_class: str
    extraction_text: str
    char_interval: Interval | None = None
    attributes: dict[str, str] | None = None


def langextract(text_or_documents: str, examples: list[Any], **more: Any) -> Any:
    assert [(e.extraction_class, e.extraction_text) for e in examples[0].extractions] == [
        ("GPE", "دمشق"),
        ("PERS", "وائل"),
    ]
    assert more.keys() == {"prompt_description", "model_id"}
    return SimpleNamespace(extractions=[Extraction(x, TEXT[s:e], Interval(s, e)) for s, e, x in FOUND])


LIBRARIES: dict[str, dict[str, dict[str, Any]]] = {
    "recipe_gliner": {"gliner": {"GLiNER": Gliner}},
    "recipe_stanza": {"stanza": {"Pipeline": stanza_pipeline}},
    "recipe_camel": {
        "camel_tools": {},
        "camel_tools.ner": {"NERecognizer": Recognizer},
        "camel_tools.tokenizers": {},
        "camel_tools.tokenizers.word": {"simple_word_tokenize": str.split},
    },
    "recipe_sina": {
        "sinatools": {},
        "sinatools.ner": {},
        "sinatools.ner.entity_extractor": {"extract": sina},
    },
    "recipe_langextract": {
        "langextract": {
            "extract": langextract,
            "data": SimpleNamespace(ExampleData=SimpleNamespace, Extraction=Extraction),
        }
    },
    "recipe_flair": {
        "flair": {},
        "flair.data": {"Sentence": Sentence},
        "flair.models": {"SequenceTagger": Tagger},
    },
    "recipe_inputs": {},
}


@pytest.fixture
def folder(written_modules: Path) -> Iterator[Path]:
    yield written_modules
    for name in RECIPES:
        sys.modules.pop(name, None)


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_gives_the_spans_of_its_library(folder: Path, monkeypatch: pytest.MonkeyPatch, recipe: str) -> None:
    for name, content in LIBRARIES[recipe].items():
        module = ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
    (folder / f"{recipe}.py").write_text(RECIPES[recipe], encoding="utf-8")
    with running() as service:
        # The containers of Hugging Face answer as its pipelines do; offsets there are code points.
        answer = [{"entity_group": x, "start": s, "end": e, "word": TEXT[s:e], "score": 0.9} for s, e, x in FOUND]
        service.script = [(200, {}, answer)]
        monkeypatch.setenv("INPUTS_URL", service.url)
        (row,) = predictions(GOLD, GOLD.split("test"), f"{recipe}:extract")
        assert [(e["start"], e["end"], e["label"]) for e in row["entities"]] == FOUND
        assert [body for _, body in service.seen] == ([{"inputs": TEXT}] if recipe == "recipe_inputs" else [])
    assert json.dumps(row)


def test_every_recipe_has_a_stand_in() -> None:
    assert RECIPES.keys() == LIBRARIES.keys()
