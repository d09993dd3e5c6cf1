"""Where tensors are used: in goes a program, out come the places where each tensor is read, and what ranges there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from einlang.ir.indices import free_indices
from einlang.ir.nodes import Access, Definition, Index, Tensor, bound_indices
from einlang.ir.program import Program, tensors_in
from einlang.tree import Node


@dataclass(frozen=True, slots=True)
class Uses:
    """How often a tensor is read.

    Attributes:
        count: the places where it is read.
        each_once: at each place no index ranges but those of its subscripts: what stands there is worked out once an element.
        outside_sums: no place is inside a reduction.
        by_indices: each subscript of each place is an index.
    """

    count: int = 0
    each_once: bool = True
    outside_sums: bool = True
    by_indices: bool = True


def uses(program: Program) -> dict[Tensor, Uses]:
    """The uses of every tensor that definitions read."""
    found: dict[Tensor, Uses] = {}
    for definition in program.definitions:
        for access, scope in accesses(definition):
            known = found.get(access.tensor, Uses())
            plain = all(isinstance(subscript, Index) for subscript in access.subscripts)
            once = scope <= {index for subscript in access.subscripts for index in free_indices(subscript)}
            outside = len(scope) == len(definition.indices)
            found[access.tensor] = Uses(
                known.count + 1, known.each_once and once, known.outside_sums and outside, known.by_indices and plain
            )
    return found


def accesses(definition: Definition) -> Iterator[tuple[Access, frozenset[Index]]]:
    """The accesses of a body, one for each place where they stand, and the indices that range there."""
    seen: set[tuple[Node, frozenset[Index]]] = set()
    stack: list[tuple[Node, frozenset[Index]]] = [(definition.body, frozenset(definition.indices))]
    while stack:
        node, scope = stack.pop()
        if isinstance(node, Access):
            yield node, scope
        if (node, scope) in seen:
            continue
        seen.add((node, scope))
        inner = scope | frozenset(bound_indices(node))
        stack.extend((child, inner) for child in reversed(node.children))


def kept_tensors(program: Program) -> set[Tensor]:
    """What must stay defined under its name: outputs, what refuses a call, and what equations speak of."""
    sides = (side for equation in (*program.assumptions, *program.checks) for side in equation.sides)
    refusals = (refusal.tensor for refusal in program.refusals)
    return {*program.outputs, *refusals, *(tensor for side in sides for tensor in tensors_in(side))}


def named_tensors(program: Program) -> set[Tensor]:
    """What no pass gives another name: what must stay defined, and what the program settled."""
    return kept_tensors(program) | program.settled


def is_derived(definition: Definition, program: Program) -> bool:
    """Whether a derivative brought forth what a definition says, and not the user: it has no form of its own yet."""
    return definition.tensor.declared is None or definition.tensor in program.derived
