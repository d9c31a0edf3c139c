"""Tables of scores for terminals, papers and spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from ..configs.terminal import NumberTable
from .agreement.chance import reading
from .frames import leaves_of
from .score import Leaf, Scores, Table
from .uncertainty import RATES, Interval

if TYPE_CHECKING:
    from .agreement.disagreement import Example
    from .agreement.records import Agreement, Measures, StanceAgreement
    from .comparison import Comparison


def scores_table(scores: Scores) -> RenderableType:
    """For each task a table by scheme and, if it has several labels, a table by label; then the notes."""
    shown: list[RenderableType] = []
    for task, schemes in scores.tasks.items():
        shown.append(_schemes_table(task, schemes))
        first = next(iter(schemes.values()))
        if len(first.labels) > 1:
            shown.append(_labels_table(task, schemes))
        shown += [_confusion_table(task, table) for table in schemes.values() if table.choice]
    if not shown:
        shown = ["the predictions mention no task: nothing to score"]
    return Group(*shown, *_notes(scores.notes), scores.signature)


def _notes(notes: Sequence[str]) -> list[str]:
    return [f"note: {note}" for note in notes]


def _new_table(title: str, first: str, columns: Sequence[str], gap: int = 2) -> NumberTable:
    shown = NumberTable(title, gap)
    shown.words(first)
    shown.numbers(*columns)
    return shown


def _schemes_table(task: str, schemes: Mapping[str, Table]) -> NumberTable:
    shown = _new_table(task, "", ("P", "R", "F1", "macro F1", "cor", "inc", "par", "mis", "spu"))
    for scheme, table in schemes.items():
        c = table.micro.counts
        cells = [_cell(table.micro, name) for name in RATES]
        shown.row((scheme, *cells, _cell(table.macro, "f1"), *(str(n) for n in (c.cor, c.inc, c.par, c.mis, c.spu))))
    return shown


def _labels_table(task: str, schemes: Mapping[str, Table]) -> NumberTable:
    """Precision and recall under the first scheme, F1 under all schemes."""
    first = next(iter(schemes.values()))
    further = [scheme for scheme in schemes if scheme in ("strict+clitic", "exact", "partial", "type", "end_to_end")]
    name = next(iter(schemes))
    shown = _new_table(f"{task}, {name} (F1 under other schemes)", "label", ("P", "R", "F1", *further, "gold", "pred"))
    for label in dict.fromkeys(label for table in schemes.values() for label in table.labels):
        leaf = first.labels.get(label)
        cells = [_cell(leaf, rate) for rate in RATES] + [_cell(schemes[s].labels.get(label), "f1") for s in further]
        counts = leaf.counts if leaf else None
        shown.row((label, *cells, *((str(counts.gold), str(counts.predicted)) if counts else ("", ""))))
    return shown


def _confusion_table(task: str, table: Table) -> NumberTable:
    choice = table.choice
    if not choice:
        raise ValueError("the task is not a choice among labels")
    intervals = choice.intervals or {}
    numbers = ", ".join(
        f"{name} {_number(value)}"
        + (f" ({intervals[name][0]:.3f}–{intervals[name][1]:.3f})" if name in intervals else "")
        for name, value in (("accuracy", choice.accuracy), ("kappa", choice.kappa))
    )
    labels = list(choice.confusion)
    shown = _new_table(f"{task}: {numbers}; rows are gold", "", [*labels, "none"])
    for gold, row in choice.confusion.items():
        shown.row((gold, *(str(row[label]) for label in (*labels, ""))))
    return shown


def _cell(leaf: Leaf | None, name: str) -> str:
    """A number, with its interval on a second line."""
    if leaf is None:
        return "–"
    return _ranged(getattr(leaf, name), leaf.intervals, name)


def _ranged(value: float | None, intervals: Mapping[str, Interval] | None, name: str) -> str:
    text = _number(value)
    if intervals and name in intervals:
        low, high = (f"{bound:.2f}".replace("0.", ".", 1) for bound in intervals[name])
        text += f"\n{low}–{high}"
    return text


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


HEADER = ("task", "scheme", "row", *RATES, "gold", "predicted", "cor", "inc", "par", "mis", "spu")


def as_csv(scores: Scores) -> str:
    """One line for each row of each task and scheme, with columns for intervals if there are any."""
    leaves = list(leaves_of(scores))
    ci = any(leaf.intervals is not None for *_, leaf in leaves)
    bound_names = [f"{name}_{side}" for name in RATES for side in ("low", "high")] if ci else []
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow((*HEADER, *bound_names))
    for *where, leaf in leaves:
        c = leaf.counts
        values = ["" if value is None else repr(value) for value in (leaf.precision, leaf.recall, leaf.f1)]
        intervals = leaf.intervals or {}
        more = (
            [repr(bound) for name in RATES for bound in intervals.get(name, ())]
            if intervals
            else [""] * len(bound_names)
        )
        more += [""] * (len(bound_names) - len(more))
        writer.writerow((*where, *values, c.gold, c.predicted, c.cor, c.inc, c.par, c.mis, c.spu, *more))
    return out.getvalue()


def as_markdown(scores: Scores) -> str:
    """A table for a README: one line for each task and scheme, and the signature."""
    lines = ["| task | scheme | P | R | F1 | macro F1 |", "|---|---|--:|--:|--:|--:|"]
    lines += (f"| {' | '.join(cells)} |" for cells in _overall(scores, "{:.3f} ({:.3f}–{:.3f})"))
    return "\n".join((*lines, "", f"`{scores.signature}`", ""))


def as_latex(scores: Scores) -> str:
    """A table for a paper (booktabs), and the signature as a comment."""
    lines = [f"% {scores.signature}", r"\begin{tabular}{llrrrr}", r"\toprule"]
    lines += [r"task & scheme & P & R & F1 & macro F1 \\", r"\midrule"]
    lines += (
        " & ".join(_tex(cell) for cell in cells) + r" \\" for cells in _overall(scores, "{:.3f} [{:.3f}, {:.3f}]")
    )
    return "\n".join((*lines, r"\bottomrule", r"\end{tabular}", ""))


def _tex(text: str) -> str:
    return text.replace("_", r"\_").replace("–", "--")


def _overall(scores: Scores, with_interval: str) -> Iterator[list[str]]:
    def cell(leaf: Leaf, name: str) -> str:
        value = getattr(leaf, name)
        if value is None or not leaf.intervals or name not in leaf.intervals:
            return _number(value)
        return with_interval.format(value, *leaf.intervals[name])

    for task, schemes in scores.tasks.items():
        for scheme, table in schemes.items():
            yield [task, scheme, *(cell(table.micro, name) for name in RATES), cell(table.macro, "f1")]


def comparison_table(comparison: Comparison) -> RenderableType:
    """F1 of each system and the first, pooled and by label; a star if p (Holm) is below 0.05."""
    shown: list[RenderableType] = []
    for system, differences in comparison.differences.items():
        columns = ("a", "b", "b - a", "95 %", "p", *(("p (Holm)",) if len(comparison.systems) > 1 else ()))
        table = _new_table(f"a: {comparison.baseline}, b: {system}", "F1", columns)
        for path, d in differences.items():
            _, scheme, *row, rate = path.split(".")
            listed = rate in ("f1", "accuracy", "kappa") and (
                scheme in ("strict", "conditional") or row[:1] != ["labels"]
            )
            if not listed:
                continue
            name = path.removesuffix(".f1").replace(".labels.", " ").replace(".micro", "")
            cells = [f"{d.a:.3f}", f"{d.b:.3f}", f"{d.difference:+.3f}"]
            cells.append(f"{d.interval[0]:+.3f} {d.interval[1]:+.3f}" if d.interval else "–")
            cells.append("–" if d.p is None else f"{d.p:.3f}" + "*" * (d.p_holm is not None and d.p_holm < 0.05))
            if len(comparison.systems) > 1:
                cells.append("–" if d.p_holm is None else f"{d.p_holm:.3f}")
            table.row((name, *cells))
        shown.append(table)
    return Group(*shown, *_notes(comparison.notes), comparison.signature)


def errors_table(counts: Mapping[str, Mapping[str, int]], by: str) -> RenderableType:
    """The number of spans in each class, by one breakdown and in total."""
    names = list(next(iter(counts.values()), {}))
    heads = [name.replace("-", "-\n").replace("+", "+\n") for name in names]
    shown = _new_table(f"errors by {by}", by, heads, gap=1)
    for value, row in counts.items():
        shown.row((value, *(str(row[name]) for name in names)))
    shown.add_section()
    shown.row(("all", *(str(sum(row[name] for row in counts.values())) for name in names)), style="bold")
    return shown


def agreement_tables(agreement: Agreement) -> RenderableType:
    """The agreement of annotators by task, by annotator and by pair; then their most frequent disagreements."""
    listed = (f"{count} by {number}" for number, count in agreement.annotators_per_article.items())
    articles = sum(agreement.annotators_per_article.values())
    shown: list[RenderableType] = [f"{articles} articles, by number of annotators: {', '.join(listed)}"]
    if agreement.overall.pairs:
        shown += [_span_agreement_table(agreement.overall), _stance_agreement_table(agreement.overall)]
        shown.append(_groups_table("each annotator with all others", agreement.annotators))
        if len(agreement.pairs) > 1:
            named = {" and ".join(names): measures for names, measures in agreement.pairs.items()}
            shown.append(_groups_table("each two annotators", named))
        if agreement.suggested and agreement.blind:
            both = {"saw suggestions": agreement.suggested, "blind": agreement.blind}
            shown.append(_groups_table("suggestions of a model", both))
        shown += _disagreement_tables(agreement)
    return Group(*shown, *_notes(agreement.notes), agreement.signature)


def _span_agreement_table(measures: Measures) -> NumberTable:
    schemes = list(dict.fromkeys(scheme for by_scheme in measures.spans.values() for scheme in by_scheme))
    shown = _new_table("spans, F1", "", (*schemes, "agreed", "marked"))
    for task, by_scheme in measures.spans.items():
        first = by_scheme["strict"]
        for name in ("", *first.labels):
            rows = {scheme: by.labels.get(name) if name else by.micro for scheme, by in by_scheme.items()}
            cells = [_ranged(row.f1, row.intervals, "f1") if (row := rows.get(s)) else "–" for s in schemes]
            counts = first.labels[name] if name else first.micro
            shown.row((f"  {name}" if name else task, *cells, str(counts.agreed), str(counts.marked)))
    return shown


def _stance_agreement_table(measures: Measures) -> NumberTable:
    shown = _new_table("stances", "", ("equal", "kappa", "alpha", "pairs"))
    for task, by_scheme in measures.stances.items():
        for scheme, stances in by_scheme.items():
            name = {"strict": "same span", "overlap": "overlapping"}[scheme] if len(by_scheme) > 1 else ""
            cells = [_coefficient(stances, "observed"), _coefficient(stances, "kappa"), _coefficient(stances, "alpha")]
            shown.row((f"{task}, {name}".removesuffix(", "), *cells, str(stances.pairs)))
    return shown


def _coefficient(stances: StanceAgreement, name: str) -> str:
    """A coefficient with its conventional reading, and its interval below."""
    value: float | None = getattr(stances, name)
    number, *interval = _ranged(value, stances.intervals, name).split("\n")
    words = reading(value) if name != "observed" else None
    return "\n".join((f"{words} {number}" if words else number, *interval))


def _groups_table(title: str, groups: Mapping[str, Measures]) -> NumberTable:
    """One row for each set of pairs: strict F1 of spans, and kappa of stances."""
    columns = ("articles", "entities", "claims", "claim_stance κ", "stance κ")
    shown = _new_table(title, "", columns)
    for name, measures in groups.items():
        f1 = (_number(measures.spans[task]["strict"].micro.f1) for task in ("entities", "claims"))
        kappas = (measures.stances["claim_stance"]["overlap"].kappa, measures.stances["stance"]["strict"].kappa)
        shown.row((name, str(measures.articles), *f1, *(_number(kappa) for kappa in kappas)))
    return shown


_MOST = 10
_EXAMPLE_WIDTH = 44


def _disagreement_tables(agreement: Agreement) -> Iterator[NumberTable]:
    titles = {
        "labels": "different labels",
        "edges": "different boundaries",
        "one_only": "marked by one annotator only",
        "stances": "different stances",
    }
    for task, by_kind in agreement.disagreements.tasks.items():
        for kind, by_name in by_kind.items():
            if by_name:
                shown = _new_table(f"{task}: {titles[kind]}", "", ("times",))
                shown.words("for example")
                for name, disagreement in list(by_name.items())[:_MOST]:
                    shown.row((name, str(disagreement.count), _example(disagreement.examples[0])))
                if len(by_name) > _MOST:
                    rest = list(by_name.values())[_MOST:]
                    shown.row((f"{len(rest)} more", str(sum(disagreement.count for disagreement in rest)), ""))
                yield shown


def _example(example: Example) -> str:
    """The article, and the words of both annotators, once if they are equal. Long texts are cut to their difference."""
    texts = list(dict.fromkeys(" ".join(marking.text.split()) for marking in example.markings if marking))
    width = _EXAMPLE_WIDTH // len(texts)
    if len(texts) > 1 and max(map(len, texts)) > width:
        difference = next((n for n, (a, b) in enumerate(zip(*texts, strict=False)) if a != b), min(map(len, texts)))
        cut = max(0, difference - width // 3)
        texts = [f"…{text[cut:]}" if cut else text for text in texts]
    shown = " | ".join(text if len(text) <= width else text[: width - 1] + "…" for text in texts)
    return f"{example.article}: {shown}"
