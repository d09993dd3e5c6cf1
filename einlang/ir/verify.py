"""What must hold of every program between passes: in goes a program and the stage it comes from; a defect is an InternalError."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from einlang.errors import InternalError
from einlang.ir.extent import Extent
from einlang.ir.indices import free_indices_of_all
from einlang.ir.kinds import kinds_of_all
from einlang.ir.nodes import (
    Abstract,
    Access,
    Apply,
    Definition,
    Delta,
    Expr,
    Index,
    Kind,
    Reduce,
    Select,
    Size,
    Solve,
    Stack,
    Target,
    Tensor,
    bound_indices,
)
from einlang.ir.program import Program, own_sizes
from einlang.ir.reaches import at_most
from einlang.ir.recurrences import Defect, circles, recurrence
from einlang.ir.safety import guarded_nodes
from einlang.ir.text import expression_text, text
from einlang.tree import Node, fold, walk


def verify(program: Program, stage: str, *, strict: bool = False) -> None:
    """Raises InternalError, with a dump of the program, where it is not well formed.

    With `strict`, an index that is a subscript by itself must have the extent of its axis where no `Select` guards it; without,
    it may also range over less, as where a program gives a range.
    """
    for defect in _defects(program, strict):
        raise InternalError(stage, defect, text(program))


def _defects(program: Program, strict: bool) -> Iterator[str]:
    known: dict[str, Tensor] = {}
    for tensor in program.inputs:
        yield from _introduced(tensor, known, tensor.role in ("input", "param"))
    sizes = {size for tensor in program.inputs for extent in tensor.shape for size in extent.sizes} | dict(program.sizes).keys()
    sizes |= {found.size for found in program.computed}
    groups = {d.tensor: members for members in circles(program.definitions) for d in members}
    for definition in program.definitions:
        sizes |= own_sizes(definition)
        members = {member.tensor.name: member.tensor for member in groups.get(definition.tensor, ())}
        for defect in _definition_defects(definition, {**known, **members}, sizes, strict):
            yield f"in the definition of {definition.tensor.name}: {defect}"
        yield from _introduced(definition.tensor, known, definition.tensor.role == "definition")
    yield from _group_defects(program.definitions, groups)
    for tensor in program.outputs:
        if known.get(tensor.name) is not tensor:
            yield f"the output {tensor.name} is not defined"
    for refusal in program.refusals:
        if known.get(refusal.tensor.name) is not refusal.tensor or refusal.tensor.rank:
            yield f"the refusal {refusal.tensor.name} is no defined scalar"
    for tensor, of in program.derivatives.items():
        if known.get(tensor.name) is not tensor:
            yield f"the derivative {tensor.name} is not defined"
        if tensor.shape != of.shape:
            yield f"the derivative {tensor.name} has the shape {_spelled(tensor.shape)}, not {_spelled(of.shape)}"
    for equation in (*program.assumptions, *program.checks):
        for side in equation.sides:
            for defect in _body_defects(side, equation.indices, known, sizes, strict):
                yield f"in `{equation.text}`: {defect}"


def _group_defects(definitions: Sequence[Definition], groups: Mapping[Tensor, tuple[Definition, ...]]) -> Iterator[str]:
    """Definitions that use one another stand side by side and can be computed position by position."""
    places = {definition.tensor: place for place, definition in enumerate(definitions)}
    for members in dict.fromkeys(groups.values()):
        where = [places[member.tensor] for member in members]
        if max(where) - min(where) >= len(where):
            yield f"{', '.join(member.tensor.name for member in members)} use one another and do not stand side by side"
        found = recurrence(members)
        if isinstance(found, Defect):
            at = f": {expression_text(found.access)}" if found.access else ""
            yield f"in the definition of {found.definition.tensor.name}: {found.text}{at}"


def _introduced(tensor: Tensor, known: dict[str, Tensor], has_role: bool) -> Iterator[str]:
    if tensor.name in known:
        yield f"{tensor.name} is defined twice"
    if not has_role:
        yield f"{tensor.name} is called {tensor.role}"
    if tensor.kind == "bool":
        yield f"{tensor.name} holds truth values"
    known[tensor.name] = tensor


def _definition_defects(definition: Definition, known: dict[str, Tensor], sizes: set[str], strict: bool) -> Iterator[str]:
    tensor, indices = definition.tensor, definition.indices
    if tuple(index.extent for index in indices) != tensor.shape:
        yield f"its indices have the extents {_spelled(i.extent for i in indices)}, its shape is {_spelled(tensor.shape)}"
    kind = kinds_of_all(definition.body)[definition.body]
    if kind == "bool" or (tensor.kind == "int" and kind != "int"):
        yield f"its kind is {tensor.kind}, that of its body {kind}"
    yield from _body_defects(definition.body, indices, known, sizes, strict)


def _spelled(extents: Iterable[Extent]) -> str:
    return f"[{', '.join(extent.spell() for extent in extents)}]"


def _body_defects(
    body: Expr, indices: tuple[Index, ...], known: dict[str, Tensor], sizes: set[str], strict: bool
) -> Iterator[str]:
    loose = [index.name for index in free_indices_of_all(body)[body] if index not in indices]
    if loose:
        yield f"nothing binds {', '.join(loose)}"
    yield from _binder_defects(body, indices)
    kinds = kinds_of_all(body)
    guarded = guarded_nodes(body) if strict else set()
    yield from _system_problems(body, indices)
    for node in walk(body):
        problems = chain(
            _kind_problems(node, kinds),
            _access_problems(node, known, strict and node not in guarded),
            _size_problems(node, sizes),
            _reduce_problems(node),
        )
        for problem in problems:
            yield f"{problem}: {expression_text(node)}"


def _binder_defects(body: Expr, indices: tuple[Index, ...]) -> Iterator[str]:
    """Indices bound twice by one binder, or bound again within their scope."""
    bound = fold(body, _bound)
    nested = ((bound_indices(node), frozenset[Index]().union(*(bound[child] for child in node.children))) for node in walk(body))
    for own, inside in ((indices, bound[body]), *nested):
        for index in own:
            if own.count(index) > 1 or index in inside:
                yield f"{index.name} is bound twice"


def _bound(node: Node, children: tuple[frozenset[Index], ...]) -> frozenset[Index]:
    return frozenset(bound_indices(node)).union(*children)


def _kind_problems(node: Node, kinds: dict[Node, Kind]) -> Iterator[str]:
    """What the children of a node must be: whole numbers, truth values, or numbers of either kind."""
    found = [kinds[child] for child in node.children]
    match node:
        case Access() | Delta() | Target():
            wanted: list[str] = ["int"] * len(found)
        case Select():
            wanted = ["bool", "number", "number"]
        case Stack():
            wanted = ["number"] * (len(found) - 1) + ["int"]
        case Solve():
            wanted = ["number", "number"] + ["int"] * (len(found) - 2)
        case Apply(operator):
            wanted = ["bool" if operator.takes == "bool" else "number"] * operator.arity
        case Abstract(_, positions, _, arguments):
            whole = len(found) - len(positions) - len(arguments)
            wanted = ["int"] * len(positions) + ["number"] * len(arguments) + ["int"] * whole
        case _:
            wanted = ["number"] * len(found)
    if len(wanted) != len(found):
        yield f"it takes {len(wanted)} arguments and has {len(found)}"
    for kind, want in zip(found, wanted, strict=False):
        if (kind in ("int", "float")) if want == "bool" else (kind == "bool" or (want == "int" and kind != "int")):
            yield f"a child has the kind {kind}, not {want}"


def _access_problems(node: Node, known: dict[str, Tensor], strict: bool) -> Iterator[str]:
    if not isinstance(node, Access | Target):
        return
    tensor, subscripts = node.tensor, node.subscripts
    if known.get(tensor.name) is not tensor:
        yield f"{tensor.name} is used before it is defined"
    if len(subscripts) != tensor.rank:
        yield f"{tensor.name} has rank {tensor.rank} and {len(subscripts)} subscripts"
        return
    for axis, (subscript, extent) in enumerate(zip(subscripts, tensor.shape, strict=True)):
        if isinstance(subscript, Index) and strict and not at_most(subscript.extent, extent):
            yield f"{subscript.name} ranges over {subscript.extent.spell()}, axis {axis} over {extent.spell()}"


def _size_problems(node: Node, sizes: set[str]) -> Iterator[str]:
    extents = [node.extent] if isinstance(node, Size | Index) else [index.extent for index in bound_indices(node)]
    for size in dict.fromkeys(size for extent in extents for size in extent.sizes):
        if size not in sizes:
            yield f"nothing fixes the size {size}"


def _system_problems(body: Expr, indices: tuple[Index, ...]) -> Iterator[str]:
    """A system of equations is all of a body, at distinct indices of the definition."""
    if any(isinstance(node, Solve) and node is not body for node in walk(body)):
        yield "a system of equations is part of a body"
    if isinstance(body, Solve):
        own = dict.fromkeys(index for index in body.position if isinstance(index, Index) and index in indices)
        if len(own) != len(body.position) or len(own) != len(body.columns):
            yield "what a system of equations is solved for are no indices of the definition"


def _reduce_problems(node: Node) -> Iterator[str]:
    if isinstance(node, Reduce) and node.operation == "logdet" and len(node.indices) != 2:
        yield f"logdet has {len(node.indices)} indices"
    if isinstance(node, Reduce) and (not node.indices or (len(node.indices) > 1 and node.operation in ("argmax", "argmin"))):
        yield f"{node.operation} has {len(node.indices)} indices"
