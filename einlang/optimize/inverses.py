"""Inverses that need not be formed: in goes a program, out comes one that solves systems where an inverse is only multiplied.

Σ_c v[c] M⁻¹[c,r] is the x with Mᵀ x = v, and Σ_r M⁻¹[c,r] v[r] that with M x = v: one elimination each, where an inverse is one
elimination and a right side for each unit vector. So derivatives through a solution are solutions of the adjoint system.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from einlang.ir.build import mul
from einlang.ir.indices import free_indices, fresh, substitute
from einlang.ir.naming import Names
from einlang.ir.nodes import Access, Definition, Delta, Expr, Index, Mul, Reduce, Solve, Tensor
from einlang.ir.parts import Parts
from einlang.ir.program import Program
from einlang.ir.recurrences import components, read, uses_itself
from einlang.ir.safety import unsafe_nodes
from einlang.optimize.bodies import replaced, with_body
from einlang.optimize.uses import kept_tensors
from einlang.tree import Node, walk

MOST = 3
"""So many products are worth an elimination each: an inverse costs as much as four."""


@dataclass(frozen=True, slots=True)
class _Inverse:
    """The inverse of a matrix for each position of a batch: at the indices of columns, then those of rows, of a definition."""

    definition: Definition
    system: Solve
    units: Mapping[Index, Index]

    def solved(self, product: Reduce) -> Solve | None:
        """The system whose solution is a sum over all rows or all columns of the inverse times a vector."""
        factors = product.body.factors if isinstance(product.body, Mul) else (product.body,)
        reads = [f for f in factors if isinstance(f, Access) and f.tensor is self.definition.tensor]
        at = dict(zip(self.definition.indices, reads[0].subscripts, strict=True)) if len(reads) == 1 else {}
        if not at or len(set(at.values())) < len(at) or not all(isinstance(place, Index) for place in at.values()):
            return None
        by_column = {column: at[place] for column, place in zip(self.system.columns, self.system.position, strict=True)}  # type: ignore[index]
        by_row = {row: at[self.units[row]] for row in self.system.rows}
        batch = {index: place for index, place in at.items() if place not in (*by_column.values(), *by_row.values())}
        known, unknown = (by_row, by_column) if set(product.indices) == set(by_row.values()) else (by_column, by_row)
        rest = [factor for factor in factors if factor not in reads]
        if set(product.indices) != set(known.values()) or _carried(rest) - {*known.values(), *batch.values()}:
            return None
        own = {index: fresh(index) for index in (*known, *unknown)}
        matrix = substitute(self.system.matrix, {**batch, **own})
        right = substitute(mul(*rest), {place: own[index] for index, place in known.items() if isinstance(place, Index)})
        return Solve(tuple(own[i] for i in known), tuple(own[i] for i in unknown), matrix, right, tuple(unknown.values()))


def drop_inverses(program: Program) -> Program:
    """The program without the inverses that only a few vectors are multiplied by."""
    alone = [d for members in components(program.definitions) if not uses_itself(members) for d in members]
    kept = kept_tensors(program)
    inverses = [found for d in alone if d.tensor not in kept and (found := _inverse(d)) is not None]
    names = Names.of(program)
    for inverse in inverses:
        program = _without(program, inverse, {definition.tensor for definition in alone}, names)
    return program


def _without(program: Program, inverse: _Inverse, alone: set[Tensor], names: Names) -> Program:
    """The program with systems in place of products with one inverse, or as it is."""
    tensor, found = inverse.definition.tensor, {d.tensor: _solutions(d, inverse) for d in program.definitions}
    left = [d for d in program.definitions if tensor in read(with_body(d, replaced(d.body, found[d.tensor])))]
    changed = [d for d in program.definitions if found[d.tensor]]
    if left or sum(map(len, found.values())) > MOST or any(d.tensor not in alone for d in changed):
        return program
    made = tuple(part for d in program.definitions for part in _rewritten(d, found[d.tensor], names))
    return program.with_definitions(tuple(d for d in made if d.tensor is not tensor))


def _solutions(definition: Definition, inverse: _Inverse) -> dict[Node, Expr]:
    """The systems for the sums in a definition that are products with an inverse, where they may stand by themselves."""
    unsafe = unsafe_nodes(definition.body)
    sums = [n for n in walk(definition.body) if isinstance(n, Reduce) and n.operation == "sum" and n not in unsafe]
    return {product: system for product in sums if (system := inverse.solved(product)) is not None}


def _rewritten(definition: Definition, found: Mapping[Node, Expr], names: Names) -> Iterator[Definition]:
    whole = found.get(definition.body)
    if whole is not None and set(free_indices(whole)) == set(definition.indices):
        yield with_body(definition, whole)
        return
    parts = Parts(definition, names)
    body = replaced(definition.body, {product: parts.name(system, "solution") for product, system in found.items()})
    yield from parts.definitions
    yield with_body(definition, body)


def _inverse(definition: Definition) -> _Inverse | None:
    """What a definition says of an inverse, if its right sides are unit vectors."""
    match definition.body:
        case Solve(rows, _, matrix, right, position) as system if rows and all(isinstance(place, Index) for place in position):
            deltas = [factor for factor in (right.factors if isinstance(right, Mul) else (right,)) if isinstance(factor, Delta)]
            sides = [side for delta in deltas for side in ((delta.left, delta.right), (delta.right, delta.left))]
            units = {row: other for row, other in sides if row in rows and other in definition.indices}
            is_whole = len(deltas) == len(rows) == len(set(units.values())) and mul(*deltas) is right
            return _Inverse(definition, system, units) if is_whole and not _carried([matrix]) & {*units.values()} else None
        case _:
            return None


def _carried(exprs: Sequence[Expr]) -> set[Expr]:
    return {index for expr in exprs for index in free_indices(expr)}
