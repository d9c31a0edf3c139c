"""A Label Studio export of double-annotated tasks, always the same for the same number: see README.md beside this file.

    python benchmarks/generate_export.py TASKS export.json

Each task has an article of about 3 KB in seeded words, two annotators with some 26 entities and four claims each, every
claim with a stance and a source, and answers on its event's two claims. Events have five articles. Of ten spans one is
another by the second annotator: an edge moved, another label or stance, left out. One article of twenty is a touched-up
copy of the one before.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
from pathlib import Path
from typing import Any

from annotate_tasks import WORDS

PARAGRAPHS = 12
NAMES = {
    "PERS": ("سامي", "هدى", "أحمد", "ليلى", "يوسف", "مريم"),
    "OCC": ("المتحدث", "الوزير", "المحافظ"),
    "ORG": ("وزارة الدفاع", "الهلال الأحمر", "قيادة الأركان"),
    "GROUP": ("فصائل مسلحة", "اللواء"),
    "GPE": ("دمشق", "بغداد", "بيروت", "صنعاء", "الخرطوم", "طرابلس"),
    "LOC": ("الساحل", "الشمال"),
    "FAC": ("معبر", "قاعدة"),
    "WEAPON": ("صاروخ", "مسيّرة"),
    "DATE": ("يوم الأحد", "أمس"),
    "CARDINAL": ("ثلاثة", "عشرات"),
}
LABELS = tuple(NAMES)
STANCES = ("support", "deny", "query", "comment")
ANSWERS = ("agree", "disagree", "discuss", "unrelated")

Region = tuple[int, int, str]


def write_export(tasks: int, path: Path, seed: int = 5) -> None:
    """Writes an export of so many tasks, on one line, as a server gives it."""
    chance = random.Random(seed)
    before = None
    with path.open("w", encoding="utf-8") as file:
        for number in range(tasks):
            article = before if before and number % 20 == 1 else _article(chance)
            touched = _touched(article, chance) if article is before else article
            file.write(("[" if not number else ", ") + json.dumps(_task(number, *touched, chance), ensure_ascii=False))
            before = touched
        file.write("]")


def _article(chance: random.Random) -> tuple[str, list[Region], list[Region]]:
    """A text, its names, and its claims: sentences that begin with a name."""
    text = " ".join(chance.choices(WORDS, k=8))
    names: list[Region] = []
    claims: list[Region] = []
    for paragraph in range(PARAGRAPHS):
        text += "\n\n"
        for part in range(2):
            start = len(text)
            text += _name(chance, len(text), names)
            text += " " + " ".join(chance.choices(WORDS, k=6 + part * 5))
            if part == 0 and paragraph % 3 == 0:
                claims.append((start, len(text), "CLAIM"))
            text += " "
        if paragraph % 6 == 0:
            text += _name(chance, len(text), names) + " "
        text += f"{chance.choice(WORDS)}."
    return text, names, claims


def _name(chance: random.Random, at: int, names: list[Region]) -> str:
    label = chance.choice(LABELS)
    # Most names of a corpus are rare, a few are everywhere.
    words = chance.choice(NAMES[label])
    words += f" {chance.choice(WORDS)}{chance.randrange(300)}" if chance.random() < 0.5 else ""
    names.append((at, at + len(words), label))
    return words


def _touched(article: tuple[str, list[Region], list[Region]], chance: random.Random) -> Any:
    """The same article with a paragraph more."""
    return f"{article[0]}\n\n{' '.join(chance.choices(WORDS, k=12))}.", *article[1:]


def _task(number: int, text: str, names: list[Region], claims: list[Region], chance: random.Random) -> dict[str, Any]:
    event = number // 5
    annotations = [
        _annotation(number * 2 + k, f"annotator{(number + k) % 7}@example.org", text, names, claims, k == 1, chance)
        for k in range(2)
    ]
    data = {
        "doc_id": f"article{number:06}",
        "title": text.partition("\n")[0],
        "outlet": f"شبكة الخبر {chance.randrange(12)}",
        "agency": None,
        "published": f"2025-{event % 12 + 1:02}-{event % 28 + 1:02}",
        "url": f"https://news.example.org/{number}",
        "event_id": f"event{event}",
        "source": f"pages/{number}.txt",
        "text": text,
        "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "scheme": "conflict_news@1.0",
        "preannotated_by": None,
        "claims": [{"id": f"e{event}c{k}", "text": " ".join(WORDS[k * 9 : k * 9 + 7])} for k in range(2)],
    }
    return {
        "id": number,
        "annotations": annotations,
        "drafts": [],
        "predictions": [],
        "data": data,
        "meta": {},
        "created_at": "2025-12-01T09:00:00.000000Z",
        "updated_at": "2025-12-01T10:00:00.000000Z",
        "inner_id": number + 1,
        "total_annotations": 2,
        "cancelled_annotations": 0,
        "total_predictions": 0,
        "project": 1,
    }


def _annotation(
    key: int, annotator: str, text: str, names: list[Region], claims: list[Region], differs: bool, chance: random.Random
) -> dict[str, Any]:
    spans: list[Region] = []
    for start, end, label in (*names, *claims):
        fate = chance.random() if differs else 1.0
        if fate < 0.03:
            continue
        if fate < 0.06:
            end = text.find(" ", end + 1) if text.find(" ", end + 1) > 0 else end
            end -= text[end - 1] == "."
        elif fate < 0.1 and label != "CLAIM":
            label = chance.choice(LABELS)
        spans.append((start, end, label))
    result: list[dict[str, Any]] = []
    arrows: list[dict[str, Any]] = []
    for n, (start, end, label) in enumerate(spans):
        region = {"id": f"{key:x}r{n:06}", "to_name": "text", "origin": "manual"}
        value = {"start": start, "end": end, "text": text[start:end].replace("\n", "\\n")}
        result.append({**region, "from_name": "span", "type": "labels", "value": {**value, "labels": [label]}})
        if label == "CLAIM":
            # The stance that both see in it, unless they differ.
            choice = STANCES[start % 4] if not differs or chance.random() > 0.1 else chance.choice(STANCES)
            stance = {"type": "choices", "value": {**value, "choices": [choice]}}
            result.append({**region, "from_name": "stance", **stance})
            source = next((f"{key:x}r{k:06}" for k, other in enumerate(spans) if other[0] == start), region["id"])
            arrow = {"from_id": region["id"], "to_id": source, "type": "relation", "direction": "right"}
            arrows.append({**arrow, "labels": ["source"]})
    for k in range(2):
        choice = ANSWERS[(key // 2 + k) % 4] if not differs or chance.random() > 0.1 else chance.choice(ANSWERS)
        result.append(
            {
                "id": f"{key:x}a{k}",
                "from_name": f"claim_stance_{k}",
                "to_name": f"claim_text_{k}",
                "type": "choices",
                "origin": "manual",
                "value": {"choices": [choice]},
            }
        )
    return {
        "id": key,
        "completed_by": {"id": int(annotator[9]) + 1, "email": annotator, "first_name": "", "last_name": ""},
        "result": result + arrows,
        "was_cancelled": False,
        "ground_truth": False,
        "created_at": "2025-12-01T10:00:00.000000Z",
        "updated_at": "2025-12-01T10:00:00.000000Z",
        "lead_time": 200 + chance.random() * 400,
        "prediction": {},
        "result_count": len(result),
        "task": key // 2,
        "project": 1,
    }


if __name__ == "__main__":
    write_export(int(sys.argv[1]), Path(sys.argv[2]))
