"""A program with its sums shown: in go its files, out comes the main file with every implied sum written out with its range.

What comes out is a legal program that means the same. Where an inner operation names the index of a sum around it, it gets
another letter; sizes that turned out equal are declared so; and the inputs of a sketch are declared, since their axes have sizes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from string import ascii_lowercase

from einlang.diagnostics import Report
from einlang.ir.extent import Extent
from einlang.sema.elaborate import elaborate
from einlang.sema.expressions import scope_of
from einlang.sema.general import general
from einlang.sema.layers import has_layers
from einlang.sema.left_sides import left_names
from einlang.sema.mends import renamed, replaced, spare_index
from einlang.sema.names import Scope, uses_up
from einlang.sema.rational import rational
from einlang.sema.reader import Known, Side
from einlang.sema.reading import places
from einlang.source import Span
from einlang.syntax import nodes
from einlang.syntax.settings import with_value
from einlang.tree import Node, rewrite, walk


def explicit_sums(
    files: Sequence[nodes.File],
    report: Report,
    *,
    consts: Mapping[str, float] | None = None,
    functions: Mapping[str, str] | None = None,
) -> nodes.File:
    """The main file with its sums written out; what has an error, which is reported, stays as it is."""
    elaborated = elaborate(files, report, "sums", consts or {}, functions or {})
    known, values = elaborated.known, {name: rational(value) for name, value in elaborated.known.consts.items()}
    writer = _Writer(known, _size_names(known))
    items: list[nodes.Item] = []
    for item in files[0].items:
        members = [(variables, writer.item(member)) for variables, member in elaborated.members[item]]
        said = general(item, members, values) if has_layers(item) else None
        items += [said] if said else [member for _, member in members]
    items = [with_value(item, consts or {}) for item in items]
    return replace(files[0], items=(*writer.declared(files[0], known.symbols.items), *items))


def _size_names(known: Known) -> dict[str, str]:
    """Names for the sizes of a sketch's axes, which have none, and of the axes of a function's parameters."""
    sizes = known.ranges.sizes
    unnamed = [e for s in known.symbols.tensors.values() if s.role == "input" and s.item is None for e in known.shapes[s.name]]
    left = dict.fromkeys(size for extent in unnamed for size in sizes.reduced(extent).sizes if size not in known.symbols.sizes)
    letters = "nmkl" + "".join(letter for letter in ascii_lowercase if letter not in "nmkl")
    spare = (
        name for k in range(len(left) + 1) for name in (f"{letter}{k or ''}" for letter in letters) if _is_spare(name, known)
    )
    return {**known.parameter_sizes, **dict(zip(left, spare, strict=False))}


def _is_spare(name: str, known: Known) -> bool:
    symbols = known.symbols
    return not any(name in table for table in (symbols.sizes, symbols.consts, symbols.tensors, symbols.functions, symbols.lost))


@dataclass(slots=True)
class _Writer:
    known: Known
    names: Mapping[str, str]
    """How sizes without a name of their own are called."""

    def item(self, item: nodes.Item) -> nodes.Item:
        """The item with its right sides written out."""
        match item:
            case nodes.Definition(body=body) | nodes.Update(body=body):
                return replace(item, body=self.side(item, body, [body]))
            case nodes.Declaration(_, declarators):
                return replace(item, declarators=tuple(self.declarator(declarator) for declarator in declarators))
            case nodes.SizeDeclaration(sizes):
                return replace(item, sizes=tuple(self.size(size) for size in sizes))
            case nodes.Function(body=body) if body is not None:
                return replace(item, body=self.side(item, body, [body]))
            case nodes.Assume(left, right) | nodes.Solve(left=left, right=right):
                return replace(item, left=self.side(item, left, [left, right]), right=self.side(item, right, [left, right]))
            case nodes.Check(sides):
                return replace(item, sides=tuple(self.side(item, side, sides) for side in sides))
            case _:
                return item

    def declared(self, file: nodes.File, items: Sequence[nodes.Item]) -> Iterator[nodes.Item]:
        """The lines that the file does without: the inputs of a sketch, and sizes in expressions that others determine."""
        span, tensors = file.span, self.known.symbols.tensors.values()
        sketched = [symbol.name for symbol in tensors if symbol.role == "input" and symbol.item is None]
        if sketched:
            axes = {name: self.axes(name, span) for name in sketched}
            declarators = (nodes.Declarator(nodes.TensorName(n, (), span), axes[n], False, span) for n in sketched)
            yield nodes.Declaration("input", tuple(declarators), span)
        others = [item for item in items if not isinstance(item, nodes.Declaration)]
        used = {node.name.name for item in others for node in walk(item) if isinstance(node, nodes.Name)}
        own = {size.name.name for item in items if isinstance(item, nodes.SizeDeclaration) for size in item.sizes}
        said = [size for size in self.known.symbols.sizes if size in self.known.ranges.sizes.solved and size in used - own]
        if said:
            sizes = (nodes.SizeDeclarator(nodes.TensorName(size, (), span), None, span) for size in said)
            yield nodes.SizeDeclaration(tuple(self.size(size) for size in sizes), span)

    def declarator(self, declarator: nodes.Declarator) -> nodes.Declarator:
        """The declarator with the sizes that represent its own."""
        symbol = self.known.symbols.tensors.get(declarator.name.name)
        return (
            replace(declarator, axes=self.axes(symbol.name, declarator.span))
            if symbol and symbol.item is declarator
            else declarator
        )

    def axes(self, tensor: str, span: Span) -> tuple[nodes.Expression, ...]:
        """The axes of a tensor."""
        return tuple(self.extent(extent, span) for extent in self.known.shapes[tensor])

    def size(self, size: nodes.SizeDeclarator) -> nodes.SizeDeclarator:
        """The size with its value, where equations say it."""
        solved = self.known.ranges.sizes.solved.get(size.name.name)
        return replace(size, value=self.extent(solved, size.span)) if size.value is None and solved is not None else size

    def side(self, item: nodes.Item, written: nodes.Expression, sides: Sequence[nodes.Expression]) -> nodes.Expression:
        """A right side with its sums, and their ranges."""
        side = self.known.read.get(written)
        if side is None:
            return written
        scope = scope_of(self.known, sides, left_names(item))
        return self._ranged(_apart(side.bound.expression, scope), side)

    def _ranged(self, expression: nodes.Expression, side: Side) -> nodes.Expression:
        """The expression with the range of every sum that was implied."""
        extents = {name.span: self.extent(index.extent, name.span) for name, index in side.implied.items()}

        def rule(node: Node) -> Node | None:
            is_implied = isinstance(node, nodes.IndexName) and node.extent is None and node.span in extents
            return replace(node, extent=extents[node.span]) if is_implied and isinstance(node, nodes.IndexName) else None

        made: nodes.Expression = rewrite(expression, rule)
        return made

    def extent(self, extent: Extent, span: Span) -> nodes.Expression:
        """An extent as an expression of sizes."""
        terms: list[nodes.Term] = []
        for monomial, coefficient in sorted(
            self.known.ranges.sizes.reduced(extent).terms, key=lambda term: (-len(term[0]), term[0])
        ):
            factors: list[nodes.Expression] = [
                nodes.Name(nodes.TensorName(self.names.get(s, s), (), span), span) for s in monomial
            ]
            if abs(coefficient) != 1 or not factors:
                factors.insert(0, _number(abs(coefficient), span))
            chain = nodes.Product(tuple(nodes.Factor("*", factor, span) for factor in factors), span)
            terms.append(nodes.Term("-" if coefficient < 0 else "+", chain if len(factors) > 1 else factors[0], span))
        if not terms:
            return _number(0, span)
        first, *rest = sorted(terms, key=lambda term: term.sign == "-")
        first = replace(first, sign="+", operand=nodes.Negative(first.operand, span)) if first.sign == "-" else first
        return nodes.Additive((first, *rest), span) if rest else first.operand


def _number(value: int, span: Span) -> nodes.Number:
    return nodes.Number(Fraction(value), str(value), span)


def _apart(expression: nodes.Expression, scope: Scope) -> nodes.Expression:
    """The expression in which no operation names an index that a sum around it names."""
    taken = {*scope.indices, *scope.symbols.sizes, *scope.symbols.consts, *scope.symbols.tensors}
    while (clash := _clash(expression, scope)) is not None:
        call, name = clash
        fresh = spare_index(taken, name)
        taken.add(fresh)
        expression = replaced(expression, call, renamed(call, name, fresh, scope))
    return expression


def _clash(expression: nodes.Expression, scope: Scope) -> tuple[nodes.Call, str] | None:
    for node, place in places(expression).items():
        if isinstance(node, nodes.Call):
            for number, index in enumerate(node.indices):
                if index.name in place.named and uses_up(node, number, scope.symbols):
                    return node, index.name
    return None
