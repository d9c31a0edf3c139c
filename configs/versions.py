"""The meaning of a scheme (its content and hash), and what a newer version says about an older version's labels."""

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
# The word for a label of each layer.
LABEL_WORDS = {"entities": "label", "claim_stances": "claim stance", "article_stances": "article stance"}
# Other keys on which the meaning of annotations depends, with the value for a scheme that lacks the key.
_ALSO: Mapping[str, object] = {"nesting": "flat", "direction": "rtl", "proclitics": True}

# The key of claims in a scheme and under `from`. A content has this key if claims have no stances: otherwise nothing in
# it would show that there are claims.
CLAIM_LAYER = "claim"

# The names of all labels and stances, and the values of the keys in _ALSO that differ from the ones there.
Content = Mapping[str, Any]


def content_of(scheme: object) -> dict[str, Any]:
    """The part of a scheme that carries meaning.

    Texts, colours and hotkeys are only for the screen. Order does not count either: all files name labels, so
    annotations and scores are the same in any order.
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
    """The hash of a scheme's content, as a hex digest."""
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode("utf-8")).hexdigest()


class Identity(NamedTuple):
    """The scheme that something was made with: name@version and, as far as known, its content and hash."""

    id: str
    hash: str | None = None
    content: Content | None = None

    @classmethod
    def of(cls, scheme: Scheme) -> Identity:
        content = content_of(scheme)
        return cls(scheme.id, content_hash(content), content)

    @property
    def title(self) -> str:
        """Id and hash, in the form of a signature: `news@1.0#1a2b3c4d`."""
        return f"{self.id}#{self.hash[:8]}" if self.hash else self.id


def two_contents(first: Identity, second: Identity, names: tuple[str, str]) -> str | None:
    """The message if one id has two contents, with their differences as far as known; None if there is no conflict.

    `names` tell the reader where each of the two is from.
    """
    if first.id != second.id:
        return None
    digests = [scheme.hash for scheme in (first, second)]
    differences: list[str] = []
    if first.content is not None and second.content is not None:
        # If only the names of a content are known, only names can be compared.
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
        """None if the id has no such version, like the id of a corpus from elsewhere."""
        name, _, version = id_.rpartition("@")
        major, _, minor = version.partition(".")
        numbers = all(part.isascii() and part.isdecimal() for part in (major, minor))
        return cls(name, int(major), int(minor)) if numbers else None


# --- `from`: what became of an older version's labels


def _one_message(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """One problem for a value of a wrong kind; pydantic reports a problem for each allowed kind."""
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
    """What became of the labels and stances of an older version that are gone, or changed their meaning.

    A name means that the label was renamed, or merged into that one; null, that it is no longer marked; a list, that it
    was split, and a person decides. Labels that are not listed have the same name and meaning in both versions.
    `claim: null` means that there are no claims any more, and so no stances of claims.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    entities: dict[Name, Successor] = Field(default={})
    claim: None = None
    claim_stances: dict[Name, Successor] = Field(default={})
    article_stances: dict[Name, Successor] = Field(default={})

    @property
    def drops_claims(self) -> bool:
        """Whether claims are no longer marked."""
        return CLAIM_LAYER in self.model_fields_set

    def of(self, layer: str) -> Mapping[str, str | tuple[str, ...] | None]:
        """The layer's labels, with what became of them."""
        return getattr(self, layer)


class Scheme(Protocol):
    """The parts of a scheme that its identity and its history depend on."""

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
    """The problems of a scheme's `from`, each with its place. `known` has contents of older schemes, by id."""
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
                        ((*at, layer, label), "a list is for two or more labels, among which a person decides")
                    )
        if id_ in known:
            problems += misfits(scheme, id_, known[id_])
    return problems


def misfits(scheme: Scheme, older: str, content: Content) -> list[tuple[Place, str]]:
    """The places where `from` does not fit the older scheme, whose content this is.

    `from` must say what became of every label that the older scheme had and `scheme` lacks. It must not name labels
    that the older scheme never had.
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
