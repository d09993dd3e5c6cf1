"""What is known of the tensors that differentiation makes: in go names and derivatives, out come names for further ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from einlang.calculus.partial import Partial, factors_of
from einlang.ir.naming import Names, derivative_name
from einlang.ir.nodes import Access, Tensor
from einlang.ir.program import DerivativeOf


class Ledger(Names):
    """The names in use, and of what each tensor made is the derivative; a stored block of a derivative counts as it."""

    def __init__(self, taken: Iterable[str], derivatives: Mapping[Tensor, DerivativeOf]) -> None:
        super().__init__(taken)
        self.derivatives = dict(derivatives)

    def copy(self) -> Ledger:
        """The same so far, to try something out."""
        copy = Ledger(self.taken, self.derivatives)
        copy.counts = dict(self.counts)
        return copy

    def order(self, numerator: Tensor, target: Tensor) -> DerivativeOf:
        """∂numerator/∂target: that of a derivative is one of higher order."""
        above = self.derivatives.get(numerator, DerivativeOf(numerator, ()))
        return DerivativeOf(above.numerator, (*above.by, target))

    def name(self, numerator: Tensor, target: Tensor) -> str:
        """A name for ∂numerator/∂target."""
        order = self.order(numerator, target)
        return derivative_name(order.numerator, *order.by)

    def note(self, found: Partial, numerator: Tensor, target: Tensor) -> None:
        """Remember what the tensor made for a derivative holds."""
        for factor in factors_of(found.body):
            if isinstance(factor, Access):
                self.derivatives.setdefault(factor.tensor, self.order(numerator, target))


Naming = Callable[[Ledger, Tensor], str]
"""From a tensor to the name of its adjoint or tangent."""
