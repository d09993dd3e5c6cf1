"""Steps of the loop tree as C: in goes a kernel, out comes the text of its function."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from einlang.codegen.c import splits
from einlang.codegen.c.comments import comment
from einlang.codegen.c.identifiers import Identifiers
from einlang.codegen.c.scalars import REDUCED, Piece, Writer, literal
from einlang.codegen.c.splits import Parameter
from einlang.dtypes import DType
from einlang.ir.extent import Extent
from einlang.loops.nodes import (
    Address,
    Array,
    Assign,
    Attempt,
    Begin,
    Call,
    Constant,
    Function,
    If,
    Kernel,
    Let,
    Load,
    Local,
    Loop,
    Make,
    Scalar,
    Split,
    Step,
    Store,
    Type,
    Variable,
)
from einlang.tree import walk

INDENT = "    "


def function(kernel: Kernel, name: str, dtype: DType) -> str:
    """The function of a kernel, static, under a name."""
    return _Function.of(kernel, name, dtype).text(kernel, name)


@dataclass(slots=True)
class _Function:
    dtype: DType
    identifiers: Identifiers
    arrays: dict[Array, str]
    extents: dict[Extent, str]
    variables: dict[Variable, str] = field(default_factory=dict)
    tables: dict[tuple[tuple[Fraction, ...], Type], str] = field(default_factory=dict)
    any_argument: bool = False

    @classmethod
    def of(cls, kernel: Kernel, name: str, dtype: DType) -> _Function:
        """The names of parameters and local arrays."""
        words = ("space", "state", "panels", "laid", "down", "across", "together", "far")
        identifiers = Identifiers([name, *words, *(splits.WORDS if kernel.split else ())])
        extents = {extent: identifiers.new(extent.size or "n") for extent in kernel.extents}
        arrays = {array: identifiers.new(array.name) for array in kernel.arrays}
        local = [node.array for step in kernel.body for node in walk(step) if isinstance(node, Local)]
        local += [kernel.split.shared] if kernel.split and kernel.split.shared else []
        arrays.update({array: identifiers.new(array.name) for array in local})
        return cls(dtype, identifiers, arrays, extents)

    @property
    def writer(self) -> Writer:
        return Writer(self.dtype, self.arrays, self._variable, self._extent, self._table, self.any_argument)

    def _variable(self, variable: Variable) -> str:
        if variable not in self.variables:
            self.variables[variable] = self.identifiers.new(variable.name)
        return self.variables[variable]

    def _extent(self, extent: Extent) -> Piece:
        if extent.constant is not None:
            return literal(Fraction(extent.constant), "int", self.dtype)
        return Piece(self.extents[extent])

    def _table(self, entries: tuple[Fraction, ...], type: Type) -> str:
        return self.tables.setdefault((entries, type), f"table_{len(self.tables) + 1}")

    def text(self, kernel: Kernel, name: str) -> str:
        """Comment, head, unused parameters, tables, body; where threads share it, what calls it too."""
        ranges = [self._variable(end) for axis in kernel.split.axes for end in (axis.first, axis.last)] if kernel.split else []
        body = self._body(kernel)
        mentioned = {node.array for step in kernel.body for node in walk(step) if isinstance(node, Load | Store | Address)}
        unused = [f"(void){self.arrays[array]};" for array in kernel.arrays if array not in mentioned]
        if kernel.position is not None and all(kernel.position is not node for step in kernel.body for node in walk(step)):
            unused.append(f"(void){self._variable(kernel.position)};")
        words = set(re.findall(r"\w+", "\n".join(body)))
        unused += [f"(void){name};" for name in self.extents.values() if name not in words]
        end = ["return EIN_OK;"] if kernel.status else []
        lines = [*unused, *self._table_lines(), *body, *end]
        parameters = [*self._parameters(kernel), *(Parameter("int64_t", name) for name in ranges)]
        parameters += [Parameter("void *", "space")] if kernel.workspace else []
        result, own = "int" if kernel.status else "void", f"{name}_range" if kernel.split else name
        head = f"EIN_KERNEL {result} {own}({', '.join(parameter.text for parameter in parameters) or 'void'}) {{"
        text = [comment(kernel.notes), head, *(INDENT + line for line in lines), "}"]
        return "\n".join([*text, *(self._split(kernel, kernel.split, name) if kernel.split else ())])

    def _body(self, kernel: Kernel) -> list[str]:
        """The steps; with angles in them twice, for small ones and for any; once, for any, if they ruin what they read."""
        if not any(isinstance(node, Function) and node.name in REDUCED for step in kernel.body for node in walk(step)):
            return [line for step in kernel.body for line in self.lines(step)]
        fast = [] if kernel.spent else [f"int{8 * self.dtype.itemsize}_t far = 0;", "{", *self._block(kernel.body)]
        self.any_argument = True
        return [*fast, "if (far) {" if fast else "{", *self._block(kernel.body)]

    def _parameters(self, kernel: Kernel) -> Iterator[Parameter]:
        """Extents, the position, arrays, and where parts of a whole are put together."""
        yield from (Parameter("int64_t", self.extents[extent]) for extent in kernel.extents)
        if kernel.position is not None:
            yield Parameter("int64_t", self._variable(kernel.position))
        for array in kernel.arrays:
            constant = "" if array in (kernel.written, *kernel.spent) else "const "
            yield Parameter(f"{constant}{self.writer.type(array.type)} *restrict", self.arrays[array])
        if kernel.split and kernel.split.shared:
            yield Parameter(f"{self.writer.type(kernel.split.shared.type)} *restrict", self.arrays[kernel.split.shared])

    def _split(self, kernel: Kernel, split: Split, name: str) -> Iterator[str]:
        """What calls the function of a part."""
        write, shared = self.writer.text, split.shared
        room = [Parameter("void *", "space"), Parameter("int64_t", "each")] if kernel.workspace else []
        parameters = [*self._parameters(kernel), *room]
        axes = [splits.Axis(write(axis.length), write(axis.unit)) for axis in split.axes]
        local = f"{self.writer.type(shared.type)} {self.arrays[shared]}[{shared.count}];" if shared else ""
        self.variables[split.parts], self.tables = "parts", {}
        self.any_argument = True
        after = [line for step in split.after for line in self.lines(step)]
        after = [*self._table_lines(), *after]
        yield from ("", *splits.record(name, parameters), "", *splits.part(name, parameters, len(axes)))
        yield from ("", *splits.whole(name, parameters, split, axes, local, after))

    def _table_lines(self) -> Iterator[str]:
        for (entries, type), name in self.tables.items():
            values = ", ".join(literal(value, type, self.dtype).text for value in entries)
            yield f"static const {self.writer.type(type)} {name}[{len(entries)}] = {{{values}}};"

    def lines(self, step: Step) -> list[str]:
        """A step as lines."""
        write = self.writer.text
        match step:
            case Let(variable, value):
                return [f"const {self.writer.type(variable.type)} {self._variable(variable)} = {write(value)};"]
            case Begin(variable, value):
                return [f"{self.writer.type(variable.type)} {self._variable(variable)} = {write(value)};"]
            case Assign(variable, value):
                return [f"{self._variable(variable)} = {write(value)};"]
            case Local(array):
                return [f"{self.writer.type(array.type)} {self.arrays[array]}[{array.count}];"]
            case Make(made, None):
                return [f"{made.kind}_{self.writer.suffix(made.of)} {made.name};", f"{made.name}.chunks = 0;"]
            case Make(made, value) if value is not None:
                return [f"const {made.kind}_{self.writer.suffix(made.of)} {made.name} = {write(value)};"]
            case Store(array, shape, subscripts, value):
                place = self.writer.text(Load(array, shape, subscripts, array.type))
                return [f"{place} = {write(value)};"]
            case Call(called):
                return [f"{write(called)};"]
            case Attempt(called, status):
                return [f"if ({write(called)}) return {status};"]
            case If(condition, body):
                return [f"if ({write(condition)}) {{", *self._block(body)]
            case Loop():
                return [f"for ({self._loop(step)}) {{", *self._block(step.body)]
            case _:
                raise AssertionError(f"no C for {type(step).__name__}")

    def _block(self, body: Sequence[Step]) -> list[str]:
        return [*(INDENT + line for step in body for line in self.lines(step)), "}"]

    def _loop(self, step: Loop) -> str:
        write = self.writer.text
        name = self._variable(step.variable)
        one = isinstance(step.step, Constant) and step.step.value == 1
        advance = f"{name}++" if one else f"{name} += {write(step.step)}"
        return f"int64_t {name} = {write(step.start)}; {name} < {write(step.stop)}; {advance}"


def called(kernel: Kernel, dtype: DType) -> Iterator[str]:
    """The names of the functions and types of `csrc` that a kernel mentions."""
    suffix = {"int": "i64", "real": dtype.suffix}
    for step in (*kernel.body, *([kernel.split] if kernel.split else [])):
        for node in walk(step):
            name = getattr(node, "name", "")
            of = getattr(node, "of", None)
            if of is not None and isinstance(node, Scalar) and name.startswith("ein_"):
                yield f"{name}_{suffix[of]}"
                if name in REDUCED:
                    yield f"{name}_any_{suffix[of]}"
