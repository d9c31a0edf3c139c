"""Reads the entities, claims and stances of a predictions row with care, and places those without offsets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeGuard, cast

from ..configs.errors import Problem, did_you_mean, numberless
from ..configs.labels import CLAIMS, ENTITIES, STANCES, LabelSet, layers
from ..configs.visible import as_given, counted, one_line
from .arabic import other_form
from .document import Claim, Span
from .placing.mentions import Mention
from .placing.offsets import CodePoints, Evidence, misplaced
from .placing.placer import Account, Placer
from .placing.policy import Policy
from .placing.realign import Realigned
from .placing.tags import place_tagged, spans_of_tags, words_of

# The label of a source without a label that is not an entity of its row: only its place counts.
UNLABELLED = "?"
# The keys of a tagger's answer, in place of entities.
TOKEN_KEYS = ("tokens", "tags")


class UnplacedClaim(NamedTuple):
    """A claim whose words are not in the text: its stance, its number of sources, and the claim that it is about."""

    text: str
    stance: str | None
    sources: int
    about: str | None = None


# --- types of values ---


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e308 <= value <= 1e308


def _are_texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(item, str) for item in cast(list[object], value))


# Texts of a gold set's document that no score looks at.
TEXTS = ("title", "agency", "published", "url", "source", "preannotated_by", "text_sha256", "language")
_TEXT = (_is_text, "must be text")
_TEXT_LIST = (_are_texts, "must be a list of texts")
_Types = Mapping[str, tuple[Callable[[object], bool], str]]
ROW_TYPES: _Types = {
    **dict.fromkeys(("model", "event_id", "outlet", "text", *TEXTS), _TEXT),
    "annotators": _TEXT_LIST,
}
# Further keys of a span. The last three say where a gold span comes from.
_SPAN_TYPES: _Types = {
    "text": _TEXT,
    "note": _TEXT,
    "score": (_is_number, "must be a number"),
    "id": (lambda value: type(value) in (str, int), "must be text or a whole number"),
    "annotators": _TEXT_LIST,
    "votes": (lambda value: type(value) is int, "must be a whole number"),
    "adjudicated": (lambda value: isinstance(value, bool), "must be true or false"),
}
SPAN_KEYS = ("start", "end", "label", *_SPAN_TYPES)
_CLAIM_TYPES: _Types = {**_SPAN_TYPES, "about": _TEXT}
CLAIM_KEYS = (*SPAN_KEYS, "stance", "sources", "about")


def wrong_types(values: Mapping[str, Any], types: _Types, where: str) -> Iterator[str]:
    for key, (is_right, must) in types.items():
        value = values.get(key)
        if value is not None and not is_right(value):
            yield f"{where}{key} {must}, not {as_given(value)}"


# --- spans, claims, stances ---


def has_proclitics(labels: LabelSet | None, policy: Policy) -> bool:
    """Whether the language of the texts has proclitics, by their labels, and by the policy where there are none."""
    return policy.proclitics and (labels is None or labels.proclitics)


class RowReader:
    """Reads the parts of one row. `text` is None if it is unknown. All problems go into `problems`.

    `own` is the text that offsets count in, if it differs. The row's offsets go into `evidence`.
    """

    def __init__(
        self,
        text: str | None,
        labels: LabelSet | None,
        problems: list[str],
        policy: Policy,
        evidence: Evidence,
        own: str | None = None,
    ) -> None:
        self._problems, self._evidence = problems, evidence
        # The allowed values of each known layer. A layer that the labels lack is not scored, so all values are allowed
        # there.
        self._known: dict[str, Collection[str]] = {}
        if labels is not None:
            sets = {ENTITIES: labels.entity_labels, CLAIMS: labels.claim_stances, STANCES: labels.article_stances}
            self._known = {layer: sets[layer] for layer in layers(labels) if layer != CLAIMS or sets[layer]}
        self._asks_stances = labels is None or STANCES in self._known
        self._text = text if own is None else own
        self._points = CodePoints(self._text, policy.offsets) if self._text is not None else None
        self._realigned = Realigned(own, text) if text is not None and own is not None else None
        self._placer = Placer(text, policy, has_proclitics(labels, policy)) if text is not None else None
        self.unplaced: list[Mention] = []
        self.unplaced_claims: list[UnplacedClaim] = []
        self.unplaced_sources: list[int] = []
        self.scores: dict[Span, float] = {}
        # The given values with their places: entities, claims and their sources.
        self.placed_entities: list[tuple[Mapping[str, Any], Sequence[Span]]] = []
        self.placed_claims: list[tuple[Mapping[str, Any], tuple[int, int] | None, Sequence[Span | None]]] = []

    def account(self) -> Account:
        """The results for the mentions."""
        return self._placer.account() if self._placer else Account()

    def _report(self, where: str, message: str, kind: str | None = None) -> None:
        """Adds a problem. Problems that differ only in numbers have the same kind."""
        self._problems.append(Problem(where, message, numberless(message) if kind is None else kind))

    def entities(self, value: object) -> Iterator[Span]:
        read: list[tuple[Span | Mention, Mapping[str, Any]]] = []
        for n, row in enumerate(self._rows(value, "entities")):
            where = f"entities[{n}]"
            self._keys(row, SPAN_KEYS, _SPAN_TYPES, where)
            label = self._name(row.get("label"), "label", self._known.get(ENTITIES), where)
            if _is_mention(row):
                words = self._words(row, where)
                read += [(Mention(words, label), row)] if words and label else []
            elif span := self._span(row, label, where):
                read.append((span, row))
        yield from self._placed(read)

    def _placed(self, read: Sequence[tuple[Span | Mention, Mapping[str, Any]]]) -> Iterator[Span]:
        """Spans at their offsets, and mentions at their places, in the order of the row."""
        mentions = [mention for mention, _ in read if isinstance(mention, Mention)]
        places = iter(self._placer.entities(mentions) if self._placer else ())
        for span, row in read:
            spans = [span] if isinstance(span, Span) else [Span(*place) for place in next(places)]
            if isinstance(span, Mention) and not spans:
                self.unplaced.append(span)
            self.placed_entities.append((row, spans))
            for placed in spans:
                if _is_number(row.get("score")):
                    self.scores[placed] = float(row["score"])
                yield placed

    def tagged(self, row: Mapping[str, Any]) -> Iterator[Span]:
        """The entities of a tagger's answer."""
        tokens, tags = row.get("tokens"), row.get("tags")
        if tokens is None and tags is None:
            return
        if not _are_texts(tokens) or not _are_texts(tags) or len(tokens) != len(tags):
            self._problems.append("tokens and tags must be two lists of texts, of one length")
            return
        if row.get("entities") is not None:
            self._problems.append("has entities, and tokens with tags as well; give one of them")
        spans = spans_of_tags(tags, self._problems)
        for span in spans:
            self._name(span.label, "label", self._known.get(ENTITIES), f"tags[{span.first}]")
        if self._placer is None:
            self._problems.append("has tokens and tags, and the document's text is not known")
            return
        for tagged, place in place_tagged(tokens, spans, self._placer.text):
            given = {"text": words_of(tokens, tagged), "label": tagged.label}
            self.placed_entities.append((given, [Span(*place, tagged.label)] if place else ()))
            if place is None:
                self.unplaced.append(self._placer.lost(Mention(**given)))
            else:
                yield Span(*place, tagged.label)

    def claims(self, value: object, entities: Sequence[Span], event_claims: Collection[str] | None) -> Iterator[Claim]:
        rows = self._rows(value, "claims")
        read = [self._claim(row, f"claims[{n}]") for n, row in enumerate(rows)]
        words = [where for where, _, _ in read if isinstance(where, str)]
        places = iter(self._placer.claims(words) if self._placer else ())
        count = 0
        for n, (row, (claim, stance, problems)) in enumerate(zip(rows, read, strict=True)):
            place = next(places, None) if isinstance(claim, str) else claim
            sources = list(self._sources(row, f"claims[{n}]", place, entities))
            self.placed_claims.append((row, place, sources))
            self._problems += problems
            about, note = (row.get(key) if isinstance(row.get(key), str) else None for key in ("about", "note"))
            if about and event_claims is not None and about not in event_claims and self._asks_stances:
                known = ", ".join(event_claims) or "none"
                message = f"is about {one_line(about)}, which is not a claim of the document; it has {known}"
                self._report(f"claims[{n}]", message, message)
            if place:
                placed = tuple(source for source in sources if source)
                self.unplaced_sources += [count] * (len(sources) - len(placed))
                count += 1
                yield Claim(*place, stance, placed, about or None, note)
            elif isinstance(claim, str):
                self.unplaced_claims.append(UnplacedClaim(claim, stance, len(sources), about or None))

    def _claim(
        self, row: Mapping[str, Any], where: str
    ) -> tuple[tuple[int, int] | str | None, str | None, Sequence[str]]:
        """A claim's span or words, and its stance; problems are reported."""
        self._keys(row, CLAIM_KEYS, _CLAIM_TYPES, where)
        stance = row.get("stance")
        if stance is not None:
            stance = self._name(stance, "claim stance", self._known.get(CLAIMS), where)
        self._label_of(row, where)
        before = len(self._problems)
        if _is_mention(row):
            claim = self._words(row, where)
        else:
            span = self._span(row, UNLABELLED, where)
            claim = span.text if isinstance(span, Mention) else (span.start, span.end) if span else None
        problems = self._problems[before:]
        del self._problems[before:]
        return claim, stance, problems

    def _sources(
        self, row: Mapping[str, Any], where: str, claim: tuple[int, int] | None, entities: Sequence[Span]
    ) -> Iterator[Span | None]:
        """A claim's sources; None for each source that is not in the text."""
        among = {(span.start, span.end) for span in entities}
        for k, source in enumerate(self._rows(row.get("sources"), f"{where}.sources")):
            source_where = f"{where}.sources[{k}]"
            self._keys(source, SPAN_KEYS, _SPAN_TYPES, source_where)
            label = self._label_of(source, source_where)
            span = None if _is_mention(source) else self._span(source, label or UNLABELLED, source_where)
            if isinstance(span, Span):
                yield span if label else Span(span.start, span.end, _label_at((span.start, span.end), entities))
            elif span or _is_mention(source):
                words = span.text if span else self._words(source, source_where)
                place = self._placer.source(words, claim, among) if words and self._placer else None
                if words:
                    yield Span(*place[:2], label or _label_at(place[:2], entities)) if place else None

    def _words(self, row: Mapping[str, Any], where: str) -> str | None:
        """The words of a mention, if there are any, and a text to place them in."""
        words = row.get("text")
        if words is None or words == "":
            self._report(where, "needs start and end, or text")
        elif isinstance(words, str) and self._text is None:
            self._report(where, "needs start and end, as the document's text is not known")
        elif isinstance(words, str):
            return words
        return None

    def stances(self, value: object, claims: Collection[str] | None) -> dict[str, str]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            self._problems.append(f"stances must be an object of claim ids and stances, not {as_given(value)}")
            return {}
        stances: dict[str, str] = {}
        for claim, stance in cast(dict[object, object], value).items():
            if not isinstance(claim, str) or not claim:
                self._problems.append(f"stances: a claim's id must be text that is not empty, not {as_given(claim)}")
                continue
            if claims is not None and claim not in claims and self._asks_stances:
                known = ", ".join(claims) or "none"
                self._problems.append(f"stances: the document has no claim {one_line(claim)}; it has {known}")
            named = self._name(stance, "stance", self._known.get(STANCES), f"stances.{one_line(claim)}")
            if named is not None:
                stances[claim] = named
        return stances

    def _rows(self, value: object, where: str) -> Sequence[dict[str, Any]]:
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in cast(list[object], value)):
            self._problems.append(f"{where} must be a list of objects")
            return ()
        return cast(list[dict[str, Any]], value)

    def _keys(self, row: Mapping[str, Any], known: Collection[str], types: _Types, where: str) -> None:
        if not row.keys() <= set(known):
            for key in (key for key in row if key not in known):
                self._report(where, f"unknown key {key!r}; known are {', '.join(known)}", f"unknown key {key!r}")
        self._problems += (
            Problem("", message, numberless(message)) for message in wrong_types(row, types, f"{where}.")
        )

    def _name(self, value: object, kind: str, known: Iterable[str] | None, where: str) -> str | None:
        """A label or stance; None if it is not text, or is unknown."""
        if not isinstance(value, str) or not value:
            choices = f"; known are {', '.join(known)}" if known is not None else ""
            self._report(where, f"needs a {kind}, as text, not {as_given(value)}{choices}")
        elif known is not None and value not in known:
            names = tuple(known)
            mend = "; --map takes other labels" if kind == "label" else ""
            message = f"no {kind} {value!r}; known are {', '.join(names)}{did_you_mean(value, names)}{mend}"
            self._report(where, message, message)
        else:
            return value
        return None

    def _label_of(self, row: Mapping[str, Any], where: str) -> str | None:
        """The label of a source or claim; it is optional."""
        label = row.get("label")
        return None if label is None or label == "" else self._name(label, "label", None, where)

    def _span(self, row: Mapping[str, Any], label: str | None, where: str) -> Span | Mention | None:
        """The span at a row's offsets. None, with a problem, if the text does not have its words there.

        If the row has its own text, and the document's text has no counterpart of the span, it is a mention of the
        words.
        """
        start, end, surface = row.get("start"), row.get("end"), row.get("text")
        if type(start) is not int or type(end) is not int:
            self._report(where, f"start and end must be whole numbers, not {as_given(start)} and {as_given(end)}")
            return None
        text, points = self._text, self._points
        if text is None or points is None:
            if 0 <= start < end < 2**31:
                return None if label is None else Span(start, end, label)
            length = ""
        else:
            self._evidence.add(text, start, end, surface if isinstance(surface, str) else None)
            at, to = points.of(start), points.of(end)
            if at is not None and to is not None and at < to:
                return self._right(text, Span(at, to, label or UNLABELLED), label, surface, where)
            length = f", which has {counted(len(text), 'character')}"
        message = (
            f"{start}–{end} is not a piece of the text{length} (code points; start counts from 0, end is not included)"
        )
        self._report(where, message, misplaced(message))
        return None

    def _right(self, text: str, span: Span, label: str | None, surface: object, where: str) -> Span | Mention | None:
        """The span, if the words beside it are the words at its offsets."""
        words = text[span.start : span.end]
        if isinstance(surface, str) and surface != words:
            message = (
                f"its text is “{shown(surface)}”, but the document has “{shown(words)}” at {span.start}–{span.end}"
            )
            if why := other_form(surface, words):
                message += f"; {why}"
            self._report(where, message, misplaced(message))
            return None
        if label is None or self._realigned is None:
            return span if label else None
        real = self._realigned.span(span.start, span.end)
        return Span(*real, label) if real else Mention(words, label)


def _is_mention(row: Mapping[str, Any]) -> bool:
    """Whether this is a mention, without offsets."""
    return row.get("start") is None and row.get("end") is None


def _label_at(span: tuple[int, int], entities: Iterable[Span]) -> str:
    """The label of the entity with these offsets. Of several labels, the first in the alphabet."""
    return min((e.label for e in entities if (e.start, e.end) == span), default=UNLABELLED)


def shown(words: str, most: int = 60) -> str:
    """Words for a message: on one line, not too long, with nothing that controls the terminal."""
    words = one_line(words.replace("\n", "⏎").replace("\r", "⏎"))
    return words if len(words) <= most else words[: most - 1] + "…"
