"""The straight way through a call: in goes a signature, out comes a Python function that checks it line by line.

The function accepts only what needs no thought: exact NumPy arrays of one float type, C-contiguous, of the right shapes. At
the first surprise it leaves everything to `general`, which finds out what it was. It calls a kernel only once everything is
checked, and the kernel's entry itself refuses (nonzero, before it writes) arrays that overlap or are not aligned.

Names that the text expects around it: `general`, `ndarray`, `empty`, `array`, `Outputs`, `float32`, `float64`, `int64`
(NumPy's dtype objects), `space.now` (address and bytes of the thread's workspace), and `kernel_float32`, `kernel_float64`:
None, or the entry, `ffi.from_buffer`, the types of float and integer pointers, the pool of threads and how many of them to use.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce

from einlang.call import Axis, Computed, Signature, Tensor
from einlang.codegen.names import spell


def fast_call(signature: Signature, dtype: str | None) -> str:
    """The text of `def call(mapping, given)`; with `dtype` only arrays of that float type are accepted.

    A program with updates, which writes into its arguments, is called by `general` alone.
    """
    if any(tensor.role == "update" for tensor in signature.outputs):
        return "def call(mapping, given):\n    return general(mapping, given)\n"
    return "\n".join(
        [
            "def call(mapping, given):",
            "    try:",
            "        if mapping is None:",
            *("            " + line for line in _Writer(signature, dtype).lines()),
            "    except Exception:",
            "        pass",
            "    return general(mapping, given)",
            "",
        ]
    )


class _Writer:
    def __init__(self, signature: Signature, dtype: str | None) -> None:
        self.signature, self.dtype = signature, dtype
        self.inputs = _named(signature.needed, "in_")
        self.outputs = _named(signature.outputs, "out_")
        self.sizes = {size: f"n_{word}" for size, word in spell(signature.sizes).items()}
        self.spelled = {**self.sizes, **{size: str(value) for size, value in signature.fixed}}
        self.spelled |= {found.size: f"computed_{number}" for number, found in enumerate(signature.computed)}
        self.conditions: list[str] = []

    def lines(self) -> Iterator[str]:
        """The body, from the arguments' names to the result."""
        yield from (f"{word} = given[{tensor.name!r}]" for tensor, word in self.inputs.items())
        yield 'out = given.get("out")'
        yield from self._dtype()
        self.conditions += ["kernel is not None", f"len(given) == {len(self.inputs)} + (out is not None)"]
        for tensor, word in self.inputs.items():
            yield from self._input(tensor, word)
        for computed in self.signature.computed:
            yield f"{self.spelled[computed.size]} = {least(computed, self.spelled, '//', 'min({}, {})', 'max({}, 0)')}"
        for left, relation, right, _, over in self.signature.requirements:
            sides = polynomial(left, self.spelled), polynomial(right, self.spelled)
            empty = "".join(f" or not {self._length(axis)}" for axis in over)
            self.conditions.append(f"({sides[0]} {'<=' if relation == '<=' else '=='} {sides[1]}{empty})")
        yield "if (\n                " + "\n                and ".join(self.conditions) + "\n            ):"
        yield from ("    " + line for line in (*self._targets(), *self._run()))

    def _dtype(self) -> Iterator[str]:
        """The float type, read off the first float array, and its kernel."""
        first = next((word for tensor, word in self.inputs.items() if tensor.kind == "float" and tensor.axes), None)
        yield f"dtype = {first}.dtype" if first else f"dtype = {self.dtype or 'float64'}"
        types = [self.dtype] if self.dtype else ["float32", "float64"]
        yield "kernel = " + " else ".join([*(f"kernel_{name} if dtype is {name}" for name in types), "None"])

    def _input(self, tensor: Tensor, word: str) -> Iterator[str]:
        """Bind the sizes that an array is the first to have; everything else about it becomes a condition."""
        if not tensor.axes and tensor.kind == "float":
            yield f"if type({word}) is float:"
            yield f"    {word} = array({word}, dtype)"
        self.conditions.append(f"type({word}) is ndarray and {word}.dtype is {'dtype' if tensor.kind == 'float' else 'int64'}")
        bound = self._bound(tensor)
        if not bound:
            self.conditions.append(f"{word}.shape == {self._shape(tensor.axes)}")
            return
        targets = [bound.get(axis, f"{word}_{axis}") for axis in range(len(tensor.axes))]
        yield f"{', '.join(targets)}{',' if len(targets) == 1 else ''} = {word}.shape"
        for number, axis in enumerate(tensor.axes):
            if number not in bound:
                self.conditions.append(f"{word}_{number} == {self._length(axis)}")

    def _bound(self, tensor: Tensor) -> dict[int, str]:
        """The axes at which the array is the first to have a size, and the names that these get."""
        bound: dict[int, str] = {}
        for number, axis in enumerate(tensor.axes):
            if axis.size is not None and axis.size in self.sizes:
                bound[number] = self.sizes.pop(axis.size)
        return bound

    def _targets(self) -> Iterator[str]:
        """Fresh arrays, or those of `out=` after their checks."""
        kinds = {tensor: "dtype" if tensor.kind == "float" else "int64" for tensor in self.outputs}
        shapes = {tensor: self._shape(tensor.axes) for tensor in self.outputs}
        yield "if out is None:"
        yield from (f"    {word} = empty({shapes[tensor]}, {kinds[tensor]})" for tensor, word in self.outputs.items())
        yield "else:"
        yield "    targets = out if type(out) is dict else out._arrays"
        yield from (f"    {word} = targets[{tensor.name!r}]" for tensor, word in self.outputs.items())
        yield f"    if len(targets) != {len(self.outputs)} or not ("
        checks = [
            f"type({word}) is ndarray and {word}.dtype is {kinds[tensor]} and {word}.shape == {shapes[tensor]}"
            for tensor, word in self.outputs.items()
        ]
        yield "        " + "\n                        and ".join(checks)
        yield "    ):"
        yield "        return general(mapping, given)"

    def _run(self) -> Iterator[str]:
        """The call of the kernel, and what it gives."""
        read = [f"buffer({_pointer(tensor)}, {word})" for tensor, word in self.inputs.items()]
        written = [f"buffer({_pointer(tensor)}, {word}, True)" for tensor, word in self.outputs.items()]
        sizes = [self.spelled[size] for size in self.signature.sizes]
        values = ", ".join(f"{tensor.name!r}: {word}" for tensor, word in self.outputs.items())
        yield "run, buffer, reals, wholes, team, threads = kernel"
        yield "address, capacity = space.now"
        yield f"if not run({', '.join([*sizes, *read, *written, 'address', 'capacity', 'team', 'threads'])}):"
        yield f"    return Outputs({{{values}}})"

    def _shape(self, axes: Sequence[Axis]) -> str:
        lengths = [self._length(axis) for axis in axes]
        return f"({', '.join(lengths)}{',' if len(lengths) == 1 else ''})"

    def _length(self, axis: Axis) -> str:
        return length(axis, self.spelled, "max({}, 0)")


