"""What may be out of bounds: in go positions, the axes they stand on and the conditions there, out come checks of a call.

A position that is proved to be in bounds wherever its conditions hold needs none. Any other is counted by a definition: how
often it is outside of its axis. A call in which that is not 0 is refused before anything is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from einlang.ir.build import ONE, add, number, select, total
from einlang.ir.equality import key
from einlang.ir.extent import Extent, fixed, sized
from einlang.ir.indices import free_indices, substitute
from einlang.ir.linear import Linear, linear
from einlang.ir.nodes import Access, Apply, Definition, Expr, Index, Size, Tensor
from einlang.ir.operators import apply
from einlang.ir.program import Elements, Refusal
from einlang.ir.reaches import Reach, never_negative
from einlang.sema.ranges import Axis

NEGATED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
MOST_FACTS = 2
"""So many conditions are combined in a proof."""


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A position on an axis that must be in bounds where all conditions hold."""

    position: Expr
    conditions: tuple[Expr, ...]
    axis: Axis


def refusals(doubtful: Iterable[Doubtful], valued: Callable[[Extent], Extent]) -> Iterator[tuple[Definition, Refusal]]:
    """The checks of what is not proved; `valued` reduces extents to what is known of them. The same twice is checked once."""
    seen: set[str] = set()
    for found in dict.fromkeys(doubtful):
        outside = _outside(found, valued)
        name = key(outside)
        if name not in seen and not is_proved(found, valued):
            seen.add(name)
            tensor = Tensor(f"outside·{len(seen)}", (), "int", "definition", None)
            text = f"`{found.axis.span.text}` at {found.axis.span.place} is a position on {found.axis}"
            yield Definition(tensor, (), outside), Refusal(tensor, text, _elements(found, valued), found.axis.extent)


def _outside(found: Doubtful, valued: Callable[[Extent], Extent]) -> Expr:
    """At how many positions it is outside where the conditions hold."""
    outside = apply("or", apply("<", found.position, number(0)), apply(">=", found.position, Size(found.axis.extent)))
    counted: Expr = select(outside, ONE, number(0))
    for condition in reversed(found.conditions):
        counted = select(condition, counted, number(0))
    indices = {index: replace(index, extent=valued(index.extent)) for index in free_indices(counted)}
    return total(tuple(indices.values()), substitute(counted, dict(indices)))


def _elements(found: Doubtful, valued: Callable[[Extent], Extent]) -> Elements | None:
    """The elements of an integer input that are such positions, where linear forms can say which."""
    position, conditions = found.position, _exactly(found.conditions, valued)
    if not isinstance(position, Access) or position.tensor.role == "definition" or conditions is None:
        return None
    subscripts = [linear(subscript) for subscript in position.subscripts]
    forms = [form for form in subscripts if form is not None]
    if len(forms) < len(subscripts):
        return None
    indices = tuple(dict.fromkeys(index for form in (*forms, *conditions) for index in form.indices))
    ranges = tuple(index.extent for index in indices)
    return Elements(position.tensor, ranges, *(tuple(_along(form, indices) for form in part) for part in (forms, conditions)))


def _along(form: Linear, indices: Sequence[Index]) -> tuple[Extent, ...]:
    """What each of some indices is multiplied with, and then the constant."""
    multiples = dict(form.multiples)
    return (*(multiples.get(index, fixed(0)) for index in indices), form.constant)


def _exactly(conditions: Iterable[Expr], valued: Callable[[Extent], Extent]) -> tuple[Linear, ...] | None:
    """Linear forms that are all at least 0 just where all conditions hold; None where there are none such."""
    waiting, found = list(conditions), list[Linear]()
    while waiting:
        match waiting.pop(0):
            case Apply(operator, parts) if operator.name == "and":
                waiting += parts
            case Apply(operator, (Apply() as inner,)) if operator.name == "not" and inner.operator.name in NEGATED:
                waiting.append(apply(NEGATED[inner.operator.name], *inner.arguments))
            case Apply(operator) as compared if operator.name in NEGATED and operator.name != "!=":
                facts = tuple(_facts(compared, valued))
                if not facts:
                    return None
                found += facts
            case _:
                return None
    return tuple(found)


# --- proofs -------------------------------------------------------------------------------------------------------------------


