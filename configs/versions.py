"""What of a scheme carries meaning, and what a newer version says of the labels that an older one had."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, ValidatorFunctionWrapHandler
from pydantic.functional_validators import WrapValidator

from .errors import lacks

# The layers whose labels have names, as the scheme calls them.
LAYERS = ("entities", "claim_stances", "article_stances")
# What one label of each layer is called.
LABEL_WORDS = {"entities": "label", "claim_stances": "claim stance", "article_stances": "article stance"}
# What else an annotation's meaning depends on, and the value for a scheme that does not say.
_ALSO: Mapping[str, object] = {"nesting": "flat", "direction": "rtl", "proclitics": True}

# The key of claims in a scheme and under `from`. A content has it where claims have no stances, since it has no other
# trace of claims then.
CLAIM_LAYER = "claim"

# The names of all labels and stances, and the values of _ALSO that differ from those there.
Content = Mapping[str, Any]


def content_of(scheme: object) -> dict[str, Any]:
    """What of a scheme carries meaning.

    Texts, colours and keys only show it. Order does not count either: all files name labels, so an annotation means
    the same and a score stays the same in any order.
    """
    names = {layer: getattr(scheme, "entity_labels" if layer == "entities" else layer, None) for layer in LAYERS}
    content: dict[str, Any] = {layer: sorted(some or ()) for layer, some in names.items()}
    for name, usual in _ALSO.items():
        value: Any = getattr(scheme, name, usual)
        if value is not None and value != usual:
            content[name] = list(value) if isinstance(value, tuple | frozenset) else value  # pyright: ignore[reportUnknownArgumentType]
    if getattr(scheme, "has_claims", False) and not content["claim_stances"]:
        content[CLAIM_LAYER] = True
    return content


def has_claims(content: Content) -> bool:
    """Whether a scheme of this content has claims."""
    return bool(content.get("claim_stances") or content.get(CLAIM_LAYER))


def content_hash(content: Content) -> str:
    """Hex digest of what a scheme means."""
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode("utf-8")).hexdigest()


class Identity(NamedTuple):
    """Which scheme something was made with: name@version, and its content and the hash of that as far as known."""

    id: str
    hash: str | None = None
    content: Content | None = None

    @classmethod
    def of(cls, scheme: Scheme) -> Identity:
        content = content_of(scheme)
        return cls(scheme.id, content_hash(content), content)

    @property
    def title(self) -> str:
        """Id and hash, as a signature has them: `news@1.0#1a2b3c4d`."""
        return f"{self.id}#{self.hash[:8]}" if self.hash else self.id


def two_contents(first: Identity, second: Identity, names: tuple[str, str]) -> str | None:
    """What is wrong if one id stands for two contents, with what differs as far as known; None if nothing is.

    `names` say in the message where each of both is from.
    """
    if first.id != second.id:
        return None
    digests = [scheme.hash for scheme in (first, second)]
    differences: list[str] = []
    if first.content is not None and second.content is not None:
        # Where a content is known by its names alone, only these can be compared.
        differences = _differences(first.content, second.content, names, also=None not in digests)
    if (digests[0] == digests[1] or None in digests) and not differences:
        return None
    where = " and ".join(
        f"{digest[:8]} in {name}" if digest else f"one in {name}" for digest, name in zip(digests, names, strict=True)
    )
    message = "; ".join([f"{first.id} has two contents, {where}", *differences])
    return f"{message}; give the scheme that was used, or give the changed one a version of its own"


def _differences(first: Content, second: Content, names: tuple[str, str], also: bool) -> list[str]:
    found: list[str] = []
    for layer in LAYERS:
        sides = [set(content.get(layer) or ()) for content in (first, second)]
        for name, own, against in ((names[0], *sides), (names[1], *reversed(sides))):
            if only := sorted(own - against):
                found.append(f"{layer} only in {name}: {', '.join(only)}")
    for key, usual in _ALSO.items() if also else ():
        values = [content.get(key, usual) for content in (first, second)]
        if values[0] != values[1]:
            found.append(f"{key} {values[0]} in {names[0]}, {values[1]} in {names[1]}")
    return found


class Version(NamedTuple):
    """A scheme's id in its parts. Versions compare by their numbers: 1.10 comes after 1.9."""

    name: str
    major: int
    minor: int

    @classmethod
    def of(cls, id_: str) -> Version | None:
        """None if the id has no such version, as that of a corpus from elsewhere."""
        name, _, version = id_.rpartition("@")
        major, _, minor = version.partition(".")
        numbers = all(part.isascii() and part.isdecimal() for part in (major, minor))
        return cls(name, int(major), int(minor)) if numbers else None


