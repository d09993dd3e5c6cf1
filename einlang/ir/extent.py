"""Extents: polynomials with whole coefficients in named sizes, in one normal form, so that equal extents are one object."""

from __future__ import annotations

from collections.abc import Mapping

from einlang.tree import Interned, Node, node

Monomial = tuple[str, ...]


@node
class Extent(Node, metaclass=Interned):
    """A sum of coefficient times sizes. `terms` is sorted and has no zero coefficients; build with the functions below.

    A size is known by its spelling in the language: `k0`, or `size(x, 0)` where a sketch gave the axis no name.
    """

    terms: tuple[tuple[Monomial, int], ...]

    def __add__(self, other: Extent | int) -> Extent:
        return _from_terms([*self.terms, *_extent(other).terms])

    def __mul__(self, other: Extent | int) -> Extent:
        return _from_terms(
            [(tuple(sorted(a + b)), x * y) for a, x in self.terms for b, y in _extent(other).terms],
        )

    def __sub__(self, other: Extent | int) -> Extent:
        return self + _extent(other) * -1

    @property
    def constant(self) -> int | None:
        """The value where it depends on no size, else None."""
        if not self.terms:
            return 0
        return self.terms[0][1] if self.terms[0][0] == () and len(self.terms) == 1 else None

    @property
    def sizes(self) -> tuple[str, ...]:
        """The sizes that occur, sorted."""
        return tuple(sorted({size for monomial, _ in self.terms for size in monomial}))

    @property
    def size(self) -> str | None:
        """The size's name where the extent is one size alone, else None."""
        return self.terms[0][0][0] if len(self.terms) == 1 and self.terms[0][1] == 1 and len(self.terms[0][0]) == 1 else None

    def evaluate(self, sizes: Mapping[str, int]) -> int:
        """The number for given sizes. Raises KeyError for a size that is not given."""
        total = 0
        for monomial, coefficient in self.terms:
            product = coefficient
            for name in monomial:
                product *= sizes[name]
            total += product
        return total

    def substitute(self, sizes: Mapping[str, Extent]) -> Extent:
        """Each size replaced by its extent in `sizes`, where it has one."""
        total = fixed(0)
        for monomial, coefficient in self.terms:
            product = fixed(coefficient)
            for name in monomial:
                product = product * sizes.get(name, sized(name))
            total = total + product
        return total

    def spell(self, names: Mapping[str, str] | None = None, times: str = "*") -> str:
        """The extent as text, `2*h + 1`; `names` gives other spellings of the sizes (C, Python)."""
        words = []
        for monomial, coefficient in sorted(self.terms, key=lambda term: (-len(term[0]), term[0])):
            factors = [(names or {}).get(name, name) for name in monomial]
            if abs(coefficient) != 1 or not factors:
                factors.insert(0, str(abs(coefficient)))
            words.append(("- " if coefficient < 0 else "+ ") + times.join(factors))
        text = " ".join(words) or "0"
        return text.removeprefix("+ ") if text[0] != "-" else "-" + text[2:]


def fixed(value: int) -> Extent:
    """The extent of a whole number."""
    return Extent(() if value == 0 else (((), value),))


def sized(name: str) -> Extent:
    """The extent of one size."""
    return Extent((((name,), 1),))


def _extent(value: Extent | int) -> Extent:
    return value if isinstance(value, Extent) else fixed(value)


def _from_terms(terms: list[tuple[Monomial, int]]) -> Extent:
    collected: dict[Monomial, int] = {}
    for monomial, coefficient in terms:
        collected[monomial] = collected.get(monomial, 0) + coefficient
    return Extent(tuple(sorted((m, c) for m, c in collected.items() if c)))


__all__ = ["Extent", "fixed", "sized"]
