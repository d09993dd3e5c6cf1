"""A program as text of the language: in goes a program of the tensor IR, out comes what a person would write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import groupby

from einlang.codegen.ein.formulas import Formulas
from einlang.codegen.ein.naming import Words, ambiguous_sizes, index_names
from einlang.codegen.ein.ranges import found_ranges
from einlang.codegen.ein.shallow import shallow
from einlang.codegen.ein.spans import NOWHERE, extent, name, number, tensor_name
from einlang.ir.extent import Extent
from einlang.ir.nodes import Definition, Expr, Index, Tensor
from einlang.ir.program import Equation, Program
from einlang.syntax import nodes
from einlang.syntax.format import format_expression, format_file


def emit(program: Program, *, ascii: bool = False) -> str:
    """The program in the language's one formatting. It reads back as a program of the same values."""
    program = shallow(program)
    groups = as_items(program, Words(program))
    texts = [format_file(nodes.File(tuple(group), NOWHERE), ascii=ascii) for group in groups if group]
    return "\n".join(texts)


def as_items(program: Program, words: Words) -> list[list[nodes.Item]]:
    """The program as items of a file: what is declared, what is defined, and the outputs."""
    assumed = [_assumption(equation, words) for equation in program.assumptions]
    claims = [nodes.Check(_sides(equation, words), NOWHERE) for equation in program.checks]
    outputs = nodes.Output(tuple(words.tensors[tensor.name] for tensor in program.outputs), NOWHERE)
    definitions = [as_definition(definition, words) for definition in program.definitions]
    return [[*_sizes(program, words), *_declarations(program, words), *assumed], [*definitions, *claims], [outputs]]


def definition_text(definition: Definition, words: Words) -> str:
    """A definition of a program in the language."""
    return format_expression(as_definition(definition, words))


def emit_expression(expr: Expr, program: Program, free: Sequence[Index] = ()) -> str:
    """An expression over the tensors of a program, in the language; `free` are its free indices in the order to name them."""
    return format_expression(as_formula(expr, Words(program), free))


def as_formula(expr: Expr, words: Words, free: Sequence[Index] = ()) -> nodes.Expression:
    """An expression as a right side."""
    return _formulas(expr, words, free).right_side(expr)


def as_definition(definition: Definition, words: Words) -> nodes.Definition:
    """`Z[i : b, j] = …`."""
    formulas = _formulas(definition.body, words, definition.indices)
    body = formulas.right_side(definition.body)
    left = tuple(nodes.LeftIndex(name(formulas.indices[i]), formulas.range(i), NOWHERE) for i in definition.indices)
    return nodes.Definition(words.tensors[definition.tensor.name], left, body, NOWHERE)


def _formulas(expr: Expr, words: Words, free: Sequence[Index]) -> Formulas:
    names = index_names(free, expr, words)
    ambiguous = ambiguous_sizes(names, words)
    plain: dict[str, nodes.Expression] = {size: name(word) for size, word in words.sizes.items()}

    def size(value: Extent) -> nodes.Expression:
        """An extent as a number: by its name, else as the size of an axis, else as arithmetic."""
        by_name = value.size is not None and value.size not in ambiguous
        if by_name or value not in words.axes:
            return extent(value, plain, as_number=True)
        return _size_of_axis(words, *words.axes[value])

    return Formulas(names, words.tensors, size, plain, found_ranges(expr), not free)


def _size_of_axis(words: Words, tensor: str, axis: int) -> nodes.Expression:
    """`size(X, 0)`."""
    arguments = (nodes.Name(words.tensors[tensor], NOWHERE), number(Fraction(axis)))
    return nodes.Call("size", (), (), arguments, NOWHERE)


def _sides(equation: Equation, words: Words) -> tuple[nodes.Expression, ...]:
    return tuple(as_formula(side, words, equation.indices) for side in equation.sides)


def _assumption(equation: Equation, words: Words) -> nodes.Assume:
    left, right = (_formulas(side, words, equation.indices).piece(side).expression for side in equation.sides)
    return nodes.Assume(left, right, NOWHERE)


# --- declarations -------------------------------------------------------------------------------------------------------------


def _sizes(program: Program, words: Words) -> list[nodes.Item]:
    """The sizes that the program fixes."""
    return [
        nodes.SizeDeclaration((nodes.SizeDeclarator(tensor_name(words.sizes[size]), number(Fraction(value)), NOWHERE),), NOWHERE)
        for size, value in program.sizes
        if size in words.sizes
    ]


def _declarations(program: Program, words: Words) -> list[nodes.Item]:
    """A line for each run of inputs, and of params, in the order declared."""
    plain: Mapping[str, nodes.Expression] = {size: name(word) for size, word in words.sizes.items()}

    def declarator(tensor: Tensor) -> nodes.Declarator:
        axes = tuple(extent(axis, plain) for axis in tensor.shape)
        return nodes.Declarator(words.tensors[tensor.name], axes, tensor.kind == "int", NOWHERE)

    runs = groupby(program.inputs, key=lambda tensor: tensor.role == "param")
    return [nodes.Declaration("param" if is_param else "input", tuple(map(declarator, run)), NOWHERE) for is_param, run in runs]
