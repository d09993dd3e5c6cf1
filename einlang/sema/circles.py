"""Circles of definitions: in go names that use one another, out come the members of a recurrence with their steps, or none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from einlang.diagnostics import Label
from einlang.sema.left_sides import Step, is_start, is_stepped, position, step
from einlang.sema.names import Symbols
from einlang.sema.reader import Known
from einlang.sema.sketch import sides
from einlang.syntax import nodes
from einlang.tree import walk


@dataclass(frozen=True, slots=True)
class Member:
    """One tensor of a recurrence.

    Attributes:
        name, item, starts: its step, and what gives its elements at single positions of the axis.
        axis, step, shift: along which it steps, by which index, and what is added to it on the left.
    """

    name: str
    item: nodes.Definition | nodes.Solve
    starts: tuple[nodes.Definition, ...]
    axis: int
    step: str
    shift: int

    @property
    def left(self) -> nodes.LeftIndex:
        """The step's own subscript on the left."""
        return self.item.indices[self.axis]


class Edge(NamedTuple):
    """A member reads another one, so many positions further on."""

    reader: str
    read: str
    offset: int


def direction(names: Sequence[str], edges: Iterable[Edge]) -> int:
    """-1 where the position goes strictly down in every circle of edges, 1 where strictly up, 0 where neither."""
    found = list(edges)
    return next((sign for sign in (-1, 1) if not _rises(names, found, -sign)), 0)


def _rises(names: Sequence[str], edges: Sequence[Edge], sign: int) -> bool:
    """Whether some circle's offsets, times a sign, sum to 0 or more."""
    weights = [sign * edge.offset * (len(names) + 1) + 1 for edge in edges]
    most = dict.fromkeys(names, 0)
    for _ in range(len(names) + 1):
        grown = False
        for edge, weight in zip(edges, weights, strict=True):
            if most[edge.reader] + weight > most[edge.read]:
                most[edge.read] = most[edge.reader] + weight
                grown = True
        if not grown:
            return False
    return True


# --- members ------------------------------------------------------------------------------------------------------------------


def members(known: Known, names: Sequence[str]) -> list[Member] | None:
    """The members of the recurrence that names in a circle are; none after an error, and None where they are no recurrence."""
    symbols = known.symbols
    items = {name: symbols.tensors[name].item for name in names}
    found = {name: item for name, item in items.items() if isinstance(item, nodes.Definition | nodes.Solve)}
    if len(found) < len(items) or not _is_stepping(symbols, found):
        return None
    sound = [_is_whole(known, name, item) for name, item in found.items()]
    if not all(sound):
        return []
    axes = {name: axis for name, item in found.items() if (axis := _own_axis(item, symbols.starts.get(name, ()))) is not None}
    tried = [axes] if axes else [{name: axis} for name, item in found.items() for axis in _shifted_axes(item, found)]
    grown = [_grown(found, axes) for axes in tried]
    whole = [axes for axes in grown if len(axes) == len(found)]
    runs = (axes for axes in whole if direction(names, _edges(found, axes)))
    chosen = next(runs, None) or next(iter(whole), None)
    return None if chosen is None else [_member(symbols, name, found[name], chosen[name]) for name in names]


Items = Mapping[str, nodes.Definition | nodes.Solve]


def _member(symbols: Symbols, name: str, item: nodes.Definition | nodes.Solve, axis: int) -> Member:
    found = step(item.indices[axis].subscript)
    assert found is not None
    return Member(name, item, tuple(symbols.starts.get(name, ())), axis, found.name, found.shift)


def _is_stepping(symbols: Symbols, items: Items) -> bool:
    """Whether a circle has a start, or something in it steps."""
    return any(symbols.starts.get(name) for name in items) or any(_shifts(item, items) for item in items.values())


