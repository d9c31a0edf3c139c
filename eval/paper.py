"""Scores and comparisons for papers, READMEs and spreadsheets: CSV, Markdown, LaTeX."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..configs.visible import one_line
from .comparison import LEGEND, Comparison, Difference
from .frames import COMPARISON_TEXTS, comparison_rows, leaves_of
from .intervals import Interval
from .rates import POOLED, RATES
from .scores import Leaf, Scores

HEADER = ("task", "scheme", "row", *RATES, "gold", "predicted", "cor", "inc", "par", "mis", "spu")


def as_csv(scores: Scores) -> str:
    """One line for each row of each task and scheme; with columns for intervals."""
    bounds = [f"{name}_{side}" for name in RATES for side in ("low", "high")]
    lines: list[Sequence[object]] = []
    for *where, leaf in leaves_of(scores):
        c = leaf.counts
        values = [_exact(value) for value in (leaf.precision, leaf.recall, leaf.f1)]
        intervals = leaf.intervals or {}
        more = [_exact(bound) for name in RATES for bound in intervals.get(name, (None, None))]
        lines.append((*where, *values, c.gold, c.predicted, c.cor, c.inc, c.par, c.mis, c.spu, *more))
    return _csv((*HEADER, *bounds), lines)


def as_markdown(scores: Scores) -> str:
    """A table for a README: one line for each task and scheme; then one for each task's labels; and the signature."""
    shown = "{:.3f} ({:.3f}–{:.3f})"
    blocks = [_markdown(("task", "scheme", "P", "R", "F1", "macro F1"), _overall(scores, shown), texts=2)]
    for task, rows in _labels(scores, shown):
        blocks.append(_markdown((task, "P", "R", "F1", "gold"), rows, texts=1))
    return "\n\n".join((*blocks, f"{scores.size}", f"`{one_line(scores.signature)}`")) + "\n"


def as_latex(scores: Scores) -> str:
    """Tables for a paper (booktabs): tasks and schemes, then each task's labels; the signature as a comment."""
    shown = "{:.3f} [{:.3f}, {:.3f}]"
    blocks = [_latex(("task", "scheme", "P", "R", "F1", "macro F1"), _overall(scores, shown), texts=2)]
    for task, rows in _labels(scores, shown):
        blocks.append(_latex((task, "P", "R", "F1", "gold"), rows, texts=1))
    return "\n\n".join((f"% {one_line(scores.signature)}\n% {scores.size}\n{blocks[0]}", *blocks[1:])) + "\n"


def comparison_csv(comparison: Comparison) -> str:
    """One line for each system and number."""
    numbers = ("a", "b", "difference", "low", "high", "p", "p_holm", "events", "least_p")
    lines = (
        [row[name] if name in COMPARISON_TEXTS else _exact(row[name]) for name in (*COMPARISON_TEXTS, *numbers)]
        for row in comparison_rows(comparison)
    )
    return _csv((*COMPARISON_TEXTS, *numbers), lines)


def comparison_markdown(comparison: Comparison) -> str:
    """A table for each task, with averages and labels as rows and systems as columns; then the legend of the stars."""
    shown = "{:+.3f} ({:+.3f} to {:+.3f})"
    blocks = [_markdown((task, *_heads(comparison)), rows, texts=1) for task, rows in _by_row(comparison, shown)]
    return "\n\n".join((*blocks, LEGEND.replace("*", "\\*"), f"`{one_line(comparison.signature)}`")) + "\n"


def comparison_latex(comparison: Comparison) -> str:
    """The tables of a comparison for a paper (booktabs)."""
    shown = "{:+.3f} [{:+.3f}, {:+.3f}]"
    blocks = [_latex((task, *_heads(comparison)), rows, texts=1) for task, rows in _by_row(comparison, shown)]
    return "\n\n".join((f"% {one_line(comparison.signature)}", *blocks, f"% {LEGEND}")) + "\n"


def _heads(comparison: Comparison) -> list[str]:
    return [comparison.baseline, *(head for name in comparison.systems for head in (name, "difference"))]


