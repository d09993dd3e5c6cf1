"""Steps of a derivation: in go a program of the tensor IR and steps, out comes it with derivatives, or cut to outputs."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from einlang.calculus import differentiate
from einlang.calculus.blocks import Layout, take_apart
from einlang.calculus.forms import FORMS, Form, Forms, Key
from einlang.call import CallTypeError, CallValueError, alias
from einlang.ir.nodes import Tensor
from einlang.ir.program import Program
from einlang.optimize import simplify, tidy
from einlang.runtime.recipe import Derive, Only, Step
from einlang.runtime.signature import only, reached


class Derived(NamedTuple):
    """A program after some steps.

    Attributes:
        inputs: what a call may give: the inputs of the program before the steps, and those that they added.
        results: what the last step derived, by what it is of, in the order of the outputs.
        layouts: where the last step asks for structure, how each result is made of blocks, which are the outputs then.
    """

    program: Program
    inputs: tuple[Tensor, ...]
    results: Mapping[Key, Tensor]
    layouts: tuple[Layout, ...] = ()


def derive(program: Program, steps: Sequence[Step], is_sketch: bool = False) -> Derived:
    """The program after the steps, all its derivatives worked out together, so that they share what they have in common.

    Raises CallError for a name that the program does not have, or a derivative that cannot be. In a sketch, derivatives are by
    every input that the output depends on, unless names are given.
    """
    derived = Derived(program, program.inputs, {})
    for step in steps:
        derived = _cut(derived, step) if isinstance(step, Only) else _added(derived, step, is_sketch)
    worked_out = derived._replace(program=differentiate(derived.program, tidy))
    last = steps[-1]
    if isinstance(last, Derive) and last.structured:
        worked_out = _taken_apart(worked_out)
    program, extents = worked_out.program, [extent for layout in worked_out.layouts for extent in layout.shape]
    return worked_out._replace(program=only(program, program.outputs, extents))


def _taken_apart(derived: Derived) -> Derived:
    """With the blocks of the results as outputs in their place; simplified first, which brings every δ outside."""
    program, layouts, blocks = simplify(derived.program), [], {}
    for tensor in derived.results.values():
        program, blocks[tensor], layout = take_apart(program, tensor)
        layouts.append(layout)
    outputs = tuple(blocks.get(tensor, tensor) for tensor in program.outputs)
    return derived._replace(program=replace(program, outputs=outputs), layouts=tuple(layouts))


def asked_for(
    program: Program, output: str, by: Sequence[Sequence[str]], is_sketch: bool = False
) -> tuple[Tensor, list[list[Tensor]]]:
    """The tensors of a derivation: what is derived, and by what, time after time; once by the params where nothing is named.

    Raises CallError for a name that the program does not have, and for whole numbers.
    """
    numerator = _numerator(program, output, FORMS["jacobian"])
    wrt = [[_floats(program, name) for name in names] for names in by] or [_by_default(program, numerator, is_sketch)]
    return numerator, wrt


def _cut(derived: Derived, step: Only) -> Derived:
    outputs = [_tensor(derived.program, name) for name in step.outputs]
    return Derived(only(derived.program, list(dict.fromkeys(outputs))), derived.inputs, {})


def _added(derived: Derived, step: Derive, is_sketch: bool) -> Derived:
    """The program with the definitions that a step asks for, which have derivative nodes."""
    program, form = derived.program, FORMS[step.form]
    numerator = _numerator(program, step.output, form)
    wrt = [_floats(program, name) for name in step.wrt] if step.wrt is not None else _by_default(program, numerator, is_sketch)
    forms = Forms(program, numerator, list(dict.fromkeys(wrt)))
    results = dict(form.define(forms))
    outputs = {"outputs": program.outputs, "value": (numerator,), "none": ()}[step.beside]
    changed = replace(
        program.with_definitions((*program.definitions, *forms.definitions)), inputs=(*program.inputs, *forms.inputs)
    )
    named = replace(changed, derivatives={**changed.derivatives, **forms.derivatives})
    return Derived(only(named, (*outputs, *results.values())), (*derived.inputs, *forms.inputs), results)


def _floats(program: Program, name: str) -> Tensor:
    """What is derived by. Raises CallError where it holds whole numbers."""
    tensor = _tensor(program, name)
    if tensor.kind != "float":
        raise CallTypeError(f"{tensor.name} holds whole numbers; nothing is derived by it{_declared(tensor)}")
    return tensor


def _numerator(program: Program, name: str, form: Form) -> Tensor:
    """What is derived. Raises CallError where it cannot be."""
    tensor = _tensor(program, name)
    if tensor.kind != "float":
        raise CallValueError(f"{tensor.name} holds a whole number; {form.noun} is of floats{_declared(tensor)}")
    if tensor.rank and form.of_scalars:
        raise CallValueError(
            f"{tensor.name} has rank {tensor.rank}; {form.noun} is of a float of rank 0{_declared(tensor)}; "
            f"`jacobian` derives tensors, or sum {tensor.name} first"
        )
    return tensor


def _by_default(program: Program, numerator: Tensor, is_sketch: bool) -> list[Tensor]:
    """The params that a tensor depends on; in a sketch, the inputs."""
    used = reached(program, [numerator])
    roles = ("input", "param") if is_sketch else ("param",)
    found = [tensor for tensor in program.inputs if tensor in used and tensor.role in roles and tensor.kind == "float"]
    if not found:
        raise CallValueError(f"{numerator.name} depends on no param; say by what to derive, as in wrt=[{_example(program)}]")
    return found


def _example(program: Program) -> str:
    return ", ".join(repr(tensor.name) for tensor in program.inputs[:2] if tensor.kind == "float") or "…"


def _tensor(program: Program, name: str) -> Tensor:
    """The input or definition of a name, `W_2` for `W{2}`."""
    refusing = {refusal.tensor for refusal in program.refusals}
    defined = [definition.tensor for definition in program.definitions if definition.tensor not in refusing]
    tensors = {tensor.name: tensor for tensor in (*program.inputs, *defined)}
    found = tensors.get(name) or {alias(known): tensor for known, tensor in tensors.items()}.get(name)
    if found is None:
        same = [known for known in tensors if known.casefold() == str(name).casefold()]
        near = same or difflib.get_close_matches(str(name), tensors, n=1, cutoff=0.5)
        raise CallValueError(
            f"{program.name} has no tensor {name!r}; "
            + (f"did you mean {near[0]!r}?" if near else f"it has {', '.join(tensors)}")
        )
    return found


def _declared(tensor: Tensor) -> str:
    return f" ({tensor.name} stands at {tensor.declared.place})" if tensor.declared else ""
