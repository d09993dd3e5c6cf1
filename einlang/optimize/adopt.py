"""Adoption: in goes a program, out comes one in which names of the user's stand for what a pass had named.

Where `G[i,j] = dL_dW[i,j]` is all that the user's definition says, G takes the place of dL_dW, and is read where that was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from einlang.ir.indices import substitute
from einlang.ir.nodes import Access, Definition, Index, Tensor
from einlang.ir.program import DerivativeOf, Program
from einlang.optimize.bodies import with_body
from einlang.optimize.inline import expand
from einlang.optimize.uses import named_tensors


def adopt(program: Program) -> Program:
    """The program with definitions made by passes replaced by the user's definitions that are mere copies of them."""
    adopted = _adoptions(program)
    copies = {copy.tensor for copy in adopted.values()}
    aliases = {d.tensor: _alias(adopted[d.tensor], d) for d in program.definitions if d.tensor in adopted}
    definitions: list[Definition] = []
    for definition in program.definitions:
        expanded = with_body(definition, expand(definition.body, aliases))
        if definition.tensor in copies:
            continue
        if definition.tensor in adopted:
            definitions.append(_taken_over(adopted[definition.tensor], expanded))
        else:
            definitions.append(expanded)
    made = program.with_definitions(tuple(definitions))
    return replace(made, derivatives={tensor: _renamed(of, adopted) for tensor, of in made.derivatives.items()})


def _renamed(of: DerivativeOf, adopted: Mapping[Tensor, Definition]) -> DerivativeOf:
    """What a tensor is the derivative of, if names of the user's with axes in the same order stand for parts of it."""
    numerator, *by = (
        adopted[t].tensor if t in adopted and adopted[t].body.children == adopted[t].indices else t
        for t in (of.numerator, *of.by)
    )
    return DerivativeOf(numerator, tuple(by))


def _adoptions(program: Program) -> dict[Tensor, Definition]:
    """For each tensor made by a pass the first definition of the user's that copies it whole, its axes in any order."""
    kept = named_tensors(program)
    made = {d.tensor for d in program.definitions if d.tensor.declared is None and d.tensor not in kept}
    adopted: dict[Tensor, Definition] = {}
    for definition in program.definitions:
        body = definition.body
        if definition.tensor in made or not isinstance(body, Access) or body.tensor not in made:
            continue
        if _is_copy(definition, body) and not _would_be_used_by_its_numerator(program, definition.tensor, body.tensor):
            adopted.setdefault(body.tensor, definition)
    return adopted


def _would_be_used_by_its_numerator(program: Program, copy: Tensor, original: Tensor) -> bool:
    """Whether a derivative is a copy of what is none: that of Σ exp(x[I]) is exp(x[i]), but does not define the sum."""
    return copy in program.derivatives and original not in program.derivatives


def _is_copy(definition: Definition, body: Access) -> bool:
    same_axes = len(body.subscripts) == len(definition.indices) and set(body.subscripts) == set(definition.indices)
    extents = tuple(subscript.extent for subscript in body.subscripts if isinstance(subscript, Index))
    return same_axes and extents == body.tensor.shape and body.tensor.kind == definition.tensor.kind


def _taken_over(copy: Definition, original: Definition) -> Definition:
    """The copy, with the body of the original."""
    assert isinstance(copy.body, Access)
    renaming = dict(zip(original.indices, copy.body.subscripts, strict=True))
    return Definition(copy.tensor, copy.indices, substitute(original.body, renaming))


def _alias(copy: Definition, original: Definition) -> Definition:
    """The original as a copy of the copy."""
    assert isinstance(copy.body, Access)
    renaming = dict(zip(copy.body.subscripts, original.indices, strict=True))
    subscripts = tuple(renaming[index] for index in copy.indices)
    return Definition(original.tensor, original.indices, Access(copy.tensor, subscripts))