def _shifts(item: nodes.Definition | nodes.Solve, items: Items) -> bool:
    """Whether a definition has `t + 1` on the left, or reads a member at an index of its left side and a number."""
    return is_stepped(item) or any(found.shift for _, _, found in _reads(item, items))


def _own_axis(item: nodes.Definition | nodes.Solve, starts: Sequence[nodes.Definition]) -> int | None:
    """The axis on which the starts have a position, or the step has `t + 1`."""
    for part in (*starts, item):
        for axis, index in enumerate(part.indices):
            if position(index.subscript) is not None or not isinstance(index.subscript, nodes.Name):
                return axis
    return None


def _reads(item: nodes.Definition | nodes.Solve, items: Items) -> Iterator[tuple[str, int, Step]]:
    """The members that an item reads, and where: on which axis at which index of its left side, and what is added."""
    left = {found.name for index in item.indices if (found := step(index.subscript)) is not None}
    for node in (node for side in sides(item) for node in walk(side)):
        if isinstance(node, nodes.Reference) and node.name.name in items:
            for axis, subscript in enumerate(node.subscripts[: len(items[node.name.name].indices)]):
                found = step(subscript)
                if found is not None and found.name in left:
                    yield node.name.name, axis, found


def _shifted_axes(item: nodes.Definition | nodes.Solve, items: Items) -> list[int]:
    """The axes of an item that may be the one along which it steps: other members are read before or after them."""
    names = [found.name if (found := step(index.subscript)) else "" for index in item.indices]
    return list(dict.fromkeys(names.index(found.name) for _, _, found in _reads(item, items) if found.shift))


def _grown(items: Items, axes: Mapping[str, int]) -> dict[str, int]:
    """The step axis of every member that reads one whose axis is known, or is read by one."""
    found = dict(axes)
    while True:
        before = len(found)
        for name, item in items.items():
            names = [place.name if (place := step(index.subscript)) else "" for index in item.indices]
            for read, axis, place in _reads(item, items):
                if name not in found and found.get(read) == axis:
                    found[name] = names.index(place.name)
                elif name in found and read not in found and names[found[name]] == place.name:
                    found[read] = axis
        if len(found) == before:
            return found


def _edges(items: Items, axes: Mapping[str, int]) -> Iterator[Edge]:
    """Who reads whom, as far as the text says."""
    for name, item in items.items():
        own = step(item.indices[axes[name]].subscript)
        for read, axis, place in _reads(item, items):
            if (
                own is not None
                and axes[read] == axis
                and place.name == own.name
                and not (isinstance(item, nodes.Solve) and read == name)
            ):
                yield Edge(name, read, place.shift - own.shift)


def has_step(known: Known, name: str) -> bool:
    """Whether what defines a tensor has a part of a recurrence: a start, or `t + 1` on its left side."""
    item = known.symbols.tensors[name].item
    return isinstance(item, nodes.Definition | nodes.Solve) and (bool(known.symbols.starts.get(name)) or is_stepped(item))


def is_plain(known: Known, name: str) -> bool:
    """Whether what is no recurrence has no part of one; reported if it has."""
    item, starts = known.symbols.tensors[name].item, known.symbols.starts.get(name, [])
    if not isinstance(item, nodes.Definition | nodes.Solve) or not has_step(known, name):
        return True
    if isinstance(item, nodes.Definition) and is_start(item):
        return report_no_step(known, item)
    if _is_whole(known, name, item):
        text = name if not starts else starts[0].name.span.text
        message = f"`{item.name.span.text}` is no recurrence: its step does not use it"
        help = f"say it in one definition: `{text}[t] = … if t == 0 else …`"
        known.report.add("no-recurrence", item.name.span, message, label="does not reach back", help=help)
    return False


# --- errors -------------------------------------------------------------------------------------------------------------------


