"""Parts of random programs, each written three times: in the language, with its sums written out, and as Python.

The Python text evaluates one position by plain recursion over the text itself (a sum is a call of `sum_` with a lambda), so
that it says what the program means without any part of the compiler.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

LONGEST = 7
"""Bounds are reckoned for axes of at most this length."""
CAPITALS = "IJKLMRST"
LOWERCASE = "ijklmr"
SIZES = ("n0", "n1", "n2", "3")


class Text(NamedTuple):
    """One part in its three spellings."""

    source: str
    explicit: str
    python: str


def fill(template: str, *texts: Text, python: str | None = None) -> Text:
    """The spellings put into a template; `^` is Python's `**` unless the Python template is given."""
    templates = (template, template, template.replace("^", "**") if python is None else python)
    return Text(*(each.format(*spellings) for each, *spellings in zip(templates, *texts, strict=True)))


@dataclass(frozen=True)
class Piece:
    """A text, a bound of its values, and whether it may stand as a factor as it is (an `if` may not even stand as a term)."""

    text: Text
    bound: float
    atom: bool = False

    @property
    def factor(self) -> Text:
        return self.text if self.atom else fill("({})", self.text)


def atom(template: str, bound: float, *texts: Text, python: str | None = None) -> Piece:
    """A piece that may stand as a factor."""
    return Piece(fill(template, *texts, python=python), bound, atom=True)


def tame(piece: Piece, limit: float) -> Piece:
    """The piece, scaled down where its bound is above the limit."""
    tens = tens_above(piece.bound, limit)
    return Piece(fill(f"{scale_text(tens)} * {{}}", piece.factor), piece.bound / 10**tens) if tens else piece


def tens_above(bound: float, limit: float) -> int:
    """By which power of ten a bound must be divided to respect a limit."""
    return next(tens for tens in range(400) if bound / 10**tens <= limit)


def scale_text(tens: int) -> str:
    return f"0.{'0' * (tens - 1)}1"


def summed(indices: dict[str, str], body: Text) -> Text:
    """A product that sums capital indices without saying so."""
    if not indices:
        return body
    lengths = ", ".join(indices.values())
    return Text(
        body.source, f"sum[{','.join(indices)}]({body.explicit})", f"sum_(lambda {', '.join(indices)}: {body.python}, {lengths})"
    )


def reduced(operation: str, ranges: list[str], indices: dict[str, str], body: Text) -> Text:
    """`op[K](…)`, ranges as they are to be written."""
    left = f"{operation}[{', '.join(ranges)}]"
    python = f"{operation}_(lambda {', '.join(indices)}: {body.python}, {', '.join(indices.values())})"
    return Text(f"{left}({body.source})", f"{left}({body.explicit})", python)


@dataclass(frozen=True)
class Known:
    """A tensor that may be used: its axes and a bound of its elements."""

    name: str
    axes: tuple[str, ...] = ()
    bound: float = 2.0
    role: str = "input"
    kind: str = "float"


@dataclass(frozen=True)
class Scope:
    """What may be used.

    `free` indices may be used anywhere, `once` at most once in a product; `named` may not be named again; `summing` says
    whether products may sum.
    """

    tensors: tuple[Known, ...]
    functions: tuple[tuple[str, int], ...] = ()
    free: dict[str, str] = field(default_factory=dict)
    once: dict[str, str] = field(default_factory=dict)
    named: frozenset[str] = frozenset()
    summing: bool = True
    stop: bool = False

    @property
    def indices(self) -> dict[str, str]:
        return {**self.free, **self.once}

    def fresh(self, letters: str = CAPITALS) -> str:
        """A letter that nothing around uses."""
        return next(letter for letter in letters if letter not in self.indices and letter not in self.named)


@dataclass(frozen=True)
class Line:
    """A definition: the tensor, its indices, its left side and its body."""

    tensor: Known
    indices: dict[str, str]
    left: str
    body: Text


@dataclass(frozen=True)
class Sample:
    """A program: inputs, functions, definitions, the last of which is a scalar loss `L`, and what its derivatives are used for.

    Beside the derivative `G_x` by every param and by every definition, there are the sum `N` of all params times their
    derivatives, and for every param the step `S_x` against its derivative.
    """

    inputs: tuple[Known, ...]
    functions: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def params(self) -> tuple[Known, ...]:
        return tuple(tensor for tensor in self.inputs if tensor.role == "param")

    @property
    def independent(self) -> tuple[Known, ...]:
        """What derivatives are taken by: params and definitions of floats, but for the loss."""
        return (*self.params, *(line.tensor for line in self.lines[:-1] if line.tensor.kind == "float"))

    @property
    def names(self) -> tuple[str, ...]:
        """What the program defines, in the order of its outputs."""
        derived = [f"G_{tensor.name}" for tensor in self.independent]
        return (*(line.tensor.name for line in self.lines), *derived, "N", *(f"S_{tensor.name}" for tensor in self.params))

    @property
    def source(self) -> str:
        return self._text("source")

    @property
    def explicit(self) -> str | None:
        """The program with every sum written out; None where that would name an index again."""
        text = self._text("explicit")
        return None if "\0" in text else text

    @property
    def is_finite_over_nothing(self) -> bool:
        """Whether no part is infinite or NaN over empty ranges: else what is 0 and what NaN hangs on how sums are factored."""
        return not any(word in self.source for word in ("max[", "min[", "mean[", "logsumexp[", "softmax["))

    def cut(self, number: int) -> Sample:
        """The program in which a definition is a param instead."""
        tensor = replace(self.lines[number].tensor, role="param")
        return replace(self, inputs=(*self.inputs, tensor), lines=(*self.lines[:number], *self.lines[number + 1 :]))

    def _text(self, spelling: str) -> str:
        declared = [f"{t.role} {t.name}{_axes(t.axes)}" + (" : int" if t.kind == "int" else "") for t in self.inputs]
        defined = [f"{line.left} = {getattr(line.body, spelling)}" for line in self.lines]
        derived = [_at("G_{0} = {1}", t, LOWERCASE) for t in self.independent]
        products = " + ".join(_at("sum{2}({1} {0})" if t.axes else "{1} {0}", t, CAPITALS) for t in self.params)
        steps = [_at("S_{0} = {0} - 0.1 * {1}", tensor, LOWERCASE) for tensor in self.params]
        head = [*declared, "const half = 0.5", *self.functions]
        return "\n".join([*head, *defined, *derived, f"N = {products}", *steps, f"output {', '.join(self.names)}"]) + "\n"

    def __repr__(self) -> str:
        return f"Sample:\n{self.source}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))


def _axes(axes: tuple[str, ...]) -> str:
    return f"[{', '.join(axes)}]" if axes else ""


def _at(template: str, tensor: Known, letters: str) -> str:
    """A template of an element, the derivative of the loss by it, and its indices."""
    subscripts = f"[{','.join(letters[: len(tensor.axes)])}]" if tensor.axes else ""
    return template.format(tensor.name + subscripts, f"∂L/∂{tensor.name}{subscripts}", subscripts)
