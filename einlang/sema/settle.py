"""The last step: in goes a program whose extents are in part unknown, out comes it with the extents that equations found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from einlang.ir.affine import without_deltas
from einlang.ir.build import number
from einlang.ir.extent import Extent
from einlang.ir.linear import normal_position
from einlang.ir.nodes import Abstract, Access, Definition, Expr, Function, Index, Reduce, Size, Solve, Target, Tensor
from einlang.ir.program import Elements, Equation, Program, Refusal
from einlang.tree import Node, evaluate, fold


def settle(program: Program, reduced: Callable[[Extent], Extent]) -> Program:
    """The program with `reduced` applied to every extent in it."""
    settler = _Settler(reduced)
    equations = (*program.assumptions, *program.checks)
    roots = [*(d.body for d in program.definitions), *(side for equation in equations for side in equation.sides)]
    settled = fold(roots, settler.visit)

    def equation(old: Equation) -> Equation:
        return replace(old, indices=settler.indices(old.indices), sides=tuple(cast(Expr, settled[s]) for s in old.sides))

    return replace(
        program,
        inputs=tuple(settler.tensor(tensor) for tensor in program.inputs),
        outputs=tuple(settler.tensor(tensor) for tensor in program.outputs),
        definitions=tuple(
            Definition(settler.tensor(d.tensor), settler.indices(d.indices), cast(Expr, settled[d.body]))
            for d in program.definitions
        ),
        assumptions=tuple(equation(old) for old in program.assumptions),
        checks=tuple(equation(old) for old in program.checks),
        updates={settler.tensor(new): settler.tensor(old) for new, old in program.updates.items()},
        refusals=tuple(settler.refusal(old) for old in program.refusals),
    )


@dataclass(slots=True)
class _Settler:
    reduced: Callable[[Extent], Extent]
    _indices: dict[Index, Index] = field(default_factory=dict)
    _tensors: dict[Tensor, Tensor] = field(default_factory=dict)

    def visit(self, node: Node, children: tuple[Node, ...]) -> Node:
        """The node over its settled children."""
        match node:
            case Index():
                return self.index(node)
            case Size(extent):
                value = self.reduced(extent)
                return Size(value) if value.constant is None else number(value.constant)
            case Access(tensor):
                positions = tuple(normal_position(cast(Expr, child)) for child in children)
                return Access(self.tensor(tensor), positions)
            case Target(tensor):
                return replace(node.rebuild(children), tensor=self.tensor(tensor))
            case Abstract(function):
                indices = tuple(map(self.indices, node.indices))
                return replace(node.rebuild(children), function=self.function(function), indices=indices)
            case Reduce(_, indices):
                return replace(node.rebuild(children), indices=self.indices(indices))
            case Solve(rows, columns):
                made = replace(node.rebuild(children), rows=self.indices(rows), columns=self.indices(columns))
                return replace(made, matrix=without_deltas(made.matrix))
            case _:
                return node.rebuild(children)

    def function(self, function: Function | Tensor) -> Function | Tensor:
        if isinstance(function, Tensor):
            return self.tensor(function)
        if function.body is None:
            return function
        expr = cast(Expr, evaluate(function.body.expr, self.visit))
        return replace(function, body=replace(function.body, expr=expr))

    def index(self, index: Index) -> Index:
        if index not in self._indices:
            self._indices[index] = replace(index, extent=self.reduced(index.extent))
        return self._indices[index]

    def indices(self, indices: Sequence[Index]) -> tuple[Index, ...]:
        return tuple(self.index(index) for index in indices)

    def refusal(self, old: Refusal) -> Refusal:
        found = old.elements
        if found is not None:
            forms = [tuple(tuple(map(self.reduced, form)) for form in forms) for forms in (found.subscripts, found.conditions)]
            found = Elements(self.tensor(found.tensor), tuple(map(self.reduced, found.ranges)), *forms)
        return old._replace(tensor=self.tensor(old.tensor), elements=found, length=self.reduced(old.length))

    def tensor(self, tensor: Tensor) -> Tensor:
        if tensor not in self._tensors:
            self._tensors[tensor] = replace(tensor, shape=tuple(self.reduced(extent) for extent in tensor.shape))
        return self._tensors[tensor]
