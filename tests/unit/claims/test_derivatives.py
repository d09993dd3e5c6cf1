"""`check --derivatives`: right derivatives pass, each wrong rule is caught, and kinks are said to be unchecked."""

import re
from collections.abc import Callable, Iterator

import numpy as np
import pytest

import einlang
from einlang.calculus import rules
from einlang.calculus.rules import RULES, Step
from einlang.claims.table import Findings
from einlang.ir.build import number
from einlang.ir.nodes import Abstract, Add, Apply, Div, Expr, Mul, Pow, Reduce, Select, Stack

LAYER = """\
input X[b, k0], Y[b, k1]
param W[k0, k1], c[k1]
assume sum[J](Y[i,J]) = 1
Z[i,j] = X[i,K] W[K,j] + c[j]
L = -Y[I,J] log_softmax[J](Z[I,J]) / b
"""


def found(text: str, **data: object) -> Findings:
    return einlang.compile(text, backend="numpy").check_derivatives(data or None)


# --- what is right ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "exact", "steps"),
    [
        (f"{LAYER}G[i,j] = ∂L/∂W[i,j]\n", None, "complex step"),
        ("f = x[I] A[I,J] x[J]\nG[i] = ∂f/∂x[i]", True, "complex step"),
        ("f = sum[I](x[I]^3 / (1 + x[I]^2))\nG[i] = ∂f/∂x[i]", True, "complex step"),
        ("f = sum[I](erf(x[I]))\nG[i] = ∂f/∂x[i]", None, "differences"),
        ("input x[n]\nf = sum[I](relu(x[I]) x[I])\nG[i] = ∂f/∂x[i]", None, "complex step"),
        ("P[i,j] = softmax[j](Z[i,j])\nJ[i,j,p,q] = ∂P[i,j]/∂Z[p,q]", None, "complex step"),
        ("Z[i,j] = X[i,K] W[K,j]\nJ[i,j,p,q] = ∂Z[i,j]/∂W[p,q]", True, "complex step"),
        ("f = x[I] A[I,J] x[J] x[I]\nH[i,j] = ∂²f/∂x[i]∂x[j]", True, "differences"),
        ("f = sum[I](exp(x[I]) sin(x[I]))\nH[i,j] = ∂²f/∂x[i]∂x[j]", None, "differences"),
        ("f = sum[I](x[I]^4)\nT[i,j,k] = ∂³f/∂x[i]∂x[j]∂x[k]", True, "differences"),
        ("input x[n]\nf = sum[I](stop(sin(x[I])) x[I])\nG[i] = ∂f/∂x[i]", None, "complex step"),
        ("input x[n]\nf = stop(x[0]) x[I] stop(x[I])\nG[i] = ∂f/∂x[i]", True, "complex step"),
        ("input x\ny = x^2\nf = stop(y) y^3\nG = ∂²f/∂x∂x", True, "differences"),
        ("input x\nf = stop(relu(x)) x^2\nG = ∂(stop(f) f)/∂x", None, "complex step"),
        ("f = prod[I](x[I])\nG[i] = ∂f/∂x[i]", True, "complex step"),
        ("input x[n]\nfn σ(x)\nabstract L(y)\ny[i] = σ(x[i])\nG[i] = ∂L/∂x[i]", True, "complex step"),
        ("input t[b] : int, Z[b, k]\nf = mean[I](sum[J](Z[I,J] if t[I] == J else 0))\nG[i,j] = ∂f/∂Z[i,j]", True, "complex step"),
    ],
)
def test_right_derivatives_are_right(text, exact, steps) -> None:
    (finding,) = found(text)
    assert finding.verdict == "right" and finding.checked == finding.elements > 0, finding
    assert (finding.exact, finding.steps) == (exact, steps) and finding.deviation < 1e-9


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        (f"{LAYER}S[j] = ∂L/∂W[I,j] c[j] + ∂L/∂c[j]\n", ["∂L/∂W[i,j]", "∂L/∂c[i]", "S[j] = …"]),
        ("f = x[I] y[I]\nh[i] = ∂(∂f/∂x[i])/∂y[i]", ["∂f/∂x[i]", "∂(∂f/∂x[i])/∂y[p]"]),
        ("u[n] = x[n]^3\nd[n] = ∂u[n]/∂x[n]", ["∂u[n]/∂x[p]"]),
        ("y = x^2\nf = y^3\ng = ∂f/∂y + ∂f/∂x", ["∂f/∂y", "∂f/∂x", "g = …"]),
        ("f = sum[I](exp(x[I]))\ng = ∂f/∂x[0]", ["∂f/∂x[i]", "g = …"]),
        ("input x[n]\ng[i] = ∂(x[I]^2)/∂x[i]", ["∂(x[I]^2)/∂x[i]"]),
        ("input x[n]\nf = x[I]^2\ncheck ∂f/∂x[i] = 2 x[i]", ["∂f/∂x[i]"]),
    ],
)
def test_each_derivative_has_a_line_and_so_has_what_does_more_with_one(text, formulas) -> None:
    findings = found(text)
    assert [finding.formula for finding in findings][: len(formulas)] == formulas
    assert {finding.verdict for finding in findings} == {"right"}


