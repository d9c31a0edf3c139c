"""Finding near-copies among many texts."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import pytest
from drawn import texts
from hypothesis import given
from hypothesis import strategies as st
from mihakk.annotate import copies
from mihakk.annotate.copies import copy_sets, near_copies

ARTICLES = [
    json.loads(line)
    for line in Path(__file__).with_name("event_articles.jsonl").read_text(encoding="utf-8").splitlines()
]
# Twenty-four words, so twenty-two sequences of three.
LONG = " ".join(f"كلمة{n}" for n in range(24))


def test_the_copies_among_articles_of_common_events_are_found_and_nothing_else() -> None:
    """Eight of the sixty are wire copies, says their README; the others report the same events in other words."""
    names = [article["id"] for article in ARTICLES]
    found = {frozenset((names[a], names[b])) for a, b in near_copies([article["text"] for article in ARTICLES])}
    assert found == {frozenset((a["id"], a["copy_of"])) for a in ARTICLES if a["copy_of"]}


@pytest.mark.parametrize(
    "other",
    [
        LONG,
        "«" + LONG.replace(" ", "، ") + "».",
        LONG.replace("كلمة", "كَلِمَة"),
        LONG.replace("كلمة", "كـــلمه"),  # tatweel, and heh for teh marbuta
        LONG.replace("1", "١"),
        LONG + " " + " ".join(f"زيادة{n}" for n in range(200)),  # all of it, in a long text: 22 sequences
    ],
)
def test_these_are_copies(other: str) -> None:
    assert near_copies([LONG, "غير ذلك تماما", other]) == [(0, 2)]


def test_half_of_the_sequences_is_enough_and_less_is_not() -> None:
    words = [f"و{n}" for n in range(42)]  # 40 sequences
    # The first 22 words have 20 sequences, which is half of 40, the first 21 only 19.
    for kept, expected in ((22, [(0, 1)]), (21, [])):
        other = words[:kept] + [f"غير{n}" for n in range(42 - kept)]
        assert near_copies([" ".join(words), " ".join(other)]) == expected


def test_a_short_text_in_a_long_one_is_a_phrase_and_no_copy() -> None:
    phrase = " ".join(LONG.split()[:21])  # 19 sequences, all of them in the other
    assert near_copies([phrase, phrase + " " + " ".join(f"زيادة{n}" for n in range(60))]) == []
    # With 20 more, 39 in all, they are less than half of the longer text.
    assert near_copies([phrase, phrase + " " + " ".join(f"زيادة{n}" for n in range(20))]) == []
    # But with 19 more sequences, 38 in all, they are half of the longer text as well.
    assert near_copies([phrase, phrase + " " + " ".join(f"زيادة{n}" for n in range(19))]) == [(0, 1)]


def test_texts_of_fewer_than_three_words_are_copies_if_they_are_the_same() -> None:
    assert near_copies(["خبر عاجل", "خبر", "خَبَر عاجل!", "عاجل خبر", "؟!", "…"]) == [(0, 2)]


def test_no_text_and_one_text_have_no_copies() -> None:
    assert near_copies([]) == near_copies(["نص"]) == []


def test_the_sets_are_what_the_pairs_join() -> None:
    first, second = (" ".join(f"{word}{n}" for n in range(30)) for word in ("كلمة", "خبر"))
    texts = ["غير ذلك", second, first, f"«{first}»", second.replace("خبر", "خَبَر"), f"{first} زيادة"]
    assert copy_sets(texts) == [[1, 4], [2, 3, 5]]
    assert copy_sets([]) == copy_sets(["نص"]) == []


def joined(pairs: list[tuple[int, int]], count: int) -> list[set[int]]:
    sets = [{n} for n in range(count)]
    for a, b in pairs:
        one, other = (next(s for s in sets if n in s) for n in (a, b))
        if one is not other:
            sets.remove(other)
            one |= other
    return sorted(sets, key=min)


def test_a_hundred_copies_are_all_joined_among_others_that_share_phrases() -> None:
    drawn = random.Random(3)
    phrase = " ".join(LONG.split()[:10])
    others = [phrase + " " + " ".join(f"غير{drawn.randrange(10**6)}" for _ in range(60)) for _ in range(300)]
    copies = [phrase + " " + LONG[::-1] + f" ختام{n}" for n in range(100)]
    mixed = others + copies
    order = list(range(400))
    drawn.shuffle(order)
    sets = joined(near_copies([mixed[n] for n in order]), 400)
    assert {n for n in range(400) if order[n] >= 300} in sets
    assert len(sets) == 301


@given(st.lists(texts, max_size=6), st.randoms(use_true_random=False))
def test_a_text_and_itself_are_copies_in_any_company_and_order(others: list[str], shuffler: random.Random) -> None:
    among = [*others, LONG, LONG + " غير"]
    shuffled = shuffler.sample(among, len(among))
    where = shuffled.index(LONG), shuffled.index(LONG + " غير")
    assert (min(where), max(where)) in near_copies(shuffled)
    assert joined(near_copies(among), len(among)).__len__() == joined(near_copies(shuffled), len(among)).__len__()


def in_plain_words(texts: list[str]) -> list[tuple[int, int]]:
    """The pairs by their description: texts that stand next to each other, up to four apart, in the list of a sequence."""
    own = [{tuple(words[n : n + 3]) for n in range(len(words) - 2)} for words in map(str.split, texts)]
    lists: dict[tuple[str, ...], list[int]] = {}
    for n, sequences in enumerate(own):
        for sequence in sequences:
            lists.setdefault(sequence, []).append(n)
    near = Counter(pair for n in lists.values() for step in (1, 2, 3, 4) for pair in zip(n, n[step:], strict=False))
    found: list[tuple[int, int]] = []
    for (a, b), times in sorted(near.items()):
        short, long = sorted((len(own[a]), len(own[b])))
        shared = len(own[a] & own[b])
        if times >= 0.1 * short and shared >= 0.5 * short and (shared >= 20 or shared >= 0.5 * long):
            found.append((a, b))
    return found


@pytest.mark.parametrize("hashes", [1, 7, 100, 10**6])
def test_parts_of_any_size_give_the_same_pairs(hashes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "_AT_ONCE", hashes)
    drawn = random.Random(11)
    phrases = [" ".join(f"كلمة{n}ثم{k}" for k in range(25)) for n in range(20)]
    texts = [" ".join(drawn.sample(phrases, drawn.randrange(1, 4))) for _ in range(150)]
    expected = in_plain_words(texts)
    assert len(expected) > 100
    assert near_copies(texts) == expected
    assert near_copies(iter(texts)) == expected
