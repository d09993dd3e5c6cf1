"""Recognition: in goes a program, out comes one in which a quotient that the user named is read by its name inside products.

With `N[i,j] = (X[i,j] - m[i]) / s[i]`, the derived `(X[i,q] - m[i]) dL_ds[i] / (d s[i])` is `N[i,q] dL_ds[i] / d`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from einlang.ir.build import mul, neg
from einlang.ir.indices import free_indices, substitute
from einlang.ir.measure import operations
from einlang.ir.nodes import Access, Add, Definition, Div, Expr, Mul, Tensor
from einlang.ir.program import Program, tensors_in
from einlang.optimize.bodies import with_body
from einlang.optimize.matching import matches
from einlang.optimize.monomials import Monomial
from einlang.optimize.terms import opposite
from einlang.optimize.uses import is_derived
from einlang.tree import rewrite


@dataclass(frozen=True, slots=True)
class _Quotient:
    """What a definition of the user's is, or its negative: a product over a product."""

    own: Expr
    product: Monomial


def recognise(program: Program) -> Program:
    """The program with the user's quotients recognised in derived products."""
    known: dict[Tensor, list[_Quotient]] = {}
    definitions = []
    for definition in program.definitions:
        if is_derived(definition, program):
            quotients = [q for tensor in dict.fromkeys(tensors_in(definition.body)) for q in known.get(tensor, ())]
            definitions.append(_with(definition, quotients))
        else:
            definitions.append(definition)
            for quotient in _quotients(definition):
                known.setdefault(next(iter(tensors_in(definition.body))), []).append(quotient)
    return program.with_definitions(tuple(definitions))


def _quotients(definition: Definition) -> Iterator[_Quotient]:
    """The quotient of a definition in which a sum of terms is divided, all its indices standing there; and its negative."""
    product = Monomial.of(definition.body)
    divides = isinstance(definition.body, Div) and any(isinstance(base, Add) for base in product.above)
    simple = product.value == 1 and all(n == 1 for n in (*product.above.values(), *product.below.values()))
    if not (divides and simple and set(free_indices(definition.body)) == set(definition.indices)):
        return
    own = Access(definition.tensor, definition.indices)
    yield _Quotient(own, product)
    above = {opposite(base) if isinstance(base, Add) else base: n for base, n in product.above.items()}
    if sum(isinstance(base, Add) for base in product.above) == 1:
        yield _Quotient(neg(own), replace(product, above=above))


def _with(definition: Definition, quotients: list[_Quotient]) -> Definition:
    if not quotients:
        return definition

    def rule(node: Expr) -> Expr | None:
        if not isinstance(node, Mul | Div):
            return None
        return next((found for quotient in quotients if (found := _read(node, quotient)) is not None), None)

    body: Expr = rewrite(definition.body, rule)
    return with_body(definition, body)


def _read(node: Expr, quotient: _Quotient) -> Expr | None:
    """A product with the quotient's tensor for its factors, where that is shorter."""
    product = Monomial.of(node)
    above = [base for base, n in product.above.items() if n == 1]
    for first, taken in matches(list(quotient.product.above), above):
        for binding, divided in matches(list(quotient.product.below), list(product.below), (), first):
            rest = product.without(taken)
            below = {base: n - (base in divided) for base, n in rest.below.items()}
            rest = Monomial(rest.coefficient, rest.divisor, rest.above, {base: n for base, n in below.items() if n})
            found = Monomial.of(mul(substitute(quotient.own, binding), rest.expr)).expr
            if operations(found) < operations(node):
                return found
    return None
