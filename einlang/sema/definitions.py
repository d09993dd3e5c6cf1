"""Definitions and equations: in goes an item of a file, out comes it in tensor IR, with what is known of its ranges."""

from __future__ import annotations

from einlang.diagnostics import Label
from einlang.ir.extent import Extent
from einlang.ir.nodes import Access, Definition, Expr, Index, Kind, Reduce, Tensor
from einlang.ir.program import Equation, tensors_in
from einlang.sema.binding import BoundSide, bind, is_summed
from einlang.sema.expressions import read_extent, read_side, scope_of
from einlang.sema.left_sides import indexed, left_names
from einlang.sema.ranges import Axis
from einlang.sema.reader import Known
from einlang.sema.sketch import sides
from einlang.syntax import nodes
from einlang.tree import walk


def define(
    known: Known, item: nodes.Definition | nodes.Update, shape: tuple[Extent, ...], name: str | None = None
) -> Definition | None:
    """A definition, of a tensor of some other name if there is one; None after an error in it."""
    names = left_names(item)
    sound = check_left(known, item)
    scope = scope_of(known, [item.body], names)
    bound = bind(item.body, scope, known.report, names if sound else ())
    sound &= check_free(known, item, bound, names)
    indices = tuple(Index(name, extent) for name, extent in zip(names, shape, strict=True))
    for number, index in enumerate(indices):
        sound &= _range_of(known, item, number, index)
    side = read_side(known, bound, scope, dict(zip(names, indices, strict=True)))
    known.read[item.body] = side
    known.ranges.close(complain=sound and not side.failed)
    if not sound or side.failed:
        return None
    tensor = Tensor(name or item.name.name, shape, stored_kind(side.expr), "definition", item.name.span)
    return Definition(tensor, indices, side.expr)


def _range_of(known: Known, item: nodes.Definition | nodes.Update, number: int, index: Index) -> bool:
    """Take in what the left side says of how far an index ranges; whether that can be read."""
    written = item.indices[number]
    axis = Axis(item.name.name, number, index.extent, written.span)
    known.ranges.adopt(index, written.subscript.span, f"give it one: `{with_range(item, written)}`", bool(written.extent))
    if written.extent is None:
        if isinstance(item, nodes.Update):
            known.ranges.stand(index, axis)
        return True
    extent = read_extent(known, written.extent, f"the range of `{index.name}`")
    if extent is not None and isinstance(item, nodes.Update):
        known.ranges.agree(index, axis, extent)
    elif extent is not None:
        known.ranges.give(index, extent, written.extent.span)
    return extent is not None


def stored_kind(body: Expr) -> Kind:
    """A definition that is an argmax or argmin or a reference to an integer tensor holds integers."""
    is_position = isinstance(body, Reduce) and body.operation in ("argmax", "argmin")
    is_reference = isinstance(body, Access) and body.tensor.kind == "int"
    return "int" if is_position or is_reference else "float"


def with_range(item: nodes.Definition | nodes.Update | nodes.Solve, index: nodes.LeftIndex) -> str:
    """The left side with a range for one of its indices."""
    texts = [f"{i.subscript.span.text} : n" if i is index else i.span.text for i in item.indices]
    return f"{item.name.span.text}[{', '.join(texts)}] = …"


def check_left(known: Known, item: nodes.Definition | nodes.Update | nodes.Solve) -> bool:
    """The indices on the left are lowercase and distinct."""
    seen: dict[str, nodes.LeftIndex] = {}
    sound = True
    for index, name in indexed(item):
        if is_summed(name):
            help = f"write it as the lowercase index `{name[0].lower()}{name[1:]}`"
            message = f"`{name}` on the left side is a summed index"
            known.report.add("left-index", index.span, message, label="a left side has free indices alone", help=help)
        elif name in seen:
            others = (Label(seen[name].span, "stands here already"),)
            message = f"`{name}` stands twice on the left side"
            known.report.add(
                "left-index",
                index.span,
                message,
                label="the second time",
                others=others,
                help="give each axis an index of its own",
            )
        sound &= not is_summed(name) and name not in seen
        seen.setdefault(name, index)
    return sound


def check_free(known: Known, item: nodes.Definition | nodes.Update, bound: BoundSide, left: list[str]) -> bool:
    """Every free index on the right stands on the left."""
    missing = [index for index in bound.free if index not in left]
    for index in missing:
        capital = index[0].upper() + index[1:]
        other = f"; the const is `({index})`" if index in known.symbols.consts else ""
        wanted = f"{item.name.span.text}[{','.join([*left, index])}]"
        known.report.add(
            "free-index",
            bound.free[index],
            f"`{index}` is free on the right and does not stand on the left",
            label="free here",
            help=f"put it on the left side, `{wanted} = …`, or make it the capital `{capital}` to sum over it{other}",
        )
    return not missing


def equation(known: Known, item: nodes.Assume | nodes.Check) -> Equation:
    """`assume` or `check`: the sides over the lowercase indices that they carry."""
    known.ranges.claimed = isinstance(item, nodes.Check)
    written = sides(item)
    scope = scope_of(known, written)
    bound = [bind(side, scope, known.report) for side in written]
    free: dict[str, Index] = {}
    for side in bound:
        for name, span in side.free.items():
            if name not in free:
                free[name] = known.ranges.introduce(name, span, "use it alone as a subscript of a tensor")
    read = [read_side(known, side, scope, free) for side in bound]
    known.read.update(zip(written, read, strict=True))
    known.ranges.close(complain=not any(side.failed for side in read))
    known.ranges.claimed = False
    made = Equation(tuple(free.values()), tuple(side.expr for side in read), item.span.text, tuple(side.span for side in written))
    if isinstance(item, nodes.Assume):
        _check_inputs(known, item, made)
    return made


def _check_inputs(known: Known, item: nodes.Assume, made: Equation) -> None:
    """An assumption speaks of inputs: what is defined by others could not be held to be independent in derivatives by those."""
    defined = {tensor.name for side in made.sides for tensor in tensors_in(side)}
    defined = {name for name in defined if name in known.symbols.tensors and known.symbols.tensors[name].role == "definition"}
    for node in walk(item):
        if isinstance(node, nodes.TensorName) and node.name in defined:
            defined.discard(node.name)
            message = f"an assumption about `{node.name}`, which is no input"
            help = f"say what it means for the inputs that `{node.name}` is made of"
            known.report.add("not-an-input", node.span, message, label="a definition", help=help)
