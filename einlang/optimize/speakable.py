"""Calls of abstract functions along indices: in goes a program, out comes one whose derivatives of them are of definitions.

The Jacobian of `σ[j](2 Z[i,j])` is that of a definition with this value by one that holds `2 Z[i,j]`. Where the program has no
such definitions they are added. So every partial derivative can be written as one tensor's by another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from einlang.ir.abstract import Held, element_of, generalised, is_plain
from einlang.ir.equality import keys_of_all
from einlang.ir.indices import free_indices
from einlang.ir.naming import Names, define
from einlang.ir.nodes import Abstract, Access, Definition, Expr, Function, Index, Tensor
from einlang.ir.program import Program, tensors_in
from einlang.optimize.bodies import with_body
from einlang.tree import rewrite, walk


def speakable(program: Program) -> Program:
    """The program with definitions for what partial derivatives of abstract functions along indices are of, and by.

    So it is with a call at a position that cannot be named in it, as at 0: it becomes an element of what is defined for all.
    """
    wordless = [call for definition in program.definitions for call in _calls(definition.body) if call.by or not is_plain(call)]
    return _Speaker(program, wordless).run() if wordless else program


def _calls(body: Expr) -> Iterator[Abstract]:
    """The calls along indices, derived or not."""
    return (node for node in walk(body) if isinstance(node, Abstract) and _is_along(node))


def _is_along(call: Abstract) -> bool:
    return isinstance(call.function, Function) and bool(call.function.indices)


class _Speaker:
    def __init__(self, program: Program, wordless: list[Abstract]) -> None:
        self._program = program
        self._names = Names.of(program)
        self._held = Held(())
        self._definitions: list[Definition] = []
        self._reach: dict[Tensor, frozenset[Tensor]] = {}
        for definition in program.definitions:
            self._reach[definition.tensor] = self._reached(definition.body)
        self._wanted = dict.fromkeys(digest for call in wordless for digest in self._unnamed(call))
        self._arguments: dict[str, Tensor] = {}

    def run(self) -> Program:
        for definition in self._program.definitions:
            body: Expr = rewrite(definition.body, self._rule)
            self._define(with_body(definition, body))
        return self._program.with_definitions(tuple(self._definitions))

    def _define(self, definition: Definition) -> None:
        self._definitions.append(definition)
        self._held.add(definition)

    def _reached(self, body: Expr) -> frozenset[Tensor]:
        """The tensors that an expression depends on."""
        found = list(tensors_in(body))
        return frozenset(found).union(*(self._reach.get(tensor, ()) for tensor in found))

    def _unnamed(self, call: Abstract) -> Iterator[str]:
        """The keys of the arguments that a call is derived by, and that are no tensors on which no other argument depends."""
        for number in dict.fromkeys(argument for argument, _ in call.by):
            argument = call.arguments[number]
            access = element_of(argument, call.indices[number])
            others = (other for place, other in enumerate(call.arguments) if place != number)
            if access is None or any(access.tensor in self._reached(other) for other in others):
                yield keys_of_all(argument)[argument][0]

    def _rule(self, node: Expr) -> Expr | None:
        if not isinstance(node, Abstract) or not _is_along(node):
            return None
        made = replace(node, arguments=tuple(self._argument(node, number) for number in range(len(node.arguments))))
        plain = is_plain(made)
        element = None if plain and not made.by else self._held.element(made) or self._hold(made)
        return made if plain or made.by else element

    def _argument(self, call: Abstract, number: int) -> Expr:
        """An argument, read from a definition of it where that is wanted."""
        argument = call.arguments[number]
        digest, free = keys_of_all(argument)[argument]
        if digest not in self._wanted:
            return argument
        if digest not in self._arguments:
            assert isinstance(call.function, Function)
            word = call.function.parameters[number][0]
            definition = define(self._names.spare(f"{call.function.name}_{word}"), free, argument)
            self._define(definition)
            self._arguments[digest] = definition.tensor
        return Access(self._arguments[digest], free)

    def _hold(self, call: Abstract) -> Access | None:
        """Define what a call gives, at any position, or what it is a partial derivative of."""
        general, at = generalised(call)
        outer = [index for index in free_indices(general) if index not in at]
        indices: tuple[Index, ...] = (*outer, *at)
        self._define(define(self._names.spare(f"{call.function.name}_value"), indices, general))
        return self._held.element(call)
