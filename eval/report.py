"""Tables of scores for terminals, papers and spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from ..configs.terminal import NumberTable
from ..configs.visible import counted, one_line
from .agreement.chance import reading
from .comparison import LEGEND
from .intervals import Interval
from .power import MOST_EVENTS
from .rates import RATES
from .scores import Leaf, Scores, Table

if TYPE_CHECKING:
    from .agreement.disagreement import Example
    from .agreement.records import Agreement, Measures, StanceAgreement
    from .comparison import Comparison
    from .plan import Likely, Needed, Plan


def scores_table(scores: Scores) -> RenderableType:
    """For each task, a table by scheme and, if it has several labels, a table by label; then the notes."""
    shown: list[RenderableType] = []
    for task, schemes in scores.tasks.items():
        shown.append(_schemes_table(task, schemes))
        first = next(iter(schemes.values()))
        if len(first.labels) > 1:
            shown.append(_labels_table(task, schemes))
        shown += [_confusion_table(task, table) for table in schemes.values() if table.choice]
    return Group(str(scores.size), *shown, *_notes(scores.notes), one_line(scores.signature))


def _notes(notes: Sequence[str]) -> list[str]:
    return [one_line(f"note: {note}") for note in notes]


def _new_table(title: str, first: str, columns: Sequence[str], gap: int = 2) -> NumberTable:
    shown = NumberTable(title, gap)
    shown.words(first)
    shown.numbers(*columns)
    return shown


def _schemes_table(task: str, schemes: Mapping[str, Table]) -> NumberTable:
    several = next(iter(schemes.values()))
    title = f"{task}; macro over {several.averaged}" if several.known > 1 else task
    shown = _new_table(title, "", ("P", "R", "F1", "macro F1", "cor", "inc", "par", "mis", "spu"))
    for scheme, table in schemes.items():
        c = table.micro.counts
        cells = [_cell(table.micro, name) for name in RATES]
        shown.row((scheme, *cells, _cell(table.macro, "f1"), *(str(n) for n in (c.cor, c.inc, c.par, c.mis, c.spu))))
    return shown


def _labels_table(task: str, schemes: Mapping[str, Table]) -> NumberTable:
    """Precision and recall under the first scheme, F1 under further schemes; averages last.

    Exact is left out: within a label it equals strict.
    """
    first = next(iter(schemes.values()))
    further = [scheme for scheme in ("strict+clitic", "partial", "type", "end_to_end") if scheme in schemes]
    name = next(iter(schemes))
    shown = _new_table(f"{task}, {name} (F1 under other schemes)", "label", ("P", "R", "F1", *further, "gold", "pred"))
    for label in dict.fromkeys(label for table in schemes.values() for label in table.labels):
        leaf = first.labels.get(label)
        cells = [_cell(leaf, rate) for rate in RATES] + [_cell(schemes[s].labels.get(label), "f1") for s in further]
        counts = leaf.counts if leaf else None
        shown.row((label, *cells, *((str(counts.gold), str(counts.predicted)) if counts else ("", ""))))
    shown.add_section()
    for average in ("macro", "weighted"):
        leaf = getattr(first, average)
        cells = [_cell(leaf, rate) for rate in RATES] + [_cell(getattr(schemes[s], average), "f1") for s in further]
        shown.row((average, *cells, str(leaf.counts.gold), str(leaf.counts.predicted)))
    return shown


def _confusion_table(task: str, table: Table) -> NumberTable:
    choice = table.choice
    if not choice:
        raise ValueError("the task is no choice")
    bounds = choice.intervals or {}
    numbers = ", ".join(
        f"{name} {_number(value)}" + (f" ({bounds[name][0]:.3f}–{bounds[name][1]:.3f})" if name in bounds else "")
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
    return ranged(getattr(leaf, name), leaf.intervals, name)


def ranged(value: float | None, intervals: Mapping[str, Interval] | None, name: str) -> str:
    """A number, with its interval on a second line if it has one."""
    text = _number(value)
    if intervals and name in intervals:
        low, high = (f"{bound:.2f}".replace("0.", ".", 1) for bound in intervals[name])
        text += f"\n{low}–{high}"
    return text


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def comparison_table(comparison: Comparison) -> RenderableType:
    """F1 of the first system and of each other system, pooled and by label; stars by p (Holm)."""
    shown: list[RenderableType] = []
    for system, differences in comparison.differences.items():
        columns = ("a", "b", "b - a", "95 %", "p", *(("p (Holm)",) if len(comparison.systems) > 1 else ()))
        table = _new_table(f"a: {comparison.baseline}, b: {system}", "F1", columns)
        for path, d in differences.items():
            _, scheme, *row, rate = path.split(".")
            first = scheme in ("strict", "conditional")
            if rate not in ("f1", "accuracy", "kappa") or not (first or row[:1] in (["micro"], ["macro"], [])):
                continue
            name = path.removesuffix(".f1").replace(".labels.", " ").replace(".micro", "")
            cells = [f"{d.a:.3f}", f"{d.b:.3f}", f"{d.difference:+.3f}"]
            cells.append(f"{d.interval[0]:+.3f} {d.interval[1]:+.3f}" if d.interval else "–")
            cells.append("–" if d.p is None else f"{d.p:.3f}{d.stars}")
            if len(comparison.systems) > 1:
                cells.append("–" if d.p_holm is None else f"{d.p_holm:.3f}")
            table.row((name, *cells))
        shown.append(table)
    return Group(*shown, LEGEND, *_notes(comparison.notes), one_line(comparison.signature))


def plan_table(plan: Plan) -> RenderableType:
    """The estimates for other numbers of events, each with its range."""
    average = f"{plan.spans_per_event:.0f} each on average, weigh as much as {plan.effective_events:.0f} of one size"
    head = f"{plan.number} from {plan.events} {plan.unit}s ({average}): a {plan.a:.3f}"
    if plan.b is not None:
        head += f", b {plan.b:.3f}"
    shown = _new_table(
        "", f"{plan.unit}s", ("interval of a",) if plan.b is None else ("interval of a", "difference of a and b")
    )
    for row in plan.rows:
        cells = [_likely(row.half_width, "±")]
        if row.difference:
            cells.append(_likely(row.difference, ""))
        shown.row((str(row.events), *cells))
    answers: list[str] = []
    if plan.within:
        answers.append(f"a within ±{plan.within.target:g} needs {_events(plan.within, plan.unit)}")
    if plan.difference:
        answers.append(
            f"to see a difference of {plan.difference.target:g} between a and b: {_events(plan.difference, plan.unit)}"
        )
    explained = ["a difference of this size would be seen 4 times in 5"] if plan.b is not None else []
    return Group(one_line(head), shown, *explained, *answers, *_notes(plan.notes), one_line(plan.signature))


def _likely(estimate: Likely, sign: str) -> str:
    return f"{sign}{estimate.value:.3f} ({estimate.low:.3f}–{estimate.high:.3f})"


def _events(needed: Needed, unit: str) -> str:
    value, low, high = (
        f"more than {MOST_EVENTS:,}" if n is None else str(n) for n in (needed.events, needed.low, needed.high)
    )
    return f"{value} {unit}s" + (f" ({low}–{high})" if low != high else "")


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
    shown: list[RenderableType] = [f"{counted(articles, 'article')}, by number of annotators: {', '.join(listed)}"]
    if agreement.overall.pairs:
        shown += [_span_agreement_table(agreement.overall)] if agreement.overall.spans else []
        shown += [_stance_agreement_table(agreement.overall)] if agreement.overall.stances else []
        shown.append(_groups_table("each annotator with all others", agreement.annotators))
        if len(agreement.pairs) > 1:
            named = {" and ".join(names): measures for names, measures in agreement.pairs.items()}
            shown.append(_groups_table("each two annotators", named))
        if agreement.weeks:
            over_time: dict[str, Measures] = {}
            for week, its in agreement.weeks.items():
                over_time[week] = its.overall
                if len(agreement.pairs) > 1:
                    over_time |= {f"  {week}: {' and '.join(names)}": of for names, of in its.pairs.items()}
            shown.append(_groups_table("by week, in which the last of an article's annotators was done", over_time))
        if agreement.suggested and agreement.blind:
            both = {"saw suggestions": agreement.suggested, "blind": agreement.blind}
            shown.append(_groups_table("suggestions of a model", both))
        shown += _disagreement_tables(agreement)
    return Group(*shown, *_notes(agreement.notes), one_line(agreement.signature))


def _span_agreement_table(measures: Measures) -> NumberTable:
    schemes = list(dict.fromkeys(scheme for by_scheme in measures.spans.values() for scheme in by_scheme))
    # F1 is 2 · agreed / marked by both, or agreed / mean marked by each. The second form lets readers divide the
    # numbers.
    shown = _new_table("spans, F1 (strict: agreed / each marked)", "", (*schemes, "agreed", "each marked"))
    for task, by_scheme in measures.spans.items():
        first = by_scheme["strict"]
        for name in ("", *first.labels):
            rows = {scheme: by.labels.get(name) if name else by.micro for scheme, by in by_scheme.items()}
            if name:
                rows.pop("exact")  # within one label it is strict
            cells = [ranged(row.f1, row.intervals, "f1") if (row := rows.get(s)) else "" for s in schemes]
            counts = first.labels[name] if name else first.micro
            shown.row((f"  {name}" if name else task, *cells, str(counts.agreed), f"{counts.marked / 2:g}"))
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
    number, *interval = ranged(value, stances.intervals, name).split("\n")
    words = reading(value) if name != "observed" else None
    return "\n".join((f"{words} {number}" if words else number, *interval))


def _groups_table(title: str, groups: Mapping[str, Measures]) -> NumberTable:
    """One row for each set of pairs: strict F1 of spans, and kappa of stances."""
    some = next(iter(groups.values()))
    tasks = list(dict.fromkeys(task for measures in groups.values() for task in measures.stances))
    shown = _new_table(title, "", ("articles", *some.spans, *(f"{task} κ" for task in tasks)))
    for name, measures in groups.items():
        f1 = (_number(schemes["strict"].micro.f1) for schemes in measures.spans.values())
        # A group may lack a task that another group has: in some week nobody may have answered what claims are about.
        kappas = (
            by.get("overlap", by["strict"]).kappa if (by := measures.stances.get(task)) else None for task in tasks
        )
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
