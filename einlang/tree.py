"""Immutable trees: in goes a class with annotated fields, out comes a frozen node with `children` and `rebuild`.

Both the syntax tree and the tensor IR are made of these nodes. There is one way to compute over a tree, `fold`, which is
iterative and visits a shared node once, so neither deep nor heavily shared trees hurt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from threading import Lock
from typing import Any, ClassVar, Self, TypeVar, dataclass_transform
from weakref import WeakValueDictionary

C = TypeVar("C", bound="type[Node]")
R = TypeVar("R")


class Node:
    """Base of all trees. Equality is identity; `equal` compares structure."""

    __slots__ = ()
    atoms: ClassVar[tuple[str, ...]] = ()
    """Fields that are never children, though they hold nodes (a tensor, the indices that a binder owns)."""
    field_names: ClassVar[tuple[str, ...]] = ()
    child_fields: ClassVar[tuple[str, ...]] = ()

    @property
    def children(self) -> tuple[Node, ...]:
        """The nodes among the fields, in the order of the fields, tuples flattened."""
        found: list[Node] = []
        for name in self.child_fields:
            value = getattr(self, name)
            if isinstance(value, Node):
                found.append(value)
            elif value.__class__ is tuple:
                found.extend(_nodes_in(value))
        return tuple(found)

    def rebuild(self, children: Sequence[Node]) -> Self:
        """The same node over other children (given in the order of `children`)."""
        if all(new is old for new, old in zip(children, self.children, strict=True)):
            return self
        remaining = iter(children)
        return replace(self, **{name: _refill(getattr(self, name), remaining) for name in self.child_fields})  # type: ignore[type-var]

    def __repr__(self) -> str:
        """The fields, down to a few levels: a shared tree would print for ever."""
        return _shown(self, 4)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as a call of the class, so that what is unpickled is interned as well."""
        return type(self), tuple(getattr(self, name) for name in self.field_names)


def _nodes_in(items: tuple[object, ...]) -> Iterator[Node]:
    for item in items:
        if isinstance(item, Node):
            yield item
        elif isinstance(item, tuple):
            yield from _nodes_in(item)


def _refill(value: Any, children: Iterator[Node]) -> Any:
    if isinstance(value, Node):
        return next(children)
    if isinstance(value, tuple):
        return tuple(_refill(item, children) for item in value)
    return value


def _shown(value: object, levels: int) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(_shown(item, levels) for item in value)})"
    if not isinstance(value, Node):
        return repr(value)
    fields = [_shown(getattr(value, name), levels - 1) for name in value.field_names] if levels else ["…"]
    return f"{type(value).__name__}({', '.join(fields)})"


@dataclass_transform(frozen_default=True, eq_default=False)
def node(cls: C) -> C:
    """Class decorator: a frozen, slotted node compared by identity."""
    made = dataclass(frozen=True, slots=True, eq=False, repr=False, weakref_slot=True)(cls)
    made.field_names = tuple(field.name for field in fields(made))  # type: ignore[arg-type]
    made.child_fields = tuple(name for name in made.field_names if name not in made.atoms)
    return made  # type: ignore[return-value]


class Interned(type):
    """Metaclass of nodes that exist once: the same class and fields give the same object, so equality is `is`.

    A class that sets `has_identity` is left out: each of its objects is itself alone.
    """

    has_identity: ClassVar[bool] = False

    _table: ClassVar[WeakValueDictionary[tuple[object, ...], Any]] = WeakValueDictionary()
    _lock: ClassVar[Lock] = Lock()

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        made = super().__call__(*args, **kwargs)
        if cls.has_identity:
            return made
        key = (cls, *((type(value), value) for value in (getattr(made, name) for name in cls.field_names)))  # type: ignore[attr-defined]
        with cls._lock:
            return cls._table.setdefault(key, made)


def fold(roots: Node | Sequence[Node], visit: Callable[[Any, tuple[R, ...]], R]) -> dict[Node, R]:
    """Results of `visit(node, results of its children)` for every node under `roots`, children first, each node once."""
    results: dict[Node, R] = {}
    stack: list[tuple[Node, bool]] = [(root, False) for root in reversed([roots] if isinstance(roots, Node) else roots)]
    while stack:
        current, expanded = stack.pop()
        if current in results:
            continue
        if expanded:
            results[current] = visit(current, tuple(results[child] for child in current.children))
        else:
            stack.append((current, True))
            stack.extend((child, False) for child in reversed(current.children))
    return results


def evaluate(root: Node, visit: Callable[[Any, tuple[R, ...]], R]) -> R:
    """The result of `fold` at the root."""
    return fold(root, visit)[root]


def rewrite(root: Node, rule: Callable[[Any], Node | None]) -> Any:
    """The tree with `rule` applied once at every node, children first; None means no change."""

    def visit(current: Node, children: tuple[Node, ...]) -> Node:
        rebuilt = current.rebuild(children)
        changed = rule(rebuilt)
        return rebuilt if changed is None else changed

    return evaluate(root, visit)


def walk(root: Node) -> Iterator[Node]:
    """Every node under `root` once, parents first, left to right."""
    seen: set[Node] = set()
    stack = [root]
    while stack:
        current = stack.pop()
        if current not in seen:
            seen.add(current)
            yield current
            stack.extend(reversed(current.children))


def equal(left: Node, right: Node, ignoring: tuple[str, ...] = ("span",)) -> bool:
    """Whether two trees have the same structure, the fields named in `ignoring` left aside."""
    stack: list[tuple[Any, Any]] = [(left, right)]
    while stack:
        a, b = stack.pop()
        if isinstance(a, Node):
            if type(a) is not type(b):
                return False
            stack.extend((getattr(a, name), getattr(b, name)) for name in a.field_names if name not in ignoring)
        elif isinstance(a, tuple):
            if not isinstance(b, tuple) or len(a) != len(b):
                return False
            stack.extend(zip(a, b, strict=True))
        elif a != b:
            return False
    return True
