"""Section 9 of the language reference, updates: in place, all or nothing, from the values of before the call."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from language.stated import BACKENDS, Wrong, outputs, refused, same
from numpy.lib.stride_tricks import as_strided

import einlang

SWAP = "input w[n], v[n], lr\na = w[I]\nw[i] <- v[i]\nv[i] <- w[i] + lr\noutput a"


def arrays() -> dict[str, Any]:
    return {"w": np.array([1.0, 2.0]), "v": np.array([3.0, 4.0]), "lr": 0.5}


@pytest.mark.parametrize("backend", BACKENDS)
def test_all_updates_read_the_values_from_before_and_write_in_place(backend: str) -> None:
    given = arrays()
    a, w, v = einlang.compile(SWAP, backend=backend)(given)
    assert w is given["w"] and v is given["v"]
    same(a, 3)
    same(w, [3, 4])
    same(v, [1.5, 2.5])


def test_the_new_values_are_outputs_after_the_others_under_the_name() -> None:
    assert outputs(einlang.compile(SWAP)) == ["a", "w", "v"]


def test_derived_programs_contain_no_updates() -> None:
    program = einlang.compile(SWAP.replace("output a", "L = v[I] w[I]\noutput L"), backend="numpy")
    gradient = program.grad("L", wrt="v")
    assert "<-" in program.source and "<-" not in gradient.source
    given = arrays()
    same(gradient(w=given["w"], v=given["v"]), [1, 2])
    same(given["w"], [1, 2])


REFUSED: dict[str, tuple[Any, str]] = {
    "read-only": (lambda given: given["w"].setflags(write=False), "w"),
    "another type": (lambda given: given.update(w=given["w"].astype(np.float32)), "float32"),
    "a list": (lambda given: given.update(w=[1.0, 2.0]), "w"),
    "an overlap": (lambda given: given.update(v=given["w"]), "overlap"),
    "an element that both have": (lambda given: given.update(w=(whole := np.ones(3))[:2], v=whole[1:]), "overlap"),
    "one number that stands everywhere": (lambda given: given.update(w=as_strided(given["w"], (2,), (0,))), "share memory"),
    "bytes of another order": (lambda given: given.update(w=given["w"].astype(">f8")), ">f8"),
    "the wrong length": (lambda given: given.update(v=np.ones(3)), "v"),
    "a missing one": (lambda given: given.pop("lr"), "lr"),
}
STRIDED: dict[str, Callable[[], Any]] = {
    "every second element": lambda: np.zeros(4)[::2],
    "backwards": lambda: np.zeros(2)[::-1],
    "a column": lambda: np.zeros((2, 3))[:, 1],
    "not aligned": lambda: np.zeros(17, np.uint8)[1:].view(np.float64),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("case", STRIDED)
def test_an_array_of_any_strides_will_do(case: str, backend: str) -> None:
    given = arrays()
    given["w"] = STRIDED[case]()
    given["w"][...] = [1, 2]
    _, w, v = einlang.compile(SWAP, backend=backend)(given)
    assert w is given["w"]
    same(w, [3, 4])
    same(v, [1.5, 2.5])


@pytest.mark.parametrize("backend", BACKENDS)
def test_rows_that_overlap_one_another_are_refused(backend: str) -> None:
    program = einlang.compile("input w[n, m]\nw[i,j] <- w[i,j] + i", backend=backend)
    whole = np.arange(5.0)
    for shape, strides in (((4, 2), (8, 8)), ((2, 3), (16, 8)), ((2, 2), (4, 16))):
        with pytest.raises(einlang.CallError, match="share memory"):
            program(w=as_strided(whole, shape, strides))
    same(whole, np.arange(5))
    program(w=as_strided(whole, (2, 2), (24, 8)))
    same(whole, [0, 1, 2, 4, 5])


RANGES = [
    ("input w[n]\nw[i : n] <- 3", [3, 3, 3]),
    ("input w[3], v[n]\nw[i : n] <- v[i]", [1, 1, 1]),
    ("input w[n], v[m]\nw[i : m] <- sum[I](v[I])", [3, 3, 3]),
    ("input w[n], v[m]\nw[i : size(v, 0)] <- 2 v[i]", [2, 2, 2]),
]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("text", "wanted"), RANGES)
def test_a_range_on_the_left_is_that_of_the_axis(text: str, wanted: list[float], backend: str) -> None:
    w = np.zeros(3)
    program = einlang.compile(text, backend=backend)
    program({name: array for name, array in {"w": w, "v": np.ones(3)}.items() if f"{name}[" in text.partition("\n")[0]})
    same(w, wanted)
    if "v[m]" in text:
        with pytest.raises(einlang.CallError, match="axis 0 of v is 2"):
            program(w=w, v=np.ones(2))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("case", REFUSED)
def test_a_call_that_is_refused_writes_nothing(case: str, backend: str) -> None:
    change, words = REFUSED[case]
    given = arrays()
    before = [given["w"], given["v"]]
    change(given)
    with pytest.raises(einlang.CallError, match=words):
        einlang.compile(SWAP, backend=backend)(given)
    same(before[0], [1, 2])
    same(before[1], [3, 4])


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_call_that_fails_on_the_way_writes_nothing(backend: str) -> None:
    text = "input A[n, n], w[n], t[m] : int\nsolve s[j]: A[i,J] s[J] = w[i]\nw[i] <- s[i] + w[t[0]]"
    program = einlang.compile(text, backend=backend)
    w = np.array([1.0, 2.0])
    for A, t in ((np.ones((2, 2)), [0]), (np.eye(2), [2]), (np.eye(2), [-1])):
        with pytest.raises(einlang.CallError):
            program(A=A, w=w, t=np.array(t))
        same(w, [1, 2])
    program(A=2 * np.eye(2), w=w, t=np.array([1]))
    same(w, [2.5, 3])


WRONG: list[Wrong] = [
    ("input x[n]\ny[i] = x[i]\ny[i] <- 2 x[i]", "not-an-input", "`y`"),
    ("input x[n]\nx[i] <- x[i]\nx[i] <- 2 x[i]", "named-twice", "`x`"),
    ("input x[n]\nx[I] <- x[I]", "left-index", "`i`"),
    ("input x[n]\nz[i] <- x[i]", "undefined-name", "`z`"),
    ("input k[n] : int, x[n]\nk[i] <- x[i]", "not-integers", "`k`"),
    ("input x[n]\nx <- x[I]", "wrong-rank", "`x[i] <- …`"),
    ("input x[n]\nx[0] <- 2", "left-index", "an update gives all of `x`"),
    ("fn f(x) = x\ninput x[n]\nf <- x[I]", "not-an-input", "a function"),
    ("input x[n]\nx[i] <- 2 x[i]\noutput x", "named-twice", "returned too, after the other outputs"),
    ("input x[3]\nx[i : 2] <- 1", "sizes-differ", "`i` stands on axis 0 of x and has the range 2"),
    ("input x[n]\nx[i : n + 1] <- 1", "sizes-differ", "has the range n + 1"),
    ("input x[n]\nn <- x[I]", "not-an-input", "a size"),
    ("const c = 2\ninput x[n]\nc <- x[I]", "not-an-input", "`c`"),
]


@pytest.mark.parametrize(("text", "id", "words"), WRONG)
def test_what_is_no_update(text: str, id: str, words: str) -> None:
    refused(text, id, words)


@pytest.mark.parametrize("backend", BACKENDS)
def test_newton_raphson_is_a_program(backend: str) -> None:
    text = """
    input A[n, n], b[n]
    param w[n]
    L = w[I] A[I,J] w[J] / 2 - b[I] w[I]
    H[i,j] = ∂²L/∂w[i]∂w[j]
    g[i] = ∂L/∂w[i]
    solve s[j]: H[i,J] s[J] = g[i]
    w[i] <- w[i] - s[i]
    output L
    """
    A, b, w = np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([1.0, 2.0]), np.zeros(2)
    einlang.compile(text, backend=backend)(A=A, b=b, w=w)
    same(w, np.linalg.solve(A, b))
