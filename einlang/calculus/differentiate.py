"""Derivatives worked out: in goes a program with `Derivative` nodes, out comes one without, with definitions of the derivatives.

Derivatives are worked out in the order of the definitions, the inner before the outer: a gradient is a definition like any
other, and can be differentiated again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from einlang.calculus.adjoints import LETTERS, Adjoints, Definitions
from einlang.diagnostics import Report
from einlang.errors import InternalError
from einlang.ir.indices import free_indices
from einlang.ir.naming import Names, define, derivative_name
from einlang.ir.nodes import Access, Definition, Derivative, Expr, Index, Number, Target, Tensor, Zero
from einlang.ir.program import DerivativeOf, Equation, Program
from einlang.tree import rewrite, walk

NUMERATOR = "f"
"""The name of a numerator that has none: `df_dx` for `∂(x[I]^2)/∂x[j]`."""


def differentiate(program: Program, report: Report | None = None) -> Program:
    """The program with each derivative replaced by an element of a tensor that new definitions give.

    A derivative of a tensor of rank 1 or more is reported as `not-supported-yet` (raises InternalError without a report).
    """
    return _Differentiation(program, report).run()


def gradient(program: Program, output: str, wrt: Sequence[str]) -> Program:
    """The program with ∂output/∂T for each T of `wrt` as further outputs, named `dL_dW1`, in this order.

    Raises ValueError where `output` is not a scalar, or a name is not a tensor of the program.
    """
    tensors = {tensor.name: tensor for tensor in (*program.inputs, *(d.tensor for d in program.definitions))}
    unknown = [name for name in (output, *wrt) if name not in tensors]
    if unknown:
        raise ValueError(f"the program has no tensor {unknown[0]}")
    if tensors[output].rank:
        raise ValueError(f"{output} has rank {tensors[output].rank}; a gradient is of a scalar")
    targets = list(dict.fromkeys(tensors[name] for name in wrt))
    return _Differentiation(program, None).run(tensors[output], targets)


class _Differentiation:
    def __init__(self, program: Program, report: Report | None) -> None:
        self._program = program
        self._report = report
        self._names = Names.of(program)
        self._definitions: Definitions = {}
        self._adjoints: dict[Tensor, Adjoints] = {}
        self._numerators: dict[Expr, Tensor] = {}
        self._targets = _targets(program)

    def run(self, scalar: Tensor | None = None, wrt: Sequence[Tensor] = ()) -> Program:
        """The program without derivatives; with those of `scalar` by the tensors of `wrt` as further outputs."""
        for definition in self._program.definitions:
            body = self._worked_out(definition.body, definition.tensor)
            self._definitions[definition.tensor] = Definition(definition.tensor, definition.indices, body)
        assumptions, checks = (self._equations(found) for found in (self._program.assumptions, self._program.checks))
        outputs = (*self._program.outputs, *([] if scalar is None else self._gradients(scalar, wrt)))
        definitions = tuple(self._definitions.values())
        return replace(
            self._program,
            definitions=definitions,
            outputs=outputs,
            assumptions=assumptions,
            checks=checks,
            derivatives=self._provenance(),
        )

    def _provenance(self) -> dict[Tensor, DerivativeOf]:
        """What each tensor that holds a derivative is the derivative of: that of a derivative is one of higher order."""
        found = dict(self._program.derivatives)
        for numerator, adjoints in self._adjoints.items():
            above = found.get(numerator, DerivativeOf(numerator, ()))
            found.update((made, above._replace(by=(*above.by, target))) for target, made in adjoints.made())
        return found

    def _equations(self, equations: Iterable[Equation]) -> tuple[Equation, ...]:
        return tuple(replace(e, sides=tuple(self._worked_out(side, None) for side in e.sides)) for e in equations)

    def _worked_out(self, body: Expr, place: Tensor | None) -> Expr:
        result: Expr = rewrite(body, lambda node: self._derivative(node, place) if isinstance(node, Derivative) else None)
        return result

    def _derivative(self, derivative: Derivative, place: Tensor | None) -> Expr:
        """∂e/∂T[p, q] as an element of the derivative of e by T; further tensors, one after the other."""
        value = derivative.body
        for target in derivative.wrt:
            if isinstance(value, Zero | Number):
                return Zero()
            if free_indices(value):
                return self._unsupported(place)
            value = self._element(value, target)
        return value

    def _element(self, value: Expr, target: Target) -> Expr:
        numerator = self._numerator(value)
        by = self._extended(numerator, self._targets.get(value, [target.tensor]))
        return by[target.tensor].at(target.subscripts)

    def _extended(self, numerator: Tensor, targets: Sequence[Tensor]) -> Adjoints:
        adjoints = self._adjoints.setdefault(numerator, Adjoints(numerator, self._names))
        self._definitions = adjoints.extend(self._definitions, targets)
        return adjoints

    def _numerator(self, value: Expr) -> Tensor:
        """The scalar tensor that has this value, made where there is none."""
        if isinstance(value, Access) and not value.tensor.rank:
            return value.tensor
        if value not in self._numerators:
            made = define(self._names.spare(NUMERATOR), (), value)
            self._definitions[made.tensor] = made
            self._numerators[value] = made.tensor
        return self._numerators[value]

    def _unsupported(self, place: Tensor | None) -> Zero:
        message = "the derivative of something that has indices is not built yet, only that of a scalar"
        if self._report is None or place is None or place.declared is None:
            raise InternalError("calculus", message)
        self._report.add("not-supported-yet", place.declared, message, label="a derivative in this definition")
        return Zero()

    def _gradients(self, scalar: Tensor, wrt: Sequence[Tensor]) -> Iterator[Tensor]:
        """The tensors of the derivatives of a scalar, in the order of `wrt`."""
        adjoints = self._extended(scalar, wrt)
        for target in wrt:
            found = adjoints[target]
            if isinstance(found.body, Access):
                yield found.body.tensor
                continue
            indices = found.indices or tuple(Index(name, extent) for name, extent in zip(LETTERS, target.shape, strict=False))
            made = define(self._names.spare(derivative_name(scalar, target)), indices, found.body)
            self._definitions[made.tensor] = made
            yield made.tensor


def _targets(program: Program) -> dict[Expr, list[Tensor]]:
    """What each numerator is differentiated by, anywhere in the program: it is all found in one sweep."""
    targets: dict[Expr, list[Tensor]] = {}
    for definition in program.definitions:
        for node in walk(definition.body):
            if isinstance(node, Derivative):
                targets.setdefault(node.body, []).append(node.wrt[0].tensor)
    return targets
