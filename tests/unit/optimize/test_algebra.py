"""Each rule of the table: what it makes of an expression, that both are the same, and for which floats."""

from dataclasses import dataclass

import numpy as np
import pytest

from einlang.ir.build import access, number
from einlang.ir.equality import same
from einlang.ir.exact import PRIME, interpret_exact
from einlang.ir.extent import fixed, sized
from einlang.ir.interpret import interpret
from einlang.ir.nodes import Add, Apply, Definition, Delta, Div, Expr, Index, Mul, Pi, Pow, Reduce, Select, Size, Tensor, Zero
from einlang.ir.operators import apply
from einlang.ir.program import Program
from einlang.optimize import products, selections, sums, terms
from einlang.optimize.algebra import RULES, algebra, simplified
from einlang.tree import walk

LENGTH = 40
n = sized("n")
tensors = {name: Tensor(name, (n,), "float", "input", None) for name in "abc"}
i, j, k, five = Index("i", n), Index("J", n), Index("K", n), Index("M", fixed(5))
a, b, c = (access(tensors[name], [i]) for name in "abc")
aj, bj, ak = access(tensors["a"], [j]), access(tensors["b"], [j]), access(tensors["a"], [k])
shorter = Index("J", n - 1)
a_shorter, a_next = (access(tensors["a"], [position]) for position in (shorter, Add((shorter, number(1)))))
one, two, three, minus = number(1), number(2), number(3), number(-1)
square = Pow(a, two)
root_two, root_pi, root_two_pi = (apply("sqrt", arg) for arg in (two, Pi(), Mul((two, Pi()))))
not_a, not_b, not_bj = (Add((one, Mul((minus, x)))) for x in (a, b, bj))
positive = apply(">", c, number(0))


def total(body: Expr, *indices: Index) -> Expr:
    return Reduce("sum", indices, body)


@dataclass(frozen=True)
class Case:
    rule: object
    before: Expr
    after: Expr | None
    hides: bool = False
    """Whether a structural zero hides more than it did: it was divided by what is NaN."""