def length(axis: Axis, spelled: Mapping[str, str], positive: str) -> str:
    """The length of an axis as an expression of Python or C; `positive` says how to replace a negative number by 0."""
    if all(number >= 0 for _, number in axis.terms):
        return polynomial(axis, spelled)
    return positive.format(polynomial(axis, spelled))


def least(computed: Computed, spelled: Mapping[str, str], divided: str, smaller: str, positive: str) -> str:
    """A computed size as an expression of Python or C, by how these divide, take the smaller, and replace a negative by 0."""
    texts = []
    for extent, divisor in computed.bounds:
        text = polynomial(extent, spelled)
        texts.append(text if divisor == 1 else f"({text}) {divided} {divisor}")
    return positive.format(reduce(smaller.format, texts))


def polynomial(axis: Axis, spelled: Mapping[str, str]) -> str:
    """The value of an axis as an expression of Python or C."""
    if axis.size is not None:
        return spelled[axis.size]
    terms = [" * ".join([str(number), *(spelled[size] for size in sizes)]) for sizes, number in axis.terms]
    return " + ".join(terms) or "0"


def _named(tensors: Sequence[Tensor], prefix: str) -> dict[Tensor, str]:
    words = spell([tensor.name for tensor in tensors])
    return {tensor: prefix + words[tensor.name] for tensor in tensors}


def _pointer(tensor: Tensor) -> str:
    return "reals" if tensor.kind == "float" else "wholes"
