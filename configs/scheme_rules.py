"""Rules between the keys of a scheme: names, hotkeys, colours, layers, languages, mappings, older versions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, cast

from . import CLAIM
from .checks import severity_problem
from .colours import EYES, LEAST_CONTRAST, LEAST_DIFFERENCE, contrast_with_white, difference
from .languages import ARABIC, ENGLISH, languages
from .located_yaml import Place
from .versions import Content, from_problems

if TYPE_CHECKING:
    from .scheme import Choice, Scheme, Texts


def contradictions(scheme: Scheme, known_content: Callable[[str], Content | None]) -> list[tuple[Place, str]]:
    """Contradictions between the keys of a scheme, each with its place. The single keys are already checked.

    `known_content` returns the content of an older scheme by its id.
    """
    layers: dict[str, dict[str, Choice]] = {
        "entities": {**scheme.entities},
        "claim": {CLAIM: scheme.claim} if scheme.claim else {},
        "claim_stances": scheme.claim_stances,
        "article_stances": scheme.article_stances,
    }
    on_screen: list[tuple[Place, Choice]] = [
        ((layer,) if layer == "claim" else (layer, key), choice)
        for layer, choices in layers.items()
        for key, choice in choices.items()
    ]
    problems = [*_missing(scheme, layers, on_screen), *_look_alikes(scheme)]
    names: dict[tuple[str, str], Place] = {}
    hotkeys: dict[str, Place] = {}
    for place, choice in on_screen:
        group = place[0] if place[0] in ("claim_stances", "article_stances") else "labels"
        of_article = group == "article_stances"
        if of_article and not scheme.says_language:
            continue
        name = scheme.text(choice)
        first = names.setdefault((group, name), place)
        if first is not place:
            problems.append(((*place, scheme.language), f"“{name}” is already the name of {first[-1]}"))
        if not choice.hotkey:
            continue
        first = hotkeys.setdefault(choice.hotkey, place)
        if first is not place:
            problems.append(
                ((*place, "hotkey"), f"“{choice.hotkey}” is already used by {first[-1]}; choose another key")
            )
        if scheme.asks_about and choice.hotkey.removeprefix("shift+").isdecimal() and len(choice.hotkey) > 1:
            problems.append(
                ((*place, "hotkey"), f"“{choice.hotkey}” chooses one of the event's claims; choose another key")
            )
        if of_article and len(choice.hotkey) == 1:
            problems.append(
                (
                    (*place, "hotkey"),
                    "a stance of articles is on screen once for each claim, so no single key can choose it; leave "
                    "it out",
                )
            )
    for name, mapping in scheme.mappings.items():
        at: Place = ("mappings", name, "to")
        problems += [
            ((*at, label), f"the scheme has no entity label {label}")
            for label in mapping.to
            if label not in scheme.entities
        ]
        problems += [
            ((*at, label), f"{counterpart} is not among the labels of {name}")
            for label, counterpart in mapping.to.items()
            if counterpart is not None and counterpart not in mapping.labels
        ]
        problems += [
            (at, f"says nothing of {label}; give its counterpart, or null if there is none")
            for label in scheme.entities
            if label not in mapping.to
        ]
    if scheme.from_:
        known = {older: content for older in scheme.from_ if older != scheme.id and (content := known_content(older))}
        problems += from_problems(scheme, known)
    for check, severity in scheme.checks.items():
        if problem := severity_problem(check, severity):
            problems.append((("checks", check), problem))
    return problems


def reserved(values: object) -> list[tuple[Place, str]]:
    """The problem if an entity label in the values of a scheme's file has the name that is reserved for claims."""
    entities = cast("dict[str, object]", values).get("entities") if isinstance(values, dict) else None
    if not isinstance(entities, dict) or CLAIM not in entities:
        return []
    return [(("entities", CLAIM), f"the entity label {CLAIM} is reserved for claims; call it something else")]


def _missing(
    scheme: Scheme, layers: Mapping[str, Collection[str]], on_screen: Sequence[tuple[Place, Choice]]
) -> Iterator[tuple[Place, str]]:
    """Layers, texts, languages and files that are required but missing."""
    if not scheme.says_language:
        for layer, choices in layers.items():
            if not choices:
                yield (layer,), "is missing; a scheme that names its `language` may leave it out"
    elif not any(choices for choices in layers.values()):
        yield (), "marks nothing: give it entities, claim or article_stances"
    if scheme.claim_stances and not scheme.claim and scheme.says_language:
        yield ("claim",), "is missing, but there are claim_stances"
    if scheme.language not in languages() and scheme.direction_ is None:
        known = ", ".join(languages())
        yield ("language",), f"{scheme.language} is none of {known}; for another, also give `direction`: ltr or rtl"
    needed = (scheme.language,) if scheme.says_language else (ARABIC, ENGLISH)
    texts: list[tuple[Place, Texts]] = [(("title",), scheme.title)]
    for place, choice in on_screen:
        texts += [(place, choice), ((*place, "definition"), choice.definition)]
    yield from (
        ((*place, code), f"needs its text in {code}") for place, text in texts for code in needed if not text.has(code)
    )
    for language, file in scheme.guideline_files().items():
        if not file.is_file():
            yield ("guidelines", language), f"there is no file {file}"


def _look_alikes(scheme: Scheme) -> Iterator[tuple[Place, str]]:
    """Colours that are too pale, or too similar to another colour."""
    own = [
        ((("claim",) if name == CLAIM else ("entities", name)), name, label.color)
        for name, label in scheme.labels.items()
        if label.color
    ]
    for n, (place, _, color) in enumerate(own):
        if (contrast := contrast_with_white(color)) < LEAST_CONTRAST:
            yield (
                (*place, "color"),
                f"{color} is too pale on white: contrast {contrast:.1f}, {LEAST_CONTRAST:g} is needed; choose a darker "
                "one",
            )
        for _, label, before in own[:n] if scheme.says_language else ():
            distance, eyes = difference(before, color)
            if distance < LEAST_DIFFERENCE:
                seen = "everybody" if eyes == EYES[0] else f"people with {eyes}"
                yield (
                    (*place, "color"),
                    f"{color} looks like {before} of {label} to {seen} (Delta E {distance:.1f}, {LEAST_DIFFERENCE:g} "
                    "is needed); choose another, or leave it out for a generated one",
                )
