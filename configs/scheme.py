"""The annotation scheme: what annotators may mark, and how its labels map to other label sets."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, StringConstraints

from . import CLAIM as CLAIM
from .checks import Severity, severity_problem
from .errors import InputError, Problem
from .labels import NamedMapping
from .located_yaml import LocatedYaml, Place
from .versions import LAYERS, Content, Identity, Replaced, SchemeId, content_of, from_problems

DEFAULT = Path(__file__).with_name("conflict_news.yaml")
# A gold folder's copy of the scheme that made it.
SCHEME_FILE = "scheme.yaml"

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
LabelId = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]
StanceId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)


class Words(_Record):
    """One text in both languages."""

    ar: Text
    en: Text


class Choice(Words):
    """Something an annotator can pick: its Arabic and English name, a key, and one line on when to pick it."""

    hotkey: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]$")] | None = None
    definition: Words


class Label(Choice):
    """A kind of span."""

    color: Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]


class Mapping(_Record):
    """How this scheme's entity labels are called in another label set.

    `to` has every entity label of the scheme; None where the other set has no counterpart,
    so that nothing is left out by oversight.
    """

    title: Text
    labels: tuple[Text, ...] = Field(min_length=1)
    to: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class _File:
    """Where a scheme was read from, for messages. Two schemes are equal wherever they are from."""

    path: Path | None = field(default=None, compare=False)


class Scheme(_Record):
    """A label set with its stances. Order in the file is order everywhere: on screen, in ClassLabels, in tables.

    `checks` has the severities that differ from those in checks.yaml. `from` says of older versions, by their ids, what
    became of labels that they had and this one has not.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+$")]
    title: Words
    nesting: Literal["flat", "nested"]
    entities: dict[LabelId, Label] = Field(min_length=1)
    claim: Label
    claim_stances: dict[StanceId, Choice] = Field(min_length=2)
    article_stances: dict[StanceId, Choice] = Field(min_length=2)
    mappings: dict[str, Mapping] = {}
    checks: dict[str, Severity] = {}
    from_: dict[SchemeId, Replaced] = Field(default={}, alias="from")
    _file: _File = PrivateAttr(default_factory=lambda: _File())

    @property
    def id(self) -> str:
        """Name and version, as tasks carry it: `conflict_news@1.0`."""
        return f"{self.name}@{self.version}"

    @property
    def entity_labels(self) -> tuple[str, ...]:
        return tuple(self.entities)

    @property
    def identity(self) -> Identity:
        """Id, and content with its hash: two schemes of one id must have one hash."""
        return Identity.of(self)

    def problem(self, place: Place, message: str) -> Problem:
        """A problem of the scheme's file, with the line of the key at `place`."""
        if self._file.path is not None:
            return LocatedYaml(self._file.path).problem(place, message)
        return Problem(f"scheme {self.id}: {'.'.join(map(str, place))}", message)

    def mapping(self, name: str) -> NamedMapping:
        """The mapping of this name. Raises InputError if the scheme has none."""
        if name not in self.mappings:
            raise InputError(
                f"mapping {name}: {self.id} has no such mapping; it has {', '.join(self.mappings) or 'none'}"
            )
        return NamedMapping(name, self.mappings[name], self.identity.title)


def load_scheme(path: str | Path = DEFAULT) -> Scheme:
    """Reads and checks a scheme file, or that of a gold folder.

    Raises InputError naming file, line and key of every problem.
    """
    path = Path(path)
    file = LocatedYaml(path / SCHEME_FILE if (path / SCHEME_FILE).is_file() else path)
    scheme = file.parse(Scheme)
    scheme._file = _File(file.path)  # pyright: ignore[reportPrivateUsage]
    problems = [file.problem(place, message) for place, message in _cross_checks(scheme)]
    if problems:
        raise InputError(*problems)
    return scheme


def scheme_yaml(scheme: Scheme) -> str:
    """The scheme as a file that `load_scheme` reads; without guidelines, which are files beside its own."""
    values = scheme.model_dump(mode="json", exclude_defaults=True, exclude={"guidelines"})
    return yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=120)


