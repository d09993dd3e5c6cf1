"""Rules of `Select`: in goes a node, out comes one with fewer branches, or None."""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction

from einlang.ir.build import select
from einlang.ir.inside import is_certain
from einlang.ir.nodes import Apply, Delta, Expr, Mul, Number, Select, Zero
from einlang.tree import rewrite, walk

COMPARISONS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def decided(node: Select) -> Expr | None:
    """`a if 1 < 2 else b` is a; so is `a if i >= 0 else b`."""
    match node.condition:
        case Apply(compared, (Number(left), Number(right))) if compared.name in COMPARISONS:
            return node.then if COMPARISONS[compared.name](left, right) else node.otherwise
        case _:
            certain = is_certain(node.condition)
            return None if certain is None else node.then if certain else node.otherwise


def not_condition(node: Select) -> Expr | None:
    """`a if not c else b` is `b if c else a`."""
    match node.condition:
        case Apply(negation, (condition,)) if negation.name == "not":
            return select(condition, node.otherwise, node.then)
        case _:
            return None


def same_condition(node: Select) -> Expr | None:
    """Inside the branches of `a if c else b`, c is decided."""
    then, otherwise = _assuming(node.then, node.condition, True), _assuming(node.otherwise, node.condition, False)
    if then is node.then and otherwise is node.otherwise:
        return None
    return select(node.condition, then, otherwise)


def choice_of_delta(node: Select) -> Expr | None:
    """δ[i,j] f if i == j else nothing = δ[i,j] f."""
    match node:
        case Select(Apply(compared, (left, right)), then, Zero()) if compared.name == "==":
            factors = then.factors if isinstance(then, Mul) else (then,)
            return then if any(isinstance(f, Delta) and {f.left, f.right} == {left, right} for f in factors) else None
        case _:
            return None


def _assuming(branch: Expr, condition: Expr, holds: bool) -> Expr:
    if not any(isinstance(node, Select) and node.condition is condition for node in walk(branch)):
        return branch

    def rule(node: Expr) -> Expr | None:
        if isinstance(node, Select) and node.condition is condition:
            return node.then if holds else node.otherwise
        return None

    result: Expr = rewrite(branch, rule)
    return result
