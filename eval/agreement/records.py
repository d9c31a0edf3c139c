"""Records of annotators' agreement. Each number has one path in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..intervals import Interval
from .chance import reading
from .disagreement import Disagreements

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


@dataclass(frozen=True, slots=True)
class SpanRow:
    """F1 of the spans of pairs of annotators: 2 · agreed / marked.

    It does not depend on which annotator is called gold (Hripcsak and Rothschild 2005). `agreed` counts the
    spans that both marked, `marked` all spans of both sides, over all pairs. None if nobody marked anything.
    """

    f1: float | None
    agreed: int
    marked: int
    intervals: Mapping[str, Interval] | None = None


@dataclass(frozen=True, slots=True)
class SpanAgreement:
    """`micro` pools all labels. If the task has several labels, `labels` has each label that occurs, counted alone."""

    micro: SpanRow
    labels: Mapping[str, SpanRow]


@dataclass(frozen=True, slots=True)
class StanceAgreement:
    """The agreement of pairs of annotators on questions that both answered.

    `observed` is the share of equal answers, `kappa` is Cohen's (pooled over pairs of annotators), `alpha` is
    Krippendorff's for nominal data. `chance` defines them, and says when they are None. `pairs` counts
    pairs of answers, `answers` the answers in them. `alpha` is None if it was not requested.
    """

    observed: float | None
    kappa: float | None
    alpha: float | None
    pairs: int
    answers: int
    intervals: Mapping[str, Interval] | None = None


@dataclass(frozen=True, slots=True)
class Measures:
    """The measures of a set of pairs of annotations, by task and scheme.

    `spans` has entities and claims. `stances` has claim_stance and, if annotators answered it, claim_about: on claims
    with equal spans (`strict`) and on overlapping claims (`overlap`, paired as in scores). It also has stance, of
    articles.
    """

    articles: int
    pairs: int
    spans: Mapping[str, Mapping[str, SpanAgreement]]
    stances: Mapping[str, Mapping[str, StanceAgreement]]

    def as_json(self) -> dict[str, Any]:
        """Plain objects, with the paths of scores.json."""
        node: dict[str, Any] = {"articles": self.articles, "pairs": self.pairs}
        for task, schemes in self.spans.items():
            node[task] = {
                scheme: {"micro": _span_row(numbers.micro)}
                | ({"labels": {k: _span_row(row) for k, row in numbers.labels.items()}} if numbers.labels else {})
                for scheme, numbers in schemes.items()
            }
        for task, matched in self.stances.items():
            node[task] = {scheme: _stance_node(numbers) for scheme, numbers in matched.items()}
        return node


def _span_row(row: SpanRow) -> dict[str, Any]:
    return {"f1": row.f1, "agreed": row.agreed, "marked": row.marked} | _intervals_node(row.intervals)


def _stance_node(stances: StanceAgreement) -> dict[str, Any]:
    return {
        "observed": stances.observed,
        "kappa": stances.kappa,
        "alpha": stances.alpha,
        "reading": {"kappa": reading(stances.kappa), "alpha": reading(stances.alpha)},
        "pairs": stances.pairs,
        "answers": stances.answers,
    } | _intervals_node(stances.intervals)


def _intervals_node(intervals: Mapping[str, Interval] | None) -> dict[str, Any]:
    return {} if intervals is None else {"intervals": {name: list(bounds) for name, bounds in intervals.items()}}


@dataclass(frozen=True, slots=True)
class Week:
    """The agreement on the articles of a week: of all pairs of annotators together, and of each pair."""

    overall: Measures
    pairs: Mapping[tuple[str, str], Measures]


def _by_pair(pairs: Mapping[tuple[str, str], Measures]) -> dict[str, Any]:
    return {" and ".join(names): measures.as_json() for names, measures in pairs.items()}


@dataclass(frozen=True, slots=True)
class Agreement:
    """The agreement of annotators before their work is merged.

    `annotators_per_article` counts articles by their number of annotators. `annotators` has each annotator's pairs
    with all others, `pairs` the pairs of two annotators. `suggested` and `blind` cover the articles with and without
    a model's suggestions, if there are both. `models` has for each model its number of articles. `weeks` has the
    articles of each ISO week, by when the last annotator was done, if there are several: all pairs, and each pair.
    """

    signature: str
    annotators_per_article: Mapping[int, int]
    overall: Measures
    annotators: Mapping[str, Measures]
    pairs: Mapping[tuple[str, str], Measures]
    models: Mapping[str, int]
    suggested: Measures | None
    blind: Measures | None
    disagreements: Disagreements
    notes: tuple[str, ...] = ()
    weeks: Mapping[str, Week] = field(default_factory=dict[str, "Week"])

    def to_frame(self) -> DataFrame:
        """A pandas table with a row for each group of annotators, task, scheme and label: see `agreement_frame`."""
        from ..frames import agreement_frame

        return agreement_frame(self)

    def _repr_html_(self) -> str:
        """The view in a notebook."""
        from ..pages.notebook import agreement_html

        return agreement_html(self)

    def figure(self) -> Figure:
        """A figure for a paper, see `agreement_figure`. Raises InputError if matplotlib is not installed."""
        from ..pages.figures import agreement_figure

        return agreement_figure(self)

    def as_json(self) -> dict[str, Any]:
        """Everything as plain objects: each number has one path, such as `entities.strict.micro.f1`."""
        return {
            "signature": self.signature,
            "annotators_per_article": {str(n): count for n, count in self.annotators_per_article.items()},
            **self.overall.as_json(),
            "by_annotator": {name: measures.as_json() for name, measures in self.annotators.items()},
            "by_pair": _by_pair(self.pairs),
            "by_week": {
                name: week.overall.as_json() | {"by_pair": _by_pair(week.pairs)} for name, week in self.weeks.items()
            },
            "suggestions": {
                "models": self.models,
                "seen": self.suggested.as_json() if self.suggested else None,
                "blind": self.blind.as_json() if self.blind else None,
            },
            "disagreements": self.disagreements.as_json(),
            "notes": list(self.notes),
        }
