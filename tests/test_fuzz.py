"""Commands on files that are almost right: some fixed cases of `make fuzz`. tests/fuzz.py says what must hold."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from random import Random

import pytest
from fuzz import RECIPES, SERVERS, Ended, case, contents, earlier, grow, wrong
from mutations import BY_KIND, mutated

ROUNDS = 10
# How those end that would ask a server.
UNUSABLE = ": 2 mihakk: the token is not one word"
NO_SERVER = {
    "token.txt": UNUSABLE,
    SERVERS: UNUSABLE,
    **dict.fromkeys(
        ("annotators ", "--order ", "--backend ", "eval predict gold --extractor http:", "llm:", "ls-ml:"),
        ": 75 mihakk: ",
    ),
    "hf:": ": 2 mihakk: extractor hf:pipeline: ",
}


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    grow(folder)
    return folder


@pytest.mark.parametrize("number", range(ROUNDS))
def test_what_is_almost_right_ends_orderly(corpus: Path, tmp_path: Path, number: int) -> None:
    """Each round has every command once. `.venv/bin/python tests/fuzz.py SEED` runs one of them again."""
    first = 1000 * len(RECIPES) + number * len(RECIPES)
    found: list[str] = []
    for seed in range(first, first + len(RECIPES)):
        folder = tmp_path / str(seed)
        folder.mkdir()
        if finding := case(seed, corpus, folder):
            found.append(str(finding))
        shutil.rmtree(folder)
    assert not found, "\n".join(found)


# --- the fuzz itself ---


@pytest.mark.parametrize("number", range(len(RECIPES)))
def test_each_command_does_its_work_on_valid_files(corpus: Path, number: int) -> None:
    """Else nothing behind what refuses them is reached."""
    recipe = RECIPES[number]
    ends = next((end for word, end in NO_SERVER.items() if word in recipe.command or (word,) == recipe.extra), "")
    if ends:
        with pytest.raises(RuntimeError, match=ends):
            earlier(recipe, corpus)
        return
    folder = earlier(recipe, corpus)
    assert all((folder / name).exists() for name in recipe.outputs)


def test_a_case_is_all_of_its_seed(corpus: Path, tmp_path: Path) -> None:
    for kind in (".json", ".jsonl", ".yaml", ".parquet", ".txt", ".csv", ".iob2"):
        path = max(corpus.rglob(f"*{kind}"), key=lambda path: path.stat().st_size)
        others = sorted(corpus.rglob("*.json"))
        again = {mutated(path, Random(7), others) for _ in range(2)}
        assert len(again) == 1, kind
        assert len({mutated(path, Random(n), others) for n in range(20)}) > 10, kind


def test_json_stays_json_most_of_the_time() -> None:
    """What no reader gets past its first line tests little."""
    valid = 0
    for seed in range(200):
        changed = BY_KIND[".json"](json.dumps({"a": [{"start": 1, "text": "نص"}] * 3}).encode(), Random(seed))
        try:
            json.loads(changed)
        except (ValueError, RecursionError):
            continue
        valid += 1
    assert valid > 150


def ended(code: int = 2, out: str = "", err: str = "mihakk: x: is wrong\n", error: str = "") -> Ended:
    return Ended(code, out, err, error)


def test_what_must_hold_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "in.json").write_text("{}", encoding="utf-8")
    before = contents(tmp_path)
    after = before | {"out.json": "new"}

    def found(how: Ended, left: dict[str, str] = before) -> str | None:
        return wrong(how, before, left, {"out.json"}, tmp_path)

    assert found(ended()) is None
    assert found(ended(0, "out.json: done\n", ""), after) is None
    assert "KeyError" in (found(ended(error="Traceback\nKeyError: 1")) or "")
    assert found(ended(3)) == "exit code 3"
    assert found(ended(2, err="")) == "exit code 2 without a word"
    assert found(ended(2, err="what?\n")) == "exit code 2 without an error"
    assert found(ended(2, err="mihakk: \x1b[31m\n")) == "U+001B reach the terminal"
    assert "lines on standard error" in (found(ended(2, err="mihakk: x\n" * 100)) or "")
    assert found(ended(2), after) == "exit code 2, and yet written: ['out.json']"
    assert found(ended(0, "x", ""), before | {"in.json": "other"}) == "changed or left behind: ['in.json']"
    assert found(ended(0, "x", ""), before | {".out.json.x1": "new"}) == "changed or left behind: ['.out.json.x1']"
    (tmp_path / "out.json").write_text('{"half": NaN', encoding="utf-8")
    assert found(ended(0, "x", ""), after) == "out.json is not whole"


def test_an_uncaught_error_of_a_command_is_a_finding(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr("mihakk.eval.validate.validate", broken)
    seed = next(n for n, recipe in enumerate(RECIPES) if recipe.command.startswith("eval validate"))
    finding = case(seed, corpus, tmp_path)
    assert finding is not None and finding.what == "not caught: KeyError: 'x'"
    assert f"seed {seed}: " in str(finding)
