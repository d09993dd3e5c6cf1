"""A program as text of the language: in goes a program of the tensor IR, out comes what a person would write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import partial
from itertools import groupby

from einlang.codegen.ein.abstract import spoken
from einlang.codegen.ein.families import chunks, families, spare_variable
from einlang.codegen.ein.formulas import Formulas
from einlang.codegen.ein.naming import Words, ambiguous_sizes, index_names
from einlang.codegen.ein.ranges import alone, found_ranges
from einlang.codegen.ein.recurrences import Stepped, stepped, unsaid
from einlang.codegen.ein.spans import NOWHERE, extent, name, number, plus, size_of_axis, tensor_name
from einlang.ir.abstract import abstract_functions
from einlang.ir.affine import equation
from einlang.ir.extent import Extent
from einlang.ir.indices import substitute
from einlang.ir.nodes import Abstract, Access, Add, Definition, Expr, Function, Index, Solve, Tensor, Zero
from einlang.ir.program import Equation, Program
from einlang.ir.recurrences import recurrences
from einlang.optimize.shallow import shallow
from einlang.syntax import nodes
from einlang.syntax.format import format_expression, format_file
from einlang.tree import walk


def emit(program: Program, *, ascii: bool = False) -> str:
    """The program in the language's one formatting. It reads back as a program of the same values."""
    program = shallow(program)
    *groups, outputs = as_items(program, Words(program))
    groups += [outputs] if set(program.outputs) - program.updates.keys() else []
    groups = by_layers(groups)
    texts = [format_file(nodes.File(tuple(group), NOWHERE), ascii=ascii) for group in groups if group]
    return "\n".join(texts)


def by_layers(groups: Sequence[Sequence[nodes.Item]]) -> list[list[nodes.Item]]:
    """The items of a program, those that are the same for each layer said once, with `for`."""
    if not any(isinstance(n, nodes.TensorName) and n.superscripts for group in groups for item in group for n in walk(item)):
        return [list(group) for group in groups]
    variable = spare_variable([item for group in groups for item in group])
    listed = [[part for item in group for part in _parts(item, variable)] for group in groups]
    return [[repeated(family.tree, family.range) for family in families(group, variable)] for group in listed]


def _parts(item: nodes.Item, variable: str) -> list[nodes.Item]:
    """What an item declares or gives, in runs of what is the same for each layer."""
    match item:
        case nodes.Declaration(role, declarators):
            found = [(nodes.Declaration(role, parts, NOWHERE), range_) for parts, range_ in chunks(declarators, variable)]
            return [repeated(made, range_) for made, range_ in found]
        case nodes.Output(names):
            return [repeated(nodes.Output(parts, NOWHERE), range_) for parts, range_ in chunks(names, variable)]
        case _:
            return [item]


def repeated(item: nodes.Item, range_: nodes.Repetition | None) -> nodes.Item:
    """An item, with `for` where it has a range."""
    return item if range_ is None else nodes.Repeated(item, (range_,), NOWHERE)


def as_items(program: Program, words: Words) -> list[list[nodes.Item]]:
    """The program as items of a file: what is declared, what is defined, and the outputs."""
    assumed = [_assumption(equation, words) for equation in program.assumptions]
    claims = [nodes.Check(_sides(equation, words), NOWHERE) for equation in program.checks]
    named = tuple(words.tensors[tensor.name] for tensor in program.outputs if tensor not in program.updates)
    outputs = nodes.Output(named, NOWHERE)
    functions = [_function(function) for function in abstract_functions(program)]
    refusing = {refusal.tensor for refusal in program.refusals}
    defined = [definition for definition in program.definitions if definition.tensor not in refusing]
    known = _recurrences(defined, words)
    definitions = [
        item for definition in defined for item in known.get(definition.tensor) or [_defined(definition, program, words)]
    ]
    declared = [*_sizes(program, words), *_declarations(program, words), *functions, *assumed]
    return [declared, [*definitions, *claims], [outputs]]


