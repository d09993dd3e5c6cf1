"""Definitions computed where they are read: in goes a program, out comes one with fewer arrays and fewer passes over memory.

A definition that one other reads, at one access, and that nobody asks for, is put into the other where each of its elements is
then computed once: an activation becomes the epilogue of the matrix product before it, a map the body of the sum after it. The
operands of a matrix product stay arrays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from einlang.ir.indices import substitute
from einlang.ir.naming import Names
from einlang.ir.nodes import Access, Definition, Index, Tensor
from einlang.ir.program import Program
from einlang.plan.contraction import contraction
from einlang.plan.guards import is_hazard
from einlang.plan.isolate import reductions, replaced
from einlang.plan.systems import is_system
from einlang.tree import walk


def fuse(program: Program, stepped: Collection[Definition]) -> Program:
    """The program with definitions put into their only readers; those that step position by position stay as they are."""
    candidates = _read_once(program, stepped)
    waiting: dict[Tensor, Definition] = {}
    kept: list[Definition] = []
    for definition in program.definitions:
        fused, taken = _with_parts(definition, waiting)
        for tensor in [access.tensor for access in _accesses(definition) if access.tensor in waiting]:
            if tensor not in taken and tensor in waiting:
                kept.append(waiting[tensor])
            waiting.pop(tensor, None)
        if definition.tensor in candidates:
            waiting[definition.tensor] = fused
        else:
            kept.append(fused)
    return program.with_definitions((*kept, *waiting.values()))


def _accesses(definition: Definition) -> Iterator[Access]:
    return (node for node in walk(definition.body) if isinstance(node, Access))


def _read_once(program: Program, stepped: Collection[Definition]) -> set[Tensor]:
    """The tensors that are defined, no output, and read at one access of one definition."""
    count: dict[Tensor, int] = {}
    for definition in program.definitions:
        for access in _accesses(definition):
            count[access.tensor] = count.get(access.tensor, 0) + 1
    kept = {*program.outputs, *(refusal.tensor for refusal in program.refusals)}
    kept.update(tensor for d in stepped for tensor in (d.tensor, *(access.tensor for access in _accesses(d))))
    defined = {definition.tensor for definition in program.definitions}
    return {tensor for tensor, n in count.items() if n == 1 and tensor in defined and tensor not in kept}


def _with_parts(definition: Definition, waiting: dict[Tensor, Definition]) -> tuple[Definition, set[Tensor]]:
    """The definition with what it reads put into it where that is allowed, and what that was."""
    taken: set[Tensor] = set()
    for access in [access for access in _accesses(definition) if access.tensor in waiting]:
        part = waiting[access.tensor]
        if _belongs(access, part, definition):
            body = substitute(part.body, dict(zip(part.indices, access.subscripts, strict=True)))
            definition = Definition(definition.tensor, definition.indices, replaced(definition.body, access, body))
            taken.add(access.tensor)
    return definition, taken


def _belongs(access: Access, part: Definition, definition: Definition) -> bool:
    """Whether each element of the part is computed once in the definition, and the form of neither is lost."""
    once = len(set(access.subscripts)) == len(access.subscripts)
    if is_system(definition) or is_system(part):
        return False
    if part.tensor.kind == "int" or is_hazard(access) or not once:
        return False
    found = reductions(definition.body)
    inside = [reduction for reduction in found if access in set(walk(reduction.body))]
    ranging = {*definition.indices, *(index for reduction in inside for index in reduction.indices)}
    if {s for s in access.subscripts if isinstance(s, Index)} != ranging or (found and reductions(part.body)):
        return False
    return not inside or contraction(definition, inside[0], Names(())) is None
