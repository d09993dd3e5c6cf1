"""Trees: interning, rebuilding, folding of deep and shared trees, structural equality, pickling."""

import gc
import pickle
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

from einlang.ir.extent import sized
from einlang.ir.nodes import Access, Add, Apply, Definition, Div, Expr, Index, Mul, Number, Reduce, Select, Tensor
from einlang.ir.operators import OPERATORS
from einlang.source import Source, Span
from einlang.syntax import nodes as syntax
from einlang.tree import Interned, Node, equal, evaluate, fold, rewrite, walk

N = sized("n")
X = Tensor("x", (N,), "float", "input", None)
I = Index("i", N)


def literal(value: int) -> Number:
    return Number(Fraction(value))


def test_equal_trees_are_one_object() -> None:
    assert Add((literal(1), Access(X, (I,)))) is Add((literal(1), Access(X, (I,))))
    assert Add((literal(1), literal(2))) is not Add((literal(2), literal(1)))
    assert Add((literal(1), literal(2))) is not Mul((literal(1), literal(2)))
    assert N + 1 - 1 is N


def test_an_index_is_itself_alone() -> None:
    assert Index("i", N) is not I
    assert Access(X, (I,)) is not Access(X, (Index("i", N),))


def test_interning_holds_no_node_alive() -> None:
    def count() -> int:
        gc.collect()
        return len(Interned._table)

    before = count()
    kept = [Add((literal(value), I)) for value in range(1000, 1200)]
    assert count() >= before + 400
    del kept
    assert count() <= before + 10


def test_interning_from_several_threads() -> None:
    def build(_: int) -> list[Number]:
        return [literal(value) for value in range(5000, 6000)]

    with ThreadPoolExecutor(4) as pool:
        first, *others = pool.map(build, range(4))
    assert all(a is b for other in others for a, b in zip(first, other, strict=True))


def test_children_are_the_nodes_among_the_fields_in_order() -> None:
    a, b, c = literal(1), literal(2), Access(X, (I,))
    assert Select(a, b, c).children == (a, b, c)
    assert Add((c, a, b)).children == (c, a, b)
    assert c.children == (I,)
    assert Reduce("sum", (I,), c).children == (c,), "a binder's indices are no children"
    assert Apply(OPERATORS["exp"], (c,)).children == (c,)
    assert I.children == ()


def test_rebuild_puts_children_in_place_and_keeps_the_rest() -> None:
    a, b, c = literal(1), literal(2), literal(3)
    assert Select(a, b, c).rebuild((c, b, a)) is Select(c, b, a)
    assert Add((a, b, c)).rebuild((b, b, b)) is Add((b, b, b))
    reduced = Reduce("max", (I,), a)
    assert reduced.rebuild((b,)) is Reduce("max", (I,), b)
    assert reduced.rebuild((a,)) is reduced


def test_a_definition_is_rebuilt_only_if_it_changes() -> None:
    definition = Definition(X, (I,), literal(1))
    assert definition.rebuild((literal(1),)) is definition
    assert definition.rebuild((literal(2),)).body is literal(2)


def chain(depth: int) -> Expr:
    node: Expr = Access(X, (I,))
    for _ in range(depth):
        node = Div(node, literal(2))
    return node


def test_deep_trees_are_folded_walked_rewritten_and_dropped_without_recursion() -> None:
    deep = chain(50_000)
    assert evaluate(deep, lambda node, results: 1 + max(results, default=0)) == 50_002
    assert sum(1 for _ in walk(deep)) == 50_003
    rewritten = rewrite(deep, lambda node: literal(3) if node is literal(2) else None)
    assert rewritten.denominator is literal(3)
    assert equal(deep, deep)
    del deep, rewritten
    gc.collect()


def test_fold_visits_shared_nodes_once() -> None:
    node: Expr = Access(X, (I,))
    for _ in range(100):
        node = Add((node, node))
    visits: list[Node] = []

    def visit(current: Node, results: tuple[int, ...]) -> int:
        visits.append(current)
        return sum(results) or 1

    assert evaluate(node, visit) == 2**100
    assert len(visits) == len(set(visits)) == 102


def test_fold_goes_children_first_and_left_to_right() -> None:
    a, b = literal(1), literal(2)
    tree = Add((Mul((a, b)), a))
    assert list(fold(tree, lambda node, results: None)) == [a, b, Mul((a, b)), tree]
    assert list(walk(tree)) == [tree, Mul((a, b)), a, b]


def test_fold_of_several_roots() -> None:
    a, b = literal(1), literal(2)
    assert list(fold([Div(a, b), Div(b, a)], lambda node, results: None)) == [a, b, Div(a, b), Div(b, a)]


def test_rewrite_applies_a_rule_once_at_every_node_children_first() -> None:
    tree = Add((literal(1), Mul((literal(1), literal(2)))))
    seen: list[Node] = []

    def rule(node: Node) -> Node | None:
        seen.append(node)
        return literal(7) if node is literal(1) else None

    assert rewrite(tree, rule) is Add((literal(7), Mul((literal(7), literal(2)))))
    assert literal(7) not in seen


def test_equal_compares_structure_and_leaves_spans_aside() -> None:
    source = Source("a.ein", "x + x")

    def number(value: int, start: int) -> syntax.Number:
        return syntax.Number(Fraction(value), str(value), Span(source, start, start + 1))

    assert number(1, 0) is not number(1, 0)
    assert equal(number(1, 0), number(1, 4))
    assert not equal(number(1, 0), number(2, 0))
    assert not equal(number(1, 0), number(1, 4), ignoring=())
    left = syntax.Negative(number(1, 0), Span(source, 0, 1))
    assert not equal(left, number(1, 0))
    assert not equal(Add((literal(1), literal(2))), Add((literal(1), literal(2), literal(3))))


def test_pickling_gives_the_interned_node_again() -> None:
    tree = Apply(OPERATORS["exp"], (Add((literal(1), Access(X, ()))),))
    assert pickle.loads(pickle.dumps(tree)) is tree


def test_pickling_keeps_which_indices_are_the_same() -> None:
    other = Index("i", N)
    definition = Definition(X, (I,), Mul((Access(X, (I,)), Reduce("sum", (other,), Access(X, (other,))), I)))
    copy = pickle.loads(pickle.dumps(definition))
    first, reduced, index = copy.body.factors
    assert index is copy.indices[0] is first.subscripts[0]
    assert reduced.indices[0] is reduced.body.subscripts[0]
    assert reduced.indices[0] is not index


def test_representations_are_short() -> None:
    node: Expr = Access(X, (I,))
    for _ in range(1000):
        node = Add((node, node))
    assert len(repr(node)) < 1000
    assert repr(Div(literal(1), literal(2))) == "Div(Number(Fraction(1, 1)), Number(Fraction(2, 1)))"