# --- `from`: what became of labels that an older version had


def _one_message(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """One problem for a value that is none of the kinds that it may be, where pydantic has one for each kind."""
    try:
        return handler(value)
    except ValidationError:
        raise ValueError(
            f"must be a label, null, or a list of the labels to decide between, not {value!r:.60}"
        ) from None


Name = Annotated[str, StringConstraints(min_length=1)]
Successor = Annotated[Name | tuple[Name, ...] | None, WrapValidator(_one_message)]
SchemeId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*@\d+\.\d+$")]


class Replaced(BaseModel):
    """What became of an older version's labels and stances that this one lacks, or means otherwise.

    A label is renamed or merged into another; null says that there is none for it any more; a list, that it was split
    and a person decides. What is not named here is called and means the same in both. `claim: null` says that there are
    no claims any more, and so no stances of claims.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    entities: dict[Name, Successor] = Field(default={})
    claim: None = None
    claim_stances: dict[Name, Successor] = Field(default={})
    article_stances: dict[Name, Successor] = Field(default={})

    @property
    def drops_claims(self) -> bool:
        """Whether it says that there are no claims any more."""
        return CLAIM_LAYER in self.model_fields_set

    def of(self, layer: str) -> Mapping[str, str | tuple[str, ...] | None]:
        """The layer's labels, with what became of them."""
        return getattr(self, layer)


class Scheme(Protocol):
    """What of a scheme its identity and its history are made of."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def from_(self) -> Mapping[str, Replaced]: ...


Place = tuple[str | int, ...]


def from_problems(scheme: Scheme, known: Mapping[str, Content]) -> list[tuple[Place, str]]:
    """What is wrong with a scheme's `from`, each with its place. `known` has contents of older schemes, by id."""
    problems: list[tuple[Place, str]] = []
    content, own = content_of(scheme), Version.of(scheme.id)
    for id_, replaced in scheme.from_.items():
        at: Place = ("from", id_)
        older = Version.of(id_)
        if older and own and older.name == own.name:
            if older >= own:
                problems.append((at, f"is not older than {scheme.id}"))
            elif older.major == own.major and (replaced.drops_claims or any(replaced.of(layer) for layer in LAYERS)):
                problems.append(
                    (at, f"removes, renames, merges or splits labels, so {scheme.id} has to be {own.major + 1}.0")
                )
        if replaced.drops_claims and has_claims(content):
            problems.append(((*at, CLAIM_LAYER), f"says that there are no claims, but {scheme.id} has some"))
        for layer in LAYERS:
            for label, successor in replaced.of(layer).items():
                listed = successor if isinstance(successor, tuple) else (successor,) if successor else ()
                problems += [
                    ((*at, layer, label), f"{scheme.id} has no {LABEL_WORDS[layer]} {name}")
                    for name in listed
                    if name not in content[layer]
                ]
                if isinstance(successor, tuple) and len(set(listed)) < 2:
                    problems.append(
                        ((*at, layer, label), "a list is for two or more labels, of which a person decides")
                    )
        if id_ in known:
            problems += misfits(scheme, id_, known[id_])
    return problems


def misfits(scheme: Scheme, older: str, content: Content) -> list[tuple[Place, str]]:
    """Where `from` does not fit the older scheme, whose content this is, each with its place.

    It has to say what became of all that the older scheme had and `scheme` lacks, and may name nothing that it never
    had.
    """
    replaced, own = scheme.from_.get(older) or Replaced(), content_of(scheme)
    at: Place = ("from", older)
    found: list[tuple[Place, str]] = []
    strange: list[tuple[Place, str]] = []
    if has_claims(content) and not has_claims(own) and not replaced.drops_claims:
        found.append((at, f"says nothing of the claims of {older}, and {scheme.id} has none: add `claim: null`"))
    if replaced.drops_claims and not has_claims(content):
        strange.append(((*at, CLAIM_LAYER), f"{older} has no claims; leave this out"))
    for layer in LAYERS:
        had, now = content.get(layer) or (), replaced.of(layer)
        open_ = [name for name in had if name not in own[layer] and name not in now]
        if open_ and not (layer == "claim_stances" and not has_claims(own)):
            found.append(
                (
                    at,
                    f"says nothing of the {LABEL_WORDS[layer]} {', '.join(open_)} of {older}, which {scheme.id} lacks: "
                    f"add `{layer}: {{{open_[0]}: …}}` with what it is called now, or null",
                )
            )
        word = LABEL_WORDS[layer]
        strange += [((*at, layer, name), lacks(older, word, name, had)) for name in now if name not in had]
    return found + strange
