"""Four schemes of other teams, for tests: health rumours, nested law, English, Urdu or Persian news, stance only."""

from __future__ import annotations

from typing import Any

Values = dict[str, Any]


def choices(names: str, language: str = "") -> dict[str, Values]:
    """Labels or stances whose name and definition are their id in plain words, in the scheme's language."""
    return {name: {"name": f"{language}{name}", "definition": f"{language}{name}"} for name in names.split()}


HEALTH: Values = {
    "name": "health",
    "version": "1.0",
    "language": "ar",
    "title": "شائعات صحية",
    "nesting": "flat",
    "entities": choices("DISEASE DRUG ORG", "اسم "),
    "claim": {"name": "ادعاء", "definition": "ما يُنسب إلى أحد"},
    "claim_stances": choices("support deny", "موقف "),
    "article_stances": choices("agree disagree", "رأي "),
}
# 35 labels, nested; claims have no stances, and nobody is asked about articles.
LAW: Values = {
    "name": "law",
    "version": "1.0",
    "language": "en",
    "title": "Court rulings",
    "nesting": "nested",
    "entities": choices(" ".join(f"L{n}" for n in range(1, 36)), "kind "),
    "claim": {"name": "Finding", "definition": "What the court finds"},
}
NEWS: Values = {
    "name": "news",
    "version": "1.0",
    "title": "News",
    "nesting": "flat",
    "entities": choices("PERSON PLACE", "n "),
}
ENGLISH: Values = NEWS | {"language": "en"}
URDU: Values = NEWS | {"language": "ur", "title": "خبریں", "entities": choices("PERSON PLACE", "نام ")}
PERSIAN: Values = NEWS | {"language": "fa", "title": "اخبار", "entities": choices("PERSON PLACE", "نام ")}
STANCE: Values = {
    "name": "stance_only",
    "version": "1.0",
    "language": "en",
    "title": "Stances",
    "nesting": "flat",
    "article_stances": choices("agree disagree"),
}

# The layers of each, and one text with the spans that its annotators mark.
SCHEMES: dict[str, Values] = {
    "health": HEALTH, "law": LAW, "english": ENGLISH, "urdu": URDU, "persian": PERSIAN, "stance": STANCE,
}  # fmt: skip
LAYERS = {
    "health": ["entities", "claims", "stances"],
    "law": ["entities", "claims"],
    "english": ["entities"],
    "urdu": ["entities"],
    "persian": ["entities"],
    "stance": ["stances"],
}
TEXTS = {
    "health": "قالت المنظمة إن الدواء يشفي من الحصبة.",
    "law": "The High Court of Lahore holds that the lease ended.",
    "english": "Mary Smith flew to London.",
    "urdu": "احمد لاہور گئے۔",
    "persian": "احمد به وزیرستان رفت.",
    "stance": "The dam did not break.",
}
ENTITIES = {
    "health": [("المنظمة", "ORG"), ("الدواء", "DRUG"), ("الحصبة", "DISEASE")],
    # By design one span has two labels, and one is in another.
    "law": [("High Court of Lahore", "L1"), ("High Court of Lahore", "L2"), ("Lahore", "L3")],
    "english": [("Mary Smith", "PERSON"), ("London", "PLACE")],
    "urdu": [("احمد", "PERSON"), ("لاہور", "PLACE")],
    "persian": [("احمد", "PERSON"), ("وزیرستان", "PLACE")],
    "stance": [],
}
CLAIMS = {"health": "الدواء يشفي من الحصبة", "law": "the lease ended"}
