"""What a call is described by and what it gives: errors, `Signature`, `Outputs`.

Plain data; imports the standard library alone. The text of this file is copied into the modules that `einlang compile`
writes, so that both ways say the same.
"""

from __future__ import annotations

from collections.abc import Iterator, KeysView, Mapping, Sequence
from typing import Any, NamedTuple


class EinlangError(Exception):
    """Base of all errors of Einlang."""


class CallError(EinlangError):
    """A wrong call. Names the tensor, the axis, the sizes, and where the tensor is declared."""


class CallValueError(CallError, ValueError):
    """A wrong call, by a name, a shape or a value."""


class CallTypeError(CallError, TypeError):
    """A wrong call, by a type."""


FIRST_REFUSAL = 16
"""The status of a kernel that refuses a call for the first of the program's refusals."""


class RefusedError(CallValueError):
    """A kernel has refused a call; `number` says for which of the program's refusals."""

    def __init__(self, number: int) -> None:
        super().__init__("a position is outside of its axis")
        self.number = number

    def __reduce__(self) -> tuple[Any, ...]:
        return RefusedError, (self.number,)


class Axis(NamedTuple):
    """The length of an axis: a polynomial in named sizes, as (sizes, coefficient) terms and as `text`."""

    text: str
    terms: tuple[tuple[tuple[str, ...], int], ...]
    note: str = ""
    """Why the axis has this length, where the declaration does not say so."""

    @property
    def size(self) -> str | None:
        """The size that the axis is alone, else None."""
        return self.terms[0][0][0] if len(self.terms) == 1 and self.terms[0][1] == 1 and len(self.terms[0][0]) == 1 else None

    @property
    def sizes(self) -> tuple[str, ...]:
        """The sizes that occur, in order."""
        return tuple(dict.fromkeys(size for factors, _ in self.terms for size in factors))

    def length(self, sizes: Mapping[str, int]) -> int:
        """The length for given sizes, 0 where the value is negative: no position fits. Raises KeyError for a size not given."""
        return max(self.value(sizes), 0)

    def value(self, sizes: Mapping[str, int]) -> int:
        """The polynomial's value for given sizes."""
        total = 0
        for factors, coefficient in self.terms:
            product = coefficient
            for size in factors:
                product *= sizes[size]
            total += product
        return total


class Tensor(NamedTuple):
    """An input or output: name, axes, `float` or `int`, the role it is declared in (`input`, `param`, `definition`), where."""

    name: str
    axes: tuple[Axis, ...]
    kind: str = "float"
    role: str = "input"
    place: str = ""
    needed: bool = True
    """False for an input that may be left out, since no output depends on it."""

    def __str__(self) -> str:
        return self.name + (f"[{', '.join(axis.text for axis in self.axes)}]" if self.axes else "")

    @property
    def declared(self) -> str:
        """`, declared at mlp.ein:3:7`, for the end of a message."""
        return f", declared at {self.place}" if self.place else ""

    def shape(self, sizes: Mapping[str, int]) -> tuple[int, ...]:
        """The shape for given sizes."""
        return tuple(axis.length(sizes) for axis in self.axes)


class Requirement(NamedTuple):
    """`left = right` or `left <= right`: what the sizes of a call must satisfy beside the shapes; `text` says why.

    It need not hold where one of the ranges in `over` is empty.
    """

    left: Axis
    relation: str
    right: Axis
    text: str
    over: tuple[Axis, ...] = ()

    def broken(self, sizes: Mapping[str, int]) -> str:
        """How it does not hold for given sizes; '' where it holds, or depends on a size that is not given."""
        if any(size not in sizes for axis in (self.left, self.right, *self.over) for size in axis.sizes):
            return ""
        if any(axis.length(sizes) == 0 for axis in self.over):
            return ""
        left, right = self.left.value(sizes), self.right.value(sizes)
        if left == right or (self.relation == "<=" and left < right):
            return ""
        return f"{self._wrong(left, right)}: {self.text}"

    def _wrong(self, left: int, right: int) -> str:
        """That the sides have these values, which does not suit; begun with one that has a name."""
        if self.relation == "=":
            (name, value), other = ((self.left, left), right) if self.left.sizes else ((self.right, right), left)
            named = bool(self.left.sizes and self.right.sizes)
            return f"`{name.text}` is {value}, {f'but `{self.right.text}` is {right}' if named else f'not {other}'}"
        if not self.left.sizes:
            return f"`{self.right.text}` is {right}, less than {left}"
        most = f"`{self.right.text}`, which is {right}" if self.right.sizes else str(right)
        return f"`{self.left.text}` is {left}, more than {most}"


