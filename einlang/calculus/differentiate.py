"""Derivatives worked out: in goes a program with `Derivative` nodes, out comes one without, with definitions of the derivatives.

Derivatives are worked out in the order of the definitions, the inner before the outer: a gradient is a definition like any
other, and can be differentiated again. Of the derivatives that are left, terms that one sweep finds come first, then sums.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from einlang.calculus.adjoints import LETTERS
from einlang.calculus.contraction import Single, contracted, pending
from einlang.calculus.engine import Engine, plain_indices
from einlang.calculus.grouping import groups
from einlang.calculus.ledger import Ledger
from einlang.calculus.partial import factors_of
from einlang.ir.build import add, mul
from einlang.ir.equality import key
from einlang.ir.indices import free_indices
from einlang.ir.naming import Names, define, derivative_name, derived_name
from einlang.ir.nodes import Access, Add, Definition, Delta, Derivative, Expr, Index, Number, Reduce, Target, Tensor, Zero
from einlang.ir.program import Equation, Program
from einlang.ir.recurrences import circles, grouped
from einlang.tree import rewrite, walk

Tidy = Callable[[Program], Program]

NUMERATOR = "f"
"""The name of a numerator that has none: `df_dx` for `∂(x[I]^2)/∂x[j]`."""


def differentiate(program: Program, tidy: Tidy | None = None) -> Program:
    """The program with each derivative replaced by an element of a tensor that new definitions give.

    What is derived again goes through `tidy` first, which keeps names: the shorter a gradient, the shorter the Hessian.

    `blocks.take_apart` says of `dZ_dX[i,j,p,q] = ∂Z[i,j]/∂X[p,q]`, after this, which of its axes δ makes equal.
    """
    return _Differentiation(program, tidy).run()


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
    def __init__(self, program: Program, tidy: Tidy | None) -> None:
        self._program = replace(program, derived=program.derived | _with_derivatives(program))
        self._tidy = tidy
        names = Names.of(program)
        ledger = Ledger(names.taken, program.derivatives)
        self._engine = Engine(
            {}, ledger, dict(program.sizes), frozenset(d.tensor for members in circles(program.definitions) for d in members)
        )
        self._numerators: dict[str, Tensor] = {}
        self._together = _together(program)

    def run(self, scalar: Tensor | None = None, wrt: Sequence[Tensor] = ()) -> Program:
        """The program without derivatives; with those of `scalar` by the tensors of `wrt` as further outputs."""
        for definition in self._program.definitions:
            body = self._worked_out(definition.body)
            self._engine.define(Definition(definition.tensor, definition.indices, body))
        assumptions, checks = (self._equations(found) for found in (self._program.assumptions, self._program.checks))
        outputs = (*self._program.outputs, *([] if scalar is None else self._gradients(scalar, wrt)))
        made = self._engine.definitions
        known = self._engine.ledger.derivatives
        derivatives = {tensor: of for tensor, of in known.items() if tensor in made and tensor.shape == of.shape}
        return replace(
            self._program,
            definitions=grouped(tuple(made.values())),
            outputs=outputs,
            assumptions=assumptions,
            checks=checks,
            derivatives=derivatives,
        )

    def _equations(self, equations: Iterable[Equation]) -> tuple[Equation, ...]:
        return tuple(replace(e, sides=tuple(self._worked_out(side) for side in e.sides)) for e in equations)

    def _worked_out(self, body: Expr) -> Expr:
        """The expression without derivatives."""
        return self._without(self._engine, rewrite(body, self._of_worked_out))

    def _of_worked_out(self, node: Any) -> Expr | None:
        """A derivative whose numerator holds none."""
        return Derivative(self._without(self._engine, node.body), node.wrt) if isinstance(node, Derivative) else None

    def _without(self, engine: Engine, body: Expr) -> Expr:
        """The expression, whose derivatives hold none: terms together first, then sums of products, then what is left."""
        if not any(isinstance(node, Derivative) for node in walk(body)):
            return body
        return self._apart(engine, rewrite(body, lambda node: self._grouped(engine, node) if isinstance(node, Add) else None))

    def _grouped(self, engine: Engine, node: Add) -> Expr:
        """The terms of each group added up by one sweep, where that costs less than whole derivatives."""
        terms = dict(enumerate(node.terms))
        for group in groups(node, engine.recurs):
            each = add(*(node.terms[position] for position in group.positions))
            together, apart = partial(group.value, single=self._single), partial(self._plainly, body=each)
            found = engine.cheapest([together, apart] if group.may_be_dearer else [together])
            assert isinstance(found, Expr)
            first, *others = group.positions
            terms = {n: found if n == first else term for n, term in terms.items() if n not in others}
        return add(*terms.values())

    def _apart(self, engine: Engine, body: Expr) -> Expr:
        """The expression, each of its terms by itself."""
        rewritten = rewrite(body, lambda node: self._summed(engine, node) if isinstance(node, Reduce) and pending(node) else None)
        return self._plainly(engine, rewritten)

    def _summed(self, engine: Engine, node: Reduce) -> Expr:
        return contracted(engine, node, self._single, self._value)

    def _plainly(self, engine: Engine, body: Expr) -> Expr:
        """The expression, each derivative worked out by itself."""
        result: Expr = rewrite(body, lambda node: self._value(engine, node) if isinstance(node, Derivative) else None)
        return result

    def _value(self, engine: Engine, derivative: Derivative) -> Expr:
        """∂e/∂T[p, q] as an element of the derivative of e by T; further tensors, one after the other."""
        return self._derived(engine, derivative.body, derivative.wrt)

    def _derived(self, engine: Engine, value: Expr, wrt: Iterable[Target]) -> Expr:
        for target in wrt:
            outside, inside = _structure(value)
            if isinstance(inside, Zero | Number):
                return Zero()
            together = self._together.get(inside, ())
            numerator, subscripts = self._numerator(engine, inside)
            found = engine.derivative(numerator, target.tensor, together)
            value = mul(*outside, found.at(subscripts, target.subscripts))
        return value

    def _single(self, engine: Engine, derivative: Derivative, number: int) -> Single | None:
        """The first derivative, by the target of that number, of the derivative by the others."""
        others = [target for n, target in enumerate(derivative.wrt) if n != number]
        target = derivative.wrt[number]
        outside, inside = _structure(self._derived(engine, derivative.body, others))
        if isinstance(inside, Zero | Number):
            return None
        return Single(outside, *self._numerator(engine, inside), target.tensor, target.subscripts)

    def _numerator(self, engine: Engine, value: Expr) -> tuple[Tensor, tuple[Expr, ...]]:
        """The tensor that has this value, made where there is none, and the subscripts at which it has it."""
        if isinstance(value, Access) and plain_indices(value.tensor, value.subscripts) is not None:
            self._tidied(engine, value.tensor)
            return value.tensor, value.subscripts
        free, known = free_indices(value), key(value)
        if self._numerators.get(known) not in engine.definitions:
            word = derived_name(value.tensor, "part") if isinstance(value, Access) else NUMERATOR
            made = define(engine.ledger.spare(word), free, value)
            engine.define(made)
            self._numerators[known] = made.tensor
        return self._numerators[known], free

    def _tidied(self, engine: Engine, numerator: Tensor) -> None:
        """Tidy the definitions that derivatives brought forth, if one of these is about to be derived again."""
        if self._tidy is None or numerator in engine.tidied or not self._is_derived(numerator):
            return
        asked = replace(self._program, definitions=tuple(engine.definitions.values()), outputs=(numerator,))
        tidied = self._tidy(replace(asked, assumptions=(), checks=(), derivatives=engine.ledger.derivatives))
        changed = {d.tensor: d for d in tidied.definitions if self._is_derived(d.tensor) and d.tensor in engine.definitions}
        engine.definitions = {**engine.definitions, **changed}
        engine.tidied |= {numerator}

    def _is_derived(self, tensor: Tensor) -> bool:
        return tensor.role == "definition" and (tensor.declared is None or tensor in self._program.derived)

    def _gradients(self, scalar: Tensor, wrt: Sequence[Tensor]) -> Iterator[Tensor]:
        """The tensors of the derivatives of a scalar, in the order of `wrt`."""
        for target in wrt:
            found = self._engine.derivative(scalar, target, wrt)
            if isinstance(found.body, Access):
                yield found.body.tensor
                continue
            indices = found.right or tuple(Index(name, extent) for name, extent in zip(LETTERS, target.shape, strict=False))
            made = define(self._engine.ledger.spare(derivative_name(scalar, target)), indices, found.body)
            self._engine.define(made)
            yield made.tensor


def _with_derivatives(program: Program) -> frozenset[Tensor]:
    """The tensors in whose definitions derivatives stand."""
    return frozenset(d.tensor for d in program.definitions if any(isinstance(node, Derivative) for node in walk(d.body)))


def _structure(value: Expr) -> tuple[tuple[Expr, ...], Expr]:
    """The δ that a value is a product of with something else, and that."""
    factors = factors_of(value)
    deltas = tuple(factor for factor in factors if isinstance(factor, Delta))
    return deltas, mul(*(factor for factor in factors if factor not in deltas))


def _together(program: Program) -> dict[Expr, list[Tensor]]:
    """What each numerator is differentiated by, anywhere in the program: for a scalar it is all found in one sweep."""
    targets: dict[Expr, list[Tensor]] = {}
    for definition in program.definitions:
        for node in walk(definition.body):
            if isinstance(node, Derivative):
                targets.setdefault(node.body, []).append(node.wrt[0].tensor)
    return targets
