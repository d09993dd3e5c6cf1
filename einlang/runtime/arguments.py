"""The checks of a call: in go a signature and what was given, out come arrays fit for a kernel, or a CallError.

Nothing is written before all checks have passed. The text of this file is copied into the modules that `einlang compile`
writes; it imports NumPy, `einlang.call` and `einlang.runtime.refused` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from einlang.call import Axis, CallError, CallTypeError, CallValueError, Outputs, RefusedError, Signature, Tensor, alias
from einlang.runtime.refused import refused

Array = np.ndarray[Any, np.dtype[Any]]
Run = Callable[[str, tuple[int, ...], Sequence[Array], Sequence[Array]], None]
"""Computes: the float type, the sizes, the needed inputs, the outputs to write; raises CallError where that fails."""
Sides = Callable[[str, tuple[int, ...], Sequence[Array]], Sequence[Array]]
"""The two sides of each assumption, one after the other."""

FLOATS = ("float32", "float64")
TOLERANCES = {"float32": 1e-5, "float64": 1e-10}
"""How far apart the sides of an assumption may be, relative to numbers larger than 1."""


class Given(NamedTuple):
    """An argument: as it was given, as an array, and whether it was a Python number, which takes any float type."""

    tensor: Tensor
    value: Any
    array: Array
    is_number: bool


class Prepared(NamedTuple):
    """A checked call: arrays in and out as kernels take them, and what has to be copied before and after."""

    dtype: str
    sizes: tuple[int, ...]
    known: dict[str, int]
    """All sizes by name."""
    inputs: list[Array]
    results: list[Array]
    outputs: dict[str, Array]
    before: list[tuple[Array, Array]]
    """(copy, argument) of inputs that kernels cannot read in place."""
    after: list[tuple[Array, Array]]
    """(array of the caller, result) of outputs that kernels cannot write in place."""


Outside = Callable[[int, Prepared], Sequence[Any]]
"""The largest and the least position for which the n-th refusal refuses a call, infinite where it does not."""


class Caller:
    """A program that can be called: its signature, what computes it, the float type that it is fixed to."""

    def __init__(
        self, signature: Signature, run: Run, dtype: str | None = None, sides: Sides | None = None, outside: Outside | None = None
    ) -> None:
        self.signature, self.run, self.dtype, self.sides, self.outside = signature, run, dtype, sides, outside

    def __call__(self, mapping: Mapping[str, Any] | None, given: dict[str, Any]) -> Outputs:
        """Check, compute, return. Raises CallError."""
        return self.compute(self.prepare(mapping, given))

    def compute(self, call: Prepared) -> Outputs:
        """The outputs of a checked call."""
        self.fill(call)
        for target, result in call.after:
            target[...] = result
        return Outputs(call.outputs)

    def fill(self, call: Prepared) -> None:
        """Compute the results of a checked call. Raises CallError."""
        try:
            self.run(call.dtype, call.sizes, call.inputs, call.results)
        except RefusedError as error:
            raise self.refused(error, call) from None

    def refused(self, error: RefusedError, call: Prepared) -> CallValueError:
        """Why a call was refused: which position is outside, and where it stands, if it is the element of an input."""
        names = [tensor.name for tensor in self.signature.needed]
        arrays = dict(zip(names, call.inputs, strict=True))

        def ends() -> Sequence[Any]:
            return self.outside(error.number, call) if self.outside else ()

        return refused(self.signature.refusals[error.number], arrays, call.known, ends)

    def prepare(self, mapping: Mapping[str, Any] | None, given: dict[str, Any]) -> Prepared:
        """Everything up to the computation."""
        keywords = dict(given)
        out, check = keywords.pop("out", None), keywords.pop("check", False)
        values = named(self.signature, mapping, keywords)
        arguments = [argument(tensor, values[tensor.name]) for tensor in self.signature.inputs if tensor.name in values]
        dtype = float_type(arguments, self.dtype)
        sizes = bind(self.signature, arguments)
        ordered = tuple(sizes[size] for size in self.signature.sizes)
        needed = [found for found in arguments if found.tensor.needed]
        inputs = [fit(found, dtype) for found in needed]
        outputs, results, after = self._results(out, sizes, dtype, arguments)
        if check:
            self._assume(dtype, ordered, inputs)
        before = [(array, found.array) for array, found in zip(inputs, needed, strict=True) if array is not found.array]
        return Prepared(dtype, ordered, sizes, inputs, results, outputs, before, after)

    def _results(
        self, out: Any, sizes: Mapping[str, int], dtype: str, arguments: Sequence[Given]
    ) -> tuple[dict[str, Array], list[Array], list[tuple[Array, Array]]]:
        """The arrays to return, those to compute into, and what to copy from these to those."""
        given = outputs_given(self.signature, out)
        made = dict(given)
        updated = {tensor.name for tensor in self.signature.outputs if tensor.role == "update"}
        for tensor in self.signature.outputs:
            shape, kind = tensor.shape(sizes), np.dtype(dtype if tensor.kind == "float" else "int64")
            if tensor.name in updated:
                made[tensor.name] = updatable(tensor, arguments, kind)
            elif tensor.name in given:
                check_output(tensor, given[tensor.name], shape, kind)
            else:
                made[tensor.name] = _empty(tensor, shape, kind)
        check_overlaps(given, arguments)
        arrays = {tensor.name: made[tensor.name] for tensor in self.signature.outputs}
        results = [
            array if _is_fit(array) and name not in updated else np.empty(array.shape, array.dtype)
            for name, array in arrays.items()
        ]
        after = [(array, result) for array, result in zip(arrays.values(), results, strict=True) if result is not array]
        return arrays, results, after

    def _assume(self, dtype: str, sizes: tuple[int, ...], inputs: Sequence[Array]) -> None:
        """Raises CallError for the first assumption that does not hold."""
        sides = self.sides(dtype, sizes, inputs) if self.sides is not None else ()
        for text, left, right in zip(self.signature.assumptions, sides[::2], sides[1::2], strict=True):
            largest = np.maximum(1, np.maximum(np.abs(left), np.abs(right)))
            wrong = ~(np.abs(left - right) <= TOLERANCES[dtype] * largest)
            if np.any(wrong):
                place = tuple(int(positions[0]) for positions in np.nonzero(np.atleast_1d(wrong)))
                at = f" at [{', '.join(map(str, place))}]" if np.ndim(wrong) else ""
                pair = [np.atleast_1d(side)[place] for side in np.broadcast_arrays(left, right)]
                raise CallValueError(f"`{text}` does not hold{at}: {pair[0]} is not {pair[1]}")


# --- names --------------------------------------------------------------------------------------------------------------


def named(signature: Signature, mapping: Mapping[str, Any] | None, keywords: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments by the names of the program. Raises CallError for names that are missing, unknown or given twice."""
    if mapping is not None and not isinstance(mapping, Mapping):
        raise CallTypeError(f"arrays are given by name, as in `{signature.name}(X=X)`, or in one mapping; not by position")
    known = {tensor.name: tensor.name for tensor in signature.inputs}
    spelled = {alias(name): name for name in known}
    values: dict[str, Any] = {}
    for name, value in (*(mapping or {}).items(), *keywords.items()):
        found = known.get(name) or spelled.get(name)
        if found is None:
            raise CallTypeError(f"{signature.name} has no input {name!r}; {_nearest(name, [*known], 'inputs')}")
        if found in values:
            raise CallTypeError(f"the input {found} is given twice")
        values[found] = value
    missing = [tensor for tensor in signature.needed if tensor.name not in values]
    if missing:
        listed = ", ".join(f"{tensor} ({tensor.place})" if tensor.place else str(tensor) for tensor in missing)
        raise CallTypeError(
            f"{signature.name} needs {'inputs that are' if len(missing) > 1 else 'an input that is'} missing: {listed}"
        )
    return values


