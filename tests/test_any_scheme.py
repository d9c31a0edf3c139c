"""Schemes of other teams go the whole road: no layer is there that they have not, and no word of another language."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from any_schemes import CLAIMS, ENGLISH, ENTITIES, HEALTH, LAW, LAYERS, PERSIAN, SCHEMES, STANCE, TEXTS, URDU, Values
from mihakk.annotate.document import Annotation, Article, EventClaim, Span
from mihakk.annotate.instructions import guidelines_html, guidelines_skeleton, instructions_html
from mihakk.annotate.interface import interface_xml
from mihakk.annotate.task import make_task
from mihakk.configs.colours import LEAST_CONTRAST, LEAST_DIFFERENCE, contrast_with_white, difference
from mihakk.configs.errors import InputError, grouped
from mihakk.configs.scheme import Scheme, load_scheme, scheme_yaml
from mihakk.eval import evaluate
from mihakk.eval.gold.records import Gold, GoldDocument
from mihakk.eval.gold.rows import read_gold
from mihakk.eval.gold.scheme import scheme_of
from mihakk.export.adjudicate import adjudication_tasks
from mihakk.export.dataset import write_gold
from mihakk.export.finished import read_tasks
from mihakk.export.formats import write_as
from raw_export import answer, exported, finished, region, relation, stance
from typer.testing import CliRunner
from versions import written

ARABIC_LETTER = re.compile(r"[\u0600-\u06ff]")
DOCUMENTS = 4


def command(*arguments: object, code: int = 0) -> str:
    from mihakk.cli import app

    said = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert said.exit_code == code, said.output
    return said.output


def scheme_in(folder: Path, values: Values) -> Scheme:
    return load_scheme(written(folder / "scheme.yaml", values))


def place(text: str, words: str) -> tuple[int, int]:
    start = text.index(words)
    return start, start + len(words)


def work(name: str, text: str) -> list[dict[str, Any]]:
    """What an annotator marks in a task of the scheme."""
    made = [region(f"e{n}", *place(text, words), label, words) for n, (words, label) in enumerate(ENTITIES[name])]
    if name in CLAIMS:
        made += [region("c", *place(text, CLAIMS[name]), "CLAIM"), relation("c", "e0")]
    if name == "health":
        made.append(stance("c", *place(text, CLAIMS[name]), "support"))
    if "stances" in LAYERS[name]:
        made.append(answer(0, "agree"))
    return made


def words_of(page: str) -> str:
    """The page without its style and its script, which are the same for all languages."""
    return re.sub(r"<(style|script).*?</\1>", "", page, flags=re.DOTALL)


@pytest.mark.parametrize("name", SCHEMES)
def test_the_whole_road(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    scheme, text, there = scheme_in(tmp_path, SCHEMES[name]), TEXTS[name], LAYERS[name]
    ids = [f"d{n}" for n in range(DOCUMENTS)]
    with Path("articles.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "text"])
        rows.writerows([one, f"{text} {n}"] for n, one in enumerate(ids))
    events = {
        "events": [
            {"id": f"e{n}", "title": "x", "articles": [one], "claims": [{"id": f"c{n}", "text": "x"}]}
            for n, one in enumerate(ids)
        ]
    }
    Path("events.yaml").write_text(json.dumps(events), encoding="utf-8")
    said = command("annotate", "tasks", "articles.csv", "--events", "events.yaml", "--scheme", "scheme.yaml",
                   "-o", "tasks.json")  # fmt: skip
    assert (f"with {DOCUMENTS} claims" in said) == ("stances" in there)
    tasks = json.loads(Path("tasks.json").read_text(encoding="utf-8"))
    # Nobody is asked about claims for which there are no stances.
    assert {len(task["data"]["claims"]) for task in tasks} == {int("stances" in there)}
    export = [
        exported(task, [finished(who, work(name, task["data"]["text"])) for who in ("a@x.org", "b@x.org")])
        for task in tasks
    ]
    Path("export.json").write_text(json.dumps(export), encoding="utf-8")

    command("annotate", "inspect", "articles.csv", "--scheme", "scheme.yaml", "--html", "inspection.html")
    page = Path("inspection.html").read_text(encoding="utf-8")
    # The page is replaced by the next run, whatever its language.
    command("annotate", "inspect", "articles.csv", "--scheme", "scheme.yaml", "--html", "inspection.html")
    head = '<html lang="ar" dir="rtl">' if scheme.language == "ar" else '<html lang="en" dir="ltr">'
    assert head in page
    assert f'<div class="text" lang="{scheme.language}">' in page
    shown = re.sub(
        r"<bdi>.*?</bdi>|<p dir=\"auto\">.*?</p>|<td class=\"line\".*?</td>", "", words_of(page)
    )  # without the articles
    assert (ARABIC_LETTER.search(shown) is not None) == (scheme.language == "ar")
    assert "mixed script" not in page

    checked = command("export", "check", "export.json", "--scheme", "scheme.yaml")
    assert "0 errors, 0 warnings" in checked
    agreed = command("export", "agreement", "export.json", "--scheme", "scheme.yaml", "--html", "agreement.html")
    page = words_of(Path("agreement.html").read_text(encoding="utf-8"))
    for output in (agreed, page):
        assert ("clitic" in output) == (name == "health")
        assert ("entities" in output) == ("entities" in there)
        assert ("claim" in output, "stance" in output.lower()) == ("claims" in there, name in ("health", "stance"))
    page = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert ("Boundaries:" in page, "intersection over union" in page) == (name != "stance", "claims" in there)
    said = command("export", "dataset", "export.json", "--scheme", "scheme.yaml", "--name", name, "--version", "1.0",
                   "-o", "gold", "--html", "gold.html")  # fmt: skip
    page = re.sub(r"<(script|style).*?</\1>", "", Path("gold.html").read_text(encoding="utf-8"), flags=re.DOTALL)
    assert ("a dotted line above: a claim" in page) == ("claims" in there)
    assert ("by the stance of their source" in page, "stance of claims" in page) == (name == "health",) * 2
    assert (" entities" in said, " article stances" in said) == ("entities" in there, "stances" in there)

    header = json.loads(Path("gold/gold.json").read_text(encoding="utf-8"))
    assert (header["layers"], header["language"], header["proclitics"]) == (there, scheme.language, name == "health")
    columns = {file.parent.name: pq.read_schema(file).names for file in Path("gold").glob("*/*.parquet")}
    assert [layer for layer in ("entities", "claims", "stances") if layer in columns["documents"]] == there
    assert ("tokens" in columns) == (name != "stance")
    assert ("stance" in columns) == ("stances" in there)
    if name == "law":  # three labels on Lahore
        assert {"entity_tags", "entity_tags_2", "entity_tags_3"} <= set(columns["tokens"])
        untagged = [
            row["untagged"] for file in Path("gold/tokens").glob("*") for row in pq.read_table(file).to_pylist()
        ]
        assert untagged == [[]] * DOCUMENTS
    card = Path("gold/README.md").read_text(encoding="utf-8")
    assert ("rabic" in card, "proclitic" in card) == (name == "health", name == "health")
    assert (f"language: {scheme.language}" in card) and ("| entities |" in card) == ("entities" in there)
    gold = read_gold("gold")
    assert scheme_of(gold) == scheme
    assert gold.counts["entities"] == DOCUMENTS * len(ENTITIES[name])

    command("export", "write", "gold", "--as", "jsonl", "-o", "same.jsonl")
    row = json.loads(Path("same.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert [layer for layer in ("entities", "claims", "stances") if layer in row] == there
    said = command("eval", "score", "gold", "same.jsonl", "--split", "all", "-o", "scores.json",
                   "--html", "scores.html", "--figures", "figures")  # fmt: skip
    command("eval", "compare", "gold", "same.jsonl", "same.jsonl", "--split", "all", "--resamples", "100",
            "--html", "compared.html", "--figures", "compared")  # fmt: skip
    command("export", "dataset", "export.json", "--scheme", "scheme.yaml", "--name", name, "--version", "1.0",
            "-o", "gold", "--html", "gold.html")  # fmt: skip
    for page in ("scores.html", "compared.html", "gold.html"):
        written = words_of(Path(page).read_text(encoding="utf-8"))
        assert ('id="language"' in written) == (scheme.language == "ar"), "Arabic words only for Arabic"
    shown = words_of(Path("scores.html").read_text(encoding="utf-8"))
    assert ("a dotted line above: a claim" in shown) == ("claims" in there)
    assert ("underlined: gold" in shown) == (name != "stance")
    tasks_scored = json.loads(Path("scores.json").read_text(encoding="utf-8"))["tasks"]
    wanted = {"health": ["entities", "claims", "claim_stance", "attribution", "stance"],
              "law": ["entities", "claims", "attribution"], "stance": ["stance"]}  # fmt: skip
    assert list(tasks_scored) == wanted.get(name, ["entities"])
    # The gold's own annotations are all right.
    assert {schemes["strict"]["micro"]["f1"] for schemes in tasks_scored.values() if "strict" in schemes} == {1.0}
    assert ("clitic" in said) == (name == "health")
    assert "no major" not in command("export", "diff", "gold", "gold")
    command("export", "read", "same.jsonl", "--as", "jsonl", "--scheme", "scheme.yaml", "--split", "test",
            "-o", "again")  # fmt: skip
    again = read_gold("again")
    for document in again.split("test"):
        assert document.annotation == gold.documents()[document.article.id].annotation
    for form in ("brat", "iob2"):
        said = command("export", "write", "gold", "--as", form, "-o", f"as-{form}", code=int(name == "stance"))
        assert ("entities" in said, "claims" in said) == ("entities" in there, "claims" in there)


@pytest.mark.parametrize("name", SCHEMES)
def test_no_word_of_another_language_or_direction_is_on_screen(name: str, tmp_path: Path) -> None:
    scheme = scheme_in(tmp_path, SCHEMES[name])
    xml, instructions = interface_xml(scheme), instructions_html(scheme) + guidelines_html(scheme)
    style = ET.fromstring(xml).findtext(".//Style") or ""
    assert style and not {">", "<", "'", '"'} & set(style), "Label Studio cleans the style as if it were HTML"
    other = "ltr" if scheme.direction == "rtl" else "rtl"
    assert scheme.direction == ("ltr" if scheme.language == "en" else "rtl")
    for shown in (xml, instructions):
        assert scheme.direction in shown
        assert other not in shown
        assert bool(ARABIC_LETTER.search(shown)) == (scheme.direction == "rtl")
    assert f'lang="{scheme.language}"' in instructions
    # Our own guidelines speak of other labels.
    assert "PERS" not in re.sub("PERSON", "", instructions)
    there = LAYERS[name]
    assert ('value="CLAIM"' in xml or 'alias="CLAIM"' in xml) == ("claims" in there)
    assert ("<Labels" in xml) == (name != "stance")
    assert ("<Repeater" in xml) == ("stances" in there)
    assert ('perRegion="true"' in xml) == (name == "health")
    assert "<Relation " in xml if "claims" in there else "<Relation " not in xml


def test_a_persian_word_that_begins_with_a_letter_of_a_proclitic_is_one_word(tmp_path: Path) -> None:
    """زیرستان is no spelling of وزیرستان: Persian has no و before words, so only half of the word was found."""
    start, end = place(TEXTS["persian"], "وزیرستان")
    rows = [{"id": "a", "text": TEXTS["persian"], "entities": [{"start": start, "end": end, "label": "PLACE"}]}]
    source = tmp_path / "gold.jsonl"
    source.write_text(json.dumps(rows[0]), encoding="utf-8")
    written(tmp_path / "scheme.yaml", PERSIAN)
    command("export", "read", source, "--as", "jsonl", "--scheme", tmp_path / "scheme.yaml", "--split", "test",
            "-o", tmp_path / "gold")  # fmt: skip
    half = [{"id": "a", "entities": [{"start": start + 1, "end": end, "label": "PLACE"}]}]
    found = evaluate(tmp_path / "gold", half)
    assert list(found.tasks["entities"]) == ["strict", "exact", "partial", "type", "left", "right", "overlap"]
    assert found.tasks["entities"]["strict"].micro.counts.cor == 0
    # Words alone are not found inside the word, either.
    lost = evaluate(tmp_path / "gold", [{"id": "a", "entities": [{"text": "زیرستان", "label": "PLACE"}]}])
    assert lost.tasks["entities"]["strict"].micro.counts.cor == 0


def test_what_a_file_says_comes_back_from_a_gold_folder(tmp_path: Path) -> None:
    for name, values in SCHEMES.items():
        scheme = scheme_in(tmp_path, values)
        again = tmp_path / f"{name}.yaml"
        again.write_text(scheme_yaml(scheme), encoding="utf-8")
        assert load_scheme(again) == scheme
        assert load_scheme(again).identity == scheme.identity


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (STANCE | {"article_stances": {}}, "article_stances: needs at least 2"),
        ({k: v for k, v in STANCE.items() if k != "article_stances"}, "marks nothing"),
        ({k: v for k, v in STANCE.items() if k != "language"}, "entities: is missing; a scheme that names its"),
        ({k: v for k, v in HEALTH.items() if k != "claim"}, "claim: is missing, but there are claim_stances"),
        (ENGLISH | {"language": "xx"}, "language: xx is none of ar, fa, ur"),
        (ENGLISH | {"guidelines": "none.md"}, "guidelines: there is no file"),
        (ENGLISH | {"title": {"ar": "أخبار"}}, "title.en: needs its text in en"),
    ],
)
def test_what_a_scheme_lacks_is_told(values: Values, problem: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        scheme_in(tmp_path, values)
    assert any(problem in one for one in caught.value.problems), caught.value.problems


def with_first(values: Values, layer: str, **more: Any) -> Values:
    first, *others = values[layer]
    return values | {layer: {first: values[layer][first] | more} | {name: values[layer][name] for name in others}}


def test_one_key_chooses_one_thing_over_all_layers(tmp_path: Path) -> None:
    values = with_first(with_first(HEALTH, "entities", hotkey="shift+d"), "claim_stances", hotkey="d")
    assert scheme_in(tmp_path, values).entities["DISEASE"].hotkey == "shift+d"
    values = with_first(values, "article_stances", hotkey="shift+d")
    with pytest.raises(InputError, match=r"article_stances\.agree\.hotkey: “shift\+d” is already used by DISEASE"):
        scheme_in(tmp_path, values)
    values = with_first(values, "article_stances", hotkey="x")
    with pytest.raises(InputError, match=r"scheme\.yaml:\d+: article_stances\.agree\.hotkey: a stance of articles"):
        scheme_in(tmp_path, values)


def test_colours_that_the_colour_blind_take_for_one_are_told(tmp_path: Path) -> None:
    # Two reds and greens of one lightness that people without the cones for green see as nearly one brown.
    values = with_first(ENGLISH, "entities", color="#c2410c")
    values = values | {"entities": values["entities"] | {"PLACE": ENGLISH["entities"]["PLACE"] | {"color": "#c2420d"}}}
    with pytest.raises(InputError, match=r"entities\.PLACE\.color: #c2420d looks like #c2410c of PERSON"):
        scheme_in(tmp_path, values)


@pytest.mark.parametrize("name", [name for name in SCHEMES if name != "stance"])
def test_generated_colours_are_told_apart_by_all_eyes(name: str, tmp_path: Path) -> None:
    colors = list(scheme_in(tmp_path, SCHEMES[name]).colors.values())
    assert all(contrast_with_white(color) >= LEAST_CONTRAST for color in colors)
    for n, color in enumerate(colors):
        assert all(difference(color, other)[0] >= LEAST_DIFFERENCE for other in colors[:n])


def test_guidelines_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written(Path("scheme.yaml"), ENGLISH | {"guidelines": {"en": "guide.md", "ar": "dalil.md"}})
    Path("guide.md").write_text("# Mark names\n", encoding="utf-8")
    Path("dalil.md").write_text("# علّم الأسماء\n", encoding="utf-8")
    command("annotate", "guidelines", "--scheme", "scheme.yaml", "-o", "guide.html")
    html = Path("guide.html").read_text(encoding="utf-8")
    assert '<div dir="ltr" lang="en">\n<h1>Mark names</h1>' in html
    assert '<div dir="rtl" lang="ar">\n<h1>علّم الأسماء</h1>' in html
    scheme = load_scheme("scheme.yaml")
    assert "Mark names" in instructions_html(scheme)
    assert "n PERSON (PERSON)" in guidelines_skeleton(scheme)


def test_the_digest_of_ones_own_guidelines_goes_into_the_gold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written a year later is not what annotators had."""
    monkeypatch.chdir(tmp_path)
    scheme = scheme_in_file(ENGLISH | {"guidelines": {"en": "guide.md"}}, guide="# Mark names\n")
    task = make_task(Article("d", TEXTS["english"]), (), scheme)
    raw = exported(task, [finished("a@x.org", work("english", TEXTS["english"]))])
    Path("export.json").write_text(json.dumps([raw]), encoding="utf-8")
    command("export", "dataset", "export.json", "--scheme", "scheme.yaml", "-o", "gold")
    digest = hashlib.sha256(b"# Mark names\n").hexdigest()
    assert json.loads(Path("gold/gold.json").read_text(encoding="utf-8"))["guidelines_sha256"] == {"en": digest}
    assert f"en `{digest[:12]}`" in Path("gold/README.md").read_text(encoding="utf-8")
    # A scheme without guidelines of its own has not ours.
    written(Path("scheme.yaml"), ENGLISH)
    command("export", "dataset", "export.json", "--scheme", "scheme.yaml", "-o", "gold")
    assert json.loads(Path("gold/gold.json").read_text(encoding="utf-8"))["guidelines_sha256"] == {}


