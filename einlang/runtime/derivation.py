"""Steps of a derivation: in go a program of the tensor IR and steps, out comes the program with gradients, or cut to outputs."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import NamedTuple

from einlang.calculus import differentiate, gradient
from einlang.call import CallTypeError, CallValueError, alias
from einlang.ir.nodes import Tensor
from einlang.ir.program import Program
from einlang.runtime.recipe import Step
from einlang.runtime.signature import only, reached


class Derived(NamedTuple):
    """A program after some steps.

    Attributes:
        inputs: what a call may give: the inputs of the program before the steps.
        gradients: by what the last step derives, in the order of the outputs.
    """

    program: Program
    inputs: tuple[Tensor, ...]
    gradients: tuple[str, ...] = ()


def derive(program: Program, steps: Sequence[Step], is_sketch: bool = False) -> Derived:
    """The program after the steps, its derivatives worked out by the first gradient or last, so that they are shared.

    Raises CallError for a name that the program does not have, or a gradient that is of no scalar. In a sketch, a gradient
    is by every input that the output depends on, unless names are given.
    """
    derived = Derived(program, program.inputs)
    for step in steps:
        derived = _step(derived, step, is_sketch)
    return derived._replace(program=differentiate(derived.program))


def _step(derived: Derived, step: Step, is_sketch: bool) -> Derived:
    program = derived.program
    if step.kind == "only":
        outputs = [_tensor(program, name) for name in step.names or ()]
        return Derived(only(program, list(dict.fromkeys(outputs))), derived.inputs)
    scalar = _tensor(program, step.output)
    if scalar.rank or scalar.kind != "float":
        what = f"has rank {scalar.rank}" if scalar.rank else "holds a whole number"
        raise CallValueError(f"{scalar.name} {what}; a gradient is of a float of rank 0{_declared(scalar)}")
    wrt = [_tensor(program, name) for name in step.names] if step.names is not None else _by_default(program, scalar, is_sketch)
    for tensor in wrt:
        if tensor.kind != "float":
            raise CallTypeError(f"{tensor.name} holds whole numbers; nothing is derived by it{_declared(tensor)}")
    names = tuple(dict.fromkeys(tensor.name for tensor in wrt))
    added = gradient(program, scalar.name, names)
    gradients = added.outputs[len(program.outputs) :]
    wanted = {"add": added.outputs, "grad": gradients, "value_and_grad": (scalar, *gradients)}[step.kind]
    return Derived(only(added, wanted), derived.inputs, names)


def _by_default(program: Program, scalar: Tensor, is_sketch: bool) -> list[Tensor]:
    """The params that a scalar depends on; in a sketch, the inputs."""
    used = reached(program, [scalar])
    roles = ("input", "param") if is_sketch else ("param",)
    found = [tensor for tensor in program.inputs if tensor in used and tensor.role in roles and tensor.kind == "float"]
    if not found:
        raise CallValueError(f"{scalar.name} depends on no param; say by what to derive, as in wrt=[{_example(program)}]")
    return found


def _example(program: Program) -> str:
    return ", ".join(repr(tensor.name) for tensor in program.inputs[:2] if tensor.kind == "float") or "…"


def _tensor(program: Program, name: str) -> Tensor:
    """The input or definition of a name, `W_2` for `W{2}`."""
    tensors = {tensor.name: tensor for tensor in (*program.inputs, *(d.tensor for d in program.definitions))}
    found = tensors.get(name) or {alias(known): tensor for known, tensor in tensors.items()}.get(name)
    if found is None:
        near = difflib.get_close_matches(str(name), tensors, n=1, cutoff=0.5)
        raise CallValueError(
            f"{program.name} has no tensor {name!r}; "
            + (f"did you mean {near[0]!r}?" if near else f"it has {', '.join(tensors)}")
        )
    return found


def _declared(tensor: Tensor) -> str:
    return f" ({tensor.name} stands at {tensor.declared.place})" if tensor.declared else ""
