"""The licences that a dataset card can name."""

from __future__ import annotations

from ..configs.errors import InputError, did_you_mean

# The identifiers in the Hub's documentation, on its page "Licenses" (docs/hub/repositories-licenses.md in
# github.com/huggingface/hub-docs), as of 2026. The Hub refuses cards with other licences, but only after the upload.
LICENCES = frozenset(
    """
    apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0
    bigcode-openrail-m afl-3.0 artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear c-uda cc
    cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0
    cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0
    cdla-sharing-1.0 cdla-permissive-1.0 cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1
    eupl-1.2 agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl lgpl-2.1 lgpl-3.0 isc h-research intel-research lppl-1.3c
    ms-pl apple-ascl apple-amlr mpl-2.0 odc-by odbl openmdw-1.0 openmdw-1.1 openrail++ osl-3.0 postgresql
    ofl-1.1 ncsa unlicense zlib pddl lgpl-lr deepfloyd-if-license fair-noncommercial-research-license llama2
    llama3 llama3.1 llama3.2 llama3.3 llama4 grok2-community gemma unknown other
    """.split()  # noqa: SIM905
)


def licence_problem(licence: str) -> str | None:
    """The message if a licence's name is not one of the Hub's names."""
    if licence in LICENCES:
        return None
    # Other sites write licence names with capitals and spaces.
    near = did_you_mean("-".join(licence.lower().split()), sorted(LICENCES))
    return f"licence {licence}: is not known to the Hugging Face Hub; use a licence of its list, or `other`{near}"


def check_licence(licence: str | None) -> None:
    """Raises InputError if a licence is named that the Hub does not know."""
    if licence is not None and (problem := licence_problem(licence)):
        raise InputError(problem)
