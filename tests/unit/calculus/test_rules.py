"""Each rule of differentiation by what a person would write: a program, and the derivative that comes out."""

import pytest

from einlang.calculus.rules import REDUCTIONS, RULES, passes_on
from einlang.ir import nodes
from einlang.ir.build import number
from einlang.ir.extent import fixed
from einlang.ir.nodes import Expr, Index
from einlang.ir.operators import OPERATORS

VECTORS = "input x[n], y[n], z[n], A[n, n], t\n"

DERIVATIVES = [
    # sums and products
    ("L = x[I]", "1"),
    ("L = -x[I]", "-1"),
    ("L = sum[I](x[I] + y[I] - 3 x[I])", "-2"),
    ("L = x[I] y[I]", "y[i]"),
    ("L = x[I] y[I] z[I]", "y[i] z[i]"),
    ("L = t x[I]", "t"),
    ("L = 2 x[I] y[I] / 4", "0.5 y[i]"),
    # quotients and powers
    ("L = x[I] / y[I]", "1 / y[i]"),
    ("L = y[I] / x[I]", "-y[i] / x[i]^2"),
    ("L = x[I]^2", "2 x[i]"),
    ("L = x[I]^3 y[I]", "3 x[i]^2 y[i]"),
    ("L = sum[I](x[I]^1.5)", "1.5 x[i]^0.5"),
    ("L = sum[I](x[I]^-2)", "-2 / x[i]^3"),
    ("L = sum[I](2^x[I])", "L_part[i] log(2)"),
    # operators, by their rows
    ("L = sum[I](exp(x[I]))", "L_exp[i]"),
    ("L = sum[I](log(x[I]))", "1 / x[i]"),
    ("L = sum[I](sqrt(x[I]))", "1 / (2 L_sqrt[i])"),
    ("L = sum[I](sin(x[I]))", "cos(x[i])"),
    ("L = sum[I](tanh(x[I]))", "1 - L_tanh[i]^2"),
    ("L = sum[I](sigmoid(x[I]))", "L_sigmoid[i] (1 - L_sigmoid[i])"),
    ("L = sum[I](softplus(x[I]))", "sigmoid(x[i])"),
    ("L = sum[I](abs(x[I]))", "sign(x[i])"),
    ("L = sum[I](sign(x[I]))", "zero"),
    ("L = sum[I](max(x[I], y[I]))", "1 if x[i] >= y[i] else zero"),
    ("L = sum[I](max(y[I], x[I]))", "zero if y[i] >= x[i] else 1"),
    ("L = sum[I](min(x[I], y[I]))", "1 if x[i] <= y[i] else zero"),
    ("L = sum[I](relu(x[I]))", "zero if x[i] <= 0 else 1"),
    # choices and what is written out
    ("L = sum[I](x[I]^2 if y[I] > 0 else x[I])", "2 x[i] if y[i] > 0 else 1"),
    ("L = sum[I](y[I] if x[I] > 0 else 3)", "zero"),
    ("f[i] = [[x[i], y[i]], [x[i]^2, z[i]]][i,J]\nL = f[I]", "(1 if i == 0 else zero) + (2 x[i] if i == 1 else zero)"),
    ("L = sum[I](stop(x[I]) x[I])", "stop(x[i])"),
    # sums over indices
    ("L = A[I,J] x[J]", "sum[I : n](A[I,i])"),
    ("L = x[I] A[I,J] y[J]", "sum[J : n](A[i,J] y[J])"),
    ("L = x[I] A[I,J] x[J]", "sum[J : n](A[i,J] x[J]) + sum[I : n](x[I] A[I,i])"),
    ("L = x[I] 1[J] y[J] / y[J]", "n"),
    ("L = mean[I](x[I])", "1 / n"),
    # the other reductions
    ("L = prod[I](x[I])", "prod[I : n](1 if I == i else x[I])"),
    ("L = max[I](x[I])", "δ[i,L_argmax]"),
    ("L = min[I](x[I])", "δ[i,L_argmin]"),
    ("L = logsumexp[I](x[I])", "exp(x[i] - L)"),
]


@pytest.mark.parametrize(("line", "expected"), DERIVATIVES, ids=[line for line, _ in DERIVATIVES])
def test_derivative_by_x(line: str, expected: str, derivatives) -> None:
    assert derivatives(VECTORS + line, "L", "x")["dL_dx"] == expected


MATRICES = [
    ("L = A[I,I]", "δ[i,j]"),
    ("L = A[I,I]^2", "2 A[i,i] δ[i,j]"),
    ("L = A[I,J] A[J,I]", "2 A[j,i]"),
    ("L = max[I,J](A[I,J])", "δ[i,L_argmax] δ[j,L_max_argmax[i]]"),
    ("L = δ[I,J] A[I,J]", "δ[i,j]"),
]


@pytest.mark.parametrize(("line", "expected"), MATRICES, ids=[line for line, _ in MATRICES])
def test_derivative_by_a_matrix(line: str, expected: str, derivatives) -> None:
    assert derivatives(VECTORS + line, "L", "A")["dL_dA"] == expected


def test_every_node_has_a_rule() -> None:
    """Derivatives are worked out from the inside, so that no rule meets one."""
    expressions = {
        c for c in vars(nodes).values() if isinstance(c, type) and issubclass(c, Expr) and c not in (Expr, nodes.Derivative)
    }
    assert set(RULES) == expressions


class Everything:
    """A scope in which a definition stands for itself."""

    def value(self, expr: Expr) -> Expr:
        return expr

    def name(self, expr: Expr, word: str) -> Expr:
        return expr


x, y, c = (Index(name, fixed(3)) for name in "xyc")
condition = nodes.Apply(OPERATORS["<"], (x, y))
SAMPLES = [
    number(2),
    nodes.Add((x, y)),
    nodes.Mul((x, y)),
    nodes.Div(x, y),
    nodes.Pow(x, y),
    nodes.Select(condition, x, y),
    nodes.Stack((x, y), c),
    nodes.Stop(x),
    condition,
    *(nodes.Apply(row, (x, y)[: row.arity]) for row in OPERATORS.values() if row.takes != "bool"),
    *(nodes.Reduce(operation, (c, y) if operation == "logdet" else (c,), x) for operation in (*REDUCTIONS, "argmax", "argmin")),
    nodes.Solve((x,), (y,), nodes.Mul((x, y)), nodes.Add((x, c)), (c,)),
]


@pytest.mark.parametrize("node", SAMPLES, ids=repr)
def test_a_rule_steps_where_the_derivative_passes(node: Expr) -> None:
    steps = RULES[type(node)](node, Everything())
    assert {step.child for step in steps} <= set(passes_on(node))


def test_every_reduction_but_the_searches_is_differentiated() -> None:
    assert {*REDUCTIONS, "argmax", "argmin"} == set(nodes.ReductionName.__args__)
