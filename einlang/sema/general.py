"""A repeated statement again: in go it and its repetitions with their sums written out, out comes it with them, or None.

What a repetition made of `Z{m}` goes back to it by its place. Sizes that were written in, as `k{0}` and `k{1}`, become one that
the statement could have meant in every repetition: `k{m-1}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from einlang.diagnostics import Report
from einlang.sema.layers import Variables
from einlang.sema.superscripts import Numbers, Value
from einlang.source import Span
from einlang.syntax import nodes
from einlang.tree import Node, equal, rewrite, walk

Superscripts = tuple[nodes.Expression, ...]


def general(
    written: nodes.Item, members: Sequence[tuple[Variables, nodes.Item]], consts: Mapping[str, Value]
) -> nodes.Item | None:
    """The statement `written` with the sums of its repetitions, if these agree up to their superscripts."""
    inner = written.item if isinstance(written, nodes.Repeated) else written
    if not members:
        return written
    back = _Back(_places(inner))
    found = [(variables, rewrite(item, back.rule)) for variables, item in members]
    sizes = [[node for node in walk(item) if _is_made(node)] for _, item in found]
    if len({len(names) for names in sizes}) > 1:
        return None
    choices = _superscripts(inner)
    numbers = [_numbers(variables, consts) for variables, _ in found]
    chosen = [_chosen(names, numbers, choices) for names in zip(*sizes, strict=True)]
    if None in chosen:
        return None
    said = [_replaced(item, dict(zip(names, chosen, strict=True))) for (_, item), names in zip(found, sizes, strict=True)]
    if not all(equal(said[0], other) for other in said):
        return None
    return replace(written, item=said[0]) if isinstance(written, nodes.Repeated) else said[0]


def _places(item: nodes.Item) -> dict[tuple[type[Node], int, int], Node]:
    """What a repetition writes otherwise, by its place: names with superscripts, and bare names, which get parentheses."""
    names = [node for node in walk(item) if isinstance(node, nodes.TensorName) and node.superscripts]
    bare = [node for node in walk(item) if isinstance(node, nodes.Name)]
    found: dict[tuple[type[Node], int, int], Node] = {(nodes.TensorName, n.span.start, n.span.end): n for n in names}
    return {**found, **{(nodes.Parenthesised, n.span.start, n.span.end): n for n in bare}}


@dataclass(frozen=True, slots=True)
class _Back:
    places: Mapping[tuple[type[Node], int, int], Node]

    def rule(self, node: Node) -> Node | None:
        """What a repetition wrote otherwise, as it was written."""
        changed = _is_made(node) or (isinstance(node, nodes.Parenthesised) and _was_one(node))
        if not (changed and isinstance(node, nodes.TensorName | nodes.Parenthesised)):
            return None
        return self.places.get((type(node), node.span.start, node.span.end))


def _was_one(node: nodes.Parenthesised) -> bool:
    """Whether the parentheses stand for a name alone."""
    inner = node.body.operand if isinstance(node.body, nodes.Negative) else node.body
    return isinstance(inner, nodes.Number | nodes.Name) and inner.span == node.span


def _is_made(node: Node) -> bool:
    """Whether a name is that of a repetition."""
    return isinstance(node, nodes.TensorName) and "{" in node.name


def _superscripts(item: nodes.Item) -> list[Superscripts]:
    """The superscripts that the statement speaks of, each once."""
    found = [node.superscripts for node in walk(item) if isinstance(node, nodes.TensorName) and node.superscripts]
    return list({tuple(s.span.text for s in superscripts): superscripts for superscripts in found}.values())


def _numbers(variables: Variables, consts: Mapping[str, Value]) -> Numbers:
    return Numbers({**consts, **{name: Fraction(value) for name, value in variables.items()}}, {}, Report())


def _chosen(names: Sequence[Node], numbers: Sequence[Numbers], choices: Sequence[Superscripts]) -> nodes.TensorName | None:
    """The name with superscripts that is each of these names in its repetition."""
    written = [(node.name, node.span) for node in names if isinstance(node, nodes.TensorName)]
    stem, span = written[0][0].partition("{")[0], written[0][1]
    for superscripts in (*choices, *_literal(written[0][0], span)):
        if all(f"{stem}{_spelled(superscripts, n)}" == name for n, (name, _) in zip(numbers, written, strict=True)):
            return nodes.TensorName(stem, superscripts, span)
    return None


def _spelled(superscripts: Superscripts, numbers: Numbers) -> str:
    return f"{{{','.join(str(numbers.whole(superscript)) for superscript in superscripts)}}}"


def _literal(name: str, span: Span) -> Iterator[Superscripts]:
    """The superscripts of a repetition as they are."""
    found = [int(text) for text in name.partition("{")[2].rstrip("}").split(",")]
    literals = [(nodes.Number(Fraction(abs(value)), str(abs(value)), span), value < 0) for value in found]
    yield tuple(nodes.Negative(literal, span) if negative else literal for literal, negative in literals)


def _replaced(item: Node, names: Mapping[Node, Node | None]) -> nodes.Item:
    made: nodes.Item = rewrite(item, names.get)
    return made
