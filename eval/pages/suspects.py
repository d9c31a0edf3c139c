"""The page of suspect places: each with its reasons, and its article with the gold and the systems' versions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...annotate.predictions import Prediction
from ...configs.languages import ARABIC
from ...configs.pages.look import packed, page
from ..columns import columns_of
from ..errors import find_errors
from ..gold.records import ALL, Gold
from ..gold_side import gold_side
from ..sides import bring_together
from ..suspects.places import Place, System
from ..suspects.words import reasons, say
from .articles import article_data


def suspects_page(gold: Gold, places: Sequence[Place], systems: Sequence[System]) -> str:
    """The page as HTML that needs no other file. Text of articles is escaped."""
    documents = gold.documents()
    entities = {name: set(document.annotation.entities) for name, document in documents.items()}
    for place in places:
        entities[place.document] -= place.gold
        entities[place.document] |= place.other
    side = gold_side(gold, ALL)
    others = columns_of([Prediction(name, tuple(sorted(spans))) for name, spans in entities.items()], ("entities",))
    shown = {place.document for place in places}
    chosen = np.array([n for n, name in enumerate(side.columns.ids) if name in shown], np.int64)
    errors = find_errors(bring_together(side, others).only(chosen))
    data = article_data(side, {"others": errors})
    rows = [
        {
            "document": place.document,
            "start": place.start,
            "end": place.end,
            "words": " ".join(text[place.start : place.end].split()),
            "gold": say(place.gold, place, text) if place.gold else "",
            "other": say(place.other, place, text) if place.other else "",
            "behind": place.behind + place.annotators,
            "against": place.against,
            "reasons": list(reasons(place, text)),
        }
        for place in places
        for text in (documents[place.document].article.text,)
    ]
    return page(
        "suspects.html",
        "export suspects",
        gold=gold.title,
        systems=sorted(system.name for system in systems),
        documents=len(shown),
        rows=rows,
        language=data["language"] or ARABIC,
        data=packed(data),
    )
