"""A thousand random files of claims, their stances and sources, and stances of articles, against a slow scorer."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from mihakk.eval import evaluate
from mihakk.eval.scores import Leaf
from test_brute_force import FILES, TEXT, best, iou, meet, numbers, tolerant
from test_brute_force import FULL as OF_ENTITIES

STANCES = ("support", "deny", "query")
ARTICLE = ("agree", "disagree", "discuss")
IOU = Fraction(2, 5)


class Said(NamedTuple):
    """A claim with the places of its sources."""

    start: int
    end: int
    stance: str
    sources: tuple[tuple[int, int], ...]


def claims(rng: random.Random, other: Sequence[Said] = ()) -> list[Said]:
    """Up to four claims, some of them the other side's, with its stance and sources or with others."""
    found: list[Said] = []
    for _ in range(rng.randint(0, 4)):
        start = rng.randint(0, 25)
        one = Said(start, start + rng.randint(1, 12), rng.choice(STANCES), ())
        if other and rng.random() < 0.6:
            like = rng.choice(other)
            moved = rng.choice((0, 0, 1, 2))
            one = Said(like.start + moved, like.end + moved, rng.choice((like.stance, one.stance)), like.sources)
        if rng.random() < 0.6:
            one = one._replace(sources=tuple(sorted({rng.choice(((0, 4), (5, 9), (11, 15))) for _ in range(2)})))
        found.append(one)
    return found


def pairings(gold: Sequence[Said], predicted: Sequence[Said], n: int = 0) -> Iterator[list[tuple[int, int]]]:
    """Every way to pair claims that are near enough."""
    if n == len(gold):
        yield []
        return
    for rest in pairings(gold, predicted, n + 1):
        yield rest
        taken = {k for _, k in rest}
        for k, other in enumerate(predicted):
            if k not in taken and meet(gold[n], other) and iou(gold[n], other) >= IOU:  # type: ignore[arg-type]
                yield [(n, k), *rest]


def links(side: Sequence[Said]) -> Counter[tuple[int, ...]]:
    return Counter((one.start, one.end, *source) for one in side for source in one.sources)


def close(value: float | None, right: Fraction | float | None) -> bool:
    return (value is None) == (right is None) and (value is None or right is None or abs(value - right) < 1e-12)


def is_leaf(leaf: Leaf, cor: int, gold: int, predicted: int) -> bool:
    wanted = numbers(cor, 0, gold, predicted)
    return all(map(close, (leaf.precision, leaf.recall, leaf.f1), wanted))


def kappa(cells: Counter[tuple[str, str]]) -> Fraction | None:
    """Cohen 1960; a missing answer is an answer of its own."""
    total = sum(cells.values())
    if not total:
        return None
    gold, predicted = Counter[str](), Counter[str]()
    for (one, other), n in cells.items():
        gold[one] += n
        predicted[other] += n
    chance = sum(Fraction(gold[name] * predicted[name], total * total) for name in ARTICLE)
    observed = Fraction(sum(n for (one, other), n in cells.items() if one == other), total)
    return (observed - chance) / (1 - chance) if chance != 1 else None