def scheme_in_file(values: Values, guide: str) -> Scheme:
    Path("guide.md").write_text(guide, encoding="utf-8")
    return load_scheme(written(Path("scheme.yaml"), values))


def gold_folder(folder: Path, values: Values, *documents: GoldDocument) -> Path:
    scheme = scheme_in(folder, values)
    (folder / "gold").mkdir()
    write_gold(Gold("x", "1.0", scheme, {"test": documents}), folder / "gold")
    return folder / "gold"


STANCES = GoldDocument(
    Article("d", TEXTS["stance"]), (EventClaim("c", "x"),), Annotation("d", "gold", stances={"c": "agree"})
)
NAMES = GoldDocument(Article("d", TEXTS["english"]), (), Annotation("d", "gold", (Span(0, 10, "PERSON"),)))


@pytest.mark.parametrize(
    ("values", "document", "form", "told"),
    [
        (STANCE, STANCES, "iob2", "--as iob2: holds entities or claims, and {} has only article stances"),
        (STANCE, STANCES, "brat", "--as brat: holds entities or claims, and {} has only article stances"),
        (ENGLISH, NAMES, "stance", "--as stance: holds article stances, and {} has only entities"),
        (STANCE, replace(STANCES, annotation=Annotation("d", "gold")), "stance", "there are no article stances in "),
    ],
)
def test_a_form_without_a_place_for_anything_is_refused(
    tmp_path: Path, values: Values, document: GoldDocument, form: str, told: str
) -> None:
    gold = gold_folder(tmp_path, values, document)
    with pytest.raises(InputError) as error:
        write_as(form, lambda: read_gold(gold), "all", tmp_path / "x.csv")
    assert told.format(gold) in str(error.value)
    assert not (tmp_path / "x.csv").exists()


