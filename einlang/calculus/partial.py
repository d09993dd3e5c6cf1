"""Derivatives as they are kept: in go the terms of ∂A[i…]/∂B[p…], out come a definition and how to read elements of it.

What all terms are zero without, δ[i, p] of an index of A and an index of B, is no part of the definition: the `block` alone is
stored, and the δ are eliminated where the derivative is read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import chain, count, takewhile
from string import ascii_uppercase

from einlang.ir.build import ONE, add, delta, mul, number, total
from einlang.ir.deltas import Eliminated, renamed
from einlang.ir.elsewhere import guarded
from einlang.ir.indices import free_indices, substitute
from einlang.ir.inside import is_certain
from einlang.ir.measure import operations
from einlang.ir.naming import Names, define, word_name
from einlang.ir.nodes import Access, Apply, Definition, Delta, Expr, Index, Mul, Number, Tensor, Zero
from einlang.ir.operators import apply
from einlang.tree import walk

Link = tuple[Index, Index]
"""An index of the numerator and one of the denominator that δ makes equal."""

LONGEST_CONDITIONS = 8
"""Conditions of more operations than that are given a definition."""
FEW = 3
"""So many terms that are guarded differently are looked at."""


@dataclass(frozen=True, slots=True)
class Partial:
    """∂A[left…]/∂B[right…] as `body` over both, a product of δ and an element; zero by structure where a condition is false."""

    left: tuple[Index, ...]
    right: tuple[Index, ...]
    body: Expr
    conditions: tuple[Expr, ...] = ()

    @property
    def is_zero(self) -> bool:
        return isinstance(self.body, Zero)

    @property
    def whole(self) -> Tensor | None:
        """The tensor that holds every element, if one does."""
        body = self.body
        return body.tensor if isinstance(body, Access) and body.subscripts == (*self.left, *self.right) else None

    def at(self, left: Sequence[Expr], right: Sequence[Expr]) -> Expr:
        """The element at some subscripts."""
        replacements = self._replacements(left, right)
        return mul(*(renamed(factor, replacements) for factor in factors_of(self.body)))

    def conditions_at(self, left: Sequence[Expr], right: Sequence[Expr]) -> tuple[Expr, ...]:
        """The conditions for that element."""
        replacements = self._replacements(left, right)
        return tuple(substitute(condition, replacements) for condition in self.conditions)

    def _replacements(self, left: Sequence[Expr], right: Sequence[Expr]) -> dict[Index, Expr]:
        return dict(zip((*self.left, *self.right), (*left, *right), strict=True))


@dataclass(frozen=True, slots=True)
class Term:
    """One of the terms that add up to a derivative: δ for the links, times `body`, in which linked indices are one.

    It is zero by structure wherever one of the conditions is false.
    """

    body: Expr
    conditions: tuple[Expr, ...] = ()
    links: tuple[Link, ...] = ()

    @property
    def is_zero(self) -> bool:
        return isinstance(self.body, Zero)


def factors_of(expr: Expr) -> tuple[Expr, ...]:
    """The factors of a product, else the expression alone."""
    return expr.factors if isinstance(expr, Mul) else (expr,)


def identity(left: Sequence[Index], right: Sequence[Index]) -> Term:
    """The derivative of a tensor by itself."""
    return Term(ONE, (), tuple(zip(left, right, strict=True)))


def term(
    found: Eliminated,
    guards: Sequence[Expr],
    known: Sequence[Expr],
    sides: tuple[Sequence[Index], Sequence[Index]],
    names: Mapping[Index, str],
) -> Term:
    """The sum of the guarded product; a guard free of summed indices goes around the sum.

    `known` are further conditions where the product is not zero by structure, `names` those of summed indices.
    """
    summed = _summed_as(found.indices, names)
    bound = set(summed.values())
    product = [renamed(factor, summed) for factor in found.factors]
    links = tuple(_links(product, *sides))
    product = [f for f in product if not isinstance(f, Delta) or not {(f.left, f.right), (f.right, f.left)} & set(links)]
    linked: dict[Index, Expr] = {right: left for left, right in links}

    def moved(exprs: Iterable[Expr], renaming: Mapping[Index, Expr]) -> list[Expr]:
        found = (substitute(substitute(substitute(expr, renaming), summed), linked) for expr in exprs)
        return [expr for expr in found if not _is_certain(expr)]

    product = [renamed(factor, linked) for factor in product]
    stay = list(takewhile(lambda guard: not any(index in found.renaming for index in free_indices(guard)), guards))
    conditions = _in_order([*moved(stay, {}), *moved(found.ranges, {}), *moved(guards[len(stay) :], found.renaming)])
    outer = [condition for condition in conditions if bound.isdisjoint(free_indices(condition))]
    inner = [condition for condition in conditions if condition not in outer]
    body = guarded(outer, total(tuple(summed.values()), guarded(inner, mul(*product))))
    also = [condition for condition in moved(known, found.renaming) if bound.isdisjoint(free_indices(condition))]
    return Term(body, tuple(dict.fromkeys([*outer, *also, *_equalities(product, bound)])), links)


def stored(
    name: str, left: tuple[Index, ...], right: tuple[Index, ...], terms: Sequence[Term], names: Names
) -> tuple[Partial, list[Definition]]:
    """The sum of the terms, and what defines it: nothing where it is zero, or a number times δ."""
    links = common_links(terms)
    outside = [delta(a, b) for a, b in links]
    terms = [_without(term, links) for term in terms]
    body = add(*(term.body for term in terms))
    if isinstance(body, Zero | Number):
        return Partial(left, right, mul(*outside, body)), []
    kept = tuple(index for index in (*left, *right) if index not in [b for _, b in links])
    made = define(names.spare(word_name(name, "block") if links else name), kept, body)
    conditions, masks = _short(made.tensor, kept, _joint_conditions(terms), names)
    return Partial(left, right, mul(*outside, Access(made.tensor, kept)), conditions), [made, *masks]


def common_links(terms: Sequence[Term]) -> list[Link]:
    """The links that all terms have."""
    return [link for link in terms[0].links if all(link in other.links for other in terms)] if terms else []


def defined(name: str, left: Sequence[Index], right: Sequence[Index], links: Sequence[Link], terms: Sequence[Term]) -> Definition:
    """The definition of the sum of the terms without δ for the links."""
    kept = tuple(index for index in (*left, *right) if index not in [b for _, b in links])
    return define(name, kept, add(*(_without(term, links).body for term in terms)))


def _without(term: Term, links: Sequence[Link]) -> Term:
    """The term with those links only, the others written into it."""
    inside = [link for link in term.links if link not in links]
    if not inside:
        return term
    body = mul(*(delta(a, b) for a, b in inside), term.body)
    return Term(body, (*term.conditions, *(apply("==", a, b) for a, b in inside)), tuple(links))


def _links(product: Sequence[Expr], left: Sequence[Index], right: Sequence[Index]) -> Iterator[Link]:
    """The δ of an index on the left and one on the right, each index in one of them at most."""
    free: list[Index] = [*left, *right]
    for factor in product:
        if isinstance(factor, Delta) and factor.left in free and factor.right in free:
            a, b = sorted((factor.left, factor.right), key=lambda side: side not in left)
            assert isinstance(a, Index) and isinstance(b, Index)
            if a in left and b in right and a.extent is b.extent:
                free = [index for index in free if index not in (a, b)]
                yield a, b


def _summed_as(summed: Sequence[Index], names: Mapping[Index, str]) -> dict[Index, Index]:
    """Fresh indices for those of a sum, of the names wanted where they can be."""
    renaming: dict[Index, Index] = {}
    for index in summed:
        wanted = names.get(index, index.name)
        taken = {other.name for other in renaming.values()}
        name = next(n for n in chain([wanted], ascii_uppercase, (f"{wanted}{k}" for k in count())) if n not in taken)
        renaming[index] = Index(name, index.extent)
    return renaming


def _in_order(conditions: Sequence[Expr]) -> list[Expr]:
    """Conditions so that those on positions alone, which may keep what the others read in bounds, stand first."""
    return sorted(conditions, key=_reads)


def _is_certain(condition: Expr) -> bool:
    """Whether a condition holds always, as where something is equal to itself."""
    is_same = isinstance(condition, Apply) and condition.operator.name == "==" and len(set(condition.arguments)) == 1
    return is_same or is_certain(condition) is True


def _equalities(factors: Sequence[Expr], bound: Collection[Index]) -> Iterator[Expr]:
    """The δ that are left and free of summed indices, as conditions."""
    for factor in factors:
        if isinstance(factor, Delta) and set(bound).isdisjoint(free_indices(factor)):
            yield apply("==", factor.left, factor.right)


def _short(
    tensor: Tensor, indices: tuple[Index, ...], conditions: tuple[Expr, ...], names: Names
) -> tuple[tuple[Expr, ...], list[Definition]]:
    """The conditions, or where they are long a definition that is 1 where they hold: they add up from one to the next."""
    if sum(1 + operations(condition) for condition in conditions) <= LONGEST_CONDITIONS:
        return conditions, []
    mask = define(names.spare(word_name(tensor.name, "mask")), indices, guarded(conditions, ONE))
    return (apply("!=", Access(mask.tensor, indices), number(0)),), [mask]


def _joint_conditions(terms: Sequence[Term]) -> tuple[Expr, ...]:
    """What holds wherever one of the terms is not zero by structure; each condition is in bounds where those before it hold."""
    common = tuple(_common(terms))
    if common or len(terms) > FEW or not all(term.conditions for term in terms):
        return common
    either = [_all_of(term.conditions) for term in terms]
    if any(apply("not", condition) in either for condition in either):
        return ()
    return (reduce(lambda a, b: apply("or", a, b), either),)


def _common(terms: Sequence[Term]) -> Iterator[Expr]:
    """The conditions that all terms have; one that reads a tensor only with all that stand before it."""
    is_whole = True
    for condition in terms[0].conditions if terms else ():
        if not all(condition in other.conditions for other in terms):
            is_whole = False
        elif is_whole or not _reads(condition):
            yield condition


def _all_of(conditions: Sequence[Expr]) -> Expr:
    """That all conditions hold; what reads a tensor, and may be out of bounds, is looked at only where those before it hold."""
    if any(map(_reads, conditions[1:])):
        return apply("!=", guarded(conditions, ONE), number(0))
    return reduce(lambda a, b: apply("and", a, b), conditions)


def _reads(condition: Expr) -> bool:
    return any(isinstance(node, Access) for node in walk(condition))
