"""A program as a NumPy function: in goes a program of the tensor IR, out comes the text of a Python module."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Sequence

from einlang.codegen.ein import Words, definition_text
from einlang.codegen.names import spell
from einlang.codegen.numpy.expressions import body_value
from einlang.codegen.numpy.flat import flattened
from einlang.codegen.numpy.prelude import PRELUDE
from einlang.codegen.numpy.recurrences import added_up, taken_apart, write_loop, write_sum
from einlang.codegen.numpy.reductions import repeated
from einlang.codegen.numpy.tidy import tidied
from einlang.codegen.numpy.values import Value, as_float, transposed, typed
from einlang.codegen.numpy.writer import OWN_WORDS, Writer
from einlang.ir.measure import tree_size
from einlang.ir.naming import Names
from einlang.ir.nodes import Definition, Tensor
from einlang.ir.program import Program
from einlang.ir.recurrences import Recurrence, recurrences

LONGEST_FORMULA, LONGEST_COMMENT = 200, 160
"""Nodes of a formula, and characters of a line, that a comment may have."""


def emit(program: Program) -> str:
    """A module with one function, `<name>(<sizes…>, <inputs…>)`, that returns the tuple of the outputs.

    The sizes are those of the inputs' axes that the program does not fix, by first occurrence. Floats are of the type of the
    first float input, or of a last argument `dtype` where there is none. Raises IndexError for a subscript out of
    range.
    """
    writer = _writer(program)
    words = Words(program)
    refused = {refusal.tensor: refusal.text for refusal in program.refusals}
    groups = {tensor: group for group in recurrences(program.definitions) for tensor in group.tensors}
    names = Names.of(program)
    for definition in program.definitions:
        writer.lines.append(f"# {_comment(definition, words)}")
        group = groups.get(definition.tensor)
        if group is not None:
            del groups[definition.tensor]
            if not any(tensor in groups for tensor in group.tensors):
                _recur(group, names, program, writer)
            continue
        _define(definition, program, writer)
        if definition.tensor in refused:
            writer.lines += [f"if {writer.tensor(definition.tensor)}:", f"    raise IndexError({refused[definition.tensor]!r})"]
    results = ", ".join(_result(tensor, program, writer) for tensor in program.outputs)
    writer.lines.append(f"return {results}{',' if len(program.outputs) == 1 else ''}")
    functions = "".join(f"\n{PRELUDE[name]}" for name in writer.functions)
    name = spell([program.name])[program.name]
    if name in PRELUDE:
        other = _apart(name, {*writer.tensors.values(), *writer.sizes.values(), *PRELUDE})
        functions = functions.replace(f"{name}(", f"{other}(")
        writer.lines = [line.replace(f"{name}(", f"{other}(") for line in writer.lines]
    return f"import numpy as np\n{functions}\n\n{_function(name, program, writer)}"


def _writer(program: Program) -> Writer:
    """Spellings for everything that the program names, other than the text's own words."""
    tensors = [tensor.name for tensor in (*program.inputs, *(d.tensor for d in program.definitions))]
    wishes: dict[str, str] = {}
    computed = {found.size: f"extent_{number}" for number, found in enumerate(program.computed, start=1)}
    for size in dict.fromkeys((*program.given_sizes, *(name for name, _ in program.sizes), *computed)):
        wish = computed.get(size) or re.sub(r"^size\((.*), (\d+)\)$", r"\1_\2", size)
        while size not in wishes and (wish in tensors or wish in wishes.values()):
            wish += "_size"
        wishes.setdefault(size, wish)
    spelled = spell([*tensors, *wishes.values()])
    for name, word in spelled.items():
        if word in OWN_WORDS:
            spelled[name] = _apart(word, {*spelled.values(), *OWN_WORDS})
    sizes = {size: spelled[wish] for size, wish in wishes.items()}
    return Writer({name: spelled[name] for name in tensors}, sizes, dict(program.sizes))


def _apart(word: str, taken: Collection[str]) -> str:
    """A word that is not taken."""
    while word in taken:
        word += "_"
    return word


