"""Pairs rows and columns of a matrix one to one: first the most pairs of full value, then the most pairs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .spans import Ints
from .tangles import Flags


def most_full_then_most(full: Flags, any_: Flags, partner: Ints, beside: Ints) -> Ints:
    """Pairs rows with columns: first the most `full` pairs, then the most pairs in `any_`.

    Both are matrices that are true where a row and a column may pair; `full` is a part of `any_`. `partner` has
    for each row its column or -1: full pairs to begin with. The result has the same form. `beside` has pairs that
    are added if both their row and column are free.

    A minimum vertex cover of the full pairs has as many members as the largest full matching (König's theorem). So
    a matching has the most full pairs exactly if each member of the cover is in a full pair with a non-member.
    Members are restricted to such pairs, non-members are free, and the number of pairs is maximised.
    """
    columns = full.shape[1]
    partner = _augmented(lambda row: full[row], partner, columns)
    cover_rows, cover_columns = _cover(full, partner)
    add = np.flatnonzero((partner < 0) & (beside >= 0))
    add = add[_owners(partner, columns)[beside[add]] < 0]
    partner[add] = beside[add]

    def free(row: int) -> Flags:
        return full[row] & ~cover_columns if cover_rows[row] else any_[row] & (full[row] | ~cover_columns)

    return _augmented(free, partner, columns)


def _augmented(edges: Callable[[int], Flags], partner: Ints, columns: int) -> Ints:
    """A matching with the most pairs, made from `partner` by augmenting paths. Matched rows and columns stay matched.

    First each row takes the first free column, so that few paths remain to be searched.
    """
    partner = partner.copy()
    free_columns = _owners(partner, columns) < 0
    for row in np.flatnonzero(partner < 0).tolist():
        open_ = edges(row) & free_columns
        column = int(open_.argmax())
        if open_[column]:
            partner[row] = column
            free_columns[column] = False
    while True:
        owner = _owners(partner, columns)
        unseen = np.ones(columns, np.bool_)
        came_from = np.full(columns, -1)
        queue = [
            (row, row) for row in np.flatnonzero(partner < 0).tolist()
        ]  # paths to extend, each with the free row at its start
        settled: set[int] = set()
        for row, root in queue:
            if root in settled:
                continue
            new = (edges(row) & unseen).nonzero()[0]
            unseen[new] = False
            came_from[new] = row
            free = new[owner[new] < 0]
            if len(free):
                settled.add(root)
                column = int(free[0])
                while column >= 0:  # each row on the path gives its column to the row before it
                    giver = int(came_from[column])
                    partner[giver], column = column, int(partner[giver])
            else:
                queue += [(row, root) for row in owner[new].tolist()]
        if not settled:
            return partner


def _cover(edges: Flags, partner: Ints) -> tuple[Flags, Flags]:
    """A minimum vertex cover: rows and columns that touch all edges. `partner` must have the most pairs.

    It has the rows that alternating paths from free rows do not reach, and the columns that they reach.
    """
    owner = _owners(partner, edges.shape[1])
    columns = np.zeros(edges.shape[1], np.bool_)
    queue = np.flatnonzero(partner < 0).tolist()
    for row in queue:
        new = (edges[row] & ~columns).nonzero()[0]
        columns[new] = True
        queue += owner[new].tolist()
    rows = np.ones(len(partner), np.bool_)
    rows[queue] = False
    return rows, columns


def _owners(partner: Ints, columns: int) -> Ints:
    owner = np.full(columns, -1)
    owner[partner[partner >= 0]] = np.flatnonzero(partner >= 0)
    return owner
