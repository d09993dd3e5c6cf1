"""Calls of abstract functions along indices: in goes a program, out comes one whose derivatives of them are of definitions.

The Jacobian of `σ[j](2 Z[i,j])` is that of a definition with this value by one that holds `2 Z[i,j]`. Where the program has no
such definitions they are added. So every partial derivative can be written as one tensor's by another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from einlang.ir.abstract import Held, element_of, generalised
from einlang.ir.indices import free_indices
from einlang.ir.naming import Names, define
from einlang.ir.nodes import Abstract, Access, Definition, Expr, Function, Index, Tensor
from einlang.ir.program import Program, tensors_in
from einlang.optimize.bodies import with_body
from einlang.tree import Node, rewrite, walk


def speakable(program: Program) -> Program:
    """The program with definitions for what partial derivatives of abstract functions along indices are of, and by."""
    if not any(_is_derived(node) for definition in program.definitions for node in walk(definition.body)):
        return program
    return _Speaker(program).run()


def _is_derived(node: Node) -> bool:
    """Whether it is a call along indices that is derived, or stands where no text can say it."""
    return isinstance(node, Abstract) and isinstance(node.function, Function) and bool(node.function.indices) and bool(node.by)


class _Speaker:
    def __init__(self, program: Program) -> None:
        self._program = program
        self._names = Names.of(program)
        self._held = Held(())
        self._definitions: list[Definition] = []
        self._arguments: dict[Expr, Access] = {}
        self._reach: dict[Tensor, frozenset[Tensor]] = {}

    def run(self) -> Program:
        for definition in self._program.definitions:
            body: Expr = rewrite(definition.body, self._rule)
            self._define(with_body(definition, body))
        return self._program.with_definitions(tuple(self._definitions))

    def _define(self, definition: Definition) -> None:
        self._definitions.append(definition)
        self._held.add(definition)
        self._reach[definition.tensor] = self._reached(definition.body)

    def _reached(self, body: Expr) -> frozenset[Tensor]:
        """The tensors that an expression depends on."""
        found = list(tensors_in(body))
        return frozenset(found).union(*(self._reach.get(tensor, ()) for tensor in found))

    def _rule(self, node: Expr) -> Expr | None:
        if not isinstance(node, Abstract) or not _is_derived(node):
            return None
        arguments = list(node.arguments)
        for number in dict.fromkeys(argument for argument, _ in node.by):
            arguments[number] = self._tensor(node, number)
        made = replace(node, arguments=tuple(arguments))
        if self._held.element(made) is None:
            self._hold(made)
        return made

    def _tensor(self, node: Abstract, number: int) -> Access:
        """An argument as an access to a tensor on which no other argument depends."""
        argument = node.arguments[number]
        others = [other for k, other in enumerate(node.arguments) if k != number]
        access = element_of(argument, node.indices[number])
        if access is not None and all(access.tensor not in self._reached(other) for other in others):
            return access
        if argument not in self._arguments:
            word = node.function.parameters[number][0] if isinstance(node.function, Function) else "x"
            indices = tuple(dict.fromkeys((*free_indices(argument), *node.indices[number])))
            definition = define(self._names.spare(f"{node.function.name}_{word}"), indices, argument)
            self._define(definition)
            self._arguments[argument] = Access(definition.tensor, indices)
        return self._arguments[argument]

    def _hold(self, node: Abstract) -> None:
        """Define what a call gives, of which the node is a partial derivative."""
        general, _ = generalised(node)
        outer = [index for index in free_indices(general) if index not in general.positions]
        indices: Iterator[Index] = (index for index in (*outer, *general.positions) if isinstance(index, Index))
        self._define(define(self._names.spare(f"{node.function.name}_value"), tuple(indices), general))