def _recur(group: Recurrence, names: Names, program: Program, writer: Writer) -> None:
    """The lines of a recurrence, what needs nothing of it first."""
    terms = added_up(group)
    if terms is not None:
        _define(terms, program, writer)
        write_sum(group, terms.tensor in program.outputs, writer)
        return
    parts = taken_apart(group, names)
    for part in parts.before:
        writer.tensors[part.tensor.name] = writer.reserved(part.tensor.name)
        _define(part, program, writer)
    write_loop(parts, writer)


def _define(definition: Definition, program: Program, writer: Writer) -> None:
    """The lines that compute a definition."""
    tensor = definition.tensor
    narrow = flattened(Definition(tensor, definition.indices, tidied(definition.body)), writer)
    value = body_value(narrow, writer)
    value = value if tensor.kind == value.kind else _converted(value, tensor)
    complete = set(value.axes) == set(narrow.indices)
    value = transposed(typed(value), narrow.indices) if complete else repeated(value, narrow.indices, writer)
    text = value.text
    if len(narrow.indices) < tensor.rank:
        text = f"{value.within(50)}.reshape({', '.join(writer.extent(extent).text for extent in tensor.shape)})"
    if tensor in program.outputs and value.view:
        text = f"np.array({text})"
    writer.assign(writer.tensor(tensor), text)


def _converted(value: Value, tensor: Tensor) -> Value:
    if tensor.kind == "float":
        return as_float(value)
    kind = "np.int64" if tensor.kind == "int" else "bool"
    return Value(f"{typed(value).within(50)}.astype({kind})", value.axes, tensor.kind, depth=value.depth + 1)


def _comment(definition: Definition, words: Words) -> str:
    """A definition in the language, on one line in which no name can do harm."""
    if tree_size(definition.body) > LONGEST_FORMULA:
        return f"{definition.tensor.name}: a long formula".encode("unicode_escape").decode()
    text = definition_text(definition, words)
    safe = "".join(character if character.isprintable() else "?" for character in text)
    return safe if len(safe) <= LONGEST_COMMENT else f"{safe[: LONGEST_COMMENT - 1]}…"


def _result(tensor: Tensor, program: Program, writer: Writer) -> str:
    name = writer.tensor(tensor)
    if tensor in program.inputs:
        return f"np.array({name})"
    return name if tensor.rank else f"np.asarray({name})"


def _function(name: str, program: Program, writer: Writer) -> str:
    fixed = dict(program.sizes)
    arguments = [writer.sizes[size] for size in program.given_sizes] + [writer.tensor(tensor) for tensor in program.inputs]
    floats = [writer.tensor(tensor) for tensor in program.inputs if tensor.kind == "float"]
    computed = _computed(program, writer)
    start = [*(f"{writer.sizes[size]} = {fixed[size]}" for size in writer.sizes_used if size in fixed), *computed]
    if not floats:
        arguments.append("dtype=np.float64")
    elif any(re.search(r"(?<![.\w])dtype\b(?!=)", line) for line in writer.lines if not line.startswith("#")):
        start.append(f"dtype = {floats[0]}.dtype.type")
    lines = [*start, 'with np.errstate(all="ignore"):', *("    " + line for line in writer.lines)]
    return "\n".join([f"def {name}({_wrapped(arguments)}):", *("    " + line for line in lines)]) + "\n"


def _computed(program: Program, writer: Writer) -> list[str]:
    """The sizes that are computed from others, where the lines mention them."""
    lines: list[str] = []
    for found in reversed(program.computed):
        if found.size in writer.sizes_used:
            texts = []
            for bound in found.bounds:
                writer.sizes_used.update(dict.fromkeys(bound.extent.sizes))
                text = bound.extent.spell(writer.sizes, times=" * ")
                texts.append(text if bound.divisor == 1 else f"({text}) // {bound.divisor}")
            lines.insert(0, f"{writer.sizes[found.size]} = max({', '.join(dict.fromkeys((*_least(texts), '0')))})")
    return lines


def _least(texts: Sequence[str]) -> list[str]:
    return list(texts) if len(texts) == 1 else [f"min({', '.join(texts)})"]


def _wrapped(items: Sequence[str]) -> str:
    """Items between commas, on lines of their own where they are many."""
    line = ", ".join(items)
    if len(line) <= 100:
        return line
    return (
        "\n"
        + textwrap.fill(line + ",", 110, initial_indent=" " * 8, subsequent_indent=" " * 8, break_long_words=False)
        + "\n    "
    )
