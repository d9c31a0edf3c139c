"""The Label Studio labeling interface, made from a scheme, and the control names that exports use."""

from __future__ import annotations

from itertools import combinations
from xml.etree import ElementTree as ET

from ..configs.languages import language_of, words_of
from ..configs.scheme import CLAIM, Choice, Scheme

# Control names. Exports contain them, so they never change.
SPAN = "span"
TEXT = "text"
STANCE = "stance"
ABOUT = "about"
SOURCE = "source"
CLAIM_TEXT = "claim_text_"
CLAIM_STANCE = "claim_stance_"

# The instructions' own styles are removed; rules here for their window (lsf-modal) are kept.
# Label Studio cleans the style as HTML: no quotes, no `>`. Its own font rules need !important, on the
# container and all in it, or highlighted words show in another font. pre-wrap keeps runs of spaces.
_STYLE = """
.mihakk-{direction}, .mihakk-article, .mihakk-claims {{ direction: {direction}; text-align: {side}; }}
.mihakk-article .lsf-richtext__container {{ font-size: 22px; line-height: 2.1; }}
.mihakk-article .lsf-richtext__container, .mihakk-article .lsf-richtext__container *,
.mihakk-claims .lsf-richtext__container, .mihakk-claims .lsf-richtext__container *
{{ font-family: {fonts} !important; }}
.mihakk-article .lsf-richtext__line {{ white-space: pre-wrap; padding-{far_side}: 0; padding-{side}: 8px; }}
.mihakk-claims {{ border-top: 1px solid #ddd; padding-top: 8px; margin-top: 8px; }}
.mihakk-claims .lsf-richtext__container {{ font-size: 18px; }}
.mihakk-palette {{ position: sticky; top: 0; z-index: 20; background: #fff; padding: 4px 0; }}
.mihakk-claimbox {{ position: sticky; bottom: 0; z-index: 20; background: #fff8ee; border-top: 3px solid #c25e00;
padding: 2px 8px; max-height: 40vh; overflow-y: auto; }}
.mihakk-claimbox h4, .mihakk-claimbox h5, .mihakk-claimbox h6
{{ font-size: 14px !important; margin: 2px 0 !important; }}
.mihakk-about .lsf-choices {{ columns: 2; column-gap: 16px; }}
.mihakk-about .lsf-choices * {{ break-inside: avoid; padding-top: 0 !important; padding-bottom: 0 !important;
line-height: 1.5; }}
.mihakk-claimbox .lsf-choices, .mihakk-claimbox .lsf-choices *
{{ margin-top: 0 !important; margin-bottom: 0 !important; min-height: 0 !important; }}
.mihakk-article .htx-highlight.htx-no-label[data-label]::after
{{ display: inline-block !important; content: attr(data-label) !important; font-size: 10px; color: #555; }}
.mihakk-differences table {{ border-collapse: collapse; width: 100%; font-size: 15px; line-height: 1.7; }}
.mihakk-differences th, .mihakk-differences td
{{ border: 1px solid #bbb; padding: 2px 8px; text-align: {side}; vertical-align: top; }}
.mihakk-differences mark {{ background: #ffe08a; }}
.lsf-modal-ls__content ol {{ list-style: decimal !important; padding-{side}: 2em !important; }}
.lsf-modal-ls__content ul {{ list-style: disc !important; padding-{side}: 2em !important; }}
.lsf-modal-ls__content th, .lsf-modal-ls__content td
{{ border: 1px solid #bbb !important; padding: 4px 8px !important; }}
.lsf-modal-ls__content h1, .lsf-modal-ls__content h2, .lsf-modal-ls__content h3
{{ margin: 18px 0 6px !important; line-height: 1.4 !important; }}
"""
# Stances on so many claims have keys: of a number with two digits, Label Studio (1.23) only uses the first digit.
MOST_KEYS = 10
# A key that no keyboard has. It keeps Label Studio from choosing a key.
_NO_KEY = "ctrl+alt+shift+f19"
# Label Studio gives each choice without a key a letter that works on the whole page, so a key pressed by mistake gives
# an answer unnoticed. Nobody presses these combinations by mistake; their last key is the claim's number.
_MODIFIERS = [
    "+".join(held)
    for keys in (("ctrl", "alt", "shift"), ("ctrl", "alt", "shift", "meta"))
    for number in (2, 3, 4)
    for held in combinations(keys, number)
    if len(keys) == 3 or "meta" in held
]