@pytest.mark.parametrize(
    ("form", "name", "told"),
    [
        ("stance", "x.txt", "does not have the name of a stance file; end its name in .csv"),
        ("stance", "x.tsv", "does not have the name of a stance file; end its name in .csv"),
        ("docbin", "x.bin", "does not have the name of a docbin file; end its name in .spacy"),
        ("jsonl", "x.parquet", "would be read as Parquet, but has JSON lines"),
    ],
)
def test_a_name_by_which_nobody_would_read_the_file_is_refused(tmp_path: Path, form: str, name: str, told: str) -> None:
    gold = gold_folder(tmp_path, STANCE, STANCES)
    with pytest.raises(InputError, match=told):
        write_as(form, lambda: read_gold(gold), "all", tmp_path / name)
    assert not (tmp_path / name).exists()


def test_a_docbin_without_some_layers_is_known_again(tmp_path: Path) -> None:
    pytest.importorskip("spacy")
    gold = gold_folder(tmp_path, ENGLISH, NAMES)
    for _ in range(2):  # over the first
        said = command("export", "write", gold, "--as", "docbin", "-o", tmp_path / "x.spacy")
        assert "claims" not in said


def test_a_wrong_scheme_is_one_line_for_all_tasks(tmp_path: Path) -> None:
    """Each task is of the Urdu scheme, and the English one is given."""
    scheme = scheme_in(tmp_path, URDU | {"name": "urdu"})
    tasks = [exported(make_task(Article(f"ur{n}", TEXTS["urdu"]), (), scheme), []) | {"id": n} for n in range(9)]
    with pytest.raises(InputError) as error:
        read_tasks(tasks, "export.json", scheme_in(tmp_path, ENGLISH))
    assert grouped(error.value.problems) == [
        "export.json: task 0: article ur0: was made with the scheme urdu@1.0, not news@1.0; give its scheme with "
        "--scheme (9 times; this is the first)"
    ]


