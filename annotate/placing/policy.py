"""How predictions are read where they leave that open: what offsets count, and what mentions stand for."""

from __future__ import annotations

from typing import NamedTuple

from ...configs.errors import InputError
from .mentions import Rule
from .offsets import Unit


class Policy(NamedTuple):
    """The two choices, and whether the language of the texts has proclitics.

    Whatever of the choices is not the default, and whatever a file needs, stands in the signature of scores.
    """

    offsets: Unit = Unit.CODE_POINTS
    mentions: Rule = Rule.ORDER
    proclitics: bool = True

    @classmethod
    def named(cls, offsets: str, mentions: str) -> Policy:
        """From the names of options. Raises InputError for one that there is not."""
        problems: list[str] = []
        for option, name, kind in (("offsets", offsets, Unit), ("mentions", mentions, Rule)):
            if name not in list(kind):
                problems.append(f"{option} {name!r}: must be one of {', '.join(kind)}")
        if problems:
            raise InputError(*problems)
        return cls(Unit(offsets), Rule(mentions))

    def in_signature(self, *, has_mentions: bool) -> tuple[str, ...]:
        """The parts of a signature that say how places were found; none for plain offsets."""
        offsets = () if self.offsets is Unit.CODE_POINTS else (f"offsets:{self.offsets}",)
        return (*offsets, f"mentions:{self.mentions}") if has_mentions else offsets


DEFAULT = Policy()
