"""The body of a definition as NumPy: in goes an expression, out comes a text for all its positions at once.

Every expression becomes an array with an axis for each of its free indices, in whatever order it comes by; orders meet where
arrays are combined. What is used twice, or grows long, gets a line of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from einlang.codegen.numpy.arithmetic import Order, power, product, quotient, total
from einlang.codegen.numpy.masked import Masked, masked_of, masked_sum
from einlang.codegen.numpy.prelude import PRELUDE
from einlang.codegen.numpy.products import Factors, factors_of
from einlang.codegen.numpy.reductions import reduction, repeated
from einlang.codegen.numpy.scatter import Scatter, scatter_of, scattered
from einlang.codegen.numpy.subscripts import access
from einlang.codegen.numpy.sums import SumOfProduct
from einlang.codegen.numpy.systems import solution
from einlang.codegen.numpy.values import (
    ATOM,
    SUM,
    Value,
    aligned,
    alike,
    applied,
    as_float,
    literal,
    negated,
    one_typed,
    typed,
    union,
)
from einlang.codegen.numpy.writer import Writer
from einlang.errors import InternalError
from einlang.ir.extent import fixed
from einlang.ir.indices import free_indices_of_all
from einlang.ir.nodes import (
    Access,
    Add,
    Apply,
    Definition,
    Delta,
    Div,
    Expr,
    Index,
    Infinity,
    Kind,
    Mul,
    Number,
    Pi,
    Pow,
    Reduce,
    Select,
    Size,
    Solve,
    Stack,
    Stop,
    Tensor,
    Zero,
)
from einlang.tree import Node, walk


def body_value(definition: Definition, writer: Writer) -> Value:
    """The value of a definition's body, with the definition's indices as axes in order, those it does not depend on left out."""
    return _Body(definition, writer).value()


class _Body:
    def __init__(self, definition: Definition, writer: Writer) -> None:
        self.root, self.writer = definition.body, writer
        indices = dict.fromkeys((*definition.indices, *(node for node in walk(self.root) if isinstance(node, Index))))
        self.order: Order = {index: place for place, index in enumerate(indices)}
        self.unguarded = _unguarded(self.root)
        self.free = free_indices_of_all(self.root)
        self.sums: dict[Node, Factors | Masked | Scatter | None] = {}
        self.values: dict[Node, Value] = {}

    def value(self) -> Value:
        """Values of all parts, parts first, each once."""
        uses = Counter({self.root: 1})
        stack: list[tuple[Expr, bool]] = [(self.root, False)]
        planned: dict[Expr, None] = {}
        while stack:
            current, expanded = stack.pop()
            if expanded:
                planned.setdefault(current)
            elif current not in planned:
                stack.append((current, True))
                stack.extend((part, False) for part in reversed(self.parts(current)))
        for current in planned:
            uses.update(self.parts(current))
        for current in planned:
            value = self.visit(current)
            if current is not self.root:
                shared = uses[current] > 1 and not value.weak and not value.view
                value = self.writer.stored(value) if shared else self.writer.settled(value)
            self.values[current] = value
        return self.values[self.root]

    def parts(self, expr: Expr) -> tuple[Expr, ...]:
        """What a node's value is made of: its children, or the factors of a sum of a product; no plain indices."""
        match self.sum(expr):
            case Scatter(position=position, body=body):
                return (body, position)
            case Masked(condition=condition, factors=factors):
                return (condition, *(factor.expr for factor in factors.operands))
            case Factors(operands=operands):
                return tuple(factor.expr for factor in operands)
            case _:
                pass
        if isinstance(expr, Pow) and isinstance(expr.exponent, Number):
            return (expr.base,)
        children = expr.children
        if isinstance(expr, Mul):
            children = tuple(part for f in expr.factors for part in (f.children if isinstance(f, Delta) else (f,)))
        return tuple(child for child in children if isinstance(child, Expr) and not isinstance(child, Index))

    def sum(self, expr: Expr) -> Factors | Masked | Scatter | None:
        """How a sum is computed otherwise than along axes of its whole body."""
        if not isinstance(expr, Reduce) or expr.operation != "sum":
            return None
        if expr not in self.sums:
            if expr not in self.free:
                self.free.update(free_indices_of_all(expr))
            found = scatter_of(expr, self.free) or masked_of(expr, self.free, self.writer.fixed)
            self.sums[expr] = found or factors_of(expr)
        return self.sums[expr]

    def of(self, expr: Expr) -> Value:
        """The value of a part; that of an index is its positions."""
        if isinstance(expr, Index):
            length = self.writer.extent(expr.extent)
            return Value(f"np.arange({length.text})", (expr,), "int", view=True, depth=1 + length.depth)
        return self.values[expr]

    def visit(self, expr: Expr) -> Value:
        """The value of a node whose parts have theirs."""
        match expr:
            case Index():
                return self.of(expr)
            case Number(value):
                return literal(value)
            case Zero():
                return Value("0", kind="int", weak=True)
            case Pi() | Infinity():
                return Value("np.pi" if isinstance(expr, Pi) else "np.inf", weak=True)
            case Size(extent):
                return self.writer.extent(extent)
            case Access():
                return access(expr, self.of, self.order, self.writer, guarded=expr not in self.unguarded)
            case Delta():
                return self.delta(expr)
            case Add(terms):
                return total([self.of(term) for term in terms], self.order, self.writer)
            case Mul(factors):
                return self.mul(factors)
            case Div(numerator, denominator):
                return quotient(self.of(numerator), self.of(denominator), self.order)
            case Pow(base, exponent):
                raised_to = exponent.value if isinstance(exponent, Number) else self.of(exponent)
                return power(self.of(base), raised_to, self.order, self.writer)
            case Apply():
                return self.apply(expr)
            case Select(condition, then, otherwise):
                return self.select(self.of(condition), self.of(then), self.of(otherwise))
            case Stack():
                return self.stack(expr)
            case Stop(body):
                return self.of(body)
            case Reduce():
                return self.reduce(expr)
            case Solve():
                return solution(expr, self.of(expr.matrix), self.of(expr.right), self.writer)
            case _:
                raise InternalError("numpy", f"no text for {type(expr).__name__}")

    def delta(self, expr: Delta) -> Value:
        """1 where the positions are equal, else 0."""
        same = self.equal(expr)
        if same.text.startswith("np.eye("):
            return same.but(text=same.text.replace("bool)", "np.int64)"), kind="int")
        return same.but(text=f"({same.text}).astype(np.int64)", kind="int", level=ATOM, depth=same.depth + 1)

    def equal(self, expr: Delta) -> Value:
        """Whether the positions are equal."""
        left, right = expr.left, expr.right
        if isinstance(left, Index) and isinstance(right, Index) and left.extent is right.extent and left is not right:
            size = self.writer.extent(left.extent)
            return Value(f"np.eye({size.text}, dtype=bool)", (left, right), "bool", depth=size.depth + 1)
        return self.spread("({0} == {1})", one_typed([self.of(left), self.of(right)]), "bool")

    def mul(self, factors: Sequence[Expr]) -> Value:
        """The product; where a structural zero is among the factors, it hides what it multiplies."""
        if any(isinstance(factor, Zero) for factor in factors):
            return Value("0", kind="int", weak=True)
        factors = _folded(factors)
        deltas = [self.writer.settled(self.equal(factor)) for factor in factors if isinstance(factor, Delta)]
        rest = [self.visit(f) if isinstance(f, Number) else self.of(f) for f in factors if not isinstance(f, Delta)]
        value = self.signed_product(rest) if rest else literal(Fraction(1))
        if not deltas:
            return value
        condition = deltas[0]
        for other in deltas[1:]:
            condition = self.spread("({0} & {1})", [condition, other], "bool")
        return self.spread("np.where({0}, {1}, 0)", [condition, typed(value)], value.kind)

    def signed_product(self, factors: Sequence[Value]) -> Value:
        """The product, with the sign of its first factor in front."""
        first, *rest = factors
        if first.opposite is None or not rest:
            return product(factors, self.order, self.writer)
        positive = rest if first.opposite.text == "1" else [first.opposite, *rest]
        return negated(product(positive, self.order, self.writer))

    def spread(self, spelling: str, arguments: Sequence[Value], kind: Kind) -> Value:
        """A function of arrays that broadcast together."""
        axes = union([argument.axes for argument in arguments], self.order)
        return applied(spelling, [aligned(argument, axes) for argument in arguments], axes, kind)

    def apply(self, expr: Apply) -> Value:
        """An operator, by its spelling in the table."""
        operator = expr.operator
        arguments = [self.of(argument) for argument in expr.arguments]
        if operator.takes == "number":
            arguments = alike(arguments)
        elif operator.takes == "float":
            arguments = [as_float(argument) for argument in arguments]
        for function in PRELUDE:
            if operator.numpy.startswith(f"{function}("):
                self.writer.call(function)
        kind = arguments[0].kind if operator.result == "number" else operator.result
        compared = operator.result == "bool" and operator.takes == "number"
        return self.spread(operator.numpy, arguments if compared else one_typed(arguments), kind)

    def select(self, condition: Value, then: Value, otherwise: Value) -> Value:
        """What is chosen; both are computed, and what is not chosen goes nowhere."""
        branches = one_typed(alike([then, otherwise]))
        return self.spread("np.where({0}, {1}, {2})", [condition, *branches], branches[0].kind)

    def stack(self, expr: Stack) -> Value:
        """The entries as an array with an axis in front, read at a position."""
        entries = alike([self.of(entry) for entry in expr.entries])
        axes = union([entry.axes for entry in entries], self.order)
        kind = entries[0].kind
        texts = ", ".join(aligned(entry, axes).within(SUM) for entry in entries)
        depth = 2 + max(entry.depth for entry in entries)
        made = Value(f"np.array([{texts}], {'np.int64' if kind == 'int' else 'dtype'})", depth=depth)
        if axes:
            repeats = ", ".join(repeated(entry, axes, self.writer).text for entry in entries)
            made = Value(f"np.stack([{repeats}])", depth=depth)
        position, length = expr.position, fixed(len(entries))
        if isinstance(position, Index) and position.extent is length and position not in axes:
            return made.but(axes=(position, *axes), kind=kind)
        array = self.writer.stored(made)
        tensor = Tensor(array.text, (length, *(index.extent for index in axes)), kind, "definition", None)
        self.writer.tensors[tensor.name] = array.text
        read = Access(tensor, (position, *axes))
        return access(read, self.of, self.order, self.writer, guarded=expr not in self.unguarded)

    def reduce(self, expr: Reduce) -> Value:
        """A sum of a product, also one that a condition cuts, in its own way, any other reduction along axes of its body."""
        match self.sum(expr):
            case Scatter() as scatter:
                return scattered(scatter, self.of(scatter.body), self.of(scatter.position), self.order, self.writer)
            case Masked() as masked:
                values = [self.of(factor.expr) for factor in masked.factors.operands]
                return masked_sum(masked, self.of(masked.condition), values, self.order, self.writer)
            case Factors() as factors:
                operands = [self.of(factor.expr) for factor in factors.operands]
                return SumOfProduct(expr, factors, self.order, self.writer).value(operands)
            case _:
                return reduction(expr, self.of(expr.body), self.writer)


def _folded(factors: Sequence[Expr]) -> Sequence[Expr]:
    """The factors with the numbers that come first made one, exactly."""
    match factors:
        case [Number(first), Number(second), *rest]:
            return _folded([Number(first * second), *rest])
        case _:
            return factors


def _unguarded(body: Expr) -> set[Node]:
    """The nodes that do not stand only in branches of a `Select`: their accesses have to be in bounds."""
    found: set[Node] = set()
    stack: list[Node] = [body]
    while stack:
        current = stack.pop()
        if current not in found:
            found.add(current)
            stack.extend([current.condition] if isinstance(current, Select) else current.children)
    return found
