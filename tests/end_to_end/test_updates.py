"""Section 9, updates: all or nothing, in place, from the values of before the call."""

import numpy as np
import pytest

import einlang

STEP = """
input x[n, k], y[n], lr
param w[k], c
z[i] = x[i,K] w[K] + c
L = mean[I]((z[I] - y[I])^2)
w[j] <- w[j] - lr ∂L/∂w[j]
c <- c - lr ∂L/∂c
"""
backends = pytest.mark.parametrize("backend", ["c", "numpy"])


def data(seed=0):
    x = np.random.default_rng(seed).normal(size=(50, 3))
    return {"x": x, "y": x @ [1.0, 2, 3] + 0.5, "lr": 0.1, "w": np.zeros(3), "c": np.zeros(())}


@backends
def test_training_is_a_loop_of_calls(backend: str) -> None:
    program, given = einlang.compile(STEP, backend=backend), data()
    for _ in range(300):
        out = program(given)
    assert given["w"] == pytest.approx([1, 2, 3], abs=1e-6)
    assert given["c"] == pytest.approx(0.5, abs=1e-6)
    assert list(out.keys()) == ["w", "c"]
    assert out.w is given["w"]


@backends
def test_a_bound_call_updates_too(backend: str) -> None:
    program, given, other = einlang.compile(STEP, backend=backend), data(), data()
    run = program.bind(given)
    for _ in range(5):
        run()
        program(other)
    assert (given["w"] == other["w"]).all()


@backends
def test_all_updates_read_what_was_before(backend: str) -> None:
    program = einlang.compile("input a[n], b[n]\na[i] <- b[i]\nb[i] <- a[i]\ns = a[I]\noutput s", backend=backend)
    a, b = np.arange(3.0), np.arange(3.0) + 10
    out = program(a=a, b=b)
    assert (list(a), list(b), out.s) == ([10, 11, 12], [0, 1, 2], 3)
    assert list(out.keys()) == ["s", "a", "b"]


@backends
def test_an_array_of_any_strides_is_updated_in_place(backend: str) -> None:
    program = einlang.compile("input a[n, m]\na[i,j] <- 2 a[i,j]", backend=backend)
    whole = np.ones((4, 6))
    program(a=whole[::2, ::3].T)
    assert whole.sum() == 24 + 4
    assert (whole[::2, ::3] == 2).all()


@backends
def test_integers_are_updated_by_integers(backend: str) -> None:
    program = einlang.compile("input z[n, m], a[n] : int\na[i] <- argmax[J](z[i,J])", backend=backend)
    a = np.zeros(2, np.int64)
    program(z=np.array([[0.0, 1], [1, 0]]), a=a)
    assert list(a) == [1, 0]


@backends
def test_nothing_is_written_when_a_call_is_refused(backend: str) -> None:
    program = einlang.compile("input x[n], t[m] : int\nx[i] <- 2 x[i]\ny[i] = x[t[i]]", backend=backend)
    x = np.ones(3)
    with pytest.raises(einlang.CallError, match=r"t\[1\] is 3"):
        program(x=x, t=np.array([0, 3]))
    assert (x == 1).all()


REFUSED = {
    "a list": (lambda given: {"w": [0.0, 0, 0]}, "must be an array"),
    "a number": (lambda given: {"c": 0.0}, "must be a NumPy array, not float"),
    "an overlap": (lambda given: {"w": given["x"][0]}, "w, which an update writes into, overlaps x"),
    "another type": (lambda given: {"w": np.zeros(3, np.float32)}, "cast it"),
    "read-only": (lambda given: {"w": np.broadcast_to(0.0, 3)}, "is read-only"),
    "out=": (lambda given: {"out": {"w": np.zeros(3)}}, "an update writes into the array that is given as w"),
}


@pytest.mark.parametrize("name", REFUSED)
@backends
def test_what_cannot_be_updated(name: str, backend: str) -> None:
    change, said = REFUSED[name]
    program, given = einlang.compile(STEP, backend=backend), data()
    with pytest.raises(einlang.CallError, match=said):
        program(**{**given, **change(given)})
    assert not given["w"].any()


def test_derived_programs_contain_no_updates() -> None:
    program = einlang.compile(STEP)
    for derived in (program.grad("L"), program.value_and_grad("L"), program.only("L")):
        assert "<-" not in derived.source
    given = data()
    program.grad("L")(given)
    assert not given["w"].any()


def test_the_source_and_the_formulas_say_the_update() -> None:
    text = einlang.compile(STEP).stages
    assert r"w_{j} &\leftarrow" in text.latex
    assert "w[j] <- w[j] - lr ∂L/∂w[j]" in text.source


WRONG = {
    "z[i] <- 2 z[i]": ("not-an-input", "z"),
    "nothing[i] <- x[i,0]": ("undefined-name", "nothing"),
    "w <- lr": ("wrong-rank", "w"),
    "w[j] <- lr\nw[j] <- 2 lr": ("named-twice", "w"),
    "w[J] <- w[J]": ("left-index", "J"),
    "t[i] <- 0.5 t[i]": ("not-integers", "0.5 t[i]"),
    "w[j] <- y[j]": None,
}


@pytest.mark.parametrize(("text", "said"), WRONG.items())
def test_what_is_no_update(text: str, said: tuple[str, str] | None) -> None:
    source = f"input x[n, k], y[n], lr, t[n] : int\nparam w[k]\nz[i] = x[i,K] w[K]\n{text}"
    if said is None:
        program = einlang.compile(source)
        with pytest.raises(einlang.CallError, match=r"j stands on axis 0 of w and on axis 0 of y"):
            program(x=np.zeros((3, 2)), y=np.zeros(3), lr=1.0, t=np.zeros(3, int), w=np.zeros(2))
        return
    with pytest.raises(einlang.CompileError) as raised:
        einlang.compile(source)
    assert said in [(found.id, found.span.text) for found in raised.value.diagnostics]
