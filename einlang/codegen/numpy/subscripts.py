"""Accesses as NumPy subscripts: in go a tensor's spelling and subscripts, out comes a view, a slice or a gather."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from einlang.codegen.numpy.letters import letters
from einlang.codegen.numpy.values import ATOM, SUM, Value, aligned, union
from einlang.codegen.numpy.writer import Writer
from einlang.ir.bounds import surely_inside
from einlang.ir.extent import Extent
from einlang.ir.indices import free_indices
from einlang.ir.nodes import Access, Add, Expr, Index, Number
from einlang.ir.reaches import never_negative
from einlang.tree import Node, rewrite


@dataclass(frozen=True, slots=True)
class Slice:
    """Whole axes and parts of them: the subscript's text and the index that runs along it."""

    text: str
    index: Index


Subscript = Slice | Value


def access(
    expr: Access, position: Callable[[Expr], Value], order: Mapping[Index, int], writer: Writer, *, guarded: bool
) -> Value:
    """The elements at the subscripts, an axis for each index that occurs in them; `position` gives a subscript's value.

    A subscript that may leave its axis is checked when the text runs; where a condition guards it, it is clipped instead.
    """
    tensor = expr.tensor
    name = Value(writer.tensor(tensor), kind=tensor.kind, view=True)
    if tensor.name in writer.scalars:
        return name.but(level=ATOM if name.text.isidentifier() else SUM, weak=True)
    plain = [s for s in expr.subscripts if isinstance(s, Index)]
    if len(plain) == tensor.rank and all(i.extent is extent for i, extent in zip(plain, tensor.shape, strict=True)):
        return _whole(name, plain)
    if guarded and not all(_inside(s, extent, writer) for s, extent in zip(expr.subscripts, tensor.shape, strict=True)):
        positions = [position(s) for s in expr.subscripts]
        axes = union([p.axes for p in positions], order)
        texts = ", ".join([name.text, *(aligned(p, axes).within(SUM) for p in positions)])
        depth = 2 + max(p.depth for p in positions)
        return Value(f"{writer.call('_gather')}({texts})", axes, tensor.kind, depth=depth)
    often = Counter(index for s in expr.subscripts for index in free_indices(s))
    chosen = [
        _slice(s, extent, often, writer) or _checked(expr, axis, position(s), writer)
        for axis, (s, extent) in enumerate(zip(expr.subscripts, tensor.shape, strict=True))
    ]
    return _subscripted(name, chosen, order)


def _whole(name: Value, indices: Sequence[Index]) -> Value:
    """All of a tensor, or a diagonal of it."""
    distinct = tuple(dict.fromkeys(indices))
    if len(distinct) == len(indices):
        return name.but(axes=distinct)
    if len(indices) == 2:
        return name.but(text=f"np.diagonal({name.text})", axes=distinct, depth=1)
    letter = letters(distinct)
    pattern = "".join(letter[i] for i in indices) + "->" + "".join(letter[i] for i in distinct)
    return name.but(text=f'np.einsum("{pattern}", {name.text})', axes=distinct, depth=1)


def _slice(subscript: Expr, length: Extent, often: Counter[Index], writer: Writer) -> Slice | None:
    """`start:stop` for an index, or an index and a whole number, that runs within its axis and occurs nowhere else."""
    index, start = _shifted(subscript)
    if index is None or often[index] > 1 or start < 0 or not never_negative(length - index.extent - start):
        return None
    first = str(start) if start else ""
    if (length - index.extent - start).constant == 0:
        return Slice(f"{first}:", index)
    stop = writer.extent(index.extent + start)
    return Slice(f"{first}:{stop.text}", index)


def _shifted(subscript: Expr) -> tuple[Index | None, int]:
    match subscript:
        case Index():
            return subscript, 0
        case Add((Index() as index, Number(value))) | Add((Number(value), Index() as index)) if value.denominator == 1:
            return index, value.numerator
        case _:
            return None, 0


def _inside(subscript: Expr, length: Extent, writer: Writer) -> bool:
    """Whether a subscript is known to lie on an axis; positions that the text itself makes are indices of their range."""
    made = {**writer.positions, **writer.scalars}

    def as_index(node: Node) -> Index | None:
        extent = made.get(node.tensor.name) if isinstance(node, Access) else None
        return None if extent is None else Index("", extent)

    return surely_inside(rewrite(subscript, as_index), length)


def _steps(subscript: Expr, writer: Writer) -> bool:
    """Whether a subscript is a number of steps away from the position of a loop, which its conditions keep on the axis."""
    terms = subscript.terms if isinstance(subscript, Add) else (subscript,)
    moving = [isinstance(term, Access) and term.tensor.name in writer.scalars for term in terms]
    return any(moving) and all(moves or isinstance(term, Number) for term, moves in zip(terms, moving, strict=True))


def _checked(expr: Access, axis: int, position: Value, writer: Writer) -> Value:
    """The position, checked when it runs where nothing proves it in range."""
    subscript, length = expr.subscripts[axis], expr.tensor.shape[axis]
    if (
        (isinstance(subscript, Number) and subscript.value >= 0)
        or _inside(subscript, length, writer)
        or _steps(subscript, writer)
    ):
        return position
    arguments = f"{position.within(SUM)}, {writer.extent(length).text}, {axis}, {expr.tensor.name!r}"
    return position.but(text=f"{writer.call('_inside')}({arguments})", level=ATOM, depth=position.depth + 1)


def _subscripted(name: Value, subscripts: Sequence[Subscript], order: Mapping[Index, int]) -> Value:
    """NumPy's rule: the axes of arrays come in their place, or first if slices stand between them."""
    values = [s for s in subscripts if isinstance(s, Value)]
    gathered = union([value.axes for value in values], order)
    places = [place for place, s in enumerate(subscripts) if isinstance(s, Value)]
    together = not places or places[-1] - places[0] == len(places) - 1
    before = [s.index for s in subscripts[: places[0] if together and places else 0] if isinstance(s, Slice)]
    sliced = [s.index for s in subscripts if isinstance(s, Slice)]
    axes = (*before, *gathered, *sliced[len(before) :])
    texts = [s.text if isinstance(s, Slice) else aligned(s, gathered).text for s in subscripts]
    while texts and texts[-1] == ":":
        texts.pop()
    depth = 1 + max((value.depth for value in values), default=0)
    if not texts:
        return name.but(axes=axes)
    return name.but(text=f"{name.text}[{', '.join(texts)}]", axes=axes, view=not gathered, depth=depth)