def interface_xml(scheme: Scheme, *, adjudication: bool = False, stance_keys: bool = True) -> str:
    """The labeling config for `scheme`: its entities and claims, stances of claims, stances of the article.

    For an `adjudication`, the differences between annotators stand above the text; they are in the task's data. Without
    `stance_keys`, stances of articles are answered with the mouse alone; tasks with more than MOST_KEYS claims need
    that.

    Nothing is `required`: after a submission that it refuses, Label Studio 1.23 saves no more drafts on that page, and
    says nothing. `mihakk export check` finds what is missing. A layer that the scheme lacks is not there.

    Entities and claims share one control, because with two controls one region could have both labels. Text is selected
    by symbol: selection by word would include proclitics. Aliases are the scheme's ids, so that exports do not depend
    on the language on screen.
    """
    in_direction = f"mihakk-{scheme.direction}"
    view = ET.Element("View")
    side, far_side = ("right", "left") if scheme.direction == "rtl" else ("left", "right")
    fonts = language_of(scheme.language).fonts
    ET.SubElement(view, "Style").text = _STYLE.format(
        direction=scheme.direction, side=side, far_side=far_side, fonts=fonts
    )
    top = ET.SubElement(view, "View", className=in_direction)
    ET.SubElement(top, "Header", value="$title", size="3")
    if adjudication:
        differences = ET.SubElement(view, "View", className=f"{in_direction} mihakk-differences")
        shown = {"value": "$differences", "inline": "true", "selectionEnabled": "false"}
        ET.SubElement(differences, "HyperText", {"name": "differences", **shown})
    if scheme.labels:
        # An element that stays at an edge of the screen must be a child of the first View.
        palette = ET.SubElement(view, "View", className=f"{in_direction} mihakk-palette")
        labels = ET.SubElement(palette, "Labels", name=SPAN, toName=TEXT, choice="single", showInline="true")
        colors = scheme.colors
        for alias, label in scheme.labels.items():
            ET.SubElement(labels, "Label", _option(alias, label, scheme), background=colors[alias])
    article = ET.SubElement(view, "View", className="mihakk-article")
    text = ET.SubElement(article, "Text", name=TEXT, value="$text", granularity="symbol", saveTextResult="yes")
    if not scheme.labels:
        text.set("selectionEnabled", "false")
    if scheme.claim_stances or scheme.asks_about:
        _claim_box(view, scheme)
    if scheme.claim and scheme.entities:
        ET.SubElement(ET.SubElement(view, "Relations"), "Relation", value=SOURCE)
    if scheme.article_stances:
        _article_stances(view, scheme, stance_keys)
    ET.indent(view)
    return ET.tostring(view, encoding="unicode") + "\n"


def _claim_box(view: ET.Element, scheme: Scheme) -> None:
    """Adds the questions on the selected claim: its source's stance, and which of the event's claims it is about.

    The event's claims come from the task's data: see `claim_rows`.
    """
    words = words_of(scheme.language)
    only_for_claims = {"whenLabelValue": CLAIM}
    box = ET.SubElement(
        view,
        "View",
        {"visibleWhen": "region-selected", "whenTagName": SPAN, **only_for_claims},
        className=f"mihakk-{scheme.direction} mihakk-claimbox",
    )
    per_region = {"toName": TEXT, "perRegion": "true", **only_for_claims}
    if scheme.claim_stances:
        ET.SubElement(box, "Header", value=words["claim_stances"], size="5")
        stances = ET.SubElement(
            box, "Choices", {"name": STANCE, **per_region}, choice="single-radio", showInline="true"
        )
        for alias, choice in scheme.claim_stances.items():
            ET.SubElement(stances, "Choice", _option(alias, choice, scheme))
    if scheme.asks_about:
        ET.SubElement(box, "Header", value=words["about"], size="5")
        about = ET.SubElement(box, "View", className="mihakk-about")
        ET.SubElement(about, "Choices", {"name": ABOUT, **per_region}, value="$claims", choice="single")


def _article_stances(view: ET.Element, scheme: Scheme, keys: bool) -> None:
    """Adds each claim of the article's event with the stances to choose from."""
    words = words_of(scheme.language)
    claims = ET.SubElement(view, "View", className="mihakk-claims")
    ET.SubElement(claims, "Header", value=words["article_stances"], size="5")
    repeater = ET.SubElement(claims, "Repeater", on="$claims", indexFlag="{{idx}}")
    repeated = ET.SubElement(repeater, "View", className=f"mihakk-{scheme.direction}")
    claim_text = CLAIM_TEXT + "{{idx}}"
    ET.SubElement(repeated, "Text", name=claim_text, value="$claims[{{idx}}].text", selectionEnabled="false")
    stances = ET.SubElement(
        repeated,
        "Choices",
        name=CLAIM_STANCE + "{{idx}}",
        toName=claim_text,
        choice="single-radio",
        showInline="true",
    )
    for number, (alias, choice) in enumerate(scheme.article_stances.items()):
        option = _option(alias, choice, scheme)
        option["hotkey"] = _MODIFIERS[number] + "+{{idx}}" if keys and number < len(_MODIFIERS) else _NO_KEY
        ET.SubElement(stances, "Choice", option)


def expand_repeater(xml: str, claims: int) -> str:
    """The interface for a task with `claims` claims, without a Repeater: Label Studio's checks do not know that tag."""
    view = ET.fromstring(xml)  # noqa: S314 - our own XML, or a config that the user loads into Label Studio
    for parent in list(view.iter()):
        for child in list(parent):
            if child.tag == "Repeater":
                at = list(parent).index(child)
                parent.remove(child)
                body = "".join(ET.tostring(inner, encoding="unicode") for inner in child)
                for n in range(claims):
                    copy = body.replace(child.get("indexFlag", "{{idx}}"), str(n))
                    parent.insert(at + n, ET.fromstring(f"<View>{copy}</View>"))  # noqa: S314
    return ET.tostring(view, encoding="unicode")


def _option(alias: str, choice: Choice, scheme: Scheme) -> dict[str, str]:
    option = {"value": scheme.text(choice), "alias": alias}
    return option | {"hotkey": choice.hotkey} if choice.hotkey else option