def scheme_of_names(identity: Identity) -> Scheme:
    """The scheme that tasks carry: the names of its labels and stances, and no other text of its own."""
    name, _, version = identity.id.partition("@")
    content = identity.content or {}

    def choices(layer: str) -> dict[str, Any]:
        return {name: choice | {"ar": name, "en": name} for name in content.get(layer, ())}

    words = {"ar": identity.id, "en": identity.id}
    choice = {**words, "definition": words}
    color = {"color": "#000000"}
    return Scheme.model_validate(
        {
            "name": name,
            "version": version,
            "title": words,
            "nesting": "flat",
            "entities": {label: one | color for label, one in choices("entities").items()},
            "claim": choice | color,
            "claim_stances": choices("claim_stances"),
            "article_stances": choices("article_stances"),
        }
        | {key: value for key, value in content.items() if key not in LAYERS and key in Scheme.model_fields}
    )


def known_content(id_: str) -> Content | None:
    """What the scheme of this id means, if it is one that Mihakk brings."""
    default = load_scheme()
    return content_of(default) if default.id == id_ else None


def _cross_checks(scheme: Scheme) -> list[tuple[Place, str]]:
    """Problems between keys that each look right alone."""
    problems: list[tuple[Place, str]] = []
    if CLAIM in scheme.entities:
        return [(("entities", CLAIM), f"the entity label {CLAIM} is reserved for claims; call it something else")]
    on_screen: list[tuple[Place, Choice]] = [(("entities", key), value) for key, value in scheme.entities.items()]
    on_screen.append((("claim",), scheme.claim))
    on_screen += [(("claim_stances", key), value) for key, value in scheme.claim_stances.items()]
    for place, choice in on_screen:
        if isinstance(choice, Label) and _contrast_with_white(choice.color) < _LEAST_CONTRAST:
            problems.append(
                (
                    (*place, "color"),
                    f"{choice.color} is too pale on white: contrast {_contrast_with_white(choice.color):.1f}, "
                    f"{_LEAST_CONTRAST:g} is needed; choose a darker one",
                )
            )
    names: dict[tuple[str, str], Place] = {}
    hotkeys: dict[str, Place] = {}
    for place, choice in on_screen:
        group = "claim_stances" if place[0] == "claim_stances" else "labels"
        first = names.setdefault((group, choice.ar), place)
        if first is not place:
            problems.append(((*place, "ar"), f"“{choice.ar}” is already the name of {first[-1]}"))
        if choice.hotkey:
            first = hotkeys.setdefault(choice.hotkey, place)
            if first is not place:
                problems.append(
                    (
                        (*place, "hotkey"),
                        f"“{choice.hotkey}” is already used by {first[-1]}; choose another key",
                    )
                )
    for name, mapping in scheme.mappings.items():
        at: Place = ("mappings", name, "to")
        problems += [
            ((*at, ours), f"the scheme has no entity label {ours}")
            for ours in mapping.to
            if ours not in scheme.entities
        ]
        problems += [
            ((*at, ours), f"{theirs} is not among the labels of {name}")
            for ours, theirs in mapping.to.items()
            if theirs is not None and theirs not in mapping.labels
        ]
        problems += [
            (at, f"says nothing of {ours}; give its counterpart, or null if there is none")
            for ours in scheme.entities
            if ours not in mapping.to
        ]
    if scheme.from_:
        known = {older: content for older in scheme.from_ if older != scheme.id and (content := known_content(older))}
        problems += from_problems(scheme, known)
    for check, severity in scheme.checks.items():
        if problem := severity_problem(check, severity):
            problems.append((("checks", check), problem))
    return problems


# WCAG 2.2, success criterion 1.4.11: what one must see to work needs this contrast with what is beside it.
_LEAST_CONTRAST = 3.0


def _contrast_with_white(color: str) -> float:
    """Contrast ratio of #rrggbb with white, by the relative luminance of WCAG 2.2."""
    channels = (int(color[n : n + 2], 16) / 255 for n in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
