"""Random well-typed programs in the language itself, with a scalar loss and its derivatives."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st
from property.factors import expression, spread
from property.pieces import (
    CAPITALS,
    LONGEST,
    LOWERCASE,
    SIZES,
    Known,
    Line,
    Piece,
    Sample,
    Scope,
    Text,
    fill,
    reduced,
    scale_text,
    summed,
    tens_above,
)

FUNCTIONS = (
    ("mix", 2, "fn mix(x, y) = 0.5 * x y + tanh(x - y)"),
    ("bump", 1, "fn bump(x) = exp(-x^2)"),
    ("tent", 2, "fn tent(x, y) = max(0, 1 - abs(x)) + half * y"),
)


@st.composite
def programs(draw: st.DrawFn, depth: int = 2, stop: bool = False) -> Sample:
    """A program with a scalar loss `L` and its derivatives by all params; with `stop`, some parts have none."""
    inputs = draw(declared())
    functions = draw(st.lists(st.sampled_from(FUNCTIONS), unique=True, max_size=2))
    scope = Scope(inputs, tuple((name, arity) for name, arity, _ in functions), stop=stop)
    lines: list[Line] = []
    for n in range(draw(st.integers(1, 3))):
        lines.append(draw(definition(scope, f"D{n}", depth)))
        scope = replace(scope, tensors=(*scope.tensors, lines[-1].tensor))
    lines.append(draw(loss([line.tensor for line in lines])))
    return Sample(inputs, tuple(text for *_, text in functions), tuple(lines))


@st.composite
def declared(draw: st.DrawFn) -> tuple[Known, ...]:
    """A vector of every size, so that each index can be carried, and a few more tensors."""
    roles = st.sampled_from(["input", "param"])
    vectors = [Known(f"v{n}", (size,), role=draw(roles)) for n, size in enumerate(SIZES)]
    tensors = [Known("a"), Known("w", role="param")]
    for n in range(draw(st.integers(1, 3))):
        axes = tuple(draw(st.lists(st.sampled_from(SIZES), min_size=2, max_size=3)))
        tensors.append(Known(f"X{n}", axes, role=draw(roles)))
    if draw(st.booleans()):
        tensors.append(Known("t", (draw(st.sampled_from(SIZES)),), kind="int"))
    return (*vectors, *tensors)


@st.composite
def definition(draw: st.DrawFn, scope: Scope, name: str, depth: int) -> Line:
    """One line. A range is given where nothing infers it, and sometimes where something does."""
    axes = draw(st.lists(st.sampled_from(SIZES), max_size=2))
    free = dict(zip(LOWERCASE, axes, strict=False))
    carried = [letter for letter in free if draw(st.integers(0, 4)) > 0]
    whole = draw(st.integers(0, 5)) == 0
    inner = replace(scope, free=free)
    body = draw(position(inner, carried) if whole else expression(inner, carried, depth, top=True))
    left = [letter if letter in carried and draw(st.integers(0, 4)) else f"{letter} : {size}" for letter, size in free.items()]
    subscripts = f"[{', '.join(left)}]" if left else ""
    kind = "int" if whole or is_integer_reference(body.text.source, scope) else "float"
    tensor = Known(name, tuple(axes), body.bound, role="definition", kind=kind)
    return Line(tensor, free, name + subscripts, body.text)


def is_integer_reference(text: str, scope: Scope) -> bool:
    """Whether a body is a reference to an integer tensor and nothing else, which makes the definition one of integers."""
    name = re.fullmatch(r"\(*(\w+)(\[[a-z,]+\])?\)*", text)
    return name is not None and any(t.name == name[1] and t.kind == "int" for t in scope.tensors)


@st.composite
def position(draw: st.DrawFn, scope: Scope, carried: Sequence[str]) -> Piece:
    """Where something is largest or smallest: of references alone, so that it does not hang on rounding."""
    letter, size = scope.fresh(), draw(st.sampled_from(SIZES))
    inner = replace(scope, free={}, once={i: scope.free[i] for i in carried} | {letter: size})
    operation = draw(st.sampled_from(["argmax", "argmin"]))
    return Piece(reduced(operation, [letter], {letter: size}, draw(spread(inner, [*carried, letter])).text), float(LONGEST))


@st.composite
def loss(draw: st.DrawFn, tensors: list[Known]) -> Line:
    """A scalar that depends on all elements of the tensors."""
    terms = [draw(loss_term(tensor)) for tensor in tensors]
    return Line(Known("L", role="definition"), {}, "L", fill(" + ".join("{}" for _ in terms), *terms))


@st.composite
def loss_term(draw: st.DrawFn, tensor: Known) -> Text:
    """One term of the loss: a sum by an `op`, by the first rule or by the second."""
    indices = dict(zip(CAPITALS, tensor.axes, strict=False))
    names = ",".join(indices)
    tens = tens_above(tensor.bound, 3.0)
    element = fill((f"{scale_text(tens)} * " if tens else "") + tensor.name + (f"[{names}]" if indices else ""))
    wave = fill("sin({})", element)
    if not indices:
        return wave
    operation, lengths = draw(st.sampled_from(["sum", "mean"])), ", ".join(indices.values())
    named = fill(f"{operation}[{names}]({{}})", wave, python=f"{operation}_(lambda {names}: {{}}, {lengths})")
    return draw(st.sampled_from([named, summed(indices, fill("({} - 1)^2", element)), summed(indices, element)]))
