"""Derivatives that use one another: in goes how their terms come from each other, out come they all, and their definitions.

The adjoints of a recurrence access themselves, so they are tensors before their terms are known. Which δ they have in common is
found from below: each starts as zero, and keeps those δ that all its terms still have when it stands in them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from einlang.calculus.partial import Link, Partial, Term, common_links, defined
from einlang.ir.build import delta, mul
from einlang.ir.naming import Names, word_name
from einlang.ir.nodes import Access, Definition, Index, Tensor, Zero

Partials = dict[Tensor, Partial]
Terms = Callable[[Partials], Mapping[Tensor, Sequence[Term]]]
"""From derivatives to the terms that each of them adds up from."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A derivative to be found: a name for it, and its indices."""

    name: str
    left: tuple[Index, ...]
    right: tuple[Index, ...]

    def over(self, links: Sequence[Link] | None, name: str) -> Partial:
        """The derivative as δ for some links times an element of a tensor, or zero."""
        if links is None:
            return Partial(self.left, self.right, Zero())
        kept = tuple(index for index in (*self.left, *self.right) if index not in [right for _, right in links])
        tensor = Tensor(name, tuple(index.extent for index in kept), "float", "definition", None)
        return Partial(self.left, self.right, mul(*(delta(a, b) for a, b in links), Access(tensor, kept)))


def solved(wanted: Mapping[Tensor, Wanted], terms: Terms, names: Names) -> tuple[Partials, list[Definition]]:
    """The derivatives, each a tensor of its own or zero, and what defines them."""
    links = _links(wanted, terms)
    chosen = {tensor: names.spare(_name(wanted[tensor], found)) for tensor, found in links.items() if found is not None}
    partials = {tensor: one.over(links[tensor], chosen.get(tensor, one.name)) for tensor, one in wanted.items()}
    found = terms(partials)
    made = [
        defined(chosen[tensor], one.left, one.right, links[tensor] or (), [term for term in found[tensor] if not term.is_zero])
        for tensor, one in wanted.items()
        if tensor in chosen
    ]
    return partials, made


def _links(wanted: Mapping[Tensor, Wanted], terms: Terms) -> dict[Tensor, tuple[Link, ...] | None]:
    """The links of each derivative; None for what is zero."""
    links: dict[Tensor, tuple[Link, ...] | None] = dict.fromkeys(wanted)
    while True:
        found = terms({tensor: one.over(links[tensor], one.name) for tensor, one in wanted.items()})
        known = {tensor: [term for term in found[tensor] if not term.is_zero] for tensor in wanted}
        changed = {tensor: _kept(links[tensor], known[tensor]) for tensor in wanted}
        if changed == links:
            return links
        links = changed


def _kept(before: tuple[Link, ...] | None, terms: Sequence[Term]) -> tuple[Link, ...] | None:
    """The links that a derivative has, as far as is known, those it had before and its terms at hand."""
    if not terms:
        return before
    common = common_links(terms)
    return tuple(common if before is None else (link for link in before if link in common))


def _name(wanted: Wanted, links: Sequence[Link]) -> str:
    return word_name(wanted.name, "block") if links else wanted.name