def _defined(definition: Definition, program: Program, words: Words) -> nodes.Item:
    body, updated = definition.body, program.updates.get(definition.tensor)
    if updated is not None:
        made = as_definition(definition, words)
        left = tuple(nodes.LeftIndex(index.subscript, None, NOWHERE) for index in made.indices)
        return nodes.Update(words.tensors[updated.name], left, made.body, NOWHERE)
    if isinstance(body, Abstract) and body.function is definition.tensor:
        return _abstract(definition, body, words)
    return as_system(definition, words) if isinstance(body, Solve) else as_definition(definition, words)


def _recurrences(definitions: Sequence[Definition], words: Words) -> dict[Tensor, list[nodes.Item]]:
    """The items of the definitions that use one another: starts and step, or a system of equations for each step."""
    found: dict[Tensor, list[nodes.Item]] = {}
    for recurrence in recurrences(definitions):
        members = [definition for definition in definitions if definition.tensor in recurrence.tensors]
        parts = [stepped(member, recurrence, spoken(member.body, words.held)) for member in members]
        known = unsaid(parts, words.computed)
        for part in parts:
            is_system = isinstance(part.body, Solve)
            found[part.tensor] = (
                [as_system(part.definition, words, known[part.tensor])] if is_system else _steps(part, words, known[part.tensor])
            )
    return found


def _steps(part: Stepped, words: Words, found: frozenset[Index]) -> list[nodes.Item]:
    """`h[0,i] = …` and `h[t+1,i] = …`; of the axis that is stepped along it is its length that is given."""
    tensor, others = words.tensors[part.tensor.name], [index for index in part.indices if index is not part.step]
    items: list[nodes.Item] = []
    extents = words.extents_in(part.definition)
    for position, body in part.starts:
        writer = _formulas(body, words, others, extents)
        at = [number(Fraction(position)) if index is part.step else name(writer.indices[index]) for index in part.indices]
        left = tuple(nodes.LeftIndex(subscript, None, NOWHERE) for subscript in at)
        items.append(nodes.Definition(tensor, left, writer.right_side(body), NOWHERE))
    writer = _formulas(part.body, words, part.indices, extents)
    left = tuple(
        nodes.LeftIndex(
            plus(name(writer.indices[index]), part.shift if index is part.step else 0),
            None if index in found else words.given(axis, extents),
            NOWHERE,
        )
        for index, axis in zip(part.indices, part.tensor.shape, strict=True)
    )
    return [*items, nodes.Definition(tensor, left, writer.right_side(part.body), NOWHERE)]


def as_system(definition: Definition, words: Words, found: frozenset[Index] | None = None) -> nodes.Solve:
    """`solve s[j]: H[i,J] s[J] = g[i]`; a range is given on the left where neither the matrix nor the right side says it.

    `found` are the indices on the left that need no range, where something else says so.
    """
    system = definition.body
    assert isinstance(system, Solve)
    free = (*definition.indices, *system.rows)
    left, right = (spoken(side, words.held) for side in equation(definition))
    within = words.extents_in(definition)
    writer = _formulas(Add((left, right)), words, free, within)
    renaming = dict[Index, Expr](zip(system.columns, system.position, strict=True))
    said = _formulas(Add((substitute(system.matrix, renaming), system.right)), words, free, within)

    def given(index: Index) -> nodes.Expression | None:
        if found is None:
            return said.range(index)
        return None if index in found else words.given(index.extent)

    indices = tuple(nodes.LeftIndex(name(writer.indices[i]), given(i), NOWHERE) for i in definition.indices)
    tensor = words.tensors[definition.tensor.name]
    return nodes.Solve(tensor, indices, writer.right_side(left), writer.right_side(right), NOWHERE)