def _nearest(name: object, known: Sequence[str], what: str) -> str:
    import difflib

    near = difflib.get_close_matches(str(name), known, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"its {what} are {', '.join(known) or 'none'}"


# --- types --------------------------------------------------------------------------------------------------------------


def argument(tensor: Tensor, value: Any) -> Given:
    """An argument as an array of its rank and of a type that can be read. Raises CallError."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, (bool, np.bool_))
    array = _number(tensor, value) if is_number else _array(tensor, value)
    if array.ndim != len(tensor.axes):
        rank = f"but is declared as {tensor}, of rank {len(tensor.axes)}"
        raise CallValueError(f"{tensor.name} has rank {array.ndim}, {rank}{tensor.declared}")
    if not is_number:
        _check_type(tensor, array)
    return Given(tensor, value, array, is_number)


def _number(tensor: Tensor, value: int | float) -> Array:
    if tensor.kind == "int" and not isinstance(value, int):
        raise CallTypeError(
            f"{tensor.name} holds whole numbers, but {value!r} was given; give int({tensor.name}){tensor.declared}"
        )
    try:
        return np.asarray(value, "int64" if tensor.kind == "int" else "float64")
    except OverflowError:
        raise CallValueError(f"{tensor.name} is {value}, a number too large for {tensor.kind}64{tensor.declared}") from None


def _array(tensor: Tensor, value: Any) -> Array:
    if type(value) is not np.ndarray and isinstance(value, np.ma.MaskedArray):
        raise CallTypeError(f"{tensor.name} is a masked array; give {tensor.name}.filled(…){tensor.declared}")
    if isinstance(value, (np.ndarray, np.generic)):
        return np.asarray(value)
    for protocol, convert in (("__dlpack__", np.from_dlpack), ("__array__", np.asarray)):
        if hasattr(value, protocol):
            try:
                return convert(value)
            except Exception as error:
                reason = f"{type(error).__name__}: {error}"
            if not hasattr(value, "__array__") or protocol == "__array__":
                raise CallTypeError(f"{tensor.name} is a {type(value).__name__} that gives no array ({reason}){tensor.declared}")
    number = (
        " or a number" if not tensor.axes else f"; write numpy.array({tensor.name})" if isinstance(value, (list, tuple)) else ""
    )
    raise CallTypeError(f"{tensor.name} is of type {type(value).__name__}; it must be an array{number}{tensor.declared}")


def _check_type(tensor: Tensor, array: Array) -> None:
    kind, name = array.dtype.kind, array.dtype.name
    if tensor.kind == "int":
        if kind not in "iu":
            cast = f"; cast it: {tensor.name}.astype(numpy.int64)" if kind in "fb" else ""
            raise CallTypeError(f"{tensor.name} holds {name}, but whole numbers are declared{cast}{tensor.declared}")
        if name == "uint64" and array.size and int(array.max()) >= 2**63:
            raise CallValueError(f"{tensor.name} holds {array.max()}, a number too large for int64{tensor.declared}")
    elif name not in FLOATS or kind != "f":
        cast = f"; cast it: {tensor.name}.astype(numpy.float64)" if kind in "iufb" else ""
        raise CallTypeError(f"{tensor.name} holds {name}, but float32 or float64 is needed{cast}{tensor.declared}")


def float_type(arguments: Sequence[Given], fixed: str | None) -> str:
    """The float type of a call: the fixed one, or that of the float arrays. Raises CallError where they disagree."""
    floats = [found for found in arguments if found.tensor.kind == "float" and not found.is_number]
    wanted = fixed or (floats[0].array.dtype.name if floats else "float64")
    for found in floats:
        name, have = found.tensor.name, found.array.dtype.name
        if have != wanted:
            reason = f"the program is compiled for {fixed}" if fixed else f"{floats[0].tensor.name} holds {wanted}"
            raise CallTypeError(
                f"{name} holds {have}, but {reason}; cast it: {name}.astype(numpy.{wanted}){found.tensor.declared}"
            )
    return wanted


def fit(found: Given, dtype: str) -> Array:
    """The array in the form that kernels read: of the type, native, aligned, C-contiguous; itself if it is so already."""
    wanted = np.dtype(dtype if found.tensor.kind == "float" else "int64")
    if found.array.dtype == wanted and found.array.dtype.isnative and _is_fit(found.array):
        return found.array
    return np.array(found.array, wanted, order="C")


def _is_fit(array: Array) -> bool:
    return array.flags.c_contiguous and array.flags.aligned


# --- sizes --------------------------------------------------------------------------------------------------------------


def bind(signature: Signature, arguments: Sequence[Given]) -> dict[str, int]:
    """The value of every size. Raises CallError where two axes disagree, with both."""
    sizes = dict(signature.fixed)
    origins = dict.fromkeys(sizes, "fixed by the program")
    axes = [(found, k, axis) for found in arguments for k, axis in enumerate(found.tensor.axes)]
    for found, k, axis in axes:
        if axis.size in signature.sizes and axis.size not in sizes:
            sizes[axis.size] = found.array.shape[k]
            origins[axis.size] = f"axis {k} of {found.tensor.name}"
    for computed in signature.computed:
        if all(size in sizes for size in computed.sizes):
            sizes[computed.size] = computed.value(sizes)
            origins[computed.size] = ", ".join(f"{size} is {sizes[size]}" for size in computed.sizes)
    for found, k, axis in axes:
        if all(size in sizes for size in axis.sizes):
            _check_axis(found, k, axis, sizes, origins)
    for requirement in signature.requirements:
        if broken := requirement.broken(sizes):
            raise CallValueError(broken)
    return sizes


def _check_axis(found: Given, k: int, axis: Axis, sizes: Mapping[str, int], origins: Mapping[str, str]) -> None:
    have, wanted = found.array.shape[k], axis.length(sizes)
    if have != wanted:
        reasons = [f"{origins[size]}" if axis.size else f"`{size}` is {sizes[size]}, {origins[size]}" for size in axis.sizes]
        because = f" ({'; '.join(reasons)})" if reasons else ""
        expected = f"`{axis.text}` is {wanted}" if axis.sizes else f"it must be {wanted}"
        note = f"; {axis.note}" if axis.note else ""
        raise CallValueError(f"axis {k} of {found.tensor.name} is {have}, but {expected}{because}{found.tensor.declared}{note}")


# --- outputs ------------------------------------------------------------------------------------------------------------


def outputs_given(signature: Signature, out: Any) -> dict[str, Array]:
    """What was given to write into, by the names of the program. Raises CallError."""
    if out is None:
        return {}
    names = [tensor.name for tensor in signature.outputs if tensor.role != "update"]
    if not isinstance(out, (Mapping, Outputs)):
        raise CallTypeError(f"out= takes arrays by name, as in out={{{names[0]!r}: array}}, not {type(out).__name__}")
    given: dict[str, Array] = {}
    for name, array in (out.arrays() if isinstance(out, Outputs) else out).items():
        found = next((known for known in names if name in (known, alias(known))), None)
        if found is None and any(name in (tensor.name, alias(tensor.name)) for tensor in signature.outputs):
            raise CallTypeError(f"out= names {name!r}, which an update writes into the array that is given as {name}")
        if found is None:
            raise CallTypeError(f"out= names {name!r}, which is no output; {_nearest(name, names, 'outputs')}")
        if found in given:
            raise CallTypeError(f"out= names {found} twice")
        given[found] = array
    return given


def check_output(tensor: Tensor, array: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """Raises CallError where the array cannot take the output."""
    where = f"out= for {tensor.name}"
    if type(array) is not np.ndarray and (not isinstance(array, np.ndarray) or isinstance(array, np.ma.MaskedArray)):
        raise CallTypeError(
            f"{where} is of type {type(array).__name__}; it must be a NumPy array of shape {shape} and type {dtype}"
        )
    if array.dtype != dtype or not array.dtype.isnative:
        raise CallTypeError(f"{where} holds {array.dtype}, but {tensor} is {dtype}")
    if array.shape != shape:
        raise CallValueError(f"{where} has shape {array.shape}, but {tensor} has shape {shape}")
    if not array.flags.writeable:
        raise CallValueError(f"{where} is read-only")
    if _overlaps_itself(array):
        raise CallValueError(f"{where} has elements that share memory")


def updatable(tensor: Tensor, arguments: Sequence[Given], dtype: np.dtype[Any]) -> Array:
    """The array that an update writes into. Raises CallError where it cannot be written, or shares memory with another one."""
    found = next(found for found in arguments if found.tensor.name == tensor.name)
    array, where = found.array, f"{tensor.name}, which an update writes into,"
    if not isinstance(found.value, np.ndarray):
        raise CallTypeError(f"{where} must be a NumPy array, not {type(found.value).__name__}")
    if array.dtype != dtype:
        raise CallTypeError(f"{where} holds {array.dtype}, but {tensor} is {dtype}")
    if not array.flags.writeable:
        raise CallValueError(f"{where} is read-only")
    if _overlaps_itself(array):
        raise CallValueError(f"{where} has elements that share memory")
    for other in arguments:
        if other is not found and _overlap(array, other.array):
            raise CallValueError(f"{where} overlaps {other.tensor.name}; give a copy of one of them")
    return array


def check_overlaps(given: Mapping[str, Array], arguments: Sequence[Given]) -> None:
    """Raises CallError where an array to write into shares memory with an argument or with another one."""
    written = list(given.items())
    for number, (name, array) in enumerate(written):
        for found in arguments:
            if _overlap(array, found.array):
                raise CallValueError(f"out= for {name} overlaps the input {found.tensor.name}; give a copy of one of them")
        for other, earlier in written[:number]:
            if _overlap(array, earlier):
                raise CallValueError(f"out= for {name} overlaps out= for {other}")


def _overlaps_itself(array: Array) -> bool:
    """Whether elements share memory; also where each axis does not step over all that the axes of smaller strides reach."""
    reach = array.itemsize - 1
    for stride, length in sorted((abs(stride), length) for stride, length in zip(array.strides, array.shape, strict=True)):
        if length > 1 and stride <= reach:
            return array.size > 0
        reach += stride * (length - 1)
    return False


def _overlap(left: Array, right: Array) -> bool:
    """Whether two arrays share memory; where that would take long to find out, whether they might."""
    try:
        return np.shares_memory(left, right, max_work=10_000)  # type: ignore[arg-type]
    except RuntimeError:
        return True


def _empty(tensor: Tensor, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    try:
        return np.empty(shape, dtype)
    except (MemoryError, ValueError) as error:
        raise CallError(f"there is not enough memory for {tensor}, which has shape {shape}") from error
