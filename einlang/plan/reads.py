"""What a kernel reads: in goes a kernel, out come tensors."""

from __future__ import annotations

from einlang.ir.nodes import Access, Expr, Tensor
from einlang.plan.kernel import Bundled, Contraction, Kernel
from einlang.tree import walk


def bodies(kernel: Kernel) -> list[Expr]:
    """The expressions that a kernel evaluates."""
    if isinstance(kernel.form, Contraction | Bundled):
        return [kernel.form.left, kernel.form.right, *([kernel.after.body] if kernel.after else [])]
    return [kernel.definition.body]


def read(kernel: Kernel) -> list[Tensor]:
    """The tensors that a kernel reads, its own left out, each once, by first occurrence."""
    accesses = (node for body in bodies(kernel) for node in walk(body) if isinstance(node, Access))
    found = {access.tensor.name: access.tensor for access in accesses}
    found.pop(kernel.source.tensor.name, None)
    return list(found.values())
