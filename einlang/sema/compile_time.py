"""What is known before any data: in go consts and functions, out come their values and templates, in an order of use.

Consts and functions share a name space and may use one another, so they are read together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import inf, isfinite, isnan

from einlang.diagnostics import Label, Report
from einlang.ir.build import neg, number
from einlang.ir.nodes import Access, Definition, Expr, Function, Index, Infinity, Tensor
from einlang.sema import abstract_functions, functions
from einlang.sema.binding import BoundSide, bind, is_summed
from einlang.sema.builtins import ALONG, ELEMENTWISE, REDUCTIONS
from einlang.sema.calls import instance
from einlang.sema.expressions import outermost, read_extent, read_side, scope_of
from einlang.sema.extents import Sizes
from einlang.sema.names import TensorSymbol, collect, did_you_mean, head, is_spare
from einlang.sema.order import ordered
from einlang.sema.ranges import Ranges
from einlang.sema.rational import is_constant, rational
from einlang.sema.reader import FAILED, Along, Argument, Known, Template
from einlang.source import Span
from einlang.syntax import nodes
from einlang.tree import walk

Item = nodes.ConstDeclaration | nodes.Function


def read_compile_time(known: Known, start: Span, consts: Mapping[str, float], functions: Mapping[str, str]) -> None:
    """Read all consts and functions into `known`; `start` is where to report a setting that the program does not have."""
    symbols = known.symbols
    items: dict[str, Item] = {**symbols.consts, **symbols.functions}
    items |= {name: s.item for name, s in symbols.tensors.items() if isinstance(s.item, nodes.ConstDeclaration)}
    _report_unknown(known, start, consts, symbols.consts, "const")
    _report_unknown(known, start, functions, [n for n, f in symbols.functions.items() if f.body is None], "abstract function")
    order, circles = ordered({name: _uses(item, functions) for name, item in items.items()})
    for circle in circles:
        spans = [(name, _place(items[name])) for name in circle]
        report_circle(known, spans, is_recursion=all(name in symbols.functions for name in circle))
    for name in order:
        item = items[name]
        if any(name in circle for circle in circles):
            axes = item.axes if isinstance(item, nodes.ConstDeclaration) else ()
            known.shapes.update({name: tuple(known.ranges.sizes.unknown() for _ in axes)} if axes else {})
        elif isinstance(item, nodes.Function):
            _read_function(known, item, functions)
        elif item.axes:
            _read_tensor(known, symbols.tensors[name], item)
        else:
            value = _overriding(consts[name]) if name in consts else _read_const(known, item.value)
            known.consts.update({} if value is FAILED else {name: value})


def const_values(
    files: Sequence[nodes.File], consts: Mapping[str, float], functions: Mapping[str, str]
) -> dict[str, Fraction | None]:
    """What the consts without superscripts are worth, None for what is not rational; read alone, and errors left for later."""
    plain = [replace(file, items=tuple(item for item in file.items if _is_plain(item))) for file in files]
    report = Report()
    known = Known(collect(plain, report), report, Ranges(Sizes(), report))
    read_compile_time(known, files[0].span, consts, functions)
    return {name: rational(known.consts[name]) if name in known.consts else None for name in known.symbols.consts}


def _is_plain(item: nodes.Item) -> bool:
    is_const = isinstance(item, nodes.ConstDeclaration) and not item.axes and not item.name.superscripts
    return is_const or isinstance(item, nodes.Function)


def _place(item: Item) -> Span:
    return head(item) if isinstance(item, nodes.Function) else item.name.span


def _report_unknown(known: Known, start: Span, given: Iterable[str], existing: Iterable[str], what: str) -> None:
    for name in given:
        if name not in (names := list(existing)):
            help = did_you_mean(name, names) or (f"there are: {', '.join(names)}" if names else f"the program has no {what}")
            known.report.add("unknown-setting", start, f"the program has no {what} `{name}`", help=help)


def _uses(item: Item, functions: Mapping[str, str]) -> list[str]:
    """The names that a const or a function may use; those that are neither const nor function do not count."""
    roots = [*item.axes, item.value] if isinstance(item, nodes.ConstDeclaration) else [item.body] if item.body else []
    found = [node for root in roots for node in walk(root)]
    names = [node.name for node in found if isinstance(node, nodes.TensorName)]
    own = {parameter.name for parameter in item.parameters} if isinstance(item, nodes.Function) else set()
    called = [node.function for node in found if isinstance(node, nodes.Call)]
    bound = [functions[item.name]] if isinstance(item, nodes.Function) and item.name in functions else []
    return [*(name for name in names if name not in own), *called, *bound]


def report_circle(known: Known, circle: list[tuple[str, Span]], is_recursion: bool = False) -> None:
    """A circle of definitions, or of functions, named from its first member back to it."""
    (first, span), *others = circle
    path = " → ".join(f"`{name}`" for name, _ in [*circle, circle[0]])
    labels = tuple(Label(place, f"`{name}`") for name, place in others)
    if is_recursion:
        known.report.add(
            "recursive-function", span, f"`{first}` calls itself: {path}", label="functions may not recurse", others=labels
        )
    else:
        help = "define one of them without the others"
        known.report.add("circular-definition", span, f"`{first}` is defined by itself: {path}", others=labels, help=help)


# --- consts -------------------------------------------------------------------------------------------------------------------


def _overriding(value: float) -> Expr:
    """The value given from outside, as the literal that prints so."""
    if isfinite(value):
        return number(Fraction(str(value)))
    return FAILED if isnan(value) else Infinity() if value == inf else neg(Infinity())


def _read_const(known: Known, value: nodes.Expression) -> Expr:
    """A number known when the program is compiled, folded where it is rational."""
    scope = scope_of(known, [value], parameters=())
    bound = bind(value, scope, known.report)
    _no_free_index(known, bound, "a const is one number")
    side = read_side(known, bound, scope, {})
    known.ranges.close(complain=not side.failed)
    if side.failed:
        return FAILED
    if not is_constant(side.expr):
        help = "a const is made of numbers, other consts and functions of them"
        known.report.add("not-a-constant", value.span, "this is not known when the program is compiled", help=help)
        return FAILED
    folded = rational(side.expr)
    return side.expr if folded is None else number(folded)


def _no_free_index(known: Known, side: BoundSide, help: str) -> None:
    for index, span in side.free.items():
        known.report.add("free-index", span, f"`{index}` is free, and no left side has it", label="free here", help=help)


def _read_tensor(known: Known, symbol: TensorSymbol, item: nodes.ConstDeclaration) -> None:
    """`const w[3] = [1, 2, 3]` becomes the definition `w[i] = [1, 2, 3][i]`."""
    axes = [read_extent(known, axis) for axis in item.axes]
    known.shapes[symbol.name] = tuple(extent or known.ranges.sizes.unknown() for extent in axes)
    if not isinstance(item.value, nodes.Written):
        help = "write its entries out: `[1, 2, 3]`"
        known.report.add("ragged-tensor", item.value.span, f"`{symbol.name}` has axes, and one number here", help=help)
        return
    names = [f"i{number}" for number in range(symbol.rank)]
    subscripts = tuple(nodes.Name(nodes.TensorName(name, (), item.value.span), item.value.span) for name in names)
    reference = nodes.WrittenReference(item.value, subscripts, item.value.span)
    scope = scope_of(known, [reference], parameters=())
    indices = {name: known.ranges.introduce(name, item.value.span, "") for name in names}
    side = read_side(known, bind(reference, scope, known.report), scope, indices)
    known.ranges.close(complain=not side.failed)
    if not side.failed and None not in axes and _is_as_declared(known, symbol, item, list(indices.values())):
        known.const_tensors.append(Definition(known.tensor(symbol), tuple(indices.values()), side.expr))


def _is_as_declared(known: Known, symbol: TensorSymbol, item: nodes.ConstDeclaration, indices: list[Index]) -> bool:
    """Whether the axes of a tensor written out are those that are declared; reported if not."""
    valued, declared = known.ranges.sizes.valued, known.shapes[symbol.name]
    if all(valued(index.extent) is valued(extent) for index, extent in zip(indices, declared, strict=True)):
        return True
    found, wanted = (" × ".join(valued(e).spell() for e in shape) for shape in ([i.extent for i in indices], declared))
    others = (Label(symbol.span, f"declared {wanted}"),)
    known.report.add("sizes-differ", item.value.span, f"`{symbol.name}` is written out {found}, not {wanted}", others=others)
    return False


# --- functions ----------------------------------------------------------------------------------------------------------------


def _read_function(known: Known, item: nodes.Function, bound: Mapping[str, str]) -> None:
    """A function becomes a template: its body over tensors of rank 0 that stand for its parameters."""
    names: dict[str, Argument] = {}
    for parameter in item.parameters:
        if parameter.name in names:
            message = f"two parameters of `{item.name}` are named `{parameter.name}`"
            known.report.add("named-twice", parameter.span, message, label="the second one", help="choose another name")
        is_spare(parameter.name, parameter.span, known.report)
        tensor = Tensor(f"{item.name}: {parameter.name}", (), "float", "input", parameter.span)
        names[parameter.name] = Argument(Access(tensor, ()))
    parameters = tuple(argument.value for argument in names.values())
    if item.body is None:
        _read_abstract(known, item, bound.get(item.name), parameters)
        return
    if item.indices or any(parameter.indices for parameter in item.parameters):
        _read_along(known, item, item.body)
        return
    scope = scope_of(known, [item.body], parameters=names)
    body = bind(item.body, scope, known.report)
    _no_free_index(known, body, "a function works on numbers; pass the element")
    side = read_side(known, body, scope, {}, names)
    known.ranges.close(complain=not side.failed)
    known.read[item.body] = side
    if not side.failed and len(parameters) == len(item.parameters):
        known.templates[item.name] = Template(parameters, side.expr)


def _read_along(known: Known, item: nodes.Function, body: nodes.Expression) -> None:
    """A function along indices: its body is checked here, and read for each call."""
    function = abstract_functions.function(known, item)
    if function is None or len({name for name, _ in function.parameters}) < len(function.parameters):
        return
    kept = [index for index in function.indices if not is_summed(index)]
    scope = scope_of(known, [body], kept, [name for name, _ in function.parameters])
    bound = bind(body, scope, known.report)
    along = Along(function, scope, bound)
    loose = {index: span for index, span in bound.free.items() if index not in kept}
    _no_free_index(
        known, replace(bound, free=loose), f"name it after the function: `fn {item.name}[{', '.join([*kept, *loose])}](…)`"
    )
    known.ranges.claimed = True
    side = functions.over_own(outermost(known, scope), along)
    known.ranges.close(complain=not side.failed)
    known.ranges.claimed = False
    known.read[body] = side
    if not side.failed and not loose:
        known.bodies[item.name] = along


def _read_abstract(known: Known, item: nodes.Function, target: str | None, parameters: tuple[Expr, ...]) -> None:
    """An abstract function, left so or bound from outside to a built-in function or to one of the program's own."""
    found = abstract_functions.function(known, item)
    if found is None or len(parameters) != len(item.parameters):
        return
    if target is None:
        known.abstract[item.name] = found
        return
    if item.indices:
        known.abstract[item.name] = found
    row, template = ELEMENTWISE.get(target), known.templates.get(target)
    arity = row.arity if row else len(template.parameters) if template else None
    works_along = target in ALONG or target in REDUCTIONS
    own = known.bodies.get(target)
    if own is not None:
        _bind_own(known, item, found, own)
    elif arity is None and not works_along:
        help = did_you_mean(target, [*ELEMENTWISE, *ALONG, *REDUCTIONS, *known.templates]) or "name a function"
        known.report.add("unknown-setting", head(item), f"`{item.name}` is set to `{target}`, which is no function", help=help)
    elif item.indices or (works_along and arity is None):
        _bind_along(known, item, target)
    elif arity != len(parameters):
        takes = f"takes {arity} argument{'' if arity == 1 else 's'} and not {len(parameters)}"
        message = f"`{item.name}` is set to `{target}`, which {takes}"
        known.report.add("unknown-setting", head(item), message)
    elif row:
        known.templates[item.name] = Template(parameters, row.build(*parameters))
    elif template:
        known.templates[item.name] = Template(parameters, instance(template, parameters))


