"""What is summed: in goes an expression as written, out comes the same expression with every implied sum a call of `sum`.

These are rules 1 to 3 of section 5 of the language reference; the errors of rule 4 are worded in `mends`. The rules are decided
bottom-up, from the indices that each factor carries; `reading` has found what each node is within the expression around it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from einlang.diagnostics import Report
from einlang.sema import mends
from einlang.sema.builtins import ALONG, REDUCTIONS
from einlang.sema.names import Scope, uses_up
from einlang.sema.parts import Indices, Part, clash, union
from einlang.sema.reading import ARITHMETIC, Place, Reading, places
from einlang.syntax import nodes
from einlang.tree import Node, evaluate

KEEPING = frozenset(ALONG)
"""Functions that protect the indices they name, and keep them."""
USING_UP = frozenset(REDUCTIONS)
"""Functions that protect the indices they name, and use them up."""
_ON_REFERENCE = (nodes.Reference, nodes.Filled, nodes.Delta, nodes.LeviCivita, nodes.Derivative)


@dataclass(frozen=True, slots=True)
class BoundSide:
    """A right side with its sums written out.

    Attributes:
        expression: the expression; it is legal Einlang, read by the same rules.
        free: the lowercase indices that it carries, and where first.
        implied: the indices of the sums that were implied.
        failed: whether a rule was broken, which is reported.
    """

    expression: nodes.Expression
    free: Indices
    implied: tuple[nodes.IndexName, ...]
    failed: bool = False


@dataclass(frozen=True, slots=True)
class _Bound:
    """A node with its sums written out, the indices that it carries, those that implied sums inside it bind, and its factors."""

    node: Node
    carried: Indices = field(default_factory=dict)
    summed: Indices = field(default_factory=dict)
    parts: tuple[Part, ...] = ()


def is_summed(index: str) -> bool:
    """Whether an index is a capital one."""
    return index[0].isupper()


def bind(
    root: nodes.Expression, scope: Scope, report: Report, left: Collection[str] = (), reading: Reading = Reading.TERM
) -> BoundSide:
    """The right side `root` with its sums written out; `left` are the indices on the left side, where there is one."""
    binder = _Binder(scope, report, frozenset(left), places(root, reading), _terms(root))
    bound = evaluate(root, binder.visit)
    free = {index: span for index, span in bound.carried.items() if not is_summed(index)}
    return BoundSide(bound.node, free, tuple(binder.implied), binder.failed)  # type: ignore[arg-type]


def _terms(root: nodes.Expression) -> frozenset[Node]:
    return frozenset(term.operand for term in root.terms) if isinstance(root, nodes.Additive) else frozenset([root])


@dataclass(slots=True)
class _Binder:
    scope: Scope
    report: Report
    left: frozenset[str]
    places: dict[Node, Place]
    terms: frozenset[Node]
    implied: list[nodes.IndexName] = field(default_factory=list)
    failed: bool = False

    def visit(self, node: Node, children: tuple[_Bound, ...]) -> _Bound:
        """The node bound, given its children bound; a product is closed: its sums are decided."""
        place = self.places.get(node)
        if place is None:
            return _Bound(node)
        bound = self._carrying(node, children, place)
        is_product = place.reading in (Reading.TERM, Reading.PRODUCT) and not isinstance(node, nodes.Additive | nodes.Term)
        return self._close(node, bound, place) if is_product and isinstance(node, nodes.Expression) else bound

    def _carrying(self, node: Node, children: tuple[_Bound, ...], place: Place) -> _Bound:
        """The node over its bound children, as a factor of the product around it."""
        rebuilt = node.rebuild([child.node for child in children])
        carried, summed = union(child.carried for child in children), union(child.summed for child in children)
        match node:
            case nodes.Name():
                carried = self._name(node, place)
            case nodes.Call():
                carried = self._call(node, carried, place)
            case nodes.Factor(joined):
                (child,) = children
                return replace(child, node=rebuilt, parts=tuple(replace(p, divides=joined == "/") for p in child.parts))
            case nodes.Derivative():
                self._derivative(node, children)
            case nodes.Product():
                return _Bound(rebuilt, carried, summed, tuple(part for child in children for part in child.parts))
            case nodes.Negative():
                return replace(children[0], node=rebuilt, parts=tuple(replace(p, node=node) for p in children[0].parts))
            case _:
                pass
        if not isinstance(node, nodes.Expression):
            return _Bound(rebuilt, carried, summed)
        part = Part(node, carried, summed, copies=copies(node), on_reference=_on_reference(node, children))
        return _Bound(rebuilt, carried, summed, (part,))

    def _name(self, name: nodes.Name, place: Place) -> Indices:
        """An index is carried where it stands as a subscript, within one, or as a position."""
        text = name.name.name
        is_index = (
            place.reading is Reading.INDEX
            or (place.reading is Reading.SUBSCRIPT and text in self.scope.indices)
            or (place.reading in ARITHMETIC and self.scope.is_position(text))
        )
        return {text: name.span} if is_index else {}

    def _derivative(self, node: nodes.Derivative, children: tuple[_Bound, ...]) -> None:
        """An index that is summed inside the numerator stands in no denominator."""
        numerator, *denominators = children
        below = union(child.carried for child in denominators)
        for index in (index for index in numerator.summed if index in below):
            mends.summed_in_numerator(self.report, node, index, below[index], self.scope)
            self.failed = True

    # --- rule 3 -----------------------------------------------------------------------------------------------------------

    def _call(self, call: nodes.Call, carried: Indices, place: Place) -> Indices:
        """What a call carries: what its arguments carry, but for the indices that it uses up."""
        wrong = [index for number, index in enumerate(call.indices) if self._breaks_rule_3(call, number, carried, place)]
        self.failed |= bool(wrong)
        if wrong:
            gone = {index for index in carried if is_summed(index)} | {index.name for index in call.indices}
            return {index: span for index, span in carried.items() if index not in gone or index in place.named}
        used_up = {index.name for k, index in enumerate(call.indices) if not self._keeps(call, k) and is_summed(index.name)}
        return {index: span for index, span in carried.items() if index not in used_up}

    def _keeps(self, call: nodes.Call, number: int) -> bool:
        function = self.scope.symbols.functions.get(call.function)
        if function is None:
            return call.function in KEEPING
        return number < len(function.indices) and not uses_up(call, number, self.scope.symbols)

    def _breaks_rule_3(self, call: nodes.Call, number: int, carried: Indices, place: Place) -> bool:
        """Whether an operation cannot name its index of that number; reported if so."""
        index = call.indices[number]
        used_up = call.function in USING_UP or uses_up(call, number, self.scope.symbols)
        again = next((other.span for other in call.indices[:number] if other.name == index.name), None)
        first = again or (place.named.get(index.name) if used_up else None)
        if used_up and not is_summed(index.name):
            mends.lowercase_in_reduction(self.report, call, index)
        elif index.name not in carried:
            mends.index_not_carried(self.report, call, index, carried)
        elif first is not None:
            mends.index_named_again(self.report, call, index, first)
        else:
            return False
        return True

    # --- rules 1 and 2 ----------------------------------------------------------------------------------------------------

    def _close(self, node: nodes.Expression, bound: _Bound, place: Place) -> _Bound:
        """Decide the sums of a product: write them out, and report the capital indices of a term that nothing binds."""
        wrong = _clashes(bound.parts)
        for index in wrong:
            mends.summed_inside(self.report, node, bound.parts, index, self.scope)
        open_ = [index for index in bound.carried if is_summed(index) and index not in place.named and index not in wrong]
        shared = [index for index in open_ if _is_shared(index, bound.parts)]
        is_term = place.reading is Reading.TERM
        alone = [index for index in open_ if index not in shared and _is_alone(index, bound.parts)] if is_term else []
        implied = [index for index in open_ if index in shared or index in alone]
        left_over = [index for index in open_ if is_term and index not in implied]
        self.failed |= bool(wrong or left_over)
        if left_over and not any(self._means_nothing(part.node) for part in bound.parts):
            mends.index_not_summed(self.report, node, bound.parts, left_over)
        gone = {*wrong, *implied, *left_over}
        carried = {index: span for index, span in bound.carried.items() if index not in gone}
        if alone and node in self.terms and self.left and not self.left.intersection(carried):
            mends.term_without_left_index(self.report, node, alone)
        if not implied:
            return replace(bound, carried=carried)
        names = tuple(nodes.IndexName(index, None, bound.carried[index]) for index in implied)
        self.implied.extend(names)
        summed = {**bound.summed, **dict.fromkeys(implied, node.span)}
        return _Bound(nodes.Call("sum", (), names, (bound.node,), node.span), carried, summed)  # type: ignore[arg-type]

    def _means_nothing(self, factor: nodes.Expression) -> bool:
        """Whether a factor is a bare name that nothing defines: a function misspelt, perhaps, and no sum is missing."""
        name = factor.name.name if isinstance(factor, nodes.Name) else None
        return name is not None and not self.scope.meanings(name) and name not in self.scope.symbols.tensors


def _clashes(parts: Sequence[Part]) -> list[str]:
    """The indices that a sum inside one factor binds and that another factor, or another copy of it, carries."""
    return [index for index in union(part.summed for part in parts) if clash(parts, index) is not None]


def _is_shared(index: str, parts: Sequence[Part]) -> bool:
    """Rule 1: two or more factors carry the index, not all of them denominators."""
    carriers = [part for part in parts if index in part.carried]
    return sum(part.copies for part in carriers) > 1 and not all(part.divides for part in carriers)


def _is_alone(index: str, parts: Sequence[Part]) -> bool:
    """Rule 2: the index stands on one tensor reference, without a power and not a denominator."""
    (carrier,) = carriers if len(carriers := [part for part in parts if index in part.carried]) == 1 else (None,)
    return carrier is not None and index in carrier.on_reference and not carrier.divides


def copies(node: nodes.Expression) -> int:
    """How many factors a power stands for: `f^n` with a literal whole number n ≥ 2 is n factors, all else is one."""
    exponent = node.exponent if isinstance(node, nodes.Power) else None
    if isinstance(exponent, nodes.Number) and exponent.text.isdigit() and exponent.value >= 2:
        return int(exponent.value)
    return 1


def _on_reference(node: nodes.Expression, children: tuple[_Bound, ...]) -> frozenset[str]:
    """The indices that stand on a tensor reference or derivative itself."""
    if isinstance(node, _ON_REFERENCE):
        return frozenset(index for child in children for index in child.carried)
    if isinstance(node, nodes.WrittenReference):
        return frozenset(index for child in children[1:] for index in child.carried)
    return frozenset()
