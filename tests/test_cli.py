"""The command line: the whole road on the sample, and what is said about bad input."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mihakk
import pytest
from mihakk.cli import main
from raw_export import region, stance

SAMPLE = Path(mihakk.__file__).parent / "annotate" / "sample"
EXPECTED = json.loads(Path(__file__).with_name("sample_expected.json").read_text(encoding="utf-8"))
ROAD = (
    "annotate tasks pages --events events.yaml -o tasks.json",
    "annotate interface -o interface.xml",
    "export dataset export.json --annotators machine-generated -o gold --name sample",
    "eval predict gold --extractor mihakk.eval.gazetteer:Gazetteer -o predictions.jsonl",
    "eval score gold predictions.jsonl -o scores.json",
)


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `mihakk ARGUMENTS` in the test's folder. Anything but an orderly end is an error of the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def run_here(*arguments: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["mihakk", *arguments])
        code: Any = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return run_here


def in_own_process(folder: Path, *arguments: str, **environment: str) -> Said:
    """Runs `mihakk ARGUMENTS` as a user would."""
    done = subprocess.run(
        [sys.executable, "-c", "from mihakk.cli import main; main()", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200", **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def travelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample and everything that the road makes of it."""
    folder = tmp_path_factory.mktemp("road") / "sample"
    shutil.copytree(SAMPLE, folder)
    for command in ROAD:
        said = in_own_process(folder, *command.split())
        assert (said.code, said.err) == (0, ""), said.err
    return folder


@pytest.fixture
def folder(travelled: Path, tmp_path: Path) -> Path:
    """A copy of that folder for the test to spoil; it is the working folder."""
    shutil.copytree(travelled, tmp_path, dirs_exist_ok=True)
    return tmp_path