def _bind_own(known: Known, item: nodes.Function, found: Function, own: Along) -> None:
    """An abstract function, bound to one of the program's along indices in the same places."""
    if _form(found) == _form(own.function):
        known.abstract.pop(item.name, None)
        known.bodies[item.name] = own
    else:
        message = f"`{item.name}` is set to `{own.function.name}`, which goes along its indices in another way"
        known.report.add("unknown-setting", head(item), message, help=f"`{item.name}` is declared as `{item.span.text}`")


def _form(function: Function) -> tuple[object, ...]:
    """Which indices a function keeps, and which of them each parameter goes along."""
    kept = tuple(is_summed(name) for name in function.indices)
    return kept, tuple(tuple(function.indices.index(name) for name in own) for _, own in function.parameters)


def _bind_along(known: Known, item: nodes.Function, target: str) -> None:
    """A function along indices, bound to a built-in one: `softmax` where it keeps its index, `logsumexp` where it uses it up."""
    kept, along, reduction = [not is_summed(i.name) for i in item.indices], ALONG.get(target), REDUCTIONS.get(target)
    if len(item.parameters) == 1 and kept == [True] and along:
        known.along[item.name] = lambda indices, arguments: along.build(indices[0], arguments[0])
    elif len(item.parameters) == 1 and kept and not any(kept) and reduction and reduction.takes(len(kept)):
        known.along[item.name] = lambda indices, arguments: reduction.build(indices, arguments[0])
    else:
        words = "works along one index and keeps it" if along else "uses its indices up" if reduction else "is elementwise"
        message = f"`{item.name}` is set to `{target}`, which {words}"
        help = f"`{item.name}` is declared as `{item.span.text}`"
        known.report.add("unknown-setting", head(item), message, help=help)