class Computed(NamedTuple):
    """A size that is the least of some bounds, each an extent divided by a whole number and rounded down, and at least 0."""

    size: str
    bounds: tuple[tuple[Axis, int], ...]

    def value(self, sizes: Mapping[str, int]) -> int:
        """The size for given sizes. Raises KeyError for one that is not given."""
        return max(0, min(extent.value(sizes) // divisor for extent, divisor in self.bounds))

    @property
    def sizes(self) -> tuple[str, ...]:
        """The sizes that it is computed from."""
        return tuple(dict.fromkeys(size for extent, _ in self.bounds for size in extent.sizes))


Axes = tuple[Axis, ...]


class Refusal(NamedTuple):
    """What positions in a call must satisfy.

    Attributes:
        text: says what.
        length: of the axis that they stand on.
        subject: the integer input whose elements they are, or ''.
        ranges: what the indices run over that the elements stand at.
        subscripts: where on each axis of the subject, as what each index is multiplied with, and then a constant.
        conditions: what is at least 0 where they have to be positions, said in the same way.
    """

    text: str
    length: Axis
    subject: str
    ranges: Axes
    subscripts: tuple[Axes, ...]
    conditions: tuple[Axes, ...]


class Signature(NamedTuple):
    """What a compiled program takes and gives.

    Attributes:
        name: the program's name.
        sizes: the sizes that the arrays of a call fix, in the order in which kernels take them.
        fixed: the sizes that the program fixes.
        inputs: inputs and params in the order declared, those that may be left out included.
        outputs: outputs in order.
        assumptions: the text of each `assume`.
        requirements: what the sizes must satisfy where the shapes do not say it.
        computed: sizes that follow from others, each after those that it needs.
        refusals: for what a kernel refuses a call: its status is `FIRST_REFUSAL` and the place in this list.
    """

    name: str
    sizes: tuple[str, ...]
    fixed: tuple[tuple[str, int], ...]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    assumptions: tuple[str, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    computed: tuple[Computed, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    def values(self, given: Sequence[int]) -> dict[str, int]:
        """The value of every size, in go those of `sizes`; but of those computed from one that is not given."""
        values = {**dict(self.fixed), **dict(zip(self.sizes, given, strict=True))}
        for computed in self.computed:
            if all(size in values for size in computed.sizes):
                values[computed.size] = computed.value(values)
        return values

    @property
    def needed(self) -> tuple[Tensor, ...]:
        """The inputs that kernels take, in order."""
        return tuple(tensor for tensor in self.inputs if tensor.needed)

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.inputs))}) -> {', '.join(map(str, self.outputs))}"


def signature_of(data: Any) -> Signature:
    """The signature that was written as JSON, in which every tuple is a list."""
    name, sizes, fixed, inputs, outputs, assumptions, requirements, computed, refusals = data
    return Signature(
        name,
        tuple(sizes),
        tuple((size, value) for size, value in fixed),
        tuple(_tensor_of(*tensor) for tensor in inputs),
        tuple(_tensor_of(*tensor) for tensor in outputs),
        tuple(assumptions),
        tuple(_requirement_of(*requirement) for requirement in requirements),
        tuple(Computed(size, tuple((axis_of(*extent), divisor) for extent, divisor in bounds)) for size, bounds in computed),
        tuple(_refusal_of(*refusal) for refusal in refusals),
    )


def _tensor_of(name: str, axes: Any, *rest: Any) -> Tensor:
    return Tensor(name, tuple(axis_of(*axis) for axis in axes), *rest)


def _requirement_of(left: Any, relation: str, right: Any, text: str, over: Any) -> Requirement:
    return Requirement(axis_of(*left), relation, axis_of(*right), text, tuple(axis_of(*axis) for axis in over))


def _refusal_of(text: str, length: Any, subject: str, ranges: Any, *forms: Any) -> Refusal:
    subscripts, conditions = (tuple(tuple(axis_of(*axis) for axis in form) for form in part) for part in forms)
    return Refusal(text, axis_of(*length), subject, tuple(axis_of(*axis) for axis in ranges), subscripts, conditions)


def axis_of(text: str, terms: Any, note: str) -> Axis:
    """The axis that was written as JSON."""
    return Axis(text, tuple((tuple(sizes), number) for sizes, number in terms), note)


def alias(name: str) -> str:
    """How Python may spell a name with superscripts: `W_2` for `W{2}`."""
    return name.replace("{", "_").replace(",", "_").replace("}", "") if name.endswith("}") else name


class Outputs:
    """What a call gives: values by name, as attributes or items, or in order by iteration. Rank 0 gives NumPy scalars.

    `W{2}` may be spelled `W_2`. A name that is that of a method here (`keys`) is had as an item.
    """

    __slots__ = ("_arrays",)

    def __init__(self, arrays: dict[str, Any]) -> None:
        self._arrays = arrays

    def __getitem__(self, name: str | int) -> Any:
        if isinstance(name, int):
            return list(self)[name]
        array = self._arrays[self._known(name)]
        return array if array.ndim else array[()]

    def _known(self, name: str) -> str:
        if name in self._arrays:
            return name
        for known in self._arrays:
            if alias(known) == name:
                return known
        raise KeyError(f"there is no output {name!r}; there are {', '.join(self._arrays)}")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(error.args[0]) from None

    def __iter__(self) -> Iterator[Any]:
        return (array if array.ndim else array[()] for array in self._arrays.values())

    def __len__(self) -> int:
        return len(self._arrays)

    def __contains__(self, name: object) -> bool:
        return name in self._arrays

    def keys(self) -> KeysView[str]:
        """The names, in order."""
        return self._arrays.keys()

    def values(self) -> list[Any]:
        """The values, in order."""
        return list(self)

    def items(self) -> list[tuple[str, Any]]:
        """Pairs of name and value, in order."""
        return list(zip(self._arrays, self, strict=True))

    def arrays(self) -> dict[str, Any]:
        """The arrays by name, those of rank 0 as arrays too: what `out=` takes."""
        return dict(self._arrays)

    def __repr__(self) -> str:
        return "Outputs(" + ", ".join(f"{name}={value!r}" for name, value in self.items()) + ")"

    def __dir__(self) -> list[str]:
        return [*object.__dir__(self), *(alias(name) for name in self._arrays)]

    def __reduce__(self) -> tuple[Any, ...]:
        return Outputs, (self._arrays,)


def thread_count(value: Any, name: str) -> int | None:
    """A number of threads, None where none is given. Raises CallError."""
    if value is None:
        return None
    try:
        count = int(value)
    except (TypeError, ValueError):
        count = 0
    if count < 1 or isinstance(value, (bool, float)):
        raise CallValueError(f"{name} is a whole number from 1, not {value!r}")
    return count
