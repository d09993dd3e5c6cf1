"""The names of a program: in go its files, out comes the table of what each name means; clashes go to the report."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import Enum
from typing import Literal

from einlang.call import alias
from einlang.diagnostics import Label, Report
from einlang.sema.builtins import ALONG, CONSTANTS, ELEMENTWISE, REDUCTIONS
from einlang.sema.left_sides import is_start
from einlang.source import Span
from einlang.syntax import nodes
from einlang.tree import walk

BUILT_IN_FUNCTIONS = frozenset((*ELEMENTWISE, *REDUCTIONS, *ALONG, "size", "pad", "mod", "floor"))
RESERVED = BUILT_IN_FUNCTIONS | CONSTANTS.keys() | {"δ", "delta", "levicivita"}

MOST_QUESTIONS = 100
MOST_NAMES = 6

Role = Literal["input", "param", "definition", "const"]


class Sort(Enum):
    """What a bare name may be; the value is what messages call it."""

    PARAMETER = "a parameter of the function"
    INDEX = "an index of the definition"
    CONSTANT = "a constant of the language"
    LOST = "something else"
    TENSOR = "a tensor of rank 0"
    CONST = "a const"
    SIZE = "a size"


@dataclass(frozen=True, slots=True)
class TensorSymbol:
    """A tensor: what it is, how many axes it has, where it is named first, and the item that does (None in a sketch)."""

    name: str
    role: Role
    rank: int
    span: Span
    item: nodes.Declarator | nodes.Definition | nodes.Solve | nodes.Abstract | nodes.ConstDeclaration | None = None


@dataclass(frozen=True, slots=True)
class SizeSymbol:
    """A size: where it is named first, and the value given to it."""

    name: str
    span: Span
    value: nodes.Expression | None = None


@dataclass(slots=True)
class Symbols:
    """What the names of a program mean.

    Attributes:
        tensors, consts, functions: one name space. Tensors are in the order of the file, consts of rank 0 are no tensors.
        starts: of a recurrence, those of its definitions that give the elements at one position.
        sizes: a name space of their own.
        lost: names that exist, but of which nothing more is known, after an error.
        items: the items of the main file that are built.
        questions: how often it was asked what a name is like.
    """

    tensors: dict[str, TensorSymbol] = field(default_factory=dict)
    starts: dict[str, list[nodes.Definition]] = field(default_factory=dict)
    consts: dict[str, nodes.ConstDeclaration] = field(default_factory=dict)
    functions: dict[str, nodes.Function] = field(default_factory=dict)
    sizes: dict[str, SizeSymbol] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    items: list[nodes.Item] = field(default_factory=list)
    questions: int = 0

    def is_lost(self, name: str) -> bool:
        """Whether a name, or what it is without its superscripts, exists, and nothing more is known of it."""
        return name in self.lost or name.partition("{")[0] in self.lost

    def family(self, name: str) -> str:
        """Which names there are that differ from this one in their superscripts alone, or ''."""
        stem = name.partition("{")[0]
        found = [f"`{other}`" for table in (self.tensors, self.consts, self.sizes) for other in table if _stem(other) == stem]
        shown = found if len(found) <= MOST_NAMES else [*found[: MOST_NAMES - 2], "…", found[-1]]
        return f"there {'are' if len(found) > 1 else 'is'} {', '.join(shown)}" if found else ""

    def like(self, name: str) -> str:
        """A question that names what may have been meant, or ''; after very many, no more questions."""
        self.questions += 1
        if self.questions > MOST_QUESTIONS:
            return ""
        return did_you_mean(name, [*self.tensors, *self.consts, *self.sizes, *self.functions, *sorted(RESERVED)])


@dataclass(frozen=True, slots=True)
class Scope:
    """What the names in one item may mean: its indices, and for a function its parameters, which hide all but indices."""

    symbols: Symbols
    indices: frozenset[str]
    parameters: frozenset[str] | None = None

    def meanings(self, name: str) -> list[Sort]:
        """What a bare name outside brackets may be."""
        symbols, index = self.symbols, [Sort.INDEX] if name in self.indices else []
        if self.parameters is not None and name in self.parameters:
            return [Sort.PARAMETER, *index]
        tensor = symbols.tensors.get(name)
        found = {
            Sort.CONSTANT: name in CONSTANTS,
            Sort.LOST: symbols.is_lost(name),
            Sort.TENSOR: tensor is not None and tensor.rank == 0 and self.parameters is None,
            Sort.CONST: name in symbols.consts,
            Sort.SIZE: name in symbols.sizes,
        }
        return [*index, *(sort for sort, holds in found.items() if holds)]

    def is_position(self, name: str) -> bool:
        """Whether a bare name outside brackets is an index of the item, and nothing else."""
        return self.meanings(name) == [Sort.INDEX]


def _stem(name: str) -> str | None:
    """A name without its superscripts, if it has any."""
    stem, brace, _ = name.partition("{")
    return stem if brace else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A question that names the nearest of the known names, or ''."""
    others = [other for other in known if other != name]
    same = [other for other in others if other.lower() == name.lower()]
    near = same[:1] or get_close_matches(name, others, n=1, cutoff=0.7)
    return f"did you mean `{near[0]}`?" if near else ""


def collect(files: Sequence[nodes.File], report: Report) -> Symbols:
    """What the main file names, and the functions and consts of the others."""
    symbols = Symbols()
    claims: dict[str, tuple[str, Span]] = {}
    for file in files:
        items = _of_interest(file, file is files[0])
        symbols.lost.update(file.unread)
        for item in items:
            _enter(item, symbols, claims, report)
        if file is files[0]:
            symbols.items = items
    _name_sizes(symbols)
    main = files[0].span.source
    symbols.sizes = dict(sorted(symbols.sizes.items(), key=lambda entry: (entry[1].span.source is not main, entry[1].span.start)))
    return symbols


