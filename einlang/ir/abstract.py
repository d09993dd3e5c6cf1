"""What is abstract in a program: in goes it or a call, out come what is left open, or the element that holds the value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from einlang.ir.equality import keys_of_all
from einlang.ir.indices import free_indices
from einlang.ir.nodes import Abstract, Access, Definition, Expr, Function, Index, Tensor
from einlang.ir.program import Program, extents_in, own_sizes, tensors_in
from einlang.ir.recurrences import components
from einlang.tree import walk


class Held:
    """The definitions whose whole body is a call of an abstract function, by what they call."""

    def __init__(self, definitions: Iterable[Definition]) -> None:
        self._found: dict[str, tuple[Definition, tuple[Index, ...]]] = {}
        for definition in definitions:
            self.add(definition)

    def add(self, definition: Definition) -> None:
        """Take note of a definition."""
        body = definition.body
        if isinstance(body, Abstract) and isinstance(body.function, Function) and not body.by:
            digest, free = keys_of_all(body)[body]
            if set(free) == set(definition.indices):
                self._found.setdefault(digest, (definition, free))

    def needs(self, body: Expr) -> Iterator[Tensor]:
        """The tensors that an expression speaks of, and those that hold what a partial derivative in it is of."""
        yield from tensors_in(body)
        derived = (node for node in walk(body) if isinstance(node, Abstract) and node.by) if self._found else ()
        elements = (self.element(call) for call in derived if isinstance(call.function, Function) and call.function.indices)
        yield from (element.tensor for element in elements if element is not None)

    def element(self, call: Abstract) -> Access | None:
        """The element of a definition that has the value of a call, or of the call whose partial derivative it is."""
        general, at = generalised(call)
        digest, free = keys_of_all(general)[general]
        if digest not in self._found:
            return None
        definition, order = self._found[digest]
        subscripts = {index: at.get(other, other) for index, other in zip(order, free, strict=True)}
        return Access(definition.tensor, tuple(subscripts[index] for index in definition.indices))


def depended_on(program: Program, tensors: Iterable[Tensor]) -> tuple[Definition, ...]:
    """The definitions that tensors depend on, in order; so does what speaks of a size on the abstract tensor that has it."""
    wanted, held = set(tensors), Held(program.definitions)
    own = set[str]().union(*(own_sizes(definition) for definition in program.definitions))
    own -= {*program.given_sizes, *(size for size, _ in program.sizes)}
    sizes: set[str] = set()
    kept: set[Tensor] = set()
    for members in reversed(components(program.definitions)):
        if any(d.tensor in wanted or (sizes and not sizes.isdisjoint(own_sizes(d))) for d in members):
            for definition in members:
                wanted.update(held.needs(definition.body))
                sizes.update(size for extent in (extents_in(definition) if own else ()) for size in extent.sizes if size in own)
                kept.add(definition.tensor)
    return tuple(definition for definition in program.definitions if definition.tensor in kept)


def generalised(call: Abstract) -> tuple[Abstract, dict[Index, Expr]]:
    """The call without its derivatives, at positions of their own; and for each of these what stands there."""
    own = tuple(kept_indices(call))
    return replace(call, positions=own, by=()), dict(zip(own, call.positions, strict=True))


def kept_indices(call: Abstract) -> Iterator[Index]:
    """An index for each position of what an abstract function gives, as long as the axis of the argument that it goes along."""
    assert isinstance(call.function, Function)
    extents = {
        name: index.extent
        for (_, along), own in zip(call.function.parameters, call.indices, strict=True)
        for name, index in zip(along, own, strict=True)
    }
    return (Index(name, extents[name]) for name in call.function.indices if not name[0].isupper())


def element_of(argument: Expr, indices: tuple[Index, ...]) -> Access | None:
    """An argument that is a tensor itself: an access whose subscripts are distinct indices, those of the argument among them."""
    if not isinstance(argument, Access) or not all(isinstance(subscript, Index) for subscript in argument.subscripts):
        return None
    distinct = set(argument.subscripts)
    return argument if len(distinct) == argument.tensor.rank and distinct.issuperset(indices) else None


def is_plain(call: Abstract) -> bool:
    """Whether a call stands at indices that can be named in it: distinct, and none of them in an argument otherwise."""
    plain = [position for position in call.positions if isinstance(position, Index)]
    inside = {index for argument in call.arguments for index in free_indices(argument)}
    return len(set(plain)) == len(call.positions) and inside.isdisjoint(plain)


def abstract_functions(program: Program) -> tuple[Function, ...]:
    """The abstract functions that a program calls, in order."""
    equations = (*program.assumptions, *program.checks)
    roots = [*(d.body for d in program.definitions), *(side for equation in equations for side in equation.sides)]
    found = (node.function for root in roots for node in walk(root) if isinstance(node, Abstract))
    return tuple(dict.fromkeys(function for function in found if isinstance(function, Function)))


def left_open(program: Program) -> tuple[Function | Tensor, ...]:
    """The abstract functions and tensors that outputs depend on, in order: code cannot be made without them."""
    needed = set(program.outputs)
    found: list[Function | Tensor] = []
    for definition in reversed(program.definitions):
        if definition.tensor in needed:
            needed.update(tensors_in(definition.body))
            found += (node.function for node in walk(definition.body) if isinstance(node, Abstract))
    return tuple(dict.fromkeys(reversed(found)))
