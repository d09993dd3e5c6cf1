"""Derivatives: in goes ∂e/∂T and the tensor IR of its parts, out comes a derivative node, or what is wrong with it."""

from __future__ import annotations

from einlang.ir.kinds import kind
from einlang.ir.nodes import Access, Derivative, Expr, Reduce, Target
from einlang.sema.reader import FAILED, Reader
from einlang.syntax import nodes
from einlang.tree import walk


def derivative(reader: Reader, node: nodes.Derivative, numerator: Expr, *denominators: Expr) -> Expr:
    """`∂L/∂W[i, j]`."""
    targets = [_target(reader, written, made) for written, made in zip(node.denominators, denominators, strict=True)]
    if numerator is FAILED or None in targets:
        return reader.fail()
    if kind(numerator) == "int" and any(isinstance(part, Access | Reduce) for part in walk(numerator)):
        return _of_integers(reader, node.numerator, numerator)
    found = tuple(target for target in targets if target is not None)
    for target in found:
        _warn_of_zero(reader, node, numerator, target.tensor.name)
    return Derivative(numerator, found)


def _warn_of_zero(reader: Reader, node: nodes.Derivative, numerator: Expr, by: str) -> None:
    accesses = [found for found in walk(numerator) if isinstance(found, Access)]
    names = [found.tensor.name for found in accesses]
    if FAILED not in accesses and not reader.known.depends(names, by):
        message = f"`{node.numerator.span.text}` does not depend on `{by}`: this is 0"
        reader.known.report.add("derivative-is-zero", node.span, message, label=f"nothing in it leads to `{by}`")


def _target(reader: Reader, written: nodes.Name | nodes.Reference, made: Expr) -> Target | None:
    """What a derivative is taken by: an input, a param or a defined tensor of floats."""
    if not isinstance(made, Access) or made is FAILED:
        return None
    tensor = made.tensor
    if tensor.kind == "int":
        _of_integers(reader, written, made)
        return None
    if reader.known.symbols.tensors[tensor.name].role == "const":
        message = f"`{tensor.name}` is a const, by which nothing is differentiated"
        label = "an input, a param or a defined tensor is wanted here"
        reader.error("not-a-tensor", written.span, message, label, "declare it as an input to derive by it")
        return None
    return Target(tensor, made.subscripts)


def _of_integers(reader: Reader, written: nodes.Expression, found: Expr) -> Expr:
    message = f"`{written.span.text}` is a whole number, and has no derivative"
    help = "an argmax moves in steps and has no slope: derive what it is the largest of"
    if isinstance(found, Access):
        message = f"`{found.tensor.name}` holds integers, which have no derivative"
        if found.tensor.role != "definition":
            help = (
                f"if `{found.tensor.name}` holds measurements, declare it without `: int`; if positions, derive by another tensor"
            )
    return reader.error("derivative-of-integers", written.span, message, "a tensor of floats is wanted here", help)
