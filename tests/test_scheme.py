"""The default scheme is the agreed one, and a scheme file with mistakes is refused with the place of each."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mihakk.configs.errors import InputError
from mihakk.configs.located_yaml import LocatedYaml
from mihakk.configs.scheme import CLAIM, DEFAULT, load_scheme

SHARED = Path(__file__).resolve().parents[2] / "shared"

# As the description of the scheme lists them, in its order.
ENTITIES = ["PERS", "OCC", "NORP", "ORG", "GROUP", "GPE", "LOC", "FAC", "EVENT", "WEAPON", "DATE", "TIME", "CARDINAL"]

# Jarrar, Khalilia and Ghanem, LREC 2022.
WOJOOD = {
    "PERS", "NORP", "OCC", "ORG", "GPE", "LOC", "FAC", "PRODUCT", "EVENT", "DATE", "TIME", "LANGUAGE", "WEBSITE", "LAW",
    "CARDINAL", "ORDINAL", "PERCENT", "QUANTITY", "UNIT", "MONEY", "CURR",
}  # fmt: skip
# OntoNotes release 5.0: eleven kinds of names and seven of values.
ONTONOTES = {
    "PERSON", "NORP", "FAC", "ORG", "GPE", "LOC", "PRODUCT", "EVENT", "WORK_OF_ART", "LAW", "LANGUAGE",
    "DATE", "TIME", "PERCENT", "MONEY", "QUANTITY", "ORDINAL", "CARDINAL",
}  # fmt: skip


# --- the default scheme -----------------------------------------------------------------------------


def test_the_default_scheme_is_conflict_news() -> None:
    scheme = load_scheme()
    assert scheme.id == "conflict_news@1.0"
    assert scheme.nesting == "flat"


def test_entity_labels_keep_the_order_of_the_description() -> None:
    assert load_scheme().entity_labels == tuple(ENTITIES)


def test_claim_stances_are_the_four_of_rumoureval_and_article_stances_the_four_of_arastance() -> None:
    scheme = load_scheme()
    assert list(scheme.claim_stances) == ["support", "deny", "query", "comment"]
    assert list(scheme.article_stances) == ["agree", "disagree", "discuss", "unrelated"]


def test_every_mapping_speaks_of_every_label_in_labels_of_the_other_set() -> None:
    mappings = load_scheme().mappings
    assert set(mappings) == {"wojood", "ontonotes", "conll", "anercorp"}
    for mapping in mappings.values():
        assert set(mapping.to) == set(ENTITIES)
        assert {label for label in mapping.to.values() if label} <= set(mapping.labels)


def test_the_other_label_sets_are_complete() -> None:
    mappings = load_scheme().mappings
    assert len(mappings["wojood"].labels) == 21
    assert set(mappings["wojood"].labels) == WOJOOD
    assert len(mappings["ontonotes"].labels) == 18
    assert set(mappings["ontonotes"].labels) == ONTONOTES
    assert set(mappings["conll"].labels) == {"PER", "LOC", "ORG", "MISC"}
    assert set(mappings["anercorp"].labels) == {"PERS", "LOC", "ORG", "MISC"}


def test_labels_named_as_in_wojood_mean_the_same_there() -> None:
    """So that published Arabic extractors score without a mapping; only GROUP and WEAPON are our own."""
    to = load_scheme().mappings["wojood"].to
    assert {ours for ours in ENTITIES if to[ours] != ours} == {"GROUP", "WEAPON"}
    assert set(ENTITIES) - WOJOOD == {"GROUP", "WEAPON"}


@pytest.mark.skipif(not (SHARED / "corpora").exists(), reason="the Wojood sample is not beside the repository")
def test_the_labels_of_the_wojood_sample_are_among_those_of_the_mapping() -> None:
    sample = (SHARED / "corpora" / "wojood-sample" / "train.txt").read_text(encoding="utf-8")
    used = set(re.findall(r"\b[BI]-([A-Za-z]+)", sample))
    assert used
    assert used <= set(load_scheme().mappings["wojood"].labels)


def test_a_key_on_the_keyboard_marks_one_thing() -> None:
    """Stances of claims share the screen with the labels; stances of the article come once per claim, without keys."""
    scheme = load_scheme()
    choices = [*scheme.labels.values(), *scheme.claim_stances.values()]
    keys = [choice.hotkey for choice in choices]
    assert None not in keys
    assert len(set(keys)) == len(ENTITIES) + 1 + 4
    assert all(choice.hotkey is None for choice in scheme.article_stances.values())


def test_labels_differ_in_colour_and_in_both_names() -> None:
    scheme = load_scheme()
    labels = [*scheme.labels.values()]
    assert len({label.color for label in labels}) == len(labels)
    assert len({label.of("ar") for label in labels}) == len(labels)
    assert len({label.of("en") for label in labels}) == len(labels)


def test_names_and_definitions_are_arabic_under_ar_and_english_under_en() -> None:
    scheme = load_scheme()
    choices = [
        *scheme.labels.values(),
        *scheme.claim_stances.values(),
        *scheme.article_stances.values(),
    ]
    for words in [*choices, *(choice.definition for choice in choices), scheme.title]:
        assert re.fullmatch(r"[\u0600-\u06ff ]+", words.of("ar"))
        assert not re.search(r"^[\u0600-\u06ff]", words.of("en"))


# --- scheme files with mistakes ---------------------------------------------------------------------


def changed(folder: Path, *changes: tuple[str, str]) -> Path:
    """A copy of the default scheme with pieces of its text replaced; each must stand there exactly once."""
    text = DEFAULT.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = folder / "scheme.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def line_of(path: Path, piece: str, nth: int = 1) -> int:
    """The line, from 1, of the nth occurrence of `piece`."""
    before = piece.join(path.read_text(encoding="utf-8").split(piece)[:nth])
    return before.count("\n") + 1


def problems_of(path: Path) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        load_scheme(path)
    return caught.value.problems


def problem_of(path: Path) -> str:
    (problem,) = problems_of(path)
    return problem


def test_an_unchanged_copy_is_the_default_scheme(tmp_path: Path) -> None:
    assert load_scheme(changed(tmp_path)) == load_scheme()


def test_a_missing_key_is_told_at_what_lacks_it(tmp_path: Path) -> None:
    path = changed(tmp_path, ("      ar: منصب أو صفة تدل على شاغل واحد، وتنتهي قبل أي اسم في داخلها\n", ""))
    line = line_of(path, "    definition:", nth=2)
    assert problem_of(path).startswith(f"{path}:{line}: entities.OCC.definition.ar: needs its text in ar")


def test_a_missing_key_of_the_file_is_told_at_its_first_key(tmp_path: Path) -> None:
    path = changed(tmp_path, ('version: "1.0"\n', ""))
    assert problem_of(path).startswith(f"{path}:{line_of(path, 'name: conflict_news')}: version: ")


def test_an_unknown_key_is_told(tmp_path: Path) -> None:
    path = changed(tmp_path, ('    color: "#7b1fa2"\n', '    color: "#7b1fa2"\n    colour: "#7b1fa2"\n'))
    assert problem_of(path).startswith(f"{path}:{line_of(path, 'colour')}: entities.OCC.colour: ")


@pytest.mark.parametrize("colour", ['"red"', '"#12345"', '"#1234567"', '"#12345g"', '"123456"', "7"])
def test_a_bad_colour_is_told(tmp_path: Path, colour: str) -> None:
    path = changed(tmp_path, ('"#1565c0"', colour))
    assert problem_of(path).startswith(f"{path}:{line_of(path, f'color: {colour}')}: entities.ORG.color: ")


@pytest.mark.parametrize("key", ['"A"', '"ab"', '""', "1", '"ض"'])
def test_a_hotkey_is_one_small_letter_or_digit_in_quotes(tmp_path: Path, key: str) -> None:
    path = changed(tmp_path, ('hotkey: "w"', f"hotkey: {key}"))
    assert problem_of(path).startswith(f"{path}:{line_of(path, f'hotkey: {key}')}: entities.TIME.hotkey: ")


@pytest.mark.parametrize(
    ("old", "new", "key", "first"),
    [
        ('hotkey: "2"', 'hotkey: "1"', "entities.OCC.hotkey", "PERS"),
        ('hotkey: "c"', 'hotkey: "q"', "claim.hotkey", "DATE"),
        ('hotkey: "f"', 'hotkey: "c"', "claim_stances.comment.hotkey", "claim"),
    ],
)
def test_a_hotkey_used_twice_is_told_where_it_comes_again(
    tmp_path: Path, old: str, new: str, key: str, first: str
) -> None:
    line = line_of(DEFAULT, old)
    path = changed(tmp_path, (old, new))
    letter = new[-2]
    assert problem_of(path) == f"{path}:{line}: {key}: “{letter}” is already used by {first}; choose another key"


def test_two_labels_with_one_name_on_screen_are_told(tmp_path: Path) -> None:
    path = changed(tmp_path, ("ar: منصب\n", "ar: شخص\n"))
    line = line_of(path, "ar: شخص\n", nth=2)
    assert problem_of(path) == f"{path}:{line}: entities.OCC.ar: “شخص” is already the name of PERS"


def test_a_stance_may_have_the_name_of_a_label(tmp_path: Path) -> None:
    """They are different controls on the screen."""
    assert load_scheme(changed(tmp_path, ("ar: يؤكد\n", "ar: شخص\n"))).claim_stances["support"].of("ar") == "شخص"


@pytest.mark.parametrize(
    ("repeated", "key"),
    [('version: "1.0"\n', "version"), ('    color: "#7b1fa2"\n', "entities.OCC.color")],
)
def test_a_key_that_stands_twice_is_told_with_both_lines(tmp_path: Path, repeated: str, key: str) -> None:
    """YAML itself would quietly take the last."""
    path = changed(tmp_path, (repeated, repeated * 2))
    first, second = line_of(path, repeated), line_of(path, repeated, nth=2)
    assert second == first + 1
    assert problem_of(path) == f"{path}:{second}: {key}: occurs twice, first on line {first}"


def test_a_label_that_stands_twice_is_told(tmp_path: Path) -> None:
    path = changed(tmp_path, ("  FAC:\n", "  LOC:\n"))
    first, second = line_of(path, "  LOC:\n"), line_of(path, "  LOC:\n", nth=2)
    assert f"{path}:{second}: entities.LOC: occurs twice, first on line {first}" in problems_of(path)


@pytest.mark.parametrize("label", ["loc", "Loc", "2LOC", "LOC-1", "مكان"])
def test_a_label_that_is_no_word_in_capitals_is_told(tmp_path: Path, label: str) -> None:
    path = changed(tmp_path, ("  LOC:\n", f"  {label}:\n"))
    assert problem_of(path).startswith(f"{path}:{line_of(path, f'  {label}:')}: entities.{label}")


def test_an_entity_label_called_claim_is_told(tmp_path: Path) -> None:
    path = changed(tmp_path, ("  LOC:\n", f"  {CLAIM}:\n"))
    problem = problem_of(path)
    assert "the entity label CLAIM is reserved for claims" in problem
    assert problem.startswith(f"{path}:{line_of(path, f'  {CLAIM}:')}: entities.CLAIM: ")


def test_a_mapping_to_a_label_that_the_other_set_does_not_have_is_told(tmp_path: Path) -> None:
    path = changed(tmp_path, ("{PERS: PER,", "{PERS: PERSON_NAME,"))
    line = line_of(path, "PERSON_NAME")
    assert problem_of(path) == (f"{path}:{line}: mappings.conll.to.PERS: PERSON_NAME is not among the labels of conll")


def test_a_mapping_of_a_label_that_the_scheme_does_not_have_is_told(tmp_path: Path) -> None:
    path = changed(tmp_path, ("{PERS: PER,", "{PERSON: PER, PERS: PER,"))
    assert problem_of(path) == (
        f"{path}:{line_of(path, '{PERSON: PER')}: mappings.conll.to.PERSON: the scheme has no entity label PERSON"
    )


def test_a_mapping_that_leaves_out_a_label_is_told(tmp_path: Path) -> None:
    path = changed(tmp_path, ("{PERS: PER, OCC: null,", "{PERS: PER,"))
    assert problem_of(path) == (
        f"{path}:{line_of(path, 'to: {PERS: PER,')}: mappings.conll.to: "
        "says nothing of OCC; give its counterpart, or null if there is none"
    )


def test_a_key_that_yaml_reads_as_something_else_than_text_is_told(tmp_path: Path) -> None:
    # `no` is false in YAML 1.1.
    path = changed(tmp_path, ("  deny:\n", "  no:\n"))
    assert problem_of(path) == f"{path}:{line_of(path, '  no:')}: the key false is not text; put it in quotes"


def test_a_key_that_is_a_list_is_told(tmp_path: Path) -> None:
    path = changed(tmp_path, ("nesting: flat", "nesting: flat\n? [a, b]\n: c"))
    assert (
        problem_of(path) == f"{path}:{line_of(path, '? [a, b]')}: " + 'the key ["a", "b"] is not text; put it in quotes'
    )


def test_a_number_as_version_is_told(tmp_path: Path) -> None:
    """1.10 without quotes would become 1.1."""
    path = changed(tmp_path, ('version: "1.0"', "version: 1.0"))
    assert problem_of(path).startswith(f"{path}:{line_of(path, 'version:')}: version: ")


def test_what_is_no_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    path = changed(tmp_path, ("nesting: flat", "\tnesting: flat"))
    assert problem_of(path).startswith(f"{path}:{line_of(path, 'nesting')}: is not YAML: ")


def test_a_second_document_is_told_with_its_line(tmp_path: Path) -> None:
    path = changed(tmp_path, ("\nentities:\n", "\n---\nentities:\n"))
    assert problem_of(path).startswith(f"{path}:{line_of(path, '---')}: is not YAML: ")


def test_a_file_that_is_not_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    path = changed(tmp_path)
    line = line_of(path, "ar: فصيل مسلّح")
    path.write_bytes(path.read_bytes().replace("فصيل مسلّح".encode(), "فصيل مسلّح".encode("cp1256")))
    assert problem_of(path) == f"{path}:{line}: is not UTF-8 text; save or convert the file as UTF-8"


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "scheme.yaml"
    path.write_bytes(b"\n")
    assert problem_of(path) == f"{path}: is empty"


@pytest.mark.parametrize("text", ["# nothing but this\n", "- a\n- b\n", "text\n"])
def test_a_file_that_is_no_mapping_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "scheme.yaml"
    path.write_text(text, encoding="utf-8")
    assert problem_of(path).startswith(f"{path}:1: ")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert problem_of(tmp_path / "none.yaml").startswith(f"{tmp_path}/none.yaml: cannot be read")


def test_mistakes_in_single_keys_are_told_all_at_once(tmp_path: Path) -> None:
    path = changed(
        tmp_path,
        ('version: "1.0"', 'version: "one"'),
        ('hotkey: "2"', 'hotkey: "two"'),
        ('"#1565c0"', '"blue"'),
        ("nesting: flat", "nesting: deep\nauthor: nobody"),
    )
    expected = {
        f"{path}:{line_of(path, 'version:')}: version: ",
        f"{path}:{line_of(path, 'two')}: entities.OCC.hotkey: ",
        f"{path}:{line_of(path, 'blue')}: entities.ORG.color: ",
        f"{path}:{line_of(path, 'nesting:')}: nesting: ",
        f"{path}:{line_of(path, 'author:')}: author: ",
    }
    found = problems_of(path)
    assert len(found) == len(expected)
    assert all(any(problem.startswith(start) for problem in found) for start in expected)


def test_contradictions_between_keys_are_told_all_at_once(tmp_path: Path) -> None:
    path = changed(
        tmp_path,
        ('hotkey: "2"', 'hotkey: "1"'),
        ("ar: مؤسسة\n", "ar: شخص\n"),
        ("{PERS: PER, OCC: null,", "{PERS: HUMAN,"),
    )
    keys = [re.fullmatch(rf"{re.escape(str(path))}:\d+: (\S+): .*", problem) for problem in problems_of(path)]
    assert sorted(key[1] for key in keys if key) == [
        "entities.OCC.hotkey",
        "entities.ORG.ar",
        "mappings.conll.to",
        "mappings.conll.to.PERS",
    ]
    assert all(keys)


# --- the smallest scheme ----------------------------------------------------------------------------

SMALLEST = """\
name: small
version: "0.1"
title: {ar: صغير, en: Small}
nesting: nested
entities:
  X: {ar: اسم, en: Name, color: "#000000", definition: {ar: اسم, en: A name}}
