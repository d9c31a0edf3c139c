"""The Label Studio labeling interface, made from a scheme, and the control names that exports use."""

from __future__ import annotations

from xml.etree import ElementTree as ET

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
.mihakk-rtl, .mihakk-article, .mihakk-claims { direction: rtl; text-align: right; }
.mihakk-article .lsf-richtext__container { font-size: 22px; line-height: 2.1; }
.mihakk-article .lsf-richtext__container, .mihakk-article .lsf-richtext__container *,
.mihakk-claims .lsf-richtext__container, .mihakk-claims .lsf-richtext__container *
{ font-family: Noto Naskh Arabic, Amiri, Noto Sans Arabic, Tahoma, sans-serif !important; }
.mihakk-article .lsf-richtext__line { white-space: pre-wrap; padding-left: 0; padding-right: 8px; }
.mihakk-claims { border-top: 1px solid #ddd; padding-top: 8px; margin-top: 8px; }
.mihakk-claims .lsf-richtext__container { font-size: 18px; }
"""


def interface_xml(scheme: Scheme) -> str:
    """The labeling config for `scheme`: entities and claims, stances of claims, stances of the article.

    Entities and claims share one control, because with two controls one region could have both labels. Text is
    selected by symbol: selection by word would include proclitics. Aliases are the scheme's ids, so that
    exports do not depend on the language on screen.
    """
    view = ET.Element("View")
    ET.SubElement(view, "Style").text = _STYLE
    top = ET.SubElement(view, "View", className="mihakk-rtl")
    ET.SubElement(top, "Header", value="$title", size="3")
    labels = ET.SubElement(top, "Labels", name=SPAN, toName=TEXT, choice="single", showInline="true")
    for alias, label in [*scheme.entities.items(), (CLAIM, scheme.claim)]:
        ET.SubElement(labels, "Label", _option(alias, label), background=label.color)
    article = ET.SubElement(view, "View", className="mihakk-article")
    ET.SubElement(article, "Text", name=TEXT, value="$text", granularity="symbol", saveTextResult="yes")
    stance_view = ET.SubElement(
        view,
        "View",
        className="mihakk-rtl",
        visibleWhen="region-selected",
        whenTagName=SPAN,
        whenLabelValue=CLAIM,
    )
    ET.SubElement(stance_view, "Header", value="موقف المصدر من الادعاء", size="5")
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
        requiredMessage="اختر موقف المصدر من كل ادعاء",
    )
    for alias, choice in scheme.claim_stances.items():
        ET.SubElement(stances, "Choice", _option(alias, choice))
    ET.SubElement(ET.SubElement(view, "Relations"), "Relation", value=SOURCE)
    claims = ET.SubElement(view, "View", className="mihakk-claims")
    ET.SubElement(claims, "Header", value="موقف المقال من ادعاءات الحدث", size="5")
    repeater = ET.SubElement(claims, "Repeater", on="$claims", indexFlag="{{idx}}")
    repeated = ET.SubElement(repeater, "View", className="mihakk-rtl")
    claim_text = CLAIM_TEXT + "{{idx}}"
    ET.SubElement(repeated, "Text", name=claim_text, value="$claims[{{idx}}].text", selectionEnabled="false")
    article_stances = ET.SubElement(
        repeated,
        "Choices",
        name=CLAIM_STANCE + "{{idx}}",
        toName=claim_text,
        choice="single-radio",
        showInline="true",
        required="true",
        requiredMessage="اختر موقف المقال من كل ادعاء",
    )
    for alias, choice in scheme.article_stances.items():
        ET.SubElement(article_stances, "Choice", _option(alias, choice))
    ET.indent(view)
    return ET.tostring(view, encoding="unicode") + "\n"


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


def _option(alias: str, choice: Choice) -> dict[str, str]:
    option = {"value": choice.ar, "alias": alias}
    return option | {"hotkey": choice.hotkey} if choice.hotkey else option