def is_proved(found: Doubtful, valued: Callable[[Extent], Extent]) -> bool:
    """Whether the position is in bounds for all sizes and integers."""
    facts = [fact for condition in found.conditions for fact in _facts(condition, valued)]
    facts += [Linear((), fact) for index in free_indices(found.position) for fact in _not_empty(valued(index.extent))]
    last = Linear((), found.axis.extent - 1)

    def reaches(expr: Expr, form: Linear, sign: int) -> bool:
        """Whether the expression is at least (sign 1) or at most (sign -1) a form."""
        match expr:
            case Apply(operator, parts) if operator.name in ("max", "min"):
                return (any if (operator.name == "max") is (sign > 0) else all)(reaches(part, form, sign) for part in parts)
            case Apply(operator, (_, modulus)) if operator.name == "mod":
                last_of_all = add(modulus, number(-1))
                return reaches(number(0) if sign > 0 else last_of_all, form, sign) and reaches(
                    last_of_all, Linear((), fixed(0)), 1
                )
            case Apply(operator, (above, below)) if operator.name == "floor":
                return _is_length(below, valued) and reaches(above, _before_rounding(form, below, sign), sign)
            case _:
                known = linear(expr)
                return known is not None and _follows((known + form.times(fixed(-1))).times(fixed(sign)), facts, valued)

    return reaches(found.position, Linear((), fixed(0)), 1) and reaches(found.position, last, -1)


def _not_empty(extent: Extent) -> Iterator[Extent]:
    """What is at least 0 where a range has a position: its length less 1, and so for every size that is a factor of it."""
    yield extent - 1
    if extent.constant is None:
        yield from (sized(size) - 1 for size in extent.sizes if all(size in monomial for monomial, _ in extent.terms))


def _is_length(expr: Expr, valued: Callable[[Extent], Extent]) -> bool:
    """Whether an expression is a size or a whole number that is not negative (where it is 0, no e is in 0 .. d r + d - 1)."""
    found = linear(expr)
    return found is not None and not found.multiples and never_negative(valued(found.constant))


def _before_rounding(form: Linear, divisor: Expr, sign: int) -> Linear:
    """⌊e / d⌋ is at least r where e is at least d r, and at most r where e is at most d r + d - 1."""
    length = linear(divisor)
    assert length is not None
    return form.times(length.constant) + Linear((), length.constant - 1 if sign < 0 else fixed(0))


def _follows(wanted: Linear, facts: Sequence[Linear], valued: Callable[[Extent], Extent]) -> bool:
    """Whether `wanted >= 0` follows from `fact >= 0` for some facts and from the ranges of the indices."""
    for count in range(MOST_FACTS + 1):
        for chosen in combinations(facts, count):
            rest = sum((fact.times(fixed(-1)) for fact in chosen), wanted)
            if _least_is_positive(rest, valued):
                return True
    return False


def _least_is_positive(form: Linear, valued: Callable[[Extent], Extent]) -> bool:
    reach = Reach(form, fixed(0))
    return reach.is_definite and never_negative(valued(reach.start))


def _facts(condition: Expr, valued: Callable[[Extent], Extent]) -> Iterator[Linear]:
    """Linear forms that are at least 0 where a condition holds."""
    match condition:
        case Apply(operator, (left, right)) if operator.name == "and":
            yield from _facts(left, valued)
            yield from _facts(right, valued)
        case Apply(operator, (Apply() as inner,)) if operator.name == "not":
            yield from _denied(inner, valued)
        case Apply(operator, (left, right)) if operator.name in NEGATED:
            sides = linear(left), linear(right)
            if sides[0] is not None and sides[1] is not None:
                yield from _compared(operator.name, sides[0] + sides[1].times(fixed(-1)), valued)
        case _:
            return


def _denied(condition: Apply, valued: Callable[[Extent], Extent]) -> Iterator[Linear]:
    """What holds where a condition does not."""
    name, arguments = condition.operator.name, condition.arguments
    if name == "or":
        for argument in arguments:
            yield from _facts(apply("not", argument), valued)
    elif name == "not":
        yield from _facts(arguments[0], valued)
    elif name in NEGATED:
        yield from _facts(apply(NEGATED[name], *arguments), valued)


def _compared(name: str, difference: Linear, valued: Callable[[Extent], Extent]) -> Iterator[Linear]:
    """The facts in `difference < 0` and the like; whole numbers that differ do so by 1."""
    opposite, one = difference.times(fixed(-1)), Linear((), fixed(1))
    if name in ("<", "<=", "=="):
        yield opposite + (one.times(fixed(-1)) if name == "<" else Linear((), fixed(0)))
    if name in (">", ">=", "=="):
        yield difference + (one.times(fixed(-1)) if name == ">" else Linear((), fixed(0)))
    if name == "!=":
        yield from (form + one.times(fixed(-1)) for form in (difference, opposite) if _least_is_positive(form, valued))
