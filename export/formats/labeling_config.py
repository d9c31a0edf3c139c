"""Reads a Label Studio interface from elsewhere: its text, labels and choices, and their roles in gold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from xml.etree import ElementTree as ET

from ...configs import CLAIM
from ...configs.errors import InputError

# The names of a control's options, by their texts on screen; empty if they are in the data of the tasks.
Names = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DocumentChoice:
    """Choices about a whole document, or about one of the claims in a list in the task's data.

    `name` is the control's name, and `control` a pattern for it; a group in the pattern is the position in the list.
    `claims` is the key of that list, and `field` the key of a claim's words in it; both are None for a choice about a
    document.
    """

    name: str
    control: re.Pattern[str]
    names: Names
    claims: str | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class OtherInterface:
    """A labeling interface with one text and labels on it.

    `text` is the name of the text's control, and `key` the path to its words in a task's data. `spans` are the names of
    its Labels controls, `labels` the names of all their labels. `stance` is the control for the stance of a claim.
    """

    text: str
    key: tuple[str, ...]
    spans: frozenset[str]
    labels: Names
    stance: str | None
    stances: Names
    choices: tuple[DocumentChoice, ...]

    @property
    def claim_stances(self) -> tuple[str, ...]:
        """The stances of claims, in the interface's order."""
        return tuple(dict.fromkeys(self.stances.values()))

    @property
    def answers(self) -> tuple[str, ...]:
        """The options of all choices about documents, in the interface's order."""
        return tuple(dict.fromkeys(name for choice in self.choices for name in choice.names.values()))

    def label(self, name: str) -> str:
        """A label's name in gold. A label for claims becomes CLAIM, in whatever case it was written."""
        name = self.labels.get(name, name)
        return CLAIM if name.upper() == CLAIM else name


def read_interface(xml: str, source: str) -> OtherInterface:
    """The interface in a labeling config; messages name its `source`.

    Raises InputError if it is not XML, or has no text with labels.
    """
    if "<!DOCTYPE" in xml or "<!ENTITY" in xml:
        raise InputError(f"{source}: defines entities of its own (DOCTYPE), which are not read; remove them")
    try:
        root = ET.fromstring(xml)  # noqa: S314 - no entities: see above
    except ET.ParseError as error:
        raise InputError(f"{source}: is not the XML of a labeling interface: {error}") from None
    texts = {element.get("name"): element for element in root.iter("Text")}
    labels = [element for element in root.iter("Labels") if element.get("toName") in texts]
    labelled = list(dict.fromkeys(str(element.get("toName")) for element in labels))
    if len(labelled) != 1:
        others = "; images, audio, HyperText and Paragraphs are not read" if not labelled else ""
        number = f"{len(labelled)} texts with Labels" if labelled else "no Text with Labels"
        raise InputError(f"{source}: has {number}; an interface that becomes gold has one{others}")
    text = texts[labelled[0]]
    if text.get("valueType") == "url":
        raise InputError(f'{source}: the text is at an address (valueType="url"), not in the tasks; it cannot be read')
    regions, documents = _choices(root, labelled[0])
    stance = _stance_control(regions)
    return OtherInterface(
        labelled[0],
        tuple(text.get("value", "").removeprefix("$").split(".")),
        frozenset(str(element.get("name")) for element in labels),
        {key: name for control in labels for key, name in _names(control, "Label").items()},
        None if stance is None else str(stance.get("name")),
        {} if stance is None else _names(stance, "Choice"),
        tuple(documents),
    )


def _choices(root: ET.Element, text: str) -> tuple[list[ET.Element], list[DocumentChoice]]:
    """The Choices about regions of the text, and the Choices about documents and their claims."""
    regions: list[ET.Element] = []
    documents: list[DocumentChoice] = []
    inside = {element: repeater for repeater in root.iter("Repeater") for element in repeater.iter()}
    words = {element.get("name"): element for element in root.iter("Text")}
    for control in root.iter("Choices"):
        if control.get("perRegion") == "true" or control.get("perItem") == "true":
            regions += [control] if control.get("toName") == text and not control.get("value") else []
            continue
        name, repeater = control.get("name", ""), inside.get(control)
        if repeater is None:
            documents.append(DocumentChoice(name, re.compile(re.escape(name)), _names(control, "Choice")))
            continue
        flag = repeater.get("indexFlag", "{{idx}}")
        shown = words.get(control.get("toName"))
        field = "" if shown is None else shown.get("value", "").rpartition("].")[2]
        pattern = re.compile(re.escape(name).replace(re.escape(flag), r"(\d{1,9})", 1))
        on = repeater.get("on", "").removeprefix("$")
        documents.append(DocumentChoice(name, pattern, _names(control, "Choice"), on, field or "text"))
    return regions, documents


def _stance_control(regions: list[ET.Element]) -> ET.Element | None:
    """The Choices about regions that are the stance of claims: those only for claims, or else the first."""
    alone = [region for region in regions if region.get("whenLabelValue", "").upper() == CLAIM]
    return next(iter(alone or regions), None)


def _names(control: ET.Element, tag: str) -> dict[str, str]:
    """Options by their texts and by their names, since exports may have either."""
    names: dict[str, str] = {}
    for option in control.iter(tag):
        if value := option.get("value"):
            names[value] = option.get("alias") or value
    return {**{name: name for name in names.values()}, **names}


def words_at(data: Mapping[str, Any], key: tuple[str, ...]) -> object:
    """The value at a path in a task's data, None if there is none."""
    value: object = data
    for part in key:
        value = cast(object, value.get(part)) if isinstance(value, dict) else None  # pyright: ignore[reportUnknownMemberType]
    return value
