"""Keys are equal just if renaming indices makes two nodes one."""

import subprocess
import sys
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from property.expressions import INDICES, expressions

from einlang.ir.equality import key, same
from einlang.ir.extent import Extent, sized
from einlang.ir.indices import fresh, substitute
from einlang.ir.nodes import Access, Add, Definition, Delta, Expr, Index, Mul, Number, Reduce, Select, Stack, Tensor
from einlang.ir.operators import apply
from einlang.source import Source, Span
from einlang.tree import Node, evaluate, rewrite

M, N = sized("m"), sized("n")
U, V = (Tensor(name, (M,), "float", "input", None) for name in "uv")
A = Tensor("A", (M, M), "float", "input", None)


def index(name: str = "i", extent: Extent = M) -> Index:
    return Index(name, extent)


def renamed(expr: Expr) -> Expr:
    """Every bound index replaced by a fresh one, and every free one too."""

    def rule(node: Node) -> Node | None:
        if not isinstance(node, Reduce):
            return None
        names = {i: Index(i.name + "x", i.extent) for i in node.indices}
        return Reduce(node.operation, tuple(names.values()), substitute(node.body, names))

    return substitute(rewrite(expr, rule), {i: fresh(i) for i in INDICES})


def shape(expr: Expr) -> object:
    """Equality up to renaming by its definition: the tree unrolled, every index numbered by its first visit in its scope."""
    numbers: dict[Index, int] = {}

    def visit(node: Expr, bound: dict[Index, int], depth: int) -> object:
        if isinstance(node, Index):
            number = ("bound", depth - bound[node]) if node in bound else ("free", numbers.setdefault(node, len(numbers)))
            return number, node.extent
        own = node.indices if isinstance(node, Reduce) else ()
        inner = {**bound, **{i: depth + n for n, i in enumerate(own)}}
        fields = [getattr(node, name) for name in node.field_names if name not in ("indices", *_children_of(node))]
        below = [visit(child, inner, depth + len(own)) for child in node.children]
        return type(node), fields, [i.extent for i in own], below

    return visit(expr, {}, 0)


def _children_of(node: Expr) -> list[str]:
    return [n for n in node.child_fields if isinstance(getattr(node, n), Node | tuple)]


@given(expressions())
def test_renaming_keeps_the_key(expr: Expr) -> None:
    assert key(renamed(expr)) == key(expr)
    assert same(renamed(expr), expr)


@given(st.lists(expressions(depth=2), min_size=2, max_size=6))
def test_keys_agree_with_the_definition(exprs: list[Expr]) -> None:
    for left in exprs:
        for right in exprs:
            assert (key(left) == key(right)) == (shape(left) == shape(right))


@given(expressions(), st.data())
def test_a_changed_leaf_changes_the_key(expr: Expr, data: st.DataObject) -> None:
    leaves: list[Node] = evaluate(expr, lambda node, below: [*(leaf for part in below for leaf in part)] or [node])
    leaf = data.draw(st.sampled_from(leaves))
    changed = rewrite(expr, lambda node: Number(Fraction(99)) if node is leaf else None)
    assert not same(expr, changed)


def test_free_indices_may_be_renamed_together_only() -> None:
    i, j, p, q = index("i"), index("j"), index("p"), index("q")
    assert same(Access(A, (i, j)), Access(A, (q, p)))
    assert same(Access(A, (i, j)), Access(A, (j, i)))
    assert not same(Access(A, (i, j)), Access(A, (p, p)))
    assert not same(Mul((Access(U, (i,)), Access(U, (j,)))), Mul((Access(U, (i,)), Access(U, (i,)))))


def test_indices_that_are_given_stay_as_they_are() -> None:
    i, j, k = index("i"), index("j"), index("k")
    assert not same(Access(A, (i, j)), Access(A, (j, i)), [i, j])
    assert not same(Access(U, (i,)), Access(U, (k,)), [i])
    assert same(Reduce("sum", (k,), Access(A, (i, k))), Reduce("sum", (j,), Access(A, (i, j))), [i])
    assert not same(Reduce("sum", (k,), Access(A, (i, k))), Reduce("sum", (k,), Access(A, (k, i))), [i])


def test_the_order_given_numbers_the_indices() -> None:
    i, j, p, q = index("i"), index("j"), index("p"), index("q")
    assert key(Access(A, (i, j)), [i, j]) == key(Access(A, (p, q)), [p, q])
    assert key(Access(A, (i, j)), [j, i]) != key(Access(A, (p, q)), [p, q])


def test_extents_count_and_names_do_not() -> None:
    assert key(index("i", M)) == key(index("other", M)) != key(index("i", N))
    assert not same(Reduce("sum", (index("i", M),), Number(Fraction(1))), Reduce("sum", (index("i", N),), Number(Fraction(1))))


def test_scopes_count() -> None:
    i, j = index("i"), index("j")
    product = Mul((Access(U, (i,)), Reduce("sum", (j,), Mul((Access(U, (i,)), Access(V, (j,)))))))
    other = Mul((Access(U, (i,)), Reduce("sum", (j,), Mul((Access(U, (j,)), Access(V, (j,)))))))
    assert not same(Reduce("sum", (i,), product), Reduce("sum", (i,), other))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (Access(U, (Number(Fraction(0)),)), Access(V, (Number(Fraction(0)),))),
        (Number(Fraction(1)), Number(Fraction(1, 2))),
        (Add((Number(Fraction(1)),) * 2), Mul((Number(Fraction(1)),) * 2)),
        (apply("sin", Number(Fraction(1))), apply("cos", Number(Fraction(1)))),
        (Reduce("max", (index(),), Number(Fraction(1))), Reduce("min", (index(),), Number(Fraction(1)))),
        (Stack((index(), index()), index()), Select(index(), index(), index())),
        (Delta(index(), Number(Fraction(1))), Delta(Number(Fraction(1)), index())),
    ],
)
def test_different_nodes_have_different_keys(left: Expr, right: Expr) -> None:
    assert key(left) != key(right)


def test_definitions_bind_their_indices_in_order() -> None:
    i, j, p, q = index("i"), index("j"), index("p"), index("q")
    assert same(Definition(A, (i, j), Access(A, (i, j))), Definition(A, (p, q), Access(A, (p, q))))
    assert not same(Definition(A, (i, j), Access(A, (i, j))), Definition(A, (p, q), Access(A, (q, p))))


def test_where_a_tensor_was_declared_does_not_count() -> None:
    declared = Tensor("u", (M,), "float", "input", Span(Source("a.ein", "u"), 0, 1))
    assert same(Access(U, (index(),)), Access(declared, (index(),)))


def test_shared_trees_take_linear_time() -> None:
    i = index()
    expr: Expr = Access(U, (i,))
    for _ in range(200):
        expr = Reduce("sum", (j := index("j"),), Add((expr, Mul((expr, Access(U, (j,)))))))
    assert same(expr, substitute(expr, {i: index("k")}))


def test_keys_are_the_same_in_every_process() -> None:
    code = (
        "from einlang.ir.equality import key; from einlang.ir.extent import sized; from einlang.ir.nodes import *;"
        "u = Tensor('u', (sized('m'),), 'float', 'input', None); i = Index('i', sized('m'));"
        "print(key(Reduce('sum', (i,), Access(u, (i,)))))"
    )
    i = index()
    for seed in "12":
        run = subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stdout.strip() == key(Reduce("sum", (i,), Access(U, (i,))))