def _abstract(definition: Definition, body: Abstract, words: Words) -> nodes.Abstract:
    """`abstract Z[p](Y)`; an axis whose size is not its own says which it is."""
    names = index_names(definition.indices, Zero(), words)
    own = [words.own.get(axis.size or "") == (definition.tensor.name, k) for k, axis in enumerate(definition.tensor.shape)]
    indices = tuple(
        nodes.IndexName(names[index], None if is_own else extent(index.extent, words.extents), NOWHERE)
        for index, is_own in zip(definition.indices, own, strict=True)
    )
    arguments = (words.tensors[argument.tensor.name] for argument in body.arguments if isinstance(argument, Access))
    return nodes.Abstract(words.tensors[definition.tensor.name], indices, tuple(arguments), NOWHERE)


def _function(function: Function) -> nodes.Function:
    """`fn σ[j](z[j])`."""

    def names(indices: Sequence[str]) -> tuple[nodes.IndexName, ...]:
        return tuple(nodes.IndexName(index, None, NOWHERE) for index in indices)

    parameters = tuple(nodes.Parameter(name, names(along), NOWHERE) for name, along in function.parameters)
    return nodes.Function(function.name, names(function.indices), parameters, None, NOWHERE)


def definition_text(definition: Definition, words: Words) -> str:
    """A definition of a program in the language."""
    is_system = isinstance(definition.body, Solve)
    return format_expression(as_system(definition, words) if is_system else as_definition(definition, words))


def emit_expression(expr: Expr, program: Program, free: Sequence[Index] = ()) -> str:
    """An expression over the tensors of a program, in the language; `free` are its free indices in the order to name them."""
    return format_expression(as_formula(expr, Words(program), free))


def as_formula(expr: Expr, words: Words, free: Sequence[Index] = ()) -> nodes.Expression:
    """An expression as a right side."""
    expr = spoken(expr, words.held)
    return _formulas(expr, words, free, words.extents).right_side(expr)


def as_definition(definition: Definition, words: Words) -> nodes.Definition:
    """`Z[i : b, j] = …`."""
    said = spoken(definition.body, words.held)
    formulas = _formulas(said, words, definition.indices, words.extents_in(definition))
    body = formulas.right_side(said)
    left = tuple(nodes.LeftIndex(name(formulas.indices[i]), formulas.range(i), NOWHERE) for i in definition.indices)
    return nodes.Definition(words.tensors[definition.tensor.name], left, body, NOWHERE)


def _formulas(expr: Expr, words: Words, free: Sequence[Index], extents: Mapping[str, nodes.Expression]) -> Formulas:
    return formulas(expr, words, index_names(free, expr, words), extents, is_scalar=not free)


def formulas(
    expr: Expr, words: Words, names: Mapping[Index, str], extents: Mapping[str, nodes.Expression], *, is_scalar: bool
) -> Formulas:
    """What writes an expression, its indices under these names, sizes spelled so."""
    ambiguous = ambiguous_sizes(names, words)

    def size(value: Extent) -> nodes.Expression:
        """An extent as a number: by its name, else as the size of an axis, else as arithmetic."""
        by_name = value.size is not None and value.size not in ambiguous
        if by_name or value not in words.axes:
            return extent(value, extents, as_number=True)
        return size_of_axis(words.tensors[words.axes[value][0]], words.axes[value][1])

    return Formulas(
        names,
        words.tensors,
        size,
        partial(words.given, sizes=extents),
        found_ranges(expr, words.computed),
        alone(expr),
        is_scalar,
    )


def _sides(equation: Equation, words: Words) -> tuple[nodes.Expression, ...]:
    return tuple(as_formula(side, words, equation.indices) for side in equation.sides)


def _assumption(equation: Equation, words: Words) -> nodes.Assume:
    sides = [spoken(side, words.held) for side in equation.sides]
    left, right = (_formulas(side, words, equation.indices, words.extents).piece(side).expression for side in sides)
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

    def declarator(tensor: Tensor) -> nodes.Declarator:
        axes = tuple(extent(axis, words.declared) for axis in tensor.shape)
        return nodes.Declarator(words.tensors[tensor.name], axes, tensor.kind == "int", NOWHERE)

    runs = groupby(program.inputs, key=lambda tensor: tensor.role == "param")
    return [nodes.Declaration("param" if is_param else "input", tuple(map(declarator, run)), NOWHERE) for is_param, run in runs]