CASES = [
    Case(products.literal_operator, apply("exp", number(0)), one),
    Case(products.literal_operator, apply("max", two, three), three),
    Case(products.literal_operator, apply("exp", one), None),
    Case(products.as_built, Mul((one, a)), a),
    Case(products.as_built, Mul((a, Mul((two, b)))), Mul((two, a, b))),
    Case(products.as_built, Mul((a, Zero())), Zero()),
    Case(products.as_built, Add((a, Zero(), Add((b, c)))), Add((a, b, c))),
    Case(products.as_built, Div(Zero(), a), Zero(), hides=True),
    Case(products.as_built, total(Zero(), j), Zero()),
    Case(products.as_built, Pow(a, one), a),
    Case(products.as_built, Select(positive, a, a), a),
    Case(products.as_built, Mul((two, a)), None),
    Case(products.zero_argument, apply("exp", Zero()), apply("exp", number(0))),
    Case(products.zero_argument, Pow(Zero(), two), Pow(number(0), two)),
    Case(products.literal_last, apply("<", number(0), a), apply(">", a, number(0))),
    Case(products.literal_delta, Delta(number(0), i), Delta(i, number(0))),
    Case(products.literal_delta, Delta(i, i), one),
    Case(products.literal_size, Size(fixed(5)), number(5)),
    Case(products.literal_size, Size(n), None),
    Case(products.power_of_power, Pow(Pow(a, two), three), Pow(a, number(6))),
    Case(products.power_of_power, Pow(Mul((minus, a)), two), Pow(a, two)),
    Case(products.power_of_power, Pow(Mul((minus, a)), three), Mul((minus, Pow(a, three)))),
    Case(products.power_of_power, Pow(Pow(a, two), Div(one, two)), None),
    Case(products.powers_of_factors, Mul((a, b, a)), Mul((Pow(a, two), b))),
    Case(products.powers_of_factors, Mul((a, Pow(a, two))), Pow(a, three)),
    Case(products.powers_of_factors, Mul((Delta(i, number(1)), a, Delta(i, number(1)))), Mul((Delta(i, number(1)), a))),
    Case(products.powers_of_factors, Mul((a, b)), None),
    Case(products.sign_of_quotient, Div(Mul((minus, a)), b), Mul((minus, Div(a, b)))),
    Case(products.sign_of_quotient, Div(number(-2), b), Mul((minus, Div(two, b)))),
    Case(products.sign_of_quotient, Div(a, Mul((minus, b))), None),
    Case(products.canonical_quotient, Mul((Div(a, b), c)), Div(Mul((a, c)), b)),
    Case(products.canonical_quotient, Div(Div(a, b), c), Div(a, Mul((b, c)))),
    Case(products.canonical_quotient, Mul((Div(a, b), b)), a),
    Case(products.canonical_quotient, Div(Mul((two, a)), Mul((number(4), a, b))), Div(one, Mul((two, b)))),
    Case(products.canonical_quotient, Pow(a, number(-2)), Div(one, Pow(a, two))),
    Case(products.canonical_quotient, Div(Mul((Delta(i, number(1)), a)), b), Mul((Delta(i, number(1)), Div(a, b)))),
    Case(products.canonical_quotient, Pow(Div(a, b), two), Div(Pow(a, two), Pow(b, two))),
    Case(products.delta_of_quotient, Div(Mul((Delta(i, number(1)), a)), b), Mul((Delta(i, number(1)), Div(a, b))), hides=True),
    Case(products.delta_of_quotient, Div(a, b), None),
    Case(products.power_of_root, Pow(apply("sqrt", square), two), square),
    Case(products.power_of_root, Pow(apply("sqrt", a), three), None),
    Case(products.roots_of_constants, Mul((a, root_two, root_pi)), Mul((a, root_two_pi))),
    Case(products.roots_of_constants, Mul((apply("sqrt", a), root_two)), None),
    Case(terms.like_terms, Add((Mul((two, a)), b, Mul((three, a)))), Add((Mul((number(5), a)), b))),
    Case(terms.like_terms, Add((one, a, two)), Add((three, a))),
    Case(terms.like_terms, Add((Mul((three, a)), Mul((minus, a)))), None),
    Case(terms.like_terms, Add((total(aj, j), total(ak, k))), Mul((two, total(aj, j)))),
    Case(terms.terms_of_choice, Add((Select(positive, a, Zero()), Select(positive, Zero(), b))), Select(positive, a, b)),
    Case(terms.opposite_terms, Add((Mul((three, a)), Mul((minus, a)))), Mul((two, a))),
    Case(terms.opposite_terms, Add((a, Mul((minus, a)))), Zero()),
    Case(terms.common_factors, Add((Mul((a, b)), Mul((a, c)))), Mul((a, Add((b, c))))),
    Case(terms.common_factors, Add((Div(a, c), Mul((minus, Div(b, c))))), Div(Add((a, Mul((minus, b)))), c)),
    Case(terms.common_factors, Add((Mul((minus, Div(a, c))), Div(b, c))), Div(Add((b, Mul((minus, a)))), c)),
    Case(terms.common_factors, Add((Pow(a, two), a)), None),
    Case(terms.common_factors, Add((a, Mul((a, b)))), Mul((a, Add((one, b))))),
    Case(terms.multiplied_out, Add((Mul((a, not_b)), Mul((minus, b, not_a)))), Add((a, Mul((minus, b))))),
    Case(terms.multiplied_out, Mul((a, b, Add((Div(one, a), Mul((minus, Div(one, b))))))), Add((b, Mul((minus, a))))),
    Case(terms.multiplied_out, Mul((a, Add((b, c)))), None),
    Case(terms.multiplied_out, Mul((Add((a, b)), Add((a, c)))), None),
    Case(terms.positive_first, Add((Mul((minus, a)), b)), Add((b, Mul((minus, a))))),
    Case(terms.opposite_product, Mul((minus, Add((a, Mul((minus, b)))))), Add((b, Mul((minus, a))))),
    Case(terms.opposite_product, Mul((minus, Add((a, b)))), None),
    Case(terms.opposite_product, Mul((a, Add((Mul((minus, b)), Mul((minus, c)))))), Mul((minus, a, Add((b, c))))),
    Case(terms.opposite_product, Mul((minus, total(Mul((aj, Add((bj, minus)))), j))), total(Mul((aj, not_bj)), j)),
    Case(selections.decided, Select(apply("<", one, two), a, b), a),
    Case(selections.decided, Select(apply("==", one, two), a, b), b),
    Case(selections.not_condition, Select(apply("not", positive), a, b), Select(positive, b, a)),
    Case(selections.same_condition, Select(positive, Mul((two, Select(positive, a, b))), c), Select(positive, Mul((two, a)), c)),
    Case(selections.same_condition, Select(positive, a, Add((c, Select(positive, a, b)))), Select(positive, a, Add((c, b)))),
    Case(selections.choice_of_delta, Select(apply("==", i, one), Mul((Delta(i, one), a)), Zero()), Mul((Delta(i, one), a))),
    Case(selections.choice_of_delta, Select(apply("==", i, one), a, Zero()), None),
    Case(sums.sum_of_sum, total(total(Mul((aj, ak)), k), j), total(Mul((aj, ak)), j, k)),
    Case(sums.sum_of_sum, Reduce("max", (j,), total(ak, k)), None),
    Case(sums.sum_of_delta, total(Mul((Delta(i, j), aj)), j), a),
    Case(sums.sum_of_delta, total(Div(Mul((Delta(i, j), aj)), bj), j), Div(a, b), hides=True),
    Case(sums.sum_of_delta, total(Mul((Delta(i, Mul((two, j))), aj)), j), None),
    Case(sums.sum_of_multiple, total(Mul((minus, aj)), j), Mul((minus, total(aj, j)))),
    Case(sums.sum_of_multiple, total(Mul((two, aj, bj)), j), Mul((two, total(Mul((aj, bj)), j)))),
    Case(sums.sum_of_multiple, total(Mul((number(0), aj)), j), None),
    Case(sums.sum_of_position, total(Select(apply("==", j, i), aj, Zero()), j), a),
    Case(sums.sum_of_position, total(Select(apply("==", Mul((two, j)), i), aj, Zero()), j), None),
    Case(sums.sum_of_range, total(Select(apply("==", j, number(0)), Zero(), aj), j), total(a_next, shorter)),
    Case(sums.sum_of_range, total(Select(apply(">=", j, one), aj, Zero()), j), total(a_next, shorter)),
    Case(sums.sum_of_range, total(Select(apply("<", j, Size(n - 1)), aj, Zero()), j), total(a_shorter, shorter)),
    Case(sums.sum_of_range, total(Select(apply("!=", Size(n - 1), j), aj, Zero()), j), total(a_shorter, shorter)),
    Case(sums.sum_of_range, total(Select(apply("<", j, i), aj, Zero()), j), None),
    Case(sums.sum_of_range, total(Select(apply("<", j, Size(n + 1)), aj, Zero()), j), None),
    Case(sums.sum_of_constant, total(aj, j, k), Mul((Size(n), total(aj, j)))),
    Case(sums.sum_of_constant, total(a, five), Mul((Size(fixed(5)), a))),
    Case(sums.sum_of_choice, total(Select(positive, aj, Zero()), j), Select(positive, total(aj, j), Zero())),
    Case(sums.sum_of_product, total(Mul((two, a, aj)), j), Mul((two, a, total(aj, j)))),
    Case(sums.sum_of_product, total(Div(aj, b), j), Mul((Div(one, b), total(aj, j)))),
    Case(sums.sum_of_product, total(Mul((aj, bj)), j), None),
]  # fmt: skip

