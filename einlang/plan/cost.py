"""What a program costs for given sizes: in go a plan and sizes, out come operations, bytes and workspace, by definition."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from einlang.ir.build import add
from einlang.ir.guarded import is_zero
from einlang.ir.nodes import Add, Definition, Expr
from einlang.ir.program import Computed
from einlang.ir.text import definition_text
from einlang.plan.counts import kernel_counts, workspace
from einlang.plan.kernel import Kernel, Plan
from einlang.plan.text import form_text, place_text
from einlang.tree import rewrite


@dataclass(frozen=True, slots=True)
class Part:
    """What one definition costs.

    Attributes:
        definition: it, as text.
        form: how it is computed.
        kept: where its values are.
        operations: scalar operations.
        bytes: of the arrays that it reads and writes, each counted once: memory traffic at least.
    """

    definition: str
    form: str
    kept: str
    operations: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What a program costs: its definitions in the order in which they are computed, and the bytes of its workspace.

    Products of several factors are definitions, one for each product of two, so that their order is the order of contraction. The
    workspace is counted without the room in which matrix products lay out their blocks, which is the same for all sizes.
    """

    definitions: tuple[Part, ...]
    workspace: int

    @property
    def operations(self) -> int:
        """Those of all definitions."""
        return sum(part.operations for part in self.definitions)

    @property
    def bytes(self) -> int:
        """Those of all definitions."""
        return sum(part.bytes for part in self.definitions)

    def __str__(self) -> str:
        rows = [(f"{part.operations:,}", f"{part.bytes:,}", part.definition) for part in self.definitions]
        rows = [("operations", "bytes", ""), *rows, (f"{self.operations:,}", f"{self.bytes:,}", "in all")]
        widths = [max(len(row[column]) for row in rows) for column in range(2)]
        lines = [f"{row[0]:>{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]}".rstrip() for row in rows]
        margin = " " * (sum(widths) + 4)
        for number, part in reversed(list(enumerate(self.definitions, start=1))):
            lines.insert(number + 1, f"{margin}    {part.form}; kept in {part.kept}")
        return "\n".join([*lines, f"workspace: {self.workspace:,} bytes"])


def cost(plan: Plan, sizes: Mapping[str, int], itemsize: int) -> Cost:
    """The cost for sizes by name and floats of so many bytes. Raises KeyError for a size that is not given."""
    return Cost(tuple(_parts(plan, plan.sizes(sizes), itemsize)), workspace(plan, sizes, itemsize))


def _parts(plan: Plan, sizes: Mapping[str, int], itemsize: int) -> Iterator[Part]:
    for kernel in plan.kernels:
        counts = kernel_counts(kernel)
        operations, moved = counts.operations.evaluate(sizes), counts.bytes(itemsize).evaluate(sizes)
        kept = place_text(plan.places[kernel.source.tensor.name])
        yield Part(_text(kernel.source, plan), _form(kernel), kept, max(operations, 0), max(moved, 0))


def _text(definition: Definition, plan: Plan) -> str:
    """A definition without the names of extents that the plan gave, and without zeros that are added."""
    text = definition_text(replace(definition, body=rewrite(definition.body, _without_zeros)))
    for found in plan.computed:
        text = re.sub(rf"\b{re.escape(found.size)}(?!\d)(\*| /)?", _formula(found), text)
    return text


def _formula(found: Computed) -> Callable[[re.Match[str]], str]:
    """What stands in the place of a computed size: its formula, in parentheses inside a product or a difference."""

    def spelled(match: re.Match[str]) -> str:
        after = match[1] or ""
        before = match.string[max(match.start() - 2, 0) : match.start()]
        is_part = bool(after) or before.endswith("*") or before in ("- ", "/ ")
        return (f"({found.formula})" if is_part and " " in found.formula else found.formula) + after

    return spelled


def _without_zeros(node: Expr) -> Expr | None:
    if not isinstance(node, Add):
        return None
    kept = [term for term in node.terms if not is_zero(term)]
    return add(*kept) if 0 < len(kept) < len(node.terms) else None


def _form(kernel: Kernel) -> str:
    at = f"at one {kernel.step.index.name} after the other, " if kernel.step else ""
    return at + form_text(kernel.form)
