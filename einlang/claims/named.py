"""Derivatives by themselves: in goes a program, out comes it with a definition for each derivative, and their formulas.

`S[i] = ∂Z[i]/∂x[2] v[i]` becomes `dZ_dx[i,p] = ∂Z[i]/∂x[p]` and `S[i] = dZ_dx[i,2] v[i]`: derivatives are taken with distinct
subscripts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple, cast

from einlang.codegen.ein import emit_expression
from einlang.ir.abstract import depended_on
from einlang.ir.indices import free_indices
from einlang.ir.naming import Names, define, derivative_name, free_names
from einlang.ir.nodes import Access, Definition, Derivative, Expr, Index, Target, Tensor
from einlang.ir.program import Equation, Program, tensors_in
from einlang.tree import rewrite, walk

BY, OF = "pqrstuvw", "ijklmn"
"""Names for indices of what is derived by, and of scalars' denominators."""


class Named(NamedTuple):
    """A program whose derivatives are definitions by themselves.

    Attributes:
        formulas: of each such definition, in the notation.
    """

    program: Program
    formulas: dict[Tensor, str]


def named_derivatives(program: Program) -> Named:
    """The program with each derivative that it takes, in definitions and equations, as a definition."""
    return _Naming(program).run()


def has_derivatives(program: Program) -> bool:
    """Whether the program takes a derivative anywhere."""
    sides = (side for equation in (*program.assumptions, *program.checks) for side in equation.sides)
    return any(isinstance(node, Derivative) for root in (*(d.body for d in program.definitions), *sides) for node in walk(root))


def with_gradients(program: Program) -> Program:
    """The program with derivatives of its scalar outputs (of all, where there is none) by their params (else by their inputs)."""
    floats = [tensor for tensor in program.outputs if tensor.kind == "float"]
    names = Names.of(program)
    made = [
        Definition(
            Tensor(names.spare(derivative_name(output, by)), (*output.shape, *by.shape), "float", "definition", None), *rest
        )
        for output in [tensor for tensor in floats if not tensor.rank] or floats
        for by in _by(program, output)
        for rest in [_plain(output, (by,), program)]
    ]
    outputs = tuple(definition.tensor for definition in made)
    return replace(program, definitions=(*program.definitions, *made), outputs=outputs)


def _by(program: Program, output: Tensor) -> list[Tensor]:
    """The params that an output depends on, or the inputs."""
    needed = {output} | {tensor for definition in depended_on(program, [output]) for tensor in tensors_in(definition.body)}
    found = [tensor for tensor in program.inputs if tensor in needed and tensor.kind == "float"]
    return [tensor for tensor in found if tensor.role == "param"] or found


def _plain(numerator: Tensor, by: Sequence[Tensor], program: Program) -> tuple[tuple[Index, ...], Derivative]:
    """The derivative with distinct subscripts, and these."""
    definition = program.definition(numerator)
    own = [index.name for index in definition.indices] if definition else OF[: numerator.rank]
    letters = iter(BY if numerator.rank else OF)
    wanted = [*own, *(next(letters, "x") for tensor in by for _ in tensor.shape)]
    extents = (extent for tensor in (numerator, *by) for extent in tensor.shape)
    indices = tuple(Index(name, extent) for name, extent in zip(free_names(wanted), extents, strict=True))
    rest = iter(indices)
    top = Access(numerator, tuple(next(rest) for _ in numerator.shape))
    return indices, Derivative(top, tuple(Target(tensor, tuple(next(rest) for _ in tensor.shape)) for tensor in by))


class _Naming:
    def __init__(self, program: Program) -> None:
        self._program = program
        self._names = Names.of(program)
        self._definitions: list[Definition] = []
        self._formulas: dict[Tensor, str] = {}
        self._known: dict[tuple[Tensor, tuple[Tensor, ...]], Tensor] = {}
        self._numerators: dict[Expr, tuple[Tensor, tuple[Index, ...]]] = {}

    def run(self) -> Named:
        for definition in self._program.definitions:
            body = self._named(definition.body)
            self._definitions.append(Definition(definition.tensor, definition.indices, body))
        assumptions, checks = (tuple(map(self._equation, found)) for found in (self._program.assumptions, self._program.checks))
        program = replace(self._now, assumptions=assumptions, checks=checks)
        return Named(program, self._formulas)

    @property
    def _now(self) -> Program:
        return replace(self._program, definitions=tuple(self._definitions))

    def _equation(self, equation: Equation) -> Equation:
        return replace(equation, sides=tuple(map(self._named, equation.sides)))

    def _named(self, body: Expr) -> Expr:
        return cast(Expr, rewrite(body, lambda node: self._access(node) if isinstance(node, Derivative) else None))

    def _access(self, derivative: Derivative) -> Expr:
        """The element of the definition of a derivative."""
        numerator, subscripts = self._numerator(derivative.body)
        by = tuple(target.tensor for target in derivative.wrt)
        if (numerator, by) not in self._known:
            self._known[numerator, by] = self._define(numerator, by)
        return Access(self._known[numerator, by], (*subscripts, *(s for target in derivative.wrt for s in target.subscripts)))

    def _define(self, numerator: Tensor, by: tuple[Tensor, ...]) -> Tensor:
        indices, plain = _plain(numerator, by, self._now)
        name = self._names.spare(derivative_name(numerator, by[0]))
        made = Tensor(name, tuple(index.extent for index in indices), "float", "definition", None)
        self._formulas[made] = self._formula(numerator, plain)
        self._definitions.append(Definition(made, indices, plain))
        return made

    def _numerator(self, body: Expr) -> tuple[Tensor, tuple[Expr, ...]]:
        """The tensor that is derived, and at which subscripts."""
        if isinstance(body, Access):
            return body.tensor, body.subscripts
        if body not in self._numerators:
            indices = free_indices(body)
            made = define(self._names.spare("f"), indices, body)
            self._formulas[made.tensor] = f"({emit_expression(body, self._now, indices)})"
            self._definitions.append(made)
            self._numerators[body] = made.tensor, indices
        return self._numerators[body]

    def _formula(self, numerator: Tensor, plain: Derivative) -> str:
        """`∂L/∂W[i,j]`, `∂²L/∂w[i]∂w[j]`, `∂(∂L/∂w[i])/∂w[p]`."""
        assert isinstance(plain.body, Access)
        inner = self._formulas.get(numerator, "")
        above = (inner if inner.startswith("(") else f"({inner})") if inner else _reference(numerator, plain.body.subscripts)
        order = ("", "²", "³")[len(plain.wrt) - 1]
        return f"∂{order}{above}/" + "".join(f"∂{_reference(target.tensor, target.subscripts)}" for target in plain.wrt)


def _reference(tensor: Tensor, subscripts: Sequence[Expr]) -> str:
    names = ",".join(index.name for index in subscripts if isinstance(index, Index))
    return f"{tensor.name}[{names}]" if names else tensor.name


def uses_of(program: Program) -> Iterator[Definition]:
    """The definitions that do something with a derivative, beyond being one."""
    for definition in program.definitions:
        body = definition.body
        plain = isinstance(body, Derivative) and all(set(map(type, t.subscripts)) <= {Index} for t in body.wrt)
        if not plain and any(isinstance(node, Derivative) for node in walk(body)):
            yield definition
