"""The checks of finished annotations, and the severity of each (checks.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, RootModel

from .located_yaml import LocatedYaml


def _off(value: object) -> object:
    """YAML reads an unquoted `off` as false."""
    return "off" if value is False else value


Severity = Annotated[Literal["error", "warning", "off"], BeforeValidator(_off)]


class Check(BaseModel):
    """One check. If `refused`, an export with such a finding cannot become a dataset.

    If `incomplete`, a finding means that an answer is missing in submitted work. `arabic` tells the annotator how to
    mend it.

    `arabic_detail` is a finding's message in Arabic, with {0}, {1} … for the names in it. It is empty where `arabic`
    and the marked words say everything, and missing where no annotator can mend the finding: then the message is for
    the team lead.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    severity: Severity
    refused: bool = False
    meaning: str
    arabic: str
    arabic_detail: str | None = None
    incomplete: bool = False


class _Checks(RootModel[dict[str, Check]]):
    pass


@lru_cache(maxsize=1)
def load_checks() -> Mapping[str, Check]:
    """All checks by their ids, in the order of the report."""
    return LocatedYaml(Path(__file__).with_name("checks.yaml")).parse(_Checks).root


def severity_problem(check: str, severity: Severity) -> str | None:
    """The reason why a scheme cannot give `check` this severity; None if it can."""
    known = load_checks().get(check)
    if known is None:
        return f"there is no check of that name; there are {', '.join(load_checks())}"
    if known.refused and severity != "error":
        return f"is always an error: `mihakk export dataset` refuses an export that has it, so {severity} cannot be"
    return None


def severities(changed: Mapping[str, Severity]) -> dict[str, Severity]:
    """The severity of each check; those that a scheme `changed` replace the usual ones."""
    return {check: changed.get(check, known.severity) for check, known in load_checks().items()}
