"""A thousand random files, each scheme and average against a slow scorer that shares no code with ours."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache

from mihakk.eval import evaluate
from mihakk.eval.scores import Leaf

FILES = 1000
Span = tuple[int, int, str]
LABELS = ("A", "B", "C")
# Words of four letters and a space; the first two letters of every second word may be proclitics.
TEXT = "وبيت دارت " * 4
PROCLITICS = "وفبلكس"


def meet(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def iou(one: Span, other: Span) -> Fraction:
    both = len(set(range(*one[:2])) & set(range(*other[:2])))
    return Fraction(both, len(set(range(*one[:2])) | set(range(*other[:2]))))


FULL: dict[str, Callable[[Span, Span], bool]] = {
    "strict": lambda one, other: one == other,
    "exact": lambda one, other: one[:2] == other[:2],
    "partial": lambda one, other: one[:2] == other[:2],
    "type": lambda one, other: one[2] == other[2],
    "left": lambda one, other: one[2] == other[2] and one[0] == other[0],
    "right": lambda one, other: one[2] == other[2] and one[1] == other[1],
    "overlap": lambda one, other: one[2] == other[2] and iou(one, other) >= Fraction(2, 5),
}


def best(gold: Sequence[Span], predicted: Sequence[Span], full: Callable[[Span, Span], bool]) -> tuple[int, int]:
    """The most pairs of full credit, and the most others that then overlap, by trying every pairing."""

    @cache
    def from_(n: int, taken: int) -> tuple[int, int]:
        if n == len(gold):
            return 0, 0
        found = from_(n + 1, taken)
        for k, other in enumerate(predicted):
            if not taken >> k & 1 and meet(gold[n], other):
                good, rest = from_(n + 1, taken | 1 << k)
                credit = full(gold[n], other)
                found = max(found, (good + credit, rest + (not credit)))
        return found

    return from_(0, 0)


def tolerant(gold: Sequence[Span], predicted: Sequence[Span]) -> tuple[list[Span], list[Span]]:
    """Spans that end where one of the other side does begin at their word, if only proclitics stand between.

    What is right already stays as it is.
    """
    right = Counter(gold) & Counter(predicted)
    rest = [list((Counter(side) - right).elements()) for side in (gold, predicted)]
    ends = [{span[1] for span in side} for side in rest]

    def moved(span: Span) -> Span:
        word = TEXT.rfind(" ", 0, span[0]) + 1
        return (word, *span[1:]) if all(letter in PROCLITICS for letter in TEXT[word : span[0]]) else span

    both = [[moved(span) if span[1] in ends[1 - n] else span for span in side] for n, side in enumerate(rest)]
    return [*right.elements(), *both[0]], [*right.elements(), *both[1]]


def numbers(cor: int, par: int, gold: int, predicted: int) -> list[Fraction | None]:
    credit = cor + Fraction(par, 2)
    pairs = ((credit, predicted), (credit, gold), (2 * credit, gold + predicted))
    return [Fraction(a) / b if b else None for a, b in pairs]


def document(rng: random.Random, other: Sequence[Span] = ()) -> list[Span]:
    """Up to six spans, nested, repeated and overlapping, some of them the other side's."""
    spans: list[Span] = []
    for _ in range(rng.randint(0, 6)):
        start = rng.randint(0, 30)
        copied = other and rng.random() < 0.4
        spans.append(rng.choice(other) if copied else (start, start + rng.randint(1, 9), rng.choice(LABELS)))
    return spans


def rows(documents: Sequence[Sequence[Span]]) -> list[dict[str, object]]:
    return [
        {"id": f"d{n}", "text": TEXT, "entities": [{"start": s, "end": e, "label": label} for s, e, label in spans]}
        for n, spans in enumerate(documents)
    ]


def scored(gold: list[list[Span]], predicted: list[list[Span]], scheme: str) -> dict[str, list[Fraction | None]]:
    """Micro, each label that occurs, macro and weighted."""
    plain = scheme.removesuffix("+clitic")
    pairs = list(zip(gold, predicted, strict=True))
    if plain != scheme:
        pairs = [tolerant(*pair) for pair in pairs]

    def row(label: str | None) -> tuple[int, int, int, int]:
        cor = other = ours = theirs = 0
        for g, p in pairs:
            g, p = ([span for span in side if label in (None, span[2])] for side in (g, p))
            full, rest = best(g, p, FULL[plain])
            cor, other, ours, theirs = cor + full, other + rest, ours + len(g), theirs + len(p)
        return cor, other if plain == "partial" else 0, ours, theirs

    each = {label: row(label) for label in LABELS}
    each = {label: counts for label, counts in each.items() if counts[2] or counts[3]}
    found = {label: numbers(*counts) for label, counts in each.items()}
    total = sum(counts[2] for counts in each.values())
    values = {label: [value or Fraction() for value in rates] for label, rates in found.items()}
    found["macro"] = [sum(v[n] for v in values.values()) / len(each) if each else None for n in range(3)]
    found["weighted"] = [
        sum(values[label][n] * each[label][2] for label in each) / total if total else None for n in range(3)
    ]
    return found | {"micro": numbers(*row(None))}


def test_a_thousand_files_score_as_the_slow_scorer_says() -> None:
    rng = random.Random(17)
    seen = Counter[str]()
    for _ in range(FILES):
        gold = [document(rng) for _ in range(3)]
        predicted = [document(rng, spans) for spans in gold]
        schemes = evaluate(rows(gold), rows(predicted), iou=0.4).tasks.get("entities", {})
        assert len(schemes) == len(FULL) + 4
        for scheme, table in schemes.items():
            ours: dict[str, Leaf] = {
                "micro": table.micro, "macro": table.macro, "weighted": table.weighted, **table.labels
            }  # fmt: skip
            for name, wanted in scored(gold, predicted, scheme).items():
                leaf = ours.pop(name)
                for value, right in zip((leaf.precision, leaf.recall, leaf.f1), wanted, strict=True):
                    assert (value is None) == (right is None), (scheme, name, gold, predicted)
                    assert right is None or abs(value - right) < 1e-12, (scheme, name, gold, predicted)
                    seen[scheme] += right is not None and 0 < right < 1
            assert not ours
    # Every scheme had more than a thousand numbers between 0 and 1 to get wrong.
    assert min(seen.values()) > FILES
