"""How well `export suspects` finds errors that were put into a gold set: see README.md beside this file.

    python benchmarks/suspects.py WOJOOD.txt [--seeds 1 2 3] [--no-crf]

WOJOOD.txt is a file of the Wojood corpus (IOB2, nested; the first tag of a token counts). Errors are put into it: a
quarter each another label, another boundary, a missing and a spurious span. Systems are of two kinds: independent ones,
made from the clean spans with errors that half agree, and CRFs that are trained on the faulty gold itself by
cross-validation.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path
from statistics import NormalDist, mean
from tempfile import TemporaryDirectory
from typing import Any

from mihakk.annotate.document import Annotation, Article, Span
from mihakk.configs.labels import CorpusLabels
from mihakk.eval.gold.records import Gold, GoldDocument, Origin, Origins
from mihakk.eval.suspects.places import Answer, Place, System, ranked_places

# Shares of spans that a system gets wrong, and of spurious spans for each gold span, for about this F1.
SYSTEMS = {0.84: (0.14, 0.12), 0.73: (0.26, 0.20), 0.89: (0.10, 0.08), 0.80: (0.18, 0.15)}
ALIKE = 0.5  # how far the errors of independent systems agree
FOLDS = 5

Tokens = list[tuple[int, int]]


@dataclass(frozen=True)
class Sentence:
    """A sentence, the places of its tokens, and its spans in tokens: first, end, label."""

    text: str
    tokens: Tokens
    spans: frozenset[tuple[int, int, str]]

    def span(self, first: int, end: int, label: str) -> Span:
        return Span(self.tokens[first][0], self.tokens[end - 1][1], label)


def read(path: Path) -> list[Sentence]:
    """The sentences of a file, with the outermost spans."""
    found: list[Sentence] = []
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        lines = [line.split() for line in block.splitlines() if line.strip()]
        if not lines:
            continue
        places: Tokens = []
        at = 0
        for line in lines:
            places.append((at, at + len(line[0])))
            at += len(line[0]) + 1
        spans: list[tuple[int, int, str]] = []
        for n, line in enumerate(lines):
            tag = line[1]
            label = tag[2:]
            if tag.startswith("I-") and spans and spans[-1][1] == n and spans[-1][2] == label:
                spans[-1] = (spans[-1][0], n + 1, label)
            elif tag != "O":
                spans.append((n, n + 1, label))
        found.append(Sentence(" ".join(line[0] for line in lines), places, frozenset(spans)))
    return found


def overlap(one: tuple[int, int, str], others: Any) -> bool:
    return any(one[0] < other[1] and other[0] < one[1] for other in others)


def another(
    sentence: Sentence, span: tuple[int, int, str], labels: Sequence[str], rng: random.Random, kind: str
) -> Any:
    """The span with another label or boundary; None for a missing one, or where no other boundary is free."""
    first, end, label = span
    if kind == "label":
        return first, end, rng.choice([other for other in labels if other != label])
    if kind == "missing":
        return None
    moved = [(first - 1, end, label), (first, end + 1, label), (first + 1, end, label), (first, end - 1, label)]
    rng.shuffle(moved)
    rest = sentence.spans - {span}
    return next((m for m in moved if 0 <= m[0] < m[1] <= len(sentence.tokens) and not overlap(m, rest)), None)


def invented(sentence: Sentence, taken: Any, labels: Sequence[str], rng: random.Random) -> Any:
    """A span of one or two tokens where nothing is marked, or None."""
    for _ in range(10):
        first = rng.randrange(len(sentence.tokens))
        span = (first, min(first + rng.choice((1, 1, 2)), len(sentence.tokens)), rng.choice(labels))
        if not overlap(span, taken) and sentence.text[sentence.tokens[first][0]].isalpha():
            return span
    return None


@dataclass
class Draw:
    """A faulty gold set; the wrong places as document number, start and end; and the difficulty of each clean span."""

    sentences: list[Sentence]
    faulty: list[frozenset[tuple[int, int, str]]]
    wrong: set[tuple[int, int, int]]
    hard: dict[tuple[int, tuple[int, int, str]], float]
    labels: list[str]


def draw(sentences: list[Sentence], seed: int, count: int, *, hard_errors: bool) -> Draw:
    rng = random.Random(seed)
    frequent = [span[2] for sentence in sentences for span in sorted(sentence.spans)]
    every = [(n, span) for n, sentence in enumerate(sentences) for span in sorted(sentence.spans)]
    hard = {key: rng.gauss(0, 1) for key in every}
    if hard_errors:  # the errors are in the hardest third
        every = sorted(every, key=lambda key: hard[key])[: len(every) // 3]
    faulty = [set(sentence.spans) for sentence in sentences]
    wrong: set[tuple[int, int, int]] = set()
    chosen = rng.sample(every, len(every))
    for number in range(count):
        kind = ("label", "boundary", "missing", "spurious")[number % 4]
        while True:
            n, span = chosen.pop() if kind != "spurious" else (rng.randrange(len(sentences)), None)
            sentence = sentences[n]
            new = another(sentence, span, frequent, rng, kind) if span else invented(sentence, faulty[n], frequent, rng)
            if new is None and kind != "missing":
                continue
            faulty[n].discard(span)
            touched = [each for each in (span, new) if each]
            if new:
                faulty[n].add(new)
            wrong.add((n, min(s[0] for s in touched), max(s[1] for s in touched)))
            break
    return Draw(sentences, [frozenset(spans) for spans in faulty], wrong, hard, frequent)


def independent(drawn: Draw, quality: Sequence[float], seed: int) -> list[System]:
    """Systems made from the clean spans: what is hard is hard for all, and half of their errors are the same."""
    rng = random.Random(seed)
    shared_error = {key: rng.choice(("label", "boundary", "missing")) for key in drawn.hard}
    shared_seed = {key: rng.random() for key in drawn.hard}
    pool = [invented(s, s.spans, drawn.labels, rng) for s in drawn.sentences for _ in range(2)]
    systems: list[System] = []
    for number, f1 in enumerate(quality):
        wrong, spurious = SYSTEMS[f1]
        least = NormalDist().inv_cdf(wrong)
        answers: dict[str, Answer] = {}
        more = spurious * sum(len(s.spans) for s in drawn.sentences) / (2 * len(drawn.sentences))
        for n, sentence in enumerate(drawn.sentences):
            spans: set[tuple[int, int, str]] = set()
            for span in sorted(sentence.spans):
                if sqrt(ALIKE) * drawn.hard[n, span] + sqrt(1 - ALIKE) * rng.gauss(0, 1) > least:
                    spans.add(span)
                    continue
                same = rng.random() < ALIKE
                kind = shared_error[n, span] if same else rng.choice(("label", "boundary", "missing"))
                source = random.Random(shared_seed[n, span]) if same else rng
                if new := another(sentence, span, drawn.labels, source, kind):
                    spans.add(new)
            for k in range(2):
                if rng.random() < more:
                    span = pool[2 * n + k] if rng.random() < ALIKE else invented(sentence, spans, drawn.labels, rng)
                    if span and not overlap(span, spans):
                        spans.add(span)
            answers[f"s{n:05}"] = Answer(frozenset(sentence.span(*span) for span in spans))
        systems.append(System(f"independent-{number}", answers))
    return systems


# --- taggers trained on the faulty gold itself


def features(words: Sequence[str], n: int, kind: int) -> list[str]:
    """Of a token, in three ways: everything, words alone, letters alone."""
    found = ["bias"]
    for step in (-2, -1, 0, 1, 2):
        word = words[n + step] if 0 <= n + step < len(words) else "-"
        if kind != 2 or step == 0:
            found.append(f"w{step}={word}")
        if kind != 1 and abs(step) < 2:
            found += [f"p{step},{k}={word[:k]}" for k in (1, 2, 3)] + [f"s{step},{k}={word[-k:]}" for k in (1, 2, 3)]
    return [*found, f"digit={words[n].isdigit()}"]


def crf(drawn: Draw, kind: int, seed: int) -> System:
    """A CRF's answers by cross-validation, with the least marginal probability of its tags as each span's score."""
    import pycrfsuite

    order = list(range(len(drawn.sentences)))
    random.Random(seed).shuffle(order)
    inputs = []
    for sentence in drawn.sentences:
        words = [sentence.text[start:end] for start, end in sentence.tokens]
        inputs.append([features(words, n, kind) for n in range(len(words))])
    answers: dict[str, Answer] = {}
    for fold in range(FOLDS):
        trainer = pycrfsuite.Trainer(verbose=False)
        trainer.set_params({"c1": 0.1, "c2": 0.1, "max_iterations": 60})
        for place, n in enumerate(order):
            if place % FOLDS != fold:
                trainer.append(inputs[n], tags_of(drawn.faulty[n], len(drawn.sentences[n].tokens)))
        tagger = pycrfsuite.Tagger()
        with TemporaryDirectory() as folder:
            model = Path(folder, "model.crf")
            trainer.train(str(model))
            content = model.read_bytes()  # the tagger reads from it as long as it is used
        tagger.open_inmemory(content)
        for n in order[fold::FOLDS]:
            sentence = drawn.sentences[n]
            tags = tagger.tag(inputs[n])
            sure = [tagger.marginal(tag, at) for at, tag in enumerate(tags)]
            spans = list(spans_of(tags))
            scores = {sentence.span(*span): min(sure[span[0] : span[1]]) for span in spans}
            answers[f"s{n:05}"] = Answer(frozenset(scores), scores)
    return System(f"crf-{kind}", answers)


def tags_of(spans: Any, length: int) -> list[str]:
    tags = ["O"] * length
    for first, end, label in spans:
        tags[first:end] = [f"B-{label}", *[f"I-{label}"] * (end - first - 1)]
    return tags


def spans_of(tags: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    first, label = 0, ""
    for n, tag in enumerate([*tags, "O"]):
        if label and tag != f"I-{label}":
            yield first, n, label
            label = ""
        if tag != "O" and not label:
            first, label = n, tag[2:]


# --- what was found


def gold_of(drawn: Draw, *, votes: bool, seed: int) -> Gold:
    """The faulty gold. With votes: three annotators, all behind 80 % of right places and behind 25 % of wrong ones."""
    rng = random.Random(seed)
    documents: list[GoldDocument] = []
    for n, sentence in enumerate(drawn.sentences):
        spans = sorted(drawn.faulty[n])
        article = Article(f"s{n:05}", sentence.text)
        entities = tuple(sentence.span(*span) for span in spans)
        origins = [
            Origin(
                ("a", "b", "c") if rng.random() < (0.25 if overlap(span, at(drawn.wrong, n)) else 0.8) else ("a", "b")
            )
            for span in spans
        ]
        who = ("a", "b", "c") if votes else ()
        made = GoldDocument(article, (), Annotation(article.id, "gold", entities), who)
        documents.append(replace(made, origins=Origins(tuple(origins)) if votes else Origins()))
    labels = CorpusLabels("wojood", "wojood@1", tuple(sorted(set(drawn.labels))), (), ())
    return Gold("wojood", "1", labels, {"test": documents})


def at(wrong: set[tuple[int, int, int]], n: int) -> list[tuple[int, int, str]]:
    return [(first, end, "") for number, first, end in wrong if number == n]


def hits(drawn: Draw, ranked: Sequence[Place]) -> list[bool]:
    """Whether each place has an error that no earlier place had."""
    left: dict[str, set[tuple[int, int]]] = {}
    for n, first, end in drawn.wrong:
        tokens = drawn.sentences[n].tokens
        left.setdefault(f"s{n:05}", set()).add((tokens[first][0], tokens[end - 1][1]))
    found: list[bool] = []
    for place in ranked:
        here = {(start, end) for start, end in left.get(place.document, ()) if start < place.end and place.start < end}
        found.append(bool(here))
        if here:
            left[place.document] -= here
    return found


def numbers(found: Sequence[bool], errors: int) -> tuple[float, float, float, float, int]:
    """Precision at 50, at 100 and at the number of errors, average precision, places for half of the errors."""
    right, total, half = 0, 0.0, 0
    for rank, hit in enumerate(found, 1):
        right += hit
        total += hit * right / rank
        if not half and 2 * right >= errors:
            half = rank
    return *(sum(found[:n]) / n for n in (50, 100, errors)), total / errors, half  # type: ignore[return-value]


def f1(drawn: Draw, system: System) -> float:
    both = marked = answered = 0
    for n, sentence in enumerate(drawn.sentences):
        clean = {sentence.span(*span) for span in sentence.spans}
        answer = system.answers[f"s{n:05}"].entities
        both, marked, answered = both + len(clean & answer), marked + len(clean), answered + len(answer)
    return 2 * both / (marked + answered)


# Each row: independent systems, number of CRFs, whether annotators' votes are known; P@100 and AP of the design.
ROWS: dict[str, tuple[tuple[float, ...], int, bool, float, float]] = {
    "1 independent": ((0.84,), 0, False, 0.64, 0.49),
    "2 independent": ((0.84, 0.73), 0, False, 0.74, 0.68),
    "3 independent": ((0.84, 0.73, 0.89), 0, False, 0.91, 0.88),
    "2 independent, annotators known": ((0.84, 0.73), 0, True, 0.86, 0.79),
    "CRF on this gold": ((), 1, False, 0.49, 0.40),
    "CRF + 1 independent": ((0.84,), 1, False, 0.86, 0.75),
    "CRF + 3 independent": ((0.84, 0.73, 0.89), 1, False, 0.97, 0.92),
    "3 CRFs on this gold": ((), 3, False, 0.51, 0.40),
}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--errors", type=int, default=171)
    parser.add_argument("--no-crf", action="store_true")
    parser.add_argument("--hard", action="store_true", help="the errors are where systems err, too")
    given = parser.parse_args()
    sentences = read(given.corpus)
    found: dict[str, list[tuple[float, ...]]] = {}
    quality: dict[str, list[float]] = {}
    errors = places = 0
    for seed in given.seeds:
        drawn = draw(sentences, seed, given.errors, hard_errors=given.hard)
        errors = len(drawn.wrong)
        trained = [] if given.no_crf else [crf(drawn, kind, seed) for kind in range(3)]
        made = independent(drawn, (0.84, 0.73, 0.89), seed + 100)
        for system in (*made, *trained):
            quality.setdefault(system.name, []).append(f1(drawn, system))
        for name, (own, crfs, votes, _, _) in ROWS.items():
            if crfs and not trained:
                continue
            systems = [*made[: len(own)], *trained[:crfs]]
            ranked = ranked_places(gold_of(drawn, votes=votes, seed=seed), systems)
            places = len(ranked)
            found.setdefault(name, []).append(numbers(hits(drawn, ranked), errors))
    spans = sum(len(sentence.spans) for sentence in sentences)
    print(f"{len(sentences)} sentences, {spans} spans, {errors} errors, {places} places, seeds {given.seeds}")
    print("F1 of systems:", ", ".join(f"{name} {mean(values):.2f}" for name, values in quality.items()))
    print(f"{'systems':32} P@50 P@100  P@n   AP  half   design P@100 AP")
    short = 0
    for name, drawn_ in found.items():
        p50, p100, pn, ap, half = (mean(column) for column in zip(*drawn_, strict=True))
        wanted = ROWS[name][3:]
        falls = p100 < wanted[0] - 0.05 or ap < wanted[1] - 0.05
        short += falls
        line = f"{name:32} {p50:.2f} {p100:.2f}  {pn:.2f}  {ap:.2f} {half:5.0f}   {wanted[0]:.2f} {wanted[1]:.2f}"
        print(line + ("  SHORT" if falls else ""))
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