def content(folder: Path) -> dict[str, bytes | None]:
    """Every file and folder, hidden ones too."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def save(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


# --- the road ---


def test_the_road_leaves_what_the_sample_says(travelled: Path) -> None:
    made = set(content(travelled)) - set(content(SAMPLE))
    assert {name for name in made if "/" not in name} == {
        "tasks.json",
        "interface.xml",
        "gold",
        "predictions.jsonl",
        "predictions.jsonl.run",
        "scores.json",
    }
    assert {name for name in made if name.startswith("gold/") and name.count("/") == 1} == {
        "gold/README.md",
        "gold/gold.json",
        "gold/scheme.yaml",
        "gold/set_aside.jsonl",
        "gold/documents",
        "gold/tokens",
        "gold/stance",
    }


def test_the_tasks_carry_the_clean_texts_of_the_pages(travelled: Path) -> None:
    tasks = {task["data"]["doc_id"]: task["data"] for task in load(travelled / "tasks.json")}
    assert list(tasks) == sorted(EXPECTED)
    for name, data in tasks.items():
        for key, value in EXPECTED[name].items():
            assert (data[key] or None) == value, f"{name}: {key}"


def test_the_tasks_are_those_that_were_annotated(travelled: Path) -> None:
    tasks = {task["data"]["doc_id"]: task["data"] for task in load(travelled / "tasks.json")}
    for task in load(SAMPLE / "export.json"):
        annotated = task["data"]
        ours = tasks[annotated["doc_id"]]
        for key in ("text", "text_sha256", "scheme", "event_id"):
            assert ours[key] == annotated[key], f"{annotated['doc_id']}: {key}"
        # The sample was annotated when claims had an id and a text only.
        assert [{key: claim[key] for key in ("id", "text")} for claim in ours["claims"]] == annotated["claims"]


def test_the_gold_set_has_the_figures_of_the_sample(travelled: Path) -> None:
    header = load(travelled / "gold" / "gold.json")
    assert (header["counts"]["documents"], header["counts"]["events"]) == (14, 5)
    # From the sample's README.
    agreement = header["agreement_before_merging"]
    assert round(agreement["entities"], 3) == 0.896
    assert round(agreement["claims"], 3) == 0.854
    assert agreement["stance"] == pytest.approx(22 / 28)
    # Article 08 speaks to the raid's claims too, so raid and ambush are one group of five; the other events have
    # three each. Five go to training, three each to test and validation, the last three to training.
    assert header["splits"] == {"train": 8, "validation": 3, "test": 3}
    lines = (travelled / "gold" / "set_aside.jsonl").read_text(encoding="utf-8").splitlines()
    reasons = [json.loads(line)["reason"] for line in lines]
    assert reasons.count("skipped by the annotator") == 1
    assert reasons.count("not submitted") == 1
    assert header["counts"]["set_aside"] == len(reasons)


def test_scores_are_of_the_documents_that_were_predicted(travelled: Path) -> None:
    lines = (travelled / "predictions.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 3  # the test split
    scores = load(travelled / "scores.json")
    assert set(scores["tasks"]) == {"entities", "claims", "claim_stance", "stance"}
    assert "|split:test|task:entities,claims,claim_stance,stance|" in scores["signature"]
    predicted = sum(len(json.loads(line)["entities"]) for line in lines)
    assert scores["tasks"]["entities"]["strict"]["micro"]["predicted"] == predicted
    assert re.search(r"gold:sample@1\.0#[0-9a-f]{8}\|", scores["signature"])


def test_each_command_says_what_it_made(run: Run, folder: Path) -> None:
    said = [run(*command.split()) for command in ROAD]
    again = "mihakk: note: 3 documents have the answers of an earlier run; --fresh asks again\n"
    assert [(one.code, one.err) for one in said] == [(0, ""), (0, ""), (0, ""), (0, again), (0, "")]
    # Six outlets and five events with 14 claims, says the sample's README; 11 names no outlet, 05 has no date.
    assert "tasks.json: 14 tasks from 6 outlets, on 5 events with 14 claims" in said[0].out
    assert "outlet: 11_reader_swap" in said[0].out
    assert "date: 05_ghadran_depot" in said[0].out
    assert said[1].out.startswith("interface.xml: 13 entity labels, claims, 4 article stances of conflict_news@1.0")
    assert said[2].out.startswith("gold: 14 documents (train 8, validation 3, test 3) of 5 events: ")
    assert "set_aside.jsonl" in said[2].out
    assert said[3].out == "predictions.jsonl: predictions on 3 documents of test\n"
    for task in ("entities", "claims", "claim_stance", "stance"):
        assert re.search(rf"^{task}(; macro over \d+ of \d+ labels)? *$", said[4].out, re.MULTILINE)
    assert load(folder / "scores.json")["signature"] in said[4].out


def test_running_the_road_again_changes_nothing(run: Run, folder: Path) -> None:
    before = content(folder)
    for command in ROAD:
        run(*command.split())
    assert content(folder) == before


def test_what_is_made_can_be_read_by_those_who_may_read_the_folder(folder: Path, run: Run) -> None:
    (folder / "plain").write_text("نص", encoding="utf-8")
    run(*ROAD[0].split())
    assert (folder / "tasks.json").stat().st_mode == (folder / "plain").stat().st_mode


def test_the_scores_table_has_a_row_for_each_label_and_dashes_for_what_is_undefined(run: Run, folder: Path) -> None:
    gold = "\n".join(json.dumps({"id": name, "entities": []}) for name in sorted(EXPECTED))
    (folder / "nothing.jsonl").write_text(gold, encoding="utf-8")
    said = run("eval", "score", "gold", "nothing.jsonl", "--split", "all")
    total = load(folder / "gold" / "gold.json")["counts"]["entities"]
    # Nothing predicted: no precision, recall and F1 0, all missing.
    assert re.search(rf"^strict +– +0\.000 +0\.000 +0\.000 +0 +0 +0 +{total} +0 *$", said.out, re.MULTILINE)
    assert not re.search("^claims", said.out, re.MULTILINE)


def test_predictions_without_a_task_of_the_gold_are_refused(run: Run, folder: Path) -> None:
    (folder / "ids.jsonl").write_text('{"id": "01_sanunu_raid"}\n', encoding="utf-8")
    said = run("eval", "score", "gold", "ids.jsonl", "--split", "all")
    assert said.code == 2
    assert said.err == (
        "mihakk: there is nothing to score: the predictions have nothing, and the gold has claims, entities, stances\n"
    )
    (folder / "claims.jsonl").write_text('{"id": "01_sanunu_raid", "claims": []}\n', encoding="utf-8")
    (folder / "entities.jsonl").write_text('{"id": "01_sanunu_raid", "entities": []}\n', encoding="utf-8")
    said = run("eval", "compare", "claims.jsonl", "entities.jsonl", "claims.jsonl")
    assert (said.code, "the predictions have entities, and the gold has claims" in said.err) == (2, True)


def test_swapped_files_that_fit_are_scored_with_a_warning(run: Run, folder: Path) -> None:
    """All documents of the gold set have a prediction, so nothing else shows that precision and recall are swapped."""
    extractor = "mihakk.eval.gazetteer:Gazetteer"
    run("eval", "predict", "gold", "--extractor", extractor, "--split", "all", "-o", "every.jsonl")
    right = run("eval", "score", "gold", "every.jsonl", "--split", "all")
    wrong = run("eval", "score", "every.jsonl", "gold")
    assert (right.code, wrong.code) == (0, 0)
    assert "swapped" not in right.out + right.err
    words = f"WARNING: gold is a gold set, and every.jsonl a file of predictions of {extractor}: are they swapped?"
    assert words in wrong.out + wrong.err


def test_an_extractor_of_the_working_folder_is_run_on_the_chosen_split(run: Run, folder: Path) -> None:
    code = "def extract(document):\n    return {'stances': {c['id']: 'discuss' for c in document['claims']}}\n"
    (folder / "own_extractor.py").write_text(code, encoding="utf-8")
    said = run("eval", "predict", "gold", "--extractor", "own_extractor:extract", "-o", "own.jsonl", "--split", "train")
    sys.modules.pop("own_extractor")
    assert said.out == "own.jsonl: predictions on 8 documents of train\n"
    rows = [json.loads(line) for line in (folder / "own.jsonl").read_text(encoding="utf-8").splitlines()]
    assert all(set(row["stances"].values()) == {"discuss"} for row in rows)


def test_the_dataset_takes_its_name_from_the_folder_if_none_is_given(run: Run, folder: Path) -> None:
    run("export", "dataset", "export.json", "-o", "ذهب", "--version", "2.0")
    header = load(folder / "ذهب" / "gold.json")
    assert (header["name"], header["version"]) == ("ذهب", "2.0")


def test_the_gold_set_does_not_depend_on_how_python_orders_sets(travelled: Path, tmp_path: Path) -> None:
    # Six stances without their regions in one annotation: what is set aside comes in one order.
    tasks = load(travelled / "export.json")
    tasks[0]["annotations"][0]["result"] += [stance(f"gone{n}", 0, 7, "deny") for n in range(6)]
    save(tmp_path / "export.json", tasks)
    for seed in ("1", "2"):
        said = in_own_process(
            tmp_path, "export", "dataset", "export.json", "-o", f"gold{seed}", "--name", "x", PYTHONHASHSEED=seed
        )
        assert said.code == 0
    assert content(tmp_path / "gold1") == content(tmp_path / "gold2")
    assert (tmp_path / "gold1" / "set_aside.jsonl").read_text(encoding="utf-8").count("region gone") == 6


# --- the demo and the help ---


def test_the_demo_walks_the_road_and_a_second_one_takes_another_folder(tmp_path: Path) -> None:
    first = in_own_process(tmp_path, "demo")
    assert (first.code, first.err) == (0, "")
    for command in ROAD:
        assert f"$ mihakk {command}\n" in first.out
    assert "Everything is in mihakk-demo." in first.out
    before = content(tmp_path)
    assert {"mihakk-demo/scores.json", "mihakk-demo/gold/gold.json"} <= before.keys()

    second = in_own_process(tmp_path, "demo")
    assert second.code == 0
    assert "Everything is in mihakk-demo-2." in second.out
    after = content(tmp_path)
    assert {name: after[name] for name in before} == before
    assert after["mihakk-demo-2/scores.json"] == before["mihakk-demo/scores.json"]


def test_the_demo_works_in_a_folder_of_ones_own(run: Run, tmp_path: Path) -> None:
    said = run("demo", "تجربة")
    assert (said.code, said.err) == (0, "")
    assert (tmp_path / "تجربة" / "scores.json").is_file()
    assert Path.cwd() == tmp_path


def test_help_names_the_rooms_and_loads_nothing_heavy(tmp_path: Path) -> None:
    said = in_own_process(tmp_path, "--help")
    assert said.code == 0
    for command in ("annotate", "export", "eval", "demo"):
        assert re.search(rf"\b{command}\b", said.out)
    heavy = "{'datasets', 'label_studio_sdk', 'sklearn', 'scipy', 'pyarrow', 'pandas', 'numpy'}"
    loaded = subprocess.run(
        [sys.executable, "-c", f"import sys, mihakk.cli; print(sorted({heavy} & set(sys.modules)))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout == "[]\n"


@pytest.mark.parametrize("gold", ["gold", "predictions.jsonl"])
def test_scoring_loads_nothing_heavy(folder: Path, gold: str) -> None:
    # Arrow and numpy are what it reads with; of others the import alone would take longer than the scoring.
    heavy = "{'datasets', 'sklearn', 'scipy', 'pandas', 'pyarrow.dataset', 'pyarrow.compute'}"
    code = f"import sys; from mihakk.eval import evaluate; evaluate({gold!r}, 'predictions.jsonl'); "
    loaded = subprocess.run(
        [sys.executable, "-c", f"{code} print(sorted({heavy} & set(sys.modules)))"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout == "[]\n"


@pytest.mark.parametrize("arguments", ["", "annotate", "export", "eval"])
def test_a_command_without_what_it_needs_shows_its_help(run: Run, arguments: str) -> None:
    said = run(*arguments.split())
    assert said.code == 2
    assert "Usage: " in said.out + said.err  # of what it is called depends on how the tests were started


# --- --show-removed and what is printed as it is ---


def test_show_removed_lists_every_line_that_is_left_out_with_number_and_reason(run: Run, folder: Path) -> None:
    page = folder / "pages" / "11_reader_swap.txt"
    said = run("annotate", "tasks", str(page), "-o", "one.json", "--show-removed")
    assert said.code == 0
    kept = EXPECTED["11_reader_swap"]["text"].split("\n\n")
    lines = [(n, line.strip()) for n, line in enumerate(page.read_text(encoding="utf-8").split("\n"), 1)]
    removed = [(n, line) for n, line in lines if line and line not in kept]
    assert len(removed) > 8  # a menu, a date, buttons, comments, links
    shown = re.findall(r"^ *11_reader_swap +(\d+) +(\S.*?) {2,}(\S.*?) *$", said.out, re.MULTILINE)
    assert [(int(n), line) for n, _, line in shown] == removed
    reasons = {line: reason for _, reason, line in shown}
    assert reasons["20 كانون الأول 2025، 14:05"] == "date line"
    assert reasons["مشاركة"] == "share"
    assert reasons["وقت القراءة: دقيقتان"] == "reading"
    assert "Left out" not in run("annotate", "tasks", str(page), "-o", "one.json").out


PARAGRAPH = (
    "أعلنت وزارة الدفاع السندارية، الإثنين، أن قواتها دخلت مدينة الدمير فجرا بعد معارك استمرت يومين، "
    "وأن أحدا من المدنيين لم يصب بأذى، بحسب ما نقلته وكالة الأنباء الرسمية عن مصدر عسكري.\n"
)


def page_with(title: str, *menu: str) -> str:
    return "\n".join([*menu, "", title, "", "3 تشرين الثاني 2025، 19:29", "", PARAGRAPH, PARAGRAPH, PARAGRAPH])


@pytest.mark.parametrize(
    "menu", ["[bold]الرئيسية[/bold]", "<b>الرئيسية</b>", "[/]", "[link=x]رياضة", "\\[b]", ":100:", "نشر :dove:"]
)
def test_removed_lines_are_printed_as_they_are(run: Run, tmp_path: Path, menu: str) -> None:
    (tmp_path / "خبر.txt").write_text(page_with("وزارة الدفاع السندارية: قواتنا دخلت الدمير", menu), encoding="utf-8")
    said = run("annotate", "tasks", "خبر.txt", "-o", "tasks.json", "--show-removed")
    assert (said.code, said.err) == (0, "")
    assert re.search(rf"^ *خبر +1 .*{re.escape(menu)} *$", said.out, re.MULTILINE)


@pytest.mark.parametrize("name", ["[bold]خبر", "خبر[red]", "[b]"])
def test_article_ids_are_printed_as_they_are(run: Run, tmp_path: Path, name: str) -> None:
    page = page_with("[red]وزارة الدفاع[/red] السندارية: قواتنا دخلت <b>الدمير</b>", "القائمة")
    (tmp_path / f"{name}.txt").write_text(page, encoding="utf-8")
    said = run("annotate", "tasks", f"{name}.txt", "-o", "tasks.json", "--show-removed")
    assert (said.code, said.err) == (0, "")
    assert re.search(rf"^ *{re.escape(name)} +1 +navigation +القائمة *$", said.out, re.MULTILINE)
    assert f"outlet: {name}\n" in said.out
    (task,) = load(tmp_path / "tasks.json")
    assert task["data"]["title"] == "[red]وزارة الدفاع[/red] السندارية: قواتنا دخلت <b>الدمير</b>"


@pytest.mark.parametrize("mark", ["[bold]", "<b>"])
@pytest.mark.parametrize("command", ROAD)
def test_output_names_are_printed_as_they_are(run: Run, folder: Path, command: str, mark: str) -> None:
    *arguments, output = command.removesuffix(" --name sample").split()
    said = run(*arguments, f"{mark}ناتج-{output}")
    assert (said.code, said.err) == (0, "")
    assert (folder / f"{mark}ناتج-{output}").exists()
    if command != ROAD[4]:  # prints scores, not where they are
        assert said.out.startswith(f"{mark}ناتج-{output}: ")


def test_names_and_notes_in_scores_are_printed_as_they_are(run: Run, folder: Path) -> None:
    run("export", "dataset", "export.json", "-o", "gold", "--name", "[red]ذهب[/red]")
    row = {"id": "01_sanunu_raid", "entities": [{"text": "[bold]لا أحد[/bold]", "label": "PERS"}]}
    (folder / "marked.jsonl").write_text(json.dumps(row), encoding="utf-8")
    said = run("eval", "score", "gold", "marked.jsonl", "--split", "all")
    assert "“[bold]لا أحد[/bold]” does not occur in the text" in said.out
    assert "|gold:[red]ذهب[/red]@1.0#" in said.out


@pytest.mark.parametrize("command", ROAD[:4])
def test_a_long_output_name_is_printed_on_one_line(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    long = "طويل" * 20
    (folder / long).mkdir()
    *arguments, output = command.removesuffix(" --name sample").split()
    assert run(*arguments, f"{long}/{output}").out.startswith(f"{long}/{output}: ")


def test_a_mention_with_half_a_character_is_noted_and_scored(run: Run, folder: Path) -> None:
    # JSON can hold a lone surrogate; no terminal can print one.
    row = {"id": "01_sanunu_raid", "entities": [{"text": "\ud83d", "label": "PERS"}]}
    (folder / "half.jsonl").write_text(json.dumps(row), encoding="utf-8")
    said = run("eval", "score", "gold", "half.jsonl", "-o", "half.json", "--split", "all")
    assert said.code == 0
    assert load(folder / "half.json")["tasks"]["entities"]["strict"]["micro"]["spu"] == 1


def test_an_extractor_that_says_half_a_character_is_no_traceback(run: Run, folder: Path) -> None:
    code = "def extract(document):\n    return {'entities': [{'text': '\\ud83d', 'label': 'PERS'}]}\n"
    (folder / "half_extractor.py").write_text(code, encoding="utf-8")
    said = run("eval", "predict", "gold", "--extractor", "half_extractor:extract", "-o", "half.jsonl")
    sys.modules.pop("half_extractor")
    if said.code == 0:  # written in a form that can be read back
        assert run("eval", "score", "gold", "half.jsonl").code == 0
    else:
        assert (said.code, len(said.err.splitlines())) == (2, 1)


# --- bad input ---


def without_paragraphs(folder: Path) -> None:
    (folder / "pages" / "02_mizan_raid.txt").write_text("الرئيسية\nرياضة\nاتصل بنا\n", encoding="utf-8")


def in_pages(content: bytes) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        (folder / "pages" / "02_mizan_raid.txt").write_bytes(content)

    return spoil


def in_file(name: str, content: bytes) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        (folder / name).write_bytes(content)

    return spoil


def two_bad_pages(folder: Path) -> None:
    (folder / "pages" / "02_mizan_raid.txt").write_bytes(b"")
    (folder / "pages" / "03_raseef_raid.txt").write_bytes(b"\xff")


def in_export(change: Callable[[list[Any]], object]) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        tasks = load(folder / "export.json")
        change(tasks)
        save(folder / "export.json", tasks)

    return spoil


def second_page_of_one_id(folder: Path) -> None:
    (folder / "more").mkdir()
    shutil.copy(folder / "pages" / "02_mizan_raid.txt", folder / "more")


def nothing(folder: Path) -> None:
    pass


def add_regions(*regions: dict[str, Any]) -> Callable[[list[Any]], object]:
    """To the first annotations of the first tasks, one each."""

    def change(tasks: list[Any]) -> None:
        for task, one in zip(tasks, regions, strict=False):
            task["annotations"][0]["result"].append(one)

    return change


def predictions_of(*rows: Any) -> Callable[[Path], None]:
    return in_file("predictions.jsonl", "".join(json.dumps(row) + "\n" for row in rows).encode())


def failing_extractor(folder: Path) -> None:
    code = "def extract(document):\n    return 1 / 0\n"
    (folder / "failing_extractor.py").write_text(code, encoding="utf-8")


TASKS = "annotate tasks pages --events events.yaml -o new.json"
PAGE = "annotate tasks -o new.json pages/02_mizan_raid.txt"
DATASET = "export dataset export.json -o new"
SCORE = "eval score gold predictions.jsonl -o new.json"
PREDICT = "eval predict gold --extractor mihakk.eval.gazetteer:Gazetteer -o new.jsonl"

# How the folder is spoilt, the command, and a piece of each line on stderr, in order.
BAD: dict[str, tuple[Callable[[Path], None], str, Sequence[str]]] = {
    # Of several pages a bad one costs itself only (test_annotate_cli.py); where there is no other, nothing is written.
    "page no text": (in_pages(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), PAGE, ["02_mizan_raid.txt: is not text in UTF-8"]),
    "page empty": (in_pages(b""), PAGE, ["02_mizan_raid.txt: is empty"]),
    "page of white space": (in_pages(b"\n \n"), PAGE, ["02_mizan_raid.txt: is empty"]),
    "page without article": (without_paragraphs, PAGE, ["02_mizan_raid.txt: no article found"]),
    "page that is not there": (nothing, "annotate tasks pages/none.txt -o new.json", ["none.txt: does not exist"]),
    "several bad pages": (
        two_bad_pages,
        PAGE + " pages/03_raseef_raid.txt",
        ["02_mizan_raid.txt: is empty", "03_raseef_raid.txt: no article found"],
    ),
    "events no YAML": (in_file("events.yaml", b"events: [\n"), TASKS, ["events.yaml:2: is not YAML"]),
    "events with claims below []": (
        in_file(
            "events.yaml",
            b"events:\n  - id: e1\n    title: x\n    articles: []\n    claims: []\n      - {id: c1, text: y}\n",
        ),
        TASKS,
        ["events.yaml:6: is not YAML: expected <block end>, but found '<block sequence start>'; look at the spaces"],
    ),
    "events empty": (in_file("events.yaml", b""), TASKS, ["events.yaml: is empty"]),
    "events not UTF-8": (in_file("events.yaml", "حدث".encode("cp1256")), TASKS, ["events.yaml:1: is not UTF-8"]),
    "events with wrong keys and articles": (
        in_file("events.yaml", b"events:\n  - id: e1\n    titel: x\n    articles: 3\n"),
        TASKS,
        [
            "events.yaml:2: events.0.title: is missing",
            "events.yaml:4: events.0.articles",
            "events.yaml:3: events.0.titel: there is no such key; did you mean title?",
        ],
    ),
    "events with unknown articles": (
        in_file("events.yaml", "events:\n  - {id: e, title: حدث, articles: [02_mizan_rad, x]}\n".encode()),
        TASKS,
        ["no article 02_mizan_rad; did you mean 02_mizan_raid?", "no article x"],
    ),
    "no events file": (nothing, "annotate tasks pages --events none.yaml -o new.json", ["none.yaml: cannot be read"]),
    "export not UTF-8": (in_file("export.json", '["نص"]'.encode("cp1256")), DATASET, ["export.json:1: is not UTF-8"]),
    "export empty": (in_file("export.json", b""), DATASET, ["export.json: is empty"]),
    "no export file": (nothing, "export dataset none.json -o new", ["none.json: cannot be read"]),
    "export no JSON": (in_file("export.json", b"id,text\n1,x\n"), DATASET, ["export.json: is not JSON"]),
    "JSON that is no export": (in_file("export.json", b'{"id": 1}'), DATASET, ["it must be a list of tasks"]),
    "tasks in place of an export": (
        nothing,
        "export dataset tasks.json -o new",
        ["its items have no annotations; export again as JSON, not as JSON-MIN"],
    ),
    "scores in place of an export": (nothing, "export dataset scores.json -o new", ["must be a list of tasks"]),
    "unknown labels": (
        in_export(add_regions(region("r1", 0, 7, "CITY"), region("r2", 0, 4, "مدينة"))),
        DATASET,
        ["no label CITY", "no label مدينة"],
    ),
    "offsets outside the text": (
        in_export(add_regions(region("r1", 0, 99999, "GPE"), region("r2", -5, 4, "GPE"))),
        DATASET,
        ["region r1: GPE 0–99999", "region r2: GPE -5–4"],
    ),
    "changed text": (
        in_export(lambda tasks: tasks[3]["data"].update(text=tasks[3]["data"]["text"] + "…")),
        DATASET,
        ["article 04_bawsala_depot: the text differs from the annotated text"],
    ),
    "one article in two tasks": (
        in_export(lambda tasks: tasks.append(tasks[0] | {"id": 99})),
        DATASET,
        ["task 99: article 01_sanunu_raid is already task 1"],
    ),
    "nobody finished": (
        in_export(lambda tasks: [task.update(annotations=[]) for task in tasks]),
        DATASET,
        ["no finished annotation"],
    ),
    "predictions with unknown documents": (
        predictions_of({"id": "غريب"}, {"id": "01_sanunu_raid"}, {"id": "x"}),
        SCORE,
        [
            "predictions.jsonl:1: the gold set has no document غريب",
            "predictions.jsonl:3: the gold set has no document x",
        ],
    ),
    "gold and predictions swapped": (
        nothing,
        "eval score predictions.jsonl gold -o new.json",
        ["gold is a gold set, and predictions.jsonl a file of predictions: are they swapped?"],
    ),
    "gold and predictions swapped in a comparison": (
        nothing,
        "eval compare predictions.jsonl gold predictions.jsonl -o new.json",
        ["gold is a gold set, and predictions.jsonl a file of predictions: are they swapped?"],
    ),
    "gold and predictions swapped in a look at the file": (
        nothing,
        "eval validate predictions.jsonl gold",
        ["gold is a gold set, and predictions.jsonl a file of predictions: are they swapped?"],
    ),
    "a gold set looked at as predictions": (nothing, "eval validate gold gold", ["gold: is a gold set, not pred"]),
    "scores as predictions": (nothing, "eval score gold scores.json", ["scores.json:1: has scores, as"]),
    "a scheme for gold, and no mapping": (nothing, f"{PREDICT} --scheme gold", ["--scheme: only with --map"]),
    "predictions no JSON": (in_file("predictions.jsonl", b"id,label\n"), SCORE, ["predictions.jsonl:1: is not JSON"]),
    "predictions empty": (in_file("predictions.jsonl", b""), SCORE, ["predictions.jsonl: is empty"]),
    "no predictions file": (nothing, "eval score gold none.jsonl", ["none.jsonl: cannot be read"]),
    "a gold folder that is none": (
        nothing,
        "eval score pages predictions.jsonl -o new.json",
        ["pages: is not a gold dataset"],
    ),
    "a gold folder that is not there": (
        nothing,
        "eval score none predictions.jsonl",
        ["none: there is no such file or folder"],
    ),
    "a gold folder that is a file": (
        nothing,
        "eval score tasks.json predictions.jsonl",
        ["tasks.json: is not a gold dataset"],
    ),
    "a gold folder with a broken table": (
        in_file("gold/documents/test-00000-of-00001.parquet", b"PAR1"),
        SCORE,
        ["test-00000-of-00001.parquet: is not a Parquet file of a gold dataset"],
    ),
    "predicting on no gold folder": (nothing, PREDICT.replace("gold ", "pages "), ["pages: is not a gold dataset"]),
    "a split that is not there": (nothing, SCORE + " --split dev", ["'--split': 'dev' is not one of 'train', "]),
    "an engine for a gold set that is one folder": (
        nothing,
        PREDICT + " --engine local",
        ["--engine: only for a folder or glob of shards, which gold is not; leave out"],
    ),
    "a plan from a split of one event": (nothing, "eval plan gold predictions.jsonl", ["as with --split all"]),
    "a corpus of brat without annotations": (
        nothing,
        "export read pages --as brat -o new-gold",
        ["pages: has no documents; 01_sanunu_raid has no .ann: nobody annotated it"],
    ),
    "predicting on a split that is not there": (
        nothing,
        PREDICT + " --split dev",
        ["'--split': 'dev' is not one of 'train', "],
    ),
    "an extractor that is not there": (
        nothing,
        "eval predict gold --extractor mihakk.nowhere:extract -o new.jsonl",
        ["extractor mihakk.nowhere:extract: No module named 'mihakk.nowhere'"],
    ),
    "an extractor that fails on every document": (
        failing_extractor,
        "eval predict gold --extractor failing_extractor:extract -o new.jsonl",
        ["ZeroDivisionError: division by zero"],
    ),
    "an extractor that exits": (
        in_file("failing_extractor.py", b"import sys\ndef extract(document): sys.exit()\n"),
        "eval predict gold --extractor failing_extractor:extract -o new.jsonl",
        ["the extractor failed on document 09_bawsala_swap: SystemExit ("],
    ),
    "tasks into a missing folder": (
        nothing,
        "annotate tasks pages -o none/new.json",
        ["the folder none does not exist"],
    ),
    "interface into a missing folder": (
        nothing,
        "annotate interface -o none/new.xml",
        ["the folder none does not exist"],
    ),
    "gold into a missing folder": (
        nothing,
        "export dataset export.json -o none/new",
        ["the folder none does not exist"],
    ),
    "predictions into a missing folder": (
        nothing,
        PREDICT.replace("new.jsonl", "none/new.jsonl"),
        ["the folder none does not exist"],
    ),
    "scores into a missing folder": (
        nothing,
        SCORE.replace("new.json", "none/new.json"),
        ["the folder none does not exist"],
    ),
    "gold over somebody's folder": (
        nothing,
        "export dataset export.json -o pages",
        ["pages: exists and was not made by this command (no gold.json); choose another -o"],
    ),
    "gold over somebody's file": (
        nothing,
        "export dataset export.json -o events.yaml",
        ["events.yaml: exists and was not"],
    ),
    "tasks over a folder": (nothing, "annotate tasks pages -o pages", ["pages"]),
    "predictions over a folder": (nothing, PREDICT.replace("new.jsonl", "pages"), ["pages"]),
    "scores over a folder": (nothing, SCORE.replace("new.json", "pages"), ["pages"]),
    "a scheme that is not there": (
        nothing,
        "annotate interface -o new.xml --scheme none.yaml",
        ["none.yaml: cannot be read"],
    ),
    "a scheme that is none": (
        nothing,
        "export dataset export.json -o new --scheme events.yaml",
        [
            *(f"events.yaml:3: {key}: is missing" for key in ("name", "version", "title")),
            "events.yaml:3: events: there is no such key",
        ],
    ),
    "the demo over a folder": (nothing, "demo pages", ["pages: already exists; the demo needs a new folder"]),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_told_in_one_line_each_and_nothing_is_written(run: Run, folder: Path, case: str) -> None:
    spoil, command, phrases = BAD[case]
    spoil(folder)
    before = content(folder)
    said = run(*command.split())
    sys.modules.pop("failing_extractor", None)
    assert said.code == 2
    lines = said.err.splitlines()
    assert len(lines) == len(phrases), said.err
    for line, phrase in zip(lines, phrases, strict=True):
        assert line.startswith("mihakk: ")
        assert phrase in line
    assert said.out == ""
    assert content(folder) == before


def test_bad_input_ends_a_process_with_code_2_and_no_traceback(travelled: Path, tmp_path: Path) -> None:
    save(tmp_path / "export.json", [])
    said = in_own_process(tmp_path, "export", "dataset", "export.json", "-o", "gold")
    assert said == Said(2, "", "mihakk: export.json: is not Label Studio's JSON export: it must be a list of tasks\n")


def test_a_problem_is_told_in_arabic_as_it_is_even_where_the_locale_is_not(tmp_path: Path) -> None:
    (tmp_path / "خبر.txt").write_bytes(b"")
    said = in_own_process(tmp_path, "annotate", "tasks", "خبر.txt", "-o", "tasks.json", LC_ALL="C")
    assert (said.code, said.err) == (2, "mihakk: خبر.txt: is empty\n")


@pytest.mark.parametrize("how", ["unknown label", "cut off"])
def test_a_good_gold_folder_survives_a_failed_run(run: Run, folder: Path, how: str) -> None:
    before = content(folder / "gold")
    if how == "cut off":
        text = (folder / "export.json").read_bytes()
        (folder / "export.json").write_bytes(text[: len(text) // 2])
    else:
        in_export(add_regions(region("r1", 0, 7, "CITY")))(folder)
    assert run("export", "dataset", "export.json", "-o", "gold").code == 2
    assert content(folder / "gold") == before


def test_a_good_gold_folder_survives_a_disk_that_fills_up(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mihakk.export.dataset

    def write_half(gold: object, target: Path, window: int | None) -> None:
        (target / "gold.json").write_text("{", encoding="utf-8")
        raise OSError(errno.ENOSPC, "No space left on device")

    before = content(folder)
    monkeypatch.setattr(mihakk.export.dataset, "write_gold", write_half)
    said = run("export", "dataset", "export.json", "-o", "gold")
    assert said == Said(74, "", "mihakk: gold: cannot be written (No space left on device)\n")
    assert content(folder) == before


def test_good_files_survive_failed_runs(run: Run, folder: Path) -> None:
    before = content(folder)
    assert run(*PREDICT.replace("new.jsonl", "predictions.jsonl").split(), "--split", "dev").code == 2
    failing_extractor(folder)
    assert (
        run("eval", "predict", "gold", "--extractor", "failing_extractor:extract", "-o", "predictions.jsonl").code == 2
    )
    sys.modules.pop("failing_extractor")
    (folder / "failing_extractor.py").unlink()
    assert run("annotate", "tasks", "none", "-o", "tasks.json").code == 2
    assert content(folder) == before


def test_a_new_gold_set_replaces_an_old_one_whole(run: Run, folder: Path) -> None:
    (folder / "gold" / "stale.txt").write_text("قديم", encoding="utf-8")
    said = run("export", "dataset", "export.json", "-o", "gold")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("mihakk: gold: has stale.txt, which Mihakk did not make")
    (folder / "gold" / "stale.txt").unlink()
    tasks = load(folder / "export.json")
    save(folder / "export.json", tasks[:3])
    before = load(folder / "gold" / "gold.json")
    known = f"{before['name']}@1.0#{before['content_hash'][:8]}"
    said = run("export", "dataset", "export.json", "-o", "gold", "--version", "1.1")
    assert (said.code, said.out.splitlines()[1]) == (0, f"  replaces {known}")
    assert load(folder / "gold" / "gold.json")["counts"]["documents"] == 3
    again = load(folder / "gold" / "gold.json")["content_hash"][:8]
    said = run("export", "dataset", "export.json", "-o", "gold", "--version", "1.1")
    assert said.out.splitlines()[1] == f"  the same as before: gold@1.1#{again}"
    assert not [name for name in content(folder) if name.startswith(".")]


def test_an_empty_folder_may_become_a_gold_set(run: Run, folder: Path) -> None:
    (folder / "new").mkdir()
    assert run("export", "dataset", "export.json", "-o", "new").code == 0
    assert (folder / "new" / "gold.json").is_file()
