"""Recurrences as they are printed: starts where they are enough, ranges where they are needed, and the same program read back."""

import pytest
from property.stages import analysed

from einlang.codegen.ein import emit

CIRCLE = "solve G[t,j,i]: S[t,k,J] G[t,J,i] = C[k,L] P[t,L,i]\nP[0,i,j] = Q[i,j]\n"
CASES = {
    "a range that only one of two gives": "input x[n]\na[t+1, i : 3] = b[t,i] + x[t]\nb[t,i] = a[t,i]\na[0,i] = 0",
    "a start that is not enough": "input x[n], h0\nh[t : n + 1] = h0 if t == 10 else 2 h[t-1] + x[t-1]",
    "a start at the wrong end": "input x[n], h0\nh[t : n + 1] = h0 if t == 0 else 2 h[t+1] + x[t-1]",
    "a start in the middle": "input x[n]\nh[0] = 1\nh[2] = 100\nh[t+1] = h[t] + x[t]",
    "the position as a number": "input x[n], a\ng[-1] = 0\ng[t-1] = t g[t] + x[t]",
    "steps that go as far as others": "input x[n]\nh[0] = 1\ng[t] = 2 h[t]\nh[t+1] = g[t] + x[t]",
    "a length that is given to equations": f"input C[m, n], S[T, m, m], Q[n, n]\n{CIRCLE}P[t+1,i,j] = P[t,i,j] - G[t,K,i] C[K,j]",
    "a fixed length from the end": "f[-1] = 1\nf[t-1 : 8] = 2 f[t]",
    "starts from the end that reach further than the step": "input x[n], a, b\nf[-1] = a\nf[-2] = b\n"
    "g[t : n] = 2 f[t]\nf[t-2 : n] = a f[t-1] + x[t] g[t]",
    "a start at the end of a fixed length": "input x[7]\nf[0] = 1\nf[-1] = 5\nf[t+1 : 8] = f[t] + x[t]",
    "no others": "f[0] = 0\nf[1] = 1\nf[t+2 : 10] = f[t+1] + f[t]",
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_printed_reads_back_as_the_same(name: str) -> None:
    program = analysed(CASES[name])
    text = emit(program)
    again = analysed(text)
    assert emit(again) == text
    assert [(d.tensor.name, d.tensor.shape) for d in again.definitions] == [
        (d.tensor.name, d.tensor.shape) for d in program.definitions
    ]


@pytest.mark.parametrize(
    "name", ["a start in the middle", "steps that go as far as others", "the position as a number", "no others"]
)
def test_a_program_in_the_usual_form_is_printed_as_it_is_written(name: str) -> None:
    written = [line for line in CASES[name].splitlines() if not line.startswith("input")]
    printed = [line for line in emit(analysed(CASES[name])).splitlines() if line and not line.startswith(("input", "output"))]
    assert sorted(printed) == sorted(written)
