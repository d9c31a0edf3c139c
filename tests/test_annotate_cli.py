"""`mihakk annotate` on the command line: what is written, what is said where, and the exit code."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mihakk
import pytest
import yaml
from mihakk.annotate.preannotation import is_blind
from mihakk.cli import main
from mihakk.configs.scheme import load_scheme

PLACES = ["النعناع", "الريحان", "الزعتر", "السماق", "الخروب", "الصنوبر"]
ARTICLES = [f"{n:02}" for n in range(60)]
BAD = bytes(range(256)) * 20


def page(n: int) -> str:
    place = PLACES[n % len(PLACES)]
    return "\n".join(
        [
            "الرئيسية",
            f"بلدية وادي {place} تعيد فتح الجسر القديم أمام المشاة",
            f"{n % 28 + 1} كانون الأول 2025",
            f"أعادت بلدية وادي {place} فتح الجسر القديم أمام المشاة والسيارات الصغيرة بعد أعمال ترميم دامت {n + 2} أعوام.",
            f"وقالت رئيسة بلدية {place} سلمى الكرزي إن الترميم شمل الدعامات الأربع والأرصفة، وإن كلفته بلغت {n} ملايين.",
            "شارك الخبر",
            "المصدر: صحيفة المحارة",
        ]
    )


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a folder `pages` of 60 pages, one of which, 17.txt, is no text."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pages").mkdir()
    for n, name in enumerate(ARTICLES):
        (tmp_path / "pages" / f"{name}.txt").write_text(page(n), encoding="utf-8")
    (tmp_path / "pages" / "17.txt").write_bytes(BAD)
    return tmp_path


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `mihakk annotate ...` in this process, as the installed command does."""
    monkeypatch.setenv("COLUMNS", "300")

    def run(*arguments: str | Path, stdin: bytes = b"") -> Result:
        monkeypatch.setattr(sys, "argv", ["mihakk", "annotate", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        with pytest.raises(SystemExit) as done:
            main()
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return Result(int(done.value.code or 0), captured.out, captured.err)

    return run


def tasks_in(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text(encoding="utf-8"))


def ids_in(path: Path) -> list[str]:
    return [task["data"]["doc_id"] for task in tasks_in(path)]


def good() -> list[str]:
    return [name for name in ARTICLES if name != "17"]


def events(folder: Path, *articles: str) -> Path:
    path = folder / "events.yaml"
    event = {
        "id": "bridge",
        "title": "الجسر",
        "articles": list(articles),
        "claims": [{"id": "c1", "text": "فُتح الجسر"}],
    }
    path.write_text(yaml.safe_dump({"events": [event]}, allow_unicode=True), encoding="utf-8")
    return path


def predictions(folder: Path, *names: str, **fields: Any) -> Path:
    path = folder / "predictions.jsonl"
    rows = [
        {"id": name, "entities": [{"text": "سلمى الكرزي", "label": "PERS", "score": 0.5}], **fields} for name in names
    ]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


# --- bad files --------------------------------------------------------------------------------------


def test_one_bad_page_of_sixty_costs_that_page_and_the_exit_code_says_so(folder: Path, run: Run) -> None:
    result = run("tasks", "pages", "-o", "tasks.json")
    assert result.code == 1
    assert ids_in(folder / "tasks.json") == good()
    assert "59 tasks" in result.out
    first, *rest = result.err.splitlines()
    assert first.startswith("mihakk: pages/17.txt: ")
    assert rest == ["mihakk: 1 could not be read; the others are written (with --skip-bad the exit code is 0)"]


def test_events_may_list_an_unreadable_page_by_the_id_that_it_would_have(folder: Path, run: Run) -> None:
    """Where names repeat, ids have the folder in front; a page of such a name that is empty is no unknown article."""
    for place, text in (("سياسة", page(1)), ("مال", "")):
        (folder / "two" / place).mkdir(parents=True)
        (folder / "two" / place / "1.txt").write_text(text, encoding="utf-8")
    listed = events(folder, "سياسة-1", "مال-1")
    result = run("tasks", "two", "--events", listed, "-o", "tasks.json")
    assert result.code == 1
    assert ids_in(folder / "tasks.json") == ["سياسة-1"]
    assert "there is no article" not in result.err
    unknown = run("tasks", "two", "--events", events(folder, "سياسة-1", "مال-2"), "-o", "other.json")
    assert "there is no article مال-2" in unknown.err


def test_with_skip_bad_the_run_is_a_success_and_the_page_is_named_all_the_same(folder: Path, run: Run) -> None:
    result = run("tasks", "pages", "-o", "tasks.json", "--skip-bad")
    assert result.code == 0
    assert ids_in(folder / "tasks.json") == good()
    assert result.err.splitlines()[0].startswith("mihakk: pages/17.txt: ")


def test_without_a_bad_page_nothing_is_said_on_stderr(folder: Path, run: Run) -> None:
    (folder / "pages" / "17.txt").write_text(page(17), encoding="utf-8")
    result = run("tasks", "pages", "-o", "tasks.json")
    assert (result.code, result.err) == (0, "")
    assert ids_in(folder / "tasks.json") == ARTICLES


@pytest.mark.parametrize("options", [[], ["--skip-bad"]])
def test_where_nothing_can_be_read_nothing_is_written(folder: Path, run: Run, options: list[str]) -> None:
    (folder / "tasks.json").write_text("[]", encoding="utf-8")
    result = run("tasks", "pages/17.txt", "gone.txt", "-o", "tasks.json", *options)
    assert result.code == 2
    assert [line.split(": ")[1] for line in result.err.splitlines()] == ["pages/17.txt", "gone.txt"]
    # What stood there before is untouched, and nothing is left beside it.
    assert (folder / "tasks.json").read_text(encoding="utf-8") == "[]"
    assert sorted(path.name for path in folder.iterdir()) == ["pages", "tasks.json"]


def test_a_bad_page_that_an_event_lists_costs_that_page_only(folder: Path, run: Run) -> None:
    """The editor's events.yaml names it rightly; that it cannot be read is told once, as such."""
    listed = events(folder, "16", "17", "18")
    result = run("tasks", "pages", "--events", listed, "-o", "tasks.json", "--skip-bad")
    assert "pages/17.txt" in result.err
    assert result.code == 0
    assert ids_in(folder / "tasks.json") == good()


@pytest.mark.parametrize("command", ["inspect", "events"])
def test_every_command_that_reads_pages_names_the_bad_one(folder: Path, run: Run, command: str) -> None:
    output = ["-o", "events.yaml"] if command == "events" else []
    result = run(command, "pages", *output)
    assert result.code == 1
    assert result.err.splitlines()[0].startswith("mihakk: pages/17.txt: ")
    more = ["-o", "again.yaml"] if command == "events" else []
    assert run(command, "pages", *more, "--skip-bad").code == 0
    nothing = ["-o", "none.yaml"] if command == "events" else []
    assert run(command, "pages/17.txt", *nothing).code == 2
    assert not (folder / "none.yaml").exists()


# --- tasks ------------------------------------------------------------------------------------------


def test_a_task_has_the_article_as_read_and_the_scheme(folder: Path, run: Run) -> None:
    run("tasks", "pages/03.txt", "-o", "tasks.json")
    (task,) = tasks_in(folder / "tasks.json")
    data = task["data"]
    assert data["title"] == "بلدية وادي السماق تعيد فتح الجسر القديم أمام المشاة"
    # Page 3 is of 4 December: n % 28 + 1.
    assert (data["outlet"], data["published"], data["source"]) == ("صحيفة المحارة", "2025-12-04", "03.txt")
    assert (data["scheme"], data["claims"], data["preannotated_by"]) == (load_scheme().id, [], None)
    assert "predictions" not in task


def test_columns_of_a_table_are_named_with_column(folder: Path, run: Run) -> None:
    row = {"key": "a", "body": "متن الخبر.", "site": "Al Jazeera"}
    (folder / "rows.jsonl").write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
    columns = ["--column", "id=key", "--column", "text=body", "--column", "outlet=site"]
    assert run("tasks", "rows.jsonl", "-o", "tasks.json", *columns).code == 0
    (task,) = tasks_in(folder / "tasks.json")
    assert [task["data"][key] for key in ("doc_id", "text", "outlet")] == ["a", "متن الخبر.", "الجزيرة"]


@pytest.mark.parametrize("column", ["text", "text=", "=body", "body=text", ""])
def test_a_column_in_another_form_is_an_error(folder: Path, run: Run, column: str) -> None:
    result = run("tasks", "pages", "-o", "tasks.json", "--column", column)
    assert result.code == 2
    assert result.err.startswith(f"mihakk: --column {column}: must look like FIELD=NAME")
    assert not (folder / "tasks.json").exists()


def test_names_of_ones_own_are_read_with_outlets(folder: Path, run: Run) -> None:
    (folder / "mine.yaml").write_text("outlets: [{name: المحارة, aliases: [صحيفة المحارة]}]", encoding="utf-8")
    run("tasks", "pages/03.txt", "-o", "tasks.json", "--outlets", "mine.yaml")
    assert tasks_in(folder / "tasks.json")[0]["data"]["outlet"] == "المحارة"


def test_standard_input_is_a_source(folder: Path, run: Run) -> None:
    rows = "".join(json.dumps({"id": name, "text": "متن الخبر."}, ensure_ascii=False) + "\n" for name in "ab")
    assert run("tasks", "-", "-o", "tasks.json", stdin=rows.encode()).code == 0
    assert ids_in(folder / "tasks.json") == ["a", "b"]
    assert run("tasks", "-", "-o", "page.json", stdin=page(3).encode()).code == 0
    assert tasks_in(folder / "page.json")[0]["data"]["published"] == "2025-12-04"


def test_show_removed_prints_every_line_left_out_with_its_reason(folder: Path, run: Run) -> None:
    lines = run("tasks", "pages/03.txt", "-o", "tasks.json", "--show-removed").out.splitlines()
    # Lines of the page from 1: the menu, the date, the button and the source are left out.
    rows = {line.split()[1]: line for line in lines if re.match(r"03\s+\d+\s+\w", line)}
    assert sorted(rows) == ["1", "3", "6", "7"]
    assert "share" in rows["6"]
    assert "شارك الخبر" in rows["6"]
    assert "شارك الخبر" not in run("tasks", "pages/03.txt", "-o", "tasks.json").out


def test_an_encoding_other_than_utf8_is_said(folder: Path, run: Run) -> None:
    (folder / "old.txt").write_bytes(page(3).encode("cp1256"))
    assert "1 were in cp1256" in run("tasks", "old.txt", "pages/04.txt", "-o", "tasks.json").out


def test_a_row_with_half_a_character_is_a_problem_of_that_row(folder: Path, run: Run) -> None:
    rows = [{"id": "a", "text": "متن", "outlet": "\ud800"}, {"id": "b", "text": "متن"}]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    run("tasks", "rows.jsonl", "-o", "tasks.json")
    assert "b" in ids_in(folder / "tasks.json")


def test_an_output_in_a_folder_that_does_not_exist_is_an_error(folder: Path, run: Run) -> None:
    result = run("tasks", "pages", "-o", "gone/tasks.json")
    assert (result.code, result.err) == (2, "mihakk: gone/tasks.json: the folder gone does not exist\n")


# --- events -----------------------------------------------------------------------------------------


def test_events_give_tasks_their_event_and_claims(folder: Path, run: Run) -> None:
    run("tasks", "pages", "--events", events(folder, "03", "04"), "-o", "tasks.json")
    by_name = {task["data"]["doc_id"]: task["data"] for task in tasks_in(folder / "tasks.json")}
    for name, data in by_name.items():
        expected = ("bridge", [("c1", "فُتح الجسر")]) if name in ("03", "04") else (None, [])
        assert (data["event_id"], [(claim["id"], claim["text"]) for claim in data["claims"]]) == expected


@pytest.mark.parametrize("count", [10, 11])
def test_an_event_with_more_claims_than_keys_is_told(folder: Path, run: Run, count: int) -> None:
    """Seen in Label Studio 1.23: with thirteen claims, Ctrl+Alt+1 answers claims 1, 10, 11 and 12 (from 0)."""
    claims = [{"id": f"c{n}", "text": f"ادعاء {n}"} for n in range(count)]
    event = {"id": "bridge", "title": "الجسر", "articles": ["03"], "claims": claims}
    path = folder / "events.yaml"
    path.write_text(yaml.safe_dump({"events": [event]}, allow_unicode=True), encoding="utf-8")
    result = run("tasks", "pages", "--events", path, "-o", "tasks.json")
    told = "event bridge has 11 claims, and there are keys for 10: `annotate push` makes an interface without keys"
    assert (told in " ".join(result.out.split())) == (count == 11)


def test_an_event_with_an_article_that_there_is_not_is_an_error_and_nothing_is_written(folder: Path, run: Run) -> None:
    result = run("tasks", "pages", "--events", events(folder, "03", "99"), "-o", "tasks.json", "--skip-bad")
    assert result.code == 2
    assert "there is no article 99" in result.err
    assert "events.yaml:" in result.err
    assert sorted(path.name for path in folder.iterdir()) == ["events.yaml", "pages"]


def test_proposed_events_are_a_file_that_tasks_take(folder: Path, run: Run) -> None:
    for name in ("صدى", "نبض"):  # two papers report one event, with names and words of their own
        lines = (
            f"جريدة {name} الوادي",
            "غرق عبّارة «النورس» قبالة مرفأ القطلب",
            "3 كانون الأول 2025",
            f"غرقت عبّارة «النورس» قبالة مرفأ القطلب، وقال قبطانها هيثم الدلبي لجريدة {name} الوادي إن الركاب جميعا نجوا.",
        )
        (folder / "pages" / f"{name}.txt").write_text("\n".join(lines), encoding="utf-8")
    result = run("events", "pages", "-o", "events.yaml", "--skip-bad")
    assert result.code == 0
    assert "1 proposed event with 2 articles" in result.out
    assert run("tasks", "pages", "--events", "events.yaml", "-o", "tasks.json", "--skip-bad").code == 0


def test_articles_without_a_date_are_told_when_events_are_proposed(folder: Path, run: Run) -> None:
    texts = [f"أعلن الدفاع المدني إخماد حريق في سوق الخرّوب رقم {n} بعد ساعات من اندلاعه." for n in range(4)]
    days = [None, None, "2026-02-03", None]
    rows = [{"id": f"a{n}", "text": texts[n], "published": days[n]} for n in range(4)]
    (folder / "table.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    result = run("events", "table.jsonl", "-o", "events.yaml")
    assert (result.code, result.err.count("3 articles without a date: compared")) == (0, 1)
    (folder / "table.jsonl").write_text(json.dumps(rows[2]), encoding="utf-8")
    assert "without a date" not in run("events", "table.jsonl", "-o", "again.yaml").err


def test_near_copies_in_no_common_group_are_counted(folder: Path, run: Run) -> None:
    text = "أعلنت وزارة الدفاع أن قواتها سيطرت على بلدة الوادي بعد معارك استمرت ثلاثة أيام قرب الجسر القديم وأسفرت عن سبعة قتلى."
    rows = [{"id": f"a{month}", "text": text, "published": f"2026-{month:02}-03"} for month in (2, 9)]
    (folder / "table.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    out = run("events", "table.jsonl", "-o", "events.yaml").out
    assert "0 proposed events with 0 articles, 1 pair of near-copies, 2 articles in no group" in out


def test_the_schema_that_proposed_events_name_stands_beside_them(folder: Path, run: Run) -> None:
    (folder / "أحداث").mkdir()
    run("events", "pages", "-o", "أحداث/events.yaml", "--skip-bad")
    first = (folder / "أحداث" / "events.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=events.schema.json"
    schema = folder / "أحداث" / "events.schema.json"
    assert schema.read_bytes() == (Path(mihakk.__file__).parent / "configs" / "schemas" / schema.name).read_bytes()
    assert not (folder / "events.schema.json").exists()


def test_a_file_that_is_called_like_the_schema_stays_as_it_is(folder: Path, run: Run) -> None:
    (folder / "events.schema.json").write_text("شيء آخر", encoding="utf-8")
    assert run("events", "pages", "-o", "events.yaml", "--skip-bad").code == 0
    assert (folder / "events.schema.json").read_text(encoding="utf-8") == "شيء آخر"


def test_proposed_events_never_replace_a_file(folder: Path, run: Run) -> None:
    (folder / "events.yaml").write_text("عمل المحرر", encoding="utf-8")
    result = run("events", "pages", "-o", "events.yaml")
    assert result.code == 2
    assert result.err.startswith("mihakk: events.yaml: exists and may be an editor's work")
    assert (folder / "events.yaml").read_text(encoding="utf-8") == "عمل المحرر"


# --- suggestions ------------------------------------------------------------------------------------


def test_predictions_become_suggestions_but_for_a_blind_share_which_the_seed_chooses(folder: Path, run: Run) -> None:
    path = predictions(folder, *good(), model="gazetteer")
    result = run(
        "tasks", "pages", "-o", "tasks.json", "--skip-bad", "--predictions", path, "--blind", "0.5", "--seed", "7"
    )
    assert result.code == 0
    expected = {name: None if is_blind(name, 0.5, 7) else "gazetteer" for name in good()}
    assert 0 < list(expected.values()).count(None) < 59
    tasks = {task["data"]["doc_id"]: task for task in tasks_in(folder / "tasks.json")}
    assert {name: task["data"]["preannotated_by"] for name, task in tasks.items()} == expected
    versions = {name: [p["model_version"] for p in task.get("predictions", [])] for name, task in tasks.items()}
    assert versions == {name: [model] if model else [] for name, model in expected.items()}
    blind = list(expected.values()).count(None)
    assert f"{59 - blind} pre-annotated by gazetteer, {blind} left blind" in result.out


def test_without_blind_every_task_has_its_suggestions(folder: Path, run: Run) -> None:
    path = predictions(folder, "03", "04")
    assert (
        run("tasks", "pages/03.txt", "pages/04.txt", "-o", "tasks.json", "--predictions", path, "--model", "x").code
        == 0
    )
    for task in tasks_in(folder / "tasks.json"):
        ((region,),) = (prediction["result"] for prediction in task["predictions"])
        assert task["data"]["text"][region["value"]["start"] : region["value"]["end"]] == "سلمى الكرزي"
        assert (task["predictions"][0]["score"], task["data"]["preannotated_by"]) == (0.5, "x")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"entities": [{"text": "سلمى", "label": "CITY"}]}, "predictions.jsonl:1: document 03: "),
        ({"entities": [{"text": "غيره", "label": "PERS"}]}, "predictions.jsonl:1: document 03: "),
        ({"id": "99"}, "predictions.jsonl:1: there is no article 99"),
        ({"stances": ["agree"]}, "predictions.jsonl:1:"),
    ],
)
def test_predictions_that_do_not_fit_are_an_error_and_nothing_is_written(
    folder: Path, run: Run, fields: dict[str, Any], said: str
) -> None:
    path = predictions(folder, "03")
    path.write_text(json.dumps({"id": "03", "model": "x", **fields}, ensure_ascii=False), encoding="utf-8")
    result = run("tasks", "pages/03.txt", "-o", "tasks.json", "--predictions", "predictions.jsonl")
    assert result.code == 2
    assert result.err.startswith(f"mihakk: {said}")
    assert not (folder / "tasks.json").exists()


@pytest.mark.parametrize("share", ["-0.1", "1.1", "half"])
def test_a_blind_share_must_be_a_share(folder: Path, run: Run, share: str) -> None:
    assert run("tasks", "pages", "-o", "tasks.json", "--blind", share).code == 2
    assert not (folder / "tasks.json").exists()


# --- inspect ----------------------------------------------------------------------------------------


def test_inspect_prints_a_row_for_each_article_with_what_is_to_be_looked_at(folder: Path, run: Run) -> None:
    result = run("inspect", "pages", "--skip-bad")
    assert "59 articles, 60 with something to look at" in result.out  # bodies of some 40 words are short
    (row,) = (line for line in result.out.splitlines() if line.startswith("03 "))
    assert "صحيفة المحارة" in row
    assert "2025-12-04" in row
    assert "short body" in row
    assert sorted(path.name for path in folder.iterdir()) == ["pages"]


def test_inspect_of_nothing_leaves_an_earlier_page(folder: Path, run: Run) -> None:
    (folder / "empty.txt").write_text("", encoding="utf-8")
    (folder / "report.html").write_text("earlier", encoding="utf-8")
    result = run("inspect", "empty.txt", "--html", "report.html")
    assert result.code == 2
    assert (folder / "report.html").read_text(encoding="utf-8") == "earlier"


def test_inspect_writes_a_web_page_with_every_article_and_the_bad_one(folder: Path, run: Run) -> None:
    result = run("inspect", "pages", "--html", "report.html", "--skip-bad")
    assert result.code == 0
    report = (folder / "report.html").read_text(encoding="utf-8")
    assert report.count("<article>") == 60
    assert "pages/17.txt: " in report
    assert "شارك الخبر" in report


# --- the rest ---------------------------------------------------------------------------------------


def test_the_guidelines_are_written_arabic_first(folder: Path, run: Run) -> None:
    assert run("guidelines", "-o", "guidelines.html").code == 0
    page = (folder / "guidelines.html").read_text(encoding="utf-8")
    assert page.startswith('<!doctype html>\n<html lang="ar" dir="rtl">\n')
    assert 0 < page.index('<div dir="rtl"') < page.index('<div dir="ltr"')


def test_the_installed_command_ends_with_these_exit_codes_too(folder: Path) -> None:
    """Once in a process of its own, as users run it: no traceback, tasks for the rest, code 1."""
    code = "from mihakk.cli import main; main()"
    root = str(Path(mihakk.__file__).resolve().parents[1])
    done = subprocess.run(
        [sys.executable, "-c", code, "annotate", "tasks", "pages", "-o", "tasks.json"],
        cwd=folder,
        env={"PYTHONPATH": root, "PYTHONUTF8": "1", "PATH": ""},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("mihakk: pages/17.txt: ")
    assert ids_in(folder / "tasks.json") == good()
