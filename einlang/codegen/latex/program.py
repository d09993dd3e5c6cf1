"""A program as LaTeX: in goes a program of the tensor IR, out come its definitions as equations in the article's style."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from einlang.codegen.ein.naming import Words
from einlang.codegen.ein.program import as_formula, as_items
from einlang.codegen.latex.formulas import formula
from einlang.ir.naming import derivative_name, name_parts
from einlang.ir.nodes import Expr, Index, Tensor
from einlang.ir.program import Program
from einlang.syntax import nodes


def emit(program: Program) -> str:
    """The definitions, one a line, as an `aligned` environment for KaTeX or MathJax."""
    derivatives = _derivatives(program)
    _, definitions, _ = as_items(program)
    lines = [_equation(item, derivatives) for item in definitions if isinstance(item, nodes.Definition)]
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}\n"


def emit_expression(expr: Expr, program: Program, free: Sequence[Index] = ()) -> str:
    """An expression over the tensors of a program; `free` are its free indices in the order to name them."""
    return formula(as_formula(expr, Words(program), free), _derivatives(program))


def _equation(item: nodes.Definition, derivatives: dict[str, tuple[str, int, str]]) -> str:
    """`Z_{i,j} &= …`, and how far an index runs whose range is given."""
    subscripts = tuple(index.subscript for index in item.indices)
    left = nodes.Reference(item.name, subscripts, item.span) if subscripts else nodes.Name(item.name, item.span)
    given = [rf"{formula(i.subscript)} < {formula(i.extent)}" for i in item.indices if i.extent is not None]
    condition = rf" \qquad ({', '.join(given)})" if given else ""
    return f"{formula(left, derivatives)} &= {formula(item.body, derivatives)}{condition}"


def _derivatives(program: Program) -> dict[str, tuple[str, int, str]]:
    """The tensors that passes made as derivatives of one tensor by another, by their names."""
    tensors = [*program.inputs, *(definition.tensor for definition in program.definitions)]
    words: dict[str, list[Tensor]] = {}
    for tensor in tensors:
        words.setdefault(name_parts(tensor.name)[0] + "_prime" * len(name_parts(tensor.name)[1]), []).append(tensor)
    found: dict[str, tuple[str, int, str]] = {}
    for tensor in tensors:
        made = tensor.declared is None and tensor.role == "definition"
        for above, below in _pairs(tensor.name, words) if made else ():
            if derivative_name(above, below) == tensor.name and _fits(tensor, above, below):
                found[tensor.name] = (above.name, above.rank, below.name)
    return found


def _pairs(name: str, words: Mapping[str, list[Tensor]]) -> Iterator[tuple[Tensor, Tensor]]:
    """What `dL_dW` may be the derivative of, and by what."""
    word = name_parts(name)[0] + "_prime" * len(name_parts(name)[1])
    for split in re.finditer("_d", word):
        above, below = word[1 : split.start()], word[split.end() :]
        yield from product(words.get(above, []), words.get(below, []))


def _fits(tensor: Tensor, above: Tensor, below: Tensor) -> bool:
    return tensor.shape == (*above.shape, *below.shape)
