"""The annotation scheme: what annotators may mark, and how its labels map to other label sets."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    StringConstraints,
    ValidationError,
    model_validator,
)

from . import CLAIM as CLAIM
from .checks import Severity
from .colours import palette
from .errors import InputError, Problem
from .labels import NamedMapping
from .languages import ARABIC, ENGLISH, Direction, language_of
from .located_yaml import LANGUAGE_CODE, LocatedYaml, Place, what_is_wrong
from .scheme_parts import SoundPart, as_written
from .scheme_rules import contradictions, reserved
from .versions import LAYERS, Content, Identity, Replaced, SchemeId, content_of, has_claims

DEFAULT = Path(__file__).with_name("conflict_news.yaml")
# A gold folder's copy of the scheme that made it.
SCHEME_FILE = "scheme.yaml"

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
LabelId = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]
StanceId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
LanguageCode = Annotated[str, StringConstraints(pattern=LANGUAGE_CODE)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)


def _only_languages(schema: dict[str, Any]) -> None:
    """Writes into a JSON Schema that all other keys are codes of languages."""
    schema["patternProperties"] = {LANGUAGE_CODE: schema.pop("additionalProperties")}


def _named(schema: dict[str, Any]) -> None:
    """Writes into a JSON Schema that `name` may be given: it is the name in the scheme's language."""
    _only_languages(schema)
    schema["properties"]["name"] = {"type": "string", "minLength": 1}


def _or_plain(schema: dict[str, Any]) -> None:
    """Writes into a JSON Schema that a plain text is allowed in place of texts by language."""
    _only_languages(schema)
    inner = {key: schema.pop(key) for key in ("properties", "patternProperties") if key in schema}
    schema.pop("type")
    schema["anyOf"] = [{"type": "string", "minLength": 1}, {"type": "object", **inner}]


class Texts(_Record):
    """One text in several languages, by their codes. In a file, a plain text is in the scheme's language."""

    model_config = ConfigDict(extra="allow", json_schema_extra=_or_plain)
    __pydantic_extra__: dict[LanguageCode, Text]  # pyright: ignore[reportIncompatibleVariableOverride]

    def of(self, language: str) -> str:
        """The text in this language; else in English, else in the first language it has."""
        texts = self.__pydantic_extra__
        return texts.get(language) or texts.get(ENGLISH) or next(iter(texts.values()), "")

    def has(self, language: str) -> bool:
        return language in self.__pydantic_extra__


class Choice(Texts):
    """Something an annotator can pick: its name in each language, a key, and one line on when to pick it.

    In a file, `name` may be given: it is the name in the scheme's language.
    """

    model_config = ConfigDict(json_schema_extra=_named)

    hotkey: Annotated[str, StringConstraints(pattern=r"^(shift\+)?[a-z0-9]$")] | None = None
    definition: Texts


class Label(Choice):
    """A kind of span. `Scheme.colors` has a colour for labels that name none."""

    color: Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")] | None = None


class Mapping(_Record):
    """How this scheme's entity labels are called in another label set.

    `to` must have every entity label of the scheme, with None where the other set has no counterpart. So no label can
    be forgotten.
    """

    title: Text
    labels: tuple[Text, ...] = Field(min_length=1)
    to: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class _File:
    """The file that a scheme was read from, for messages. It plays no part in comparing two schemes."""

    path: Path | None = field(default=None, compare=False)


