"""Integer tensors, `mod`, `clip`, `pad` and guarded accesses: both backends against the oracle, gradients against differences."""

import numpy as np
import pytest

import einlang
from einlang.ir.interpret import interpret

PROGRAMS = {
    "lookup": "input t[m] : int\nparam x[n, k]\ne[i,j] = x[t[i], j]\nL = e[I,J]^3",
    "twice": "input t[m] : int, s[n] : int\nparam x[n]\ny[i] = x[s[t[i]]]\nL = y[I]^2",
    "rows and columns": "param x[n, k]\ny[p : n*k] = x[floor(p / k), mod(p, k)] floor((p + 1) / 2)\nL = y[P]^2",
    "each twice": "param x[n]\ny[p : 2*n] = x[floor(p / 2)] + x[floor((2 * n - 1 - p) / 2)]\nL = y[P]^3",
    "labels": "input t[m] : int\nparam z[m, n]\nL = -log_softmax[J](z[I,J]) δ[J, t[I]] / m",
    "picked": "input t[m] : int\nparam z[m, n]\nL = z[I, t[I]]^2",
    "messages": "input t[m] : int, w[m]\nparam x[n]\ny[v : n] = w[E] x[t[E]] δ[v, t[E]]\nL = y[V]^3",
    "moved": "input t[m] : int\nparam x[n]\nL = sum[I](x[mod(t[I] + 1, n)]^2)",
    "periodic": "param x[n]\nd[i : n] = x[mod(i + 1, n)] - 2 x[i] + x[mod(i - 1, n)]\nL = d[I]^2",
    "edges": "param x[n]\nd[i : n] = x[clip(i - 1, 0, n - 1)] x[clip(i + 1, 0, n - 1)]\nL = d[I]^2",
    "padded": "param x[n], w[k]\ny[i : n] = pad(0, x[i + K - 1]) w[K]\nL = y[I]^2",
    "padded with another number": "param x[n, k], a\ny[i : n, j : k] = pad(a^2, x[i - 1, j + 1])\nL = y[I,J]^3",
    "guarded": "param x[n]\ny[i : n] = x[i] - x[i - 1] if i > 0 else x[0]\nL = y[I]^2",
    "guarded on both ends": "param x[n]\ny[i : n] = x[i - 1] x[i + 1] if i > 0 and i < n - 1 else 0\nL = y[I]^2",
    "guarded by what is not": "param x[n]\ny[i : n] = 0 if i == 0 or not i < n - 1 else x[i - 1] x[i + 1]\nL = y[I]^2",
    "triangle": "param z[n, n]\np[i,j] = (softmax[j](z[i,j] if j <= i else -inf))\nL = p[I,J]^2",
    "largest": "param z[m, n]\na[i] = argmax[J](z[i,J])\nL = z[I, a[I]]^2",
}
EXTENTS = {"n": 5, "m": 6, "k": 3}


def arrays(program, seed=0):
    rng = np.random.default_rng(seed)
    given = {}
    for tensor in program.signature.inputs:
        shape = [EXTENTS[axis.text] for axis in tensor.axes]
        given[tensor.name] = rng.integers(0, 5, shape) if tensor.kind == "int" else rng.normal(size=shape)
    return given


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("backend", ["c", "numpy"])
def test_values_and_gradients(name: str, backend: str) -> None:
    program = einlang.compile(f"{PROGRAMS[name]}\noutput L", backend=backend)
    given = arrays(program)
    assert pytest.approx(interpret(program.stages.ir, given)["L"]) == program(given).L
    params = [tensor.name for tensor in program.signature.inputs if tensor.role == "param"]
    gradients = program.grad("L", wrt=params)
    found, again = gradients(given), einlang.compile(gradients.source, backend=backend)(given)
    for wrt in params:
        assert found[wrt] == pytest.approx(again[f"dL_d{wrt}"], rel=1e-12)
        for at in np.ndindex(given[wrt].shape):
            assert found[wrt][at] == pytest.approx(difference(program, given, wrt, at), rel=1e-5, abs=1e-7)


def difference(program, given, wrt, at, step=1e-5):
    """The central difference of L by one element."""
    losses = []
    for h in (step, -step):
        moved = np.array(given[wrt])
        moved[at] += h
        losses.append(program({**given, wrt: moved}).L)
    return (losses[0] - losses[1]) / (2 * step)


