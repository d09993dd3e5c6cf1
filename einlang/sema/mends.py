"""The errors of the rules of summation: in go a product and an index in it, out comes a diagnostic with the mended text."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from string import ascii_uppercase

from einlang.diagnostics import Label, Report
from einlang.sema.names import Scope
from einlang.sema.parts import Part, clash
from einlang.sema.reading import Reading, places, unparenthesised
from einlang.source import Span
from einlang.syntax import nodes
from einlang.syntax.format import format_expression
from einlang.tree import Node, evaluate


def index_not_summed(report: Report, term: nodes.Expression, parts: Sequence[Part], indices: Sequence[str]) -> None:
    """Capital indices of a term that nothing sums: offers the sum of the factor that carries each, or of the whole term."""
    carriers = {index: [part for part in parts if index in part.carried] for index in indices}
    first, *others = indices
    places = tuple(Label(carriers[index][0].carried[index], f"nor `{index}`") for index in others)
    report.add(
        "index-not-summed",
        carriers[first][0].carried[first],
        f"nothing sums {' and '.join(f'`{index}`' for index in indices)}",
        label=_why(first, carriers[first], len(parts)),
        others=places,
        help=f"sum it where you mean to: `{format_expression(_summed_factors(term, parts, carriers))}`",
    )


def _why(index: str, carriers: Sequence[Part], factors: int) -> str:
    if all(part.divides for part in carriers):
        return f"only the denominator carries `{index}`" if len(carriers) == 1 else f"only denominators carry `{index}`"
    return f"no other factor carries `{index}`" if factors > 1 else f"nothing beside it carries `{index}`"


def _summed_factors(term: nodes.Expression, parts: Sequence[Part], carriers: dict[str, list[Part]]) -> nodes.Expression:
    """The term with explicit sums: each index over the one factor that carries it, or over the whole term."""
    mended = term
    for part in parts if isinstance(term, nodes.Product) else ():
        own = [index for index, found in carriers.items() if found == [part]]
        mended = replaced(mended, part.node, summed(part.node, own)) if own else mended
    whole = [i for i, found in carriers.items() if len(found) > 1 or not isinstance(term, nodes.Product)]
    return summed(mended, whole) if whole else mended


def summed_inside(report: Report, product: nodes.Expression, parts: Sequence[Part], index: str, scope: Scope) -> None:
    """An index summed inside one factor that another factor carries too: offers the sum of the whole, and another letter."""
    found = clash(parts, index)
    assert found is not None
    inner, outer = found
    fresh = spare_index(scope.indices | scope.symbols.sizes.keys(), index)
    whole = _without_parentheses(product, inner) if outer is not inner else None
    inside = replaced(product, inner.node, renamed(inner.node, index, fresh, scope))
    texts = [format_expression(expression) for expression in (whole or summed(product, [index]), inside)]
    mends = [f"to sum over the whole product write `{texts[0]}`", f"to sum inside alone rename it there: `{texts[1]}`"]
    report.add(
        "summed-inside-product",
        outer.carried[index],
        f"`{index}` is summed inside one factor, and {'another' if outer is not inner else 'its other copy'} carries it too",
        label=f"carries `{index}`",
        others=(Label(inner.summed[index], f"here `{index}` is summed already"),),
        help="; ".join(mends if outer is not inner else mends[:1]),
    )


def summed_in_numerator(report: Report, node: nodes.Derivative, index: str, place: Span, scope: Scope) -> None:
    """`∂(A[i,K] u[K])/∂u[K]`: offers another letter in the denominators."""
    fresh = spare_index(scope.indices | scope.symbols.sizes.keys(), index)
    below = tuple(renamed(denominator, index, fresh, scope) for denominator in node.denominators)
    mended = format_expression(replace(node, denominators=below))  # type: ignore[arg-type]
    report.add(
        "index-in-denominator",
        place,
        f"`{index}` is summed inside the numerator, and stands in a denominator too",
        label="another index is meant",
        others=(Label(node.numerator.span, f"here `{index}` is summed"),),
        help=f"derive by elements of their own index: `{mended}`",
    )


def _without_parentheses(product: nodes.Expression, inner: Part) -> nodes.Expression | None:
    """The product with the factors of a parenthesised factor as its own; None where that would mean something else."""
    body = unparenthesised(inner.node)
    chain = body.factors if isinstance(body, nodes.Product) else ()
    if not isinstance(product, nodes.Product) or body is inner.node or inner.divides or any(f.joined == "/" for f in chain):
        return None
    factors: list[nodes.Factor] = []
    for factor in product.factors:
        first, *rest = chain if factor.operand is inner.node and chain else (factor,)
        factors.extend((replace(first, joined=factor.joined), *rest))
    return replace(product, factors=tuple(factors)) if chain else None


def lowercase_in_reduction(report: Report, call: nodes.Call, index: nodes.IndexName) -> None:
    """`sum[k](…)`."""
    capital = index.name[0].upper() + index.name[1:]
    indices = tuple(replace(i, name=capital) if i is index else i for i in call.indices)
    arguments = tuple(renamed(argument, index.name, capital, None) for argument in call.arguments)
    report.add(
        "lowercase-in-reduction",
        index.span,
        f"`{call.function}` cannot use up the free index `{index.name}`",
        label="a lowercase index is never summed or reduced",
        help=f"write `{format_expression(replace(call, indices=indices, arguments=arguments))}`",
    )


def index_not_carried(report: Report, call: nodes.Call, index: nodes.IndexName, carried: Collection[str]) -> None:
    """`sum[K](x[i])`: offers the call with the one capital index that could be meant, or without the index."""
    named = [other.name for other in call.indices]
    meant = [other for other in carried if other[0].isupper() == index.name[0].isupper() and other not in named]
    others = tuple(other for other in call.indices if other is not index)
    if len(meant) == 1:
        mended: Node = replace(call, indices=tuple(replace(i, name=meant[0]) if i is index else i for i in call.indices))
    else:
        mended = replace(call, indices=others) if others else call.arguments[0]
    report.add(
        "index-not-carried",
        index.span,
        f"nothing inside `{call.function}[…](…)` carries `{index.name}`",
        label=f"`{call.function}` needs an index of what stands in it",
        help=f"write `{format_expression(mended)}`, or use `{index.name}` inside",
    )


def index_named_again(report: Report, call: nodes.Call, index: nodes.IndexName, first: Span) -> None:
    """`sum[K](max[K](x[K]))`."""
    report.add(
        "index-named-again",
        index.span,
        f"`{call.function}` names `{index.name}` again",
        label="the second time",
        others=(Label(first, "named here already"),),
        help="give the inner operation an index of its own, of another name",
    )


def term_without_left_index(report: Report, term: nodes.Expression, indices: Sequence[str]) -> None:
    """`… + b[K]` where the left side has `j`: the whole of `b` is added everywhere, which is seldom meant."""
    words = " and ".join(f"`{index}`" for index in indices)
    report.add(
        "term-without-left-index",
        term.span,
        f"this term is summed over {words} and carries no index of the left side",
        label="the same number is added everywhere",
        help=f"if that is meant, say so: `{format_expression(summed(term, indices))}`; if not, use an index of the left side",
    )


# --- mended expressions -------------------------------------------------------------------------------------------------------


def summed(expression: nodes.Expression, indices: Sequence[str]) -> nodes.Expression:
    """`sum[indices](expression)`."""
    names = tuple(nodes.IndexName(index, None, expression.span) for index in indices)
    return nodes.Call("sum", (), names, (unparenthesised(expression),), expression.span)


def replaced(expression: nodes.Expression, old: Node, new: Node) -> nodes.Expression:
    """The expression with one node replaced by another."""
    changed: nodes.Expression = _at(expression, {old: new})
    return changed


def renamed(expression: nodes.Expression, old: str, new: str, scope: Scope | None) -> nodes.Expression:
    """The expression with an index renamed; sizes and tensors of the same name keep theirs."""
    changes: dict[Node, Node] = {}
    for node, place in places(expression, Reading.PRODUCT).items():
        if isinstance(node, nodes.IndexName) and node.name == old:
            changes[node] = replace(node, name=new)
        elif isinstance(node, nodes.Name) and node.name.name == old and _is_index(old, place.reading, scope):
            changes[node] = replace(node, name=replace(node.name, name=new))
    changed: nodes.Expression = _at(expression, changes)
    return changed


def _is_index(name: str, reading: Reading, scope: Scope | None) -> bool:
    if reading is Reading.INDEX or scope is None:
        return reading in (Reading.INDEX, Reading.SUBSCRIPT)
    return name in scope.indices if reading is Reading.SUBSCRIPT else scope.is_position(name)


def spare_index(taken: Collection[str], like: str) -> str:
    """A capital index that is not taken: the next free letter, or the letter with a number."""
    start = ascii_uppercase.find(like[0]) + 1
    letters = ascii_uppercase[start:] + ascii_uppercase[:start]
    numbered = (f"{like}{number}" for number in range(2, len(taken) + 3))
    spare: str = next(name for name in (*letters, *numbered) if name not in taken)
    return spare


def _at(root: nodes.Expression, changes: dict[Node, Node]) -> nodes.Expression:
    """The tree with some of its nodes, told apart by identity, replaced."""

    def visit(node: Node, children: tuple[Node, ...]) -> Node:
        return changes.get(node) or node.rebuild(children)

    return evaluate(root, visit)  # type: ignore[return-value]