def test_claims_without_stances_are_not_said_to_have_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the law scheme nobody can give a claim a stance: not in tables, the card, diffs or what is set aside."""
    monkeypatch.chdir(tmp_path)
    scheme, text = scheme_in(tmp_path, LAW), TEXTS["law"]
    both = work("law", text)
    alone = [region("c", *place(text, "The High Court"), "CLAIM")]
    raw = exported(make_task(Article("d", text), (), scheme), [finished("a", both), finished("b", both + alone[:0])])
    other = exported(make_task(Article("e", text + " x"), (), scheme), [finished("a", both), finished("b", alone)])
    Path("export.json").write_text(json.dumps([raw, other | {"id": 2}]), encoding="utf-8")
    said = command("export", "dataset", "export.json", "--scheme", "scheme.yaml", "-o", "gold")
    assert "no stance" not in said + Path("gold/README.md").read_text(encoding="utf-8")
    assert "stance" not in Path("gold/set_aside.jsonl").read_text(encoding="utf-8")
    assert re.search(r"^\s*claims +\d", said, re.MULTILINE)
    assert "stances" not in said.partition("agreement")[2].split(":")[0]
    command("export", "dataset", "export.json", "--scheme", "scheme.yaml", "-o", "fewer", "--policy", "b")
    assert "no stance" not in command("export", "diff", "gold", "fewer")
    # What all agree on carries no mark in the adjudicator's task.
    (task,) = adjudication_tasks(read_tasks([raw, other | {"id": 2}], "x", scheme), scheme)
    (agreed,) = adjudication_tasks(read_tasks([raw], "x", scheme), scheme, sample=1.0)
    assert not [one for one in agreed["predictions"][-1]["result"] if "meta" in one]
    assert [one for one in task["predictions"][-1]["result"] if "meta" in one]


def test_the_summary_has_the_agreement_on_stances_of_claims(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both mark one claim; one says support, the other deny: of one pair none is equal. On the event's claim both agree."""
    monkeypatch.chdir(tmp_path)
    scheme, text = scheme_in(tmp_path, HEALTH), TEXTS["health"]
    first = work("health", text)
    second = [one for one in first if one.get("from_name") != "stance"]
    second.append(stance("c", *place(text, CLAIMS["health"]), "deny"))
    task = make_task(Article("d", text), (EventClaim("c1", "x"),), scheme)
    Path("export.json").write_text(json.dumps([exported(task, [finished("a", first), finished("b", second)])]), "utf-8")
    said = " ".join(command("export", "dataset", "export.json", "--scheme", "scheme.yaml", "-o", "gold").split())
    told = (
        "(strict F1; stances: share of equal answers): entities 1.000, claims 1.000, claim_stance 0.000, stance 1.000"
    )
    assert told in said
    assert "claim_stance 0.000" in Path("gold/README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("values", [HEALTH, ENGLISH], ids=["ar", "en"])
def test_the_pages_of_annotators_are_in_the_language_of_the_scheme(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, values: Values
) -> None:
    monkeypatch.chdir(tmp_path)
    scheme = scheme_in(tmp_path, values)
    text = "Mary Smith flew to London."
    label = next(iter(scheme.entities))
    marked = [region("e", 0, 3, label, "Mar")]  # cuts a word
    raw = exported(make_task(Article("d", text), (), scheme), [finished("a@x.org", marked)])
    Path("export.json").write_text(json.dumps([raw]), encoding="utf-8")
    command("export", "check", "export.json", "--scheme", "scheme.yaml", "--by", "annotator", "-o", "pages")
    page = Path("pages/1-a@x.org.html").read_text(encoding="utf-8")
    assert f'<html lang="{scheme.language}" dir="{scheme.direction}">' in page
    shown = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)
    assert bool(ARABIC_LETTER.search(shown)) == (scheme.language == "ar")
    assert "A span begins or ends inside a word" in page
