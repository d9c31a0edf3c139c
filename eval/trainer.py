"""Scores for a Hugging Face Trainer: BIO tags of tokens are read as spans of token positions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..configs.errors import InputError
from .rates import rates
from .spans import Ints, SpanTable
from .tally import span_tallies
from .uncertainty import one_unit

IGNORED = -100  # Transformers' label for special tokens, and for all pieces of a word except the first


def spans_of_tags(tags: Ints, documents: Ints, names: Sequence[str], labels: Sequence[str]) -> tuple[SpanTable, int]:
    """The spans of a flat array of tags (indices into `names`: O, B-x, I-x), and how many tags were mended.

    Start and end are positions in the array. An I that does not continue a span of its label begins a new span, as in
    conlleval (Tjong Kim Sang and Buchholz 2000).
    """
    prefix = np.array([name[:1] for name in names])[tags] if len(tags) else np.empty(0, "<U1")
    index = {label: n for n, label in enumerate(labels)}
    label = np.array([index.get(name[2:], -1) for name in names], np.int64)[tags]
    inside = prefix != "O"
    goes_on = np.zeros(len(tags), np.bool_)
    goes_on[1:] = (prefix[1:] == "I") & inside[:-1] & (label[1:] == label[:-1]) & (documents[1:] == documents[:-1])
    begins = inside & ~goes_on
    ends = inside.copy()
    ends[:-1] &= ~goes_on[1:]
    start = np.flatnonzero(begins)
    mended = int(np.count_nonzero(begins & (prefix == "I")))
    return SpanTable(documents[start], start, np.flatnonzero(ends) + 1, label[start]), mended


def compute_metrics(names: Sequence[str]) -> Callable[[Any], dict[str, float]]:
    """A function for `Trainer(compute_metrics=...)`. `names` are the tags' names in the order of their ids.

    It takes an EvalPrediction (or a pair): predictions as logits or tag ids of sequences × tokens, and label
    ids. Tokens with the label -100 are left out on both sides. It returns precision, recall and f1 (strict), f1 of
    exact, partial and type, and f1 of each label. 0/0 counts as 0, since a Trainer needs numbers. `mended_tags` is the
    number of predicted I tags that began a span. The numbers equal those of scores.json on the same spans. Raises
    InputError for names that are not such tags. The returned function raises it for ids without a name, and for arrays
    of different shapes.
    """
    names = list(names)
    wrong = [name for name in names if name != "O" and name[:2] not in ("B-", "I-")]
    if wrong:
        raise InputError(f"tags must be O, B-label or I-label, not {', '.join(wrong)}")
    labels = tuple(dict.fromkeys(name[2:] for name in names if name != "O"))

    def metrics(evaluated: Any) -> dict[str, float]:
        predicted, given = (np.asarray(side) for side in evaluated)
        if predicted.ndim > given.ndim:
            predicted = predicted.argmax(-1)
        if predicted.shape != given.shape:
            raise InputError(f"predictions have the shape {predicted.shape}, and labels {given.shape}; they must agree")
        labelled = given != IGNORED
        for side, tags in (("predictions", predicted), ("labels", given)):
            unknown = tags[labelled & ((tags < 0) | (tags >= len(names)))]
            if len(unknown):
                raise InputError(f"{side} have the tag id {unknown[0]}, but there are names for {len(names)} ids")
        documents = np.nonzero(labelled)[0]
        gold, _ = spans_of_tags(given[labelled], documents, names, labels)
        predicted_spans, mended = spans_of_tags(predicted[labelled], documents, names, labels)
        tallies = span_tallies(gold, predicted_spans, labels, one_unit(len(given)))
        values = {
            scheme: np.nan_to_num(rates(tally.counts.sum(-1))) for scheme, tally in tallies.items()
        }  # rows × (precision, recall, F1)
        result = dict(zip(("precision", "recall", "f1"), values["strict"][0].tolist(), strict=True))
        result |= {f"f1_{scheme}": float(rows[0, 2]) for scheme, rows in values.items() if scheme != "strict"}
        result |= {f"f1_{label}": float(values["strict"][n + 1, 2]) for n, label in enumerate(labels)}
        return result | {"mended_tags": float(mended)}

    return metrics
