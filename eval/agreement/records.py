"""What is measured of annotators' agreement: frozen records, each number with one path in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..intervals import Interval
from .chance import reading
from .disagreement import Disagreements

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True, slots=True)
class SpanRow:
    """F1 of the spans of pairs of annotators: 2 · agreed / marked.

    It is the same whichever of two annotators is called gold (Hripcsak and Rothschild 2005). `agreed` counts the
    spans that both marked, `marked` all spans of both sides, over all pairs. None where nobody marked anything.
    """

    f1: float | None
    agreed: int
    marked: int
    intervals: Mapping[str, Interval] | None = None


@dataclass(frozen=True, slots=True)
class SpanAgreement:
    """`micro` pools all labels; `labels`, if the task has several, those that occur, each as if there were no other."""

    micro: SpanRow
    labels: Mapping[str, SpanRow]


@dataclass(frozen=True, slots=True)
class StanceAgreement:
    """How pairs of annotators chose, of the questions that both answered.

    `observed` is the share of equal answers, `kappa` Cohen's (pooled over pairs of annotators), `alpha`
    Krippendorff's for nominal data; `chance` says how they come about, and where they are None. `pairs` counts
    pairs of answers, `answers` the answers in them. `alpha` is None where it was not asked for.
    """

    observed: float | None
    kappa: float | None
    alpha: float | None
    pairs: int
    answers: int
    intervals: Mapping[str, Interval] | None = None


@dataclass(frozen=True, slots=True)
class Measures:
    """What is measured on a set of pairs of annotations, by task and scheme.

    `spans` has entities and claims; `stances` has claim_stance, on claims of the same span (`strict`) and on
    claims that overlap (`overlap`, paired as scores do), and stance, of articles.
    """

    articles: int
    pairs: int
    spans: Mapping[str, Mapping[str, SpanAgreement]]
    stances: Mapping[str, Mapping[str, StanceAgreement]]

    def as_json(self) -> dict[str, Any]:
        """The same as plain objects, at the paths that scores.json has."""
        node: dict[str, Any] = {"articles": self.articles, "pairs": self.pairs}
        for task, schemes in self.spans.items():
            node[task] = {
                scheme: {"micro": _span_row(found.micro)}
                | ({"labels": {k: _span_row(row) for k, row in found.labels.items()}} if found.labels else {})
                for scheme, found in schemes.items()
            }
        for task, matched in self.stances.items():
            node[task] = {scheme: _stance_node(found) for scheme, found in matched.items()}
        return node


def _span_row(row: SpanRow) -> dict[str, Any]:
    return {"f1": row.f1, "agreed": row.agreed, "marked": row.marked} | _intervals_node(row.intervals)


def _stance_node(found: StanceAgreement) -> dict[str, Any]:
    return {
        "observed": found.observed,
        "kappa": found.kappa,
        "alpha": found.alpha,
        "reading": {"kappa": reading(found.kappa), "alpha": reading(found.alpha)},
        "pairs": found.pairs,
        "answers": found.answers,
    } | _intervals_node(found.intervals)


def _intervals_node(intervals: Mapping[str, Interval] | None) -> dict[str, Any]:
    return {} if intervals is None else {"intervals": {name: list(edges) for name, edges in intervals.items()}}


@dataclass(frozen=True, slots=True)
class Agreement:
    """The agreement of annotators before their work is merged.

    `annotators_per_article` counts articles by how many annotated them. `annotators` has each annotator's pairs
    with everybody else, `pairs` those of two annotators. `suggested` and `blind` are the articles on which
    annotators saw a model's suggestions and those on which they saw none, where there are both; `models` says
    how many articles each model made suggestions for.
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

    def to_frame(self) -> DataFrame:
        """A pandas table with a row for each group of annotators, task, scheme and label: see `agreement_frame`."""
        from ..frames import agreement_frame

        return agreement_frame(self)

    def as_json(self) -> dict[str, Any]:
        """Everything as plain objects: each number has one path, such as `entities.strict.micro.f1`."""
        return {
            "signature": self.signature,
            "annotators_per_article": {str(n): count for n, count in self.annotators_per_article.items()},
            **self.overall.as_json(),
            "by_annotator": {name: found.as_json() for name, found in self.annotators.items()},
            "by_pair": {" and ".join(names): found.as_json() for names, found in self.pairs.items()},
            "suggestions": {
                "models": self.models,
                "seen": self.suggested.as_json() if self.suggested else None,
                "blind": self.blind.as_json() if self.blind else None,
            },
            "disagreements": self.disagreements.as_json(),
            "notes": list(self.notes),
        }