@pytest.mark.parametrize("backend", ["c", "numpy"])
@pytest.mark.parametrize("wrong", [-1, 4])
def test_a_position_outside_is_named_before_anything_is_written(backend: str, wrong: int) -> None:
    program = einlang.compile("input x[n, k], t[m] : int\na[i,j] = 2 x[i,j]\ne[i,j] = x[t[i], j]\noutput a, e", backend=backend)
    given = {"x": np.ones((4, 2)), "t": np.array([0, 3, wrong, 9])}
    out = {"a": np.full((4, 2), 7.0), "e": np.full((4, 2), 7.0)}
    with pytest.raises(einlang.CallError, match=rf"`t\[i\]` at <text>:3:12 .* axis 0 of x, which has 4 .* t\[2\] is {wrong}"):
        program(given, out=out)
    assert all((array == 7).all() for array in out.values())
    with pytest.raises(einlang.CallError, match=r"t\[2\]"):
        program.bind(given)()


@pytest.mark.parametrize("backend", ["c", "numpy"])
def test_a_guarded_access_that_leaves_its_axis_where_it_is_chosen(backend: str) -> None:
    program = einlang.compile("input x[n]\ny[i : n] = x[i + 1] if i >= 0 else 0\nz[i] = 2 x[i]\noutput z, y", backend=backend)
    out = {"y": np.full(3, 7.0), "z": np.full(3, 7.0)}
    with pytest.raises(
        einlang.CallError, match=r"`i \+ 1` at <text>:2:14 is a position on axis 0 of x, which has 3 positions, but"
    ):
        program(x=np.ones(3), out=out)
    assert all((array == 7).all() for array in out.values())


WRONG = {
    "computed": (
        "y[i] = x[2 t[i]]",
        [0, 1, 7],
        "`2 t[i]` at <text>:2:10 is a position on axis 0 of x, which has 3 positions",
        14,
    ),
    "below": (
        "y[i] = x[t[i] - 1]",
        [1, 0, 2],
        "`t[i] - 1` at <text>:2:10 is a position on axis 0 of x, which has 3 positions",
        -1,
    ),
    "guarded": ("y[i] = x[t[i] + 1] if i > 1 else 0", [9, 1, -7], "`t[i] + 1` at <text>:2:10", -6),
    "one of two": ("y[i] = x[t[i]] + x[t[i] + 1]", [0, 1, 2], "`t[i] + 1` at <text>:2:20", 3),
    "of a definition": ("a = argmax[I](x[I])\ny = x[a + 2] + t[0]", [0, 0, 0], "`a + 2` at <text>:3:7", 4),
}


@pytest.mark.parametrize("backend", ["c", "numpy"])
@pytest.mark.parametrize(("text", "t", "place", "value"), WRONG.values(), ids=WRONG)
def test_a_position_that_is_computed_or_guarded_is_named_with_its_value(text, t, place, value, backend: str) -> None:
    program = einlang.compile(f"input x[n], t[m] : int\n{text}", backend=backend)
    given = {"x": np.array([0.0, 1.0, 2.0]), "t": np.array(t)}
    for call in (lambda: program(given), lambda: program.bind(given)()):
        with pytest.raises(einlang.CallError) as caught:
            call()
        assert str(caught.value).startswith(place) and str(caught.value).endswith(f"but in this call it is {value}")


def test_the_same_position_is_checked_once() -> None:
    program = einlang.compile("input x[n], w[n], t[m] : int\ny[i] = x[t[i] + 1] + w[t[i] + 1]\nz[j] = x[t[j] + 1]")
    assert len(program.signature.refusals) == 1


@pytest.mark.parametrize("backend", ["c", "numpy"])
def test_an_output_that_decides_on_a_refusal_is_not_written_before(backend: str) -> None:
    program = einlang.compile("input x[n], z[r, m]\na[i] = argmax[I](z[i,I])\ny[i] = x[2 a[i]]\noutput a, y", backend=backend)
    out = {"a": np.full(1, 7), "y": np.full(1, 7.0)}
    with pytest.raises(einlang.CallError, match=r"`2 a\[i\]`"):
        program(x=np.ones(3), z=np.array([[0.0, 0, 1]]), out=out)
    assert out["a"] == 7
    assert program(x=np.arange(3.0), z=np.array([[0.0, 1, 0]]), out=out).y == 2


