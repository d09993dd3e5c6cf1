"""From files to a program: in go syntax trees, out comes tensor IR with names, sums and extents settled; errors are reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from einlang.diagnostics import Label, Report
from einlang.ir.nodes import Definition, Expr, Index, Size, Tensor, bound_indices
from einlang.ir.program import Equation, Program, Refusal, tensors_in
from einlang.ir.recurrences import strongly_connected
from einlang.sema.abstract_tensors import declare
from einlang.sema.bounds import refusals
from einlang.sema.circles import has_step, is_plain, members
from einlang.sema.compile_time import const_values, read_compile_time, report_circle
from einlang.sema.declarations import inputs, notes, read_shapes, read_sizes
from einlang.sema.definitions import define, equation
from einlang.sema.extents import UNKNOWN, Sizes
from einlang.sema.layers import Members, has_layers, repeat
from einlang.sema.left_sides import is_stepped, left_names
from einlang.sema.names import SizeSymbol, Symbols, collect, did_you_mean
from einlang.sema.order import ordered
from einlang.sema.ranges import Ranges
from einlang.sema.reader import Known
from einlang.sema.reading import index_names, is_index, places
from einlang.sema.recurrences import recurrence
from einlang.sema.settle import settle
from einlang.sema.sketch import add_inputs, sides
from einlang.sema.systems import solution
from einlang.sema.updates import updates
from einlang.source import Span
from einlang.syntax import nodes
from einlang.tree import walk


@dataclass(frozen=True, slots=True)
class Elaborated:
    """A program, and what was found on the way to it. The program is sound only if the report has no errors."""

    program: Program
    known: Known
    members: Members


def elaborate(
    files: Sequence[nodes.File], report: Report, name: str, consts: Mapping[str, float], functions: Mapping[str, str]
) -> Elaborated:
    """Read the main file, which is the first, with the functions and consts of the others."""
    main = files[0]
    is_layered = any(map(has_layers, files))
    layers = repeat(files, const_values(files, consts, functions) if is_layered else {}, report)
    symbols = collect(layers.files, report)
    if main.is_sketch:
        add_inputs(symbols, report)
    known = Known(symbols, report, Ranges(Sizes(), report))
    for size in symbols.sizes:
        known.ranges.sizes.named(size)
    read_compile_time(known, Span(main.span.source, main.span.start, main.span.start), consts, functions)
    read_sizes(known)
    read_shapes(known)
    program = _program(known, name)
    settled = settle(program, known.ranges.sizes.reduced)
    _check_sizes(known, settled)
    return Elaborated(settled, known, layers.members)


def _program(known: Known, name: str) -> Program:
    """What the items of the file say, over extents that are in part still to be found."""
    definitions = list(_definitions(known))
    assumptions = [equation(known, item) for item in known.symbols.items if isinstance(item, nodes.Assume)]
    checks = [equation(known, item) for item in known.symbols.items if isinstance(item, nodes.Check)]
    updated = list(updates(known))
    changed = [definition for _, definition in updated]
    outputs = _outputs(known, definitions)
    used = _used(known, [*definitions, *changed], [*assumptions, *checks], outputs)
    requirements = known.ranges.finish()
    declared = inputs(known)
    refused = [] if known.report.has_errors else list(refusals(known.doubtful, known.ranges.sizes.valued))
    return Program(
        name,
        declared,
        _refusing(known, [*used, *definitions, *changed], refused),
        (*outputs, *(definition.tensor for definition in changed)),
        tuple(known.ranges.sizes.known.items()),
        tuple(assumptions),
        tuple(checks),
        notes(known.ranges, declared),
        tuple(requirements),
        computed=tuple(known.ranges.sizes.computed),
        refusals=tuple(refusal for _, refusal in refused),
        updates={definition.tensor: tensor for tensor, definition in updated},
    )


Defining = nodes.Definition | nodes.Solve | nodes.Abstract
"""What defines a tensor."""

# --- definitions --------------------------------------------------------------------------------------------------------------


def _definitions(known: Known) -> Iterator[Definition]:
    """The definitions, each after those that it uses; those of a recurrence stand together."""
    symbols = known.symbols
    items = {n: s.item for n, s in symbols.tensors.items() if isinstance(s.item, Defining)}
    parts = {name: [item, *symbols.starts.get(name, ())] for name, item in items.items()}
    known.uses = {name: [used for part in found for used in _names(part)] for name, found in parts.items()}
    place = {name: number for number, name in enumerate(items)}
    for names in strongly_connected({name: [used for used in uses if used in items] for name, uses in known.uses.items()}):
        group = sorted(names, key=place.__getitem__)
        made = list(_group(known, group, items))
        known.broken.update({*group} - {definition.tensor.name for definition in made})
        for definition in made:
            known.tensors[definition.tensor.name] = definition.tensor
        yield from made
    for item in symbols.items:
        if not isinstance(item, nodes.Definition) or items.get(item.name.name) is item:
            continue
        is_start = item.name.name in symbols.starts or len(left_names(item)) < len(item.indices)
        if not is_start and not is_stepped(item):
            define(known, item, tuple(known.ranges.sizes.unknown() for _ in item.indices))


def _group(known: Known, names: Sequence[str], items: Mapping[str, Defining]) -> Iterator[Definition]:
    """The definitions of names that use one another, or of a single one."""
    inside = {name: [used for used in known.uses[name] if used in names] for name in names}
    uses = {name: sorted(used, key=name.__eq__) for name, used in inside.items()}  # itself last: a longer circle says more
    found = members(known, names) if any(uses.values()) else None
    if found is not None:
        yield from recurrence(known, found) if found else ()
        return
    order, circles = ordered(uses)
    for circle in circles:
        report_circle(known, [(name, known.symbols.tensors[name].span) for name in circle])
    for name in order:
        is_whole = not has_step(known, name) if circles else is_plain(known, name)
        made = _made(known, items[name]) if is_whole else []
        for definition in made:
            known.tensors[definition.tensor.name] = definition.tensor
        yield from made


def _made(known: Known, item: Defining) -> list[Definition]:
    """The definition of an item, last; none after an error in it."""
    shape = known.shapes[item.name.name]
    if isinstance(item, nodes.Abstract):
        return declare(known, item, shape)
    if isinstance(item, nodes.Solve):
        found = solution(known, item, known.tensor(known.symbols.tensors[item.name.name]))
    else:
        found = define(known, item, shape)
    return [] if found is None else [found]


def _refusing(
    known: Known, definitions: Sequence[Definition], refused: Sequence[tuple[Definition, Refusal]]
) -> tuple[Definition, ...]:
    """The definitions and those that refuse a call, each after those that it uses; a recurrence stays together."""
    checks = {check: {tensor for tensor in tensors_in(check.body) if tensor.role == "definition"} for check, _ in refused}
    ready: list[Definition] = [check for check, uses in checks.items() if not uses]
    circle: dict[str, object] = {name: number for number, names in enumerate(known.circles) for name in names}
    done: set[Tensor] = set()
    for _, run in groupby(definitions, key=lambda d: circle.get(d.tensor.name, d.tensor)):
        group = list(run)
        new = {definition.tensor for definition in group}
        ready += group
        done |= new
        ready += [check for check, uses in checks.items() if uses & new and uses <= done]
    return tuple(ready)


def _names(item: nodes.Definition | nodes.Solve | nodes.Update | nodes.Abstract) -> Iterator[str]:
    """The names of tensors that a definition may use: an index of it is none.

    Equations speak of what they are solved for, and do not use it.
    """
    if isinstance(item, nodes.Abstract):
        return (name.name for name in item.arguments)
    read = [places(side) for side in sides(item)]
    names = {*left_names(item), *(name for found in read for name in index_names(found))}
    indices = {node.name for found in read for node, place in found.items() if is_index(node, place, names)}
    body = (node for side in sides(item) for node in walk(side))
    named = (node.name for node in body if isinstance(node, nodes.TensorName) and node not in indices)
    return (name for name in named if not (isinstance(item, nodes.Solve) and name == item.name.name))


def _used(
    known: Known, definitions: Sequence[Definition], equations: Sequence[Equation], outputs: Sequence[Tensor]
) -> list[Definition]:
    """The const tensors that something uses, each after those that it uses."""
    bodies: list[Expr] = [d.body for d in definitions] + [side for equation in equations for side in equation.sides]
    wanted = {*outputs, *(tensor for body in bodies for tensor in tensors_in(body))}
    kept: list[Definition] = []
    for definition in reversed(known.const_tensors):
        if definition.tensor in wanted:
            wanted.update(tensors_in(definition.body))
            kept.append(definition)
    return kept[::-1]


# --- outputs ------------------------------------------------------------------------------------------------------------------


def _outputs(known: Known, definitions: Sequence[Definition]) -> tuple[Tensor, ...]:
    """What `output` names; without it, every definition that no other definition uses."""
    symbols = known.symbols
    written = [name for item in symbols.items if isinstance(item, nodes.Output) for name in item.names]
    if not written:
        used = {name for user, uses in known.uses.items() for name in uses if name not in _alone(known, user)}
        used |= {name for item in symbols.items if isinstance(item, nodes.Update) for name in _names(item)}
        return tuple(d.tensor for d in _in_file_order(symbols, definitions) if d.tensor.name not in used)
    found = [tensor for name in written if (tensor := _output(known, name)) is not None]
    _each_once(known, written)
    return tuple(found)


def _each_once(known: Known, written: Sequence[nodes.TensorName]) -> None:
    """An output is named once, and what an update gives is one already."""
    seen: dict[str, Span] = {}
    changed = {item.name.name: item.name.span for item in known.symbols.items if isinstance(item, nodes.Update)}
    for name in written:
        message = f"`{name.name}` is an output already"
        if name.name in seen:
            others = (Label(seen[name.name], "named here"),)
            known.report.add("named-twice", name.span, message, label="the second time", others=others, help="leave it out")
        elif name.name in changed:
            others = (Label(changed[name.name], "its new values are returned too, after the other outputs"),)
            known.report.add("named-twice", name.span, message, label="the second time", others=others, help="leave it out")
        seen.setdefault(name.name, name.span)


def _alone(known: Known, name: str) -> frozenset[str]:
    """The recurrence that a tensor is part of, if nothing else uses any part of it; or else the tensor."""
    circle = next((names for names in known.circles if name in names), frozenset([name]))
    others = (used for user, uses in known.uses.items() if user not in circle for used in uses)
    return frozenset([name]) if any(used in circle for used in others) else circle


def _in_file_order(symbols: Symbols, definitions: Sequence[Definition]) -> list[Definition]:
    """The definitions that the file names, without copies that go into abstract tensors."""
    places = {name: place for place, name in enumerate(symbols.tensors)}
    return sorted((d for d in definitions if d.tensor.name in places), key=lambda definition: places[definition.tensor.name])


def _output(known: Known, name: nodes.TensorName) -> Tensor | None:
    symbols = known.symbols
    symbol = symbols.tensors.get(name.name)
    if symbol is None and not symbols.is_lost(name.name):
        help = symbols.family(name.name) or did_you_mean(name.name, symbols.tensors)
        known.report.add("undefined-name", name.span, f"nothing defines the output `{name.name}`", label="no tensor", help=help)
    return known.tensor(symbol) if symbol is not None else None


# --- sizes --------------------------------------------------------------------------------------------------------------------


def _check_sizes(known: Known, program: Program) -> None:
    """A size must stand alone on some axis of an input, or be given."""
    alone = {extent.size for tensor in program.inputs for extent in tensor.shape} | dict(program.sizes).keys()
    alone |= {found.size for found in program.computed}
    needed = _sizes(program)
    for size, symbol in known.symbols.sizes.items():
        if size in needed and size not in alone and not _is_said(known, symbol):
            known.report.add(
                "size-unknown",
                symbol.span,
                f"nothing tells how large `{size}` is",
                label="stands alone on no axis of an input",
                help=f"let it stand alone on an axis, or give it: `size {size} = 128`",
            )


def _is_said(known: Known, symbol: SizeSymbol) -> bool:
    """Whether the value of a size is reported already."""
    return symbol.value is not None and any(symbol.value.span.covers(found.span) for found in known.report.diagnostics)


def _sizes(program: Program) -> dict[str, None]:
    """The sizes that a program depends on, in order."""
    roots = [*(d.body for d in program.definitions), *(s for e in (*program.assumptions, *program.checks) for s in e.sides)]
    found = [node for root in roots for node in walk(root)]
    extents = [extent for tensor in program.inputs for extent in tensor.shape]
    extents += [extent for definition in program.definitions for extent in definition.tensor.shape]
    extents += [node.extent for node in found if isinstance(node, Size | Index)]
    extents += [index.extent for node in found for index in bound_indices(node)]
    return dict.fromkeys(size for extent in extents for size in extent.sizes if not size.startswith(UNKNOWN))
