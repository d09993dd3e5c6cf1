"""A program as C: in goes the loop tree and a type of floats, out comes one self-contained text.

int NAME_f32(int64_t size…, const float *input…, float *output…, void *workspace);
int64_t NAME_f32_workspace(int64_t size…);
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import groupby, zip_longest

from einlang.codegen.c.comments import comment
from einlang.codegen.c.identifiers import Identifiers
from einlang.codegen.c.library import definitions
from einlang.codegen.c.scalars import Binding, Piece, Writer
from einlang.codegen.c.steps import INDENT, called, function
from einlang.dtypes import INT64, DType
from einlang.ir.extent import Extent
from einlang.ir.program import Computed
from einlang.loops.nodes import Binary, Blocks, Parameter, Program, Repeat, Room, Run, Scalar, Type, Variable

WORDS = ("workspace", "threads", "room", "bytes", "space", "each", "first", "block")
"""The names of C that stand in the functions."""
INCLUDES = "#include <math.h>\n#include <stdint.h>\n#include <string.h>"


def emit(program: Program, dtype: DType) -> str:
    """The C text of a program for one type of floats."""
    return _Module.of(program, dtype).text()


def function_name(program: Program, dtype: DType) -> str:
    """The name of the function that computes a program."""
    return f"{program.name}_{dtype.suffix}"


@dataclass(frozen=True, slots=True)
class _Module:
    """A program, and the C names of its sizes, its tensors, its kernels and the positions of its loops."""

    program: Program
    dtype: DType
    name: str
    sizes: Mapping[str, str]
    tensors: Mapping[str, str]
    kernels: tuple[str, ...]
    positions: Mapping[Variable, str]

    @classmethod
    def of(cls, program: Program, dtype: DType) -> _Module:
        """Names in the order of the parameters, so that they are spelled as the program has them where they can be."""
        name = function_name(program, dtype)
        kernels = tuple(f"{name}_kernel_{number}" for number in range(1, len(program.kernels) + 1))
        identifiers = Identifiers(
            [*kernels, name, f"{name}_workspace", "workspace", "threads", "room", "bytes", "space", "each", "first", "block"]
        )
        declared = [*program.sizes, *(size for size, _ in program.fixed), *(found.size for found in program.computed)]
        declared += [found.size for found in program.blocks]
        sizes = {size: identifiers.new(size) for size in declared}
        tensors = {parameter.key: identifiers.new(parameter.name) for parameter in (*program.inputs, *program.outputs)}
        rooms = [identifiers.new(f"room_{number}") for number in range(1, len(program.rooms) + 1)]
        tensors |= {key: f"({cls._type_of(type, dtype)} *){rooms[number]}" for key, number, type in program.kept}
        positions = {loop.variable: identifiers.new(loop.variable.name) for loop in program.loops}
        return cls(program, dtype, name, sizes, tensors, kernels, positions)

    @staticmethod
    def _type_of(type: Type, dtype: DType) -> str:
        return INT64.c if type == "int" else dtype.c

    def text(self) -> str:
        """Includes, what is used of `csrc`, the kernels, the workspace, the function."""
        names = dict.fromkeys(name for kernel in self.program.kernels for name in called(kernel, self.dtype))
        names.update(dict.fromkeys(["EIN_OK", "EIN_KERNEL"]))
        names.update(dict.fromkeys(kernel.status for kernel in self.program.kernels if kernel.status))
        names.update({"EIN_REFUSED": None} if self.program.refusals else {})
        names.update(dict.fromkeys(["ein_aligned", "ein_first_line", "ein_max_i64"] if self._has_workspace else []))
        names.update(dict.fromkeys(["ein_max_i64", "ein_min_i64"] if self.program.computed or self.program.blocks else []))
        names.update(dict.fromkeys(["ein_max_i64"] if self.program.loops else []))
        splits = any(kernel.split for kernel in self.program.kernels)
        names.update(dict.fromkeys(["ein_threads", *(("ein_split_up", "ein_begin", "ein_end") if splits else ())]))
        kernels = [function(kernel, name, self.dtype) for kernel, name in zip(self.program.kernels, self.kernels, strict=True)]
        return "\n\n".join([INCLUDES, definitions(names, self.dtype), *kernels, self._workspace(), self._function()]) + "\n"

    @property
    def _is_shared(self) -> bool:
        """Whether threads need room for packing, one beside the other."""
        return any(kernel.split and kernel.workspace for kernel in self.program.kernels)

    @property
    def _has_workspace(self) -> bool:
        return bool(self.program.rooms or self.program.packing)

    def _size_parameters(self) -> list[str]:
        return [f"int64_t {self.sizes[size]}" for size in self.program.sizes]

    def _size_lines(self, text: str) -> Iterator[str]:
        """The sizes that are fixed or computed, where `text` mentions them; `(void)` for arguments that it does not mention."""
        words = _words(text)
        needed: list[tuple[str, str]] = []
        values = [(found.size, f"ein_max_i64({self._least(found)}, 0)") for found in self.program.computed]
        values += [(found.size, self._positions_at_once(found)) for found in self.program.blocks]
        for size, value in reversed(values):
            name = self.sizes[size]
            if name in words:
                needed.insert(0, (name, value))
                words |= _words(value)
        for size, number in self.program.fixed:
            if self.sizes[size] in words:
                yield f"const int64_t {self.sizes[size]} = {number};"
        for size in self.program.sizes:
            if self.sizes[size] not in words:
                yield f"(void){self.sizes[size]};"
        for name, value in needed:
            yield f"const int64_t {name} = {value};"

    def _positions_at_once(self, blocks: Blocks) -> str:
        """The positions of a block."""
        each = self._extent(blocks.each)
        return f"ein_max_i64(ein_min_i64({self._extent(blocks.total)}, {blocks.room} / ein_max_i64({each}, 1)), 1)"

    def _least(self, found: Computed) -> str:
        """The least of the bounds of a size; a negative quotient may be rounded either way, since it counts as 0."""
        texts = [
            self._extent(bound.extent) if bound.divisor == 1 else f"({self._extent(bound.extent)}) / {bound.divisor}"
            for bound in found.bounds
        ]
        return _nested("ein_min_i64", texts)

    def _extent(self, extent: Extent) -> str:
        return extent.spell(self.sizes, " * ")

    def _bytes(self, room: Room) -> str:
        """The bytes of a room: of its largest array."""
        sizes = [f"{self._factor(extent)} * {self._itemsize(type)}" for extent, type in room.contents]
        return f"ein_aligned({_largest(sizes)})"

    def _factor(self, extent: Extent) -> str:
        text = self._extent(extent)
        return text if len(extent.terms) < 2 else f"({text})"

    def _itemsize(self, type: Type) -> int:
        return INT64.itemsize if type == "int" else self.dtype.itemsize

    def _packing(self) -> str:
        found = [(f, ", ".join(map(self._extent, extents))) for f, extents in self.program.packing]
        return f"ein_aligned({_largest([f'{f}_{self.dtype.suffix}({given})' for f, given in found])})"

    def _workspace(self) -> str:
        """The function that tells how many bytes the workspace needs."""
        lines = []
        if self._has_workspace:
            packing = [f"{'threads * ' if self._is_shared else ''}{self._packing()}"] if self.program.packing else []
            parts = [*map(self._bytes, self.program.rooms), *packing]
            lines = ["int64_t bytes = 64;", *(f"bytes += {part};" for part in parts), "return bytes;"]
        else:
            lines = ["return 0;"]
        unused = [] if "threads" in _words("\n".join(lines)) else ["(void)threads;"]
        lines = [*self._size_lines("\n".join(lines)), *unused, *lines]
        head = f"int64_t {self.name}_workspace({', '.join([*self._size_parameters(), 'int64_t threads'])})"
        return "\n".join([f"{head};", "", f"{head} {{", *(INDENT + line for line in lines), "}"])

    def _function(self) -> str:
        """The function that computes the program."""
        body = [
            *self._rooms(),
            *self._runs(),
            "return EIN_OK;",
        ]
        words = _words("\n".join(body))
        pointers = [self.tensors[p.key] for p in (*self.program.inputs, *self.program.outputs)]
        unused = [f"(void){name};" for name in (*pointers, "workspace", "threads") if name not in words]
        lines = [*self._size_lines("\n".join(body)), *unused, *body]
        head = f"int {self.name}({', '.join(self._parameters())})"
        return "\n".join([f"{head};", "", f"{head} {{", *(INDENT + line for line in lines), "}"])

    def _parameters(self) -> Iterator[str]:
        yield from self._size_parameters()
        yield from (f"const {self._pointer(parameter)}" for parameter in self.program.inputs)
        yield from map(self._pointer, self.program.outputs)
        yield "void *workspace"
        yield "const ein_threads *threads"

    def _pointer(self, parameter: Parameter) -> str:
        return f"{self._type_of(parameter.type, self.dtype)} *restrict {self.tensors[parameter.key]}"

    def _rooms(self) -> Iterator[str]:
        """The parts of the workspace, one after the other."""
        if self._has_workspace:
            yield "char *room = ein_first_line(workspace);"
        for number, room in enumerate(self.program.rooms, start=1):
            yield f"char *const room_{number} = room;"
            yield f"room += {self._bytes(room)};"
        if self.program.packing:
            yield "void *const space = room;"
        if self._is_shared:
            yield f"const int64_t each = {self._packing()};"

    def _runs(self) -> Iterator[str]:
        """The runs and what refuses the call after them, those of a loop in it."""
        loops: dict[int, Repeat | Blocks] = {loop.first: loop for loop in self.program.loops}
        loops |= {blocks.first: blocks for blocks in self.program.blocks}
        number = 0
        while number < len(self.program.runs):
            loop = loops.get(number)
            if loop is None:
                yield from (*self._run(self.program.runs[number]), *self._refusals(number))
                number += 1
                continue
            inside = self.program.runs[number : loop.end]
            yield from self._block_by_block(loop, inside) if isinstance(loop, Blocks) else self._one_by_one(loop, inside)
            number = loop.end

    def _one_by_one(self, loop: Repeat, runs: Sequence[Run]) -> Iterator[str]:
        yield f"for ({self._positions(loop)}) {{"
        yield from (INDENT + line for line in self._cases(runs))
        yield "}"

    def _block_by_block(self, blocks: Blocks, runs: Sequence[Run]) -> Iterator[str]:
        """Runs over blocks of positions, of which there may be fewer in the last one."""
        size, total = self.sizes[blocks.size], self._factor(blocks.total)
        yield f"for (int64_t first = 0; first < {total}; first += {size}) {{"
        yield f"{INDENT}const int64_t block = ein_min_i64({size}, {total} - first);"
        inside = replace(self, sizes={**self.sizes, blocks.size: "block"})
        yield from (INDENT + line for run in runs for line in inside._run(run))
        yield "}"

    def _positions(self, loop: Repeat) -> str:
        name, stop = self._variable(loop.variable), self._scalars.text(loop.stop)
        if loop.forward:
            return f"int64_t {name} = {loop.start}; {name} < {stop}; {f'{name} += {loop.by}' if loop.by > 1 else f'{name}++'}"
        return f"int64_t {name} = {stop}; {name}-- > {loop.start};"

    def _cases(self, runs: Sequence[Run]) -> Iterator[str]:
        """Runs under their conditions, neighbours that have the same ones together."""
        for conditions, together in groupby(runs, lambda run: self._condition(run.conditions)):
            lines = [line for run in together for line in self._run(run)]
            if conditions:
                yield f"if ({conditions}) {{"
                yield from (INDENT + line for line in lines)
                yield "}"
            else:
                yield from lines

    def _condition(self, conditions: Sequence[Scalar]) -> str:
        """That all conditions hold."""
        return self._scalars.text(reduce(lambda a, b: Binary("&&", a, b, "bool"), conditions)) if conditions else ""

    @property
    def _scalars(self) -> Writer:
        """What writes scalars of positions and sizes."""

        def extent(extent: Extent) -> Piece:
            return Piece(self._extent(extent), Binding.ATOM if extent.size else Binding.SUM)

        return Writer(self.dtype, {}, self._variable, extent, lambda entries, type: "")

    def _variable(self, variable: Variable) -> str:
        return self.positions[variable]

    def _refusals(self, run: int) -> Iterator[str]:
        """What refuses the call after a run."""
        for number, (after, key) in enumerate(self.program.refusals):
            if after == run:
                yield f"if (*{self.tensors[key]} != 0) return EIN_REFUSED + {number};"

    def _run(self, run: Run) -> list[str]:
        kernel = self.program.kernels[run.kernel]
        position = [self._scalars.text(run.position)] if run.position else []
        tensors = [self._from_block_on(key, stride) for key, stride in zip_longest(run.tensors, run.strides)]
        arguments = [*map(self._extent, run.extents), *position, *tensors]
        arguments += ["space", *(["each"] if kernel.split else [])] if kernel.workspace else []
        arguments += ["threads", self._extent(run.work)] if run.work is not None else []
        call = f"{self.kernels[run.kernel]}({', '.join(arguments)})"
        return [*comment([run.note]).split("\n"), f"if ({call}) return {kernel.status};" if kernel.status else f"{call};"]

    def _from_block_on(self, key: str, stride: Extent | None) -> str:
        """A tensor from the first position of a block on."""
        return self.tensors[key] if stride is None else f"{self.tensors[key]} + first * {self._factor(stride)}"


def _words(text: str) -> set[str]:
    """The identifiers in a text of C, comments left out."""
    return set(re.findall(r"\w+", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)))


def _largest(texts: list[str]) -> str:
    """The largest of some whole numbers."""
    return _nested("ein_max_i64", texts)


def _nested(function: str, texts: list[str]) -> str:
    """A function of two arguments over all of some texts."""
    result = texts[0]
    for text in texts[1:]:
        result = f"{function}({result}, {text})"
    return result
