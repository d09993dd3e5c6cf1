"""Derivatives through recurrences: against differences, against backpropagation through time by hand, and what they cost."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from property.recurrent import CASES, B, K, L, M, N, before, defined, inputs, lstm, program, rnn, start, tensor

from einlang.calculus import differentiate, gradient
from einlang.calculus.engine import Engine
from einlang.calculus.ledger import Ledger
from einlang.ir.build import access, add, mul, number, total
from einlang.ir.interpret import interpret
from einlang.ir.measure import tree_size
from einlang.ir.naming import Names
from einlang.ir.nodes import Access, Definition, Delta, Derivative, Index, Target, Tensor
from einlang.ir.operators import apply
from einlang.ir.program import Program
from einlang.ir.recurrences import circles, grouped, recurrences
from einlang.ir.text import definition_text
from einlang.ir.verify import verify
from einlang.ir.work import work
from einlang.optimize import optimise, simplify, tidy
from einlang.tree import rewrite, walk

from .conftest import central_difference

STAGES: dict[str, Callable[[Program], Program]] = {"derived": lambda p: p, "simplify": simplify, "optimise": optimise}
FLOATS = [name for name in CASES if name != "fibonacci"]
TINY = {"n": 3, "b": 2, "k": 2, "m": 2}


def axes(tensor: Tensor, letter: str) -> tuple[Index, ...]:
    return tuple(Index(f"{letter}{n}", extent) for n, extent in enumerate(tensor.shape))


def with_loss(made: Program) -> Program:
    """The program with Σ v sin v of all its tensors as its output."""
    terms = []
    for definition in made.definitions:
        indices = axes(definition.tensor, "I")
        value = access(definition.tensor, indices)
        terms.append(total(indices, mul(apply("sin", value), value)))
    loss = defined("L")
    return replace(made, definitions=(*made.definitions, Definition(loss, (), add(*terms))), outputs=(loss,))


def floats(made: Program) -> list[Tensor]:
    return [tensor for tensor in made.inputs if tensor.kind == "float"]


@pytest.mark.parametrize("name", FLOATS)
def test_gradients_are_differences(name: str) -> None:
    made = with_loss(CASES[name]().program)
    given, wrt = inputs(made), floats(made)
    derived = gradient(made, "L", [tensor.name for tensor in wrt])
    expected = [central_difference(made, given, "L", tensor.name) for tensor in wrt]
    for stage, change in STAGES.items():
        changed = change(derived)
        verify(changed, stage)
        values = interpret(changed, given)
        for output, array in zip(changed.outputs[1:], expected, strict=True):
            np.testing.assert_allclose(values[output.name], array, atol=1e-7)


def jacobian(made: Program, numerator: Tensor, target: Tensor, mode: str) -> Program:
    """The program with ∂numerator/∂target as its output, by one mode."""
    members = frozenset(member.tensor for group in circles(made.definitions) for member in group)
    engine = Engine({d.tensor: d for d in made.definitions}, Ledger(Names.of(made).taken, {}), {}, members)
    found = engine.reverse(numerator, [target]) if mode == "reverse" else engine.forward(numerator, target)
    left, right = axes(numerator, "a"), axes(target, "z")
    whole = defined("J", *numerator.shape, *target.shape)
    definitions = (*engine.definitions.values(), Definition(whole, (*left, *right), found.at(left, right)))
    return replace(made, definitions=grouped(definitions), outputs=(whole,))


def independent(made: Program, cut: Tensor) -> Program:
    """The program with a tensor that it defines as an input."""
    given = replace(cut, role="input")

    def read(node: Access) -> Access | None:
        return Access(given, node.subscripts) if isinstance(node, Access) and node.tensor is cut else None

    left = [Definition(d.tensor, d.indices, rewrite(d.body, read)) for d in made.definitions if d.tensor is not cut]
    return replace(made, inputs=(*made.inputs, given), definitions=grouped(left), outputs=())


def pairs() -> Iterator[tuple[str, str, str]]:
    for name in FLOATS:
        made = CASES[name]().program
        members = [definition.tensor for definition in made.definitions]
        yield from ((name, n.name, t.name) for n in members for t in (*made.inputs, *members) if n is not t)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize(("name", "numerator", "target"), list(pairs()))
def test_every_derivative_is_a_difference_all_of_what_it_is_by_being_independent(
    name: str, numerator: str, target: str, mode: str
) -> None:
    made = CASES[name]().program
    given = inputs(made, **TINY)
    tensors = {t.name: t for t in (*made.inputs, *(d.tensor for d in made.definitions))}
    cut = made if tensors[target] in made.inputs else independent(made, tensors[target])
    free = given if cut is made else {**given, target: interpret(made, given)[target]}
    expected = central_difference(cut, free, numerator, target)
    derived = jacobian(made, tensors[numerator], tensors[target], mode)
    for stage, change in STAGES.items():
        changed = change(derived)
        verify(changed, stage)
        np.testing.assert_allclose(interpret(changed, given)["J"], expected, atol=1e-7)


def higher(made: Program, *wrt: Tensor) -> Program:
    """The program with the derivative of its output by some tensors as `D`."""
    by = [axes(tensor, letter) for tensor, letter in zip(wrt, "pqr", strict=False)]
    targets = tuple(Target(tensor, indices) for tensor, indices in zip(wrt, by, strict=True))
    whole = defined("D", *(extent for tensor in wrt for extent in tensor.shape))
    asked = Definition(whole, tuple(index for own in by for index in own), Derivative(Access(made.outputs[0], ()), targets))
    return differentiate(replace(made, definitions=(*made.definitions, asked), outputs=(whole,)), tidy)


@pytest.mark.parametrize("name", ["rnn", "lstm", "kalman"])
def test_hessians_are_differences_of_gradients(name: str) -> None:
    made = with_loss(CASES[name]().program)
    given, (first, *_, last) = inputs(made, **{**TINY, "n": 2}), floats(made)
    derived = gradient(made, "L", [first.name])
    expected = central_difference(derived, given, derived.outputs[1].name, last.name)
    hessian = higher(made, first, last)
    for change in STAGES.values():
        np.testing.assert_allclose(interpret(change(hessian), given)["D"], expected, atol=1e-6)


def test_a_derivative_of_the_third_order_is_a_difference_of_hessians() -> None:
    x, s = tensor("x", N), defined("s", N)
    t = Index("t", N)
    step = apply("sin", mul(access(s, (before(t),)), access(x, (t,))))
    made = with_loss(program((x,), Definition(s, (t,), start(t, access(x, (t,)), step))))
    given = inputs(made, n=3)
    expected = central_difference(higher(made, x, x), given, "D", "x")
    np.testing.assert_allclose(interpret(optimise(higher(made, x, x, x)), given)["D"], expected, atol=1e-6)


def test_a_recurrent_network_is_derived_as_by_hand() -> None:
    """Backpropagation through time: dz[t] = dh[t+1] (1 - h[t+1]^2), dh[t] = own + dz[t] U^T."""
    made = with_loss(rnn().program)
    given = inputs(made)
    derived = optimise(gradient(made, "L", ["h0", "x", "U", "V"]))
    values = interpret(derived, given)
    h = values["h"]
    dh = np.sin(h) + h * np.cos(h)
    dz = np.zeros_like(h[1:])
    for t in reversed(range(len(dz))):
        dz[t] = dh[t + 1] * (1 - h[t + 1] ** 2)
        dh[t] += dz[t] @ given["U"].T
    expected = {
        "dL_dh0": dh[0],
        "dL_dx": dz @ given["V"].T,
        "dL_dU": np.einsum("tbi,tbj->ij", h[:-1], dz),
        "dL_dV": np.einsum("tbi,tbj->ij", given["x"], dz),
    }
    for name, array in expected.items():
        np.testing.assert_allclose(values[name], array, rtol=1e-12)


def test_gates_and_cells_are_derived_as_by_hand() -> None:
    made = with_loss(lstm().program)
    given = inputs(made)
    values = interpret(optimise(gradient(made, "L", ["x", "U", "V"])), given)
    c, h, f, g = (values[name] for name in "chfg")
    dc, dh, df, dg = (np.sin(v) + v * np.cos(v) for v in (c, h, f, g))
    du, dv = np.zeros_like(f), np.zeros_like(g)
    for t in reversed(range(len(c))):
        if t < len(f):
            df[t] += dc[t + 1] * (c[t] - g[t])
            dg[t] += dc[t + 1] * (1 - f[t])
            du[t], dv[t] = df[t] * f[t] * (1 - f[t]), dg[t] * (1 - g[t] ** 2)
            dc[t] += dc[t + 1] * f[t]
            dh[t] += du[t] @ given["U"].T + dv[t] @ given["V"].T
        dc[t] += dh[t] * (1 - h[t] ** 2)
    np.testing.assert_allclose(values["dL_dx"], du + dv, rtol=1e-12)
    np.testing.assert_allclose(values["dL_dU"], h[:-1].T @ du, rtol=1e-12)
    np.testing.assert_allclose(values["dL_dV"], h[:-1].T @ dv, rtol=1e-12)


# --- form and cost ------------------------------------------------------------------------------------------------------------


def test_adjoints_run_the_other_way_and_gradients_of_weights_are_one_sum_over_time() -> None:
    made = with_loss(rnn().program)
    derived = simplify(gradient(made, "L", ["h0", "U", "V"]))
    forward, backward = recurrences(derived.definitions)
    assert (forward.forward, backward.forward) == (True, False)
    texts = {d.tensor.name: definition_text(d).split(" = ", 1)[1] for d in derived.definitions}
    assert texts["dL_dh_part"] == "dL_dh[t + 1,b,i] (1 - h[t + 1,b,i]^2)"
    assert texts["dL_dh0"] == "dL_dh[0,i,j]"
    assert texts["dL_dV"] == "sum[A : n, B : b](x[A,B,i] dL_dh_part[A,B,j])"


def test_a_derivative_for_each_sample_has_no_axis_of_pairs_of_samples() -> None:
    """The δ of the batch that all terms of a recurrence share stays outside of what is stored."""
    made = rnn().program
    h, h0 = made.definitions[0].tensor, made.inputs[0]
    for mode in ("reverse", "forward"):
        derived = jacobian(made, h, h0, mode)
        blocks = [d for d in derived.definitions if d.tensor.shape.count(B) > 1 and d.tensor.name != "J"]
        assert not blocks
        assert any(isinstance(node, Delta) for node in walk(derived.definitions[-1].body))


@pytest.mark.parametrize("name", ["rnn", "lstm"])
def test_a_gradient_costs_a_few_times_the_value_and_grows_with_the_length(name: str) -> None:
    made = with_loss(CASES[name]().program)
    derived = gradient(made, "L", [tensor.name for tensor in floats(made)])

    def operations(of: Program, length: int) -> int:
        return work((d.body for d in optimise(of).definitions), {"n": length, "b": 8, "k": 32, "m": 32})

    assert operations(derived, 1000) < 4 * operations(made, 1000)
    assert operations(derived, 2000) < 2.1 * operations(derived, 1000)
    assert all(d.tensor.shape.count(N) + d.tensor.shape.count(L) < 2 for d in optimise(derived).definitions)


def test_a_derived_program_of_a_recurrence_derived_again_stays_short() -> None:
    made = with_loss(rnn().program)
    u = next(tensor for tensor in made.inputs if tensor.name == "U")
    sizes = [sum(tree_size(d.body) for d in simplify(higher(made, *[u] * order)).definitions) for order in (1, 2, 3)]
    assert sizes[1] < 4 * sizes[0] and sizes[2] < 4 * sizes[1]


# --- kinks, stops, starts ------------------------------------------------------------------------------------------------------


def test_what_a_branch_keeps_in_bounds_gets_names_where_it_is_in_bounds() -> None:
    """Costly factors that are read at t - 1 are stored for all t that they have, and not for t = 0."""
    x, s = tensor("x", N), defined("s", L)
    t = Index("t", L)
    earlier, given = access(s, (before(t),)), access(x, (before(t),))
    gates = [apply(name, add(mul(earlier, number(2)), given)) for name in ("sigmoid", "tanh", "exp")]
    made = with_loss(program((x,), Definition(s, (t,), start(t, number(1), mul(*gates)))))
    given_arrays = inputs(made, n=4)
    derived = gradient(made, "L", ["x"])
    texts = {d.tensor.name: definition_text(d) for d in derived.definitions}
    assert texts["s_exp"] == "s_exp[t : n] = exp(s_part[t])"
    expected = central_difference(made, given_arrays, "L", "x")
    np.testing.assert_allclose(interpret(optimise(derived), given_arrays)["dL_dx"], expected, atol=1e-6)


def test_what_has_kinks_and_what_is_stopped_inside_a_recurrence() -> None:
    x, w, s = tensor("x", N, M), tensor("w", M), defined("s", N, M)
    t, i, j = Index("t", N), Index("i", M), Index("j", M)
    earlier = access(s, (before(t), i))
    most = apply("max", mul(earlier, access(w, (i,))), access(x, (t, i)))
    step = add(most, mul(number(-1), apply("abs", earlier)), total((j,), mul(access(s, (before(t), j)), access(x, (t, j)))))
    made = with_loss(program((x, w), Definition(s, (t, i), start(t, access(x, (t, i)), step))))
    given = inputs(made, seed=3, n=4, m=3)
    values = interpret(optimise(gradient(made, "L", ["x", "w"])), given)
    for name in ("x", "w"):
        np.testing.assert_allclose(values[f"dL_d{name}"], central_difference(made, given, "L", name), atol=1e-6)


def test_two_starts_and_a_step_that_reads_both() -> None:
    x, a, s = tensor("x", N), tensor("a", K), defined("s", N)
    t = Index("t", N)
    step = add(mul(access(s, (before(t),)), access(s, (before(t, 2),))), mul(access(x, (t,)), access(a, (number(2),))))
    body = start(t, access(a, (number(0),)), start(t, access(a, (number(1),)), step, at=1))
    made = with_loss(program((x, a), Definition(s, (t,), body)))
    for length in (2, 3, 6):
        given = inputs(made, n=length)
        values = interpret(optimise(gradient(made, "L", ["x", "a"])), given)
        for name in ("x", "a"):
            np.testing.assert_allclose(values[f"dL_d{name}"], central_difference(made, given, "L", name), atol=1e-6)
