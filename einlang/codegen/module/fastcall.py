"""The straight way through a call: in goes a signature, out comes a Python function that gives the arguments to a kernel's entry.

The entry (`entry.py`) accepts only what needs no thought: exact NumPy arrays of one float type, C-contiguous, of the right
shapes, and Python floats. At the first surprise the function leaves everything to `general`, which finds out what it was.

Names that the text expects around it: `general`, `empty`, `Outputs`, `float32`, `float64`, `int64` (NumPy's dtype objects),
`space.now` (address and bytes of the thread's workspace), and `kernel_float32`, `kernel_float64`: None, or the entry, and the
address of what it has to know of Python's objects and of threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
        self.spelled = {size: f"n_{word}" for size, word in spell(signature.sizes).items()}
        self.spelled |= {size: str(value) for size, value in signature.fixed}
        self.spelled |= {found.size: f"computed_{number}" for number, found in enumerate(signature.computed)}

    def lines(self) -> Iterator[str]:
        """The body, from the arguments' names to the result."""
        inputs = [f"given[{tensor.name!r}]" for tensor in self.signature.needed]
        outputs = [f"made[{tensor.name!r}]" for tensor in self.signature.outputs]
        yield 'out = given.get("out")'
        yield f"dtype = {self._dtype()}"
        yield "if out is None:"
        yield from (f"    {line}" for line in self._fresh())
        yield "    count = len(given)"
        yield "else:"
        yield "    targets = out if type(out) is dict else out._arrays"
        targets = ", ".join(f"{tensor.name!r}: targets[{tensor.name!r}]" for tensor in self.signature.outputs)
        yield f"    made = {{{targets}}}"
        yield f"    count = len(given) + len(targets) - {1 + len(outputs)}"
        yield f"if count == {len(inputs)}:"
        yield f"    arguments = ({', '.join([*inputs, *outputs])},)"
        yield f"    run, words = {self._kernel()}"
        yield "    address, capacity = space.now"
        yield "    if not run(id(arguments), words, address, capacity):"
        yield "        return Outputs(made)"

    def _dtype(self) -> str:
        """The float type, read off the first float array."""
        arrays = (tensor.name for tensor in self.signature.needed if tensor.kind == "float" and tensor.axes)
        first = next(arrays, None)
        return f"given[{first!r}].dtype" if first else self.dtype or "float64"

    def _kernel(self) -> str:
        """The kernel of the float type; one of them for a type that is none, which it refuses."""
        return f"kernel_{self.dtype}" if self.dtype else "kernel_float32 if dtype is float32 else kernel_float64"

    def _fresh(self) -> Iterator[str]:
        """Fresh arrays, and before them the sizes that their shapes need."""
        needed = {size for tensor in self.signature.outputs for axis in tensor.axes for size in axis.sizes}
        for found in reversed(self.signature.computed):
            needed |= set(found.sizes) if found.size in needed else set()
        left = needed & set(self.signature.sizes)
        for tensor in self.signature.needed:
            bound = {axis.size for axis in tensor.axes if axis.size in left}
            if bound:
                names = [self.spelled[axis.size] if axis.size in bound else "_" for axis in tensor.axes]
                yield f"{', '.join(names)}{',' if len(names) == 1 else ''} = given[{tensor.name!r}].shape"
                left -= bound
        for found in self.signature.computed:
            if found.size in needed:
                yield f"{self.spelled[found.size]} = {least(found, self.spelled, '//', 'min({}, {})', 'max({}, 0)')}"
        yield f"made = {{{', '.join(f'{tensor.name!r}: {self._empty(tensor)}' for tensor in self.signature.outputs)}}}"

    def _empty(self, tensor: Tensor) -> str:
        lengths = [length(axis, self.spelled, "max({}, 0)") for axis in tensor.axes]
        shape = f"({', '.join(lengths)}{',' if len(lengths) == 1 else ''})"
        return f"empty({shape}, {'dtype' if tensor.kind == 'float' else 'int64'})"


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