def test_a_thousand_files_of_claims_score_as_the_slow_scorer_says() -> None:
    rng = random.Random(29)
    seen = Counter[str]()
    for _ in range(FILES):
        gold = [claims(rng) for _ in range(2)]
        predicted = [claims(rng, side) for side in gold]
        answers = [{f"c{n}": rng.choice(ARTICLE) for n in range(rng.randint(0, 3))} for _ in gold]
        given = [
            {claim: rng.choice((stance, rng.choice(ARTICLE))) for claim, stance in own.items() if rng.random() < 0.8}
            for own in answers
        ]
        tasks = evaluate(rows(gold, answers), rows(predicted, given), iou=float(IOU)).tasks

        # Claims as spans of one label.
        spans = [[(one.start, one.end, "CLAIM") for one in side] for side in (*gold, *predicted)]
        pairs = list(zip(spans[:2], spans[2:], strict=True))
        sizes = sum(map(len, gold)), sum(map(len, predicted))
        for scheme, table in tasks["claims"].items():
            plain = scheme.removesuffix("+clitic")
            each = [tolerant(*pair) for pair in pairs] if plain != scheme else pairs
            cor, other = (sum(n) for n in zip(*(best(*pair, OF_ENTITIES[plain]) for pair in each), strict=True))
            wanted = numbers(cor, other if plain == "partial" else 0, *sizes)
            leaf = table.micro
            assert all(map(close, (leaf.precision, leaf.recall, leaf.f1), wanted)), (scheme, gold, predicted)
            seen[scheme] += leaf.f1 is not None and 0 < leaf.f1 < 1

        # Stances of claims: the pairing with most equal stances, then with most pairs.
        ways = [list(pairings(g, p)) for g, p in zip(gold, predicted, strict=True)]

        def value(n: int, way: list[tuple[int, int]]) -> tuple[int, int]:
            return sum(gold[n][i].stance == predicted[n][k].stance for i, k in way), len(way)  # noqa: B023

        tops = [max(value(n, way) for way in ways[n]) for n in range(2)]
        equal, paired = (sum(column) for column in zip(*tops, strict=True))
        if sizes[1]:
            stance = tasks["claim_stance"]
            choice = stance["conditional"].choice
            assert choice is not None
            assert close(choice.accuracy, Fraction(equal, paired) if paired else None), (gold, predicted)
            assert is_leaf(stance["end_to_end"].micro, equal, *sizes), (gold, predicted)
            seen["claim_stance"] += 0 < equal < paired
        else:
            assert "claim_stance" not in tasks

        # Sources: by equal places, and by a pairing with most equal sources, then with most pairs.
        counts = [sum(len(one.sources) for side in whole for one in side) for whole in (gold, predicted)]
        if counts[1]:
            both = sum((links(g) & links(p)).total() for g, p in zip(gold, predicted, strict=True))
            assert is_leaf(tasks["attribution"]["strict"].micro, both, *counts), (gold, predicted)

            def rank(n: int, way: list[tuple[int, int]]) -> tuple[int, int]:
                return sum(gold[n][i].sources == predicted[n][k].sources for i, k in way), len(way)  # noqa: B023

            most = [max(rank(n, way) for way in ways[n]) for n in range(2)]
            possible = [
                {
                    sum(len({*gold[n][i].sources} & {*predicted[n][k].sources}) for i, k in way)
                    for way in ways[n]
                    if rank(n, way) == most[n]
                }
                for n in range(2)
            ]
            found = tasks["attribution"]["overlap"].micro.counts.cor
            assert found in {a + b for a in possible[0] for b in possible[1]}, (gold, predicted)
            seen["attribution"] += 0 < both < counts[0]

        # The order in which a file has its claims changes nothing.
        for side in (*gold, *predicted):
            rng.shuffle(side)
        assert evaluate(rows(gold, answers), rows(predicted, given), iou=float(IOU)).tasks == tasks, (gold, predicted)

        # Stances of articles.
        cells = Counter(
            (stance, said.get(claim, ""))
            for own, said in zip(answers, given, strict=True)
            for claim, stance in own.items()
        )
        if cells:
            table = tasks["stance"]["strict"]
            assert table.choice is not None
            right = sum(n for (one, other), n in cells.items() if one == other)
            assert close(table.choice.accuracy, Fraction(right, cells.total()))
            assert close(table.choice.kappa, kappa(cells)), cells
            for name, leaf in table.labels.items():
                asked = sum(n for (one, _), n in cells.items() if one == name)
                answered = sum(n for (_, other), n in cells.items() if other == name)
                assert is_leaf(leaf, cells[name, name], asked, answered)
            seen["stance"] += 0 < right < cells.total()
    # Each task and scheme was right and wrong in hundreds of files.
    assert len(seen) == len(tasks["claims"]) + 3
    assert min(seen.values()) > 150, seen


def rows(side: Sequence[Sequence[Said]], answers: Sequence[dict[str, str]]) -> list[dict[str, object]]:
    return [
        {
            "id": f"d{n}",
            "text": TEXT,
            "claims": [
                {
                    "start": one.start,
                    "end": one.end,
                    "stance": one.stance,
                    "sources": [{"start": s, "end": e} for s, e in one.sources],
                }
                for one in own
            ],
            "stances": answers[n],
        }
        for n, own in enumerate(side)
    ]