def test_where_none_is_written_outputs_are_derived_by_params_and_that_is_said() -> None:
    findings = found(LAYER)
    assert [finding.formula for finding in findings] == ["∂L/∂W[i,j]", "∂L/∂c[i]"] and findings
    assert str(findings).startswith("no derivative is written here")
    assert [finding.formula for finding in found("y[i] = A[i,J] x[J]")] == ["∂y[i]/∂A[p,q]", "∂y[i]/∂x[p]"]


def test_the_table_has_a_line_for_each_and_says_deviation_place_and_values() -> None:
    head, line = str(found("f = x[I]^2\nG[i] = ∂f/∂x[i]")).split("\n")
    assert head.split() == ["derivative", "elements", "modulo", "primes", "by", "largest", "deviation"]
    assert line.startswith("∂f/∂x[i]    right  4         equal          complex step  ")
    assert re.search(r"complex step  below 1e-09 of \d\.\d+$", line)


# --- kinks and data -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "x", "checked"),
    [
        ("input x[n]\nf = sum[I](relu(x[I]))\nG[i] = ∂f/∂x[i]", [1.0, 0.0, -1.0], 2),
        ("input x[n]\nf = sum[I](abs(x[I]) erf(x[I]))\nG[i] = ∂f/∂x[i]", [0.0, 0.0, -1.0], 1),
        ("input x[n]\nf = max[I](x[I])\nG[i] = ∂f/∂x[i]", [1.0, 2.0, 2.0], 1),
        ("input x[n]\nf = sum[I](x[I] if x[I] > 1 else 0)\nG[i] = ∂f/∂x[i]", [1.0, 2.0, 2.0], 2),
        ("input x[n]\nf = sum[I](x[I] if I > 1 else 0)\nG[i] = ∂f/∂x[i]", [1.0, 2.0, 2.0], 3),
    ],
)
def test_elements_at_kinks_are_unchecked(text, x, checked) -> None:
    (finding,) = found(text, x=np.array(x))
    assert (finding.checked, finding.elements, finding.verdict) == (checked, 3, "right")


def test_a_derivative_at_a_kink_alone_is_unchecked_and_not_wrong() -> None:
    findings = found("input x\nf = abs(x)\ng = ∂f/∂x", x=0.0)
    assert [finding.verdict for finding in findings] == ["unchecked"] and findings
    assert "at kinks" in str(findings)


def test_of_many_elements_some_are_moved() -> None:
    (finding,) = found("input x[n]\nf = sum[I](exp(x[I]))\nG[i] = ∂f/∂x[i]", x=np.linspace(-1, 1, 500))
    assert 10 < finding.checked < finding.elements == 500 and finding.verdict == "right"


def test_data_has_to_fit() -> None:
    with pytest.raises(einlang.CallError, match="rank"):
        found("input x[n]\nf = x[I]\nG[i] = ∂f/∂x[i]", x=np.zeros((2, 2)))


def test_what_has_no_finite_values_is_unchecked() -> None:
    (finding,) = found("input x\nf = log(-x^2)\ng = ∂f/∂x")
    assert finding.verdict == "unchecked" and "finite" in finding.steps


def test_infinities_on_the_way_give_no_warnings(recwarn) -> None:
    source = "input x[n]\nf[0] = x[0]\nf[t] = f[t-1] log(t) + x[t]\ns = logsumexp[T](f[T] if T == 1 else -inf)"
    (finding,) = found(f"{source}\nG[i] = ∂s/∂x[i]", x=np.linspace(1, 2, 4))
    assert finding.verdict == "right" and not recwarn.list


# --- wrong rules --------------------------------------------------------------------------------------------------------------


Rule = Callable[..., Iterator[Step]]


def scaled(rule: Rule, by: Expr, only: int = 0) -> Rule:
    """A rule one of whose steps has a factor too much."""

    def wrong(node: Expr, scope: object) -> Iterator[Step]:
        for place, step in enumerate(rule(node, scope)):
            yield Step(step.child, (*step.before, by), step.after, step.guard, step.indices) if place == only else step

    return wrong


