"""What hypothesis draws: texts as news has them and worse, and annotated articles."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st
from marked import SCHEME
from mihakk.annotate.document import Annotation, Article, Claim, EventClaim, Span

# Spellings, invisible characters and line ends that shift offsets where code points are not what is counted.
PIECES = (
    "دمشق",
    "وَبِدِمَشْق",
    "للتحالف",
    "الـــجيش",
    "أإآٱاىيةه",
    "قُتِلَ",
    "١٢٣٫٥",
    "2,500",
    "«",
    "»",
    "،",
    "؟",
    "👩\u200d👩\u200d👧",
    "🇸🇾",
    "❤\ufe0f",
    "𐌰",
    "\u200f",
    "\u200c",
    "\u200d",
    "\ufeff",
    "\u00a0",
    "\u2028",
    "\n\n",
    "\r\n",
    "\t",
    " ",
    "  ",
    "\\n",
    "&amp;",
    "<b>",
)
# Every character but halves of characters and NUL, which no article may hold.
_any_characters = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4)
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)
texts = (
    st.lists(st.sampled_from(PIECES) | _any_characters, min_size=1, max_size=15)
    .map("".join)
    .filter(lambda text: text.strip())
)
ids = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=12)


@dataclass(frozen=True)
class Annotated:
    """An article, its event's claims, and one annotator's work on it."""

    article: Article
    claims: tuple[EventClaim, ...]
    annotation: Annotation


@st.composite
def annotated(draw: st.DrawFn, name: str | None = None) -> Annotated:
    """Any article that can be, with any annotation that fits it: nested, repeated, overlapping, empty."""
    text = draw(texts)
    article = Article(
        draw(ids) if name is None else name,
        text,
        title=draw(st.none() | words),
        outlet=draw(st.none() | words),
        published=draw(st.sampled_from([None, "2025-11-03", "2025-11-03T19:29", "2025-11-03T19:29:00+03:00"])),
        url=draw(st.none() | words),
        event_id=draw(st.none() | words),
        source=draw(st.none() | words),
    )
    # A span begins and ends with something that is no white space.
    solid = st.sampled_from([n for n, char in enumerate(text) if not char.isspace()])
    edges = st.tuples(solid, solid).map(lambda pair: (min(pair), max(pair) + 1))
    entities = draw(
        st.lists(st.builds(lambda e, label: Span(*e, label), edges, st.sampled_from(SCHEME.entity_labels)), max_size=6)
    )
    event_claims = tuple(EventClaim(f"c{n}", draw(words)) for n in range(draw(st.integers(0, 3))))
    claims = draw(
        st.lists(
            st.builds(
                lambda e, stance, sources, about, note: Claim(*e, stance, tuple(sorted(sources)), about, note),
                edges,
                st.none() | st.sampled_from(list(SCHEME.claim_stances)),
                st.sets(st.sampled_from(entities)) if entities else st.just(set[Span]()),
                st.sampled_from([None, *(claim.id for claim in event_claims)]),
                st.none() | words,
            ),
            max_size=4,
        )
    )
    stances = {
        claim.id: draw(st.sampled_from(list(SCHEME.article_stances))) for claim in event_claims if draw(st.booleans())
    }
    said = Annotation.on(
        article, SCHEME, "a@example.org", set(entities), claims, stances, [claim.id for claim in event_claims]
    )
    return Annotated(article, event_claims, said)
