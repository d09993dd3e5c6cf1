"""Derivatives that are asked for: in go a tensor and what to derive it by, out come definitions that say so in derivative nodes.

Nothing is derived here. A product with a Hessian is the gradient of a directional derivative, and a product with a Jacobian from
the left is the gradient of a weighted sum, so that for any number of tensors it is one sweep, and no matrix is formed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations_with_replacement
from typing import NamedTuple

from einlang.calculus.adjoints import LETTERS
from einlang.call import alias
from einlang.ir.build import access, add, mul, total
from einlang.ir.naming import Names, compound_name, define, derivative_name, free_names
from einlang.ir.nodes import Definition, Derivative, Expr, Index, Target, Tensor
from einlang.ir.program import DerivativeOf, Program

Key = str | tuple[str, str]
"""What one result is of: the name of what it is derived by, or two for a second derivative."""


class Forms:
    """Definitions and inputs being added to a program for the derivatives of `numerator` by the tensors `wrt`."""

    def __init__(self, program: Program, numerator: Tensor, wrt: Sequence[Tensor]) -> None:
        self.numerator, self.wrt = numerator, tuple(wrt)
        self.inputs: list[Tensor] = []
        self.definitions: list[Definition] = []
        self.derivatives: dict[Tensor, DerivativeOf] = {}
        self._known = program.derivatives
        tensors = (*program.inputs, *(definition.tensor for definition in program.definitions))
        self._aliases = {alias(tensor.name) for tensor in tensors}
        self._names = Names.of(program)
        self._words = {d.tensor: tuple(index.name for index in d.indices) for d in program.definitions}

    def indices(self, tensor: Tensor) -> tuple[Index, ...]:
        """Indices for the axes of a tensor, named as in its definition."""
        names = self._words.get(tensor) or free_names(LETTERS[: tensor.rank] + "x" * (tensor.rank - len(LETTERS)))
        return tuple(Index(name, extent) for name, extent in zip(names, tensor.shape, strict=True))

    def define(self, name: str, indices: Sequence[Index], body: Expr) -> Tensor:
        """The tensor of a new definition."""
        made = define(self._spare(name), indices, body)
        self.definitions.append(made)
        return made.tensor

    def derivative(self, by: Sequence[Tensor], indices: Sequence[Index], body: Expr) -> Tensor:
        """The tensor of a new definition that holds the derivative of the numerator by some tensors."""
        above = self._known.get(self.numerator, DerivativeOf(self.numerator, ()))
        of = above._replace(by=(*above.by, *by))
        made = self.define(derivative_name(of.numerator, *of.by), indices, body)
        self.derivatives[made] = of
        return made

    def like(self, tensor: Tensor) -> Tensor:
        """A new input of the shape of a tensor: `v_w` for w."""
        made = Tensor(self._spare(f"v_{tensor.name}"), tensor.shape, "float", "input", None)
        self.inputs.append(made)
        return made

    def along(self, directions: Sequence[Tensor], at: Sequence[Index]) -> Expr:
        """The derivative of an element of the numerator along one direction for each tensor."""
        value = access(self.numerator, at)
        terms = []
        for tensor, direction in zip(self.wrt, directions, strict=True):
            summed = self.indices(tensor)
            terms.append(total(summed, mul(_partial(value, tensor, summed), access(direction, summed))))
        return add(*terms)

    def _spare(self, wanted: str) -> str:
        """A name in use neither as it stands nor as Python may spell it."""
        while alias(name := self._names.spare(wanted)) in self._aliases:
            pass
        self._aliases.add(alias(name))
        return name


def _name(word: str, *tensors: Tensor) -> str:
    """`hvp_L_w` for hvp, L and w."""
    first, *others = tensors
    return compound_name((f"{word}_", first), *(("_", tensor) for tensor in others))


def _partial(value: Expr, tensor: Tensor, subscripts: Sequence[Expr]) -> Derivative:
    return Derivative(value, (Target(tensor, tuple(subscripts)),))


Results = Iterator[tuple[Key, Tensor]]


def _first(forms: Forms) -> Results:
    """`dZ_dX[i, p] = ∂Z[i]/∂X[p]`."""
    top = forms.numerator
    for tensor in forms.wrt:
        rows, columns = forms.indices(top), forms.indices(tensor)
        body = _partial(access(top, rows), tensor, columns)
        yield tensor.name, forms.derivative([tensor], (*rows, *columns), body)


def _second(forms: Forms) -> Results:
    """`d2L_dw_dc[p, q] = ∂²L/∂w[p]∂c[q]` for every pair; of two that are transposes of each other one is derived."""
    found: dict[tuple[Tensor, Tensor], Tensor] = {}
    for one, other in combinations_with_replacement(forms.wrt, 2):
        p, q = forms.indices(one), forms.indices(other)
        body = Derivative(access(forms.numerator, ()), (Target(one, p), Target(other, q)))
        found[one, other] = whole = forms.derivative([one, other], (*p, *q), body)
        if one is not other:
            found[other, one] = forms.derivative([other, one], (*q, *p), access(whole, (*p, *q)))
    for one in forms.wrt:
        for other in forms.wrt:
            yield (one.name, other.name), found[one, other]


def _hessian_product(forms: Forms) -> Results:
    """`hvp_L_w[p] = ∂(∂L/∂w[Q] v_w[Q] + …)/∂w[p]`."""
    directions = [forms.like(tensor) for tensor in forms.wrt]
    slope = forms.define(_name("jvp", forms.numerator), (), forms.along(directions, ()))
    for tensor in forms.wrt:
        p = forms.indices(tensor)
        yield tensor.name, forms.define(_name("hvp", forms.numerator, tensor), p, _partial(access(slope, ()), tensor, p))


def _tangent(forms: Forms) -> Results:
    """`jvp_Z_X[i] = ∂Z[i]/∂X[P] v_X[P] + …`."""
    at = forms.indices(forms.numerator)
    body = forms.along([forms.like(tensor) for tensor in forms.wrt], at)
    yield forms.numerator.name, forms.define(_name("jvp", forms.numerator, *forms.wrt), at, body)


def _cotangent(forms: Forms) -> Results:
    """`vjp_Z_X[p] = ∂(v_Z[I] Z[I])/∂X[p]`."""
    top, weights = forms.numerator, forms.like(forms.numerator)
    at = forms.indices(top)
    weighted = forms.define(_name("weighted", top), (), total(at, mul(access(weights, at), access(top, at))))
    for tensor in forms.wrt:
        p = forms.indices(tensor)
        yield tensor.name, forms.define(_name("vjp", top, tensor), p, _partial(access(weighted, ()), tensor, p))


class Form(NamedTuple):
    """A kind of derivative: what messages call it, whether it is of scalars alone, what defines it."""

    noun: str
    of_scalars: bool
    define: Callable[[Forms], Results]


FORMS = {
    "grad": Form("a gradient", True, _first),
    "jacobian": Form("a Jacobian", False, _first),
    "hessian": Form("a Hessian", True, _second),
    "hvp": Form("a product with a Hessian", True, _hessian_product),
    "jvp": Form("a derivative along a direction", False, _tangent),
    "vjp": Form("a derivative of a weighted sum", False, _cotangent),
}
"""Each kind of derivative, by the name of the method and of the option of the command line; a new one is a row."""