claim: {ar: ادعاء, en: Claim, color: "#767676", definition: {ar: ادعاء, en: A claim}}
claim_stances:
  yes_: {ar: نعم, en: Affirms, definition: {ar: نعم, en: Says yes}}
  no_: {ar: لا, en: Denies, definition: {ar: لا, en: Says no}}
article_stances:
  yes_: {ar: نعم, en: Affirms, definition: {ar: نعم, en: Says yes}}
  no_: {ar: لا, en: Denies, definition: {ar: لا, en: Says no}}
mappings:
  other:
    title: Another set
    labels: [Y]
    to: {X: Y}
"""


def test_one_label_and_two_stances_of_each_kind_make_a_scheme(tmp_path: Path) -> None:
    path = tmp_path / "scheme.yaml"
    path.write_text(SMALLEST, encoding="utf-8")
    scheme = load_scheme(path)
    assert (scheme.id, scheme.nesting, scheme.entity_labels) == ("small@0.1", "nested", ("X",))
    assert scheme.entities["X"].hotkey is None
    assert scheme.mappings["other"].to == {"X": "Y"}


def test_mappings_may_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "scheme.yaml"
    path.write_text(SMALLEST[: SMALLEST.index("mappings:")], encoding="utf-8")
    assert load_scheme(path).mappings == {}


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("entities:\n  X:", "entities: {}\nunused:\n  X:", "entities"),
        ("  no_: {ar: لا, en: Denies, definition: {ar: لا, en: Says no}}\narticle", "article", "claim_stances"),
        ("  no_: {ar: لا, en: Denies, definition: {ar: لا, en: Says no}}\nmappings", "mappings", "article_stances"),
        ("labels: [Y]\n    to: {X: Y}", "labels: []\n    to: {X: null}", "mappings.other.labels"),
    ],
)
def test_a_scheme_without_labels_or_with_a_single_stance_is_refused(
    tmp_path: Path, old: str, new: str, place: str
) -> None:
    assert SMALLEST.count(old) == 1
    path = tmp_path / "scheme.yaml"
    path.write_text(SMALLEST.replace(old, new), encoding="utf-8")
    line = line_of(path, place.rpartition(".")[2] + ":")
    assert any(problem.startswith(f"{path}:{line}: {place}: ") for problem in problems_of(path))


# --- YAML with lines --------------------------------------------------------------------------------

yaml_pieces = st.sampled_from(
    ["a", "b", "ب", ":", ": ", "- ", "\n", "  ", "{", "}", "[", "]", ", ", "&x ", "*x", "!!bool ", "!!int ", "!!set ",
     "no", "1", "2025-13-45", "~", "'", '"', "#", "? ", "|", ">", "%", "<<: ", "---\n", "\t", "\x01", "\u0085", "🙂"]
)  # fmt: skip


def problems_in(text: str) -> tuple[str, ...]:
    """What is wrong with a YAML file of this text; nothing else than an InputError may come of it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.yaml"
        path.write_bytes(text.encode())
        try:
            LocatedYaml(path)
        except InputError as error:
            assert all(problem.startswith(str(path)) for problem in error.problems)
            return error.problems
    return ()


