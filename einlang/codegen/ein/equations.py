"""Derivations as formulas: in go equations of a derivation, out come syntax trees of their sides, and reasons with theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from einlang.codegen.ein.abstract import spoken
from einlang.codegen.ein.families import Family, families, spare_variable
from einlang.codegen.ein.naming import Words, index_names
from einlang.codegen.ein.partials import Partials, partials, with_partials
from einlang.codegen.ein.pieces import Piece
from einlang.codegen.ein.program import formulas
from einlang.codegen.ein.spans import NOWHERE
from einlang.derivation.lines import Derivation, Reason, Steps
from einlang.ir.affine import equation
from einlang.ir.nodes import Access, Add, Definition, Expr, Index, Solve, Tensor
from einlang.syntax import nodes
from einlang.tree import Node, equal, node


@node
class WrittenReason(Node):
    """A rule in words, between the formulas that it speaks of: `words[0] formulas[0] words[1] …`."""

    words: tuple[str, ...]
    formulas: tuple[nodes.Expression, ...]


@node
class WrittenLine(Node):
    """`= right`, and why."""

    right: nodes.Expression
    reason: WrittenReason


@node
class WrittenEquation(Node):
    """`left = right = … = right`."""

    left: nodes.Expression
    lines: tuple[WrittenLine, ...]


def equations(derivation: Derivation) -> list[WrittenEquation]:
    """The equations of a derivation, derivatives written as such."""
    words = Words(derivation.whole)
    known = partials(derivation.whole, words)
    return [_Writer(steps, words, known).equation() for steps in derivation.equations]


def by_layers(equations: Sequence[WrittenEquation]) -> list[Family]:
    """The equations, those that are the same for each layer as one, with the range of its variable."""
    return families(equations, spare_variable(equations))


def without_reasons(equation: WrittenEquation) -> WrittenEquation:
    """What an equation ends in, alone."""
    return replace(equation, lines=(WrittenLine(equation.lines[-1].right, WrittenReason(("",), ())),))


class _Writer:
    """Writes one equation; its indices have the same names in all its lines, but for the last, which is read alone."""

    def __init__(self, steps: Steps, words: Words, known: Partials) -> None:
        bodies = tuple(spoken(line.body, words.held) for line in steps.lines)
        self._steps, self._words, self._known = steps, words, known
        self._names = index_names(steps.indices, bodies[0] if len(bodies) == 1 else Add(bodies), words)
        self._last_names = index_names(steps.indices, bodies[-1], words)

    def equation(self) -> WrittenEquation:
        steps = self._steps
        if isinstance(steps.lines[-1].body, Solve):
            return self._system(steps.definition, steps.lines[-1].reason)
        left = with_partials(self._piece(Access(steps.tensor, steps.indices)).expression, self._known)
        before = [self._piece(line.body).term.expression for line in steps.lines[:-1]]
        last = self._piece(steps.lines[-1].body, self._last_names).term.expression
        lines = [WrittenLine(right, self._reason(line.reason)) for right, line in zip((*before, last), steps.lines, strict=True)]
        written = [with_partials(line, self._known) for line in lines]
        rights = (left, *(line.right for line in written))
        changed = tuple(line for before, line in zip(rights, written, strict=False) if not equal(before, line.right))
        return WrittenEquation(left, changed or tuple(written[-1:]))

    def _system(self, definition: Definition, reason: Reason) -> WrittenEquation:
        """Linear equations as they are, not solved."""
        assert isinstance(definition.body, Solve)
        sides = equation(definition)
        names = index_names((*definition.indices, *definition.body.rows), Add(sides), self._words)
        left, right = (with_partials(self._piece(side, names).term.expression, self._known) for side in sides)
        return WrittenEquation(left, (WrittenLine(right, self._reason(reason)),))

    def _piece(self, expr: Expr, names: Mapping[Index, str] | None = None) -> Piece:
        expr = spoken(expr, self._words.held)
        return formulas(expr, self._words, names or self._names, self._words.extents, is_scalar=not self._steps.indices).piece(
            expr
        )

    def _reason(self, reason: Reason) -> WrittenReason:
        renamed = {(self._names[index], value): index for index, value in reason.renamed}
        words = ["δ renames " + ", ".join(["{} to {}"] * len(renamed))] if renamed else []
        parts = [part for (_, value), index in renamed.items() for part in (index, value)]
        written = tuple(self._part(part) for part in (*parts, *reason.parts))
        return WrittenReason(tuple("; ".join([*words, *filter(None, [reason.words])]).split("{}")), written)

    def _part(self, part: Node) -> nodes.Expression:
        """A tensor by its name, an index by its own, an expression as a formula."""
        if isinstance(part, Tensor):
            return nodes.Name(self._words.tensors[part.name], NOWHERE)
        return self._piece(cast(Expr, part)).expression
