"""The loop tree as stable text: in goes the tree, out comes what runs, in order, and each kernel's loops."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, count, repeat, zip_longest

from einlang.ir.text import number_text
from einlang.loops.nodes import (
    Address,
    Assign,
    Attempt,
    Begin,
    Binary,
    Blocks,
    Call,
    Choose,
    Constant,
    Convert,
    Entry,
    Function,
    If,
    Kernel,
    Length,
    Let,
    Load,
    Local,
    Loop,
    Make,
    Object,
    Program,
    Repeat,
    Run,
    Scalar,
    Special,
    Split,
    Step,
    Store,
    Unary,
    Variable,
)
from einlang.tree import Node, evaluate

INDENT = "    "


def text(program: Program) -> str:
    """The loops of a program as text. Equal programs give equal text in every process."""
    kernels = [part for number, kernel in enumerate(program.kernels, start=1) for part in ("", *_kernel(kernel, number))]
    runs = list(_runs(program))
    return "\n".join([f"loops {program.name}", *runs, *kernels]) + "\n"


def _runs(program: Program) -> Iterator[str]:
    """The runs in order, those of a loop under it; of what a strip is given, the part of the block."""
    around: tuple[Repeat | Blocks, ...] = (*program.loops, *program.blocks)
    loops = {number: loop for loop in around for number in range(loop.first, loop.end)}
    writer = _Writer()
    for number, run in enumerate(program.runs):
        loop = loops.get(number)
        if loop is not None and loop.first == number:
            yield writer.head(loop)
        yield from _run(run, writer) if loop is None else (INDENT + line for line in _run(run, writer))


def _run(run: Run, writer: _Writer) -> Iterator[str]:
    position = [writer.text(run.position)] if run.position else []
    tensors = [
        name if stride is None else f"{name} by {stride.spell()}" for name, stride in zip_longest(run.tensors, run.strides)
    ]
    arguments = ", ".join([*(extent.spell() for extent in run.extents), *position, *tensors])
    yield from (f"# {line}" for line in run.note.split("\n"))
    condition = f" if {' and '.join(map(writer.text, run.conditions))}" if run.conditions else ""
    work = f", {run.work.spell()} ps" if run.work else ""
    yield f"kernel {run.kernel + 1}({arguments}){work}{condition}"


def _kernel(kernel: Kernel, number: int) -> Iterator[str]:
    writer = _Writer()
    split = kernel.split
    position = [writer.text(kernel.position)] if kernel.position else []
    arguments = ", ".join([*(extent.spell() for extent in kernel.extents), *position, *(array.name for array in kernel.arrays)])
    yield f"kernel {number}({arguments}) fills {kernel.written.name}"
    yield from (INDENT + line for line in _split(split, writer)) if split else ()
    for step in kernel.body:
        yield from (INDENT + line for line in writer.lines(step))
    if split and split.after:
        yield INDENT + "when all parts are done:"
        yield from (INDENT * 2 + line for step in split.after for line in writer.lines(step))


def _split(split: Split, writer: _Writer) -> Iterator[str]:
    """Along which loops threads share a kernel."""
    for word, axis in zip(chain(["split"], repeat("or")), split.axes, strict=False):
        first, last, length, unit = map(writer.text, (axis.first, axis.last, axis.length, axis.unit))
        yield f"{word} from {first} below {last}, of {length}, by {unit}"


class _Writer:
    """Writes the steps of one kernel; variables that share a name are numbered by first visit."""

    def __init__(self) -> None:
        self._names: dict[Variable, str] = {}

    def head(self, loop: Repeat | Blocks) -> str:
        """The first line of a loop over runs."""
        if isinstance(loop, Blocks):
            return f"for blocks of {loop.size} below {loop.total.spell()}, of {loop.room} / ({loop.each.spell()}):"
        start, stop = str(loop.start), self.text(loop.stop)
        by = f" by {loop.by}" if loop.by > 1 else ""
        ends = f"from {start} below {stop}{by}" if loop.forward else f"from below {stop} down to {start}"
        return f"for {self._name(loop.variable)} {ends}:"

    def lines(self, step: Step) -> list[str]:
        """A step as lines."""
        match step:
            case Let(variable, value) | Begin(variable, value):
                word = "let" if isinstance(step, Let) else "begin"
                return [f"{word} {self._name(variable)} : {variable.type} = {self.text(value)}"]
            case Assign(variable, value):
                return [f"{self._name(variable)} = {self.text(value)}"]
            case Local(array):
                return [f"local {array.name} : {array.count} of {array.type}"]
            case Make(made, value):
                return [f"let {made.name} : {made.kind}" + (f" = {self.text(value)}" if value else "")]
            case Store(array, _, subscripts, value):
                return [f"{array.name}[{', '.join(map(self.text, subscripts))}] = {self.text(value)}"]
            case Call(function):
                return [self.text(function)]
            case Attempt(function, status):
                return [f"{self.text(function)} or {status}"]
            case If(condition, body):
                return [f"if {self.text(condition)}:", *self._block(body)]
            case Loop(variable, start, stop, advance, body):
                by = "" if isinstance(advance, Constant) and advance.value == 1 else f" by {self.text(advance)}"
                return [f"for {self._name(variable)} from {self.text(start)} below {self.text(stop)}{by}:", *self._block(body)]
            case _:
                raise AssertionError(f"no text for {type(step).__name__}")

    def _block(self, body: Sequence[Step]) -> list[str]:
        return [INDENT + line for step in body for line in self.lines(step)]

    def _name(self, variable: Variable) -> str:
        if variable not in self._names:
            taken = set(self._names.values())
            candidates = chain([variable.name], (f"{variable.name}_{number}" for number in count(2)))
            self._names[variable] = next(name for name in candidates if name not in taken)
        return self._names[variable]

    def text(self, scalar: Scalar) -> str:
        """A scalar."""
        return evaluate(scalar, self._visit)

    def _visit(self, node: Node, children: tuple[str, ...]) -> str:
        match node:
            case Variable():
                return self._name(node)
            case Constant(value):
                return number_text(value)
            case Special(name) | Object(_, name):
                return name
            case Length(extent):
                return extent.spell()
            case Load(array) | Address(array):
                prefix = "&" if isinstance(node, Address) else ""
                return f"{prefix}{array.name}[{', '.join(children)}]"
            case Entry(entries):
                return f"[{', '.join(map(number_text, entries))}][{children[0]}]"
            case Unary(operator):
                return f"{operator}{children[0]}"
            case Binary(operator):
                return f"({children[0]} {operator} {children[1]})"
            case Choose():
                return f"({children[0]} ? {children[1]} : {children[2]})"
            case Convert(_, kind):
                return f"{kind}({children[0]})"
            case Function(name):
                return f"{name}({', '.join(children)})"
            case _:
                raise AssertionError(f"no text for {type(node).__name__}")
