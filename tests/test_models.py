"""Token classifiers of Transformers as extractors: a tiny one with random weights, made here. `make models` runs this.

Torch is large, so CI does without; where it is not installed, these tests say that they were skipped.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from marked import gold, gold_document
from mihakk.configs.errors import InputError
from mihakk.eval.adapters.spec import open_extractor
from mihakk.eval.running.values import json_value

GOLD = gold((), test=[gold_document("a", "نص")])
WINDOW = 16
WORDS = ["زار", "وائل", "دمشق", "ب", "قال", ".", "##دمشق"]


def test_without_transformers_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(InputError, match=r"\.venv/bin/pip install -e '\.\[hf\]'"):
        open_extractor("hf:x", {}, GOLD)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of two layers that calls every piece B-GPE: its last layer's bias says so."""
    torch: Any = pytest.importorskip("torch")
    transformers: Any = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("model")
    (folder / "vocab.txt").write_text(
        "\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]), encoding="utf-8"
    )
    tokenizer = transformers.BertTokenizerFast(str(folder / "vocab.txt"), do_lower_case=False, model_max_length=WINDOW)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(13)
    config = transformers.BertConfig(
        vocab_size=len(WORDS) + 5,
        hidden_size=8,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=WINDOW,
        id2label={0: "O", 1: "B-GPE", 2: "I-GPE"},
        label2id={"O": 0, "B-GPE": 1, "I-GPE": 2},
    )
    made = transformers.BertForTokenClassification(config)
    with torch.no_grad():
        made.classifier.bias[:] = torch.tensor([0.0, 100.0, 0.0])
    made.save_pretrained(folder, safe_serialization=True)
    return folder


def test_a_text_longer_than_the_window_is_read_to_its_last_character(model: Path) -> None:
    text = " ".join(["زار وائل دمشق ."] * 40) + " دمشق"
    extractor = open_extractor(f"hf:{model}", {}, GOLD).extractor
    (answer,) = extractor.extract([{"id": "a", "text": text}])
    spans = json_value(answer)["entities"]
    assert json.dumps(spans), "NumPy's numbers are gone"
    assert {span["label"] for span in spans} == {"GPE"}
    covered = sorted((span["start"], span["end"]) for span in spans)
    assert covered[0][0] == 0
    assert covered[-1][1] == len(text)
    missing = set(range(len(text))) - {at for start, end in covered for at in range(start, end)}
    assert all(text[at] == " " for at in missing)


def test_offsets_after_an_emoji_are_code_points(model: Path) -> None:
    extractor = open_extractor(f"hf:{model}", {"batch": "2"}, GOLD).extractor
    answers = extractor.extract([{"id": "a", "text": "👩\u200d🚀 دمشق"}, {"id": "b", "text": "دمشق"}])
    # The emoji has three code points, then a space: 4–8.
    assert [json_value(answer)["entities"][-1]["end"] for answer in answers] == [8, 4]
    assert [json_value(answer)["entities"][-1]["start"] for answer in answers][1] == 0


def test_the_same_weights_are_the_same_run_and_others_are_not(model: Path, tmp_path: Path) -> None:
    import shutil

    torch: Any = pytest.importorskip("torch")
    transformers: Any = pytest.importorskip("transformers")
    first = open_extractor(f"hf:{model}", {}, GOLD).extractor.identity()
    assert open_extractor(f"hf:{model}", {}, GOLD).extractor.identity() == first
    shutil.copytree(model, tmp_path / "other")
    other = transformers.BertForTokenClassification.from_pretrained(tmp_path / "other")
    with torch.no_grad():
        other.classifier.bias[:] = torch.tensor([100.0, 0.0, 0.0])
    other.save_pretrained(tmp_path / "other", safe_serialization=True)
    extractor = open_extractor(f"hf:{tmp_path / 'other'}", {}, GOLD).extractor
    assert extractor.identity() != first
    assert extractor.extract([{"id": "a", "text": "دمشق"}]) == [{"entities": []}]


def test_weights_that_are_a_pickle_are_not_read(model: Path, tmp_path: Path) -> None:
    import shutil

    torch: Any = pytest.importorskip("torch")
    shutil.copytree(model, tmp_path / "pickled")
    (tmp_path / "pickled" / "model.safetensors").unlink()
    torch.save({}, tmp_path / "pickled" / "pytorch_model.bin")
    with pytest.raises(InputError, match=r"cannot be loaded .*safetensors"):
        open_extractor(f"hf:{tmp_path / 'pickled'}", {}, GOLD)


def test_code_of_a_model_is_not_run(model: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(model, tmp_path / "coded")
    config = json.loads((tmp_path / "coded" / "config.json").read_text())
    config |= {
        "model_type": "own",
        "auto_map": {"AutoConfig": "own.Config", "AutoModelForTokenClassification": "own.Model"},
    }
    (tmp_path / "coded" / "config.json").write_text(json.dumps(config))
    (tmp_path / "coded" / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(InputError, match="cannot be loaded"):
        open_extractor(f"hf:{tmp_path / 'coded'}", {}, GOLD)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"aggregation": "none at all"}, "aggregation"), ({"window": "x"}, "--set window=x: must be a whole number")],
)
def test_a_wrong_setting_is_told(model: Path, settings: dict[str, str], said: str) -> None:
    with pytest.raises(InputError) as error:
        open_extractor(f"hf:{model}", settings, GOLD)
    assert said in str(error.value)
