"""Kinds of extractors that other packages bring, as such a package is installed: modules, and a folder of metadata."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from marked import gold, gold_document
from mihakk.configs.errors import InputError
from mihakk.eval.adapters.spec import kind_of, open_extractor

GOLD = gold((), test=[gold_document("a", "نص")])
CODE = """
def make(rest, threshold: float = 0.5, **settings):
    return lambda document: [{"start": 0, "end": 1, "label": rest, "score": threshold}]

class Whole:
    def __init__(self, rest): self.rest = rest
    def extract(self, documents): return [{"entities": []} for _ in documents]

def fails(rest): return {}["مفتاح"]
def nothing(rest): return None
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Installs a package whose entry points are the lines given."""

    def install(*lines: str, name: str = "written-package") -> None:
        folder = tmp_path / name
        (folder / f"{name.replace('-', '_')}-1.0.dist-info").mkdir(parents=True)
        (folder / "written_kinds.py").write_text(CODE)
        metadata = folder / f"{name.replace('-', '_')}-1.0.dist-info"
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text("\n".join(["[mihakk.extractors]", *lines]))
        monkeypatch.syspath_prepend(str(folder))

    yield install
    sys.modules.pop("written_kinds", None)


def test_a_package_brings_a_kind_with_settings(package) -> None:
    package("gliner = written_kinds:make")
    assert kind_of("gliner:urchade/model") == ("gliner", "urchade/model")
    opened = open_extractor("gliner:PERS", {"threshold": "0.25", "batch": "2"}, GOLD)
    assert opened.batch == 2
    with pytest.raises(
        InputError, match=r"--set thresold: there is no such setting; known are .*threshold.* did you mean"
    ):
        open_extractor("gliner:PERS", {"thresold": "1"}, GOLD)
    (answer,) = open_extractor("gliner:PERS", {"threshold": "0.25"}, GOLD).extractor.extract(
        [{"id": "a", "text": "نص"}]
    )
    assert answer == [{"start": 0, "end": 1, "label": "PERS", "score": 0.25}]


def test_an_object_that_answers_documents_needs_nothing_else(package) -> None:
    package("whole = written_kinds:Whole")
    extractor = open_extractor("whole:x", {}, GOLD).extractor
    assert extractor.extract([{}, {}]) == [{"entities": []}] * 2
    assert (extractor.parallel, extractor.identity(), extractor.close()) == (False, {}, None)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("kind = written_kinds:fails", "extractor kind:x: KeyError: 'مفتاح' ("),
        ("kind = written_kinds:nothing", "returned an object that is not callable and has no `extract`"),
        ("kind = written_kinds:nowhere", "extractor kind:x: AttributeError"),
        ("kind = written_nowhere:make", "extractor kind:x: ModuleNotFoundError"),
    ],
)
def test_a_package_that_fails_is_told(package, line: str, said: str) -> None:
    package(line)
    with pytest.raises(InputError) as error:
        open_extractor("kind:x", {}, GOLD)
    assert said in str(error.value)


def test_a_name_that_is_taken_is_an_error(package) -> None:
    package("llm = written_kinds:make")
    with pytest.raises(InputError, match="of written-package: Mihakk has that name already"):
        kind_of("my_module:extract")


def test_two_packages_with_one_name_are_an_error(package) -> None:
    package("kind = written_kinds:make")
    package("kind = written_kinds:Whole", name="another-package")
    with pytest.raises(InputError, match=r"(written|another)-package has that name already"):
        kind_of("kind:x")


def test_a_python_name_is_still_one(package) -> None:
    package("gliner = written_kinds:make")
    assert kind_of("my_module:extract") == ("python", "my_module:extract")
    assert kind_of("python:gliner:make") == ("python", "gliner:make")
