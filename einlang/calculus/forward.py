"""Forward mode inside one definition: in go a definition and the tangents of what it accesses, out come the terms of its own.

The tangent of an access is brought up its path: the sum, over the indices of the sums on the way, of what is multiplied;
then the δ are eliminated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from einlang.calculus.partial import Partial, Term, factors_of, term
from einlang.calculus.paths import Body
from einlang.ir.deltas import eliminate
from einlang.ir.nodes import Index, Tensor


def tangent_terms(body: Body, tangents: Mapping[Tensor, Partial], seeds: Sequence[Index]) -> Iterator[Term]:
    """The terms of the tangent, over the indices of the definition and `seeds`, those of what is differentiated by."""
    own = body.definition.indices
    for access, path in body.accesses:
        tangent = tangents[access.tensor]
        element = factors_of(tangent.at(access.subscripts, seeds))
        known = tangent.conditions_at(access.subscripts, seeds)
        found = eliminate(path.indices, (*path.before, *element, *path.after))
        conditions = known if path.is_hazardous(body.own, bool(found.indices)) else ()
        yield term(found, (*path.guards, *conditions), known, (own, seeds), {})