EXACT = {rule.apply: rule.exact for rule in RULES}


def name_of(case: Case) -> str:
    return f"{case.rule.__name__} {case.before!r}"[:100]


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_rule(case: Case) -> None:
    after = case.rule(case.before)
    assert (after is None) == (case.after is None)
    assert after is None or same(after, case.after, [i])


def program_of_one(expr: Expr) -> Program:
    made = Tensor("made", (n,), "float", "definition", None)
    return Program("test", tuple(tensors.values()), (Definition(made, (i,), expr),), (made,))


def values(expr: Expr, arrays: dict[str, np.ndarray]) -> np.ndarray:
    return interpret(program_of_one(expr), arrays)["made"]


SPECIAL = np.array([0.0, 1.0, -1.0, 2.5, np.inf, -np.inf, np.nan])


@pytest.mark.parametrize("case", [case for case in CASES if case.after is not None], ids=name_of)
def test_both_sides_are_the_same(case: Case) -> None:
    """Of finite numbers; and of NaN and infinities too, where the table says that the rule is exact."""
    random = np.random.default_rng(1)
    arrays = {name: random.choice([-2.0, -1.5, 0.5, 1.0, 3.0], LENGTH) for name in tensors}
    np.testing.assert_allclose(values(case.after, arrays), values(case.before, arrays), rtol=1e-12, atol=1e-12)
    if EXACT[case.rule] and not case.hides:
        for _ in range(20):
            special = {name: random.choice(SPECIAL, 3) for name in tensors}
            np.testing.assert_allclose(values(case.after, special), values(case.before, special), rtol=1e-12)


