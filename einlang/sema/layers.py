"""Layers: in go files, out come they with each repeated statement once for every value of its variables, superscripts as numbers.

The name `Z{m}` becomes the name `Z{2}`, and a variable the number that it is, in parentheses. Places stay those of the text, and
say of which repetition they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from einlang.diagnostics import Label, Report
from einlang.sema.superscripts import Numbers, Value
from einlang.syntax import nodes
from einlang.tree import Node, evaluate, walk

MOST_REPETITIONS = 10_000
"""How often one statement is repeated at most."""

Variables = Mapping[str, int]
Members = Mapping[nodes.Item, Sequence[tuple[Variables, nodes.Item]]]
"""What became of each item: for every repetition the values of its variables, and the item."""


@dataclass(frozen=True, slots=True)
class Layers:
    """Files without `for` and superscripts, and what became of each item of the main file."""

    files: Sequence[nodes.File]
    members: Members


def has_layers(root: nodes.File | nodes.Item) -> bool:
    """Whether something is repeated, or some name has superscripts."""
    return any(isinstance(n, nodes.Repeated) or (isinstance(n, nodes.TensorName) and n.superscripts) for n in walk(root))


def repeat(files: Sequence[nodes.File], consts: Mapping[str, Value], report: Report) -> Layers:
    """Write out the layers; `consts` are the rational values of the consts. A statement with an error is left out."""
    numbers = Numbers(consts, _others(files[0]), report)
    members: dict[nodes.Item, list[tuple[Variables, nodes.Item]]] = {}
    made = []
    for file in files:
        lost: list[str] = []
        for item in file.items:
            found = _members(item, numbers) if has_layers(item) else [({}, item)]
            lost += [name.name for name in named(item)] if found is None else []
            members[item] = found or []
        items = tuple(member for item in file.items for _, member in members[item])
        made.append(replace(file, items=items, unread=(*file.unread, *lost)))
    return Layers(made, members)


def named(item: nodes.Item) -> Iterator[nodes.TensorName]:
    """The names that an item declares or defines."""
    match item:
        case nodes.Repeated(inner):
            yield from named(inner)
        case nodes.Declaration(_, declarators):
            yield from (declarator.name for declarator in declarators)
        case nodes.SizeDeclaration(sizes):
            yield from (size.name for size in sizes)
        case nodes.Function(name, span=span):
            yield nodes.TensorName(name, (), span)
        case nodes.ConstDeclaration(name) | nodes.Abstract(name) | nodes.Definition(name) | nodes.Solve(name):
            yield name


def _others(file: nodes.File) -> dict[str, str]:
    """The names without superscripts that mean a number and are no consts, and what messages call them."""
    found: dict[str, str] = {}
    for item in (item for item in file.items if not isinstance(item, nodes.Repeated)):
        match item:
            case nodes.Declaration(_, declarators):
                axes = (node for d in declarators for axis in d.axes for node in walk(axis) if isinstance(node, nodes.Name))
                found |= {axis.name.name: "a size" for axis in axes}
                found |= {d.name.name: "a tensor" for d in declarators if not d.axes and not d.name.superscripts}
            case nodes.SizeDeclaration(sizes):
                found |= {size.name.name: "a size" for size in sizes if not size.name.superscripts}
            case nodes.Definition(name, ()) if not name.superscripts:
                found[name.name] = "a tensor"
    return found


# --- variables ----------------------------------------------------------------------------------------------------------------


def _members(item: nodes.Item, numbers: Numbers) -> list[tuple[Variables, nodes.Item]] | None:
    """The repetitions of an item; None, reported, where there is an error in it."""
    inner = item.item if isinstance(item, nodes.Repeated) else item
    if isinstance(item, nodes.Repeated) and not _check(item, numbers):
        return None
    values = _values(item.ranges, numbers) if isinstance(item, nodes.Repeated) else [{}]
    alone, subscripts = _alone(inner), frozenset(subscript for node in walk(inner) for subscript in _subscripts(node))
    members = [_Member(numbers, variables, alone, subscripts) for variables in values or ()]
    made = [(member.variables, evaluate(inner, member.visit)) for member in members]
    return None if values is None or any(member.failed for member in members) else made  # type: ignore[return-value]


def _values(ranges: Sequence[nodes.Repetition], numbers: Numbers) -> list[Variables] | None:
    """The values of the variables for each repetition, in order; the ends of a range may use the variables before it."""
    found: list[Variables] = [{}]
    for range_ in ranges:
        further: list[Variables] = []
        for variables in found:
            inside = replace(numbers, consts={**numbers.consts, **{name: Fraction(v) for name, v in variables.items()}})
            first, last = inside.whole(range_.first), inside.whole(range_.last)
            if first is None or last is None:
                return None
            if last - first >= MOST_REPETITIONS - len(further):
                _report_huge(range_, first, last, numbers.report)
                return None
            _warn_of_nothing(range_, first, last, numbers.report)
            further.extend({**variables, range_.variable: value} for value in range(first, last + 1))
        found = further
    return found


def _report_huge(range_: nodes.Repetition, first: int, last: int, report: Report) -> None:
    message = f"`{range_.variable}` from {first} to {last} repeats the statement too often"
    label = f"a statement is repeated {MOST_REPETITIONS} times at most"
    help = "what many elements have in common is said by an index: `Z[i,j]`"
    report.add("too-many-repetitions", range_.span, message, label=label, help=help)


def _warn_of_nothing(range_: nodes.Repetition, first: int, last: int, report: Report) -> None:
    """A range that is empty whatever the consts are."""
    if last < first and not any(isinstance(node, nodes.Name) for end in (range_.first, range_.last) for node in walk(end)):
        message = f"`{range_.variable}` from {first} to {last} is no repetition at all"
        report.add("empty-repetition", range_.span, message, label="empty", help=f"both ends are included: `{last}..{first}`")


# --- checks -------------------------------------------------------------------------------------------------------------------


def _check(item: nodes.Repeated, numbers: Numbers) -> bool:
    """Whether the variables are distinct, mean nothing else in the statement, and stand on every name that it defines."""
    variables = {range_.variable: range_ for range_ in item.ranges}
    twice = [range_ for range_ in item.ranges if variables[range_.variable] is not range_]
    for range_ in twice:
        others = (Label(range_.span, "here already"),)
        message = f"two variables of this `for` are named `{range_.variable}`"
        numbers.report.add("named-twice", variables[range_.variable].span, message, label="the second one", others=others)
    clear = [_is_clear(item, range_, numbers) for range_ in variables.values()]
    carried = [_carries(item.item, name, list(variables), numbers.report) for name in named(item)]
    if isinstance(item.item, nodes.Use):
        numbers.report.add("name-without-variable", item.span, "a `use` cannot be repeated", help="use the file once")
    return not twice and all(clear) and all(carried) and not isinstance(item.item, nodes.Use)


def _is_clear(item: nodes.Repeated, range_: nodes.Repetition, numbers: Numbers) -> bool:
    """Whether a variable means nothing else where it is used."""
    name, alone = range_.variable, _alone(item.item)
    uses = [n for n in walk(item.item) if isinstance(n, nodes.Name | nodes.IndexName) and _text(n) == name]
    indices = [node for node in uses if node in alone or isinstance(node, nodes.IndexName)]
    meaning, place = "an index", next((node.span for node in indices), None)
    if place is None:
        meaning = "a const" if name in numbers.consts else numbers.others.get(name, "")
        place = next((node.span for node in uses), range_.span) if meaning else None
    if place is None:
        return True
    message = f"`{name}` is {meaning} and the variable of this `for`"
    others = (Label(range_.span, "the variable"),) if place != range_.span else ()
    help = "give the variable another letter"
    numbers.report.add("ambiguous-name", place, message, label="which one is meant?", others=others, help=help)
    return False


def _text(node: nodes.Name | nodes.IndexName) -> str:
    return node.name if isinstance(node, nodes.IndexName) else node.name.name


def _carries(item: nodes.Item, name: nodes.TensorName, variables: list[str], report: Report) -> bool:
    """Whether a name that is declared or defined carries all variables; reported if not."""
    found = {node.name.name for s in name.superscripts for node in walk(s) if isinstance(node, nodes.Name)}
    missing = [variable for variable in variables if variable not in found]
    if missing:
        wanted = ", ".join([*(s.span.text for s in name.superscripts), *missing])
        is_function = isinstance(item, nodes.Function)
        help = "declare the function once, without `for`" if is_function else f"write `{name.name}{{{wanted}}}`"
        message = f"`{name.name}` is repeated for each `{missing[0]}`, which its name does not carry"
        report.add("name-without-variable", name.span, message, label="the same name each time", help=help)
    return not missing


# --- members ------------------------------------------------------------------------------------------------------------------


def _alone(item: nodes.Item) -> frozenset[Node]:
    """What names no number: an index alone in brackets, what is differentiated, and what `size` is asked of."""
    return frozenset(part for node in walk(item) for part in _no_numbers(node))


def _no_numbers(node: Node) -> Iterable[Node]:
    match node:
        case nodes.Derivative(_, numerator, denominators):
            return (numerator, *denominators)
        case nodes.Call("size", arguments=(tensor, *_)):
            return (tensor,)
        case nodes.LeftIndex(subscript):
            return (subscript,)
        case _:
            return _subscripts(node)


def _subscripts(node: Node) -> Iterator[Node]:
    return (subscript for subscript in getattr(node, "subscripts", ()))


@dataclass(slots=True)
class _Member:
    """Makes one repetition of an item."""

    numbers: Numbers
    variables: Variables
    alone: frozenset[Node]
    subscripts: frozenset[Node]
    """A name with superscripts that stands alone as one is no index, which parentheses make plain."""
    failed: bool = False
    text: str = field(init=False)

    def __post_init__(self) -> None:
        self.text = ", ".join(f"{name} = {value}" for name, value in self.variables.items())

    def visit(self, node: Any, children: tuple[Node, ...]) -> Node:
        """The node of this repetition, over its children's."""
        span = replace(node.span, member=self.text) if self.text else node.span
        made: Any = node.rebuild(children)
        made = replace(made, span=span) if self.text else made
        if isinstance(node, nodes.TensorName) and node.superscripts:
            values = [self.numbers.whole(superscript) for superscript in made.superscripts]
            self.failed |= None in values
            return nodes.TensorName(f"{node.name}{{{','.join(map(str, values))}}}", (), span)
        if isinstance(node, nodes.Name) and not node.name.superscripts:
            is_number = node.name.name in self.variables and node not in self.alone
            return nodes.Parenthesised(_number(self.variables[node.name.name], made), span) if is_number else made
        return nodes.Parenthesised(made, span) if isinstance(node, nodes.Name) and node in self.subscripts else made


def _number(value: int, node: nodes.Name) -> nodes.Expression:
    literal = nodes.Number(Fraction(abs(value)), str(abs(value)), node.span)
    return nodes.Negative(literal, node.span) if value < 0 else literal
