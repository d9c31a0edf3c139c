"""How to read predictions: the unit of offsets, and the meaning of mentions."""

from __future__ import annotations

from typing import NamedTuple

from ...configs.errors import InputError
from .mentions import Rule
from .offsets import Unit


class Policy(NamedTuple):
    """The two choices, and whether the language of the texts has proclitics.

    The signature of scores names each choice that is not the default, and each choice that mattered for a file.
    """

    offsets: Unit = Unit.CODE_POINTS
    mentions: Rule = Rule.ORDER
    proclitics: bool = True

    @classmethod
    def named(cls, offsets: str, mentions: str) -> Policy:
        """Makes a policy from the values of options. Raises InputError for an unknown value."""
        problems: list[str] = []
        for option, name, kind in (("offsets", offsets, Unit), ("mentions", mentions, Rule)):
            if name not in list(kind):
                problems.append(f"{option} {name!r}: must be one of {', '.join(kind)}")
        if problems:
            raise InputError(*problems)
        return cls(Unit(offsets), Rule(mentions))

    def in_signature(self, *, has_mentions: bool) -> tuple[str, ...]:
        """The parts of a signature that say how places were found; empty for plain offsets."""
        offsets = () if self.offsets is Unit.CODE_POINTS else (f"offsets:{self.offsets}",)
        return (*offsets, f"mentions:{self.mentions}") if has_mentions else offsets


DEFAULT = Policy()
