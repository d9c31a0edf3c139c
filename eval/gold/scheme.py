"""The scheme of a gold set, from its folder: the meaning of its labels, and their mappings to other label sets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...configs.errors import InputError
from .header import read_header
from .records import GOLD_FILE, Gold
from .rows import read_gold

if TYPE_CHECKING:
    from ...configs.scheme import Scheme
    from ...configs.versions import Identity


def scheme_of(gold: Gold | Path) -> Scheme | None:
    """The scheme of a gold set or a gold folder. None if it has none: an older gold set, or a corpus from elsewhere.

    Raises InputError if the folder's scheme is not the scheme that gold.json names.
    """
    from ...configs.scheme import SCHEME_FILE, Scheme, load_scheme  # a tenth of a second, and not all scores need it

    if isinstance(gold, Gold):
        if isinstance(gold.labels, Scheme):
            return gold.labels
        if gold.path is None:
            return None
    folder = gold.path if isinstance(gold, Gold) else gold
    if folder is None or not (folder / SCHEME_FILE).is_file() or not (folder / GOLD_FILE).is_file():
        return None
    scheme, header = load_scheme(folder / SCHEME_FILE), read_header(folder)
    known = scheme.identity
    if (known.id, known.hash) != (header["scheme"], header.get("scheme_hash", known.hash)):
        raise InputError(
            f"{folder / SCHEME_FILE}: is not the scheme of {GOLD_FILE} ({known.title}, not {header['scheme']}"
            f"#{str(header.get('scheme_hash'))[:8]}); restore it, or export the dataset anew"
        )
    return scheme


def identity_of(gold: Gold | Path) -> Identity:
    """The identity of the scheme of a gold set or folder. Documents are only read if the folder has no scheme."""
    from ...configs.versions import Identity, content_of

    if scheme := scheme_of(gold):
        return scheme.identity
    # An older gold set has the names of its labels, and no hash.
    labels = (gold if isinstance(gold, Gold) else read_gold(gold)).labels
    return Identity(labels.id, None, content_of(labels))


def one_content(scheme: Scheme, gold: Gold | Path) -> None:
    """Raises InputError, with what differs, if a gold set has the scheme's id and another content."""
    from ...configs.versions import two_contents

    if isinstance(gold, Path) and not (gold / GOLD_FILE).is_file():
        return  # a file of predictions names no scheme
    where = gold.where if isinstance(gold, Gold) else str(gold)
    if two := two_contents(identity_of(gold), scheme.identity, (where, "the scheme given")):
        raise InputError(two)