@given(text=st.lists(yaml_pieces, max_size=12).map("".join) | st.text(max_size=30))
def test_any_text_is_a_value_or_an_error_that_names_the_file(text: str) -> None:
    problems_in(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: \x01", id="control character"),
        pytest.param("a: !!bool maybe", id="tag that does not fit, with a word"),
        pytest.param("a: !!int ''", id="tag that does not fit, with nothing"),
        pytest.param("a: &x [*x]", id="list that holds itself"),
        pytest.param("[ " * 5_000, id="nested too deeply"),
    ],
)
def test_yaml_that_its_library_chokes_on_is_an_error_that_names_the_file(text: str) -> None:
    assert len(problems_in(text)) == 1


keys = st.text("abcنص", min_size=1, max_size=3)
trees = st.recursive(st.just("x"), lambda inner: st.dictionaries(keys, inner, min_size=1, max_size=3), max_leaves=10)


@given(tree=st.dictionaries(keys, trees, min_size=1, max_size=4))
def test_the_line_of_every_key_is_known(tree: dict[str, object]) -> None:
    """Each key is written on a line of its own; the line that a problem names must be that one."""
    lines: list[str] = []
    places: list[tuple[str, ...]] = []

    def write(value: dict[str, object], place: tuple[str, ...]) -> None:
        for key, inner in value.items():
            places.append((*place, key))
            if isinstance(inner, dict):
                lines.append("  " * len(place) + f'"{key}":')
                write(inner, (*place, key))
            else:
                lines.append("  " * len(place) + f'"{key}": {inner}')

    write(tree, ())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.yaml"
        path.write_text("\n".join(lines), encoding="utf-8")
        read = LocatedYaml(path)
    assert read.value == tree
    for line, place in enumerate(places, 1):
        assert read.problem(place, "wrong") == f"{path}:{line}: {'.'.join(place)}: wrong"
        assert read.problem((*place, "none"), "missing") == f"{path}:{line}: {'.'.join(place)}.none: missing"


def test_a_colour_too_pale_on_white_is_told_with_its_contrast(tmp_path: Path) -> None:
    # WCAG 2.2: #ffff00 has relative luminance 0.2126 + 0.7152 = 0.9278, so 1.05 / 0.9778 = 1.07 with white;
    # grey #767676 is the palest grey with 4.5, #959595 the palest with 3 (2.98 for #969696).
    path = changed(tmp_path, ('color: "#c2185b"', 'color: "#ffff00"'))
    assert problem_of(path).startswith(f"{path}:{line_of(path, '#ffff00')}: entities.PERS.color: #ffff00 is too pale")
    assert "contrast 1.1" in problem_of(path)
    (tmp_path / "fine").mkdir()
    assert load_scheme(changed(tmp_path / "fine", ('color: "#c2185b"', 'color: "#949494"')))
