"""Formulas that a person can read and the parser takes: in goes a program, out comes one whose long formulas are in parts.

The parser takes some hundred levels of brackets, and a part that occurs in many places would be written as many times.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import cast

from einlang.ir.indices import free_indices
from einlang.ir.kinds import kind
from einlang.ir.naming import Names, define, derived_name
from einlang.ir.nodes import Access, Definition, Expr, Index, Number, Pi, Size
from einlang.ir.program import Program
from einlang.ir.safety import unsafe_nodes
from einlang.tree import Node, evaluate, fold, walk

DEEPEST, LARGEST, LARGE = 40, 2000, 12
"""Levels and nodes that a formula may have; what is shared and has so many nodes becomes a part where it has more."""


def shallow(program: Program) -> Program:
    """The program with definitions for the parts of formulas that nest too deeply or repeat too much."""
    names: Names | None = None
    definitions: list[Definition] = []
    for definition in program.definitions:
        depth, size = _measure(definition.body)
        if depth <= DEEPEST and size <= LARGEST:
            definitions.append(definition)
            continue
        names = names or Names.of(program)
        parts = _Parts(definition, names, size > LARGEST)
        body = cast(Expr, evaluate(definition.body, parts.visit))
        definitions += [*parts.definitions, Definition(definition.tensor, definition.indices, body)]
    return program if names is None else program.with_definitions(tuple(definitions))


def _measure(body: Expr) -> tuple[int, int]:
    """The levels and the nodes of a formula as it is written."""
    found = fold(body, lambda _, children: (1 + max((d for d, _ in children), default=0), 1 + sum(s for _, s in children)))
    return found[body]


@dataclass(slots=True)
class _Parts:
    """Takes parts out of a formula, children first."""

    definition: Definition
    names: Names
    repeats: bool
    definitions: list[Definition] = field(default_factory=list)
    uses: Counter[Node] = field(default_factory=Counter)
    depths: dict[Node, int] = field(default_factory=dict)
    sizes: dict[Node, int] = field(default_factory=dict)
    unsafe: set[Node] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.unsafe.update(unsafe_nodes(self.definition.body))
        self.uses.update(child for node in walk(self.definition.body) for child in node.children)

    def visit(self, node: Node, children: tuple[Node, ...]) -> Node:
        """The node over its children, or a reference to what is now defined as it."""
        rebuilt = node.rebuild(children)
        self.depths[rebuilt] = 1 + max((self.depths[child] for child in children), default=0)
        self.sizes[rebuilt] = 1 + sum(self.sizes[child] for child in children)
        deep = self.depths[rebuilt] >= DEEPEST
        repeated = self.repeats and self.uses[node] > 1 and self.sizes[rebuilt] >= LARGE
        if node is self.definition.body or node in self.unsafe or not (deep or repeated) or not _can_stand_alone(rebuilt):
            return rebuilt
        part = define(self.names.spare(derived_name(self.definition.tensor, "part")), free_indices(rebuilt), cast(Expr, rebuilt))
        self.definitions.append(part)
        made = Access(part.tensor, free_indices(rebuilt))
        self.depths[made], self.sizes[made] = 1, 1
        for index in made.subscripts:
            self.depths[index] = self.sizes[index] = 1
        return made


def _can_stand_alone(node: Node) -> bool:
    atom = isinstance(node, Access | Index | Number | Pi | Size)
    return isinstance(node, Expr) and not atom and kind(node) == "float"