@pytest.mark.parametrize("backend", ["c", "numpy"])
def test_a_remainder_of_no_positions_is_no_position(backend: str) -> None:
    program = einlang.compile("input x[n]\ny[i : 3] = x[mod(i, n)]", backend=backend)
    with pytest.raises(einlang.CallError, match=r"`mod\(i, n\)` at <text>:2:14 is a position on axis 0 of x"):
        program(x=np.zeros(0))
    assert list(program(x=np.array([1.0, 2])).y) == [1, 2, 1]


PROVED = ["x[floor(i / n), mod(i, n)]", "x[mod(i, m), floor(i / m)]", "x[floor(floor(i / n) / 2), 0 * i]"]


@pytest.mark.parametrize("read", PROVED)
def test_quotients_and_remainders_are_known_to_be_on_their_axes(read: str) -> None:
    assert not einlang.compile(f"input x[m, n]\ny[i : m*n] = {read} if n >= 1 else 0").stages.ir.refusals


def test_a_quotient_is_rounded_down_and_that_by_nothing_is_zero() -> None:
    text = "input t[m] : int, d[m] : int\ny[i] = floor(t[i] / d[i])\nz[i] = floor(7 / 2) + floor(-7 / 2) + floor(t[i])"
    given = {"t": np.array([7, -7, 7, -7, 6, 5, -5]), "d": np.array([2, 2, -2, -2, 3, 0, -1])}
    for backend in ("c", "numpy"):
        found = einlang.compile(text, backend=backend)(given)
        assert list(found.y) == [3, -4, -4, 3, 2, 0, 5]
        assert list(found.z) == list(given["t"] - 1)


def test_only_whole_numbers_have_a_rounded_quotient() -> None:
    with pytest.raises(einlang.CompileError, match=r"`floor` takes a quotient of whole numbers"):
        einlang.compile("input x[n]\ny[i] = floor(x[i] / 2)")


def test_labels_give_the_textbook_gradient() -> None:
    gradient = einlang.compile(f"{PROGRAMS['labels']}\nq = z[I, t[I]]\noutput L, q").grad("L")
    assert "(softmax[j](z[i,j]) - δ[j, t[i]]) / m" in gradient.source


def test_what_a_padded_access_reads_its_positions_from_is_not_padded() -> None:
    program = einlang.compile("input x[n], t[m] : int\ny[i] = pad(0, x[t[i]]) + x[n - 1 - i]", backend="c")
    assert list(program(x=np.arange(5.0), t=np.array([0, 9, -1, 2])).y) == [4, 3, 2, 3]


SOURCES = [
    "y[i : n, j] = (x[i] z[J, t[j]] x[J]) if i >= 1 and i < n - 2 else 0\nL = sum[I,J](tanh(y[I,J]))",
    "y[i : n] = x[clip(i - 1, 0, n - 1)] x[clip(i + 1, 0, n - 1)] x[clip(i - 1, 0, n - 1)]\nL = sum[I](tanh(y[I]))",
    "y[i : n, j : n] = (exp(x[i] - x[j]) if j <= i else 0)\nL = sum[I,J](tanh(y[I,J]) z[I,J])",
]


@pytest.mark.parametrize("text", SOURCES)
def test_a_source_reads_back_with_its_ranges(text: str) -> None:
    program = einlang.compile(f"input t[m] : int\nparam x[n], z[n, m]\n{text}\noutput L", backend="numpy")
    rng = np.random.default_rng(0)
    given = {"t": rng.integers(0, 5, 5), "x": rng.normal(size=5), "z": rng.normal(size=(5, 5))}
    gradients = program.grad("L", wrt=["x", "z"])
    again = einlang.compile(gradients.source, backend="numpy")
    found = again({tensor.name: given[tensor.name] for tensor in again.signature.inputs})
    assert all((found[f"dL_d{name}"] == gradient).all() for name, gradient in gradients(given).items())


def test_what_checks_positions_is_no_tensor_to_derive_by() -> None:
    program = einlang.compile("input q[n] : int\nparam x[m]\ny[i] = x[q[i]]^2\noutput y")
    with pytest.raises(einlang.CallError, match=r"it has q, x, y$"):
        program.jacobian("y", "zzz")
