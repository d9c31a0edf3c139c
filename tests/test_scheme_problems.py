"""What is wrong with a scheme file: all of it at once, each with its own key and line, as the file has them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mihakk.cli import app
from mihakk.configs.errors import InputError, grouped
from mihakk.configs.scheme import DEFAULT, load_scheme
from typer.testing import CliRunner
from versions import written

PLAIN = """\
name: hospital
version: "1.0"
language: en
title: Hospital notes
entities:
  DRUG: {name: Drug, definition: A drug, color: "#1565c0"}
  DOSE: {name: Dose, definition: How much of it}
article_stances:
  agree: {name: Agrees, definition: Says that it is so}
  deny: {name: Denies, definition: Says that it is not so}
"""


def problems(folder: Path, text: str) -> list[str]:
    """The problems of a scheme file with this text, as people read them, without the folder."""
    path = folder / "scheme.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        load_scheme(path)
    return [problem.removeprefix(f"{folder}/") for problem in grouped(error.value.problems)]


def test_problems_of_every_kind_are_told_at_once(tmp_path: Path) -> None:
    """A key that stands twice, a wrong value, an unknown key, and what contradicts: none hides another."""
    text = PLAIN.replace("color:", "colour:").replace("name: Dose", "name: Drug, hotkey: DD").replace('"1.0"', "one")
    text += "title: Twice\nmappings:\n  mesh: {title: MeSH, labels: [D], to: {DRUG: X, DOSE: null}}\n"
    found = problems(tmp_path, text)
    assert [re.sub(r": .*", "", problem.partition(" ")[2]) for problem in found] == [
        "title",  # stands twice
        "version",
        "entities.DRUG.colour",
        "entities.DOSE.hotkey",
        "entities.DOSE.name",  # is already the name of DRUG
        "mappings.mesh.to.DRUG",  # X is not among its labels
    ]
    assert [int(problem.split(":")[1]) for problem in found] == [11, 2, 6, 7, 7, 13]


def test_many_unknown_keys_have_their_own_lines(tmp_path: Path) -> None:
    text = PLAIN.replace('color: "#1565c0"', "a1: x, b2: x, c3: x, d4: x, e5: x")
    found = problems(tmp_path, text)
    assert [problem.split()[1] for problem in found] == [
        f"entities.DRUG.{key}:" for key in ["a1", "b2", "c3", "d4", "e5"]
    ]


def test_the_same_mistake_in_many_labels_names_each(tmp_path: Path) -> None:
    labels = "".join(f"  L{n}: {{name: label {n}}}\n" for n in range(1, 13))
    head, tail = PLAIN.split("  DRUG:")[0], PLAIN[PLAIN.index("article_stances") :]
    found = problems(tmp_path, head + labels + tail)
    assert found == [f"scheme.yaml:{5 + n}: entities.L{n}.definition: is missing" for n in range(1, 13)]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        # The file has `name`, and not the code of a language.
        ("name: Dose", "name: Drug", "scheme.yaml:7: entities.DOSE.name: “Drug” is already the name of DRUG"),
        ("name: Denies", "name: Agrees", "scheme.yaml:10: article_stances.deny.name: “Agrees” is already"),
        ("name: Dose, ", "", "scheme.yaml:7: entities.DOSE.name: needs its text in en"),
        ("name: Dose", "name: 3", "scheme.yaml:7: entities.DOSE.name: must be text, not 3"),
        ("title: Hospital notes", "title: ''", "scheme.yaml:4: title: must not be empty"),
        ("title: Hospital notes", "guidelines: g.md\ntitle: x", "scheme.yaml:4: guidelines: there is no file"),
        ("definition: A drug", "definition: ''", "scheme.yaml:6: entities.DRUG.definition: must not be empty"),
        # The file has codes.
        ("name: Dose", "ar: جرعة", "scheme.yaml:7: entities.DOSE.en: needs its text in en"),
        ("title: Hospital notes", "title: {ar: مستشفى}", "scheme.yaml:4: title.en: needs its text in en"),
    ],
)
def test_places_are_called_as_the_file_has_them(tmp_path: Path, old: str, new: str, problem: str) -> None:
    (found,) = problems(tmp_path, PLAIN.replace(old, new))
    assert found.startswith(problem), found


@pytest.mark.parametrize(
    ("old", "new", "number"),
    [
        ("  DOSE:", "  dose:", 1),  # and not that mappings name DOSE
        ("  agree: {name: Agrees, definition: Says that it is so}\n", "", 1),
        ("language: en", "language: 7", 1),
        ("language: en", "language: English", 1),
        ('DRUG: {name: Drug, definition: A drug, color: "#1565c0"}', "DRUG: 3", 1),
        ("name: hospital", "name: Hospital Notes", 1),
        ("name: hospital\n", "", 1),
        ("title: Hospital notes\n", "", 1),
        ("title: Hospital notes", "from: {hospital@0.9: {entities: {PILL: [DRUG]}}}\ntitle: x", 1),
        ("title: Hospital notes", "from: {hospital@0.9: {entities: {PILL: 3}}}\ntitle: x", 1),
        ("title: Hospital notes", "claim: 3\ntitle: x", 1),
    ],
)
def test_what_only_follows_from_a_problem_is_not_told(tmp_path: Path, old: str, new: str, number: int) -> None:
    assert old in PLAIN
    mapped = PLAIN + "mappings:\n  mesh: {title: MeSH, labels: [D], to: {DRUG: D, DOSE: null}}\n"
    assert len(problems(tmp_path, mapped.replace(old, new))) == number


KEYS = ("name", "version", "language", "title", "entities", "DRUG", "definition", "color", "hotkey", "claim", "mappings",
        "mesh", "labels", "to", "from", "hospital@0.9", "article_stances", "agree", "guidelines", "en", "x")  # fmt: skip
junk = st.none() | st.booleans() | st.integers() | st.sampled_from(["", "x", "DRUG", "#fff", "ar"])
trees = st.recursive(
    junk,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(where=st.lists(st.sampled_from(KEYS), min_size=1, max_size=4), value=trees)
def test_any_value_at_any_place_is_a_scheme_or_problems_with_lines(
    tmp_path: Path, where: list[str], value: object
) -> None:
    values = yaml.safe_load(PLAIN + "mappings:\n  mesh: {title: MeSH, labels: [D], to: {DRUG: D, DOSE: null}}\n")
    inner = values
    for key in where[:-1]:
        inner = inner.setdefault(key, {}) if isinstance(inner, dict) else {}
    if isinstance(inner, dict):
        inner[where[-1]] = value
    path = written(tmp_path / "scheme.yaml", values)
    try:
        load_scheme(path)
    except InputError as error:
        assert error.problems
        for problem in error.problems:
            assert re.match(rf"{re.escape(str(path))}:\d+: ", problem), problem
        assert len(set(error.problems)) == len(error.problems)


def test_flat_is_what_nesting_is_if_nobody_says_it(tmp_path: Path) -> None:
    (tmp_path / "scheme.yaml").write_text(PLAIN, encoding="utf-8")
    scheme = load_scheme(tmp_path / "scheme.yaml")
    (tmp_path / "scheme.yaml").write_text(PLAIN + "nesting: flat\n", encoding="utf-8")
    assert load_scheme(tmp_path / "scheme.yaml").identity == scheme.identity


def test_the_scheme_that_ships_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_scheme("conflict_news") == load_scheme(DEFAULT)
    said = CliRunner().invoke(app, ["annotate", "interface", "--scheme", "conflict_news", "-o", "x.xml"])
    assert said.exit_code == 0, said.output
    # A file of that name is the user's own.
    (tmp_path / "conflict_news").write_text(PLAIN, encoding="utf-8")
    assert load_scheme("conflict_news").name == "hospital"
    with pytest.raises(InputError, match=r"news: cannot be read .*the scheme that ships is called conflict_news"):
        load_scheme("news")