def _by_row(comparison: Comparison, shown: str) -> Iterator[tuple[str, list[list[str]]]]:
    """For each task the F1 of averages and labels under its first scheme: of the baseline, then of each system with its
    difference."""
    first = next(iter(comparison.differences.values()), {})
    schemes: dict[str, str] = {}
    for path in first:
        task, scheme, _ = path.split(".", 2)
        schemes.setdefault(task, scheme)
    for task, scheme in schemes.items():
        start, rows = f"{task}.{scheme}.", list[list[str]]()
        names = dict.fromkeys(
            path.removeprefix(start).removesuffix(".f1")
            for by_path in comparison.differences.values()
            for path in by_path
            if path.startswith(start) and path.endswith(".f1")
        )
        for row in names:
            each = [by_path.get(f"{start}{row}.f1") for by_path in comparison.differences.values()]
            a = next((difference.a for difference in each if difference), None)
            cells = [row.removeprefix("labels."), _number(a)]
            for difference in each:
                cells += (_number(difference.b), _difference(difference, shown)) if difference else ("–", "–")
            rows.append(cells)
        yield f"{task}, {scheme}, F1", rows


def _difference(difference: Difference, shown: str) -> str:
    text = (
        shown.format(difference.difference, *difference.interval)
        if difference.interval
        else f"{difference.difference:+.3f}"
    )
    return text + difference.stars


def _overall(scores: Scores, shown: str) -> Iterator[list[str]]:
    for task, schemes in scores.tasks.items():
        for scheme, table in schemes.items():
            yield [task, scheme, *(_cell(table.micro, name, shown) for name in RATES), _cell(table.macro, "f1", shown)]


def _labels(scores: Scores, shown: str) -> Iterator[tuple[str, list[list[str]]]]:
    """The rows of averages and labels under the first scheme, for each task with several labels."""
    for task, schemes in scores.tasks.items():
        scheme, table = next(iter(schemes.items()))
        if len(table.labels) > 1:
            rows = {name: getattr(table, name) for name in POOLED} | dict(table.labels)
            yield (
                f"{task}, {scheme} ({table.averaged})",
                [
                    [name, *(_cell(leaf, rate, shown) for rate in RATES), str(leaf.counts.gold)]
                    for name, leaf in rows.items()
                ],
            )


def _cell(leaf: Leaf, name: str, shown: str) -> str:
    value: float | None = getattr(leaf, name)
    intervals: Mapping[str, Interval] = leaf.intervals or {}
    return _number(value) if value is None or name not in intervals else shown.format(value, *intervals[name])


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _exact(value: object) -> str:
    return "" if value is None else repr(value)


# A spreadsheet runs a cell that begins with one of these signs (also in wide form), unless the cell is a number.
_RUN_BY_SPREADSHEETS = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_A_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


def _csv(header: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    return "".join(map(_csv_line, (header, *lines)))


def _csv_line(cells: Iterable[object]) -> str:
    """A line of CSV. Text that a spreadsheet would take for a formula has an apostrophe before it.

    Python's csv module leaves a carriage return unquoted, which readers take for the end of a line.
    """
    texts = (str(cell) for cell in cells)
    texts = (f"'{t}" if _RUN_BY_SPREADSHEETS.match(t) and not _A_NUMBER.fullmatch(t) else t for t in texts)
    return ",".join('"' + t.replace('"', '""') + '"' if re.search('[",\r\n]', t) else t for t in texts) + "\n"


def _markdown(heads: Sequence[str], rows: Iterable[Sequence[str]], texts: int) -> str:
    """`texts` is the number of columns of words; they come first."""
    lines = [heads, ["---"] * texts + ["--:"] * (len(heads) - texts), *rows]
    escaped = str.maketrans({"|": "&#124;", "*": r"\*"})
    return "\n".join(f"| {' | '.join(cell.translate(escaped) for cell in line)} |" for line in lines)


def _latex(heads: Sequence[str], rows: Iterable[Sequence[str]], texts: int) -> str:
    def line(cells: Sequence[str]) -> str:
        return " & ".join(_tex(cell) for cell in cells) + r" \\"

    begin = rf"\begin{{tabular}}{{{'l' * texts}{'r' * (len(heads) - texts)}}}"
    return "\n".join((begin, r"\toprule", line(heads), r"\midrule", *map(line, rows), r"\bottomrule", r"\end{tabular}"))


_TEX = {"\\": r"\textbackslash{}", "–": "--", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"} | {
    char: f"\\{char}" for char in "_&%$#{}"
}


def _tex(text: str) -> str:
    return "".join(_TEX.get(char, char) for char in text)
