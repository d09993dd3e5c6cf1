"""Systems of equations made ready for a kernel: in goes a definition, out come those of its matrix, right side and solution.

The matrix has its batch, then rows, then columns as axes, and is read nowhere else: elimination overwrites it. The right side has
the same batch, then what indexes further right sides of one matrix, then rows; the solution has columns in place of the rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from einlang.ir.indices import free_indices
from einlang.ir.naming import Names, define, derived_name
from einlang.ir.nodes import Access, Definition, Expr, Index, Reduce, Solve


def standing_alone(definition: Definition, names: Names, step: Index | None) -> Iterator[Definition]:
    """The definitions of matrix and right side, that of the solution, and a copy of it where its axes have another order.

    Where it is computed position by position, by `step`, these are those of one position.
    """
    system = definition.body
    own = tuple(index for index in definition.indices if index is not step)
    if not isinstance(system, Solve):
        yield from _determinant(definition, own, names)
        return
    batch = tuple(index for index in batch_of(definition) if index is not step)
    others = tuple(index for index in own if index not in (*batch, *system.position))

    def stored(expr: Expr, word: str, *indices: Index) -> Iterator[Definition]:
        yield define(names.spare(derived_name(definition.tensor, word)), indices, expr)

    matrix, right = (*batch, *system.rows, *system.columns), (*batch, *others, *system.rows)
    (first,), (second,) = stored(system.matrix, "matrix", *matrix), stored(system.right, "right", *right)
    yield from (first, second)
    accesses = Access(first.tensor, matrix), Access(second.tensor, right)
    body = Solve(system.rows, system.columns, *accesses, system.position)
    solved = (*batch, *others, *(index for index in system.position if isinstance(index, Index)))
    if solved == own and (own == definition.indices or definition.indices[0] is step):
        yield Definition(definition.tensor, definition.indices, body)
        return
    (found,) = stored(body, "solution", *solved)
    yield from (found, Definition(definition.tensor, definition.indices, Access(found.tensor, solved)))


def is_system(definition: Definition) -> bool:
    """Whether it is computed by elimination, over a matrix of its own."""
    body = definition.body
    return isinstance(body, Solve) or (isinstance(body, Reduce) and body.operation == "logdet")


def _determinant(definition: Definition, own: tuple[Index, ...], names: Names) -> Iterator[Definition]:
    """The definitions of the matrix and of the logarithm of its determinant."""
    body = definition.body
    assert isinstance(body, Reduce)
    indices = (*own, *body.indices)
    matrix = define(names.spare(derived_name(definition.tensor, "matrix")), indices, body.body)
    yield matrix
    yield Definition(definition.tensor, definition.indices, Reduce("logdet", body.indices, Access(matrix.tensor, indices)))


def batch_of(definition: Definition) -> tuple[Index, ...]:
    """The indices of a definition for each of whose positions there is another matrix."""
    assert isinstance(definition.body, Solve)
    return tuple(index for index in definition.indices if index in free_indices(definition.body.matrix))
