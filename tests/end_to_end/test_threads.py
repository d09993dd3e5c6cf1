"""Programs on several threads: the same bits for any number, for several callers, after a fork, in a pool of processes."""

import multiprocessing
import os
import threading
from collections.abc import Iterator

import numpy as np
import pytest

import einlang
from einlang.errors import CallError
from einlang.runtime.threads import TEAM, Team

TEXT = """
input X[b, k0], y[b] : int
param W{1}[k0, k1], c{1}[k1], W{2}[k1, k2]
H[i,j] = tanh(X[i,K] W{1}[K,j] + c{1}[j])
Z[i,j] = H[i,K] W{2}[K,j]
L = mean[I](logsumexp[J](Z[I,J]) - Z[I, y[I]])
S[i,j] = X[K,i] X[K,j] + exp(X[1,i] X[1,j])
m[i] = max[J](X[i,J])
a[i] = argmax[J](Z[i,J])
v[j] = X[I,j] m[I]
q = sum[I,J](X[I,J]^2)
T[j,i] = 2 X[i,j]
output L, S, a, v, q, T
"""
SIZES = {"X": (301, 130), "W{1}": (130, 200), "c{1}": (200,), "W{2}": (200, 70)}


@pytest.fixture(autouse=True)
def whatever_the_size() -> Iterator[None]:
    """Kernels are split however little they have to do."""
    kept = TEAM.chosen, TEAM.least
    TEAM.set(None, least=0)
    yield
    TEAM.set(*kept)


@pytest.fixture(scope="module")
def program() -> einlang.Program:
    return einlang.compile(TEXT, backend="c", dtype="float32").with_grad("L")


@pytest.fixture(scope="module")
def data() -> dict[str, np.ndarray]:
    random = np.random.default_rng(5)
    arrays = {name: random.normal(size=shape).astype(np.float32) for name, shape in SIZES.items()}
    return {**arrays, "y": random.integers(0, 70, 301)}


def bits(outputs: einlang.Outputs) -> list[bytes]:
    return [np.asarray(value).tobytes() for value in outputs]


def on(count: int, program: einlang.Program, data: dict[str, np.ndarray]) -> list[bytes]:
    einlang.set_num_threads(count)
    return bits(program(data))


def test_any_number_of_threads_gives_the_same_bits(program, data) -> None:
    alone = on(1, program, data)
    for count in (2, 3, 7, 16):
        assert on(count, program, data) == alone, count
        assert bits(program.bind(data)()) == alone, count


def test_a_program_has_a_number_of_its_own(program, data) -> None:
    alone = on(1, program, data)
    for threads in (1, 5):
        assert bits(einlang.compile(TEXT, backend="c", dtype="float32", threads=threads).with_grad("L")(data)) == alone


def test_a_bound_call_keeps_its_number(program, data) -> None:
    alone = on(1, program, data)
    einlang.set_num_threads(2)
    bound = program.bind(data)
    einlang.set_num_threads(9)
    assert bits(bound()) == alone


def test_several_callers_at_once(program, data) -> None:
    alone = on(3, program, data)
    found: list[list[bytes]] = []

    def work() -> None:
        found.extend(bits(program(data)) for _ in range(5))

    callers = [threading.Thread(target=work) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert len(found) == 20 and all(one == alone for one in found)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_after_a_fork(program, data) -> None:
    alone = on(3, program, data)
    child = os.fork()
    if child == 0:
        os._exit(0 if bits(program(data)) == alone else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert bits(program(data)) == alone


_SHARED: list[tuple[einlang.Program, dict[str, np.ndarray]]] = []


def _call(_: int) -> list[bytes]:
    program, data = _SHARED[0]
    return bits(program(data))


def test_in_a_pool_of_processes(program, data) -> None:
    alone = on(3, program, data)
    _SHARED[:] = [(program, data)]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert all(one == alone for one in pool.map(_call, range(4)))


def test_none_is_the_default_again() -> None:
    einlang.set_num_threads(11)
    assert TEAM.count == 11
    einlang.set_num_threads(None)
    assert TEAM.count == Team().count


def test_what_the_environment_says(monkeypatch) -> None:
    monkeypatch.setenv("EINLANG_NUM_THREADS", "5")
    assert Team().count == 5
    monkeypatch.setenv("EINLANG_NUM_THREADS", "")
    assert Team().count == len(os.sched_getaffinity(0))


@pytest.mark.parametrize("count", [0, -1, 1.5, "two", True])
def test_what_is_no_number_of_threads(count: object) -> None:
    with pytest.raises(CallError, match="the number of threads is a whole number from 1"):
        einlang.set_num_threads(count)  # type: ignore[arg-type]
