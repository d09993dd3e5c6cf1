"""Calls: in goes a call and the tensor IR of its arguments, out comes that of the function, expanded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from einlang.diagnostics import Label
from einlang.ir.build import number, select
from einlang.ir.extent import Extent
from einlang.ir.indices import free_indices, renewed
from einlang.ir.inside import conditions_inside
from einlang.ir.kinds import kind
from einlang.ir.nodes import Access, Body, Div, Expr, Function, Index, Number, Size, Tensor
from einlang.ir.operators import apply
from einlang.ir.program import Requirement
from einlang.ir.reaches import never_negative
from einlang.sema import abstract_functions, functions
from einlang.sema.builtins import ALONG, ELEMENTWISE, REDUCTIONS
from einlang.sema.extents import Reason, Verdict
from einlang.sema.names import head
from einlang.sema.reader import FAILED, Reader, Template
from einlang.sema.reading import Reading
from einlang.sema.references import tensor_symbol
from einlang.sema.whole import Sizing, whole_extent
from einlang.syntax import nodes
from einlang.tree import Node, evaluate, walk


def call(reader: Reader, node: nodes.Call, *children: Expr) -> Expr:
    """A call, by what its name is."""
    name, ranges, arguments = node.function, children[: len(node.indices)], children[len(node.indices) :]
    if name in reader.known.symbols.functions:
        return _own(reader, node, arguments)
    if node.by:
        return _derived(reader, node, arguments)
    if name in reader.known.symbols.lost:
        return reader.fail()
    if name in _POSITIONS:
        return _POSITIONS[name](reader, node, arguments)
    if node.indices:
        return _along_indices(reader, node, ranges, arguments)
    return _elementwise(reader, node, arguments)


def index_name(reader: Reader, node: nodes.IndexName, *extent: Expr) -> Expr:
    """An index that an operation names: its range, where one is given."""
    return extent[0] if extent else FAILED


def _count(reader: Reader, node: nodes.Call, arguments: Sequence[Expr], wanted: int) -> bool:
    """Whether a call has as many arguments as its function takes; reported if not."""
    if len(arguments) == wanted:
        return True
    function = reader.known.symbols.functions.get(node.function)
    others = (Label(head(function), "the function"),) if function else ()
    letters = [parameter.name for parameter in function.parameters] if function else ["a", "b", "c"][:wanted]
    message = f"`{node.function}` takes {_arguments(wanted)}, and has {len(arguments)} here"
    help = f"write `{node.span.text.partition('(')[0]}({', '.join(letters)})`"
    reader.error("wrong-arguments", node.span, message, _arguments(len(arguments)), help, others)
    return False


def _arguments(count: int) -> str:
    return f"{count} argument{'' if count == 1 else 's'}"


# --- functions of the program -------------------------------------------------------------------------------------------------


def _own(reader: Reader, node: nodes.Call, arguments: Sequence[Expr]) -> Expr:
    function, template = reader.known.abstract.get(node.function), reader.known.templates.get(node.function)
    if not _count(reader, node, arguments, len(reader.known.symbols.functions[node.function].parameters)):
        return FAILED
    if function is not None:
        return abstract_functions.call(reader, node, function, arguments)
    along = reader.known.bodies.get(node.function)
    if along is not None:
        return functions.call(reader, node, along, arguments)
    if node.indices and template is not None:
        return reader.error("wrong-arguments", node.indices[0].span, f"`{node.function}` takes no index")
    if node.by and template is not None:
        names = [parameter.name for parameter in reader.known.symbols.functions[node.function].parameters]
        return _partial(reader, node, names, template, arguments)
    if template is None or FAILED in arguments:
        return reader.fail()
    known = reader.known.instances
    key = node.function, tuple(arguments)
    if key not in known:
        known[key] = instance(template, arguments)
    return known[key]


def instance(template: Template, arguments: Sequence[Expr]) -> Expr:
    """The body of a function over arguments. Its sums get indices of their own, so that calls may stand inside each other."""
    values: Mapping[Node, Expr] = dict(zip(template.parameters, arguments, strict=True))

    def visit(node: Expr, children: tuple[Expr, ...]) -> Expr:
        if node in values:
            return values[node]
        return renewed(node.rebuild(children))

    return evaluate(template.body, visit)


def _derived(reader: Reader, node: nodes.Call, arguments: Sequence[Expr]) -> Expr:
    """The derivative of a built-in function, `tanh'(x)`."""
    row = ELEMENTWISE.get(node.function)
    if row is None:
        message = f"`{node.function}` is no elementwise function"
        help = f"define what it gives, `y = {node.span.text.replace(chr(39), '')}`, and write the derivative of that: `∂y/∂x`"
        return reader.error("wrong-arguments", node.span, message, "a prime derives elementwise functions alone", help)
    if not _count(reader, node, arguments, row.arity):
        return FAILED
    names = ["x"] if row.arity == 1 else list("abc"[: row.arity])
    parameters = tuple(Access(Tensor(f"{node.function}: {name}", (), "float", "input", None), ()) for name in names)
    return _partial(reader, node, names, Template(parameters, row.build(*parameters)), arguments)


def _partial(reader: Reader, node: nodes.Call, names: Sequence[str], template: Template, arguments: Sequence[Expr]) -> Expr:
    """The derivative of a function with a body by some of its arguments."""
    body = Body(tuple(p.tensor for p in template.parameters if isinstance(p, Access)), template.body)
    function = Function(node.function, (), tuple((name, ()) for name in names), node.span, body)
    return abstract_functions.call(reader, node, function, arguments)


# --- built-in functions -------------------------------------------------------------------------------------------------------


def _elementwise(reader: Reader, node: nodes.Call, arguments: Sequence[Expr]) -> Expr:
    row = ELEMENTWISE.get(node.function)
    if row is None:
        message = f"`{node.function}` does not say which index it works along"
        return reader.error("index-not-named", node.span, message, "name the index in brackets", f"`{node.function}[K](…)`")
    if not _count(reader, node, arguments, row.arity):
        return FAILED
    made = row.build(*arguments)
    return _known_size(reader, node, made) if node.function in ("min", "max") and FAILED not in arguments else made


def _along_indices(reader: Reader, node: nodes.Call, given: Sequence[Expr], arguments: Sequence[Expr]) -> Expr:
    """`op[K, …](e)`."""
    reduction, along = REDUCTIONS.get(node.function), ALONG.get(node.function)
    if reduction is None and along is None:
        message = f"`{node.function}` takes no index"
        return reader.error("wrong-arguments", node.indices[0].span, message, "elementwise functions work at every position")
    if node.function == "logdet" and len(node.indices) != 2:
        message = "`logdet` takes two indices, of rows and of columns"
        return reader.error("wrong-arguments", node.span, message, f"{len(node.indices)} here", "`logdet[I,J](K[I,J])`")
    if len(node.indices) > 1 and not (reduction is not None and reduction.takes(len(node.indices))):
        return reader.error("wrong-arguments", node.indices[1].span, f"`{node.function}` takes one index", "the second one")
    indices = [reader.indices[name] for name in node.indices if name in reader.indices]
    for name, range_ in zip(node.indices, given, strict=True):
        _give(reader, name, range_, reduction is not None)
    if not _count(reader, node, arguments, 1) or len(indices) < len(node.indices):
        return reader.fail()
    if node.function == "logdet" and not _is_square(reader, node, *indices):
        return reader.fail()
    if reduction is not None:
        if node.function in ("argmax", "argmin"):
            others = tuple(index.extent for index in free_indices(arguments[0]) if index not in indices)
            reader.known.ranges.search(indices[0].extent, node.span, others)
        return reduction.build(indices, arguments[0])
    assert along is not None
    return along.build(indices[0], arguments[0])


def _is_square(reader: Reader, node: nodes.Call, row: Index, column: Index) -> bool:
    """Whether a matrix can be square; what only a call can tell is required of it."""
    ranges = reader.known.ranges
    reason = f"`{row.name}` and `{column.name}` have one range in `{node.span.text}`, since the matrix is square"
    verdict = ranges.sizes.equate(row.extent, column.extent, Reason(reason, ()))
    if verdict is Verdict.IMPOSSIBLE:
        sizes = f"`{row.name}` ranges over {ranges.spell(row.extent)}, `{column.name}` over {ranges.spell(column.extent)}"
        message = "`logdet` takes a square matrix"
        reader.error("not-square", node.span, message, sizes)
    elif verdict is Verdict.AT_CALL:
        ranges.requirements.append(Requirement(row.extent, "=", column.extent, reason))
    return verdict is not Verdict.IMPOSSIBLE


def _give(reader: Reader, name: nodes.IndexName, range_: Expr, reduces: bool) -> None:
    """The range given to an index in `op[K : n](…)`."""
    if name.extent is None or name not in reader.indices:
        return
    if not reduces:
        reader.error("range-of-kept-index", name.extent.span, f"`{name.name}` keeps the range that it has", "no range goes here")
        return
    extent = whole_extent(reader, name.extent, range_, f"the range of `{name.name}`")
    if extent is not None:
        reader.known.ranges.give(reader.indices[name], extent, name.extent.span)


def _pad(reader: Reader, node: nodes.Call, arguments: Sequence[Expr]) -> Expr:
    """`pad(v, x[i + K])`: an element, and v where there is none."""
    if node.indices or not _count(reader, node, arguments, 2) or FAILED in arguments:
        return reader.fail()
    value, read = arguments
    if not isinstance(read, Access):
        message, help = "`pad` reads one element of a tensor", "`pad(0, x[i - 1])` is 0 outside of x"
        return reader.error("wrong-arguments", node.arguments[1].span, message, "no element of a tensor", help)
    outside = [conditions_inside(s, extent) for s, extent in zip(read.subscripts, read.tensor.shape, strict=True)]
    return _where_all([condition for conditions in outside for condition in conditions], read, value)


def _where_all(conditions: Sequence[Expr], then: Expr, otherwise: Expr) -> Expr:
    """`then` where all conditions hold."""
    for condition in reversed(conditions):
        then = select(condition, then, otherwise)
    return then


def _mod(reader: Reader, node: nodes.Call, arguments: Sequence[Expr]) -> Expr:
    """`mod(e, n)`: what remains of a whole number, from 0 on."""
    if node.indices or not _count(reader, node, arguments, 2) or FAILED in arguments:
        return reader.fail()
    for written, made in zip(node.arguments, arguments, strict=True):
        if kind(made) != "int":
            message, help = "`mod` takes whole numbers", "for periodic positions: `x[mod(i + 1, n)]`"
            return reader.error("wrong-arguments", written.span, message, "no whole number", help)
    return apply("mod", *arguments)


def _floor(reader: Reader, node: nodes.Call, arguments: Sequence[Expr]) -> Expr:
    """`floor(e / d)`: a quotient of whole numbers, rounded down."""
    if node.indices or not _count(reader, node, arguments, 1) or FAILED in arguments:
        return reader.fail()
    match arguments[0]:
        case Number(value):
            return number(value.numerator // value.denominator)
        case Div(numerator, denominator) if kind(numerator) == kind(denominator) == "int":
            return _known_size(reader, node, apply("floor", numerator, denominator))
        case whole if kind(whole) == "int":
            return whole
        case _:
            message, help = "`floor` takes a quotient of whole numbers", "for the row of a position: `x[floor(k / n), mod(k, n)]`"
            return reader.error("wrong-arguments", node.arguments[0].span, message, "no such quotient", help)


def _known_size(reader: Reader, node: nodes.Call, made: Expr) -> Expr:
    """What is computed from sizes and never negative is a size; in a range, what it stands in decides."""
    sizing = Sizing(reader.known.ranges, node.span, nests=False)
    sized = any(isinstance(part, Size) for part in walk(made))
    found = sizing.read(made) if sized and reader.places[node].reading is not Reading.RANGE else None
    if found is None or found.polynomial is not None:
        return made
    is_size = found.empties or all(never_negative(bound.extent) for bound in found.bounds)
    return Size(sizing.extent(found)) if is_size else made


def _size(reader: Reader, node: nodes.Call, arguments: Sequence[Expr]) -> Expr:
    """`size(X, 0)`: the length of an axis."""
    if node.indices or not _count(reader, node, arguments, 2):
        return reader.fail()
    tensor, axis = node.arguments[0], arguments[1]
    if not isinstance(tensor, nodes.Name):
        message = "`size` takes the name of a tensor and the number of an axis"
        return reader.error(
            "wrong-arguments", tensor.span, message, "no name of a tensor", "`size(X, 0)` is the length of the first axis"
        )
    shape = _shape(reader, tensor.name)
    if shape is None or axis is FAILED:
        return reader.fail() if reader.failed or axis is FAILED else reader.no_size(node)
    if not isinstance(axis, Number) or axis.value.denominator != 1 or not 0 <= axis.value < len(shape):
        axes = f"from 0 to {len(shape) - 1}" if shape else "and has none"
        message = f"`{node.arguments[1].span.text}` is no axis of `{tensor.name.name}`"
        return reader.error("wrong-arguments", node.arguments[1].span, message, f"its axes are numbered {axes}")
    return Size(shape[int(axis.value)])


def _shape(reader: Reader, name: nodes.TensorName) -> Sequence[Extent] | None:
    """The axes of a tensor, or of a parameter; None where there is none of the name, reported, or they are not known."""
    argument = reader.parameters.get(name.name)
    if argument is not None and argument.axes:
        return [axis.extent for axis in argument.axes]
    symbol = tensor_symbol(reader, name)
    return reader.known.shapes.get(symbol.name) if symbol is not None else None


_POSITIONS = {"pad": _pad, "mod": _mod, "floor": _floor, "size": _size}
"""The functions of positions and sizes."""
