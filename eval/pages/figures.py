"""Figures for papers: bars with intervals, differences, and matrices, as PNG, SVG and PDF."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...configs.errors import InputError, install_hint
from ...configs.files import dump_json
from ...configs.folders import whole_folder
from ...configs.outputs import figures_of
from .agreement import shown_names

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..agreement.records import Agreement
    from ..comparison import Comparison
    from ..gold.records import GoldDocument
    from ..scores import Scores

# One column and both columns of a page, in inches.
NARROW, WIDE = 3.4, 7.0
FORMS = ("png", "svg", "pdf")
# The colours of Okabe and Ito (2008), which all eyes can tell apart. Differences also have different marks.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9")
_MARKS = ("o", "s", "^", "D", "v")
# The first font comes with matplotlib and has Latin and Arabic letters. Other letters come from the next fonts, if
# they are installed.
_FONTS = ("DejaVu Sans", "Noto Naskh Arabic", "Noto Sans Hebrew", "Noto Sans CJK SC")
_STYLE: dict[str, Any] = {
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "mihakk",  # so that equal numbers give an equal file
    "pdf.fonttype": 42,
    "savefig.dpi": 300,
}


def score_figures(
    scores: Scores, names: Mapping[str, str] | None = None, pairs: Mapping[str, Mapping[str, int]] | None = None
) -> dict[str, Figure]:
    """`score-labels`: strict F1 of each label; `score-stances`: a matrix of stances, if there are any.

    With `pairs`, of gold and predicted labels ("" is none), also `score-confusion`. `names` are the labels' names in
    the scheme's language. Raises InputError if matplotlib is not installed.
    """
    found = {"score-labels": score_figure(scores, names)}
    with _drawing():
        if pairs:
            found["score-confusion"] = _matrix(pairs, "predicted", "gold", names or {})
        stance = scores.tasks.get("stance", {}).get("strict")
        if stance and stance.choice:
            found["score-stances"] = _matrix(stance.choice.confusion, "predicted", "gold", {}, width=NARROW)
    return found


def score_figure(scores: Scores, names: Mapping[str, str] | None = None) -> Figure:
    """F1 of each label with its interval, labels with most gold first. Without entities, F1 of each task."""
    table = scores.tasks.get("entities", {}).get("strict")
    if table:
        leaves = dict(sorted(table.labels.items(), key=lambda row: -row[1].counts.gold))
        rows = {_name(label, names): (leaf.f1, (leaf.intervals or {}).get("f1")) for label, leaf in leaves.items()}
        rows["micro"] = (table.micro.f1, (table.micro.intervals or {}).get("f1"))
    else:
        tables = {task: next(iter(schemes.values())) for task, schemes in scores.tasks.items()}
        rows = {task: (each.micro.f1, (each.micro.intervals or {}).get("f1")) for task, each in tables.items()}
    return _bars(rows, "F1")


def comparison_figures(comparison: Comparison, names: Mapping[str, str] | None = None) -> dict[str, Figure]:
    """`compare-differences`: the difference of strict F1 by label and of all, with intervals."""
    return {"compare-differences": comparison_figure(comparison, names)}


def comparison_figure(comparison: Comparison, names: Mapping[str, str] | None = None) -> Figure:
    """The difference of each system to the first, with its interval: strict F1 by label and of all labels."""
    systems = comparison.systems
    paths = list(dict.fromkeys(path for system in systems for path in comparison.differences[system]))
    prefix, f1 = "entities.strict.labels.", ".f1"
    shown = {
        _name(path.removeprefix(prefix).removesuffix(f1), names): path
        for path in paths
        if path.startswith(prefix) and path.endswith(f1)
    }
    shown |= {
        name: path
        for name, path in (
            ("all entities", "entities.strict.micro.f1"),
            ("claims", "claims.strict.micro.f1"),
            ("stance of articles", "stance.strict.accuracy"),
        )
        if path in paths
    }
    with _drawing():
        figure, axes = _new(NARROW, 0.7 + 0.22 * max(1, len(shown)) * (1 + 0.35 * (len(systems) - 1)))
        axes.axvline(0, color="#777777", linewidth=0.8)
        for k, system in enumerate(systems):
            colour, mark = _COLOURS[k % len(_COLOURS)], _MARKS[k % len(_MARKS)]
            shift = (k - (len(systems) - 1) / 2) * 0.6 / len(systems)
            for y, path in enumerate(shown.values()):
                found = comparison.differences[system].get(path)
                if found is None:
                    continue
                if found.interval:
                    axes.plot(found.interval, [y + shift] * 2, color=colour, linewidth=1.2)
                axes.plot(
                    found.difference, y + shift, mark, color=colour, markersize=4, label=None if y else _plain(system)
                )
        _rows(axes, list(shown))
        axes.set_xlabel(_plain(f"difference to {comparison.baseline}, 95 % interval"))
        if len(systems) > 1:
            figure.legend(frameon=False, fontsize=7, loc="outside upper center", ncols=2)
        return figure


def agreement_figures(agreement: Agreement, names: Mapping[str, str] | None = None) -> dict[str, Figure]:
    """`agreement-labels`: F1 of each label; with three annotators or more, `agreement-annotators`: F1 of each pair."""
    found = {"agreement-labels": agreement_figure(agreement, names)}
    people = list(agreement.annotators)
    task = next((task for task in ("entities", "claims") if task in agreement.overall.spans), None)
    if len(people) > 2 and task:
        values = {two: each.spans[task]["strict"].micro.f1 for two, each in agreement.pairs.items()}
        both = values | {(b, a): value for (a, b), value in values.items()}
        shown = list(shown_names(people).values())
        people = sorted(people)
        with _drawing():
            found["agreement-annotators"] = _heat(shown, shown, [[both.get((a, b)) for b in people] for a in people])
    return found


def agreement_figure(agreement: Agreement, names: Mapping[str, str] | None = None) -> Figure:
    """Strict F1 of each label between annotators, and kappa of stances, with intervals."""
    rows: dict[str, tuple[float | None, tuple[float, float] | None]] = {}
    for task, schemes in agreement.overall.spans.items():
        for label, row in schemes["strict"].labels.items():
            rows[_name(label, names)] = (row.f1, (row.intervals or {}).get("f1"))
        micro = schemes["strict"].micro
        rows[f"all {task}"] = (micro.f1, (micro.intervals or {}).get("f1"))
    for task, matched in agreement.overall.stances.items():
        found = matched.get("overlap") or matched["strict"]
        rows[f"{task.replace('_', ' ')}, κ"] = (found.kappa, (found.intervals or {}).get("kappa"))
    return _bars(rows, "F1, κ")


def document_figure(document: GoldDocument) -> Figure:
    """The places in the text of the claims, and of the entities by label."""
    spans = [(span.label, span.start, span.end) for span in document.annotation.entities]
    spans += [("CLAIM", claim.start, claim.end) for claim in document.annotation.claims]
    labels = list(dict.fromkeys(label for label, *_ in sorted(spans, key=lambda span: span[1])))
    with _drawing():
        figure, axes = _new(WIDE, 0.6 + 0.22 * max(1, len(labels)))
        for label, start, end in spans:
            axes.barh(labels.index(label), end - start, left=start, height=0.6, color=_COLOURS[0])
        _rows(axes, labels)
        axes.set_xlim(0, len(document.article.text))
        axes.set_xlabel("code points")
        return figure


def write_figures(figures: Mapping[str, Figure], command: str, signature: str, path: Path, force: bool = False) -> None:
    """Writes a folder with each figure in three file formats, and a file with the signature of their numbers."""
    with whole_folder(path, figures_of(command), force) as folder, _drawing():
        for name, figure in figures.items():
            for form in FORMS:
                made = {"Date": None} if form == "svg" else {"CreationDate": None} if form == "pdf" else None
                figure.savefig(folder / f"{name}.{form}", metadata=made)
        (folder / f"{command}.json").write_text(
            dump_json({"signature": signature, "figures": list(figures)}), encoding="utf-8", newline="\n"
        )


@contextmanager
def _drawing() -> Generator[None]:
    try:
        from matplotlib import font_manager, rc_context
    except ImportError:
        raise InputError(f"figures need matplotlib, which is not installed; {install_hint('figures')}") from None
    there = set(font_manager.get_font_names())
    style: Any = _STYLE | {"font.family": [font for font in _FONTS if font in there]}
    with rc_context(style):
        yield


def _new(width: float, height: float) -> tuple[Figure, Any]:
    # Without pyplot, matplotlib opens no window, and does not keep figures in memory.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def _name(label: str, names: Mapping[str, str] | None) -> str:
    """The label, and its name in the scheme's language. The mark keeps both in this order."""
    in_scheme = (names or {}).get(label)
    return f"{label} \u200e{in_scheme}" if in_scheme else label


