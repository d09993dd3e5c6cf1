"""A program as a graph: in go its equations, out come its tensors and the wires between them, with the indices on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from einlang.codegen.ein.partials import Partials, left_side, with_partials
from einlang.codegen.notation import Equations
from einlang.syntax import nodes
from einlang.syntax.format import format_expression
from einlang.tree import walk


@dataclass(frozen=True, slots=True)
class Vertex:
    """A tensor.

    Attributes:
        text: the tensor with its axes or indices.
        role: `input`, `param` or `definition`.
        works: what its definition does, in a word or two each, or that it is abstract; none for what is given.
        item: the number of its definition among those of the program, None for what is given.
        is_output: whether a call returns it.
    """

    text: str
    role: str
    works: tuple[str, ...]
    item: int | None
    is_output: bool


@dataclass(frozen=True, slots=True)
class Use:
    """That one tensor is read by the definition of another: at which subscripts, each with whether an index in it is summed."""

    source: int
    target: int
    subscripts: tuple[tuple[tuple[str, bool], ...], ...]


def graph(equations: Equations) -> tuple[list[Vertex], list[Use]]:
    """The vertices, those of a definition after those that it uses, and the uses.

    A recurrence goes round: what a tensor reads of itself, or of what stands after it, is named beside it.
    """
    vertices: list[Vertex] = []
    uses: list[Use] = []
    numbers: dict[str, int] = {}
    outputs = {format_expression(name) for name in equations.outputs}
    for item, _ in equations.declared:
        if isinstance(item, nodes.Declaration):
            for declarator in item.declarators:
                name = format_expression(declarator.name)
                numbers[name] = len(vertices)
                vertices.append(Vertex(format_expression(declarator), item.role, (), None, name in outputs))
    defined = _defined(equations)
    numbers |= {name: len(vertices) + place for place, name in enumerate(defined)}
    for name, parts in defined.items():
        number, item = parts[-1]
        found = [use for _, part in parts for use in _uses(part, numbers, numbers[name])]
        around = [use for use in found if use.source >= use.target]
        again = tuple(f"↺ {text}" for use in around for text in _read(list(numbers)[use.source], use))
        works = tuple(dict.fromkeys(work for _, part in parts for work in _works(part)))
        uses += _joined(use for use in found if use.source < use.target)
        vertices.append(Vertex(_left(item, equations.known), "definition", (*works, *again), number, name in outputs))
    return vertices, uses


def _defined(equations: Equations) -> dict[str, list[tuple[int, nodes.Definition | nodes.Abstract]]]:
    """The definitions of each tensor, a recurrence's step last, with their numbers."""
    found: dict[str, list[tuple[int, nodes.Definition | nodes.Abstract]]] = {}
    for number, (item, _) in enumerate(equations.defined):
        if isinstance(item, nodes.Definition | nodes.Abstract):
            found.setdefault(format_expression(item.name), []).append((number, item))
    return found


def _read(name: str, use: Use) -> list[str]:
    """A tensor at each of its subscripts."""
    return [f"{name}[{','.join(text.replace(' ', '') for text, _ in subscripts)}]" for subscripts in use.subscripts]


def _joined(uses: Iterable[Use]) -> list[Use]:
    """The uses, one for each pair of tensors."""
    found: dict[tuple[int, int], Use] = {}
    for use in uses:
        before = found.get((use.source, use.target))
        subscripts = tuple(dict.fromkeys((*(before.subscripts if before else ()), *use.subscripts)))
        found[use.source, use.target] = Use(use.source, use.target, subscripts)
    return list(found.values())


def _left(item: nodes.Definition | nodes.Abstract, known: Partials) -> str:
    if isinstance(item, nodes.Abstract):
        return f"{format_expression(item.name)}[{','.join(index.name for index in item.indices)}]".removesuffix("[]")
    return format_expression(with_partials(left_side(item), known))


def _uses(item: nodes.Definition | nodes.Abstract, numbers: dict[str, int], target: int) -> list[Use]:
    """What a definition reads, each tensor once, in the order in which they stand in it."""
    if isinstance(item, nodes.Abstract):
        return [Use(numbers[format_expression(argument)], target, ()) for argument in item.arguments]
    found: dict[int, dict[tuple[tuple[str, bool], ...], None]] = {}
    indices = {*_indices(item.body), *(format_expression(index.subscript) for index in item.indices)}
    for node in walk(item.body):
        name = format_expression(node.name) if isinstance(node, nodes.Reference | nodes.Name) else ""
        if name in numbers and (isinstance(node, nodes.Reference) or name not in indices):
            subscripts = node.subscripts if isinstance(node, nodes.Reference) else ()
            found.setdefault(numbers[name], {}).setdefault(tuple((format_expression(s), _is_summed(s)) for s in subscripts))
    return [Use(source, target, tuple(subscripts)) for source, subscripts in found.items()]


def _indices(body: nodes.Expression) -> Iterator[str]:
    """The indices of an expression: what stands in brackets. Where a name is one of them, it is no tensor's."""
    for node in walk(body):
        if isinstance(node, nodes.Call):
            yield from (index.name for index in node.indices)
        for subscript in getattr(node, "subscripts", ()):
            yield from (name.name.name for name in walk(subscript) if isinstance(name, nodes.Name))


def _is_summed(subscript: nodes.Expression) -> bool:
    """Whether an index of a subscript is bound in the definition: then it is a capital one."""
    return any(name.name.name[0].isupper() for name in walk(subscript) if isinstance(name, nodes.Name))


def _works(item: nodes.Definition | nodes.Abstract) -> tuple[str, ...]:
    """`Σ K`, `max J`, `tanh`: the sums that are not said, and the functions."""
    if isinstance(item, nodes.Abstract):
        return ("abstract",)
    calls = [node for node in walk(item.body) if isinstance(node, nodes.Call) and node.function != "size"]
    said = {index.name for call in calls for index in call.indices}
    summed = dict.fromkeys(name for name in _indices(item.body) if name[0].isupper() and name not in said)
    named = (" ".join([call.function, *(index.name for index in call.indices)]).replace("sum ", "Σ ") for call in calls)
    sums = [f"Σ {','.join(summed)}"] if summed else []
    return tuple(dict.fromkeys([*sums, *named]))
