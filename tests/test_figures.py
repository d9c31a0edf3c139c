"""Figures for papers, and what notebooks show: the numbers of the scores, Arabic in its shape, nothing that runs."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import mihakk
import numpy as np
import pytest
from conftest import Here
from mihakk.eval.pages.figures import (
    agreement_figures,
    comparison_figure,
    document_figure,
    score_figure,
    score_figures,
    write_figures,
)
from mihakk.eval.pages.score import label_pairs, names_of_labels
from mihakk.eval.score import read_sides, score_sides
from web_pages import HOSTILE, SAMPLE, hostile_gold, predictions_of

pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    folder = tmp_path_factory.mktemp("figures")
    documents = hostile_gold(folder / "gold")
    for name, every in (("a.jsonl", 5), ("b.jsonl", 9)):
        (folder / name).write_text(predictions_of(documents, every), encoding="utf-8")
    return folder / "gold", folder / "a.jsonl", folder / "b.jsonl"


def pixels(figure: Any) -> Any:
    """The figure as an array of colours."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())


def test_bars_are_as_long_as_the_numbers(files: tuple[Path, Path, Path]) -> None:
    scores = mihakk.evaluate(*files[:2])
    axes = score_figure(scores).axes[0]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    bars = [bar.get_width() for bar in axes.patches]
    strict = scores.tasks["entities"]["strict"]
    for label, length in zip(labels, bars, strict=True):
        leaf = strict.micro if label == "micro" else strict.labels[label]
        assert length == (leaf.f1 or 0.0), label
    # An interval is a line from its low to its high end.
    drawn = {tuple(line.get_xdata()) for line in axes.lines}
    assert tuple(strict.micro.intervals["f1"]) in drawn


def test_differences_are_where_the_comparison_says(files: tuple[Path, Path, Path]) -> None:
    comparison = mihakk.compare(files[0], *files[1:], resampled=100)
    axes = comparison_figure(comparison).axes[0]
    points = {float(line.get_xdata()[0]) for line in axes.lines if len(line.get_xdata()) == 1}
    assert comparison.differences["b.jsonl"]["entities.strict.micro.f1"].difference in points


def test_the_picture_in_the_docs(files: tuple[Path, Path, Path]) -> None:
    sides = read_sides(*files[:2])
    figure = score_figure(score_sides(sides, "p"), names_of_labels(sides))
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert "PERS \u200eشخص" in labels
    if folder := os.environ.get("MIHAKK_SCREENSHOTS"):
        figure.savefig(Path(folder, "figure-labels.png"), dpi=150)


def test_counts_of_the_confusion_are_those_of_the_pairs(files: tuple[Path, Path, Path]) -> None:
    sides = read_sides(*files[:2])
    pairs = label_pairs(sides)
    figure = score_figures(score_sides(sides, "p"), names_of_labels(sides), pairs)["score-confusion"]
    shown = sorted(int(text.get_text()) for text in figure.axes[0].texts if text.get_text())
    assert shown == sorted(n for row in pairs.values() for n in row.values())


def test_arabic_is_shaped_and_in_order() -> None:
    """Joined letters differ from the same letters kept apart, and right to left differs from left to right."""
    from mihakk.eval.pages.figures import _drawing, _new

    def drawn(text: str) -> Any:
        with _drawing():
            figure, axes = _new(2, 1)
            axes.set_axis_off()
            axes.text(0.1, 0.5, text, fontsize=20)
            return pixels(figure)

    whole = drawn("السندارية")
    assert (whole != drawn("\u200c".join("السندارية"))).any(), "letters join"
    assert (whole != drawn("السندارية"[::-1])).any(), "their order is that of reading"
    # A mark of direction shows nothing: the same picture, so the text was ordered by itself.
    assert (whole == drawn("\u202bالسندارية\u202c")).all()


def test_a_dollar_in_a_name_begins_no_formula(files: tuple[Path, Path, Path]) -> None:
    comparison = mihakk.compare(files[0], {"$a$": files[1]}, {"$x_{2": files[2]}, resampled=100)
    pixels(comparison_figure(comparison))