def _rows(axes: Any, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), [_plain(name) for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)


def _plain(text: str) -> str:
    """Text with `$` escaped, so that it begins no formula."""
    return text.replace("$", r"\$")


def _bars(rows: Mapping[str, tuple[float | None, Any]], measure: str) -> Figure:
    with _drawing():
        figure, axes = _new(NARROW, 0.6 + 0.22 * max(1, len(rows)))
        values = [value or 0.0 for value, _ in rows.values()]
        axes.barh(range(len(rows)), values, height=0.6, color=_COLOURS[4])
        for y, (_, interval) in enumerate(rows.values()):
            if interval:
                axes.plot(interval, [y, y], color="black", linewidth=1.2)
        for y, (value, _) in enumerate(rows.values()):
            axes.text(1.02, y, "–" if value is None else f"{value:.2f}", va="center", fontsize=7, clip_on=False)
        _rows(axes, list(rows))
        axes.set_xlim(min([0.0, *(x for _, interval in rows.values() for x in interval or ())]), 1)
        axes.set_xlabel(f"{measure}, 95 % interval")
        return figure


def _matrix(
    cells: Mapping[str, Mapping[str, int]], across: str, down: str, names: Mapping[str, str], *, width: float = WIDE
) -> Figure:
    """A matrix of counts, tinted by their share of the row."""
    rows = list(cells)
    found = dict.fromkeys([*rows, *(name for row in cells.values() for name in row)])
    columns = [*filter(None, found), ""]
    counts = [[cells[row].get(column, 0) for column in columns] for row in rows]
    shares = [[n / (sum(row) or 1) for n in row] for row in counts]
    figure = _heat(
        [_name(row, names) if row else "none" for row in rows],
        [column or "none" for column in columns],
        shares,
        [[str(n) if n else "" for n in row] for row in counts],
        width=width,
    )
    figure.axes[0].set_xlabel(across)
    figure.axes[0].set_ylabel(down)
    return figure


def _heat(
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float | None]],
    words: Sequence[Sequence[str]] | None = None,
    *,
    width: float = NARROW,
) -> Figure:
    """A tinted matrix with a number in each cell. It uses one hue, so that a grey print shows the same."""
    figure, axes = _new(width, 0.9 + width / max(len(columns) + 3, 6) * len(rows))
    shown = [[0.0 if value is None else max(0.0, value) for value in row] for row in values]
    axes.imshow(shown, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for y, row in enumerate(values):
        for x, value in enumerate(row):
            word = words[y][x] if words else "" if value is None else f"{value:.2f}"
            axes.text(x, y, word, ha="center", va="center", fontsize=7, color="white" if shown[y][x] > 0.6 else "black")
    axes.set_xticks(range(len(columns)), [_plain(name) for name in columns], rotation=60, ha="right")
    axes.set_yticks(range(len(rows)), [_plain(name) for name in rows])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure
