"""Equality up to renaming of indices: in goes an expression or a definition, out comes a key that is equal for equal ones.

A key is a digest. That of a node is made of those of its children, each with the numbers that its free indices have in
the node: so a shared node is looked at once, whatever stands above it, and keys are the same in every process.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from einlang.ir.extent import Extent
from einlang.ir.nodes import Definition, Function, Index, Tensor, bound_indices
from einlang.ir.operators import Operator
from einlang.tree import Node, evaluate, fold


def key(node: Node, indices: Sequence[Index] = ()) -> str:
    """A digest that two nodes share just if renaming indices makes them the same node.

    Bound indices may be renamed; so may free ones, all occurrences alike, and then the n-th of `indices` to the n-th of
    the other's. Extents, not names, of indices count; a tensor counts by its name, shape, kind and role.
    """
    keyed = evaluate(node, _keyed)
    return _digest("root", _placed(keyed, _numbers([*indices, *keyed.free])))


def keys_of_all(root: Node) -> dict[Node, tuple[str, tuple[Index, ...]]]:
    """The key of every node under `root`, in one traversal, and its free indices by first occurrence: equal keys, equal order."""
    keyed = fold(root, _keyed)
    return {node: (found.digest, found.free) for node, found in keyed.items()}


def same(left: Node, right: Node, indices: Sequence[Index] = ()) -> bool:
    """Whether the two are equal up to renaming of their indices, other than those in `indices`."""
    return left is right or key(left, indices) == key(right, indices)


@dataclass(frozen=True, slots=True)
class _Keyed:
    """The digest of a node in which its free indices are numbered by first occurrence, and these indices."""

    digest: str
    free: tuple[Index, ...]


def _keyed(node: Node, children: tuple[_Keyed, ...]) -> _Keyed:
    if isinstance(node, Index):
        return _Keyed(_digest("Index", own(node.extent)), (node,))
    bound = node.indices if isinstance(node, Definition) else bound_indices(node)
    numbers = _numbers([*bound, *(index for child in children for index in child.free)])
    fields = [own(getattr(node, name)) for name in node.field_names]
    parts = [_placed(child, numbers) for child in children]
    return _Keyed(_digest(type(node).__name__, fields, parts), tuple(index for index in numbers if index not in bound))


def _numbers(indices: Sequence[Index]) -> dict[Index, int]:
    return {index: number for number, index in enumerate(dict.fromkeys(indices))}


def _placed(child: _Keyed, numbers: dict[Index, int]) -> tuple[object, ...]:
    return child.digest, [numbers[index] for index in child.free]


def own(value: object) -> object:
    """What a field says by itself: all of a tensor or an operator, the extent of an index, nothing of a child."""
    match value:
        case Tensor(name, shape, kind, role):
            return name, own(shape), kind, role
        case Index(_, extent):
            return own(extent)
        case Extent(terms):
            return terms
        case Operator(name) | Function(name):
            return name
        case Node():
            return None
        case tuple():
            return tuple(own(item) for item in value)
        case _:
            return value


def _digest(*content: object) -> str:
    return blake2b(repr(content).encode(), digest_size=16).hexdigest()
