"""Equations being written down: in go derivatives with the lines that lead to them, out come definitions and an order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from einlang.calculus.adjoints import dependencies, enlivened
from einlang.calculus.mentions import live_nodes
from einlang.derivation.branches import Whole
from einlang.derivation.lines import Derivation, Line, Reason, Steps
from einlang.derivation.rewriting import Rewriting
from einlang.ir.build import delta, mul, number
from einlang.ir.measure import operations, tree_size
from einlang.ir.naming import Names, derivative_name, word_name
from einlang.ir.nodes import Abstract, Access, Definition, Expr, Index, Reduce, Solve, Tensor, Zero
from einlang.ir.parts import Parts
from einlang.ir.program import DerivativeOf, Program
from einlang.ir.recurrences import circles, components, early, grouped
from einlang.optimize.dead_code import dead_code
from einlang.optimize.inline import expand
from einlang.tree import Node, rewrite, walk

LETTERS = "ijklmnpqrstuvwabcdefgh"
"""Names for indices of a tensor that no definition names."""
FURTHER = "pqrstuvwijklmnabcdefgh"
"""Names for the indices of a second tensor, where one of the two has two or more."""


class Book:
    """A program and the derivatives found so far."""

    def __init__(self, program: Program) -> None:
        self.definitions = {definition.tensor: _one_by_one(definition) for definition in program.definitions}
        self.derivatives = dict(program.derivatives)
        self.found: dict[tuple[Tensor, Tensor], Tensor | None] = {}
        self._program = program
        self._names = Names.of(program)
        self._equations: dict[Tensor, Steps] = {}
        self._reserved: dict[tuple[Tensor, Tensor], Tensor] = {}
        self._recurrent = frozenset(member.tensor for members in circles(program.definitions) for member in members)
        self._rewriting = Rewriting(program)

    def recurs(self, tensor: Tensor) -> bool:
        """Whether a tensor is one of those that the program defines by themselves."""
        return tensor in self._recurrent

    def is_written(self, numerator: Tensor, by: Tensor) -> bool:
        """Whether a derivative was found, also if it is zero."""
        found = self.found.get((numerator, by))
        return (numerator, by) in self.found and (found is None or found in self._equations)

    def reserve(self, numerator: Tensor, by: Tensor, indices: Sequence[Index], word: str = "") -> None:
        """A tensor for what an equation that is still to be found speaks of itself.

        With a word it is no derivative: it says how the numerator changes with an element and with all that follows from it.
        """
        above = self.derivatives.get(numerator, DerivativeOf(numerator, ()))
        of = above._replace(by=(*above.by, by))
        wanted = derivative_name(of.numerator, *of.by)
        name = self._names.spare(word_name(wanted, word) if word else wanted)
        tensor = Tensor(name, tuple(index.extent for index in indices), "float", "definition", None)
        self.found[numerator, by] = self._reserved[numerator, by] = tensor
        if not word:
            self.derivatives[tensor] = of

    def independently(self, target: Tensor, find: Callable[[], Tensor]) -> Tensor:
        """Find a derivative by a tensor that uses itself, all of which is taken as independent."""
        own, found = self.definitions.pop(target), self.found
        self.definitions = _by_tensor(self.definitions.values())
        self.found = {pair: tensor for pair, tensor in found.items() if pair[1] is target}
        result = find()
        self.found = {**found, **{pair: tensor for pair, tensor in self.found.items() if pair[1] is target}}
        self.definitions = _by_tensor([*self.definitions.values(), own])
        return result

    def assume(self, later: Collection[Tensor]) -> None:
        """From now on use what the program assumes, where that is still true when it is derived by `later`."""
        self._rewriting.assume(later)

    def parts(self, definition: Definition) -> Parts:
        """Where positions that the derivative of a definition needs get their names."""
        return Parts(definition, self._names)

    def add(
        self, numerator: Tensor, by: Tensor, indices: Sequence[Index], lines: list[Line], wholes: Sequence[Whole], *, fixed: bool
    ) -> None:
        """Write down the equation of a derivative, simplified line by line, unless it is zero."""
        for part in (part for whole in wholes for part in whole.parts.definitions):
            self.definitions[part.tensor] = part
            line = Line(part.body, Reason("a name for it"))
            self._equations[part.tensor] = Steps(part.tensor, part.indices, by, (line,), fixed)
        self._rewriting.know(part for whole in wholes for part in whole.parts.definitions)
        lines[-1] = lines[-1]._replace(body=self._rewriting.tidy(lines[-1].body))
        lines += self._rewriting.lines(lines[-1].body)
        lines += self._put_in(lines[-1].body)
        if isinstance(lines[-1].body, Abstract):
            lines = [Line(lines[-1].body, Reason("{} is abstract", (numerator,)))]
        zero = isinstance(lines[-1].body, Zero) or lines[-1].body is number(0)
        is_needed = not zero or (numerator, by) in self._reserved
        self.found[numerator, by] = self._written(numerator, by, indices, lines, fixed) if is_needed else None

    def _written(self, numerator: Tensor, by: Tensor, indices: Sequence[Index], lines: Sequence[Line], fixed: bool) -> Tensor:
        if (numerator, by) not in self._reserved:
            self.reserve(numerator, by, indices)
        tensor = self._reserved[numerator, by]
        self._equations[tensor] = steps = Steps(tensor, tuple(indices), by, tuple(_distinct(lines)), fixed)
        self.definitions[tensor] = _one_by_one(steps.definition)
        return tensor

    def _put_in(self, body: Expr) -> Iterator[Line]:
        """Lines in which derivatives that were found are put in, where the formula gets shorter or they are but another name."""
        tried: set[Tensor] = set()
        while neighbour := next((tensor for tensor in self._spoken_of(body) if tensor not in tried), None):
            tried.add(neighbour)
            steps = self._equations[neighbour]
            reason = Reason("{} put in", (neighbour,))
            first = Line(self._rewriting.tidy(expand(body, {neighbour: steps.definition})), reason)
            lines = [first, *self._rewriting.lines(first.body)]
            if _length(lines[-1].body) < _length(body) or not operations(steps.lines[-1].body):
                body = lines[-1].body
                yield from lines

    def _spoken_of(self, body: Expr) -> Iterator[Tensor]:
        """The derivatives that an expression speaks of and that have equations, the last found first."""
        read = {node.tensor for node in walk(body) if isinstance(node, Access)}
        found = (steps for tensor, steps in self._equations.items() if tensor in read and tensor in self.derivatives)
        return reversed([steps.tensor for steps in found if not isinstance(steps.lines[-1].body, Abstract)])

    def expand(self, tensor: Tensor) -> None:
        """Go on with the equation of a derivative until it speaks of no other derivative."""
        steps = self._equations[tensor]
        kept = {tensor, *early([s.definition for s in self._equations.values()])}
        kept |= {t for t, s in self._equations.items() if isinstance(s.lines[-1].body, Solve)}
        others = {t: s.definition for t, s in self._equations.items() if t not in kept}
        lines = list(steps.lines)
        body = lines[-1].body
        while used := [node.tensor for node in walk(body) if isinstance(node, Access) and node.tensor in others]:
            body = expand(body, {t: others[t] for t in used})
        if body is not lines[-1].body:
            lines.append(Line(self._rewriting.tidy(body), Reason("derivatives on the way put in")))
            lines += self._rewriting.lines(lines[-1].body)
            self._equations[tensor] = replace(steps, lines=tuple(_distinct(lines)))
            self.definitions[tensor] = self._equations[tensor].definition

    def held(self, numerator: Tensor, by: Tensor) -> Tensor:
        """The tensor that holds a derivative, also where it is zero, or by the numerator itself."""
        found = self.found.get((numerator, by))
        if found is None:
            definition = self.definitions.get(numerator)
            own = definition.indices if definition else self.slots(numerator)
            slots = self.slots(by, [definition] if definition and numerator.rank else [])
            line = Line(Zero(), Reason("{} does not depend on {}", (numerator, by)))
            if numerator is by:
                line = Line(mul(*map(delta, own, slots)), Reason("{} by itself", (numerator,)))
            found = self._written(numerator, by, (*own, *slots), [line], False)
        return found

    def finished(self, wanted: Sequence[Tensor], lower: Sequence[Tensor]) -> Derivation:
        """The derivatives asked for, and the equations that lead to them.

        Results are those, the derivatives of lower order that are read beside them, and what the equations of all these speak of.
        """
        whole = replace(
            self._program,
            definitions=grouped(tuple(self.definitions.values())),
            outputs=tuple(dict.fromkeys(wanted)),
            derivatives=self.derivatives,
            checks=(),
        )
        used = self._used(wanted, lambda steps: steps.mentioned)
        results = self._used([*wanted, *lower], lambda steps: steps.last_mentioned)
        equations = tuple(steps for steps in self._equations.values() if steps.tensor in used)
        return Derivation(dead_code(whole), whole, equations, frozenset(results))

    def _used(self, wanted: Sequence[Tensor], mentioned: Callable[[Steps], set[Tensor]]) -> set[Tensor]:
        """The tensors whose equations are to be read for those of the wanted ones."""
        used, waiting = set(wanted), list(wanted)
        while waiting:
            tensor = waiting.pop()
            more = mentioned(self._equations[tensor]) - used if tensor in self._equations else set()
            used |= more
            waiting += more
        return used - {t for t, s in self._equations.items() if isinstance(s.lines[-1].body, Abstract) and t not in wanted}

    # --- what depends on what -----------------------------------------------------------------------------------------------

    def slots(self, tensor: Tensor, way: Sequence[Definition] = ()) -> tuple[Index, ...]:
        """Indices for the axes of a tensor that something is derived by, unlike those of the definitions on the way."""
        taken = {index.name for definition in way for index in definition.indices}
        own = self.definitions.get(tensor) or self._program.definition(tensor)
        if any(definition.tensor.rank > 1 for definition in way) or (way and tensor.rank > 1):
            wishes = list(FURTHER)
        elif own is not None and not way:
            wishes = [index.name for index in own.indices]
        else:
            wishes = [*self._single(tensor), *LETTERS]
        spare = [name for name in dict.fromkeys([*wishes, *(f"i{n}" for n in range(tensor.rank))]) if name not in taken]
        return tuple(Index(name, extent) for name, extent in zip(spare, tensor.shape, strict=False))

    def _single(self, tensor: Tensor) -> Iterator[str]:
        """What the first use of a tensor of rank 1 calls its index, if that is a free one."""
        for definition in self.definitions.values():
            for node in walk(definition.body):
                if isinstance(node, Access) and node.tensor is tensor and tensor.rank == 1:
                    yield from (index.name for index in definition.indices if index is node.subscripts[0])
                    return

    def users(self, numerator: Tensor, tensor: Tensor) -> list[Definition]:
        """The definitions that use a tensor and that a scalar depends on."""
        return [
            definition
            for definition in self.definitions.values()
            if (definition.tensor is numerator or self.found.get((numerator, definition.tensor)) is not None)
            and definition.body in live_nodes(definition.body, {tensor})
        ]

    def held_fixed(self, users: Sequence[Definition], tensor: Tensor) -> list[Tensor]:
        """What the users of a tensor read beside it, although it depends on it."""
        live = self.depends(tensor) - {tensor}
        read = (node.tensor for user in users for node in walk(user.body) if isinstance(node, Access))
        return list(dict.fromkeys(other for other in read if other in live))

    def depends(self, tensor: Tensor) -> set[Tensor]:
        """The tensors that depend, differentiably, on a tensor; itself among them."""
        live = {tensor}
        for members in components([d for d in self.definitions.values() if d.tensor is not tensor]):
            enlivened(members, live)
        return live

    def cone(self, numerator: Tensor) -> set[Tensor]:
        """The tensors that a tensor is computed from; itself among them."""
        return dependencies(self.definitions, [numerator])


def _by_tensor(definitions: Iterable[Definition]) -> dict[Tensor, Definition]:
    return {definition.tensor: definition for definition in grouped(tuple(definitions))}


def _one_by_one(definition: Definition) -> Definition:
    """The definition with the largest over K and L as the largest over K of that over L: each is reached at one position."""

    def rule(node: Node) -> Expr | None:
        match node:
            case Reduce("max" | "min" as operation, (first, *others), body) if others:
                inner: Expr = body
                for index in reversed(others):
                    inner = Reduce(operation, (index,), inner)
                return Reduce(operation, (first,), inner)
        return None

    return Definition(definition.tensor, definition.indices, rewrite(definition.body, rule))


def _length(body: Expr) -> tuple[int, int]:
    """How long a formula is: its operations first."""
    return operations(body), tree_size(body)


def _distinct(lines: Sequence[Line]) -> Iterator[Line]:
    """The lines without those that say the same as the one before."""
    last: Line | None = None
    for line in lines:
        if last is not None and line.body is not last.body:
            yield last
        last = line if last is None or line.body is not last.body else last
    if last is not None:
        yield last