def _of_interest(file: nodes.File, is_main: bool) -> list[nodes.Item]:
    """`use` brings in functions and consts alone."""
    return list(file.items) if is_main else [i for i in file.items if isinstance(i, nodes.Function | nodes.ConstDeclaration)]


def _enter(item: nodes.Item, symbols: Symbols, claims: dict[str, tuple[str, Span]], report: Report) -> None:
    """Enter what an item names. `claims` holds where each name of the common name space was taken."""
    match item:
        case nodes.Declaration(role, declarators):
            for declarator in declarators:
                name = declarator.name.name
                if _claim(name, declarator.name.span, symbols, claims, report):
                    symbols.tensors[name] = TensorSymbol(name, role, len(declarator.axes), declarator.name.span, declarator)
        case nodes.Definition() | nodes.Solve():
            _enter_definition(item, symbols, claims, report)
        case nodes.Abstract(nodes.TensorName(name, span=span), indices):
            if _claim(name, span, symbols, claims, report):
                symbols.tensors[name] = TensorSymbol(name, "definition", len(indices), span, item)
        case nodes.ConstDeclaration(nodes.TensorName(name, span=span), axes):
            if _claim(name, span, symbols, claims, report):
                if axes:
                    symbols.tensors[name] = TensorSymbol(name, "const", len(axes), span, item)
                else:
                    symbols.consts[name] = item
        case nodes.Function(name):
            if _claim(name, head(item), symbols, claims, report):
                symbols.functions[name] = item
        case nodes.SizeDeclaration(sizes):
            for size in sizes:
                _enter_size(size, symbols, report)


def _enter_definition(
    item: nodes.Definition | nodes.Solve, symbols: Symbols, claims: dict[str, tuple[str, Span]], report: Report
) -> None:
    """A definition, or a part of a recurrence: its step, or one of its starts."""
    name, span = item.name.name, item.name.span
    held, starts = symbols.tensors.get(name), symbols.starts.get(name)
    entered = TensorSymbol(name, "definition", len(item.indices), span, item)
    if isinstance(item, nodes.Definition) and is_start(item):
        is_part = held is not None and isinstance(held.item, nodes.Definition | nodes.Solve)
        if is_part or _claim(name, span, symbols, claims, report):
            symbols.starts.setdefault(name, []).append(item)
            symbols.tensors.setdefault(name, entered)
    elif (held is not None and any(held.item is start for start in starts or ())) or _claim(name, span, symbols, claims, report):
        symbols.tensors[name] = entered


def _claim(name: str, span: Span, symbols: Symbols, claims: dict[str, tuple[str, Span]], report: Report) -> bool:
    """Take a name of the common name space; False, after reporting it, where it is taken."""
    if not is_spare(name, span, report):
        return False
    spelled = alias(name)
    if spelled in claims:
        first, other = claims[spelled]
        others = (Label(other, f"`{first}` is first named here"),)
        message = f"`{name}` is declared or defined twice"
        if name != first:
            message = f"`{name}` and `{first}` are one name in a call from Python"
            symbols.lost.add(name)
        help = (
            "a recurrence has one step, and a start for each position that it reaches back to" if name in symbols.starts else ""
        )
        report.add("named-twice", span, message, label="the second time", others=others, help=help)
        return False
    claims[spelled] = name, span
    return True


def is_spare(name: str, span: Span, report: Report) -> bool:
    """Whether the language leaves a name to programs; reported if not."""
    if name in RESERVED:
        what = "a built-in function" if name in BUILT_IN_FUNCTIONS else "a constant of the language"
        report.add("reserved-name", span, f"`{name}` is {what}", label="cannot be a name of your own", help="choose another name")
    return name not in RESERVED


def head(function: nodes.Function) -> Span:
    """`fn` and the name of a function."""
    span = function.span
    return Span(span.source, span.start, span.start + len(re.split(r"[(\[]", span.text)[0].rstrip()))


def _enter_size(size: nodes.SizeDeclarator, symbols: Symbols, report: Report) -> None:
    name = size.name.name
    if name in symbols.sizes:
        others = (Label(symbols.sizes[name].span, "first declared here"),)
        report.add("named-twice", size.span, f"the size `{name}` is declared twice", label="the second time", others=others)
    else:
        symbols.sizes[name] = SizeSymbol(name, size.name.span, size.value)


def _name_sizes(symbols: Symbols) -> None:
    """Naming a size in a declaration is enough."""
    for symbol in symbols.tensors.values():
        for axis in symbol.item.axes if isinstance(symbol.item, nodes.Declarator) else ():
            for name in names_in(axis):
                if name.name.name not in symbols.consts:
                    symbols.sizes.setdefault(name.name.name, SizeSymbol(name.name.name, name.span))


def names_in(expression: nodes.Expression) -> Iterator[nodes.Name]:
    """The bare names of an expression."""
    return (node for node in walk(expression) if isinstance(node, nodes.Name))


def uses_up(call: nodes.Call, number: int, symbols: Symbols) -> bool:
    """Whether a call uses up its index of that number: a reduction does, and a function that declares a capital one."""
    function = symbols.functions.get(call.function)
    if function is None:
        return call.function in REDUCTIONS
    return number < len(function.indices) and function.indices[number].name[0].isupper()