class Scheme(_Record):
    """A label set with its stances. Order in the file is order everywhere: on screen, in ClassLabels, in tables.

    It has one or more of three layers: entities, claims (with or without stances of their sources), and stances of
    articles on the claims of their events. A file without `language` has the form of version 0.1: Arabic, all layers,
    and all texts in Arabic and English. `guidelines` are Markdown files beside the scheme file, by language. `checks`
    has the severities that differ from checks.yaml. `from` lists older versions by id, and says for each what became
    of the labels that this version no longer has.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+$")]
    language: LanguageCode = ARABIC
    direction_: Direction | None = Field(default=None, alias="direction")
    proclitics_: bool | None = Field(default=None, alias="proclitics")
    title: Texts
    nesting: Literal["flat", "nested"] = "flat"
    entities: dict[LabelId, Label] = Field(default={}, min_length=1)
    claim: Label | None = None
    claim_stances: dict[StanceId, Choice] = Field(default={}, min_length=2)
    article_stances: dict[StanceId, Choice] = Field(default={}, min_length=2)
    guidelines: dict[LanguageCode, Text] = {}
    mappings: dict[str, Mapping] = {}
    checks: dict[str, Severity] = {}
    from_: dict[SchemeId, Replaced] = Field(default={}, alias="from")
    _file: _File = PrivateAttr(default_factory=lambda: _File())

    @model_validator(mode="before")
    @classmethod
    def _plain_texts(cls, values: Any) -> Any:
        """Turns the plain texts of a file into texts by language."""
        return in_one_language(values) if isinstance(values, dict) else values

    @property
    def id(self) -> str:
        """Name and version in the form that tasks use: `conflict_news@1.0`."""
        return f"{self.name}@{self.version}"

    @property
    def entity_labels(self) -> tuple[str, ...]:
        return tuple(self.entities)

    @property
    def has_claims(self) -> bool:
        return self.claim is not None

    @property
    def asks_about(self) -> bool:
        """Whether a claim may be about one of the event's claims. Tasks have these only if articles have stances."""
        return self.claim is not None and bool(self.article_stances)

    @property
    def direction(self) -> Direction:
        """The direction in which its texts are read."""
        return self.direction_ or language_of(self.language).direction

    @property
    def proclitics(self) -> bool:
        """Whether Arabic proclitics may stand before a word, outside a span."""
        return language_of(self.language).proclitics if self.proclitics_ is None else self.proclitics_

    @property
    def labels(self) -> dict[str, Label]:
        """The labels of spans as the interface has them: those of entities, then CLAIM."""
        return {**self.entities, **({CLAIM: self.claim} if self.claim else {})}

    @property
    def colors(self) -> dict[str, str]:
        """The colour of each label: its own, or a generated colour that people can tell from all others."""
        own = tuple(label.color for label in self.labels.values() if label.color)
        generated = iter(palette(own, len(self.labels) - len(own)))
        return {name: label.color or next(generated) for name, label in self.labels.items()}

    @property
    def says_language(self) -> bool:
        """Whether its file names its language."""
        return "language" in self.model_fields_set

    def text(self, texts: Texts) -> str:
        """The text in the scheme's language."""
        return texts.of(self.language)

    def guideline_files(self) -> dict[str, Path]:
        """The files of its guidelines, by language."""
        folder = self._file.path.parent if self._file.path else Path()
        return {language: folder / name for language, name in self.guidelines.items()}

    @property
    def identity(self) -> Identity:
        """Id, content and hash of the content: two schemes with the same id must have the same hash."""
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
    """Reads and checks a scheme: a file, the scheme of a gold folder, or by name the scheme that ships with Mihakk.

    Raises InputError with the file, line and key of every problem.
    """
    path = Path(path)
    if not path.exists():
        if str(path) != DEFAULT.stem:
            message = f"cannot be read (there is no such file); the scheme that ships is called {DEFAULT.stem}"
            raise InputError(f"{path}: {message}")
        path = DEFAULT
    file = LocatedYaml(path / SCHEME_FILE if (path / SCHEME_FILE).is_file() else path)
    wrong = reserved(file.value)
    scheme: Scheme | None = None
    part: SoundPart | None = None
    try:
        scheme = Scheme.model_validate(file.value)
    except ValidationError as error:
        wrong += what_is_wrong(error)
    if wrong:
        # If the texts of a file are plain, pydantic still names places by language.
        values = in_one_language(file.value) if isinstance(file.value, dict) else file.value
        part = SoundPart(values, [place for place, _ in wrong], Scheme.model_validate)
        scheme = cast("Scheme | None", part.scheme)
    if scheme:
        scheme._file = _File(file.path)  # pyright: ignore[reportPrivateUsage]
        found = contradictions(scheme, known_content)
        wrong += (problem for problem in found if part is None or not part.follows(*problem))
    problems = [*file.problems, *(file.problem(as_written(file.value, place), message) for place, message in wrong)]
    if problems or scheme is None:
        raise InputError(*problems)
    return scheme


def in_one_language(values: dict[str, Any]) -> dict[str, Any]:
    """The values of a scheme file, with each plain text put under the code of the file's language."""
    language: Any = values.get("language", ARABIC)
    if not isinstance(language, str) or not re.fullmatch(LANGUAGE_CODE, language):
        language = ENGLISH  # the missing language is reported elsewhere, so texts need no problem of their own

    def texts(value: Any) -> Any:
        return value if isinstance(value, dict) else {language: value}  # pyright: ignore[reportUnknownVariableType]

    def choice(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        made = dict(cast("dict[str, Any]", value))
        if "name" in made and language not in made:
            made = {language: made.pop("name"), **made}
        return made | ({"definition": texts(made["definition"])} if "definition" in made else {})

    def choices(value: Any) -> Any:
        return (
            {key: choice(part) for key, part in cast("dict[Any, Any]", value).items()}
            if isinstance(value, dict)
            else value
        )

    converted = {"title": texts, "guidelines": texts, "claim": choice} | dict.fromkeys(LAYERS, choices)
    return {key: converted[key](value) if key in converted else value for key, value in values.items()}


def scheme_yaml(scheme: Scheme) -> str:
    """The scheme as a file that `load_scheme` can read; without guidelines, which are files of their own."""
    values = scheme.model_dump(mode="json", exclude_unset=True, exclude={"guidelines"})
    return yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=120)


def scheme_of_names(identity: Identity) -> Scheme:
    """The scheme in the data of tasks: only the names of its labels and stances, without its other texts."""
    name, _, version = identity.id.partition("@")
    content = identity.content or {}
    layers = {layer: {name: _named_only(name) for name in content[layer]} for layer in LAYERS if content.get(layer)}
    return Scheme.model_validate(
        {
            "name": name,
            "version": version,
            "language": ENGLISH if content.get("direction") else ARABIC,
            "title": identity.id,
            "nesting": "flat",
            **layers,
            **({"claim": _named_only("claim")} if has_claims(content) else {}),
        }
        | {key: content[key] for key in ("nesting", "direction", "proclitics") if key in content}
    )


def _named_only(name: str) -> dict[str, str]:
    return {"name": name, "definition": name}


def known_content(id_: str) -> Content | None:
    """The content of the scheme with this id, if it ships with Mihakk."""
    default = load_scheme()
    return content_of(default) if default.id == id_ else None