def lost(rule: Rule, only: int = 0) -> Rule:
    """A rule that forgets a step."""
    return lambda node, scope: (step for place, step in enumerate(rule(node, scope)) if place != only)


def unweighted(rule: Rule, only: int = 0) -> Rule:
    """A rule that forgets what a step is multiplied with."""

    def wrong(node: Expr, scope: object) -> Iterator[Step]:
        for place, step in enumerate(rule(node, scope)):
            yield Step(step.child, (), (), step.guard, step.indices) if place == only else step

    return wrong


def unguarded(rule: Rule) -> Rule:
    """A rule that takes part where it should not."""
    return lambda node, scope: (Step(s.child, s.before, s.after, None, s.indices) for s in rule(node, scope))


SUM = "f = x[I] + x[I]^3"
QUOTIENT = "f = sum[I](x[I] / (1 + x[I]^2))"
SELECT = "input x[n]\nf = sum[I](x[I]^3 if x[I] > 0 else x[I])"
WRONG = [
    (Add, scaled(rules.sums, number(2)), "f = sum[I](sin(x[I]) + cos(x[I]))"),
    (Mul, scaled(rules.products, number(2)), "f = x[I] A[I,J] x[J]"),
    (Mul, lost(rules.products, 2), "f = x[I] A[I,J] x[J]"),
    (Mul, unweighted(rules.products), "f = x[I] A[I,J] x[J]"),
    (Div, lost(rules.quotients, 1), QUOTIENT),
    (Div, unweighted(rules.quotients), QUOTIENT),
    (Pow, unweighted(rules.powers), SUM),
    (Pow, scaled(rules.powers, number(2)), SUM),
    (Apply, unweighted(rules.operators), "f = sum[I](tanh(x[I]))"),
    (Apply, scaled(rules.operators, number(2)), "f = sum[I](erf(x[I]))"),
    (Apply, scaled(rules.operators, number(1 + 10**-4)), "f = sum[I](sqrt(x[I]))"),
    (Select, unguarded(rules.selections), SELECT),
    (Stack, lost(rules.stacks, 1), "input x\nf = [x^2, sin(x)][I] 1[I]"),
    (Stack, unguarded(rules.stacks), "input x\nf = [x^2, sin(x)][I] 1[I]"),
    (Reduce, unweighted(rules.reductions), "f = logsumexp[I](x[I])"),
    (Reduce, unweighted(rules.reductions), "f = prod[I](x[I])"),
    (Reduce, unweighted(rules.reductions), "f = max[I](x[I])"),
    (Reduce, scaled(rules.reductions, number(2)), "f = sum[I](exp(x[I]))"),
    (Abstract, scaled(rules.abstract, number(3)), "input x\nfn σ(x)\nf = σ(x)"),
]


FIRST = {"x[": "G[i] = ∂f/∂x[i]", "x": "G = ∂f/∂x"}
SECOND = {"x[": "G[i,j] = ∂²f/∂x[i]∂x[j]", "x": "G = ∂²f/∂x∂x"}


@pytest.mark.parametrize(
    ("node", "rule", "text", "derivatives"),
    [(*case, derivatives) for case in WRONG for derivatives in (FIRST, SECOND) if derivatives is FIRST or "max" not in case[2]],
)
def test_a_wrong_rule_is_caught(monkeypatch, node, rule, text, derivatives) -> None:
    program = f"{text}\n{derivatives['x[' if 'x[' in text else 'x']}\n"
    assert found(program)
    monkeypatch.setitem(RULES, node, rule)
    assert not found(program)
    assert re.search(
        r"\bwrong\b.* of [-+.\de]+( at \[\d(,\d)*\])?: \S+ by rule, \S+ by steps$", str(found(program)), re.MULTILINE
    )


def test_what_is_rational_is_caught_modulo_primes_as_well(monkeypatch) -> None:
    monkeypatch.setitem(RULES, Mul, lost(rules.products, 2))
    (finding,) = found("f = x[I] A[I,J] x[J]\nG[i] = ∂f/∂x[i]")
    assert finding.exact is False and finding.deviation > 0.01


def test_of_no_elements_none_is_checked() -> None:
    findings = found("param x[n], a[m]\nL = x[I]^2 + sum[J](sin(a[J]))", x=np.zeros(0), a=np.ones(2))
    assert [finding.checked for finding in findings] == [0, 2]
