"""The derivation of derivatives: in go a program, a tensor and what to derive it by, out come equations and a program of them.

The derivative of a scalar is found backwards: one equation for each tensor between it and what it is derived by, from the
derivatives by the tensors that use it. That of anything else is found forwards: one equation for each tensor on the way, from
the derivatives of the tensors that it uses.
"""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_uppercase

from einlang.derivation.book import Book
from einlang.derivation.branches import Branch, Frontier, Whole
from einlang.derivation.lines import Derivation, Line, Reason
from einlang.ir.indices import substitute
from einlang.ir.nodes import Access, Definition, Expr, Index, Solve, Tensor
from einlang.ir.program import Program
from einlang.ir.recurrences import components, uses_itself


def derive(program: Program, numerator: Tensor, wrt: Sequence[Sequence[Tensor]], expand: bool = False) -> Derivation:
    """The derivatives of a tensor by each of the first tensors, of these by each of the next, and so on.

    The program has no derivatives left to be worked out. With `expand`, the derivatives on the way are put in at the end.
    """
    book = Book(program)
    wanted: list[Tensor] = [numerator]
    lower: list[Tensor] = []
    for order, targets in enumerate(wrt, start=1):
        book.assume([tensor for later in wrt[order:] for tensor in later])
        lower += wanted
        wanted = [_derivative(book, tensor, target) for tensor in wanted for target in targets]
    if expand:
        for tensor in dict.fromkeys(wanted):
            book.expand(tensor)
    return book.finished(wanted, [] if expand else lower)


def _derivative(book: Book, numerator: Tensor, target: Tensor) -> Tensor:
    """The tensor that holds the derivative of one tensor by another."""
    if book.recurs(target) and target in book.definitions:
        return book.independently(target, lambda: _found(book, numerator, target))
    return _found(book, numerator, target)


def _found(book: Book, numerator: Tensor, target: Tensor) -> Tensor:
    cone, live = book.cone(numerator), book.depends(target)
    way = [d for d in book.definitions.values() if d.tensor in cone and d.tensor in live and d.tensor is not target]
    if numerator.rank == 0 and numerator not in book.derivatives:
        for members in reversed(components(way)):
            _backwards_through(book, numerator, [d.tensor for d in reversed(members) if d.tensor is not numerator])
        _backwards(book, numerator, target)
    else:
        slots = book.slots(target, way)
        for members in components(way):
            for definition in members if uses_itself(members) else ():
                if (definition.tensor, target) not in book.found:
                    book.reserve(definition.tensor, target, (*definition.indices, *slots))
            for definition in members:
                _forwards(book, definition, target, slots)
    return book.held(numerator, target)


# --- backwards ----------------------------------------------------------------------------------------------------------------


def _backwards_through(book: Book, numerator: Tensor, tensors: Sequence[Tensor]) -> None:
    """The derivatives of a scalar by tensors that may use one another: their equations speak of each other."""
    for tensor in tensors:
        if book.recurs(tensor) and (numerator, tensor) not in book.found:
            book.reserve(numerator, tensor, book.slots(tensor), "total")
    for tensor in tensors:
        _backwards(book, numerator, tensor)


def _backwards(book: Book, numerator: Tensor, tensor: Tensor) -> None:
    """The derivative of a scalar by a tensor, from its derivatives by the tensors that use it."""
    users = book.users(numerator, tensor)
    if not users or book.is_written(numerator, tensor):
        return
    slots = book.slots(tensor)
    frontier = Frontier(tensor, slots, lambda access: None)
    branches = [_used(book, numerator, user, tensor) for user in users]
    rule = _chain_rule(book, numerator, users, tensor)
    through = [user.tensor for user in users if user.tensor is not numerator]
    recurs = any(book.recurs(user) for user in through)
    lines = [] if recurs else [frontier.line(branches, rule)]
    if through:
        branches = [_opened(branch) for branch in branches]
    if through and not any(isinstance(branch.node, Solve) for branch in branches):
        opened = _listed("definition of" if len(through) == 1 else "definitions of", through)
        lines.append(frontier.line(branches, rule.then(opened) if recurs else opened))
    lines += frontier.worked_out(branches)
    book.add(numerator, tensor, slots, lines, [branch.whole for branch in branches], fixed=True)


def _used(book: Book, numerator: Tensor, user: Definition, tensor: Tensor) -> Branch:
    """What one use of a tensor contributes: the derivative by the user times that of the user."""
    if user.tensor is numerator:
        return Branch(user.body, Whole(user, {tensor}, book.parts(user)))
    summed = tuple(Index(name, index.extent) for name, index in zip(_capitals(user), user.indices, strict=True))
    renamed = Definition(user.tensor, summed, substitute(user.body, dict(zip(user.indices, summed, strict=True))))
    above = book.found[numerator, user.tensor]
    assert above is not None
    whole = Whole(renamed, {tensor}, book.parts(renamed))
    return Branch(Access(user.tensor, summed), whole, (Access(above, summed),), indices=summed)


def _capitals(definition: Definition) -> Sequence[str]:
    """Names for summed indices: the first index of a definition is summed as A, the second as B, as is the custom."""
    return [ascii_uppercase[n] if n < len(ascii_uppercase) else index.name for n, index in enumerate(definition.indices)]


def _opened(branch: Branch) -> Branch:
    """The branch with the definition of the user in place of the user."""
    return branch if branch.node is branch.whole.definition.body else branch.of(branch.whole.definition.body)


def _chain_rule(book: Book, numerator: Tensor, users: Sequence[Definition], tensor: Tensor) -> Reason:
    """The chain rule, with what its derivatives hold fixed."""
    through = [user.tensor for user in users if user.tensor is not numerator]
    direct = len(through) < len(users)
    reason = _listed("chain rule through", through) if through else Reason("definition of {}", (numerator,))
    if through and direct:
        reason = Reason(f"{reason.words} and the definition of {{}}", (*reason.parts, numerator))
    fixed = book.held_fixed(users, tensor)
    return reason if not fixed else reason.then(_listed("held fixed:", fixed))


def _listed(words: str, parts: Sequence[Tensor]) -> Reason:
    return Reason(f"{words} {' and '.join(filter(None, [', '.join(['{}'] * (len(parts) - 1)), '{}']))}", tuple(parts))


# --- forwards -----------------------------------------------------------------------------------------------------------------


def _forwards(book: Book, definition: Definition, target: Tensor, slots: tuple[Index, ...]) -> None:
    """The derivative of a tensor by another, from those of the tensors that it uses."""
    if book.is_written(definition.tensor, target):
        return

    def known(access: Access) -> Expr | None:
        above = book.found.get((access.tensor, target))
        return None if above is None else Access(above, (*access.subscripts, *slots))

    live = {target, *(tensor for (tensor, by), found in book.found.items() if by is target and found is not None)}
    whole = Whole(definition, live, book.parts(definition))
    frontier = Frontier(target, slots, known)
    branches = [Branch(definition.body, whole)]
    solves = isinstance(definition.body, Solve)
    lines: list[Line] = [] if solves else [frontier.line(branches, _meaning(book, definition.tensor))]
    lines += frontier.worked_out(branches)
    book.add(definition.tensor, target, (*definition.indices, *slots), lines, [whole], fixed=False)


def _meaning(book: Book, tensor: Tensor) -> Reason:
    return Reason("{} as found above" if tensor in book.derivatives else "definition of {}", (tensor,))