def _is_whole(known: Known, name: str, item: nodes.Definition | nodes.Solve) -> bool:
    """Whether a member has a step, and its parts have the same axes, of which one is that along which it steps."""
    starts = known.symbols.starts.get(name, [])
    if isinstance(item, nodes.Definition) and is_start(item):
        return report_no_step(known, item)
    parts = (item, *starts)
    sound = [_is_part(known, part) for part in parts]
    return all(sound) and _same_rank(known, parts) and _one_axis(known, parts)


def report_no_step(known: Known, start: nodes.Definition) -> bool:
    """A start alone; what is wrong with a step that was not understood is reported already."""
    if known.symbols.is_lost(start.name.name):
        return False
    name, text = start.name.span.text, start.span.text.split("=")[0].strip()
    message = f"`{text}` is a start, and `{name}` has no step"
    left = ",".join("t+1" if position(index.subscript) is not None else index.span.text for index in start.indices)
    help = f"say how it goes on: `{name}[{left}] = … {name}[{left.replace('t+1', 't')}] …`"
    known.report.add("start-without-step", start.name.span, message, label="nothing says how it goes on", help=help)
    return False


def _same_rank(known: Known, parts: Sequence[nodes.Definition | nodes.Solve]) -> bool:
    step_, *starts = parts
    wrong = [start for start in starts if len(start.indices) != len(step_.indices)]
    for start in wrong:
        message = f"`{start.name.span.text}` has {len(step_.indices)} axes in its step, and {len(start.indices)} here"
        others = (Label(step_.name.span, "the step"),)
        known.report.add("wrong-rank", start.name.span, message, help="a start has the axes of the step", others=others)
    return not wrong


def _one_axis(known: Known, parts: Sequence[nodes.Definition | nodes.Solve]) -> bool:
    """Whether `t + 1` and the positions of the starts stand on one axis."""
    found = [(axis, i) for part in parts for axis, i in enumerate(part.indices) if not isinstance(i.subscript, nodes.Name)]
    other = next((index for axis, index in found if axis != found[0][0]), None)
    if other is not None:
        message = f"`{other.span.text}` and `{found[0][1].span.text}` stand on different axes: a recurrence steps along one"
        others = (Label(found[0][1].span, "steps along this axis"),)
        help = "write the other axes as plain indices"
        known.report.add("step-subscript", other.span, message, label="and this is another", help=help, others=others)
    return other is None


def _is_part(known: Known, part: nodes.Definition | nodes.Solve) -> bool:
    """Whether each subscript on the left is an index, `t + 1` or a position."""
    wrong = [index for index in part.indices if step(index.subscript) is None and position(index.subscript) is None]
    for index in wrong:
        message = f"`{index.span.text}` on the left is no index plus a whole number"
        help = "write the step as `t+1`, `t` or `t-1`, and a start as a whole number, `0` or `-1`"
        known.report.add("step-subscript", index.span, message, label="no step, and no position", help=help)
    shifted = [i for i in part.indices if isinstance(part, nodes.Solve) and not isinstance(i.subscript, nodes.Name)]
    for index in shifted:
        message, help = f"`{index.span.text}` cannot stand on the left of a `solve`", _of_solution(part, index)
        known.report.add("step-subscript", index.span, message, label="wants a plain index", help=help)
    given = [i for i in part.indices if i.extent is not None and position(i.subscript) is not None]
    for index in given:
        message, help = "the start of a recurrence stands at a position, which has no range", "give the range in the step"
        known.report.add("step-subscript", index.span, message, label="a position", help=help)
    return not wrong and not shifted and not given


def _of_solution(item: nodes.Definition | nodes.Solve, index: nodes.LeftIndex) -> str:
    """How to say a `solve` at `t + 1` in two."""
    found, name = step(index.subscript), item.name.span.text
    plain = ",".join(found.name if other is index and found else other.span.text for other in item.indices)
    left = ",".join(other.span.text for other in item.indices)
    return f"solve for a tensor of its own, `solve {name}_next[{plain}]: …`, and write `{name}[{left}] = {name}_next[{plain}]`"