def rational(expr: Expr) -> bool:
    return not any(isinstance(node, Apply | Select | Pi) for node in walk(expr))


RATIONAL = [case for case in CASES if case.after is not None and rational(case.before) and rational(case.after)]


@pytest.mark.parametrize("length", [1, 2, 3])
@pytest.mark.parametrize("case", RATIONAL, ids=name_of)
def test_both_sides_are_the_same_number_modulo_a_prime(case: Case, length: int) -> None:
    """On random whole numbers in all of the field, none of them zero: two different rational functions seldom agree there."""
    random = np.random.default_rng(length)
    arrays = {name: random.integers(1, PRIME, length).astype(object) for name in tensors}
    before, after = (exact(expr, arrays) for expr in (case.before, case.after))
    assert before.tolist() == after.tolist()


def exact(expr: Expr, arrays: dict[str, np.ndarray]) -> np.ndarray:
    return interpret_exact(program_of_one(expr), arrays)["made"]


def test_most_rules_are_tested_modulo_a_prime() -> None:
    left = {rule.name for rule in RULES} - {case.rule.__name__ for case in RATIONAL}
    of_functions = {"literal_operator", "literal_last", "power_of_root", "roots_of_constants"}
    of_choices = {"decided", "not_condition", "same_condition", "choice_of_delta", "sum_of_position", "sum_of_choice"}
    of_choices |= {"sum_of_range"}
    assert left == of_functions | of_choices | {"terms_of_choice"}


def test_every_rule_is_tested() -> None:
    assert {case.rule for case in CASES if case.after is not None} == {rule.apply for rule in RULES}


def test_rules_are_applied_until_none_applies() -> None:
    before = Add((Mul((Div(a, b), b)), Mul((minus, Div(Mul((a, c)), c))), Select(apply("<", one, two), Mul((a, a)), b)))
    assert simplified(before, exact=False) is Pow(a, two)


def test_what_the_user_wrote_is_changed_by_exact_rules_alone(program_of, lines_of) -> None:
    source = "input a[n], b[n]\nr[i] = a[i] b[i] / b[i] - a[i] + a[i] a[i]\nL = r[I]"
    assert lines_of(algebra(program_of(source)))["r"] == "a[i] b[i] / b[i] - a[i] + a[i]^2"


def test_division_by_zero_is_left_alone(program_of, lines_of) -> None:
    source = "input a[n]\nr[i] = a[i] / 0 + a[i] / 0\ns[i] = 0 a[i] - 0 a[i]"
    found = lines_of(algebra(program_of(source)))
    assert found["r"] == "2 (a[i] / 0)"