def test_files_are_the_same_each_time_and_of_three_forms(files: tuple[Path, Path, Path], tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_figures(score_figures(mihakk.evaluate(*files[:2])), "score", "signature", tmp_path / name)
    first, second = ({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert first == second
    assert {"score-labels.png", "score-labels.svg", "score-labels.pdf", "score-stances.pdf", "score.json"} <= set(first)
    assert first["score-labels.png"].startswith(b"\x89PNG")
    assert first["score-labels.pdf"].startswith(b"%PDF")
    assert json.loads(first["score.json"])["signature"] == "signature"


def test_who_agrees_with_whom_names_nobody_in_full() -> None:
    from mihakk.configs.scheme import load_scheme
    from test_agreement import THREE

    scheme = load_scheme()
    found = mihakk.eval.agreement.measure.agreement(THREE, scheme)  # type: ignore[attr-defined]
    figures = agreement_figures(found)
    assert set(figures) == {"agreement-labels", "agreement-annotators"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_the_commands_write_folders_and_keep_those_of_others(
    here: Here, files: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    gold, a, b = files
    assert here(f"eval score {gold} {a} --figures score")[0] == 0
    assert here(f"eval score {gold} {a} --figures score")[0] == 0, "its own folder is made again"
    assert here(f"eval compare {gold} {a} {b} --resamples 100 --figures compare")[0] == 0
    assert here(f"export agreement {SAMPLE} --figures agreement")[0] == 0
    assert (tmp_path / "compare" / "compare-differences.svg").exists()
    assert (tmp_path / "agreement" / "agreement-labels.pdf").exists()
    code, _, problem = here(f"eval compare {gold} {a} {b} --resamples 100 --figures score")
    assert code == 2
    assert "score: exists and was not made by this command" in problem
    assert (tmp_path / "score" / "score-labels.png").exists()
    for path in tmp_path.rglob("*.*"):
        assert str(tmp_path).encode() not in path.read_bytes()


# --- notebooks


def test_notebooks_show_the_numbers_and_run_nothing(files: tuple[Path, Path, Path]) -> None:
    scores = mihakk.evaluate(*files[:2])
    comparison = mihakk.compare(files[0], *files[1:], resampled=100)
    agreement = mihakk.agreement(SAMPLE)
    for shown in (scores, comparison, agreement):
        html = shown._repr_html_()
        assert shown.signature in html
        assert not re.search(r"<script|<img|https?:|\son\w+=", html)
    assert f"{scores.tasks['entities']['strict'].micro.f1:.3f}" in scores._repr_html_()
    difference = comparison.differences["b.jsonl"]["entities.strict.micro.f1"].difference
    assert f"{difference:+.3f}" in comparison._repr_html_()
    assert "0.896" in agreement._repr_html_()
    assert "@example.com" not in agreement._repr_html_()


def test_a_document_shows_its_text_with_labels_behind_words_alone(files: tuple[Path, Path, Path]) -> None:
    gold = mihakk.read_gold(files[0])
    for document in gold.split("all"):
        html = document._repr_html_()
        assert "<script" not in html
        # Without what is raised, the text is there letter by letter.
        body = html[html.index("</small></p>") :]
        plain = re.sub(r"<[^>]+>", "", re.sub(r"<sup[^>]*>.*?</sup>", "", body))
        from html import unescape

        assert "".join(document.article.text.split()) in "".join(unescape(plain).split())
        # Nothing is raised between two letters.
        unmarked = re.sub(r"</?(?:u|span)[^>]*>", "", body)
        assert not re.search(r"\w<sup[^>]*>[^<]*</sup>\w", unmarked)
        assert body.count("<sup") > 0
    assert HOSTILE not in gold.split("all")[-1]._repr_html_()


def test_each_has_a_figure(files: tuple[Path, Path, Path]) -> None:
    scores = mihakk.evaluate(*files[:2])
    comparison = mihakk.compare(files[0], *files[1:], resampled=100)
    document = mihakk.read_gold(files[0]).split("all")[0]
    for shown in (scores, comparison, mihakk.agreement(SAMPLE), document):
        assert pixels(shown.figure()).std() > 0
    widths = {bar.get_width() for bar in document_figure(document).axes[0].patches}
    assert widths == {s.end - s.start for s in (*document.annotation.entities, *document.annotation.claims)}
