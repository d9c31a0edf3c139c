"""The Label Studio labeling interface, made from a scheme, and the control names that exports use."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from ..configs.languages import language_of, words_of
from ..configs.scheme import CLAIM, Choice, Scheme

# Control names. Exports contain them, so they never change.
SPAN = "span"
TEXT = "text"
STANCE = "stance"
SOURCE = "source"
CLAIM_TEXT = "claim_text_"
CLAIM_STANCE = "claim_stance_"

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
"""


def interface_xml(scheme: Scheme) -> str:
    """The labeling config for `scheme`: its entities and claims, stances of claims, stances of the article.

    A layer that the scheme lacks is not there. Entities and claims share one control, because with two controls one
    region could have both labels. Text is selected by symbol: selection by word would include proclitics. Aliases are
    the scheme's ids, so that exports do not depend on the language on screen.
    """
    words = words_of(scheme.language)
    in_direction = f"mihakk-{scheme.direction}"
    view = ET.Element("View")
    side, far_side = ("right", "left") if scheme.direction == "rtl" else ("left", "right")
    fonts = language_of(scheme.language).fonts
    ET.SubElement(view, "Style").text = _STYLE.format(
        direction=scheme.direction, side=side, far_side=far_side, fonts=fonts
    )
    top = ET.SubElement(view, "View", className=in_direction)
    ET.SubElement(top, "Header", value="$title", size="3")
    if scheme.labels:
        labels = ET.SubElement(top, "Labels", name=SPAN, toName=TEXT, choice="single", showInline="true")
        colors = scheme.colors
        for alias, label in scheme.labels.items():
            ET.SubElement(labels, "Label", _option(alias, label, scheme), background=colors[alias])
    article = ET.SubElement(view, "View", className="mihakk-article")
    text = ET.SubElement(article, "Text", name=TEXT, value="$text", granularity="symbol", saveTextResult="yes")
    if not scheme.labels:
        text.set("selectionEnabled", "false")
    if scheme.claim_stances:
        stance_view = ET.SubElement(
            view,
            "View",
            className=in_direction,
            visibleWhen="region-selected",
            whenTagName=SPAN,
            whenLabelValue=CLAIM,
        )
        ET.SubElement(stance_view, "Header", value=words["claim_stances"], size="5")
        stances = ET.SubElement(
            stance_view,
            "Choices",
            name=STANCE,
            toName=TEXT,
            perRegion="true",
            whenLabelValue=CLAIM,
            choice="single-radio",
            showInline="true",
            required="true",
            requiredMessage=words["choose_claim_stance"],
        )
        for alias, choice in scheme.claim_stances.items():
            ET.SubElement(stances, "Choice", _option(alias, choice, scheme))
    if scheme.claim and scheme.entities:
        ET.SubElement(ET.SubElement(view, "Relations"), "Relation", value=SOURCE)
    if scheme.article_stances:
        _article_stances(view, scheme)
    ET.indent(view)
    return ET.tostring(view, encoding="unicode") + "\n"


def _article_stances(view: ET.Element, scheme: Scheme) -> None:
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
        required="true",
        requiredMessage=words["choose_article_stance"],
    )
    for alias, choice in scheme.article_stances.items():
        ET.SubElement(stances, "Choice", _option(alias, choice, scheme))


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
