"""The order of loops: in goes a definition and its reduction, out comes the form that reads memory along its unit strides."""

from __future__ import annotations

from dataclasses import dataclass, replace

from einlang.ir.indices import free_indices
from einlang.ir.nodes import Access, Add, Apply, Definition, Expr, Index, Reduce
from einlang.plan.kernel import Chunks, Form, Lanes, Map, Search, Tiles
from einlang.plan.merge import product
from einlang.tree import walk

FEW = 16
"""Up to so many values, known when compiled, a reduction is not worth a tree."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A form and why."""

    form: Form
    reason: str


def map_order(definition: Definition, loops: tuple[Index, ...]) -> Choice:
    """Loops in the order of the axes, over tiles where an access has its unit stride along another index than the stores."""
    if not loops:
        return Choice(Map(()), "one number")
    columns = loops[-1]
    crossed = {index: _crossed(index, columns, definition.body) for index in loops[:-1]}
    rows = max(reversed(loops[:-1]), key=crossed.__getitem__, default=columns)
    if crossed.get(rows):
        reason = f"the stores have unit stride along {columns.name}, other accesses along {rows.name}"
        return Choice(Tiles(loops, rows, columns), reason)
    return Choice(Map(loops), f"{columns.name} innermost: the stores have unit stride along it")


def triangle(definition: Definition, choice: Choice) -> Choice | None:
    """The same for a result that exchanging rows and columns does not change, where half of it is worth a copy."""
    form = choice.form
    if isinstance(form, Map) and len(form.loops) > 1 and _is_expensive(definition.body):
        form = Tiles(form.loops, form.loops[-2], form.loops[-1])
    if not isinstance(form, Tiles):
        return None
    return Choice(replace(form, symmetric=True), f"{choice.reason}; one triangle is computed and mirrored, as it is symmetric")


def _is_expensive(body: Expr) -> bool:
    return any(isinstance(node, Apply) and node.operator.expensive for node in walk(body))


def _crossed(index: Index, columns: Index, body: Expr) -> int:
    """The accesses that move by one with an index, and by more with the columns; each counts with its rank."""
    accesses = (node for node in walk(body) if isinstance(node, Access))
    return sum(
        len(access.subscripts)
        for access in accesses
        if _moves(index, access.subscripts) == 1 and _moves(columns, access.subscripts) == -1
    )


def reduction_order(definition: Definition, loops: tuple[Index, ...], reduction: Reduce) -> Choice:
    """Along a reduced index where most accesses have their unit stride, else across it."""
    if reduction.operation in ("argmax", "argmin"):
        return Choice(Search(loops, reduction.indices[0]), "a search, element after element")
    along = {index: _unit_strides(index, reduction.body) for index in reduction.indices}
    inner = max(reversed(reduction.indices), key=along.__getitem__)
    if not loops:
        return Choice(_chunks(loops, reduction, inner), _reason(inner, along[inner], "one result"))
    across = {index: _unit_strides(index, reduction.body) + _stores(index, definition) for index in loops}
    lane = max(reversed(loops), key=across.__getitem__)
    few = product(index.extent for index in reduction.indices).constant
    if across[lane] >= along[inner] or (few is not None and few <= FEW):
        return Choice(_lanes(loops, reduction, lane), _reason(lane, across[lane], f"against {along[inner]} of {inner.name}"))
    return Choice(_chunks(loops, reduction, inner), _reason(inner, along[inner], f"against {across[lane]} of {lane.name}"))


def _reason(index: Index, strides: int, against: str) -> str:
    return f"{index.name} innermost: unit strides less others {strides}, {against}"


def _chunks(loops: tuple[Index, ...], reduction: Reduce, inner: Index) -> Chunks:
    return Chunks(loops, (*(i for i in reduction.indices if i is not inner), inner))


def _lanes(loops: tuple[Index, ...], reduction: Reduce, lane: Index) -> Lanes:
    return Lanes(tuple(i for i in loops if i is not lane), lane, reduction.indices)


def _unit_strides(index: Index, body: Expr) -> int:
    """The axes of accesses along whose last axis the index moves by one, less those of accesses in which it moves otherwise.

    An access counts with its rank: what has more axes moves more memory.
    """
    accesses = (node for node in walk(body) if isinstance(node, Access))
    return sum(_moves(index, access.subscripts) * len(access.subscripts) for access in accesses)


def _stores(index: Index, definition: Definition) -> int:
    return _moves(index, definition.indices)


def _moves(index: Index, subscripts: tuple[Expr, ...]) -> int:
    if not any(index in free_indices(subscript) for subscript in subscripts):
        return 0
    elsewhere = any(index in free_indices(subscript) for subscript in subscripts[:-1])
    return 1 if not elsewhere and _moves_by_one(index, subscripts[-1]) else -1


def _moves_by_one(index: Index, subscript: Expr) -> bool:
    """Whether the subscript is the index, or a sum of it and terms without it."""
    terms = subscript.terms if isinstance(subscript, Add) else (subscript,)
    own = [term for term in terms if index in free_indices(term)]
    return len(own) == 1 and own[0] is index
