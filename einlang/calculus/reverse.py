"""Reverse mode inside one definition: in go a definition and its adjoint, out come the contributions to what it accesses.

The adjoint is pushed down each path to an access A[s, t]: the element A[p, q] gets the sum, over all indices of the definition
and of the sums on the way, of what was multiplied, times δ[s, p] δ[t, q]; then the δ are eliminated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from string import ascii_uppercase

from einlang.calculus.partial import Partial, Term, factors_of, term
from einlang.calculus.paths import Body
from einlang.ir.build import delta
from einlang.ir.deltas import eliminate
from einlang.ir.nodes import Index, Tensor


def contributions(
    body: Body, adjoint: Partial, seeds: Sequence[Index], slots: Callable[[Tensor], Sequence[Index]]
) -> Iterator[tuple[Tensor, Term]]:
    """What the accesses of a definition add to the adjoints of their tensors.

    An adjoint is over `seeds`, the indices of the numerator, and over those that `slots` gives for its tensor. The first index of
    the definition is summed as A, the second as B, as is the custom.
    """
    own = body.definition.indices
    element, known = factors_of(adjoint.at(seeds, own)), adjoint.conditions_at(seeds, own)
    letters = dict(zip(own, ascii_uppercase, strict=False))
    for access, path in body.accesses:
        right = slots(access.tensor)
        deltas = [delta(s, d) for s, d in zip(access.subscripts, right, strict=True)]
        found = eliminate((*own, *path.indices), (*path.before, *element, *deltas, *path.after))
        conditions = known if path.is_hazardous(body.own, bool(found.indices)) else ()
        yield access.tensor, term(found, (*conditions, *path.guards), known, (seeds, right), letters)
