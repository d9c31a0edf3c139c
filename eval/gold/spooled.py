"""Gold documents and pieces that were set aside, in spools: any number of them needs little memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ...annotate.packed import (
    pack_annotation,
    pack_article,
    pack_claims,
    unpack_annotation,
    unpack_article,
    unpack_claims,
)
from ...configs.spool import Spool
from .records import LACKING, GoldDocument, Older, Origin, Origins, SetAside

Values = Sequence[Any]


def documents_on_disk(documents: Iterable[GoldDocument] = ()) -> Spool[GoldDocument]:
    """The documents in a spool."""
    return Spool(_pack, _unpack, documents)


def set_aside_on_disk(pieces: Iterable[SetAside] = ()) -> Spool[SetAside]:
    """The pieces that were set aside, in a spool."""
    return Spool(pack_aside, unpack_aside, pieces)


def pack_aside(aside: SetAside) -> Values:
    return aside.article_id, aside.annotators, aside.what, aside.reason, aside.undecided


def unpack_aside(values: Values) -> SetAside:
    article_id, annotators, what, reason, undecided = values
    return SetAside(article_id, tuple(annotators), what, reason, undecided)


def pack_older(older: Older | None) -> Values | None:
    # Compared with None, since an Older without labels is false.
    return None if older is None else (older.schemes, *(older.lacking(layer) for layer in LACKING))


def unpack_older(values: Values | None) -> Older | None:
    return None if values is None else Older(*map(tuple[str, ...], values))


def _pack(document: GoldDocument) -> Values:
    origins = document.origins
    return (
        pack_article(document.article),
        pack_claims(document.claims),
        pack_annotation(document.annotation),
        document.annotators,
        document.preannotated_by,
        [(origin.annotators, origin.adjudicated) for origin in origins.entities],
        [(origin.annotators, origin.adjudicated) for origin in origins.claims],
        {key: (origin.annotators, origin.adjudicated) for key, origin in origins.stances.items()},
        pack_older(document.older),
    )


def _unpack(values: Values) -> GoldDocument:
    article, claims, annotation, annotators, model, entities, of_claims, stances, older = values
    return GoldDocument(
        unpack_article(article),
        unpack_claims(claims),
        unpack_annotation(annotation),
        tuple(annotators),
        model,
        Origins(
            tuple([_origin(origin) for origin in entities]),
            tuple([_origin(origin) for origin in of_claims]),
            {key: _origin(origin) for key, origin in stances.items()},
        ),
        unpack_older(older),
    )


def _origin(values: Values) -> Origin:
    return Origin(tuple(values[0]), values[1])
